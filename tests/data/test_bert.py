"""The network of the text encoder: its parts by hand. tests/torch compares the whole
with PyTorch.
"""

import math

import numpy as np

from rec_tutor.data import bert


def drawn(seed=0, width=6):
    rng = np.random.default_rng(seed)
    weights = {"n.weight": rng.normal(size=width), "n.bias": rng.normal(size=width)}
    for part in ("query", "key", "value"):
        weights[f"a.{part}.weight"] = rng.normal(size=(width, width))
        weights[f"a.{part}.bias"] = rng.normal(size=width)
    return weights, rng.normal(size=(3, 4, width))


def test_attention_by_hand():
    weights, x = drawn()
    found = bert.attention(x, weights, "a", heads=2)
    for text in range(3):
        q, k, v = (
            x[text] @ weights[f"a.{part}.weight"].T + weights[f"a.{part}.bias"]
            for part in ("query", "key", "value")
        )
        for head in (slice(0, 3), slice(3, 6)):
            for piece in range(4):
                scores = [
                    math.exp(q[piece, head] @ k[other, head] / math.sqrt(3))
                    for other in range(4)
                ]
                mixed = sum(
                    score / sum(scores) * v[other, head]
                    for other, score in enumerate(scores)
                )
                np.testing.assert_allclose(found[text, piece, head], mixed, atol=1e-12)


def test_high_scores_do_not_overflow():
    weights, x = drawn()
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(bert.attention(100 * x, weights, "a", heads=2)).all()


def test_a_piece_at_mean_0_and_variance_1():
    weights, x = drawn()
    found = bert.normalised(x, weights, "n")
    plain = (x[2, 1] - x[2, 1].mean()) / x[2, 1].std()
    np.testing.assert_allclose(
        found[2, 1], plain * weights["n.weight"] + weights["n.bias"]
    )
    assert np.isfinite(bert.normalised(np.ones((1, 6)), weights, "n")).all()


def test_gelu():
    x = np.array([-3.0, -0.5, 0.0, 1.0, 4.0], dtype=np.float32)
    exact = [value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in x.tolist()]
    found = bert.gelu(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-7)
