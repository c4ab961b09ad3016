"""Graph neural networks for recommendation: node vectors that listen to their
neighbours, LightGCN and NGCF.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from scipy import sparse

from rec_tutor.inputs import checks
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model

LOSSES = ("softmax", "bpr")


@tf.function
def compressed(indices: tf.Tensor, values: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
    """A matrix as compressed sparse rows, from its cells. (In a `tf.function`, so that
    TensorFlow keeps in mind what it is, and other functions can use it.)
    """
    return tf.raw_ops.SparseTensorToCSRSparseMatrix(
        indices=indices, values=values, dense_shape=shape
    )


class Adjacency:
    """Multiplies node vectors by a graph's matrix: (N, D) -> (N, D), row a becomes
    sum_b A[a, b] x_b.

    Only the edges are stored and multiplied (compressed sparse rows, several times
    faster than tf.sparse.sparse_dense_matmul). If A is symmetric, A^T is A.
    """

    def __init__(self, matrix: sparse.csr_matrix):
        symmetric = abs(matrix - matrix.T).max() == 0
        self.matrix = self.rows(matrix)
        self.transposed = self.matrix if symmetric else self.rows(matrix.T)

    @staticmethod
    def rows(matrix: sparse.csr_matrix) -> tf.Tensor:
        cells = sparse.csr_matrix(matrix, dtype=np.float32).tocoo()
        places = np.column_stack([cells.row, cells.col]).astype(np.int64)
        return compressed(places, cells.data, np.array(cells.shape, np.int64))

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        @tf.custom_gradient
        def product(x: tf.Tensor):
            def gradient(arrived: tf.Tensor) -> tf.Tensor:
                return tf.raw_ops.SparseMatrixMatMul(a=self.transposed, b=arrived)

            return tf.raw_ops.SparseMatrixMatMul(a=self.matrix, b=x), gradient

        return product(x)


class GraphModel(Model):
    """What LightGCN and NGCF share: a table of vectors per kind of node, two losses,
    and the ranking.

    A subclass says what becomes of the node vectors (`propagate`). With z the vectors
    after that, the losses are

    - "softmax": s_ui = cos(z_u, z_i) / temperature, cross-entropy over the catalogue,
      as in mf.SoftmaxMF (batches: users (B,), targets (B, I));
    - "bpr": s_ui = z_u . z_i, -ln sigmoid(s_ui - s_uj) (batches: users, items,
      negatives, (B,) each), plus l2 times the squared lengths of those three nodes'
      vectors before the propagation.

    Args:
        adjacency: (N, N), see rec_tutor.inputs.graph; N = num_users + num_items, or
            more: further nodes get vectors too.
        layers: how often the nodes listen to their neighbours; 0 is plain matrix
            factorization.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        adjacency: sparse.csr_matrix,
        dim: int = 64,
        layers: int = 2,
        loss: str = "softmax",
        temperature: float = 0.2,
        l2: float = 1e-4,
        seed: int = 0,
    ):
        super().__init__()
        checks.one_of("loss", loss, LOSSES)
        if layers < 0:
            raise ValueError(f"layers must be 0 or more; it is {layers}.")
        others = checks.adjacency(adjacency, num_users, num_items)
        self.num_users, self.num_items, self.num_layers = num_users, num_items, layers
        self.ranking_loss, self.temperature, self.l2 = loss, temperature, l2
        self.adjacency = Adjacency(adjacency)
        self.user_factors = embedding(num_users, dim, 0.1, 2 * seed)
        self.item_factors = embedding(num_items, dim, 0.1, 2 * seed + 1)
        self.other_factors = (
            embedding(others, dim, 0.1, 2 * seed + 1_000_000) if others else None
        )

    def start(self) -> tf.Tensor:
        """The vectors that are learnt, (N, D): users, items, other nodes."""
        tables = (self.user_factors, self.item_factors, self.other_factors)
        return tf.concat(
            [table.embeddings for table in tables if table is not None], axis=0
        )

    def call(self, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        """Vectors after propagation: users (U, D), items (I, D)."""
        nodes = self.propagate(self.start(), training)
        users, items, _ = tf.split(nodes, [self.num_users, self.num_items, -1])
        return users, items

    def logits(self, user: tf.Tensor, item: tf.Tensor) -> tf.Tensor:
        """Users (B, D), items (I, D) -> scores (B, I)."""
        if self.ranking_loss == "bpr":
            return user @ tf.transpose(item)
        user = tf.nn.l2_normalize(user, axis=-1)
        return user @ tf.transpose(tf.nn.l2_normalize(item, axis=-1)) / self.temperature

    def batch_loss(self, users: tf.Tensor, *batch: tf.Tensor) -> tf.Tensor:
        """The whole graph is propagated in every step; the loss looks at the batch."""
        if self.ranking_loss == "softmax":
            (targets,) = batch  # (B, I): 1 where the user interacted
            user, item = self.call(training=True)
            logits = self.logits(tf.gather(user, users), item)
            return losses.catalogue_softmax(logits, targets)
        taken, other = batch  # (B,) each
        start = self.start()
        nodes = self.propagate(start, training=True)
        rows = users, self.num_users + taken, self.num_users + other
        user, taken, other = (tf.gather(nodes, row) for row in rows)  # (B, D) each
        gap = tf.reduce_sum(user * (taken - other), axis=-1)  # (B,)
        # how often the batch names each node, (N,)
        named = tf.concat(rows, axis=0)
        times = tf.math.unsorted_segment_sum(
            tf.ones_like(named, dtype=start.dtype), named, tf.shape(start)[0]
        )
        lengths = tf.reduce_sum(times[:, None] * tf.square(start))
        return losses.bpr(gap) + self.l2 * lengths / tf.cast(
            tf.size(users), start.dtype
        )

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        user, item = self.call()
        return self.logits(tf.gather(user, np.asarray(users)), item).numpy()

    def embeddings(self) -> dict[str, np.ndarray]:
        """Vectors after propagation: "users" (U, D), "items" (I, D)."""
        users, items = self.call()
        return {"users": users.numpy(), "items": items.numpy()}


class LightGCN(GraphModel):
    """Light graph convolution: e(k+1) = A e(k), z = mean of e(0) .. e(K) (He et al.
    2020).

    No weights and no activation in between: only e(0) is learnt. The mean over the
    layers keeps a node's own state. doi:10.1145/3397271.3401063
    """

    def propagate(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(N, D) -> (N, D)."""
        total = x
        for _ in range(self.num_layers):
            # every node hears its neighbours, and no longer itself
            x = self.adjacency(x)
            total = total + x
        return total / (self.num_layers + 1)


class NGCF(GraphModel):
    """Neural graph collaborative filtering (Wang et al. 2019), * element by element,
    lrelu with slope 0.2 below 0:

        e(k+1) = lrelu(W1 (e(k) + m) + W2 (m * e(k)) + b),  m = A e(k),  z = [e(0) ;
        e(1) ; .. ; e(K)].

    The own state e(k) stays in the sum, and m * e(k) passes more of what a node and its
    neighbours have in common. As in the authors' code, each e(k) from 1 on has length 1
    in z. doi:10.1145/3331184.3331267

    Args:
        dropout: share of a layer's outputs that is set to 0 in training ("message
            dropout").
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        adjacency: sparse.csr_matrix,
        dim: int = 64,
        layers: int = 2,
        loss: str = "softmax",
        temperature: float = 0.2,
        l2: float = 1e-4,
        dropout: float = 0.1,
        seed: int = 0,
    ):
        super().__init__(
            num_users, num_items, adjacency, dim, layers, loss, temperature, l2, seed
        )
        self.own = [dense(dim, dim, 100 * seed + 10 + k) for k in range(layers)]
        self.common = [
            dense(dim, dim, 100 * seed + 50 + k, bias=False) for k in range(layers)
        ]
        self.drop = keras.layers.Dropout(dropout, seed=100 * seed + 9)

    def propagate(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(N, D) -> (N, (layers + 1) D)."""
        states = [x]
        for own, common in zip(self.own, self.common, strict=True):
            heard = self.adjacency(x)  # (N, D)
            x = self.drop(
                tf.nn.leaky_relu(own(x + heard) + common(heard * x), alpha=0.2),
                training=training,
            )
            states.append(tf.nn.l2_normalize(x, axis=-1))
        return tf.concat(states, axis=-1)
