"""From the files that the options name to a fitted model."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import advice, data, recipes
from rec_tutor.cli.files import described, ratings
from rec_tutor.data.table import near
from rec_tutor.data.understood import Reading
from rec_tutor.files import say
from rec_tutor.recipes.table import RECIPES


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
    need_ratings(found, options.model)
    readings, valid = [found], None
    if options.valid:
        later, kept = ratings(options.valid, options)
        need_ratings(later, options.model)
        readings.append(later)
        valid = data.encode(ds, later, unknown="mark", rows=later.in_time(kept))
        valid = only_new(only_known(valid, later, ds), later.name, ds)
        if not all("timestamp" in own.columns for own in readings):
            # without times, validation comes after training
            clock = ds.ratings["timestamp"].max() + 1 + np.arange(len(valid))
            valid = valid.assign(timestamp=clock)
    if options.items:
        ds = described(options.items, ds, options)
    settings: dict[str, Any] = {
        "framework": options.framework,
        "seed": options.seed,
        "allow_seen": options.allow_seen,
        "min_rating": options.min_rating,
    }
    chosen = by_hand(options)
    if options.tune:
        tuned = advice.tune(ds, options.model, options.tune, **settings, **chosen)
        say(tuned.sentence)
        chosen = tuned.options
    return recipes.fit(ds, options.model, valid=valid, **settings, **chosen)


def by_hand(options: argparse.Namespace) -> dict[str, Any]:
    """The model's options that the command line sets."""
    given = {n: getattr(options, n) for n in RECIPES[options.model].defaults()}
    return {name: value for name, value in given.items() if value is not None}


def need_ratings(found: Reading, model: str) -> None:
    """Refuse a file without ratings for the model that predicts them."""
    if model == "biased-mf" and "rating" not in found.columns:
        raise data.DataError(
            f"biased-mf needs a rating column in {found.name}; bpr and mf do not."
        )


def only_new(valid: pd.DataFrame, name: str, ds: data.Dataset) -> pd.DataFrame:
    """The rows of --valid that are not in training; says how many are."""
    pairs = (t["user"] * ds.num_items + t["item"] for t in (valid, ds.ratings))
    again = np.isin(*pairs)
    if again.any():
        say(
            f"{name}: {again.sum():,} of {len(valid):,} rows are in --train, too: they"
            " are left out"
        )
    if again.all():
        raise data.DataError(f"{name}: all of its rows are in --train.")
    return valid[~again]


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
