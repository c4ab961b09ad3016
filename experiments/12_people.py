"""How good are lists for a new person after n answers?

A fifth of the people is new (`splits.new_users`, three draws): models are trained on
the others. A new person's last fifth of ratings is to be found. Those are asked who
have MOST answers to give before it, and `pick` says which n of these are told: the
first in time, the last in time, or any (random). Nothing from before the last fifth is
recommended, however many answers are told, so that all numbers are about the same
candidates; part `mask` says what happens where only the answers are left out. With
several draws a person counts with the mean over the draws in which he or she is new.

Options were chosen on a fifth of the people of draw 0's training part (`tune`: the
tries for each method, the mean over n, first and random answers), and kept for all
draws. A row is about all n of a method: lists, as long as `n`. `wins` says in how many
of the three draws the first was better.

tune    NDCG@10 of each setting in TRIES for other new people; `best` is its number
curve   NDCG@10 of a method after n answers, and what it is `over` popularity for the
        same people, with 95 % intervals
pair    one method against another on the same people: difference, 95 % interval
picked  other answers against the first n, likewise
mask    as curve, where only what was answered is left out
warm    all answers told to a model that was trained without these people, `new`,
        beside the same model trained with them, `known`
cost    CPU seconds of one training, and milliseconds for one new person's scores

Of MovieLens-1M there are fewer methods, the options were chosen on 150 people, and at
most 400 people are asked in each draw.

`prior`: m further answers, spread over all films like the ratings of everybody: a
person of whom we know little is mostly average. `retrained`: the n answers of all new
people join the training data. `group`: how often people of the same sex and band of
age (MovieLens asked them) rated a film, and everybody's rate counts as m more of them.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from course.experiment import run
from rec_tutor import baselines, data, evaluation, foldin
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import boards, splits
from rec_tutor.inputs import UserBatches, interaction_matrix, sequences
from rec_tutor.inputs.sampling import Batches
from rec_tutor.torch import mf, rnn, training

NUMBERS = (1, 2, 5, 10, 20)
MOST, ALL = max(NUMBERS), 10**6
DRAWS = 3
BANDS = (18, 25, 35, 45, 50, 56)  # first years of the bands of age of MovieLens-1M
Options = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Cut:
    """One draw: what is trained on, and the new people who are asked, (n,)."""

    ds: Dataset
    train: pd.DataFrame
    first: pd.DataFrame  # all that they could answer
    test: pd.DataFrame
    users: np.ndarray
    draw: int

    def matrix(self, ratings: pd.DataFrame) -> sparse.csr_matrix:
        return interaction_matrix(ratings, self.ds.num_users, self.ds.num_items)


dataset = cache(data.load)


@cache
def cut(name: str, draw: int, inner: bool = False, people: int = 400) -> Cut:
    ds = dataset(name)
    split = splits.new_users(ds.ratings, seed=draw)
    if inner:  # other new people, for the options
        split = splits.new_users(split.train, seed=draw)
    assert split.fold_in is not None and splits.leaks(split, "users").empty
    counts = split.fold_in["user"].value_counts()
    users = np.intersect1d(counts.index[counts >= MOST], split.test["user"])
    if len(users) > people:
        rng = np.random.default_rng(draw)
        users = np.sort(rng.choice(users, people, replace=False))
    first, test = (
        part[part["user"].isin(users)] for part in (split.fold_in, split.test)
    )
    return Cut(ds, split.train, first, test, users, draw)


def answers(here: Cut, n: int, pick: str) -> pd.DataFrame:
    """Everybody's first, last or any n ratings before what is to be found."""
    if pick == "first":
        return splits.answers(here.first, n)
    rows = here.first.sort_values("timestamp", kind="stable").iloc[::-1]
    if pick == "random":
        rows = rows.sample(frac=1, random_state=here.draw)
    chosen = rows[rows.groupby("user").cumcount() < n].index
    return here.first.loc[np.sort(chosen)]


class Table:
    """Ready scores of the people who are asked."""

    def __init__(self, users: np.ndarray, scores: np.ndarray):
        self.users, self.scores = users, scores

    def score(self, users: np.ndarray, histories: Any = None) -> np.ndarray:
        return self.scores[np.searchsorted(self.users, users)]


# --- what is trained once a draw ---


def train_mf(here: Cut, known: pd.DataFrame, options: Options) -> mf.SoftmaxMF:
    model = mf.SoftmaxMF(
        here.ds.num_users,
        here.ds.num_items,
        dim=128,
        temperature=options["temperature"],
        seed=here.draw,
    )
    training.fit(
        model,
        UserBatches(here.matrix(known), batch_size=64, seed=here.draw),
        epochs=options.get("epochs", 30),
        lr=0.01,
        weight_decay=options["weight_decay"],
        decay=True,
        progress=False,
    )
    return model


def train_gru(here: Cut, known: pd.DataFrame, options: Options) -> rnn.GRU4Rec:
    read = sequences.histories(known, here.ds.num_users)
    steps = sequences.windows(read, 50, here.ds.num_items)
    model = rnn.GRU4Rec(here.ds.num_items, dropout=options["dropout"], seed=here.draw)
    training.fit(
        model,
        Batches(*steps, batch_size=32, seed=here.draw),
        epochs=options.get("epochs", 8),
        lr=options["lr"],
        decay=True,
        progress=False,
    )
    return model


def train_ease(here: Cut, known: pd.DataFrame, options: Options) -> baselines.EASE:
    size = here.ds.num_users, here.ds.num_items
    return baselines.EASE(*size, l2=options["l2"]).fit(known)


def train_items(here: Cut, known: pd.DataFrame, options: Options) -> baselines.ItemKNN:
    size = here.ds.num_users, here.ds.num_items
    return baselines.ItemKNN(*size, options["k"], options["shrink"]).fit(known)


def train_people(here: Cut, known: pd.DataFrame, options: Options) -> baselines.UserKNN:
    size = here.ds.num_users, here.ds.num_items
    return baselines.UserKNN(*size, options["k"], options["shrink"]).fit(known)


TRAIN: dict[str, Any] = {
    "EASE": train_ease,
    "ItemKNN": train_items,
    "UserKNN": train_people,
    "MF": train_mf,
    "GRU4Rec": train_gru,
}


@cache
def trained(kind: str, here: Cut, options: tuple[tuple[str, Any], ...]) -> Any:
    return TRAIN[kind](here, here.train, dict(options))


# --- what they say of somebody new ---


def vector(items: np.ndarray, target: np.ndarray, temperature: float) -> np.ndarray:
    """The direction p with the largest sum_i target_i log softmax(cos(p, q_i) /
    temperature): `foldin.softmax_vector` with answers that count for more or less than
    one. `items` (I, D), rows of length 1; `target` (I,).
    """

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        length = np.linalg.norm(p)
        direction = p / length
        logits = items @ direction / temperature
        slope = (target.sum() * softmax(logits) - target) @ items / temperature
        inside = slope - (slope @ direction) * direction
        return -(target @ log_softmax(logits)), inside / length

    start = target @ items
    return foldin.unit(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def group_rates(here: Cut, m: float) -> np.ndarray:
    """(n, num_items): of the person's group, and of everybody, who count as m more."""
    about = here.ds.users
    band = np.searchsorted(BANDS, about["age"].astype(int), side="right")
    group = pd.factorize(about["gender"] + band.astype(str))[0]
    matrix, there = here.matrix(here.train), np.unique(here.train["user"])
    everybody = np.asarray(matrix.sum(axis=0)).ravel() / len(there)
    rates = {}
    for own in np.unique(group[here.users]):
        members = there[group[there] == own]
        sums = np.asarray(matrix[members].sum(axis=0)).ravel()
        rates[own] = (sums + m * everybody) / (len(members) + m)
    return np.stack([rates[own] for own in group[here.users]])


def scores(method: str, here: Cut, told: pd.DataFrame, options: Options) -> np.ndarray:
    """(n, num_items) from what each has answered."""
    kind, _, how = method.partition(", ")
    settings = {own: value for own, value in options.items() if own != "m"}
    key, m = tuple(sorted(settings.items())), options.get("m", 0.0)
    counts = np.bincount(here.train["item"], minlength=here.ds.num_items)
    if how == "prior" and not m:
        raise ValueError("a prior of no answers")
    if kind == "popularity":
        return np.tile(counts.astype(float), (len(here.users), 1))
    if kind == "group":
        return group_rates(here, m)
    if how.endswith("retrained"):
        known = pd.concat([here.train, told])
        read = sequences.histories(known, here.ds.num_users)
        model = TRAIN[kind](here, known, settings)
        return model.score(here.users, histories=[read[u] for u in here.users])
    model, rows = trained(kind, here, key), here.matrix(told)[here.users]
    average = m * counts / counts.sum()
    if kind == "GRU4Rec":
        read = sequences.histories(told, here.ds.num_users)
        return model.score(here.users, histories=[read[u] for u in here.users])
    if kind == "UserKNN":
        return model.score_new(rows)
    if kind == "MF":
        items = foldin.unit(foldin.array(model.item_factors))
        if not m:
            return boards.Vectors(model, here.matrix(told)).score(here.users)
        given = rows.toarray() + average
        own = [vector(items, target, options["temperature"]) for target in given]
        return np.stack(own) @ items.T
    weights = model.weights if kind == "EASE" else model.similarity
    return rows @ weights + average @ weights if m else model.score_new(rows)


@cache
def frame(
    method: str,
    data: str,
    draw: int,
    n: int,
    pick: str,
    mask: str,
    options: tuple[tuple[str, Any], ...],
    inner: bool = False,
    people: int = 400,
) -> pd.DataFrame:
    """NDCG@10 of each person after n answers."""
    here = cut(data, draw, inner, people)
    told = answers(here, n, pick)
    ready = Table(here.users, scores(method, here, told, dict(options)))
    seen = here.matrix(here.first if mask == "all" else told)
    return evaluation.evaluate(ready, here.test, seen=seen)[["ndcg"]]


def asked(
    method: str,
    data: str,
    n: int,
    pick: str = "first",
    mask: str = "all",
    draws: int = DRAWS,
    people: int = 400,
    epochs: int | None = None,
) -> tuple[pd.DataFrame, list[float]]:
    """NDCG@10 per person, the mean over draws; and each draw's mean."""
    options = BEST[data][method.removesuffix(", retrained")]
    if epochs and method.partition(",")[0] in ("MF", "GRU4Rec"):
        options = options | {"epochs": epochs}
    if method in ("popularity", "group") and mask == "all":
        n, pick = 0, "first"  # no answer changes them
    settings = tuple(sorted(options.items()))
    frames = [
        frame(method, data, draw, n, pick, mask, settings, people=people)
        for draw in range(draws)
    ]
    means = [own["ndcg"].mean() for own in frames]
    return pd.concat(frames).groupby(level=0).mean(), means


# --- rows ---


def tune(method: str, data: str, seed: int, people: int = 400) -> dict[str, Any]:
    given = NUMBERS[:1] if method == "group" else NUMBERS
    found = []
    for options in tries(method, data):
        settings = tuple(sorted(options.items()))
        frames = [
            frame(method, data, 0, n, pick, "all", settings, True, people)
            for n in given
            for pick in ("first", "random")
        ]
        found.append(np.mean([own["ndcg"].mean() for own in frames]))
    return {"valid": np.round(found, 4).tolist(), "best": int(np.argmax(found))}


Asked = tuple[pd.DataFrame, list[float]]


def against(both: list[tuple[Asked, Asked]], name: str = "") -> dict[str, Any]:
    """The first of each two against the second."""
    found = [
        evaluation.compare({"this": this[0], "other": other[0]}, "other").loc["this"]
        for this, other in both
    ]
    ends = {
        name or "difference": "difference",
        f"{name}_low".strip("_"): "low",
        f"{name}_high".strip("_"): "high",
    }
    row = {
        end: np.round([one[column] for one in found], 4).tolist()
        for end, column in ends.items()
    }
    wins = [int(sum(np.greater(this[1], other[1])).item()) for this, other in both]
    return row | {"wins": wins}


def numbers(method: str, mask: str = "all") -> tuple[int, ...]:
    """After how many answers."""
    kind, _, how = method.partition(", ")
    if kind in ("popularity", "group") and mask == "all":
        return (0,)
    if method == "MF, retrained":
        return (1, 5, 20)
    return (0, *NUMBERS) if how == "prior" or kind == "GRU4Rec" else NUMBERS


def curve(method: str, data: str, seed: int, **more: Any) -> dict[str, Any]:
    given = more.pop("n", None) or numbers(method, more.get("mask", "all"))
    own = [asked(method, data, n, **more) for n in given]
    found = [evaluation.summarise(one[0]).loc["ndcg"] for one in own]
    row: dict[str, Any] = {"n": list(given), "asked": len(own[0][0])}
    for name, column in (("ndcg", "mean"), ("low", "low"), ("high", "high")):
        row[name] = np.round([one[column] for one in found], 4).tolist()
    if method == "popularity":
        return row
    flat = [asked("popularity", data, n, **more) for n in given]
    return row | against(list(zip(own, flat, strict=True)), "over")


def pair(
    method: str, baseline: str, data: str, seed: int, **more: Any
) -> dict[str, Any]:
    given = more.pop("n", None) or tuple(
        n for n in numbers(method) if n in numbers(baseline)
    )
    both = [
        (asked(method, data, n, **more), asked(baseline, data, n, **more))
        for n in given
    ]
    return {"n": list(given), **against(both)}


def picked(method: str, data: str, pick: str, seed: int, **more: Any) -> dict[str, Any]:
    """Other answers instead of the first n."""
    given = more.pop("n", None) or NUMBERS
    both = [
        (asked(method, data, n, pick, **more), asked(method, data, n, "first", **more))
        for n in given
    ]
    return {"n": list(given), **against(both)}


def warm(method: str, data: str, seed: int, **more: Any) -> dict[str, float]:
    new, known = (
        asked(own, data, ALL, **more)[0] for own in (method, f"{method}, retrained")
    )
    found = evaluation.compare({"new": new, "known": known}, "new").loc["known"]
    ends = found[["difference", "low", "high"]].to_dict()
    row = {"new": new["ndcg"].mean(), "known": known["ndcg"].mean()} | ends
    return {name: round(value, 4) for name, value in row.items()}


def cost(method: str, data: str, seed: int, people: int = 400) -> dict[str, float]:
    here, options = cut(data, 0, people=people), BEST[data][method]
    start = time.process_time()
    TRAIN[method](here, here.train, options)
    cpu = time.process_time() - start
    trained(method, here, tuple(sorted(options.items())))
    start = time.process_time()
    scores(method, here, answers(here, 5, "first"), options)
    took = time.process_time() - start
    return {
        "cpu": round(cpu, 2),
        "milliseconds": round(1e3 * took / len(here.users), 3),
    }


PARTS = {
    "tune": tune,
    "curve": curve,
    "pair": pair,
    "picked": picked,
    "mask": curve,
    "warm": warm,
    "cost": cost,
}
RESTS = {"pair": ("curve",), "picked": ("curve",), "mask": ("curve",)}


def grid(**values: tuple[Any, ...]) -> list[Row]:
    """All combinations."""
    found: list[Row] = [{}]
    for name, several in values.items():
        found = [own | {name: value} for own in found for value in several]
    return found


TRIES: dict[str, list[Row]] = {
    "group": grid(m=(0.0, 3.0, 10.0, 30.0, 100.0, 300.0)),
    "EASE": grid(l2=(300.0, 1000.0, 3000.0, 10000.0, 30000.0, 100000.0)),
    "EASE, prior": grid(l2=(3000.0, 30000.0), m=(1.0, 3.0, 10.0)),
    "ItemKNN": grid(k=(100, 300, 1000), shrink=(0.0, 50.0)),
    "UserKNN": grid(k=(100, 300, 600), shrink=(0.0, 20.0)),
    "MF": grid(temperature=(0.15, 0.2, 0.3), weight_decay=(0.03, 0.1)),
    "MF, prior": grid(
        temperature=(0.3,), weight_decay=(0.03,), m=(0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    ),
    "GRU4Rec": grid(lr=(0.003, 0.01), dropout=(0.1, 0.2, 0.4)),
}
# more people, more steps in an epoch
LARGER = grid(temperature=(0.2, 0.3), weight_decay=(0.03, 0.1), epochs=(10,))
# the best of the tries; `usual`: as for people with a long history
BEST: dict[str, dict[str, dict[str, Any]]] = {
    "ml-100k": {
        "popularity": {},
        "group": {"m": 0.0},
        "EASE": {"l2": 100000.0},
        "EASE, usual": {"l2": 300.0},
        "EASE, prior": {"l2": 30000.0, "m": 10.0},
        "ItemKNN": {"k": 1000, "shrink": 50.0},
        "UserKNN": {"k": 300, "shrink": 20.0},
        "MF": {"temperature": 0.3, "weight_decay": 0.03},
        "MF, prior": {"temperature": 0.3, "weight_decay": 0.03, "m": 30.0},
        "GRU4Rec": {"lr": 0.01, "dropout": 0.4},
    },
    "ml-1m": {
        "popularity": {},
        "group": {"m": 0.0},
        "EASE": {"l2": 100000.0},
        "EASE, prior": {"l2": 30000.0, "m": 3.0},
        "ItemKNN": {"k": 1000, "shrink": 50.0},
        "MF": {"temperature": 0.3, "weight_decay": 0.03, "epochs": 10},
    },
}
SMALLER = {"ml-1m": {"people": 150}}  # to tune


def tries(method: str, name: str) -> list[Row]:
    return LARGER if (method, name) == ("MF", "ml-1m") else TRIES[method]


def of_set(name: str) -> list[Row]:
    """The rows of one set. Of the larger one: fewer methods, no `last` answers."""
    small = name == "ml-100k"
    own = [method for method in BEST[name] if method not in ("popularity", "group")]
    some = ["EASE, prior", "ItemKNN"]
    listed: list[Row] = [
        {"part": "curve", "method": method} for method in ("popularity", "group")
    ]
    picks = [
        ("first", own),
        ("random", [one for one in own if one != "UserKNN"] if small else some),
        ("last", [*some, "GRU4Rec"] if small else []),
    ]
    listed += [
        {"part": "curve", "method": method, "pick": pick}
        for pick, methods in picks
        for method in methods
    ]
    pairs = [("EASE, prior", "EASE"), ("MF", "EASE")]
    if small:
        pairs += [("EASE, prior", "ItemKNN"), ("MF, prior", "MF"), ("MF", "ItemKNN")]
        pairs += [("EASE, retrained", "EASE"), ("MF, retrained", "MF")]
        pairs += [("EASE", "EASE, usual")]
    listed += [
        {"part": "pair", "method": method, "baseline": baseline}
        for method, baseline in pairs
    ]
    more = [*some, *(("MF", "GRU4Rec") if small else ())]
    picks = [("random", more), ("last", [*some, "GRU4Rec"] if small else [])]
    listed += [
        {"part": "picked", "method": method, "pick": pick}
        for pick, methods in picks
        for method in methods
    ]
    if small:
        listed += [
            {"part": "mask", "method": method, "mask": "answers"}
            for method in ("popularity", "EASE")
        ]
    listed += [
        {"part": part, "method": method}
        for part in ("warm", "cost")
        for method in ("EASE", "ItemKNN", "UserKNN", "MF", "GRU4Rec")
        if method in own
    ]
    listed += [
        {"part": "tune", "method": method, **SMALLER.get(name, {})}
        for method in TRIES
        if method in BEST[name]
    ]
    return [{"data": name, **row} for row in listed]


def rows() -> list[Row]:
    return [row for name in BEST for row in of_set(name)]


FEW: dict[str, Any] = {"data": "ml-100k", "people": 60}
BRIEF: dict[str, Any] = {**FEW, "draws": 1, "epochs": 1}
TWO: dict[str, Any] = {**BRIEF, "n": [2]}
SMALL: list[Row] = [
    {"part": "tune", "method": "group", **FEW},
    *({"part": "curve", "method": own, **BRIEF} for own in ("popularity", "group")),
    *(
        {"part": "curve", "method": method, "pick": pick, **TWO}
        for method, pick in (
            ("EASE", "first"),
            ("EASE, prior", "first"),
            ("EASE, retrained", "random"),
            ("ItemKNN", "last"),
            ("UserKNN", "random"),
            ("MF", "first"),
            ("MF, prior", "random"),
            ("MF, retrained", "first"),
            ("GRU4Rec", "last"),
        )
    ),
    {"part": "pair", "method": "EASE", "baseline": "EASE, usual", **TWO},
    {"part": "picked", "method": "EASE", "pick": "random", **TWO},
    {"part": "mask", "method": "popularity", "mask": "answers", **TWO},
    {"part": "warm", "method": "ItemKNN", **BRIEF},
    {"part": "cost", "method": "EASE", **FEW},
]
CLOCK = {"cpu": (0.0, float("inf")), "milliseconds": (0.0, float("inf"))}

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        rows(),
        small=SMALL,
        seed=0,
        rests_on=RESTS,
        tolerance=CLOCK,
        full=CLOCK,
    )
