"""Simulated users who grow tired of more of the same, for ranking as decisions.

What the users like is fitted to MovieLens. How they act is *assumed*, since MovieLens
records what people rated, and never what they were shown and passed over:

- A user looks at a slate of films and clicks at most one, or none, by a logit choice
  (Luce 1959; the user model of SlateQ, Ie et al. 2019, arXiv:1905.12767).
- The place counts: the film at place k is seen with a weight of k^-position (Craswell
  et al. 2008, doi:10.1145/1341531.1341545; Joachims et al. 2017,
  doi:10.1145/3018661.3018699).
- Each click makes a user tired of the film's genres, and the tiredness fades (Leqi et
  al. 2021, arXiv:2011.06741; boredom in real streams: Kapoor et al. 2015,
  doi:10.1145/2684822.2685306).
- Who finds nothing, or more of the same, may leave.

`rec_tutor.decisions.environment` makes them an environment of Gymnasium.
"""

from dataclasses import dataclass

import numpy as np

from rec_tutor.decisions.worlds import World


@dataclass(frozen=True)
class Assumptions:
    """How users act. No number here is fitted to data; all were set before any agent
    was trained.

    Attributes:
        no_click: utility of clicking nothing; a film has mean 0 and standard deviation
            1 over the catalogue.
        position: exponent of the weight k^-position of place k = 1, 2, ….
        satiation: weight of tiredness. A film meets x = satiation * mean over its
            genres of their clicks so far, faded, and its utility falls by x.
        memory: share of the tiredness that is left after a step.
        leave: chance of leaving after a step without a click; after a click it is leave
            * (1 - exp(-x)).
        horizon: steps after which a session is cut off.
    """

    no_click: float = 1.0
    position: float = 1.0
    satiation: float = 1.0
    memory: float = 0.9
    leave: float = 0.2
    horizon: int = 20

    def __post_init__(self) -> None:
        for name, top, words in (
            ("position", np.finfo(float).max, "must be 0 or positive"),
            ("satiation", np.finfo(float).max, "must be 0 or positive"),
            ("memory", 1, "is a share and must lie in 0..1"),
            ("leave", 1, "is a share and must lie in 0..1"),
        ):
            if not 0 <= getattr(self, name) <= top:
                raise ValueError(f"{name} {words}; it is {getattr(self, name)}.")
        if (
            not isinstance(self.horizon, int)
            or self.horizon < 1
            or not np.isfinite(self.no_click)
        ):
            raise ValueError(
                "horizon must be a whole number, at least 1, and no_click a finite"
                " number."
            )


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
        rows, assumptions = np.arange(len(slates))[:, None], self.assumptions
        x = assumptions.satiation * np.einsum(
            "nkg,ng->nk", self.shares[slates], self.tired
        )
        weight = np.exp(self.world.appeal[self.users[:, None], slates] - x)
        weight *= np.arange(1, slates.shape[1] + 1.0) ** -assumptions.position
        weight[self.shown[rows, slates]] = 0.0
        for k in range(1, slates.shape[1]):
            weight[(slates[:, :k] == slates[:, k : k + 1]).any(axis=1), k] = 0.0
        return weight / (
            weight.sum(axis=1, keepdims=True) + np.exp(assumptions.no_click)
        ), x

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
        rows, assumptions = np.arange(len(slates)), self.assumptions
        chances, x = self.chances(slates)
        dice = self.dice[rows, self.step_number]
        # as many as K: none was clicked
        place = (dice[:, :1] > np.cumsum(chances, axis=1)).sum(axis=1)
        click = place < self.slate_size
        place = np.minimum(place, self.slate_size - 1)
        fresh = click * np.exp(-x[rows, place])
        left = dice[:, 1] < assumptions.leave * (1 - fresh)
        gained = click[:, None] * self.world.genres[slates[rows, place]]
        self.tired = assumptions.memory * self.tired + gained
        self.clicked = self.FADING * self.clicked + gained
        self.last_click = click.astype(float)
        self.shown[rows[:, None], slates] = True
        self.step_number = self.step_number + 1
        return (
            click.astype(float),
            left,
            (self.step_number >= assumptions.horizon) & ~left,
        )

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
    assumptions: Assumptions,
    users: np.ndarray,
    tired: np.ndarray,
    shown: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Chance of a click, and the tiredness x met, of every film shown alone, (n, I)
    each; -1 for films shown before.
    """
    x = assumptions.satiation * tired @ world.shares.T
    return (
        np.where(
            shown,
            -1.0,
            1 / (1 + np.exp(assumptions.no_click - world.appeal[users] + x)),
        ),
        x,
    )
