"""Convolutional networks: the articles' network for pictures, and Caser, which
convolves over behaviour.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.inputs import checks
from rec_tutor.inputs.sequences import last_window
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model


def convolution(inputs: int, filters: int, size: int, seed: int) -> keras.layers.Conv2D:
    """(B, H, W, inputs) -> (B, H - size + 1, W - size + 1, filters), with Keras'
    initial weights (Glorot, biases 0).
    """
    layer = keras.layers.Conv2D(
        filters, size, kernel_initializer=keras.initializers.GlorotUniform(seed=seed)
    )
    layer.build((None, None, None, inputs))
    return layer


class CNN(Model):
    """What is in the picture? The articles' network: 225,034 parameters for 28 x 28
    grey pictures, 10 classes.

    Twice: 3 x 3 filters, ReLU, the maximum of every 2 x 2 square; then 128 numbers that
    describe the picture (`features`), and from them one score per class. After LeCun et
    al. 1998, doi:10.1109/5.726791.
    """

    def __init__(self, classes: int = 10, seed: int = 0):
        super().__init__()
        self.first = convolution(1, 32, 3, 10 * seed)
        self.second = convolution(32, 64, 3, 10 * seed + 1)
        self.describe = dense(5 * 5 * 64, 128, 10 * seed + 2)
        self.out = dense(128, classes, 10 * seed + 3)

    def maps(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Pictures (B, 28, 28), grey values 0 to 255 -> what the filters of both layers
        find: (B, 26, 26, 32) and (B, 11, 11, 64)."""
        x = tf.cast(images, tf.float32)[..., None] / 255  # (B, 28, 28, 1)
        first = tf.nn.relu(self.first(x))
        # 26 -> 13 -> 11
        return first, tf.nn.relu(self.second(tf.nn.max_pool2d(first, 2, 2, "VALID")))

    def embed(self, images: tf.Tensor) -> tf.Tensor:
        """(B, 28, 28) -> (B, 128)."""
        x = tf.nn.max_pool2d(self.maps(images)[1], 2, 2, "VALID")  # (B, 5, 5, 64)
        return tf.nn.relu(self.describe(tf.reshape(x, (-1, 5 * 5 * 64))))

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """(B, 28, 28) -> logits (B, classes)."""
        return self.out(self.embed(images))

    def batch_loss(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Mean cross-entropy; labels (B,) are the classes' numbers."""
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self(images))
        )

    def features(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) -> the 128 numbers that describe each picture, (n, 128)."""
        parts = [
            self.embed(images[start : start + 1000]).numpy()
            for start in range(0, len(images), 1000)
        ]
        return np.concatenate([np.empty((0, self.describe.units), np.float32), *parts])

    def predict(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) -> probabilities of the classes, (n, classes)."""
        return tf.nn.softmax(self.out(self.features(images))).numpy()


def best_match(
    x: tf.Tensor, rows: keras.layers.Dense, height: int, length: int
) -> tf.Tensor:
    """How well filters of `height` rows fit, at the best place of each window.

    (B, length - 1 + T, D) -> (B, T, filters), one window per place.
    """
    filters = tf.reshape(rows.kernel, (x.shape[-1], height, -1))
    filters = tf.transpose(filters, (1, 0, 2))  # (h, D, filters)
    # (B, length + T - h, filters)
    match = tf.nn.relu(tf.nn.conv1d(x, filters, 1, "VALID") + rows.bias)
    return tf.nn.max_pool1d(match, length - height + 1, 1, "VALID")


def weighted_sums(x: tf.Tensor, columns: keras.layers.Dense) -> tf.Tensor:
    """The vectors of each window, added up with weights, once per filter.

    (B, length - 1 + T, D) -> (B, T, D * filters), one window per place.
    """
    filters = columns.kernel[:, None, None]  # (length, 1, 1, filters)
    sums = tf.nn.conv2d(x[..., None], filters, 1, "VALID")  # (B, T, D, filters)
    shape = tf.shape(sums)
    return tf.reshape(sums, (shape[0], shape[1], x.shape[-1] * columns.units))


class Caser(Model):
    """Say what comes next by filters over the last items (Tang and Wang 2018).

    The last L items' vectors are stacked to a picture of L x D numbers. Horizontal
    filters of h rows look for patterns of h items in a row, and only the best place
    counts; vertical filters are weighted sums over the L items. With z = relu(W [both]
    + b) and the user's own vector p_u, score(i) = [z, p_u] . q_i + b_i. Trained by
    cross-entropy over the whole catalogue, at all places of a window at once. (The
    paper has three targets per place and sampled negatives.)
    doi:10.1145/3159652.3159656

    Args:
        length: L.
        heights: the h of the horizontal filters; () for none.
        horizontal: filters per height.
        vertical: how many vertical filters; 0 for none.
        user: False leaves p_u out.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 64,
        length: int = 10,
        heights: Sequence[int] = (2, 3, 4),
        horizontal: int = 16,
        vertical: int = 4,
        user: bool = True,
        dropout: float = 0.5,
        seed: int = 0,
    ):
        super().__init__()
        self.heights = checks.heights(heights, vertical, length)
        self.num_items, self.length = num_items, length
        std = 0.3 / dim**0.5
        # the last row is padding
        self.past = embedding(num_items + 1, dim, std, 100 * seed)
        self.rows = [
            dense(height * dim, horizontal, 100 * seed + 10 + height)
            for height in self.heights
        ]
        self.columns = (
            dense(length, vertical, 100 * seed + 1, bias=False) if vertical else None
        )
        self.mix = dense(
            len(self.heights) * horizontal + vertical * dim, dim, 100 * seed + 2
        )
        self.users = embedding(num_users, dim, std, 100 * seed + 3) if user else None
        self.items = embedding(num_items, 2 * dim if user else dim, std, 100 * seed + 4)
        self.item_bias = self.add_weight((num_items,), "zeros", name="item_bias")
        self.drop = keras.layers.Dropout(dropout, seed=100 * seed + 5)

    def states(
        self, users: tf.Tensor, inputs: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        """Users (B,), padded windows (B, T) -> what places know, (B, T, D or 2 D)."""
        real = tf.cast(inputs != self.num_items, tf.float32)[..., None]
        # (B, L - 1 + T, D): padding is 0
        x = tf.pad(self.past(inputs) * real, ((0, 0), (self.length - 1, 0), (0, 0)))
        found = [
            best_match(x, rows, height, self.length)  # (B, T, filters)
            for height, rows in zip(self.heights, self.rows, strict=True)
        ]
        if self.columns is not None:
            found.append(weighted_sums(x, self.columns))  # (B, T, D * vertical)
        found = self.drop(tf.concat(found, axis=-1), training=training)
        z = tf.nn.relu(self.mix(found))
        if self.users is None:
            return z
        own = tf.repeat(self.users(users)[:, None], tf.shape(inputs)[1], axis=1)
        return tf.concat([z, own], axis=-1)

    def logits(self, states: tf.Tensor) -> tf.Tensor:
        """(..., D or 2 D) -> scores of all items (..., I)."""
        items = tf.convert_to_tensor(self.items.embeddings)
        return tf.matmul(states, items, transpose_b=True) + self.item_bias

    def batch_loss(
        self,
        users: tf.Tensor,
        inputs: tf.Tensor,
        targets: tf.Tensor,
        *drawn: tf.Tensor,
    ) -> tf.Tensor:
        """Mean cross-entropy over the places that have a target; users (B,), the others
        (B, T), see `windows`; `drawn`: see `losses.next_item`.
        """
        states = self.states(users, inputs, training=True)
        items, bias = self.items.embeddings, self.item_bias
        return losses.next_item(states, targets, items, bias, *drawn)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items)."""
        window = last_window(histories, self.length, self.num_items)
        if not len(window):  # oneDNN's convolution takes no empty batch
            return np.zeros((0, self.num_items), dtype=np.float32)
        asked = (tf.convert_to_tensor(part) for part in (users, window))
        return self.logits(self.states(*asked)[:, -1]).numpy()
