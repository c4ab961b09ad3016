"""Chapter 11: decisions, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FEW = np.array(  # steps of exercise 5, small enough to do by hand
    [
        [0, 1, 1, 1, 0],
        [1, 0, 4, 2, 0],
        [0, 1, 1, 1, 0],
        [0, 1, 1, 1, 0],
        [1, 0, 2, 0, 1],
    ]
)
LONG = np.array(
    [
        [2, 0, 1, 1, 0],
        [1, 0, 2, 2, 1],
        [0, 0, 1, 0, 1],
        [0, 0, 4, 2, 0],
        [2, 1, 4, 2, 0],
        [2, 0, -1, 2, 0],
        [2, 0, 4, 2, 0],
        [2, 0, 3, 2, 1],
        [1, 1, 2, 0, 0],
        [0, 0, 4, 1, 0],
        [1, 0, 4, 0, 1],
    ]
)

FAMILIES = [
    Family(
        "dqn.1",
        "11.G1",
        "def returns(rewards, gamma):",
        "The return from each step on.\n\n"
        "rewards: (steps,), of one episode; there may be none. gamma: above 0, at most"
        " 1.\n\n"
        "Returns (steps,): for each step t the sum of rewards of the episode, each"
        " multiplied by a factor. k is how many steps after t a reward comes: 0 for"
        " the reward of step t itself.",
        body="""
$clipped
G = np.zeros(len(rewards))
for t in range(len(rewards)):
    k = np.arange($own, $horizon)  # how many steps later
    factors = $discount
    G[t] = (factors * rewards[t + k]).sum()
    $shared
return G
""",
        switches={
            "clipped": (
                Option("Rewards count as they are.", ""),
                Option(
                    "Before anything else a reward above 1 becomes 1, and one below -1"
                    " becomes -1.",
                    "rewards = np.clip(rewards, -1, 1)",
                ),
                Option(
                    "Before anything else a reward above 0 becomes 1, and one below 0"
                    " becomes -1.",
                    "rewards = np.sign(rewards)",
                ),
            ),
            "discount": (
                Option("A reward has the factor gamma ** k.", "gamma**k"),
                Option(
                    "A reward has the factor 1 / (1 + gamma * k).",
                    "1 / (1 + gamma * k)",
                ),
                Option(
                    "A reward has the factor 1 if k is 0, and gamma if k is larger,"
                    " however large.",
                    "np.where(k == 0, 1, gamma)",
                ),
            ),
            "own": (
                Option("The reward of step t itself is a part of the sum.", "0"),
                Option(
                    "The reward of step t itself is not a part of the sum: the first"
                    " one is that of step t + 1, with k = 1.",
                    "1",
                ),
            ),
            "horizon": (
                Option(
                    "The sum goes to the end of the episode.",
                    "len(rewards) - t",
                ),
                Option(
                    "The sum goes to step t + 2, or to the end of the episode if that"
                    " comes first.",
                    "min(len(rewards) - t, 3)",
                ),
            ),
            "shared": (
                Option(
                    "The sum is not divided by anything; a sum of no reward is 0.", ""
                ),
                Option(
                    "The sum is divided by the sum of its factors; a sum of no reward"
                    " is 0.",
                    "if len(k):\n    G[t] /= factors.sum()",
                ),
            ),
        },
        cases=[
            (np.array([2, 0, -3, 0.5]), 0.5),
            (np.array([1, 0, 0.5, 3, -2, 1]), 0.9),
            (np.array([0.25, 2, -3, 1, 0.5]), 0.7),
            (np.array([]), 0.9),
        ],
        right="Each step looks forward only, so nothing that comes before it is a part"
        " of its return. It costs at most steps times steps multiplications.",
        hints=(
            "Write the rewards that count for t = 0 on paper, each with its factor."
            " Then those for the last step.",
            "A loop over t, and in it an array k of how many steps later. The factors"
            " follow from k, the rewards are rewards[t + k].",
        ),
    ),
    Family(
        "dqn.3",
        "11.G2",
        "def backup(reward, after, later, gamma):",
        "One step of a grid, backwards: what is each state worth, what is best?\n\n"
        "reward: (states, actions); after: (states, actions), the number of the state"
        " to which an action leads; later: (states,), what the states are worth one"
        " step later.\n\n"
        "Returns two arrays (states,): the value of each state, and the number of its"
        " best action. Q is what an action is worth in a state.",
        body="""
$end
Q = $timing
top = Q.$goal(axis=1)
best = Q == top[:, None]
$tie
return $value, number
""",
        switches={
            "end": (
                Option(
                    "The state to which an action leads is worth what `later` says, for"
                    " all actions.",
                    "then = later[after]",
                ),
                Option(
                    "An action that leads back to the state where it is taken ends the"
                    " episode: what comes later is worth 0; for all others the next"
                    " state is worth what `later` says.",
                    "states = np.arange(len(after))[:, None]\n"
                    "then = np.where(after == states, 0, later[after])",
                ),
            ),
            "timing": (
                Option(
                    "Q is the reward plus gamma times what the next state is worth.",
                    "reward + gamma * then",
                ),
                Option(
                    "The reward comes one step later, too: Q is gamma times the sum of"
                    " the reward and what the next state is worth.",
                    "gamma * (reward + then)",
                ),
            ),
            "goal": (
                Option("The best action is the one with the largest Q.", "max"),
                Option(
                    "Rewards are costs: the best action is the one with the smallest"
                    " Q.",
                    "min",
                ),
            ),
            "value": (
                Option("The value of a state is the Q of the best action.", "top"),
                Option(
                    "The value of a state is the mean of Q over all its actions.",
                    "Q.mean(axis=1)",
                ),
                Option(
                    "The value of a state is the mean of two numbers: the Q of the best"
                    " action, and the mean of Q over all actions of the state.",
                    "(top + Q.mean(axis=1)) / 2",
                ),
            ),
            "tie": (
                Option(
                    "Of several actions with the best Q the number of the first is"
                    " returned.",
                    "number = best.argmax(axis=1)",
                ),
                Option(
                    "Of several actions with the best Q the number of the last is"
                    " returned.",
                    "number = Q.shape[1] - 1 - best[:, ::-1].argmax(axis=1)",
                ),
                Option(
                    "If several actions have the best Q, -1 is returned in place of a"
                    " number.",
                    "number = best.argmax(axis=1)\nnumber[best.sum(axis=1) > 1] = -1",
                ),
            ),
        },
        cases=[
            (
                np.array([[4.0, 1], [2, 1], [0, 1]]),
                np.array([[1, 0], [2, 0], [2, 1]]),
                np.array([4.0, 2, 1]),
                0.5,
            ),
            (
                np.array([[1, 1, 0], [-3, -2, -2], [2, 2, 0.5]]),
                np.array([[1, 2, 0], [1, 1, 0], [0, 1, 2]]),
                np.array([0.5, 1.5, 1.5]),
                0.5,
            ),
            (
                np.array([[1.0, 1, 1], [3, 2, 1], [-1, 8, -1]]),
                np.array([[2, 2, 1], [0, 2, 0], [0, 1, 0]]),
                np.array([2.0, -4, 8]),
                0.25,
            ),
        ],
        right="All states are worth something one step later already, so no state has"
        " to wait for another. It costs one multiplication and a few additions for"
        " each state and action.",
        hints=(
            "later[after] has what comes later for all states and actions at once:"
            " (states, actions).",
            "Make the table Q first. The value and the number of the best action are"
            " two questions to each of its rows.",
        ),
    ),
    Family(
        "dqn.4",
        "11.G3",
        "def targets(r, older, left, stopped, allowed, gamma):",
        "The targets of a batch of steps.\n\n"
        "r: (steps,), the rewards; older: (steps, films), the values that the older"
        " copy gives in the next observation; left: (steps,), 1 where the person left,"
        " else 0; stopped: (steps,), 1 where we stopped watching, though she was still"
        " there, else 0; allowed: (steps, films), True where a film may be shown in"
        " the next observation, at least one in each row; gamma: the discount.\n\n"
        "Returns (steps,). What comes later is one number for each step, made of the"
        " older copy's values of the films that are allowed.",
        body="""
later = $summary
$floor
$ends
$clipped
return $mixed
""",
        switches={
            "summary": (
                Option(
                    "What comes later is the largest of these values.",
                    "np.where(allowed, older, -np.inf).max(axis=1)",
                ),
                Option(
                    "What comes later is the mean of these values.",
                    "np.where(allowed, older, 0).sum(axis=1) / allowed.sum(axis=1)",
                ),
                Option(
                    "What comes later is the smallest of these values: the target is"
                    " careful.",
                    "np.where(allowed, older, np.inf).min(axis=1)",
                ),
            ),
            "floor": (
                Option("What comes later may be negative.", ""),
                Option(
                    "Where what comes later would be negative, it is 0: nothing needs"
                    " to be shown.",
                    "later = np.maximum(later, 0)",
                ),
            ),
            "ends": (
                Option(
                    "After a step where the person left, what comes later is 0; a step"
                    " where we stopped watching is like every other.",
                    "later = np.where(left == 1, 0, later)",
                ),
                Option(
                    "After a step where the person left what comes later is 0, and so"
                    " it is where we stopped watching.",
                    "later = np.where((left == 1) | (stopped == 1), 0, later)",
                ),
                Option(
                    "After a step where the person left, what comes later is 0; where"
                    " we stopped watching nobody knows it, and the target is nan.",
                    "later = np.where(left == 1, 0, later)\n"
                    "later = np.where(stopped == 1, np.nan, later)",
                ),
            ),
            "clipped": (
                Option("Rewards count as they are.", ""),
                Option(
                    "A reward above 1 counts as 1, and one below -1 counts as -1.",
                    "r = np.clip(r, -1, 1)",
                ),
            ),
            "mixed": (
                Option(
                    "The target is the reward plus gamma times what comes later.",
                    "r + gamma * later",
                ),
                Option(
                    "The target is a mean with weights: 1 - gamma times the reward,"
                    " plus gamma times what comes later.",
                    "(1 - gamma) * r + gamma * later",
                ),
            ),
        },
        cases=[
            (
                np.array([1, 1, 0, 2]),
                np.array([[2.5, 2, 1.5], [4, 1, 2], [3, 5, 1], [2, 1, 3]]),
                np.array([0, 1, 0, 0]),
                np.array([0, 0, 0, 1]),
                np.array([[0, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 0]], dtype=bool),
                0.8,
            ),
            (
                np.array([0.5, -1, 2, -3]),
                np.array([[-1.5, -2, 3], [-3, -0.5, 2], [1, 4, -2], [-1, 5, 2]]),
                np.array([0, 0, 1, 0]),
                np.array([1, 0, 0, 0]),
                np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1]], dtype=bool),
                0.9,
            ),
            (
                np.array([0.0, 1.5]),
                np.array([[-4.0, -6, -5], [1, -2, 1]]),
                np.array([0, 0]),
                np.array([0, 0]),
                np.array([[1, 1, 1], [0, 1, 0]], dtype=bool),
                0.5,
            ),
        ],
        right="Films that may not be shown take no part, however large or small their"
        " values are. It costs one look at each film of each step, and no loop.",
        hints=(
            "One number for each step first: what comes later. Films that are not"
            " allowed must not take part, and their values may be larger or smaller"
            " than all others.",
            "np.where(condition, this, that) puts in what is asked where a step ends.",
        ),
    ),
    Family(
        "dqn.5",
        "11.G3",
        "def frozen_q(steps, states, actions, gamma, alpha, copy_every):",
        "Q-learning with a table, whose targets use an older copy of it.\n\n"
        "steps: (n, 5), whole numbers, one row after the other is learnt: state,"
        " action, reward, next state, and 1 if the person left, else 0. states,"
        " actions: how many. copy_every: a whole number, 1 or more.\n\n"
        "All values begin at 0, in the table and in the copy. A row moves one value of"
        " the table, that of its state and action: by a rate times the difference of"
        " the target and this value. The target is the reward, plus gamma times what"
        " comes later; where the person left, nothing comes later. After each row"
        " the copy may change, by its rule below.",
        body="""
$order
Q = np.zeros((states, actions))
older = Q.copy()
for number, (s, a, r, then, left) in enumerate(steps, start=1):
    y = r + gamma * (1 - left) * $later
    $rate
    $copy
return $answer
""",
        switches={
            "order": (
                Option("The first row of `steps` is learnt first.", ""),
                Option(
                    "The last row of `steps` is learnt first, and the first row last.",
                    "steps = steps[::-1]",
                ),
            ),
            "later": (
                Option(
                    "What comes later is the copy's largest value in the next state.",
                    "older[then].max()",
                ),
                Option(
                    "What comes later is the copy's value, in the next state, of the"
                    " action for which the table has its largest value there, of equal"
                    " ones the first.",
                    "older[then, Q[then].argmax()]",
                ),
                Option(
                    "What comes later is the mean of the copy's values in the next"
                    " state, over all actions.",
                    "older[then].mean()",
                ),
            ),
            "rate": (
                Option(
                    "The rate is alpha for all rows.",
                    "Q[s, a] += alpha * (y - Q[s, a])",
                ),
                Option(
                    "The rate is alpha / m in the m-th of the learnt rows with the same"
                    " state and the same action.",
                    "m = (steps[:number, :2] == [s, a]).all(axis=1).sum()\n"
                    "Q[s, a] += alpha / m * (y - Q[s, a])",
                ),
            ),
            "copy": (
                Option(
                    "When copy_every rows are learnt, and again after each copy_every"
                    " rows more, the copy becomes equal to the table.",
                    "if number % copy_every == 0:\n    older = Q.copy()",
                ),
                Option(
                    "After each row all values of the copy move towards those of the"
                    " table, by 1 / copy_every of the difference.",
                    "older += (Q - older) / copy_every",
                ),
                Option(
                    "When copy_every rows are learnt in which the person left, and"
                    " again after each copy_every such rows more, the copy becomes"
                    " equal to the table.",
                    "if left and steps[:number, 4].sum() % copy_every == 0:\n"
                    "    older = Q.copy()",
                ),
            ),
            "answer": (
                Option("Returns the table, (states, actions).", "Q"),
                Option(
                    "Returns the copy as it is after the last row, (states, actions).",
                    "older",
                ),
            ),
        },
        cases=[
            (FEW, 3, 2, 0.5, 0.5, 3),
            (LONG, 3, 2, 0.75, 0.5, 2),
        ],
        right="Targets look at the copy, and it changes by its own rule only. It costs"
        " one look at the actions of a state for each row, and a second table.",
        hints=(
            "Two tables: one learns, the other is looked at. older = Q would give the"
            " same table a second name.",
            "In each turn of the loop three steps: the target, the value that moves,"
            " and then the copy.",
        ),
    ),
]
