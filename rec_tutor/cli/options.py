"""Numbers on the command line, and the options that change a model's defaults."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np


def number(
    kind: type, low: float, inclusive: bool = True, below: float = np.inf
) -> Callable[[str], Any]:
    """An argparse type: a number of that kind, at least (or above) `low` and below
    `below`.
    """

    def convert(text: str) -> Any:
        value = kind(text)
        if not np.isfinite(value) or value < low or (value == low and not inclusive):
            raise argparse.ArgumentTypeError(
                f"{text} is not {'at least' if inclusive else 'above'} {low:g}"
            )
        if value >= below:
            raise argparse.ArgumentTypeError(f"{text} is not below {below:g}")
        return value

    convert.__name__ = kind.__name__
    return convert


TUNING = {  # options that change a model's defaults
    "epochs": (number(int, 1), "passes over the training data"),
    "dim": (number(int, 1), "length of the vectors"),
    "layers": (number(int, 0), "how often users and items listen to their neighbours"),
    "batch_size": (
        number(int, 1),
        (
            "users (mf, lightgcn, ngcf), windows (sasrec, gru4rec, caser) or ratings"
            " per step"
        ),
    ),
    "lr": (number(float, 0, False), "step size"),
    "l2": (number(float, 0), "penalty on large weights"),
    "dropout": (
        number(float, 0, below=1),
        "share of a layer that is set to 0 in training",
    ),
    "negatives": (number(int, 1), "sampled items per interaction"),
    "sampled": (
        number(int, 0),
        "items sampled for a step in place of the catalogue, for large ones; 0: all",
    ),
    "weight_decay": (number(float, 0), "how fast unused weights shrink"),
    "temperature": (number(float, 0, False), "divides the cosine"),
    "alpha": (number(float, 0), "extra confidence in what was seen"),
    "neighbours": (number(int, 1), "size of a neighbourhood"),
    "shrink": (number(float, 0), "distrust of few common users or events"),
    "window": (number(int, 1), "items of a history that count"),
    "members": (
        number(int, 1),
        "networks of different seeds whose probabilities are averaged",
    ),
    "decay": (number(float, 0), "weight of an item against the next later one"),
    "recency": (number(float, 0), "how much more late interactions count"),
    "center": (float, "rating that says neither yes nor no"),
    "title_weight": (number(float, 0), "titles against genres"),
}
