"""Matrix factorization: size and penalty, cosine and temperature, how much the order of rating is worth, ensembles.

Parts, told apart by the column `part`:

size      SoftmaxMF over dim and weight decay, BiasedMF over dim and l2; judged on validation data
score     cosine with several temperatures against the inner product with several weight decays
jump      the score after each epoch with a constant learning rate, and which films rise when it rises
recency   recent interactions weigh more, SoftmaxMF and EASE with 15 settings each on validation, the best of each
          strength on the test part
walk      the same where no future can leak: people who arrive later are folded in
ensemble  the scores of several seeds averaged
"""

from functools import cache

import numpy as np
import pandas as pd
from common import run
from scipy import sparse

from rec_tutor import baselines, data, evaluation, metrics, splits
from rec_tutor.sampling import Batches, UserBatches, interaction_matrix, recency_weights
from rec_tutor.torch import mf, training

ds = data.load("ml-100k")
board = splits.temporal(ds.ratings)
SIZE = (ds.num_users, ds.num_items)


def softmax_mf(
    ratings: pd.DataFrame,
    seed: int,
    *,
    dim: int = 128,
    weight_decay: float = 0.1,
    cosine: bool = True,
    temperature: float = 0.2,
    strength: float = 0.0,
) -> tuple[mf.SoftmaxMF, float]:
    """A trained model and its last training loss."""
    model = mf.SoftmaxMF(*SIZE, dim=dim, cosine=cosine, temperature=temperature, seed=seed)
    matrix = interaction_matrix(ratings, *SIZE, values=recency_weights(ratings, strength))
    history = training.fit(
        model, UserBatches(matrix, batch_size=64, seed=seed), epochs=30, lr=0.01, weight_decay=weight_decay,
        decay=True, progress=False,
    )  # fmt: skip
    return model, float(history["loss"].iloc[-1])


def ndcg(model: evaluation.Scorer, known: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """NDCG@10 with every rating relevant, and with ratings of at least 4."""
    seen = interaction_matrix(known, *SIZE)
    liked = evaluation.evaluate(model, test, seen=seen, min_rating=4)["ndcg"].mean()
    return {"ndcg": evaluation.evaluate(model, test, seen=seen)["ndcg"].mean(), "liked": liked}


def valid_ndcg(model: evaluation.Scorer) -> dict[str, float]:
    return {"valid": ndcg(model, board.train, board.valid)["ndcg"]}


def size(model: str, dim: int, penalty: float, seed: int) -> dict[str, float]:
    if model == "SoftmaxMF":
        trained, loss = softmax_mf(board.train, seed, dim=dim, weight_decay=penalty)
        return {"train": loss} | valid_ndcg(trained)
    parts = splits.random(splits.by_item(ds.ratings).train, ratio=0.85, seed=seed)
    user, item, rating = (parts.train[name].to_numpy() for name in ("user", "item", "rating"))
    biased = mf.BiasedMF(*SIZE, dim=dim, mean=rating.mean(), l2=penalty, l2_bias=0.01, seed=seed)
    batches = Batches(user, item, rating, batch_size=1024, seed=seed)
    training.fit(biased, batches, epochs=20, lr=0.005, decay=True, progress=False)
    return {
        name: metrics.rmse(part["rating"].to_numpy(), biased.predict(part["user"], part["item"]))
        for name, part in {"train": parts.train, "valid": parts.test}.items()
    }


def score(cosine: bool, temperature: float, weight_decay: float, test: bool, seed: int) -> dict[str, float]:
    settings = {"cosine": cosine, "temperature": temperature, "weight_decay": weight_decay}
    if not test:
        return valid_ndcg(softmax_mf(board.train, seed, **settings)[0])
    return ndcg(softmax_mf(board.refit, seed, **settings)[0], board.refit, board.test)


def jump(decay: bool, seed: int) -> dict[str, object]:
    """NDCG@10 after every epoch; correlation of the films' gains in the largest rise with their mean place in histories."""
    model = mf.SoftmaxMF(*SIZE, dim=128, temperature=0.2, seed=seed)
    scores: list[np.ndarray] = []

    def validate(model: mf.SoftmaxMF) -> float:
        scores.append(model.score(np.arange(SIZE[0])).mean(axis=0))
        return ndcg(model, board.refit, board.test)["ndcg"]

    batches = UserBatches(interaction_matrix(board.refit, *SIZE), batch_size=64, seed=seed)
    curve = training.fit(
        model, batches, epochs=30, lr=0.01, weight_decay=0.1, decay=decay, validate=validate, progress=False
    )["valid"]
    by_time = board.refit.sort_values("timestamp", kind="stable")
    turn = by_time.groupby("user")["item"]
    place = ((turn.cumcount() + 1) / turn.transform("size")).groupby(by_time["item"]).agg(["mean", "size"])
    place = place[place["size"] >= 20]
    rise = int(curve.diff()[10:].idxmax())  # among the later epochs, when learning is over
    gain = scores[rise] - scores[rise - 1]
    correlation = np.corrcoef(gain[place.index], place["mean"])[0, 1]
    return {"curve": curve.round(4).tolist(), "correlation": float(correlation)}


def fitted(model: str, ratings: pd.DataFrame, strength: float, penalty: float, seed: int) -> evaluation.Scorer:
    if model == "EASE":
        return baselines.EASE(*SIZE, l2=penalty, recency=strength).fit(ratings)
    return softmax_mf(ratings, seed, weight_decay=penalty, strength=strength)[0]


def recency(model: str, strength: float, penalty: float, test: bool, seed: int) -> dict[str, float]:
    if not test:
        return valid_ndcg(fitted(model, board.train, strength, penalty, seed))
    return ndcg(fitted(model, board.refit, strength, penalty, seed), board.refit, board.test)


class FoldedIn:
    """New users for SoftmaxMF: gradient steps on a user's unit vector, the film vectors fixed."""

    def __init__(self, model: mf.SoftmaxMF):
        vectors = model.item_factors.weight.detach().cpu().numpy()
        self.items = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.temperature = model.temperature

    def score_new(self, rows: sparse.csr_matrix) -> np.ndarray:
        own = (rows @ self.items) / rows.sum(axis=1)  # (n, D): the weighted mean of what each user has
        user = own / np.linalg.norm(own, axis=1, keepdims=True)
        for _ in range(20):
            share = np.exp((user @ self.items.T - 1) / self.temperature)
            share /= share.sum(axis=1, keepdims=True)  # (n, I): softmax over the catalogue
            user = user + 0.5 * (own - share @ self.items)
            user /= np.linalg.norm(user, axis=1, keepdims=True)
        return user @ self.items.T


def walk(model: str, strength: float, penalty: float, seed: int) -> dict[str, float]:
    parts: list[dict[str, pd.Series]] = []
    for block in splits.walk_forward(ds.ratings, blocks=5):
        scorer = fitted(model, block.train, strength, penalty, seed)
        scorer = scorer if model == "EASE" else FoldedIn(scorer)
        seen = interaction_matrix(block.fold_in, *SIZE, values=recency_weights(block.fold_in, strength))
        new = evaluation.FoldIn(scorer, seen)
        parts.append(
            {
                "ndcg": evaluation.evaluate(new, block.test, seen=seen)["ndcg"],
                "liked": evaluation.evaluate(new, block.test, seen=seen, min_rating=4)["ndcg"],
            }
        )
    return {name: float(pd.concat([part[name] for part in parts]).mean()) for name in parts[0]}


@cache
def board_scores(seed: int) -> np.ndarray:
    return softmax_mf(board.refit, seed)[0].score(np.arange(SIZE[0]))


class Average:
    """Scores of several seeds, averaged."""

    def __init__(self, seeds: range):
        self.scores = np.mean([board_scores(seed) for seed in seeds], axis=0)

    def score(self, users: np.ndarray, histories: object = None) -> np.ndarray:
        return self.scores[users]


def ensemble(models: int, group: int, seed: int) -> dict[str, float]:
    first = seed + group * models
    return ndcg(Average(range(first, first + models)), board.refit, board.test)


PARTS = {f.__name__: f for f in (size, score, jump, recency, walk, ensemble)}


def measure(part: str, **settings: object) -> dict[str, object]:
    return PARTS[part](**settings)


SEEDS = (0, 1, 2)
# For each strength the penalty that is best in the validation rows (the chapter checks that it is).
BEST = {
    "SoftmaxMF": {0: 0.1, 0.5: 0.1, 1: 0.1, 2: 0.1, 3: 0.1},
    "EASE": {0: 100, 0.5: 100, 1: 100, 2: 100, 3: 100},
}
CHOSEN = {"SoftmaxMF": 2, "EASE": 2}  # the strength that is best in the validation rows
PENALTIES = {"SoftmaxMF": (0.03, 0.1, 0.3), "EASE": (30, 100, 300)}


def rows() -> list[dict[str, object]]:
    listed: list[dict[str, object]] = []
    for model, penalties in {"SoftmaxMF": (0, 0.03, 0.1, 0.3), "BiasedMF": (0, 0.02, 0.08, 0.3)}.items():
        for dim in (4, 16, 64, 256):
            listed += [{"part": "size", "model": model, "dim": dim, "penalty": p} for p in penalties]
    cosines = [{"cosine": True, "temperature": t, "weight_decay": 0.1} for t in (0.05, 0.1, 0.2, 0.4, 0.8)]
    inners = [{"cosine": False, "temperature": 1.0, "weight_decay": w} for w in (0.1, 0.3, 1.0, 2.0, 4.0)]
    for settings in cosines + inners:
        listed += [{"part": "score", **settings, "test": False}]
    for settings in (cosines[2], inners[3]):
        listed += [{"part": "score", **settings, "test": True, "seed": seed} for seed in SEEDS]
    listed += [{"part": "jump", "decay": decay} for decay in (False, True)]
    for model, penalties in PENALTIES.items():
        seeds = SEEDS if model == "SoftmaxMF" else (0,)
        for strength, best in BEST[model].items():
            here = {"part": "recency", "model": model, "strength": strength}
            listed += [{**here, "penalty": p, "test": False} for p in penalties]
            listed += [{**here, "penalty": best, "test": True, "seed": seed} for seed in seeds]
        for strength in (0, CHOSEN[model]):
            here = {"part": "walk", "model": model, "strength": strength, "penalty": BEST[model][strength]}
            listed += [{**here, "seed": seed} for seed in seeds]
    for models in (1, 2, 4, 8):
        listed += [{"part": "ensemble", "models": models, "group": group} for group in range(8 // models)]
    return listed


if __name__ == "__main__":
    run(__file__, measure, rows(), seed=0, small=0)
