"""Chapter 00: neural networks."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "00.T1",
        "00.G1",
        ("titanic",),
        (0.378,),
        wrong={
            "sum": (-0.5,),
            "minus_lost": (0.622,),
            "first_weight": (0.731,),
            "star_wars": (0.818,),
            "exponential": (0.607,),
            "loss": (0.974,),
            "per_cent": (37.75,),
        },
    ),
    Blank(
        "00.T2",
        "00.G3",
        ("slopes", "new_w"),
        ((0.622, 0.622), (0.689, -0.811)),
        wrong={
            "uphill": ((0.622, 0.622), (1.311, -0.189)),
            "error_turned_round": ((-0.622, -0.622), None),
            "he_likes_it": ((-0.378, -0.378), None),
            "slope_of_the_sigmoid": ((0.146, 0.146), None),
            "one_slope": (0.622, None),
            "no_step_size": ((0.622, 0.622), (0.378, -1.122)),
            "only_the_move": ((0.622, 0.622), (-0.311, -0.311)),
        },
    ),
    Blank(
        "00.T3",
        "00.G2",
        ("loss_of_first",),
        (0.627,),
        wrong={
            "probability": (0.534,),
            "titanic": (2.627,),
            "second_film": (1.627,),
            "without_minus": (-0.627,),
            "logarithm_of_2": (0.905,),
            "logarithm_of_10": (0.272,),
            "sum_forgotten": (-1.5,),
            "all_four": ((0.627, 1.627, 1.627, 2.627),),
            "another_film": (0.765,),
        },
        within=0.01,  # -ln 0.53, with the rounded probability of the text
    ),
]


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


# --------------------------------------------------------------------- networks.1


def probability_of_yes(scores):
    """The probability of a yes, from the one output of a network.

    scores: (n, 1), the sums before the last bend: a row for each of n examples.
    Returns (n, 1): the probability of a yes for each example.
    """
    return 1 / (1 + np.exp(-scores))


def softmax_of_one_output(scores):
    e = np.exp(scores)
    return e / e.sum(axis=1, keepdims=True)


def softmax_over_examples(scores):
    e = np.exp(scores)
    return e / e.sum(axis=0)


def probability_of_no(scores):
    return 1 / (1 + np.exp(scores))


def brackets_missing(scores):
    return 1 / 1 + np.exp(-scores)


def exponential_only(scores):
    return np.exp(scores)


def tanh(scores):
    return np.tanh(scores)


def tanh_moved(scores):
    return (1 + np.tanh(scores)) / 2


def decision(scores):
    return (scores > 0).astype(float)


def slope_of_sigmoid(scores):
    return _sigmoid(scores) * (1 - _sigmoid(scores))


def loss_of_a_yes(scores):
    return -np.log(_sigmoid(scores))


def cut_off(scores):
    return np.clip(scores, 0, 1)


def relu(scores):
    return np.maximum(scores, 0)


def sigmoid_twice(scores):
    return _sigmoid(_sigmoid(scores))


def both_columns(scores):
    return np.hstack([1 - _sigmoid(scores), _sigmoid(scores)])


def first_example_only(scores):
    return _sigmoid(scores[0])


# --------------------------------------------------------------------- networks.2


def early_stop(training, validation, test, patience):
    """Which epoch's weights to keep, and which loss to report of them.

    training, validation, test: (epochs,), three losses after each epoch.
    Training stops when the validation loss has not fallen below its smallest value
    so far for `patience` epochs in a row (equal is not below). What comes after the
    stop is never seen. If this does not happen, all epochs are run.
    Returns two numbers: the epoch with the smallest validation loss of those that
    were run (counted from 0; of equal ones the first), and of the three losses after
    that epoch the one that neither training nor the choice of the epoch has used.
    """
    best = 0
    for epoch, loss in enumerate(validation):
        if loss < validation[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, test[best]


def reports_training(training, validation, test, patience):
    best, _ = early_stop(training, validation, test, patience)
    return best, training[best]


def last_training_loss(training, validation, test, patience):
    best, _ = early_stop(training, validation, test, patience)
    return best, training[-1]


def reports_validation(training, validation, test, patience):
    best, _ = early_stop(training, validation, test, patience)
    return best, validation[best]


def last_test_loss(training, validation, test, patience):
    best, _ = early_stop(training, validation, test, patience)
    return best, test[-1]


def smallest_test_loss(training, validation, test, patience):
    best, _ = early_stop(training, validation, test, patience)
    return best, test.min()


def never_stops(training, validation, test, patience):
    best = validation.argmin()
    return best, test[best]


def last_epoch(training, validation, test, patience):
    return len(test) - 1, test[-1]


def chooses_on_test(training, validation, test, patience):
    return test.argmin(), test.min()


def chooses_on_training(training, validation, test, patience):
    best = training.argmin()
    return best, test[best]


def keeps_the_last_weights(training, validation, test, patience):
    best = epoch = 0
    for epoch in range(1, len(validation)):
        if validation[epoch] < validation[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return epoch, test[epoch]


def one_epoch_too_patient(training, validation, test, patience):
    return early_stop(training, validation, test, patience + 1)


def one_epoch_too_impatient(training, validation, test, patience):
    return early_stop(training, validation, test, patience - 1)


def equal_is_better(training, validation, test, patience):
    best = 0
    for epoch in range(1, len(validation)):
        if validation[epoch] <= validation[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best, test[best]


def compares_with_the_epoch_before(training, validation, test, patience):
    rises, last = 0, 0
    for last in range(1, len(validation)):
        rises = 0 if validation[last] < validation[last - 1] else rises + 1
        if rises >= patience:
            break
    best = validation[: last + 1].argmin()
    return best, test[best]


def not_in_a_row(training, validation, test, patience):
    best = waited = 0
    for epoch in range(1, len(validation)):
        if validation[epoch] < validation[best]:
            best = epoch
        else:
            waited += 1
            if waited >= patience:
                break
    return best, test[best]


def epochs_from_1(training, validation, test, patience):
    best, loss = early_stop(training, validation, test, patience)
    return best + 1, loss


def losses_not_epochs(training, validation, test, patience):
    best, loss = early_stop(training, validation, test, patience)
    return validation[best], loss


def results_exchanged(training, validation, test, patience):
    return early_stop(training, validation, test, patience)[::-1]


def last_epoch_and_training_loss(training, validation, test, patience):
    return len(training) - 1, training[-1]


def _stopped(validation, patience):
    """The last epoch that is run."""
    best = early_stop(validation, validation, validation, patience)[0]
    return min(best + patience, len(validation) - 1)


def test_loss_at_the_stop(training, validation, test, patience):
    best, _ = early_stop(training, validation, test, patience)
    return best, test[_stopped(validation, patience)]


def smallest_test_loss_seen(training, validation, test, patience):
    best, _ = early_stop(training, validation, test, patience)
    return best, test[: _stopped(validation, patience) + 1].min()


def back_from_the_end(training, validation, test, patience):
    best = _stopped(validation, patience) - patience
    return best, test[best]


def stops_at_the_first_rise(training, validation, test, patience):
    best = 0
    while best + 1 < len(validation) and validation[best + 1] < validation[best]:
        best += 1
    return best, test[best]


def largest_validation_loss(training, validation, test, patience):
    best = validation.argmax()
    return best, test[best]


# --------------------------------------------------------------------- networks.3


def neuron_step(w, b, x, y, eta):
    """One step of (0.4) for the neuron of (0.1), with the cross-entropy of one example.

    w: (features,), its weights; b: its bias; x: (features,), the inputs; y: 1 or 0,
    what is true; eta: the step size.
    Returns the new w and the new b.
    """
    slope = 1 / (1 + np.exp(-(x @ w + b))) - y
    return w - eta * slope * x, b - eta * slope


def uphill(w, b, x, y, eta):
    return neuron_step(w, b, x, y, -eta)


def truth_left_out(w, b, x, y, eta):
    return neuron_step(w, b, x, 0, eta)


def probability_of_no_in_place(w, b, x, y, eta):
    slope = 1 - _sigmoid(x @ w + b) - y
    return w - eta * slope * x, b - eta * slope


def minus_before_the_first_term(w, b, x, y, eta):
    slope = 1 / (1 + np.exp(-x @ w + b)) - y
    return w - eta * slope * x, b - eta * slope


def squared_error(w, b, x, y, eta):
    p = _sigmoid(x @ w + b)
    slope = 2 * (p - y) * p * (1 - p)
    return w - eta * slope * x, b - eta * slope


def slope_of_the_bend_twice(w, b, x, y, eta):
    p = _sigmoid(x @ w + b)
    slope = (p - y) * p * (1 - p)
    return w - eta * slope * x, b - eta * slope


def no_bend(w, b, x, y, eta):
    slope = x @ w + b - y
    return w - eta * slope * x, b - eta * slope


def bias_not_in_the_sum(w, b, x, y, eta):
    slope = _sigmoid(x @ w) - y
    return w - eta * slope * x, b - eta * slope


def bias_stays(w, b, x, y, eta):
    return neuron_step(w, b, x, y, eta)[0], b


def bias_with_new_weights(w, b, x, y, eta):
    w = w - eta * (_sigmoid(x @ w + b) - y) * x
    return w, b - eta * (_sigmoid(x @ w + b) - y)


def inputs_left_out(w, b, x, y, eta):
    slope = _sigmoid(x @ w + b) - y
    return w - eta * slope, b - eta * slope


def along_the_weights(w, b, x, y, eta):
    slope = _sigmoid(x @ w + b) - y
    return w - eta * slope * w, b - eta * slope * b


def no_step_size(w, b, x, y, eta):
    return neuron_step(w, b, x, y, 1)


def slopes_only(w, b, x, y, eta):
    slope = _sigmoid(x @ w + b) - y
    return slope * x, slope


def move_only(w, b, x, y, eta):
    slope = _sigmoid(x @ w + b) - y
    return -eta * slope * x, -eta * slope


def loss_in_place_of_slope(w, b, x, y, eta):
    p = _sigmoid(x @ w + b)
    loss = -y * np.log(p) - (1 - y) * np.log(1 - p)
    return w - eta * loss * x, b - eta * loss


def bias_times_the_inputs(w, b, x, y, eta):
    slope = _sigmoid(x @ w + b) - y
    return w - eta * slope * x, b - eta * slope * x


def divided_by_the_inputs(w, b, x, y, eta):
    return neuron_step(w, b, x, y, eta / len(x))


def tanh_in_place(w, b, x, y, eta):
    slope = np.tanh(x @ w + b) - y
    return w - eta * slope * x, b - eta * slope


def relu_in_place(w, b, x, y, eta):
    slope = max(x @ w + b, 0) - y
    return w - eta * slope * x, b - eta * slope


def decision_in_place(w, b, x, y, eta):
    slope = float(_sigmoid(x @ w + b) > 0.5) - y
    return w - eta * slope * x, b - eta * slope


def a_sigmoid_for_each_input(w, b, x, y, eta):
    slope = _sigmoid(x * w + b) - y
    return w - eta * slope * x, b - eta * slope


def slope_by_p_alone(w, b, x, y, eta):
    p = _sigmoid(x @ w + b)
    slope = (1 - y) / (1 - p) - y / p
    return w - eta * slope * x, b - eta * slope


def always_liked(w, b, x, y, eta):
    return neuron_step(w, b, x, 1, eta)


def step_size_of_the_text(w, b, x, y, eta):
    return neuron_step(w, b, x, y, 0.5)


def bias_before_weights(w, b, x, y, eta):
    return neuron_step(w, b, x, y, eta)[::-1]


def _cross_entropy(w, b, x, y):
    p = _sigmoid(x @ w + b)
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


def takes_a_step_downhill(f):
    for w, b, x, y in [
        (np.array([1.0, -0.5]), 0.2, np.array([0.0, -1.0]), 0),
        (np.array([0.3, -0.2, 1.1]), -0.4, np.array([1.0, 2.0, -1.0]), 1),
    ]:
        new_w, new_b = f(w.copy(), b, x, y, 0.01)
        if not _cross_entropy(new_w, new_b, x, y) < _cross_entropy(w, b, x, y):
            return False
    return True


# --------------------------------------------------------------------- networks.4


def _log_softmax(scores, axis=1):
    scores = scores - scores.max()
    return scores - np.log(np.exp(scores).sum(axis=axis, keepdims=True))


def _mean_of(log_pi, taken):
    return -log_pi[np.arange(len(taken)), taken].mean()


def batch_loss(scores, taken):
    """The loss of (0.7) of a batch: its mean over the examples.

    scores: (B, n), a row of scores of all n films for each of the B examples;
    taken: (B,), the number of the film that each one really liked, from 0.
    Returns one number.
    """
    return _mean_of(_log_softmax(scores), taken)


def softmax_down_the_batch(scores, taken):
    return _mean_of(_log_softmax(scores, axis=0), taken)


def softmax_of_the_whole_table(scores, taken):
    return _mean_of(_log_softmax(scores, axis=(0, 1)), taken)


def sum_of_the_batch(scores, taken):
    return batch_loss(scores, taken) * len(taken)


def divided_by_films_too(scores, taken):
    return batch_loss(scores, taken) / scores.shape[1]


def no_minus(scores, taken):
    return -batch_loss(scores, taken)


def no_logarithm(scores, taken):
    return _mean_of(np.exp(_log_softmax(scores)), taken)


def logarithm_of_the_mean(scores, taken):
    return -np.log(-no_logarithm(scores, taken))


def score_alone(scores, taken):
    return _mean_of(scores, taken)


def all_films(scores, taken):
    return -_log_softmax(scores).mean()


def taken_of_everybody(scores, taken):
    return -_log_softmax(scores)[:, taken].mean()


def surest_film(scores, taken):
    return -_log_softmax(scores).max(axis=1).mean()


def films_from_1(scores, taken):
    return _mean_of(_log_softmax(scores), taken - 1)


def softmax_twice(scores, taken):
    return batch_loss(np.exp(_log_softmax(scores)), taken)


def sigmoid_of_the_taken(scores, taken):
    return _mean_of(np.log(_sigmoid(scores)), taken)


def yes_or_no_of_all_films(scores, taken):
    p = _sigmoid(scores)
    y = np.eye(scores.shape[1])[taken]
    return (-y * np.log(p) - (1 - y) * np.log(1 - p)).mean()


def logarithm_to_base_2(scores, taken):
    return batch_loss(scores, taken) / np.log(2)


def probability_of_the_taken(scores, taken):
    return -no_logarithm(scores, taken)


def first_row_for_all(scores, taken):
    return -_log_softmax(scores)[0, taken].mean()


def squared_errors(scores, taken):
    wrong = np.exp(_log_softmax(scores)) - np.eye(scores.shape[1])[taken]
    return (wrong**2).sum(axis=1).mean()


def entropy(scores, taken):
    log_pi = _log_softmax(scores)
    return -(np.exp(log_pi) * log_pi).sum(axis=1).mean()


def yes_or_no_of_all_films_added(scores, taken):
    return yes_or_no_of_all_films(scores, taken) * scores.shape[1]


def divided_by_films_only(scores, taken):
    return batch_loss(scores, taken) * len(taken) / scores.shape[1]


def largest_subtracted_once(scores, taken):
    return batch_loss(scores, taken) - scores.max(axis=1).mean()


# --------------------------------------------------------------------- networks.5


def one_epoch(w, b, X, y, order, batch_size, eta):
    """One epoch of training the neuron of (0.1) with cross-entropy, in batches.

    w: (features,); b: a number; X: (n, features); y: (n,), 1 or 0; order: (n,), the
    numbers of all rows in the order in which they are used; batch_size: how many rows
    make a batch (the last batch has what is left); eta: the step size.
    Each batch makes one step (0.4), with the mean of the slopes of its rows.
    Returns w and b after the last batch.
    """
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        p = 1 / (1 + np.exp(-(X[rows] @ w + b)))
        slope = (p - y[rows]) / len(rows)  # of the mean loss, by each row's sum
        w = w - eta * (X[rows].T @ slope)
        b = b - eta * slope.sum()
    return w, b


def _steps(w, b, X, y, batches, eta, of=len):
    """A step for each of these batches of rows; `of` says by what to divide."""
    for rows in batches:
        slope = (_sigmoid(X[rows] @ w + b) - y[rows]) / of(rows)
        w, b = w - eta * (X[rows].T @ slope), b - eta * slope.sum()
    return w, b


def _batches(order, size):
    return [order[at : at + size] for at in range(0, len(order), size)]


def short_batch_dropped(w, b, X, y, order, batch_size, eta):
    full = [one for one in _batches(order, batch_size) if len(one) == batch_size]
    return _steps(w, b, X, y, full, eta)


def divided_by_the_batch_size(w, b, X, y, order, batch_size, eta):
    batches = _batches(order, batch_size)
    return _steps(w, b, X, y, batches, eta, lambda rows: batch_size)


def divided_by_all_rows(w, b, X, y, order, batch_size, eta):
    batches = _batches(order, batch_size)
    return _steps(w, b, X, y, batches, eta, lambda rows: len(order))


def sum_of_slopes(w, b, X, y, order, batch_size, eta):
    return _steps(w, b, X, y, _batches(order, batch_size), eta, lambda rows: 1)


def one_mean_for_all_weights(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        slope = _sigmoid(X[rows] @ w + b) - y[rows]
        w = w - eta * (X[rows] * slope[:, None]).mean()
        b = b - eta * slope.mean()
    return w, b


def order_ignored(w, b, X, y, order, batch_size, eta):
    batches = _batches(np.arange(len(order)), batch_size)
    return _steps(w, b, X, y, batches, eta)


def truth_in_the_old_order(w, b, X, y, order, batch_size, eta):
    batches = _batches(np.arange(len(order)), batch_size)
    return _steps(w, b, X[order], y, batches, eta)


def one_step_for_all(w, b, X, y, order, batch_size, eta):
    return _steps(w, b, X, y, [order], eta)


def one_step_for_each_row(w, b, X, y, order, batch_size, eta):
    return _steps(w, b, X, y, _batches(order, 1), eta)


def slopes_of_the_start(w, b, X, y, order, batch_size, eta):
    new_w, new_b = w, b
    for rows in _batches(order, batch_size):
        one_w, one_b = _steps(w, b, X, y, [rows], eta)
        new_w, new_b = new_w + one_w - w, new_b + one_b - b
    return new_w, new_b


def only_the_first_batch(w, b, X, y, order, batch_size, eta):
    return _steps(w, b, X, y, [order[:batch_size]], eta)


def only_the_last_batch(w, b, X, y, order, batch_size, eta):
    return _steps(w, b, X, y, _batches(order, batch_size)[-1:], eta)


def steps_uphill(w, b, X, y, order, batch_size, eta):
    return one_epoch(w, b, X, y, order, batch_size, -eta)


def bias_never_moves(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        w, _ = _steps(w, b, X, y, [rows], eta)
    return w, b


def mean_slope_of_the_bias_twice(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        slope = (_sigmoid(X[rows] @ w + b) - y[rows]) / len(rows)
        w, b = w - eta * (X[rows].T @ slope), b - eta * slope.mean()
    return w, b


def probabilities_anew_for_the_bias(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        w, _ = _steps(w, b, X, y, [rows], eta)
        b = b - eta * (_sigmoid(X[rows] @ w + b) - y[rows]).mean()
    return w, b


def batches_as_equal_as_possible(w, b, X, y, order, batch_size, eta):
    number = -(-len(order) // batch_size)
    return _steps(w, b, X, y, np.array_split(order, number), eta)


def batch_size_as_a_number_of_batches(w, b, X, y, order, batch_size, eta):
    batches = [one for one in np.array_split(order, batch_size) if len(one)]
    return _steps(w, b, X, y, batches, eta)


def batches_that_overlap(w, b, X, y, order, batch_size, eta):
    batches = [order[at : at + batch_size] for at in range(len(order))]
    return _steps(w, b, X, y, batches, eta)


def slopes_never_set_to_0(w, b, X, y, order, batch_size, eta):
    w_slopes, b_slope = np.zeros(len(w)), 0.0
    for rows in _batches(order, batch_size):
        slope = (_sigmoid(X[rows] @ w + b) - y[rows]) / len(rows)
        w_slopes, b_slope = w_slopes + X[rows].T @ slope, b_slope + slope.sum()
        w, b = w - eta * w_slopes, b - eta * b_slope
    return w, b


def step_size_left_out(w, b, X, y, order, batch_size, eta):
    return one_epoch(w, b, X, y, order, batch_size, 1)


def bias_left_out_of_the_sum(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        slope = (_sigmoid(X[rows] @ w) - y[rows]) / len(rows)
        w, b = w - eta * (X[rows].T @ slope), b - eta * slope.sum()
    return w, b


def sigmoid_left_out(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        slope = (X[rows] @ w + b - y[rows]) / len(rows)
        w, b = w - eta * (X[rows].T @ slope), b - eta * slope.sum()
    return w, b


def squared_error_in_batches(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        p = _sigmoid(X[rows] @ w + b)
        slope = 2 * (p - y[rows]) * p * (1 - p) / len(rows)
        w, b = w - eta * (X[rows].T @ slope), b - eta * slope.sum()
    return w, b


def sum_for_the_weights_only(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        slope = _sigmoid(X[rows] @ w + b) - y[rows]
        w, b = w - eta * (X[rows].T @ slope), b - eta * slope.mean()
    return w, b


def sum_for_the_bias_only(w, b, X, y, order, batch_size, eta):
    for rows in _batches(order, batch_size):
        slope = _sigmoid(X[rows] @ w + b) - y[rows]
        w, b = w - eta * (X[rows].T @ slope) / len(rows), b - eta * slope.sum()
    return w, b


QUESTIONS = [
    Question(
        "networks.1",
        "00.G2",
        probability_of_yes,
        cases=[
            (np.array([[3.0], [-3.0], [0.0]]),),
            (np.array([[0.5], [2.0], [-1.2], [-0.1]]),),
            (np.array([[2.0]]),),
        ],
        wrong=listed(
            softmax_of_one_output,
            softmax_over_examples,
            probability_of_no,
            brackets_missing,
            exponential_only,
            tanh,
            tanh_moved,
            decision,
            slope_of_sigmoid,
            loss_of_a_yes,
            cut_off,
            relu,
            sigmoid_twice,
            both_columns,
            first_example_only,
        ),
    ),
    Question(
        "networks.2",
        "00.G5",
        early_stop,
        cases=[
            (
                np.array([3.9, 3.0, 2.5, 2.2, 1.7, 1.5]),
                np.array([4.0, 3.0, 3.5, 3.2, 2.0, 2.6]),
                np.array([4.2, 3.3, 2.9, 3.6, 2.4, 2.7]),
                2,
            ),
            (  # an equal value
                np.array([3.0, 2.5, 2.0, 1.8, 1.6, 1.4, 1.2]),
                np.array([3.0, 2.0, 2.5, 2.0, 2.6, 2.7, 1.5]),
                np.array([3.1, 2.3, 2.4, 2.2, 2.8, 2.9, 1.6]),
                3,
            ),
            (  # it never stops
                np.array([5.0, 4.0, 3.0]),
                np.array([5.0, 4.5, 4.2]),
                np.array([5.1, 4.4, 4.3]),
                2,
            ),
            (  # it rises twice, not in a row
                np.array([5.0, 4.0, 3.5, 3.0, 2.5, 2.0]),
                np.array([5.0, 6.0, 4.0, 4.5, 3.0, 3.5]),
                np.array([5.5, 5.8, 4.4, 4.3, 3.6, 3.4]),
                2,
            ),
            (  # after a rise the best one comes, and then the stop
                np.array([5.0, 4.0, 3.5, 3.2, 3.0, 2.8, 2.5, 2.4]),
                np.array([5.2, 4.1, 4.6, 3.9, 4.2, 4.0, 4.4, 3.0]),
                np.array([5.3, 4.4, 4.2, 4.5, 4.3, 3.9, 4.7, 3.3]),
                3,
            ),
            (
                np.array([4.0, 3.0, 1.0, 1.2]),
                np.array([2.0, 2.0, 4.0, 1.0]),
                np.array([2.2, 2.1, 4.1, 1.3]),
                2,
            ),
        ],
        wrong=listed(
            reports_training,
            last_training_loss,
            reports_validation,
            last_test_loss,
            smallest_test_loss,
            never_stops,
            last_epoch,
            chooses_on_test,
            chooses_on_training,
            keeps_the_last_weights,
            one_epoch_too_patient,
            one_epoch_too_impatient,
            equal_is_better,
            compares_with_the_epoch_before,
            not_in_a_row,
            epochs_from_1,
            losses_not_epochs,
            results_exchanged,
            last_epoch_and_training_loss,
            test_loss_at_the_stop,
            smallest_test_loss_seen,
            back_from_the_end,
            stops_at_the_first_rise,
            largest_validation_loss,
        ),
    ),
    Question(
        "networks.3",
        "00.G3",
        neuron_step,
        apart=True,
        cases=[
            (np.array([1.0, -0.5]), 1.0, np.array([1.0, 4.0]), 1, 0.1),
            (np.array([1.0, -0.5]), 0.0, np.array([0.0, -1.0]), 0, 0.5),
            (
                np.array([0.3, -0.2, 1.1]),
                -0.4,
                np.array([1.0, 2.0, -1.0]),
                1,
                0.25,
            ),
        ],
        wrong=listed(
            uphill,
            truth_left_out,
            probability_of_no_in_place,
            minus_before_the_first_term,
            squared_error,
            slope_of_the_bend_twice,
            no_bend,
            bias_not_in_the_sum,
            bias_stays,
            bias_with_new_weights,
            inputs_left_out,
            along_the_weights,
            no_step_size,
            slopes_only,
            move_only,
            loss_in_place_of_slope,
            bias_times_the_inputs,
            divided_by_the_inputs,
            tanh_in_place,
            relu_in_place,
            decision_in_place,
            a_sigmoid_for_each_input,
            slope_by_p_alone,
            always_liked,
            step_size_of_the_text,
            bias_before_weights,
        ),
        laws={"takes_a_step_downhill": takes_a_step_downhill},
    ),
    Question(
        "networks.4",
        "00.G2",
        batch_loss,
        cases=[
            (np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 1.0]]), np.array([0, 2])),
            (
                np.array(
                    [
                        [0.3, -1.2, 0.8, 2.0],
                        [1.5, 0.5, 0.5, -0.5],
                        [-0.7, 0.4, 1.9, 0.1],
                    ]
                ),
                np.array([3, 1, 0]),
            ),
            (np.array([[4.0, -2.0, 1.0, 0.5, 3.0]]), np.array([1])),
        ],
        tensors=True,
        gradient=(0,),
        wrong=listed(
            softmax_down_the_batch,
            softmax_of_the_whole_table,
            sum_of_the_batch,
            divided_by_films_too,
            no_minus,
            no_logarithm,
            logarithm_of_the_mean,
            score_alone,
            all_films,
            taken_of_everybody,
            surest_film,
            films_from_1,
            softmax_twice,
            sigmoid_of_the_taken,
            yes_or_no_of_all_films,
            logarithm_to_base_2,
            probability_of_the_taken,
            first_row_for_all,
            squared_errors,
            entropy,
            yes_or_no_of_all_films_added,
            divided_by_films_only,
            largest_subtracted_once,
        ),
    ),
    Question(
        "networks.5",
        "00.G4",
        one_epoch,
        cases=[
            (
                np.array([0.0, 0.0]),
                0.0,
                np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
                np.array([1, 0, 1]),
                np.array([2, 0, 1]),
                2,
                1.0,
            ),
            (
                np.array([0.5, -0.3, 0.2]),
                -0.1,
                np.array(
                    [
                        [1.0, 0.0, 2.0],
                        [0.0, 1.0, -1.0],
                        [0.5, 0.5, 0.0],
                        [-1.0, 2.0, 1.0],
                        [0.0, -1.0, 0.5],
                    ]
                ),
                np.array([1, 0, 0, 1, 1]),
                np.array([3, 0, 4, 2, 1]),
                2,
                0.5,
            ),
            (  # the last batch is much shorter
                np.array([0.2, -0.1]),
                0.3,
                np.array([[1.0, 0.5], [0.0, 2.0], [1.0, 1.0], [-1.0, 0.0], [2.0, 1.0]]),
                np.array([0, 1, 0, 1, 1]),
                np.array([4, 1, 3, 0, 2]),
                4,
                0.8,
            ),
            (  # the batch is larger than the data
                np.array([0.4, 0.1]),
                0.2,
                np.array([[1.0, 2.0], [0.0, 1.0], [1.5, -1.0]]),
                np.array([0, 1, 1]),
                np.array([1, 2, 0]),
                4,
                0.1,
            ),
        ],
        wrong=listed(
            short_batch_dropped,
            divided_by_the_batch_size,
            divided_by_all_rows,
            sum_of_slopes,
            one_mean_for_all_weights,
            order_ignored,
            truth_in_the_old_order,
            one_step_for_all,
            one_step_for_each_row,
            slopes_of_the_start,
            only_the_first_batch,
            only_the_last_batch,
            steps_uphill,
            bias_never_moves,
            mean_slope_of_the_bias_twice,
            probabilities_anew_for_the_bias,
            batches_as_equal_as_possible,
            batch_size_as_a_number_of_batches,
            batches_that_overlap,
            slopes_never_set_to_0,
            step_size_left_out,
            bias_left_out_of_the_sum,
            sigmoid_left_out,
            squared_error_in_batches,
            sum_for_the_weights_only,
            sum_for_the_bias_only,
        ),
    ),
]
