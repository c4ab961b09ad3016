"""What can a recurrent network learn to remember, and what is GRU4Rec worth on the
sequence board?

Parts, told apart by the column `part`:

recall    name the first of a sequence of random signs, after so many more steps;
          `right` is the share on new sequences. Networks differ in their cell and in
          the weights they start with
variants  GRU4Rec and one change at a time, on validation: trained on all but the last
          five items before the test item, each of these five is predicted from
          everything before it
gap       a variant against GRU4Rec as it is: difference in NDCG (seen removed), 95 %
          interval over users and two seeds
board     the models on the test, the last item of each user, after training on
          everything before; seen allowed and removed
pair      a model against one of the rules on the same users: difference, 95 %
          interval, p
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import sparse
from scipy.special import softmax
from torch import nn

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.evaluation import splits
from rec_tutor.inputs import Batches, interaction_matrix, sequences
from rec_tutor.torch import training
from rec_tutor.torch.layers import dense
from rec_tutor.torch.rnn import GRU4Rec, recurrent

ds = data.load("ml-100k")
last = splits.leave_last_out(ds.ratings)
SIZE = (ds.num_users, ds.num_items)
TOLD = sequences.histories(last.refit, ds.num_users)
STEPS = 5
UNITS = 32
UPDATES = 300  # for `recall`
SEEDS = (0, 1, 2)
EVERYBODY = ds.num_users
SETTINGS: dict[str, Any] = {"epochs": 8, "lr": 0.01, "batch_size": 32}
CELLS: dict[str, Any] = {"plain": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "plain RNN": {"cell": "plain"},
    "LSTM": {"cell": "LSTM"},
    "length 10": {"length": 10},
}
BASELINES: dict[str, Any] = {
    "Popularity": baselines.Popularity,
    "RecencyKNN": baselines.RecencyKNN,
    "MarkovChain": baselines.MarkovChain,
    "SequentialRules": baselines.SequentialRules,
    "DecayedRules": baselines.DecayedRules,
}


def layer_of(name: str, seed: int) -> nn.RNNBase:
    """A recurrent layer with weights uniform within 1 / sqrt(UNITS) and one gate's bias
    set; see NETWORKS.
    """
    kind, _, change = name.partition(", ")
    layer = CELLS[kind](1, UNITS, batch_first=True)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in (layer.weight_ih_l0, layer.weight_hh_l0):
            weight.uniform_(-(UNITS**-0.5), UNITS**-0.5, generator=generator)
        layer.bias_ih_l0.zero_()
        layer.bias_hh_l0.zero_()
        if change.endswith("rotation"):
            nn.init.orthogonal_(layer.weight_hh_l0, generator=generator)
        elif (
            "bias" in change
        ):  # the forget gate of an LSTM and the update gate of a GRU both come second
            layer.bias_ih_l0[UNITS : 2 * UNITS] = float(change.split()[-1])
    return layer


def recall(
    network: str, steps: int, seed: int, updates: int = UPDATES
) -> dict[str, float]:
    layer, out = layer_of(network, seed), dense(UNITS, 1, seed)
    weights = [*layer.parameters(), *out.parameters()]
    optimizer = torch.optim.Adam(weights, lr=0.005)
    rng = np.random.default_rng(seed)

    def batch(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        signs = rng.choice([-1.0, 1.0], size=(n, steps + 1, 1)).astype(np.float32)
        x = torch.as_tensor(signs)
        return out(layer(x)[0][:, -1])[:, 0], (x[:, 0, 0] > 0).float()

    for _ in range(updates):
        loss = nn.functional.binary_cross_entropy_with_logits(*batch(64))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
    with torch.no_grad():
        logits, first = batch(2000)
    found = {"right": ((logits > 0) == (first > 0)).float().mean().item()}
    return found | ({"loss": loss.item()} if updates < UPDATES else {})


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


def gru4rec(
    histories: Sequence[np.ndarray], seed: int, *, cell: str = "GRU", **settings: Any
) -> GRU4Rec:
    chosen = SETTINGS | {
        key: settings.pop(key) for key in list(settings) if key in SETTINGS
    }
    model = GRU4Rec(SIZE[1], seed=seed, **settings)
    if cell != "GRU":
        dim = model.items.embedding_dim
        model.gru = recurrent(CELLS[cell], dim, dim, 100 * seed + 1).to(
            training.device()
        )
    windows = sequences.windows(histories, model.length, SIZE[1])
    batches = Batches(*windows, batch_size=chosen["batch_size"], seed=seed)
    training.fit(
        model,
        batches,
        epochs=chosen["epochs"],
        lr=chosen["lr"],
        decay=True,
        progress=False,
    )
    return model.eval()


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
    seed: int, users: int = EVERYBODY, **settings: Any
) -> dict[str, pd.DataFrame]:
    """Per user the mean over the five steps, the seen allowed and removed."""
    told = TOLD[:users]
    model = gru4rec([history[:-STEPS] for history in told], seed, **settings)
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
    scores = Scores(model, known)
    per_step = {
        name: evaluation.evaluate(scores, test, seen=mask)[["ndcg", "hit"]]
        for name, mask in masks.items()
    }
    return {
        name: frame.groupby(frame.index % len(told)).mean()
        for name, frame in per_step.items()
    }


def variants(change: str, seed: int, **small: int) -> dict[str, float]:
    return {
        name: frame["ndcg"].mean()
        for name, frame in validate(seed, **small, **CHANGES[change]).items()
    }


def gap(
    change: str, seed: int, seeds: Sequence[int] = SEEDS[:2], **small: int
) -> dict[str, float]:
    runs: dict[str, Any] = {
        name: [validate(k, **small, **CHANGES[name])["removed"] for k in seeds]
        for name in ("as it is", change)
    }
    return (
        evaluation.compare(runs, "as it is")
        .loc[change, ["difference", "low", "high", "p"]]
        .to_dict()
    )


class Ensemble:
    """The mean of the probabilities that several models give to each item."""

    def __init__(self, members: Sequence[Scores]):
        self.members = members

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return np.mean(
            [softmax(member.score(users), axis=1) for member in self.members], axis=0
        )


@cache
def trained(seed: int, users: int, epochs: int) -> Scores:
    return Scores(gru4rec(TOLD[:users], seed, epochs=epochs), TOLD[:users])


@cache
def tested(
    model: str,
    seed: int,
    seeds: Sequence[int] = SEEDS,
    users: int = EVERYBODY,
    epochs: int = SETTINGS["epochs"],
) -> dict[str, pd.DataFrame]:
    scores: Any
    if model == "GRU4Rec":
        scores = trained(seed, users, epochs)
    elif model == "GRU4Rec, 3 averaged":
        scores = Ensemble([trained(k, users, epochs) for k in seeds])
    else:
        scores = Scores(BASELINES[model](*SIZE).fit(table(TOLD[:users])), TOLD[:users])
    masks = {
        "allowed": sparse.csr_matrix(SIZE),
        "removed": interaction_matrix(last.refit, *SIZE),
    }
    test = last.test[last.test["user"] < users]
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
            tested(name, k, seeds, **small)[mask]
            for k in (seeds if name == "GRU4Rec" else seeds[:1])
        ]
        for name in (model, baseline)
    }
    return (
        evaluation.compare(runs, baseline)
        .loc[model, ["difference", "low", "high", "p"]]
        .to_dict()
    )


PARTS = {
    "recall": recall,
    "variants": variants,
    "gap": gap,
    "board": board,
    "pair": pair,
}
RULES = ("DecayedRules", "SequentialRules", "MarkovChain")
DISTANCES = (5, 10, 20, 40, 80)
NETWORKS = (
    "plain, tanh",
    "plain, tanh, rotation",
    "LSTM, forget bias 0",
    "LSTM, forget bias 1",
    "LSTM, forget bias 4",
    "GRU, update bias 0",
)


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [
        {"part": "recall", "network": name, "steps": steps, "seed": seed}
        for name in NETWORKS
        for steps in DISTANCES
        for seed in SEEDS
    ]
    listed += [{"part": "board", "model": model} for model in BASELINES]
    listed += [{"part": "board", "model": "GRU4Rec", "seed": seed} for seed in SEEDS]
    listed.append({"part": "board", "model": "GRU4Rec, 3 averaged"})
    compared = [(name, "DecayedRules") for name in BASELINES if name != "DecayedRules"]
    for model in ("GRU4Rec", "GRU4Rec, 3 averaged"):
        compared += [(model, baseline) for baseline in RULES]
    listed += [
        {"part": "pair", "model": model, "baseline": baseline, "mask": mask}
        for model, baseline in compared
        for mask in ("allowed", "removed")
    ]
    listed += [
        {"part": "variants", "change": name, "seed": seed}
        for name in CHANGES
        for seed in SEEDS[:2]
    ]
    listed += [
        {"part": "gap", "change": name} for name in CHANGES if name != "as it is"
    ]
    return listed


FEW: dict[str, Any] = {"users": 60, "epochs": 1}
SMALL: list[dict[str, Any]] = [
    *(
        {"part": "recall", "network": name, "steps": 5, "updates": 20}
        for name in NETWORKS
    ),
    *({"part": "board", "model": model, **FEW} for model in (*BASELINES, "GRU4Rec")),
    {"part": "board", "model": "GRU4Rec, 3 averaged", "seeds": (0, 1), **FEW},
    {
        "part": "pair",
        "model": "GRU4Rec",
        "baseline": "DecayedRules",
        "mask": "removed",
        "seeds": (0,),
        **FEW,
    },
    *({"part": "variants", "change": name, **FEW} for name in CHANGES),
    {"part": "gap", "change": "LSTM", "seeds": (0,), **FEW},
]

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        rows(),
        small=SMALL,
        seed=0,
        rests_on={"pair": ("board",), "gap": ("variants",)},
    )
