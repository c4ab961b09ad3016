"""What somebody knows about items: a file with ids, titles, genres."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pandas as pd

from rec_tutor.data import records
from rec_tutor.data.columns import FLOAT, Complaints
from rec_tutor.data.dialect import Dialect, fields, most_regular
from rec_tutor.data.layouts import ALSO, DOCUMENTED, plain
from rec_tutor.data.opening import Opened, opened
from rec_tutor.data.schema import DataError

NAMES = {
    "item": (*DOCUMENTED["item"], *ALSO["item"], "id"),
    "title": ("title", "name", "movietitle", "booktitle", "filmtitle", "itemname"),
    "genres": ("genres", "genre", "categories", "category", "tags"),
}
NEEDED = "itemID,title,genres are needed (genres joined by |)"


def read_items(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Read a table of items, in the forms of `read_csv`.

    Returns:
        Columns `item` (text), `title`, `genres` (tuple of str), each item once, the
        first row counting; and notes on what was assumed.

    Raises:
        DataError: where a column is missing, or as `read_csv`.
    """
    name = os.fspath(path)
    with opened(path, encoding) as source:
        if source.kind != "text":
            raise DataError(f"{name}: save this {source.kind} file as CSV.")
        head = list(islice(source.lines(), 200))
        how, wanted, notes = _layout(head, name, separator)
        columns = _rows(source, how, wanted)
    texts = {
        role: [str(own).strip() for own in values] for role, values in columns.items()
    }
    size = len(texts["item"])
    genres = texts.get("genres", [""] * size)
    mark = next((m for m in "|;" if any(m in own for own in genres)), ",")
    table = pd.DataFrame(
        {
            "item": [
                own.removesuffix(".0") if FLOAT.fullmatch(own) else own
                for own in texts["item"]
            ],
            "title": texts.get("title", [""] * size),
            "genres": [
                tuple(g for part in own.split(mark) if (g := part.strip(" []'\"")))
                for own in genres
            ],
        }
    )
    twice = int(table["item"].duplicated().sum())
    if twice:
        notes.append(f"{twice:,} rows name an item again; the first counts")
    return table.drop_duplicates("item", ignore_index=True), notes


def _rows(
    source: Opened, how: Dialect, wanted: dict[str, int]
) -> dict[str, list[object]]:
    for escaped in (False, True):
        no = Complaints(source.name)
        columns: dict[str, list[object]] = {role: [] for role in wanted}
        try:
            for _, block in records.delimited(source, how, wanted, no, escaped):
                for role, values in block.items():
                    columns[role].extend(values)
        except records.Escaped:
            continue
        no.raise_first()
        if not columns["item"]:
            raise DataError(f"{source.name}: there is a header but no row below it.")
        break
    return columns


def _layout(
    head: Sequence[str], name: str, separator: str | None
) -> tuple[Dialect, dict[str, int], list[str]]:
    rest = [line for line in head if line.strip()]
    if not rest:
        raise DataError(f"{name}: the file is empty; {NEEDED}.")
    mark = separator or most_regular(rest)
    header = fields(rest[0], mark)
    names, skipped = [plain(own) for own in header], head.index(rest[0])
    found = {
        role: next((at for at, own in enumerate(names) if own in known), None)
        for role, known in NAMES.items()
    }
    wanted = {role: at for role, at in found.items() if at is not None}
    if "item" in wanted and len(wanted) > 1:
        missing = [role for role in NAMES if role not in wanted]
        notes = (
            [f"there is no column for the {' and the '.join(missing)}"]
            if missing
            else []
        )
        return Dialect(mark, skipped, tuple(header)), wanted, notes
    if not wanted and len(header) == 3:  # MovieLens-1M: movies.dat
        wanted = {"item": 0, "title": 1, "genres": 2}
        note = "no header: its columns are taken for item, title, genres"
        return Dialect(mark, skipped, (), tuple(header)), wanted, [note]
    raise DataError(f"{name}: among the columns {header} are not those that {NEEDED}.")


def of_items(table: pd.DataFrame, item_ids: np.ndarray) -> tuple[pd.DataFrame, int]:
    """Columns `title`, `genres` in the order of the ids; those that the table lacks get
    none. Also says how many these are.
    """
    own = table.set_index("item").reindex([str(own) for own in item_ids])
    lacking = int(own["title"].isna().sum())
    genres = [g if isinstance(g, tuple) else () for g in own["genres"]]
    titles = own["title"].fillna("").to_numpy()
    return pd.DataFrame({"title": titles, "genres": genres}), lacking
