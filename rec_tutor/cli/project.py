"""A project of a group: begin one, and check what was handed in."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rec_tutor import project
from rec_tutor.cli.guard import guarded
from rec_tutor.data.schema import DataError
from rec_tutor.files import say
from rec_tutor.project.findings import HAND_INS


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor project",
        description="Begin a project, or check one: leaks, baselines, an interval.",
    )
    own = p.add_subparsers(dest="what", required=True, metavar="start|check")
    begin = own.add_parser("start", help="write the files that a project begins with")
    begin.add_argument("folder", help="a new folder")
    begin.add_argument(
        "--data",
        default="ratings.csv",
        metavar="NAME",
        help="a file that you will put there, or a public set, as ml-100k",
    )
    look = own.add_parser(
        "check",
        help="compute again what was handed in",
        epilog="Exit status: 0 nothing is wrong, 1 something is, 2 a file could not be"
        " read.",
    )
    look.add_argument("folder", help="with a project.toml")
    numbered = ", ".join(f"{n} {name}" for n, name in enumerate(HAND_INS, start=1))
    look.add_argument(
        "--hand-in",
        type=int,
        choices=range(1, len(HAND_INS) + 1),
        default=len(HAND_INS),
        metavar="N",
        help=f"up to this one: {numbered} (default: all)",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if nothing is wrong, 1 if
    something is, 2 if a file could not be read.
    """
    options = parser().parse_args(arguments)
    return guarded(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    if options.what == "start":
        for path in project.start(options.folder, options.data):
            print(path)
        return 0
    try:
        report = project.check(options.folder, options.hand_in)
    except DataError as error:
        say(f"error: {' '.join(str(error).split())}")
        return 2
    print(report)
    return report.status
