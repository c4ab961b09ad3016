"""New items: what is asked about them, and the floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.advice.measure import ENOUGH
from rec_tutor.advice.plan import (
    SHARE,
    Exam,
    Plan,
    Question,
    at_once,
    liked_only,
    matrix,
)
from rec_tutor.baselines.base import Baseline
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.evaluation import splits
from rec_tutor.inputs.sequences import histories
from rec_tutor.recipes.recommender import Among

AMONG, CATALOGUE, TOLD, WARM = "among new", "in catalogue", "told", "warm"
FLOOR = "genre-popularity"
CONTENT = ("content", "content-tower", "dropoutnet")  # know items by what they are


class GenrePopularity(Baseline):
    """How often an item was taken; of one that nobody took yet, how often its genres'
    items were: the mean over its genres g of (sum of counts in g + shrink m) / (number
    of items in g + shrink), m being the mean count of all items that were taken.

    Args:
        genres: one tuple of names per item.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        genres: Sequence[tuple[str, ...]],
        shrink: float = 3.0,
    ):
        super().__init__(num_users, num_items)
        self.genres, self.shrink = genres, shrink

    def fit(self, ratings: pd.DataFrame) -> GenrePopularity:
        counts = np.bincount(ratings["item"], minlength=self.num_items).astype(float)
        mean = counts[counts > 0].mean()
        own: dict[str, list[float]] = {}
        for genres, count in zip(self.genres, counts, strict=True):
            for genre in genres if count else ():
                own.setdefault(genre, []).append(count)
        guess = {
            genre: (sum(values) + self.shrink * mean) / (len(values) + self.shrink)
            for genre, values in own.items()
        }
        told = [
            [guess.get(g, mean) for g in genres] or [mean] for genres in self.genres
        ]
        guessed = np.array([np.mean(values) for values in told])
        self.counts = np.where(counts > 0, counts, guessed)
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return np.tile(self.counts, (rows.shape[0], 1))

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return np.tile(self.counts, (len(users), 1))


def need_items(ds: Dataset) -> None:
    """Refuse data that say nothing about the items, with a DataError."""
    lacking = [name for name in ("title", "genres") if name not in ds.items.columns]
    if lacking:
        raise DataError(
            "a new item is known only by what it is: the columns itemID,title,genres"
            f" (genres joined by |) of --items are needed. {ds.name} has no"
            f" {' and no '.join(lacking)} of its items."
        )


def plan(ds: Dataset, seed: int, liked: float | None = None) -> Plan:
    """A random fifth of the items is new; another fifth is hidden to tune on.

    Raises DataError where nothing is known about the items.
    """
    need_items(ds)
    order = np.random.default_rng(seed).permutation(ds.num_items)
    fifth = round(SHARE * ds.num_items)
    new, other = order[:fifth], order[fifth : 2 * fifth]
    usual = splits.temporal(ds.ratings, valid=0.0)
    cut = splits.new_items(ds.ratings, new, valid=0.0)
    inner = splits.temporal(usual.train, valid=0.0)
    tuned = inner.train[~inner.train["item"].isin(order[: 2 * fifth])]
    valid = liked_only(inner.test[inner.test["item"].isin(other)], liked)
    test, every = liked_only(cut.test, liked), liked_only(usual.test, liked)
    people = test["user"].nunique()
    refused = ""
    if people < ENOUGH or not len(valid):
        refused = (
            f"{people:,} of {ds.num_users:,} people have taken a new item last, and it"
            f" takes {ENOUGH} to tell models apart."
        )
    how = (
        f"New are {fifth:,} of {ds.num_items:,} items, drawn at random: nobody's"
        " interactions with them are trained on. Each one's last fifth is the test"
        f" part; asked are {people:,} of {ds.num_users:,} people, who have new items in"
        " it. What they took before is not recommended. Items that are new in truth"
        " come later and may be of another kind; these here are as old as the others."
    )
    if liked is not None:
        how += f" Only ratings of at least {liked:g} are to be found."
    return Plan(
        Exam(tuned, _questions(tuned, inner.train, valid, other, ds, (AMONG,))),
        Exam(cut.train, _questions(cut.train, usual.train, test, new, ds)),
        Exam(usual.train, at_once(usual.train, ds, **{TOLD: test, WARM: every})),
        FLOOR,
        _obstacle,
        how,
        refused,
    )


def _questions(
    known: pd.DataFrame,
    taken: pd.DataFrame,
    wanted: pd.DataFrame,
    new: np.ndarray,
    ds: Dataset,
    names: Sequence[str] = (AMONG, CATALOGUE),
) -> dict[str, Question]:
    seen, read = matrix(taken, ds), histories(known, ds.num_users)
    allowed = np.isin(np.arange(ds.num_items), new)
    found = {
        AMONG: Question(wanted, seen, read, lambda model: Among(model, allowed)),
        CATALOGUE: Question(wanted, seen, read),
    }
    return {name: found[name] for name in names}


def _obstacle(name: str) -> str:
    if name in (FLOOR, *CONTENT):
        return ""
    return "it knows items by who took them, and nobody took these"
