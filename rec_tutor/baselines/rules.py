"""What followed what: rules counted on histories.

Three rules that differ in what they count and in who is asked. The first two are MC and
SR of Ludewig and Jannach 2018 (doi:10.1007/s11257-018-9209-6).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.baselines.base import _FromHistory
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories as user_histories


def steps_of(histories: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """All histories in one row, and at which place of its history each step stands,
    from 0: two int64 arrays of one length.
    """
    lengths = np.array([len(history) for history in histories], dtype=np.int64)
    items = np.concatenate([*histories, np.zeros(0, np.int64)]).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    return items, np.arange(len(items)) - np.repeat(starts, lengths)


def followers(
    histories: Sequence[np.ndarray], num_items: int, steps: int
) -> sparse.csr_matrix:
    """Entry [i, j]: how often j came 1..`steps` places after i, each time divided by
    that distance; (num_items, num_items), of which only what occurs is stored.
    """
    items, place = steps_of(histories)
    counts = sparse.csr_matrix((num_items, num_items))
    longest = int(place.max(initial=0))
    for gap in range(1, min(steps, longest) + 1):
        later = np.flatnonzero(place >= gap)  # steps with an item `gap` before them
        pairs = (items[later - gap], items[later])
        # building a csr_matrix adds up repeated pairs
        times = sparse.csr_matrix((np.ones(len(later)), pairs), shape=counts.shape)
        counts = counts + times / gap
    return counts


def divided(counts: sparse.csr_matrix, bottom: np.ndarray) -> sparse.csr_matrix:
    """Each row of `counts` divided by its number, (num_items,)."""
    counts.data /= np.repeat(bottom, np.diff(counts.indptr))
    return counts


class MarkovChain(_FromHistory):
    """First-order Markov chain (MC in Ludewig and Jannach 2018,
    doi:10.1007/s11257-018-9209-6): what came directly after the last item.

    score(j) = f(i, j) / sum_l f(i, l), with i the last item of the history and f(i, j)
    how often j came directly after i. Nothing is there to be
    tuned.
    """

    window, decay = 1, 1.0  # only the last item is asked

    def fit(self, ratings: pd.DataFrame) -> MarkovChain:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.histories = user_histories(ratings, self.num_users)
        counts = followers(self.histories, self.num_items, steps=1)
        # an item that nothing ever followed has no counts
        successors = np.asarray(counts.sum(axis=1)).ravel()
        self.transition = divided(counts, np.maximum(successors, 1))
        return self


class SequentialRules(_FromHistory):
    """Sequential rules (SR in Ludewig and Jannach 2018, doi:10.1007/s11257-018-9209-6):
    what came soon after the last item.

    score(j) = sum over all histories h and places a < b <= a + `steps` with h_a = i and
    h_b = j of 1 / (b - a), divided by the sum of the places b >= 2 at which i stands; i
    is the last item of the history. As only one item is asked, what its scores are
    divided by changes no ranking. The paper has no `steps`; its authors' code has, and
    10 as default.
    """

    window, decay = 1, 1.0  # only the last item is asked

    def __init__(self, num_users: int, num_items: int, steps: int = 10):
        super().__init__(num_users, num_items)
        self.steps = steps

    def fit(self, ratings: pd.DataFrame) -> SequentialRules:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.histories = user_histories(ratings, self.num_users)
        counts = followers(self.histories, self.num_items, self.steps)
        items, place = steps_of(self.histories)
        # the sum of the places from the second on; they count from 1
        later = np.where(place > 0, place + 1, 0)
        places = np.bincount(items, weights=later, minlength=self.num_items)
        # the formula says nothing about an item that always came first: divided by 1
        self.transition = divided(counts, np.maximum(places, 1))
        return self


class DecayedRules(_FromHistory):
    """Sequential rules over the last items, decayed: several items are asked, and rules
    that rest on few cases are shrunk. Ours, after SequentialRules.

    transition[i, j] counts how often j came 1..`window` places after i, each time
    divided by that distance, and is divided by how often i occurs plus `shrink`. The
    last `window` items of a history vote, each older one weighing `decay` times as
    much.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        window: int = 5,
        decay: float = 0.7,
        shrink: float = 20.0,
    ):
        super().__init__(num_users, num_items)
        self.window, self.decay, self.shrink = window, decay, shrink

    def fit(self, ratings: pd.DataFrame) -> DecayedRules:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.histories = user_histories(ratings, self.num_users)
        counts = followers(self.histories, self.num_items, self.window)
        items, _ = steps_of(self.histories)
        occurrences = np.bincount(items, minlength=self.num_items)
        # an item that never occurs has no counts
        self.transition = divided(counts, np.maximum(occurrences + self.shrink, 1e-12))
        return self
