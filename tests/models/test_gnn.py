"""Graph neural networks: the same numbers as dense NumPy, what the graph is for, and
what must not be in it.
"""

import importlib

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from rec_tutor.evaluation import splits
from rec_tutor.inputs import Batches, NegativeSampler, UserBatches, interaction_matrix
from rec_tutor.inputs.graph import (
    NORMALIZATIONS,
    add_edges,
    bipartite_adjacency,
    normalize,
)

USERS, ITEMS = 12, 9
LIKED = (np.arange(USERS) >= 6)[:, None] == (np.arange(ITEMS) >= 4)  # two tastes
SHOWN = sparse.csr_matrix(
    (LIKED & ((np.arange(USERS)[:, None] + np.arange(ITEMS)) % 3 > 0)).astype(
        np.float32
    )
)


def random_matrix(seed, users=USERS, items=ITEMS, density=0.3):
    rng = np.random.default_rng(seed)
    matrix = (rng.random((users, items)) < density).astype(np.float32)
    matrix[0], matrix[:, -1] = 0, 0  # somebody without anything
    return sparse.csr_matrix(matrix)


def one_way(seed):
    """Any weights in any direction: A^T is not A."""
    rng = np.random.default_rng(seed)
    cells = rng.random((USERS + ITEMS,) * 2)
    return sparse.csr_matrix(np.where(cells < 0.2, cells, 0).astype(np.float32))


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


@pytest.fixture
def learnt(framework):
    """learnt(model): the vectors before propagation, of users, items and other nodes,
    as one array.
    """

    def tables(model):
        tables = [
            table
            for table in (model.user_factors, model.item_factors, model.other_factors)
            if table is not None
        ]
        if framework == "torch":
            return np.concatenate(
                [table.weight.detach().cpu().numpy() for table in tables]
            )
        return np.concatenate([table.embeddings.numpy() for table in tables])

    return tables


@pytest.fixture
def layers_of(framework):
    """layers_of(model): W1, b, W2 of every layer of NGCF, as x W + b takes them."""

    def plain(layer):
        if framework == "torch":
            bias = None if layer.bias is None else layer.bias.detach().cpu().numpy()
            return layer.weight.detach().cpu().numpy().T, bias
        return layer.kernel.numpy(), None if layer.bias is None else layer.bias.numpy()

    return lambda model: [
        (*plain(own), plain(common)[0])
        for own, common in zip(model.own, model.common, strict=True)
    ]


@pytest.fixture
def slope(framework):
    """slope(function, x, y): the gradient of the sum of function(x) * y with respect to
    x.
    """
    library = importlib.import_module(framework)

    def torch_slope(function, x, y):
        x = library.tensor(x, requires_grad=True)
        function(x).backward(library.tensor(y))
        return x.grad.numpy()

    def tensorflow_slope(function, x, y):
        x = library.constant(x)
        with library.GradientTape() as tape:
            tape.watch(x)
            out = function(x)
        return tape.gradient(out, x, output_gradients=library.constant(y)).numpy()

    return torch_slope if framework == "torch" else tensorflow_slope


# --- the product ---


@pytest.mark.parametrize("normalization", [*NORMALIZATIONS, "one way", "no edges"])
def test_the_sparse_product_is_a_product(gnn, call, slope, normalization):
    for seed in range(3):
        if normalization == "one way":
            matrix = one_way(seed)
        elif normalization == "no edges":
            matrix = bipartite_adjacency(
                sparse.csr_matrix((USERS, ITEMS), dtype=np.float32)
            )
        else:
            matrix = bipartite_adjacency(random_matrix(seed), normalization)
        x, y = (
            np.random.default_rng(seed)
            .normal(size=(2, USERS + ITEMS, 4))
            .astype(np.float32)
        )
        adjacency = gnn.Adjacency(matrix)
        np.testing.assert_allclose(
            call(adjacency, x), matrix.toarray() @ x, rtol=1e-5, atol=1e-6
        )
        np.testing.assert_allclose(
            slope(adjacency, x, y), matrix.toarray().T @ y, rtol=1e-5, atol=1e-6
        )


# --- LightGCN ---


@pytest.mark.parametrize("layers", [0, 1, 2, 4])
@pytest.mark.parametrize("normalization", ["symmetric", "mean"])
def test_lightgcn_is_the_mean_of_powers(gnn, learnt, shaken, layers, normalization):
    adjacency = bipartite_adjacency(random_matrix(1), normalization)
    model = shaken(
        gnn.LightGCN(USERS, ITEMS, adjacency, dim=5, layers=layers, temperature=0.5)
    )
    x, dense = learnt(model), adjacency.toarray().astype(float)
    nodes = sum(np.linalg.matrix_power(dense, k) @ x for k in range(layers + 1)) / (
        layers + 1
    )
    vectors = model.embeddings()
    np.testing.assert_allclose(vectors["users"], nodes[:USERS], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(vectors["items"], nodes[USERS:], rtol=1e-5, atol=1e-6)
    users = np.array([3, 0, 3])
    cosine = unit(nodes[:USERS]) @ unit(nodes[USERS:]).T
    np.testing.assert_allclose(
        model.score(users), cosine[users] / 0.5, rtol=1e-4, atol=1e-5
    )
    inner = shaken(
        gnn.LightGCN(USERS, ITEMS, adjacency, dim=5, layers=layers, loss="bpr")
    )
    np.testing.assert_allclose(
        inner.score(users),
        (nodes[:USERS] @ nodes[USERS:].T)[users],
        rtol=1e-4,
        atol=1e-5,
    )


def test_without_layers_it_is_matrix_factorization(gnn, mf, training, call):
    adjacency, batch = bipartite_adjacency(SHOWN), (np.arange(USERS), SHOWN.toarray())
    graph = gnn.LightGCN(USERS, ITEMS, adjacency, dim=6, layers=0, seed=3)
    plain = mf.SoftmaxMF(USERS, ITEMS, dim=6, seed=3)
    assert call(graph.batch_loss, *batch) == call(plain.batch_loss, *batch)
    for model in (graph, plain):
        training.fit(
            model,
            UserBatches(SHOWN, batch_size=4, seed=1),
            epochs=3,
            lr=0.02,
            progress=False,
        )
    np.testing.assert_array_equal(
        graph.score(np.arange(USERS)), plain.score(np.arange(USERS))
    )


@pytest.mark.parametrize("name", ["LightGCN", "NGCF"])
def test_a_graph_without_edges(gnn, mf, name):
    empty = bipartite_adjacency(sparse.csr_matrix((USERS, ITEMS), dtype=np.float32))
    model = getattr(gnn, name)(USERS, ITEMS, empty, dim=6, seed=3)
    scores = model.score(np.arange(USERS))
    assert np.isfinite(scores).all()
    if name == "LightGCN":  # e(0) / 3: the length falls out of the cosine
        expected = mf.SoftmaxMF(USERS, ITEMS, dim=6, seed=3).score(np.arange(USERS))
        np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["LightGCN", "NGCF"])
def test_more_nodes_carry_news(gnn, learnt, shaken, name):
    """Item 0, which nobody took, and item 1 are joined by a node after the items; its
    vector reaches both.
    """
    rows = random_matrix(4).toarray()
    rows[:, 0], rows[1:4, 1] = 0, 1
    rows = sparse.csr_matrix(rows)
    extra = USERS + ITEMS + 1  # one more node is there, with no edge
    joined = add_edges(
        bipartite_adjacency(rows, "sum"),
        np.array([USERS, USERS + 1]),
        np.array([extra] * 2),
    )
    models = [
        shaken(getattr(gnn, name)(USERS, ITEMS, graph, dim=4, layers=2))
        for graph in (normalize(joined), bipartite_adjacency(rows))
    ]
    assert [len(learnt(model)) for model in models] == [
        USERS + ITEMS + 2,
        USERS + ITEMS,
    ]
    assert models[0].embeddings()["items"].shape[0] == ITEMS
    x, dense = learnt(models[0]), normalize(joined).toarray()
    if name == "LightGCN":
        nodes = (x + dense @ x + dense @ dense @ x) / 3
        np.testing.assert_allclose(
            models[0].embeddings()["items"],
            nodes[USERS : USERS + ITEMS],
            rtol=1e-5,
            atol=1e-6,
        )
    users = np.arange(USERS)
    assert not np.allclose(
        models[0].score(users)[1:4, 0], models[1].score(users)[1:4, 0]
    )


def test_renaming_users_renames_scores(gnn, framework):
    """The graph knows no order: with rows, edges and vectors permuted alike, the scores
    are permuted.
    """
    rows, order = random_matrix(2), np.random.default_rng(0).permutation(USERS)
    models = [
        gnn.LightGCN(USERS, ITEMS, bipartite_adjacency(part), dim=4, layers=3)
        for part in (rows, rows[order])
    ]
    if framework == "torch":
        table = models[0].user_factors.weight
        models[1].user_factors.weight.data.copy_(table.data[order.tolist()])
    else:
        models[1].user_factors.set_weights(
            [models[0].user_factors.get_weights()[0][order]]
        )
    users = np.arange(USERS)
    scores = models[0].score(users)
    np.testing.assert_allclose(
        models[1].score(users), scores[order], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        models[0].score(order), scores[order], rtol=1e-4, atol=1e-5
    )
    assert not np.allclose(scores, scores[order])


# --- NGCF ---


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_ngcf_is_its_formula(gnn, learnt, layers_of, shaken, layers):
    adjacency = bipartite_adjacency(random_matrix(3))
    model = shaken(
        gnn.NGCF(
            USERS, ITEMS, adjacency, dim=4, layers=layers, dropout=0.5, temperature=0.5
        )
    )
    x = learnt(model)
    states, weights = [x], layers_of(model)
    assert len(weights) == layers
    for own, bias, common in weights:
        heard = adjacency.toarray() @ x
        inner = (x + heard) @ own + bias + (heard * x) @ common
        x = np.where(inner > 0, inner, 0.2 * inner)
        states.append(unit(x))
    nodes = np.concatenate(states, axis=1)
    vectors = model.embeddings()
    np.testing.assert_allclose(vectors["users"], nodes[:USERS], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(vectors["items"], nodes[USERS:], rtol=1e-4, atol=1e-5)
    cosine = unit(nodes[:USERS]) @ unit(nodes[USERS:]).T
    np.testing.assert_allclose(
        model.score(np.arange(USERS)), cosine / 0.5, rtol=1e-3, atol=1e-5
    )


# --- losses and training ---


@pytest.mark.parametrize("name", ["LightGCN", "NGCF"])
def test_the_losses_by_hand(gnn, call, learnt, shaken, name):
    adjacency = bipartite_adjacency(random_matrix(5))
    more = {"dropout": 0.0} if name == "NGCF" else {}
    users, items, negatives = (
        np.array([1, 4, 1]),
        np.array([2, 3, 5]),
        np.array([6, 7, 0]),
    )

    def model(**settings):
        return shaken(
            getattr(gnn, name)(USERS, ITEMS, adjacency, dim=4, **settings, **more),
            spread=0.3,
        )

    free, held = (model(loss="bpr", l2=l2) for l2 in (0.0, 10.0))
    scores, x = free.score(users), learnt(held)
    gap = scores[np.arange(3), items] - scores[np.arange(3), negatives]
    expected = np.log1p(np.exp(-gap)).mean()
    assert call(free.batch_loss, users, items, negatives) == pytest.approx(
        expected, rel=1e-4
    )
    used = (x[users], x[USERS + items], x[USERS + negatives])
    penalty = 10 * sum((rows**2).sum(axis=1).mean() for rows in used)
    assert call(held.batch_loss, users, items, negatives) == pytest.approx(
        expected + penalty, rel=1e-4
    )
    soft = model(loss="softmax", temperature=0.5)
    scores, targets = soft.score(users), random_matrix(6).toarray()[users + 1]
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = -(targets * scores).sum() / targets.sum()
    assert call(soft.batch_loss, users, targets) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("loss", ["softmax", "bpr"])
@pytest.mark.parametrize("name", ["LightGCN", "NGCF"])
def test_the_loss_falls_and_the_planted_tastes_are_found(
    gnn, training, learnt, name, loss
):
    model = getattr(gnn, name)(
        USERS, ITEMS, bipartite_adjacency(SHOWN), dim=6, loss=loss
    )
    before, users = learnt(model), np.arange(USERS)
    batches = UserBatches(SHOWN, batch_size=4)
    if loss == "bpr":
        pairs = [index.astype(np.int64) for index in SHOWN.nonzero()]
        batches = Batches(*pairs, batch_size=16, negatives=NegativeSampler(SHOWN))
    untrained = model.score(users)
    curve = training.fit(model, batches, epochs=30, lr=0.03, progress=False)
    assert curve["loss"].iloc[-1] < 0.9 * curve["loss"].iloc[0]
    scores = model.score(users)
    assert not np.allclose(scores, untrained), (
        "scores come from the weights as they are now"
    )
    seen = SHOWN.toarray() > 0
    above = [
        (scores[u][LIKED[u] & ~seen[u]][:, None] > scores[u][~LIKED[u]]).ravel()
        for u in users
    ]
    assert np.concatenate(above).mean() > 0.8, (
        "what was not shown is liked, too, as by those of the same taste"
    )
    assert (np.abs(learnt(model) - before).max(axis=1) > 0).all()
    vectors = model.embeddings()
    rows = (
        vectors if loss == "bpr" else {key: unit(part) for key, part in vectors.items()}
    )
    expected = rows["users"] @ rows["items"].T / (1 if loss == "bpr" else 0.2)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)


def test_the_graph_of_train_holds_no_test_edge(gnn):
    """And it matters: with the test edges in the graph, an untrained model already
    knows the answers.
    """
    rng = np.random.default_rng(0)
    pairs = rng.permutation(80 * 120)[:3200]
    ratings = pd.DataFrame(
        {
            "user": pairs // 120,
            "item": pairs % 120,
            "rating": 1.0,
            "timestamp": np.arange(3200),
        }
    )
    split = splits.random(ratings, ratio=0.75, seed=1)
    users, items = split.test["user"].to_numpy(), split.test["item"].to_numpy()
    clean, leaky = (
        bipartite_adjacency(interaction_matrix(part, 80, 120))
        for part in (split.train, ratings)
    )
    assert clean.nnz == 2 * len(split.train) and leaky.nnz == 2 * len(ratings)
    assert not clean[users, 80 + items].any() and not clean[80 + items, users].any()
    assert leaky[users, 80 + items].all()
    unseen = interaction_matrix(split.train, 80, 120).toarray() == 0
    lead = []
    for graph in (clean, leaky):
        scores = gnn.LightGCN(80, 120, graph, dim=512, layers=1).score(np.arange(80))
        lead.append(
            (scores[users, items].mean() - scores[unseen].mean()) / scores[unseen].std()
        )
    assert lead[0] < 0.3 < 0.7 < lead[1]


def test_errors(gnn):
    adjacency = bipartite_adjacency(SHOWN)
    for model in (gnn.LightGCN, gnn.NGCF):
        with pytest.raises(
            ValueError, match="loss must be one of softmax, bpr; it is 'hinge'"
        ):
            model(USERS, ITEMS, adjacency, loss="hinge")
        with pytest.raises(ValueError, match="layers must be 0 or more; it is -1"):
            model(USERS, ITEMS, adjacency, layers=-1)
        for wrong in (SHOWN, adjacency[:-1, :-1], adjacency[:, :-1]):
            with pytest.raises(
                ValueError,
                match=(
                    r"each of 12 users and 9 items, \(21, 21\), or more; its shape is"
                    r" \(\d+"
                ),
            ):
                model(USERS, ITEMS, wrong)
