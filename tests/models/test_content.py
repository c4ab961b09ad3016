"""ContentMF: an item is what its content says, also one that nobody has seen."""

import numpy as np
import pytest
from scipy import sparse

from rec_tutor.inputs import UserBatches

USERS, ITEMS, KINDS = 24, 30, 3
KIND = np.arange(ITEMS) % KINDS
LIKED = (np.arange(USERS) % KINDS)[:, None] == KIND  # each user likes one kind


@pytest.fixture
def features():
    """The kind of each item, and four numbers that say nothing."""
    return np.c_[
        np.eye(KINDS)[KIND], np.random.default_rng(1).normal(0, 0.3, size=(ITEMS, 4))
    ]


def test_content_mf_by_hand(content, call, shaken, features):
    """r = e_u . W c_i + w . c_i; a softmax over the catalogue; a penalty on the means
    of |e_u|^2 and |W c_i|^2.
    """
    targets = (np.random.default_rng(2).random((4, ITEMS)) < 0.2).astype("f4")
    users = np.array([5, 0, 7, 7])
    for l2 in (0.0, 0.3):
        model = shaken(content.ContentMF(USERS, features, dim=6, l2=l2))
        e, c = call(model.users, users), features.astype("f4")
        items, common = call(model.project, c), call(model.common, c)[:, 0]
        assert items.shape == (ITEMS, 6)
        scores = e @ items.T + common
        np.testing.assert_allclose(model.score(users), scores, rtol=1e-4, atol=1e-5)
        chances = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        loss = -(targets * chances).sum() / targets.sum()
        loss += l2 * ((e**2).sum(axis=1).mean() + (items**2).sum(axis=1).mean())
        assert call(model.batch_loss, users, targets) == pytest.approx(loss, rel=1e-5)


def test_the_content_alone_decides(content, shaken, features):
    model, users = shaken(content.ContentMF(USERS, features, dim=6)), np.arange(USERS)
    scores = model.score(users)
    assert (
        scores.shape == (USERS, ITEMS)
        and np.ptp(scores, axis=0).min() > 1e-3 < np.ptp(scores, axis=1).min()
    )
    np.testing.assert_array_equal(model.score_items(users, features), scores)
    new = features[[7, 3, 7]]
    np.testing.assert_allclose(
        model.score_items(users, new), scores[:, [7, 3, 7]], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        model.score_items(users[::-1].copy(), new[:1])[:, 0],
        scores[::-1, 7],
        rtol=1e-4,
        atol=1e-5,
    )
    assert model.score_items(users, features[:0]).shape == (USERS, 0)
    np.testing.assert_array_equal(
        model.score(users, histories=[np.arange(3)] * USERS), scores
    )


def test_content_mf_ranks_items_that_nobody_has_seen(content, training, features):
    known, new = np.arange(ITEMS) < 18, np.arange(ITEMS) >= 18
    features[:, KINDS:] *= 0.3
    rng = np.random.default_rng(3)
    shown = LIKED[:, known] & (rng.random((USERS, 18)) < 0.7)
    model = content.ContentMF(USERS, features[known], dim=8, l2=0.02)
    batches = UserBatches(sparse.csr_matrix(shown), batch_size=8)
    curve = training.fit(model, batches, epochs=30, lr=0.02, progress=False)
    assert curve["loss"].iloc[-1] < 0.9 * curve["loss"].iloc[0]
    scores = model.score_items(np.arange(USERS), features[new])
    above = [
        own[liked][:, None] > own[~liked]
        for own, liked in zip(scores, LIKED[:, new], strict=True)
    ]
    assert np.mean(above) > 0.8


@pytest.mark.parametrize(
    "bad",
    [np.ones(5), np.ones((5, 2, 2)), np.array([[1.0, np.nan]]), np.array([[np.inf]])],
)
def test_features_must_be_a_table_of_finite_numbers(content, bad):
    with pytest.raises(ValueError, match="features must be a table of finite numbers"):
        content.ContentMF(USERS, bad)
