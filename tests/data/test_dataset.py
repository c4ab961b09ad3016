"""The shape that all data has, the synthetic set, and the door `data.load`."""

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data
from rec_tutor.data import DataError, Dataset, synthetic


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


def test_schema(ds):
    assert list(ds.ratings.columns) == ["user", "item", "rating", "timestamp"]
    assert ds.ratings.dtypes.astype(str).tolist() == [
        "int64",
        "int64",
        "float64",
        "int64",
    ]
    assert (ds.num_users, ds.num_items) == (120, 120) == (len(ds.users), len(ds.items))
    assert list(ds.items.columns) == ["item_id", "title", "year", "genres", "entity"]
    assert str(ds.items["year"].dtype) == "Int64" and isinstance(
        ds.items["genres"][0], tuple
    )
    assert ds.knowledge is None
    assert repr(ds) == "<Dataset synthetic: 120 users, 120 items, 2,400 ratings>"


def test_indices_and_source_ids(ds):
    raw = ds.raw()
    assert list(raw.columns) == list(ds.ratings.columns) and len(raw) == len(ds.ratings)
    for row in (0, 7, 99):
        assert ds.user_index(raw["user"][row]) == ds.ratings["user"][row]
        assert ds.item_index(raw["item"][row]) == ds.ratings["item"][row]
    assert ds.user_index(1001) == ds.user_index("1001") == 0
    assert isinstance(ds.item_index(np.int64(5001)), int)


@pytest.mark.parametrize(
    ("look_up", "kind"), [("user_index", "user"), ("item_index", "item")]
)
def test_unknown_source_id(ds, look_up, kind):
    with pytest.raises(DataError, match=rf"has no {kind} with the id 'x'\..*look like"):
        getattr(ds, look_up)("x")


def test_find(ds):
    films = ["Amélie", "Toy Story", "Café (au lait)", "TOY STORY 2"]
    items = pd.DataFrame({"item_id": range(4), "title": films})
    ratings = pd.DataFrame(
        {"user": [0], "item": [0], "rating": [1.0], "timestamp": [0]}
    )
    small = Dataset("small", ratings, pd.DataFrame({"user_id": [1]}), items)
    assert small.find("toy story").tolist() == [1, 3]
    assert small.find("CAFE (").tolist() == [2] and small.find(
        "é"
    ).tolist() == small.find("e").tolist() == [
        0,
        2,
    ]
    assert (
        small.find("nothing").tolist() == [] and small.find("nothing").dtype == np.int64
    )
    with pytest.raises(DataError, match="no titles"):
        data.from_frame(small.ratings).find("a")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda parts: parts | {"ratings": parts["ratings"].drop(columns="rating")},
            "need the columns",
        ),
        (
            lambda parts: parts | {"ratings": parts["ratings"].assign(user=99)},
            "below 3",
        ),
        (
            lambda parts: parts | {"ratings": parts["ratings"].assign(item=-1)},
            "below 4",
        ),
        (lambda parts: parts | {"ratings": parts["ratings"].assign(item=4)}, "below 4"),
        (
            lambda parts: parts | {"ratings": parts["ratings"].astype({"user": float})},
            "int64 indices",
        ),
        (
            lambda parts: parts | {"ratings": parts["ratings"].assign(rating=np.nan)},
            "not a finite number",
        ),
        (
            lambda parts: (
                parts | {"ratings": parts["ratings"].astype({"timestamp": float})}
            ),
            "int64 seconds",
        ),
        (lambda parts: parts | {"users": pd.DataFrame({"user": [1, 2, 3]})}, "user_id"),
        (
            lambda parts: parts | {"items": pd.DataFrame({"item_id": [1, 2, 2, 4]})},
            "no id comes twice",
        ),
    ],
)
def test_a_dataset_that_is_not_in_order_is_refused(change, words):
    ratings = {
        "user": [0, 1, 2],
        "item": [3, 1, 0],
        "rating": [1.0, 2.0, 3.0],
        "timestamp": [0, 0, 0],
    }
    users, items = (
        pd.DataFrame({"user_id": [1, 2, 3]}),
        pd.DataFrame({"item_id": [1, 2, 3, 4]}),
    )
    parts = {"ratings": pd.DataFrame(ratings), "users": users, "items": items}
    assert Dataset("good", **parts).num_items == 4
    with pytest.raises(DataError, match=words):
        Dataset("bad", **change(parts))


def test_unknown_name():
    with pytest.raises(
        DataError, match=r"'ml-100k'\? Known names: ml-100k, .*synthetic.*read_csv"
    ):
        data.load("ML_100K")
    with pytest.raises(DataError, match=r"no data set called 'netflix'\. Known names"):
        data.load("netflix")
    assert issubclass(DataError, ValueError)
    assert data.names() == [
        "ml-100k",
        "ml-1m",
        "ml-20m",
        "ml-25m",
        "ml-32m",
        "filmtrust",
        "synthetic",
    ]


@pytest.mark.parametrize("name", ["synthetic", "ml-1m", "filmtrust"])
def test_only_one_set_has_a_knowledge_graph(name):
    with pytest.raises(DataError, match="no knowledge graph"):
        data.load(name, knowledge=True)


def test_synthetic_is_the_same_for_the_same_seed(ds):
    pd.testing.assert_frame_equal(ds.ratings, synthetic.make(seed=0).ratings)
    assert not ds.ratings.equals(synthetic.make(seed=1).ratings)


def test_synthetic_has_what_was_planted(ds):
    """Four groups of taste: four large singular values, own items met more often and
    liked better.
    """
    table = np.zeros((ds.num_users, ds.num_items))
    table[ds.ratings["user"], ds.ratings["item"]] = ds.ratings["rating"]
    singular = np.linalg.svd(table, compute_uv=False)
    assert singular[3] > 1.4 * singular[4]
    theme = np.array([genres[0] for genres in ds.items["genres"]])
    own = ds.users["taste"].to_numpy()[ds.ratings["user"]] == theme[ds.ratings["item"]]
    assert own.mean() > 0.6
    assert ds.ratings["rating"][own].mean() > ds.ratings["rating"][~own].mean() + 1
    assert set(ds.ratings["rating"]) == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_synthetic_next_item_follows_from_the_last(ds):
    rows = ds.ratings.sort_values(["user", "timestamp"])
    after = rows.groupby("user")["item"].shift(-1)
    steps = ((after - rows["item"]).dropna() % ds.num_items).value_counts(
        normalize=True
    )
    # the next on the circle of the group
    assert steps.index[0] == 4 and steps.iloc[0] > 0.3


def test_synthetic_has_no_pair_twice_and_everybody_is_there(ds):
    assert not ds.ratings.duplicated(["user", "item"]).any()
    assert (ds.ratings["user"].value_counts() == 20).all() and ds.ratings[
        "user"
    ].nunique() == 120
    assert not ds.ratings.duplicated(["user", "timestamp"]).any()


@pytest.mark.parametrize(
    "options", [{"num_groups": 0}, {"num_groups": 9}, {"ratings_per_user": 121}]
)
def test_synthetic_bad_arguments(options):
    with pytest.raises(DataError, match=f"{next(iter(options))} must be between 1 and"):
        synthetic.make(**options)
