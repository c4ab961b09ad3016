"""Neural collaborative filtering: finds what is planted, with each loss, and uses the
features it is given.
"""

import numpy as np
import pytest
from scipy import sparse

from rec_tutor import data, evaluation
from rec_tutor.baselines import Popularity
from rec_tutor.evaluation import splits
from rec_tutor.inputs import Batches, NegativeSampler, interaction_matrix

USERS, ITEMS = 20, 16
GROUP, GENRE = np.arange(USERS) >= 10, np.arange(ITEMS) >= 8
LIKED = GROUP[:, None] == GENRE  # two tastes
SHOWN = LIKED & ((np.arange(USERS)[:, None] + np.arange(ITEMS)) % 4 > 0)


def pairs(shown, negatives, copies=4, power=0.0):
    """The interactions, often enough that an epoch is a few steps, each with
    negatives.
    """
    users, items = (np.tile(index, copies) for index in shown.nonzero())
    sampler = NegativeSampler(sparse.csr_matrix(shown), power=power)
    return Batches(
        users, items, batch_size=64, negatives=sampler, num_negatives=negatives
    )


def share_above(scores, good, bad):
    """How often a user's good item is scored above a bad one."""
    compared = [
        np.ravel(s[g][:, None] > s[b])
        for s, g, b in zip(scores, good, bad, strict=True)
    ]
    return np.concatenate(compared).mean()


@pytest.mark.parametrize(
    ("name", "loss", "negatives"),
    [
        ("GMF", "bce", 1),
        ("MLP", "softmax", 3),
        ("NeuMF", "bce", 3),
        ("NeuMF", "bpr", 2),
        ("NeuMF", "softmax", 1),
    ],
)
def test_the_planted_tastes_are_found(ncf, training, name, loss, negatives):
    model = getattr(ncf, name)(USERS, ITEMS, loss=loss, l2=0.02)
    assert share_above(model.score(np.arange(USERS)), SHOWN, ~LIKED) < 0.8
    curve = training.fit(
        model, pairs(SHOWN, negatives), epochs=3, lr=0.02, progress=False
    )
    assert curve["loss"].iloc[-1] < 0.8 * curve["loss"].iloc[0]
    scores = model.score(np.arange(USERS))
    assert scores.shape == (USERS, ITEMS)
    assert share_above(scores, SHOWN, ~LIKED) > 0.95
    # what was never shown is liked all the same, because similar users like it
    assert share_above(scores, LIKED & ~SHOWN, ~LIKED) > 0.95


def test_features_speak_for_items_and_users_without_interactions(ncf, training):
    """With power=1 nobody has seen a new item rejected, either."""
    new_user, new_item = (np.arange(USERS) % 5 == 0)[:, None], np.arange(ITEMS) % 4 == 0
    features = {
        "user_features": np.eye(2)[GROUP.astype(int)],
        "item_features": np.eye(2)[GENRE.astype(int)],
    }
    model = ncf.NeuMF(USERS, ITEMS, loss="softmax", l2=0.02, **features)
    batches = pairs(SHOWN & ~new_user & ~new_item, negatives=3, power=1.0)
    training.fit(model, batches, epochs=3, lr=0.02, progress=False)
    scores = model.score(np.arange(USERS))
    assert share_above(scores, LIKED & new_item & ~new_user, ~LIKED & new_item) > 0.95
    assert share_above(scores, LIKED & ~new_item & new_user, ~LIKED & ~new_item) > 0.95


@pytest.mark.parametrize("name", ["GMF", "MLP", "NeuMF"])
def test_every_table_is_drawn_with_a_seed_of_its_own(ncf, weights_of, name):
    one, same, other = (
        weights_of(getattr(ncf, name)(USERS, ITEMS, seed=seed)) for seed in (1, 1, 2)
    )
    # GMF's h starts as ones
    drawn = [k for k, table in enumerate(one) if table.ndim == 2 and np.ptp(table)]
    assert drawn and all(
        (one[k] == same[k]).all() and not np.allclose(one[k], other[k]) for k in drawn
    )
    assert len({one[k].ravel()[:8].tobytes() for k in drawn}) == len(drawn)


@pytest.mark.parametrize("name", ["GMF", "MLP", "NeuMF"])
def test_score_is_the_score_of_pairs_in_any_order(ncf, call, name):
    features = (
        {"user_features": np.eye(USERS, 3), "item_features": np.eye(ITEMS, 2)}
        if name != "GMF"
        else {}
    )
    model = getattr(ncf, name)(USERS, ITEMS, seed=3, **features)
    users, items = np.repeat(np.arange(USERS), ITEMS), np.tile(np.arange(ITEMS), USERS)
    scores = model.score(np.arange(USERS))
    assert scores.std() > 0
    np.testing.assert_allclose(
        scores.ravel(), call(model, users, items), rtol=1e-4, atol=1e-6
    )
    order = np.random.default_rng(0).permutation(USERS)
    np.testing.assert_allclose(model.score(order), scores[order], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        call(model, order[:, None], np.arange(ITEMS)[None]),
        scores[order],
        rtol=1e-4,
        atol=1e-6,
    )


@pytest.mark.parametrize("name", ["MLP", "NeuMF"])
def test_dropout_is_off_in_score_and_comes_from_the_seed_in_training(ncf, call, name):
    models = [getattr(ncf, name)(USERS, ITEMS, dropout=0.5, seed=3) for _ in range(2)]
    users, items, negatives = np.arange(16), np.arange(16), np.arange(16)[::-1].copy()
    first, second = (
        [call(model.batch_loss, users, items, negatives) for _ in range(2)]
        for model in models
    )
    assert first[0] != first[1]
    assert first == second
    np.testing.assert_array_equal(models[0].score(users), models[0].score(users))


def tables(call, model):
    """All pairs of embeddings: users (USERS, D) and items (ITEMS, D)."""
    return [
        (call(user, np.arange(USERS)), call(item, np.arange(ITEMS)))
        for user, item in model.tables()
    ]


def test_the_losses_by_hand(ncf, call):
    """Two interactions, two negatives each, from the scores of pairs; l2 on the rows of
    user, item and negatives.
    """
    users, items, negatives = (
        np.array([1, 4]),
        np.array([2, 3]),
        np.array([[5, 6], [7, 2]]),
    )
    losses = {
        "bce": lambda s, t: (
            np.log1p(np.exp(-s)) + np.log1p(np.exp(t)).sum(axis=1)
        ).mean(),
        "bpr": lambda s, t: np.log1p(np.exp(t - s[:, None])).mean(),
        "softmax": lambda s, t: (
            -np.log(np.exp(s) / (np.exp(s) + np.exp(t).sum(axis=1))).mean()
        ),
    }
    for loss, by_hand in losses.items():
        free, held = (
            ncf.NeuMF(USERS, ITEMS, loss=loss, l2=l2, seed=1) for l2 in (0.0, 10.0)
        )
        scores = free.score(users)
        expected = by_hand(
            scores[[0, 1], items], np.take_along_axis(scores, negatives, axis=1)
        )
        assert call(free.batch_loss, users, items, negatives) == pytest.approx(
            expected, rel=1e-5
        )
        used = [
            (user[users], item[np.c_[items, negatives]])
            for user, item in tables(call, held)
        ]
        assert [rows.shape[-1] for pair in used for rows in pair] == [64, 64, 16, 16]
        penalty = 10 * sum(
            (rows**2).sum(axis=-1).mean() for pair in used for rows in pair
        )
        assert call(held.batch_loss, users, items, negatives) == pytest.approx(
            expected + penalty, rel=1e-5
        )


def test_gmf_starts_as_matrix_factorization(ncf, call):
    model = ncf.GMF(USERS, ITEMS, dim=4)
    ((user, item),) = tables(call, model)
    np.testing.assert_allclose(
        model.score(np.arange(USERS)), user @ item.T, rtol=1e-4, atol=1e-7
    )


def test_errors(ncf):
    for model in (ncf.GMF, ncf.MLP, ncf.NeuMF):
        with pytest.raises(
            ValueError, match="loss must be one of bce, bpr, softmax; it is 'hinge'"
        ):
            model(USERS, ITEMS, loss="hinge")
    for model in (ncf.MLP, ncf.NeuMF):
        with pytest.raises(ValueError, match="hidden must name the width"):
            model(USERS, ITEMS, hidden=())
        with pytest.raises(
            ValueError, match=r"item_features must .* \(16, F\); its shape is \(8, 2\)"
        ):
            model(USERS, ITEMS, item_features=np.zeros((8, 2)))
        with pytest.raises(
            ValueError, match=r"user_features must .* \(20, F\); its shape is \(20,\)"
        ):
            model(USERS, ITEMS, user_features=np.zeros(USERS))


@pytest.mark.training
def test_neumf_on_the_published_split(ncf, training):
    ds = data.load("ml-100k")
    split = splits.by_item(ds.ratings, ratio=0.75, seed=42)
    seen = interaction_matrix(split.train, ds.num_users, ds.num_items)
    users, items = (split.train[name].to_numpy() for name in ("user", "item"))
    model = ncf.NeuMF(ds.num_users, ds.num_items, loss="bce")
    batches = Batches(
        users, items, batch_size=2048, negatives=NegativeSampler(seen), num_negatives=4
    )
    training.fit(model, batches, epochs=8, lr=0.01, decay=True)
    ours = evaluation.evaluate(model, split.test, seen=seen)["ndcg"].mean()
    popular = Popularity(ds.num_users, ds.num_items).fit(split.train)
    assert 0.38 <= ours <= 0.5
    assert (
        ours > evaluation.evaluate(popular, split.test, seen=seen)["ndcg"].mean() + 0.1
    )
