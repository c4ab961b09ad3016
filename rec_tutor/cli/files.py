"""Files of the command line: written whole or not at all, never over an input."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd

from rec_tutor import data


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


def write_csv(table: pd.DataFrame, path: str) -> None:
    """Write the whole file or none: into a temporary file beside it first."""
    target = Path(path).resolve()
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as part:
            table.to_csv(part, index=False, float_format="%.9g", encoding="utf-8")
        with suppress(OSError):  # some file systems have no permissions
            os.chmod(part.name, 0o644)
        os.replace(part.name, target)
    except BaseException as error:
        if part is not None:
            Path(part.name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise data.DataError(
                f"{target} could not be written ({error}). Choose another place for it."
            ) from error
        raise


def check_outputs(inputs: Sequence[str | None], outputs: Sequence[str | None]) -> None:
    """Before any training: the outputs are new or ordinary files, in folders that
    exist, and no input is among them.
    """
    taken = [Path(path).resolve() for path in inputs if path]
    for path in filter(None, outputs):
        target = Path(path).resolve()
        if target in taken:
            raise data.DataError(
                f"{path} is named twice: choose another name for the output."
            )
        if not target.parent.is_dir():
            raise data.DataError(
                f"The folder {target.parent} does not exist: make it, or write"
                " elsewhere."
            )
        if target.exists() and not target.is_file():
            raise data.DataError(
                f"{path} is not an ordinary file: choose another place."
            )
        taken.append(target)


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
