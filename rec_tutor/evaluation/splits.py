"""Ways to cut a ratings table into training, validation and test data.

A ratings table is a DataFrame with the columns ``user, item, rating, timestamp``:
0-based indices, a float, and seconds. Its row order is the file order, which breaks
ties in time. Every function here keeps the table's index labels, so that a part can be
traced back to the table it was cut from; the labels must be unique.

Which one? A random cut lets a model learn from the future of the ratings it is tested
on (`leakage` says how much). `temporal` keeps each user in time order but still trains
on other users' futures; `global_time` and `walk_forward` do not. Y. Ji et al., "A
Critical Study on Data Leakage in Recommender System Offline Evaluation", ACM TOIS 2023,
doi:10.1145/3569930. `new_users` and `new_items` ask about people and items that a model
was not trained on.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rec_tutor.evaluation.cold import answers, drawn, leaks, new_items, new_users
from rec_tutor.evaluation.cuts import (
    Split,
    check_in_time,
    check_ratings,
    check_shares,
    places,
    places_in,
    share_of,
)

__all__ = [
    "Split",
    "answers",
    "by_item",
    "by_user",
    "drawn",
    "global_time",
    "leakage",
    "leaks",
    "leave_last_out",
    "new_items",
    "new_users",
    "random",
    "temporal",
    "walk_forward",
]


def random(
    ratings: pd.DataFrame, ratio: float = 0.8, valid: float = 0.0, seed: int = 42
) -> Split:
    """Cut at random, whatever user and time: `ratio` train, `valid` validation, the
    rest test.

    The parts are in file order; their sizes are floor(ratio n), floor(valid n) and what
    is left. With valid = 0 the split's `valid` is None.

    Raises:
        ValueError: for shares that do not leave anything to test.
    """
    check_ratings(ratings)
    check_shares(ratio=ratio, valid=valid)
    rows = np.random.default_rng(seed).permutation(len(ratings))
    first = share_of(ratio, len(ratings))
    second = first + share_of(valid, len(ratings))
    parts = [ratings.iloc[np.sort(part)] for part in np.split(rows, [first, second])]
    return Split(parts[0], parts[1] if valid > 0 else None, parts[2])


def by_user(ratings: pd.DataFrame, ratio: float = 0.75, seed: int = 42) -> Split:
    """Cut every user's ratings at random: round(ratio n) of them train, the rest test.
    See `by_item`.
    """
    return _stratified(ratings, "user", ratio, seed)


def by_item(ratings: pd.DataFrame, ratio: float = 0.75, seed: int = 42) -> Split:
    """Cut every item's ratings at random: round(ratio n) of them train, the rest test.

    This is the cut of the MovieLens benchmark of Microsoft's (now Linux Foundation's)
    *recommenders* library,
    rows and row order alike: the same rows as its
    ``python_stratified_split(filter_by="item")`` with the same seed. Rows come sorted
    by item, in random order within one; halves are rounded to the even number. For file
    order use ``.sort_index()``.
    """
    return _stratified(ratings, "item", ratio, seed)


def temporal(ratings: pd.DataFrame, valid: float = 0.1, test: float = 0.2) -> Split:
    """The course's scoreboard: per user in time order, the last ratings test, the ones
    before them validate.

    Of a user's n ratings the last floor(test n) are test, the floor(valid n) before are
    validation, the rest is train; so a user with fewer than 1 / test ratings has
    nothing to test. Ties in time are broken by file order. The parts are in file order.
    With valid = 0 the split's `valid` is None.
    """
    check_in_time(ratings)
    check_shares(test=test, valid=valid)
    place, count = places(ratings)
    from_end = count - place  # 1 for a user's latest rating
    num_test, num_valid = share_of(test, count), share_of(valid, count)
    return _from_end(ratings, from_end, num_test, num_valid, with_valid=valid > 0)


def leave_last_out(ratings: pd.DataFrame) -> Split:
    """Per user in time order: the last rating is test, the one before is validation,
    the rest train.

    A user with fewer than three ratings stays in train whole. Ties in time are broken
    by file order; the parts are in file order. The usual protocol of next-item models
    (Kang & McAuley, 2018, doi:10.1109/ICDM.2018.00035).
    """
    check_in_time(ratings)
    place, count = places(ratings)
    one = (count >= 3).astype(np.int64)
    return _from_end(ratings, count - place, one, one, with_valid=True)


def global_time(ratings: pd.DataFrame, valid: float = 0.1, test: float = 0.2) -> Split:
    """One cut in time for everybody: the latest ratings of all test, the ones before
    them validate.

    Of all n ratings the last floor(test n) are test, the floor(valid n) before are
    validation. Nothing a model is trained on is later than what it is tested on; the
    price is that many test users, and some test items, were never seen in training.
    Ties in time are broken by file order; the parts are in file order.
    """
    check_in_time(ratings)
    check_shares(test=test, valid=valid)
    n = len(ratings)
    from_end = np.empty(n, dtype=np.int64)
    from_end[np.argsort(ratings["timestamp"].to_numpy(), kind="stable")] = np.arange(
        n, 0, -1
    )
    num_test, num_valid = np.full(n, share_of(test, n)), np.full(n, share_of(valid, n))
    return _from_end(ratings, from_end, num_test, num_valid, with_valid=valid > 0)


def walk_forward(
    ratings: pd.DataFrame, blocks: int = 5, test: float = 0.2
) -> Iterator[Split]:
    """Walk through the users in the order of their arrival and test on those who are
    new: no future can leak.

    Users are sorted by their first rating and dealt into `blocks` blocks of equal size
    (the first ones may hold one more). For each block but the first, in turn, comes a
    split with

    - `train`: every rating made before the block starts, that is before its first
      user's first rating,
    - `fold_in`: all but the last floor(test n) of the n ratings of each user of the
      block, in time order,
    - `test`: those last ratings.

    The block's users are not in `train`: a model has to fold them in. Ties are broken
    by file order.
    """
    check_in_time(ratings)
    check_shares(test=test)
    users, times = ratings["user"].to_numpy(), ratings["timestamp"].to_numpy()
    earliest = np.argsort(times, kind="stable")
    _, position = np.unique(users[earliest], return_index=True)
    # the row of each user's first rating, in order of arrival
    first_rows = earliest[np.sort(position)]
    if not 2 <= blocks <= len(first_rows):
        raise ValueError(
            f"blocks must be from 2 to the number of users, {len(first_rows)}; it is"
            f" {blocks}."
        )
    place, count = places(ratings)
    is_test = count - place <= share_of(test, count)

    def cut(rows: np.ndarray) -> Split:
        members = np.isin(users, users[rows])
        return Split(
            ratings[times < times[rows[0]]],
            None,
            ratings[members & is_test],
            ratings[members & ~is_test],
        )

    return (cut(rows) for rows in np.array_split(first_rows, blocks)[1:])


def leakage(split: Split) -> pd.DataFrame:
    """How far a split lets a model see the future: one row per test user, index `user`.

    Training means train and validation, as in the final fit; for `walk_forward` the
    fold-in ratings count as the user's own but not as training ratings of all.

    Returns:
        Columns `span`, seconds from the user's first to the last rating, all parts
        together; `gap`, seconds from the user's last rating before the test part to the
        first in it, negative if they overlap, NaN for a user without such ratings (0:
        the cut lies inside one second, its order is file order); `own_later`, share of
        the user's own training ratings that are later than the user's first test
        rating; `all_later`, share of all training ratings, whoever made them, that are.
    """
    known = split.refit
    check_ratings(known, "timestamp")
    own = known if split.fold_in is None else pd.concat([known, split.fold_in])
    if len(split.test) == 0:
        raise ValueError(
            "The split's test part is empty: there is nothing to measure leakage"
            " against."
        )
    test_time = split.test.groupby("user")["timestamp"]
    first, last = test_time.min(), test_time.max()
    own = own[own["user"].isin(first.index)]
    own_time = own.groupby("user")["timestamp"]
    begin = own_time.min().reindex(first.index).fillna(first)
    end = own_time.max().reindex(first.index)
    times = np.sort(known["timestamp"].to_numpy())
    later = len(times) - np.searchsorted(times, first.to_numpy(), side="right")
    own_later = (own["timestamp"] > own["user"].map(first)).groupby(own["user"]).mean()
    return pd.DataFrame(
        {
            "span": np.maximum(last, end.fillna(last)) - np.minimum(begin, first),
            "gap": first - end,
            "own_later": own_later.reindex(first.index),
            "all_later": later / len(times),
        }
    )


def _stratified(ratings: pd.DataFrame, column: str, ratio: float, seed: int) -> Split:
    check_ratings(ratings)
    check_shares(ratio=ratio)
    # The reference seeds NumPy's legacy generator; a RandomState of our own gives the
    # same stream.
    noise = np.random.RandomState(seed).random_sample(len(ratings))
    groups = ratings[column].to_numpy()
    order = np.lexsort((noise, groups))
    place, count = places_in(groups[order])
    is_train = place < np.round(ratio * count)
    return Split(ratings.iloc[order[is_train]], None, ratings.iloc[order[~is_train]])


def _from_end(
    ratings: pd.DataFrame,
    from_end: np.ndarray,
    num_test: np.ndarray,
    num_valid: np.ndarray,
    with_valid: bool,
) -> Split:
    is_test = from_end <= num_test
    is_valid = ~is_test & (from_end <= num_test + num_valid)
    return Split(
        ratings[~is_test & ~is_valid],
        ratings[is_valid] if with_valid else None,
        ratings[is_test],
    )
