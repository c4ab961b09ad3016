"""What the metrics of lists share: the lists, checked and counted."""

import numpy as np


def found(values: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """`values` as float64, NaN where there was nothing to find."""
    return np.where(num_relevant > 0, values, np.nan)


def checked(top_items: np.ndarray) -> np.ndarray:
    """Lists of items (n_users, k), -1 where a list is shorter.

    Raises:
        ValueError: if they are no integers of that shape, or an item stands twice in a
            list: it would be counted twice.
    """
    top_items = np.asarray(top_items)
    if top_items.ndim != 2 or not np.issubdtype(top_items.dtype, np.integer):
        raise ValueError(
            f"top_items must be integers of shape (n_users, k); got {top_items.dtype}"
            f" {top_items.shape}."
        )
    in_order = np.sort(top_items, axis=1)
    twice = (in_order[:, 1:] == in_order[:, :-1]) & (in_order[:, 1:] >= 0)
    if twice.any():
        row = int(twice.any(axis=1).argmax())
        item = in_order[row, 1:][twice[row]][0]
        more = np.count_nonzero(twice.any(axis=1)) - 1
        raise ValueError(
            f"item {item} stands twice in the list of row {row}"
            + (f", and {more} more list(s) have one twice" if more else "")
            + ": keep the first place of each."
        )
    return top_items


def how_often(top_items: np.ndarray, num_items: int) -> np.ndarray:
    """How often each of the `num_items` items is recommended."""
    top_items = checked(top_items)
    counts = np.bincount(top_items[top_items >= 0], minlength=num_items)
    if len(counts) > num_items:
        raise ValueError(
            f"top_items holds item {len(counts) - 1}, but there are only {num_items}"
            " items."
        )
    return counts
