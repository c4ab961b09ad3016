"""Graph neural networks for recommendation: node vectors that listen to their
neighbours, LightGCN and NGCF.
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy import sparse
from torch import nn
from torch.nn import functional as F

from rec_tutor.inputs import checks
from rec_tutor.torch import losses
from rec_tutor.torch.layers import Dropout, dense, embedding
from rec_tutor.torch.training import device

LOSSES = ("softmax", "bpr")


class SparseProduct(torch.autograd.Function):
    """A x with a fixed sparse matrix A; the gradient with respect to x is A^T times
    what arrives.
    """

    @staticmethod
    def forward(ctx, x: torch.Tensor, adjacency: "Adjacency") -> torch.Tensor:
        ctx.adjacency = adjacency
        return adjacency.times(x, "")

    @staticmethod
    def backward(ctx, gradient: torch.Tensor):
        return ctx.adjacency.times(gradient, ctx.adjacency.transposed), None


class Adjacency(nn.Module):
    """Multiplies node vectors by a graph's matrix: (N, D) -> (N, D), row a becomes
    sum_b A[a, b] x_b.

    Only the edges are stored and multiplied (compressed sparse rows). If A is
    symmetric, A^T is A.
    """

    def __init__(self, matrix: sparse.csr_matrix):
        super().__init__()
        symmetric = abs(matrix - matrix.T).max() == 0
        self.transposed = "" if symmetric else "transposed_"
        self.keep("", matrix)
        if not symmetric:
            self.keep(self.transposed, matrix.T)

    def keep(self, name: str, matrix: sparse.csr_matrix) -> None:
        rows = sparse.csr_matrix(matrix, dtype=np.float32)
        for part, array in (
            ("starts", rows.indptr),
            ("columns", rows.indices),
            ("weights", rows.data),
        ):
            self.register_buffer(name + part, torch.tensor(array), persistent=False)

    def times(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """The weighted sum over each row's columns: what PyTorch calls a bag. (It came
        late to Apple's GPUs; they add edge by edge.)
        """
        starts, columns, weights = (
            getattr(self, name + part) for part in ("starts", "columns", "weights")
        )
        if weights.device.type == "mps":
            row = torch.arange(len(x), device=x.device).repeat_interleave(starts.diff())
            return torch.zeros_like(x).index_add(0, row, weights[:, None] * x[columns])
        return F.embedding_bag(
            columns,
            x,
            starts,
            mode="sum",
            per_sample_weights=weights.to(x.dtype),
            include_last_offset=True,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return SparseProduct.apply(x, self)


class GraphModel(nn.Module):
    """What LightGCN and NGCF share: a table of vectors per kind of node, two losses,
    and the ranking.

    A subclass says what becomes of the node vectors (`propagate`). With z the vectors
    after that, the losses are

    - "softmax": s_ui = cos(z_u, z_i) / temperature, cross-entropy over the catalogue,
      as in mf.SoftmaxMF (batches: users (B,), targets (B, I));
    - "bpr": s_ui = z_u . z_i, -ln sigmoid(s_ui - s_uj) (batches: users, items,
      negatives, (B,) each), plus l2 times the squared lengths of those three nodes'
      vectors before the propagation.

    Args:
        adjacency: (N, N), see rec_tutor.inputs.graph; N = num_users + num_items, or
            more: further nodes get vectors too.
        layers: how often the nodes listen to their neighbours; 0 is plain matrix
            factorization.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        adjacency: sparse.csr_matrix,
        dim: int = 64,
        layers: int = 2,
        loss: str = "softmax",
        temperature: float = 0.2,
        l2: float = 1e-4,
        seed: int = 0,
    ):
        super().__init__()
        checks.one_of("loss", loss, LOSSES)
        if layers < 0:
            raise ValueError(f"layers must be 0 or more; it is {layers}.")
        others = checks.adjacency(adjacency, num_users, num_items)
        self.num_users, self.num_items, self.num_layers = num_users, num_items, layers
        self.ranking_loss, self.temperature, self.l2 = loss, temperature, l2
        self.adjacency = Adjacency(adjacency)
        self.user_factors = embedding(num_users, dim, 0.1, 2 * seed)
        self.item_factors = embedding(num_items, dim, 0.1, 2 * seed + 1)
        self.other_factors = (
            embedding(others, dim, 0.1, 2 * seed + 1_000_000) if others else None
        )
        self.to(device())

    def start(self) -> torch.Tensor:
        """The vectors that are learnt, (N, D): users, items, other nodes."""
        tables = (self.user_factors, self.item_factors, self.other_factors)
        return torch.cat([table.weight for table in tables if table is not None])

    def forward(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Vectors after propagation: users (U, D), items (I, D)."""
        nodes = self.propagate(self.start())
        others = len(nodes) - self.num_users - self.num_items
        users, items, _ = nodes.split([self.num_users, self.num_items, others])
        return users, items

    def logits(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        """Users (B, D), items (I, D) -> scores (B, I)."""
        if self.ranking_loss == "bpr":
            return user @ item.T
        user = F.normalize(user, dim=-1, eps=1e-12)
        return user @ F.normalize(item, dim=-1, eps=1e-12).T / self.temperature

    def batch_loss(self, users: torch.Tensor, *batch: torch.Tensor) -> torch.Tensor:
        """The whole graph is propagated in every step; the loss looks at the batch."""
        if self.ranking_loss == "softmax":
            (targets,) = batch  # (B, I): 1 where the user interacted
            user, item = self()
            return losses.catalogue_softmax(self.logits(user[users], item), targets)
        taken, other = batch  # (B,) each
        start = self.start()
        nodes = self.propagate(start)
        rows = torch.stack([users, self.num_users + taken, self.num_users + other])
        user, taken, other = F.embedding(rows, nodes)  # (B, D) each
        gap = (user * (taken - other)).sum(dim=-1)  # (B,)
        # how often the batch names each node, (N,)
        times = nodes.new_zeros(len(nodes)).index_add(
            0, rows.flatten(), nodes.new_ones(rows.numel())
        )
        lengths = times @ start.square().sum(dim=-1) / len(users)
        return losses.bpr(gap) + self.l2 * lengths

    @torch.no_grad()
    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Scores of all items, (len(users), num_items)."""
        self.eval()
        user, item = self()
        rows = torch.tensor(np.asarray(users), device=user.device)
        return self.logits(user[rows], item).cpu().numpy()

    @torch.no_grad()
    def embeddings(self) -> dict[str, np.ndarray]:
        """Vectors after propagation: "users" (U, D), "items" (I, D)."""
        self.eval()
        users, items = self()
        return {"users": users.cpu().numpy(), "items": items.cpu().numpy()}


class LightGCN(GraphModel):
    """Light graph convolution: e(k+1) = A e(k), z = mean of e(0) .. e(K) (He et al.
    2020).

    No weights and no activation in between: only e(0) is learnt. The mean over the
    layers keeps a node's own state. doi:10.1145/3397271.3401063
    """

    def propagate(self, x: torch.Tensor) -> torch.Tensor:
        """(N, D) -> (N, D)."""
        total = x
        for _ in range(self.num_layers):
            # every node hears its neighbours, and no longer itself
            x = self.adjacency(x)
            total = total + x
        return total / (self.num_layers + 1)


class NGCF(GraphModel):
    """Neural graph collaborative filtering (Wang et al. 2019), * element by element,
    lrelu with slope 0.2 below 0:

        e(k+1) = lrelu(W1 (e(k) + m) + W2 (m * e(k)) + b),  m = A e(k),  z = [e(0) ;
        e(1) ; .. ; e(K)].

    The own state e(k) stays in the sum, and m * e(k) passes more of what a node and its
    neighbours have in common. As in the authors' code, each e(k) from 1 on has length 1
    in z. doi:10.1145/3331184.3331267

    Args:
        dropout: share of a layer's outputs that is set to 0 in training ("message
            dropout").
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        adjacency: sparse.csr_matrix,
        dim: int = 64,
        layers: int = 2,
        loss: str = "softmax",
        temperature: float = 0.2,
        l2: float = 1e-4,
        dropout: float = 0.1,
        seed: int = 0,
    ):
        super().__init__(
            num_users, num_items, adjacency, dim, layers, loss, temperature, l2, seed
        )
        self.own = nn.ModuleList(
            dense(dim, dim, 100 * seed + 10 + k) for k in range(layers)
        )
        self.common = nn.ModuleList(
            dense(dim, dim, 100 * seed + 50 + k, bias=False) for k in range(layers)
        )
        self.drop = Dropout(dropout, 100 * seed + 9)
        self.to(device())

    def propagate(self, x: torch.Tensor) -> torch.Tensor:
        """(N, D) -> (N, (layers + 1) D)."""
        states = [x]
        for own, common in zip(self.own, self.common, strict=True):
            heard = self.adjacency(x)  # (N, D)
            x = self.drop(
                F.leaky_relu(own(x + heard) + common(heard * x), negative_slope=0.2)
            )
            states.append(F.normalize(x, dim=-1, eps=1e-12))
        return torch.cat(states, dim=-1)
