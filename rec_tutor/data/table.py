"""A reader's own ratings: a file or a pandas table, checked row by row.

Columns: `userID,itemID[,rating][,timestamp]` in any order; the names of published sets
are understood too (`rec_tutor.data.layouts`), and `columns=` names any others. Further
columns are ignored.

- Ids are kept as they came: a column of whole numbers stays numbers, others ("u7",
  "007", "3.5") are text. `1.0`, as pandas writes numbers with gaps, is 1.
- Without a rating column every row counts 1.0; without a timestamp column the order of
  the rows is the time: 0, 1, …. Both are said in one line on stderr, with all else that
  was assumed.
- Files are text, with or without a header, packed or not, in the forms that
  `rec_tutor.data.dialect` and `.opening` recognise; parquet and xlsx need a package.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from rec_tutor.data.reading import Wanted, of_frame, read
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.data.understood import Reading

Duplicates = Literal["error", "first", "last", "mean", "keep"]
Unknown = Literal["error", "mark"]


def read_csv(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    columns: Wanted | None = None,
    encoding: str | None = None,
    decimal: str = ".",
    quotes: bool = True,
    duplicates: Duplicates = "error",
    min_rating: float | None = None,
) -> Dataset:
    """Read a ratings file into a Dataset, named after the file; its items have an
    `item_id` and nothing else. What was assumed is said in one line on stderr.

    Args:
        path: of a file or a pipe.
        separator: between the fields; None: it is recognised.
        columns: role -> name or position (from 1) of a column, for instance
            `{"user": "customer", "rating": "grade"}`; "" says that there is none.
        encoding: of the text; None: UTF-8, or UTF-16 where it says so.
        decimal: the sign in numbers with a fraction, "." or ",".
        quotes: False takes double quotes for letters like others.
        duplicates: where a pair of user and item comes twice: "error", the "first" or
            the "last" in time, the "mean" of the ratings at the last time, or "keep".
        min_rating: rows with a lower rating are left out, as if they had not been
            there; `recipes.fit(…, min_rating=…)` keeps in mind that people have them.

    Raises:
        DataError: naming the file and the line for anything wrong: no such file, no
            text, empty, a column missing or there twice, a row with too few or too many
            fields, an empty id, a rating that is not a number or a time that is none, a
            pair of user and item that comes twice.
    """
    found = read(
        path,
        separator=separator,
        columns=columns,
        encoding=encoding,
        decimal=decimal,
        quotes=quotes,
    )
    return told(found, rows_of(found, duplicates, min_rating))


def from_frame(
    frame: pd.DataFrame,
    *,
    name: str = "table",
    columns: Wanted | None = None,
    duplicates: Duplicates = "error",
    min_rating: float | None = None,
) -> Dataset:
    """The same from a pandas table; messages count its rows from 0, whatever
    its index.
    """
    found = of_frame(frame, name=name, columns=columns)
    return told(found, rows_of(found, duplicates, min_rating))


def told(found: Reading, rows: np.ndarray | None) -> Dataset:
    """The Dataset, after its notes were said."""
    if found.notes:
        print(f"{found.name}: {'; '.join(found.notes)}.", file=sys.stderr, flush=True)
    return found.dataset(rows)


def read_table(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    columns: Wanted | None = None,
    encoding: str | None = None,
    decimal: str = ".",
    quotes: bool = True,
    duplicates: Duplicates = "error",
) -> pd.DataFrame:
    """Read and check a ratings file, but keep the source ids; columns `user`, `item`,
    `rating`, `timestamp`, rows in the order of the file. See `read_csv`.
    """
    found = read(
        path,
        separator=separator,
        columns=columns,
        encoding=encoding,
        decimal=decimal,
        quotes=quotes,
    )
    return found.with_ids(rows_of(found, duplicates))


def encode(
    ds: Dataset,
    table: str | os.PathLike[str] | pd.DataFrame | Reading,
    *,
    unknown: Unknown = "error",
    duplicates: Duplicates = "error",
    separator: str | None = None,
    rows: np.ndarray | None = None,
) -> pd.DataFrame:
    """Turn another table with the source ids of ds (a validation set, pairs to predict)
    into indices of ds.

    Args:
        table: a file or a pandas table, with the columns and the checks of `read_csv`.
        unknown: a user or an item that ds does not have is refused by "error" and gets
            the index -1 by "mark".
        rows: of a Reading, those that `rows_of` kept.

    Returns:
        Columns `user`, `item` (int64), `rating`, `timestamp`, one row per row of the
        table, in its order.
    """
    if isinstance(table, Reading):
        found = table
    elif isinstance(table, pd.DataFrame):
        found = of_frame(table, name="table")
    else:
        found = read(table, separator=separator)
    rows = rows_of(found, duplicates) if not isinstance(table, Reading) else rows
    raw = found.table(rows)
    for column, lookup, ids in (
        ("user", ds.user_lookup, found.given.user_ids),
        ("item", ds.item_lookup, found.given.item_ids),
    ):
        index = np.array([lookup.get(str(own), -1) for own in ids], dtype=np.int64)
        codes = raw[column].to_numpy()
        if unknown == "error" and (index[codes] < 0).any():
            bad = np.flatnonzero(index[codes] < 0)
            places = [f"{found.places(rows)[n]} ({ids[codes[n]]!r})" for n in bad[:3]]
            more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
            raise DataError(
                f"{found.name}, {', '.join(places)}{more}: {column} is not in"
                f" {ds.name}. {near(ids[index < 0], lookup)}Leave these rows out, or"
                f" pass unknown='mark' to get the {column} index -1 for them."
            )
        raw[column] = index[codes]
    return raw


SPELLINGS = {
    "leading zeros": lambda text: text.lstrip("0") or "0",
    "a .0 at the end": lambda text: text.removesuffix(".0"),
    "capital letters": str.lower,
    "blanks": lambda text: "".join(text.split()),
    "quotes": lambda text: text.strip("\"'"),
}


def near(strange: np.ndarray, known: Iterable[object]) -> str:
    """Words on unknown ids that would be known if they were spelt like the others; ""
    if that helps fewer than half of them.
    """
    if not len(strange):
        return ""
    for words, spell in SPELLINGS.items():
        others = {spell(str(own)): str(own) for own in known}
        same = [str(own) for own in strange if spell(str(own)) in others]
        if len(same) * 2 >= len(strange):
            example = f"{same[0]} here, {others[spell(same[0])]} there"
            return (
                f"{len(same)} of {len(strange)} such ids differ from known ones by"
                f" {words} alone ({example}): write them alike. "
            )
    return ""


def rows_of(
    found: Reading, duplicates: Duplicates = "error", min_rating: float | None = None
) -> np.ndarray | None:
    """Positions of the rows that are kept, in their order, or None for all; says in the
    notes what went. The mean of duplicates is written into the ratings.

    Raises DataError for what `duplicates` does not allow, or if nothing is left.
    """
    if duplicates not in ("error", "first", "last", "mean", "keep"):
        raise DataError(
            f"duplicates is error, first, last, mean or keep; it is {duplicates!r}."
        )
    rows = None if duplicates == "keep" else _once(found, duplicates)
    if min_rating is None:
        return rows
    rating = found.given.rating
    if rating is None:
        raise DataError(
            f"{found.name}: there is no rating column, so no lowest rating either."
        )
    every = np.arange(len(found)) if rows is None else rows
    rows = every[rating[every] >= min_rating]
    found.notes.append(
        f"{len(every) - len(rows):,} of {len(every):,} rows left out, rated below"
        f" {min_rating:g}"
    )
    if not len(rows):
        raise DataError(
            f"{found.name}: no rating is at least {min_rating:g}; they run from"
            f" {rating.min():g} to {rating.max():g}."
        )
    return rows


def repeats(found: Reading) -> int:
    """Rows whose pair of user and item stands in an earlier row, too."""
    pair = found.given.user * len(found.given.item_ids) + found.given.item
    return _again(pair)


def _again(pair: np.ndarray) -> int:
    """How many numbers stand in the array already."""
    pair = np.sort(pair)
    return int((pair[1:] == pair[:-1]).sum())


def _once(found: Reading, duplicates: Duplicates) -> np.ndarray | None:
    """The rows with each pair of user and item once; None if that is all of them."""
    given = found.given
    pair = given.user * len(given.item_ids) + given.item
    if not _again(pair):
        return None
    rows = np.arange(len(found))
    if duplicates == "error":
        _refuse_duplicates(found, rows, pair)
    clock = rows if given.times is None else given.times.exact[rows]
    order = np.lexsort((clock, pair))  # stable: rows of one time stay in their order
    starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
    ends = np.append(starts[1:], len(order)) - 1
    if duplicates == "mean" and given.rating is not None:
        sums = np.add.reduceat(given.rating[rows[order]], starts)
        given.rating[rows[order[ends]]] = sums / (ends - starts + 1)
    kept = rows[np.sort(order[starts if duplicates == "first" else ends])]
    word = {"mean": "their mean rating"}.get(duplicates, f"the {duplicates} in time")
    found.notes.append(
        f"{len(rows) - len(kept):,} rows repeat a pair of user and item; {word} is kept"
    )
    return kept


def _refuse_duplicates(found: Reading, rows: np.ndarray, pair: np.ndarray) -> None:
    again = np.flatnonzero(pd.Series(pair).duplicated().to_numpy())
    second = int(again[0])
    first = int(np.flatnonzero(pair == pair[second])[0])
    user = found.given.user_ids[found.given.user[rows[second]]]
    item = found.given.item_ids[found.given.item[rows[second]]]
    places = found.places(rows)
    more = f" ({len(again)} such rows in all)" if len(again) > 1 else ""
    raise DataError(
        f"{found.name}, {places[second]}: user {user} and item {item} stand already in"
        f" {places[first]}{more}. Which row counts? duplicates='last' (on the command"
        " line --duplicates last) takes the latest, 'first' the earliest, 'mean' the"
        " mean rating."
    )
