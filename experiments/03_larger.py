"""The boards again, on a million ratings and outside MovieLens.

The models of the course on MovieLens-1M (the same site as MovieLens-100K, six times the
people, ten times the ratings) and, where they read no order, on FilmTrust (another
site, small, without times). A row is one model and one question.

tune    six settings each, the same number for all, judged on the validation part; for
        models that train for longer than half a minute on a quarter of the users.
        `scoreboard`: the last tenth before the last fifth of each person's ratings.
        `next`: the last rating but one. FilmTrust: a random tenth
test    the best of them, trained on all that came before the test part, judged once.
        `gap` is the lead over the row's `rival`
walk    by arrival, in five blocks; settings of the same board's tune rows
curve   trained on 5 to 100 per cent of the people but 1,200, who are asked

A network has three seeds where its test is the question, else one. `cpu` are the CPU
seconds of one training, on whatever processor this was.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from course.experiment import SHIFTED, run
from rec_tutor import baselines, data, evaluation
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import boards, splits
from rec_tutor.inputs.matrix import interaction_matrix, recency_weights
from rec_tutor.inputs.sampling import UserBatches
from rec_tutor.recipes import sequential, trained
from rec_tutor.recipes.task import Task
from rec_tutor.torch import cnn, gnn, mf, ncf, rnn, sasrec, training

Options = Mapping[str, Any]
TESTERS = 1_200  # people that no learning curve trains on
COLUMNS = ["ndcg", "hit", "recall"]
FIT = training.fit  # what recipes reach by its name only


@dataclass(frozen=True)
class Kind:
    """How a model is trained, from a task and options, and how it serves people whom it
    does not know, see `boards.serve`.

    uses: what `fit` reaches by a name only: a row's key depends on it.
    """

    fit: Callable[..., Any]
    new: str = ""
    uses: tuple[Any, ...] = ()


def counted(model: Any) -> Callable[..., Any]:
    """A baseline as a function of a task."""

    def fit(task: Task, **options: Any) -> Any:
        return model(*task.size, **options).fit(task.ds.ratings)

    return fit


RIVALS = {
    "EASE": Kind(counted(baselines.EASE), "rows"),
    "ItemKNN": Kind(counted(baselines.ItemKNN), "rows"),
    "DecayedRules": Kind(counted(baselines.DecayedRules), "history"),
}


@cache
def dataset(name: str, share: float = 1.0) -> Dataset:
    """A data set by its name, or a share of its users, drawn at random."""
    ds = data.load(name)
    if share == 1.0:
        return ds
    people = np.random.default_rng(0).permutation(ds.num_users)
    return boards.some_users(ds, people[: round(share * ds.num_users)])


@cache
def split_of(name: str, board: str, share: float = 1.0) -> splits.Split:
    ratings = dataset(name, share).ratings
    if board == "next":
        return splits.leave_last_out(ratings)
    if board == "random":
        return splits.random(ratings, 0.7, 0.1)
    return splits.temporal(ratings)


class Timed:
    """A fit that notes how many CPU seconds each training took."""

    def __init__(self, kind: Kind, options: Options):
        self.kind, self.options = kind, options
        self.seconds: list[float] = []

    def __call__(self, ds: Dataset, seed: int) -> Any:
        task = Task(ds, "a board", seed=seed)
        start = time.process_time()
        model = self.kind.fit(task, **self.options)
        self.seconds.append(time.process_time() - start)
        return model


def tune(
    kind: Kind, seed: int, data: str, board: str, options: Options, share: float = 0.25
) -> dict[str, Any]:
    ds, split, fit = (
        dataset(data, share),
        split_of(data, board, share),
        Timed(kind, options),
    )
    model = fit(replace(ds, ratings=split.train), seed)
    found = boards.ask(model, ds, split.train, split.valid)
    return {"valid": found["ndcg"].mean(), "cpu": fit.seconds[0]}


def tested(kind: Kind, fit: Timed, data: str, board: str, seed: int) -> pd.DataFrame:
    ds, split = dataset(data), split_of(data, board)
    if board == "walk":
        found = boards.walk(fit, ds, kind.new, seed=seed)
    else:
        model = fit(replace(ds, ratings=split.refit), seed)
        found = boards.ask(model, ds, split.refit, split.test)
    return found[COLUMNS]


@cache
def rival_on(
    model: str, data: str, board: str, options: tuple[Any, ...]
) -> pd.DataFrame:
    fit = Timed(RIVALS[model], dict(options))
    return tested(RIVALS[model], fit, data, board, 0)


def test(
    kind: Kind,
    seed: int,
    data: str,
    board: str,
    options: Options,
    seeds: Sequence[int] = (0,),
    rival: Options | None = None,
) -> dict[str, Any]:
    fit = Timed(kind, options)
    runs = [tested(kind, fit, data, board, own) for own in seeds]
    summary = evaluation.summarise(runs)
    row = summary.loc["ndcg"].to_dict() | {
        "hit": summary.loc["hit", "mean"],
        "recall": summary.loc["recall", "mean"],
        "runs": [run["ndcg"].mean() for run in runs],
        "cpu": sum(fit.seconds) / len(seeds),
    }
    if rival:
        settings = tuple(sorted(rival["options"].items()))
        other = rival_on(rival["model"], data, board, settings)
        gap = evaluation.compare({"this": runs, "rival": other}, "rival").loc["this"]
        ends = {"gap": "difference", "gap_low": "low", "gap_high": "high", "p": "p"}
        row |= {name: gap[own] for name, own in ends.items()}
    return row


def curve(
    kind: Kind,
    seed: int,
    data: str,
    share: float,
    options: Options,
    seeds: Sequence[int] = (0,),
    testers: int = TESTERS,
) -> dict[str, Any]:
    some, asking = boards.grown(dataset(data), share, testers=testers)
    fit = Timed(kind, options)
    models = [fit(some, own) for own in seeds]
    row: dict[str, Any] = {"people": some.num_users, "ratings": len(some.ratings)}
    questions = {
        "later": splits.temporal(asking.ratings, valid=0.0),
        "next": splits.leave_last_out(asking.ratings),
    }
    for question, split in questions.items():
        known = split.refit
        scorers = [boards.serve(model, kind.new, asking, known) for model in models]
        runs = [boards.ask(own, asking, known, split.test) for own in scorers]
        found = evaluation.summarise(runs).loc["ndcg"]
        row |= {question: found["mean"]}
        row |= {f"{question}_{end}": found[end] for end in ("low", "high")}
    return row | {"cpu": float(np.mean(fit.seconds))}


QUESTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "tune": tune,
    "test": test,
    "curve": curve,
}


def measure(kind: Kind, seed: int, ask: str, **row: Any) -> dict[str, Any]:
    return QUESTIONS[ask](kind, seed, **row)


# --- the models, one part each ---


def popularity(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(counted(baselines.Popularity), "rows"), seed, **row)


def item_knn(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(counted(baselines.ItemKNN), "rows"), seed, **row)


def user_knn(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(counted(baselines.UserKNN), "rows"), seed, **row)


def ease(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(counted(baselines.EASE), "rows"), seed, **row)


def late_ease(seed: int, **row: Any) -> dict[str, Any]:
    """With its option `recency`."""
    return measure(Kind(counted(baselines.EASE), "rows"), seed, **row)


def seeded_als(task: Task, **options: Any) -> Any:
    return baselines.ALS(*task.size, seed=task.seed, **options).fit(task.ds.ratings)


def als(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(seeded_als, "rows"), seed, **row)


def markov(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(counted(baselines.MarkovChain), "history"), seed, **row)


def sequential_rules(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(counted(baselines.SequentialRules), "history"), seed, **row)


def decayed_rules(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(counted(baselines.DecayedRules), "history"), seed, **row)


def softmax_mf(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(trained.mf, "vector", (mf.SoftmaxMF, FIT)), seed, **row)


def late(
    task: Task, *, strength: float, weight_decay: float, temperature: float, epochs: int
) -> Any:
    """As `trained.mf`, but later interactions weigh more, see chapter 07."""
    weights = recency_weights(task.ds.ratings, strength)
    matrix = interaction_matrix(task.ds.ratings, *task.size, values=weights)
    model = mf.SoftmaxMF(*task.size, dim=128, temperature=temperature, seed=task.seed)
    rows = UserBatches(matrix, batch_size=64, seed=task.seed)
    settings: dict[str, Any] = {"weight_decay": weight_decay, "decay": True}
    training.fit(model, rows, epochs=epochs, lr=0.01, progress=False, **settings)
    return model


def late_mf(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(late), seed, **row)


def bpr(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(trained.bpr, uses=(mf.BPRMF, FIT)), seed, **row)


def neumf(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(trained.ncf, uses=(ncf.NeuMF, FIT)), seed, **row)


def lightgcn(seed: int, **row: Any) -> dict[str, Any]:
    kind = Kind(trained.lightgcn, "vector", (gnn.LightGCN, FIT))
    return measure(kind, seed, **row)


def ngcf(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(trained.ngcf, uses=(gnn.NGCF, FIT)), seed, **row)


def gru4rec(seed: int, **row: Any) -> dict[str, Any]:
    kind = Kind(sequential.gru4rec, "history", (rnn.GRU4Rec, FIT))
    return measure(kind, seed, **row)


def caser(seed: int, **row: Any) -> dict[str, Any]:
    return measure(Kind(sequential.caser, uses=(cnn.Caser, FIT)), seed, **row)


def self_attention(seed: int, **row: Any) -> dict[str, Any]:
    kind = Kind(sequential.sasrec, "history", (sasrec.SASRec, FIT))
    return measure(kind, seed, **row)


PARTS = {
    "Popularity": popularity,
    "ItemKNN": item_knn,
    "UserKNN": user_knn,
    "EASE": ease,
    "EASE, late": late_ease,
    "ALS": als,
    "MarkovChain": markov,
    "SequentialRules": sequential_rules,
    "DecayedRules": decayed_rules,
    "SoftmaxMF": softmax_mf,
    "SoftmaxMF, late": late_mf,
    "BPRMF": bpr,
    "NeuMF": neumf,
    "LightGCN": lightgcn,
    "NGCF": ngcf,
    "GRU4Rec": gru4rec,
    "Caser": caser,
    "SASRec": self_attention,
}


def grid(**values: tuple[Any, ...]) -> list[dict[str, Any]]:
    """All combinations."""
    found: list[dict[str, Any]] = [{}]
    for name, several in values.items():
        found = [own | {name: value} for own in found for value in several]
    return found


# six settings each
TRIES: dict[str, list[dict[str, Any]]] = {
    "Popularity": [{}],
    "ItemKNN": grid(k=(100, 300, 1000), shrink=(0.0, 50.0)),
    "UserKNN": grid(k=(100, 300, 1000), shrink=(0.0, 20.0)),
    "EASE": grid(l2=(30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)),
    "EASE, late": grid(l2=(300.0, 3000.0), recency=(4.0, 8.0, 16.0)),
    "ALS": grid(dim=(128,), l2=(10.0, 30.0, 100.0), alpha=(1.0, 3.0)),
    "MarkovChain": [{}],
    "SequentialRules": [{"steps": steps} for steps in (1, 2, 5, 10, 20, 50)],
    "DecayedRules": grid(window=(5, 10, 20), decay=(0.7, 0.9), shrink=(20.0,)),
    "SoftmaxMF": grid(temperature=(0.1, 0.15, 0.2), weight_decay=(0.03, 0.1)),
    "SoftmaxMF, late": grid(
        strength=(4.0, 8.0, 16.0),
        weight_decay=(0.03, 0.1),
        temperature=(0.15,),
        epochs=(30,),
    ),
    "BPRMF": grid(dim=(64, 128), l2=(0.001, 0.003, 0.01)),
    "NeuMF": grid(l2=(0.01, 0.1, 1.0), dropout=(0.0, 0.3)),
    "LightGCN": grid(layers=(1, 2), temperature=(0.1, 0.15, 0.2)),
    "NGCF": grid(temperature=(0.1, 0.2), weight_decay=(0.03, 0.1, 0.3)),
    "GRU4Rec": grid(
        members=(1,),
        window=(200,),
        batch_size=(16,),
        epochs=(12,),
        lr=(0.003, 0.01),
        dropout=(0.1, 0.2, 0.4),
    ),
    "Caser": grid(members=(1,), window=(5, 10, 20), dropout=(0.2, 0.5)),
    "SASRec": grid(
        window=(200,),
        batch_size=(16,),
        epochs=(16,),
        lr=(0.002, 0.005),
        dropout=(0.1, 0.2, 0.4),
    ),
}
SEQUENCES = ("GRU4Rec", "Caser", "SASRec")
ORDERED = ("MarkovChain", "SequentialRules", "DecayedRules", *SEQUENCES)


# small settings
BRIEF: dict[str, dict[str, Any]] = {
    **{name: {"shrink": 10.0} for name in ("ItemKNN", "UserKNN")},
    "ALS": {"dim": 8, "epochs": 2},
    **{name: {"epochs": 1} for name in ("SoftmaxMF", "BPRMF", "LightGCN", "NGCF")},
    "EASE, late": {"recency": 1.0},
    "SoftmaxMF, late": {
        "strength": 1.0,
        "weight_decay": 0.1,
        "temperature": 0.15,
        "epochs": 1,
    },
    "NeuMF": {"epochs": 1, "negatives": 4},
    **{name: {"epochs": 1, "members": 1} for name in SEQUENCES},
}
FREE = tuple(name for name in TRIES if name not in ORDERED)
# Half a minute and more for a training on all people: tuned on a quarter of them. (The
# right penalty of the others grows with the number of people.)
SLOW = ("BPRMF", "NeuMF", "LightGCN", "NGCF", *SEQUENCES)
BOARDS: dict[tuple[str, str], tuple[tuple[str, ...], dict[str, Any]]] = {
    ("ml-1m", "scoreboard"): (FREE, TRIES),
    ("filmtrust", "random"): (tuple(n for n in FREE if "late" not in n), TRIES),
    ("ml-1m", "next"): (ORDERED, TRIES),
}


def tune_rows(data: str, board: str) -> list[dict[str, Any]]:
    models, tries = BOARDS[data, board]
    rows = []
    for name in models:
        whole = data == "filmtrust" or name not in SLOW
        row: dict[str, Any] = {"ask": "tune", "data": data, "board": board}
        row |= {"share": 1.0} if whole else {}
        rows += [row | {"part": name, "options": one} for one in tries[name]]
    return rows


def best(data: str, board: str) -> dict[str, dict[str, Any]]:
    """Model -> its best settings on validation, of the models that were tuned whole."""
    file = Path(__file__).parent / "results" / f"{Path(__file__).stem}.json"
    record = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    tuned = [
        row
        for row in record.get("rows", [])
        if (row["ask"], row["data"], row.get("board")) == ("tune", data, board)
    ]
    asked = tune_rows(data, board)
    found = {}
    for name in BOARDS[data, board][0]:
        own = [
            row
            for row in tuned
            if {key: row[key] for key in row if key in asked[0] or key == "share"}
            in [one for one in asked if one["part"] == name]
        ]
        if len(own) == len(BOARDS[data, board][1][name]):
            found[name] = max(own, key=lambda row: row["valid"])["options"]
    return found


def test_rows(data: str, board: str, asked: str, rival: str) -> list[dict[str, Any]]:
    """The best of each model, on `asked`, which may be another board than that where
    they were chosen.
    """
    chosen = best(data, board)
    rows: list[dict[str, Any]] = []
    for name, options in chosen.items():
        row = {"part": name, "ask": "test", "data": data, "board": asked}
        against = (
            f"{rival}, late" if "late" in name and name != f"{rival}, late" else rival
        )
        more: dict[str, Any] = {"options": options}
        if name in DRAWN:
            more["seeds"] = [0, 1, 2]
        if name != against and against in chosen:
            more["rival"] = {
                "model": rival,
                "name": against,
                "options": chosen[against],
            }
        rows.append(row | more)
    return rows


# another seed, another result
DRAWN = tuple(
    name for name in BRIEF if name not in ("ItemKNN", "UserKNN", "EASE, late")
)
# A row that rests on what was chosen is listed once everything is tuned: from nothing,
# run the script twice.
ROWS = [row for board in BOARDS for row in tune_rows(*board)]
ROWS += test_rows("ml-1m", "scoreboard", "scoreboard", "EASE")
ROWS += test_rows("filmtrust", "random", "random", "EASE")
ROWS += test_rows("ml-1m", "next", "next", "DecayedRules")
ROWS += [
    row | {"seeds": [0]} if "seeds" in row else row
    for row in test_rows("ml-1m", "scoreboard", "walk", "EASE")
    if row["part"] in ("Popularity", "ItemKNN", "EASE", "SoftmaxMF")
]
RULED = {"window": 5, "decay": 0.7, "shrink": 20.0}  # the course's settings
ROWS += [
    {
        "part": "DecayedRules",
        "ask": "test",
        "data": "ml-1m",
        "board": "walk",
        "options": RULED,
        "rival": {"model": "EASE", "name": "EASE", "options": options},
    }
    for name, options in best("ml-1m", "scoreboard").items()
    if name == "EASE"
]
READERS = best("ml-1m", "next")
ROWS += [
    {
        "part": name,
        "ask": "test",
        "data": "ml-1m",
        "board": "walk",
        "options": READERS[name],
        "rival": {"model": "DecayedRules", "name": "DecayedRules", "options": RULED},
    }
    for name in ("GRU4Rec", "SASRec")
    if name in READERS
]
CURVES = best("ml-1m", "scoreboard") | READERS | {"DecayedRules": RULED}
ROWS += [
    {
        "part": name,
        "ask": "curve",
        "data": "ml-1m",
        "share": share,
        "options": CURVES[name],
    }
    for name in (
        "Popularity",
        "EASE",
        "DecayedRules",
        "SoftmaxMF",
        "LightGCN",
        "SASRec",
    )
    for share in (0.05, 0.1, 0.25, 0.5, 1.0)
    if name in CURVES
]
# of each model one, of each question at least one
SMALL: list[dict[str, Any]] = [
    {
        "part": name,
        "ask": "test" if name in ("EASE", "DecayedRules", "BPRMF") else "tune",
        "data": "ml-100k",
        "board": "next" if name in ORDERED else "scoreboard",
        "options": BRIEF.get(name, {}),
    }
    for name in TRIES
]
SMALL += [
    {
        "part": name,
        "ask": "test",
        "data": "ml-100k",
        "board": "walk",
        "options": BRIEF.get(name, {}),
        "rival": {"model": "EASE", "options": {"l2": 300.0}},
    }
    for name in ("ItemKNN", "DecayedRules", "SoftmaxMF")
]
SMALL += [
    {
        "part": name,
        "ask": "curve",
        "data": "ml-100k",
        "share": 0.25,
        "options": BRIEF.get(name, {}),
        "testers": 200,
    }
    for name in ("EASE", "LightGCN", "SASRec")
]

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        ROWS,
        small=SMALL,
        tolerance={"cpu": (0.0, float("inf")), "NeuMF": SHIFTED},
        full={"cpu": (0.0, float("inf"))},
    )
