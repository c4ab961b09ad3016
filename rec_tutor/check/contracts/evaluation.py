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
]
