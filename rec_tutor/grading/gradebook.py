"""The table of grades: a CSV file that a spreadsheet can open without danger."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from rec_tutor.data.schema import DataError
from rec_tutor.grading.classroom import Class, Row

HEAD, TAIL = ("id", "name"), ("total", "late", "level", "note")


def cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    formula = text and unicodedata.normalize("NFKC", text[0])[0] in "=+-@"
    return f"'{text}" if formula else text


def table(rows: Sequence[Row], keys: Sequence[str]) -> list[dict[str, str]]:
    """The rows of grades.csv; `late` is the percentage that was taken off."""
    return [
        {
            "id": cell(row.person.id),
            "name": cell(row.person.name),
            **{key: f"{row.points.get(key, 0.0):g}" for key in keys},
            "total": f"{row.total:.4g}",
            "late": f"{100 * row.off:g}",
            "level": row.level,
            "note": cell(row.note),
        }
        for row in rows
    ]


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """A table as the content of a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read_grades(path: str | Path) -> list[dict[str, str]]:
    """The rows of an earlier grades.csv. Raises DataError."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"The earlier grades {path} can't be read: {error}.") from None
    if not rows or not {*HEAD, *TAIL} <= set(rows[0]):
        raise DataError(f"{path} is no table of grades: it has no {', '.join(TAIL)}.")
    return rows


def regraded(
    old: Sequence[dict[str, str]], new: Class, key: str, keys: Sequence[str]
) -> list[dict[str, str]]:
    """An earlier table with one question graded anew: all other cells stay, but for
    the total. Whoever is new gets a row.

    Args:
        keys: of all questions: the columns of points.

    Raises:
        DataError: a cell of points is no number.
    """
    if key not in old[0]:
        raise DataError(f"The earlier grades have no column {key}.")
    fresh = {row["id"]: row for row in table(new.rows, keys)}
    result = []
    for row in old:
        one = fresh.pop(row["id"], None)
        changed = dict(row)
        if one is not None:
            changed[key] = one[key]
            try:
                points = sum(float(changed[k] or 0) for k in keys if k in changed)
                total = points * (1 - float(row["late"] or 0) / 100)
            except ValueError as error:
                raise DataError(f"The row of {row['id']}: {error}.") from None
            changed["total"] = f"{total:.4g}"
        result.append(changed)
    for one in fresh.values():
        text = f"only {key} was graded; {one['note']}"
        result.append({name: one.get(name, "") for name in old[0]} | {"note": text})
    return result
