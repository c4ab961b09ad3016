"""Cards for a talk about one's own code. See `rec_tutor.grading.viva`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rec_tutor.cli.guard import guarded
from rec_tutor.data.schema import DataError
from rec_tutor.files import STDOUT, check_outputs, say, write_whole
from rec_tutor.grading import roster, viva
from rec_tutor.grading.assignment import assignment


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor viva",
        description="A card for each submission: one of its functions, and three"
        " questions on it. No submitted code is run.",
    )
    p.add_argument("submissions", help="the folder that Moodle or Canvas gave you")
    p.add_argument("--assignment", required=True, metavar="07", help="as of `grade`")
    p.add_argument("--out", required=True, metavar="HTML", help="where the cards go")
    p.add_argument("--seed", type=int, default=0, help="of functions and questions")
    p.add_argument("--roster", metavar="CSV", help="columns id,name[,email][,group]")
    p.add_argument(
        "--framework",
        choices=("torch", "tensorflow"),
        default="torch",
        help="of the solutions in the key (default: torch)",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if there are cards."""
    options = parser().parse_args(arguments)
    return guarded(lambda: _run(options))


def key_file(path: str) -> str:
    """Where the key goes: beside the cards, or behind them on standard output."""
    return path if path in STDOUT else str(Path(path).with_suffix(".key.html"))


def _run(options: argparse.Namespace) -> int:
    folder, key = Path(options.submissions), key_file(options.out)
    asked = assignment(options.assignment)
    for one in (options.out, key):
        if one not in STDOUT and folder.resolve() in Path(one).resolve().parents:
            raise DataError(f"{one} is in the folder of submissions: write elsewhere.")
    check_outputs((options.roster,), (options.out, key))
    people = roster.read_roster(options.roster) if options.roster else None
    made, unclear = viva.cards(folder, asked.keys, options.seed, people)
    for path, why in unclear:
        say(f"no card: {path.relative_to(folder)}: {why}")
    have = {one.id for card in made for one in card.people}
    for one in people or ():
        if one.id not in have:
            say(f"no card: {one.id}: nothing that counts was handed in")
    title = f"Explain your function · {asked.title}"
    _write(options.out, viva.page(made, title).encode())
    _write(key, viva.key(made, title, options.framework).encode())
    empty = sum(card.own is None for card in made)
    say(f"{len(made)} cards, {empty} of them without questions; the key is in {key}")
    return 0 if made else 1


def _write(path: str, content: bytes) -> None:
    write_whole(path, lambda file: file.write(content))
