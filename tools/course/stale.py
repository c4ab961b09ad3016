"""What would a change make stale, and through which definitions?

    python -m course stale                   what has changed since the last commit
    python -m course stale --since REV       since another one
    python -m course stale --since A --until B

Reads both states from git, executes nothing.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from course import definitions, experiment, notebooks
from course.definitions import Reached
from course.modules import ROOT, Graph

Depends = dict[str, set[str]]  # "definition hash" of all that something depends on


def checkout(revision: str, folder: Path, root: Path = ROOT) -> Path:
    """The files of a commit, in a folder."""
    archive = subprocess.run(
        ["git", "-C", str(root), "archive", revision], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def parts(script: Path) -> Iterable[str]:
    """The functions that measure an experiment's rows: what PARTS names; in old commits
    `measure`.
    """
    try:
        return sorted(set(experiment.parts_of(script).values()))
    except LookupError:
        return ["measure"]


def depends(root: Path) -> Depends:
    """What each notebook and each part of an experiment depends on."""
    graph, found = Graph(root), {}
    pins = definitions.pinned(root)

    def add(name: str, reached: Reached) -> None:
        own = {
            f"{unit.name} {definitions.short(unit.seen.text)}" for unit in reached.units
        }
        found[name] = own | set(reached.pins(pins)) | {f"names {reached.digest()}"}

    known = notebooks.chapters(root)
    for target in (
        notebooks.Target(chapter, twin, root)
        for chapter, twins in known.items()
        for twin in twins
    ):
        built = notebooks.build(target, known, graph)
        codes = [cell.source for cell in built.cells if cell.cell_type == "code"]
        add(str(target), definitions.of_cells(codes, graph))
        results = built.metadata["rec_tutor"]["stamp"]["results"]
        found[str(target)] |= {
            f"results/{result} {value}" for result, value in results.items()
        }
    for script in sorted((root / "experiments").glob("[0-9][0-9]_*.py")):
        for part in parts(script):
            add(
                f"experiments/{script.stem} {part}",
                definitions.of_script(script, part, graph),
            )
    return found


def changed(before: Depends, after: Depends) -> dict[str, list[str]]:
    """What is stale, each with the names of the definitions that changed; new things
    are not stale but new.
    """
    found = {}
    for name, new in after.items():
        difference = before.get(name, new) ^ new
        if difference:
            found[name] = sorted(
                {entry.partition(" ")[0] for entry in difference} - {"names"}
            )
    return found


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--since", default="HEAD", help="a commit (default: the last one)"
    )
    parser.add_argument(
        "--until", help="another commit (default: the files as they are)"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        before = depends(checkout(options.since, Path(name) / "before", root))
        after = depends(
            checkout(options.until, Path(name) / "after", root)
            if options.until
            else root
        )
    found = changed(before, after)
    for name, units in found.items():
        more = f" and {len(units) - 6} more" if len(units) > 6 else ""
        print(f"{name}: {', '.join(units[:6])}{more}")
    print(f"{len(found)} of {len(after)} notebooks and parts of experiments are stale")
    return 0


if __name__ == "__main__":
    sys.exit(main())
