"""Recipes of the networks that read histories."""

from __future__ import annotations

from typing import Any

from rec_tutor.data.schema import DataError
from rec_tutor.ensemble import MeanOf
from rec_tutor.inputs.sampling import Batches
from rec_tutor.inputs.sequences import histories, owners, windows
from rec_tutor.recipes.task import Task
from rec_tutor.recipes.trained import with_sampled


def sasrec(
    task: Task,
    *,
    dim: int = 64,
    window: int = 50,
    epochs: int = 12,
    lr: float = 0.01,
    dropout: float = 0.2,
    batch_size: int = 64,
    members: int = 1,
    sampled: int = 0,
) -> Any:
    """Self-attention over the history."""
    shape = {"dim": dim, "length": window, "heads": 1, "dropout": dropout}
    settings = (window, batch_size, epochs, lr, members, sampled)
    return sequences(task, "sasrec.SASRec", (task.ds.num_items,), shape, *settings)


def gru4rec(
    task: Task,
    *,
    dim: int = 64,
    window: int = 50,
    epochs: int = 8,
    lr: float = 0.01,
    dropout: float = 0.2,
    batch_size: int = 32,
    members: int = 3,
    sampled: int = 0,
) -> Any:
    """A recurrent network over the history."""
    shape = {"dim": dim, "length": window, "dropout": dropout}
    settings = (window, batch_size, epochs, lr, members, sampled)
    return sequences(task, "rnn.GRU4Rec", (task.ds.num_items,), shape, *settings)


def caser(
    task: Task,
    *,
    dim: int = 64,
    window: int = 10,
    epochs: int = 8,
    lr: float = 0.01,
    dropout: float = 0.5,
    batch_size: int = 32,
    members: int = 3,
    sampled: int = 0,
) -> Any:
    """Filters over the last items. A vector of the user's own brings back what the
    user has; it helps only where that is left out.
    """
    heights = tuple(height for height in (2, 3, 4) if height <= window)
    shape = {"dim": dim, "length": window, "heights": heights, "dropout": dropout}
    shape["user"] = not task.allow_seen
    # long rows: where a row begins, the filters see nothing before it
    settings = (max(window, 100), batch_size, epochs, lr, members, sampled)
    return sequences(task, "cnn.Caser", task.size, shape, *settings, users=True)


def sequences(
    task: Task,
    name: str,
    size: tuple[int, ...],
    shape: dict[str, Any],
    length: int,
    batch_size: int,
    epochs: int,
    lr: float,
    members: int,
    sampled: int,
    users: bool = False,
) -> Any:
    """Train models of what follows what on rows of `length` steps; with `users` a batch
    also says whose they are. With `sampled` items in place of the catalogue.
    """
    read = histories(task.ds.ratings, task.ds.num_users)
    inputs, targets = windows(read, length, task.ds.num_items)
    if not len(inputs):
        raise DataError(
            f"{task.ds.name}: {task.name} learns what follows what, and no user has two"
            " ratings."
        )
    arrays = (owners(read, length), inputs, targets) if users else (inputs, targets)
    models = []
    for member in range(members):
        seed = task.seed + 1000 * member
        model = task.make(name, *size, **shape, seed=seed)
        batches = Batches(*arrays, batch_size=batch_size, seed=seed)
        batches = with_sampled(task, batches, sampled, seed)
        task.train(model, batches, epochs, lr, decay=True, **task.ndcg(read))
        models.append(model)
    return models[0] if members == 1 else MeanOf(models)
