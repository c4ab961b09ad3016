"""Nearest neighbours: items that the same people took, people who took the same
items.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.baselines.base import Baseline, _FromHistory
from rec_tutor.evaluation.ranking import largest
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories as user_histories


def cosine_similarity(matrix: sparse.csr_matrix, shrink: float = 0.0) -> np.ndarray:
    """Cosine between columns of `matrix`: x_i.x_j / (|x_i| |x_j| + shrink), (n, n) with
    a zero diagonal.

    `shrink` pulls similarities that rest on few common users towards 0.
    """
    products = (matrix.T @ matrix).toarray().astype(np.float64)
    norms = np.sqrt(products.diagonal())
    bottom = np.outer(norms, norms) + shrink
    similarity = np.divide(
        products, bottom, out=np.zeros_like(products), where=bottom > 0
    )
    np.fill_diagonal(similarity, 0.0)
    return similarity


def keep_largest(matrix: np.ndarray, k: int) -> np.ndarray:
    """Keep the k largest entries of each column, ties by the lower row, and set the
    others to 0.
    """
    if k >= len(matrix):
        return matrix
    kept = np.zeros_like(matrix)
    best = largest(matrix.T, k).T  # (k, n)
    np.put_along_axis(kept, best, np.take_along_axis(matrix, best, axis=0), axis=0)
    return kept


class ItemKNN(Baseline):
    """Item-based collaborative filtering (idea: Sarwar et al. 2001,
    doi:10.1145/371920.372071; for top-N lists: Deshpande and Karypis 2004,
    doi:10.1145/963770.963776).

    Two items are alike if the same users rated both (cosine of their columns). score(u,
    i) = sum of sim(j, i) over the items j of u that are among the `k` nearest
    neighbours of i.
    """

    def __init__(
        self, num_users: int, num_items: int, k: int = 300, shrink: float = 0.0
    ):
        super().__init__(num_users, num_items)
        self.k, self.shrink = k, shrink

    def fit(self, ratings: pd.DataFrame) -> ItemKNN:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.similarity = keep_largest(
            cosine_similarity(self.matrix, self.shrink), self.k
        )
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return rows @ self.similarity


class UserKNN(Baseline):
    """User-based collaborative filtering (Resnick et al. 1994,
    doi:10.1145/192844.192905), for implicit data.

    score(u, i) = sum of cos(u, v) over those of the `k` users v most similar to u who
    rated i.
    """

    def __init__(
        self, num_users: int, num_items: int, k: int = 100, shrink: float = 20.0
    ):
        super().__init__(num_users, num_items)
        self.k, self.shrink = k, shrink

    def fit(self, ratings: pd.DataFrame) -> UserKNN:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.similarity = keep_largest(
            cosine_similarity(self.matrix.T.tocsr(), self.shrink), self.k
        )
        return self

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return (self.matrix.T @ self.similarity[:, np.asarray(users)]).T

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        norms = np.sqrt(np.asarray(self.matrix.sum(axis=1)).ravel())  # (num_users,)
        own = np.sqrt(np.asarray(rows.sum(axis=1)).ravel())  # (n,)
        bottom = np.outer(norms, own) + self.shrink
        products = (self.matrix @ rows.T).toarray().astype(np.float64)  # (num_users, n)
        similarity = np.divide(
            products, bottom, out=np.zeros_like(products), where=bottom > 0
        )
        return (self.matrix.T @ keep_largest(similarity, self.k)).T


class RecencyKNN(_FromHistory):
    """Item-kNN for sequences: the last `window` items vote, weighing decay^0, decay^1,
    … back in time.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        k: int = 300,
        shrink: float = 10.0,
        window: int = 50,
        decay: float = 0.6,
    ):
        super().__init__(num_users, num_items)
        self.k, self.shrink, self.window, self.decay = k, shrink, window, decay

    def fit(self, ratings: pd.DataFrame) -> RecencyKNN:
        self.histories = user_histories(ratings, self.num_users)
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.transition = keep_largest(
            cosine_similarity(self.matrix, self.shrink), self.k
        )
        return self
