"""The floor, and the list that is the same for everyone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.baselines.base import Baseline
from rec_tutor.inputs.matrix import interaction_matrix


class Random(Baseline):
    """Uniform random scores: the floor. The same user gets the same scores again."""

    def __init__(self, num_users: int, num_items: int, seed: int = 0):
        super().__init__(num_users, num_items)
        self.seed = seed

    def fit(self, ratings: pd.DataFrame) -> Random:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        return self

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return np.stack(
            [
                np.random.default_rng([self.seed, int(u)]).random(self.num_items)
                for u in users
            ]
        )


class Popularity(Baseline):
    """The same list for everyone: score(i) = number of training interactions of
    item i.
    """

    def fit(self, ratings: pd.DataFrame) -> Popularity:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.counts = np.asarray(self.matrix.sum(axis=0)).ravel()
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return np.tile(self.counts, (rows.shape[0], 1))
