"""The columns of a table, gathered block by block: ids, ratings, times.

A block holds some ten thousand rows as they were read. What is kept of each row is a
few numbers, so that the text of a file may be larger than the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rec_tutor.data import times
from rec_tutor.data.schema import DataError

SHOWN = 3  # rows that a message names
# a number as Python writes it, within int64; and as pandas does in a column with gaps
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
FLOAT = re.compile(r"(0|-?[1-9][0-9]{0,14})\.0")
COMMA = re.compile(r"\s*-?\d+,\d+\s*")
MISSING = {"nan", "na", "n/a", "null", "none", "<na>", "nat", "\\n", "#n/a", "(null)"}
MISSING |= {"undefined", "#ref!", "-", "?"}
MEND = "Mend or remove such rows; where nothing was rated, leave the column out."
ODD_IDS = (
    (
        re.compile(r"[\n\r\0]"),
        "goes over several lines, or holds a zero byte",
        "Where quotes are part of names: quotes=False (on the command line"
        " --no-quotes).",
    ),
    (
        re.compile(r"\A-?\d(\.\d+)?[eE]\+\d+\Z"),
        "is a number that a spreadsheet has rounded",
        "Write the table anew, with this column as text.",
    ),
)
DECIMAL = "With a decimal comma: decimal=',' (on the command line --decimal ,). "
TIMES = (
    "Seconds, milliseconds or microseconds since 1970-01-01 UTC are understood, and"
    " 2020-01-31 12:00:00; without times, leave the column out."
)


@dataclass
class Complaints:
    """What is wrong with the rows of a table, each kind with the first few places."""

    name: str
    word: str = "line"
    places: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    ways_out: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        bad: np.ndarray,
        what: str,
        places: np.ndarray,
        way_out: str,
        values: Sequence[object] | None = None,
    ) -> None:
        """Remember the rows of a block (places) that are bad, with their values."""
        rows = np.flatnonzero(bad)
        if len(rows) == 0:
            return
        self.counts[what] = self.counts.get(what, 0) + len(rows)
        self.ways_out[what] = way_out
        shown = self.places.setdefault(what, [])
        for row in rows[: SHOWN - len(shown)]:
            value = "" if values is None else f" ({values[row]!r})"
            shown.append(f"{self.word} {places[row]}{value}")

    def raise_first(self) -> None:
        """Raise DataError for a kind of complaint, if there is any."""
        for what in self.places:
            place, count = self.places[what], self.counts[what]
            more = f" and {count - len(place)} more" if count > len(place) else ""
            raise DataError(
                f"{self.name}, {', '.join(place)}{more}: {what}. {self.ways_out[what]}"
            )


class Ids:
    """A column of ids, as codes of its distinct values."""

    def __init__(self, column: str):
        self.column = column
        self.lookup: dict[str, int] = {}
        self.codes: list[np.ndarray] = []

    def add(
        self, values: Sequence[object] | pd.Series, places: np.ndarray, no: Complaints
    ) -> None:
        """A block of ids."""
        if isinstance(values, pd.Series):
            if (
                pd.api.types.is_float_dtype(values.dtype)
                and (values.dropna() % 1 == 0).all()
            ):
                # pandas turns whole numbers with gaps into floats
                values = values.astype("Int64")
            values = values.to_numpy(dtype=object)
        codes, found = pd.factorize(
            np.asarray(values, dtype=object), use_na_sentinel=True
        )
        texts = [
            (
                value.decode("utf-8", "replace")
                if isinstance(value, bytes)
                else str(value)
            )
            .strip()
            .strip("\ufeff")
            for value in found
        ]
        for pattern, what, way_out in ODD_IDS:
            odd = np.array([bool(pattern.search(t)) for t in texts] + [False])
            if odd.any():
                no.add(odd[codes], f"the {self.column} id {what}", places, way_out)
        own = [self.lookup.setdefault(t, len(self.lookup)) if t else -1 for t in texts]
        known = np.array([*own, -1], dtype=np.int32)[codes]
        no.add(
            known < 0,
            f"the {self.column} id is empty",
            places,
            "Every row needs a user and an item.",
        )
        self.codes.append(known)

    def finish(self) -> tuple[np.ndarray, np.ndarray, str]:
        """Codes (n,), the sorted ids (code -> id; int64 if all are whole numbers, else
        str), and a note.
        """
        codes = np.concatenate(self.codes)
        self.codes.clear()
        texts, note = list(self.lookup), ""
        strange = [t for t in texts if t.lower() in MISSING]
        others = [t for t in texts if t.lower() not in MISSING]
        numbers = all(WHOLE.fullmatch(t) or FLOAT.fullmatch(t) for t in others)
        if strange and numbers and others:
            raise DataError(
                f"the {self.column} id {strange[0]!r} stands among numbers: it seems to"
                " be missing there. Remove such rows."
            )
        if strange:
            note = f"a {self.column} is called {strange[0]!r}"
        if all(WHOLE.fullmatch(t) for t in texts):
            ids = np.array([int(t) for t in texts], dtype=np.int64)
        elif numbers:
            ids = np.array([int(t.removesuffix(".0")) for t in texts], dtype=np.int64)
            note = f"{self.column} ids like {texts[0]} are taken for whole numbers"
        else:
            ids = np.array(texts, dtype=object)
        rank, sorted_ids = pd.factorize(ids, sort=True)
        return rank.astype(np.int64)[codes], np.asarray(sorted_ids), note


@dataclass
class Columns:
    """A whole table, checked.

    Attributes:
        user, item: (n,) codes from 0, in the order of the sorted ids.
        user_ids, item_ids: code -> id.
        rating: (n,) float64, or None where there is no such column.
        times: or None.
        places: (n,) number of the line or row, for messages.
    """

    user: np.ndarray
    item: np.ndarray
    user_ids: np.ndarray
    item_ids: np.ndarray
    rating: np.ndarray | None
    times: times.Times | None
    places: np.ndarray
    notes: list[str]


class Collector:
    """Takes blocks of rows and makes `Columns` of them."""

    def __init__(
        self,
        name: str,
        roles: Iterable[str],
        word: str = "line",
        decimal: str = ".",
    ):
        self.name, self.roles, self.decimal = name, set(roles), decimal
        self.no = Complaints(name, word)
        self.ids = {role: Ids(role) for role in ("user", "item")}
        self.ratings: list[np.ndarray] = []
        self.raw_times: list[np.ndarray] = []
        self.text_times: bool | None = None
        self.places: list[np.ndarray] = []

    def add(self, places: np.ndarray, block: Mapping[str, Sequence[object]]) -> None:
        """A block of rows: role -> values."""
        self.places.append(places)
        for role, ids in self.ids.items():
            ids.add(block[role], places, self.no)
        if "rating" in self.roles:
            values = block["rating"]
            found = numbers(values, self.decimal)
            bad = ~np.isfinite(found)
            if bad.any():
                comma = any(COMMA.fullmatch(str(value)) for value in values)
                way_out = (DECIMAL if comma and self.decimal == "." else "") + MEND
                what = "the rating is not a number"
                self.no.add(bad, what, places, way_out, plainly(values))
            self.ratings.append(found)
        if "timestamp" in self.roles:
            self._add_times(block["timestamp"], places)

    def _add_times(self, values: Sequence[object], places: np.ndarray) -> None:
        if isinstance(values, pd.Series) and pd.api.types.is_datetime64_any_dtype(
            values.dtype
        ):
            self.text_times = True
            found = times.microseconds(pd.to_datetime(values, utc=True))
        else:
            found = np.empty(0)
            if not self.text_times:
                found = numbers(values)
            if self.text_times or not np.isfinite(found).all():
                text = times.from_text(values)
                if self.text_times is None:  # whatever most rows are
                    self.text_times = bool(
                        np.isfinite(text).sum() > np.isfinite(found).sum()
                    )
                found = text if self.text_times else found
            self.text_times = bool(self.text_times)
        bad = ~(np.abs(found) < 9.2e18)
        self.no.add(bad, "the timestamp is no time", places, TIMES, plainly(values))
        self.raw_times.append(np.where(bad, 0.0, found))

    def finish(self) -> Columns:
        """All rows together.

        Raises DataError, naming the rows, if anything was wrong with them.
        """
        self.no.raise_first()
        if not self.places or not sum(map(len, self.places)):
            raise DataError(f"{self.name}: there is a header but no row below it.")
        places = together(self.places)
        clock = None
        if self.raw_times:
            raw = together(self.raw_times)
            if not self.text_times:
                odd = times.mixed(raw)
                what = "the timestamp is in another unit than the others"
                self.no.add(odd, what, places, TIMES, raw.tolist() if odd.any() else ())
                self.no.raise_first()
            clock = times.in_seconds(raw, text=bool(self.text_times))
        try:
            user, user_ids, first = self.ids["user"].finish()
            item, item_ids, second = self.ids["item"].finish()
        except DataError as error:
            raise DataError(f"{self.name}: {error}") from None
        rating = together(self.ratings) if self.ratings else None
        notes = [note for note in (first, second) if note]
        return Columns(user, item, user_ids, item_ids, rating, clock, places, notes)


def together(parts: list[np.ndarray]) -> np.ndarray:
    """The parts in a row; they are used up, so that not both are in memory."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def plainly(values: Sequence[object]) -> Sequence[object]:
    """Values by their positions."""
    return values.to_numpy(dtype=object) if isinstance(values, pd.Series) else values


def numbers(values: Sequence[object], decimal: str = ".") -> np.ndarray:
    """(n,) float64; NaN for what is no number. Each distinct value is read once."""
    if isinstance(values, pd.Series):
        values = values.to_numpy(dtype=object)
    codes, found = pd.factorize(np.asarray(values, dtype=object), use_na_sentinel=True)
    if decimal != ".":
        found = np.array(
            [str(own).replace(decimal, ".") for own in found], dtype=object
        )
    return np.array([*map(number, found), np.nan])[codes]


def number(value: object) -> float:
    """The number that Python reads, else NaN; "1_000" is not taken for one."""
    try:
        return float(str(value)) if "_" not in str(value) else np.nan
    except ValueError:
        return np.nan
