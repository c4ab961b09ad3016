r"""What a recommender is judged by: one small function per metric.

Ranking metrics take `hits`, a bool array of shape (n_users, k) that says whether the
item at each rank is relevant, and `num_relevant`, shape (n_users,), the number of items
that could have been found; the function `hits` makes both. They return a float64 array
of shape (n_users,), with NaN for a user who has nothing to
find: such a user says nothing about the model, and a 0 would pull every mean down.
    Average with `np.nanmean`.

Conventions, where libraries differ: gains are binary, the logarithm of NDCG has base 2,
the ideal list is cut at k too, average precision is divided by min(num_relevant, k).
Ties in the scores are not seen here: the list is taken as ranked (`evaluation.top_k`
breaks ties by the lower item index); only `auc` works on scores, and counts a tie half.
A list may be shorter than k: fill it up with -1, which is never a hit.

In the formulas $r_{uj}$ is 1 if the item at rank $j$ of user $u$ is relevant, else 0,
and $R_u$ is `num_relevant`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

# --- predictions of single ratings or clicks ---


def rmse(truth: np.ndarray, predicted: np.ndarray) -> float:
    r"""Root mean squared error, $\sqrt{\frac{1}{n}\sum (y - \hat y)^2}$, in units of
    the rating.
    """
    truth, predicted = _pair(truth, predicted)
    return float(np.sqrt(np.mean((truth - predicted) ** 2)))


def mae(truth: np.ndarray, predicted: np.ndarray) -> float:
    r"""Mean absolute error, $\frac{1}{n}\sum |y - \hat y|$, in units of the rating."""
    truth, predicted = _pair(truth, predicted)
    return float(np.mean(np.abs(truth - predicted)))


def log_loss(truth: np.ndarray, probability: np.ndarray) -> float:
    r"""Mean negative log-likelihood of 0/1 outcomes,
    $-\frac{1}{n}\sum y \ln p + (1 - y) \ln (1 - p)$: nats.

    A probability of exactly 0 or 1 is moved inside by float64's epsilon, 2.2e-16, so
    that being certain and wrong costs 36 instead of infinity.
    """
    truth, probability = _outcomes(truth, probability)
    eps = np.finfo(np.float64).eps
    p = np.clip(probability, eps, 1 - eps)
    return float(-np.mean(truth * np.log(p) + (1 - truth) * np.log1p(-p)))


def calibration_curve(
    truth: np.ndarray, probability: np.ndarray, bins: int = 10
) -> pd.DataFrame:
    """Predicted against observed frequency in `bins` equally wide bins of the predicted
    probability.

    Returns the columns `predicted` (mean probability in the bin), `observed` (share of
    ones) and `count`, one row per bin that is not empty. A bin includes its upper edge,
    and the first one 0 as well.
    """
    truth, probability = _outcomes(truth, probability)
    if bins < 1:
        raise ValueError(f"bins must be at least 1; it is {bins}.")
    which = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], probability)
    count = np.bincount(which, minlength=bins)
    used = count > 0
    predicted = (
        np.bincount(which, weights=probability, minlength=bins)[used] / count[used]
    )
    observed = np.bincount(which, weights=truth, minlength=bins)[used] / count[used]
    return pd.DataFrame(
        {"predicted": predicted, "observed": observed, "count": count[used]}
    )


def calibration_error(
    truth: np.ndarray, probability: np.ndarray, bins: int = 10
) -> float:
    r"""Expected calibration error:
    $\sum_b \frac{n_b}{n} |\mathrm{observed}_b - \mathrm{predicted}_b|$.

    The bins are those of `calibration_curve`. 0 is perfect, 1 the worst. Naeini, Cooper
    & Hauskrecht, AAAI 2015, doi:10.1609/aaai.v29i1.9602.
    """
    curve = calibration_curve(truth, probability, bins)
    return float(
        np.average(
            np.abs(curve["observed"] - curve["predicted"]), weights=curve["count"]
        )
    )


# --- ranked lists ---


def hits(
    top_items: np.ndarray, test_matrix: sparse.csr_matrix
) -> tuple[np.ndarray, np.ndarray]:
    """Look the recommended items up in the test set.

    top_items: int (n_users, k), best first, -1 where a list is shorter; no item twice
        in a list.
    test_matrix: csr (n_users, num_items), row r belonging to row r of `top_items`; what
    is not 0 is relevant. Returns hits, bool (n_users, k), and num_relevant, int64
    (n_users,).
    """
    top_items = _lists(top_items)
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
    if relevant.nnz == 0:
        return np.zeros(top_items.shape, dtype=bool), num_relevant
    rows = np.arange(n_users, dtype=np.int64) * num_items
    # sorted: rows ascend, and columns in each
    known = np.repeat(rows, num_relevant) + relevant.indices
    asked = rows[:, None] + top_items
    found = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return (known[found] == asked) & (top_items >= 0), num_relevant


def precision(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""Precision@k, $\frac{1}{k}\sum_{j \le k} r_{uj}$: the share of the list that is
    relevant.

    Divided by k even where fewer than k items are relevant, so a perfect list can score
    below 1.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    return _found(hits.sum(axis=1) / hits.shape[1], num_relevant)


def recall(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""Recall@k, $\frac{1}{R_u}\sum_{j \le k} r_{uj}$: the share of the relevant items
    that the list holds.

    Divided by $R_u$ even where that is more than k. (Some libraries divide by min(R, k)
    instead.)
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    return _found(hits.sum(axis=1) / np.maximum(num_relevant, 1), num_relevant)


def hit_rate(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Hit@k: 1 if at least one item of the list is relevant, else 0."""
    hits, num_relevant = _ranked(hits, num_relevant)
    return _found(hits.max(axis=1), num_relevant)


def mrr(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Reciprocal rank within k: 1 / rank of the first relevant item, or 0. Its mean
    over users is the MRR.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    return _found(hits.any(axis=1) / (hits.argmax(axis=1) + 1), num_relevant)


def average_precision(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""AP@k, $\frac{1}{\min(R_u, k)} \sum_{j \le k} r_{uj} \, \mathrm{Precision@}j$.
    Its mean is MAP@k.

    With this divisor a perfect list scores 1. Microsoft's recommenders has this as
    `map_at_k`; its `map`, which its benchmark prints as MAP, divides by $R_u$, as does
    trec_eval's map_cut, and is lower for users
    with more than k relevant items: multiply by $\min(R_u, k) / R_u$ to get it.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    ranks = np.arange(1, hits.shape[1] + 1)
    total = (hits * np.cumsum(hits, axis=1) / ranks).sum(axis=1)
    return _found(total / np.clip(num_relevant, 1, hits.shape[1]), num_relevant)


def ndcg(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    r"""NDCG@k, $\mathrm{DCG} / \mathrm{IDCG}$ with
    $\mathrm{DCG} = \sum_{j \le k} r_{uj} / \log_2(j + 1)$.

    The divisor $\mathrm{IDCG} = \sum_{j \le \min(R_u, k)} 1 / \log_2(j + 1)$ is the DCG
    of the best list of length k, so a perfect list scores 1. Gains are binary. Järvelin
    & Kekäläinen, 2002, doi:10.1145/582415.582418.
    """
    hits, num_relevant = _ranked(hits, num_relevant)
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discount)[np.clip(num_relevant, 1, hits.shape[1]) - 1]
    return _found(hits @ discount / ideal, num_relevant)


def auc(
    scores: np.ndarray, relevant: Any, candidates: np.ndarray | None = None
) -> np.ndarray:
    """Area under the ROC curve: the chance that a relevant item outscores an irrelevant
    one, ties half.

    scores: float (n_users, num_items).
    relevant: bool of the same shape, or a sparse matrix in which what is not 0 is
        relevant.
    candidates: bool of the same shape: the items that take part, for example those not
        seen in training.
        None: all.
    Returns float64 (n_users,), NaN where a user lacks relevant or irrelevant
    candidates. AUC looks at the whole catalogue, not at the top, so it says little
    about the ten items that somebody sees.
    """
    scores = np.asarray(scores)
    if sparse.issparse(relevant):
        relevant = relevant.toarray()
    relevant = np.asarray(relevant).astype(bool, copy=False)
    if candidates is None:
        candidates = np.ones(scores.shape, dtype=bool)
    candidates = np.asarray(candidates, dtype=bool)
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
    ordered = np.where(candidates, scores, np.inf)
    ordered.sort(axis=1)  # items that take no part go to the end
    result = np.full(len(scores), np.nan)
    for row, n in enumerate(candidates.sum(axis=1)):
        mine = scores[row, relevant[row]]
        positives, negatives = len(mine), n - len(mine)
        if positives and negatives:
            below, upto = (
                np.searchsorted(ordered[row, :n], mine, side=side)
                for side in ("left", "right")
            )
            # Relevant against relevant adds 1 per pair and 1/2 per item with itself:
            # positives**2 / 2 in all.
            wins = (below.sum() + upto.sum() - positives**2) / 2
            result[row] = wins / (positives * negatives)
    return result


# --- beyond accuracy ---


def coverage(top_items: np.ndarray, num_items: int) -> float:
    """Catalogue coverage: the share of all items that stand in at least one list, from
    0 to 1.
    """
    return float(np.count_nonzero(_counts(top_items, num_items)) / num_items)


def novelty(top_items: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    r"""Mean self-information of each list in bits,
    $\frac{1}{k}\sum_{j \le k} -\log_2 p(i_{uj})$: (n_users,).

    popularity: (num_items,), $p(i)$, the share of training users who have item i: the
    column sums of a binary interaction matrix over the number of users. 0 bits:
    everybody has the item; 10: one user in a thousand. An item that nobody has counts
    like the rarest one that somebody has. NaN for an empty list. Zhou et al., PNAS
    2010, doi:10.1073/pnas.1000488107.
    """
    top_items, p = _lists(top_items), np.asarray(popularity, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all() or not p.any():
        raise ValueError(
            "popularity must hold each item's share of users: from 0 to 1, not all of"
            " them 0."
        )
    _counts(top_items, len(p))
    bits = -np.log2(np.maximum(p, p[p > 0].min()))
    sizes = (top_items >= 0).sum(axis=1)
    total = np.where(top_items >= 0, bits[top_items], 0.0).sum(axis=1)
    return _found(total / np.maximum(sizes, 1), sizes)


def gini(top_items: np.ndarray, num_items: int) -> float:
    r"""Gini index of how often each item is recommended:
    $\sum_i (2 i - n - 1) c_{(i)} / (n \sum_i c_{(i)})$.

    $c_{(1)} \le \dots \le c_{(n)}$ are the counts of all n = num_items items, those
    never recommended included. 0: all items equally often; (n - 1) / n: one item has
    all. NaN if nothing is recommended.
    """
    counts = np.sort(_counts(top_items, num_items))
    total = counts.sum()
    weights = 2 * np.arange(1, num_items + 1) - num_items - 1
    return float(weights @ counts / (num_items * total)) if total else float("nan")


def intra_list_diversity(top_items: np.ndarray, item_vectors: Any) -> np.ndarray:
    r"""Mean of $1 - \cos(v_i, v_j)$ over the pairs of items of each list: float64
    (n_users,).

    item_vectors: (num_items, d), dense or sparse, for example genres or TF-IDF of
    titles. A vector of zeros is at cosine 0 to every other. NaN for a list of fewer
    than two items. Ziegler et al., 2005, doi:10.1145/1060745.1060754.

    For vectors of length 1 the cosines of all pairs add up to
    $(\lVert \sum_j v_j \rVert^2 - \sum_j \lVert v_j \rVert^2) / 2$, so no pair has to
    be looked at.
    """
    top_items = _lists(top_items)
    vectors = sparse.csr_matrix(item_vectors, dtype=np.float64)
    num_items = vectors.shape[0]
    _counts(top_items, num_items)
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
    return _found(1 - cosines / np.maximum(pairs, 1), pairs)


def _squared_lengths(rows: sparse.csr_matrix) -> np.ndarray:
    return np.asarray(rows.multiply(rows).sum(axis=1)).ravel()


# --- checks ---


def _pair(truth: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    truth, predicted = (
        np.asarray(truth, dtype=np.float64),
        np.asarray(predicted, dtype=np.float64),
    )
    if truth.shape != predicted.shape or truth.ndim != 1 or len(truth) == 0:
        raise ValueError(
            "truth and prediction must be one-dimensional, of one length and not"
            f" empty; their shapes are {truth.shape} and {predicted.shape}."
        )
    return truth, predicted


def _outcomes(
    truth: np.ndarray, probability: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    truth, probability = _pair(truth, probability)
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("truth must hold only 0 and 1.")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError(
            "probability must lie between 0 and 1; apply the sigmoid to logits first."
        )
    return truth, probability


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


def _found(values: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """`values` as float64, NaN where there was nothing to find."""
    return np.where(num_relevant > 0, values, np.nan)


def _lists(top_items: np.ndarray) -> np.ndarray:
    top_items = np.asarray(top_items)
    if top_items.ndim != 2 or not np.issubdtype(top_items.dtype, np.integer):
        raise ValueError(
            f"top_items must be integers of shape (n_users, k); got {top_items.dtype}"
            f" {top_items.shape}."
        )
    return top_items


def _counts(top_items: np.ndarray, num_items: int) -> np.ndarray:
    """How often each of the `num_items` items is recommended."""
    top_items = _lists(top_items)
    counts = np.bincount(top_items[top_items >= 0], minlength=num_items)
    if len(counts) > num_items:
        raise ValueError(
            f"top_items holds item {len(counts) - 1}, but there are only {num_items}"
            " items."
        )
    return counts
