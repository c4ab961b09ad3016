"""ALS: its loss falls, its half steps are ridge regressions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from rec_tutor.baselines import (
    ALS,
)
from rec_tutor.inputs import interaction_matrix


def als_loss(model: ALS, dense: np.ndarray) -> float:
    confidence = 1 + model.alpha * dense
    error = (confidence * (dense - model.users @ model.items.T) ** 2).sum()
    return error + model.l2 * ((model.users**2).sum() + (model.items**2).sum())


def test_als_lowers_its_loss_in_every_half_step(crowd: pd.DataFrame) -> None:
    matrix = interaction_matrix(crowd, 30, 25)
    dense = matrix.toarray().astype(float)
    model = ALS(30, 25, dim=5, l2=0.7, alpha=3, epochs=0, seed=2).fit(crowd)
    losses = [als_loss(model, dense)]
    for _ in range(6):
        model.items = model._solve(matrix.T.tocsr(), model.users)
        losses.append(als_loss(model, dense))
        model.users = model._solve(matrix, model.items)
        losses.append(als_loss(model, dense))
    assert (np.diff(losses) < 0).all()
    whole = ALS(30, 25, dim=5, l2=0.7, alpha=3, epochs=6, seed=2).fit(crowd)
    np.testing.assert_allclose(
        whole.users @ whole.items.T, model.users @ model.items.T, atol=1e-10
    )


def test_als_half_step_equals_a_dense_weighted_ridge(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    model = ALS(30, 25, dim=5, l2=0.7, alpha=3, epochs=2).fit(crowd)
    items = model.items
    for user in range(30):
        weighted = items.T @ np.diag(1 + 3 * dense[user])
        ridge = np.linalg.solve(
            weighted @ items + 0.7 * np.eye(5), weighted @ dense[user]
        )
        np.testing.assert_allclose(model.users[user], ridge, atol=1e-10)


def test_als_overfits_a_small_matrix(toy: pd.DataFrame) -> None:
    model = ALS(4, 4, dim=4, l2=1e-3, alpha=10, epochs=100).fit(toy)
    np.testing.assert_allclose(
        model.score(np.arange(4)), interaction_matrix(toy, 4, 4).toarray(), atol=0.02
    )


@pytest.mark.parametrize("dim", [8, 64])
def test_without_a_penalty_it_is_an_error_or_finite(
    crowd: pd.DataFrame, dim: int
) -> None:
    """25 items say nothing about more than 25 numbers of a user."""
    model = ALS(30, 25, dim=dim, l2=0, epochs=3)
    if dim < 25:
        assert np.isfinite(model.fit(crowd).score(np.arange(30))).all()
        return
    with pytest.raises(ValueError, match=r"no solution with l2 = 0 \(--l2\)"):
        model.fit(crowd)


@pytest.mark.parametrize("l2", [0.7, -40.0])
def test_als_half_step_is_exact_also_where_cholesky_fails(
    crowd: pd.DataFrame, l2: float
) -> None:
    """With a negative l2 the systems have solutions, but are not positive definite."""
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    items = np.random.default_rng(1).normal(size=(25, 5))
    found = ALS(30, 25, dim=5, l2=l2, alpha=3)._solve(sparse.csr_matrix(dense), items)
    smallest = []
    for user in range(29):
        weighted = items.T @ np.diag(1 + 3 * dense[user])
        system = weighted @ items + l2 * np.eye(5)
        smallest.append(np.linalg.eigvalsh(system)[0])
        expected = np.linalg.solve(system, weighted @ dense[user])
        np.testing.assert_allclose(found[user], expected, rtol=1e-9)
    assert (min(smallest) < 0) == (l2 < 0)
    np.testing.assert_array_equal(found[29], 0)  # who has nothing


def test_als_reads_which_entries_are_stored_not_their_values(
    crowd: pd.DataFrame,
) -> None:
    model = ALS(30, 25, dim=5, epochs=1).fit(crowd)
    rated = interaction_matrix(crowd, 30, 25, values="rating")
    taken = interaction_matrix(crowd, 30, 25)
    np.testing.assert_array_equal(model.score_new(rated), model.score_new(taken))
    assert model.score_new(rated[:0]).shape == (0, 25)
