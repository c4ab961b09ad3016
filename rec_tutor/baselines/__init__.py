"""Baselines that are hard to beat: NumPy and SciPy only, each fitted in seconds.

All share one shape: `Model(num_users, num_items, **hyper).fit(ratings).score(users)`.
`score_new(rows)` scores people who were not in the training data from their (n,
num_items) rows of interactions, where that needs no new training ("fold-in").

The default settings were chosen on validation data of MovieLens-100K, all models with
the same budget: experiments/03_baselines.py.
"""

from rec_tutor.baselines.als import ALS
from rec_tutor.baselines.base import Baseline
from rec_tutor.baselines.content import Content, item_words, tf_idf, unit_rows
from rec_tutor.baselines.linear import EASE
from rec_tutor.baselines.neighbours import (
    ItemKNN,
    RecencyKNN,
    UserKNN,
    cosine_similarity,
    keep_largest,
)
from rec_tutor.baselines.popularity import Popularity, Random
from rec_tutor.baselines.rules import DecayedRules, MarkovChain, SequentialRules

__all__ = [
    "ALS",
    "EASE",
    "Baseline",
    "Content",
    "DecayedRules",
    "ItemKNN",
    "MarkovChain",
    "Popularity",
    "Random",
    "RecencyKNN",
    "SequentialRules",
    "UserKNN",
    "cosine_similarity",
    "item_words",
    "keep_largest",
    "tf_idf",
    "unit_rows",
]
