"""How much memory and work a model takes, told from counts before any of it is done.

Each model has a formula: the arrays that are there at the same time. Their constants
were measured (`python -m course memory` does it again), and the sum is right within a
factor of 1.5 or so, not to the byte. How the interactions are spread is not known from
counts; it is guessed as in catalogues with a long tail.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.evaluation.ranking import BLOCK, CELLS
from rec_tutor.inputs.sampling import MAX_DENSE_CELLS
from rec_tutor.recipes.memory import limit
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.trained import graph_batch

__all__ = ["Cost", "check", "estimate", "limit", "users_at_once"]

MB = 2.0**20
# a process that has imported rec_tutor, and what a framework adds once it has worked
IMPORTS = {"": 142 * MB, "torch": 262 * MB, "tensorflow": 505 * MB}
# what to name instead of a model that does not fit
INSTEAD = ("item-knn", "als", "bpr", "popularity")


@dataclass(frozen=True)
class Cost:
    """What a model takes, from its fit to lists for everybody.

    Attributes:
        bytes: the largest resident memory of a process that does nothing else, with
            all that it imports.
        operations: additions and multiplications, roughly.
    """

    bytes: float
    operations: float


@dataclass(frozen=True)
class Counts:
    """What a formula knows: how large the data is, a model's options, its framework."""

    users: int
    items: int
    interactions: int
    options: dict[str, Any]
    framework: str

    @property
    def cells(self) -> float:
        """Scores that are held at once."""
        return min(BLOCK, max(1, CELLS // self.items), self.users) * self.items

    @property
    def pairs(self) -> float:
        """Pairs of items that somebody has both of, added up over people; of people
        with the same item, likewise.
        """
        return 10 * self.interactions**2 / min(self.users, self.items)

    def neighbours(self, n: int) -> float:
        """Numbers in a sparse table of the neighbours of n items, or people."""
        return min(n * min(self.options["neighbours"], n), self.pairs)

    def training(self, weights: float) -> float:
        """Weights, their gradients, and Adam's two averages, float32."""
        return {"torch": 20, "tensorflow": 24}[self.framework] * weights


# bytes of the fit, bytes that are held while lists are made, operations
Found = tuple[float, float, float]


def popularity(n: Counts) -> Found:
    return 8.0 * n.interactions, 9 * n.cells, n.interactions


def content(n: Counts) -> Found:
    vectors = 900.0 * n.items
    return vectors, vectors + 45 * n.cells, 20.0 * n.interactions * n.items


def neighbours_of(people: bool) -> Callable[[Counts], Found]:
    def formula(n: Counts) -> Found:
        number = n.neighbours(n.users if people else n.items)
        work = n.pairs * 2 + number * n.interactions / n.items + n.items
        return 50 * MB + 26 * number, 13 * number + 40 * n.cells, work

    return formula


def ease(n: Counts) -> Found:
    square = 8.0 * n.items**2
    return 50 * MB + square, square + 20 * n.cells, n.items**3 + 2 * n.pairs


def als(n: Counts) -> Found:
    dim, epochs = n.options["dim"], n.options["epochs"]
    factors = 8.0 * (n.users + n.items) * dim
    solving = (2 * epochs + 1) * (n.interactions * dim**2 + n.users * dim**3)
    return 2 * factors + 16.0 * n.interactions, factors + 20 * n.cells, solving


def rules(n: Counts) -> Found:
    steps = n.options.get("window", 1)
    number = 0.7 * n.interactions * steps
    return 30 * number + 40.0 * n.interactions, 12 * number + 40 * n.cells, 50 * number


def matrix_factors(extra: int) -> Callable[[Counts], Found]:
    """Models of pairs, `extra` numbers per item beside the vector."""

    def formula(n: Counts) -> Found:
        weights = (n.users + n.items) * (n.options["dim"] + extra)
        work = n.options["epochs"] * n.interactions * n.options["dim"] * 20.0
        return n.training(weights) + contrasts(n), 4.0 * weights + 9 * n.cells, work

    return formula


def contrasts(n: Counts, negatives: int = 1) -> float:
    """Batches with sampled items that people do not have."""
    dense = min(n.users * n.items, MAX_DENSE_CELLS)
    return dense + n.interactions * (50.0 + 33 * negatives)


def ncf(n: Counts) -> Found:
    dim, negatives = n.options["dim"], n.options["negatives"]
    weights = (n.users + n.items) * (dim + 16.0)
    pairs = n.options["batch_size"] * (1 + negatives)
    layers = 4.0 * pairs * (4 * dim + 200)
    at_once = users_at_once("ncf", n.items, n.options)
    block = 8.0 * max(dim, 80) * min(at_once, n.users) * n.items
    work = n.options["epochs"] * n.interactions * (1 + negatives) * (6 * dim + 10_000.0)
    fit = n.training(weights) + contrasts(n, negatives) + layers
    return fit, 4 * weights + block, work + n.users * n.items * (dim + 1500.0)


def users_at_once(name: str, num_items: int, options: dict[str, Any]) -> int:
    """How many users are scored at once: NeuMF compares each of them with each item by
    a network, and holds its layers.
    """
    numbers = max(options["dim"], 80) / 16 if name == "ncf" else 1
    return int(min(BLOCK, max(1, CELLS / numbers / num_items)))


def catalogue(n: Counts, batch_size: int | None = None) -> Found:
    """A softmax over the catalogue for some people at once."""
    dim, epochs = n.options["dim"], n.options["epochs"]
    weights = 1.0 * (n.users + n.items) * dim
    users, sampled = batch_size or n.options["batch_size"], n.options.get("sampled")
    rows = 1.0 * min(users, n.users)
    if sampled:  # a row for each interaction instead of each user
        rows *= n.interactions / n.users
    scores = 4 * rows * (sampled or n.items)
    fit = 40 * MB + n.training(weights) + 6 * scores + 12 * n.items * dim
    work = 6.0 * epochs * scores / 4 * dim * n.users / min(users, n.users)
    return fit, 4 * weights + 12 * n.cells, work


def graph(n: Counts) -> Found:
    """The same, with all nodes passing on what they know, in each step."""
    batch_size = graph_batch(n.users, n.items, n.options["batch_size"])
    fit, lists, work = catalogue(n, batch_size)
    dim, layers = n.options["dim"], n.options["layers"]
    nodes = 4.0 * (n.users + n.items) * dim
    states = nodes * (4 + 3 * layers * (3 if "dropout" in n.options else 1))
    edges = 2 * n.interactions
    rounds = n.options["epochs"] * n.users / batch_size
    more = rounds * layers * (edges * dim * 6.0 + nodes * dim)
    return fit + states + 60.0 * edges, lists + states, work + more


def tower(vectors: bool) -> Callable[[Counts], Found]:
    """All items pass a network in each step; with `vectors` of a matrix factorization,
    which is trained before.
    """

    def formula(n: Counts) -> Found:
        batch_size = graph_batch(n.users, n.items, n.options["batch_size"])
        fit, lists, work = catalogue(n, batch_size)
        dim, inputs = n.options["dim"], 100 + 64 * vectors
        numbers = 10.0 * inputs + 6 * (128 + dim)  # for an item, with gradients
        rounds = n.options["epochs"] * -(-n.users // batch_size)
        passes = 6.0 * n.items * 128 * (inputs + dim) * rounds
        made = 4 * n.items * numbers
        return fit + made, lists + made, work + passes

    return formula


def sequences(users: bool, past: bool) -> Callable[[Counts], Found]:
    """Models that read histories, with a vector of each user or not, and one or two of
    each item.
    """

    def formula(n: Counts) -> Found:
        dim, epochs, members = (n.options[k] for k in ("dim", "epochs", "members"))
        length = max(n.options["window"], 100) if users else n.options["window"]
        weights = n.items * dim * (1.0 + past + users) + users * n.users * dim
        rows = n.users + n.interactions / length
        batch = n.options["batch_size"]
        # steps of a batch that are not padding, where people have much
        steps = batch * min(length, 2.0 * n.interactions / rows)
        layers = 4.0 * batch * length * (dim * 30 + (0 if past else length * 4))
        among = n.options["sampled"] or n.items
        held = steps * among if n.options["sampled"] else min(steps * among, 2**20)
        softmax = 4.0 * held * 3 + 8 * weights
        arrays = 60.0 * rows * length + 30.0 * n.interactions
        fit = n.training(weights) + softmax + layers + arrays
        kept = 4.0 * members * weights
        work = 6.0 * members * epochs * n.interactions * among * dim
        return fit + kept, kept + 30 * n.cells * (1 + (members > 1)), work

    return formula


FORMULAS: dict[str, Callable[[Counts], Found]] = {
    "popularity": popularity,
    "content": content,
    "user-knn": neighbours_of(people=True),
    "item-knn": neighbours_of(people=False),
    "recency-knn": neighbours_of(people=False),
    "ease": ease,
    "als": als,
    "markov": rules,
    "sequential-rules": rules,
    "decayed-rules": rules,
    "bpr": matrix_factors(1),
    "mf": catalogue,
    "ncf": ncf,
    "content-tower": tower(vectors=False),
    "dropoutnet": tower(vectors=True),
    "lightgcn": graph,
    "ngcf": graph,
    "sasrec": sequences(users=False, past=False),
    "gru4rec": sequences(users=False, past=True),
    "caser": sequences(users=True, past=True),
    "biased-mf": matrix_factors(1),
}


def estimate(
    name: str,
    num_users: int,
    num_items: int,
    num_interactions: int,
    options: dict[str, Any] | None = None,
    framework: str = "",
) -> Cost:
    """What a model of `recipes` takes: the fit, and lists of ten for everybody.

    Args:
        name: one of `recipes.names()`.
        options: that differ from the model's defaults; None: none.
        framework: "torch" or "tensorflow"; of no meaning for a baseline. With a GPU
            what is said of the main memory is more than is needed.
    """
    recipe = RECIPES[name]
    counts = num_users, num_items, num_interactions
    work, operations = beside_imports(name, *counts, options, framework)
    added = IMPORTS[framework or "torch"] if recipe.network else 0.0
    reading = 165.0 * num_interactions  # what a table takes while it is read
    return Cost(IMPORTS[""] + max(added + work, reading), operations)


def beside_imports(
    name: str,
    num_users: int,
    num_items: int,
    num_interactions: int,
    options: dict[str, Any] | None,
    framework: str,
) -> tuple[float, float]:
    """Bytes of the data, of the fit and the lists; and operations."""
    recipe = RECIPES[name]
    chosen = {**recipe.defaults(), **(options or {})}
    framework = (framework or "torch") if recipe.network else ""
    n = Counts(num_users, num_items, num_interactions, chosen, framework)
    fit, lists, operations = FORMULAS[name](n)
    held = 60.0 * n.interactions + 250 * n.users + 150 * n.items
    ten_rows = 700.0 * n.users  # for each
    work = operations + 10 * n.users * n.items
    return held + max(fit, lists + ten_rows), work


def check(ds: Dataset, name: str, options: dict[str, Any], framework: str = "") -> None:
    """Refuse, before any work, a model that needs more memory than there is.

    Raises:
        DataError: saying how much it needs, how much is free, and what fits.
    """
    free = room()
    if free is not None and needed(ds, name, options, framework) > free:
        raise too_large(ds, name, options, framework)


def room() -> float | None:
    """What a model may take; the rest of what is free is left to others, and to
    estimates that are too low.
    """
    free = limit()
    return None if free is None else 0.9 * free


def needed(
    ds: Dataset, name: str, options: dict[str, Any] | None, framework: str
) -> float:
    """Bytes that are still to be taken."""
    counts = ds.num_users, ds.num_items, len(ds.ratings)
    work, _ = beside_imports(name, *counts, options, framework)
    framework = framework or "torch"
    imported = not RECIPES[name].network or framework in sys.modules
    return work if imported else work + IMPORTS[framework]


def was_memory(error: BaseException) -> bool:
    """Was main memory what was missing? PyTorch says it in words only."""
    return isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error)


def too_large(
    ds: Dataset,
    name: str,
    options: dict[str, Any],
    framework: str = "",
    *,
    tried: bool = False,
) -> DataError:
    """The error for a model that does not fit into memory: how much it needs, how much
    is free, and which models fit that need no more than this data. If it was `tried`,
    the estimate may have been too low.
    """
    free, need = room(), needed(ds, name, options, framework)
    about = f"{ds.num_users:,} users and {ds.num_items:,} items"
    if name == "ease":
        about = f"{ds.num_items:,} items (an item x item matrix)"
    text = f"{name} needs about {gigabytes(need)} for {about}"
    if tried:
        text = (
            f"{name} ran out of memory: it needs {gigabytes(need)} or more for {about}"
        )
    if free is None:
        return DataError(f"{text}.")
    fit = [
        other
        for other in INSTEAD
        if other != name
        and (not RECIPES[other].network or find_spec(framework or "torch"))
        and needed(ds, other, None, framework) < min(free, need)
    ]
    way_out = "Take fewer ratings, or a computer with more memory."
    if len(fit) == 1:
        way_out = f"{fit[0]} fits."
    elif fit:
        way_out = f"{', '.join(fit[:-1])} or {fit[-1]} fit."
    return DataError(f"{text}; {gigabytes(free)} can be used here. {way_out}")


def gigabytes(size: float) -> str:
    """In words: 41 GB, 2.3 GB, 350 MB."""
    if size < 10**9:
        return f"{size / 10**6:.0f} MB"
    return f"{size / 10**9:.{int(size < 2 * 10**10)}f} GB"
