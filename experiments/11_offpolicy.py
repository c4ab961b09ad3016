"""Judging a policy from the log of another: bias, error and coverage of the estimators,
and where they break down.

Users, tastes and sessions are those of `decisions.simulation`, with one film per
decision unless said otherwise. The log comes from a policy that prefers popular films;
the target adds `sharpness` times what is known of a user's taste. With 0 it is the
logging policy; the sharper it is, the further away. Each setting of the first part is
repeated with 300 logs, of the others with 200.

coverage   ten films, at most three decisions; by number of users and sharpness. `truth`
           is exact: it goes through everything that can happen to every user, each with
           its probability
horizon    1,000 users, thirty films, nobody leaves; by number of decisions
slate      1,000 users, ten films, one decision about a slate of one to five films,
           drawn without replacement (Plackett and Luce); `choices` is the number of
           possible slates

In the last two, `truth` is the mean over 100,000 users who were shown the target,
`truth_error` its standard error. `ess` is the mean effective sample size, `coverage`
the share of 95 % intervals that hold the truth, `width` their median width. The
estimator "naive" is the mean of the log, "direct" the mean of the outcome model without
weights. The penalty of that model was chosen with other logs.
"""

from collections.abc import Sequence
from functools import cache
from math import perm
from typing import Any

import numpy as np

from course.experiment import run
from rec_tutor import data
from rec_tutor.decisions import offpolicy
from rec_tutor.decisions.simulation import Assumptions, Sessions, single_chances
from rec_tutor.decisions.worlds import World, movielens_world
from rec_tutor.evaluation import splits

MANY = 100_000
SHARPNESS = (0.0, 0.5, 1.0, 2.0, 4.0)


@cache
def world(films: int) -> World:
    ds = data.load("ml-100k")
    return movielens_world(ds, splits.temporal(ds.ratings).train, num_items=films)


def sessions_of(films: int, n: int, slate: int = 1, **assumptions: Any) -> Sessions:
    return Sessions(world(films), Assumptions(**assumptions), n, slate)


# --- policies ---


def scores(sessions: Sessions, sharpness: float) -> np.ndarray:
    """(n, A): how much a policy wants to show each film, from what the system knows;
    -inf if shown before.
    """
    here = sessions.world
    popular = np.log(here.popularity)
    popular = (popular - popular.mean()) / popular.std()
    taste = here.profiles[sessions.users] @ here.films.T
    taste = (taste - taste.mean(axis=1, keepdims=True)) / taste.std(
        axis=1, keepdims=True
    )
    more_of_the_same = sessions.clicked @ sessions.shares.T
    return np.where(
        sessions.shown, -np.inf, 0.5 * popular + sharpness * (taste - more_of_the_same)
    )


def softmax(x: np.ndarray) -> np.ndarray:
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)


def draw(scored: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Slates (n, size), drawn without replacement with the softmax of the scores: the
    Gumbel trick.
    """
    return np.argsort(-(scored + rng.gumbel(size=scored.shape)), axis=1)[:, :size]


def probability(scored: np.ndarray, slates: np.ndarray) -> np.ndarray:
    """(n,): of drawing just this slate, in this order."""
    rows, left, product = np.arange(len(slates)), scored.copy(), np.ones(len(slates))
    for place in slates.T:
        product *= softmax(left)[rows, place]
        left[rows, place] = -np.inf
    return product


# --- logs ---


def collect(
    sessions: Sessions, sharp: Sequence[float], rng: np.random.Generator
) -> tuple[offpolicy.Log, np.ndarray]:
    """A log of the logging policy, and what each of the targets would have done there,
    (targets, n, H, A).
    """
    n, columns = len(sessions.users), []
    rows, alive = np.arange(n), np.ones(n, dtype=bool)
    sessions.start(rows, rng)
    for _ in range(sessions.assumptions.horizon):
        before, allowed, wanted = (
            sessions.observe(),
            ~sessions.shown,
            scores(sessions, 0.0),
        )
        # (n, targets, A)
        targets = np.stack(
            [softmax(scores(sessions, sharpness)) for sharpness in sharp], axis=1
        )
        actions, logging = draw(wanted, 1, rng)[:, 0], softmax(wanted)
        rewards, left, _ = sessions.step(actions)
        columns.append(
            (before, actions, logging[rows, actions], rewards, alive, allowed, targets)
        )
        alive = alive & ~left
    *log, targets = (np.stack(parts, axis=1) for parts in zip(*columns, strict=True))
    return offpolicy.Log(*log), targets.transpose(2, 0, 1, 3)


def collect_slates(
    sessions: Sessions, sharpness: float, rng: np.random.Generator
) -> tuple[offpolicy.Log, np.ndarray]:
    """One decision about a slate. The candidates of the log are two: the slate that was
    shown, and any other.
    """
    n, size = len(sessions.users), sessions.slate_size
    sessions.start(np.arange(n), rng)
    slates = draw(scores(sessions, 0.0), size, rng)
    logging, target = (
        probability(scores(sessions, sharp), slates) for sharp in (0.0, sharpness)
    )
    column = np.zeros((n, 1), dtype=int)
    alive, allowed, before = (
        column == 0,
        np.ones((n, 1, 2), dtype=bool),
        sessions.observe()[:, None],
    )
    rewards, _, _ = sessions.step(slates)
    log = offpolicy.Log(
        before, column, logging[:, None], rewards[:, None], alive, allowed
    )
    return log, np.stack([target, 1 - target], axis=1)[:, None]


# --- the truth ---


@cache
def exact(
    films: int, sharpness: float, users: int | None = None, **assumptions: Any
) -> float:
    """The target's value, the mean over all users of the world, or over the first so
    many.
    """
    users_ = np.arange(users or world(films).num_users)
    sessions = sessions_of(films, len(users_), **assumptions)
    sessions.start(users_, np.random.default_rng(0), users_)
    return float(from_here(sessions, sharpness).mean())


def from_here(sessions: Sessions, sharpness: float) -> np.ndarray:
    """Expected clicks from here on, one number per user; all have seen and clicked the
    same so far.
    """
    assumptions, here, before = (
        sessions.assumptions,
        sessions.world,
        dict(vars(sessions)),
    )
    value = np.zeros(len(sessions.users))
    if before["step_number"][0] == assumptions.horizon:
        return value
    policy = softmax(scores(sessions, sharpness))
    chance, x = single_chances(
        here, assumptions, sessions.users, sessions.tired, sessions.shown
    )
    for film in np.flatnonzero(~before["shown"][0]):
        for click, p in ((1.0, chance[:, film]), (0.0, 1 - chance[:, film])):
            sessions.tired = (
                assumptions.memory * before["tired"] + click * here.genres[film]
            )
            sessions.clicked = (
                sessions.FADING * before["clicked"] + click * here.genres[film]
            )
            sessions.shown = before["shown"] | (np.arange(here.num_items) == film)
            sessions.step_number = before["step_number"] + 1
            stay = 1 - assumptions.leave * (1 - click * np.exp(-x[:, film]))
            value += (
                policy[:, film] * p * (click + stay * from_here(sessions, sharpness))
            )
    vars(sessions).update(before)
    return value


@cache
def simulated(
    films: int,
    sharpness: float,
    seed: int,
    slate: int = 1,
    many: int = MANY,
    **assumptions: Any,
) -> tuple[float, float]:
    """The target's value from showing it to very many users, and its standard error."""
    sessions, rng = (
        sessions_of(films, many, slate, **assumptions),
        np.random.default_rng([seed, many]),
    )
    sessions.start(np.arange(many), rng)
    total, alive = np.zeros(many), np.ones(many, dtype=bool)
    for _ in range(sessions.assumptions.horizon):
        slates = draw(scores(sessions, sharpness), slate, rng)
        # less noise than the clicks themselves
        total += alive * sessions.chances(slates)[0].sum(axis=1)
        alive &= ~sessions.step(slates)[1]
    return total.mean(), total.std() / many**0.5


# --- rows ---


def summary(
    found: list[offpolicy.Estimate], truth: float, error: float
) -> dict[str, float]:
    table = np.array([(e.value, e.low, e.high, e.ess) for e in found])
    value, low, high, ess = table.T
    measured = {"truth": truth, "truth_error": error, "bias": value.mean() - truth}
    measured["rmse"] = np.sqrt(((value - truth) ** 2).mean())
    if np.isfinite(ess).all():
        measured |= {
            "coverage": ((low <= truth) & (truth <= high)).mean(),
            "ess": ess.mean(),
        }
        measured["width"] = np.median(high - low)
    return measured


def estimates(log: offpolicy.Log, target: np.ndarray) -> dict[str, offpolicy.Estimate]:
    outcomes = offpolicy.outcome_model(log, target)
    direct = (target[:, 0] * outcomes[:, 0]).sum(axis=1).mean()
    return {
        "naive": offpolicy.naive(log),
        "ips": offpolicy.ips(log, target),
        "snips": offpolicy.snips(log, target),
        "dr": offpolicy.doubly_robust(log, target, outcomes=outcomes),
        "direct": offpolicy.Estimate(direct, np.nan, np.nan, np.nan, np.nan),
    }


@cache
def coverage(
    n: int, seed: int, repetitions: int, users: int | None
) -> dict[tuple[float, str], dict[str, float]]:
    sessions, rng = sessions_of(10, n, horizon=3), np.random.default_rng([seed, n])
    found: dict[tuple[float, str], list[offpolicy.Estimate]] = {}
    for _ in range(repetitions):
        log, targets = collect(sessions, SHARPNESS, rng)
        for sharpness, target in zip(SHARPNESS, targets, strict=True):
            for name, estimate in estimates(log, target).items():
                found.setdefault((sharpness, name), []).append(estimate)
    return {
        key: summary(each, exact(10, key[0], users, horizon=3), 0.0)
        for key, each in found.items()
    }


def measure_coverage(
    n: int,
    sharpness: float,
    estimator: str,
    seed: int,
    repetitions: int = 300,
    users: int | None = None,
) -> dict[str, float]:
    return coverage(n, seed, repetitions, users)[sharpness, estimator]


@cache
def horizon(
    steps: int, seed: int, repetitions: int, many: int
) -> dict[str, dict[str, float]]:
    sessions, rng = (
        sessions_of(30, 1000, horizon=steps, leave=0.0),
        np.random.default_rng([seed, steps]),
    )
    logs = (collect(sessions, [1.0], rng) for _ in range(repetitions))
    found = [estimates(log, targets[0]) for log, targets in logs]
    truth = simulated(30, 1.0, seed, many=many, horizon=steps, leave=0.0)
    return {name: summary([each[name] for each in found], *truth) for name in found[0]}


def measure_horizon(
    steps: int, estimator: str, seed: int, repetitions: int = 200, many: int = MANY
) -> dict[str, float]:
    return horizon(steps, seed, repetitions, many)[estimator]


@cache
def slate(
    size: int, seed: int, repetitions: int, many: int
) -> dict[str, dict[str, float]]:
    sessions, rng = (
        sessions_of(10, 1000, size, horizon=1),
        np.random.default_rng([seed, size]),
    )
    logs = [collect_slates(sessions, 1.0, rng) for _ in range(repetitions)]
    truth = simulated(10, 1.0, seed, size, many, horizon=1)
    found = {
        "naive": [offpolicy.naive(log) for log, _ in logs],
        "ips": [offpolicy.ips(log, target) for log, target in logs],
        "snips": [offpolicy.snips(log, target) for log, target in logs],
    }
    return {
        name: {"choices": perm(10, size)} | summary(each, *truth)
        for name, each in found.items()
    }


def measure_slate(
    size: int, estimator: str, seed: int, repetitions: int = 200, many: int = MANY
) -> dict[str, float]:
    return slate(size, seed, repetitions, many)[estimator]


PARTS = {
    "coverage": measure_coverage,
    "horizon": measure_horizon,
    "slate": measure_slate,
}
ESTIMATORS = ("naive", "ips", "snips", "dr", "direct")


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for n in (500, 2000, 8000):
        for sharpness in SHARPNESS:
            setting = {"part": "coverage", "n": n, "sharpness": sharpness}
            listed += [{**setting, "estimator": name} for name in ESTIMATORS]
    for steps in (1, 3, 5, 10, 20):
        setting = {"part": "horizon", "steps": steps}
        listed += [{**setting, "estimator": name} for name in ESTIMATORS]
    for size in (1, 2, 3, 4, 5):
        listed += [
            {"part": "slate", "size": size, "estimator": name}
            for name in ESTIMATORS[:3]
        ]
    return listed


FEW: dict[str, Any] = {"repetitions": 4, "many": 2000}
EVERY: dict[str, Any] = {"part": "coverage", "n": 500, "repetitions": 4, "users": 20}
SMALL: list[dict[str, Any]] = [
    *({**EVERY, "sharpness": 1.0, "estimator": name} for name in ESTIMATORS),
    {**EVERY, "sharpness": 4.0, "estimator": "snips"},
    *(
        {"part": "horizon", "steps": 5, "estimator": name, **FEW}
        for name in ("ips", "dr")
    ),
    *(
        {"part": "slate", "size": 3, "estimator": name, **FEW}
        for name in ESTIMATORS[:3]
    ),
]

if __name__ == "__main__":
    rests_on = {part: (part,) for part in PARTS}  # the estimators share the logs
    run(
        __file__,
        PARTS,
        rows(),
        small=SMALL,
        seed=0,
        tolerance={"*": (1e-6, 1e-9)},
        rests_on=rests_on,
    )
