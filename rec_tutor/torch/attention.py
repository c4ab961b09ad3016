"""Attention over a user's history: self-attention (SASRec) and attention to a target
(DIN).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rec_tutor.inputs.sequences import last_window
from rec_tutor.torch import losses
from rec_tutor.torch.layers import Dropout, dense, embedding
from rec_tutor.torch.training import device

UNITS = ("mlp", "dot", "mean")


def attention(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    allowed: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled dot-product attention: weights = softmax(Q K^T / sqrt(D)), output =
    weights V (Vaswani et al. 2017).

    queries (..., T, D), keys (..., S, D), values (..., S, V); `allowed` (..., T, S) is
    True where a query may look. Returns the output (..., T, V) and the weights (..., T,
    S), whose rows sum to 1. A query that may look
    nowhere gets equal weights: its output means nothing. arXiv:1706.03762
    """
    scores = queries @ keys.transpose(-1, -2) / keys.shape[-1] ** 0.5  # (..., T, S)
    weights = scores.masked_fill(~allowed, -1e9).softmax(dim=-1)
    return weights @ values, weights


class Block(nn.Module):
    """One layer of a transformer: every position looks at others, then thinks for
    itself.

    x <- x + Attention(norm(x)), x <- x + W_2 relu(W_1 norm(x)); each head attends with
    its own share of the numbers.
    """

    def __init__(self, dim: int, heads: int, dropout: float, seed: int):
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_network = (
            nn.LayerNorm(dim, eps=1e-5),
            nn.LayerNorm(dim, eps=1e-5),
        )
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


class SASRec(nn.Module):
    """Say what comes next by self-attention over the history (Kang and McAuley 2018).

    x_t = e(item_t) + position_t goes through `layers` blocks, in which t looks at no
    later place; then score(i | history up to t) = x_t . e(i). Trained by cross-entropy
    over the whole catalogue, at all places of a window at once. (The paper samples one
    negative per place, and normalises x_t once more.) doi:10.1109/ICDM.2018.00035

    Args:
        length: how many items of a history are read, the latest ones.
        causal: False lets every place look at all others, also later ones: a leak, for
            demonstration.
        positions: False leaves out position_t, which counts from the end of the window.
    """

    def __init__(
        self,
        num_items: int,
        dim: int = 64,
        length: int = 50,
        layers: int = 1,
        heads: int = 2,
        dropout: float = 0.4,
        causal: bool = True,
        positions: bool = True,
        seed: int = 0,
    ):
        super().__init__()
        self.num_items, self.length, self.causal = num_items, length, causal
        # the last row is padding
        self.items = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed)
        self.positions = (
            embedding(length, dim, 0.02, 100 * seed + 1) if positions else None
        )
        self.blocks = nn.ModuleList(
            Block(dim, heads, dropout, 10 * seed + k + 1) for k in range(layers)
        )
        self.drop = Dropout(dropout, 100 * seed + 2)
        self.to(device())

    def encode(self, inputs: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Windows (B, T) with padding on the left -> states (B, T, D), and each block's
        weights (B, H, T, T).
        """
        steps = inputs.shape[1]
        # (B, 1, 1, T): nobody looks at padding
        allowed = (inputs != self.num_items)[:, None, None, :]
        if self.causal:
            allowed = (
                allowed
                & torch.ones(
                    steps, steps, dtype=torch.bool, device=inputs.device
                ).tril()
            )
        x = self.items(inputs)  # (B, T, D)
        if self.positions is not None:
            x = x + self.positions.weight[self.length - steps :]
        x, weights = self.drop(x), []
        for block in self.blocks:
            x, seen = block(x, allowed)
            weights.append(seen)
        return x, weights

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """(..., D) -> scores of all items (..., I)."""
        return states @ self.items.weight[: self.num_items].T

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(B, T) -> scores of all items at every place (B, T, I)."""
        return self.logits(self.encode(inputs)[0])

    def batch_loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy over the places that have a target; both (B, T), see
        `rec_tutor.inputs.sequences.windows`.
        """
        states = self.encode(inputs)[0]  # (B, T, D)
        return losses.next_item(states, targets, self.logits, self.num_items)

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the
        users are is not asked.
        """
        self.eval()
        window = last_window(histories, self.length, self.num_items)
        inputs = torch.tensor(window, device=self.items.weight.device)
        return self.logits(self.encode(inputs)[0][:, -1]).cpu().numpy()


class DIN(nn.Module):
    """Read the history with a candidate in mind (Zhou et al. 2018).

    For item i after the history e_1, ..., e_t: weights w = softmax over s of unit(e_s,
    q_i) + c_{t-s}, and score = q_i . sum_s w_s e_s + b_i. The number c for the age of
    an item is learnt, and so is the unit:

    - "mlp", DIN's activation unit, v . relu(W_e e_s + W_q q_i + W_x (e_s * q_i) + b);
    - "dot", <W_q q_i, W_e e_s> / sqrt(D);
    - "mean", 0: the candidate does not matter, only the age does.

    Trained by a softmax over the next item and sampled ones. (The paper does not
    normalise the weights, and uses cross-entropy point by point.)
    doi:10.1145/3219819.3219823

    Args:
        length: how many items of a history are read, the latest ones. hidden: width of
            the "mlp" unit.
    """

    def __init__(
        self,
        num_items: int,
        dim: int = 32,
        length: int = 20,
        unit: str = "mlp",
        hidden: int = 16,
        seed: int = 0,
    ):
        super().__init__()
        if unit not in UNITS:
            raise ValueError(f"unit must be one of {', '.join(UNITS)}; it is {unit!r}.")
        self.num_items, self.length, self.unit = num_items, length, unit
        # the last row is padding
        self.past = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed)
        self.items = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed + 1)
        self.item_bias = nn.Parameter(torch.zeros(num_items + 1))
        self.age = nn.Parameter(torch.zeros(length))
        width = hidden if unit == "mlp" else dim
        if unit != "mean":
            self.from_history = dense(dim, width, 100 * seed + 2, bias=unit == "mlp")
            self.from_item = dense(dim, width, 100 * seed + 3, bias=False)
        if unit == "mlp":
            self.from_both = dense(dim, width, 100 * seed + 4, bias=False)
            self.out = dense(width, 1, 100 * seed + 5, bias=False)
        self.to(device())

    def compare(self, history: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """History (B, S, D) and candidates (B, T, C, D) -> unit(e_s, q_i), (B, T, C,
        S).
        """
        if self.unit == "mean":
            return torch.zeros(*items.shape[:3], history.shape[1], device=items.device)
        if self.unit == "dot":
            return (
                torch.einsum(
                    "btcd,bsd->btcs", self.from_item(items), self.from_history(history)
                )
                / items.shape[-1] ** 0.5
            )
        # W_x (e * q) for all pairs, without storing e * q
        both = torch.einsum("bsd,hd->bdsh", history, self.from_both.weight)
        z = torch.einsum("btcd,bdsh->btcsh", items, both)
        z = F.relu(
            z
            + self.from_history(history)[:, None, None]
            + self.from_item(items)[:, :, :, None]
        )
        return self.out(z).squeeze(-1)

    def forward(
        self, inputs: torch.Tensor, candidates: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Windows (B, S), candidates (B, T, C) at their last T places -> scores (B, T,
        C), weights (B, T, C, S).
        """
        steps, places = inputs.shape[1], candidates.shape[1]
        place = torch.arange(steps, device=inputs.device)
        age = place[steps - places :, None] - place  # (T, S): negative is the future
        allowed = (age >= 0) & (inputs != self.num_items)[:, None]  # (B, T, S)
        history, items = self.past(inputs), self.items(candidates)
        scores = self.compare(history, items) + self.age[age.clamp(min=0)][:, None]
        weights = scores.masked_fill(~allowed[:, :, None], -1e9).softmax(dim=-1)
        pooled = torch.einsum("btcs,bsd->btcd", weights, history)
        return (pooled * items).sum(dim=-1) + self.item_bias[candidates], weights

    def batch_loss(
        self,
        users: torch.Tensor,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        negatives: torch.Tensor,
    ) -> torch.Tensor:
        """Inputs and targets (B, T) of `windows`, negatives (B, T * N); the users (B,)
        served to draw these.
        """
        # (B, T, 1 + N)
        candidates = torch.cat(
            [targets[..., None], negatives.reshape(*targets.shape, -1)], dim=-1
        )
        scores = self(inputs, candidates)[0][targets != self.num_items]  # (n, 1 + N)
        return losses.sampled_softmax(scores)

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the
        users are is not asked.
        """
        self.eval()
        window = last_window(histories, self.length, self.num_items)
        inputs = torch.tensor(window, device=self.item_bias.device)
        items = torch.arange(self.num_items, device=self.item_bias.device)
        # each candidate reads each history anew: bound the memory
        blocks = inputs.split(16)
        return np.concatenate(
            [
                self(rows, items.expand(len(rows), 1, -1))[0][:, 0].cpu().numpy()
                for rows in blocks
            ]
        )
