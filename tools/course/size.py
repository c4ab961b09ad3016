"""How long a large file takes, from reading to lists, as ratios to one pass over it.

    python -m course size                           a million rows
    python -m course size --rows 20000000 --only read
    python -m course size --users 105000 --items 340000 --rows 1100000

A file of ratings is made up, with long tails, and deleted afterwards. Each step runs in
a process of its own and one thread; a pass reads the bytes and no more. Memory is the
largest that was resident.
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

import numpy as np
import pandas as pd

from course.memory import peak
from rec_tutor import data, recipes

BLOCK = 1_000_000
STEPS = ("read", "popularity", "item-knn")


def write(path: Path, users: int, items: int, rows: int) -> None:
    """Ratings of which no pair comes twice, block by block."""
    rng = np.random.default_rng(0)
    bounds = []
    for number, power in ((users, 0.8), (items, 0.7)):
        chance = np.cumsum(1.0 / np.arange(1, number + 1) ** power)
        bounds.append(chance / chance[-1])
    pairs = np.zeros(0, dtype=np.int64)
    while len(pairs) < rows:
        user, item = (np.searchsorted(own, rng.random(rows)) for own in bounds)
        pairs = np.union1d(pairs, user * items + item)
    pairs = rng.permutation(pairs)[:rows]
    path.write_text("userId,movieId,rating,timestamp\n")
    for start in range(0, rows, BLOCK):
        some = pairs[start : start + BLOCK]
        table = pd.DataFrame({"user": some // items + 1, "item": some % items + 1})
        table["rating"] = rng.integers(1, 11, len(some)) / 2
        table["timestamp"] = rng.integers(10**9, 15 * 10**8, len(some))
        table.to_csv(path, mode="a", header=False, index=False)


def one(step: str, path: Path) -> dict[str, float | int]:
    """Seconds and bytes of a step."""
    started = time.perf_counter()
    with path.open("rb") as file:
        while file.read(2**20):
            pass
    once = time.perf_counter() - started
    started = time.perf_counter()
    ds = data.read_csv(path)
    if step != "read":
        started = time.perf_counter()
        lists = recipes.fit(ds, step).recommend()
        assert len(lists) >= ds.num_users
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "pass": once, "peak": peak()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=138_000)
    parser.add_argument("--items", type=int, default=27_000)
    parser.add_argument("--only", nargs="*", default=STEPS, help=", ".join(STEPS))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(one(options.one[0], Path(options.one[1]))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.csv"
        write(path, options.users, options.items, options.rows)
        megabytes = path.stat().st_size / 2**20
        print(f"{options.rows:,} rows, {megabytes:,.0f} MB")
        for step in options.only:
            done = subprocess.run(
                [sys.executable, "-m", "course", "size", "--one", step, str(path)],
                capture_output=True,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            if done.returncode:
                print(f"{step}: {done.stderr.strip()[-300:]}")
                return 1
            found = json.loads(done.stdout)
            ratio = found["seconds"] / max(found["pass"], 1e-9)
            print(
                f"{step:<12}{found['seconds']:8.1f} s, {ratio:8,.0f} passes,"
                f" {found['peak'] / 2**20:7,.0f} MB",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
