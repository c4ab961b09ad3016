"""Your own ratings in, recommendations out.

    python -m rec_tutor.recommend --train ratings.csv --model mf --framework torch --k 10 --seed 1 --out
    recs.csv

In: a CSV with the columns `userID,itemID[,rating][,timestamp]`. Out: `userID,itemID,prediction`, the
    best `k` items of every user,
best first. `--list` tells which models exist in which framework.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import baselines, data, evaluation
from rec_tutor.sampling import Batches, NegativeSampler, UserBatches, interaction_matrix
from rec_tutor.sequences import histories

FRAMEWORKS = ("torch", "tensorflow")


@dataclass(frozen=True)
class Task:
    """What a model is built from: the training data, the validation ratings or None, and the command line."""

    ds: data.Dataset
    valid: pd.DataFrame | None
    options: argparse.Namespace

    @property
    def size(self) -> tuple[int, int]:
        return self.ds.num_users, self.ds.num_items

    def module(self, name: str) -> Any:
        """A module of the chosen framework, such as `mf`; a clear error where the framework is not
        installed.
        """
        framework = self.options.framework
        try:
            return importlib.import_module(f"rec_tutor.{framework}.{name}")
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("rec_tutor"):
                raise
            raise SystemExit(
                f"{framework} is not installed ({error}). Run: pip install 'rec-tutor[{framework}]', "
                "or choose the other with --framework."
            ) from error

    def given(self, **defaults: Any) -> dict[str, Any]:
        """The defaults, changed by what the command line sets."""
        return {
            name: value if getattr(self.options, name, None) is None else getattr(self.options, name)
            for name, value in defaults.items()
        }

    def validation(self, measure: Callable[[Any, pd.DataFrame], float]) -> dict[str, Any]:
        """Arguments that make `fit` stop early on the validation ratings, if there are any."""
        valid = self.valid
        if valid is None or valid.empty:
            return {}
        return {"validate": lambda model: measure(model, valid), "patience": 10}

    def ndcg(self, model: Any, valid: pd.DataFrame) -> float:
        seen = interaction_matrix(self.ds.ratings, *self.size)
        return float(evaluation.evaluate(model, valid, seen=seen)["ndcg"].mean())


def _fit_mf(task: Task) -> Any:
    own = task.given(dim=128, epochs=30, lr=0.01, weight_decay=0.1, batch_size=64, temperature=0.2)
    model = task.module("mf").SoftmaxMF(
        *task.size, dim=own["dim"], temperature=own["temperature"], seed=task.options.seed
    )
    batches = UserBatches(
        interaction_matrix(task.ds.ratings, *task.size), batch_size=own["batch_size"], seed=task.options.seed
    )
    _train(task, model, batches, own, weight_decay=own["weight_decay"], decay=True, **task.validation(task.ndcg))
    return model


def _fit_bpr(task: Task) -> Any:
    own = task.given(dim=64, epochs=60, lr=0.005, l2=0.01, batch_size=2048)
    ratings, seed = task.ds.ratings, task.options.seed
    model = task.module("mf").BPRMF(*task.size, dim=own["dim"], l2=own["l2"], seed=seed)
    negatives = NegativeSampler(interaction_matrix(ratings, *task.size), seed=seed)
    pairs = ratings["user"].to_numpy(), ratings["item"].to_numpy()
    batches = Batches(*pairs, batch_size=own["batch_size"], seed=seed, negatives=negatives)
    _train(task, model, batches, own, **task.validation(task.ndcg))
    return model


def _fit_biased_mf(task: Task) -> Any:
    own = task.given(dim=64, epochs=30, lr=0.005, l2=0.1, batch_size=1024)
    ratings, seed = task.ds.ratings, task.options.seed
    model = task.module("mf").BiasedMF(
        *task.size, dim=own["dim"], mean=ratings["rating"].mean(), l2=own["l2"], l2_bias=0.01, seed=seed
    )
    columns = (ratings[name].to_numpy() for name in ("user", "item", "rating"))
    batches = Batches(*columns, batch_size=own["batch_size"], seed=seed)

    def minus_rmse(model: Any, valid: pd.DataFrame) -> float:
        error = (
            model.predict(valid["user"].to_numpy(), valid["item"].to_numpy(), *_scale(ratings))
            - valid["rating"].to_numpy()
        )
        return -float(np.sqrt(np.mean(error**2)))

    _train(task, model, batches, own, decay=True, **task.validation(minus_rmse))
    return model


def _train(task: Task, model: Any, batches: Any, own: dict[str, Any], **more: Any) -> None:
    curve = task.module("training").fit(model, batches, epochs=own["epochs"], lr=own["lr"], **more)
    best = f", best epoch {curve['valid'].idxmax() + 1} ({curve['valid'].max():.4f})" if "valid" in curve else ""
    _say(f"trained {len(curve)} epochs, last loss {curve['loss'].iloc[-1]:.4f}{best}")


def _fit_content(task: Task) -> Any:
    own = task.given(center=3.0)
    items = task.ds.items if task.options.items is None else _read_items(task.options.items, task.ds)
    if not {"title", "genres"} <= set(items.columns):
        raise SystemExit(
            "content needs to know the items: pass --items items.csv with the columns itemID,title,genres "
            "(genres joined by |)."
        )
    return baselines.Content(*task.size, items=items, center=own["center"]).fit(task.ds.ratings)


def _baseline(cls: type, **names: str) -> Callable[[Task], Any]:
    """Fit `cls` with its own defaults, changed by the options that are set; `names` maps its arguments to options."""

    def build(task: Task) -> Any:
        given = {own: getattr(task.options, option) for own, option in names.items()}
        changed = {own: value for own, value in given.items() if value is not None}
        return cls(*task.size, **changed).fit(task.ds.ratings)

    return build


# name: (frameworks, or () for NumPy; how to fit)
MODELS: dict[str, tuple[tuple[str, ...], Callable[[Task], Any]]] = {
    "popularity": ((), _baseline(baselines.Popularity)),
    "content": ((), _fit_content),
    "user-knn": ((), _baseline(baselines.UserKNN, k="neighbours", shrink="shrink")),
    "item-knn": ((), _baseline(baselines.ItemKNN, k="neighbours", shrink="shrink")),
    "ease": ((), _baseline(baselines.EASE, l2="l2", recency="recency")),
    "als": ((), _baseline(baselines.ALS, dim="dim", l2="l2", alpha="alpha", epochs="epochs", seed="seed")),
    "markov": ((), _baseline(baselines.Markov, shrink="shrink")),
    "mf": (FRAMEWORKS, _fit_mf),
    "bpr": (FRAMEWORKS, _fit_bpr),
    "biased-mf": (FRAMEWORKS, _fit_biased_mf),
}
RATING_MODELS = ("biased-mf",)


def _read_items(path: str, ds: data.Dataset) -> pd.DataFrame:
    """Titles and genres in the order of the item indices; items that the file lacks get none."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise data.DataError(f"{path}: could not be read as CSV ({error}).") from error
    missing = {"itemID", "title", "genres"} - set(table.columns)
    if missing:
        raise data.DataError(
            f"{path}: the column(s) {', '.join(sorted(missing))} are missing; itemID,title,genres are needed."
        )
    table = table.drop_duplicates("itemID").set_index("itemID").reindex([str(i) for i in ds.items["item_id"]])
    genres = [tuple(g for g in str(text).split("|") if g) for text in table["genres"].fillna("")]
    return pd.DataFrame({"title": table["title"].fillna("").to_numpy(), "genres": genres})


def _scale(ratings: pd.DataFrame) -> tuple[float, float]:
    return float(ratings["rating"].min()), float(ratings["rating"].max())


def recommendations(model: Any, task: Task, k: int, allow_seen: bool) -> pd.DataFrame:
    """The best k items of every training user, in source ids: `userID, itemID, prediction`, best first."""
    ds = task.ds
    known = ds.ratings if task.valid is None else pd.concat([ds.ratings, task.valid])
    seen = None if allow_seen else interaction_matrix(known, *task.size)
    users = np.arange(ds.num_users)
    items, scores = evaluation.top_k(model, users, seen=seen, k=k, histories=histories(known, ds.num_users))
    kept = (items >= 0).ravel()
    return pd.DataFrame(
        {
            "userID": ds.users["user_id"].to_numpy()[np.repeat(users, k)[kept]],
            "itemID": ds.items["item_id"].to_numpy()[items.ravel()[kept]],
            "prediction": scores.ravel()[kept],
        }
    )


def predict_pairs(model: Any, task: Task, pairs: pd.DataFrame) -> np.ndarray:
    """Predicted ratings of indexed pairs; a user or an item that was not in training (-1) is left out of
    the prediction.

    For such a pair it is mu + b_u + b_i with the missing bias 0, where b is the shrunk mean deviation from
    the mean rating.
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
    target = Path(path)
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=target.parent, prefix=f".{target.name}.", delete=False, newline=""
        ) as part:
            try:
                table.to_csv(part, index=False, float_format="%.9g")
                part.close()
                os.chmod(part.name, 0o644)
                os.replace(part.name, target)
            except BaseException:
                part.close()
                os.unlink(part.name)
                raise
    except OSError as error:
        raise data.DataError(
            f"{target} could not be written ({error}). Choose another place with --out / --ratings-out."
        ) from error


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _peak_memory() -> str:
    """The largest resident memory of this process so far, in words; empty where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f", peak memory {peak / (2**20 if sys.platform == 'darwin' else 2**10):,.0f} MB"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="python -m rec_tutor.recommend", description="Train a recommender on your ratings and recommend."
    )
    p.add_argument("--list", action="store_true", help="list the models and leave")
    p.add_argument("--train", metavar="CSV", help="columns userID,itemID[,rating][,timestamp]")
    p.add_argument("--model", choices=MODELS, metavar="NAME", help=", ".join(MODELS))
    p.add_argument("--framework", choices=FRAMEWORKS, default="torch", help="for the neural models (default: torch)")
    p.add_argument("--k", type=int, default=10, help="recommendations per user (default: 10)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--out", metavar="CSV", help="where to write userID,itemID,prediction")
    p.add_argument("--allow-seen", action="store_true", help="also recommend what a user already has")
    p.add_argument("--valid", metavar="CSV", help="for early stopping; never trained on, removed from the lists")
    p.add_argument("--pairs", metavar="CSV", help="pairs userID,itemID whose ratings to predict (biased-mf)")
    p.add_argument("--ratings-out", metavar="CSV", help="where to write the predicted ratings of --pairs")
    p.add_argument("--items", metavar="CSV", help="itemID,title,genres (for content)")
    for name, kind in (
        ("epochs", int),
        ("dim", int),
        ("batch-size", int),
        ("lr", float),
        ("l2", float),
        ("alpha", float),
    ):
        p.add_argument(f"--{name}", type=kind, help="changes the model's default")
    for name, kind in (
        ("weight-decay", float),
        ("temperature", float),
        ("center", float),
        ("shrink", float),
        ("recency", float),
    ):
        p.add_argument(f"--{name}", type=kind, help="changes the model's default")
    p.add_argument("--neighbours", type=int, help="k of the neighbourhood models")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    p = parser()
    options = p.parse_args(arguments)
    if options.list:
        for name, (frameworks, _) in MODELS.items():
            print(f"{name:12} {', '.join(frameworks) or 'NumPy (no framework)'}")
        return 0
    if not options.train or not options.model:
        p.error("--train and --model are needed (or --list).")
    if not options.out and not options.ratings_out:
        p.error("say where to write: --out recs.csv and/or --pairs pairs.csv --ratings-out ratings.csv.")
    if bool(options.pairs) != bool(options.ratings_out):
        p.error("--pairs and --ratings-out belong together.")
    if options.pairs and options.model not in RATING_MODELS:
        p.error(f"--pairs needs a model that predicts ratings: {', '.join(RATING_MODELS)}.")
    if options.k < 1:
        p.error("--k must be at least 1.")
    started = time.perf_counter()
    try:
        ds = data.read_csv(options.train)
        valid = _only_known(data.encode(ds, options.valid, unknown="mark"), "--valid") if options.valid else None
        pairs = data.encode(ds, options.pairs, unknown="mark") if options.pairs else None
        _say(f"{options.train}: {len(ds.ratings):,} ratings, {ds.num_users:,} users, {ds.num_items:,} items")
        task = Task(ds, valid, options)
        model = MODELS[options.model][1](task)
        if options.out:
            write_csv(recommendations(model, task, options.k, options.allow_seen), options.out)
        if pairs is not None:
            raw = data.read_table(options.pairs)
            table = pd.DataFrame(
                {
                    "userID": raw["user"],
                    "itemID": raw["item"],
                    "prediction": predict_pairs(model, task, pairs),
                }
            )
            write_csv(table, options.ratings_out)
    except (data.DataError, FloatingPointError) as error:
        _say(f"error: {error}")
        return 1
    _say(f"{options.model}: {time.perf_counter() - started:.1f} s{_peak_memory()}, seed {options.seed}")
    return 0


def _only_known(table: pd.DataFrame, option: str) -> pd.DataFrame:
    known = (table["user"] >= 0) & (table["item"] >= 0)
    if not known.all():
        _say(f"{option}: {(~known).sum()} row(s) with a user or an item that is not in --train are left out")
    return table[known]


if __name__ == "__main__":
    sys.exit(main())
