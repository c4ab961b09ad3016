"""Ranking, intervals, paired comparisons and the scoreboard."""

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats
from sklearn.metrics import ndcg_score

from rec_tutor import evaluation
from rec_tutor.baselines import Popularity, Random
from rec_tutor.evaluation import progress
from rec_tutor.evaluation.splits import Split
from rec_tutor.inputs import interaction_matrix


class Fixed:
    """Scores that are written down."""

    def __init__(self, scores):
        self.scores = np.asarray(scores, dtype=float)

    def score(self, users, histories=None):
        return self.scores[users]


def ratings(*rows):
    return pd.DataFrame(rows, columns=["user", "item", "rating"]).assign(
        timestamp=range(len(rows))
    )


def test_top_k_by_hand():
    model = Fixed([[0.1, 0.9, 0.5, 0.7], [3, 1, 2, 0]])
    seen = sparse.csr_matrix([[0, 1, 0, 0], [0, 0, 0, 0]])
    items, scores = evaluation.top_k(model, np.array([0, 1]), seen=seen, k=2)
    assert items.tolist() == [[3, 2], [0, 2]]
    np.testing.assert_allclose(scores, [[0.7, 0.5], [3, 2]])
    assert model.scores[0, 1] == 0.9, "masking must not change the model"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 12), st.integers(1, 14), st.integers(0, 2**32 - 1))
def test_top_k_is_a_full_stable_sort(num_items, k, seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 3, size=(5, num_items)).astype(float)  # many ties
    seen = sparse.csr_matrix(rng.random((5, num_items)) < 0.3)
    items, _ = evaluation.top_k(Fixed(scores), np.arange(5), seen=seen, k=k, block=2)
    for user in range(5):
        free = [i for i in range(num_items) if not seen[user, i]]
        expected = sorted(free, key=lambda i: (-scores[user, i], i))[:k]
        assert items[user].tolist() == expected + [-1] * (k - len(expected))


def test_block_size_does_not_matter_and_users_may_come_in_any_order():
    rng = np.random.default_rng(0)
    model, users = Fixed(rng.random((9, 20))), np.array([7, 2, 8])
    whole, _ = evaluation.top_k(model, users, k=5, block=100)
    parts, _ = evaluation.top_k(model, users, k=5, block=1)
    everyone, _ = evaluation.top_k(model, np.arange(9), k=5)
    assert (whole == parts).all() and (whole == everyone[users]).all()


def test_histories_reach_the_model_by_user():
    class Last:
        def score(self, users, histories=None):
            return np.stack([np.eye(6)[history[-1]] for history in histories])

    histories = [np.array([0]), np.array([1, 2]), np.array([4, 5])]
    items, _ = evaluation.top_k(Last(), np.array([2, 1]), histories=histories, k=1)
    assert items.tolist() == [[5], [2]]


def test_what_a_model_may_not_return():
    class Wrong:
        def score(self, users, histories=None):
            return np.zeros(4)

    with pytest.raises(ValueError, match="must return"):
        evaluation.top_k(Wrong(), np.array([0, 1]))
    with pytest.raises(ValueError, match=r"NaN for user\(s\) \[1\]"):
        evaluation.top_k(Fixed([[1, 2], [np.nan, 1]]), np.array([0, 1]), k=1)
    with pytest.raises(ValueError, match="at least 1"):
        evaluation.top_k(Fixed([[1, 2]]), np.array([0]), k=0)


def test_evaluate_against_scikit_learn():
    rng = np.random.default_rng(3)
    scores = rng.random((30, 40))
    test = pd.DataFrame(
        [(u, i, 5.0) for u in range(30) for i in rng.choice(40, 6, replace=False)]
    )
    test.columns = ["user", "item", "rating"]
    test["timestamp"] = 0
    result = evaluation.evaluate(Fixed(scores), test, seen=sparse.csr_matrix((30, 40)))
    relevant = interaction_matrix(test, 30, 40).toarray()
    assert result["ndcg"].mean() == pytest.approx(
        ndcg_score(relevant, scores, k=10), abs=1e-12
    )


def test_users_with_nothing_to_find_are_nan():
    test = ratings((0, 1, 5.0), (1, 2, 2.0))
    result = evaluation.evaluate(
        Fixed(np.eye(4)[:2]), test, seen=sparse.csr_matrix((2, 4)), min_rating=4, k=2
    )
    assert list(result.index) == [0, 1]
    assert result.loc[0].notna().all() and result.loc[1].isna().all()
    # item 1 is second of two for user 0
    assert evaluation.summarise(result).loc["hit", "mean"] == 1.0


def test_fold_in_asks_for_the_rows_of_the_users():
    model = Popularity(3, 4).fit(ratings((0, 1, 5.0), (1, 1, 4.0), (2, 3, 4.0)))
    scorer = evaluation.FoldIn(model, sparse.csr_matrix((10, 4)))
    assert scorer.score(np.array([9, 4])).tolist() == [[0, 2, 0, 1]] * 2


def frame(values):
    return pd.DataFrame({"ndcg": values}, index=pd.RangeIndex(len(values), name="user"))


def runs_of(people, seeds, rng):
    """A made-up world: mostly nothing found, as with NDCG; seeds differ a little at
    every person.
    """
    found = rng.random(people) * (rng.random(people) < 0.4)
    return [frame(found + rng.normal(0, 0.05, people)) for _ in range(seeds)]


@pytest.mark.parametrize("seeds", [1, 3, 5])
def test_summary_and_comparison_are_those_of_scipy(seeds):
    rng = np.random.default_rng(seeds)
    ours, theirs = runs_of(60, seeds, rng), runs_of(60, 2, rng)
    a, b = (sum(run["ndcg"] for run in runs) / len(runs) for runs in (ours, theirs))

    summary = evaluation.summarise(ours).loc["ndcg"]
    expected = stats.ttest_1samp(a, 0).confidence_interval()
    assert list(summary) == pytest.approx([a.mean(), *expected])

    row = evaluation.compare({"A": ours, "B": theirs}, "B").loc["A"]
    test = stats.ttest_rel(a, b)
    expected = [(a - b).mean(), *test.confidence_interval(), test.pvalue]
    assert list(row.iloc[:4]) == pytest.approx(expected)


@pytest.mark.parametrize("seeds", [1, 3, 5])
def test_nineteen_of_twenty_intervals_hold_the_truth(seeds):
    """People drawn from a population, seeds fixed: 200 draws, so .95 give or take .015.
    The script 02_intervals makes 2,000 on real models.
    """
    rng = np.random.default_rng(seeds)
    ours, theirs = runs_of(2_000, seeds, rng), runs_of(2_000, seeds, rng)
    for run in ours:
        run["ndcg"] += 0.05  # the null hypothesis need not hold
    population = sum(a["ndcg"] - b["ndcg"] for a, b in zip(ours, theirs, strict=True))
    truth, held, small = population.mean() / seeds, 0, 0
    for _ in range(200):
        people = rng.integers(0, 2_000, 80)
        drawn = {
            name: [run.iloc[people].reset_index(drop=True) for run in runs]
            for name, runs in (("A", ours), ("B", theirs))
        }
        row = evaluation.compare(drawn, "B").loc["A"]
        held += row["low"] < truth < row["high"]
        # the two numbers are of one kind: they can't contradict each other
        assert (row["p"] < 0.05) == (not row["low"] < 0 < row["high"])
        small += row["p"] < 0.05
    assert 0.90 <= held / 200 <= 0.985
    assert 0 < small < 200


def test_seeds_are_averaged_and_do_not_widen_the_interval():
    values = np.random.default_rng(0).random(400)
    one = evaluation.summarise(frame(values))
    shifted = [frame(values - 0.1), frame(values), frame(values + 0.1)]
    pd.testing.assert_frame_equal(evaluation.summarise(shifted), one)


def test_where_there_is_no_telling():
    alone = evaluation.summarise(frame([0.5])).loc["ndcg"]
    assert alone["mean"] == 0.5 and alone[["low", "high"]].isna().all()
    row = evaluation.compare({"A": frame([0.5]), "B": frame([0.2])}, "B").loc["A"]
    assert row["difference"] == pytest.approx(0.3)
    assert row[["low", "high", "p"]].isna().all()
    nobody = {name: frame([np.nan, np.nan]) for name in "AB"}
    assert evaluation.compare(nobody, "B").loc["A"].isna().all()

    same = frame([0.5, 0.0, 1.0])
    row = evaluation.compare({"A": same, "B": same}, "B").loc["A"]
    assert list(row) == [0, 0, 0, 1, 1]
    row = evaluation.compare({"A": same + 0.25, "B": same}, "B").loc["A"]
    assert list(row) == [0.25, 0.25, 0.25, 0, 0]


def test_holm_by_hand():
    assert evaluation.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx(
        [0.03, 0.06, 0.06, 0.02]
    )
    assert evaluation.holm([0.9, 0.8]).max() == 1.0
    assert len(evaluation.holm([])) == 0


def test_compare_finds_nothing_where_there_is_nothing():
    rng = np.random.default_rng(1)
    base = rng.random(500)
    better, noise = base + rng.normal(0.02, 0.1, 500), rng.normal(0.0, 0.1, 500)
    equal = base + noise - noise.mean()
    table = evaluation.compare(
        {"A": frame(base), "B": frame(better), "C": frame(equal)}, "A"
    )
    assert table.loc["B", "low"] > 0 > table.loc["C", "low"]
    assert table.loc["C", "p_holm"] > 0.05
    assert (table["p_holm"] >= table["p"]).all()


def test_swapping_the_models_mirrors_the_interval():
    rng = np.random.default_rng(0)
    runs = {"A": runs_of(300, 3, rng), "B": runs_of(300, 1, rng)}
    forth = evaluation.compare(runs, "B").loc["A"]
    back = evaluation.compare(runs, "A").loc["B"]
    assert (back["low"], back["high"]) == pytest.approx((-forth["high"], -forth["low"]))
    assert back["p"] == pytest.approx(forth["p"])


def test_a_model_that_fails_leaves_the_scoreboard_as_it_was():
    train = ratings((0, 0, 5.0), (1, 1, 4.0))
    board = evaluation.Scoreboard(
        Split(train, None, ratings((0, 1, 5.0), (1, 0, 5.0))), 2, 3
    )
    board.add("fine", lambda seed: Fixed(np.eye(3)[:2]))
    with pytest.raises(ZeroDivisionError):
        board.add("broken", lambda seed: 1 / 0)
    with pytest.raises(ValueError, match="at least one"):
        board.add("no seeds", lambda seed: Fixed(np.eye(3)[:2]), seeds=())
    assert list(board.table().index) == ["fine"]


def test_sizes_must_fit():
    seen = sparse.csr_matrix((2, 5))
    with pytest.raises(ValueError, match="3 items per user, but seen has 5"):
        evaluation.top_k(Fixed(np.eye(3)), np.array([0]), seen=seen, k=1)
    for user in (-1, 2):
        with pytest.raises(ValueError, match="must be indices of rows"):
            evaluation.top_k(Fixed(np.zeros((3, 5))), np.array([user]), seen=seen, k=1)


def test_compare_refuses_what_is_not_paired():
    with pytest.raises(KeyError, match="not among the results"):
        evaluation.compare({"A": frame([1.0])}, "B")
    with pytest.raises(ValueError, match="different users"):
        evaluation.compare({"A": frame([1.0, 2.0]), "B": frame([1.0])}, "A")
    with pytest.raises(ValueError, match="different users"):
        evaluation.summarise([frame([1.0, 2.0]), frame([1.0])])
    with pytest.raises(ValueError, match="no runs"):
        evaluation.summarise([])


def test_scoreboard():
    train = ratings((0, 0, 5.0), (1, 0, 4.0), (1, 1, 3.0), (2, 1, 3.0))
    valid = ratings((0, 1, 5.0), (2, 0, 2.0))
    test = ratings((0, 2, 5.0), (1, 2, 4.0), (2, 3, 3.0))
    board = evaluation.Scoreboard(Split(train, valid, test), 3, 5, k=2)
    with pytest.raises(ValueError, match="empty"):
        board.table()
    models = board.add("Random", lambda seed: Random(3, 5, seed=seed), seeds=(0, 1, 2))
    board.add("Oracle", lambda seed: Fixed(np.eye(5)[[2, 2, 3]]))
    table = board.table()
    assert len(models) == 3
    assert list(table.index) == ["Oracle", "Random"]
    assert table.loc["Oracle", "NDCG@2"] == table.loc["Oracle", "MRR"] == 1.0
    assert table["seeds"].tolist() == [1, 3]
    assert board.seen[0, 1] == 1, "validation is masked too"
    assert list(board.compare("Oracle").index) == ["Random"]


def test_what_counts_as_liked_is_an_argument():
    parts = Split(
        ratings((0, 0, 5.0), (1, 0, 4.0)), None, ratings((0, 2, 3.0), (1, 2, 5.0))
    )
    liked = {}
    for least in (3, 4, 6):
        board = evaluation.Scoreboard(parts, 2, 5, k=2, liked=least)
        # the first user's film is found in the second place, the other's in the first
        board.add("Oracle", lambda seed: Fixed(np.eye(5)[[1, 2]] + np.eye(5)[2] / 2))
        liked[least] = board.table()["NDCG, liked"].item()
    assert liked[3] == pytest.approx((1 + 1 / np.log2(3)) / 2) and liked[4] == 1
    assert np.isnan(liked[6])


@pytest.mark.parametrize(
    ("scale", "liked"),
    [
        ((1.0, 5.0), 4.0),
        ((1.0, 10.0), 7.75),
        ((-10.0, 10.0), 5.0),
        ((0.0, 100.0), 75.0),
        ((1.0, 1.0), 1.0),
    ],
)
def test_what_counts_as_liked_follows_the_scale(scale, liked):
    """Of the ratings of all parts: the lowest is in training, the highest is not."""
    low, high = scale
    parts = Split(
        ratings((0, 0, low), (1, 0, low)),
        ratings((0, 1, high), (1, 1, low)),
        ratings((0, 2, low), (1, 2, low)),
    )
    board = evaluation.Scoreboard(parts, 2, 5, k=2)
    assert board.liked == liked
    board.add("Oracle", lambda seed: Fixed(np.eye(5)[[2, 2]]))
    share = board.runs_liked["Oracle"][0]["ndcg"].notna().mean()
    assert share == (1 if low == high else 0)
    with_fold_in = Split(parts.train, None, parts.test, parts.valid)
    assert evaluation.Scoreboard(with_fold_in, 2, 5).liked == liked


def test_a_list_with_an_item_twice_is_refused():
    test = ratings((0, 5, 5.0), (0, 7, 5.0))
    with pytest.raises(ValueError, match="item 5 stands twice in the list of row 0:"):
        evaluation.measure(np.array([[5, 5, 1]]), np.array([0]), test, num_items=10)
    some = np.array([[1, 2, 3], [3, 2, 3], [4, 4, -1]])
    with pytest.raises(ValueError, match=r"item 3 stands twice .* row 1, and 1 more"):
        evaluation.metrics.coverage(some, 10)
    padded = np.array([[5, -1, -1]])
    found = evaluation.measure(padded, np.array([0]), test, num_items=10)
    assert found["recall"].item() == 0.5


def long_rows(columns, k, kind, seed):
    """Rows with many ties, few, or none; some of them masked."""
    rng = np.random.default_rng(seed)
    scores = {
        "ties": rng.integers(0, 3, (4, columns)),
        "zeros": rng.random((4, columns)) * (rng.random((4, columns)) < 0.01),
        "none": rng.normal(size=(4, columns)),
        "masked": np.where(
            rng.random((4, columns)) < 1 - k / columns, -np.inf, rng.random(columns)
        ),
    }[kind]
    return scores


@pytest.mark.parametrize("kind", ["ties", "zeros", "none", "masked"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("columns", "k"), [(500, 1), (3001, 10), (20_480, 10)])
def test_long_rows_are_sorted_as_a_whole(columns, k, kind, dtype):
    for seed in range(5):
        scores = long_rows(columns, k, kind, seed).astype(dtype)
        expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(evaluation.largest(scores, k), expected)
        both = evaluation.largest(np.asfortranarray(scores), k)
        np.testing.assert_array_equal(both, expected)


def test_a_row_of_nothing_has_its_first_columns():
    for value in (-np.inf, 0.0):
        found = evaluation.largest(np.full((2, 1000), value), 3)
        assert found.tolist() == [[0, 1, 2]] * 2


def test_fewer_users_at_once_where_the_catalogue_is_large(monkeypatch):
    asked = []

    class Counts:
        def score(self, users, histories=None):
            asked.append(len(users))
            return np.zeros((len(users), 1000), dtype=np.float32)

    seen = sparse.csr_matrix((30, 1000))
    evaluation.top_k(Counts(), np.arange(30), seen=seen)
    monkeypatch.setattr(evaluation.ranking, "CELLS", 12_000)
    evaluation.top_k(Counts(), np.arange(30), seen=seen)
    assert asked == [30, 12, 12, 6]


class Broken:
    """A progress bar that cannot be drawn."""

    def __init__(self, *args, **kwargs):
        pass

    def update(self):
        raise BrokenPipeError

    close = update
    get_lock = classmethod(lambda cls: threading.RLock())


@pytest.mark.parametrize("made", [True, False])
def test_a_bar_that_fails_stops_nothing(monkeypatch, made):
    monkeypatch.setattr(progress, "tqdm", Broken if made else None)
    assert list(progress.steps(range(30), "x")) == list(range(30))


def test_a_bar_for_many_steps_on_a_terminal_alone(capfd, monkeypatch):
    assert list(progress.steps(range(25), "lists")) == list(range(25))
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert list(progress.steps(range(25), "lists")) == list(range(25))
    assert list(progress.steps(range(20), "few")) == list(range(20))
    out, err = capfd.readouterr()
    assert "lists" in err and "few" not in err and not out
