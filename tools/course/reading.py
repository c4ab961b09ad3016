"""How long a page takes, and how it reads: numbers per notebook.

    python -m course reading            all notebooks
    python -m course reading 02 07      of some chapters

Minutes are estimated: prose at 120 words a minute, visible code at 12 lines a minute, a
display formula 60 s, one in a line 3 s, a figure 45 s, a *Predict* 1 min, a *Your turn*
the minutes that it names. Exercises, references, checks and folded cells (tags
`hide-…`, `setup`) take none. *Things to do* are the boxes of DOING; a gap is the time
between two of them, from the beginning to the end. A *core*, a chapter that has a page
NN_name_deeper, has limits: see `over`. A page of book/ gets the minutes of cores by
`<!-- minutes: 00 01 -->`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import checks, notebooks
from course.modules import ROOT

WORDS, LINES = 120, 12  # a minute
DISPLAY, INLINE, FIGURE, PREDICT = 1.0, 3 / 60, 45 / 60, 1.0  # minutes
DOING = re.compile(r"> \*\*(Predict|Your turn|Change this)(?: \((\d+) min\))?\.\*\*")
FOLDED = {"hide-cell", "hide-input", "remove-cell", "remove-input", "setup"}
AFTER = re.compile(r"## (Exercises|References)\b")
HEADING = re.compile(r"(##{1,2}) (.*)")
MINUTES = re.compile(r"<!-- minutes: ((?:\d\d ?)+)-->")
LONG, WIDE = 45, 88  # words of a sentence, characters of a line of code
ASIDE = 12  # words between parentheses or dashes
HEAD = (
    "minutes",
    "words",
    "lines",
    "to do",
    "gap",
    "words a sentence",
    "long sentences",
    "asides",
    "open asserts",
    "wide lines",
    "ahead",
    "bare tables",
)


@dataclass
class Part:
    """What stands between two headings: of level 2, `##`, or 3; level 1 is the page's
    opening.
    """

    level: int
    title: str
    minutes: float = 0.0


@dataclass
class Page:
    """What was counted on a page, without exercises and references.

    parts: from heading to heading; together they take the page's minutes.
    gap: the longest time without something to do, in minutes.
    ahead: links to later chapters. bare: tables without a header, printed tables among
        them.
    """

    minutes: float = 0.0
    words: int = 0
    lines: int = 0
    doing: int = 0
    gap: float = 0.0
    sentences: list[int] = field(default_factory=list)
    asides: int = 0
    asserts: int = 0
    wide: int = 0
    ahead: int = 0
    bare: int = 0
    parts: list[Part] = field(default_factory=lambda: [Part(1, "")])

    @property
    def long(self) -> int:
        return sum(number > LONG for number in self.sentences)

    @property
    def average(self) -> float:
        return sum(self.sentences) / max(len(self.sentences), 1)

    def row(self) -> list[str]:
        numbers: tuple[float, ...] = (
            self.minutes,
            self.words,
            self.lines,
            self.doing,
            self.gap,
            self.average,
            self.long,
            self.asides,
            self.asserts,
            self.wide,
            self.ahead,
            self.bare,
        )
        return [f"{number:.0f}" for number in numbers]


def prose(text: str) -> str:
    """The words of a text: no code, no formula (one stands as a word), no address."""
    text = re.sub(r"(?s)```.*?```|\$\$.*?\$\$|<!--.*?-->|<[^>]+>", " ", text)
    text = re.sub(r"(?<![\\$])\$[^$\n]+\$", " x ", text)
    text = re.sub(r"`[^`\n]+`", " x ", text)
    text = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?m)^\s*\|.*$", " ", text)  # tables are looked at, not read
    text = re.sub(r"(?m)^(#+ .*|\(\w[\w-]*\)=)$", r"\1.", text)
    text = re.sub(r"(?m)^\s*(?:[-+]|\d+\.) ", "\n\n", text)  # an item of a list
    return re.sub(r"[*_>#|]", " ", text)


def sentences(text: str) -> Iterator[list[str]]:
    """The words of each sentence; a line of a list ends one."""
    for part in re.split(
        r"(?<=[.!?:])[)\"”*]*\s+(?=[^\sa-z])|\n\s*\n|\n(?=\s*[-+\d])", text
    ):
        words = re.findall(r"[^\s]*[A-Za-z0-9][^\s]*", part)
        if words:
            yield words


def asides(text: str) -> int:
    """Parentheses of more than ASIDE words, and what stands between two dashes."""
    found = re.findall(r"\(([^()]*)\)", text) + re.findall(
        r" [–—] ([^–—.]*) [–—] ", text
    )
    return sum(len(one.split()) > ASIDE for one in found)


def table_headers(text: str) -> int:
    """Tables of a text whose header is empty."""
    rows = re.findall(r"(?m)^\|.*\|\s*\n\|[-:| ]+\|\s*$", text)
    return sum(not re.search(r"\w", row.splitlines()[0]) for row in rows)


def measure(notebook: NotebookNode, chapter: str) -> Page:
    """Count a notebook's page.

    Args:
        chapter: its number, "07": links to later ones are counted.
    """
    page, since, reading = Page(), 0.0, True

    def spend(minutes: float, doing: bool = False) -> None:
        nonlocal since
        page.minutes += minutes
        page.parts[-1].minutes += minutes
        since = 0.0 if doing else since + minutes
        page.gap = max(page.gap, since)

    for cell in notebook.cells:
        if cell.cell_type == "code":
            if not reading:
                continue
            folded = FOLDED & set(cell.metadata.get("tags", []))
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if {"image/png", "image/svg+xml"} & set(data):
                    spend(FIGURE)
                page.bare += output.get("output_type") == "stream" and printed_table(
                    output.text
                )
            if folded:
                continue
            code = checks.without(cell.source).splitlines()
            code = [line for line in code if line.strip()]
            page.lines += len(code)
            page.asserts += sum(line.strip().startswith("assert ") for line in code)
            page.wide += sum(len(line) > WIDE for line in code)
            spend(len(code) / LINES)
            continue
        for part in re.split(r"(?m)^(?=#{1,3} |> \*\*)", cell.source):
            if AFTER.match(part):
                reading = False
            elif part.startswith("## "):
                reading = True
            if heading := HEADING.match(part):
                page.parts.append(Part(len(heading[1]), heading[2].strip()))
            if not reading:
                continue
            done = DOING.match(part)
            if done:
                page.doing += 1
                minutes = PREDICT if done[1] == "Predict" else float(done[2] or 1)
                spend(minutes, doing=True)
            words = prose(part)
            page.words += len(re.findall(r"\S*[A-Za-z]\S*", words))
            page.sentences += [len(one) for one in sentences(words)]
            page.asides += asides(words)
            page.bare += table_headers(part)
            page.ahead += sum(
                number > chapter
                for number in re.findall(r"\]\([^)]*?(\d\d)_\w+\.ipynb", part)
            )
            displays = len(re.findall(r"(?s)\$\$.*?\$\$", part))
            inline = len(
                re.findall(
                    r"(?<![\\$])\$[^$\n]+\$", re.sub(r"(?s)\$\$.*?\$\$", "", part)
                )
            )
            spend(
                len(re.findall(r"\S*[A-Za-z]\S*", words)) / WORDS
                + displays * DISPLAY
                + inline * INLINE
            )
    return page


def over(page: Page) -> list[str]:
    """Which limits of a core a page is over."""
    found = {
        "minutes": (page.minutes, 60),
        "minutes with nothing to do": (page.gap, 10),
        f"sentences over {LONG} words": (page.long, 0),
        "words in a sentence on average": (page.average, 25),
        f"parentheses of more than {ASIDE} words": (page.asides, 5),
        "open assertions": (page.asserts, 0),
        f"lines of code over {WIDE} characters": (page.wide, 0),
        "links to later chapters": (page.ahead, 0),
        "tables without a header": (page.bare, 0),
    }
    return [
        f"{number:.0f} {what}, at most {limit}"
        for what, (number, limit) in found.items()
        if round(number, 1) > limit
    ]


def minutes_of(chapter: str, root: Path = ROOT) -> int:
    """What a chapter's core takes, by its number; of twins the PyTorch one counts.

    Raises:
        LookupError: there is no such chapter.
    """
    for target in notebooks.targets(root):
        if target.chapter.startswith(f"{chapter}_"):
            return _minutes(target.path.read_text(encoding="utf-8"), chapter)
    raise LookupError(f"no chapter begins with {chapter}_")


@cache
def _minutes(text: str, chapter: str) -> int:
    page = measure(nbformat.reads(text, as_version=4), chapter)
    return round(page.minutes / 5) * 5


def filled(text: str, root: Path = ROOT) -> str:
    """A page with the minutes that its lines `<!-- minutes: 00 01 -->` ask for, added
    up, each rounded to five.
    """
    return MINUTES.sub(
        lambda line: str(sum(minutes_of(one, root) for one in line[1].split())), text
    )


def printed_table(text: str) -> bool:
    """Printed text that is a table: three lines or more with columns."""
    rows = [line for line in text.splitlines() if re.search(r"\S {2,}\S", line)]
    return len(rows) >= 3


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(
        prog="course reading", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("names", nargs="*", help="chapters, by their beginning")
    options = parser.parse_args(arguments)
    rows = [["notebook", *HEAD]]
    for target in notebooks.targets(root):
        if target.path.is_file() and (
            not options.names or target.chapter.startswith(tuple(options.names))
        ):
            page = measure(nbformat.read(target.path, as_version=4), target.chapter[:2])
            name = f"{target.framework}/{target.chapter}".strip("/")
            rows.append([name, *page.row()])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *rest = (
            cell.ljust(w) if at == 0 else cell.rjust(w)
            for at, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        print(first, *rest, sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
