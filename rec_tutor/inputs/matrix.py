"""From a table of interactions to a matrix: users in rows, items in columns."""

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.data.schema import need_columns


def interaction_matrix(
    ratings: pd.DataFrame,
    num_users: int,
    num_items: int,
    values: str | np.ndarray = "binary",
) -> sparse.csr_matrix:
    """Users in rows, items in columns: csr_matrix of float32, shape (num_users,
    num_items), sorted indices.

    Args:
        values: "binary" stores 1 for every pair in the table, "rating" the rating, and
            an array its own numbers, one per row of the table (a pair's last row,
            should it occur twice).

    Raises:
        ValueError: for an index outside the shape, an unknown `values` or an array of
            another length.
    """
    if not isinstance(values, str):
        if np.shape(values) != (len(ratings),):
            raise ValueError(
                "values must hold one number per row of the table,"
                f" ({len(ratings)},); its shape is {np.shape(values)}."
            )
        ratings, values = ratings.assign(rating=np.asarray(values)), "rating"
    if values not in ("binary", "rating"):
        raise ValueError(
            f'values must be "binary", "rating" or an array; it is {values!r}.'
        )
    needed = ("user", "item", "rating") if values == "rating" else ("user", "item")
    need_columns(ratings, *needed)
    for name, size in (("user", num_users), ("item", num_items)):
        if len(ratings) and not 0 <= ratings[name].min() <= ratings[name].max() < size:
            raise ValueError(
                f"Column {name} runs from {ratings[name].min()} to"
                f" {ratings[name].max()}, outside 0..{size - 1}: pass indices (not"
                f" source ids), and the num_{name}s of the whole data set."
            )
    if values == "rating":
        ratings = ratings.drop_duplicates(["user", "item"], keep="last")
        data = ratings["rating"].to_numpy(np.float32)
    else:
        data = np.ones(len(ratings), dtype=np.float32)
    cells = (ratings["user"].to_numpy(), ratings["item"].to_numpy())
    matrix = sparse.csr_matrix(
        (data, cells), shape=(num_users, num_items), dtype=np.float32
    )
    if values == "binary":
        matrix.data[:] = 1.0  # building a csr_matrix adds up repeated pairs
    matrix.sort_indices()
    return matrix


def recency_weights(ratings: pd.DataFrame, strength: float) -> np.ndarray:
    """How much each interaction should count if later ones say more: shape
    (len(ratings),), values in (0, 1].

    weight = exp(strength * (position - 1)), where position is the interaction's place
    in its user's time order divided by the number of that user's interactions (file
    order breaks ties): the last one weighs 1, the first about exp(-strength). With
    strength 0 every weight is 1.
    """
    if not (np.isfinite(strength) and strength >= 0):
        raise ValueError(f"strength must be 0 or positive; it is {strength}.")
    by_user = ratings.sort_values("timestamp", kind="stable").groupby("user")["item"]
    position = (by_user.cumcount() + 1) / by_user.transform("size")
    return np.exp(strength * (position.reindex(ratings.index).to_numpy() - 1))
