"""Boards for models that are trained on the way: walk forward by arrival, and learning
curves.

A model comes as a function `fit(ds, seed)` that trains on `ds.ratings` and returns a
scorer. People whom it was not trained on are served as `new` says:

- "rows": the model has `score_new(rows)`, as EASE and the neighbours do;
- "history": its scores come from the history alone, as those of rules and sequence
  models do;
- "vector": the person's vector is solved for, with the items held fixed
  (`foldin.softmax_vector`), as `SoftmaxMF` and `LightGCN` allow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor import foldin
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import splits
from rec_tutor.evaluation.ranking import FoldIn, Scorer, evaluate
from rec_tutor.inputs import sequences
from rec_tutor.inputs.matrix import interaction_matrix

Fit = Callable[[Dataset, int], Any]


class Vectors:
    """Score people by vectors that are solved for from what they have.

    Args:
        model: has `item_factors` or `embeddings()`, and a `temperature`.
        known: (num_users, num_items), what each has.
    """

    def __init__(self, model: Any, known: sparse.csr_matrix):
        self.temperature, self.known = model.temperature, known
        if hasattr(model, "embeddings"):
            items = model.embeddings()["items"]
        else:
            items = foldin.array(model.item_factors)
        self.items = foldin.unit(np.asarray(items, dtype=np.float64))

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """(len(users), num_items); who has nothing gets zeros."""
        scores = np.zeros((len(users), len(self.items)))
        for row, user in enumerate(users):
            taken = self.known[user].indices
            if len(taken):
                own = foldin.softmax_vector(self.items, taken, self.temperature)
                scores[row] = self.items @ own
        return scores


def ask(
    model: Scorer, ds: Dataset, known: pd.DataFrame, test: pd.DataFrame, **options: Any
) -> pd.DataFrame:
    """`evaluate` with the matrix and the histories of what is known."""
    return evaluate(
        model,
        test,
        seen=interaction_matrix(known, ds.num_users, ds.num_items),
        histories=sequences.histories(known, ds.num_users),
        **options,
    )


def serve(model: Any, new: str, ds: Dataset, known: pd.DataFrame) -> Scorer:
    """The model as it scores people of `ds` whom it was not trained on.

    Raises:
        ValueError: `new` is none of the three ways.
    """
    if new == "history":
        return model
    rows = interaction_matrix(known, ds.num_users, ds.num_items)
    if new == "vector":
        return Vectors(model, rows)
    if new == "rows":
        return FoldIn(model, rows)
    raise ValueError(f'new is "rows", "history" or "vector"; it is {new!r}.')


def walk(
    fit: Fit, ds: Dataset, new: str, *, seed: int = 0, blocks: int = 5
) -> pd.DataFrame:
    """Metrics of everybody but the first block's people, each asked of a model that was
    trained on what had happened before their block began; see `splits.walk_forward`.
    """
    frames = []
    for block in splits.walk_forward(ds.ratings, blocks):
        assert block.fold_in is not None
        model = fit(replace(ds, ratings=block.train), seed)
        model = serve(model, new, ds, block.fold_in)
        frames.append(ask(model, ds, block.fold_in, block.test))
    return pd.concat(frames)


def some_users(ds: Dataset, users: np.ndarray) -> Dataset:
    """Only these users, with new indices in this order; all items stay."""
    index = np.full(ds.num_users, -1)
    index[users] = np.arange(len(users))
    own = ds.ratings.assign(user=index[ds.ratings["user"].to_numpy()])
    return replace(
        ds,
        ratings=own[own["user"] >= 0].reset_index(drop=True),
        users=ds.users.iloc[users].reset_index(drop=True),
    )


def grown(
    ds: Dataset, share: float, *, testers: int, seed: int = 0
) -> tuple[Dataset, Dataset]:
    """For a learning curve: a share of the people to train on, and `testers` others to
    ask, the same for every share; a larger share holds the smaller ones.

    Raises:
        ValueError: a share that is not above 0 and at most 1, or leaves nobody.
    """
    people = np.random.default_rng(seed).permutation(ds.num_users)
    others = people[testers:]
    number = round(share * len(others)) if 0 < share <= 1 and testers > 0 else 0
    if not number:
        raise ValueError(
            f"share is above 0 and at most 1, and leaves somebody to train on; it is"
            f" {share} of {len(others)} users besides {testers} testers."
        )
    return some_users(ds, others[:number]), some_users(ds, people[:testers])
