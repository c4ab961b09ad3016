"""Learning by acting: a memory of transitions, the loop that fills it and learns from
it, and its judge.

Works with any vector environment of Gymnasium that resets itself in the step in which
an episode ends, and with any agent that has `q_values(observations)` and
`update(*transitions)`, such as `rec_tutor.torch.dqn.DQN`. Where not every action is
allowed, the environment says which are in `info["action_mask"]`. Gymnasium must be
installed: `pip install gymnasium`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
import pandas as pd
from gymnasium.vector import AutoresetMode, VectorEnv

# observations (n, N), masks (n, A) -> actions (n,)
Policy = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Agent(Protocol):
    """What `train` needs."""

    def q_values(self, observations: np.ndarray) -> np.ndarray: ...

    def update(self, *transitions: np.ndarray) -> float: ...


class ReplayBuffer:
    """The last `capacity` transitions; what is drawn from it is less alike than what
    came in a row (Lin 1992, doi:10.1007/BF00992699).

    A transition is: observation (N,), action, reward, next observation (N,), terminated
    (1: nothing comes after), and the mask (A,) of the actions that are allowed next.
    """

    def __init__(self, capacity: int):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1; it is {capacity}.")
        self.capacity, self.size, self.position = capacity, 0, 0
        self.columns: list[np.ndarray] = []

    def __len__(self) -> int:
        return self.size

    def add(self, *transitions: np.ndarray) -> None:
        """Arrays with one row per transition; the oldest make room. More rows than
        `capacity`: the last stay.
        """
        if len({len(column) for column in transitions}) != 1:
            raise ValueError("every column of the transitions needs as many rows.")
        transitions = tuple(column[-self.capacity :] for column in transitions)
        if not self.columns:
            self.columns = [
                np.zeros((self.capacity, *column.shape[1:]), column.dtype)
                for column in transitions
            ]
        rows = (self.position + np.arange(len(transitions[0]))) % self.capacity
        for stored, column in zip(self.columns, transitions, strict=True):
            stored[rows] = column
        self.position = int(rows[-1] + 1) % self.capacity
        self.size = min(self.capacity, self.size + len(rows))

    def sample(
        self, batch_size: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Transitions drawn evenly, with replacement.

        Raises:
            ValueError: if there are none.
        """
        if not self.size:
            raise ValueError("the buffer is empty: add transitions before sampling.")
        rows = rng.integers(self.size, size=batch_size)
        return tuple(column[rows] for column in self.columns)


def make(name: str, num_envs: int, **settings: Any) -> VectorEnv:
    """`num_envs` copies of a Gymnasium environment, each of which starts anew in the
    step in which it ends.
    """
    spec = gym.spec(name)
    if spec.vector_entry_point is not None and spec.id.startswith("rec_tutor/"):
        return gym.make_vec(
            name, num_envs=num_envs, vectorization_mode="vector_entry_point", **settings
        )
    return gym.make_vec(
        name,
        num_envs=num_envs,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        **settings,
    )


def allowed(envs: VectorEnv, info: dict[str, Any]) -> np.ndarray:
    """The mask (n, A) of allowed actions, all True where the environment says
    nothing.
    """
    if "action_mask" in info:
        return np.array(info["action_mask"], dtype=bool)
    num_actions: int = envs.single_action_space.n  # type: ignore[attr-defined]
    return np.ones((envs.num_envs, num_actions), dtype=bool)


def best_action(q_values: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The allowed action with the largest Q-value, (n, A), (n, A) -> (n,); ties go to
    the lower index.

    Raises:
        ValueError: on a NaN, or where nothing is allowed.
    """
    if np.isnan(q_values).any():
        raise ValueError(
            "there are NaNs among the Q-values: the agent has diverged; try a"
            " smaller lr."
        )
    if not masks.any(axis=1).all():
        raise ValueError(
            "there is a state without an allowed action: shorten the episode, or offer"
            " more actions."
        )
    return np.where(masks, q_values, -np.inf).argmax(axis=1)


def greedy(agent: Agent) -> Policy:
    """The policy that takes the action with the largest Q-value."""
    return lambda observations, masks: best_action(agent.q_values(observations), masks)


def any_action(masks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An allowed action per row, all equally likely, (n, A) -> (n,)."""
    return best_action(rng.random(masks.shape), masks)


def train(
    agents: Sequence[Agent],
    envs: VectorEnv,
    *,
    steps: int,
    batch_size: int = 256,
    capacity: int = 100_000,
    warmup: int = 1_000,
    epsilon: tuple[float, float] = (1.0, 0.05),
    explore: float = 0.5,
    seed: int = 0,
    after: Callable[[int], dict[str, float]] | None = None,
    every: int = 1_000,
) -> pd.DataFrame:
    """Act epsilon-greedily, remember, learn (Mnih et al. 2015): one update per step of
    all environments.

    Several agents share the environments in equal parts, and every one of them learns
    from the same batches: they then differ only in what they make of the same data.
        doi:10.1038/nature14236

    Args:
        steps: steps of the environments; each gives `envs.num_envs` transitions.
        capacity: of the replay buffer. With as few as `envs.num_envs`, there is no
            replay.
        warmup: transitions, by random actions, before the first update.
        epsilon: the share of random actions, at first and at last.
        explore: the share of the steps over which epsilon falls, linearly.
        after: called after every `every` steps with the number of the step; what it
            returns joins the row.

    Returns:
        One row per `every` steps: `step`, `reward` (mean per episode that ended since
        the last row), `length` (its steps), `loss_0`, `loss_1` … (mean of each agent).
    """
    if not agents:
        raise ValueError("there is no agent to train.")
    rng = np.random.default_rng(seed)
    buffer, n, ready = ReplayBuffer(capacity), envs.num_envs, min(warmup, capacity)
    turn = np.arange(n) % len(agents)  # whose environment it is
    observations, info = envs.reset(seed=seed)
    masks = allowed(envs, info)
    rewards, lengths = np.zeros(n), np.zeros(n)
    rows: list[dict[str, float]] = []
    ended: list[tuple[float, float]] = []
    losses: list[list[float]] = []
    for step in range(1, steps + 1):
        share = min(1.0, step / max(1.0, explore * steps))
        random = rng.random(n) < epsilon[0] + share * (epsilon[1] - epsilon[0])
        actions = any_action(masks, rng)
        for k, agent in enumerate(agents):
            mine = (turn == k) & ~random
            if mine.any() and len(buffer) >= ready:
                actions[mine] = best_action(
                    agent.q_values(observations[turn == k]), masks[turn == k]
                )[mine[turn == k]]
        following, reward, terminated, truncated, info = envs.step(actions)
        next_masks, done = allowed(envs, info), terminated | truncated
        # where an episode ended: its own last state
        last, last_masks = following.copy(), next_masks.copy()
        for i in np.flatnonzero(done):
            last[i] = info["final_obs"][i]
            if "action_mask" in info:
                last_masks[i] = info["final_info"]["action_mask"][i]
        buffer.add(
            observations.astype(np.float32),
            actions,
            reward.astype(np.float32),
            last.astype(np.float32),
            terminated.astype(np.float32),
            last_masks,
        )
        rewards, lengths = rewards + reward, lengths + 1
        ended += list(zip(rewards[done], lengths[done], strict=True))
        rewards[done], lengths[done] = 0, 0
        observations, masks = following, next_masks
        if len(buffer) >= ready:
            batch = buffer.sample(batch_size, rng)
            losses.append([agent.update(*batch) for agent in agents])
        if step % every == 0 or step == steps:
            means = np.mean(ended, axis=0) if ended else np.full(2, np.nan)
            row = {"step": step, "reward": float(means[0]), "length": float(means[1])}
            row |= {
                f"loss_{k}": float(value)
                for k, value in enumerate(np.mean(losses, axis=0) if losses else [])
            }
            rows.append(row | (after(step) if after else {}))
            ended, losses = [], []
    return pd.DataFrame(rows)


def evaluate(
    policy: Policy, envs: VectorEnv, seed: int, **options: Any
) -> pd.DataFrame:
    """One episode in each environment: `reward` (their sum), `length` (steps), one row
    per environment.

    The same seed and options give every policy the same users with the same dice.
    """
    observations, info = envs.reset(seed=seed, options=options or None)
    running = np.ones(envs.num_envs, dtype=bool)
    rewards, lengths = np.zeros(envs.num_envs), np.zeros(envs.num_envs, dtype=int)
    while running.any():
        observations, reward, terminated, truncated, info = envs.step(
            policy(observations, allowed(envs, info))
        )
        rewards += reward * running
        lengths += running
        running &= ~(terminated | truncated)
    return pd.DataFrame({"reward": rewards, "length": lengths})
