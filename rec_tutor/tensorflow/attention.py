"""Attention, and a block of a transformer made of it."""

import keras
import tensorflow as tf

from rec_tutor.tensorflow.layers import dense


def attention(
    queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, allowed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Scaled dot-product attention: weights = softmax(Q K^T / sqrt(D)), output =
    weights V (Vaswani et al. 2017).

    queries (..., T, D), keys (..., S, D), values (..., S, V); `allowed` (..., T, S) is
    True where a query may look.

    Returns:
        The output (..., T, V) and the weights (..., T, S), whose rows sum to 1. A query
        that may look nowhere gets equal weights: its output means nothing.
        arXiv:1706.03762
    """
    # (..., T, S)
    scores = tf.matmul(queries, keys, transpose_b=True) / keys.shape[-1] ** 0.5
    weights = tf.nn.softmax(tf.where(allowed, scores, -1e9), axis=-1)
    return weights @ values, weights


def layer_norm(dim: int) -> keras.layers.LayerNormalization:
    """PyTorch's epsilon, 1e-5, instead of Keras' 1e-3."""
    layer = keras.layers.LayerNormalization(epsilon=1e-5)
    layer.build((None, dim))
    return layer


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
