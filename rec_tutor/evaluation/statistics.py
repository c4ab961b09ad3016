"""How sure are we? Intervals over users and seeds, and paired comparisons."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

BLOCK = 500  # bootstrap resamples drawn at once


def summarise(
    runs: pd.DataFrame | Sequence[pd.DataFrame], *, resamples: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Mean of every metric with a 95 % bootstrap interval over users and, with several
    runs, over seeds.

    Args:
        runs: the result of `evaluate`, or one such frame per training seed (same
            users).

    Returns:
        One row per metric, columns `mean, low, high`. Users with NaN (nothing to find)
        are left out.
    """
    values, _ = _stack(runs)  # (seeds, users, metrics)
    values = values[:, ~np.isnan(values).any(axis=(0, 2))]
    columns = (runs if isinstance(runs, pd.DataFrame) else runs[0]).columns
    if not values.shape[1]:
        return pd.DataFrame(np.nan, index=columns, columns=["mean", "low", "high"])
    rng = np.random.default_rng(seed)
    means = np.concatenate(
        [
            np.einsum(
                "bs,sbm->bm",
                _redraw(rng, size, len(values)),
                _redraw(rng, size, values.shape[1]) @ values,
            )
            for size in _blocks(resamples)
        ]
    )  # (resamples, metrics)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {"mean": values.mean(axis=(0, 1)), "low": low, "high": high}, index=columns
    )


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


def _redraw(rng: np.random.Generator, resamples: int, n: int) -> np.ndarray:
    """Weights (resamples, n) of the mean of n things drawn anew with replacement."""
    return rng.multinomial(n, np.full(n, 1 / n), size=resamples) / n


def _blocks(resamples: int) -> list[int]:
    """The number of resamples, in parts that fit into memory."""
    return [min(BLOCK, resamples - start) for start in range(0, resamples, BLOCK)]


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
    resamples: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Each model against `baseline` on the same users: mean difference, 95 % interval,
    p, Holm-adjusted p.

    The interval is a paired bootstrap over users (and seeds). p comes from a two-sided
    sign-flip test over users, whose null hypothesis says that swapping the two models
    changes nothing; models with several seeds are averaged over them per user before
    the test.
    """
    if baseline not in results:
        raise KeyError(
            f"baseline {baseline!r} is not among the results: {', '.join(results)}."
        )
    rng = np.random.default_rng(seed)
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
        both = np.concatenate([values, reference])[:, :, 0]  # (seeds of both, users)
        a, b = np.split(both[:, ~np.isnan(both).any(axis=0)], [len(values)])
        mean = a.mean(axis=0) - b.mean(axis=0)  # (users,)
        gaps, extreme = [], 0
        for size in _blocks(resamples):
            # (users, size): the same users for both models
            drawn = _redraw(rng, size, len(mean)).T
            gap = np.einsum("bs,sb->b", _redraw(rng, size, len(a)), a @ drawn)
            gaps.append(
                gap - np.einsum("bs,sb->b", _redraw(rng, size, len(b)), b @ drawn)
            )
            signs = rng.integers(0, 2, size=(size, len(mean)), dtype=np.int8) * np.int8(
                2
            ) - np.int8(1)
            extreme += int((np.abs(signs @ mean) >= abs(mean.sum()) - 1e-12).sum())
        low, high = np.quantile(np.concatenate(gaps), [0.025, 0.975])
        rows.append((name, mean.mean(), low, high, (extreme + 1) / (resamples + 1)))
    table = pd.DataFrame(
        rows, columns=["model", "difference", "low", "high", "p"]
    ).set_index("model")
    table["p_holm"] = holm(table["p"].to_numpy())
    return table


def _only(
    runs: pd.DataFrame | Sequence[pd.DataFrame], metric: str
) -> list[pd.DataFrame]:
    return [
        frame[[metric]]
        for frame in ([runs] if isinstance(runs, pd.DataFrame) else runs)
    ]
