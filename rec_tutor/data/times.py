"""Times as people write them: seconds, milliseconds, microseconds, or text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# seconds since 1970 stay below 1e11 until the year 5138
UNITS = (
    (1e11, 1.0, "seconds"),
    (1e14, 1e3, "milliseconds"),
    (1e17, 1e6, "microseconds"),
    (9.3e18, 1e9, "nanoseconds"),
)
ISO = re.compile(r"\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d.*)?|\d{8}T\d{4,6}Z?")
FORMATS = (
    *("%a %b %d %H:%M:%S %z %Y", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S"),
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"),  # with dots, days come first
)
LIKE = re.compile(
    r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d? [\d:]{8} [+-]\d{4} \d{4}"
    r"|\d{4}/\d\d?/\d\d?( [\d:]{8})?|\d\d?\.\d\d?\.\d{4}( \d\d?:\d\d(:\d\d)?)?"
)


@dataclass(frozen=True)
class Times:
    """Times in the order of the rows.

    Attributes:
        seconds: (n,) int64, whole seconds since 1970-01-01 UTC.
        exact: (n,) the same with what is below a second, in any unit, for ordering.
        unit: in words.
        dates: the source has numbers that are dates.
    """

    seconds: np.ndarray
    exact: np.ndarray
    unit: str
    dates: bool = False

    @property
    def fractions(self) -> bool:
        """Does the order within a second matter?"""
        return self.unit != "seconds"


def is_text_time(text: str) -> bool:
    """Is it a date, or a date with a time, in a form that is no matter of taste?"""
    return bool(ISO.fullmatch(text) or LIKE.fullmatch(text))


def from_text(values: Sequence[object]) -> np.ndarray:
    """Microseconds since 1970-01-01 UTC, float64; NaN for what is no time. A text
    without a time zone is UTC.
    """
    texts = pd.Series([str(value).strip() for value in values], dtype=object)
    like = texts.map(is_text_time).to_numpy(dtype=bool)
    found = np.full(len(texts), np.nan)
    forms = ("ISO8601", *FORMATS)
    for form in forms:
        rows = np.flatnonzero(like & np.isnan(found))
        if len(rows) == 0:
            break
        parsed = pd.to_datetime(
            texts.iloc[rows], format=form, utc=True, errors="coerce"
        )
        found[rows] = microseconds(parsed)
    return found


def microseconds(parsed: pd.Series) -> np.ndarray:
    """(n,) float64, NaN where there is none."""
    whole = parsed.dt.as_unit("us").astype("int64").to_numpy().astype(np.float64)
    return np.where(parsed.isna().to_numpy(), np.nan, whole)


def mixed(raw: np.ndarray) -> np.ndarray:
    """Where numbers are in another unit than most (seconds among milliseconds)."""
    size = np.abs(raw[raw != 0]) if len(raw) else raw
    if len(size) == 0:
        return np.zeros(len(raw), dtype=bool)
    bounds = np.array([bound for bound, _, _ in UNITS])
    usual = np.searchsorted(bounds, np.median(size), side="right")
    own = np.searchsorted(bounds, np.abs(raw), side="right")
    return (own > usual) | ((own < usual) & (np.abs(raw) >= 1e8))


DATES = ((8, "%Y%m%d"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))


def dates_of(raw: np.ndarray) -> np.ndarray | None:
    """Microseconds, where all numbers are dates like 20050906, if need be with a time;
    else None.
    """
    for digits, form in DATES:
        low, high = (year * 10 ** (digits - 4) for year in (1900, 2100))
        if len(raw) and (raw >= low).all() and (raw < high).all():
            texts = pd.Series(raw).map("{:.0f}".format)
            parsed = pd.to_datetime(texts, format=form, utc=True, errors="coerce")
            if (raw % 1 == 0).all() and not parsed.isna().any():
                return microseconds(parsed)
    return None


def in_seconds(raw: np.ndarray, *, text: bool) -> Times:
    """Numbers in the unit that their size tells, or microseconds from text; numbers
    that are all dates (20050906) are dates.
    """
    if not text and (dates := dates_of(raw)) is not None:
        seconds = np.floor(dates / 1e6).astype(np.int64)
        return Times(seconds, dates, "seconds", dates=True)
    if text:
        return Times(np.floor(raw / 1e6).astype(np.int64), raw, _fine(raw, 1e6))
    size = np.abs(raw[raw != 0])
    middle = np.median(size) if len(size) else 0.0
    factor, unit = next(
        (factor, unit) for bound, factor, unit in UNITS if middle < bound
    )
    seconds = np.floor(raw / factor).astype(np.int64)
    return Times(seconds, raw, _fine(raw, 1.0) if factor == 1 else unit)


def _fine(raw: np.ndarray, second: float) -> str:
    return "seconds" if (raw % second == 0).all() else "fractions of a second"
