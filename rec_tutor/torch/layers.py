"""Layers with initial weights from a seed of their own."""

import torch
from torch import nn


def embedding(num: int, dim: int, std: float, seed: int) -> nn.Embedding:
    """A (num, dim) table drawn from N(0, std^2) with a seed of its own."""
    table = nn.Embedding(num, dim)
    with torch.no_grad():
        table.weight.copy_(
            torch.empty(num, dim).normal_(
                0.0, std, generator=torch.Generator().manual_seed(seed)
            )
        )
    return table


def dense(inputs: int, outputs: int, seed: int, bias: bool = True) -> nn.Linear:
    """(..., inputs) -> (..., outputs), x W^T + b.

    The weights are uniform within sqrt(6 / (inputs + outputs)), Keras' default (Glorot
    and Bengio 2010), b is 0. https://proceedings.mlr.press/v9/glorot10a.html
    """
    layer = nn.Linear(inputs, outputs, bias=bias)
    nn.init.xavier_uniform_(layer.weight, generator=torch.Generator().manual_seed(seed))
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


class Dropout(nn.Module):
    """Sets a share of the numbers to 0 in training and enlarges the others; draws from
    a seed of its own.
    """

    def __init__(self, share: float, seed: int):
        super().__init__()
        self.share, self.generator = share, torch.Generator().manual_seed(seed)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.share == 0:
            return x
        kept = (
            torch.empty(x.shape)
            .bernoulli_(1 - self.share, generator=self.generator)
            .to(x.device)
        )
        return x * kept / (1 - self.share)
