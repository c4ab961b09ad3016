"""Attention of a candidate to a user's history: DIN."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rec_tutor.inputs import checks
from rec_tutor.inputs.sequences import last_window
from rec_tutor.torch import losses
from rec_tutor.torch.layers import dense, embedding
from rec_tutor.torch.training import device

UNITS = ("mlp", "dot", "mean")


class Unit(nn.Module):
    """How well an item of the history and a candidate go together, unit(e_s, q_i).

    - "mlp", DIN's activation unit, v . relu(W_e e_s + W_q q_i + W_x (e_s * q_i) + b);
    - "dot", <W_q q_i, W_e e_s> / sqrt(D);
    - "mean", 0: the candidate does not matter.

    Args:
        hidden: width of the "mlp" unit.
    """

    def __init__(self, dim: int, kind: str, hidden: int, seed: int):
        super().__init__()
        checks.one_of("unit", kind, UNITS)
        self.kind, width = kind, hidden if kind == "mlp" else dim
        if kind != "mean":
            self.from_history = dense(dim, width, 100 * seed + 2, bias=kind == "mlp")
            self.from_item = dense(dim, width, 100 * seed + 3, bias=False)
        if kind == "mlp":
            self.from_both = dense(dim, width, 100 * seed + 4, bias=False)
            self.out = dense(width, 1, 100 * seed + 5, bias=False)

    def forward(self, history: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """History (B, S, D) and candidates (B, T, C, D) -> unit(e_s, q_i), (B, T, C,
        S).
        """
        if self.kind == "mean":
            return torch.zeros(*items.shape[:3], history.shape[1], device=items.device)
        if self.kind == "dot":
            asked, known = self.from_item(items), self.from_history(history)
            return torch.einsum("btcd,bsd->btcs", asked, known) / items.shape[-1] ** 0.5
        # W_x (e * q) for all pairs, without storing e * q
        both = torch.einsum("bsd,hd->bdsh", history, self.from_both.weight)
        z = torch.einsum("btcd,bdsh->btcsh", items, both)
        z = F.relu(
            z
            + self.from_history(history)[:, None, None]
            + self.from_item(items)[:, :, :, None]
        )
        return self.out(z).squeeze(-1)


class DIN(nn.Module):
    """Read the history with a candidate in mind (Zhou et al. 2018).

    For item i after the history e_1, ..., e_t: weights w = softmax over s of unit(e_s,
    q_i) + c_{t-s}, and score = q_i . sum_s w_s e_s + b_i. The number c for the age of
    an item is learnt, and so is the unit, see `Unit`; with "mean" only the age counts.

    Trained by a softmax over the next item and sampled ones. (The paper does not
    normalise the weights, and uses cross-entropy point by point.)
    doi:10.1145/3219819.3219823

    Args:
        length: how many items of a history are read, the latest ones.
        hidden: width of the "mlp" unit.
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
        self.num_items, self.length = num_items, length
        # the last row is padding
        self.past = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed)
        self.items = embedding(num_items + 1, dim, 0.3 / dim**0.5, 100 * seed + 1)
        self.item_bias = nn.Parameter(torch.zeros(num_items + 1))
        self.age = nn.Parameter(torch.zeros(length))
        self.compare = Unit(dim, unit, hidden, seed)
        self.to(device())

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
