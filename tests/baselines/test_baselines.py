"""The baselines, each held against numbers worked out by hand and a slow or independent
reference.
"""

from __future__ import annotations

import copy
import inspect

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity as sklearn_cosine

from rec_tutor import baselines, data, evaluation, results
from rec_tutor.baselines import (
    ALS,
    EASE,
    Content,
    ItemKNN,
    Markov,
    Popularity,
    Random,
    RecencyKNN,
    UserKNN,
)
from rec_tutor.evaluation import splits
from rec_tutor.inputs import interaction_matrix, recency_weights, sequences


def table(rows: list[tuple[int, ...]]) -> pd.DataFrame:
    """(user, item[, rating]) rows, one second apart."""
    frame = pd.DataFrame(
        [(*row, 1.0)[:3] for row in rows], columns=["user", "item", "rating"]
    )
    frame["timestamp"] = np.arange(len(frame))
    return frame.astype({"rating": float})


# users x items: 1110, 1100, 0110, 0011
TOY = table([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3)])
FILMS = pd.DataFrame(
    {
        "title": ["Star Wars", "Star Trek", "Toy Story", "Love Story"],
        "genres": [
            ("Action", "Sci-Fi"),
            ("Action", "Sci-Fi"),
            ("Children",),
            ("Romance", "Drama"),
        ],
    }
)


@pytest.fixture(scope="module")
def planted() -> data.Dataset:
    return data.load("synthetic")


@pytest.fixture(scope="module")
def crowd() -> pd.DataFrame:
    """400 random pairs of 30 users and 25 items; user 29 and item 24 have none."""
    rng = np.random.default_rng(0)
    cells = rng.choice(29 * 24, size=400, replace=False)
    frame = pd.DataFrame(
        {
            "user": cells // 24,
            "item": cells % 24,
            "rating": rng.integers(1, 6, 400) * 1.0,
        }
    )
    return frame.assign(timestamp=rng.integers(0, 1000, 400))


def every_model(
    num_users: int, num_items: int, items: pd.DataFrame
) -> dict[str, baselines.Baseline]:
    return {
        "Random": Random(num_users, num_items),
        "Popularity": Popularity(num_users, num_items),
        "Content": Content(num_users, num_items, items),
        "UserKNN": UserKNN(num_users, num_items, k=10),
        "ItemKNN": ItemKNN(num_users, num_items, k=10),
        "EASE": EASE(num_users, num_items, l2=5),
        "ALS": ALS(num_users, num_items, dim=4, l2=1, epochs=3),
        "Markov": Markov(num_users, num_items),
        "RecencyKNN": RecencyKNN(num_users, num_items, k=10),
    }


NAMES = list(every_model(1, 1, FILMS[:1]))


def some_films(num_items: int) -> pd.DataFrame:
    genres = [("Drama",), ("Comedy", "Romance"), ("Action",)]
    return pd.DataFrame(
        {
            "title": [f"Film {n % 7} of {n}" for n in range(num_items)],
            "genres": (genres * num_items)[:num_items],
        }
    )


# --- by hand ---


def test_popularity_counts_users_per_item() -> None:
    model = Popularity(4, 5).fit(TOY)
    np.testing.assert_array_equal(model.score(np.array([3, 0])), [[2, 3, 3, 1, 0]] * 2)


def test_a_pair_that_occurs_twice_counts_once() -> None:
    np.testing.assert_array_equal(
        Popularity(1, 2).fit(table([(0, 1), (0, 1)])).counts, [0, 1]
    )


def test_item_knn_by_hand() -> None:
    # cos(0, 1) = 2 / sqrt(2 * 3), cos(0, 2) = 1 / sqrt(2 * 3), cos(1, 2) = 2 / 3,
    # cos(2, 3) = 1 / sqrt(3)
    similarity = ItemKNN(4, 4, k=4).fit(TOY).similarity
    a, b, c, d = 2 / 6**0.5, 1 / 6**0.5, 2 / 3, 1 / 3**0.5
    np.testing.assert_allclose(
        similarity, [[0, a, b, 0], [a, 0, c, 0], [b, c, 0, d], [0, 0, d, 0]]
    )
    # user 1 has items 0 and 1
    np.testing.assert_allclose(
        ItemKNN(4, 4, k=4).fit(TOY).score([1])[0], [a, a, b + c, 0]
    )
    # the single nearest neighbour of item 2 is item 1, so item 0 has no vote there
    np.testing.assert_allclose(ItemKNN(4, 4, k=1).fit(TOY).score([1])[0], [a, a, c, 0])
    # shrink: 2 / (sqrt(6) + 4)
    assert ItemKNN(4, 4, shrink=4).fit(TOY).similarity[0, 1] == pytest.approx(
        2 / (6**0.5 + 4)
    )


def test_user_knn_by_hand() -> None:
    # user 1 has items 0 1; cos(1, 0) = 2 / sqrt(2 * 3), cos(1, 2) = 1 / 2, cos(1, 3) =
    # 0
    a, b = 2 / 6**0.5, 0.5
    np.testing.assert_allclose(
        UserKNN(4, 4, k=4, shrink=0).fit(TOY).score([1])[0], [a, a + b, a + b, 0]
    )
    np.testing.assert_allclose(
        UserKNN(4, 4, k=1, shrink=0).fit(TOY).score([1])[0], [a, a, a, 0]
    )
    assert UserKNN(4, 4, k=4, shrink=3).fit(TOY).similarity[0, 1] == pytest.approx(
        2 / (6**0.5 + 3)
    )


def test_ease_by_hand() -> None:
    # user 0 rated both items, user 1 item 0: X'X + 1 = [[3, 1], [1, 2]] and P = [[2,
    # -1], [-1, 3]] / 5
    model = EASE(2, 2, l2=1).fit(table([(0, 0), (0, 1), (1, 0)]))
    np.testing.assert_allclose(model.weights, [[0, 1 / 3], [1 / 2, 0]])
    np.testing.assert_allclose(model.score([1]), [[0, 1 / 3]])


def test_markov_by_hand() -> None:
    # one user walks 0 1 2, another 0 2: after 0 comes 1 at distance 1, and 2 at
    # distances 2 and 1
    ratings = table([(0, 0), (0, 1), (0, 2), (1, 0), (1, 2)])
    model = Markov(3, 4, window=2, decay=0.5, shrink=0).fit(ratings)
    expected = np.array(
        [[0, 1 / 2, 1.5 / 2, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    )
    np.testing.assert_allclose(model.transition, expected)
    # the latest item counts fully, the one before half, the one before that not at all
    np.testing.assert_allclose(
        model.score([0], [np.array([2, 0, 1])])[0], expected[1] + 0.5 * expected[0]
    )
    # its training history
    np.testing.assert_allclose(model.score([1])[0], expected[2] + 0.5 * expected[0])
    np.testing.assert_allclose(
        Markov(3, 4, window=2, shrink=2).fit(ratings).transition[0],
        np.array([0, 1, 1.5, 0]) / 4,
    )


def test_recency_knn_by_hand() -> None:
    model = RecencyKNN(4, 4, k=4, shrink=0, window=2, decay=0.5).fit(TOY)
    similarity = ItemKNN(4, 4, k=4, shrink=0).fit(TOY).similarity
    history = np.array([3, 0, 2])
    np.testing.assert_allclose(
        model.score([0], [history])[0], similarity[2] + 0.5 * similarity[0]
    )


def test_tf_idf_by_hand() -> None:
    # idf: "star" is in 2 of 3 documents, the others in 1
    vectors, terms = baselines.tf_idf(
        [["star", "wars"], ["star", "trek"], ["toy", "toy"]]
    )
    star, rare = np.log(4 / 3) + 1, np.log(4 / 2) + 1
    length = np.hypot(star, rare)
    assert terms == ["star", "toy", "trek", "wars"]
    np.testing.assert_allclose(
        vectors.toarray(),
        [
            [star / length, 0, 0, rare / length],
            [star / length, 0, rare / length, 0],
            [0, 1, 0, 0],
        ],
    )


def test_content_by_hand() -> None:
    # without title words, films 0 and 1 are the same; 5 stars for film 0 and 1 star for
    # film 2, around 3
    ratings = table([(0, 0, 5), (0, 2, 1), (1, 3, 4)])
    scores = Content(2, 4, FILMS, center=3, title_weight=0).fit(ratings).score([0])[0]
    half = 1 / 2**0.5  # profile (2 x_0 - 2 x_2) / |…|, and x_0 and x_2 share no genre
    np.testing.assert_allclose(scores, [half, half, -half, 0], atol=1e-12)
    # a rating of 3 says nothing
    nothing = (
        Content(2, 4, FILMS, center=3).fit(table([(0, 0, 3), (1, 1, 5)])).score([0])
    )
    np.testing.assert_array_equal(nothing, np.zeros((1, 4)))


def test_content_counts_clicks_as_likes() -> None:
    scores = Content(1, 4, FILMS, center=3).fit(table([(0, 0)])).score([0])[0]
    assert scores[0] == pytest.approx(1) and scores[1] > scores[2]


def test_random_is_the_same_for_the_same_user_and_seed() -> None:
    model = Random(50, 1000, seed=1)
    np.testing.assert_array_equal(model.score([3, 4])[1], model.score([4])[0])
    assert not np.array_equal(model.score([3]), model.score([4]))
    assert not np.array_equal(model.score([3]), Random(50, 1000, seed=2).score([3]))
    assert abs(model.score(np.arange(50)).mean() - 0.5) < 0.01


def test_defaults_are_what_the_experiment_chose() -> None:
    """The best compromise of twelve settings over two validation parts, see
    experiments/03_baselines.py.
    """
    grid = results.load("03_baselines")
    for name, rows in grid.groupby("model"):
        parts = (
            ["allowed", "removed"]
            if name in ("Markov", "RecencyKNN")
            else ["temporal", "random"]
        )
        share = (rows[parts] / rows[parts].max()).mean(axis=1)
        defaults = inspect.signature(getattr(baselines, name)).parameters
        for key, value in rows.loc[share.idxmax(), "settings"].items():
            assert defaults[key].default == value, (name, key)


# --- against references ---


def test_tf_idf_equals_scikit_learn() -> None:
    titles = [
        "Star Wars",
        "Star Trek The Motion Picture",
        "Toy Story",
        "The Story of the Toy the Toy",
        "",
        "M",
    ]
    ours, terms = baselines.tf_idf([title.lower().split() for title in titles])
    reference = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b")
    theirs = reference.fit_transform(titles)
    assert terms == list(reference.get_feature_names_out())
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), atol=1e-12)


def test_cosine_equals_scikit_learn(crowd: pd.DataFrame) -> None:
    matrix = interaction_matrix(crowd, 30, 25)
    theirs = sklearn_cosine(matrix.T.toarray())
    np.fill_diagonal(theirs, 0)
    np.testing.assert_allclose(baselines.cosine_similarity(matrix), theirs, atol=1e-6)
    valued = interaction_matrix(crowd, 30, 25, values="rating")
    theirs = sklearn_cosine(valued.T.toarray())
    np.fill_diagonal(theirs, 0)
    np.testing.assert_allclose(baselines.cosine_similarity(valued), theirs, atol=1e-6)


def test_item_knn_equals_a_loop(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    k, shrink = 4, 2.5
    scores = ItemKNN(30, 25, k=k, shrink=shrink).fit(crowd).score(np.arange(30))
    for item in range(25):
        similarity = np.zeros(25)
        for other in set(range(25)) - {item}:
            both = dense[:, item] @ dense[:, other]
            similarity[other] = both / (
                np.sqrt(dense[:, item].sum()) * np.sqrt(dense[:, other].sum()) + shrink
            )
        nearest = np.argsort(-similarity, kind="stable")[:k]
        np.testing.assert_allclose(
            scores[:, item], dense[:, nearest] @ similarity[nearest], atol=1e-9
        )


def test_user_knn_equals_a_loop(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    k, shrink = 4, 2.5
    scores = UserKNN(30, 25, k=k, shrink=shrink).fit(crowd).score(np.arange(30))
    for user in range(30):
        similarity = np.zeros(30)
        for other in set(range(30)) - {user}:
            both = dense[user] @ dense[other]
            similarity[other] = both / (
                np.sqrt(dense[user].sum() * dense[other].sum()) + shrink
            )
        nearest = np.argsort(-similarity, kind="stable")[:k]
        np.testing.assert_allclose(
            scores[user], similarity[nearest] @ dense[nearest], atol=1e-9
        )


def test_keep_largest() -> None:
    matrix = np.random.default_rng(1).random((6, 4))
    kept = baselines.keep_largest(matrix, 2)
    for column in range(4):
        best = np.argsort(-matrix[:, column])[:2]
        np.testing.assert_array_equal(np.flatnonzero(kept[:, column]), np.sort(best))
        np.testing.assert_array_equal(kept[best, column], matrix[best, column])
    np.testing.assert_array_equal(baselines.keep_largest(matrix, 6), matrix)


def test_ease_is_the_constrained_optimum(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    l2 = 3.0
    weights = EASE(30, 25, l2=l2).fit(crowd).weights
    np.testing.assert_array_equal(np.diag(weights), 0)
    # stationary: the gradient vanishes off the diagonal, where B is free (on it stands
    # the multiplier)
    gradient = dense.T @ (dense @ weights - dense) + l2 * weights
    np.testing.assert_allclose(gradient - np.diag(np.diag(gradient)), 0, atol=1e-9)
    # and each column is a ridge regression of that item on all the others
    for item in range(25):
        others = np.arange(25) != item
        rest = dense[:, others]
        ridge = np.linalg.solve(
            rest.T @ rest + l2 * np.eye(24), rest.T @ dense[:, item]
        )
        np.testing.assert_allclose(weights[others, item], ridge, atol=1e-9)


def test_ease_with_recency_is_ease_on_the_weighted_matrix(crowd: pd.DataFrame) -> None:
    weighted = (
        interaction_matrix(crowd, 30, 25, values=recency_weights(crowd, 2.0))
        .toarray()
        .astype(float)
    )
    model = EASE(30, 25, l2=3, recency=2.0).fit(crowd)
    rest = weighted[:, 1:]
    ridge = np.linalg.solve(rest.T @ rest + 3 * np.eye(24), rest.T @ weighted[:, 0])
    np.testing.assert_allclose(model.weights[1:, 0], ridge, atol=1e-6)
    np.testing.assert_allclose(
        model.score(np.arange(30)), weighted @ model.weights, atol=1e-6
    )


def als_loss(model: ALS, dense: np.ndarray) -> float:
    confidence = 1 + model.alpha * dense
    error = (confidence * (dense - model.users @ model.items.T) ** 2).sum()
    return error + model.l2 * ((model.users**2).sum() + (model.items**2).sum())


def test_als_lowers_its_loss_in_every_half_step(crowd: pd.DataFrame) -> None:
    matrix = interaction_matrix(crowd, 30, 25)
    dense = matrix.toarray().astype(float)
    model = ALS(30, 25, dim=5, l2=0.7, alpha=3, epochs=0, seed=2).fit(crowd)
    losses = [als_loss(model, dense)]
    for _ in range(6):
        model.items = model._solve(matrix.T.tocsr(), model.users)
        losses.append(als_loss(model, dense))
        model.users = model._solve(matrix, model.items)
        losses.append(als_loss(model, dense))
    assert (np.diff(losses) < 0).all()
    whole = ALS(30, 25, dim=5, l2=0.7, alpha=3, epochs=6, seed=2).fit(crowd)
    np.testing.assert_allclose(
        whole.users @ whole.items.T, model.users @ model.items.T, atol=1e-10
    )


def test_als_half_step_equals_a_dense_weighted_ridge(crowd: pd.DataFrame) -> None:
    dense = interaction_matrix(crowd, 30, 25).toarray().astype(float)
    model = ALS(30, 25, dim=5, l2=0.7, alpha=3, epochs=2).fit(crowd)
    items = model.items
    for user in range(30):
        weighted = items.T @ np.diag(1 + 3 * dense[user])
        ridge = np.linalg.solve(
            weighted @ items + 0.7 * np.eye(5), weighted @ dense[user]
        )
        np.testing.assert_allclose(model.users[user], ridge, atol=1e-10)


def test_als_overfits_a_small_matrix() -> None:
    model = ALS(4, 4, dim=4, l2=1e-3, alpha=10, epochs=100).fit(TOY)
    np.testing.assert_allclose(
        model.score(np.arange(4)), interaction_matrix(TOY, 4, 4).toarray(), atol=0.02
    )


# --- fold-in ---


@pytest.mark.parametrize("name", ["Popularity", "ItemKNN", "EASE", "ALS", "Content"])
def test_score_new_of_training_rows_equals_score(
    name: str, crowd: pd.DataFrame
) -> None:
    model = every_model(30, 25, some_films(25))[name].fit(crowd)
    rows = interaction_matrix(
        crowd, 30, 25, values="rating" if name == "Content" else "binary"
    )
    np.testing.assert_allclose(
        model.score_new(rows), model.score(np.arange(30)), atol=1e-10
    )
    np.testing.assert_allclose(
        model.score_new(rows[[7, 3]]), model.score([7, 3]), atol=1e-10
    )


def test_user_knn_folds_a_newcomer_in_as_if_trained_with_the_others(
    crowd: pd.DataFrame,
) -> None:
    model = UserKNN(30, 25, k=6, shrink=2).fit(crowd)
    for user in (0, 11):
        without = UserKNN(30, 25, k=6, shrink=2).fit(crowd[crowd["user"] != user])
        row = interaction_matrix(crowd, 30, 25)[[user]]
        np.testing.assert_allclose(
            without.score_new(row), model.score([user]), rtol=1e-6, atol=1e-9
        )


@pytest.mark.parametrize("name", ["Random", "Markov", "RecencyKNN"])
def test_no_fold_in_is_a_clear_error(name: str, crowd: pd.DataFrame) -> None:
    model = every_model(30, 25, some_films(25))[name].fit(crowd)
    with pytest.raises(TypeError, match=name):
        model.score_new(sparse.csr_matrix((1, 25)))


def test_fold_in_through_the_evaluation(crowd: pd.DataFrame) -> None:
    known = interaction_matrix(crowd, 30, 25)
    model = EASE(30, 25, l2=5).fit(crowd)
    folded, _ = evaluation.top_k(
        evaluation.FoldIn(model, known), np.arange(30), seen=known, k=5
    )
    direct, _ = evaluation.top_k(model, np.arange(30), seen=known, k=5)
    np.testing.assert_array_equal(folded, direct)


# --- all of them ---


@pytest.mark.parametrize("name", NAMES)
def test_shape_empty_history_and_untouched_inputs(
    name: str, crowd: pd.DataFrame
) -> None:
    films = some_films(25)
    before, films_before = crowd.copy(deep=True), copy.deepcopy(films)
    model = every_model(30, 25, films)[name]
    assert model.fit(crowd) is model
    # user 29 has no ratings
    users, histories = np.array([29, 4, 29]), sequences.histories(crowd, 30)
    given = [histories[user].copy() for user in users]
    for scores in (model.score(users), model.score(users, given)):
        assert scores.shape == (3, 25)
        assert np.isfinite(scores).all()
    np.testing.assert_array_equal(users, [29, 4, 29])
    for user, history in zip(users, given, strict=True):
        np.testing.assert_array_equal(history, histories[user])
    pd.testing.assert_frame_equal(crowd, before)
    pd.testing.assert_frame_equal(films, films_before)


@pytest.mark.parametrize(
    "name", ["Popularity", "Content", "UserKNN", "ItemKNN", "EASE", "ALS"]
)
def test_score_new_leaves_its_rows_alone(name: str, crowd: pd.DataFrame) -> None:
    model = every_model(30, 25, some_films(25))[name].fit(crowd)
    rows = interaction_matrix(crowd, 30, 25)
    before = rows.copy()
    model.score_new(rows)
    assert (rows != before).nnz == 0
    empty = model.score_new(sparse.csr_matrix((2, 25), dtype=np.float32))
    assert empty.shape == (2, 25) and np.isfinite(empty).all()


@pytest.mark.parametrize("name", NAMES)
def test_fitting_twice_gives_the_same(name: str, crowd: pd.DataFrame) -> None:
    one, two = (every_model(30, 25, some_films(25))[name] for _ in range(2))
    two.fit(crowd[:50])
    np.testing.assert_array_equal(
        one.fit(crowd).score(np.arange(30)), two.fit(crowd).score(np.arange(30))
    )


@pytest.mark.parametrize("name", NAMES)
def test_one_user_with_one_item(name: str) -> None:
    model = every_model(1, 1, FILMS[:1])[name].fit(table([(0, 0)]))
    assert np.isfinite(model.score([0])).all()


def test_without_shrink_an_item_that_never_occurs_scores_zero() -> None:
    for model in (Markov(2, 3, shrink=0), RecencyKNN(2, 3, shrink=0)):
        scores = model.fit(table([(0, 0), (0, 1)])).score(
            [0, 1], [np.array([2]), np.array([0])]
        )
        np.testing.assert_array_equal(scores[0], 0)
        assert np.isfinite(scores).all()


def test_bad_sizes_are_named() -> None:
    with pytest.raises(ValueError, match="at least one user"):
        Popularity(0, 3)
    with pytest.raises(ValueError, match="one row per item index"):
        Content(3, 5, FILMS)
    with pytest.raises(ValueError, match="outside"):
        Popularity(2, 4).fit(TOY)


# --- planted structure ---


@pytest.mark.parametrize(
    ("name", "hyper"),
    [
        ("UserKNN", {"k": 20}),
        ("ItemKNN", {"k": 20}),
        ("EASE", {"l2": 20}),
        ("ALS", {"dim": 4, "l2": 1, "epochs": 5}),
        ("Content", {}),
    ],
)
def test_planted_groups_are_found(
    name: str, hyper: dict, planted: data.Dataset
) -> None:
    """Users of the synthetic set mostly meet items of their own group, and the lists
    must show it.
    """
    size = planted.num_users, planted.num_items
    cls = getattr(baselines, name)
    model = (
        cls(*size, planted.items, **hyper) if name == "Content" else cls(*size, **hyper)
    )
    model.fit(planted.ratings)
    seen = interaction_matrix(planted.ratings, *size)
    top, _ = evaluation.top_k(model, np.arange(size[0]), seen=seen, k=5)
    own = (
        planted.items["genres"].str[0].to_numpy()[top]
        == planted.users["taste"].to_numpy()[:, None]
    )
    # a user may have few of the group's 20 items left
    left = (20 - own_group_count(planted)).clip(max=5)
    assert own.sum() / left.sum() > 0.8  # by chance it would be about .1


def own_group_count(planted: data.Dataset) -> np.ndarray:
    taste = planted.users["taste"].to_numpy()[planted.ratings["user"]]
    genre = planted.items["genres"].str[0].to_numpy()[planted.ratings["item"]]
    return np.bincount(
        planted.ratings["user"][taste == genre], minlength=planted.num_users
    )


def test_planted_order_is_found(planted: data.Dataset) -> None:
    """The synthetic users walk through a circle of items, so Markov must beat what
    ignores order.
    """
    size = planted.num_users, planted.num_items
    split = splits.leave_last_out(planted.ratings)
    seen, histories = (
        interaction_matrix(split.refit, *size),
        sequences.histories(split.refit, size[0]),
    )
    models = {
        "Markov": Markov(*size),
        "ItemKNN": ItemKNN(*size, k=20),
        "Popularity": Popularity(*size),
    }
    ndcg = {}
    for name, model in models.items():
        model.fit(split.refit)
        per_user = evaluation.evaluate(
            model, split.test, seen=seen, histories=histories
        )
        ndcg[name] = per_user["ndcg"].mean()
    assert ndcg["Markov"] > ndcg["ItemKNN"] + 0.05
    assert ndcg["ItemKNN"] > ndcg["Popularity"] + 0.1


def test_markov_predicts_the_next_item_of_a_cycle() -> None:
    walks = [[(start + step) % 9 for step in range(6)] for start in range(9)]
    model = Markov(9, 9).fit(
        table([(user, item) for user, walk in enumerate(walks) for item in walk])
    )
    users = np.arange(9)
    top, _ = evaluation.top_k(
        model, users, k=1, histories=[np.array(walk) for walk in walks]
    )
    np.testing.assert_array_equal(top[:, 0], (users + 6) % 9)


def test_recency_knn_follows_the_latest_taste() -> None:
    """Items 0-4 and 5-9 have different fans; who moved from the first group to the
    second gets the second.
    """
    fans = [(user, item) for user in range(10) for item in range(5)]
    fans += [(user, item) for user in range(10, 20) for item in range(5, 10)]
    moved = np.array([0, 1, 2, 3, 5, 6])
    scores = RecencyKNN(20, 10, k=5, decay=0.3).fit(table(fans)).score([0], [moved])[0]
    assert scores[7:].min() > scores[4]
    row = interaction_matrix(table([(0, item) for item in moved]), 1, 10)
    scores = ItemKNN(20, 10, k=5).fit(table(fans)).score_new(row)[0]
    assert scores[7:].max() < scores[4]
