"""The items most like one, of a kept model or of one trained now."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rec_tutor import recipes
from rec_tutor.cli.files import add_reading, ratings
from rec_tutor.cli.guard import guarded
from rec_tutor.cli.options import number
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.task import FRAMEWORKS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    p = argparse.ArgumentParser(
        prog="rec-tutor similar", description="The items most like one."
    )
    p.add_argument("item", help="an item's id, as in the training file")
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--load",
        metavar="FOLDER",
        help="a model that `rec-tutor recommend --save` kept",
    )
    source.add_argument(
        "--train", metavar="CSV", help="or ratings, to train --model on"
    )
    p.add_argument("--model", choices=RECIPES, metavar="NAME", help=", ".join(RECIPES))
    p.add_argument(
        "--framework", choices=FRAMEWORKS, help="for the neural models (default: torch)"
    )
    p.add_argument("--k", type=number(int, 1), default=10, help="how many (10)")
    add_reading(p)
    options = p.parse_args(arguments)
    if bool(options.train) != bool(options.model):
        p.error("--train and --model belong together.")
    if options.load and options.framework:
        p.error("--load takes a kept model as it is: without --framework.")
    return guarded(lambda: work(options))


def work(options: argparse.Namespace) -> int:
    """Print the table."""
    if options.load:
        saved = recipes.load(options.load)
    else:
        framework = options.framework or "torch"
        found, rows = ratings(options.train, options, duplicates="last")
        saved = recipes.fit(found.dataset(rows), options.model, framework=framework)
    table = saved.similar_items(options.item, options.k)
    print(table.to_csv(index=False, float_format="%.4g"), end="")
    return 0
