"""Directors, writers and actors for new films: is it the persons that help?

New films are a fifth of MovieLens 100K (three draws), or those of 1997 and later: all
their ratings are hidden, and those of each user's last 20 % are to be found, among the
new films alone (NDCG@10). What a user had rated before is not asked for and not
recommended. Who directed, wrote and played in a film is Wikidata's; `persons 1` are the
directors, 2 the writers as well, 3 the actors as well.

The control: the same links, dealt out anew ("shuffled", three times): each film and
each person keeps its number of them, but for the few that would come twice.

A user counts with the mean over the draws in which there was something to find. `+`
adds two sources, standardised, the second with a `weight`: the best of as many tries on
other hidden films and the board's validation part. Parts, told apart by `part`:

films     a method. genre x year: the mean count of known films of a genre and about
          that year, the same for all users; kNN: how much a film has in common with
          what the user took (cosines, summed); fame: the mean count of known films with
          the same persons. `linked`: the share of what is to be found that has a person
          in common with a known film
filmed    one method minus another on the same users, 95 % interval, p
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.data import film_join
from rec_tutor.data import films as wikidata
from rec_tutor.evaluation import splits
from rec_tutor.inputs import interaction_matrix

SHUFFLES = 3


class Table:
    def __init__(self, scores: np.ndarray):
        self.scores = scores

    def score(self, users: np.ndarray, histories: Any = None) -> np.ndarray:
        return self.scores[users]


def short(row: dict[str, Any]) -> dict[str, Any]:
    """Four digits are enough."""
    return {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in row.items()
    }


def paired(both: dict[str, pd.DataFrame]) -> dict[str, float]:
    table = evaluation.compare(both, "other")
    return short(table.loc["this", ["difference", "low", "high", "p"]].to_dict())


WEIGHTS = (0.1, 0.3, 1.0, 3.0)
ROLES = ("directors", "writers", "cast")
DRAWS: dict[str, tuple[int, ...]] = {"random": (0, 1, 2), "newest": (-1,)}
NEW = 1997


@cache
def movies() -> tuple[data.Dataset, np.ndarray, np.ndarray]:
    """MovieLens 100K, its years and genres."""
    ds = data.load("ml-100k")
    years = ds.items["year"].astype(float).fillna(ds.items["year"].median()).to_numpy()
    names = sorted({genre for genres in ds.items["genres"] for genre in genres})
    genres = [[name in own for name in names] for own in ds.items["genres"]]
    return ds, years, np.array(genres, dtype=float)


@cache
def joined() -> film_join.Join:
    return film_join.join(movies()[0], wikidata.load())


@cache
def hidden(drawn: int) -> np.ndarray:
    """Which films are new, bool (I,); -1: the newest. A film that MovieLens lists twice
    never is: its double would tell everything.
    """
    ds, years, _ = movies()
    new = years >= NEW if drawn < 0 else splits.drawn(ds.num_items, seed=drawn)
    twice = np.concatenate(joined().twice)
    return new & ~np.isin(np.arange(ds.num_items), twice)


@cache
def persons(roles: int, shuffle: int | None) -> sparse.csr_matrix:
    """(I, persons), 1 for who directed (roles 1), or wrote (2), or played (3)."""
    ds, table = movies()[0], wikidata.load()
    records = joined().records
    pairs = [
        (film, person)
        for film, record in enumerate(records)
        for person in {
            name
            for role in ROLES[:roles]
            for name in (table[role].iat[record] if record >= 0 else ())
        }
    ]
    links = pd.DataFrame(pairs, columns=["film", "person"]).sort_values(
        ["film", "person"]
    )
    left, right = links["film"].to_numpy(), pd.factorize(links["person"], sort=True)[0]
    if shuffle is not None:
        right = np.random.default_rng(shuffle).permutation(right)
    cells = (np.ones(len(left)), (left, right))
    both = sparse.csr_matrix(cells, shape=(ds.num_items, right.max() + 1))
    both.data[:] = 1.0  # building a csr_matrix adds up repeated pairs
    return both


def alike(features: sparse.csr_matrix) -> np.ndarray:
    """Cosines of rows, (I, I); 0 for a row of zeros."""
    return baselines.cosine_similarity(sparse.csr_matrix(features.T))


def guess(counts: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Chapter 06's: how popular known films of the same genre and about the same year
    are, (I,).
    """
    _, years, genres = movies()
    near = np.exp(-np.abs(years[:, None] - years) / 2) * ~new
    middle = 3 * counts[~new].mean()
    by_genre = [(near @ (g * counts) + middle) / (near @ g + 3) for g in genres.T]
    mean = (genres * np.stack(by_genre, axis=1)).sum(axis=1)
    return mean / np.maximum(genres.sum(axis=1), 1)


def standard(scores: np.ndarray, new: np.ndarray) -> np.ndarray:
    """With mean 0 and standard deviation 1 over the new films, row by row."""
    middle = scores[:, new].mean(axis=1, keepdims=True)
    spread = scores[:, new].std(axis=1, keepdims=True)
    return (scores - middle) / np.where(spread > 0, spread, 1)


def feature_scores(
    name: str, rows: sparse.csr_matrix, new: np.ndarray, shuffle: int | None
) -> np.ndarray:
    """(num_users, I) or (1, I): what one source says of the films."""
    counts = np.asarray(rows.sum(axis=0)).ravel()
    if name == "random":
        return np.random.default_rng(0).random(rows.shape)
    if name == "genre x year":
        return np.log1p(guess(counts, new))[None]
    if name == "kNN of genre and year":
        _, years, genres = movies()
        near = np.exp(-(((years[:, None] - np.arange(1920, 2000, 5)) / 5) ** 2) / 2)
        return rows @ alike(sparse.csr_matrix(np.hstack([genres, near])))
    kind, _, roles = name.partition(" of persons ")
    links = persons(int(roles), shuffle)
    if kind == "kNN":
        return rows @ alike(links)
    old = sparse.csr_matrix(links.multiply(~new[:, None]))
    films = np.asarray(old.sum(axis=0)).ravel()
    middle = counts[~new].mean()
    # of a person's known films, drawn by one towards the mean of all
    fame = (old.T @ counts + middle) / (films + 1)
    degree = np.asarray(links.sum(axis=1)).ravel()
    mean = (links @ fame + middle) / (degree + 1)
    return np.log1p(mean)[None]


@cache
def by_user(
    method: str,
    weight: float,
    drawn: int,
    shuffle: int | None,
    choosing: bool,
    most: int | None,
) -> pd.DataFrame:
    """NDCG@10 among the new films, of at most the first so many users."""
    ds, new = movies()[0], hidden(drawn)
    board = splits.temporal(ds.ratings)
    before, test = (board.train, board.valid) if choosing else (board.refit, board.test)
    assert test is not None
    test = test[test["user"] < (most or ds.num_users)]
    size = (ds.num_users, ds.num_items)
    rows = interaction_matrix(before[~new[before["item"]]], *size)
    parts = [
        standard(feature_scores(name, rows, new, shuffle), new)
        for name in method.split(" + ")
    ]
    scores = parts[0] if len(parts) == 1 else parts[0] + weight * parts[1]
    scores = np.where(new, np.broadcast_to(scores, size), -np.inf)
    seen = interaction_matrix(before, *size)
    return evaluation.evaluate(Table(scores), test[new[test["item"]]], seen=seen)[
        ["ndcg"]
    ]


def weight_of(method: str, shuffle: int | None, most: int | None) -> float:
    """The best on other hidden films, on the validation part."""
    if " + " not in method:
        return 1.0
    means = {
        weight: np.mean(
            [
                by_user(method, weight, 100 + one, shuffle, True, most)["ndcg"].mean()
                for one in range(3)
            ]
        )
        for weight in WEIGHTS
    }
    return max(means, key=means.__getitem__)


@cache
def filmed(
    method: str, films: str, shuffles: int, most: int | None
) -> tuple[pd.DataFrame, list[float], float]:
    """Per user the mean over draws (and shuffles), the weights, and the spread."""
    name, _, control = method.partition(", ")
    runs: list[int | None] = list(range(shuffles)) if control else [None]
    found, weights, means = [], [], []
    for shuffle in runs:
        weights.append(weight_of(name, shuffle, most))
        tables = [
            by_user(name, weights[-1], one, shuffle, False, most)
            for one in DRAWS[films]
        ]
        means += [table["ndcg"].mean() for table in tables]
        found += tables
    spread = float(np.std(means, ddof=1)) if len(means) > 1 else float("nan")
    return pd.concat(found).groupby(level=0).mean(), weights, spread


def linked(films: str, roles: int) -> float:
    """The share of what is to be found that shares a person with a known film."""
    ds = movies()[0]
    test, links, shares = splits.temporal(ds.ratings).test, persons(roles, None), []
    for one in DRAWS[films]:
        new = hidden(one)
        old = np.asarray(links[~new].sum(axis=0)).ravel() > 0
        has = (links @ old) > 0
        shares.append(has[test["item"][new[test["item"]]]].mean())
    return float(np.mean(shares))


def measure_films(
    method: str,
    films: str,
    seed: int,
    shuffles: int = SHUFFLES,
    most: int | None = None,
) -> dict[str, Any]:
    users, weights, spread = filmed(method, films, shuffles, most)
    row: dict[str, Any] = {"users": len(users), "spread": spread}
    row |= evaluation.summarise(users).loc["ndcg"].to_dict()
    if "persons" in method:
        row["linked"] = linked(films, int(method.partition(",")[0][-1]))
    return short(row) | {"weight": "/".join(f"{one:g}" for one in weights)}


def measure_filmed(
    method: str,
    other: str,
    films: str,
    seed: int,
    shuffles: int = SHUFFLES,
    most: int | None = None,
) -> dict[str, float]:
    tables = {"this": method, "other": other}
    return paired(
        {key: filmed(name, films, shuffles, most)[0] for key, name in tables.items()}
    )


PARTS = {
    "films": measure_films,
    "filmed": measure_filmed,
}
GENRE = "genre x year"
METHODS = (
    "random",
    GENRE,
    "kNN of genre and year",
    f"{GENRE} + kNN of genre and year",
    *(f"{GENRE} + kNN of persons {n}" for n in (1, 2, 3)),
    f"{GENRE} + fame of persons 1",
)


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for films in DRAWS:
        for name in METHODS:
            listed.append({"part": "films", "method": name, "films": films})
            pair = {"part": "filmed", "method": name, "films": films}
            if name not in ("random", GENRE):
                listed.append({**pair, "other": GENRE})
            if "persons" in name and "persons 2" not in name:
                control = f"{name}, shuffled"
                listed.append({"part": "films", "method": control, "films": films})
                listed.append({**pair, "other": control})
    return listed


LITTLE: dict[str, Any] = {"films": "newest", "shuffles": 1, "most": 300}
SMALL: list[dict[str, Any]] = [
    {"part": "films", "method": "kNN of genre and year", **LITTLE},
    {"part": "films", "method": f"{GENRE} + kNN of persons 1, shuffled", **LITTLE},
    {"part": "films", "method": "kNN of persons 3", **LITTLE},
    {"part": "films", "method": "fame of persons 1", **LITTLE},
    {"part": "filmed", "method": GENRE, "other": "random", **LITTLE},
]

if __name__ == "__main__":
    rests_on = {"films": ("films",), "filmed": ("films",)}
    run(__file__, PARTS, rows(), small=SMALL, seed=0, rests_on=rests_on)
