"""Histories in time order and the fixed-length windows that sequence models read."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rec_tutor.data.schema import need_columns


def histories(ratings: pd.DataFrame, num_users: int) -> list[np.ndarray]:
    """Each user's items in time order: a list of `num_users` int64 arrays, empty for a
    user without ratings.

    Ties in time are broken by file order.

    Raises:
        ValueError: for a missing column or a user index outside 0..num_users-1.
    """
    need_columns(ratings, "user", "item", "timestamp")
    users = ratings["user"].to_numpy()
    if len(users) and not 0 <= users.min() <= users.max() < num_users:
        raise ValueError(
            f"Column user runs from {users.min()} to {users.max()}, outside"
            f" 0..{num_users - 1}."
        )
    order = np.lexsort((ratings["timestamp"].to_numpy(), users))  # stable
    items = ratings["item"].to_numpy(np.int64)[order]
    ends = np.cumsum(np.bincount(users, minlength=num_users))
    return np.split(items, ends[:-1]) if num_users else []


def windows(
    histories: Sequence[np.ndarray], length: int, pad: int
) -> tuple[np.ndarray, np.ndarray]:
    """Training windows with all positions at once: (inputs, targets), each int64, shape
    (rows, length).

    ``targets[r, t]`` is the item that followed ``inputs[r, t]``. A history of n items
    has n - 1 such steps; it is cut from its end into windows of `length` steps, so that
    every step is a target exactly once, and only a user's earliest window is short.
    Short windows are filled up on the left with `pad` (by convention num_items), in
    inputs and targets at the same places. Histories of fewer than two items give no
    row. Rows are in the order of the histories, and from early to late within one.

    With length 3 and pad 9, the history 0 1 2 3 4 gives inputs (9 9 0), (1 2 3) and
    targets (9 9 1), (2 3 4).
    """
    _check_length(length)
    sizes = np.array([len(history) for history in histories], dtype=np.int64)
    steps = np.maximum(sizes - 1, 0)
    owner = owners(histories, length)
    # 0 for a history's last window
    from_end = np.cumsum(-(-steps // length))[owner] - 1 - np.arange(len(owner))
    ends = steps[owner] - from_end * length  # (rows,) the step after the window's last
    inputs, targets = _gather(histories, sizes, owner, ends, length, pad, shifts=(0, 1))
    return inputs, targets


def owners(histories: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Whose history each row of `windows` is cut from: int64 (rows,), indices into
    `histories`.
    """
    _check_length(length)
    steps = np.array(
        [max(len(history) - 1, 0) for history in histories], dtype=np.int64
    )
    return np.repeat(np.arange(len(steps)), -(-steps // length))


def last_window(
    histories: Sequence[np.ndarray] | None, length: int, pad: int
) -> np.ndarray:
    """The latest `length` items of each history, filled up on the left with `pad`:
    int64 (histories, length).

    This is what a model reads to say what comes next.

    Raises:
        ValueError: where there are no histories (None).
    """
    if histories is None:
        raise ValueError(
            "this model reads histories: pass histories=, one array of items per user,"
            " in time order."
        )
    _check_length(length)
    sizes = np.array([len(history) for history in histories], dtype=np.int64)
    return _gather(
        histories, sizes, np.arange(len(sizes)), sizes, length, pad, shifts=(0,)
    )[0]


def _gather(
    histories: Sequence[np.ndarray],
    sizes: np.ndarray,
    owner: np.ndarray,
    ends: np.ndarray,
    length: int,
    pad: int,
    shifts: tuple[int, ...],
) -> tuple[np.ndarray, ...]:
    """For each row the `length` items of history `owner` before place `ends`, once for
    each of `shifts`.
    """
    if sizes.sum() == 0 or len(owner) == 0:
        return tuple(np.full((len(owner), length), pad, dtype=np.int64) for _ in shifts)
    flat = np.concatenate(histories).astype(np.int64, copy=False)
    if (flat == pad).any():
        raise ValueError(
            f"pad = {pad} is also an item's index; use num_items, which no item has."
        )
    starts = np.cumsum(sizes) - sizes
    # (rows, length) places inside the history
    places = ends[:, None] - length + np.arange(length)
    real = places >= 0
    index = np.where(real, places + starts[owner][:, None], 0)
    return tuple(np.where(real, flat[index + shift], pad) for shift in shifts)


def _check_length(length: int) -> None:
    if length < 1:
        raise ValueError(f"length must be at least 1; it is {length}.")
