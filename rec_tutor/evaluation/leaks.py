"""How much of the future a split lets into training."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rec_tutor.evaluation.splits import Split, _check


def leakage(split: Split) -> pd.DataFrame:
    """How far a split lets a model see the future: one row per test user, index `user`.

    span       seconds from the user's first to the last rating, all parts together.
    gap        seconds from the user's last rating before the test part to the first in
               it; negative if they overlap, NaN for a user without such ratings. 0: the
               cut lies inside one second, its order is file order.
    own_later  share of the user's own training ratings that are later than the user's
               first test rating.
    all_later  share of all training ratings, whoever made them, that are later than
               that.

    Training means train and validation, as in the final fit; for `walk_forward` the
    fold-in ratings count as the user's own but not as training ratings of all.
    """
    known = split.refit
    _check(known, "timestamp")
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
