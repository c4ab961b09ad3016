r"""Learning one person's taste by acting: bandits, who are told only what became of
what they showed.

In each round there are candidates, each with a context x (a film's vector, say); one is
shown, a reward comes back. The linear ones share **one** unknown vector theta for all
candidates, the person: the reward is $x \cdot \theta$ and noise. Their belief about it
is ridge regression: with $A = A_0 + \sum x x^\top$ over what was shown,

$$\hat\theta = A^{-1} (A_0 \theta_0 + \sum r x), \qquad
\text{and } x \cdot \theta \text{ is uncertain by } \sqrt{x^\top A^{-1} x}.$$

They differ in what they do with the second number. The disjoint models of Li et al.
2010, a theta of its own for each candidate and x the person, are the same with other
contexts: x in the block of the candidate, zeros in those of the others.

Every policy has `choose(contexts, rng)`, which returns the position of a candidate, and
`update(context, reward)`. Leave out what must not be shown (again) from `contexts`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Bandit(Protocol):
    """What acts."""

    def choose(self, contexts: np.ndarray, rng: np.random.Generator) -> int: ...

    def update(self, context: np.ndarray, reward: float) -> None: ...


class Belief:
    r"""What is known of theta: its mean (D,), and $A^{-1}$ (D, D).

    Args:
        dim: D.
        l2: $A_0 = l2 \cdot I$, and $\theta_0 = 0$.
        mean, inverse: $\theta_0$ and $A_0^{-1}$ instead, if something is known before:
            the mean of the people one knows, and their covariance over the variance of
            the noise.
    """

    def __init__(
        self,
        dim: int,
        l2: float = 1.0,
        mean: np.ndarray | None = None,
        inverse: np.ndarray | None = None,
    ):
        if not l2 > 0:
            raise ValueError(f"l2 must be positive; it is {l2}.")
        self.mean = np.zeros(dim) if mean is None else np.array(mean, dtype=float)
        self.inverse = np.eye(dim) / l2 if inverse is None else np.array(inverse, float)
        if self.mean.shape != (dim,) or self.inverse.shape != (dim, dim):
            raise ValueError(
                f"mean must be ({dim},) and inverse ({dim}, {dim}); they are"
                f" {self.mean.shape} and {self.inverse.shape}."
            )

    def expect(self, contexts: np.ndarray) -> np.ndarray:
        """(n, D) -> (n,), the expected rewards."""
        return contexts @ self.mean

    def doubt(self, contexts: np.ndarray) -> np.ndarray:
        r"""(n, D) -> (n,): $\sqrt{x^\top A^{-1} x}$."""
        squares = ((contexts @ self.inverse) * contexts).sum(axis=1)
        return np.sqrt(np.maximum(squares, 0.0))

    def update(self, context: np.ndarray, reward: float) -> None:
        r"""Learn from one round, without solving anything anew: with $g = A^{-1} x / (1
        + x^\top A^{-1} x)$ the new inverse is $A^{-1} - g\, x^\top A^{-1}$ (Sherman and
        Morrison 1950, doi:10.1214/aoms/1177729893), the new mean $\hat\theta + g\, (r -
        x \cdot \hat\theta)$.
        """
        if not (np.isfinite(reward) and np.isfinite(context).all()):
            raise ValueError("there is a NaN or an infinite number in what was seen.")
        spread = self.inverse @ context
        gain = spread / (1 + context @ spread)
        self.mean = self.mean + gain * (reward - context @ self.mean)
        self.inverse = self.inverse - np.outer(gain, spread)


class LinUCB(Belief):
    r"""Optimism: shows the candidate with the largest $x \cdot \hat\theta + \alpha
    \sqrt{x^\top A^{-1} x}$, the upper end of what its reward may be.

    Li, Chu, Langford & Schapire 2010, doi:10.1145/1772690.1772758, with one vector
    shared by all candidates as in Chu et al. 2011,
    https://proceedings.mlr.press/v15/chu11a.html.

    Args:
        alpha: how much doubt counts; with 0 this is the greedy policy.
    """

    def __init__(self, dim: int, alpha: float = 1.0, **start):
        super().__init__(dim, **start)
        if not alpha >= 0:
            raise ValueError(f"alpha must be 0 or positive; it is {alpha}.")
        self.alpha = alpha

    def choose(self, contexts: np.ndarray, rng: np.random.Generator) -> int:
        bonus = self.alpha * self.doubt(contexts)
        return largest(self.expect(contexts) + bonus, rng)


class ThompsonSampling(Belief):
    r"""Luck by belief: draws a theta from $N(\hat\theta, v^2 A^{-1})$ and shows what
    would be best if it were true, so a candidate is shown as often as it is believed to
    be the best one. Agrawal & Goyal 2013, arXiv:1209.3352; the idea: Thompson 1933,
    doi:10.1093/biomet/25.3-4.285.

    Args:
        v: the spread of the draws, in standard deviations.
    """

    def __init__(self, dim: int, v: float = 1.0, **start):
        super().__init__(dim, **start)
        if not v >= 0:
            raise ValueError(f"v must be 0 or positive; it is {v}.")
        self.v = v

    def choose(self, contexts: np.ndarray, rng: np.random.Generator) -> int:
        values, vectors = np.linalg.eigh(self.inverse)  # its root, also if singular
        noise = np.sqrt(np.maximum(values, 0)) * rng.normal(size=len(values))
        return largest(contexts @ (self.mean + self.v * vectors @ noise), rng)


class EpsilonGreedy(Belief):
    """The expected best; every now and then, with chance epsilon, anything."""

    def __init__(self, dim: int, epsilon: float = 0.1, **start):
        super().__init__(dim, **start)
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon must lie in 0..1; it is {epsilon}.")
        self.epsilon = epsilon

    def choose(self, contexts: np.ndarray, rng: np.random.Generator) -> int:
        if rng.random() < self.epsilon:
            return int(rng.integers(len(contexts)))
        return largest(self.expect(contexts), rng)


class BetaThompson:
    """Thompson sampling for candidates without features and rewards of 0 or 1: the
    chance of each is believed to be Beta(a + clicks, b + rest). Chapelle & Li 2011,
    https://papers.nips.cc/paper/4321-an-empirical-evaluation-of-thompson-sampling.
    A context is the number of a candidate.

    Args:
        a, b: (A,) or one number for all, clicks and misses seen before, as it were.
    """

    def __init__(self, num_arms: int, a: float = 1.0, b: float = 1.0):
        self.a, self.b = np.full(num_arms, float(a)), np.full(num_arms, float(b))
        if not ((self.a > 0).all() and (self.b > 0).all()):
            raise ValueError("a and b must be positive.")

    def choose(self, contexts: np.ndarray, rng: np.random.Generator) -> int:
        return largest(rng.beta(self.a[contexts], self.b[contexts]), rng)

    def update(self, context: np.ndarray, reward: float) -> None:
        if not 0 <= reward <= 1:
            raise ValueError(f"a reward must lie in 0..1; it is {reward}.")
        self.a[context] += reward
        self.b[context] += 1 - reward


def largest(values: np.ndarray, rng: np.random.Generator) -> int:
    """The position of the largest value; among equals, any.

    Raises:
        ValueError: if there is none, or a NaN.
    """
    if not len(values) or np.isnan(values).any():
        raise ValueError("there is nothing to choose from, or a NaN among the values.")
    best = np.flatnonzero(values == values.max())
    return int(best[0] if len(best) == 1 else rng.choice(best))
