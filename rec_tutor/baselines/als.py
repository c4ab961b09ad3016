"""Matrix factorization by alternating least squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.linalg import blas, lapack

from rec_tutor.baselines.base import Baseline
from rec_tutor.inputs.matrix import interaction_matrix


class ALS(Baseline):
    """Implicit matrix factorization by alternating least squares (Hu, Koren and
    Volinsky 2008).

    Minimise sum over *all* (u, i) of c_ui (x_ui - p_u.q_i)^2 + l2 (sum_u |p_u|^2 +
    sum_i |q_i|^2), with x_ui = 1 and c_ui = 1 + alpha where u interacted with i, else
    x_ui = 0 and c_ui = 1. With one side fixed, each row of the other is a small linear
    system. doi:10.1109/ICDM.2008.22
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 64,
        l2: float = 30.0,
        alpha: float = 3.0,
        epochs: int = 15,
        seed: int = 0,
    ):
        super().__init__(num_users, num_items)
        self.dim, self.l2, self.alpha, self.epochs, self.seed = (
            dim,
            l2,
            alpha,
            epochs,
            seed,
        )

    def fit(self, ratings: pd.DataFrame) -> ALS:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        transposed = self.matrix.T.tocsr()
        rng = np.random.default_rng(self.seed)
        self.items = rng.normal(0, 0.1 / np.sqrt(self.dim), (self.num_items, self.dim))
        for _ in range(self.epochs):
            self.users = self._solve(self.matrix, self.items)
            self.items = self._solve(transposed, self.users)
        self.users = self._solve(self.matrix, self.items)
        if not (np.isfinite(self.users).all() and np.isfinite(self.items).all()):
            raise ValueError(
                f"ALS: the factors are not finite with l2 = {self.l2:g} (--l2): choose"
                " a larger l2."
            )
        return self

    def _solve(self, matrix: sparse.csr_matrix, fixed: np.ndarray) -> np.ndarray:
        """Factors for every row of `matrix`: (F'F + alpha F_S'F_S + l2 I) p = (1 +
        alpha) sum_S f.

        F is `fixed`, the other side, (columns, dim); S is what the row interacted with,
        whatever values are stored. A row without any gets zeros. Returns (rows, dim).

        Raises:
            ValueError: if F'F + l2 I is singular.
        """
        # (dim, dim), shared by all rows
        base = fixed.T @ fixed + self.l2 * np.eye(self.dim)
        if not np.linalg.cond(base) < 1 / np.finfo(float).eps:
            raise ValueError(
                f"ALS has no solution with l2 = {self.l2:g} (--l2): the matrix is"
                " singular, to the precision of the computer. Choose a larger l2."
            )
        solved = np.zeros((matrix.shape[0], self.dim))
        for row in range(matrix.shape[0]):
            # F_S
            own = fixed[matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]]
            if len(own):
                right = (1 + self.alpha) * own.sum(axis=0)
                # symmetric: BLAS fills the lower half of base + alpha F_S'F_S, and
                # LAPACK's Cholesky reads no more
                weighted = blas.dsyrk(self.alpha, own.T, beta=1.0, c=base.T, lower=1)
                _, solved[row], wrong = lapack.dposv(weighted, right, lower=1)
                if wrong:  # not positive definite: by LU
                    weighted = base + self.alpha * own.T @ own
                    solved[row] = np.linalg.solve(weighted, right)
        return solved

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return self.users[np.asarray(users)] @ self.items.T

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return self._solve(sparse.csr_matrix(rows), self.items) @ self.items.T
