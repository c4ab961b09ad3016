"""Neural collaborative filtering: a small network in place of the inner product (He et
al. 2017).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rec_tutor.inputs import checks
from rec_tutor.torch import losses
from rec_tutor.torch.layers import Dropout, dense, embedding
from rec_tutor.torch.training import device

LOSSES = ("bce", "bpr", "softmax")


class NCF(nn.Module):
    """What GMF, MLP and NeuMF share: three losses on sampled negatives, and the
    ranking.

    A subclass scores pairs (`forward`). With i an interaction and j = 1..N sampled
    items that u has not interacted with, the losses are means over interactions of

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
        self, users: torch.Tensor, items: torch.Tensor, negatives: torch.Tensor
    ) -> torch.Tensor:
        """Users (B,), what they took (B,), what they did not take (B,) or (B, N)."""
        users = users[:, None]  # (B, 1)
        # (B, 1 + N)
        items = torch.cat([items[:, None], negatives.reshape(len(users), -1)], dim=1)
        scores = self(users, items)
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

    def tables(self) -> list[tuple[nn.Embedding, nn.Embedding]]:
        """The embeddings that the penalty falls on, in pairs: users', items'."""
        return [(self.user_factors, self.item_factors)]

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        self.eval()
        where = next(self.parameters()).device
        rows = torch.tensor(np.asarray(users), device=where)[:, None]  # (B, 1)
        # (B, I)
        return self(rows, torch.arange(self.num_items, device=where)).cpu().numpy()


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
        nn.init.ones_(self.out.weight)
        self.to(device())

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Shapes that broadcast, (B,) and (B,) or (B, 1) and (B, C) -> scores (B,) or
        (B, C).
        """
        return self.out(self.user_factors(users) * self.item_factors(items)).squeeze(-1)


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
            table = torch.tensor(checks.table(name, features, num), dtype=torch.float32)
            self.register_buffer(name, table)
        self.from_user = dense(
            dim + self.user_features.shape[1], hidden[0], 100 * seed + 5
        )
        self.from_item = dense(
            dim + self.item_features.shape[1], hidden[0], 100 * seed + 6, bias=False
        )
        self.layers = nn.ModuleList(
            dense(a, b, 100 * seed + 10 + k)
            for k, (a, b) in enumerate(pairwise(hidden))
        )
        self.drop = Dropout(dropout, 100 * seed + 8)
        self.out = dense(hidden[-1], 1, 100 * seed + 7)
        self.to(device())

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Shapes that broadcast, (B,) and (B,) or (B, 1) and (B, C) -> scores (B,) or
        (B, C).
        """
        user = self.from_user(
            torch.cat([self.user_factors(users), self.user_features[users]], dim=-1)
        )
        item = self.from_item(
            torch.cat([self.item_factors(items), self.item_features[items]], dim=-1)
        )
        # (B, C, H): every user with each of the items
        z = self.drop(F.relu(user + item))
        for layer in self.layers:
            z = self.drop(F.relu(layer(z)))
        return self.out(z).squeeze(-1)


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

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Shapes that broadcast, (B,) and (B,) or (B, 1) and (B, C) -> scores (B,) or
        (B, C).
        """
        return self.gmf(users, items) + self.mlp(users, items)

    def tables(self) -> list[tuple[nn.Embedding, nn.Embedding]]:
        return self.gmf.tables() + self.mlp.tables()
