"""Read a table of a published file that has to be just so: any deviation is an error
that says where.
"""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor.data.schema import DataError


def table(
    content: bytes,
    kinds: Mapping[str, Any],
    label: str,
    *,
    separator: str = "\t",
    header: int = 1,
) -> pd.DataFrame:
    """Read a table in UTF-8 without quotes, the names of the columns in its first line.

    Args:
        content: of the file.
        kinds: name of the column, as the first line has it -> type of its values, in
            the order of the file.
        label: of the file, for messages.
        separator: between the values, one character.
        header: lines before the first row.

    Returns:
        The columns of `kinds`, one row per line that is not blank.

    Raises:
        DataError: for other columns, a row with more or fewer values, a value that is
            none of its type, or no row at all.
    """
    names = list(kinds)
    mark = separator.encode()
    lines = content.split(b"\n")
    first = lines[0].rstrip(b"\r").split(mark)
    if first != [name.encode() for name in names]:
        found = lines[0].rstrip(b"\r").decode("utf-8", "replace")
        raise DataError(
            f"{label}: its first line should be {separator.join(names)[:200]!r}, not"
            f" {found[:200]!r}."
        )
    rows = [
        number
        for number, line in enumerate(lines[header:], header + 1)
        if line.strip() and line.count(mark) != len(names) - 1
    ]
    if rows:
        raise DataError(
            f"{label}: line {rows[0]} has {lines[rows[0] - 1].count(mark) + 1} values,"
            f" not {len(names)}."
        )
    try:
        frame = _frame(content, kinds, separator, header)
    except (ValueError, OverflowError) as error:  # a UnicodeDecodeError is one, too
        place = _place(content, kinds, separator, header)
        raise DataError(f"{label}: {place or error}") from error
    if frame.empty:
        raise DataError(f"{label} has no rows.")
    for name in frame.columns[frame.dtypes == np.float64]:
        if not np.isfinite(frame[name].to_numpy()).all():
            raise DataError(f"{label}: {name} has a value that is no finite number.")
    return frame


def _frame(
    content: bytes, kinds: Mapping[str, Any], separator: str, header: int
) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(content),
        sep=separator,
        names=list(kinds),
        skiprows=header,
        dtype=dict(kinds),
        na_filter=False,
        quoting=csv.QUOTE_NONE,
        encoding="utf-8",
        index_col=False,
    )


def _place(
    content: bytes, kinds: Mapping[str, Any], separator: str, header: int
) -> str:
    """Where the first value stands that is no number although it should be; "" if there
    is none.
    """
    try:
        frame = _frame(content, dict.fromkeys(kinds, str), separator, header)
    except ValueError:  # another fault
        return ""
    for name, kind in kinds.items():
        if kind in ("int64", "float64"):
            digits = r"[+-]?\d{1,18}" if kind == "int64" else r"[+-]?[\d.]+(e[+-]?\d+)?"
            wrong = ~frame[name].str.fullmatch(digits).to_numpy(dtype=bool)
            if wrong.any():
                row = int(wrong.argmax())
                value = str(frame[name].iloc[row])
                return f"row {row + 1}: {name} is {value[:40]!r}, which is no number."
    return ""


def need(good: Any, label: str, what: str) -> None:
    """Refuse a file unless all of `good` (bool, any shape) holds; `what` should."""
    wrong = ~np.asarray(good, dtype=bool).ravel()
    if wrong.any():
        raise DataError(f"{label}: row {int(wrong.argmax()) + 1}: {what}.")
