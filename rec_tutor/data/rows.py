"""Rows of a reader's table, and where each stands in the source, for messages."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rec_tutor.data.schema import DataError

SHOWN = 3  # rows that a message names


def row_numbers(rows: list[int]) -> list[str]:
    return [f"row {row}" for row in rows]


@dataclass(frozen=True)
class Rows:
    name: str
    frame: pd.DataFrame
    # positions of rows to words: "line 7"
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
        more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
        raise DataError(f"{self.name}, {', '.join(places)}{more}: {what}. {way_out}")


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
    if not text.strip():
        raise DataError(
            f"{path}: the file is empty; a header like userID,itemID,rating,timestamp"
            " was expected."
        )
    if re.match(r"[ \t]*[\r\n]", text):
        raise DataError(
            f"{path}, line 1: a header like userID,itemID,rating,timestamp was"
            " expected, not a blank line."
        )
    try:
        records = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            skipinitialspace=True,
        )
    except pd.errors.ParserError as error:
        _refuse_ragged(path, text, separator)
        raise DataError(
            f"{path}: not a readable CSV file ({str(error).strip()})."
        ) from error

    blank = np.array([not str(field).strip() for field in records[0]])
    for column in records.columns[1:]:
        rows = np.flatnonzero(blank)
        blank[rows] = [
            not str(field).strip() for field in records[column].to_numpy()[rows]
        ]
    if '"' in text or text.count(separator) != (len(records.columns) - 1) * int(
        (~blank).sum()
    ):
        _refuse_ragged(path, text, separator)  # pandas fills a short row up in silence

    kept = np.flatnonzero(~blank)[1:]  # records, without the header
    frame = (
        records.iloc[kept]
        .reset_index(drop=True)
        .set_axis([str(name) for name in records.iloc[0]], axis=1)
    )

    def where(rows: list[int]) -> list[str]:
        wanted, lines = {int(kept[row]) for row in rows}, {}
        for number, (line, _) in enumerate(_records(text, separator)):
            if number in wanted:
                lines[number] = line
        return [f"line {lines[int(kept[row])]}" for row in rows]

    return Rows(str(path), frame, where)


def _records(text: str, separator: str) -> Iterable[tuple[int, list[str]]]:
    """The records of a CSV text, each with the line that it starts on; a quoted field
    may span lines.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True
    )
    line = 1
    for record in reader:
        yield line, record
        line = reader.line_num + 1


def _refuse_ragged(path: Path, text: str, separator: str) -> None:
    width, line, bad = 0, 1, []
    try:
        for line, record in _records(text, separator):
            width = width or len(record)
            if len(record) != width and any(field.strip() for field in record):
                bad.append(f"line {line} (fields: {len(record)})")
    except csv.Error:
        raise DataError(
            f"{path}, after line {line}: a field in double quotes does not end."
        ) from None
    if bad:
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        raise DataError(
            f"{path}, {', '.join(bad[:SHOWN])}{more}: the header has {width} fields."
            " Add what is missing; put a field that contains the separator in double"
            " quotes."
        )
