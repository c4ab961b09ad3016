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
tries     every reader of READERS with four settings each: trained on the first 18,000,
          accuracy on the other 2,000
equal     their accuracy on the test reviews with the best of `tries`; networks: three
          seeds
level     the mean of these, with a 95 % interval over reviews and seeds
pair      the difference of two readers on the same reviews, with its interval

`short` is the accuracy on the reviews with fewer than 100 words, the only ones that are
padded.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from course.experiment import run
from rec_tutor import evaluation
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
WHOLE = 10_000  # words: more than any review has
SHARED, OWN = "the 10,000 words", "its own words"


class Reader(NamedTuple):
    """A model, the words that it knows and how many of each review it gets, the last
    ones. `words` is SHARED or OWN; only TF-IDF can have its own.
    """

    model: str
    words: str = SHARED
    length: int = 100


TFIDF = "TF-IDF"
READERS = {
    "TF-IDF, own words, whole": Reader(TFIDF, OWN, WHOLE),
    "TF-IDF, own words": Reader(TFIDF, OWN),
    "TF-IDF": Reader(TFIDF),
    "TF-IDF, 400 read": Reader(TFIDF, length=400),
    "LSTM": Reader("TextLSTM"),
    "attention": Reader("AttentionPooling"),
    "bag": Reader("BagOfWords"),
    "bag, 400 read": Reader("BagOfWords", length=400),
    "CNN": Reader("TextCNN"),
}
# four tries each (C = 0.5 and 20 were tried at first, too; neither was ever the best)
STRENGTHS: list[dict[str, Any]] = [{"C": c} for c in (1.0, 2.0, 5.0, 10.0)]
STEPS: list[dict[str, Any]] = [
    {"lr": lr, "epochs": epochs} for lr in (0.003, 0.01) for epochs in (1, 2)
]
# the best of `tries`
CHOSEN: dict[str, dict[str, Any]] = {
    "TF-IDF, own words, whole": {"C": 1.0},
    "TF-IDF, own words": {"C": 5.0},
    "TF-IDF": {"C": 1.0},
    "TF-IDF, 400 read": {"C": 1.0},
    "LSTM": {"lr": 0.01, "epochs": 2},
    "attention": {"lr": 0.01, "epochs": 2},
    "bag": {"lr": 0.01, "epochs": 2},
    "bag, 400 read": {"lr": 0.01, "epochs": 2},
    "CNN": {"lr": 0.01, "epochs": 2},
}
PAIRS = [
    ("LSTM", "TF-IDF"),
    ("attention", "TF-IDF"),
    ("bag", "TF-IDF"),
    ("CNN", "TF-IDF"),
    ("LSTM", "TF-IDF, own words"),
    ("TF-IDF, own words", "TF-IDF"),
    ("TF-IDF, 400 read", "TF-IDF"),
    ("bag, 400 read", "bag"),
    ("bag, 400 read", "TF-IDF, 400 read"),
    ("TF-IDF, own words, whole", "TF-IDF, 400 read"),
]


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


@cache
def given(name: str, texts: int) -> tuple[Any, Any]:
    """What a reader gets of the training and of the test reviews: rows of numbers
    (texts, length), or with its own words a list of words each.
    """
    _, words, length = READERS[name]
    both = corpus.train_texts[:texts], corpus.test_texts[:texts]
    if words == OWN:
        train, test = ([tokens(text)[-length:] for text in part] for part in both)
    else:
        train, test = (vocabulary(texts).encode(part, length=length) for part in both)
    return train, test


@cache
def weighed(name: str, texts: int, cut: int) -> tuple[Any, Any]:
    """TF-IDF of the first `cut` training reviews, and of those behind them (of the test
    reviews if there are none): sparse, a column per word.
    """
    train, test = given(name, texts)
    own = READERS[name].words == OWN
    if not own:  # without the padding
        train, test = (
            [row[row > 0].tolist() for row in part] for part in (train, test)
        )
    counted = TfidfVectorizer(analyzer=list, min_df=2 if own else 1, sublinear_tf=True)
    x = counted.fit_transform(train[:cut])
    return x, counted.transform(train[cut:] if cut < len(train) else test)


def right(
    name: str, texts: int, cut: int, settings: dict[str, Any], seed: int
) -> np.ndarray:
    """Trained on the first `cut` training reviews; for each review behind them (each
    test review if there are none): 1.0 if it was judged rightly, else 0.0.
    """
    labels, held_out = corpus.train_labels[:texts], cut < texts
    y, answers = labels[:cut], labels[cut:] if held_out else corpus.test_labels[:texts]
    if READERS[name].model == TFIDF:
        x, z = weighed(name, texts, cut)
        logistic = LogisticRegression(max_iter=500, **settings).fit(x, y)
        praise = logistic.predict_proba(z)[:, 1]
    else:
        train, test = given(name, texts)
        model = fitted(READERS[name].model, train[:cut], y, seed, **settings)
        praise = model.predict(train[cut:] if held_out else test)
    return ((praise > 0.5) == (answers == 1)).astype(float)


def tries(
    reader: str, seed: int, texts: int = ALL, **settings: Any
) -> dict[str, float]:
    cut = round((1 - HELD_OUT) * texts)
    return {"accuracy": right(reader, texts, cut, settings, seed).mean()}


@cache
def tested(reader: str, seed: int, texts: int) -> pd.DataFrame:
    """One row per test review, column `correct`."""
    return pd.DataFrame({"correct": right(reader, texts, texts, CHOSEN[reader], seed)})


def runs(reader: str, texts: int) -> list[pd.DataFrame]:
    """One frame per seed; TF-IDF has none."""
    seeds = SEEDS[:1] if READERS[reader].model == TFIDF else SEEDS
    return [tested(reader, seed, texts) for seed in seeds]


def equal(reader: str, seed: int, texts: int = ALL) -> dict[str, Any]:
    accuracy = tested(reader, seed, texts)["correct"].mean()
    return {**CHOSEN[reader], "accuracy": accuracy}


def level(reader: str, seed: int, texts: int = ALL) -> dict[str, Any]:
    model, words, length = READERS[reader]
    columns = len(vocabulary(texts))
    if model == TFIDF:
        columns = weighed(reader, texts, texts)[0].shape[1]
    interval = evaluation.summarise(runs(reader, texts)).loc["correct"].to_dict()
    return {"words": words, "columns": columns, "length": length, **interval}


def pair(reader: str, baseline: str, seed: int, texts: int = ALL) -> dict[str, float]:
    both: dict[str, Any] = {name: runs(name, texts) for name in (reader, baseline)}
    found = evaluation.compare(both, baseline, metric="correct")
    return found.loc[reader, ["difference", "low", "high", "p"]].to_dict()


PARTS = {
    "choice": choice,
    "reader": reader,
    "words": words,
    "where": where,
    "shuffled": shuffled,
    "tries": tries,
    "equal": equal,
    "level": level,
    "pair": pair,
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
    for name, (model, *_) in READERS.items():
        grid = STRENGTHS if model == TFIDF else STEPS
        listed += [{"part": "tries", "reader": name, **settings} for settings in grid]
    for name in CHOSEN:
        seeds = SEEDS[:1] if READERS[name].model == TFIDF else SEEDS
        listed += [{"part": "equal", "reader": name, "seed": seed} for seed in seeds]
    listed += [{"part": "level", "reader": name} for name in CHOSEN]
    listed += [{"part": "pair", "reader": a, "baseline": b} for a, b in PAIRS]
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
    *({"part": "equal", "reader": name, "texts": 300} for name in READERS),
    {"part": "tries", "reader": "TF-IDF", "C": 2.0, "texts": 1000},
    {"part": "level", "reader": "TF-IDF, own words", "texts": 300},
    {"part": "pair", "reader": "bag", "baseline": "TF-IDF", "texts": 300},
]
# three of a thousand reviews
TOLERANCE = {
    **dict.fromkeys(("accuracy", "mean", "difference"), (0.0, 0.003)),
    **dict.fromkeys(("low", "high"), (0.0, 0.007)),
    "p": (0.0, 0.1),
}

if __name__ == "__main__":
    run(__file__, PARTS, rows(), small=SMALL, seed=0, tolerance=TOLERANCE)
