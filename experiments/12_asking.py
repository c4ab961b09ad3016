"""What to ask a new person: which films, and what the answers are worth.

A fifth of the people are new (three draws); models and questions come from the others.
A new person is interviewed about films and says liked (4 or more stars), disliked, or
"haven't seen it", from the first 80 % of his or her ratings in time. The last 20 % are
to be found (NDCG@10 in the whole catalogue); a film of these is one not seen yet. Not
having rated a film counts as not having seen it: in life more films are known, and more
questions answered. What was rated in the first 80 % is never recommended, whether it
was asked for or not, so that a question pays by what it tells, and not by taking a
film off the list (`open_ndcg`: only what was answered is taken off).

A person who is new in several draws counts with the mean; intervals are over people.
Ways to use the answers:

EASE         a row of what was answered with liked or disliked, and `weight` times the
             mean row of all people (which sums to about a hundred films), which is all
             there is before an answer
EASE alone   the same without the mean row; who has answered nothing gets popularity
group        what the people took who answered the same (of a tree only)

Parts, told apart by `part`:

choice    EASE's penalty and weight (lists: of each `weight`), on people of the training
          part who are taken for new; the mean over 1 to 20 questions by popularity and
          by the tree
tree      the tree's settings (lists: of each `shrink`), likewise, for `group`
asked     each strategy after so many `questions`: lists; `answered` is the mean number
          of films that were seen. strategy "all" knows all of the first 80 %, with the
          penalty that chapter 03 found for people with a history
pair      one against another on the same people, after so many `questions`: difference,
          95 % interval, and in how many draws the first was better (`wins`)
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from course.experiment import run
from rec_tutor import baselines, data, evaluation, interview
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import splits
from rec_tutor.inputs import interaction_matrix

LIKED = 4.0
QUESTIONS = (0, 1, 2, 5, 10, 20)
COMPARED = QUESTIONS[1:]
DRAWS = 3
BOARD = 300.0  # EASE's penalty for people of whom all is known, as in chapter 03
# by the rows "choice" and "tree"
CHOSEN: dict[str, dict[str, float]] = {
    "ml-100k": {"l2": 10_000.0, "weight": 0.001},
    "ml-1m": {"l2": 100_000.0, "weight": 0.003},
}
TREE: dict[str, dict[str, Any]] = {
    "ml-100k": {"least": 80, "shrink": 3.0},
    "ml-1m": {"least": 640, "shrink": 30.0},
}
TRIED = {"ml-100k": (20, 40, 80, 160), "ml-1m": (40, 160, 320, 640)}


@dataclass(frozen=True, eq=False)
class Draw:
    """Who is new, what they would say, and what is known of all others.

    Attributes:
        train: ratings of the others.
        test: what the new people took last.
        known: the others' ratings, (people, I).
        people: the new ones with something to find, indices.
        said: (new, I), their answers.
        seen: (num_users, I), what they took before the test.
        popular: (I,), how many of the others took each film.
    """

    ds: Dataset
    train: pd.DataFrame
    test: pd.DataFrame
    known: sparse.csr_matrix
    people: np.ndarray
    said: np.ndarray
    seen: sparse.csr_matrix
    popular: np.ndarray


@cache
def dataset(name: str) -> Dataset:
    return data.load(name)


@lru_cache(maxsize=6)
def draw(name: str, seed: int, inner: bool, few: int | None) -> Draw:
    """With `inner` the new people are some of those who were not new, for choices."""
    ds = dataset(name)
    size = (ds.num_users, ds.num_items)
    split = splits.new_users(ds.ratings, seed=seed)
    if inner:
        split = splits.new_users(split.train, seed=seed)
    assert split.fold_in is not None
    people = np.unique(split.test["user"])[:few]
    test = split.test[split.test["user"].isin(people)]
    rated = interaction_matrix(split.fold_in, *size, values="rating")
    known = interaction_matrix(split.train, *size, values="rating")
    known = known[np.unique(split.train["user"])]
    return Draw(
        ds,
        split.train,
        test,
        known,
        people,
        interview.answers(rated[people], LIKED),
        interaction_matrix(split.fold_in, *size),
        interview.popularity(known),
    )


@lru_cache(maxsize=4)
def ease(name: str, seed: int, inner: bool, l2: float) -> baselines.EASE:
    d = draw(name, seed, inner, None)
    return baselines.EASE(d.ds.num_users, d.ds.num_items, l2=l2).fit(d.train)


@lru_cache(maxsize=6)
def tree(
    name: str, seed: int, inner: bool, least: int, shrink: float
) -> interview.Tree:
    d = draw(name, seed, inner, None)
    return interview.Tree(least=least, shrink=shrink).fit(d.known, LIKED)


@lru_cache(maxsize=30)
def interviewed(
    name: str, seed: int, inner: bool, strategy: str, few: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """asked, said, (new, 20) each."""
    d = draw(name, seed, inner, few)
    asker: interview.Asker
    if strategy == "random":
        asker = interview.Random(d.ds.num_items, seed=seed)
    elif strategy == "tree":
        asker = tree(name, seed, inner, **TREE[name])
    else:
        asker = interview.Fixed(interview.ORDERS[strategy](d.known))
    return interview.ask(asker, d.said, max(QUESTIONS))


class Table:
    """Scores of some people, made once."""

    def __init__(self, people: np.ndarray, scores: np.ndarray):
        self.people, self.scores = people, scores

    def score(self, users: np.ndarray, histories: Any = None) -> np.ndarray:
        return self.scores[np.searchsorted(self.people, users)]


def measure(
    d: Draw, found: sparse.csr_matrix, scores: np.ndarray, with_open: bool = True
) -> pd.DataFrame:
    """Per new person: `ndcg`, `open_ndcg`, `answered`."""
    table = Table(d.people, scores)
    row = evaluation.evaluate(table, d.test, seen=d.seen)[["ndcg"]]
    if with_open:
        rows, columns = found.nonzero()
        cells = (np.ones(len(rows)), (d.people[rows], columns))
        asked = sparse.csr_matrix(cells, shape=d.seen.shape)
        row["open_ndcg"] = evaluation.evaluate(table, d.test, seen=asked)["ndcg"]
    return row.assign(answered=np.asarray(found.sum(axis=1)).ravel())


def folded(
    d: Draw, model: baselines.EASE, found: sparse.csr_matrix, weight: float | None
) -> np.ndarray:
    """EASE's scores of what was answered; None: without the mean row."""
    scores = model.score_new(found)
    if weight is not None:
        mean = d.popular / d.known.shape[0]
        return scores + weight * (mean @ model.weights)
    nothing = np.diff(found.indptr) == 0
    scores[nothing] = d.popular
    return scores


def one_draw(
    name: str, seed: int, strategy: str, use: str, questions: int, few: int | None
) -> pd.DataFrame:
    d = draw(name, seed, False, few)
    if strategy == "all":
        found = sparse.csr_matrix(d.seen[d.people])
        asked = said = np.zeros((len(d.people), 0), dtype=np.int64)
    else:
        asked, said = (
            part[:, :questions]
            for part in interviewed(name, seed, False, strategy, few)
        )
        found = interview.taken(asked, said, d.ds.num_items)
    if use == "group":
        scores = tree(name, seed, False, **TREE[name]).score(asked, said)
    else:
        l2 = BOARD if strategy == "all" else CHOSEN[name]["l2"]
        model = ease(name, seed, False, l2)
        weight = CHOSEN[name]["weight"] if use == "EASE" else None
        scores = folded(d, model, found, weight)
    return measure(d, found, scores)


@cache
def tested(
    name: str,
    strategy: str,
    use: str,
    questions: int,
    draws: int = DRAWS,
    few: int | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Per person the mean over draws, and the draws' NDCG."""
    found = [
        one_draw(name, seed, strategy, use, questions, few) for seed in range(draws)
    ]
    means = np.array([frame["ndcg"].mean() for frame in found])
    return pd.concat(found).groupby(level=0).mean(), means


def measure_asked(
    data: str, strategy: str, use: str, seed: int, **small: int
) -> dict[str, Any]:
    given = (2, 5) if "few" in small else QUESTIONS
    given = given if strategy != "all" else (0,)
    found = [tested(data, strategy, use, k, **small)[0] for k in given]
    tables = [evaluation.summarise(people) for people in found]
    row: dict[str, Any] = {"people": len(found[0]), "questions": list(given)}
    for name, metric, end in (
        ("ndcg", "ndcg", "mean"),
        ("low", "ndcg", "low"),
        ("high", "ndcg", "high"),
        ("open_ndcg", "open_ndcg", "mean"),
        ("answered", "answered", "mean"),
    ):
        row[name] = [round(float(table.loc[metric, end]), 4) for table in tables]
    return row


def measure_pair(
    data: str, this: str, other: str, seed: int, **small: int
) -> dict[str, Any]:
    """ "tree, EASE" against "nothing", say."""
    row: dict[str, list[Any]] = {"questions": [], "difference": []}
    row |= {"low": [], "high": [], "wins": []}
    for k in (5,) if "few" in small else COMPARED:
        both = {}
        for name in (this, other):
            strategy, _, use = name.partition(", ")
            if name == "nothing":
                both[name] = tested(data, "popularity", "EASE", 0, **small)
            else:
                both[name] = tested(data, strategy, use, k, **small)
        frames = {name: frame for name, (frame, _) in both.items()}
        found = evaluation.compare(frames, other).loc[this]
        row["questions"].append(k)
        for end in ("difference", "low", "high"):
            row[end].append(round(float(found[end]), 4))
        row["wins"].append(int((both[this][1] > both[other][1]).sum()))
    return row


def measure_choice(
    data: str, l2: float, seed: int, draws: int = DRAWS
) -> dict[str, Any]:
    found: dict[float, list[float]] = {weight: [] for weight in WEIGHTS[data]}
    for one in range(draws):
        d, model = draw(data, one, True, None), ease(data, one, True, l2)
        for strategy in ("popularity", "tree"):
            asked, said = interviewed(data, one, True, strategy, None)
            for k in COMPARED:
                rows = interview.taken(asked[:, :k], said[:, :k], d.ds.num_items)
                for weight, means in found.items():
                    scores = folded(d, model, rows, weight)
                    means.append(measure(d, rows, scores, False)["ndcg"].mean())
    means = [round(float(np.mean(own)), 4) for own in found.values()]
    return {"weight": list(found), "ndcg": means}


def measure_tree(
    data: str, least: int, seed: int, draws: int = DRAWS
) -> dict[str, Any]:
    found: dict[float, list[float]] = {shrink: [] for shrink in SHRINKS}
    nodes = 0
    for one in range(draws):
        d = draw(data, one, True, None)
        for shrink, means in found.items():
            asker = tree(data, one, True, least, shrink)
            asked, said = interview.ask(asker, d.said, 10)
            for k in (1, 2, 5, 10):
                rows = interview.taken(asked[:, :k], said[:, :k], d.ds.num_items)
                scores = asker.score(asked[:, :k], said[:, :k])
                means.append(measure(d, rows, scores, False)["ndcg"].mean())
        nodes += len(asker.nodes)
    means = [round(float(np.mean(own)), 4) for own in found.values()]
    return {"shrink": list(found), "ndcg": means, "nodes": round(nodes / draws)}


PARTS = {
    "choice": measure_choice,
    "tree": measure_tree,
    "asked": measure_asked,
    "pair": measure_pair,
}
STRATEGIES = {
    "ml-100k": (
        "random",
        "popularity",
        "entropy",
        "log popularity x entropy",
        "entropy of the answer",
        "tree",
    ),
    "ml-1m": ("random", "popularity", "entropy", "tree"),
}
SHRINKS = (3.0, 10.0, 30.0)
WEIGHTS = {
    "ml-100k": (0.001, 0.003, 0.01, 0.03, 0.1),
    "ml-1m": (0.001, 0.003, 0.01),
}
PENALTIES = {
    "ml-100k": (1000.0, 3000.0, 10_000.0, 30_000.0, 100_000.0),
    "ml-1m": (10_000.0, 30_000.0, 100_000.0),
}


def ways(data: str) -> list[tuple[str, str]]:
    """What to ask, and how to use the answers."""
    found = [(strategy, "EASE") for strategy in STRATEGIES[data]]
    found.append(("tree", "group"))
    return found + ([("popularity", "EASE alone")] if data == "ml-100k" else [])


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for name, draws in (("ml-100k", DRAWS), ("ml-1m", 1)):
        row = {"data": name, "draws": draws}
        listed += [{"part": "tree", **row, "least": least} for least in TRIED[name]]
        listed += [{"part": "choice", **row, "l2": l2} for l2 in PENALTIES[name]]
        listed += [
            {"part": "asked", **row, "strategy": strategy, "use": use}
            for strategy, use in (*ways(name), ("all", "EASE"))
        ]
        by_popularity = "popularity, EASE"
        listed += [
            {"part": "pair", **row, "this": f"{strategy}, {use}", "other": other}
            for strategy, use in ways(name)
            for other in ("nothing", by_popularity)
            if f"{strategy}, {use}" != other
            and (other != "nothing" or strategy in ("popularity", "tree"))
            and (name == "ml-100k" or strategy in ("popularity", "tree"))
        ]
    return listed


FEW: dict[str, Any] = {"data": "ml-100k", "draws": 1, "few": 50}
SMALL: list[dict[str, Any]] = [
    {"part": "tree", "data": "ml-100k", "least": 80, "draws": 1},
    {"part": "choice", "data": "ml-100k", "l2": 300.0, "draws": 1},
    *(
        {"part": "asked", "strategy": strategy, "use": use, **FEW}
        for strategy, use in (*ways("ml-100k"), ("all", "EASE"))
    ),
    {"part": "pair", "this": "tree, group", "other": "nothing", **FEW},
]

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        rows(),
        small=SMALL,
        seed=0,
        rests_on={"asked": ("asked",), "pair": ("asked",)},
    )
