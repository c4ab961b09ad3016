"""How much memory each model takes, and how much `rec_tutor.recipes.cost` expects.

    python -m course memory                                 all models, all sizes
    python -m course memory --only ease mf --sizes small    some of them

Each model is fitted and makes lists, in a process of its own; its largest resident
memory is held against the estimate. Networks are trained for one epoch, one member of
an ensemble, and make lists for --users people only: more of them take more time, and no
more memory. MovieLens-100K, and made-up sets with long tails; "sparse" is as large as
"large", with fewer interactions, for networks that take long. One thread; a process
that is stopped after --limit seconds is shown without a number.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import data, recipes
from rec_tutor.recipes import cost
from rec_tutor.recipes.table import RECIPES

SIZES = {  # users, items, interactions
    "small": (943, 1682, 100_000),
    "medium": (6_000, 3_700, 1_000_000),
    "large": (30_000, 20_000, 400_000),
    "sparse": (30_000, 20_000, 100_000),
}


def long_tailed(users: int, items: int, interactions: int) -> pd.DataFrame:
    """Ratings in which a few people and a few items have much; everybody has some."""
    rng = np.random.default_rng(0)
    chances = [1 / np.arange(10, n + 10) ** 0.8 for n in (users, items)]
    bounds = [np.cumsum(chance) / chance.sum() for chance in chances]
    once = np.arange(max(users, items))
    cells = (once % users) * items + rng.permutation(once) % items
    while len(cells) < interactions:
        user, item = (
            np.searchsorted(bound, rng.random(interactions)) for bound in bounds
        )
        more = np.setdiff1d(user * items + item, cells)
        wanted = min(len(more), interactions - len(cells))
        cells = np.concatenate([cells, rng.permutation(more)[:wanted]])
    cells = rng.permutation(cells)
    return pd.DataFrame(
        {
            "user": cells // items,
            "item": cells % items,
            "rating": rng.integers(1, 6, len(cells)).astype(float),
            "timestamp": rng.integers(0, 10**9, len(cells)),
        }
    )


def dataset(table: pd.DataFrame) -> data.Dataset:
    """The ratings with a title and a genre for each item."""
    ds = data.from_frame(table)
    ids = ds.items["item_id"]
    titles = [f"Film {n % 997} of the {n % 89} th town" for n in ids]
    described = ds.items.assign(title=titles, genres=[(f"g{n % 19}",) for n in ids])
    return data.Dataset(ds.name, ds.ratings, ds.users, described)


def peak() -> int:
    """The largest resident memory of this process so far, in bytes."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def shortened(name: str, batch_size: int | None) -> dict[str, Any]:
    """Options that make the training of a network short."""
    short = {"epochs": 1, "members": 1} if RECIPES[name].network else {}
    if batch_size is not None:
        short["batch_size"] = batch_size
    return {key: short[key] for key in short if key in RECIPES[name].defaults()}


def one(name: str, framework: str, path: str, users: int, batch: int | None) -> None:
    """Fit a model, make lists, and print what that took."""
    ds = dataset(pd.read_pickle(path))
    read, started = peak(), time.perf_counter()
    saved = recipes.fit(ds, name, framework=framework, **shortened(name, batch))
    fitted, seconds = peak(), time.perf_counter() - started
    some = list(saved.user_ids[:users])
    saved.recommend(some if RECIPES[name].network else None)
    whole = time.perf_counter() - started
    about = {"read": read, "fitted": fitted, "peak": peak()}
    print(json.dumps({**about, "fit s": seconds, "lists s": whole - seconds}))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=list(RECIPES), help="models")
    parser.add_argument(
        "--sizes", nargs="*", default=list(SIZES), help=", ".join(SIZES)
    )
    parser.add_argument("--frameworks", nargs="*", default=["torch", "tensorflow"])
    parser.add_argument("--limit", type=float, default=600, help="seconds (600)")
    parser.add_argument("--users", type=int, default=2000, help="(2000)")
    parser.add_argument("--batch-size", type=int, help="of networks, for fewer steps")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        name, framework, path = options.one
        one(name, framework, path, options.users, options.batch_size)
        return 0
    runs = [
        (size, name, framework)
        for size in options.sizes
        for name in options.only
        for framework in RECIPES[name].frameworks or ("",)
        if framework in ("", *options.frameworks)
    ]
    wrong, without = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for size in options.sizes:
            table = long_tailed(*SIZES[size])
            if size == "small":
                table = data.load("ml-100k").raw()
            paths[size] = str(Path(folder) / size)
            table.to_pickle(paths[size])
        for size, name, framework in runs:
            counts, short = SIZES[size], shortened(name, options.batch_size)
            expected = cost.estimate(name, *counts, short, framework).bytes
            command = [sys.executable, "-m", "course", "memory"]
            command += ["--users", str(options.users)]
            if options.batch_size is not None:
                command += ["--batch-size", str(options.batch_size)]
            row = {"size": size, "model": name, "framework": framework}
            try:
                done = subprocess.run(
                    [*command, "--one", name, framework or "torch", paths[size]],
                    capture_output=True,
                    text=True,
                    timeout=options.limit,
                    env={**os.environ, "OMP_NUM_THREADS": "1"},
                )
                found = json.loads(done.stdout.splitlines()[-1])
            except subprocess.TimeoutExpired:
                found = {}
            except (IndexError, ValueError):
                found = {"failed": done.stderr.strip().splitlines()[-1:]}
            ratio = expected / found["peak"] if "peak" in found else np.nan
            without += "peak" not in found
            wrong += "peak" in found and not 1 / 1.5 < ratio < 1.5
            sizes = {k: v / 2**20 for k, v in found.items() if isinstance(v, int)}
            row |= {**found, **sizes, "estimate": expected / 2**20, "ratio": ratio}
            print(json.dumps(row), flush=True)
    print(f"{wrong} of {len(runs)} estimates are wrong by more than a factor of 1.5.")
    print(f"{without} have no number: stopped, or failed.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
