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

import os
import re
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from rec_tutor.data.rows import Rows, read
from rec_tutor.data.schema import RATING_COLUMNS, DataError, Dataset, number_ids

NAMES = {  # column of ours: what it may be called, in lower case
    "user": ("userid", "user", "user_id"),
    "item": ("itemid", "item", "item_id", "movieid", "movie_id"),
    "rating": ("rating",),
    "timestamp": ("timestamp",),
}
# a number as Python writes it, within int64
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")

Duplicates = Literal["error", "keep"]
Unknown = Literal["error", "mark"]


def read_csv(path: str | os.PathLike[str], *, separator: str = ",") -> Dataset:
    """Read a ratings file into a Dataset, named after the file; its items have an
    `item_id` and nothing else.

    Raises:
        DataError: naming the file and the line for anything wrong: no such file,
            not UTF-8, empty, a column missing or there twice, a row with too few or too
            many fields, an empty id, a rating or a timestamp that is not a number, a
            pair of user and item that comes twice.
    """
    return _dataset(Path(path).name, read_table(path, separator=separator))


def from_frame(frame: pd.DataFrame, *, name: str = "table") -> Dataset:
    """The same from a pandas table; messages count its rows from 0, whatever
    its index.
    """
    return _dataset(name, _check(Rows(name, frame.reset_index(drop=True)), "error"))


def read_table(
    path: str | os.PathLike[str],
    *,
    separator: str = ",",
    duplicates: Duplicates = "error",
) -> pd.DataFrame:
    """Read and check a ratings file, but keep the source ids; columns `user`, `item`,
    `rating`, `timestamp`.

    Args:
        duplicates: "keep" lets a pair of user and item come more than once.
    """
    return _check(read(Path(path), separator), duplicates)


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


    Args:
        table: a file or a pandas table, with the columns and the checks of `read_csv`.
        unknown: a user or an item that ds does not have is refused by "error" and gets
            the index -1 by "mark".

    Returns:
        Columns `user`, `item` (int64), `rating`, `timestamp`, one row per row of the
        table, in its order.
    """
    if isinstance(table, pd.DataFrame):
        source = Rows("table", table.reset_index(drop=True))
    else:
        source = read(Path(table), separator)
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


def _dataset(name: str, raw: pd.DataFrame) -> Dataset:
    ratings, user_ids, item_ids = number_ids(raw)
    return Dataset(
        name,
        ratings,
        pd.DataFrame({"user_id": user_ids}),
        pd.DataFrame({"item_id": item_ids}),
    )


def _check(table: Rows, duplicates: Duplicates) -> pd.DataFrame:
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


def _columns(table: Rows) -> dict[str, int]:
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


def _ids(table: Rows, position: int, column: str) -> np.ndarray:
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


def _numbers(table: Rows, position: int, column: str, way_out: str) -> np.ndarray:
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


def _timestamps(table: Rows, position: int) -> np.ndarray:
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


def _refuse_duplicates(table: Rows, raw: pd.DataFrame) -> None:
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
