"""Chapter 09: attention, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

SIZES = np.array([50, 100, 200, 400, 800, 1600])

FAMILIES = [
    Family(
        "attention.2",
        "09.G4",
        "def pays_from(people, model, rules):",
        "From how many people on does the model pay, compared with the rules?\n\n"
        "people: (n,), sizes, from small to large, two or more; model, rules: (n,),"
        " NDCG@10 of both at each size, in per cent.",
        body="""
$curve
$ahead
$stays
before = people[start - 1] if start else $always
return before, people[start] if start < len(people) else $never
""",
        switches={
            "curve": (
                Option(
                    "At each size the two numbers of this size are compared.",
                    "",
                ),
                Option(
                    "At each size but the first the two curves are smoothed before they"
                    " are compared: each number becomes the mean of itself and the one"
                    " before it, as they were given.",
                    "model = np.append(model[0], (model[1:] + model[:-1]) / 2)\n"
                    "rules = np.append(rules[0], (rules[1:] + rules[:-1]) / 2)",
                ),
            ),
            "ahead": (
                Option(
                    "Ahead means higher: equal is not ahead.",
                    "ahead = model > rules",
                ),
                Option(
                    "Ahead means at least as high: equal is ahead.",
                    "ahead = model >= rules",
                ),
                Option(
                    "Ahead means higher by more than 1: a lead of 1 or less is not"
                    " ahead.",
                    "ahead = model - rules > 1",
                ),
            ),
            "stays": (
                Option(
                    "The model pays from the smallest size from which on it is ahead at"
                    " all sizes, to the last.",
                    "behind = np.flatnonzero(~ahead)\n"
                    "start = behind[-1] + 1 if len(behind) else 0",
                ),
                Option(
                    "The model pays from the smallest size at which it is ahead,"
                    " whatever comes later.",
                    "start = ahead.argmax() if ahead.any() else len(people)",
                ),
                Option(
                    "The model pays from the first of two neighbouring sizes at which"
                    " it is ahead at both; of several such couples the smallest"
                    " counts.",
                    "both = ahead[:-1] & ahead[1:]\n"
                    "start = both.argmax() if both.any() else len(people)",
                ),
            ),
            "always": (
                Option(
                    "Returns two numbers: the size before the one from which the model"
                    " pays, and this one; if it pays from the first size on, there is"
                    " none before, and the first number is nan.",
                    "np.nan",
                ),
                Option(
                    "Returns two numbers: the size before the one from which the model"
                    " pays, and this one; if it pays from the first size on, the first"
                    " number is 0.",
                    "0",
                ),
            ),
            "never": (
                Option(
                    "If the model pays from no size on, the first number is the last"
                    " size, and the second one is nan.",
                    "np.nan",
                ),
                Option(
                    "If the model pays from no size on, the first number is the last"
                    " size, and the second one is infinity.",
                    "np.inf",
                ),
            ),
        },
        cases=[
            (
                SIZES,
                np.array([3.0, 4, 9, 6, 9, 12]),
                np.array([4.0, 4, 5, 7, 9, 10]),
            ),
            (
                SIZES,
                np.array([3.0, 9, 7, 9, 10, 12]),
                np.array([6.0, 7, 8, 8, 10, 10]),
            ),
            (
                SIZES,
                np.array([8.0, 6, 8, 9, 10, 12]),
                np.array([8.0, 8, 8, 9, 9, 10]),
            ),
            (SIZES[:3], np.array([9.0, 10, 11]), np.array([4.0, 5, 5])),
            (SIZES[:4], np.array([2.0, 3, 3, 4]), np.array([6.0, 6, 7, 8])),
        ],
        right="You first mark at each size who is ahead, and the marks alone decide. It"
        " costs one look at each size, and says nothing about chance: each number is"
        " one training.",
        hints=(
            "Make an array of True and False first, one for each size: is the model"
            " ahead?",
            "Find the place of the size from which it pays. It may be 0, or none: look"
            " after both before you take the size in front of it.",
        ),
    ),
    Family(
        "attention.3",
        "09.G1",
        "def hear(q, keys, values):",
        "Attention for one query: how loud is each film, and what comes out?\n\n"
        "q: (d,); keys: (S, d); values: (S, n). Scores may be so large that np.exp of"
        " them is infinite, or so small that it is 0 for all films. Returns the"
        " weights, (S,), and the output, (n,).",
        body="""
scores = $score
$who
$share
return weights, $out
""",
        switches={
            "score": (
                Option(
                    "The score of a film is the inner product of q and its key.",
                    "keys @ q",
                ),
                Option(
                    "The score of a film is the inner product of q and its key, divided"
                    " by the root of d.",
                    "keys @ q / len(q) ** 0.5",
                ),
                Option(
                    "The score of a film is minus the squared distance between q and"
                    " its key.",
                    "-((keys - q) ** 2).sum(axis=1)",
                ),
            ),
            "who": (
                Option("All films are heard.", ""),
                Option(
                    "Only the two films with the largest scores are heard, of equal"
                    " ones those that come first; the others have the weight 0.",
                    'first = np.argsort(-scores, kind="stable")\n'
                    "scores = scores.astype(float)\n"
                    "scores[first[2:]] = -np.inf",
                ),
                Option(
                    "A film whose score is more than 2 below the largest score is not"
                    " heard, and has the weight 0.",
                    "scores = np.where(scores < scores.max() - 2, -np.inf, scores)",
                ),
            ),
            "share": (
                Option(
                    "The weights of the films that are heard are the exponentials of"
                    " their scores, divided by the sum of these exponentials.",
                    "weights = np.exp(scores - scores.max())\nweights /= weights.sum()",
                ),
                Option(
                    "The weights of the films that are heard are the exponentials of"
                    " their scores, divided by 1 plus the sum of these exponentials, so"
                    " that a share is left for silence.",
                    "top = max(scores.max(), 0)  # 0: the score of silence\n"
                    "weights = np.exp(scores - top)\n"
                    "weights /= np.exp(-top) + weights.sum()",
                ),
            ),
            "out": (
                Option(
                    "The output is the sum of the values, each multiplied by its"
                    " weight.",
                    "weights @ values",
                ),
                Option(
                    "The output is the value of the film with the largest score, of"
                    " equal ones the first, without any weight.",
                    "values[scores.argmax()]",
                ),
                Option(
                    "The output has, number by number, the largest of the S products of"
                    " a weight and a value.",
                    "(weights[:, None] * values).max(axis=0)",
                ),
            ),
        },
        cases=[
            (
                np.array([1, 0]),
                np.array([[3, 1], [0, 1], [2, 0], [2, 1]]),
                np.array([[1, 0], [0, 4], [2, 2], [0, 1]]),
            ),
            (
                np.array([1.0, -2, 2]),
                np.array([[2, 0, 1], [1, 1, 1], [-1, 0.5, 0], [2, 1, 1.9], [1, -1, 0]]),
                np.array([[1.0, -2], [-3, -1], [0, -5], [4, -2], [2, 3]]),
            ),
            (
                np.array([20.0, 10.0]),
                np.array([[0, -100], [55, 0], [53, 3.9], [-50, 0]]),
                np.array([[0.0, 1, 3], [1, 0, 2], [5, 2, -1], [2, 2, 7]]),
            ),
            (
                np.array([-500.0]),
                np.array([[2.0], [1.5], [1.5]]),
                np.array([[4.0, 7], [6, 2], [1, 3]]),
            ),
        ],
        right="The exponentials are taken of differences to a largest score, so none of"
        " them is infinite, and the shares stay the same. It costs S times d"
        " multiplications for the scores, and at most S times n for the output.",
        hints=(
            "Three steps: scores, weights, output. Who is not heard has a score of"
            " minus infinity, and its exponential is 0.",
            "Subtract the largest score before np.exp. Whatever else stands in the sum"
            " of the exponentials has to be multiplied by the same factor.",
        ),
    ),
    Family(
        "attention.4",
        "09.G2",
        "def listen(Q, K, V, back, real):",
        "Attention in a window: each place hears a few places near it.\n\n"
        "Q, K: (T, d); V: (T, n); back: how many places, 0 or more; real: (T,), False"
        " where a place is padding. Nobody hears padding, unless a line below says so."
        " Padding may ask, and it may stand anywhere. The weights of a place are a"
        " softmax of the scores of the places that it may hear; the others have the"
        " weight 0. The output is the weighted sum of the values. Scores may be so"
        " large that np.exp of them is infinite, or so small that it is 0 for all"
        " places.\n\n"
        "Returns the output, (T, n), and the weights, (T, T): a row for each place"
        " that asks.",
        body="""
T, d = Q.shape
t, s = np.arange(T)[:, None], np.arange(T)  # t asks, s may be heard
allowed = $window & real
scores = $score
$distance
scores = np.where(allowed, scores, -1e9)
A = np.exp(scores - scores.max(axis=1, keepdims=True))
A /= A.sum(axis=1, keepdims=True)
A = np.where(allowed.any(axis=1, keepdims=True), A, $nobody)
return A @ V, A
""",
        switches={
            "window": (
                Option(
                    "A place may hear itself and the `back` places before it.",
                    "(s <= t) & (s >= t - back)",
                ),
                Option(
                    "A place may hear the `back` places before it, but not itself.",
                    "(s < t) & (s >= t - back)",
                ),
                Option(
                    "A place may hear itself, the `back` places before it and the"
                    " `back` places behind it.",
                    "(abs(t - s) <= back)",
                ),
            ),
            "score": (
                Option(
                    "The score of two places is the inner product of the query of the"
                    " one that asks and the key of the other, divided by the root of"
                    " d.",
                    "Q @ K.T / d**0.5",
                ),
                Option(
                    "The score of two places is the inner product of the query of the"
                    " one that asks and the key of the other, not divided by anything.",
                    "Q @ K.T",
                ),
                Option(
                    "The score of two places is the inner product of the query of the"
                    " one that asks and the key of the other, divided by d.",
                    "Q @ K.T / d",
                ),
            ),
            "distance": (
                Option("How far apart two places are does not change their score.", ""),
                Option(
                    "From the score of two places the number of steps between them is"
                    " subtracted: 0 for a place with itself, 1 for neighbours.",
                    "scores = scores - abs(t - s)",
                ),
            ),
            "nobody": (
                Option(
                    "A place that may hear nobody has the weights 0 and the output 0.",
                    "0",
                ),
                Option(
                    "A place that may hear nobody hears itself alone, with the weight"
                    " 1, even if it is padding.",
                    "np.eye(T)",
                ),
                Option(
                    "A place that may hear nobody hears all T places alike, with the"
                    " weight 1 / T each, padding among them.",
                    "1 / T",
                ),
            ),
        },
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
                np.array([[1, 0.3], [-1, 2], [0.4, 1], [2, -1], [1, 1], [-0.5, 0.7]]),
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
                np.array([[1.0, 2], [3, 1], [0, 1]]),
                np.array([[1.0, 1], [0, 2], [2, 1]]),
                np.array([[5.0], [6], [7]]),
                0,
                np.array([False, True, True]),
            ),
            (
                np.array([[40.0, 0], [0, 40], [40, 40], [-40, 0]]),
                np.array([[40, 0.05], [39.95, 0.1], [40.02, 0], [39.98, 0.02]]),
                np.array([[1.0, 0, 3], [2, 5, 1], [0, 1, 4], [3, 3, 2]]),
                9,
                np.array([True, True, True, True]),
            ),
        ],
        right="The mask says in one table who may hear whom, before the softmax, so"
        " that the weights of those who are heard add up to 1. It costs T times T"
        " times d multiplications, also for the pairs that are masked.",
        hints=(
            "Make the table of who may hear whom first, (T, T): np.arange(T)[:, None]"
            " asks, np.arange(T) is heard.",
            "Then scores, a large negative number where nobody may hear, a softmax over"
            " each row. Last the rows of those who may hear nobody.",
        ),
    ),
]
