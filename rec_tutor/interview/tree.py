"""A decision tree that asks on by what was answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from rec_tutor.interview.asking import DISLIKED, LIKED, UNSEEN, answers


@dataclass
class Node:
    """A group of people who gave the same answers.

    Attributes:
        size: how many they are.
        taste: (I,), the share of them who took each item, drawn towards that of the
            node above.
        question: the item that is asked here, or -1: nothing more tells them apart.
        children: by answer (UNSEEN, DISLIKED, LIKED), where the path goes on.
    """

    size: int
    taste: np.ndarray
    question: int = -1
    children: tuple[int, ...] = ()


class Tree:
    r"""A decision tree over answers, learnt on people who are known (Golbandi et al.
    2011, doi:10.1145/1935826.1935910; here for what people took instead of ratings).

    At a node with the people S the question is the item q that makes those who answer
    alike most alike: the squared error

    $$\sum_{a} \sum_{u \in S_a} \sum_{i \ne q} (x_{ui} - \bar x_{ai})^2$$

    is smallest, with $S_a$ the people of S who answer a to q, $x_{ui} = 1$ if u took i,
    else 0, and $\bar x_{ai}$ its mean over $S_a$. The item itself is left out: that
    those who have seen q have seen q helps nobody. A child's taste is drawn towards its
    parent's, $(|S_a| \bar x_a + \lambda\, t) / (|S_a| + \lambda)$, so that a small
    group says little. Where the tree ends, `next` goes on with what the people of the
    leaf took most.

    Args:
        depth: questions at most.
        least: people below which a group is not divided any more.
        shrink: lambda, in people.
        candidates: only the so many most popular items are asked for.
    """

    def __init__(
        self,
        depth: int = 10,
        least: int = 20,
        shrink: float = 10.0,
        candidates: int = 200,
    ):
        if depth < 1 or least < 2 or not shrink >= 0 or candidates < 1:
            raise ValueError(
                "depth and candidates must be at least 1, least at least 2, shrink 0 or"
                f" more; got {depth}, {candidates}, {least} and {shrink}."
            )
        self.depth, self.least = depth, least
        self.shrink, self.candidates = shrink, candidates

    def fit(self, ratings: sparse.csr_matrix, liked: float) -> Tree:
        """Learn from a matrix of ratings (people, I); `liked` as for `answers`."""
        said = answers(ratings, liked)
        took = (said != UNSEEN).astype(np.float64)
        if not len(took):
            raise ValueError("there is nobody to learn from.")
        items = np.argsort(-took.sum(axis=0), kind="stable")[: self.candidates]
        self.nodes: list[Node] = [Node(len(took), took.mean(axis=0))]
        groups = [(0, np.arange(len(took)), 0)]  # node, its people, its depth
        for node, people, depth in groups:  # the list grows while we walk it
            here = self.nodes[node]
            if depth == self.depth or len(people) < self.least:
                continue
            here.question = _best_question(said[people], took[people], items)
            if here.question < 0:
                continue
            children = []
            for answer in (UNSEEN, DISLIKED, LIKED):
                own = people[said[people, here.question] == answer]
                total = took[own].sum(axis=0) + self.shrink * here.taste
                taste = total / max(len(own) + self.shrink, 1e-12)
                children.append(len(self.nodes))
                groups.append((len(self.nodes), own, depth + 1))
                self.nodes.append(Node(len(own), taste if len(own) else here.taste))
            here.children = tuple(children)
        return self

    def leaves(self, asked: np.ndarray, said: np.ndarray) -> np.ndarray:
        """The node that each person's answers lead to, (n,).

        Raises:
            ValueError: if somebody was asked what the tree would not have asked.
        """
        found = np.zeros(len(asked), dtype=np.int64)
        for person, (items, answered) in enumerate(zip(asked, said, strict=True)):
            node = self.nodes[0]
            for item, answer in zip(items, answered, strict=True):
                if node.question < 0:
                    break
                if item != node.question:
                    raise ValueError(
                        f"person {person} was asked for item {item}; the tree asks for"
                        f" {node.question} here."
                    )
                found[person] = node.children[answer]
                node = self.nodes[found[person]]
        return found

    def next(self, asked: np.ndarray, said: np.ndarray) -> np.ndarray:
        chosen = np.empty(len(asked), dtype=np.int64)
        for person, leaf in enumerate(self.leaves(asked, said)):
            node = self.nodes[leaf]
            left = node.taste.copy()
            left[asked[person]] = -np.inf
            chosen[person] = node.question if node.question >= 0 else left.argmax()
        return chosen

    def score(self, asked: np.ndarray, said: np.ndarray) -> np.ndarray:
        """Scores of all items, (n, I): what the people took who answered the same."""
        return np.stack([self.nodes[leaf].taste for leaf in self.leaves(asked, said)])


def _best_question(said: np.ndarray, took: np.ndarray, items: np.ndarray) -> int:
    """The item among `items` that divides these people best, or -1 if all of them say
    the same to each. The smallest squared error is the largest sum of |N_a|^2 / |S_a|,
    N_a being the counts of what was taken by those who answer a.
    """
    matrix, explained = sparse.csr_matrix(took), np.zeros(len(items))
    sizes = np.stack([(said[:, items] == answer).sum(axis=0) for answer in range(3)])
    for answer in (UNSEEN, DISLIKED, LIKED):
        those = sparse.csr_matrix((said[:, items] == answer).astype(np.float64))
        counts = (those.T @ matrix).toarray()  # (candidates, I)
        own = counts[np.arange(len(items)), items]
        squares = (counts**2).sum(axis=1) - own**2
        explained += squares / np.maximum(sizes[answer], 1)
    totals = took.sum(axis=0)
    before = ((totals**2).sum() - totals[items] ** 2) / len(took)
    gain = np.where((sizes > 0).sum(axis=0) > 1, explained - before, -np.inf)
    best = int(gain.argmax())
    return int(items[best]) if gain[best] > 1e-9 else -1
