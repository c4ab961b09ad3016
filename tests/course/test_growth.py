"""tools/course/growth.py: what it makes up looks as it should, and a tiny case runs."""

import numpy as np
import pandas as pd
import pytest

from course import growth
from rec_tutor import data


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    return data.load("ml-100k").ratings


def test_made_up_interactions_are_like_the_real_ones(ratings: pd.DataFrame) -> None:
    users, items, num_users, num_items = growth.interactions(100_000, ratings)
    assert (len(users), num_users, num_items) == (100_000, 943, 1682)
    assert len(np.unique(users * num_items + items)) == 100_000
    assert (np.diff(users) >= 0).all() and items.max() < num_items
    real = {column: np.bincount(ratings[column]) for column in ("user", "item")}
    made = {"user": np.bincount(users), "item": np.bincount(items)}
    for column in real:  # the sum of squares is what pairs cost
        ratio = np.square(made[column]).sum() / np.square(real[column]).sum()
        assert 0.8 < ratio < 1.25, column
    again = growth.interactions(100_000, ratings)
    assert all(
        np.array_equal(a, b) for a, b in zip(again[:2], (users, items), strict=True)
    )


def test_they_grow_in_all_directions(ratings: pd.DataFrame) -> None:
    users, _, num_users, num_items = growth.interactions(400_000, ratings)
    assert (len(users), num_users, num_items) == (400_000, 1886, 3364)


def test_only_the_first_steps_are_taken() -> None:
    batches = growth.Batches(np.arange(10), batch_size=2)
    some = growth.FirstSteps(batches, 3)
    assert len(some) == len(list(some.epoch())) == 3 and some.ready > 0
    assert len(growth.FirstSteps(batches, 50)) == 5
    assert len(list(growth.FirstSteps(batches, None).epoch())) == 5


def test_operations_and_slopes() -> None:
    users = np.array([0, 0, 0, 1])  # of 2 users and 5 items
    found = {name: growth.operations(name, users, 2, 5) for name in growth.MODELS}
    assert found == {
        "popularity": 4,
        "item-knn": 9 + 1,
        "mf": 2 * 5 * 128,
        "bpr": 4 * 64,
        "lightgcn": 1 * (4 + 64 * 5) * 128,
    }
    assert growth.slope([10, 100, 1000], [1, 8, 64]) == pytest.approx(np.log10(8))
    assert np.isnan(growth.slope([10], [1]))


@pytest.mark.training
def test_a_tiny_case(capsys: pytest.CaptureFixture) -> None:
    arguments = ["--sizes", "1e3", "4e3", "--only", "popularity", "mf"]
    assert growth.main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-2:]] == ["popularity", "mf"]
    # 94 users in batches of 64, and twice as many
    timed = [" ".join(line.split()[-4:]) for line in lines if "steps" in line]
    assert timed == ["2 of 2 steps", "3 of 3 steps"]
    assert lines[-1].split()[-1] == "1.00"
