"""Chapter 09: attention."""

from __future__ import annotations

import math

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "09.T1",
        "09.G1",
        ("my_weights",),
        ((0.0900, 0.6652, 0.2447),),
        wrong={
            "weights_of_space": ((0.6652, 0.0900, 0.2447),),
            "scores": ((0, 2, 1),),
            "exponentials": ((1, 7.389, 2.718),),
            "scores_divided": ((0, 0.6667, 0.3333),),
            "equal_weights": ((0.3333, 0.3333, 0.3333),),
            "with_the_root": ((0.1397, 0.5746, 0.2833),),
            "from_the_last": ((0.2447, 0.6652, 0.0900),),
            "weighted_sum": ((0.4247, 1.5753),),
            "largest_is_one": ((0.1353, 1, 0.3679),),
            "cosines": ((0.1740, 0.4731, 0.3529),),
            "loudest_first": ((0.6652, 0.2447, 0.0900),),
            "per_cent": ((9.00, 66.52, 24.47),),
            "whole_per_cent": ((9, 67, 24),),
            "one_digit": ((0.1, 0.7, 0.2),),
        },
    ),
    Blank(
        "09.T2",
        "09.G2",
        ("mask",),
        (np.tri(4, dtype=bool),),
        wrong={
            "sees_the_future": (np.tri(4, dtype=bool).T,),
            "not_itself": (np.tri(4, k=-1, dtype=bool),),
            "sees_the_next": (np.tri(4, k=1, dtype=bool),),
            "turned_round": (~np.tri(4, dtype=bool),),
            "itself_only": (np.eye(4, dtype=bool),),
            "no_mask": (np.ones((4, 4), dtype=bool),),
            "one_value": (True,),
            "numbers_to_add": (np.where(np.tri(4, dtype=bool), 0, -np.inf),),
            "large_numbers_to_add": (np.where(np.tri(4, dtype=bool), 0, -1e9),),
            "five_columns": (np.tri(4, 5, dtype=bool),),
            "five_by_five": (np.tri(5, dtype=bool),),
            "three_by_three": (np.tri(3, dtype=bool),),
        },
    ),
    Blank(
        "09.T3",
        "09.G3",
        ("states", "queries_", "weights_"),
        ((64, 50, 64), (64, 2, 50, 32), (64, 2, 50, 50)),
        wrong={
            "heads_not_cut": (None, (64, 2, 50, 64), None),
            "heads_behind_places": (None, (64, 50, 2, 32), (64, 2, 50, 50)),
            "heads_in_front": (None, (2, 64, 50, 32), None),
            "queries_without_heads": (None, (64, 50, 64), (64, 2, 50, 50)),
            "no_heads": (None, (64, 50, 64), (64, 50, 50)),
            "one_weight_matrix": (None, (64, 2, 50, 32), (64, 50, 50)),
            "weights_by_numbers": (None, None, (64, 2, 50, 32)),
            "numbers_ask_numbers": (None, None, (64, 2, 32, 32)),
            "one_window": ((50, 64), (2, 50, 32), (2, 50, 50)),
            "number_of_weights": (None, None, 320_000),
            "places_in_front": ((50, 64, 64), None, None),
            "places_at_the_end": ((64, 64, 50), None, None),
            "one_head_alone": (None, (64, 50, 32), None),
            "heads_at_the_end": (None, None, (64, 50, 50, 2)),
            "one_weight_for_each_place": (None, None, (64, 2, 50)),
            "heads_behind_places_twice": (None, (64, 50, 2, 32), (64, 50, 2, 50)),
            "states_cut": ((64, 2, 50, 32), None, None),
        },
    ),
]


# ---------------------------------------------------------------------- attention.1


def pair_scores(X, Y):
    """How well does each film of a history fit each candidate? Inner products.

    X: (T, d), a row for each film of the history; Y: (N, d), a row for each candidate.
    Returns (T, N): a row for each film, a column for each candidate.
    """
    return X @ Y.T


def _softmax(scores, axis):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def as_published(X, Y):
    return X.T @ Y


def without_transpose(X, Y):
    return X @ Y


def candidates_are_rows(X, Y):
    return Y @ X.T


def first_with_first(X, Y):
    return np.array([x @ y for x, y in zip(X, Y, strict=False)])


def products_not_added(X, Y):
    return X[:, None] * Y


def candidates_added_up(X, Y):
    return (X[:, None] * Y).sum(axis=1)


def one_score_for_each_candidate(X, Y):
    return (X @ Y.T).sum(axis=0)


def mean_of_the_history(X, Y):
    return X.mean(axis=0) @ Y.T


def last_film_only(X, Y):
    return X[-1] @ Y.T


def cosines(X, Y):
    lengths = np.linalg.norm(X, axis=1)[:, None] * np.linalg.norm(Y, axis=1)
    return X @ Y.T / lengths


def divided_by_root(X, Y):
    return X @ Y.T / X.shape[1] ** 0.5


def distances(X, Y):
    return np.linalg.norm(X[:, None] - Y, axis=2)


def shares_of_candidates(X, Y):
    return _softmax(X @ Y.T, axis=1)


def shares_of_films(X, Y):
    return _softmax(X @ Y.T, axis=0)


def shares_of_all_pairs(X, Y):
    return _softmax(X @ Y.T, axis=None)


def sigmoids(X, Y):
    return 1 / (1 + np.exp(-(X @ Y.T)))


def as_it_fits(X, Y):
    return X @ Y if len(Y) == X.shape[1] else X @ Y.T


def candidates_reshaped(X, Y):
    return X @ Y.reshape(Y.shape[::-1])


def scores_reshaped(X, Y):
    return (Y @ X.T).reshape(len(X), len(Y))


def last_number_only(X, Y):
    return X[:, -1:] * Y[:, -1]


def first_number_left_out(X, Y):
    return X[:, 1:] @ Y[:, 1:].T


def last_number_left_out(X, Y):
    return X[:, :-1] @ Y[:, :-1].T


def sums_multiplied(X, Y):
    return np.outer(X.sum(axis=1), Y.sum(axis=1))


def mean_over_numbers(X, Y):
    return X @ Y.T / X.shape[1]


def _centred(table):
    return table - table.mean(axis=1, keepdims=True)


def rows_centred(X, Y):
    return _centred(X) @ _centred(Y).T


def correlations(X, Y):
    return cosines(_centred(X), _centred(Y))


def squared_distances(X, Y):
    return distances(X, Y) ** 2


def minus_distances(X, Y):
    return -distances(X, Y)


def minus_squared_distances(X, Y):
    return -squared_distances(X, Y)


def history_with_itself(X, Y):
    return X @ X.T


def number_by_number(X, Y):
    return X * Y


def all_numbers_with_all(X, Y):
    return np.outer(X, Y)


def whole_numbers(X, Y):
    return (X @ Y.T).astype(int)


def whole_like_the_history(X, Y):
    return (X @ Y.T).astype(X.dtype)


def one_row_is_no_table(X, Y):
    return (X @ Y.T).squeeze()


def two_numbers_only(X, Y):
    return X[:, :2] @ Y[:, :2].T


def negative_scores_made_zero(X, Y):
    return np.maximum(X @ Y.T, 0)


def first_film_only(X, Y):
    return X[0] @ Y.T


def best_candidates(X, Y):
    return (X @ Y.T).argmax(axis=1)


# ---------------------------------------------------------------------- attention.2


def pays_from(people, model, rules):
    """From how many people on is the model ahead of the rules, and stays ahead?

    people: (n,), sizes, from small to large; model, rules: (n,), NDCG@10 of both.
    Ahead means higher; equal is not ahead.
    Returns two sizes: the largest at which the model is not ahead (nan if it is ahead
    at all sizes), and the next one (nan if it is not ahead at the last size).
    """
    behind = np.flatnonzero(model <= rules)
    if not len(behind):
        return np.nan, people[0]
    last = behind[-1]
    return people[last], people[last + 1] if last + 1 < len(people) else np.nan


def _around(people, first):
    """The size before a place, and the size at it."""
    before = people[first - 1] if first else np.nan
    return before, people[first] if first < len(people) else np.nan


def first_time_ahead(people, model, rules):
    ahead = np.flatnonzero(model > rules)
    return _around(people, ahead[0] if len(ahead) else len(people))


def level_is_ahead(people, model, rules):
    return pays_from(people, model, np.where(model == rules, -1.0, rules))


def rules_ahead(people, model, rules):
    return pays_from(people, rules, model)


def places_not_sizes(people, model, rules):
    return pays_from(np.arange(len(people)), model, rules)


def places_from_one(people, model, rules):
    return pays_from(np.arange(len(people)) + 1, model, rules)


def values_of_the_model(people, model, rules):
    return pays_from(model, model, rules)


def leads_not_sizes(people, model, rules):
    return pays_from(model - rules, model, rules)


def largest_lead(people, model, rules):
    return _around(people, int((model - rules).argmax()))


def one_size_too_early(people, model, rules):
    behind = np.flatnonzero(model <= rules)
    return _around(people, behind[-1] if len(behind) else 0)


def ends_exchanged(people, model, rules):
    return pays_from(people, model, rules)[::-1]


def counts_sizes(people, model, rules):
    return (model <= rules).sum(), (model > rules).sum()


def smallest_of_each(people, model, rules):
    behind, ahead = people[model <= rules], people[model > rules]
    return behind[0] if len(behind) else np.nan, ahead[0] if len(ahead) else np.nan


def largest_of_each(people, model, rules):
    behind, ahead = people[model <= rules], people[model > rules]
    return behind[-1] if len(behind) else np.nan, ahead[-1] if len(ahead) else np.nan


def nan_twice(people, model, rules):
    last, later = pays_from(people, model, rules)
    return last, np.nan if np.isnan(last) else later


def numbers_for_nan(people, model, rules):
    last, later = pays_from(people, model, rules)
    return 0 if np.isnan(last) else last, np.inf if np.isnan(later) else later


def ends_not_looked_after(people, model, rules):
    last = np.flatnonzero(model <= rules)[-1]
    return people[last], people[last + 1]


def wraps_round(people, model, rules):
    behind = np.flatnonzero(model <= rules)
    last = behind[-1] if len(behind) else -1
    return people[last], people[(last + 1) % len(people)]


def first_crossing(people, model, rules):
    ahead = model > rules
    up = np.flatnonzero(~ahead[:-1] & ahead[1:])
    return _around(people, up[0] + 1) if len(up) else pays_from(people, model, rules)


def last_crossing(people, model, rules):
    ahead = model > rules
    places = np.flatnonzero(ahead[:-1] != ahead[1:])
    if not len(places):
        return pays_from(people, model, rules)
    return _around(people, places[-1] + 1)


def first_true_of_argmax(people, model, rules):
    return _around(people, (model > rules).argmax())


def last_behind_first_ahead(people, model, rules):
    ahead = people[model > rules]
    last = pays_from(people, model, rules)[0]
    return last, ahead[0] if len(ahead) else np.nan


def one_size_too_late(people, model, rules):
    behind = np.flatnonzero(model <= rules)
    return _around(people, min(behind[-1] + 2, len(people)) if len(behind) else 1)


def first_size_not_looked_at(people, model, rules):
    return pays_from(people, np.append(np.inf, model[1:]), rules)


def last_size_not_looked_at(people, model, rules):
    return pays_from(people[:-1], model[:-1], rules[:-1])


def nan_twice_at_the_end(people, model, rules):
    last, later = pays_from(people, model, rules)
    return np.nan if np.isnan(later) else last, later


def last_size_twice(people, model, rules):
    last, later = pays_from(people, model, rules)
    return last, last if np.isnan(later) else later


def first_size_twice(people, model, rules):
    last, later = pays_from(people, model, rules)
    return later if np.isnan(last) else last, later


def none_for_nan(people, model, rules):
    return tuple(
        None if np.isnan(one) else one for one in pays_from(people, model, rules)
    )


def last_alone(people, model, rules):
    return pays_from(people, model, rules)[0]


def next_alone(people, model, rules):
    return pays_from(people, model, rules)[1]


def halfway(people, model, rules):
    return np.mean(pays_from(people, model, rules))


def last_size_not_looked_after(people, model, rules):
    behind = np.flatnonzero(model <= rules)
    if not len(behind):
        return np.nan, people[0]
    return people[behind[-1]], people[behind[-1] + 1]


def first_size_not_looked_after(people, model, rules):
    last = np.flatnonzero(model <= rules)[-1]
    return people[last], people[last + 1] if last + 1 < len(people) else np.nan


def level_at_the_end(people, model, rules):
    if model[-1] < rules[-1]:
        return people[-1], np.nan
    return last_size_not_looked_after(people, model, rules)


def level_at_all_sizes(people, model, rules):
    if (model >= rules).all():
        return np.nan, people[0]
    return pays_from(people, model, rules)


def last_crossing_upwards(people, model, rules):
    ahead = model > rules
    up = np.flatnonzero(~ahead[:-1] & ahead[1:])
    return _around(people, up[-1] + 1) if len(up) else pays_from(people, model, rules)


def small_leads_do_not_count(people, model, rules):
    return pays_from(people, model, rules + 0.001)


def where_the_lines_cross(people, model, rules):
    gap = model - rules
    last = np.flatnonzero(gap <= 0)[-1]
    step = (people[last + 1] - people[last]) / (gap[last + 1] - gap[last])
    return people[last] - gap[last] * step


# ---------------------------------------------------------------------- attention.3


def hear(q, keys, values):
    """Attention (9.1) for one query: how loud is each film, and what comes out?

    q: (d,); keys: (S, d); values: (S, n). Scores may lie anywhere from -1,000 to 1,000.
    Returns the weights, (S,), and the weighted sum of the values, (n,).
    """
    scores = keys @ q
    weights = np.exp(scores - scores.max())  # the largest becomes 1: no overflow
    weights /= weights.sum()
    return weights, weights @ values


def overflows(q, keys, values):
    e = np.exp(keys @ q)
    return e / e.sum(), e / e.sum() @ values


def _heard(weights, values):
    return weights, weights @ values


def scores_as_weights(q, keys, values):
    return _heard(keys @ q, values)


def scores_divided_by_sum(q, keys, values):
    scores = keys @ q
    return _heard(scores / scores.sum(), values)


def not_divided(q, keys, values):
    return _heard(np.exp(keys @ q), values)


def largest_is_one(q, keys, values):
    scores = keys @ q
    return _heard(np.exp(scores - scores.max()), values)


def root_of_d(q, keys, values):
    return hear(q / len(q) ** 0.5, keys, values)


def powers_of_two(q, keys, values):
    return hear(q * np.log(2), keys, values)


def key_lengths_divided(q, keys, values):
    lengths = np.linalg.norm(keys, axis=1) * np.linalg.norm(q)
    return _heard(_softmax(keys @ q / lengths, axis=0), values)


def sigmoid_of_each(q, keys, values):
    return _heard(0.5 * (1 + np.tanh(keys @ q / 2)), values)


def far_is_loud(q, keys, values):
    return hear(-q, keys, values)


def loudest_only(q, keys, values):
    return _heard(np.eye(len(keys))[(keys @ q).argmax()], values)


def equal_voices(q, keys, values):
    return hear(q, keys, values)[0], values.mean(axis=0)


def values_added_up(q, keys, values):
    return hear(q, keys, values)[0], values.sum(axis=0)


def mean_of_weighted_values(q, keys, values):
    weights, out = hear(q, keys, values)
    return weights, out / len(keys)


def not_added_up(q, keys, values):
    weights = hear(q, keys, values)[0]
    return weights, weights[:, None] * values


def added_up_over_numbers(q, keys, values):
    weights = hear(q, keys, values)[0]
    return weights, (weights[:, None] * values).sum(axis=1)


def keys_handed_over(q, keys, values):
    return hear(q, keys, keys)


def keys_and_values_changed_places(q, keys, values):
    return hear(q, values, keys)


def keys_not_transposed(q, keys, values):
    return _heard(_softmax(q @ keys, axis=0), values)


def query_comes_back(q, keys, values):
    weights = hear(q, keys, values)[0]
    return weights, weights.sum() * q


def weights_only(q, keys, values):
    return hear(q, keys, values)[0]


def sum_only(q, keys, values):
    return hear(q, keys, values)[1]


def sum_before_weights(q, keys, values):
    return hear(q, keys, values)[::-1]


def too_little_subtracted(q, keys, values):
    e = np.exp(keys @ q - (keys @ q).mean())
    return _heard(e / e.sum(), values)


def too_much_subtracted(q, keys, values):
    e = np.exp(keys @ q - abs(keys @ q).max())
    return _heard(e / e.sum(), values)


def thousand_subtracted(q, keys, values):
    e = np.exp(keys @ q - 1000)
    return _heard(e / e.sum(), values)


def clipped(q, keys, values):
    return _heard(_softmax(np.clip(keys @ q, -500, 500), axis=0), values)


def clipped_above(q, keys, values):
    e = np.exp(np.minimum(keys @ q, 500))
    return _heard(e / e.sum(), values)


def infinity_made_finite(q, keys, values):
    e = np.nan_to_num(np.exp(keys @ q))
    return _heard(e / e.sum(), values)


def nan_made_zero(q, keys, values):
    return _heard(np.nan_to_num(overflows(q, keys, values)[0]), values)


def loudest_only_if_large(q, keys, values):
    large = (keys @ q).max() > 700
    return loudest_only(q, keys, values) if large else overflows(q, keys, values)


def overflow_error(q, keys, values):
    e = np.array([math.exp(score) for score in keys @ q])
    return _heard(e / e.sum(), values)


def divided_by_largest(q, keys, values):
    scores = keys @ q
    return _heard(_softmax(scores / scores.max(), axis=0), values)


def divided_by_largest_size(q, keys, values):
    scores = keys @ q
    return _heard(_softmax(scores / abs(scores).max(), axis=0), values)


def logarithms(q, keys, values):
    scores = keys @ q - (keys @ q).max()
    return _heard(scores - np.log(np.exp(scores).sum()), values)


def sigmoid_shares(q, keys, values):
    shares = sigmoid_of_each(q, keys, values)[0]
    return _heard(shares / shares.sum(), values)


def divided_by_mean(q, keys, values):
    return _heard(hear(q, keys, values)[0] * len(keys), values)


def divided_by_number(q, keys, values):
    return _heard(largest_is_one(q, keys, values)[0] / len(keys), values)


def whole_weights(q, keys, values):
    weights = hear(q, keys, values)[0].astype((keys @ q).dtype)
    return _heard(weights, values)


def whole_sum(q, keys, values):
    weights, out = hear(q, keys, values)
    return weights, out.astype(values.dtype)


def weights_for_columns(q, keys, values):
    weights = hear(q, keys, values)[0]
    return weights, (weights * values).sum(axis=0)


def values_in_front(q, keys, values):
    weights = hear(q, keys, values)[0]
    return weights, values @ weights


def sum_before_division(q, keys, values):
    return hear(q, keys, values)[0], largest_is_one(q, keys, values)[1]


def weights_before_division(q, keys, values):
    return largest_is_one(q, keys, values)[0], hear(q, keys, values)[1]


def sum_before_division_and_overflow(q, keys, values):
    return overflows(q, keys, values)[0], not_divided(q, keys, values)[1]


def scores_in_the_sum(q, keys, values):
    return hear(q, keys, values)[0], keys @ q @ values


def scores_returned(q, keys, values):
    return keys @ q, hear(q, keys, values)[1]


def all_added_up(q, keys, values):
    weights, out = hear(q, keys, values)
    return weights, out.sum()


def value_of_the_loudest(q, keys, values):
    weights = hear(q, keys, values)[0]
    return weights, values[weights.argmax()]


def sign_of_scores_lost(q, keys, values):
    return _heard(_softmax(abs(keys @ q), axis=0), values)


def divided_by_thousand(q, keys, values):
    return hear(q / 1000, keys, values)


def scores_standardised(q, keys, values):
    scores = keys @ q
    return _heard(_softmax((scores - scores.mean()) / scores.std(), axis=0), values)


def scores_from_zero_to_one(q, keys, values):
    scores = keys @ q - (keys @ q).min()
    return _heard(_softmax(scores / scores.max(), axis=0), values)


def rounded_weights(q, keys, values):
    return _heard(hear(q, keys, values)[0].round(2), values)


def as_many_numbers_as_the_query(q, keys, values):
    weights, out = hear(q, keys, values)
    return weights, out[np.arange(len(q))]


# ---------------------------------------------------------------------- attention.4


def listen(Q, K, V, back, real):
    """Attention (9.2) in a window: each place hears itself and a few places before it.

    Q, K: (T, d); V: (T, n); back: how many places before itself a place may hear, 0 or
    more; real: (T,), False where a place is padding. Nobody hears padding, but padding
    may ask, and it may stand anywhere. A place that may hear nobody has the weights 0
    and the output 0. Scores may lie anywhere from -1,000 to 1,000.
    Returns the output, (T, n), and the weights A, (T, T).
    """
    T, d = Q.shape
    t, s = np.arange(T)[:, None], np.arange(T)  # t asks, s may be heard
    allowed = (s <= t) & (s >= t - back) & real
    scores = np.where(allowed, Q @ K.T / d**0.5, -1e9)
    A = np.exp(scores - scores.max(axis=1, keepdims=True))
    A /= A.sum(axis=1, keepdims=True)
    A = np.where(allowed, A, 0)  # for places that may hear nobody
    return A @ V, A


def _scores(Q, K):
    return Q @ K.T / Q.shape[1] ** 0.5


def _steps(T):
    """How many steps before the place t (rows) the place s (columns) stands."""
    return np.arange(T)[:, None] - np.arange(T)


def _band(T, back):
    return (_steps(T) >= 0) & (_steps(T) <= back)


def _masked(scores, allowed, axis=1):
    return np.where(allowed, _softmax(np.where(allowed, scores, -1e9), axis), 0)


def _with(V, A):
    return A @ V, A


def no_end_on_the_left(Q, K, V, back, real):
    return listen(Q, K, V, len(Q), real)


def no_mask(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), np.broadcast_to(real, (len(Q),) * 2)))


def sees_all_the_future(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), (_steps(len(Q)) <= back) & real))


def band_on_both_sides(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), (abs(_steps(len(Q))) <= back) & real))


def mask_transposed(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), _band(len(Q), back).T & real))


def triangle_shifted_right(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), (_steps(len(Q)) >= -back) & real))


def near_places_forbidden(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), (_steps(len(Q)) >= back) & real))


def itself_forbidden(Q, K, V, back, real):
    steps = _steps(len(Q))
    return _with(V, _masked(_scores(Q, K), (steps > 0) & (steps <= back) & real))


def itself_counted(Q, K, V, back, real):
    return listen(Q, K, V, back - 1, real)


def one_place_too_many(Q, K, V, back, real):
    return listen(Q, K, V, back + 1, real)


def padding_heard(Q, K, V, back, real):
    return listen(Q, K, V, back, np.ones_like(real))


def padding_may_not_ask(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), _band(len(Q), back) & real[:, None]))


def padding_hears_itself(Q, K, V, back, real):
    heard = real | np.eye(len(Q), dtype=bool)
    return _with(V, _masked(_scores(Q, K), _band(len(Q), back) & heard))


def padding_has_no_value(Q, K, V, back, real):
    A = padding_heard(Q, K, V, back, real)[1]
    return A @ (V * real[:, None]), A


def zero_for_minus_infinity(Q, K, V, back, real):
    return _with(V, _softmax(_scores(Q, K) * (_band(len(Q), back) & real), 1))


def mask_after_softmax(Q, K, V, back, real):
    return _with(V, _softmax(_scores(Q, K), 1) * (_band(len(Q), back) & real))


def mask_turned_round(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), ~(_band(len(Q), back) & real)))


def no_root(Q, K, V, back, real):
    return listen(Q * Q.shape[1] ** 0.5, K, V, back, real)


def divided_by_d(Q, K, V, back, real):
    return listen(Q / Q.shape[1] ** 0.5, K, V, back, real)


def root_of_places(Q, K, V, back, real):
    return listen(Q * (Q.shape[1] / len(Q)) ** 0.5, K, V, back, real)


def root_of_values(Q, K, V, back, real):
    return listen(Q * (Q.shape[1] / V.shape[1]) ** 0.5, K, V, back, real)


def times_root(Q, K, V, back, real):
    return listen(Q * Q.shape[1], K, V, back, real)


def root_behind_softmax(Q, K, V, back, real):
    return _with(V, no_root(Q, K, V, back, real)[1] / Q.shape[1] ** 0.5)


def softmax_over_columns(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), _band(len(Q), back) & real, axis=0))


def softmax_over_table(Q, K, V, back, real):
    return _with(V, _masked(_scores(Q, K), _band(len(Q), back) & real, axis=(0, 1)))


def keys_ask(Q, K, V, back, real):
    return listen(K, Q, V, back, real)


def values_are_keys(Q, K, V, back, real):
    return listen(Q, V, K, back, real)


def hands_over_keys(Q, K, V, back, real):
    return listen(Q, K, K, back, real)


def weights_transposed(Q, K, V, back, real):
    A = listen(Q, K, V, back, real)[1]
    return A.T @ V, A


def equal_weights_for_nobody(Q, K, V, back, real):
    scores = np.where(_band(len(Q), back) & real, _scores(Q, K), -1e9)
    return _with(V, _softmax(scores, 1))


def nan_for_nobody(Q, K, V, back, real):
    scores = np.where(_band(len(Q), back) & real, _scores(Q, K), -np.inf)
    return _with(V, _softmax(scores, 1))


def too_large(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    e = np.exp(np.where(allowed, _scores(Q, K), -1e9))
    return _with(V, np.where(allowed, e / e.sum(axis=1, keepdims=True), 0))


def output_alone(Q, K, V, back, real):
    return listen(Q, K, V, back, real)[0]


def weights_alone(Q, K, V, back, real):
    return listen(Q, K, V, back, real)[1]


def weights_in_front(Q, K, V, back, real):
    return listen(Q, K, V, back, real)[::-1]


def padding_hears_nobody(Q, K, V, back, real):
    both = real & real[:, None]
    return _with(V, _masked(_scores(Q, K), _band(len(Q), back) & both))


def only_real_places_counted(Q, K, V, back, real):
    number = np.cumsum(real)  # how many real places up to here
    between = (number - real)[:, None] - number + 1  # and how many after s, before t
    near = (_steps(len(Q)) == 0) | (between <= back)
    return _with(V, _masked(_scores(Q, K), (_steps(len(Q)) >= 0) & near & real))


def largest_of_all_subtracted(Q, K, V, back, real):
    A = _softmax(_scores(Q, K), 1) * (_band(len(Q), back) & real)
    sums = A.sum(axis=1, keepdims=True)
    return _with(V, A / np.where(sums > 0, sums, 1))


def shared_again(Q, K, V, back, real):
    A = _softmax(_scores(Q, K), 1) * (_band(len(Q), back) & real)
    return _with(V, A / A.sum(axis=1, keepdims=True))


def largest_of_table_subtracted(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    scores = np.where(allowed, _scores(Q, K), -1e9)
    A = np.exp(scores - scores.max())
    return _with(V, np.where(allowed, A / A.sum(axis=1, keepdims=True), 0))


def not_low_enough(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    A = _softmax(np.where(allowed, _scores(Q, K), -100), 1)
    return _with(V, np.where(allowed, A, 0))


def zero_for_some(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    A = zero_for_minus_infinity(Q, K, V, back, real)[1]
    return _with(V, A * allowed.any(axis=1, keepdims=True))


def zero_before_and_after(Q, K, V, back, real):
    A = zero_for_minus_infinity(Q, K, V, back, real)[1]
    return _with(V, A * (_band(len(Q), back) & real))


def window_after_softmax(Q, K, V, back, real):
    A = no_end_on_the_left(Q, K, V, back, real)[1]
    return _with(V, A * _band(len(Q), back))


def padding_after_softmax(Q, K, V, back, real):
    return _with(V, padding_heard(Q, K, V, back, real)[1] * real)


def itself_counted_but_heard(Q, K, V, back, real):
    return listen(Q, K, V, max(back - 1, 0), real)


def zero_is_no_limit(Q, K, V, back, real):
    return listen(Q, K, V, back or len(Q), real)


def back_with_other_sign(Q, K, V, back, real):
    steps = _steps(len(Q))
    return _with(V, _masked(_scores(Q, K), (steps >= 0) & (steps <= -back) & real))


def slice_from_below_zero(Q, K, V, back, real):
    allowed = np.zeros((len(Q), len(Q)), dtype=bool)
    for t in range(len(Q)):
        allowed[t, t - back : t + 1] = True
    return _with(V, _masked(_scores(Q, K), allowed & real))


def begins_at_the_end(Q, K, V, back, real):
    allowed = np.zeros((len(Q), len(Q)), dtype=bool)
    for t in range(len(Q)):
        for s in range(t - back, t + 1):
            allowed[t, s] = True
    return _with(V, _masked(_scores(Q, K), allowed & real))


def own_scores_for_nobody(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    return _with(V, _softmax(_scores(Q, K) + np.where(allowed, 0, -1e9), 1))


def nobody_hears_itself(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    alone = np.eye(len(Q)) * ~allowed.any(axis=1)
    return _with(V, listen(Q, K, V, back, real)[1] + alone)


def error_for_nobody(Q, K, V, back, real):
    A = listen(Q, K, V, back, real)[1]
    if not A.any(axis=1).all():
        raise ValueError("zero-size array to reduction operation maximum")
    return _with(V, A)


def scores_as_shares(Q, K, V, back, real):
    return _with(V, _scores(Q, K) * (_band(len(Q), back) & real))


def exponentials_not_divided(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    scores = np.where(allowed, _scores(Q, K), -1e9)
    return _with(V, np.exp(scores - scores.max(axis=1, keepdims=True)) * allowed)


def whole_output(Q, K, V, back, real):
    out, A = listen(Q, K, V, back, real)
    return out.astype(V.dtype), A


def _window(T=7, d=3, n=2):
    rng = np.random.default_rng(0)
    return rng.normal(size=(T, d)), rng.normal(size=(T, d)), rng.normal(size=(T, n))


def _moves(f, place, back):
    """Which outputs move when one place of a window has other numbers?"""
    before, after = _window(), _window()
    for table in after:
        table[place] += 1.0
    real = np.ones(len(before[0]), dtype=bool)
    old, new = (np.asarray(f(*tables, back, real)[0]) for tables in (before, after))
    return (abs(new - old).max(axis=1) > 1e-9).tolist()


def padding_only_in_front(Q, K, V, back, real):
    return listen(Q, K, V, back, np.arange(len(real)) >= real.argmax())


def only_padding_heard(Q, K, V, back, real):
    return listen(Q, K, V, back, ~real)


def as_low_as_a_score(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    A = _softmax(np.where(allowed, _scores(Q, K), -1000), 1)
    return _with(V, np.where(allowed, A, 0))


def weights_left_for_nobody(Q, K, V, back, real):
    A = equal_weights_for_nobody(Q, K, V, back, real)[1]
    return listen(Q, K, V, back, real)[0], A


def output_left_for_nobody(Q, K, V, back, real):
    out = equal_weights_for_nobody(Q, K, V, back, real)[0]
    return out, listen(Q, K, V, back, real)[1]


def output_of_padding_is_zero(Q, K, V, back, real):
    out, A = listen(Q, K, V, back, real)
    return out * real[:, None], A


def padding_taken_out_first(Q, K, V, back, real):
    A = np.zeros((len(Q), len(Q)))
    none = np.ones(real.sum(), dtype=bool)
    A[np.ix_(real, real)] = listen(Q[real], K[real], V[real], back, none)[1]
    return _with(V, A)


def scores_clipped(Q, K, V, back, real):
    allowed = _band(len(Q), back) & real
    scores = np.where(allowed, np.clip(_scores(Q, K), -500, 500), -1e9)
    return _with(V, np.where(allowed, _softmax(scores, 1), 0))


def infinite_times_zero(Q, K, V, back, real):
    A = np.exp(_scores(Q, K)) * (_band(len(Q), back) & real)
    sums = A.sum(axis=1, keepdims=True)
    return _with(V, A / np.where(sums > 0, sums, 1))


# ---------------------------------------------------------------------- attention.5


def next_film_loss(states, films, table):
    """The loss (9.5): guess the next film at each place of a batch of windows.

    states: (B, T, d), what each place knows; films: (B, T), the film at each place;
    table: (I + 1, d), a row for each of the I films, and a last row for padding: the
    number I, which fills windows up in front.
    Place t is to guess the film at t + 1, among the I films. The last place has nothing
    to guess, and a place that is padding does not count.
    Returns one number, the mean over all places that count.
    """
    real = films[:, :-1] != len(table) - 1  # (B, T - 1)
    scores = states[:, :-1][real] @ table[:-1].T  # (places, I)
    scores = scores - scores.max(axis=1, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(logs)), films[:, 1:][real]].mean()


def _costs(states, films, table):
    """What each place costs, whose films are right: (..., d) and (...) -> (...)."""
    logs = np.log(_softmax(states @ table.T, axis=-1))
    return -np.take_along_axis(logs, films[..., None], axis=-1)[..., 0]


def _counted(states, films, table, shift=1):
    """What the places cost that count, and which window each belongs to."""
    here, then = films[:, :-shift], films[:, shift:]
    real = here != len(table) - 1
    costs = _costs(states[:, :-shift][real], then[real], table[:-1])
    return costs, np.nonzero(real)[0]


def not_shifted(states, films, table):
    real = films != len(table) - 1
    return _costs(states[real], films[real], table[:-1]).mean()


def shifted_the_wrong_way(states, films, table):
    real = films[:, :-1] != len(table) - 1
    return _costs(states[:, 1:][real], films[:, :-1][real], table[:-1]).mean()


def shifted_by_two(states, films, table):
    return _counted(states, films, table, shift=2)[0].mean()


def first_follows_last(states, films, table):
    then = np.roll(films, -1, axis=1)
    real = (films != len(table) - 1) & (then != len(table) - 1)
    return _costs(states[real], then[real], table[:-1]).mean()


def padding_counts(states, films, table):
    return _costs(states[:, :-1], films[:, 1:], table).mean()


def padding_is_no_row(states, films, table):
    return _costs(states[:, :-1], films[:, 1:], table[:-1]).mean()


def padding_is_a_film(states, films, table):
    real = films[:, :-1] != len(table) - 1
    return _costs(states[:, :-1][real], films[:, 1:][real], table).mean()


def first_film_guessed(states, films, table):
    real = films[:, 1:] != len(table) - 1
    return _costs(states[:, :-1][real], films[:, 1:][real], table[:-1]).mean()


def first_step_left_out(states, films, table):
    real = np.cumsum(films != len(table) - 1, axis=1)[:, :-1] > 1
    return _costs(states[:, :-1][real], films[:, 1:][real], table[:-1]).mean()


def divided_by_all_places(states, films, table):
    return _counted(states, films, table)[0].sum() / films.size


def divided_by_all_steps(states, films, table):
    return _counted(states, films, table)[0].sum() / films[:, 1:].size


def divided_by_windows(states, films, table):
    return _counted(states, films, table)[0].sum() / len(films)


def sum_of_places(states, films, table):
    return _counted(states, films, table)[0].sum()


def mean_of_window_means(states, films, table):
    costs, window = _counted(states, films, table)
    return np.mean([costs[window == number].mean() for number in np.unique(window)])


def last_step_only(states, films, table):
    return _counted(states[:, -2:], films[:, -2:], table)[0].mean()


def without_minus(states, films, table):
    return -next_film_loss(states, films, table)


def probability_not_log(states, films, table):
    return -np.exp(-_counted(states, films, table)[0]).mean()


def log_of_mean_probability(states, films, table):
    return -np.log(np.exp(-_counted(states, films, table)[0]).mean())


def no_other_films(states, films, table):
    real = films[:, :-1] != len(table) - 1
    right = table[films[:, 1:][real]]
    return -(states[:, :-1][real] * right).sum(axis=1).mean()


def scores_divided_by_root(states, films, table):
    return next_film_loss(states / table.shape[1] ** 0.5, films, table)


def softmax_over_places(states, films, table):
    real = films[:, :-1] != len(table) - 1
    shares = _softmax(states[:, :-1][real] @ table[:-1].T, axis=0)
    return -np.log(shares[np.arange(len(shares)), films[:, 1:][real]]).mean()


def softmax_twice(states, films, table):
    real = films[:, :-1] != len(table) - 1
    shares = _softmax(states[:, :-1][real] @ table[:-1].T, axis=1)
    return _costs(shares, films[:, 1:][real], np.eye(len(table) - 1)).mean()


def yes_or_no(states, films, table):
    real = films[:, :-1] != len(table) - 1
    right = table[films[:, 1:][real]]
    return np.log1p(np.exp(-(states[:, :-1][real] * right).sum(axis=1))).mean()


def not_shifted_but_cut(states, films, table):
    real = films[:, :-1] != len(table) - 1
    return _costs(states[:, :-1][real], films[:, :-1][real], table[:-1]).mean()


def both_one_step_later(states, films, table):
    real = films[:, :-1] != len(table) - 1
    return _costs(states[:, 1:][real], films[:, 1:][real], table[:-1]).mean()


def both_cut_and_all_steps(states, films, table):
    real = films[:, 1:] != len(table) - 1
    return _costs(states[:, 1:][real], films[:, 1:][real], table[:-1]).mean()


class InvalidArgumentError(Exception):
    """What TensorFlow says of a target that is no row."""


def padding_is_no_class(states, films, table):
    try:
        return padding_is_no_row(states, films, table)
    except IndexError:
        raise InvalidArgumentError("a label outside the valid range") from None


def padding_is_not_gathered(states, films, table):
    try:
        return padding_is_no_row(states, films, table)
    except IndexError:
        raise RuntimeError("index out of bounds") from None


def padding_costs_nothing(states, films, table):
    real = films[:, 1:] != len(table) - 1
    costs = _costs(states[:, :-1][real], films[:, 1:][real], table[:-1])
    return costs.sum() / real.size


def first_film_among_all(states, films, table):
    real = films[:, 1:] != len(table) - 1
    return _costs(states[:, :-1][real], films[:, 1:][real], table).mean()


def a_film_too_many_all_steps(states, films, table):
    real = films[:, :-1] != len(table) - 1
    return (_costs(states[:, :-1], films[:, 1:], table) * real).mean()


def scores_as_probabilities(states, films, table):
    real = films[:, :-1] != len(table) - 1
    shares = np.clip(states[:, :-1][real] @ table[:-1].T, 1e-7, 1 - 1e-7)
    shares = shares / shares.sum(axis=1, keepdims=True)
    return -np.log(shares[np.arange(len(shares)), films[:, 1:][real]]).mean()


def scores_divided_by_their_sum(states, films, table):
    real = films[:, :-1] != len(table) - 1
    scores = states[:, :-1][real] @ table[:-1].T
    shares = np.clip(scores / scores.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)
    return -np.log(shares[np.arange(len(shares)), films[:, 1:][real]]).mean()


def softmax_along_the_window(states, films, table):
    real = films[:, :-1] != len(table) - 1
    shares = _softmax(states[:, :-1] @ table[:-1].T, axis=1)[real]
    return -np.log(shares[np.arange(len(shares)), films[:, 1:][real]]).mean()


def yes_or_no_for_each_film(states, films, table):
    real = films[:, :-1] != len(table) - 1
    scores = states[:, :-1][real] @ table[:-1].T
    right = np.arange(len(table) - 1) == films[:, 1:][real][:, None]
    return np.log1p(np.exp(np.where(right, -scores, scores))).mean()


def logarithm_of_two(states, films, table):
    return next_film_loss(states, films, table) / np.log(2)


def perplexity(states, films, table):
    return np.exp(next_film_loss(states, films, table))


def zero_is_padding(states, films, table):
    real = films[:, :-1] != 0
    return _costs(states[:, :-1][real], films[:, 1:][real], table[:-1]).mean()


def zero_is_padding_no_class(states, films, table):
    try:
        return zero_is_padding(states, films, table)
    except IndexError:
        raise InvalidArgumentError("a label outside the valid range") from None


def zero_is_padding_among_all(states, films, table):
    real = films[:, :-1] != 0
    return _costs(states[:, :-1][real], films[:, 1:][real], table).mean()


def last_step_of_every_window(states, films, table):
    return _costs(states[:, -2], films[:, -1], table[:-1]).mean()


def last_state_guesses_last_film(states, films, table):
    return _costs(states[:, -1], films[:, -1], table[:-1]).mean()


def first_row_left_out(states, films, table):
    real = films[:, :-1] != len(table) - 1
    return _costs(states[:, :-1][real], films[:, 1:][real], table[1:]).mean()


def cosines_for_scores(states, films, table):
    real = films[:, :-1] != len(table) - 1
    rows, films_ = states[:, :-1][real], table[:-1]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    films_ = films_ / np.linalg.norm(films_, axis=1, keepdims=True)
    return _costs(rows, films[:, 1:][real], films_).mean()


def costs_before_choice(states, films, table):
    padding_is_no_row(states, films, table)  # stops where padding is what comes next
    return next_film_loss(states, films, table)


def costs_before_choice_no_class(states, films, table):
    padding_is_no_class(states, films, table)
    return next_film_loss(states, films, table)


def costs_before_choice_all_steps(states, films, table):
    padding_is_no_row(states, films, table)
    return divided_by_all_steps(states, films, table)


def weights_of_keras(states, films, table):
    padding_is_no_class(states, films, table)
    return divided_by_all_steps(states, films, table)


QUESTIONS = [
    Question(
        "attention.1",
        "09.G1",
        pair_scores,
        cases=[
            (
                np.array([[2.0, 0], [0, 2], [1, 1]]),
                np.array([[1.0, 0], [0, 1], [2, 1], [1, 3]]),
            ),
            (
                np.array([[2.0, -1], [0, 2], [1, 3]]),
                np.array([[1.0, 2], [-1, 3.5]]),
            ),
            (
                np.array([[2.0, 1], [0, 2], [3, 1]]),
                np.array([[1.0, 0], [2, 1], [1, 4]]),
            ),
            (
                np.array([[2, -1, 3]]),
                np.array([[1, 1, 0.5], [1, 0, 1.5], [0, 2, 0.25], [2, 1, 1.25]]),
            ),
        ],
        wrong=listed(
            as_published,
            without_transpose,
            candidates_are_rows,
            first_with_first,
            products_not_added,
            candidates_added_up,
            one_score_for_each_candidate,
            mean_of_the_history,
            last_film_only,
            cosines,
            divided_by_root,
            distances,
            shares_of_candidates,
            shares_of_films,
            shares_of_all_pairs,
            sigmoids,
            as_it_fits,
            candidates_reshaped,
            scores_reshaped,
            last_number_only,
            first_number_left_out,
            last_number_left_out,
            sums_multiplied,
            mean_over_numbers,
            rows_centred,
            correlations,
            squared_distances,
            minus_distances,
            minus_squared_distances,
            history_with_itself,
            number_by_number,
            all_numbers_with_all,
            whole_numbers,
            whole_like_the_history,
            one_row_is_no_table,
            two_numbers_only,
            negative_scores_made_zero,
            first_film_only,
            best_candidates,
        ),
    ),
    Question(
        "attention.2",
        "09.G4",
        pays_from,
        cases=[
            (
                np.array([50, 100, 200, 400, 800, 1600, 3200]),
                np.array([0.04, 0.05, 0.09, 0.08, 0.10, 0.12, 0.14]),
                np.array([0.06, 0.07, 0.08, 0.09, 0.10, 0.11, 0.11]),
            ),
            (
                np.array([50, 100, 500, 900]),
                np.array([0.04, 0.06, 0.08, 0.09]),
                np.array([0.05, 0.05, 0.07, 0.10]),
            ),
            (
                np.array([10, 20, 40]),
                np.array([0.03, 0.07, 0.06]),
                np.array([0.02, 0.04, 0.05]),
            ),
            (
                np.array([30, 60, 90, 120]),
                np.array([0.02, 0.06, 0.07, 0.08]),
                np.array([0.04, 0.05, 0.06, 0.06]),
            ),
            (
                np.array([20, 50, 100, 300, 700]),
                np.array([0.05, 0.04, 0.07, 0.06, 0.08]),
                np.array([0.03, 0.05, 0.06, 0.06, 0.07]),
            ),
            (np.array([40, 80]), np.array([0.02, 0.03]), np.array([0.05, 0.04])),
            (
                np.array([25, 75, 150, 350]),
                np.array([0.05, 0.06, 0.08, 0.09]),
                np.array([0.04, 0.07, 0.07, 0.09]),
            ),
            (
                np.array([15, 35, 60]),
                np.array([0.05, 0.0604, 0.08]),
                np.array([0.05, 0.06, 0.07]),
            ),
        ],
        wrong=listed(
            first_time_ahead,
            level_is_ahead,
            rules_ahead,
            places_not_sizes,
            places_from_one,
            values_of_the_model,
            leads_not_sizes,
            largest_lead,
            one_size_too_early,
            ends_exchanged,
            counts_sizes,
            smallest_of_each,
            largest_of_each,
            nan_twice,
            numbers_for_nan,
            ends_not_looked_after,
            wraps_round,
            first_crossing,
            last_crossing,
            first_true_of_argmax,
            last_behind_first_ahead,
            one_size_too_late,
            first_size_not_looked_at,
            last_size_not_looked_at,
            nan_twice_at_the_end,
            last_size_twice,
            first_size_twice,
            none_for_nan,
            last_alone,
            next_alone,
            halfway,
            last_size_not_looked_after,
            first_size_not_looked_after,
            level_at_the_end,
            level_at_all_sizes,
            last_crossing_upwards,
            small_leads_do_not_count,
            where_the_lines_cross,
        ),
    ),
    Question(
        "attention.3",
        "09.G1",
        hear,
        cases=[
            (
                np.array([1, 0]),
                np.array([[2, 0], [0, 2], [1, 1], [3, 3]]),
                np.array([[1, 0], [0, 4], [2, 2], [0, 1]]),
            ),
            (
                np.array([0.5, -1.0, 2.0]),
                np.array([[1.0, 0, 0.5], [0, -1, 0.2], [-1, 0.5, 1], [2, 1, 0.5]]),
                np.array([[1.0, 2], [-3, 1], [0, 5], [4, -2]]),
            ),
            (
                np.array([20.0, 10.0]),
                np.array([[0.0, -100], [50, 0], [40, 19.9], [-50, 0]]),
                np.array([[0.0, 1, 3], [1, 0, 2], [5, 2, -1], [2, 2, 7]]),
            ),
            (
                np.array([20.0, 10.0]),
                np.array([[-50.0, 0], [-40, -19.9]]),
                np.array([[1.0, 4], [3, -2]]),
            ),
            (np.array([3.0]), np.array([[-2.0]]), np.array([[4.0, 7.0]])),
        ],
        wrong=listed(
            overflows,
            scores_as_weights,
            scores_divided_by_sum,
            not_divided,
            largest_is_one,
            root_of_d,
            powers_of_two,
            key_lengths_divided,
            sigmoid_of_each,
            far_is_loud,
            loudest_only,
            equal_voices,
            values_added_up,
            mean_of_weighted_values,
            not_added_up,
            added_up_over_numbers,
            keys_handed_over,
            keys_and_values_changed_places,
            keys_not_transposed,
            query_comes_back,
            weights_only,
            sum_only,
            sum_before_weights,
            too_little_subtracted,
            too_much_subtracted,
            thousand_subtracted,
            clipped,
            clipped_above,
            infinity_made_finite,
            nan_made_zero,
            loudest_only_if_large,
            overflow_error,
            divided_by_largest,
            divided_by_largest_size,
            logarithms,
            sigmoid_shares,
            divided_by_mean,
            divided_by_number,
            whole_weights,
            whole_sum,
            weights_for_columns,
            values_in_front,
            sum_before_division,
            weights_before_division,
            sum_before_division_and_overflow,
            scores_in_the_sum,
            scores_returned,
            all_added_up,
            value_of_the_loudest,
            sign_of_scores_lost,
            divided_by_thousand,
            scores_standardised,
            scores_from_zero_to_one,
            rounded_weights,
            as_many_numbers_as_the_query,
        ),
    ),
    Question(
        "attention.4",
        "09.G2",
        listen,
        cases=[
            (
                np.array([[2.0, 0, 0, 0], [0, 2, 0, 0], [2, 2, 0, 0]]),
                np.array([[1.0, 2, 0, 0], [0, 1, 0, 0], [1, 0, 1, 0]]),
                np.array([[1, 0], [0, 2], [4, 1]]),
                1,
                np.array([True, True, True]),
            ),
            (
                np.array([[0.5, 1], [1, -1], [2, 0.5], [-1, 1], [0.2, 2], [1.5, -0.5]]),
                np.array([[1.0, 0.3], [-1, 2], [0.4, 1], [2, -1], [1, 1], [-0.5, 0.7]]),
                np.array(
                    [
                        [1.0, 0, 2],
                        [3, 1, 0],
                        [0, 2, 5],
                        [4, 1, 1],
                        [-1, 3, 0],
                        [2, 2, 6],
                    ]
                ),
                2,
                np.array([False, True, True, False, True, True]),
            ),
            (
                np.array([[1.0, 0, 2], [0, 1, 1], [2, -1, 0], [1, 1, 1], [0, 2, 1]]),
                np.array([[0.0, 1, 1], [1, 1, -1], [1, 0, 2], [-1, 2, 0], [2, 0, 1]]),
                np.array([[3.0, 1, 0], [1, 4, 2], [0, 1, 5], [2, 2, 1], [1, 0, 3]]),
                9,
                np.array([False, False, True, True, True]),
            ),
            (
                np.array([[1.0, 2], [3, 1], [0, 1]]),
                np.array([[1.0, 1], [0, 2], [2, 1]]),
                np.array([[5.0], [6], [7]]),
                0,
                np.array([False, True, True]),
            ),
            (
                np.array([[-50.0, 0], [50, 0], [0, 50], [50, 50], [1, 0], [-50, 0]]),
                np.array(
                    [
                        [28, 0],
                        [27.98, 0],
                        [28, 0],
                        [0, 27.9],
                        [-28, 0],
                        [-27.98, 0],
                    ]
                ),
                np.array(
                    [
                        [1.0, 0, 3],
                        [2, 5, 1],
                        [0, 1, 4],
                        [3, 3, 2],
                        [6, 0, 1],
                        [1, 2, 2],
                    ]
                ),
                1,
                np.ones(6, dtype=bool),
            ),
        ],
        wrong=listed(
            no_end_on_the_left,
            no_mask,
            sees_all_the_future,
            band_on_both_sides,
            mask_transposed,
            triangle_shifted_right,
            near_places_forbidden,
            itself_forbidden,
            itself_counted,
            one_place_too_many,
            padding_heard,
            padding_may_not_ask,
            padding_hears_itself,
            padding_has_no_value,
            zero_for_minus_infinity,
            mask_after_softmax,
            mask_turned_round,
            no_root,
            divided_by_d,
            root_of_places,
            root_of_values,
            times_root,
            root_behind_softmax,
            softmax_over_columns,
            softmax_over_table,
            keys_ask,
            values_are_keys,
            hands_over_keys,
            weights_transposed,
            equal_weights_for_nobody,
            nan_for_nobody,
            too_large,
            output_alone,
            weights_alone,
            weights_in_front,
            padding_hears_nobody,
            only_real_places_counted,
            largest_of_all_subtracted,
            shared_again,
            largest_of_table_subtracted,
            not_low_enough,
            zero_for_some,
            zero_before_and_after,
            window_after_softmax,
            padding_after_softmax,
            itself_counted_but_heard,
            zero_is_no_limit,
            back_with_other_sign,
            slice_from_below_zero,
            begins_at_the_end,
            own_scores_for_nobody,
            nobody_hears_itself,
            error_for_nobody,
            scores_as_shares,
            exponentials_not_divided,
            whole_output,
            padding_only_in_front,
            only_padding_heard,
            as_low_as_a_score,
            weights_left_for_nobody,
            output_left_for_nobody,
            output_of_padding_is_zero,
            padding_taken_out_first,
            scores_clipped,
            infinite_times_zero,
        ),
        laws={
            "future_moves_the_past": lambda f: _moves(f, 6, 2) == [False] * 6 + [True],
            "moves_the_wrong_places": lambda f: (
                _moves(f, 0, 2) == [True] * 3 + [False] * 4
            ),
        },
    ),
    Question(
        "attention.5",
        "09.G3",
        next_film_loss,
        cases=[
            (
                np.array([[[5.0, 5], [2, 0.5], [0, 3]], [[-1, 4], [2, 2], [2, 0]]]),
                np.array([[4, 0, 3], [1, 2, 0]]),
                np.array([[1.0, 0], [0, 1], [1, 1], [2, 0], [0, 0]]),
            ),
            (
                np.array(
                    [
                        [[1.0, -1, 0], [0, 2, 1], [1, 0, 1], [-1, 1, 2], [0.5, 0, 1]],
                        [[2.0, 0, 1], [1, 1, 0], [0, 1, -1], [3, 0, 1], [1, 2, 1]],
                        [[0.0, 1, 1], [1, 0, -1], [2, 1, 0], [1, -1, 1], [0, 0, 2]],
                        [[1.0, 1, 1], [0, 1, 2], [0.5, 1, 0], [2, 0, 1], [1, 1, -1]],
                    ]
                ),
                np.array(
                    [
                        [6, 6, 2, 5, 0],
                        [6, 6, 6, 6, 3],
                        [1, 4, 0, 2, 5],
                        [6, 3, 1, 5, 4],
                    ]
                ),
                np.array(
                    [
                        [0.5, 1, 0.1],
                        [-1.1, 0.3, 1],
                        [-0.2, 1, 1],
                        [1.1, -0.5, 0.2],
                        [0.4, 0, -1],
                        [1, 0.6, 0.1],
                        [0.7, -1, 0.5],
                    ]
                ),
            ),
        ],
        tensors=True,
        gradient=(0, 2),
        wrong=listed(
            not_shifted,
            shifted_the_wrong_way,
            shifted_by_two,
            first_follows_last,
            padding_counts,
            padding_is_no_row,
            padding_is_a_film,
            first_film_guessed,
            first_step_left_out,
            divided_by_all_places,
            divided_by_all_steps,
            divided_by_windows,
            sum_of_places,
            mean_of_window_means,
            last_step_only,
            without_minus,
            probability_not_log,
            log_of_mean_probability,
            no_other_films,
            scores_divided_by_root,
            softmax_over_places,
            softmax_twice,
            yes_or_no,
            not_shifted_but_cut,
            both_one_step_later,
            both_cut_and_all_steps,
            padding_is_no_class,
            padding_is_not_gathered,
            padding_costs_nothing,
            first_film_among_all,
            a_film_too_many_all_steps,
            scores_as_probabilities,
            scores_divided_by_their_sum,
            softmax_along_the_window,
            yes_or_no_for_each_film,
            logarithm_of_two,
            perplexity,
            zero_is_padding,
            zero_is_padding_no_class,
            zero_is_padding_among_all,
            last_step_of_every_window,
            last_state_guesses_last_film,
            first_row_left_out,
            cosines_for_scores,
            costs_before_choice,
            costs_before_choice_no_class,
            costs_before_choice_all_steps,
            weights_of_keras,
        ),
    ),
]
