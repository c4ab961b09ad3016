"""Skip-gram and the four readers: the formulas by hand, what padding and order do, and
that they learn.
"""

import numpy as np
import pytest

from rec_tutor.inputs import Batches
from rec_tutor.inputs.text import WordSampler, skip_grams

WORDS, LENGTH = 12, 6
SMALL = {
    "BagOfWords": {},
    "AttentionPooling": {"hidden": 5},
    "TextCNN": {"heights": (1, 3), "filters": 4},
    "TextLSTM": {"hidden": (5, 4)},
}


def build(text, name, **more):
    """A reader of that name without dropout."""
    return getattr(text, name)(
        WORDS, **{"dim": 7, "dropout": 0.0, **SMALL[name], **more}
    )


@pytest.fixture
def reviews():
    """Six words to one, padding in front of them."""
    words = np.random.default_rng(1).integers(1, WORDS, size=(LENGTH, LENGTH))
    return np.where(np.arange(LENGTH) < np.arange(LENGTH)[:, None], 0, words)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# --- skip-gram ---


def test_skip_gram_loss_by_hand(text, call, shaken):
    model = shaken(text.SkipGram(WORDS, dim=5))
    rng = np.random.default_rng(2)
    centres, contexts, negatives = (
        rng.integers(WORDS, size=9),
        rng.integers(WORDS, size=9),
        rng.integers(WORDS, size=(9, 3)),
    )
    v, u = model.vectors(), call(model.contexts, np.arange(WORDS))
    assert v.shape == u.shape == (WORDS, 5) and not np.allclose(v, u)
    expected = np.mean(
        [
            -np.log(sigmoid(v[c] @ u[o]))
            - sum(np.log(sigmoid(-v[c] @ u[n])) for n in own)
            for c, o, own in zip(centres, contexts, negatives, strict=True)
        ]
    )
    assert call(model.batch_loss, centres, contexts, negatives) == pytest.approx(
        expected, rel=1e-5
    )


def test_skip_gram_with_one_negative_as_batches_give_it(text, call, shaken):
    model, rng = shaken(text.SkipGram(WORDS, dim=5)), np.random.default_rng(3)
    centres, contexts, negatives = rng.integers(WORDS, size=(3, 9))
    expected = call(model.batch_loss, centres, contexts, negatives[:, None])
    assert call(model.batch_loss, centres, contexts, negatives) == pytest.approx(
        expected, rel=1e-5
    )


def test_vectors_are_a_copy(text):
    model = text.SkipGram(WORDS)
    model.vectors()[:] = 7
    assert np.abs(model.vectors()).max() < 1


def test_skip_gram_brings_neighbours_together(text, training):
    """Three topics of four words, never mixed: words of one topic point the
    same way.
    """
    rng = np.random.default_rng(4)
    topics = np.arange(WORDS) % 3
    sentences = [
        rng.choice(np.flatnonzero(topics == k % 3), size=8) for k in range(150)
    ]
    centres, contexts = skip_grams(sentences, window=2)
    negatives = WordSampler(np.bincount(np.concatenate(sentences), minlength=WORDS))
    batches = Batches(
        centres, contexts, batch_size=128, negatives=negatives, num_negatives=4
    )
    model = text.SkipGram(WORDS, dim=8)
    training.fit(model, batches, epochs=8, lr=0.03, progress=False)
    vectors = model.vectors()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine, same = vectors @ vectors.T, topics[:, None] == topics
    assert cosine[same & ~np.eye(WORDS, dtype=bool)].min() > cosine[~same].max() + 0.2


# --- readers ---


def test_bag_of_words_by_hand(text, call, shaken, reviews):
    model = shaken(build(text, "BagOfWords"))
    predicted = model.predict(reviews)
    for row, words in enumerate(reviews):
        mean = call(model.words, words[row:]).mean(axis=0, keepdims=True)
        np.testing.assert_allclose(
            predicted[row], sigmoid(call(model.out, mean)).item(), rtol=1e-4
        )


def test_attention_pooling_by_hand(text, call, shaken, reviews):
    model = shaken(build(text, "AttentionPooling"))
    predicted, weights = model.predict(reviews), model.weights_of(reviews)
    assert weights.shape == reviews.shape and (weights[reviews == 0] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    for row, words in enumerate(reviews):
        e = call(model.words, words[row:])
        a = np.exp(call(model.query, np.tanh(call(model.key, e)))[:, 0])
        a /= a.sum()
        np.testing.assert_allclose(weights[row, row:], a, rtol=1e-4)
        np.testing.assert_allclose(
            predicted[row], sigmoid(call(model.out, (a @ e)[None])).item(), rtol=1e-4
        )
    assert np.ptp(weights[0]) > 1e-3


def test_text_cnn_by_hand(text, call, shaken, reviews):
    """Padding is a vector of zeros; of each filter, only the best window counts."""
    model = shaken(build(text, "TextCNN"))
    predicted = model.predict(reviews)
    for row, words in enumerate(reviews):
        e = call(model.words, words) * (words != 0)[:, None]
        best = []
        for height, phrases in zip((1, 3), model.phrases, strict=True):
            windows = [
                e[t : t + height].T.reshape(1, -1).astype("f4")
                for t in range(LENGTH - height + 1)
            ]
            best.append(
                np.max(
                    [np.maximum(call(phrases, window)[0], 0) for window in windows],
                    axis=0,
                )
            )
        assert best[1].shape == (4,)
        np.testing.assert_allclose(
            predicted[row],
            sigmoid(call(model.out, np.concatenate(best)[None])).item(),
            rtol=1e-4,
        )


def test_text_lstm_is_a_stacked_lstm_over_vectors(text, call, shaken, reviews):
    model = shaken(build(text, "TextLSTM"))
    np.testing.assert_allclose(
        model.predict(reviews),
        model.lstm.predict(call(model.words, reviews)),
        rtol=1e-5,
    )


@pytest.mark.parametrize("name", SMALL)
def test_reader_loss_by_hand(text, call, shaken, name, reviews):
    model, labels = shaken(build(text, name)), np.array([0, 1, 1, 0, 1, 1])
    predicted = model.predict(reviews).astype("f8")
    expected = -np.log(np.where(labels, predicted, 1 - predicted)).mean()
    assert call(model.batch_loss, reviews, labels) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["BagOfWords", "AttentionPooling", "TextCNN"])
def test_more_padding_changes_nothing(text, shaken, name, reviews):
    """For TextCNN, once there is a whole window of it: before that, more padding shows
    the filters new windows.
    """
    model = shaken(build(text, name))
    start = np.pad(reviews, ((0, 0), (3, 0))) if name == "TextCNN" else reviews
    expected = model.predict(start)
    assert np.ptp(expected) > 0.01
    for pads in ((1, 0), (5, 0), *([(0, 4), (2, 2)] if name != "TextCNN" else [])):
        np.testing.assert_allclose(
            model.predict(np.pad(start, ((0, 0), pads))), expected, rtol=1e-4
        )


@pytest.mark.parametrize("name", SMALL)
def test_who_sees_the_order_of_the_words(text, shaken, name):
    predicted = shaken(build(text, name)).predict(
        np.array([[0, 3, 5, 7, 9], [0, 9, 7, 3, 5]])
    )
    assert np.isclose(*predicted, rtol=1e-5) == (
        name in ("BagOfWords", "AttentionPooling")
    )


@pytest.mark.parametrize("name", SMALL)
def test_readers_at_the_edge(text, shaken, name, reviews):
    """Nothing but padding; more rows than are read at once; each text alone."""
    model = shaken(build(text, name))
    assert np.isfinite(model.predict(np.zeros((2, LENGTH), dtype=int))).all()
    many = np.tile(reviews, (167, 1))[:1001]
    predicted = model.predict(many)
    assert (
        predicted.shape == (1001,)
        and np.ptp(predicted) > 1e-4
        and ((predicted >= 0) & (predicted <= 1)).all()
    )
    for rows in ([0], [1000, 999]):
        np.testing.assert_allclose(
            predicted[rows], model.predict(many[rows]), rtol=1e-4
        )


def test_attention_on_nothing_but_padding_is_even(text):
    weights = build(text, "AttentionPooling").weights_of(np.zeros((1, 4), dtype=int))
    np.testing.assert_allclose(weights, 0.25, rtol=1e-6)


@pytest.mark.parametrize(
    "name", [*list(SMALL)[:3], pytest.param("TextLSTM", marks=pytest.mark.training)]
)
def test_readers_learn_which_word_decides(text, training, name):
    """Word 2 says yes, word 3 says no, the others say nothing."""
    rng = np.random.default_rng(5)
    reviews = rng.integers(4, WORDS, size=(500, LENGTH))
    labels = rng.integers(2, size=500)
    reviews[np.arange(500), rng.integers(2, LENGTH, size=500)] = 3 - labels
    reviews[:, 0] = 0
    model = build(text, name, dim=16, dropout=0.1)
    training.fit(
        model,
        Batches(reviews[:400], labels[:400], batch_size=25),
        epochs=6,
        lr=0.02,
        progress=False,
    )
    assert np.mean((model.predict(reviews[400:]) > 0.5) == labels[400:]) > 0.9
    if name == "AttentionPooling":
        weights = model.weights_of(reviews[400:])
        assert np.mean(weights[reviews[400:] <= 3].reshape(100, 2).max(axis=1)) > 0.3, (
            "it reads the word that decides"
        )
