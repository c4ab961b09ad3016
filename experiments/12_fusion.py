"""Fusion: four kinds of content for new films, alone and together; what each is worth,
what a fifth of pure noise costs, and what happens where a kind is missing.

The kinds: `text`, the title as a sentence encoder reads it; `kind`, genres and year;
`people`, who directed, wrote and played; `place`, countries and languages
(`inputs.item_features`). `noise` has the shape of `text` and says nothing. The worlds
are those of 12_things: a fifth of the films hidden at random (three draws), or those of
1997 and 1998 (three seeds). Parts, told apart by the column `part`:

choice    the four settings of a method, in the order of SETTINGS, on validation, other
          films hidden: `new`, of each; `best` is the number of the best
score     NDCG@10 of each method: among the new films (`new`), in the whole catalogue
          (`all`), and of the known films (`warm`)
weight    how much each kind counts, a mean over the films that have all kinds (and over
          people): known films, new films
missing   `new`, where a kind is taken away from all new films, trained with and without
          forgetting kinds now and then: lists, one number for each of `gone`, and the
          difference to where no kind is gone, with its 95 % interval
pair      methods against others on the same users, a `group` of such pairs: lists of
          the difference, its 95 % interval, and in how many of the draws, or seeds, the
          first was better (`wins`)

A method is its kinds and how they become one: `kind`; `early: kind, text`. `all` stands
for the four, `all + noise` for five, `all - text` for three. `late` is the mean of the
scores of models of one kind each, as standard scores over the films that have it;
`forgetting` is trained with 30 % of the kinds of each film forgotten in each step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from course.experiment import run
from rec_tutor import data, evaluation
from rec_tutor.evaluation import splits
from rec_tutor.inputs import Forgetting, UserBatches, interaction_matrix, item_features
from rec_tutor.recipes.recommender import Among, Fixed
from rec_tutor.torch import fusion, training

ds = data.load("ml-100k")
board = splits.temporal(ds.ratings)
SIZE = (ds.num_users, ds.num_items)
YEAR = ds.items["year"].astype(float).fillna(ds.items["year"].median()).to_numpy()
VALIDATION = {"random": (("random", 100), ("random", 101)), "newest": (("1996", 0),)}
KINDS = ("kind", "text", "people", "place")
FORGOTTEN = 0.3
SETTINGS = [{"l2": l2, "decay": decay} for l2 in (0.01, 0.1) for decay in (0.0, 1.0)]


@dataclass(frozen=True, eq=False)
class World:
    """Ratings to learn from; which films they are of, and which are new, bool
    (num_items,); what is asked for, and what users have rated before.
    """

    ratings: pd.DataFrame
    known: np.ndarray
    new: np.ndarray
    test: pd.DataFrame
    seen: sparse.csr_matrix

    @cached_property
    def blocks(self) -> dict[str, np.ndarray]:
        found = item_features.blocks(ds, self.known)
        return {**found, "noise": item_features.noise(found["text"])}


@cache
def world(films: str, draw: int) -> World:
    new = splits.drawn(ds.num_items, 0.2, draw)
    if films != "random":
        new = YEAR >= 1997 if films == "newest" else YEAR == 1996
    before, test = board.refit, board.test
    if films == "1996" or draw >= 100:  # validation
        assert board.valid is not None
        before, test = board.train, board.valid
        if films == "1996":  # nothing later exists
            before, test = (part[YEAR[part["item"]] < 1997] for part in (before, test))
    ratings = before[~new[before["item"]]]
    known = np.bincount(ratings["item"], minlength=ds.num_items) > 0
    return World(ratings, known, new, test, interaction_matrix(before, *SIZE))


def members(name: str) -> tuple[str, ...]:
    """ "all - text" -> the other three."""
    if not name.startswith("all"):
        return tuple(name.split(", "))
    sign, other = name[3:6], name[6:]
    kept = tuple(kind for kind in KINDS if sign != " - " or kind != other)
    return (*kept, other) if sign == " + " else kept


@cache
def fitted(
    here: World,
    how: str,
    names: tuple[str, ...],
    seed: int,
    l2: float,
    decay: float,
    share: float = 0.0,
    epochs: int = 20,
) -> fusion.Fusion:
    blocks = [here.blocks[name] for name in names]
    model = fusion.Fusion(ds.num_users, blocks, here.known, how, l2=l2, seed=seed)
    matrix = interaction_matrix(here.ratings, *SIZE)
    masks = [((ds.num_items, len(names)), share)] if share else []
    training.fit(
        model,
        Forgetting(UserBatches(matrix, seed=seed), *masks, seed=seed),
        epochs=epochs,
        lr=0.01,
        weight_decay=decay,
        decay=True,
        progress=False,
    )
    return model


def judge(scores: np.ndarray, here: World) -> dict[str, pd.Series]:
    """Per user: NDCG@10 among the new, in the catalogue, and of the known."""
    every = Fixed(scores)
    asked = here.test[here.new[here.test["item"]]]
    warm = here.test[~here.new[here.test["item"]]]
    return {
        name: evaluation.evaluate(model, wanted, seen=here.seen)["ndcg"]
        for name, model, wanted in (
            ("new", Among(every, here.new), asked),
            ("all", every, asked),
            ("warm", Among(every, ~here.new), warm),
        )
    }


def short(row: dict[str, Any]) -> dict[str, Any]:
    """Four digits are enough."""
    return {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in row.items()
    }


def choice(method: str, films: str, seed: int, **small: int) -> dict[str, Any]:
    """Its settings on validation."""
    how, names, _ = parsed(method)
    found = []
    for one in SETTINGS[: 2 if small else None]:
        means = []
        for case in VALIDATION[films][: 1 if small else None]:
            here = world(*case)
            model = fitted(here, how, names, seed, **{**one, **small})
            scores = model.score(np.arange(ds.num_users))
            means.append(judge(scores, here)["new"].mean())
        found.append(np.mean(means))
    return {"new": np.round(found, 4).tolist(), "best": int(np.argmax(found))}


# The best of `choice`, by `new`: the number of the setting.
CHOSEN: dict[str, dict[str, int]] = {
    "random": {
        "kind": 0,
        "text": 3,
        "people": 1,
        "place": 0,
        "early": 1,
        "gated": 1,
        "attention": 0,
    },
    "newest": {
        "kind": 2,
        "text": 2,
        "people": 0,
        "place": 2,
        "early": 1,
        "gated": 0,
        "attention": 0,
    },
}


def parsed(method: str) -> tuple[str, tuple[str, ...], float]:
    """How, which kinds, and the share that is forgotten in training."""
    how, _, names = method.rpartition(": ")
    share = FORGOTTEN if "forgetting" in how else 0.0
    return how.removesuffix(", forgetting") or "early", members(names), share


def chosen(films: str, method: str) -> dict[str, float]:
    """The settings of a method: those of its way to fuse, or of its only kind. The
    block of noise has those of the text.
    """
    how, names, share = parsed(method)
    single = "text" if names == ("noise",) else names[0]
    number = CHOSEN[films][single if len(names) == 1 else how]
    return {**SETTINGS[number], **({"share": share} if share else {})}


def scores(
    method: str, films: str, seed: int, gone: str = "", **small: int
) -> np.ndarray:
    """Scores of all films, (num_users, num_items); the kind `gone` is taken away from
    the new films.
    """
    here = world(films, seed if films == "random" else 0)
    how, names, _ = parsed(method)
    if how == "late":
        return late(films, here, names, seed, gone, **small)
    model = fitted(here, how, names, seed, **{**chosen(films, method), **small})
    return model.score_items(np.arange(ds.num_users), without(here, names, gone))


def without(here: World, names: Sequence[str], gone: str) -> list[np.ndarray]:
    """The blocks, `gone` with zeros for the new films."""
    kept = ~here.new[:, None]
    return [here.blocks[n] * (kept if n == gone else True) for n in names]


def late(
    films: str, here: World, names: Sequence[str], seed: int, gone: str, **small: int
) -> np.ndarray:
    """The mean over the kinds that a film has of each model's standard scores."""
    total, number = np.zeros(SIZE), np.zeros(ds.num_items)
    for name, block in zip(names, without(here, names, gone), strict=True):
        there = block.any(axis=1)
        rows = scores(name, films, seed, "", **small)[:, there]
        spread = rows.std(axis=1, keepdims=True)
        total[:, there] += (rows - rows.mean(axis=1, keepdims=True)) / spread
        number += there
    return total / np.maximum(number, 1)


@cache
def tested(
    method: str, films: str, draws: int, gone: str = "", **small: int
) -> dict[str, pd.DataFrame]:
    """Per user and draw, or seed."""
    found: dict[str, list[pd.Series]] = {}
    for draw in range(draws):
        here = world(films, draw if films == "random" else 0)
        table = scores(method, films, draw, gone, **small)
        for name, per_user in judge(table, here).items():
            found.setdefault(name, []).append(per_user.rename(draw))
    return {name: pd.concat(parts, axis=1) for name, parts in found.items()}


def mean(table: pd.DataFrame) -> pd.DataFrame:
    return table.mean(axis=1).sort_index().to_frame("ndcg")


def score(
    method: str, films: str, draws: int, seed: int, **small: int
) -> dict[str, float]:
    """`new` and `warm` with an interval over users, and the spread of the draws'
    means.
    """
    row: dict[str, float] = {}
    for name, table in tested(method, films, draws, **small).items():
        found = evaluation.summarise(mean(table)).loc["ndcg"]
        row[name] = found["mean"]
        if name != "all":
            row |= {f"{name}_low": found["low"], f"{name}_high": found["high"]}
            if draws > 1:
                row[f"{name}_spread"] = table.mean().std(ddof=1)
    return short(row)


def weight(
    method: str, films: str, draws: int, seed: int, **small: int
) -> dict[str, float]:
    """The mean weight of each kind, of known and of new films."""
    how, names, _ = parsed(method)
    found: dict[str, list[float]] = {}
    for draw in range(draws):
        here = world(films, draw if films == "random" else 0)
        settings = {**chosen(films, method), **small}
        model = fitted(here, how, names, draw, **settings)
        weights = model.weights_of(np.arange(ds.num_users)).mean(axis=0)  # (I, K)
        full = (weights > 0).all(axis=1)
        for group, films_of in (("known", here.known), ("new", here.new)):
            for name, value in zip(
                names, weights[full & films_of].mean(0), strict=True
            ):
                found.setdefault(f"{group} {name}", []).append(float(value))
    return short({name: float(np.mean(values)) for name, values in found.items()})


def missing(
    method: str, films: str, draws: int, seed: int, **small: int
) -> dict[str, Any]:
    """Each kind of the method taken away from the new films."""
    full = mean(tested(method, films, draws, **small)["new"])
    row: dict[str, list[Any]] = {"gone": [], "new": [], "difference": []}
    row |= {"low": [], "high": []}
    for gone in parsed(method)[1]:
        found = mean(tested(method, films, draws, gone, **small)["new"])
        both = {"this": found, "full": full}
        compared = evaluation.compare(both, "full").loc["this"]
        row["gone"].append(gone)
        row["new"].append(round(float(found["ndcg"].mean()), 4))
        for name in ("difference", "low", "high"):
            row[name].append(round(float(compared[name]), 4))
    return row


def pair(
    group: str, films: str, setting: str, draws: int, seed: int, **small: int
) -> dict[str, Any]:
    row: dict[str, list[Any]] = {"method": [], "baseline": [], "difference": []}
    row |= {"low": [], "high": [], "wins": []}
    gone = "kind" if group.endswith("gone") else ""
    for method, baseline in GROUPS[group]:
        tables = {
            name: tested(name, films, draws, gone, **small)[setting]
            for name in (method, baseline)
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


PARTS = {
    "choice": choice,
    "score": score,
    "weight": weight,
    "missing": missing,
    "pair": pair,
}
FUSED = ("early", "late", "gated", "attention")
LEARNT = ("early", "gated", "attention")
FORGETTING = ("early", "gated")
METHODS = (
    *KINDS,
    "noise",
    *(f"{how}: all{more}" for more in ("", " + noise") for how in FUSED),
    *(f"early: all - {kind}" for kind in KINDS),
    *(f"{how}, forgetting: all" for how in FORGETTING),
)


GROUPS: dict[str, list[tuple[str, str]]] = {
    "fused - kind": [(f"{how}: all", "kind") for how in FUSED],
    "fused - early": [(f"{how}: all", "early: all") for how in FUSED[1:]],
    "noise": [(f"{how}: all + noise", f"{how}: all") for how in FUSED],
    "all - one": [("early: all", f"early: all - {kind}") for kind in KINDS],
    "forgetting": [(f"{how}, forgetting: all", f"{how}: all") for how in FORGETTING],
    "forgetting, kind gone": [
        (f"{how}, forgetting: all", f"{how}: all") for how in FORGETTING
    ],
}
SETTING = {"fused - kind": ("new", "warm"), "noise": ("new", "warm")}  # else `new`


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [
        {"part": "choice", "films": films, "method": method}
        for films in VALIDATION
        for method in (*KINDS, *(f"{how}: all" for how in LEARNT))
    ]
    for films in VALIDATION:
        here = {"films": films, "draws": 3}
        listed += [{"part": "score", "method": name, **here} for name in METHODS]
        listed += [
            {"part": "weight", "method": f"{how}: all + noise", **here}
            for how in ("gated", "attention")
        ]
        listed += [
            {"part": "missing", "method": method, **here}
            for how in FORGETTING
            for method in (f"{how}: all", f"{how}, forgetting: all")
        ]
        listed += [
            {"part": "pair", "group": group, "setting": setting, **here}
            for group in GROUPS
            for setting in SETTING.get(group, ("new",))
        ]
    return listed


FEW: dict[str, Any] = {"films": "random", "draws": 1, "epochs": 1}
SMALL: list[dict[str, Any]] = [
    {
        "part": "choice",
        "films": "newest",
        "method": "gated: all",
        "epochs": 1,
    },
    *(
        {"part": "score", "method": name, **FEW}
        for name in (
            *("kind", "noise", "early: all", "late: kind, text", "gated: all - text"),
            *("attention: all + noise", "gated, forgetting: all"),
        )
    ),
    {"part": "weight", "method": "gated: all + noise", **FEW},
    {"part": "weight", "method": "attention: all + noise", **FEW},
    {"part": "missing", "method": "gated, forgetting: all", **FEW},
    {"part": "missing", "method": "late: kind, text", **FEW},
    {"part": "pair", "group": "forgetting", "setting": "new", **FEW},
]

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        rows(),
        small=SMALL,
        seed=0,
        rests_on={"pair": ("score", "missing")},
    )
