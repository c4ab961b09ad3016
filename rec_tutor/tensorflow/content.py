"""Matrix factorization whose items are known by their content, so that a new item has a
vector at once.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from rec_tutor.inputs import checks
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model


class ContentMF(Model):
    """Users have a learnt vector, items only what their content says.

    r(u, i) = e_u . W c_i + w . c_i, where c_i is item i's content. Trained by
    cross-entropy over the items in `features`, which must therefore be those that could
    be chosen in training: an item that nobody could choose would be learnt as one that
    nobody wants.

    Args:
        features: (num_items, F), the content of the items to train on, for example
            TF-IDF or a picture's embedding.
        l2: weight of the penalty on |e_u|^2 and on |W c_i|^2, each a mean over rows.
    """

    def __init__(
        self,
        num_users: int,
        features: np.ndarray,
        dim: int = 64,
        l2: float = 0.1,
        seed: int = 0,
    ):
        super().__init__()
        features = checks.table("features", features).astype(np.float32)
        self.l2 = l2
        self.features = tf.constant(features)
        self.users = embedding(num_users, dim, 0.1 / dim**0.5, 100 * seed)
        self.project = dense(features.shape[1], dim, 100 * seed + 1, bias=False)
        self.common = dense(features.shape[1], 1, 100 * seed + 2, bias=False)

    def call(self, users: tf.Tensor, features: tf.Tensor) -> tf.Tensor:
        """(B,), (I, F) -> scores (B, I)."""
        scores = tf.matmul(self.users(users), self.project(features), transpose_b=True)
        return scores + tf.transpose(self.common(features))

    def batch_loss(self, users: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Users (B,), their items as ones in (B, num_items): each item of a user is one
        choice from the catalogue.
        """
        loss = losses.catalogue_softmax(self(users, self.features), targets)
        return loss + self.l2 * losses.squared_lengths(
            self.users(users), self.project(self.features)
        )

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of the items trained on, (len(users), num_items)."""
        return self.score_items(users, self.features)

    def score_items(self, users: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Scores of any items, also of new ones, from their content (n, F):
        (len(users), n).
        """
        return self(
            tf.convert_to_tensor(users),
            tf.convert_to_tensor(features, dtype=tf.float32),
        ).numpy()
