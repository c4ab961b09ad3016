"""What would this notebook get? The same code as `rec-tutor grade`, for one student."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rec_tutor.cli.grade import ASSIGNMENT
from rec_tutor.cli.guard import guarded
from rec_tutor.data.schema import DataError
from rec_tutor.files import say
from rec_tutor.grading import isolation
from rec_tutor.grading.assignment import assignment
from rec_tutor.grading.workers import graded


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor precheck", description="What would this notebook get?"
    )
    p.add_argument("notebook", help="your notebook of exercises (.ipynb)")
    p.add_argument("--assignment", required=True, metavar="07", help=ASSIGNMENT)
    p.add_argument(
        "--framework",
        choices=("torch", "tensorflow"),
        default="torch",
        help="of the answers about tensors (default: torch)",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if it was graded."""
    options = parser().parse_args(arguments)
    return guarded(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    keys = assignment(options.assignment).keys
    level = isolation.level()
    path = Path(options.notebook)
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    say(f"isolation: {level}")
    result = graded(path, keys, options.framework)
    for note in result.notes:
        print(f"Note: {note}.")
    for mark in result.marks:
        print(f"\n{mark.text}")
    right = sum(mark.points for mark in result.marks)
    print(f"\n{right:g} of {len(keys)} questions are right.")
    return 0
