"""The three rules: by hand, against slow loops that read like the formulas, at the
edges.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rec_tutor import data, evaluation
from rec_tutor.baselines import (
    DecayedRules,
    ItemKNN,
    MarkovChain,
    Popularity,
    SequentialRules,
)
from rec_tutor.baselines.rules import followers
from rec_tutor.evaluation import splits
from rec_tutor.inputs import interaction_matrix, sequences

Table = Callable[..., pd.DataFrame]
RULES = {
    "MarkovChain": MarkovChain,
    "SequentialRules": SequentialRules,
    "DecayedRules": DecayedRules,
}
ITEMS = 6
# histories of up to six items, which may come again
HISTORIES = st.lists(
    st.lists(st.integers(0, ITEMS - 1), max_size=6), min_size=1, max_size=5
)


def ratings_of(histories: list[list[int]]) -> pd.DataFrame:
    """One row per step of each history, in order."""
    rows = [(user, item) for user, own in enumerate(histories) for item in own]
    frame = pd.DataFrame(rows, columns=["user", "item"]).astype(np.int64)
    return frame.assign(rating=1.0, timestamp=np.arange(len(frame)))


# --- by hand: A B C, A C, C A A ---

WALKS = [[0, 1, 2], [0, 2], [2, 0, 0]]


def test_followers_by_hand() -> None:
    walks = [np.array(walk) for walk in WALKS]
    direct = [[1, 1, 1], [0, 0, 1], [1, 0, 0]]
    np.testing.assert_array_equal(followers(walks, 3, steps=1).toarray(), direct)
    # at distance 2: C after A in the first, A after C in the third
    further = [[1, 1, 1.5], [0, 0, 1], [1.5, 0, 0]]
    np.testing.assert_array_equal(followers(walks, 3, steps=2).toarray(), further)
    np.testing.assert_array_equal(followers(walks, 3, steps=99).toarray(), further)
    np.testing.assert_array_equal(followers([], 3, steps=2).toarray(), np.zeros((3, 3)))


def test_markov_chain_by_hand() -> None:
    model = MarkovChain(3, 3).fit(ratings_of(WALKS))
    # after A came A, B and C, once each; after B came C, after C came A
    np.testing.assert_allclose(
        model.transition.toarray(), [[1 / 3, 1 / 3, 1 / 3], [0, 0, 1], [1, 0, 0]]
    )
    # users 0 and 1 ended with C, user 2 with A
    np.testing.assert_allclose(
        model.score(np.arange(3)), [[1, 0, 0], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
    )
    # whatever came before the last item
    np.testing.assert_array_equal(
        model.score([0], [np.array([2, 0, 1])]), model.score([0], [np.array([1])])
    )


def test_sequential_rules_by_hand() -> None:
    model = SequentialRules(3, 3).fit(ratings_of(WALKS))
    # places from the second on: A at 2 and 3, B at 2, C at 3 and 2
    np.testing.assert_allclose(
        model.transition.toarray(),
        [[1 / 5, 1 / 5, 1.5 / 5], [0, 0, 1 / 2], [1.5 / 5, 0, 0]],
    )
    np.testing.assert_allclose(model.score([2]), [[1 / 5, 1 / 5, 1.5 / 5]])
    np.testing.assert_array_equal(
        model.score([0], [np.array([2, 0, 1])]), model.score([0], [np.array([1])])
    )


def test_decayed_rules_by_hand() -> None:
    # A occurs 4 times, B once, C 3 times
    model = DecayedRules(3, 3, window=2, decay=0.5, shrink=1).fit(ratings_of(WALKS))
    expected = np.array([[1 / 5, 1 / 5, 1.5 / 5], [0, 0, 1 / 2], [1.5 / 4, 0, 0]])
    np.testing.assert_allclose(model.transition.toarray(), expected)
    # the latest item counts fully, the one before half, the one before that not at all
    np.testing.assert_allclose(
        model.score([0], [np.array([2, 0, 1])])[0], expected[1] + 0.5 * expected[0]
    )
    # its training history A C
    np.testing.assert_allclose(model.score([1])[0], expected[2] + 0.5 * expected[0])


# --- against the formulas, literally ---


def literal_chain(histories: list[list[int]], last: int) -> np.ndarray:
    scores, successors = np.zeros(ITEMS), 0
    for p in histories:
        for x in range(len(p) - 1):
            if p[x] == last:
                successors += 1
                scores[p[x + 1]] += 1
    return scores / successors if successors else scores


def literal_rules(histories: list[list[int]], last: int, steps: int) -> np.ndarray:
    scores, bottom = np.zeros(ITEMS), 0
    for p in histories:
        for x in range(2, len(p) + 1):  # places count from 1
            bottom += x * (p[x - 1] == last)
            for y in range(1, x):
                if p[y - 1] == last and x - y <= steps:
                    scores[p[x - 1]] += 1 / (x - y)
    return scores / bottom if bottom else scores


def literal_decayed(
    histories: list[list[int]],
    own: list[int],
    window: int,
    decay: float,
    shrink: float,
) -> np.ndarray:
    scores = np.zeros(ITEMS)
    for back, item in enumerate(own[::-1][:window]):
        occurs = sum(p.count(item) for p in histories)
        for p in histories:
            for a in range(len(p)):
                for b in range(a + 1, min(a + window, len(p) - 1) + 1):
                    if p[a] == item:
                        weight = decay**back / (b - a) / (occurs + shrink)
                        scores[p[b]] += weight
    return scores


@given(HISTORIES)
def test_markov_chain_is_its_formula(histories: list[list[int]]) -> None:
    model = MarkovChain(len(histories), ITEMS).fit(ratings_of(histories))
    asked = [np.array([item]) for item in range(ITEMS)]
    expected = [literal_chain(histories, item) for item in range(ITEMS)]
    np.testing.assert_allclose(model.score(range(ITEMS), asked), expected, atol=1e-12)
    # chances, or nothing where the item never had a successor
    assert np.isin(model.transition.sum(axis=1).round(9), (0, 1)).all()


@given(HISTORIES, st.integers(1, 7))
def test_sequential_rules_are_their_formula(
    histories: list[list[int]], steps: int
) -> None:
    model = SequentialRules(len(histories), ITEMS, steps).fit(ratings_of(histories))
    asked = [np.array([item]) for item in range(ITEMS)]
    expected = [literal_rules(histories, item, steps) for item in range(ITEMS)]
    np.testing.assert_allclose(model.score(range(ITEMS), asked), expected, atol=1e-12)


@given(
    HISTORIES,
    st.lists(st.integers(0, ITEMS - 1), max_size=6),
    st.integers(1, 6),
    st.sampled_from([0.3, 1.0]),
    st.sampled_from([0.5, 20.0]),
)
def test_decayed_rules_are_their_formula(
    histories: list[list[int]],
    own: list[int],
    window: int,
    decay: float,
    shrink: float,
) -> None:
    model = DecayedRules(len(histories), ITEMS, window, decay, shrink)
    scores = model.fit(ratings_of(histories)).score([0], [np.array(own, np.int64)])[0]
    expected = literal_decayed(histories, own, window, decay, shrink)
    np.testing.assert_allclose(scores, expected, atol=1e-12)


@given(HISTORIES)
def test_one_step_or_one_item_ranks_like_the_chain(histories: list[list[int]]) -> None:
    """Each row of the chain, times a number of its own."""
    size, frame = (len(histories), ITEMS), ratings_of(histories)
    chain = MarkovChain(*size).fit(frame).transition.toarray()
    for other in (SequentialRules(*size, steps=1), DecayedRules(*size, window=1)):
        found = other.fit(frame).transition.toarray()
        total = found.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found, chain * total, atol=1e-12)
        assert ((total > 0) == (chain.sum(axis=1, keepdims=True) > 0)).all()


# --- edges ---


@pytest.mark.parametrize("name", RULES)
def test_edges_score_zero(name: str) -> None:
    """No history, a history that never went on, an item that nobody had."""
    model = RULES[name](3, 4).fit(ratings_of([[0, 1], [2], []]))
    np.testing.assert_array_equal(model.score([1, 2]), np.zeros((2, 4)))
    asked = [np.array([], np.int64), np.array([1]), np.array([3])]
    np.testing.assert_array_equal(model.score([0, 0, 0], asked), np.zeros((3, 4)))
    scores = model.score([0], [np.array([0])])[0]
    assert scores[1] > 0 == scores[0] == scores[2] == scores[3]


@pytest.mark.parametrize("name", RULES)
def test_no_ratings_at_all(name: str) -> None:
    model = RULES[name](2, 3).fit(ratings_of([[], []]))
    np.testing.assert_array_equal(model.score([0, 1]), np.zeros((2, 3)))


@pytest.mark.parametrize("name", RULES)
def test_an_item_outside_the_catalogue_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        RULES[name](2, 3).fit(ratings_of([[0, 3]]))
    with pytest.raises(IndexError):
        RULES[name](2, 3).fit(ratings_of([[0, 1]])).score([0], [np.array([3])])


# --- planted structure ---


def test_planted_order_is_found(planted: data.Dataset) -> None:
    """The synthetic users walk through a circle of items, mostly: rules find it, and
    those that ask the last few items beat what ignores order.
    """
    size = planted.num_users, planted.num_items
    split = splits.leave_last_out(planted.ratings)
    seen, histories = (
        interaction_matrix(split.refit, *size),
        sequences.histories(split.refit, size[0]),
    )
    models = {name: rule(*size) for name, rule in RULES.items()}
    models |= {"ItemKNN": ItemKNN(*size, k=20), "Popularity": Popularity(*size)}
    ndcg = {}
    for name, model in models.items():
        model.fit(split.refit)
        per_user = evaluation.evaluate(
            model, split.test, seen=seen, histories=histories
        )
        ndcg[name] = per_user["ndcg"].mean()
    for name in RULES:
        assert ndcg[name] > ndcg["Popularity"] + 0.1
    assert ndcg["DecayedRules"] > ndcg["ItemKNN"] + 0.05
    assert ndcg["ItemKNN"] > ndcg["Popularity"] + 0.1


@pytest.mark.parametrize("name", RULES)
def test_the_next_item_of_a_cycle(name: str) -> None:
    walks = [[(start + step) % 9 for step in range(6)] for start in range(9)]
    model = RULES[name](9, 9).fit(ratings_of(walks))
    users = np.arange(9)
    top, _ = evaluation.top_k(
        model, users, k=1, histories=[np.array(walk) for walk in walks]
    )
    np.testing.assert_array_equal(top[:, 0], (users + 6) % 9)
