"""Sessions of simulated users: what they were shown, clicked, and are tired of."""

from __future__ import annotations

import numpy as np

from rec_tutor.decisions.world import Assumptions, World


class Sessions:
    """The state of many users' sessions, and the rules by which it moves on. Both
    environments share it.

    The dice of a session are cast when it starts, so that two policies meet the same
    luck, whatever they do.
    """

    # how the recommender itself fades what it saw clicked; the users' own memory is
    # unknown to it
    FADING = 0.8

    def __init__(
        self, world: World, assumptions: Assumptions, num_envs: int, slate_size: int
    ):
        if not 1 <= slate_size * assumptions.horizon <= world.num_items:
            raise ValueError(
                f"{assumptions.horizon} slates of {slate_size} films need as many"
                f" films; the world has {world.num_items}. Shorten the horizon or the"
                " slate, or take more films."
            )
        self.world, self.assumptions, self.slate_size = world, assumptions, slate_size
        self.users = np.zeros(num_envs, dtype=np.int64)
        self.step_number = np.zeros(num_envs, dtype=np.int64)
        # hidden, like world.appeal[users]
        self.tired = np.zeros((num_envs, world.genres.shape[1]))
        # seen by the recommender
        self.clicked = np.zeros((num_envs, world.genres.shape[1]))
        self.last_click = np.zeros(num_envs)
        self.shown = np.zeros((num_envs, world.num_items), dtype=bool)
        self.dice = np.zeros((num_envs, assumptions.horizon, 2))
        self.shares = world.shares

    def start(
        self,
        rows: np.ndarray,
        rng: np.random.Generator,
        users: np.ndarray | None = None,
    ) -> None:
        """New sessions in these rows; of random users unless they are named."""
        named = (
            rng.integers(self.world.num_users, size=len(rows))
            if users is None
            else np.asarray(users)
        )
        if (
            named.shape != rows.shape
            or named.min() < 0
            or named.max() >= self.world.num_users
        ):
            raise ValueError(
                f"users must be {len(rows)} number(s) from 0 to"
                f" {self.world.num_users - 1}."
            )
        self.users[rows] = named
        self.dice[rows] = rng.random((len(rows), self.assumptions.horizon, 2))
        for part in (
            self.step_number,
            self.tired,
            self.clicked,
            self.last_click,
            self.shown,
        ):
            part[rows] = 0

    def chances(self, slates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Chance of a click at each place, and the tiredness x it would meet, both (n,
        K).

        A film that was shown before in the session is not clicked again, nor is the
        second of two equal ones.
        """
        rows, told = np.arange(len(slates))[:, None], self.assumptions
        x = told.satiation * np.einsum("nkg,ng->nk", self.shares[slates], self.tired)
        weight = np.exp(self.world.appeal[self.users[:, None], slates] - x)
        weight *= np.arange(1, slates.shape[1] + 1.0) ** -told.position
        weight[self.shown[rows, slates]] = 0.0
        for k in range(1, slates.shape[1]):
            weight[(slates[:, :k] == slates[:, k : k + 1]).any(axis=1), k] = 0.0
        return weight / (weight.sum(axis=1, keepdims=True) + np.exp(told.no_click)), x

    def step(self, slates: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Slates (n, K) of film numbers -> reward (n,), terminated (n,), truncated
        (n,).
        """
        slates = np.asarray(slates).reshape(len(self.users), -1)
        whole = np.issubdtype(slates.dtype, np.integer)
        if (
            slates.shape[1] != self.slate_size
            or not whole
            or slates.min() < 0
            or slates.max() >= self.world.num_items
        ):
            raise ValueError(
                f"an action is {self.slate_size} whole number(s) from 0 to"
                f" {self.world.num_items - 1} per user."
            )
        rows, told = np.arange(len(slates)), self.assumptions
        chances, x = self.chances(slates)
        dice = self.dice[rows, self.step_number]
        # as many as K: none was clicked
        place = (dice[:, :1] > np.cumsum(chances, axis=1)).sum(axis=1)
        click = place < self.slate_size
        place = np.minimum(place, self.slate_size - 1)
        fresh = click * np.exp(-x[rows, place])
        left = dice[:, 1] < told.leave * (1 - fresh)
        gained = click[:, None] * self.world.genres[slates[rows, place]]
        self.tired = told.memory * self.tired + gained
        self.clicked = self.FADING * self.clicked + gained
        self.last_click = click.astype(float)
        self.shown[rows[:, None], slates] = True
        self.step_number = self.step_number + 1
        return click.astype(float), left, (self.step_number >= told.horizon) & ~left

    def observe(self) -> np.ndarray:
        """What the recommender knows, (n, D + G + 2): profile, genres clicked lately,
        the last click, the time.
        """
        time = self.step_number / self.assumptions.horizon
        parts = (
            self.world.profiles[self.users],
            self.clicked,
            self.last_click[:, None],
            time[:, None],
        )
        return np.hstack(parts).astype(np.float32)


def single_chances(
    world: World,
    told: Assumptions,
    users: np.ndarray,
    tired: np.ndarray,
    shown: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Chance of a click, and the tiredness x met, of every film shown alone, (n, I)
    each; -1 for films shown before.
    """
    x = told.satiation * tired @ world.shares.T
    return (
        np.where(
            shown, -1.0, 1 / (1 + np.exp(told.no_click - world.appeal[users] + x))
        ),
        x,
    )
