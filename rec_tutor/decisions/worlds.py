"""Worlds of users and films to act in: made up, or fitted to MovieLens."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rec_tutor import baselines
from rec_tutor.data.schema import Dataset
from rec_tutor.inputs.matrix import interaction_matrix


@dataclass(frozen=True)
class World:
    """Users and films: who likes what, and what a recommender knows of it.

    Attributes:
        appeal: (U, I), the utility of film i to user u. Hidden from the recommender.
        genres: (I, G), 1 where a film has a genre; at least one each.
        profiles: (U, D), what the recommender knows of a user before the session.
        films: (I, D), its vectors of films, in the space of the profiles.
        popularity: (I,), how often a film was taken before.
        items: (I,), the films' indices in the data set, for their titles.
    """

    appeal: np.ndarray
    genres: np.ndarray
    profiles: np.ndarray
    films: np.ndarray
    popularity: np.ndarray
    items: np.ndarray

    def __post_init__(self) -> None:
        users, items = self.appeal.shape
        shapes = {
            "genres": (items, self.genres.shape[-1]),
            "profiles": (users, self.films.shape[-1]),
            "films": (items, self.films.shape[-1]),
            "popularity": (items,),
            "items": (items,),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} must have shape {shape}; it has"
                    f" {getattr(self, name).shape}."
                )
        if not (self.genres.sum(axis=1) > 0).all():
            raise ValueError("every film needs a genre.")
        if not all(
            np.isfinite(array).all()
            for array in (self.appeal, self.profiles, self.films)
        ):
            raise ValueError(
                "there is a NaN or an infinite number among appeal, profiles or films."
            )

    @property
    def num_users(self) -> int:
        return self.appeal.shape[0]

    @property
    def num_items(self) -> int:
        return self.appeal.shape[1]

    @property
    def shares(self) -> np.ndarray:
        """(I, G): a film's genres as shares that add up to 1."""
        return self.genres / self.genres.sum(axis=1, keepdims=True)

    @property
    def features(self) -> np.ndarray:
        """(I, D + G + 1), what a recommender knows of a film: its vector, its genres,
        and a constant.
        """
        return np.hstack(
            [self.films, self.shares, np.ones((self.num_items, 1))]
        ).astype(np.float32)

    def of(self, items: np.ndarray) -> "World":
        """The same users with some of the films."""
        return World(
            self.appeal[:, items],
            self.genres[items],
            self.profiles,
            self.films[items],
            self.popularity[items],
            self.items[items],
        )


def movielens_world(
    ds: Dataset, train: pd.DataFrame, num_items: int = 200, dim: int = 16, seed: int = 0
) -> World:
    """A world of MovieLens' users and the `num_items` films that most of them took in
    `train`.

    ALS (`baselines.ALS`) gives every user a vector from all of the user's training
    films, and `appeal` is how strongly it points to each film, standardised per user.
    The recommender's profile comes from the earlier half of these films only (scaled so
    that profile . film has standard deviation 1 per user): it knows the user, but not
    fully.
    """
    als = baselines.ALS(ds.num_users, ds.num_items, dim=dim, seed=seed).fit(train)
    count = np.bincount(train["item"], minlength=ds.num_items)
    items = np.sort(np.argsort(-count, kind="stable")[:num_items])
    scores = als.users @ als.items[items].T
    appeal = (scores - scores.mean(axis=1, keepdims=True)) / np.maximum(
        scores.std(axis=1, keepdims=True), 1e-9
    )

    ordered = train.sort_values(["user", "timestamp"], kind="stable")
    place = ordered.groupby("user").cumcount()
    earlier = ordered[place < ordered.groupby("user")["item"].transform("size") / 2]
    known = als._solve(
        interaction_matrix(earlier, ds.num_users, ds.num_items), als.items
    )
    films = als.items[items] / als.items[items].std()
    size = np.maximum((known @ films.T).std(axis=1, keepdims=True), 1e-9)

    names = sorted({genre for i in items for genre in ds.items["genres"][i]})
    genres = np.array(
        [[name in ds.items["genres"][i] for name in names] for i in items], dtype=float
    )
    return World(appeal, genres, known / size, films, count[items], items)
