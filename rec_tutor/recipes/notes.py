"""What a model makes of data that its owner may not expect: said, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.inputs.order import need_order, numbers_of_rows

COMMON = 0.1  # low ratings are worth a word from this share on


def look(
    ds: Dataset,
    name: str,
    options: dict[str, Any],
    *,
    ordered: bool,
    tell: Callable[[str], None] | None,
    low: bool = True,
) -> None:
    """Say what should be known before the model is used.

    Args:
        ordered: the model learns what follows what.
        tell: is told, or None.
        low: also about low ratings.

    Raises:
        DataError: where the model needs an order of time and the rows have none.
    """
    ordered = ordered or options.get("recency", 0) > 0
    if ordered and numbers_of_rows(ds.ratings):
        try:
            need_order(ds.ratings, name)
        except ValueError as error:
            raise DataError(f"{ds.name}: {error}") from None
        if tell:
            tell(
                f"{name} learns what follows what, from the order of the rows alone: if"
                " that is not the order of time, its lists mean nothing"
            )
    if tell and low and name not in ("biased-mf", "content"):
        words = low_ratings(ds.ratings["rating"].to_numpy())
        if words:
            tell(f"{name} counts every row as liked, {words}")


def low_share(ratings: np.ndarray) -> float:
    """The share of ratings in the lowest third of the scale that occurs."""
    lowest, highest = ratings.min(), ratings.max()
    return float(np.mean(ratings < lowest + (highest - lowest) / 3))


def low_ratings(ratings: np.ndarray) -> str:
    """Words on low ratings, the lowest third of the scale; "" where they are rare."""
    lowest, highest, share = ratings.min(), ratings.max(), low_share(ratings)
    if lowest == highest or share < COMMON:
        return ""
    above = lowest + 0.75 * (highest - lowest)
    return (
        f"also the {share:.0%} in the lowest third of the scale ({lowest:g} to"
        f" {highest:g}); --min-rating {above:g} (in Python min_rating=) leaves out what"
        " is below"
    )
