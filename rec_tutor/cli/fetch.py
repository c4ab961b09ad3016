"""Fill the cache beforehand, for a room without internet. See `rec_tutor.data.sets`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rec_tutor.cli.guard import guarded
from rec_tutor.data import cache
from rec_tutor.data.schema import DataError
from rec_tutor.data.sets import SETS, Published, named
from rec_tutor.files import say


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor fetch",
        description="Get data sets while there is internet. Without a name: what there"
        " is, under which licence, and what is here already.",
    )
    p.add_argument("names", nargs="*", metavar="NAME", help="as the list calls them")
    p.add_argument(
        "--notebooks", action="store_true", help="all that the course's notebooks ask"
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if all that was asked for is
    there.
    """
    options = parser().parse_args(arguments)
    return guarded(lambda: work(options))


def work(options: argparse.Namespace) -> int:
    """Get each set that was asked for; one that fails does not stop the rest."""
    wanted = named(options.names)
    if options.notebooks:
        wanted = [own for own in SETS if own in wanted or own.chapters]
    if not wanted:
        _print(SETS)
        print("To get one: rec-tutor fetch NAME")
        return 0
    failed = []
    for own in wanted:
        try:
            own.get()
        except DataError as error:
            failed.append(own.name)
            say(f"error: {error}\n")
    _print(wanted)
    if failed:
        say(f"error: not here: {', '.join(failed)}; the reasons stand above.")
    return int(bool(failed))


def _print(sets: Sequence[Published]) -> None:
    for own in sets:
        held = own.held()
        size = sum(path.stat().st_size for path in held)
        state = f"here, {cache.megabytes(size)}" if held else "not here"
        print(f"{own.name:<15}{own.what}: {state}")
        print(f"{'':15}licence: {own.licence}")
        if own.chapters:
            print(f"{'':15}chapters: {own.chapters}")
        for path in held:
            print(f"{'':15}{path.name}")
    print(f"The folder is {cache.cache_dir()}")
