"""A session small enough to be written out as a table, for value iteration."""

from dataclasses import dataclass

import numpy as np

from rec_tutor.decisions.simulation import Assumptions, single_chances
from rec_tutor.decisions.worlds import World

# films in the order in which they were shown, and whether they were clicked
Path = tuple[tuple[int, bool], ...]


@dataclass(frozen=True)
class Table:
    """A decision process small enough to be written out: state 0 is the start, the last
    state the end.

    Attributes:
        transition: (S, A, S), chances.
        reward: (S, A), expected.
        allowed: (S, A); in the end all actions are, and none does anything.
    """

    transition: np.ndarray
    reward: np.ndarray
    allowed: np.ndarray
    names: list[str]


def tabulate(world: World, assumptions: Assumptions, user: int = 0) -> Table:
    """All that can happen in a session with one user and slates of one film, as a
    `Table`.

    A state is what was shown and clicked so far, in its order.

    Raises:
        ValueError: where that gives over 2,000 states.
    """
    states: list[Path] = [()]
    # state, film, chance, stay, next
    entries: list[tuple[int, int, float, float, int]] = []
    number: dict[Path, int] = {(): 0}
    for path in states:  # the list grows while we walk it
        if len(path) == assumptions.horizon:
            continue
        tired, shown = (
            np.zeros((1, world.genres.shape[1])),
            np.zeros((1, world.num_items), dtype=bool),
        )
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
                        raise ValueError(
                            "there are over 2,000 states: take fewer films or a shorter"
                            " horizon."
                        )
                entries.append((number[path], film, p, stay, number[then]))
    size, end = len(states) + 1, len(states)
    transition, reward = (
        np.zeros((size, world.num_items, size)),
        np.zeros((size, world.num_items)),
    )
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
    return Table(
        transition, reward, allowed, [_name(path) for path in states] + ["end"]
    )


def _name(path: Path) -> str:
    return " ".join(f"{film}{'+' if click else '-'}" for film, click in path) or "start"
