"""Which model for these ratings? See `rec_tutor.advice`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from rec_tutor.advice.measure import choose, evaluate
from rec_tutor.advice.report import Report
from rec_tutor.advice.tuning import NEURAL, SPACES
from rec_tutor.cli.files import add_reading, ratings
from rec_tutor.cli.guard import guarded
from rec_tutor.data.schema import DataError
from rec_tutor.data.table import repeats
from rec_tutor.files import check_outputs, say, write_whole


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor evaluate",
        description="Which model for these ratings? A table, and a sentence.",
    )
    p.add_argument("ratings", help="columns userID,itemID[,rating][,timestamp]")
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
        "--liked",
        type=float,
        metavar="R",
        help="only ratings of at least R are to be found (default: all rows)",
    )
    p.add_argument(
        "--min-rating", type=float, metavar="R", help="leave out rows with a lower one"
    )
    add_reading(p)
    p.add_argument("--out", metavar="CSV", help="where to write the table")
    p.add_argument("--figure", metavar="PNG", help="where to draw it")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if there is an answer."""
    options = parser().parse_args(arguments)
    return guarded(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    models = None
    if options.models is not None:
        models = [name.strip() for name in options.models.split(",") if name.strip()]
        choose(models, options.framework)
    check_outputs((options.ratings,), (options.out, options.figure))
    kinds = (".png", ".svg", ".pdf")
    if options.figure and not options.figure.lower().endswith(kinds):
        raise DataError(f"{options.figure}: a figure ends in {', '.join(kinds)}.")
    found, rows = ratings(
        options.ratings,
        options,
        # the first row of a pair counts; see advice.facts.without_repeats
        duplicates="keep" if options.min_rating is None else "first",
        lowest=options.min_rating,
    )
    if options.liked is not None and "rating" not in found.columns:
        raise DataError(f"{options.ratings} has no rating column: without --liked.")
    ds = found.dataset(rows)
    report = evaluate(
        ds,
        models,
        framework=options.framework,
        minutes=options.minutes,
        trials=options.trials,
        seed=options.seed,
        k=options.k,
        liked=options.liked,
        say=say,
    )
    print(report)
    if report.use:
        repeated = repeats(found) > 0
        print(f"\nNext: {_next(options, report, repeated)}")
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


def _next(options: argparse.Namespace, report: Report, repeated: bool) -> str:
    """The command that recommends with the advised model."""
    words = ["rec-tutor", "recommend", "--train", options.ratings]
    words += ["--model", str(report.use)]
    if report.use in NEURAL:
        words += ["--framework", options.framework]
    for name, value in report.options.items():
        words += [f"--{name.replace('_', '-')}", f"{value:g}"]
    if repeated:
        words += ["--duplicates", "first"]
    if options.separator:
        words += [
            "--separator",
            {"\t": "tab"}.get(options.separator, options.separator),
        ]
    for name in ("encoding", "min_rating"):
        if getattr(options, name) is not None:
            words += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    if options.columns:
        named = ",".join(f"{role}={own}" for role, own in options.columns.items())
        words += ["--columns", named]
    if not options.quotes:
        words.append("--no-quotes")
    if options.decimal != ".":
        words += ["--decimal", options.decimal]
    return shlex.join([*words, "--out", "recs.csv"])
