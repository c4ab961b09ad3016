"""Read a table of ratings, whatever its form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from rec_tutor.data import records
from rec_tutor.data.columns import Collector
from rec_tutor.data.dialect import SEPARATORS, Dialect, fields, in_words, sniff
from rec_tutor.data.layouts import ROLES, Layout
from rec_tutor.data.opening import Opened, opened
from rec_tutor.data.roles import roles_of
from rec_tutor.data.schema import DataError
from rec_tutor.data.understood import Reading

HEAD = 200  # lines on which the layout is decided
WIDE = (
    " It looks like one row per user and one column per item: one row per rating is"
    " needed; table.melt(id_vars='user') in pandas makes that."
)
Wanted = Mapping[str, str | int]


def read(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    columns: Wanted | None = None,
    encoding: str | None = None,
    decimal: str = ".",
    quotes: bool = True,
) -> Reading:
    """Read a file, whatever its form."""
    name = os.fspath(path)
    with opened(path, encoding) as source:
        if source.kind != "text":
            return of_frame(_frame(source), name=name, columns=columns, word="row")
        head = list(islice(source.lines(), HEAD))
        start = next((line.lstrip() for line in head if line.strip()), "")
        if start.startswith(("{", "[{")) or start.strip() == "[":
            return _json(source, columns)
        if records.FILM.fullmatch(start):
            collector = Collector(name, ROLES)
            for block in records.of_netflix(source):
                collector.add(*block)
            return _finish(
                source,
                "the Netflix Prize's",
                dict(zip(ROLES, ROLES, strict=True)),
                collector,
            )
        numbered = bool(columns) and all(
            str(own).isdecimal() for own in (columns or {}).values() if own
        )
        how = sniff(head, name, separator, numbered=numbered)
        rows = [fields(line, how.separator) for line in head if line.strip()]
        if not how.header and records.is_jester(rows):
            collector = Collector(name, ("user", "item", "rating"))
            for block in records.of_jester(source, how.separator):
                collector.add(*block)
            found = {"user": "line", "item": "column", "rating": "cell"}
            return _finish(source, "Jester's matrix", found, collector)
        how = replace(how, quotes=quotes)
        return _delimited(source, how, columns, decimal)


def of_frame(
    frame: pd.DataFrame, *, name: str, columns: Wanted | None = None, word: str = "row"
) -> Reading:
    """Read a pandas table; messages count its rows from 0, whatever its index."""
    given = [str(own).strip() for own in frame.columns]
    wanted, layout, notes = roles_of(given, name, columns)
    collector = Collector(name, wanted, word)
    block = {role: frame.iloc[:, at] for role, at in wanted.items()}
    if "user" not in block:
        block["user"] = pd.Series([_stem(name)] * len(frame))
    if len(frame):
        collector.add(np.arange(len(frame)), block)
    found = {role: given[at] for role, at in wanted.items()}
    given_rows = collector.finish()
    return Reading(name, "a table", found, given_rows, layout, notes, word).noted()


def _stem(name: str) -> str:
    return Path(name).name.split(".")[0] or "me"


def _frame(source: Opened) -> pd.DataFrame:
    """A parquet or xlsx file, through pandas."""
    reader, package = {
        "parquet": (pd.read_parquet, "pyarrow"),
        "xlsx": (pd.read_excel, "openpyxl"),
    }[source.kind]
    try:
        return reader(source.file)
    except ImportError as error:
        raise DataError(
            f"{source.name}: this is a {source.kind} file; to read it, install"
            f" {package} (pip install {package}), or save it as CSV."
        ) from error
    except Exception as error:  # the readers raise kinds of their own
        raise DataError(
            f"{source.name}: this {source.kind} file cannot be read ({error})."
        ) from error


def _json(source: Opened, columns: Wanted | None) -> Reading:
    some = [own for _, own in islice(records.records_of_json(source), HEAD)]
    keys = list(dict.fromkeys(key for own in some for key in own))
    wanted, layout, notes = roles_of(keys, source.name, columns)
    collector = Collector(source.name, wanted)
    found = {role: keys[at] for role, at in wanted.items()}
    for places, block in records.of_json(source, found):
        if "user" not in found:
            block = {**block, "user": [_stem(source.name)] * len(places)}
        collector.add(places, block)
    return _finish(source, "JSON", found, collector, layout, notes)


def _delimited(
    source: Opened, how: Dialect, columns: Wanted | None, decimal: str
) -> Reading:
    given = list(how.header or how.columns)
    layout, notes = None, [how.note] if how.note else []
    if how.header or columns:
        wanted, layout, more = roles_of(
            given, source.name, columns, hint=_other_separator(given)
        )
        notes = [*notes, *more] if how.header else more
    else:
        wanted = {role: at for at, role in enumerate(given) if role}
        if not wanted:
            raise DataError(
                f"{source.name}: there is no header, and what the {len(given)} columns"
                " are cannot be told. Name them, counted from 1: columns={'user': 1,"
                " 'item': 2, 'rating': 3} (on the command line --columns"
                f" user=1,item=2,rating=3).{WIDE if len(given) > 20 else ''}"
            )
    for escaped in (False, True):
        collector = Collector(source.name, wanted, decimal=decimal)
        try:
            for places, block in records.delimited(
                source, how, wanted, collector.no, escaped
            ):
                if "user" not in wanted:
                    block = {**block, "user": [_stem(source.name)] * len(places)}
                collector.add(places, block)
            break
        except records.Escaped:
            notes.append("quotes are escaped by backslashes in it")
    form = f"fields separated by {in_words(how.separator)}"
    if how.comments:
        form += f", {how.comments} line(s) before the table skipped"
    if how.header:
        found = {role: given[at] for role, at in wanted.items()}
    else:
        found = {role: f"column {at + 1}" for role, at in wanted.items()}
    return _finish(source, form, found, collector, layout, notes)


def _other_separator(given: Sequence[str]) -> str:
    """What to say where a header of one field holds a separator."""
    other = [mark for mark in SEPARATORS if len(given) == 1 and mark in given[0]]
    if not other:
        return ""
    return (
        f"The fields seem to be separated by {in_words(other[0])}: pass"
        f" separator={other[0]!r} (on the command line --separator), or none."
    )


def _finish(
    source: Opened,
    form: str,
    found: dict[str, str],
    collector: Collector,
    layout: Layout | None = None,
    notes: Sequence[str] = (),
) -> Reading:
    packed = f"{source.packed}, " if source.packed else ""
    code = source.encoding.removesuffix("-sig")
    return Reading(
        source.name,
        f"{packed}{code}, {form}",
        found,
        collector.finish(),
        layout,
        list(notes),
    ).noted()
