"""Friends for new people: is it whom they trust that helps?

New people have no ratings at all, only whom they trust (FilmTrust). The people are
dealt into five folds; those of a fold are new, all others known, and all that the new
ones rated is to be found (NDCG@10 in the whole catalogue). New is who trusts at least
one known person; links to other new people say nothing and are left out.

The control: the same links, dealt out anew ("shuffled", three times). Each new person
keeps the number of those he or she trusts, each known one the number of those who do.

How far to trust those whom one trusts (`shrink`: they are joined by so many average
people) is the best of as many tries for the other half of the people. Parts, told apart
by `part`:

trust     a method. ratings: the share of the trusted who took a film; EASE: their mean
          row, as if it were the new person's own; MF: the mean of their vectors
trusted   one method minus another on the same people, 95 % interval, p; of those who
          trust `least` to `most` known people
error     mean absolute error of ratings, by person: what the trusted gave a film draws
          the film's mean; shrink null: it does not. `share` is how many ratings are of
          films that a trusted person has rated, too; `difference` to the film's mean,
          with its interval
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from course.experiment import run
from rec_tutor import baselines, evaluation
from rec_tutor.data import filmtrust
from rec_tutor.inputs import interaction_matrix

SHUFFLES = 3
FOLDS = 5


def shuffled(
    left: np.ndarray, right: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The right ends dealt out anew, so that no pair occurs twice, if it can be."""
    right = rng.permutation(right)
    for _ in range(200):
        pairs = pd.DataFrame({"left": left, "right": right})
        again = np.flatnonzero(pairs.duplicated())
        if not len(again):
            break
        others = rng.choice(len(right), size=len(again), replace=False)
        places = np.union1d(again, others)
        right[places] = rng.permutation(right[places])
    return right


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


SHRINKS = (0.1, 1.0, 3.0, 10.0, 30.0)


@cache
def trusting() -> filmtrust.Trusting:
    return filmtrust.load()


@cache
def dealt() -> tuple[np.ndarray, np.ndarray]:
    """Fold and half of every person, (num_users,) each."""
    rng = np.random.default_rng(0)
    order = rng.permutation(trusting().num_users)
    return order % FOLDS, (order // FOLDS) % 2


@cache
def links(fold: int, shuffle: int | None) -> sparse.csr_matrix:
    """Whom the new people trust among the known, (num_users, num_users) of 0 and 1."""
    ds, own = trusting(), dealt()[0]
    edges = ds.edges()
    edges = edges[(own[edges[:, 0]] == fold) & (own[edges[:, 1]] != fold)]
    left, right = edges.T
    if shuffle is not None:
        right = shuffled(left, right, np.random.default_rng([fold, shuffle]))
    cells = (np.ones(len(left)), (left, right))
    return sparse.csr_matrix(cells, shape=(ds.num_users,) * 2)


@cache
def known(fold: int, model: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """What each known person is worth to those who trust him or her, (num_users, D);
    its mean over all known people; and what turns it into scores, (D, I).
    """
    ds = trusting()
    size, there = (ds.num_users, ds.num_items), dealt()[0] != fold
    train = ds.ratings[there[ds.ratings["user"]]]
    rows = interaction_matrix(train, *size)
    if model == "MF":
        als = baselines.ALS(*size, dim=16, seed=0).fit(train)
        return als.users, als.users[there].mean(axis=0), als.items.T
    mean = np.asarray(rows.sum(axis=0)).ravel() / there.sum()
    if model == "EASE":
        return rows, mean, baselines.EASE(*size, l2=300).fit(train).weights
    return rows, mean, np.eye(ds.num_items)


@cache
def by_person(
    method: str, shrink: float | None, shuffle: int | None, folds: int
) -> pd.DataFrame:
    """NDCG@10 of every new person, over the folds; shrink None: nobody is trusted."""
    ds, found = trusting(), []
    for fold in range(folds):
        trust = links(fold, shuffle)
        degree = np.asarray(trust.sum(axis=1)).ravel()
        new = np.flatnonzero(np.asarray(links(fold, None).sum(axis=1)).ravel())
        test = ds.ratings[ds.ratings["user"].isin(new)]
        worth, mean, turn = known(fold, method)
        drawn = np.tile(mean, (len(new), 1))
        if shrink is not None:
            total = (trust @ worth)[new]
            total = total.toarray() if sparse.issparse(total) else total
            drawn = (total + shrink * mean) / (degree[new] + shrink)[:, None]
        scores = np.zeros((ds.num_users, ds.num_items))
        scores[new] = drawn @ turn
        nothing = sparse.csr_matrix((ds.num_users, ds.num_items))
        found.append(evaluation.evaluate(Table(scores), test, seen=nothing)[["ndcg"]])
    return pd.concat(found).sort_index()


def best(
    method: str, shuffle: int | None, folds: int
) -> tuple[pd.DataFrame, list[float]]:
    """Each half of the people with the setting that is best for the other half."""
    half, parts, chosen = dealt()[1], [], []
    for side in (0, 1):
        tries = {
            shrink: by_person(method, shrink, shuffle, folds) for shrink in SHRINKS
        }
        there = half[next(iter(tries.values())).index] == side
        means = {name: table["ndcg"][~there].mean() for name, table in tries.items()}
        chosen.append(max(means, key=means.__getitem__))
        parts.append(tries[chosen[-1]][there])
    return pd.concat(parts).sort_index(), chosen


@cache
def trusted(method: str, shuffles: int, folds: int) -> tuple[pd.DataFrame, list[float]]:
    """Per new person, the mean over shuffles, and the settings."""
    name, _, control = method.partition(", ")
    if name == "popularity":
        return by_person("ratings", None, None, folds), []
    if not control:
        return best(name, None, folds)
    runs = [best(name, shuffle, folds) for shuffle in range(shuffles)]
    tables, chosen = zip(*runs, strict=True)
    return sum(tables[1:], tables[0]) / len(tables), [s for c in chosen for s in c]


def measure_trust(
    method: str, seed: int, shuffles: int = SHUFFLES, folds: int = FOLDS
) -> dict[str, Any]:
    people, chosen = trusted(method, shuffles, folds)
    row: dict[str, Any] = {"people": len(people)}
    row |= evaluation.summarise(people).loc["ndcg"].to_dict()
    return short(row) | {"shrink": "/".join(f"{one:g}" for one in chosen)}


def measure_trusted(
    method: str,
    other: str,
    seed: int,
    shuffles: int = SHUFFLES,
    folds: int = FOLDS,
    least: int = 1,
    most: int | None = None,
) -> dict[str, float]:
    tables = {"this": method, "other": other}
    found = {key: trusted(name, shuffles, folds)[0] for key, name in tables.items()}
    trusts = sum(links(fold, None) for fold in range(FOLDS))
    number = np.asarray(trusts.sum(axis=1)).ravel()[found["this"].index]
    some = (number >= least) & (number <= (most or number.max()))
    people = {"people": int(some.sum())}
    return people | paired({key: table[some] for key, table in found.items()})


@cache
def errors(shrink: float | None, shuffle: int | None) -> tuple[pd.DataFrame, float]:
    """Mean absolute error of every new person, and the share of ratings of films that a
    trusted person has rated, too.
    """
    ds, own, found, shares = trusting(), dealt()[0], [], []
    size = (ds.num_users, ds.num_items)
    for fold in range(FOLDS):
        there = own[ds.ratings["user"]] != fold
        train = ds.ratings[there]
        middle = train["rating"].mean()
        total = np.bincount(train["item"], train["rating"] - middle, ds.num_items)
        count = np.bincount(train["item"], minlength=ds.num_items)
        item = middle + total / (count + 5)  # rare films: near the mean of all
        trust = links(fold, shuffle)
        new = np.flatnonzero(np.asarray(links(fold, None).sum(axis=1)).ravel())
        test = ds.ratings[ds.ratings["user"].isin(new)]
        surprise = train["rating"].to_numpy() - item[train["item"]]
        gave = interaction_matrix(train, *size, values=surprise)
        took = interaction_matrix(train, *size)
        cells = (test["user"].to_numpy(), test["item"].to_numpy())
        voices = np.asarray((trust @ took)[cells]).ravel()
        drawn = np.asarray((trust @ gave)[cells]).ravel()
        drawn *= 0 if shrink is None else 1 / (voices + shrink)
        wrong = (test["rating"] - item[test["item"]] - drawn).abs()
        found.append(wrong.groupby(test["user"]).mean().to_frame("error"))
        shares.append((voices > 0).mean())
    return pd.concat(found).sort_index(), float(np.mean(shares))


def measure_error(
    shrink: float | None, shuffle: int | None, seed: int
) -> dict[str, float]:
    people, share = errors(shrink, shuffle)
    row = {"mean": people["error"].mean(), "share": share}
    means = {"this": people, "other": errors(None, None)[0]}
    means = {
        key: table.rename(columns={"error": "ndcg"}) for key, table in means.items()
    }
    return short(row) | paired(means)


PARTS = {
    "trust": measure_trust,
    "trusted": measure_trusted,
    "error": measure_error,
}
METHODS = ("ratings", "EASE", "MF")


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [{"part": "trust", "method": "popularity"}]
    for name in METHODS:
        control = f"{name}, shuffled"
        listed += [{"part": "trust", "method": one} for one in (name, control)]
        for one, other in (
            (name, "popularity"),
            (control, "popularity"),
            (name, control),
        ):
            listed.append({"part": "trusted", "method": one, "other": other})
    row = {"part": "trusted", "method": "MF", "other": "popularity"}
    for least, most in ((1, 1), (2, 3), (4, None)):
        listed.append({**row, "least": least, "most": most})
    listed.append({"part": "error", "shrink": None, "shuffle": None})
    for shrink, shuffle in (
        (3.0, None),
        *((10.0, n) for n in (None, *range(SHUFFLES))),
    ):
        listed.append({"part": "error", "shrink": shrink, "shuffle": shuffle})
    return listed


LITTLE = {"shuffles": 1, "folds": 1}
SMALL: list[dict[str, Any]] = [
    {"part": "trust", "method": "popularity", **LITTLE},
    {"part": "trust", "method": "ratings", **LITTLE},
    {"part": "trust", "method": "MF, shuffled", **LITTLE},
    {"part": "trust", "method": "EASE", **LITTLE},
    {"part": "trusted", "method": "ratings", "other": "popularity", **LITTLE},
    {"part": "error", "shrink": 3.0, "shuffle": 0},
]

if __name__ == "__main__":
    rests_on = {"trust": ("trust",), "trusted": ("trust",), "error": ("error",)}
    run(__file__, PARTS, rows(), small=SMALL, seed=0, rests_on=rests_on)
