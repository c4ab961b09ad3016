"""Content-based filtering: what an item says about itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.baselines.base import Baseline
from rec_tutor.inputs.matrix import interaction_matrix


def tf_idf(documents: Sequence[Sequence[str]]) -> tuple[sparse.csr_matrix, list[str]]:
    """TF-IDF vectors of tokenised documents, rows of length 1.

    idf(t) = ln((1 + n) / (1 + df(t))) + 1 for n documents of which df(t) contain the
    term t (scikit-learn's smooth form).

    Returns:
        (n, num_terms) matrix and the terms in alphabetical order.
    """
    terms = sorted({term for document in documents for term in document})
    column = {term: position for position, term in enumerate(terms)}
    rows = np.repeat(
        np.arange(len(documents)), [len(document) for document in documents]
    )
    columns = np.array(
        [column[term] for document in documents for term in document], dtype=np.int64
    )
    counts = sparse.csr_matrix(
        (np.ones(len(rows)), (rows, columns)), shape=(len(documents), len(terms))
    )
    df = np.bincount(counts.indices, minlength=len(terms))
    weighted = counts @ sparse.diags(np.log((1 + len(documents)) / (1 + df)) + 1)
    return unit_rows(weighted), terms


def unit_rows(matrix: sparse.spmatrix) -> sparse.csr_matrix:
    """Scale each row to Euclidean length 1; rows of zeros stay."""
    matrix = sparse.csr_matrix(matrix, dtype=np.float64)
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.where(norms > 0, norms, 1)) @ matrix)


def item_words(items: pd.DataFrame) -> list[list[str]]:
    """Title words in lower case and genres (marked `genre:`) of every item, as
    documents for `tf_idf`.
    """
    return [
        re.findall(r"[^\W_]+", str(title).lower())
        + [f"genre:{genre}" for genre in genres]
        for title, genres in zip(items["title"], items["genres"], strict=True)
    ]


class Content(Baseline):
    """Content-based filtering: TF-IDF of titles and genres; a user is the
    rating-weighted sum of the past.

    x_u = sum_i (r_ui - r) y_i and score(u, i) = cosine(x_u, y_i), where y_i describes
    the item and r (`center`) is the rating that counts as indifference; ratings below
    it push away. Where all ratings are the same, as with clicks, r is 0.

    Args:
        items: one row per item index, with `title` and `genres`.
        center: r; None: the middle between the lowest and the highest rating in
            training, 3 on a scale from 1 to 5.
        title_weight: w, weight of the title block beside the genre block. Both have
            length 1 per item, and the weight is in both vectors: the cosine of two
            items is (w^2 title + genre) / (1 + w^2).
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        items: pd.DataFrame,
        center: float | None = None,
        title_weight: float = 2.0,
    ):
        super().__init__(num_users, num_items)
        if len(items) != num_items:
            raise ValueError(
                f"items needs one row per item index: it has {len(items)}, not"
                f" {num_items}."
            )
        documents = item_words(items)
        words, _ = tf_idf(
            [[t for t in d if not t.startswith("genre:")] for d in documents]
        )
        genres, _ = tf_idf(
            [[t for t in d if t.startswith("genre:")] for d in documents]
        )
        self.vectors = unit_rows(sparse.hstack([title_weight * words, genres]))
        self.center = center

    def fit(self, ratings: pd.DataFrame) -> Content:
        self.matrix = interaction_matrix(
            ratings, self.num_users, self.num_items, values="rating"
        )
        low, high = ratings["rating"].min(), ratings["rating"].max()
        center = float(low + high) / 2 if self.center is None else self.center
        self.indifferent = center if low < high else 0.0
        return self

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Scores from rows of *ratings* (`interaction_matrix(…, values="rating")`),
        both (n, num_items).
        """
        rows = sparse.csr_matrix(rows, copy=True)
        rows.data -= self.indifferent
        return (unit_rows(rows @ self.vectors) @ self.vectors.T).toarray()
