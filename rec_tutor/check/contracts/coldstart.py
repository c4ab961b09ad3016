"""Chapter 12: cold starts, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

PEOPLE = np.array(  # what nine people say to four films
    [
        [2, 2, 0, 1],
        [2, 1, 0, 0],
        [2, 0, 1, 2],
        [0, 0, 2, 1],
        [0, 1, 2, 2],
        [1, 2, 0, 0],
        [2, 2, 1, 1],
        [1, 0, 2, 2],
        [0, 2, 0, 0],
    ]
)
TWICE = np.hstack([PEOPLE, PEOPLE])  # each film has an equal one
NONE = np.array([], dtype=int)
FILMS = np.array(
    [
        [0.8, -3.0, -0.3],
        [1.4, -1.2, 0.1],
        [1.5, -1.2, 0.8],
        [1.9, 0.4, 1.6],
        [-0.1, -0.4, 0.5],
        [-1.4, 1.1, 0.0],
        [-1.3, 1.1, 0.7],
    ]
)

FAMILIES = [
    Family(
        "coldstart.1",
        "12.G1",
        "def first_scores(weights, fame, told):",
        "Scores of all films for somebody new.\n\n"
        "weights: (films, films), what films say about each other, below 0 if one"
        " speaks against the other; fame: (films,), how many people have each film;"
        " told: (n,), the numbers of the films that she has, each once, in any order,"
        " perhaps none.\n\n"
        "Returns (films,), made of what her films say about each film.",
        body="""
$turn
$against
scores = weights[told].$summary(axis=0) if len(told) else $nothing
$own
return scores
""",
        switches={
            "turn": (
                Option("What film j says about film i is weights[j, i].", ""),
                Option(
                    "What film j says about film i is weights[i, j].",
                    "weights = weights.T",
                ),
            ),
            "against": (
                Option("Weights below 0 count as they are.", ""),
                Option(
                    "A weight below 0 counts as 0.", "weights = np.maximum(weights, 0)"
                ),
            ),
            "summary": (
                Option(
                    "The score of a film is the sum of what her films say about it.",
                    "sum",
                ),
                Option(
                    "The score of a film is the mean of what her films say about it.",
                    "mean",
                ),
                Option(
                    "The score of a film is the largest of what her films say about"
                    " it.",
                    "max",
                ),
            ),
            "nothing": (
                Option(
                    "If she told nothing, the score of each film is its fame.",
                    "fame.astype(float)",
                ),
                Option(
                    "If she told nothing, the score of each film is the natural"
                    " logarithm of its fame plus 1.",
                    "np.log(fame + 1)",
                ),
            ),
            "own": (
                Option(
                    "Her own films get minus infinity at the end.",
                    "scores[told] = -np.inf",
                ),
                Option("Her own films keep their scores.", ""),
            ),
        },
        cases=[
            (
                np.array(
                    [
                        [0.0, 0.5, -0.25, 0.125],
                        [0.25, 0.0, 0.5, 0.75],
                        [0.125, -0.25, 0.0, 0.25],
                        [0.5, 0.375, 0.0625, 0.0],
                    ]
                ),
                np.array([40, 30, 10, 20]),
                np.array([2, 0]),
            ),
            (
                np.array(
                    [
                        [0.0, -0.3, 0.1, -0.2, -0.05],
                        [-0.4, 0.0, 0.15, -0.3, 0.6],
                        [-0.2, 0.1, 0.0, 0.35, -0.45],
                        [-0.25, -0.15, 0.5, 0.0, 0.7],
                        [-0.12, 0.22, -0.33, 0.45, 0.0],
                    ]
                ),
                np.array([12, 7, 25, 3, 9]),
                np.array([3, 1, 4]),
            ),
            (
                np.array([[0.0, 0.5, -0.2], [0.4, 0.0, 0.1], [-0.2, 0.3, 0.0]]),
                np.array([6, 3, 1]),
                NONE,
            ),
        ],
        right="Only the row of the person is new, so it costs one row of the table for"
        " each film that she told. With nothing told, only what holds for everybody is"
        " left.",
        hints=(
            "weights[told] has the rows of her films. Which of rows and columns say"
            " something, and which are spoken of?",
            "First the scores of all films, then what happens to her own.",
        ),
    ),
    Family(
        "coldstart.3",
        "12.G5",
        "def gate(logits, there):",
        "How much each kind of content counts for each film.\n\n"
        "logits: (films, kinds), what a gate says of each kind, from -1000 to 1000;"
        " there: (films, kinds), True where this film has this kind of content.\n\n"
        "Returns the weights, (films, kinds); those of kinds that are missing are 0,"
        " unless a line below says something else.",
        body="""
z = $scale
$who
top = z.max(axis=1, keepdims=True)
e = np.exp(z - np.where(np.isfinite(top), top, 0))
w = there * e / np.maximum(e.sum(axis=1, keepdims=True), 1)
$end
anything = there.any(axis=1, keepdims=True)
return np.where(anything, w, $nothing)
""",
        switches={
            "scale": (
                Option("The logits count as they are.", "logits"),
                Option(
                    "Before anything else, the logits are divided by 2.", "logits / 2"
                ),
                Option(
                    "Before anything else, a logit below 0 becomes 0.",
                    "np.maximum(logits, 0)",
                ),
            ),
            "who": (
                Option(
                    "The softmax of a film goes over the kinds that are there.",
                    "z = np.where(there, z, -np.inf)",
                ),
                Option(
                    "The softmax of a film goes over all kinds; then those that are"
                    " missing get the weight 0, and the others are not changed.",
                    "",
                ),
            ),
            "end": (
                Option("The weights stay as the softmax says.", ""),
                Option(
                    "At last, a weight below 0.2 becomes 0, and the others are not"
                    " changed.",
                    "w = np.where(w < 0.2, 0, w)",
                ),
                Option(
                    "At last, the weight of each kind that is there becomes the mean of"
                    " two numbers: itself, and 1 divided by how many kinds this film"
                    " has.",
                    "number = np.maximum(there.sum(axis=1, keepdims=True), 1)\n"
                    "w = (w + there / number) / 2",
                ),
            ),
            "nothing": (
                Option("A film without any kind gets zeros.", "0.0"),
                Option(
                    "A film without any kind gets 1 divided by the number of columns,"
                    " for each of them.",
                    "1 / there.shape[1]",
                ),
            ),
        },
        cases=[
            (
                np.array([[0.0, 0.0, 1.0], [2.0, -1.0, 0.0]]),
                np.array([[True, True, False], [True, True, True]]),
            ),
            (
                np.array(
                    [
                        [1.0, -0.5, 2.0, 0.3],
                        [0.2, 1.4, -1.0, 3.0],
                        [1.0, 2.0, 0.5, -1.0],
                        [-1.0, 0.5, -2.0, 0.1],
                    ]
                ),
                np.array(
                    [[1, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 0]], dtype=bool
                ),
            ),
            (
                np.array([[900.0, 899.0, 1.0], [-900.0, -898.0, 950.0]]),
                np.array([[True, True, True], [True, True, False]]),
            ),
        ],
        right="The largest number of a row is taken off before the exponential, so that"
        " none is too large. It costs one exponential for each film and kind.",
        hints=(
            "e to minus infinity is 0. So what stands at minus infinity takes no part"
            " in a softmax.",
            "Films without any kind come last: there.any(axis=1, keepdims=True) says"
            " which have something.",
        ),
    ),
    Family(
        "coldstart.4",
        "12.G2",
        "def shown_by_linucb(X, clicks, alpha, rounds):",
        "LinUCB with one person: which films are shown, and what it believes"
        " afterwards.\n\n"
        "X: (films, d), a film in each row; clicks: (films,), 1 if she clicks this film"
        " when it is shown, else 0; alpha: how much doubt counts, 0 or more; rounds:"
        " how many films are shown, at most all. LinUCB sees the click of a film only"
        " after it has shown it. theta is the inverse of A times b, and b begins at 0."
        " In each round it shows the film with the largest sum: x times theta, plus"
        " alpha times the doubt. (No two of these are equal.) After a round the film x"
        " with the click r is learnt: the product of x with itself, a matrix, is added"
        " to A, and r times x to b.\n\n"
        "Returns the numbers of the films, (rounds,), in the order in which they are"
        " shown, and theta after the last round, (d,).",
        body="""
A, b = $start * np.eye(X.shape[1]), np.zeros(X.shape[1])
shown = []
for _ in range(rounds):
    inverse = np.linalg.inv(A)
    square = (X @ inverse * X).sum(axis=1)
    value = X @ inverse @ b + alpha * $doubt
    value[$barred] = -np.inf
    film = int(np.argmax(value))
    shown.append(film)
    x, r = X[film], clicks[film]
    $fade
    $learn
return np.array(shown), np.linalg.solve(A, b)
""",
        switches={
            "start": (
                Option("A begins as I.", "1.0"),
                Option("A begins as twice I.", "2.0"),
            ),
            "doubt": (
                Option(
                    "The doubt is the root of x times the inverse of A times x.",
                    "np.sqrt(square)",
                ),
                Option(
                    "The doubt is x times the inverse of A times x, without a root.",
                    "square",
                ),
            ),
            "barred": (
                Option("No film is shown twice.", "shown"),
                Option(
                    "A film may be shown again, but not in two rounds that follow each"
                    " other.",
                    "shown[-1:]",
                ),
            ),
            "fade": (
                Option("What was learnt before stays as it is.", ""),
                Option(
                    "Before a film is learnt, b is multiplied by 0.5; A is not.",
                    "b = 0.5 * b",
                ),
            ),
            "learn": (
                Option(
                    "Each film that was shown is learnt, clicked or not.",
                    "A, b = A + np.outer(x, x), b + r * x",
                ),
                Option(
                    "A film that was not clicked is learnt as if the click were -1.",
                    "A, b = A + np.outer(x, x), b + (2 * r - 1) * x",
                ),
            ),
        },
        cases=[
            (
                np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
                np.array([1, 0, 1]),
                1.0,
                2,
            ),
            (FILMS, np.array([1, 1, 0, 0, 1, 0, 1]), 0.5, 5),
            (FILMS, np.array([0, 1, 1, 1, 1, 1, 0]), 2.0, 5),
            (FILMS[:, :2], np.array([1, 0, 0, 1, 0, 0, 0]), 0.25, 4),
        ],
        right="Doubt falls where something was shown. Who is only told what was shown"
        " must choose what to be told. A round costs one inverse of d rows, and a look"
        " at each film.",
        hints=(
            "A round has three steps: the value of each film, choose, learn. Keep A, b"
            " and the list of what was shown.",
            "Films that may not be shown now get minus infinity before np.argmax.",
        ),
    ),
    Family(
        "coldstart.5",
        "12.G2",
        "def next_question(answers, asked, said):",
        "The next question to somebody new.\n\n"
        "answers: (people, films), what people whom we know say to each film: 2 liked,"
        " 1 not liked, 0 haven't seen it; asked: (t,), the films that she was asked so"
        " far, fewer than all; said: (t,), her answers, in the same numbers. At first t"
        " is 0. How far people differ on a film is measured by the shares of answers"
        " among those who are alike.\n\n"
        "Returns two results: for each film, (films,), how far those who are alike"
        " differ on it; and the number of the film to ask next, the one with the"
        " largest of these numbers, of those that were not asked yet.",
        body="""
wrong = (answers[:, asked] != said).sum(axis=1)
alike = answers[wrong <= $most]
$nobody
counts = np.array([(alike == answer).sum(axis=0) for answer in $which])
share = counts / np.maximum(counts.sum(axis=0), 1)
worth = $measure
left = worth.copy()
left[asked] = -1
best = np.flatnonzero(left == left.max())
return worth, best[$tie]
""",
        switches={
            "most": (
                Option("Those who answered all of `asked` as she did are alike.", "0"),
                Option(
                    "Those who answered all of `asked` as she did, or all but one, are"
                    " alike.",
                    "1",
                ),
            ),
            "nobody": (
                Option("If nobody is alike, all people differ by 0 on each film.", ""),
                Option(
                    "If nobody is alike, all people count as alike.",
                    "alike = alike if len(alike) else answers",
                ),
            ),
            "which": (
                Option(
                    'There are three answers: "haven\'t seen it" is one of them.',
                    "(0, 1, 2)",
                ),
                Option(
                    "There are two answers, liked and not liked: who says \"haven't"
                    ' seen it" to a film is not counted in its shares, and a film that'
                    " nobody has seen has 0.",
                    "(1, 2)",
                ),
            ),
            "measure": (
                Option(
                    "People differ by the entropy of the shares, in bits.",
                    "-(share * np.log2(np.where(share > 0, share, 1))).sum(axis=0)",
                ),
                Option(
                    "People differ by the sum of p (1 - p) over the shares p.",
                    "(share * (1 - share)).sum(axis=0)",
                ),
            ),
            "tie": (
                Option("Of films with equal numbers the first is asked.", "0"),
                Option("Of films with equal numbers the last is asked.", "-1"),
            ),
        },
        cases=[
            (
                np.array(
                    [[2, 2, 0], [2, 1, 0], [2, 0, 1], [2, 0, 0], [0, 1, 2], [1, 0, 2]]
                ),
                np.array([0]),
                np.array([2]),
            ),
            (TWICE, NONE, NONE),
            (TWICE, np.array([0, 6]), np.array([2, 0])),
            (PEOPLE, np.array([0, 3]), np.array([1, 1])),
            (PEOPLE, np.array([0, 1, 2]), np.array([1, 1, 1])),
        ],
        right="What a person has answered picks the people who are alike, so the next"
        " question depends on the answers. It costs one look at the answers of all"
        " people.",
        hints=(
            "(answers[:, asked] != said).sum(axis=1) says in how many answers each"
            " person differs from her.",
            "The shares of a film add up to 1 over the answers that count, or are all"
            " 0.",
        ),
    ),
]
