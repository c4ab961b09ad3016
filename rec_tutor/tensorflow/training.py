"""One way of training every TensorFlow model of the course: Keras' own `compile` and
`fit`.

A model says what its loss on a batch is (`model.batch_loss(*batch)`); a source of
batches says what a batch is (`batches.epoch()`); `fit` hands both to Keras.
"""

import os
from collections.abc import Callable, Iterator
from itertools import chain

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from rec_tutor.evaluation.curve import LearningCurve
from rec_tutor.inputs.sampling import BatchSource


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


device()  # before TensorFlow places anything: Keras then uses what is visible


class Model(keras.Model):
    """A Keras model that is trained on `batch_loss(*batch)` instead of on a loss of
    outputs and targets.
    """

    def __init__(self):
        super().__init__()
        self.mean_loss = keras.metrics.Mean(name="loss")

    def train_step(self, batch: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One step: record the loss on a tape, differentiate it, let the optimizer move
        every weight.
        """
        with tf.GradientTape() as tape:
            loss = self.batch_loss(*batch)
        # dense, so that rows used twice in a batch are added up before Adam squares
        # them (Keras squares them one by one)
        gradients = [
            tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(loss, self.trainable_variables)
        ]
        self.optimizer.apply(gradients, self.trainable_variables)
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


def _single(array: np.ndarray) -> np.ndarray:
    """Numbers with a fraction as float32, others as they are."""
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def fit(
    model: Model,
    batches: BatchSource,
    *,
    epochs: int,
    lr: float = 1e-3,
    weight_decay: float = 0.0,
    decay: bool = False,
    validate: Callable[[Model], float] | None = None,
    patience: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Train `model` with Adam and return its learning curve.

    Args:
        model: has `batch_loss(*batch) -> scalar`, the batch's arrays arriving as
            tensors.
        epochs: passes over `batches`, at most.
        lr: Adam's step size.
        weight_decay: decoupled weight decay (AdamW, Loshchilov and Hutter 2019): each
            step shrinks all weights by lr * weight_decay.
        decay: let lr fall linearly to 0 over all `epochs`, which calms the last steps.
        validate: called after every epoch; larger is better. At the end the best
            epoch's weights are restored.
        patience: stop after this many epochs without a better value (needs `validate`).
        progress: show a progress bar on a terminal or in a notebook (never under nbval
            or in a pipe).

    Returns:
        One row per epoch: `epoch`, `loss` (mean over batches), `valid` (if asked for),
            `seconds` since the start.

    Raises:
        ValueError: on a patience without `validate`, or no batches.
        FloatingPointError: as soon as the loss of an epoch is NaN or infinite.
    """
    if len(batches) == 0:
        raise ValueError("there is nothing to train on: the batches are empty.")
    curve = LearningCurve(epochs, lr, validate, patience, progress)

    opening = batches.epoch()
    first = next(opening)

    # all epochs in a row: Keras counts the steps of each itself
    def stream() -> Iterator[tuple[np.ndarray, ...]]:
        later = (batches.epoch() for _ in range(epochs - 1))
        for batch in chain([first], opening, *later):
            yield tuple(map(_single, batch))

    signature = tuple(
        tf.TensorSpec((None, *array.shape[1:]), _single(array[:0]).dtype)
        for array in first
    )
    data = tf.data.Dataset.from_generator(stream, output_signature=signature).prefetch(
        2
    )
    # Keras adds epsilon before Adam's bias correction, PyTorch after: where a gradient
    # is hardly more than epsilon, their first steps differ
    step_size = (
        keras.optimizers.schedules.PolynomialDecay(lr, epochs * len(batches), 0.0)
        if decay
        else lr
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(
            step_size, weight_decay=weight_decay, epsilon=1e-8
        ),
        jit_compile=False,
    )

    def after(epoch: int, logs: dict[str, float]) -> None:
        model.stop_training = curve.add(float(logs["loss"]), model, model.get_weights)

    with curve.bar:
        model.fit(
            data,
            epochs=epochs,
            steps_per_epoch=len(batches),
            shuffle=False,
            verbose=0,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=after)],
        )
    if curve.best_weights is not None:
        model.set_weights(curve.best_weights)
    return pd.DataFrame(curve.rows)
