"""Every loss by hand, with NumPy."""

import importlib

import numpy as np
import pytest
from scipy.special import expit, log_expit, log_softmax

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(4, 6)).astype("f4")


def test_catalogue_softmax(losses, call):
    targets = (RNG.random((4, 6)) < 0.4).astype("f4")
    targets[0, 0] = 0.5  # a weight
    expected = -(targets * log_softmax(SCORES, axis=1)).sum() / targets.sum()
    assert call(losses.catalogue_softmax, SCORES, targets) == pytest.approx(
        expected, rel=1e-5
    )


def test_next_item_leaves_out_padding(losses, call, framework):
    library = importlib.import_module(framework)
    states, pad = RNG.normal(size=(2, 3, 6)).astype("f4"), 6
    targets = np.array([[6, 6, 2], [6, 0, 5]])
    asked = []

    def logits(real):
        asked.append(tuple(real.shape))
        return 2 * real

    def loss(states, targets):
        return losses.next_item(states, targets, logits, pad)

    chances = log_softmax(2 * states, axis=2)
    expected = -np.mean([chances[0, 2, 2], chances[1, 1, 0], chances[1, 2, 5]])
    assert call(loss, states, targets) == pytest.approx(expected, rel=1e-5)
    assert asked == [(3, 6)], f"{library.__name__} was asked about padding"


def test_losses_on_sampled_items(losses, call):
    taken, other = SCORES[:, 0], SCORES[:, 1:]
    expected = {
        "sampled_softmax": -log_softmax(SCORES, axis=1)[:, 0].mean(),
        "negative_sampling": -(
            log_expit(taken).mean() + log_expit(-other).sum(axis=1).mean()
        ),
        "bpr": -log_expit(taken[:, None] - other).mean(),
    }
    found = {
        "sampled_softmax": call(losses.sampled_softmax, SCORES),
        "negative_sampling": call(losses.negative_sampling, taken, other),
        "bpr": call(losses.bpr, taken[:, None] - other),
    }
    assert found == pytest.approx(expected, rel=1e-5)
    assert call(losses.negative_sampling, SCORES[:, :1], other) == pytest.approx(
        expected["negative_sampling"], rel=1e-5
    )
    huge = np.array([-1e4, 1e4], dtype="f4")
    assert call(losses.bpr, huge) == pytest.approx(5e3), "no overflow"


def test_yes_or_no(losses, call):
    logits, labels = SCORES[0], np.array([0, 1, 1, 0, 1, 0])
    p = expit(logits)
    expected = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    assert call(losses.yes_or_no, logits, labels) == pytest.approx(expected, rel=1e-5)


def test_squared_lengths(losses, call):
    tables = SCORES, RNG.normal(size=(2, 3, 5)).astype("f4")
    expected = sum((rows**2).sum(axis=-1).mean() for rows in tables)
    assert call(losses.squared_lengths, *tables) == pytest.approx(expected, rel=1e-5)
