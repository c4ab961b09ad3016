"""Chapter 07: matrix factorization, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    Family(
        "mf.1",
        "07.G1",
        "def misses(R, U, V):",
        "Where does the product of two tables miss the stars?\n\n"
        "R: (people, films), stars and holes; U: (people, d), a row for each person; V:"
        " d numbers for each film. The product (people, films) has the inner product of"
        " a person's vector and a film's in each cell. At least one cell is known."
        " Returns one number.",
        body="""
known = $known
product = $product
$bounds
missed = known & $missed
return $result
""",
        switches={
            "known": (
                Option("A cell of R is known if its number is above 0.", "R > 0"),
                Option(
                    "A cell of R is known if its number is 0 or above: 0 is a rating,"
                    " too.",
                    "R >= 0",
                ),
                Option(
                    "A cell of R is known unless it holds nan: 0 and numbers below 0"
                    " are ratings, too.",
                    "~np.isnan(R)",
                ),
            ),
            "product": (
                Option("V is (d, films), a column for each film.", "U @ V"),
                Option("V is (films, d), a row for each film.", "U @ V.T"),
            ),
            "bounds": (
                Option("The product is compared with R as it is.", ""),
                Option(
                    "The product is limited before it is compared with R: below 1 it is"
                    " 1, above 5 it is 5.",
                    "product = np.clip(product, 1, 5)",
                ),
            ),
            "missed": (
                Option(
                    "A cell is missed if product and R are half a star or more apart.",
                    "(abs(product - R) >= 0.5)",
                ),
                Option(
                    "A cell is missed if product and R are more than half a star"
                    " apart.",
                    "(abs(product - R) > 0.5)",
                ),
            ),
            "result": (
                Option(
                    "The result is the number of known cells that are missed.",
                    "int(missed.sum())",
                ),
                Option(
                    "The result is the share of the known cells that are missed, from 0"
                    " to 1.",
                    "missed.sum() / known.sum()",
                ),
                Option(
                    "The result is the number of people who have a known cell that is"
                    " missed.",
                    "int(missed.any(axis=1).sum())",
                ),
            ),
        },
        cases=[
            (
                np.array([[4.0, 0], [1, 5]]),
                np.array([[1.0, 2], [0, 1]]),
                np.array([[1, 0], [1.5, 2]]),
            ),
            (
                np.array(
                    [
                        [2.0, 2, -2, 5],
                        [2, 1, 3, 2],
                        [4, 0, 4, 0],
                        [4, 1, 3, 2],
                        [0, 0, 0, 0],
                    ]
                ),
                np.array(
                    [
                        [-0.5, 1.5, 1, 1.5],
                        [0.5, 0, 1.5, 1],
                        [1.5, 0.5, 0.5, 0],
                        [1, 1, 0, -0.5],
                        [-0.5, 0, 0.5, 0],
                    ]
                ),
                np.array(
                    [
                        [2, 2, 0.5, 0],
                        [0, -0.5, 0, 1.5],
                        [1.5, 2, 1.5, 0.5],
                        [-0.5, 2, 0, 2],
                    ]
                ),
            ),
            (
                np.array(
                    [[1.0, -1, 2, 2], [5, 2, 1, 2], [-2, 1, -1, -2], [0, -1, -2, -2]]
                ),
                np.array(
                    [
                        [1, 0.5, 0, 0],
                        [0, 1.5, 0.5, 1.5],
                        [-0.5, 0, 0, -0.5],
                        [-0.5, 1.5, -0.5, -0.5],
                    ]
                ),
                np.array(
                    [
                        [0.5, -0.5, 1.5, 1.5],
                        [1.5, 0, 0, 0],
                        [1.5, 2, 1.5, -0.5],
                        [1.5, 0.5, 0.5, 1.5],
                    ]
                ),
            ),
            (
                np.array(
                    [
                        [4, 0, 5],
                        [4, 5, 2],
                        [-1, np.nan, np.nan],
                        [2, np.nan, 0],
                        [4, 5, 4],
                    ]
                ),
                np.array(
                    [
                        [0, -0.5, 0],
                        [0.5, 1, -0.5],
                        [-0.5, 0.5, 1.5],
                        [0.5, 0, 1.5],
                        [1.5, 1.5, 1.5],
                    ]
                ),
                np.array([[1, -0.5, 1], [-0.5, -0.5, 0], [0.5, 0, 0]]),
            ),
            (
                np.array([[5.0, 4, 5], [3, -2, 5], [0, 1, 2]]),
                np.array([[1.5, 1.5, 0], [1.5, 1.5, 0.5], [-0.5, 0, 1]]),
                np.array([[1.5, 2, 1.5], [1, 1.5, 1.5], [2, 2, 1]]),
            ),
            (
                np.array([[4.0, 4, 5, 3], [2, 2, 5, 3], [-1, 2, 2, 1], [1, 0, -1, 2]]),
                np.array(
                    [
                        [0.5, 1.5, 1, 1.5],
                        [-0.5, 1, 1.5, 1],
                        [0, 1, 0.5, 0.5],
                        [-0.5, 0.5, -0.5, 1],
                    ]
                ),
                np.array(
                    [
                        [1.5, 1.5, 1.5, -0.5],
                        [-0.5, 1.5, 1.5, 1],
                        [1, 0.5, 2, 0.5],
                        [2, 0.5, 0.5, 1],
                    ]
                ),
            ),
        ],
        right="Holes say nothing about the fit, whatever the product has there. The"
        " product costs people times films times d multiplications.",
        hints=(
            "Make two tables of True and False, both (people, films): which cells are"
            " known, and which are missed?",
            "Look at the shapes first: what must V be, so that U @ ... is (people,"
            " films)? Then join the tables with &.",
        ),
    ),
    Family(
        "mf.3",
        "07.G2",
        "def sgd_step(p, q, r, eta, penalty):",
        "One step for one known cell, after (7.3).\n\n"
        "p, q: (d,), of the person and the film; r: the stars; eta: the step size;"
        " penalty: the lambda. In a step, the vector of one, say a, moves with the help"
        " of the other, say b; the error is e = r - a @ b. Returns the new p and the"
        " new q.",
        body="""
$hole

def moved(a, b):
    e = r - a @ b
    $error
    new = $new
    return $sign

$order
""",
        switches={
            "error": (
                Option("In the step e is the error as it is.", ""),
                Option(
                    "In the step the sign of the error stands for e: 1, -1, or 0 for no"
                    " error.",
                    "e = np.sign(e)",
                ),
                Option(
                    "In the step e is limited: an error above 1 counts as 1, below -1"
                    " as -1.",
                    "e = np.clip(e, -1, 1)",
                ),
            ),
            "new": (
                Option(
                    "The new a is a + eta * (e * b - penalty * a).",
                    "a + eta * (e * b - penalty * a)",
                ),
                Option(
                    "The new a is a + eta * (e * b - penalty * s), where s has the sign"
                    " of each number of a: 1, -1 or 0.",
                    "a + eta * (e * b - penalty * np.sign(a))",
                ),
                Option(
                    "The new a is (1 - penalty) * (a + eta * e * b).",
                    "(1 - penalty) * (a + eta * e * b)",
                ),
            ),
            "sign": (
                Option("A new vector may have numbers below 0.", "new"),
                Option(
                    "Numbers below 0 in a new vector become 0, as soon as it is"
                    " computed.",
                    "np.maximum(new, 0)",
                ),
            ),
            "hole": (
                Option("An r of 0 is a rating like any other.", ""),
                Option(
                    "An r of 0 is a hole: p and q are returned as they came.",
                    "if r == 0:\n    return p, q",
                ),
            ),
            "order": (
                Option(
                    "Both steps use the values from before, in the error as well.",
                    "return moved(p, q), moved(q, p)",
                ),
                Option(
                    "First p moves; then q moves, with the new p as its b, in the error"
                    " as well.",
                    "new_p = moved(p, q)\nreturn new_p, moved(q, new_p)",
                ),
            ),
        },
        cases=[
            (np.array([1.0]), np.array([2.0]), 5.0, 0.1, 0.5),
            (np.array([0.5, -0.2, 1.3]), np.array([1.0, 1.1, 1.2]), 2.4, 0.2, 0.2),
            (np.array([1.5, -0.5, 0]), np.array([2, 1, -0.2]), 1.0, 0.3, 0.1),
            (np.array([2.0, 0.5]), np.array([0.4, -0.1]), 0.0, 0.5, 0.3),
        ],
        right="Each vector moves by the error times the other one, and is held back by"
        " the penalty. What a step costs grows with d, and not with the size of the"
        " tables.",
        hints=(
            "Both steps have one form. Write a small function for the step of one"
            " vector, and call it twice.",
            "Which p does the step of q use, and which q the step of p? Give the"
            " results names of their own, and overwrite nothing.",
        ),
    ),
    Family(
        "mf.5",
        "07.G2",
        "def biased_step(mean, b_u, b_i, p, q, r, eta):",
        "One step for one known cell, with a number for the person and one for the"
        " film.\n\n"
        "mean, b_u, b_i, r, eta: numbers; p, q: (d,). The error is e = r minus the"
        " prediction. A step adds eta * e times the slope of the prediction by what"
        " moves: by b_u, by b_i, by each number of p and of q. Returns the new b_u,"
        " b_i, p and q; the mean stays.",
        body="""
def error(b_u, b_i):
    guess = mean + b_u + b_i + p @ q$scale
    $bounds
    return $error

e = error(b_u, b_i)
new_u, new_i = b_u + eta * e, b_i + eta * e
$order
new_p, new_q = p + eta * e * q$scale, q + eta * e * p$scale
$end
return new_u, new_i, new_p, new_q
""",
        switches={
            "scale": (
                Option("The prediction is mean + b_u + b_i + p @ q.", ""),
                Option(
                    "The prediction is mean + b_u + b_i + (p @ q) / sqrt(d).",
                    " / np.sqrt(len(p))",
                ),
            ),
            "bounds": (
                Option("A prediction may have any size.", ""),
                Option(
                    "A prediction is limited to 1 to 5: where it would be below 1 or"
                    " above 5 its slopes are 0, and its e moves nothing.",
                    "if not 1 <= guess <= 5:\n    return 0.0  # limited: no slope",
                ),
            ),
            "error": (
                Option("The step uses e as it is.", "r - guess"),
                Option(
                    "The step uses the sign of e in its place: 1, -1, or 0 for no"
                    " error.",
                    "np.sign(r - guess)",
                ),
                Option(
                    "The step uses e between limits: above 1 it is 1, below -1 it is"
                    " -1.",
                    "np.clip(r - guess, -1, 1)",
                ),
            ),
            "order": (
                Option("All four move at once, from the values before the step.", ""),
                Option(
                    "First b_u and b_i move; then e is computed anew with the new b_u"
                    " and b_i, and p and q move at once, with this e.",
                    "e = error(new_u, new_i)",
                ),
            ),
            "end": (
                Option("All four are returned as the step leaves them.", ""),
                Option(
                    "Last of all, the new p and q, moved or not, are multiplied by 1 -"
                    " 0.1 * eta; the new b_u and b_i are not.",
                    "new_p, new_q = (1 - 0.1 * eta) * new_p, (1 - 0.1 * eta) * new_q",
                ),
                Option(
                    "Last of all, the new b_u and b_i, moved or not, are multiplied by"
                    " 1 - 0.1 * eta; the new p and q are not.",
                    "new_u, new_i = (1 - 0.1 * eta) * new_u, (1 - 0.1 * eta) * new_i",
                ),
            ),
        },
        cases=[
            (3.5, 0.5, 0.4, np.array([1.0, 2]), np.array([0.4, -0.1]), 3.0, 0.1),
            (4.0, 0.8, 0.4, np.array([-0.5, 1]), np.array([0.2, 0.4]), 5.0, 0.2),
            (2.0, -0.9, -0.7, np.array([2, -0.5]), np.array([0.2, 0.1]), 1.0, 0.3),
            (2.5, -1.2, -0.4, np.array([0.5, 1, 2]), np.array([1, -1, 0.6]), 4.0, 0.1),
            (3.0, 0.1, -0.3, np.array([0.6, -1.5]), np.array([0.8, 0.1]), 3.5, 0.4),
        ],
        right="The prediction has the slope 1 by a bias, and by a vector the other"
        " vector, as the product has it. That costs two more numbers to keep, and a few"
        " additions.",
        hints=(
            "Write the prediction down as one sum. In each term, what is the slope by"
            " b_u, and by p?",
            "Give all new values names of their own: new_u, new_i, new_p, new_q. Then"
            " decide for each line which e it uses.",
        ),
    ),
]
