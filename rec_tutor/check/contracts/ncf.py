"""Chapter 08: neural collaborative filtering, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    Family(
        "ncf.1",
        "08.G2",
        "def vectors_of(W, numbers):",
        "The vectors of some people.\n\n"
        "W: (people, d), a row for each person; no row is all 0. numbers: (batch,),"
        " whole numbers, each the number of a person; a person may come several times."
        " Returns an array, made of one row for each place of numbers, in their order.",
        body="""
$table
rows = $row
$again
return $result
""",
        switches={
            "row": (
                Option(
                    "People are counted from 1: person 1 has the first row of W.",
                    "W[numbers - 1]",
                ),
                Option(
                    "People are counted from 0: person 0 has the first row of W.",
                    "W[numbers]",
                ),
                Option(
                    "People are counted from 1, from the last row of W on: person 1 has"
                    " the last row, person 2 the one before it.",
                    "W[-numbers]",
                ),
            ),
            "table": (
                Option("A row is taken as it stands in W.", ""),
                Option(
                    "A row is taken from W and divided by its length.",
                    "W = W / np.linalg.norm(W, axis=1, keepdims=True)",
                ),
                Option(
                    "A row is taken from W, and the mean of all rows of W is taken"
                    " off.",
                    "W = W - W.mean(axis=0)",
                ),
            ),
            "again": (
                Option("A person who comes several times has her row each time.", ""),
                Option(
                    "A person who comes n times has her row divided by n, each time.",
                    "same = numbers[:, None] == numbers\n"
                    "rows = rows / same.sum(axis=1, keepdims=True)",
                ),
                Option(
                    "A person who comes several times has her row the first time, and a"
                    " row of zeros each further time.",
                    "same = numbers[:, None] == numbers\n"
                    "rows[np.tril(same, -1).any(axis=1)] = 0",
                ),
            ),
            "result": (
                Option(
                    "The result is (batch, d): the rows, one below the other.", "rows"
                ),
                Option(
                    "The result is (d, batch): the rows as columns, side by side.",
                    "rows.T",
                ),
                Option(
                    "The result is (batch, batch): the inner product of every two"
                    " rows.",
                    "rows @ rows.T",
                ),
            ),
        },
        cases=[
            (
                np.array([[3.0, 4, 0], [0, 6, 8], [2, 3, 6], [0, 1, 0]]),
                np.array([3, 1, 3]),
            ),
            (
                np.array([[2.0, 1, 0, 5], [3, 3, 1, 2], [0, 4, 4, 1], [6, 0, 2, 2]]),
                np.array([2, 2, 1, 3, 1, 2]),
            ),
            (
                np.array([[1.0, 2], [0, -1], [4, 0], [2, 2], [1, 1]]),
                np.array([4, 2]),
            ),
        ],
        right="A number is a name here: it says which row, and nothing is multiplied by"
        " it. Looking up costs d numbers for each place, however many people there"
        " are.",
        hints=(
            "An array of whole numbers as index takes a row for each of them, in their"
            " order: W[numbers] has the shape (batch, d).",
            "numbers[:, None] == numbers says for each two places if they hold the same"
            " person.",
        ),
    ),
    Family(
        "ncf.2",
        "08.G4",
        "def closest_to_open(low, high):",
        "Which clear difference is the closest to being open?\n\n"
        "low, high: (differences,), the lower and the upper end of the interval of each"
        " difference; low is below high. A difference is open if its interval contains"
        " zero, else clear. Of a clear difference the near end is the end that is"
        " nearer to zero: low above zero, high below. Returns a place, counted from 0,"
        " and a second number.",
        body="""
gap = np.maximum(low, -high)  # from zero to the near end; below 0 if zero is inside
clear = $clear
if not clear.any():
    $nothing
far = np.where(clear, $far, np.inf)
place = $place
return place, $second
""",
        switches={
            "clear": (
                Option(
                    "The ends of an interval belong to it: one that ends at zero is"
                    " open.",
                    "gap > 0",
                ),
                Option(
                    "The ends of an interval do not belong to it: one that ends at zero"
                    " is clear.",
                    "gap >= 0",
                ),
            ),
            "far": (
                Option(
                    "The closest to being open is the clear difference whose near end"
                    " is the nearest to zero.",
                    "gap",
                ),
                Option(
                    "The closest to being open is the clear difference whose interval"
                    " has its middle nearest to zero.",
                    "abs(low + high)",
                ),
                Option(
                    "The closest to being open is the clear difference whose near end"
                    " is the nearest to zero, measured in widths of its own interval,"
                    " high - low.",
                    "gap / (high - low)",
                ),
            ),
            "place": (
                Option(
                    "Of several clear differences that are equally close, the first"
                    " counts.",
                    "far.argmin()",
                ),
                Option(
                    "Of several clear differences that are equally close, the last"
                    " counts.",
                    "len(far) - 1 - far[::-1].argmin()",
                ),
            ),
            "second": (
                Option(
                    "The second number is its side: 1 if its interval lies above zero,"
                    " -1 if below.",
                    "np.sign(low + high)[place]",
                ),
                Option(
                    "The second number says who is better, for the differences are of"
                    " errors: 1 if the interval lies below zero, -1 if above.",
                    "-np.sign(low + high)[place]",
                ),
                Option(
                    "The second number is its near end, with its sign.",
                    "np.where(low + high > 0, low, high)[place]",
                ),
            ),
            "nothing": (
                Option("If none is clear, the result is (-1, 0).", "return -1, 0"),
                Option(
                    "If none is clear, the result has the place of the open one that is"
                    " closest to being clear, which reaches least beyond zero on one of"
                    " its sides (of several, the first), and 0.",
                    "return gap.argmax(), 0",
                ),
            ),
        },
        cases=[
            (np.array([0.25, -0.75, -0.5, 0.5]), np.array([1, -0.25, 0.25, 0.75])),
            (np.array([-0.5, -0.25, -0.125, -1]), np.array([0.5, 0.75, 0.5, 0.125])),
            (np.array([0.375, 0.375, 0.75]), np.array([0.625, 0.625, 1.125])),
            (
                np.array([-0.25, 0, -0.875, -1, 0.75]),
                np.array([0, 0.875, -0.625, -0.625, 1.625]),
            ),
            (
                np.array([-1, -0.875, 0.875, 0.875, -0.5]),
                np.array([-0.75, -0.5, 1, 1.875, 0.25]),
            ),
            (np.array([-0.5, 0, -0.75]), np.array([0.5, 0.25, 0])),
            (np.array([0.125, 0.375, -1]), np.array([1, 0.5, -0.0625])),
        ],
        right="Clear or open is one question, how near to the limit is another, and it"
        " is asked of the clear ones alone. It costs a few comparisons for each"
        " difference.",
        hints=(
            "np.maximum(low, -high) is how far the near end is from zero. What does it"
            " say about an interval with zero inside?",
            "Compute for each difference how close it is, put np.inf where it is open,"
            " and take argmin. argmin finds the first one.",
        ),
    ),
    Family(
        "ncf.3",
        "08.G3",
        "def loss_and_slopes(scores, stars):",
        "What the films of one person cost, and the gradient by their scores.\n\n"
        "scores: (films,), of films that she took and of negatives, in any order;"
        " stars: (films,), 1 to 5 for a film that she took, 0 for a negative; there is"
        " one at least of both. pi is the sigmoid of a score, y a film's label, ln the"
        " natural logarithm. A film's cost is its weight times its loss. Returns two"
        " results, the second of them (films,).",
        body="""
y, pi = $label, 1 / (1 + np.exp(-scores))
$loss
$weight
$result
""",
        switches={
            "label": (
                Option(
                    "The label y is 1 for a film that she took, else 0.",
                    "1.0 * (stars > 0)",
                ),
                Option(
                    "The label y is 1 for a film with 4 or 5 stars, else 0: a film that"
                    " she took and did not like is a no as well.",
                    "1.0 * (stars >= 4)",
                ),
                Option(
                    "The label y is a fifth of the stars: 1 for five stars, 0.2 for"
                    " one, 0 for a negative.",
                    "stars / 5",
                ),
            ),
            "loss": (
                Option(
                    "The loss of a film is (8.5): -y * ln(pi) - (1 - y) * ln(1 - pi).",
                    "loss = -y * np.log(pi) - (1 - y) * np.log(1 - pi)\n"
                    "slopes = pi - y",
                ),
                Option(
                    "The loss of a film is (pi - y) ** 2.",
                    "loss = (pi - y) ** 2\nslopes = 2 * (pi - y) * pi * (1 - pi)",
                ),
            ),
            "weight": (
                Option("Each film has the weight 1.", ""),
                Option(
                    "A film has the weight 1 + its stars: 1 for a negative, 2 to 6 for"
                    " one that she took.",
                    "loss, slopes = (1 + stars) * loss, (1 + stars) * slopes",
                ),
                Option(
                    "A film that she took has the weight 1, a negative the number of"
                    " films that she took divided by the number of negatives.",
                    "w = np.where(stars > 0, 1, (stars > 0).sum() / (stars =="
                    " 0).sum())\n"
                    "loss, slopes = w * loss, w * slopes",
                ),
            ),
            "result": (
                Option(
                    "The first result is the sum of all costs, the second its gradient"
                    " by the scores.",
                    "return loss.sum(), slopes",
                ),
                Option(
                    "The first result is the mean of all costs, the second the gradient"
                    " of this mean by the scores.",
                    "return loss.mean(), slopes / len(scores)",
                ),
                Option(
                    "The first result is the sum of all costs, the second minus its"
                    " gradient by the scores: where a step goes.",
                    "return loss.sum(), -slopes",
                ),
                Option(
                    "The first result is the cost of each film (films,), not added up,"
                    " the second its slope by the film's own score.",
                    "return loss, slopes",
                ),
            ),
        },
        cases=[
            (np.array([2.0, 0.0, 1.0]), np.array([4, 0, 0])),
            (np.array([0.5, -1.5, 3.0, -0.2, 0.8, -0.6]), np.array([0, 5, 1, 0, 3, 2])),
            (np.array([-2.0, 0.3, 1.1, 0.7]), np.array([3, 0, 4, 5])),
            (np.array([1.7, -0.4, 0.9, 0.2]), np.array([0, 0, 2, 0])),
        ],
        right="Each film is a question of its own, and each score meets only its own"
        " loss. So the gradient is that of one film, for all at once. It costs one"
        " exponential for each film.",
        hints=(
            "Make three arrays (films,): the labels y, the sigmoids pi, the weights."
            " Then the loss of each film.",
            "By its score s, pi has the slope pi * (1 - pi). A weight multiplies the"
            " loss and its slope alike.",
        ),
    ),
]
