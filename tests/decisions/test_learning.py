"""The loop around any agent: what it remembers, what it tells the agent, how it counts;
and the judge.
"""

# ruff: noqa: E402

import numpy as np
import pytest

from course.needs import needs

needs("gymnasium", extra="rl")

import gymnasium as gym
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv

from rec_tutor.decisions import (  # noqa: F401
    environment,
    learning,
    simulation,
    worlds,
)

OBSERVATION, ACTION, REWARD, FOLLOWING, TERMINATED, MASK = range(6)


# --- the buffer ---


def test_the_buffer_keeps_the_last():
    buffer = learning.ReplayBuffer(5)
    assert len(buffer) == 0
    kept = []
    for start, rows in ((1, 2), (3, 2), (5, 3), (8, 1), (9, 5), (14, 4)):
        new = np.arange(start, start + rows)
        buffer.add(new, np.stack([new, new * 10], axis=1).astype(np.float32))
        kept = (kept + new.tolist())[-5:]
        assert len(buffer) == len(kept)
        numbers, pairs = buffer.sample(400, np.random.default_rng(0))
        assert set(numbers.tolist()) == set(kept), "every one of them, and nothing else"
        # rows stay together
        np.testing.assert_array_equal(pairs, np.stack([numbers, numbers * 10], axis=1))
    assert pairs.dtype == np.float32 and numbers.dtype == np.int64


@pytest.mark.parametrize("capacity", [1, 3])
def test_more_rows_than_there_is_room(capacity):
    buffer = learning.ReplayBuffer(capacity)
    for start in (0, 10):
        buffer.add(np.arange(start, start + 7))
        (drawn,) = buffer.sample(200, np.random.default_rng(1))
        assert (
            set(drawn.tolist()) == set(range(start + 7 - capacity, start + 7))
            and len(buffer) == capacity
        )


def test_a_buffer_keeps_copies():
    buffer, rows = learning.ReplayBuffer(4), np.arange(3)
    buffer.add(rows)
    rows[:] = 9
    (drawn,) = buffer.sample(50, np.random.default_rng(0))
    assert set(drawn.tolist()) == {0, 1, 2}
    drawn[:] = 7
    assert set(buffer.sample(50, np.random.default_rng(0))[0].tolist()) == {0, 1, 2}


def test_all_are_drawn_alike():
    buffer = learning.ReplayBuffer(8)
    buffer.add(np.arange(20))
    (drawn,) = buffer.sample(80_000, np.random.default_rng(3))
    counts = np.bincount(drawn, minlength=20)[12:]
    # chi-square with 7 degrees of freedom, p = .001
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 24
    assert (
        drawn.shape == (80_000,)
        and abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.015
    )


def test_errors_of_the_buffer():
    with pytest.raises(ValueError, match="capacity must be at least 1; it is 0"):
        learning.ReplayBuffer(0)
    with pytest.raises(ValueError, match="the buffer is empty"):
        learning.ReplayBuffer(3).sample(1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="as many rows"):
        learning.ReplayBuffer(3).add(np.zeros(2), np.zeros(3))
    buffer = learning.ReplayBuffer(3)
    buffer.add(np.zeros(2), np.zeros((2, 4)))
    with pytest.raises(ValueError):
        buffer.add(np.zeros(2))


# --- actions ---


def test_the_best_allowed_action():
    q = np.array(
        [[1.0, 5.0, 3.0], [1.0, 5.0, 3.0], [2.0, 2.0, 1.0], [-9.0, -8.0, -7.0]]
    )
    masks = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1], [1, 1, 0]], dtype=bool)
    assert learning.best_action(q, masks).tolist() == [1, 2, 0, 1]
    q[2, 2] = np.nan
    with pytest.raises(ValueError, match="NaNs among the Q-values"):
        learning.best_action(q, masks)
    with pytest.raises(ValueError, match="without an allowed action"):
        learning.best_action(
            np.zeros((2, 2)), np.array([[True, False], [False, False]])
        )


def test_any_action_is_an_allowed_one():
    masks = np.tile([True, False, True, True], (30_000, 1))
    shares = (
        np.bincount(learning.any_action(masks, np.random.default_rng(0)), minlength=4)
        / 30_000
    )
    np.testing.assert_allclose(shares, [1 / 3, 0, 1 / 3, 1 / 3], atol=0.012)


# --- a scripted world: what the loop makes of it ---


class Line(VectorEnv):
    """Environment i walks 100 i + episode, step by step; odd ones terminate after
    `length` steps, even ones are cut.

    The actions allowed in step t are all but t % 3.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(self, num_envs=4, length=3, masked=True):
        self.num_envs, self.length, self.masked = num_envs, length, masked
        self.single_action_space = spaces.Discrete(3)

    def _see(self):
        return np.stack(
            [np.arange(self.num_envs) * 100.0 + self.episode, self.t], axis=1
        )

    def _info(self):
        return (
            {"action_mask": np.arange(3)[None] != self.t[:, None] % 3}
            if self.masked
            else {}
        )

    def reset(self, *, seed=None, options=None):
        self.episode, self.t = (
            np.zeros(self.num_envs),
            np.zeros(self.num_envs, dtype=int),
        )
        self.seed, self.actions = seed, []
        return self._see(), self._info()

    def step(self, actions):
        if self.masked:
            assert (actions != self.t % 3).all(), "an action that is not allowed"
        self.actions.append(np.array(actions))
        self.t = self.t + 1
        ended = self.t == self.length
        odd = np.arange(self.num_envs) % 2 == 1
        info = (
            {"final_obs": self._see(), "_final_obs": ended, "final_info": self._info()}
            if ended.any()
            else {}
        )
        self.t, self.episode = np.where(ended, 0, self.t), self.episode + ended
        reward = np.arange(self.num_envs) + 1.0
        return self._see(), reward, ended & odd, ended & ~odd, info | self._info()


class Script:
    """Likes one action most, then the others; keeps what it is told."""

    def __init__(self, *order, loss=1.0):
        self.q, self.batches, self.asked, self.loss = (
            -np.argsort(order).astype(float),
            [],
            [],
            loss,
        )

    def q_values(self, observations):
        self.asked.append(np.array(observations))
        return np.tile(self.q, (len(observations), 1))

    def update(self, *transitions):
        self.batches.append(transitions)
        return self.loss * len(self.batches)


def test_what_the_agent_is_told_of_the_end_of_an_episode():
    agent, envs = Script(2, 1, 0), Line()
    learning.train(
        [agent], envs, steps=40, batch_size=64, warmup=4, epsilon=(0.5, 0.5), seed=0
    )
    columns = [np.concatenate(column) for column in zip(*agent.batches, strict=True)]
    assert [column.dtype.kind for column in columns] == ["f", "i", "f", "f", "f", "b"]
    before, after = columns[OBSERVATION], columns[FOLLOWING]
    env, t = before[:, 0] // 100, before[:, 1]
    assert set(t) == {0, 1, 2}, (
        "no observation of an episode that is over is one to act in"
    )
    # the same episode, also at its end
    np.testing.assert_array_equal(after[:, 0], before[:, 0])
    np.testing.assert_array_equal(after[:, 1], t + 1)
    np.testing.assert_array_equal(columns[REWARD], env + 1)
    # cut off is not terminated
    np.testing.assert_array_equal(columns[TERMINATED], (t == 2) & (env % 2 == 1))
    np.testing.assert_array_equal(columns[MASK], np.arange(3) != after[:, 1:] % 3)
    assert (columns[ACTION] != t % 3).all()
    assert set(env) == {0, 1, 2, 3} and set(columns[ACTION]) == {0, 1, 2}


def test_where_nothing_is_said_all_is_allowed():
    agent = Script(2, 1, 0)
    learning.train([agent], Line(masked=False), steps=10, batch_size=8, warmup=1)
    assert all(
        batch[MASK].shape == (8, 3) and batch[MASK].all() for batch in agent.batches
    )


def test_exploration_falls_and_then_the_agent_decides():
    envs = Line(num_envs=100, length=50, masked=False)
    agent = Script(2, 1, 0)
    learning.train(
        [agent],
        envs,
        steps=100,
        batch_size=2,
        warmup=1,
        epsilon=(0.9, 0.3),
        explore=0.5,
        seed=2,
    )
    share = np.array([(actions == 2).mean() for actions in envs.actions])
    epsilon = np.r_[np.linspace(0.9, 0.3, 51)[1:], np.full(50, 0.3)]
    # a random action is the agent's own in one case of three
    expected = 1 - epsilon * 2 / 3
    np.testing.assert_allclose(
        share[1:].reshape(9, 11).mean(axis=1),
        expected[1:].reshape(9, 11).mean(axis=1),
        atol=0.06,
    )
    assert share[0] == pytest.approx(1 / 3, abs=0.15), (
        "nothing was learnt yet, so the first step is random"
    )
    learning.train([agent], envs, steps=20, batch_size=2, warmup=1, epsilon=(0.0, 0.0))
    assert all((actions == 2).all() for actions in envs.actions[1:])


def test_warmup_is_random_and_updates_are_counted():
    envs, agent = Line(num_envs=5, masked=False), Script(2, 1, 0)
    learning.train([agent], envs, steps=12, batch_size=7, warmup=20, epsilon=(0.0, 0.0))
    assert len(agent.batches) == 12 - 3, "the fourth step makes 20 transitions"
    assert len({*np.concatenate(envs.actions[:4])}) == 3 and set(
        np.concatenate(envs.actions[4:])
    ) == {2}
    assert agent.batches[0][REWARD].shape == (7,)
    # without replay the agent learns from the last step of the environments only
    agent = Script(2, 1, 0)
    learning.train([agent], envs, steps=12, batch_size=50, capacity=5, warmup=1_000)
    assert len(agent.batches) == 12
    for step, batch in enumerate(agent.batches):
        assert set(batch[OBSERVATION][:, 1]) == {step % 3}


def test_agents_share_the_environments_and_learn_from_the_same():
    envs, agents = Line(num_envs=6, masked=False), [Script(0, 1, 2), Script(2, 1, 0)]
    learning.train(agents, envs, steps=30, batch_size=16, warmup=6, epsilon=(0.0, 0.0))
    for actions in envs.actions[1:]:
        assert actions.tolist() == [0, 2, 0, 2, 0, 2]
    assert len(agents[0].batches) == len(agents[1].batches) == 30
    for one, two in zip(agents[0].batches, agents[1].batches, strict=True):
        assert all((a == b).all() for a, b in zip(one, two, strict=True))
    seen = [np.concatenate(agent.asked)[:, 0] // 100 for agent in agents]
    assert set(seen[0]) == {0, 2, 4} and set(seen[1]) == {1, 3, 5}
    # both learn from what either did
    assert {
        *np.concatenate([batch[OBSERVATION] for batch in agents[0].batches])[:, 0]
        // 100
    } == set(range(6))
    with pytest.raises(ValueError, match="no agent"):
        learning.train([], envs, steps=1)


def test_the_table_of_training():
    agents = [Script(0, 1, 2), Script(0, 1, 2, loss=10.0)]
    called = []
    table = learning.train(
        agents,
        Line(num_envs=4, length=3),
        steps=10,
        warmup=12,
        every=4,
        after=lambda step: called.append(step) or {"extra": step / 2},
    )
    assert table["step"].tolist() == called == [4, 8, 10] and table[
        "extra"
    ].tolist() == [2, 4, 5]
    assert table["length"].tolist() == [3, 3, 3]
    assert table["reward"].tolist() == [7.5] * 3, "3 (1 + 2 + 3 + 4) / 4"
    assert table["loss_0"].tolist() == [1.5, 4.5, 7.5], (
        "means of the updates 1, 2 | 3 .. 6 | 7, 8"
    )
    assert table["loss_1"].tolist() == [15, 45, 75]
    # nothing ended, nothing learnt: no number is made up
    table = learning.train(agents, Line(length=9), steps=2, warmup=100)
    assert table["step"].tolist() == [2] and table[["reward", "length"]].isna().all(
        axis=None
    )
    assert "loss_0" not in table


def test_the_seed_makes_the_training():
    def batches(seed):
        agent = Script(2, 1, 0)
        learning.train(
            [agent], envs := Line(), steps=30, batch_size=8, warmup=4, seed=seed
        )
        assert envs.seed == seed
        return np.concatenate([np.column_stack(batch[:3]) for batch in agent.batches])

    np.testing.assert_array_equal(batches(1), batches(1))
    assert (batches(1) != batches(2)).any()


# --- the judge ---


def test_one_episode_per_environment_is_counted():
    """Episodes of different lengths: who is done early plays on, and that does not
    count.
    """

    class Uneven(Line):
        def reset(self, **more):
            self.asked = more
            seen = super().reset(**more)
            self.length = np.arange(self.num_envs) + 1
            return seen

    envs = Uneven(num_envs=5)
    allowed = []

    def policy(observations, masks):
        allowed.append(masks)
        return masks.argmax(axis=1)

    table = learning.evaluate(policy, envs, seed=9, users=np.arange(5))
    assert table["length"].tolist() == [1, 2, 3, 4, 5]
    assert table["reward"].tolist() == [1, 4, 9, 16, 25]
    assert len(envs.actions) == 5 and len(allowed) == 5
    assert envs.asked["seed"] == 9 and list(envs.asked["options"]) == ["users"]
    learning.evaluate(policy, envs, seed=9)
    assert envs.asked["options"] is None


def test_the_greedy_policy_looks_at_the_mask():
    policy = learning.greedy(Script(2, 1, 0))
    masks = np.array([[True, True, True], [True, True, False], [True, False, False]])
    assert policy(np.zeros((3, 2)), masks).tolist() == [2, 1, 0]


# --- real environments ---


@pytest.fixture
def feed():
    rng = np.random.default_rng(0)
    genres = np.eye(3)[np.arange(30) % 3]
    world = worlds.World(
        rng.normal(size=(6, 30)),
        genres,
        rng.normal(size=(6, 2)),
        rng.normal(size=(30, 2)),
        np.ones(30),
        np.arange(30),
    )
    return {"world": world, "assumptions": simulation.Assumptions(horizon=5)}


class Linear:
    """Q-values from fixed numbers; keeps what it is told."""

    def __init__(self, inputs, actions):
        self.weights, self.batches = (
            np.random.default_rng(5).normal(size=(inputs, actions)),
            [],
        )

    def q_values(self, observations):
        return observations @ self.weights

    def update(self, *transitions):
        self.batches.append(transitions)
        return 0.0


def test_a_feed_in_the_loop(feed):
    envs = learning.make("rec_tutor/Feed-v0", 8, **feed)
    agent = Linear(7, 30)
    table = learning.train([agent], envs, steps=60, batch_size=128, warmup=8, seed=3)
    _, action, reward, after, terminated, masks = (
        np.concatenate(c) for c in zip(*agent.batches, strict=True)
    )
    assert not masks[np.arange(len(action)), action].any(), (
        "what was just shown is not allowed next"
    )
    steps = np.rint(after[:, -1] * 5).astype(int)
    # of its own session, also at its end
    np.testing.assert_array_equal((~masks).sum(axis=1), steps)
    assert (
        set(steps) == {1, 2, 3, 4, 5}
        and set(terminated) == {0, 1}
        and not reward[terminated == 1].all()
    )
    assert (terminated[steps == 5] == 0).any()
    again = learning.train(
        [Linear(7, 30)], envs, steps=60, batch_size=128, warmup=8, seed=3
    )
    np.testing.assert_array_equal(
        table[["reward", "length"]], again[["reward", "length"]]
    )
    judged = [learning.evaluate(learning.greedy(agent), envs, seed=1) for _ in range(2)]
    np.testing.assert_array_equal(*judged)
    assert (
        judged[0]["length"].between(1, 5).all()
        and (judged[0]["reward"] <= judged[0]["length"]).all()
    )
    fewer = learning.evaluate(
        learning.greedy(agent), envs, seed=1, users=np.zeros(8, dtype=int)
    )
    assert (envs.sessions.world is feed["world"]) and len(fewer) == 8


def test_single_feeds_say_as_much_as_the_batched_one(feed):
    """Gymnasium's own vector of single environments: masks, last observations and last
    masks reach the agent.
    """

    envs = gym.make_vec(
        "rec_tutor/Feed-v0",
        num_envs=4,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        **feed,
    )
    agent = Linear(7, 30)
    learning.train([agent], envs, steps=40, batch_size=64, warmup=4)
    _, action, _, after, _, masks = (
        np.concatenate(c) for c in zip(*agent.batches, strict=True)
    )
    assert masks.dtype == bool and not masks[np.arange(len(action)), action].any()
    np.testing.assert_array_equal((~masks).sum(axis=1), np.rint(after[:, -1] * 5))


def test_cart_pole():
    envs = learning.make("CartPole-v1", 3)
    assert (
        envs.num_envs == 3
        and envs.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    )
    agent = Linear(4, 2)
    table = learning.train(
        [agent],
        envs,
        steps=150,
        batch_size=64,
        warmup=10,
        epsilon=(1.0, 1.0),
        every=75,
        seed=1,
    )
    before, _, reward, after, terminated, masks = (
        np.concatenate(c) for c in zip(*agent.batches, strict=True)
    )
    assert masks.all() and (reward == 1).all() and set(terminated) == {0, 1}
    # a pole that fell is beyond 12 degrees, or the cart is off the track; what is reset
    # is near 0
    fallen = (np.abs(after[:, 2]) > 0.2094) | (np.abs(after[:, 0]) > 2.4)
    np.testing.assert_array_equal(terminated == 1, fallen)
    assert (
        np.abs(before - after).max() < 2 and (table["reward"] == table["length"]).all()
    )
    judged = learning.evaluate(
        lambda observations, masks: (observations[:, 2] > 0).astype(int), envs, seed=1
    )
    assert (judged["reward"] == judged["length"]).all() and judged["length"].between(
        20, 80
    ).all()
    np.testing.assert_array_equal(
        learning.allowed(envs, {}), np.ones((3, 2), dtype=bool)
    )


def test_cut_off_episodes_go_on_in_value():
    envs = learning.make("CartPole-v1", 2, max_episode_steps=5)
    agent = Linear(4, 2)
    learning.train(
        [agent], envs, steps=60, batch_size=64, warmup=2, epsilon=(1.0, 1.0), seed=0
    )
    assert not any(batch[TERMINATED].any() for batch in agent.batches), (
        "nothing falls within five steps"
    )
    judged = learning.evaluate(learning.greedy(agent), envs, seed=2)
    assert judged["length"].tolist() == [5, 5]
