"""Small tables that the tests of the baselines share."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data


def as_table(rows: list[tuple[int, ...]]) -> pd.DataFrame:
    """(user, item[, rating]) rows, one second apart."""
    frame = pd.DataFrame(
        [(*row, 1.0)[:3] for row in rows], columns=["user", "item", "rating"]
    )
    frame["timestamp"] = np.arange(len(frame))
    return frame.astype({"rating": float})


@pytest.fixture
def table() -> Callable[..., pd.DataFrame]:
    return as_table


@pytest.fixture
def toy() -> pd.DataFrame:
    """users x items: 1110, 1100, 0110, 0011"""
    return as_table(
        [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3)]
    )


@pytest.fixture
def films() -> pd.DataFrame:
    titles = ["Star Wars", "Star Trek", "Toy Story", "Love Story"]
    genres = [
        ("Action", "Sci-Fi"),
        ("Action", "Sci-Fi"),
        ("Children",),
        ("Romance", "Drama"),
    ]
    return pd.DataFrame({"title": titles, "genres": genres})


@pytest.fixture(scope="session")
def planted() -> data.Dataset:
    return data.load("synthetic")


@pytest.fixture(scope="module")
def crowd() -> pd.DataFrame:
    """400 random pairs of 30 users and 25 items; user 29 and item 24 have none."""
    rng = np.random.default_rng(0)
    cells = rng.choice(29 * 24, size=400, replace=False)
    frame = pd.DataFrame(
        {
            "user": cells // 24,
            "item": cells % 24,
            "rating": rng.integers(1, 6, 400) * 1.0,
        }
    )
    return frame.assign(timestamp=rng.integers(0, 1000, 400))
