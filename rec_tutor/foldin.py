"""New people without new training: solve for the user, with the items held fixed.

A model that knows users by a vector has none for somebody new. Its loss says which
vector would be best for what this person took; only that vector is unknown, so the
problem is small. NumPy and SciPy, for models of both frameworks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax

from rec_tutor.inputs.matrix import recency_weights

PAIRS = 1_000_000  # compared at once; of more, the items not taken are a sample


def array(weight: Any) -> np.ndarray:
    """A weight, or a table of them, of either framework as float64."""
    weight = getattr(weight, "weight", getattr(weight, "embeddings", weight))
    if hasattr(weight, "detach"):
        weight = weight.detach().cpu()
    return np.asarray(weight.numpy(), dtype=np.float64)


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of length 1; rows of zeros stay."""
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / np.where(length > 0, length, 1)


def softmax_vector(
    items: np.ndarray, taken: np.ndarray, temperature: float
) -> np.ndarray:
    """The direction p with the largest sum over `taken` of log softmax(cos(p, q_i) /
    temperature): what `SoftmaxMF` and `LightGCN` learn for each user.

    Args:
        items: (I, D) item vectors.
        taken: the items of this person, indices.

    Returns:
        A vector of length 1, (D,).
    """
    q = unit(items)

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        length = np.linalg.norm(p)
        direction = p / length
        logits = q @ direction / temperature
        value = -log_softmax(logits)[taken].sum()
        slope = len(taken) * softmax(logits)
        np.subtract.at(slope, taken, 1)
        gradient = slope @ q / temperature  # with respect to the direction
        return value, (gradient - (gradient @ direction) * direction) / length

    start = q[taken].sum(axis=0)
    if not np.linalg.norm(start) > 0:
        start = np.ones(q.shape[1])
    return unit(minimize(loss, unit(start), jac=True, method="L-BFGS-B").x)


def bpr_vector(
    items: np.ndarray, bias: np.ndarray, taken: np.ndarray, l2: float
) -> np.ndarray:
    """The vector p that ranks what was taken above all else: the mean of -ln
    sigmoid(s_i - s_j) over i taken and j not, plus l2 |p|^2, is smallest. (D,)
    With more than PAIRS pairs, j runs over a sample.
    """
    rest = np.setdiff1d(np.arange(len(items)), taken)
    if not len(rest):
        return np.zeros(items.shape[1])
    most = max(1, PAIRS // len(taken))
    if len(rest) > most:
        rest = np.sort(np.random.default_rng(0).choice(rest, most, replace=False))

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        s = items @ p + bias
        gap = s[taken][:, None] - s[rest]  # (taken, rest)
        pull = -expit(-gap) / gap.size
        gradient = pull.sum(axis=1) @ items[taken] - pull.sum(axis=0) @ items[rest]
        value = np.logaddexp(0, -gap).mean() + l2 * p @ p
        return value, gradient + 2 * l2 * p

    return minimize(loss, np.zeros(items.shape[1]), jac=True, method="L-BFGS-B").x


def choices_vector(
    items: np.ndarray, bias: np.ndarray, taken: np.ndarray, l2: float
) -> np.ndarray:
    """The vector p for which the mean over `taken` of -log softmax(q_i . p + b_i), plus
    l2 |p|^2, is smallest: what `ContentTower` learns for each user. (D,)

    Args:
        items: (I, D), of the items that could be chosen; bias: (I,).
        taken: rows of `items`.
    """

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        logits = items @ p + bias
        value = -log_softmax(logits)[taken].mean() + l2 * p @ p
        slope = softmax(logits)
        np.subtract.at(slope, taken, 1 / len(taken))
        return value, slope @ items + 2 * l2 * p

    return minimize(loss, np.zeros(items.shape[1]), jac=True, method="L-BFGS-B").x


def rating_vector(
    items: np.ndarray,
    residuals: np.ndarray,
    taken: np.ndarray,
    l2: float,
    l2_bias: float,
) -> np.ndarray:
    """Bias and vector of a person from ratings, by ridge regression in closed form.

    Args:
        residuals: (n,) ratings of `taken` minus the mean and the items' biases.

    Returns:
        (1 + D,), the bias first.
    """
    x = np.hstack([np.ones((len(taken), 1)), items[taken]])
    penalty = len(taken) * np.diag([l2_bias] + [l2] * items.shape[1])
    return np.linalg.solve(x.T @ x + penalty, x.T @ residuals)


def of_softmax(model: Any, taken: np.ndarray, ratings: np.ndarray) -> np.ndarray:
    """`SoftmaxMF` with cosine, and `LightGCN` with its final vectors."""
    other = getattr(model, "ranking_loss", "softmax") != "softmax"
    if other or not getattr(model, "cosine", True):
        raise TypeError(
            f"{type(model).__name__} takes new people only where it was trained by a"
            " softmax over cosines."
        )
    if hasattr(model, "embeddings"):
        items = model.embeddings()["items"].astype(np.float64)
    else:
        items = array(model.item_factors)
    p = softmax_vector(items, taken, model.temperature)
    return unit(items) @ p / model.temperature


def of_bpr(model: Any, taken: np.ndarray, ratings: np.ndarray) -> np.ndarray:
    """`BPRMF`."""
    items, bias = array(model.item_factors), array(model.item_bias)
    return items @ bpr_vector(items, bias, taken, model.l2) + bias


def of_content(model: Any, taken: np.ndarray, ratings: np.ndarray) -> np.ndarray:
    """`ContentTower`. What is new in `taken` counts, too: it has a vector."""
    found = model.embeddings()
    items, bias = (found[name].astype(np.float64) for name in ("items", "bias"))
    could = np.union1d(array(model.known).astype(np.int64), taken)
    rows = np.searchsorted(could, taken)
    return items @ choices_vector(items[could], bias[could], rows, model.l2) + bias


def of_ratings(model: Any, taken: np.ndarray, ratings: np.ndarray) -> np.ndarray:
    """`BiasedMF`."""
    items, bias = array(model.item_factors), array(model.item_bias)
    mean = float(model.mean)
    own = rating_vector(
        items, ratings - mean - bias[taken], taken, model.l2, model.l2_bias
    )
    return mean + bias + own[0] + items @ own[1:]


SOLVERS: dict[str, Callable[[Any, np.ndarray, np.ndarray], np.ndarray]] = {
    "SoftmaxMF": of_softmax,
    "LightGCN": of_softmax,
    "BPRMF": of_bpr,
    "BiasedMF": of_ratings,
    "ContentTower": of_content,
}


def scores(
    model: Any, num_items: int, taken: np.ndarray, ratings: np.ndarray
) -> np.ndarray:
    """Scores of all items for somebody new, (num_items,).

    Args:
        model: a baseline or a network of either framework.
        taken: what this person took, item indices in the order of time.
        ratings: (n,), what he or she gave them.

    Raises:
        TypeError: if the model has no way to a new person.
    """
    items, name = np.asarray(taken, dtype=np.int64), type(model).__name__
    if name in SOLVERS:
        return SOLVERS[name](model, items, np.asarray(ratings, dtype=np.float64))
    if reads_histories(model):
        return np.asarray(model.score(np.array([0]), histories=[items]))[0]
    if hasattr(model, "score_new"):
        values = ratings if name == "Content" else _weights(model, items)
        cells = (values, (np.zeros(len(items), dtype=int), items))
        row = sparse.csr_matrix(cells, shape=(1, num_items), dtype=np.float32)
        return np.asarray(model.score_new(row))[0]
    raise TypeError(
        f"{name} knows the people that it was trained on, and no others: train it again"
        " with the new ones, or take a model that reads histories."
    )


def _weights(model: Any, items: np.ndarray) -> np.ndarray:
    """How much each of somebody's items counts, as in the rows the model learnt from:
    1, or less the longer ago for a model with `recency`.
    """
    if not (recency := getattr(model, "recency", 0.0)):
        return np.ones(len(items))
    own = pd.DataFrame({"user": 0, "item": items, "timestamp": np.arange(len(items))})
    return recency_weights(own, recency)


def reads_histories(model: Any) -> bool:
    """Are a history's items all that the model asks of a user?"""
    if getattr(model, "users", None) is not None:  # a vector of the user's own
        return False
    return hasattr(model, "transition") or hasattr(model, "length")


def item_vectors(model: Any, num_items: int) -> np.ndarray | sparse.csr_matrix | None:
    """(num_items, D): two items are alike if the cosine of their vectors is large; None
    for a model without.
    """
    if hasattr(model, "embeddings"):
        return model.embeddings()["items"]
    for name in ("item_factors", "gmf", "items", "vectors"):
        found = getattr(model, name, None)
        if found is not None:
            found = found.item_factors if name == "gmf" else found
            if sparse.issparse(found):
                return found
            table = found if isinstance(found, np.ndarray) else array(found)
            return table[:num_items]
    return None
