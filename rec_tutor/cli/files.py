"""Files of the command line."""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd

from rec_tutor import data
from rec_tutor.data.items import of_items, read_items
from rec_tutor.data.reading import read
from rec_tutor.data.table import Duplicates, near, rows_of
from rec_tutor.data.understood import Reading
from rec_tutor.files import say, write_whole


def columns_of(text: str) -> dict[str, str | int]:
    """An argparse type: `user=customer,item=2` as role -> name or position."""
    found: dict[str, str | int] = {}
    for part in text.split(","):
        role, equals, own = part.partition("=")
        if not equals:
            raise argparse.ArgumentTypeError(
                f"{text} is not like user=NAME,item=NAME,rating=NAME,timestamp=NAME"
            )
        found[role.strip()] = own.strip()
    return found


def separator_of(text: str) -> str:
    """An argparse type: what stands between the fields."""
    mark = {"tab": "\t", "\\t": "\t", "blank": " ", "space": " "}.get(
        text.lower(), text
    )
    if len(mark) != 1 and mark != "::":
        raise argparse.ArgumentTypeError(f"{text} is not one character, tab or ::")
    return mark


def add_reading(p: argparse.ArgumentParser) -> None:
    """The options that say how files of ratings are read."""
    p.add_argument(
        "--separator",
        type=separator_of,
        help="between the fields of every file you give; tab, blank and :: too"
        " (default: recognised)",
    )
    p.add_argument(
        "--columns",
        type=columns_of,
        metavar="user=A,item=B",
        help="what the columns are called, or their numbers from 1: user=, item=,"
        " rating=, timestamp=",
    )
    p.add_argument(
        "--decimal", choices=(".", ","), default=".", help="in ratings (default: .)"
    )
    p.add_argument(
        "--no-quotes",
        dest="quotes",
        action="store_false",
        help="double quotes are letters like others",
    )
    p.add_argument(
        "--encoding", help="of the text, for instance latin-1 (default: UTF-8)"
    )


def ratings(
    path: str,
    options: argparse.Namespace,
    *,
    duplicates: Duplicates | None = None,
    lowest: float | None = None,
    tell: bool = True,
) -> tuple[Reading, np.ndarray | None]:
    """Read a file of ratings as the options say, and say what was understood.

    Returns the reading and the positions of the rows that are kept, None for all.
    """
    found = read(
        path,
        separator=options.separator,
        columns=options.columns,
        encoding=options.encoding,
        decimal=options.decimal,
        quotes=options.quotes,
    )
    wanted = duplicates or getattr(options, "duplicates", None) or "error"
    rows = rows_of(found, wanted, lowest)
    if not tell:
        return found, rows
    notes = "".join(f"\n  {note}" for note in found.notes)
    say(f"{path}: {len(found) if rows is None else len(rows):,} ratings{notes}")
    return found, rows


def described(path: str, ds: data.Dataset, options: argparse.Namespace) -> data.Dataset:
    """The data set with titles and genres from a file of items."""
    table, notes = read_items(
        path, separator=options.separator, encoding=options.encoding
    )
    ids = ds.items["item_id"].to_numpy()
    known, lacking = of_items(table, ids)
    if lacking:
        strange = table["item"][~table["item"].isin(set(map(str, ids)))].to_numpy()
        hint = near(strange, ds.item_lookup) if lacking * 2 > len(ids) else ""
        text = f"{lacking:,} of {len(ids):,} items have no description there {hint}"
        notes.append(text.strip())
        if lacking == len(ids):
            raise data.DataError(f"{path}: {'; '.join(notes)}. Are the ids the same?")
    say(f"{path}: {len(table):,} items" + "".join(f"\n  {note}" for note in notes))
    items = ds.items.assign(**{name: known[name].to_numpy() for name in known})
    return data.Dataset(ds.name, ds.ratings, ds.users, items)


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
