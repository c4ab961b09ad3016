"""Attention over a user's history: self-attention (SASRec) and attention to a target
(DIN).
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.inputs.sequences import last_window
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model

UNITS = ("mlp", "dot", "mean")


def attention(
    queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, allowed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Scaled dot-product attention: weights = softmax(Q K^T / sqrt(D)), output =
    weights V (Vaswani et al. 2017).

    queries (..., T, D), keys (..., S, D), values (..., S, V); `allowed` (..., T, S) is
    True where a query may look. Returns the output (..., T, V) and the weights (..., T,
    S), whose rows sum to 1. A query that may look
    nowhere gets equal weights: its output means nothing. arXiv:1706.03762
    """
    # (..., T, S)
    scores = tf.matmul(queries, keys, transpose_b=True) / keys.shape[-1] ** 0.5
    weights = tf.nn.softmax(tf.where(allowed, scores, -1e9), axis=-1)
    return weights @ values, weights


class Block(keras.layers.Layer):
    """One layer of a transformer: every position looks at others, then thinks for
    itself.

    x <- x + Attention(norm(x)), x <- x + W_2 relu(W_1 norm(x)); each head attends with
    its own share of the numbers.
    """

    def __init__(self, dim: int, heads: int, dropout: float, seed: int):
        super().__init__()
        self.dim, self.heads = dim, heads
        self.norm_attention, self.norm_network = layer_norm(dim), layer_norm(dim)
        self.query, self.key, self.value, self.out = (
            dense(dim, dim, 10 * seed + k) for k in range(4)
        )
        self.first, self.second = (
            dense(dim, dim, 10 * seed + 4),
            dense(dim, dim, 10 * seed + 5),
        )
        self.drop = keras.layers.Dropout(dropout, seed=10 * seed + 6)

    def split(self, x: tf.Tensor) -> tf.Tensor:
        """(B, T, D) -> (B, H, T, D / H)."""
        shape = tf.shape(x)
        return tf.transpose(
            tf.reshape(x, (shape[0], shape[1], self.heads, self.dim // self.heads)),
            (0, 2, 1, 3),
        )

    def call(
        self, x: tf.Tensor, allowed: tf.Tensor, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """(B, T, D) and who may look where, (B, 1, T, T) -> (B, T, D) and the weights
        (B, H, T, T).
        """
        z = self.norm_attention(x)
        heads, weights = attention(
            self.split(self.query(z)),
            self.split(self.key(z)),
            self.split(self.value(z)),
            allowed,
        )
        # (B, H, T, D / H) -> (B, T, D)
        heads = tf.reshape(tf.transpose(heads, (0, 2, 1, 3)), tf.shape(x))
        x = x + self.drop(self.out(heads), training=training)
        z = tf.nn.relu(self.first(self.norm_network(x)))
        return x + self.drop(self.second(z), training=training), weights


def layer_norm(dim: int) -> keras.layers.LayerNormalization:
    """PyTorch's epsilon, 1e-5, instead of Keras' 1e-3."""
    layer = keras.layers.LayerNormalization(epsilon=1e-5)
    layer.build((None, dim))
    return layer


class SASRec(Model):
    """Say what comes next by self-attention over the history (Kang and McAuley 2018).

    x_t = e(item_t) + position_t goes through `layers` blocks, in which t looks at no
    later place; then score(i | history up to t) = x_t . e(i). Trained by cross-entropy
    over the whole catalogue, at all places of a window at once. (The paper samples one
    negative per place, and normalises x_t once more.) doi:10.1109/ICDM.2018.00035

    Args:
        length: how many items of a history are read, the latest ones.
        causal: False lets every place look at all others, also later ones: a leak, for
            demonstration.
        positions: False leaves out position_t, which counts from the end of the window.
    """

    def __init__(
        self,
        num_items: int,
        dim: int = 64,
        length: int = 50,
        layers: int = 1,
        heads: int = 2,
        dropout: float = 0.4,
        causal: bool = True,
        positions: bool = True,
        seed: int = 0,
    ):
        super().__init__()
        self.num_items, self.length, self.causal = num_items, length, causal
        # the last row is padding
        self.items = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed)
        self.positions = (
            embedding(length, dim, 0.02, 100 * seed + 1) if positions else None
        )
        self.blocks = [
            Block(dim, heads, dropout, 10 * seed + k + 1) for k in range(layers)
        ]
        self.drop = keras.layers.Dropout(dropout, seed=100 * seed + 2)

    def encode(
        self, inputs: tf.Tensor, training: bool = False
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Windows (B, T) with padding on the left -> states (B, T, D), and each block's
        weights (B, H, T, T).
        """
        steps = tf.shape(inputs)[1]
        # (B, 1, 1, T): nobody looks at padding
        allowed = (inputs != self.num_items)[:, None, None, :]
        if self.causal:
            allowed = allowed & tf.cast(
                tf.linalg.band_part(tf.ones((steps, steps)), -1, 0), bool
            )
        x = self.items(inputs)  # (B, T, D)
        if self.positions is not None:
            x = (
                x
                + tf.convert_to_tensor(self.positions.embeddings)[self.length - steps :]
            )
        x, weights = self.drop(x, training=training), []
        for block in self.blocks:
            x, seen = block(x, allowed, training=training)
            weights.append(seen)
        return x, weights

    def logits(self, states: tf.Tensor) -> tf.Tensor:
        """(..., D) -> scores of all items (..., I)."""
        return tf.matmul(
            states,
            tf.convert_to_tensor(self.items.embeddings)[: self.num_items],
            transpose_b=True,
        )

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(B, T) -> scores of all items at every place (B, T, I)."""
        return self.logits(self.encode(inputs, training)[0])

    def batch_loss(self, inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Mean cross-entropy over the places that have a target; both (B, T), see
        `rec_tutor.inputs.sequences.windows`.
        """
        states = self.encode(inputs, training=True)[0]  # (B, T, D)
        return losses.next_item(states, targets, self.logits, self.num_items)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the
        users are is not asked.
        """
        inputs = tf.convert_to_tensor(
            last_window(histories, self.length, self.num_items)
        )
        return self.logits(self.encode(inputs)[0][:, -1]).numpy()


class DIN(Model):
    """Read the history with a candidate in mind (Zhou et al. 2018).

    For item i after the history e_1, ..., e_t: weights w = softmax over s of unit(e_s,
    q_i) + c_{t-s}, and score = q_i . sum_s w_s e_s + b_i. The number c for the age of
    an item is learnt, and so is the unit:

    - "mlp", DIN's activation unit, v . relu(W_e e_s + W_q q_i + W_x (e_s * q_i) + b);
    - "dot", <W_q q_i, W_e e_s> / sqrt(D);
    - "mean", 0: the candidate does not matter, only the age does.

    Trained by a softmax over the next item and sampled ones. (The paper does not
    normalise the weights, and uses cross-entropy point by point.)
    doi:10.1145/3219819.3219823

    Args:
        length: how many items of a history are read, the latest ones. hidden: width of
            the "mlp" unit.
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
        if unit not in UNITS:
            raise ValueError(f"unit must be one of {', '.join(UNITS)}; it is {unit!r}.")
        self.num_items, self.length, self.unit = num_items, length, unit
        # the last row is padding
        self.past = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed)
        self.items = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed + 1)
        self.item_bias = self.add_weight(
            shape=(num_items + 1,), initializer="zeros", name="item_bias"
        )
        self.age = self.add_weight(shape=(length,), initializer="zeros", name="age")
        width = hidden if unit == "mlp" else dim
        if unit != "mean":
            self.from_history = dense(dim, width, 100 * seed + 2, bias=unit == "mlp")
            self.from_item = dense(dim, width, 100 * seed + 3, bias=False)
        if unit == "mlp":
            self.from_both = dense(dim, width, 100 * seed + 4, bias=False)
            self.out = dense(width, 1, 100 * seed + 5, bias=False)

    def compare(self, history: tf.Tensor, items: tf.Tensor) -> tf.Tensor:
        """History (B, S, D) and candidates (B, T, C, D) -> unit(e_s, q_i), (B, T, C,
        S).
        """
        if self.unit == "mean":
            return tf.zeros(
                tf.concat([tf.shape(items)[:3], tf.shape(history)[1:2]], axis=0)
            )
        if self.unit == "dot":
            scores = tf.einsum(
                "btcd,bsd->btcs", self.from_item(items), self.from_history(history)
            )
            return scores / items.shape[-1] ** 0.5
        # W_x (e * q) for all pairs, without storing e * q
        both = tf.einsum(
            "bsd,dh->bdsh", history, tf.convert_to_tensor(self.from_both.kernel)
        )
        z = tf.einsum("btcd,bdsh->btcsh", items, both)
        z = tf.nn.relu(
            z
            + self.from_history(history)[:, None, None]
            + self.from_item(items)[:, :, :, None]
        )
        return tf.squeeze(self.out(z), axis=-1)

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
