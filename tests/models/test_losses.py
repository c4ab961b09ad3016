"""Every loss by hand, with NumPy."""

import importlib

import numpy as np
import pytest
from scipy.special import expit, log_expit, log_softmax

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(4, 6)).astype("f4")


def test_catalogue_softmax(losses, call):
    targets = (RNG.random((4, 6)) < 0.4).astype("f4")
    targets[0, 0] = 0.5  # a weight
    expected = -(targets * log_softmax(SCORES, axis=1)).sum() / targets.sum()
    assert call(losses.catalogue_softmax, SCORES, targets) == pytest.approx(
        expected, rel=1e-5
    )


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("cells", [2**19, 12, 1])  # all rows at once, two, one
def test_next_item_leaves_out_padding(
    losses, call, framework, monkeypatch, cells, biased
):
    """Loss and gradient, of a few rows at a time: (p - 1 at the target) / n."""
    fused = importlib.import_module(f"rec_tutor.{framework}.cross_entropy")
    monkeypatch.setattr(fused, "CELLS", cells)
    if framework == "tensorflow":  # what was compiled before has its own CELLS
        afresh = importlib.import_module(framework).function(
            fused.loss_and_slopes.python_function
        )
        monkeypatch.setattr(fused, "loss_and_slopes", afresh)
    states, items = (RNG.normal(size=size).astype("f4") for size in ((2, 3, 4), (6, 4)))
    bias = RNG.normal(size=6).astype("f4") if biased else np.zeros(6, "f4")
    targets = np.array([[6, 6, 2], [6, 0, 5]])
    real = targets != 6
    logs = log_softmax(states[real] @ items.T + bias, axis=1)
    expected = -logs[range(3), targets[real]].mean()
    slope = (np.exp(logs) - np.eye(6)[targets[real]]) / 3
    to_states = np.zeros_like(states)
    to_states[real] = slope @ items
    found, *slopes = graded(framework, losses, states, targets, items, bias, biased)
    assert found == pytest.approx(expected, rel=1e-5)
    wanted = to_states, slope.T @ states[real], slope.sum(axis=0)
    assert len(slopes) == 2 + biased
    for own, right in zip(slopes, wanted, strict=False):
        np.testing.assert_allclose(own, right, atol=1e-6)


def test_a_chance_that_underflows_costs_what_it_should(losses, framework):
    states, items = np.ones((1, 1, 1), "f4"), np.array([[0.0], [500.0]], "f4")
    found = graded(
        framework, losses, states, np.zeros((1, 1), int), items, np.zeros(2), False
    )
    assert found[0] == pytest.approx(500)


def graded(framework, losses, states, targets, items, bias, biased):
    """The loss and its gradients (2: without the bias'), 3 times as steep."""
    library = importlib.import_module(framework)
    if framework == "torch":
        own = [library.tensor(x, requires_grad=True) for x in (states, items, bias)]
        loss = losses.next_item(
            own[0], library.tensor(targets), own[1], own[2] if biased else None
        )
        (3 * loss).backward()
        slopes = [x.grad for x in own if x.grad is not None]
        return [float(loss), *(slope.numpy() / 3 for slope in slopes)]
    own = [library.constant(x) for x in (states, items, bias)]
    with library.GradientTape() as tape:
        tape.watch(own)
        loss = losses.next_item(
            own[0], library.constant(targets), own[1], own[2] if biased else None
        )
        steep = 3 * loss
    slopes = [x for x in tape.gradient(steep, own) if x is not None]
    return [float(loss), *(slope.numpy() / 3 for slope in slopes)]


def sampled(framework, losses, states, targets, items, bias, drawn, chances):
    """next_item over the items drawn; a float."""
    library = importlib.import_module(framework)
    make = library.tensor if framework == "torch" else library.constant
    arrays = (states, targets, items, bias, drawn, chances)
    return float(losses.next_item(*map(make, arrays)))


@pytest.fixture
def next_items():
    """states, targets (one is padding), items, bias; and the exact ln p[target]."""
    states, items = (RNG.normal(size=size).astype("f4") for size in ((1, 3, 4), (6, 4)))
    bias, targets = RNG.normal(size=6).astype("f4"), np.array([[6, 0, 5]])
    logs = log_softmax(states[0, 1:] @ items.T + bias, axis=1)
    return (states, targets, items, bias), logs


def test_a_softmax_over_sampled_items_is_exact_where_all_are_drawn(
    losses, framework, next_items
):
    arrays, logs = next_items
    chances = np.full(6, -np.log(6), "f4")
    found = sampled(framework, losses, *arrays, np.arange(6), chances)
    assert found == pytest.approx(-(logs[0, 0] + logs[1, 5]) / 2, rel=1e-5)


def test_the_sum_over_sampled_items_has_no_bias(losses, framework, next_items):
    """One item is drawn at a time, with unlike chances: over all draws the mean of the
    sum is the softmax' own.
    """
    (states, _, items, bias), logs = next_items
    q = np.array([0.4, 0.1, 0.05, 0.2, 0.15, 0.1])
    estimates = []
    for drawn in range(6):
        targets, chance = np.array([[6, 0, 6]]), np.log(q[[drawn]]).astype("f4")
        drawing = np.array([drawn]), chance
        loss = sampled(framework, losses, states, targets, items, bias, *drawing)
        estimates.append(np.exp(loss))  # sum / exp s_target
    assert q @ estimates == pytest.approx(np.exp(-logs[0, 0]), rel=1e-5)


def test_losses_on_sampled_items(losses, call):
    taken, other = SCORES[:, 0], SCORES[:, 1:]
    expected = {
        "sampled_softmax": -log_softmax(SCORES, axis=1)[:, 0].mean(),
        "negative_sampling": -(
            log_expit(taken).mean() + log_expit(-other).sum(axis=1).mean()
        ),
        "bpr": -log_expit(taken[:, None] - other).mean(),
    }
    found = {
        "sampled_softmax": call(losses.sampled_softmax, SCORES),
        "negative_sampling": call(losses.negative_sampling, taken, other),
        "bpr": call(losses.bpr, taken[:, None] - other),
    }
    assert found == pytest.approx(expected, rel=1e-5)
    assert call(losses.negative_sampling, SCORES[:, :1], other) == pytest.approx(
        expected["negative_sampling"], rel=1e-5
    )
    huge = np.array([-1e4, 1e4], dtype="f4")
    assert call(losses.bpr, huge) == pytest.approx(5e3), "no overflow"


def test_yes_or_no(losses, call):
    logits, labels = SCORES[0], np.array([0, 1, 1, 0, 1, 0])
    p = expit(logits)
    expected = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    assert call(losses.yes_or_no, logits, labels) == pytest.approx(expected, rel=1e-5)


def test_squared_lengths(losses, call):
    tables = SCORES, RNG.normal(size=(2, 3, 5)).astype("f4")
    expected = sum((rows**2).sum(axis=-1).mean() for rows in tables)
    assert call(losses.squared_lengths, *tables) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["mf", "sasrec", "rnn", "cnn"])
def test_a_model_with_every_item_drawn_has_its_exact_loss(request, call, name):
    """Drawn once each, with equal chances: the models hand over what is right."""
    models, options = request.getfixturevalue(name), {"dim": 4, "seed": 1}
    users, targets = np.arange(5), np.array([[6, 6, 2], [6, 0, 5], [1, 3, 4]])
    inputs = np.array([[6, 6, 1], [6, 4, 0], [5, 1, 3]])
    drawn = np.arange(6), np.full(6, -np.log(6), "f4")
    if name == "mf":
        model, taken = models.SoftmaxMF(5, 6, **options), np.array([3, 0, 5, 2, 2])
        exact, pairs = (users, np.eye(6, dtype="f4")[taken]), (users, taken)
    else:
        kinds = {"sasrec": "SASRec", "rnn": "GRU4Rec", "cnn": "Caser"}
        size = (5, 6) if name == "cnn" else (6,)
        options |= {"length": 3, "dropout": 0.0}
        if name == "cnn":
            options["heights"] = (1, 2)
        model = getattr(models, kinds[name])(*size, **options)
        exact = (inputs, targets) if name != "cnn" else (users[:3], inputs, targets)
        pairs = exact
    expected = call(model.batch_loss, *exact)
    assert call(model.batch_loss, *pairs, *drawn) == pytest.approx(expected, rel=1e-5)
