"""SASRec and DIN: what they may look at, what they must not, and that they learn what
comes next.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from rec_tutor import data, evaluation
from rec_tutor.baselines import Popularity
from rec_tutor.evaluation import splits
from rec_tutor.inputs import Batches, NegativeSampler, interaction_matrix
from rec_tutor.inputs.sequences import histories, last_window, owners, windows

ITEMS, LENGTH = 12, 6
MODELS = ["SASRec", "SASRec no positions", "DIN mlp", "DIN dot", "DIN mean"]


@pytest.fixture
def readers(sasrec, din):
    """The two that read a history by attention."""
    return SimpleNamespace(SASRec=sasrec.SASRec, DIN=din.DIN)


def build(readers, name, **more):
    """A model of that name without dropout, untrained."""
    if name.startswith("SASRec"):
        given = {
            "dim": 8,
            "layers": 2,
            "heads": 2,
            "dropout": 0.0,
            "positions": "no positions" not in name,
        }
        return readers.SASRec(ITEMS, length=LENGTH, **{**given, **more})
    model = readers.DIN(ITEMS, dim=8, length=LENGTH, unit=name.split()[1], **more)
    # untrained, all ages weigh the same
    age = np.linspace(0.5, -0.5, LENGTH).astype("f4")
    if hasattr(model.age, "assign"):
        model.age.assign(age)
    else:
        model.age.data.copy_(model.age.new_tensor(age))
    return model


def places(call, model, inputs):
    """Scores of all items at every place of the windows: (B, T) -> (B, T, ITEMS)."""
    if hasattr(model, "age"):
        return call(
            model,
            inputs,
            np.broadcast_to(np.arange(ITEMS), (*inputs.shape, ITEMS)).copy(),
        )[0]
    return call(model, inputs)


def weights(call, model, inputs):
    """Attention weights (B, places, ..., T) with everything else in between."""
    if hasattr(model, "age"):
        return [
            call(
                model,
                inputs,
                np.broadcast_to(np.arange(ITEMS), (*inputs.shape, ITEMS)).copy(),
            )[1]
        ]
    return [found.swapaxes(1, 2) for found in call(model.encode, inputs)[1]]


@pytest.fixture
def some_windows():
    """Windows of 6, 5, ... 1 items, padding on their left."""
    items = np.random.default_rng(1).integers(ITEMS, size=(LENGTH, LENGTH))
    return np.where(np.arange(LENGTH) < np.arange(LENGTH)[:, None], ITEMS, items)


@pytest.fixture
def some_histories():
    """Twenty, of 0 to 9 items."""
    rng = np.random.default_rng(2)
    return [rng.integers(ITEMS, size=k % 10) for k in range(20)]


def test_attention_against_a_loop(attention, call):
    rng = np.random.default_rng(0)
    queries, keys, values = (
        rng.normal(size=shape).astype("f4")
        for shape in ((2, 3, 4), (2, 5, 4), (2, 5, 6))
    )
    allowed = rng.random((2, 3, 5)) < 0.6
    allowed[:, :, 0] = True
    output, found = call(attention.attention, queries, keys, values, allowed)
    for b in range(2):
        for t in range(3):
            own = np.flatnonzero(allowed[b, t])
            raised = np.exp(keys[b, own] @ queries[b, t] / np.sqrt(4))
            expected = np.zeros(5)
            expected[own] = raised / raised.sum()
            np.testing.assert_allclose(found[b, t], expected, rtol=1e-4, atol=1e-7)
            np.testing.assert_allclose(
                output[b, t], expected @ values[b], rtol=1e-4, atol=1e-6
            )


def test_a_block_by_hand(attention, call):
    """Two heads of four numbers each; both halves of the block add to what comes in."""
    block = attention.Block(8, 2, dropout=0.0, seed=1)
    x = np.random.default_rng(1).normal(size=(3, LENGTH, 8)).astype("f4")
    allowed = np.tril(np.ones((LENGTH, LENGTH), dtype=bool))[None, None]
    found, weights = call(block, x, allowed)
    z = call(block.norm_attention, x)
    np.testing.assert_allclose(
        [z.mean(axis=-1), z.std(axis=-1)],
        [np.zeros(z.shape[:2]), np.ones(z.shape[:2])],
        atol=1e-3,
    )
    columns = [call(layer, z) for layer in (block.query, block.key, block.value)]
    parts = []
    for head in (slice(0, 4), slice(4, 8)):
        part, theirs = call(
            attention.attention, *(column[..., head] for column in columns), allowed[0]
        )
        parts.append(part)
        np.testing.assert_allclose(
            weights[:, head.start // 4], theirs, rtol=1e-4, atol=1e-6
        )
    expected = x + call(block.out, np.concatenate(parts, axis=-1))
    expected += call(
        block.second,
        np.maximum(call(block.first, call(block.norm_network, expected)), 0),
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_units_by_hand(readers, call):
    rng = np.random.default_rng(2)
    history, items = (
        rng.normal(size=(2, 5, 8)).astype("f4"),
        rng.normal(size=(2, 3, 4, 8)).astype("f4"),
    )
    # (B, 1, 1, S, D) and (B, T, C, 1, D)
    past, asked = history[:, None, None], items[:, :, :, None]
    mlp, dot, mean = (build(readers, f"DIN {unit}") for unit in ("mlp", "dot", "mean"))
    z = (
        call(mlp.compare.from_history, past)
        + call(mlp.compare.from_item, asked)
        + call(mlp.compare.from_both, past * asked)
    )
    product = call(dot.compare.from_history, past) * call(dot.compare.from_item, asked)
    expected = {
        mlp: call(mlp.compare.out, np.maximum(z, 0))[..., 0],
        dot: product.sum(axis=-1) / np.sqrt(8),
        mean: np.zeros((2, 3, 4, 5)),
    }
    for model, by_hand in expected.items():
        np.testing.assert_allclose(
            call(model.compare, history, items), by_hand, rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("name", MODELS)
def test_a_later_item_changes_no_earlier_place(readers, call, name, some_windows):
    model = build(readers, name)
    before = places(call, model, some_windows)
    for t in range(1, LENGTH):
        changed = some_windows.copy()
        changed[:, t] = np.where(
            changed[:, t] == ITEMS, ITEMS, (changed[:, t] + 1) % ITEMS
        )
        after = places(call, model, changed)
        real = some_windows[:, :t] != ITEMS
        np.testing.assert_allclose(
            after[:, :t][real], before[:, :t][real], rtol=1e-5, atol=1e-6
        )
        assert np.abs(after[0, t:] - before[0, t:]).max(axis=-1).min() > 1e-4, (
            "later places read it"
        )


def test_without_the_mask_a_later_item_leaks(readers, call, some_windows):
    model = build(readers, "SASRec", causal=False)
    before = places(call, model, some_windows)
    changed = some_windows.copy()
    changed[:, -1] = (changed[:, -1] + 1) % ITEMS
    # the last window has only its last item
    difference = np.abs(places(call, model, changed) - before)[:-1, -2]
    assert difference.max(axis=-1).min() > 1e-4


@pytest.mark.parametrize("name", [*MODELS, "SASRec not causal"])
def test_padding_changes_nothing(readers, call, name, some_windows):
    """A history in a window of its own length, and in the middle of a batch with
    padding on its left.
    """
    model = build(
        readers, name, **({"causal": False} if name.endswith("not causal") else {})
    )
    padded = places(call, model, some_windows)
    for row, window in enumerate(some_windows):
        alone = places(call, model, window[None, row:])
        np.testing.assert_allclose(padded[row, row:], alone[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            model.score([0], histories=[window[row:]])[0],
            alone[0, -1],
            rtol=1e-4,
            atol=1e-5,
        )


@pytest.mark.parametrize("name", MODELS)
def test_score_reads_the_latest_items_in_any_order_of_users(
    readers, call, name, some_histories
):
    model = build(readers, name)
    users = np.arange(20)
    scores = model.score(users, histories=some_histories)
    assert scores.shape == (20, ITEMS) and np.isfinite(scores).all(), (
        "also after an empty history"
    )
    latest = [history[-LENGTH:] for history in some_histories]
    np.testing.assert_array_equal(model.score(users, histories=latest), scores)
    earlier = [history[-LENGTH + 1 :] for history in some_histories]
    long = [k for k in users if len(some_histories[k]) >= LENGTH]
    changed = np.abs(model.score(users, histories=earlier) - scores)[long]
    assert changed.max(axis=1).min() > 1e-5, "the oldest item that fits is read"
    window = last_window(some_histories, LENGTH, ITEMS)
    np.testing.assert_allclose(
        scores[1:], places(call, model, window)[1:, -1], rtol=1e-4, atol=1e-5
    )
    order = np.random.default_rng(3).permutation(20)
    permuted = model.score(order, histories=[some_histories[k] for k in order])
    np.testing.assert_allclose(permuted, scores[order], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [*MODELS, "SASRec not causal"])
def test_weights_sum_to_one_over_what_may_be_read(readers, call, name, some_windows):
    model = build(
        readers, name, **({"causal": False} if name.endswith("not causal") else {})
    )
    real = some_windows != ITEMS
    for found in weights(call, model, some_windows):
        assert (
            found.shape[:2] == found.shape[:1] + (LENGTH,) and found.shape[-1] == LENGTH
        )
        np.testing.assert_allclose(found.sum(axis=-1), 1, rtol=1e-5)
        for row, place in zip(*real.nonzero(), strict=True):
            may = real[row] & (
                (np.arange(LENGTH) <= place) | name.endswith("not causal")
            )
            assert (found[row, place][:, ~may] == 0).all()
            assert (found[row, place][:, may] > 1e-6).all()


def test_which_unit_asks_the_candidate(readers, call, some_windows):
    for unit, asks in (("mlp", True), ("dot", True), ("mean", False)):
        # (1, T, C, T)
        (found,) = weights(call, build(readers, f"DIN {unit}"), some_windows[:1])
        spread = np.ptp(found[0, -1], axis=0).max()
        assert spread > 1e-4 if asks else spread == 0


@pytest.mark.parametrize("name", [name for name in MODELS if "DIN" in name])
def test_candidates_of_the_last_place_alone(readers, call, name, some_windows):
    model = build(readers, name)
    candidates = np.random.default_rng(4).integers(ITEMS, size=(LENGTH, LENGTH, 3))
    scores, found = call(model, some_windows, candidates)
    for places in (1, 2):
        alone, theirs = call(model, some_windows, candidates[:, -places:])
        np.testing.assert_allclose(alone, scores[:, -places:], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(theirs, found[:, -places:], rtol=1e-4, atol=1e-6)


def test_positions_tell_the_order(readers):
    """Without positions, an earlier place is read whatever its age."""
    swapped = [np.array([3, 7, 5]), np.array([7, 3, 5])]
    for name, same in (("SASRec", False), ("SASRec no positions", True)):
        first, second = build(readers, name, layers=1).score(
            np.arange(2), histories=swapped
        )
        assert np.allclose(first, second, rtol=1e-4, atol=1e-6) == same


def test_losses_by_hand(readers, call):
    """Only places with a target count, each the same."""
    past = [np.array([1, 4, 2]), np.array([3, 0, 5, 6, 2, 7])]
    inputs, targets = windows(past, LENGTH, ITEMS)
    rows, where = (targets != ITEMS).nonzero()
    model = build(readers, "SASRec")
    scores = places(call, model, inputs)[rows, where]
    expected = (
        np.log(np.exp(scores).sum(axis=1))
        - scores[np.arange(len(rows)), targets[rows, where]]
    ).mean()
    assert call(model.batch_loss, inputs, targets) == pytest.approx(expected, rel=1e-5)

    model = build(readers, "DIN mlp")
    negatives = np.random.default_rng(5).integers(ITEMS, size=(len(inputs), LENGTH, 2))
    scores = places(call, model, inputs)[rows, where]
    drawn = np.c_[targets[rows, where], negatives[rows, where]]  # (n, 1 + 2)
    scores = np.take_along_axis(scores, drawn, axis=1)
    expected = (np.log(np.exp(scores).sum(axis=1)) - scores[:, 0]).mean()
    flat = negatives.reshape(len(inputs), -1)
    assert call(model.batch_loss, np.arange(2), inputs, targets, flat) == pytest.approx(
        expected, rel=1e-5
    )


def test_sasrec_learns_what_only_an_earlier_item_tells(readers, training):
    """a b a b a ...: the next item is the one before the last, which the last does not
    tell.
    """
    pairs = [(a, b) for a in range(ITEMS) for b in range(ITEMS) if a != b]
    known = [np.tile(pair, 4)[: LENGTH + 1] for pair in pairs if sum(pair) % 4]
    new = [np.array(pair) for pair in pairs if sum(pair) % 4 == 0]
    model = readers.SASRec(ITEMS, dim=32, length=LENGTH, layers=1, dropout=0.0)
    inputs, targets = windows([h for h in known for _ in range(4)], LENGTH, ITEMS)
    training.fit(
        model,
        Batches(inputs, targets, batch_size=32),
        epochs=12,
        lr=0.01,
        decay=True,
        progress=False,
    )
    best = model.score(
        np.arange(len(new)), histories=[np.tile(pair, 3) for pair in new]
    ).argmax(axis=1)
    assert (best == [a for a, _ in new]).mean() > 0.8


def test_din_learns_what_follows_what(readers, training):
    """After item k comes k + 1, whatever came before."""
    rng = np.random.default_rng(6)
    runs = [
        np.r_[rng.integers(ITEMS, size=2), (rng.integers(ITEMS) + np.arange(4)) % ITEMS]
        for _ in range(200)
    ]
    inputs, targets = windows(runs, LENGTH, ITEMS)
    columns, sampler = (
        (owners(runs, LENGTH), inputs, targets),
        NegativeSampler(sparse.csr_matrix((len(runs), ITEMS))),
    )
    batches = Batches(
        *columns, batch_size=16, negatives=sampler, num_negatives=LENGTH * 4
    )
    model = readers.DIN(ITEMS, dim=16, length=LENGTH, unit="mlp")
    training.fit(model, batches, epochs=12, lr=0.02, decay=True, progress=False)
    last = rng.integers(ITEMS, size=60)
    best = model.score(
        np.arange(60), histories=[np.r_[rng.integers(ITEMS, size=3), k] for k in last]
    ).argmax(axis=1)
    assert (best == (last + 1) % ITEMS).mean() > 0.9


@pytest.mark.parametrize("name", MODELS)
def test_every_table_is_drawn_with_a_seed_of_its_own(readers, weights_of, name):
    one, same, other = (
        weights_of(build(readers, name, seed=seed)) for seed in (1, 1, 2)
    )
    drawn = [k for k, table in enumerate(one) if table.ndim == 2]
    assert drawn and all(
        (one[k] == same[k]).all() and not np.allclose(one[k], other[k]) for k in drawn
    )
    assert len({one[k].ravel()[:8].tobytes() for k in drawn}) == len(drawn)


def test_dropout_is_off_in_score_and_comes_from_the_seed_in_training(
    readers, call, some_windows
):
    targets = np.roll(some_windows, 1, axis=0)
    models = [build(readers, "SASRec", dropout=0.5, seed=3) for _ in range(2)]
    first, second = (
        [call(model.batch_loss, some_windows, targets) for _ in range(2)]
        for model in models
    )
    assert first[0] != first[1]
    assert first == second
    users, past = np.arange(LENGTH), list(some_windows[:1]) * LENGTH
    np.testing.assert_array_equal(
        models[0].score(users, histories=past), models[0].score(users, histories=past)
    )


@pytest.mark.parametrize("name", MODELS)
def test_histories_at_the_edge(readers, name):
    model = build(readers, name)
    empty = np.array([], dtype=np.int64)
    assert np.isfinite(model.score(np.arange(2), histories=[empty, empty])).all()
    assert model.score(empty, histories=[]).shape == (0, ITEMS)
    with pytest.raises(ValueError, match="pass histories="):
        model.score(np.arange(2))


def test_an_unknown_unit(readers):
    with pytest.raises(
        ValueError, match="unit must be one of mlp, dot, mean; it is 'gru'"
    ):
        readers.DIN(ITEMS, unit="gru")


@pytest.mark.training
def test_sasrec_on_the_last_item_of_everybody(readers, training):
    ds = data.load("ml-100k")
    split = splits.leave_last_out(ds.ratings)
    past = histories(split.refit, ds.num_users)
    seen = interaction_matrix(split.refit, ds.num_users, ds.num_items)
    model = readers.SASRec(ds.num_items, dim=64, length=50, layers=1, dropout=0.4)
    batches = Batches(*windows(past, 50, ds.num_items), batch_size=64)
    training.fit(model, batches, epochs=8, lr=0.005)
    ours = evaluation.evaluate(model, split.test, seen=seen, histories=past)[
        "ndcg"
    ].mean()
    popular = Popularity(ds.num_users, ds.num_items).fit(split.refit)
    assert 0.085 <= ours <= 0.13
    assert (
        ours > 1.5 * evaluation.evaluate(popular, split.test, seen=seen)["ndcg"].mean()
    )
