"""Simulated users as environments of Gymnasium: one at a time, or many at once.

Importing this module registers "rec_tutor/Feed-v0". Gymnasium must be installed:
`pip install gymnasium`.
"""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv

from rec_tutor.decisions.simulation import Assumptions, Sessions
from rec_tutor.decisions.worlds import World


def _spaces(sessions: Sessions) -> tuple[spaces.Box, spaces.Space]:
    world, slate = sessions.world, sessions.slate_size
    # a genre clicked in every step, for ever
    clicks = np.full(world.genres.shape[1], 1 / (1 - Sessions.FADING))
    low = np.concatenate([world.profiles.min(axis=0), 0 * clicks, [0, 0]]) - 1e-3
    high = np.concatenate([world.profiles.max(axis=0), clicks, [1, 1]]) + 1e-3
    films = world.num_items
    action = (
        spaces.Discrete(films)
        if slate == 1
        else spaces.MultiDiscrete(np.full(slate, films))
    )
    return spaces.Box(low.astype(np.float32), high.astype(np.float32)), action


class Feed(gym.Env):
    """One user of a `World` at a time. An action is a film's number, or `slate_size` of
    them, best place first.

    reward: 1 for a click. terminated: the user left. truncated: the horizon is reached.
    info["action_mask"]: 1 for the films not yet shown in this session.
    `reset(options={"users": [7]})` names the user. The user's taste and
    tiredness are not observed: this is a partially observable decision process.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self, world: World, assumptions: Assumptions | None = None, slate_size: int = 1
    ):
        self.sessions = Sessions(world, assumptions or Assumptions(), 1, slate_size)
        self.observation_space, self.action_space = _spaces(self.sessions)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.sessions.start(np.array([0]), self.np_random, (options or {}).get("users"))
        return self.sessions.observe()[0], self._info()

    def step(self, action: Any):
        reward, terminated, truncated = self.sessions.step(np.reshape(action, (1, -1)))
        return (
            self.sessions.observe()[0],
            float(reward[0]),
            bool(terminated[0]),
            bool(truncated[0]),
            self._info(),
        )

    def _info(self) -> dict[str, Any]:
        return {"action_mask": (~self.sessions.shown[0]).astype(np.int8)}


class FeedVector(VectorEnv):
    """Many users of a `World` at once; a session that ends makes room for the next user
    in the same step.

    As Gymnasium has it, the last observations and masks of sessions that ended are in
    info["final_obs"] and info["final_info"]. `reset(options={"users": array})` names
    the users.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": [],
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        world: World,
        assumptions: Assumptions | None = None,
        slate_size: int = 1,
        num_envs: int = 1,
    ):
        self.num_envs = num_envs
        self.sessions = Sessions(
            world, assumptions or Assumptions(), num_envs, slate_size
        )
        self.single_observation_space, self.single_action_space = _spaces(self.sessions)
        self.observation_space = gym.vector.utils.batch_space(
            self.single_observation_space, num_envs
        )
        self.action_space = gym.vector.utils.batch_space(
            self.single_action_space, num_envs
        )

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.sessions.start(
            np.arange(self.num_envs), self.np_random, (options or {}).get("users")
        )
        return self.sessions.observe(), {"action_mask": ~self.sessions.shown}

    def step(self, actions: np.ndarray):
        reward, terminated, truncated = self.sessions.step(actions)
        observations, masks = self.sessions.observe(), ~self.sessions.shown
        info: dict[str, Any] = {}
        ended = terminated | truncated
        if ended.any():
            info = {
                "final_obs": observations,
                "_final_obs": ended,
                "final_info": {"action_mask": masks},
            }
            self.sessions.start(np.flatnonzero(ended), self.np_random)
            observations, masks = self.sessions.observe(), ~self.sessions.shown
        return (
            observations,
            reward,
            terminated,
            truncated,
            info | {"action_mask": masks},
        )


gym.register(
    "rec_tutor/Feed-v0", f"{__name__}:Feed", vector_entry_point=f"{__name__}:FeedVector"
)
