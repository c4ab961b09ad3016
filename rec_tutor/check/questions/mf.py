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
            "one_other_row": (4,),
            "both_rows_too_early": (3,),
            "row_and_column_swapped": (1,),
            "orange_cell": (5,),
            "first_product_only": (0,),
            "numbers_of_the_person": ((2, 2),),
            "numbers_of_the_film": ((0, 1),),
            "not_added": ((0, 2),),
            "all_films": ((4, 2, 2),),
            "whole_table": (((5, 3, 2), (4, 2, 2), (5, 1, 4)),),
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
            "other_films": (0.91,),
            "gradient": (-0.91,),
            "all_three": (4.22,),
            "losses_of_all": ((0.41, 1.41, 2.41),),
            "reciprocal": (11.11,),
        },
    ),
]


def _keeps_fractions(function, *given):
    """Arrays of integers give what they give as floats. (Adding to them in place is an
    error of NumPy's, which says so itself.)
    """
    real = [one.astype(float) if np.ndim(one) else one for one in given]
    try:
        got = function(*given)
    except TypeError:
        return True
    return all(map(np.allclose, got, function(*real)))


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


def too_low_only(R, U, V):
    return int(((R > 0) & (R - U @ V >= 0.5)).sum())


def half_a_star_is_equal(R, U, V):
    return int(((R > 0) & (abs(U @ V - R) > 0.5)).sum())


def a_whole_star(R, U, V):
    return int(((R > 0) & (abs(U @ V - R) >= 1)).sum())


def square_against_half(R, U, V):
    return int(((R > 0) & ((U @ V - R) ** 2 >= 0.5)).sum())


def rounded_to_stars(R, U, V):
    return int(((R > 0) & (np.round(U @ V) != R)).sum())


def cut_to_stars(R, U, V):
    return misses(R, U @ V // 1, np.eye(R.shape[1]))


def product_into_a_table_like_R(R, U, V):
    return misses(R, (U @ V).astype(R.dtype), np.eye(R.shape[1]))


def cut_to_five_stars(R, U, V):
    return misses(R, np.clip(U @ V, 1, 5), np.eye(R.shape[1]))


def cut_at_five_stars(R, U, V):
    return misses(R, np.minimum(U @ V, 5), np.eye(R.shape[1]))


def known_by_the_product(R, U, V):
    return int(((U @ V != 0) & (abs(U @ V - R) >= 0.5)).sum())


def product_not_zero(R, U, V):
    return int(((R > 0) & (U @ V != 0) & (abs(U @ V - R) >= 0.5)).sum())


def people_with_a_miss(R, U, V):
    return int(((R > 0) & (abs(U @ V - R) >= 0.5)).any(axis=1).sum())


def films_with_a_miss(R, U, V):
    return int(((R > 0) & (abs(U @ V - R) >= 0.5)).any(axis=0).sum())


def misses_of_each_person(R, U, V):
    return ((R > 0) & (abs(U @ V - R) >= 0.5)).sum(axis=1)


def misses_of_each_film(R, U, V):
    return ((R > 0) & (abs(U @ V - R) >= 0.5)).sum(axis=0)


def number_of_axes(R, U, V):
    return len(np.nonzero((R > 0) & (abs(U @ V - R) >= 0.5)))


def number_of_known_cells(R, U, V):
    return int((R > 0).sum())


def counts_hits_and_near_holes(R, U, V):
    return int((abs(U @ V - R) < 0.5).sum())


def first_number_left_out(R, U, V):
    return misses(R, U[:, 1:], V[1:])


def product_turned_round(R, U, V):
    return int(((R > 0) & (abs(V @ U - R) >= 0.5)).sum())


def cell_by_cell(R, U, V):
    return int(((R > 0) & (abs(U * V - R) >= 0.5)).sum())


def mean_error(R, U, V):
    return abs(U @ V - R)[R > 0].mean()


def root_mean_square(R, U, V):
    return np.sqrt(((U @ V - R)[R > 0] ** 2).mean())


def which_cells(R, U, V):
    return (R > 0) & (abs(U @ V - R) >= 0.5)


def number_of_holes(R, U, V):
    return int((R == 0).sum())


def all_cells_exactly(R, U, V):
    return int((U @ V != R).sum())


def transpose_in_all_cells(R, U, V):
    return int((abs(U @ V.T - R) >= 0.5).sum())


def transpose_exactly(R, U, V):
    return int(((R > 0) & (U @ V.T != R)).sum())


def transpose_in_all_cells_exactly(R, U, V):
    return int((U @ V.T != R).sum())


def turned_round_in_all_cells(R, U, V):
    return int((abs(V @ U - R) >= 0.5).sum())


def both_transposed(R, U, V):
    return int(((R > 0) & (abs(U.T @ V.T - R) >= 0.5)).sum())


def both_transposed_in_all_cells(R, U, V):
    return int((abs(U.T @ V.T - R) >= 0.5).sum())


def people_transposed(R, U, V):
    return int(((R > 0) & (abs(U.T @ V - R) >= 0.5)).sum())


def people_transposed_in_all_cells(R, U, V):
    return int((abs(U.T @ V - R) >= 0.5).sum())


def cell_by_cell_in_all_cells(R, U, V):
    return int((abs(U * V - R) >= 0.5).sum())


def product_times_stars(R, U, V):
    return int((abs((U @ V) * R - R) >= 0.5).sum())


def product_times_stars_exactly(R, U, V):
    return int(((U @ V) * R != R).sum())


# --------------------------------------------------------------------------- mf.2


def compare(low, high):
    """What intervals of differences from EASE say about each model.

    low, high: (models,), the ends of each interval: NDCG@10 of the model minus EASE's.
    Returns (models,): 1 clearly ahead, -1 clearly behind, 0 open. An interval that ends
    at 0 is open.
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


def touching_is_ahead(low, high):
    return np.where(low >= 0, 1, np.where(high < 0, -1, 0))


def touching_is_behind(low, high):
    return np.where(low > 0, 1, np.where(high <= 0, -1, 0))


def low_end_only(low, high):
    return np.sign(low)


def sign_of_the_high_end(low, high):
    return np.sign(high)


def open_is_ahead(low, high):
    return np.where(high < 0, -1, 1)


def never_ahead(low, high):
    return np.where(high < 0, -1, 0)


def one_end_makes_ahead(low, high):
    return np.where(high > 0, 1, np.where(low < 0, -1, 0))


def one_end_makes_behind(low, high):
    return np.where(low < 0, -1, np.where(high > 0, 1, 0))


def is_open(low, high):
    return (low <= 0) & (high >= 0)


def zero_inside(low, high):
    return (low < 0) & (high > 0)


def sign_of_the_product(low, high):
    return np.sign(low * high)


def signs_added(low, high):
    return np.sign(low) + np.sign(high)


def mean_of_the_signs(low, high):
    return (np.sign(low) + np.sign(high)) / 2


def middle_itself(low, high):
    return (low + high) / 2


def first_model_only(low, high):
    return compare(low, high)[0]


def overlap_with_the_first(low, high):
    return np.where(low > high[0], 1, np.where(high < low[0], -1, 0))


def against_the_high_end_of_the_first(low, high):
    return np.where(low > high[0], 1, np.where(high < high[0], -1, 0))


def high_end_of_the_first(low, high):
    return np.where(low > 0, 1, np.where(high[0] < 0, -1, 0))


def answer_of_the_first(low, high):
    return np.full(len(low), compare(low, high)[0])


def from_a_thousandth_on(low, high):
    return compare(low - 0.001, high + 0.001)


def from_five_thousandths_on(low, high):
    return compare(low - 0.005, high + 0.005)


def from_a_hundredth_on(low, high):
    return compare(low - 0.01, high + 0.01)


# --------------------------------------------------------------------------- mf.3


def sgd_step(p, q, r, eta, penalty):
    """One step of (7.3) for one known cell.

    p, q: (d,), of the person and the film; r: the stars; eta: the step size; penalty:
    the lambda of (7.3).
    Returns the new p and the new q: arrays of floats, also for arrays of integers.
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


def p_moves_with_new_q(p, q, r, eta, penalty):
    e = r - p @ q
    q = q + eta * (e * p - penalty * q)
    return p + eta * (e * q - penalty * p), q


def new_error_for_q(p, q, r, eta, penalty):
    new_p, _ = sgd_step(p, q, r, eta, penalty)
    e = r - new_p @ q
    return new_p, q + eta * (e * p - penalty * q)


def error_of_each_number(p, q, r, eta, penalty):
    e = r - p * q
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def prediction_cut_to_stars(p, q, r, eta, penalty):
    e = r - np.clip(p @ q, 1, 5)
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def error_squared(p, q, r, eta, penalty):
    e = (r - p @ q) ** 2
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def size_of_the_error(p, q, r, eta, penalty):
    e = abs(r - p @ q)
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def sign_of_the_error(p, q, r, eta, penalty):
    e = np.sign(r - p @ q)
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def penalty_not_times_vector(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * q - penalty), q + eta * (e * p - penalty)


def penalty_times_sign(p, q, r, eta, penalty):
    e = r - p @ q
    new_p = p + eta * (e * q - penalty * np.sign(p))
    return new_p, q + eta * (e * p - penalty * np.sign(q))


def penalty_times_squared_length(p, q, r, eta, penalty):
    e = r - p @ q
    new_p = p + eta * (e * q - penalty * (p @ p))
    return new_p, q + eta * (e * p - penalty * (q @ q))


def penalty_times_length(p, q, r, eta, penalty):
    e = r - p @ q
    new_p = p + eta * (e * q - penalty * np.sqrt(p @ p))
    return new_p, q + eta * (e * p - penalty * np.sqrt(q @ q))


def penalty_times_squares(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * q - penalty * p**2), q + eta * (e * p - penalty * q**2)


def penalty_after_the_step(p, q, r, eta, penalty):
    new_p, new_q = sgd_step(p, q, r, eta, 0)
    return new_p * (1 - eta * penalty), new_q * (1 - eta * penalty)


def penalty_times_error(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * e * (q - penalty * p), q + eta * e * (p - penalty * q)


def factor_two_of_the_error(p, q, r, eta, penalty):
    e = 2 * (r - p @ q)
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def factor_two_of_the_penalty(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, 2 * penalty)


def half_the_penalty(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, penalty / 2)


def no_step_size(p, q, r, eta, penalty):
    return sgd_step(p, q, r, 1, penalty)


def whole_vector_times_step_size(p, q, r, eta, penalty):
    e = r - p @ q
    return eta * (p + e * q - penalty * p), eta * (q + e * p - penalty * q)


def q_stays(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, penalty)[0], q


def only_new_p(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, penalty)[0]


def q_returned_first(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, penalty)[::-1]


def new_error(p, q, r, eta, penalty):
    return r - np.dot(*sgd_step(p, q, r, eta, penalty))


def no_penalty_and_new_p(p, q, r, eta, penalty):
    return q_moves_with_new_p(p, q, r, eta, 0)


def p_stays(p, q, r, eta, penalty):
    return p, sgd_step(p, q, r, eta, penalty)[1]


def nothing_moves(p, q, r, eta, penalty):
    return p, q


def half_step(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta / 2, penalty)


def eta_of_the_example(p, q, r, eta, penalty):
    return sgd_step(p, q, r, 0.1, penalty)


def eta_of_the_chapter(p, q, r, eta, penalty):
    return sgd_step(p, q, r, 0.01, penalty)


def penalty_of_the_example(p, q, r, eta, penalty):
    return sgd_step(p, q, r, eta, 0.5)


def both_of_the_example(p, q, r, eta, penalty):
    return sgd_step(p, q, r, 0.1, 0.5)


def penalty_times_p_in_the_error(p, q, r, eta, penalty):
    e = r - p @ q - penalty * p
    return p + eta * e * q, q + eta * e * p


def own_penalty_in_each_error(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e - penalty * p) * q, q + eta * (e - penalty * q) * p


def lengths_taken_from_the_error(p, q, r, eta, penalty):
    e = r - p @ q - penalty * (p @ p + q @ q)
    return p + eta * e * q, q + eta * e * p


def lengths_added_to_the_error(p, q, r, eta, penalty):
    e = r - p @ q + penalty * (p @ p + q @ q)
    return p + eta * e * q, q + eta * e * p


def lengths_in_the_error_and_penalty(p, q, r, eta, penalty):
    e = r - p @ q - penalty * (p @ p + q @ q)
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def lengths_added_and_penalty(p, q, r, eta, penalty):
    e = r - p @ q + penalty * (p @ p + q @ q)
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


# --------------------------------------------------------------------------- mf.4


def _scores(P, Q, temperature):
    lengths = np.linalg.norm(P, axis=1)[:, None] * np.linalg.norm(Q, axis=1)
    return P @ Q.T / lengths / temperature


def _log_pi(scores, axis=1):
    scores = scores - scores.max()
    return scores - np.log(np.exp(scores).sum(axis=axis, keepdims=True))


def _cost(scores, taken, axis=1):
    return -_log_pi(scores, axis)[np.arange(len(taken)), taken].mean()


def choice_loss(P, Q, taken, temperature):
    """The loss of (7.4) with the scores of (7.5), where each person took one film.

    P: (people, d); Q: (films, d); taken: (people,), whole numbers, each a row of Q: the
    film that the person took.
    Returns a scalar tensor: the mean of the people's losses.
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


def only_people_divided(P, Q, taken, temperature):
    scores = P / np.linalg.norm(P, axis=1, keepdims=True) @ Q.T
    return _cost(scores / temperature, taken)


def columns_divided(P, Q, taken, temperature):
    scores = P / np.linalg.norm(P, axis=0) @ (Q / np.linalg.norm(Q, axis=0)).T
    return _cost(scores / temperature, taken)


def whole_tables_divided(P, Q, taken, temperature):
    scores = P @ Q.T / np.linalg.norm(P) / np.linalg.norm(Q)
    return _cost(scores / temperature, taken)


def inner_product_without_temperature(P, Q, taken, temperature):
    return _cost(P @ Q.T, taken)


def temperature_twice(P, Q, taken, temperature):
    return _cost(_scores(P, Q, temperature**2), taken)


def temperature_after_the_softmax(P, Q, taken, temperature):
    return _cost(_scores(P, Q, 1), taken) + np.log(temperature)


def loss_divided_by_temperature(P, Q, taken, temperature):
    return _cost(_scores(P, Q, 1), taken) / temperature


def softmax_twice(P, Q, taken, temperature):
    return _cost(np.exp(_log_pi(_scores(P, Q, temperature))), taken)


def mean_over_all_cells(P, Q, taken, temperature):
    return choice_loss(P, Q, taken, temperature) / len(Q)


def everybodys_films(P, Q, taken, temperature):
    return -_log_pi(_scores(P, Q, temperature))[:, taken].mean()


def all_films_taken(P, Q, taken, temperature):
    return -_log_pi(_scores(P, Q, temperature)).sum(axis=1).mean()


def mean_of_all_logarithms(P, Q, taken, temperature):
    return -_log_pi(_scores(P, Q, temperature)).mean()


def most_probable_film(P, Q, taken, temperature):
    return -_log_pi(_scores(P, Q, temperature)).max(axis=1).mean()


def entropy(P, Q, taken, temperature):
    log_pi = _log_pi(_scores(P, Q, temperature))
    return -(np.exp(log_pi) * log_pi).sum(axis=1).mean()


def taken_not_in_the_sum(P, Q, taken, temperature):
    scores = _scores(P, Q, temperature)
    own = scores[np.arange(len(taken)), taken]
    others = np.exp(scores).sum(axis=1) - np.exp(own)
    return (np.log(others) - own).mean()


def sigmoid_of_the_taken(P, Q, taken, temperature):
    scores = _scores(P, Q, temperature)[np.arange(len(taken)), taken]
    return np.log(1 + np.exp(-scores)).mean()


def yes_or_no_for_each_film(P, Q, taken, temperature):
    scores = _scores(P, Q, temperature)
    own = scores[np.arange(len(taken)), taken]
    return (np.log(1 + np.exp(scores)).sum() - own.sum()) / scores.size


def one_minus_probability(P, Q, taken, temperature):
    return 1 + probability_not_logarithm(P, Q, taken, temperature)


def logarithm_without_minus(P, Q, taken, temperature):
    return -choice_loss(P, Q, taken, temperature)


def logarithm_to_base_2(P, Q, taken, temperature):
    return choice_loss(P, Q, taken, temperature) / np.log(2)


def logarithm_to_base_10(P, Q, taken, temperature):
    return choice_loss(P, Q, taken, temperature) / np.log(10)


def no_exponential(P, Q, taken, temperature):
    scores = _scores(P, Q, temperature)
    shares = scores / scores.sum(axis=1, keepdims=True)
    return -np.log(shares[np.arange(len(taken)), taken]).mean()


def no_exponential_over_everything(P, Q, taken, temperature):
    scores = _scores(P, Q, temperature)
    return -np.log(scores[np.arange(len(taken)), taken] / scores.sum()).mean()


def logarithm_of_the_score(P, Q, taken, temperature):
    scores = _scores(P, Q, temperature)
    return -np.log(scores[np.arange(len(taken)), taken]).mean()


def logarithm_of_the_cosine(P, Q, taken, temperature):
    return logarithm_of_the_score(P, Q, taken, 1)


def films_of_the_batch_only(P, Q, taken, temperature):
    return _cost(_scores(P, Q[taken], temperature), np.arange(len(taken)))


def softmax_for_the_length(P, Q, taken, temperature):
    scores = np.exp(_log_pi(P)) @ np.exp(_log_pi(Q)).T
    return _cost(scores / temperature, taken)


def softmax_of_the_people(P, Q, taken, temperature):
    return _cost(np.exp(_log_pi(P)) @ Q.T / temperature, taken)


def softmax_of_the_people_before_the_cosine(P, Q, taken, temperature):
    return choice_loss(np.exp(_log_pi(P)), Q, taken, temperature)


def everything_and_mean_of_all(P, Q, taken, temperature):
    return -_log_pi(_scores(P, Q, temperature), axis=(0, 1)).mean()


def everything_and_sum(P, Q, taken, temperature):
    return softmax_over_everything(P, Q, taken, temperature) * len(taken)


def divided_by_the_numbers_of_the_films(P, Q, taken, temperature):
    return sum_over_people(P, Q, taken, temperature) / taken.sum()


# --------------------------------------------------------------------------- mf.5


def biased_step(mean, b_u, b_i, p, q, r, eta):
    """One step for the prediction mean + b_u + b_i + p @ q, without a penalty.

    mean, b_u, b_i, r, eta: numbers; p, q: (d,). The 2 of the square is in eta.
    Returns the new b_u, b_i, p and q (arrays of floats, also for arrays of integers);
    the mean stays.
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


def person_bias_forgotten(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_i + p @ q)
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def film_bias_forgotten(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + p @ q)
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def product_forgotten(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i)
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def parentheses_forgotten(mean, b_u, b_i, p, q, r, eta):
    e = r - mean + b_u + b_i + p @ q
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def products_not_added(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p * q)
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def sum_cut_to_stars(mean, b_u, b_i, p, q, r, eta):
    e = r - np.clip(mean + b_u + b_i + p @ q, 1, 5)
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def biased_error_squared(mean, b_u, b_i, p, q, r, eta):
    e = (r - (mean + b_u + b_i + p @ q)) ** 2
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def biased_factor_two(mean, b_u, b_i, p, q, r, eta):
    return biased_step(mean, b_u, b_i, p, q, r, 2 * eta)


def biased_no_step_size(mean, b_u, b_i, p, q, r, eta):
    return biased_step(mean, b_u, b_i, p, q, r, 1)


def biases_times_themselves(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    return b_u + eta * e * b_u, b_i + eta * e * b_i, p + eta * e * q, q + eta * e * p


def biases_exchanged(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return new_i, new_u, new_p, new_q


def biases_move_d_times(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    many = len(p) * eta * e
    return b_u + many, b_i + many, p + eta * e * q, q + eta * e * p


def vectors_stay(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, _, _ = biased_step(mean, b_u, b_i, p, q, r, eta)
    return new_u, new_i, p, q


def vectors_along_themselves(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    return b_u + eta * e, b_i + eta * e, p + eta * e * p, q + eta * e * q


def vectors_with_new_error(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, _, _ = biased_step(mean, b_u, b_i, p, q, r, eta)
    e = r - (mean + new_u + new_i + p @ q)
    return new_u, new_i, p + eta * e * q, q + eta * e * p


def new_error_after_each_bias(mean, b_u, b_i, p, q, r, eta):
    b_u = b_u + eta * (r - (mean + b_u + b_i + p @ q))
    b_i = b_i + eta * (r - (mean + b_u + b_i + p @ q))
    e = r - (mean + b_u + b_i + p @ q)
    return b_u, b_i, p + eta * e * q, q + eta * e * p


def new_error_after_everything(mean, b_u, b_i, p, q, r, eta):
    b_u = b_u + eta * (r - (mean + b_u + b_i + p @ q))
    b_i = b_i + eta * (r - (mean + b_u + b_i + p @ q))
    p = p + eta * (r - (mean + b_u + b_i + p @ q)) * q
    return b_u, b_i, p, q + eta * (r - (mean + b_u + b_i + p @ q)) * p


def mean_returned_too(mean, b_u, b_i, p, q, r, eta):
    return (mean, *biased_step(mean, b_u, b_i, p, q, r, eta))


def mean_moves_too(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    return (mean + eta * e, *biased_step(mean, b_u, b_i, p, q, r, eta))


def vectors_returned_first(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return new_p, new_q, new_u, new_i


def vectors_exchanged(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return new_u, new_i, new_q, new_p


def only_the_moves(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    return eta * e, eta * e, eta * e * q, eta * e * p


def own_residuals(mean, b_u, b_i, p, q, r, eta):
    _, _, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return b_u + eta * (r - mean - b_u), b_i + eta * (r - mean - b_i), new_p, new_q


def own_residual_of_the_person(mean, b_u, b_i, p, q, r, eta):
    _, *others = biased_step(mean, b_u, b_i, p, q, r, eta)
    return b_u + eta * (r - mean - b_u), *others


def own_residual_of_the_film(mean, b_u, b_i, p, q, r, eta):
    new_u, _, *vectors = biased_step(mean, b_u, b_i, p, q, r, eta)
    return new_u, b_i + eta * (r - mean - b_i), *vectors


def own_residuals_and_product_alone(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, _, _ = own_residuals(mean, b_u, b_i, p, q, r, eta)
    e = r - p @ q
    return new_u, new_i, p + eta * e * q, q + eta * e * p


def own_residuals_and_mean_with_product(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, _, _ = own_residuals(mean, b_u, b_i, p, q, r, eta)
    e = r - mean - p @ q
    return new_u, new_i, p + eta * e * q, q + eta * e * p


def residuals_one_after_the_other(mean, b_u, b_i, p, q, r, eta):
    new_u = b_u + eta * (r - mean - b_u)
    new_i = b_i + eta * (r - mean - b_u - b_i)
    e = r - (mean + b_u + b_i + p @ q)
    return new_u, new_i, p + eta * e * q, q + eta * e * p


def bias_error_without_product(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i)
    _, _, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return b_u + eta * e, b_i + eta * e, new_p, new_q


def biased_half_step(mean, b_u, b_i, p, q, r, eta):
    return biased_step(mean, b_u, b_i, p, q, r, eta / 2)


def penalty_of_a_half_kept(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    half = 0.5 * eta
    return new_u - half * b_u, new_i - half * b_i, new_p - half * p, new_q - half * q


def penalty_of_a_tenth_kept(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    part = 0.1 * eta
    return new_u - part * b_u, new_i - part * b_i, new_p - part * p, new_q - part * q


def biases_times_rating(mean, b_u, b_i, p, q, r, eta):
    e = eta * (r - (mean + b_u + b_i + p @ q))
    return b_u + e * (r - mean), b_i + e * (r - mean), p + e * q, q + e * p


def biases_times_mean(mean, b_u, b_i, p, q, r, eta):
    e = eta * (r - (mean + b_u + b_i + p @ q))
    return b_u + e * mean, b_i + e * mean, p + e * q, q + e * p


def error_of_the_mean_alone(mean, b_u, b_i, p, q, r, eta):
    e = eta * (r - mean)
    return b_u + e, b_i + e, p + e * q, q + e * p


def rating_as_biases(mean, b_u, b_i, p, q, r, eta):
    _, _, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return r - mean, r - mean, new_p, new_q


def residuals_as_biases(mean, b_u, b_i, p, q, r, eta):
    _, _, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return r - mean - b_i, r - mean - b_u, new_p, new_q


def vectors_times_one_more(mean, b_u, b_i, p, q, r, eta):
    e = eta * (r - (mean + b_u + b_i + p @ q))
    return b_u + e, b_i + e, p + e * (q + 1), q + e * (p + 1)


def vectors_times_vector_and_bias(mean, b_u, b_i, p, q, r, eta):
    e = eta * (r - (mean + b_u + b_i + p @ q))
    return b_u + e, b_i + e, p + e * (q + b_i), q + e * (p + b_u)


def biases_times_other_and_one(mean, b_u, b_i, p, q, r, eta):
    e = eta * (r - (mean + b_u + b_i + p @ q))
    return b_u + e * (b_i + 1), b_i + e * (b_u + 1), p + e * q, q + e * p


def biases_times_own_and_one(mean, b_u, b_i, p, q, r, eta):
    e = eta * (r - (mean + b_u + b_i + p @ q))
    return b_u + e * (b_u + 1), b_i + e * (b_i + 1), p + e * q, q + e * p


def biases_move_by_one(mean, b_u, b_i, p, q, r, eta):
    _, _, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    return b_u + 1, b_i + 1, new_p, new_q


def error_forgotten(mean, b_u, b_i, p, q, r, eta):
    return b_u + eta, b_i + eta, p + eta * q, q + eta * p


def parentheses_after_b_u(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u) + b_i + p @ q
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def parentheses_after_b_i(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i) + p @ q
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p


def biases_stay_and_new_p(mean, b_u, b_i, p, q, r, eta):
    _, _, new_p, new_q = q_with_new_p(mean, b_u, b_i, p, q, r, eta)
    return b_u, b_i, new_p, new_q


def mean_forgotten_and_new_p(mean, b_u, b_i, p, q, r, eta):
    return q_with_new_p(0, b_u, b_i, p, q, r, eta)


def biases_with_new_error(mean, b_u, b_i, p, q, r, eta):
    _, _, new_p, new_q = biased_step(mean, b_u, b_i, p, q, r, eta)
    e = r - (mean + b_u + b_i + new_p @ new_q)
    return b_u + eta * e, b_i + eta * e, new_p, new_q


def new_error_and_new_p(mean, b_u, b_i, p, q, r, eta):
    new_u, new_i, _, _ = biased_step(mean, b_u, b_i, p, q, r, eta)
    e = r - (mean + new_u + new_i + p @ q)
    new_p = p + eta * e * q
    return new_u, new_i, new_p, q + eta * e * new_p


def new_error_after_each_bias_and_new_p(mean, b_u, b_i, p, q, r, eta):
    b_u, b_i, new_p, _ = new_error_after_each_bias(mean, b_u, b_i, p, q, r, eta)
    return b_u, b_i, new_p, q + eta * (r - (mean + b_u + b_i + p @ q)) * new_p


def new_error_each_time_vectors_first(mean, b_u, b_i, p, q, r, eta):
    p = p + eta * (r - (mean + b_u + b_i + p @ q)) * q
    q = q + eta * (r - (mean + b_u + b_i + p @ q)) * p
    b_u = b_u + eta * (r - (mean + b_u + b_i + p @ q))
    return b_u, b_i + eta * (r - (mean + b_u + b_i + p @ q)), p, q


def new_error_each_time_and_old_p(mean, b_u, b_i, p, q, r, eta):
    old = p
    b_u, b_i, p, _ = new_error_after_everything(mean, b_u, b_i, p, q, r, eta)
    return b_u, b_i, p, q + eta * (r - (mean + b_u + b_i + p @ q)) * old


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
                np.array([[4.0, 4, 3, 5, 2.5], [4, 3, 0, 2, 4]]),
                np.array([[0.0, 1], [2, 0]]),
                np.array([[1.75, 0.5, 0, 0, 2.4], [3.5, 3.4, 2.9, 6, 2.6]]),
            ),
            (
                np.array([[2, 0, 4], [3, 1, 0], [5, 4, 3]]),
                np.array([[1.0, 0.5, 0], [0, 1, 0], [1, 1, 1]]),
                np.array([[1.5, 1, 3.8], [1, 2.9, 1], [3.7, 0, 0]]),
            ),
            (
                np.array([[0, 2, 2, 0], [0, 1, 3, 2], [2, 2, 0, 1], [4, 5, 0, 1]]),
                np.array([[0.0, 0, 1, 0], [1, 0.5, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]),
                np.array([[4.0, 0, 2, 1], [3, 1.5, 2, 1], [1, 3, 2, 2], [3, 2, 2, 2]]),
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
            too_low_only,
            half_a_star_is_equal,
            a_whole_star,
            square_against_half,
            rounded_to_stars,
            cut_to_stars,
            product_into_a_table_like_R,
            cut_to_five_stars,
            cut_at_five_stars,
            known_by_the_product,
            product_not_zero,
            people_with_a_miss,
            films_with_a_miss,
            misses_of_each_person,
            misses_of_each_film,
            number_of_axes,
            number_of_known_cells,
            counts_hits_and_near_holes,
            first_number_left_out,
            product_turned_round,
            cell_by_cell,
            mean_error,
            root_mean_square,
            which_cells,
            number_of_holes,
            all_cells_exactly,
            transpose_in_all_cells,
            transpose_exactly,
            transpose_in_all_cells_exactly,
            turned_round_in_all_cells,
            both_transposed,
            both_transposed_in_all_cells,
            people_transposed,
            people_transposed_in_all_cells,
            cell_by_cell_in_all_cells,
            product_times_stars,
            product_times_stars_exactly,
        ),
    ),
    Question(
        "mf.2",
        "07.G4",
        compare,
        cases=[
            (np.array([-0.03, -0.01, 0.02]), np.array([-0.01, 0.02, 0.03])),
            (
                np.array([-0.5, 0.1, -0.2, 0.0, -0.3, 0.0]),
                np.array([0.1, 0.3, -0.1, 0.2, 0.0, 0.0]),
            ),
            (
                np.array([0.0004, -0.02, 0.003, -0.03, 0.007, -0.0004]),
                np.array([0.02, -0.0004, 0.03, -0.003, 0.01, 0.0002]),
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
            touching_is_ahead,
            touching_is_behind,
            low_end_only,
            sign_of_the_high_end,
            open_is_ahead,
            never_ahead,
            one_end_makes_ahead,
            one_end_makes_behind,
            is_open,
            zero_inside,
            sign_of_the_product,
            signs_added,
            mean_of_the_signs,
            middle_itself,
            first_model_only,
            overlap_with_the_first,
            against_the_high_end_of_the_first,
            high_end_of_the_first,
            answer_of_the_first,
            from_a_thousandth_on,
            from_five_thousandths_on,
            from_a_hundredth_on,
        ),
    ),
    Question(
        "mf.3",
        "07.G2",
        sgd_step,
        apart=True,
        cases=[
            (np.array([1.0]), np.array([2.0]), 5.0, 0.1, 0.5),
            (np.array([0.5, 0.2, 1.3]), np.array([1.0, 1.1, 1.2]), 4.0, 0.01, 0.2),
            (np.array([2.0, -1]), np.array([3.0, -2]), 4.0, 0.1, 0.5),
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
            p_moves_with_new_q,
            new_error_for_q,
            error_of_each_number,
            prediction_cut_to_stars,
            error_squared,
            size_of_the_error,
            sign_of_the_error,
            penalty_not_times_vector,
            penalty_times_sign,
            penalty_times_squared_length,
            penalty_times_length,
            penalty_times_squares,
            penalty_after_the_step,
            penalty_times_error,
            factor_two_of_the_error,
            factor_two_of_the_penalty,
            half_the_penalty,
            no_step_size,
            whole_vector_times_step_size,
            q_stays,
            only_new_p,
            q_returned_first,
            new_error,
            no_penalty_and_new_p,
            p_stays,
            nothing_moves,
            half_step,
            eta_of_the_example,
            eta_of_the_chapter,
            penalty_of_the_example,
            both_of_the_example,
            penalty_times_p_in_the_error,
            own_penalty_in_each_error,
            lengths_taken_from_the_error,
            lengths_added_to_the_error,
            lengths_in_the_error_and_penalty,
            lengths_added_and_penalty,
        ),
        laws={
            "cuts_whole_numbers": lambda f: _keeps_fractions(
                f, np.array([1, 3]), np.array([2, 1]), 3.0, 0.1, 0.5
            ),
            "takes_a_step_downhill": lambda f: all(
                abs(r - np.dot(*f(p, q, r, 0.01, 0.0))) < abs(r - p @ q)
                for p, q, r in [
                    (np.array([0.5, 1.0]), np.array([1.0, 0.2]), 3.0),
                    (np.array([2.0, 1.0]), np.array([1.0, 2.0]), 1.0),
                ]
            ),
        },
    ),
    Question(
        "mf.4",
        "07.G3",
        choice_loss,
        cases=[
            (
                np.array([[3.0, 4.0], [0.0, 2.0]]),
                np.array([[4.0, 3.0], [0.0, 1.0], [-3.0, 4.0]]),
                np.array([0, 2]),
                0.5,
            ),
            (
                np.array([[0.3, 1.2], [2.0, 0.4], [-0.1, 1.0]]),
                np.array([[1.0, 0.2], [-0.3, 0.7], [0.4, -0.9], [1.5, 2.0]]),
                np.array([1, 0, 3]),
                0.25,
            ),
            (
                np.array([[1.0, 0, -1, 2], [0.5, 1, 1.5, 0]]),
                np.array([[1.0, 1, 0, 0], [0, -1, 1, 1], [2, 0, 1, 1]]),
                np.array([2, 0]),
                0.8,
            ),
        ],
        tensors=True,
        gradient=(0, 1),
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
            only_people_divided,
            columns_divided,
            whole_tables_divided,
            inner_product_without_temperature,
            temperature_twice,
            temperature_after_the_softmax,
            loss_divided_by_temperature,
            softmax_twice,
            mean_over_all_cells,
            everybodys_films,
            all_films_taken,
            mean_of_all_logarithms,
            most_probable_film,
            entropy,
            taken_not_in_the_sum,
            sigmoid_of_the_taken,
            yes_or_no_for_each_film,
            one_minus_probability,
            logarithm_without_minus,
            logarithm_to_base_2,
            logarithm_to_base_10,
            no_exponential,
            no_exponential_over_everything,
            logarithm_of_the_score,
            logarithm_of_the_cosine,
            films_of_the_batch_only,
            softmax_for_the_length,
            softmax_of_the_people,
            softmax_of_the_people_before_the_cosine,
            everything_and_mean_of_all,
            everything_and_sum,
            divided_by_the_numbers_of_the_films,
        ),
    ),
    Question(
        "mf.5",
        "07.G2",
        biased_step,
        apart=True,
        cases=[
            (3.5, 0.5, -0.4, np.array([1.0, 2]), np.array([0.4, -0.1]), 5.0, 0.1),
            (3.0, -0.4, 0.3, np.array([0.5, 1]), np.array([1.0, -0.2]), 2.0, 0.05),
            (3.5, 0.5, 0.4, np.array([2.0, -1, 0]), np.array([1.0, 1, 3]), 4.0, 0.1),
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
            person_bias_forgotten,
            film_bias_forgotten,
            product_forgotten,
            parentheses_forgotten,
            products_not_added,
            sum_cut_to_stars,
            biased_error_squared,
            biased_factor_two,
            biased_no_step_size,
            biases_times_themselves,
            biases_exchanged,
            biases_move_d_times,
            vectors_stay,
            vectors_along_themselves,
            vectors_with_new_error,
            new_error_after_each_bias,
            new_error_after_everything,
            mean_returned_too,
            mean_moves_too,
            vectors_returned_first,
            vectors_exchanged,
            only_the_moves,
            own_residuals,
            own_residual_of_the_person,
            own_residual_of_the_film,
            own_residuals_and_product_alone,
            own_residuals_and_mean_with_product,
            residuals_one_after_the_other,
            bias_error_without_product,
            biased_half_step,
            penalty_of_a_half_kept,
            penalty_of_a_tenth_kept,
            biases_times_rating,
            biases_times_mean,
            error_of_the_mean_alone,
            rating_as_biases,
            residuals_as_biases,
            vectors_times_one_more,
            vectors_times_vector_and_bias,
            biases_times_other_and_one,
            biases_times_own_and_one,
            biases_move_by_one,
            error_forgotten,
            parentheses_after_b_u,
            parentheses_after_b_i,
            biases_stay_and_new_p,
            mean_forgotten_and_new_p,
            biases_with_new_error,
            new_error_and_new_p,
            new_error_after_each_bias_and_new_p,
            new_error_each_time_vectors_first,
            new_error_each_time_and_old_p,
        ),
        laws={
            "cuts_vectors_of_whole_numbers": lambda f: _keeps_fractions(
                f, 3.5, 0.5, -0.2, np.array([1, 3]), np.array([2, -1]), 5.0, 0.1
            )
        },
    ),
]
