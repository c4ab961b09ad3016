"""What a model must do without, drawn for every batch."""

import numpy as np
import pytest
from scipy import sparse

from rec_tutor.inputs import Batches, Forgetting
from rec_tutor.inputs.forgetting import means_of

PAIRS = np.arange(40), np.arange(40) % 7


def test_masks_stand_behind_each_batch():
    plain = Batches(*PAIRS, batch_size=15, seed=3)
    source = Forgetting(
        Batches(*PAIRS, batch_size=15, seed=3), ((9,), 0.5), ((7, 3), 0)
    )
    assert len(source) == len(plain) == 3
    for given, (users, items, first, second) in zip(
        plain.epoch(), source.epoch(), strict=True
    ):
        np.testing.assert_array_equal(given[0], users)
        np.testing.assert_array_equal(given[1], items)
        assert first.shape == (9,) and first.dtype == np.float32
        assert set(first) <= {0.0, 1.0}
        assert second.shape == (7, 3) and (second == 1).all()


def test_the_share_is_what_is_forgotten():
    for share in (0.0, 0.2, 0.9, 1.0):
        source = Forgetting(Batches(*PAIRS), ((20_000,), share), seed=1)
        ((*_, mask),) = source.epoch()
        assert mask.mean() == pytest.approx(1 - share, abs=0.015)


def test_drawn_anew_for_every_batch_and_from_the_seed():
    def drawn(seed):
        source = Forgetting(Batches(*PAIRS, batch_size=10), ((50,), 0.5), seed=seed)
        return np.array([batch[-1] for _ in range(2) for batch in source.epoch()])

    first = drawn(1)
    assert len({mask.tobytes() for mask in first}) == 8
    np.testing.assert_array_equal(drawn(1), first)
    assert not np.array_equal(drawn(2), first)


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan])
def test_a_share_lies_between_0_and_1(share):
    with pytest.raises(ValueError, match=r"lies in 0\.\.1"):
        Forgetting(Batches(*PAIRS), ((3,), share))


def test_means_by_hand():
    """Who took items 0 and 2 is at the middle of their vectors; who took nothing at
    0.
    """
    matrix = sparse.csr_matrix([[1, 0, 1], [0, 0, 0], [0, 1, 0]], dtype="f4")
    vectors = np.array([[1.0, 0.0], [5.0, 5.0], [3.0, -2.0]])
    expected = [[2.0, -1.0], [0.0, 0.0], [5.0, 5.0]]
    np.testing.assert_allclose(means_of(matrix, vectors), expected)
