"""Which questions an assignment has: a chapter's exercises, or some with other
contracts, drawn by a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

from rec_tutor.check import contracts, words
from rec_tutor.check.questions import CHAPTERS
from rec_tutor.data.schema import DataError
from rec_tutor.grading.grade import questions


@dataclass(frozen=True)
class Assignment:
    """What a notebook is asked.

    Attributes:
        title: as a heading.
        keys: of the questions, "mf.3", or with other contracts "mf.3@17".
    """

    title: str
    keys: tuple[str, ...]


def chapter_of(text: str) -> str:
    """The number of a chapter, "07", from "07", "7" or "mf".

    Raises:
        DataError: there is no such chapter.
    """
    names = {name: number for number, name in CHAPTERS.items()}
    number = names.get(text, text.zfill(2) if text else text)
    if number not in CHAPTERS:
        known = ", ".join(f"{n} ({name})" for n, name in CHAPTERS.items())
        raise DataError(f"There is no chapter {text!r}; there are {known}.")
    return number


def assignment(text: str) -> Assignment:
    """What a text names: "07" are the exercises of chapter 07; "2027:02,07" are
    three or four of 02 and of 07 each, with the contracts that the seed 2027 draws.

    Raises:
        DataError: it names no chapter, or the seed is no whole number.
    """
    seed, colon, chapters = text.partition(":")
    if colon:
        return drawn(seed, [part.strip() for part in chapters.split(",")])
    number = chapter_of(text)
    title = words.catalogue(CHAPTERS[number])["title"]
    keys = tuple(one.key for one in questions(number))
    return Assignment(f"{number} · {title}", keys)


def drawn(seed: int | str, chapters: list[str]) -> Assignment:
    """The exercises of chapters with the contracts that a seed draws.

    Raises:
        DataError: a chapter that does not exist, or twice; a seed that is no whole
            number.
    """
    if not (str(seed).isascii() and str(seed).isdigit() and len(str(seed)) < 16):
        raise DataError(f"The seed {seed!r} is not a whole number like 2027.")
    numbers = [chapter_of(one) for one in chapters]
    if len(set(numbers)) < len(numbers):
        raise DataError(f"A chapter is named twice: {', '.join(chapters)}.")
    keys = [
        f"{family.key}{contracts.MARK}{family.drawn(int(seed))}"
        for number in sorted(numbers)
        for family in contracts.of_chapter(CHAPTERS[number]).values()
    ]
    many = "Chapters" if len(numbers) > 1 else "Chapter"
    return Assignment(f"{many} {', '.join(sorted(numbers))}: assignment", tuple(keys))
