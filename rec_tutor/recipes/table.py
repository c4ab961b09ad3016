"""The models by their names: functions or classes, frameworks, options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rec_tutor import baselines
from rec_tutor.recipes import described, sequential, trained
from rec_tutor.recipes.task import FRAMEWORKS, Task


@dataclass(frozen=True)
class Recipe:
    """How to fit a model.

    Attributes:
        fit: a function of a task and options, or a baseline's class.
        network: module and class of a model that is trained, `mf.SoftmaxMF`, which
            exists in both frameworks; "" for a baseline.
        asks: a score needs the user's interactions (or history).
        ordered: it learns what follows what.
        keeps: the model can be kept without the interactions.
        options: of a baseline, its arguments by the names of the options.
    """

    fit: Callable[..., Any]
    network: str = ""
    asks: bool = False
    keeps: bool = True
    ordered: bool = False
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def frameworks(self) -> tuple[str, ...]:
        """In which it exists; none: NumPy."""
        return FRAMEWORKS if self.network else ()

    @property
    def kind(self) -> type[baselines.Baseline]:
        """A baseline's class."""
        return self.fit if isinstance(self.fit, type) else baselines.Content

    def defaults(self) -> dict[str, Any]:
        """Option -> default value, from the signature."""
        parameters = inspect.signature(self.fit).parameters
        if isinstance(self.fit, type):
            return {name: parameters[own].default for name, own in self.arguments}
        keyword = inspect.Parameter.KEYWORD_ONLY
        return {n: p.default for n, p in parameters.items() if p.kind is keyword}

    def run(self, task: Task, options: dict[str, Any]) -> Any:
        """The fitted model."""
        if not isinstance(self.fit, type):
            return self.fit(task, **options)
        own = {argument: options[name] for name, argument in self.arguments}
        if "seed" in inspect.signature(self.fit).parameters:
            own["seed"] = task.seed
        return self.fit(*task.size, **own).fit(task.ds.ratings)


def same(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


NEIGHBOURS = (("neighbours", "k"), *same("shrink"))
RECIPES: dict[str, Recipe] = {
    "popularity": Recipe(baselines.Popularity),
    "content": Recipe(trained.content, asks=True),
    "user-knn": Recipe(baselines.UserKNN, asks=True, keeps=False, arguments=NEIGHBOURS),
    "item-knn": Recipe(baselines.ItemKNN, asks=True, arguments=NEIGHBOURS),
    "recency-knn": Recipe(
        baselines.RecencyKNN,
        asks=True,
        ordered=True,
        arguments=(*NEIGHBOURS, *same("window", "decay")),
    ),
    "ease": Recipe(baselines.EASE, asks=True, arguments=same("l2", "recency")),
    "als": Recipe(baselines.ALS, arguments=same("dim", "l2", "alpha", "epochs")),
    "markov": Recipe(baselines.MarkovChain, asks=True, ordered=True),
    "sequential-rules": Recipe(
        baselines.SequentialRules,
        asks=True,
        ordered=True,
        arguments=(("window", "steps"),),
    ),
    "decayed-rules": Recipe(
        baselines.DecayedRules,
        asks=True,
        ordered=True,
        arguments=same("window", "decay", "shrink"),
    ),
    "mf": Recipe(trained.mf, "mf.SoftmaxMF"),
    "bpr": Recipe(trained.bpr, "mf.BPRMF"),
    "ncf": Recipe(trained.ncf, "ncf.NeuMF"),
    "content-tower": Recipe(described.content_tower, "towers.ContentTower"),
    "dropoutnet": Recipe(described.dropoutnet, "dropoutnet.DropoutNet"),
    "lightgcn": Recipe(trained.lightgcn, "gnn.LightGCN", keeps=False),
    "ngcf": Recipe(trained.ngcf, "gnn.NGCF", keeps=False),
    "sasrec": Recipe(sequential.sasrec, "sasrec.SASRec", asks=True, ordered=True),
    "gru4rec": Recipe(sequential.gru4rec, "rnn.GRU4Rec", asks=True, ordered=True),
    "caser": Recipe(sequential.caser, "cnn.Caser", asks=True, ordered=True),
    "biased-mf": Recipe(trained.biased_mf, "mf.BiasedMF"),
}
