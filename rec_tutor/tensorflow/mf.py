"""Matrix factorization: one vector per user, one per item, and three ways of learning
them.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import embedding
from rec_tutor.tensorflow.training import Model


class BiasedMF(Model):
    """Predict a rating: r_ui = mu + b_u + b_i + p_u . q_i (Koren, Bell and Volinsky
    2009).

    Trained by squared error on observed ratings, plus l2 (|p_u|^2 + |q_i|^2) + l2_bias
    (b_u^2 + b_i^2) for each of them, so that people and films with more ratings are
    pulled more often. doi:10.1109/MC.2009.263

    Args:
        mean: mu, the mean training rating.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 64,
        mean: float = 3.5,
        l2: float = 0.1,
        l2_bias: float = 0.01,
        seed: int = 0,
    ):
        super().__init__()
        self.num_users, self.num_items = num_users, num_items
        self.l2, self.l2_bias = l2, l2_bias
        self.user_factors = embedding(num_users, dim, 0.1 / dim**0.5, 2 * seed)
        self.item_factors = embedding(num_items, dim, 0.1 / dim**0.5, 2 * seed + 1)
        self.user_bias = self.add_weight((num_users,), "zeros", name="user_bias")
        self.item_bias = self.add_weight((num_items,), "zeros", name="item_bias")
        self.mean = float(mean)

    def call(self, users: tf.Tensor, items: tf.Tensor) -> tf.Tensor:
        """(B,), (B,) -> predicted ratings (B,)."""
        # (B, D) * (B, D) -> (B,)
        inner = tf.reduce_sum(
            self.user_factors(users) * self.item_factors(items), axis=-1
        )
        return (
            self.mean
            + tf.gather(self.user_bias, users)
            + tf.gather(self.item_bias, items)
            + inner
        )

    def batch_loss(
        self, users: tf.Tensor, items: tf.Tensor, ratings: tf.Tensor
    ) -> tf.Tensor:
        """Mean squared error plus the penalty on the rows that the batch used."""
        user, item = self.user_factors(users), self.item_factors(items)  # (B, D) each
        # (B,) each
        biases = tf.gather(self.user_bias, users), tf.gather(self.item_bias, items)
        predicted = (
            self.mean + sum(biases) + tf.reduce_sum(user * item, axis=-1)
        )  # (B,)
        return (
            tf.reduce_mean(tf.square(predicted - ratings))
            + self.l2 * losses.squared_lengths(user, item)
            + self.l2_bias * sum(tf.reduce_mean(tf.square(bias)) for bias in biases)
        )

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Predicted ratings of all items, (len(users), num_items)."""
        rows = tf.convert_to_tensor(np.asarray(users))
        # (B, D) @ (D, I) -> (B, I)
        inner = self.user_factors(rows) @ tf.transpose(self.item_factors.embeddings)
        return (
            self.mean
            + tf.gather(self.user_bias, rows)[:, None]
            + self.item_bias
            + inner
        ).numpy()

    def predict(
        self, users: np.ndarray, items: np.ndarray, low: float = 1.0, high: float = 5.0
    ) -> np.ndarray:
        """Predicted ratings of pairs, (n,), clipped to the scale `low`..`high`."""
        pairs = (
            tf.convert_to_tensor(np.asarray(users)),
            tf.convert_to_tensor(np.asarray(items)),
        )
        return np.clip(self(*pairs).numpy(), low, high)


class BPRMF(Model):
    """Rank seen above unseen: s_ui = b_i + p_u . q_i, loss -ln sigmoid(s_ui - s_uj)
    (Rendle et al. 2009).

    j is an item that u has not interacted with in training. The penalty l2 falls on the
    rows of each batch. arXiv:1205.2618
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 64,
        l2: float = 0.01,
        seed: int = 0,
    ):
        super().__init__()
        self.num_users, self.num_items, self.l2 = num_users, num_items, l2
        self.user_factors = embedding(num_users, dim, 0.1 / dim**0.5, 2 * seed)
        self.item_factors = embedding(num_items, dim, 0.1 / dim**0.5, 2 * seed + 1)
        self.item_bias = self.add_weight((num_items,), "zeros", name="item_bias")

    def call(self, users: tf.Tensor, items: tf.Tensor) -> tf.Tensor:
        """(B,), (B,) -> scores (B,)."""
        inner = tf.reduce_sum(
            self.user_factors(users) * self.item_factors(items), axis=-1
        )
        return tf.gather(self.item_bias, items) + inner

    def batch_loss(
        self, users: tf.Tensor, items: tf.Tensor, negatives: tf.Tensor
    ) -> tf.Tensor:
        """(B,) users, what they took, what they did not take."""
        user = self.user_factors(users)  # (B, D), like the two below
        taken, other = self.item_factors(items), self.item_factors(negatives)
        gap = tf.reduce_sum(user * (taken - other), axis=-1)  # (B,)
        gap += tf.gather(self.item_bias, items) - tf.gather(self.item_bias, negatives)
        return losses.bpr(gap) + self.l2 * losses.squared_lengths(user, taken, other)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        user = self.user_factors(tf.convert_to_tensor(np.asarray(users)))
        return (
            user @ tf.transpose(self.item_factors.embeddings) + self.item_bias
        ).numpy()


class SoftmaxMF(Model):
    """Choose among the whole catalogue: pi_ui = softmax_i(s_ui), cross-entropy on
    every interaction.

    s_ui = cos(p_u, q_i) / temperature, or, with `cosine=False`, s_ui = p_u . q_i. A
    batch is some users with the rows of their interactions, so the softmax over the
    catalogue is computed once per user, not per interaction.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 64,
        cosine: bool = True,
        temperature: float = 0.2,
        seed: int = 0,
    ):
        super().__init__()
        self.num_users, self.num_items, self.cosine = num_users, num_items, cosine
        self.temperature = temperature if cosine else 1.0
        self.user_factors = embedding(num_users, dim, 0.1, 2 * seed)
        self.item_factors = embedding(num_items, dim, 0.1, 2 * seed + 1)

    def compared(self, users: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What is multiplied for the scores: users' vectors (B, D), items' (I, D)."""
        user = self.user_factors(users)
        item = tf.convert_to_tensor(self.item_factors.embeddings)
        if self.cosine:
            user, item = (
                tf.nn.l2_normalize(user, axis=-1),
                tf.nn.l2_normalize(item, axis=-1),
            )
        return user, item

    def call(self, users: tf.Tensor) -> tf.Tensor:
        """(B,) -> scores of all items (B, I)."""
        user, item = self.compared(users)
        return user @ tf.transpose(item) / self.temperature

    def batch_loss(
        self, users: tf.Tensor, targets: tf.Tensor, *drawn: tf.Tensor
    ) -> tf.Tensor:
        """Mean cross-entropy per interaction; `targets` (B, I) is 1 where the user
        interacted, or with `drawn` (see `losses.next_item`) one item of each, (B,).
        """
        if not drawn:
            return losses.catalogue_softmax(self(users), targets)
        user, item = self.compared(users)
        return losses.sampled_cross_entropy(
            user / self.temperature, targets, item, None, *drawn
        )

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        return self(tf.convert_to_tensor(np.asarray(users))).numpy()
