"""A reader's own ratings: a CSV file or a pandas table, checked row by row.

Columns: `userID,itemID[,rating][,timestamp]` in any order; `user,item`,
`user_id,item_id` and `userId,movieId` are understood too, whatever the case. Further
columns are ignored.

- Ids are kept as they came: a column of whole numbers stays numbers, others ("u7",
  "007", "3.5") are text.
- Without a rating column every row counts 1.0; without a timestamp column the order of
  the rows is the time: 0, 1, ….
- Files are UTF-8 with a header line. Blank lines are skipped, spaces around a field are
  dropped.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from rec_tutor.data.schema import RATING_COLUMNS, DataError, Dataset, number_ids

NAMES = {  # column of ours: what it may be called, in lower case
    "user": ("userid", "user", "user_id"),
    "item": ("itemid", "item", "item_id", "movieid", "movie_id"),
    "rating": ("rating",),
    "timestamp": ("timestamp",),
}
# a number as Python writes it, within int64
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
SHOWN = 3  # rows that a message names

Duplicates = Literal["error", "keep"]
Unknown = Literal["error", "mark"]


def read_csv(path: str | os.PathLike[str], *, separator: str = ",") -> Dataset:
    """Read a ratings file into a Dataset, named after the file; its items have an
    `item_id` and nothing else.

    Raises DataError that names the file and the line for anything wrong: no such file,
    not UTF-8, empty, a column missing or there twice, a row with too few or too many
    fields, an empty id, a rating or a timestamp that is not a number, a pair of user
    and item that comes twice.
    """
    return _dataset(Path(path).name, read_table(path, separator=separator))


def from_frame(frame: pd.DataFrame, *, name: str = "table") -> Dataset:
    """The same from a pandas table; messages count its rows from 0, whatever
    its index.
    """
    return _dataset(
        name, _check(_Table(name, frame.reset_index(drop=True), _row_numbers), "error")
    )


def read_table(
    path: str | os.PathLike[str],
    *,
    separator: str = ",",
    duplicates: Duplicates = "error",
) -> pd.DataFrame:
    """Read and check a ratings file, but keep the source ids; columns `user`, `item`,
    `rating`, `timestamp`.

    duplicates: "keep" lets a pair of user and item come more than once.
    """
    return _check(_read(Path(path), separator), duplicates)


def encode(
    ds: Dataset,
    table: str | os.PathLike[str] | pd.DataFrame,
    *,
    unknown: Unknown = "error",
    duplicates: Duplicates = "error",
    separator: str = ",",
) -> pd.DataFrame:
    """Turn another table with the source ids of ds (a validation set, pairs to predict)
    into indices of ds.

    table: a file or a pandas table, with the columns and the checks of `read_csv`.
    unknown: a user or an item that ds does not have is refused by "error" and gets the
        index -1 by "mark".

    Returns columns `user`, `item` (int64), `rating`, `timestamp`, one row per row of
    the table, in its order.
    """
    if isinstance(table, pd.DataFrame):
        source = _Table("table", table.reset_index(drop=True), _row_numbers)
    else:
        source = _read(Path(table), separator)
    raw = _check(source, duplicates)
    for column, lookup in (("user", ds.user_lookup), ("item", ds.item_lookup)):
        codes, ids = pd.factorize(raw[column].to_numpy())
        index = np.array(
            [lookup.get(str(source_id), -1) for source_id in ids], dtype=np.int64
        )[codes]
        if unknown == "error":
            way_out = (
                f"Leave these rows out, or pass unknown='mark' to get the {column}"
                " index -1 for them."
            )
            source.refuse(
                index < 0, f"{column} is not in {ds.name}", raw[column], way_out
            )
        raw[column] = index
    return raw


@dataclass(frozen=True)
class _Table:
    name: str
    frame: pd.DataFrame
    where: Callable[[list[int]], list[str]]  # positions of rows to words: "line 7"

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


def _row_numbers(rows: list[int]) -> list[str]:
    return [f"row {row}" for row in rows]


def _dataset(name: str, raw: pd.DataFrame) -> Dataset:
    ratings, user_ids, item_ids = number_ids(raw)
    return Dataset(
        name,
        ratings,
        pd.DataFrame({"user_id": user_ids}),
        pd.DataFrame({"item_id": item_ids}),
    )


def _read(path: Path, separator: str) -> _Table:
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

    return _Table(str(path), frame, where)


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


def _check(table: _Table, duplicates: Duplicates) -> pd.DataFrame:
    """Check a table and bring it into the form user, item, rating, timestamp, with
    source ids.
    """
    columns = _columns(table)
    size = len(table.frame)
    if size == 0:
        raise DataError(f"{table.name}: there is a header but no row below it.")
    raw = pd.DataFrame(
        {column: _ids(table, columns[column], column) for column in ("user", "item")}
    )
    raw["rating"], raw["timestamp"] = 1.0, np.arange(size, dtype=np.int64)
    if "rating" in columns:
        way_out = (
            "Mend or remove such rows; where nothing was rated, leave the column out."
        )
        raw["rating"] = _numbers(table, columns["rating"], "rating", way_out)
    if "timestamp" in columns:
        raw["timestamp"] = _timestamps(table, columns["timestamp"])
    if duplicates == "error":
        _refuse_duplicates(table, raw)
    return raw[RATING_COLUMNS]


def _columns(table: _Table) -> dict[str, int]:
    """Our columns, with their positions in the table."""
    given = [str(name).strip() for name in table.frame.columns]
    positions: dict[str, int] = {}
    for column, synonyms in NAMES.items():
        found = [
            position for position, name in enumerate(given) if name.lower() in synonyms
        ]
        if len(found) > 1:
            both = ", ".join(repr(given[position]) for position in found)
            raise DataError(
                f"{table.name}: {len(found)} columns stand for the {column}: {both}."
                " Keep one of them."
            )
        if found:
            positions[column] = found[0]
    missing = [column for column in ("user", "item") if column not in positions]
    if missing:
        hint = "The first line must be a header: userID,itemID[,rating][,timestamp]."
        other = [
            mark
            for mark in (";", "\t", "|", ",")
            if len(given) == 1 and mark in given[0]
        ]
        if other:
            hint = (
                f"The fields seem to be separated by {other[0]!r}: pass"
                f" separator={other[0]!r}."
            )
        raise DataError(
            f"{table.name}: no column for the {' and the '.join(missing)} among"
            f" {given}. {hint}"
        )
    return positions


def _ids(table: _Table, position: int, column: str) -> np.ndarray:
    """The ids of a column: int64 if all are whole numbers, else str (dtype object)."""
    values = table.frame.iloc[:, position]
    if pd.api.types.is_float_dtype(values.dtype) and (values.dropna() % 1 == 0).all():
        # pandas turns whole numbers with gaps into floats
        values = values.astype("Int64")
    codes, found = pd.factorize(values.to_numpy(dtype=object), use_na_sentinel=True)
    texts = [str(value).strip() for value in found]
    # code -1: a missing value of pandas
    empty = np.array([not text for text in texts] + [True])[codes]
    table.refuse(
        empty, f"the {column} id is empty", None, "Every row needs a user and an item."
    )
    if all(WHOLE.fullmatch(text) for text in texts):
        return np.array([int(text) for text in texts], dtype=np.int64)[codes]
    return np.array(texts, dtype=object)[codes]


def _numbers(table: _Table, position: int, column: str, way_out: str) -> np.ndarray:
    values = table.frame.iloc[:, position]
    codes, found = pd.factorize(values.to_numpy(dtype=object), use_na_sentinel=True)
    # code -1: a missing value
    numbers = np.array([_number(value) for value in found] + [np.nan])[codes]
    table.refuse(
        ~np.isfinite(numbers), f"the {column} is not a number", values, way_out
    )
    return numbers


def _number(value: object) -> float:
    """The number that Python reads, else NaN; "1_000" is not taken for one."""
    try:
        return float(str(value)) if "_" not in str(value) else np.nan
    except ValueError:
        return np.nan


def _timestamps(table: _Table, position: int) -> np.ndarray:
    values = table.frame.iloc[:, position]
    if pd.api.types.is_datetime64_any_dtype(values.dtype) and not values.isna().any():
        return (
            pd.to_datetime(values, utc=True).dt.as_unit("s").astype("int64").to_numpy()
        )
    way_out = (
        "It must be whole seconds since 1970-01-01 UTC; without times, leave the column"
        " out."
    )
    numbers = _numbers(table, position, "timestamp", way_out)
    odd = (numbers % 1 != 0) | (np.abs(numbers) >= 2**53)
    table.refuse(odd, "the timestamp is not a whole number", values, way_out)
    return numbers.astype(np.int64)


def _refuse_duplicates(table: _Table, raw: pd.DataFrame) -> None:
    again = raw.duplicated(["user", "item"]).to_numpy()
    if not again.any():
        return
    second = int(np.flatnonzero(again)[0])
    user, item = raw["user"].iloc[second], raw["item"].iloc[second]
    first = int(np.flatnonzero((raw["user"] == user) & (raw["item"] == item))[0])
    places = table.where([first, second])
    more = f" ({again.sum()} such rows in all)" if again.sum() > 1 else ""
    raise DataError(
        f"{table.name}, {places[1]}: user {user} and item {item} stand already in"
        f" {places[0]}{more}. Keep one row per pair of user and item, for instance the"
        " latest."
    )
