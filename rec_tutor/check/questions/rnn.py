"""Chapter 05: recurrent networks."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "05.T1",
        "05.G1",
        ("my_answer",),
        (0.232,),
        wrong={
            "other_order": (0.088,),
            "two_films_only": (0.04,),
            "nothing_fades": (0.2,),
            "mean": (1 / 3,),
            "numbers_exchanged": (0.928,),
            "starts_at_first_film": (-0.28,),
            "all_liked": (0.488,),
            "first_film_only": (-0.2,),
            "first_film_left_out": (0.36,),
        },
    ),
    Blank(
        "05.T2",
        "05.G3",
        ("kept", "changed"),
        (0.35, -0.85),
        wrong={
            "gate_turned_round": (-0.85, 0.35),
            "no_candidate": (0.45, 0.05),
            "no_old_state": (-0.1, -0.9),
            "candidate_in_full": (-0.55, -0.95),
            "sign_of_candidate": (0.55, 0.95),
            "same_weight_for_both": (-0.45, -0.05),
            "squeezed_again": (0.374, -0.635),
            "gate_as_a_switch": (0.5, -1),
        },
    ),
]


# -------------------------------------------------------------------------- rnn.1


def read_on(xs, h, W, U, b):
    """A network (5.2) that has the state h reads on.

    xs: (T, d), the inputs, one row a step; h: (H,), the state before the first of them;
    W: (H, d); U: (H, H); b: (H,).
    Returns (T, H): the state after each input.
    """
    states = []
    for x in xs:
        h = np.tanh(W @ x + U @ h + b)
        states.append(h)
    return np.array(states)


def starts_at_zero(xs, h, W, U, b):
    return read_on(xs, 0 * h, W, U, b)


def start_included(xs, h, W, U, b):
    return np.vstack([h, read_on(xs, h, W, U, b)])


def states_before(xs, h, W, U, b):
    return np.vstack([h, read_on(xs, h, W, U, b)[:-1]])


def last_state_only(xs, h, W, U, b):
    return read_on(xs, h, W, U, b)[-1]


def weights_exchanged(xs, h, W, U, b):
    return read_on(xs, h, U, W, b)


def rows_as_in_chapter_00(xs, h, W, U, b):
    return read_on(xs, h, W.T, U.T, b)


def old_state_from_the_left(xs, h, W, U, b):
    return read_on(xs, h, W, U.T, b)


def no_squeeze(xs, h, W, U, b):
    states = []
    for x in xs:
        h = W @ x + U @ h + b
        states.append(h)
    return np.array(states)


def sigmoid_for_tanh(xs, h, W, U, b):
    states = []
    for x in xs:
        h = 1 / (1 + np.exp(-(W @ x + U @ h + b)))
        states.append(h)
    return np.array(states)


def squeezed_at_the_end(xs, h, W, U, b):
    return np.tanh(no_squeeze(xs, h, W, U, b))


def only_the_input_squeezed(xs, h, W, U, b):
    states = []
    for x in xs:
        h = np.tanh(W @ x + b) + U @ h
        states.append(h)
    return np.array(states)


def bias_left_out(xs, h, W, U, b):
    return read_on(xs, h, W, U, 0 * b)


def nothing_remembered(xs, h, W, U, b):
    return read_on(xs, h, W, 0 * U, b)


def always_the_first_state(xs, h, W, U, b):
    return np.array([np.tanh(W @ x + U @ h + b) for x in xs])


def last_input_passed_on(xs, h, W, U, b):
    before = np.vstack([0 * xs[:1], xs[:-1]])
    return np.array(
        [np.tanh(W @ x + U @ y + b) for x, y in zip(xs, before, strict=True)]
    )


def old_state_added(xs, h, W, U, b):
    states = []
    for x in xs:
        h = h + np.tanh(W @ x + U @ h + b)
        states.append(h)
    return np.array(states)


def reads_backwards(xs, h, W, U, b):
    return read_on(xs[::-1], h, W, U, b)


def relu_for_tanh(xs, h, W, U, b):
    states = []
    for x in xs:
        h = np.maximum(W @ x + U @ h + b, 0)
        states.append(h)
    return np.array(states)


def each_part_squeezed(xs, h, W, U, b):
    states = []
    for x in xs:
        h = np.tanh(W @ x) + np.tanh(U @ h) + b
        states.append(h)
    return np.array(states)


def bias_outside(xs, h, W, U, b):
    states = []
    for x in xs:
        h = np.tanh(W @ x + U @ h) + b
        states.append(h)
    return np.array(states)


def one_array_kept(xs, h, W, U, b):
    states = read_on(xs, h, W, U, b)
    return np.repeat(states[-1:], len(states), axis=0)


def first_input_left_out(xs, h, W, U, b):
    return read_on(xs[1:], h, W, U, b)


def last_input_left_out(xs, h, W, U, b):
    return read_on(xs[:-1], h, W, U, b)


def first_state_only(xs, h, W, U, b):
    return read_on(xs[:1], h, W, U, b)


def latest_state_first(xs, h, W, U, b):
    return read_on(xs, h, W, U, b)[::-1]


# -------------------------------------------------------------------------- rnn.3


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


def remember(into, c):
    """One step of the LSTM (5.5), from what goes into the gates.

    into: (4, H), what stands in the brackets of (5.5): row 0 for the forget gate, row 1
    for the input gate, row 2 for the candidate, row 3 for the output gate;
    c: (H,), the old memory.
    Returns the new memory and the new state, both (H,).
    """
    f, i, _, o = 1 / (1 + np.exp(-into))
    c_new = f * c + i * np.tanh(into[2])
    return c_new, o * np.tanh(c_new)


def forget_and_input_exchanged(into, c):
    return remember(into[[1, 0, 2, 3]], c)


def candidate_and_output_exchanged(into, c):
    return remember(into[[0, 1, 3, 2]], c)


def forget_turned_round(into, c):
    return remember(into * np.array([[-1], [1], [1], [1]]), c)


def one_gate_for_both(into, c):
    return remember(np.stack([into[0], -into[0], into[2], into[3]]), c)


def candidate_in_sigmoid(into, c):
    f, i, new, o = _sigmoid(into)
    c = f * c + i * new
    return c, o * np.tanh(c)


def candidate_as_it_comes(into, c):
    f, i, _, o = _sigmoid(into)
    c = f * c + i * into[2]
    return c, o * np.tanh(c)


def sigmoid_turned_round(into, c):
    return remember(into * np.array([[-1], [-1], [1], [-1]]), c)


def gates_in_tanh(into, c):
    f, i, new, o = np.tanh(into)
    c = f * c + i * new
    return c, o * np.tanh(c)


def gates_as_they_come(into, c):
    f, i, new, o = into
    c = f * c + i * np.tanh(new)
    return c, o * np.tanh(c)


def candidate_in_full(into, c):
    f, _, _, o = _sigmoid(into)
    c = f * c + np.tanh(into[2])
    return c, o * np.tanh(c)


def memory_in_full(into, c):
    _, i, _, o = _sigmoid(into)
    c = c + i * np.tanh(into[2])
    return c, o * np.tanh(c)


def old_memory_shown(into, c):
    return remember(into, c)[0], _sigmoid(into[3]) * np.tanh(c)


def memory_not_squeezed(into, c):
    c, _ = remember(into, c)
    return c, _sigmoid(into[3]) * c


def memory_itself_squeezed(into, c):
    c = np.tanh(remember(into, c)[0])
    return c, _sigmoid(into[3]) * c


def sigmoid_of_the_memory(into, c):
    c, _ = remember(into, c)
    return c, _sigmoid(into[3]) * _sigmoid(c)


def no_output_gate(into, c):
    c, _ = remember(into, c)
    return c, np.tanh(c)


def state_first(into, c):
    return remember(into, c)[::-1]


def bias_added_again(into, c):
    return remember(into + np.array([[1], [0], [0], [0]]), c)


def nothing_squeezed(into, c):
    f, i, new, o = into
    c = f * c + i * new
    return c, o * np.tanh(c)


def memory_squeezed_twice(into, c):
    c = np.tanh(remember(into, c)[0])
    return c, _sigmoid(into[3]) * np.tanh(c)


def forget_gate_on_both(into, c):
    f, i, _, o = _sigmoid(into)
    c = f * (c + i * np.tanh(into[2]))
    return c, o * np.tanh(c)


def old_memory_squeezed(into, c):
    return remember(into, np.tanh(c))


def one_gate_from_the_input(into, c):
    return remember(np.stack([-into[1], *into[1:]]), c)


def output_gate_in_tanh(into, c):
    c, _ = remember(into, c)
    return c, np.tanh(into[3]) * np.tanh(c)


def output_gate_as_it_comes(into, c):
    c, _ = remember(into, c)
    return c, into[3] * np.tanh(c)


def candidate_shown(into, c):
    return remember(into, c)[0], _sigmoid(into[3]) * np.tanh(into[2])


def sum_of_products(into, c):
    f, i, _, o = _sigmoid(into)
    c = f @ c + i @ np.tanh(into[2])
    return c, o * np.tanh(c)


# -------------------------------------------------------------------------- rnn.4


def gradient_of_U(states, U, g):
    """The gradient of the loss by U: a walk back by (5.3), and the sum in (5.4).

    states: (T + 1, H), from h_0 to h_T; U: (H, H); g: (H,), the gradient of the loss by
    the last state h_T. (The loss has no other state in it.)
    Returns (H, H).
    """
    total = np.zeros(U.shape)
    for t in range(len(states) - 1, 0, -1):
        delta = g * (1 - states[t] ** 2)
        total += np.outer(delta, states[t - 1])
        g = U.T @ delta
    return total


def _walk(states, U, g, slope=lambda h: 1 - h**2, back=lambda U, delta: U.T @ delta):
    """Deltas from the last step to the first, with their steps."""
    for t in range(len(states) - 1, 0, -1):
        delta = g * slope(states[t])
        yield t, delta
        g = back(U, delta)


def state_of_the_same_step(states, U, g):
    return sum(np.outer(delta, states[t]) for t, delta in _walk(states, U, g))


def no_slope(states, U, g):
    walk = _walk(states, U, g, slope=lambda h: 1)
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def squeezed_twice(states, U, g):
    walk = _walk(states, U, g, slope=lambda h: 1 - np.tanh(h) ** 2)
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def slope_of_sigmoid(states, U, g):
    walk = _walk(states, U, g, slope=lambda h: h * (1 - h))
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def slope_of_old_state(states, U, g):
    total = np.zeros(U.shape)
    for t in range(len(states) - 1, 0, -1):
        delta = g * (1 - states[t - 1] ** 2)
        total += np.outer(delta, states[t - 1])
        g = U.T @ delta
    return total


def slope_not_in_the_sum(states, U, g):
    total = np.zeros(U.shape)
    for t in range(len(states) - 1, 0, -1):
        total += np.outer(g, states[t - 1])
        g = U.T @ (g * (1 - states[t] ** 2))
    return total


def without_U(states, U, g):
    walk = _walk(states, U, g, back=lambda U, delta: delta)
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def U_not_transposed(states, U, g):
    walk = _walk(states, U, g, back=lambda U, delta: U @ delta)
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def outer_turned_round(states, U, g):
    return gradient_of_U(states, U, g).T


def last_step_only(states, U, g):
    return next(np.outer(delta, states[t - 1]) for t, delta in _walk(states, U, g))


def first_step_only(states, U, g):
    return [np.outer(delta, states[t - 1]) for t, delta in _walk(states, U, g)][-1]


def first_step_missing(states, U, g):
    return gradient_of_U(states, U, g) - first_step_only(states, U, g)


def mean_over_steps(states, U, g):
    return gradient_of_U(states, U, g) / (len(states) - 1)


def step_not_gradient(states, U, g):
    return -gradient_of_U(states, U, g)


def gradient_of_the_bias(states, U, g):
    return sum(delta for _, delta in _walk(states, U, g))


def no_outer_product(states, U, g):
    return sum(delta * states[t - 1] for t, delta in _walk(states, U, g))


def loss_at_every_step(states, U, g):
    walk = _walk(states, U, g, back=lambda U, delta: U.T @ delta + g)
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def slope_without_square(states, U, g):
    walk = _walk(states, U, g, slope=lambda h: 1 - h)
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def last_slope_missing(states, U, g):
    total = np.zeros(U.shape)
    delta = g
    for t in range(len(states) - 1, 0, -1):
        total += np.outer(delta, states[t - 1])
        delta = (U.T @ delta) * (1 - states[t - 1] ** 2)
    return total


def same_gradient_at_every_step(states, U, g):
    walk = _walk(states, U, g, back=lambda U, delta: g)
    return sum(np.outer(delta, states[t - 1]) for t, delta in walk)


def walked_forward(states, U, g):
    total = np.zeros(U.shape)
    for t in range(1, len(states)):
        delta = g * (1 - states[t] ** 2)
        total += np.outer(delta, states[t - 1])
        g = U.T @ delta
    return total


def one_step_too_far(states, U, g):
    total = np.zeros(U.shape)
    for t in range(len(states) - 1, -1, -1):
        delta = g * (1 - states[t] ** 2)
        total += np.outer(delta, states[t - 1])
        g = U.T @ delta
    return total


def rows_repeated(states, U, g):
    total = np.zeros(U.shape)
    for t, delta in _walk(states, U, g):
        total += delta * states[t - 1]
    return total


def inner_product(states, U, g):
    total = np.zeros(U.shape)
    for t, delta in _walk(states, U, g):
        total += delta @ states[t - 1]
    return total


def a_table_for_each_step(states, U, g):
    return np.array([np.outer(d, states[t - 1]) for t, d in _walk(states, U, g)])


# -------------------------------------------------------------------------- rnn.5


def _filled(films, missing, length, pad):
    return np.r_[np.full(missing, pad), films].astype(int).reshape(-1, length)


def windows(history, length, pad):
    """Cut a history into the windows from which GRU4Rec learns.

    history: (n,), film numbers, the latest last, n >= 2. A step is a film and the film
    that came next: input and target. Windows have `length` steps, do not overlap, stand
    from early to late, and hold each of the n - 1 steps once. Only the first may be
    short: it is filled up in front with pad, in both.
    Returns inputs and targets, both (windows, length).
    """
    steps = len(history) - 1
    missing = -steps % length
    front = np.full(missing, pad)
    inputs = np.concatenate([front, history[:-1]])
    targets = np.concatenate([front, history[1:]])
    return inputs.reshape(-1, length), targets.reshape(-1, length)


def target_is_the_input(history, length, pad):
    inputs, _ = windows(history, length, pad)
    return inputs, inputs


def target_is_the_film_before(history, length, pad):
    return windows(history, length, pad)[::-1]


def two_films_later(history, length, pad):
    inputs, _ = windows(history[:-1], length, pad)
    missing = -(len(history) - 2) % length
    return inputs, _filled(history[2:], missing, length, pad)


def cut_from_the_front(history, length, pad):
    missing = -(len(history) - 1) % length
    behind = np.full(missing, pad)
    inputs = np.concatenate([history[:-1], behind])
    targets = np.concatenate([history[1:], behind])
    return inputs.reshape(-1, length), targets.reshape(-1, length)


def short_window_last(history, length, pad):
    inputs, targets = cut_from_the_front(history, length, pad)
    missing = -(len(history) - 1) % length
    inputs[-1], targets[-1] = (
        np.roll(inputs[-1], missing),
        np.roll(targets[-1], missing),
    )
    return inputs, targets


def filled_up_behind(history, length, pad):
    inputs, targets = windows(history, length, pad)
    missing = -(len(history) - 1) % length
    inputs[0], targets[0] = np.roll(inputs[0], -missing), np.roll(targets[0], -missing)
    return inputs, targets


def short_window_dropped(history, length, pad):
    inputs, targets = windows(history, length, pad)
    short = (len(history) - 1) % length > 0
    return inputs[short:], targets[short:]


def filled_with_zeros(history, length, pad):
    return windows(history, length, 0)


def first_film_is_a_target(history, length, pad):
    missing = -(len(history) - 1) % length
    whole = np.concatenate([np.full(missing, pad), history])
    return whole[:-1].reshape(-1, length), whole[1:].reshape(-1, length)


def last_film_left_out(history, length, pad):
    return windows(history[:-1], length, pad)


def step_between_windows_lost(history, length, pad):
    whole = _filled(history, -len(history) % (length + 1), length + 1, pad)
    return whole[:, :-1], whole[:, 1:]


def a_step_too_short(history, length, pad):
    whole = _filled(history, -len(history) % length, length, pad)
    return whole[:, :-1], whole[:, 1:]


def moves_by_one(history, length, pad):
    front = np.full(length - 1, pad)
    inputs = np.concatenate([front, history[:-1]])
    targets = np.concatenate([front, history[1:]])
    rows = np.arange(len(history) - 1)[:, None] + np.arange(length)
    return inputs[rows], targets[rows]


def one_target_a_window(history, length, pad):
    inputs, targets = windows(history, length, pad)
    return inputs, targets[:, -1]


def late_to_early(history, length, pad):
    inputs, targets = windows(history, length, pad)
    return inputs[::-1], targets[::-1]


def one_row(history, length, pad):
    inputs, targets = windows(history, length, pad)
    return inputs.ravel(), targets.ravel()


def targets_not_filled_up(history, length, pad):
    inputs, targets = windows(history, length, pad)
    missing = -(len(history) - 1) % length
    targets[0, :missing] = history[0]
    return inputs, targets


def last_film_is_an_input(history, length, pad):
    missing = -len(history) % length
    inputs = _filled(history, missing, length, pad)
    return inputs, _filled(np.append(history[1:], pad), missing, length, pad)


def shifted_inside_windows(history, length, pad):
    inputs = _filled(history, -len(history) % length, length, pad)
    targets = np.full(inputs.shape, pad)
    targets[:, :-1] = inputs[:, 1:]
    return inputs, targets


def window_of_padding(history, length, pad):
    steps = len(history) - 1
    missing = length - steps % length
    inputs = _filled(history[:-1], missing, length, pad)
    return inputs, _filled(history[1:], missing, length, pad)


def moves_by_one_unpadded(history, length, pad):
    rows = np.arange(len(history) - length)[:, None] + np.arange(length)
    if not len(rows):
        return windows(history, length, pad)
    return history[rows], history[rows + 1]


def last_window_only(history, length, pad):
    inputs, targets = windows(history, length, pad)
    return inputs[-1:], targets[-1:]


def targets_filled_up_behind(history, length, pad):
    inputs, _ = windows(history, length, pad)
    missing = -(len(history) - 1) % length
    targets = np.append(history[1:], np.full(missing, pad))
    return inputs, targets.reshape(-1, length)


def inputs_not_filled_up(history, length, pad):
    inputs, targets = windows(history, length, pad)
    return np.where(inputs == pad, history[0], inputs), targets


QUESTIONS = [
    Question(
        "rnn.1",
        "05.G1",
        read_on,
        cases=[
            (
                np.array([[1.0], [0], [-1]]),
                np.array([0.5]),
                np.array([[2.0]]),
                np.array([[0.8]]),
                np.array([0.1]),
            ),
            (
                np.array([[0.4, -1, 0.3], [1.2, 0.5, -0.7]]),
                np.array([-0.3, 0.6]),
                np.array([[0.5, -0.2, 1], [0.3, 0.8, -0.6]]),
                np.array([[0.4, -0.7], [0.9, 0.2]]),
                np.array([0.2, -0.1]),
            ),
            (
                np.array([[1.0, 0], [0.5, -1], [0, 2], [0.3, 0.1]]),
                np.array([0.2, -0.4]),
                np.array([[0.6, -0.3], [0.2, 0.5]]),
                np.array([[0.1, 0.9], [-0.8, 0.4]]),
                np.array([-0.2, 0.3]),
            ),
        ],
        wrong=listed(
            starts_at_zero,
            start_included,
            states_before,
            last_state_only,
            weights_exchanged,
            rows_as_in_chapter_00,
            old_state_from_the_left,
            no_squeeze,
            sigmoid_for_tanh,
            squeezed_at_the_end,
            only_the_input_squeezed,
            bias_left_out,
            nothing_remembered,
            always_the_first_state,
            last_input_passed_on,
            old_state_added,
            reads_backwards,
            relu_for_tanh,
            each_part_squeezed,
            bias_outside,
            one_array_kept,
            first_input_left_out,
            last_input_left_out,
            first_state_only,
            latest_state_first,
        ),
    ),
    Question(
        "rnn.3",
        "05.G3",
        remember,
        cases=[
            (np.array([[2.0], [-1], [0.5], [1]]), np.array([0.6])),
            (
                np.array(
                    [[1.5, -0.3, 0.2], [0.4, 2, -1], [-0.8, 1, 3], [0.3, -2, 0.7]]
                ),
                np.array([-0.5, 1.4, 2]),
            ),
        ],
        wrong=listed(
            forget_and_input_exchanged,
            candidate_and_output_exchanged,
            forget_turned_round,
            one_gate_for_both,
            candidate_in_sigmoid,
            candidate_as_it_comes,
            sigmoid_turned_round,
            gates_in_tanh,
            gates_as_they_come,
            candidate_in_full,
            memory_in_full,
            old_memory_shown,
            memory_not_squeezed,
            memory_itself_squeezed,
            sigmoid_of_the_memory,
            no_output_gate,
            state_first,
            bias_added_again,
            nothing_squeezed,
            memory_squeezed_twice,
            forget_gate_on_both,
            old_memory_squeezed,
            one_gate_from_the_input,
            output_gate_in_tanh,
            output_gate_as_it_comes,
            candidate_shown,
            sum_of_products,
        ),
    ),
    Question(
        "rnn.4",
        "05.G2",
        gradient_of_U,
        cases=[
            (
                np.array([[0.5], [0.8], [-0.4], [0.2]]),
                np.array([[0.5]]),
                np.array([-0.8]),
            ),
            (
                np.array([[0.0, 0], [0.7, -0.5], [0.2, 0.6], [-0.4, 0.1]]),
                np.array([[0.6, -0.9], [0.4, 0.3]]),
                np.array([1.0, -0.5]),
            ),
            (
                np.array([[0.3, -0.6, 0.1], [0.5, 0.2, -0.8], [-0.7, 0.4, 0.9]]),
                np.array([[0.2, 0.5, -0.4], [0.8, -0.1, 0.6], [-0.3, 0.7, 0.4]]),
                np.array([0.3, 0.9, -1.2]),
            ),
        ],
        wrong=listed(
            state_of_the_same_step,
            no_slope,
            squeezed_twice,
            slope_of_sigmoid,
            slope_of_old_state,
            slope_not_in_the_sum,
            without_U,
            U_not_transposed,
            outer_turned_round,
            last_step_only,
            first_step_only,
            first_step_missing,
            mean_over_steps,
            step_not_gradient,
            gradient_of_the_bias,
            no_outer_product,
            loss_at_every_step,
            slope_without_square,
            last_slope_missing,
            same_gradient_at_every_step,
            walked_forward,
            one_step_too_far,
            rows_repeated,
            inner_product,
            a_table_for_each_step,
        ),
    ),
    Question(
        "rnn.5",
        "05.G4",
        windows,
        cases=[
            (np.array([5, 3, 8, 1, 6]), 3, 9),
            (np.array([2, 7, 4, 0, 1]), 2, 8),
            (np.array([3, 1, 6, 2, 5, 4, 0, 7, 8]), 5, 11),
            (np.array([4, 2]), 3, 6),
        ],
        wrong=listed(
            target_is_the_input,
            target_is_the_film_before,
            two_films_later,
            cut_from_the_front,
            short_window_last,
            filled_up_behind,
            short_window_dropped,
            filled_with_zeros,
            first_film_is_a_target,
            last_film_left_out,
            step_between_windows_lost,
            a_step_too_short,
            moves_by_one,
            one_target_a_window,
            late_to_early,
            one_row,
            targets_not_filled_up,
            last_film_is_an_input,
            shifted_inside_windows,
            window_of_padding,
            moves_by_one_unpadded,
            last_window_only,
            targets_filled_up_behind,
            inputs_not_filled_up,
        ),
    ),
]
