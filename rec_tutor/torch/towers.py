"""Content towers: networks that make an item's vector of what is known about it, so
that an item nobody has rated has a vector, too.
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


class Tower(nn.Module):
    """f(c) = W_n z + b_n with z = relu(... relu(W_1 c + b_1)); without `hidden` layers
    f(c) = W_1 c + b_1.

    Args:
        sizes: the numbers per item, from what goes in to what comes out.
        dropout: share of each hidden layer set to 0 in training.
    """

    def __init__(self, sizes: Sequence[int], dropout: float = 0.0, seed: int = 0):
        super().__init__()
        self.layers = nn.ModuleList(
            dense(*pair, 10 * seed + k) for k, pair in enumerate(pairwise(sizes))
        )
        self.drop = Dropout(dropout, 10 * seed + 9)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, inputs) -> (n, outputs)."""
        for layer in self.layers[:-1]:
            x = self.drop(F.relu(layer(x)))
        return self.layers[-1](x)


class ContentTower(nn.Module):
    """Users have a learnt vector, items what a network makes of their content.

    r(u, i) = e_u . f(c_i) + g(c_i), where (f, g) is one `Tower` with D + 1 outputs and
    c_i item i's content. It is trained end to end, by cross-entropy over the items that
    are `known`: one that nobody could choose would be learnt as one that nobody wants.
    Two towers of this kind choose YouTube's candidates (Covington et al. 2016,
    doi:10.1145/2959100.2959190). Without hidden layers this is `content.ContentMF` with
    a bias.

    Args:
        features: (num_items, F), the content of all items, new ones included.
        known: bool (num_items,), the items to train on; None: all.
        hidden: widths of the layers between.
        l2: weight of the penalty on |e_u|^2 and |f(c_i)|^2, each a mean over rows.
    """

    def __init__(
        self,
        num_users: int,
        features: np.ndarray,
        known: np.ndarray | None = None,
        dim: int = 64,
        hidden: Sequence[int] = (128,),
        dropout: float = 0.5,
        l2: float = 0.01,
        seed: int = 0,
    ):
        super().__init__()
        features = checks.table("features", features).astype(np.float32)
        self.l2, rows = l2, checks.some_of("known", known, len(features))
        self.register_buffer("features", torch.as_tensor(features), persistent=False)
        self.register_buffer("known", torch.as_tensor(rows), persistent=False)
        self.users = embedding(num_users, dim, 0.1 / dim**0.5, 100 * seed)
        sizes = (features.shape[1], *hidden, dim + 1)
        self.tower = Tower(sizes, dropout, 10 * seed + 1)
        self.to(device())

    def forward(self, users: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """(B,), (I, F) -> scores (B, I)."""
        items = self.tower(features)  # (I, D + 1)
        return self.users(users) @ items[:, :-1].T + items[:, -1]

    def batch_loss(self, users: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Users (B,), their items as ones in (B, num_items): each known item of a user
        is one choice from all known items.
        """
        user, items = self.users(users), self.tower(self.features[self.known])
        scores = user @ items[:, :-1].T + items[:, -1]  # (B, known items)
        loss = losses.catalogue_softmax(scores, targets[:, self.known])
        return loss + self.l2 * losses.squared_lengths(user, items[:, :-1])

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, new ones included, (len(users), num_items)."""
        return self.score_items(users, self.features)

    @torch.no_grad()
    def score_items(self, users: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Scores of any items from their content (n, F): (len(users), n)."""
        self.eval()
        where = self.users.weight.device
        features = torch.as_tensor(features, dtype=torch.float32, device=where)
        return self(torch.as_tensor(users, device=where), features).cpu().numpy()

    @torch.no_grad()
    def embeddings(self) -> dict[str, np.ndarray]:
        """`users` (num_users, D), `items` (num_items, D) and their `bias` (num_items,):
        scores are users @ items.T + bias.
        """
        self.eval()
        items = self.tower(self.features)
        found = {"users": self.users.weight, "items": items[:, :-1]}
        return {k: v.cpu().numpy() for k, v in {**found, "bias": items[:, -1]}.items()}


class MatchedTower(nn.Module):
    """Which vector would matrix factorization have given to an item with this content?

    A `Tower` f is fitted to the vectors q_i of the items that are known: the mean of
    |f(c_i) - q_i|^2. Then a known item keeps its q_i and a new one gets f(c_i), and
    r(u, i) = p_u . q_i or p_u . f(c_i): what is known loses nothing. Mappings from
    attributes to factors: Gantner et al. 2010, doi:10.1109/ICDM.2010.129; from sound,
    by a deep network: van den Oord et al. 2013,
    https://papers.nips.cc/paper/5004-deep-content-based-music-recommendation.

    Args:
        user_vectors, item_vectors: p (num_users, D) and q (num_items, D) of a trained
            model whose scores are p . q; rows of items that are not known may be
            anything.
        features: (num_items, F), the content of all items.
        known: bool (num_items,), the items that have a vector; None: all.
        hidden: widths of the layers between.
    """

    def __init__(
        self,
        user_vectors: np.ndarray,
        item_vectors: np.ndarray,
        features: np.ndarray,
        known: np.ndarray | None = None,
        hidden: Sequence[int] = (128,),
        dropout: float = 0.5,
        seed: int = 0,
    ):
        super().__init__()
        checks.some_of("known", known, len(features))
        tables = {
            "user_vectors": checks.table("user_vectors", user_vectors),
            "item_vectors": checks.table("item_vectors", item_vectors, len(features)),
            "features": checks.table("features", features),
            "own": np.ones((len(features), 1)) if known is None else known[:, None],
        }
        for name, table in tables.items():
            tensor = torch.as_tensor(table.astype(np.float32))
            self.register_buffer(name, tensor, persistent=False)
        dim = self.item_vectors.shape[1]
        self.tower = Tower((features.shape[1], *hidden, dim), dropout, 10 * seed + 1)
        self.to(device())

    def batch_loss(self, items: torch.Tensor) -> torch.Tensor:
        """Known items (B,): the mean squared distance from their vectors. Items that
        come more often in the batches count more.
        """
        missed = self.tower(self.features[items]) - self.item_vectors[items]
        return losses.squared_lengths(missed)

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, new ones included, (len(users), num_items)."""
        self.eval()
        rows = torch.as_tensor(users, device=self.own.device)
        made = self.tower(self.features)
        items = self.own * self.item_vectors + (1 - self.own) * made
        return (self.user_vectors[rows] @ items.T).cpu().numpy()
