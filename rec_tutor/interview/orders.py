"""How much each item is worth asking for: (I,), from a matrix of ratings (people, I).

Rashid et al. 2002, doi:10.1145/502716.502737; Rashid, Karypis & Riedl 2008,
doi:10.1145/1540276.1540302.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse


def popularity(ratings: sparse.csr_matrix) -> np.ndarray:
    """How many people have rated each item: the chance of an answer, times n."""
    return np.bincount(
        sparse.csr_matrix(ratings).indices, minlength=ratings.shape[1]
    ).astype(np.float64)


def entropy(ratings: sparse.csr_matrix) -> np.ndarray:
    r"""How little the ratings of an item agree, in bits: $-\sum_r p_r \log_2 p_r$ over
    the shares p of each rating r among *those who gave one*.

    It does not see how many these are: two people who disagree make an item worth as
    much as a thousand.
    """
    return _bits(_counts(sparse.csr_matrix(ratings)))


def answer_entropy(ratings: sparse.csr_matrix) -> np.ndarray:
    """The same with "haven't seen it" as one more rating, in shares of all people."""
    rows = sparse.csr_matrix(ratings)
    given = _counts(rows)
    return _bits(np.vstack([given, rows.shape[0] - given.sum(axis=0)]))


def popularity_times_entropy(ratings: sparse.csr_matrix) -> np.ndarray:
    """Popularity x entropy: bits to be had from all who would answer."""
    return popularity(ratings) * entropy(ratings)


def log_popularity_times_entropy(ratings: sparse.csr_matrix) -> np.ndarray:
    """log2(popularity) x entropy, as popularity alone would else decide; 0 for items
    that nobody has rated.
    """
    return np.log2(np.maximum(popularity(ratings), 1)) * entropy(ratings)


ORDERS: dict[str, Callable[[sparse.csr_matrix], np.ndarray]] = {
    "popularity": popularity,
    "entropy": entropy,
    "popularity x entropy": popularity_times_entropy,
    "log popularity x entropy": log_popularity_times_entropy,
    "entropy of the answer": answer_entropy,
}


def _counts(rows: sparse.csr_matrix) -> np.ndarray:
    """How often each item got each rating, (ratings, I)."""
    values, kind = np.unique(rows.data, return_inverse=True)
    counts = np.zeros((len(values), rows.shape[1]))
    np.add.at(counts, (kind, rows.indices), 1)
    return counts


def _bits(counts: np.ndarray) -> np.ndarray:
    """The entropy of every column of counts, in bits; 0 for an empty one."""
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.abs((shares * logs).sum(axis=0))  # abs: no -0.0
