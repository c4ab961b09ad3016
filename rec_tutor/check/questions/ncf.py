"""Chapter 08: neural collaborative filtering."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rec_tutor.check.question import Blank, Question, listed


def _sigmoid(s):
    return 1 / (1 + np.exp(-s))


def _softplus(s):
    return np.logaddexp(0, s)


# -------------------------------------------------------------------------- 08.T3


def loss_of(scores):
    """The loss (8.6), its mean over a batch.

    scores: (batch, 1 + negatives): the film that was taken, then the negatives.
    Returns one number.
    """
    taken, other = scores[:, 0], scores[:, 1:]
    return (_softplus(-taken) + _softplus(other).sum(axis=1)).mean()


def sum_over_the_batch(scores):
    return loss_of(scores) * len(scores)


def mean_over_the_negatives(scores):
    return (_softplus(-scores[:, 0]) + _softplus(scores[:, 1:]).mean(axis=1)).mean()


def mean_over_everything(scores):
    return loss_of(scores) / scores.shape[1]


def negatives_as_taken(scores):
    return _softplus(-scores).sum(axis=1).mean()


def taken_as_negative(scores):
    return _softplus(scores).sum(axis=1).mean()


def labels_exchanged(scores):
    return (_softplus(scores[:, 0]) + _softplus(-scores[:, 1:]).sum(axis=1)).mean()


def taken_is_the_last(scores):
    return loss_of(scores[:, ::-1])


def taken_counted_twice(scores):
    return (_softplus(-scores[:, 0]) + _softplus(scores).sum(axis=1)).mean()


def no_negatives(scores):
    return _softplus(-scores[:, 0]).mean()


def minus_before_the_negatives(scores):
    return (_softplus(-scores[:, 0]) - _softplus(scores[:, 1:]).sum(axis=1)).mean()


def bare_scores(scores):
    return (scores[:, 1:].sum(axis=1) - scores[:, 0]).mean()


def probabilities_for_logarithms(scores):
    return (_sigmoid(scores[:, 1:]).sum(axis=1) - _sigmoid(scores[:, 0])).mean()


def softmax_of_the_row(scores):
    return (np.log(np.exp(scores).sum(axis=1)) - scores[:, 0]).mean()


def negatives_of_the_whole_batch(scores):
    return _softplus(-scores[:, 0]).mean() + _softplus(scores[:, 1:]).sum()


def minus_twice(scores):
    return (_softplus(-scores[:, 0]) - _softplus(-scores[:, 1:]).sum(axis=1)).mean()


def first_negative_only(scores):
    return (_softplus(-scores[:, 0]) + _softplus(scores[:, 1])).mean()


def rows_for_columns(scores):
    return loss_of(scores.T)


def differences_from_the_negatives(scores):
    return _softplus(scores[:, 1:] - scores[:, :1]).sum(axis=1).mean()


BLANKS = [
    Blank(
        "08.T1",
        "08.G1",
        ("my_answer",),
        (0.5,),
        wrong={
            "product": (0.25,),
            "without_half": (1.0,),
            "turned_round": (-0.5,),
            "each_alone": (0.0,),
        },
    ),
    Blank(
        "08.T2",
        "08.G2",
        ("score_with_h", "other_q"),
        (4, [6, -1]),
        wrong={
            "h_of_ones": (1, None),
            "h_turned_round": (-1, None),
            "not_added_up": ((6, -2), None),
            "sum_of_h_times_q": (5, None),
            "q_as_it_is": (None, (3, -1)),
            "h_in_place_of_q": (None, (2, 1)),
            "with_p_in_it": (None, (6, -2)),
            "h_times_p": (None, (2, 2)),
            "q_divided_by_h": (None, (1.5, -1)),
            "one_number_only": (None, (4, 0)),
            "the_other_number_only": (None, (0, 2)),
            "p_times_q": (None, (3, -2)),
            "added_not_multiplied": (9, None),
        },
    ),
    Question(
        "08.T3",
        "08.G3",
        loss_of,
        cases=[
            (np.array([[1.0, 0.0, 2.0], [0.5, -1.0, -0.5]]),),
            (
                np.array(
                    [
                        [0.2, 1.5, -0.7, 0.1, 0.9],
                        [3.0, -2.0, 0.4, -0.3, 1.1],
                        [-1.2, 0.6, 2.2, -0.9, 0.0],
                    ]
                ),
            ),
        ],
        tensors=True,
        gradient=(0,),
        wrong=listed(
            sum_over_the_batch,
            mean_over_the_negatives,
            mean_over_everything,
            negatives_as_taken,
            taken_as_negative,
            labels_exchanged,
            taken_is_the_last,
            taken_counted_twice,
            no_negatives,
            minus_before_the_negatives,
            bare_scores,
            probabilities_for_logarithms,
            softmax_of_the_row,
            differences_from_the_negatives,
            negatives_of_the_whole_batch,
            minus_twice,
            first_negative_only,
            rows_for_columns,
        ),
    ),
]


# --------------------------------------------------------------------------- ncf.1


def vectors_of(W, numbers):
    """The vectors of some people.

    W: (people, d): the first row belongs to person 1, the last to person len(W);
    numbers: (batch,), numbers of people, from 1; a person may come twice.
    Returns (batch, d).
    """
    return W[numbers - 1]


def table_times_number(W, numbers):
    return W * numbers[:, None, None]


def row_times_number(W, numbers):
    return W[numbers - 1] * numbers[:, None]


def counted_from_zero(W, numbers):
    return W[numbers]


def counted_from_the_end(W, numbers):
    return W[-numbers]


def columns(W, numbers):
    return W[:, numbers - 1]


def columns_turned(W, numbers):
    return W[:, numbers - 1].T


def each_person_once(W, numbers):
    return W[np.isin(np.arange(len(W)) + 1, numbers)]


def added_up(W, numbers):
    return W[numbers - 1].sum(axis=0)


def first_rows(W, numbers):
    return W[: len(numbers)]


def one_hot_rows(W, numbers):
    return np.eye(len(W))[numbers - 1]


def last_person_first(W, numbers):
    return W[numbers % len(W)]


def last_row_for_the_last_two(W, numbers):
    return W[np.minimum(numbers, len(W) - 1)]


def first_row_times_number(W, numbers):
    return W[0] * numbers[:, None]


def table_times_number_added_up(W, numbers):
    return W.sum(axis=0) * numbers[:, None]


def sorted_numbers(W, numbers):
    return W[np.sort(numbers) - 1]


def two_taken_off(W, numbers):
    return W[numbers - 2]


# --------------------------------------------------------------------------- ncf.2


def closest_to_open(low, high):
    """Which clear difference is the closest to being open?

    low, high: (differences,), the ends of their intervals. A difference is clear if its
    interval leaves out zero (its ends belong to it), else open.
    Returns the place, from 0, of the clear one whose interval ends nearest to zero (of
    several, the first), and its side: 1 above zero, -1 below. (-1, 0) if none is clear.
    """
    gap = np.maximum(low, -high)  # from zero to the interval; above 0 if it is clear
    if not (gap > 0).any():
        return -1, 0
    place = np.where(gap > 0, gap, np.inf).argmin()
    return place, np.sign(low[place])


def _chosen(cost, low, high, allowed=None):
    """The place with the least cost among those that are allowed, and its side."""
    clear = (low > 0) | (high < 0) if allowed is None else allowed
    if not clear.any():
        return -1, 0
    place = np.where(clear, cost, np.inf).argmin()
    return place, np.sign(low[place] + high[place])


def nearest_middle(low, high):
    return _chosen(abs(low + high), low, high)


def open_ones_too(low, high):
    ends = np.minimum(abs(low), abs(high))
    return _chosen(ends, low, high, np.ones(len(low), bool))


def open_ones_too_by_low(low, high):
    place, _ = open_ones_too(low, high)
    return place, 1 if low[place] > 0 else -1


def lower_end_only(low, high):
    return _chosen(abs(low), low, high)


def upper_end_only(low, high):
    return _chosen(abs(high), low, high)


def no_minus_before_high(low, high):
    return _chosen(np.where(low > 0, low, high), low, high)


def place_among_the_clear(low, high):
    clear = (low > 0) | (high < 0)
    return closest_to_open(low[clear], high[clear]) if clear.any() else (-1, 0)


def always_above(low, high):
    place, side = closest_to_open(low, high)
    return place, abs(side)


def zero_below(low, high):
    place, side = closest_to_open(low, high)
    return place, max(side, 0)


def how_far_for_the_side(low, high):
    place, side = closest_to_open(low, high)
    return place, np.maximum(low, -high)[place] if side else 0


def low_end_of_zero_is_clear(low, high):
    return _chosen(np.maximum(low, -high), low, high, (low >= 0) | (high < 0))


def high_end_of_zero_is_clear(low, high):
    return _chosen(np.maximum(low, -high), low, high, (low > 0) | (high <= 0))


def above_only(low, high):
    return _chosen(low, low, high, low > 0)


def below_only(low, high):
    return _chosen(-high, low, high, high < 0)


def farthest_from_open(low, high):
    return _chosen(-np.maximum(low, -high), low, high)


def narrowest(low, high):
    return _chosen(high - low, low, high)


def far_end(low, high):
    return _chosen(np.maximum(abs(low), abs(high)), low, high)


def closest_to_clear(low, high):
    is_open = (low <= 0) & (high >= 0)
    return _chosen(np.minimum(-low, high), low, high, is_open)


def side_turned_round(low, high):
    place, side = closest_to_open(low, high)
    return place, -side


def place_from_one(low, high):
    place, side = closest_to_open(low, high)
    return place + abs(side), side


def touching_is_clear(low, high):
    return _chosen(np.maximum(low, -high), low, high, (low >= 0) | (high <= 0))


def first_if_none_is_clear(low, high):
    gap = np.maximum(low, -high)
    place = np.where(gap > 0, gap, np.inf).argmin()
    return place, np.where(low[place] > 0, 1, -1)


def last_of_several(low, high):
    place, side = closest_to_open(low[::-1], high[::-1])
    return (len(low) - 1 - place, side) if side else (place, side)


# --------------------------------------------------------------------------- ncf.3


def loss_and_slopes(scores, stars):
    """What the films of one person cost by (8.5), and the gradient by their scores.

    scores: (films,), of films that she took and of negatives, in any order;
    stars: (films,), 1 to 5 for a film that she took, 0 for a negative.
    Returns the sum of the losses, one number, and the gradient (films,).
    """
    y, pi = stars > 0, 1 / (1 + np.exp(-scores))
    return -np.log(np.where(y, pi, 1 - pi)).sum(), pi - y


def _entropy(y, pi):
    return -(y * np.log(pi) + (1 - y) * np.log(1 - pi))


def stars_as_labels(scores, stars):
    pi = _sigmoid(scores)
    return _entropy(stars, pi).sum(), pi - stars


def fifths_as_labels(scores, stars):
    return stars_as_labels(scores, stars / 5)


def liked_only(scores, stars):
    return loss_and_slopes(scores, stars * (stars >= 4))


def labels_turned_round(scores, stars):
    return loss_and_slopes(scores, 1 * (stars == 0))


def sigmoid_of_minus(scores, stars):
    return loss_and_slopes(-scores, stars)


def mean_of_both(scores, stars):
    loss, slopes = loss_and_slopes(scores, stars)
    return loss / len(scores), slopes / len(scores)


def mean_of_the_losses(scores, stars):
    loss, slopes = loss_and_slopes(scores, stars)
    return loss / len(scores), slopes


def each_loss(scores, stars):
    return _entropy(1 * (stars > 0), _sigmoid(scores)), loss_and_slopes(scores, stars)[
        1
    ]


def plus_in_the_second_term(scores, stars):
    y, pi = 1 * (stars > 0), _sigmoid(scores)
    loss = (-y * np.log(pi) + (1 - y) * np.log(1 - pi)).sum()
    return loss, np.where(y, pi - 1, -pi)


def taken_films_only(scores, stars):
    y, pi = 1 * (stars > 0), _sigmoid(scores)
    return -(y * np.log(pi)).sum(), y * (pi - 1)


def scores_for_probabilities(scores, stars):
    y = 1 * (stars > 0)
    return _entropy(y, scores).sum(), scores - y


def softmax_over_the_films(scores, stars):
    y, pi = 1 * (stars > 0), np.exp(scores) / np.exp(scores).sum()
    return _entropy(y, pi).sum(), pi - y


def squared_error(scores, stars):
    y, pi = 1 * (stars > 0), _sigmoid(scores)
    return ((pi - y) ** 2).sum(), 2 * (pi - y) * pi * (1 - pi)


def loss_without_logarithm(scores, stars):
    y, pi = 1 * (stars > 0), _sigmoid(scores)
    return -(y * pi + (1 - y) * (1 - pi)).sum(), pi - y


def loss_in_logarithms_of_2(scores, stars):
    loss, slopes = loss_and_slopes(scores, stars)
    return loss / np.log(2), slopes


def mean_of_the_slopes(scores, stars):
    loss, slopes = loss_and_slopes(scores, stars)
    return loss, slopes / len(scores)


def first_film_taken(scores, stars):
    return loss_and_slopes(scores, 1 * (np.arange(len(scores)) == 0))


def two_stars_or_more(scores, stars):
    return loss_and_slopes(scores, stars * (stars >= 2))


def three_stars_or_more(scores, stars):
    return loss_and_slopes(scores, stars * (stars >= 3))


def five_stars_only(scores, stars):
    return loss_and_slopes(scores, stars * (stars == 5))


def minus_one_for_negatives(scores, stars):
    return stars_as_labels(scores, np.where(stars > 0, 1, -1))


def all_taken(scores, stars):
    return loss_and_slopes(scores, 1 + stars)


def softmax_loss_of_the_taken(scores, stars):
    y, pi = 1 * (stars > 0), np.exp(scores) / np.exp(scores).sum()
    return -(y * np.log(pi)).sum(), pi - y


def one_slope(scores, stars):
    loss, slopes = loss_and_slopes(scores, stars)
    return loss, slopes.sum()


def slopes_turned_round(scores, stars):
    loss, slopes = loss_and_slopes(scores, stars)
    return loss, -slopes


def slopes_without_label(scores, stars):
    return loss_and_slopes(scores, stars)[0], _sigmoid(scores)


def slopes_by_the_probability(scores, stars):
    y, pi = 1 * (stars > 0), _sigmoid(scores)
    return loss_and_slopes(scores, stars)[0], -y / pi + (1 - y) / (1 - pi)


def slope_of_the_sigmoid_once_more(scores, stars):
    loss, slopes = loss_and_slopes(scores, stars)
    pi = _sigmoid(scores)
    return loss, slopes * pi * (1 - pi)


# --------------------------------------------------------------------------- ncf.4


def distance_layer():
    """Two ReLUs and an output that say |x - y|, exactly, for all numbers x and y.

    Returns W (2, 2), a row of weights for each unit, first for x, then for y; b (2,),
    the bias of each unit; and h (2,), its weight in the output. For points (n, 2) the
    network says np.maximum(points @ W.T + b, 0) @ h.
    """
    W = np.array([[1, -1], [-1, 1]])
    return W, np.zeros(2), np.ones(2)


def _said(points, W, b, h):
    return np.maximum(points @ W.T + b, 0) @ h


@lru_cache(maxsize=4)
def _fault_of_layer(function):
    """What is wrong with a layer: the name of a law, or "" if nothing is."""
    found = function()
    if not isinstance(found, tuple | list) or len(found) != 3:
        return "three_results"
    try:
        W, b, h = (np.asarray(one, dtype=float) for one in found)
    except (TypeError, ValueError):  # rows of several lengths, or no numbers
        return "two_units"
    if (W.shape, b.shape, h.shape) != ((2, 2), (2,), (2,)):
        return "two_units"
    side = np.array([-40.0, -3, -0.7, -0.2, 0, 0.1, 0.5, 1.3, 6, 100])
    points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    x, y = points.T
    d, said = x - y, _said(points, W, b, h)
    known = [
        ("", abs(d)),
        ("not_the_signed_difference", d),
        ("not_the_signed_difference", -d),
        ("bends_both_ways", np.maximum(d, 0)),
        ("bends_both_ways", np.maximum(-d, 0)),
        ("not_the_sum", abs(x + y)),
        ("not_below_zero", -abs(d)),
    ]
    for name, values in known:
        if np.allclose(said, values):
            return name
    factor = said[1] / abs(d[1])
    if factor > 0 and np.allclose(said, factor * abs(d)):
        return "right_size"
    if b.any() and np.allclose(_said(points, W, 0 * b, h), abs(d)):
        return "no_bias"
    if ((W != 0).sum(axis=1) < 2).any():
        return "each_unit_sees_both"
    if np.allclose(said[x == y], 0):
        return "right_where_they_differ"
    return "zero_where_they_are_equal"


def _law(fault, name):
    return lambda function: fault(function) != name


LAYER = (
    "three_results",
    "two_units",
    "not_the_signed_difference",
    "bends_both_ways",
    "not_the_sum",
    "not_below_zero",
    "right_size",
    "no_bias",
    "each_unit_sees_both",
    "right_where_they_differ",
    "zero_where_they_are_equal",
)


def units_subtracted():
    return np.array([[1, -1], [-1, 1]]), np.zeros(2), np.array([1, -1])


def second_unit_like_the_first():
    return np.array([[1, -1], [1, -1]]), np.zeros(2), np.array([0.5, 0.5])


def four_units_of_the_product():
    W = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]])
    return W, np.zeros(4), np.array([0.5, 0.5, -0.5, -0.5])


def halved():
    return np.array([[1, -1], [-1, 1]]), np.zeros(2), np.array([0.5, 0.5])


def sum_for_difference():
    return np.array([[1, 1], [-1, -1]]), np.zeros(2), np.ones(2)


def a_unit_for_each_number():
    return np.eye(2), np.zeros(2), np.array([1, -1])


# --------------------------------------------------------------------------- ncf.5


def draw_negatives(has, users, number, rng):
    """Films that these people do not have, drawn at random.

    has: (people, films), True where a person has a film; everybody lacks a film;
    users: (batch,), rows of has; a person may come twice; number: how many to draw for
    each; rng: the np.random.Generator to draw with.
    Returns (batch, number), numbers of films, from 0. At each place every film that the
    person lacks is equally likely, whatever the other places hold: a film may come
    twice.
    """
    films = rng.integers(has.shape[1], size=(len(users), number))
    while (bad := has[users[:, None], films]).any():
        films[bad] = rng.integers(has.shape[1], size=bad.sum())
    return films


class TooManyDrawsError(Exception):
    """A function draws again and again."""


class Counting(np.random.Generator):
    """A generator that stops a function which draws too often."""

    def __init__(self, seed, most):
        super().__init__(np.random.PCG64(seed))
        self.seed, self.most = seed, most

    def __deepcopy__(self, memo):
        return Counting(self.seed, self.most)

    def _count(self):
        self.most -= 1
        if self.most < 0:
            raise TooManyDrawsError

    def integers(self, *arguments, **named):
        self._count()
        return super().integers(*arguments, **named)

    def choice(self, *arguments, **named):
        self._count()
        return super().choice(*arguments, **named)


USERS = np.array([2, 0, 3, 2, 1])  # of a check; one comes twice


@lru_cache(maxsize=4)
def _fault_of_draw(function):
    """What is wrong with a way to draw: the name of a law, or "" if nothing is."""
    kept = [".x.x.xx.x", "x.xx..x..", "xxx..xx.x", "xxxx....x", ".xxxx.xx."]
    has = np.array([[mark == "x" for mark in row] for row in kept])

    def draw(seed, number, most):
        return np.asarray(function(has, USERS, number, Counting(seed, most)))

    try:
        return _fault_of_pairs(draw) or _fault_of_table(has, draw)
    except TooManyDrawsError:
        return "only_what_is_theirs_again"
    except Exception:  # whatever happens in a student's function
        return "no_error"


def _fault_of_pairs(draw):
    pairs = [draw(seed, 2, 500) for seed in range(20)]
    if any(films.shape != (len(USERS), 2) for films in pairs):
        return "shape"
    if all(np.array_equal(films, pairs[0]) for films in pairs):
        return "other_draws_with_another_rng"
    table = np.concatenate(pairs)
    return "a_film_may_come_twice" if (table[:, 0] != table[:, 1]).all() else ""


def _fault_of_table(has, draw):
    number = 300
    films, again, other = (draw(seed, number, 30000) for seed in (1, 1, 2))
    if films.shape != (len(USERS), number) or films.dtype.kind not in "iu":
        return "shape"
    if films.min() < 0 or films.max() >= has.shape[1]:
        return "in_the_catalogue"
    if not np.array_equal(films, again):
        return "only_what_rng_draws"
    if np.array_equal(films, other):
        return "other_draws_with_another_rng"
    if has[USERS[:, None], films].any():
        return _whose_films(has, films)
    if (films == films[:, :1]).all():
        return "one_draw_for_each_place"
    if np.array_equal(films[0], films[3]):
        return "one_draw_for_each_person"
    lacking = ~has[USERS]

    def counted(films):
        return np.array([np.bincount(row, minlength=has.shape[1]) for row in films])

    counts = counted(films)
    if (missing := lacking & (counts == 0)).any():
        anybody = has[USERS].any(axis=0)
        alike = np.array_equal(missing, lacking & anybody)
        return "not_spared_for_others" if alike else "every_film_possible"
    expected = number / lacking.sum(axis=1, keepdims=True)

    def uneven(counts):  # by 0.6: five standard deviations, or more
        return ((abs(counts / expected - 1) > 0.6) & lacking).any()

    if uneven(counts):
        mean = np.mean([counted(draw(n, number, 30000)) for n in range(40)], axis=0)
        return "equally_likely" if uneven(mean) else "one_draw_for_many_places"
    if (np.diff(films, axis=1) >= 0).all() or (np.diff(films, axis=1) <= 0).all():
        return "in_any_order"
    alike = (films[0] == films[3]).mean()  # a person who lacks three films
    return "own_draws_for_each_row" if alike > 1 / 3 + 0.15 else ""


def _whose_films(has, films):
    """What is wrong with films of which some are theirs."""
    theirs = has[USERS[:, None], films]
    if theirs.all():
        return "not_only_what_they_have"
    if not has[np.arange(len(USERS))[:, None], films].any():
        return "rows_of_the_right_people"
    if any(not row[films].any() for row in has):
        return "one_row_for_all"
    if (films.max(axis=1) + 1 == (~has[USERS]).sum(axis=1)).all():
        return "films_of_the_list"
    few = theirs.mean() < 0.75 * has[USERS].mean()
    return "drawn_until_none_is_theirs" if few else "never_what_they_have"


DRAW = (
    "no_error",
    "shape",
    "only_what_is_theirs_again",
    "a_film_may_come_twice",
    "in_the_catalogue",
    "only_what_rng_draws",
    "other_draws_with_another_rng",
    "never_what_they_have",
    "not_only_what_they_have",
    "rows_of_the_right_people",
    "one_row_for_all",
    "films_of_the_list",
    "drawn_until_none_is_theirs",
    "one_draw_for_each_place",
    "one_draw_for_each_person",
    "not_spared_for_others",
    "every_film_possible",
    "equally_likely",
    "one_draw_for_many_places",
    "in_any_order",
    "own_draws_for_each_row",
)


def any_film(has, users, number, rng):
    return rng.integers(has.shape[1], size=(len(users), number))


def drawn_again_once(has, users, number, rng):
    films = any_film(has, users, number, rng)
    bad = has[users[:, None], films]
    films[bad] = rng.integers(has.shape[1], size=bad.sum())
    return films


def everything_again(has, users, number, rng):
    films = any_film(has, users, number, rng)
    while has[users[:, None], films].any():
        films = any_film(has, users, number, rng)
    return films


def no_film_twice(has, users, number, rng):
    lists = [np.flatnonzero(~has[user]) for user in users]
    return np.array([rng.choice(one, number, replace=False) for one in lists])


def rows_of_the_batch(has, users, number, rng):
    return draw_negatives(has, np.arange(len(users)), number, rng)


def what_they_have(has, users, number, rng):
    return draw_negatives(~has, users, number, rng)


def next_free_film(has, users, number, rng):
    films = any_film(has, users, number, rng)
    while (bad := has[users[:, None], films]).any():
        films[bad] = (films[bad] + 1) % has.shape[1]
    return films


def own_generator(has, users, number, rng):
    return draw_negatives(has, users, number, np.random.default_rng(0))


def what_nobody_of_them_has(has, users, number, rng):
    free = np.flatnonzero(~has[users].any(axis=0))
    return rng.choice(free, size=(len(users), number))


def one_list_for_each_person(has, users, number, rng):
    lists = draw_negatives(has, np.arange(len(has)), number, rng)
    return lists[users]


def without_the_first_film(has, users, number, rng):
    return draw_negatives(has[:, 1:], users, number, rng) + 1


def one_film_for_each_person(has, users, number, rng):
    return np.repeat(draw_negatives(has, users, 1, rng), number, axis=1)


def one_person_s_rest(has, users, number, rng):
    return draw_negatives(has, np.repeat(users[:1], len(users)), number, rng)


def places_in_the_list(has, users, number, rng):
    lists = [np.flatnonzero(~has[user]) for user in users]
    return np.array([rng.integers(len(one), size=number) for one in lists])


def the_row_again(has, users, number, rng):
    films = any_film(has, users, number, rng)
    for row, user in zip(films, users, strict=True):
        while has[user, row].any():
            row[:] = rng.integers(has.shape[1], size=number)
    return films


def one_new_film_for_all(has, users, number, rng):
    films = any_film(has, users, number, rng)
    while (bad := has[users[:, None], films]).any():
        films[bad] = rng.integers(has.shape[1])
    return films


def sorted_rows(has, users, number, rng):
    return np.sort(draw_negatives(has, users, number, rng), axis=1)


def the_same_start_for_all(has, users, number, rng):
    films = np.tile(rng.integers(has.shape[1], size=number), (len(users), 1))
    while (bad := has[users[:, None], films]).any():
        films[bad] = rng.integers(has.shape[1], size=bad.sum())
    return films


def first_free_films(has, users, number, rng):
    return np.array([np.resize(np.flatnonzero(~has[u]), number) for u in users])


QUESTIONS = [
    Question(
        "ncf.1",
        "08.G2",
        vectors_of,
        cases=[
            (
                np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9], [0, 1, 0]]),
                np.array([3, 1]),
            ),
            (
                np.array(
                    [
                        [2.0, 1, 0, 5],
                        [3, 3, 1, 2],
                        [0, 4, 4, 1],
                        [6, 0, 2, 2],
                        [1, 9, 3, 7],
                    ]
                ),
                np.array([2, 5, 2]),
            ),
        ],
        wrong=listed(
            table_times_number,
            row_times_number,
            counted_from_zero,
            counted_from_the_end,
            columns,
            columns_turned,
            each_person_once,
            added_up,
            first_rows,
            one_hot_rows,
            last_person_first,
            last_row_for_the_last_two,
            first_row_times_number,
            table_times_number_added_up,
            sorted_numbers,
            two_taken_off,
        ),
    ),
    Question(
        "ncf.2",
        "08.G4",
        closest_to_open,
        cases=[
            (
                np.array([0.06, 0.03, -0.20, -0.01, 0.085, -0.3]),
                np.array([0.10, 0.12, -0.02, 0.03, 0.105, -0.15]),
            ),
            (np.array([-0.03, 0.02, -0.06]), np.array([0.02, 0.09, -0.03])),
            (
                np.array([-0.1, 0.0, -0.2, 0.2, -0.3]),
                np.array([0.3, 0.1, -0.1, 0.3, 0.0]),
            ),
            (np.array([-0.4, 0.3, 0.1]), np.array([-0.1, 0.5, 0.2])),
            (np.array([-0.1, -0.2]), np.array([0.0, 0.1])),
            (np.array([0.2, -0.5]), np.array([0.3, -0.4])),
        ],
        wrong=listed(
            nearest_middle,
            open_ones_too,
            above_only,
            below_only,
            farthest_from_open,
            narrowest,
            far_end,
            closest_to_clear,
            side_turned_round,
            place_from_one,
            touching_is_clear,
            first_if_none_is_clear,
            last_of_several,
            open_ones_too_by_low,
            lower_end_only,
            upper_end_only,
            no_minus_before_high,
            place_among_the_clear,
            always_above,
            zero_below,
            how_far_for_the_side,
            low_end_of_zero_is_clear,
            high_end_of_zero_is_clear,
        ),
    ),
    Question(
        "ncf.3",
        "08.G3",
        loss_and_slopes,
        apart=True,
        cases=[
            (np.array([2.0, 0.0, 1.0]), np.array([4, 0, 0])),
            (
                np.array([0.5, -1.5, 3.0, -0.2, 0.8, -0.6]),
                np.array([0, 5, 1, 0, 3, 2]),
            ),
        ],
        wrong=listed(
            stars_as_labels,
            fifths_as_labels,
            liked_only,
            labels_turned_round,
            sigmoid_of_minus,
            mean_of_both,
            mean_of_the_losses,
            each_loss,
            plus_in_the_second_term,
            taken_films_only,
            scores_for_probabilities,
            softmax_over_the_films,
            squared_error,
            loss_without_logarithm,
            loss_in_logarithms_of_2,
            slopes_turned_round,
            slopes_without_label,
            slopes_by_the_probability,
            slope_of_the_sigmoid_once_more,
            mean_of_the_slopes,
            first_film_taken,
            two_stars_or_more,
            three_stars_or_more,
            five_stars_only,
            minus_one_for_negatives,
            all_taken,
            softmax_loss_of_the_taken,
            one_slope,
        ),
    ),
    Question(
        "ncf.4",
        "08.G1",
        distance_layer,
        cases=[()],
        compared=False,
        laws={name: _law(_fault_of_layer, name) for name in LAYER},
        wrong=listed(
            units_subtracted,
            second_unit_like_the_first,
            four_units_of_the_product,
            halved,
            sum_for_difference,
            a_unit_for_each_number,
        ),
    ),
    Question(
        "ncf.5",
        "08.G3",
        draw_negatives,
        cases=[
            (
                np.array([[0, 0, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0]]) > 0,
                np.array([1, 2, 1]),
                2,
                np.random.default_rng(1),
            ),
            (
                np.array([[1, 1, 0, 1, 0], [0, 1, 0, 0, 1]]) > 0,
                np.array([0, 1]),
                2,
                np.random.default_rng(2),
            ),
        ],
        compared=False,
        laws={name: _law(_fault_of_draw, name) for name in DRAW},
        wrong=listed(
            any_film,
            drawn_again_once,
            everything_again,
            no_film_twice,
            rows_of_the_batch,
            what_they_have,
            next_free_film,
            own_generator,
            what_nobody_of_them_has,
            one_list_for_each_person,
            without_the_first_film,
            one_film_for_each_person,
            one_person_s_rest,
            places_in_the_list,
            the_row_again,
            one_new_film_for_all,
            sorted_rows,
            the_same_start_for_all,
            first_free_films,
        ),
    ),
]
