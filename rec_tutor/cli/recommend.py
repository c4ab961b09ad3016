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

from rec_tutor import data, recipes
from rec_tutor.advice.choice import need_space
from rec_tutor.cli.answers import ids_of, lists, predicted_pairs
from rec_tutor.cli.dry_run import describe
from rec_tutor.cli.files import (
    add_reading,
    peak_memory,
    ratings,
    write_csv,
)
from rec_tutor.cli.fitting import by_hand, fitted
from rec_tutor.cli.guard import guarded
from rec_tutor.cli.options import TUNING, number
from rec_tutor.files import check_outputs, say
from rec_tutor.recipes.saving import check_folder
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.task import FRAMEWORKS

CONTENT = ("content", "content-tower", "dropoutnet")  # know items by what they are


def options_of(name: str) -> list[str]:
    """A model's options, as in `--help`; two of them are files."""
    own = list(RECIPES[name].defaults())
    if name == "biased-mf":
        return [*own, "pairs"]
    return ["items", *own] if name in CONTENT else own


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
        "--tune",
        type=number(int, 2),
        metavar="N",
        help="try N settings of the model on a part of --train, the defaults first, and"
        " take the best; options set by hand stay",
    )
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
    p.add_argument(
        "--items",
        metavar="CSV",
        help=f"itemID,title,genres ({', '.join(CONTENT)})",
    )
    add_reading(p)
    p.add_argument(
        "--duplicates",
        choices=("error", "first", "last", "mean"),
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


def show_list() -> int:
    """Print all models with their options."""
    for name, recipe in RECIPES.items():
        options = " ".join(f"--{own.replace('_', '-')}" for own in options_of(name))
        print(f"{name:17} {', '.join(recipe.frameworks) or 'NumPy':18}{options}")
    return 0


def main(
    arguments: Sequence[str] | None = None, prog: str = "rec-tutor recommend"
) -> int:
    """Run the command line; returns the exit status."""
    p = parser(prog)
    options = p.parse_args(arguments)
    if options.list:
        return guarded(show_list)
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
    lists_of_ids = (
        text[1:] for text in (options.exclude, options.only) if text and text[0] == "@"
    )
    check_outputs((*inputs, options.users, *lists_of_ids), outputs)
    for folder in filter(None, (options.save, options.load)):
        for out in filter(None, outputs):
            if Path(folder).resolve() in (
                Path(out).resolve(),
                *Path(out).resolve().parents,
            ):
                raise data.DataError(
                    f"{folder} is for the model alone: write {out} elsewhere."
                )
    if options.save:
        check_folder(Path(options.save))
    for given in (options.exclude, options.only):
        ids_of(given)  # a bad one is noticed before any training
    if options.tune:
        need_space(options.model, by_hand(options))
    saved = run(options)
    seconds = time.perf_counter() - started
    seed = "" if options.load else f", seed {options.seed}"
    say(f"{saved.recipe}: {seconds:.1f} s{peak_memory()}{seed}")
    return 0


def check(p: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Leave with a usage error where options do not go together."""
    for name in (
        *("train", "model", "save", "valid", "framework", "seed"),
        *("min_rating", "items", "tune"),
    ):
        if options.load and getattr(options, name) is not None:
            plain = name.replace("_", "-")
            p.error(f"--load takes a kept model as it is: without --{plain}.")
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
    if options.tune and options.valid:
        p.error("--tune validates on a part of --train: without --valid.")
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
