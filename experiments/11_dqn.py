"""What does looking ahead gain over the next click? DQN against the same network with
gamma = 0, in simulated sessions.

Both agents share the environments and learn from the same batches (`rl.train`), and are
judged in the same 943 x 4 sessions with the same dice. The assumptions about users were
set before any agent was trained; the training settings (gamma, lr, steps) were set on
trial runs with seeds 0 and 1, here seeds begin at 10. Parts, told apart by `part`:

strength    satiation from none to 2; `control` has neither satiation nor leaving, so
            there is nothing to look ahead to
ablation    one switch at a time, at satiation 1
gamma       the discount, at satiation 1
assumption  one assumption changed at a time

Where it was computed, `oracle_greedy` and `look_ahead` are policies that know the true
user (one session per user).
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from course.experiment import run
from rec_tutor import data
from rec_tutor.decisions import learning, planning, simulation, worlds
from rec_tutor.evaluation import splits
from rec_tutor.torch import dqn

ds = data.load("ml-100k")
FEED = "rec_tutor/Feed-v0"
BASE = {"satiation": 1.0, "leave": 0.2, "memory": 0.9, "no_click": 1.0, "gamma": 0.8}


@cache
def world() -> worlds.World:
    return worlds.movielens_world(ds, splits.temporal(ds.ratings).train)


def interval(difference: pd.Series, users: int) -> dict[str, float]:
    """Mean and 95 % interval over users; the four sessions of a user are averaged
    first.
    """
    per_user = difference.to_numpy().reshape(-1, users).mean(axis=0)
    half = 1.96 * per_user.std(ddof=1) / len(per_user) ** 0.5
    return {
        "gap": per_user.mean(),
        "gap_low": per_user.mean() - half,
        "gap_high": per_user.mean() + half,
    }


def trained(
    setting: str,
    seed: int,
    steps: int = 5_000,
    oracle: bool = False,
    users: int = ds.num_users,
    envs: int = 256,
    **changes: float,
) -> dict:
    """`changes`: to BASE, and to the agents' switches."""
    everyone = np.arange(users)
    chosen = BASE | {name: changes.pop(name) for name in list(changes) if name in BASE}
    assumptions = simulation.Assumptions(
        **{name: chosen[name] for name in BASE if name != "gamma"}
    )
    capacity = int(changes.pop("capacity", 100_000))
    feeds = learning.make(FEED, envs, world=world(), assumptions=assumptions)
    size = feeds.single_observation_space.shape[0]
    switches = {"dueling": True, "double": True, "target_every": 50} | changes
    settings = {
        "lr": 3e-3,
        "decay": steps,
        "features": world().features,
        "seed": seed,
        **switches,
    }
    agents = [
        dqn.DQN(size, world().num_items, gamma=gamma, **settings)
        for gamma in (chosen["gamma"], 0.0)
    ]
    learning.train(
        agents,
        feeds,
        steps=steps,
        batch_size=256,
        capacity=capacity,
        explore=0.2,
        seed=seed,
        every=steps,
    )
    sessions = learning.make(FEED, 4 * users, world=world(), assumptions=assumptions)
    far, near = (
        learning.evaluate(
            learning.greedy(a), sessions, seed=seed, users=np.tile(everyone, 4)
        )
        for a in agents
    )
    found = {
        **chosen,
        "dqn": far["reward"].mean(),
        "greedy": near["reward"].mean(),
        **interval(far["reward"] - near["reward"], users),
        "length_dqn": far["length"].mean(),
        "length_greedy": near["length"].mean(),
    }
    if oracle:
        sessions = learning.make(FEED, users, world=world(), assumptions=assumptions)
        for name, depth in (("oracle_greedy", 0), ("look_ahead", 1)):
            policy = planning.LookAhead(sessions, depth=depth, width=10)
            found[name] = learning.evaluate(
                policy, sessions, seed=seed, users=everyone
            )["reward"].mean()
    return found


PARTS = {
    "strength": trained,
    "ablation": trained,
    "gamma": trained,
    "assumption": trained,
}

STRENGTHS = {
    "control": {"satiation": 0.0, "leave": 0.0},
    "0": {"satiation": 0.0},
    "0.5": {"satiation": 0.5},
    "1": {},
    "2": {"satiation": 2.0},
}
SWITCHES = {
    "no replay": {"capacity": 256},
    "no target network": {"target_every": 1},
    "not double": {"double": False},
    "not dueling": {"dueling": False},
}
ASSUMPTIONS = {
    "memory .8": {"memory": 0.8},
    "memory .95": {"memory": 0.95},
    "leave .1": {"leave": 0.1},
    "leave .4": {"leave": 0.4},
    "no_click 0": {"no_click": 0.0},
    "no_click 2": {"no_click": 2.0},
}
GAMMAS = {".5": {"gamma": 0.5}, ".95": {"gamma": 0.95}}

ROWS: list[dict[str, Any]] = [
    {"part": "strength", "setting": name, "seed": seed, "oracle": seed == 10, **changes}
    for name, changes in STRENGTHS.items()
    for seed in range(10, 15)
]
ROWS += [
    {"part": part, "setting": name, "seed": seed, **changes}
    for part, settings, seeds in (
        ("ablation", SWITCHES, 3),
        ("gamma", GAMMAS, 2),
        ("assumption", ASSUMPTIONS, 2),
    )
    for name, changes in settings.items()
    for seed in range(10, 10 + seeds)
]
FEW: dict[str, Any] = {"seed": 10, "steps": 40, "users": 60, "envs": 64}
SMALL: list[dict[str, Any]] = [
    {
        "part": "strength",
        "setting": "control",
        "oracle": True,
        **STRENGTHS["control"],
        **FEW,
    },
    {"part": "strength", "setting": "1", "oracle": True, **FEW},
    *(
        {"part": "ablation", "setting": name, **changes, **FEW}
        for name, changes in SWITCHES.items()
    ),
    {"part": "gamma", "setting": ".95", **GAMMAS[".95"], **FEW},
    *(
        {"part": "assumption", "setting": name, **ASSUMPTIONS[name], **FEW}
        for name in ("memory .8", "no_click 0")
    ),
]

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        ROWS,
        small=SMALL,
        tolerance={"*": (0.02, 0.05)},
        full={"*": (0.05, 0.15)},
    )
