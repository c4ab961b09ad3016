"""Cuts for cold starts: people, or items, that a model was not trained on.

Both draw from all of the data at once, so training knows what others did later;
`splits.walk_forward` does not, at the price of few people to train on in its first
blocks. A. Schein, A. Popescul, L. Ungar and D. Pennock, "Methods and Metrics for
Cold-Start Recommendations", SIGIR 2002, doi:10.1145/564376.564421.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from rec_tutor.evaluation.cuts import (
    Split,
    check_in_time,
    check_shares,
    places,
    share_of,
)

Cold = Literal["users", "items"]


def drawn(number: int, share: float = 0.2, seed: int = 42) -> np.ndarray:
    """A random share of `number` things: bool (number,), floor(share number) of them
    True.

    Raises:
        ValueError: for a share outside (0, 1), or one that takes nothing.
    """
    check_shares(share=share)
    some = int(share_of(share, number))
    if some < 1:
        raise ValueError(f"a share of {share} of {number} is none at all.")
    mask = np.zeros(number, dtype=bool)
    mask[np.random.default_rng(seed).permutation(number)[:some]] = True
    return mask


def new_users(
    ratings: pd.DataFrame,
    share: float = 0.2,
    test: float = 0.2,
    valid: float = 0.0,
    seed: int = 42,
) -> Split:
    """Cut by people: a random share of them is new, and nothing of theirs is trained
    on.

    - `train`: all ratings of the others; with `valid` > 0 without the last floor(valid
      n) of each, which are the split's `valid`. To tune on new people, cut `train` once
      more by this function.
    - `fold_in`: a new person's first ratings in time, what he or she may be asked for
      (see `answers`).
    - `test`: of a new person's n ratings the last floor(test n); with fewer than 1 /
      test there is nothing to test.

    Ties in time are broken by file order. The parts are in file order.

    Raises:
        ValueError: for shares that make nobody new or everybody.
    """
    check_in_time(ratings)
    check_shares(test=test)
    if valid:
        check_shares(valid=valid)
    users = ratings["user"].to_numpy()
    people = np.unique(users)
    new = np.isin(users, people[drawn(len(people), share, seed)])
    place, count = places(ratings)
    from_end = count - place  # 1 for a user's latest rating
    late = from_end <= share_of(test, count)
    held = ~new & (from_end <= share_of(valid, count))
    return Split(
        ratings[~new & ~held],
        ratings[held] if valid > 0 else None,
        ratings[new & late],
        ratings[new & ~late],
    )


def new_items(
    ratings: pd.DataFrame,
    items: np.ndarray | Sequence[int],
    test: float = 0.2,
    valid: float = 0.1,
) -> Split:
    """Cut by items: those in `items` are new, and nobody's rating of them is trained
    on.

    Each user's ratings are cut in time as by `temporal`. Then the ratings of new items
    leave `train` and `valid`, and those of all other items leave `test`. The parts are
    in file order.

    Who took a new item *before* the cut is not asked about it: these ratings are in no
    part. Such items must not be recommended to these users either, so mask them, too:

        split = splits.new_items(ratings, items)
        before = splits.temporal(ratings).refit  # the same cut, with all items
        seen = interaction_matrix(before, num_users, num_items)

    Args:
        items: bool (num_items,), or the indices of the new items. By the year in which
            they came out, or at random (see `drawn`): the first is what happens, the
            second tells novelty from age.

    Raises:
        ValueError: for a mask that is too short, an index that is no item's, or where
            no item is new, or none is left.
    """
    check_in_time(ratings)
    check_shares(test=test, valid=valid)
    hidden = _mask(items, int(ratings["item"].max()) + 1)[ratings["item"].to_numpy()]
    if hidden.all() or not hidden.any():
        raise ValueError(
            f"{'all' if hidden.all() else 'none'} of the ratings are of new items:"
            " there is nothing to"
            f" {'train on' if hidden.all() else 'test'}."
        )
    place, count = places(ratings)
    from_end = count - place
    late = from_end <= share_of(test, count)
    middle = ~late & (from_end <= share_of(test, count) + share_of(valid, count))
    return Split(
        ratings[~hidden & ~late & ~middle],
        ratings[~hidden & middle] if valid > 0 else None,
        ratings[hidden & late],
    )


def _mask(items: np.ndarray | Sequence[int], number: int) -> np.ndarray:
    """Bool, at least (number,), from a mask or from indices."""
    given = np.asarray(items)
    if given.dtype == bool:
        if given.ndim != 1 or len(given) < number:
            raise ValueError(
                f"items, as a mask, needs one bool per item, {number} or more; its"
                f" shape is {given.shape}."
            )
        return given
    if given.ndim != 1 or not given.size or given.dtype.kind not in "iu":
        raise ValueError(
            "items is a mask, bool (num_items,), or a list of item indices, one at"
            f" least; it is {given.dtype} {given.shape}."
        )
    if given.min() < 0 or given.max() >= number:
        raise ValueError(
            f"items holds indices from {given.min()} to {given.max()}, outside"
            f" 0..{number - 1}."
        )
    mask = np.zeros(number, dtype=bool)
    mask[given] = True
    return mask


def answers(known: pd.DataFrame, n: int) -> pd.DataFrame:
    """What new people have said after `n` answers: the first n ratings of each in
    `known` (a split's `fold_in`), in file order; ties in time are broken by it.

    Raises:
        ValueError: for a negative n.
    """
    if n < 0:
        raise ValueError(f"n is a number of answers, 0 or more; it is {n}.")
    place, _ = places(known)
    return known[place < n]


def leaks(
    split: Split, cold: Cold, items: np.ndarray | Sequence[int] | None = None
) -> pd.DataFrame:
    """The rows that a model may learn from, but must not: an empty table for an honest
    split.

    - `cold="users"`: rows of `train` and `valid` by people of `test` or `fold_in`, and
      rows of `fold_in` that `test` asks for, or that come later in time.
    - `cold="items"`: rows of all parts but `test` about items of `test`, or of `items`,
      the new ones (mask or indices), if they are given.

    It sees rows. A feature that was computed from hidden rows, such as how often an
    item was rated in the whole data, it cannot see: fit once more with the hidden rows
    thrown away, and compare the scores.
    """
    known, extra = split.refit, split.fold_in
    if extra is None:
        extra = split.test[:0]
    if cold == "users":
        people = np.union1d(split.test["user"], extra["user"])
        first = split.test.groupby("user")["timestamp"].min()
        asked = pd.MultiIndex.from_frame(split.test[["user", "item"]])
        again = pd.MultiIndex.from_frame(extra[["user", "item"]]).isin(asked)
        late = (extra["timestamp"] > extra["user"].map(first)).to_numpy()
        return pd.concat([known[known["user"].isin(people)], extra[again | late]])
    if cold == "items":
        told, new = pd.concat([known, extra]), np.unique(split.test["item"])
        if items is not None:
            given = np.asarray(items)
            listed = np.flatnonzero(given) if given.dtype == bool else given
            new = np.union1d(new, listed)
        return told[told["item"].isin(new)]
    raise ValueError(f'cold is "users" or "items"; it is {cold!r}.')
