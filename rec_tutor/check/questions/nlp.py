"""Chapter 06: language."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "06.T1",
        "06.G1",
        ("cosine",),
        (0.6945,),
        wrong={
            "inner_product": (2.664,),
            "one_length": (1.632,),
            "the_other_length": (1.134,),
            "lengths_added": (0.669,),
            "squared_lengths": (0.181,),
            "counts_without_weights": (0.816,),
        },
    ),
    Blank(
        "06.T2",
        "06.G2",
        ("gradient_with_both",),
        ([-0.269, -0.512],),
        wrong={
            "as_before": ((0.109, -0.512),),
            "taken_off": ((0.486, -0.512),),
            "as_a_neighbour": ((0.731, -0.512),),
            "second_word_alone": ((-0.378, 0.0),),
            "without_belief": ((-0.891, -0.512),),
            "inner_product_for_belief": ((0.609, -0.512),),
            "in_place_of_the_first": ((-0.646, -0.134),),
            "belief_in_no": ((-0.513, -0.512),),
            "after_a_step": ((0.635, 1.256),),
        },
    ),
    Blank(
        "06.T3",
        "06.G3",
        ("alpha", "h"),
        ([0.25, 0.25, 0.5], [0.75, 0.75]),
        wrong={
            "equal_weights": ((1 / 3, 1 / 3, 1 / 3), (2 / 3, 2 / 3)),
            "scores_for_weights": ((0.0, 0.0, 0.693), (0.693, 0.693)),
            "not_divided": ((1.0, 1.0, 2.0), (3.0, 3.0)),
            "divided_without_exponential": ((0.0, 0.0, 1.0), (1.0, 1.0)),
            "vectors_without_weights": ((0.25, 0.25, 0.5), (2.0, 2.0)),
            "mean_of_the_vectors": ((0.25, 0.25, 0.5), (2 / 3, 2 / 3)),
            "divided_by_three": ((0.25, 0.25, 0.5), (0.25, 0.25)),
        },
    ),
]


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


# --------------------------------------------------------------------------- nlp.1


def before_and_after(numbers, table):
    """A text before an embedding layer and after it.

    numbers: (places,), the number of the word at each place, counted from 0;
    table: (words, d), a row of numbers for each word that the layer knows.
    Returns before (places, words), where each row is 0 but for a single 1 that says
    which word it is, and after (places, d), the vectors of the words.
    """
    before = np.eye(len(table))[numbers]
    return before, before @ table


def one_row_of_counts(numbers, table):
    before = np.bincount(numbers, minlength=len(table))
    return before, before @ table


def words_of_the_text_only(numbers, table):
    return np.eye(max(numbers) + 1)[numbers], table[numbers]


def as_wide_as_a_vector(numbers, table):
    return np.eye(table.shape[1])[numbers], table[numbers]


def counted_from_one(numbers, table):
    before = np.eye(len(table))[numbers - 1]
    return before, before @ table


def number_in_place_of_one(numbers, table):
    before = np.eye(len(table))[numbers] * numbers[:, None]
    return before, before @ table


def a_column_for_each_place(numbers, table):
    return np.eye(len(table))[:, numbers], table[numbers]


def one_at_the_place(numbers, table):
    before = np.eye(len(numbers), len(table))
    return before, before @ table


def columns_of_the_table(numbers, table):
    return np.eye(len(table))[numbers], table[:, numbers]


def mean_of_the_text(numbers, table):
    return np.eye(len(table))[numbers], table[numbers].mean(axis=0)


def after_and_before(numbers, table):
    return table[numbers], np.eye(len(table))[numbers]


def each_row_has_all_words(numbers, table):
    before = np.zeros((len(numbers), len(table)))
    before[:, numbers] = 1
    return before, before @ table


def counted_one_too_far(numbers, table):
    before = np.eye(len(table))[numbers + 1]
    return before, before @ table


# --------------------------------------------------------------------------- nlp.2


def left_open(low, high):
    """What intervals leave open, each of a reader minus TF-IDF.

    low, high: (readers,), the ends of the intervals.
    Returns is_open (readers,), True if the interval contains zero (its ends belong to
    it), and most (readers,), by how much the reader could be ahead at most, as far as
    the interval says: 0 if it can't be ahead.
    """
    return (low <= 0) & (high >= 0), np.maximum(high, 0)


def open_is_clear(low, high):
    return (low > 0) | (high < 0), np.maximum(high, 0)


def low_end_only(low, high):
    return low <= 0, np.maximum(high, 0)


def high_end_only(low, high):
    return high >= 0, np.maximum(high, 0)


def touching_is_clear(low, high):
    return (low < 0) & (high > 0), np.maximum(high, 0)


def the_middle(low, high):
    return (low <= 0) & (high >= 0), np.maximum((low + high) / 2, 0)


def below_zero_kept(low, high):
    return (low <= 0) & (high >= 0), high


def low_end(low, high):
    return (low <= 0) & (high >= 0), np.maximum(low, 0)


def width(low, high):
    return (low <= 0) & (high >= 0), high - low


def how_far_behind(low, high):
    return (low <= 0) & (high >= 0), np.maximum(-low, 0)


def larger_end(low, high):
    return (low <= 0) & (high >= 0), np.maximum(abs(low), abs(high))


def only_where_open(low, high):
    is_open = (low <= 0) & (high >= 0)
    return is_open, np.where(is_open, high, 0)


def nothing_where_open(low, high):
    return (low <= 0) & (high >= 0), np.where(low > 0, high, 0)


def either_end(low, high):
    return (low <= 0) | (high >= 0), np.maximum(high, 0)


def low_end_of_zero_is_clear(low, high):
    return (low < 0) & (high >= 0), np.maximum(high, 0)


def high_end_of_zero_is_clear(low, high):
    return (low <= 0) & (high > 0), np.maximum(high, 0)


def places_of_the_open(low, high):
    return np.flatnonzero((low <= 0) & (high >= 0)), np.maximum(high, 0)


def one_most_for_all(low, high):
    return (low <= 0) & (high >= 0), max(high.max(), 0)


# --------------------------------------------------------------------------- nlp.3


def by_words(counts):
    """Texts by their weighted words.

    counts: (texts, words), how often each word stands in each text. Each text has a
    word, and each word is in a text.
    Returns the weights (texts, words) of (6.1), and the cosines (texts, texts) of the
    rows of weights.
    """
    in_texts = (counts > 0).sum(axis=0)
    weights = counts * (np.log((1 + len(counts)) / (1 + in_texts)) + 1)
    rows = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return weights, rows @ rows.T


def _cosines(weights):
    rows = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return rows @ rows.T


def _with_cosines(weights):
    return weights, _cosines(weights)


def no_smoothing(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log(len(counts) / in_texts) + 1))


def one_only_below(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log(len(counts) / (1 + in_texts)) + 1))


def no_one_outside(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * np.log((1 + len(counts)) / (1 + in_texts)))


def occurrences(counts):
    in_texts = counts.sum(axis=0)
    return _with_cosines(counts * (np.log((1 + len(counts)) / (1 + in_texts)) + 1))


def words_of_each_text(counts):
    own = (counts > 0).sum(axis=1, keepdims=True)
    return _with_cosines(counts * (np.log((1 + len(counts)) / (1 + own)) + 1))


def number_of_words(counts):
    in_texts = (counts > 0).sum(axis=0)
    words = counts.shape[1]
    return _with_cosines(counts * (np.log((1 + words) / (1 + in_texts)) + 1))


def logarithm_of_2(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log2((1 + len(counts)) / (1 + in_texts)) + 1))


def logarithm_of_10(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log10((1 + len(counts)) / (1 + in_texts)) + 1))


def fraction_upside_down(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log((1 + in_texts) / (1 + len(counts))) + 1))


def one_inside_the_logarithm(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * np.log((1 + len(counts)) / (1 + in_texts) + 1))


def one_added_at_the_end(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * np.log((1 + len(counts)) / (1 + in_texts)) + 1)


def divided_after_the_logarithm(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log(1 + len(counts)) / (1 + in_texts) + 1))


def quotient_of_logarithms(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log(1 + len(counts)) / np.log(1 + in_texts) + 1))


def always_four_texts(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log(5 / (1 + in_texts)) + 1))


def all_occurrences(counts):
    in_texts = (counts > 0).sum(axis=0)
    return _with_cosines(counts * (np.log((1 + counts.sum()) / (1 + in_texts)) + 1))


def weights_without_counts(counts):
    in_texts = (counts > 0).sum(axis=0)
    _, cosines = by_words(counts)
    return np.log((1 + len(counts)) / (1 + in_texts)) + 1, cosines


def whole_numbers(counts):
    return _with_cosines(by_words(counts)[0].astype(int))


def correlations(counts):
    weights, _ = by_words(counts)
    return weights, np.corrcoef(weights)


def counted_once(counts):
    weights, _ = by_words(counts)
    return _with_cosines(weights / np.maximum(counts, 1))


def share_of_the_text(counts):
    weights, _ = by_words(counts)
    return _with_cosines(weights / counts.sum(axis=1, keepdims=True))


def weights_of_length_one(counts):
    weights, cosines = by_words(counts)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True), cosines


def counts_without_weights(counts):
    return _with_cosines(counts)


def rows_not_divided(counts):
    weights, _ = by_words(counts)
    return weights, weights @ weights.T


def one_side_divided(counts):
    weights, _ = by_words(counts)
    rows = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return weights, rows @ weights.T


def divided_by_the_sum(counts):
    weights, _ = by_words(counts)
    rows = weights / weights.sum(axis=1, keepdims=True)
    return weights, rows @ rows.T


def squared_lengths(counts):
    weights, _ = by_words(counts)
    rows = weights / (weights**2).sum(axis=1, keepdims=True)
    return weights, rows @ rows.T


def divided_by_columns(counts):
    weights, _ = by_words(counts)
    rows = weights / np.linalg.norm(weights, axis=0)
    return weights, rows @ rows.T


def cosines_of_words(counts):
    weights, _ = by_words(counts)
    return weights, _cosines(weights.T)


def cosines_of_counts(counts):
    weights, _ = by_words(counts)
    return weights, _cosines(counts)


# --------------------------------------------------------------------------- nlp.4


def step_beside(v_c, u_o, U_n, eta):
    """One step against the gradient of (6.2), for the vectors of the words beside.

    v_c, u_o: (d,), of the word in the middle, which stays, and of its neighbour;
    U_n: (drawn, d), of the words drawn by lot; eta: the size of the step.
    Returns the new u_o and the new U_n.
    """
    belief_o = 1 / (1 + np.exp(-v_c @ u_o))
    belief_n = 1 / (1 + np.exp(-U_n @ v_c))  # (drawn,)
    return u_o - eta * (belief_o - 1) * v_c, U_n - eta * belief_n[:, None] * v_c


def uphill(v_c, u_o, U_n, eta):
    return step_beside(v_c, u_o, U_n, -eta)


def along_themselves(v_c, u_o, U_n, eta):
    new_o = u_o - eta * (_sigmoid(v_c @ u_o) - 1) * u_o
    return new_o, U_n - eta * _sigmoid(U_n @ v_c)[:, None] * U_n


def neighbour_without_one(v_c, u_o, U_n, eta):
    _, new_n = step_beside(v_c, u_o, U_n, eta)
    return u_o - eta * _sigmoid(v_c @ u_o) * v_c, new_n


def neighbour_uphill(v_c, u_o, U_n, eta):
    _, new_n = step_beside(v_c, u_o, U_n, eta)
    return u_o + eta * (_sigmoid(v_c @ u_o) - 1) * v_c, new_n


def drawn_as_neighbours(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - eta * (_sigmoid(U_n @ v_c) - 1)[:, None] * v_c


def drawn_with_belief_in_no(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - eta * _sigmoid(-U_n @ v_c)[:, None] * v_c


def drawn_towards(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n + eta * _sigmoid(U_n @ v_c)[:, None] * v_c


def drawn_stay(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n


def drawn_move_together(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - eta * _sigmoid(U_n @ v_c).sum() * v_c


def mean_of_the_drawn(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - eta * _sigmoid(U_n @ v_c)[:, None] * v_c / len(U_n)


def beliefs_along_the_rows(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - eta * _sigmoid(U_n @ v_c) * v_c


def columns_for_words(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - eta * _sigmoid(v_c @ U_n)[:, None] * v_c


def neighbour_pushed_by_the_drawn(v_c, u_o, U_n, eta):
    _, new_n = step_beside(v_c, u_o, U_n, eta)
    slope = _sigmoid(v_c @ u_o) - 1 + _sigmoid(U_n @ v_c).sum()
    return u_o - eta * slope * v_c, new_n


def no_sigmoid(v_c, u_o, U_n, eta):
    new_o = u_o - eta * (v_c @ u_o - 1) * v_c
    return new_o, U_n - eta * (U_n @ v_c)[:, None] * v_c


def no_step_size(v_c, u_o, U_n, eta):
    return step_beside(v_c, u_o, U_n, 1)


def only_the_gradients(v_c, u_o, U_n, eta):
    slope = _sigmoid(v_c @ u_o) - 1
    return slope * v_c, _sigmoid(U_n @ v_c)[:, None] * v_c


def only_the_moves(v_c, u_o, U_n, eta):
    new_o, new_n = step_beside(v_c, u_o, U_n, eta)
    return new_o - u_o, new_n - U_n


def always_half_a_step(v_c, u_o, U_n, eta):
    return step_beside(v_c, u_o, U_n, 0.5)


def middle_moved_first(v_c, u_o, U_n, eta):
    slope = (_sigmoid(v_c @ u_o) - 1) * u_o + _sigmoid(U_n @ v_c) @ U_n
    return step_beside(v_c - eta * slope, u_o, U_n, eta)


def gradient_of_the_middle(v_c, u_o, U_n, eta):
    slope = (_sigmoid(v_c @ u_o) - 1) * u_o + _sigmoid(U_n @ v_c) @ U_n
    return u_o - eta * slope, U_n - eta * slope


def slope_of_the_sigmoid(v_c, u_o, U_n, eta):
    yes, drawn = _sigmoid(v_c @ u_o), _sigmoid(U_n @ v_c)[:, None]
    new_o = u_o + eta * yes * (1 - yes) * v_c
    return new_o, U_n - eta * drawn * (1 - drawn) * v_c


def first_drawn_only(v_c, u_o, U_n, eta):
    new_o, new_n = step_beside(v_c, u_o, U_n, eta)
    return new_o, np.concatenate([new_n[:1], U_n[1:]])


def one_belief_for_all(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - eta * _sigmoid(v_c @ u_o) * v_c


def pushed_as_the_neighbour_is_pulled(v_c, u_o, U_n, eta):
    new_o, _ = step_beside(v_c, u_o, U_n, eta)
    return new_o, U_n - (new_o - u_o)


def drawn_first(v_c, u_o, U_n, eta):
    new_o, new_n = step_beside(v_c, u_o, U_n, eta)
    return new_n, new_o


# --------------------------------------------------------------------------- nlp.5


def attend(words, table, scores):
    """Read texts with attention: (6.5), once the score of each word is known.

    words: (texts, places), the numbers of the words; 0 where a place is filled up, in
    front or at the end. Each text has a word. table: (numbers, d), the vector of each
    number; scores: (numbers,), the score e of each number. Both have an entry for 0 as
    well, which must not count.
    Returns alpha (texts, places), where filled-up places have the weight 0 and each row
    adds up to 1, and h (texts, d).
    """
    pull = np.exp(scores[words]) * (words > 0)
    alpha = pull / pull.sum(axis=1, keepdims=True)
    return alpha, (alpha[..., None] * table[words]).sum(axis=1)


def _read(alpha, words, table):
    return alpha, np.einsum("tp,tpd->td", alpha, table[words])


def _softmax(e, axis=1):
    return np.exp(e) / np.exp(e).sum(axis=axis, keepdims=True)


def filled_places_take_part(words, table, scores):
    return _read(_softmax(scores[words]), words, table)


def filled_places_score_zero(words, table, scores):
    return _read(_softmax(scores[words] * (words > 0)), words, table)


def filled_places_struck_afterwards(words, table, scores):
    return _read(_softmax(scores[words]) * (words > 0), words, table)


def softmax_over_texts(words, table, scores):
    pull = np.exp(scores[words]) * (words > 0)
    return _read(pull / pull.sum(axis=0), words, table)


def softmax_over_everything(words, table, scores):
    pull = np.exp(scores[words]) * (words > 0)
    return _read(pull / pull.sum(), words, table)


def no_exponential(words, table, scores):
    e = scores[words] * (words > 0)
    return _read(e / e.sum(axis=1, keepdims=True), words, table)


def not_divided(words, table, scores):
    return _read(np.exp(scores[words]) * (words > 0), words, table)


def plain_mean(words, table, scores):
    real = words > 0
    return _read(real / real.sum(axis=1, keepdims=True), words, table)


def low_scores_first(words, table, scores):
    return attend(words, table, -scores)


def best_word_only(words, table, scores):
    e = np.where(words > 0, scores[words], -np.inf)
    return _read(np.eye(words.shape[1])[e.argmax(axis=1)], words, table)


def h_divided_again(words, table, scores):
    alpha, h = attend(words, table, scores)
    return alpha, h / words.shape[1]


def h_without_weights(words, table, scores):
    alpha, _ = attend(words, table, scores)
    return alpha, (table[words] * (words > 0)[..., None]).sum(axis=1)


def h_is_the_plain_mean(words, table, scores):
    alpha, _ = attend(words, table, scores)
    return alpha, plain_mean(words, table, scores)[1]


def h_of_scores(words, table, scores):
    alpha, _ = attend(words, table, scores)
    e = scores[words] * (words > 0)
    return alpha, np.einsum("tp,tpd->td", e, table[words])


def not_added_up(words, table, scores):
    alpha, _ = attend(words, table, scores)
    return alpha, alpha[..., None] * table[words]


def softmax_over_all_numbers(words, table, scores):
    return _read(_softmax(scores, axis=0)[words] * (words > 0), words, table)


def softmax_over_all_words(words, table, scores):
    pull = np.exp(scores) * (np.arange(len(scores)) > 0)
    return _read((pull / pull.sum())[words], words, table)


def divided_by_the_number_of_words(words, table, scores):
    real = words > 0
    pull = np.exp(scores[words]) * real
    return _read(pull / real.sum(axis=1, keepdims=True), words, table)


def entry_of_zero_emptied(words, table, scores):
    real = np.arange(len(scores)) > 0
    return _read(_softmax((scores * real)[words]), words, table * real[:, None])


def filled_places_score_minus_one(words, table, scores):
    return _read(_softmax(np.where(words > 0, scores[words], -1)), words, table)


def score_of_zero_struck(words, table, scores):
    e = scores[words] * (words > 0)
    return _read(_softmax(np.where(e == 0, -np.inf, e)), words, table)


def tanh_of_the_scores(words, table, scores):
    return attend(words, table, np.tanh(scores))


def filled_in_front_only(words, table, scores):
    places = np.arange(words.shape[1])
    filled = (words == 0).sum(axis=1, keepdims=True)
    pull = np.exp(scores[words]) * (places >= filled)
    return _read(pull / pull.sum(axis=1, keepdims=True), words, table)


def filled_at_the_end_only(words, table, scores):
    places = np.arange(words.shape[1])
    pull = np.exp(scores[words]) * (places < (words > 0).sum(axis=1, keepdims=True))
    return _read(pull / pull.sum(axis=1, keepdims=True), words, table)


def h_is_the_mean_of_all_places(words, table, scores):
    alpha, _ = attend(words, table, scores)
    return alpha, table[words].mean(axis=1)


def h_added_up_over_texts(words, table, scores):
    alpha, _ = attend(words, table, scores)
    return alpha, (alpha[..., None] * table[words]).sum(axis=0)


QUESTIONS = [
    Question(
        "nlp.1",
        "06.G3",
        before_and_after,
        apart=True,
        cases=[
            (
                np.array([1, 0]),
                np.array([[0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4], [5, 6, 7, 8]]),
            ),
            (
                np.array([1, 2, 1]),
                np.array([[1, 0, 2, 1], [3, 1, 0, 4], [0, 5, 1, 2], [2, 2, 7, 0]] * 2),
            ),
        ],
        wrong=listed(
            one_row_of_counts,
            words_of_the_text_only,
            as_wide_as_a_vector,
            counted_from_one,
            number_in_place_of_one,
            a_column_for_each_place,
            one_at_the_place,
            columns_of_the_table,
            mean_of_the_text,
            after_and_before,
            each_row_has_all_words,
            counted_one_too_far,
        ),
    ),
    Question(
        "nlp.2",
        "06.G4",
        left_open,
        cases=[
            (np.array([-0.02, -0.04, 0.01]), np.array([0.01, -0.03, 0.02])),
            (
                np.array([-0.01, -0.03, -0.02, 0.0]),
                np.array([0.05, -0.01, 0.0, 0.02]),
            ),
        ],
        wrong=listed(
            open_is_clear,
            low_end_only,
            high_end_only,
            touching_is_clear,
            the_middle,
            below_zero_kept,
            low_end,
            width,
            how_far_behind,
            larger_end,
            only_where_open,
            nothing_where_open,
            either_end,
            low_end_of_zero_is_clear,
            high_end_of_zero_is_clear,
            places_of_the_open,
            one_most_for_all,
        ),
    ),
    Question(
        "nlp.3",
        "06.G1",
        by_words,
        cases=[
            (np.array([[1, 1, 0], [2, 0, 0], [0, 1, 1], [0, 1, 0]]),),
            (np.array([[0, 3, 1, 1, 1], [2, 0, 1, 1, 0], [1, 1, 0, 2, 4]]),),
        ],
        wrong=listed(
            no_smoothing,
            one_only_below,
            no_one_outside,
            occurrences,
            words_of_each_text,
            number_of_words,
            logarithm_of_2,
            logarithm_of_10,
            fraction_upside_down,
            counted_once,
            share_of_the_text,
            weights_of_length_one,
            counts_without_weights,
            rows_not_divided,
            one_side_divided,
            divided_by_the_sum,
            squared_lengths,
            divided_by_columns,
            cosines_of_words,
            cosines_of_counts,
            one_inside_the_logarithm,
            one_added_at_the_end,
            divided_after_the_logarithm,
            quotient_of_logarithms,
            always_four_texts,
            all_occurrences,
            weights_without_counts,
            whole_numbers,
            correlations,
        ),
    ),
    Question(
        "nlp.4",
        "06.G2",
        step_beside,
        apart=True,
        cases=[
            (
                np.array([0.5, 1.0]),
                np.array([1.0, 0.5]),
                np.array([[1.0, -1.0], [2.0, 0.0]]),
                0.5,
            ),
            (
                np.array([0.3, -0.6, 1.2]),
                np.array([-0.4, 0.1, 0.5]),
                np.array(
                    [[0.2, 0.7, -0.1], [1, 0, 0.8], [-0.5, 0.4, 0.3], [0, 0.9, -1]]
                ),
                0.1,
            ),
        ],
        wrong=listed(
            uphill,
            along_themselves,
            neighbour_without_one,
            neighbour_uphill,
            drawn_as_neighbours,
            drawn_with_belief_in_no,
            drawn_towards,
            drawn_stay,
            drawn_move_together,
            mean_of_the_drawn,
            beliefs_along_the_rows,
            columns_for_words,
            neighbour_pushed_by_the_drawn,
            no_sigmoid,
            no_step_size,
            only_the_gradients,
            only_the_moves,
            always_half_a_step,
            middle_moved_first,
            gradient_of_the_middle,
            slope_of_the_sigmoid,
            first_drawn_only,
            one_belief_for_all,
            pushed_as_the_neighbour_is_pulled,
            drawn_first,
        ),
    ),
    Question(
        "nlp.5",
        "06.G3",
        attend,
        cases=[
            (
                np.array([[2, 1, 3, 1], [0, 0, 4, 1]]),
                np.array([[1.0, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 2]]),
                np.log([2.0, 1, 1, 2, 3]),
            ),
            (
                np.array([[0, 5, 2], [1, 4, 4], [0, 0, 3], [2, 4, 0]]),
                np.array([[2.0, 1], [0.5, -1], [1.0, 3], [-2, 0], [0.1, 0.7], [4, -3]]),
                np.array([-0.5, 0.3, 1.2, 0.4, -0.8, 0.9]),
            ),
        ],
        wrong=listed(
            filled_places_take_part,
            filled_places_score_zero,
            filled_places_struck_afterwards,
            softmax_over_texts,
            softmax_over_everything,
            no_exponential,
            not_divided,
            plain_mean,
            low_scores_first,
            best_word_only,
            h_divided_again,
            h_without_weights,
            h_is_the_plain_mean,
            h_of_scores,
            not_added_up,
            softmax_over_all_numbers,
            softmax_over_all_words,
            divided_by_the_number_of_words,
            entry_of_zero_emptied,
            filled_places_score_minus_one,
            score_of_zero_struck,
            tanh_of_the_scores,
            filled_in_front_only,
            filled_at_the_end_only,
            h_is_the_mean_of_all_places,
            h_added_up_over_texts,
        ),
    ),
]
