"""Matrix factorization: size and penalty, cosine and inner product, what the order of
rating is worth, ensembles.

Parts, told apart by the column `part`:

size      dim and penalty: SoftmaxMF with cosine (temperature) and with inner product
          (weight decay), BiasedMF (l2), judged on validation data
best      the two kinds of SoftmaxMF, each with its best setting of `size`, on the test
          part of the board
jump      the score after each epoch with a constant learning rate, and which films rise
          when it rises
order     recent interactions weigh more; SoftmaxMF and EASE. `where` says what is
          tested: "valid" (20 settings each), "board" (the best setting of each
          strength), "arrival" (people who come later are folded in), "sitting" (a
          user's last visit, after a break of half a day or more)
ensemble  the scores of several seeds averaged: SoftmaxMF of both kinds, BPRMF
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.evaluation import metrics, splits
from rec_tutor.inputs import (
    Batches,
    NegativeSampler,
    UserBatches,
    interaction_matrix,
    recency_weights,
)
from rec_tutor.torch import mf, training

ds = data.load("ml-100k")
board = splits.temporal(ds.ratings)
SIZE = (ds.num_users, ds.num_items)
SEEDS = (0, 1, 2)
# The best among the validation rows: for each kind its dim and penalty.
BEST_SIZE: dict[str, dict[str, Any]] = {
    "cosine": {"dim": 128, "temperature": 0.15},
    "inner product": {"dim": 128, "cosine": False, "weight_decay": 1.0},
}


def softmax_mf(
    ratings: pd.DataFrame,
    seed: int,
    *,
    dim: int = 128,
    weight_decay: float = 0.1,
    cosine: bool = True,
    temperature: float = 0.2,
    strength: float = 0.0,
    epochs: int = 30,
) -> tuple[mf.SoftmaxMF, float]:
    """A trained model and its last training loss."""
    model = mf.SoftmaxMF(
        *SIZE, dim=dim, cosine=cosine, temperature=temperature, seed=seed
    )
    matrix = interaction_matrix(
        ratings, *SIZE, values=recency_weights(ratings, strength)
    )
    history = training.fit(
        model,
        UserBatches(matrix, batch_size=64, seed=seed),
        epochs=epochs,
        lr=0.01,
        weight_decay=weight_decay,
        decay=True,
        progress=False,
    )
    return model, float(history["loss"].iloc[-1])


def ndcg(
    model: evaluation.Scorer, known: pd.DataFrame, test: pd.DataFrame
) -> dict[str, float]:
    """NDCG@10 with every rating relevant, and with ratings of at least 4."""
    seen = interaction_matrix(known, *SIZE)
    liked = evaluation.evaluate(model, test, seen=seen, min_rating=4)["ndcg"].mean()
    return {
        "ndcg": evaluation.evaluate(model, test, seen=seen)["ndcg"].mean(),
        "liked": liked,
    }


def size(
    model: str, dim: int, penalty: float, seed: int, epochs: int | None = None
) -> dict[str, float]:
    if model == "BiasedMF":
        parts = splits.random(splits.by_item(ds.ratings).train, ratio=0.85, seed=seed)
        user, item, rating = (
            parts.train[name].to_numpy() for name in ("user", "item", "rating")
        )
        biased = mf.BiasedMF(
            *SIZE, dim=dim, mean=rating.mean(), l2=penalty, l2_bias=0.01, seed=seed
        )
        batches = Batches(user, item, rating, batch_size=1024, seed=seed)
        training.fit(
            biased, batches, epochs=epochs or 20, lr=0.005, decay=True, progress=False
        )
        return {
            name: metrics.rmse(
                part["rating"].to_numpy(), biased.predict(part["user"], part["item"])
            )
            for name, part in {"train": parts.train, "valid": parts.test}.items()
        }
    trained, loss = softmax_mf(
        board.train, seed, dim=dim, epochs=epochs or 30, **kind(model, penalty)
    )
    return {"train": loss, "valid": ndcg(trained, board.train, board.valid)["ndcg"]}


def kind(model: str, penalty: float) -> dict[str, Any]:
    """The knob that matters: with cosine scores the temperature, with inner products
    the weight decay.
    """
    if model == "cosine":
        return {"cosine": True, "temperature": penalty}
    return {"cosine": False, "weight_decay": penalty}


def best(model: str, seed: int, epochs: int = 30) -> dict[str, float]:
    return ndcg(
        softmax_mf(board.refit, seed, epochs=epochs, **BEST_SIZE[model])[0],
        board.refit,
        board.test,
    )


def jump(decay: bool, seed: int, epochs: int = 30, late: int = 10) -> dict[str, Any]:
    """NDCG@10 after each epoch; do the films that gain in the largest rise come late in
    people's histories?
    """
    model = mf.SoftmaxMF(*SIZE, dim=128, temperature=0.2, seed=seed)
    scores: list[np.ndarray] = []

    def validate(model: mf.SoftmaxMF) -> float:
        scores.append(model.score(np.arange(SIZE[0])).mean(axis=0))
        return ndcg(model, board.refit, board.test)["ndcg"]

    batches = UserBatches(
        interaction_matrix(board.refit, *SIZE), batch_size=64, seed=seed
    )
    curve = training.fit(
        model,
        batches,
        epochs=epochs,
        lr=0.01,
        weight_decay=0.1,
        decay=decay,
        validate=validate,
        progress=False,
    )["valid"]
    by_time = board.refit.sort_values("timestamp", kind="stable")
    turn = by_time.groupby("user")["item"]
    place = (
        ((turn.cumcount() + 1) / turn.transform("size"))
        .groupby(by_time["item"])
        .agg(["mean", "size"])
    )
    place = place[place["size"] >= 20]
    # among the later epochs, when most is learnt
    rise = int(curve.diff()[late:].idxmax())
    gain = scores[rise] - scores[rise - 1]
    correlation = np.corrcoef(gain[place.index], place["mean"])[0, 1]
    return {"curve": curve.round(4).tolist(), "correlation": float(correlation)}


def fitted(
    model: str,
    ratings: pd.DataFrame,
    strength: float,
    penalty: float,
    seed: int,
    epochs: int,
) -> Any:
    """`penalty` is EASE's l2, or the temperature of SoftmaxMF."""
    if model == "EASE":
        return baselines.EASE(*SIZE, l2=penalty, recency=strength).fit(ratings)
    return softmax_mf(
        ratings, seed, temperature=penalty, strength=strength, epochs=epochs
    )[0]


class FoldedIn:
    """New users for SoftmaxMF: gradient steps on a user's unit vector, the film vectors
    fixed.
    """

    def __init__(self, model: mf.SoftmaxMF):
        vectors = model.item_factors.weight.detach().cpu().numpy()
        self.items = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.temperature = model.temperature

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        # rows that sum to 1
        weights = sparse.diags(1 / np.asarray(rows.sum(axis=1)).ravel()) @ rows
        own = weights @ self.items  # (n, D): the weighted mean of what each user has
        user = own / np.linalg.norm(own, axis=1, keepdims=True)
        for _ in range(20):
            share = np.exp((user @ self.items.T - 1) / self.temperature)
            # (n, I): softmax over the catalogue
            share /= share.sum(axis=1, keepdims=True)
            user = user + 0.5 * (own - share @ self.items)
            user /= np.linalg.norm(user, axis=1, keepdims=True)
        return user @ self.items.T


def arrival(
    model: str, strength: float, penalty: float, seed: int, epochs: int, blocks: int
) -> dict[str, float]:
    parts: list[dict[str, pd.Series]] = []
    for block in splits.walk_forward(ds.ratings, blocks=blocks):
        trained = fitted(model, block.train, strength, penalty, seed, epochs)
        seen = interaction_matrix(
            block.fold_in, *SIZE, values=recency_weights(block.fold_in, strength)
        )
        new = evaluation.FoldIn(trained if model == "EASE" else FoldedIn(trained), seen)
        liked = evaluation.evaluate(new, block.test, seen=seen, min_rating=4)["ndcg"]
        parts.append(
            {
                "ndcg": evaluation.evaluate(new, block.test, seen=seen)["ndcg"],
                "liked": liked,
            }
        )
    return {
        name: float(pd.concat([part[name] for part in parts]).mean())
        for name in parts[0]
    }


def last_sitting(
    hours: float = 12, at_least: int = 10
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Known and test ratings: the test is what users with several visits rated in their
    last one.
    """
    by_time = ds.ratings.sort_values(["user", "timestamp"], kind="stable")
    visit = (
        (by_time.groupby("user")["timestamp"].diff() >= hours * 3600)
        .groupby(by_time["user"])
        .cumsum()
    )
    is_last = (
        (visit > 0) & (visit == visit.groupby(by_time["user"]).transform("max"))
    ).reindex(ds.ratings.index)
    known, test = ds.ratings[~is_last], ds.ratings[is_last]
    enough = known.groupby("user").size() >= at_least
    return known, test[test["user"].isin(enough.index[enough])]


def order(
    where: str,
    model: str,
    strength: float,
    penalty: float,
    seed: int,
    epochs: int = 30,
    blocks: int = 5,
) -> dict[str, float]:
    if where == "arrival":
        return arrival(model, strength, penalty, seed, epochs, blocks)
    if where == "sitting":
        known, test = last_sitting()
    else:
        known, test = (
            (board.train, board.valid)
            if where == "valid"
            else (board.refit, board.test)
        )
    return ndcg(fitted(model, known, strength, penalty, seed, epochs), known, test)


@cache
def board_scores(model: str, seed: int, epochs: int) -> np.ndarray:
    """Scores of all films for all users, (num_users, num_items)."""
    everyone = np.arange(SIZE[0])
    if model != "BPRMF":
        return softmax_mf(board.refit, seed, epochs=epochs, **BEST_SIZE[model])[
            0
        ].score(everyone)
    bpr = mf.BPRMF(*SIZE, dim=64, l2=0.01, seed=seed)
    user, item = (board.refit[name].to_numpy() for name in ("user", "item"))
    negatives = NegativeSampler(
        interaction_matrix(board.refit, *SIZE), power=0.5, seed=seed
    )
    batches = Batches(user, item, batch_size=4096, seed=seed, negatives=negatives)
    training.fit(bpr, batches, epochs=epochs, lr=0.02, decay=True, progress=False)
    return bpr.score(everyone)


class Average:
    """The scores of several seeds, averaged."""

    def __init__(self, model: str, seeds: range, epochs: int):
        self.scores = np.mean(
            [board_scores(model, seed, epochs) for seed in seeds], axis=0
        )

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        return self.scores[users]


def ensemble(
    model: str, members: int, group: int, seed: int, epochs: int = 30
) -> dict[str, float]:
    first = seed + group * members
    return ndcg(
        Average(model, range(first, first + members), epochs), board.refit, board.test
    )


PARTS = {"size": size, "best": best, "jump": jump, "order": order, "ensemble": ensemble}
SIZES: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = {
    "cosine": ((8, 32, 128), (0.1, 0.15, 0.2, 0.3)),
    "inner product": ((8, 32, 128), (0.1, 0.3, 1.0, 2.0)),
    "BiasedMF": ((2, 8, 32, 128), (0.0, 0.02, 0.08, 0.3)),
}
ORDERS: dict[str, tuple[float, ...]] = {
    "SoftmaxMF": (0.1, 0.15, 0.2, 0.3),
    "EASE": (30, 100, 300, 1000),
}
# The best penalty among the validation rows, for each strength.
BEST_ORDER: dict[str, dict[float, float]] = {
    "SoftmaxMF": {0: 0.15, 0.5: 0.15, 1: 0.2, 2: 0.2, 3: 0.2},
    "EASE": {0: 100, 0.5: 100, 1: 100, 2: 100, 3: 100},
}


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for model, (dims, penalties) in SIZES.items():
        for dim in dims:
            for penalty in penalties:
                here = {"part": "size", "model": model, "dim": dim, "penalty": penalty}
                listed += [
                    {**here, "seed": seed}
                    for seed in SEEDS[: 1 if model == "BiasedMF" else 3]
                ]
    listed += [
        {"part": "best", "model": model, "seed": seed}
        for model in BEST_SIZE
        for seed in SEEDS
    ]
    listed += [{"part": "jump", "decay": decay} for decay in (False, True)]
    for model, choices in BEST_ORDER.items():
        seeds = SEEDS if model == "SoftmaxMF" else SEEDS[:1]
        for strength, chosen in choices.items():
            here = {"part": "order", "model": model, "strength": strength}
            listed += [
                {**here, "where": "valid", "penalty": penalty}
                for penalty in ORDERS[model]
            ]
            for where in ("board", "arrival", "sitting"):
                listed += [
                    {**here, "where": where, "penalty": chosen, "seed": seed}
                    for seed in seeds
                ]
    for model in (*BEST_SIZE, "BPRMF"):
        for members in (1, 2, 4, 8):
            here = {"part": "ensemble", "model": model, "members": members}
            listed += [{**here, "group": group} for group in range(8 // members)]
    return listed


LATE: dict[str, Any] = {"part": "order", "strength": 2, "epochs": 1}
SMALL: list[dict[str, Any]] = [
    {"part": "size", "model": "cosine", "dim": 32, "penalty": 0.2, "epochs": 2},
    {"part": "size", "model": "inner product", "dim": 32, "penalty": 1.0, "epochs": 2},
    {"part": "size", "model": "BiasedMF", "dim": 8, "penalty": 0.08, "epochs": 2},
    *({"part": "best", "model": model, "epochs": 2} for model in BEST_SIZE),
    {"part": "jump", "decay": False, "epochs": 3, "late": 2},
    *(
        {**LATE, "model": "SoftmaxMF", "penalty": 0.2, "where": where}
        for where in ("valid", "board", "sitting")
    ),
    {**LATE, "model": "SoftmaxMF", "penalty": 0.2, "where": "arrival", "blocks": 2},
    *(
        {**LATE, "model": "EASE", "penalty": 100, "where": where, "blocks": 2}
        for where in ("board", "arrival")
    ),
    *(
        {"part": "ensemble", "model": m, "members": 2, "group": 0, "epochs": 1}
        for m in (*BEST_SIZE, "BPRMF")
    ),
]

if __name__ == "__main__":
    run(__file__, PARTS, rows(), small=SMALL, seed=0)
