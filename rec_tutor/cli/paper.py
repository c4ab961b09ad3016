"""Print a quiz on paper, and its key. See `rec_tutor.paper`."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from rec_tutor import paper
from rec_tutor.cli.guard import guarded
from rec_tutor.files import STDOUT, check_outputs, say, write_whole
from rec_tutor.paper.page import TITLE


def parser() -> argparse.ArgumentParser:
    """The command line."""
    known = paper.chapters()
    p = argparse.ArgumentParser(
        prog="rec-tutor paper",
        description="A quiz to print, with questions to compute by hand, and its key.",
    )
    p.add_argument(
        "--chapters",
        required=True,
        metavar="02,07",
        help=f"{known[0]} to {known[-1]}, in any order",
    )
    p.add_argument("--out", required=True, metavar="HTML", help="where the quiz goes")
    p.add_argument("--seed", type=int, help="same seed, same quiz (default: a new one)")
    p.add_argument(
        "--number", type=int, help="questions from each chapter (default: two or three)"
    )
    p.add_argument(
        "--sheets",
        type=int,
        default=1,
        metavar="2",
        help="sheets A, B, … for neighbours: same questions, other numbers",
    )
    p.add_argument("--title", default=TITLE, help=f"above it (default: {TITLE})")
    return p


def key_file(path: str) -> str:
    """Where the key to a quiz goes: beside it, or behind it on standard output."""
    return path if path in STDOUT else str(Path(path).with_suffix(".key.html"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    return guarded(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    key = key_file(options.out)
    check_outputs((), (options.out, key))
    seed = options.seed
    if seed is None:
        seed = random.SystemRandom().randrange(10_000)
    sheets = paper.sheets(
        options.chapters.split(","), seed, options.number, options.sheets
    )
    for path, text in (
        (options.out, paper.quiz(sheets, seed, options.title)),
        (key, paper.key(sheets, seed, options.title)),
    ):
        _write(path, text.encode())
    say(
        f"seed {seed}: {len(sheets)} sheet(s) of {len(sheets[0].questions)} questions,"
        f" about {sheets[0].minutes} minutes; the key is in {key}"
    )
    return 0


def _write(path: str, content: bytes) -> None:
    write_whole(path, lambda file: file.write(content))
