"""What the metrics of lists share: the lists, checked and counted."""

import numpy as np


def found(values: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """`values` as float64, NaN where there was nothing to find."""
    return np.where(num_relevant > 0, values, np.nan)


def checked(top_items: np.ndarray) -> np.ndarray:
    top_items = np.asarray(top_items)
    if top_items.ndim != 2 or not np.issubdtype(top_items.dtype, np.integer):
        raise ValueError(
            f"top_items must be integers of shape (n_users, k); got {top_items.dtype}"
            f" {top_items.shape}."
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
