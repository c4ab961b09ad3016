"""Attention, and a block of a transformer made of it."""

import torch
from torch import nn
from torch.nn import functional as F

from rec_tutor.torch.layers import Dropout, dense


def attention(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    allowed: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled dot-product attention: weights = softmax(Q K^T / sqrt(D)), output =
    weights V (Vaswani et al. 2017).

    queries (..., T, D), keys (..., S, D), values (..., S, V); `allowed` (..., T, S) is
    True where a query may look.

    Returns:
        The output (..., T, V) and the weights (..., T, S), whose rows sum to 1. A query
        that may look nowhere gets equal weights: its output means nothing.
        arXiv:1706.03762
    """
    scores = queries @ keys.transpose(-1, -2) / keys.shape[-1] ** 0.5  # (..., T, S)
    weights = scores.masked_fill(~allowed, -1e9).softmax(dim=-1)
    return weights @ values, weights


def layer_norm(dim: int) -> nn.LayerNorm:
    """(..., dim) -> the same shape, shifted and scaled to mean 0 and deviation 1."""
    return nn.LayerNorm(dim, eps=1e-5)


class Block(nn.Module):
    """One layer of a transformer: every position looks at others, then thinks for
    itself.

    x <- x + Attention(norm(x)), x <- x + W_2 relu(W_1 norm(x)); each head attends with
    its own share of the numbers.
    """

    def __init__(self, dim: int, heads: int, dropout: float, seed: int):
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_network = layer_norm(dim), layer_norm(dim)
        self.query, self.key, self.value, self.out = (
            dense(dim, dim, 10 * seed + k) for k in range(4)
        )
        self.first, self.second = (
            dense(dim, dim, 10 * seed + 4),
            dense(dim, dim, 10 * seed + 5),
        )
        self.drop = Dropout(dropout, 10 * seed + 6)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, D) -> (B, H, T, D / H)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(
        self, x: torch.Tensor, allowed: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T, D) and who may look where, (B, 1, T, T) -> (B, T, D) and the weights
        (B, H, T, T).
        """
        z = self.norm_attention(x)
        heads, weights = attention(
            self.split(self.query(z)),
            self.split(self.key(z)),
            self.split(self.value(z)),
            allowed,
        )
        # (B, H, T, D / H) -> (B, T, D)
        x = x + self.drop(self.out(heads.transpose(1, 2).flatten(-2)))
        z = F.relu(self.first(self.norm_network(x)))
        return x + self.drop(self.second(z)), weights
