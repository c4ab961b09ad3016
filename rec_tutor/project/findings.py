"""What a check found: lines with a level, and how they are printed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rec_tutor.data.schema import DataError

HAND_INS = (
    "data card",
    "split and baselines",
    "one learnt model",
    "error analysis",
    "two pages and a review",
)
LEVELS = ("ok", "look", "wrong", "unread")
WIDTH = 88


class Amiss(DataError):
    """Something in a hand-in is wrong, rather than unreadable."""


class Absent(Amiss):
    """A file that the hand-in needs is not there."""


@dataclass(frozen=True)
class Finding:
    """One line of a report.

    Attributes:
        level: "ok"; "look": read it and decide; "wrong"; "unread": a file is there and
            can't be read.
        text: what was seen, and what to do.
        hand_in: to which of the five it belongs, from 1.
    """

    level: str
    text: str
    hand_in: int


@dataclass
class ProjectReport:
    """All that a check found.

    Attributes:
        title: of the project.
        hand_in: up to which hand-in was read.
        found: the lines, in their order.
    """

    title: str
    hand_in: int
    found: list[Finding] = field(default_factory=list)
    at: int = 1

    def add(self, level: str, text: str) -> None:
        """A finding of the hand-in that is being read."""
        self.found.append(Finding(level, text, self.at))

    def ok(self, text: str) -> None:
        self.add("ok", text)

    def look(self, text: str) -> None:
        self.add("look", text)

    def wrong(self, text: str) -> None:
        self.add("wrong", text)

    @contextmanager
    def reading(self, way_out: str = "") -> Iterator[None]:
        """What can't be read becomes a finding, and the check goes on."""
        try:
            yield
        except Amiss as error:
            self.wrong(str(error))
        except DataError as error:
            self.add("unread", f"{error} {way_out}".strip())

    def count(self, level: str) -> int:
        """How many findings have this level."""
        return sum(own.level == level for own in self.found)

    @property
    def status(self) -> int:
        """0: nothing is wrong; 1: something is; 2: a file could not be read."""
        if self.count("unread"):
            return 2
        return int(self.count("wrong") > 0)

    def __str__(self) -> str:
        lines = [f"{plainly(self.title)}: hand-in {self.hand_in} of {len(HAND_INS)}"]
        for number, name in enumerate(HAND_INS[: self.hand_in], start=1):
            lines += ["", f"{number} · {name}"]
            lines += [
                textwrap.fill(
                    plainly(own.text),
                    WIDTH,
                    initial_indent=f"  {own.level:<8}",
                    subsequent_indent=" " * 10,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
                for own in self.found
                if own.hand_in == number
            ]
        words = {"ok": "ok", "look": "to look at", "wrong": "wrong"}
        counts = [f"{self.count(level)} {text}" for level, text in words.items()]
        if self.count("unread"):
            counts.append(f"{self.count('unread')} could not be read")
        return "\n".join([*lines, "", f"Together: {', '.join(counts)}."])


def plainly(text: str) -> str:
    """Without characters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def some(values: Iterable[object], most: int = 3, width: int = 40) -> str:
    """The first few values, cut to a width, and how many more there are."""
    every = [str(own)[:width] for own in values]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def people(number: int) -> str:
    """`1 person`, `5 people`."""
    return f"{number:,} {'person' if number == 1 else 'people'}"
