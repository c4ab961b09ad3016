"""Sampled negatives and mini-batches.

Everything random comes from a seed that is passed in; nothing seeds NumPy globally.
Batches are tuples of NumPy arrays, which PyTorch (`torch.from_numpy`) and TensorFlow
(`tf.convert_to_tensor`) take as they are.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from scipy import sparse

# a lookup table of up to 128 MB; larger matrices are looked up by binary search
MAX_DENSE_CELLS = 2**27
MAX_ROUNDS = 30  # rounds of rejection before the few rows left are drawn exactly


class BatchSource(Protocol):
    """What `fit` trains on: mini-batches of NumPy arrays, see `Batches`."""

    def __len__(self) -> int: ...

    def epoch(self) -> Iterator[tuple[np.ndarray, ...]]: ...


class NegativeSampler:
    """Draws, for each user asked for, an item that this user does not have in `matrix`.

    Items are drawn for all users at once, and those that hit something the user has are
    drawn again.

    Args:
        matrix: csr, shape (num_users, num_items): the *training* interactions; every
            stored entry counts as had. Negatives taken from anything that knows the
            test set would tell the model what to avoid.
        power: an item is drawn with probability proportional to popularity**power among
            those the user lacks, where popularity is its number of training users. 0
            draws uniformly; 0.75 is word2vec's choice (Mikolov et al., 2013,
            arXiv:1310.4546). With power > 0 an item nobody has is never drawn.
        seed: an int or a np.random.Generator.
    """

    def __init__(
        self,
        matrix: sparse.csr_matrix,
        power: float = 0.0,
        seed: int | np.random.Generator = 0,
    ) -> None:
        if not (np.isfinite(power) and power >= 0):
            raise ValueError(f"power must be 0 or positive; it is {power}.")
        matrix = sparse.csr_matrix(matrix, copy=True)
        matrix.sum_duplicates()
        self.num_users, self.num_items = matrix.shape
        self.power = power
        self._indptr, self._indices = matrix.indptr, matrix.indices
        self._rng = np.random.default_rng(seed)

        popularity = np.bincount(matrix.indices, minlength=self.num_items).astype(
            np.float64
        )
        self._weights = popularity**power  # 0**0 is 1: with power 0 all weights are 1
        cumulative = np.cumsum(self._weights)
        self._cumulative = cumulative / max(cumulative[-1], 1.0)
        drawable = self._weights > 0
        rows = np.repeat(
            np.arange(self.num_users, dtype=np.int64), np.diff(matrix.indptr)
        )
        had = np.bincount(rows[drawable[matrix.indices]], minlength=self.num_users)
        # users for whom nothing is left to draw
        self._exhausted = had >= drawable.sum()

        # ascending: one number per cell
        self._codes = rows * self.num_items + matrix.indices
        self._table: np.ndarray | None = None
        if self.num_users * self.num_items <= MAX_DENSE_CELLS:
            self._table = np.zeros(self.num_users * self.num_items, dtype=bool)
            self._table[self._codes] = True

    def sample(self, users: np.ndarray) -> np.ndarray:
        """One item per entry of `users` (int array, any length): int64 array of the
        same length.

        Raises:
            ValueError: for a user outside the matrix, or one who has every item that
                could be drawn.
        """
        users = np.asarray(users)
        if users.size == 0:
            return np.empty(users.shape, dtype=np.int64)
        whole = users.ndim == 1 and np.issubdtype(users.dtype, np.integer)
        if not whole or users.min() < 0 or users.max() >= self.num_users:
            raise ValueError(
                "users must be a one-dimensional array of indices in"
                f" 0..{self.num_users - 1}."
            )
        exhausted = self._exhausted[users]
        if exhausted.any():
            user = int(users[exhausted.argmax()])
            raise ValueError(
                f"User {user} has every item that can be drawn: there is no negative."
                " Leave this user's rows out."
            )
        items = self._draw(len(users))
        rows = np.flatnonzero(self._has(users, items))
        for _ in range(MAX_ROUNDS):
            if rows.size == 0:
                return items
            items[rows] = self._draw(len(rows))
            rows = rows[self._has(users[rows], items[rows])]
        # users who have nearly all that is likely to be drawn
        for user in np.unique(users[rows]):
            weights = self._weights.copy()
            weights[self._indices[self._indptr[user] : self._indptr[user + 1]]] = 0.0
            theirs = rows[users[rows] == user]
            items[theirs] = self._rng.choice(
                self.num_items, size=len(theirs), p=weights / weights.sum()
            )
        return items

    def _draw(self, n: int) -> np.ndarray:
        if self.power == 0:
            return self._rng.integers(self.num_items, size=n, dtype=np.int64)
        return np.searchsorted(self._cumulative, self._rng.random(n), side="right")

    def _has(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        codes = users * np.int64(self.num_items) + items
        if self._table is not None:
            return self._table[codes]
        if len(self._codes) == 0:
            return np.zeros(len(codes), dtype=bool)
        found = np.searchsorted(self._codes, codes)
        return self._codes[np.minimum(found, len(self._codes) - 1)] == codes


class Batches:
    """Mini-batches straight from arrays: shuffled anew in every epoch, the last batch
    may be smaller.

    >>> batches = Batches(users, items, negatives=NegativeSampler(matrix))
    >>> for user, positive, negative in batches.epoch(): ...

    Args:
        arrays: one or more arrays of equal length, for example users, items, ratings.
        negatives: if given, the first array must hold users, and every row gets freshly
            drawn negative items in each epoch, as the last array: shape (rows,), or
            (rows, num_negatives) if there are several per row.
    """

    def __init__(
        self,
        *arrays: np.ndarray,
        batch_size: int = 2048,
        seed: int | np.random.Generator = 0,
        negatives: NegativeSampler | None = None,
        num_negatives: int = 1,
    ) -> None:
        self.arrays = tuple(np.asarray(array) for array in arrays)
        lengths = {len(array) for array in self.arrays}
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError(
                "Batches needs arrays of one length, at least 1; the lengths are"
                f" {sorted(lengths)}."
            )
        self.num_rows = lengths.pop()
        self.batch_size = _batch_size(batch_size)
        if num_negatives < 1:
            raise ValueError(
                f"num_negatives must be at least 1; it is {num_negatives}."
            )
        self.negatives, self.num_negatives = negatives, num_negatives
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-self.num_rows // self.batch_size)

    def epoch(self) -> Iterator[tuple[np.ndarray, ...]]:
        """One pass over all rows: tuples of arrays with up to `batch_size` rows."""
        order = self._rng.permutation(self.num_rows)
        columns = [array[order] for array in self.arrays]
        if self.negatives is not None:
            drawn = self.negatives.sample(np.repeat(columns[0], self.num_negatives))
            columns.append(
                drawn if self.num_negatives == 1 else drawn.reshape(self.num_rows, -1)
            )
        for start in range(0, self.num_rows, self.batch_size):
            yield tuple(column[start : start + self.batch_size] for column in columns)


class UserBatches:
    """Mini-batches of users with all their items at once, for a loss over the whole
    catalogue.

    Args:
        matrix: csr, shape (num_users, num_items); its entries are the targets (1, or a
            weight such as `recency_weights`). Users without any item are left out.
    """

    def __init__(
        self,
        matrix: sparse.csr_matrix,
        batch_size: int = 128,
        seed: int | np.random.Generator = 0,
    ) -> None:
        self.matrix = sparse.csr_matrix(matrix, dtype=np.float32, copy=True)
        self.matrix.sum_duplicates()
        self.users = np.flatnonzero(np.diff(self.matrix.indptr)).astype(np.int64)
        if len(self.users) == 0:
            raise ValueError(
                "The matrix holds no interaction: there is nothing to train on."
            )
        self.batch_size = _batch_size(batch_size)
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.users) // self.batch_size)

    def epoch(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """One pass over the users: (users int64 (b,), targets float32 (b, num_items), 0
        for what was not seen).
        """
        order = self._rng.permutation(self.users)
        for start in range(0, len(order), self.batch_size):
            users = order[start : start + self.batch_size]
            yield users, self.matrix[users].toarray()


def _batch_size(batch_size: int) -> int:
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1; it is {batch_size}.")
    return int(batch_size)
