"""What the baselines share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse


class Baseline:
    """What the baselines share: sizes, the training matrix, and scores from the rows of
    that matrix.
    """

    def __init__(self, num_users: int, num_items: int):
        if num_users < 1 or num_items < 1:
            raise ValueError(
                f"need at least one user and one item, got {num_users} and {num_items}."
            )
        self.num_users, self.num_items = num_users, num_items
        self.matrix = sparse.csr_matrix((num_users, num_items), dtype=np.float32)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        return self.score_new(self.matrix[np.asarray(users)])

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Scores from rows of interactions, (n, num_items) -> (n, num_items)."""
        raise TypeError(
            f"{type(self).__name__} cannot score users that it was not trained on."
        )


class _FromHistory(Baseline):
    """Scores from the last items of a history, by default the one in training; the
    latest counts most.
    """

    histories: list[np.ndarray]
    window: int
    decay: float
    # (num_items, num_items): transition[i, j] = how much i speaks for j
    transition: np.ndarray

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        own = [self.histories[u] for u in users] if histories is None else histories
        scores = np.zeros((len(own), self.num_items))
        for row, history in enumerate(own):
            # latest first
            recent = np.asarray(history[-self.window :][::-1], dtype=np.int64)
            scores[row] = self.decay ** np.arange(len(recent)) @ self.transition[recent]
        return scores
