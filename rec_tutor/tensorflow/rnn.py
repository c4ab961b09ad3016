"""Recurrent networks: the articles' stacked LSTM, repaired, and GRU4Rec."""

from collections.abc import Sequence
from itertools import pairwise

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.inputs.sequences import last_window
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model, device


def recurrent(
    cell: type[keras.layers.GRU] | type[keras.layers.LSTM],
    inputs: int,
    units: int,
    seed: int,
) -> keras.layers.GRU | keras.layers.LSTM:
    """(B, T, inputs) -> (B, T, units) by Keras' GRU or LSTM.

    The input's weights are uniform within sqrt(6 / (inputs + all gates)), the state's
    orthogonal, biases 0; an LSTM's forget gate starts with bias 1, so that it remembers
    at first (Jozefowicz et al. 2015).
    https://proceedings.mlr.press/v37/jozefowicz15.html
    """
    layer = cell(
        units,
        return_sequences=True,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
        recurrent_initializer=keras.initializers.Orthogonal(seed=seed + 1),
    )
    layer.build((None, None, inputs))
    return layer


class FusedLSTM(keras.layers.LSTM):
    """Keras' LSTM, (B, T, inputs) -> (B, T, units), with all steps in one operation on
    a CPU. Keras' own loop takes longer; a GPU has cuDNN.
    """

    def call(self, x: tf.Tensor, **others) -> tf.Tensor:
        # the operation exists in half and single precision only
        if device() == "GPU" or x.dtype == tf.float64:
            return super().call(x, **others)
        weights = tf.concat([self.cell.kernel, self.cell.recurrent_kernel], axis=0)
        # Keras orders the gates input, forget, cell, output; this operation wants cell
        # second. (BlockLSTMV2 has Keras' order, but its gradient is for the other one.)
        i, f, c, o = tf.split(weights, 4, axis=1)  # each (inputs + units, units)
        b_i, b_f, b_c, b_o = tf.split(tf.convert_to_tensor(self.cell.bias), 4)
        start, unused = tf.zeros((tf.shape(x)[0], self.units)), tf.zeros(self.units)
        states = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(x, out_type=tf.int64)[1],
            x=tf.transpose(x, (1, 0, 2)),  # time comes first
            h_prev=start,
            cs_prev=start,
            w=tf.concat([i, c, f, o], axis=1),
            b=tf.concat([b_i, b_c, b_f, b_o], axis=0),
            wci=unused,
            wcf=unused,
            wco=unused,
            forget_bias=0.0,  # b has it
            cell_clip=0.0,  # no clipping
        ).h
        return tf.transpose(states, (1, 0, 2))


class StackedLSTM(Model):
    """Yes or no, said of a sequence: LSTMs on top of each other, the last state of the
    uppermost decides.

    The network of the articles, with the output repaired: logit = w . h_T + b instead
    of a softmax over one number (which is always 1). Long short-term memory: Hochreiter
    and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735.

    Args:
        inputs: numbers per step.
        hidden: units of each LSTM, from below.
    """

    def __init__(
        self, inputs: int = 1, hidden: Sequence[int] = (64, 32), seed: int = 0
    ):
        super().__init__()
        sizes = [inputs, *hidden]
        self.lstms = [
            recurrent(FusedLSTM, below, units, 100 * seed + 10 * k)
            for k, (below, units) in enumerate(pairwise(sizes))
        ]
        self.out = dense(sizes[-1], 1, 100 * seed + 10 * len(hidden))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """(B, T, inputs) -> logits (B,)."""
        for lstm in self.lstms:
            x = lstm(x)  # (B, T, units)
        return tf.squeeze(self.out(x[:, -1]), axis=-1)

    def batch_loss(self, x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Mean cross-entropy of yes (1) and no (0); labels (B,)."""
        return losses.yes_or_no(self(x), labels)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(n, T, inputs) -> probability of yes, (n,)."""
        x = np.asarray(x, dtype=np.float32)
        parts = [
            self(x[start : start + 1000]).numpy() for start in range(0, len(x), 1000)
        ]
        return tf.sigmoid(np.concatenate([np.empty(0, np.float32), *parts])).numpy()


class GRU4Rec(Model):
    """Say what comes next by a gated recurrent unit over the history (Hidasi et al.
    2016).

    h_t = GRU(x_t, h_{t-1}), with x_t the vector of the item at t, and score(i | history
    up to t) = h_t . q_i + b_i.
    Trained by cross-entropy over the whole catalogue, at all places of a window at
    once. (The paper trains on sessions in parallel, with sampled negatives and a
    ranking loss.) arXiv:1511.06939

    Args:
        length: how many items of a history are read, the latest ones.
        dropout: share of the numbers in x and h that training sets to 0.
    """

    def __init__(
        self,
        num_items: int,
        dim: int = 64,
        length: int = 50,
        dropout: float = 0.2,
        seed: int = 0,
    ):
        super().__init__()
        self.num_items, self.length = num_items, length
        # the last row is padding
        self.past = embedding(num_items + 1, dim, 0.6 / dim**0.5, 100 * seed)
        self.gru = recurrent(keras.layers.GRU, dim, dim, 100 * seed + 1)
        self.items = embedding(num_items, dim, 0.6 / dim**0.5, 100 * seed + 3)
        self.item_bias = self.add_weight((num_items,), "zeros", name="item_bias")
        self.drop = keras.layers.Dropout(dropout, seed=100 * seed + 4)

    def states(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Windows (B, T) with padding on the left -> states (B, T, D), 0 at padding."""
        length = tf.shape(inputs)[1]
        # (B, 1)
        padding = tf.reduce_sum(
            tf.cast(inputs == self.num_items, tf.int32), axis=1, keepdims=True
        )
        # turn each row until its padding is at the end: the network starts with the
        # first item, and never sees padding before an item
        turned = tf.gather(
            inputs, (tf.range(length) + padding) % length, axis=1, batch_dims=1
        )
        h = self.gru(self.drop(self.past(turned), training=training))  # (B, T, D)
        back = (tf.range(length) - padding) % length
        real = tf.cast(inputs != self.num_items, tf.float32)[..., None]
        return self.drop(
            tf.gather(h, back, axis=1, batch_dims=1) * real, training=training
        )

    def logits(self, states: tf.Tensor) -> tf.Tensor:
        """(..., D) -> scores of all items (..., I)."""
        items = tf.convert_to_tensor(self.items.embeddings)
        return tf.matmul(states, items, transpose_b=True) + self.item_bias

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(B, T) -> scores of all items at every place (B, T, I)."""
        return self.logits(self.states(inputs, training))

    def batch_loss(
        self, inputs: tf.Tensor, targets: tf.Tensor, *drawn: tf.Tensor
    ) -> tf.Tensor:
        """Mean cross-entropy over the places that have a target; both (B, T), see
        `rec_tutor.inputs.sequences.windows`; `drawn`: see `losses.next_item`.
        """
        states = self.states(inputs, training=True)
        items, bias = self.items.embeddings, self.item_bias
        return losses.next_item(states, targets, items, bias, *drawn)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the
        users are is not asked.
        """
        inputs = tf.convert_to_tensor(
            last_window(histories, self.length, self.num_items)
        )
        return self.logits(self.states(inputs)[:, -1]).numpy()
