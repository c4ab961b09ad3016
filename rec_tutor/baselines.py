"""Baselines that are hard to beat: NumPy and SciPy only, each fitted in seconds.

All share one shape: `Model(num_users, num_items, **hyper).fit(ratings).score(users)`. `score_new(rows)`
scores people who were not in the training data from their (n, num_items) rows of interactions, where that
needs no new training ("fold-in").

The default settings were chosen on validation data of MovieLens-100K, all models with the same budget:
experiments/03_baselines.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.evaluation import largest
from rec_tutor.sampling import interaction_matrix, recency_weights
from rec_tutor.sequences import histories as user_histories


class Baseline:
    """What the baselines share: sizes, the training matrix, and scores from the rows of that matrix."""

    def __init__(self, num_users: int, num_items: int):
        if num_users < 1 or num_items < 1:
            raise ValueError(f"need at least one user and one item, got {num_users} and {num_items}.")
        self.num_users, self.num_items = num_users, num_items
        self.matrix = sparse.csr_matrix((num_users, num_items), dtype=np.float32)

    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        return self.score_new(self.matrix[np.asarray(users)])

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Scores from rows of interactions, (n, num_items) -> (n, num_items)."""
        raise TypeError(f"{type(self).__name__} cannot score users that it was not trained on.")


class Random(Baseline):
    """Uniform random scores: the floor. The same user gets the same scores again."""

    def __init__(self, num_users: int, num_items: int, seed: int = 0):
        super().__init__(num_users, num_items)
        self.seed = seed

    def fit(self, ratings: pd.DataFrame) -> Random:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        return self

    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        return np.stack([np.random.default_rng([self.seed, int(u)]).random(self.num_items) for u in users])


class Popularity(Baseline):
    """The same list for everyone: score(i) = number of training interactions of item i."""

    def fit(self, ratings: pd.DataFrame) -> Popularity:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.counts = np.asarray(self.matrix.sum(axis=0)).ravel()
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return np.tile(self.counts, (rows.shape[0], 1))


def tf_idf(documents: Sequence[Sequence[str]]) -> tuple[sparse.csr_matrix, list[str]]:
    """TF-IDF vectors of tokenised documents, rows of length 1.

    idf(t) = ln((1 + n) / (1 + df(t))) + 1 for n documents of which df(t) contain the term t (scikit-learn's
    smooth form).

    Returns:
        (n, num_terms) matrix and the terms in alphabetical order.
    """
    terms = sorted({term for document in documents for term in document})
    column = {term: position for position, term in enumerate(terms)}
    rows = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    columns = np.array([column[term] for document in documents for term in document], dtype=np.int64)
    counts = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(documents), len(terms)))
    df = np.bincount(counts.indices, minlength=len(terms))
    weighted = counts @ sparse.diags(np.log((1 + len(documents)) / (1 + df)) + 1)
    return unit_rows(weighted), terms


def unit_rows(matrix: sparse.spmatrix) -> sparse.csr_matrix:
    """Scale each row to Euclidean length 1; rows of zeros stay."""
    matrix = sparse.csr_matrix(matrix, dtype=np.float64)
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.where(norms > 0, norms, 1)) @ matrix)


def item_words(items: pd.DataFrame) -> list[list[str]]:
    """Title words in lower case and genres (marked `genre:`) of every item, as documents for `tf_idf`."""
    return [
        re.findall(r"[^\W_]+", str(title).lower()) + [f"genre:{genre}" for genre in genres]
        for title, genres in zip(items["title"], items["genres"], strict=True)
    ]


class Content(Baseline):
    """Content-based filtering: TF-IDF of titles and genres; a user is the rating-weighted sum of the past.

    profile(u) = sum_i (r_ui - c) x_i and score(u, i) = cosine(profile(u), x_i), where c (`center`) is the
    rating that counts as indifference; ratings below it push away. Where all ratings are the same, as with
    clicks, c is 0.

    Args:
        items: one row per item index, with `title` and `genres`.
        title_weight: w, weight of the title block beside the genre block. Both have length 1 per item, and the
            weight is in both vectors: the cosine of two items is (w^2 title + genre) / (1 + w^2).
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        items: pd.DataFrame,
        center: float = 3.0,
        title_weight: float = 2.0,
    ):
        super().__init__(num_users, num_items)
        if len(items) != num_items:
            raise ValueError(f"items needs one row per item index: it has {len(items)}, not {num_items}.")
        documents = item_words(items)
        words, _ = tf_idf([[t for t in d if not t.startswith("genre:")] for d in documents])
        genres, _ = tf_idf([[t for t in d if t.startswith("genre:")] for d in documents])
        self.vectors = unit_rows(sparse.hstack([title_weight * words, genres]))
        self.center = center

    def fit(self, ratings: pd.DataFrame) -> Content:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items, values="rating")
        self.indifferent = self.center if ratings["rating"].nunique() > 1 else 0.0
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Scores from rows of *ratings* (`interaction_matrix(…, values="rating")`), both (n, num_items)."""
        rows = sparse.csr_matrix(rows, copy=True)
        rows.data -= self.indifferent
        return (unit_rows(rows @ self.vectors) @ self.vectors.T).toarray()


def cosine_similarity(matrix: sparse.csr_matrix, shrink: float = 0.0) -> np.ndarray:
    """Cosine between columns of `matrix`: x_i.x_j / (|x_i| |x_j| + shrink), (n, n) with a zero diagonal.

    `shrink` pulls similarities that rest on few common users towards 0.
    """
    products = (matrix.T @ matrix).toarray().astype(np.float64)
    norms = np.sqrt(products.diagonal())
    bottom = np.outer(norms, norms) + shrink
    similarity = np.divide(products, bottom, out=np.zeros_like(products), where=bottom > 0)
    np.fill_diagonal(similarity, 0.0)
    return similarity


def keep_largest(matrix: np.ndarray, k: int) -> np.ndarray:
    """Keep the k largest entries of each column, ties by the lower row, and set the others to 0."""
    if k >= len(matrix):
        return matrix
    kept = np.zeros_like(matrix)
    best = largest(matrix.T, k).T  # (k, n)
    np.put_along_axis(kept, best, np.take_along_axis(matrix, best, axis=0), axis=0)
    return kept


class ItemKNN(Baseline):
    """Item-based collaborative filtering (idea: Sarwar et al. 2001, doi:10.1145/371920.372071; for top-N lists:
    Deshpande and Karypis 2004, doi:10.1145/963770.963776).

    Two items are alike if the same users rated both (cosine of their columns). score(u, i) = sum of sim(j, i)
    over the items j of u that are among the `k` nearest neighbours of i.
    """

    def __init__(self, num_users: int, num_items: int, k: int = 300, shrink: float = 0.0):
        super().__init__(num_users, num_items)
        self.k, self.shrink = k, shrink

    def fit(self, ratings: pd.DataFrame) -> ItemKNN:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.similarity = keep_largest(cosine_similarity(self.matrix, self.shrink), self.k)
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return rows @ self.similarity


class UserKNN(Baseline):
    """User-based collaborative filtering (Resnick et al. 1994, doi:10.1145/192844.192905), for implicit data.

    score(u, i) = sum of cos(u, v) over those of the `k` users v most similar to u who rated i.
    """

    def __init__(self, num_users: int, num_items: int, k: int = 100, shrink: float = 20.0):
        super().__init__(num_users, num_items)
        self.k, self.shrink = k, shrink

    def fit(self, ratings: pd.DataFrame) -> UserKNN:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.similarity = keep_largest(cosine_similarity(self.matrix.T.tocsr(), self.shrink), self.k)
        return self

    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        return (self.matrix.T @ self.similarity[:, np.asarray(users)]).T

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        norms = np.sqrt(np.asarray(self.matrix.sum(axis=1)).ravel())  # (num_users,)
        own = np.sqrt(np.asarray(rows.sum(axis=1)).ravel())  # (n,)
        bottom = np.outer(norms, own) + self.shrink
        products = (self.matrix @ rows.T).toarray().astype(np.float64)  # (num_users, n)
        similarity = np.divide(products, bottom, out=np.zeros_like(products), where=bottom > 0)
        return (self.matrix.T @ keep_largest(similarity, self.k)).T


class EASE(Baseline):
    """Embarrassingly shallow autoencoder (Steck 2019, doi:10.1145/3308558.3313710): linear, in closed form.

    Minimise |X - X B|^2 + l2 |B|^2 with diag(B) = 0. With P = (X'X + l2 I)^-1 the solution is
    B_ij = -P_ij / P_jj off the diagonal.

    `recency` > 0 weighs the entries of X by `rec_tutor.sampling.recency_weights`: late interactions count
    more.
    """

    def __init__(self, num_users: int, num_items: int, l2: float = 300.0, recency: float = 0.0):
        super().__init__(num_users, num_items)
        self.l2, self.recency = l2, recency

    def fit(self, ratings: pd.DataFrame) -> EASE:
        self.matrix = interaction_matrix(
            ratings, self.num_users, self.num_items, values=recency_weights(ratings, self.recency)
        )
        gram = (self.matrix.T @ self.matrix).toarray().astype(np.float64)  # X'X: how many users share i and j
        gram[np.diag_indices_from(gram)] += self.l2
        inverse = np.linalg.inv(gram)
        self.weights = -inverse / np.diag(inverse)
        np.fill_diagonal(self.weights, 0.0)
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return rows @ self.weights


class ALS(Baseline):
    """Implicit matrix factorization by alternating least squares (Hu, Koren and Volinsky 2008).

    Minimise sum over *all* (u, i) of c_ui (x_ui - p_u.q_i)^2 + l2 (sum_u |p_u|^2 + sum_i |q_i|^2), with
    x_ui = 1 and c_ui = 1 + alpha where u interacted with i, else x_ui = 0 and c_ui = 1. With one side fixed,
    each row of the other is a small linear system. doi:10.1109/ICDM.2008.22
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
        self.dim, self.l2, self.alpha, self.epochs, self.seed = dim, l2, alpha, epochs, seed

    def fit(self, ratings: pd.DataFrame) -> ALS:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        transposed = self.matrix.T.tocsr()
        rng = np.random.default_rng(self.seed)
        self.items = rng.normal(0, 0.1 / np.sqrt(self.dim), (self.num_items, self.dim))
        for _ in range(self.epochs):
            self.users = self._solve(self.matrix, self.items)
            self.items = self._solve(transposed, self.users)
        self.users = self._solve(self.matrix, self.items)
        return self

    def _solve(self, matrix: sparse.csr_matrix, fixed: np.ndarray) -> np.ndarray:
        """Factors for every row of `matrix`: (F'F + alpha F_S'F_S + l2 I) p = (1 + alpha) sum_S f.

        F is `fixed`, the other side; S is what the row interacted with.
        """
        base = fixed.T @ fixed + self.l2 * np.eye(self.dim)  # (dim, dim), shared by all rows
        solved = np.zeros((matrix.shape[0], self.dim))
        for row in range(matrix.shape[0]):
            own = fixed[matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]]  # F_S
            if len(own):
                weighted = base + self.alpha * own.T @ own
                solved[row] = np.linalg.solve(weighted, (1 + self.alpha) * own.sum(axis=0))
        return solved

    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        return self.users[np.asarray(users)] @ self.items.T

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        return self._solve(sparse.csr_matrix(rows), self.items) @ self.items.T


class _FromHistory(Baseline):
    """Scores from the last items of a history, by default the one in training; the latest counts most."""

    histories: list[np.ndarray]
    window: int
    decay: float
    transition: np.ndarray  # (num_items, num_items): transition[i, j] = how much i speaks for j

    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        own = [self.histories[u] for u in users] if histories is None else histories
        scores = np.zeros((len(own), self.num_items))
        for row, history in enumerate(own):
            recent = np.asarray(history[-self.window :][::-1], dtype=np.int64)  # latest first
            scores[row] = self.decay ** np.arange(len(recent)) @ self.transition[recent]
        return scores


class Markov(_FromHistory):
    """First-order Markov chain over items with a window: what was rated soon after what.

    transition[i, j] counts how often j came 1..`window` places after i, each time divided by that distance,
    and is divided by how often i occurs plus `shrink`. The last `window` items of a history vote, each
    older one weighing `decay` times as much.
    """

    def __init__(self, num_users: int, num_items: int, window: int = 5, decay: float = 0.7, shrink: float = 20.0):
        super().__init__(num_users, num_items)
        self.window, self.decay, self.shrink = window, decay, shrink

    def fit(self, ratings: pd.DataFrame) -> Markov:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.histories = user_histories(ratings, self.num_users)
        counts = np.zeros((self.num_items, self.num_items))
        occurrences = np.zeros(self.num_items)
        for history in self.histories:
            np.add.at(occurrences, history, 1)
            for gap in range(1, self.window + 1):
                np.add.at(counts, (history[:-gap], history[gap:]), 1 / gap)
        bottom = np.maximum(occurrences + self.shrink, 1e-12)  # an item that never occurs has no counts
        self.transition = counts / bottom[:, None]
        return self


class RecencyKNN(_FromHistory):
    """Item-kNN for sequences: the last `window` items vote, weighing decay^0, decay^1, … back in time."""

    def __init__(
        self,
        num_users: int,
        num_items: int,
        k: int = 300,
        shrink: float = 10.0,
        window: int = 50,
        decay: float = 0.6,
    ):
        super().__init__(num_users, num_items)
        self.k, self.shrink, self.window, self.decay = k, shrink, window, decay

    def fit(self, ratings: pd.DataFrame) -> RecencyKNN:
        self.histories = user_histories(ratings, self.num_users)
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.transition = keep_largest(cosine_similarity(self.matrix, self.shrink), self.k)
        return self
