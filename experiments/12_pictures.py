"""Does a picture add to what a tag says? The pictures are real, the people are not.

The shop of chapter 04 (4.5) with a knob: `looks` is the share of a taste's variance
that is about how a thing looks within its class (dark, contrast); the rest is about
what it is (three favourite classes). 0.7 is chapter 04's shop. A draw takes its own
people, 2,000 known and 1,000 new things, and a CNN of its own seed, which learnt the
classes from 60,000 other pictures. All intervals are over draws: an interval over
people does not see the luck with things. Parts, told apart by the column `part`:

choice    the eight settings of a method, in the order of SETTINGS, on another draw,
          half the taste about looks: NDCG@10 among the new things (`new`); `best` is
          the number of the best
read      what the CNN's numbers tell of new things: how many classes it names rightly
          (`named`); R^2 of darkness and contrast, read from them by a ridge regression
          that learnt from the known things
score     NDCG@10 among the new things of a method: `new`, its interval, and the
          `spread` of the draws. `true pull` ranks by what the people were made with:
          the best there is
pair      methods against others in the same draws, a `group` of such pairs: lists of
          the difference, its 95 % interval, and in how many draws the first was better

A method is its kinds and how they become one (see 12_fusion). `class` is the tag;
`picture` the CNN's 128 numbers, `untrained` those of a CNN as it began; `guess` the
class that the CNN names; `looks` darkness and contrast themselves, a picture read
perfectly; `dealt` the CNN's numbers of another thing of the same class; `noise` says
nothing.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.linear_model import RidgeCV

from course.experiment import run
from rec_tutor import evaluation
from rec_tutor.data import fashion
from rec_tutor.inputs import Batches, UserBatches, interaction_matrix, item_features
from rec_tutor.recipes.recommender import Fixed
from rec_tutor.torch import cnn, fusion, training

USERS, KNOWN, NEW = 1000, 2000, 1000
SIZE = USERS, KNOWN + NEW
VARIANCE = 2.84  # of a taste over things: that of chapter 04
ALL = 60_000  # pictures that the CNN learns from
VALIDATION = 100  # the draw that settings are chosen on
SETTINGS = [
    {"l2": l2, "epochs": epochs}
    for epochs in (20, 60)
    for l2 in (0.003, 0.01, 0.03, 0.1)
]
IS_KNOWN = np.arange(KNOWN + NEW) < KNOWN


@cache
def pictures() -> fashion.Pictures:
    return fashion.load()


def looks_of(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How dark and how strong in contrast a product is, as standard scores within its
    class: (n, 2).
    """
    grey = images / 255
    product = grey > 0.1
    area = product.sum(axis=(1, 2))
    dark = (grey * product).sum(axis=(1, 2)) / area
    far = (grey - dark[:, None, None]) ** 2 * product
    both = pd.DataFrame(
        {"dark": dark, "contrast": np.sqrt(far.sum(axis=(1, 2)) / area)}
    )
    own = both.groupby(labels)
    return ((both - own.transform("mean")) / own.transform("std")).to_numpy()


@dataclass(frozen=True, eq=False)
class Shop:
    """Things, known ones first: their numbers among the test pictures and classes,
    (n,), and looks, (n, 2); what was bought and what is wanted of the new ones; the
    true pull, (USERS, n).
    """

    things: np.ndarray
    labels: np.ndarray
    looks: np.ndarray
    bought: sparse.csr_matrix
    wanted: pd.DataFrame
    pull: np.ndarray


@cache
def shop(looks: float, draw: int) -> Shop:
    rng = np.random.default_rng(draw)
    images, labels = pictures().test_images, pictures().test_labels
    things = rng.permutation(len(images))[: KNOWN + NEW]
    within = looks_of(images, labels)[things]
    favourites = rng.random((USERS, 10)).argsort(axis=1)[:, :3]
    likes = np.zeros((USERS, 10))
    np.put_along_axis(likes, favourites, 1 / np.sqrt(0.3 * 0.7), axis=1)
    taste = rng.normal(size=(USERS, 2)) / np.sqrt(2)
    appeal = rng.normal(0, 0.5, len(things))
    what, how = np.sqrt(VARIANCE * (1 - looks)), np.sqrt(VARIANCE * looks)
    pull = what * likes[:, labels[things]] + how * taste @ within.T + appeal

    def choices(first: int, last: int, n: int) -> pd.DataFrame:
        part = pull[:, first:last]
        picked = first + evaluation.largest(part + rng.gumbel(size=part.shape), n)
        users = np.repeat(np.arange(USERS), n)
        return pd.DataFrame({"user": users, "item": picked.ravel(), "rating": 1.0})

    bought = interaction_matrix(choices(0, KNOWN, 30), *SIZE)
    wanted = choices(KNOWN, KNOWN + NEW, 10)
    return Shop(things, labels[things], within, bought, wanted, pull)


@cache
def network(seed: int, learnt: int) -> cnn.CNN:
    """A CNN that learnt the classes; of 0 pictures, one as it begins."""
    model, shown = cnn.CNN(seed=seed), pictures()
    if learnt:
        columns = shown.train_images[:learnt], shown.train_labels[:learnt]
        batches = Batches(*columns, batch_size=128, seed=seed)
        training.fit(model, batches, epochs=2, lr=0.002, decay=True, progress=False)
    return model


def scaled(block: np.ndarray) -> np.ndarray:
    """Columns as standard scores over the known things, rows of length 1."""
    mean, spread = block[:KNOWN].mean(axis=0), block[:KNOWN].std(axis=0)
    table = (block - mean) / np.where(spread > 1e-6, spread, 1)
    return (table / np.linalg.norm(table, axis=1, keepdims=True)).astype(np.float32)


@cache
def block(name: str, looks: float, draw: int, learnt: int) -> np.ndarray:
    here = shop(looks, draw)
    if name == "class":
        return np.eye(10, dtype=np.float32)[here.labels]
    if name == "looks":
        return (here.looks / np.sqrt(2)).astype(np.float32)
    model = network(draw, 0 if name == "untrained" else learnt)
    images = pictures().test_images[here.things]
    if name == "guess":
        return np.eye(10, dtype=np.float32)[model.predict(images).argmax(axis=1)]
    seen = scaled(model.features(images))
    if name == "noise":
        return item_features.noise(seen, seed=draw)
    if name == "dealt":  # to another thing of its class, known or new as it is
        rng = np.random.default_rng(draw)
        order = np.arange(len(seen))
        for kept in (IS_KNOWN, ~IS_KNOWN):
            for label in range(10):
                own = rng.permutation(np.flatnonzero(kept & (here.labels == label)))
                order[own] = np.roll(own, 1)
        return seen[order]
    return seen


def members(method: str) -> tuple[str, tuple[str, ...]]:
    """How they become one, and which kinds: "gated: class, picture"."""
    how, _, names = method.rpartition(": ")
    return how or "early", tuple(names.split(", "))


def scores(
    method: str,
    looks: float,
    draw: int,
    l2: float,
    epochs: int,
    learnt: int = ALL,
) -> np.ndarray:
    """Scores of all things, (USERS, n)."""
    how, names = members(method)
    blocks = [block(name, looks, draw, learnt) for name in names]
    model = fusion.Fusion(USERS, blocks, IS_KNOWN, how, l2=l2, seed=draw)
    training.fit(
        model,
        UserBatches(shop(looks, draw).bought, seed=draw),
        epochs=epochs,
        lr=0.01,
        decay=True,
        progress=False,
    )
    return model.score(np.arange(USERS))


def judge(table: np.ndarray, looks: float, draw: int) -> pd.Series:
    """NDCG@10 among the new things, per user."""
    new = np.where(IS_KNOWN, -np.inf, table)
    here = shop(looks, draw)
    return evaluation.evaluate(Fixed(new), here.wanted, seen=here.bought)["ndcg"]


def choice(method: str, seed: int, **small: int) -> dict[str, Any]:
    """Its settings on another draw."""
    found = [
        judge(scores(method, 0.5, VALIDATION, **{**one, **small}), 0.5, VALIDATION)
        for one in SETTINGS[: 2 if small else None]
    ]
    means = [float(per_user.mean()) for per_user in found]
    return {"new": np.round(means, 4).tolist(), "best": int(np.argmax(means))}


# The best of `choice`: the number of the setting.
CHOSEN: dict[str, int] = {
    "class": 0,
    "picture": 6,
    "untrained": 7,
    "early: class, picture": 0,
    "gated: class, picture": 4,
    "attention: class, picture": 6,
    "early: class, looks": 1,
}


LIKE = {"dealt": "picture", "guess": "class", ", noise": ""}


def chosen(method: str) -> dict[str, Any]:
    """The settings of a method; a control has those of what it controls."""
    for control, name in LIKE.items():
        method = method.replace(control, name)
    return SETTINGS[CHOSEN[method]]


def read(draws: int, seed: int, learnt: int = ALL) -> dict[str, float]:
    found: dict[str, list[float]] = {"named": [], "dark": [], "contrast": []}
    for draw in range(draws):
        here = shop(0.0, draw)
        images = pictures().test_images[here.things]
        guess = network(draw, learnt).predict(images[~IS_KNOWN]).argmax(axis=1)
        found["named"].append((guess == here.labels[~IS_KNOWN]).mean())
        seen = block("picture", 0.0, draw, learnt)
        for name, values in zip(("dark", "contrast"), here.looks.T, strict=True):
            line = RidgeCV(np.logspace(-4, 1, 6)).fit(seen[IS_KNOWN], values[IS_KNOWN])
            found[name].append(line.score(seen[~IS_KNOWN], values[~IS_KNOWN]))
    return {name: round(float(np.mean(v)), 4) for name, v in found.items()}


@cache
def tested(method: str, looks: float, draw: int, **small: int) -> float:
    """The mean over people."""
    table = shop(looks, draw).pull
    if method != "true pull":
        table = scores(method, looks, draw, **{**chosen(method), **small})
    return float(judge(table, looks, draw).mean())


def by_draw(method: str, looks: float, draws: int, **small: int) -> pd.DataFrame:
    means = [tested(method, looks, draw, **small) for draw in range(draws)]
    return pd.DataFrame({"ndcg": means})


def score(
    method: str, looks: float, draws: int, seed: int, **small: int
) -> dict[str, float]:
    table = by_draw(method, looks, draws, **small)
    found = evaluation.summarise(table).loc["ndcg"]
    row = {"new": found["mean"], "low": found["low"], "high": found["high"]}
    row["spread"] = table["ndcg"].std(ddof=1)
    return {name: round(float(value), 4) for name, value in row.items()}


def pair(
    group: str, looks: float, draws: int, seed: int, **small: int
) -> dict[str, list[Any]]:
    row: dict[str, list[Any]] = {"method": [], "baseline": [], "difference": []}
    row |= {"low": [], "high": [], "wins": []}
    for method, baseline in GROUPS[group]:
        both = {
            name: by_draw(name, looks, draws, **small) for name in (method, baseline)
        }
        compared = evaluation.compare(both, baseline).loc[method]
        row["method"].append(method)
        row["baseline"].append(baseline)
        for name in ("difference", "low", "high"):
            row[name].append(round(float(compared[name]), 4))
        wins = both[method]["ndcg"] > both[baseline]["ndcg"]
        row["wins"].append(int(wins.sum()))
    return row


PARTS = {"choice": choice, "read": read, "score": score, "pair": pair}
WAYS = ("early", "gated", "attention")
SHARES = (0.0, 0.3, 0.7)
DRAWS = 8
BOTH = [f"{how}: class, picture" for how in WAYS]
NOISY = "early: class, picture, noise"
DEALT = "early: class, dealt"
GUESS = "early: guess, picture"
PERFECT = "early: class, looks"
GROUPS: dict[str, list[tuple[str, str]]] = {
    "both - class": [(name, "class") for name in (*BOTH, DEALT, PERFECT)],
    "both - picture": [(name, "picture") for name in (*BOTH, GUESS, "untrained")],
    "both - both": [(name, BOTH[0]) for name in (GUESS, NOISY)],
}
METHODS = ("class", "picture", "untrained", *BOTH, NOISY, DEALT, GUESS, PERFECT)
ROWS: list[dict[str, Any]] = [
    *(
        {"part": "choice", "method": method}
        for method in ("class", "picture", "untrained", *BOTH, PERFECT)
    ),
    {"part": "read", "draws": DRAWS},
    *(
        {"part": "score", "looks": looks, "method": method, "draws": DRAWS}
        for looks in SHARES
        for method in (*METHODS, "true pull")
    ),
    *(
        {"part": "pair", "group": group, "looks": looks, "draws": DRAWS}
        for looks in SHARES
        for group in GROUPS
    ),
]
FEW: dict[str, Any] = {"looks": 0.3, "draws": 2, "epochs": 1, "learnt": 500}
SMALL: list[dict[str, Any]] = [
    {"part": "choice", "method": "class", "epochs": 1, "learnt": 500},
    {"part": "read", "draws": 1, "learnt": 500},
    *(
        {"part": "score", "method": method, **FEW}
        for method in (*METHODS[1:], "true pull")
    ),
    {"part": "pair", "group": "both - class", **FEW},
]

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        ROWS,
        small=SMALL,
        seed=0,
        rests_on={"pair": ("score",)},
    )
