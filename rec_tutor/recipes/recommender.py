"""A fitted model with the names of its people and items: what `recipes.fit` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor import evaluation, foldin
from rec_tutor.data.schema import DataError
from rec_tutor.ensemble import MeanOf
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories
from rec_tutor.recipes import cost
from rec_tutor.recipes.table import RECIPES

WITHOUT = (
    "was saved without the interactions (seen=False): what people have is not known any"
    " more."
)


class Fixed:
    """Ready scores, one row per user."""

    def __init__(self, scores: np.ndarray):
        self.scores = scores

    def score(self, users: np.ndarray, histories: Any = None) -> np.ndarray:
        return self.scores[users]


@dataclass
class Recommender:
    """A fitted model, and all that is needed to ask it.

    Attributes:
        model: anything with `score(users, histories=None)`, users being indices.
        recipe: the model's name; framework: "torch", "tensorflow" or "" (NumPy).
        options: all options that it was fitted with.
        user_ids, item_ids: row = index, the ids of the source.
        built: how its networks were made, see `Task.make`.
        interactions: what people have, with indices; None if that was not kept.
        trained: on so many of them, the first, it was fitted.
        liked: so many, the first, are histories; the others are only known to be there
            and are not recommended. None: all.
        top: the highest rating.
    """

    model: Any
    recipe: str
    framework: str
    options: dict[str, Any]
    user_ids: np.ndarray
    item_ids: np.ndarray
    built: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(repr=False)
    interactions: pd.DataFrame | None = field(repr=False)
    trained: int = 0
    top: float = 5.0
    liked: int | None = None

    @property
    def num_items(self) -> int:
        return len(self.item_ids)

    @property
    def trained_on(self) -> pd.DataFrame:
        """The interactions that the model was fitted on."""
        if self.interactions is None:
            raise DataError(f"{self.recipe} {WITHOUT}")
        return self.interactions.iloc[: self.trained]

    @cached_property
    def seen(self) -> sparse.csr_matrix:
        """(num_users, num_items), 1 for what a user has."""
        if self.interactions is None:
            raise DataError(f"{self.recipe} {WITHOUT}")
        return interaction_matrix(self.interactions, len(self.user_ids), self.num_items)

    @cached_property
    def histories(self) -> list[np.ndarray]:
        """What each user has (and liked), in the order of time."""
        if self.interactions is None:
            raise DataError(f"{self.recipe} {WITHOUT} Pass items_liked=[…].")
        return histories(self.interactions.iloc[: self.liked], len(self.user_ids))

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items for user indices, (len(users), num_items). Without
        histories, those are read that the model was fitted on.
        """
        reads = foldin.reads_histories(self.members[0])
        if RECIPES[self.recipe].asks and (histories is None or not reads):
            own = self.histories  # or DataError, where they were not kept
            histories = (
                [own[user] for user in users] if histories is None else histories
            )
        return self.model.score(users, histories)

    def recommend(
        self,
        users: Sequence[Any] | None = None,
        *,
        items_liked: Sequence[Any] | None = None,
        ratings: Sequence[float] | None = None,
        k: int = 10,
        exclude: Sequence[Any] = (),
        only: Sequence[Any] | None = None,
        allow_seen: bool = False,
    ) -> pd.DataFrame:
        """The best items that somebody does not have yet, best first.

        Args:
            users: ids of people in the data; None: all of them.
            items_liked: instead, the item ids of somebody new, the latest last.
            ratings: what this person gave them; without, the highest of the data.
            k: how many items, at most.
            exclude: item ids that are never recommended.
            only: item ids among which to choose.
            allow_seen: also what people already have.

        Returns:
            Columns `userID` (not for somebody new), `itemID`, `prediction`.

        Raises:
            DataError: on an unknown id, or a model that cannot do it.
        """
        if not isinstance(k, int | np.integer) or k < 1:
            raise DataError(f"k must be a whole number, at least 1; it is {k!r}.")
        if ratings is not None and items_liked is None:
            raise DataError("ratings belong to items_liked.")
        model, read, seen = self.model, None, None
        if items_liked is not None:
            if users is not None:
                raise DataError("users and items_liked: name one of them.")
            taken = self.item_indices(items_liked)
            model, who = Fixed(self.new_person(taken, ratings)[None]), np.array([0])
            if not allow_seen:
                cells = (np.ones(len(taken)), (np.zeros(len(taken), int), taken))
                seen = sparse.csr_matrix(cells, shape=(1, self.num_items))
        else:
            who = np.arange(len(self.user_ids))
            who = who if users is None else self.user_indices(users)
            seen = None if allow_seen else self.seen
            if self.interactions is not None or RECIPES[self.recipe].asks:
                read = self.histories
        allowed = np.ones(self.num_items, dtype=bool)
        if only is not None:
            allowed[:] = False
            allowed[self.item_indices(only)] = True
        allowed[self.item_indices(exclude)] = False
        if not allowed.all():
            model = Among(model, allowed)
        k = min(k, self.num_items)
        items, scores = evaluation.top_k(
            model, who, seen=seen, k=k, histories=read, block=self.block
        )
        kept = (items >= 0).ravel()
        table = pd.DataFrame(
            {
                "userID": self.user_ids[np.repeat(who, k)[kept]],
                "itemID": self.item_ids[items.ravel()[kept]],
                "prediction": scores.ravel()[kept],
            }
        )
        return table if items_liked is None else table.drop(columns="userID")

    @property
    def block(self) -> int:
        """How many users are scored at once, so that little memory is needed."""
        return cost.users_at_once(self.recipe, self.num_items, self.options)

    def new_person(
        self, taken: np.ndarray, ratings: Sequence[float] | None
    ) -> np.ndarray:
        """Scores of all items for somebody who took these items, (num_items,)."""
        if not len(taken):
            raise DataError("items_liked is empty: name an item at least.")
        wrong = "ratings needs a finite number for each of items_liked."
        try:
            stars = np.full(len(taken), self.top)
            stars = stars if ratings is None else np.asarray(ratings, dtype=float)
        except (TypeError, ValueError) as error:
            raise DataError(wrong) from error
        if stars.shape != (len(taken),) or not np.isfinite(stars).all():
            raise DataError(wrong)
        # an item that comes twice counts once, as the last thing that happened
        last = len(taken) - 1 - np.unique(taken[::-1], return_index=True)[1]
        taken, stars = taken[np.sort(last)], stars[np.sort(last)]
        try:
            rows = [
                foldin.scores(member, self.num_items, taken, stars)
                for member in self.members
            ]
        except TypeError as error:
            raise DataError(f"{self.recipe}: {error}") from error
        if len(rows) == 1:
            return rows[0]
        one = np.array([0])
        return MeanOf([Fixed(row[None]) for row in rows]).score(one)[0]

    @property
    def members(self) -> Sequence[Any]:
        """The model, or the models that it is the mean of."""
        return getattr(self.model, "models", [self.model])

    def similar_items(self, item: Any, k: int = 10) -> pd.DataFrame:
        """The items most like one, best first: columns `itemID`, `similarity`.

        Of models with item vectors it is their cosine; of kNN, EASE and rules how much
        the item speaks for another. Of an ensemble, the first member is asked.
        """
        if not isinstance(k, int | np.integer) or k < 1:
            raise DataError(f"k must be a whole number, at least 1; it is {k!r}.")
        (index,) = self.item_indices([item])
        model = self.members[0]
        for name in ("similarity", "weights", "transition"):
            speaks = None if self.framework else getattr(model, name, None)
            if speaks is not None and self.recipe != "user-knn":
                row = speaks[[index]]
                row = row.toarray() if sparse.issparse(row) else row
                found = np.asarray(row, dtype=np.float64)[0]
                break
        else:
            vectors = foldin.item_vectors(model, self.num_items)
            if vectors is None:
                raise DataError(f"{self.recipe} does not say which items are alike.")
            if sparse.issparse(vectors):  # of content, rows of length 1
                like = sparse.csr_matrix(vectors)
                found = (like @ like[[index]].T).toarray().ravel()
            else:
                units = foldin.unit(np.asarray(vectors, dtype=np.float64))
                found = units @ units[index]
        found = np.delete(found, index)
        others = np.delete(np.arange(self.num_items), index)
        if not len(others):
            raise DataError("there is no other item.")
        best = evaluation.largest(found[None], min(k, len(found)))[0]
        ids = self.item_ids[others[best]]
        return pd.DataFrame({"itemID": ids, "similarity": found[best]})

    def save(self, folder: str | Path, *, seen: bool = True) -> None:
        """Keep it in a folder, see `recipes.load`. `seen=False` leaves out what people
        have: no lists for them then, but for somebody new.

        Raises DataError where the folder is in use for something else, or cannot be
        written; then nothing was written.
        """
        from rec_tutor.recipes.saving import save

        save(self, Path(folder), seen=seen)

    def user_indices(self, ids: Sequence[Any]) -> np.ndarray:
        """Indices of user ids. Raises DataError on an unknown one."""
        return _indices("user", self._users, ids)

    def item_indices(self, ids: Sequence[Any]) -> np.ndarray:
        """Indices of item ids. Raises DataError on an unknown one."""
        return _indices("item", self._items, ids)

    @cached_property
    def _users(self) -> dict[str, int]:
        return {str(own): index for index, own in enumerate(self.user_ids)}

    @cached_property
    def _items(self) -> dict[str, int]:
        return {str(own): index for index, own in enumerate(self.item_ids)}


class Among:
    """A model that recommends only allowed items."""

    def __init__(self, model: Any, allowed: np.ndarray):
        self.model, self.allowed = model, allowed

    def score(self, users: np.ndarray, histories: Any = None) -> np.ndarray:
        return np.where(self.allowed, self.model.score(users, histories), -np.inf)


def _indices(kind: str, lookup: dict[str, int], ids: Sequence[Any]) -> np.ndarray:
    if isinstance(ids, str | bytes) or not np.iterable(ids):
        raise DataError(f"{ids!r} is no list of {kind} ids: pass [{ids!r}].")
    ids = list(ids)
    strange = [own for own in ids if str(own) not in lookup]
    if strange:
        some = ", ".join(map(str, strange[:3]))
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        examples = ", ".join(list(lookup)[:3])
        raise DataError(
            f"no {kind} with the id {some}{more} was in the training data; ids look"
            f" like {examples}."
        )
    return np.array([lookup[str(own)] for own in ids], dtype=np.int64)
