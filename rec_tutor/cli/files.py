"""Files of the command line."""

from __future__ import annotations

import sys

import pandas as pd

from rec_tutor import data
from rec_tutor.files import write_whole


def read_items(path: str, ds: data.Dataset, separator: str) -> pd.DataFrame:
    """Titles and genres in the order of the item indices; items that the file lacks get
    none.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, sep=separator)
    except (OSError, ValueError) as error:
        raise data.DataError(f"{path}: could not be read as CSV ({error}).") from error
    missing = {"itemID", "title", "genres"} - set(table.columns)
    if missing:
        raise data.DataError(
            f"{path}: the column(s) {', '.join(sorted(missing))} are missing;"
            " itemID,title,genres are needed."
        )
    table = (
        table.drop_duplicates("itemID")
        .set_index("itemID")
        .reindex([str(i) for i in ds.items["item_id"]])
    )
    genres = [
        tuple(g for g in str(text).split("|") if g)
        for text in table["genres"].fillna("")
    ]
    return pd.DataFrame(
        {"title": table["title"].fillna("").to_numpy(), "genres": genres}
    )


def has_column(path: str, separator: str, column: str) -> bool:
    """Has the file's header such a column?"""
    header = pd.read_csv(path, sep=separator, nrows=0, encoding="utf-8-sig")
    return column in (str(name).strip().lower() for name in header.columns)


def peak_memory() -> str:
    """The largest resident memory of this process so far, in words; empty where the
    system does not tell.
    """
    try:
        import resource
    except ImportError:  # Windows
        return ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        f", peak memory {peak / (2**20 if sys.platform == 'darwin' else 2**10):,.0f} MB"
    )


def write_csv(table: pd.DataFrame, path: str) -> None:
    """Write the whole table or nothing."""
    form = {"index": False, "float_format": "%.9g", "encoding": "utf-8"}
    write_whole(path, lambda file: table.to_csv(file, **form))
