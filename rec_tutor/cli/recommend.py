"""Your own ratings in, recommendations out.

In: a file with the columns `userID,itemID[,rating][,timestamp]`, in nearly any form
(`rec_tutor.data.table`); `--dry-run` says what was understood. Out:
`userID,itemID,prediction`, the best `--k` items of every user, best first. `--list`
tells which models exist in which framework, and which options each has. `--save` keeps
the trained model in a folder, `--load` uses it, also for people that it has not seen
(`--users`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rec_tutor import data, recipes
from rec_tutor.cli.answers import ids_of, lists, predicted_pairs
from rec_tutor.cli.dry_run import describe
from rec_tutor.cli.files import (
    add_reading,
    described,
    peak_memory,
    ratings,
    write_csv,
)
from rec_tutor.cli.guard import guarded
from rec_tutor.cli.options import TUNING, number
from rec_tutor.data.reading import Reading
from rec_tutor.data.table import near
from rec_tutor.files import check_outputs, say
from rec_tutor.recipes.saving import check_folder
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.task import FRAMEWORKS


def options_of(name: str) -> list[str]:
    """A model's options, as in `--help`; two of them are files."""
    files = {"content": ["items"], "biased-mf": ["pairs"]}.get(name, [])
    own = list(RECIPES[name].defaults())
    return [*files, *own] if name == "content" else [*own, *files]


def parser(prog: str) -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog=prog, description="Train on your ratings, and recommend."
    )
    p.add_argument(
        "--list",
        action="store_true",
        help="list the models with their options, and leave",
    )
    p.add_argument(
        "--train",
        metavar="FILE",
        help="columns userID,itemID[,rating][,timestamp]; - reads from a pipe",
    )
    p.add_argument(
        "--dry-run",
        action="store_true",
        help="say what was understood of --train and what models would need, and leave",
    )
    p.add_argument("--model", choices=RECIPES, metavar="NAME", help=", ".join(RECIPES))
    p.add_argument(
        "--framework",
        choices=FRAMEWORKS,
        help="for the neural models (default: torch)",
    )
    p.add_argument(
        "--k",
        type=number(int, 1),
        default=10,
        help="recommendations per user (default: 10)",
    )
    p.add_argument("--seed", type=number(int, 0), help="default: 0")
    p.add_argument(
        "--out", metavar="CSV", help="where to write userID,itemID,prediction"
    )
    p.add_argument("--save", metavar="FOLDER", help="keep the trained model there")
    p.add_argument(
        "--load", metavar="FOLDER", help="a kept model, instead of --train and --model"
    )
    p.add_argument(
        "--users",
        metavar="CSV",
        help="userID,itemID[,rating][,timestamp] of people who were not in training:"
        " recommend to them",
    )
    for name, text in (("exclude", "never recommend"), ("only", "recommend only")):
        p.add_argument(
            f"--{name}", metavar="IDS", help=f"{text} these items: 1,2,3 or @file"
        )
    p.add_argument(
        "--allow-seen",
        action="store_true",
        help="also recommend what a user already has",
    )
    p.add_argument(
        "--valid",
        metavar="CSV",
        help="for early stopping; never trained on, removed from the lists",
    )
    p.add_argument(
        "--pairs",
        metavar="CSV",
        help="pairs userID,itemID whose ratings to predict (biased-mf)",
    )
    p.add_argument(
        "--ratings-out",
        metavar="CSV",
        help="where to write the predicted ratings of --pairs",
    )
    p.add_argument("--items", metavar="CSV", help="itemID,title,genres (content)")
    add_reading(p)
    p.add_argument(
        "--duplicates",
        choices=("error", "first", "last", "mean"),
        default="error",
        help="where a user and an item come together twice (default: error)",
    )
    p.add_argument(
        "--min-rating",
        type=float,
        metavar="R",
        help="do not train on rows with a lower rating: most models count each row as"
        " liked",
    )
    for name, (kind, text) in TUNING.items():
        models = ", ".join(own for own in RECIPES if name in RECIPES[own].defaults())
        p.add_argument(
            f"--{name.replace('_', '-')}", type=kind, help=f"{text} ({models})"
        )
    return p


def show_list() -> None:
    for name, recipe in RECIPES.items():
        options = " ".join(f"--{own.replace('_', '-')}" for own in options_of(name))
        print(f"{name:17} {', '.join(recipe.frameworks) or 'NumPy':18}{options}")


def main(
    arguments: Sequence[str] | None = None, prog: str = "rec-tutor recommend"
) -> int:
    """Run the command line; returns the exit status."""
    p = parser(prog)
    options = p.parse_args(arguments)
    if options.list:
        show_list()
        return 0
    check(p, options)
    return guarded(lambda: work(options))


def work(options: argparse.Namespace) -> int:
    """Check what can be checked, then do what was asked for."""
    started = time.perf_counter()
    if options.dry_run:
        found, rows = ratings(options.train, options, duplicates="keep", tell=False)
        print(describe(found, rows, options.framework))
        return 0
    inputs = (options.train, options.valid, options.pairs, options.items)
    outputs = (options.out, options.ratings_out)
    check_outputs((*inputs, options.users), outputs)
    if options.save:
        check_folder(Path(options.save))
    for given in (options.exclude, options.only):
        ids_of(given)  # a bad one is noticed before any training
    saved = run(options)
    seconds = time.perf_counter() - started
    seed = "" if options.load else f", seed {options.seed}"
    say(f"{saved.recipe}: {seconds:.1f} s{peak_memory()}{seed}")
    return 0


def check(p: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Leave with a usage error where options do not go together."""
    for name in ("train", "model", "save", "valid", "framework", "seed"):
        if options.load and getattr(options, name) is not None:
            p.error(f"--load takes a kept model as it is: without --{name}.")
    options.framework = options.framework or "torch"
    options.seed = options.seed or 0
    if options.dry_run:
        if not options.train:
            p.error("--dry-run is about --train: name a file.")
        return
    if not options.load and not (options.train and options.model):
        p.error("--train and --model are needed (or --load, --list, --dry-run).")
    if not options.out and not options.ratings_out and not options.save:
        p.error(
            "say where to write: --out recs.csv, --save folder and/or --pairs pairs.csv"
            " --ratings-out ratings.csv."
        )
    for name in ("users", "exclude", "only"):
        if getattr(options, name) is not None and not options.out:
            p.error(
                f"--{name} is about lists: say where to write them, --out recs.csv."
            )
    if bool(options.pairs) != bool(options.ratings_out):
        p.error("--pairs and --ratings-out belong together.")
    known = options_of(options.model) if options.model else ["pairs"]
    for name in (*TUNING, "items", "pairs"):
        if getattr(options, name) is not None and name not in known:
            own = " ".join(f"--{n.replace('_', '-')}" for n in known) or "none"
            model = options.model or "a kept model"
            p.error(f"{model} has no option --{name.replace('_', '-')}; it has: {own}.")


def run(options: argparse.Namespace) -> recipes.Recommender:
    """Fit or load, write what was asked for."""
    if options.load:
        saved = recipes.load(options.load)
    else:
        saved = fitted(options)
    if options.save:
        saved.save(options.save)
    if options.out:
        write_csv(lists(saved, options), options.out)
    if options.pairs:
        write_csv(predicted_pairs(saved, options), options.ratings_out)
    return saved


def fitted(options: argparse.Namespace) -> recipes.Recommender:
    """Fit the model that the options name."""
    found, rows = ratings(options.train, options)
    ds = found.dataset(rows)
    say(f"  {ds.num_users:,} users, {ds.num_items:,} items")
    if options.min_rating is not None:
        if "rating" not in found.columns:
            raise data.DataError(
                f"{options.train} has no rating column, so without --min-rating."
            )
        low = int((ds.ratings["rating"] < options.min_rating).sum())
        say(
            f"  {low:,} rows are rated below {options.min_rating:g}: they are not"
            " trained on, and not recommended again"
        )
    readings, valid = [found], None
    if options.valid:
        later, kept = ratings(options.valid, options)
        readings.append(later)
        valid = data.encode(ds, later, unknown="mark", rows=kept)
        valid = only_known(valid, later, ds)
        if not all("timestamp" in own.columns for own in readings):
            # without times, validation comes after training
            clock = ds.ratings["timestamp"].max() + 1 + np.arange(len(valid))
            valid = valid.assign(timestamp=clock)
    for file in readings if options.model == "biased-mf" else ():
        if "rating" not in file.columns:
            raise data.DataError(
                f"biased-mf needs a rating column in {file.name}; bpr and mf do not."
            )
    if options.items:
        ds = described(options.items, ds, options)
    chosen = {
        name: getattr(options, name) for name in RECIPES[options.model].defaults()
    }
    return recipes.fit(
        ds,
        options.model,
        framework=options.framework,
        seed=options.seed,
        valid=valid,
        allow_seen=options.allow_seen,
        min_rating=options.min_rating,
        **{name: value for name, value in chosen.items() if value is not None},
    )


def only_known(table: pd.DataFrame, found: Reading, ds: data.Dataset) -> pd.DataFrame:
    """The rows of --valid whose user and item were in training; says how many were not.

    Raises DataError if there is none.
    """
    known = (table["user"] >= 0) & (table["item"] >= 0)
    if known.all():
        return table
    hints = [
        near(ids[[str(own) not in lookup for own in ids]], lookup)
        for ids, lookup in (
            (found.given.user_ids, ds.user_lookup),
            (found.given.item_ids, ds.item_lookup),
        )
    ]
    text = (
        f"{(~known).sum():,} of {len(table):,} rows have a user or an item that is not"
    )
    text = f"{found.name}: {text} in --train. {''.join(hints)}"
    if not known.any():
        raise data.DataError(text)
    say(f"{text}They are left out.")
    return table[known]
