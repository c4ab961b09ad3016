"""One step of the optimizer, by hand."""

import importlib

import numpy as np
import pytest

from rec_tutor.inputs import Batches


@pytest.fixture
def straight(framework, training):
    """A model with two weights, 1 and 1, and the loss x . w: its gradient is x."""
    library = importlib.import_module(framework)
    if framework == "torch":

        class Straight(library.nn.Module):
            def __init__(self):
                super().__init__()
                self.w = library.nn.Parameter(library.ones(2, device=training.device()))

            def batch_loss(self, x):
                return (self.w * x[0]).sum()
    else:

        class Straight(training.Model):
            def __init__(self):
                super().__init__()
                self.w = self.add_weight(shape=(2,), initializer="ones", name="w")

            def batch_loss(self, x):
                return library.reduce_sum(self.w * x[0])

    return Straight()


def test_a_step_of_adam_by_hand(training, weights_of, straight):
    """Each weight shrinks by lr * weight_decay and moves by lr g / (|g| + epsilon).

    With epsilon 1e-8, which only a gradient as small as the first one feels. (Keras'
    own Adam adds it before the bias correction, which makes it larger at first.)
    """
    slope = np.array([1e-7, -3.0])
    training.fit(
        straight,
        Batches(slope[None]),
        epochs=1,
        lr=0.01,
        weight_decay=0.1,
        progress=False,
    )
    expected = 1 - 0.01 * 0.1 - 0.01 * slope / (np.abs(slope) + 1e-8)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(weights_of(straight)[0], expected, rtol=0, atol=2e-6)


@pytest.fixture
def pairs(framework):
    return importlib.import_module(f"rec_tutor.{framework}.mf").BPRMF


BATCH = np.array([0, 0, 2]), np.array([1, 3, 3]), np.array([2, 2, 0])


def train(training, model, arrays=BATCH, **more):
    """Row by row: what one step names, the next need not."""
    rows = Batches(*arrays, batch_size=1, seed=0)
    training.fit(model, rows, epochs=4, lr=0.1, progress=False, **more)


@pytest.fixture
def tables(weights_of):
    """tables(model): copies of its two embeddings, users and items."""
    return lambda model: [x.copy() for x in weights_of(model) if x.ndim == 2]


def test_lazy_adam_leaves_alone_what_a_batch_does_not_name(training, tables, pairs):
    model, still = pairs(5, 6, dim=2), pairs(5, 6, dim=2)
    train(training, model, lazy=5)
    for after, before, named in zip(
        tables(model),
        tables(still),
        ([0, 2], [0, 1, 2, 3]),
        strict=True,
    ):
        moved = (after != before).any(axis=1)
        assert np.flatnonzero(moved).tolist() == named


def test_lazy_adam_by_hand(training, tables, pairs):
    """Row 0 has a gradient in the first and third step only, and in the third its m and
    v are those of two steps, t is 3.
    """
    slopes = [0.5, None, -0.25]
    mean, square, expected = 0.0, 0.0, 0.0
    for step, slope in enumerate(slopes, start=1):
        if slope is not None:
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            root = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            expected -= 0.1 * mean / (1 - 0.9**step) / root
    assert moved_by(training, tables, pairs, slopes) == pytest.approx(expected)


def moved_by(training, tables, pairs, slopes):
    """How far three steps move the first row of a table, whose gradient is given."""

    class Pull(pairs):
        def batch_loss(self, rows, weights):
            return (self.user_factors(rows)[:, 0] * weights)[0]

    class Batches:
        def __len__(self):
            return len(slopes)

        def epoch(self):
            for slope in slopes:
                row = 1 if slope is None else 0
                yield np.array([row]), np.array([slope or 1.0])

    model = Pull(2, 2, dim=1)
    before = tables(model)[0][0, 0]
    training.fit(model, Batches(), epochs=1, lr=0.1, lazy=1, progress=False)
    return tables(model)[0][0, 0] - before


def test_small_tables_are_moved_as_ever(training, tables, pairs):
    found = []
    for more in ({}, {"lazy": 7}, {"lazy": 6}):
        model = pairs(5, 6, dim=2)
        train(training, model, **more)
        found.append(tables(model))
    for usual, small in zip(*found[:2], strict=True):
        np.testing.assert_allclose(small, usual, atol=1e-6)
    assert np.abs(found[2][1] - found[0][1]).max() > 1e-3  # 6 items: a large one


def test_lazy_adam_refuses_what_moves_every_row(framework, training, pairs):
    with pytest.raises(ValueError, match="choose one of them"):
        train(training, pairs(5, 6, dim=2), lazy=5, weight_decay=0.1)
    whole = importlib.import_module(f"rec_tutor.{framework}.mf").SoftmaxMF(3, 3)
    with pytest.raises(ValueError, match="by a whole table"):
        train(training, whole, (np.arange(3), np.eye(3, dtype="f4")), lazy=3)


def test_a_model_trained_lazily_can_be_trained_as_ever(training, tables, pairs):
    model = pairs(5, 6, dim=2)
    train(training, model, lazy=1)
    lazily = tables(model)
    train(training, model)
    assert np.abs(tables(model)[0] - lazily[0]).max() > 1e-3
