"""Files of ratings, spoilt in every way we could think of; and what a reader must do
with them: a result that invents nothing, or a clear error.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from rec_tutor import data
from rec_tutor.data.understood import Reading

HEADERS = (
    ("userID", "itemID", "rating", "timestamp"),
    ("user_id:token", "item_id:token", "rating:float", "timestamp:float"),
    ("User-ID", "ISBN", "Book-Rating", "date"),
    ("userId", "movieId", "rating", "time"),
    ("who", "what", "grade", "when"),
    (),
)
SEPARATORS = (",", ";", "\t", "|", "::", " ")
ODD = (
    *("", " ", "nan", "NULL", "-", "0", "-1", "1e999", "1,5", "1_000", "0x1F", "１２"),
    *('"', '""', '\\"', "'", "\\", "#", "%", "::", "|", ",", ";", "\t", "\x1f", "\r"),
    *("1.0", "007", "99999999999999999999", "inf", "2020-02-30", "31/12/2020"),
    *("é", "电影", "a" * 300, "[1]", "{}", "<b>", "=1+1", "\ufeff", "\u2028", "True"),
)


def original(rng: np.random.Generator, ratings: np.ndarray) -> list[list[str]]:
    """A few real rows: user, item, rating, time."""
    start = rng.integers(len(ratings) - 40)
    return [[*map(str, row)] for row in ratings[start : start + rng.integers(2, 30)]]


def written(rng: np.random.Generator, rows: Sequence[Sequence[str]]) -> str:
    """The rows as one of the forms that people have."""
    header = HEADERS[rng.integers(len(HEADERS))]
    if rng.random() < 0.1:
        names = header or HEADERS[0]
        return "\n".join(
            json.dumps(dict(zip(names, row, strict=False))) for row in rows
        )
    mark = SEPARATORS[rng.integers(len(SEPARATORS))]
    quote = '"' if mark not in ("::", " ") and rng.random() < 0.2 else ""
    lines = [header, *rows] if header else rows
    end = ("\n", "\r\n", "\r")[rng.integers(3)]
    return end.join(
        mark.join(f"{quote}{own}{quote}" for own in line) for line in lines
    ) + end * int(rng.integers(2))


def fields_spoilt(rng: np.random.Generator, rows: list[list[str]]) -> None:
    """Some fields are odd, missing or too many; rows are repeated or swapped."""
    for _ in range(rng.integers(1, 4)):
        row = rows[rng.integers(len(rows))]
        what = rng.integers(6)
        if what < 3 and row:
            row[rng.integers(len(row))] = ODD[rng.integers(len(ODD))]
        elif what == 3 and row:
            row.pop(rng.integers(len(row)))
        elif what == 4:
            row.insert(rng.integers(len(row) + 1), ODD[rng.integers(len(ODD))])
        else:
            rows.append(list(rows[rng.integers(len(rows))]))


def bytes_spoilt(rng: np.random.Generator, content: bytes) -> bytes:
    """Some bytes are changed, lost, repeated; or the end is missing."""
    own = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(own) + 1))
        what = rng.integers(5)
        if what == 0 and at < len(own):
            own[at] = rng.integers(256)
        elif what == 1:
            del own[at : at + int(rng.integers(1, 20))]
        elif what == 2:
            own[at:at] = own[at : at + int(rng.integers(1, 60))]
        elif what == 3:
            own[at:at] = bytes(rng.integers(256, size=3).tolist())
        elif rng.random() < 0.3:
            del own[at:]
    return bytes(own)


def zipped(content: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("ratings.csv"), content)  # without a date
    return whole.getvalue()


PACKERS: tuple[Callable[[bytes], bytes], ...] = (
    *(partial(gzip.compress, mtime=0), bz2.compress, lzma.compress, zipped),
)
NUMBERS = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
KINDS = ("fields", "bytes", "lines", "packed", "encoded", "noise")


def spoilt(kind: str, rng: np.random.Generator, ratings: np.ndarray) -> bytes:
    """One input of a kind."""
    rows = original(rng, ratings)
    if kind == "fields":
        fields_spoilt(rng, rows)
    content = written(rng, rows)
    if kind == "lines":
        lines = content.splitlines(keepends=True)
        extra = (
            "\n",
            "# note\n",
            "%\n",
            "sep=;\n",
            "total,3\n",
            "\ufeff",
            "1:\n",
            "\0\n",
        )
        for _ in range(rng.integers(1, 4)):
            lines.insert(rng.integers(len(lines) + 1), extra[rng.integers(len(extra))])
        content = "".join(lines)
    if kind == "encoded":
        names = ("utf-8-sig", "utf-16", "utf-16-le", "latin-1", "utf-32", "utf-8")
        rows[0][1] = "Zoë"
        return written(rng, rows).encode(names[rng.integers(len(names))])
    if kind == "packed":
        packed = PACKERS[rng.integers(len(PACKERS))](content.encode())
        return bytes_spoilt(rng, packed) if rng.random() < 0.7 else packed
    if kind == "noise":
        return bytes(rng.integers(256, size=int(rng.integers(200))).tolist())
    return bytes_spoilt(rng, content.encode()) if kind == "bytes" else content.encode()


def judged(path: Path, content: bytes, reader: Callable[[Path], Reading]) -> str:
    """What became of an input: "read" or "refused"; another word, or an exception, is a
    fault.
    """
    path.write_bytes(content)
    try:
        found = reader(path)
    except data.DataError as error:
        # a person can do something about it: it names the file, and is one text
        return "refused" if path.name in str(error) else f"unclear: {error}"
    return invented(found, content) or "read"


def invented(found: Reading, content: bytes) -> str:
    """What stands in the result and not in the text, in words; "" if there is nothing.

    An id stands there as it is; a rating or a time as a number of the same value.
    """
    if found.form.startswith(("gzip", "bzip2", "xz", "zip")):
        return ""
    text = content.decode(found.form.partition(",")[0], "replace")
    spellings = [text, text.replace('""', '"'), text.replace("\\", "")]
    spellings += [" ".join(own.split()) for own in spellings]
    stem = Path(found.name).name.split(".")[0]  # of an export without a user
    for ids in (found.given.user_ids, found.given.item_ids):
        for own in map(str, ids):
            forms = (own, json.dumps(own)[1:-1], " ".join(own.split()))
            if own != stem and not any(f in text for f in forms for text in spellings):
                return f"invented id {own!r}"
    there = {float(own) for own in NUMBERS.findall(text)} | {1.0, 0.0}
    read = {} if found.given.rating is None else {"rating": found.given.rating}
    if found.given.times is not None and "-" not in text:  # no dates
        read["time"] = found.given.times.exact
    for name, values in read.items():
        strange = set(values.tolist()) - there
        if strange:
            return f"invented {name} {strange.pop()!r}"
    lines = [line for line in text.splitlines() if line.strip()]
    if len(found) > max(len(lines), text.count("{")) and "Jester" not in found.form:
        return f"{len(found)} rows of {len(lines)} lines"
    return ""


def counts(
    kind: str,
    number: int,
    seed: int,
    folder: Path,
    ratings: np.ndarray,
    reader: Callable[[Path], Reading],
) -> dict[str, int]:
    """How many of the inputs were read, and how many refused.

    Args:
        reader: from a file to what was understood, or DataError.

    Raises AssertionError with the input for any other end.
    """
    rng, ends = np.random.default_rng(seed), {"read": 0, "refused": 0}
    for _ in range(number):
        content = spoilt(kind, rng, ratings)
        try:
            end = judged(folder / "fuzzed.csv", content, reader)
        except Exception as error:
            raise AssertionError(f"{kind}: {error!r} on {content!r}") from error
        assert end in ends, f"{kind}: {end} on {content!r}"
        ends[end] += 1
    return ends
