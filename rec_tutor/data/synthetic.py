"""A small made-up data set whose structure is known, because it was planted: for tests
and examples.

Users and items belong to a few groups of taste. How well a user likes an item is a
product of two vectors, so the table of ratings has low rank. Users meet mostly items of
their own group and walk through them in the same circle, each from a start of their
own, so the next item can be learnt from the last one.
"""

import numpy as np
import pandas as pd

from rec_tutor.data.schema import DataError, Dataset

GROUPS = [
    "Adventure",
    "Comedy",
    "Documentary",
    "Drama",
    "Fantasy",
    "Mystery",
    "Romance",
    "Western",
]


def make(
    num_users: int = 120,
    num_items: int = 120,
    *,
    num_groups: int = 4,
    ratings_per_user: int = 20,
    loyalty: float = 0.8,
    noise: float = 0.4,
    seed: int = 0,
) -> Dataset:
    """Make the set; the same arguments give the same set.

    Everybody rates `ratings_per_user` different items.

    Args:
        num_groups: groups of taste, 1 to 8. User u belongs to group u % num_groups,
            item i to i % num_groups (as `taste` in `ds.users`, and as the only genre in
            `ds.items`).
        loyalty: probability that a user's next item is one of the own group.
        noise: standard deviation of what is added to a rating before it is rounded to
            1..5.

    Raises:
        DataError: if there are fewer items than `ratings_per_user`.
    """
    if not 1 <= num_groups <= min(len(GROUPS), num_users, num_items):
        raise DataError(
            "num_groups must be between 1 and"
            f" {min(len(GROUPS), num_users, num_items)}, not {num_groups}."
        )
    if not 1 <= ratings_per_user <= num_items:
        raise DataError(
            f"ratings_per_user must be between 1 and num_items = {num_items}, not"
            f" {ratings_per_user}."
        )
    random = np.random.default_rng(seed)
    user_group, item_group = (
        np.arange(num_users) % num_groups,
        np.arange(num_items) % num_groups,
    )

    # which items, and in which order: the smaller the key, the earlier
    # (num_items,) position on the circle of the group
    step = np.arange(num_items) // num_groups
    circle = -(-num_items // num_groups)
    start = random.integers(circle, size=(num_users, 1))
    own = user_group[:, None] == item_group[None, :]  # (num_users, num_items)
    rank = (step[None, :] - start) % circle + random.uniform(0, 1.5, size=own.shape)
    wait = np.where(
        own, rank / loyalty, rank / max(1 - loyalty, 1e-9) * max(num_groups - 1, 1)
    )
    # (num_users, ratings_per_user)
    order = np.argsort(wait, axis=1, kind="stable")[:, :ratings_per_user]

    # how many stars: bias of the item + product of a user's and an item's taste vector
    tastes = np.eye(num_groups)[user_group] + random.uniform(
        0, 0.2, size=(num_users, num_groups)
    )
    themes = np.eye(num_groups)[item_group] + random.uniform(
        0, 0.2, size=(num_items, num_groups)
    )
    stars = 1.7 + random.normal(0, 0.3, size=num_items) + 2.0 * tastes @ themes.T
    stars = np.clip(np.rint(stars + random.normal(0, noise, size=stars.shape)), 1, 5)

    begin = 1_600_000_000 + random.integers(30 * 86_400, size=(num_users, 1))
    times = begin + np.cumsum(random.integers(60, 86_400, size=order.shape), axis=1)
    users = np.repeat(np.arange(num_users), ratings_per_user)
    items = order.ravel()
    ratings = pd.DataFrame(
        {
            "user": users,
            "item": items,
            "rating": stars[users, items],
            "timestamp": times.ravel(),
        }
    )
    ratings = ratings.astype(
        {"user": np.int64, "item": np.int64, "rating": float, "timestamp": np.int64}
    )
    # as in real files: in no order
    ratings = ratings.sample(frac=1, random_state=random).reset_index(drop=True)

    genres = [GROUPS[group] for group in item_group]
    films = pd.DataFrame({"item_id": 5001 + np.arange(num_items)})
    films["title"] = [
        f"{genre} {number + 1}" for genre, number in zip(genres, step, strict=True)
    ]
    films["year"] = pd.array(random.integers(1950, 2020, size=num_items), dtype="Int64")
    films["genres"] = pd.Series([(genre,) for genre in genres], dtype=object)
    films["entity"] = pd.Series([None] * num_items, dtype=object)
    people = pd.DataFrame(
        {
            "user_id": 1001 + np.arange(num_users),
            "taste": [GROUPS[group] for group in user_group],
        }
    )
    return Dataset("synthetic", ratings, people, films)
