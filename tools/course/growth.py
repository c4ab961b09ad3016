"""How time and memory grow with the interactions.

    python -m course growth                              1e5, 1e6 and 1e7 interactions
    python -m course growth --only mf bpr --sizes 1e5 3e5 1e6

The interactions are made up, with the marginals of MovieLens-100K, see `interactions`.
Each model and size has a process of its own and one thread on the CPU; the networks are
PyTorch's, with the batches and dimensions of `rec_tutor.recipes`. Time: CPU seconds of
fitting, of a network those of one epoch, without what prepares it. Beyond 1e6
interactions the steps of an epoch are extrapolated from the first 50; the column
`steps` says how many were timed. Memory: the largest that was resident, above that of
the imports and the data.

`slope` is that of log seconds over log interactions: 1 is linear. Beside it stands the
slope of the number of operations, which is, for U users and I items, n_u interactions
of a user, n of all, D numbers in a vector:

    popularity   n
    item-knn     the sum over users of n_u^2: each pair of a user's items
    mf           U I D: the scores of everything for everybody
    bpr          n D
    lightgcn     steps (n + B I) D, B users in a batch: the graph, and B rows of scores

U and I grow with the square root of n, so mf is linear in n, and item-knn grows like
n^1.5. So would lightgcn with batches of one size; B grows with the users instead.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from course.memory import peak
from course.rates import cpu, trainer
from rec_tutor import baselines, data
from rec_tutor.inputs.graph import bipartite_adjacency
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sampling import (
    Batches,
    BatchSource,
    NegativeSampler,
    UserBatches,
)
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.task import build
from rec_tutor.recipes.trained import graph_batch

MODELS = ("popularity", "item-knn", "mf", "bpr", "lightgcn")
LARGE, STEPS = 1_000_000, 50  # beyond so many interactions, so many steps are timed
CELLS = 2**23  # that are drawn at once, about


def interactions(
    number: int, ratings: pd.DataFrame, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Made-up interactions with the marginals of `ratings`, no pair twice.

    Users and items grow with the square root of the number. How many items a user has
    is log-normal, with the deviation of the logarithms in `ratings`, and at most half
    of all items. How popular items are is the sorted curve of `ratings`, resampled: an
    item that the share p of all users has is drawn with the weight -ln(1 - p). A user
    gets the items whose waiting times are the shortest, exponential with the weights as
    rates: that is drawing without repetition.

    Returns:
        users and items, int64 (number,), sorted by user; numbers of users and of items.
    """
    rng = np.random.default_rng(seed)
    per_user, per_item = (
        ratings[column].value_counts().to_numpy() for column in ("user", "item")
    )
    scale = (number / len(ratings)) ** 0.5
    num_users, num_items = (
        max(2, round(len(counts) * scale)) for counts in (per_user, per_item)
    )
    wanted = np.exp(np.log(per_user).std() * rng.standard_normal(num_users))
    for _ in range(20):
        wanted = np.minimum(wanted * number / wanted.sum(), num_items / 2)
    # whole numbers with the same sum
    sizes = np.diff(np.rint(np.cumsum(wanted)).astype(np.int64), prepend=0)
    places = np.linspace(0, 1, num_items), np.linspace(0, 1, len(per_item))
    shares = np.interp(*places, per_item / (len(per_user) + 1))
    weights = -np.log1p(-shares).astype(np.float32)
    block = max(1, CELLS // num_items)
    parts = []
    for start in range(0, num_users, block):
        own = sizes[start : start + block, None]
        waits = rng.standard_exponential((len(own), num_items), dtype=np.float32)
        order = np.argsort(waits / weights, axis=1)
        parts.append(order[np.arange(num_items) < own])
    items = rng.permutation(num_items)[np.concatenate(parts)]
    return np.repeat(np.arange(num_users), sizes), items, num_users, num_items


def operations(name: str, users: np.ndarray, num_users: int, num_items: int) -> float:
    """How many there are by the formula, but for a factor."""
    own = RECIPES[name].defaults()
    dim, batch = own.get("dim", 1), own.get("batch_size", 1)
    sizes = np.bincount(users, minlength=num_users).astype(float)
    if name == "item-knn":
        return float(np.square(sizes).sum())
    if name == "mf":
        return float(num_users) * num_items * dim
    if name == "lightgcn":
        batch = graph_batch(num_users, num_items, batch)
        steps = -(-np.count_nonzero(sizes) // batch)
        return float(steps) * (len(users) + batch * num_items) * dim
    return float(len(users)) * dim


class FirstSteps:
    """The first batches of an epoch, and the CPU seconds at which the first was ready:
    until then an epoch draws, for all of its batches.
    """

    def __init__(self, batches: BatchSource, most: int | None):
        self.batches, self.number = batches, min(most or len(batches), len(batches))
        self.ready = 0.0

    def __len__(self) -> int:
        return self.number

    def epoch(self) -> Iterator[tuple[np.ndarray, ...]]:
        """One pass over these batches."""
        for step, batch in enumerate(islice(self.batches.epoch(), self.number)):
            if step == 0:
                self.ready = cpu()
            yield batch


def network(
    name: str, table: pd.DataFrame, size: tuple[int, int]
) -> tuple[Any, BatchSource, dict[str, Any]]:
    """A model of PyTorch, its batches and the settings of `fit`, as in the recipe."""
    own = RECIPES[name].defaults()
    matrix = interaction_matrix(table, *size)
    if name == "bpr":
        model = build("torch", "mf.BPRMF", size, {"dim": own["dim"], "l2": own["l2"]})
        users, items = (table[column].to_numpy() for column in ("user", "item"))
        sampler = NegativeSampler(matrix, seed=1)
        batches = Batches(users, items, batch_size=own["batch_size"], negatives=sampler)
        return model, batches, {"lr": own["lr"]}
    shape = {"dim": own["dim"], "temperature": own["temperature"]}
    if name == "mf":
        model = build("torch", "mf.SoftmaxMF", size, shape)
    else:
        shape |= {"layers": own["layers"], "loss": "softmax"}
        graph = bipartite_adjacency(matrix)
        model = build("torch", "gnn.LightGCN", (*size, graph), shape)
    settings = {"lr": own["lr"], "weight_decay": own["weight_decay"], "decay": True}
    batch = own["batch_size"]
    if name == "lightgcn":
        batch = graph_batch(*size, batch)
    return model, UserBatches(matrix, batch_size=batch), settings


def measure(
    name: str, table: pd.DataFrame, size: tuple[int, int], most: int | None = None
) -> dict[str, Any]:
    """Fit a model: CPU seconds, bytes beyond what was there, and of a network how many
    of its steps were timed.

    Args:
        most: how many steps are timed, None: all.
    """
    before = peak()
    if not RECIPES[name].network:
        kind: Callable[..., Any] = {
            "popularity": baselines.Popularity,
            "item-knn": baselines.ItemKNN,
        }[name]
        began = cpu()
        kind(*size).fit(table)
        return {"seconds": cpu() - began, "bytes": peak() - before}
    model, batches, settings = network(name, table, size)
    some = FirstSteps(batches, most)
    began = cpu()
    trainer("torch")(model, some, epochs=1, progress=False, **settings)
    steps = (cpu() - some.ready) * len(batches) / len(some)
    return {
        "seconds": some.ready - began + steps,
        "bytes": peak() - before,
        "timed": len(some),
        "steps": len(batches),
    }


def one(name: str, path: Path) -> None:
    """What a process of its own does: warm up on little, measure, print."""
    small = pd.DataFrame({"user": [0, 0, 1], "item": [0, 1, 2]})
    measure(name, small, (2, 3))  # what is imported late, is imported
    with np.load(path) as held:
        table = pd.DataFrame({"user": held["users"], "item": held["items"]})
        size = int(held["size"][0]), int(held["size"][1])
    print(json.dumps(measure(name, table, size, STEPS if len(table) > LARGE else None)))


def slope(x: list[float], y: list[float]) -> float:
    """Of the line through (log x, log y) by least squares; NaN for a single point."""
    if len(set(x)) < 2 or min(y) <= 0:
        return np.nan
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def summary(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A line per model: seconds and MB for each size, then both slopes."""
    lines = []
    for name, own in pd.DataFrame(rows).groupby("model", sort=False):
        line: dict[str, Any] = {"model": name}
        for row in own.itertuples():
            line[f"{row.interactions:.0e} s"] = row.seconds
            line[f"{row.interactions:.0e} MB"] = row.bytes / 2**20
        counts = own["interactions"].tolist()
        line["slope"] = slope(counts, own["seconds"].tolist())
        line["formula"] = slope(counts, own["operations"].tolist())
        lines.append(line)
    return pd.DataFrame(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", nargs="*", default=list(MODELS), choices=MODELS, help="models"
    )
    parser.add_argument("--sizes", nargs="*", type=float, default=[1e5, 1e6, 1e7])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        one(options.one[0], Path(options.one[1]))
        return 0
    ratings = data.load("ml-100k").ratings
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interactions.npz"
        for number in map(round, options.sizes):
            began = cpu()
            users, items, *size = interactions(number, ratings)
            np.savez(path, users=users, items=items, size=size)
            print(
                f"{number:,} interactions, {size[0]:,} users, {size[1]:,} items,"
                f" drawn in {cpu() - began:.1f} s",
                flush=True,
            )
            for name in options.only:
                done = subprocess.run(
                    [
                        sys.executable,
                        "-m",
                        "course",
                        "growth",
                        "--one",
                        name,
                        str(path),
                    ],
                    capture_output=True,
                    text=True,
                    env={
                        **os.environ,
                        "OMP_NUM_THREADS": "1",
                        "RECTUTOR_DEVICE": "cpu",
                    },
                )
                if done.returncode:
                    print(f"{name}: {done.stderr.strip()[-300:]}", file=sys.stderr)
                    return 1
                found = json.loads(done.stdout.splitlines()[-1])
                count = operations(name, users, size[0], size[1])
                row = {"model": name, "interactions": number, "operations": count}
                rows.append(row | found)
                text = f"{name:<12}{found['seconds']:10.2f} s"
                text += f"{found['bytes'] / 2**20:10,.0f} MB"
                if "steps" in found:
                    text += f"{found['timed']:8,} of {found['steps']:,} steps"
                print(text, flush=True)
    if rows:
        print(summary(rows).to_string(index=False, float_format="%.2f", na_rep=""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
