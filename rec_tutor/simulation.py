"""Simulated users who grow tired of more of the same: a Gymnasium environment for ranking as decisions.

What the users like is fitted to MovieLens. How they act is *assumed*, since MovieLens records what people rated,
and never what they were shown and passed over:

- A user looks at a slate of films and clicks at most one, or none, by a logit choice (Luce 1959; the user model of
  SlateQ, Ie et al. 2019, arXiv:1905.12767).
- The place counts: the film at place k is seen with a weight of k^-position (Craswell et al. 2008,
  doi:10.1145/1341531.1341545; Joachims et al. 2017, doi:10.1145/3018661.3018699).
- Each click makes a user tired of the film's genres, and the tiredness fades (Leqi et al. 2021,
  arXiv:2011.06741; boredom in real streams: Kapoor et al. 2015, doi:10.1145/2684822.2685306).
- Who finds nothing, or more of the same, may leave.

`Feed` is one user at a time (id "rec_tutor/Feed-v0"), `FeedVector` many at once. Importing this module registers
both. Gymnasium must be installed: `pip install gymnasium`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import pandas as pd
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv

from rec_tutor import baselines
from rec_tutor.data.schema import Dataset
from rec_tutor.sampling import interaction_matrix


@dataclass(frozen=True)
class Assumptions:
    """How users act. No number here is fitted to data; all were set before any agent was trained.

    no_click: utility of clicking nothing; a film has mean 0 and standard deviation 1 over the catalogue.
    position: exponent of the weight k^-position of place k = 1, 2, ….
    satiation: weight of tiredness. A film meets x = satiation * mean over its genres of their clicks so far, faded,
        and its utility falls by x.
    memory: share of the tiredness that is left after a step.
    leave: chance of leaving after a step without a click; after a click it is leave * (1 - exp(-x)).
    horizon: steps after which a session is cut off.
    """

    no_click: float = 1.0
    position: float = 1.0
    satiation: float = 1.0
    memory: float = 0.9
    leave: float = 0.2
    horizon: int = 20

    def __post_init__(self) -> None:
        for name in ("position", "satiation"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be 0 or positive; it is {getattr(self, name)}.")
        for name in ("memory", "leave"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share and must lie in 0..1; it is {getattr(self, name)}.")
        if not isinstance(self.horizon, int) or self.horizon < 1 or not np.isfinite(self.no_click):
            raise ValueError("horizon must be a whole number, at least 1, and no_click a finite number.")


@dataclass(frozen=True)
class World:
    """Users and films: who likes what, and what a recommender knows of it.

    appeal: (U, I), the utility of film i to user u. Hidden from the recommender.
    genres: (I, G), 1 where a film has a genre; at least one each.
    profiles: (U, D), what the recommender knows of a user before the session.
    films: (I, D), its vectors of films, in the space of the profiles.
    popularity: (I,), how often a film was taken before.
    items: (I,), the films' indices in the data set, for their titles.
    """

    appeal: np.ndarray
    genres: np.ndarray
    profiles: np.ndarray
    films: np.ndarray
    popularity: np.ndarray
    items: np.ndarray

    def __post_init__(self) -> None:
        users, items = self.appeal.shape
        shapes = {
            "genres": (items, self.genres.shape[-1]),
            "profiles": (users, self.films.shape[-1]),
            "films": (items, self.films.shape[-1]),
            "popularity": (items,),
            "items": (items,),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must have shape {shape}; it has {getattr(self, name).shape}.")
        if not (self.genres.sum(axis=1) > 0).all():
            raise ValueError("every film needs a genre.")
        if not all(np.isfinite(array).all() for array in (self.appeal, self.profiles, self.films)):
            raise ValueError("there is a NaN or an infinite number among appeal, profiles or films.")

    @property
    def num_users(self) -> int:
        return self.appeal.shape[0]

    @property
    def num_items(self) -> int:
        return self.appeal.shape[1]

    @property
    def shares(self) -> np.ndarray:
        """(I, G): a film's genres as shares that add up to 1."""
        return self.genres / self.genres.sum(axis=1, keepdims=True)

    @property
    def features(self) -> np.ndarray:
        """(I, D + G + 1), what a recommender knows of a film: its vector, its genres, and a constant."""
        return np.hstack([self.films, self.shares, np.ones((self.num_items, 1))]).astype(np.float32)

    def of(self, items: np.ndarray) -> World:
        """The same users with some of the films."""
        parts = (self.appeal[:, items], self.genres[items], self.profiles)
        return World(*parts, self.films[items], self.popularity[items], self.items[items])


def movielens_world(ds: Dataset, train: pd.DataFrame, num_items: int = 200, dim: int = 16, seed: int = 0) -> World:
    """A world of MovieLens' users and the `num_items` films that most of them took in `train`.

    ALS (`baselines.ALS`) gives every user a vector from all of the user's training films, and `appeal` is how
    strongly it points to each film, standardised per user. The recommender's profile comes from the earlier half of
    these films only (scaled so that profile . film has standard deviation 1 per user): it knows the user, but not
    fully.
    """
    als = baselines.ALS(ds.num_users, ds.num_items, dim=dim, seed=seed).fit(train)
    count = np.bincount(train["item"], minlength=ds.num_items)
    items = np.sort(np.argsort(-count, kind="stable")[:num_items])
    scores = als.users @ als.items[items].T
    appeal = (scores - scores.mean(axis=1, keepdims=True)) / np.maximum(scores.std(axis=1, keepdims=True), 1e-9)

    ordered = train.sort_values(["user", "timestamp"], kind="stable")
    place = ordered.groupby("user").cumcount()
    earlier = ordered[place < ordered.groupby("user")["item"].transform("size") / 2]
    known = als._solve(interaction_matrix(earlier, ds.num_users, ds.num_items), als.items)
    films = als.items[items] / als.items[items].std()
    size = np.maximum((known @ films.T).std(axis=1, keepdims=True), 1e-9)

    names = sorted({genre for i in items for genre in ds.items["genres"][i]})
    genres = np.array([[name in ds.items["genres"][i] for name in names] for i in items], dtype=float)
    return World(appeal, genres, known / size, films, count[items], items)


class Sessions:
    """The state of many users' sessions, and the rules by which it moves on. Both environments share it.

    The dice of a session are cast when it starts, so that two policies meet the same luck, whatever they do.
    """

    FADING = 0.8  # how the recommender itself fades what it saw clicked; the users' own memory is unknown to it

    def __init__(self, world: World, assumptions: Assumptions, num_envs: int, slate_size: int):
        if not 1 <= slate_size * assumptions.horizon <= world.num_items:
            raise ValueError(
                f"{assumptions.horizon} slates of {slate_size} films need as many films; the world has "
                f"{world.num_items}. Shorten the horizon or the slate, or take more films."
            )
        self.world, self.assumptions, self.slate_size = world, assumptions, slate_size
        self.users = np.zeros(num_envs, dtype=np.int64)
        self.step_number = np.zeros(num_envs, dtype=np.int64)
        self.tired = np.zeros((num_envs, world.genres.shape[1]))  # hidden, like world.appeal[users]
        self.clicked = np.zeros((num_envs, world.genres.shape[1]))  # seen by the recommender
        self.last_click = np.zeros(num_envs)
        self.shown = np.zeros((num_envs, world.num_items), dtype=bool)
        self.dice = np.zeros((num_envs, assumptions.horizon, 2))
        self.shares = world.shares

    def start(self, rows: np.ndarray, rng: np.random.Generator, users: np.ndarray | None = None) -> None:
        """New sessions in these rows; of random users unless they are named."""
        named = rng.integers(self.world.num_users, size=len(rows)) if users is None else np.asarray(users)
        if named.shape != rows.shape or named.min() < 0 or named.max() >= self.world.num_users:
            raise ValueError(f"users must be {len(rows)} number(s) from 0 to {self.world.num_users - 1}.")
        self.users[rows] = named
        self.dice[rows] = rng.random((len(rows), self.assumptions.horizon, 2))
        for part in (self.step_number, self.tired, self.clicked, self.last_click, self.shown):
            part[rows] = 0

    def chances(self, slates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Chance of a click at each place, and the tiredness x it would meet, both (n, K).

        A film that was shown before in the session is not clicked again, nor is the second of two equal ones.
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
        """Slates (n, K) of film numbers -> reward (n,), terminated (n,), truncated (n,)."""
        slates = np.asarray(slates).reshape(len(self.users), -1)
        whole = np.issubdtype(slates.dtype, np.integer)
        if slates.shape[1] != self.slate_size or not whole or slates.min() < 0 or slates.max() >= self.world.num_items:
            raise ValueError(
                f"an action is {self.slate_size} whole number(s) from 0 to {self.world.num_items - 1} per user."
            )
        rows, told = np.arange(len(slates)), self.assumptions
        chances, x = self.chances(slates)
        dice = self.dice[rows, self.step_number]
        place = (dice[:, :1] > np.cumsum(chances, axis=1)).sum(axis=1)  # as many as K: none was clicked
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
        """What the recommender knows, (n, D + G + 2): profile, genres clicked lately, the last click, the time."""
        time = self.step_number / self.assumptions.horizon
        parts = (self.world.profiles[self.users], self.clicked, self.last_click[:, None], time[:, None])
        return np.hstack(parts).astype(np.float32)


def _spaces(sessions: Sessions) -> tuple[spaces.Box, spaces.Space]:
    world, slate = sessions.world, sessions.slate_size
    clicks = np.full(world.genres.shape[1], 1 / (1 - Sessions.FADING))  # a genre clicked in every step, for ever
    low = np.concatenate([world.profiles.min(axis=0), 0 * clicks, [0, 0]]) - 1e-3
    high = np.concatenate([world.profiles.max(axis=0), clicks, [1, 1]]) + 1e-3
    films = world.num_items
    action = spaces.Discrete(films) if slate == 1 else spaces.MultiDiscrete(np.full(slate, films))
    return spaces.Box(low.astype(np.float32), high.astype(np.float32)), action


class Feed(gym.Env):
    """One user of a `World` at a time. An action is a film's number, or `slate_size` of them, best place first.

    reward: 1 for a click. terminated: the user left. truncated: the horizon is reached. info["action_mask"]: 1 for
    the films not yet shown in this session. `reset(options={"users": [7]})` names the user. The user's taste and
    tiredness are not observed: this is a partially observable decision process.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(self, world: World, assumptions: Assumptions | None = None, slate_size: int = 1):
        self.sessions = Sessions(world, assumptions or Assumptions(), 1, slate_size)
        self.observation_space, self.action_space = _spaces(self.sessions)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.sessions.start(np.array([0]), self.np_random, (options or {}).get("users"))
        return self.sessions.observe()[0], self._info()

    def step(self, action: Any):
        reward, terminated, truncated = self.sessions.step(np.reshape(action, (1, -1)))
        return self.sessions.observe()[0], float(reward[0]), bool(terminated[0]), bool(truncated[0]), self._info()

    def _info(self) -> dict[str, Any]:
        return {"action_mask": (~self.sessions.shown[0]).astype(np.int8)}


class FeedVector(VectorEnv):
    """Many users of a `World` at once; a session that ends makes room for the next user in the same step.

    As Gymnasium has it, the last observations and masks of sessions that ended are in info["final_obs"] and
    info["final_info"]. `reset(options={"users": array})` names the users.
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(self, world: World, assumptions: Assumptions | None = None, slate_size: int = 1, num_envs: int = 1):
        self.num_envs = num_envs
        self.sessions = Sessions(world, assumptions or Assumptions(), num_envs, slate_size)
        self.single_observation_space, self.single_action_space = _spaces(self.sessions)
        self.observation_space = gym.vector.utils.batch_space(self.single_observation_space, num_envs)
        self.action_space = gym.vector.utils.batch_space(self.single_action_space, num_envs)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.sessions.start(np.arange(self.num_envs), self.np_random, (options or {}).get("users"))
        return self.sessions.observe(), {"action_mask": ~self.sessions.shown}

    def step(self, actions: np.ndarray):
        reward, terminated, truncated = self.sessions.step(actions)
        observations, masks = self.sessions.observe(), ~self.sessions.shown
        info: dict[str, Any] = {}
        ended = terminated | truncated
        if ended.any():
            info = {"final_obs": observations, "_final_obs": ended, "final_info": {"action_mask": masks}}
            self.sessions.start(np.flatnonzero(ended), self.np_random)
            observations, masks = self.sessions.observe(), ~self.sessions.shown
        return observations, reward, terminated, truncated, info | {"action_mask": masks}


gym.register("rec_tutor/Feed-v0", f"{__name__}:Feed", vector_entry_point=f"{__name__}:FeedVector")


def popular(world: World):
    """The policy that shows the most popular film not yet shown."""
    return lambda observations, masks: np.where(masks, world.popularity, -1).argmax(axis=1)


class LookAhead:
    """Plans with what nobody knows in life: the user's true taste and tiredness. One film per step.

    The `width` films most likely to be clicked are tried `depth` steps deep, both outcomes of each weighed by their
    chance; from there on to the horizon the value is that of showing, in each step, the film most likely to be
    clicked, with tiredness and survival at their means (a rollout, Bertsekas and Castañon 1999,
    doi:10.1023/A:1009634810396). With depth = horizon and width = num_items the plan is exact. With depth 0 this
    is the policy that is greedy about the true user.
    """

    def __init__(self, envs: FeedVector, depth: int = 1, width: int = 15):
        if envs.sessions.slate_size != 1:
            raise ValueError("look-ahead plans single films: make the environment with slate_size=1.")
        self.sessions, self.depth, self.width = envs.sessions, depth, min(width, envs.sessions.world.num_items)

    def __call__(self, observations: np.ndarray, masks: np.ndarray) -> np.ndarray:
        s = self.sessions
        left = s.assumptions.horizon - s.step_number
        return self.plan(s.users, s.tired, s.shown, left, self.depth)[1]

    def plan(
        self, users: np.ndarray, tired: np.ndarray, shown: np.ndarray, left: np.ndarray, depth: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Value and first film, (n,) each, for users with `left` steps to go."""
        told, world = self.sessions.assumptions, self.sessions.world
        chance, x = single_chances(world, told, users, tired, shown)
        if depth == 0:
            return self._rollout(users, tired, shown, left), chance.argmax(axis=1)
        films = np.argsort(-chance, axis=1, kind="stable")[:, : self.width]  # (n, w)
        n, width = films.shape
        rows = np.arange(n)[:, None]
        p, x = chance[rows, films], x[rows, films]
        seen = np.repeat(shown, width, axis=0)  # (n * w, I)
        seen[np.arange(n * width), films.ravel()] = True
        who, after, faded = (
            np.repeat(users, width),
            np.repeat(left, width) - 1,
            np.repeat(told.memory * tired, width, 0),
        )
        value = p.copy()
        for weight, stay, then in (
            (p, 1 - told.leave * (1 - np.exp(-x)), faded + world.genres[films.ravel()]),
            (1 - p, 1 - told.leave, faded),
        ):
            value += weight * stay * self.plan(who, then, seen, after, depth - 1)[0].reshape(n, width)
        value = np.where(left[:, None] > 0, np.where(p < 0, -np.inf, value), 0.0)
        best = value.argmax(axis=1)
        return value[np.arange(n), best], films[np.arange(n), best]

    def _rollout(self, users: np.ndarray, tired: np.ndarray, shown: np.ndarray, left: np.ndarray) -> np.ndarray:
        told, world, shown = self.sessions.assumptions, self.sessions.world, shown.copy()
        value, alive, rows = np.zeros(len(users)), np.ones(len(users)), np.arange(len(users))
        for step in range(int(left.max(initial=0))):
            chance, x = single_chances(world, told, users, tired, shown)
            film = chance.argmax(axis=1)
            p, alive = chance[rows, film], alive * (step < left)
            value += alive * p
            alive = alive * (1 - told.leave * (1 - p * np.exp(-x[rows, film])))
            tired = told.memory * tired + p[:, None] * world.genres[film]
            shown[rows, film] = True
        return value


def single_chances(
    world: World, told: Assumptions, users: np.ndarray, tired: np.ndarray, shown: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Chance of a click, and the tiredness x met, of every film shown alone, (n, I) each; -1 for films shown before."""
    x = told.satiation * tired @ world.shares.T
    return np.where(shown, -1.0, 1 / (1 + np.exp(told.no_click - world.appeal[users] + x))), x


Path = tuple[tuple[int, bool], ...]  # films in the order in which they were shown, and whether they were clicked


@dataclass(frozen=True)
class Table:
    """A decision process small enough to be written out: state 0 is the start, the last state the end.

    transition: (S, A, S), chances. reward: (S, A), expected. allowed: (S, A); in the end all actions are, and none
    does anything.
    """

    transition: np.ndarray
    reward: np.ndarray
    allowed: np.ndarray
    names: list[str]


def tabulate(world: World, assumptions: Assumptions, user: int = 0) -> Table:
    """All that can happen in a session with one user and slates of one film, as a `Table`.

    A state is what was shown and clicked so far, in its order. Raises ValueError where that gives over 2,000 states.
    """
    states: list[Path] = [()]
    entries: list[tuple[int, int, float, float, int]] = []  # state, film, chance, stay, next
    number: dict[Path, int] = {(): 0}
    for path in states:  # the list grows while we walk it
        if len(path) == assumptions.horizon:
            continue
        tired, shown = np.zeros((1, world.genres.shape[1])), np.zeros((1, world.num_items), dtype=bool)
        for before, liked in path:
            tired = assumptions.memory * tired + liked * world.genres[before]
            shown[0, before] = True
        chance, x = single_chances(world, assumptions, np.array([user]), tired, shown)
        for film in np.flatnonzero(~shown[0]).tolist():
            for click in (True, False):
                p = chance[0, film] if click else 1 - chance[0, film]
                stay = 1 - assumptions.leave * (1 - click * np.exp(-x[0, film]))
                then = (*path, (film, click))
                if then not in number:
                    number[then] = len(states)
                    states.append(then)
                    if len(states) > 2_000:
                        raise ValueError("there are over 2,000 states: take fewer films or a shorter horizon.")
                entries.append((number[path], film, p, stay, number[then]))
    size, end = len(states) + 1, len(states)
    transition, reward = np.zeros((size, world.num_items, size)), np.zeros((size, world.num_items))
    allowed = np.zeros((size, world.num_items), dtype=bool)
    for state, film, p, stay, after in entries:
        last = len(states[after]) == assumptions.horizon
        transition[state, film, end if last else after] += p * stay
        transition[state, film, end] += p * (1 - stay)
        reward[state, film] += p * states[after][-1][1]
        allowed[state, film] = True
    over = ~allowed.any(axis=1)  # the end, and sessions at the horizon
    transition[over], allowed[over] = 0.0, True
    transition[over, :, end] = 1.0
    return Table(transition, reward, allowed, [_name(path) for path in states] + ["end"])


def _name(path: Path) -> str:
    return " ".join(f"{film}{'+' if click else '-'}" for film, click in path) or "start"
