"""Rows of a reader's table, and where each stands in the source, for messages."""

import csv
import io
from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rec_tutor.data.schema import DataError

SHOWN = 3  # rows that a message names


def row_numbers(rows: list[int]) -> list[str]:
    return [f"row {row}" for row in rows]


def _more(found: Sized) -> str:
    return f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""


@dataclass(frozen=True)
class Rows:
    """A table whose rows can be named.

    Attributes:
        name: of the table, for messages.
        frame: the rows, in their order.
        where: positions of rows to words: "line 7".
    """

    name: str
    frame: pd.DataFrame
    where: Callable[[list[int]], list[str]] = row_numbers

    def refuse(
        self, bad: np.ndarray, what: str, values: Iterable[object] | None, way_out: str
    ) -> None:
        """Raise DataError if a row is bad: the first few with place and value, how many
        more, the way out.
        """
        rows = np.flatnonzero(bad)
        if len(rows) == 0:
            return
        places = self.where(rows[:SHOWN].tolist())
        if values is not None:
            found = list(values)
            places = [
                f"{place} ({found[row]!r})"
                for place, row in zip(places, rows, strict=False)
            ]
        place = ", ".join(places) + _more(rows)
        raise DataError(f"{self.name}, {place}: {what}. {way_out}")


def read(path: Path, separator: str) -> Rows:
    """Read a file into a table of text."""
    if len(separator) != 1:
        raise DataError(f"The separator must be one character, not {separator!r}.")
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file.") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}, line {line}: this is not UTF-8 text. Save the file as UTF-8 and"
            " try again."
        ) from None
    except OSError as error:
        raise DataError(
            f"{path}: the file cannot be read ({error.strerror})."
        ) from error
    records, lines = _records(path, text, separator)
    expected = "a header like userID,itemID,rating,timestamp was expected"
    if not records:
        raise DataError(f"{path}: the file is empty; {expected}.")
    if lines[0] > 1:
        raise DataError(f"{path}, line 1: {expected}, not a blank line.")
    header, *rows = records
    bad = [
        f"line {line} (fields: {len(record)})"
        for line, record in zip(lines, records, strict=True)
        if len(record) != len(header)
    ]
    if bad:
        raise DataError(
            f"{path}, {', '.join(bad[:SHOWN])}{_more(bad)}: the header has"
            f" {len(header)} fields. Add what is missing; put a field that contains the"
            " separator in double quotes."
        )
    frame = pd.DataFrame(rows, columns=header, dtype=object)
    return Rows(
        str(path), frame, lambda wanted: [f"line {lines[row + 1]}" for row in wanted]
    )


def _records(
    path: Path, text: str, separator: str
) -> tuple[list[list[str]], list[int]]:
    """The records of a CSV text but for blank ones, and the lines that they start on; a
    quoted field may span lines.
    """
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=separator, skipinitialspace=True)
    records, lines, line = [], [], 1
    try:
        for record in reader:
            if any(map(str.strip, record)):
                records.append(record)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error:
        raise DataError(
            f"{path}, after line {line}: a field in double quotes does not end."
        ) from None
    return records, lines
