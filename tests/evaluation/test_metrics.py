"""Metrics by hand, against trec_eval and scikit-learn, and against slow, obvious
definitions.
"""

import math
from itertools import combinations

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.spatial.distance import pdist
from sklearn import calibration
from sklearn import metrics as sk

from rec_tutor.evaluation import metrics

quick = settings(max_examples=60, deadline=None, derandomize=True)
RANKING = {
    "precision": metrics.precision,
    "recall": metrics.recall,
    "hit_rate": metrics.hit_rate,
    "mrr": metrics.mrr,
    "average_precision": metrics.average_precision,
    "ndcg": metrics.ndcg,
}


@st.composite
def recommendations(draw):
    """(top_items, test matrix): random lists without repetition, some too short, and
    what is relevant.
    """
    num_items, n_users = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    k = draw(st.integers(1, num_items))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    top = np.argsort(rng.random((n_users, num_items)), axis=1)[:, :k]
    for row in range(n_users):
        top[row, k - rng.integers(0, 2) * rng.integers(0, k + 1) :] = -1
    relevant = rng.random((n_users, num_items)) < draw(
        st.sampled_from([0.0, 0.2, 0.5, 1.0])
    )
    return top, sparse.csr_matrix(relevant.astype(np.float32))


# --- by hand ---


def test_a_list_of_five_by_hand():
    """Ranks 1, 3 and 4 are relevant; four items could have been found."""
    hits, num_relevant = np.array([[1, 0, 1, 1, 0]], dtype=bool), np.array([4])
    dcg = 1 + 1 / 2 + 1 / math.log2(5)
    ideal = 1 + 1 / math.log2(3) + 1 / 2 + 1 / math.log2(5)
    by_hand = {
        "precision": 3 / 5,
        "recall": 3 / 4,
        "hit_rate": 1.0,
        "mrr": 1.0,
        "average_precision": (1 / 1 + 2 / 3 + 3 / 4) / 4,
        "ndcg": dcg / ideal,
    }
    for name, value in by_hand.items():
        assert RANKING[name](hits, num_relevant) == pytest.approx([value], abs=1e-15)


def test_conventions_where_libraries_differ():
    hits = np.array([[True, True]])
    many = np.array([10])
    # divided by all relevant items, not by min(10, 2)
    assert metrics.recall(hits, many) == [0.2]
    assert metrics.average_precision(hits, many) == [1.0]  # divided by min(10, 2)
    assert metrics.ndcg(hits, many) == [1.0]  # the ideal list is cut at 2
    # divided by k
    assert metrics.precision(np.array([[True, False]]), np.array([1])) == [0.5]
    assert metrics.mrr(np.array([[False, False]]), np.array([1])) == [0.0]


def test_nothing_to_find_is_nan_and_nothing_found_is_zero():
    hits, num_relevant = np.zeros((2, 3), dtype=bool), np.array([0, 2])
    for metric in RANKING.values():
        values = metric(hits, num_relevant)
        assert values.dtype == np.float64
        assert np.isnan(values[0]) and values[1] == 0


def test_hits_by_hand():
    test = sparse.csr_matrix(np.array([[0, 1, 0, 1], [0, 0, 0, 0], [5, 0, 0, 1]]))
    hits, num_relevant = metrics.hits(np.array([[3, 0], [1, 2], [0, -1]]), test)
    assert hits.tolist() == [[True, False], [False, False], [True, False]]
    assert num_relevant.tolist() == [2, 0, 2]
    explicit_zero = sparse.csr_matrix(
        (np.array([0.0, 1.0]), ([0, 0], [1, 2])), shape=(1, 3)
    )
    hits, num_relevant = metrics.hits(np.array([[1, 2]]), explicit_zero)
    assert hits.tolist() == [[False, True]] and num_relevant.tolist() == [1]


def test_beyond_accuracy_by_hand():
    top = np.array([[0, 1], [0, 2]])
    assert metrics.coverage(top, 4) == 0.75
    assert metrics.novelty(top, np.array([0.5, 0.25, 0.0, 1.0])).tolist() == [
        1.5,
        1.5,
    ]  # item 2 counts as .25
    assert metrics.gini(top, 4) == pytest.approx(
        (-3 * 0 - 1 * 1 + 1 * 1 + 3 * 2) / (4 * 4)
    )
    assert metrics.gini(np.array([[0, 1], [2, 3]]), 4) == 0
    assert metrics.gini(np.array([[2], [2]]), 4) == 0.75
    genres = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]])
    assert metrics.intra_list_diversity(top, genres) == pytest.approx(
        [1 - 1 / math.sqrt(2), 1.0]
    )
    # no genre at all
    assert metrics.intra_list_diversity(np.array([[0, 3]]), genres) == pytest.approx(
        [1.0]
    )


def test_pointwise_by_hand():
    assert metrics.rmse([1, 2, 5], [1, 3, 3]) == pytest.approx(math.sqrt(5 / 3))
    assert metrics.mae([1, 2, 5], [1, 3, 3]) == pytest.approx(1.0)
    assert metrics.log_loss([1, 0], [0.5, 0.5]) == pytest.approx(math.log(2))
    assert metrics.log_loss([1], [0.0]) == pytest.approx(36.04, abs=0.01)
    curve = metrics.calibration_curve([0, 1, 1, 1], [0.1, 0.2, 0.9, 0.8], bins=2)
    assert curve["predicted"].tolist() == pytest.approx([0.15, 0.85])
    assert curve["observed"].tolist() == [0.5, 1.0]
    assert curve["count"].tolist() == [2, 2]
    assert metrics.calibration_error(
        [0, 1, 1, 1], [0.1, 0.2, 0.9, 0.8], bins=2
    ) == pytest.approx(0.25)


def test_auc_by_hand():
    scores = np.array([[3.0, 2.0, 2.0, 1.0]] * 3)
    relevant = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
    values = metrics.auc(scores, relevant)
    assert values[:2].tolist() == [0.5, 1.0]  # beats one, ties one, loses one
    assert np.isnan(values[2])
    unseen = np.array([[False, True, True, True]] * 3)
    assert metrics.auc(scores, relevant, unseen)[0] == 0.75
    # its only relevant item takes no part
    assert np.isnan(metrics.auc(scores, relevant, unseen)[1])


# --- against independent libraries, to 1e-12 ---


def test_ranking_equals_trec_eval():
    rng = np.random.default_rng(0)
    n_users, num_items, k = 200, 60, 10
    top = np.argsort(rng.random((n_users, num_items)), axis=1)[:, :k]
    relevant = rng.random((n_users, num_items)) < rng.uniform(0.01, 0.6, (n_users, 1))
    relevant[np.arange(n_users), rng.integers(num_items, size=n_users)] = True
    qrels = {
        f"u{u}": {f"i{i}": 1 for i in np.flatnonzero(relevant[u])}
        for u in range(n_users)
    }
    run = {
        f"u{u}": {f"i{i}": float(k - rank) for rank, i in enumerate(top[u])}
        for u in range(n_users)
    }
    wanted = {
        "P.10",
        "recall.10",
        "success.10",
        "recip_rank",
        "map_cut.10",
        "ndcg_cut.10",
    }
    judged = pytrec_eval.RelevanceEvaluator(qrels, wanted).evaluate(run)

    hits, num_relevant = metrics.hits(top, sparse.csr_matrix(relevant))
    ours = {name: metric(hits, num_relevant) for name, metric in RANKING.items()}
    # trec_eval divides by all relevant items.
    ours["average_precision"] = (
        ours["average_precision"] * np.minimum(num_relevant, k) / num_relevant
    )
    theirs = (
        "P_10",
        "recall_10",
        "success_10",
        "recip_rank",
        "map_cut_10",
        "ndcg_cut_10",
    )
    for name, other in zip(RANKING, theirs, strict=True):
        expected = [judged[f"u{u}"][other] for u in range(n_users)]
        np.testing.assert_allclose(
            ours[name], expected, rtol=0, atol=1e-12, err_msg=name
        )


def test_auc_and_ndcg_equal_scikit_learn():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 12, (80, 50)).astype(np.float32)  # many ties
    relevant = rng.random((80, 50)) < 0.2
    candidates = rng.random((80, 50)) < 0.8
    expected = [
        sk.roc_auc_score(relevant[u][candidates[u]], scores[u][candidates[u]])
        for u in range(len(scores))
    ]
    np.testing.assert_allclose(
        metrics.auc(scores, relevant, candidates), expected, rtol=0, atol=1e-12
    )
    np.testing.assert_array_equal(
        metrics.auc(scores, sparse.csr_matrix(relevant), candidates),
        metrics.auc(scores, relevant, candidates),
    )

    scores = rng.random((80, 50))
    hits, num_relevant = metrics.hits(
        np.argsort(-scores, axis=1)[:, :10], sparse.csr_matrix(relevant)
    )
    expected = [
        sk.ndcg_score(relevant[[u]], scores[[u]], k=10) for u in range(len(scores))
    ]
    np.testing.assert_allclose(
        metrics.ndcg(hits, num_relevant), expected, rtol=0, atol=1e-12
    )


def test_pointwise_equals_scikit_learn():
    rng = np.random.default_rng(2)
    truth, predicted = rng.integers(1, 6, 500), rng.uniform(1, 5, 500)
    assert metrics.rmse(truth, predicted) == pytest.approx(
        sk.root_mean_squared_error(truth, predicted), abs=1e-12
    )
    assert metrics.mae(truth, predicted) == pytest.approx(
        sk.mean_absolute_error(truth, predicted), abs=1e-12
    )

    probability = np.concatenate([rng.random(500), np.linspace(0, 1, 11), [0.0, 1.0]])
    clicked = (rng.random(len(probability)) < probability).astype(int)
    assert metrics.log_loss(clicked, probability) == pytest.approx(
        sk.log_loss(clicked, probability), abs=1e-12
    )
    curve = metrics.calibration_curve(clicked, probability, bins=10)
    observed, predicted = calibration.calibration_curve(clicked, probability, n_bins=10)
    np.testing.assert_allclose(curve["observed"], observed, rtol=0, atol=1e-12)
    np.testing.assert_allclose(curve["predicted"], predicted, rtol=0, atol=1e-12)


def test_diversity_equals_scipy():
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(40, 8))
    top = np.argsort(rng.random((30, 40)), axis=1)[:, :10]
    expected = [pdist(vectors[items], "cosine").mean() for items in top]
    for form in (vectors, sparse.csr_matrix(vectors)):
        np.testing.assert_allclose(
            metrics.intra_list_diversity(top, form), expected, rtol=0, atol=1e-12
        )


# --- against slow, obvious definitions ---


@quick
@given(recommendations())
def test_ranking_against_definitions(example):
    top, test = example
    hits, num_relevant = metrics.hits(top, test)
    values = {name: metric(hits, num_relevant) for name, metric in RANKING.items()}
    for user, items in enumerate(top):
        relevant = set(test[user].indices)
        assert hits[user].tolist() == [item in relevant for item in items]
        assert num_relevant[user] == len(relevant)
        if not relevant:
            assert all(np.isnan(column[user]) for column in values.values())
            continue
        k = len(items)
        ranks = [rank for rank, item in enumerate(items, start=1) if item in relevant]
        expected = {
            "precision": len(ranks) / k,
            "recall": len(ranks) / len(relevant),
            "hit_rate": float(len(ranks) > 0),
            "mrr": 1 / ranks[0] if ranks else 0.0,
            "average_precision": sum(
                found / rank for found, rank in enumerate(ranks, start=1)
            )
            / min(len(relevant), k),
            "ndcg": sum(1 / math.log2(rank + 1) for rank in ranks)
            / sum(
                1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), k) + 1)
            ),
        }
        for name, value in expected.items():
            assert values[name][user] == pytest.approx(value, abs=1e-12), name
            assert 0 <= values[name][user] <= 1 + 1e-12


@quick
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 8))
def test_auc_against_all_pairs(seed, n_users, num_items):
    rng = np.random.default_rng(seed)
    scores = rng.choice([-np.inf, -1.0, 0.0, 0.5, np.inf], size=(n_users, num_items))
    relevant, candidates = (
        rng.random((2, n_users, num_items)) < np.array([0.4, 0.7])[:, None, None]
    )
    values = metrics.auc(scores, relevant, candidates)
    for user in range(n_users):
        good, bad = (
            scores[user][candidates[user] & (relevant[user] == side)]
            for side in (True, False)
        )
        wins = [float(g > b) + 0.5 * float(g == b) for g in good for b in bad]
        assert values[user] == pytest.approx(
            np.mean(wins) if wins else np.nan, abs=1e-12, nan_ok=True
        )


@quick
@given(recommendations(), st.integers(0, 10_000))
def test_beyond_accuracy_against_definitions(example, seed):
    top, test = example
    num_items = test.shape[1]
    rng = np.random.default_rng(seed)
    popularity = rng.integers(0, 5, num_items) / 4
    popularity[rng.integers(num_items)] = 0.5
    vectors = rng.integers(-1, 2, (num_items, 3))
    recommended = [int(item) for item in top.ravel() if item >= 0]
    counts = [recommended.count(item) for item in range(num_items)]

    assert metrics.coverage(top, num_items) == pytest.approx(
        len(set(recommended)) / num_items
    )
    if recommended:
        differences = sum(abs(a - b) for a in counts for b in counts)
        expected = differences / (2 * num_items * sum(counts))
        assert metrics.gini(top, num_items) == pytest.approx(expected, abs=1e-12)
    else:
        assert np.isnan(metrics.gini(top, num_items))

    rarest = min(p for p in popularity if p > 0)
    novelty, diversity = (
        metrics.novelty(top, popularity),
        metrics.intra_list_diversity(top, vectors),
    )
    for user, items in enumerate(top):
        items = [item for item in items if item >= 0]
        bits = [-math.log2(popularity[item] or rarest) for item in items]
        assert novelty[user] == pytest.approx(
            np.mean(bits) if bits else np.nan, abs=1e-12, nan_ok=True
        )
        apart = []
        for a, b in combinations(items, 2):
            lengths = np.linalg.norm(vectors[a]) * np.linalg.norm(vectors[b])
            apart.append(1 - vectors[a] @ vectors[b] / lengths if lengths else 1.0)
        assert diversity[user] == pytest.approx(
            np.mean(apart) if apart else np.nan, abs=1e-12, nan_ok=True
        )


@quick
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=40),
    st.integers(1, 8),
)
def test_calibration_error_against_the_definition(rows, bins):
    truth, probability = (
        np.array([t for t, _ in rows], dtype=float),
        np.array([p for _, p in rows]),
    )
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for b in range(bins):
        inside = (probability <= edges[b + 1]) & ((probability > edges[b]) | (b == 0))
        if inside.any():
            error += inside.mean() * abs(
                truth[inside].mean() - probability[inside].mean()
            )
    assert metrics.calibration_error(truth, probability, bins) == pytest.approx(
        error, abs=1e-12
    )


# --- errors ---


def test_pointwise_errors():
    for metric in (
        metrics.rmse,
        metrics.mae,
        metrics.log_loss,
        metrics.calibration_error,
    ):
        for truth, predicted in (([], []), ([1, 0], [1]), ([[1]], [[1]])):
            with pytest.raises(ValueError, match="one length and not empty"):
                metric(truth, predicted)
    for metric in (metrics.log_loss, metrics.calibration_curve):
        with pytest.raises(ValueError, match="only 0 and 1"):
            metric([2], [0.5])
        for bad in (1.5, -0.1, float("nan")):
            with pytest.raises(ValueError, match="sigmoid"):
                metric([1], [bad])
    with pytest.raises(ValueError, match="bins"):
        metrics.calibration_curve([1], [0.5], bins=0)


@pytest.mark.parametrize("metric", RANKING.values())
def test_ranking_errors(metric):
    for hits, num_relevant in (
        (np.ones(3), np.ones(3)),
        (np.ones((2, 3)), [3]),
        (np.ones((2, 0)), [1, 1]),
    ):
        with pytest.raises(ValueError, match="must have the shape"):
            metric(hits, num_relevant)
    with pytest.raises(ValueError, match="twice in the list"):
        metric(np.array([[True, True]]), np.array([1]))


def test_list_errors():
    test = sparse.csr_matrix(np.eye(2, 3))
    with pytest.raises(ValueError, match="the same users"):
        metrics.hits(np.array([[0]]), test)
    with pytest.raises(ValueError, match="item 3, but the test matrix has 3"):
        metrics.hits(np.array([[3], [0]]), test)
    for top in (np.array([0, 1]), np.array([[0.0]])):
        with pytest.raises(ValueError, match="integers of shape"):
            metrics.hits(top, test)
    for call in (
        lambda top: metrics.coverage(top, 3),
        lambda top: metrics.gini(top, 3),
        lambda top: metrics.novelty(top, np.ones(3)),
        lambda top: metrics.intra_list_diversity(top, np.eye(3)),
    ):
        with pytest.raises(ValueError, match="item 3, but there are only 3"):
            call(np.array([[3]]))
    for popularity in (
        np.zeros(3),
        np.array([2.0]),
        np.array([np.nan]),
        np.ones((1, 3)),
    ):
        with pytest.raises(ValueError, match="share of users"):
            metrics.novelty(np.array([[0]]), popularity)


def test_auc_errors():
    with pytest.raises(ValueError, match="one shape"):
        metrics.auc(np.zeros((2, 3)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="one shape"):
        metrics.auc(np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="NaN"):
        metrics.auc(np.array([[np.nan, 1.0]]), np.array([[True, False]]))
