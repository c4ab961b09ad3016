"""Nearest neighbours: items that the same people took, people who took the same
items.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.baselines.base import Baseline, _FromHistory
from rec_tutor.evaluation.progress import steps
from rec_tutor.evaluation.ranking import largest
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories as user_histories

PRODUCTS = 2**20  # that are computed at once, about


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


def neighbours(
    matrix: sparse.csr_matrix, k: int, shrink: float = 0.0
) -> sparse.csr_matrix:
    """What `keep_largest(cosine_similarity(matrix, shrink), k)` returns, transposed and
    sparse: row i holds the k columns most like column i, (n, n).

    It is made block by block of rows, and only products that are not 0 are computed:
    no n x n matrix is ever there.
    """
    transposed, n = matrix.T.tocsr(), matrix.shape[1]
    norms = lengths(transposed)
    # so many products has a row at most
    most = np.minimum((transposed != 0) @ np.diff(matrix.indptr), n)
    block = np.cumsum(most) // PRODUCTS
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(block)) + 1, [n]])
    parts = []
    for start, stop in steps(list(pairwise(cuts)), "neighbours"):
        own = np.arange(start, stop)
        products = sparse.csr_matrix(transposed[own] @ matrix)
        parts.append(nearest(products, norms[own], norms, k, shrink, own))
    return sparse.csr_matrix(sparse.vstack(parts, format="csr"))


def nearest(
    products: sparse.csr_matrix,
    norms: np.ndarray,
    others: np.ndarray,
    k: int,
    shrink: float,
    itself: np.ndarray | None = None,
) -> sparse.csr_matrix:
    """From products x_i.y_j, i in rows, to cosines x_i.y_j / (|x_i| |y_j| + shrink), of
    which each row keeps the k largest, ties by the lower column.

    Args:
        norms: |x_i|, one for each row.
        others: |y_j|, one for each column.
        itself: the column in which the row's own product stands; it is left out.
    """
    sizes = np.diff(products.indptr)
    cosines = np.repeat(norms, sizes)
    cosines *= others[products.indices]
    cosines += shrink
    np.divide(products.data, cosines, out=cosines)
    if itself is not None:
        cosines[products.indices == np.repeat(itself, sizes)] = 0.0
    keep = cosines > 0
    for row in np.flatnonzero(sizes > k):
        cells = slice(products.indptr[row], products.indptr[row + 1])
        keep[cells] &= best(cosines[cells], products.indices[cells], k)
    places = np.flatnonzero(keep)
    ends = np.searchsorted(places, products.indptr)  # so many stand before each row
    kept = (cosines[places], products.indices[places], ends)
    found = sparse.csr_matrix(kept, shape=products.shape)
    found.sort_indices()
    return found


def best(values: np.ndarray, columns: np.ndarray, k: int) -> np.ndarray:
    """Which of more than k values are the k largest, ties by the lower column: bool."""
    least = np.partition(values, -k)[-k]
    chosen = values > least
    ties = np.flatnonzero(values == least)
    first = np.argsort(columns[ties])[: k - np.count_nonzero(chosen)]
    chosen[ties[first]] = True
    return chosen


def lengths(rows: sparse.csr_matrix) -> np.ndarray:
    """The Euclidean length of each row, (n,)."""
    squares = rows.multiply(rows).sum(axis=1, dtype=np.float64)
    return np.sqrt(np.asarray(squares)).ravel()


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
        # column i holds the neighbours of i; what is not stored is 0
        self.similarity = neighbours(self.matrix, self.k, self.shrink).T.tocsr()
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return (rows @ self.similarity).toarray()


class UserKNN(Baseline):
    """User-based collaborative filtering (Resnick et al. 1994,
    doi:10.1145/192844.192905), for implicit data.

    score(u, i) = sum of cos(u, v) over those of the `k` users v most similar to u who
    rated i.
    """

    def __init__(
        self, num_users: int, num_items: int, k: int = 300, shrink: float = 20.0
    ):
        super().__init__(num_users, num_items)
        self.k, self.shrink = k, shrink

    def fit(self, ratings: pd.DataFrame) -> UserKNN:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        # row u holds the neighbours of u
        self.similarity = neighbours(self.matrix.T.tocsr(), self.k, self.shrink)
        return self

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return (self.similarity[np.asarray(users)] @ self.matrix).toarray()

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        products = sparse.csr_matrix(rows @ self.matrix.T)  # (n, num_users)
        norms = lengths(sparse.csr_matrix(rows)), lengths(self.matrix)
        near = nearest(products, *norms, self.k, self.shrink)
        return (near @ self.matrix).toarray()


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
        self.transition = neighbours(self.matrix, self.k, self.shrink).T.tocsr()
        return self
