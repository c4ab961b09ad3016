"""Questions, answers, and who asks."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy import sparse

UNSEEN = 0
DISLIKED = 1
LIKED = 2


def answers(ratings: sparse.csr_matrix, liked: float) -> np.ndarray:
    """What people say about each item: int8 (n, I), LIKED for a rating of `liked` or
    more, DISLIKED for a lower one, UNSEEN where none is stored.
    """
    rows = sparse.csr_matrix(ratings)
    said = np.full(rows.shape, UNSEEN, dtype=np.int8)
    people = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    said[people, rows.indices] = np.where(rows.data >= liked, LIKED, DISLIKED)
    return said


class Asker(Protocol):
    """What `ask` needs."""

    def next(self, asked: np.ndarray, said: np.ndarray) -> np.ndarray:
        """The next question for each of n people, (n,): an item that was not asked yet.

        Args:
            asked: (n, t), what each was asked so far, first question first.
            said: (n, t), what each said.
        """


class Fixed:
    """Asks everybody for the items with the largest values, largest first; ties by the
    lower index.
    """

    def __init__(self, values: np.ndarray):
        self.order = np.argsort(-np.asarray(values), kind="stable")

    def next(self, asked: np.ndarray, said: np.ndarray) -> np.ndarray:
        return np.full(len(asked), self.order[asked.shape[1]])


class Random:
    """Asks every person for items at random, in an order of his or her own."""

    def __init__(self, num_items: int, seed: int = 0):
        self.num_items, self.seed = num_items, seed

    def next(self, asked: np.ndarray, said: np.ndarray) -> np.ndarray:
        place = asked.shape[1]
        orders = (
            np.random.default_rng([self.seed, person]).permutation(self.num_items)
            for person in range(len(asked))
        )
        return np.array([order[place] for order in orders], dtype=np.int64)


def ask(asker: Asker, known: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Interview n people, k questions each.

    Args:
        known: (n, I), what each would say to each item, as `answers` returns it. For
            people who are tested later, from what they took *before* the test: an item
            of the test is one that they have not seen yet.

    Returns:
        asked (n, k), items in the order of the questions, and said (n, k).

    Raises:
        ValueError: for more questions than items, or an asker that asks twice.
    """
    people, num_items = known.shape
    if not 0 <= k <= num_items:
        raise ValueError(f"k must be from 0 to the number of items; it is {k}.")
    asked = np.zeros((people, k), dtype=np.int64)
    said = np.zeros((people, k), dtype=np.int64)
    for place in range(k):
        items = asker.next(asked[:, :place], said[:, :place])
        if (asked[:, :place] == items[:, None]).any():
            raise ValueError(
                f"question {place + 1} was asked before: an asker must look at what was"
                " asked."
            )
        asked[:, place], said[:, place] = items, known[np.arange(people), items]
    return asked, said


def taken(
    asked: np.ndarray, said: np.ndarray, num_items: int, *answer: int
) -> sparse.csr_matrix:
    """What an interview has found out, as rows for `score_new`: float32 (n, num_items),
    1 for the items with one of these answers; without any, LIKED or DISLIKED.
    """
    hit = np.isin(said, answer or (DISLIKED, LIKED))
    people = np.broadcast_to(np.arange(len(asked))[:, None], asked.shape)
    cells = (np.ones(hit.sum(), dtype=np.float32), (people[hit], asked[hit]))
    return sparse.csr_matrix(cells, shape=(len(asked), num_items))
