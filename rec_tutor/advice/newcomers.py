"""New people: what is asked about them, after how many answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import softmax

from rec_tutor import foldin
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
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import splits
from rec_tutor.evaluation.splits import Split

MOST = 1_000  # new people who are asked: some models solve for each of them
ALL, TRAINED = "all answers", "trained"
# their tables of people cannot be made longer by one
KNOW_ONLY_THEIR_PEOPLE = ("ncf", "ngcf", "caser")


class Newcomers:
    """A model as it scores people whom it was not trained on, from their answers.

    Args:
        answers: ratings, at least one of everybody who will be asked.
    """

    def __init__(self, model: Any, num_items: int, answers: pd.DataFrame):
        self.members = getattr(model, "models", [model])
        self.num_items = num_items
        ordered = answers.sort_values("timestamp", kind="stable")
        self.given = dict(list(ordered.groupby("user")))

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """(len(users), num_items)"""
        return np.stack([self._one(self.given[user]) for user in users])

    def _one(self, own: pd.DataFrame) -> np.ndarray:
        items, stars = own["item"].to_numpy(), own["rating"].to_numpy()
        rows = [foldin.scores(m, self.num_items, items, stars) for m in self.members]
        return rows[0] if len(rows) == 1 else np.mean([softmax(r) for r in rows], 0)


def said(n: int) -> str:
    """The name of the question: `1 answer`."""
    return f"{n} answer{'' if n == 1 else 's'}"


def plan(
    ds: Dataset, seed: int, answers: Sequence[int], liked: float | None = None
) -> Plan:
    """A random fifth of the people is new, and a fifth of the others to tune on.

    The same people are asked after 1, 2, … answers, so those are left out who have
    fewer to give than the longest question takes; a question that half of the new
    people could not answer is left out.
    """
    split = splits.new_users(ds.ratings, SHARE, seed=seed)
    inner = splits.new_users(split.train, SHARE, seed=seed)
    assert split.fold_in is not None and inner.fold_in is not None
    sizes = split.fold_in["user"].value_counts()
    asked = [n for n in sorted(set(answers)) if n and (sizes >= n).mean() >= 0.5]
    least, rng = max(asked, default=1), np.random.default_rng(seed)
    cold, tune = (_of_some(own, least, rng, liked) for own in (split, inner))
    able = cold.test["user"].nunique()
    known = pd.concat([split.train, split.fold_in]).sort_index()
    refused = ""
    if able < ENOUGH or not len(tune.test):
        refused = (
            f"{able:,} of {len(sizes):,} new people have at least {said(least)} to give"
            f" and something to find, and it takes {ENOUGH} to tell models apart."
        )
    how = (
        f"New are {len(sizes):,} of {ds.num_users:,} people, drawn at random; asked are"
        f" {able:,} of them, who have at least {said(least)} to give. Models train on"
        " the others. A new person's last fifth is to be found, the answers are what"
        " came first. What somebody did before that last fifth is never recommended,"
        " however many answers are told: all numbers are about the same candidates. The"
        " first answers lie furthest from what is to be found; answers to well chosen"
        " questions may say more."
    )
    if liked is not None:
        how += f" Only ratings of at least {liked:g} are to be found."
    return Plan(
        _exam(inner.train, tune, asked, ds),
        _exam(split.train, cold, asked, ds),
        Exam(known, at_once(known, ds, **{TRAINED: cold.test})),
        "popularity",
        _obstacle,
        how,
        refused,
    )


def _of_some(
    split: Split, least: int, rng: np.random.Generator, liked: float | None
) -> Split:
    """Only the new people who have enough answers and something to find, at most
    MOST.
    """
    assert split.fold_in is not None
    test, counts = liked_only(split.test, liked), split.fold_in["user"].value_counts()
    able = np.intersect1d(counts.index[counts >= least], test["user"])
    if len(able) > MOST:
        able = rng.choice(able, MOST, replace=False)
    first = split.fold_in[split.fold_in["user"].isin(able)]
    return Split(split.train, None, test[test["user"].isin(able)], first)


def _exam(train: pd.DataFrame, cut: Split, asked: Sequence[int], ds: Dataset) -> Exam:
    assert cut.fold_in is not None
    seen = matrix(cut.fold_in, ds)
    parts = {said(n): splits.answers(cut.fold_in, n) for n in asked}
    parts[ALL] = cut.fold_in

    def question(part: pd.DataFrame) -> Question:
        return Question(
            cut.test, seen, None, lambda model: Newcomers(model, ds.num_items, part)
        )

    return Exam(train, {name: question(part) for name, part in parts.items()})


def _obstacle(name: str) -> str:
    if name in KNOW_ONLY_THEIR_PEOPLE:
        return "it knows the people that it was trained on, and no others"
    return ""
