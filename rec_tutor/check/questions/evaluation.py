"""Chapter 02: evaluating honestly."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri, stdtrit

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "02.T1",
        "02.G1",
        ("my_ndcg",),
        (0.704,),
        wrong={
            "not_divided": (1.5,),
            "best_list_of_two": (0.92,),
            "best_list_of_five": (0.509,),
            "divided_by_the_number_of_relevant": (0.5,),
            "turned_over": (1.421,),
            "list_of_the_text": (0.531,),
            "ranks_1_and_2": (0.765,),
            "recall": (0.667,),
            "precision": (0.4,),
            "reciprocal_rank": (1,),
            "average_precision": (5 / 9,),
            "best_list_of_four": (1.5 / 2.562,),
            "second_hit_only": (0.5 / 2.131,),
            "one_over_rank": (0.727,),
            "logarithm_of_the_rank": (0.62,),
        },
    ),
    Blank(
        "02.T2",
        "02.G3",
        ("share_later",),
        (1 / 3,),
        wrong={
            "of_all_seven": (2 / 7,),
            "day_5_is_later": (3 / 7,),
            "a_half": (0.5,),
            "earlier": (2 / 3,),
            "earlier_of_seven": (4 / 7,),
            "number_of_days": (2,),
            "day_9_only": (1 / 6,),
            "per_cent": (100 / 3,),
        },
    ),
    Blank(
        "02.T3",
        "02.G5",
        ("coverage",),
        (0.75,),
        wrong={
            "number_of_items": (3,),
            "of_all_places": (0.5,),
            "of_the_people": (1,),
            "places_counted_twice": (1.5,),
            "never_shown": (0.25,),
            "per_cent": (75,),
        },
    ),
]


# ------------------------------------------------------------------- evaluation.1


def best_constant(ratings):
    """Which number, predicted for everything, has the smallest mean squared error?

    ratings: (n,), stars. The mean squared error is (2.4) before the root.
    Returns the number, which need not be a whole star, and its mean squared error.
    Without ratings both are nan.
    """
    if len(ratings) == 0:
        return np.nan, np.nan
    constant = ratings.mean()
    return constant, ((ratings - constant) ** 2).mean()


def _of(ratings, constant):
    """A constant and its mean squared error."""
    if len(ratings) == 0:
        return np.nan, np.nan
    return constant, ((ratings - constant) ** 2).mean()


def with_the_root(ratings):
    return ratings.mean(), ratings.std()


def n_minus_one_below(ratings):
    return ratings.mean(), ratings.var(ddof=1)


def median(ratings):
    return _of(ratings, np.median(ratings))


def most_frequent(ratings):
    if len(ratings) == 0:
        return np.nan, np.nan
    return _of(ratings, np.bincount(ratings.astype(int)).argmax())


def always_three(ratings):
    return _of(ratings, 3)


def middle_of_the_ends(ratings):
    if len(ratings) == 0:
        return np.nan, np.nan
    return _of(ratings, (ratings.min() + ratings.max()) / 2)


def whole_star(ratings):
    return _of(ratings, np.round(ratings.mean()))


def absolute_error(ratings):
    return ratings.mean(), abs(ratings - ratings.mean()).mean()


def median_and_absolute_error(ratings):
    return np.median(ratings), abs(ratings - np.median(ratings)).mean()


def summed_not_averaged(ratings):
    constant, error = best_constant(ratings)
    return constant, error * len(ratings)


def nothing_subtracted(ratings):
    return ratings.mean(), (ratings**2).mean()


def guess_drawn_like_the_ratings(ratings):
    return ratings.mean(), ((ratings[:, None] - ratings) ** 2).mean()


def squared_after_the_mean(ratings):
    return ratings.mean(), (ratings - ratings.mean()).mean() ** 2


def exchanged(ratings):
    return best_constant(ratings)[::-1]


def error_only(ratings):
    return best_constant(ratings)[1]


def constant_only(ratings):
    return best_constant(ratings)[0]


def no_ratings_is_zero(ratings):
    return best_constant(ratings) if len(ratings) else (0, 0)


def n_minus_one_if_there_are_two(ratings):
    if len(ratings) == 1:
        return ratings.mean(), 0.0
    return ratings.mean(), ratings.var(ddof=1)


def root_with_n_minus_one_below(ratings):
    return ratings.mean(), ratings.std(ddof=1)


def one_rating_is_nan(ratings):
    constant, error = best_constant(ratings)
    return constant, error if len(ratings) > 1 else np.nan


def predictions_cut_to_whole(ratings):
    """An array like the ratings holds whole numbers if they do."""
    if len(ratings) == 0:
        return np.nan, np.nan
    constant = ratings.mean()
    return constant, ((ratings - np.full_like(ratings, constant)) ** 2).mean()


def subtracted_in_place(ratings):
    constant = ratings.mean()
    ratings -= constant
    return constant, (ratings**2).mean()


def each_star_once(ratings):
    return _of(ratings, np.unique(ratings).mean())


def spread_of_each_star_once(ratings):
    return np.unique(ratings).mean(), np.unique(ratings).var()


def half_star(ratings):
    return _of(ratings, np.round(2 * ratings.mean()) / 2)


def one_digit(ratings):
    return _of(ratings, np.round(ratings.mean(), 1))


def two_digits(ratings):
    return _of(ratings, np.round(ratings.mean(), 2))


def star_below(ratings):
    return _of(ratings, np.floor(ratings.mean()))


def from_the_story(ratings):
    return (3, 2) if len(ratings) else (np.nan, np.nan)


def divided_by_n_twice(ratings):
    return ratings.mean(), ratings.var() / np.float64(len(ratings))


def standard_error(ratings):
    return ratings.mean(), ratings.std() / np.sqrt(len(ratings))


def of_a_new_rating(ratings):
    return ratings.mean(), ratings.var() * (1 + 1 / np.float64(len(ratings)))


def one_for_each_rating(ratings):
    if len(ratings) == 0:
        return np.nan, np.nan
    constant, error = best_constant(ratings)
    return np.full(len(ratings), constant), error


def no_ratings_is_an_error(ratings):
    return best_constant(ratings) if len(ratings) else 1 // len(ratings)


def no_ratings_is_one_nan(ratings):
    return best_constant(ratings) if len(ratings) else np.nan


def always_three_without_ratings(ratings):
    return 3, ((ratings - 3) ** 2).mean()


def from_the_story_without_ratings(ratings):
    return 3, 2


# ------------------------------------------------------------------- evaluation.2


def apart(low, high):
    """Which models can be told apart by their own intervals alone?

    low, high: (models,), the ends of the interval around the mean of each model.
    Returns (models, models): 1 where the whole interval of the row's model lies above
    that of the column's model, -1 where it lies below, 0 where they overlap or touch.
    """
    above = low[:, None] > high[None, :]
    return above.astype(int) - above.T.astype(int)


def by_the_means(low, high):
    mean = (low + high) / 2
    return np.sign(mean[:, None] - mean)


def low_against_low(low, high):
    return np.sign(low[:, None] - low)


def high_against_high(low, high):
    return np.sign(high[:, None] - high)


def mean_outside_the_other(low, high):
    mean = (low + high)[:, None] / 2
    return (mean > high).astype(int) - (mean < low).astype(int)


def column_against_row(low, high):
    return apart(low, high).T


def touching_is_apart(low, high):
    above = low[:, None] >= high
    return above.astype(int) - above.T.astype(int)


def never_below(low, high):
    return np.maximum(apart(low, high), 0)


def below_if_not_above(low, high):
    return np.where(low[:, None] > high, 1, -1)


def side_is_missing(low, high):
    return abs(apart(low, high))


def overlapping(low, high):
    return 1 - abs(apart(low, high))


def each_pair_once(low, high):
    return np.triu(apart(low, high))


def as_of_other_people(low, high):
    mean, half = (low + high) / 2, (high - low) / 2
    gap = mean[:, None] - mean
    return np.sign(gap) * (abs(gap) > np.sqrt(half[:, None] ** 2 + half**2))


def against_zero(low, high):
    return np.where(low > 0, 1, np.where(high < 0, -1, 0))


def against_the_first(low, high):
    return apart(low, high)[:, 0]


def nested_is_apart(low, high):
    inside = (low[:, None] >= low) & (high[:, None] <= high)
    mean = (low + high) / 2
    sign = np.sign(mean[:, None] - mean).astype(int)
    return np.where(inside | inside.T, sign, apart(low, high))


def low_against_high(low, high):
    return np.sign(low[:, None] - high)


def high_against_low(low, high):
    return np.sign(high[:, None] - low)


def mean_of_the_other_outside(low, high):
    return -mean_outside_the_other(low, high).T


def both_means_outside(low, high):
    outside = abs(mean_outside_the_other(low, high))
    return by_the_means(low, high) * outside * outside.T


def one_mean_outside(low, high):
    outside = abs(mean_outside_the_other(low, high))
    return by_the_means(low, high) * np.maximum(outside, outside.T)


def touching_is_above(low, high):
    above, below = low[:, None] >= high, high[:, None] < low
    return np.where(above, 1, np.where(below, -1, 0))


def touching_is_below(low, high):
    above, below = low[:, None] > high, high[:, None] <= low
    return np.where(above, 1, np.where(below, -1, 0))


def never_above(low, high):
    return np.minimum(apart(low, high), 0)


def below_if_another_and_not_above(low, high):
    result = np.where(low[:, None] > high, 1, -1)
    np.fill_diagonal(result, 0)
    return result


def each_pair_once_below(low, high):
    return np.tril(apart(low, high))


def a_model_above_itself(low, high):
    return apart(low, high) + np.eye(len(low), dtype=int)


def gap_between(low, high):
    gap = np.maximum(low[:, None] - high, 0)
    return gap - gap.T


def wins_of_each_model(low, high):
    return apart(low, high).sum(axis=1)


def both_ends_higher(low, high):
    above = (low[:, None] > low) & (high[:, None] > high)
    return above.astype(int) - above.T.astype(int)


def high_above_low(low, high):
    return (high[:, None] > low).astype(int)


def below_if_not_high_above_low(low, high):
    return np.where(high[:, None] > low, 1, -1)


def overlap_is_below(low, high):
    above, meets = low[:, None] > high, high[:, None] > low
    return np.where(above, 1, np.where(meets, -1, 0))


def above_by_the_low_ends(low, high):
    above, below = low[:, None] > low, high[:, None] < low
    return np.where(above, 1, np.where(below, -1, 0))


def above_by_the_high_ends(low, high):
    above, below = high[:, None] > high, high[:, None] < low
    return np.where(above, 1, np.where(below, -1, 0))


def below_by_the_low_ends(low, high):
    above, below = low[:, None] > high, low[:, None] < low
    return np.where(above, 1, np.where(below, -1, 0))


def below_by_the_high_ends(low, high):
    above, below = low[:, None] > high, high[:, None] < high
    return np.where(above, 1, np.where(below, -1, 0))


def above_by_the_low_ends_below_by_the_high_ends(low, high):
    above, below = low[:, None] > low, high[:, None] < high
    return np.where(above, 1, np.where(below, -1, 0))


def low_minus_high(low, high):
    return low[:, None] - high


def each_model_with_itself(low, high):
    return (low > high).astype(int) - (high < low)


# ------------------------------------------------------------------- evaluation.3


def ndcg(hits, relevant, k):
    """NDCG@k of one list, (2.3).

    hits: (length,), 1 where the list has a hit and 0 elsewhere, the first rank first.
    The list may be longer than k, or shorter. relevant: how many items could have been
    found, in the list or not. Returns one number; nan if nothing is relevant.
    """
    if relevant == 0:
        return np.nan
    worth = 1 / np.log2(np.arange(1, k + 1) + 1)
    hits = hits[:k]
    return (hits * worth[: len(hits)]).sum() / worth[:relevant].sum()


def _worth(number):
    return 1 / np.log2(np.arange(1, number + 1) + 1)


def _dcg(hits, k, worth=_worth):
    return (hits[:k] * worth(len(hits[:k]))).sum()


def _ndcg(hits, relevant, k, worth):
    """With another worth of the ranks."""
    best = worth(min(relevant, k)).sum()
    return np.float64(_dcg(hits, k, worth)) / np.float64(best)


def logarithm_of_the_rank(hits, relevant, k):
    return _ndcg(hits, relevant, k, lambda n: 1 / np.log2(np.arange(1, n + 1)))


def logarithm_of_the_rank_of_hits(hits, relevant, k):
    ranks = np.flatnonzero(hits[:k]) + 1
    best = np.arange(1, min(relevant, k) + 1)
    return (1 / np.log2(ranks)).sum() / (1 / np.log2(best)).sum()


def two_first_ranks_alike(hits, relevant, k):
    return _ndcg(
        hits, relevant, k, lambda n: 1 / np.log2(np.maximum(np.arange(1, n + 1), 2))
    )


def logarithm_one_too_far(hits, relevant, k):
    return _ndcg(hits, relevant, k, lambda n: 1 / np.log2(np.arange(1, n + 1) + 2))


def one_over_rank(hits, relevant, k):
    return _ndcg(hits, relevant, k, lambda n: 1 / np.arange(1, n + 1))


def times_the_logarithm(hits, relevant, k):
    return _ndcg(hits, relevant, k, lambda n: np.log2(np.arange(1, n + 1) + 1))


def all_ranks_alike(hits, relevant, k):
    return _ndcg(hits, relevant, k, np.ones)


def two_logarithms(hits, relevant, k):
    return ndcg(hits, relevant, k) / np.log(2)


def best_list_always_k(hits, relevant, k):
    return _dcg(hits, k) / _worth(k).sum() if relevant else np.nan


def best_list_not_cut(hits, relevant, k):
    return _dcg(hits, k) / _worth(relevant).sum() if relevant else np.nan


def best_list_of_the_hits(hits, relevant, k):
    return _dcg(hits, k) / np.float64(_worth(hits[:k].sum()).sum())


def best_list_of_all_hits(hits, relevant, k):
    return _dcg(hits, k) / np.float64(_worth(min(hits.sum(), k)).sum())


def best_list_ends_with_the_list(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return _dcg(hits, k) / _worth(len(hits[:k]))[:relevant].sum()


def list_not_cut(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return _dcg(hits, len(hits)) / _worth(min(relevant, k)).sum()


def nothing_cut(hits, relevant, k):
    return _dcg(hits, len(hits)) / _worth(relevant).sum() if relevant else np.nan


def not_divided(hits, relevant, k):
    return _dcg(hits, k) if relevant else np.nan


def divided_by_k(hits, relevant, k):
    return _dcg(hits, k) / k if relevant else np.nan


def divided_by_the_relevant(hits, relevant, k):
    return _dcg(hits, k) / min(relevant, k) if relevant else np.nan


def divided_by_all_relevant(hits, relevant, k):
    return _dcg(hits, k) / relevant if relevant else np.nan


def nothing_relevant_is_zero(hits, relevant, k):
    return ndcg(hits, relevant, k) if relevant else 0.0


def nothing_found_is_nan(hits, relevant, k):
    return ndcg(hits, relevant, k) if hits[:k].sum() else np.nan


def list_as_long_as_k(hits, relevant, k):
    if relevant == 0:
        return np.nan
    worth = _worth(k)
    return (hits[:k] * worth).sum() / worth[:relevant].sum()


def logarithm_of_the_rank_by_math(hits, relevant, k):
    if relevant == 0:
        return np.nan
    found = sum(hit / math.log2(j + 1) for j, hit in enumerate(hits[:k]))
    return found / sum(1 / math.log2(j + 1) for j in range(min(relevant, k)))


def best_list_of_the_hits_or_zero(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return np.nan_to_num(best_list_of_the_hits(hits, relevant, k))


def best_list_of_the_hits_never_nan(hits, relevant, k):
    return np.nan_to_num(best_list_of_the_hits(hits, relevant, k))


def best_list_of_all_hits_never_nan(hits, relevant, k):
    return np.nan_to_num(best_list_of_all_hits(hits, relevant, k))


def last_rank_is_missing(hits, relevant, k):
    return ndcg(hits[:k][:-1], relevant, k)


def rank_k_is_missing(hits, relevant, k):
    return ndcg(hits[: k - 1], relevant, k)


def rank_k_is_missing_in_both(hits, relevant, k):
    return ndcg(hits, relevant, k - 1)


def one_rank_too_many(hits, relevant, k):
    return ndcg(hits, relevant, k + 1)


def one_rank_of_the_list_too_many(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return _dcg(hits, k + 1) / _worth(min(relevant, k)).sum()


def best_list_one_short(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return _dcg(hits, k) / _worth(min(relevant, k) - 1).sum()


def first_rank_is_missing(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return ndcg(hits, relevant, k) - hits[0] / _worth(min(relevant, k)).sum()


def hits_moved_up(hits, relevant, k):
    """The ranks are counted among the hits: every list is a best one of its hits."""
    if relevant == 0:
        return np.nan
    return _worth(hits[:k].sum()).sum() / _worth(min(relevant, k)).sum()


def whole_numbers_only(hits, relevant, k):
    if relevant == 0:
        return np.nan
    collected = np.zeros_like(hits[:k])
    collected[:] = hits[:k] * _worth(len(hits[:k]))
    return collected.sum() / _worth(min(relevant, k)).sum()


def divided_by_the_found(hits, relevant, k):
    return _dcg(hits, k) / np.float64(hits[:k].sum()) if relevant else np.nan


def recall(hits, relevant, k):
    return hits[:k].sum() / relevant if relevant else np.nan


def precision(hits, relevant, k):
    return hits[:k].sum() / k if relevant else np.nan


def reciprocal_rank(hits, relevant, k):
    if relevant == 0:
        return np.nan
    ranks = np.flatnonzero(hits[:k]) + 1
    return 1 / ranks[0] if len(ranks) else 0.0


def average_precision(hits, relevant, k):
    if relevant == 0:
        return np.nan
    hits = hits[:k]
    share = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return (hits * share).sum() / min(relevant, k)


def best_list_by_another_logarithm(hits, relevant, k):
    return ndcg(hits, relevant, k) * np.log(2)


def nothing_relevant_is_one(hits, relevant, k):
    return ndcg(hits, relevant, k) if relevant else 1.0


def nothing_relevant_is_an_error(hits, relevant, k):
    return ndcg(hits, relevant, k) if relevant else 1 // relevant


def ranks_behind_the_list(hits, relevant, k):
    if relevant == 0:
        return np.nan
    worth = _worth(k)
    return sum(hits[j] * worth[j] for j in range(k)) / worth[:relevant].sum()


def one_added_to_the_logarithm(hits, relevant, k):
    return _ndcg(hits, relevant, k, lambda n: 1 / (np.log2(np.arange(1, n + 1)) + 1))


def one_added_to_the_logarithm_of_the_list(hits, relevant, k):
    if relevant == 0:
        return np.nan
    found = sum(hit / (np.log2(j) + 1) for j, hit in enumerate(hits[:k], start=1))
    return found / _worth(min(relevant, k)).sum()


def list_one_too_far(hits, relevant, k):
    if relevant == 0:
        return np.nan
    found = sum(hit / np.log2(j + 3) for j, hit in enumerate(hits[:k]))
    return found / _worth(min(relevant, k)).sum()


def hits_from_the_second(hits, relevant, k):
    if relevant == 0:
        return np.nan
    ranks = range(1, min(k, len(hits)))
    return sum(hits[j] / np.log2(j + 1) for j in ranks) / _worth(min(relevant, k)).sum()


def hits_from_the_second_to_the_end(hits, relevant, k):
    return ndcg(hits[1:], relevant, k)


def hits_from_the_second_up_to_k(hits, relevant, k):
    if relevant == 0:
        return np.nan
    found = sum(hits[j] / np.log2(j + 1) for j in range(1, k + 1))
    return found / _worth(min(relevant, k)).sum()


def hits_from_the_second_before_k(hits, relevant, k):
    if relevant == 0:
        return np.nan
    found = sum(hits[j] / np.log2(j + 1) for j in range(1, k))
    return found / _worth(min(relevant, k)).sum()


def k_is_not_used(hits, relevant, k):
    return ndcg(hits, relevant, len(hits))


def best_list_as_long_as_the_list(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return _dcg(hits, k) / _worth(min(relevant, len(hits))).sum()


def two_means(hits, relevant, k):
    if relevant == 0:
        return np.nan
    mean = _dcg(hits, k) / len(hits[:k])
    return mean / _worth(min(relevant, k)).mean()


def mean_of_the_list(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return _dcg(hits, k) / len(hits[:k]) / _worth(min(relevant, k)).sum()


def hits_as_ranks(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return (1 / np.log2(hits[:k] + 1)).sum() / _worth(min(relevant, k)).sum()


def hits_without_worth(hits, relevant, k):
    if relevant == 0:
        return np.nan
    return hits[:k].sum() / _worth(min(relevant, k)).sum()


# ------------------------------------------------------------------- evaluation.4


def recalls(scores, train, test, k):
    """Recall@k of each person if the whole catalogue is ranked, and the mean.

    scores: (people, films). train, test: (people, films) of 0 and 1, which films each
    person already has, and which are to be found; no film is both.
    A list has the k films with the highest scores among those that are not in the
    person's train. Of equal scores the film with the lower number comes first.
    Returns (people,), nan for those with nothing to find, and the mean of the others;
    nan if there are no others.
    """
    masked = np.where(train > 0, -np.inf, scores)
    best = np.argsort(-masked, axis=1, kind="stable")[:, :k]
    hits = np.take_along_axis(test, best, axis=1).sum(axis=1)
    relevant = test.sum(axis=1)
    asked = relevant > 0
    recall = np.full(hits.shape, np.nan)
    recall[asked] = hits[asked] / relevant[asked]
    return recall, recall[asked].mean() if asked.any() else np.nan


def _keeps_the_order_of_ties(function):
    """Two people and 40 films with four different scores: a sort that is not stable, or
    a partition, takes others of the equal films, whatever the processor.
    """
    films = np.arange(80).reshape(2, 40)
    scores, train = films * 7 % 4 / 2, (films % 11 == 1).astype(int)
    test = np.where(films % 40 < 13, 1 - train, 0)
    got, asked = function(scores, train, test, 12), recalls(scores, train, test, 12)
    return all(np.allclose(*pair) for pair in zip(got, asked, strict=True))


def _first(scores, k):
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _hits(scores, test, k):
    return np.take_along_axis(test, _first(scores, k), axis=1).sum(axis=1)


def _divided(hits, below):
    """Per person, nan where nothing is below; and the mean of the others."""
    each = np.where(below > 0, hits / np.maximum(below, 1), np.nan)
    return each, each[below > 0].mean() if below.any() else np.nan


def _ranked_by(scores, test, k):
    return _divided(_hits(scores, test, k), test.sum(axis=1))


def train_takes_places(scores, train, test, k):
    return _ranked_by(scores, test, k)


def masked_with_zero(scores, train, test, k):
    return _ranked_by(scores * (1 - train), test, k)


def masked_for_everybody(scores, train, test, k):
    return _ranked_by(np.where(train.any(axis=0), -np.inf, scores), test, k)


def marks_as_positions(scores, train, test, k):
    scores = scores.copy()
    for own, has in zip(scores, train, strict=True):
        own[has] = -np.inf
    return _ranked_by(scores, test, k)


def marks_as_rows(scores, train, test, k):
    scores = scores.copy()
    scores[train] = -np.inf
    return _ranked_by(scores, test, k)


def test_is_masked(scores, train, test, k):
    return _ranked_by(np.where(test > 0, -np.inf, scores), test, k)


def train_is_the_target(scores, train, test, k):
    return _ranked_by(scores, train, k)


def only_films_of_the_test(scores, train, test, k):
    asked = test.any(axis=0) & (train == 0)
    return _ranked_by(np.where(asked, scores, -np.inf), test, k)


def lowest_first(scores, train, test, k):
    return _ranked_by(-np.where(train > 0, np.inf, scores), test, k)


def lowest_first_with_train(scores, train, test, k):
    return _ranked_by(-np.where(train > 0, -np.inf, scores), test, k)


def higher_number_first(scores, train, test, k):
    scores = np.where(train > 0, -np.inf, scores)
    best = np.argsort(scores, axis=1, kind="stable")[:, ::-1][:, :k]
    hits = np.take_along_axis(test, best, axis=1).sum(axis=1)
    return _divided(hits, test.sum(axis=1))


def _right_hits(scores, train, test, k):
    return _hits(np.where(train > 0, -np.inf, scores), test, k)


def precisions(scores, train, test, k):
    hits, relevant = _right_hits(scores, train, test, k), test.sum(axis=1)
    return _divided(hits, np.where(relevant > 0, k, 0))


def at_most_k_below(scores, train, test, k):
    return _divided(
        _right_hits(scores, train, test, k), np.minimum(test.sum(axis=1), k)
    )


def hit_or_not(scores, train, test, k):
    hits, relevant = _right_hits(scores, train, test, k), test.sum(axis=1)
    return _divided(hits > 0, np.where(relevant > 0, 1, 0))


def number_of_hits(scores, train, test, k):
    hits, relevant = _right_hits(scores, train, test, k), test.sum(axis=1)
    return _divided(hits, np.where(relevant > 0, 1, 0))


def list_longer_by_one(scores, train, test, k):
    return recalls(scores, train, test, k + 1)


def list_shorter_by_one(scores, train, test, k):
    return recalls(scores, train, test, k - 1)


def nothing_to_find_is_zero(scores, train, test, k):
    each, _ = recalls(scores, train, test, k)
    each = np.nan_to_num(each)
    return each, each.mean()


def mean_of_everything(scores, train, test, k):
    each, _ = recalls(scores, train, test, k)
    return each, each.mean()


def all_hits_over_all_relevant(scores, train, test, k):
    each, _ = recalls(scores, train, test, k)
    total = test.sum()
    hits = _right_hits(scores, train, test, k).sum()
    return each, hits / total if total else np.nan


def nobody_left_out(scores, train, test, k):
    each, mean = recalls(scores, train, test, k)
    relevant = test.sum(axis=1)
    return each[relevant > 0], mean


def mean_only(scores, train, test, k):
    return recalls(scores, train, test, k)[1]


def no_mean(scores, train, test, k):
    return recalls(scores, train, test, k)[0]


def masked_with_minus_one(scores, train, test, k):
    return _ranked_by(np.where(train > 0, -1, scores), test, k)


def masked_with_the_lowest(scores, train, test, k):
    lowest = scores.min(axis=1, keepdims=True)
    return _ranked_by(np.where(train > 0, lowest, scores), test, k)


def train_is_subtracted(scores, train, test, k):
    return _ranked_by(scores - train, test, k)


def places_as_film_numbers(scores, train, test, k):
    hits = []
    for row, has, asked in zip(scores, train, test, strict=True):
        best = np.argsort(-row[has == 0], kind="stable")[:k]
        hits.append(asked[best].sum())
    return _divided(np.array(hits), test.sum(axis=1))


def films_as_ranks(scores, train, test, k):
    scores = np.where(train > 0, -np.inf, scores)
    rank = np.argsort(-scores, axis=1, kind="stable")
    return _divided(((rank < k) * test).sum(axis=1), test.sum(axis=1))


def ties_make_longer_lists(scores, train, test, k):
    scores = np.where(train > 0, -np.inf, scores)
    border = -np.sort(-scores, axis=1)[:, k - 1 : k]
    return _divided(((scores >= border) * test).sum(axis=1), test.sum(axis=1))


def sorted_over_people(scores, train, test, k):
    scores = np.where(train > 0, -np.inf, scores)
    best = np.argsort(-scores, axis=0, kind="stable")[:, :k]
    hits = np.take_along_axis(test, best, axis=1).sum(axis=1)
    return _divided(hits, test.sum(axis=1))


def not_ranked(scores, train, test, k):
    return _divided(test[:, :k].sum(axis=1), test.sum(axis=1))


def not_ranked_without_train(scores, train, test, k):
    return _ranked_by(np.where(train > 0, -np.inf, 0), test, k)


def everything_is_found(scores, train, test, k):
    return _divided(test.sum(axis=1), test.sum(axis=1))


def average_precisions(scores, train, test, k):
    best = _first(np.where(train > 0, -np.inf, scores), k)
    hits = np.take_along_axis(test, best, axis=1)
    share = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    relevant = test.sum(axis=1)
    return _divided((hits * share).sum(axis=1), relevant)


def precisions_of_everybody(scores, train, test, k):
    each = _right_hits(scores, train, test, k) / k
    return each, each.mean()


def train_counts_as_relevant(scores, train, test, k):
    hits, relevant = _right_hits(scores, train, test, k), test.sum(axis=1)
    return _divided(hits, np.where(relevant > 0, relevant + train.sum(axis=1), 0))


def train_is_to_be_found(scores, train, test, k):
    return _ranked_by(scores, train + test, k)


def divided_by_all_test_films(scores, train, test, k):
    hits, relevant = _right_hits(scores, train, test, k), test.sum(axis=1)
    return _divided(hits, np.where(relevant > 0, relevant.sum(), 0))


def whole_recalls(scores, train, test, k):
    hits, relevant = _right_hits(scores, train, test, k), test.sum(axis=1)
    each = np.zeros_like(relevant)
    each[relevant > 0] = hits[relevant > 0] // relevant[relevant > 0]
    return each, each[relevant > 0].mean()


def nothing_to_find_is_one(scores, train, test, k):
    each, _ = recalls(scores, train, test, k)
    each = np.nan_to_num(each, nan=1)
    return each, each.mean()


def mean_of_those_with_a_hit(scores, train, test, k):
    each, _ = recalls(scores, train, test, k)
    return each, each[each > 0].mean()


def sum_over_people(scores, train, test, k):
    each, _ = recalls(scores, train, test, k)
    return each, np.nansum(each)


def nobody_is_zero(scores, train, test, k):
    each, mean = recalls(scores, train, test, k)
    return each, mean if test.any() else 0.0


def nobody_is_an_error(scores, train, test, k):
    return recalls(scores, train, test, k) if test.any() else 1 // test.sum().item()


def mask_reversed(scores, train, test, k):
    return _ranked_by(np.where(train == 0, -np.inf, scores), test, k)


def masked_with_plus_infinity(scores, train, test, k):
    return _ranked_by(np.where(train > 0, np.inf, scores), test, k)


def hits_in_train(scores, train, test, k):
    hits = _hits(np.where(train > 0, -np.inf, scores), train, k)
    return _divided(hits, test.sum(axis=1))


def divided_by_train(scores, train, test, k):
    hits, relevant = _right_hits(scores, train, test, k), test.sum(axis=1)
    return _divided(hits, np.where(relevant > 0, train.sum(axis=1), 0))


def list_of_the_first_person(scores, train, test, k):
    best = _first(np.where(train > 0, -np.inf, scores), k)[0]
    return _divided(test[:, best].sum(axis=1), test.sum(axis=1))


def only_films_of_the_own_test(scores, train, test, k):
    return _ranked_by(np.where(test > 0, scores, -np.inf), test, k)


# ------------------------------------------------------------------- evaluation.5


def clear_share(a, b, draws):
    """In what share of the draws is the difference of two models clear?

    a, b: (people,), NDCG of two models: the same people in the same order.
    draws: (draws, n), each row the indices, counted from 0, of the n people of a draw,
    n > 1. Returns low (draws,), high (draws,) and the share.
    Of the differences a - b of a draw's people: low = mean - 1.96 standard errors,
    high = mean + 1.96 standard errors; the standard deviation has n - 1 below, as in
    pandas. The share is that of the clear draws, whose interval leaves out zero; an
    interval that ends at zero is not clear.
    """
    delta = a[draws] - b[draws]
    error = delta.std(axis=1, ddof=1) / np.sqrt(draws.shape[1])
    low = delta.mean(axis=1) - 1.96 * error
    high = delta.mean(axis=1) + 1.96 * error
    return low, high, ((low > 0) | (high < 0)).mean()


def _clear(low, high):
    return low, high, ((low > 0) | (high < 0)).mean()


def _around(delta, half):
    return _clear(delta.mean(axis=1) - half, delta.mean(axis=1) + half)


def _error(values, ddof=1):
    return values.std(axis=1, ddof=ddof) / np.sqrt(values.shape[1])


def deviation_of_people(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * delta.std(axis=1, ddof=1))


def n_below(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * _error(delta, ddof=0))


def n_without_root(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * delta.std(axis=1, ddof=1) / draws.shape[1])


def variance(a, b, draws):
    delta = (a - b)[draws]
    half = 1.96 * delta.var(axis=1, ddof=1) / np.sqrt(draws.shape[1])
    return _around(delta, half)


def one_standard_error(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, _error(delta))


def two_standard_errors(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 2 * _error(delta))


def half_to_either_side(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * _error(delta) / 2)


def student_t(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, stdtrit(draws.shape[1] - 1, 0.975) * _error(delta))


def not_paired(a, b, draws):
    half = 1.96 * np.sqrt(_error(a[draws]) ** 2 + _error(b[draws]) ** 2)
    return _around((a - b)[draws], half)


def two_intervals(a, b, draws):
    half = 1.96 * (_error(a[draws]) + _error(b[draws]))
    return _around((a - b)[draws], half)


def root_of_all_people(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * delta.std(axis=1, ddof=1) / np.sqrt(len(a)))


def root_of_the_number_of_draws(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * delta.std(axis=1, ddof=1) / np.sqrt(len(draws)))


def deviation_of_all_draws(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * delta.std(ddof=1) / np.sqrt(draws.shape[1]))


def deviation_of_all_people(a, b, draws):
    half = 1.96 * (a - b).std(ddof=1) / np.sqrt(draws.shape[1])
    return _around((a - b)[draws], half)


def across_draws(a, b, draws):
    delta = (a - b)[draws].T
    return _around(delta, 1.96 * _error(delta))


def percentiles_of_people(a, b, draws):
    return _clear(*np.percentile((a - b)[draws], [2.5, 97.5], axis=1))


def b_minus_a(a, b, draws):
    return clear_share(b, a, draws)


def sizes_of_differences(a, b, draws):
    delta = abs(a - b)[draws]
    return _around(delta, 1.96 * _error(delta))


def first_people(a, b, draws):
    """n people, but always the first: the numbers in the draw are not used."""
    number, n = draws.shape
    return clear_share(a, b, np.tile(np.arange(n), (number, 1)))


def ahead_only(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, (low > 0).mean()


def open_not_clear(a, b, draws):
    low, high, share = clear_share(a, b, draws)
    return low, high, 1 - share


def number_of_draws(a, b, draws):
    low, high, share = clear_share(a, b, draws)
    return low, high, share * len(draws)


def which_draws(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, (low > 0) | (high < 0)


def touching_is_clear(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low >= 0) | (high <= 0)).mean()


def share_only(a, b, draws):
    return clear_share(a, b, draws)[2]


def root_of_n_minus_one(a, b, draws):
    delta = (a - b)[draws]
    half = 1.96 * delta.std(axis=1, ddof=1) / np.sqrt(draws.shape[1] - 1)
    return _around(delta, half)


def root_of_all_places(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * delta.std(axis=1, ddof=1) / np.sqrt(draws.size))


def squared_standard_error(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * _error(delta) ** 2)


def deviation_with_n_below(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.96 * delta.std(axis=1))


def exact_quantile(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, ndtri(0.975) * _error(delta))


def ninety_per_cent(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 1.645 * _error(delta))


def ninety_nine_per_cent(a, b, draws):
    delta = (a - b)[draws]
    return _around(delta, 2.576 * _error(delta))


def ends_subtracted(a, b, draws):
    half = 1.96 * (_error(a[draws]) - _error(b[draws]))
    return _around((a - b)[draws], half)


def error_of_a(a, b, draws):
    return _around((a - b)[draws], 1.96 * _error(a[draws]))


def of_a_alone(a, b, draws):
    return _around(a[draws], 1.96 * _error(a[draws]))


def one_interval_of_all_draws(a, b, draws):
    delta = (a - b)[draws]
    half = 1.96 * delta.std(ddof=1) / np.sqrt(draws.shape[1])
    return _clear(delta.mean() - half, delta.mean() + half)


def one_interval_of_all_places(a, b, draws):
    delta = (a - b)[draws]
    half = 1.96 * delta.std(ddof=1) / np.sqrt(draws.size)
    return _clear(delta.mean() - half, delta.mean() + half)


def mean_of_all_draws(a, b, draws):
    half = 1.96 * _error((a - b)[draws])
    mean = (a - b)[draws].mean()
    return _clear(mean - half, mean + half)


def mean_of_all_people(a, b, draws):
    half = 1.96 * _error((a - b)[draws])
    mean = (a - b).mean()
    return _clear(mean - half, mean + half)


def median_difference(a, b, draws):
    delta = (a - b)[draws]
    middle, half = np.median(delta, axis=1), 1.96 * _error(delta)
    return _clear(middle - half, middle + half)


def sum_of_differences(a, b, draws):
    delta = (a - b)[draws]
    total, half = delta.sum(axis=1), 1.96 * _error(delta)
    return _clear(total - half, total + half)


def mean_and_half_the_length(a, b, draws):
    low, high, share = clear_share(a, b, draws)
    return (low + high) / 2, (high - low) / 2, share


def ends_exchanged(a, b, draws):
    low, high, share = clear_share(a, b, draws)
    return high, low, share


def share_first(a, b, draws):
    low, high, share = clear_share(a, b, draws)
    return share, low, high


def share_missing(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high


def behind_only(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, (high < 0).mean()


def above_and_below(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low > 0) & (high < 0)).mean()


def an_end_above_zero(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low > 0) | (high > 0)).mean()


def around_zero(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low < 0) & (high > 0)).mean()


def mean_above_zero(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, (low + high > 0).mean()


def share_of_people_ahead(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((a - b)[draws] > 0).mean()


def per_cent(a, b, draws):
    low, high, share = clear_share(a, b, draws)
    return low, high, 100 * share


def clear_of_all_people(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low > 0) | (high < 0)).sum() / len(a)


def always_clear(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, 1.0


def low_below_high(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, (low < high).mean()


def an_end_on_any_side(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low < 0) | (high > 0)).mean()


def mean_beyond_the_deviation(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    delta = (a - b)[draws]
    far = abs(delta.mean(axis=1)) > 1.96 * delta.std(axis=1, ddof=1)
    return low, high, far.mean()


def mean_beyond_one_error(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    delta = (a - b)[draws]
    return low, high, (abs(delta.mean(axis=1)) > _error(delta)).mean()


def two_intervals_apart(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    gap = abs(a[draws].mean(axis=1) - b[draws].mean(axis=1))
    apart = gap > 1.96 * (_error(a[draws]) + _error(b[draws]))
    return low, high, apart.mean()


def below_is_subtracted(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, (low > 0).mean() - (high < 0).mean()


def clear_of_people_in_a_draw(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low > 0) | (high < 0)).sum() / draws.shape[1]


def one_is_clear(a, b, draws):
    low, high, _ = clear_share(a, b, draws)
    return low, high, ((low > 0) | (high < 0)).any()


def people_from_one(a, b, draws):
    return clear_share(a, b, draws - 1)


QUESTIONS = [
    Question(
        "evaluation.1",
        "02.G2",
        best_constant,
        cases=[
            (np.array([5, 5, 4, 3, 1]),),
            (np.array([1.0, 1, 4, 4, 1, 3, 1]),),
            (np.array([4.0]),),
            (np.array([]),),
        ],
        wrong=listed(
            with_the_root,
            n_minus_one_below,
            median,
            most_frequent,
            always_three,
            middle_of_the_ends,
            whole_star,
            absolute_error,
            median_and_absolute_error,
            summed_not_averaged,
            nothing_subtracted,
            guess_drawn_like_the_ratings,
            squared_after_the_mean,
            exchanged,
            error_only,
            constant_only,
            no_ratings_is_zero,
            n_minus_one_if_there_are_two,
            root_with_n_minus_one_below,
            one_rating_is_nan,
            predictions_cut_to_whole,
            subtracted_in_place,
            each_star_once,
            spread_of_each_star_once,
            half_star,
            one_digit,
            two_digits,
            star_below,
            from_the_story,
            divided_by_n_twice,
            standard_error,
            of_a_new_rating,
            one_for_each_rating,
            no_ratings_is_an_error,
            no_ratings_is_one_nan,
            always_three_without_ratings,
            from_the_story_without_ratings,
        ),
    ),
    Question(
        "evaluation.2",
        "02.G4",
        apart,
        cases=[
            (
                np.array([0.10, 0.17, 0.20, 0.36]),
                np.array([0.20, 0.35, 0.25, 0.40]),
            ),
            (
                np.array([0.5, 0.10, 0.2, 0.05, 0.310, 0.376, 0.53]),
                np.array([0.6, 0.30, 0.28, 0.12, 0.420, 0.486, 0.62]),
            ),
            (np.array([0.2]), np.array([0.3])),
        ],
        wrong=listed(
            by_the_means,
            low_against_low,
            high_against_high,
            mean_outside_the_other,
            column_against_row,
            touching_is_apart,
            never_below,
            below_if_not_above,
            side_is_missing,
            overlapping,
            each_pair_once,
            as_of_other_people,
            against_zero,
            against_the_first,
            nested_is_apart,
            low_against_high,
            high_against_low,
            mean_of_the_other_outside,
            both_means_outside,
            one_mean_outside,
            touching_is_above,
            touching_is_below,
            never_above,
            below_if_another_and_not_above,
            each_pair_once_below,
            a_model_above_itself,
            gap_between,
            wins_of_each_model,
            both_ends_higher,
            high_above_low,
            below_if_not_high_above_low,
            overlap_is_below,
            above_by_the_low_ends,
            above_by_the_high_ends,
            below_by_the_low_ends,
            below_by_the_high_ends,
            above_by_the_low_ends_below_by_the_high_ends,
            low_minus_high,
            each_model_with_itself,
        ),
    ),
    Question(
        "evaluation.3",
        "02.G1",
        ndcg,
        cases=[
            (np.array([0, 1, 0, 1, 1, 0]), 5, 4),
            (np.array([1, 0, 1]), 4, 5),
            (np.array([0, 0, 0, 0]), 0, 3),
            (np.array([0, 0, 0, 1, 1]), 3, 3),
            (np.array([1, 0, 0, 1, 0, 1]), 8, 6),
        ],
        wrong=listed(
            logarithm_of_the_rank,
            logarithm_of_the_rank_of_hits,
            two_first_ranks_alike,
            logarithm_one_too_far,
            one_over_rank,
            times_the_logarithm,
            all_ranks_alike,
            two_logarithms,
            best_list_always_k,
            best_list_not_cut,
            best_list_of_the_hits,
            best_list_of_all_hits,
            best_list_ends_with_the_list,
            list_not_cut,
            nothing_cut,
            not_divided,
            divided_by_k,
            divided_by_the_relevant,
            divided_by_all_relevant,
            nothing_relevant_is_zero,
            nothing_found_is_nan,
            list_as_long_as_k,
            logarithm_of_the_rank_by_math,
            best_list_of_the_hits_or_zero,
            best_list_of_the_hits_never_nan,
            best_list_of_all_hits_never_nan,
            last_rank_is_missing,
            rank_k_is_missing,
            rank_k_is_missing_in_both,
            one_rank_too_many,
            one_rank_of_the_list_too_many,
            best_list_one_short,
            first_rank_is_missing,
            hits_moved_up,
            whole_numbers_only,
            divided_by_the_found,
            recall,
            precision,
            reciprocal_rank,
            average_precision,
            best_list_by_another_logarithm,
            nothing_relevant_is_one,
            nothing_relevant_is_an_error,
            ranks_behind_the_list,
            one_added_to_the_logarithm,
            one_added_to_the_logarithm_of_the_list,
            list_one_too_far,
            hits_from_the_second,
            hits_from_the_second_to_the_end,
            hits_from_the_second_up_to_k,
            hits_from_the_second_before_k,
            k_is_not_used,
            best_list_as_long_as_the_list,
            two_means,
            mean_of_the_list,
            hits_as_ranks,
            hits_without_worth,
        ),
    ),
    Question(
        "evaluation.4",
        "02.G1",
        recalls,
        cases=[
            (
                np.array(
                    [
                        [0.1, 0.2, 0.2, 0.7, 0.9, 0.6],
                        [-0.2, -0.8, -0.3, -0.7, -0.8, -0.1],
                    ]
                ),
                np.array([[0, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 1]]),
                np.array([[1, 1, 1, 0, 1, 0], [0, 1, 1, 1, 0, 0]]),
                3,
            ),
            (
                np.array(
                    [
                        [0.9, 0.7, 0.5, 0.1, 0.5, 0.2],
                        [0.3, 0.1, 0.6, 0.2, 0.4, 0.8],
                        [-0.1, -0.3, -0.2, -0.6, -0.4, -0.5],
                    ]
                ),
                np.array(
                    [
                        [1, 0, 0, 0, 0, 0],
                        [0, 0, 1, 0, 1, 0],
                        [1, 0, 0, 1, 0, 0],
                    ]
                ),
                np.array(
                    [
                        [0, 0, 1, 0, 0, 0],
                        [0, 0, 0, 0, 0, 0],
                        [0, 1, 1, 0, 1, 0],
                    ]
                ),
                2,
            ),
            (
                np.array(
                    [
                        [2.0, 5, 1, 3, 4, 0, -1],
                        [1.0, 1, 2, 2, 2, 0, 1],
                        [-1.5, 3, -2, -3, 2, -4, 0.5],
                        [0.3, 0.2, 0.1, 0.4, 0.5, 0.6, 0.35],
                    ]
                ),
                np.array(
                    [
                        [0, 1, 0, 0, 0, 0, 0],
                        [0, 0, 1, 0, 0, 0, 0],
                        [0, 1, 0, 0, 1, 0, 0],
                        [0, 0, 0, 0, 0, 1, 0],
                    ]
                ),
                np.array(
                    [
                        [1, 0, 0, 0, 0, 1, 0],
                        [1, 1, 0, 0, 0, 0, 0],
                        [1, 0, 0, 1, 0, 1, 0],
                        [0, 0, 1, 0, 0, 0, 0],
                    ]
                ),
                3,
            ),
            (
                np.array([[0.2, 0.1, 0.3], [0.5, 0.4, 0.1]]),
                np.array([[0, 1, 0], [1, 0, 1]]),
                np.array([[0, 0, 0], [0, 0, 0]]),
                1,
            ),
            (
                np.array([[0.2, 0.1, 0.3], [0.5, 0.4, 0.1]]),
                np.array([[0, 1, 1], [1, 0, 0]]),
                np.array([[1, 0, 0], [0, 1, 1]]),
                2,
            ),
        ],
        wrong=listed(
            train_takes_places,
            masked_with_zero,
            masked_for_everybody,
            marks_as_positions,
            marks_as_rows,
            test_is_masked,
            train_is_the_target,
            only_films_of_the_test,
            lowest_first,
            lowest_first_with_train,
            higher_number_first,
            precisions,
            at_most_k_below,
            hit_or_not,
            number_of_hits,
            list_longer_by_one,
            list_shorter_by_one,
            nothing_to_find_is_zero,
            mean_of_everything,
            all_hits_over_all_relevant,
            nobody_left_out,
            mean_only,
            no_mean,
            masked_with_minus_one,
            masked_with_the_lowest,
            train_is_subtracted,
            places_as_film_numbers,
            films_as_ranks,
            ties_make_longer_lists,
            sorted_over_people,
            not_ranked,
            not_ranked_without_train,
            everything_is_found,
            average_precisions,
            precisions_of_everybody,
            train_counts_as_relevant,
            train_is_to_be_found,
            divided_by_all_test_films,
            whole_recalls,
            nothing_to_find_is_one,
            mean_of_those_with_a_hit,
            sum_over_people,
            nobody_is_zero,
            nobody_is_an_error,
            mask_reversed,
            masked_with_plus_infinity,
            hits_in_train,
            divided_by_train,
            list_of_the_first_person,
            only_films_of_the_own_test,
        ),
        laws={"takes_others_of_equal_scores": _keeps_the_order_of_ties},
    ),
    Question(
        "evaluation.5",
        "02.G4",
        clear_share,
        cases=[
            (
                np.array([0.6, 0.7, 0.9, 0.3, 0.6, 0.1, 0.6]),
                np.array([0.2, 0.4, 0.8, 0.5, 0.7, 0.5, 0.3]),
                np.array([[0, 1, 2], [3, 5, 4], [1, 0, 4], [6, 0, 1]]),
            ),
            (
                np.array([0.2, 0.0, 0.7, 0.1, 0.4, 0.3]),
                np.array([0.5, 0.2, 0.7, 0.5, 0.4, 0.2]),
                np.array([[0, 1, 3, 4], [2, 5, 0, 4], [3, 1, 0, 5]]),
            ),
            (
                np.array([0.5, 0.25, 0.75, 1.0]),
                np.array([0.5, 0.25, 0.5, 0.75]),
                np.array([[0, 1], [2, 3], [0, 2]]),
            ),
            (
                np.array([0.5, 0.4, 0.3]),
                np.array([0.4, 0.6, 0.1]),
                np.array([[1, 0]]),
            ),
        ],
        wrong=listed(
            deviation_of_people,
            n_below,
            n_without_root,
            variance,
            one_standard_error,
            two_standard_errors,
            half_to_either_side,
            student_t,
            not_paired,
            two_intervals,
            root_of_all_people,
            root_of_the_number_of_draws,
            deviation_of_all_people,
            deviation_of_all_draws,
            across_draws,
            percentiles_of_people,
            b_minus_a,
            sizes_of_differences,
            first_people,
            ahead_only,
            open_not_clear,
            number_of_draws,
            which_draws,
            touching_is_clear,
            share_only,
            root_of_n_minus_one,
            root_of_all_places,
            squared_standard_error,
            deviation_with_n_below,
            exact_quantile,
            ninety_per_cent,
            ninety_nine_per_cent,
            ends_subtracted,
            error_of_a,
            of_a_alone,
            one_interval_of_all_draws,
            one_interval_of_all_places,
            mean_of_all_draws,
            mean_of_all_people,
            median_difference,
            sum_of_differences,
            mean_and_half_the_length,
            ends_exchanged,
            share_first,
            share_missing,
            behind_only,
            above_and_below,
            an_end_above_zero,
            around_zero,
            mean_above_zero,
            share_of_people_ahead,
            per_cent,
            clear_of_all_people,
            always_clear,
            low_below_high,
            an_end_on_any_side,
            mean_beyond_the_deviation,
            mean_beyond_one_error,
            two_intervals_apart,
            below_is_subtracted,
            clear_of_people_in_a_draw,
            one_is_clear,
            people_from_one,
        ),
    ),
]
