"""The networks of `03_larger` in TensorFlow: the same settings, one seed.

With the same weights both frameworks give the same scores (tests/models); trained with
other random numbers they give other models. `torch` is the mean of PyTorch's seeds.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from course.experiment import SHIFTED, run
from rec_tutor import data, evaluation
from rec_tutor.evaluation import boards, splits
from rec_tutor.recipes import sequential, trained
from rec_tutor.recipes.task import Task
from rec_tutor.tensorflow import cnn, gnn, mf, ncf, rnn, sasrec, training

FIT = training.fit  # what recipes reach by its name only


def tested(
    fit: Callable[..., Any],
    uses: Any,
    seed: int,
    data_set: str,
    options: Mapping[str, Any],
    board: str,
    torch: float = 0.0,
) -> dict[str, Any]:
    ds = data.load(data_set)
    if board == "next":
        split = splits.leave_last_out(ds.ratings)
    else:
        split = splits.temporal(ds.ratings)
    task = Task(replace(ds, ratings=split.refit), "a board", "tensorflow", seed)
    start = time.process_time()
    model = fit(task, **options)
    cpu = time.process_time() - start
    found = boards.ask(model, ds, split.refit, split.test)
    summary = evaluation.summarise(found)
    return {
        **summary.loc["ndcg"].to_dict(),
        "hit": summary.loc["hit", "mean"],
        "torch": torch,
        "cpu": cpu,
    }


def softmax_mf(seed: int, **row: Any) -> dict[str, Any]:
    return tested(trained.mf, (mf.SoftmaxMF, FIT), seed, **row)


def bpr(seed: int, **row: Any) -> dict[str, Any]:
    return tested(trained.bpr, (mf.BPRMF, FIT), seed, **row)


def neumf(seed: int, **row: Any) -> dict[str, Any]:
    return tested(trained.ncf, (ncf.NeuMF, FIT), seed, **row)


def lightgcn(seed: int, **row: Any) -> dict[str, Any]:
    return tested(trained.lightgcn, (gnn.LightGCN, FIT), seed, **row)


def ngcf(seed: int, **row: Any) -> dict[str, Any]:
    return tested(trained.ngcf, (gnn.NGCF, FIT), seed, **row)


def gru4rec(seed: int, **row: Any) -> dict[str, Any]:
    return tested(sequential.gru4rec, (rnn.GRU4Rec, FIT), seed, **row)


def caser(seed: int, **row: Any) -> dict[str, Any]:
    return tested(sequential.caser, (cnn.Caser, FIT), seed, **row)


def self_attention(seed: int, **row: Any) -> dict[str, Any]:
    return tested(sequential.sasrec, (sasrec.SASRec, FIT), seed, **row)


PARTS = {
    "SoftmaxMF": softmax_mf,
    "BPRMF": bpr,
    "NeuMF": neumf,
    "LightGCN": lightgcn,
    "NGCF": ngcf,
    "GRU4Rec": gru4rec,
    "Caser": caser,
    "SASRec": self_attention,
}
ORDERED = ("GRU4Rec", "Caser", "SASRec")


def board_of(part: str) -> str | None:
    """Which board asks a part here."""
    if part in ORDERED:
        return "next"
    return "scoreboard" if part in PARTS else None


def rows() -> list[dict[str, Any]]:
    """What PyTorch tested on MovieLens-1M: on the scoreboard, or on the last rating."""
    file = Path(__file__).parent / "results" / "03_larger.json"
    return [
        {
            "part": row["part"],
            "data_set": row["data"],
            "options": row["options"],
            "board": row["board"],
            "torch": row["mean"],
        }
        for row in json.loads(file.read_text(encoding="utf-8"))["rows"]
        if (row["ask"], row["data"]) == ("test", "ml-1m")
        and row["board"] == board_of(row["part"])
    ]


ROWS = rows()
SMALL: list[dict[str, Any]] = [
    {
        "part": name,
        "data_set": "ml-100k",
        "options": {"epochs": 1},
        "board": board_of(name),
    }
    for name in PARTS
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
