"""From text to numbers, for both frameworks: words, a vocabulary, and the pairs that
skip-gram learns from.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
PADDING, UNKNOWN = "<padding>", "<unknown>"


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation: "It isn't bad!" gives it,
    isn't, bad.

    Made for English: words are runs of the letters a to z and digits, with at most one
        apostrophe inside.
    """
    return WORD.findall(text.lower())


class Vocabulary:
    """Numbers for the most frequent words: 0 is padding, 1 any unknown word, 2 the most
    frequent word, and so on.

    words: list, number -> word. counts: int64 (len(words),), how often each occurs in
        `texts`.

    Args:
        texts: what to count words in: the *training* texts, or the test set has a say
            in which words exist.
        size: how many numbers there are at most, 0 and 1 included. Words of equal
            frequency are in alphabetical order.
    """

    def __init__(self, texts: Sequence[str], size: int = 10_000):
        if size < 3:
            raise ValueError(
                "size must be at least 3 (padding, unknown and one word); it is"
                f" {size}."
            )
        counts = Counter(word for text in texts for word in tokens(text))
        if not counts:
            raise ValueError("There is no word in these texts.")
        known = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[: size - 2]
        self.words = [PADDING, UNKNOWN, *(word for word, _ in known)]
        unknown = counts.total() - sum(count for _, count in known)
        self.counts = np.array(
            [0, unknown, *(count for _, count in known)], dtype=np.int64
        )
        self._numbers = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def index(self, word: str) -> int:
        """The number of a word.

        Raises:
            ValueError: for a word that is not in the vocabulary.
        """
        try:
            return self._numbers[word]
        except KeyError:
            raise ValueError(
                f"{word!r} is not among the {len(self):,} words of the vocabulary."
            ) from None

    def numbers(self, text: str) -> np.ndarray:
        """All words of a text as numbers: int64 (words of the text,)."""
        return np.array(
            [self._numbers.get(word, 1) for word in tokens(text)], dtype=np.int64
        )

    def encode(
        self,
        texts: Sequence[str],
        length: int = 100,
        last: bool = True,
        front: bool = True,
    ) -> np.ndarray:
        """Texts as rows of one length: int64 (len(texts), length).

        Args:
            last: keep the last words of a longer text (else the first).
            front: fill shorter texts up with 0 in front (else behind).
        """
        if length < 1:
            raise ValueError(f"length must be at least 1; it is {length}.")
        rows = np.zeros((len(texts), length), dtype=np.int64)
        for row, text in zip(rows, texts, strict=True):
            numbers = self.numbers(text)
            kept = numbers[-length:] if last else numbers[:length]
            start = length - len(kept) if front else 0
            row[start : start + len(kept)] = kept
        return rows


def skip_grams(
    sequences: Sequence[np.ndarray], window: int, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of neighbours, what skip-gram learns from (Mikolov et al. 2013,
    arXiv:1301.3781): two int64 arrays.

    Around each centre a reach r is drawn uniformly from 1..window; every item at most r
    places away, before or after, is a context of that centre. So a neighbour at
    distance d is a pair with probability (window - d + 1) / window: the nearer, the
    more often.
    """
    if window < 1:
        raise ValueError(f"window must be at least 1; it is {window}.")
    rng = np.random.default_rng(seed)
    sizes = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    if sizes.sum() == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    flat = np.concatenate(sequences).astype(np.int64, copy=False)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    reach = rng.integers(1, window + 1, size=len(flat))
    centres, contexts = [flat[:0]], [flat[:0]]
    for distance in range(1, min(window, len(flat) - 1) + 1):
        same = owner[distance:] == owner[:-distance]
        before, after = np.flatnonzero(same), np.flatnonzero(same) + distance
        for centre, context in ((before, after), (after, before)):
            chosen = reach[centre] >= distance
            centres.append(flat[centre[chosen]])
            contexts.append(flat[context[chosen]])
    return np.concatenate(centres), np.concatenate(contexts)


def subsample(
    sequences: Sequence[np.ndarray],
    counts: np.ndarray,
    threshold: float = 1e-4,
    seed: int | np.random.Generator = 0,
) -> list[np.ndarray]:
    """Leave out some occurrences of very frequent words (Mikolov et al. 2013,
    arXiv:1310.4546), and all of 0 and 1.

    An occurrence of word w, whose share of all occurrences is f(w), is kept with
    probability min(1, sqrt(threshold / f(w))): of "the" little is left, of a rare word
    everything.
    """
    rng = np.random.default_rng(seed)
    share = np.asarray(counts, dtype=np.float64) / max(np.sum(counts), 1)
    kept = np.minimum(1.0, np.sqrt(threshold / np.maximum(share, 1e-12)))
    kept[:2] = 0.0
    return [
        sequence[rng.random(len(sequence)) < kept[sequence]] for sequence in sequences
    ]


class WordSampler:
    """Draws negatives for skip-gram: words with probability proportional to
    count**power, whatever the centre is.

    Goes into `rec_tutor.inputs.Batches` as `negatives`. counts: (num_words,), how often
    each occurs; what never occurs is never drawn. power: 0.75 is word2vec's choice
    (Mikolov et al. 2013, arXiv:1310.4546).
    """

    def __init__(
        self,
        counts: np.ndarray,
        power: float = 0.75,
        seed: int | np.random.Generator = 0,
    ):
        counts = np.asarray(counts, dtype=np.float64)
        if (
            counts.ndim != 1
            or not np.isfinite(counts).all()
            or (counts < 0).any()
            or counts.sum() == 0
        ):
            raise ValueError(
                "counts must be a one-dimensional array of numbers from 0 up, not all"
                " of them 0."
            )
        weights = np.where(counts > 0, counts**power, 0.0)
        self._cumulative = np.cumsum(weights) / weights.sum()
        self._cumulative[np.flatnonzero(weights)[-1] :] = 1.0
        self._rng = np.random.default_rng(seed)

    def sample(self, centres: np.ndarray) -> np.ndarray:
        """One word per entry of `centres`: int64, the same length."""
        return np.searchsorted(
            self._cumulative, self._rng.random(len(centres)), side="right"
        ).astype(np.int64)
