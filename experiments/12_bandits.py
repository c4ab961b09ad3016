"""Asking by acting: bandits with a new person.

The world is that of `decisions.simulation`: 200 films, people whose taste is fitted to
MovieLens 100K and hidden, one film per round, clicked or not. A fifth of the people is
new. Of films the recommender knows a vector (8 numbers and a constant; ALS on the
ratings of the others. Tastes are made of 16), and of each of 655 of the others a log of
40 random films and clicks. From the log comes what it believes of anybody new, the mean
and the covariance of people ("warm"; by EM); "cold" knows nothing. Four worlds, three
draws each:

once     no film is shown twice in 40 rounds, nobody tires or leaves
again    a film may be shown again, 100 rounds
tired    chapter 11's people: at most 20 rounds, they tire of genres, and leave
true     as once, with the 16 numbers that the tastes are made of

`clicks` are expected ones, cumulated; `regret` is what the oracle, who shows the best
film for this person now, has more. What has a setting takes the best of four (in the
order of TRIES) on 100 other people. Intervals are over people. Parts, told apart by
`part`:

choice    a policy's settings, on the other people: clicks at the end
acted     a policy after so many `rounds`: lists, one number for each; the interval is
          that of the regret
pair      policies minus another on the same people, `start` cold or warm: lists, one
          number for each `policy`: clicks, 95 % interval, and in how many of the draws
          the policy was better (`wins`)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from course.experiment import run
from rec_tutor import baselines, data, evaluation
from rec_tutor.decisions import bandits
from rec_tutor.decisions.simulation import Assumptions, Sessions, single_chances
from rec_tutor.decisions.worlds import World, movielens_world
from rec_tutor.evaluation import splits

DRAWS = 3
LOGGED = 40  # films in the log of a person
WORLDS: dict[str, dict[str, Any]] = {
    "once": {"horizon": 40, "leave": 0.0, "satiation": 0.0},
    "again": {"horizon": 100, "leave": 0.0, "satiation": 0.0},
    "tired": {},
    "true": {"horizon": 40, "leave": 0.0, "satiation": 0.0},
}
TRIES: dict[str, tuple[float, ...]] = {
    "LinUCB": (0.1, 0.3, 1.0, 3.0),
    "Thompson": (0.1, 0.3, 0.5, 1.0),
    "epsilon-greedy": (0.02, 0.05, 0.1, 0.2),
}


# --- who is there, and what is known of them ---


@dataclass(frozen=True, eq=False)
class Setting:
    """Who is new, and what the recommender knows.

    Attributes:
        others: people to choose settings on, neither new nor in the log.
        films: (I, D), what is known of films.
        popular: (I,), how many of the known people took each.
        rate: (I,), how often each was clicked in the log.
        mean, inverse: of people, as `bandits.Belief` takes them.
    """

    world: World
    new: np.ndarray
    others: np.ndarray
    films: np.ndarray
    popular: np.ndarray
    rate: np.ndarray
    mean: np.ndarray
    inverse: np.ndarray


@cache
def setting(draw: int, true: bool = False) -> Setting:
    ds = data.load("ml-100k")
    train = splits.temporal(ds.ratings).train
    world = movielens_world(ds, train, num_items=200, dim=16, seed=draw)
    is_new = splits.drawn(ds.num_users, seed=draw)
    rng = np.random.default_rng(draw)
    rest = rng.permutation(np.flatnonzero(~is_new))
    others, logged = rest[:100], rest[100:]
    known = train[~is_new[train["user"]]]
    if true:
        vectors = world.films
    else:
        als = baselines.ALS(ds.num_users, ds.num_items, dim=8, seed=100 + draw)
        vectors = als.fit(known).items[world.items]
    films = np.hstack([vectors / vectors.std(), np.ones((world.num_items, 1))])
    shown = np.argsort(rng.random((len(logged), world.num_items)), axis=1)[:, :LOGGED]
    chances = 1 / (
        1 + np.exp(Assumptions().no_click - world.appeal[logged[:, None], shown])
    )
    clicks = (rng.random(shown.shape) < chances).astype(float)
    rate = np.bincount(shown.ravel(), clicks.ravel(), world.num_items) / np.maximum(
        np.bincount(shown.ravel(), minlength=world.num_items), 1
    )
    popular = np.bincount(known["item"], minlength=ds.num_items)[world.items]
    mean, inverse = prior(films[shown], clicks)
    return Setting(
        world, np.flatnonzero(is_new), others, films, popular, rate, mean, inverse
    )


def prior(
    contexts: np.ndarray, rewards: np.ndarray, rounds: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """What people are like, by EM: theta_u ~ N(mean, S), reward = x . theta_u + noise.

    Args:
        contexts: (people, n, D).
        rewards: (people, n).

    Returns:
        The mean (D,), and S over the variance of the noise (D, D).
    """
    n, rows, dim = contexts.shape
    mean, spread, noise = np.zeros(dim), np.eye(dim) * 0.1, 0.2
    grams = np.einsum("und,une->ude", contexts, contexts)
    sums = np.einsum("und,un->ud", contexts, rewards)
    for _ in range(rounds):
        inverse = np.linalg.inv(spread)
        covariance = np.linalg.inv(inverse + grams / noise)  # (people, D, D)
        right = inverse @ mean + sums / noise
        theta = np.einsum("ude,ue->ud", covariance, right)
        mean = theta.mean(axis=0)
        gaps = theta - mean
        spread = gaps.T @ gaps / n + covariance.mean(axis=0)
        errors = rewards - np.einsum("und,ud->un", contexts, theta)
        unsure = np.einsum("ude,ude->", grams, covariance)
        noise = ((errors**2).sum() + unsure) / (n * rows)
    return mean, spread / noise


# --- acting ---


class Show:
    """Shows what has the largest context, a number; learns nothing."""

    def choose(self, contexts: np.ndarray, rng: np.random.Generator) -> int:
        return bandits.largest(contexts, rng)

    def update(self, context: np.ndarray, reward: float) -> None:
        pass


def policy(
    name: str, value: float | None, here: Setting
) -> tuple[Callable[[], bandits.Bandit], np.ndarray]:
    """How to make one for a person, and the contexts of all films."""
    fixed = {
        "popularity": here.popular.astype(float),
        "click rate": here.rate,
        "mean person": here.films @ here.mean,
        "random": np.zeros(len(here.films)),
    }
    if name in fixed:
        return Show, fixed[name]
    kind, _, start = name.partition(", ")
    known = {"mean": here.mean, "inverse": here.inverse} if start == "warm" else {}
    dim = here.films.shape[1]
    made: dict[str, Callable[[], bandits.Bandit]] = {
        "greedy": partial(bandits.LinUCB, dim, alpha=0.0, **known),
        "LinUCB": partial(bandits.LinUCB, dim, alpha=value or 0.0, **known),
        "Thompson": partial(bandits.ThompsonSampling, dim, v=value or 0.0, **known),
        "epsilon-greedy": partial(
            bandits.EpsilonGreedy, dim, epsilon=value or 0.0, **known
        ),
    }
    return made[kind], here.films


def play(
    world: str,
    name: str,
    value: float | None,
    draw: int,
    choosing: bool,
    few: int | None,
) -> np.ndarray:
    """Expected clicks in each round, (people, rounds)."""
    here, assumptions = setting(draw, world == "true"), Assumptions(**WORLDS[world])
    people = (here.others if choosing else here.new)[:few]
    n = len(people)
    sessions = Sessions(here.world, assumptions, n, 1)
    sessions.start(np.arange(n), np.random.default_rng(draw), people)
    rngs = [np.random.default_rng([draw, person]) for person in people]
    policies: list[bandits.Bandit] = []
    if name != "oracle":
        make, contexts = policy(name, value, here)
        policies = [make() for _ in people]
    alive, found = np.ones(n, dtype=bool), np.zeros((n, assumptions.horizon))
    for step in range(assumptions.horizon):
        if world == "again":
            sessions.shown[:] = False
        chosen = single_chances(
            here.world, assumptions, people, sessions.tired, sessions.shown
        )[0].argmax(axis=1)
        for k, one in enumerate(policies):
            left = np.flatnonzero(~sessions.shown[k])
            chosen[k] = left[one.choose(contexts[left], rngs[k])]
        found[:, step] = alive * sessions.chances(chosen[:, None])[0][:, 0]
        rewards, gone, _ = sessions.step(chosen[:, None])
        for k, one in enumerate(policies):
            if alive[k]:
                one.update(contexts[chosen[k]], rewards[k])
        alive &= ~gone
    return found


@cache
def chosen(
    world: str, name: str, draws: int, few: int | None
) -> tuple[float | None, dict[float, float]]:
    """The best of four on other people, and what each earned there."""
    tries = TRIES.get(name.partition(",")[0])
    if tries is None:
        return None, {}
    earned = {
        value: float(
            np.mean(
                [
                    play(world, name, value, draw, True, few).sum(axis=1).mean()
                    for draw in range(draws)
                ]
            )
        )
        for value in tries
    }
    return max(earned, key=earned.__getitem__), earned


@cache
def acted(
    world: str, name: str, draws: int, few: int | None
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per draw: the people, their cumulated clicks and regrets, (people, rounds)."""
    value, found = chosen(world, name, draws, few)[0], []
    for draw in range(draws):
        clicks = play(world, name, value, draw, False, few).cumsum(axis=1)
        best = play(world, "oracle", None, draw, False, few).cumsum(axis=1)
        found.append((setting(draw).new[:few], clicks, best - clicks))
    return found


def after(
    world: str, name: str, rounds: int, draws: int, few: int | None
) -> tuple[pd.DataFrame, np.ndarray]:
    """One row per person: clicks and regret after so many rounds, mean over draws; and
    the clicks of each draw.
    """
    tables = [
        pd.DataFrame(
            {"clicks": clicks[:, rounds - 1], "regret": regret[:, rounds - 1]},
            index=people,
        )
        for people, clicks, regret in acted(world, name, draws, few)
    ]
    means = np.array([table["clicks"].mean() for table in tables])
    return pd.concat(tables).groupby(level=0).mean(), means


def measure_choice(
    world: str, policy: str, seed: int, draws: int = DRAWS, few: int | None = None
) -> dict[str, Any]:
    value, earned = chosen(world, policy, draws, few)
    return {"clicks": np.round([*earned.values()], 3).tolist(), "best": value}


def measure_acted(
    world: str, policy: str, seed: int, draws: int = DRAWS, few: int | None = None
) -> dict[str, Any]:
    row: dict[str, Any] = {"rounds": list(ROUNDS[world]), "clicks": [], "regret": []}
    row |= {"low": [], "high": []}  # of the regret
    for rounds in ROUNDS[world]:
        people = after(world, policy, rounds, draws, few)[0]
        found = evaluation.summarise(people)
        row["clicks"].append(round(float(found.loc["clicks", "mean"]), 3))
        for name, end in (("regret", "mean"), ("low", "low"), ("high", "high")):
            row[name].append(round(float(found.loc["regret", end]), 3))
    return row | {"people": len(people)}


def measure_pair(
    world: str,
    start: str,
    other: str,
    rounds: int,
    seed: int,
    draws: int = DRAWS,
    few: int | None = None,
) -> dict[str, Any]:
    row: dict[str, list[Any]] = {"policy": [], "difference": []}
    row |= {"low": [], "high": [], "wins": []}
    base, base_means = after(world, other, rounds, draws, few)
    for kind in ("greedy", *TRIES):
        name = f"{kind}, {start}"
        if name == other:
            continue
        people, means = after(world, name, rounds, draws, few)
        both = {"this": people, "other": base}
        table = evaluation.compare(both, "other", metric="clicks")
        row["policy"].append(name)
        for end in ("difference", "low", "high"):
            row[end].append(round(float(table.loc["this", end]), 3))
        row["wins"].append(int((means > base_means).sum()))
    return row


PARTS = {
    "choice": measure_choice,
    "acted": measure_acted,
    "pair": measure_pair,
}
STARTS = ("cold", "warm")
LEARNERS = tuple(f"{name}, {start}" for name in ("greedy", *TRIES) for start in STARTS)
FIXED = ("oracle", "random", "popularity", "click rate", "mean person")
# in the world "true"; the others are as in "once", or say nothing new
TOLD = ("oracle", "mean person", *LEARNERS[:4])
ROUNDS = {
    "once": (1, 2, 5, 10, 20, 40),
    "again": (1, 5, 10, 20, 50, 100),
    "tired": (20,),
    "true": (10, 40),
}


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for world, rounds in ROUNDS.items():
        listed += [
            {"part": "acted", "world": world, "policy": name}
            for name in (*FIXED, *LEARNERS)
            if world != "true" or name in TOLD
        ]
        listed += [
            {"part": "choice", "world": world, "policy": name}
            for name in LEARNERS
            if not name.startswith("greedy") and (world != "true" or name in TOLD)
        ]
        for n in (10, 40) if world == "once" else rounds[-1:]:
            listed += [
                {
                    "part": "pair",
                    "world": world,
                    "start": start,
                    "other": other,
                    "rounds": n,
                }
                for start in STARTS
                for other in ("mean person", f"greedy, {start}")
            ]
    return listed


FEW: dict[str, Any] = {"draws": 1, "few": 8}
SMALL: list[dict[str, Any]] = [
    {"part": "choice", "world": "tired", "policy": "LinUCB, warm", **FEW},
    *(
        {"part": "acted", "world": "tired", "policy": name, **FEW}
        for name in (*FIXED, *LEARNERS)
    ),
    {"part": "acted", "world": "true", "policy": "greedy, cold", **FEW},
    {
        "part": "pair",
        "world": "once",
        "start": "cold",
        "other": "click rate",
        "rounds": 5,
        **FEW,
    },
]

if __name__ == "__main__":
    rests_on = {"acted": ("acted",), "pair": ("acted",), "choice": ("acted",)}
    run(__file__, PARTS, rows(), small=SMALL, seed=0, rests_on=rests_on)
