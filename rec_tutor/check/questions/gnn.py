"""Chapter 10: graph neural networks."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "10.T1",
        "10.G2",
        ("third",),
        (4,),
        wrong={
            "counts_neighbours": (3,),
            "one_neighbour_only": (2,),
            "after_first_pass": (1,),
            "after_second_pass": (0,),
            "mean": (4 / 3,),
            "adds_what_it_had": (5,),
        },
    ),
    Blank(
        "10.T2",
        "10.G2",
        ("famous_edge", "rare_edge"),
        (0.01, 0.1),
        wrong={
            "swapped": (0.1, 0.01),
            "no_root": (0.0001, 0.01),
            "upside_down": (100, 10),
            "root_of_the_sum": (425**-0.5, 29**-0.5),
            "film_only": (0.05, 0.5),
            "person_only": (0.2, 0.2),
            "mean_over_her_films": (0.04, 0.04),
            "roots_added": (1 / 25, 1 / 7),
        },
        within=0.0006,
    ),
]


# --------------------------------------------------------------------------- gnn.1


def adjacency(pairs, users, films):
    """The matrix (10.1) of the graph of users and films.

    pairs: (ratings, 2), in each row a user and a film, both numbered from 0; a row may
    come twice, and there may be no row. users, films: how many there are.
    Returns (nodes, nodes): 1 where two nodes are joined, else 0; first all users, then
    all films.
    """
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u, users + i] = A[users + i, u] = 1
    return A


def same_numbers(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u, i] = A[i, u] = 1
    return A


def fewer_nodes(pairs, users, films):
    A = np.zeros((max(users, films), max(users, films)))
    for u, i in pairs:
        A[u, i] = A[i, u] = 1
    return A


def table_of_ratings(pairs, users, films):
    X = np.zeros((users, films))
    for u, i in pairs:
        X[u, i] = 1
    return X


def films_hear_nothing(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u, users + i] = 1
    return A


def users_hear_nothing(pairs, users, films):
    return films_hear_nothing(pairs, users, films).T


def films_first(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[i, films + u] = A[films + u, i] = 1
    return A


def moved_by_the_films(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u, films + i] = A[films + i, u] = 1
    return A


def one_too_far(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u, users + i + 1] = A[users + i + 1, u] = 1
    return A


def counts_repeats(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u, users + i] += 1
        A[users + i, u] += 1
    return A


def joined_to_itself(pairs, users, films):
    return adjacency(pairs, users, films) + np.eye(users + films)


def blocks_on_the_diagonal(pairs, users, films):
    X = table_of_ratings(pairs, users, films)
    return np.block([[X, np.zeros((users, users))], [np.zeros((films, films)), X.T]])


def paths_of_two(pairs, users, films):
    A = adjacency(pairs, users, films)
    return A @ A


def moved_by_users_that_came(pairs, users, films):
    A = np.zeros((users + films, users + films))
    first_film = pairs[:, 0].max() + 1 if len(pairs) else 0
    for u, i in pairs:
        A[u, first_film + i] = A[first_film + i, u] = 1
    return A


def one_too_low(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u, users + i - 1] = A[users + i - 1, u] = 1
    return A


def numbered_from_one(pairs, users, films):
    A = np.zeros((users + films, users + films))
    for u, i in pairs:
        A[u - 1, users + i - 1] = A[users + i - 1, u - 1] = 1
    return A


def nothing_written(pairs, users, films):
    return np.zeros((users + films, users + films))


def all_pairs_crossed(pairs, users, films):
    A = np.zeros((users + films, users + films))
    A[np.ix_(pairs[:, 0], users + pairs[:, 1])] = 1
    return np.maximum(A, A.T)


def written_twice(pairs, users, films):
    return 2 * adjacency(pairs, users, films)


def scaled_already(pairs, users, films):
    A = adjacency(pairs, users, films)
    d = np.maximum(A.sum(axis=1), 1)
    return A / np.sqrt(np.outer(d, d))


def those_who_share_joined(pairs, users, films):
    A = adjacency(pairs, users, films)
    shared = A @ A > 0
    np.fill_diagonal(shared, False)
    return np.maximum(A, shared)


# --------------------------------------------------------------------------- gnn.2


def at_most(low, high):
    """What intervals of differences between two models leave open.

    low, high: (pairs,), for each pair of models the two ends of its interval. Both ends
    belong to the interval.
    Returns two arrays (pairs,): True where zero is in the interval, so that the two
    models can't be told apart; and, for every pair, the largest size (without its sign)
    of a difference in the interval.
    """
    level = (low <= 0) & (high >= 0)
    return level, np.maximum(abs(low), abs(high))


def level_means_equal(low, high):
    level, most = at_most(low, high)
    return level, np.where(level, 0, most)


def clear_ones(low, high):
    level, most = at_most(low, high)
    return ~level, most


def ends_left_out(low, high):
    return (low < 0) & (high > 0), at_most(low, high)[1]


def looks_at_low_only(low, high):
    return low <= 0, at_most(low, high)[1]


def looks_at_high_only(low, high):
    return high >= 0, at_most(low, high)[1]


def with_its_sign(low, high):
    return at_most(low, high)[0], np.maximum(low, high)


def far_end_with_its_sign(low, high):
    return at_most(low, high)[0], np.where(abs(low) > abs(high), low, high)


def size_of_high(low, high):
    return at_most(low, high)[0], abs(high)


def size_of_low(low, high):
    return at_most(low, high)[0], abs(low)


def width(low, high):
    return at_most(low, high)[0], high - low


def half_the_width(low, high):
    return at_most(low, high)[0], (high - low) / 2


def middle(low, high):
    return at_most(low, high)[0], abs(low + high) / 2


def nearer_end(low, high):
    return at_most(low, high)[0], np.minimum(abs(low), abs(high))


def low_end_left_out(low, high):
    return (low < 0) & (high >= 0), at_most(low, high)[1]


def high_end_left_out(low, high):
    return (low <= 0) & (high > 0), at_most(low, high)[1]


def one_end_is_enough(low, high):
    return (low <= 0) | (high >= 0), at_most(low, high)[1]


def nothing_for_clear_ones(low, high):
    level, most = at_most(low, high)
    return level, np.where(level, most, 0)


def mean_of_the_sizes(low, high):
    return at_most(low, high)[0], (abs(low) + abs(high)) / 2


def largest_of_all_pairs(low, high):
    level, most = at_most(low, high)
    return level, np.full(len(most), most.max())


def sizes_before_truths(low, high):
    return at_most(low, high)[::-1]


# --------------------------------------------------------------------------- gnn.3


def light(matrix, E, layers):
    """The final vectors Z of (10.3): the mean over the layers 0 to `layers`.

    matrix: (nodes, nodes), its edges are scaled already; E: (nodes, d), the vectors
    before the first layer. Without layers Z is E itself.
    Returns (nodes, d).
    """
    states = [E]
    for _ in range(layers):
        states.append(matrix @ states[-1])
    return np.mean(states, axis=0)


def _states(matrix, E, layers):
    states = [E]
    for _ in range(layers):
        states.append(matrix @ states[-1])
    return states


def last_layer(matrix, E, layers):
    return _states(matrix, E, layers)[-1]


def start_left_out(matrix, E, layers):
    return np.mean(_states(matrix, E, layers)[1:], axis=0)


def sum_of_layers(matrix, E, layers):
    return np.sum(_states(matrix, E, layers), axis=0)


def divided_by_one_less(matrix, E, layers):
    return sum_of_layers(matrix, E, layers) / np.float64(layers)


def one_layer_more(matrix, E, layers):
    return light(matrix, E, layers + 1)


def one_layer_less(matrix, E, layers):
    return light(matrix, E, layers - 1)


def first_layer_again(matrix, E, layers):
    return np.mean([E] + [matrix @ E] * layers, axis=0)


def sum_is_passed_on(matrix, E, layers):
    total = E
    for _ in range(layers):
        total = total + matrix @ total
    return total / (layers + 1)


def start_and_last(matrix, E, layers):
    return (E + _states(matrix, E, layers)[-1]) / 2


def powers_of_the_entries(matrix, E, layers):
    return np.mean([E, *(matrix**k @ E for k in range(1, layers + 1))], axis=0)


def mean_over_nodes(matrix, E, layers):
    return np.mean(_states(matrix, E, layers), axis=1)


def scaled_again(matrix, E, layers):
    d = matrix.sum(axis=1)
    return light(matrix / np.sqrt(np.outer(d, d)), E, layers)


def start_left_out_but_without_layers(matrix, E, layers):
    return start_left_out(matrix, E, layers) if layers else E


def divided_by_one_less_but_without_layers(matrix, E, layers):
    return sum_of_layers(matrix, E, layers) / max(layers, 1)


def start_not_added(matrix, E, layers):
    return sum_of_layers(matrix, E, layers) / (layers + 1) - E / (layers + 1)


def start_not_added_but_without_layers(matrix, E, layers):
    return start_not_added(matrix, E, layers) if layers else E


def last_not_added(matrix, E, layers):
    states = _states(matrix, E, max(layers - 1, 0))
    return np.sum(states, axis=0) / (layers + 1)


def last_divided(matrix, E, layers):
    return last_layer(matrix, E, layers) / (layers + 1)


def each_keeps_its_own(matrix, E, layers):
    return light(matrix + np.eye(len(E)), E, layers)


def halved_each_time(matrix, E, layers):
    mean = E
    for _ in range(layers):
        mean = (mean + matrix @ mean) / 2
    return mean


def mean_of_means(matrix, E, layers):
    states = _states(matrix, E, layers)
    mean = E
    for state in states[1:]:
        mean = (mean + state) / 2
    return mean


def powers_of_the_entries_from_0(matrix, E, layers):
    return np.mean([matrix**k @ E for k in range(layers + 1)], axis=0)


def mean_of_everything(matrix, E, layers):
    return np.mean(_states(matrix, E, layers))


def side_by_side(matrix, E, layers):
    return np.hstack(_states(matrix, E, layers))


def length_one(matrix, E, layers):
    Z = light(matrix, E, layers)
    return Z / np.maximum(np.linalg.norm(Z, axis=1, keepdims=True), 1e-12)


def negative_cut_off(matrix, E, layers):
    states = [E]
    for _ in range(layers):
        states.append(np.maximum(matrix @ states[-1], 0))
    return np.mean(states, axis=0)


# --------------------------------------------------------------------------- gnn.4


def heard(X, person, layers):
    """How many people and how many films are heard in a final vector of (10.3)?

    X: (people, films), 1 where a person rated a film, else 0; person: the number of a
    row of X; layers: how many, also 0.
    A node is heard if its vector before the first layer is a part of the person's final
    vector, the mean over the layers 0 to `layers`. Layer 0 is her own vector.
    Returns two whole numbers: people, herself among them, and films.
    """
    people = np.arange(X.shape[0]) == person
    films = np.zeros(X.shape[1], dtype=bool)
    for _ in range(layers):
        new_people = people | (X @ films > 0)  # who rated one of the films
        films = films | (people @ X > 0)  # what one of the people rated
        people = new_people
    return int(people.sum()), int(films.sum())


def _each_layer(X, person, layers):
    """The ways to each person and to each film, layer by layer."""
    people = np.eye(len(X))[person]
    films = np.zeros(X.shape[1])
    found = [(people, films)]
    for _ in range(layers):
        people, films = X @ films, people @ X
        found.append((people, films))
    return found


def in_last_layer(X, person, layers):
    people, films = _each_layer(X, person, layers)[-1]
    return int((people > 0).sum()), int((films > 0).sum())


def first_heard_in_last(X, person, layers):
    now = heard(X, person, layers)
    before = heard(X, person, layers - 1) if layers else (0, 0)
    return now[0] - before[0], now[1] - before[1]


def herself_left_out(X, person, layers):
    people, films = heard(X, person, layers)
    return people - 1, films


def ways_not_nodes(X, person, layers):
    found = _each_layer(X, person, layers)
    return tuple(int(sum(one[k].sum() for one in found)) for k in (0, 1))


def two_steps_a_layer(X, person, layers):
    people = np.arange(X.shape[0]) == person
    films = np.zeros(X.shape[1], dtype=bool)
    for _ in range(layers):
        films = films | (people @ X > 0)
        people = people | (X @ films > 0)
    return int(people.sum()), int(films.sum())


def heard_one_layer_less(X, person, layers):
    return heard(X, person, max(layers - 1, 0))


def heard_one_layer_more(X, person, layers):
    return heard(X, person, layers + 1)


def all_that_can_be_reached(X, person, layers):
    return heard(X, person, sum(X.shape))


def two_layers_always(X, person, layers):
    return heard(X, person, 2)


def films_before_people(X, person, layers):
    return heard(X, person, layers)[::-1]


def added_up(X, person, layers):
    return sum(heard(X, person, layers))


def new_people_at_once(X, person, layers):
    people = np.arange(X.shape[0]) == person
    films = np.zeros(X.shape[1], dtype=bool)
    for _ in range(layers):
        people = people | (X @ films > 0)
        films = films | (people @ X > 0)
    return int(people.sum()), int(films.sum())


def layer_0_left_out(X, person, layers):
    people, films = np.zeros(X.shape[0]), np.zeros(X.shape[1])
    for found in _each_layer(X, person, layers)[1:]:
        people, films = people + found[0], films + found[1]
    return int((people > 0).sum()), int((films > 0).sum())


def her_own_films_only(X, person, layers):
    return 1, int(X[person].sum()) if layers else 0


def new_films_only(X, person, layers):
    people, films = heard(X, person, layers)
    return people, films - int(X[person].sum()) if layers else films


def layers_added_up(X, person, layers):
    found = _each_layer(X, person, layers)
    return tuple(int(sum((one[k] > 0).sum() for one in found)) for k in (0, 1))


def seen_too_early(X, person, layers):
    seen = set()

    def visit(node, depth):
        if node in seen:
            return
        seen.add(node)
        if depth < layers:
            side, row = node
            for other in np.flatnonzero(X[:, row] if side else X[row]):
                visit((1 - side, int(other)), depth + 1)

    visit((0, person), 0)
    films = sum(side for side, _ in seen)
    return len(seen) - films, films


def never_more_than_three(X, person, layers):
    return heard(X, person, min(layers, 3))


def of_the_first_person(X, person, layers):
    return heard(X, 0, layers)


# --------------------------------------------------------------------------- gnn.5


def one_layer(X, P, Q):
    """One pass (10.2) between people and films.

    X: (people, films), 1 where a person rated a film, else 0; P: (people, d), Q:
    (films, d), what they hold before the pass.
    Returns the new P and the new Q. Whoever has no edge gets zeros.
    """
    d_people = np.maximum(X.sum(axis=1, keepdims=True), 1)  # no edge: only zeros in X
    d_films = np.maximum(X.sum(axis=0, keepdims=True), 1)
    weights = X / np.sqrt(d_people * d_films)
    return weights @ Q, weights.T @ P


def _degrees(X):
    people = np.maximum(X.sum(axis=1, keepdims=True), 1)
    films = np.maximum(X.sum(axis=0, keepdims=True), 1)
    return people, films


def _passed(weights, P, Q):
    return weights @ Q, weights.T @ P


def films_hear_new_people(X, P, Q):
    people, films = _degrees(X)
    weights = X / np.sqrt(people * films)
    P = weights @ Q
    return P, weights.T @ P


def nothing_for_no_edge(X, P, Q):
    d_people, d_films = X.sum(axis=1, keepdims=True), X.sum(axis=0, keepdims=True)
    return _passed(X / np.sqrt(d_people * d_films), P, Q)


def plain_sum(X, P, Q):
    return _passed(X, P, Q)


def plain_mean(X, P, Q):
    people, films = _degrees(X)
    return X @ Q / people, X.T @ P / films.T


def product_without_root(X, P, Q):
    people, films = _degrees(X)
    return _passed(X / (people * films), P, Q)


def root_of_added_degrees(X, P, Q):
    people, films = _degrees(X)
    return _passed(X / np.sqrt(people + films), P, Q)


def own_degree_only(X, P, Q):
    people, films = _degrees(X)
    return X @ Q / np.sqrt(people), X.T @ P / np.sqrt(films.T)


def neighbours_degree_only(X, P, Q):
    people, films = _degrees(X)
    return X @ (Q / np.sqrt(films.T)), X.T @ (P / np.sqrt(people))


def keeps_what_it_held(X, P, Q):
    new_P, new_Q = one_layer(X, P, Q)
    return P + new_P, Q + new_Q


def mean_with_what_it_held(X, P, Q):
    new_P, new_Q = keeps_what_it_held(X, P, Q)
    return new_P / 2, new_Q / 2


def edge_to_itself(X, P, Q):
    people, films = X.sum(axis=1, keepdims=True) + 1, X.sum(axis=0, keepdims=True) + 1
    weights = X / np.sqrt(people * films)
    return P / people + weights @ Q, Q / films.T + weights.T @ P


def lonely_keeps_its_own(X, P, Q):
    new_P, new_Q = one_layer(X, P, Q)
    lonely_P, lonely_Q = X.sum(axis=1) == 0, X.sum(axis=0) == 0
    new_P[lonely_P], new_Q[lonely_Q] = P[lonely_P], Q[lonely_Q]
    return new_P, new_Q


def divided_by_all(X, P, Q):
    return X @ Q / X.shape[1], X.T @ P / X.shape[0]


def nan_set_to_zero_too_late(X, P, Q):
    d_people, d_films = X.sum(axis=1, keepdims=True), X.sum(axis=0, keepdims=True)
    with np.errstate(invalid="ignore"):
        weights = X / np.sqrt(d_people * d_films)
    return np.nan_to_num(weights @ Q), np.nan_to_num(weights.T @ P)


def degrees_plus_one(X, P, Q):
    people, films = X.sum(axis=1, keepdims=True) + 1, X.sum(axis=0, keepdims=True) + 1
    return _passed(X / np.sqrt(people * films), P, Q)


def multiplied_by_the_root(X, P, Q):
    people, films = _degrees(X)
    return _passed(X * np.sqrt(people * films), P, Q)


def weights_cut_to_whole_numbers(X, P, Q):
    people, films = _degrees(X)
    return _passed((X / np.sqrt(people * films)).astype(int), P, Q)


def films_before_the_people(X, P, Q):
    return one_layer(X, P, Q)[::-1]


def films_stay(X, P, Q):
    return one_layer(X, P, Q)[0], Q


def lonely_gets_the_mean(X, P, Q):
    new_P, new_Q = one_layer(X, P, Q)
    new_P[X.sum(axis=1) == 0] = Q.mean(axis=0)
    new_Q[X.sum(axis=0) == 0] = P.mean(axis=0)
    return new_P, new_Q


def two_passes(X, P, Q):
    return one_layer(X, *one_layer(X, P, Q))


# what the laws of gnn.5 call it with
_X = np.array([[1.0, 1, 0, 0], [0, 1, 1, 0], [1, 1, 0, 0]])
_P = np.array([[1.0, 2], [0.5, -1], [3, 0.2]])
_Q = np.array([[0.3, 1], [2, -0.4], [1.5, 0.7], [0.6, 0.9]])


def _follows_the_order(f):
    order = [2, 0, 1]
    P, Q = f(_X, _P, _Q)
    other_P, other_Q = f(_X[order], _P[order], _Q)
    return np.allclose(other_P, P[order]) and np.allclose(other_Q, Q)


def _hears_neighbours_only(f):
    changed = _Q.copy()
    changed[2] = 9  # person 0 has no edge to film 2
    return np.allclose(f(_X, _P, _Q)[0][0], f(_X, _P, changed)[0][0])


_root = 0.5**0.5
_chapter = np.array(  # the graph of figure 10.1, scaled
    [
        [0, 0, 0, 2**-0.5, 6**-0.5, 0],
        [0, 0, 0, 0, 3**-0.5, 0],
        [0, 0, 0, 0, 6**-0.5, 2**-0.5],
        [2**-0.5, 0, 0, 0, 0, 0],
        [6**-0.5, 3**-0.5, 6**-0.5, 0, 0, 0],
        [0, 0, 2**-0.5, 0, 0, 0],
    ]
)

QUESTIONS = [
    Question(
        "gnn.1",
        "10.G1",
        adjacency,
        cases=[
            (np.array([[0, 1], [1, 0], [1, 1]]), 2, 4),
            (np.array([[0, 0], [3, 1], [1, 1], [3, 1]]), 5, 2),
            (np.zeros((0, 2), dtype=int), 1, 2),
        ],
        wrong=listed(
            same_numbers,
            fewer_nodes,
            table_of_ratings,
            films_hear_nothing,
            users_hear_nothing,
            films_first,
            moved_by_the_films,
            one_too_far,
            counts_repeats,
            joined_to_itself,
            blocks_on_the_diagonal,
            paths_of_two,
            moved_by_users_that_came,
            one_too_low,
            numbered_from_one,
            nothing_written,
            all_pairs_crossed,
            written_twice,
            scaled_already,
            those_who_share_joined,
        ),
    ),
    Question(
        "gnn.2",
        "10.G4",
        at_most,
        cases=[
            (np.array([-0.004, 0.002, -0.009]), np.array([0.003, 0.007, -0.002])),
            (np.array([-0.1, -0.02, 0.0, 0.1]), np.array([0.3, 0.0, 0.05, 0.2])),
        ],
        wrong=listed(
            level_means_equal,
            clear_ones,
            ends_left_out,
            looks_at_low_only,
            looks_at_high_only,
            with_its_sign,
            far_end_with_its_sign,
            size_of_high,
            size_of_low,
            width,
            half_the_width,
            middle,
            nearer_end,
            low_end_left_out,
            high_end_left_out,
            one_end_is_enough,
            nothing_for_clear_ones,
            mean_of_the_sizes,
            largest_of_all_pairs,
            sizes_before_truths,
        ),
        apart=True,
    ),
    Question(
        "gnn.3",
        "10.G2",
        light,
        cases=[
            (
                np.array([[0, 0, _root], [0, 0, _root], [_root, _root, 0]]),
                np.array([[2.0, 0], [0, 0], [0, 3]]),
                2,
            ),
            (_chapter, np.eye(6)[:, [0, 1, 4, 5]], 3),
            (_chapter, np.arange(12.0).reshape(6, 2) - 5, 1),
            (_chapter, np.arange(12.0).reshape(6, 2), 0),
        ],
        wrong=listed(
            last_layer,
            start_left_out,
            sum_of_layers,
            divided_by_one_less,
            one_layer_more,
            one_layer_less,
            first_layer_again,
            sum_is_passed_on,
            start_and_last,
            powers_of_the_entries,
            mean_over_nodes,
            scaled_again,
            start_left_out_but_without_layers,
            divided_by_one_less_but_without_layers,
            start_not_added,
            start_not_added_but_without_layers,
            last_not_added,
            last_divided,
            each_keeps_its_own,
            halved_each_time,
            mean_of_means,
            powers_of_the_entries_from_0,
            mean_of_everything,
            side_by_side,
            length_one,
            negative_cut_off,
        ),
    ),
    Question(
        "gnn.4",
        "10.G3",
        heard,
        cases=[
            (np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]), 0, 3),
            (
                np.array(
                    [
                        [0, 1, 0, 0, 0, 0],
                        [1, 1, 0, 0, 0, 0],
                        [1, 1, 1, 0, 0, 0],
                        [0, 0, 1, 1, 1, 0],
                        [0, 0, 0, 0, 0, 0],
                    ]
                ),
                1,
                2,
            ),
            (np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]), 1, 1),
            (np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]), 2, 0),
            (np.array([[1, 1, 0], [0, 0, 0]]), 1, 4),
            (
                np.array(
                    [
                        [0, 1, 1, 0, 0],
                        [0, 1, 1, 0, 0],
                        [1, 1, 0, 0, 0],
                        [0, 0, 1, 1, 0],
                    ]
                ),
                0,
                3,
            ),
            (
                np.array(
                    [
                        [0, 0, 1, 1, 0],
                        [0, 1, 1, 0, 0],
                        [1, 1, 0, 0, 0],
                        [1, 0, 0, 0, 1],
                    ]
                ),
                0,
                5,
            ),
        ],
        wrong=listed(
            in_last_layer,
            first_heard_in_last,
            herself_left_out,
            ways_not_nodes,
            two_steps_a_layer,
            heard_one_layer_less,
            heard_one_layer_more,
            all_that_can_be_reached,
            two_layers_always,
            films_before_people,
            added_up,
            new_people_at_once,
            layer_0_left_out,
            her_own_films_only,
            new_films_only,
            layers_added_up,
            seen_too_early,
            never_more_than_three,
            of_the_first_person,
        ),
    ),
    Question(
        "gnn.5",
        "10.G4",
        one_layer,
        cases=[
            (
                np.array([[1, 1, 0], [1, 0, 0]]),
                np.array([[2.0], [4.0]]),
                np.array([[6.0], [2.0], [5.0]]),
            ),
            (
                np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]),
                np.array([[1.0, 2], [3, -1], [0.5, 4]]),
                np.array([[0.2, 1], [-1, 2], [3, 0.1], [2, -0.5]]),
            ),
        ],
        wrong=listed(
            films_hear_new_people,
            nothing_for_no_edge,
            plain_sum,
            plain_mean,
            product_without_root,
            root_of_added_degrees,
            own_degree_only,
            neighbours_degree_only,
            keeps_what_it_held,
            mean_with_what_it_held,
            edge_to_itself,
            lonely_keeps_its_own,
            divided_by_all,
            nan_set_to_zero_too_late,
            degrees_plus_one,
            multiplied_by_the_root,
            weights_cut_to_whole_numbers,
            films_before_the_people,
            films_stay,
            lonely_gets_the_mean,
            two_passes,
        ),
        apart=True,
        laws={
            "follows_the_order": _follows_the_order,
            "hears_neighbours_only": _hears_neighbours_only,
        },
    ),
]
