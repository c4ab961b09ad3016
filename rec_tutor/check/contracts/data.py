"""Chapter 01: places, shares and likeness of films, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    Family(
        "data.2",
        "01.G3",
        "def fame(likes):",
        "The place of each film when films are sorted by their likes.\n\n"
        "likes: (films,), how many people liked each film, 0 for some. Places are"
        " counted from 1. Returns (films,), a number for each film, in the order of"
        " the rows.",
        body="""
key = $first
$ties
$unliked
return $result
""",
        switches={
            "first": (
                Option("The film with the most likes comes first.", "-likes"),
                Option("The film with the fewest likes comes first.", "likes"),
            ),
            "ties": (
                Option(
                    "Of films with equally many likes, the one with the smaller row"
                    " number comes first: no place is given twice.",
                    'order = np.argsort(key, kind="stable")\n'
                    "place = np.argsort(order) + 1",
                ),
                Option(
                    "Of films with equally many likes, the one with the larger row"
                    " number comes first: no place is given twice.",
                    "order = np.lexsort((-np.arange(len(key)), key))  # key, then row\n"
                    "place = np.argsort(order) + 1",
                ),
                Option(
                    "Films with equally many likes all get the first of the places that"
                    " they fill; the next film gets the place behind the last of"
                    " these.",
                    "place = np.searchsorted(np.sort(key), key) + 1",
                ),
                Option(
                    "Films with equally many likes all get the last of the places that"
                    " they fill; the next film gets the place behind it.",
                    'place = np.searchsorted(np.sort(key), key, side="right")',
                ),
                Option(
                    "Films with equally many likes all get the mean of the places that"
                    " they fill; the next film gets the place behind the last of"
                    " these.",
                    "first = np.searchsorted(np.sort(key), key) + 1\n"
                    'last = np.searchsorted(np.sort(key), key, side="right")\n'
                    "place = (first + last) / 2",
                ),
                Option(
                    "Films with equally many likes all get the same place, and the next"
                    " film gets the next number: no place is left out.",
                    "place = np.searchsorted(np.unique(key), key) + 1",
                ),
            ),
            "unliked": (
                Option("Films without likes get a place as all others do.", ""),
                Option(
                    "Films without likes get 0 in the end; the others keep the places"
                    " that they have among all films.",
                    "place = np.where(likes > 0, place, 0)",
                ),
            ),
            "result": (
                Option("The numbers are returned as they are.", "place"),
                Option(
                    "Each number is divided by the number of all films in the end.",
                    "place / len(likes)",
                ),
            ),
        },
        cases=[
            (np.array([5, 9, 2, 9]),),
            (np.array([4, 0, 6, 7, 4, 0, 3, 4, 0, 6]),),
            (np.array([1, 1, 1]),),
            (np.array([0, 2, 0]),),
            (np.array([4]),),
        ],
        right="A film's place says how many films come before it, and the rule for"
        " films with equally many likes decides the rest. Sorting f films takes about"
        " f log f operations.",
        hints=(
            "First without films that have equally many likes: a film's place is one"
            " more than the number of films that come before it.",
            "np.argsort with a stable kind keeps the order of what is equal."
            " np.searchsorted says where a number stands in a sorted array, and side"
            " whether that is the first or the last place among equal ones.",
        ),
    ),
    Family(
        "data.3",
        "01.G4",
        "def smoothed(likes, ratings, m):",
        "The smoothed share of likes of each film, as in (1.5).\n\n"
        "likes: (films,), how many of a film's ratings are likes; ratings: (films,),"
        " how many ratings it has, 0 for some; m: a number above 0. All films together"
        " have at least one rating. A film's own share is likes / ratings. Its"
        " smoothed share is q times its own share and 1 - q times the middle; so a"
        " film without ratings has the middle. Returns (films,).",
        body="""
own = likes / np.maximum(ratings, 1)
middle = $middle
q = $weight
share = q * own + (1 - q) * middle
$result
$unrated
return result
""",
        switches={
            "middle": (
                Option(
                    "The middle is the share of likes among all ratings of all films.",
                    "likes.sum() / ratings.sum()",
                ),
                Option(
                    "The middle is the mean of the films' own shares, of the films that"
                    " have ratings.",
                    "own[ratings > 0].mean()",
                ),
                Option(
                    "The middle is the median of the films' own shares, of the films"
                    " that have ratings.",
                    "np.median(own[ratings > 0])",
                ),
                Option("The middle is 0.5, whatever the ratings say.", "0.5"),
            ),
            "weight": (
                Option(
                    "The weight q is ratings / (ratings + m).",
                    "ratings / (ratings + m)",
                ),
                Option(
                    "The weight q is ratings / m, but at most 1.",
                    "np.minimum(ratings / m, 1)",
                ),
                Option(
                    "The weight q is 1 for films with m ratings or more, and 0 for"
                    " others.",
                    "(ratings >= m).astype(float)",
                ),
            ),
            "result": (
                Option("The result is the smoothed share.", "result = share"),
                Option(
                    "The result is the smoothed share minus the middle.",
                    "result = share - middle",
                ),
                Option(
                    "The result is the smoothed share s minus the root of"
                    " s * (1 - s) / (ratings + m).",
                    "result = share - np.sqrt(share * (1 - share) / (ratings + m))",
                ),
            ),
            "unrated": (
                Option(
                    "A film without ratings gets what follows from its smoothed share.",
                    "",
                ),
                Option(
                    "A film without ratings gets nan.",
                    "result = np.where(ratings > 0, result, np.nan)",
                ),
            ),
        },
        cases=[
            (np.array([4, 8, 0]), np.array([4, 16, 0]), 10),
            (np.array([3, 0, 40, 7, 1]), np.array([3, 2, 50, 20, 1]), 4),
            (np.array([1, 0, 9, 2]), np.array([5, 0, 12, 3]), 5),
            (np.array([1, 2, 1]), np.array([5, 3, 1]), 0.5),
        ],
        right="The fewer ratings a film has, the nearer it lies to the middle, so a few"
        " lucky ratings do not make a first place. It takes a few operations for each"
        " film.",
        hints=(
            "Write the own shares first. A film without ratings must not divide by 0.",
            "The middle is one number for all films. Put q, an array, into"
            " q * own + (1 - q) * middle.",
        ),
    ),
    Family(
        "data.4",
        "01.G3",
        "def similarities(table):",
        "How similar all pairs of films are, by the people who liked both.\n\n"
        "table: (people, films), 1 where a person liked a film, else 0; some people"
        " liked nothing, and some films have no likes. The likes of a film are the sum"
        " of the weights of the people who liked it. Common likes of two films are the"
        " sum of the weights of the people who liked both; a film has all its likes in"
        " common with itself. Returns (films, films), where two films without common"
        " likes have 0.",
        body="""
$weight
common = table.T @ (weight[:, None] * table)
likes = weight @ table
below = $below
sim = np.divide(common, below, out=np.zeros(common.shape), where=common > 0)
$support
$diagonal
return sim
""",
        switches={
            "weight": (
                Option("Each person has the weight 1.", "weight = np.ones(len(table))"),
                Option(
                    "A person has the weight 1 / n if she liked n films.",
                    "weight = 1 / np.maximum(table.sum(axis=1), 1)",
                ),
                Option(
                    "A person has the weight 1 / log2(1 + n) if she liked n films.",
                    "weight = 1 / np.log2(1 + np.maximum(table.sum(axis=1), 1))",
                ),
            ),
            "below": (
                Option(
                    "The common likes of two films are divided by the root of the"
                    " product of their likes.",
                    "np.sqrt(np.outer(likes, likes))",
                ),
                Option(
                    "The common likes of two films are divided by the sum of the"
                    " weights of all people who liked at least one of the two.",
                    "likes[:, None] + likes - common",
                ),
                Option(
                    "The common likes of two films are divided by the likes of the"
                    " row's film.",
                    "likes[:, None]",
                ),
                Option(
                    "The common likes of two films are divided by the smaller one of"
                    " the likes of the two films.",
                    "np.minimum(likes[:, None], likes)",
                ),
                Option(
                    "The common likes of two films are divided by the larger one of"
                    " the likes of the two films.",
                    "np.maximum(likes[:, None], likes)",
                ),
            ),
            "support": (
                Option("A pair counts in full, however few people liked both.", ""),
                Option(
                    "If a single person liked both, the result is 0, whatever her"
                    " weight.",
                    "sim[table.T @ table < 2] = 0",
                ),
                Option(
                    "The result is multiplied by c / (c + 2) if c people liked both,"
                    " whatever their weights.",
                    "c = table.T @ table\nsim *= c / (c + 2)",
                ),
            ),
            "diagonal": (
                Option(
                    "The diagonal is 0, as a film says nothing about itself.",
                    "np.fill_diagonal(sim, 0)",
                ),
                Option("The diagonal follows the rules for two films.", ""),
            ),
        },
        cases=[
            (np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0]]),),
            (
                np.array(
                    [[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 1, 1], [0, 0, 0]]
                ),
            ),
            (
                np.array(
                    [
                        [1, 1, 0, 1],
                        [0, 1, 1, 1],
                        [0, 1, 0, 0],
                        [1, 1, 0, 1],
                        [1, 0, 0, 0],
                    ]
                ),
            ),
        ],
        right="Products of tables hold all sums over people, and a division makes pairs"
        " of famous films and of others comparable. It costs films times films times"
        " people operations.",
        hints=(
            "table.T @ table counts for all pairs how many people liked both. How do"
            " the weights get in?",
            "likes[:, None] and likes stand for the row's film and the column's film."
            " Divide only where there are common likes.",
        ),
    ),
    Family(
        "data.5",
        "01.G4",
        "def head_share(counts):",
        "How unequally are ratings spread over people?\n\n"
        "counts: (people,), how many ratings each one made, 0 for some, in any order;"
        " together at least one. People are taken one after the other, as few as"
        " needed: they are the group. Returns one number, from 0 to 1.",
        body="""
$cap
ordered = $ordered
reached = ordered.cumsum() $enough
size = int(reached.argmax()) + 1
$ties
return $result
""",
        switches={
            "ordered": (
                Option(
                    "The people with the most ratings are taken first.",
                    "np.sort(counts)[::-1]",
                ),
                Option(
                    "The people with the fewest ratings are taken first, those without"
                    " ratings before all others.",
                    "np.sort(counts)",
                ),
            ),
            "enough": (
                Option(
                    "People are taken until they have at least half of all ratings.",
                    ">= counts.sum() / 2",
                ),
                Option(
                    "People are taken until they have more than half of all ratings.",
                    "> counts.sum() / 2",
                ),
                Option(
                    "People are taken until they have at least three quarters of all"
                    " ratings.",
                    ">= counts.sum() * 3 / 4",
                ),
            ),
            "ties": (
                Option(
                    "Somebody who has as many ratings as the last one taken is left out"
                    " if she is not needed.",
                    "",
                ),
                Option(
                    "In the end all who have as many ratings as the last one taken are"
                    " added to the group.",
                    "size += int((ordered[size:] == ordered[size - 1]).sum())",
                ),
            ),
            "cap": (
                Option("All ratings of a person count.", ""),
                Option(
                    "Of a person at most 5 ratings count, everywhere in this contract.",
                    "counts = np.minimum(counts, 5)",
                ),
            ),
            "result": (
                Option(
                    "The result is the share of the group among all people, with and"
                    " without ratings.",
                    "size / len(counts)",
                ),
                Option(
                    "The result is the share of the group among the people with"
                    " ratings; those without ratings are left out of both numbers.",
                    "np.count_nonzero(ordered[:size]) / np.count_nonzero(ordered)",
                ),
                Option(
                    "The result is the share of all ratings that the group has.",
                    "ordered[:size].sum() / ordered.sum()",
                ),
            ),
        },
        cases=[
            (np.array([1, 5, 2, 1, 1]),),
            (np.array([4, 6, 1, 5, 3, 2]),),
            (np.array([0, 8, 0, 1, 3, 2, 0]),),
            (np.array([3, 3, 3, 3]),),
            (np.array([9, 2, 0, 3, 3, 1, 2, 0]),),
            (np.array([8, 1, 3, 3, 2, 0, 4, 3, 4, 2]),),
            (np.array([20, 2, 1, 7, 1, 6, 1, 1, 1]),),
            (np.array([9, 1, 3, 0, 7, 4, 2, 3, 6, 1]),),
        ],
        right="Sorting puts the people in the order in which they are taken, and a"
        " running sum says when the group is complete. Sorting n people takes about"
        " n log n operations.",
        hints=(
            "Sort first, then add up with cumsum. Where does the running sum reach what"
            " is asked for the first time?",
            "The place of the first True, counted from 0, is argmax of an array of True"
            " and False. The group is one larger.",
        ),
    ),
]
