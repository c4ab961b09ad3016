"""Replay: by hand, against snips and a textbook interval, and unbiased by going through
all logs.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rec_tutor.decisions import offpolicy
from rec_tutor.decisions.bandits import BetaThompson, LinUCB

quick = settings(max_examples=40, deadline=None, derandomize=True)
RNG = np.random.default_rng(0)


def a_log(actions, rewards, propensities=None, masks=None, candidates=2):
    n = len(actions)
    masks = np.ones((n, candidates), dtype=bool) if masks is None else masks
    even = 1 / masks.sum(axis=1)
    return offpolicy.Log(
        observations=np.zeros((n, 1, 1)),
        actions=np.array(actions)[:, None],
        propensities=(even if propensities is None else np.array(propensities))[
            :, None
        ],
        rewards=np.array(rewards, dtype=float)[:, None],
        alive=np.ones((n, 1), dtype=bool),
        masks=masks[:, None],
    )


class Always:
    """A policy that shows the same candidate; its contexts are numbers."""

    def __init__(self, arm):
        self.arm = arm

    def choose(self, contexts, rng):
        found = np.flatnonzero(contexts == self.arm)
        return int(found[0]) if len(found) else 0

    def update(self, context, reward):
        assert context == self.arm


class WinStay:
    """Shows 0 until that fails, then the other one, and so on."""

    def __init__(self):
        self.arm = 0

    def choose(self, contexts, rng):
        return self.arm

    def update(self, context, reward):
        assert context == self.arm
        self.arm = self.arm if reward else 1 - self.arm


class Anything:
    def choose(self, contexts, rng):
        return int(rng.integers(len(contexts)))

    def update(self, context, reward):
        pass


def test_a_replay_by_hand():
    log = a_log([0, 1, 1, 0, 1, 0], [1, 0, 1, 1, 1, 0])
    found = offpolicy.replay(log, Always(1), np.arange(2), RNG)
    assert found.rows.tolist() == [1, 2, 4] and found.rewards.tolist() == [0, 1, 1]
    estimate = found.estimate
    assert estimate.value == pytest.approx(2 / 3) and estimate.ess == 3
    assert estimate.se == pytest.approx(np.sqrt(2 / 9 / 3))
    # 0 shown and clicked; again, and clicked; then not, so 1 is shown next: no row left
    found = offpolicy.replay(log, WinStay(), np.arange(2), RNG)
    assert found.rows.tolist() == [0, 3, 5] and found.rewards.tolist() == [1, 1, 0]


@pytest.mark.parametrize("clicks", [0, 1, 3, 7])
def test_the_interval_is_that_of_clopper_and_pearson(clicks):
    log = a_log([0] * 7, [1] * clicks + [0] * (7 - clicks))
    found = offpolicy.replay(log, Always(0), np.arange(2), RNG).estimate
    exact = stats.binomtest(clicks, 7).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


@quick
@given(st.integers(0, 10**6))
def test_for_a_fixed_policy_it_is_snips(seed):
    rng = np.random.default_rng(seed)
    actions = rng.integers(0, 4, 40)
    actions[0] = 2
    log = a_log(actions, rng.integers(0, 2, 40), candidates=4)
    target = np.zeros((40, 1, 4))
    target[:, 0, 2] = 1
    found = offpolicy.replay(log, Always(2), np.arange(4), rng)
    assert offpolicy.snips(log, target).value == pytest.approx(found.estimate.value)


CHANCES = (0.2, 0.7)  # of a click, for the two candidates


def every_log(n, logging=(0.5, 0.5)):
    """All logs of n rows, each with its probability."""
    for actions in itertools.product((0, 1), repeat=n):
        for rewards in itertools.product((0, 1), repeat=n):
            likely = np.prod(
                [
                    logging[a] * (CHANCES[a] if r else 1 - CHANCES[a])
                    for a, r in zip(actions, rewards, strict=True)
                ]
            )
            propensities = [logging[a] for a in actions]
            yield likely, a_log(actions, rewards, propensities)


def test_the_first_rounds_are_as_good_as_real_ones():
    seen, total = np.zeros((2, 2)), 0.0
    for likely, log in every_log(4):
        try:
            found = offpolicy.replay(log, WinStay(), np.arange(2), RNG)
        except ValueError:
            continue
        if len(found.rewards) >= 2:
            first, second = found.rewards[:2].astype(int)
            seen[first, second] += likely
            total += likely
    # really: 0 is shown; if it was clicked 0 again, else 1
    p, q = CHANCES
    real = [[(1 - p) * (1 - q), (1 - p) * q], [p * (1 - p), p * p]]
    assert seen / total == pytest.approx(np.array(real))


def test_of_an_uneven_log_a_replay_is_biased():
    logging = (0.9, 0.1)
    _, log = next(every_log(3, logging))
    with pytest.raises(ValueError, match=r"row 0 has a propensity of 0\.9 among 2"):
        offpolicy.replay(log, Anything(), np.arange(2), RNG)
    masks = np.array([[True, True, False], [True, True, True]])
    with pytest.raises(
        ValueError, match=r"row 1 has a propensity of 0\.333\d* among 3"
    ):
        offpolicy.replay(
            a_log([0, 2], [0, 1], masks=masks), Anything(), np.arange(3), RNG
        )
    # choosing evenly earns (.2 + .7) / 2; the replay gives what the log earned
    value = weight = 0.0
    rng = np.random.default_rng(1)
    for likely, log in every_log(3, logging):
        for _ in range(40):
            try:
                found = offpolicy.replay(
                    log, Anything(), np.arange(2), rng, check=False
                )
            except ValueError:
                continue
            value += likely * found.rewards.sum()
            weight += likely * len(found.rewards)
    assert value / weight == pytest.approx(0.9 * 0.2 + 0.1 * 0.7, abs=0.02)


def test_a_policy_learns_from_what_matches():
    rng = np.random.default_rng(0)
    actions = rng.integers(0, 2, 4000)
    clicks = rng.random(4000) < np.array(CHANCES)[actions]
    log = a_log(actions, clicks)
    for policy, contexts in (
        (BetaThompson(2), np.arange(2)),
        (LinUCB(2), np.eye(2)),
        (LinUCB(2), lambda row: np.eye(2)),
    ):
        found = offpolicy.replay(log, policy, contexts, rng)
        assert 1800 < len(found.rows) < 2200
        assert found.rewards[-1000:].mean() == pytest.approx(0.7, abs=0.06)


def test_what_a_replay_cannot_judge():
    log = a_log([1, 1, 1], [0, 1, 0])
    with pytest.raises(ValueError, match="nothing matches"):
        offpolicy.replay(log, Always(0), np.arange(2), RNG)
    with pytest.raises(ValueError, match="2 candidates needs a context; there are 3"):
        offpolicy.replay(log, Always(0), np.arange(3), RNG)
    with pytest.raises(
        ValueError, match="one decision per user, and rewards of 0 or 1"
    ):
        offpolicy.replay(a_log([1, 1], [0, 0.5]), Always(1), np.arange(2), RNG)
