"""Attention over histories: what helps it, and what is it worth beyond "how long ago"?

Next item, leave-one-out. Choices are made on validation: trained on all but the last
five items before the test item, each of these five is predicted from everything before
it. The test is the last item of each user, after training on everything before. Parts,
told apart by the column `part`:

din       three units at four learning rates, on validation; `gap` is NDCG (seen
          removed) minus that of the unit "mean" at the same learning rate, with a 95 %
          interval over users
sasrec    SASRec and one change at a time, on validation, 12 epochs; `gap` is against
          SASRec as it is, same seed
board     the models on the test, three seeds, the seen allowed and removed
pair      two of them on the same users: difference, 95 % interval, p
ties      the test once more, after the order inside equal time stamps was drawn at
          random, before splitting
simple    for comparison with `din` and `sasrec`: the baselines, and a mean over the
          history by age (AgeMean)
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import sparse
from torch.nn import functional as F

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.evaluation import splits
from rec_tutor.inputs import Batches, NegativeSampler, interaction_matrix, sequences
from rec_tutor.torch import training
from rec_tutor.torch.din import DIN
from rec_tutor.torch.sasrec import SASRec

ds = data.load("ml-100k")
last = splits.leave_last_out(ds.ratings)
SIZE = (ds.num_users, ds.num_items)
TOLD = sequences.histories(last.refit, ds.num_users)
STEPS = 5
SEEDS = (0, 1, 2)
EVERYBODY = ds.num_users
RATES = (0.005, 0.01, 0.02, 0.04)
UNITS = ("mean", "dot", "mlp")
LEARNT = ("SASRec", "AgeMean", *(f"DIN {unit}" for unit in UNITS))
BASELINES: dict[str, Any] = {
    "Popularity": baselines.Popularity,
    "RecencyKNN": baselines.RecencyKNN,
    "MarkovChain": baselines.MarkovChain,
    "SequentialRules": baselines.SequentialRules,
    "DecayedRules": baselines.DecayedRules,
}


def table(histories: Sequence[np.ndarray]) -> pd.DataFrame:
    """Histories as a ratings table, the place in the history as time stamp."""
    sizes = [len(history) for history in histories]
    columns = {
        "user": np.repeat(np.arange(len(sizes)), sizes),
        "item": np.concatenate(histories),
        "rating": 1.0,
    }
    return pd.DataFrame(
        {**columns, "timestamp": np.concatenate([np.arange(size) for size in sizes])}
    )


class Crops:
    """As many windows as usual, but each ends at a random place of the history, drawn
    anew in every epoch.
    """

    def __init__(self, histories: Sequence[np.ndarray], length: int, seed: int):
        self.histories, self.length, self.rng = (
            histories,
            length,
            np.random.default_rng(seed),
        )
        self.owners = sequences.owners(histories, length)

    def __len__(self) -> int:
        return -(-len(self.owners) // 64)

    def epoch(self) -> Iterator[tuple[np.ndarray, ...]]:
        crops = []
        for owner in self.owners:
            end = self.rng.integers(2, len(self.histories[owner]) + 1)
            crops.append(self.histories[owner][max(0, end - self.length - 1) : end])
        return Batches(
            *sequences.windows(crops, self.length, SIZE[1]),
            batch_size=64,
            seed=self.rng,
        ).epoch()


class Masked:
    """The usual windows; in every epoch a share of the inputs, drawn anew, is replaced
    by padding.
    """

    def __init__(self, batches: Batches, share: float, seed: int):
        self.batches, self.share, self.rng = batches, share, np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self.batches)

    def epoch(self) -> Iterator[tuple[np.ndarray, ...]]:
        for inputs, targets in self.batches.epoch():
            yield (
                np.where(self.rng.random(inputs.shape) < self.share, SIZE[1], inputs),
                targets,
            )


def sasrec(
    histories: Sequence[np.ndarray],
    seed: int,
    *,
    lr: float = 0.01,
    epochs: int = 16,
    augment: str = "none",
    **settings: Any,
) -> SASRec:
    model = SASRec(SIZE[1], seed=seed, **settings)
    batches: Any = Batches(
        *sequences.windows(histories, model.length, SIZE[1]), batch_size=64, seed=seed
    )
    if augment == "crop":
        batches = Crops(histories, model.length, seed)
    elif augment == "mask":
        batches = Masked(batches, 0.2, seed)
    training.fit(model, batches, epochs=epochs, lr=lr, decay=True, progress=False)
    return model.eval()


def din(
    histories: Sequence[np.ndarray],
    seed: int,
    *,
    unit: str,
    lr: float,
    epochs: int = 10,
) -> DIN:
    model = DIN(SIZE[1], unit=unit, seed=seed)
    negatives = NegativeSampler(interaction_matrix(table(histories), *SIZE), seed=seed)
    columns = (
        sequences.owners(histories, model.length),
        *sequences.windows(histories, model.length, SIZE[1]),
    )
    batches = Batches(
        *columns,
        batch_size=64,
        seed=seed,
        negatives=negatives,
        num_negatives=4 * model.length,
    )
    training.fit(model, batches, epochs=epochs, lr=lr, decay=True, progress=False)
    return model.eval()


class AgeMean(DIN):
    """DIN's unit "mean", which knows only how long ago, but trained like SASRec: a
    softmax over the catalogue.
    """

    def __init__(self, length: int, seed: int):
        super().__init__(SIZE[1], dim=64, length=length, unit="mean", seed=seed)

    def logits(self, inputs: torch.Tensor) -> torch.Tensor:
        """Windows (B, T) -> scores of all items at every place (B, T, I)."""
        place = torch.arange(inputs.shape[1], device=inputs.device)
        age = place[:, None] - place
        allowed = (age >= 0) & (inputs != self.num_items)[:, None]
        weights = (
            self.age[age.clamp(min=0)]
            .expand(allowed.shape)
            .masked_fill(~allowed, -1e9)
            .softmax(dim=-1)
        )
        table, bias = (
            self.items.weight[: self.num_items],
            self.item_bias[: self.num_items],
        )
        return weights @ self.past(inputs) @ table.T + bias

    def batch_loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        real = targets != self.num_items
        return F.cross_entropy(self.logits(inputs)[real], targets[real])


def age_mean(histories: Sequence[np.ndarray], seed: int, epochs: int = 10) -> AgeMean:
    model = AgeMean(50, seed)
    batches = Batches(
        *sequences.windows(histories, 50, SIZE[1]), batch_size=64, seed=seed
    )
    training.fit(model, batches, epochs=epochs, lr=0.01, decay=True, progress=False)
    return model.eval()


def fitted(
    model: str, histories: Sequence[np.ndarray], seed: int, **settings: Any
) -> Any:
    if model == "SASRec":
        return sasrec(histories, seed, **settings)
    if model.startswith("DIN"):
        unit = model.removeprefix("DIN ")
        return din(
            histories,
            seed,
            unit=unit,
            **{**settings, "lr": settings.get("lr") or best_rate(unit)},
        )
    if model == "AgeMean":
        return age_mean(histories, seed, **settings)
    return BASELINES[model](*SIZE).fit(table(histories))


@cache
def best_rate(unit: str) -> float:
    """The learning rate with the best validation score, the seen removed."""
    return max(
        RATES,
        key=lambda lr: validate(f"DIN {unit}", 0, lr=lr)["removed"]["ndcg"].mean(),
    )


class Scores:
    """Scores that are computed once and ranked twice, the seen allowed and removed."""

    def __init__(self, model: Any, histories: Sequence[np.ndarray]):
        rows = np.arange(len(histories))
        parts = np.array_split(rows, -(-len(rows) // 1000))
        self.scores = np.concatenate(
            [model.score(part, [histories[row] for row in part]) for part in parts]
        )

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return self.scores[users]


@cache
def validate(
    model: str, seed: int, users: int = EVERYBODY, **settings: Any
) -> dict[str, pd.DataFrame]:
    """Per user the mean over the five steps, the seen allowed and removed."""
    told = TOLD[:users]
    early = [history[:-STEPS] for history in told]
    known = [
        history[: len(history) - back]
        for back in range(STEPS, 0, -1)
        for history in told
    ]
    targets = np.concatenate(
        [[history[-back] for history in told] for back in range(STEPS, 0, -1)]
    )
    rows = len(known)
    test = pd.DataFrame({"user": np.arange(rows), "item": targets, "rating": 1.0})
    masks = {
        "allowed": sparse.csr_matrix((rows, SIZE[1])),
        "removed": interaction_matrix(table(known), rows, SIZE[1]),
    }
    scores = Scores(fitted(model, early, seed, **settings), known)
    per_step = {
        name: evaluation.evaluate(scores, test, seen=mask)[["ndcg", "hit"]]
        for name, mask in masks.items()
    }
    return {
        name: frame.groupby(frame.index % len(told)).mean()
        for name, frame in per_step.items()
    }


def against(
    model: str, seed: int, reference: str, of_reference: dict[str, Any], **settings: Any
) -> dict[str, float]:
    mine, theirs = (
        validate(model, seed, **settings),
        validate(reference, seed, **of_reference),
    )
    found = {name: mine[name]["ndcg"].mean() for name in mine}
    if (model, settings) != (reference, of_reference):
        gap = evaluation.compare(
            {"mine": mine["removed"], "theirs": theirs["removed"]}, "theirs"
        ).loc["mine"]
        found |= {
            "gap": gap["difference"],
            "gap_low": gap["low"],
            "gap_high": gap["high"],
        }
    return found


def measure_din(unit: str, lr: float, seed: int, **small: int) -> dict[str, float]:
    return against(f"DIN {unit}", seed, "DIN mean", {"lr": lr, **small}, lr=lr, **small)


def measure_sasrec(
    change: str, seed: int, epochs: int = 12, users: int = EVERYBODY, **settings: Any
) -> dict[str, float]:
    told = {"epochs": epochs, "users": users}
    return against("SASRec", seed, "SASRec", told, **told, **settings)


def measure_simple(model: str, seed: int, **small: int) -> dict[str, float]:
    return {
        name: frame["ndcg"].mean()
        for name, frame in validate(model, seed, **small).items()
    }


@cache
def tested(
    model: str, seed: int, users: int = EVERYBODY, **settings: Any
) -> dict[str, pd.DataFrame]:
    told, test = TOLD[:users], last.test[last.test["user"] < users]
    scores = Scores(fitted(model, told, seed, **settings), told)
    masks = {
        "allowed": sparse.csr_matrix(SIZE),
        "removed": interaction_matrix(last.refit, *SIZE),
    }
    return {
        name: evaluation.evaluate(scores, test, seen=mask)[["ndcg", "hit"]]
        for name, mask in masks.items()
    }


def board(model: str, seed: int, **small: Any) -> dict[str, float]:
    return {
        f"{metric}_{mask}": frame[metric].mean()
        for mask, frame in tested(model, seed, **small).items()
        for metric in ("ndcg", "hit")
    }


def pair(
    model: str,
    baseline: str,
    mask: str,
    seed: int,
    seeds: Sequence[int] = SEEDS,
    **small: Any,
) -> dict[str, float]:
    runs: dict[str, Any] = {
        name: [
            tested(name, k, **small)[mask]
            for k in (seeds if name in LEARNT else seeds[:1])
        ]
        for name in (model, baseline)
    }
    return (
        evaluation.compare(runs, baseline)
        .loc[model, ["difference", "low", "high", "p"]]
        .to_dict()
    )


def ties(
    model: str, seed: int, users: int = EVERYBODY, **small: int
) -> dict[str, float]:
    split = splits.leave_last_out(
        ds.ratings.sample(frac=1, random_state=seed).reset_index(drop=True)
    )
    known = sequences.histories(split.refit, ds.num_users)
    seen, test = (
        interaction_matrix(split.refit, *SIZE),
        split.test[split.test["user"] < users],
    )
    result = evaluation.evaluate(
        fitted(model, known[:users], seed, **small), test, seen=seen, histories=known
    )
    return {"ndcg_removed": result["ndcg"].mean()}


PARTS = {
    "din": measure_din,
    "sasrec": measure_sasrec,
    "simple": measure_simple,
    "board": board,
    "pair": pair,
    "ties": ties,
}
RULES = ("DecayedRules", "SequentialRules", "MarkovChain")
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "1 head": {"heads": 1},
    "4 heads": {"heads": 4},
    "2 blocks": {"layers": 2},
    "no positions": {"positions": False},
    "length 10": {"length": 10},
    "length 20": {"length": 20},
    "dropout 0.2": {"dropout": 0.2},
    "dropout 0.6": {"dropout": 0.6},
    "rate 0.003": {"lr": 0.003},
    "cropping": {"augment": "crop"},
    "masking": {"augment": "mask"},
}


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [{"part": "din", "unit": "mean", "lr": 0.02}]
    for unit in UNITS:
        listed += [{"part": "din", "unit": unit, "lr": lr} for lr in RATES]
    del listed[3]  # the first row, again
    listed += [
        {"part": "simple", "model": model}
        for model in (*RULES, "RecencyKNN", "AgeMean")
    ]
    listed += [{"part": "board", "model": model} for model in BASELINES]
    listed += [
        {"part": "board", "model": model, "seed": seed}
        for model in LEARNT
        for seed in SEEDS
    ]
    others = [model for model in (*BASELINES, *LEARNT) if model != "DecayedRules"]
    compared = [(model, "DecayedRules") for model in others]
    compared += [
        ("SASRec", "SequentialRules"),
        ("SASRec", "MarkovChain"),
        ("DIN mlp", "DIN mean"),
        ("DIN dot", "DIN mean"),
        ("SASRec", "AgeMean"),
    ]
    for model, baseline in compared:
        for mask in ("allowed", "removed"):
            listed.append(
                {"part": "pair", "model": model, "baseline": baseline, "mask": mask}
            )
    for model in ("RecencyKNN", *RULES, "AgeMean"):
        listed += [{"part": "ties", "model": model, "seed": seed} for seed in SEEDS]
    listed.append({"part": "ties", "model": "SASRec"})
    listed += [
        {"part": "sasrec", "change": name, **settings}
        for name, settings in CHANGES.items()
    ]
    listed.append({"part": "sasrec", "change": "as it is", "seed": 1})
    return listed


FEW: dict[str, Any] = {"users": 60, "epochs": 1}
SMALL: list[dict[str, Any]] = [
    *(
        {"part": "din", "unit": unit, "lr": 0.02, "users": 20, "epochs": 1}
        for unit in UNITS
    ),
    *(
        {"part": "sasrec", "change": name, **settings, **FEW}
        for name, settings in CHANGES.items()
    ),
    {"part": "simple", "model": "AgeMean", **FEW},
    *({"part": "simple", "model": model, "users": 60} for model in RULES),
    *({"part": "board", "model": model, "users": 60} for model in BASELINES),
    *({"part": "board", "model": model, **FEW} for model in ("SASRec", "AgeMean")),
    *({"part": "board", "model": f"DIN {unit}", "lr": 0.02, **FEW} for unit in UNITS),
    {
        "part": "pair",
        "model": "SASRec",
        "baseline": "AgeMean",
        "mask": "removed",
        "seeds": (0,),
        **FEW,
    },
    {"part": "ties", "model": "SASRec", **FEW},
    {"part": "ties", "model": "RecencyKNN", "users": 60},
]
TOLERANCE = {"listed": (1e-3, 0.0), "asked": (0.0, 6e-4)}

if __name__ == "__main__":
    rests_on = {"board": ("din",), "pair": ("board",), "sasrec": ("sasrec",)}
    run(
        __file__,
        PARTS,
        rows(),
        small=SMALL,
        seed=0,
        tolerance=TOLERANCE,
        rests_on=rests_on,
    )
