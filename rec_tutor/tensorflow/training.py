"""One training loop for every TensorFlow model of the course.

A model says what its loss on a batch is (`model.batch_loss(*batch)`); a source of
batches says what a batch is (`batches.epoch()`) and how many there are (`len`); `fit`
does the rest, in a loop that TensorFlow compiles.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from rec_tutor.evaluation.curve import LearningCurve
from rec_tutor.inputs.sampling import BatchSource
from rec_tutor.tensorflow.optimizers import AdamW

# what one call of the compiled loop gets, at most; Ctrl-C waits for its end
MAX_BATCHES, MAX_BYTES = 64, 2**26


def device() -> str:
    """The device of the course: "CPU" if RECTUTOR_DEVICE says cpu, else "GPU" where
    TensorFlow sees one, else "CPU".

    Raises:
        RuntimeError: if RECTUTOR_DEVICE asks for a GPU that is not there.
    """
    forced = os.environ.get("RECTUTOR_DEVICE", "").lower()
    if forced.startswith("cpu"):
        tf.config.set_visible_devices([], "GPU")
    found = bool(tf.config.get_visible_devices("GPU"))
    if forced and not forced.startswith("cpu") and not found:
        raise RuntimeError(
            f"RECTUTOR_DEVICE is {forced!r}, but TensorFlow sees no GPU: unset it, or"
            " set it to cpu."
        )
    return "GPU" if found else "CPU"


def threads() -> int:
    """How many threads an operation may use: OMP_NUM_THREADS says it, as for NumPy and
    PyTorch; 0: TensorFlow decides. Its own TF_NUM_INTRAOP_THREADS goes before.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    own = "TF_NUM_INTRAOP_THREADS" in os.environ
    if asked.isdecimal() and not own:
        # too late where TensorFlow has started its threads
        with suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(int(asked))
            tf.config.threading.set_inter_op_parallelism_threads(int(asked))
    return tf.config.threading.get_intra_op_parallelism_threads()


# before TensorFlow places anything: Keras then uses what is visible
device()
threads()


class Model(keras.Model):
    """A Keras model that has `batch_loss(*batch)`, which `fit` trains it on, instead of
    Keras' loss of outputs and targets.
    """


Chunk = tuple[list[tf.Tensor], tf.Tensor]


def chunks(batches: Iterator[tuple[np.ndarray, ...]]) -> Iterator[Chunk]:
    """Several batches at once, about as many as MAX_BATCHES and MAX_BYTES allow: each
    column of all of them in one array, and where each batch ends in it, (batches,
    columns), for columns may differ in their number of rows. Fractions become float32.
    """
    held: list[tuple[np.ndarray, ...]] = []
    for batch in batches:
        held.append(batch)
        size = sum(array.nbytes for array in batch)
        if len(held) == MAX_BATCHES or size * (len(held) + 1) > MAX_BYTES:
            yield joined(held)
            held = []
    if held:
        yield joined(held)


def joined(batches: list[tuple[np.ndarray, ...]]) -> Chunk:
    """The columns of some batches, and where each batch ends."""
    columns = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    ends = np.cumsum([[len(part) for part in batch] for batch in batches], axis=0)
    return [
        tf.convert_to_tensor(
            column.astype(np.float32, copy=False)
            if column.dtype.kind == "f"
            else column
        )
        for column in columns
    ], tf.convert_to_tensor(ends)


def any_rows(array: tf.Tensor) -> tf.TensorSpec:
    """What arrays are like that differ from this one in their number of rows."""
    return tf.TensorSpec((None, *array.shape[1:]), array.dtype)


def fit(
    model: Model,
    batches: BatchSource,
    *,
    epochs: int,
    lr: float = 1e-3,
    weight_decay: float = 0.0,
    decay: bool = False,
    lazy: int | None = None,
    validate: Callable[[Model], float] | None = None,
    patience: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Train `model` with Adam and return its learning curve.

    Args:
        model: has `batch_loss(*batch) -> scalar`, the batch's arrays arriving as
            tensors.
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

    variables = model.trainable_variables
    steps = epochs * len(batches) if decay else None  # over which lr falls to 0
    optimizer = AdamW(model, lr, weight_decay, steps, lazy)

    @tf.function
    def train(columns: list[tf.Tensor], ends: tf.Tensor) -> tf.Tensor:
        """For each batch: record the loss on a tape, differentiate it, let the
        optimizer move the weights. Returns the sum of the losses.
        """
        total, starts = tf.zeros((), dtype=tf.float32), tf.zeros_like(ends[0])
        for stops in ends:
            parts = zip(columns, tf.unstack(starts), tf.unstack(stops), strict=True)
            batch = [column[start:stop] for column, start, stop in parts]
            with tf.GradientTape() as tape:
                loss = model.batch_loss(*batch)
            gradients = tape.gradient(loss, variables)
            optimizer.apply(gradients)
            total += tf.cast(loss, tf.float32)
            starts = stops
        return total

    run = None
    with curve.bar:
        for _ in range(epochs):
            total = 0.0
            for chunk in chunks(batches.epoch()):
                if run is None:  # compiled once, for any number of batches and rows
                    run = train.get_concrete_function(
                        *tf.nest.map_structure(any_rows, chunk)
                    )
                total += float(run(*chunk))
            # validates, keeps the weights if they are the best, says when to stop
            if curve.add(total / len(batches), model, model.get_weights):
                break
    if curve.best_weights is not None:
        model.set_weights(curve.best_weights)
    return pd.DataFrame(curve.rows)
