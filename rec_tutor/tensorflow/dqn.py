"""Deep Q-networks: a network that says what an action is worth, now and later."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.inputs import checks
from rec_tutor.tensorflow.layers import dense
from rec_tutor.tensorflow.training import Model


class QNetwork(keras.Model):
    """Observation (B, N) -> Q-values of all actions (B, A).

    h = ReLU layers(o), and the last layer also sees o itself: Q(o, a) = w_a . [h, o] +
    b_a. With `features`, (A, F), actions that are alike share what is learnt: Q(o, a) =
    (W [h, o] + b) . f_a. With `dueling` (Wang et al. 2016, arXiv:1511.06581) that is an
    advantage A(o, a), and Q(o, a) = V(o) + A(o, a) - mean_a' A(o, a').
    """

    def __init__(
        self,
        num_inputs: int,
        num_actions: int,
        hidden: Sequence[int] = (64, 64),
        dueling: bool = False,
        features: np.ndarray | None = None,
        seed: int = 0,
    ):
        super().__init__()
        checks.table("features", features, num_actions)
        sizes = [num_inputs, *hidden]
        self.dense_layers = [
            dense(before, after, 10 * seed + k)
            for k, (before, after) in enumerate(pairwise(sizes))
        ]
        self.head = dense(
            sizes[-1] + num_inputs,
            num_actions if features is None else features.shape[1],
            10 * seed + 8,
        )
        self.value = dense(sizes[-1], 1, 10 * seed + 9) if dueling else None
        self.features = (
            None if features is None else tf.constant(features, dtype="float32")
        )

    def call(self, observations: tf.Tensor) -> tf.Tensor:
        h = observations
        for layer in self.dense_layers:
            h = tf.nn.relu(layer(h))  # (B, H)
        q = self.head(tf.concat([h, observations], axis=1))  # (B, A), or (B, F)
        if self.features is not None:
            q = q @ tf.transpose(self.features)  # (B, F) @ (F, A) -> (B, A)
        if self.value is not None:
            # (B, 1) + (B, A)
            q = self.value(h) + q - tf.reduce_mean(q, axis=1, keepdims=True)
        return q


class Learner(Model):
    """Two copies of a network that says what actions are worth: the online one learns,
    the target network follows it every `target_every` updates.

    A subclass says what the loss of a batch of transitions is (`batch_loss`).

    Args:
        network: makes the network; called twice, for two equal ones.
        lr: Adam's step size.
        target_every: updates after which the target network becomes a copy of the
            online network; 1 is as good as no target network.
        decay: updates over which lr falls linearly to a hundredth; None: it stays.
    """

    def __init__(
        self,
        network: Callable[[], keras.Model],
        lr: float,
        target_every: int,
        decay: int | None,
    ):
        super().__init__()
        if target_every < 1:
            raise ValueError(f"target_every must be at least 1; it is {target_every}.")
        self.target_every, self.updates = target_every, 0
        self.online, self.target = network(), network()
        self.target.trainable = False
        if decay:
            lr = keras.optimizers.schedules.PolynomialDecay(lr, decay, 0.01 * lr)
        self.adam = keras.optimizers.Adam(lr, epsilon=1e-8)
        self.adam.build(self.online.trainable_variables)

    def call(self, observations: tf.Tensor) -> tf.Tensor:
        """(B, N) -> (B, A)."""
        return self.online(observations)

    @tf.function(reduce_retracing=True)
    def _step(self, *transitions: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self.batch_loss(*transitions)
        variables = self.online.trainable_variables
        self.adam.apply(tape.gradient(loss, variables), variables)
        return loss

    def update(self, *transitions: np.ndarray) -> float:
        """One step of Adam on transitions as `decisions.learning.ReplayBuffer` keeps
        them; returns the loss.
        """
        loss = self._step(*(tf.convert_to_tensor(column) for column in transitions))
        self.updates += 1
        if self.updates % self.target_every == 0:
            self.target.set_weights(self.online.get_weights())
        return float(loss)

    @tf.function(reduce_retracing=True)
    def _values(self, observations: tf.Tensor) -> tf.Tensor:
        return self.online(observations)

    def q_values(self, observations: np.ndarray) -> np.ndarray:
        """(n, N) -> (n, A)."""
        observations = np.asarray(observations, dtype=np.float32)
        return self._values(tf.convert_to_tensor(observations)).numpy()

    def snapshot(self) -> list[np.ndarray]:
        """A copy of the online network's weights."""
        return self.online.get_weights()

    def restore(self, weights: list[np.ndarray]) -> None:
        """Put `weights` back into the online network, and a copy into the target
        network.
        """
        self.online.set_weights(weights)
        self.target.set_weights(weights)


class DQN(Learner):
    """Deep Q-learning (Mnih et al. 2015): pull Q(o, a) towards r + gamma max_a'
    Q_target(o', a').

    The target is r alone where the episode terminated; where it was merely cut off
    (truncated), it goes on. Only actions that are allowed in o' count in the maximum.
    gamma = 0 learns the reward of the next step, nothing else. The paper clips large
    errors; here they count squared, since a value is a mean, and clicks are chance:
    with clipped errors a network learns something nearer the median.
    doi:10.1038/nature14236

    Args:
        double: let the online network choose a' and the target network value it (van
            Hasselt et al. 2016, arXiv:1509.06461), which takes away the optimism of a
            maximum over noise.
        dueling, features, hidden: see `QNetwork`.
        lr, target_every, decay: see `Learner`.
    """

    def __init__(
        self,
        num_inputs: int,
        num_actions: int,
        hidden: Sequence[int] = (64, 64),
        gamma: float = 0.9,
        lr: float = 1e-3,
        double: bool = True,
        dueling: bool = False,
        target_every: int = 50,
        decay: int | None = None,
        features: np.ndarray | None = None,
        seed: int = 0,
    ):
        if not 0 <= gamma <= 1:
            raise ValueError(f"gamma must lie in 0..1; it is {gamma}.")
        sizes = num_inputs, num_actions, hidden
        super().__init__(
            lambda: QNetwork(*sizes, dueling, features, seed), lr, target_every, decay
        )
        self.gamma, self.double = gamma, double

    def targets(
        self,
        rewards: tf.Tensor,
        following: tf.Tensor,
        terminated: tf.Tensor,
        masks: tf.Tensor,
    ) -> tf.Tensor:
        """(B,), (B, N), (B,), (B, A) -> what Q(o, a) should be, (B,)."""
        q = self.target(following)  # (B, A)
        chooser = self.online(following) if self.double else q
        best = tf.argmax(tf.where(masks, chooser, -np.inf), axis=1)  # (B,)
        # 0 where nothing is allowed any more
        some = tf.cast(tf.reduce_any(masks, axis=1), q.dtype)
        return (
            rewards
            + self.gamma * (1 - terminated) * tf.gather(q, best, batch_dims=1) * some
        )

    def batch_loss(
        self, observations: tf.Tensor, actions: tf.Tensor, *outcome: tf.Tensor
    ) -> tf.Tensor:
        """Mean squared error between Q of the actions taken, (B,), and their targets,
        which are held fixed; for the outcome see `targets`.
        """
        q = tf.gather(self.online(observations), actions, batch_dims=1)  # (B,)
        goal = tf.stop_gradient(self.targets(*outcome))
        return tf.reduce_mean(tf.square(q - goal))
