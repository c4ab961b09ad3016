"""Content towers: an item is what its content says, by a network."""

import numpy as np
import pytest
from scipy import sparse

from rec_tutor.inputs import Batches, UserBatches

USERS, ITEMS, KINDS = 24, 30, 3
KIND = np.arange(ITEMS) % KINDS
LIKED = (np.arange(USERS) % KINDS)[:, None] == KIND  # each user likes one kind
KNOWN = np.arange(ITEMS) < 18
EVERYBODY = np.arange(USERS)


@pytest.fixture
def features():
    """The kind of each item, and four numbers that say little."""
    other = np.random.default_rng(1).normal(0, 0.1, size=(ITEMS, 4))
    return np.c_[np.eye(KINDS)[KIND], other].astype("f4")


def wishes_are_met(scores):
    """Among new items, how often is one that is liked above one that is not?"""
    new = [
        own[liked][:, None] > own[~liked]
        for own, liked in zip(scores[:, ~KNOWN], LIKED[:, ~KNOWN], strict=True)
    ]
    return np.mean(new)


def of_layers(tower, weights_of):
    """Weights as (inputs, outputs) and biases of a tower, in order."""
    arrays = weights_of(tower)
    pairs = zip(arrays[::2], arrays[1::2], strict=True)
    return [(w if w.shape[1] == len(b) else w.T, b) for w, b in pairs]


def test_a_tower_by_hand(towers, call, shaken, weights_of):
    """f(c) = W_2 relu(W_1 c + b_1) + b_2; without hidden layers a straight line."""
    x = np.random.default_rng(2).normal(size=(7, 3)).astype("f4")
    model = shaken(towers.Tower((3, 5, 2)))
    (w1, b1), (w2, b2) = of_layers(model, weights_of)
    assert w1.shape == (3, 5) and w2.shape == (5, 2)
    expected = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    np.testing.assert_allclose(call(model, x), expected, rtol=1e-4, atol=1e-5)
    model = shaken(towers.Tower((3, 2)))
    ((w, b),) = of_layers(model, weights_of)
    np.testing.assert_allclose(call(model, x), x @ w + b, rtol=1e-4, atol=1e-5)


def test_a_content_tower_by_hand(towers, call, shaken, features):
    """r = e_u . f(c_i) + g(c_i); a softmax over the known items alone; a penalty on
    the means of |e_u|^2 and |f(c_i)|^2.
    """
    targets = (np.random.default_rng(2).random((4, ITEMS)) < 0.3).astype("f4")
    users = np.array([5, 0, 7, 7])
    for l2 in (0.0, 0.3):
        settings = {"dim": 6, "hidden": (8,), "dropout": 0.0, "l2": l2}
        model = shaken(towers.ContentTower(USERS, features, KNOWN, **settings))
        e, made = call(model.users, users), call(model.tower, features)
        items, bias = made[:, :-1], made[:, -1]
        assert items.shape == (ITEMS, 6)
        scores = e @ items.T + bias
        np.testing.assert_allclose(model.score(users), scores, rtol=1e-4, atol=1e-5)
        found = model.embeddings()
        again = found["users"][users] @ found["items"].T + found["bias"]
        np.testing.assert_allclose(again, scores, rtol=1e-4, atol=1e-5)
        some = scores[:, KNOWN]
        chances = some - np.log(np.exp(some).sum(axis=1, keepdims=True))
        loss = -(targets[:, KNOWN] * chances).sum() / targets[:, KNOWN].sum()
        loss += l2 * (e**2).sum(axis=1).mean()
        loss += l2 * (items[KNOWN] ** 2).sum(axis=1).mean()
        assert call(model.batch_loss, users, targets) == pytest.approx(loss, rel=1e-5)
        new = model.score_items(users, features[[20, 3]])
        np.testing.assert_allclose(new, scores[:, [20, 3]], rtol=1e-4, atol=1e-5)


def test_without_hidden_layers_it_is_content_mf(towers, content, call, features):
    """The same loss and scores from the same weights, but for a bias."""
    targets = (np.random.default_rng(2).random((USERS, ITEMS)) < 0.3).astype("f4")
    settings = {"dim": 6, "l2": 0.2, "seed": 3}
    plain = content.ContentMF(USERS, features, **settings)
    tower = towers.ContentTower(USERS, features, hidden=(), **settings)
    axes = np.eye(7, dtype="f4")
    put(tower.tower, np.c_[call(plain.project, axes), call(plain.common, axes)])
    np.testing.assert_allclose(
        tower.score(EVERYBODY), plain.score(EVERYBODY), rtol=1e-4, atol=1e-6
    )
    losses = [call(m.batch_loss, EVERYBODY, targets) for m in (plain, tower)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def put(tower, kernel):
    """Set the weight of a tower of one layer, (inputs, outputs)."""
    if hasattr(tower, "layers") and hasattr(tower.layers[-1], "weight"):
        weight = tower.layers[-1].weight
        weight.data.copy_(weight.data.new_tensor(kernel.T))
    else:
        tower.dense_layers[-1].kernel.assign(kernel)


def test_new_items_are_ranked(towers, training, features):
    shown = sparse.csr_matrix(
        LIKED & (np.random.default_rng(3).random(LIKED.shape) < 0.7)
    )
    model = towers.ContentTower(USERS, features, KNOWN, dim=8, dropout=0.0)
    before = wishes_are_met(model.score(EVERYBODY))
    batches = UserBatches(shown, batch_size=8)
    curve = training.fit(model, batches, epochs=20, lr=0.02, progress=False)
    assert curve["loss"].iloc[-1] < 0.9 * curve["loss"].iloc[0]
    assert before < 0.75 and wishes_are_met(model.score(EVERYBODY)) > 0.95


def test_what_was_taken_of_new_items_is_not_looked_at(towers, call, features):
    targets = (np.random.default_rng(2).random((USERS, ITEMS)) < 0.3).astype("f4")
    model = towers.ContentTower(USERS, features, KNOWN, dim=8, dropout=0.0)
    losses = [
        call(model.batch_loss, EVERYBODY, given)
        for given in (targets, np.where(KNOWN, targets, 1).astype("f4"))
    ]
    assert losses[0] == losses[1]


@pytest.fixture
def vectors():
    """Of matrix factorization: a direction for each kind, and what is forgotten."""
    rng = np.random.default_rng(4)
    axes = np.eye(5)[:KINDS]
    users, items = axes[EVERYBODY % KINDS], axes[KIND]
    return users, np.where(KNOWN[:, None], items, rng.normal(size=(ITEMS, 5)))


def test_a_matched_tower_by_hand(towers, call, shaken, features, vectors):
    """Mean squared distance from the known vectors; known items keep theirs."""
    users, items = vectors
    model = towers.MatchedTower(users, items, features, KNOWN, (8,), dropout=0.0)
    shaken(model)
    made, some = call(model.tower, features), np.array([3, 0, 17, 3])
    loss = ((made[some] - items[some]) ** 2).sum(axis=1).mean()
    assert call(model.batch_loss, some) == pytest.approx(loss, rel=1e-5)
    scores = model.score(np.array([5, 0]))
    kept = users[[5, 0]] @ items.T
    np.testing.assert_allclose(scores[:, KNOWN], kept[:, KNOWN], rtol=1e-5, atol=1e-6)
    guessed = users[[5, 0]] @ made.T
    np.testing.assert_allclose(scores[:, ~KNOWN], guessed[:, ~KNOWN], rtol=1e-4)


def test_a_matched_tower_finds_the_vectors_of_new_items(
    towers, training, features, vectors
):
    model = towers.MatchedTower(*vectors, features, KNOWN, hidden=(16,), dropout=0.0)
    batches = Batches(np.flatnonzero(KNOWN), batch_size=6)
    curve = training.fit(model, batches, epochs=60, lr=0.02, progress=False)
    assert curve["loss"].iloc[-1] < 0.1 * curve["loss"].iloc[0]
    assert wishes_are_met(model.score(EVERYBODY)) > 0.95


def test_what_is_wrong_is_said(towers, features, vectors):
    with pytest.raises(ValueError, match="features must be a table of finite numbers"):
        towers.ContentTower(USERS, np.ones(5))
    for known in (np.ones(ITEMS), np.ones(3, bool), np.zeros(ITEMS, bool)):
        with pytest.raises(ValueError, match=f"a bool for each of {ITEMS}"):
            towers.ContentTower(USERS, features, known)
        with pytest.raises(ValueError, match=f"a bool for each of {ITEMS}"):
            towers.MatchedTower(*vectors, features, known)
    with pytest.raises(ValueError, match="item_vectors must be a table"):
        towers.MatchedTower(vectors[0], vectors[1][:4], features)
