"""Self-attention over a user's history: SASRec."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from rec_tutor.inputs.sequences import last_window
from rec_tutor.torch import losses
from rec_tutor.torch.attention import Block
from rec_tutor.torch.layers import Dropout, embedding
from rec_tutor.torch.training import device


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

    def batch_loss(
        self, inputs: torch.Tensor, targets: torch.Tensor, *drawn: torch.Tensor
    ) -> torch.Tensor:
        """Mean cross-entropy over the places that have a target; both (B, T), see
        `rec_tutor.inputs.sequences.windows`; `drawn`: see `losses.next_item`.
        """
        states = self.encode(inputs)[0]  # (B, T, D)
        items = self.items.weight[: self.num_items]
        return losses.next_item(states, targets, items, None, *drawn)

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
