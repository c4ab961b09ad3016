"""Fusion: one vector for an item out of several kinds of content."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from rec_tutor.inputs import checks
from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.training import Model

HOW = ("early", "gated", "attention")


class Fusion(Model):
    """Users have a learnt vector; of each kind of content k an item has h_ik = W_k c_ik
    and a number b_ik = w_k . c_ik; how they become one is said by `how`:

    - "early": r(u, i) = sum_k (e_u . h_ik + b_ik). Putting all c_ik side by side and
      multiplying by one matrix is the same.
    - "gated": r(u, i) = sum_k g_ik (e_u . h_ik + b_ik), g_i = softmax over the kinds of
      A [h_i1; ...; h_iK] + a: the item says what to listen to (after the gated units of
      Arevalo et al. 2017, arXiv:1702.01992).
    - "attention": the same with g_uik = softmax_k(e_u . B h_ik / sqrt(D) + a_k): the
      user has a say in it (after Vaswani et al. 2017, arXiv:1706.03762).

    A kind is missing where c_ik is all zeros: it adds nothing, and the softmax is over
    the others. Trained by cross-entropy over the items that are known. With one kind
    of content all three are `content.ContentMF`. Late fusion, the mean of the scores of
    several models, needs no class.

    Args:
        blocks: a table (num_items, F_k) for each kind, new items included.
        known: bool (num_items,), the items to train on; None: all.
        l2: weight of the penalty on |e_u|^2 and |h_ik|^2, each a mean over rows.
    """

    def __init__(
        self,
        num_users: int,
        blocks: Sequence[np.ndarray],
        known: np.ndarray | None = None,
        how: str = "gated",
        dim: int = 64,
        l2: float = 0.01,
        seed: int = 0,
    ):
        super().__init__()
        checks.one_of("how", how, HOW)
        self.how, self.l2 = how, l2
        tables = [checks.table("blocks", block, len(blocks[0])) for block in blocks]
        self.blocks = [tf.constant(table.astype(np.float32)) for table in tables]
        self.known = tf.constant(checks.some_of("known", known, len(blocks[0])))
        self.users = embedding(num_users, dim, 0.1 / dim**0.5, 100 * seed)
        self.project = [
            dense(block.shape[1], dim + 1, 100 * seed + 10 + k, bias=False)
            for k, block in enumerate(blocks)
        ]
        if how != "early":
            shape = (len(blocks) * dim, len(blocks)) if how == "gated" else (dim, dim)
            self.gate = dense(*shape, 100 * seed + 1, bias=False)
            self.prior = self.add_weight((len(blocks),), "zeros", name="prior")

    def weights_for(
        self, user: tf.Tensor, parts: tf.Tensor, there: tf.Tensor
    ) -> tf.Tensor:
        """How much each kind counts, (1 or B, I, K): 0 where it is missing.

        Args:
            user: e, (B, D).
            parts: h, (I, K, D).
            there: (I, K), 1 or 0.
        """
        if self.how == "early":
            return there[None]
        if self.how == "gated":
            flat = tf.reshape(parts, (-1, parts.shape[1] * parts.shape[2]))
            logits = self.gate(flat)[None]  # (1, I, K)
        else:
            asked = self.gate(user) / user.shape[1] ** 0.5  # (B, D)
            logits = tf.einsum("bd,ikd->bik", asked, parts)
        logits = logits + self.prior + (1 - there) * -1e9
        return tf.nn.softmax(logits, axis=-1) * there

    def call(
        self,
        users: tf.Tensor,
        blocks: Sequence[tf.Tensor],
        kept: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """(B,), (I, F_k) each, and optionally which kinds are there this time, 1 or 0,
        (I, K) -> scores (B, I), weights (1 or B, I, K), h (I, K, D).
        """
        user = self.users(users)
        there = [tf.reduce_any(block != 0, axis=-1) for block in blocks]
        there = tf.cast(tf.stack(there, axis=1), tf.float32)
        there = there if kept is None else there * kept
        pairs = zip(self.project, blocks, strict=True)
        made = tf.stack([project(block) for project, block in pairs], axis=1)
        parts = made[..., :-1] * there[..., None]  # made: (I, K, D + 1)
        weights = self.weights_for(user, parts, there)
        each = tf.einsum("bd,ikd->bik", user, parts) + made[..., -1]
        return tf.reduce_sum(weights * each, axis=-1), weights, parts

    def batch_loss(
        self, users: tf.Tensor, targets: tf.Tensor, *kept: tf.Tensor
    ) -> tf.Tensor:
        """Users (B,), their items as ones in (B, num_items), and perhaps which kinds
        are there this time, 1 or 0, (num_items, K), see `inputs.Forgetting`.
        """
        blocks = [tf.gather(block, self.known) for block in self.blocks]
        masks = [tf.gather(mask, self.known) for mask in kept]
        scores, _, parts = self(users, blocks, *masks)
        loss = losses.catalogue_softmax(scores, tf.gather(targets, self.known, axis=1))
        return loss + self.l2 * losses.squared_lengths(self.users(users), parts)

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, new ones included, (len(users), num_items)."""
        return self.score_items(users)

    def score_items(
        self, users: np.ndarray, blocks: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of any items from their content, (n, F_k) each: (len(users), n). A
        kind that is all zeros is missing. None: the model's own items.
        """
        return self.asked(users, blocks)[0]

    def weights_of(
        self, users: np.ndarray, blocks: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """How much each kind of content counts: (len(users), num_items, K) for
        attention, else (1, num_items, K), the same for everybody.
        """
        return self.asked(users, blocks)[1]

    def asked(
        self, users: np.ndarray, blocks: Sequence[np.ndarray] | None
    ) -> list[np.ndarray]:
        """Scores, weights and h, see `call`."""
        given = self.blocks if blocks is None else blocks
        tensors = [tf.convert_to_tensor(block, dtype=tf.float32) for block in given]
        return [found.numpy() for found in self(tf.convert_to_tensor(users), tensors)]
