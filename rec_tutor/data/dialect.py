"""How a text of ratings is laid out: what separates its fields, and is there a header?

Everything is decided on the first lines; where they can be read in more than one way,
the answer is an error that says how to name what is meant.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rec_tutor.data import times
from rec_tutor.data.layouts import ALSO, DOCUMENTED, known, layout_of, plain
from rec_tutor.data.schema import DataError

SEPARATORS = ("\t", "::", ";", "|", ",", " ")  # a blank: any run of blanks
WORDS = {
    "\t": "a tabulator",
    " ": "blanks",
}
NUMBER = re.compile(r"-?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """How the fields of a text are told apart.

    Attributes:
        separator: one character, "::", or " " for any run of blanks.
        comments: lines before the table that are skipped.
        header: the names of the columns, or () where the first line is data.
        columns: for a text without a header, the columns by their positions.
        note: what was assumed.
        quotes: may fields stand in double quotes?
    """

    separator: str
    comments: int = 0
    header: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    note: str = ""
    quotes: bool = True


def fields(line: str, separator: str) -> list[str]:
    """The fields of one line."""
    line = line.rstrip("\r\n")
    if separator == " ":
        return line.split()
    if len(separator) > 1:
        return [own.strip() for own in line.split(separator)]
    try:
        row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a quoted field that goes on in the next line
        row = line.split(separator)
    return [own.strip() for own in row]


def in_words(separator: str) -> str:
    return WORDS.get(separator, repr(separator))


def sniff(
    lines: Sequence[str],
    name: str,
    separator: str | None = None,
    *,
    numbered: bool = False,
) -> Dialect:
    """Recognise the layout from the first lines of a text.

    Args:
        numbered: somebody said by numbers what the columns are, so that a first line
            in which no name is known is data.

    Raises:
        DataError: where the lines are no table.
    """
    first = 0
    if lines and (match := re.fullmatch(r"sep=(.)\s*", lines[0])):  # Excel's
        separator, first = separator or match[1], 1
    while first < len(lines) and _is_comment(lines, first, separator):
        first += 1
    if first and first == len(lines):
        raise DataError(f"{name}: there are only comments in it.")
    rest = [line for line in lines[first:] if line.strip()]
    if not rest:
        raise DataError(
            f"{name}: the file is empty; a header like"
            " userID,itemID,rating,timestamp was expected."
        )
    for place in (first, first - 1):  # a header may stand behind a comment sign
        if place < 0 or place >= len(lines):
            continue
        line = lines[place].lstrip("#% ") if place < first else lines[place]
        for mark in (separator,) if separator else SEPARATORS:
            header = fields(line, mark)
            if _names_both(header):
                skipped = place if place >= first else first - 1
                return Dialect(mark, skipped, tuple(header), (), _skipping(skipped))
    mark = separator or most_regular(rest)
    rows = [fields(line, mark) for line in rest]
    header = rows[0]
    if not lines[first].strip():
        raise DataError(
            f"{name}, line {first + 1}: a header like userID,itemID,rating,timestamp"
            " was expected, not a blank line."
        )
    named = any(known(plain(own)) for own in header)
    texts = not any(map(_like_data, rows[1:]))  # numbers nowhere
    if named or not (_like_data(header) or (numbered and texts)):
        note = "" if named else f"line {first + 1} is taken for the header"
        return Dialect(mark, first, tuple(header), (), _skipping(first, note))
    columns, note = _without_header(rows)
    return Dialect(mark, first, (), columns, _skipping(first, note))


def _is_comment(lines: Sequence[str], at: int, separator: str | None) -> bool:
    """A line that begins with # or %, and not merely an id that does: then it has as
    many fields as the lines below.
    """
    if not re.match(r"[#%]", lines[at]):
        return False
    if re.match(r"[#%]+\s", lines[at]) or at + 1 >= len(lines):
        return True
    below = [line for line in lines[at + 1 :] if not re.match(r"[#%]", line)]
    mark = separator or most_regular(below or lines)
    widths = {len(fields(line, mark)) for line in below[:5] if line.strip()}
    own = fields(lines[at].lstrip("#%"), mark)
    return _names_both(own) or len(own) < 2 or widths != {len(own)}


def _skipping(number: int, note: str = "") -> str:
    skipped = f"{number} line(s) before the table are skipped" if number else ""
    return "; ".join(filter(None, (skipped, note)))


def _names_both(header: Sequence[str]) -> bool:
    """Does a header name a user and an item?"""
    names = [plain(own) for own in header]
    both = all(
        any(own in (*DOCUMENTED[role], *ALSO[role]) for own in names)
        for role in ("user", "item")
    )
    return both or layout_of(names) is not None


def most_regular(lines: Sequence[str]) -> str:
    """The separator that cuts most lines into the same number of fields."""
    best, most = ",", (0.0, 0)
    for mark in SEPARATORS:
        rows = [fields(line, mark) for line in lines]
        width, often = Counter(map(len, rows)).most_common(1)[0]
        own = [row for row in rows if len(row) == width]
        # two tabulators between the fields are a run of blanks, not a column
        empty = any(not any(row[at] for row in own) for at in range(width))
        found = often / len(lines), min(width, 3)  # of equals, that with more fields
        if width > 1 and found > most and not (empty and mark == "\t"):
            best, most = mark, found
    return best


def _like_data(row: Sequence[str]) -> bool:
    """Two fields or more, and one of them a number or a time."""
    return len(row) > 1 and any(
        NUMBER.fullmatch(own) or times.is_text_time(own) for own in row
    )


def _without_header(
    rows: Sequence[Sequence[str]],
) -> tuple[tuple[str, ...], str]:
    """What the columns of a text without a header are ("" for what is none of ours, or
    cannot be told), and the note about it.
    """
    width = Counter(map(len, rows)).most_common(1)[0][0]
    own = [row for row in rows if len(row) == width]
    kinds = [_kind([row[place] for row in own]) for place in range(width)]
    found: tuple[str, ...] = ()
    firsts = [row[0] for row in own]
    counted = len(own) > 2 and any(
        firsts == [*map(str, range(start, start + len(own)))] for start in (0, 1)
    )
    if counted and width > 2:  # the numbers of the rows, as pandas writes them
        return ("",) * width, ""
    if width == 2 and kinds[1] != "time":
        found = ("user", "item")
    elif width == 3 and kinds[1] != "time" and kinds[2] in ("number", "time"):
        found = ("user", "item", {"number": "rating"}.get(kinds[2], "timestamp"))
    elif width >= 4 and kinds[2:4] == ["number", "time"]:
        found = ("user", "item", "rating", "timestamp")
        if _amazon([row[0] for row in own], [row[1] for row in own]):
            found = ("item", "user", "rating", "timestamp")
    elif width == 4 and kinds[1] == "time" and kinds[2] != "text":
        found = ("user", "timestamp", "item", "")  # YooChoose: session, time, item
    elif width == 4 and kinds == ["text", "text", "text", "number"]:
        found = ("user", "item", "", "rating")  # Last.fm 360K: artist, plays
    elif width == 6 and kinds[1] == "time":
        found = ("user", "timestamp", "item", "", "", "")  # Last.fm 1K
    if not found:
        return ("",) * width, ""
    shown = ", ".join(part or "-" for part in found)
    return found, f"no header: its columns are taken for {shown}"


def _kind(values: Sequence[str]) -> str:
    """ "time", "number" or "text": what a column holds."""
    if all(times.is_text_time(own) for own in values):
        return "time"
    if not all(NUMBER.fullmatch(own) for own in values):
        return "text"
    late = sum(abs(float(own.replace(",", "."))) >= 1e8 for own in values)
    return "time" if late > len(values) / 2 else "number"


def _amazon(first: Sequence[str], second: Sequence[str]) -> bool:
    """Is it item, user as in Amazon's lists of 2018, and not user, item as in 2014?"""
    item = all(re.fullmatch(r"[A-Z0-9]{10}", own) for own in first)
    return item and all(re.fullmatch(r"A[A-Z0-9]{9,20}", own) for own in second)
