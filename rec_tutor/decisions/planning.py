"""What planning is worth: policies that know the users, or only what is popular."""

import numpy as np

from rec_tutor.decisions.environment import FeedVector
from rec_tutor.decisions.simulation import single_chances
from rec_tutor.decisions.worlds import World


def popular(world: World):
    """The policy that shows the most popular film not yet shown."""
    return lambda observations, masks: np.where(masks, world.popularity, -1).argmax(
        axis=1
    )


class LookAhead:
    """Plans with what nobody knows in life: the user's true taste and tiredness. One
    film per step.

    The `width` films most likely to be clicked are tried `depth` steps deep, both
    outcomes of each weighed by their chance; from there on to the horizon the value is
    that of showing, in each step, the film most likely to be clicked, with tiredness
    and survival at their means (a rollout, Bertsekas and Castañon 1999,
    doi:10.1023/A:1009634810396). With depth = horizon and width = num_items the plan is
    exact. With depth 0 this is the policy that is greedy about the true user.
    """

    def __init__(self, envs: FeedVector, depth: int = 1, width: int = 15):
        if envs.sessions.slate_size != 1:
            raise ValueError(
                "look-ahead plans single films: make the environment with slate_size=1."
            )
        self.sessions, self.depth, self.width = (
            envs.sessions,
            depth,
            min(width, envs.sessions.world.num_items),
        )

    def __call__(self, observations: np.ndarray, masks: np.ndarray) -> np.ndarray:
        s = self.sessions
        left = s.assumptions.horizon - s.step_number
        return self.plan(s.users, s.tired, s.shown, left, self.depth)[1]

    def plan(
        self,
        users: np.ndarray,
        tired: np.ndarray,
        shown: np.ndarray,
        left: np.ndarray,
        depth: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Value and first film, (n,) each, for users with `left` steps to go."""
        assumptions, world = self.sessions.assumptions, self.sessions.world
        chance, x = single_chances(world, assumptions, users, tired, shown)
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
            np.repeat(assumptions.memory * tired, width, 0),
        )
        value = p.copy()
        for weight, stay, then in (
            (
                p,
                1 - assumptions.leave * (1 - np.exp(-x)),
                faded + world.genres[films.ravel()],
            ),
            (1 - p, 1 - assumptions.leave, faded),
        ):
            value += (
                weight
                * stay
                * self.plan(who, then, seen, after, depth - 1)[0].reshape(n, width)
            )
        value = np.where(left[:, None] > 0, np.where(p < 0, -np.inf, value), 0.0)
        best = value.argmax(axis=1)
        return value[np.arange(n), best], films[np.arange(n), best]

    def _rollout(
        self, users: np.ndarray, tired: np.ndarray, shown: np.ndarray, left: np.ndarray
    ) -> np.ndarray:
        assumptions, world, shown = (
            self.sessions.assumptions,
            self.sessions.world,
            shown.copy(),
        )
        value, alive, rows = (
            np.zeros(len(users)),
            np.ones(len(users)),
            np.arange(len(users)),
        )
        for step in range(int(left.max(initial=0))):
            chance, x = single_chances(world, assumptions, users, tired, shown)
            film = chance.argmax(axis=1)
            p, alive = chance[rows, film], alive * (step < left)
            value += alive * p
            alive = alive * (1 - assumptions.leave * (1 - p * np.exp(-x[rows, film])))
            tired = assumptions.memory * tired + p[:, None] * world.genres[film]
            shown[rows, film] = True
        return value
