"""The course's scoreboard: many models, one protocol, one table."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from rec_tutor.evaluation import metrics
from rec_tutor.evaluation.ranking import Scorer, measure, top_k
from rec_tutor.evaluation.splits import Split
from rec_tutor.evaluation.statistics import compare, summarise
from rec_tutor.inputs.matrix import interaction_matrix


def likes_from(split: Split) -> float:
    """The rating three quarters up the scale of all ratings of a split; nan without
    any.
    """
    parts = (split.train, split.valid, split.test, split.fold_in)
    ratings = pd.concat([part["rating"] for part in parts if part is not None])
    low, high = float(ratings.min()), float(ratings.max())
    return low + 0.75 * (high - low)


class Scoreboard:
    """The course's scoreboard: add models, read one table.

    Every model is fitted on `split.refit` (train + validation, hyper-parameters having
    been chosen on validation), everything in it is masked, and the whole catalogue is
    ranked for each test user.

    Args:
        split: see `splits`; its test part is what is to be found.
        num_users: rows of the catalogue's matrix.
        num_items: its columns.
        k: length of the lists.
        liked: the lowest rating that counts as liked, in the column "NDCG, liked".
            None: three quarters up the scale of the split's ratings (all of its parts),
            4 on a scale from 1 to 5; where all ratings are equal, as with clicks, every
            row counts.

    `runs[name]` holds the results of `evaluate` and `seconds[name]` the CPU seconds of
    fitting, one per seed.
    """

    def __init__(
        self,
        split: Split,
        num_users: int,
        num_items: int,
        *,
        k: int = 10,
        liked: float | None = None,
    ):
        self.split, self.k = split, k
        self.liked = likes_from(split) if liked is None else liked
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
        """Fit `make(seed)` for every seed, evaluate and remember the results; returns
        the fitted models.
        """
        if not len(seeds):
            raise ValueError("seeds is empty: give at least one.")
        test, num_items = self.split.test, self.seen.shape[1]
        users = np.sort(test["user"].unique())
        models, runs, liked, extras, seconds = [], [], [], [], []
        for seed in seeds:
            started = time.process_time()
            model = make(seed)
            seconds.append(time.process_time() - started)
            items, _ = top_k(
                model, users, seen=self.seen, k=self.k, histories=histories
            )
            found = partial(measure, items, users, test, num_items=num_items)
            runs.append(found())
            liked.append(found(min_rating=self.liked))
            novelty = float(np.nanmean(metrics.novelty(items, self.popularity)))
            extras.append(
                {"coverage": metrics.coverage(items, num_items), "novelty": novelty}
            )
            models.append(model)
        self.runs[name], self.runs_liked[name], self.extras[name] = runs, liked, extras
        self.seconds[name] = seconds
        return models

    def table(self) -> pd.DataFrame:
        """One row per model, best NDCG first: means over users and seeds, with the 95 %
        interval of NDCG over users (`summarise`).

        "NDCG, liked" counts only test ratings of at least `liked` as relevant.
        Coverage and novelty are beyond accuracy.
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
        return (
            pd.DataFrame(rows)
            .set_index("model")
            .sort_values(f"NDCG@{self.k}", ascending=False)
        )

    def compare(self, baseline: str, *, metric: str = "ndcg") -> pd.DataFrame:
        """Every model against `baseline`, see `compare`."""
        return compare(dict(self.runs), baseline, metric=metric)
