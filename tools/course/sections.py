"""A page in sections that can be read in one sitting: how long each takes, and the key
that says it was read.

    python -m course sections          of all pages; `long` marks what is over LONGEST
    python -m course sections 02 07    of some chapters

A section stands under a heading `##`. If it takes more than LONGEST minutes it is
divided at its headings `###`. The page's opening belongs to the first section, what
takes less than SHORTEST to the one before it; exercises and references take no time.
Minutes are those of course.reading, in whole numbers: at least one for a section, and
together the page's.

A key is `07.Sc`: chapter 07, the core (S; a page *Deeper* has D), the third heading
`##`; `07.Sc2` is the second heading `###` below it. It counts places, so a title may
change, and twins share their keys. A new section moves those behind it.
"""

from __future__ import annotations

import argparse
import string
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import nbformat

from course import notebooks, reading
from course.modules import ROOT

LONGEST, SHORTEST = 12, 0.5  # minutes


@dataclass(frozen=True)
class Section:
    """One stretch of a page.

    heading: at which of the page's headings, `##` and `###`, it begins; from 0.
    """

    key: str
    title: str
    heading: int
    minutes: int


def rounded(minutes: Sequence[float]) -> list[int]:
    """Whole minutes, each at least 1, that add up to the rounded sum if that is
    possible: the largest remainders are rounded up.
    """
    whole = [max(1, int(one)) for one in minutes]
    missing = round(sum(minutes)) - sum(whole)
    step = 1 if missing > 0 else -1
    for _ in range(abs(missing)):
        able = [at for at, one in enumerate(whole) if one + step >= 1]
        if not able:
            break
        whole[max(able, key=lambda at: step * (minutes[at] - whole[at]))] += step
    return whole


def _places(levels: Sequence[int]) -> list[str]:
    """`c` for the third heading `##`, `c2` for the second `###` below it."""
    names, letter, number = [], -1, 0
    for level in levels:
        letter, number = (letter + 1, 0) if level == 2 else (letter, number + 1)
        if letter >= 26 or number > 9:
            raise ValueError("a page has more headings than a key can count")
        names.append(string.ascii_lowercase[letter] + str(number or ""))
    return names


def _pieces(
    levels: Sequence[int], most: Sequence[float]
) -> Iterator[tuple[int, range]]:
    """At which part a section begins, and what is read with it; without the opening."""
    starts = [at for at, level in enumerate(levels) if level == 2]
    for start, end in zip(starts, [*starts[1:], len(levels)], strict=True):
        if end - start == 1 or sum(most[start:end]) <= LONGEST:
            yield start, range(start, end)
            continue
        if most[start] >= 1:
            yield start, range(start, start + 1)
        else:  # a heading over headings
            yield start + 1, range(start, start + 2)
        first = start + 1 if most[start] >= 1 else start + 2
        yield from ((at, range(at, at + 1)) for at in range(first, end))


def divided(parts: Sequence[reading.Part], most: Sequence[float]) -> list[Section]:
    """The sections of a page, with keys that lack their start.

    Args:
        parts: what was counted; the first one is the opening.
        most: minutes of each part in the twin where it takes longest: they decide what
            is divided, so that twins have the same sections.

    Raises:
        ValueError: more headings than a key can count.
    """
    levels = [part.level for part in parts]
    if 2 not in levels:
        return []
    opening = sum(part.minutes for part in parts[: levels.index(2)])
    begins: list[int] = []
    minutes: list[float] = []
    for at, places in _pieces(levels, most):
        if sum(most[one] for one in places) >= SHORTEST or not begins:
            begins.append(at)
            minutes.append(0.0 if minutes else opening)
        minutes[-1] += sum(parts[one].minutes for one in places)
    names = ["", *_places(levels[1:])]
    return [
        Section(names[at], parts[at].title, at - 1, whole)
        for at, whole in zip(begins, rounded(minutes), strict=True)
    ]


@cache
def _parts(text: str, chapter: str) -> tuple[reading.Part, ...]:
    page = reading.measure(nbformat.reads(text, as_version=4), chapter)
    return tuple(page.parts)


def _twins(target: notebooks.Target) -> dict[str, tuple[reading.Part, ...]]:
    """The parts of a page and of its twin, by framework."""
    found = {}
    for twin in notebooks.twins_of(target.source):
        path = replace(target, framework=twin).path
        found[twin] = _parts(path.read_text(encoding="utf-8"), target.chapter[:2])
    return found


def levels(target: notebooks.Target) -> list[int]:
    """Of a page's headings, 2 or 3 for each, in order."""
    return [part.level for part in _twins(target)[target.framework][1:]]


def of_page(target: notebooks.Target) -> list[Section]:
    """The sections of a core or a page *Deeper*.

    Raises:
        ValueError: its twin has other headings.
    """
    twins = _twins(target)
    if len({tuple(part.level for part in parts) for parts in twins.values()}) > 1:
        raise ValueError(f"{target.chapter}: the twins have different headings")
    most = [max(p.minutes for p in same) for same in zip(*twins.values(), strict=True)]
    deeper = target.chapter.endswith("_deeper")
    start = f"{target.chapter[:2]}.{'D' if deeper else 'S'}"
    found = divided(twins[target.framework], most)
    return [replace(one, key=start + one.key) for one in found]


def keys(number: str, root: Path = ROOT) -> tuple[list[str], list[str]]:
    """The keys of a chapter's core, and of its page *Deeper*."""
    found: dict[bool, list[str]] = {False: [], True: []}
    for target in notebooks.targets(root):
        if target.chapter.startswith(f"{number}_"):
            own = [section.key for section in of_page(target)]
            found[target.chapter.endswith("_deeper")] = own
    return found[False], found[True]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(
        prog="course sections", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("names", nargs="*", help="chapters, by their beginning")
    options = parser.parse_args(arguments)
    for target in notebooks.targets(root):
        if not options.names or target.chapter.startswith(tuple(options.names)):
            print(target)
            for one in of_page(target):
                mark = "long" if one.minutes > LONGEST else ""
                print(f"  {one.key:7}{one.minutes:3} min  {mark:5}{one.title}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
