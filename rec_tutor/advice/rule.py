"""Which model, then? One rule, written down before the test part is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rec_tutor import evaluation

Runs = Mapping[str, Sequence[pd.DataFrame]]


@dataclass(frozen=True)
class Decision:
    """What to use (None: no answer), in words, and the comparisons behind it: the mean
    difference best - model with a 95 % interval, p, and p corrected by Holm.
    """

    use: str | None
    sentence: str
    best: str | None = None
    comparisons: pd.DataFrame | None = None


def decide(
    runs: Runs, valid: dict[str, float], k: int = 10, questions: int = 1
) -> Decision:
    """The simplest model that the best one is not shown to beat.

    The best one is chosen on the validation part, so its lead on the test part is not
    its luck (no winner's curse). There it is compared with every other model, user by
    user. It counts as better where the 95 % interval of the difference lies above 0
    and p, corrected for all these comparisons by Holm, is below 0.05.

    Should another model be shown to be better than it, that one takes its place. As
    this is a second look at the test part, p is doubled then, and the sentence warns.

    Args:
        runs: results of `evaluation.evaluate` per model and seed, the simplest model
            first.
        valid: each model's NDCG on the validation part.
        questions: how many such decisions are made at once; p is multiplied by it.
    """
    names = list(runs)
    if len(names) < 2:
        only = f"only {names[0]}" if names else "no model"
        return Decision(
            None, f"No answer: {only} was measured, there is nothing to compare."
        )
    if min(len(run) for of_one in runs.values() for run in of_one) < 2:
        return Decision(
            None,
            "No answer: a single user has anything to test, and one says nothing about"
            " others.",
        )
    best = max(names, key=lambda name: valid[name])  # of equals the simplest
    table = _against(runs, best, questions)
    rivals = table[(table["high"] < 0) & (table["p_holm"] < 0.05)]
    if len(rivals):
        first, best = best, str(rivals["difference"].idxmin())
        gap = rivals.loc[best]
        table = _against(runs, best, 2 * questions)
        use, text = _choose(names, best, table, k, "test")
        warning = (
            f" With reserve: on the validation part {first} was best, on the test part"
            f" {best} is better by {-gap['difference']:.4f} ({-gap['high']:.4f} to"
            f" {-gap['low']:.4f}). Choosing on the test part flatters; ask again with"
            " later data."
        )
        return Decision(use, text + warning, best, table)
    use, text = _choose(names, best, table, k, "validation")
    return Decision(use, text, best, table)


def _against(runs: Runs, best: str, looks: int = 1) -> pd.DataFrame:
    """The lead of `best` over each other model."""
    table = evaluation.compare(dict(runs), best)
    return table.assign(
        difference=-table["difference"],
        low=-table["high"],
        high=-table["low"],
        p=np.minimum(table["p"] * looks, 1.0),
        p_holm=np.minimum(table["p_holm"] * looks, 1.0),
    )


def _choose(
    names: list[str], best: str, table: pd.DataFrame, k: int, part: str
) -> tuple[str, str]:
    """The model to use, and the sentence."""
    simpler, more = names[: names.index(best)], names[names.index(best) + 1 :]
    beaten = (table["low"] > 0) & (table["p_holm"] < 0.05)
    for name in simpler:
        if not beaten[name]:
            return name, _no_difference(best, name, table, k)
    text = f"Use {best}: it was the best on the {part} part, and "
    if simpler:
        closest = table.loc[simpler, "difference"].idxmin()
        text += (
            f"on the test part it beats all that is simpler ({', '.join(simpler)}):"
            f" {_gap(table.loc[closest], k)} against {closest}"
            f"{', the closest' if len(simpler) > 1 else ''}."
        )
    else:
        text += "nothing simpler was tried."
    if more:
        text += (
            f" Nothing more complex ({', '.join(more)}) was better on the {part} part."
        )
    return best, text


def _no_difference(best: str, name: str, table: pd.DataFrame, k: int) -> str:
    row = table.loc[name]
    after = ""
    if row["low"] > 0:
        after = (
            f" Taken alone the interval is above 0, but not after correction for"
            f" {len(table)} comparisons."
        )
    return (
        f"No difference found between {best}, the best on the validation part, and"
        f" {name}: {_gap(row, k)}.{after} Use {name}, which is simpler; a lead of"
        f" {best} of up to {max(row['high'], 0):.4f} is not ruled out."
    )


def _gap(row: pd.Series, k: int) -> str:
    return (
        f"{row['difference']:+.4f} NDCG@{k} (95 % interval {row['low']:+.4f} to"
        f" {row['high']:+.4f}, p = {row['p_holm']:.2g} after Holm's correction)"
    )
