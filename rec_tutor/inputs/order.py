"""Is there an order of time in a table of ratings, or only one of rows?"""

import numpy as np
import pandas as pd
from scipy.special import gammaln

CHANCE = 14  # an order of items that comes about by chance once in e^14 tables


def numbers_of_rows(ratings: pd.DataFrame) -> bool:
    """Whether the timestamps are 0, 1, 2, …: they stand for a missing column."""
    times = ratings["timestamp"].to_numpy()
    return len(times) > 0 and np.array_equal(times, np.arange(len(times)))


def has_time(ratings: pd.DataFrame) -> bool:
    """Whether the timestamps say anything: not all equal, and not merely the numbers of
    the rows.
    """
    some = len(np.unique(ratings["timestamp"])) > 1
    return some and not numbers_of_rows(ratings)


def sorted_by_item(ratings: pd.DataFrame) -> bool:
    """Whether every user's rows stand in the order of the items' indices, in a way that
    is no chance: as in a file that was sorted by user and item.
    """
    order = np.argsort(ratings["user"].to_numpy(), kind="stable")
    users, items = ratings["user"].to_numpy()[order], ratings["item"].to_numpy()[order]
    same = users[1:] == users[:-1]
    if (items[1:] < items[:-1])[same].any():
        return False
    counts = np.bincount(users) if len(users) else np.zeros(1)
    return float(gammaln(counts + 1).sum()) > CHANCE  # log of the number of orders


def need_order(ratings: pd.DataFrame, what: str) -> None:
    """Refuse to take the order of the rows for time where it is plainly another one.

    Args:
        what: needs the order, for the message.

    Raises:
        ValueError: if there is no time and the rows are sorted by item.
    """
    if numbers_of_rows(ratings) and sorted_by_item(ratings):
        raise ValueError(
            f"{what} needs to know what came when. There is no time in this table, and"
            " the rows of each user are sorted by item, so their order says nothing:"
            " the last rows are the highest item numbers. Get a table with times, or"
            " choose what does without: splits.random, and a model like ease or mf."
        )
