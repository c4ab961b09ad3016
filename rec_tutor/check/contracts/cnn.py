"""Chapter 04: networks with filters, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    # ---------------------------------------------------------------------- cnn.1
    Family(
        "cnn.1",
        "04.G1",
        "def pool(x, m, s):",
        "Pooling: one number for each window of a row.\n\n"
        "x: (n,), a row of numbers, n >= m; m: how many numbers a window has, side by"
        " side; s: how far the windows lie apart, in the way that is said below."
        " Returns (windows,), in the order of the windows.",
        body="""
$side
step = $step
$ends
return np.array([$what(x[start : start + m]) for start in starts])
""",
        switches={
            "what": (
                Option("A window gives its largest number.", "np.max"),
                Option("A window gives its smallest number.", "np.min"),
                Option("A window gives the mean of its numbers.", "np.mean"),
                Option("A window gives the median of its numbers.", "np.median"),
            ),
            "side": (
                Option(
                    "The first window begins at the first number of x, and each"
                    " further one lies closer to the end of x.",
                    "",
                ),
                Option(
                    "The first window ends at the last number of x, and each further"
                    " one lies closer to the beginning of x.",
                    "x = x[::-1]",
                ),
            ),
            "step": (
                Option("A window lies s numbers further than the one before it.", "s"),
                Option(
                    "Between a window and the one before it s numbers are skipped.",
                    "m + s",
                ),
                Option(
                    "A window has s numbers in common with the one before it; s is"
                    " less than m.",
                    "m - s",
                ),
            ),
            "ends": (
                Option(
                    "A window that does not fit into x in whole is left out.",
                    "starts = range(0, len(x) - m + 1, step)",
                ),
                Option(
                    "Windows go on as long as they have a number of x in them, and"
                    " where x is over they take only the numbers that there are.",
                    "starts = range(0, len(x), step)",
                ),
                Option(
                    "Windows go on as long as they have a number of x in them, and"
                    " where x is over they are filled up with zeros.",
                    "starts = range(0, len(x), step)\nx = np.append(x, np.zeros(m))",
                ),
            ),
        },
        cases=[
            (np.array([5.0, 3.0, 1.0, 2.0, 8.0, 6.0, 9.0]), 3, 2),
            (np.array([-3.0, -1.0, -7.0, 2.0, -6.0, -2.0, -9.0, -4.0, -5.0]), 3, 1),
            (np.array([2.0, 7.0, 4.0, 9.0, 1.0, 8.0, 3.0, 5.0, 6.0]), 4, 2),
            (np.array([6.0, 2.0, 9.0, 4.0]), 4, 1),
        ],
        right="Each window becomes one number, by a rule that has nothing to learn. It"
        " takes about m operations for each window.",
        hints=(
            "How far is it from the start of a window to the start of the next one?"
            " That is the step of a range.",
            "If the windows begin at the end, turn x round first. Then look at what"
            " happens to the last window.",
        ),
    ),
    # ---------------------------------------------------------------------- cnn.3
    Family(
        "cnn.3",
        "04.G2",
        "def filter_layer(height, width, maps, filters, size):",
        "What comes out of a layer of filters, and how many numbers it learns.\n\n"
        "height, width, maps: of what comes in; filters: how many, counted in the way"
        " that is said below; size: a filter covers size x size points of a map."
        " Returns four whole numbers.",
        body="""
$edge
high, wide = $move
out = $own
weights = maps * filters * size * size
$bias
return $order
""",
        switches={
            "edge": (
                Option("A filter stays inside the maps that come in.", ""),
                Option(
                    "Before the filters move, rows and columns of zeros are put around"
                    " the maps: of each, one less than size in all.",
                    "height, width = height + size - 1, width + size - 1",
                ),
                Option(
                    "Before the filters move, rows and columns of zeros are put around"
                    " the maps: one less than size on each of the four sides.",
                    "height, width = height + 2 * (size - 1), width + 2 * (size - 1)",
                ),
            ),
            "move": (
                Option(
                    "A filter moves by one point.",
                    "height - size + 1, width - size + 1",
                ),
                Option(
                    "A filter moves by two points, as long as it stays within what it"
                    " is put on.",
                    "(height - size) // 2 + 1, (width - size) // 2 + 1",
                ),
                Option(
                    "A filter moves by as many points as size says, as long as it"
                    " stays within what it is put on.",
                    "height // size, width // size",
                ),
            ),
            "own": (
                Option(
                    "The number of filters is meant in all: a filter covers its points"
                    " in all maps at once, and makes one map.",
                    "filters",
                ),
                Option(
                    "The number of filters is meant for each map that comes in: a"
                    " filter covers its points in this map alone, and makes one map.",
                    "maps * filters",
                ),
            ),
            "bias": (
                Option(
                    "Each map that comes out has one bias.",
                    "weights += out",
                ),
                Option("There are no biases.", ""),
                Option(
                    "Each point of each map that comes out has a bias of its own.",
                    "weights += out * high * wide",
                ),
            ),
            "order": (
                Option(
                    "Returned are the height, the width and the maps of what comes"
                    " out, then the number of weights, with the biases if there are"
                    " any.",
                    "high, wide, out, weights",
                ),
                Option(
                    "Returned are the maps, the height and the width of what comes"
                    " out, then the number of weights, with the biases if there are"
                    " any.",
                    "out, high, wide, weights",
                ),
            ),
        },
        cases=[
            (8, 12, 2, 3, 3),
            (28, 20, 1, 32, 5),
            (13, 18, 32, 16, 4),
            (9, 13, 4, 2, 3),
        ],
        right="The same weights are used at every place, so how many a filter has does"
        " not depend on how large the maps are. Counting takes a few multiplications.",
        hints=(
            "Height and width are counted in the same way. At how many places can a"
            " filter stand, one below the other?",
            "A filter has size * size weights for each map that it covers. Then count"
            " the maps that come out, and the biases.",
        ),
    ),
    # ---------------------------------------------------------------------- cnn.4
    Family(
        "cnn.4",
        "04.G4",
        "def horizontal(E, F, b):",
        "A filter of Caser that moves along the films of a person.\n\n"
        "E: (L, d), a row for each film, the latest last; F: (h, d), the rows of the"
        " filter, h <= L; b: its bias, a number. At each place the filter lies on h"
        " films, one behind the other, and multiplies number by number; places go from"
        " early to late. Returns the answers, one for each place, and a summary of"
        " them, a number.",
        body="""
h, d = F.shape
$turned
$front
products = np.array([F * E[k : k + h] for k in range(len(E) - h + 1)])
answers = products.$total(axis=(1, 2)) + b
answers = $squeeze
return answers, $summary
""",
        switches={
            "turned": (
                Option(
                    "Row 0 of F lies on the earliest of the h films, the last row on"
                    " the latest.",
                    "",
                ),
                Option(
                    "Row 0 of F lies on the latest of the h films, the last row on the"
                    " earliest.",
                    "F = F[::-1]",
                ),
            ),
            "front": (
                Option(
                    "The filter lies on films only, so there are L - h + 1 places.",
                    "",
                ),
                Option(
                    "Before the first film, h - 1 rows of zeros are put in front of E,"
                    " so there are L places.",
                    "E = np.vstack([np.zeros((h - 1, d)), E])",
                ),
            ),
            "total": (
                Option("An answer begins as the sum of the h * d products.", "sum"),
                Option("An answer begins as the mean of the h * d products.", "mean"),
            ),
            "squeeze": (
                Option(
                    "Then b is added, and what is below 0 becomes 0.",
                    "np.maximum(answers, 0)",
                ),
                Option(
                    "Then b is added, and the tanh is taken.",
                    "np.tanh(answers)",
                ),
                Option(
                    "Then b is added, and the sigmoid is taken.",
                    "1 / (1 + np.exp(-answers))",
                ),
            ),
            "summary": (
                Option("The summary is the largest answer.", "answers.max()"),
                Option("The summary is the mean of the answers.", "answers.mean()"),
                Option("The summary is the answer of the last place.", "answers[-1]"),
            ),
        },
        cases=[
            (
                np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 1]]),
                np.array([[1, 0, 2], [0, 1, -1]]),
                0.5,
            ),
            (
                np.array([[0.0, 1], [1, -1], [1, 0.5], [0, 1.5], [-1, 1], [1, 0]]),
                np.array([[1.0, -1], [0.5, 1], [-1, 0.4]]),
                -0.2,
            ),
            (np.array([[1.0, 2], [0, 1], [1, 0], [3, 1]]), np.array([[0.5, 0]]), 0.3),
            (np.array([[0.0, 1], [2, 0]]), np.array([[1.0, -1], [0.5, 2]]), 0.2),
        ],
        right="The filter is as wide as the table, so it moves along time only and"
        " finds its pattern wherever it stands. It takes h * d multiplications for"
        " each place.",
        hints=(
            "At place k the filter lies on the rows E[k : k + h]. How many places are"
            " there?",
            "One after the other: the products, their sum or mean, the bias, the"
            " function on top, and the summary last.",
        ),
    ),
    # ---------------------------------------------------------------------- cnn.5
    Family(
        "cnn.5",
        "04.G3",
        "def most_alike(units, liked, k):",
        "The k products that are most alike to what somebody likes.\n\n"
        "units: (products, d), a vector for each product, of any length above 0;"
        " liked: (n,), the row numbers of what she likes; k: at most the number of"
        " products that may be recommended. Returns (k,), row numbers, the largest"
        " score first.",
        body="""
$alike
scores = $joined
$own
order = $ties
return order[:k]
""",
        switches={
            "alike": (
                Option(
                    "The likeness of two products is the inner product of their"
                    " vectors.",
                    "alike = units @ units[liked].T",
                ),
                Option(
                    "The likeness of two products is the cosine of their vectors.",
                    "units = units / np.linalg.norm(units, axis=1, keepdims=True)\n"
                    "alike = units @ units[liked].T",
                ),
                Option(
                    "The likeness of two products is minus the distance of their"
                    " vectors, the length of the difference.",
                    "alike = -np.linalg.norm(units[:, None] - units[liked], axis=2)",
                ),
            ),
            "joined": (
                Option(
                    "A product's score is its largest likeness to a product that she"
                    " likes.",
                    "alike.max(axis=1)",
                ),
                Option(
                    "A product's score is its smallest likeness to a product that she"
                    " likes.",
                    "alike.min(axis=1)",
                ),
                Option(
                    "A product's score is the mean of its likenesses to the products"
                    " that she likes.",
                    "alike.mean(axis=1)",
                ),
                Option(
                    "A product's score is the median of its likenesses to the products"
                    " that she likes.",
                    "np.median(alike, axis=1)",
                ),
            ),
            "own": (
                Option("What she likes is not recommended.", "scores[liked] = -np.inf"),
                Option(
                    "What she likes may be recommended, too, and its likeness to"
                    " itself counts.",
                    "",
                ),
            ),
            "ties": (
                Option(
                    "Of products with equal scores, the one with the lower row number"
                    " comes first.",
                    'np.argsort(-scores, kind="stable")',
                ),
                Option(
                    "Of products with equal scores, the one with the higher row number"
                    " comes first.",
                    'np.argsort(scores, kind="stable")[::-1]',
                ),
            ),
        },
        cases=[
            (
                np.array([[2.0, 0], [0, 1], [3, 1], [-1, 0], [3, 1], [1, 4]]),
                np.array([0, 3, 1]),
                3,
            ),
            (np.array([[3.0, 1], [0, 2], [-1, 1], [1, 4]]), np.array([1]), 2),
            (
                np.array(
                    [
                        [3.0, 0, 0],
                        [0, 0, -0.5],
                        [1.6, -0.8, 0.4],
                        [0, -2, 0],
                        [-0.8, -1, -0.2],
                        [1.9, 0.4, 0.4],
                        [1.6, 0.9, -0.5],
                        [1.6, -0.8, 0.4],
                        [0, -1.6, -1.7],
                    ]
                ),
                np.array([0, 3, 1]),
                6,
            ),
        ],
        right="Every product is compared with each that she likes, and one rule joins"
        " these comparisons into a score. That takes products times n times d"
        " multiplications, and a sort.",
        hints=(
            "First a table (products, n): the likeness of each product to each that"
            " she likes. Then one number for each row.",
            "A stable sort keeps what is level in its order. For the higher row number"
            " first, sort from small to large and turn the result round.",
        ),
    ),
]
