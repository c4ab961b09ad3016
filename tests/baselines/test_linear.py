"""EASE, by hand and against regressions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from rec_tutor.baselines import (
    EASE,
    linear,
)
from rec_tutor.inputs import interaction_matrix, recency_weights


def test_ease_by_hand(table: Callable[..., pd.DataFrame]) -> None:
    # user 0 rated both items, user 1 item 0: X'X + 1 = [[3, 1], [1, 2]] and P = [[2,
    # -1], [-1, 3]] / 5
    model = EASE(2, 2, l2=1).fit(table([(0, 0), (0, 1), (1, 0)]))
    np.testing.assert_allclose(model.weights, [[0, 1 / 3], [1 / 2, 0]])
    np.testing.assert_allclose(model.score([1]), [[0, 1 / 3]])


def test_ease_is_the_constrained_optimum(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    l2 = 3.0
    weights = EASE(30, 25, l2=l2).fit(crowd).weights
    np.testing.assert_array_equal(np.diag(weights), 0)
    # stationary: the gradient vanishes off the diagonal, where B is free (on it stands
    # the multiplier)
    gradient = dense.T @ (dense @ weights - dense) + l2 * weights
    np.testing.assert_allclose(gradient - np.diag(np.diag(gradient)), 0, atol=1e-9)
    # and each column is a ridge regression of that item on all the others
    for item in range(25):
        others = np.arange(25) != item
        rest = dense[:, others]
        ridge = np.linalg.solve(
            rest.T @ rest + l2 * np.eye(24), rest.T @ dense[:, item]
        )
        np.testing.assert_allclose(weights[others, item], ridge, atol=1e-9)


def test_ease_with_recency_is_ease_on_the_weighted_matrix(crowd: pd.DataFrame) -> None:
    weighted = (
        interaction_matrix(crowd, 30, 25, values=recency_weights(crowd, 2.0))
        .toarray()
        .astype(float)
    )
    model = EASE(30, 25, l2=3, recency=2.0).fit(crowd)
    rest = weighted[:, 1:]
    ridge = np.linalg.solve(rest.T @ rest + 3 * np.eye(24), rest.T @ weighted[:, 0])
    np.testing.assert_allclose(model.weights[1:, 0], ridge, atol=1e-6)
    np.testing.assert_allclose(
        model.score(np.arange(30)), weighted @ model.weights, atol=1e-6
    )


def test_the_inverse_in_place_is_that_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "PRODUCTS", 200)  # some rows at once
    matrix = sparse.random(90, 70, 0.2, format="csr", random_state=0, dtype=np.float32)
    dense = matrix.toarray().astype(float)
    gram = linear.products(matrix)
    np.testing.assert_allclose(gram, dense.T @ dense, rtol=1e-5, atol=1e-6)
    gram[np.diag_indices_from(gram)] += 2.0
    expected, place = np.linalg.inv(gram), gram
    found = linear.inverse(gram)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(found, found.T)
    assert np.shares_memory(found, place) and found.flags.c_contiguous


def test_an_inverse_that_does_not_solve_is_an_error(
    crowd: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = linear.lapack.dpotri

    def wrong(factor: np.ndarray, **options: int) -> tuple[np.ndarray, int]:
        half, info = whole(factor, **options)
        half[7, 3] += 1.0  # one number, in the half that is read
        return half, info

    monkeypatch.setattr(linear.lapack, "dpotri", wrong)
    with pytest.raises(ValueError, match=r"l2 = 3 \(--l2\): .* not solve .* off by"):
        EASE(30, 25, l2=3).fit(crowd)


@pytest.mark.parametrize("l2", [0.0, 1e-14, -5.0])
def test_without_a_solution_l2_is_named(crowd: pd.DataFrame, l2: float) -> None:
    """Item 24 has no ratings: without a penalty, X'X is singular."""
    with pytest.raises(ValueError, match=r"no solution with l2 = .* \(--l2\).*larger"):
        EASE(30, 25, l2=l2).fit(crowd)


def test_without_a_penalty_where_there_is_a_solution(crowd: pd.DataFrame) -> None:
    few = crowd[crowd["item"] < 10]
    weights = EASE(30, 10, l2=0).fit(few).weights
    dense = interaction_matrix(few, 30, 10).toarray().astype(float)
    rest = np.delete(dense, 3, axis=1)
    ridge = np.linalg.lstsq(rest, dense[:, 3], rcond=None)[0]
    np.testing.assert_allclose(np.delete(weights[:, 3], 3), ridge, atol=1e-10)
