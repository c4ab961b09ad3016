"""DropoutNet: trained with vectors missing, it works where they are."""

import numpy as np
import pytest
from scipy import sparse

from rec_tutor.inputs import Forgetting, UserBatches
from rec_tutor.inputs.forgetting import means_of

USERS, ITEMS, KINDS, DIM = 24, 30, 3, 5
KIND = np.arange(ITEMS) % KINDS
LIKED = (np.arange(USERS) % KINDS)[:, None] == KIND  # each user likes one kind
KNOWN = np.arange(ITEMS) < 18
EVERYBODY = np.arange(USERS)
TAKEN = sparse.csr_matrix((LIKED & KNOWN).astype("f4"))


@pytest.fixture
def tables():
    """Vectors of users and items, means, content: kinds and a little chance."""
    rng = np.random.default_rng(4)
    axes = 2 * np.eye(DIM)[:KINDS]
    users = axes[EVERYBODY % KINDS] + rng.normal(0, 0.1, size=(USERS, DIM))
    items = axes[KIND] + rng.normal(0, 0.1, size=(ITEMS, DIM))
    content = np.c_[np.eye(KINDS)[KIND], rng.normal(0, 0.1, size=(ITEMS, 4))]
    return users, items, means_of(TAKEN, items), content


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def kept(*shape):
    return (np.random.default_rng(sum(shape)).random(shape) < 0.6).astype("f4")


@pytest.mark.parametrize("target", ["choices", "scores"])
def test_by_hand(dropoutnet, call, shaken, tables, target):
    """r = f(x_u) . g(q_i, c_i): forgotten users have their mean, forgotten items and
    new ones a vector of zeros.
    """
    p, q, means, content = tables
    model = shaken(dropoutnet.DropoutNet(*tables, KNOWN, 4, (6,), target=target), 0.2)
    users, here, there = np.array([5, 0, 7, 9]), kept(USERS), kept(ITEMS)
    assert 0 < here[users].mean() < 1
    x = np.where(here[users, None] > 0, p[users], means[users])
    own = np.where(KNOWN[:, None], q, 0)
    read = np.c_[own * there[:, None], content].astype("f4")
    scores = (
        call(model.user_tower, unit(x).astype("f4")) @ call(model.item_tower, read).T
    )
    targets = (np.random.default_rng(2).random((4, ITEMS)) < 0.3).astype("f4")
    if target == "choices":
        some = scores[:, KNOWN]
        chances = some - np.log(np.exp(some).sum(axis=1, keepdims=True))
        loss = -(targets[:, KNOWN] * chances).sum() / targets[:, KNOWN].sum()
    else:
        loss = ((scores - p[users] @ q.T)[:, KNOWN] ** 2).mean()
    found = call(model.batch_loss, users, targets, here, there)
    assert found == pytest.approx(loss, rel=1e-4)
    # in use nobody is forgotten, but new items have no vector
    things = call(model.item_tower, np.c_[own, content].astype("f4"))
    expected = call(model.user_tower, unit(p).astype("f4")) @ things.T
    np.testing.assert_allclose(model.score(EVERYBODY), expected, rtol=1e-3, atol=1e-4)


def test_the_vector_of_a_new_item_is_never_read(dropoutnet, tables):
    p, q, means, content = tables
    other = np.where(KNOWN[:, None], q, 99)
    scores = [
        dropoutnet.DropoutNet(p, own, means, content, KNOWN, 4, seed=1).score(EVERYBODY)
        for own in (q, other)
    ]
    np.testing.assert_array_equal(*scores)


def trained(dropoutnet, training, tables, share, target="choices"):
    model = dropoutnet.DropoutNet(*tables, KNOWN, 8, (16,), target=target)
    batches = UserBatches(TAKEN, batch_size=8)
    source = Forgetting(batches, ((USERS,), 0.5), ((ITEMS,), share))
    training.fit(model, source, epochs=60, lr=0.02, progress=False)
    return model


def above(scores, items):
    """How often is an item that is liked above one that is not?"""
    found = [
        own[liked][:, None] > own[~liked]
        for own, liked in zip(scores[:, items], LIKED[:, items], strict=True)
    ]
    return np.mean(np.concatenate([one.ravel() for one in found]))


@pytest.mark.parametrize("target", ["choices", "scores"])
def test_forgetting_is_what_makes_it_read_the_content(
    dropoutnet, training, tables, target
):
    """With its vectors always there, content that says the same is not needed; some of
    the time, it is.
    """
    model = trained(dropoutnet, training, tables, 0.5, target)
    scores = model.score(EVERYBODY)
    assert above(scores, KNOWN) > 0.95 and above(scores, ~KNOWN) > 0.95


def test_somebody_new_is_known_by_what_was_taken(dropoutnet, training, tables):
    model = trained(dropoutnet, training, tables, 0.5)
    new = model.score_new(TAKEN[:6])
    assert new.shape == (6, ITEMS)
    own = model.score(np.arange(6))
    assert np.corrcoef(new.ravel(), own.ravel())[0, 1] > 0.9
    one = model.score_new(TAKEN[[4]])
    np.testing.assert_allclose(one[0], new[4], rtol=1e-4, atol=1e-5)


def test_what_is_wrong_is_said(dropoutnet, tables):
    p, q, means, content = tables
    with pytest.raises(ValueError, match="target must be one of choices, scores"):
        dropoutnet.DropoutNet(*tables, KNOWN, target="ratings")
    with pytest.raises(ValueError, match="means must be a table of finite numbers"):
        dropoutnet.DropoutNet(p, q, means[:3], content, KNOWN)
    with pytest.raises(ValueError, match=f"a bool for each of {ITEMS}"):
        dropoutnet.DropoutNet(*tables, KNOWN[:4])
