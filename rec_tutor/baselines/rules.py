"""What followed what: rules counted on histories."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rec_tutor.baselines.base import _FromHistory
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories as user_histories


class Markov(_FromHistory):
    """First-order Markov chain over items with a window: what was rated soon after
    what.

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

    def fit(self, ratings: pd.DataFrame) -> Markov:
        self.matrix = interaction_matrix(ratings, self.num_users, self.num_items)
        self.histories = user_histories(ratings, self.num_users)
        counts = np.zeros((self.num_items, self.num_items))
        occurrences = np.zeros(self.num_items)
        for history in self.histories:
            np.add.at(occurrences, history, 1)
            for gap in range(1, self.window + 1):
                np.add.at(counts, (history[:-gap], history[gap:]), 1 / gap)
        # an item that never occurs has no counts
        bottom = np.maximum(occurrences + self.shrink, 1e-12)
        self.transition = counts / bottom[:, None]
        return self
