"""Convolutional networks: the articles' network for pictures, and Caser, which
convolves over behaviour.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rec_tutor.inputs import checks
from rec_tutor.inputs.sequences import last_window
from rec_tutor.torch import losses
from rec_tutor.torch.layers import Dropout, dense, embedding
from rec_tutor.torch.training import device


def convolution(inputs: int, filters: int, size: int, seed: int) -> nn.Conv2d:
    """(B, inputs, H, W) -> (B, filters, H - size + 1, W - size + 1), with Keras'
    initial weights (Glorot, biases 0).
    """
    layer = nn.Conv2d(inputs, filters, size)
    nn.init.xavier_uniform_(layer.weight, generator=torch.Generator().manual_seed(seed))
    nn.init.zeros_(layer.bias)
    return layer


class CNN(nn.Module):
    """What is in the picture? The articles' network: 225,034 parameters for 28 x 28
    grey pictures, 10 classes.

    Twice: 3 x 3 filters, ReLU, the maximum of every 2 x 2 square; then 128 numbers that
    describe the picture (`features`), and from them one score per class. After LeCun et
    al. 1998, doi:10.1109/5.726791.
    """

    def __init__(self, classes: int = 10, seed: int = 0):
        super().__init__()
        self.first = convolution(1, 32, 3, 10 * seed)
        self.second = convolution(32, 64, 3, 10 * seed + 1)
        self.describe = dense(5 * 5 * 64, 128, 10 * seed + 2)
        self.out = dense(128, classes, 10 * seed + 3)
        self.to(device())

    def maps(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (B, 28, 28), grey values 0 to 255 -> what the filters of both layers
        find: (B, 32, 26, 26) and (B, 64, 11, 11)."""
        x = images[:, None].float() / 255  # (B, 1, 28, 28)
        first = F.relu(self.first(x))
        return first, F.relu(self.second(F.max_pool2d(first, 2)))  # 26 -> 13 -> 11

    def embed(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 28, 28) -> (B, 128)."""
        x = F.max_pool2d(self.maps(images)[1], 2)  # (B, 64, 5, 5)
        # channels last, as in TensorFlow
        return F.relu(self.describe(x.permute(0, 2, 3, 1).flatten(1)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 28, 28) -> logits (B, classes)."""
        return self.out(self.embed(images))

    def batch_loss(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy; labels (B,) are the classes' numbers."""
        return F.cross_entropy(self(images), labels)

    @torch.no_grad()
    def features(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) -> the 128 numbers that describe each picture, (n, 128)."""
        parts = torch.as_tensor(images).split(1000)
        return torch.cat(
            [self.embed(part.to(self.out.weight.device)).cpu() for part in parts]
        ).numpy()

    @torch.no_grad()
    def predict(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) -> probabilities of the classes, (n, classes)."""
        x = torch.as_tensor(self.features(images), device=self.out.weight.device)
        return torch.softmax(self.out(x), dim=-1).cpu().numpy()


def best_match(
    x: torch.Tensor, rows: nn.Linear, height: int, length: int
) -> torch.Tensor:
    """How well filters of `height` rows fit, at the best place of each window.

    (B, length - 1 + T, D) -> (B, T, filters), one window per place.
    """
    pieces = x.unfold(1, height, 1).flatten(2)  # (B, length + T - h, D h)
    match = F.relu(rows(pieces)).transpose(1, 2)  # (B, filters, length + T - h)
    return F.max_pool1d(match, length - height + 1, stride=1).transpose(1, 2)


def weighted_sums(x: torch.Tensor, columns: nn.Linear) -> torch.Tensor:
    """The vectors of each window, added up with weights, once per filter.

    (B, length - 1 + T, D) -> (B, T, D * filters), one window per place.
    """
    windows = x.unfold(1, columns.in_features, 1)  # (B, T, D, length)
    return columns(windows).flatten(2)


class Caser(nn.Module):
    """Say what comes next by filters over the last items (Tang and Wang 2018).

    The last L items' vectors are stacked to a picture of L x D numbers. Horizontal
    filters of h rows look for patterns of h items in a row, and only the best place
    counts; vertical filters are weighted sums over the L items. With z = relu(W [both]
    + b) and the user's own vector p_u, score(i) = [z, p_u] . q_i + b_i. Trained by
    cross-entropy over the whole catalogue, at all places of a window at once. (The
    paper has three targets per place and sampled negatives.)
    doi:10.1145/3159652.3159656

    Args:
        length: L.
        heights: the h of the horizontal filters; () for none.
        horizontal: filters per height.
        vertical: how many vertical filters; 0 for none.
        user: False leaves p_u out.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int = 64,
        length: int = 10,
        heights: Sequence[int] = (2, 3, 4),
        horizontal: int = 16,
        vertical: int = 4,
        user: bool = True,
        dropout: float = 0.5,
        seed: int = 0,
    ):
        super().__init__()
        self.heights = checks.heights(heights, vertical, length)
        self.num_items, self.length = num_items, length
        std = 0.3 / dim**0.5
        # the last row is padding
        self.past = embedding(num_items + 1, dim, std, 100 * seed)
        self.rows = nn.ModuleList(
            dense(height * dim, horizontal, 100 * seed + 10 + height)
            for height in self.heights
        )
        self.columns = (
            dense(length, vertical, 100 * seed + 1, bias=False) if vertical else None
        )
        self.mix = dense(
            len(self.heights) * horizontal + vertical * dim, dim, 100 * seed + 2
        )
        self.users = embedding(num_users, dim, std, 100 * seed + 3) if user else None
        self.items = embedding(num_items, 2 * dim if user else dim, std, 100 * seed + 4)
        self.item_bias = nn.Parameter(torch.zeros(num_items))
        self.drop = Dropout(dropout, 100 * seed + 5)
        self.to(device())

    def states(self, users: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Users (B,), padded windows (B, T) -> what places know, (B, T, D or 2 D)."""
        real = (inputs != self.num_items)[..., None]
        # (B, L - 1 + T, D): padding is 0
        x = F.pad(self.past(inputs) * real, (0, 0, self.length - 1, 0))
        found = [
            best_match(x, rows, height, self.length)  # (B, T, filters)
            for height, rows in zip(self.heights, self.rows, strict=True)
        ]
        if self.columns is not None:
            found.append(weighted_sums(x, self.columns))  # (B, T, D * vertical)
        z = F.relu(self.mix(self.drop(torch.cat(found, dim=-1))))
        if self.users is None:
            return z
        return torch.cat([z, self.users(users)[:, None].expand_as(z)], dim=-1)

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """(..., D or 2 D) -> scores of all items (..., I)."""
        return states @ self.items.weight.T + self.item_bias

    def batch_loss(
        self,
        users: torch.Tensor,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        *drawn: torch.Tensor,
    ) -> torch.Tensor:
        """Mean cross-entropy over the places that have a target; users (B,), the others
        (B, T), see `windows`; `drawn`: see `losses.next_item`.
        """
        states = self.states(users, inputs)
        items, bias = self.items.weight, self.item_bias
        return losses.next_item(states, targets, items, bias, *drawn)

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items after the histories, (len(users), num_items)."""
        self.eval()
        where = self.item_bias.device
        window = last_window(histories, self.length, self.num_items)
        asked = (torch.as_tensor(part, device=where) for part in (users, window))
        return self.logits(self.states(*asked)[:, -1]).cpu().numpy()
