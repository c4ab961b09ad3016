r"""Off-policy evaluation: what would a policy have earned on people who were shown
something else?

A *log* holds what a known, randomising policy $\mu$ showed to n users, one item per
decision, and how likely it was to
show just that: the *propensity*. From it the estimators here judge a *target* policy
    $\pi$, which nobody was shown:

    naive               the mean of the log: the value of the policy that made it, not
    of the target ips                 every reward weighted by how much more often the
    target would have come there snips               the same, the weights of each step
                        made to sum to the number of users: a bias of order 1 / n for
                            less noise
    doubly_robust       a fitted model of the rewards to come, corrected on the log by
    the weights

What is estimated is $V = E_\pi[\sum_{t<H} \gamma^t r_t]$, the mean reward of a user,
with nothing after he or she left.
The four assumptions: propensities are those that were really used; whatever the target
may show, the log may have shown (common support); rows are independent, so one row per
user; and nobody's reward depends on what others were shown.

Keep to few candidates (about ten) and few decisions (about three). The weights are
products over decisions: each further one, and each further item in a slate, multiplies
their spread. `effective_sample_size` says how many users are left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95  # of all intervals
TOLERANCE = 1e-6  # how far probabilities may be from summing to 1


@dataclass(frozen=True)
class Log:
    """What n users were shown in at most H decisions among A candidates, and what came
    of it.

    observations: float (n, H, D), what the system knew before each decision.
    actions: int (n, H), the candidate that was shown, 0 to A - 1.
    propensities: float (n, H), the probability with which the logging policy chose just
        that one, in (0, 1].
    rewards: float (n, H).
    alive: bool (n, H), whether the user was still there to be shown something; always
        so at the first step, and never again once gone.
    masks: bool (n, H, A), the candidates that the logging policy could have chosen.

    What stands behind a user's last step is not looked at. Raises ValueError for
    anything that contradicts the above.
    """

    observations: np.ndarray
    actions: np.ndarray
    propensities: np.ndarray
    rewards: np.ndarray
    alive: np.ndarray
    masks: np.ndarray

    def __post_init__(self) -> None:
        alive, masks = (
            np.asarray(self.alive, dtype=bool),
            np.asarray(self.masks, dtype=bool),
        )
        if alive.ndim != 2 or len(alive) < 2 or alive.shape[1] < 1:
            raise ValueError(
                "alive must be (users, steps), with two users or more; its shape is"
                f" {alive.shape}."
            )
        n, horizon = alive.shape
        if masks.ndim != 3 or masks.shape[:2] != (n, horizon):
            raise ValueError(
                f"masks must be (users, steps, candidates), ({n}, {horizon}, …); it is"
                f" {masks.shape}."
            )
        observations = np.asarray(self.observations, dtype=np.float64)
        if observations.ndim != 3 or observations.shape[:2] != (n, horizon):
            raise ValueError(
                f"observations must be (users, steps, features), ({n}, {horizon}, …);"
                f" it is {observations.shape}."
            )
        actions = np.asarray(self.actions)
        if not np.issubdtype(actions.dtype, np.integer):
            raise ValueError(
                "actions must be integers, the index of a candidate; they are"
                f" {actions.dtype}."
            )
        propensities = np.asarray(self.propensities, dtype=np.float64)
        rewards = np.asarray(self.rewards, dtype=np.float64)
        for name, array in (
            ("actions", actions),
            ("propensities", propensities),
            ("rewards", rewards),
        ):
            if array.shape != (n, horizon):
                raise ValueError(
                    f"{name} must be (users, steps), ({n}, {horizon}) like alive; it is"
                    f" {array.shape}."
                )

        _none(
            ~alive[:, :1],
            "is not alive at the first step: leave users without a decision out of"
            " the log",
        )
        _none(alive[:, 1:] & ~alive[:, :-1], "is alive again after leaving", first=1)
        _none(alive & ~np.isfinite(rewards), "has a reward that is NaN or infinite")
        _none(
            alive & ~np.isfinite(observations).all(axis=2),
            "has an observation that is NaN or infinite",
        )
        _none(
            alive & ~((propensities > 0) & (propensities <= 1)),
            "has a propensity outside (0, 1]: it is the probability of the action that"
            " was taken",
        )
        num_actions = masks.shape[2]
        outside = (actions < 0) | (actions >= num_actions)
        _none(alive & outside, f"has an action outside 0 to {num_actions - 1}")
        actions = np.where(alive, actions, 0)
        _none(
            alive & ~_of(masks, actions), "was shown a candidate that the mask forbids"
        )

        cleaned = {
            "observations": np.where(alive[:, :, None], observations, 0.0),
            "actions": actions.astype(np.int64),
            "propensities": np.where(alive, propensities, 1.0),
            "rewards": np.where(alive, rewards, 0.0),
            "alive": alive,
            "masks": masks,
        }
        for name, array in cleaned.items():
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        """The number of users."""
        return len(self.actions)

    @property
    def horizon(self) -> int:
        return self.actions.shape[1]


@dataclass(frozen=True)
class Estimate:
    """A value per user, its standard error, a 95 % interval and the effective number of
    users behind it.
    """

    value: float
    se: float
    low: float
    high: float
    ess: float


# --- weights ---


def importance_weights(log: Log, target: np.ndarray) -> np.ndarray:
    r"""Per decision $w_t = \prod_{k \le t} \pi(a_k \mid s_k) / \mu(a_k \mid s_k)$:
    float (n, H).

    target: (n, H, A), the probabilities with which the target policy would choose in
        each logged state, given the logged past. An array and no function, so any
        policy will do that can say its probabilities.
    Where a user has left, the weight stays as it was. At every step the mean of the
    weights over users is 1 in
    expectation: a check on propensities.
    """
    chosen = _of(_probabilities(log, target), log.actions)  # (n, H)
    return np.cumprod(np.where(log.alive, chosen / log.propensities, 1.0), axis=1)


def effective_sample_size(weights: np.ndarray) -> float:
    r"""$(\sum_i w_i)^2 / \sum_i w_i^2$ of weights (n,): from n, all the same, to 1, one
    user counts; 0 if none does.

    A weighted mean is about as uncertain as a plain one of this many users (Kong, 1992,
    technical report 348, University of Chicago). For a log take the weights of its last
    step, `importance_weights(log, target)[:, -1]`.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if (
        weights.ndim != 1
        or not len(weights)
        or not (np.isfinite(weights) & (weights >= 0)).all()
    ):
        raise ValueError(
            "weights must be (users,), finite and not negative; their shape is"
            f" {weights.shape}."
        )
    largest = weights.max()
    if largest == 0:
        return 0.0
    # squares of very large or small weights would leave the range of floats
    share = weights / largest
    return float(share.sum() ** 2 / (share**2).sum())


# --- estimators ---


def naive(log: Log, *, gamma: float = 1.0) -> Estimate:
    r"""The log's own mean $\frac1n \sum_i \sum_t \gamma^t r_{it}$: the value of the
    policy that made the log.
    """
    return _estimate(log.rewards @ _discounts(log, gamma), np.ones(len(log)))


def ips(log: Log, target: np.ndarray, *, gamma: float = 1.0) -> Estimate:
    r"""Inverse propensity scoring, per decision:
    $\frac1n \sum_i \sum_t \gamma^t w_{it} r_{it}$.

    Unbiased, since a weight turns an expectation under $\mu$ into one under $\pi$; a
    step's reward needs only the weights up to that step. Noisy where weights are.
    Precup, Sutton & Singh, ICML 2000.
    """
    weights = importance_weights(log, target)
    return _estimate((weights * log.rewards) @ _discounts(log, gamma), weights[:, -1])


def snips(log: Log, target: np.ndarray, *, gamma: float = 1.0) -> Estimate:
    r"""Self-normalised IPS: $\sum_t \gamma^t \hat r_t$ with
    $\hat r_t = \sum_i w_{it} r_{it} / \sum_i w_{it}$.

    A weighted mean at every step, over those who left as well (reward 0), so it stays
    within the range of the rewards. Its bias is of order 1 / n. To first order (delta
    method) user i moves it by
    $\frac1n \sum_t \gamma^t w_{it} (r_{it} - \hat r_t) / \bar w_t$ with
    $\bar w_t = \frac1n \sum_i w_{it}$, and the spread of these gives the standard
    error. Swaminathan & Joachims, NIPS 2015; for several steps Thomas & Brunskill, ICML
    2016, arXiv:1604.00923.
    """
    weights = importance_weights(log, target)
    total = weights.sum(axis=0)
    if (total == 0).any():
        raise ValueError(
            f"At step {int(np.argmax(total == 0))} nobody in the log was shown what the"
            " target would show: all weights are 0, and the log says nothing about it."
            " Log more users, or judge a policy closer to the logging one."
        )
    mean = (weights * log.rewards).sum(axis=0) / total  # (H,)
    discounts = _discounts(log, gamma)
    # (n, H), sums to 0 at each step
    moves = len(log) * weights / total * (log.rewards - mean)
    return _estimate(mean @ discounts + moves @ discounts, weights[:, -1])


def doubly_robust(
    log: Log,
    target: np.ndarray,
    *,
    gamma: float = 1.0,
    outcomes: np.ndarray | None = None,
    folds: int = 5,
    l2: float = 30.0,
    seed: int = 0,
) -> Estimate:
    r"""Doubly robust: a model's value of the first state plus the weighted errors that
    the model makes on the log.

    $\frac1n \sum_i \big[ \hat v(s_{i0}) + \sum_t \gamma^t w_{it}
    \big( r_{it} + \gamma \hat v(s_{i,t+1}) - \hat q(s_{it}, a_{it}) \big) \big]$ with
    $\hat v(s) = \sum_a \pi(a \mid s)\, \hat q(s, a)$, and 0 where a user has left or
    the horizon is reached. With right propensities it is unbiased however bad $\hat q$
    is, since $\hat q$ comes from other users; a good $\hat q$ leaves little for the
    weights to multiply. Dudík et al., 2014, doi:10.1214/14-STS500 (one step); Jiang &
    Li, ICML 2016, arXiv:1511.03722 (several).

    outcomes: (n, H, A), $\hat q$ for every logged state and candidate, if you have it.
        For the interval to hold, no user's row may come from a model fitted on that
        user. None: `outcome_model` with `folds`, `l2`, `seed`.
    """
    probabilities = _probabilities(log, target)
    if outcomes is None:
        outcomes = outcome_model(
            log, target, gamma=gamma, folds=folds, l2=l2, seed=seed
        )
    outcomes = np.asarray(outcomes, dtype=np.float64)
    if outcomes.shape != log.masks.shape:
        raise ValueError(
            f"outcomes must be (users, steps, candidates), {log.masks.shape}; it is"
            f" {outcomes.shape}."
        )
    # what the target never does has no weight either
    used = np.where(probabilities > 0, outcomes, 0.0)
    _none(
        log.alive & ~np.isfinite(used).all(axis=2),
        "has an outcome that is NaN or infinite",
    )
    values = (probabilities * used).sum(axis=2)  # (n, H), 0 where a user has left
    later = np.concatenate([values[:, 1:], np.zeros((len(log), 1))], axis=1)
    errors = log.rewards + gamma * later - _of(used, log.actions)
    weights = importance_weights(log, target)
    return _estimate(
        values[:, 0] + (weights * errors) @ _discounts(log, gamma), weights[:, -1]
    )


def outcome_model(
    log: Log,
    target: np.ndarray,
    *,
    gamma: float = 1.0,
    folds: int = 5,
    l2: float = 30.0,
    seed: int = 0,
) -> np.ndarray:
    r"""$\hat q(s, a)$ at step t, the reward to come under the target: (n, H, A), 0
    where a user has left.

    Fitted Q evaluation, from the last step backwards: regress
    $r_t + \gamma \hat v_{t+1}(s_{t+1})$ on the state and the action. The regression is
    ridge: one line for all actions together, and then for each action one of what is
        left, both on standardised observations with penalty `l2`. So a rare action
        stays close to the common line.

    Cross-fitted: users are dealt into `folds` parts at random, and each part gets its
    values from a model of the others. The mean of
    $\sum_a \pi(a \mid s_0)\, \hat q(s_0, a)$ over users is the *direct method*: little
    noise, but as wrong as the model, and no interval says how much.
    """
    probabilities, n = _probabilities(log, target), len(log)
    _discounts(log, gamma)
    if not 2 <= folds <= n:
        raise ValueError(
            f"folds must be from 2 to the number of users, {n}; it is {folds}."
        )
    if not l2 > 0:
        raise ValueError(f"l2 must be positive; it is {l2}.")
    part = np.random.default_rng(seed).permutation(n) % folds
    outcomes = np.zeros(log.masks.shape)
    # of what comes after step t, by the model for each part
    values = np.zeros((folds, n))
    num_actions = log.masks.shape[2]
    for t in reversed(range(log.horizon)):
        rows = np.flatnonzero(log.alive[:, t])
        if not len(rows):
            continue
        x, policy, taken = (
            log.observations[rows, t],
            probabilities[rows, t],
            np.eye(num_actions)[log.actions[rows, t]],
        )
        spread = x.std(axis=0)
        # (m, D + 1)
        x = np.column_stack(
            [np.ones(len(x)), (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)]
        )
        cells = [
            [
                x[(part[rows] == k) & (log.actions[rows, t] == a)]
                for a in range(num_actions)
            ]
            for k in range(folds)
        ]
        # (folds, A, D + 1, D + 1)
        grams = np.array([[cell.T @ cell for cell in row] for row in cells])
        for k in range(folds):
            own = part[rows] == k
            y = np.where(own, 0.0, log.rewards[rows, t] + gamma * values[k, rows])
            lines = _lines(
                np.delete(grams, k, axis=0).sum(axis=0), (taken * y[:, None]).T @ x, l2
            )
            fitted = x @ lines.T  # (m, A)
            outcomes[rows[own], t] = fitted[own]
            values[k, rows] = (policy * fitted).sum(axis=1)
    return outcomes


def _lines(grams: np.ndarray, moments: np.ndarray, l2: float) -> np.ndarray:
    r"""Two ridge regressions, a common line and one per action of what is left:
    coefficients (A, D + 1).

    grams: (A, D + 1, D + 1), $X^\top X$ of each action's rows; X has ones in its first
    column. moments: (A, D + 1), $X^\top y$. The penalty is what it would be if every
    other column were standardised over these rows: on the slopes, and in the second
    regression also on the height at the mean of X.
    """
    total = grams.sum(axis=0)
    if total[0, 0] == 0:  # no rows
        return np.zeros_like(moments)
    mean = total[0] / total[0, 0]
    variance = np.diag(total) / total[0, 0] - mean**2
    slopes = np.diag(np.append(0.0, np.where(variance > 1e-9, variance, 1.0)[1:]))
    common = np.linalg.solve(total + l2 * slopes, moments.sum(axis=0))
    penalty = l2 * (slopes + np.outer(mean, mean))
    return (
        common
        + np.linalg.solve(grams + penalty, (moments - grams @ common)[:, :, None])[
            :, :, 0
        ]
    )


# --- helpers and checks ---


def _estimate(values: np.ndarray, weights: np.ndarray) -> Estimate:
    """The mean of one value per user, with Student's t interval of ESS - 1 degrees of
    freedom.

    With equal weights that is the textbook interval. Where few users carry the weight
    it is wider, since the spread of the values is as badly known as their mean; where
    only one does, it is infinite.
    """
    mean, se = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    ess = effective_sample_size(weights)
    half = (
        float(stats.t.ppf((1 + LEVEL) / 2, ess - 1)) * se
        if ess > 1 + 1e-9
        else float("inf")
    )
    return Estimate(mean, se, mean - half, mean + half, ess)


def _discounts(log: Log, gamma: float) -> np.ndarray:
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be from 0 to 1; it is {gamma}.")
    return float(gamma) ** np.arange(log.horizon)


def _of(table: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """The entries (n, H) of `table` (n, H, A) that belong to `actions` (n, H)."""
    return np.take_along_axis(table, actions[:, :, None], axis=2)[:, :, 0]


def _probabilities(log: Log, target: np.ndarray) -> np.ndarray:
    """The target's probabilities (n, H, A), checked, 0 where a user has left."""
    target = np.asarray(target, dtype=np.float64)
    if target.shape != log.masks.shape:
        raise ValueError(
            "target must hold the probabilities (users, steps, candidates),"
            f" {log.masks.shape}; it is {target.shape}."
        )
    target = np.where(log.alive[:, :, None], target, 0.0)
    _none(
        log.alive & ~(target >= 0).all(axis=2),
        "has a target probability that is NaN or negative",
    )
    _none(
        log.alive & (np.abs(target.sum(axis=2) - 1) > TOLERANCE),
        "has target probabilities that do not sum to 1",
    )
    support = "no common support, so the log cannot judge this target"
    _none(
        ((target > 0) & ~log.masks).any(axis=2),
        f"may get from the target what the mask forbids: {support}",
    )
    alone = log.alive & (log.propensities >= 1)  # nothing else could have been shown
    _none(
        alone & (_of(target, log.actions) < 1 - TOLERANCE),
        "could get only one item from the logging policy (propensity 1), others from"
        f" the target: {support}",
    )
    return target


def _none(wrong: np.ndarray, what: str, first: int = 0) -> None:
    """Raise if any entry (user, step) is wrong and say where the first one is; columns
    count from `first`.
    """
    if wrong.any():
        user, step = np.argwhere(wrong)[0]
        raise ValueError(
            f"User {user} at step {step + first} {what} ({np.count_nonzero(wrong)} such"
            " entries)."
        )
