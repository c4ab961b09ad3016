"""Off-policy estimators by hand, by enumeration of all logs, and against loops that
follow the formulas.
"""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import linear_model

from rec_tutor.decisions import offpolicy
from rec_tutor.decisions.offpolicy import Log, outcomes

quick = settings(max_examples=40, deadline=None, derandomize=True)
FIELDS = ("observations", "actions", "propensities", "rewards", "alive", "masks")


def random_log(seed, n=7, horizon=3, num_actions=4, stay=0.7, epsilon=0.1):
    """A log of nonsense that is nevertheless valid, and a target with common
    support.
    """
    rng = np.random.default_rng(seed)
    alive = np.cumprod(rng.random((n, horizon)) < stay, axis=1).astype(bool)
    alive[:, 0] = True
    masks = rng.random((n, horizon, num_actions)) < 0.7
    masks[:, :, 1] = True
    masks[:, :, 2] = True  # two candidates or more
    both = [
        np.where(masks, rng.dirichlet(np.ones(num_actions), (n, horizon)) + epsilon, 0)
        for _ in range(2)
    ]
    logging, target = (p / p.sum(axis=2, keepdims=True) for p in both)
    drawn = rng.random((n, horizon, 1)) * (1 - 1e-12)
    actions = (drawn > np.cumsum(logging, axis=2)).sum(axis=2)
    log = Log(
        rng.normal(size=(n, horizon, 2)),
        actions,
        np.take_along_axis(logging, actions[:, :, None], axis=2)[:, :, 0],
        rng.normal(size=(n, horizon)),
        alive,
        masks,
    )
    return log, target


def pick(log, rows):
    return Log(*(getattr(log, name)[rows] for name in FIELDS))


def logging_policy(log, seed=0):
    """Some policy that has the log's propensities for what was shown, the rest spread
    over other candidates.
    """
    taken = np.arange(log.masks.shape[2]) == log.actions[:, :, None]
    others = np.where(
        log.masks & ~taken, np.random.default_rng(seed).random(log.masks.shape) + 0.1, 0
    )
    others *= (1 - log.propensities[:, :, None]) / others.sum(axis=2, keepdims=True)
    return np.where(taken, log.propensities[:, :, None], others)


# --- a small world whose logs can all be listed ---

# One state per step and number of clicks so far; two candidates. A click pays 1, and
# then the user may be sated and leave. Everything that can happen to one user is a path
# with a probability.
HORIZON, CLICK, LEAVE = 2, np.array([[0.7, 0.2], [0.3, 0.6]]), 0.4
# step, clicks, action
LOGGING = np.array([[[0.6, 0.4], [0.6, 0.4]], [[0.3, 0.7], [0.8, 0.2]]])
TARGET = np.array([[[0.2, 0.8], [0.2, 0.8]], [[0.9, 0.1], [0.25, 0.75]]])


def paths(policy):
    """Every path of one user under `policy`: (probability, [(clicks before, action,
    reward), …]).
    """
    found = []

    def walk(probability, steps, clicks):
        if len(steps) == HORIZON:
            found.append((probability, steps))
            return
        for action in (0, 1):
            shown = probability * policy[len(steps), clicks, action]
            like = CLICK[clicks, action]
            walk(shown * (1 - like), [*steps, (clicks, action, 0.0)], clicks)
            clicked = [*steps, (clicks, action, 1.0)]
            found.append((shown * like * LEAVE, clicked))
            if len(clicked) == HORIZON:
                found[-1] = (shown * like, clicked)
            else:
                walk(shown * like * (1 - LEAVE), clicked, 1)

    walk(1.0, [], 0)
    return found


def true_value(policy, gamma):
    return sum(
        p * sum(gamma**t * reward for t, (_, _, reward) in enumerate(steps))
        for p, steps in paths(policy)
    )


def log_of(users):
    """The log of some paths, and the target's probabilities there."""
    n = len(users)
    columns = {
        "observations": np.full((n, HORIZON, 1), np.nan),
        "actions": np.full((n, HORIZON), -1),
        "propensities": np.full((n, HORIZON), np.nan),
        "rewards": np.full((n, HORIZON), np.nan),
        "alive": np.zeros((n, HORIZON), dtype=bool),
        "masks": np.ones((n, HORIZON, 2), dtype=bool),
    }
    target = np.full((n, HORIZON, 2), np.nan)
    for u, steps in enumerate(users):
        for t, (clicks, action, reward) in enumerate(steps):
            columns["observations"][u, t] = clicks
            columns["actions"][u, t] = action
            columns["propensities"][u, t] = LOGGING[t, clicks, action]
            columns["rewards"][u, t] = reward
            columns["alive"][u, t] = True
            target[u, t] = TARGET[t, clicks]
    return Log(**columns), target


def expectation(estimator, users=2):
    """The exact mean and variance of an estimator over all logs of `users` users."""
    moments = np.zeros(3)
    for combination in itertools.product(paths(LOGGING), repeat=users):
        probability = np.prod([p for p, _ in combination])
        value = estimator(*log_of([steps for _, steps in combination])).value
        moments += probability * np.array([1, value, value**2])
    assert moments[0] == pytest.approx(1, abs=1e-12)
    return moments[1], moments[2] - moments[1] ** 2


@pytest.mark.parametrize("gamma", [1.0, 0.5])
def test_unbiased_over_all_logs(gamma):
    """IPS and, with another user's model or any other that is given, DR. The naive mean
    is the logging policy's.
    """
    truth = true_value(TARGET, gamma)
    assert abs(truth - true_value(LOGGING, gamma)) > 0.05
    assert expectation(lambda log, target: offpolicy.ips(log, target, gamma=gamma))[
        0
    ] == pytest.approx(truth)
    assert expectation(lambda log, _: offpolicy.naive(log, gamma=gamma))[
        0
    ] == pytest.approx(true_value(LOGGING, gamma))

    def cross_fitted(log, target):
        return offpolicy.doubly_robust(log, target, gamma=gamma, folds=2, l2=0.3)

    assert expectation(cross_fitted)[0] == pytest.approx(truth, abs=1e-12)

    def wrong_model(log, target):
        return offpolicy.doubly_robust(
            log, target, gamma=gamma, outcomes=3 + log.observations * [1.0, -2.0]
        )

    assert expectation(wrong_model)[0] == pytest.approx(truth, abs=1e-12)


def test_a_model_fitted_on_the_same_users_would_be_biased():
    """Why cross-fitting: the same regression on all users at once gives an estimator
    whose mean is off.
    """

    def own(log, target):
        alone = np.zeros(log.masks.shape)
        for t in range(HORIZON):
            rows = log.alive[:, t]
            x, shown = (
                np.insert(log.observations[rows, t], 0, 1, axis=1),
                np.eye(2)[log.actions[rows, t]],
            )
            grams = np.einsum("na,nd,ne->ade", shown, x, x)
            fitted = (
                x
                @ outcomes._lines(
                    grams, (shown * log.rewards[rows, t, None]).T @ x, 0.3
                ).T
            )
            alone[rows, t] = fitted
        return offpolicy.doubly_robust(log, target, outcomes=alone)

    assert abs(expectation(own)[0] - true_value(TARGET, 1.0)) > 0.01


def test_bias_of_snips_shrinks_like_one_over_n():
    """One decision, two candidates that pay .8 and .3: the exact bias for n users, over
    all counts of what happened.
    """
    # action, reward, probability
    cells = [(0, 1, 0.4 * 0.8), (0, 0, 0.4 * 0.2), (1, 1, 0.6 * 0.3), (1, 0, 0.6 * 0.7)]
    bias = []
    for n in (6, 24):
        mean = 0.0
        for counts in itertools.product(range(n + 1), repeat=3):
            if sum(counts) <= n:
                counts = (*counts, n - sum(counts))
                action, reward = (
                    np.repeat([cell[k] for cell in cells], counts)[:, None]
                    for k in (0, 1)
                )
                ones = np.ones((n, 1), dtype=bool)
                log = Log(
                    np.zeros((n, 1, 1)),
                    action,
                    np.where(action, 0.6, 0.4),
                    reward,
                    ones,
                    np.ones((n, 1, 2)),
                )
                probability = stats.multinomial.pmf(
                    counts, n, [cell[2] for cell in cells]
                )
                mean += (
                    probability * offpolicy.snips(log, np.full((n, 1, 2), 0.5)).value
                )
        bias.append(abs(mean - (0.8 + 0.3) / 2))
    assert bias[0] > 1e-3 and bias[1] == pytest.approx(bias[0] / 4, rel=0.3)


def true_outcomes(log, gamma):
    """q(s, a) of the small world under the target for every logged state: what a
    perfect model would say.
    """
    value = np.zeros((HORIZON + 1, 2))
    q = np.zeros((HORIZON, 2, 2))
    for t in reversed(range(HORIZON)):
        for clicks in (0, 1):
            for action in (0, 1):
                like = CLICK[clicks, action]
                after = (
                    like * (1 - LEAVE) * value[t + 1, 1]
                    + (1 - like) * value[t + 1, clicks]
                )
                q[t, clicks, action] = like + gamma * after
            value[t, clicks] = TARGET[t, clicks] @ q[t, clicks]
    clicks = log.observations[:, :, 0].astype(int)
    return np.where(log.alive[:, :, None], q[np.arange(HORIZON), clicks], 0)


def test_a_good_model_lowers_the_variance():
    truth = true_value(TARGET, 0.9)

    def perfect(log, target):
        return offpolicy.doubly_robust(
            log, target, gamma=0.9, outcomes=true_outcomes(log, 0.9)
        )

    mean, variance = expectation(perfect)
    assert mean == pytest.approx(truth, abs=1e-12)
    assert (
        variance
        < 0.8
        * expectation(lambda log, target: offpolicy.ips(log, target, gamma=0.9))[1]
    )


def test_standard_error_is_unbiased_for_the_variance_of_ips():
    """Over all logs of two users the mean of se^2 is the variance of the estimate,
    exactly.
    """
    _, variance = expectation(offpolicy.ips)
    squared = sum(
        p * q * offpolicy.ips(*log_of([a, b])).se ** 2
        for (p, a), (q, b) in itertools.product(paths(LOGGING), repeat=2)
    )
    assert squared == pytest.approx(variance, abs=1e-12)


# --- by hand ---


def four_users():
    """One decision, two candidates, shown with 1/4 and 3/4; the target would show them
    with 1/2 and 1/2.
    """
    actions = np.array([[0], [1], [1], [1]])
    return Log(
        np.zeros((4, 1, 0)),  # no features at all
        actions,
        np.where(actions == 0, 0.25, 0.75),
        np.array([[1.0], [0.0], [1.0], [0.0]]),
        np.ones((4, 1), dtype=bool),
        np.ones((4, 1, 2), dtype=bool),
    ), np.full((4, 1, 2), 0.5)


def test_one_decision_by_hand():
    log, target = four_users()
    weights = offpolicy.importance_weights(log, target)
    np.testing.assert_allclose(weights[:, 0], [2, 2 / 3, 2 / 3, 2 / 3], rtol=1e-15)
    ess = 4**2 / (2**2 + 3 * (2 / 3) ** 2)
    assert (
        offpolicy.effective_sample_size(weights[:, 0])
        == pytest.approx(ess)
        == pytest.approx(3)
    )

    naive, ips, snips = (
        offpolicy.naive(log),
        offpolicy.ips(log, target),
        offpolicy.snips(log, target),
    )
    assert naive.value == 0.5 and naive.ess == 4
    assert ips.value == pytest.approx((2 + 2 / 3) / 4)
    spread = np.var([2, 0, 2 / 3, 0], ddof=1)
    assert ips.se == pytest.approx(np.sqrt(spread / 4))
    half = stats.t.ppf(0.975, 3 - 1) * ips.se
    assert (ips.low, ips.high) == pytest.approx((ips.value - half, ips.value + half))

    # (2 + 2/3) / 4: the weights happen to sum to 4
    assert snips.value == pytest.approx(2 / 3)
    moves = np.array([2, 2 / 3, 2 / 3, 2 / 3]) * (np.array([1, 0, 1, 0]) - 2 / 3)
    assert snips.se == pytest.approx(np.std(moves, ddof=1) / 2)

    q = np.array([0.8, 0.4])
    errors = weights[:, 0] * (log.rewards[:, 0] - q[log.actions[:, 0]])
    dr = offpolicy.doubly_robust(log, target, outcomes=np.tile(q, (4, 1, 1)))
    assert dr.value == pytest.approx(0.6 + (2 * 0.2 + (2 / 3) * (-0.4 + 0.6 - 0.4)) / 4)
    assert dr.se == pytest.approx(np.std(errors, ddof=1) / 2)


def test_two_decisions_by_hand():
    """The second user leaves after the first step: the weight stays, the reward
    is 0.
    """
    log = Log(
        np.zeros((2, 2, 1)),
        np.array([[0, 1], [1, -7]]),
        np.array([[0.5, 0.25], [0.5, np.nan]]),
        np.array([[1.0, 2.0], [3.0, np.nan]]),
        np.array([[True, True], [True, False]]),
        np.array([[[True, True], [True, True]], [[True, True], [False, False]]]),
    )
    target = np.array([[[0.75, 0.25], [0.5, 0.5]], [[0.75, 0.25], [np.nan, np.nan]]])
    np.testing.assert_allclose(
        offpolicy.importance_weights(log, target), [[1.5, 3], [0.5, 0.5]]
    )
    assert offpolicy.naive(log, gamma=0.5).value == pytest.approx((1 + 0.5 * 2 + 3) / 2)
    assert offpolicy.ips(log, target, gamma=0.5).value == pytest.approx(
        (1.5 + 0.5 * 3 * 2 + 0.5 * 3) / 2
    )
    snips = (1.5 + 0.5 * 3) / (1.5 + 0.5) + 0.5 * (3 * 2 + 0.5 * 0) / (3 + 0.5)
    assert offpolicy.snips(log, target, gamma=0.5).value == pytest.approx(snips)
    assert offpolicy.ips(log, target).ess == pytest.approx(3.5**2 / (9 + 0.25))
    # the weighted means of the two steps; weights sum to 2 and 3.5
    first, second = 1.5, 6 / 3.5
    moves = [
        1.5 / 2 * (1 - first) + 0.5 * 3 / 3.5 * (2 - second),
        0.5 / 2 * (3 - first) + 0.5 * 0.5 / 3.5 * (0 - second),
    ]
    assert offpolicy.snips(log, target, gamma=0.5).se == pytest.approx(
        np.std(2 * np.array(moves), ddof=1) / 2**0.5
    )

    # the nines belong to nobody
    q = np.array([[[1.0, 4.0], [2.0, 1.0]], [[1.0, 4.0], [9.0, 9.0]]])
    first, second = 0.75 * 1 + 0.25 * 4, 0.5 * 2 + 0.5 * 1
    by_hand = [
        first + 1.5 * (1 + 0.5 * second - 1) + 0.5 * 3 * (2 - 1),
        first + 0.5 * (3 + 0.5 * 0 - 4),
    ]
    dr = offpolicy.doubly_robust(log, target, gamma=0.5, outcomes=q)
    assert dr.value == pytest.approx(np.mean(by_hand))
    assert dr.se == pytest.approx(np.std(by_hand, ddof=1) / np.sqrt(2))


@pytest.mark.parametrize(
    ("weights", "ess"), [([1] * 5, 5), ([1, 0, 0, 0, 0], 1), ([3, 1], 1.6), ([0, 0], 0)]
)
def test_effective_sample_size_by_hand(weights, ess):
    assert offpolicy.effective_sample_size(weights) == pytest.approx(ess, abs=1e-12)
    assert offpolicy.effective_sample_size(np.array(weights) * 1e200) == pytest.approx(
        ess, abs=1e-12
    )


def test_one_user_alone_gives_an_infinite_interval():
    log, target = four_users()
    target[...] = [1.0, 0.0]  # only the first user was shown that
    for estimate in (offpolicy.ips(log, target), offpolicy.snips(log, target)):
        assert estimate.ess == 1 and estimate.low == -np.inf and estimate.high == np.inf
    rest = pick(log, [1, 2, 3])
    assert (
        offpolicy.ips(rest, target[1:]).value == 0
        and offpolicy.ips(rest, target[1:]).high == np.inf
    )
    with pytest.raises(ValueError, match="At step 0 nobody"):
        offpolicy.snips(rest, target[1:])


# --- against loops ---


def by_loops(log, target, gamma, q):
    """(IPS, SNIPS, DR) after the formulas, user by user and step by step."""
    n, horizon = log.actions.shape
    weights = [[1.0] * horizon for _ in range(n)]
    for u in range(n):
        w = 1.0
        for t in range(horizon):
            if log.alive[u, t]:
                a = log.actions[u, t]
                w = w * target[u, t, a] / log.propensities[u, t]
            weights[u][t] = w
    ips = (
        sum(
            gamma**t * weights[u][t] * log.rewards[u, t]
            for u in range(n)
            for t in range(horizon)
        )
        / n
    )
    snips = 0.0
    for t in range(horizon):
        over = sum(weights[u][t] * log.rewards[u, t] for u in range(n))
        snips += gamma**t * over / sum(weights[u][t] for u in range(n))
    total = 0.0
    for u in range(n):
        value = 0.0  # Jiang and Li's recursion, backwards: v + rho (r + gamma V' - q)
        for t in reversed(range(horizon)):
            if log.alive[u, t]:
                a = log.actions[u, t]
                rho = target[u, t, a] / log.propensities[u, t]
                v = sum(target[u, t, b] * q[u, t, b] for b in range(target.shape[2]))
                value = v + rho * (log.rewards[u, t] + gamma * value - q[u, t, a])
        total += value
    return ips, snips, total / n, np.array(weights)


@quick
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([0.0, 0.6, 1.0]))
def test_estimators_equal_loops(seed, horizon, gamma):
    log, target = random_log(seed, horizon=horizon)
    q = np.random.default_rng(seed).normal(size=target.shape)
    ips, snips, dr, weights = by_loops(log, target, gamma, q)
    np.testing.assert_allclose(
        offpolicy.importance_weights(log, target), weights, rtol=1e-12
    )
    assert offpolicy.ips(log, target, gamma=gamma).value == pytest.approx(
        ips, abs=1e-12
    )
    assert offpolicy.snips(log, target, gamma=gamma).value == pytest.approx(
        snips, abs=1e-12
    )
    assert offpolicy.doubly_robust(
        log, target, gamma=gamma, outcomes=q
    ).value == pytest.approx(dr, abs=1e-12)


@quick
@given(st.integers(0, 10_000))
def test_delta_method_equals_the_jackknife_to_first_order(seed):
    """Leaving each user out in turn gives the standard error of SNIPS without any
    formula.
    """
    log, target = random_log(seed, n=60, epsilon=0.5)
    rows = np.arange(60)
    without = [
        offpolicy.snips(pick(log, rows != u), target[rows != u], gamma=0.5).value
        for u in rows
    ]
    jackknife = np.sqrt(59 / 60 * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert offpolicy.snips(log, target, gamma=0.5).se == pytest.approx(
        jackknife, rel=0.1
    )


# --- invariances ---


@quick
@given(st.integers(0, 10_000))
def test_target_equal_to_logging(seed):
    """All weights are 1, and every estimator is the mean of the log, with its
    interval.
    """
    log, _ = random_log(seed)
    target = logging_policy(log)
    np.testing.assert_allclose(offpolicy.importance_weights(log, target), 1, rtol=1e-9)
    naive = offpolicy.naive(log)
    assert naive.value == pytest.approx(log.rewards.sum(axis=1).mean(), abs=1e-12)
    for estimate in (
        offpolicy.ips(log, target),
        offpolicy.snips(log, target),
        offpolicy.doubly_robust(log, target, outcomes=np.zeros(target.shape)),
    ):
        expected = (naive.value, naive.low, naive.high)
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
            expected, abs=1e-6
        )
        assert estimate.ess == pytest.approx(len(log))


@quick
@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 5))
def test_invariances(seed, shift, scale):
    log, target = random_log(seed, stay=1.0)
    rng = np.random.default_rng(seed)
    q = rng.normal(size=target.shape)

    def all_of(log, target, q):
        return (
            offpolicy.ips(log, target),
            offpolicy.snips(log, target),
            offpolicy.doubly_robust(log, target, outcomes=q),
        )

    before = all_of(log, target, q)
    order = rng.permutation(len(log))
    # candidate a is called names[a] from now on
    names = rng.permutation(target.shape[2])
    renamed = replace(
        log, actions=names[log.actions], masks=log.masks[:, :, np.argsort(names)]
    )
    for changed in (
        all_of(pick(log, order), target[order], q[order]),
        all_of(renamed, target[:, :, np.argsort(names)], q[:, :, np.argsort(names)]),
    ):
        for a, b in zip(before, changed, strict=True):
            assert (a.value, a.se, a.ess) == pytest.approx(
                (b.value, b.se, b.ess), abs=1e-9
            )

    scaled = all_of(replace(log, rewards=scale * log.rewards), target, scale * q)
    for a, b in zip(before, scaled, strict=True):
        assert (scale * a.value, scale * a.se) == pytest.approx(
            (b.value, b.se), abs=1e-9
        )

    moved = replace(log, rewards=log.rewards + shift)
    snips = offpolicy.snips(moved, target)
    assert snips.value == pytest.approx(before[1].value + 3 * shift, abs=1e-9)
    assert snips.se == pytest.approx(before[1].se, abs=1e-9)
    # the rewards to come grow by as many shifts as steps are left
    later = shift * np.arange(3, 0, -1)[:, None]
    dr = offpolicy.doubly_robust(moved, target, outcomes=q + later)
    assert dr.value == pytest.approx(before[2].value + 3 * shift, abs=1e-9)


@quick
@given(st.integers(0, 10_000))
def test_what_stands_behind_the_last_step_does_not_matter(seed):
    log, target = random_log(seed, stay=0.5)
    gone = ~log.alive
    dirty = Log(
        np.where(gone[:, :, None], np.nan, log.observations),
        np.where(gone, 99, log.actions),
        np.where(gone, -1, log.propensities),
        np.where(gone, np.inf, log.rewards),
        log.alive,
        log.masks & ~gone[:, :, None],
    )
    other = np.where(gone[:, :, None], np.nan, target)
    for estimator in (
        offpolicy.ips,
        offpolicy.snips,
        lambda *two: offpolicy.doubly_robust(*two, folds=2),
    ):
        assert estimator(log, target) == estimator(dirty, other)
    assert (dirty.rewards[gone] == 0).all() and (dirty.propensities[gone] == 1).all()


@quick
@given(st.integers(0, 10_000))
def test_snips_stays_within_the_rewards_and_weights_mean_one(seed):
    log, target = random_log(seed, stay=1.0)
    lowest, highest = log.rewards.min(axis=0).sum(), log.rewards.max(axis=0).sum()
    assert lowest - 1e-9 <= offpolicy.snips(log, target).value <= highest + 1e-9
    rng = np.random.default_rng(seed)
    ess = offpolicy.effective_sample_size(rng.exponential(size=30))
    assert 1 <= ess <= 30


def test_weights_mean_one_over_all_logs():
    """At every step, those who have left included: the check that the docstring
    recommends.
    """
    for t in range(HORIZON):
        mean = sum(
            p * q * offpolicy.importance_weights(*log_of([a, b]))[:, t].mean()
            for (p, a), (q, b) in itertools.product(paths(LOGGING), repeat=2)
        )
        assert mean == pytest.approx(1, abs=1e-12)


def test_outcomes_of_what_nobody_does_may_be_unknown():
    """Where the target never shows a candidate, its q does not count, even if the log
    showed it: the weight is 0.
    """
    log, _ = four_users()
    target = np.tile([0.0, 1.0], (4, 1, 1))
    q = np.array([[[5.0, 0.25]], *[[[np.nan, 0.25]]] * 3])
    estimate = offpolicy.doubly_robust(log, target, outcomes=q)
    assert estimate.value == pytest.approx(0.25 + 4 / 3 * (0 + 1 + 0 - 3 * 0.25) / 4)
    half = np.tile([0.5, 0.5], (4, 1, 1))
    half[0] = [0.0, 1.0]
    q[1:, 0, 0] = 1.0
    by_hand = [0.25, *(0.625 + 2 / 3 * (np.array([0, 1, 0]) - 0.25))]
    assert offpolicy.doubly_robust(log, half, outcomes=q).value == pytest.approx(
        np.mean(by_hand)
    )


# --- the outcome model ---


def exact_world(n, seed, noise=0.0):
    """Rewards and next states that are linear in the state, per action: the model of
    `outcome_model` is right.
    """
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 3, 2))  # three actions, two features
    logging, target = rng.dirichlet(np.ones(3) * 4, 2)
    x = rng.normal(size=(n, 2))
    columns = {name: [] for name in FIELDS}
    for _ in range(3):
        actions = rng.choice(3, size=n, p=logging)
        reward = (a[actions] * x).sum(axis=1) + actions
        columns["observations"].append(x)
        columns["actions"].append(actions)
        columns["propensities"].append(logging[actions])
        columns["rewards"].append(reward + noise * rng.normal(size=n))
        columns["alive"].append(np.ones(n, dtype=bool))
        columns["masks"].append(np.ones((n, 3), dtype=bool))
        x = x * b[actions] + 1
    # the exact values, backwards: q = (a x + number) + gamma v(x b + 1), v = c x + d
    gamma, c, d, q = 0.9, np.zeros(2), 0.0, []
    for _ in range(3):
        slope, level = a + gamma * b * c, np.arange(3) + gamma * (c.sum() + d)
        q.append((slope, level))
        c, d = target @ slope, target @ level
    log = Log(**{name: np.stack(parts, axis=1) for name, parts in columns.items()})
    outcomes = [
        log.observations[:, t] @ slope.T + level
        for t, (slope, level) in enumerate(reversed(q))
    ]
    return (
        log,
        np.broadcast_to(target, log.masks.shape),
        np.stack(outcomes, axis=1),
        (c, d),
    )


def test_outcome_model_recovers_a_linear_world():
    log, target, outcomes, (c, d) = exact_world(300, seed=0)
    fitted = offpolicy.outcome_model(log, target, gamma=0.9, l2=1e-9)
    np.testing.assert_allclose(fitted, outcomes, atol=1e-6)
    exact = (log.observations[:, 0] @ c + d).mean()  # of these users' first states
    dr = offpolicy.doubly_robust(log, target, gamma=0.9, l2=1e-9)
    assert dr.value == pytest.approx(exact, abs=1e-6)
    assert dr.se == pytest.approx(
        (log.observations[:, 0] @ c).std(ddof=1) / np.sqrt(300), abs=1e-6
    )
    assert abs(offpolicy.ips(log, target, gamma=0.9).value - exact) > 1e-3


def test_outcome_model_never_sees_the_own_user():
    """Change one user's reward: nobody's values change in the part that this user was
    dealt into, all others' do.
    """
    log, target, _, _ = exact_world(20, seed=1, noise=1.0)
    before = offpolicy.outcome_model(log, target, folds=4, seed=3)
    part = np.random.default_rng(3).permutation(20) % 4
    rewards = log.rewards.copy()
    rewards[5] += 100
    after = offpolicy.outcome_model(
        replace(log, rewards=rewards), target, folds=4, seed=3
    )
    same = part == part[5]
    np.testing.assert_array_equal(after[same], before[same])
    assert (after[~same] != before[~same]).all()


def test_outcome_model_by_one_ridge_regression():
    """The last step against scikit-learn: a common line, then a line per action of what
    is left.
    """
    log, target, _, _ = exact_world(40, seed=2, noise=1.0)
    log = replace(log, observations=3 + 5 * log.observations)
    fitted = offpolicy.outcome_model(log, target, folds=4, seed=0, l2=2.0)
    part = np.random.default_rng(0).permutation(40) % 4
    x, y, action = log.observations[:, 2], log.rewards[:, 2], log.actions[:, 2]
    for k in range(4):
        train = part != k
        z = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
        common = linear_model.Ridge(alpha=2.0).fit(z[train], y[train]).predict(z)
        for a in range(3):
            rows = train & (action == a)
            ones = np.column_stack([np.ones(40), z])
            extra = linear_model.Ridge(alpha=2.0, fit_intercept=False).fit(
                ones[rows], (y - common)[rows]
            )
            np.testing.assert_allclose(
                fitted[part == k, 2, a],
                (common + extra.predict(ones))[part == k],
                atol=1e-9,
            )


@pytest.mark.filterwarnings("error", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_outcome_model_of_a_rare_action_and_of_nobody():
    """An action that a part never saw gets the common line; a step that nobody reached
    gets 0.
    """
    log, target, _, _ = exact_world(30, seed=4)
    two = replace(log, actions=np.minimum(log.actions, 1))
    fitted = offpolicy.outcome_model(two, target, l2=1e-6)
    assert np.isfinite(fitted).all()
    gone = log.alive.copy()
    gone[:, 2] = False
    short = replace(log, alive=gone)
    assert (offpolicy.outcome_model(short, target)[:, 2] == 0).all()
    lone = log.alive.copy()
    # one user reaches the last step, and the model of that part has nobody to learn
    # from
    lone[1:, 2] = False
    fitted = offpolicy.outcome_model(replace(log, alive=lone), target)
    assert (fitted[:, 2] == 0).all()
    # a feature without spread
    constant = replace(log, observations=np.full((30, 3, 2), 7.0))
    assert np.isfinite(offpolicy.outcome_model(constant, target)).all()


def test_doubly_robust_beats_ips_where_the_model_can_learn():
    """Means and spreads over repeated logs: both on the true value, DR with less than
    half the error.
    """
    truth, values = None, {"ips": [], "dr": []}
    for repetition in range(60):
        rng = np.random.default_rng(repetition)
        x = rng.normal(size=(200, 1, 2))
        actions = rng.choice(3, size=(200, 1), p=[0.6, 0.2, 0.2])
        rewards = 2 + actions + x[:, :, 0] * actions + 0.1 * rng.normal(size=(200, 1))
        propensities = np.array([0.6, 0.2, 0.2])[actions]
        log = Log(
            x,
            actions,
            propensities,
            rewards,
            np.ones((200, 1), bool),
            np.ones((200, 1, 3), bool),
        )
        target = np.broadcast_to([0.1, 0.3, 0.6], (200, 1, 3))
        truth = 2 + 0.3 + 1.2
        values["ips"].append(offpolicy.ips(log, target).value)
        values["dr"].append(offpolicy.doubly_robust(log, target).value)
    errors = {name: np.array(found) - truth for name, found in values.items()}
    for found in errors.values():
        assert abs(found.mean()) < 4 * found.std() / np.sqrt(60)
    assert errors["dr"].std() < errors["ips"].std() / 2


@pytest.mark.long
def test_intervals_cover():
    """A quick version of experiments/11_offpolicy.py: 400 logs of 500 users, ESS above
    100.
    """
    truth, inside, effective = true_value(TARGET, 1.0), np.zeros(3), []
    probability, steps = zip(*paths(LOGGING), strict=True)
    rng = np.random.default_rng(0)
    for _ in range(400):
        drawn = rng.choice(len(steps), size=500, p=probability)
        log, target = log_of([steps[k] for k in drawn])
        found = [
            offpolicy.ips(log, target),
            offpolicy.snips(log, target),
            offpolicy.doubly_robust(log, target),
        ]
        inside += [estimate.low <= truth <= estimate.high for estimate in found]
        effective.append(found[0].ess)
    assert np.mean(effective) > 100
    assert (inside / 400 >= 0.91).all() and (inside / 400 <= 0.98).all()


# --- errors ---


BROKEN = {
    "two users or more": lambda log: {"alive": log.alive[:1]},
    r"masks must be \(users, steps, candidates\)": lambda log: {
        "masks": log.masks[:, :2]
    },
    r"observations must be \(users, steps, features\)": lambda log: {
        "observations": log.observations[:, :, 0]
    },
    "actions must be integers": lambda log: {"actions": log.actions.astype(float)},
    r"actions must be \(users, steps\)": lambda log: {"actions": log.actions[:, :1]},
    r"propensities must be \(users, steps\)": lambda log: {
        "propensities": log.propensities[1:]
    },
    r"rewards must be \(users, steps\)": lambda log: {"rewards": log.rewards[:, :1]},
    "User 3 at step 0 is not alive at the first step": lambda log: {
        "alive": at(log.alive, (3, 0), False)
    },
    "User 3 at step 2 is alive again": lambda log: {
        "alive": at(log.alive, (3, 1), False)
    },
    "User 3 at step 1 has a reward that is NaN": lambda log: {
        "rewards": at(log.rewards, (3, 1), np.nan)
    },
    "User 3 at step 1 has an observation that is NaN": lambda log: {
        "observations": at(log.observations, (3, 1, 0), np.inf)
    },
    "User 3 at step 1 has an action outside 0 to 3": lambda log: {
        "actions": at(log.actions, (3, 1), 4)
    },
    "User 2 at step 1 has an action outside 0 to 3": lambda log: {
        "actions": at(log.actions, (2, 1), -1)
    },
    "User 3 at step 1 was shown a candidate that the mask forbids": lambda log: {
        "masks": at(log.masks, (3, 1, log.actions[3, 1]), False)
    },
}
BROKEN_PROPENSITIES = (0.0, -0.1, 1.1, np.nan)


def at(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize("message", BROKEN)
def test_log_errors(message):
    log, _ = random_log(0, stay=1.0)
    with pytest.raises(ValueError, match=message):
        replace(log, **BROKEN[message](log))


@pytest.mark.parametrize("propensity", BROKEN_PROPENSITIES)
def test_propensity_errors(propensity):
    log, _ = random_log(0, stay=1.0)
    with pytest.raises(
        ValueError,
        match=r"User 3 at step 1 has a propensity outside \(0, 1\]: .* \(1 such",
    ):
        replace(log, propensities=at(log.propensities, (3, 1), propensity))
    assert (
        replace(log, propensities=at(log.propensities, (3, 1), 1.0)).propensities[3, 1]
        == 1
    )


@pytest.mark.parametrize(
    "use",
    [
        offpolicy.importance_weights,
        offpolicy.ips,
        offpolicy.snips,
        offpolicy.outcome_model,
        offpolicy.doubly_robust,
        lambda log, target: offpolicy.doubly_robust(
            log, target, outcomes=np.zeros(log.masks.shape)
        ),
    ],
)
def test_target_errors(use):
    log, target = random_log(0, stay=1.0)
    with pytest.raises(ValueError, match="must hold the probabilities"):
        use(log, target[:, :, :2])
    for value in (np.nan, -0.1):
        with pytest.raises(
            ValueError,
            match="User 3 at step 1 has a target probability that is NaN or negative",
        ):
            use(log, at(target, (3, 1, 0), value))
    with pytest.raises(
        ValueError,
        match="User 3 at step 1 has target probabilities that do not sum to 1",
    ):
        use(log, at(target, (3, 1), target[3, 1] * 0.9))
    user, step, forbidden = np.argwhere(~log.masks)[0]
    with pytest.raises(
        ValueError,
        match=f"User {user} at step {step} may get from the target .*no common support",
    ):
        use(log, at(target, (user, step), np.eye(4)[forbidden]))
    fixed = replace(log, propensities=at(log.propensities, (3, 1), 1.0))
    with pytest.raises(
        ValueError,
        match=r"User 3 at step 1 could get only one item .*no common support",
    ):
        use(fixed, target)
    use(fixed, at(target, (3, 1), np.eye(4)[log.actions[3, 1]]))  # agrees


def test_errors_of_settings():
    log, target = random_log(0)
    for gamma in (-0.1, 1.1, np.nan):
        for use in (
            offpolicy.ips,
            offpolicy.snips,
            offpolicy.doubly_robust,
            offpolicy.outcome_model,
        ):
            with pytest.raises(ValueError, match="gamma must be from 0 to 1"):
                use(log, target, gamma=gamma)
        with pytest.raises(ValueError, match="gamma must be from 0 to 1"):
            offpolicy.naive(log, gamma=gamma)
    for folds in (1, 8):
        with pytest.raises(
            ValueError, match="folds must be from 2 to the number of users, 7"
        ):
            offpolicy.doubly_robust(log, target, folds=folds)
    for l2 in (0, -1):
        with pytest.raises(ValueError, match="l2 must be positive"):
            offpolicy.doubly_robust(log, target, l2=l2)
    with pytest.raises(
        ValueError, match=r"outcomes must be \(users, steps, candidates\)"
    ):
        offpolicy.doubly_robust(log, target, outcomes=np.zeros((7, 3)))
    log, target = random_log(0, stay=1.0)
    with pytest.raises(ValueError, match="User 3 at step 1 has an outcome that is NaN"):
        offpolicy.doubly_robust(log, target, outcomes=at(target, (3, 1, 1), np.nan))
    for weights in ([], [[1.0]], [1.0, -1.0], [np.nan]):
        with pytest.raises(ValueError, match="weights must be"):
            offpolicy.effective_sample_size(weights)


def test_log_is_frozen_and_knows_its_size():
    log, _ = random_log(0)
    assert len(log) == 7 and log.horizon == 3
    with pytest.raises(AttributeError):
        log.rewards = 0
