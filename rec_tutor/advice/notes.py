"""What to know before believing a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rec_tutor import evaluation
from rec_tutor.advice import tuning
from rec_tutor.advice.trial import Trial
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import splits
from rec_tutor.evaluation.splits import Split

FEW = 0.1


def notes(
    ds: Dataset, split: Split, cut: str, timed: bool, found: dict[str, Trial]
) -> Iterator[str]:
    yield cut
    new = 1 - split.test["item"].isin(split.refit["item"]).mean()
    if new > 0.005:
        yield (
            f"{new:.0%} of the test interactions are with items that nobody had before:"
            " none of these models can find them."
        )
    if timed:
        leak = splits.leakage(split)
        yield (
            f"On average {leak['all_later'].mean():.0%} of what the models are trained"
            " on happened, among other users, after the first interaction that a user"
            " is tested on. That can flatter them; how they do on a true future only a"
            " cut at one date (splits.global_time, splits.walk_forward) or a live test"
            " can say."
        )
    else:
        yield (
            "Without time a model learns from what happened after the interactions that"
            " it is tested on. The numbers are far higher than in use, and another"
            " model may be the best there. Add the times if you can get them."
        )
    for name, trial in found.items():
        if not trial.runs:
            yield f"{name}: {trial.status}. Nothing is said about it."
        elif trial.status != "ok":
            yield f"{name} was tuned less than the others: {trial.status[4:]}."
    yield (
        "Each model's options are the best of its trials on the validation part; the"
        " test part was looked at once. The intervals are over users"
        + (" and seeds" if any(len(t.runs) > 1 for t in found.values()) else "")
        + "; another period or another choice of users may differ more."
    )


def reserves(
    split: Split, timed: bool, use: str, coverage: float, found: dict[str, Trial]
) -> Iterator[str]:
    """What speaks against the model that is advised, whose lists have that coverage."""
    if timed and use in tuning.ORDERED:
        gap = splits.leakage(split)["gap"]
        if (gap == 0).mean() > FEW:
            yield (
                f" With reserve: for {(gap == 0).mean():.0%} of the users the cut lies"
                " between interactions of the same time, where the order of the rows"
                f" decides, and {use} may have learnt just that order."
                f"{_elsewhere(gap.index[gap != 0], use, found)}"
            )
    if coverage < FEW:
        yield (
            f" With reserve: its lists show {coverage:.0%} of the items; nobody will"
            " meet the others through it."
        )


def _elsewhere(users: pd.Index, use: str, found: dict[str, Trial]) -> str:
    """The lead among these users over the best model that reads no order."""
    rivals = [n for n, t in found.items() if t.runs and n not in tuning.ORDERED]
    if len(users) < 2 or not rivals:
        return ""
    rival = max(rivals, key=lambda name: found[name].valid)
    some: dict[str, Any] = {
        name: [run[run.index.isin(users)] for run in found[name].runs]
        for name in (use, rival)
    }
    row = evaluation.compare(some, rival).loc[use]
    return (
        f" Among the {len(users):,} others its lead over {rival}, the best that reads"
        f" no order, is {row['difference']:+.4f} ({row['low']:+.4f} to"
        f" {row['high']:+.4f})."
    )
