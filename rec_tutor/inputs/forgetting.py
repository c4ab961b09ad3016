"""Batches that say what a model must do without, so that it learns to."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from rec_tutor.inputs.sampling import BatchSource


class Forgetting:
    """Batches with masks added: 1 for what is there, 0 for what is forgotten this time.

    For a model that is to work where something is missing: an item's own vector
    (`DropoutNet`), or one kind of its content (`Fusion`). The masks are drawn anew for
    every batch, here and not in the model, so both frameworks forget the same.

    Args:
        batches: what is added to.
        masks: a shape and a share for each mask: ((num_items,), 0.5) forgets each item
            with probability 0.5.
        seed: an int or a np.random.Generator.

    Raises:
        ValueError: for a share outside 0..1.
    """

    def __init__(
        self,
        batches: BatchSource,
        *masks: tuple[Sequence[int], float],
        seed: int | np.random.Generator = 0,
    ) -> None:
        for _, share in masks:
            if not 0 <= share <= 1:
                raise ValueError(
                    f"the share that is forgotten lies in 0..1; it is {share}."
                )
        self.batches, self.masks = batches, masks
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return len(self.batches)

    def epoch(self) -> Iterator[tuple[np.ndarray, ...]]:
        """One pass: each batch, and behind it a float32 mask for each of `masks`."""
        for batch in self.batches.epoch():
            drawn = [
                (self._rng.random(shape) >= share).astype(np.float32)
                for shape, share in self.masks
            ]
            yield (*batch, *drawn)


def means_of(matrix: sparse.csr_matrix, item_vectors: np.ndarray) -> np.ndarray:
    """The mean vector of what each user took: what stands for users whose own vector is
    forgotten. (n, D), 0 for who took nothing.

    Args:
        matrix: (n, num_items), 1 for what was taken.
        item_vectors: (num_items, D).
    """
    taken = sparse.csr_matrix(matrix, dtype=np.float32)
    number = np.asarray(taken.sum(axis=1)).reshape(-1, 1)
    return taken @ item_vectors / np.maximum(number, 1)
