"""Attention over a user's history: self-attention (SASRec) and attention to a target (DIN)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rec_tutor.sequences import last_window
from rec_tutor.torch.layers import dense, embedding
from rec_tutor.torch.training import device


def attention(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, allowed: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled dot-product attention: weights = softmax(Q K^T / sqrt(D)), output = weights V (Vaswani et al. 2017).

    queries (..., T, D), keys (..., S, D), values (..., S, V); `allowed` (..., T, S) is True where a query may
    look. Returns the output (..., T, V) and the weights (..., T, S), whose rows sum to 1. A query that may look
    nowhere gets equal weights: its output means nothing. arXiv:1706.03762
    """
    scores = queries @ keys.transpose(-1, -2) / keys.shape[-1] ** 0.5  # (..., T, S)
    weights = scores.masked_fill(~allowed, -1e9).softmax(dim=-1)
    return weights @ values, weights


class Block(nn.Module):
    """One layer of a transformer: every position looks at others, then thinks for itself.

    x <- x + Attention(norm(x)), x <- x + W_2 relu(W_1 norm(x)); each head attends with its own share of the numbers.
    """

    def __init__(self, dim: int, heads: int, dropout: float, seed: int):
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_network = nn.LayerNorm(dim, eps=1e-5), nn.LayerNorm(dim, eps=1e-5)
        self.query, self.key, self.value, self.out = (dense(dim, dim, 10 * seed + k) for k in range(4))
        self.first, self.second = dense(dim, dim, 10 * seed + 4), dense(dim, dim, 10 * seed + 5)
        self.drop = nn.Dropout(dropout)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, D) -> (B, H, T, D / H)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x: torch.Tensor, allowed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T, D) and who may look where, (B, 1, T, T) -> (B, T, D) and the weights (B, H, T, T)."""
        z = self.norm_attention(x)
        heads, weights = attention(self.split(self.query(z)), self.split(self.key(z)), self.split(self.value(z)), allowed)
        x = x + self.drop(self.out(heads.transpose(1, 2).flatten(-2)))  # (B, H, T, D / H) -> (B, T, D)
        z = F.relu(self.first(self.norm_network(x)))
        return x + self.drop(self.second(z)), weights


class SASRec(nn.Module):
    """Say what comes next by self-attention over the history (Kang and McAuley 2018).

    x_t = e(item_t) + position_t goes through `layers` blocks, in which t looks at no later place; then
    score(i | history up to t) = norm(x_t) . e(i). Trained by cross-entropy over the whole catalogue, at all places
    of a window at once. doi:10.1109/ICDM.2018.00035

    Args:
        length: how many items of a history are read, the latest ones.
        causal: False lets every place look at all others, also later ones: a leak, for demonstration.
        positions: False leaves out position_t, which counts from the end of the window.
    """

    def __init__(
        self,
        num_items: int,
        dim: int = 64,
        length: int = 50,
        layers: int = 2,
        heads: int = 1,
        dropout: float = 0.2,
        causal: bool = True,
        positions: bool = True,
        seed: int = 0,
    ):
        super().__init__()
        self.num_items, self.length, self.causal = num_items, length, causal
        self.items = embedding(num_items + 1, dim, dim**-0.5, 100 * seed)  # the last row is padding
        self.positions = embedding(length, dim, 0.02, 100 * seed + 1) if positions else None
        self.blocks = nn.ModuleList(Block(dim, heads, dropout, 10 * seed + k + 1) for k in range(layers))
        self.norm, self.drop = nn.LayerNorm(dim, eps=1e-5), nn.Dropout(dropout)
        self.to(device())

    def encode(self, inputs: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Windows (B, T) with padding on the left -> states (B, T, D), and each block's weights (B, H, T, T)."""
        steps = inputs.shape[1]
        allowed = (inputs != self.num_items)[:, None, None, :]  # (B, 1, 1, T): nobody looks at padding
        if self.causal:
            allowed = allowed & torch.ones(steps, steps, dtype=torch.bool, device=inputs.device).tril()
        x = self.items(inputs)  # (B, T, D)
        if self.positions is not None:
            x = x + self.positions.weight[self.length - steps :]
        x, weights = self.drop(x), []
        for block in self.blocks:
            x, seen = block(x, allowed)
            weights.append(seen)
        return self.norm(x), weights

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """(..., D) -> scores of all items (..., I)."""
        return states @ self.items.weight[: self.num_items].T

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(B, T) -> scores of all items at every place (B, T, I)."""
        return self.logits(self.encode(inputs)[0])

    def batch_loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy over the places that have a target; both (B, T), see `rec_tutor.sequences.windows`."""
        real = targets != self.num_items
        states = self.encode(inputs)[0][real]  # (n, D)
        return F.cross_entropy(self.logits(states), targets[real])

    @torch.no_grad()
    def score(self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the users are is not asked."""
        window = last_window(histories, self.length, self.num_items)
        inputs = torch.tensor(window, device=self.items.weight.device)
        return self.logits(self.encode(inputs)[0][:, -1]).cpu().numpy()
