"""What the splits share: the parts, places in time, shares, checks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rec_tutor.data.schema import need_columns
from rec_tutor.inputs.order import need_order


@dataclass(frozen=True)
class Split:
    """The parts of one cut; each is a ratings table.

    Attributes:
        train: what a model is fitted on.
        valid: what hyper-parameters and early stopping are chosen on, or None.
        test: what is reported, once.
        fold_in: what is known at test time about users who are not in `train`
            (`walk_forward` and `new_users`), or None.
    """

    train: pd.DataFrame
    valid: pd.DataFrame | None
    test: pd.DataFrame
    fold_in: pd.DataFrame | None = None

    @property
    def refit(self) -> pd.DataFrame:
        """Training and validation rows together, in file order: what the final model is
        fitted on.
        """
        if self.valid is None:
            return self.train
        return pd.concat([self.train, self.valid]).sort_index(kind="stable")


def places(ratings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """For every row: its place (0 = earliest) among its user's ratings in time, and how
    many the user has.
    """
    users = ratings["user"].to_numpy()
    # stable: file order breaks ties
    order = np.lexsort((ratings["timestamp"].to_numpy(), users))
    place, count = np.empty_like(order), np.empty_like(order)
    place[order], count[order] = places_in(users[order])
    return place, count


def places_in(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same for an array in which equal groups stand together."""
    _, starts, sizes = np.unique(groups, return_index=True, return_counts=True)
    return np.arange(len(groups)) - np.repeat(starts, sizes), np.repeat(sizes, sizes)


def share_of(share: float, n: np.ndarray | int):
    """floor(share n), safe against products such as .29 * 100 = 28.999999999999996."""
    return np.floor(share * np.asarray(n) + 1e-9).astype(np.int64)


def check_ratings(ratings: pd.DataFrame, *more: str) -> None:
    need_columns(ratings, "user", "item", *more)
    if len(ratings) == 0:
        raise ValueError("The ratings table is empty: there is nothing to split.")
    if not ratings.index.is_unique:
        raise ValueError(
            "The ratings table's index repeats labels; call"
            " ratings.reset_index(drop=True) first."
        )


def check_in_time(ratings: pd.DataFrame) -> None:
    """The same for a cut in time: rows without time that are sorted by item say nothing
    about what came when.
    """
    check_ratings(ratings, "timestamp")
    need_order(ratings, "a split in time")


def check_shares(**shares: float) -> None:
    """The first share must lie inside (0, 1); the others may be 0; together they must
    stay below 1.
    """
    for position, (name, share) in enumerate(shares.items()):
        if not 0 <= share < 1 or (share == 0 and position == 0):  # NaN fails the first
            raise ValueError(
                f"{name} must be a share between 0 and 1, such as 0.2; it is {share}."
            )
    if sum(shares.values()) >= 1 - 1e-9:
        raise ValueError(
            f"The shares {shares} leave nothing for the rest; together they must stay"
            " below 1."
        )
