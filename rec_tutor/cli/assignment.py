"""Make an assignment of a class. See `rec_tutor.grading.handout`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rec_tutor.cli.guard import guarded
from rec_tutor.files import check_outputs, write_whole
from rec_tutor.grading.assignment import drawn
from rec_tutor.grading.handout import notebook


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor assignment",
        description="Exercises whose contracts a seed changes: a notebook for students,"
        " and beside it one with the solutions.",
    )
    p.add_argument("--seed", required=True, metavar="2027", help="a whole number")
    p.add_argument("--chapters", required=True, metavar="02,07", help="whose exercises")
    p.add_argument(
        "--out",
        metavar="IPYNB",
        default="assignment.ipynb",
        help="for students (default: assignment.ipynb)",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if both are written."""
    options = parser().parse_args(arguments)
    return guarded(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    chapters = [part.strip() for part in options.chapters.split(",")]
    made = drawn(options.seed, chapters)
    out = Path(options.out)
    solved = out.with_name(f"{out.stem}_solutions.ipynb")
    check_outputs((), [str(out), str(solved)])
    _write(out, notebook(made))
    _write(solved, notebook(made, solutions=True))
    print(f"{out}: {len(made.keys)} questions, for the class")
    print(f"{solved}: with the solutions, for you alone")
    name = f"{options.seed}:{','.join(chapters)}"
    print(
        f"To grade: rec-tutor grade submissions/ --assignment {name} --out grades.csv"
    )
    return 0


def _write(path: Path, text: str) -> None:
    write_whole(str(path), lambda file: file.write(text.encode()))
