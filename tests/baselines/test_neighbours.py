"""Neighbours, by hand and against slow loops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.metrics.pairwise import cosine_similarity as sklearn_cosine

from rec_tutor import baselines
from rec_tutor.baselines import (
    ItemKNN,
    RecencyKNN,
    UserKNN,
)
from rec_tutor.baselines import neighbours as module
from rec_tutor.inputs import interaction_matrix


def test_item_knn_by_hand(toy: pd.DataFrame) -> None:
    # cos(0, 1) = 2 / sqrt(2 * 3), cos(0, 2) = 1 / sqrt(2 * 3), cos(1, 2) = 2 / 3,
    # cos(2, 3) = 1 / sqrt(3)
    similarity = ItemKNN(4, 4, k=4).fit(toy).similarity.toarray()
    a, b, c, d = 2 / 6**0.5, 1 / 6**0.5, 2 / 3, 1 / 3**0.5
    np.testing.assert_allclose(
        similarity, [[0, a, b, 0], [a, 0, c, 0], [b, c, 0, d], [0, 0, d, 0]]
    )
    # user 1 has items 0 and 1
    np.testing.assert_allclose(
        ItemKNN(4, 4, k=4).fit(toy).score([1])[0], [a, a, b + c, 0]
    )
    # the single nearest neighbour of item 2 is item 1, so item 0 has no vote there
    np.testing.assert_allclose(ItemKNN(4, 4, k=1).fit(toy).score([1])[0], [a, a, c, 0])
    # shrink: 2 / (sqrt(6) + 4)
    assert ItemKNN(4, 4, shrink=4).fit(toy).similarity[0, 1] == pytest.approx(
        2 / (6**0.5 + 4)
    )


def test_user_knn_by_hand(toy: pd.DataFrame) -> None:
    # user 1 has items 0 1; cos(1, 0) = 2 / sqrt(2 * 3), cos(1, 2) = 1 / 2, cos(1, 3) =
    # 0
    a, b = 2 / 6**0.5, 0.5
    np.testing.assert_allclose(
        UserKNN(4, 4, k=4, shrink=0).fit(toy).score([1])[0], [a, a + b, a + b, 0]
    )
    np.testing.assert_allclose(
        UserKNN(4, 4, k=1, shrink=0).fit(toy).score([1])[0], [a, a, a, 0]
    )
    assert UserKNN(4, 4, k=4, shrink=3).fit(toy).similarity[0, 1] == pytest.approx(
        2 / (6**0.5 + 3)
    )


def test_recency_knn_by_hand(toy: pd.DataFrame) -> None:
    model = RecencyKNN(4, 4, k=4, shrink=0, window=2, decay=0.5).fit(toy)
    similarity = ItemKNN(4, 4, k=4, shrink=0).fit(toy).similarity.toarray()
    history = np.array([3, 0, 2])
    np.testing.assert_allclose(
        model.score([0], [history])[0], similarity[2] + 0.5 * similarity[0]
    )


def test_cosine_equals_scikit_learn(crowd: pd.DataFrame) -> None:
    matrix = interaction_matrix(crowd, 30, 25)
    theirs = sklearn_cosine(matrix.T.toarray())
    np.fill_diagonal(theirs, 0)
    np.testing.assert_allclose(baselines.cosine_similarity(matrix), theirs, atol=1e-6)
    valued = interaction_matrix(crowd, 30, 25, values="rating")
    theirs = sklearn_cosine(valued.T.toarray())
    np.fill_diagonal(theirs, 0)
    np.testing.assert_allclose(baselines.cosine_similarity(valued), theirs, atol=1e-6)


def test_item_knn_equals_a_loop(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    k, shrink = 4, 2.5
    scores = ItemKNN(30, 25, k=k, shrink=shrink).fit(crowd).score(np.arange(30))
    for item in range(25):
        similarity = np.zeros(25)
        for other in set(range(25)) - {item}:
            both = dense[:, item] @ dense[:, other]
            similarity[other] = both / (
                np.sqrt(dense[:, item].sum()) * np.sqrt(dense[:, other].sum()) + shrink
            )
        nearest = np.argsort(-similarity, kind="stable")[:k]
        np.testing.assert_allclose(
            scores[:, item], dense[:, nearest] @ similarity[nearest], atol=1e-9
        )


def test_user_knn_equals_a_loop(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    k, shrink = 4, 2.5
    scores = UserKNN(30, 25, k=k, shrink=shrink).fit(crowd).score(np.arange(30))
    for user in range(30):
        similarity = np.zeros(30)
        for other in set(range(30)) - {user}:
            both = dense[user] @ dense[other]
            similarity[other] = both / (
                np.sqrt(dense[user].sum() * dense[other].sum()) + shrink
            )
        nearest = np.argsort(-similarity, kind="stable")[:k]
        np.testing.assert_allclose(
            scores[user], similarity[nearest] @ dense[nearest], atol=1e-9
        )


def test_nearest_with_rows_of_nothing() -> None:
    """Rows of zeros, and a row of which nothing is kept, between and at both ends."""
    dense = np.array(
        [[0, 0, 0], [1, 2, 0], [0, 0, 0], [0, 0, -1], [3, 2, 1], [0, 0, 0]], float
    )
    norms, others = np.arange(1.0, 7), np.array([2.0, 1, 4])
    found = module.nearest(sparse.csr_matrix(dense), norms, others, 2, 0.5)
    cosines = dense / (np.outer(norms, others) + 0.5)
    cosines[3, 2] = cosines[4, 2] = 0  # below 0; the third of a row
    np.testing.assert_allclose(found.toarray(), cosines)
    assert found.nnz == 4


def test_keep_largest() -> None:
    matrix = np.random.default_rng(1).random((6, 4))
    kept = baselines.keep_largest(matrix, 2)
    for column in range(4):
        best = np.argsort(-matrix[:, column])[:2]
        np.testing.assert_array_equal(np.flatnonzero(kept[:, column]), np.sort(best))
        np.testing.assert_array_equal(kept[best, column], matrix[best, column])
    np.testing.assert_array_equal(baselines.keep_largest(matrix, 6), matrix)


def test_user_knn_folds_a_newcomer_in_as_if_trained_with_the_others(
    crowd: pd.DataFrame,
) -> None:
    model = UserKNN(30, 25, k=6, shrink=2).fit(crowd)
    for user in (0, 11):
        without = UserKNN(30, 25, k=6, shrink=2).fit(crowd[crowd["user"] != user])
        row = interaction_matrix(crowd, 30, 25)[[user]]
        np.testing.assert_allclose(
            without.score_new(row), model.score([user]), rtol=1e-6, atol=1e-9
        )


def test_recency_knn_follows_the_latest_taste(
    table: Callable[..., pd.DataFrame],
) -> None:
    """Items 0-4 and 5-9 have different fans; who moved from the first group to the
    second gets the second.
    """
    fans = [(user, item) for user in range(10) for item in range(5)]
    fans += [(user, item) for user in range(10, 20) for item in range(5, 10)]
    moved = np.array([0, 1, 2, 3, 5, 6])
    scores = RecencyKNN(20, 10, k=5, decay=0.3).fit(table(fans)).score([0], [moved])[0]
    assert scores[7:].min() > scores[4]
    row = interaction_matrix(table([(0, item) for item in moved]), 1, 10)
    scores = ItemKNN(20, 10, k=5).fit(table(fans)).score_new(row)[0]
    assert scores[7:].max() < scores[4]


@pytest.mark.parametrize("cells", [1, 100, 2**22])
@pytest.mark.parametrize(("k", "shrink"), [(1, 0.0), (7, 10.0), (200, 0.0)])
def test_neighbours_block_by_block_are_those_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, cells: int, k: int, shrink: float
) -> None:
    """The same neighbours, also among equal ones, and the same numbers."""
    monkeypatch.setattr(module, "PRODUCTS", cells)
    # few users: many equal similarities; item 5 has no users
    dense = np.random.default_rng(0).random((12, 60)) < 0.3
    dense[:, 5] = False
    matrix = sparse.csr_matrix(dense.astype(np.float32))
    whole = baselines.keep_largest(baselines.cosine_similarity(matrix, shrink), k)
    found = module.neighbours(matrix, k, shrink)
    np.testing.assert_array_equal(found.T.toarray(), whole)
    assert found.nnz == np.count_nonzero(whole) and found.has_sorted_indices


def test_large_catalogues_need_no_square_matrix() -> None:
    """200,000 items: squared, they would take 320 GB."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"user": np.repeat(np.arange(500), 8)})
    frame["item"] = rng.integers(0, 200_000, len(frame))
    frame = frame.assign(rating=1.0, timestamp=0).drop_duplicates(["user", "item"])
    model = ItemKNN(500, 200_000).fit(frame)
    assert model.similarity.nnz <= 7 * len(frame)
    own = frame["item"][frame["user"] == 3].to_numpy()
    assert (model.score([3])[0, own] > 0).all()
