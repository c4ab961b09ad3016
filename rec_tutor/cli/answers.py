"""What a kept model is asked for on the command line: lists, predicted ratings."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import data, recipes
from rec_tutor.cli.files import ratings as read_ratings
from rec_tutor.data.table import near
from rec_tutor.files import say


def ids_of(text: str | None) -> list[str] | None:
    """`1,2,3`, or the lines of `@file`."""
    if text is None:
        return None
    if text.startswith("@"):
        try:
            lines = Path(text[1:]).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise data.DataError(
                f"{text[1:]} cannot be read as UTF-8 text ({error})."
            ) from error
        found = [line.strip() for line in lines if line.strip()]
    else:
        found = [own.strip() for own in text.split(",") if own.strip()]
    if not found:
        raise data.DataError(f"{text!r} names no item.")
    return found


def lists(saved: recipes.Recommender, options: argparse.Namespace) -> pd.DataFrame:
    """The table of recommendations, for the people in training or for new ones."""
    settings: dict[str, Any] = {"k": options.k, "allow_seen": options.allow_seen}
    settings |= {"exclude": ids_of(options.exclude) or (), "only": ids_of(options.only)}
    if not options.users:
        table = saved.recommend(**settings)
        tell_who_is_missing(saved.user_ids, table)
        return table
    reading, rows = read_ratings(options.users, options)
    rated = "rating" in reading.columns
    people = reading.with_ids(reading.in_time(rows))
    there = set(map(str, saved.user_ids)) & set(map(str, people["user"].unique()))
    if there:
        say(
            f"--users: {len(there):,} of these people were in training, too; here only"
            " their rows in this file count"
        )
    known = people["item"].astype(str).isin(set(map(str, saved.item_ids)))
    if not known.all():
        strange = people["item"][~known].unique()
        hint = near(strange, map(str, saved.item_ids))
        say(f"--users: {(~known).sum()} row(s) with an item that is not known. {hint}")
    found = []
    for user, own in people[known].groupby("user", sort=True):
        stars = own["rating"].to_numpy() if rated else None
        one = saved.recommend(items_liked=own["item"], ratings=stars, **settings)
        found.append(one.assign(userID=user)[["userID", "itemID", "prediction"]])
    if not found:
        raise data.DataError(f"{options.users}: nobody has an item that is known.")
    table = pd.concat(found, ignore_index=True)
    tell_who_is_missing(people["user"].unique(), table)
    return table


def tell_who_is_missing(users: np.ndarray, table: pd.DataFrame) -> None:
    """Say for how many nothing is left to recommend."""
    without = len(users) - table["userID"].nunique()
    if without:
        say(f"{without} of {len(users)} user(s) get nothing: nothing is left for them")


def predicted_pairs(
    saved: recipes.Recommender, options: argparse.Namespace
) -> pd.DataFrame:
    """Predicted ratings of pairs. One with a user or an item that was not in training
    gets mu + b_u + b_i with the missing bias 0; b is the shrunk mean deviation from the
    mean rating.
    """
    if not hasattr(saved.model, "predict"):
        raise data.DataError(f"{saved.recipe} predicts no ratings; biased-mf does.")
    reading, _ = read_ratings(options.pairs, options, duplicates="keep")
    pairs = reading.with_ids()
    # fitted on training alone; validation ratings stand behind them
    ratings = saved.trained_on
    lookups = {"user": saved.user_ids, "item": saved.item_ids}
    index = {
        name: pairs[name].astype(str).map({str(v): n for n, v in enumerate(values)})
        for name, values in lookups.items()
    }
    users, items = (index[name].fillna(-1).to_numpy(np.int64) for name in lookups)
    scale = float(ratings["rating"].min()), float(ratings["rating"].max())
    mean = ratings["rating"].mean()
    predicted = np.full(len(pairs), mean)
    for name, rows in (("user", users), ("item", items)):
        groups = (ratings["rating"] - mean).groupby(ratings[name])
        bias = (groups.sum() / (groups.count() + 5)).to_numpy()
        predicted += np.where(rows >= 0, bias[rows], 0.0)
    known = (users >= 0) & (items >= 0)
    if not known.all():
        say(
            f"--pairs: {(~known).sum():,} of {len(pairs):,} have a user or an item that"
            " was not in training: for them the mean, and what is known of the other"
        )
    predicted[known] = saved.model.predict(users[known], items[known], *scale)
    return pd.DataFrame(
        {
            "userID": pairs["user"],
            "itemID": pairs["item"],
            "prediction": np.clip(predicted, *scale),
        }
    )
