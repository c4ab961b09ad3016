"""The references of a chapter against what its text cites: see `problems`.

An entry of the section "References" is one line,

    - A. One, B. Two and C. Three. Title. *Venue* 1(2), 2020. [doi:10.1/x](https://doi.org/10.1/x)

the last author may be "others", and what is on arXiv needs no venue. The text cites by
names and year: "One (2020)", "One and Two, 2020", "One, Two and Three (2020)", "One et
al., 2020", "One and others (2020)", "One and colleagues (2020)".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

UPPER = "[A-ZÀ-ÖØ-ÞŁŠŽ]"
NAME = rf"(?:(?:van|von|de|den|der)\s+)*{UPPER}[\w'’-]*(?:\s+{UPPER}[\w'’-]*)*"
INITIALS = rf"(?:{UPPER}\.(?:-{UPPER}\.)*\s+)+"
AUTHORS = (
    rf"{INITIALS}{NAME}(?:, {INITIALS}{NAME})*(?: and (?:{INITIALS}{NAME}|others))?"
)
LINK = r"\[[^\]]+\]\(https?://[^)\s]+\)"
ENTRY = re.compile(
    rf"- (?P<authors>{AUTHORS})\. (?P<title>.+)[.?] "
    rf"(?:(?P<venue>[^.?]+), )?(?P<year>\d{{4}})\. (?P<links>{LINK}(?:, \w+: {LINK})*)"
)
PEOPLE = (
    rf"{NAME}(?:,\s+{NAME})*"
    rf"(?:,?\s+(?:and|&)\s+{NAME}|\s+et\s+al\.|\s+and\s+(?:others|colleagues))?"
)
MANY = re.compile(r"\s+et\s+al\.$|\s+and\s+(?:others|colleagues)$")
CITATION = re.compile(rf"(?P<people>{PEOPLE})(?:,\s+|\s+\()(?P<year>(?:19|20)\d\d)\b")
DOCSTRING_CITATION = re.compile(rf"(?P<people>{PEOPLE}),?\s+\(?(?:19|20)\d\d\b")
SOURCE = re.compile(r"\bdoi:10\.\d{4,}/\S+|\barXiv:\d{4}\.\d{4,5}|\bhttps://\S+")
# what may look like a citation and is none: code, formulas, titles in italics
NO_TEXT = (
    re.compile(r"^(`{3,}).*?^\1", re.MULTILINE | re.DOTALL),
    re.compile(r"`[^`\n]+`"),
    re.compile(r"(\${1,2})[^$]+\1"),
    re.compile(r"(?<!\*)\*(?![\s*])[^*]+\*(?!\*)"),
)


@dataclass(frozen=True)
class Work:
    """Who and when: an entry, or a citation of one.

    `names` are the surnames, of "van den Berg" the last word; `others` says that more
    people are meant than are named.
    """

    names: tuple[str, ...]
    year: str
    others: bool

    def __str__(self) -> str:
        names = [*self.names, "others"] if self.others else list(self.names)
        people = ", ".join(names[:-1])
        return f"{people} and {names[-1]} ({self.year})".removeprefix(" and ")

    def cites(self, entry: Work) -> bool:
        """Is `entry` what is meant?"""
        if self.year != entry.year:
            return False
        if self.others:
            many = entry.others or len(entry.names) > 2
            return many and self.names == entry.names[:1]
        return not entry.others and self.names == entry.names


def work(people: str, year: str) -> Work:
    """What "A. One, B. Two and others" and "One et al." say, and a year."""
    people = re.sub(INITIALS, "", people)
    rest = MANY.sub("", people)
    names = re.split(r",?\s+(?:and|&)\s+|,\s+", rest)
    return Work(tuple(name.split()[-1] for name in names), year, rest != people)


def split(source: str) -> tuple[str, list[str]]:
    """The text of a chapter, and the entries of its references, one line each."""
    body, heading, section = source.partition("\n## References\n")
    entries = [line for line in section.splitlines() if line.startswith("- ")]
    others = [line for line in section.splitlines() if not line.startswith("- ")]
    return body + heading + "\n".join(others), entries


def citations(text: str) -> list[Work]:
    """Whom a chapter's text cites, each once, in order."""
    for pattern in NO_TEXT:
        text = pattern.sub(" ", text)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    found = [work(match["people"], match["year"]) for match in CITATION.finditer(text)]
    return list(dict.fromkeys(found))


def link_problems(links: str) -> Iterator[str]:
    for label, url in re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", links):
        kind, _, name = label.partition(":")
        home = {"doi": "https://doi.org/", "arXiv": "https://arxiv.org/abs/"}.get(kind)
        if home and url != home + name:
            yield f"{label} leads to {url}"


def problems(source: str) -> list[str]:
    """What is wrong with the references of a chapter.

    Args:
        source: the chapter, `book/NN_name.md`.

    Returns:
        A line for each entry that is not complete, that leads elsewhere than it says,
        that is there twice or that nobody cites, and for each citation without an
        entry.
    """
    text, lines = split(source)
    cited = citations(text)
    found, entries = [], []
    for line in lines:
        match = ENTRY.fullmatch(line)
        if not match:
            found.append(f"not complete: {line}")
            continue
        if not match["venue"] and "arXiv:" not in match["links"]:
            found.append(f"no venue: {line}")
        found += link_problems(match["links"])
        entry = work(match["authors"], match["year"])
        if entry in entries:
            found.append(f"twice: {entry}")
        if not any(citation.cites(entry) for citation in cited):
            found.append(f"not cited: {entry}")
        entries.append(entry)
    found += [
        f"no entry: {citation}"
        for citation in cited
        if not any(citation.cites(entry) for entry in entries)
    ]
    return found


def docstring_problems(source: str) -> list[str]:
    """The docstrings of a Python file that cite more papers than they have DOIs, arXiv
    numbers and addresses: "name: people; people".

    What stands in quotes, a film's title, is none.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            continue
        docstring = re.sub('"[^"]*"', " ", ast.get_docstring(node) or "")
        people = {
            " ".join(match["people"].split())
            for match in DOCSTRING_CITATION.finditer(docstring)
        }
        if len(people) > len(set(SOURCE.findall(docstring))):
            found.append(f"{node.name}: {'; '.join(sorted(people))}")
    return found
