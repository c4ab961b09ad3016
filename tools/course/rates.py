"""Training targets per CPU second of the models in both frameworks, and what takes the
time.

    python -m course rates                               all models, both frameworks
    python -m course rates --only bpr sasrec --rounds 1  some of them, once
    python -m course rates --peer /tmp/recbole           beside RecBole 1.2.1
    python -m course rates --only lightgcn --profile lightgcn --framework torch
    python -m course rates --only cnn textcnn lstm       some that are not in the table

MovieLens-100K, batches of 2,048 interactions, of 64 users (mf) or of 64 windows of 50
(sasrec, gru4rec), 64 numbers per vector; a graph is propagated in every step. A target
is an interaction that is learnt from, not its negatives. One process per framework and
round, one thread on the CPU; the frameworks take turns. The first epoch is left out,
so that compiling does not count; drawing negatives and making batches do.

`OTHERS` have the sizes and batches of their chapters, and mostly random numbers: what
is in them does not change the time that they take. A target is a row there, or with
caser and din a place that has a next item.

Efficiency is said of sasrec and gru4rec: floating point operations of the model's own
matrix products, forward and backward (three times forward), per CPU second of `fit`,
divided by what the framework reaches in the largest of them alone: (places, D) x
(D, I), the scores of a batch, some rows at a time.

A peer is a folder that `pip install --target FOLDER recbole==1.2.1` filled (with
--no-deps it needs colorlog, colorama, texttable, tensorboard and thop, too). Its models
have the same sizes. Two differences are its own, and stay. NeuMF is learnt point by
point, and the negatives count into a batch of 2,048: there are 1,024 interactions in
it, and these are counted. SASRec and GRU4Rec learn one target from each row of 50, in
batches of 2,048 rows; a few batches are timed.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import importlib
import importlib.util
import itertools
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import data
from rec_tutor.inputs.graph import bipartite_adjacency
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sampling import Batches, NegativeSampler, UserBatches
from rec_tutor.inputs.sequences import histories, owners, windows
from rec_tutor.inputs.text import WordSampler
from rec_tutor.recipes.task import FRAMEWORKS, build

EPOCHS = {  # that are timed, after the first
    "bpr": 30,
    "biased": 30,
    "mf": 30,
    "ncf": 12,
    "lightgcn": 8,
    "ngcf": 5,
    "sasrec": 3,
    "gru4rec": 3,
}
OTHERS = {  # the same, of those that are measured when they are asked for
    "caser": 3,
    "din": 3,
    "cnn": 3,
    "lstm": 3,
    "textlstm": 2,
    "textcnn": 3,
    "attention": 6,
    "skipgram": 3,
    "dqn": 8,
}
PEERS = {
    "bpr": "BPR",
    "lightgcn": "LightGCN",
    "ncf": "NeuMF",
    "sasrec": "SASRec",
    "gru4rec": "GRU4Rec",
}
ORDERED = ("sasrec", "gru4rec")
READERS = {
    "textlstm": "TextLSTM",
    "textcnn": "TextCNN",
    "attention": "AttentionPooling",
}
DIM, BATCH, WINDOW, ROWS = 64, 2048, 50, 64
INPUTS = 35  # numbers in an observation of chapter 11
PEER_EPOCHS, PEER_BATCHES = 3, 6
LINES = 15
# TensorFlow's profile says node:operation; other lines are of Python and C++
OPERATION = re.compile(r"[\w./-]+:([A-Z]\w*)")


def cpu() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def make(name: str, framework: str, ds: data.Dataset) -> tuple[Any, Any, int]:
    """A model, its batches, and the number of targets in an epoch."""
    if name in OTHERS:
        other = of_windows if name in ("caser", "din") else of_random
        return other(name, framework, ds)
    size, ratings = (ds.num_users, ds.num_items), ds.ratings
    options: dict[str, Any]
    users, items = (ratings[column].to_numpy() for column in ("user", "item"))
    if name in ORDERED:
        kind = {"sasrec": "sasrec.SASRec", "gru4rec": "rnn.GRU4Rec"}[name]
        options = {"dim": DIM, "length": WINDOW}
        model = build(framework, kind, (ds.num_items,), options)
        inputs, targets = windows(histories(ratings, size[0]), WINDOW, size[1])
        batches = Batches(inputs, targets, batch_size=ROWS, seed=1)
        return model, batches, int((targets != ds.num_items).sum())
    matrix = interaction_matrix(ratings, *size)
    if name == "mf":
        model = build(framework, "mf.SoftmaxMF", size, {"dim": DIM})
        return model, UserBatches(matrix, batch_size=64, seed=1), len(users)
    if name == "biased":
        model = build(framework, "mf.BiasedMF", size, {"dim": DIM})
        stars = ratings["rating"].to_numpy(np.float32)
        batches = Batches(users, items, stars, batch_size=BATCH, seed=1)
        return model, batches, len(users)
    if name == "bpr":
        model = build(framework, "mf.BPRMF", size, {"dim": DIM})
    elif name == "ncf":
        options = {"gmf_dim": DIM, "loss": "softmax"}
        model = build(framework, "ncf.NeuMF", size, options)
    else:
        kind = {"lightgcn": "gnn.LightGCN", "ngcf": "gnn.NGCF"}[name]
        options = {"dim": DIM, "layers": 2, "loss": "bpr"}
        model = build(framework, kind, (*size, bipartite_adjacency(matrix)), options)
    sampler = NegativeSampler(matrix, seed=2)
    batches = Batches(users, items, batch_size=BATCH, seed=1, negatives=sampler)
    return model, batches, len(users)


def of_windows(name: str, framework: str, ds: data.Dataset) -> tuple[Any, Any, int]:
    """Caser (chapter 04) and DIN (chapter 09), as `make`."""
    size, length = (ds.num_users, ds.num_items), {"caser": 50, "din": 20}[name]
    told = histories(ds.ratings, size[0])
    columns = owners(told, length), *windows(told, length, size[1])
    targets = int((columns[2] != size[1]).sum())
    if name == "caser":
        model = build(framework, "cnn.Caser", size, {})
        return model, Batches(*columns, batch_size=64, seed=1), targets
    model = build(framework, "din.DIN", size[1:], {})
    batches = Batches(
        *columns,
        batch_size=64,
        seed=1,
        negatives=NegativeSampler(interaction_matrix(ds.ratings, *size), seed=2),
        num_negatives=4 * length,
    )
    return model, batches, targets


def of_random(
    name: str, framework: str, ds: data.Dataset, rows: int = 6400
) -> tuple[Any, Any, int]:
    """Readers of pictures (chapter 04), numbers (05) and words (06), skip-gram (06) and
    DQN (11), as `make`. Word k occurs in proportion to 1 / k.
    """
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=rows)
    if name == "cnn":
        model = build(framework, "cnn.CNN", (), {})
        pictures = rng.integers(256, size=(rows, 28, 28)).astype(np.uint8)
        labels = rng.integers(10, size=rows)
        return model, Batches(pictures, labels, batch_size=128, seed=1), rows
    if name == "lstm":
        model = build(framework, "rnn.StackedLSTM", (), {})
        numbers = rng.standard_normal((rows, 100, 1), dtype=np.float32)
        return model, Batches(numbers, labels, batch_size=64, seed=1), rows
    if name in READERS:
        model = build(framework, f"text.{READERS[name]}", (), {})
        words = (10_000 ** rng.random((rows, 100))).astype(np.int64)
        return model, Batches(words, labels, batch_size=128, seed=1), rows
    if name == "skipgram":
        model, rows = build(framework, "text.SkipGram", (5_000,), {}), 400_000
        centres, contexts = (5_000 ** rng.random((2, rows))).astype(np.int64)
        drawn: Any = {"negatives": WordSampler(np.bincount(contexts))}
        drawn |= {"num_negatives": 5}
        pairs = Batches(centres, contexts, batch_size=4096, seed=1, **drawn)
        return model, pairs, rows
    features = rng.random((200, 34), dtype=np.float32)
    options = {"features": features, "dueling": True, "gamma": 0.8, "lr": 3e-3}
    model = build(framework, "dqn.DQN", (INPUTS, len(features)), options)
    transitions = (
        rng.random((rows, INPUTS), dtype=np.float32),
        rng.integers(len(features), size=rows),
        rng.random(rows, dtype=np.float32),
        rng.random((rows, INPUTS), dtype=np.float32),
        (rng.random(rows) < 0.1).astype(np.float32),
        rng.random((rows, len(features))) < 0.9,
    )
    return model, Batches(*transitions, batch_size=256, seed=1), rows


def update(
    model: Any,
    batches: Batches,
    *,
    epochs: int,
    validate: Callable[[Any], float] | None = None,
    progress: bool = False,
) -> None:
    """`fit` of a DQN, which learns from one batch at a time."""
    for _ in range(epochs):
        for batch in batches.epoch():
            model.update(*batch)
        if validate:
            validate(model)


def trainer(framework: str, name: str = "") -> Callable[..., Any]:
    """The framework's `fit`, or what a model has instead."""
    if name == "dqn":
        return update
    return importlib.import_module(f"rec_tutor.{framework}.training").fit


def operations(name: str, places: int, targets: int, items: int) -> int:
    """Floating point operations of the products of matrices, forward and backward.

    A product (n, m) x (m, k) has 2 n m k. Forward, with D numbers in a vector and
    windows of T:

    - both: 2 D I for each target, the scores;
    - sasrec, for each place: 6 times 2 D D (query, key, value, output, the network's
      two layers), and 2 times 2 T D (who looks at whom, and what is seen there);
    - gru4rec, for each place: 2 times 2 D 3D (the three gates of input and state).

    Backward are two products for each one forward.

    Args:
        places: of all windows, with those that are filled up.
        targets: places that have one.
    """
    each = 2 * 2 * DIM * 3 * DIM
    if name == "sasrec":
        each = 6 * 2 * DIM * DIM + 2 * 2 * WINDOW * DIM
    return 3 * (places * each + targets * 2 * DIM * items)


def product(framework: str, items: int, pieces: int = 10) -> float:
    """Operations per CPU second of (places of a batch, D) x (D, items), alone: the
    fastest of some pieces of a tenth of a second.

    It is made some rows at a time, as the models make it. In one go its speed depends
    by a factor of two on where in memory the result happens to lie.
    """
    rng = np.random.default_rng(0)
    module = importlib.import_module(f"rec_tutor.{framework}.cross_entropy")
    rows, places = max(1, module.CELLS // items), ROWS * WINDOW
    left = rng.standard_normal((places, DIM), dtype=np.float32)
    right = rng.standard_normal((DIM, items), dtype=np.float32)
    library: Any = importlib.import_module(framework)
    tensor = library.tensor if framework == "torch" else library.constant
    parts = [tensor(left[start : start + rows]) for start in range(0, places, rows)]
    whole, best = tensor(right), 0.0
    for _ in range(pieces):
        began, times = cpu(), 0
        while cpu() - began < 0.1:
            for part in parts:
                library.matmul(part, whole)
            times += 1
        best = max(best, times / (cpu() - began))
    return 2 * places * DIM * items * best


def measure(
    name: str, framework: str, ds: data.Dataset, epochs: int | None = None
) -> dict[str, Any]:
    """Train a model: targets per CPU second, and the seconds that the first epoch took
    longer than another.
    """
    model, batches, targets = make(name, framework, ds)
    epochs = epochs or (EPOCHS | OTHERS)[name]
    marks = [cpu()]

    def mark(model: Any) -> float:
        marks.append(cpu())
        return 0.0

    fit = trainer(framework, name)
    fit(model, batches, epochs=1 + epochs, validate=mark, progress=False)
    seconds = (marks[-1] - marks[1]) / epochs
    row = {"model": name, "framework": framework, "rate": targets / seconds}
    # compiling, and what else is done once
    row["start"] = marks[1] - marks[0] - seconds
    if name in ORDERED:
        places = batches.num_rows * WINDOW
        work = operations(name, places, targets, ds.num_items) / seconds
        row["speed"] = work
        row["efficiency"] = work / product(framework, ds.num_items)
    return row


def import_peer(folder: Path) -> None:
    """Make RecBole importable with today's NumPy and SciPy, which dropped names that it
    uses, and without ray, which it uses only to tune.
    """
    warnings.filterwarnings("ignore")
    sys.path.append(str(folder))
    old = {
        "float_": np.float64,
        "complex_": np.complex128,
        "unicode_": np.str_,
        "bool": np.bool_,
        "int": np.int64,
        "long": np.int64,
        "float": float,
        "object": object,
    }
    for name, kind in old.items():
        if name not in vars(np):
            setattr(np, name, kind)
    from scipy import sparse

    if not hasattr(sparse.dok_matrix, "_update"):
        sparse.dok_matrix._update = lambda self, cells: self._dict.update(cells)
    if importlib.util.find_spec("ray") is None:
        stub: Any = types.ModuleType("ray")
        stub.tune = None
        sys.modules["ray"] = stub


def peer_settings(name: str, folder: Path) -> dict[str, Any]:
    """What RecBole is told, so that its model is as large as ours."""
    ordered = name in ORDERED
    split = {"LS": "valid_and_test"} if ordered else {"RS": [1, 0, 0]}
    settings: dict[str, Any] = {
        "data_path": str(folder / "recbole" / "dataset_example"),
        "checkpoint_dir": "saved",
        "state": "ERROR",
        "show_progress": False,
        "use_gpu": False,
        "seed": 1,
        "epochs": 1,
        "train_batch_size": BATCH,
        "embedding_size": DIM,
        "eval_args": {
            "split": split,
            "order": "TO",
            "group_by": "user",
            "mode": "full",
        },
    }
    if name == "lightgcn":
        settings["n_layers"] = 2
    if name == "ncf":
        settings |= {"mf_embedding_size": DIM, "mlp_embedding_size": 16}
        settings |= {"mlp_hidden_size": [32, 16], "dropout_prob": 0.0}
    if ordered:
        settings |= {"train_neg_sample_args": None, "loss_type": "CE"}
        settings |= {"MAX_ITEM_LIST_LENGTH": WINDOW, "hidden_size": DIM}
    if name == "sasrec":
        settings |= {"n_layers": 1, "n_heads": 2, "inner_size": DIM}
    if name == "gru4rec":
        settings |= {"num_layers": 1}
    return settings


def measure_peer(name: str, folder: Path) -> dict[str, Any]:
    """Train a model of RecBole, after `import_peer`: targets per CPU second. It writes
    into the current folder.
    """
    import torch

    torch.set_num_threads(1)
    config_module = importlib.import_module("recbole.config")
    prepare = importlib.import_module("recbole.data")
    utils = importlib.import_module("recbole.utils")
    sys.argv = sys.argv[:1]  # it would read the rest
    config = config_module.Config(
        model=PEERS[name], dataset="ml-100k", config_dict=peer_settings(name, folder)
    )
    utils.init_seed(1, True)
    table = prepare.create_dataset(config)
    train, _, _ = prepare.data_preparation(config, table)
    model = utils.get_model(config["model"])(config, train.dataset)
    kind = utils.get_trainer(config["MODEL_TYPE"], config["model"])
    training = kind(config, model)
    if name not in ORDERED:
        training._train_epoch(train, 0)
        began = cpu()
        for epoch in range(PEER_EPOCHS):
            training._train_epoch(train, epoch)
        targets = PEER_EPOCHS * len(train.dataset)
    else:
        model.train()
        targets, began = 0, 0.0
        for step, batch in enumerate(itertools.islice(train, 1 + PEER_BATCHES)):
            training.optimizer.zero_grad()
            model.calculate_loss(batch).backward()
            training.optimizer.step()
            if step:  # the first is left out
                targets += len(batch)
            else:
                began = cpu()
    return {"model": name, "framework": "recbole", "rate": targets / (cpu() - began)}


Operations = list[tuple[str, float, float]]


def profile_torch(train: Callable[[], Any], steps: int) -> Operations:
    """Operations, milliseconds and calls per step, the longest first."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU]) as seen:
        train()
    found = [
        (own.key, own.self_cpu_time_total / 1000 / steps, own.count / steps)
        for own in seen.key_averages()
    ]
    return sorted(found, key=lambda own: -own[1])


def profile_tensorflow(train: Callable[[], Any], steps: int) -> Operations:
    """Operations, milliseconds and calls per step, the longest first."""
    import tensorflow as tf

    path = "tensorflow.tsl.profiler.protobuf.xplane_pb2"
    space = importlib.import_module(path).XSpace()
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        train()
        tf.profiler.experimental.stop()
        for file in Path(folder).rglob("*.xplane.pb"):
            space.MergeFromString(file.read_bytes())
    times: collections.Counter[str] = collections.Counter()
    calls: collections.Counter[str] = collections.Counter()
    for plane in space.planes:
        names = {key: own.name for key, own in plane.event_metadata.items()}
        for event in (event for line in plane.lines for event in line.events):
            found = OPERATION.fullmatch(names[event.metadata_id])
            if found:
                operation = found[1]
                times[operation] += event.duration_ps
                calls[operation] += 1
    return [
        (own, total / 1e9 / steps, calls[own] / steps)
        for own, total in times.most_common()
    ]


def profiled(
    name: str, framework: str, ds: data.Dataset, epochs: int | None = None
) -> str:
    """What takes the time of some epochs after the first, at most LINES lines."""
    model, batches, _ = make(name, framework, ds)
    fit, epochs = trainer(framework, name), epochs or 2
    fit(model, batches, epochs=1, progress=False)
    look = profile_torch if framework == "torch" else profile_tensorflow
    found = look(
        lambda: fit(model, batches, epochs=epochs, progress=False),
        epochs * len(batches),
    )
    lines = [f"{name} {framework:<44}{'ms/step':>9}{'calls/step':>12}"]
    lines += [f"{own[:50]:<50}{time:9.4f}{calls:12.1f}" for own, time, calls in found]
    return "\n".join(lines[:LINES])


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rounds together: per model and framework the median, lowest and highest
    thousands of targets per CPU second, and the ratio of the medians to TensorFlow's
    and to RecBole's; NaN where there is none.
    """
    found = pd.DataFrame(rows)
    groups = found.groupby(["model", "framework"], sort=False)
    shown = groups["rate"].agg(["median", "min", "max"]) / 1000
    shown.columns = ["k/s", "lowest", "highest"]
    median = shown["k/s"]
    for other in ("tensorflow", "recbole"):
        base = {model: rate for (model, own), rate in median.items() if own == other}
        shown[f"/ {other}"] = [
            rate / base[model]
            if model in base and own not in (other, "recbole")
            else np.nan
            for (model, own), rate in median.items()
        ]
    for column, unit in (("start", 1), ("speed", 1e9), ("efficiency", 1)):
        if column in found:
            shown[column] = groups[column].median() / unit
    names = {"start": "start s", "speed": "GFLOP/s"}
    return shown.rename(columns=names).dropna(axis=1, how="all").reset_index()


def worker(command: list[str]) -> subprocess.CompletedProcess[str]:
    """A process of its own, on one thread of the CPU."""
    environment = {"OMP_NUM_THREADS": "1", "RECTUTOR_DEVICE": "cpu"}
    return subprocess.run(
        [sys.executable, "-m", "course", "rates", *command],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def one(framework: str, options: argparse.Namespace) -> None:
    """What a process of its own does: a line of JSON per model, or the profile."""
    if framework == "recbole":
        peer = Path(options.peer).resolve()
        import_peer(peer)
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            for name in options.only:
                print(json.dumps(measure_peer(name, peer)))
        return
    ds = data.load("ml-100k")
    if options.profile:
        print(profiled(options.profile, framework, ds, options.epochs))
        return
    for name in options.only:
        print(json.dumps(measure(name, framework, ds, options.epochs)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    )
    known = [*EPOCHS, *OTHERS]
    parser.add_argument("--framework", choices=[*FRAMEWORKS, "both"], default="both")
    parser.add_argument(
        "--only", nargs="*", default=list(EPOCHS), choices=known, help="models"
    )
    parser.add_argument("--peer", help="a folder with RecBole 1.2.1")
    parser.add_argument("--rounds", type=int, default=3, help="(3)")
    parser.add_argument("--epochs", type=int, help="that are timed, of each model")
    parser.add_argument("--profile", choices=known, help="what takes the time of it")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        one(options.one, options)
        return 0
    both = options.framework == "both"
    frameworks = list(FRAMEWORKS) if both else [options.framework]
    length = ["--epochs", str(options.epochs)] if options.epochs else []
    if options.profile:
        runs = [(own, ["--profile", options.profile, *length]) for own in frameworks]
    else:
        names = options.only
        runs = [(own, ["--only", *names, *length]) for own in frameworks]
        compared = [name for name in names if name in PEERS]
        if options.peer and compared:
            runs.append(("recbole", ["--only", *compared, "--peer", options.peer]))
        runs *= options.rounds
    rows = []
    for framework, command in runs:
        done = worker(["--one", framework, *command])
        if done.returncode:
            print(f"{framework}: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return 1
        if options.profile:
            print(done.stdout, flush=True)
            continue
        rows += [
            json.loads(line)
            for line in done.stdout.splitlines()
            if line.startswith("{")
        ]
        print(f"{framework}: {len(rows)} measured", file=sys.stderr, flush=True)
    if rows:
        print(table(rows).to_string(index=False, float_format="%.2f", na_rep=""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
