"""Simulated users: Gymnasium's rules, the dice, the choice, tiredness, leaving, and
plans that can be computed.
"""

# ruff: noqa: E402

import math
from dataclasses import replace

import numpy as np
import pytest

from course.needs import needs

needs("gymnasium", extra="rl")

import gymnasium as gym
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from hypothesis import given, settings
from hypothesis import strategies as st

from rec_tutor import data
from rec_tutor.decisions import learning, planning, tabular, worlds
from rec_tutor.decisions.environment import Feed, FeedVector
from rec_tutor.decisions.planning import LookAhead
from rec_tutor.decisions.simulation import Assumptions, Sessions
from rec_tutor.decisions.worlds import World

quick = settings(max_examples=40, deadline=None, derandomize=True)
SURE, NEVER = 40.0, -40.0  # the appeal of films that are always clicked, or never


def world(users=5, items=8, num_genres=3, dim=2, seed=0, **parts):
    rng = np.random.default_rng(seed)
    genres = (rng.random((items, num_genres)) < 0.4).astype(float)
    genres[np.arange(items), np.arange(items) % num_genres] = 1.0
    drawn = {
        "appeal": rng.normal(size=(users, items)),
        "genres": genres,
        "profiles": rng.normal(size=(users, dim)),
        "films": rng.normal(size=(items, dim)),
        "popularity": rng.permutation(items) + 1,
        "items": np.arange(items) * 10,
    }
    return World(**(drawn | parts))


def flat(appeal, users=3, items=6, **parts):
    """All films alike, each with a genre of its own."""
    return world(
        users,
        items,
        appeal=np.full((users, items), float(appeal)),
        genres=np.eye(items),
        **parts,
    )


def episode(env, policy, **reset):
    """Everything that a session of a single environment gives, step by step."""
    observation, info = env.reset(**reset)
    steps = [(observation, info["action_mask"])]
    while True:
        observation, reward, terminated, truncated, info = env.step(
            policy(observation, info["action_mask"])
        )
        steps.append((observation, info["action_mask"], reward, terminated, truncated))
        if terminated or truncated:
            return steps


def same(first, second):
    return len(first) == len(second) and all(
        np.array_equal(a, b)
        for x, y in zip(first, second, strict=True)
        for a, b in zip(x, y, strict=True)
    )


def first_allowed(observation, mask):
    return int(np.flatnonzero(mask)[0])


def last_allowed(observation, mask):
    return int(np.flatnonzero(mask)[-1])


# --- Gymnasium's rules ---


@pytest.mark.filterwarnings("error", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("slate_size", [1, 3])
def test_gymnasium_is_content(slate_size):
    env = gym.make("rec_tutor/Feed-v0", world=world(items=60), slate_size=slate_size)
    assert isinstance(env.unwrapped, Feed)
    check_env(env.unwrapped)
    assert env.action_space.sample().shape == (() if slate_size == 1 else (3,))


def test_the_batched_form_is_registered():
    envs = learning.make("rec_tutor/Feed-v0", 4, world=world(items=60), slate_size=2)
    assert isinstance(envs, FeedVector) and envs.num_envs == 4
    assert envs.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert envs.observation_space.shape == (
        4,
        2 + 3 + 2,
    ) and envs.action_space.shape == (4, 2)
    assert envs.single_action_space == Feed(world(items=60), slate_size=2).action_space
    envs.action_space.seed(0)
    observations, info = envs.reset(seed=0)
    assert observations in envs.observation_space and info["action_mask"].shape == (
        4,
        60,
    )
    assert envs.step(envs.action_space.sample())[1].shape == (4,)


@pytest.mark.parametrize("slate_size", [1, 3])
def test_observations_stay_in_their_space(slate_size):
    """Also when every click, for a long time, is of the same genre."""
    always = world(
        items=150,
        num_genres=2,
        appeal=np.full((5, 150), SURE),
        genres=np.ones((150, 2)),
    )
    for place in (world(items=150), always):
        env = Feed(
            place, Assumptions(satiation=0.0, leave=0.05, horizon=50), slate_size
        )
        for seed in range(5):
            slate = lambda _, mask: np.flatnonzero(mask)[:slate_size]  # noqa: E731
            for step in episode(env, slate, seed=seed):
                assert step[0] in env.observation_space and step[0].dtype == np.float32
    assert step[0][2:4].min() > 4.9 and step[0][-1] == 1, (
        "the bound of the last world is nearly reached"
    )


# --- the dice ---


def test_the_seed_makes_the_episode():
    env = Feed(world(), Assumptions(horizon=6))
    first = [
        episode(env, first_allowed, seed=5),
        episode(env, first_allowed),
        episode(env, first_allowed),
    ]
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    again = [
        episode(env, first_allowed, seed=5),
        episode(env, first_allowed),
        episode(env, first_allowed),
    ]
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    assert all(same(one, two) for one, two in zip(first, again, strict=True))
    assert not same(first[0], first[1]) or not same(first[0], first[2])
    others = [episode(env, first_allowed, seed=seed) for seed in range(6, 12)]
    assert not all(same(first[0], other) for other in others)


@pytest.mark.parametrize("slate_size", [1, 2])
def test_one_environment_is_a_batch_of_one(slate_size):
    """Over several sessions: the single one is reset by hand, the batch resets itself
    in the same step.
    """
    place, assumptions = world(items=14), Assumptions(horizon=7)
    env, envs = (
        Feed(place, assumptions, slate_size),
        FeedVector(place, assumptions, slate_size, num_envs=1),
    )
    rng = np.random.default_rng(0)
    (one, info), (batch, more) = env.reset(seed=3), envs.reset(seed=3)
    sessions, endings = 0, set()
    while sessions < 12:
        np.testing.assert_array_equal(one, batch[0])
        np.testing.assert_array_equal(info["action_mask"], more["action_mask"][0])
        action = rng.choice(
            np.flatnonzero(info["action_mask"]), size=slate_size, replace=False
        )
        one, reward, terminated, truncated, info = env.step(
            action if slate_size > 1 else action[0]
        )
        batch, rewards, leavings, cuts, more = envs.step(
            action[None] if slate_size > 1 else action
        )
        assert (reward, terminated, truncated) == (rewards[0], leavings[0], cuts[0])
        assert ("final_obs" in more) == (terminated or truncated)
        if terminated or truncated:
            np.testing.assert_array_equal(one, more["final_obs"][0])
            np.testing.assert_array_equal(
                info["action_mask"], more["final_info"]["action_mask"][0]
            )
            assert more["_final_obs"].tolist() == [True]
            sessions, endings = sessions + 1, endings | {terminated}
            one, info = env.reset()
    assert endings == {True, False}


def test_two_policies_meet_the_same_luck():
    """Where all films are alike, it does not matter which are shown: the outcomes are
    those of the dice.
    """
    envs = FeedVector(flat(0.5), Assumptions(satiation=0.0, horizon=6), num_envs=200)
    one, two = (
        learning.evaluate(
            lambda _, masks, pick=pick: np.array([pick(None, mask) for mask in masks]),
            envs,
            seed=4,
        )
        for pick in (first_allowed, last_allowed)
    )
    np.testing.assert_array_equal(one, two)
    assert one["length"].nunique() > 3 and one["reward"].nunique() > 3
    # and where they are not: the dice of a session are cast before it starts
    envs = FeedVector(world(items=20), Assumptions(leave=0.0, horizon=6), num_envs=50)
    dice = []
    for pick in (first_allowed, last_allowed):
        envs.reset(seed=4)
        for _ in range(5):
            masks = ~envs.sessions.shown
            envs.step(np.array([pick(None, mask) for mask in masks]))
        dice.append((envs.sessions.users.copy(), envs.sessions.dice.copy()))
    assert all(np.array_equal(a, b) for a, b in zip(*dice, strict=True))


def test_users_can_be_named():
    place = world()
    env, envs = (
        Feed(place, Assumptions(horizon=3)),
        FeedVector(place, Assumptions(horizon=3), num_envs=3),
    )
    observation, _ = env.reset(seed=0, options={"users": [2]})
    np.testing.assert_allclose(observation[:2], place.profiles[2], rtol=1e-6)
    observations, _ = envs.reset(seed=0, options={"users": np.array([4, 4, 1])})
    np.testing.assert_allclose(
        observations[:, :2], place.profiles[[4, 4, 1]], rtol=1e-6
    )
    assert len(np.unique(envs.sessions.dice)) == envs.sessions.dice.size, (
        "one user twice, with dice of their own"
    )
    for wrong in ([0, 1], [0, 1, 5], [0, -1, 1], 3):
        with pytest.raises(
            ValueError, match=r"users must be 3 number\(s\) from 0 to 4"
        ):
            envs.reset(seed=0, options={"users": wrong})


# --- how a session ends ---


def ends(place, assumptions, steps):
    envs = FeedVector(place, assumptions, num_envs=30)
    _, info = envs.reset(seed=0)
    seen = []
    for _ in range(steps):
        _, reward, terminated, truncated, info = envs.step(
            info["action_mask"].argmax(axis=1)
        )
        seen.append((reward.mean(), terminated.mean(), truncated.mean()))
    return seen


def test_terminated_is_leaving_and_truncated_is_the_horizon():
    assumptions = Assumptions(leave=1.0, horizon=3)
    assert ends(flat(NEVER), assumptions, 2) == [(0, 1, 0)] * 2, (
        "who finds nothing leaves"
    )
    assert ends(flat(SURE), assumptions, 6) == [(1, 0, 0), (1, 0, 0), (1, 0, 1)] * 2, (
        "who is never tired stays"
    )
    assert (
        ends(flat(NEVER), replace(assumptions, leave=0.0), 6)
        == [(0, 0, 0), (0, 0, 0), (0, 0, 1)] * 2
    )
    assert ends(flat(NEVER), replace(assumptions, horizon=1), 2) == [(0, 1, 0)] * 2, (
        "leaving in the last step is leaving"
    )
    assert ends(flat(SURE), replace(assumptions, horizon=1), 2) == [(1, 0, 1)] * 2


def test_never_both():
    envs = FeedVector(world(items=30), Assumptions(leave=0.3, horizon=4), num_envs=300)
    _, info = envs.reset(seed=1)
    left = cut = 0
    for _ in range(20):
        observations, _, terminated, truncated, info = envs.step(
            info["action_mask"].argmax(axis=1)
        )
        assert not (terminated & truncated).any()
        ended = terminated | truncated
        if ended.any():
            np.testing.assert_array_equal(info["_final_obs"], ended)
            assert (info["final_obs"][truncated, -1] == 1).all() and (
                observations[ended, -1] == 0
            ).all()
            assert (
                info["action_mask"][ended].all()
                and not info["final_info"]["action_mask"][ended].all(axis=1).any()
            )
            np.testing.assert_array_equal(
                observations[~ended], info["final_obs"][~ended]
            )
        left, cut = left + terminated.sum(), cut + truncated.sum()
    assert left > 100 and cut > 100


@pytest.mark.parametrize("tired", [0.0, 0.7])
def test_how_often_users_leave(tired):
    """leave after no click, leave (1 - exp(-x)) after a click."""
    n, assumptions = (
        40_000,
        Assumptions(leave=0.4, satiation=1.0, no_click=0.0, horizon=2),
    )
    sessions = Sessions(flat(0.0), assumptions, n, 1)
    sessions.start(np.arange(n), np.random.default_rng(0))
    sessions.tired[:] = tired
    reward, left, _ = sessions.step(np.zeros(n, dtype=int))
    for click, expected in ((0, 0.4), (1, 0.4 * (1 - math.exp(-tired)))):
        share, size = left[reward == click].mean(), (reward == click).sum()
        assert share == pytest.approx(
            expected, abs=4 * math.sqrt(expected * (1 - expected) / size) + 1e-12
        )
    chance = 1 / (1 + math.exp(tired))
    assert reward.mean() == pytest.approx(
        chance, abs=4 * math.sqrt(chance * (1 - chance) / n)
    )


# --- what is clicked ---


def by_hand(place, assumptions, user, tired, shown, slate):
    """The logit choice, written out."""
    weights = []
    for position, film in enumerate(slate, start=1):
        kinds = [g for g in range(place.genres.shape[1]) if place.genres[film, g]]
        x = assumptions.satiation * sum(tired[g] for g in kinds) / len(kinds)
        repeated = shown[film] or film in slate[: position - 1]
        weights.append(
            0.0
            if repeated
            else math.exp(place.appeal[user, film] - x) / position**assumptions.position
        )
    total = sum(weights) + math.exp(assumptions.no_click)
    return [weight / total for weight in weights], math.exp(
        assumptions.no_click
    ) / total


@quick
@given(
    st.integers(0, 1000),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    st.sampled_from([0.0, 1.5]),
)
def test_the_chances_are_those_of_the_formula(seed, slate_size, position, satiation):
    rng = np.random.default_rng(seed)
    place = world(seed=seed)
    assumptions = Assumptions(
        no_click=rng.normal(), position=position, satiation=satiation, horizon=1
    )
    sessions = Sessions(place, assumptions, 4, slate_size)
    sessions.start(np.arange(4), rng)
    sessions.tired[:] = rng.random((4, 3)) * 3
    sessions.shown[:] = rng.random((4, 8)) < 0.3
    slates = rng.integers(8, size=(4, slate_size))  # often with a film twice
    chances, x = sessions.chances(slates)
    for row in range(4):
        args = (
            sessions.users[row],
            sessions.tired[row],
            sessions.shown[row],
            slates[row].tolist(),
        )
        expected, none = by_hand(place, assumptions, *args)
        np.testing.assert_allclose(chances[row], expected, rtol=1e-9)
        assert chances[row].sum() + none == pytest.approx(1)
    shares = place.genres / place.genres.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        x, satiation * (shares[slates] * sessions.tired[:, None]).sum(axis=2)
    )


def test_clicks_fall_on_places_as_often_as_the_chances_say():
    n = 60_000
    sessions = Sessions(world(users=1), Assumptions(horizon=1), n, 3)
    sessions.start(np.arange(n), np.random.default_rng(2))
    slates = np.tile([4, 1, 6], (n, 1))
    chances = sessions.chances(slates)[0][0]
    reward, _, _ = sessions.step(slates)
    # which film it was: the clicked genres tell, since films 4, 1 and 6 have different
    # ones here
    kinds = sessions.world.genres[[4, 1, 6]]
    assert len(np.unique(kinds, axis=0)) == 3
    share = [(reward * (sessions.tired == kind).all(axis=1)).mean() for kind in kinds]
    np.testing.assert_allclose(share, chances, atol=4 * np.sqrt(0.25 / n))
    assert reward.mean() == pytest.approx(sum(share))


def test_without_position_bias_the_order_is_nothing():
    rng = np.random.default_rng(0)
    for position, alike in ((0.0, True), (1.0, False)):
        sessions = Sessions(world(), Assumptions(position=position, horizon=1), 5, 4)
        sessions.start(np.arange(5), rng)
        slates = np.tile([0, 3, 5, 6], (5, 1))
        turned = sessions.chances(slates[:, ::-1])[0][:, ::-1]
        assert np.allclose(sessions.chances(slates)[0], turned) == alike


@pytest.mark.parametrize("slate_size", [1, 3])
def test_no_film_is_clicked_twice(slate_size):
    env = Feed(
        flat(SURE, items=12),
        Assumptions(satiation=0.0, leave=0.0, horizon=4),
        slate_size,
    )
    _, info = env.reset(seed=0)
    assert (
        info["action_mask"].tolist() == [1] * 12
        and info["action_mask"].dtype == np.int8
    )
    slate = np.arange(slate_size)
    _, reward, _, _, info = env.step(slate if slate_size > 1 else 0)
    assert reward == 1 and info["action_mask"].tolist() == [0] * slate_size + [1] * (
        12 - slate_size
    )
    _, reward, _, _, again = env.step(slate if slate_size > 1 else 0)
    assert reward == 0 and again["action_mask"].tolist() == info["action_mask"].tolist()
    _, reward, *_ = env.step(slate + 5 if slate_size > 1 else 5)
    assert reward == 1
    _, info = env.reset()
    assert info["action_mask"].all(), "a new session knows nothing of the last one"


def test_a_film_that_is_twice_in_a_slate_counts_once():
    sessions = Sessions(flat(1.0), Assumptions(position=0.0, horizon=1), 1, 3)
    np.testing.assert_allclose(
        sessions.chances(np.array([[2, 2, 4]]))[0], [[1 / 3, 0, 1 / 3]]
    )
    np.testing.assert_allclose(
        sessions.chances(np.array([[2, 2, 2]]))[0], [[1 / 2, 0, 0]]
    )


# --- tiredness, and what is observed ---


def test_tiredness_grows_with_clicks_and_fades():
    assumptions = Assumptions(memory=0.7, satiation=2.0, leave=0.0, horizon=8)
    place = world(items=30)
    sessions = Sessions(place, assumptions, 40, 1)
    sessions.start(np.arange(40), np.random.default_rng(0))
    tired, seen = np.zeros((40, 3)), np.zeros((40, 3))
    for step in range(8):
        films = np.full(40, step)
        before = tired.copy()
        reward, _, _ = sessions.step(films)
        for row in range(40):
            gained = reward[row] * place.genres[films[row]]
            tired[row] = 0.7 * tired[row] + gained
            seen[row] = 0.8 * seen[row] + gained
        np.testing.assert_allclose(sessions.tired, tired)
        assert (tired <= before)[reward == 0].all() and 0 < reward.mean() < 1
        observed = sessions.observe()
        # faded as the recommender fades it
        np.testing.assert_allclose(observed[:, 2:5], seen, rtol=1e-6)
        np.testing.assert_array_equal(observed[:, 5], reward)
        np.testing.assert_allclose(observed[:, 6], (step + 1) / 8)
    sessions.start(np.array([3]), np.random.default_rng(1))
    assert not sessions.tired[3].any() and not sessions.observe()[3, 2:].any()
    np.testing.assert_allclose(sessions.tired[4:], tired[4:])


def test_the_true_taste_is_never_observed():
    """Other tastes, or another tiredness, and the same clicks: the same is seen."""
    place, assumptions = world(items=20), Assumptions(leave=0.0, horizon=6)
    # pairs of worlds and assumptions in which the same happens, for two different
    # reasons
    cases = [
        ((place.appeal + NEVER, {}), (-place.appeal + NEVER, {})),
        ((place.appeal + SURE, {}), (-place.appeal + SURE, {})),
        (
            (place.appeal + SURE, {"memory": 0.1, "satiation": 0.0}),
            (place.appeal + SURE, {"satiation": 2.0}),
        ),
    ]
    for click, pair in zip((0, 1, 1), cases, strict=True):
        seen = []
        for appeal, more in pair:
            envs = FeedVector(
                replace(place, appeal=appeal), replace(assumptions, **more), num_envs=50
            )
            seen.append([envs.reset(seed=3)[0]])
            for step in range(5):
                observations, reward, *_ = envs.step(np.full(50, step))
                assert (reward == click).all()
                seen[-1].append(observations)
        np.testing.assert_array_equal(*seen)


# --- a session that is small enough to be computed ---


def brute_force(place, assumptions, user):
    """The value of the best plan, by trying all there is."""

    def value(left, tired, shown):
        best = 0.0
        for film in range(place.num_items):
            if not left or film in shown:
                continue
            kinds = np.flatnonzero(place.genres[film])
            x = assumptions.satiation * sum(tired[g] for g in kinds) / len(kinds)
            p = math.exp(place.appeal[user, film] - x)
            p /= p + math.exp(assumptions.no_click)
            faded = [assumptions.memory * t for t in tired]
            more = [t + (g in kinds) for g, t in enumerate(faded)]
            after = (left - 1, more, shown | {film}), (left - 1, faded, shown | {film})
            stays = 1 - assumptions.leave * (1 - math.exp(-x)), 1 - assumptions.leave
            best = max(
                best,
                p
                + p * stays[0] * value(*after[0])
                + (1 - p) * stays[1] * value(*after[1]),
            )
        return best

    return value(assumptions.horizon, [0.0] * place.genres.shape[1], frozenset())


def best_values(table, policy=None):
    """(S,), by going backwards; of the best policy, or of the one with policy[s] as its
    action.
    """
    values = np.zeros(len(table.names))
    for _ in range(30):
        worth = np.where(
            table.allowed, table.reward + table.transition @ values, -np.inf
        )
        values = (
            worth.max(axis=1)
            if policy is None
            else worth[np.arange(len(values)), policy]
        )
    return values


def states(place, assumptions, table, user):
    """Users, tiredness, shown and steps left of every state of the table but the end,
    from its name.
    """
    paths = [[] if name == "start" else name.split() for name in table.names[:-1]]
    tired, shown = (
        np.zeros((len(paths), place.genres.shape[1])),
        np.zeros((len(paths), place.num_items), dtype=bool),
    )
    for row, path in enumerate(paths):
        for mark in path:
            tired[row] = (
                assumptions.memory * tired[row]
                + (mark[-1] == "+") * place.genres[int(mark[:-1])]
            )
            shown[row, int(mark[:-1])] = True
    left = assumptions.horizon - np.array([len(path) for path in paths])
    return np.full(len(paths), user), tired, shown, left


SMALL = [
    (4, Assumptions(horizon=3)),
    (3, Assumptions(horizon=3, satiation=3.0, leave=0.5, memory=0.5, no_click=-0.5)),
]


@pytest.mark.parametrize(("items", "assumptions"), SMALL)
def test_the_table_is_a_decision_process(items, assumptions):
    place = world(items=items, num_genres=2, seed=3)
    table = tabular.tabulate(place, assumptions, user=1)
    paths = sum(math.perm(items, k) * 2**k for k in range(assumptions.horizon + 1))
    assert (
        table.transition.shape == (paths + 1, items, paths + 1)
        and len(set(table.names)) == paths + 1
    )
    assert (
        table.names[0] == "start"
        and table.names[-1] == "end"
        and table.names[1] == "0+"
    )
    assert (table.transition >= 0).all()
    np.testing.assert_allclose(table.transition[table.allowed].sum(axis=1), 1)
    assert (
        not table.transition[~table.allowed].any()
        and not table.reward[~table.allowed].any()
    )
    assert (
        table.transition[-1, :, -1].all()
        and table.allowed[-1].all()
        and not table.reward[-1].any()
    )
    start = {
        name: table.transition[0, 1, table.names.index(name)]
        for name in ("1+", "1-", "end")
    }
    chance = 1 / (1 + math.exp(assumptions.no_click - place.appeal[1, 1]))
    leaving = (1 - chance) * assumptions.leave
    expected = {"1+": chance, "1-": 1 - chance - leaving, "end": leaving}
    assert start == pytest.approx(expected) and table.reward[0, 1] == pytest.approx(
        chance
    )
    with pytest.raises(ValueError, match=r"over 2,000 states"):
        tabular.tabulate(world(items=6), Assumptions(horizon=4))


@pytest.mark.filterwarnings("error", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("items", "assumptions"), SMALL)
def test_table_plan_and_brute_force_agree(items, assumptions):
    """The look-ahead with full depth and width is the best there is, in every state of
    the session.
    """
    place = world(items=items, num_genres=2, seed=3)
    table = tabular.tabulate(place, assumptions, user=1)
    values = best_values(table)
    assert values[0] == pytest.approx(brute_force(place, assumptions, user=1))
    envs = FeedVector(place, assumptions, num_envs=3_000)
    exact = LookAhead(envs, depth=assumptions.horizon, width=items)
    planned, films = exact.plan(*states(place, assumptions, table, 1), exact.depth)
    np.testing.assert_allclose(planned, values[:-1], rtol=1e-9)
    np.testing.assert_allclose(
        best_values(table, np.append(films, 0)), values, rtol=1e-9
    )
    # greedy is worse, and no plan is better than the best
    greedy = np.append(
        LookAhead(envs, depth=0).plan(*states(place, assumptions, table, 1), 0)[1], 0
    )
    worth = best_values(table, greedy)
    assert (worth <= values + 1e-12).all() and worth[0] < values[0] - 1e-3
    # and so it is in the environment
    for policy, value in ((exact, values[0]), (LookAhead(envs, depth=0), worth[0])):
        clicks = learning.evaluate(policy, envs, seed=0, users=np.full(3_000, 1))[
            "reward"
        ]
        assert clicks.mean() == pytest.approx(
            value, abs=4 * clicks.std() / math.sqrt(3_000)
        )


def test_without_satiation_and_leaving_greedy_is_best():
    """The negative control: nothing that is done now changes what comes later, but that
    a film is gone.
    """
    place, assumptions = (
        world(items=4, seed=5),
        Assumptions(satiation=0.0, leave=0.0, horizon=3),
    )
    for user in range(3):
        table = tabular.tabulate(place, assumptions, user)
        greedy = LookAhead(FeedVector(place, assumptions), depth=0)
        _, films = greedy.plan(*states(place, assumptions, table, user), 0)
        values = best_values(table)
        np.testing.assert_allclose(
            best_values(table, np.append(films, 0)), values, rtol=1e-12
        )
        odds = np.sort(np.exp(place.appeal[user] - assumptions.no_click))[1:]
        assert values[0] == pytest.approx((odds / (1 + odds)).sum())


def test_look_ahead_weighs_what_it_does_not_try():
    """A plan of one step with a rollout beats greedy, and a rollout is right where
    nothing is left to chance.
    """
    place = world(users=300, items=12, seed=8)
    envs = FeedVector(
        place, Assumptions(satiation=3.0, leave=0.4, horizon=6), num_envs=4_000
    )
    clicks = [
        learning.evaluate(LookAhead(envs, depth, width=6), envs, seed=1)["reward"]
        for depth in (0, 1)
    ]
    gain = clicks[1] - clicks[0]
    assert gain.mean() > 3 * gain.std() / math.sqrt(4_000)
    sure = FeedVector(
        flat(SURE, items=6),
        Assumptions(satiation=0.5, leave=0.0, horizon=4),
        num_envs=2,
    )
    plan = LookAhead(sure, depth=0).plan(
        np.zeros(2, int), np.zeros((2, 6)), np.zeros((2, 6), bool), np.array([4, 1]), 0
    )
    np.testing.assert_allclose(plan[0], [4, 1])
    with pytest.raises(ValueError, match="slate_size=1"):
        LookAhead(FeedVector(world(items=60), slate_size=2))


def test_popular():
    place = world(items=5, popularity=np.array([3, 9, 1, 9, 4]))
    masks = np.array(
        [[1, 1, 1, 1, 1], [1, 0, 1, 1, 1], [1, 0, 1, 0, 0], [0, 0, 1, 0, 0]], dtype=bool
    )
    assert planning.popular(place)(None, masks).tolist() == [1, 3, 0, 2]


# --- worlds, and what is wrong with them ---


def test_a_world_of_some_films():
    place = world(items=6)
    part = place.of(np.array([4, 1]))
    assert (part.num_users, part.num_items) == (5, 2) and part.items.tolist() == [
        40,
        10,
    ]
    np.testing.assert_array_equal(part.appeal, place.appeal[:, [4, 1]])
    for name in ("genres", "films", "popularity", "shares", "features"):
        np.testing.assert_array_equal(getattr(part, name), getattr(place, name)[[4, 1]])
    np.testing.assert_array_equal(part.profiles, place.profiles)
    np.testing.assert_allclose(place.shares.sum(axis=1), 1)
    assert place.features.shape == (6, 2 + 3 + 1) and (place.features[:, -1] == 1).all()


def test_movielens_world(monkeypatch):
    ds = data.load("synthetic")
    matrices = []
    plain = worlds.interaction_matrix
    monkeypatch.setattr(
        worlds,
        "interaction_matrix",
        lambda frame, *size: matrices.append(frame) or plain(frame, *size),
    )
    train = ds.ratings.sort_values("timestamp", kind="stable").head(
        len(ds.ratings) * 3 // 4
    )
    place = worlds.movielens_world(ds, train, num_items=20, dim=4)
    assert (place.num_users, place.num_items) == (ds.num_users, 20)
    count = np.bincount(train["item"], minlength=ds.num_items)
    assert (
        sorted(count[place.items]) == sorted(count)[-20:]
        and (np.diff(place.items) > 0).all()
    )
    np.testing.assert_array_equal(place.popularity, count[place.items])
    np.testing.assert_allclose(place.appeal.mean(axis=1), 0, atol=1e-9)
    some = np.bincount(train["user"], minlength=ds.num_users) > 1
    np.testing.assert_allclose(place.appeal.std(axis=1)[some], 1, rtol=1e-6)
    np.testing.assert_allclose(
        (place.profiles @ place.films.T).std(axis=1)[some], 1, rtol=1e-6
    )
    names = sorted({genre for i in place.items for genre in ds.items["genres"][i]})
    for film, kinds in zip(place.items, place.genres, strict=True):
        assert [name for name, has in zip(names, kinds, strict=True) if has] == sorted(
            ds.items["genres"][film]
        )
    # the profile knows the earlier half of the user's training films, and nothing else
    (known,) = matrices
    for user, rows in train.groupby("user"):
        half = rows.sort_values("timestamp", kind="stable")["item"].head(
            (len(rows) + 1) // 2
        )
        assert set(known.loc[known["user"] == user, "item"]) == set(half)
    # it knows the user, but not fully: related to the taste, yet not the same
    guess = place.profiles @ place.films.T
    agree = [
        np.corrcoef(a, b)[0, 1]
        for a, b in zip(guess[some], place.appeal[some], strict=True)
    ]
    assert 0.3 < np.mean(agree) < 0.9999
    # what is not in train is not used, and the seed does the rest
    again = worlds.movielens_world(
        replace(ds, ratings=train.iloc[:1]), train, num_items=20, dim=4
    )
    for name in ("appeal", "profiles", "films", "popularity"):
        np.testing.assert_array_equal(getattr(place, name), getattr(again, name))
    assert not np.allclose(
        worlds.movielens_world(ds, train, num_items=20, dim=4, seed=1).appeal,
        place.appeal,
    )


def test_errors_of_worlds():
    place = world()
    for name, wrong in (
        ("genres", np.ones((7, 3))),
        ("profiles", np.ones((4, 2))),
        ("profiles", np.ones((5, 3))),
        ("films", np.ones((7, 2))),
        ("popularity", np.ones(9)),
        ("items", np.arange(7)),
    ):
        with pytest.raises(ValueError, match=f"{name} must have shape"):
            replace(place, **{name: wrong})
    bare = place.genres.copy()
    bare[3] = 0
    with pytest.raises(ValueError, match="every film needs a genre"):
        replace(place, genres=bare)
    for name in ("appeal", "profiles", "films"):
        broken = getattr(place, name).copy()
        broken[1, 1] = np.nan
        with pytest.raises(ValueError, match="NaN or an infinite number"):
            replace(place, **{name: broken})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"position": -1.0}, "position must be 0 or positive; it is -1.0"),
        ({"satiation": -0.1}, "satiation must be 0 or positive"),
        ({"satiation": math.nan}, "satiation must be 0 or positive"),
        ({"satiation": math.inf}, "satiation must be 0 or positive"),
        ({"memory": 1.1}, r"memory is a share and must lie in 0\.\.1; it is 1.1"),
        ({"leave": -0.1}, r"leave is a share and must lie in 0\.\.1"),
        ({"horizon": 0}, "horizon must be a whole number, at least 1"),
        ({"horizon": 2.5}, "horizon must be a whole number"),
        ({"no_click": math.inf}, "no_click a finite number"),
    ],
)
def test_errors_of_assumptions(wrong, said):
    with pytest.raises(ValueError, match=said):
        Assumptions(**wrong)


def test_errors_of_sessions():
    for slate_size, horizon in ((1, 9), (3, 3), (0, 2)):
        with pytest.raises(ValueError, match=r"need as many films; the world has 8"):
            Feed(world(), Assumptions(horizon=horizon), slate_size)
    envs = FeedVector(world(), Assumptions(horizon=2), slate_size=2, num_envs=3)
    envs.reset(seed=0)
    for wrong in (
        np.zeros((3, 3), int),
        np.zeros((3, 2)),
        np.full((3, 2), 8),
        np.full((3, 2), -1),
        np.zeros(3, int),
    ):
        with pytest.raises(
            ValueError,
            match=r"an action is 2 whole number\(s\) from 0 to 7|cannot reshape",
        ):
            envs.step(wrong)
    assert not envs.sessions.shown.any() and not envs.sessions.step_number.any()
