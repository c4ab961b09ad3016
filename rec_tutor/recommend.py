"""Your own ratings in, recommendations out.

    python -m rec_tutor.recommend --train ratings.csv --model mf --framework torch
    --seed 1 --out recs.csv

In: a CSV with the columns `userID,itemID[,rating][,timestamp]`. Out:
`userID,itemID,prediction`, the best `--k` items of every user, best first. `--list`
tells which models exist in which framework, and which options each has.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import softmax

from rec_tutor import baselines, data, evaluation
from rec_tutor.inputs.graph import bipartite_adjacency
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sampling import Batches, NegativeSampler, UserBatches
from rec_tutor.inputs.sequences import histories, owners, windows

FRAMEWORKS = ("torch", "tensorflow")


@dataclass(frozen=True)
class Task:
    """What a model is built from: the training data, the validation ratings or None,
    and the command line.
    """

    ds: data.Dataset
    valid: pd.DataFrame | None
    options: argparse.Namespace

    @property
    def size(self) -> tuple[int, int]:
        return self.ds.num_users, self.ds.num_items

    @property
    def known(self) -> pd.DataFrame:
        """Training and validation ratings; where a file has no time stamps, validation
        comes after training.
        """
        if self.valid is None:
            return self.ds.ratings
        valid = self.valid
        if not (
            _has_column(self.options, "train", "timestamp")
            and _has_column(self.options, "valid", "timestamp")
        ):
            later = self.ds.ratings["timestamp"].max() + 1 + np.arange(len(valid))
            valid = valid.assign(timestamp=later)
        return pd.concat([self.ds.ratings, valid], ignore_index=True)

    def module(self, name: str) -> Any:
        """A module of the chosen framework, such as `mf`; a clear error where the
        framework is not installed.
        """
        framework = self.options.framework
        try:
            return importlib.import_module(f"rec_tutor.{framework}.{name}")
        except (
            ImportError
        ) as error:  # also where a mere folder called torch stands in for PyTorch
            if (error.name or "").startswith("rec_tutor"):
                raise
            raise data.DataError(
                f"{framework} is not installed ({error}). Choose the other with"
                f" --framework, or run: pip install {framework}"
            ) from error

    def given(self, **defaults: Any) -> dict[str, Any]:
        """The defaults, changed by what the command line sets."""
        set_ = {name: getattr(self.options, name) for name in defaults}
        return {
            name: defaults[name] if value is None else value
            for name, value in set_.items()
        }

    def validation(
        self, measure: Callable[[Any, pd.DataFrame], float]
    ) -> dict[str, Any]:
        """Arguments that make `fit` stop early on the validation ratings, if there are
        any.
        """
        valid = self.valid
        if valid is None or valid.empty:
            return {}
        return {"validate": lambda model: measure(model, valid), "patience": 10}

    def ndcg(self, read: Sequence[np.ndarray] | None = None) -> dict[str, Any]:
        """The same, judged by NDCG@10; `read` are the histories of a model that reads
        them.
        """
        seen = interaction_matrix(self.ds.ratings, *self.size)
        if self.options.allow_seen:
            seen = sparse.csr_matrix(seen.shape)
        return self.validation(
            lambda model, valid: evaluation.evaluate(
                model, valid, seen=seen, histories=read
            )["ndcg"].mean()
        )


def _fit_mf(task: Task) -> Any:
    own = task.given(
        dim=128, epochs=30, lr=0.01, weight_decay=0.1, batch_size=64, temperature=0.2
    )
    model = task.module("mf").SoftmaxMF(
        *task.size,
        dim=own["dim"],
        temperature=own["temperature"],
        seed=task.options.seed,
    )
    batches = UserBatches(
        interaction_matrix(task.ds.ratings, *task.size),
        batch_size=own["batch_size"],
        seed=task.options.seed,
    )
    _train(
        task,
        model,
        batches,
        own,
        weight_decay=own["weight_decay"],
        decay=True,
        **task.ndcg(),
    )
    return model


def _fit_bpr(task: Task) -> Any:
    own = task.given(dim=64, epochs=60, lr=0.005, l2=0.01, batch_size=2048)
    model = task.module("mf").BPRMF(
        *task.size, dim=own["dim"], l2=own["l2"], seed=task.options.seed
    )
    _train(task, model, _contrasts(task, own["batch_size"]), own, **task.ndcg())
    return model


def _fit_ncf(task: Task) -> Any:
    own = task.given(
        dim=64, epochs=12, lr=0.005, l2=0.1, dropout=0.0, batch_size=2048, negatives=16
    )
    model = task.module("ncf").NeuMF(
        *task.size,
        gmf_dim=own["dim"],
        loss="softmax",
        l2=own["l2"],
        dropout=own["dropout"],
        seed=task.options.seed,
    )
    batches = _contrasts(task, own["batch_size"], own["negatives"])
    _train(task, model, batches, own, decay=True, **task.ndcg())
    return model


def _fit_lightgcn(task: Task) -> Any:
    own = task.given(
        dim=128,
        layers=2,
        epochs=30,
        lr=0.01,
        weight_decay=0.1,
        batch_size=64,
        temperature=0.2,
    )
    return _fit_graph(task, "LightGCN", own)


def _fit_ngcf(task: Task) -> Any:
    own = task.given(
        dim=64,
        layers=2,
        epochs=30,
        lr=0.01,
        weight_decay=0.1,
        batch_size=64,
        temperature=0.2,
        dropout=0.1,
    )
    return _fit_graph(task, "NGCF", own, dropout=own["dropout"])


def _fit_graph(task: Task, name: str, own: dict[str, Any], **settings: Any) -> Any:
    """Train a model on the graph of the training interactions, with a softmax over the
    catalogue.
    """
    interactions = interaction_matrix(task.ds.ratings, *task.size)
    model = getattr(task.module("gnn"), name)(
        *task.size,
        bipartite_adjacency(interactions),
        dim=own["dim"],
        layers=own["layers"],
        temperature=own["temperature"],
        seed=task.options.seed,
        **settings,
    )
    batches = UserBatches(
        interactions, batch_size=own["batch_size"], seed=task.options.seed
    )
    _train(
        task,
        model,
        batches,
        own,
        weight_decay=own["weight_decay"],
        decay=True,
        **task.ndcg(),
    )
    return model


def _fit_sasrec(task: Task) -> Any:
    own = task.given(
        dim=64, window=50, epochs=12, lr=0.01, dropout=0.2, batch_size=64, members=1
    )
    kind = task.module("sasrec").SASRec
    return _fit_sequences(
        task,
        own,
        lambda seed: kind(
            task.ds.num_items,
            dim=own["dim"],
            length=own["window"],
            heads=1,
            dropout=own["dropout"],
            seed=seed,
        ),
        own["window"],
    )


def _fit_gru4rec(task: Task) -> Any:
    own = task.given(
        dim=64, window=50, epochs=8, lr=0.01, dropout=0.2, batch_size=32, members=3
    )
    kind = task.module("rnn").GRU4Rec
    return _fit_sequences(
        task,
        own,
        lambda seed: kind(
            task.ds.num_items,
            dim=own["dim"],
            length=own["window"],
            dropout=own["dropout"],
            seed=seed,
        ),
        own["window"],
    )


def _fit_caser(task: Task) -> Any:
    own = task.given(
        dim=64, window=10, epochs=8, lr=0.01, dropout=0.5, batch_size=32, members=3
    )
    kind = task.module("cnn").Caser
    return _fit_sequences(
        task,
        own,
        # a vector of the user's own brings back what the user has; it helps only where
        # that is left out
        lambda seed: kind(
            *task.size,
            dim=own["dim"],
            length=own["window"],
            heights=tuple(height for height in (2, 3, 4) if height <= own["window"]),
            user=not task.options.allow_seen,
            dropout=own["dropout"],
            seed=seed,
        ),
        # long rows: where a row begins, the filters see nothing before it
        max(own["window"], 100),
        users=True,
    )


def _fit_sequences(
    task: Task,
    own: dict[str, Any],
    make: Callable[[int], Any],
    length: int,
    users: bool = False,
) -> Any:
    """Train models of what follows what on rows of `length` steps; with `users` a batch
    also says whose they are.
    """
    ds = task.ds
    read = histories(ds.ratings, ds.num_users)
    inputs, targets = windows(read, length, ds.num_items)
    if not len(inputs):
        raise data.DataError(
            f"{ds.name}: {task.options.model} learns what follows what, and no user has"
            " two ratings."
        )
    arrays = (owners(read, length), inputs, targets) if users else (inputs, targets)
    models = []
    for member in range(own["members"]):
        seed = task.options.seed + 1000 * member
        models.append(make(seed))
        batches = Batches(*arrays, batch_size=own["batch_size"], seed=seed)
        _train(task, models[-1], batches, own, decay=True, **task.ndcg(read))
    return models[0] if len(models) == 1 else MeanOf(models)


class MeanOf:
    """Several models of one kind, trained from different seeds: the mean of their
    probabilities.
    """

    def __init__(self, models: Sequence[Any]) -> None:
        self.models = models

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """Probabilities of all items, (len(users), num_items)."""
        return np.mean(
            [
                softmax(model.score(users, histories=histories), axis=1)
                for model in self.models
            ],
            axis=0,
        )


def _contrasts(task: Task, batch_size: int, num_negatives: int = 1) -> Batches:
    """Interactions with sampled items that the user does not have."""
    ratings, seed = task.ds.ratings, task.options.seed
    matrix = interaction_matrix(ratings, *task.size)
    full = np.flatnonzero(np.diff(matrix.indptr) == task.ds.num_items)
    if len(full):
        _say(
            f"{len(full)} user(s) have every item: there is nothing to contrast, they"
            " are left out of training"
        )
        ratings = ratings[~ratings["user"].isin(full)]
    if ratings.empty:
        raise data.DataError(
            f"{task.ds.name}: every user has every item, so {task.options.model} has"
            " nothing to learn."
        )
    pairs = ratings["user"].to_numpy(), ratings["item"].to_numpy()
    negatives = NegativeSampler(matrix, seed=seed)
    return Batches(
        *pairs,
        batch_size=batch_size,
        seed=seed,
        negatives=negatives,
        num_negatives=num_negatives,
    )


def _fit_biased_mf(task: Task) -> Any:
    own = task.given(dim=64, epochs=30, lr=0.005, l2=0.1, batch_size=1024)
    for option in ("train", "valid") if task.valid is not None else ("train",):
        if not _has_column(task.options, option, "rating"):
            raise data.DataError(
                f"biased-mf needs a rating column in {getattr(task.options, option)};"
                " bpr and mf do not."
            )
    ratings, seed = task.ds.ratings, task.options.seed
    model = task.module("mf").BiasedMF(
        *task.size,
        dim=own["dim"],
        mean=ratings["rating"].mean(),
        l2=own["l2"],
        l2_bias=0.01,
        seed=seed,
    )
    columns = (ratings[name].to_numpy() for name in ("user", "item", "rating"))
    batches = Batches(*columns, batch_size=own["batch_size"], seed=seed)

    def minus_rmse(model: Any, valid: pd.DataFrame) -> float:
        error = (
            model.predict(
                valid["user"].to_numpy(), valid["item"].to_numpy(), *_scale(ratings)
            )
            - valid["rating"].to_numpy()
        )
        return -float(np.sqrt(np.mean(error**2)))

    _train(task, model, batches, own, decay=True, **task.validation(minus_rmse))
    return model


def _train(
    task: Task, model: Any, batches: Any, own: dict[str, Any], **more: Any
) -> None:
    curve = task.module("training").fit(
        model, batches, epochs=own["epochs"], lr=own["lr"], **more
    )
    best = (
        f", best epoch {curve['valid'].idxmax() + 1} ({curve['valid'].max():.4f})"
        if "valid" in curve
        else ""
    )
    _say(f"trained {len(curve)} epochs, last loss {curve['loss'].iloc[-1]:.4f}{best}")


def _fit_content(task: Task) -> Any:
    own = task.given(center=3.0, title_weight=2.0)
    items = (
        task.ds.items
        if task.options.items is None
        else _read_items(task.options.items, task.ds, task.options.separator)
    )
    if not {"title", "genres"} <= set(items.columns):
        raise data.DataError(
            "content needs to know the items: pass --items items.csv with the columns"
            " itemID,title,genres (genres joined by |)."
        )
    return baselines.Content(*task.size, items=items, **own).fit(task.ds.ratings)


def _baseline(cls: type, **names: str) -> Callable[[Task], Any]:
    """Fit `cls` with its own defaults, changed by the options that are set; `names`
    maps its arguments to options.
    """

    def build(task: Task) -> Any:
        given = {own: getattr(task.options, option) for own, option in names.items()}
        changed = {own: value for own, value in given.items() if value is not None}
        return cls(*task.size, **changed).fit(task.ds.ratings)

    return build


@dataclass(frozen=True)
class Model:
    """How to fit a model, in which frameworks it exists (none: NumPy), and the options
    that change its defaults.
    """

    fit: Callable[[Task], Any]
    options: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()


MODELS: dict[str, Model] = {
    "popularity": Model(_baseline(baselines.Popularity)),
    "content": Model(_fit_content, ("items", "center", "title_weight")),
    "user-knn": Model(
        _baseline(baselines.UserKNN, k="neighbours", shrink="shrink"),
        ("neighbours", "shrink"),
    ),
    "item-knn": Model(
        _baseline(baselines.ItemKNN, k="neighbours", shrink="shrink"),
        ("neighbours", "shrink"),
    ),
    "ease": Model(
        _baseline(baselines.EASE, l2="l2", recency="recency"), ("l2", "recency")
    ),
    "als": Model(
        _baseline(
            baselines.ALS,
            dim="dim",
            l2="l2",
            alpha="alpha",
            epochs="epochs",
            seed="seed",
        ),
        ("dim", "l2", "alpha", "epochs"),
    ),
    "markov": Model(_baseline(baselines.MarkovChain)),
    "sequential-rules": Model(
        _baseline(baselines.SequentialRules, steps="window"), ("window",)
    ),
    "decayed-rules": Model(
        _baseline(
            baselines.DecayedRules, window="window", decay="decay", shrink="shrink"
        ),
        ("window", "decay", "shrink"),
    ),
    "mf": Model(
        _fit_mf,
        ("dim", "epochs", "lr", "weight_decay", "batch_size", "temperature"),
        FRAMEWORKS,
    ),
    "bpr": Model(_fit_bpr, ("dim", "epochs", "lr", "l2", "batch_size"), FRAMEWORKS),
    "ncf": Model(
        _fit_ncf,
        ("dim", "epochs", "lr", "l2", "dropout", "batch_size", "negatives"),
        FRAMEWORKS,
    ),
    "lightgcn": Model(
        _fit_lightgcn,
        ("dim", "layers", "epochs", "lr", "weight_decay", "batch_size", "temperature"),
        FRAMEWORKS,
    ),
    "ngcf": Model(
        _fit_ngcf,
        (
            "dim",
            "layers",
            "epochs",
            "lr",
            "weight_decay",
            "dropout",
            "batch_size",
            "temperature",
        ),
        FRAMEWORKS,
    ),
    "sasrec": Model(
        _fit_sasrec,
        ("dim", "window", "epochs", "lr", "dropout", "batch_size", "members"),
        FRAMEWORKS,
    ),
    "gru4rec": Model(
        _fit_gru4rec,
        ("dim", "window", "epochs", "lr", "dropout", "batch_size", "members"),
        FRAMEWORKS,
    ),
    "caser": Model(
        _fit_caser,
        ("dim", "window", "epochs", "lr", "dropout", "batch_size", "members"),
        FRAMEWORKS,
    ),
    "biased-mf": Model(
        _fit_biased_mf, ("dim", "epochs", "lr", "l2", "batch_size", "pairs"), FRAMEWORKS
    ),
}


def _read_items(path: str, ds: data.Dataset, separator: str) -> pd.DataFrame:
    """Titles and genres in the order of the item indices; items that the file lacks get
    none.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, sep=separator)
    except (OSError, ValueError) as error:
        raise data.DataError(f"{path}: could not be read as CSV ({error}).") from error
    missing = {"itemID", "title", "genres"} - set(table.columns)
    if missing:
        raise data.DataError(
            f"{path}: the column(s) {', '.join(sorted(missing))} are missing;"
            " itemID,title,genres are needed."
        )
    table = (
        table.drop_duplicates("itemID")
        .set_index("itemID")
        .reindex([str(i) for i in ds.items["item_id"]])
    )
    genres = [
        tuple(g for g in str(text).split("|") if g)
        for text in table["genres"].fillna("")
    ]
    return pd.DataFrame(
        {"title": table["title"].fillna("").to_numpy(), "genres": genres}
    )


def _scale(ratings: pd.DataFrame) -> tuple[float, float]:
    return float(ratings["rating"].min()), float(ratings["rating"].max())


def recommendations(model: Any, task: Task, k: int, allow_seen: bool) -> pd.DataFrame:
    """The best k items of every training user, in source ids:
    `userID, itemID, prediction`, best first.
    """
    ds = task.ds
    known, k = task.known, min(k, ds.num_items)
    seen = None if allow_seen else interaction_matrix(known, *task.size)
    users = np.arange(ds.num_users)
    items, scores = evaluation.top_k(
        model, users, seen=seen, k=k, histories=histories(known, ds.num_users)
    )
    kept = (items >= 0).ravel()
    return pd.DataFrame(
        {
            "userID": ds.users["user_id"].to_numpy()[np.repeat(users, k)[kept]],
            "itemID": ds.items["item_id"].to_numpy()[items.ravel()[kept]],
            "prediction": scores.ravel()[kept],
        }
    )


def predict_pairs(model: Any, task: Task, pairs: pd.DataFrame) -> np.ndarray:
    """Predicted ratings of indexed pairs; a user or an item that was not in training
    (-1) is left out of the prediction.

    For such a pair it is mu + b_u + b_i with the missing bias 0, where b is the shrunk
    mean deviation from the mean rating.
    """
    ratings = task.ds.ratings
    users, items = pairs["user"].to_numpy(), pairs["item"].to_numpy()
    mean = ratings["rating"].mean()
    predicted = np.full(len(pairs), mean)
    for name, index in (("user", users), ("item", items)):
        groups = (ratings["rating"] - mean).groupby(ratings[name])
        bias = (groups.sum() / (groups.count() + 5)).to_numpy()
        predicted += np.where(index >= 0, bias[index], 0.0)
    known = (users >= 0) & (items >= 0)
    predicted[known] = model.predict(users[known], items[known], *_scale(ratings))
    return np.clip(predicted, *_scale(ratings))


def write_csv(table: pd.DataFrame, path: str) -> None:
    """Write the whole file or none: into a temporary file beside it first."""
    target = Path(path).resolve()
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as part:
            table.to_csv(part, index=False, float_format="%.9g", encoding="utf-8")
        with suppress(OSError):  # some file systems have no permissions
            os.chmod(part.name, 0o644)
        os.replace(part.name, target)
    except BaseException as error:
        if part is not None:
            Path(part.name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise data.DataError(
                f"{target} could not be written ({error}). Choose another place for it."
            ) from error
        raise


def _check_outputs(options: argparse.Namespace) -> None:
    """Before any training: the outputs are new or ordinary files, in folders that
    exist, and no input is among them.
    """
    taken = [
        Path(path).resolve()
        for path in (options.train, options.valid, options.pairs, options.items)
        if path
    ]
    for path in filter(None, (options.out, options.ratings_out)):
        target = Path(path).resolve()
        if target in taken:
            raise data.DataError(
                f"{path} is named twice: choose another name for the output."
            )
        if not target.parent.is_dir():
            raise data.DataError(
                f"The folder {target.parent} does not exist: make it, or write"
                " elsewhere."
            )
        if target.exists() and not target.is_file():
            raise data.DataError(
                f"{path} is not an ordinary file: choose another place."
            )
        taken.append(target)


def _has_column(options: argparse.Namespace, option: str, column: str) -> bool:
    header = pd.read_csv(
        getattr(options, option), sep=options.separator, nrows=0, encoding="utf-8-sig"
    )
    return column in (str(name).strip().lower() for name in header.columns)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _peak_memory() -> str:
    """The largest resident memory of this process so far, in words; empty where the
    system does not tell.
    """
    try:
        import resource
    except ImportError:  # Windows
        return ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        f", peak memory {peak / (2**20 if sys.platform == 'darwin' else 2**10):,.0f} MB"
    )


def _number(
    kind: type, low: float, inclusive: bool = True, below: float = np.inf
) -> Callable[[str], Any]:
    """An argparse type: a number of that kind, at least (or above) `low` and below
    `below`.
    """

    def convert(text: str) -> Any:
        value = kind(text)
        if not np.isfinite(value) or value < low or (value == low and not inclusive):
            raise argparse.ArgumentTypeError(
                f"{text} is not {'at least' if inclusive else 'above'} {low:g}"
            )
        if value >= below:
            raise argparse.ArgumentTypeError(f"{text} is not below {below:g}")
        return value

    convert.__name__ = kind.__name__
    return convert


TUNING = {  # options that change a model's defaults
    "epochs": (_number(int, 1), "passes over the training data"),
    "dim": (_number(int, 1), "length of the vectors"),
    "layers": (_number(int, 0), "how often users and items listen to their neighbours"),
    "batch_size": (
        _number(int, 1),
        (
            "users (mf, lightgcn, ngcf), windows (sasrec, gru4rec, caser) or ratings"
            " per step"
        ),
    ),
    "lr": (_number(float, 0, False), "step size"),
    "l2": (_number(float, 0), "penalty on large weights"),
    "dropout": (
        _number(float, 0, below=1),
        "share of a layer that is set to 0 in training",
    ),
    "negatives": (_number(int, 1), "sampled items per interaction"),
    "weight_decay": (_number(float, 0), "how fast unused weights shrink"),
    "temperature": (_number(float, 0, False), "divides the cosine"),
    "alpha": (_number(float, 0), "extra confidence in what was seen"),
    "neighbours": (_number(int, 1), "size of a neighbourhood"),
    "shrink": (_number(float, 0), "distrust of few common users or events"),
    "window": (_number(int, 1), "items of a history that count"),
    "members": (
        _number(int, 1),
        "networks of different seeds whose probabilities are averaged",
    ),
    "decay": (_number(float, 0), "weight of an item against the next later one"),
    "recency": (_number(float, 0), "how much more late interactions count"),
    "center": (float, "rating that says neither yes nor no"),
    "title_weight": (_number(float, 0), "titles against genres"),
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="python -m rec_tutor.recommend",
        description="Train on your ratings, and recommend.",
    )
    p.add_argument(
        "--list",
        action="store_true",
        help="list the models with their options, and leave",
    )
    p.add_argument(
        "--train", metavar="CSV", help="columns userID,itemID[,rating][,timestamp]"
    )
    p.add_argument("--model", choices=MODELS, metavar="NAME", help=", ".join(MODELS))
    p.add_argument(
        "--framework",
        choices=FRAMEWORKS,
        default="torch",
        help="for the neural models (default: torch)",
    )
    p.add_argument(
        "--k",
        type=_number(int, 1),
        default=10,
        help="recommendations per user (default: 10)",
    )
    p.add_argument("--seed", type=_number(int, 0), default=0)
    p.add_argument(
        "--out", metavar="CSV", help="where to write userID,itemID,prediction"
    )
    p.add_argument(
        "--allow-seen",
        action="store_true",
        help="also recommend what a user already has",
    )
    p.add_argument(
        "--valid",
        metavar="CSV",
        help="for early stopping; never trained on, removed from the lists",
    )
    p.add_argument(
        "--pairs",
        metavar="CSV",
        help="pairs userID,itemID whose ratings to predict (biased-mf)",
    )
    p.add_argument(
        "--ratings-out",
        metavar="CSV",
        help="where to write the predicted ratings of --pairs",
    )
    p.add_argument("--items", metavar="CSV", help="itemID,title,genres (content)")
    p.add_argument(
        "--separator",
        default=",",
        help="between the fields of every file you give; tab for a tabulator",
    )
    for name, (kind, text) in TUNING.items():
        models = ", ".join(model for model in MODELS if name in MODELS[model].options)
        p.add_argument(
            f"--{name.replace('_', '-')}", type=kind, help=f"{text} ({models})"
        )
    return p


def _list() -> None:
    for name, model in MODELS.items():
        options = " ".join(f"--{option.replace('_', '-')}" for option in model.options)
        print(f"{name:12}{', '.join(model.frameworks) or 'NumPy':18}{options}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    p = parser()
    options = p.parse_args(arguments)
    if options.list:
        _list()
        return 0
    if not options.train or not options.model:
        p.error("--train and --model are needed (or --list).")
    if not options.out and not options.ratings_out:
        p.error(
            "say where to write: --out recs.csv and/or --pairs pairs.csv --ratings-out"
            " ratings.csv."
        )
    if bool(options.pairs) != bool(options.ratings_out):
        p.error("--pairs and --ratings-out belong together.")
    model = MODELS[options.model]
    for name in (*TUNING, "items", "pairs"):
        if getattr(options, name) is not None and name not in model.options:
            own = (
                " ".join(f"--{option.replace('_', '-')}" for option in model.options)
                or "none"
            )
            p.error(
                f"{options.model} has no option --{name.replace('_', '-')}; it has:"
                f" {own}."
            )
    options.separator = (
        "\t" if options.separator.lower() in ("tab", "\\t") else options.separator
    )
    started = time.perf_counter()
    try:
        _check_outputs(options)
        _run(model, options)
    except (
        data.DataError,
        ValueError,
        RuntimeError,
        FloatingPointError,
        np.linalg.LinAlgError,
    ) as error:
        _say(f"error: {error}")
        return 1
    _say(
        f"{options.model}: {time.perf_counter() - started:.1f} s{_peak_memory()}, seed"
        f" {options.seed}"
    )
    return 0


def _run(model: Model, options: argparse.Namespace) -> None:
    read = {"separator": options.separator}
    ds = data.read_csv(options.train, **read)
    valid = pairs = None
    if options.valid:
        valid = _only_known(
            data.encode(ds, options.valid, unknown="mark", **read), "--valid"
        )
    if options.pairs:
        pairs = data.read_table(options.pairs, duplicates="keep", **read)
    _say(
        f"{options.train}: {len(ds.ratings):,} ratings, {ds.num_users:,} users,"
        f" {ds.num_items:,} items"
    )
    task = Task(ds, valid, options)
    fitted = model.fit(task)
    if options.out:
        write_csv(
            recommendations(fitted, task, options.k, options.allow_seen), options.out
        )
    if pairs is not None:
        predicted = predict_pairs(
            fitted, task, data.encode(ds, pairs, unknown="mark", duplicates="keep")
        )
        table = pd.DataFrame(
            {"userID": pairs["user"], "itemID": pairs["item"], "prediction": predicted}
        )
        write_csv(table, options.ratings_out)


def _only_known(table: pd.DataFrame, option: str) -> pd.DataFrame:
    known = (table["user"] >= 0) & (table["item"] >= 0)
    if not known.all():
        _say(
            f"{option}: {(~known).sum()} row(s) with a user or an item that is not in"
            " --train are left out"
        )
    return table[known]


if __name__ == "__main__":
    sys.exit(main())
