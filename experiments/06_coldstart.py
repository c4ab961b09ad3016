"""New films: all ratings of some films are hidden from training. Does what is known
about them help, and how much?

Hidden are 20 % of the films at random (five draws), or the newest, those of 1997 and
1998. Models train on each user's first 80 % of ratings (the board's train + validation)
of the other films; asked for are the hidden films among the last 20 %. Films that a
user had rated before are not asked for and not recommended. With several draws a user
counts with the mean over the draws in which there was something to find. Parts, told
apart by the column `part`:

choice    ContentMF's penalty l2, on validation: other films are hidden, the board's
          validation ratings are asked for
score     NDCG@10 of each method: `new` ranks the hidden films only; `all` ranks the
          whole catalogue and asks for hidden films, `list` is the same list, judged by
          everything that the user rated in the test, old films included
pair      one method against another on the same users: difference, 95 % interval, p
trap      ContentMF as it is, and with the hidden films among the answers that training
          takes for wrong
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.data import encoder
from rec_tutor.evaluation import splits
from rec_tutor.inputs import UserBatches, interaction_matrix
from rec_tutor.inputs.text import tokens
from rec_tutor.torch import content, mf, training

ds = data.load("ml-100k")
board = splits.temporal(ds.ratings)
SIZE = (ds.num_users, ds.num_items)
YEAR = ds.items["year"].astype(float).fillna(ds.items["year"].median()).to_numpy()
GENRES = sorted({genre for genres in ds.items["genres"] for genre in genres})
GENRE = np.array(
    [[genre in genres for genre in GENRES] for genres in ds.items["genres"]],
    dtype=float,
)
L2 = 0.01  # the best of `choice`
DRAWS: dict[str, list[int | str]] = {"random": [0, 1, 2, 3, 4], "newest": ["newest"]}
EPOCHS = {"ContentMF": 20, "MF": 12}


def texts(year: bool) -> list[str]:
    rows = ds.items[["title", "year", "genres"]].itertuples(index=False)
    return [
        f"{row.title}{f' ({row.year})' if year and not pd.isna(row.year) else ''}."
        f" {', '.join(row.genres)}"
        for row in rows
    ]


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


@cache
def features(name: str) -> np.ndarray:
    """A vector of length 1 for every film, (num_items, F)."""
    if name == "MiniLM":
        return encoder.encode(texts(year=True))
    if name == "MiniLM, no year":
        return encoder.encode(texts(year=False))
    if name == "TF-IDF":
        vectors, _ = baselines.tf_idf([tokens(text) for text in texts(year=True)])
        return unit(TruncatedSVD(384, random_state=0).fit_transform(vectors))
    if name == "genre, year":
        centres = [1935, 1950, 1960, 1970, 1980, 1988, 1992, *range(1994, 1999)]
        widths = np.gradient(np.array(centres, dtype=float))
        return unit(
            np.hstack([GENRE, np.exp(-(((YEAR[:, None] - centres) / widths) ** 2) / 2)])
        )
    return unit(np.random.default_rng(0).normal(size=(ds.num_items, 384)))


@cache
def hidden(draw: int | str) -> np.ndarray:
    """Which films are new, (num_items,): a random fifth, or those of 1997 and later."""
    if draw == "newest":
        return YEAR >= 1997
    chosen = np.random.default_rng(draw).permutation(ds.num_items)[
        : round(0.2 * ds.num_items)
    ]
    return np.isin(np.arange(ds.num_items), chosen)


def guess(
    known: pd.DataFrame, new: np.ndarray, reach: float = 2.0, shrink: float = 3.0
) -> np.ndarray:
    """How popular films are that are alike, (num_items,): the mean count of known films
    of the same genre and about the same year (weight exp(-years apart / reach)), a
    little pulled towards the mean of all; then over the genres.
    """
    counts = np.bincount(known["item"], minlength=ds.num_items)
    near = np.exp(-np.abs(YEAR[:, None] - YEAR) / reach) * ~new
    by_genre = [
        (near @ (member * counts) + shrink * counts[~new].mean())
        / (near @ member + shrink)
        for member in GENRE.T
    ]
    return (GENRE * np.stack(by_genre, axis=1)).sum(1) / np.maximum(GENRE.sum(1), 1)


def content_mf(
    known: pd.DataFrame,
    new: np.ndarray,
    name: str,
    seed: int,
    l2: float = L2,
    trap: bool = False,
    epochs: int | None = None,
) -> np.ndarray:
    there = np.ones(ds.num_items, dtype=bool) if trap else ~new
    model = content.ContentMF(ds.num_users, features(name)[there], l2=l2, seed=seed)
    matrix = interaction_matrix(known, *SIZE)[:, there]
    epochs = epochs or EPOCHS["ContentMF"]
    training.fit(
        model,
        UserBatches(matrix, seed=seed),
        epochs=epochs,
        lr=0.01,
        decay=True,
        progress=False,
    )
    return model.score_items(np.arange(ds.num_users), features(name))


def scores(
    method: str,
    known: pd.DataFrame,
    new: np.ndarray,
    seed: int,
    epochs: int | None = None,
) -> np.ndarray:
    """Scores of all films, (num_users, num_items), from ratings of known films only
    (but for the last two).
    """
    kind, _, name = method.partition(": ")
    if method == "random":
        return np.random.default_rng(seed).random(SIZE)
    if method == "genre x year":
        return np.tile(guess(known, new), (ds.num_users, 1))
    if kind == "profile":  # the direction of the mean of what was rated
        vectors = features(name) - features(name)[~new].mean(axis=0)
        return unit(interaction_matrix(known, *SIZE) @ vectors) @ unit(vectors).T
    if kind == "ContentMF":
        return content_mf(known, new, name, seed, epochs=epochs)
    if kind == "trap":
        return content_mf(known, new, name, seed, trap=True, epochs=epochs)
    if method == "told: popularity":
        return np.tile(
            np.bincount(board.refit["item"], minlength=ds.num_items), (ds.num_users, 1)
        )
    model = mf.SoftmaxMF(*SIZE, seed=seed)  # "told: MF" and "cold: MF"
    ratings = board.refit if kind == "told" else known
    batches = UserBatches(interaction_matrix(ratings, *SIZE), seed=seed)
    training.fit(
        model,
        batches,
        epochs=epochs or EPOCHS["MF"],
        lr=0.01,
        decay=True,
        progress=False,
    )
    return model.score(np.arange(ds.num_users))


class Fixed:
    def __init__(self, table: np.ndarray):
        self.table = table

    def score(self, users: np.ndarray, histories: Any = None) -> np.ndarray:
        return self.table[users]


def judge(
    table: np.ndarray, new: np.ndarray, test: pd.DataFrame, seen: sparse.csr_matrix
) -> dict[str, pd.Series]:
    asked = test[new[test["item"]]]
    everything, fresh = Fixed(table), Fixed(np.where(new, table, -np.inf))
    return {
        "new": evaluation.evaluate(fresh, asked, seen=seen)["ndcg"],
        "all": evaluation.evaluate(everything, asked, seen=seen)["ndcg"],
        "list": evaluation.evaluate(everything, test, seen=seen)["ndcg"],
    }


@cache
def tested(
    method: str, films: str, draws: int = 5, epochs: int | None = None
) -> dict[str, pd.DataFrame]:
    """Per user, the mean over draws."""
    found: dict[str, list[pd.Series]] = {"new": [], "all": [], "list": []}
    for seed, draw in enumerate(DRAWS[films][:draws]):
        new = hidden(draw)
        known = board.refit[~new[board.refit["item"]]]
        table = scores(method, known, new, seed, epochs)
        for setting, per_user in judge(
            table, new, board.test, interaction_matrix(board.refit, *SIZE)
        ).items():
            found[setting].append(per_user)
    return {
        setting: pd.concat(parts, axis=1).mean(axis=1).sort_index().to_frame("ndcg")
        for setting, parts in found.items()
    }


def choice(
    features: str, l2: float, seed: int, epochs: int | None = None
) -> dict[str, float]:
    new = hidden(100 + seed)
    table = content_mf(
        board.train[~new[board.train["item"]]],
        new,
        features,
        seed,
        l2=l2,
        epochs=epochs,
    )
    found = judge(table, new, board.valid, interaction_matrix(board.train, *SIZE))
    return {setting: per_user.mean() for setting, per_user in found.items()}


def score(method: str, films: str, seed: int, **small: int) -> dict[str, float]:
    row: dict[str, float] = {}
    for setting, per_user in tested(method, films, **small).items():
        row |= {
            f"{setting}_{name}": value
            for name, value in evaluation.summarise(per_user).loc["ndcg"].items()
        }
    return row


def pair(
    method: str, baseline: str, films: str, setting: str, seed: int, **small: int
) -> dict[str, float]:
    both = {name: tested(name, films, **small)[setting] for name in (method, baseline)}
    return (
        evaluation.compare(both, baseline)
        .loc[method, ["difference", "low", "high", "p"]]
        .to_dict()
    )


PARTS = {"choice": choice, "score": score, "pair": pair}
FEATURES = ("TF-IDF", "MiniLM", "MiniLM, no year", "genre, year", "random vectors")
METHODS = (
    "random",
    "genre x year",
    *(f"profile: {name}" for name in FEATURES),
    *(f"ContentMF: {name}" for name in FEATURES),
    "trap: MiniLM",
    "cold: MF",
    "told: popularity",
    "told: MF",
)
BASELINES = (
    "random",
    "genre x year",
    "profile: TF-IDF",
    "ContentMF: TF-IDF",
    "ContentMF: genre, year",
)


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [
        {"part": "choice", "features": name, "l2": l2}
        for name in ("MiniLM", "genre, year")
        for l2 in (0.01, 0.1, 1.0)
    ]
    for films in DRAWS:
        listed += [
            {"part": "score", "films": films, "method": method} for method in METHODS
        ]
        for setting in ("new", "all"):
            for method in (
                "ContentMF: MiniLM",
                "profile: MiniLM",
                "ContentMF: TF-IDF",
                "ContentMF: genre, year",
            ):
                listed += [
                    {
                        "part": "pair",
                        "method": method,
                        "baseline": baseline,
                        "films": films,
                        "setting": setting,
                    }
                    for baseline in BASELINES
                    if baseline != method
                ]
    return listed


FEW: dict[str, Any] = {"films": "random", "draws": 1, "epochs": 2}
TOUCHED = (
    "random",
    "genre x year",
    "profile: TF-IDF",
    "profile: MiniLM",
    "ContentMF: genre, year",
    "ContentMF: MiniLM",
)
SMALL: list[dict[str, Any]] = [
    {"part": "choice", "features": "genre, year", "l2": 0.1, "epochs": 2},
    *(
        {"part": "score", "method": method, **FEW}
        for method in (*TOUCHED, *METHODS[-4:])
    ),
    {"part": "score", "method": "genre x year", "films": "newest"},
    {
        "part": "pair",
        "method": "ContentMF: genre, year",
        "baseline": "genre x year",
        "setting": "new",
        **FEW,
    },
]

if __name__ == "__main__":
    run(__file__, PARTS, rows(), small=SMALL, seed=0, rests_on={"pair": ("score",)})
