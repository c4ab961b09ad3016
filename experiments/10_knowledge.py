"""Does knowledge about films help LightGCN, once its links are right?

Who directed a film, who wrote it, who plays in it: edges from films to persons with at
least two films. The links are Wikidata's (joined by title and year, right),
Freebase's (by the link table of RecBole's copy, wrong: it has the film numbers of
another MovieLens), and, as a control, with the persons dealt out anew ("shuffled": each
film and each person keeps its number of links, which go anywhere). Choices are made on
the validation part, with the same tries for each kind of links. Parts, told apart by
`part`:

choice     which relations, and which weight of their edges (a rating has 1), on
           validation
board      the chosen ones on the test of the course's scoreboard, three seeds
pair       two of them on the same users: difference, 95 % interval, p
films      where the films of the test stand in the rankings, 0 at the top, 1 at the
           bottom, by their number of ratings (low <= n < high): one minus another, mean
           over users, 95 % interval
new        150 films (a block) are left out of training altogether; each then gets the
           mean vector of the films that it shares something with, or of all films if
           there are none. Where their ratings stand among the 150, by user, 95 %
           interval; chance is 0.5. Three blocks, which share no film, drawn from the
           films with a director of two films at least ("linked"), or from all of them
           ("all", where having links at all tells that a film was noticed)
relations  the same with other relations, on two blocks that are not used again
gap        one kind of links minus another, over the three blocks, by user, 95 %
           interval. Beside persons also the genres and years of MovieLens, and both
"""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from course.experiment import run
from rec_tutor import data, evaluation
from rec_tutor.data import film_join
from rec_tutor.data import films as wikidata
from rec_tutor.evaluation import splits
from rec_tutor.inputs import UserBatches, graph, interaction_matrix
from rec_tutor.torch import gnn, training

ds = data.load("ml-100k", knowledge=True)
split = splits.temporal(ds.ratings)
records = wikidata.load()
joined = film_join.join(ds, records)
SIZE = (ds.num_users, ds.num_items)
SEEDS = (0, 1, 2)
FREEBASE = {
    "directors": "film.film.directed_by",
    "writers": "film.film.written_by",
    "cast": "film.film.actor",
}
RELATIONS = {
    "directors": ("directors",),
    "directors, writers": ("directors", "writers"),
    "cast": ("cast",),
    "all three": ("directors", "writers", "cast"),
}
CHOSEN: dict[str, dict[str, Any]] = {  # by the rows "choice"
    "none": {},
    "Freebase": {"relations": "directors", "weight": 0.1},
    "Wikidata": {"relations": "all three", "weight": 1.0},
    "Wikidata, shuffled": {"relations": "directors", "weight": 0.1},
    # the control with what was chosen for the right links
    "Wikidata (same settings), shuffled": {"relations": "all three", "weight": 1.0},
}
FOR_NEW: dict[str, str] = {  # by the rows "relations"
    "Freebase": "directors",
    "Freebase, shuffled": "directors",
    "Wikidata": "all three",
    "Wikidata, shuffled": "directors, writers",
    "genres": "",
    "genres and Wikidata": "directors",
}
BLOCK = 150
TESTED, TRIED = (0, 1, 2), (3, 4)  # blocks of films


def told(kind: str, relations: str) -> pd.DataFrame:
    """`head`, the name of a film as in `names`, and `tail`, what it is linked to."""
    if kind.startswith("Freebase"):
        wanted = [FREEBASE[relation] for relation in RELATIONS[relations]]
        triples = ds.knowledge[ds.knowledge["relation"].isin(wanted)]
        return triples[["head", "tail"]].drop_duplicates()
    pairs = []
    for film, name in enumerate(names(kind)):
        if kind.startswith("genres"):
            pairs += [(name, f"genre {genre}") for genre in ds.items["genres"][film]]
            pairs.append((name, f"year {ds.items['year'][film]}"))
        if "Wikidata" in kind and joined.records[film] >= 0:
            record = records.loc[joined.records[film]]
            for relation in RELATIONS[relations]:
                pairs += [(name, person) for person in record[relation]]
    return pd.DataFrame(pairs, columns=["head", "tail"]).drop_duplicates()


def names(kind: str) -> pd.Series:
    if kind.startswith("Freebase"):
        return ds.items["entity"]
    return pd.Series([f"film {film}" for film in range(ds.num_items)])


def linked(
    kind: str, relations: str, first_item: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Edges between node numbers, (E,) films and (E,) what they are linked to."""
    films, others, _ = graph.knowledge_edges(
        told(kind, relations), names(kind), first_item, min_degree=2
    )
    if kind.endswith("shuffled"):
        others = np.random.default_rng(seed).permutation(others)
    return films, others


def trained(
    rows: sparse.csr_matrix, edges: sparse.csr_matrix, seed: int, epochs: int
) -> gnn.LightGCN:
    """The chapter's LightGCN with two layers, on (num_users, number of films) rows."""
    network = gnn.LightGCN(
        *rows.shape, edges, dim=128, layers=2, temperature=0.15, seed=seed
    )
    batches = UserBatches(rows, batch_size=64, seed=seed)
    training.fit(
        network,
        batches,
        epochs=epochs,
        lr=0.01,
        weight_decay=0.1,
        decay=True,
        progress=False,
    )
    return network


def fitted(
    train: pd.DataFrame,
    kind: str,
    seed: int,
    epochs: int,
    relations: str = "",
    weight: float = 1.0,
) -> gnn.LightGCN:
    rows = interaction_matrix(train, *SIZE)
    edges = graph.bipartite_adjacency(rows, "sum")
    if kind != "none":
        ends = linked(kind, relations, ds.num_users, seed)
        edges = graph.add_edges(edges, *ends, weight=weight)
    return trained(rows, graph.normalize(edges), seed, epochs)


# --- films with ratings ---


def choice(kind: str, seed: int, epochs: int = 30, **settings: Any) -> dict[str, float]:
    model = fitted(split.train, kind, seed, epochs, **settings)
    seen = interaction_matrix(split.train, *SIZE)
    result = evaluation.evaluate(model, split.valid, seen=seen)
    return {"ndcg": result["ndcg"].mean()}


@cache
def tested(kind: str, seed: int, epochs: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Results per user; per rating of the test, where its film stands among those that
    are not known to be taken, 0 the top.
    """
    model = fitted(split.refit, kind, seed, epochs, **CHOSEN[kind])
    seen = interaction_matrix(split.refit, *SIZE)
    scores = np.asarray(model.score(np.arange(ds.num_users)), dtype=np.float32)
    scores = np.where(seen.toarray() > 0, -np.inf, scores)
    ranks = (-scores).argsort(axis=1, kind="stable").argsort(axis=1)
    users, items = split.test["user"].to_numpy(), split.test["item"].to_numpy()
    places = ranks[users, items] / np.isfinite(scores).sum(axis=1)[users]
    return evaluation.evaluate(model, split.test, seen=seen), places


def board(name: str, seed: int, epochs: int = 30) -> dict[str, float]:
    return tested(name, seed, epochs)[0][["ndcg", "recall"]].mean().to_dict()


def pair(
    name: str,
    baseline: str,
    seed: int,
    seeds: tuple[int, ...] = SEEDS,
    epochs: int = 30,
) -> dict[str, float]:
    runs: dict[str, Any] = {
        key: [tested(key, own, epochs)[0] for own in seeds] for key in (name, baseline)
    }
    return (
        evaluation.compare(runs, baseline)
        .loc[name, ["difference", "low", "high", "p"]]
        .to_dict()
    )


def films(
    name: str,
    baseline: str,
    low: int,
    high: int,
    seed: int,
    seeds: tuple[int, ...] = SEEDS,
    epochs: int = 30,
) -> dict[str, float]:
    fame = np.bincount(split.refit["item"], minlength=ds.num_items)[split.test["item"]]
    rows = (fame >= low) & (fame < high)
    mine, theirs = (
        np.mean([tested(key, own, epochs)[1] for own in seeds], axis=0)
        for key in (name, baseline)
    )
    change = by_user((mine - theirs)[rows], split.test["user"].to_numpy()[rows])
    return {
        "ratings": int(rows.sum()),
        "place": theirs[rows].mean(),
        **{f"place_{name}": value for name, value in change.items()},
    }


# --- new films ---


@cache
def without(block: int, pool: str, epochs: int) -> tuple[np.ndarray, gnn.LightGCN]:
    """A block of films, and a model that knows only the others. A film that MovieLens
    lists twice is in no block: its double would tell everything.
    """
    every = np.arange(ds.num_items)
    if pool == "linked":
        every = linked("Wikidata", "directors", 0, 0)[0]
    once = np.setdiff1d(every, np.concatenate(joined.twice))
    order = np.random.default_rng(0).permutation(once)
    new = np.sort(order[block * BLOCK : (block + 1) * BLOCK])
    old = np.setdiff1d(np.arange(ds.num_items), new)
    rows = interaction_matrix(split.refit, *SIZE)[:, old]
    return new, trained(rows, graph.bipartite_adjacency(rows), block, epochs)


def placed(
    kind: str, relations: str, pool: str, blocks: tuple[int, ...], epochs: int
) -> pd.DataFrame:
    """Per rating of a new film: its user, and the film's place among the new ones of
    its block.
    """
    found = []
    for block in blocks:
        new, model = without(block, pool, epochs)
        user, item = (unit(vectors) for vectors in model.embeddings().values())
        ends = linked(kind, relations, 0, seed=block)
        size = max(ds.num_items, int(max(map(np.max, ends))) + 1)
        links = graph.normalize(graph.add_edges(sparse.csr_matrix((size, size)), *ends))
        # from film to film
        two_steps = (links @ links)[new][:, np.setdiff1d(np.arange(ds.num_items), new)]
        vectors = two_steps @ item
        vectors[two_steps.getnnz(axis=1) == 0] = item.mean(axis=0)
        scores = user @ unit(vectors).T
        ranks = (-scores).argsort(axis=1, kind="stable").argsort(axis=1)
        rated = ds.ratings[ds.ratings["item"].isin(new)]
        users = rated["user"].to_numpy()
        places = ranks[users, np.searchsorted(new, rated["item"])] / (len(new) - 1)
        found.append(pd.DataFrame({"user": users, "place": places}))
    return pd.concat(found)


def unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)


def by_user(values: np.ndarray, users: np.ndarray) -> dict[str, float]:
    """Mean over users of their mean values, with its interval."""
    means = pd.Series(values, name="place").groupby(users).mean().to_frame()
    return evaluation.summarise(means).loc["place"].to_dict()


def new_films(
    kind: str, pool: str, block: int, seed: int, epochs: int = 30
) -> dict[str, float]:
    found = placed(kind, FOR_NEW[kind], pool, (block,), epochs)
    return by_user(found["place"].to_numpy(), found["user"].to_numpy())


def relations_for_new(
    kind: str, relations: str, seed: int, epochs: int = 30
) -> dict[str, float]:
    found = placed(kind, relations, "linked", TRIED, epochs)
    return by_user(found["place"].to_numpy(), found["user"].to_numpy())


def gap(
    kind: str,
    baseline: str,
    pool: str,
    seed: int,
    blocks: tuple[int, ...] = TESTED,
    epochs: int = 30,
) -> dict[str, float]:
    mine, theirs = (
        placed(name, FOR_NEW[name], pool, blocks, epochs) for name in (kind, baseline)
    )
    difference = mine["place"].to_numpy() - theirs["place"].to_numpy()
    return by_user(difference, mine["user"].to_numpy())


PARTS = {
    "choice": choice,
    "board": board,
    "pair": pair,
    "films": films,
    "relations": relations_for_new,
    "new": new_films,
    "gap": gap,
}
LINKS = ("Freebase", "Wikidata", "Wikidata, shuffled")
WEIGHTS = (0.1, 1.0)
PAIRS = [
    *((kind, "none") for kind in LINKS),
    ("Wikidata", "Wikidata, shuffled"),
    ("Wikidata", "Wikidata (same settings), shuffled"),
    ("Wikidata", "Freebase"),
]
GAPS = [
    ("Wikidata", "Wikidata, shuffled"),
    ("Wikidata", "Freebase"),
    ("Freebase", "Freebase, shuffled"),
    ("Wikidata", "genres"),
    ("genres and Wikidata", "genres"),
]
BINS = (0, 1, 5, 20, 50, 100, 1000)  # ratings of a film


def rows() -> Iterator[dict[str, Any]]:
    for seed in SEEDS:
        yield {"part": "choice", "kind": "none", "seed": seed}
    for kind in LINKS:
        for relations in ("directors", "directors, writers", "all three"):
            for weight in WEIGHTS:
                yield {
                    "part": "choice",
                    "kind": kind,
                    "relations": relations,
                    "weight": weight,
                }
    for name in CHOSEN:
        for seed in SEEDS:
            yield {"part": "board", "name": name, "seed": seed}
    for name, baseline in PAIRS:
        yield {"part": "pair", "name": name, "baseline": baseline}
    for baseline in ("none", "Wikidata (same settings), shuffled"):
        for low, high in pairwise(BINS):
            yield {
                "part": "films",
                "name": "Wikidata",
                "baseline": baseline,
                "low": low,
                "high": high,
            }
    for kind in (*LINKS, "Freebase, shuffled", "genres and Wikidata"):
        for relations in RELATIONS:
            yield {"part": "relations", "kind": kind, "relations": relations}
    for kind in FOR_NEW:
        for pool in ("linked", "all"):
            for block in TESTED:
                yield {"part": "new", "kind": kind, "pool": pool, "block": block}
    for kind, baseline in GAPS:
        for pool in ("linked", "all"):
            yield {"part": "gap", "kind": kind, "baseline": baseline, "pool": pool}


SMALL: list[dict[str, Any]] = [
    *(
        {
            "part": "choice",
            "kind": kind,
            "relations": "directors, writers",
            "weight": 1.0,
            "epochs": 1,
        }
        for kind in LINKS
    ),
    *({"part": "board", "name": name, "epochs": 1} for name in CHOSEN),
    {
        "part": "pair",
        "name": "Wikidata",
        "baseline": "none",
        "seeds": (0,),
        "epochs": 1,
    },
    {
        "part": "films",
        "name": "Wikidata",
        "baseline": "none",
        "low": 5,
        "high": 20,
        "seeds": (0,),
        "epochs": 1,
    },
    {"part": "relations", "kind": "Wikidata", "relations": "cast", "epochs": 1},
    *(
        {"part": "new", "kind": kind, "pool": "linked", "block": 0, "epochs": 1}
        for kind in FOR_NEW
    ),
    {"part": "new", "kind": "Wikidata", "pool": "all", "block": 0, "epochs": 1},
    {
        "part": "gap",
        "kind": "Wikidata",
        "baseline": "Freebase",
        "pool": "linked",
        "blocks": (0,),
        "epochs": 1,
    },
]

if __name__ == "__main__":
    rests_on = {
        "pair": ("board",),
        "films": ("board",),
        "new": ("new",),
        "gap": ("new",),
        "relations": ("relations",),
    }
    # a mean over thousands of ratings: two threads, or plain instructions, leave it
    tolerance: dict[str, Any] = {"new": {"mean": (2e-3, 0.0)}}
    run(
        __file__,
        PARTS,
        list(rows()),
        small=SMALL,
        seed=0,
        tolerance=tolerance,
        rests_on=rests_on,
    )
