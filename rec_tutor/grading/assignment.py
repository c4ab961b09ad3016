"""Which questions an assignment has."""

from __future__ import annotations

from rec_tutor.check.questions import CHAPTERS
from rec_tutor.data.schema import DataError
from rec_tutor.grading.grade import questions


def chapter_of(text: str) -> str:
    """The number of a chapter, "07", from "07", "7" or "mf".

    Raises:
        DataError: there is no such chapter.
    """
    names = {name: number for number, name in CHAPTERS.items()}
    number = names.get(text, text.zfill(2))
    if number not in CHAPTERS:
        known = ", ".join(f"{n} ({name})" for n, name in CHAPTERS.items())
        raise DataError(f"There is no chapter {text!r}; there are {known}.")
    return number


def keys_of(chapter: str) -> list[str]:
    """The keys of a chapter's checked exercises, in their order."""
    return [one.key for one in questions(chapter)]
