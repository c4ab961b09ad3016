"""The course's DQN on CartPole-v1, a problem that is not ours: does the code learn
where everybody knows the answer?

Five seeds in each framework. Every 500 steps the policy is judged on 20 episodes, and
the best checkpoint is then judged on 100 others; the problem counts as solved from a
mean of 475 on. As in all of the course, the frameworks never
share a process: each row is a process of its own.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from course.experiment import run
from rec_tutor.decisions import learning

STEPS = 16_000  # of two environments each


def pole(framework: str, steps: int, seed: int) -> dict:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(solve, framework, steps, seed).result()


def solve(framework: str, steps: int, seed: int) -> dict:
    if framework == "torch":
        from rec_tutor.torch.dqn import DQN
    else:
        from rec_tutor.tensorflow.dqn import DQN  # type: ignore[assignment]
    agent = DQN(
        4, 2, hidden=(128, 128), gamma=0.99, lr=2.3e-3, target_every=10, seed=seed
    )
    few, many = learning.make("CartPole-v1", 20), learning.make("CartPole-v1", 100)
    best: dict[str, Any] = {"score": -1.0, "weights": agent.snapshot()}

    def after(step: int) -> dict[str, float]:
        score = learning.evaluate(
            learning.greedy(agent), few, seed=10_000 + 1_000 * seed
        )["reward"].mean()
        if score > best["score"]:
            best.update(score=score, weights=agent.snapshot())
        return {"score": score}

    curve = learning.train(
        [agent],
        learning.make("CartPole-v1", 2),
        steps=steps,
        batch_size=64,
        capacity=50_000,
        epsilon=(1.0, 0.04),
        explore=0.16,
        seed=seed,
        after=after,
        every=500,
    )
    agent.restore(best["weights"])
    final = learning.evaluate(learning.greedy(agent), many, seed=90_000 + 1_000 * seed)[
        "reward"
    ].mean()
    found = {"best": best["score"], "score": final}
    more = (
        {"curve": curve["score"].round(1).tolist()}
        if steps == STEPS
        else {"loss": curve["loss_0"].iloc[-1]}
    )
    return found | more


PARTS = {"pole": pole}
FRAMEWORKS = ("torch", "tensorflow")
ROWS = [
    {"part": "pole", "framework": framework, "steps": STEPS, "seed": seed}
    for framework in FRAMEWORKS
    for seed in range(5)
]
SMALL = [
    {"part": "pole", "framework": framework, "steps": 600, "seed": 0}
    for framework in FRAMEWORKS
]

if __name__ == "__main__":
    run(
        __file__,
        PARTS,
        ROWS,
        small=SMALL,
        tolerance={"*": (0.05, 0.5)},
        full={"*": (0.05, 0.0), "curve": (1.0, 0.0)},
    )
