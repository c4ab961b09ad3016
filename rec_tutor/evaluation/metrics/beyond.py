"""Beyond accuracy: what the lists of all users are like."""

from typing import Any

import numpy as np
from scipy import sparse

from rec_tutor.evaluation.metrics.lists import checked, found, how_often


def coverage(top_items: np.ndarray, num_items: int) -> float:
    """Catalogue coverage: the share of all items that stand in at least one list, from
    0 to 1.
    """
    return float(np.count_nonzero(how_often(top_items, num_items)) / num_items)


def novelty(top_items: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    r"""Mean self-information of each list in bits,
    $\frac{1}{k}\sum_{j \le k} -\log_2 p(i_{uj})$: (n_users,).

    Args:
        popularity: (num_items,), $p(i)$, the share of training users who have item i:
            the column sums of a binary interaction matrix over the number of users. 0
            bits: everybody has the item; 10: one user in a thousand. An item that
            nobody has counts like the rarest one that somebody has. NaN for an empty
            list. Zhou et al., PNAS 2010, doi:10.1073/pnas.1000488107.
    """
    top_items, p = checked(top_items), np.asarray(popularity, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all() or not p.any():
        raise ValueError(
            "popularity must hold each item's share of users: from 0 to 1, not all of"
            " them 0."
        )
    how_often(top_items, len(p))
    bits = -np.log2(np.maximum(p, p[p > 0].min()))
    sizes = (top_items >= 0).sum(axis=1)
    total = np.where(top_items >= 0, bits[top_items], 0.0).sum(axis=1)
    return found(total / np.maximum(sizes, 1), sizes)


def gini(top_items: np.ndarray, num_items: int) -> float:
    r"""Gini index of how often each item is recommended:
    $\sum_i (2 i - n - 1) c_{(i)} / (n \sum_i c_{(i)})$.

    $c_{(1)} \le \dots \le c_{(n)}$ are the counts of all n = num_items items, those
    never recommended included. 0: all items equally often; (n - 1) / n: one item has
    all. NaN if nothing is recommended.
    """
    counts = np.sort(how_often(top_items, num_items))
    total = counts.sum()
    weights = 2 * np.arange(1, num_items + 1) - num_items - 1
    return float(weights @ counts / (num_items * total)) if total else float("nan")


def intra_list_diversity(top_items: np.ndarray, item_vectors: Any) -> np.ndarray:
    r"""Mean of $1 - \cos(v_i, v_j)$ over the pairs of items of each list: float64
    (n_users,).

    For vectors of length 1 the cosines of all pairs add up to
    $(\lVert \sum_j v_j \rVert^2 - \sum_j \lVert v_j \rVert^2) / 2$, so no pair has to
    be looked at.

    Args:
        item_vectors: (num_items, d), dense or sparse, for example genres or TF-IDF of
            titles. A vector of zeros is at cosine 0 to every other. NaN for a list of
            fewer than two items. Ziegler et al., 2005, doi:10.1145/1060745.1060754.
    """
    top_items = checked(top_items)
    vectors = sparse.csr_matrix(item_vectors, dtype=np.float64)
    num_items = vectors.shape[0]
    how_often(top_items, num_items)
    row, rank = np.nonzero(top_items >= 0)
    cells = (row, top_items[row, rank])
    member = sparse.csr_matrix(
        (np.ones(len(row)), cells), shape=(len(top_items), num_items)
    )

    norms = np.sqrt(_squared_lengths(vectors))
    unit = sparse.diags(1 / np.where(norms > 0, norms, 1)) @ vectors
    sizes = (top_items >= 0).sum(axis=1)
    pairs = sizes * (sizes - 1)  # each counted twice, as in the sum
    cosines = _squared_lengths(member @ unit) - member @ (norms > 0).astype(np.float64)
    return found(1 - cosines / np.maximum(pairs, 1), pairs)


def _squared_lengths(rows: sparse.csr_matrix) -> np.ndarray:
    return np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
