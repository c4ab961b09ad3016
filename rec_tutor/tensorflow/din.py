"""Attention of a candidate to a user's history: DIN."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.inputs import checks
from rec_tutor.inputs.sequences import last_window
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model

UNITS = ("mlp", "dot", "mean")


class Unit(keras.layers.Layer):
    """How well an item of the history and a candidate go together, unit(e_s, q_i).

    - "mlp", DIN's activation unit, v . relu(W_e e_s + W_q q_i + W_x (e_s * q_i) + b);
    - "dot", <W_q q_i, W_e e_s> / sqrt(D);
    - "mean", 0: the candidate does not matter.

    Args:
        hidden: width of the "mlp" unit.
    """

    def __init__(self, dim: int, kind: str, hidden: int, seed: int):
        super().__init__()
        checks.one_of("unit", kind, UNITS)
        self.kind, width = kind, hidden if kind == "mlp" else dim
        if kind != "mean":
            self.from_history = dense(dim, width, 100 * seed + 2, bias=kind == "mlp")
            self.from_item = dense(dim, width, 100 * seed + 3, bias=False)
        if kind == "mlp":
            self.from_both = dense(dim, width, 100 * seed + 4, bias=False)
            self.out = dense(width, 1, 100 * seed + 5, bias=False)

    def call(self, history: tf.Tensor, items: tf.Tensor) -> tf.Tensor:
        """History (B, S, D) and candidates (B, T, C, D) -> unit(e_s, q_i), (B, T, C,
        S).
        """
        if self.kind == "mean":
            return tf.zeros(
                tf.concat([tf.shape(items)[:3], tf.shape(history)[1:2]], axis=0)
            )
        if self.kind == "dot":
            asked, known = self.from_item(items), self.from_history(history)
            return tf.einsum("btcd,bsd->btcs", asked, known) / items.shape[-1] ** 0.5
        # W_x (e * q) for all pairs, without storing e * q
        kernel = tf.convert_to_tensor(self.from_both.kernel)
        both = tf.einsum("bsd,dh->bdsh", history, kernel)
        z = tf.einsum("btcd,bdsh->btcsh", items, both)
        z = tf.nn.relu(
            z
            + self.from_history(history)[:, None, None]
            + self.from_item(items)[:, :, :, None]
        )
        return tf.squeeze(self.out(z), axis=-1)


class DIN(Model):
    """Read the history with a candidate in mind (Zhou et al. 2018).

    For item i after the history e_1, ..., e_t: weights w = softmax over s of unit(e_s,
    q_i) + c_{t-s}, and score = q_i . sum_s w_s e_s + b_i. The number c for the age of
    an item is learnt, and so is the unit, see `Unit`; with "mean" only the age counts.

    Trained by a softmax over the next item and sampled ones. (The paper does not
    normalise the weights, and uses cross-entropy point by point.)
    doi:10.1145/3219819.3219823

    Args:
        length: how many items of a history are read, the latest ones.
        hidden: width of the "mlp" unit.
    """

    def __init__(
        self,
        num_items: int,
        dim: int = 32,
        length: int = 20,
        unit: str = "mlp",
        hidden: int = 16,
        seed: int = 0,
    ):
        super().__init__()
        self.num_items, self.length = num_items, length
        # the last row is padding
        self.past = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed)
        self.items = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed + 1)
        self.item_bias = self.add_weight((num_items + 1,), "zeros", name="item_bias")
        self.age = self.add_weight((length,), "zeros", name="age")
        self.compare = Unit(dim, unit, hidden, seed)

    def call(
        self, inputs: tf.Tensor, candidates: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Windows (B, S), candidates (B, T, C) at their last T places -> scores (B, T,
        C), weights (B, T, C, S).
        """
        steps, places = tf.shape(inputs)[1], tf.shape(candidates)[1]
        place = tf.range(steps)
        age = place[steps - places :, None] - place  # (T, S): negative is the future
        allowed = (age >= 0) & (inputs != self.num_items)[:, None]  # (B, T, S)
        history, items = self.past(inputs), self.items(candidates)
        scores = (
            self.compare(history, items)
            + tf.gather(self.age, tf.maximum(age, 0))[:, None]
        )
        weights = tf.nn.softmax(tf.where(allowed[:, :, None], scores, -1e9), axis=-1)
        pooled = tf.einsum("btcs,bsd->btcd", weights, history)
        return tf.reduce_sum(pooled * items, axis=-1) + tf.gather(
            self.item_bias, candidates
        ), weights

    def batch_loss(
        self,
        users: tf.Tensor,
        inputs: tf.Tensor,
        targets: tf.Tensor,
        negatives: tf.Tensor,
    ) -> tf.Tensor:
        """Inputs and targets (B, T) of `windows`, negatives (B, T * N); the users (B,)
        served to draw these.
        """
        shape = tf.shape(targets)
        candidates = tf.concat(
            [targets[..., None], tf.reshape(negatives, (shape[0], shape[1], -1))],
            axis=-1,
        )
        scores = self(inputs, candidates)[0][targets != self.num_items]  # (n, 1 + N)
        return losses.sampled_softmax(scores)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the
        users are is not asked.
        """
        window = last_window(histories, self.length, self.num_items)
        items = np.arange(self.num_items)
        blocks = np.split(
            window, range(16, len(window), 16)
        )  # each candidate reads each history anew: bound the memory
        scores = [
            self(rows, np.broadcast_to(items, (len(rows), 1, len(items))))[0][:, 0]
            for rows in blocks
        ]
        return tf.concat(scores, axis=0).numpy()
