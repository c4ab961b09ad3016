"""Adam, and Adam for large tables."""

from collections.abc import Sequence

import keras
import tensorflow as tf

EPSILON = 1e-8


class AdamW:
    """Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter
    2019).

    With g the gradient in step t, m and v the running means of g and g^2,

        w <- w - lr * weight_decay * w
        w <- w - lr * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8).

    (Keras' own AdamW walks through a table a dozen times in a step, TensorFlow's kernel
    once; and Keras adds its 1e-8 before v is corrected, PyTorch after.)

    A table of many rows costs more in this than in all the rest: a step moves a million
    rows, of which a batch used two thousand. *Lazy* Adam moves, of a large table, only
    the rows that the batch used, and their m and v; for all others it is as if the step
    had not been. That is another optimizer: rows that are rarely used do not coast on
    their m. arXiv:1412.6980, arXiv:1711.05101

    Args:
        model: what is trained.
        lr: the step size.
        weight_decay: share of lr by which every step shrinks all weights.
        steps: if given, lr falls linearly to 0 over so many steps.
        lazy: embeddings of so many rows, or more, are moved lazily; None: none.

    Raises:
        ValueError: on lazy together with weight_decay, which moves every row.
    """

    def __init__(
        self,
        model: keras.Model,
        lr: float,
        weight_decay: float = 0.0,
        steps: int | None = None,
        lazy: int | None = None,
    ):
        if lazy is not None and weight_decay:
            raise ValueError(
                "weight_decay moves every row, and lazy=… only those that a batch used:"
                " choose one of them."
            )
        self.lr, self.weight_decay, self.steps = lr, weight_decay, steps
        self.weights = [variable.value for variable in model.trainable_variables]
        self.large = [  # Keras calls the table of an Embedding "embeddings"
            lazy is not None and own.name == "embeddings" and own.shape[0] >= lazy
            for own in model.trainable_variables
        ]
        self.means, self.squares = (
            [tf.Variable(tf.zeros_like(weight)) for weight in self.weights]
            for _ in range(2)
        )
        self.taken = tf.Variable(0.0, dtype=tf.float64)

    def apply(self, gradients: Sequence[tf.Tensor | tf.IndexedSlices]) -> None:
        """Move the weights along their gradients, which are in the same order."""
        lr = tf.constant(self.lr, tf.float64)
        if self.steps is not None:
            lr *= 1 - self.taken / self.steps
        self.taken.assign_add(1.0)
        for weight, mean, square, gradient, large in zip(
            self.weights, self.means, self.squares, gradients, self.large, strict=True
        ):
            if gradient is not None:  # None: the loss does not use this weight
                move = self.move_rows if large else self.move
                move(weight, mean, square, gradient, lr)

    def move(
        self,
        weight: tf.Variable,
        mean: tf.Variable,
        square: tf.Variable,
        gradient: tf.Tensor | tf.IndexedSlices,
        lr: tf.Tensor,
    ) -> None:
        """A step for all numbers of a weight."""

        def own(number: tf.Tensor) -> tf.Tensor:
            return tf.cast(number, weight.dtype)

        if self.weight_decay:
            weight.assign(weight * own(1 - lr * self.weight_decay))
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle,
            m=mean.handle,
            v=square.handle,
            beta1_power=own(0.9**self.taken),
            beta2_power=own(0.999**self.taken),
            lr=own(lr),
            beta1=own(0.9),
            beta2=own(0.999),
            # the kernel adds it to sqrt(v), as it is
            epsilon=own(EPSILON * tf.sqrt(1 - 0.999**self.taken)),
            # rows used twice in a batch are added up before they are squared
            grad=tf.convert_to_tensor(gradient),
        )

    def move_rows(
        self,
        table: tf.Variable,
        mean: tf.Variable,
        square: tf.Variable,
        gradient: tf.Tensor | tf.IndexedSlices,
        lr: tf.Tensor,
    ) -> None:
        """A step for the rows of a table (N, D) that the batch used."""
        if not isinstance(gradient, tf.IndexedSlices):
            raise ValueError(
                "lazy=… is for models that only look rows up; this one also multiplies"
                " by a whole table."
            )
        rows, place = tf.unique(gradient.indices)  # (n,)
        slope = tf.math.unsorted_segment_sum(gradient.values, place, tf.size(rows))
        m, v = tf.gather(mean, rows), tf.gather(square, rows)  # (n, D)
        m += 0.1 * (slope - m)
        v += 0.001 * (tf.square(slope) - v)
        mean.scatter_update(tf.IndexedSlices(m, rows))
        square.scatter_update(tf.IndexedSlices(v, rows))
        v = tf.sqrt(v / tf.cast(1 - 0.999**self.taken, v.dtype)) + EPSILON
        step = tf.cast(lr / (1 - 0.9**self.taken), m.dtype) * m / v
        table.scatter_sub(tf.IndexedSlices(step, rows))
