"""Ratings by simulated people of films that exist. See `rec_tutor.data.simulated`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pandas as pd

from rec_tutor.cli.files import write_csv
from rec_tutor.cli.guard import guarded
from rec_tutor.cli.options import number
from rec_tutor.data import simulated
from rec_tutor.files import check_outputs, say


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="rec-tutor simulate",
        description="Ratings by simulated people of films that exist, for rooms where"
        " real ratings may not be used. Nobody of the people exists; what they like and"
        " do is assumed, and a model's success on it says nothing about people.",
    )
    p.add_argument("--out", metavar="CSV", required=True, help="where to write ratings")
    p.add_argument(
        "--films", metavar="CSV", help="where to write itemID,title,genres and more"
    )
    p.add_argument("--people", type=number(int, 1), default=2000, help="default: 2000")
    p.add_argument(
        "--num-films", type=number(int, 1), default=1000, help="default: 1000"
    )
    p.add_argument(
        "--mean-ratings", type=float, default=40.0, help="of a person (default: 40)"
    )
    p.add_argument("--seed", type=int, default=0)
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    return guarded(lambda: work(options))


def work(options: argparse.Namespace) -> int:
    """Write the files, and say what they are."""
    check_outputs((), (options.out, options.films))
    ds = simulated.make(
        options.people,
        options.num_films,
        mean_ratings=options.mean_ratings,
        seed=options.seed,
    )
    names = {"user": "userID", "item": "itemID"}
    write_csv(ds.raw().rename(columns=names), options.out)
    if options.films:
        films = pd.DataFrame(
            {
                "itemID": ds.items["item_id"],
                "title": ds.items["title"],
                "year": ds.items["year"],
                **{
                    name: ds.items[name].map("|".join)
                    for name in ("genres", "directors", "countries")
                },
            }
        )
        write_csv(films, options.films)
    say(
        f"{options.out}: {len(ds.ratings):,} ratings of {ds.num_items:,} films by"
        f" {ds.num_users:,} simulated people (seed {options.seed}). Nobody of them"
        " exists. The films are Wikidata's (CC0)."
    )
    return 0
