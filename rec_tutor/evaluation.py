"""Evaluate any scorer by ranking the whole catalogue for every user.

A *scorer* is anything with `score(users, histories=None)` that returns one score per user and item, shape
(len(users), num_items). Baselines, the models of both frameworks and a reader's own all go through the same
functions here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor import metrics
from rec_tutor.sampling import interaction_matrix
from rec_tutor.splits import Split

BLOCK = 500  # bootstrap resamples drawn at once


class Scorer(Protocol):
    """What the evaluation needs of a model."""

    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """Return one score per item, shape (len(users), num_items); `histories[k]` belongs to `users[k]`."""


class FoldIn:
    """Score users that a model was not trained on, from their rows of interactions.

    `model` must have `score_new(rows)`, which returns (len(rows), num_items); `known` is the (num_users,
    num_items) matrix of what each user is known to have done.
    """

    def __init__(self, model, known: sparse.csr_matrix):
        self.model, self.known = model, known

    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        return self.model.score_new(self.known[users])


def top_k(
    model: Scorer,
    users: np.ndarray,
    *,
    seen: sparse.csr_matrix | None = None,
    k: int = 10,
    histories: Sequence[np.ndarray] | None = None,
    block: int = 256,
) -> tuple[np.ndarray, np.ndarray]:
    """Rank the catalogue and keep the best `k` items of each user.

    Args:
        users: (n,) user indices.
        seen: (num_users, num_items); its non-zeros are never recommended.
        histories: one array of items per user *index* (not per row of `users`), for sequence models.
        block: users scored at once; bounds the memory to `block * num_items` scores.

    Returns:
        items (n, k) and scores (n, k), best first. Equal scores are ordered by item index. Where fewer than k
        items are left, the item is -1 and the score -inf.

    Raises:
        ValueError: if the scores have the wrong shape or contain NaN.
    """
    users = np.asarray(users, dtype=np.int64)
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}.")
    if len(users) and (users.min() < 0 or (seen is not None and users.max() >= seen.shape[0])):
        raise ValueError(f"users run from {users.min()} to {users.max()}: they must be indices of rows of seen.")
    items = np.full((len(users), k), -1, dtype=np.int64)
    scores = np.full((len(users), k), -np.inf)
    for start in range(0, len(users), block):
        batch = users[start : start + block]
        own = None if histories is None else [histories[u] for u in batch]
        raw = np.asarray(model.score(batch, own))
        if raw.ndim != 2 or len(raw) != len(batch):
            raise ValueError(f"score() must return (len(users), num_items) = ({len(batch)}, …), got {raw.shape}.")
        if seen is not None and raw.shape[1] != seen.shape[1]:
            raise ValueError(f"score() returned {raw.shape[1]} items per user, but seen has {seen.shape[1]}.")
        if np.isnan(raw).any():
            bad = batch[np.isnan(raw).any(axis=1)][:3].tolist()
            raise ValueError(f"{type(model).__name__}.score returned NaN for user(s) {bad}: did training diverge?")
        # a copy: the mask must not reach the model
        found = np.array(raw, dtype=np.float64 if raw.dtype == np.float64 else np.float32)
        if seen is not None:
            rows, columns = seen[batch].nonzero()
            found[rows, columns] = -np.inf
        best = largest(found, min(k, found.shape[1]))
        values = np.take_along_axis(found, best, axis=1)
        items[start : start + block, : best.shape[1]] = np.where(values == -np.inf, -1, best)
        scores[start : start + block, : best.shape[1]] = values
    return items, scores


def largest(scores: np.ndarray, k: int) -> np.ndarray:
    """Column indices of the k largest values of each row, (n, k): largest first, ties by the lower index."""
    if k < scores.shape[1]:
        best = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    else:
        best = np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    values = np.take_along_axis(scores, best, axis=1)
    best = np.take_along_axis(best, np.argsort(-values, axis=1, kind="stable"), axis=1)
    # argpartition chooses freely among equal values at the border: rows with such a tie are sorted in full
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
    """Rank the whole catalogue for each user of `test` and measure the first `k` places.

    Args:
        test: ratings (`user, item, rating, timestamp`) to be found.
        seen: (num_users, num_items), the items that the model was trained on; they are masked. Its shape
            gives the catalogue.
        min_rating: if given, only test ratings at least this high are relevant.

    Returns:
        One row per test user (index `user`), columns `ndcg recall precision hit mrr map`; NaN for a
        user with nothing to find.
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
    """Per-user metrics of ready-made lists `items` (n, k), row for row those of `users` (n,)."""
    relevant = test if min_rating is None else test[test["rating"] >= min_rating]
    relevant = relevant[relevant["user"].isin(users)]
    target = interaction_matrix(relevant, int(users.max()) + 1 if len(users) else 1, num_items)[users]
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


def summarise(runs: pd.DataFrame | Sequence[pd.DataFrame], *, resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Mean of every metric with a 95 % bootstrap interval over users and, with several runs, over seeds.

    Args:
        runs: the result of `evaluate`, or one such frame per training seed (same users).

    Returns:
        One row per metric, columns `mean, low, high`. Users with NaN (nothing to find) are left out.
    """
    values, _ = _stack(runs)  # (seeds, users, metrics)
    values = values[:, ~np.isnan(values).any(axis=(0, 2))]
    columns = (runs if isinstance(runs, pd.DataFrame) else runs[0]).columns
    if not values.shape[1]:
        return pd.DataFrame(np.nan, index=columns, columns=["mean", "low", "high"])
    rng = np.random.default_rng(seed)
    means = np.concatenate(
        [
            np.einsum("bs,sbm->bm", _redraw(rng, size, len(values)), _redraw(rng, size, values.shape[1]) @ values)
            for size in _blocks(resamples)
        ]
    )  # (resamples, metrics)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return pd.DataFrame({"mean": values.mean(axis=(0, 1)), "low": low, "high": high}, index=columns)


def _stack(runs: pd.DataFrame | Sequence[pd.DataFrame]) -> tuple[np.ndarray, pd.Index]:
    """One frame or one per seed -> values (seeds, users, metrics) and the users, which must be the same."""
    frames = [runs] if isinstance(runs, pd.DataFrame) else list(runs)
    if not frames:
        raise ValueError("there are no runs: evaluate at least one model.")
    if not all(frame.index.equals(frames[0].index) for frame in frames):
        raise ValueError("the runs have different users: evaluate every seed on the same ones.")
    return np.stack([frame.to_numpy(dtype=np.float64) for frame in frames]), frames[0].index


def _redraw(rng: np.random.Generator, resamples: int, n: int) -> np.ndarray:
    """Weights (resamples, n) of the mean of n things drawn anew with replacement."""
    return rng.multinomial(n, np.full(n, 1 / n), size=resamples) / n


def _blocks(resamples: int) -> list[int]:
    """The number of resamples, in parts that fit into memory."""
    return [min(BLOCK, resamples - start) for start in range(0, resamples, BLOCK)]


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's step-down adjustment (1979): the i-th smallest of m p-values times m - i + 1, kept monotone."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted


def compare(
    results: dict[str, pd.DataFrame | Sequence[pd.DataFrame]],
    baseline: str,
    *,
    metric: str = "ndcg",
    resamples: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Each model against `baseline` on the same users: mean difference, 95 % interval, p, Holm-adjusted p.

    The interval is a paired bootstrap over users (and seeds). p comes from a two-sided sign-flip test over
    users, whose null hypothesis says that swapping the two models changes nothing; models with several seeds
    are averaged over them per user before the test.
    """
    if baseline not in results:
        raise KeyError(f"baseline {baseline!r} is not among the results: {', '.join(results)}.")
    rng = np.random.default_rng(seed)
    reference, users = _stack(_only(results[baseline], metric))
    rows = []
    for name in results:
        if name == baseline:
            continue
        values, own = _stack(_only(results[name], metric))
        if not own.equals(users):
            raise ValueError(f"{name!r} and {baseline!r} have different users: a paired comparison needs the same.")
        both = np.concatenate([values, reference])[:, :, 0]  # (seeds of both, users)
        a, b = np.split(both[:, ~np.isnan(both).any(axis=0)], [len(values)])
        mean = a.mean(axis=0) - b.mean(axis=0)  # (users,)
        gaps, extreme = [], 0
        for size in _blocks(resamples):
            drawn = _redraw(rng, size, len(mean)).T  # (users, size): the same users for both models
            gap = np.einsum("bs,sb->b", _redraw(rng, size, len(a)), a @ drawn)
            gaps.append(gap - np.einsum("bs,sb->b", _redraw(rng, size, len(b)), b @ drawn))
            signs = rng.integers(0, 2, size=(size, len(mean)), dtype=np.int8) * np.int8(2) - np.int8(1)
            extreme += int((np.abs(signs @ mean) >= abs(mean.sum()) - 1e-12).sum())
        low, high = np.quantile(np.concatenate(gaps), [0.025, 0.975])
        rows.append((name, mean.mean(), low, high, (extreme + 1) / (resamples + 1)))
    table = pd.DataFrame(rows, columns=["model", "difference", "low", "high", "p"]).set_index("model")
    table["p_holm"] = holm(table["p"].to_numpy())
    return table


def _only(runs: pd.DataFrame | Sequence[pd.DataFrame], metric: str) -> list[pd.DataFrame]:
    return [frame[[metric]] for frame in ([runs] if isinstance(runs, pd.DataFrame) else runs)]


class Scoreboard:
    """The course's scoreboard: add models, read one table.

    Every model is fitted on `split.refit` (train + validation, hyper-parameters having been chosen on
    validation), everything in it is masked, and the whole catalogue is ranked for each test user.

    `runs[name]` holds the results of `evaluate` and `seconds[name]` the CPU seconds of fitting, one per seed.
    """

    def __init__(self, split: Split, num_users: int, num_items: int, *, k: int = 10):
        self.split, self.k = split, k
        self.seen = interaction_matrix(split.refit, num_users, num_items)
        self.popularity = np.asarray(self.seen.sum(axis=0)).ravel() / num_users
        self.runs: dict[str, list[pd.DataFrame]] = {}
        self.runs_liked: dict[str, list[pd.DataFrame]] = {}
        self.extras: dict[str, list[dict[str, float]]] = {}
        self.seconds: dict[str, list[float]] = {}

    def add(
        self,
        name: str,
        make: Callable[[int], Scorer],
        *,
        seeds: Sequence[int] = (0,),
        histories: Sequence[np.ndarray] | None = None,
    ) -> list[Scorer]:
        """Fit `make(seed)` for every seed, evaluate and remember the results; returns the fitted models."""
        if not len(seeds):
            raise ValueError("seeds is empty: give at least one.")
        users = np.sort(self.split.test["user"].unique())
        num_items = self.seen.shape[1]
        models, runs, liked, extras, seconds = [], [], [], [], []
        for seed in seeds:
            started = time.process_time()
            model = make(seed)
            seconds.append(time.process_time() - started)
            items, _ = top_k(model, users, seen=self.seen, k=self.k, histories=histories)
            runs.append(measure(items, users, self.split.test, num_items=num_items))
            liked.append(measure(items, users, self.split.test, num_items=num_items, min_rating=4))
            novelty = float(np.nanmean(metrics.novelty(items, self.popularity)))
            extras.append({"coverage": metrics.coverage(items, num_items), "novelty": novelty})
            models.append(model)
        self.runs[name], self.runs_liked[name], self.extras[name] = runs, liked, extras
        self.seconds[name] = seconds
        return models

    def table(self) -> pd.DataFrame:
        """One row per model, best NDCG first: means over users and seeds, with the 95 % interval of NDCG.

        "NDCG, liked" counts only test ratings of at least 4 as relevant. Coverage and novelty are beyond accuracy.
        """
        rows = []
        for name, runs in self.runs.items():
            summary = summarise(runs)
            rows.append(
                {
                    "model": name,
                    f"NDCG@{self.k}": summary.loc["ndcg", "mean"],
                    "low": summary.loc["ndcg", "low"],
                    "high": summary.loc["ndcg", "high"],
                    "recall": summary.loc["recall", "mean"],
                    "hit rate": summary.loc["hit", "mean"],
                    "MRR": summary.loc["mrr", "mean"],
                    "NDCG, liked": summarise(self.runs_liked[name]).loc["ndcg", "mean"],
                    **pd.DataFrame(self.extras[name]).mean().to_dict(),
                    "seeds": len(runs),
                }
            )
        if not rows:
            raise ValueError("the scoreboard is empty: add() a model first.")
        return pd.DataFrame(rows).set_index("model").sort_values(f"NDCG@{self.k}", ascending=False)

    def compare(self, baseline: str, *, metric: str = "ndcg") -> pd.DataFrame:
        """Every model against `baseline`, see `compare`."""
        return compare(dict(self.runs), baseline, metric=metric)
