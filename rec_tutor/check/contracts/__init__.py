"""The families of each chapter: its exercises with other contracts."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from rec_tutor.check.contract import Family
from rec_tutor.check.question import Question

MARK = "@"  # between the key of an exercise and the number of a choice


@cache
def of_chapter(name: str) -> dict[str, Family]:
    """The families of a chapter, by the key of the exercise that each changes."""
    module = import_module(f"{__name__}.{name}")
    return {one.key: one for one in module.FAMILIES}


@cache
def question(key: str) -> Question:
    """The question of such a key. Raises LookupError."""
    own, number = family(key)
    return own.question(number)


def family(key: str) -> tuple[Family, int]:
    """The family and the number of a key, "evaluation.3@17".

    Raises:
        LookupError: there is none; says which there are.
    """
    exercise, _, number = key.partition(MARK)
    own = of_chapter(exercise.partition(".")[0])
    if exercise not in own or not (number.isascii() and number.isdigit()):
        known = ", ".join(f"{one}{MARK}0" for one in own)
        raise LookupError(f"no question {key!r}; there are {known} and further numbers")
    own[exercise].choice(int(number))
    return own[exercise], int(number)
