"""Matrix factorization: one vector per user, one per item, and three ways of learning
them.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rec_tutor.torch import losses
from rec_tutor.torch.layers import embedding
from rec_tutor.torch.training import device


class BiasedMF(nn.Module):
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
        self.user_bias = nn.Parameter(torch.zeros(num_users))
        self.item_bias = nn.Parameter(torch.zeros(num_items))
        self.register_buffer("mean", torch.tensor(float(mean)))
        self.to(device())

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """(B,), (B,) -> predicted ratings (B,)."""
        # (B, D) * (B, D) -> (B,)
        inner = (self.user_factors(users) * self.item_factors(items)).sum(dim=-1)
        return self.mean + self.user_bias[users] + self.item_bias[items] + inner

    def batch_loss(
        self, users: torch.Tensor, items: torch.Tensor, ratings: torch.Tensor
    ) -> torch.Tensor:
        """Mean squared error plus the penalty on the rows that the batch used."""
        user, item = self.user_factors(users), self.item_factors(items)  # (B, D) each
        biases = self.user_bias[users], self.item_bias[items]  # (B,) each
        predicted = self.mean + sum(biases) + (user * item).sum(dim=-1)  # (B,)
        return (
            F.mse_loss(predicted, ratings)
            + self.l2 * losses.squared_lengths(user, item)
            + self.l2_bias * sum(bias.square().mean() for bias in biases)
        )

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Predicted ratings of all items, (len(users), num_items)."""
        rows = torch.tensor(np.asarray(users), device=self.user_bias.device)
        # (B, D) @ (D, I) -> (B, I)
        inner = self.user_factors(rows) @ self.item_factors.weight.T
        return (
            (self.mean + self.user_bias[rows, None] + self.item_bias + inner)
            .cpu()
            .numpy()
        )

    @torch.no_grad()
    def predict(
        self, users: np.ndarray, items: np.ndarray, low: float = 1.0, high: float = 5.0
    ) -> np.ndarray:
        """Predicted ratings of pairs, (n,), clipped to the scale `low`..`high`."""
        where = self.user_bias.device
        pairs = (
            torch.tensor(np.asarray(users), device=where),
            torch.tensor(np.asarray(items), device=where),
        )
        return self(*pairs).clamp(low, high).cpu().numpy()


class BPRMF(nn.Module):
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
        self.item_bias = nn.Parameter(torch.zeros(num_items))
        self.to(device())

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """(B,), (B,) -> scores (B,)."""
        return self.item_bias[items] + (
            self.user_factors(users) * self.item_factors(items)
        ).sum(dim=-1)

    def batch_loss(
        self, users: torch.Tensor, items: torch.Tensor, negatives: torch.Tensor
    ) -> torch.Tensor:
        """(B,) users, what they took, what they did not take."""
        user = self.user_factors(users)  # (B, D), like the two below
        taken, other = self.item_factors(items), self.item_factors(negatives)
        # (B,)
        gap = (
            (user * (taken - other)).sum(-1)
            + self.item_bias[items]
            - self.item_bias[negatives]
        )
        return losses.bpr(gap) + self.l2 * losses.squared_lengths(user, taken, other)

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        rows = torch.tensor(np.asarray(users), device=self.item_bias.device)
        return (
            (self.user_factors(rows) @ self.item_factors.weight.T + self.item_bias)
            .cpu()
            .numpy()
        )


class SoftmaxMF(nn.Module):
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
        self.to(device())

    def compared(self, users: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What is multiplied for the scores: users' vectors (B, D), items' (I, D)."""
        user, item = self.user_factors(users), self.item_factors.weight
        if self.cosine:
            user, item = (
                F.normalize(user, dim=-1, eps=1e-12),
                F.normalize(item, dim=-1, eps=1e-12),
            )
        return user, item

    def forward(self, users: torch.Tensor) -> torch.Tensor:
        """(B,) -> scores of all items (B, I)."""
        user, item = self.compared(users)
        return user @ item.T / self.temperature

    def batch_loss(
        self, users: torch.Tensor, targets: torch.Tensor, *drawn: torch.Tensor
    ) -> torch.Tensor:
        """Mean cross-entropy per interaction; `targets` (B, I) is 1 where the user
        interacted, or with `drawn` (see `losses.next_item`) one item of each, (B,).
        """
        if not drawn:
            return losses.catalogue_softmax(self(users), targets)
        user, item = self.compared(users)
        return losses.sampled_cross_entropy(
            user / self.temperature, targets, item, None, *drawn
        )

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        return (
            self(
                torch.tensor(np.asarray(users), device=self.item_factors.weight.device)
            )
            .cpu()
            .numpy()
        )
