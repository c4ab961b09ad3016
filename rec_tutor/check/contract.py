"""Questions with another contract: what an assignment of a class asks.

The solutions of the course's exercises are public, and other numbers do not change a
function. So an assignment changes what is asked: the gain, the tie rule, the mask, what
happens if nothing is relevant. A `Family` is a function with switches; each choice of
them is a question of its own, with a number: "evaluation.3@17". Number 0 is the
exercise of the course. Every other choice is also a mistake that a check knows.
"""

from __future__ import annotations

import linecache
import math
import random
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import Template
from typing import Any
from zlib import crc32

import numpy as np

from rec_tutor.check.question import Question

LEAST = 2  # switches in which an assignment differs from the exercise
BOOK = "book"  # the name of the mistake: the answer to the exercise


@dataclass(frozen=True)
class Option:
    """A position of a switch.

    Attributes:
        text: a sentence of the contract, as a student reads it: what is asked.
        code: what stands in the solution; of several lines if its place is a line.
    """

    text: str
    code: str


@dataclass(frozen=True)
class Family:
    """A function whose contract has switches.

    Attributes:
        key: of the exercise that it changes, "evaluation.3": the same name, the same
            arguments.
        head: the line with `def`, as the exercise has it.
        about: what the function does and what it is given: all that no switch changes.
        body: the solution's lines with `$name` where a switch has its code; an imported
            `np`.
        switches: name -> its positions; the first one is the exercise's.
        cases: the arguments of each call, by position. All choices of the switches give
            different results on them. The first can be done by hand.
        right: what is said of a right answer: why it is right, what it costs.
        hints: one or more.
        within: the largest absolute error of a number; None: what rounding explains.
    """

    key: str
    goal: str
    head: str
    about: str
    body: str
    switches: Mapping[str, Sequence[Option]]
    cases: Sequence[tuple[Any, ...]]
    right: str
    hints: tuple[str, ...]
    within: float | None = None

    @property
    def name(self) -> str:
        """Of the function."""
        return self.head.partition("(")[0].removeprefix("def ").strip()

    def __len__(self) -> int:
        """How many questions it has, the exercise among them."""
        return math.prod(map(len, self.switches.values()))

    def choice(self, number: int) -> dict[str, int]:
        """The positions of the switches, counted from 0.

        Raises:
            LookupError: there is no such number.
        """
        if not 0 <= number < len(self):
            raise LookupError(f"{self.key} has the numbers 0 to {len(self) - 1}")
        found = {}
        for name, options in self.switches.items():
            number, found[name] = divmod(number, len(options))
        return found

    def number(self, choice: Mapping[str, int]) -> int:
        """The number of a choice."""
        number = 0
        for name, options in reversed(list(self.switches.items())):
            number = number * len(options) + choice[name]
        return number

    @cached_property
    def order(self) -> list[int]:
        """The numbers that an assignment may ask, mixed."""
        far = [
            number
            for number in range(len(self))
            if sum(map(bool, self.choice(number).values())) >= LEAST
        ]
        random.Random(crc32(self.key.encode())).shuffle(far)
        return far

    def drawn(self, seed: int) -> int:
        """The number that a seed asks. Seeds less than `len(order)` apart differ."""
        return self.order[seed % len(self.order)]

    def contract(self, number: int) -> list[str]:
        """The sentences of a choice."""
        choice = self.choice(number)
        return [self.switches[name][at].text for name, at in choice.items()]

    def source(self, number: int) -> str:
        """The solution of a choice, with the contract as its docstring."""
        choice = self.choice(number)
        code = {name: self.switches[name][at].code for name, at in choice.items()}
        doc = [
            '"""' + textwrap.fill(self.about.partition("\n\n")[0], 80),
            *(textwrap.fill(part, 80) for part in self.about.split("\n\n")[1:]),
            "\n".join(
                textwrap.fill(text, 80, initial_indent="- ", subsequent_indent="  ")
                for text in self.contract(number)
            ),
        ]
        lines = "\n\n".join(doc) + '\n"""\n'
        for line in self.body.strip("\n").splitlines():
            name = line.strip().removeprefix("$")
            if line.strip().startswith("$") and name in code:
                space = line[: len(line) - len(line.lstrip())]
                text = code[name].strip("\n")
                lines += textwrap.indent(text, space) + "\n" if text else ""
            else:
                lines += Template(line).substitute(code) + "\n"
        return f"{self.head}\n{textwrap.indent(lines, '    ')}"

    @cached_property
    def _made(self) -> dict[int, Callable[..., Any]]:
        return {}

    def solution(self, number: int) -> Callable[..., Any]:
        """The solution of a choice as a function."""
        if number in self._made:
            return self._made[number]
        source = self.source(number)
        place = f"<{self.key}@{number}>"
        linecache.cache[place] = (len(source), None, source.splitlines(True), place)
        room: dict[str, Any] = {"np": np, "__name__": place}
        exec(compile(source, place, "exec"), room)
        self._made[number] = room[self.name]
        return self._made[number]

    def mistakes(self, number: int) -> dict[str, int]:
        """All other choices, which a check knows: named by the switches that stand
        elsewhere, "gain_2+ties_1"; and the exercise itself.
        """
        choice = self.choice(number)
        found = {}
        for other in range(len(self)):
            if other != number:
                parts = [
                    f"{name}_{at}"
                    for name, at in self.choice(other).items()
                    if at != choice[name]
                ]
                found["+".join(parts) if other else BOOK] = other
        return found

    def question(self, number: int) -> Question:
        """The question of a choice."""
        return Question(
            f"{self.key}@{number}",
            self.goal,
            self.solution(number),
            cases=self.cases,
            wrong={
                name: self.solution(other)
                for name, other in self.mistakes(number).items()
            },
            within=self.within,
        )

    def words(self, number: int, read: str) -> dict[str, Any]:
        """What a check says of the question, as a file of the catalogue has it.

        Args:
            read: the paragraph to read again.
        """
        choice = self.choice(number)
        wrong = {
            BOOK: [
                "The answer to the exercise of the course.",
                "This assignment changes its contract: read all lines of the docstring"
                " in your notebook.",
            ]
        }
        for name, other in self.mistakes(number).items():
            if name != BOOK:
                given = self.choice(other)
                differ = [one for one in choice if given[one] != choice[one]]
                computed, asked = (
                    " ".join(self.switches[one][at[one]].text for one in differ)
                    for at in (given, choice)
                )
                wrong[name] = [f"By another contract: {computed}", asked]
        return {
            "right": self.right,
            "hints": list(self.hints),
            "read": read,
            "wrong": wrong,
        }
