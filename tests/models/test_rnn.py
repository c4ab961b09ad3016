"""StackedLSTM and GRU4Rec: the gates computed step by step, what they may look at, and
that they remember.
"""

import numpy as np
import pytest

from rec_tutor.inputs import Batches
from rec_tutor.inputs.sequences import windows

ITEMS, LENGTH = 12, 6


def build(rnn, **more):
    """A GRU4Rec without dropout."""
    return rnn.GRU4Rec(ITEMS, **{"dim": 8, "length": LENGTH, "dropout": 0.0, **more})


@pytest.fixture
def some_windows():
    """Windows of 6, 5, ... 1 items, padding on their left."""
    items = np.random.default_rng(1).integers(ITEMS, size=(LENGTH, LENGTH))
    return np.where(np.arange(LENGTH) < np.arange(LENGTH)[:, None], ITEMS, items)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def parts(layer, gates):
    """A recurrent layer's input weights (gates, units, inputs), state weights and both
    biases, gate by gate.
    """
    if hasattr(layer, "weight_ih_l0"):
        arrays = [
            getattr(layer, name).detach().cpu().numpy()
            for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        ]
    else:
        bias = np.atleast_2d(layer.cell.bias.numpy())
        arrays = [
            layer.cell.kernel.numpy().T,
            layer.cell.recurrent_kernel.numpy().T,
            bias[0],
            sum(bias[1:], 0 * bias[0]),
        ]
    return [np.stack(np.split(array.astype("f8"), gates)) for array in arrays]


def gru_by_hand(layer, x):
    """(T, inputs) -> (T, units), Cho et al. 2014 with the reset gate after the product,
    as cuDNN has it.
    """
    W, U, b, c = parts(layer, 3)
    # which gate comes first
    r, z = (0, 1) if hasattr(layer, "weight_ih_l0") else (1, 0)
    h, states = np.zeros(U.shape[1]), []
    for now in x:
        reset, update = (
            sigmoid(W[gate] @ now + b[gate] + U[gate] @ h + c[gate]) for gate in (r, z)
        )
        new = np.tanh(W[2] @ now + b[2] + reset * (U[2] @ h + c[2]))
        h = update * h + (1 - update) * new
        states.append(h)
    return np.array(states)


def lstm_by_hand(layer, x):
    """(T, inputs) -> (T, units)."""
    W, U, b, c = parts(layer, 4)
    h = memory = np.zeros(U.shape[1])
    states = []
    for now in x:
        enters, keeps, new, shows = (
            W[gate] @ now + b[gate] + U[gate] @ h + c[gate] for gate in range(4)
        )
        memory = sigmoid(keeps) * memory + sigmoid(enters) * np.tanh(new)
        h = sigmoid(shows) * np.tanh(memory)
        states.append(h)
    return np.array(states)


# --- GRU4Rec ---


def test_gru4rec_step_by_step(rnn, call, shaken, some_windows):
    model = shaken(build(rnn))
    found = call(model.states, some_windows)
    scores = model.score(
        np.arange(LENGTH),
        histories=[window[window != ITEMS] for window in some_windows],
    )
    for row, window in enumerate(some_windows):
        expected = gru_by_hand(model.gru, call(model.past, window[row:]))
        np.testing.assert_allclose(found[row, row:], expected, rtol=1e-4, atol=1e-5)
        by_hand = call(model.items, np.arange(ITEMS)) @ expected[-1] + call(
            lambda: model.item_bias
        )
        np.testing.assert_allclose(scores[row], by_hand, rtol=1e-4, atol=1e-4)


def test_a_later_item_changes_no_earlier_state(rnn, call, some_windows):
    model = build(rnn)
    before = call(model.states, some_windows)
    for t in range(1, LENGTH):
        changed = some_windows.copy()
        changed[:, t] = np.where(
            changed[:, t] == ITEMS, ITEMS, (changed[:, t] + 1) % ITEMS
        )
        after = call(model.states, changed)
        real = some_windows[:, :t] != ITEMS
        np.testing.assert_allclose(
            after[:, :t][real], before[:, :t][real], rtol=1e-5, atol=1e-6
        )
        assert np.abs(after[0, t:] - before[0, t:]).max(axis=-1).min() > 1e-5, (
            "later states remember it"
        )


def test_padding_and_the_length_of_the_window_change_no_score(rnn, call, shaken):
    """The same weights, windows of 6 and of 9: histories up to 6 fit both."""
    short, long = (shaken(build(rnn, length=length)) for length in (LENGTH, LENGTH + 3))
    rng = np.random.default_rng(2)
    fitting = [rng.integers(ITEMS, size=size) for size in range(LENGTH + 1)]
    users = np.arange(len(fitting))
    scores = short.score(users, histories=fitting)
    assert scores.shape == (len(users), ITEMS) and np.isfinite(scores).all(), (
        "also after an empty history"
    )
    np.testing.assert_allclose(
        long.score(users, histories=fitting), scores, rtol=1e-4, atol=1e-5
    )
    for user in users[1:]:
        alone = call(short, fitting[user][None])[0, -1]
        np.testing.assert_allclose(scores[user], alone, rtol=1e-4, atol=1e-5)
    too_long = [np.r_[k, fitting[-1]] for k in range(3)]
    np.testing.assert_allclose(
        short.score(np.arange(3), too_long), scores[[-1] * 3], rtol=1e-4, atol=1e-5
    )
    assert (
        np.abs(np.diff(long.score(np.arange(3), too_long), axis=0)).max(axis=1).min()
        > 1e-5
    )


def test_who_the_user_is_is_not_asked(rnn):
    model = build(rnn)
    past = [np.array([3, 1, 4]), np.array([1, 5])]
    np.testing.assert_array_equal(
        model.score(np.array([0, 1]), past), model.score(np.array([10**6, 7]), past)
    )
    assert model.score(np.array([], dtype=int), histories=[]).shape == (0, ITEMS)
    with pytest.raises(ValueError, match="pass histories="):
        model.score(np.arange(2))


def test_gru4rec_loss_by_hand(rnn, call, shaken):
    """Only places with a target count, each the same."""
    inputs, targets = windows(
        [np.array([1, 4, 2]), np.array([3, 0, 5, 6, 2, 7])], LENGTH, ITEMS
    )
    model = shaken(build(rnn))
    rows, where = (targets != ITEMS).nonzero()
    scores = call(model, inputs)[rows, where]
    expected = (
        np.log(np.exp(scores).sum(axis=1))
        - scores[np.arange(len(rows)), targets[rows, where]]
    ).mean()
    assert call(model.batch_loss, inputs, targets) == pytest.approx(expected, rel=1e-5)


def test_gru4rec_learns_what_the_last_item_does_not_tell(rnn, training):
    """Round a circle, one way or the other: which way, only the item before tells."""
    runs = [
        (start + way * np.arange(LENGTH + 1)) % ITEMS
        for start in range(ITEMS)
        for way in (1, -1)
    ]
    new = [run for run in runs if run[0] in (2, 7)]
    known = [run for run in runs if run[0] not in (2, 7)] * 4
    model = rnn.GRU4Rec(ITEMS, dim=24, length=LENGTH, dropout=0.1)
    batches = Batches(*windows(known, LENGTH, ITEMS), batch_size=16)
    curve = training.fit(model, batches, epochs=20, lr=0.02, decay=True, progress=False)
    assert curve["loss"].iloc[-1] < 0.5 * curve["loss"].iloc[0]
    best = model.score(np.arange(len(new)), histories=[run[:4] for run in new]).argmax(
        axis=1
    )
    assert best.tolist() == [run[4] for run in new]


# --- StackedLSTM ---


@pytest.mark.parametrize("hidden", [(4, 3), (5,), (2, 3, 4)])
def test_stacked_lstm_step_by_step(rnn, call, shaken, hidden):
    model = shaken(rnn.StackedLSTM(2, hidden=hidden), spread=1.5)
    x = np.random.default_rng(3).normal(size=(5, 7, 2)).astype("f4")
    logits, predicted = call(model, x), model.predict(x)
    for row, own in enumerate(x):
        for layer in model.lstms:
            own = lstm_by_hand(layer, own)
        expected = call(model.out, own[-1:].astype("f4")).item()
        assert logits[row] == pytest.approx(expected, rel=1e-4, abs=1e-5)
        assert predicted[row] == pytest.approx(sigmoid(expected), rel=1e-4)
    assert np.ptp(logits) > 1e-6
    labels = np.arange(5) % 2
    expected = -np.log(np.where(labels, predicted, 1 - predicted)).mean()
    assert call(model.batch_loss, x, labels) == pytest.approx(expected, rel=1e-5)


def test_an_lstm_remembers_at_first(rnn):
    """The forget gate's bias is 1, all others 0."""
    *_, b, c = parts(rnn.StackedLSTM().lstms[0], 4)
    np.testing.assert_array_equal((b + c).mean(axis=1), [0, 1, 0, 0])
    assert not (b + c).std(axis=1).any()


def test_stacked_lstm_has_the_parameters_of_the_articles_network(rnn, weights_of):
    """LSTM(64), LSTM(32), Dense(1): 4 gates, each with weights from below, from its own
    state, and a bias.
    """
    lstm = [4 * units * (inputs + units + 1) for inputs, units in ((1, 64), (64, 32))]
    assert (
        sum(weight.size for weight in weights_of(rnn.StackedLSTM()))
        == sum(lstm) + 32 + 1
        == 29_345
    )


def test_stacked_lstm_predicts_in_blocks(rnn):
    model = rnn.StackedLSTM(1, hidden=(3,), seed=1)
    x = np.random.default_rng(4).normal(size=(1001, 4, 1))
    predicted = model.predict(x)
    assert predicted.shape == (1001,) and ((predicted >= 0) & (predicted <= 1)).all()
    np.testing.assert_allclose(
        predicted[[0, 999, 1000]], model.predict(x[[0, 999, 1000]]), rtol=1e-5
    )


@pytest.mark.training
def test_stacked_lstm_remembers_the_first_step(rnn, training):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(1200, 8, 1)).astype("f4")
    labels = rng.integers(2, size=1200).astype("f4")
    x[:, 0, 0] = 2 * labels - 1
    model = rnn.StackedLSTM(1, hidden=(16, 8))
    training.fit(
        model,
        Batches(x[:1000], labels[:1000], batch_size=25),
        epochs=6,
        lr=0.02,
        decay=True,
        progress=False,
    )
    assert np.mean((model.predict(x[1000:]) > 0.5) == labels[1000:]) > 0.9
