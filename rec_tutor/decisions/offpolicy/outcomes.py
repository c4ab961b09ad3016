"""A fitted model of the rewards to come."""

import numpy as np

from rec_tutor.decisions.offpolicy import log as logs
from rec_tutor.decisions.offpolicy.log import Log


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
    probabilities, n = logs.probabilities(log, target), len(log)
    logs.discounts(log, gamma)
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

    Args:
        grams: (A, D + 1, D + 1), $X^\top X$ of each action's rows; X has ones in its
            first column.
        moments: (A, D + 1), $X^\top y$. The penalty is what it would be if every other
            column were standardised over these rows: on the slopes, and in the second
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
