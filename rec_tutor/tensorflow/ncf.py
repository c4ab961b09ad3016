"""Neural collaborative filtering: a small network in place of the inner product (He et
al. 2017).
"""

from collections.abc import Sequence
from itertools import pairwise

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.inputs import checks
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model

LOSSES = ("bce", "bpr", "softmax")


class NCF(Model):
    """What GMF, MLP and NeuMF share: three losses on sampled negatives, and the
    ranking.

    A subclass scores pairs (`call`). With i an interaction and j = 1..N sampled items
    that u has not interacted with, the losses are means over interactions of

    - "bce", point by point: -ln sigmoid(s_ui) - sum_j ln sigmoid(-s_uj);
    - "bpr", pair by pair: -1/N sum_j ln sigmoid(s_ui - s_uj);
    - "softmax", one among those drawn: -ln (exp s_ui / (exp s_ui + sum_j exp s_uj)).
    """

    def __init__(self, num_users: int, num_items: int, loss: str, l2: float):
        super().__init__()
        checks.one_of("loss", loss, LOSSES)
        self.num_users, self.num_items = num_users, num_items
        self.ranking_loss, self.l2 = loss, l2

    def batch_loss(
        self, users: tf.Tensor, items: tf.Tensor, negatives: tf.Tensor
    ) -> tf.Tensor:
        """Users (B,), what they took (B,), what they did not take (B,) or (B, N)."""
        users = users[:, None]  # (B, 1)
        # (B, 1 + N)
        items = tf.concat(
            [items[:, None], tf.reshape(negatives, (tf.shape(users)[0], -1))], axis=1
        )
        scores = self(users, items, training=True)
        taken, other = scores[:, :1], scores[:, 1:]
        if self.ranking_loss == "bce":
            loss = losses.negative_sampling(taken, other)
        elif self.ranking_loss == "bpr":
            loss = losses.bpr(taken - other)
        else:
            loss = losses.sampled_softmax(scores)
        rows = [
            table(index)
            for pair in self.tables()
            for table, index in zip(pair, (users, items), strict=True)
        ]
        return loss + self.l2 * losses.squared_lengths(*rows)

    def tables(self) -> list[tuple[keras.layers.Embedding, keras.layers.Embedding]]:
        """The embeddings that the penalty falls on, in pairs: users', items'."""
        return [(self.user_factors, self.item_factors)]

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        rows = tf.convert_to_tensor(np.asarray(users))[:, None]  # (B, 1)
        # (B, I)
        return self(rows, tf.range(self.num_items, dtype=rows.dtype)[None, :]).numpy()


class GMF(NCF):
    """Generalised matrix factorization: s_ui = h . (p_u * q_i) + b, * element by
    element (He et al. 2017).

    With h = (1, ..., 1), where it starts, this is matrix factorization.
    doi:10.1145/3038912.3052569
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 64,
        loss: str = "bce",
        l2: float = 0.1,
        seed: int = 0,
    ):
        super().__init__(num_users, num_items, loss, l2)
        self.user_factors = embedding(num_users, dim, 0.1 / dim**0.5, 100 * seed)
        self.item_factors = embedding(num_items, dim, 0.1 / dim**0.5, 100 * seed + 1)
        self.out = dense(dim, 1, 100 * seed + 2)
        self.out.kernel.assign(tf.ones((dim, 1)))

    def call(
        self, users: tf.Tensor, items: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        """Shapes that broadcast, (B,) and (B,) or (B, 1) and (B, C) -> scores (B,) or
        (B, C).
        """
        return tf.squeeze(
            self.out(self.user_factors(users) * self.item_factors(items)), axis=-1
        )


class MLP(NCF):
    """A multi-layer perceptron on both embeddings: z = relu(W [p_u ; x_u ; q_i ; x_i] +
    b) ..., s_ui = h . z + b.

    x_u and x_i are features of users and items, if there are any. W times a stack is a
    sum, W_u [p_u ; x_u] + W_i [q_i ; x_i]: so each user and each item passes the first
    layer once, not once per pair.

    Args:
        hidden: widths of the layers, at least one.
        dropout: share of their outputs set to 0 in training.
        user_features, item_features: (num_users, F) and (num_items, G), numbers around
            -1..1.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 16,
        hidden: Sequence[int] = (32, 16),
        loss: str = "bce",
        l2: float = 0.1,
        dropout: float = 0.0,
        user_features: np.ndarray | None = None,
        item_features: np.ndarray | None = None,
        seed: int = 0,
    ):
        super().__init__(num_users, num_items, loss, l2)
        if not hidden:
            raise ValueError("hidden must name the width of at least one layer.")
        self.user_factors = embedding(num_users, dim, 0.1 / dim**0.5, 100 * seed + 3)
        self.item_factors = embedding(num_items, dim, 0.1 / dim**0.5, 100 * seed + 4)
        for name, num, features in (
            ("user_features", num_users, user_features),
            ("item_features", num_items, item_features),
        ):
            table = checks.table(name, features, num)
            setattr(self, name, tf.constant(table, dtype=tf.float32))
        self.from_user = dense(
            dim + self.user_features.shape[1], hidden[0], 100 * seed + 5
        )
        self.from_item = dense(
            dim + self.item_features.shape[1], hidden[0], 100 * seed + 6, bias=False
        )
        self.dense_layers = [
            dense(a, b, 100 * seed + 10 + k)
            for k, (a, b) in enumerate(pairwise(hidden))
        ]
        self.drop = keras.layers.Dropout(dropout, seed=100 * seed + 8)
        self.out = dense(hidden[-1], 1, 100 * seed + 7)

    def call(
        self, users: tf.Tensor, items: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        """Shapes that broadcast, (B,) and (B,) or (B, 1) and (B, C) -> scores (B,) or
        (B, C).
        """
        user = self.from_user(
            tf.concat(
                [self.user_factors(users), tf.gather(self.user_features, users)],
                axis=-1,
            )
        )
        item = self.from_item(
            tf.concat(
                [self.item_factors(items), tf.gather(self.item_features, items)],
                axis=-1,
            )
        )
        # (B, C, H): every user with each of the items
        z = self.drop(tf.nn.relu(user + item), training=training)
        for layer in self.dense_layers:
            z = self.drop(tf.nn.relu(layer(z)), training=training)
        return tf.squeeze(self.out(z), axis=-1)


class NeuMF(NCF):
    """GMF and an MLP with embeddings of their own, added up (He et al. 2017).

    The paper's last layer, h . [p_u * q_i ; z] + b, is the sum of the two models' last
    layers. doi:10.1145/3038912.3052569
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        gmf_dim: int = 64,
        mlp_dim: int = 16,
        hidden: Sequence[int] = (32, 16),
        loss: str = "bce",
        l2: float = 0.1,
        dropout: float = 0.0,
        user_features: np.ndarray | None = None,
        item_features: np.ndarray | None = None,
        seed: int = 0,
    ):
        super().__init__(num_users, num_items, loss, l2)
        self.gmf = GMF(num_users, num_items, gmf_dim, seed=seed)
        self.mlp = MLP(
            num_users,
            num_items,
            mlp_dim,
            hidden,
            dropout=dropout,
            user_features=user_features,
            item_features=item_features,
            seed=seed,
        )

    def call(
        self, users: tf.Tensor, items: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        """Shapes that broadcast, (B,) and (B,) or (B, 1) and (B, C) -> scores (B,) or
        (B, C).
        """
        return self.gmf(users, items) + self.mlp(users, items, training=training)

    def tables(self) -> list[tuple[keras.layers.Embedding, keras.layers.Embedding]]:
        return self.gmf.tables() + self.mlp.tables()
