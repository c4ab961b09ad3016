"""Run by test_parity.py, once per framework, each in a process of its own:

    python parity_worker.py FRAMEWORK PRECISION out.npz

Gives every model the same weights, and writes scores, losses and gradients; in float64
also the weights after a few steps of training. Weights go by PyTorch's names and
shapes.
"""

import atexit
import importlib
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from scipy import sparse

import rec_tutor
from rec_tutor.inputs import Forgetting, SampledItems, graph

USERS, ITEMS, LENGTH, PLACES = 7, 11, 6, 4
FEATURES = {
    "user_features": np.random.default_rng(1).normal(size=(USERS, 2)),
    "item_features": np.random.default_rng(2).normal(size=(ITEMS, 3)),
}
PAIRS, ITEMS_ONLY = (USERS, ITEMS), (ITEMS,)
EDGES = sparse.csr_matrix(np.random.default_rng(3).random(PAIRS) < 0.3, dtype="f4")
GRAPHS = {
    name: (*PAIRS, graph.bipartite_adjacency(EDGES, name))
    for name in ("symmetric", "mean", "sum")
}
MORE_EDGES = graph.add_edges(
    GRAPHS["sum"][2], np.array([USERS, USERS + 3, 19]), np.array([18, 19, 18])
)
MORE_NODES = (*PAIRS, graph.normalize(MORE_EDGES))
KNOWN = np.arange(ITEMS) % 4 > 0
VECTORS = tuple(np.random.default_rng(4).normal(size=(n, 5)) for n in PAIRS)
FORGETS = (*VECTORS, VECTORS[0][::-1] / 2, FEATURES["item_features"], KNOWN)
BLOCKS = [np.random.default_rng(5).normal(size=(ITEMS, n)) for n in (3, 2, 4)]
for k, block in enumerate(BLOCKS):  # every item lacks a kind, some lack two
    block[k::3] = block[(k + 5) :: 5] = 0
FUSED = (USERS, BLOCKS, KNOWN)
WITHOUT = [BLOCKS[0], 0 * BLOCKS[1], BLOCKS[2]]
CASES = {  # name, class first: module, sizes, arguments
    "BiasedMF": ("mf", PAIRS, {"dim": 5, "mean": 3.2}),
    "BPRMF": ("mf", PAIRS, {"dim": 5}),
    "BPRMF lazy": ("mf", PAIRS, {"dim": 5}),
    "BiasedMF lazy": ("mf", PAIRS, {"dim": 5, "mean": 3.2}),
    "NeuMF lazy": (
        "ncf",
        PAIRS,
        {"gmf_dim": 5, "mlp_dim": 4, "hidden": (6, 3), "loss": "bce"},
    ),
    "SoftmaxMF": ("mf", PAIRS, {"dim": 5}),
    "SoftmaxMF inner": ("mf", PAIRS, {"dim": 5, "cosine": False}),
    "SoftmaxMF sampled": ("mf", PAIRS, {"dim": 5}),
    "GMF": ("ncf", PAIRS, {"dim": 5}),
    "MLP": ("ncf", PAIRS, {"dim": 5, "hidden": (6,)}),
    "MLP features": (
        "ncf",
        PAIRS,
        {"dim": 5, "hidden": (8, 6, 4), "loss": "bpr", **FEATURES},
    ),
    "NeuMF bce": (
        "ncf",
        PAIRS,
        {"gmf_dim": 5, "mlp_dim": 4, "hidden": (6, 3), "loss": "bce"},
    ),
    "NeuMF bpr": (
        "ncf",
        PAIRS,
        {"gmf_dim": 5, "mlp_dim": 4, "hidden": (6, 3), "loss": "bpr", **FEATURES},
    ),
    "NeuMF softmax": (
        "ncf",
        PAIRS,
        {"gmf_dim": 5, "mlp_dim": 4, "hidden": (6, 3), "loss": "softmax", "l2": 0.02},
    ),
    "NeuMF softmax, one negative": (
        "ncf",
        PAIRS,
        {"gmf_dim": 5, "mlp_dim": 4, "hidden": (3,), "loss": "softmax"},
    ),
    "SASRec": (
        "sasrec",
        ITEMS_ONLY,
        {"dim": 6, "length": LENGTH, "layers": 1, "heads": 2, "dropout": 0.0},
    ),
    "SASRec two blocks, no positions": (
        "sasrec",
        ITEMS_ONLY,
        {
            "dim": 6,
            "length": LENGTH,
            "layers": 2,
            "heads": 2,
            "dropout": 0.0,
            "positions": False,
        },
    ),
    "SASRec short windows, not causal": (
        "sasrec",
        ITEMS_ONLY,
        {
            "dim": 6,
            "length": LENGTH + 2,
            "layers": 2,
            "heads": 1,
            "dropout": 0.0,
            "causal": False,
        },
    ),
    "SASRec sampled": (
        "sasrec",
        ITEMS_ONLY,
        {"dim": 6, "length": LENGTH, "heads": 2, "dropout": 0.0},
    ),
    "GRU4Rec sampled": (
        "rnn",
        ITEMS_ONLY,
        {"dim": 5, "length": LENGTH, "dropout": 0.0},
    ),
    "GRU4Rec": ("rnn", ITEMS_ONLY, {"dim": 5, "length": LENGTH, "dropout": 0.0}),
    "StackedLSTM": ("rnn", (2,), {"hidden": (3, 4)}),
    "CNN": ("cnn", (3,), {}),
    "Caser": (
        "cnn",
        PAIRS,
        {
            "dim": 4,
            "length": 4,
            "heights": (1, 3),
            "horizontal": 3,
            "vertical": 2,
            "dropout": 0.0,
        },
    ),
    "Caser sampled": (
        "cnn",
        PAIRS,
        {"dim": 4, "length": 4, "heights": (1, 3), "dropout": 0.0},
    ),
    "Caser vertical, no users": (
        "cnn",
        PAIRS,
        {
            "dim": 4,
            "length": LENGTH + 2,
            "heights": (),
            "vertical": 1,
            "user": False,
            "dropout": 0.0,
        },
    ),
    "ContentMF": ("content", (USERS, FEATURES["item_features"]), {"dim": 4, "l2": 0.3}),
    "ContentTower": (
        "towers",
        (USERS, FEATURES["item_features"], KNOWN),
        {"dim": 4, "hidden": (6, 5), "dropout": 0.0, "l2": 0.3},
    ),
    "MatchedTower": (
        "towers",
        (*VECTORS, FEATURES["item_features"], KNOWN),
        {"hidden": (6,), "dropout": 0.0},
    ),
    "DropoutNet": ("dropoutnet", FORGETS, {"dim": 4, "hidden": (6,)}),
    "DropoutNet scores": (
        "dropoutnet",
        FORGETS,
        {"dim": 4, "hidden": (6,), "target": "scores"},
    ),
    "Fusion early": ("fusion", FUSED, {"dim": 4, "l2": 0.3, "how": "early"}),
    "Fusion gated": ("fusion", FUSED, {"dim": 4, "l2": 0.3, "how": "gated"}),
    "Fusion attention": ("fusion", FUSED, {"dim": 4, "l2": 0.3, "how": "attention"}),
    "SkipGram": ("text", ITEMS_ONLY, {"dim": 5}),
    "SkipGram, one negative": ("text", ITEMS_ONLY, {"dim": 5}),
    "BagOfWords": ("text", ITEMS_ONLY, {"dim": 5, "dropout": 0.0}),
    "AttentionPooling": ("text", ITEMS_ONLY, {"dim": 5, "hidden": 4, "dropout": 0.0}),
    "TextCNN": (
        "text",
        ITEMS_ONLY,
        {"dim": 5, "heights": (1, 3), "filters": 4, "dropout": 0.0},
    ),
    "TextLSTM": ("text", ITEMS_ONLY, {"dim": 5, "hidden": (4, 3), "dropout": 0.0}),
    "DQN": ("dqn", (3, ITEMS), {"hidden": (6,), "double": False}),
    "DQN double, dueling, features": (
        "dqn",
        (3, ITEMS),
        {"hidden": (6, 5), "dueling": True, "features": FEATURES["item_features"]},
    ),
    "DIN mlp": (
        "din",
        ITEMS_ONLY,
        {"dim": 5, "length": LENGTH, "unit": "mlp", "hidden": 4},
    ),
    "DIN dot": ("din", ITEMS_ONLY, {"dim": 5, "length": LENGTH, "unit": "dot"}),
    "LightGCN": ("gnn", GRAPHS["symmetric"], {"dim": 5, "layers": 3}),
    "LightGCN bpr, not symmetric": (
        "gnn",
        GRAPHS["mean"],
        {"dim": 5, "loss": "bpr", "l2": 0.02},
    ),
    "LightGCN more nodes": ("gnn", MORE_NODES, {"dim": 5, "temperature": 0.5}),
    "NGCF": ("gnn", GRAPHS["symmetric"], {"dim": 5, "dropout": 0.0}),
    "NGCF bpr, sum": (
        "gnn",
        GRAPHS["sum"],
        {"dim": 5, "layers": 1, "dropout": 0.0, "loss": "bpr", "l2": 0.02},
    ),
    "DIN mean": (
        "din",
        ITEMS_ONLY,
        {"dim": 5, "length": LENGTH + 2, "unit": "mean"},
    ),
}
READERS = (
    "CNN",
    "StackedLSTM",
    "BagOfWords",
    "AttentionPooling",
    "TextCNN",
    "TextLSTM",
)
ONE_NEGATIVE = (
    "BPRMF",
    "BPRMF lazy",
    "GMF",
    "NeuMF softmax, one negative",
    "SkipGram, one negative",
)
KERAS_NAMES = {
    "kernel": "weight",
    "embeddings": "weight",
    "gamma": "weight",
    "beta": "bias",
    "dense_layers": "layers",
}


def initial(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The weights of that name that every model starts from."""
    spread = min(0.8, 1.4 / np.prod(shape[1:]) ** 0.5)
    return (
        np.random.default_rng(zlib.crc32(name.encode()))
        .normal(0, spread, shape)
        .astype("f4")
    )


def batch(name: str) -> tuple[np.ndarray, ...]:
    """What the model is trained on."""
    rng = np.random.default_rng(6)
    kind, (module, *_) = name.split()[0].rstrip(","), CASES[name]
    users, items = rng.integers(USERS, size=20), rng.integers(ITEMS, size=20)
    if "sampled" in name:
        counts, real = rng.integers(50, size=ITEMS), batch(name.split()[0])
        if kind == "SoftmaxMF":
            real = users, items
        drawn = SampledItems(OneBatch(real), counts, 8, power=0.75)
        return next(drawn.epoch())
    if kind == "BiasedMF":
        return users, items, rng.integers(1, 6, size=20).astype("f4")
    if kind == "MatchedTower":
        return (items[KNOWN[items]],)
    if kind in ("SoftmaxMF", "ContentMF", "ContentTower", "DropoutNet", "Fusion") or (
        module == "gnn" and "bpr" not in name
    ):
        taken = np.arange(USERS), (rng.random((USERS, ITEMS)) < 0.4).astype("f4")
        shapes = {"DropoutNet": ((USERS,), (ITEMS,)), "Fusion": ((ITEMS, 3),)}
        masks = [(shape, 0.4) for shape in shapes.get(kind, ())]
        return next(Forgetting(OneBatch(taken), *masks, seed=rng).epoch())
    # observations, actions, rewards, next observations, terminated, allowed actions:
    # none at last
    if kind == "DQN":
        observations = rng.normal(size=(2, 20, 3)).astype("f4")
        rewards, masks = (
            rng.random(20).astype("f4"),
            rng.random((20, ITEMS)) < np.linspace(1, 0, 20)[:, None],
        )
        return (
            observations[0],
            items,
            rewards,
            observations[1],
            (rng.random(20) < 0.3).astype("f4"),
            masks,
        )
    if kind in READERS:
        return reading(kind), np.arange(len(reading(kind))) % 2
    if module in ("mf", "ncf", "text", "gnn"):
        return (
            users,
            items,
            rng.integers(
                ITEMS, size=20 if name in ONE_NEGATIVE or module == "gnn" else (20, 3)
            ),
        )
    inputs, targets = windows()
    if kind in ("SASRec", "GRU4Rec"):
        return inputs, targets
    if kind == "Caser":
        return np.arange(len(inputs)), inputs, targets
    return (
        np.arange(len(inputs)),
        inputs,
        targets,
        rng.integers(ITEMS, size=(len(inputs), LENGTH * 2)),
    )


def reading(kind: str) -> np.ndarray:
    """What the models read that say what something is: pictures, sequences of numbers,
    or words with padding.
    """
    rng = np.random.default_rng(9)
    if kind == "CNN":
        return rng.integers(256, size=(6, 28, 28), dtype=np.uint8)
    if kind == "StackedLSTM":
        return rng.normal(size=(8, LENGTH, 2)).astype("f4")
    return np.where(
        np.arange(LENGTH) < rng.integers(4, size=(20, 1)),
        0,
        rng.integers(1, ITEMS, size=(20, LENGTH)),
    )


def windows() -> tuple[np.ndarray, np.ndarray]:
    """Windows with more and more padding on the left, the last without any, and their
    targets.
    """
    rng = np.random.default_rng(7)
    steps = rng.integers(ITEMS, size=(LENGTH, LENGTH + 1))
    padding = np.arange(LENGTH) < np.arange(LENGTH)[::-1, None]
    return tuple(
        np.where(padding, ITEMS, part) for part in (steps[:, :-1], steps[:, 1:])
    )


def outputs(name: str, model, tensor) -> Iterator[tuple[str, np.ndarray]]:
    """Everything that a model says about itself, before training."""
    if name in READERS:
        yield "prediction", model.predict(reading(name))
    if name == "CNN":
        yield "features", model.features(reading(name))
    if name == "AttentionPooling":
        yield "attention", model.weights_of(reading(name))
    if name == "SkipGram":
        yield "vectors", model.vectors()
    if name in ("ContentMF", "ContentTower"):
        yield (
            "new items",
            model.score_items(np.arange(USERS), FEATURES["item_features"][:4] + 1),
        )
    if name.startswith("Fusion"):
        yield "weights", model.weights_of(np.arange(USERS))
        yield "a kind missing", model.score_items(np.arange(USERS), WITHOUT)
    if name.startswith("DropoutNet"):
        yield "new people", model.score_new(EDGES)
    if hasattr(model, "embeddings"):
        yield from model.embeddings().items()
    if name.startswith("DQN"):
        yield "Q-values", model.q_values(batch(name)[0])
    if not hasattr(model, "score"):
        return
    histories = [np.arange(k) for k in range(USERS)]  # none, short ones, long ones
    yield "score", model.score(np.arange(USERS), histories=histories)
    inputs = tensor(windows()[0])
    if name.startswith(("SASRec", "GRU4Rec")):
        yield "places", model(inputs)
    if name.startswith("SASRec"):
        for k, weights in enumerate(model.encode(inputs)[1]):
            yield f"attention {k}", weights
    if name.startswith("DIN"):
        candidates = tensor(
            np.random.default_rng(8).integers(ITEMS, size=(LENGTH, PLACES, 3))
        )
        yield from zip(("places", "attention"), model(inputs, candidates), strict=True)


class KerasWeight:
    """A weight of a Keras layer, as PyTorch has it: other axes first, a GRU's gates and
    two biases otherwise.
    """

    def __init__(self, variable, part: int | None = None, gates: int = 0):
        self.variable, self.part, self.gates = variable, part, gates

    def turned(self, array: np.ndarray) -> np.ndarray:
        """Keras' array -> PyTorch's."""
        array = array if self.part is None else array[self.part]
        if "kernel" in self.variable.name:
            # the outputs come first
            array = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
        return self.swapped(array)

    def swapped(self, array: np.ndarray) -> np.ndarray:
        """Keras' GRU has update, reset, new; PyTorch's reset, update, new."""
        if not self.gates:
            return array
        first, second, *others = np.split(array, self.gates)
        return np.concatenate([second, first, *others])

    def write(self, array: np.ndarray) -> None:
        array, full = self.swapped(array), self.variable.numpy()
        if "kernel" in self.variable.name:
            array = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T
        if self.part is None:
            full = array
        else:
            full[self.part] = array
        self.variable.assign(full)


def keras_weights(layer, prefix: str = "") -> dict[str, KerasWeight]:
    """Keras' weights under the names that PyTorch would give them, for example
    blocks.0.query.weight.
    """
    keras, found = importlib.import_module("keras"), {}
    if isinstance(layer, keras.layers.GRU | keras.layers.LSTM):
        gru = isinstance(layer, keras.layers.GRU)
        found = {
            "weight_ih_l0": KerasWeight(layer.cell.kernel, gates=3 * gru),
            "weight_hh_l0": KerasWeight(layer.cell.recurrent_kernel, gates=3 * gru),
            "bias_ih_l0": KerasWeight(layer.cell.bias, 0 if gru else None, 3 * gru),
        }
        if gru:
            found["bias_hh_l0"] = KerasWeight(layer.cell.bias, 1, 3)
        return {prefix + name: weight for name, weight in found.items()}
    for key, value in vars(layer).items():
        name = prefix + KERAS_NAMES.get(key.lstrip("_"), key.lstrip("_"))
        if isinstance(value, keras.Layer) and not value.trainable:
            continue  # a target network
        if isinstance(value, keras.Variable):
            found[name] = KerasWeight(value)
        elif isinstance(value, keras.Layer):
            found |= keras_weights(value, f"{name}.")
        elif isinstance(value, list) and not key.startswith("_"):
            for k, part in enumerate(value):
                found |= (
                    keras_weights(part, f"{name}.{k}.")
                    if isinstance(part, keras.Layer)
                    else {}
                )
    return found


def as_precise(array: np.ndarray, dtype) -> np.ndarray:
    """Fractions in the precision of the models; whole numbers as they are."""
    return (
        array.astype("f8" if "float64" in str(dtype) else "f4")
        if array.dtype.kind == "f"
        else array
    )


class Torch:
    """Reads and writes a PyTorch model."""

    def __init__(self, model):
        self.torch = importlib.import_module("torch")
        self.model = model
        self.weights = {
            name: value
            for name, value in model.named_parameters()
            if value.requires_grad
        }

    def tensor(self, array):
        return self.torch.tensor(as_precise(array, self.torch.get_default_dtype()))

    def write(self, name, array):
        self.weights[name].data.copy_(self.torch.tensor(array))

    def read(self) -> dict[str, np.ndarray]:
        return {
            name: value.detach().numpy().copy() for name, value in self.weights.items()
        }

    def gradients(self, arrays) -> tuple[float, dict[str, np.ndarray]]:
        loss = self.model.batch_loss(*map(self.tensor, arrays))
        loss.backward()
        return loss.item(), {
            name: value.grad.numpy().copy() for name, value in self.weights.items()
        }


class TensorFlow:
    """Reads and writes a Keras model."""

    def __init__(self, model):
        self.tf = importlib.import_module("tensorflow")
        self.model, self.weights = model, keras_weights(model)
        reached = {id(weight.variable) for weight in self.weights.values()}
        assert reached == {id(variable) for variable in model.trainable_variables}, (
            sorted(self.weights)
        )

    def tensor(self, array):
        return self.tf.constant(
            as_precise(array, importlib.import_module("keras").config.floatx())
        )

    def write(self, name, array):
        self.weights[name].write(array)

    def read(self) -> dict[str, np.ndarray]:
        return {
            name: weight.turned(weight.variable.numpy())
            for name, weight in self.weights.items()
        }

    def gradients(self, arrays) -> tuple[float, dict[str, np.ndarray]]:
        with self.tf.GradientTape() as tape:
            loss = self.model.batch_loss(*map(self.tensor, arrays))
        found = tape.gradient(
            loss, [weight.variable.value for weight in self.weights.values()]
        )
        dense = [self.tf.convert_to_tensor(gradient).numpy() for gradient in found]
        named = zip(self.weights.items(), dense, strict=True)
        return float(loss), {
            name: weight.turned(gradient) for (name, weight), gradient in named
        }


class OneBatch:
    """The same batch three times an epoch."""

    def __init__(self, arrays):
        self.arrays = arrays

    def __len__(self):
        return 3

    def epoch(self):
        for _ in range(3):
            yield self.arrays


def in_doubles(framework: str) -> None:
    """Let rec_tutor's models of a framework be imported from a copy that says 64
    wherever they say 32. (A copy on disk: TensorFlow compiles what stands there.)
    """
    copy = Path(tempfile.mkdtemp(prefix="doubles-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(Path(rec_tutor.__path__[0]) / framework, copy / framework)
    for path in (copy / framework).glob("*.py"):
        source = path.read_text().replace("float32", "float64")
        source = source.replace(".float()", ".double()")
        if framework == "tensorflow":
            source = source.replace(" -1e9", " tf.constant(-1e9, tf.float64)")
        path.write_text(source)
    rec_tutor.__path__.insert(0, str(copy))


def set_precision(framework: str, precision: str) -> None:
    if precision == "float64":
        in_doubles(framework)
    if framework == "torch":
        torch = importlib.import_module("torch")
        torch.set_default_dtype(getattr(torch, precision))
    else:
        importlib.import_module("keras").config.set_floatx(precision)
        tf = importlib.import_module("tensorflow")
        # unlike Keras and PyTorch it has no default of its own
        tf.zeros = partial(tf.zeros, dtype=precision)


def main(framework: str, precision: str, target: str) -> None:
    set_precision(framework, precision)
    training = importlib.import_module(f"rec_tutor.{framework}.training")
    out = {}
    for name, (module, sizes, arguments) in CASES.items():
        models = importlib.import_module(f"rec_tutor.{framework}.{module}")
        model = getattr(models, name.split()[0].rstrip(","))(*sizes, **arguments)
        access = {"torch": Torch, "tensorflow": TensorFlow}[framework](model)
        for key, value in access.read().items():
            assert value.dtype == precision, f"{name}/{key} is {value.dtype}"
            access.write(key, initial(key, value.shape).astype(precision))
            out[f"{name}/initial/{key}"] = access.read()[key]
        if name.startswith("DQN"):
            model.restore(model.snapshot())  # the target network too
        for key, value in outputs(name, model, access.tensor):
            out[f"{name}/{key}"] = (
                value.detach().numpy() if hasattr(value, "detach") else np.array(value)
            )
        loss, gradients = access.gradients(batch(name))
        out[f"{name}/loss"] = np.array(loss)
        out |= {f"{name}/gradient/{key}": value for key, value in gradients.items()}
        if precision == "float64":  # in float32 Adam would enlarge rounding to steps
            curve = training.fit(
                model,
                OneBatch(batch(name)),
                epochs=2,
                lr=0.01,
                decay=True,
                **({"lazy": 1} if "lazy" in name else {"weight_decay": 0.1}),
                progress=False,
            )
            out[f"{name}/curve"] = curve["loss"].to_numpy()
            out |= {
                f"{name}/trained/{key}": value for key, value in access.read().items()
            }
    np.savez(target, **out)


if __name__ == "__main__":
    main(*sys.argv[1:])
