"""Several models as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import softmax


class MeanOf:
    """Several models of one kind, trained from different seeds: the mean of their
    probabilities.
    """

    def __init__(self, models: Sequence[Any]) -> None:
        self.models = models

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Probabilities of all items, (len(users), num_items)."""
        scores = [model.score(users, histories=histories) for model in self.models]
        return np.mean([softmax(own, axis=1) for own in scores], axis=0)
