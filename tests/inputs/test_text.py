"""Words, their numbers, and the pairs that skip-gram learns from."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rec_tutor.inputs import Batches, text

quick = settings(max_examples=60, deadline=None, derandomize=True)
some_texts = st.lists(st.text(alphabet="abc '.", max_size=20), min_size=1, max_size=6)
some_sequences = st.lists(
    st.lists(st.integers(0, 9), max_size=8).map(lambda s: np.array(s, dtype=np.int64)),
    max_size=5,
)
# bad 3, film 2, good 2, a 1, so 1
REVIEWS = ["Good, good film!", "A bad film. So bad: bad", ""]


# --- words ---


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("It isn't BAD!", ["it", "isn't", "bad"]),
        ("  'Tis -- the dogs' 2nd film...", ["tis", "the", "dogs", "2nd", "film"]),
        ("one<br />two\nthree_four", ["one", "br", "two", "three", "four"]),
        ("", []),
        ("?! …", []),
    ],
)
def test_tokens(given, expected):
    assert text.tokens(given) == expected


def test_vocabulary_counts_and_breaks_ties_by_the_alphabet():
    vocabulary = text.Vocabulary(REVIEWS)
    assert vocabulary.words == [
        "<padding>",
        "<unknown>",
        "bad",
        "film",
        "good",
        "a",
        "so",
    ]
    assert (
        vocabulary.counts.tolist() == [0, 0, 3, 2, 2, 1, 1]
        and vocabulary.counts.dtype == np.int64
    )
    assert [vocabulary.index(word) for word in vocabulary.words] == list(
        range(len(vocabulary))
    )
    small = text.Vocabulary(REVIEWS, size=4)
    assert small.words[2:] == ["bad", "film"] and len(small) == 4
    assert small.counts.tolist() == [0, 4, 3, 2], "what is left out counts as unknown"
    with pytest.raises(ValueError, match="'good' is not among the 4 words"):
        small.index("good")


def test_encode_keeps_and_fills_either_end():
    vocabulary = text.Vocabulary(REVIEWS)
    texts = ["So bad, good film", "good never", ""]
    assert vocabulary.encode(texts, 3).tolist() == [[2, 4, 3], [0, 4, 1], [0, 0, 0]]
    assert vocabulary.encode(texts, 3, last=False).tolist() == [
        [6, 2, 4],
        [0, 4, 1],
        [0, 0, 0],
    ]
    assert vocabulary.encode(texts, 3, front=False).tolist() == [
        [2, 4, 3],
        [4, 1, 0],
        [0, 0, 0],
    ]
    assert (
        vocabulary.encode([], 3).shape == (0, 3)
        and vocabulary.encode(texts, 3).dtype == np.int64
    )
    assert vocabulary.numbers(texts[0]).tolist() == [6, 2, 4, 3]
    assert vocabulary.numbers("").dtype == np.int64


@quick
@given(some_texts, st.integers(1, 9), st.booleans(), st.booleans())
def test_encode_against_a_loop(texts, length, last, front):
    vocabulary = text.Vocabulary(["a b", "a c'a"], size=4)
    for row, own in zip(
        vocabulary.encode(texts, length, last=last, front=front), texts, strict=True
    ):
        words = [
            word if word in vocabulary.words else "<unknown>"
            for word in text.tokens(own)
        ]
        words = words[max(len(words) - length, 0) :] if last else words[:length]
        filling = ["<padding>"] * (length - len(words))
        assert [vocabulary.words[number] for number in row] == (
            filling + words if front else words + filling
        )


def test_vocabulary_errors():
    with pytest.raises(ValueError, match="size must be at least 3"):
        text.Vocabulary(REVIEWS, size=2)
    with pytest.raises(ValueError, match="no word in these texts"):
        text.Vocabulary(["", "?!"])
    with pytest.raises(ValueError, match="length must be at least 1; it is 0"):
        text.Vocabulary(REVIEWS).encode(REVIEWS, 0)


# --- pairs ---


def neighbours(sequences, window):
    """All pairs at most `window` apart, with their distance."""
    return [
        (int(sequence[i]), int(sequence[j]), abs(i - j))
        for sequence in sequences
        for i in range(len(sequence))
        for j in range(len(sequence))
        if 0 < abs(i - j) <= window
    ]


@quick
@given(some_sequences, st.integers(1, 9), st.integers(0, 3))
def test_skip_grams_are_neighbours(sequences, window, seed):
    """All pairs next to each other, some of those further apart, and none from one
    sequence to the next.
    """
    centres, contexts = text.skip_grams(sequences, window, seed)
    assert (
        centres.shape == contexts.shape and centres.dtype == contexts.dtype == np.int64
    )
    drawn = Counter(zip(centres.tolist(), contexts.tolist(), strict=True))
    near, all_ = (
        Counter(pair[:2] for pair in neighbours(sequences, reach))
        for reach in (1, window)
    )
    assert near <= drawn <= all_
    if window == 1:
        assert drawn == near


def test_nearer_neighbours_are_drawn_more_often():
    """With probability (window - distance + 1) / window, and all contexts of a centre
    up to one reach.
    """
    window, sequences = 4, [np.arange(9)] * 10_000
    centres, contexts = text.skip_grams(sequences, window, seed=1)
    distances = np.abs(centres - contexts)
    for distance in range(1, window + 1):
        expected = 2 * (9 - distance) * 10_000 * (window - distance + 1) / window
        assert np.sum(distances == distance) == pytest.approx(expected, rel=0.05)
    before, after = (np.sum((centres - contexts) * sign == window) for sign in (1, -1))
    assert before == pytest.approx(after, rel=0.1), "in both directions"

    lonely = [np.array([1, 2, 3, 4, 5])]  # the reach of 3 is the same before and after
    for seed in range(20):
        centres, contexts = text.skip_grams(lonely, 2, seed)
        assert set(contexts[centres == 3]) in ({2, 4}, {1, 2, 4, 5})


def test_skip_grams_of_nothing():
    for sequences in (
        [],
        [np.array([], dtype=np.int64)],
        [np.array([3]), np.array([4])],
    ):
        centres, contexts = text.skip_grams(sequences, 2)
        assert centres.shape == contexts.shape == (0,) and centres.dtype == np.int64
    with pytest.raises(ValueError, match="window must be at least 1"):
        text.skip_grams([np.arange(3)], 0)


def test_pairs_and_what_is_left_out_come_from_the_seed():
    sequences = [np.arange(50)]
    one, same, other = (text.skip_grams(sequences, 5, seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert len(one[0]) != len(other[0]) or (one[0] != other[0]).any()
    one, same, other = (
        text.subsample(sequences, np.full(50, 9), 1e-3, seed)[0].tolist()
        for seed in (1, 1, 2)
    )
    assert one == same != other


def test_subsample_thins_out_the_frequent():
    counts = np.array([0, 500, 9000, 490, 10])
    sequences = [
        np.repeat(np.arange(5), [50, 500, 9000, 490, 10]),
        np.array([], dtype=np.int64),
        np.array([4, 2, 4]),
    ]
    thin = text.subsample(sequences, counts, threshold=0.009, seed=0)
    assert [len(part) for part in thin[1:]] in ([0, 2], [0, 3]), "rare words stay"
    left = np.bincount(thin[0], minlength=5)
    assert left[:2].tolist() == [0, 0], "padding and unknown words go"
    assert left[2] == pytest.approx(9000 * np.sqrt(0.009 / 0.9), rel=0.15)
    assert left[3] == pytest.approx(490 * np.sqrt(0.009 / 0.049), rel=0.2)
    assert left[4] == 10
    assert (np.diff(thin[0]) >= 0).all(), "in their order"
    assert [len(part) for part in sequences] == [10050, 0, 3]


# --- negatives ---


@pytest.mark.parametrize("power", [0.0, 0.75, 1.0])
def test_word_sampler_draws_by_counts(power):
    counts = np.array([0, 10, 0, 1000, 90, 0])
    drawn = np.bincount(
        text.WordSampler(counts, power, seed=2).sample(np.zeros(60_000, dtype=int)),
        minlength=6,
    )
    expected = np.where(counts > 0, counts.astype(float) ** power, 0)
    assert (drawn[counts == 0] == 0).all()
    np.testing.assert_allclose(drawn / 60_000, expected / expected.sum(), atol=0.01)
    assert (drawn[counts > 0] > 0).all()


@pytest.mark.parametrize("uniform", [0.0, 0.5, np.nextafter(1.0, 0.0)])
def test_word_sampler_at_the_edges_never_draws_what_never_occurs(uniform):
    sampler = text.WordSampler(np.array([0, 1, 0, 1, 0]), power=1.0)
    sampler._rng = type("Fixed", (), {"random": lambda self, n: np.full(n, uniform)})()
    assert sampler.sample(np.zeros(1)).tolist() == [1 if uniform < 0.5 else 3]


def test_word_sampler_goes_into_batches():
    centres = np.arange(10)
    batches = Batches(
        centres,
        centres,
        batch_size=4,
        negatives=text.WordSampler(np.array([0, 0, 5, 5]), seed=1),
        num_negatives=3,
    )
    epochs = [[negatives for *_, negatives in batches.epoch()] for _ in range(2)]
    assert [part.shape for part in epochs[0]] == [(4, 3), (4, 3), (2, 3)]
    assert set(np.concatenate(epochs[0]).ravel()) == {2, 3}
    assert (np.concatenate(epochs[0]) != np.concatenate(epochs[1])).any()


@pytest.mark.parametrize(
    "counts", [[0, 0], [], [2, -1], [1.0, np.nan], [np.inf, 1], [[1, 2]]]
)
def test_word_sampler_errors(counts):
    with pytest.raises(
        ValueError, match="counts must be a one-dimensional array of numbers from 0 up"
    ):
        text.WordSampler(np.array(counts))


def test_nothing_seeds_globally():
    def state():
        _, keys, place, *_ = np.random.get_state()  # noqa: NPY002
        return place, keys.tolist()

    before = state()
    text.skip_grams([np.arange(9)], 3)
    text.subsample([np.arange(9)], np.ones(9))
    text.WordSampler(np.ones(3)).sample(np.zeros(5))
    assert state() == before
