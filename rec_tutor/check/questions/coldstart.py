"""Chapter 12: new people, new films, several kinds of content."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "12.T1",
        "12.G1",
        ("score_second",),
        (0.5,),
        wrong={
            "no_penalty": (2 / 3,),
            "sign_missing": (-0.5,),
            "entry_of_the_inverse": (-0.1,),
            "not_divided": (0.1,),
            "entry_of_G": (2,),
            "upside_down": (-2,),
            "first_diagonal": (1 / 3,),
            "multiplied": (0.02,),
            "penalty_everywhere": (0.75,),
            "penalty_twice": (0.4,),
            "own_entry": (-1,),
            "the_film_she_has": (0,),
        },
    ),
    Blank(
        "12.T2",
        "12.G2",
        ("my_theta",),
        ((0.4, -0.2),),
        wrong={
            "before_the_miss": ((0.5, 0),),
            "b_itself": ((1, 0),),
            "a_click": ((0.6, 0.2),),
            "miss_as_minus_one": ((0.2, -0.6),),
            "diagonal_only": ((1 / 3, 0),),
            "not_divided_by_five": ((2, -1),),
            "exchanged": ((-0.2, 0.4),),
            "times_A": ((3, 1),),
            "sign_of_the_inverse": ((0.4, 0.2),),
            "first_film_forgotten": ((2 / 3, -1 / 3),),
            "without_the_start": ((1, -1),),
        },
    ),
    Blank(
        "12.T3",
        "12.G5",
        ("my_gates",),
        ((0.731, 0.269, 0),),
        wrong={
            "all_three": ((0.665, 0.245, 0.09),),
            "set_to_zero_after": ((0.665, 0.245, 0),),
            "logits_shared_out": ((2 / 3, 1 / 3, 0),),
            "even": ((0.5, 0.5, 0),),
            "exchanged": ((0.269, 0.731, 0),),
            "not_divided": ((7.389, 2.718, 0),),
            "sigmoids": ((0.881, 0.731, 0),),
            "exponentials_with_one": ((7.389, 2.718, 1),),
            "the_largest_only": ((1, 0, 0),),
            "rest_dealt_out_evenly": ((0.71, 0.29, 0),),
        },
    ),
]


# --------------------------------------------------------------------- coldstart.1


def first_scores(weights, fame, told):
    """Scores of all films for somebody new: by EASE, or by fame if nothing is told.

    weights: (films, films), EASE's table B: weights[j, i] is what film j says about
    film i, below 0 if it speaks against it; fame: (films,), how many people have each
    film; told: (n,), the numbers of the films that she has, each once, in any order,
    perhaps none.
    Returns (films,): for each film the sum of what her films say about it. If she told
    nothing, the fame. Her own films get minus infinity: they are never recommended.
    """
    scores = weights[told].sum(axis=0) if len(told) else fame.astype(float)
    scores[told] = -np.inf
    return scores


def _said(weights, told):
    return weights[told].sum(axis=0)


def own_films_kept(weights, fame, told):
    return _said(weights, told) if len(told) else fame.astype(float)


def own_films_at_zero(weights, fame, told):
    scores = own_films_kept(weights, fame, told)
    scores[told] = 0
    return scores


def own_films_taken_out(weights, fame, told):
    return np.delete(own_films_kept(weights, fame, told), told)


def column_for_row(weights, fame, told):
    return first_scores(weights.T, fame, told)


def mean_of_what_they_say(weights, fame, told):
    return first_scores(weights / max(len(told), 1), fame, told)


def last_film_only(weights, fame, told):
    return np.where(
        np.isin(range(len(fame)), told),
        -np.inf,
        weights[told[-1:]].sum(0) if len(told) else fame,
    )


def first_film_only(weights, fame, told):
    scores = weights[told[0]].copy() if len(told) else fame.astype(float)
    scores[told] = -np.inf
    return scores


def nothing_told_is_zero(weights, fame, told):
    scores = _said(weights, told)
    scores[told] = -np.inf
    return scores


def fame_added(weights, fame, told):
    return first_scores(weights, fame, told) + (fame if len(told) else 0)


def fame_always(weights, fame, told):
    scores = fame.astype(float)
    scores[told] = -np.inf
    return scores


def weighted_by_fame(weights, fame, told):
    return first_scores(weights * fame, fame, told)


def nothing_against(weights, fame, told):
    return first_scores(np.maximum(weights, 0), fame, told)


def loudest_voice(weights, fame, told):
    scores = weights[told].max(axis=0) if len(told) else fame.astype(float)
    scores[told] = -np.inf
    return scores


def others_left_out(weights, fame, told):
    scores = np.full(len(fame), -np.inf)
    scores[told] = _said(weights, told)[told]
    return scores if len(told) else fame.astype(float)


def sum_of_each_row(weights, fame, told):
    return weights[told].sum(axis=1) if len(told) else fame.astype(float)


def best_first(weights, fame, told):
    return np.argsort(-first_scores(weights, fame, told), kind="stable")


def counted_from_one(weights, fame, told):
    return first_scores(weights, fame, np.asarray(told, dtype=int) - 1)


def places_for_numbers(weights, fame, told):
    return first_scores(weights, fame, np.arange(len(told)))


def everybody_says_something(weights, fame, told):
    scores = weights.sum(axis=0) if len(told) else fame.astype(float)
    scores[told] = -np.inf
    return scores


def share_of_people(weights, fame, told):
    return first_scores(weights, fame / fame.sum(), told)


def signs_only(weights, fame, told):
    return first_scores(np.sign(weights), fame, told)


def one_film_has_no_voice(weights, fame, told):
    scores = _said(weights, told) if len(told) > 1 else fame.astype(float)
    scores[told] = -np.inf
    return scores


# --------------------------------------------------------------------- coldstart.2


def leaking(train, fold_in, test):
    """Which rows of a cut by people must a model not see?

    train, fold_in, test: (rows, 3), whole numbers, in each row a user, a film and a
    time; any of the three may have no row. In fold_in stands what the new people tell,
    in test what they take later. Users of fold_in and of test are new.
    Returns two arrays of True and False, (rows of train,) and (rows of fold_in,): True
    where a row leaks. A row of train leaks if its user is new. A row of fold_in leaks
    if test has a row with the same user and the same film, or if test has a row of the
    same user whose time is earlier (the same time does not count).
    """
    new = np.union1d(fold_in[:, 0], test[:, 0])
    told = []
    for user, film, time in fold_in:
        hers = test[test[:, 0] == user]
        told.append((hers[:, 1] == film).any() or (hers[:, 2] < time).any())
    return np.isin(train[:, 0], new), np.array(told, dtype=bool)


def _each(fold_in, test, rule):
    """A rule for each row of fold_in: of its film, its time and her rows of test."""
    told = [rule(film, time, test[test[:, 0] == user]) for user, film, time in fold_in]
    return np.array(told, dtype=bool)


def people_of_test_only(train, fold_in, test):
    return np.isin(train[:, 0], test[:, 0]), leaking(train, fold_in, test)[1]


def people_of_fold_in_only(train, fold_in, test):
    return np.isin(train[:, 0], fold_in[:, 0]), leaking(train, fold_in, test)[1]


def people_of_both(train, fold_in, test):
    both = np.intersect1d(fold_in[:, 0], test[:, 0])
    return np.isin(train[:, 0], both), leaking(train, fold_in, test)[1]


def rows_of_test_only(train, fold_in, test):
    pairs = set(map(tuple, test[:, :2].tolist()))
    found = [tuple(one) in pairs for one in train[:, :2].tolist()]
    return np.array(found, dtype=bool), leaking(train, fold_in, test)[1]


def films_for_people(train, fold_in, test):
    films = np.union1d(fold_in[:, 1], test[:, 1])
    return np.isin(train[:, 1], films), leaking(train, fold_in, test)[1]


def later_than_test(train, fold_in, test):
    late = train[:, 2] > test[:, 2].min(initial=np.iinfo(int).max)
    return late, leaking(train, fold_in, test)[1]


def honest_rows(train, fold_in, test):
    of_train, told = leaking(train, fold_in, test)
    return ~of_train, ~told


def numbers_of_people(train, fold_in, test):
    of_train, told = leaking(train, fold_in, test)
    return np.unique(train[of_train, 0]), np.unique(fold_in[told, 0])


def numbers_of_rows(train, fold_in, test):
    return tuple(map(np.flatnonzero, leaking(train, fold_in, test)))


def fold_in_before_train(train, fold_in, test):
    return leaking(train, fold_in, test)[::-1]


def same_film_only(train, fold_in, test):
    told = _each(fold_in, test, lambda film, time, hers: (hers[:, 1] == film).any())
    return leaking(train, fold_in, test)[0], told


def time_only(train, fold_in, test):
    told = _each(fold_in, test, lambda film, time, hers: (hers[:, 2] < time).any())
    return leaking(train, fold_in, test)[0], told


def both_at_once(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (hers[:, 1] == film).any() and (hers[:, 2] < time).any()
        ),
    )
    return leaking(train, fold_in, test)[0], told


def in_one_row(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: ((hers[:, 1] == film) & (hers[:, 2] < time)).any(),
    )
    return leaking(train, fold_in, test)[0], told


def same_time_counts(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (hers[:, 1] == film).any() or (hers[:, 2] <= time).any()
        ),
    )
    return leaking(train, fold_in, test)[0], told


def after_all_of_hers(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (hers[:, 1] == film).any() or (len(hers) > 0 and (hers[:, 2] < time).all())
        ),
    )
    return leaking(train, fold_in, test)[0], told


def earlier_for_later(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (hers[:, 1] == film).any() or (hers[:, 2] > time).any()
        ),
    )
    return leaking(train, fold_in, test)[0], told


def anybodys_time(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (hers[:, 1] == film).any() or (test[:, 2] < time).any()
        ),
    )
    return leaking(train, fold_in, test)[0], told


def anybodys_film(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (test[:, 1] == film).any() or (hers[:, 2] < time).any()
        ),
    )
    return leaking(train, fold_in, test)[0], told


def user_here_film_there(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (len(hers) > 0 and (test[:, 1] == film).any()) or (hers[:, 2] < time).any()
        ),
    )
    return leaking(train, fold_in, test)[0], told


def new_people_tell_nothing(train, fold_in, test):
    told = np.isin(fold_in[:, 0], test[:, 0])
    return leaking(train, fold_in, test)[0], told


def told_is_honest(train, fold_in, test):
    return leaking(train, fold_in, test)[0], np.zeros(len(fold_in), dtype=bool)


def known_people_in_fold_in(train, fold_in, test):
    told = np.isin(fold_in[:, 0], train[:, 0])
    return leaking(train, fold_in, test)[0], told


def all_rows_of_test_people(train, fold_in, test):
    return tuple(np.isin(one[:, 0], test[:, 0]) for one in (train, fold_in))


def film_in_test(train, fold_in, test):
    return leaking(train, fold_in, test)[0], np.isin(fold_in[:, 1], test[:, 1])


def whole_rows_only(train, fold_in, test):
    told = [(test == row).all(axis=1).any() for row in fold_in]
    return leaking(train, fold_in, test)[0], np.array(told, dtype=bool)


def people_without_train(train, fold_in, test):
    return np.zeros(len(train), dtype=bool), leaking(train, fold_in, test)[1]


def number_in_any_column(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: film in hers or (hers[:, 2] < time).any(),
    )
    return leaking(train, fold_in, test)[0], told


def first_row_of_hers(train, fold_in, test):
    told = _each(
        fold_in,
        test,
        lambda film, time, hers: (
            (hers[:, 1] == film).any() or (hers[:1, 2] < time).any()
        ),
    )
    return leaking(train, fold_in, test)[0], told


def is_there_a_leak(train, fold_in, test):
    return tuple(bool(one.any()) for one in leaking(train, fold_in, test))


# --------------------------------------------------------------------- coldstart.3


def gate(logits, there):
    """How much each kind of content counts: a softmax over the kinds that are there.

    logits: (films, kinds), what a gate says of each kind, from -1000 to 1000; there:
    (films, kinds), True where this film has this kind of content.
    Returns (films, kinds): in each row the softmax over the kinds that are there, 0 for
    those that are missing. A film without any kind gets zeros.
    """
    z = np.where(there, logits, -np.inf)
    top = z.max(axis=1, keepdims=True)
    e = np.exp(z - np.where(np.isfinite(top), top, 0))
    return e / np.maximum(e.sum(axis=1, keepdims=True), 1)


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def missing_ones_count(logits, there):
    return _softmax(logits)


def zero_after_the_softmax(logits, there):
    return _softmax(logits) * there


def missing_logit_is_zero(logits, there):
    return _softmax(logits * there)


def missing_logit_is_zero_then_weight(logits, there):
    return _softmax(logits * there) * there


def exponentials_too_large(logits, there):
    e = np.where(there, np.exp(logits), 0)
    total = e.sum(axis=1, keepdims=True)
    return e / np.where(total > 0, total, 1)


def largest_of_the_missing_too(logits, there):
    e = np.exp(logits - logits.max(axis=1, keepdims=True)) * there
    total = e.sum(axis=1, keepdims=True)
    return e / np.where(total > 0, total, 1)


def largest_of_all_films(logits, there):
    e = np.exp(logits - logits.max()) * there
    total = e.sum(axis=1, keepdims=True)
    return e / np.where(total > 0, total, 1)


def nothing_there_is_nan(logits, there):
    with np.errstate(invalid="ignore"):
        return _softmax(np.where(there, logits, -np.inf))


def nothing_there_is_even(logits, there):
    return _softmax(np.where(there, logits, -1e9))


def nothing_there_is_all(logits, there):
    return _softmax(logits - 1e9 * ~there)


def even_weights(logits, there):
    return there / np.maximum(there.sum(axis=1, keepdims=True), 1)


def no_exponentials(logits, there):
    part = np.where(there, logits, 0.0)
    total = part.sum(axis=1, keepdims=True)
    return part / np.where(total, total, 1)


def over_the_films(logits, there):
    return gate(logits.T, there.T).T


def of_the_missing(logits, there):
    return gate(logits, ~there)


def sigmoid_each(logits, there):
    return there / (1 + np.exp(-np.clip(logits, -700, 700)))


def largest_takes_all(logits, there):
    z = np.where(there, logits, -np.inf)
    best = np.arange(z.shape[1]) == z.argmax(axis=1)[:, None]
    return (best & there).astype(float)


def least_counts_most(logits, there):
    return gate(-logits, there)


def not_divided_by_the_sum(logits, there):
    z = np.where(there, logits, -np.inf)
    top = z.max(axis=1, keepdims=True)
    return np.exp(z - np.where(np.isfinite(top), top, 0))


def divided_over_all_films(logits, there):
    z = np.where(there, logits, -np.inf)
    e = np.exp(z - z.max())
    return e / e.sum()


def divided_over_each_kind(logits, there):
    z = np.where(there, logits, -np.inf)
    top = z.max(axis=1, keepdims=True)
    e = np.exp(z - np.where(np.isfinite(top), top, 0))
    return e / np.maximum(e.sum(axis=0, keepdims=True), 1)


def rest_dealt_out(logits, there):
    w = zero_after_the_softmax(logits, there)
    number = np.maximum(there.sum(axis=1, keepdims=True), 1)
    return w + there * (1 - w.sum(axis=1, keepdims=True)) / number


def base_two(logits, there):
    return gate(logits * np.log(2), there)


def clipped_logits(logits, there):
    return gate(np.clip(logits, -30, 30), there)


def times_the_number(logits, there):
    return gate(logits, there) * there.sum(axis=1, keepdims=True)


# --------------------------------------------------------------------- coldstart.4


def shown_by_linucb(X, clicks, alpha, rounds):
    """LinUCB with one person: which films are shown, and what it believes afterwards.

    X: (films, d), a film in each row; clicks: (films,), 1 if she clicks this film when
    it is shown, else 0; alpha: how much doubt counts, 0 or more; rounds: how many films
    are shown, at most all. LinUCB sees the click of a film only after it has shown it.
    It begins with A = I and b = 0, and learns by (12.2) after each round. In each round
    it shows the film with the largest (12.3), of those that were not shown yet. (No two
    of these are equal.)
    Returns the numbers of the films, (rounds,), in the order in which they are shown,
    and theta after the last round, (d,).
    """
    A, b = np.eye(X.shape[1]), np.zeros(X.shape[1])
    shown: list[int] = []
    for _ in range(rounds):
        inverse = np.linalg.inv(A)
        upper = X @ inverse @ b + alpha * np.sqrt((X @ inverse * X).sum(axis=1))
        upper[shown] = -np.inf
        film = int(np.argmax(upper))
        shown.append(film)
        A = A + np.outer(X[film], X[film])
        b = b + clicks[film] * X[film]
    return np.array(shown), np.linalg.solve(A, b)


def _played(X, clicks, rounds, value, learn, again=False):
    """The loop with another value of films, or another way to learn."""
    A, b = np.eye(X.shape[1]), np.zeros(X.shape[1])
    shown: list[int] = []
    for _ in range(rounds):
        upper = np.array(value(A, b), dtype=float)
        if not again:
            upper[shown] = -np.inf
        film = int(np.argmax(upper))
        shown.append(film)
        A, b = learn(A, b, X[film], clicks[film])
    return np.array(shown), np.linalg.solve(A, b)


def _upper(X, A, b, alpha):
    inverse = np.linalg.inv(A)
    return X @ inverse @ b + alpha * np.sqrt((X @ inverse * X).sum(axis=1))


def _learnt(A, b, x, r):
    return A + np.outer(x, x), b + r * x


def no_doubt(X, clicks, alpha, rounds):
    return _played(X, clicks, rounds, lambda A, b: X @ np.linalg.solve(A, b), _learnt)


def no_root(X, clicks, alpha, rounds):
    def value(A, b):
        inverse = np.linalg.inv(A)
        return X @ inverse @ b + alpha * (X @ inverse * X).sum(axis=1)

    return _played(X, clicks, rounds, value, _learnt)


def alpha_below_the_root(X, clicks, alpha, rounds):
    return _played(
        X, clicks, rounds, lambda A, b: _upper(X, A, b, np.sqrt(alpha)), _learnt
    )


def doubt_from_A_itself(X, clicks, alpha, rounds):
    def value(A, b):
        return X @ np.linalg.solve(A, b) + alpha * np.sqrt((X @ A * X).sum(axis=1))

    return _played(X, clicks, rounds, value, _learnt)


def doubt_taken_off(X, clicks, alpha, rounds):
    return _played(X, clicks, rounds, lambda A, b: _upper(X, A, b, -alpha), _learnt)


def doubt_alone(X, clicks, alpha, rounds):
    return _played(X, clicks, rounds, lambda A, b: _upper(X, A, 0 * b, alpha), _learnt)


def length_for_doubt(X, clicks, alpha, rounds):
    lengths = np.sqrt((X * X).sum(axis=1))
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: X @ np.linalg.solve(A, b) + alpha * lengths,
        _learnt,
    )


def alpha_left_out(X, clicks, alpha, rounds):
    return _played(X, clicks, rounds, lambda A, b: _upper(X, A, b, 1), _learnt)


def b_for_theta(X, clicks, alpha, rounds):
    def value(A, b):
        doubt = np.sqrt((X @ np.linalg.inv(A) * X).sum(axis=1))
        return X @ b + alpha * doubt

    shown, theta = _played(X, clicks, rounds, value, _learnt)
    A = np.eye(X.shape[1]) + X[shown].T @ X[shown]
    return shown, A @ theta


def theta_before_the_last(X, clicks, alpha, rounds):
    shown, _ = shown_by_linucb(X, clicks, alpha, rounds)
    seen = X[shown[:-1]]
    A = np.eye(X.shape[1]) + seen.T @ seen
    return shown, np.linalg.solve(A, seen.T @ clicks[shown[:-1]])


def shown_again(X, clicks, alpha, rounds):
    return _played(
        X, clicks, rounds, lambda A, b: _upper(X, A, b, alpha), _learnt, again=True
    )


def places_among_the_left(X, clicks, alpha, rounds):
    left = np.arange(len(X))
    shown: list[int] = []
    A, b = np.eye(X.shape[1]), np.zeros(X.shape[1])
    for _ in range(rounds):
        place = int(np.argmax(_upper(X[left], A, b, alpha)))
        shown.append(place)
        A, b = _learnt(A, b, X[left[place]], clicks[left[place]])
        left = np.delete(left, place)
    return np.array(shown), np.linalg.solve(A, b)


def learns_from_the_wrong_row(X, clicks, alpha, rounds):
    left = np.arange(len(X))
    shown: list[int] = []
    A, b = np.eye(X.shape[1]), np.zeros(X.shape[1])
    for _ in range(rounds):
        place = int(np.argmax(_upper(X[left], A, b, alpha)))
        shown.append(left[place])
        A, b = _learnt(A, b, X[place], clicks[place])
        left = np.delete(left, place)
    return np.array(shown), np.linalg.solve(A, b)


def clicks_only(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: _upper(X, A, b, alpha),
        lambda A, b, x, r: _learnt(A, b, x, r) if r else (A, b),
    )


def every_click_seen(X, clicks, alpha, rounds):
    A, b = np.eye(X.shape[1]) + X.T @ X, X.T @ clicks
    shown = np.argsort(-_upper(X, A, b, alpha), kind="stable")[:rounds]
    return shown, np.linalg.solve(A, b)


def nothing_learnt_between(X, clicks, alpha, rounds):
    start = np.eye(X.shape[1])
    order = np.argsort(-_upper(X, start, start[0] * 0, alpha), kind="stable")
    seen = X[order[:rounds]]
    theta = np.linalg.solve(start + seen.T @ seen, seen.T @ clicks[order[:rounds]])
    return order[:rounds], theta


def a_miss_is_minus_one(X, clicks, alpha, rounds):
    return shown_by_linucb(X, 2 * clicks - 1, alpha, rounds)


def every_show_a_click(X, clicks, alpha, rounds):
    return shown_by_linucb(X, 0 * clicks + 1, alpha, rounds)


def A_stays(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: _upper(X, A, b, alpha),
        lambda A, b, x, r: (A, b + r * x),
    )


def b_stays(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: _upper(X, A, b, alpha),
        lambda A, b, x, r: (A + np.outer(x, x), b),
    )


def squares_on_the_diagonal(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: _upper(X, A, b, alpha),
        lambda A, b, x, r: (A + np.diag(x * x), b + r * x),
    )


def number_for_a_matrix(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: _upper(X, A, b, alpha),
        lambda A, b, x, r: (A + x @ x, b + r * x),
    )


def last_film_in_b_only(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: _upper(X, A, b, alpha),
        lambda A, b, x, r: (A + np.outer(x, x), r * x),
    )


def last_film_only_learnt(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: _upper(X, A, b, alpha),
        lambda A, b, x, r: (np.eye(len(x)) + np.outer(x, x), r * x),
    )


def alpha_at_the_expectation(X, clicks, alpha, rounds):
    def value(A, b):
        return alpha * X @ np.linalg.solve(A, b) + _upper(X, A, 0 * b, 1)

    return _played(X, clicks, rounds, value, _learnt)


def diagonal_of_the_inverse(X, clicks, alpha, rounds):
    def value(A, b):
        doubt = np.sqrt(X**2 @ np.diag(np.linalg.inv(A)))
        return X @ np.linalg.solve(A, b) + alpha * doubt

    return _played(X, clicks, rounds, value, _learnt)


def b_at_the_end(X, clicks, alpha, rounds):
    shown, _ = shown_by_linucb(X, clicks, alpha, rounds)
    return shown, X[shown].T @ clicks[shown]


def expectations_for_theta(X, clicks, alpha, rounds):
    shown, theta = shown_by_linucb(X, clicks, alpha, rounds)
    return shown, X @ theta


def last_film_of_the_list(X, clicks, alpha, rounds):
    shown, theta = shown_by_linucb(X, clicks, alpha, rounds)
    return shown[-1], theta


def all_films_learnt(X, clicks, alpha, rounds):
    shown, _ = shown_by_linucb(X, clicks, alpha, rounds)
    return shown, shown_by_linucb(X, clicks, alpha, len(X))[1]


def smallest_first(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: -_upper(X, A, b, alpha),
        _learnt,
    )


def knows_the_clicks(X, clicks, alpha, rounds):
    return _played(
        X,
        clicks,
        rounds,
        lambda A, b: clicks + alpha * np.sqrt((X @ np.linalg.inv(A) * X).sum(axis=1)),
        _learnt,
    )


def rows_for_numbers(X, clicks, alpha, rounds):
    shown, theta = shown_by_linucb(X, clicks, alpha, rounds)
    return X[shown], theta


def theta_comes_first(X, clicks, alpha, rounds):
    return shown_by_linucb(X, clicks, alpha, rounds)[::-1]


def starts_from_nothing(X, clicks, alpha, rounds):
    tiny = 1e-6
    A, b = tiny * np.eye(X.shape[1]), np.zeros(X.shape[1])
    shown: list[int] = []
    for _ in range(rounds):
        upper = _upper(X, A, b, alpha)
        upper[shown] = -np.inf
        film = int(np.argmax(upper))
        shown.append(film)
        A, b = _learnt(A, b, X[film], clicks[film])
    return np.array(shown), np.linalg.solve(A, b)


# --------------------------------------------------------------------- coldstart.5


def next_question(answers, asked, said):
    """The next question to somebody new: whose answer is most open among her likes?

    answers: (people, films), what people whom we know say to each film: 2 liked, 1 not
    liked, 0 haven't seen it; asked: (t,), the films that she was asked so far, fewer
    than all; said: (t,), her answers, in the same numbers. At first t is 0.
    Those who answered all of `asked` as she did are alike; "haven't seen it" is an
    answer like the others. Returns two results: for each film, (films,), the entropy of
    the three answers among those who are alike, in bits, 0 if nobody is alike; and the
    number of the film to ask next, the one with the most bits of those that were not
    asked yet, of equal ones the first.
    """
    alike = answers[(answers[:, asked] == said).all(axis=1)]
    bits = np.zeros(answers.shape[1])
    for answer in (0, 1, 2):
        share = (alike == answer).sum(axis=0) / max(len(alike), 1)
        bits -= share * np.log2(np.where(share > 0, share, 1))
    left = bits.copy()
    left[asked] = -1
    return bits, np.argmax(left)


def _alike(answers, asked, said):
    return answers[(answers[:, asked] == said).all(axis=1)]


def _bits_of(counts):
    """Entropies of the columns of counts."""
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    return -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=0)


def _counts(answers):
    return np.array([(answers == one).sum(axis=0) for one in (0, 1, 2)])


def _asks(bits, asked):
    left = np.array(bits, dtype=float)
    left[asked] = -np.inf
    return bits, int(np.argmax(left))


def everybody_is_alike(answers, asked, said):
    return _asks(_bits_of(_counts(answers)), asked)


def last_answer_only(answers, asked, said):
    bits, _ = next_question(answers, asked[-1:], said[-1:])
    return _asks(bits, asked)


def one_answer_is_enough(answers, asked, said):
    some = (answers[:, asked] == said).any(axis=1) | (len(asked) == 0)
    return _asks(_bits_of(_counts(answers[some])), asked)


def not_alike(answers, asked, said):
    other = ~(answers[:, asked] == said).all(axis=1) | (len(asked) == 0)
    return _asks(_bits_of(_counts(answers[other])), asked)


def unseen_tells_nothing(answers, asked, said):
    bits, _ = next_question(answers, asked[said > 0], said[said > 0])
    return _asks(bits, asked)


def seen_is_enough(answers, asked, said):
    same = ((answers[:, asked] > 0) == (said > 0)).all(axis=1)
    return _asks(_bits_of(_counts(answers[same])), asked)


def sum_of_answers_is_equal(answers, asked, said):
    same = answers[:, asked].sum(axis=1) == said.sum()
    return _asks(_bits_of(_counts(answers[same])), asked)


def nobody_alike_is_everybody(answers, asked, said):
    alike = _alike(answers, asked, said)
    return _asks(_bits_of(_counts(alike if len(alike) else answers)), asked)


def among_those_who_saw_it(answers, asked, said):
    return _asks(_bits_of(_counts(_alike(answers, asked, said))[1:]), asked)


def unseen_is_not_liked(answers, asked, said):
    counts = _counts(_alike(answers, asked, said))
    return _asks(_bits_of(np.array([counts[0] + counts[1], counts[2]])), asked)


def seen_or_not(answers, asked, said):
    counts = _counts(_alike(answers, asked, said))
    return _asks(_bits_of(np.array([counts[0], counts[1] + counts[2]])), asked)


def unseen_has_no_term(answers, asked, said):
    alike = _alike(answers, asked, said)
    shares = _counts(alike)[1:] / max(len(alike), 1)
    bits = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=0)
    return _asks(bits, asked)


def natural_logarithm(answers, asked, said):
    bits, film = next_question(answers, asked, said)
    return bits * np.log(2), film


def logarithm_to_base_three(answers, asked, said):
    bits, film = next_question(answers, asked, said)
    return bits * np.log(2) / np.log(3), film


def no_minus(answers, asked, said):
    bits, _ = next_question(answers, asked, said)
    return _asks(-bits, asked)


def minus_forgotten_at_the_end(answers, asked, said):
    bits, film = next_question(answers, asked, said)
    return -bits, film


def no_share_is_nan(answers, asked, said):
    alike = _alike(answers, asked, said)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = _counts(alike) / max(len(alike), 1)
        return _asks(-(shares * np.log2(shares)).sum(axis=0), asked)


def nobody_alike_is_nan(answers, asked, said):
    alike = _alike(answers, asked, said)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = _counts(alike) / len(alike)
    return _asks(-(shares * np.log2(np.where(shares > 0, shares, 1))).sum(0), asked)


def shares_of_everybody(answers, asked, said):
    shares = _counts(_alike(answers, asked, said)) / len(answers)
    bits = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=0)
    return _asks(bits, asked)


def counts_for_shares(answers, asked, said):
    counts = _counts(_alike(answers, asked, said))
    return _asks((counts * np.log2(np.maximum(counts, 1))).sum(axis=0), asked)


def logarithms_only(answers, asked, said):
    alike = _alike(answers, asked, said)
    shares = _counts(alike) / max(len(alike), 1)
    return _asks(-np.log2(np.where(shares > 0, shares, 1)).sum(axis=0), asked)


def asked_once_more(answers, asked, said):
    bits, _ = next_question(answers, asked, said)
    return bits, int(np.argmax(bits))


def least_open(answers, asked, said):
    bits, _ = next_question(answers, asked, said)
    left = bits.copy()
    left[asked] = np.inf
    return bits, int(np.argmin(left))


def most_seen(answers, asked, said):
    bits, _ = next_question(answers, asked, said)
    seen = (_alike(answers, asked, said) > 0).sum(axis=0)
    return bits, _asks(seen, asked)[1]


def place_among_the_rest(answers, asked, said):
    bits, _ = next_question(answers, asked, said)
    return bits, int(np.argmax(np.delete(bits, asked)))


def last_of_equal_ones(answers, asked, said):
    bits, _ = next_question(answers, asked, said)
    left = bits.copy()
    left[asked] = -1
    return bits, len(bits) - 1 - int(np.argmax(left[::-1]))


def question_before_bits(answers, asked, said):
    return next_question(answers, asked, said)[::-1]


def bits_of_that_film(answers, asked, said):
    bits, film = next_question(answers, asked, said)
    return bits[film], film


def asked_films_taken_out(answers, asked, said):
    bits, film = next_question(answers, asked, said)
    return np.delete(bits, asked), film


def asked_films_at_minus_infinity(answers, asked, said):
    bits, film = next_question(answers, asked, said)
    bits[asked] = -np.inf
    return bits, film


def spread_of_the_numbers(answers, asked, said):
    alike = _alike(answers, asked, said)
    spread = alike.var(axis=0) if len(alike) else np.zeros(answers.shape[1])
    return _asks(spread, asked)


def chance_to_disagree(answers, asked, said):
    alike = _alike(answers, asked, said)
    shares = _counts(alike) / max(len(alike), 1)
    return _asks((shares * (1 - shares)).sum(axis=0), asked)


def times_the_seen(answers, asked, said):
    alike = _alike(answers, asked, said)
    bits, _ = next_question(answers, asked, said)
    return _asks(bits * (alike > 0).sum(axis=0), asked)


def popularity_times_entropy(answers, asked, said):
    counts = _counts(_alike(answers, asked, said))[1:]
    return _asks(_bits_of(counts) * counts.sum(axis=0), asked)


_PEOPLE = np.array(
    [
        [2, 2, 0, 0, 1, 2],
        [2, 1, 0, 2, 0, 2],
        [2, 0, 1, 0, 1, 0],
        [2, 0, 0, 1, 2, 0],
        [0, 1, 2, 0, 2, 0],
        [0, 2, 2, 0, 0, 1],
        [1, 0, 0, 2, 1, 2],
        [1, 1, 2, 0, 0, 0],
        [0, 2, 0, 0, 1, 2],
    ]
)
_FILMS = np.array(
    [
        [0.8, -3.0, -0.3],
        [1.4, -1.2, 0.1],
        [1.5, -1.2, 0.8],
        [1.9, 0.4, 1.6],
        [-0.1, -0.4, 0.5],
        [-1.4, 1.1, 0.0],
        [-1.3, 1.1, 0.7],
    ]
)

QUESTIONS = [
    Question(
        "coldstart.1",
        "12.G1",
        first_scores,
        cases=[
            (
                np.array(
                    [
                        [0.0, 0.5, -0.25, 0.125],
                        [0.25, 0.0, 0.5, 0.75],
                        [0.125, -0.25, 0.0, 0.25],
                        [0.5, 0.375, 0.0625, 0.0],
                    ]
                ),
                np.array([40, 30, 10, 20]),
                np.array([2, 0]),
            ),
            (
                np.array(
                    [
                        [0.0, 0.3, -0.1, 0.2, 0.05],
                        [0.4, 0.0, 0.15, -0.3, 0.6],
                        [-0.2, 0.1, 0.0, 0.35, -0.45],
                        [0.25, -0.15, 0.5, 0.0, 0.7],
                        [0.12, 0.22, -0.33, 0.45, 0.0],
                    ]
                ),
                np.array([12, 7, 25, 3, 9]),
                np.array([3, 1, 4]),
            ),
            (
                np.array([[0.0, 0.3, -0.1], [0.4, 0.0, 0.15], [-0.2, 0.1, 0.0]]),
                np.array([6, 3, 1]),
                np.array([1]),
            ),
            (
                np.array([[0.0, 0.5, -0.2], [0.4, 0.0, 0.1], [-0.2, 0.3, 0.0]]),
                np.array([6, 3, 1]),
                np.array([], dtype=int),
            ),
        ],
        wrong=listed(
            own_films_kept,
            own_films_at_zero,
            own_films_taken_out,
            column_for_row,
            mean_of_what_they_say,
            last_film_only,
            first_film_only,
            nothing_told_is_zero,
            fame_added,
            fame_always,
            weighted_by_fame,
            nothing_against,
            loudest_voice,
            others_left_out,
            sum_of_each_row,
            best_first,
            counted_from_one,
            places_for_numbers,
            everybody_says_something,
            share_of_people,
            signs_only,
            one_film_has_no_voice,
        ),
    ),
    Question(
        "coldstart.2",
        "12.G4",
        leaking,
        cases=[
            (
                np.array([[1, 5, 10], [2, 6, 11], [3, 5, 12], [4, 9, 13]]),
                np.array([[2, 7, 20], [2, 8, 40], [4, 7, 21], [2, 5, 22]]),
                np.array([[2, 9, 30], [2, 7, 31]]),
            ),
            (
                np.array(
                    [
                        [1, 3, 50],
                        [5, 3, 2],
                        [6, 4, 4],
                        [2, 8, 9],
                        [7, 1, 99],
                        [5, 8, 20],
                        [6, 7, 35],
                        [1, 8, 12],
                    ]
                ),
                np.array(
                    [
                        [5, 3, 15],
                        [5, 5, 3],
                        [5, 7, 33],
                        [6, 7, 30],
                        [5, 2, 20],
                        [5, 4, 25],
                        [5, 8, 12],
                        [5, 8, 25],
                        [6, 4, 33],
                        [6, 8, 40],
                        [6, 9, 30],
                        [2, 8, 60],
                        [2, 1, 8],
                        [3, 4, 11],
                        [6, 7, 31],
                    ]
                ),
                np.array(
                    [
                        [5, 8, 30],
                        [5, 1, 20],
                        [7, 4, 14],
                        [6, 5, 35],
                        [6, 7, 30],
                        [5, 9, 20],
                        [5, 6, 45],
                    ]
                ),
            ),
            (
                np.array([[1, 2, 3], [4, 2, 9]]),
                np.array([[4, 3, 5]]),
                np.zeros((0, 3), dtype=int),
            ),
            (
                np.zeros((0, 3), dtype=int),
                np.zeros((0, 3), dtype=int),
                np.array([[4, 3, 5]]),
            ),
        ],
        wrong=listed(
            people_of_test_only,
            people_of_fold_in_only,
            people_of_both,
            rows_of_test_only,
            films_for_people,
            later_than_test,
            honest_rows,
            numbers_of_people,
            numbers_of_rows,
            fold_in_before_train,
            same_film_only,
            time_only,
            both_at_once,
            in_one_row,
            same_time_counts,
            after_all_of_hers,
            earlier_for_later,
            anybodys_time,
            anybodys_film,
            user_here_film_there,
            new_people_tell_nothing,
            told_is_honest,
            known_people_in_fold_in,
            all_rows_of_test_people,
            film_in_test,
            whole_rows_only,
            people_without_train,
            number_in_any_column,
            first_row_of_hers,
            is_there_a_leak,
        ),
        apart=True,
    ),
    Question(
        "coldstart.3",
        "12.G5",
        gate,
        cases=[
            (
                np.array([[0.0, 0.0, 5.0], [2.0, 1.0, 0.0]]),
                np.array([[True, True, False], [True, True, True]]),
            ),
            (
                np.array(
                    [
                        [1.0, -0.5, 2.0, 0.3],
                        [0.2, 1.4, -1.0, 3.0],
                        [1.0, 2.0, 0.5, -1.0],
                        [40.0, 38.5, 2.0, 39.0],
                    ]
                ),
                np.array(
                    [[1, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 0, 1]], dtype=bool
                ),
            ),
            (
                np.array([[900.0, 899.0, 1.0], [-900.0, -898.0, 950.0]]),
                np.array([[True, True, True], [True, True, False]]),
            ),
            (
                np.array(
                    [[-1.0, -2.0, 0.5], [3.0, 0.1, 0.7], [-999.0, -1000.0, -998.5]]
                ),
                np.array([[0, 1, 0], [1, 0, 1], [1, 1, 1]], dtype=bool),
            ),
        ],
        wrong=listed(
            missing_ones_count,
            zero_after_the_softmax,
            missing_logit_is_zero,
            missing_logit_is_zero_then_weight,
            exponentials_too_large,
            largest_of_the_missing_too,
            largest_of_all_films,
            nothing_there_is_nan,
            nothing_there_is_even,
            nothing_there_is_all,
            even_weights,
            no_exponentials,
            over_the_films,
            of_the_missing,
            sigmoid_each,
            largest_takes_all,
            least_counts_most,
            not_divided_by_the_sum,
            divided_over_all_films,
            divided_over_each_kind,
            rest_dealt_out,
            base_two,
            clipped_logits,
            times_the_number,
        ),
    ),
    Question(
        "coldstart.4",
        "12.G2",
        shown_by_linucb,
        cases=[
            (
                np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
                np.array([1, 0, 1]),
                1.0,
                2,
            ),
            (_FILMS, np.array([1, 0, 0, 1, 0, 0, 0]), 0.5, 4),
            (_FILMS, np.array([1, 1, 1, 1, 0, 0, 0]), 2.0, 5),
            (_FILMS[:, :2], np.array([1, 0, 0, 1, 0, 0, 0]), 0.25, 4),
        ],
        wrong=listed(
            no_doubt,
            no_root,
            alpha_below_the_root,
            doubt_from_A_itself,
            doubt_taken_off,
            doubt_alone,
            length_for_doubt,
            alpha_left_out,
            b_for_theta,
            theta_before_the_last,
            shown_again,
            places_among_the_left,
            learns_from_the_wrong_row,
            clicks_only,
            every_click_seen,
            nothing_learnt_between,
            a_miss_is_minus_one,
            every_show_a_click,
            A_stays,
            b_stays,
            squares_on_the_diagonal,
            number_for_a_matrix,
            last_film_in_b_only,
            last_film_only_learnt,
            alpha_at_the_expectation,
            diagonal_of_the_inverse,
            b_at_the_end,
            expectations_for_theta,
            last_film_of_the_list,
            all_films_learnt,
            smallest_first,
            knows_the_clicks,
            rows_for_numbers,
            theta_comes_first,
            starts_from_nothing,
        ),
    ),
    Question(
        "coldstart.5",
        "12.G2",
        next_question,
        cases=[
            (
                np.array(
                    [[2, 2, 0], [2, 1, 0], [2, 0, 1], [2, 0, 0], [0, 1, 2], [1, 0, 2]]
                ),
                np.array([0]),
                np.array([2]),
            ),
            (_PEOPLE, np.array([], dtype=int), np.array([], dtype=int)),
            (_PEOPLE, np.array([3, 5]), np.array([0, 2])),
            (_PEOPLE, np.array([0, 3]), np.array([0, 0])),
            (_PEOPLE, np.array([0, 1]), np.array([1, 1])),
            (_PEOPLE, np.array([0, 5]), np.array([2, 1])),
        ],
        wrong=listed(
            everybody_is_alike,
            last_answer_only,
            one_answer_is_enough,
            not_alike,
            unseen_tells_nothing,
            seen_is_enough,
            sum_of_answers_is_equal,
            nobody_alike_is_everybody,
            among_those_who_saw_it,
            unseen_is_not_liked,
            seen_or_not,
            unseen_has_no_term,
            natural_logarithm,
            logarithm_to_base_three,
            no_minus,
            minus_forgotten_at_the_end,
            no_share_is_nan,
            nobody_alike_is_nan,
            shares_of_everybody,
            counts_for_shares,
            logarithms_only,
            asked_once_more,
            least_open,
            most_seen,
            place_among_the_rest,
            last_of_equal_ones,
            question_before_bits,
            bits_of_that_film,
            asked_films_taken_out,
            asked_films_at_minus_infinity,
            spread_of_the_numbers,
            chance_to_disagree,
            times_the_seen,
            popularity_times_entropy,
        ),
    ),
]
