"""Which model for these ratings, for new people, for new items? See
`rec_tutor.advice`.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from rec_tutor.advice.cold_report import ColdReport
from rec_tutor.advice.cold_start import ANSWERS, cold
from rec_tutor.advice.measure import choose, evaluate
from rec_tutor.advice.novelties import CONTENT
from rec_tutor.advice.report import Report
from rec_tutor.advice.tuning import NEURAL, SPACES
from rec_tutor.cli.files import add_reading, described, ratings
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
    p.add_argument(
        "--cold",
        choices=("users", "items"),
        help="what are models worth for people, or items, that they were not trained"
        " on?",
    )
    p.add_argument(
        "--answers",
        type=answers_of,
        metavar="N,N",
        help="--cold users: after how many answers"
        f" (default: {','.join(map(str, ANSWERS))})",
    )
    p.add_argument(
        "--items",
        metavar="CSV",
        help="itemID,title,genres: what models that know an item by what it is need",
    )
    add_reading(p)
    p.add_argument("--out", metavar="CSV", help="where to write the table")
    p.add_argument("--figure", metavar="PNG", help="where to draw it")
    return p


def answers_of(text: str) -> tuple[int, ...]:
    """An argparse type: `1,5,10`."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text} is not like 1,5,10")
    return tuple(map(int, parts))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 if there is an answer."""
    p = parser()
    options = p.parse_args(arguments)
    if options.answers and options.cold != "users":
        p.error("--answers are those of new people: with --cold users.")
    return guarded(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    models = None
    if options.models is not None:
        models = [name.strip() for name in options.models.split(",") if name.strip()]
        # --cold has a floor of its own to compare with
        floor = ["popularity"] if options.cold and "popularity" not in models else []
        choose([*models, *floor], options.framework)
    check_outputs((options.ratings, options.items), (options.out, options.figure))
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
    if options.items:
        ds = described(options.items, ds, options)
    settings = {
        name: getattr(options, name)
        for name in ("framework", "minutes", "trials", "seed", "k", "liked")
    }
    if options.cold:
        asked = options.answers or ANSWERS
        about = cold(ds, options.cold, models, answers=asked, say=say, **settings)
        _write(options, about, index=False)
        return 0 if any(about.use.values()) else 1
    report = evaluate(ds, models, say=say, **settings)
    next_ = None
    if report.use:
        next_ = _next(options, report, repeats(found) > 0)
    _write(options, report, next_)
    return 0 if report.use else 1


def _write(
    options: argparse.Namespace,
    report: Report | ColdReport,
    next_: str | None = None,
    index: bool = True,
) -> None:
    """Print the report; write its table and draw it, where that was asked for."""
    print(report)
    if next_:
        print(f"\nNext: {next_}")
    if len(report.table) and options.out:
        write_whole(
            options.out,
            lambda file: report.table.to_csv(file, encoding="utf-8", index=index),
        )
    if len(report.table) and options.figure:
        import matplotlib

        matplotlib.use("Agg")
        kind = Path(options.figure).suffix[1:]
        figure = report.figure()
        write_whole(options.figure, lambda file: figure.savefig(file, format=kind))


def _next(options: argparse.Namespace, report: Report, repeated: bool) -> str:
    """The command that recommends with the advised model."""
    words = ["rec-tutor", "recommend", "--train", options.ratings]
    words += ["--model", str(report.use)]
    if report.use in CONTENT:
        words += ["--items", options.items]
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
