"""Chapter 03: baselines."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "03.T1",
        "03.G1",
        ("similarity",),
        (2 / np.sqrt(6),),
        wrong={
            "out_of_three": (2 / 3,),
            "no_root": (2 / 6,),
            "only_the_count": (2,),
            "root_of_all": (np.sqrt(2 / 6),),
            "root_of_the_sum": (2 / np.sqrt(5),),
            "mean_of_the_counts": (2 / 2.5,),
            "similarity_of_people": (1 / np.sqrt(6),),
            "star_wars_and_terminator": (2 / np.sqrt(8),),
            "out_of_two": (1,),
            "sum_of_the_counts": (2 / 5,),
            "brackets_missing": (2 / np.sqrt(3) * np.sqrt(2),),
            "on_its_head": (np.sqrt(6) / 2,),
            "only_root_of_three": (2 / np.sqrt(3),),
            "only_root_of_two": (2 / np.sqrt(2),),
            "star_wars_and_oz": (1 / np.sqrt(12),),
        },
    ),
    Blank(
        "03.T2",
        "03.G2",
        ("alone",),
        (0.4,),
        wrong={
            "sign_lost": (-0.4,),
            "not_divided": (2 / 11,),
            "entry_of_the_inverse": (-2 / 11,),
            "other_diagonal_entry": (2 / 3,),
            "on_its_head": (2.5,),
            "on_its_head_and_sign_lost": (-2.5,),
            "no_penalty": (0.5,),
            "both_films": (4 / 9,),
            "one_of_both": (2 / 9,),
            "diagonal_entry": (5 / 11,),
            "cosine": (2 / np.sqrt(8),),
            "root_of_both_entries": (2 / np.sqrt(15),),
        },
    ),
    Blank(
        "03.T3",
        "03.G4",
        ("count",),
        (1.5,),
        wrong={
            "each_counts_one": (2,),
            "only_direct": (1,),
            "only_first_history": (0.5,),
            "distances_added": (3,),
            "one_over_the_sum": (1 / 3,),
            "one_over_the_mean": (2 / 3,),
            "mean_of_histories": (0.75,),
            "one_step_too_far": (5 / 6,),
            "steps_squared": (1.25,),
            "everything_after": (2.5,),
        },
    ),
]


# -------------------------------------------------------------------- baselines.1


def reasons(row, W, i):
    """Why film i? Her own films, and what each adds to the score of film i.

    row: (films,), 1 for each film that she has, else 0; W: (films, films), W[j, i] says
    how much film j speaks for film i; i: the number of a film that she does not have.
    Returns two arrays: the numbers of all films that she has, and their parts of the
    score. The largest part comes first; of equal parts, the one of the film with the
    lower number.
    """
    own = np.flatnonzero(row)
    parts = W[own, i]
    order = np.argsort(-parts, kind="stable")
    return own[order], parts[order]


def _sorted(own, parts):
    order = np.argsort(-parts, kind="stable")
    return own[order], parts[order]


def row_for_column(row, W, i):
    own = np.flatnonzero(row)
    return _sorted(own, W[i, own])


def all_films(row, W, i):
    return _sorted(np.arange(len(row)), W[:, i])


def zeros_for_others(row, W, i):
    return _sorted(np.arange(len(row)), row * W[:, i])


def cut_at_her_number(row, W, i):
    order = np.argsort(-row * W[:, i], kind="stable")[: row.sum()]
    return order, (row * W[:, i])[order]


def films_she_lacks(row, W, i):
    own = np.flatnonzero(row == 0)
    return _sorted(own, W[own, i])


def ones_as_numbers(row, W, i):
    return _sorted(row, W[row, i])


def places_not_films(row, W, i):
    parts = W[np.flatnonzero(row), i]
    order = np.argsort(-parts, kind="stable")
    return order, parts[order]


def parts_left_behind(row, W, i):
    own = np.flatnonzero(row)
    parts = W[own, i]
    return own[np.argsort(-parts, kind="stable")], parts


def not_sorted(row, W, i):
    own = np.flatnonzero(row)
    return own, W[own, i]


def smallest_part_first(row, W, i):
    own = np.flatnonzero(row)
    parts = W[own, i]
    order = np.argsort(parts, kind="stable")
    return own[order], parts[order]


def sorted_by_size(row, W, i):
    own = np.flatnonzero(row)
    parts = W[own, i]
    order = np.argsort(-abs(parts), kind="stable")
    return own[order], parts[order]


def size_of_parts(row, W, i):
    own = np.flatnonzero(row)
    return _sorted(own, abs(W[own, i]))


def only_for(row, W, i):
    own = np.flatnonzero(row * (W[:, i] > 0))
    return _sorted(own, W[own, i])


def not_against(row, W, i):
    own = np.flatnonzero(row * (W[:, i] >= 0))
    return _sorted(own, W[own, i])


def not_zero(row, W, i):
    own = np.flatnonzero(row * W[:, i])
    return _sorted(own, W[own, i])


def shares_of_the_score(row, W, i):
    films, parts = reasons(row, W, i)
    return films, parts / parts.sum()


def running_sums(row, W, i):
    films, parts = reasons(row, W, i)
    return films, np.cumsum(parts)


def ties_turned_round(row, W, i):
    own = np.flatnonzero(row)
    parts = W[own, i]
    order = np.argsort(parts, kind="stable")[::-1]
    return own[order], parts[order]


def parts_first(row, W, i):
    films, parts = reasons(row, W, i)
    return parts, films


def as_pairs(row, W, i):
    return list(zip(*reasons(row, W, i), strict=True))


def only_the_films(row, W, i):
    return reasons(row, W, i)[0]


def only_the_parts(row, W, i):
    return reasons(row, W, i)[1]


def the_score(row, W, i):
    return row @ W[:, i]


def equal_parts_once(row, W, i):
    own = np.flatnonzero(row)
    film = dict(zip(W[own, i], own, strict=True))
    parts = sorted(film, reverse=True)
    return np.array([film[part] for part in parts]), np.array(parts)


def first_of_equal_parts(row, W, i):
    own = np.flatnonzero(row)
    parts, at = np.unique(W[own, i], return_index=True)
    return own[at][::-1], parts[::-1]


def one_of_equals_again(row, W, i):
    own = np.flatnonzero(row)
    unsorted = [*W[own, i]]
    parts = sorted(unsorted, reverse=True)
    return own[[unsorted.index(part) for part in parts]], np.array(parts)


def ranks_as_places(row, W, i):
    own = np.flatnonzero(row)
    parts = W[own, i]
    rank = np.argsort(np.argsort(-parts, kind="stable"), kind="stable")
    return own[rank], parts[rank]


def films_left_behind(row, W, i):
    own = np.flatnonzero(row)
    return own, np.sort(W[own, i])[::-1]


def parts_into_integers(row, W, i):
    own = np.flatnonzero(row)
    parts = np.zeros_like(own)
    parts[:] = W[own, i]
    return _sorted(own, parts)


def all_scores(row, W, i):
    return row @ W


def counted_from_one_film(row, W, i):
    films, parts = reasons(row, W, i)
    return films + 1, parts


def column_of_numbers(row, W, i):
    own = np.argwhere(row)
    parts = W[own, i]
    order = np.argsort(-parts, kind="stable")
    return own[order], parts[order]


def as_dictionary(row, W, i):
    films, parts = reasons(row, W, i)
    return dict(zip(films.tolist(), parts.tolist(), strict=True))


def places_with_parts_by_number(row, W, i):
    parts = W[np.flatnonzero(row), i]
    return np.argsort(-parts, kind="stable"), parts


def parts_of_all_films(row, W, i):
    return reasons(row, W, i)[0], W[:, i]


def shares_of_all_sizes(row, W, i):
    films, parts = reasons(row, W, i)
    return films, parts / abs(parts).sum()


def score_without_the_film(row, W, i):
    films, parts = reasons(row, W, i)
    return films, parts.sum() - parts


def films_with_a_weight(row, W, i):
    own = np.flatnonzero(W[:, i])
    return _sorted(own, W[own, i])


def only_the_best(row, W, i):
    films, parts = reasons(row, W, i)
    return films[0], parts[0]  # nothing there, if she has no films


def _long_history():
    """She has 13 of 15 films, and the parts have four digits."""
    films = np.arange(15)
    W = ((7 * films[:, None] + 3 * films) % 16 - 6) / 16
    np.fill_diagonal(W, 0)
    return (films % 9 != 4).astype(int), W, 4


def lower_number_first(answer):
    """With many films and four different parts: sorts that are not stable fail."""
    films = np.arange(60)
    row, W = (films % 5 != 2).astype(int), np.zeros((60, 60))
    W[:, 7] = films * 7 % 4 / 8
    return np.array_equal(answer(row, W, 7)[0], reasons(row, W, 7)[0])


# -------------------------------------------------------------------- baselines.2


def promise(low, high):
    """What may be said of each model against EASE, whatever the data set?

    low, high: (models, sets), the ends of the intervals of model minus EASE.
    Returns (models,): 1 if the model is clearly ahead on every set, -1 if it is clearly
    behind on at least one, 0 otherwise. An interval that starts or ends at 0
    contains 0.
    """
    single = np.where(low > 0, 1, np.where(high < 0, -1, 0))
    return single.min(axis=1)


def _single(low, high):
    return np.where(low > 0, 1, np.where(high < 0, -1, 0))


def of_each_set(low, high):
    return _single(low, high)


def over_the_models(low, high):
    return promise(low.T, high.T)


def at_its_best(low, high):
    return _single(low, high).max(axis=1)


def ahead_somewhere(low, high):
    single = _single(low, high)
    return np.where(single.max(axis=1) > 0, 1, single.min(axis=1))


def behind_everywhere(low, high):
    return _single(low.min(axis=1), high.max(axis=1))


def by_majority(low, high):
    return np.sign(_single(low, high).sum(axis=1))


def mean_of_the_intervals(low, high):
    return _single(low.mean(axis=1), high.mean(axis=1))


def sign_of_the_middles(low, high):
    return np.sign(low + high).min(axis=1)


def first_set_only(low, high):
    return promise(low[:, :1], high[:, :1])


def last_set_only(low, high):
    return promise(low[:, -1:], high[:, -1:])


def level_is_behind(low, high):
    return np.where(low > 0, 1, -1).min(axis=1)


def level_is_ahead(low, high):
    return np.where(high > 0, 1, -1).min(axis=1)


def low_end_below(low, high):
    return np.where(low > 0, 1, np.where(low < 0, -1, 0)).min(axis=1)


def ends_at_zero_is_clear(low, high):
    return np.where(low >= 0, 1, np.where(high <= 0, -1, 0)).min(axis=1)


def starts_at_zero_is_ahead(low, high):
    return np.where(low >= 0, 1, np.where(high < 0, -1, 0)).min(axis=1)


def ease_against_model(low, high):
    return promise(-high, -low)


def ahead_or_not(low, high):
    return (low > 0).all(axis=1).astype(int)


def behind_or_not(low, high):
    return (high < 0).any(axis=1).astype(int)


def ahead_once_never_behind(low, high):
    single = _single(low, high)
    return np.where(single.min(axis=1) < 0, -1, single.max(axis=1))


def one_open_set_decides(low, high):
    single = _single(low, high)
    return np.where((single == 0).any(axis=1), 0, single.min(axis=1))


def one_verdict_for_all(low, high):
    return _single(low, high).min()


def sum_of_verdicts(low, high):
    return _single(low, high).sum(axis=1)


def mean_of_verdicts(low, high):
    return _single(low, high).mean(axis=1)


def product_of_verdicts(low, high):
    return _single(low, high).prod(axis=1)


def sets_ahead(low, high):
    return (low > 0).sum(axis=1)


def by_more_than_half(low, high):
    half = low.shape[1] / 2
    ahead, behind = (low > 0).sum(axis=1), (high < 0).sum(axis=1)
    return np.where(ahead > half, 1, np.where(behind > half, -1, 0))


def sign_of_the_mean(low, high):
    return np.sign((low + high).sum(axis=1))


def lowest_middle_decides(low, high):
    worst = (low + high).argmin(axis=1)
    return _single(low, high)[np.arange(len(low)), worst]


def not_behind_is_ahead(low, high):
    return np.where(high < 0, -1, 1).min(axis=1)


def high_end_decides(low, high):
    return np.sign(high).min(axis=1)


def ends_at_zero_is_behind(low, high):
    return np.where(low > 0, 1, np.where(high <= 0, -1, 0)).min(axis=1)


def first_two_sets(low, high):
    return promise(low[:, :2], high[:, :2])


def later_set_overwrites(low, high):
    verdict = np.ones(len(low), dtype=int)
    for a, b in zip(low.T, high.T, strict=True):
        verdict = np.where(b < 0, -1, np.where(a <= 0, 0, verdict))
    return verdict


def first_clear_set_decides(low, high):
    single = _single(low, high)
    first = (single != 0).argmax(axis=1)
    return single[np.arange(len(low)), first]


def last_clear_set_decides(low, high):
    return first_clear_set_decides(low[:, ::-1], high[:, ::-1])


def ahead_and_behind_cancel(low, high):
    return (low > 0).any(axis=1).astype(int) - (high < 0).any(axis=1)


# -------------------------------------------------------------------- baselines.3


def ease_weights(X, penalty):
    """The weights of EASE (3.4).

    X: (people, films), 1 or 0; penalty: the number lambda, above 0.
    Returns B: (films, films); B[j, i] is the weight of film j for film i, and no film
    has a weight for itself.
    """
    G = X.T @ X + penalty * np.eye(X.shape[1])
    inverse = np.linalg.inv(G)
    B = -inverse / np.diag(inverse)
    np.fill_diagonal(B, 0)
    return B


def _weights(G):
    inverse = np.linalg.inv(G)
    B = -inverse / np.diag(inverse)
    np.fill_diagonal(B, 0)
    return B


def rows_divided(X, penalty):
    return ease_weights(X, penalty).T


def penalty_left_out(X, penalty):
    return _weights(X.T @ X)


def penalty_in_every_cell(X, penalty):
    return _weights(X.T @ X + penalty)


def penalty_subtracted(X, penalty):
    return _weights(X.T @ X - penalty * np.eye(X.shape[1]))


def penalty_is_one(X, penalty):
    return _weights(X.T @ X + np.eye(X.shape[1]))


def people_by_people(X, penalty):
    return ease_weights(X.T, penalty)


def diagonal_kept(X, penalty):
    inverse = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    return -inverse / np.diag(inverse)


def minus_left_out(X, penalty):
    return -ease_weights(X, penalty)


def diagonal_is_one(X, penalty):
    inverse = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    return inverse / np.diag(inverse)


def one_over_each_entry(X, penalty):
    inverse = 1 / (X.T @ X + penalty * np.eye(X.shape[1]))
    B = -inverse / np.diag(inverse)
    np.fill_diagonal(B, 0)
    return B


def not_divided(X, penalty):
    B = -np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    np.fill_diagonal(B, 0)
    return B


def divided_by_diagonal_of_G(X, penalty):
    G = X.T @ X + penalty * np.eye(X.shape[1])
    B = -np.linalg.inv(G) / np.diag(G)
    np.fill_diagonal(B, 0)
    return B


def G_not_inverted(X, penalty):
    G = X.T @ X + penalty * np.eye(X.shape[1])
    B = -G / np.diag(G)
    np.fill_diagonal(B, 0)
    return B


def one_film_at_a_time(X, penalty):
    G = X.T @ X + penalty * np.eye(X.shape[1])
    B = G / np.diag(G)[:, None]
    np.fill_diagonal(B, 0)
    return B


def share_of_the_people(X, penalty):
    G = X.T @ X + penalty * np.eye(X.shape[1])
    B = G / np.diag(G)
    np.fill_diagonal(B, 0)
    return B


def zeros_put_in_afterwards(X, penalty):
    C = X.T @ X
    B = np.linalg.solve(C + penalty * np.eye(len(C)), C)
    np.fill_diagonal(B, 0)
    return B


def no_zeros_asked(X, penalty):
    C = X.T @ X
    return np.linalg.solve(C + penalty * np.eye(len(C)), C)


def counting(X, penalty):
    B = X.T @ X / penalty
    np.fill_diagonal(B, 0)
    return B


def zeros_before_dividing(X, penalty):
    inverse = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    np.fill_diagonal(inverse, 0)
    return -inverse / np.diag(inverse)


def zeros_before_and_after(X, penalty):
    B = zeros_before_dividing(X, penalty)
    np.fill_diagonal(B, 0)
    return B


def penalty_left_out_pinv(X, penalty):
    inverse = np.linalg.pinv(X.T @ X)
    B = -inverse / np.diag(inverse)
    np.fill_diagonal(B, 0)
    return B


def covariances(X, penalty):
    return _weights(np.cov(X.T) + penalty * np.eye(X.shape[1]))


def fraction_cut_off(X, penalty):
    G = X.T @ X
    np.fill_diagonal(G, np.diag(G) + penalty)  # integers keep the whole part
    return _weights(G)


def added_in_place(X, penalty):
    G = X.T @ X
    G += penalty * np.eye(len(G))  # stops, if G holds integers
    return _weights(G)


def penalty_for_the_counts(X, penalty):
    G = X.T @ X * 1.0
    np.fill_diagonal(G, penalty)
    return _weights(G)


def penalty_for_the_counts_cut_off(X, penalty):
    G = X.T @ X
    np.fill_diagonal(G, penalty)
    return _weights(G)


def divided_by_the_people(X, penalty):
    return _weights(X.T @ X / len(X) + penalty * np.eye(X.shape[1]))


def columns_centred(X, penalty):
    Z = X - X.mean(axis=0)
    return _weights(Z.T @ Z + penalty * np.eye(X.shape[1]))


def _item_cosines(X):
    n = X.sum(axis=0)
    return X.T @ X / np.sqrt(np.maximum(np.outer(n, n), 1))


def cosines_for_counts(X, penalty):
    return _weights(_item_cosines(X) + penalty * np.eye(X.shape[1]))


def item_knn(X, penalty):
    W = _item_cosines(X)
    np.fill_diagonal(W, 0)
    return W


def only_counts(X, penalty):
    C = X.T @ X
    np.fill_diagonal(C, 0)
    return C


def only_the_inverse(X, penalty):
    return np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))


def partial_correlations(X, penalty):
    inverse = only_the_inverse(X, penalty)
    root = np.sqrt(np.diag(inverse))
    B = -inverse / np.outer(root, root)
    np.fill_diagonal(B, 0)
    return B


def negative_weights_cut(X, penalty):
    return np.maximum(ease_weights(X, penalty), 0)


def _without_a_gap(X, penalty):
    films = X.shape[1]
    B = np.zeros((films, films))
    for i in range(films):
        others = np.delete(X, i, axis=1)
        G = others.T @ others + penalty * np.eye(films - 1)
        B[:-1, i] = np.linalg.solve(G, others.T @ X[:, i])
    return B


def no_gap_for_the_film(X, penalty):
    return _without_a_gap(X, penalty)


def no_gap_and_zeros(X, penalty):
    B = _without_a_gap(X, penalty)
    np.fill_diagonal(B, 0)
    return B


def least_squares_alone(X, penalty):
    films = X.shape[1]
    B = np.zeros((films, films))
    for i in range(films):
        rest = np.arange(films) != i
        B[rest, i] = np.linalg.lstsq(X[:, rest], X[:, i])[0]
    return B


def scores_for_weights(X, penalty):
    return X @ ease_weights(X, penalty)


def identity_of_the_people(X, penalty):
    return _weights(X.T @ X + penalty * np.eye(len(X)))


def entry_by_entry(X, penalty):
    return _weights(X.T * X + penalty * np.eye(X.shape[1]))


def multiplied_by_the_diagonal(X, penalty):
    inverse = only_the_inverse(X, penalty)
    B = -inverse * np.diag(inverse)
    np.fill_diagonal(B, 0)
    return B


def penalty_added_to_the_inverse(X, penalty):
    inverse = np.linalg.inv(X.T @ X) + penalty * np.eye(X.shape[1])
    B = -inverse / np.diag(inverse)
    np.fill_diagonal(B, 0)
    return B


def divided_by_the_sum(X, penalty):
    inverse = only_the_inverse(X, penalty)
    B = -inverse / inverse.sum(axis=0)
    np.fill_diagonal(B, 0)
    return B


def divided_by_the_largest(X, penalty):
    inverse = only_the_inverse(X, penalty)
    B = -inverse / inverse.max(axis=0)
    np.fill_diagonal(B, 0)
    return B


def correlations(X, penalty):
    Z = X - X.mean(axis=0)
    length = np.sqrt((Z**2).sum(axis=0))
    W = Z.T @ Z / np.maximum(np.outer(length, length), 1e-12)
    np.fill_diagonal(W, 0)
    return W


def penalty_twice(X, penalty):
    return ease_weights(X, 2 * penalty)


def penalty_squared(X, penalty):
    return ease_weights(X, penalty**2)


# -------------------------------------------------------------------- baselines.4


def user_knn(X, u, k):
    """The scores of user-kNN (3.1) for one person.

    X: (people, films), 1 or 0; u: the number of a row; k: how many others vote, those
    whose rows have the largest cosine with row u. If k is larger than the number of
    others, all of them vote. Whoever has no films has the similarity 0 with everybody.
    Returns (films,): a score for each film, minus infinity where u has the film.
    (Ties between similarities make no difference in the calls.)
    """
    n = X.sum(axis=1)
    w = X @ X[u] / np.sqrt(np.maximum(n * n[u], 1))
    w[u] = 0
    near = np.argsort(-w, kind="stable")[:k]
    scores = w[near] @ X[near]
    scores[X[u] > 0] = -np.inf
    return scores


def _cosines(X, u):
    n = X.sum(axis=1)
    w = X @ X[u] / np.sqrt(np.maximum(n * n[u], 1))
    w[u] = 0
    return w


def _votes(X, u, k, w):
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, w[near] @ X[near])


def _masked(X, u, scores):
    return np.where(X[u] > 0, -np.inf, scores)


def herself_takes_a_place(X, u, k):
    w = _cosines(X, u)
    w[u] = 1
    return _votes(X, u, k, w)


def nobody_taken_out(X, u, k):
    w = _cosines(X, u)
    w[u] = 1
    near = np.argsort(-w, kind="stable")[:k]
    return w[near] @ X[near]


def own_films_stay(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[:k]
    return w[near] @ X[near]


def own_films_get_zero(X, u, k):
    return own_films_stay(X, u, k) * (X[u] == 0)


def own_films_left_out(X, u, k):
    return own_films_stay(X, u, k)[X[u] == 0]


def only_own_films_scored(X, u, k):
    return np.where(X[u] > 0, own_films_stay(X, u, k), -np.inf)


def jaccard(X, u, k):
    n, both = X.sum(axis=1), X @ X[u]
    w = both / np.maximum(n + n[u] - both, 1)
    w[u] = 0
    return _votes(X, u, k, w)


def films_in_common(X, u, k):
    w = X @ X[u]
    w[u] = 0
    return _votes(X, u, k, w)


def root_missing(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.maximum(n * n[u], 1)
    w[u] = 0
    return _votes(X, u, k, w)


def divided_by_own_count(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / max(n[u], 1)
    w[u] = 0
    return _votes(X, u, k, w)


def divided_by_the_others_count(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.maximum(n, 1)
    w[u] = 0
    return _votes(X, u, k, w)


def root_of_the_sum(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.sqrt(np.maximum(n + n[u], 1))
    w[u] = 0
    return _votes(X, u, k, w)


def least_similar_vote(X, u, k):
    w = _cosines(X, u)
    others = np.delete(np.arange(len(X)), u)
    near = others[np.argsort(w[others], kind="stable")[:k]]
    return _masked(X, u, w[near] @ X[near])


def everybody_votes(X, u, k):
    return _masked(X, u, _cosines(X, u) @ X)


def _near(X, u, k):
    w = _cosines(X, u)
    w[u] = -1
    return np.argsort(-w, kind="stable")[: min(k, len(X) - 1)]


def one_vote_each(X, u, k):
    return _masked(X, u, X[_near(X, u, k)].sum(axis=0))


def one_vote_of_each_similar(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, (w[near] > 0) @ X[near])


def _masked_in_place(X, u, scores):
    scores[X[u] > 0] = -np.inf  # integers can't hold that
    return scores


def one_vote_each_whole(X, u, k):
    return _masked_in_place(X, u, X[_near(X, u, k)].sum(axis=0))


def films_in_common_whole(X, u, k):
    w = X @ X[u]
    w[u] = 0
    near = np.argsort(-w, kind="stable")[:k]
    return _masked_in_place(X, u, w[near] @ X[near])


def popularity_whole(X, u, k):
    return _masked_in_place(X, u, X.sum(axis=0))


def votes_into_integers(X, u, k):
    w, scores = _cosines(X, u), np.zeros_like(X[u])
    for v in np.argsort(-w, kind="stable")[:k]:
        scores += w[v] * X[v]
    return _masked_in_place(X, u, scores)


def scores_into_integers(X, u, k):
    scores = np.zeros_like(X[u])
    scores[:] = own_films_stay(X, u, k)
    return _masked_in_place(X, u, scores)


def numbers_of_a_shorter_table(X, u, k):
    w = np.delete(_cosines(X, u), u)
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, w[near] @ X[near])


def most_similar_left_out(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[1 : k + 1]
    return _masked(X, u, w[near] @ X[near])


def least_similar_and_herself(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(w, kind="stable")[:k]
    return _masked(X, u, w[near] @ X[near])


def weights_not_sorted(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, w[:k] @ X[near])


def largest_vote(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, (w[near][:, None] * X[near]).max(axis=0))


def pearson(X, u, k):
    Z = X - X.mean(axis=1, keepdims=True)
    length = np.sqrt((Z**2).sum(axis=1) * (Z[u] ** 2).sum())
    w = Z @ Z[u] / np.where(length > 0, length, 1)
    w[u] = 0
    return _votes(X, u, k, w)


def pearson_and_nan(X, u, k):
    w = np.corrcoef(X)[u]
    w[u] = 0
    return _votes(X, u, k, w)


def columns_normalised(X, u, k):
    Z = X / np.sqrt(np.maximum(X.sum(axis=0), 1))
    w = Z @ Z[u]
    w[u] = 0
    return _votes(X, u, k, w)


def dice(X, u, k):
    n = X.sum(axis=1)
    w = 2 * (X @ X[u]) / np.maximum(n + n[u], 1)
    w[u] = 0
    return _votes(X, u, k, w)


def root_of_own_count(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.sqrt(max(n[u], 1))
    w[u] = 0
    return _votes(X, u, k, w)


def root_of_the_others_count(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.sqrt(np.maximum(n, 1))
    w[u] = 0
    return _votes(X, u, k, w)


def brackets_missing(X, u, k):
    root = np.sqrt(np.maximum(X.sum(axis=1), 1))
    w = X @ X[u] / root * root[u]
    w[u] = 0
    return _votes(X, u, k, w)


def mean_of_the_votes(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, w[near] @ X[near] / max(w[near].sum(), 1e-12))


def divided_by_k(X, u, k):
    return user_knn(X, u, k) / k


def mean_of_the_votes_and_nan(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, w[near] @ X[near] / w[near].sum())


def mean_of_the_neighbours(X, u, k):
    near = _near(X, u, k)
    return _masked(X, u, _cosines(X, u)[near] @ X[near] / len(near))


def mean_with_herself(X, u, k):
    w = _cosines(X, u)
    near = np.argsort(-w, kind="stable")[:k]
    return _masked(X, u, w[near] @ X[near] / len(near))


def mean_of_those_who_have_it(X, u, k):
    near = _near(X, u, k)
    have = np.maximum(X[near].sum(axis=0), 1)
    return _masked(X, u, _cosines(X, u)[near] @ X[near] / have)


def k_who_have_the_film(X, u, k):
    votes = np.sort(_cosines(X, u)[:, None] * X, axis=0)[::-1]
    return _masked(X, u, votes[:k].sum(axis=0))


def distances_vote(X, u, k):
    w = _cosines(X, u)
    w[u] = -1
    near = np.argsort(-w, kind="stable")[: min(k, len(X) - 1)]
    return _masked(X, u, (1 - w[near]) @ X[near])


def columns_compared(X, u, k):
    n = X.sum(axis=0)
    W = X.T @ X / np.sqrt(np.maximum(np.outer(n, n), 1))
    np.fill_diagonal(W, 0)
    return _masked(X, u, X[u] @ W)


def columns_compared_k(X, u, k):
    n = X.sum(axis=0)
    W = X.T @ X / np.sqrt(np.maximum(np.outer(n, n), 1))
    np.fill_diagonal(W, 0)
    kept = np.sort(W, axis=0)[-min(k, len(W))]
    W[kept > W] = 0
    return _masked(X, u, X[u] @ W)


def popularity(X, u, k):
    return _masked(X, u, X.sum(axis=0))


def similarities(X, u, k):
    return _cosines(X, u)


def similar_people(X, u, k):
    return np.argsort(-_cosines(X, u), kind="stable")[:k]


def best_film(X, u, k):
    return int(np.argmax(user_knn(X, u, k)))


def films_by_score(X, u, k):
    return np.argsort(-user_knn(X, u, k), kind="stable")


def nan_for_no_films(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.sqrt(n * n[u])
    w[u] = 0
    return _votes(X, u, k, w)


def nan_is_most_similar(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.sqrt(n * n[u])
    w[u] = 0
    near = np.argsort(w, kind="stable")[-k:]
    return _masked(X, u, w[near] @ X[near])


def k_beyond_the_others(X, u, k):
    w = _cosines(X, u)
    w[w < np.sort(w)[-k]] = 0
    return _masked(X, u, w @ X)


def no_place_to_part_at(X, u, k):
    w = _cosines(X, u)
    near = np.argpartition(-w, k)[:k]
    return _masked(X, u, w[near] @ X[near])


def minus_infinity_votes(X, u, k):
    w = _cosines(X, u)
    w[u] = -np.inf
    return _votes(X, u, k, w)


def divided_by_the_smaller_count(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.maximum(np.minimum(n, n[u]), 1)
    w[u] = 0
    return _votes(X, u, k, w)


def divided_by_the_larger_count(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / np.maximum(np.maximum(n, n[u]), 1)
    w[u] = 0
    return _votes(X, u, k, w)


def one_added_below(X, u, k):
    n = X.sum(axis=1)
    w = X @ X[u] / (np.sqrt(n * n[u]) + 1)
    w[u] = 0
    return _votes(X, u, k, w)


def similarities_squared(X, u, k):
    return _masked(X, u, _votes_of(X, _cosines(X, u), k, 2))


def _votes_of(X, w, k, power):
    near = np.argsort(-w, kind="stable")[:k]
    return w[near] ** power @ X[near]


def one_vote_too_many(X, u, k):
    return _votes(X, u, k + 1, _cosines(X, u))


def first_rows_vote(X, u, k):
    return _masked(X, u, _cosines(X, u)[:k] @ X[:k])


def only_above_the_kth(X, u, k):
    w = _cosines(X, u)
    w[w <= np.sort(w)[::-1][min(k, len(w)) - 1]] = 0
    return _masked(X, u, w @ X)


def euclidean(X, u, k):
    w = 1 / (1 + np.sqrt(((X - X[u]) ** 2).sum(axis=1)))
    w[u] = 0
    return _votes(X, u, k, w)


def equal_entries(X, u, k):
    w = (X[u] == X).mean(axis=1)
    w[u] = 0
    return _votes(X, u, k, w)


def own_films_get_nan(X, u, k):
    return np.where(X[u] > 0, np.nan, own_films_stay(X, u, k))


def own_films_get_minus_one(X, u, k):
    return np.where(X[u] > 0, -1, own_films_stay(X, u, k))


def plus_infinity(X, u, k):
    return np.where(X[u] > 0, np.inf, own_films_stay(X, u, k))


def infinity_times_zero(X, u, k):
    return own_films_stay(X, u, k) - np.inf * X[u]


def one_vote_each_and_herself(X, u, k):
    w = _cosines(X, u)
    w[u] = 1
    return _masked(X, u, X[np.argsort(-w, kind="stable")[:k]].sum(axis=0))


def minus_infinity_for_no_films(X, u, k):
    return np.where(X[u].any(), user_knn(X, u, k), -np.inf)


def popularity_for_no_films(X, u, k):
    return user_knn(X, u, k) if X[u].any() else X.sum(axis=0)


def best_films(X, u, k):
    return films_by_score(X, u, k)[:k]


# -------------------------------------------------------------------- baselines.5


def fair_report(valid, test):
    """Tune each model with the same effort, and report it.

    valid, test: (models, tries), NDCG@10 of every try, in the order in which they were
    made; nan after the last try of a model. All models get as many tries as the model
    that has fewest: only the first ones count. Of equal scores, take the earlier try.
    Returns two arrays (models,): the number of the chosen try, counted from 0, and the
    score that is reported for the test.
    """
    tries = (~np.isnan(valid)).sum(axis=1).min()
    chosen = valid[:, :tries].argmax(axis=1)
    return chosen, test[np.arange(len(test)), chosen]


def _report(valid, test, tries):
    chosen = valid[:, :tries].argmax(axis=1)
    return chosen, test[np.arange(len(test)), chosen]


def _fewest(valid):
    return (~np.isnan(valid)).sum(axis=1).min()


def chosen_on_test(valid, test):
    return fair_report(test, test)


def best_of_test(valid, test):
    return fair_report(valid, test)[0], fair_report(test, test)[1]


def chosen_on_both(valid, test):
    return fair_report(valid + test, test)


def validation_reported(valid, test):
    return fair_report(valid, valid)


def every_try_counts(valid, test):
    chosen = np.nanargmax(valid, axis=1)
    return chosen, test[np.arange(len(test)), chosen]


def best_of_all_test(valid, test):
    return np.nanargmax(test, axis=1), np.nanmax(test, axis=1)


def nan_is_largest(valid, test):
    return _report(valid, test, None)


def one_try_too_few(valid, test):
    return _report(valid, test, _fewest(valid) - 1)


def tries_of_the_first_model(valid, test):
    return _report(valid, test, (~np.isnan(valid[0])).sum())


def last_ones_count(valid, test):
    tries, chosen = _fewest(valid), []
    for row in valid:
        end = (~np.isnan(row)).sum()
        chosen.append(end - tries + row[end - tries : end].argmax())
    return np.array(chosen), test[np.arange(len(test)), chosen]


def smallest_chosen(valid, test):
    return fair_report(-valid, test)


def later_of_equals(valid, test):
    tries = _fewest(valid)
    chosen = tries - 1 - valid[:, :tries][:, ::-1].argmax(axis=1)
    return chosen, test[np.arange(len(test)), chosen]


def one_try_for_all(valid, test):
    chosen = valid[:, : _fewest(valid)].mean(axis=0).argmax()
    return np.full(len(test), chosen), test[:, chosen]


def best_model_of_each_try(valid, test):
    tries = _fewest(valid)
    chosen = valid[:, :tries].argmax(axis=0)
    return chosen, test[chosen, np.arange(tries)]


def best_model_only(valid, test):
    tries = _fewest(valid)
    best = valid[:, :tries].argmax()
    return best % tries, test[:, :tries].ravel()[best]


def counted_from_one(valid, test):
    chosen, score = fair_report(valid, test)
    return chosen + 1, score


def try_after_the_chosen(valid, test):
    chosen = fair_report(valid, test)[0] + 1
    return chosen, test[np.arange(len(test)), chosen]


def mean_of_the_tries(valid, test):
    return fair_report(valid, test)[0], test[:, : _fewest(valid)].mean(axis=1)


def rows_and_columns_crossed(valid, test):
    chosen = fair_report(valid, test)[0]
    return chosen, test[:, chosen]


def score_first(valid, test):
    return fair_report(valid, test)[::-1]


def only_the_choice(valid, test):
    return fair_report(valid, test)[0]


def only_the_score(valid, test):
    return fair_report(valid, test)[1]


def one_try_too_many(valid, test):
    return _report(valid, test, _fewest(valid) + 1)


def counted_down_the_columns(valid, test):
    return _report(valid, test, (~np.isnan(valid)).sum(axis=0).min())


def as_many_as_models(valid, test):
    return _report(valid, test, len(valid))


def settings_of_the_best_model(valid, test):
    tries = _fewest(valid)
    chosen = valid[:, :tries].argmax() % tries
    return np.full(len(test), chosen), test[:, chosen]


def indices_exchanged(valid, test):
    chosen = fair_report(valid, test)[0]
    return chosen, test[chosen, np.arange(len(test))]


def rows_taken(valid, test):
    chosen = fair_report(valid, test)[0]
    return chosen, test[chosen]


def mean_of_all_tries(valid, test):
    return fair_report(valid, test)[0], np.nanmean(test, axis=1)


def last_try_reported(valid, test):
    chosen = np.full(len(test), _fewest(valid) - 1)
    return chosen, test[np.arange(len(test)), chosen]


def tries_of_the_last_model(valid, test):
    return _report(valid, test, (~np.isnan(valid[-1])).sum())


def always_three_tries(valid, test):
    return _report(valid, test, 3)


def first_nan_by_argmax(valid, test):
    return _report(valid, test, np.isnan(valid).argmax(axis=1).min())


def best_validation_for_its_number(valid, test):
    tries = _fewest(valid)
    return valid[:, :tries].max(axis=1), fair_report(valid, test)[1]


def best_of_all_tests(valid, test):
    return fair_report(valid, test)[0], np.nanmax(test, axis=1)


def scores_of_the_first_model(valid, test):
    chosen = fair_report(valid, test)[0]
    return chosen, test[0, chosen]


def table_of_pairs(valid, test):
    return np.column_stack(fair_report(valid, test))


def valid_and_test_exchanged(valid, test):
    return fair_report(test, valid)


def best_of_its_own_tries_cut(valid, test):
    chosen = np.minimum(np.nanargmax(valid, axis=1), _fewest(valid) - 1)
    return chosen, test[np.arange(len(test)), chosen]


def mean_of_the_models(valid, test):
    chosen, score = fair_report(valid, test)
    return chosen, score.mean()


def last_try_of_each(valid, test):
    chosen = (~np.isnan(valid)).sum(axis=1) - 1
    return chosen, test[np.arange(len(test)), chosen]


def gain_over_validation(valid, test):
    chosen = fair_report(valid, test)[0]
    rows = np.arange(len(test))
    return chosen, test[rows, chosen] - valid[rows, chosen]


FIGURE_3_1 = np.array(
    [
        [1.0, 1, 1, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1],
        [0, 0, 0, 1, 1],
        [1, 1, 0, 1, 0],
    ]
)
NAN = np.nan

QUESTIONS = [
    Question(
        "baselines.1",
        "03.G5",
        reasons,
        cases=[
            (
                np.array([1, 0, 1, 1, 0]),
                np.array(
                    [
                        [0.0, 0.2, 0.1, 0.3, 0.4],
                        [0.1, 0.0, 0.6, -0.2, 0.3],
                        [0.4, -0.4, 0.0, 0.2, 0.1],
                        [-0.1, 0.3, 0.5, 0.0, 0.2],
                        [0.2, 0.4, -0.3, 0.1, 0.0],
                    ]
                ),
                1,
            ),
            (
                np.array([1, 1, 0, 1, 1, 1, 1]),
                np.array(
                    [
                        [0.0, 0.1, 0.2, 0.3, -0.1, 0.2, 0.1],
                        [0.2, 0.0, -0.1, 0.1, 0.4, 0.3, 0.1],
                        [0.5, 0.3, 0.0, 0.1, -0.2, 0.2, 0.4],
                        [0.1, 0.2, 0.7, 0.0, 0.3, 0.1, 0.2],
                        [0.3, 0.1, 0.2, -0.4, 0.0, 0.1, 0.2],
                        [0.1, 0.4, 0.0, 0.2, 0.1, 0.0, 0.3],
                        [0.2, 0.1, -0.1, 0.5, 0.2, 0.4, 0.0],
                    ]
                ),
                2,
            ),
            (np.array([0, 0, 0]), np.array([[0.0, 1, 2], [3, 0, 4], [5, 6, 0]]), 0),
            _long_history(),
        ],
        wrong=listed(
            row_for_column,
            all_films,
            zeros_for_others,
            cut_at_her_number,
            films_she_lacks,
            ones_as_numbers,
            places_not_films,
            parts_left_behind,
            not_sorted,
            smallest_part_first,
            sorted_by_size,
            size_of_parts,
            only_for,
            not_against,
            not_zero,
            shares_of_the_score,
            running_sums,
            ties_turned_round,
            parts_first,
            as_pairs,
            only_the_films,
            only_the_parts,
            the_score,
            equal_parts_once,
            first_of_equal_parts,
            one_of_equals_again,
            ranks_as_places,
            films_left_behind,
            parts_into_integers,
            all_scores,
            counted_from_one_film,
            column_of_numbers,
            as_dictionary,
            places_with_parts_by_number,
            parts_of_all_films,
            shares_of_all_sizes,
            score_without_the_film,
            films_with_a_weight,
            only_the_best,
        ),
        laws={"lower_number_first": lower_number_first},
    ),
    Question(
        "baselines.2",
        "03.G3",
        promise,
        cases=[
            (
                np.array(
                    [
                        [0.01, 0.02],
                        [-0.01, 0.01],
                        [0.02, -0.02],
                        [-0.05, 0.01],
                        [0.02, -0.3],
                        [0.0, 0.01],
                    ]
                ),
                np.array(
                    [
                        [0.03, 0.05],
                        [0.02, 0.04],
                        [0.03, 0.0],
                        [-0.01, 0.03],
                        [0.05, -0.1],
                        [0.02, 0.03],
                    ]
                ),
            ),
            (
                np.array(
                    [
                        [0.1, 0.2, -0.1],
                        [0.0, 0.1, 0.2],
                        [-0.3, 0.1, 0.2],
                        [-0.2, -0.3, -0.1],
                        [-0.4, 0.3, 0.2],
                        [0.3, 0.1, 0.1],
                        [-0.2, -0.1, -0.3],
                        [-0.3, -0.2, -0.4],
                        [-0.9, 0.1, -0.3],
                        [-0.4, -0.3, 0.1],
                        [0.1, 0.2, -0.4],
                    ]
                ),
                np.array(
                    [
                        [0.3, 0.4, 0.5],
                        [0.2, 0.3, 0.4],
                        [-0.1, 0.2, 0.5],
                        [0.1, 0.2, 0.0],
                        [0.1, 0.5, 0.6],
                        [0.4, 0.2, 0.3],
                        [-0.1, 0.2, 0.1],
                        [-0.1, -0.1, -0.2],
                        [0.1, 0.2, -0.1],
                        [-0.2, -0.1, 0.2],
                        [0.3, 0.4, -0.2],
                    ]
                ),
            ),
        ],
        wrong=listed(
            of_each_set,
            over_the_models,
            at_its_best,
            ahead_somewhere,
            behind_everywhere,
            by_majority,
            mean_of_the_intervals,
            sign_of_the_middles,
            first_set_only,
            last_set_only,
            level_is_behind,
            level_is_ahead,
            low_end_below,
            ends_at_zero_is_clear,
            starts_at_zero_is_ahead,
            ease_against_model,
            ahead_or_not,
            behind_or_not,
            ahead_once_never_behind,
            one_open_set_decides,
            one_verdict_for_all,
            sum_of_verdicts,
            mean_of_verdicts,
            product_of_verdicts,
            sets_ahead,
            by_more_than_half,
            sign_of_the_mean,
            lowest_middle_decides,
            not_behind_is_ahead,
            high_end_decides,
            ends_at_zero_is_behind,
            first_two_sets,
            later_set_overwrites,
            first_clear_set_decides,
            last_clear_set_decides,
            ahead_and_behind_cancel,
        ),
    ),
    Question(
        "baselines.3",
        "03.G2",
        ease_weights,
        cases=[
            (np.array([[1.0, 1, 1], [1, 1, 1], [0, 1, 0], [1, 1, 0]]), 1.0),
            (
                np.array(
                    [
                        [1.0, 1, 0, 0],
                        [1, 1, 0, 0],
                        [0, 1, 0, 1],
                        [1, 0, 0, 1],
                        [0, 0, 0, 1],
                        [1, 1, 0, 0],
                    ]
                ),
                0.5,
            ),
            (np.array([[1.0, 1, 0], [0, 1, 1]]), 3.0),
            (np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0]]), 2.5),  # integers
            (  # as many people as films; a weight is below -1
                np.array([[0.0, 0, 1, 0], [0, 0, 1, 1], [1, 0, 1, 0], [1, 1, 0, 1]]),
                0.2,
            ),
        ],
        wrong=listed(
            rows_divided,
            penalty_left_out,
            penalty_in_every_cell,
            penalty_subtracted,
            penalty_is_one,
            people_by_people,
            diagonal_kept,
            minus_left_out,
            diagonal_is_one,
            one_over_each_entry,
            not_divided,
            divided_by_diagonal_of_G,
            G_not_inverted,
            one_film_at_a_time,
            share_of_the_people,
            zeros_put_in_afterwards,
            no_zeros_asked,
            counting,
            zeros_before_dividing,
            zeros_before_and_after,
            penalty_left_out_pinv,
            covariances,
            fraction_cut_off,
            added_in_place,
            penalty_for_the_counts,
            penalty_for_the_counts_cut_off,
            divided_by_the_people,
            columns_centred,
            cosines_for_counts,
            item_knn,
            only_counts,
            only_the_inverse,
            partial_correlations,
            negative_weights_cut,
            no_gap_for_the_film,
            no_gap_and_zeros,
            least_squares_alone,
            scores_for_weights,
            identity_of_the_people,
            entry_by_entry,
            multiplied_by_the_diagonal,
            penalty_added_to_the_inverse,
            divided_by_the_sum,
            divided_by_the_largest,
            correlations,
            penalty_twice,
            penalty_squared,
        ),
    ),
    Question(
        "baselines.4",
        "03.G1",
        user_knn,
        cases=[
            (FIGURE_3_1, 5, 3),
            (FIGURE_3_1, 2, 7),
            (
                np.array(
                    [
                        [1.0, 1, 1, 1, 0, 0, 0, 0],
                        [1, 1, 1, 0, 1, 0, 0, 0],
                        [1, 1, 0, 0, 0, 1, 1, 1],
                        [0, 0, 0, 1, 0, 1, 0, 0],
                        [0, 0, 0, 0, 0, 0, 0, 0],
                        [1, 0, 1, 1, 0, 1, 0, 1],
                        [0, 0, 0, 0, 1, 0, 1, 1],
                    ]
                ),
                0,
                2,
            ),
            (
                np.array(
                    [
                        [1, 0, 1, 1],  # integers
                        [0, 0, 0, 0],
                        [1, 1, 0, 1],
                        [0, 0, 1, 0],
                        [0, 1, 1, 1],
                    ]
                ),
                3,
                9,
            ),
            (np.array([[0.0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 0, 1]]), 1, 4),
            (  # who votes has more films than she, or fewer
                np.array(
                    [
                        [0.0, 0, 0, 0, 0, 0, 1, 0, 0],
                        [0, 0, 1, 0, 0, 1, 1, 1, 1],
                        [0, 0, 0, 1, 0, 0, 0, 0, 1],
                        [1, 1, 1, 1, 0, 0, 0, 0, 0],
                        [1, 1, 1, 0, 0, 1, 1, 1, 0],
                        [1, 1, 0, 0, 1, 0, 0, 0, 0],
                    ]
                ),
                3,
                3,
            ),
        ],
        wrong=listed(
            herself_takes_a_place,
            nobody_taken_out,
            own_films_stay,
            own_films_get_zero,
            own_films_left_out,
            only_own_films_scored,
            jaccard,
            films_in_common,
            root_missing,
            divided_by_own_count,
            divided_by_the_others_count,
            root_of_the_sum,
            least_similar_vote,
            everybody_votes,
            one_vote_each,
            one_vote_of_each_similar,
            one_vote_each_whole,
            films_in_common_whole,
            popularity_whole,
            votes_into_integers,
            scores_into_integers,
            numbers_of_a_shorter_table,
            most_similar_left_out,
            least_similar_and_herself,
            weights_not_sorted,
            largest_vote,
            pearson,
            pearson_and_nan,
            columns_normalised,
            dice,
            root_of_own_count,
            root_of_the_others_count,
            brackets_missing,
            mean_of_the_votes,
            divided_by_k,
            mean_of_the_votes_and_nan,
            mean_of_the_neighbours,
            mean_with_herself,
            mean_of_those_who_have_it,
            k_who_have_the_film,
            distances_vote,
            columns_compared,
            columns_compared_k,
            popularity,
            similarities,
            similar_people,
            best_film,
            films_by_score,
            nan_for_no_films,
            nan_is_most_similar,
            k_beyond_the_others,
            no_place_to_part_at,
            minus_infinity_votes,
            divided_by_the_smaller_count,
            divided_by_the_larger_count,
            one_added_below,
            similarities_squared,
            one_vote_too_many,
            first_rows_vote,
            only_above_the_kth,
            euclidean,
            equal_entries,
            own_films_get_nan,
            own_films_get_minus_one,
            plus_infinity,
            infinity_times_zero,
            one_vote_each_and_herself,
            minus_infinity_for_no_films,
            popularity_for_no_films,
            best_films,
        ),
    ),
    Question(
        "baselines.5",
        "03.G3",
        fair_report,
        cases=[
            (
                np.array(
                    [
                        [0.18, 0.21, 0.20, 0.23, 0.22],
                        [0.20, 0.17, 0.22, NAN, NAN],
                        [0.19, 0.15, 0.19, 0.16, NAN],
                    ]
                ),
                np.array(
                    [
                        [0.22, 0.20, 0.19, 0.24, 0.25],
                        [0.15, 0.18, 0.16, NAN, NAN],
                        [0.17, 0.13, 0.21, 0.20, NAN],
                    ]
                ),
            ),
            (
                np.array(
                    [[0.3, 0.34, 0.35, NAN, NAN, NAN], [0.2, 0.4, 0.38, 0.1, 0.6, 0.5]]
                ),
                np.array(
                    [[0.1, 0.2, 0.15, NAN, NAN, NAN], [0.5, 0.2, 0.6, 0.3, 0.1, 0.4]]
                ),
            ),
            (
                np.array([[0.1, 0.3], [0.5, 0.4], [0.2, 0.25]]),
                np.array([[0.4, 0.2], [0.1, 0.3], [0.35, 0.45]]),
            ),
            (  # four tries count, and no model has six
                np.array(
                    [
                        [0.21, 0.24, 0.22, 0.26, 0.31, NAN],
                        [0.25, 0.2, 0.18, 0.22, NAN, NAN],
                        [0.14, 0.16, 0.13, 0.19, 0.17, NAN],
                    ]
                ),
                np.array(
                    [
                        [0.3, 0.21, 0.26, 0.23, 0.28, NAN],
                        [0.19, 0.24, 0.17, 0.2, NAN, NAN],
                        [0.12, 0.18, 0.15, 0.14, 0.2, NAN],
                    ]
                ),
            ),
        ],
        wrong=listed(
            chosen_on_test,
            best_of_test,
            chosen_on_both,
            validation_reported,
            every_try_counts,
            best_of_all_test,
            nan_is_largest,
            one_try_too_few,
            tries_of_the_first_model,
            last_ones_count,
            smallest_chosen,
            later_of_equals,
            one_try_for_all,
            best_model_of_each_try,
            best_model_only,
            counted_from_one,
            try_after_the_chosen,
            mean_of_the_tries,
            rows_and_columns_crossed,
            score_first,
            only_the_choice,
            only_the_score,
            one_try_too_many,
            counted_down_the_columns,
            as_many_as_models,
            settings_of_the_best_model,
            indices_exchanged,
            rows_taken,
            mean_of_all_tries,
            last_try_reported,
            tries_of_the_last_model,
            always_three_tries,
            first_nan_by_argmax,
            best_validation_for_its_number,
            best_of_all_tests,
            scores_of_the_first_model,
            table_of_pairs,
            valid_and_test_exchanged,
            best_of_its_own_tries_cut,
            mean_of_the_models,
            last_try_of_each,
            gain_over_validation,
        ),
    ),
]
