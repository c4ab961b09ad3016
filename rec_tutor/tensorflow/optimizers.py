"""Adam, in TensorFlow's one-pass kernel."""

from collections.abc import Sequence

import keras
import tensorflow as tf


class AdamW:
    """Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter
    2019).

    With g the gradient in step t, m and v the running means of g and g^2,

        w <- w - lr * weight_decay * w
        w <- w - lr * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8).

    Keras' own AdamW walks through a table of weights a dozen times in a step, this one
    twice. And it adds its 1e-8 before v is corrected, here as in PyTorch after.
    arXiv:1412.6980, arXiv:1711.05101

    Args:
        variables: what is trained.
        lr: the step size.
        weight_decay: share of lr by which every step shrinks all weights.
        steps: if given, lr falls linearly to 0 over so many steps.
    """

    def __init__(
        self,
        variables: Sequence[keras.Variable],
        lr: float,
        weight_decay: float = 0.0,
        steps: int | None = None,
    ):
        self.lr, self.weight_decay, self.steps = lr, weight_decay, steps
        self.weights = [variable.value for variable in variables]
        self.means, self.squares = (
            [tf.Variable(tf.zeros_like(weight)) for weight in self.weights]
            for _ in range(2)
        )
        self.step = tf.Variable(0.0, dtype=tf.float64)

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """One step; `gradients` are in the order of the variables."""
        lr = tf.constant(self.lr, tf.float64)
        if self.steps is not None:
            lr *= 1 - self.step / self.steps
        self.step.assign_add(1.0)
        powers = 0.9**self.step, 0.999**self.step
        for weight, mean, square, gradient in zip(
            self.weights, self.means, self.squares, gradients, strict=True
        ):

            def own(number: tf.Tensor, kind: tf.DType = weight.dtype) -> tf.Tensor:
                return tf.cast(number, kind)

            if self.weight_decay:
                weight.assign(weight * own(1 - lr * self.weight_decay))
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle,
                m=mean.handle,
                v=square.handle,
                beta1_power=own(powers[0]),
                beta2_power=own(powers[1]),
                lr=own(lr),
                beta1=own(0.9),
                beta2=own(0.999),
                # the kernel adds it to sqrt(v), as it is
                epsilon=own(1e-8 * tf.sqrt(1 - powers[1])),
                grad=gradient,
            )
