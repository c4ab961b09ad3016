"""Matrix factorization: learns what is planted, overfits what is tiny, and complains
about what is wrong.
"""

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data, evaluation
from rec_tutor.baselines import EASE, Popularity
from rec_tutor.evaluation import splits
from rec_tutor.inputs import Batches, NegativeSampler, UserBatches, interaction_matrix


@pytest.fixture(scope="module")
def tiny():
    """Six users, eight items, two tastes: users 0-2 like items 0-3, users 3-5 items
    4-7.
    """
    rows = [
        (u, i, 5.0 if (u < 3) == (i < 4) else 1.0)
        for u in range(6)
        for i in range(8)
        if (u + i) % 4
    ]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    return frame.assign(timestamp=np.arange(len(frame)))


def columns(frame, *names):
    return [frame[name].to_numpy() for name in names]


def test_biased_mf_overfits_a_tiny_matrix(mf, training, tiny):
    model = mf.BiasedMF(6, 8, dim=4, mean=tiny["rating"].mean(), l2=0.0, l2_bias=0.0)
    batches = Batches(*columns(tiny, "user", "item", "rating"), batch_size=16)
    curve = training.fit(model, batches, epochs=150, lr=0.05, progress=False)
    error = model.predict(*columns(tiny, "user", "item")) - tiny["rating"].to_numpy()
    assert np.abs(error).max() < 0.1
    assert curve["loss"].iloc[-1] < 0.01 < curve["loss"].iloc[0]
    held_out = [(u, i) for u in range(6) for i in range(8) if not (u + i) % 4]
    users, items = np.array(held_out).T
    liked = (users < 3) == (items < 4)
    assert (
        model.predict(users[liked], items[liked]).mean()
        > model.predict(users[~liked], items[~liked]).mean() + 1
    )


def test_score_is_predict_for_every_pair_and_predict_stays_on_the_scale(mf):
    model = mf.BiasedMF(6, 8, dim=4, mean=3.0, seed=3)
    users, items = np.repeat(np.arange(6), 8), np.tile(np.arange(8), 6)
    expected = np.clip(model.score(np.arange(6)).ravel(), 2.99, 3.01)
    np.testing.assert_allclose(
        model.predict(users, items, 2.99, 3.01), expected, rtol=1e-5
    )


@pytest.mark.parametrize("name", ["BPRMF", "SoftmaxMF", "SoftmaxMF inner product"])
def test_ranking_models_find_the_planted_tastes(mf, training, tiny, name):
    liked = tiny[tiny["rating"] > 3]
    matrix = interaction_matrix(liked, 6, 8)
    if name == "BPRMF":
        model = mf.BPRMF(6, 8, dim=4, l2=0.0)
        batches = Batches(
            *columns(liked, "user", "item"),
            batch_size=8,
            negatives=NegativeSampler(matrix),
        )
    else:
        model = mf.SoftmaxMF(6, 8, dim=4, cosine="inner" not in name)
        batches = UserBatches(matrix, batch_size=3)
    training.fit(model, batches, epochs=80, lr=0.05, progress=False)
    scores = model.score(np.arange(6))
    own = np.array([[(u < 3) == (i < 4) for i in range(8)] for u in range(6)])
    assert scores.shape == (6, 8)
    seen = matrix.toarray() > 0
    assert all(scores[u][seen[u]].min() > scores[u][~own[u]].max() for u in range(6))
    # what was never shown is liked all the same, because similar users like it
    assert all(
        scores[u][own[u] & ~seen[u]].min() > scores[u][~own[u]].mean() for u in range(6)
    )


def test_the_same_seed_trains_the_same_model(mf, training, tiny):
    def trained(seed):
        model = mf.SoftmaxMF(6, 8, dim=4, seed=seed)
        training.fit(
            model,
            UserBatches(interaction_matrix(tiny, 6, 8), seed=seed),
            epochs=3,
            lr=0.05,
            progress=False,
        )
        return model.score(np.arange(6))

    np.testing.assert_array_equal(trained(1), trained(1))
    assert not np.allclose(trained(1), trained(2))


def test_targets_may_be_weights(mf, training, tiny):
    """An item that weighs nothing is not learnt."""
    weights = np.where(tiny["item"] == 0, 0.0, 1.0)
    model = mf.SoftmaxMF(6, 8, dim=4)
    matrix = interaction_matrix(tiny, 6, 8, values=weights)
    training.fit(model, UserBatches(matrix), epochs=60, lr=0.05, progress=False)
    assert (model.score(np.arange(6)).mean(axis=0).argmin()) == 0


def test_fit_keeps_the_best_epoch_and_stops(mf, training, tiny):
    model = mf.SoftmaxMF(6, 8, dim=4)
    seen = []

    def validate(candidate):
        seen.append(candidate.score(np.arange(6)))
        return [0.1, 0.5, 0.9, 0.2, 0.3, 0.8, 0.7][len(seen) - 1]

    batches = UserBatches(interaction_matrix(tiny, 6, 8))
    curve = training.fit(
        model,
        batches,
        epochs=50,
        lr=0.05,
        validate=validate,
        patience=3,
        progress=False,
    )
    assert list(curve["epoch"]) == [1, 2, 3, 4, 5, 6]
    assert list(curve.columns) == ["epoch", "loss", "valid", "seconds"]
    np.testing.assert_allclose(model.score(np.arange(6)), seen[2], rtol=1e-6)


def test_a_diverging_loss_is_said(mf, training, tiny):
    model = mf.BiasedMF(6, 8, dim=4)
    batches = Batches(*columns(tiny.assign(rating=np.nan), "user", "item", "rating"))
    with pytest.raises(FloatingPointError, match="smaller lr"):
        training.fit(model, batches, epochs=3, progress=False)


def test_patience_needs_a_validation(mf, training, tiny):
    with pytest.raises(ValueError, match="patience needs validate"):
        training.fit(
            mf.SoftmaxMF(6, 8),
            UserBatches(interaction_matrix(tiny, 6, 8)),
            epochs=1,
            patience=2,
        )


def test_weight_decay_and_decay_do_something(mf, training, tiny):
    def size(**more):
        model = mf.SoftmaxMF(6, 8, dim=4, cosine=False)
        training.fit(
            model,
            UserBatches(interaction_matrix(tiny, 6, 8)),
            epochs=20,
            lr=0.05,
            progress=False,
            **more,
        )
        return np.abs(model.score(np.arange(6))).sum()

    assert size(weight_decay=1.0) < size()
    assert size(decay=True) < size()


def test_fit_shows_no_bar_when_nobody_watches(mf, training, tiny, capfd):
    training.fit(
        mf.SoftmaxMF(6, 8), UserBatches(interaction_matrix(tiny, 6, 8)), epochs=2
    )
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""


@pytest.mark.training
def test_softmax_mf_on_the_course_board(mf, training):
    ds = data.load("ml-100k")
    split = splits.temporal(ds.ratings)
    seen = interaction_matrix(split.refit, ds.num_users, ds.num_items)
    model = mf.SoftmaxMF(ds.num_users, ds.num_items, dim=128)
    training.fit(
        model,
        UserBatches(seen, batch_size=64),
        epochs=30,
        lr=0.01,
        weight_decay=0.1,
        decay=True,
    )
    ours = evaluation.evaluate(model, split.test, seen=seen)["ndcg"].mean()
    popular = Popularity(ds.num_users, ds.num_items).fit(split.refit)
    assert 0.19 <= ours <= 0.215
    assert (
        ours > evaluation.evaluate(popular, split.test, seen=seen)["ndcg"].mean() + 0.05
    )
    ease = evaluation.evaluate(
        EASE(ds.num_users, ds.num_items).fit(split.refit), split.test, seen=seen
    )
    assert ease["ndcg"].mean() == pytest.approx(0.203, abs=0.003)


@pytest.mark.training
def test_biased_mf_on_the_published_split(mf, training):
    ds = data.load("ml-100k")
    split = splits.by_item(ds.ratings, ratio=0.75, seed=42)
    model = mf.BiasedMF(ds.num_users, ds.num_items, mean=split.train["rating"].mean())
    batches = Batches(*columns(split.train, "user", "item", "rating"), batch_size=1024)
    training.fit(model, batches, epochs=10, lr=0.01, decay=True)
    predicted = model.predict(*columns(split.test, "user", "item"))
    assert (
        0.90
        <= np.sqrt(np.mean((predicted - split.test["rating"].to_numpy()) ** 2))
        <= 0.917
    )
