"""Chapter 03: baselines, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

nan = np.nan

# of baselines.2: a row for each model, a column for each set
_LOW_A = np.array(
    [
        [0.1, 0.2, -0.1],
        [-0.4, -0.3, -0.2],
        [0.2, -0.5, -0.2],
        [0.0, 0.1, 0.3],
        [-0.2, -0.4, -0.3],
        [0.0, -0.1, -0.3],
        [-0.3, -0.1, -0.2],
        [0.2, 0.1, nan],
    ]
)
_HIGH_A = np.array(
    [
        [0.3, 0.3, 0.4],
        [-0.1, -0.2, 0.3],
        [0.4, -0.1, 0.1],
        [0.2, 0.4, 0.5],
        [0.0, -0.1, -0.2],
        [0.3, 0.2, 0.1],
        [0.0, 0.2, 0.1],
        [0.5, 0.2, nan],
    ]
)
_LOW_B = np.array(
    [
        [-0.4, -0.2, nan],
        [0.1, -0.1, -0.2],
        [-0.3, nan, -0.1],
        [0.0, 0.3, -0.2],
        [-0.1, -0.5, -0.2],
        [0.2, nan, -0.1],
        [0.1, 0.2, 0.3],
        [-0.3, -0.5, -0.4],
    ]
)
_HIGH_B = np.array(
    [
        [-0.1, -0.1, nan],
        [0.4, 0.2, 0.1],
        [-0.2, nan, 0.4],
        [0.1, 0.5, 0.2],
        [0.0, -0.3, 0.2],
        [0.3, nan, 0.2],
        [0.2, 0.5, 0.4],
        [-0.1, -0.2, -0.3],
    ]
)

FAMILIES = [
    # ---------------------------------------------------------------- baselines.1
    Family(
        "baselines.1",
        "03.G5",
        "def reasons(row, W, i):",
        "Why film i? Her own films, and what each adds to the score of film i.\n\n"
        "row: (films,), 1 for each film that she has, else 0; W: (films, films), the"
        " weights of the films for each other; i: the number of a film that she does"
        " not have. Each film of hers has a part of the score. Returns two arrays: the"
        " numbers of films of hers, and their parts in the same order.",
        body="""
own = np.flatnonzero(row)$ties
parts = $part
order = np.argsort($first, kind="stable")
own, parts = own[order], parts[order]
$share
$which
return own, parts
""",
        switches={
            "part": (
                Option("The part of her film j is W[j, i].", "W[own, i]"),
                Option("The part of her film j is W[i, j].", "W[i, own]"),
            ),
            "first": (
                Option("The largest part comes first.", "-parts"),
                Option(
                    "The smallest part comes first: -0.2 before 0.1.",
                    "parts",
                ),
                Option(
                    "The part that is farthest from 0 comes first, be it above or"
                    " below.",
                    "-abs(parts)",
                ),
            ),
            "ties": (
                Option(
                    "Of films that are level in this order, the one with the lower"
                    " number comes first.",
                    "",
                ),
                Option(
                    "Of films that are level in this order, the one with the higher"
                    " number comes first.",
                    "[::-1]",
                ),
            ),
            "share": (
                Option("The parts are returned as W has them.", ""),
                Option(
                    "Each part is returned as a share: divided by the sum of the"
                    " absolute values of the parts of all films that she has, or by 1"
                    " if this sum is 0.",
                    "parts = parts / (abs(parts).sum() or 1)",
                ),
            ),
            "which": (
                Option("All films that she has are returned.", ""),
                Option(
                    "Only films whose part is not 0 are returned.",
                    "own, parts = own[parts != 0], parts[parts != 0]",
                ),
                Option(
                    "Only the three films that come first are returned, or fewer if"
                    " she has fewer.",
                    "own, parts = own[:3], parts[:3]",
                ),
            ),
        },
        cases=[
            (
                np.array([1, 0, 1, 1, 1]),
                np.array(
                    [
                        [0.0, 0.2, 0.1, 0.3, 0.4],
                        [0.1, 0.0, 0.4, -0.6, 0.4],
                        [0.4, -0.5, 0.0, 0.2, 0.1],
                        [-0.1, 0.0, 0.5, 0.0, 0.2],
                        [0.2, 0.2, -0.3, 0.1, 0.0],
                    ]
                ),
                1,
            ),
            (
                np.array([1, 1, 0, 1, 1, 1, 1, 0]),
                np.array(
                    [
                        [0.0, 0.1, 0.2, 0.3, -0.1, 0.2, 0.1, 0.3],
                        [0.2, 0.0, -0.2, 0.1, 0.4, 0.3, 0.1, 0.1],
                        [0.5, -0.3, 0.0, 0.0, -0.5, 0.2, 0.5, 0.4],
                        [0.1, 0.2, 0.7, 0.0, 0.3, 0.1, 0.2, 0.2],
                        [0.3, 0.1, 0.2, -0.4, 0.0, 0.1, 0.2, 0.1],
                        [0.1, 0.4, 0.0, 0.2, 0.1, 0.0, 0.3, 0.5],
                        [0.2, 0.1, -0.7, 0.5, 0.2, 0.4, 0.0, 0.2],
                        [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.0],
                    ]
                ),
                2,
            ),
            (np.array([0, 0, 0]), np.array([[0.0, 1, 2], [3, 0, 4], [5, 6, 0]]), 0),
            (np.array([1, 0, 1]), np.array([[0.0, 0, 2], [0, 0, 0], [5, 0, 0]]), 1),
        ],
        right="A score of item-kNN or EASE is a sum with one part for each of her"
        " films, so each film's part can be named. It takes a look-up for each film"
        " that she has, and a sort.",
        hints=(
            "np.flatnonzero(row) are the films that she has. Look up their parts in W"
            " in one step.",
            'np.argsort(..., kind="stable") leaves what is level in the order that it'
            " has. So begin with the order that the line on films that are level asks"
            " for.",
        ),
    ),
    # ---------------------------------------------------------------- baselines.2
    Family(
        "baselines.2",
        "03.G3",
        "def promise(low, high):",
        "What may be said of each model against EASE, from its intervals on several"
        " data sets?\n\n"
        "low, high: two tables, the ends of the intervals of a difference, one for"
        " each model and set. On a set a model is clearly ahead of EASE if its"
        " interval does not contain 0 and lies on the side of the model, and clearly"
        " behind if it does not contain 0 and lies on the side of EASE. (Every"
        " interval is wider than a point.) Returns (models,): 1, 0 or -1 for each"
        " model.",
        body="""
$axes
$sign
single = $ends
$missing
verdicts = [
    $rule
    for one in single
]
return np.array(verdicts)
""",
        switches={
            "rule": (
                Option(
                    "A model gets -1 if it is clearly behind on at least one set, 1 if"
                    " it is clearly ahead on every set, 0 otherwise.",
                    "one.min()",
                ),
                Option(
                    "A model gets 1 if it is clearly ahead on more sets than it is"
                    " clearly behind on, -1 if on fewer, 0 if on as many.",
                    "np.sign(one.sum())",
                ),
                Option(
                    "A model gets -1 if it is clearly behind on at least one set; if"
                    " not, 1 if it is clearly ahead on at least one set, 0 otherwise.",
                    "one.min() if one.min() < 0 else one.max()",
                ),
                Option(
                    "A model gets 1 if it is clearly ahead on more than half of the"
                    " sets, -1 if it is clearly behind on more than half, 0 otherwise.",
                    "int((one > 0).mean() > 0.5) - int((one < 0).mean() > 0.5)",
                ),
            ),
            "axes": (
                Option("The tables are (models, sets): a row for each model.", ""),
                Option(
                    "The tables are (sets, models): a row for each set.",
                    "low, high = low.T, high.T",
                ),
            ),
            "sign": (
                Option("The difference is the model minus EASE.", ""),
                Option(
                    "The difference is EASE minus the model.",
                    "low, high = -high, -low",
                ),
            ),
            "ends": (
                Option(
                    "An interval that starts or ends at 0 contains 0.",
                    "np.where(low > 0, 1, np.where(high < 0, -1, 0))",
                ),
                Option(
                    "An interval that starts or ends at 0 does not contain 0.",
                    "np.where(low >= 0, 1, np.where(high <= 0, -1, 0))",
                ),
            ),
            "missing": (
                Option(
                    "Where both ends are nan, the model is neither ahead nor behind on"
                    " that set.",
                    "",
                ),
                Option(
                    "Where both ends are nan, the model could not be run: it is"
                    " clearly behind on that set.",
                    "single[np.isnan(low)] = -1",
                ),
                Option(
                    "A model with nan at both ends on one set or more gets 0, whatever"
                    " its other intervals say.",
                    "single[np.isnan(low).any(axis=1)] = 0",
                ),
            ),
        },
        cases=[
            (
                np.array([[0.01, 0.02], [-0.05, 0.01]]),
                np.array([[0.03, 0.05], [-0.02, 0.04]]),
            ),
            (_LOW_A, _HIGH_A),
            (_LOW_B, _HIGH_B),
            (_LOW_A.T, _HIGH_A.T),
            (_LOW_B.T, _HIGH_B.T),
        ],
        right="First a verdict for each model and set, then one rule for all sets of a"
        " model. An interval that contains 0 is not a draw: nothing is known. It takes"
        " two comparisons for each interval.",
        hints=(
            "Make one table of verdicts first: 1, 0 or -1 for each model and set.",
            "A comparison with nan is False, so nan gives the verdict 0 by itself."
            " What becomes of it then says the line on nan.",
        ),
    ),
    # ---------------------------------------------------------------- baselines.4
    Family(
        "baselines.4",
        "03.G1",
        "def user_knn(X, u, k):",
        "The scores of user-kNN for one person: what do the people say who are most"
        " alike to her?\n\n"
        "X: (people, films), 1 or 0; u: the number of a row; k: how many others may"
        " vote. Of the others with a similarity above 0 the k with the largest vote."
        " Whoever has no films has the similarity 0 with everybody. Returns (films,):"
        " a score for each film.",
        body="""
n = X.sum(axis=1)
both = X @ X[u]
w = both / $alike
others = np.delete(np.arange(len(X)), u)$ties
others = others[w[others] > 0]
near = others[np.argsort(-w[others], kind="stable")[:k]]
scores = $vote
$few
$mask
return scores
""",
        switches={
            "alike": (
                Option(
                    "Two people's similarity is the number of films that both have,"
                    " divided by the root of the product of their numbers of films.",
                    "np.sqrt(np.maximum(n * n[u], 1))",
                ),
                Option(
                    "Two people's similarity is the number of films that both have,"
                    " divided by the number of films that at least one of them has.",
                    "np.maximum(n + n[u] - both, 1)",
                ),
                Option(
                    "Two people's similarity is the number of films that both have,"
                    " divided by the smaller of their numbers of films.",
                    "np.maximum(np.minimum(n, n[u]), 1)",
                ),
                Option(
                    "The similarity of u with another is the number of films that both"
                    " have, divided by the number of films of the other.",
                    "np.maximum(n, 1)",
                ),
            ),
            "ties": (
                Option(
                    "Of others with equal similarities, the one with the lower row"
                    " number is taken first.",
                    "",
                ),
                Option(
                    "Of others with equal similarities, the one with the higher row"
                    " number is taken first.",
                    "[::-1]",
                ),
            ),
            "vote": (
                Option(
                    "A film's score is the sum of the similarities of the voters who"
                    " have it.",
                    "w[near] @ X[near]",
                ),
                Option(
                    "A film's score is the number of voters who have it.",
                    "X[near].sum(axis=0).astype(float)",
                ),
                Option(
                    "A film's score is the sum of the similarities of the voters who"
                    " have it, divided by the sum of the similarities of all voters;"
                    " it is 0 if there is no voter.",
                    "w[near] @ X[near] / (w[near].sum() or 1)",
                ),
            ),
            "few": (
                Option(
                    "If fewer than k others have a similarity above 0, all of these"
                    " vote.",
                    "",
                ),
                Option(
                    "If fewer than k others have a similarity above 0, nobody votes:"
                    " each film's score is then the number of people who have it, u"
                    " among them.",
                    "if len(others) < k:\n    scores = X.sum(axis=0).astype(float)",
                ),
            ),
            "mask": (
                Option(
                    "Films that u has get minus infinity in any case.",
                    "scores[X[u] > 0] = -np.inf",
                ),
                Option("Films that u has are scored like all others.", ""),
            ),
        },
        cases=[
            (
                np.array(
                    [
                        [1.0, 1, 1, 0, 0],
                        [1, 0, 0, 1, 0],
                        [1, 1, 0, 0, 0],
                        [0, 1, 0, 0, 1],
                        [0, 0, 0, 1, 1],
                    ]
                ),
                2,
                2,
            ),
            (
                np.array(
                    [
                        [0, 1, 0, 0, 0, 1, 1, 1, 0],
                        [1, 0, 0, 0, 1, 1, 1, 1, 1],
                        [1, 0, 0, 0, 0, 0, 0, 0, 0],
                        [1, 0, 0, 0, 0, 1, 1, 1, 0],
                        [0, 0, 0, 0, 1, 1, 1, 1, 0],
                        [1, 0, 0, 1, 1, 1, 0, 1, 1],
                        [0, 0, 0, 1, 0, 0, 0, 0, 0],
                        [0, 1, 0, 0, 1, 0, 1, 0, 1],
                    ]
                ),
                3,
                3,
            ),
            (
                np.array(
                    [
                        [0, 0, 0, 0, 0, 0, 0],
                        [0, 1, 0, 0, 0, 0, 0],
                        [1, 1, 1, 1, 0, 0, 0],
                        [1, 0, 0, 1, 1, 1, 1],
                    ]
                ),
                2,
                1,
            ),
            (
                np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0]]),
                3,
                2,
            ),
            (np.array([[0.0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 0, 1]]), 1, 4),
        ],
        right="People are compared by the films that they share, and no model is"
        " trained. Comparing her with everybody takes people times films"
        " multiplications.",
        hints=(
            "X @ X[u] is how many films each person shares with u. Divide as the line"
            " on the similarity says, and mind people without films.",
            'Take u out before you sort, and sort with kind="stable". Then add up the'
            " rows of those who vote.",
        ),
    ),
    # ---------------------------------------------------------------- baselines.5
    Family(
        "baselines.5",
        "03.G3",
        "def fair_report(valid, test):",
        "Tune each model on the validation part, and report it on the test.\n\n"
        "valid, test: two tables, the score of every try of each model, in the order"
        " in which they were made; nan after the last try of a model. Every model has"
        " at least one. Returns two arrays (models,): the number of the chosen try,"
        " counted from 0 for the first try in the table, and what is reported.",
        body="""
$axes
counts = (~np.isnan(valid)).sum(axis=1, keepdims=True)
tries = np.arange(valid.shape[1])
counted = $effort
worth = np.where(counted, $better, -np.inf)
chosen = $ties
models = np.arange(len(valid))
scores = test[models, chosen]
return chosen, $report
""",
        switches={
            "effort": (
                Option(
                    "All models get as many tries as the model that has fewest: only"
                    " the first ones of each count.",
                    "tries < counts.min()",
                ),
                Option(
                    "All models get as many tries as the model that has fewest: only"
                    " the last ones of each count.",
                    "(tries < counts) & (tries >= counts - counts.min())",
                ),
                Option("Every model keeps all its tries.", "tries < counts"),
            ),
            "better": (
                Option(
                    "The try with the largest validation score is chosen.",
                    "valid",
                ),
                Option(
                    "Scores are errors: the try with the smallest validation score is"
                    " chosen.",
                    "-valid",
                ),
            ),
            "ties": (
                Option(
                    "Of equal scores, take the earlier try.",
                    "worth.argmax(axis=1)",
                ),
                Option(
                    "Of equal scores, take the later try.",
                    "worth.shape[1] - 1 - worth[:, ::-1].argmax(axis=1)",
                ),
            ),
            "report": (
                Option("Reported is the test score of the chosen try.", "scores"),
                Option(
                    "Reported is the test score of the chosen try minus that of model"
                    " 0, the first one, so model 0 gets 0.",
                    "scores - scores[0]",
                ),
                Option(
                    "Reported is how much the choice promised too much: the validation"
                    " score of the chosen try minus its test score.",
                    "valid[models, chosen] - scores",
                ),
            ),
            "axes": (
                Option("The tables are (models, tries): a row for each model.", ""),
                Option(
                    "The tables are (tries, models): a row for each try.",
                    "valid, test = valid.T, test.T",
                ),
            ),
        },
        cases=[
            (
                np.array([[0.2, 0.4, 0.3], [0.4, 0.3, 0.4], [0.1, 0.5, nan]]),
                np.array([[0.1, 0.3, 0.2], [0.5, 0.2, 0.4], [0.2, 0.6, nan]]),
            ),
            (
                np.array(
                    [
                        [0.35, 0.15, 0.15, 0.2, 0.15],
                        [0.35, 0.35, 0.25, 0.15, 0.15],
                        [0.2, 0.25, 0.3, 0.25, nan],
                        [0.15, 0.3, nan, nan, nan],
                    ]
                ),
                np.array(
                    [
                        [0.32, 0.29, 0.54, 0.35, 0.31],
                        [0.31, 0.43, 0.39, 0.18, 0.46],
                        [0.47, 0.57, 0.49, 0.24, nan],
                        [0.42, 0.4, nan, nan, nan],
                    ]
                ),
            ),
            (
                np.array([[0.3, 0.3, 0.1], [0.2, 0.1, nan]]),
                np.array([[0.4, 0.2, 0.5], [0.3, 0.1, nan]]),
            ),
        ],
        right="The choice is made on the validation part alone, so the test is still"
        " new to the try that is reported. It takes a comparison for each try that"
        " counts.",
        hints=(
            "Count the tries of each model that are not nan. Which of them count says"
            " the line on the tries.",
            "Give the tries that don't count a value that can't win, then choose in"
            " the whole table at once.",
        ),
    ),
]
