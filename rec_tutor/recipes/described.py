"""Recipes of networks that read what is known about the items: titles, genres, years.

An item without any interaction in training counts as new. Nothing is learnt about it,
but it has a score.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rec_tutor.foldin import array, unit
from rec_tutor.inputs import item_features
from rec_tutor.inputs.forgetting import Forgetting, means_of
from rec_tutor.inputs.sampling import UserBatches
from rec_tutor.recipes.task import Task, build
from rec_tutor.recipes.trained import graph_batch, need_items

MF = {"dim": 64, "temperature": 0.2}  # the vectors that DropoutNet reads
MF_EPOCHS, MF_DECAY = 12, 0.1


def content_tower(
    task: Task,
    *,
    dim: int = 64,
    epochs: int = 20,
    lr: float = 0.01,
    l2: float = 0.01,
    dropout: float = 0.5,
    weight_decay: float = 0.0,
    batch_size: int = 64,
) -> Any:
    """A network from titles, genres and years to vectors, with a softmax over the
    catalogue.
    """
    features, known = described(task)
    shape = {"dim": dim, "dropout": dropout, "l2": l2, "seed": task.seed}
    arguments = (task.ds.num_users, features, known)
    model = task.make("towers.ContentTower", *arguments, **shape)
    settings = {"weight_decay": weight_decay, "decay": True}
    return task.train(
        model, users(task, batch_size), epochs, lr, **settings, **task.ndcg()
    )


def dropoutnet(
    task: Task,
    *,
    dim: int = 64,
    epochs: int = 20,
    lr: float = 0.005,
    dropout: float = 0.5,
    batch_size: int = 64,
) -> Any:
    """DropoutNet: titles, genres and years, and the vectors of matrix factorization,
    which is trained first; a share `dropout` of these is forgotten in each step.
    """
    features, known = described(task)
    batches = users(task, batch_size)
    mf = build(task.framework, "mf.SoftmaxMF", task.size, {**MF, "seed": task.seed})
    task.train(mf, batches, MF_EPOCHS, 0.01, weight_decay=MF_DECAY, decay=True)
    people, items = unit(array(mf.user_factors)), unit(array(mf.item_factors))
    tables = people / mf.temperature, items, means_of(task.matrix, items), features
    arguments = [table.astype(np.float32) for table in tables]
    model = task.make(
        "dropoutnet.DropoutNet", *arguments, known, dim=dim, seed=task.seed
    )
    masks = [((number,), dropout) for number in task.size]
    some = Forgetting(users(task, batch_size), *masks, seed=task.seed)
    return task.train(model, some, epochs, lr, decay=True, **task.ndcg())


def users(task: Task, batch_size: int) -> UserBatches:
    """People with all that they took; in each step all items pass a network, so with
    many people there are few steps.
    """
    enough = graph_batch(*task.size, batch_size)
    return UserBatches(task.matrix, batch_size=enough, seed=task.seed)


def described(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """What is known about the items, (num_items, F), and which somebody took, bool
    (num_items,).
    """
    need_items(task)
    known = np.diff(task.matrix.tocsc().indptr) > 0
    blocks = [
        item_features.words(task.ds.items, known),
        item_features.kind(task.ds.items, known),
    ]
    return np.hstack(blocks), known
