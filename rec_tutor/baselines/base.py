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
    transition: sparse.csr_matrix

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        own = [self.histories[u] for u in users] if histories is None else histories
        # latest first
        recent = [np.asarray(items[-self.window :][::-1], np.int64) for items in own]
        ends = np.cumsum([0, *map(len, recent)])
        asked = np.concatenate([*recent, np.zeros(0, np.int64)])
        if len(asked) and not 0 <= asked.min() <= asked.max() < self.num_items:
            raise IndexError(
                f"a history holds an item outside 0..{self.num_items - 1}."
            )
        back = np.arange(len(asked)) - np.repeat(ends[:-1], np.diff(ends))
        votes = sparse.csr_matrix(
            (self.decay**back, asked, ends), shape=(len(own), self.num_items)
        )
        return (votes @ self.transition).toarray()
