"""Which film of Wikidata is which of MovieLens: joined by title and year, or left out.

MovieLens writes "Godfather, The", Wikidata "The Godfather"; one has "(Haine, La)" in
brackets, the other "La Haine" alone; years differ by one where a film was late in the
cinemas. So a title becomes words without case, accents, punctuation and brackets, and
three rules are tried in turn, for the title and for the names in brackets:

1. the same words and year;
2. the same year, and the same words but for an article in front;
3. the same words, and a year before or after.

The first rule that finds one record gives it; where it finds several the film is left
out, never guessed. What no rule can find stands in `film_aliases.ALIASES`, which goes
before the rules.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rec_tutor.data.film_aliases import ALIASES
from rec_tutor.data.schema import DataError, Dataset

ARTICLES = (
    *("the", "a", "an", "le", "la", "les", "l'", "un", "une", "il", "lo", "i", "gli"),
    *("el", "los", "las", "der", "die", "das", "den", "det", "en", "et", "ein"),
    *("eine", "o", "os", "as"),
)
BEHIND = re.compile(rf"(.+),\s*({'|'.join(ARTICLES)})", re.IGNORECASE)
IN_FRONT = re.compile(rf"({'|'.join(ARTICLES)}) (?=.)")
BRACKETS = re.compile(r"\(([^()]*)\)")
LETTERS = str.maketrans({"&": " and ", "ø": "o", "æ": "ae", "ß": "ss", "ł": "l"})


@dataclass(frozen=True, eq=False)
class Join:
    """What joining found.

    Attributes:
        records: int64 (num_items,), the row of the film in Wikidata's table, or -1.
        ambiguous: items that were left out because several records fit, or because one
            record fits several films.
        twice: groups of items that are one film, listed several times in MovieLens;
            each has its record.
    """

    records: np.ndarray
    ambiguous: list[int]
    twice: list[list[int]]

    def share(self, ds: Dataset) -> float:
        """The share of the interactions whose film has a record."""
        return float((self.records[ds.ratings["item"]] >= 0).mean())


def join(ds: Dataset, films: pd.DataFrame) -> Join:
    """Find the films of a MovieLens set among those of Wikidata.

    Args:
        ds: with `title` and `year` of its items.
        films: as `films.load` returns them.

    Raises:
        DataError: if the items have no titles and years.
    """
    if not {"title", "year"} <= set(ds.items.columns):
        raise DataError(f"{ds.name}: its items have no titles and years to join by.")
    table = _Table(films)
    records = np.full(ds.num_items, -1, dtype=np.int64)
    ambiguous: list[int] = []
    groups: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for item, (title, year) in enumerate(
        zip(ds.items["title"], ds.items["year"], strict=True)
    ):
        if pd.isna(year):
            continue
        found = table.find(title, int(year))
        if len(found) == 1:
            groups[found[0]].append((item, f"{title} ({year})"))
        elif found:
            ambiguous.append(item)
    twice = []
    for record, group in groups.items():
        items = [item for item, _ in group]
        if len(group) > 1 and not _one_film([name for _, name in group]):
            ambiguous += items
            continue
        records[items] = record
        if len(group) > 1:
            twice.append(items)
    return Join(records, sorted(ambiguous), sorted(twice))


def _words(title: str) -> str:
    """A title as words: "Schindler's List!" and "8½" become "schindlers list" and
    "8 1 2".
    """
    spaced = "".join(
        f" {letter}"
        if unicodedata.decomposition(letter)[:4] in ("<fra", "<sup")
        else letter
        for letter in title
    )
    plain = unicodedata.normalize("NFKD", spaced.casefold())
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    plain = re.sub(r"['’`´]", "", plain.translate(LETTERS))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def _names(title: str) -> list[str]:
    """All that MovieLens calls a film, as words: the title, and what stands in
    brackets behind it, articles in front.
    """
    found = [BRACKETS.sub(" ", title)]
    for other in BRACKETS.findall(title):
        found.append(re.sub(r"^\s*a\.?k\.?a\.?\s", "", other, flags=re.IGNORECASE))
    every = [_words(_in_front(name.strip())) for name in found]
    return [name for name in dict.fromkeys(every) if name]


def _in_front(title: str) -> str:
    """ "Godfather, The" -> "The Godfather"."""
    found = BEHIND.fullmatch(title)
    if not found:
        return title
    space = "" if found[2].endswith("'") else " "
    return f"{found[2]}{space}{found[1]}"


def _one_film(listed: Sequence[str]) -> bool:
    """Whether titles with years are one film: a name and the year in common; what an
    alias says was seen to.
    """
    common: set[str] | None = None
    for name in listed:
        if name not in ALIASES:
            own = {f"{one} {name[-5:-1]}" for one in _names(name[:-7])}
            common = own if common is None else common & own
    return common is None or bool(common)


class _Table:
    """The records by what they are called."""

    def __init__(self, films: pd.DataFrame) -> None:
        self.exact: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.bare: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.called: dict[str, list[int]] = defaultdict(list)
        pairs = zip(films["title"], films["year"].tolist(), strict=True)
        for record, (title, year) in enumerate(pairs):
            name = _words(title)
            self.exact[name, year].append(record)
            self.bare[_bare(name), year].append(record)
            self.called[f"{title} ({year})"].append(record)

    def find(self, title: str, year: int) -> list[int]:
        """The records of the alias, if there is one, else those that the first rule
        which finds any finds.
        """
        alias = ALIASES.get(f"{title} ({year})")
        if alias is not None:
            return self.called.get(alias, [])
        return next((found for found in self._rules(_names(title), year) if found), [])

    def _rules(self, called: Sequence[str], year: int) -> Iterator[list[int]]:
        """What each rule finds, one after the other."""
        yield _look(self.exact, called, year)
        yield _look(self.bare, [_bare(name) for name in called], year)
        yield _look(self.exact, called, year - 1, year + 1)


def _look(
    table: Mapping[tuple[str, int], list[int]], called: Sequence[str], *years: int
) -> list[int]:
    keys = [(name, year) for name in called for year in years]
    return sorted({record for key in keys for record in table.get(key, [])})


def _bare(name: str) -> str:
    """Without an article in front."""
    found = IN_FRONT.match(name)
    return name[found.end() :] if found else name
