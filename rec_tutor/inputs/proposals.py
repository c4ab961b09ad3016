"""Items that are drawn from the catalogue for every batch."""

from collections.abc import Iterator

import numpy as np

from rec_tutor.inputs.sampling import BatchSource


class SampledItems:
    """Batches with items from the catalogue added, for a loss that can't afford all of
    it (`cross_entropy.sampled_cross_entropy`).

    An item is drawn with probability q proportional to (count + 1)**power, with
    replacement, whoever is in the batch; each can be.

    Args:
        batches: what is added to.
        counts: how often each item was taken in training, (num_items,).
        number: items drawn for each batch.
        power: 0 draws uniformly, 1 by popularity.
        seed: an int or a np.random.Generator.

    Raises:
        ValueError: on no items or a number below 1.
    """

    def __init__(
        self,
        batches: BatchSource,
        counts: np.ndarray,
        number: int,
        power: float = 0.5,
        seed: int | np.random.Generator = 0,
    ) -> None:
        if number < 1 or len(counts) == 0:
            raise ValueError(
                "number must be at least 1, and counts must name an item; they are"
                f" {number} and {len(counts)} items."
            )
        weights = (np.asarray(counts, dtype=np.float64) + 1) ** power
        self.batches, self.number = batches, number
        self.chances = np.log(weights / weights.sum()).astype(np.float32)  # ln q, (I,)
        self._cumulative = np.cumsum(weights) / weights.sum()
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return len(self.batches)

    def epoch(self) -> Iterator[tuple[np.ndarray, ...]]:
        """One pass: each batch, and behind it the items drawn, int64 (number,), and ln
        q of each, float32.
        """
        last = len(self.chances) - 1
        for batch in self.batches.epoch():
            chosen = self._rng.random(self.number)
            drawn = np.searchsorted(self._cumulative, chosen, side="right")
            drawn = np.minimum(drawn, last)  # the sum may end below 1 by rounding
            yield (*batch, drawn, self.chances[drawn])
