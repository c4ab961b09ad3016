"""The learning curve of a training, and when to stop, for both frameworks."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from tqdm.auto import tqdm

DIVERGED = 1e10  # no loss here comes near, unless the steps are far too large


class LearningCurve:
    """One row per epoch, the weights of the best one, and early stopping.

    Args:
        epochs: how many there will be, at most.
        lr: the step size, for the message when the loss is lost.
        validate: model -> a number, larger is better; None: nothing is validated.
        patience: how many epochs without a better number to wait; None: all.
        progress: show a progress bar on a terminal or in a notebook (never under nbval
            or in a pipe).

    Attributes:
        rows: `epoch`, `loss`, `valid` (if asked for), `seconds` since the start.
        best_weights: those of the epoch with the best number, or None.
        bar: the progress bar, a context manager.

    Raises:
        ValueError: on a patience without `validate`.
    """

    def __init__(
        self,
        epochs: int,
        lr: float,
        validate: Callable[[Any], float] | None,
        patience: int | None,
        progress: bool,
    ):
        if patience is not None and validate is None:
            raise ValueError(
                "patience needs validate: without a validation score there is nothing"
                " to wait for."
            )
        self.lr, self.validate, self.patience = lr, validate, patience
        self.rows: list[dict[str, float]] = []
        self.best, self.best_epoch, self.best_weights = -np.inf, 0, None
        hidden, self.started = None if progress else True, time.perf_counter()
        self.bar = tqdm(total=epochs, desc="epochs", disable=hidden, leave=False)

    def add(self, loss: float, model: Any, weights: Callable[[], Any]) -> bool:
        """Note what an epoch brought.

        Args:
            loss: the mean over its batches.
            model: what `validate` is asked about.
            weights: gives a copy of the model's weights.

        Returns:
            Whether there is nothing more to wait for.

        Raises:
            FloatingPointError: for a loss that is NaN, infinite or beyond all bounds.
        """
        epoch = len(self.rows) + 1
        if not abs(loss) < DIVERGED:  # NaN fails, too
            raise FloatingPointError(
                f"the loss became {loss:.3g} in epoch {epoch}: try a smaller lr than"
                f" {self.lr}."
            )
        row = {"epoch": epoch, "loss": loss}
        if self.validate is not None:
            row["valid"] = float(self.validate(model))
            if row["valid"] > self.best:
                self.best, self.best_epoch = row["valid"], epoch
                self.best_weights = weights()
        self.rows.append(row | {"seconds": time.perf_counter() - self.started})
        self.bar.update()
        self.bar.set_postfix(loss=f"{loss:.4f}")
        return self.patience is not None and epoch - self.best_epoch >= self.patience
