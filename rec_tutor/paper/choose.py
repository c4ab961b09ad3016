"""Which questions are on a sheet."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rec_tutor.data.schema import DataError

# each enters its questions
from rec_tutor.paper import data, networks, practice, steps, vectors
from rec_tutor.paper.problem import MAKERS, TRIES, Maker, Problem, draw

ROOMS = (data, networks, vectors, steps, practice)
MOST = 26  # sheets: as many as there are letters


@dataclass(frozen=True)
class Sheet:
    """What one person gets.

    Attributes:
        letter: "A", "B", …; "" if there is one sheet only.
        questions: kinds of questions, each with its numbers.
    """

    letter: str
    questions: tuple[tuple[Maker, Problem], ...]

    @property
    def minutes(self) -> int:
        """How long it takes; also the points, one a minute."""
        return sum(maker.minutes for maker, _ in self.questions)


def chapters() -> list[str]:
    """The numbers of the chapters that have questions, "00", "01", …"""
    return sorted({maker.chapter for maker in MAKERS.values()})


def of_chapter(chapter: str) -> list[Maker]:
    """The kinds of questions of a chapter, in alphabetical order.

    Raises:
        DataError: it has none.
    """
    found = [MAKERS[key] for key in sorted(MAKERS) if key.startswith(f"{chapter}.")]
    if not found:
        known = ", ".join(chapters())
        raise DataError(f"There is no chapter {chapter!r} on paper; there are {known}.")
    return found


def sheets(
    wanted: Sequence[str], seed: int, number: int | None = None, copies: int = 1
) -> list[Sheet]:
    """Sheets for neighbours: the same questions with other numbers.

    Args:
        wanted: chapters, "07" or "7", in the order of the sheet.
        number: of questions from each chapter; None: two or three, as the seed says.
        copies: how many different sheets.

    Raises:
        DataError: a chapter that is not there or comes twice, or a number that can't
            be.
    """
    numbers = [text.zfill(2) if (text := one.strip()) else "" for one in wanted]
    if not numbers or len(set(numbers)) < len(numbers):
        raise DataError(f"Name each chapter once; these are {', '.join(wanted)}.")
    if not 1 <= copies <= MOST:
        raise DataError(f"There can be 1 to {MOST} sheets, not {copies}.")
    rng = random.Random(f"questions {seed}")
    chosen: list[Maker] = []
    for chapter in numbers:
        own = of_chapter(chapter)
        size = rng.choice([2, 3]) if number is None else number
        if not 1 <= size <= len(own):
            raise DataError(
                f"Chapter {chapter} has {len(own)} questions on paper; {size} are asked"
                " for."
            )
        # in the order of the files, which is that of the chapter
        places = list(MAKERS)
        chosen += sorted(rng.sample(own, size), key=lambda one: places.index(one.key))
    letters = [""] if copies == 1 else [chr(ord("A") + at) for at in range(copies)]
    found: list[list[tuple[Maker, Problem]]] = [[] for _ in letters]
    for maker in chosen:
        for own_sheet, problem in zip(
            found, _different(maker, seed, copies), strict=True
        ):
            own_sheet.append((maker, problem))
    return [
        Sheet(letter, tuple(own_sheet))
        for letter, own_sheet in zip(letters, found, strict=True)
    ]


def _different(maker: Maker, seed: int, copies: int) -> list[Problem]:
    """As many problems, no two with the same numbers."""
    found: dict[str, Problem] = {}
    for attempt in range(TRIES):
        problem = draw(maker, f"{seed} {attempt}")
        found.setdefault(repr(problem.given), problem)
        if len(found) == copies:
            return list(found.values())
    raise RuntimeError(f"{maker.key} has not {copies} different sets of numbers.")
