"""Chapter 04: convolutional networks."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "04.T1",
        "04.G1",
        ("result", "after_relu"),
        (-3, 0),
        wrong={
            "filter_turned_over": (3, 3),
            "upright_filter": (0, 0),
            "no_relu": (-3, -3),
            "sign_dropped": (-3, 3),
            "column_before": (-2, 0),
            "one_number_only": (-1, 0),
            "sign_lost_in_the_result": (3, 0),
            "exchanged": (0, -3),
        },
    ),
    Blank(
        "04.T2",
        "04.G1",
        ("width", "anywhere"),
        (4, 3),
        wrong={
            "four_numbers_left": (2, None),
            "window_of_the_filter": (3, 3),
            "window_of_the_picture": (6, None),
            "number_of_cells": (16, None),
            "mean": (4, 1.125),
            "sum": (4, 18),
            "largest_of_the_picture": (4, 1),
            "exchanged": (3, 4),
        },
    ),
    Blank(
        "04.T3",
        "04.G4",
        ("my_ages",),
        ((0, 0, 0, 0, 0, 1),),
        wrong={
            "first_film": ((1, 0, 0, 0, 0, 0),),
            "weight_kept": ((0, 0, 0, 0, 0, 0.4),),
            "all_count": ((1, 1, 1, 1, 1, 1),),
            "mean": ((1 / 6,) * 6,),
            "last_left_out": ((1, 1, 1, 1, 1, 0),),
            "what_it_finds": ((0, 0, 1),),
            "weights_of_the_figure": ((0, 0, 0.1, 0.2, 0.3, 0.4),),
            "film_before_the_last": ((0, 0, 0, 0, 1, 0),),
        },
    ),
]


# -------------------------------------------------------------------------- cnn.1


def pool(x, m, s):
    """The pooling (4.2): the largest number of each window.

    x: (n,), a row of numbers, n >= m; m: how many numbers a window has; s: the step
    from one window to the next. The first window begins at x[0]. A window that does
    not fit in whole is left out.
    Returns (windows,).
    """
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[start : start + m].max() for start in starts])


def as_printed(x, m, s):
    return np.full(len(range(0, len(x) - m + 1, s)), x.max())


def step_of_one(x, m, s):
    return pool(x, m, 1)


def start_without_step(x, m, s):
    return pool(x, m, 1)[: len(range(0, len(x) - m + 1, s))]


def step_as_wide_as_window(x, m, s):
    return pool(x, m, m)


def window_and_step_exchanged(x, m, s):
    return pool(x, s, m)


def part_of_a_window(x, m, s):
    return np.array([x[start : start + m].max() for start in range(0, len(x), s)])


def windows_counted_by_step(x, m, s):
    return np.array([x[k * s : k * s + m].max() for k in range(len(x) // s)])


def last_window_lost(x, m, s):
    return np.array([x[start : start + m].max() for start in range(0, len(x) - m, s)])


def window_too_wide(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[start : start + m + 1].max() for start in starts])


def mean_pooling(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[start : start + m].mean() for start in starts])


def sum_pooling(x, m, s):
    return m * mean_pooling(x, m, s)


def smallest_pooling(x, m, s):
    return -pool(-x, m, s)


def place_of_the_largest(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([start + x[start : start + m].argmax() for start in starts])


def place_in_its_window(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[start : start + m].argmax() for start in starts])


def largest_begins_at_zero(x, m, s):
    return np.maximum(pool(x, m, s), 0)


def largest_without_sign(x, m, s):
    return pool(abs(x), m, s)


def window_as_wide_as_step(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[start : start + s].max() for start in starts])


def window_too_narrow(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[start : start + m - 1].max() for start in starts])


def two_numbers_a_window(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[start : start + 2].max() for start in starts])


def windows_counted_by_width(x, m, s):
    return np.array([x[k * s : k * s + m].max() for k in range(len(x) // m)])


def one_window_too_few(x, m, s):
    return pool(x, m, s)[:-1]


def all_numbers_so_far(x, m, s):
    starts = range(0, len(x) - m + 1, s)
    return np.array([x[: start + m].max() for start in starts])


def one_number_of_all(x, m, s):
    return x.max()


# -------------------------------------------------------------------------- cnn.3


def filter_layer(height, width, maps, filters, size):
    """What comes out of a layer of filters, and how many numbers it learns.

    height, width, maps: of what comes in; filters: how many the layer has; size: each
    covers size x size points of every map, moves by one point, and stays inside.
    Returns four whole numbers: the height, the width and the maps of what comes out,
    and the number of weights, biases included.
    """
    weights = filters * (maps * size * size + 1)
    return height - size + 1, width - size + 1, filters, weights


def bias_forgotten(height, width, maps, filters, size):
    *out, weights = filter_layer(height, width, maps, filters, size)
    return *out, weights - filters


def one_bias_for_all(height, width, maps, filters, size):
    *out, weights = filter_layer(height, width, maps, filters, size)
    return *out, weights - filters + 1


def bias_for_every_map(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, filters * maps * (size * size + 1)


def bias_for_every_weight(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, 2 * filters * maps * size * size


def maps_forgotten(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, filters * (size * size + 1)


def maps_added(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, filters * (maps + size * size + 1)


def size_not_squared(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, filters * (maps * size + 1)


def one_filter(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, maps * size * size + 1


def weights_not_shared(height, width, maps, filters, size):
    *out, weights = filter_layer(height, width, maps, filters, size)
    return *out, out[0] * out[1] * weights


def dense_layer(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, (height * width * maps + 1) * out[0] * out[1] * filters


def same_size(height, width, maps, filters, size):
    *_, weights = filter_layer(height, width, maps, filters, size)
    return height, width, filters, weights


def one_place_too_few(height, width, maps, filters, size):
    *_, weights = filter_layer(height, width, maps, filters, size)
    return height - size, width - size, filters, weights


def over_the_edge(height, width, maps, filters, size):
    *_, weights = filter_layer(height, width, maps, filters, size)
    return height + size - 1, width + size - 1, filters, weights


def steps_as_wide_as_filter(height, width, maps, filters, size):
    *_, weights = filter_layer(height, width, maps, filters, size)
    return height // size, width // size, filters, weights


def pooled_too(height, width, maps, filters, size):
    out_height, out_width, *rest = filter_layer(height, width, maps, filters, size)
    return out_height // 2, out_width // 2, *rest


def maps_stay(height, width, maps, filters, size):
    out_height, out_width, _, weights = filter_layer(height, width, maps, filters, size)
    return out_height, out_width, maps, weights


def maps_multiplied(height, width, maps, filters, size):
    out_height, out_width, _, weights = filter_layer(height, width, maps, filters, size)
    return out_height, out_width, maps * filters, weights


def maps_and_filters_added(height, width, maps, filters, size):
    out_height, out_width, _, weights = filter_layer(height, width, maps, filters, size)
    return out_height, out_width, maps + filters, weights


def always_three_by_three(height, width, maps, filters, size):
    return filter_layer(height, width, maps, filters, 3)


def half_a_window_at_each_edge(height, width, maps, filters, size):
    *_, weights = filter_layer(height, width, maps, filters, size)
    return height - size // 2 * 2, width - size // 2 * 2, filters, weights


def one_taken_away(height, width, maps, filters, size):
    *_, weights = filter_layer(height, width, maps, filters, size)
    return height - size - 1, width - size - 1, filters, weights


def width_first(height, width, maps, filters, size):
    return filter_layer(width, height, maps, filters, size)


def square_picture(height, width, maps, filters, size):
    return filter_layer(height, height, maps, filters, size)


def bias_for_each_map_once(height, width, maps, filters, size):
    *out, _ = filter_layer(height, width, maps, filters, size)
    return *out, filters * maps * size * size + maps


def weights_first(height, width, maps, filters, size):
    *out, weights = filter_layer(height, width, maps, filters, size)
    return weights, *out


# -------------------------------------------------------------------------- cnn.4


def _sums(E, F):
    return np.array([(F * E[k : k + len(F)]).sum() for k in range(len(E) - len(F) + 1)])


def horizontal(E, F, b):
    """A horizontal filter over a table of films: the left part of (4.3).

    E: (L, d), a row for each film, the latest last; F: (h, d), the rows of the filter,
    h <= L; b: its bias, a number.
    Returns the answers, (L - h + 1,), each with the bias and after the ReLU; and the
    largest of them, a number.
    """
    h = len(F)
    sums = np.array([(F * E[k : k + h]).sum() for k in range(len(E) - h + 1)])
    answers = np.maximum(b + sums, 0)
    return answers, answers.max()


def rows_flipped(E, F, b):
    return horizontal(E, F[::-1], b)


def flipped_both_ways(E, F, b):
    return horizontal(E, F[::-1, ::-1], b)


def without_bias(E, F, b):
    return horizontal(E, F, 0)


def bias_in_every_row(E, F, b):
    return horizontal(E, F, b * len(F))


def bias_in_every_product(E, F, b):
    return horizontal(E, F, b * F.size)


def bias_after_relu(E, F, b):
    answers = np.maximum(_sums(E, F), 0) + b
    return answers, answers.max()


def without_relu(E, F, b):
    answers = b + _sums(E, F)
    return answers, answers.max()


def convolution_alone(E, F, b):
    answers = _sums(E, F)
    return answers, answers.max()


def relu_of_the_largest_only(E, F, b):
    answers = b + _sums(E, F)
    return answers, max(answers.max(), 0)


def relu_of_every_product(E, F, b):
    places = range(len(E) - len(F) + 1)
    sums = np.array([np.maximum(F * E[k : k + len(F)], 0).sum() for k in places])
    answers = np.maximum(b + sums, 0)
    return answers, answers.max()


def filled_up_behind(E, F, b):
    return horizontal(np.vstack([E, np.zeros((len(F) - 1, E.shape[1]))]), F, b)


def filled_up_in_front(E, F, b):
    return horizontal(np.vstack([np.zeros((len(F) - 1, E.shape[1])), E]), F, b)


def beyond_the_last_film(E, F, b):
    sums = np.array([(F * E[k : k + len(F)]).sum() for k in range(len(E))])
    answers = np.maximum(b + sums, 0)
    return answers, answers.max()


def last_place_missing(E, F, b):
    answers = horizontal(E, F, b)[0][:-1]
    return answers, answers.max()


def moves_by_its_height(E, F, b):
    answers = horizontal(E, F, b)[0][:: len(F)]
    return answers, answers.max()


def mean_of_products(E, F, b):
    answers = np.maximum(b + _sums(E, F) / F.size, 0)
    return answers, answers.max()


def mean_of_answers(E, F, b):
    answers = horizontal(E, F, b)[0]
    return answers, answers.mean()


def sum_of_answers(E, F, b):
    answers = horizontal(E, F, b)[0]
    return answers, answers.sum()


def place_not_number(E, F, b):
    answers = horizontal(E, F, b)[0]
    return answers, answers.argmax()


def every_row_on_every_film(E, F, b):
    places = range(len(E) - len(F) + 1)
    sums = np.array([(E[k : k + len(F)] @ F.T).sum() for k in places])
    answers = np.maximum(b + sums, 0)
    return answers, answers.max()


def columns_apart(E, F, b):
    places = range(len(E) - len(F) + 1)
    sums = np.array([(F * E[k : k + len(F)]).sum(axis=0) for k in places])
    answers = np.maximum(b + sums, 0)
    return answers, answers.max()


def bias_taken_away(E, F, b):
    return horizontal(E, F, -b)


def largest_before_relu(E, F, b):
    answers = b + _sums(E, F)
    return np.maximum(answers, 0), answers.max()


def largest_first(E, F, b):
    return horizontal(E, F, b)[::-1]


def absolute_for_relu(E, F, b):
    answers = abs(b + _sums(E, F))
    return answers, answers.max()


def sigmoid_for_relu(E, F, b):
    answers = 1 / (1 + np.exp(-(b + _sums(E, F))))
    return answers, answers.max()


def fits_or_not(E, F, b):
    answers = (b + _sums(E, F) > 0).astype(float)
    return answers, answers.max()


def relu_of_every_row(E, F, b):
    places = range(len(E) - len(F) + 1)
    rows = [np.maximum((F * E[k : k + len(F)]).sum(axis=1), 0) for k in places]
    answers = np.maximum(b + np.array([row.sum() for row in rows]), 0)
    return answers, answers.max()


def first_row_left_out(E, F, b):
    answers = np.maximum(b + _sums(E[1:], F[1:]), 0)
    return answers, answers.max()


def bias_added_again(E, F, b):
    answers = horizontal(E, F, b)[0]
    return answers, answers.max() + b


# -------------------------------------------------------------------------- cnn.5


def most_alike(units, liked, k):
    """The k products that are most alike to ANY product that somebody likes.

    units: (products, d), vectors of length 1; liked: (n,), the row numbers of what she
    likes. A product's score is the largest of its n similarities (cosines). What she
    likes is not recommended. (No two scores are equal.)
    Returns (k,), row numbers, the best first.
    """
    scores = (units @ units[liked].T).max(axis=1)
    scores[liked] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


def _best(scores, liked, k):
    scores = scores.astype(float)
    scores[liked] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


def mean_similarity(units, liked, k):
    return _best(units @ units[liked].mean(axis=0), liked, k)


def largest_of_each_number(units, liked, k):
    return _best(units @ units[liked].max(axis=0), liked, k)


def smallest_similarity(units, liked, k):
    return _best((units @ units[liked].T).min(axis=1), liked, k)


def sign_left_out(units, liked, k):
    return _best(abs(units @ units[liked].T).max(axis=1), liked, k)


def first_of_the_liked(units, liked, k):
    return _best(units @ units[liked[0]], liked, k)


def liked_stay(units, liked, k):
    scores = (units @ units[liked].T).max(axis=1)
    return np.argsort(-scores, kind="stable")[:k]


def smallest_scores_first(units, liked, k):
    scores = (units @ units[liked].T).max(axis=1)
    scores[liked] = -np.inf
    return np.argsort(scores, kind="stable")[:k]


def best_comes_last(units, liked, k):
    return most_alike(units, liked, k)[::-1]


def first_left_out(units, liked, k):
    return most_alike(units, liked, k + 1)[1:]


def scores_not_products(units, liked, k):
    scores = (units @ units[liked].T).max(axis=1)
    scores[liked] = -np.inf
    return np.sort(scores)[::-1][:k]


def in_turn(units, liked, k):
    similar = units @ units[liked].T
    similar[liked] = -np.inf
    found: list[int] = []
    for place in range(k):
        column = similar[:, place % len(liked)]
        found.append(
            int(np.argmax(np.where(np.isin(range(len(units)), found), -9, column)))
        )
    return np.array(found)


def last_of_the_liked(units, liked, k):
    return _best(units @ units[liked[-1]], liked, k)


def liked_get_zero(units, liked, k):
    scores = (units @ units[liked].T).max(axis=1)
    scores[liked] = 0
    return np.argsort(-scores, kind="stable")[:k]


def one_left_out(units, liked, k):
    return liked_stay(units, liked, k + 1)[1:]


def first_liked_left_out(units, liked, k):
    scores = (units @ units[liked].T).max(axis=1)
    scores[liked[0]] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


def liked_taken_out_of_the_list(units, liked, k):
    found = liked_stay(units, liked, k)
    return found[~np.isin(found, liked)]


def rows_of_a_shorter_table(units, liked, k):
    rest = np.delete(units, liked, axis=0)
    scores = (rest @ units[liked].T).max(axis=1)
    return np.argsort(-scores, kind="stable")[:k]


def product_of_similarities(units, liked, k):
    return _best((units @ units[liked].T).prod(axis=1), liked, k)


def all_in_order(units, liked, k):
    return most_alike(units, liked, len(units) - len(liked))


def _in_a_clear_order(units, liked):
    """The liked a millionth longer each, so that no two similarities are equal: else a
    list in which the liked stay would have no order.
    """
    longer = 1 + 1e-6 * np.arange(len(liked), 0, -1)
    units[np.sort(liked)] *= longer[:, None]
    return units, liked


QUESTIONS = [
    Question(
        "cnn.1",
        "04.G1",
        pool,
        cases=[
            (np.array([0.0, 4, 1, 0, 3, 2, 5, 6]), 3, 2),
            (np.array([0.0, 4, 4, 0, 1, 0]), 2, 2),
            (np.array([-3.0, -1, -2, -5, -4]), 2, 1),
            (np.array([2.0, 1, 7, 0, 5, 3, 8]), 2, 3),
        ],
        wrong=listed(
            as_printed,
            step_of_one,
            start_without_step,
            step_as_wide_as_window,
            window_and_step_exchanged,
            part_of_a_window,
            windows_counted_by_step,
            last_window_lost,
            window_too_wide,
            mean_pooling,
            sum_pooling,
            smallest_pooling,
            place_of_the_largest,
            place_in_its_window,
            largest_begins_at_zero,
            largest_without_sign,
            window_as_wide_as_step,
            window_too_narrow,
            two_numbers_a_window,
            windows_counted_by_width,
            one_window_too_few,
            all_numbers_so_far,
            one_number_of_all,
        ),
    ),
    Question(
        "cnn.3",
        "04.G2",
        filter_layer,
        cases=[
            (6, 9, 3, 4, 2),
            (28, 20, 1, 32, 3),
            (13, 17, 32, 64, 5),
        ],
        wrong=listed(
            bias_forgotten,
            one_bias_for_all,
            bias_for_every_map,
            bias_for_every_weight,
            maps_forgotten,
            maps_added,
            size_not_squared,
            one_filter,
            weights_not_shared,
            dense_layer,
            same_size,
            one_place_too_few,
            over_the_edge,
            steps_as_wide_as_filter,
            pooled_too,
            maps_stay,
            maps_multiplied,
            maps_and_filters_added,
            always_three_by_three,
            half_a_window_at_each_edge,
            one_taken_away,
            width_first,
            square_picture,
            bias_for_each_map_once,
            weights_first,
        ),
        apart=True,
    ),
    Question(
        "cnn.4",
        "04.G4",
        horizontal,
        cases=[
            (
                np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 1]]),
                np.array([[1, 0, 2], [0, 1, -1]]),
                -0.5,
            ),
            (
                np.array(
                    [[0.0, 1], [2, -1], [1, 1], [0, 3], [-1, 2], [1, 0], [2, 1.0]]
                ),
                np.array([[1.0, -1], [0.5, 2], [-1, 1]]),
                0.4,
            ),
            (
                np.array([[1.0, 2], [0, 1], [1, 0], [3, 1]]),
                np.array([[-1.0, -2], [-0.5, 0]]),
                -0.2,
            ),
        ],
        wrong=listed(
            rows_flipped,
            flipped_both_ways,
            without_bias,
            bias_in_every_row,
            bias_in_every_product,
            bias_after_relu,
            without_relu,
            convolution_alone,
            relu_of_the_largest_only,
            relu_of_every_product,
            filled_up_behind,
            filled_up_in_front,
            beyond_the_last_film,
            last_place_missing,
            moves_by_its_height,
            mean_of_products,
            mean_of_answers,
            sum_of_answers,
            place_not_number,
            every_row_on_every_film,
            columns_apart,
            bias_taken_away,
            largest_before_relu,
            largest_first,
            absolute_for_relu,
            sigmoid_for_relu,
            fits_or_not,
            relu_of_every_row,
            first_row_left_out,
            bias_added_again,
        ),
    ),
    Question(
        "cnn.5",
        "04.G3",
        most_alike,
        cases=[
            (
                *_in_a_clear_order(
                    np.array(
                        [
                            [1.0, 0, 0],
                            [0.6, 0.64, 0.48],
                            [0, 1, 0],
                            [0.8, -0.36, 0.48],
                            [0, 0.96, 0.28],
                            [-0.936, 0.352, 0],
                            [-0.28, 0, 0.96],
                        ]
                    ),
                    np.array([0, 2]),
                ),
                3,
            ),
            (
                *_in_a_clear_order(
                    np.array(
                        [
                            [-0.6, 0.8],
                            [-1, 0],
                            [0.352, -0.936],
                            [-0.936, 0.352],
                            [-0.936, -0.352],
                            [0.936, 0.352],
                            [0, 1],
                            [-0.352, -0.936],
                            [-0.28, -0.96],
                        ]
                    ),
                    np.array([5, 0, 4]),
                ),
                4,
            ),
            (
                np.array([[0, 1.0], [0.8, 0.6], [-1, 0], [0.6, -0.8], [-0.28, 0.96]]),
                np.array([3]),
                2,
            ),
        ],
        wrong=listed(
            mean_similarity,
            largest_of_each_number,
            smallest_similarity,
            sign_left_out,
            first_of_the_liked,
            liked_stay,
            smallest_scores_first,
            best_comes_last,
            first_left_out,
            scores_not_products,
            in_turn,
            last_of_the_liked,
            liked_get_zero,
            one_left_out,
            first_liked_left_out,
            liked_taken_out_of_the_list,
            rows_of_a_shorter_table,
            product_of_similarities,
            all_in_order,
        ),
    ),
]
