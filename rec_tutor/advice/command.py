"""`rec-tutor evaluate ratings.csv`: the same from the shell."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rec_tutor.advice.measure import choose, evaluate
from rec_tutor.advice.report import Report
from rec_tutor.advice.tuning import NEURAL, SPACES
from rec_tutor.data import read_table
from rec_tutor.data.schema import DataError, Dataset, number_ids
from rec_tutor.files import check_outputs, say, write_whole


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
        say(f"error: {error}")
        return 1


def _run(options: argparse.Namespace) -> int:
    models = None
    if options.models is not None:
        models = [name.strip() for name in options.models.split(",") if name.strip()]
        choose(models, options.framework)
    check_outputs((options.ratings,), (options.out, options.figure))
    kinds = (".png", ".svg", ".pdf")
    if options.figure and not options.figure.lower().endswith(kinds):
        raise DataError(f"{options.figure}: a figure ends in {', '.join(kinds)}.")
    ds = read(options.ratings, options.separator)
    report = evaluate(
        ds,
        models,
        framework=options.framework,
        minutes=options.minutes,
        trials=options.trials,
        seed=options.seed,
        k=options.k,
        say=say,
    )
    print(report)
    if report.use:
        repeated = ds.ratings.duplicated(["user", "item"]).sum()
        if repeated:
            print(f"\nFirst keep one row per user and item: {repeated} are repeats.")
        print(f"\nNext: {_next(options, report)}")
    if len(report.table) and options.out:
        write_whole(
            options.out, lambda file: report.table.to_csv(file, encoding="utf-8")
        )
    if len(report.table) and options.figure:
        import matplotlib

        matplotlib.use("Agg")
        kind = Path(options.figure).suffix[1:]
        figure = report.figure()
        write_whole(options.figure, lambda file: figure.savefig(file, format=kind))
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
