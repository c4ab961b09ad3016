"""Our sparse products against PyTorch Geometric's messages."""

# ruff: noqa: E402

import numpy as np
import pytest
import torch
from scipy import sparse

from course.needs import needs

needs("torch_geometric", extra="graph")

from torch_geometric.nn import GCNConv, LGConv, MessagePassing, SAGEConv
from torch_geometric.nn.conv.gcn_conv import gcn_norm
from torch_geometric.nn.models import LightGCN as GeometricLightGCN
from torch_geometric.utils import degree

from rec_tutor.inputs.graph import bipartite_adjacency
from rec_tutor.torch import gnn


class Messages(MessagePassing):
    """x_a becomes the sum of w x_b over the edges b -> a, as PyTorch Geometric writes
    it.
    """

    def __init__(self, aggr="add"):
        super().__init__(aggr=aggr)

    def forward(self, x, edges, weight=None):
        return self.propagate(edges, x=x, weight=weight)

    def message(self, x_j, weight):
        return x_j if weight is None else weight[:, None] * x_j


def drawn(seed, users=17, items=23):
    """A random bipartite graph with somebody and something alone in it: matrix, edges
    (2, E), node vectors.
    """
    rng = np.random.default_rng(seed)
    cells = (rng.random((users, items)) < 0.2).astype(np.float32)
    cells[3], cells[:, 5] = 0, 0
    user, item = cells.nonzero()
    edges = torch.tensor(
        np.array([np.r_[user, item + users], np.r_[item + users, user]])
    )
    x = torch.tensor(rng.normal(size=(users + items, 8)).astype(np.float32))
    return sparse.csr_matrix(cells), edges, x


def close(ours, theirs):
    np.testing.assert_allclose(
        ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_product_is_message_passing(seed):
    matrix, edges, x = drawn(seed)
    node, other = edges[1], edges[0]
    degrees = degree(node, len(x))
    weight = (degrees[node] * degrees[other]) ** -0.5
    close(gnn.Adjacency(bipartite_adjacency(matrix))(x), Messages()(x, edges, weight))
    close(
        gnn.Adjacency(bipartite_adjacency(matrix, "mean"))(x),
        Messages("mean")(x, edges),
    )
    close(gnn.Adjacency(bipartite_adjacency(matrix, "sum"))(x), Messages()(x, edges))


def test_an_edge_hears_in_the_direction_that_its_row_says():
    rng = np.random.default_rng(0)
    cells = np.where(rng.random((20, 20)) < 0.2, rng.random((20, 20)), 0).astype(
        np.float32
    )
    hears, source = cells.nonzero()
    x = torch.tensor(rng.normal(size=(20, 4)).astype(np.float32))
    edges, weight = (
        torch.tensor(np.array([source, hears])),
        torch.tensor(cells[hears, source]),
    )
    close(gnn.Adjacency(sparse.csr_matrix(cells))(x), Messages()(x, edges, weight))


@pytest.mark.parametrize("seed", range(3))
def test_the_layers_of_the_library(seed):
    matrix, edges, x = drawn(seed)
    ours = gnn.Adjacency(bipartite_adjacency(matrix))(x)
    close(ours, LGConv()(x, edges))
    convolution = GCNConv(8, 8, add_self_loops=False, bias=False)
    with torch.no_grad():
        convolution.lin.weight.copy_(torch.eye(8))
    close(ours, convolution(x, edges))
    mean = SAGEConv(8, 8, root_weight=False, bias=False)
    with torch.no_grad():
        mean.lin_l.weight.copy_(torch.eye(8))
    close(gnn.Adjacency(bipartite_adjacency(matrix, "mean"))(x), mean(x, edges))


@pytest.mark.parametrize("seed", range(3))
def test_the_weights_of_the_edges(seed):
    matrix, edges, x = drawn(seed)
    edges, weight = gcn_norm(edges, num_nodes=len(x), add_self_loops=False)
    theirs = sparse.coo_matrix(
        (weight.numpy(), (edges[1].numpy(), edges[0].numpy())), shape=(len(x), len(x))
    )
    ours = bipartite_adjacency(matrix)
    assert ours.nnz == theirs.nnz
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), rtol=1e-6)


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_lightgcn_is_the_librarys(layers):
    """Their weights, copied: propagation, scores, BPR loss and its gradients."""
    matrix, edges, _ = drawn(7)
    theirs = GeometricLightGCN(40, 8, layers)  # its alpha is 1 / (layers + 1), as ours
    ours = gnn.LightGCN(
        17, 23, bipartite_adjacency(matrix), dim=8, layers=layers, loss="bpr", l2=0.0
    )
    with torch.no_grad():
        theirs.embedding.weight.mul_(3.0)
        ours.user_factors.weight.copy_(theirs.embedding.weight[:17])
        ours.item_factors.weight.copy_(theirs.embedding.weight[17:])
    close(torch.cat(ours()).detach(), theirs.get_embedding(edges))
    users, items, negatives = (
        torch.tensor([1, 4, 4]),
        torch.tensor([2, 0, 9]),
        torch.tensor([8, 22, 3]),
    )
    pairs = torch.stack([users.repeat(2), torch.cat([items, negatives]) + 17])
    ranks = theirs(edges, pairs)
    loss = theirs.recommendation_loss(ranks[:3], ranks[3:], lambda_reg=0.0)
    mine = ours.batch_loss(users, items, negatives)
    close(mine.detach(), loss)
    close(torch.tensor(ours.score(users.numpy()))[[0, 1, 2], items], ranks[:3])
    loss.backward()
    mine.backward()
    close(
        torch.cat([ours.user_factors.weight.grad, ours.item_factors.weight.grad]),
        theirs.embedding.weight.grad,
    )
