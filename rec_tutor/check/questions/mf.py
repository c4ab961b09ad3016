"""Chapter 07: matrix factorization."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "07.T1",
        "07.G1",
        ("cell",),
        (2,),
        wrong={
            "other_person": (1,),
            "other_film": (3,),
            "row_and_column_swapped": (0,),
            "numbers_of_the_film": ((0, 1),),
            "not_added": ((0, 2),),
        },
    ),
    Blank(
        "07.T2",
        "07.G3",
        ("loss_of_third",),
        (2.41,),
        wrong={
            "second_film": (1.41,),
            "first_film": (0.41,),
            "probability": (0.09,),
            "without_minus": (-2.41,),
            "logarithm_of_2": (3.47,),
            "logarithm_of_10": (1.05,),
        },
    ),
]


# --------------------------------------------------------------------------- mf.1


def misses(R, U, V):
    """In how many known cells does the product of U and V differ from the stars?

    R: (people, films), stars, 0 where nobody rated; U: (people, d); V: (d, films).
    Returns a whole number; cells less than half a star apart count as equal.
    """
    known = R > 0
    return int((known & (abs(U @ V - R) >= 0.5)).sum())


def holes_are_zeros(R, U, V):
    return int((abs(U @ V - R) >= 0.5).sum())


def counts_hits(R, U, V):
    return int(((R > 0) & (abs(U @ V - R) < 0.5)).sum())


def share(R, U, V):
    return misses(R, U, V) / (R > 0).sum()


def share_of_all_cells(R, U, V):
    return misses(R, U, V) / R.size


def too_high_only(R, U, V):
    return int(((R > 0) & (U @ V - R >= 0.5)).sum())


def product_with_transpose(R, U, V):
    return int(((R > 0) & (abs(U @ V.T - R) >= 0.5)).sum())


def sum_of_errors(R, U, V):
    return abs(U @ V - R)[R > 0].sum()


def exactly_equal(R, U, V):
    return int(((R > 0) & (U @ V != R)).sum())


# --------------------------------------------------------------------------- mf.2


def compare(low, high):
    """What intervals of differences from EASE say about each model.

    low, high: (models,), the ends of the intervals of model minus EASE.
    Returns (models,): 1 clearly ahead, -1 clearly behind, 0 open.
    """
    return np.where(low > 0, 1, np.where(high < 0, -1, 0))


def sign_of_the_middle(low, high):
    return np.sign(low + high)


def high_end_only(low, high):
    return np.where(high > 0, 1, -1)


def turned_round(low, high):
    return -compare(low, high)


def open_is_behind(low, high):
    return np.where(low > 0, 1, -1)


def never_behind(low, high):
    return np.where(low > 0, 1, 0)


def is_clear(low, high):
    return abs(compare(low, high))


def touching_is_clear(low, high):
    return np.where(low >= 0, 1, np.where(high <= 0, -1, 0))


# --------------------------------------------------------------------------- mf.3


def sgd_step(p, q, r, eta, penalty):
    """One step of (7.3) for one known cell.

    p, q: (d,), of the person and the film; r: the stars; eta: the step size.
    Returns the new p and the new q.
    """
    e = r - p @ q
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def q_moves_with_new_p(p, q, r, eta, penalty):
    e = r - p @ q
    p = p + eta * (e * q - penalty * p)
    return p, q + eta * (e * p - penalty * q)


def error_anew(p, q, r, eta, penalty):
    e = r - p @ q
    p = p + eta * (e * q - penalty * p)
    e = r - p @ q
    return p, q + eta * (e * p - penalty * q)


def uphill(p, q, r, eta, penalty):
    e = r - p @ q
    return p - eta * (e * q - penalty * p), q - eta * (e * p - penalty * q)


def error_turned_round(p, q, r, eta, penalty):
    e = p @ q - r
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def penalty_added(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, -penalty)


def no_penalty(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, 0)


def penalty_without_step_size(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * e * q - penalty * p, q + eta * e * p - penalty * q


def both_times_own_vector(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * p - penalty * p), q + eta * (e * q - penalty * q)


def penalty_on_the_other(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * q - penalty * q), q + eta * (e * p - penalty * p)


def factor_two(p, q, r, eta, penalty):
    return sgd_step(p, q, r, 2 * eta, penalty)


def no_error(p, q, r, eta, penalty):
    return p + eta * (q - penalty * p), q + eta * (p - penalty * q)


def only_the_move(p, q, r, eta, penalty):
    new_p, new_q = sgd_step(p, q, r, eta, penalty)
    return new_p - p, new_q - q


# --------------------------------------------------------------------------- mf.4


def _scores(P, Q, temperature):
    lengths = np.linalg.norm(P, axis=1)[:, None] * np.linalg.norm(Q, axis=1)
    return P @ Q.T / lengths / temperature


def _cost(scores, taken, axis=1):
    scores = scores - scores.max()
    log_pi = scores - np.log(np.exp(scores).sum(axis=axis, keepdims=True))
    return -log_pi[np.arange(len(taken)), taken].mean()


def choice_loss(P, Q, taken, temperature):
    """The loss of (7.4) with the scores of (7.5), its mean over the people.

    P: (people, d); Q: (films, d); taken: (people,), the film that each person took.
    Returns one number.
    """
    return _cost(_scores(P, Q, temperature), taken)


def inner_product(P, Q, taken, temperature):
    return _cost(P @ Q.T / temperature, taken)


def times_temperature(P, Q, taken, temperature):
    return _cost(_scores(P, Q, 1 / temperature), taken)


def no_temperature(P, Q, taken, temperature):
    return _cost(_scores(P, Q, 1), taken)


def softmax_over_people(P, Q, taken, temperature):
    return _cost(_scores(P, Q, temperature), taken, axis=0)


def softmax_over_everything(P, Q, taken, temperature):
    return _cost(_scores(P, Q, temperature), taken, axis=(0, 1))


def sum_over_people(P, Q, taken, temperature):
    return choice_loss(P, Q, taken, temperature) * len(taken)


def probability_not_logarithm(P, Q, taken, temperature):
    e = np.exp(_scores(P, Q, temperature))
    pi = e / e.sum(axis=1, keepdims=True)
    return -pi[np.arange(len(taken)), taken].mean()


def logarithm_of_the_mean(P, Q, taken, temperature):
    e = np.exp(_scores(P, Q, temperature))
    pi = e / e.sum(axis=1, keepdims=True)
    return -np.log(pi[np.arange(len(taken)), taken].mean())


def no_sum_below(P, Q, taken, temperature):
    return -_scores(P, Q, temperature)[np.arange(len(taken)), taken].mean()


def only_films_divided(P, Q, taken, temperature):
    scores = P @ (Q / np.linalg.norm(Q, axis=1, keepdims=True)).T
    return _cost(scores / temperature, taken)


def squared_lengths(P, Q, taken, temperature):
    lengths = (P**2).sum(axis=1)[:, None] * (Q**2).sum(axis=1)
    return _cost(P @ Q.T / lengths / temperature, taken)


# --------------------------------------------------------------------------- mf.5


def biased_step(mean, b_u, b_i, p, q, r, eta):
    """One step for the prediction mean + b_u + b_i + p @ q, without a penalty.

    mean, b_u, b_i, r, eta: numbers; p, q: (d,).
    Returns the new b_u, b_i, p and q; the mean stays.
    """
    e = r - (mean + b_u + b_i + p @ q)
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def mean_forgotten(mean, b_u, b_i, p, q, r, eta):
    return biased_step(0, b_u, b_i, p, q, r, eta)


def biases_not_in_the_error(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + p @ q)
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def product_only(mean, b_u, b_i, p, q, r, eta):
    e = r - p @ q
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def biases_stay(mean, b_u, b_i, p, q, r, eta):
    _, _, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return b_u, b_i, new_p, new_q


def biases_times_each_other(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    return b_u + eta * e * b_i, b_i + eta * e * b_u, p + eta * e * q, q + eta * e * p


def biased_uphill(mean, b_u, b_i, p, q, r, eta):
    return biased_step(mean, b_u, b_i, p, q, r, -eta)


def q_with_new_p(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    p = p + eta * e * q
    return b_u + eta * e, b_i + eta * e, p, q + eta * e * p


def step_size_missing_in_biases(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    return b_u + e, b_i + e, p + eta * e * q, q + eta * e * p


QUESTIONS = [
    Question(
        "mf.1",
        "07.G1",
        misses,
        cases=[
            (
                np.array([[5.0, 3, 0], [4, 0, 2], [0, 1, 4]]),
                np.array([[1.0, 2], [2, 1], [0, 3]]),
                np.array([[2.0, 1, 0], [1, 0, 2]]),
            ),
            (
                np.array([[2.5, 0], [4, 3]]),
                np.array([[1.0, 0], [2, 1]]),
                np.array([[2.0, 1], [0, 1.2]]),
            ),
            (
                np.array([[1.0, 2], [0, 5]]),
                np.array([[1.0, 1], [2, 1]]),
                np.array([[1.0, 2], [1, 0.2]]),
            ),
        ],
        wrong=listed(
            holes_are_zeros,
            counts_hits,
            share,
            share_of_all_cells,
            too_high_only,
            product_with_transpose,
            sum_of_errors,
            exactly_equal,
        ),
    ),
    Question(
        "mf.2",
        "07.G4",
        compare,
        cases=[
            (np.array([-0.03, -0.01, 0.02]), np.array([-0.01, 0.02, 0.03])),
            (
                np.array([-0.5, 0.1, -0.2, 0.0, -0.3]),
                np.array([0.1, 0.3, -0.1, 0.2, 0.0]),
            ),
        ],
        wrong=listed(
            sign_of_the_middle,
            high_end_only,
            turned_round,
            open_is_behind,
            never_behind,
            is_clear,
            touching_is_clear,
        ),
    ),
    Question(
        "mf.3",
        "07.G2",
        sgd_step,
        cases=[
            (np.array([1.0]), np.array([2.0]), 3.0, 0.1, 0.5),
            (np.array([0.1, 0.2, 0.3]), np.array([1.0, 1.1, 1.2]), 4.0, 0.01, 0.2),
            (np.array([2.0, -1.0]), np.array([1.5, 0.5]), 1.0, 0.1, 0.0),
        ],
        wrong=listed(
            q_moves_with_new_p,
            error_anew,
            uphill,
            error_turned_round,
            penalty_added,
            no_penalty,
            penalty_without_step_size,
            both_times_own_vector,
            penalty_on_the_other,
            factor_two,
            no_error,
            only_the_move,
        ),
        laws={
            "takes_a_step_downhill": lambda f: all(
                abs(r - np.dot(*f(p, q, r, 0.01, 0.0))) < abs(r - p @ q)
                for p, q, r in [
                    (np.array([0.5, 1.0]), np.array([1.0, 0.2]), 3.0),
                    (np.array([2.0, 1.0]), np.array([1.0, 2.0]), 1.0),
                ]
            )
        },
    ),
    Question(
        "mf.4",
        "07.G3",
        choice_loss,
        cases=[
            (
                np.array([[1.0, 0.0], [0.0, 2.0]]),
                np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 3.0]]),
                np.array([0, 2]),
                0.5,
            ),
            (
                np.array([[0.3, -1.2], [2.0, 0.4], [-0.5, -0.1]]),
                np.array([[1.0, 0.2], [-0.3, 0.7], [0.4, -0.9], [1.5, 2.0]]),
                np.array([3, 1, 0]),
                0.25,
            ),
        ],
        tensors=True,
        gradient=0,
        wrong=listed(
            inner_product,
            times_temperature,
            no_temperature,
            softmax_over_people,
            softmax_over_everything,
            sum_over_people,
            probability_not_logarithm,
            logarithm_of_the_mean,
            no_sum_below,
            only_films_divided,
            squared_lengths,
        ),
    ),
    Question(
        "mf.5",
        "07.G2",
        biased_step,
        cases=[
            (3.5, 0.5, -0.2, np.array([1.0]), np.array([0.2]), 5.0, 0.1),
            (3.0, -0.4, 0.3, np.array([0.5, 1]), np.array([1.0, -0.5]), 2.0, 0.05),
        ],
        wrong=listed(
            mean_forgotten,
            biases_not_in_the_error,
            product_only,
            biases_stay,
            biases_times_each_other,
            biased_uphill,
            q_with_new_p,
            step_size_missing_in_biases,
        ),
    ),
]
