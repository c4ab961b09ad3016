"""Chapter 02: metrics and intervals, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    Family(
        "evaluation.3",
        "02.G1",
        "def ndcg(hits, relevant, k):",
        "A list's worth at k, from 0 to 1: what its hits are worth, divided by what the"
        " best list is worth.\n\n"
        "hits: (length,), 1 where the list has a hit and 0 elsewhere, the first rank"
        " first. The list may be longer than k, or shorter. relevant: how many items"
        " could have been found, in the list or not. Returns one number.",
        body="""
$nothing
ranks = np.arange(1, k + 1)
worth = $worth
$short
hits = hits[:k]
return (hits * worth[: len(hits)]).sum() / worth[:$best].sum()
""",
        switches={
            "worth": (
                Option(
                    "A hit at rank r is worth 1 / log2(r + 1).",
                    "1 / np.log2(ranks + 1)",
                ),
                Option("A hit at rank r is worth 1 / r.", "1 / ranks"),
                Option(
                    "A hit at rank r is worth 0.8 ** (r - 1).", "0.8 ** (ranks - 1)"
                ),
                Option(
                    "A hit at rank r is worth k + 1 - r.",
                    "(k + 1 - ranks).astype(float)",
                ),
            ),
            "best": (
                Option(
                    "The best list has min(relevant, k) hits, one behind the other from"
                    " rank 1.",
                    "relevant",
                ),
                Option(
                    "The best list has a hit at each of the k ranks, however few items"
                    " are relevant.",
                    "k",
                ),
                Option(
                    "The best list has as many hits among its first k as this list, one"
                    " behind the other from rank 1, but at least one.",
                    "max(1, int(hits.sum()))",
                ),
            ),
            "nothing": (
                Option(
                    "If nothing is relevant, the result is nan.",
                    "if relevant == 0:\n    return np.nan",
                ),
                Option(
                    "If nothing is relevant, the result is 0.",
                    "if relevant == 0:\n    return 0.0",
                ),
                Option(
                    "If nothing is relevant, the result is 1.",
                    "if relevant == 0:\n    return 1.0",
                ),
            ),
            "short": (
                Option(
                    "A list that is shorter than k has no hits at the ranks that it"
                    " lacks.",
                    "",
                ),
                Option(
                    "A list that is shorter than k gives -1: it is not finished.",
                    "if len(hits) < k:\n    return -1.0",
                ),
            ),
        },
        cases=[
            (np.array([0, 1, 0, 1, 1, 0]), 5, 4),
            (np.array([1, 0, 1]), 4, 5),
            (np.array([0, 0, 0, 0]), 0, 3),
            (np.array([0, 0, 0, 1, 1]), 3, 3),
            (np.array([1, 0, 0, 1, 0, 1]), 2, 6),
        ],
        right="The same k ranks decide about the list and about the best list, so the"
        " result is comparable between people. It costs k multiplications.",
        hints=(
            "Make an array of the worths of the ranks 1 to k first.",
            "The numerator needs hits[:k], and as many worths. Then read the line on"
            " the best list once more.",
        ),
    ),
    Family(
        "evaluation.4",
        "02.G1",
        "def recalls(scores, train, test, k):",
        "How much each person finds in a list of k films from the catalogue, and a"
        " summary.\n\n"
        "scores: (people, films). train, test: (people, films) of 0 and 1, which films"
        " each person already has, and which are to be found; no film is both. A"
        " person's list has the k films with the highest scores among those that may"
        " be recommended to her, or all of them if they are fewer than k. A hit is a"
        " film of the list that she is to find. Returns (people,), a result for each"
        " person, and the summary, one number.",
        body="""
allowed = $allowed
masked = np.where(allowed, scores, -np.inf)
$ties
hits = np.take_along_axis(test * allowed, best, axis=1).sum(axis=1)
result = hits / $below
$nothing
known = result[~np.isnan(result)]
return result, $summary if len(known) else np.nan
""",
        switches={
            "allowed": (
                Option(
                    "All films may be recommended to her but those of her own train.",
                    "train == 0",
                ),
                Option(
                    "All films may be recommended to her, also those of her own train.",
                    "np.full(train.shape, True)",
                ),
                Option(
                    "Only films that somebody has in train may be recommended to her,"
                    " but not those of her own train.",
                    "(train == 0) & (train.sum(axis=0) > 0)",
                ),
            ),
            "ties": (
                Option(
                    "Of films with equal scores the one with the lower number comes"
                    " first.",
                    'best = np.argsort(-masked, axis=1, kind="stable")[:, :k]',
                ),
                Option(
                    "Of films with equal scores the one with the higher number comes"
                    " first.",
                    'best = np.argsort(masked, axis=1, kind="stable")[:, ::-1][:, :k]',
                ),
            ),
            "below": (
                Option(
                    "Her result is the number of hits, divided by how many films she is"
                    " to find.",
                    "np.maximum(test.sum(axis=1), 1)",
                ),
                Option(
                    "Her result is the number of hits, divided by how many films she is"
                    " to find, or by k if k is smaller.",
                    "np.clip(test.sum(axis=1), 1, k)",
                ),
                Option(
                    "Her result is the number of hits, divided by k, however long the"
                    " list is.",
                    "k",
                ),
            ),
            "nothing": (
                Option(
                    "Who has nothing to find gets nan and is left out of the summary,"
                    " which is nan if nobody remains.",
                    "result[test.sum(axis=1) == 0] = np.nan",
                ),
                Option("Who has nothing to find gets 0, which enters the summary.", ""),
            ),
            "summary": (
                Option(
                    "The summary is the mean of the results, over people.",
                    "known.mean()",
                ),
                Option(
                    "The summary is the median of the results, over people.",
                    "np.median(known)",
                ),
            ),
        },
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
                np.array([[0.2, 0.1, 0.3], [0.5, 0.4, 0.1]]),
                np.array([[0, 1, 0], [1, 0, 1]]),
                np.array([[0, 0, 0], [0, 0, 0]]),
                1,
            ),
            (
                np.array([[3.0, 1, 2, 5, 4], [1.0, 2, 2, 2, 0], [0.5, 0.5, 4, 0.5, 3]]),
                np.array([[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]),
                np.array([[0, 0, 1, 1, 0], [0, 1, 0, 0, 0], [1, 0, 1, 0, 0]]),
                6,
            ),
            (
                np.array(
                    [
                        [1.0, 1, 0, 1, 0],
                        [2.0, 2, 2, 1, 1],
                        [0.0, 3, 3, 0, 1],
                        [5.0, 6, 4.5, 4, 1],
                        [0.0, 0, 1, 2, 1],
                        [3.0, 1, 2, 2, 1],
                    ]
                ),
                np.array(
                    [
                        [0, 0, 0, 0, 1],
                        [0, 0, 1, 0, 0],
                        [1, 0, 0, 1, 0],
                        [0, 1, 0, 0, 0],
                        [1, 0, 0, 1, 0],
                        [0, 1, 0, 0, 0],
                    ]
                ),
                np.array(
                    [
                        [1, 0, 0, 0, 0],
                        [0, 1, 0, 1, 0],
                        [0, 0, 1, 0, 0],
                        [1, 0, 1, 0, 1],
                        [0, 1, 0, 0, 1],
                        [0, 0, 0, 0, 0],
                    ]
                ),
                1,
            ),
        ],
        right="The whole catalogue is ranked for each person, and only then are hits"
        " counted. Sorting f films for each person costs most: about f log f operations"
        " each.",
        hints=(
            "Give films that may not be recommended the score -inf. They must never"
            " be hits, not even in a short list.",
            "np.argsort with a stable kind keeps the order of what is equal. Sort"
            " -scores, or sort scores and turn round: which of two equal films is first"
            " in each case?",
        ),
    ),
    Family(
        "evaluation.5",
        "02.G4",
        "def clear_share(a, b, draws):",
        "In what share of the draws is the difference of two models clear?\n\n"
        "a, b: (people,), NDCG of two models: the same people in the same order."
        " draws: (draws, n), each row the indices, counted from 0, of the n people of"
        " a draw, all different, and 1 < n < people. A draw has a mean difference, and"
        " an interval around it: low = mean - 1.96 * error, high = mean + 1.96 *"
        " error. Returns low (draws,), high (draws,) and the share of the draws that"
        " are clear.",
        body="""
$models
n = draws.shape[1]
mean = (one - other).mean(axis=1)
ddof = $ddof
variance = $variance
error = np.sqrt(variance / n)
$finite
low, high = mean - 1.96 * error, mean + 1.96 * error
clear = $clear
return low, high, clear.mean()
""",
        switches={
            "models": (
                Option(
                    "The mean difference is the mean of a minus the mean of b, over the"
                    " people of the draw.",
                    "one, other = a[draws], b[draws]",
                ),
                Option(
                    "The mean difference is the mean of b minus the mean of a, over the"
                    " people of the draw.",
                    "one, other = b[draws], a[draws]",
                ),
            ),
            "variance": (
                Option(
                    "The error is the root of v / n, where v is the variance of the"
                    " people's differences.",
                    "(one - other).var(axis=1, ddof=ddof)",
                ),
                Option(
                    "The error is the root of v / n, where v is the variance of a plus"
                    " that of b, as if two groups of people had been asked.",
                    "one.var(axis=1, ddof=ddof) + other.var(axis=1, ddof=ddof)",
                ),
            ),
            "ddof": (
                Option("A variance has n - 1 below.", "1"),
                Option("A variance has n below.", "0"),
            ),
            "finite": (
                Option(
                    "The error does not depend on how many people there are in all.", ""
                ),
                Option(
                    "The error is multiplied by the root of 1 - n / people: a draw that"
                    " takes nearly all people is nearly sure.",
                    "error *= np.sqrt(1 - n / len(a))",
                ),
            ),
            "clear": (
                Option(
                    "A draw is clear if its interval leaves out zero; one that ends at"
                    " zero is not clear.",
                    "(low > 0) | (high < 0)",
                ),
                Option(
                    "A draw is clear if its interval leaves out zero, or ends at zero.",
                    "(low >= 0) | (high <= 0)",
                ),
                Option(
                    "A draw is clear if its whole interval lies above zero; one that"
                    " ends at zero is not clear.",
                    "low > 0",
                ),
            ),
        },
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
                np.array([0.5, 0.5, 1.0, 0.25, 0.25]),
                np.array([0.5, 0.5, 0.25, 1.0, 1.0]),
                np.array([[0, 1], [2, 3], [4, 3]]),
            ),
            (
                np.array([0.5, 0.4, 0.3]),
                np.array([0.4, 0.6, 0.1]),
                np.array([[1, 0]]),
            ),
        ],
        right="The interval says how far the mean of a few people may lie from that of"
        " all, and a clear draw is one that decides. All draws are computed at once, in"
        " a few operations for each person of a draw.",
        hints=(
            "a[draws] has a row for each draw. All means and variances go along its"
            " rows, axis=1.",
            "NumPy's var has n below, and with ddof=1 it has n - 1. Compare low and"
            " high with 0 at the very end.",
        ),
    ),
]
