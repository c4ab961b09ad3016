"""`rec-tutor evaluate ratings.csv`: the same from the shell."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd

from rec_tutor.advice.measure import choose, evaluate
from rec_tutor.advice.report import Report
from rec_tutor.advice.tuning import NEURAL, SPACES
from rec_tutor.data import read_table
from rec_tutor.data.schema import DataError, Dataset, number_ids


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor evaluate",
        description="Which model for these ratings? A table, and a sentence.",
    )
    p.add_argument("ratings", help="CSV: columns userID,itemID[,rating][,timestamp]")
    p.add_argument(
        "--framework", choices=("torch", "tensorflow"), help="also try neural models"
    )
    p.add_argument(
        "--models", metavar="A,B,C", help=f"of {', '.join(SPACES)} (default: a few)"
    )
    p.add_argument(
        "--minutes", type=float, default=10.0, help="for all models (default: 10)"
    )
    p.add_argument(
        "--trials", type=int, default=5, help="settings per model (default: 5)"
    )
    p.add_argument("--k", type=int, default=10, help="length of a list (default: 10)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument(
        "--separator", default=",", help="between the fields; tab for a tabulator"
    )
    p.add_argument("--out", metavar="CSV", help="where to write the table")
    p.add_argument("--figure", metavar="PNG", help="where to draw it")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if there is an answer."""
    options = parser().parse_args(arguments)
    try:
        return _run(options)
    except (DataError, RuntimeError) as error:
        _say(f"error: {error}")
        return 1


def _run(options: argparse.Namespace) -> int:
    models = None
    if options.models is not None:
        models = [name.strip() for name in options.models.split(",") if name.strip()]
        choose(models, options.framework)
    _check_outputs(options)
    report = evaluate(
        read(options.ratings, options.separator),
        models,
        framework=options.framework,
        minutes=options.minutes,
        trials=options.trials,
        seed=options.seed,
        k=options.k,
        say=_say,
    )
    print(report)
    if report.use:
        print(f"\nNext: {_next(options, report)}")
    if len(report.table) and options.out:
        _write(options.out, lambda path: report.table.to_csv(path, encoding="utf-8"))
    if len(report.table) and options.figure:
        import matplotlib

        matplotlib.use("Agg")
        kind = Path(options.figure).suffix[1:]
        figure = report.figure()
        _write(options.figure, lambda path: figure.savefig(path, format=kind))
    return 0 if report.use else 1


def read(path: str, separator: str = ",") -> Dataset:
    """Like `data.read_csv`, but a pair of user and item may come more than once."""
    separator = "\t" if separator.lower() in ("tab", "\\t") else separator
    raw = read_table(path, duplicates="keep", separator=separator)
    ratings, users, items = number_ids(raw)
    return Dataset(
        Path(path).name,
        ratings,
        pd.DataFrame({"user_id": users}),
        pd.DataFrame({"item_id": items}),
    )


def _check_outputs(options: argparse.Namespace) -> None:
    """Before any training: the outputs are new or ordinary files in folders that exist,
    none of them the input, and the picture of a kind that can be drawn.
    """
    taken = [Path(options.ratings).resolve()]
    for path in filter(None, (options.out, options.figure)):
        target = Path(path).resolve()
        if target in taken:
            raise DataError(f"{path} is named twice: choose another output.")
        if not target.parent.is_dir():
            raise DataError(f"The folder {target.parent} does not exist: make it.")
        if target.exists() and not target.is_file():
            raise DataError(f"{path} is not an ordinary file: choose another place.")
        if not os.access(target.parent, os.W_OK):
            raise DataError(f"The folder {target.parent} cannot be written to.")
        taken.append(target)
    kinds = (".png", ".svg", ".pdf")
    if options.figure and not options.figure.lower().endswith(kinds):
        raise DataError(f"{options.figure}: a figure ends in {', '.join(kinds)}.")


def _write(path: str, save: Callable[[str], None]) -> None:
    """Write the whole file or none: into a temporary file beside it first."""
    target = Path(path).resolve()
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as part:
            pass
        save(part.name)
        with suppress(OSError):  # some file systems have no permissions
            os.chmod(part.name, 0o644)
        os.replace(part.name, target)
    except BaseException as error:
        if part is not None:
            Path(part.name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DataError(f"{target} could not be written ({error}).") from error
        raise


def _next(options: argparse.Namespace, report: Report) -> str:
    """The command that recommends with the advised model."""
    words = ["rec-tutor", "recommend", "--train", options.ratings]
    words += ["--model", str(report.use)]
    if report.use in NEURAL:
        words += ["--framework", options.framework]
    for name, value in report.options.items():
        words += [f"--{name.replace('_', '-')}", f"{value:g}"]
    if options.separator != ",":
        words += ["--separator", options.separator]
    return shlex.join([*words, "--out", "recs.csv"])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
