"""One model on its share of the budget: tune, fit once more, rank."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import evaluation
from rec_tutor.advice import tuning
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import Scorer
from rec_tutor.evaluation.splits import Split
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories

SEEDS = 3  # of models that depend on chance, if the time allows

Fit = Callable[..., Scorer]


@dataclass
class Trial:
    """What became of one model: `lists` are the recommendations behind `runs`, the
    results on the test part, one per seed.
    """

    status: str = "not finished in time"
    valid: float = np.nan
    options: dict[str, Any] = field(default_factory=dict)
    tried: int = 0
    runs: list[pd.DataFrame] = field(default_factory=list)
    lists: list[np.ndarray] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Contest:
    """What every model is put through."""

    ds: Dataset
    split: Split
    timed: bool
    fit: Fit
    framework: str | None = None
    seed: int = 0
    k: int = 10

    def run(self, name: str, number: int, seconds: float) -> Trial:
        """Tune, and measure on the test part; ends about when the seconds are over."""
        began, trial = time.monotonic(), Trial()
        cannot = obstacle(name, self.ds, self.timed)
        if cannot:
            return replace(trial, status=f"not tried: {cannot}")
        end = began + seconds
        try:
            wanted = self._tune(trial, name, number, end)
            if trial.tried:
                self._test(trial, name, end)
        except TimeoutError:
            pass
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            trial.status = f"failed: {text}"
        if trial.runs:
            all_ = trial.tried == wanted
            trial.status = "ok" if all_ else f"ok, {trial.tried} of {wanted} trials"
        trial.seconds = time.monotonic() - began
        return trial

    def _tune(self, trial: Trial, name: str, number: int, end: float) -> int:
        """Trials while the time lasts; as much as one took is kept for the final fit.
        Returns how many there should be.
        """
        settings = tuning.trials(name, number, self.seed, self.timed)
        longest, valid = 0.0, self.split.valid
        assert valid is not None
        valid = valid[valid["user"].isin(self.split.test["user"])]
        for options in settings:
            half, began = (end - time.monotonic()) / 2, time.monotonic()
            if half < longest:
                break
            try:
                frame, _ = tuning.within(
                    half, self.one(name, self.split.train, valid, options)
                )
            except TimeoutError:
                break
            longest = max(longest, time.monotonic() - began)
            trial.tried += 1
            if not trial.valid >= frame["ndcg"].mean():  # NaN: the first one
                trial.valid, trial.options = float(frame["ndcg"].mean()), options
        return len(settings)

    def _test(self, trial: Trial, name: str, end: float) -> None:
        """Fit on train + validation, and rank for the test users; again from other
        seeds where that matters and the time allows.
        """
        for number in range(SEEDS if name in tuning.CHANCE else 1):
            began = time.monotonic()
            call = self.one(
                name, self.split.refit, self.split.test, trial.options, number
            )
            try:
                frame, items = tuning.within(end - time.monotonic(), call)
            except TimeoutError:
                break
            trial.runs.append(frame)
            trial.lists.append(items)
            if time.monotonic() + 1.5 * (time.monotonic() - began) > end:
                break

    def one(
        self,
        name: str,
        known: pd.DataFrame,
        wanted: pd.DataFrame,
        options: dict[str, Any],
        number: int = 0,
    ) -> Callable[[], tuple[pd.DataFrame, np.ndarray]]:
        """A call that fits on `known` and returns the results on `wanted`, one row per
        user, and the lists.
        """

        def call() -> tuple[pd.DataFrame, np.ndarray]:
            ds = replace(self.ds, ratings=known.reset_index(drop=True))
            seed = self.seed + 1000 * number
            model = self.fit(ds, name, framework=self.framework, seed=seed, **options)
            seen = interaction_matrix(known, ds.num_users, ds.num_items)
            users = np.sort(wanted["user"].unique())
            read = histories(known, ds.num_users)
            items, _ = evaluation.top_k(
                model, users, seen=seen, k=self.k, histories=read
            )
            frame = evaluation.measure(items, users, wanted, num_items=ds.num_items)
            return frame, items

        return call


def obstacle(name: str, ds: Dataset, timed: bool) -> str:
    """Why the model cannot be tried, or nothing."""
    unordered = without_order(name, timed)
    if unordered:
        return unordered
    side = tuning.SQUARE.get(name)
    size = ds.num_items if side == "items" else ds.num_users
    if side and size > tuning.LARGEST:
        return f"a table of {size:,} × {size:,} {side} is too large"
    return ""


def without_order(name: str, timed: bool) -> str:
    """Why the model means nothing on data without time, or nothing."""
    if name in tuning.ORDERED and not timed:
        return "it learns what follows what, and the data has no time"
    return ""
