"""The rows of a text, block by block: CSV in all its forms, JSON, Netflix, a matrix."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from rec_tutor.data.columns import Complaints
from rec_tutor.data.dialect import Dialect
from rec_tutor.data.opening import Opened
from rec_tutor.data.schema import DataError

BLOCK = 100_000  # rows at once
Block = tuple[np.ndarray, Mapping[str, Sequence[object]]]
FILM = re.compile(r"\d+:\s*")  # a line of Netflix: the film that the next ones rate
HIDDEN = "\x1f"  # stands for "::", which the csv module cannot take


class Escaped(Exception):
    """A quote is escaped by a backslash: the text has to be read anew, that way."""


def delimited(
    source: Opened,
    how: Dialect,
    wanted: Mapping[str, int],
    no: Complaints,
    escaped: bool = False,
) -> Iterator[Block]:
    """Blocks of a text with separators; `wanted` are roles and positions.

    Raises Escaped where quotes turn out to be escaped by backslashes and `escaped` does
    not say so.
    """
    width, bare = len(how.header or how.columns), how.separator in ("::", " ")
    reader = csv.reader(
        _prepared(source, how, escaped),
        delimiter={"::": HIDDEN}.get(how.separator, how.separator),
        skipinitialspace=True,
        strict=True,
        quoting=csv.QUOTE_MINIMAL if how.quotes and not bare else csv.QUOTE_NONE,
    )
    skipped = how.comments + bool(how.header)
    line, first = 1, wanted["user" if "user" in wanted else "item"]
    name = how.header[first] if how.header else ""
    while True:
        rows: list[list[str]] = []
        try:
            for _ in range(skipped):
                next(reader, None)
            if skipped:
                skipped, line = 0, reader.line_num + 1
            rows.extend(islice(reader, BLOCK))
        except csv.Error:
            last = line + sum(map(spanned, rows)) - 1
            raise DataError(
                f"{source.name}, after line {last}: a field in double quotes does not"
                " end, or goes on behind them. Where quotes are part of names:"
                " quotes=False (on the command line --no-quotes)."
            ) from None
        if not rows:
            return
        places = np.arange(line, line + len(rows), dtype=np.int32)
        if reader.line_num + 1 - line != len(rows):  # fields that span lines
            spans = [0, *map(spanned, rows[:-1])]
            places = (line + np.cumsum(spans)).astype(np.int32)
        line = reader.line_num + 1
        odd = [
            n
            for n, row in enumerate(rows)
            if len(row) != width or not row[first].strip() or row[first] == name
        ]
        again = [n for n in odd if how.header and tuple(rows[n]) == how.header]
        if again:
            no.add(
                np.isin(np.arange(len(rows)), again),
                "this line repeats the header",
                places,
                "Remove it; two files seem to have been joined.",
            )
        blank = {n for n in odd if not any(map(str.strip, rows[n]))}
        ragged = np.zeros(len(rows), dtype=bool)
        ragged[[n for n in odd if n not in blank and len(rows[n]) != width]] = True
        if ragged.any():
            said = "header" if how.header else "first line"
            no.add(
                ragged,
                f"the {said} has {width} fields",
                places,
                "Add what is missing; put a field that contains the separator in double"
                " quotes.",
                [Fields(len(row)) for row in rows],
            )
        if odd:
            rest = [n for n in range(len(rows)) if n not in blank and not ragged[n]]
            rows, places = [rows[n] for n in rest], places[rest]
        if rows:
            yield (
                places,
                {
                    role: [unquoted(row[at]) if bare else row[at] for row in rows]
                    for role, at in wanted.items()
                },
            )


def unquoted(text: str) -> str:
    """A field without the quotes around it."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else text


def spanned(row: list[str]) -> int:
    """The lines that a record takes up."""
    return 1 + sum(own.count("\n") for own in row)


class Fields(int):
    """How many fields a row has, as a message shows it."""

    def __repr__(self) -> str:
        return f"fields: {int(self)}"


def _prepared(source: Opened, how: Dialect, escaped: bool) -> Iterator[str]:
    """Lines as the csv module takes them."""
    for line in source.lines():
        if "\0" in line:
            raise DataError(
                f"{source.name}: there are zero bytes in it, so it is no text, or"
                " UTF-16 (encoding='utf-16-le')."
            )
        if how.separator == " ":
            line = " ".join(line.split())
        elif how.separator == "::":
            line = line.replace("::", HIDDEN)
        elif how.quotes and not escaped and '\\"' in line:
            raise Escaped
        elif escaped:
            line = line.replace('\\"', '""')
        yield line


def records_of_json(source: Opened) -> Iterator[tuple[int, dict[str, object]]]:
    """Line numbers and objects: one object per line, or a list of them."""
    lines = source.lines()
    head = next((line for line in lines if line.strip()), "")
    if head.lstrip().startswith("["):
        try:
            found = json.loads("".join(source.lines()))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{source.name}: this is no JSON ({error}).") from None
        numbered = enumerate(found if isinstance(found, list) else [found], start=1)
        for number, own in numbered:
            if not isinstance(own, dict):
                raise DataError(f"{source.name}: entry {number} is no JSON object.")
            yield number, own
        return
    for number, line in enumerate(source.lines(), start=1):
        if not line.strip():
            continue
        try:
            own = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{source.name}, line {number}: this is no JSON ({error})."
            ) from None
        if not isinstance(own, dict):
            raise DataError(
                f"{source.name}, line {number}: one JSON object per line is needed."
            )
        yield number, own


def of_json(source: Opened, wanted: Mapping[str, str]) -> Iterator[Block]:
    """Blocks of JSON records; `wanted` are roles and keys. A missing value is ""."""
    records = records_of_json(source)
    while block := list(islice(records, BLOCK)):
        places = np.array([number for number, _ in block], dtype=np.int32)
        try:
            values = {
                role: [_plain(own.get(key)) for _, own in block]
                for role, key in wanted.items()
            }
        except DataError as error:
            raise DataError(f"{source.name}: {error}") from None
        yield places, values


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise DataError(
            f"{json.dumps(value)[:40]} is no number and no text: one JSON object"
            " per rating is needed (in pandas to_json(orient='records', lines=True))."
        )
    return value


def of_netflix(source: Opened) -> Iterator[Block]:
    """Blocks of the Netflix Prize: `film:`, then lines `user,rating,date`."""
    film, lines = "", enumerate(source.lines(), start=1)
    while block := list(islice(lines, BLOCK)):
        rows, places = [], []
        for number, line in block:
            if FILM.fullmatch(line):
                film = line.strip()[:-1]
                continue
            own = [part.strip() for part in line.split(",")]
            if own == [""]:
                continue
            if len(own) != 3:
                raise DataError(
                    f"{source.name}, line {number}: a film (12:) or user,rating,date"
                    f" was expected, as in the lines before; it is {line.strip()!r}."
                )
            rows.append((own[0], film, own[1], own[2]))
            places.append(number)
        if rows:
            users, items, ratings, dates = zip(*rows, strict=True)
            values = {"user": users, "item": items, "rating": ratings}
            yield (
                np.array(places, dtype=np.int32),
                {
                    name: list(own)
                    for name, own in (values | {"timestamp": dates}).items()
                },
            )


def is_jester(rows: Sequence[Sequence[str]]) -> bool:
    """Jester's matrix: how many jokes somebody rated, then 100 ratings, 99 for none."""
    if not rows or any(len(row) != 101 for row in rows):
        return False
    try:
        cells = np.array([row[1:] for row in rows], dtype=float)
    except ValueError:
        return False
    return bool(((np.abs(cells) <= 10) | (cells == 99)).all() and (cells == 99).any())


def of_jester(source: Opened, separator: str) -> Iterator[Block]:
    """Blocks of Jester's matrix; a user is the number of the line."""
    mark = None if separator == " " else separator
    for number, line in enumerate(source.lines(), start=1):
        own = [part.strip() for part in line.split(mark)]
        if len(own) != 101:
            raise DataError(
                f"{source.name}, line {number}: 101 fields were expected, as in the"
                f" lines before; there are {len(own)}."
            )
        given = [(joke, cell) for joke, cell in enumerate(own) if joke]
        given = [
            (joke, cell) for joke, cell in given if cell.rstrip("0").rstrip(".") != "99"
        ]
        if given:
            jokes, cells = zip(*given, strict=True)
            yield (
                np.full(len(given), number, dtype=np.int32),
                {
                    "user": [number] * len(given),
                    "item": list(jokes),
                    "rating": list(cells),
                },
            )
