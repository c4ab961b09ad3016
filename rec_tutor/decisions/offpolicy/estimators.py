"""Estimators of what a target policy would have earned."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from rec_tutor.decisions.offpolicy import log as logs
from rec_tutor.decisions.offpolicy.log import Log
from rec_tutor.decisions.offpolicy.outcomes import outcome_model

LEVEL = 0.95  # of all intervals


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


def importance_weights(log: Log, target: np.ndarray) -> np.ndarray:
    r"""Per decision $w_t = \prod_{k \le t} \pi(a_k \mid s_k) / \mu(a_k \mid s_k)$:
    float (n, H).

    Where a user has left, the weight stays as it was. At every step the mean of the
    weights over users is 1 in
    expectation: a check on propensities.

    Args:
        target: (n, H, A), the probabilities with which the target policy would choose
            in each logged state, given the logged past. An array and no function, so
            any policy will do that can say its probabilities.
    """
    chosen = logs.of(logs.probabilities(log, target), log.actions)  # (n, H)
    return np.cumprod(np.where(log.alive, chosen / log.propensities, 1.0), axis=1)


def effective_sample_size(weights: np.ndarray) -> float:
    r"""$(\sum_i w_i)^2 / \sum_i w_i^2$ of weights (n,): from n, all the same, to 1, one
    user counts; 0 if none does.

    A weighted mean is about as uncertain as a plain one of this many users (Kong, Liu &
    Wong, 1994, doi:10.1080/01621459.1994.10476469). For a log take the weights of its
    last step, `importance_weights(log, target)[:, -1]`.
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


def naive(log: Log, *, gamma: float = 1.0) -> Estimate:
    r"""The log's own mean $\frac1n \sum_i \sum_t \gamma^t r_{it}$: the value of the
    policy that made the log.
    """
    return _estimate(log.rewards @ logs.discounts(log, gamma), np.ones(len(log)))


def ips(log: Log, target: np.ndarray, *, gamma: float = 1.0) -> Estimate:
    r"""Inverse propensity scoring, per decision:
    $\frac1n \sum_i \sum_t \gamma^t w_{it} r_{it}$.

    Unbiased, since a weight turns an expectation under $\mu$ into one under $\pi$; a
    step's reward needs only the weights up to that step. Noisy where weights are.
    Precup, Sutton & Singh, ICML 2000, https://scholarworks.umass.edu/cs_faculty_pubs/80.
    """
    weights = importance_weights(log, target)
    values = (weights * log.rewards) @ logs.discounts(log, gamma)
    return _estimate(values, weights[:, -1])


def snips(log: Log, target: np.ndarray, *, gamma: float = 1.0) -> Estimate:
    r"""Self-normalised IPS: $\sum_t \gamma^t \hat r_t$ with
    $\hat r_t = \sum_i w_{it} r_{it} / \sum_i w_{it}$.

    A weighted mean at every step, over those who left as well (reward 0), so it stays
    within the range of the rewards. Its bias is of order 1 / n. To first order (delta
    method) user i moves it by
    $\frac1n \sum_t \gamma^t w_{it} (r_{it} - \hat r_t) / \bar w_t$ with
    $\bar w_t = \frac1n \sum_i w_{it}$, and the spread of these gives the standard
    error. Swaminathan & Joachims, NIPS 2015,
    https://papers.nips.cc/paper/2015/hash/39027dfad5138c9ca0c474d71db915c3-Abstract.html;
    for several steps Thomas & Brunskill, ICML 2016, arXiv:1604.00923.
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
    discounts = logs.discounts(log, gamma)
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

    Args:
        outcomes: (n, H, A), $\hat q$ for every logged state and candidate, if you have
            it. For the interval to hold, no user's row may come from a model fitted on
            that user. None: `outcome_model` with `folds`, `l2`, `seed`.
    """
    probabilities = logs.probabilities(log, target)
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
    logs.none(
        log.alive & ~np.isfinite(used).all(axis=2),
        "has an outcome that is NaN or infinite",
    )
    values = (probabilities * used).sum(axis=2)  # (n, H), 0 where a user has left
    later = np.concatenate([values[:, 1:], np.zeros((len(log), 1))], axis=1)
    errors = log.rewards + gamma * later - logs.of(used, log.actions)
    weights = importance_weights(log, target)
    return _estimate(
        values[:, 0] + (weights * errors) @ logs.discounts(log, gamma), weights[:, -1]
    )


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
