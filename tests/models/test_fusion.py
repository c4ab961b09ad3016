"""Fusion: several kinds of content, some of them missing, one of them noise."""

import numpy as np
import pytest
from scipy import sparse

from rec_tutor.inputs import Forgetting, UserBatches, item_features

USERS, ITEMS, KINDS = 24, 60, 3
KIND = np.arange(ITEMS) % KINDS
LIKED = (np.arange(USERS) % KINDS)[:, None] == KIND  # each user likes one kind
KNOWN = np.arange(ITEMS) < 36
EVERYBODY = np.arange(USERS)
HOW = ("early", "gated", "attention")


@pytest.fixture
def blocks():
    """Two blocks that say the kind, each missing for some, and one of noise."""
    rng = np.random.default_rng(1)
    one = np.eye(KINDS)[KIND] + rng.normal(0, 0.1, size=(ITEMS, KINDS))
    two = one @ rng.normal(size=(KINDS, 4))
    one[::4], two[1::4] = 0, 0
    return [one, two, item_features.noise(np.ones((ITEMS, 6)))]


def softmax(x):
    z = np.exp(x - x.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)


def of_dense(layer, call, inputs):
    """The matrix of a layer without bias, (inputs, outputs)."""
    return call(layer, np.eye(inputs, dtype="f4"))


@pytest.mark.parametrize("how", HOW)
def test_by_hand(fusion, call, shaken, blocks, how):
    """Scores, weights and the loss, with kinds that are missing or forgotten."""
    model = shaken(fusion.Fusion(USERS, blocks, KNOWN, how, dim=4, l2=0.3))
    users, keep = np.array([5, 0, 7]), np.ones((ITEMS, 3), dtype="f4")
    keep[2::5, 2] = keep[3::7, 0] = 0
    e = call(model.users, users)
    for kept in (np.ones_like(keep), keep):
        there = np.stack([b.any(axis=1) for b in blocks], axis=1) * kept
        made = np.stack(
            [
                b @ of_dense(layer, call, b.shape[1])
                for layer, b in zip(model.project, blocks, strict=True)
            ],
            axis=1,
        )
        h, b = made[..., :-1] * there[..., None], made[..., -1]
        if how == "early":
            weights = there[None]
        elif how == "gated":
            logits = h.reshape(ITEMS, -1) @ of_dense(model.gate, call, 12)
        else:
            asked = e @ of_dense(model.gate, call, 4) / 2
            logits = np.einsum("bd,ikd->bik", asked, h)
        if how != "early":
            prior = np.asarray(call(lambda: model.prior + 0))
            logits = np.where(there > 0, logits + prior, -1e9)
            weights = softmax(logits) * there
            weights = weights.reshape(-1, ITEMS, 3)
        scores = (weights * (np.einsum("bd,ikd->bik", e, h) + b)).sum(axis=-1)
        if kept.all():
            np.testing.assert_allclose(model.score(users), scores, rtol=1e-3, atol=1e-4)
            found = model.weights_of(users)
            np.testing.assert_allclose(found, weights, rtol=1e-3, atol=1e-5)
        targets = (np.random.default_rng(2).random((3, ITEMS)) < 0.3).astype("f4")
        some = scores[:, KNOWN]
        chances = some - np.log(np.exp(some).sum(axis=1, keepdims=True))
        loss = -(targets[:, KNOWN] * chances).sum() / targets[:, KNOWN].sum()
        loss += 0.3 * ((e**2).sum(axis=1).mean() + (h[KNOWN] ** 2).sum(axis=-1).mean())
        found = call(model.batch_loss, users, targets, kept)
        assert found == pytest.approx(loss, rel=1e-4)
    assert call(model.batch_loss, users, targets) != pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("how", HOW)
def test_with_one_kind_of_content_it_is_content_mf(fusion, content, call, blocks, how):
    """Also where that is missing: then all that is known is nothing."""
    targets = (np.random.default_rng(2).random((USERS, ITEMS)) < 0.3).astype("f4")
    block = blocks[1].astype("f4")
    model = fusion.Fusion(USERS, [block], how=how, dim=4, l2=0.2, seed=3)
    plain = content.ContentMF(USERS, block, dim=4, l2=0.2, seed=3)
    both = of_dense(model.project[0], call, 4)
    for layer, w in ((plain.project, both[:, :-1]), (plain.common, both[:, -1:])):
        if hasattr(layer, "kernel"):
            layer.kernel.assign(w)
        else:
            layer.weight.data.copy_(layer.weight.data.new_tensor(w.T))
    np.testing.assert_allclose(
        model.score(EVERYBODY), plain.score(EVERYBODY), rtol=1e-4, atol=1e-6
    )
    losses = [call(m.batch_loss, EVERYBODY, targets) for m in (plain, model)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.mark.parametrize("how", HOW)
def test_what_is_missing_has_no_weight(fusion, shaken, blocks, how):
    model = shaken(fusion.Fusion(USERS, blocks, KNOWN, how, dim=4))
    weights = model.weights_of(EVERYBODY)
    assert weights.shape == (USERS if how == "attention" else 1, ITEMS, 3)
    there = ~item_features.missing(dict(enumerate(blocks)))
    assert (weights[:, ~there] == 0).all() and (weights[:, there] > 0).all()
    if how != "early":
        np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    without = [blocks[0], 0 * blocks[1], blocks[2]]
    assert (model.weights_of(EVERYBODY, without)[..., 1] == 0).all()
    # an item of which nothing is known has the score 0 for everybody
    nothing = [0 * block for block in blocks]
    np.testing.assert_array_equal(model.score_items(EVERYBODY, nothing), 0)
    assert np.isfinite(model.score_items(EVERYBODY, without)).all()


def trained(fusion, training, blocks, how, share=0.0):
    model = fusion.Fusion(USERS, blocks, KNOWN, how, dim=8)
    shown = LIKED & (np.random.default_rng(3).random(LIKED.shape) < 0.7)
    batches = UserBatches(sparse.csr_matrix(shown), batch_size=8)
    masks = [((ITEMS, len(blocks)), share)] if share else []
    source = Forgetting(batches, *masks)
    training.fit(model, source, epochs=40, lr=0.02, progress=False)
    return model


def above(scores):
    """Among new items, how often is one that is liked above one that is not?"""
    found = [
        own[liked][:, None] > own[~liked]
        for own, liked in zip(scores[:, ~KNOWN], LIKED[:, ~KNOWN], strict=True)
    ]
    return np.mean(found)


@pytest.mark.parametrize("how", HOW)
def test_new_items_are_ranked_by_what_is_there(fusion, training, blocks, how):
    model = trained(fusion, training, blocks, how, share=0.3)
    assert above(model.score(EVERYBODY)) > 0.9
    assert above(model.score_items(EVERYBODY, [0 * blocks[0], *blocks[1:]])) > 0.65


@pytest.mark.parametrize("how", ["gated", "attention"])
def test_noise_gets_less_weight_than_what_says_something(fusion, training, blocks, how):
    weights = trained(fusion, training, blocks, how).weights_of(EVERYBODY)
    full = ~item_features.missing(dict(enumerate(blocks))).any(axis=1)
    mean = weights[:, full].mean(axis=(0, 1))
    assert mean[2] < mean[:2].min()


def test_what_is_wrong_is_said(fusion, blocks):
    with pytest.raises(ValueError, match="how must be one of early, gated, attention"):
        fusion.Fusion(USERS, blocks, KNOWN, "late")
    with pytest.raises(ValueError, match="blocks must be a table"):
        fusion.Fusion(USERS, [blocks[0], blocks[1][:5]], KNOWN)
    with pytest.raises(ValueError, match=f"a bool for each of {ITEMS}"):
        fusion.Fusion(USERS, blocks, KNOWN[:5])
