"""What a group typed: results, tries and examples, held against what is computed."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import numpy as np

from rec_tutor.data.schema import DataError
from rec_tutor.project.findings import Amiss, ProjectReport, some
from rec_tutor.project.folder import Project
from rec_tutor.project.judge import Board
from rec_tutor.project.lists import Lists
from rec_tutor.project.ratings import Cut
from rec_tutor.project.texts import tables

FEWEST = 5  # people in the error analysis
NUMBER = re.compile(r"[-+]?\d*[.,]?\d+(?:\s?%)?")
Rows = list[dict[str, str]]


def read_rows(project: Project, name: str, needed: tuple[str, ...]) -> Rows:
    """The rows of a small CSV file: column, in small letters -> cell.

    Raises:
        DataError: it can't be read, a column is missing, or there is no row.
    """
    text = project.text(name)
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        lines = [own for own in csv.reader(io.StringIO(text), delimiter=mark) if own]
    except csv.Error as error:
        raise DataError(f"{name} is no CSV file ({error}).") from None
    columns = [own.strip().casefold() for own in lines[0]] if lines else []
    missing = [own for own in needed if own not in columns]
    if missing:
        raise DataError(
            f"{name} lacks the column(s) {', '.join(missing)}; it has:"
            f" {', '.join(columns)[:200] or 'nothing'}."
        )
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(columns):
            raise DataError(
                f"{name}, row {number}: {len(line)} fields, and the header has"
                f" {len(columns)}."
            )
        rows.append(dict(zip(columns, (cell.strip() for cell in line), strict=True)))
    if not rows:
        raise Amiss(f"{name} has a header and no row below it.")
    return rows


def number(text: str) -> tuple[float, float] | None:
    """A typed number, and how far the true one may lie from it: half of its last digit.
    None: it is none.
    """
    found = NUMBER.match(text.replace("−", "-").lstrip("~≈ "))
    if found is None:
        return None
    plain = found[0].rstrip("%").rstrip().replace(",", ".")
    digits = len(plain.partition(".")[2])
    scale = 0.01 if found[0].endswith("%") else 1.0
    return float(plain) * scale, (0.5 * 10**-digits + 1e-6) * scale


def check_results(rows: Rows, where: str, board: Board, report: ProjectReport) -> None:
    """Do the typed NDCGs agree with those of the lists?"""
    wrong, right = [], []
    for row in rows:
        name = next((own for own in board.frames if _same(own, row["model"])), None)
        column = next((own for own in row if "ndcg" in own), "")
        typed = number(row.get(column, ""))
        if name is None:
            continue
        if typed is None or not np.isfinite(typed[0]):
            wrong.append(f"{name}: {row.get(column, '')[:20]!r} is no number")
        elif abs(typed[0] - board.ndcg(name)) > typed[1]:
            text = row[column][:20]
            wrong.append(f"{name}: typed {text}, computed {board.ndcg(name):.4f}")
        else:
            right.append(name)
    if wrong:
        report.wrong(
            f"{where}: the NDCG@{board.k} of the lists is another one"
            f" ({'; '.join(wrong)}). Type what your lists give, or hand in"
            " the lists that gave it."
        )
    elif right:
        report.ok(
            f"{where}: the typed NDCG@{board.k} of {', '.join(right)} agrees with the"
            " lists."
        )
    missing = [own for own in board.frames if own not in right] if not wrong else []
    if missing:
        report.look(f"{where} has no row for {', '.join(missing)}.")


def report_tables(text: str) -> Rows:
    """The rows of those tables in a page that have a column for a model and an NDCG."""
    found = []
    for table in tables(text):
        for row in table:
            ndcg = [own for own in row if "ndcg" in own]
            first = next(iter(row.values()), "")
            if ndcg:
                found.append({**row, "model": row.get("model", first)})
    return found


def _same(one: str, other: str) -> bool:
    plain = [re.sub(r"[^a-z0-9]", "", own.casefold()) for own in (one, other)]
    return plain[0] == plain[1]


def check_tuning(
    rows: Rows, models: list[str], tried: list[str], board: Board, report: ProjectReport
) -> None:
    """Was chosen on validation, with as many tries for the baseline as for the model?

    Args:
        models: those that must have rows; popularity has nothing to tune.
        tried: of these, the baselines.
    """
    counts, odd = {}, []
    for name in models:
        own = [row for row in rows if _same(row["model"], name)]
        settings = {row["setting"] for row in own}
        counts[name] = len(settings)
        values = [number(row["ndcg"]) for row in own]
        if any(value is None for value in values):
            odd.append(name)
            continue
        best = max((value for value in values if value), default=None)
        if best and name in board.frames and best[1] < 0.001:
            gap = abs(best[0] - board.ndcg(name))
            if gap <= best[1]:
                report.look(
                    f"tuning.csv: the best value of {name}, {best[0]:g}, is what its"
                    " lists reach on the test part. Were settings chosen there? They"
                    " are to be chosen on the validation part."
                )
    if odd:
        report.wrong(f"tuning.csv: not every ndcg of {', '.join(odd)} is a number.")
    none = [name for name, count in counts.items() if not count]
    if none:
        report.wrong(
            f"tuning.csv has no row for {', '.join(none)}: write one for each setting"
            " that you tried, with its NDCG on the validation part."
        )
        return
    text = ", ".join(f"{name} {count}" for name, count in counts.items())
    most = max((n for name, n in counts.items() if name not in tried), default=0)
    poor = [name for name in tried if counts[name] < most]
    if poor:
        report.wrong(
            f"tuning.csv: different settings tried: {text}. The baseline ({some(poor)})"
            f" needs as many tries as the model, {most}."
        )
    elif max(counts.values()) < 2:
        report.look(f"tuning.csv: one setting each ({text}): nothing was chosen.")
    else:
        report.ok(f"tuning.csv: settings tried: {text}.")


def check_examples(
    text: str, lists: Lists | None, own: Cut, report: ProjectReport
) -> None:
    """Are the examples of errors.md true? A table with the columns user, item and what
    (shown or missed), perhaps title.
    """
    rows = [
        row
        for table in tables(text)
        for row in table
        if {"user", "item", "what"} <= set(row)
    ]
    if not rows:
        report.wrong(
            "errors.md has no table with the columns user, item, title and what (shown"
            " or missed): the ids of examples, so that they can be checked."
        )
        return
    if lists is None:
        return
    place = {user: row for row, user in enumerate(lists.users)}
    test = set(map(tuple, own.split.test[["user", "item"]].to_numpy().tolist()))
    titles = own.ds.items.get("title")
    wrong, looked = [], set()
    for row in rows:
        user = own.ds.user_lookup.get(row["user"], -1)
        item = own.ds.item_lookup.get(row["item"], -1)
        pair = f"{row['user'][:20]}, {row['item'][:20]}"
        if user not in place or item < 0:
            wrong.append(f"{pair}: nobody of the test part, or no such item")
            continue
        shown = item in lists.items[place[user]]
        what = row["what"].casefold()
        if what.startswith("shown"):
            true = shown
        elif what.startswith("missed"):
            true = not shown and (user, item) in test
        else:
            wrong.append(f"{pair}: {row['what'][:20]!r} is neither shown nor missed")
            continue
        if not true:
            wrong.append(f"{pair} was not {what.split()[0]}")
        elif titles is not None and not _titled(row.get("title", ""), titles[item]):
            wrong.append(f"{pair} is called {titles[item]!r}")
        looked.add(user)
    if wrong:
        report.wrong(f"errors.md, in the table: {some(wrong, 4, 80)}.")
    elif len(looked) < FEWEST:
        report.look(f"errors.md looks at {len(looked)} of at least {FEWEST} people.")
    else:
        report.ok(
            f"errors.md: {len(rows)} examples of {len(looked)} people, found again in"
            " the lists and the test part."
        )


def _titled(typed: str, title: Any) -> bool:
    """Is the typed title the item's, or a part of it? None typed: yes."""
    texts = [str(own).casefold() for own in (typed, title)]
    one, other = (re.sub(r"\W", "", own) for own in texts)
    if one in other or other in one:
        return True
    some, every = (set(re.findall(r"\w+", own)) for own in texts)
    return some <= every or every <= some  # "The Godfather", "Godfather, The"
