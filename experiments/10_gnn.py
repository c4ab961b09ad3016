"""What do the layers of a graph model buy over plain matrix factorization, and does
knowledge about films help?

The course's scoreboard (each user's last ratings are the test). Choices are made on the
validation part, with the same tries for every depth; the test is run after training on
train + validation. Parts, told apart by `part`:

depth      softmax loss, layers and temperature, on validation
sparse     the same with a share of the training ratings only, no layers and two
deep       many layers, with LightGCN's mean over the layers and with the last layer
           alone, on validation
mix        two layers: three normalizations, and three ways of keeping a node's own
           state, on validation
bpr        the other loss: layers and penalty, on validation
ngcf       NGCF: temperature and dropout, on validation
knowledge  edges from films to what is known about them, with different weights, on
           validation
board      the chosen settings on the test, three seeds
pair       two of them on the same users: difference, 95 % interval, p
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import sparse

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.evaluation import splits
from rec_tutor.inputs import (
    Batches,
    NegativeSampler,
    UserBatches,
    graph,
    interaction_matrix,
)
from rec_tutor.torch import gnn, training

ds = data.load("ml-100k", knowledge=True)
split = splits.temporal(ds.ratings)
SIZE = (ds.num_users, ds.num_items)
SEEDS = (0, 1, 2)
CHOSEN: dict[str, dict[str, Any]] = {  # by the validation rows
    "Popularity": {"model": "Popularity"},
    "EASE": {"model": "EASE"},
    "0 layers (MF)": {"layers": 0},
    "1 layer": {"layers": 1, "temperature": 0.1},
    "2 layers": {"layers": 2},
    "3 layers": {"layers": 3},
    "4 layers": {"layers": 4},
    "NGCF": {"model": "NGCF"},
    "BPR, 0 layers": {"loss": "bpr", "layers": 0, "l2": 1e-2},
    "BPR, 2 layers": {"loss": "bpr", "layers": 2, "l2": 1e-4},
    "genres": {"knowledge": "genres", "weight": 0.1},
    "genres, shuffled": {"knowledge": "genres, shuffled", "weight": 0.1},
    "Freebase": {"knowledge": "Freebase", "weight": 0.1},
}


class LastLayer(gnn.LightGCN):
    """LightGCN without the mean: only what arrives at the last layer."""

    def propagate(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(self.num_layers):
            x = self.adjacency(x)
        return x


def known_about(kind: str, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Triples, and the name that each film has in them; "shuffled" deals the names to
    the films at random.
    """
    if kind.startswith("Freebase"):
        triples, films = ds.knowledge, ds.items["entity"]
    else:
        films = pd.Series([f"film {film}" for film in range(ds.num_items)])
        told = [
            (films[film], f"genre {genre}")
            for film, genres in enumerate(ds.items["genres"])
            for genre in genres
        ]
        told += [
            (films[film], f"year {year}")
            for film, year in enumerate(ds.items["year"])
            if not pd.isna(year)
        ]
        triples = pd.DataFrame(told, columns=["head", "tail"])
    if kind.endswith("shuffled"):
        films = pd.Series(np.random.default_rng(seed).permutation(films))
    return triples, films


def fitted(
    train: pd.DataFrame,
    seed: int,
    *,
    model: str = "LightGCN",
    layers: int = 2,
    temperature: float = 0.15,
    normalization: str = "symmetric",
    combine: str = "mean of layers",
    loss: str = "softmax",
    l2: float = 1e-4,
    dropout: float = 0.0,
    knowledge: str = "",
    weight: float = 1.0,
    epochs: int = 30,
) -> Any:
    rows = interaction_matrix(train, *SIZE)
    if model == "Popularity":
        return baselines.Popularity(*SIZE).fit(train)
    if model == "EASE":
        return baselines.EASE(*SIZE, l2=100.0).fit(train)
    edges = graph.bipartite_adjacency(rows, "sum")
    if knowledge:
        sources, targets, _ = graph.knowledge_edges(
            *known_about(knowledge, seed), ds.num_users, min_degree=5
        )
        edges = graph.add_edges(edges, sources, targets, weight=weight)
    if combine == "last layer, self-loops":
        edges = edges + sparse.eye(edges.shape[0], format="csr")
    kind = {
        "NGCF": gnn.NGCF,
        "LightGCN": gnn.LightGCN if combine == "mean of layers" else LastLayer,
    }[model]
    more = {"dropout": dropout} if model == "NGCF" else {}
    network = kind(
        *SIZE,
        graph.normalize(edges, normalization),
        dim=64 if model == "NGCF" else 128,
        layers=layers,
        loss=loss,
        temperature=temperature,
        l2=l2,
        seed=seed,
        **more,
    )
    if loss == "bpr":
        columns = train["user"].to_numpy(), train["item"].to_numpy()
        negatives = NegativeSampler(rows, power=0.5, seed=seed)
        batches: Any = Batches(
            *columns, batch_size=4096, seed=seed, negatives=negatives
        )
        training.fit(
            network, batches, epochs=epochs, lr=0.02, decay=True, progress=False
        )
    else:
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


def validate(seed: int, share: float = 1.0, **settings: Any) -> dict[str, float]:
    seen = interaction_matrix(split.train, *SIZE)
    train = (
        split.train.sample(frac=share, random_state=seed) if share < 1 else split.train
    )
    result = evaluation.evaluate(
        fitted(train, seed, **settings), split.valid, seen=seen
    )
    return {"ndcg": result["ndcg"].mean()}


@cache
def tested(name: str, seed: int, epochs: int = 30) -> tuple[pd.DataFrame, np.ndarray]:
    """Results per user, and the scores of everything that is not known."""
    model = fitted(split.refit, seed, epochs=epochs, **CHOSEN[name])
    seen = interaction_matrix(split.refit, *SIZE)
    scores = np.asarray(model.score(np.arange(ds.num_users)), dtype=np.float32)
    return evaluation.evaluate(model, split.test, seen=seen), np.where(
        seen.toarray() > 0, -np.inf, scores
    )


def board(name: str, seed: int, epochs: int = 30) -> dict[str, float]:
    return tested(name, seed, epochs)[0][["ndcg", "recall"]].mean().to_dict()


def seeds_of(name: str, seeds: tuple[int, ...] = SEEDS) -> tuple[int, ...]:
    return seeds[:1] if name in ("Popularity", "EASE") else seeds


def pair(
    name: str,
    baseline: str,
    seed: int,
    seeds: tuple[int, ...] = SEEDS,
    epochs: int = 30,
) -> dict[str, float]:
    runs: dict[str, Any] = {
        key: [tested(key, k, epochs)[0] for k in seeds_of(key, seeds)]
        for key in (name, baseline)
    }
    return (
        evaluation.compare(runs, baseline)
        .loc[name, ["difference", "low", "high", "p"]]
        .to_dict()
    )


PARTS = {
    "depth": validate,
    "sparse": validate,
    "deep": validate,
    "mix": validate,
    "bpr": validate,
    "ngcf": validate,
    "knowledge": validate,
    "board": board,
    "pair": pair,
}
LAYERS = (0, 1, 2, 3, 4)
TEMPERATURES = (0.1, 0.15, 0.2, 0.3)
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 5e-2)
PAIRS = [(f"{k} layer{'s' * (k > 1)}", "0 layers (MF)") for k in LAYERS[1:]] + [
    ("2 layers", "EASE"),
    ("NGCF", "0 layers (MF)"),
    ("BPR, 2 layers", "BPR, 0 layers"),
    ("genres", "2 layers"),
    ("genres", "genres, shuffled"),
    ("Freebase", "2 layers"),
]


def rows() -> Iterator[dict[str, Any]]:
    for layers in LAYERS:
        for temperature in TEMPERATURES:
            yield {"part": "depth", "layers": layers, "temperature": temperature}
    for share in (0.1, 0.25, 0.5):
        for layers in (0, 2):
            for temperature in (0.15, 0.3, 0.5):
                yield {
                    "part": "sparse",
                    "share": share,
                    "layers": layers,
                    "temperature": temperature,
                }
    for layers in (1, 2, 4, 8):
        for combine in ("mean of layers", "last layer"):
            yield {"part": "deep", "layers": layers, "combine": combine}
    for normalization in graph.NORMALIZATIONS:
        for combine in ("mean of layers", "last layer", "last layer, self-loops"):
            yield {"part": "mix", "normalization": normalization, "combine": combine}
    for layers in (0, 2):
        for l2 in PENALTIES:
            yield {"part": "bpr", "loss": "bpr", "layers": layers, "l2": l2}
    for temperature in (0.15, 0.2):
        for dropout in (0.0, 0.2):
            yield {
                "part": "ngcf",
                "model": "NGCF",
                "temperature": temperature,
                "dropout": dropout,
            }
    for knowledge in ("genres", "Freebase"):
        for weight in (0.1, 0.3, 1.0):
            yield {"part": "knowledge", "knowledge": knowledge, "weight": weight}
    for name in CHOSEN:
        for seed in seeds_of(name):
            yield {"part": "board", "name": name, "seed": seed}
    for name, baseline in PAIRS:
        yield {"part": "pair", "name": name, "baseline": baseline}


SMALL: list[dict[str, Any]] = [
    {"part": "depth", "layers": 0, "temperature": 0.15, "epochs": 2},
    {"part": "depth", "layers": 2, "temperature": 0.15, "epochs": 2},
    {"part": "sparse", "share": 0.25, "layers": 2, "temperature": 0.3, "epochs": 2},
    {"part": "deep", "layers": 4, "combine": "last layer", "epochs": 1},
    {
        "part": "mix",
        "normalization": "mean",
        "combine": "last layer, self-loops",
        "epochs": 1,
    },
    {"part": "bpr", "loss": "bpr", "layers": 2, "l2": 1e-2, "epochs": 1},
    {"part": "ngcf", "model": "NGCF", "temperature": 0.15, "dropout": 0.2, "epochs": 1},
    *(
        {"part": "knowledge", "knowledge": kind, "weight": 0.3, "epochs": 1}
        for kind in ("genres", "Freebase")
    ),
    *(
        {"part": "board", "name": name, "epochs": 1}
        for name in ("Popularity", "EASE", "2 layers", "genres, shuffled")
    ),
    {
        "part": "pair",
        "name": "2 layers",
        "baseline": "EASE",
        "seeds": (0,),
        "epochs": 1,
    },
]

if __name__ == "__main__":
    rests_on = {"pair": ("board",)}
    run(__file__, PARTS, list(rows()), small=SMALL, seed=0, rests_on=rests_on)
