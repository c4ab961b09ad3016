"""What to ask: orders and trees by hand, against loops, and interviews that know no
more than they may.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from rec_tutor import interview
from rec_tutor.evaluation import splits
from rec_tutor.inputs import interaction_matrix
from rec_tutor.interview import Fixed, Random, Tree
from rec_tutor.interview.asking import DISLIKED, LIKED, UNSEEN

quick = settings(max_examples=40, deadline=None, derandomize=True)

# eight people (rows), four films: two who disagree, eight who disagree, eight who
# agree, four who agree
FILMS = np.array(
    [
        [5, 5, 4, 4],
        [1, 5, 4, 4],
        [0, 5, 4, 4],
        [0, 5, 4, 4],
        [0, 1, 4, 0],
        [0, 1, 4, 0],
        [0, 1, 4, 0],
        [0, 1, 4, 0],
    ]
)
# six people: three like film 0 and take 2 and 3, three have not seen it and take 4 and
# 5; all have seen film 1, and half of each three like it
TASTES = np.array(
    [
        [5, 5, 3, 3, 0, 0],
        [5, 1, 3, 3, 0, 0],
        [5, 5, 3, 3, 0, 0],
        [0, 1, 0, 0, 3, 3],
        [0, 5, 0, 0, 3, 3],
        [0, 1, 0, 0, 3, 3],
    ]
)


def rated(table):
    return sparse.csr_matrix(np.asarray(table, dtype=np.float32))


def some(seed, people=30, items=8, share=0.4):
    rng = np.random.default_rng(seed)
    seen = rng.random((people, items)) < share
    return rated(np.where(seen, rng.integers(1, 6, (people, items)), 0))


def test_three_answers():
    said = interview.answers(rated([[5, 4, 3, 0]]), liked=4)
    assert said.tolist() == [[LIKED, LIKED, DISLIKED, UNSEEN]]
    stored = sparse.csr_matrix(([0.0], ([0], [1])), shape=(1, 2))
    assert interview.answers(stored, liked=4).tolist() == [[UNSEEN, DISLIKED]]


def test_orders_by_hand():
    films = rated(FILMS)
    assert interview.popularity(films).tolist() == [2, 8, 8, 4]
    # two people who disagree are as good as eight
    assert interview.entropy(films) == pytest.approx([1, 1, 0, 0])
    assert interview.popularity_times_entropy(films) == pytest.approx([2, 8, 0, 0])
    assert interview.log_popularity_times_entropy(films) == pytest.approx([1, 3, 0, 0])
    # 1/8, 1/8, 6/8: 2 * 3/8 + 6/8 * log2(8/6)
    first = 0.75 + 0.75 * np.log2(4 / 3)
    assert interview.answer_entropy(films) == pytest.approx([first, 1, 0, 1])
    nobody = rated(np.zeros((3, 2)))
    for value in interview.ORDERS.values():
        assert value(nobody).tolist() == [0, 0]


@quick
@given(st.integers(0, 10**6))
def test_entropies_follow_the_formula(seed):
    films = some(seed)
    for item, column in enumerate(films.toarray().T):
        for values, found in (
            (column[column > 0], interview.entropy(films)[item]),
            (column, interview.answer_entropy(films)[item]),
        ):
            _, counts = np.unique(values, return_counts=True)
            shares = counts / max(counts.sum(), 1)
            assert found == pytest.approx(-(shares * np.log2(shares)).sum())


def test_fixed_asks_everybody_the_same():
    known = interview.answers(rated(FILMS), liked=4)
    asked, said = interview.ask(Fixed(interview.popularity(rated(FILMS))), known, 3)
    assert (asked == [1, 2, 3]).all()
    assert said[0].tolist() == [LIKED, LIKED, LIKED]
    assert said[7].tolist() == [DISLIKED, LIKED, UNSEEN]
    nothing = interview.ask(Fixed(np.ones(4)), known, 0)
    assert [part.shape for part in nothing] == [(8, 0), (8, 0)]


def test_random_asks_each_his_own_and_nothing_twice():
    known = np.zeros((20, 30), dtype=np.int8)
    asked, _ = interview.ask(Random(30, seed=1), known, 30)
    assert (np.sort(asked, axis=1) == np.arange(30)).all()
    assert len(np.unique(asked, axis=0)) == 20
    again, _ = interview.ask(Random(30, seed=1), known, 5)
    assert (again == asked[:, :5]).all()
    other, _ = interview.ask(Random(30, seed=2), known, 5)
    assert (other != again).any()


def test_what_an_interview_finds_out():
    asked = np.array([[3, 0], [1, 2]])
    said = np.array([[LIKED, UNSEEN], [DISLIKED, LIKED]])
    assert interview.taken(asked, said, 4).toarray().tolist() == [
        [0, 0, 0, 1],
        [0, 1, 1, 0],
    ]
    liked = interview.taken(asked, said, 4, LIKED).toarray()
    assert liked.tolist() == [[0, 0, 0, 1], [0, 0, 1, 0]]
    assert interview.taken(asked[:, :0], said[:, :0], 4).nnz == 0


def test_a_bad_interview_is_refused():
    known = np.zeros((2, 3), dtype=np.int8)
    with pytest.raises(ValueError, match="from 0 to the number of items; it is 4"):
        interview.ask(Fixed(np.ones(3)), known, 4)

    class Stubborn:
        def next(self, asked, said):
            return np.zeros(len(asked), dtype=np.int64)

    with pytest.raises(ValueError, match="question 2 was asked before"):
        interview.ask(Stubborn(), known, 2)


def test_what_is_tested_later_is_not_known_in_the_interview():
    rng = np.random.default_rng(0)
    rows = [(u, i) for u in range(20) for i in rng.permutation(30)[:15]]
    ratings = pd.DataFrame(rows, columns=["user", "item"])
    ratings["rating"] = 5.0
    ratings["timestamp"] = np.arange(len(ratings))
    split = splits.new_users(ratings, seed=1)
    people = np.unique(split.test["user"])
    before = interaction_matrix(split.fold_in, 20, 30, values="rating")[people]
    known = interview.answers(before, liked=4)
    asked, said = interview.ask(Random(30), known, 30)
    found = interview.taken(asked, said, 30).toarray() > 0
    later = interaction_matrix(split.test, 20, 30)[people].toarray() > 0
    assert later.sum() == 3 * len(people)
    assert not (found & later).any()
    assert (found == (before.toarray() > 0)).all()


# --- the tree ---


def error(said, took, item):
    """The squared error after asking for `item`, by loops."""
    total = 0.0
    for answer in (UNSEEN, DISLIKED, LIKED):
        group = np.delete(took[said[:, item] == answer], item, axis=1)
        if len(group):
            total += ((group - group.mean(axis=0)) ** 2).sum()
    rest = np.delete(took, item, axis=1)
    return ((rest - rest.mean(axis=0)) ** 2).sum() - total


@quick
@given(st.integers(0, 10**6))
def test_the_question_leaves_the_smallest_error(seed):
    films = some(seed)
    said = interview.answers(films, liked=4)
    took = (said != UNSEEN).astype(float)
    tree = Tree(depth=1, candidates=8).fit(films, liked=4)
    gains = np.array([error(said, took, item) for item in range(8)])
    assert gains[tree.nodes[0].question] == pytest.approx(gains.max())


def test_the_tree_asks_what_tells_tastes_apart():
    tree = Tree(depth=1, least=2, shrink=3).fit(rated(TASTES), liked=4)
    # popularity asks for film 1, which says nothing about the others
    assert Fixed(interview.popularity(rated(TASTES))).order[0] == 1
    # 2, 3, 4 and 5 say as much as 0; of equals the lower index
    assert tree.nodes[0].question == 0
    unseen, disliked, liked = (tree.nodes[n] for n in tree.nodes[0].children)
    assert [unseen.size, disliked.size, liked.size] == [3, 0, 3]
    # three of three, drawn by three towards the half of all: (3 + 1.5) / 6
    assert liked.taste[2:] == pytest.approx([0.75, 0.75, 0.25, 0.25])
    assert unseen.taste[2:] == pytest.approx([0.25, 0.25, 0.75, 0.75])
    # nobody answered so: as the node above
    assert disliked.taste == pytest.approx(tree.nodes[0].taste)


def test_not_having_seen_it_tells_the_tree_something():
    tree = Tree(depth=1, least=2, shrink=3).fit(rated(TASTES), liked=4)
    known = np.array([[LIKED] * 6, [UNSEEN] * 6], dtype=np.int8)
    asked, said = interview.ask(tree, known, 2)
    assert asked[:, 0].tolist() == [0, 0]
    scores = tree.score(asked, said)
    assert scores[0, 2] > scores[0, 4] and scores[1, 2] < scores[1, 4]
    # an answer that folds in nothing
    assert interview.taken(asked, said, 6)[1].nnz == 0
    # past the leaf it asks for what its people took most: film 1, all of them
    assert asked[:, 1].tolist() == [1, 1]


@quick
@given(st.integers(0, 10**6))
def test_a_tree_asks_nothing_twice_and_counts_everybody(seed):
    films = some(seed)
    tree = Tree(depth=3, least=4, shrink=2, candidates=5).fit(films, liked=4)
    known = interview.answers(some(seed + 1), liked=4)
    asked, said = interview.ask(tree, known, 8)
    assert (np.sort(asked, axis=1) == np.arange(8)).all()
    for node in tree.nodes:
        if node.question >= 0:
            assert sum(tree.nodes[n].size for n in node.children) == node.size
            assert node.size >= 4
    assert tree.score(asked, said).shape == (30, 8)
    # the tree's own people: the leaf's taste without shrinking is their mean
    plain = Tree(depth=3, least=4, shrink=0, candidates=5).fit(films, liked=4)
    own = interview.answers(films, liked=4)
    asked, said = interview.ask(plain, own, 3)
    leaves = plain.leaves(asked, said)
    for leaf in np.unique(leaves):
        mean = (own[leaves == leaf] != UNSEEN).mean(axis=0)
        assert plain.nodes[leaf].taste == pytest.approx(mean)


def test_where_all_say_the_same_the_tree_ends():
    tree = Tree(least=2).fit(rated(np.full((9, 3), 4)), liked=4)
    assert len(tree.nodes) == 1 and tree.nodes[0].question == -1
    asked, _ = interview.ask(tree, np.zeros((1, 3), dtype=np.int8), 3)
    assert sorted(asked[0]) == [0, 1, 2]


def test_a_tree_refuses_what_it_cannot_do():
    tree = Tree(depth=1, least=2).fit(rated(TASTES), liked=4)
    with pytest.raises(
        ValueError, match="person 0 was asked for item 5; the tree asks"
    ):
        tree.score(np.array([[5]]), np.array([[LIKED]]))
    with pytest.raises(ValueError, match="there is nobody to learn from"):
        Tree().fit(rated(np.zeros((0, 3))), liked=4)
    for bad in ({"depth": 0}, {"least": 1}, {"shrink": -1.0}, {"candidates": 0}):
        with pytest.raises(ValueError, match="depth and candidates"):
            Tree(**bad)
