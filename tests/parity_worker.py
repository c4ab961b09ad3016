"""Run by test_parity.py, once per framework, each in a process of its own:

    python parity_worker.py FRAMEWORK weights.npz out.npz

Loads the same weights into every model, and writes scores, losses and the weights after one step of training.
"""

import importlib
import sys

import numpy as np

NUM_USERS, NUM_ITEMS, DIM = 7, 11, 5
MODELS = {
    "BiasedMF": {"dim": DIM, "mean": 3.2},
    "BPRMF": {"dim": DIM},
    "SoftmaxMF": {"dim": DIM},
    "SoftmaxMF-inner": {"dim": DIM, "cosine": False},
}


def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {
        "user_factors": rng.normal(size=(NUM_USERS, DIM)).astype("f4"),
        "item_factors": rng.normal(size=(NUM_ITEMS, DIM)).astype("f4"),
        "user_bias": rng.normal(size=NUM_USERS).astype("f4"),
        "item_bias": rng.normal(size=NUM_ITEMS).astype("f4"),
    }


def batch(name: str) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(6)
    users = rng.integers(NUM_USERS, size=20)
    items = rng.integers(NUM_ITEMS, size=20)
    if name == "BiasedMF":
        return users, items, rng.integers(1, 6, size=20).astype("f4")
    if name == "BPRMF":
        return users, items, rng.integers(NUM_ITEMS, size=20)
    return np.arange(NUM_USERS), (rng.random((NUM_USERS, NUM_ITEMS)) < 0.4).astype("f4")


def tables(framework: str, model) -> dict:
    """The model's weights by name, each with something that has .shape."""
    if framework == "torch":
        return {name.removesuffix(".weight"): value for name, value in model.named_parameters()}
    found = {name: getattr(model, name) for name in weights() if hasattr(model, name)}
    return {name: getattr(value, "embeddings", value) for name, value in found.items()}


def read(framework: str, model) -> dict[str, np.ndarray]:
    return {
        name: np.array(value.detach() if framework == "torch" else value)
        for name, value in tables(framework, model).items()
    }


class OneBatch:
    def __init__(self, arrays):
        self.arrays = arrays

    def __len__(self):
        return 3

    def epoch(self):
        for _ in range(3):
            yield self.arrays


def main(framework: str, source: str, target: str) -> None:
    mf = importlib.import_module(f"rec_tutor.{framework}.mf")
    training = importlib.import_module(f"rec_tutor.{framework}.training")
    given = np.load(source)
    out = {}
    for name, arguments in MODELS.items():
        model = getattr(mf, name.split("-")[0])(NUM_USERS, NUM_ITEMS, **arguments)
        for key, value in tables(framework, model).items():
            if framework == "torch":
                value.data.copy_(__import__("torch").tensor(given[key]))
            else:
                value.assign(given[key])
        out[f"{name}/score"] = model.score(np.arange(NUM_USERS))
        if framework == "torch":
            torch = __import__("torch")
            loss = model.batch_loss(*(torch.tensor(array) for array in batch(name))).item()
        else:
            tf = __import__("tensorflow")
            loss = float(model.batch_loss(*(tf.constant(array) for array in batch(name))))
        out[f"{name}/loss"] = np.array(loss)
        history = training.fit(
            model, OneBatch(batch(name)), epochs=2, lr=0.05, weight_decay=0.1, decay=True, progress=False
        )
        out[f"{name}/curve"] = history["loss"].to_numpy()
        for key, value in read(framework, model).items():
            out[f"{name}/trained/{key}"] = value
    np.savez(target, **out)


if __name__ == "__main__":
    main(*sys.argv[1:])
