"""The items most like one, of a kept model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rec_tutor import data, recipes
from rec_tutor.cli.options import number
from rec_tutor.files import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    p = argparse.ArgumentParser(
        prog="rec-tutor similar", description="The items most like one."
    )
    p.add_argument("item", help="an item's id, as in the training file")
    p.add_argument(
        "--load",
        metavar="FOLDER",
        required=True,
        help="a model that `rec-tutor recommend --save` kept",
    )
    p.add_argument("--k", type=number(int, 1), default=10, help="how many (10)")
    options = p.parse_args(arguments)
    try:
        table = recipes.load(options.load).similar_items(options.item, options.k)
    except data.DataError as error:
        say(f"error: {error}")
        return 1
    print(table.to_csv(index=False, float_format="%.4g"), end="")
    return 0
