"""Does a picture add to what a tag says? The pictures are real, the people are not.

The shop of chapter 04 (4.5) with a knob: `looks` is the share of a taste's variance
that is about how a thing looks within its class (dark, contrast); the rest is about
what it is (three favourite classes). 0.7 is chapter 04's shop. A draw takes its own
people, 2,000 known and 1,000 new things, and a CNN of its own seed, which learnt the
classes from 60,000 other pictures. Parts, told apart by the column `part`:

choice    the eight settings of a method, in the order of SETTINGS, on another draw,
          half the taste about looks: NDCG@10 among the new things (`new`); `best` is
          the number of the best
score     NDCG@10 among the new things (`new`) of a method, three draws; its interval
          over people; `spread`, the standard deviation of the draws' means. `true pull`
          ranks by what the people were made with: the best there is
weight    how much each kind counts, a mean over new things (and people)
pair      methods against others on the same people, a `group` of such pairs: lists of
          the difference, its 95 % interval, and in how many draws the first was better

A method is its kinds and how they become one (see 12_fusion). `class` is the tag;
`picture` the CNN's 128 numbers; `looks` darkness and contrast themselves, a picture
read perfectly; `dealt` the CNN's numbers of another thing of the same class; `noise`
says nothing.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

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
def read(seed: int, learnt: int) -> np.ndarray:
    """The CNN's numbers of all test pictures, (10000, 128)."""
    model, shown = cnn.CNN(seed=seed), pictures()
    columns = shown.train_images[:learnt], shown.train_labels[:learnt]
    batches = Batches(*columns, batch_size=128, seed=seed)
    training.fit(model, batches, epochs=2, lr=0.002, decay=True, progress=False)
    return model.features(shown.test_images)


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
    seen = scaled(read(draw, learnt)[here.things])
    if name == "noise":
        return item_features.noise(seen, seed=draw)
    if name == "dealt":  # to another thing of the class, known or new as it was
        rng = np.random.default_rng(draw)
        dealt = np.arange(len(seen))
        for kept in (IS_KNOWN, ~IS_KNOWN):
            for label in range(10):
                own = np.flatnonzero(kept & (here.labels == label))
                dealt[own] = rng.permutation(own)
        return seen[dealt]
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
) -> tuple[np.ndarray, fusion.Fusion]:
    """Scores of all things, (USERS, n), and the model."""
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
    return model.score(np.arange(USERS)), model


def judge(table: np.ndarray, looks: float, draw: int) -> pd.Series:
    """NDCG@10 among the new things, per user."""
    new = np.where(IS_KNOWN, -np.inf, table)
    here = shop(looks, draw)
    return evaluation.evaluate(Fixed(new), here.wanted, seen=here.bought)["ndcg"]


def choice(method: str, seed: int, **small: int) -> dict[str, Any]:
    """Its settings on another draw."""
    found = [
        judge(scores(method, 0.5, VALIDATION, **{**one, **small})[0], 0.5, VALIDATION)
        for one in SETTINGS[: 2 if small else None]
    ]
    means = [float(per_user.mean()) for per_user in found]
    return {"new": np.round(means, 4).tolist(), "best": int(np.argmax(means))}


# The best of `choice`: the number of the setting.
CHOSEN: dict[str, int] = {
    "class": 0,
    "picture": 6,
    "early: class, picture": 0,
    "gated: class, picture": 4,
    "attention: class, picture": 6,
    "early: class, looks": 1,
}


def chosen(method: str) -> dict[str, Any]:
    """The settings of a method; a control has those of what it controls."""
    return SETTINGS[CHOSEN[method.replace("dealt", "picture").replace(", noise", "")]]


@cache
def trained(
    method: str, looks: float, draw: int, **small: int
) -> tuple[np.ndarray, fusion.Fusion]:
    return scores(method, looks, draw, **{**chosen(method), **small})


@cache
def tested(method: str, looks: float, draws: int, **small: int) -> pd.DataFrame:
    """Per user and draw."""
    found = []
    for draw in range(draws):
        table = shop(looks, draw).pull
        if method != "true pull":
            table = trained(method, looks, draw, **small)[0]
        found.append(judge(table, looks, draw).rename(draw))
    return pd.concat(found, axis=1)


def mean(table: pd.DataFrame) -> pd.DataFrame:
    return table.mean(axis=1).sort_index().to_frame("ndcg")


def score(
    method: str, looks: float, draws: int, seed: int, **small: int
) -> dict[str, float]:
    table = tested(method, looks, draws, **small)
    found = evaluation.summarise(mean(table)).loc["ndcg"]
    row = {"new": found["mean"], "low": found["low"], "high": found["high"]}
    if draws > 1:
        row["spread"] = table.mean().std(ddof=1)
    return {name: round(float(value), 4) for name, value in row.items()}


def weight(
    method: str, looks: float, draws: int, seed: int, **small: int
) -> dict[str, float]:
    """The mean weight of each kind, of new things."""
    found = []
    for draw in range(draws):
        weights = trained(method, looks, draw, **small)[1].weights_of(np.arange(USERS))
        found.append(weights[:, ~IS_KNOWN].mean(axis=(0, 1)))
    means = np.mean(found, axis=0)
    return {
        name: round(float(value), 4)
        for name, value in zip(members(method)[1], means, strict=True)
    }


def pair(
    group: str, looks: float, draws: int, seed: int, **small: int
) -> dict[str, list[Any]]:
    row: dict[str, list[Any]] = {"method": [], "baseline": [], "difference": []}
    row |= {"low": [], "high": [], "wins": []}
    for method, baseline in GROUPS[group]:
        tables = {
            name: tested(name, looks, draws, **small) for name in (method, baseline)
        }
        both = {name: mean(table) for name, table in tables.items()}
        compared = evaluation.compare(both, baseline).loc[method]
        row["method"].append(method)
        row["baseline"].append(baseline)
        for name in ("difference", "low", "high"):
            row[name].append(round(float(compared[name]), 4))
        wins = tables[method].mean() > tables[baseline].mean()
        row["wins"].append(int(wins.sum()))
    return row


PARTS = {"choice": choice, "score": score, "weight": weight, "pair": pair}
WAYS = ("early", "gated", "attention")
SHARES = (0.0, 0.3, 0.7)
BOTH = [f"{how}: class, picture" for how in WAYS]
NOISY = [f"{how}: class, picture, noise" for how in WAYS]
DEALT = "early: class, dealt"
PERFECT = "early: class, looks"
GROUPS: dict[str, list[tuple[str, str]]] = {
    "both - class": [(name, "class") for name in (*BOTH, DEALT, PERFECT)],
    "both - picture": [(name, "picture") for name in BOTH],
    "noise": list(zip(NOISY, BOTH, strict=True)),
}
METHODS = ("class", "picture", "dealt", *BOTH, DEALT, PERFECT, *NOISY, "true pull")
ROWS: list[dict[str, Any]] = [
    *(
        {"part": "choice", "method": method}
        for method in ("class", "picture", *BOTH, PERFECT)
    ),
    *(
        {"part": "score", "looks": looks, "method": method, "draws": 3}
        for looks in SHARES
        for method in METHODS
    ),
    *(
        {"part": "weight", "looks": looks, "method": method, "draws": 3}
        for looks in SHARES
        for method in NOISY[1:]
    ),
    *(
        {"part": "pair", "group": group, "looks": looks, "draws": 3}
        for looks in SHARES
        for group in GROUPS
    ),
]
FEW: dict[str, Any] = {"looks": 0.3, "draws": 1, "epochs": 1, "learnt": 500}
SMALL: list[dict[str, Any]] = [
    {"part": "choice", "method": "class", "epochs": 1, "learnt": 500},
    *(
        {"part": "score", "method": method, **FEW}
        for method in ("picture", DEALT, PERFECT, *NOISY, "true pull")
    ),
    {"part": "weight", "method": NOISY[1], **FEW},
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
