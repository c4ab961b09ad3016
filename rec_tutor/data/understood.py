"""A table of ratings as it was understood: its rows, and what was assumed.

Nothing is assumed silently: `Reading.notes` says it all in words.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rec_tutor.data.columns import Columns
from rec_tutor.data.layouts import Layout
from rec_tutor.data.roles import WITHOUT
from rec_tutor.data.schema import Dataset

EARLY = 315_532_800  # 1980-01-01, in seconds


class Places:
    """Numbers of rows, as words: "line 7"."""

    def __init__(self, numbers: np.ndarray, word: str):
        self.numbers, self.word = numbers, word

    def __getitem__(self, row: int) -> str:
        return f"{self.word} {self.numbers[row]}"


@dataclass
class Reading:
    """A table as it was understood.

    Attributes:
        name: of the file or table, for messages.
        form: how it is written, in words.
        columns: role ("user", "item", "rating", "timestamp") -> column of the source;
            a role that the source lacks is not there.
        given: the rows.
        layout: the published form that it has, or None.
        notes: what was assumed or left out.
    """

    name: str
    form: str
    columns: dict[str, str]
    given: Columns
    layout: Layout | None = None
    notes: list[str] = field(default_factory=list)
    word: str = "line"

    def noted(self) -> Reading:
        """Adds to the notes what the rows tell."""
        self.notes += [
            note for role, note in WITHOUT.items() if role not in self.columns
        ]
        self.notes += self.given.notes
        times, rating = self.given.times, self.given.rating
        if times is not None and times.fractions:
            self.notes.append(f"times are in {times.unit}, kept as whole seconds")
        if times is not None and times.dates:
            self.notes.append("numbers like 20050906 are taken for dates")
        if times is not None and len(times.seconds):
            low, high = int(times.seconds.min()), int(times.seconds.max())
            if low >= 0 and high < EARLY:  # before 1980
                self.notes.append(
                    f"times run from {low} to {high}: if these are seconds since 1970,"
                    " all is before 1980; only their order is used"
                )
        layout = self.layout
        if layout is not None and layout.zero and rating is not None:
            absent = layout.absent
            zeros = int((rating == absent).sum())
            if zeros:
                self.notes.append(
                    f"{zeros:,} ratings are {absent:g}: {layout.zero} (min_rating="
                    f"{absent + 1:g}, on the command line --min-rating {absent + 1:g},"
                    " leaves such rows out)"
                )
        return self

    def __len__(self) -> int:
        return len(self.given.user)

    def places(self, rows: np.ndarray | None = None) -> Places:
        """Where rows stand in the source, for messages."""
        numbers = self.given.places if rows is None else self.given.places[rows]
        return Places(numbers, self.word)

    def in_time(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Positions of the rows in the order of time, to the fraction of a second."""
        rows = np.arange(len(self)) if rows is None else rows
        if self.given.times is None:
            return rows
        return rows[np.argsort(self.given.times.exact[rows], kind="stable")]

    def table(self, rows: np.ndarray | None = None) -> pd.DataFrame:
        """Columns user, item, rating, timestamp, with codes for the ids; all rows, or
        those of the positions.
        """
        every = slice(None) if rows is None else rows
        given, size = self.given, len(self)
        rating = np.ones(size) if given.rating is None else given.rating
        seconds = np.arange(size) if given.times is None else given.times.seconds
        return pd.DataFrame(
            {
                "user": given.user[every],
                "item": given.item[every],
                "rating": rating[every],
                "timestamp": seconds[every].astype(np.int64, copy=False),
            }
        )

    def with_ids(self, rows: np.ndarray | None = None) -> pd.DataFrame:
        """The same with the ids of the source."""
        raw = self.table(rows)
        return raw.assign(
            user=self.given.user_ids[raw["user"]], item=self.given.item_ids[raw["item"]]
        )

    def dataset(self, rows: np.ndarray | None = None) -> Dataset:
        """A Dataset of these rows. Where times are finer than a second, the rows stand
        in the order of time.
        """
        if self.given.times is not None and self.given.times.fractions:
            rows = self.in_time(rows)
        raw, ids = self.table(rows), {}
        for column, own in (
            ("user", self.given.user_ids),
            ("item", self.given.item_ids),
        ):
            if rows is not None:  # some may have gone with their rows
                there = np.zeros(len(own), dtype=bool)
                there[raw[column]] = True
                raw[column] = (np.cumsum(there) - 1)[raw[column]]
                own = own[there]
            ids[column] = pd.DataFrame({f"{column}_id": own})
        name = os.path.basename(self.name) or self.name
        return Dataset(name, raw, ids["user"], ids["item"])
