"""CNN and Caser: against the formula computed slowly, what they may look at, and that
they learn.
"""

import numpy as np
import pytest
from scipy.signal import correlate2d

from rec_tutor.inputs import Batches
from rec_tutor.inputs.sequences import owners, windows

USERS, ITEMS, LENGTH = 5, 9, 4
CASERS = {
    "both": {},
    "no users": {"user": False},
    "vertical only": {"heights": ()},
    "horizontal only": {"vertical": 0},
    "one by one": {"heights": (1,), "vertical": 1},
}


# --- pictures ---


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(256, size=(4, 28, 28), dtype=np.uint8)


def channels_last(call, model, images):
    """The maps of both layers as (B, H, W, filters), which is TensorFlow's order."""
    return [
        np.moveaxis(found, 1, -1) if found.shape[1] > 26 else found
        for found in call(model.maps, images)
    ]


def filters(layer):
    """(size, size, inputs, filters) and biases."""
    if hasattr(layer, "kernel"):
        return layer.kernel.numpy(), layer.bias.numpy()
    return layer.weight.detach().cpu().numpy().transpose(
        2, 3, 1, 0
    ), layer.bias.detach().cpu().numpy()


def convolved(layer, x):
    """relu(filters over x): (H, W, inputs) -> (H - 2, W - 2, filters), by SciPy."""
    kernel, bias = filters(layer)
    found = [
        sum(
            correlate2d(x[..., k], kernel[..., k, f], mode="valid")
            for k in range(x.shape[-1])
        )
        + bias[f]
        for f in range(len(bias))
    ]
    return np.maximum(np.stack(found, axis=-1), 0)


def pooled(x):
    """The maximum of every full 2 x 2 square."""
    rows, columns, _ = x.shape
    return np.array(
        [
            [x[i : i + 2, j : j + 2].max(axis=(0, 1)) for j in range(0, columns - 1, 2)]
            for i in range(0, rows - 1, 2)
        ]
    )


def test_cnn_has_the_parameters_of_the_document(cnn, weights_of):
    assert sum(weight.size for weight in weights_of(cnn.CNN())) == 225_034


def test_cnn_against_scipy(cnn, call, shaken, images):
    model = shaken(cnn.CNN(classes=4), spread=0.05)
    first, second = channels_last(call, model, images)
    assert first.shape == (4, 26, 26, 32) and second.shape == (4, 11, 11, 64)
    logits, features, predicted = (
        call(model, images),
        model.features(images),
        model.predict(images),
    )
    for row in (0, 3):
        one = convolved(model.first, images[row, :, :, None] / 255)
        np.testing.assert_allclose(first[row], one, rtol=1e-4, atol=1e-5)
        two = convolved(model.second, pooled(one))
        np.testing.assert_allclose(second[row], two, rtol=1e-4, atol=1e-5)
        flat = pooled(two).reshape(1, -1).astype("f4")
        described = np.maximum(call(model.describe, flat), 0)
        np.testing.assert_allclose(features[row], described[0], rtol=1e-4, atol=1e-5)
        scores = call(model.out, described)[0]
        np.testing.assert_allclose(logits[row], scores, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            predicted[row], np.exp(scores) / np.exp(scores).sum(), rtol=1e-4
        )
    labels = np.array([0, 3, 1, 1])
    expected = -np.log(predicted[np.arange(4), labels]).mean()
    assert call(model.batch_loss, images, labels) == pytest.approx(expected, rel=1e-4)


def test_cnn_takes_whole_numbers_and_fractions(cnn, call, images):
    model = cnn.CNN()
    expected, loss = model.predict(images), call(model.batch_loss, images, np.arange(4))
    assert np.ptp(expected, axis=0).max() > 1e-3
    for kind in ("f4", "f8", "i8"):
        np.testing.assert_allclose(
            model.predict(images.astype(kind)), expected, rtol=1e-6
        )
        assert call(
            model.batch_loss, images.astype(kind), np.arange(4)
        ) == pytest.approx(loss, rel=1e-6)


def test_cnn_looks_at_each_picture_alone(cnn, images):
    """In any order, also in blocks of 1000."""
    model = cnn.CNN(seed=2)
    many = np.tile(images, (251, 1, 1))[:1001]
    features, predicted = model.features(many), model.predict(many)
    assert features.shape == (1001, 128) and predicted.shape == (1001, 10)
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)
    assert (predicted >= 0).all()
    for found, function in ((features, model.features), (predicted, model.predict)):
        np.testing.assert_allclose(
            found[[999, 1000]], found[[3, 0]], rtol=1e-4, atol=1e-5
        )
        np.testing.assert_allclose(
            found[:1], function(images[:1]), rtol=1e-4, atol=1e-5
        )
        order = [2, 0, 3, 1]
        np.testing.assert_allclose(
            function(images[order]), found[order], rtol=1e-4, atol=1e-5
        )


def test_cnn_tells_lying_stripes_from_standing_ones(cnn, training):
    rng = np.random.default_rng(3)
    labels = rng.integers(2, size=300)
    waves = 128 + 60 * np.sin(
        rng.uniform(0, 6, size=(300, 1, 1))
        + np.arange(28)[:, None]
        + np.zeros((28, 28))
    )
    stripes = np.where(
        labels[:, None, None] == 1, waves, waves.swapaxes(1, 2)
    ) + rng.normal(0, 30, size=waves.shape)
    images = np.clip(stripes, 0, 255).astype(np.uint8)
    model = cnn.CNN(classes=2)
    training.fit(
        model,
        Batches(images[:160], labels[:160], batch_size=16),
        epochs=3,
        lr=0.003,
        progress=False,
    )
    assert np.mean(model.predict(images[160:]).argmax(axis=1) == labels[160:]) > 0.9


# --- Caser ---


def build(cnn, name, **more):
    """A Caser of that name without dropout."""
    given = {
        "dim": 6,
        "length": LENGTH,
        "heights": (2, 3),
        "horizontal": 5,
        "vertical": 3,
        "dropout": 0.0,
    }
    return cnn.Caser(USERS, ITEMS, **{**given, **CASERS[name], **more})


@pytest.fixture
def some_windows():
    """Windows of 8, 7, ... 1 items, padding on their left."""
    items = np.random.default_rng(2).integers(ITEMS, size=(8, 8))
    return np.where(np.arange(8) < np.arange(8)[:, None], ITEMS, items)


def scores_by_hand(call, model, user, history):
    """The scores after one history, by the formula."""
    dim = call(model.past, np.arange(1)).shape[1]
    latest = np.asarray(history)[-LENGTH:]
    picture = np.zeros((LENGTH, dim), dtype="f4")
    picture[LENGTH - len(latest) :] = call(model.past, latest) if len(latest) else 0
    found = []
    for height, rows in zip(model.heights, model.rows, strict=True):
        pieces = [
            picture[place : place + height].T.reshape(1, -1)
            for place in range(LENGTH - height + 1)
        ]
        found.append(
            np.max([np.maximum(call(rows, piece)[0], 0) for piece in pieces], axis=0)
        )
    if model.columns is not None:
        # (L, vertical): what each filter gives each place
        sums = call(model.columns, np.eye(LENGTH, dtype="f4"))
        found.append(np.einsum("lf,ld->df", sums, picture).ravel())
    state = np.maximum(call(model.mix, np.concatenate(found)[None].astype("f4"))[0], 0)
    if model.users is not None:
        state = np.r_[state, call(model.users, np.array([user]))[0]]
    return call(model.items, np.arange(ITEMS)) @ state + call(lambda: model.item_bias)


@pytest.mark.parametrize("name", CASERS)
def test_caser_by_hand(cnn, call, shaken, name, some_windows):
    model = shaken(build(cnn, name))
    users = np.arange(8) % USERS
    # 7 items to none
    past = [window[window != ITEMS] for window in some_windows[:, 1:]]
    scores = model.score(users, histories=past)
    places = call(
        lambda *batch: model.logits(model.states(*batch)), users, some_windows
    )
    for row, window in enumerate(some_windows):
        np.testing.assert_allclose(
            scores[row],
            scores_by_hand(call, model, users[row], past[row]),
            rtol=1e-4,
            atol=1e-4,
        )
        for place in range(row, 8):
            expected = scores_by_hand(call, model, users[row], window[row : place + 1])
            np.testing.assert_allclose(
                places[row, place], expected, rtol=1e-4, atol=1e-4
            )


@pytest.mark.parametrize("name", CASERS)
def test_what_a_state_of_caser_sees(cnn, call, shaken, name, some_windows):
    """The item at its place and the three before: no later one, no earlier one."""
    model, users = shaken(build(cnn, name)), np.zeros(8, dtype=int)
    before = call(model.states, users, some_windows)
    for t in range(8):
        changed = some_windows.copy()
        changed[:, t] = np.where(
            changed[:, t] == ITEMS, ITEMS, (changed[:, t] + 1) % ITEMS
        )
        difference = np.abs(call(model.states, users, changed) - before).max(axis=-1)
        assert (difference[:, :t] < 1e-5).all() and (
            difference[:, t + LENGTH :] < 1e-5
        ).all()
        assert difference[: t + 1, t : t + LENGTH].max() > 1e-3


@pytest.mark.parametrize("name", CASERS)
def test_padding_changes_no_score_of_caser(cnn, call, shaken, name, some_windows):
    model = shaken(build(cnn, name))
    padded = call(model.states, np.arange(8) % USERS, some_windows)
    for row, window in enumerate(some_windows):
        alone = call(model.states, np.array([row % USERS]), window[None, row:])
        np.testing.assert_allclose(padded[row, row:], alone[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["both", "no users"])
def test_whether_caser_asks_who_it_is(cnn, shaken, name):
    model, past = shaken(build(cnn, name)), [np.array([3, 1, 4])] * USERS
    scores = model.score(np.arange(USERS), histories=past)
    assert scores.shape == (USERS, ITEMS)
    assert (np.ptp(scores, axis=0).max() > 1e-3) == (name == "both")
    order = np.array([3, 0, 4])
    np.testing.assert_allclose(
        model.score(order, histories=past[:3]), scores[order], rtol=1e-4, atol=1e-5
    )
    assert model.score(np.array([], dtype=int), histories=[]).shape == (0, ITEMS)


def test_caser_loss_by_hand(cnn, call, shaken):
    """Only places with a target count, each the same."""
    past = [np.array([1, 4, 2]), np.array([3]), np.array([3, 0, 5, 6, 2, 7])]
    inputs, targets = windows(past, LENGTH, ITEMS)
    users = owners(past, LENGTH)
    model = shaken(build(cnn, "both"))
    rows, where = (targets != ITEMS).nonzero()
    scores = call(lambda *batch: model.logits(model.states(*batch)), users, inputs)[
        rows, where
    ]
    expected = (
        np.log(np.exp(scores).sum(axis=1))
        - scores[np.arange(len(rows)), targets[rows, where]]
    ).mean()
    assert call(model.batch_loss, users, inputs, targets) == pytest.approx(
        expected, rel=1e-5
    )


def test_caser_errors(cnn):
    with pytest.raises(ValueError, match="both are missing"):
        cnn.Caser(USERS, ITEMS, heights=(), vertical=0)
    for heights in ((2, 5), (0,)):
        with pytest.raises(
            ValueError, match="heights must lie between 1 and length = 4"
        ):
            cnn.Caser(USERS, ITEMS, length=4, heights=heights)
    with pytest.raises(ValueError, match="pass histories="):
        build(cnn, "both").score(np.arange(2))


def test_caser_learns_what_follows_what(cnn, training):
    """Round a circle, one way or the other: which way, only the item before tells."""
    runs = [
        (start + way * np.arange(7)) % ITEMS
        for start in range(ITEMS)
        for way in (1, -1)
    ]
    model = cnn.Caser(
        len(runs), ITEMS, dim=16, length=LENGTH, heights=(2, 3), user=False, dropout=0.2
    )
    batches = Batches(owners(runs * 4, 6), *windows(runs * 4, 6, ITEMS), batch_size=16)
    training.fit(model, batches, epochs=15, lr=0.02, decay=True, progress=False)
    best = model.score(
        np.arange(len(runs)), histories=[run[:4] for run in runs]
    ).argmax(axis=1)
    assert best.tolist() == [run[4] for run in runs]


@pytest.mark.training
def test_caser_learns_what_a_user_comes_back_to(cnn, training):
    """All begin with the same item and go on with one of the user's kind: only the
    user's own vector knows which.
    """
    rng = np.random.default_rng(4)
    runs = [np.array([8, 2 * rng.integers(4) + visit % 2]) for visit in range(200)]
    model = cnn.Caser(20, ITEMS, dim=8, length=LENGTH)
    batches = Batches(owners(runs, 2) % 20, *windows(runs, 2, ITEMS), batch_size=8)
    training.fit(model, batches, epochs=8, lr=0.02, decay=True, progress=False)
    best = model.score(np.arange(20), histories=[np.array([8])] * 20).argmax(axis=1)
    assert np.mean(best % 2 == np.arange(20) % 2) > 0.9
