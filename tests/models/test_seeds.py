"""Networks that read pictures, sequences, graphs, content and words, and networks that
act: every random number comes from the model's seed.
"""

import importlib
import random

import numpy as np
import pytest
from scipy import sparse

from rec_tutor.inputs import Batches
from rec_tutor.inputs.graph import add_edges, bipartite_adjacency, normalize

RNG = np.random.default_rng(1)
LABELS, WINDOWS = np.arange(8) % 2, RNG.integers(9, size=(8, 5))
IMAGES, WORDS = (
    RNG.integers(256, size=(8, 28, 28), dtype=np.uint8),
    RNG.integers(1, 12, size=(8, 5)),
)
USERS = np.arange(8)
GRAPH = bipartite_adjacency(sparse.csr_matrix(RNG.random((8, 9)) < 0.4), "sum")
GRAPH = normalize(add_edges(GRAPH, USERS, np.full(8, 19)))  # with three nodes more
TAKEN, ALLOWED = np.eye(8, 9, dtype="f4"), np.ones((8, 9), dtype=bool)
KNOWN, SOME = np.arange(9) > 1, (np.arange(9) % 2).astype("f4")
SEEN, REWARDS = RNG.normal(size=(8, 12)).astype("f4"), RNG.random(8).astype("f4")
CASES = {  # name: module, sizes, arguments, a batch
    "CNN": ("cnn", (2,), {}, (IMAGES, LABELS)),
    "Caser": (
        "cnn",
        (8, 9),
        {"dim": 6, "length": 4, "dropout": 0.5},
        (USERS, WINDOWS, WINDOWS),
    ),
    "StackedLSTM": (
        "rnn",
        (1, (5, 4)),
        {},
        (RNG.normal(size=(8, 5, 1)).astype("f4"), LABELS),
    ),
    "GRU4Rec": (
        "rnn",
        (9,),
        {"dim": 6, "length": 4, "dropout": 0.5},
        (WINDOWS, WINDOWS),
    ),
    "ContentMF": (
        "content",
        (8, RNG.normal(size=(9, 3))),
        {"dim": 6},
        (USERS, np.eye(8, 9, dtype="f4")),
    ),
    "ContentTower": (
        "towers",
        (8, RNG.normal(size=(9, 3)), KNOWN),
        {"dim": 6, "hidden": (5, 4), "dropout": 0.5},
        (USERS, TAKEN),
    ),
    "MatchedTower": (
        "towers",
        (RNG.normal(size=(8, 4)), RNG.normal(size=(9, 4)), RNG.normal(size=(9, 3))),
        {"hidden": (5, 4), "dropout": 0.5},
        (USERS,),
    ),
    "DropoutNet": (
        "dropoutnet",
        (*(RNG.normal(size=(n, 4)) for n in (8, 9, 8)), RNG.normal(size=(9, 3)), KNOWN),
        {"dim": 6, "hidden": (5,)},
        (USERS, TAKEN, SOME[:8], SOME),
    ),
    "Fusion": (
        "fusion",
        (8, [RNG.normal(size=(9, n)) for n in (3, 4)], KNOWN),
        {"dim": 6},
        (USERS, TAKEN, np.stack([SOME, 1 - SOME], axis=1)),
    ),
    "SkipGram": ("text", (12,), {"dim": 6}, (WORDS[:, 0], WORDS[:, 1], WORDS[:, 2:])),
    "BagOfWords": ("text", (12,), {"dim": 6, "dropout": 0.5}, (WORDS, LABELS)),
    "AttentionPooling": ("text", (12,), {"dim": 6, "dropout": 0.5}, (WORDS, LABELS)),
    "TextCNN": ("text", (12,), {"dim": 6, "dropout": 0.5}, (WORDS, LABELS)),
    "LightGCN": ("gnn", (8, 9, GRAPH), {"dim": 8}, (USERS, TAKEN)),
    "NGCF": ("gnn", (8, 9, GRAPH), {"dim": 8, "dropout": 0.5}, (USERS, TAKEN)),
    "DQN": (
        "dqn",
        (12, 9),
        {"hidden": (8, 8), "dueling": True},
        (SEEN, USERS, REWARDS, SEEN[::-1].copy(), REWARDS.round(), ALLOWED),
    ),
    "TextLSTM": (
        "text",
        (12,),
        {"dim": 6, "dropout": 0.5, "hidden": (5, 4)},
        (WORDS, LABELS),
    ),
}
DROPPING = [
    name for name, (_, _, arguments, _) in CASES.items() if "dropout" in arguments
]


@pytest.fixture
def build(framework):
    """build(name, seed): an untrained model."""

    def build(name, seed):
        module, sizes, arguments, _ = CASES[name]
        models = importlib.import_module(f"rec_tutor.{framework}.{module}")
        return getattr(models, name)(*sizes, **arguments, seed=seed)

    return build


def said(name, model):
    """What the model says, by the function that readers use."""
    if name in ("Caser", "GRU4Rec"):
        return model.score(USERS, histories=list(WINDOWS))
    if CASES[name][0] in ("content", "towers", "dropoutnet", "fusion", "gnn"):
        return model.score(USERS)
    if name == "DQN":
        return model.q_values(SEEN)
    return model.vectors() if name == "SkipGram" else model.predict(CASES[name][3][0])


@pytest.mark.parametrize("name", CASES)
def test_every_table_is_drawn_with_a_seed_of_its_own(build, weights_of, name):
    one, same, other = (weights_of(build(name, seed)) for seed in (1, 1, 2))
    drawn = [
        k for k, table in enumerate(one) if table.ndim >= 2 and np.ptp(table)
    ]  # a GRU's biases are a table in Keras
    assert drawn and all(
        (one[k] == same[k]).all() and not np.allclose(one[k], other[k]) for k in drawn
    )
    assert len({one[k].ravel()[:8].tobytes() for k in drawn}) == len(drawn)
    np.testing.assert_array_equal(
        said(name, build(name, 1)), said(name, build(name, 1))
    )


@pytest.fixture
def strangers(framework):
    """strangers(seed): seeds all global generators, and returns a function that says
    what they give next.
    """
    library = importlib.import_module(framework)

    def seeded(seed):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        library.manual_seed(seed) if framework == "torch" else library.random.set_seed(
            seed
        )

        def draw():
            theirs = (
                library.rand(3)
                if framework == "torch"
                else library.random.uniform((3,))
            )
            return np.random.random(3).tolist(), [random.random(), *theirs.numpy()]  # noqa: NPY002

        return draw

    return seeded


@pytest.mark.parametrize("name", CASES)
def test_nothing_seeds_globally_or_is_seeded_by_it(build, call, strangers, name):
    """NumPy's generator is left alone; the framework moves its own and Python's on, but
    nobody sets them.
    """
    losses, later = [], []
    for seed in (1, 2):
        untouched = strangers(seed)()[0]
        draw = strangers(seed)
        losses.append(float(call(build(name, 5).batch_loss, *CASES[name][3])))
        ours, theirs = draw()
        assert ours == untouched
        later.append(theirs)
    assert losses[0] == losses[1]
    assert all(first != second for first, second in zip(*later, strict=True))


@pytest.mark.parametrize("name", DROPPING)
def test_dropout_is_off_in_use_and_comes_from_the_seed_in_training(build, call, name):
    models = [build(name, 3) for _ in range(2)]
    for model in models:
        if hasattr(model, "train"):
            model.train()
    first, second = (
        [float(call(model.batch_loss, *CASES[name][3])) for _ in range(2)]
        for model in models
    )
    assert first[0] != first[1]
    assert first == second
    expected = said(name, build(name, 3))
    np.testing.assert_allclose(said(name, models[0]), expected, rtol=1e-6)
    if hasattr(models[0], "train"):
        models[0].train()
    np.testing.assert_allclose(said(name, models[0]), expected, rtol=1e-6)


@pytest.mark.training
@pytest.mark.parametrize("name", ["Caser", "GRU4Rec", "NGCF", "TextCNN"])
def test_the_same_seed_trains_the_same_model(build, training, name):
    def trained(seed):
        model = build(name, seed)
        batches = Batches(*CASES[name][3], batch_size=4, seed=seed)
        training.fit(model, batches, epochs=2, lr=0.05, progress=False)
        return said(name, model)

    first = trained(1)
    np.testing.assert_array_equal(trained(1), first)
    assert not np.allclose(said(name, build(name, 1)), first)
