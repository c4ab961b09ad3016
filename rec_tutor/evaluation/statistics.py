"""How sure are we? Intervals over users, and paired comparisons.

One question: with other people from the same population, what would *these trained
models* have scored? People are drawn at random; the seeds are not, so several of them
are averaged for each person before anything else. One method, Student's t, gives the
interval and the p-value, which therefore never contradict each other. What it leaves
open is how far a model trained once more would be away; chapter 02 measures it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit


def summarise(runs: pd.DataFrame | Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Mean of every metric with its 95 % interval over users (Student's t).

    Args:
        runs: the result of `evaluate`, or one such frame per training seed (same
            users); seeds are averaged per user.

    Returns:
        One row per metric, columns `mean, low, high`. Users with NaN (nothing to find)
        are left out. Of a single user the interval is NaN.

    Raises:
        ValueError: no runs, or runs of different users.
    """
    values, _ = _stack(runs)  # (seeds, users, metrics)
    values = values[:, ~np.isnan(values).any(axis=(0, 2))]
    columns = (runs if isinstance(runs, pd.DataFrame) else runs[0]).columns
    if not values.shape[1]:
        return pd.DataFrame(np.nan, index=columns, columns=["mean", "low", "high"])
    mean, error, dof = _mean(values.mean(axis=0))
    half = stdtrit(dof, 0.975) * error
    return pd.DataFrame(
        {"mean": mean, "low": mean - half, "high": mean + half}, index=columns
    )


def _mean(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Mean over the first axis, its standard error (NaN of a single value), and the
    degrees of freedom.
    """
    n = len(values)
    if n < 2:
        return values.mean(axis=0), np.full(values.shape[1:], np.nan), 0
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(n), n - 1


def _stack(runs: pd.DataFrame | Sequence[pd.DataFrame]) -> tuple[np.ndarray, pd.Index]:
    """One frame or one per seed -> values (seeds, users, metrics) and the users, which
    must be the same.
    """
    frames = [runs] if isinstance(runs, pd.DataFrame) else list(runs)
    if not frames:
        raise ValueError("there are no runs: evaluate at least one model.")
    if not all(frame.index.equals(frames[0].index) for frame in frames):
        raise ValueError(
            "the runs have different users: evaluate every seed on the same ones."
        )
    return (
        np.stack([frame.to_numpy(dtype=np.float64) for frame in frames]),
        frames[0].index,
    )


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's step-down adjustment (1979): the i-th smallest of m p-values times m - i +
    1, kept monotone.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted


def compare(
    results: dict[str, pd.DataFrame | Sequence[pd.DataFrame]],
    baseline: str,
    *,
    metric: str = "ndcg",
) -> pd.DataFrame:
    """Each model against `baseline` on the same users: mean difference, 95 % interval,
    p, Holm-adjusted p.

    A paired t-test: seeds are averaged per user, and Student's t of the differences
    gives interval and p, so p < .05 just if the interval leaves 0 out. With
    many users it raises as many false alarms as it promises (Ihemelandu and Ekstrand
    2023, arXiv:2305.02461), and its intervals hold the truth as often
    (experiments/02_intervals.py). With some ten users and metrics that are mostly 0,
    trust neither number.

    Raises:
        KeyError: `baseline` is not among the results.
        ValueError: no runs, or runs of different users.
    """
    if baseline not in results:
        raise KeyError(
            f"baseline {baseline!r} is not among the results: {', '.join(results)}."
        )
    reference, users = _stack(_only(results[baseline], metric))
    rows = []
    for name in results:
        if name == baseline:
            continue
        values, own = _stack(_only(results[name], metric))
        if not own.equals(users):
            raise ValueError(
                f"{name!r} and {baseline!r} have different users: a paired comparison"
                " needs the same."
            )
        gaps = (values.mean(axis=0) - reference.mean(axis=0))[:, 0]
        rows.append((name, *_paired(gaps[~np.isnan(gaps)])))
    table = pd.DataFrame(
        rows, columns=["model", "difference", "low", "high", "p"]
    ).set_index("model")
    table["p_holm"] = holm(table["p"].to_numpy())
    return table


def _paired(gaps: np.ndarray) -> tuple[Any, Any, Any, float]:
    """Mean of the users' differences, its 95 % interval, and p. NaN: no telling."""
    if not len(gaps):
        return (float("nan"),) * 4
    mean, error, dof = _mean(gaps)
    if error == 0:  # everybody's difference is the same
        return mean, mean, mean, float(mean == 0)
    half = stdtrit(dof, 0.975) * error
    return mean, mean - half, mean + half, 2 * stdtr(dof, -abs(mean) / error)


def _only(
    runs: pd.DataFrame | Sequence[pd.DataFrame], metric: str
) -> list[pd.DataFrame]:
    return [
        frame[[metric]]
        for frame in ([runs] if isinstance(runs, pd.DataFrame) else runs)
    ]
