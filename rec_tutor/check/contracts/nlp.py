"""Chapter 06: language, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    Family(
        "nlp.3",
        "06.G1",
        "def by_words(counts):",
        "Texts by their weighted words.\n\n"
        "counts: (texts, words), how often each word stands in each text. Each text has"
        " a word, and each word is in a text. The weight of a word in a text is its"
        " frequency there times its rarity. Returns the weights (texts, words), and how"
        " alike the texts are (texts, texts): row i, column j compares text i with text"
        " j. Below, ln is the natural logarithm.",
        body="""
$often
texts, in_texts = len(counts), (counts > 0).sum(axis=0)
weights = often * $rare
$alike
$own
return weights, alike
""",
        switches={
            "often": (
                Option(
                    "The frequency of a word in a text is its count there.",
                    "often = counts",
                ),
                Option(
                    "The frequency of a word in a text is 1 + ln(c) for a count c above"
                    " 0, and 0 for a count of 0.",
                    "often = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)),"
                    " 0)",
                ),
                Option(
                    "The frequency of a word in a text is 1 if it stands there, however"
                    " often, and 0 if it does not.",
                    "often = counts > 0",
                ),
                Option(
                    "The frequency of a word in a text is its count there, divided by"
                    " the sum of all counts of this text.",
                    "often = counts / counts.sum(axis=1, keepdims=True)",
                ),
            ),
            "rare": (
                Option(
                    "A word that stands in t of the n texts has the rarity"
                    " ln((1 + n) / (1 + t)) + 1.",
                    "(np.log((1 + texts) / (1 + in_texts)) + 1)",
                ),
                Option(
                    "A word that stands in t of the n texts has the rarity"
                    " ln(n / t) + 1.",
                    "(np.log(texts / in_texts) + 1)",
                ),
                Option(
                    "A word that stands in t of the n texts has the rarity"
                    " ln(1 + (n - t + 0.5) / (t + 0.5)).",
                    "np.log(1 + (texts - in_texts + 0.5) / (in_texts + 0.5))",
                ),
            ),
            "alike": (
                Option(
                    "Two texts are as alike as the cosine of their rows of weights"
                    " says.",
                    "rows = weights / np.linalg.norm(weights, axis=1, keepdims=True)\n"
                    "alike = rows @ rows.T",
                ),
                Option(
                    "Two texts are as alike as this quotient says: the sum over all"
                    " words of the smaller of their two weights, divided by the sum"
                    " over all words of the larger.",
                    "one, other = weights[:, None], weights[None]\n"
                    "alike = np.minimum(one, other).sum(axis=2)\n"
                    "alike = alike / np.maximum(one, other).sum(axis=2)",
                ),
                Option(
                    "Two texts are as alike as minus the sum over all words of the"
                    " squared difference of their two weights.",
                    "apart = weights[:, None] - weights[None]\n"
                    "alike = -(apart**2).sum(axis=2)",
                ),
            ),
            "own": (
                Option("A text is compared with itself by the same rule.", ""),
                Option(
                    "The number of a text with itself is -inf (minus infinity), so that"
                    " no text is its own neighbour.",
                    "np.fill_diagonal(alike, -np.inf)",
                ),
            ),
        },
        cases=[
            (np.array([[1, 1, 0], [2, 0, 0], [0, 1, 1], [0, 1, 0]]),),
            (np.array([[0, 3, 1, 1, 1], [2, 0, 1, 1, 0], [1, 1, 0, 2, 4]]),),
            (np.array([[1, 0], [3, 2], [2, 2], [1, 4], [0, 1]]),),
            (np.array([[5, 0, 1, 0], [2, 2, 0, 1]]),),
        ],
        right="What the text has of a word, times how rare the word is among all texts."
        " The weights cost texts times words operations, the comparison of all pairs"
        " texts times texts times words.",
        hints=(
            "Count the texts of each word along the first axis: (counts >"
            " 0).sum(axis=0) has an entry for each word.",
            "Look at the shapes: frequencies (texts, words) times rarities (words,)."
            " For all pairs, weights[:, None] and weights[None] stand face to face.",
        ),
    ),
    Family(
        "nlp.4",
        "06.G2",
        "def step_beside(v_c, u_o, U_n, eta):",
        "One step against the gradient of a loss, for the vectors of the words"
        " beside.\n\n"
        "v_c, u_o: (d,), of the word in the middle, which stays, and of its neighbour;"
        " U_n: (drawn, d), of the words drawn by lot; eta: the size of the step. The"
        " score of the neighbour, or of a drawn word, is the inner product of its"
        " vector and v_c. Returns the new u_o and the new U_n, both computed from the"
        " values before the step. Below, ln is the natural logarithm.",
        body="""
s, t = v_c @ u_o, U_n @ v_c
$twins
$loss
to_o, to_n = slope_o * v_c, slope_n[:, None] * v_c
$share
$limit
new_o, new_n = u_o - eta * to_o, U_n - eta * to_n
$end
return new_o, new_n
""",
        switches={
            "loss": (
                Option(
                    "The loss is (6.2): -ln(sigmoid(s)) for the score s of the"
                    " neighbour, plus -ln(sigmoid(-t)) for the score t of each drawn"
                    " word.",
                    "slope_o = 1 / (1 + np.exp(-s)) - 1\n"
                    "slope_n = 1 / (1 + np.exp(-t))",
                ),
                Option(
                    "The loss is -ln(a), where a is what the neighbour gets in the"
                    " softmax over the scores of the neighbour and the drawn words.",
                    "total = np.exp(s) + np.exp(t).sum()\n"
                    "slope_o, slope_n = np.exp(s) / total - 1, np.exp(t) / total",
                ),
                Option(
                    "The loss is the sum, over the drawn words, of max(0, 1 - s + t),"
                    " with the score s of the neighbour and t of the drawn word; the"
                    " slope of max(0, x) is 1 for x > 0, else 0.",
                    "slope_n = 1.0 * (1 - s + t > 0)\nslope_o = -slope_n.sum()",
                ),
            ),
            "twins": (
                Option(
                    "A drawn word whose vector equals u_o is treated like any other"
                    " drawn word.",
                    "",
                ),
                Option(
                    "A drawn word whose vector equals u_o is the neighbour itself: the"
                    " loss leaves it out, and its gradient is 0.",
                    "t[(U_n == u_o).all(axis=1)] = -np.inf  # adds nothing to the loss",
                ),
            ),
            "share": (
                Option("The gradient of a drawn word counts in full.", ""),
                Option(
                    "The gradient of each drawn word is divided by the number of rows"
                    " of U_n; that of the neighbour is not.",
                    "to_n = to_n / len(U_n)",
                ),
            ),
            "limit": (
                Option("A gradient may have any length.", ""),
                Option(
                    "Just before the step, the gradient of a vector that is longer than"
                    " 1 is divided by its length.",
                    "to_o = to_o / max(1, np.linalg.norm(to_o))\n"
                    "longer = np.linalg.norm(to_n, axis=1, keepdims=True)\n"
                    "to_n = to_n / np.maximum(1, longer)",
                ),
            ),
            "end": (
                Option("The vectors are returned as the step leaves them.", ""),
                Option(
                    "After the step the new u_o and all rows of the new U_n, moved or"
                    " not, are multiplied by 1 - 0.1 * eta.",
                    "new_o, new_n = (1 - 0.1 * eta) * new_o, (1 - 0.1 * eta) * new_n",
                ),
                Option(
                    "After the step the new u_o and all rows of the new U_n, moved or"
                    " not, are divided by their lengths.",
                    "new_o = new_o / np.linalg.norm(new_o)\n"
                    "new_n = new_n / np.linalg.norm(new_n, axis=1, keepdims=True)",
                ),
            ),
        },
        cases=[
            (
                np.array([3.0, 4.0]),
                np.array([0.0, -0.5]),
                np.array([[0.0, -0.5], [1.0, -0.5], [-1.0, 0.25]]),
                0.5,
            ),
            (
                np.array([0.3, -0.6, 1.2]),
                np.array([-0.4, 0.1, 0.5]),
                np.array(
                    [[0.2, 0.7, -0.1], [1.0, 0.0, 0.8], [-0.4, 0.1, 0.5], [0, 0.1, -1]]
                ),
                0.1,
            ),
            (
                np.array([0.4, -0.5, 0.2, 0.4]),
                np.array([0.4, -0.2, 0.3, 1.0]),
                np.array([[0.5, -0.5, 0.5, 0.25], [-2.0, 1.0, 0.0, 0.0]]),
                0.2,
            ),
        ],
        right="Each vector beside moves along v_c: by the slope of the loss at its"
        " score, and against it. A step costs d multiplications for each word that was"
        " drawn, however many words there are.",
        hints=(
            "Each vector meets v_c in its own score only. So its gradient is v_c times"
            " one number: the slope of the loss by that score.",
            "Compute the slopes first, a number for the neighbour and (drawn,) for the"
            " others. slopes[:, None] * v_c is (drawn, d).",
        ),
    ),
    Family(
        "nlp.5",
        "06.G3",
        "def attend(words, table, scores):",
        "Read texts with attention, once the score of each word is known.\n\n"
        "words: (texts, places), the numbers of the words; 0 where a place is filled"
        " up, anywhere. table: (numbers, d), the vector of each number; scores:"
        " (numbers,), the score of each number. Both have an entry for 0 as well. If a"
        " text has places that count, their weights add up to 1, and its other places"
        " have the weight 0. Returns alpha (texts, places), the weights, and h (texts,"
        " d): for each text the sum of the vectors at its places, each times its"
        " weight.",
        body="""
$counts
e = $place
$pull
alpha = pull / pull.sum(axis=1, keepdims=True)
$nothing
return alpha, (alpha[..., None] * table[words]).sum(axis=1)
""",
        switches={
            "counts": (
                Option(
                    "A place counts if it holds a word: any number but 0.",
                    "counts = words > 0",
                ),
                Option(
                    "A place counts if it holds a word that is known: any number but 0"
                    " and 1, for 1 stands for all unknown words.",
                    "counts = words > 1",
                ),
                Option(
                    "A place counts if it holds a word, any number but 0, that does not"
                    " stand farther left in the same text.",
                    "again = np.tril(words[:, :, None] == words[:, None], -1)\n"
                    "counts = (words > 0) & ~again.any(axis=2)",
                ),
            ),
            "place": (
                Option("The e of a place is the score of its word.", "scores[words]"),
                Option(
                    "The e of a place is the score of its word plus 0.5 times the"
                    " place's number, counted from 0 at the left over all places.",
                    "scores[words] + 0.5 * np.arange(words.shape[1])",
                ),
            ),
            "pull": (
                Option(
                    "The weights of the places that count are in proportion to exp(e).",
                    "pull = np.exp(e) * counts",
                ),
                Option(
                    "The weights of the places that count are in proportion to the"
                    " sigmoid of e.",
                    "pull = counts / (1 + np.exp(-e))",
                ),
                Option(
                    "Of the places that count, the one with the highest e has the"
                    " weight 1; if several have exactly the highest e, they share it"
                    " equally.",
                    "best = np.where(counts, e, -np.inf).max(axis=1, keepdims=True)\n"
                    "pull = 1.0 * (counts & (e == best))",
                ),
            ),
            "nothing": (
                Option(
                    "If no place of a text counts, its weights and its h are nan.", ""
                ),
                Option(
                    "If no place of a text counts, its weights and its h are 0.",
                    "alpha[~counts.any(axis=1)] = 0",
                ),
                Option(
                    "If no place of a text counts, all its places have the same weight,"
                    " and these add up to 1.",
                    "alpha[~counts.any(axis=1)] = 1 / words.shape[1]",
                ),
            ),
        },
        cases=[
            (
                np.array([[2, 1, 3, 1], [0, 0, 4, 1], [0, 0, 0, 0]]),
                np.array([[3, 4], [1, 0], [0, 1], [2, 2], [1, 3]]),
                np.log([4, 1, 2, 2, 3]),
            ),
            (
                np.array([[0, 5, 2], [1, 4, 4], [1, 0, 1], [2, 4, 0]]),
                np.array([[2, 1], [0.5, -1], [1, 3], [-2, 0], [0.1, 0.7], [4, -3]]),
                np.array([-0.5, 0.25, 0.5, 0.4, -0.75, 1.0]),
            ),
            (
                np.array([[0, 0], [1, 2]]),
                np.array([[1.0, -2], [0.5, 0.5], [2, 0]]),
                np.array([0.7, 0.1, -0.3]),
            ),
        ],
        right="What does not count gets no weight, and takes none from the others,"
        " whatever its score is. It costs texts times places times d multiplications.",
        hints=(
            "scores[words] and table[words] look up all places at once: (texts, places)"
            " and (texts, places, d).",
            "Make a table of True and False first: which places count? Let nothing but"
            " these into a sum or a maximum. Then look at a text that has none.",
        ),
    ),
]
