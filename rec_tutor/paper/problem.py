"""What a question on paper is: a text, the numbers in it, the way to the result, and
the wrong results that a marker will see.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

NEAR = 0.01  # results closer than that can't be told apart on paper
TRIES = 2000  # draws until the numbers are pleasant


@dataclass(frozen=True)
class Table:
    """A table in a question: a head and rows, of numbers and marked-up text."""

    head: Sequence[Any]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Problem:
    """A question on paper with its key. Text is marked up: see `rec_tutor.paper.page`.

    Attributes:
        text: paragraphs and tables.
        given: the numbers of the text, by the names that the code has for them.
        steps: the way to the result, a line each.
        answer: what is asked for -> a number, a tuple of numbers, or a word.
        wrong: (what is asked for, a wrong result, what was computed there).
    """

    title: str
    text: Sequence[str | Table]
    given: Mapping[str, Any]
    steps: Sequence[str]
    answer: Mapping[str, Any]
    wrong: Sequence[tuple[str, Any, str]]


@dataclass(frozen=True)
class Maker:
    """A kind of question: it makes a `Problem` of random numbers, or None if these
    are not to its liking.
    """

    name: str
    goal: str
    minutes: int
    make: Callable[[random.Random], Problem | None]

    @property
    def chapter(self) -> str:
        """Its number, "07"."""
        return self.goal[:2]

    @property
    def key(self) -> str:
        """The chapter's number and the name: "07.sgd_step"."""
        return f"{self.chapter}.{self.name}"


MAKERS: dict[str, Maker] = {}  # by their keys


def question(goal: str, minutes: int) -> Callable[[Callable], Callable]:
    """Enter a function into `MAKERS`: for which goal it is, and how long it takes."""

    def enter(make: Callable) -> Callable:
        maker = Maker(make.__name__, goal, minutes, make)
        MAKERS[maker.key] = maker
        return make

    return enter


def draw(maker: Maker, seed: int | str) -> Problem:
    """The question with numbers that the seed chooses; the same on every computer.

    Raises:
        RuntimeError: no pleasant numbers were found.
    """
    rng = random.Random(f"{maker.key} {seed}")
    for _ in range(TRIES):
        made = maker.make(rng)
        if made is not None and pleasant(made):
            return made
    raise RuntimeError(f"{maker.key}: no pleasant numbers with the seed {seed}.")


def pleasant(problem: Problem) -> bool:
    """Is no result 0, and can every result be told from all the wrong ones?"""
    for name, right in problem.answer.items():
        if all(isinstance(one, float | int) and abs(one) < NEAR for one in flat(right)):
            return False
        results = [right, *(value for what, value, _ in problem.wrong if what == name)]
        if not all(apart(*pair) for pair in combinations(results, 2)):
            return False
    return True


def flat(value: Any) -> Iterator[Any]:
    """The numbers and words in nested tuples and lists."""
    if isinstance(value, tuple | list):
        for one in value:
            yield from flat(one)
    else:
        yield value


def apart(one: Any, other: Any) -> bool:
    """Do two results differ by more than rounding?"""
    left, right = list(flat(one)), list(flat(other))
    if len(left) != len(right):
        return True
    return any(
        a != b if isinstance(a, str) or isinstance(b, str) else abs(a - b) >= NEAR
        for a, b in zip(left, right, strict=True)
    )


# ------------------------------------------------------------- to write with


def n(value: Any) -> str:
    """A number with at most three decimals, or numbers in parentheses."""
    if isinstance(value, tuple | list):
        return "(" + ", ".join(map(n, value)) + ")"
    if isinstance(value, str):
        return value
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def commas(values: Sequence[Any]) -> str:
    """Numbers or words with commas between them."""
    return ", ".join(map(n, values))


def neg(value: float) -> str:
    """A number as a factor or a term: in parentheses if it is negative."""
    return f"({n(value)})" if n(value).startswith("−") else n(value)


def added(terms: Sequence[float]) -> str:
    """1 + (−2) + 3"""
    return " + ".join(map(neg, terms))


def products(left: Sequence[float], right: Sequence[float]) -> str:
    """1 · 2 + 3 · (−1)"""
    pairs = zip(left, right, strict=True)
    return " + ".join(f"{neg(a)} · {neg(b)}" for a, b in pairs)


def dot(left: Sequence[float], right: Sequence[float]) -> float:
    """The inner product."""
    return sum(a * b for a, b in zip(left, right, strict=True))
