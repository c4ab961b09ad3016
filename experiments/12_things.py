"""New films: what can be said of a film that nobody has rated, and what does a model
pay for it among the films that people know?

Hidden is a fifth of the films at random (three draws), or those of 1997 and 1998 (three
seeds). Every film's blocks of content (`inputs.item_features`) are fitted on the films
that are left. Models train on each user's first 80 % of ratings of these; asked for is
what is among the last 20 %. Films that a user had rated before are not recommended. A
user counts with the mean over the draws, or seeds, in which there was something to
find. Parts, told apart by the column `part`:

choice    the six settings of a method, in their order in TRIED, on validation: other
          films are hidden, at random (two draws), or those of 1996 (with all later ones
          out of the world); `new`, of each; `best` is the number of the best
films     what kind of films are hidden (how many: `hidden`), and how well a guess knows
          their fame
score     NDCG@10 of each method: `new` ranks the hidden films only; `all` ranks the
          whole catalogue and asks for hidden films; `list` is the same list, judged by
          everything; `warm` ranks the known films and asks for known films: the price
pair      one method against another on the same users: difference, 95 % interval, p,
          and in how many of the draws, or seeds, the first was better (`wins`)

Methods: `guess`, the mean count of films of the same genres and years; `kNN`, the films
of a user that are most alike in content; `ContentMF`, `ContentTower` and `MatchedTower`
of content alone; `DropoutNet` with the paper's target (`scores`) and with choices; the
same that always forgets (`content only`) or never (`id only`); `told: …` know the
hidden ratings but those of the test, as a yardstick.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, stats

from course.experiment import run
from rec_tutor import data, evaluation
from rec_tutor.evaluation import splits
from rec_tutor.foldin import array, unit
from rec_tutor.inputs import (
    Batches,
    Forgetting,
    UserBatches,
    interaction_matrix,
    item_features,
)
from rec_tutor.inputs.forgetting import means_of
from rec_tutor.recipes.recommender import Among, Fixed
from rec_tutor.torch import content, dropoutnet, mf, towers, training

VALIDATION = {"random": (("random", 100), ("random", 101)), "newest": (("1996", 0),)}
BLOCKS: dict[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "kind, text": ("kind", "text"),
    "all": ("kind", "text", "people", "place"),
}


@dataclass(frozen=True, eq=False)
class World:
    """Ratings to learn from; which films they are of, and which are new, bool
    (num_items,); what is asked for, and what users have rated before.
    """

    ds: data.Dataset
    ratings: pd.DataFrame
    known: np.ndarray
    new: np.ndarray
    test: pd.DataFrame
    seen: sparse.csr_matrix

    @property
    def size(self) -> tuple[int, int]:
        return self.ds.num_users, self.ds.num_items

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        return interaction_matrix(self.ratings, *self.size)

    @cached_property
    def counts(self) -> np.ndarray:
        return np.bincount(self.ratings["item"], minlength=self.ds.num_items)

    @cached_property
    def blocks(self) -> dict[str, np.ndarray]:
        return item_features.blocks(self.ds, self.known)

    def features(self, name: str) -> np.ndarray:
        return np.hstack([self.blocks[block] for block in BLOCKS[name]])


@cache
def source(name: str) -> tuple[data.Dataset, splits.Split, np.ndarray]:
    """Data, the board's cut and the films' years."""
    ds = data.load(name)
    years = ds.items["year"].astype(float)
    cut = splits.temporal(ds.ratings)
    return ds, cut, years.fillna(years.median()).to_numpy()


@cache
def world(films: str, draw: int) -> World:
    """With "1M" in front, of MovieLens-1M, whose newest films are those of 1999 on."""
    large = films.startswith("1M")
    ds, board, years = source("ml-1m" if large else "ml-100k")
    before, test = board.refit, board.test
    if films.endswith("random"):
        new = splits.drawn(ds.num_items, 0.2, draw)
    elif films.endswith("newest"):
        new = years >= (1999 if large else 1997)
    else:
        new = years == 1996
    if films == "1996" or draw >= 100:  # validation
        assert board.valid is not None
        before, test = board.train, board.valid
        if films == "1996":  # nothing later exists
            before, test = (part[years[part["item"]] < 1997] for part in (before, test))
    ratings = before[~new[before["item"]]]
    known = np.bincount(ratings["item"], minlength=ds.num_items) > 0
    seen = interaction_matrix(before, ds.num_users, ds.num_items)
    return World(ds, ratings, known, new, test, seen)


# --- methods: scores of all films, (num_users, num_items) ---


def guess(here: World, seed: int, reach: float = 2, shrink: float = 3) -> np.ndarray:
    """How popular films are that are alike: the mean count of known films of the same
    genre and about the same year (weight exp(-years apart / reach)), a little pulled
    towards the mean of all; then over the genres.
    """
    years = here.ds.items["year"].astype(float)
    years = years.fillna(years.median()).to_numpy()
    listed = here.ds.items["genres"]
    every = sorted({genre for own in listed for genre in own})
    genre = np.array([[name in own for name in every] for own in listed], float)
    near = np.exp(-np.abs(years[:, None] - years) / reach) * here.known
    mean = here.counts[here.known].mean()
    by_genre = [
        (near @ (member * here.counts) + shrink * mean) / (near @ member + shrink)
        for member in genre.T
    ]
    of_film = (genre * np.stack(by_genre, axis=1)).sum(1) / np.maximum(genre.sum(1), 1)
    return np.tile(of_film, (here.ds.num_users, 1))


def neighbours(here: World, seed: int, blocks: str, k: int) -> np.ndarray:
    """How like a film are those of a user that are among its k nearest?"""
    rows = here.features(blocks)
    rows = unit(rows - rows[here.known].mean(axis=0))
    other = here.known & ~np.eye(len(rows), dtype=bool)
    alike = np.where(other, rows @ rows.T, -np.inf)
    least = np.partition(alike, -k, axis=1)[:, -k, None]  # the k-th nearest
    return here.matrix @ np.where(alike >= least, np.maximum(alike, 0), 0).T


def train(
    model: Any, source: Any, epochs: int, lr: float = 0.01, decay: float = 0.0
) -> Any:
    """Returns the model."""
    training.fit(
        model,
        source,
        epochs=epochs,
        lr=lr,
        weight_decay=decay,
        decay=True,
        progress=False,
    )
    return model


def people(matrix: sparse.csr_matrix, seed: int) -> UserBatches:
    """Users with all that they took; few steps for many users."""
    size = 64 if matrix.shape[0] < 2000 else 256
    return UserBatches(matrix, batch_size=size, seed=seed)


def everybody(model: Any, here: World) -> np.ndarray:
    return model.score(np.arange(here.ds.num_users))


def content_mf(
    here: World, seed: int, blocks: str, l2: float, epochs: int = 20
) -> np.ndarray:
    table = here.features(blocks)
    model = content.ContentMF(here.ds.num_users, table[here.known], l2=l2, seed=seed)
    train(model, people(here.matrix[:, here.known], seed), epochs)
    return model.score_items(np.arange(here.ds.num_users), table)


def tower(
    here: World, seed: int, blocks: str, dropout: float, epochs: int = 20
) -> np.ndarray:
    arguments = (here.ds.num_users, here.features(blocks), here.known)
    model = towers.ContentTower(*arguments, dropout=dropout, seed=seed)
    return everybody(train(model, people(here.matrix, seed), epochs), here)


@cache
def factors(here: World, seed: int, told: bool, epochs: int) -> Any:
    """Matrix factorization over the films that were rated: p and q with scores p . q; q
    is 0 for the others. If it is told, also the ratings of the hidden films.
    """
    matrix = here.seen if told else here.matrix
    rated = np.diff(matrix.tocsc().indptr) > 0
    model = mf.SoftmaxMF(here.ds.num_users, int(rated.sum()), seed=seed)
    train(model, people(matrix[:, rated], seed), epochs, decay=0.1)
    q = np.zeros((here.ds.num_items, model.item_factors.weight.shape[1]))
    q[rated] = unit(array(model.item_factors))
    return unit(array(model.user_factors)) / model.temperature, q


def factorized(here: World, seed: int, told: bool, epochs: int = 12) -> np.ndarray:
    """Films without a vector come last, in an order by chance: not by their numbers,
    for old and famous films have small ones.
    """
    p, q = factors(here, seed, told, epochs)
    chance = np.random.default_rng(seed).random(len(q)) - 1000
    return np.where(q.any(axis=1), p @ q.T, chance)


def matched(
    here: World,
    seed: int,
    blocks: str,
    dropout: float,
    epochs: int = 20,
    before: int = 12,
) -> np.ndarray:
    """Films come in batches as often as the root of how often they were rated."""
    p, q = factors(here, seed, False, before)
    arguments = (p, q, here.features(blocks), here.known)
    model = towers.MatchedTower(*arguments, dropout=dropout, seed=seed)
    often = np.sqrt(here.counts)
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(often), 10_000, p=often / often.sum())
    train(model, Batches(drawn, batch_size=256, seed=seed), epochs, lr=0.005)
    return everybody(model, here)


def forgetting(
    here: World,
    seed: int,
    blocks: str,
    share: float,
    target: str = "choices",
    epochs: int = 20,
    before: int = 12,
) -> np.ndarray:
    """DropoutNet; a share of films, and half of the users, lose their vectors."""
    p, q = factors(here, seed, False, before)
    arguments = (p, q, means_of(here.matrix, q), here.features(blocks), here.known)
    model = dropoutnet.DropoutNet(*arguments, target=target, seed=seed)
    masks = (((here.size[0],), 0.5), ((here.size[1],), share))
    batches = Forgetting(people(here.matrix, seed), *masks, seed=seed)
    return everybody(train(model, batches, epochs, lr=0.005), here)


def popular(here: World, seed: int) -> np.ndarray:
    return np.tile(np.asarray(here.seen.sum(axis=0)), (here.ds.num_users, 1))


def chance(here: World, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(here.size)


Method = Callable[..., np.ndarray]
THREE = tuple(BLOCKS)
# kind of method: the function, and six settings
TRIED: dict[str, tuple[Method, list[dict[str, Any]]]] = {
    "guess": (
        guess,
        [{"reach": r, "shrink": s} for r in (1.0, 2.0, 4.0) for s in (1.0, 3.0)],
    ),
    "kNN": (neighbours, [{"blocks": b, "k": k} for b in THREE for k in (20, 100)]),
    "ContentMF": (
        content_mf,
        [{"blocks": b, "l2": x} for b in THREE for x in (0.01, 0.1)],
    ),
    "ContentTower": (
        tower,
        [{"blocks": b, "dropout": x} for b in THREE for x in (0.0, 0.5)],
    ),
    "MatchedTower": (
        matched,
        [{"blocks": b, "dropout": x} for b in THREE for x in (0.0, 0.5)],
    ),
    "DropoutNet": (
        forgetting,
        [{"blocks": b, "share": x} for b in THREE for x in (0.5, 0.75)],
    ),
}


def judge(table: np.ndarray, here: World) -> dict[str, pd.Series]:
    """Per user: NDCG@10 among the new, in the catalogue, of the list, and warm."""
    every = Fixed(table)
    asked = here.test[here.new[here.test["item"]]]
    warm = here.test[~here.new[here.test["item"]]]
    return {
        name: evaluation.evaluate(model, wanted, seen=here.seen)["ndcg"]
        for name, model, wanted in (
            ("new", Among(every, here.new), asked),
            ("all", every, asked),
            ("list", every, here.test),
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
    function, settings = TRIED[method]
    cases = [world(*case) for case in VALIDATION[films][: 1 if small else None]]
    found = []
    for one in settings[: 2 if small else None]:
        tables = [function(here, seed, **one, **small) for here in cases]
        found.append(
            np.mean(
                [
                    judge(table, here)["new"].mean()
                    for table, here in zip(tables, cases, strict=True)
                ]
            )
        )
    return {"new": np.round(found, 4).tolist(), "best": int(np.argmax(found))}


# The best of `choice`, by `new`: the number of the setting.
CHOSEN: dict[str, dict[str, int]] = {
    "random": {
        "guess": 3,
        "kNN": 2,
        "ContentMF": 0,
        "ContentTower": 3,
        "MatchedTower": 0,
        "DropoutNet": 3,
    },
    "newest": {
        "guess": 0,
        "kNN": 1,
        "ContentMF": 1,
        "ContentTower": 1,
        "MatchedTower": 1,
        "DropoutNet": 5,
    },
}


def chosen(films: str, method: str) -> dict[str, Any]:
    """Of MovieLens-1M those of MovieLens-100K."""
    return TRIED[method][1][CHOSEN[films.removeprefix("1M ")][method]]


# method: the function, whose settings it takes, and what is its own
METHODS: dict[str, tuple[Method, str, dict[str, Any]]] = {
    "random": (chance, "", {}),
    "guess": (guess, "guess", {}),
    "kNN": (neighbours, "kNN", {}),
    "ContentMF": (content_mf, "ContentMF", {}),
    "ContentTower": (tower, "ContentTower", {}),
    "MatchedTower": (matched, "MatchedTower", {}),
    "DropoutNet": (forgetting, "DropoutNet", {}),
    "DropoutNet: scores": (forgetting, "DropoutNet", {"target": "scores"}),
    "DropoutNet: content only": (forgetting, "DropoutNet", {"share": 1.0}),
    "DropoutNet: id only": (forgetting, "DropoutNet", {"share": 0.0}),
    "MF": (factorized, "", {"told": False}),
    "told: popularity": (popular, "", {}),
    "told: MF": (factorized, "", {"told": True}),
}


def scores(
    method: str, films: str, here: World, seed: int, small: dict[str, int]
) -> np.ndarray:
    function, settings, own = METHODS[method]
    best = chosen(films, settings) if settings else {}
    return function(here, seed, **{**best, **own, **small})


@cache
def tested(
    method: str, films: str, draws: int, **small: int
) -> dict[str, pd.DataFrame]:
    """Per user and draw, or seed."""
    found: dict[str, list[pd.Series]] = {}
    for draw in range(draws):
        here = world(films, draw if films.endswith("random") else 0)
        table = scores(method, films, here, draw, small)
        for name, per_user in judge(table, here).items():
            found.setdefault(name, []).append(per_user.rename(draw))
    return {name: pd.concat(parts, axis=1) for name, parts in found.items()}


def score(
    method: str, films: str, draws: int, seed: int, **small: int
) -> dict[str, float]:
    """`new` and `warm` with an interval over users, and the spread of the draws'
    means.
    """
    row: dict[str, float] = {}
    for name, table in tested(method, films, draws, **small).items():
        mean = table.mean(axis=1).sort_index().to_frame("ndcg")
        found = evaluation.summarise(mean).loc["ndcg"]
        row[name] = found["mean"]
        if name in ("new", "warm"):
            row |= {f"{name}_low": found["low"], f"{name}_high": found["high"]}
            if draws > 1:
                row[f"{name}_spread"] = table.mean().std(ddof=1)
    return short(row)


def pair(
    method: str,
    baseline: str,
    films: str,
    setting: str,
    draws: int,
    seed: int,
    **small: int,
) -> dict[str, float]:
    tables = {
        name: tested(name, films, draws, **small)[setting]
        for name in (method, baseline)
    }
    both = {
        name: table.mean(axis=1).sort_index().to_frame("ndcg")
        for name, table in tables.items()
    }
    compared = evaluation.compare(both, baseline).loc[method]
    row = compared[["difference", "low", "high", "p"]].to_dict()
    wins = int((tables[method].mean() > tables[baseline].mean()).sum())
    return short(row | {"wins": wins})


def kinds(films: str, draw: int, seed: int) -> dict[str, float]:
    """How many films are hidden and asked for; how many films the wishes amount to
    (exp of their entropy); how well the guess and their ratings so far know how often
    each is asked for (Spearman's correlation over the hidden films).
    """
    here = world(films, draw)
    wanted = here.test["item"][here.new[here.test["item"]]]
    asked = np.bincount(wanted, minlength=here.ds.num_items)[here.new]
    guessed = guess(here, seed, **chosen(films, "guess"))[0]
    before = np.asarray(here.seen.sum(axis=0)).ravel()[here.new]
    years = here.ds.items["year"].astype(float)[here.new]
    row = {
        "hidden": int(here.new.sum()),
        "ratings": float(before.sum() / here.seen.nnz),
        "asked": int(asked.sum()),
        "users": here.test["user"][wanted.index].nunique(),
        "wishes": float(np.exp(stats.entropy(asked))),
        "years": float(years.std()),
        "guess": float(stats.spearmanr(guessed[here.new], asked)[0]),
        "told": float(stats.spearmanr(before, asked)[0]),
    }
    return short(row)


PARTS = {"choice": choice, "films": kinds, "score": score, "pair": pair}
NEW = ("DropoutNet", "ContentTower", "MatchedTower", "ContentMF", "kNN")
# method, baseline, setting
PAIRS = [
    *((method, "guess", "new") for method in NEW),
    *((method, "kNN", "new") for method in NEW[:-1]),
    ("ContentTower", "ContentMF", "new"),
    ("DropoutNet", "DropoutNet: scores", "new"),
    ("DropoutNet", "DropoutNet: content only", "new"),
    ("DropoutNet", "DropoutNet: id only", "new"),
    *((method, "MF", "warm") for method in NEW),
    *((f"DropoutNet: {own} only", "DropoutNet", "warm") for own in ("content", "id")),
    ("DropoutNet", "MF", "list"),
]
LARGE = (
    *("guess", "kNN", "ContentTower", "MatchedTower", "DropoutNet", "MF"),
    *("told: popularity", "told: MF"),
)


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [
        {"part": "choice", "films": films, "method": method}
        for films in VALIDATION
        for method in TRIED
    ]
    listed += [
        {"part": "films", "films": films, "draw": draw}
        for films, draws in (
            ("random", 3),
            ("newest", 1),
            ("1M random", 1),
            ("1M newest", 1),
        )
        for draw in range(draws)
    ]
    for films in VALIDATION:
        here = {"films": films, "draws": 3}
        listed += [{"part": "score", "method": name, **here} for name in METHODS]
        names = ("method", "baseline", "setting")
        listed += [
            {"part": "pair", **dict(zip(names, three, strict=True)), **here}
            for three in PAIRS
        ]
    for films in ("1M random", "1M newest"):
        here = {"films": films, "draws": 1}
        listed += [{"part": "score", "method": name, **here} for name in LARGE]
    return listed


FEW: dict[str, Any] = {"films": "random", "draws": 1}
TRAINED = ("ContentMF", "ContentTower", "MatchedTower", "DropoutNet")
SHORT = {"epochs": 1}
SMALL: list[dict[str, Any]] = [
    *(
        {"part": "choice", "method": name, "films": "newest", **SHORT}
        for name in ("ContentMF", "ContentTower")
    ),
    {"part": "films", "films": "newest", "draw": 0},
    *(
        {"part": "score", "method": name, **FEW, **(SHORT if name in TRAINED else {})}
        for name in ("random", "guess", "kNN", *TRAINED, "told: popularity")
    ),
    *(
        {"part": "score", "method": name, **FEW, **SHORT}
        for name in METHODS
        if name.endswith(("MF", "only", ": scores")) and name not in TRAINED
    ),
    {"part": "score", "method": "guess", "films": "newest", "draws": 1},
    {
        "part": "pair",
        "method": "ContentMF",
        "baseline": "ContentTower",
        "setting": "new",
        **FEW,
        **SHORT,
    },
]

if __name__ == "__main__":
    run(__file__, PARTS, rows(), small=SMALL, seed=0, rests_on={"pair": ("score",)})
