"""No tensor of a model lands on a device by accident: a forward pass on PyTorch's meta
device shows that without a GPU.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import sparse

from rec_tutor.inputs.graph import bipartite_adjacency
from rec_tutor.torch import (
    cnn,
    content,
    din,
    dqn,
    dropoutnet,
    fusion,
    gnn,
    mf,
    ncf,
    rnn,
    sasrec,
    text,
    towers,
    training,
)

USERS, ITEMS = torch.tensor([0, 1]), torch.tensor([2, 3])
NEGATIVES = torch.tensor([[4, 5, 6], [0, 1, 4]])
WINDOWS = torch.tensor([[7, 7, 2], [3, 5, 6]])
IMAGES, STEPS = torch.zeros(2, 28, 28, dtype=torch.uint8), torch.ones(2, 4, 1)
FEATURES = {"user_features": np.ones((5, 2)), "item_features": np.ones((7, 3))}
KNOWN, VECTORS = np.arange(7) > 1, (np.ones((5, 4)), np.ones((7, 4)))
FORGETS = (np.ones((5, 4)), np.ones((7, 3)), KNOWN)
ACTED = (
    torch.ones(2, 7),
    USERS,
    torch.ones(2),
    torch.ones(2, 7),
    torch.ones(2),
    torch.ones(2, 5, dtype=torch.bool),
)


@pytest.fixture
def meta(monkeypatch):
    monkeypatch.setenv("RECTUTOR_DEVICE", "meta")
    return torch.device("meta")


@pytest.mark.parametrize(
    ("model", "batch"),
    [
        (mf.BiasedMF, (USERS, ITEMS, torch.tensor([4.0, 2.0]))),
        (mf.BPRMF, (USERS, ITEMS, ITEMS)),
        (mf.SoftmaxMF, (USERS, torch.ones(2, 7))),
        *[
            (partial(ncf.GMF, loss=loss), (USERS, ITEMS, NEGATIVES))
            for loss in ncf.LOSSES
        ],
        (partial(ncf.MLP, **FEATURES), (USERS, ITEMS, ITEMS)),
    ],
)
def test_every_model_follows_the_device(meta, model, batch):
    built = model(5, 7, dim=3)
    assert {parameter.device for parameter in built.parameters()} == {meta}
    assert {buffer.device for buffer in built.buffers()} <= {meta}
    loss = built.batch_loss(*(tensor.to(meta) for tensor in batch))
    loss.backward()
    assert loss.device == meta and loss.shape == ()
    assert all(
        parameter.grad is not None and parameter.grad.device == meta
        for parameter in built.parameters()
    )


@pytest.mark.parametrize(
    ("model", "batch"),
    [
        (partial(cnn.CNN, 3), (IMAGES, USERS)),
        (rnn.StackedLSTM, (STEPS, USERS)),
        (
            partial(content.ContentMF, 5, np.ones((7, 3)), dim=4),
            (USERS, torch.ones(2, 7)),
        ),
        (
            partial(towers.ContentTower, 5, np.ones((7, 3)), KNOWN, dim=4),
            (USERS, torch.ones(2, 7)),
        ),
        (
            partial(towers.MatchedTower, *VECTORS, np.ones((7, 3)), KNOWN),
            (ITEMS,),
        ),
        *[
            (
                partial(
                    dropoutnet.DropoutNet, *VECTORS, *FORGETS, dim=4, target=target
                ),
                (USERS, torch.ones(2, 7), torch.ones(5), torch.ones(7)),
            )
            for target in dropoutnet.TARGETS
        ],
        *[
            (
                partial(fusion.Fusion, 5, [np.ones((7, 3))] * 2, KNOWN, how, dim=4),
                (USERS, torch.ones(2, 7), torch.ones(7, 2)),
            )
            for how in fusion.HOW
        ],
        (partial(text.SkipGram, 7, dim=4), (USERS, ITEMS, NEGATIVES)),
        (partial(text.BagOfWords, 7, dim=4), (NEGATIVES, USERS)),
        (partial(text.AttentionPooling, 7, dim=4), (NEGATIVES, USERS)),
        (partial(text.TextCNN, 7, dim=4, heights=(1, 2)), (NEGATIVES, USERS)),
        (partial(text.TextLSTM, 7, dim=4, hidden=(3, 2)), (NEGATIVES, USERS)),
        (
            partial(dqn.DQN, 7, 5, hidden=(4,), dueling=True, features=np.ones((5, 3))),
            ACTED,
        ),
    ],
)
def test_every_network_follows_the_device(meta, model, batch):
    """Their sizes are their own; an LSTM's second bias and a target network are not
    trained.
    """
    built = model()
    assert {tensor.device for tensor in (*built.parameters(), *built.buffers())} == {
        meta
    }
    built.train()
    loss = built.batch_loss(*(tensor.to(meta) for tensor in batch))
    loss.backward()
    assert loss.device == meta and loss.shape == ()
    slopes = [
        parameter.grad for parameter in built.parameters() if parameter.requires_grad
    ]
    assert all(slope is not None and slope.device == meta for slope in slopes)


@pytest.mark.parametrize(
    ("model", "batch"),
    [
        (partial(ncf.NeuMF, 5, 7, **FEATURES), (USERS[:, None], NEGATIVES)),
        (partial(sasrec.SASRec, 7, dim=4, length=3, heads=2), (WINDOWS,)),
        (partial(sasrec.SASRec, 7, dim=4, length=5, causal=False), (WINDOWS,)),
        *[
            (
                partial(din.DIN, 7, dim=4, unit=unit),
                (WINDOWS, NEGATIVES[..., None]),
            )
            for unit in din.UNITS
        ],
        (partial(rnn.GRU4Rec, 7, dim=4), (WINDOWS,)),
    ],
)
def test_a_forward_pass_follows_the_device(meta, model, batch):
    """For losses that pick the places with a target: how many there are, the meta
    device does not know.
    """
    built = model()
    assert {tensor.device for tensor in (*built.parameters(), *built.buffers())} == {
        meta
    }
    built.train()
    out = built(*(tensor.to(meta) for tensor in batch))
    scores = out[0] if isinstance(out, tuple) else out
    scores.sum().backward()
    assert scores.device == meta
    assert all(
        parameter.grad is not None and parameter.grad.device == meta
        for parameter in built.parameters()
    )


@pytest.mark.parametrize(
    "more", [{}, {"user": False}, {"heights": ()}, {"vertical": 0}]
)
def test_caser_follows_the_device(meta, more):
    built = cnn.Caser(5, 7, dim=4, **more)
    scores = built.logits(built.states(USERS.to(meta), WINDOWS.to(meta)))
    scores.sum().backward()
    assert scores.device == meta and scores.shape == (2, 3, 7)
    assert all(
        parameter.grad is not None and parameter.grad.device == meta
        for parameter in built.parameters()
    )


@pytest.mark.parametrize("normalization", ["symmetric", "mean"])
@pytest.mark.parametrize(
    ("model", "batch"),
    [
        (gnn.LightGCN, (USERS, torch.ones(2, 7))),
        (partial(gnn.NGCF, loss="bpr"), (USERS, ITEMS, ITEMS)),
    ],
)
def test_graph_models_follow_the_device(meta, model, batch, normalization):
    graph = bipartite_adjacency(
        sparse.csr_matrix(np.eye(5, 7) + np.eye(5, 7, 1)), normalization
    )
    built = model(5, 7, graph, dim=3)
    tensors = [*built.parameters(), *built.buffers()]
    assert {tensor.device for tensor in tensors} == {meta}
    assert len(list(built.buffers())) == (3 if normalization == "symmetric" else 6)
    loss = built.batch_loss(*(tensor.to(meta) for tensor in batch))
    loss.backward()
    assert loss.device == meta and loss.shape == ()
    assert all(
        parameter.grad is not None and parameter.grad.device == meta
        for parameter in built.parameters()
    )


def test_a_device_without_bags_adds_edge_by_edge():
    class Apple(torch.Tensor):
        device = SimpleNamespace(type="mps")

    graph = bipartite_adjacency(
        sparse.csr_matrix(np.eye(5, 7) + np.eye(5, 7, 1)), "mean"
    )
    adjacency, x = gnn.Adjacency(graph), torch.randn(12, 3)
    for name, expected in (("", graph), ("transposed_", graph.T)):
        by_bags = adjacency.times(x, name)
        weights = getattr(adjacency, name + "weights")
        setattr(adjacency, name + "weights", weights.as_subclass(Apple))
        by_edges = adjacency.times(x, name).as_subclass(torch.Tensor)
        torch.testing.assert_close(by_edges, by_bags)
        np.testing.assert_allclose(by_bags.numpy(), expected @ x.numpy(), atol=1e-6)


def test_the_device_is_chosen_in_one_place(monkeypatch):
    monkeypatch.delenv("RECTUTOR_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert training.device().type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training.device().type in ("cpu", "mps")
    monkeypatch.setenv("RECTUTOR_DEVICE", "cpu")
    assert training.device() == torch.device("cpu")


def test_a_missing_gpu_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("RECTUTOR_DEVICE", "CUDA")
    with pytest.raises(RuntimeError, match="sees no such GPU"):
        training.device()
