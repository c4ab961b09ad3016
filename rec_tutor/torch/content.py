"""Matrix factorization whose items are known by their content, so that a new item has a
vector at once.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from rec_tutor.inputs import checks
from rec_tutor.torch import losses
from rec_tutor.torch.layers import dense, embedding
from rec_tutor.torch.training import device


class ContentMF(nn.Module):
    """Users have a learnt vector, items only what their content says.

    r(u, i) = e_u . W c_i + w . c_i, where c_i is item i's content. Trained by
    cross-entropy over the items in `features`, which must therefore be those that could
    be chosen in training: an item that nobody could choose would be learnt as one that
    nobody wants.

    Args:
        features: (num_items, F), the content of the items to train on, for example
            TF-IDF or a picture's embedding.
        l2: weight of the penalty on |e_u|^2 and on |W c_i|^2, each a mean over rows.
    """

    def __init__(
        self,
        num_users: int,
        features: np.ndarray,
        dim: int = 64,
        l2: float = 0.1,
        seed: int = 0,
    ):
        super().__init__()
        features = checks.table("features", features).astype(np.float32)
        self.l2 = l2
        self.register_buffer("features", torch.as_tensor(features), persistent=False)
        self.users = embedding(num_users, dim, 0.1 / dim**0.5, 100 * seed)
        self.project = dense(features.shape[1], dim, 100 * seed + 1, bias=False)
        self.common = dense(features.shape[1], 1, 100 * seed + 2, bias=False)
        self.to(device())

    def forward(self, users: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """(B,), (I, F) -> scores (B, I)."""
        return self.users(users) @ self.project(features).T + self.common(features).T

    def batch_loss(self, users: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Users (B,), their items as ones in (B, num_items): each item of a user is one
        choice from the catalogue.
        """
        loss = losses.catalogue_softmax(self(users, self.features), targets)
        return loss + self.l2 * losses.squared_lengths(
            self.users(users), self.project(self.features)
        )

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of the items trained on, (len(users), num_items)."""
        return self.score_items(users, self.features)

    @torch.no_grad()
    def score_items(self, users: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Scores of any items, also of new ones, from their content (n, F):
        (len(users), n).
        """
        where = self.users.weight.device
        features = torch.as_tensor(features, dtype=torch.float32, device=where)
        return self(torch.as_tensor(users, device=where), features).cpu().numpy()
