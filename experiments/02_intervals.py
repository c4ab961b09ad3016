"""How often does a 95 % interval hold the truth?

The trained models and their scores are real: two factorizations of the course's
scoreboard, each from several seeds, and what each of them scored for each test user.
These users stand for a whole population, whose mean is then known. A draw takes
`people` of them with replacement, as one meets people when a model is tested, and asks
`summarise` and `compare`, as one would.

fixed   these models, other people: what the intervals promise. `mean` and `difference`
        are the shares of intervals that hold the population's mean and difference,
        `width` is the difference's mean width; `contradictions` counts draws in which
        interval and p-value say different things
anew    models trained anew, too: each draw takes `seeds` of twenty trainings, with
        replacement, and the truth is the mean over all twenty. `between_seeds` is the
        standard deviation of their NDCG, `between_people` the standard error of the
        difference from EASE that comes from people alone
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.evaluation import splits
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sampling import Batches, NegativeSampler, UserBatches
from rec_tutor.torch import mf, training

TRAININGS = 20
ds = data.load("ml-100k")
SIZE = (ds.num_users, ds.num_items)
board = splits.temporal(ds.ratings)
seen = interaction_matrix(board.refit, *SIZE)


def softmax_mf(seed: int, epochs: int) -> mf.SoftmaxMF:
    model = mf.SoftmaxMF(*SIZE, dim=128, temperature=0.15, seed=seed)
    rows = UserBatches(seen, batch_size=64, seed=seed)
    training.fit(
        model,
        rows,
        epochs=epochs,
        lr=0.01,
        weight_decay=0.1,
        decay=True,
        progress=False,
    )
    return model


def bpr_mf(seed: int, epochs: int) -> mf.BPRMF:
    model = mf.BPRMF(*SIZE, dim=64, l2=0.01, seed=seed)
    negatives = NegativeSampler(seen, power=0.5, seed=seed)
    user, item = (board.refit[name].to_numpy() for name in ("user", "item"))
    pairs = Batches(user, item, batch_size=4096, seed=seed, negatives=negatives)
    training.fit(model, pairs, epochs=epochs, lr=0.02, decay=True, progress=False)
    return model


MODELS = {"SoftmaxMF": softmax_mf, "BPRMF": bpr_mf}


@cache
def tested(model: str, seed: int, epochs: int) -> pd.DataFrame:
    """NDCG@10 of every test user."""
    trained = MODELS[model](seed, epochs)
    return evaluation.evaluate(trained, board.test, seen=seen)[["ndcg"]]


def ease() -> pd.DataFrame:
    model = baselines.EASE(*SIZE, l2=100.0).fit(board.refit)
    return evaluation.evaluate(model, board.test, seen=seen)[["ndcg"]]


def met(runs: list[pd.DataFrame], people: np.ndarray) -> list[pd.DataFrame]:
    return [run.iloc[people].reset_index(drop=True) for run in runs]


def fixed(
    people: int, seeds: int, seed: int, draws: int = 2_000, epochs: int = 30
) -> dict[str, Any]:
    runs = {
        model: [tested(model, own, epochs) for own in range(seeds)] for model in MODELS
    }
    means = {
        model: float(np.mean([own["ndcg"].mean() for own in runs[model]]))
        for model in MODELS
    }
    truth = means["SoftmaxMF"] - means["BPRMF"]
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        chosen = rng.integers(0, len(board.test["user"].unique()), people)
        drawn = {model: met(runs[model], chosen) for model in MODELS}
        own = evaluation.summarise(drawn["SoftmaxMF"]).loc["ndcg"]
        row = evaluation.compare(drawn, "BPRMF").loc["SoftmaxMF"]
        apart = not row["low"] <= 0 <= row["high"]
        found.append(
            (
                own["low"] <= means["SoftmaxMF"] <= own["high"],
                row["low"] <= truth <= row["high"],
                row["high"] - row["low"],
                apart != (row["p"] < 0.05),
            )
        )
    mean, difference, width, contradictions = np.array(found, dtype=float).T
    return {
        "truth": truth,
        "mean": mean.mean(),
        "difference": difference.mean(),
        "width": width.mean(),
        "contradictions": int(contradictions.sum()),
    }


def anew(
    model: str,
    seeds: int,
    seed: int,
    draws: int = 2_000,
    epochs: int = 30,
    trainings: int = TRAININGS,
) -> dict[str, float]:
    runs = [tested(model, own, epochs) for own in range(trainings)]
    means = np.array([own["ndcg"].mean() for own in runs])
    baseline = ease()
    truth = means.mean() - baseline["ndcg"].mean()
    gaps = sum(own["ndcg"] for own in runs) / trainings - baseline["ndcg"]
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(draws):
        people = rng.integers(0, len(gaps), len(gaps))
        some = [runs[own] for own in rng.integers(0, trainings, seeds)]
        drawn = {model: met(some, people), "EASE": met([baseline], people)}
        row = evaluation.compare(drawn, "EASE").loc[model]
        held.append(row["low"] <= truth <= row["high"])
    return {
        "truth": truth,
        "difference": float(np.mean(held)),
        "between_seeds": float(means.std(ddof=1)),
        "between_people": float(gaps.std(ddof=1) / np.sqrt(len(gaps))),
    }


PARTS = {"fixed": fixed, "anew": anew}
ROWS: list[dict[str, Any]] = [
    {"part": "fixed", "people": people, "seeds": seeds}
    for people in (100, 900)
    for seeds in (1, 3, 5)
]
ROWS += [
    {"part": "anew", "model": model, "seeds": seeds}
    for model in MODELS
    for seeds in (1, 3)
]
SMALL: list[dict[str, Any]] = [
    {"part": "fixed", "people": 100, "seeds": 2, "draws": 50, "epochs": 1},
    *(
        {
            "part": "anew",
            "model": model,
            "seeds": 1,
            "draws": 20,
            "epochs": 2,
            "trainings": 2,
        }
        for model in MODELS
    ),
]

if __name__ == "__main__":
    run(__file__, PARTS, ROWS, small=SMALL)
