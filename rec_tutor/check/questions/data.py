"""Chapter 01: the problem and its data."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "01.T1",
        "01.G1",
        ("shown_items",),
        ([4, 2, 3],),
        wrong={
            "not_masked": ([0, 4, 2],),
            "smallest_first": ([1, 3, 2],),
            "largest_last": ([3, 2, 4],),
            "by_number": ([2, 3, 4],),
            "scores": ([0.8, 0.7, 0.4],),
            "numbers_moved_up": ([3, 1, 2],),
            "counted_from_1": ([5, 3, 4],),
            "not_cut": ([4, 2, 3, 1],),
        },
    ),
    Blank(
        "01.T2",
        "01.G2",
        ("hated",),
        (4,),
        wrong={
            "all_films": (23,),
            "liked_films": (19,),
            "share": (4 / 23,),
            "per_cent": (400 / 23,),
            "only_the_cell": (1,),
            "five_stars": (15,),
        },
    ),
    Blank(
        "01.T3",
        "01.G3",
        ("similarity",),
        (0.577,),
        wrong={
            "count": (1,),
            "no_root": (1 / 3,),
            "films_0_and_1": (0.816,),
            "films_1_and_3": (0.707,),
            "sum_of_likes": (0.5,),
            "only_the_root": (1.732,),
            "sum_without_root": (0.25,),
        },
    ),
    Blank(
        "01.T4",
        "01.G6",
        ("observed_mean", "threes"),
        (3.0, 0.038),
        wrong={
            "chances_of_the_text": (4.05, None),
            "mean_not_divided": (1.56, None),
            "mean_divided_by_5": (0.312, None),
            "mean_of_the_chances": (0.104, None),
            "threes_not_divided": (3.0, 0.02),
            "true_share": (3.0, 0.2),
            "per_cent": (3.0, 3.85),
            "stars_of_the_threes": (3.0, 0.06 / 0.52),
            "only_the_chances": (0.52, None),
        },
    ),
]


# ------------------------------------------------------------------------- data.1


def rows_of(ids, known):
    """The row numbers of people, by the ids that their source gave them.

    ids: (n,), the ids that are asked: one may be asked several times, and there may
    be none; known: (rows,), the id of each row of a table, each once, in any order:
    row r belongs to the id known[r].
    Returns (n,), whole numbers: the row of each id, counted from 0; -1 where no row
    has that id.
    """
    row = {one: place for place, one in enumerate(known.tolist())}
    return np.array([row.get(one, -1) for one in ids.tolist()], dtype=int)


def ids_as_rows(ids, known):
    return ids


def one_less(ids, known):
    return ids - 1


def one_less_if_known(ids, known):
    return np.where(np.isin(ids, known), ids - 1, -1)


def unknown_is_0(ids, known):
    return np.maximum(rows_of(ids, known), 0)


def unknown_is_the_last_row(ids, known):
    rows = rows_of(ids, known)
    return np.where(rows < 0, len(known) - 1, rows)


def unknown_is_none(ids, known):
    return [None if row < 0 else row for row in rows_of(ids, known).tolist()]


def unknown_is_nan(ids, known):
    rows = rows_of(ids, known)
    return np.where(rows < 0, np.nan, rows)


def unknown_left_out(ids, known):
    rows = rows_of(ids, known)
    return rows[rows >= 0]


def unknown_stops(ids, known):
    row = {one: place for place, one in enumerate(known.tolist())}
    return np.array([row[one] for one in ids.tolist()], dtype=int)


def index_of_a_list_stops(ids, known):
    return [known.tolist().index(one) for one in ids.tolist()]


def first_of_nothing_stops(ids, known):
    return np.array([np.flatnonzero(known == one)[0] for one in ids], dtype=int)


def rows_from_1(ids, known):
    rows = rows_of(ids, known)
    return np.where(rows < 0, -1, rows + 1)


def place_between(ids, known):
    return np.searchsorted(np.sort(known), ids)


def search_in_unsorted_ids(ids, known):
    return np.searchsorted(known, ids)


def place_in_the_sorted_ids(ids, known):
    return np.where(np.isin(ids, known), place_between(ids, known), -1)


def numbers_made_anew(ids, known):
    return np.unique(ids, return_inverse=True)[1]


def known_or_not(ids, known):
    return np.isin(ids, known)


def turned_round(ids, known):
    return rows_of(known, ids)


def ids_of_the_rows(ids, known):
    return known[ids]


def row_0_lost(ids, known):
    row = {one: place for place, one in enumerate(known.tolist())}
    return np.array([row.get(one) or -1 for one in ids.tolist()], dtype=int)


def id_itself_if_known(ids, known):
    return np.where(np.isin(ids, known), ids, -1)


def unknown_gets_a_neighbour(ids, known):
    order = np.argsort(known)
    return order[np.searchsorted(known[order], ids)]


def unknown_gets_a_new_row(ids, known):
    rows = rows_of(ids, known)
    return np.where(rows < 0, len(known), rows)


def rows_that_are_asked(ids, known):
    return np.flatnonzero(np.isin(known, ids))


def dictionary_from_row_to_id(ids, known):
    one = dict(enumerate(known.tolist()))
    return np.array([one.get(id_, -1) for id_ in ids.tolist()], dtype=int)


def each_id_once(ids, known):
    return rows_of(np.unique(ids), known)


def gives_whole_numbers(f):
    rows = f(np.array([20, 40, 30]), np.array([40, 10, 20]))
    return np.asarray(rows).dtype.kind in "iu"


# ------------------------------------------------------------------------- data.2


def fame(likes):
    """The place of each film when films are sorted by their likes.

    likes: (films,), how many people liked each film.
    Returns (films,), whole numbers: 1 for the film with the most likes, 2 for the
    next, and so on. Of films with equally many likes, the one with the smaller row
    number comes first: no place is given twice.
    """
    place = np.empty(len(likes), dtype=int)
    place[np.argsort(-likes, kind="stable")] = np.arange(1, len(likes) + 1)
    return place


def films_in_order(likes):
    return np.argsort(-likes, kind="stable")


def films_in_order_from_1(likes):
    return np.argsort(-likes, kind="stable") + 1


def places_from_0(likes):
    return fame(likes) - 1


def fewest_likes_first(likes):
    return fame(-likes)


def sorted_likes(likes):
    return np.sort(likes)[::-1]


def larger_row_first(likes):
    return fame(likes[::-1])[::-1]


def shared_first_place(likes):
    return (likes[None, :] > likes[:, None]).sum(axis=1) + 1


def shared_last_place(likes):
    return (likes[None, :] >= likes[:, None]).sum(axis=1)


def mean_place(likes):
    return (shared_first_place(likes) + shared_last_place(likes)) / 2


def no_gaps(likes):
    different = np.unique(likes)[::-1]
    return np.array([int((different > one).sum()) + 1 for one in likes])


def films_from_the_least_liked(likes):
    return np.argsort(likes, kind="stable")


def films_turned_round(likes):
    return np.argsort(likes, kind="stable")[::-1]


def films_turned_round_from_1(likes):
    return np.argsort(likes, kind="stable")[::-1] + 1


def equal_likes_stay_in_order(f):
    """Many equal values: a sort that is not stable mixes them, if there are enough."""
    likes = np.arange(1000) * 7 % 5
    places = np.asarray(f(likes))
    return all((np.diff(places[likes == one]) > 0).all() for one in range(5))


# ------------------------------------------------------------------------- data.3


def smoothed(likes, ratings, m):
    """The smoothed share of likes of each film, (1.5).

    likes: (films,), how many of a film's ratings are likes; ratings: (films,), how
    many ratings it has, 0 for some; m: how many made-up ratings each film gets, above
    0. All films together have at least one rating.
    Returns (films,). The share that small samples are pulled to is that of likes among
    all ratings; so a film without ratings gets just that.
    """
    p_bar = likes.sum() / ratings.sum()
    return (likes + m * p_bar) / (ratings + m)


def raw_share(likes, ratings, m):
    return likes / ratings


def raw_share_and_0(likes, ratings, m):
    return likes / np.maximum(ratings, 1)


def mean_of_the_shares(likes, ratings, m):
    p_bar = (likes[ratings > 0] / ratings[ratings > 0]).mean()
    return (likes + m * p_bar) / (ratings + m)


def mean_of_shares_with_0(likes, ratings, m):
    p_bar = (likes / np.maximum(ratings, 1)).mean()
    return (likes + m * p_bar) / (ratings + m)


def mean_of_shares_with_nan(likes, ratings, m):
    return (likes + m * (likes / ratings).mean()) / (ratings + m)


def one_half(likes, ratings, m):
    return (likes + m * 0.5) / (ratings + m)


def pulled_to_0(likes, ratings, m):
    return likes / (ratings + m)


def pulled_to_1(likes, ratings, m):
    return (likes + m) / (ratings + m)


def above_only(likes, ratings, m):
    return (likes + m * likes.sum() / ratings.sum()) / np.maximum(ratings, 1)


def one_made_up_like(likes, ratings, m):
    return (likes + likes.sum() / ratings.sum()) / (ratings + m)


def likes_of_a_film(likes, ratings, m):
    return (likes + m * likes.mean()) / (ratings + m)


def all_films_at_once(likes, ratings, m):
    p_bar = likes.sum() / ratings.sum()
    return (likes + m * p_bar) / (ratings.sum() + m)


def half_and_half(likes, ratings, m):
    p_bar = likes.sum() / ratings.sum()
    return (np.where(ratings > 0, likes / ratings, p_bar) + p_bar) / 2


def m_for_each_like(likes, ratings, m):
    p_bar = likes.sum() / ratings.sum()
    return (m * likes + p_bar) / (m * ratings + 1)


def share_of_the_text(likes, ratings, m):
    return (likes + m * 0.55) / (ratings + m)


def m_of_the_text(likes, ratings, m):
    return smoothed(likes, ratings, 10)


def share_rounded(likes, ratings, m):
    return (likes + m * round(likes.sum() / ratings.sum(), 2)) / (ratings + m)


def below_like_above(likes, ratings, m):
    added = m * likes.sum() / ratings.sum()
    return (likes + added) / (ratings + added)


def a_like_and_a_dislike(likes, ratings, m):
    return (likes + 1) / (ratings + 2)


def no_ratings_0(likes, ratings, m):
    return np.where(ratings > 0, smoothed(likes, ratings, m), 0)


def no_brackets(likes, ratings, m):
    return likes + m * (likes.sum() / ratings.sum()) / (ratings + m)


def dislikes(likes, ratings, m):
    return 1 - smoothed(likes, ratings, m)


# ------------------------------------------------------------------------- data.4


def similarities(table):
    """The cosine similarity (1.4) of all pairs of films.

    table: (people, films), 1 where a person liked a film, else 0.
    Returns (films, films). The diagonal is 0, as a film says nothing about itself. A
    film that nobody liked has the similarity 0 to all others.
    """
    c = table.T @ table  # how many people liked both
    likes = table.sum(axis=0)
    sim = c / np.maximum(np.sqrt(np.outer(likes, likes)), 1)
    np.fill_diagonal(sim, 0)
    return sim


def _divided(table, by):
    """Counts of pairs by a table of films by films, the diagonal 0."""
    sim = table.T @ table / np.maximum(by, 1)
    np.fill_diagonal(sim, 0)
    return sim


def counts(table):
    return _divided(table, np.ones((table.shape[1],) * 2))


def root_forgotten(table):
    likes = table.sum(axis=0)
    return _divided(table, np.outer(likes, likes))


def likes_of_the_row(table):
    return _divided(table, np.sum(table, axis=0)[:, None])


def likes_of_the_column(table):
    return _divided(table, np.sum(table, axis=0)[None, :])


def divided_by_people(table):
    return _divided(table, np.full((table.shape[1],) * 2, len(table)))


def mean_of_both_likes(table):
    likes = table.sum(axis=0)
    sim = table.T @ table / np.maximum((likes + likes[:, None]) / 2, 0.5)
    np.fill_diagonal(sim, 0)
    return sim


def either_of_both(table):
    likes = table.sum(axis=0)
    return _divided(table, likes + likes[:, None] - table.T @ table)


def diagonal_left(table):
    likes = table.sum(axis=0)
    return table.T @ table / np.maximum(np.sqrt(np.outer(likes, likes)), 1)


def divided_by_zero(table):
    likes = table.sum(axis=0)
    sim = table.T @ table / np.sqrt(np.outer(likes, likes))
    np.fill_diagonal(sim, 0)
    return sim


def divided_by_zero_diagonal_left(table):
    likes = table.sum(axis=0)
    return table.T @ table / np.sqrt(np.outer(likes, likes))


def people_with_people(table):
    return similarities(table.T)


def people_with_people_diagonal_left(table):
    return diagonal_left(table.T)


def correlation(table):
    centred = table - table.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    product = np.outer(lengths, lengths)
    sim = centred.T @ centred / np.where(product > 0, product, 1)
    np.fill_diagonal(sim, 0)
    return sim


def sums_of_counts(table):
    c = table.T @ table
    np.fill_diagonal(c, 0)
    together = c.sum(axis=1)
    return c / np.maximum(np.sqrt(np.outer(together, together)), 1)


def one_added_below(table):
    likes = table.sum(axis=0)
    sim = table.T @ table / (np.sqrt(np.outer(likes, likes)) + 1)
    np.fill_diagonal(sim, 0)
    return sim


def one_less_on_the_diagonal(table):
    return diagonal_left(table) - np.eye(table.shape[1])


def only_above_the_diagonal(table):
    return np.triu(similarities(table))


def root_of_everything(table):
    likes = table.sum(axis=0)
    return np.sqrt(_divided(table, np.outer(likes, likes)))


def root_of_the_sum(table):
    likes = table.sum(axis=0)
    return _divided(table, np.sqrt(likes + likes[:, None]))


def lengths_of_the_people(table):
    rows = table / np.maximum(np.sqrt(table.sum(axis=1, keepdims=True)), 1)
    sim = rows.T @ rows
    np.fill_diagonal(sim, 0)
    return sim


# ------------------------------------------------------------------------- data.5


def head_share(counts):
    """Which share of the people made half of all ratings?

    counts: (people,), how many ratings each one made, 0 for some, in any order.
    Take the people with the most ratings first, as few as needed, until they have at
    least half of all ratings. Returns their share among all people, from 0 to 1.
    """
    ordered = np.sort(counts)[::-1]
    head = int(np.searchsorted(ordered.cumsum(), counts.sum() / 2)) + 1
    return head / len(counts)


def _head(ordered, enough):
    """How many of these counts until `enough(sum)`."""
    return 1 + next(n for n, one in enumerate(np.cumsum(ordered)) if enough(one))


def fewest_first(counts):
    return _head(np.sort(counts), lambda s: s >= counts.sum() / 2) / len(counts)


def not_sorted(counts):
    return _head(counts, lambda s: s >= counts.sum() / 2) / len(counts)


def more_than_half(counts):
    return _head(np.sort(counts)[::-1], lambda s: s > counts.sum() / 2) / len(counts)


def at_most_half(counts):
    return (np.sort(counts)[::-1].cumsum() <= counts.sum() / 2).mean()


def one_too_few(counts):
    return head_share(counts) - 1 / len(counts)


def number_of_people(counts):
    return round(head_share(counts) * len(counts))


def the_others(counts):
    return 1 - head_share(counts)


def without_the_silent(counts):
    return head_share(counts[counts > 0])


def ratings_of_half_the_people(counts):
    return np.sort(counts)[::-1][: len(counts) // 2].sum() / counts.sum()


def ratings_of_the_head(counts):
    head = number_of_people(counts)
    return np.sort(counts)[::-1][:head].sum() / counts.sum()


def above_the_mean(counts):
    return (counts > counts.mean()).mean()


def half_of_the_largest(counts):
    return (counts >= counts.max() / 2).mean()


def half_of_the_people(counts):
    return _head(np.sort(counts)[::-1], lambda s: s >= len(counts) / 2) / len(counts)


def people_over_ratings(counts):
    return number_of_people(counts) / counts.sum()


def half_rounded_down(counts):
    ordered = np.sort(counts)[::-1]
    return _head(ordered, lambda s: s >= counts.sum() // 2) / len(counts)


def all_after_the_half(counts):
    return (np.sort(counts)[::-1].cumsum() >= counts.sum() / 2).mean()


QUESTIONS = [
    Question(
        "data.1",
        "01.G2",
        rows_of,
        cases=[
            (np.array([20, 40, 30]), np.array([40, 10, 20])),
            (np.array([5, 5, 1, 2, 9, 3, 0]), np.array([3, 2, 1, 5])),
            (np.array([2, 1, 3]), np.array([1, 2, 3, 4])),
            (np.array([], dtype=int), np.array([7, 8])),
        ],
        wrong=listed(
            ids_as_rows,
            one_less,
            one_less_if_known,
            unknown_is_0,
            unknown_is_the_last_row,
            unknown_is_none,
            unknown_is_nan,
            unknown_left_out,
            unknown_stops,
            index_of_a_list_stops,
            first_of_nothing_stops,
            rows_from_1,
            place_between,
            search_in_unsorted_ids,
            place_in_the_sorted_ids,
            numbers_made_anew,
            known_or_not,
            turned_round,
            ids_of_the_rows,
            row_0_lost,
            id_itself_if_known,
            unknown_gets_a_neighbour,
            unknown_gets_a_new_row,
            rows_that_are_asked,
            dictionary_from_row_to_id,
            each_id_once,
        ),
        laws={"gives_whole_numbers": gives_whole_numbers},
    ),
    Question(
        "data.2",
        "01.G3",
        fame,
        cases=[
            (np.array([5, 9, 2, 9]),),
            (np.array([4, 3, 6, 7, 1, 3, 0]),),
            (np.array([4]),),
        ],
        wrong=listed(
            films_in_order,
            films_in_order_from_1,
            places_from_0,
            fewest_likes_first,
            sorted_likes,
            larger_row_first,
            shared_first_place,
            shared_last_place,
            mean_place,
            no_gaps,
            films_from_the_least_liked,
            films_turned_round,
            films_turned_round_from_1,
        ),
        laws={"equal_likes_stay_in_order": equal_likes_stay_in_order},
    ),
    Question(
        "data.3",
        "01.G4",
        smoothed,
        cases=[
            (np.array([4, 8, 0]), np.array([4, 16, 0]), 10),
            (np.array([3, 0, 40, 7]), np.array([3, 2, 50, 20]), 4),
            (np.array([1, 2]), np.array([5, 3]), 0.5),
        ],
        wrong=listed(
            raw_share,
            raw_share_and_0,
            mean_of_the_shares,
            mean_of_shares_with_0,
            mean_of_shares_with_nan,
            one_half,
            pulled_to_0,
            pulled_to_1,
            above_only,
            one_made_up_like,
            likes_of_a_film,
            all_films_at_once,
            half_and_half,
            m_for_each_like,
            share_of_the_text,
            m_of_the_text,
            share_rounded,
            below_like_above,
            a_like_and_a_dislike,
            no_ratings_0,
            no_brackets,
            dislikes,
        ),
    ),
    Question(
        "data.4",
        "01.G3",
        similarities,
        cases=[
            (np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0]]),),
            (np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 1, 1]]),),
            (np.array([[0, 1], [0, 1], [0, 1]]),),
        ],
        wrong=listed(
            counts,
            root_forgotten,
            likes_of_the_row,
            likes_of_the_column,
            divided_by_people,
            mean_of_both_likes,
            either_of_both,
            diagonal_left,
            divided_by_zero,
            divided_by_zero_diagonal_left,
            people_with_people,
            people_with_people_diagonal_left,
            correlation,
            sums_of_counts,
            one_added_below,
            one_less_on_the_diagonal,
            only_above_the_diagonal,
            root_of_everything,
            root_of_the_sum,
            lengths_of_the_people,
        ),
    ),
    Question(
        "data.5",
        "01.G4",
        head_share,
        cases=[
            (np.array([1, 5, 2, 1, 1]),),
            (np.array([4, 6, 1, 5, 3, 2]),),
            (np.array([0, 8, 0, 1, 3, 2, 0]),),
            (np.array([3, 3, 3, 3, 3, 3]),),
            (np.array([2, 3, 2]),),  # an odd sum
        ],
        wrong=listed(
            fewest_first,
            not_sorted,
            more_than_half,
            at_most_half,
            one_too_few,
            number_of_people,
            the_others,
            without_the_silent,
            ratings_of_half_the_people,
            ratings_of_the_head,
            above_the_mean,
            half_of_the_largest,
            half_of_the_people,
            people_over_ratings,
            half_rounded_down,
            all_after_the_half,
        ),
    ),
]
