"""What followed what: rules counted on histories.

Three rules that differ in what they count and in who is asked. The first two are MC and
SR of Ludewig and Jannach 2018 (doi:10.1007/s11257-018-9209-6).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rec_tutor.baselines.base import _FromHistory
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories as user_histories


def followers(
    histories: Sequence[np.ndarray], num_items: int, steps: int
) -> np.ndarray:
    """Entry [i, j]: how often j came 1..`steps` places after i, each time divided by
    that distance; (num_items, num_items).
    """
    counts = np.zeros((num_items, num_items))
    for history in histories:
        for gap in range(1, steps + 1):
            np.add.at(counts, (history[:-gap], history[gap:]), 1 / gap)
    return counts


class MarkovChain(_FromHistory):
    """First-order Markov chain (MC in Ludewig and Jannach 2018,
    doi:10.1007/s11257-018-9209-6): what came directly after the last item.

    score(j) = n(i, j) / n(i), with i the last item of the history, n(i, j) how often j
    came directly after i, and n(i) how often anything did. Nothing is there to be
    tuned.
    """

    window, decay = 1, 1.0  # only the last item is asked

    def fit(self, ratings: pd.DataFrame) -> MarkovChain:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.histories = user_histories(ratings, self.num_users)
        counts = followers(self.histories, self.num_items, steps=1)
        # an item that nothing ever followed has no counts
        self.transition = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return self


class SequentialRules(_FromHistory):
    """Sequential rules (SR in Ludewig and Jannach 2018, doi:10.1007/s11257-018-9209-6):
    what came soon after the last item.

    score(j) = sum over all histories h and places y < x <= y + `steps` with h_y = i and
    h_x = j of 1 / (x - y), divided by the sum of the places x >= 2 at which i stands; i
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
        places = np.zeros(self.num_items)
        for history in self.histories:
            np.add.at(places, history[1:], np.arange(2, len(history) + 1))
        # the formula says nothing about an item that always came first: divided by 1
        self.transition = counts / np.maximum(places, 1)[:, None]
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
        occurrences = np.zeros(self.num_items)
        for history in self.histories:
            np.add.at(occurrences, history, 1)
        # an item that never occurs has no counts
        bottom = np.maximum(occurrences + self.shrink, 1e-12)
        self.transition = counts / bottom[:, None]
        return self
