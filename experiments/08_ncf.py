"""Neural collaborative filtering: does a network beat the inner product, and what helps
it?

Parts, told apart by the column `part`:

tune      twelve settings for each of GMF, MLP and NeuMF (loss and penalty) and BPRMF
          (penalty, how negatives are drawn), judged on validation data; for the MLP two
          larger towers besides
board     the best setting of each, three seeds, on the test part, beside EASE and
          SoftmaxMF (as chapter 07 chose it)
pair      two of those models, or variants, on the same users: difference, 95 %
          interval, p
pretrain  NeuMF that starts from a trained GMF and a trained MLP: before and after
          further training
profiles  NeuMF with age, gender, occupation and genres against NeuMF without, by the
          length of people's histories
new       the same for people of whom nothing but the profile is known
conv      ConvNCF (He et al. 2018, arXiv:1808.03912), the outer product of both
          embeddings through a small CNN
leak      three samplers of negatives: one that knows training data only, two that know
          the test part
product   how many examples does a network need to learn an inner product?
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from course.experiment import SHIFTED, run
from rec_tutor import baselines, data, evaluation
from rec_tutor.evaluation import metrics, splits
from rec_tutor.inputs import Batches, NegativeSampler, UserBatches, interaction_matrix
from rec_tutor.torch import mf, ncf, training
from rec_tutor.torch.layers import dense, embedding

ds = data.load("ml-100k")
board_split = splits.temporal(ds.ratings)
SIZE = (ds.num_users, ds.num_items)
NETWORKS: dict[str, Any] = {"GMF": ncf.GMF, "MLP": ncf.MLP, "NeuMF": ncf.NeuMF}
SEEDS = (0, 1, 2)
EVERYBODY = ds.num_users
# loss -> negatives for each interaction, epochs
DRAWN = {"bce": (4, 24), "bpr": (4, 24), "softmax": (16, 12)}
TOWERS = {
    "16: 32-16": (16, (32, 16)),
    "64: 128-64": (64, (128, 64)),
    "32: 64-32-16": (32, (64, 32, 16)),
}
# The best of the rows of `tune`; MLP's tower is one of TOWERS.
BEST: dict[str, dict[str, Any]] = {
    "GMF": {"loss": "bce", "l2": 0.03},
    "MLP": {"loss": "bce", "l2": 0.3, "dim": 64, "hidden": (128, 64)},
    "small MLP": {"loss": "bce", "l2": 0.3},
    "NeuMF": {"loss": "softmax", "l2": 0.03},
    "BPRMF": {"l2": 0.01, "power": 0.5},
}


def batches(
    ratings: pd.DataFrame,
    negatives: Any,
    num_negatives: int,
    seed: int,
    batch_size: int = 2048,
) -> Batches:
    user, item = (ratings[name].to_numpy() for name in ("user", "item"))
    return Batches(
        user,
        item,
        batch_size=batch_size,
        seed=seed,
        negatives=negatives,
        num_negatives=num_negatives,
    )


def sampler(ratings: pd.DataFrame, seed: int, power: float = 0.0) -> NegativeSampler:
    return NegativeSampler(interaction_matrix(ratings, *SIZE), power=power, seed=seed)


def train(
    model: ncf.NCF,
    ratings: pd.DataFrame,
    seed: int,
    epochs: int | None = None,
    negatives: Any = None,
) -> Any:
    num_negatives, usual = DRAWN[model.ranking_loss]
    source = batches(ratings, negatives or sampler(ratings, seed), num_negatives, seed)
    training.fit(
        model, source, epochs=epochs or usual, lr=0.005, decay=True, progress=False
    )
    return model


def bpr_mf(
    ratings: pd.DataFrame, seed: int, l2: float, power: float, epochs: int | None = None
) -> mf.BPRMF:
    model = mf.BPRMF(*SIZE, dim=64, l2=l2, seed=seed)
    source = batches(ratings, sampler(ratings, seed, power), 1, seed, batch_size=4096)
    training.fit(
        model, source, epochs=epochs or 30, lr=0.02, decay=True, progress=False
    )
    return model


def softmax_mf(
    ratings: pd.DataFrame, seed: int, epochs: int | None = None
) -> mf.SoftmaxMF:
    model = mf.SoftmaxMF(*SIZE, dim=128, temperature=0.15, seed=seed)
    source = UserBatches(interaction_matrix(ratings, *SIZE), batch_size=64, seed=seed)
    training.fit(
        model,
        source,
        epochs=epochs or 30,
        lr=0.01,
        weight_decay=0.1,
        decay=True,
        progress=False,
    )
    return model


def evaluated(
    model: evaluation.Scorer,
    known: pd.DataFrame,
    test: pd.DataFrame,
    users: int = EVERYBODY,
) -> pd.DataFrame:
    """Per user, the first so many of them."""
    return evaluation.evaluate(
        model, test[test["user"] < users], seen=interaction_matrix(known, *SIZE)
    )


def tune(
    model: str,
    seed: int,
    l2: float,
    loss: str = "",
    power: float = 0.0,
    tower: str = "",
    epochs: int | None = None,
    users: int = EVERYBODY,
) -> dict[str, float]:
    if model == "BPRMF":
        trained: Any = bpr_mf(board_split.train, seed, l2, power, epochs)
    else:
        shape: dict[str, Any] = (
            dict(zip(("dim", "hidden"), TOWERS[tower], strict=True)) if tower else {}
        )
        network = NETWORKS[model](*SIZE, loss=loss, l2=l2, seed=seed, **shape)
        trained = train(network, board_split.train, seed, epochs)
    return {
        "valid": (
            evaluated(trained, board_split.train, board_split.valid, users)[
                "ndcg"
            ].mean()
        )
    }


def profiles_of(ds: data.Dataset) -> dict[str, Any]:
    """Age (standardised), gender and occupation of users, genres of films: 0 or 1."""
    age = (ds.users["age"] - ds.users["age"].mean()) / ds.users["age"].std()
    known = pd.get_dummies(ds.users[["gender", "occupation"]]).to_numpy(float)
    genres = ds.items["genres"].str.join("|").str.get_dummies().to_numpy(float)
    return {"user_features": np.column_stack([age, known]), "item_features": genres}


@cache
def fitted(model: str, seed: int, epochs: int | None = None) -> Any:
    """A model of the board, fitted on training and validation data with its best
    setting.
    """
    known = board_split.refit
    if model == "EASE":
        return baselines.EASE(*SIZE, l2=100.0).fit(known)
    if model == "SoftmaxMF":
        return softmax_mf(known, seed, epochs)
    if model == "BPRMF":
        return bpr_mf(known, seed, epochs=epochs, **BEST[model])
    if model == "NeuMF, profiles":
        return train(
            ncf.NeuMF(*SIZE, **BEST["NeuMF"], **profiles_of(ds), seed=seed),
            known,
            seed,
            epochs,
        )
    if model == "NeuMF, pre-trained":
        return train(
            joined(seed, epochs),
            known,
            seed,
            epochs or DRAWN[BEST["NeuMF"]["loss"]][1] // 2,
        )
    return train(
        NETWORKS[model.removeprefix("small ")](*SIZE, **BEST[model], seed=seed),
        known,
        seed,
        epochs,
    )


def joined(seed: int, epochs: int | None = None, share: float = 0.5) -> ncf.NeuMF:
    """A NeuMF with the weights of a trained GMF and MLP, their last layers scaled by
    share and 1 - share.
    """
    model = ncf.NeuMF(*SIZE, **BEST["NeuMF"], seed=seed)
    for part, name, scale in (
        (model.gmf, "GMF", share),
        (model.mlp, "small MLP", 1 - share),
    ):
        part.load_state_dict(fitted(name, seed, epochs).state_dict())
        with torch.no_grad():
            part.out.weight.mul_(scale)
            part.out.bias.mul_(scale)
    return model


@cache
def tested(
    model: str, seed: int, epochs: int | None = None, users: int = EVERYBODY
) -> pd.DataFrame:
    return evaluated(
        fitted(model, seed, epochs), board_split.refit, board_split.test, users
    )


def seeds_of(model: str, seeds: Sequence[int] = SEEDS) -> Sequence[int]:
    return (0,) if model == "EASE" else seeds


def board(
    model: str, seed: int, epochs: int | None = None, users: int = EVERYBODY
) -> dict[str, float]:
    found = tested(model, seed, epochs, users)
    items, _ = evaluation.top_k(
        fitted(model, seed, epochs),
        found.index.to_numpy(),
        seen=interaction_matrix(board_split.refit, *SIZE),
    )
    liked = evaluation.measure(
        items, found.index.to_numpy(), board_split.test, num_items=SIZE[1], min_rating=4
    )["ndcg"].mean()
    return {
        "ndcg": found["ndcg"].mean(),
        "recall": found["recall"].mean(),
        "liked": liked,
        "coverage": metrics.coverage(items, SIZE[1]),
    }


def difference(
    runs: dict[str, list[pd.DataFrame]], model: str, against: str
) -> dict[str, float]:
    return (
        evaluation.compare(runs, against)
        .loc[model, ["difference", "low", "high", "p"]]
        .to_dict()
    )


def pair(
    model: str,
    against: str,
    seed: int,
    seeds: Sequence[int] = SEEDS,
    epochs: int | None = None,
    users: int = EVERYBODY,
) -> dict[str, float]:
    runs = {
        name: [tested(name, s, epochs, users) for s in seeds_of(name, seeds)]
        for name in (model, against)
    }
    return difference(runs, model, against)


def pretrain(
    seed: int, epochs: int | None = None, users: int = EVERYBODY
) -> dict[str, float]:
    start = evaluated(joined(seed, epochs), board_split.refit, board_split.test, users)[
        "ndcg"
    ].mean()
    return {
        "start": start,
        "end": tested("NeuMF, pre-trained", seed, epochs, users)["ndcg"].mean(),
    }


def profiles(
    users: str,
    least: int,
    most: int,
    seed: int,
    seeds: Sequence[int] = SEEDS,
    epochs: int | None = None,
) -> dict[str, Any]:
    """With profiles minus without, for users with `least` to `most` known
    interactions.
    """
    length = board_split.refit.groupby("user").size()
    chosen = length.index[length.between(least, most)]
    names = ("NeuMF, profiles", "NeuMF")
    runs = {
        name: [
            tested(name, s, epochs).loc[lambda found: found.index.isin(chosen)]
            for s in seeds
        ]
        for name in names
    }
    return {"number": len(chosen), **difference(runs, *names)}


@cache
def strangers(model: str, seed: int, epochs: int | None, users: int) -> pd.DataFrame:
    """A fifth of the users is not trained on; the test is all that they rated."""
    new = ds.ratings["user"].isin(
        np.random.default_rng(0).permutation(SIZE[0])[: SIZE[0] // 5]
    )
    known, test = ds.ratings[~new], ds.ratings[new]
    if model == "Popularity":
        return evaluated(baselines.Popularity(*SIZE).fit(known), known, test, users)
    features = profiles_of(ds) if model == "NeuMF, profiles" else {}
    network = ncf.NeuMF(*SIZE, **BEST["NeuMF"], **features, seed=seed)
    return evaluated(train(network, known, seed, epochs), known, test, users)


def new(
    model: str,
    against: str,
    seed: int,
    seeds: Sequence[int] = SEEDS[:2],
    epochs: int | None = None,
    users: int = EVERYBODY,
) -> dict[str, float]:
    runs = {
        name: [
            strangers(name, s, epochs, users)
            for s in seeds[: 1 if name == "Popularity" else 2]
        ]
        for name in (model, against)
    }
    means = {
        key: np.mean([r["ndcg"].mean() for r in runs[n]])
        for key, n in (("ndcg", model), ("other", against))
    }
    return {**means, **difference(runs, model, against)}


class ConvNCF(ncf.NCF):
    """The outer product of both embeddings, a (d, d) picture, through convolutions that
    halve it to one cell.

    A convolution with a 2 x 2 kernel and stride 2 is one dense layer on every 2 x 2
    block.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        dim: int,
        channels: int,
        loss: str,
        l2: float,
        seed: int,
    ):
        super().__init__(num_users, num_items, loss, l2)
        self.user_factors = embedding(num_users, dim, 0.3, 100 * seed)
        self.item_factors = embedding(num_items, dim, 0.3, 100 * seed + 1)
        widths = [1] + [channels] * int(np.log2(dim))
        self.layers = nn.ModuleList(
            dense(4 * a, b, 100 * seed + 10 + k)
            for k, (a, b) in enumerate(pairwise(widths))
        )
        self.out = dense(channels, 1, 100 * seed + 2)
        self.to(training.device())

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        user, item = self.user_factors(users), self.item_factors(items)
        z = (user[..., :, None] * item[..., None, :])[..., None]  # (B, C, d, d, 1)
        for layer in self.layers:
            *rest, height, width, channels = z.shape
            blocks = z.reshape(
                *rest, height // 2, 2, width // 2, 2 * channels
            ).transpose(-3, -2)
            z = F.relu(
                layer(blocks.reshape(*rest, height // 2, width // 2, 4 * channels))
            )
        return self.out(z)[..., 0, 0, 0]

    def score(
        self, users: np.ndarray, histories: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """A few users at a time: every pair is a picture."""
        parts = [
            super(ConvNCF, self).score(users[start : start + 8])
            for start in range(0, len(users), 8)
        ]
        return np.concatenate(parts)

    def tables(self) -> list[tuple[nn.Embedding, nn.Embedding]]:
        return [(self.user_factors, self.item_factors)]


@cache
def small_gmf(l2: float, seed: int, epochs: int | None) -> ncf.GMF:
    return train(ncf.GMF(*SIZE, 8, "bce", l2, seed), board_split.train, seed, epochs)


def conv(
    model: str,
    start: str,
    l2: float,
    seed: int,
    epochs: int | None = None,
    users: int = EVERYBODY,
    share: float = 1.0,
) -> dict[str, float]:
    """All with eight numbers for each user and film, on validation data."""
    trained: Any = small_gmf(l2, seed, epochs)
    if model == "ConvNCF":
        gmf, trained = trained, ConvNCF(*SIZE, 8, 16, "bce", l2, seed)
        if start == "GMF's embeddings":
            trained.user_factors.load_state_dict(gmf.user_factors.state_dict())
            trained.item_factors.load_state_dict(gmf.item_factors.state_dict())
        some = board_split.train[: round(share * len(board_split.train))]
        train(trained, some, seed, epochs or 8)
    return {
        "valid": (
            evaluated(trained, board_split.train, board_split.valid, users)[
                "ndcg"
            ].mean()
        ),
        "weights": sum(parameter.numel() for parameter in trained.parameters()),
    }


class FromTest:
    """Draws a user's negatives among his or her own test items."""

    def __init__(self, test: pd.DataFrame, seed: int):
        self.rows = interaction_matrix(test, *SIZE)
        self.rng = np.random.default_rng(seed)

    def sample(self, users: np.ndarray) -> np.ndarray:
        start, end = self.rows.indptr[users], self.rows.indptr[users + 1]
        return self.rows.indices[self.rng.integers(start, end)].astype(np.int64)


def leak(
    negatives: str,
    model: str,
    seed: int,
    epochs: int | None = None,
    users: int = EVERYBODY,
) -> dict[str, float]:
    known, test = board_split.refit, board_split.test
    if negatives == "training data":
        return {"ndcg": tested(model, seed, epochs, users)["ndcg"].mean()}
    source = {
        "without test items": lambda: sampler(pd.concat([known, test]), seed),
        "only test items": lambda: FromTest(test, seed),
    }[negatives]()
    trained = train(
        NETWORKS[model](*SIZE, **BEST[model], seed=seed),
        known,
        seed,
        epochs,
        negatives=source,
    )
    return {"ndcg": evaluated(trained, known, test, users)["ndcg"].mean()}


def product(dim: int, examples: int, seed: int, steps: int = 3000) -> dict[str, float]:
    """Error of a network that learns p . q from examples, relative to always
    saying 0.
    """
    rng = np.random.default_rng(seed)

    def draw(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        # p . q has variance 1
        p, q = rng.normal(0, dim**-0.25, (2, n, dim)).astype(np.float32)
        return torch.tensor(np.hstack([p, q])), torch.tensor((p * q).sum(axis=1))

    (x, y), (x_new, y_new) = draw(examples), draw(10_000)
    widths = (2 * dim, 128, 64, 32, 1)
    layers: list[nn.Module] = []
    for k, (a, b) in enumerate(pairwise(widths)):
        layers += [dense(a, b, 100 * seed + k), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(network.parameters(), lr=0.002)
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: 1 - step / steps)
    for _ in range(steps):
        rows = torch.tensor(rng.integers(examples, size=256))
        loss = F.mse_loss(network(x[rows])[:, 0], y[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
    with torch.no_grad():
        error = F.mse_loss(network(x_new)[:, 0], y_new).sqrt().item()
    return {"rmse": error / y_new.square().mean().sqrt().item()}


PARTS = {
    "tune": tune,
    "board": board,
    "pair": pair,
    "pretrain": pretrain,
    "profiles": profiles,
    "new": new,
    "conv": conv,
    "leak": leak,
    "product": product,
}
PAIRS = (
    ("NeuMF", "GMF"),
    ("MLP", "GMF"),
    ("NeuMF", "BPRMF"),
    ("NeuMF", "SoftmaxMF"),
    ("MLP", "SoftmaxMF"),
    ("GMF", "EASE"),
    ("MLP", "EASE"),
    ("NeuMF", "EASE"),
    ("SoftmaxMF", "EASE"),
)
VARIANTS = (("NeuMF, pre-trained", "NeuMF"), ("NeuMF, profiles", "NeuMF"))
LENGTHS = {
    "all": (0, 9999),
    "up to 30": (0, 30),
    "31 to 80": (31, 80),
    "over 80": (81, 9999),
}


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [
        {"part": "product", "dim": dim, "examples": n}
        for dim in (4, 16, 64)
        for n in (1000, 4000, 16000, 64000)
    ]
    for model in NETWORKS:
        for loss in DRAWN:
            listed += [
                {"part": "tune", "model": model, "loss": loss, "l2": l2}
                for l2 in (0.01, 0.03, 0.1, 0.3)
            ]
    for l2 in (0.003, 0.01, 0.03, 0.1):
        listed += [
            {"part": "tune", "model": "BPRMF", "l2": l2, "power": power}
            for power in (0.0, 0.5, 1.0)
        ]
    towers = list(TOWERS)[1:]
    listed += [
        {"part": "tune", "model": "MLP", "loss": "bce", "l2": 0.3, "tower": tower}
        for tower in towers
    ]
    for model in ("EASE", "SoftmaxMF", "BPRMF", *NETWORKS, "NeuMF, profiles"):
        listed += [
            {"part": "board", "model": model, "seed": seed} for seed in seeds_of(model)
        ]
    listed += [{"part": "pretrain", "seed": seed} for seed in SEEDS]
    listed += [
        {"part": "pair", "model": model, "against": against}
        for model, against in PAIRS + VARIANTS
    ]
    listed += [
        {"part": "profiles", "users": users, "least": least, "most": most}
        for users, (least, most) in LENGTHS.items()
    ]
    listed += [
        {"part": "new", "model": model, "against": against}
        for model, against in (
            ("NeuMF, profiles", "NeuMF"),
            ("NeuMF", "Popularity"),
            ("NeuMF, profiles", "Popularity"),
        )
    ]
    for model, start in (
        ("GMF", "random"),
        ("ConvNCF", "random"),
        ("ConvNCF", "GMF's embeddings"),
    ):
        listed += [
            {"part": "conv", "model": model, "start": start, "l2": 0.03, "seed": seed}
            for seed in (0, 1)
        ]
    for negatives in ("training data", "without test items", "only test items"):
        listed += [
            {"part": "leak", "negatives": negatives, "model": "GMF", "seed": seed}
            for seed in SEEDS[:2]
        ]
    return listed


FEW: dict[str, Any] = {"epochs": 1, "users": 100}
SMALL: list[dict[str, Any]] = [
    {"part": "product", "dim": 4, "examples": 4000, "steps": 100},
    *(
        {"part": "tune", "model": model, "loss": loss, "l2": 0.03, **FEW}
        for model, loss in zip(NETWORKS, DRAWN, strict=True)
    ),
    {"part": "tune", "model": "BPRMF", "l2": 0.01, "power": 0.5, **FEW},
    *(
        {"part": "board", "model": model, **FEW}
        for model in ("EASE", "SoftmaxMF", "GMF", "NeuMF", "BPRMF")
    ),
    {"part": "board", "model": "MLP", "epochs": 1, "users": 50},
    {"part": "pretrain", **FEW},
    {"part": "pair", "model": "NeuMF", "against": "GMF", "seeds": (0,), **FEW},
    {
        "part": "profiles",
        "users": "up to 30",
        "least": 0,
        "most": 30,
        "seeds": (0,),
        "epochs": 1,
    },
    {
        "part": "new",
        "model": "NeuMF, profiles",
        "against": "Popularity",
        "seeds": (0,),
        **FEW,
    },
    {"part": "conv", "model": "GMF", "start": "random", "l2": 0.03, **FEW},
    {
        "part": "conv",
        "model": "ConvNCF",
        "start": "GMF's embeddings",
        "l2": 0.03,
        "share": 0.1,
        "epochs": 1,
        "users": 40,
    },
    *(
        {"part": "leak", "negatives": told, "model": "GMF", **FEW}
        for told in ("without test items", "only test items")
    ),
]
TOLERANCE: dict[str, Any] = {
    "losses": (5e-5, 0.0),
    "p": (0.0, 0.1),
    "rmse": (1e-4, 0.0),
}
TOLERANCE |= dict.fromkeys(
    ("NeuMF", "NeuMF, profiles", "MLP", "pretrain", "profiles"), SHIFTED
)


if __name__ == "__main__":
    rests_on = dict.fromkeys(("pair", "pretrain", "profiles", "leak"), ("board",)) | {
        "new": ("new",)
    }
    run(
        __file__,
        PARTS,
        rows(),
        small=SMALL,
        seed=0,
        tolerance=TOLERANCE,
        rests_on=rests_on,
    )
