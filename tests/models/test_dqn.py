"""Deep Q-networks: targets by hand, a chain whose values are known, and the machinery
around them.
"""

# ruff: noqa: E402

import warnings

import numpy as np
import pytest

from course.needs import needs

needs("gymnasium", extra="rl")

from rec_tutor.decisions import environment, learning, worlds  # noqa: F401
from rec_tutor.decisions.simulation import Assumptions

STATES = np.eye(3, dtype=np.float32)
NONE, ALL = np.zeros(3, dtype=bool), np.ones(3, dtype=bool)


@pytest.fixture
def put(framework):
    """put(network, arrays): gives a QNetwork these weights, written as x W + b takes
    them.
    """

    def torch_put(network, arrays):
        for parameter, array in zip(network.parameters(), arrays, strict=True):
            parameter.data.copy_(parameter.data.new_tensor(np.asarray(array).T))

    def tensorflow_put(network, arrays):
        network.set_weights([np.asarray(array, dtype=np.float32) for array in arrays])

    return torch_put if framework == "torch" else tensorflow_put


@pytest.fixture
def arrays_of(framework):
    """arrays_of(network): its weights, as x W + b takes them."""
    if framework == "torch":
        return lambda network: [
            part.detach().cpu().numpy().T.copy() for part in network.parameters()
        ]
    return lambda network: network.get_weights()


@pytest.fixture
def table(dqn, put):
    """table(online, target, ...): an agent whose Q-values of state s are row s of these
    tables, (3, A).
    """

    def table(online, target, **settings):
        agent = dqn.DQN(3, np.shape(online)[1], hidden=(), **settings)
        for network, values in ((agent.online, online), (agent.target, target)):
            # the last layer sees the state twice
            rows = np.concatenate([np.zeros(np.shape(values)), values])
            put(network, [rows, np.zeros(rows.shape[1])])
        return agent

    return table


def transitions(states, actions, rewards, following, terminated, masks):
    """As learning.ReplayBuffer keeps them; states by their number."""
    return (
        STATES[states],
        np.array(actions),
        np.array(rewards, dtype=np.float32),
        STATES[following],
        np.array(terminated, dtype=np.float32),
        np.array(masks),
    )


def random_batch(seed=0, n=16, inputs=3, actions=4):
    rng = np.random.default_rng(seed)
    masks = rng.random((n, actions)) < 0.7
    before, after = rng.normal(size=(2, n, inputs)).astype(np.float32)
    rewards, terminated = (
        rng.random(n).astype(np.float32),
        (rng.random(n) < 0.3).astype(np.float32),
    )
    return before, rng.integers(actions, size=n), rewards, after, terminated, masks


# --- the target ---

ONLINE = [[1.0, 2.0, 3.0], [5.0, 4.0, 9.0], [0.0, 0.0, 0.0]]
TARGET = [[10.0, 20.0, 30.0], [60.0, 50.0, 40.0], [-3.0, -2.0, -1.0]]
BATCH = transitions(
    [0, 1, 2, 0, 1, 2],
    [1, 0, 2, 2, 1, 0],
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    [1, 1, 1, 0, 0, 2],
    # the first was merely cut off, or is an ordinary step: it makes no difference
    [0, 1, 0, 0, 1, 0],
    [ALL, ALL, [True, True, False], NONE, NONE, ALL],
)


@pytest.mark.parametrize("double", [False, True])
def test_the_target_by_hand(table, call, double):
    agent = table(ONLINE, TARGET, gamma=0.5, double=double)
    np.testing.assert_allclose(agent.q_values(STATES), ONLINE)
    # state 1: the target network likes action 0 best (60), the online network action 2
    # (valued 40) or, where that is not allowed, action 0; state 2: ties go to the first
    # action in the online network; all is worth less than 0
    later = [40, 0, 60, 0, 0, -3] if double else [60, 0, 60, 0, 0, -1]
    goal = np.arange(1.0, 7.0) + 0.5 * np.array(later)
    np.testing.assert_allclose(call(agent.targets, *BATCH[2:]), goal)
    taken = np.array([2, 5, 0, 3, 4, 0])
    assert call(agent.batch_loss, *BATCH) == pytest.approx(((taken - goal) ** 2).mean())
    assert agent.update(*BATCH) == pytest.approx(((taken - goal) ** 2).mean()), (
        "the loss before the step"
    )


@pytest.mark.parametrize("double", [False, True])
def test_gamma_0_is_regression_on_the_reward(dqn, call, double):
    agent = dqn.DQN(3, 4, hidden=(8,), gamma=0.0, double=double)
    before, actions, rewards, *_ = random_batch()
    q = agent.q_values(before)[np.arange(16), actions]
    expected = ((q - rewards) ** 2).mean()
    for seed in (0, 1):
        others = random_batch(seed)[3:]
        assert call(
            agent.batch_loss, before, actions, rewards, *others
        ) == pytest.approx(expected, rel=1e-5)


def test_the_goal_is_held_fixed(table, arrays_of):
    """Only Q of the state and action taken moves; where it leads to is no lever."""
    agent = table(
        np.zeros((3, 3)), np.zeros((3, 3)), gamma=0.9, lr=0.1, target_every=1_000
    )
    agent.update(*transitions([0], [1], [1.0], [1], [0], [ALL]))
    moved = agent.q_values(STATES)
    assert moved[0, 1] > moved[1, 1] > 0  # the bias of action 1 moved, too
    assert not moved[:, [0, 2]].any()
    head, _ = arrays_of(agent.online)
    assert (
        not head[[1, 2, 4, 5]].any()
        and not head[:, [0, 2]].any()
        and (head[[0, 3], 1] > 0).all()
    )


# --- the network ---


def by_hand(arrays, x, layers, dueling, features):
    arrays, h = list(arrays), x
    for _ in range(layers):
        h, arrays = np.maximum(h @ arrays[0] + arrays[1], 0), arrays[2:]
    q = np.concatenate([h, x], axis=1) @ arrays[0] + arrays[1]
    q = q if features is None else q @ features.T
    return (
        h @ arrays[2] + arrays[3] + q - q.mean(axis=1, keepdims=True) if dueling else q
    )


@pytest.mark.parametrize("hidden", [(), (7,), (6, 5)])
@pytest.mark.parametrize("dueling", [False, True])
@pytest.mark.parametrize(
    "features", [None, np.random.default_rng(3).normal(size=(4, 2))]
)
def test_the_network_by_hand(dqn, shaken, arrays_of, hidden, dueling, features):
    agent = shaken(dqn.DQN(3, 4, hidden=hidden, dueling=dueling, features=features))
    x, arrays = random_batch()[0], arrays_of(agent.online)
    q = agent.q_values(x)
    np.testing.assert_allclose(
        q, by_hand(arrays, x, len(hidden), dueling, features), rtol=1e-4, atol=1e-5
    )
    assert q.shape == (16, 4) and q.dtype == np.float32
    np.testing.assert_allclose(agent.q_values(x.astype(np.float64)), q)
    # what is left beside the value of the state adds up to 0 over the actions
    if dueling:
        h = x
        for k in range(len(hidden)):
            h = np.maximum(h @ arrays[2 * k] + arrays[2 * k + 1], 0)
        np.testing.assert_allclose(
            q.mean(axis=1), (h @ arrays[-2] + arrays[-1])[:, 0], rtol=1e-4, atol=1e-5
        )


def test_actions_that_are_alike_share_what_is_learnt(dqn):
    features = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    agent = dqn.DQN(3, 3, hidden=(8,), gamma=0.0, lr=0.02, features=features)
    batch = transitions(
        [0, 1, 2], [0, 0, 0], [3.0, 3.0, 3.0], [0, 1, 2], [0, 0, 0], [ALL] * 3
    )
    untouched = agent.q_values(STATES)[:, 2]
    for _ in range(120):
        agent.update(*batch)
    q = agent.q_values(STATES)
    np.testing.assert_allclose(q[:, :2], 3, atol=0.1)
    assert np.abs(q[:, 2] - untouched).max() < 2, "the third action was never tried"


# --- learning ---


def test_the_target_network_is_a_copy_now_and_then(dqn, arrays_of):
    agent = dqn.DQN(3, 4, hidden=(5,), dueling=True, target_every=3, lr=0.01)
    start = arrays_of(agent.target)
    assert all(
        (a == b).all() for a, b in zip(start, arrays_of(agent.online), strict=True)
    )
    kept = start
    for update in range(1, 8):
        agent.update(*random_batch(update))
        online, target = arrays_of(agent.online), arrays_of(agent.target)
        if update % 3 == 0:
            kept = online
        assert all((a == b).all() for a, b in zip(target, kept, strict=True)), update
        assert any((a != b).any() for a, b in zip(target, online, strict=True)) == (
            update % 3 > 0
        )
    assert agent.updates == 7


def test_updates_lower_the_loss(dqn):
    # the goal does not move
    agent = dqn.DQN(3, 4, hidden=(16,), lr=0.01, double=False, target_every=1_000)
    batch = random_batch()
    losses = [agent.update(*batch) for _ in range(200)]
    assert losses[-1] / losses[0] < 0.2


def test_the_step_size_falls_to_a_hundredth(table, arrays_of):
    """With a goal far away each step of Adam is as long as lr."""

    def lengths(decay):
        agent = table(
            np.zeros((3, 3)), np.zeros((3, 3)), gamma=0.0, lr=0.01, decay=decay
        )
        batch, biases = transitions([0], [1], [1e5], [1], [1], [ALL]), [0.0]
        for _ in range(12):
            agent.update(*batch)
            biases.append(arrays_of(agent.online)[1][1])
        return np.diff(biases)

    falling = [max(0.01, 1 - 0.99 * step / 8) for step in range(12)]
    np.testing.assert_allclose(
        lengths(8), 0.01 * np.array(falling), rtol=1e-2, atol=2e-6
    )
    np.testing.assert_allclose(lengths(None), 0.01, rtol=1e-2)


def test_what_was_learnt_can_be_kept(dqn, arrays_of, call):
    agent, batch = dqn.DQN(3, 4, hidden=(5,), dueling=True, lr=0.05), random_batch()
    for _ in range(3):
        agent.update(*batch)
    kept, before = agent.snapshot(), agent.q_values(batch[0])
    copies = [part.copy() for part in kept]
    for _ in range(3):
        agent.update(*batch)
    assert not np.allclose(agent.q_values(batch[0]), before)
    assert all((a == b).all() for a, b in zip(kept, copies, strict=True)), (
        "a snapshot is a copy"
    )
    agent.restore(kept)
    np.testing.assert_array_equal(agent.q_values(batch[0]), before)
    assert all(
        (a == b).all()
        for a, b in zip(arrays_of(agent.target), arrays_of(agent.online), strict=True)
    )
    fresh = dqn.DQN(3, 4, hidden=(5,), dueling=True, seed=9)
    fresh.restore(kept)
    np.testing.assert_array_equal(fresh.q_values(batch[0]), before)
    np.testing.assert_allclose(
        call(fresh.targets, *batch[2:]), call(agent.targets, *batch[2:])
    )
    agent.update(*batch)
    np.testing.assert_array_equal(fresh.q_values(batch[0]), before)


def test_the_seed_makes_the_agent(dqn):
    def learnt(seed):
        agent = dqn.DQN(3, 4, hidden=(5,), dueling=True, seed=seed)
        first = agent.q_values(STATES)
        losses = [agent.update(*random_batch(k)) for k in range(3)]
        return np.concatenate([first.ravel(), losses, agent.q_values(STATES).ravel()])

    np.testing.assert_array_equal(learnt(1), learnt(1))
    assert (learnt(1) != learnt(2)).all()


# Three states in a row, by action: what it pays, where it leads, whether that is the
# end.
PAYS = np.array([[0.3, 0.0, 9.0], [0.0, 0.2, 9.0], [1.0, 0.0, 0.5]])
LEADS = np.array([[0, 1, 1], [0, 2, 0], [1, 0, 2]])
ENDS = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0]])
# in states 0 and 1 the last action is a mirage
MAY = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 1]], dtype=bool)


def chain_values(gamma):
    q = np.zeros((3, 3))
    for _ in range(500):
        q = PAYS + gamma * (1 - ENDS) * np.where(MAY, q, -np.inf).max(axis=1)[LEADS]
    return q


@pytest.mark.parametrize(
    ("settings", "gamma"),
    [
        ({"double": False}, 0.8),
        ({}, 0.8),
        ({"dueling": True, "hidden": (16,)}, 0.8),
        ({"target_every": 1}, 0.0),
    ],
)
def test_a_chain_is_learnt_exactly(dqn, settings, gamma):
    """All that can happen, again and again: what remains are the values of value
    iteration.
    """
    agent = dqn.DQN(
        3,
        3,
        gamma=gamma,
        lr=0.05,
        decay=700,
        **({"hidden": (), "target_every": 15} | settings),
    )
    state, action = (index.ravel() for index in np.indices((3, 3)))
    tried = MAY[state, action]
    state, action = state[tried], action[tried]
    after = LEADS[state, action]
    batch = transitions(
        state, action, PAYS[state, action], after, ENDS[state, action], MAY[after]
    )
    for _ in range(700):
        agent.update(*batch)
    np.testing.assert_allclose(
        agent.q_values(STATES)[MAY], chain_values(gamma)[MAY], atol=0.01
    )
    # the short-sighted stay in the first state for .3; the far-sighted walk on to where
    # they can stay
    if gamma:
        assert (
            learning.best_action(agent.q_values(STATES), MAY).tolist()
            == [1, 1, 2]
            != PAYS.argmax(axis=1).tolist()
        )


# --- in the loop, and what is wrong ---


def test_agents_in_the_loop(dqn):
    rng = np.random.default_rng(0)
    world = worlds.World(
        rng.normal(size=(6, 12)),
        np.eye(3)[np.arange(12) % 3],
        rng.normal(size=(6, 2)),
        rng.normal(size=(12, 2)),
        np.ones(12),
        np.arange(12),
    )
    envs = learning.make(
        "rec_tutor/Feed-v0",
        16,
        world=world,
        assumptions=Assumptions(horizon=5),
    )

    def trained():
        settings = {
            "hidden": (8,),
            "dueling": True,
            "features": world.features,
            "decay": 20,
        }
        agents = [dqn.DQN(7, 12, gamma=gamma, **settings) for gamma in (0.8, 0.0)]
        curve = learning.train(
            agents, envs, steps=20, batch_size=32, warmup=16, every=10
        )
        return curve, learning.evaluate(learning.greedy(agents[0]), envs, seed=1)

    (curve, judged), (again, same) = trained(), trained()
    assert curve["step"].tolist() == [10, 20] and np.isfinite(curve.to_numpy()).all()
    np.testing.assert_array_equal(curve, again)
    np.testing.assert_array_equal(judged, same)


def test_a_new_agent_can_be_asked_at_once(dqn):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dqn.DQN(3, 4).q_values(STATES).shape == (3, 4)
        assert np.isfinite(dqn.DQN(3, 4).update(*random_batch()))


def test_errors(dqn):
    for gamma in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"gamma must lie in 0\.\.1; it is "):
            dqn.DQN(3, 4, gamma=gamma)
    with pytest.raises(ValueError, match="target_every must be at least 1; it is 0"):
        dqn.DQN(3, 4, target_every=0)
    with pytest.raises(
        ValueError, match=r"features must be a table .* \(4, F\); its shape is \(3, "
    ):
        dqn.DQN(3, 4, features=np.ones((3, 4)))
