"""Chapter 05: recurrent networks, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    # ---------------------------------------------------------------------- rnn.1
    Family(
        "rnn.1",
        "05.G1",
        "def read_on(xs, h, W, U, b):",
        "A recurrent network that has the state h reads on.\n\n"
        "xs: (T, d), the inputs, one row a step, read from the first to the last; h:"
        " (H,), the state before the first of them; W: (H, d); U: (H, H); an input's"
        " part in a step is W @ x, the old state's part is made by U; b: (H,), the"
        " bias. Returns a row for each state that is asked for, in the order of time.",
        body="""
$table
states = [h]
for x in xs:
    $padding
    new = W @ x + U @ h + b
    new = $squeeze
    h = $mix
    states.append(h)
return np.array(states$kept)
""",
        switches={
            "squeeze": (
                Option(
                    "The candidate is the tanh of a sum: the part of the input, the"
                    " part of the old state, and b.",
                    "np.tanh(new)",
                ),
                Option(
                    "The candidate is the sigmoid of a sum: the part of the input, the"
                    " part of the old state, and b.",
                    "1 / (1 + np.exp(-new))",
                ),
                Option(
                    "The candidate is the ReLU of a sum: the part of the input, the"
                    " part of the old state, and b.",
                    "np.maximum(new, 0)",
                ),
            ),
            "mix": (
                Option("The new state is the candidate.", "new"),
                Option(
                    "The new state is the mean of the old state and the candidate.",
                    "(h + new) / 2",
                ),
            ),
            "table": (
                Option(
                    "U[i, j] is the weight of number j of the old state for number i"
                    " of the candidate.",
                    "",
                ),
                Option(
                    "U[i, j] is the weight of number i of the old state for number j"
                    " of the candidate.",
                    "U = U.T",
                ),
            ),
            "padding": (
                Option("An input of zeros is read as any other.", ""),
                Option(
                    "An input of zeros is padding: the state after it is the state"
                    " before it.",
                    "if not x.any():\n    states.append(h)\n    continue",
                ),
            ),
            "kept": (
                Option("Returned is the state after each input: T rows.", "[1:]"),
                Option("Returned is the state before each input: T rows.", "[:-1]"),
                Option(
                    "Returned are the state before the first input and the state after"
                    " each input: T + 1 rows.",
                    "",
                ),
            ),
        },
        cases=[
            (
                np.array([[1.0], [0.0], [-1.0]]),
                np.array([0.5]),
                np.array([[2.0]]),
                np.array([[0.8]]),
                np.array([0.1]),
            ),
            (
                np.array([[0.0, 0, 0], [0.4, -1, 0.3]]),
                np.array([-0.3, 0.6]),
                np.array([[0.5, -0.2, 1], [0.3, 0.8, -0.6]]),
                np.array([[0.4, -0.7], [0.9, 0.2]]),
                np.array([0.2, -0.1]),
            ),
            (
                np.array([[1.0, 0], [0, 0], [0.5, -1], [0, 2], [0.3, 0.1]]),
                np.array([0.2, -0.4]),
                np.array([[0.6, -0.3], [0.2, 0.5]]),
                np.array([[0.1, 0.9], [-0.8, 0.4]]),
                np.array([-0.2, 0.3]),
            ),
        ],
        right="What is passed on is a state, and U weighs it, so the past need not be"
        " read again. A step takes H times (d + H) multiplications.",
        hints=(
            "Keep the states in a list that begins with h. A loop over the rows of xs"
            " adds one at a time.",
            "In a step: the sum first, then the function on top, then the new state."
            " Which of the states are asked for?",
        ),
    ),
    # ---------------------------------------------------------------------- rnn.3
    Family(
        "rnn.3",
        "05.G3",
        "def remember(into, c):",
        "One step of an LSTM, from what goes into the gates.\n\n"
        "into: (4, H), what goes into the gates and the candidate, one row each; c:"
        " (H,), the old memory. The new memory is the forget gate times the old"
        " memory, plus the input gate times the candidate, number by number; the"
        " candidate is the tanh of its row. Returns the new memory and the new state,"
        " both (H,).",
        body="""
$rows
$bias
f, i, o = $gate
$own
c_new = f * c + i * np.tanh(new)
$clip
return c_new, o * $state
""",
        switches={
            "rows": (
                Option(
                    "Rows 0 to 3 of into are of the forget gate, the input gate, the"
                    " candidate, the output gate.",
                    "f, i, new, o = into",
                ),
                Option(
                    "Rows 0 to 3 of into are of the input gate, the forget gate, the"
                    " candidate, the output gate.",
                    "i, f, new, o = into",
                ),
                Option(
                    "Rows 0 to 3 of into are of the input gate, the candidate, the"
                    " forget gate, the output gate.",
                    "i, new, f, o = into",
                ),
            ),
            "bias": (
                Option("The row of the forget gate is used as it comes.", ""),
                Option(
                    "To the row of the forget gate 1 is added first.",
                    "f = f + 1",
                ),
            ),
            "gate": (
                Option(
                    "A gate is the sigmoid of what goes into it.",
                    "(1 / (1 + np.exp(-a)) for a in (f, i, o))",
                ),
                Option(
                    "A gate is 0.2 * a + 0.5 where a goes into it, but 0 if that is"
                    " below 0, and 1 if it is above 1.",
                    "(np.clip(0.2 * a + 0.5, 0, 1) for a in (f, i, o))",
                ),
            ),
            "own": (
                Option("The input gate is made of its row of into.", ""),
                Option(
                    "The input gate is 1 minus the forget gate, and its row of into is"
                    " not used.",
                    "i = 1 - f",
                ),
            ),
            "clip": (
                Option("The new memory may be of any size.", ""),
                Option(
                    "Numbers of the new memory above 1 become 1, those below -1 become"
                    " -1, before the state is made.",
                    "c_new = np.clip(c_new, -1, 1)",
                ),
            ),
            "state": (
                Option(
                    "The new state is the output gate times the tanh of the new"
                    " memory.",
                    "np.tanh(c_new)",
                ),
                Option(
                    "The new state is the output gate times the new memory itself.",
                    "c_new",
                ),
            ),
        },
        cases=[
            (np.array([[1.0], [-1.0], [0.5], [2.0]]), np.array([0.6])),
            (
                np.array(
                    [
                        [1.5, -0.3, 0.2],
                        [0.4, 2.0, -1.0],
                        [-0.8, 1.0, 3.0],
                        [0.3, -2.0, 0.7],
                    ]
                ),
                np.array([-3.5, 0.7, 2.4]),
            ),
            (
                np.array([[4.0, -4], [-3.5, 3.2], [0.5, -0.6], [3.0, -2.8]]),
                np.array([0.7, -0.9]),
            ),
        ],
        right="Gates lie between 0 and 1 and say how much is kept, written and shown."
        " For each number of the memory this takes a handful of operations, whatever"
        " the other numbers are.",
        hints=(
            "Give the four rows of into their names first.",
            "Then the gates, the candidate, the new memory, and from it the new state.",
        ),
    ),
    # ---------------------------------------------------------------------- rnn.4
    Family(
        "rnn.4",
        "05.G2",
        "def gradient_of_U(states, U, g):",
        "The gradient of the loss by U: a walk back through time.\n\n"
        "states: (T + 1, H), from h_0 to h_T, made by h_t = f(W @ x_t + U @ h_(t-1) +"
        " b), number by number; U: (H, H); g: (H,), a gradient of the loss by a state."
        " Returns (H, H).",
        body="""
last = len(states) - 1
steps = $steps
total, back = np.zeros(U.shape), g
for t in range(last, last - steps, -1):
    delta = back * $slope
    total += np.outer(delta, states[t - 1])
    back = $back
$mean
$long
return total
""",
        switches={
            "slope": (
                Option(
                    "The function f is tanh, so its slope is 1 - h_t ** 2.",
                    "(1 - states[t] ** 2)",
                ),
                Option(
                    "The function f is the sigmoid, so its slope is h_t * (1 - h_t).",
                    "states[t] * (1 - states[t])",
                ),
                Option(
                    "The function f is the ReLU, so its slope is 1 where h_t is above"
                    " 0, and 0 elsewhere.",
                    "(states[t] > 0)",
                ),
            ),
            "back": (
                Option(
                    "Only h_T is in the loss itself, with the gradient g.",
                    "U.T @ delta",
                ),
                Option(
                    "Each of the states h_1 to h_T is in the loss itself, with the"
                    " gradient g: to what comes back to it from the later steps, g is"
                    " added.",
                    "U.T @ delta + g",
                ),
            ),
            "steps": (
                Option("The walk goes back to the first step.", "last"),
                Option(
                    "Only the last two steps are walked, or one if there is only one.",
                    "min(2, last)",
                ),
            ),
            "mean": (
                Option("The parts of the steps are added up.", ""),
                Option(
                    "The parts of the steps are added up and divided by the number of"
                    " steps that were walked.",
                    "total /= steps",
                ),
            ),
            "long": (
                Option("The result is returned as it is.", ""),
                Option(
                    "If the root of the sum of the squares of the result is above 1,"
                    " the result is divided by that root.",
                    "total /= max(1, np.sqrt((total**2).sum()))",
                ),
            ),
        },
        cases=[
            (
                np.array([[0.5], [0.8], [0.4], [0.2]]),
                np.array([[0.5]]),
                np.array([-0.8]),
            ),
            (
                np.array([[0.1, 0.4], [0.7, 0.0], [0.2, 0.6], [0.0, 0.1]]),
                np.array([[0.6, -0.9], [0.4, 0.3]]),
                np.array([30.0, -80.0]),
            ),
            (np.array([[0.3, 0.6], [0.5, 0.2]]), np.eye(2), np.array([0.3, 0.9])),
        ],
        right="The same U takes part at each step, so each step has a part of the"
        " gradient. A step back takes two times H times H multiplications, and the"
        " states of the way forward must be kept.",
        hints=(
            "Walk from the last step to the first. At each step: the slope first, then"
            " the outer product, then U.",
            "At step t: delta is the gradient by h_t times the slope there; its part is"
            " np.outer(delta, states[t - 1]); one step back it is U.T @ delta.",
        ),
    ),
    # ---------------------------------------------------------------------- rnn.5
    Family(
        "rnn.5",
        "05.G4",
        "def windows(history, length, pad):",
        "Cut a history into the windows from which GRU4Rec learns.\n\n"
        "history: (n,), film numbers, the latest last, n >= 2. A step is an input and"
        " its target, the film that came next. Windows have room for length steps, and"
        " each step that is kept stands in exactly one window. Returns inputs and"
        " targets, both (windows, length), also if there is no window.",
        body="""
$again
$start
inputs, targets = history[:-1], history[1:]
short = len(inputs) % length
$cut
inputs, targets = inputs.reshape(-1, length), targets.reshape(-1, length)
$single
return $order
""",
        switches={
            "again": (
                Option(
                    "A film that comes directly after itself is a film as any other.",
                    "",
                ),
                Option(
                    "A film that comes directly after itself is left out first, so"
                    " that no two films side by side are the same.",
                    "history = history[np.append(True, history[1:] != history[:-1])]",
                ),
            ),
            "start": (
                Option(
                    "The first film is an input only, so n films have n - 1 steps.", ""
                ),
                Option(
                    "The first film is a target, too, with pad as its input, so n"
                    " films have n steps.",
                    "history = np.append(pad, history)",
                ),
            ),
            "cut": (
                Option(
                    "Only the earliest window may be short: it is filled up in front"
                    " with pad, in inputs and in targets.",
                    "front = np.full(length - short if short else 0, pad)\n"
                    "inputs, targets = np.append(front, inputs),"
                    " np.append(front, targets)",
                ),
                Option(
                    "Only the latest window may be short: it is filled up behind with"
                    " pad, in inputs and in targets.",
                    "behind = np.full(length - short if short else 0, pad)\n"
                    "inputs, targets = np.append(inputs, behind),"
                    " np.append(targets, behind)",
                ),
                Option(
                    "No window may be short: if steps are left over, the earliest are"
                    " dropped.",
                    "inputs, targets = inputs[short:], targets[short:]",
                ),
                Option(
                    "No window may be short: if steps are left over, the latest are"
                    " dropped.",
                    "whole = len(inputs) - short\n"
                    "inputs, targets = inputs[:whole], targets[:whole]",
                ),
            ),
            "single": (
                Option("Below each input stands its target.", ""),
                Option(
                    "Only the last place of each window keeps its target; pad stands"
                    " at the other places of targets.",
                    "targets = np.where(np.arange(length) < length - 1, pad, targets)",
                ),
            ),
            "order": (
                Option(
                    "The windows stand from early to late, and so do the steps of"
                    " each.",
                    "inputs, targets",
                ),
                Option(
                    "The windows stand from late to early, the steps of each from"
                    " early to late.",
                    "inputs[::-1], targets[::-1]",
                ),
            ),
        },
        cases=[
            (np.array([5, 3, 3, 8, 1]), 3, 9),
            (np.array([2, 7, 7, 4, 0, 1, 1, 5, 3, 6]), 3, 8),
            (np.array([3, 1, 6, 2, 5, 4, 0, 7, 8, 9]), 5, 11),
            (np.array([4, 2]), 3, 6),
        ],
        right="Shift first, then cut: so the last target of a window is the first"
        " input of the next one, and no step between two windows is lost. A step takes"
        " one place in each table.",
        hints=(
            "First the list of films, then inputs and targets for the whole history,"
            " then the windows.",
            "len(inputs) % length steps are in the short window. reshape(-1, length)"
            " cuts what is left or filled up.",
        ),
    ),
]
