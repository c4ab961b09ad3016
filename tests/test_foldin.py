"""Solving for a new person, with the items held fixed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.special import log_softmax

from rec_tutor import foldin
from rec_tutor.baselines import EASE


@pytest.fixture
def items():
    return np.random.default_rng(0).normal(size=(30, 4))


def test_the_softmax_vector_is_the_best_direction(items):
    taken = np.array([1, 4, 9])

    def value(p):
        return log_softmax(foldin.unit(items) @ foldin.unit(p) / 0.3)[taken].sum()

    best = foldin.softmax_vector(items, taken, 0.3)
    assert np.linalg.norm(best) == pytest.approx(1)
    slope = approx_fprime(best, value, 1e-6)
    assert np.abs(slope).max() < 1e-3
    rng = np.random.default_rng(1)
    assert all(value(p) <= value(best) + 1e-9 for p in rng.normal(size=(500, 4)))


def test_the_bpr_vector_is_the_best(items):
    taken, bias = np.array([2, 3]), np.linspace(-1, 1, 30)
    rest = np.setdiff1d(np.arange(30), taken)

    def value(p):
        s = items @ p + bias
        gap = s[taken][:, None] - s[rest]
        return np.logaddexp(0, -gap).mean() + 0.1 * p @ p

    best = foldin.bpr_vector(items, bias, taken, 0.1)
    assert np.abs(approx_fprime(best, value, 1e-6)).max() < 1e-4
    everything = foldin.bpr_vector(items, bias, np.arange(30), 0.1)
    assert not everything.any()


def test_the_choices_vector_is_the_best(items):
    taken, bias = np.array([2, 3, 3]), np.linspace(-1, 1, 30)

    def value(p):
        return -log_softmax(items @ p + bias)[taken].mean() + 0.1 * p @ p

    best = foldin.choices_vector(items, bias, taken, 0.1)
    assert np.abs(approx_fprime(best, value, 1e-6)).max() < 1e-4
    heavy = foldin.choices_vector(items, bias, taken, 1e6)
    assert np.abs(heavy).max() < 1e-5


def test_items_that_nobody_could_choose_are_no_answer(items):
    """A content tower's new items have scores, but only what was known, or is now
    taken, is what this person chose from.
    """

    class ContentTower:
        l2 = 0.1
        known = SimpleNamespace(numpy=lambda: np.array([0, 1, 2, 5]))
        vectors = items

        def embeddings(self):
            return {"items": self.vectors, "bias": np.linspace(0, 1, len(self.vectors))}

    model, taken = ContentTower(), np.array([5, 1, 9])
    found = foldin.scores(model, 30, taken, np.ones(3))
    rows = [0, 1, 2, 5, 9]
    bias = model.embeddings()["bias"]
    best = foldin.choices_vector(items[rows], bias[rows], np.array([3, 1, 4]), 0.1)
    np.testing.assert_allclose(found, items @ best + bias)
    model.vectors = np.where(np.isin(np.arange(30), rows)[:, None], items, 7)
    other = foldin.scores(model, 30, taken, np.ones(3))
    np.testing.assert_allclose(other[rows], found[rows])


def test_the_rating_vector_is_the_best(items):
    taken, residuals = np.array([0, 5, 6]), np.array([1.0, -0.5, 0.2])

    def value(x):
        error = residuals - x[0] - items[taken] @ x[1:]
        return (error**2).sum() + 3 * (0.1 * x[1:] @ x[1:] + 0.01 * x[0] ** 2)

    best = foldin.rating_vector(items, residuals, taken, 0.1, 0.01)
    assert np.abs(approx_fprime(best, value, 1e-6)).max() < 1e-4


def test_a_person_between_opposite_items_gets_a_direction():
    items = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    found = foldin.softmax_vector(items, np.array([0, 1]), 0.2)
    assert np.isfinite(found).all() and np.linalg.norm(found) == pytest.approx(1)


@pytest.mark.parametrize(("users", "reads"), [(None, True), (np.ones((3, 2)), False)])
def test_a_vector_of_the_users_own_is_more_than_a_history(users, reads):
    class Caser:
        length = 5

    model = Caser()
    model.users = users
    assert foldin.reads_histories(model) == reads


def test_a_model_that_knows_only_its_people_says_so():
    class NeuMF:
        def score(self, users, histories=None):
            return np.zeros((len(users), 3))

    with pytest.raises(TypeError, match="NeuMF knows the people"):
        foldin.scores(NeuMF(), 3, np.array([1]), np.array([5.0]))


@pytest.mark.parametrize(
    "wrong", [{"cosine": False}, {"ranking_loss": "bpr", "cosine": True}]
)
def test_a_model_with_another_loss_is_refused(items, wrong):
    model = SimpleNamespace(item_factors=items, temperature=1.0, **wrong)
    with pytest.raises(TypeError, match="softmax over cosines"):
        foldin.of_softmax(model, np.array([1]), np.array([5.0]))


def test_many_pairs_are_sampled(items, monkeypatch):
    taken, bias = np.arange(10), np.zeros(30)
    whole = foldin.bpr_vector(items, bias, taken, 0.1)
    monkeypatch.setattr(foldin, "PAIRS", 100)  # ten of the twenty others
    part = foldin.bpr_vector(items, bias, taken, 0.1)
    assert 0.5 < foldin.unit(whole) @ foldin.unit(part) < 0.9999


def test_recency_weighs_a_new_person_as_it_weighs_the_known():
    """What a person did last counts most, for one who comes later, too."""
    rng = np.random.default_rng(3)
    ratings = pd.DataFrame(
        {
            "user": np.repeat(np.arange(20), 6),
            "item": rng.permuted(np.tile(np.arange(12), (20, 1)), axis=1)[
                :, :6
            ].ravel(),
            "timestamp": rng.permutation(120),
        }
    )
    model = EASE(20, 12, l2=2.0, recency=1.0).fit(ratings.assign(rating=1.0))
    own = ratings[ratings["user"] == 4].sort_values("timestamp")["item"].to_numpy()
    found = foldin.scores(model, 12, own, np.ones(6))
    np.testing.assert_allclose(found, model.score(np.array([4]))[0], atol=1e-6)
    turned = foldin.scores(model, 12, own[::-1], np.ones(6))
    assert np.abs(turned - found).max() > 0.01
