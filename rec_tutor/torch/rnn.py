"""Recurrent networks: the articles' stacked LSTM, repaired, and GRU4Rec."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from rec_tutor.inputs.sequences import last_window
from rec_tutor.torch import losses
from rec_tutor.torch.layers import Dropout, dense, embedding
from rec_tutor.torch.training import device


def recurrent(
    cell: type[nn.GRU] | type[nn.LSTM], inputs: int, units: int, seed: int
) -> nn.GRU | nn.LSTM:
    """(B, T, inputs) -> (B, T, units) by nn.GRU or nn.LSTM, with Keras' initial
    weights.

    The input's weights are uniform within sqrt(6 / (inputs + all gates)), the state's
    orthogonal, biases 0; an LSTM's forget gate starts with bias 1, so that it remembers
    at first (Jozefowicz et al. 2015).
    https://proceedings.mlr.press/v37/jozefowicz15.html
    """
    layer = cell(inputs, units, batch_first=True)
    generator = torch.Generator().manual_seed(seed)
    nn.init.xavier_uniform_(layer.weight_ih_l0, generator=generator)
    nn.init.orthogonal_(layer.weight_hh_l0, generator=generator)
    nn.init.zeros_(layer.bias_ih_l0)
    nn.init.zeros_(layer.bias_hh_l0)
    if cell is nn.LSTM:
        with torch.no_grad():
            # the gates' order here: input, forget, cell, output
            layer.bias_ih_l0[units : 2 * units] = 1.0
        # it is added to the other; TensorFlow's LSTM has one bias only
        layer.bias_hh_l0.requires_grad_(False)
    return layer


class StackedLSTM(nn.Module):
    """Yes or no, said of a sequence: LSTMs on top of each other, the last state of the
    uppermost decides.

    The network of the articles, with the output repaired: logit = w . h_T + b instead
    of a softmax over one number (which is always 1). Long short-term memory: Hochreiter
    and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735.

    Args:
        inputs: numbers per step.
        hidden: units of each LSTM, from below.
    """

    def __init__(
        self, inputs: int = 1, hidden: Sequence[int] = (64, 32), seed: int = 0
    ):
        super().__init__()
        sizes = [inputs, *hidden]
        self.lstms = nn.ModuleList(
            recurrent(nn.LSTM, below, units, 100 * seed + k)
            for k, (below, units) in enumerate(pairwise(sizes))
        )
        self.out = dense(sizes[-1], 1, 100 * seed + len(hidden))
        self.to(device())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, inputs) -> logits (B,)."""
        for lstm in self.lstms:
            x, _ = lstm(x)  # (B, T, units)
        return self.out(x[:, -1]).squeeze(-1)

    def batch_loss(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy of yes (1) and no (0); labels (B,)."""
        return losses.yes_or_no(self(x), labels)

    @torch.no_grad()
    def predict(self, x: np.ndarray) -> np.ndarray:
        """(n, T, inputs) -> probability of yes, (n,)."""
        self.eval()
        parts = torch.as_tensor(
            np.asarray(x, dtype=np.float32), device=self.out.weight.device
        ).split(1000)
        return torch.cat([torch.sigmoid(self(part)) for part in parts]).cpu().numpy()


class GRU4Rec(nn.Module):
    """Say what comes next by a gated recurrent unit over the history (Hidasi et al.
    2016).

    h_t = GRU(x_t, h_{t-1}), with x_t the vector of the item at t, and score(i | history
    up to t) = h_t . q_i + b_i.
    Trained by cross-entropy over the whole catalogue, at all places of a window at
    once. (The paper trains on sessions in parallel, with sampled negatives and a
    ranking loss.) arXiv:1511.06939

    Args:
        length: how many items of a history are read, the latest ones.
        dropout: share of the numbers in x and h that training sets to 0.
    """

    def __init__(
        self,
        num_items: int,
        dim: int = 64,
        length: int = 50,
        dropout: float = 0.2,
        seed: int = 0,
    ):
        super().__init__()
        self.num_items, self.length = num_items, length
        # the last row is padding
        self.past = embedding(num_items + 1, dim, 0.6 / dim**0.5, 100 * seed)
        self.gru = recurrent(nn.GRU, dim, dim, 100 * seed + 1)
        self.items = embedding(num_items, dim, 0.6 / dim**0.5, 100 * seed + 2)
        self.item_bias = nn.Parameter(torch.zeros(num_items))
        self.drop = Dropout(dropout, 100 * seed + 3)
        self.to(device())

    def states(self, inputs: torch.Tensor) -> torch.Tensor:
        """Windows (B, T) with padding on the left -> states (B, T, D), 0 at padding."""
        steps = torch.arange(inputs.shape[1], device=inputs.device)
        padding = (inputs == self.num_items).sum(dim=1, keepdim=True)  # (B, 1)
        # turn each row until its padding is at the end: the network starts with the
        # first item, and never sees padding before an item
        turned = inputs.gather(1, (steps + padding) % len(steps))
        h, _ = self.gru(self.drop(self.past(turned)))  # (B, T, D)
        back = (steps - padding) % len(steps)
        h = (
            h.gather(1, back[..., None].expand_as(h))
            * (inputs != self.num_items)[..., None]
        )
        return self.drop(h)

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """(..., D) -> scores of all items (..., I)."""
        return states @ self.items.weight.T + self.item_bias

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(B, T) -> scores of all items at every place (B, T, I)."""
        return self.logits(self.states(inputs))

    def batch_loss(
        self, inputs: torch.Tensor, targets: torch.Tensor, *drawn: torch.Tensor
    ) -> torch.Tensor:
        """Mean cross-entropy over the places that have a target; both (B, T), see
        `rec_tutor.inputs.sequences.windows`; `drawn`: see `losses.next_item`.
        """
        states = self.states(inputs)
        items, bias = self.items.weight, self.item_bias
        return losses.next_item(states, targets, items, bias, *drawn)

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items); who the
        users are is not asked.
        """
        self.eval()
        inputs = torch.as_tensor(
            last_window(histories, self.length, self.num_items),
            device=self.items.weight.device,
        )
        return self.logits(self.states(inputs)[:, -1]).cpu().numpy()
