"""Evaluate any scorer by ranking the whole catalogue for every user.

A *scorer* is anything with `score(users, histories=None)` that returns one score per
user and item, shape (len(users), num_items). Baselines, the models of both frameworks
and a reader's own all go through the same functions here.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.evaluation import metrics
from rec_tutor.evaluation.progress import steps
from rec_tutor.inputs.matrix import interaction_matrix

BLOCK = 256  # users that are scored at once, at most,
CELLS = 2**22  # and scores that are held at once


class Scorer(Protocol):
    """What the evaluation needs of a model."""

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Return one score per item, shape (len(users), num_items); `histories[k]`
        belongs to `users[k]`.
        """


class FoldIn:
    """Score users that a model was not trained on, from their rows of interactions.

    `model` must have `score_new(rows)`, which returns (len(rows), num_items); `known`
    is the (num_users, num_items) matrix of what each user is known to have done.
    """

    def __init__(self, model, known: sparse.csr_matrix):
        self.model, self.known = model, known

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return self.model.score_new(self.known[users])


def top_k(
    model: Scorer,
    users: np.ndarray,
    *,
    seen: sparse.csr_matrix | None = None,
    k: int = 10,
    histories: Sequence[np.ndarray] | None = None,
    block: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Rank the catalogue and keep the best `k` items of each user.

    Args:
        users: (n,) user indices.
        seen: (num_users, num_items); its non-zeros are never recommended.
        histories: one array of items per user *index* (not per row of `users`), for
            sequence models.
        block: users scored at once; None: 256, and fewer where the catalogue is so
            large that their scores would take more than CELLS numbers. With many blocks
            a progress bar shows how far it is.

    Returns:
        items (n, k) and scores (n, k), best first. Equal scores are ordered by item
        index. Where fewer than k items are left, the item is -1 and the score -inf.

    Raises:
        ValueError: if the scores have the wrong shape or contain NaN.
    """
    users = np.asarray(users, dtype=np.int64)
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}.")
    if len(users) and (
        users.min() < 0 or (seen is not None and users.max() >= seen.shape[0])
    ):
        raise ValueError(
            f"users run from {users.min()} to {users.max()}: they must be indices of"
            " rows of seen."
        )
    items = np.full((len(users), k), -1, dtype=np.int64)
    scores = np.full((len(users), k), -np.inf)
    if block is None:
        num_items = getattr(model, "num_items", 1) if seen is None else seen.shape[1]
        block = min(BLOCK, max(1, CELLS // max(1, num_items)))
    for start in steps(range(0, len(users), block), "lists"):
        batch = users[start : start + block]
        own = None if histories is None else [histories[u] for u in batch]
        raw = np.asarray(model.score(batch, own))
        if raw.ndim != 2 or len(raw) != len(batch):
            raise ValueError(
                f"score() must return (len(users), num_items) = ({len(batch)}, …), got"
                f" {raw.shape}."
            )
        if seen is not None and raw.shape[1] != seen.shape[1]:
            raise ValueError(
                f"score() returned {raw.shape[1]} items per user, but seen has"
                f" {seen.shape[1]}."
            )
        if np.isnan(raw).any():
            bad = batch[np.isnan(raw).any(axis=1)][:3].tolist()
            raise ValueError(
                f"{type(model).__name__}.score returned NaN for user(s) {bad}: did"
                " training diverge?"
            )
        # a copy: the mask must not reach the model
        found = np.array(
            raw,
            dtype=np.float64 if raw.dtype == np.float64 else np.float32,
            order="C",
        )
        if seen is not None:
            rows, columns = seen[batch].nonzero()
            found[rows, columns] = -np.inf
        best = largest(found, min(k, found.shape[1]))
        values = np.take_along_axis(found, best, axis=1)
        items[start : start + block, : best.shape[1]] = np.where(
            values == -np.inf, -1, best
        )
        scores[start : start + block, : best.shape[1]] = values
    return items, scores


def largest(scores: np.ndarray, k: int) -> np.ndarray:
    """Column indices of the k largest values of each row, (n, k): largest first, ties
    by the lower index.

    A long row is cut into chunks. What is among its k largest stands in one of the k
    chunks with the largest maxima (of equal ones, the first): each of these chunks has
    a value that comes before all that the others have. So only they are looked at.
    """
    n, columns = scores.shape
    width = int(np.clip(2 * np.sqrt(columns / k), 32, 256)) if k else columns
    whole = columns // width  # chunks, but for a shorter last one
    if whole <= 2 * k:
        return _of_all(scores, k)
    cut = whole * width
    # (n, whole), or one more column
    maxima = scores[:, :cut].reshape(n, whole, width).max(axis=2)
    if cut < columns:
        rest = scores[:, cut:].max(axis=1, keepdims=True)
        maxima = np.hstack([maxima, rest])
    if np.isnan(maxima).any():
        return _of_all(scores, k)
    chunks = np.sort(_of_all(maxima, k), axis=1)
    # (n, k * width), ascending
    places = (chunks[:, :, None] * width + np.arange(width)).reshape(n, -1)
    candidates = np.take_along_axis(scores, np.minimum(places, columns - 1), axis=1)
    # behind the end: last among equals, so never chosen
    candidates[places >= columns] = candidates.min(initial=0)
    best = _of_all(candidates, k)
    return np.take_along_axis(places, best, axis=1)


def _of_all(scores: np.ndarray, k: int) -> np.ndarray:
    """What `largest` returns, from a look at every value."""
    if k < scores.shape[1]:
        best = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    else:
        best = np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    values = np.take_along_axis(scores, best, axis=1)
    best = np.take_along_axis(best, np.argsort(-values, axis=1, kind="stable"), axis=1)
    # argpartition chooses freely among equal values at the border: rows with such a tie
    # are sorted in full
    tied = np.flatnonzero((scores >= values.min(axis=1, keepdims=True)).sum(axis=1) > k)
    if len(tied):
        best[tied] = np.argsort(-scores[tied], axis=1, kind="stable")[:, :k]
    return best


def evaluate(
    model: Scorer,
    test: pd.DataFrame,
    *,
    seen: sparse.csr_matrix,
    k: int = 10,
    min_rating: float | None = None,
    histories: Sequence[np.ndarray] | None = None,
) -> pd.DataFrame:
    """Rank the whole catalogue for each user of `test` and measure the first `k`
    places.

    Args:
        test: ratings (`user, item, rating, timestamp`) to be found.
        seen: (num_users, num_items), the items that the model was trained on; they are
            masked. Its shape gives the catalogue.
        min_rating: if given, only test ratings at least this high are relevant.

    Returns:
        One row per test user (index `user`), columns
        `ndcg recall precision hit mrr map`; NaN for a user with nothing to find.
    """
    users = np.sort(test["user"].unique())
    items, _ = top_k(model, users, seen=seen, k=k, histories=histories)
    return measure(items, users, test, num_items=seen.shape[1], min_rating=min_rating)


def measure(
    items: np.ndarray,
    users: np.ndarray,
    test: pd.DataFrame,
    *,
    num_items: int,
    min_rating: float | None = None,
) -> pd.DataFrame:
    """Per-user metrics of ready-made lists `items` (n, k), row for row those of `users`
    (n,).
    """
    relevant = test if min_rating is None else test[test["rating"] >= min_rating]
    relevant = relevant[relevant["user"].isin(users)]
    target = interaction_matrix(
        relevant, int(users.max()) + 1 if len(users) else 1, num_items
    )[users]
    hits, num_relevant = metrics.hits(items, target)
    return pd.DataFrame(
        {
            "ndcg": metrics.ndcg(hits, num_relevant),
            "recall": metrics.recall(hits, num_relevant),
            "precision": metrics.precision(hits, num_relevant),
            "hit": metrics.hit_rate(hits, num_relevant),
            "mrr": metrics.mrr(hits, num_relevant),
            "map": metrics.average_precision(hits, num_relevant),
        },
        index=pd.Index(users, name="user"),
    )
