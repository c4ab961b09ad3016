"""What the models of both frameworks ask of their arguments, said once."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse


def one_of(name: str, value: str, choices: Sequence[str]) -> None:
    """Refuse a word that is none of those on offer.

    Args:
        name: the argument, for the message.
        value: what it is.
        choices: what it may be.

    Raises:
        ValueError: for any other word.
    """
    if value not in choices:
        raise ValueError(
            f"{name} must be one of {', '.join(choices)}; it is {value!r}."
        )


def table(name: str, given: np.ndarray | None, rows: int | None = None) -> np.ndarray:
    """Features of users, items or actions: a row of finite numbers for each.

    Args:
        name: the argument, for the message.
        given: the table; None stands for one without columns.
        rows: how many rows there must be; None: any number.

    Returns:
        The table as an array, (rows, F).

    Raises:
        ValueError: for another shape, NaN or infinity.
    """
    features = np.zeros((rows or 0, 0)) if given is None else np.asarray(given)
    if (
        features.ndim != 2
        or rows not in (None, len(features))
        or not np.isfinite(features).all()
    ):
        shape = f"({'n' if rows is None else rows}, F)"
        raise ValueError(
            f"{name} must be a table of finite numbers, {shape}; its shape is"
            f" {features.shape}."
        )
    return features


def some_of(name: str, given: np.ndarray | None, number: int) -> np.ndarray:
    """Which of `number` things: a bool for each of them.

    Args:
        name: the argument, for the message.
        given: bool (number,); None: all.
        number: how many there are.

    Returns:
        The indices of those that are True, int64.

    Raises:
        ValueError: for another shape or type, or where none is True.
    """
    mask = np.ones(number, dtype=bool) if given is None else np.asarray(given)
    if mask.dtype != bool or mask.shape != (number,) or not mask.any():
        raise ValueError(
            f"{name} must hold a bool for each of {number}, True for some; its shape is"
            f" {mask.shape}, its type {mask.dtype}."
        )
    return np.flatnonzero(mask)


def adjacency(matrix: sparse.csr_matrix, num_users: int, num_items: int) -> int:
    """A graph of users, items and perhaps further nodes, see `inputs.graph`.

    Args:
        matrix: its adjacency matrix, (N, N).
        num_users: nodes 0 .. num_users - 1.
        num_items: the nodes after them.

    Returns:
        How many nodes there are besides users and items.

    Raises:
        ValueError: for a matrix that is not square, or too small.
    """
    nodes, shape = num_users + num_items, matrix.shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] < nodes:
        raise ValueError(
            f"adjacency must have a row and a column for each of {num_users} users and"
            f" {num_items} items, ({nodes}, {nodes}), or more; its shape is {shape}."
        )
    return shape[0] - nodes


def heights(heights: Sequence[int], vertical: int, length: int) -> tuple[int, ...]:
    """The filters of Caser: some there must be, and each must fit into the window.

    Args:
        heights: of the horizontal filters.
        vertical: how many vertical filters.
        length: of the window.

    Returns:
        The heights, as a tuple.

    Raises:
        ValueError: without any filter, or for a height outside 1 .. length.
    """
    if not heights and not vertical:
        raise ValueError(
            "Caser needs horizontal filters (heights) or vertical ones; both are"
            " missing."
        )
    if any(not 1 <= height <= length for height in heights):
        raise ValueError(
            f"heights must lie between 1 and length = {length}; they are"
            f" {tuple(heights)}."
        )
    return tuple(heights)
