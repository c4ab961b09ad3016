"""Readers of reviews: how good are they, and what does the order of the words, the end
and the padding bring?

20,000 reviews to learn from; 100 words of each are read unless said otherwise. Parts,
told apart by the column `part`:

choice    learning rate: trained on the first 18,000, accuracy on the other 2,000
          training texts
reader    accuracy on the test reviews, three seeds, with the best of `choice`
words     TF-IDF and logistic regression on the same words, and on whole reviews; with
          words, or also pairs of words
where     the LSTM with the first words, and with padding behind
shuffled  the LSTM, trained and tested on the same words in random order

`short` is the accuracy on the reviews with fewer than 100 words, the only ones that are
padded.
"""

from functools import cache
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from course.experiment import run
from rec_tutor.data import reviews
from rec_tutor.inputs import Batches
from rec_tutor.inputs.text import Vocabulary, tokens
from rec_tutor.torch import text, training

corpus = reviews.load()
MODELS: dict[str, Any] = {
    "TextLSTM": text.TextLSTM,
    "BagOfWords": text.BagOfWords,
    "AttentionPooling": text.AttentionPooling,
    "TextCNN": text.TextCNN,
}
BEST: dict[str, dict[str, Any]] = {
    "TextLSTM": {"lr": 0.003, "epochs": 1},
    "BagOfWords": {"lr": 0.005, "epochs": 3},
    "AttentionPooling": {"lr": 0.003, "epochs": 2},
    "TextCNN": {"lr": 0.002, "epochs": 2},
}
SEEDS = (0, 1, 2)
HELD_OUT = 0.1  # of the training reviews, for `choice`
ALL = 20_000  # reviews, and more than there are to test on


@cache
def vocabulary(texts: int) -> Vocabulary:
    return Vocabulary(corpus.train_texts[:texts])


@cache
def encoded(
    texts: int, kept: str = "last", padding: str = "front"
) -> tuple[np.ndarray, np.ndarray]:
    settings = {"length": 100, "last": kept == "last", "front": padding == "front"}
    both = corpus.train_texts[:texts], corpus.test_texts[:texts]
    train, test = (vocabulary(texts).encode(part, **settings) for part in both)
    return train, test


def fitted(
    model: str, x: np.ndarray, y: np.ndarray, seed: int, lr: float, epochs: int
) -> Any:
    reader = MODELS[model](seed=seed)
    batches = Batches(x, y, batch_size=128, seed=seed)
    training.fit(reader, batches, epochs=epochs, lr=lr, decay=True, progress=False)
    return reader


def accuracy(model: Any, x: np.ndarray, y: np.ndarray) -> float:
    return float(((model.predict(x) > 0.5) == (y == 1)).mean())


def judge(model: Any, z: np.ndarray) -> dict[str, float]:
    """On the test reviews, and on those that are shorter than 100 words."""
    short, y = (z == 0).any(axis=1), corpus.test_labels[: len(z)]
    return {
        "accuracy": accuracy(model, z, y),
        "short": accuracy(model, z[short], y[short]),
    }


def choice(
    model: str, lr: float, epochs: int, seed: int, texts: int = ALL
) -> dict[str, float]:
    x, y = encoded(texts)[0], corpus.train_labels[:texts]
    cut = round((1 - HELD_OUT) * len(x))
    trained = fitted(model, x[:cut], y[:cut], seed, lr, epochs)
    return {"accuracy": accuracy(trained, x[cut:], y[cut:])}


def reader(model: str, seed: int, texts: int = ALL) -> dict[str, float]:
    x, z = encoded(texts)
    return judge(fitted(model, x, corpus.train_labels[:texts], seed, **BEST[model]), z)


def words(
    part_of_text: str, phrase: int, seed: int, texts: int = ALL
) -> dict[str, float]:
    kept = {"last": slice(-100, None), "first": slice(100), "all": slice(None)}[
        part_of_text
    ]
    both = corpus.train_texts[:texts], corpus.test_texts[:texts]
    train, test = ([" ".join(tokens(review)[kept]) for review in part] for part in both)
    counted = TfidfVectorizer(
        ngram_range=(1, phrase),
        min_df=1 + phrase,
        sublinear_tf=True,
        token_pattern=r"\S+",
    )
    model = LogisticRegression(C=5, max_iter=200).fit(
        counted.fit_transform(train), corpus.train_labels[:texts]
    )
    return {
        "accuracy": model.score(counted.transform(test), corpus.test_labels[:texts])
    }


def where(kept: str, padding: str, seed: int, texts: int = ALL) -> dict[str, float]:
    x, z = encoded(texts, kept, padding)
    return judge(
        fitted("TextLSTM", x, corpus.train_labels[:texts], seed, **BEST["TextLSTM"]), z
    )


def shuffled(seed: int, texts: int = ALL) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    x, z = (table.copy() for table in encoded(texts))
    for row in (*x, *z):
        row[row > 0] = rng.permutation(row[row > 0])
    return judge(
        fitted("TextLSTM", x, corpus.train_labels[:texts], seed, **BEST["TextLSTM"]), z
    )


PARTS = {
    "choice": choice,
    "reader": reader,
    "words": words,
    "where": where,
    "shuffled": shuffled,
}


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [
        {"part": "words", "part_of_text": "last", "phrase": 1}
    ]
    for kept, phrase in (("last", 2), ("first", 1), ("all", 1), ("all", 2)):
        listed.append({"part": "words", "part_of_text": kept, "phrase": phrase})
    listed += [
        {"part": "reader", "model": model, "seed": seed}
        for model in BEST
        for seed in SEEDS
    ]
    listed += [
        {"part": "where", "kept": "last", "padding": "behind", "seed": seed}
        for seed in (0, 1)
    ]
    listed += [
        {"part": "where", "kept": "first", "padding": "front", "seed": seed}
        for seed in (0, 1)
    ]
    listed.append({"part": "shuffled"})
    tried = {
        "TextLSTM": [(0.003, 1), (0.001, 1)],
        "BagOfWords": [(0.005, 3), (0.002, 3)],
        "AttentionPooling": [(0.003, 2), (0.001, 2)],
        "TextCNN": [(0.002, 2), (0.001, 2)],
    }
    listed += [
        {"part": "choice", "model": model, "lr": lr, "epochs": epochs}
        for model, settings in tried.items()
        for lr, epochs in settings
    ]
    return listed


SMALL: list[dict[str, Any]] = [
    *(
        {"part": "words", "part_of_text": kept, "phrase": 2, "texts": 1000}
        for kept in ("last", "first", "all")
    ),
    *({"part": "reader", "model": model, "texts": 500} for model in BEST),
    {"part": "where", "kept": "last", "padding": "behind", "texts": 500},
    {"part": "where", "kept": "first", "padding": "front", "texts": 500},
    {"part": "shuffled", "texts": 500},
    {
        "part": "choice",
        "model": "AttentionPooling",
        "lr": 0.003,
        "epochs": 1,
        "texts": 500,
    },
]
TOLERANCE = {"accuracy": (0.0, 0.003)}  # three of a thousand reviews

if __name__ == "__main__":
    run(__file__, PARTS, rows(), small=SMALL, seed=0, tolerance=TOLERANCE)
