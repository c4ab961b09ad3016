"""How far the recipes' defaults, chosen on MovieLens-100K, carry over to other data.

    python -m course elsewhere                          three sets, six models
    python -m course elsewhere --only bpr --sets small

Two sets are made up, see `made_up`: *sparse* has the proportions of Gowalla (LightGCN's
version has 29,858 users, 40,981 items and 34 interactions a user, doi:10.1145/3397271.
3401063) at a tenth of its size, *small* those of FilmTrust (1,508 users, 2,071 items,
35,497 ratings). These counts are published; how steep popularity is, how much users
differ in activity, and how strong tastes are is assumed.

The cut is that of `rec-tutor evaluate`: each one's last fifth is the test part. The
defaults, and what `advice.tune` finds on the rest, are fitted on the rest and tested.
The networks are PyTorch's, on one thread.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from course.rates import cpu
from rec_tutor import advice, data, evaluation, recipes
from rec_tutor.advice.measure import cut

EARLY, SPAN = 1_500_000_000, 365 * 86_400


def made_up(
    num_users: int,
    num_items: int,
    *,
    mean: float,
    spread: float,
    steep: float,
    flat: float,
    taste: float,
    dim: int = 8,
    seed: int = 0,
) -> data.Dataset:
    """Made-up interactions with tastes, a long tail, and users of all activities.

    Users and items have unit vectors of `dim` random numbers. A user u draws items
    without repetition, with weights p_i exp(taste x_u.y_i), where p_i = (rank +
    flat)^-steep; how many is log-normal, at least 5 and at most a quarter of all items.
    The times are random, so no item rises or falls.

    Args:
        mean: interactions of a user, about.
        spread: standard deviation of the logarithm of their number.
    """
    rng = np.random.default_rng(seed)
    users, items = (rng.standard_normal((size, dim)) for size in (num_users, num_items))
    for vectors in (users, items):
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sizes = np.exp(spread * rng.standard_normal(num_users))
    sizes = np.rint(sizes * mean / sizes.mean()).astype(np.int64)
    sizes = np.clip(sizes, 5, num_items // 4)
    logs = -steep * np.log(np.arange(num_items) + 1 + flat)
    parts = []
    for user, size in enumerate(sizes):
        # the largest of log weight + Gumbel noise: drawing without repetition
        noisy = logs + taste * items @ users[user] + rng.gumbel(size=num_items)
        parts.append(np.argpartition(-noisy, size)[:size])
    frame = pd.DataFrame(
        {"user": np.repeat(np.arange(num_users), sizes), "item": np.concatenate(parts)}
    )
    frame["timestamp"] = EARLY + rng.integers(SPAN, size=len(frame))
    return data.from_frame(frame)


MADE_UP = {
    "sparse": {
        "num_users": 3000,
        "num_items": 5000,
        "mean": 20.0,
        "spread": 0.7,
        "steep": 0.8,
        "flat": 20.0,
        "taste": 7.0,
    },
    "small": {
        "num_users": 1500,
        "num_items": 2000,
        "mean": 24.0,
        "spread": 0.6,
        "steep": 1.5,
        "flat": 8.0,
        "taste": 2.0,
    },
}
SETS = ("ml-100k", *MADE_UP)
MODELS = ("item-knn", "ease", "als", "bpr", "mf", "lightgcn")


def load(name: str, seed: int = 0) -> data.Dataset:
    """A set by its name."""
    if name in MADE_UP:
        return made_up(**MADE_UP[name], seed=seed)  # type: ignore[arg-type]
    return data.load(name)


def measure(ds: data.Dataset, name: str, trials: int, seed: int = 0) -> dict[str, Any]:
    """NDCG@10 and Recall@20 on the test part, of the defaults and of what was found
    with so many trials on the rest; the sentence, and CPU seconds of the tuning.
    """
    split, _ = cut(ds, timed=True, seed=seed)
    known = replace(ds, ratings=split.refit.reset_index(drop=True))
    began = cpu()
    tuned = advice.tune(known, name, trials, seed=seed)
    row: dict[str, Any] = {"seconds": cpu() - began, "sentence": tuned.sentence}
    users = np.sort(split.test["user"].unique())
    found: list[pd.DataFrame] = []
    for kind, options in (("default", {}), ("tuned", tuned.options)):
        if kind == "default" or options:
            saved = recipes.fit(known, name, seed=seed, notes=False, **options)
            read = saved.histories
            items, _ = evaluation.top_k(
                saved, users, seen=saved.seen, k=20, histories=read
            )
            short, long = (
                evaluation.measure(
                    items[:, :k], users, split.test, num_items=ds.num_items
                )
                for k in (10, 20)
            )
            found.append(short.assign(recall=long["recall"]))
        row[f"{kind} NDCG@10"] = found[-1]["ndcg"].mean()
        row[f"{kind} Recall@20"] = found[-1]["recall"].mean()
    gap = found[-1]["ndcg"] - found[0]["ndcg"]
    return row | {"gain": gap.mean(), "error": gap.std() / len(gap) ** 0.5}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=list(MODELS), help="models")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=SETS)
    parser.add_argument("--tune", type=int, default=8, metavar="N", help="settings")
    parser.add_argument("--seed", type=int, default=0, help="of what is made up")
    options = parser.parse_args(arguments)
    head = "defaults: NDCG@10, Recall@20 | tuned | lead in NDCG@10 | CPU s | chosen"
    for name in options.sets:
        ds = load(name, options.seed)
        print(f"{describe(name, ds)}\nset | model | {head}", flush=True)
        for model in options.only:
            row = measure(ds, model, options.tune)
            pairs = [
                f"{row[f'{kind} NDCG@10']:.4f}, {row[f'{kind} Recall@20']:.4f}"
                for kind in ("default", "tuned")
            ]
            lead = f"{row['gain']:+.4f} (se {row['error']:.4f})"
            seconds = f"{row['seconds']:.0f}"
            cells = [name, model, *pairs, lead, seconds, row["sentence"]]
            print(" | ".join(cells), flush=True)
    return 0


def describe(name: str, ds: data.Dataset) -> str:
    """The counts, and how much goes to the most popular hundredth of the items."""
    counts = np.sort(np.bincount(ds.ratings["item"], minlength=ds.num_items))[::-1]
    head = counts[: ds.num_items // 100].sum() / counts.sum()
    return (
        f"{name}: {ds.num_users:,} users, {ds.num_items:,} items,"
        f" {len(ds.ratings):,} interactions, density"
        f" {len(ds.ratings) / ds.num_users / ds.num_items:.2%}, {head:.0%} of them with"
        " a hundredth of the items"
    )


if __name__ == "__main__":
    sys.exit(main())
