"""Chapter 09: attention."""

from __future__ import annotations

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
        },
    ),
    Blank(
        "09.T3",
        "09.G3",
        ("states", "queries_", "weights_"),
        ((64, 50, 64), (64, 2, 50, 32), (64, 2, 50, 50)),
        wrong={
            "heads_not_cut": (None, (64, 2, 50, 64), None),
            "heads_behind_places": (None, (64, 50, 2, 32), None),
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


# ---------------------------------------------------------------------- attention.3


def hear(q, keys, values):
    """Attention (9.1) for one query: how loud is each film, and what comes out?

    q: (d,); keys: (S, d); values: (S, n). Scores may be as large as 1,000.
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


# ---------------------------------------------------------------------- attention.4


def listen(Q, K, V, back, real):
    """Attention (9.2) in a window: each place hears itself and a few places before it.

    Q, K: (T, d); V: (T, n); back: how many places before itself a place may hear, 0 or
    more; real: (T,), False where a place is padding. Nobody hears padding. A place that
    may hear nobody has the weights 0 and the output 0. Scores may be as large as 1,000.
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
                np.array([[1.0, 2], [-1, 3]]),
            ),
            (
                np.array([[2.0, 1], [0, 2], [3, 1]]),
                np.array([[1.0, 0], [2, 1], [1, 4]]),
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
                np.array([0.02, 0.03, 0.05, 0.08]),
                np.array([0.04, 0.05, 0.06, 0.06]),
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
        ),
    ),
    Question(
        "attention.3",
        "09.G1",
        hear,
        cases=[
            (
                np.array([1.0, 0.0]),
                np.array([[2.0, 0], [0, 2], [1, 1], [3, 3]]),
                np.array([[1.0, 0], [0, 4], [2, 2], [0, 1]]),
            ),
            (
                np.array([0.5, -1.0, 2.0]),
                np.array([[1.0, 0, 0.5], [0, -1, 0.2], [-1, 0.5, 1], [2, 1, 0.5]]),
                np.array([[1.0, 2], [-3, 1], [0, 5], [4, -2]]),
            ),
            (
                np.array([20.0, 10.0]),
                np.array([[50.0, 0], [0, -100], [40, 19.9]]),
                np.array([[1.0, 0, 2], [0, 1, 3], [5, 2, -1]]),
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
                np.array([[1.0, 0], [0, 2], [4, 1]]),
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
                np.array([False, True, True, True, True, True]),
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
                np.array([[40.0], [50.0]]),
                np.array([[20.0], [19.98]]),
                np.array([[1.0, 0, 3], [2, 5, 1]]),
                1,
                np.array([True, True]),
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
                np.array([[[5.0, 5], [1, 0], [0, 3]], [[0, 2], [1, 1], [2, 0]]]),
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
                        [0.5, 1, 0],
                        [-1, 0.3, 1],
                        [0, 1, 1],
                        [1, -0.5, 0.2],
                        [0.4, 0, -1],
                        [1, 0.6, 0.1],
                        [0.7, -1, 0.5],
                    ]
                ),
            ),
        ],
        tensors=True,
        gradient=0,
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
        ),
    ),
]
