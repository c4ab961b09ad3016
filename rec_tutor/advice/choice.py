"""Which options for this data? A few settings of one model, judged on a part of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor.advice import tuning
from rec_tutor.advice.facts import has_time, without_repeats
from rec_tutor.advice.measure import cut, fit, refuse
from rec_tutor.advice.trial import Contest, without_order
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.recipes import RECIPES, parted

K = 10  # length of the lists that are judged


@dataclass(frozen=True)
class Tuned:
    """What the tuning of a model found.

    options: for `recipes.fit`: what the defaults are to be changed by, with what was
        set by hand.
    sentence: what was chosen and why, in words.
    gain: mean over users of NDCG@10 on the validation part, the best setting - the
        defaults, and error, its standard error. 0 and 0 if the defaults are the best.
    table: one row per setting: the options that it changes, in words, and NDCG@10.
    """

    options: dict[str, Any]
    sentence: str
    gain: float
    error: float
    table: pd.DataFrame


def tune(
    ds: Dataset,
    name: str,
    trials: int = 8,
    *,
    framework: str = "torch",
    seed: int = 0,
    allow_seen: bool = False,
    min_rating: float | None = None,
    **fixed: Any,
) -> Tuned:
    """Try the first settings of a model's space, the defaults first, and choose.

    Each user's last interactions validate and what is before them trains, cut as in
    `evaluate`. The best setting by NDCG@10 is chosen if its lead over the defaults,
    user by user, is above one standard error; else the defaults are kept. A setting
    that fails is passed over.

        found = advice.tune(ds, "bpr", trials=8, dim=32)
        saved = recipes.fit(ds, "bpr", **found.options)

    Args:
        name: a model with settings to try, see `tuning.SPACES`.
        trials: how many settings, at least 2; fewer where the space is smaller.
        framework, seed, allow_seen, min_rating: as of `recipes.fit`.
        fixed: options that stay as they are.

    Raises:
        DataError: where there is nothing to tune, the data cannot tell settings apart,
            or the defaults cannot be fitted.
    """
    if trials < 2:
        raise DataError("tuning takes at least 2 settings: the defaults and another.")
    need_space(name, fixed)
    timed = has_time(ds.ratings)
    rows = parted(ds.ratings, min_rating, ds.name)[0].reset_index(drop=True)
    if not timed:  # numbers of rows, also where some are left out
        rows = rows.assign(timestamp=np.arange(len(rows)))
    once = without_repeats(replace(ds, ratings=rows))
    obstacle = without_order(name, timed)
    if not obstacle:
        split, _ = cut(once, timed, seed)
        obstacle = refuse(once, split, K)
    if obstacle:
        raise DataError(f"{name} cannot be tuned: {obstacle}")
    own = partial(fit, allow_seen=allow_seen)
    contest = Contest(once, split, timed, own, framework, seed, K)
    settings = tuning.trials(name, trials, seed, timed, fixed)
    if len(settings) < 2:
        raise DataError(
            f"{name}: nothing is left to tune, the others of its options need times."
        )
    values: list[np.ndarray | None] = []  # NDCG, (users,), None where a fit failed
    wrong = ""
    for options in settings:
        call = contest.one(name, split.refit, split.test, {**fixed, **options})
        try:
            values.append(call()[0]["ndcg"].to_numpy())
        except Exception as error:
            if not values:  # the defaults
                raise
            values.append(None)
            wrong = f"; the last that failed: {type(error).__name__}: {error}"
    return _choose(name, settings, values, fixed, wrong)


def need_space(name: str, fixed: Collection[str]) -> None:
    """Refuse a model without settings to try, or one whose options are all fixed."""
    if name not in RECIPES:
        raise DataError(f"there is no model {name!r}; there are {', '.join(RECIPES)}.")
    if name == "biased-mf":
        raise DataError(
            "biased-mf cannot be tuned: it predicts ratings, and settings are judged by"
            " lists."
        )
    space = tuning.SPACES.get(name)
    if not space:
        some = ", ".join(own for own, values in tuning.SPACES.items() if values)
        why = "has nothing to tune" if space == {} else "has no settings to try"
        raise DataError(f"{name} {why}; these have: {some}.")
    if set(space) <= set(fixed):
        raise DataError(
            f"{name}: nothing is left to tune, {', '.join(space)} are set by hand."
        )


def _choose(
    name: str,
    settings: list[dict[str, Any]],
    values: list[np.ndarray | None],
    fixed: dict[str, Any],
    wrong: str,
) -> Tuned:
    """The best setting, or the defaults where it is not plainly better."""
    means = [np.nan if own is None else float(own.mean()) for own in values]
    best = int(np.nanargmax(means))  # of equals the first
    first, there = values[0], values[best]
    assert first is not None and there is not None
    gaps = there - first  # (users,)
    gain, error = float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(len(gaps)))
    words = [in_words(name, options) for options in settings]
    done = sum(own is not None for own in values)
    lead = f"{gain:.4f} (standard error {error:.4f})"
    text = f"{name}, {done} settings, NDCG@{K} of {len(gaps):,} users: "
    if best == 0:
        text += f"the defaults are the best, {means[0]:.4f}"
    elif gain <= error:
        text += (
            f"the defaults are kept, {means[0]:.4f}; the lead of {words[best]} is"
            f" within a standard error, {lead}"
        )
    else:
        text += (
            f"{words[best]} is the best, {means[best]:.4f}, better than the defaults by"
            f" {lead}"
        )
    chosen = settings[best] if gain > error else {}
    table = pd.DataFrame({"setting": words, f"NDCG@{K}": means})
    return Tuned({**chosen, **fixed}, f"{text}{wrong}.", gain, error, table)


def in_words(name: str, options: dict[str, Any]) -> str:
    """The options that differ from the recipe's: `dim 32, l2 0.1`."""
    usual = RECIPES[name].defaults()
    changed = (f"{a} {b:g}" for a, b in options.items() if b != usual[a])
    return ", ".join(changed) or "defaults"
