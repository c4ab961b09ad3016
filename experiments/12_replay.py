"""Which of some things without features do people click? By acting, and by replay of a
log.

stream    20 new films of the simulated world, shown to one random person each, up to
          2,000 times. `regret`: what always showing the film that most people click has
          more, expected clicks, after so many `visits` (lists; interval over
          repetitions)
shop      replay on the Open Bandit sample, 20 times with other luck: mean value,
          mean ends of the intervals, `luck` the standard deviation; `log_rate` is what
          the log itself earned, `needed` how many rows it would take for an interval of
          +-20 % of that. Of the log "bts", which was not made evenly, a replay is not
          fair
replayed  replay where the truth is known: `value`, and what really acting for as many
          rounds earns (`truth`); `bias_error` is the standard error of the bias,
          `coverage` the share of intervals that hold the truth
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from course.experiment import run
from rec_tutor import data, evaluation
from rec_tutor.data import bandit
from rec_tutor.decisions import bandits, offpolicy
from rec_tutor.decisions.simulation import Assumptions
from rec_tutor.decisions.worlds import World, movielens_world
from rec_tutor.evaluation import splits


@cache
def world() -> World:
    ds = data.load("ml-100k")
    return movielens_world(ds, splits.temporal(ds.ratings).train, num_items=200)


def arms(name: str, number: int) -> tuple[bandits.Bandit, np.ndarray]:
    if name == "Thompson (beta)":
        return bandits.BetaThompson(number), np.arange(number)
    made: dict[str, Callable[[], bandits.Bandit]] = {
        "random": partial(bandits.EpsilonGreedy, number, epsilon=1.0),
        "greedy": partial(bandits.EpsilonGreedy, number, epsilon=0.0),
        "epsilon-greedy": partial(bandits.EpsilonGreedy, number, epsilon=0.1),
        "UCB": partial(bandits.LinUCB, number, alpha=0.5),
    }
    return made[name](), np.eye(number)


@cache
def stream(name: str, repetitions: int, visits: int) -> np.ndarray:
    """Regret of every visit, (repetitions, visits), to the film most people click."""
    here, found = world(), np.zeros((repetitions, visits))
    for k in range(repetitions):
        rng = np.random.default_rng(k)
        films = rng.choice(here.num_items, size=20, replace=False)
        people, dice = rng.integers(here.num_users, size=visits), rng.random(visits)
        chances = 1 / (1 + np.exp(Assumptions().no_click - here.appeal[:, films]))
        rates = chances.mean(axis=0)
        one, contexts = arms(name, 20)
        for step in range(visits):
            arm = one.choose(contexts, rng)
            one.update(contexts[arm], float(dice[step] < chances[people[step], arm]))
            found[k, step] = rates.max() - rates[arm]
    return found


def short(row: dict[str, Any]) -> dict[str, Any]:
    """Four digits are enough."""
    return {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in row.items()
    }


def measure_stream(
    policy: str, seed: int, repetitions: int = 30, most: int = 2000
) -> dict[str, Any]:
    row: dict[str, list[Any]] = {"visits": [], "regret": [], "low": [], "high": []}
    for visits in VISITS:
        if visits > most:
            break
        total = stream(policy, repetitions, most)[:, :visits].sum(axis=1)
        table = pd.DataFrame({"regret": total})
        found = evaluation.summarise(table).loc["regret"]
        row["visits"].append(visits)
        for name, end in (("regret", "mean"), ("low", "low"), ("high", "high")):
            row[name].append(round(float(found[end]), 2))
    return row


def log_of(
    actions: np.ndarray, rewards: np.ndarray, propensities: np.ndarray, number: int
) -> offpolicy.Log:
    n = len(actions)
    return offpolicy.Log(
        observations=np.zeros((n, 1, 1)),
        actions=actions[:, None],
        propensities=propensities[:, None],
        rewards=rewards[:, None].astype(float),
        alive=np.ones((n, 1), dtype=bool),
        masks=np.ones((n, 1, number), dtype=bool),
    )


def several(
    log: offpolicy.Log, name: str, repetitions: int, check: bool
) -> list[offpolicy.Estimate]:
    found = []
    for k in range(repetitions):
        one, contexts = arms(name, log.masks.shape[2])
        rng = np.random.default_rng(k)
        found.append(offpolicy.replay(log, one, contexts, rng, check=check).estimate)
    return found


def measure_shop(
    campaign: str, log: str, policy: str, seed: int, repetitions: int = 20
) -> dict[str, float]:
    shown = bandit.load(campaign, log)
    number, clicks = shown.num_items, shown.clicks
    made = log_of(shown.items, clicks, shown.propensities, number)
    found = several(made, policy, repetitions, check=log == "random")
    table = pd.DataFrame([vars(estimate) for estimate in found])
    rate = clicks.mean()
    row = {
        "matched": table["ess"].mean(),
        "clicks": (table["value"] * table["ess"]).mean(),
        "value": table["value"].mean(),
        "low": table["low"].mean(),
        "high": table["high"].mean(),
        "luck": table["value"].std(),
        "log_rate": rate,
        "needed": number * 1.96**2 * (1 - rate) / (rate * 0.2**2),
    }
    return short(row)


@cache
def replayed(
    log: str, name: str, rows: int, scale: float, repetitions: int
) -> dict[str, float]:
    """Ten candidates with chances `scale` times 0.1 to 1, logged evenly, or in
    proportion to these chances.
    """
    rates = scale * np.linspace(0.1, 1, 10)
    logging = np.full(10, 0.1) if log == "even" else rates / rates.sum()
    values, truths, held, matched = [], [], [], []
    for k in range(repetitions):
        rng = np.random.default_rng([k, rows])
        actions = rng.choice(10, size=rows, p=logging)
        made = log_of(actions, rng.random(rows) < rates[actions], logging[actions], 10)
        one, contexts = arms(name, 10)
        found = offpolicy.replay(made, one, contexts, rng, check=False)
        real, _ = arms(name, 10)
        earned = np.zeros(len(found.rows))
        for step in range(len(earned)):
            arm = real.choose(contexts, rng)
            real.update(contexts[arm], float(rng.random() < rates[arm]))
            earned[step] = rates[arm]
        values.append(found.estimate.value)
        truths.append(earned.mean())
        matched.append(len(earned))
        held.append((found.estimate.low, found.estimate.high))
    truth, ends = float(np.mean(truths)), np.array(held)
    error = np.array(values) - truths
    row = {
        "value": float(np.mean(values)),
        "truth": truth,
        "bias": float(error.mean()),
        "bias_error": float(error.std(ddof=1) / np.sqrt(repetitions)),
        "sd": float(np.std(values, ddof=1)),
        "coverage": float(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()),
        "matched": float(np.mean(matched)),
    }
    return short(row)


def measure_replayed(
    log: str, policy: str, rows: int, scale: float, seed: int, repetitions: int = 100
) -> dict[str, float]:
    return replayed(log, policy, rows, scale, repetitions)


PARTS = {
    "stream": measure_stream,
    "shop": measure_shop,
    "replayed": measure_replayed,
}
VISITS = (50, 100, 200, 500, 1000, 2000)
ARMS = ("random", "greedy", "epsilon-greedy", "UCB", "Thompson (beta)")


def rows() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for name in ARMS:
        listed.append({"part": "stream", "policy": name})
    for campaign in bandit.CAMPAIGNS:
        shop = {"part": "shop", "campaign": campaign}
        listed += [{**shop, "log": "random", "policy": name} for name in ARMS]
        listed.append({**shop, "log": "bts", "policy": "random"})
    for name in ("random", "Thompson (beta)"):
        listed += [
            {"part": "replayed", "log": log, "policy": name, "rows": n, "scale": scale}
            for n, scale in ((2000, 0.5), (10_000, 0.008))
            for log in ("even", "uneven")
        ]
    return listed


SMALL: list[dict[str, Any]] = [
    *({"part": "stream", "policy": n, "repetitions": 3, "most": 50} for n in ARMS),
    *(
        {
            "part": "shop",
            "campaign": "men",
            "log": "random",
            "policy": n,
            "repetitions": 1,
        }
        for n in ARMS
    ),
    {
        "part": "replayed",
        "log": "uneven",
        "policy": "Thompson (beta)",
        "rows": 500,
        "scale": 0.5,
        "repetitions": 3,
    },
]

if __name__ == "__main__":
    run(__file__, PARTS, rows(), small=SMALL, seed=0, rests_on={"stream": ("stream",)})
