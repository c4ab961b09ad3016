"""The learning curve: what is kept, and when it is over."""

import numpy as np
import pandas as pd
import pytest

from rec_tutor.evaluation.curve import LearningCurve


def run(values, patience=None, validate=True):
    """A curve over epochs whose validation values are given; stops when told to."""
    ahead = iter(values)
    curve = LearningCurve(
        len(values), 0.1, (lambda model: next(ahead)) if validate else None, patience,
        progress=False,
    )  # fmt: skip
    for epoch in range(1, len(values) + 1):
        if curve.add(1 / epoch, "model", lambda epoch=epoch: f"weights {epoch}"):
            break
    return curve


def test_without_validation():
    curve = run([0, 0, 0], validate=False)
    table = pd.DataFrame(curve.rows)
    assert list(table) == ["epoch", "loss", "seconds"] and curve.best_weights is None
    assert table["epoch"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(table["loss"], [1, 1 / 2, 1 / 3])
    assert table["seconds"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("values", "patience", "epochs", "best"),
    [
        ([1, 3, 2, 3, 1], None, 5, 2),  # the first of equal ones
        ([1, 3, 2, 3, 1], 2, 4, 2),
        ([1, 2, 3, 4], 1, 4, 4),
        ([4, 3, 5], 1, 2, 1),
    ],
)
def test_the_best_weights_and_patience(values, patience, epochs, best):
    curve = run(values, patience)
    assert (
        len(pd.DataFrame(curve.rows)) == epochs
        and curve.best_weights == f"weights {best}"
    )
    assert pd.DataFrame(curve.rows)["valid"].tolist() == values[:epochs]


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_lost_loss_is_said(loss):
    curve = LearningCurve(3, 0.5, None, None, progress=False)
    curve.add(1.0, None, dict)
    with pytest.raises(
        FloatingPointError, match=r"in epoch 2: try a smaller lr.* 0\.5"
    ):
        curve.add(loss, None, dict)


def test_patience_needs_validation():
    with pytest.raises(ValueError, match="patience needs validate"):
        LearningCurve(3, 0.1, None, 2, progress=False)
