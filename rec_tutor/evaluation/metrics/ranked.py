"""Ranked lists, and the scores behind them."""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.stats import rankdata

from rec_tutor.evaluation.metrics.lists import checked, found


def hits(
    top_items: np.ndarray, test_matrix: sparse.csr_matrix
) -> tuple[np.ndarray, np.ndarray]:
    """Look the recommended items up in the test set.

    Args:
        top_items: int (n_users, k), best first, -1 where a list is shorter; no item
            twice in a list.
        test_matrix: csr (n_users, num_items), row r belonging to row r of `top_items`;
            what is not 0 is relevant.

    Returns:
        hits, bool (n_users, k), and num_relevant, int64 (n_users,).
    """
    top_items = checked(top_items)
    relevant = sparse.csr_matrix(test_matrix, copy=True)
    relevant.eliminate_zeros()
    relevant.sum_duplicates()
    n_users, num_items = relevant.shape
    if len(top_items) != n_users:
        raise ValueError(
            f"{len(top_items)} lists, but {n_users} rows in the test matrix: both need"
            " the same users."
        )
    if top_items.size and top_items.max() >= num_items:
        raise ValueError(
            f"top_items holds item {top_items.max()}, but the test matrix has"
            f" {num_items} columns."
        )
    num_relevant = np.diff(relevant.indptr).astype(np.int64)
    rows = np.repeat(np.arange(n_users), top_items.shape[1])
    known = relevant[rows, np.maximum(top_items, 0).ravel()]  # (1, n_users * k)
    found = np.asarray(known).reshape(top_items.shape) != 0
    return found & (top_items >= 0), num_relevant


def precision(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""Precision@k, $\frac{1}{k}\sum_{j \le k} r_{uj}$: the share of the list that is
    relevant.

    Divided by k even where fewer than k items are relevant, so a perfect list can score
    below 1.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    return found(hits.sum(axis=1) / hits.shape[1], num_relevant)


def recall(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""Recall@k, $\frac{1}{|\mathcal R_u|}\sum_{j \le k} r_{uj}$: the share of the
    relevant items that the list holds.

    Divided by the number of relevant items even where that is more than k. (Some
    libraries divide by k then.)
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    return found(hits.sum(axis=1) / np.maximum(num_relevant, 1), num_relevant)


def hit_rate(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Hit@k: 1 if at least one item of the list is relevant, else 0."""
    hits, num_relevant = _ranked(hits, num_relevant)
    return found(hits.max(axis=1), num_relevant)


def mrr(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Reciprocal rank within k: 1 / rank of the first relevant item, or 0. Its mean
    over users is the MRR.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    return found(hits.any(axis=1) / (hits.argmax(axis=1) + 1), num_relevant)


def average_precision(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""AP@k, $\frac{1}{\min(|\mathcal R_u|, k)} \sum_{j \le k} r_{uj}
    \mathrm{Precision@}j$. Its mean is MAP@k.

    With this divisor a perfect list scores 1. Microsoft's recommenders has this as
    `map_at_k`; its `map`, which its benchmark prints as MAP, divides by
    $|\mathcal R_u|$, as does trec_eval's map_cut, and is lower for users with more than
    k relevant items: multiply by $\min(|\mathcal R_u|, k) / |\mathcal R_u|$ to get it.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    ranks = np.arange(1, hits.shape[1] + 1)
    total = (hits * np.cumsum(hits, axis=1) / ranks).sum(axis=1)
    return found(total / np.clip(num_relevant, 1, hits.shape[1]), num_relevant)


def ndcg(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""NDCG@k, $\mathrm{DCG} / \mathrm{IDCG}$ with
    $\mathrm{DCG} = \sum_{j \le k} r_{uj} / \log_2(j + 1)$.

    The divisor
    $\mathrm{IDCG} = \sum_{j \le \min(|\mathcal R_u|, k)} 1 / \log_2(j + 1)$
    is the DCG of the best list of length k, so a perfect list scores 1. Gains are
    binary. Cumulated gain: Järvelin & Kekäläinen, 2002, doi:10.1145/582415.582418; this
    discount: Burges et al., 2005, doi:10.1145/1102351.1102363.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discount)[np.clip(num_relevant, 1, hits.shape[1]) - 1]
    return found(hits @ discount / ideal, num_relevant)


def auc(
    scores: np.ndarray, relevant: Any, candidates: np.ndarray | None = None
) -> np.ndarray:
    """Area under the ROC curve: the chance that a relevant item outscores an irrelevant
    one, ties half.

    Args:
        scores: float (n_users, num_items).
        relevant: bool of the same shape, or a sparse matrix in which what is not 0 is
            relevant.
        candidates: bool of the same shape: the items that take part, for example those
            not seen in training. None: all.

    Returns:
        float64 (n_users,), NaN where a user lacks relevant or irrelevant candidates.
        AUC looks at the whole catalogue, not at the top, so it says little about the
        ten items that somebody sees.
    """
    scores = np.asarray(scores)
    if sparse.issparse(relevant):
        relevant = relevant.toarray()
    relevant = np.asarray(relevant).astype(bool, copy=False)
    candidates = (
        np.ones(scores.shape, dtype=bool)
        if candidates is None
        else np.asarray(candidates, dtype=bool)
    )
    if (
        scores.ndim != 2
        or relevant.shape != scores.shape
        or candidates.shape != scores.shape
    ):
        raise ValueError(
            "scores, relevant and candidates need one shape (n_users, num_items); they"
            f" have {scores.shape}, {relevant.shape} and {candidates.shape}."
        )
    if np.isnan(scores).any():
        raise ValueError(
            "scores holds NaN: the model has diverged or was never fitted."
        )
    relevant = relevant & candidates
    result = np.full(len(scores), np.nan)
    for row, (own, part) in enumerate(zip(relevant, candidates, strict=True)):
        positives = np.count_nonzero(own)
        negatives = np.count_nonzero(part) - positives
        if positives and negatives:
            ranks = rankdata(scores[row, part])[own[part]]
            # the least that the ranks of the relevant items can add up to
            least = positives * (positives + 1) / 2
            result[row] = (ranks.sum() - least) / (positives * negatives)
    return result


def _ranked(
    hits: np.ndarray, num_relevant: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    hits, num_relevant = (
        np.asarray(hits).astype(bool, copy=False),
        np.asarray(num_relevant),
    )
    if hits.ndim != 2 or hits.shape[1] == 0 or num_relevant.shape != hits.shape[:1]:
        raise ValueError(
            "hits must have the shape (n_users, k) and num_relevant (n_users,); they"
            f" have {hits.shape} and {num_relevant.shape}."
        )
    if (hits.sum(axis=1) > num_relevant).any():
        raise ValueError(
            "A user has more hits than relevant items: is an item twice in the list?"
        )
    return hits, num_relevant
