"""Logs, and what must hold for one before it can judge a target."""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-6  # how far probabilities may be from summing to 1


@dataclass(frozen=True)
class Log:
    """What n users were shown in at most H decisions among A candidates, and what came
    of it.

    What stands behind a user's last step is not looked at.

    Attributes:
        observations: float (n, H, D), what the system knew before each decision.
        actions: int (n, H), the candidate that was shown, 0 to A - 1.
        propensities: float (n, H), the probability with which the logging policy chose
            just that one, in (0, 1].
        rewards: float (n, H).
        alive: bool (n, H), whether the user was still there to be shown something;
            always so at the first step, and never again once gone.
        masks: bool (n, H, A), the candidates that the logging policy could have chosen.

    Raises:
        ValueError: for anything that contradicts the above.
    """

    observations: np.ndarray
    actions: np.ndarray
    propensities: np.ndarray
    rewards: np.ndarray
    alive: np.ndarray
    masks: np.ndarray

    def __post_init__(self) -> None:
        alive = np.asarray(self.alive, dtype=bool)
        if alive.ndim != 2 or len(alive) < 2 or alive.shape[1] < 1:
            raise ValueError(
                "alive must be (users, steps), with two users or more; its shape is"
                f" {alive.shape}."
            )
        n, horizon = alive.shape
        masks = np.asarray(self.masks, dtype=bool)
        observations = np.asarray(self.observations, dtype=np.float64)
        for name, array, last in (
            ("masks", masks, "candidates"),
            ("observations", observations, "features"),
        ):
            if array.ndim != 3 or array.shape[:2] != (n, horizon):
                raise ValueError(
                    f"{name} must be (users, steps, {last}), ({n}, {horizon}, …); it is"
                    f" {array.shape}."
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

        none(
            ~alive[:, :1],
            "is not alive at the first step: leave users without a decision out of"
            " the log",
        )
        none(alive[:, 1:] & ~alive[:, :-1], "is alive again after leaving", first=1)
        none(alive & ~np.isfinite(rewards), "has a reward that is NaN or infinite")
        none(
            alive & ~np.isfinite(observations).all(axis=2),
            "has an observation that is NaN or infinite",
        )
        none(
            alive & ~((propensities > 0) & (propensities <= 1)),
            "has a propensity outside (0, 1]: it is the probability of the action that"
            " was taken",
        )
        num_actions = masks.shape[2]
        outside = (actions < 0) | (actions >= num_actions)
        none(alive & outside, f"has an action outside 0 to {num_actions - 1}")
        actions = np.where(alive, actions, 0)
        none(alive & ~of(masks, actions), "was shown a candidate that the mask forbids")

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


def probabilities(log: Log, target: np.ndarray) -> np.ndarray:
    """The target's probabilities (n, H, A), checked, 0 where a user has left."""
    target = np.asarray(target, dtype=np.float64)
    if target.shape != log.masks.shape:
        raise ValueError(
            "target must hold the probabilities (users, steps, candidates),"
            f" {log.masks.shape}; it is {target.shape}."
        )
    target = np.where(log.alive[:, :, None], target, 0.0)
    none(
        log.alive & ~(target >= 0).all(axis=2),
        "has a target probability that is NaN or negative",
    )
    none(
        log.alive & (np.abs(target.sum(axis=2) - 1) > TOLERANCE),
        "has target probabilities that do not sum to 1",
    )
    support = "no common support, so the log cannot judge this target"
    none(
        ((target > 0) & ~log.masks).any(axis=2),
        f"may get from the target what the mask forbids: {support}",
    )
    alone = log.alive & (log.propensities >= 1)  # nothing else could have been shown
    none(
        alone & (of(target, log.actions) < 1 - TOLERANCE),
        "could get only one item from the logging policy (propensity 1), others from"
        f" the target: {support}",
    )
    return target


def discounts(log: Log, gamma: float) -> np.ndarray:
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be from 0 to 1; it is {gamma}.")
    return float(gamma) ** np.arange(log.horizon)


def of(table: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """The entries (n, H) of `table` (n, H, A) that belong to `actions` (n, H)."""
    return np.take_along_axis(table, actions[:, :, None], axis=2)[:, :, 0]


def none(wrong: np.ndarray, what: str, first: int = 0) -> None:
    """Raise if any entry (user, step) is wrong and say where the first one is; columns
    count from `first`.
    """
    if wrong.any():
        user, step = np.argwhere(wrong)[0]
        raise ValueError(
            f"User {user} at step {step + first} {what} ({np.count_nonzero(wrong)} such"
            " entries)."
        )
