"""Grade the notebooks of a class. See `rec_tutor.grading`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rec_tutor.cli.guard import guarded
from rec_tutor.data.schema import DataError
from rec_tutor.files import STDOUT, check_outputs, say, write_whole
from rec_tutor.grading import (
    classroom,
    copies,
    filenames,
    gradebook,
    isolation,
    late,
    report,
    roster,
    sheet,
    statistics,
)
from rec_tutor.grading.assignment import assignment

LEVELS = {
    "namespaces": "answers run in namespaces of their own (bubblewrap)",
    "limits": "answers run with limits of memory, time and files, but without"
    " namespaces: grade strangers' work in a container or a virtual machine",
}
ASSIGNMENT = "a chapter; or 2027:02,07 for what `rec-tutor assignment` made of a seed"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor grade", description="Grade the notebooks of a class."
    )
    p.add_argument("submissions", help="the folder that Moodle or Canvas gave you")
    p.add_argument("--assignment", required=True, metavar="07", help=ASSIGNMENT)
    p.add_argument("--out", required=True, metavar="CSV", help="where the grades go")
    p.add_argument("--roster", metavar="CSV", help="columns id,name[,email][,group]")
    p.add_argument(
        "--framework",
        choices=("torch", "tensorflow"),
        default="torch",
        help="of the answers about tensors (default: torch)",
    )
    p.add_argument("--feedback", metavar="FOLDER", help="a page for each student")
    p.add_argument("--report", metavar="HTML", help="a page on the class")
    p.add_argument("--due", metavar="2027-05-01T23:59", help="the last minute")
    p.add_argument("--late", metavar="10%/day", help="of the points, per day or hour")
    p.add_argument(
        "--times",
        metavar="CSV",
        help="columns file,time (default: when the files were changed)",
    )
    p.add_argument("--points", metavar="mf.3=2,…", help="other than 1 per question")
    p.add_argument("--only", metavar="KEY", help="grade one question of --out anew")
    p.add_argument("--sheet", metavar="HTML", help="the open exercise, without names")
    p.add_argument(
        "--rubric", metavar="FILE", help="for the sheet (default: the notebooks' text)"
    )
    p.add_argument("--seed", type=int, default=0, help="of the sheet's order")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if there are grades."""
    options = parser().parse_args(arguments)
    return guarded(lambda: _run(options))


def key_file(path: str) -> str:
    """Where the key to a sheet goes: beside it."""
    return str(Path(path).with_suffix(".key.csv"))


def _check(options: argparse.Namespace, folder: Path) -> None:
    """Before any work: all that is to be read and written. Raises DataError."""
    filenames.submissions(folder)
    outputs = [options.out, options.report, options.sheet]
    outputs += [key_file(options.sheet)] if options.sheet else []
    for one in filter(None, [*outputs, options.feedback]):
        if one not in STDOUT and folder.resolve() in Path(one).resolve().parents:
            raise DataError(f"{one} is in the folder of submissions: write elsewhere.")
    check_outputs((options.roster, options.times, options.rubric), outputs)
    if options.feedback:
        place = Path(options.feedback).resolve()
        if place == folder.resolve() or place.is_file():
            raise DataError(f"{options.feedback} can't hold the feedback.")
        if not place.parent.is_dir():
            raise DataError(f"The folder {place.parent} does not exist: make it.")


def _worth(text: str | None, keys: Sequence[str]) -> dict[str, float]:
    """Points of a right answer. Raises DataError."""
    worth = {}
    for part in filter(None, (text or "").split(",")):
        key, _, number = part.strip().partition("=")
        try:
            worth[key] = float(number)
        except ValueError:
            raise DataError(f"{part!r} is not like mf.3=2.") from None
        if key not in keys or not 0 <= worth[key] < 1000:
            raise DataError(f"{part!r}: there are {', '.join(keys)}.")
    return worth


def _run(options: argparse.Namespace) -> int:
    folder = Path(options.submissions)
    asked = assignment(options.assignment)
    every = asked.keys
    level = isolation.level()
    _check(options, folder)
    if options.only and options.only not in every:
        raise DataError(f"No question {options.only!r}; there are {', '.join(every)}.")
    worth = _worth(options.points, every)
    policy = late.policy(options.due, options.late)
    people = roster.read_roster(options.roster) if options.roster else None
    times = late.read_times(options.times) if options.times else None
    rubric = sheet.rubric_of(options.rubric) if options.rubric else ""
    old = gradebook.read_grades(options.out) if options.only else []
    say(f"isolation: {level}; {LEVELS[level]}")
    room = classroom.grade_class(
        folder,
        [options.only] if options.only else every,
        people,
        framework=options.framework,
        policy=policy,
        times=times,
        worth=worth,
        tell=say,
    )
    for path, why in room.unclear:
        say(f"not graded: {path.relative_to(folder)}: {why}")
    if options.only:
        rows = gradebook.regraded(old, room, options.only, every)
    else:
        rows = gradebook.table(room.rows, every)
    _write(options.out, gradebook.as_csv(rows))
    if options.feedback:
        _feedback(options, room, asked.title, sum(worth.get(k, 1.0) for k in room.keys))
    found = _questions(rows, room, worth, every)
    print(report.statistics_text(found))
    if options.report:
        prints = {own: one.prints for own, one in room.graded.items()}
        counted = statistics.mistakes(room.graded.values())
        alike = copies.alike(prints)
        text = report.page(asked.title, room, found, counted, alike, level, folder)
        _write(options.report, text.encode())
    if options.sheet:
        text, key = sheet.sheet(room, options.seed, rubric)
        _write(options.sheet, text.encode())
        _write(key_file(options.sheet), key)
    return 0


def _questions(
    rows: Sequence[dict[str, str]],
    room: classroom.Class,
    worth: dict[str, float],
    every: Sequence[str],
) -> pd.DataFrame:
    """A row for each question: what the grades say, and the states of what was graded
    now; one submission of a group counts once.
    """
    owners = {gradebook.cell(own) for own in room.graded}
    points = pd.DataFrame([row for row in rows if row["id"] in owners], columns=every)
    found = statistics.items(points.apply(pd.to_numeric, errors="coerce"), worth)
    return found.join(statistics.states(room.graded.values(), room.keys))


def _feedback(
    options: argparse.Namespace, room: classroom.Class, title: str, most: float
) -> None:
    """A page for each person; after `--only` it is on that question alone."""
    place = Path(options.feedback)
    place.mkdir(exist_ok=True)
    suffix = f".{options.only}.md" if options.only else ".md"
    for name, row in zip(report.file_names(room.rows, suffix), room.rows, strict=True):
        text = report.feedback(row, room, title, most)
        _write(str(place / name), text.encode())


def _write(path: str, content: bytes) -> None:
    write_whole(path, lambda file: file.write(content))
