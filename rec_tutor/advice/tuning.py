"""A small budget for tuning, the same for every model, and a limit on time."""

from __future__ import annotations

import ctypes
import itertools
import threading
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import numpy as np

from rec_tutor.recipes.table import RECIPES

Result = TypeVar("Result")
GRACE = 5.0  # seconds that a fit gets to stop when its time is over

# What is tried for each model, the simplest model first. The first value of an option
# is the recipe's default, so the first trial changes nothing. The others stand in the
# order in which they are tried. For item-knn, ease, als, bpr and mf, that is how well
# they did on MovieLens-100K and two sets that were made up; of two values the one that
# was better on at least two of the three comes first (experiments/speed.md).
SPACES: dict[str, dict[str, tuple[Any, ...]]] = {
    "popularity": {},
    "content": {"title_weight": (2.0, 1.0, 0.5, 4.0, 0.25)},
    "item-knn": {"neighbours": (300, 1000, 100, 30), "shrink": (0.0, 50.0, 10.0)},
    "user-knn": {"neighbours": (300, 100, 30), "shrink": (20.0, 0.0, 5.0, 100.0)},
    "markov": {},
    "sequential-rules": {"window": (10, 2, 5, 20, 50)},
    "decayed-rules": {
        "window": (5, 1, 10),
        "decay": (0.7, 0.3, 0.9),
        "shrink": (20.0, 2.0),
    },
    "ease": {"l2": (300.0, 1000.0, 3000.0, 100.0, 10.0), "recency": (0.0, 1.0)},
    "als": {
        "dim": (64, 128, 16),
        "l2": (30.0, 10.0, 3.0, 100.0),
        "alpha": (3.0, 10.0, 1.0),
    },
    "mf": {
        "temperature": (0.2, 0.3, 0.1),
        "weight_decay": (0.1, 0.03, 0.3),
        "epochs": (30, 60, 10),
        "dim": (128, 32),
    },
    "bpr": {
        "dim": (64, 32, 128),
        "l2": (0.01, 0.03, 0.003, 0.001, 0.1),
        "epochs": (60, 120),
    },
    "content-tower": {
        "l2": (0.01, 0.1, 0.001),
        "dropout": (0.5, 0.0),
        "epochs": (20, 10),
    },
    "dropoutnet": {"dropout": (0.5, 0.75, 0.25), "epochs": (20, 10)},
    "ncf": {
        "dim": (64, 32),
        "l2": (0.1, 0.01, 1.0),
        "dropout": (0.0, 0.3),
        "epochs": (12, 6),
    },
    "lightgcn": {
        "layers": (2, 1, 3),
        "weight_decay": (0.1, 0.03, 0.3),
        "temperature": (0.2, 0.1, 0.3),
        "epochs": (30, 10),
    },
    "ngcf": {
        "layers": (2, 1),
        "weight_decay": (0.1, 0.03, 0.3),
        "dropout": (0.1, 0.3),
        "epochs": (30, 10),
    },
    "caser": {"window": (10, 5), "dropout": (0.5, 0.2), "epochs": (8, 4, 16)},
    "gru4rec": {"window": (50, 20), "dropout": (0.2, 0.5), "epochs": (8, 4, 16)},
    "sasrec": {"window": (50, 20), "dropout": (0.2, 0.5), "epochs": (12, 6, 24)},
}
NEURAL = tuple(name for name in SPACES if RECIPES[name].network)
CHANCE = (*NEURAL, "als")  # another seed, another result
RULES = ("markov", "sequential-rules", "decayed-rules")
ORDERED = (*RULES, "caser", "gru4rec", "sasrec")  # learn what follows what
NEEDS_TIME = {"ease": ("recency",)}  # options that do
# what a dense table is made of: this many times this many
SQUARE = {"user-knn": "users"} | dict.fromkeys(("item-knn", "ease", *RULES), "items")
LARGEST = 20_000


def trials(
    name: str,
    number: int,
    seed: int,
    time: bool = True,
    fixed: Collection[str] = (),
) -> list[dict]:
    """The first `number` settings to try: the defaults, then those that change one
    option, the second values before the third, then others of the model's space in an
    order drawn from the seed; fewer where the space is smaller. Options that are fixed
    are in none of them.
    """
    gone = {*fixed, *(() if time else NEEDS_TIME.get(name, ()))}
    space = {own: values for own, values in SPACES[name].items() if own not in gone}
    usual = {own: values[0] for own, values in space.items()}
    most = max(map(len, space.values()), default=0)
    single = [
        {**usual, own: values[rank]}
        for rank in range(1, most)
        for own, values in space.items()
        if rank < len(values)
    ]
    grid = [
        dict(zip(space, values, strict=True))
        for values in itertools.product(*space.values())
    ]
    several = [own for own in grid if own != usual and own not in single]
    order = np.random.default_rng(seed).permutation(len(several))
    return [{}, *single, *(several[i] for i in order)][:number]


class OutOfTime(BaseException):
    """Raised inside a fit whose time is over; no model catches it by accident."""


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """call(), but TimeoutError once the seconds are over.

    It runs in a thread of its own, which is told to stop; one that does not listen,
    deep in compiled code, is left behind and ends with the process.
    """
    outcome: list[tuple[Any, BaseException | None]] = []

    def work() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if thread.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(OutOfTime)
        )
        thread.join(GRACE)
        raise TimeoutError(f"stopped after {seconds:.0f} s")
    value, error = outcome[0]
    if error is not None:
        raise error
    return value
