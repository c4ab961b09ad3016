"""What a recipe is given, and the training that all of them share."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from scipy import sparse

from rec_tutor import evaluation
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.files import say
from rec_tutor.inputs.matrix import interaction_matrix

FRAMEWORKS = ("torch", "tensorflow")


def need(framework: str) -> None:
    """Import a framework; DataError where it is not installed, also where a mere folder
    of its name stands in its place.
    """
    if framework not in FRAMEWORKS:
        raise DataError(f"framework is torch or tensorflow; it is {framework!r}.")
    try:
        importlib.import_module({"torch": "torch.nn", "tensorflow": "keras"}[framework])
    except ImportError as error:
        raise DataError(
            f"{framework} is not installed ({error}). Choose the other with"
            f" --framework, or run: pip install {framework}"
        ) from error


def build(framework: str, kind: str, arguments: Sequence[Any], options: Any) -> Any:
    """A model by the name of its module and class, `mf.SoftmaxMF`.

    Raises DataError where the framework is not installed.
    """
    need(framework)
    module, _, name = kind.partition(".")
    found = importlib.import_module(f"rec_tutor.{framework}.{module}")
    return getattr(found, name)(*arguments, **options)


@dataclass
class Task:
    """What a recipe is given.

    Attributes:
        valid: interactions for early stopping, with the indices of `ds`, or None.
        allow_seen: may what a user already has be recommended?
        built: kind, arguments and options of every network that was made, so that it
            can be made again when it is loaded.
    """

    ds: Dataset
    name: str
    framework: str = "torch"
    seed: int = 0
    valid: pd.DataFrame | None = None
    allow_seen: bool = False
    built: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(
        default_factory=list
    )

    @property
    def size(self) -> tuple[int, int]:
        return self.ds.num_users, self.ds.num_items

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """The training interactions, (num_users, num_items)."""
        return interaction_matrix(self.ds.ratings, *self.size)

    def make(self, kind: str, *arguments: Any, **options: Any) -> Any:
        """A network of the chosen framework, see `build`."""
        model = build(self.framework, kind, arguments, options)
        self.built.append((kind, arguments, options))
        return model

    def train(
        self, model: Any, batches: Any, epochs: int, lr: float, **settings: Any
    ) -> Any:
        """Train a network and return it."""
        training = importlib.import_module(f"rec_tutor.{self.framework}.training")
        curve = training.fit(model, batches, epochs=epochs, lr=lr, **settings)
        text = f"trained {len(curve)} epochs, last loss {curve['loss'].iloc[-1]:.4f}"
        if "valid" in curve:
            best = curve["valid"]
            text += f", best epoch {best.idxmax() + 1} ({best.max():.4f})"
        say(text)
        return model

    def validation(
        self, measure: Callable[[Any, pd.DataFrame], float]
    ) -> dict[str, Any]:
        """Arguments that make `fit` stop early on `valid`, if there is any."""
        valid = self.valid
        if valid is None or valid.empty:
            return {}
        return {"validate": lambda model: measure(model, valid), "patience": 10}

    def ndcg(self, read: Any = None) -> dict[str, Any]:
        """The same, judged by NDCG@10; `read` are the histories of a model that reads
        them.
        """
        empty = sparse.csr_matrix(self.matrix.shape)
        seen = empty if self.allow_seen else self.matrix

        def measure(model: Any, valid: pd.DataFrame) -> float:
            found = evaluation.evaluate(model, valid, seen=seen, histories=read)
            return float(found["ndcg"].mean())

        return self.validation(measure)
