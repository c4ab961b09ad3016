"""One training loop for every PyTorch model of the course.

A model says what its loss on a batch is (`model.batch_loss(*batch)`); a source of
batches says what a batch is (`batches.epoch()`) and how many there are (`len`); `fit`
does the rest.
"""

import copy
import os
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import nn

from rec_tutor.evaluation.curve import LearningCurve
from rec_tutor.inputs.sampling import BatchSource
from rec_tutor.torch.optimizers import AdamW


def device() -> torch.device:
    """The device of the course: what RECTUTOR_DEVICE names, else a CUDA GPU, else
    Apple's MPS, else the CPU.

    Raises:
        RuntimeError: if RECTUTOR_DEVICE asks for a GPU that is not there.
    """
    forced = os.environ.get("RECTUTOR_DEVICE", "").lower()
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if forced and not there.get(forced.partition(":")[0], True):
        raise RuntimeError(
            f"RECTUTOR_DEVICE is {forced!r}, but PyTorch sees no such GPU: unset it, or"
            " set it to cpu."
        )
    return torch.device(
        forced or next((name for name, found in there.items() if found), "cpu")
    )


def _tensor(array: np.ndarray, where: torch.device) -> torch.Tensor:
    """A NumPy array on a device; numbers with a fraction as float32."""
    return torch.as_tensor(
        array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array,
        device=where,
    )


def fit(
    model: nn.Module,
    batches: BatchSource,
    *,
    epochs: int,
    lr: float = 1e-3,
    weight_decay: float = 0.0,
    decay: bool = False,
    lazy: int | None = None,
    validate: Callable[[nn.Module], float] | None = None,
    patience: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Train `model` with Adam and return its learning curve.

    Args:
        model: has `batch_loss(*batch)`, a scalar; the batch's arrays arrive as tensors
            on the model's device.
        epochs: passes over `batches`, at most.
        lr: AdamW's step size (arXiv:1711.05101).
        weight_decay: decoupled weight decay (AdamW, Loshchilov and Hutter 2019): each
            step multiplies all weights by 1 - lr * weight_decay.
        decay: let lr fall linearly to 0 over all `epochs`, which calms the last steps.
        lazy: of embeddings with at least so many rows, a step moves only the rows that
            the batch used, see `optimizers.AdamW`; None: every step moves all.
        validate: called with the model after every epoch; larger is better. At the
            end the best epoch's weights are restored; without it the last ones stay.
        patience: stop after this many epochs without a better value (needs `validate`).
        progress: show a progress bar on a terminal or in a notebook (never under nbval
            or in a pipe).

    Returns:
        One row per epoch: `epoch`, `loss` (mean over batches), `valid` (if asked for),
            `seconds` since the start.

    Raises:
        ValueError: on a patience without `validate`, no batches, or lazy where a model
            multiplies by a whole embedding table.
        FloatingPointError: at the end of an epoch whose loss is NaN or infinite.
    """
    if len(batches) == 0:
        raise ValueError("there is nothing to train on: the batches are empty.")
    curve = LearningCurve(epochs, lr, validate, patience, progress)
    where = next(model.parameters()).device
    steps = epochs * len(batches) if decay else None  # over which lr falls to 0
    optimizer = AdamW(model, lr, weight_decay, steps, lazy)
    with curve.bar:
        for _ in range(epochs):
            model.train()
            total = torch.zeros((), device=where)
            for batch in batches.epoch():
                loss = model.batch_loss(*(_tensor(array, where) for array in batch))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach()
            mean = total.item() / len(batches)
            model.eval()
            # validates, keeps the weights if they are the best, says when to stop
            if curve.add(mean, model, lambda: copy.deepcopy(model.state_dict())):
                break
    if curve.best_weights is not None:
        model.load_state_dict(curve.best_weights)
    return pd.DataFrame(curve.rows)
