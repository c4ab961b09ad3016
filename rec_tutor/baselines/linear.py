"""A linear model of items, in closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.baselines.base import Baseline
from rec_tutor.inputs.matrix import interaction_matrix, recency_weights


class EASE(Baseline):
    """Embarrassingly shallow autoencoder (Steck 2019, doi:10.1145/3308558.3313710):
    linear, in closed form.

    Minimise |X - X B|^2 + l2 |B|^2 with diag(B) = 0. With P = (X'X + l2 I)^-1 the
    solution is B_ij = -P_ij / P_jj off the diagonal.

    `recency` > 0 weighs the entries of X by `rec_tutor.inputs.recency_weights`: late
    interactions count more.
    """

    def __init__(
        self, num_users: int, num_items: int, l2: float = 300.0, recency: float = 0.0
    ):
        super().__init__(num_users, num_items)
        self.l2, self.recency = l2, recency

    def fit(self, ratings: pd.DataFrame) -> EASE:
        self.matrix = interaction_matrix(
            ratings,
            self.num_users,
            self.num_items,
            values=recency_weights(ratings, self.recency),
        )
        # X'X: how many users share i and j
        gram = (self.matrix.T @ self.matrix).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.l2
        inverse = np.linalg.inv(gram)
        self.weights = -inverse / np.diag(inverse)
        np.fill_diagonal(self.weights, 0.0)
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return rows @ self.weights
