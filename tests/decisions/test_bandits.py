"""Bandits: by hand, against a direct solve, and the ten lines that a chapter shows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rec_tutor.decisions.bandits import (
    Belief,
    BetaThompson,
    EpsilonGreedy,
    LinUCB,
    ThompsonSampling,
    largest,
)

quick = settings(max_examples=40, deadline=None, derandomize=True)
ARMS = np.eye(2)


def rounds(seed, n=12, dim=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.integers(0, 2, n).astype(float)


def test_a_round_by_hand():
    belief = Belief(2)
    belief.update(np.array([1.0, 0.0]), 1.0)
    # A = [[2, 0], [0, 1]], theta = A^-1 [1, 0]
    assert belief.mean == pytest.approx([0.5, 0])
    assert belief.inverse == pytest.approx(np.diag([0.5, 1]))
    seen, new, both = np.array([[1.0, 0], [0, 1], [1, 1]])
    contexts = np.stack([seen, new, both])
    assert belief.expect(contexts) == pytest.approx([0.5, 0, 0.5])
    doubts = [math.sqrt(0.5), 1, math.sqrt(1.5)]
    assert belief.doubt(contexts) == pytest.approx(doubts)
    belief.update(both, 0.0)
    # A = [[3, 1], [1, 2]], det 5, theta = A^-1 [1, 0] = [2, -1] / 5
    assert belief.inverse == pytest.approx(np.array([[2, -1], [-1, 3]]) / 5)
    assert belief.mean == pytest.approx([0.4, -0.2])


@quick
@given(st.integers(0, 10**6))
def test_updates_equal_a_direct_solve(seed):
    contexts, rewards = rounds(seed)
    rng = np.random.default_rng(seed)
    start, root = rng.normal(size=3), rng.normal(size=(3, 3))
    for mean, precision in (
        (np.zeros(3), 2.5 * np.eye(3)),
        (start, np.eye(3) + root @ root.T),
    ):
        belief = Belief(3, mean=mean, inverse=np.linalg.inv(precision))
        for context, reward in zip(contexts, rewards, strict=True):
            belief.update(context, reward)
        a = precision + contexts.T @ contexts
        solved = np.linalg.solve(a, precision @ mean + contexts.T @ rewards)
        assert belief.mean == pytest.approx(solved, abs=1e-9)
        assert belief.inverse == pytest.approx(np.linalg.inv(a), abs=1e-9)
    plain = Belief(3, l2=2.5)
    assert plain.inverse == pytest.approx(np.eye(3) / 2.5)


def test_one_candidate_one_number_is_counting():
    belief = Belief(2, l2=1.0)
    for arm, reward in ((0, 1.0), (0, 0.0), (0, 1.0), (1, 0.0)):
        belief.update(ARMS[arm], reward)
    assert belief.mean == pytest.approx([2 / (3 + 1), 0])
    assert belief.doubt(ARMS) == pytest.approx([1 / 2, 1 / math.sqrt(2)])


def test_blocks_make_the_disjoint_model_of_li_et_al():
    contexts, rewards = rounds(3)
    shown = np.random.default_rng(4).integers(0, 2, len(contexts))
    shared, own = Belief(6), [Belief(3), Belief(3)]
    for arm, x, reward in zip(shown, contexts, rewards, strict=True):
        shared.update(np.kron(ARMS[arm], x), reward)
        own[arm].update(x, reward)
    assert shared.mean == pytest.approx(np.concatenate([b.mean for b in own]))
    now = np.kron(ARMS, contexts[0])
    doubts = [b.doubt(contexts[:1])[0] for b in own]
    assert shared.doubt(now) == pytest.approx(doubts)


def test_optimism_tries_what_greed_never_sees():
    rng = np.random.default_rng(0)
    pay = [0.3, 0.7]
    counts = {}
    for name, policy in (("greedy", LinUCB(2, alpha=0)), ("ucb", LinUCB(2, alpha=1))):
        policy.update(ARMS[0], pay[0])  # a first round with the worse one
        counts[name] = np.zeros(2)
        for _ in range(50):
            arm = policy.choose(ARMS, rng)
            policy.update(ARMS[arm], pay[arm])
            counts[name][arm] += 1
    assert counts["greedy"].tolist() == [50, 0]
    assert counts["ucb"][1] > 40
    # the second round by hand: .3 / 2 + sqrt(1 / 2) = .857 against 0 + 1
    policy = LinUCB(2, alpha=1)
    policy.update(ARMS[0], 0.3)
    assert policy.expect(ARMS) + policy.doubt(ARMS) == pytest.approx(
        [0.857, 1], abs=1e-3
    )
    assert policy.choose(ARMS, rng) == 1


def test_thompson_shows_each_as_often_as_it_may_be_the_best():
    rng, n = np.random.default_rng(0), 20_000
    policy = ThompsonSampling(2, v=0.5)
    policy.update(ARMS[0], 1.0)  # N(.5, .25 / 2) against N(0, .25)
    share = sum(policy.choose(ARMS, rng) == 0 for _ in range(n)) / n
    z = 0.5 / math.sqrt(0.25 / 2 + 0.25)
    chance = 0.5 * (1 + math.erf(z / math.sqrt(2)))
    assert abs(share - chance) < 4 * math.sqrt(chance * (1 - chance) / n)


def test_thompson_draws_from_the_belief():
    rng, draws = np.random.default_rng(0), []
    belief = ThompsonSampling(3, v=2.0)
    for context, reward in zip(*rounds(5, n=3), strict=True):
        belief.update(context, reward)

    class Spy(np.ndarray):
        def __matmul__(self, theta):
            draws.append(np.asarray(theta))
            return np.zeros(1)

    for _ in range(20_000):
        belief.choose(np.zeros((1, 3)).view(Spy), rng)
    found = np.cov(np.array(draws).T)
    assert np.mean(draws, axis=0) == pytest.approx(belief.mean, abs=0.06)
    assert found == pytest.approx(4 * belief.inverse, abs=0.15)
    still = ThompsonSampling(2, v=0.0)
    still.update(ARMS[1], 1.0)
    assert {still.choose(ARMS, rng) for _ in range(9)} == {1}


def test_beta_thompson_counts_and_matches():
    policy, rng, n = BetaThompson(2), np.random.default_rng(0), 20_000
    policy.update(np.int64(0), 1)
    assert policy.a.tolist() == [2, 1] and policy.b.tolist() == [1, 1]
    arms = np.arange(2)
    share = sum(policy.choose(arms, rng) == 0 for _ in range(n)) / n
    # P(Beta(2, 1) > Beta(1, 1)) = 2/3
    assert abs(share - 2 / 3) < 4 * math.sqrt(2 / 9 / n)
    # positions, not numbers
    assert policy.choose(np.array([1]), rng) == 0


def test_epsilon_is_the_share_of_anything():
    policy, rng, n = EpsilonGreedy(2, epsilon=0.2), np.random.default_rng(0), 20_000
    policy.update(ARMS[1], 1.0)
    share = sum(policy.choose(ARMS, rng) == 0 for _ in range(n)) / n
    assert abs(share - 0.1) < 4 * math.sqrt(0.09 / n)


def test_ties_go_to_anybody():
    rng = np.random.default_rng(0)
    assert {largest(np.array([1.0, 0, 1]), rng) for _ in range(99)} == {0, 2}
    for values in ([], [1.0, np.nan]):
        with pytest.raises(ValueError, match="nothing to choose from, or a NaN"):
            largest(np.array(values), rng)


def test_bad_settings_are_refused():
    for make, match in (
        (lambda: Belief(2, l2=0), "l2 must be positive"),
        (lambda: Belief(2, mean=np.zeros(3)), r"mean must be \(2,\)"),
        (lambda: LinUCB(2, alpha=-1), "alpha must be 0 or positive"),
        (lambda: ThompsonSampling(2, v=float("nan")), "v must be 0 or positive"),
        (lambda: EpsilonGreedy(2, epsilon=1.5), "epsilon must lie in 0..1"),
        (lambda: BetaThompson(2, a=0), "a and b must be positive"),
        (lambda: Belief(2).update(np.zeros(2), np.nan), "NaN or an infinite number"),
        (lambda: BetaThompson(2).update(np.int64(0), 2), "a reward must lie in 0..1"),
    ):
        with pytest.raises(ValueError, match=match):
            make()


# --- what a chapter shows before the classes: one new person, every film once ---


def linucb(films, click, alpha):
    """Ten lines."""
    inverse, theta, shown = np.eye(films.shape[1]), np.zeros(films.shape[1]), []
    for _ in range(len(films)):
        doubt = np.sqrt(((films @ inverse) * films).sum(axis=1))
        score = films @ theta + alpha * doubt
        score[shown] = -np.inf
        film = int(score.argmax())
        x, r = films[film], click(film)
        gain = inverse @ x / (1 + x @ inverse @ x)
        theta, inverse = (
            theta + gain * (r - x @ theta),
            inverse - np.outer(gain, x @ inverse),
        )
        shown.append(film)
    return shown


def thompson(films, click, v, rng):
    """Ten lines."""
    a, b, shown = np.eye(films.shape[1]), np.zeros(films.shape[1]), []
    for _ in range(len(films)):
        inverse = np.linalg.inv(a)
        theta = rng.multivariate_normal(inverse @ b, v**2 * inverse)
        score = films @ theta
        score[shown] = -np.inf
        film = int(score.argmax())
        a, b = a + np.outer(films[film], films[film]), b + click(film) * films[film]
        shown.append(film)
    return shown


@quick
@given(st.integers(0, 10**6))
def test_ten_lines_choose_as_the_class_does(seed):
    rng = np.random.default_rng(seed)
    films = rng.normal(size=(15, 3))
    clicks = (rng.random(15) < 1 / (1 + np.exp(-films @ rng.normal(size=3)))).astype(
        float
    )
    policy, left, shown = LinUCB(3, alpha=0.7), np.arange(15), []
    for _ in range(15):
        film = left[policy.choose(films[left], rng)]
        policy.update(films[film], clicks[film])
        left, shown = left[left != film], [*shown, film]
    assert shown == linucb(films, clicks.__getitem__, alpha=0.7)
    assert sorted(thompson(films, clicks.__getitem__, 0.5, rng)) == list(range(15))
