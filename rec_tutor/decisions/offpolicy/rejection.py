"""Replay: a policy that learns, judged on the log of one that chose at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rec_tutor.decisions.bandits import Bandit
from rec_tutor.decisions.offpolicy.estimators import LEVEL, Estimate
from rec_tutor.decisions.offpolicy.log import TOLERANCE, Log


@dataclass(frozen=True)
class Replay:
    """What came of a replay.

    Attributes:
        estimate: the mean reward of a round, its standard error and interval; `ess` is
            the number of rounds that matched.
        rows: (matched,), the rows of the log that did.
        rewards: (matched,), what came of them, in the order in which the policy saw
            them.
    """

    estimate: Estimate
    rows: np.ndarray
    rewards: np.ndarray


def replay(
    log: Log,
    policy: Bandit,
    contexts: np.ndarray | Callable[[int], np.ndarray],
    rng: np.random.Generator,
    *,
    check: bool = True,
) -> Replay:
    r"""Walk through the log; where the policy would have shown what was shown, it is
    told the reward, and the round counts. All other rows are thrown away (Li, Chu,
    Langford & Wang 2011, doi:10.1145/1935826.1935878).

    Where the log was made by choosing evenly among the candidates, whether a row
    matches does not depend on its reward, so the rounds that count are as good as real
    ones: unbiased for a policy in its first so many rounds. Of n rows about n / A match
    A candidates. Where it was not, what the logging policy liked to show matches more
    often, and a match says something about the reward.

    The interval is Clopper and Pearson's (1934, doi:10.1093/biomet/26.4.404), which is
    exact for a fixed policy; a policy that learns has no one chance of a click. For a
    fixed policy `snips` gives the same value from the same rows, and may take any log.

    Args:
        log: one decision per user; rewards 0 or 1.
        policy: fresh; it learns.
        contexts: of the candidates, (A, D) or (A,); if they differ between rows, a
            function from the number of a row to them.
        check: False lets a log pass that was not made evenly, to see what comes of it.

    Raises:
        ValueError: for a log of another kind, or one in which nothing matches.
    """
    if log.horizon != 1 or not np.isin(log.rewards, (0, 1)).all():
        raise ValueError("a replay needs one decision per user, and rewards of 0 or 1.")
    allowed = log.masks[:, 0]  # (n, A)
    uneven = np.abs(log.propensities[:, 0] * allowed[0].sum() - 1) > TOLERANCE
    uneven |= allowed.sum(axis=1) != allowed[0].sum()
    if check and uneven.any():
        row = int(np.argmax(uneven))
        raise ValueError(
            "the log was not made by choosing evenly among as many candidates in every"
            f" row (row {row} has a propensity of {log.propensities[row, 0]:g} among"
            f" {int(allowed[row].sum())}): what matches would not be a fair sample."
            " Judge a fixed policy with snips instead."
        )
    rows, rewards = [], []
    for row in range(len(log)):
        offered = np.flatnonzero(allowed[row])
        here = contexts(row) if callable(contexts) else contexts
        if len(here) != allowed.shape[1]:
            raise ValueError(
                f"each of the {allowed.shape[1]} candidates needs a context; there are"
                f" {len(here)}."
            )
        chosen = offered[policy.choose(here[offered], rng)]
        if chosen == log.actions[row, 0]:
            reward = float(log.rewards[row, 0])
            policy.update(here[chosen], reward)
            rows.append(row)
            rewards.append(reward)
    if not rows:
        raise ValueError("nothing matches: the log says nothing about this policy.")
    return Replay(_estimate(np.array(rewards)), np.array(rows), np.array(rewards))


def _estimate(rewards: np.ndarray) -> Estimate:
    n, clicks, tail = len(rewards), rewards.sum(), (1 - LEVEL) / 2
    low = stats.beta.ppf(tail, clicks, n - clicks + 1) if clicks else 0.0
    high = stats.beta.ppf(1 - tail, clicks + 1, n - clicks) if clicks < n else 1.0
    mean = clicks / n
    se = float(np.sqrt(mean * (1 - mean) / n))
    return Estimate(float(mean), se, float(low), float(high), float(n))
