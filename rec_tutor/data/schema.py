"""The one shape that all data has here: `Dataset`."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

RATING_COLUMNS = ["user", "item", "rating", "timestamp"]


def need_columns(table: pd.DataFrame, *names: str) -> None:
    """Refuse a table of ratings that lacks a column.

    Args:
        table: what there is.
        *names: what there must be.

    Raises:
        ValueError: naming what is missing.
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(
            f"The ratings table has no column {', '.join(missing)}; it has"
            f" {', '.join(map(str, table.columns))}."
        )


class DataError(ValueError):
    """Something is wrong with a data set or a file; the message says what, where, and
    what to do.
    """


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Ratings with contiguous indices, and what is known about users and items.

    Users and items are those that occur in the ratings, sorted by source id, so neither
    a shuffled file nor another source changes an index. In MovieLens-100K index =
    source id - 1, for users and for films.

    Attributes:
        name: the name it was loaded by, or the name of the file.
        ratings: columns `user`, `item` (int64 indices from 0), `rating` (float64),
            `timestamp` (int64 seconds since 1970-01-01 UTC). Rows are in the order of
            the file; it breaks ties in time.
        users: row = user index. `user_id` is the id in the source; further columns as
            the source has them (MovieLens-100K: age, gender, occupation, zip_code).
        items: row = item index. `item_id` is the id in the source; where the source
            describes its items also `title` (without the year), `year` (Int64, may be
            missing), `genres` (tuple of str) and `entity` (Freebase id or None).
        knowledge: a graph about the items, columns `head`, `relation`, `tail` (Freebase
            ids), or None.
    """

    name: str
    ratings: pd.DataFrame
    users: pd.DataFrame
    items: pd.DataFrame
    knowledge: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if list(self.ratings.columns) != RATING_COLUMNS:
            found = list(self.ratings.columns)
            raise DataError(
                f"{self.name}: the ratings need the columns {RATING_COLUMNS}, not"
                f" {found}."
            )
        for index, frame in (("user", self.users), ("item", self.items)):
            if (
                f"{index}_id" not in frame.columns
                or frame[f"{index}_id"].duplicated().any()
            ):
                raise DataError(
                    f"{self.name}: the {index}s need a column {index}_id in which no id"
                    " comes twice."
                )
            values = self.ratings[index]
            if values.dtype != np.int64 or (
                len(values) and not 0 <= values.min() <= values.max() < len(frame)
            ):
                raise DataError(
                    f"{self.name}: {index} must hold int64 indices below {len(frame)}."
                )
        if not np.isfinite(self.ratings["rating"].to_numpy(dtype=float)).all():
            raise DataError(f"{self.name}: a rating is not a finite number.")
        if self.ratings["timestamp"].dtype != np.int64:
            raise DataError(f"{self.name}: timestamp must hold int64 seconds.")

    def __repr__(self) -> str:
        sizes = (
            f"{self.num_users:,} users, {self.num_items:,} items, {len(self.ratings):,}"
            " ratings"
        )
        return f"<Dataset {self.name}: {sizes}>"

    @property
    def num_users(self) -> int:
        return len(self.users)

    @property
    def num_items(self) -> int:
        return len(self.items)

    def raw(self) -> pd.DataFrame:
        """The ratings with source ids in place of the indices: same columns,
        same rows.
        """
        return self.ratings.assign(
            user=self.users["user_id"].to_numpy()[self.ratings["user"]],
            item=self.items["item_id"].to_numpy()[self.ratings["item"]],
        )

    def user_index(self, source_id: object) -> int:
        """The index of the user with this source id.

        Raises:
            DataError: on an unknown id.
        """
        return self._index("user", self.user_lookup, source_id)

    def item_index(self, source_id: object) -> int:
        """The index of the item with this source id.

        Raises:
            DataError: on an unknown id.
        """
        return self._index("item", self.item_lookup, source_id)

    def find(self, text: str) -> np.ndarray:
        """Indices (int64) of the items whose title contains the text; case and accents
        do not matter.
        """
        if "title" not in self.items.columns:
            raise DataError(
                f"{self.name}: its items have no titles; find one by its id with"
                " item_index(id)."
            )
        titles = self.items["title"].map(_plain)
        return np.flatnonzero(titles.str.contains(_plain(text), regex=False)).astype(
            np.int64
        )

    @cached_property
    def user_lookup(self) -> dict[str, int]:
        """Source id, as text, to user index."""
        return {
            str(source_id): index
            for index, source_id in enumerate(self.users["user_id"])
        }

    @cached_property
    def item_lookup(self) -> dict[str, int]:
        """Source id, as text, to item index."""
        return {
            str(source_id): index
            for index, source_id in enumerate(self.items["item_id"])
        }

    def _index(self, kind: str, lookup: dict[str, int], source_id: object) -> int:
        try:
            return lookup[str(source_id)]
        except KeyError:
            some = ", ".join(list(lookup)[:3])
            raise DataError(
                f"{self.name} has no {kind} with the id {source_id!r}. It has"
                f" {len(lookup):,} {kind}s; their ids look like {some}."
            ) from None


def number_ids(raw: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Replace the source ids in `user` and `item` by indices, in the order of the
    sorted ids.

    Returns:
        The ratings with indices, the user ids and the item ids (row = index).
    """
    users, user_ids = pd.factorize(raw["user"].to_numpy(), sort=True)
    items, item_ids = pd.factorize(raw["item"].to_numpy(), sort=True)
    return (
        raw.assign(user=users.astype(np.int64), item=items.astype(np.int64)),
        user_ids,
        item_ids,
    )


def _plain(text: str) -> str:
    """Lower case without accents: "Café" becomes "cafe"."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
