"""DropoutNet: one network for known and new, trained by forgetting."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from scipy import sparse

from rec_tutor.inputs import checks
from rec_tutor.inputs.forgetting import means_of
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.towers import Tower
from rec_tutor.tensorflow.training import Model

TARGETS = ("choices", "scores")


class DropoutNet(Model):
    """Reads what is known by ratings and what is known by content, and gets used to
    either being missing (Volkovs, Yu and Poutanen 2017,
    https://papers.nips.cc/paper/2017/hash/dbd22ba3bd0df8f385bdac3e9f8be207-Abstract.html).

    r(u, i) = f(x_u) . g(q_i, c_i) with two `Tower`s. q_i is the vector that matrix
    factorization gave the item, c_i its content; x_u is the direction of the user's
    vector p_u. In training some q_i are forgotten, 0 in their place, and some p_u, with
    the mean vector of what the user took in their place. Then a new item is one with
    q_i = 0, and a new person one with a mean.

    Args:
        user_vectors, item_vectors: p (num_users, D) and q (num_items, D) of a trained
            model whose scores are p . q.
        means: (num_users, D), the mean vector of what each user took, see
            `forgetting.means_of`.
        features: (num_items, F), the content of all items.
        known: bool (num_items,), the items that have a vector; None: all.
        target: "scores", as in the paper: squared error on the trained model's scores
            p . q; or "choices": cross-entropy over the known items on what was taken.
    """

    def __init__(
        self,
        user_vectors: np.ndarray,
        item_vectors: np.ndarray,
        means: np.ndarray,
        features: np.ndarray,
        known: np.ndarray | None = None,
        dim: int = 64,
        hidden: Sequence[int] = (128,),
        target: str = "choices",
        seed: int = 0,
    ):
        super().__init__()
        checks.one_of("target", target, TARGETS)
        rows = checks.some_of("known", known, len(features))
        item_vectors = checks.table("item_vectors", item_vectors, len(features))
        own, width = np.zeros(item_vectors.shape), item_vectors.shape[1]
        own[rows] = item_vectors[rows]  # 0 for new items
        for name, table in {
            "user_vectors": checks.table("user_vectors", user_vectors),
            "means": checks.table("means", means, len(user_vectors)),
            "item_vectors": own,
            "features": checks.table("features", features),
        }.items():
            setattr(self, name, tf.constant(table.astype(np.float32)))
        self.known = tf.constant(rows)
        self.target = target
        self.user_tower = Tower((width, *hidden, dim), 0.0, 10 * seed)
        sizes = (width + self.features.shape[1], *hidden, dim)
        self.item_tower = Tower(sizes, 0.0, 10 * seed + 1)

    def people(self, vectors: tf.Tensor) -> tf.Tensor:
        """Vectors of people, or means of what they took, (B, D) -> (B, dim)."""
        return self.user_tower(tf.nn.l2_normalize(vectors, axis=-1))

    def things(self, kept: tf.Tensor) -> tf.Tensor:
        """Items, with their own vectors where `kept` (num_items,) is 1 -> (I, dim)."""
        own = self.item_vectors * kept[:, None]
        return self.item_tower(tf.concat([own, self.features], axis=-1))

    def batch_loss(
        self,
        users: tf.Tensor,
        targets: tf.Tensor,
        kept_users: tf.Tensor,
        kept_items: tf.Tensor,
    ) -> tf.Tensor:
        """Users (B,), their items as ones in (B, num_items), and whose own vectors
        are there this time, 1 or 0: (num_users,), (num_items,), see
        `inputs.Forgetting`.
        """
        p = tf.gather(self.user_vectors, users)
        there = tf.gather(kept_users, users)[:, None] > 0
        user = self.people(tf.where(there, p, tf.gather(self.means, users)))
        things = tf.gather(self.things(kept_items), self.known)
        scores = tf.matmul(user, things, transpose_b=True)  # (B, known items)
        if self.target == "choices":
            targets = tf.gather(targets, self.known, axis=1)
            return losses.catalogue_softmax(scores, targets)
        told = tf.gather(self.item_vectors, self.known)
        return tf.reduce_mean(tf.square(scores - tf.matmul(p, told, transpose_b=True)))

    def embeddings(self) -> dict[str, np.ndarray]:
        """`users` (num_users, dim) and `items` (num_items, dim): scores are users @
        items.T.
        """
        items = self.things(tf.ones_like(self.item_vectors[:, 0]))
        found = {"users": self.people(self.user_vectors), "items": items}
        return {name: value.numpy() for name, value in found.items()}

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, new ones included, (len(users), num_items)."""
        found = self.embeddings()
        return found["users"][users] @ found["items"].T

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Scores for people who were not in training, from rows of what they took,
        both (n, num_items).
        """
        means = means_of(rows, self.item_vectors.numpy())
        vectors = tf.convert_to_tensor(means, dtype=tf.float32)
        return self.people(vectors).numpy() @ self.embeddings()["items"].T
