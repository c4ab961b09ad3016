from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rec_tutor.inputs import sequences

quick = settings(max_examples=80, deadline=None, derandomize=True)
NUM_ITEMS = 9
some_histories = st.lists(
    st.lists(st.integers(0, NUM_ITEMS - 1), max_size=14).map(np.array), max_size=6
)


def slow_windows(histories, length, pad):
    inputs, targets = [], []
    for history in histories:
        steps = list(pairwise(history))
        chunks = []
        while steps:
            chunks.append(steps[-length:])
            steps = steps[:-length]
        for chunk in reversed(chunks):
            padding = [pad] * (length - len(chunk))
            inputs.append(padding + [step[0] for step in chunk])
            targets.append(padding + [step[1] for step in chunk])
    return inputs, targets


@quick
@given(some_histories, st.integers(1, 6))
def test_windows_against_a_loop(histories, length):
    inputs, targets = sequences.windows(histories, length, NUM_ITEMS)
    expected_inputs, expected_targets = slow_windows(histories, length, NUM_ITEMS)
    assert inputs.shape == targets.shape == (len(expected_inputs), length)
    assert inputs.dtype == targets.dtype == np.int64
    assert inputs.tolist() == expected_inputs
    assert targets.tolist() == expected_targets
    real = inputs != NUM_ITEMS
    assert (real == (targets != NUM_ITEMS)).all()
    assert real.sum() == sum(max(len(history) - 1, 0) for history in histories)


@quick
@given(some_histories, st.integers(1, 6))
def test_owners_say_whose_windows_they_are(histories, length):
    inputs, targets = sequences.windows(histories, length, NUM_ITEMS)
    owner = sequences.owners(histories, length)
    assert owner.shape == (len(inputs),) and owner.dtype == np.int64
    real = inputs != NUM_ITEMS
    for user, history in enumerate(histories):
        assert (
            inputs[owner == user][real[owner == user]].tolist() == history.tolist()[:-1]
        )
        assert (
            targets[owner == user][real[owner == user]].tolist() == history.tolist()[1:]
        )


@quick
@given(some_histories, st.integers(1, 6))
def test_last_window_against_a_loop(histories, length):
    expected = [
        [NUM_ITEMS] * (length - len(h)) + h.tolist()[-length:] for h in histories
    ]
    window = sequences.last_window(histories, length, NUM_ITEMS)
    assert window.shape == (len(histories), length) and window.dtype == np.int64
    assert window.tolist() == expected


@quick
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=30))
def test_histories_against_a_loop(rows):
    ratings = pd.DataFrame(
        {
            "user": np.array([user for user, _ in rows], dtype=np.int64),
            "item": np.arange(len(rows)),
            "timestamp": np.array([time for _, time in rows], dtype=np.int64),
        }
    )
    found = sequences.histories(ratings, 6)
    assert len(found) == 6
    for user, history in enumerate(found):
        own = [(time, item) for item, (who, time) in enumerate(rows) if who == user]
        # items count the rows: file order
        assert history.tolist() == [item for _, item in sorted(own)]
        assert history.dtype == np.int64


def test_windows_by_hand():
    inputs, targets = sequences.windows([np.array([0, 1, 2, 3, 4])], length=3, pad=9)
    assert inputs.tolist() == [[9, 9, 0], [1, 2, 3]]
    assert targets.tolist() == [[9, 9, 1], [2, 3, 4]]


def test_nothing_to_cut():
    inputs, targets = sequences.windows(
        [np.array([3]), np.array([], dtype=int)], length=2, pad=9
    )
    assert inputs.shape == targets.shape == (0, 2)
    assert sequences.last_window([], 2, 9).shape == (0, 2)
    assert (
        sequences.histories(
            pd.DataFrame({"user": [], "item": [], "timestamp": []}).astype(int), 0
        )
        == []
    )


def test_errors():
    ratings = pd.DataFrame({"user": [0, 3], "item": [1, 2], "timestamp": [5, 5]})
    with pytest.raises(ValueError, match=r"from 0 to 3, outside 0\.\.2"):
        sequences.histories(ratings, 3)
    with pytest.raises(ValueError, match="no column timestamp"):
        sequences.histories(ratings.drop(columns="timestamp"), 4)
    for make in (sequences.windows, sequences.last_window):
        with pytest.raises(ValueError, match="length must be at least 1"):
            make([np.array([1, 2])], 0, 9)
        with pytest.raises(ValueError, match="pad = 2 is also an item"):
            make([np.array([1, 2])], 3, 2)
    with pytest.raises(ValueError, match="length must be at least 1"):
        sequences.owners([np.array([1, 2])], 0)
    with pytest.raises(ValueError, match="pass histories="):
        sequences.last_window(None, 3, 9)
