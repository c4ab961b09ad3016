"""Every model by its name: fit it, ask it, keep it.

>>> from rec_tutor import data, recipes
>>> saved = recipes.fit(data.load("synthetic"), "ease", l2=100.0)
>>> list(saved.recommend(items_liked=[3, 5], k=4).columns)
['itemID', 'prediction']

`saved.save("folder")` and `recipes.load("folder")` keep a model for another day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.files import say
from rec_tutor.recipes import cost
from rec_tutor.recipes.loading import load
from rec_tutor.recipes.notes import look
from rec_tutor.recipes.recommender import Recommender
from rec_tutor.recipes.table import RECIPES, Recipe
from rec_tutor.recipes.task import Task, need

__all__ = ["Recipe", "Recommender", "fit", "load", "names"]


def names() -> list[str]:
    """The names that `fit` knows."""
    return list(RECIPES)


def fit(
    ds: Dataset,
    name: str,
    *,
    framework: str = "torch",
    seed: int = 0,
    valid: pd.DataFrame | None = None,
    allow_seen: bool = False,
    min_rating: float | None = None,
    notes: bool = True,
    **options: Any,
) -> Recommender:
    """Fit a model by its name.

    Args:
        name: one of `names()`.
        framework: "torch" or "tensorflow"; baselines need neither.
        valid: interactions with the indices of `ds`, later than its own: for early
            stopping, and known to the recommender afterwards, but not trained on.
        allow_seen: tune for lists that may hold what a user already has.
        min_rating: rows with a lower rating are not trained on; they stay known, and
            are not recommended again.
        notes: say on stderr what the model makes of the data that may surprise.
        options: change the model's defaults; `RECIPES[name].defaults()` shows them.

    Raises:
        DataError: on an unknown name, framework or option, a framework that is not
            installed, data that the model can learn nothing from, or more memory
            needed than there is (before any work, where an estimate says so).
    """
    if not isinstance(ds, Dataset):
        raise DataError(
            f"ds must be a Dataset, not {type(ds).__name__}: data.read_csv(path) and"
            " data.from_frame(table) make one."
        )
    if name not in RECIPES:
        raise DataError(f"there is no model {name!r}; there are {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    if recipe.network:
        need(framework)
    defaults = recipe.defaults()
    for option in options:
        if option not in defaults:
            known = ", ".join(defaults) or "none"
            raise DataError(f"{name} has no option {option!r}; it has: {known}.")
    later = None if valid is None or valid.empty else valid
    train, low = parted(ds.ratings, min_rating, ds.name)
    if later is not None:
        later, low_later = parted(later, min_rating, "valid")
        low = pd.concat([low, low_later[low.columns]])
    task = Task(replace(ds, ratings=train), name, framework, seed, later, allow_seen)
    chosen = {**defaults, **options}
    chosen = {
        k: v.item() if isinstance(v, np.generic) else v for k, v in chosen.items()
    }
    warn = say if notes else None
    look(ds, name, chosen, ordered=recipe.ordered, tell=warn, low=min_rating is None)
    framework = framework if recipe.network else ""
    cost.check(ds, name, chosen, framework)
    try:
        model = recipe.run(task, chosen)
    except (MemoryError, RuntimeError) as error:
        if not cost.was_memory(error):
            raise
        raise cost.too_large(ds, name, chosen, framework, tried=True) from error
    known = train if later is None else pd.concat([train, later[train.columns]])
    number = len(known)
    known = pd.concat([known, low], ignore_index=True) if len(low) else known
    return Recommender(
        model=model,
        recipe=name,
        framework=framework,
        options=chosen,
        user_ids=ds.users["user_id"].to_numpy(),
        item_ids=ds.items["item_id"].to_numpy(),
        built=task.built,
        interactions=known,
        trained=len(train),
        top=float(known["rating"].max()),
        liked=number,
    )


def parted(
    ratings: pd.DataFrame, min_rating: float | None, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that are rated at least so, and the others."""
    if min_rating is None:
        return ratings, ratings.iloc[:0]
    high = (ratings["rating"] >= min_rating).to_numpy()
    if not high.any():
        low, top = ratings["rating"].min(), ratings["rating"].max()
        raise DataError(
            f"{name}: no rating is at least {min_rating:g}; they run from {low:g} to"
            f" {top:g}."
        )
    return ratings[high], ratings[~high]
