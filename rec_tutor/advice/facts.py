"""What is this data? The facts that decide which recommender is worth a try."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rec_tutor.data.schema import Dataset
from rec_tutor.inputs.order import has_time

FEW = 5  # with fewer interactions a user says little about any personal model


def without_repeats(ds: Dataset) -> Dataset:
    """The same data with one row per user and item, the earliest; rows without time
    keep their numbers 0, 1, ….
    """
    ratings = ds.ratings
    if not ratings.duplicated(["user", "item"]).any():
        return ds
    timed = has_time(ratings)
    first = (
        ratings.sort_values("timestamp", kind="stable")
        .drop_duplicates(["user", "item"])
        .sort_index()
        .reset_index(drop=True)
    )
    if not timed:
        first["timestamp"] = np.arange(len(first), dtype=np.int64)
    return Dataset(ds.name, first, ds.users, ds.items, ds.knowledge)


def describe(ds: Dataset) -> pd.DataFrame:
    """One row per fact about the data: its `value`, and why it `matters` for the choice
    of a model (empty where nothing stands out).
    """
    once = without_repeats(ds).ratings
    repeats = len(ds.ratings) - len(once)
    per_user = np.sort(once["user"].value_counts().to_numpy())
    per_item = np.sort(once["item"].value_counts().to_numpy())[::-1]
    density = len(once) / max(ds.num_users * ds.num_items, 1)
    few = float(np.mean(per_user < FEW)) if len(per_user) else 0.0
    top = max(1, round(ds.num_items / 100))
    head = float(per_item[:top].sum() / max(len(once), 1))
    rare = float(np.mean(per_item < FEW)) if len(per_item) else 0.0
    ratings, about_ratings = _ratings(once["rating"])
    time, about_time = _time(once)
    facts = [
        ("users", f"{ds.num_users:,}", ""),
        ("items", f"{ds.num_items:,}", ""),
        ("interactions", f"{len(once):,}", ""),
        (
            "repeated pairs",
            f"{repeats:,}",
            "the earliest row of a user and an item counts" if repeats else "",
        ),
        ("density", f"{density:.2%}", ""),
        ("ratings", ratings, about_ratings),
        ("time", time, about_time),
        (
            "interactions per user",
            f"median {np.median(per_user):g}, from {per_user[0]} to {per_user[-1]:,}"
            if len(per_user)
            else "none",
            "",
        ),
        (
            f"users with fewer than {FEW}",
            f"{few:.0%}",
            "for most users little but popularity can work" if few > 0.5 else "",
        ),
        (
            f"items with fewer than {FEW}",
            f"{rare:.0%}",
            "most items are too rare to learn from; what they are (titles,"
            " categories) may say more than who took them"
            if rare > 0.5
            else "",
        ),
        (
            f"share of the {top} most popular item{'s' if top > 1 else ''} (1 %)",
            f"{head:.0%}",
            "popularity is a strong rival here; look at coverage and novelty, too"
            if head > 0.2 and ds.num_items >= 100
            else "",
        ),
    ]
    return pd.DataFrame(facts, columns=["fact", "value", "matters"]).set_index("fact")


def _ratings(ratings: pd.Series) -> tuple[str, str]:
    values = np.unique(ratings)
    if len(values) == 0:
        return "none", ""
    if len(values) == 1:
        return (
            f"none (all are {values[0]:g})",
            "only who took what counts; ratings cannot be predicted",
        )
    low = float(np.mean(ratings < (values[0] + values[-1]) / 2))
    return (
        f"{len(values)} values from {values[0]:g} to {values[-1]:g}, mean"
        f" {ratings.mean():.2f}",
        f"every rating counts as an interaction here, also the {low:.0%} below the"
        " middle of the scale",
    )


def _time(ratings: pd.DataFrame) -> tuple[str, str]:
    if not has_time(ratings):
        return "none", "cut at random; models of what follows what are left out"
    first, last = int(ratings["timestamp"].min()), int(ratings["timestamp"].max())
    if not 0 <= first <= last < 2**32:  # up to the year 2106
        return (
            f"numbers from {first} to {last}",
            "not seconds since 1970; their order is used all the same",
        )
    begin, end = (f"{pd.Timestamp(t, unit='s'):%Y-%m-%d}" for t in (first, last))
    return f"{begin} to {end}", ""
