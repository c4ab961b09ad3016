"""Popularity and Random."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from rec_tutor.baselines import (
    Popularity,
    Random,
)


def test_popularity_counts_users_per_item(toy: pd.DataFrame) -> None:
    model = Popularity(4, 5).fit(toy)
    np.testing.assert_array_equal(model.score(np.array([3, 0])), [[2, 3, 3, 1, 0]] * 2)


def test_a_pair_that_occurs_twice_counts_once(
    table: Callable[..., pd.DataFrame],
) -> None:
    np.testing.assert_array_equal(
        Popularity(1, 2).fit(table([(0, 1), (0, 1)])).counts, [0, 1]
    )


def test_random_is_the_same_for_the_same_user_and_seed() -> None:
    model = Random(50, 1000, seed=1)
    np.testing.assert_array_equal(model.score([3, 4])[1], model.score([4])[0])
    assert not np.array_equal(model.score([3]), model.score([4]))
    assert not np.array_equal(model.score([3]), Random(50, 1000, seed=2).score([3]))
    assert abs(model.score(np.arange(50)).mean() - 0.5) < 0.01
