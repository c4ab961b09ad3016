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
