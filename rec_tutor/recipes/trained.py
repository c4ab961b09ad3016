"""Recipes of the models that are trained, and of the one that needs to know the items.

Each is a function of a `Task`; the keyword arguments are the model's options, and their
defaults the course's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import baselines
from rec_tutor.data.schema import DataError
from rec_tutor.files import say
from rec_tutor.inputs.graph import bipartite_adjacency
from rec_tutor.inputs.proposals import SampledItems
from rec_tutor.inputs.sampling import Batches, NegativeSampler, UserBatches
from rec_tutor.recipes.task import Task

LAZY = 20_000  # rows from which on a table is moved only where a batch used it
STEPS, CELLS = 32, 2**25  # see graph_batch


def mf(
    task: Task,
    *,
    dim: int = 128,
    epochs: int = 30,
    lr: float = 0.01,
    weight_decay: float = 0.1,
    batch_size: int = 64,
    temperature: float = 0.2,
    sampled: int = 0,
) -> Any:
    """Matrix factorization with a softmax over the catalogue, or over so many
    `sampled` items of it.
    """
    model = task.make(
        "mf.SoftmaxMF", *task.size, dim=dim, temperature=temperature, seed=task.seed
    )
    batches: Any = UserBatches(task.matrix, batch_size=batch_size, seed=task.seed)
    if sampled:  # one by one, in as many steps
        pairs = (task.ds.ratings[name].to_numpy() for name in ("user", "item"))
        rows = -(-len(task.ds.ratings) // len(batches))
        batches = Batches(*pairs, batch_size=rows, seed=task.seed)
    batches = with_sampled(task, batches, sampled, task.seed)
    settings = {"weight_decay": weight_decay, "decay": True}
    return task.train(model, batches, epochs, lr, **settings, **task.ndcg())


def bpr(
    task: Task,
    *,
    dim: int = 64,
    epochs: int = 60,
    lr: float = 0.005,
    l2: float = 0.01,
    batch_size: int = 2048,
) -> Any:
    """Matrix factorization, pair by pair."""
    model = task.make("mf.BPRMF", *task.size, dim=dim, l2=l2, seed=task.seed)
    batches = contrasts(task, batch_size)
    return task.train(model, batches, epochs, lr, lazy=LAZY, **task.ndcg())


def ncf(
    task: Task,
    *,
    dim: int = 64,
    epochs: int = 12,
    lr: float = 0.005,
    l2: float = 0.1,
    dropout: float = 0.0,
    batch_size: int = 2048,
    negatives: int = 16,
) -> Any:
    """NeuMF with a softmax over sampled items."""
    settings = {"loss": "softmax", "l2": l2, "dropout": dropout, "seed": task.seed}
    model = task.make("ncf.NeuMF", *task.size, gmf_dim=dim, **settings)
    batches = contrasts(task, batch_size, negatives)
    settings = {"decay": True, "lazy": LAZY}
    return task.train(model, batches, epochs, lr, **settings, **task.ndcg())


def lightgcn(
    task: Task,
    *,
    dim: int = 128,
    layers: int = 2,
    epochs: int = 30,
    lr: float = 0.01,
    weight_decay: float = 0.1,
    batch_size: int = 64,
    temperature: float = 0.2,
) -> Any:
    """LightGCN with a softmax over the catalogue."""
    shape = {"dim": dim, "layers": layers, "temperature": temperature}
    settings = (batch_size, epochs, lr, weight_decay)
    return graph(task, "gnn.LightGCN", shape, *settings)


def ngcf(
    task: Task,
    *,
    dim: int = 64,
    layers: int = 2,
    epochs: int = 30,
    lr: float = 0.01,
    weight_decay: float = 0.1,
    dropout: float = 0.1,
    batch_size: int = 64,
    temperature: float = 0.2,
) -> Any:
    """NGCF with a softmax over the catalogue."""
    shape = {"dim": dim, "layers": layers, "temperature": temperature}
    settings = (batch_size, epochs, lr, weight_decay)
    return graph(task, "gnn.NGCF", {**shape, "dropout": dropout}, *settings)


def graph_batch(num_users: int, num_items: int, batch_size: int) -> int:
    """Users in a batch, at least `batch_size`. Each step passes all edges, so with many
    users there are few steps: STEPS in an epoch, or as many as CELLS scores at once
    allow.
    """
    return max(batch_size, min(num_users // STEPS, CELLS // num_items))


def graph(
    task: Task,
    name: str,
    shape: dict[str, Any],
    batch_size: int,
    epochs: int,
    lr: float,
    weight_decay: float,
) -> Any:
    """Train on the graph of the training interactions."""
    adjacency = bipartite_adjacency(task.matrix)
    model = task.make(name, *task.size, adjacency, **shape, seed=task.seed)
    enough = graph_batch(*task.size, batch_size)
    batches = UserBatches(task.matrix, batch_size=enough, seed=task.seed)
    settings = {"weight_decay": weight_decay, "decay": True}
    return task.train(model, batches, epochs, lr, **settings, **task.ndcg())


def with_sampled(task: Task, batches: Any, number: int, seed: int) -> Any:
    """Batches as they are (0), or with `number` items that are sampled for each."""
    if not number:
        return batches
    counts = np.diff(task.matrix.tocsc().indptr)
    return SampledItems(batches, counts, number, seed=seed)


def contrasts(task: Task, batch_size: int, num_negatives: int = 1) -> Batches:
    """Interactions with sampled items that the user does not have."""
    ratings, seed = task.ds.ratings, task.seed
    full = np.flatnonzero(np.diff(task.matrix.indptr) == task.ds.num_items)
    if len(full):
        say(
            f"{len(full)} user(s) have every item: there is nothing to contrast, they"
            " are left out of training"
        )
        ratings = ratings[~ratings["user"].isin(full)]
    if ratings.empty:
        raise DataError(
            f"{task.ds.name}: every user has every item, so {task.name} has nothing to"
            " learn."
        )
    pairs = ratings["user"].to_numpy(), ratings["item"].to_numpy()
    negatives = NegativeSampler(task.matrix, seed=seed)
    return Batches(
        *pairs,
        batch_size=batch_size,
        seed=seed,
        negatives=negatives,
        num_negatives=num_negatives,
    )


def biased_mf(
    task: Task,
    *,
    dim: int = 64,
    epochs: int = 30,
    lr: float = 0.005,
    l2: float = 0.1,
    batch_size: int = 1024,
) -> Any:
    """Ratings by matrix factorization with biases."""
    ratings = task.ds.ratings
    settings = {"dim": dim, "l2": l2, "l2_bias": 0.01, "seed": task.seed}
    mean = float(ratings["rating"].mean())
    model = task.make("mf.BiasedMF", *task.size, mean=mean, **settings)
    columns = (ratings[name].to_numpy() for name in ("user", "item", "rating"))
    batches = Batches(*columns, batch_size=batch_size, seed=task.seed)
    scale = float(ratings["rating"].min()), float(ratings["rating"].max())

    def minus_rmse(model: Any, valid: pd.DataFrame) -> float:
        pairs = valid["user"].to_numpy(), valid["item"].to_numpy()
        error = model.predict(*pairs, *scale) - valid["rating"].to_numpy()
        return -float(np.sqrt(np.mean(error**2)))

    stop = task.validation(minus_rmse)
    return task.train(model, batches, epochs, lr, decay=True, lazy=LAZY, **stop)


def content(
    task: Task, *, center: float | None = None, title_weight: float = 2.0
) -> Any:
    """TF-IDF of titles and genres."""
    need_items(task)
    model = baselines.Content(
        *task.size, items=task.ds.items, center=center, title_weight=title_weight
    )
    return model.fit(task.ds.ratings)


def need_items(task: Task) -> None:
    """Refuse data that say nothing about the items, with a DataError."""
    if not {"title", "genres"} <= set(task.ds.items.columns):
        raise DataError(
            f"{task.name} needs to know the items: the columns itemID,title,genres"
            " (genres joined by |) of --items, or titles and genres in the data set's"
            " items."
        )
