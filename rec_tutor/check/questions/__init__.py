"""The questions of each chapter, found by their keys."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from rec_tutor.check import contracts
from rec_tutor.check.question import Blank, Question

CHAPTERS = {  # number -> short name: the beginnings of keys
    "00": "networks",
    "01": "data",
    "02": "evaluation",
    "03": "baselines",
    "04": "cnn",
    "05": "rnn",
    "06": "nlp",
    "07": "mf",
    "08": "ncf",
    "09": "attention",
    "10": "gnn",
    "11": "dqn",
    "12": "coldstart",
}
QUIZ = 3  # quiz questions of a chapter: "07.Q1" to "07.Q3"


def chapter_of(key: str) -> str:
    """The short name of the chapter that a key belongs to.

    Raises:
        LookupError: no chapter has such keys.
    """
    start = key.partition(".")[0]
    name = CHAPTERS.get(start, start)
    if name not in CHAPTERS.values():
        raise LookupError(f"no question {key!r}: keys look like 'mf.2' or '07.T1'")
    return name


@cache
def of_chapter(name: str) -> dict[str, Question | Blank]:
    """The questions and blanks of a chapter, by key, in their order."""
    module = import_module(f"{__name__}.{name}")
    return {one.key: one for one in [*module.BLANKS, *module.QUESTIONS]}


def find(key: str) -> Question | Blank:
    """A question or a blank; with a number behind it, "mf.2@17", the exercise with
    another contract.

    Raises:
        LookupError: there is none of that key; says which there are.
    """
    if contracts.MARK in key:
        chapter_of(key)
        return contracts.question(key)
    own = of_chapter(chapter_of(key))
    if key not in own:
        raise LookupError(f"no question {key!r}; there are {', '.join(own)}")
    return own[key]


def number_of(name: str) -> str:
    """A chapter's number, by its short name."""
    return next(number for number, one in CHAPTERS.items() if one == name)
