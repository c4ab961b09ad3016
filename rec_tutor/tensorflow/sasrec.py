"""Self-attention over a user's history: SASRec."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.inputs.sequences import last_window
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.attention import Block
from rec_tutor.tensorflow.layers import embedding
from rec_tutor.tensorflow.training import Model


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
            x += tf.convert_to_tensor(self.positions.embeddings)[self.length - steps :]
        x, weights = self.drop(x, training=training), []
        for block in self.blocks:
            x, seen = block(x, allowed, training=training)
            weights.append(seen)
        return x, weights

    def logits(self, states: tf.Tensor) -> tf.Tensor:
        """(..., D) -> scores of all items (..., I)."""
        items = tf.convert_to_tensor(self.items.embeddings)[: self.num_items]
        return tf.matmul(states, items, transpose_b=True)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(B, T) -> scores of all items at every place (B, T, I)."""
        return self.logits(self.encode(inputs, training)[0])

    def batch_loss(
        self, inputs: tf.Tensor, targets: tf.Tensor, *drawn: tf.Tensor
    ) -> tf.Tensor:
        """Mean cross-entropy over the places that have a target; both (B, T), see
        `rec_tutor.inputs.sequences.windows`; `drawn`: see `losses.next_item`.
        """
        states = self.encode(inputs, training=True)[0]  # (B, T, D)
        items = tf.convert_to_tensor(self.items.embeddings)[: self.num_items]
        return losses.next_item(states, targets, items, None, *drawn)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the
        users are is not asked.
        """
        window = last_window(histories, self.length, self.num_items)
        states = self.encode(tf.convert_to_tensor(window))[0]
        return self.logits(states[:, -1]).numpy()
