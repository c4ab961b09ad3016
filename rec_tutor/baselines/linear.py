"""A linear model of items, in closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.linalg import lapack

from rec_tutor.baselines.base import Baseline
from rec_tutor.baselines.neighbours import PRODUCTS
from rec_tutor.inputs.matrix import interaction_matrix, recency_weights

OFF = 1e-3  # as far, relative to its largest number, may a solution be off


def products(matrix: sparse.csr_matrix) -> np.ndarray:
    """X'X, dense float64 (num_items, num_items), filled block by block of items."""
    transposed, num_items = matrix.T.tocsr(), matrix.shape[1]
    gram = np.empty((num_items, num_items))
    step = max(1, PRODUCTS // num_items)
    for start in range(0, num_items, step):
        stop = min(start + step, num_items)
        gram[start:stop] = (transposed[start:stop] @ matrix).toarray()
    return gram


def inverse(gram: np.ndarray) -> np.ndarray:
    """The inverse of a symmetric, positive definite matrix (n, n), by Cholesky; takes
    the place of `gram`, so that a second matrix is never needed. It is tried on one
    random vector v: inverse times (matrix times v) must be v again.

    Raises:
        ValueError: if the matrix has none, or too little of one to compute it, or if
            the trial is off by more than OFF.
    """
    trial = np.random.default_rng(0).normal(size=len(gram))  # v, float64
    product = gram @ trial
    size = max(np.abs(row).sum() for row in gram)  # its 1-norm
    # LAPACK counts by columns; the transposed matrix is the same one
    factor, wrong = lapack.dpotrf(gram.T, lower=1, clean=0, overwrite_a=1)
    if not wrong:
        condition, wrong = lapack.dpocon(factor, size, uplo="L")
    if wrong or not condition > np.finfo(float).eps:
        raise ValueError("the matrix is singular, to the precision of the computer.")
    half, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    whole = half.T  # what LAPACK left out is the mirror image
    step = max(1, PRODUCTS // len(whole))
    for start in range(0, len(whole), step):
        rows = slice(start, start + step)
        whole[rows, :start] = whole[:start, rows].T
        corner = np.triu(whole[rows, rows])
        whole[rows, rows] = corner + np.triu(corner, 1).T
    error = np.abs(whole @ product - trial).max() / np.abs(trial).max()
    if not error <= OFF:
        raise ValueError(
            f"the inverse does not solve the system: it is off by {error:.0e}."
        )
    return whole


class EASE(Baseline):
    """Embarrassingly shallow autoencoder (Steck 2019, doi:10.1145/3308558.3313710):
    linear, in closed form.

    Minimise |X - X B|^2 + l2 |B|^2 with diag(B) = 0. With G = X'X + l2 I the
    solution is B_ij = -(G^-1)_ij / (G^-1)_jj off the diagonal.

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
        weights = products(self.matrix)  # X'X: how many users share i and j
        weights[np.diag_indices_from(weights)] += self.l2
        try:
            weights = inverse(weights)
        except ValueError as error:
            raise ValueError(
                f"EASE has no solution with l2 = {self.l2:g} (--l2): {error} Choose a"
                " larger l2."
            ) from error
        weights /= -np.diag(weights)
        np.fill_diagonal(weights, 0.0)
        if not np.isfinite(weights.sum()):
            raise ValueError(f"EASE's weights are not finite with l2 = {self.l2:g}.")
        self.weights = weights
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return rows @ self.weights
