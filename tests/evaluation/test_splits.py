import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rec_tutor import data
from rec_tutor.evaluation import splits

quick = settings(max_examples=60, deadline=None, derandomize=True)


def global_state():
    return np.random.get_state()[1].tolist()  # noqa: NPY002


@st.composite
def tables(draw, min_users=1):
    """Small ratings tables with many ties in time, rows in no particular order."""
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, 7), st.integers(0, 12)),
            min_size=1,
            max_size=60,
            unique=True,
        )
    )
    pairs += [(user, 13) for user in range(min_users)]
    times = draw(st.lists(st.integers(0, 9), min_size=len(pairs), max_size=len(pairs)))
    users, items = zip(*pairs, strict=True)
    return pd.DataFrame(
        {"user": users, "item": items, "rating": 3.0, "timestamp": times}
    )


@pytest.fixture(scope="module")
def ml100k():
    return data.load("ml-100k").ratings


def assert_partition(split, ratings):
    """Every row of the table is in exactly one part, unchanged."""
    parts = [
        part for part in (split.train, split.valid, split.test) if part is not None
    ]
    whole = pd.concat(parts)
    assert sorted(whole.index) == sorted(ratings.index)
    pd.testing.assert_frame_equal(whole.sort_index(), ratings.sort_index())


# --- properties ---


@quick
@given(tables(), st.integers(0, 5))
def test_random_is_a_partition_of_the_promised_sizes(ratings, seed):
    split = splits.random(ratings, ratio=0.5, valid=0.2, seed=seed)
    assert_partition(split, ratings)
    assert len(split.train) == len(ratings) * 5 // 10
    assert len(split.valid) == len(ratings) * 2 // 10
    for part in (split.train, split.valid, split.test, split.refit):
        assert part.index.is_monotonic_increasing


@quick
@given(tables(), st.sampled_from([0.3, 0.5, 0.75, 0.8]), st.integers(0, 5))
def test_stratified_takes_the_rounded_share_of_every_group(ratings, ratio, seed):
    for cut, column in ((splits.by_user, "user"), (splits.by_item, "item")):
        split = cut(ratings, ratio=ratio, seed=seed)
        assert_partition(split, ratings)
        for group, rows in ratings.groupby(column):
            assert (split.train[column] == group).sum() == round(ratio * len(rows))


@quick
@given(tables(), st.sampled_from([(0.1, 0.2), (0.0, 0.5), (0.3, 0.3), (0.05, 0.29)]))
def test_temporal_against_a_loop_over_users(ratings, shares):
    valid, test = shares
    split = splits.temporal(ratings, valid=valid, test=test)
    assert_partition(split, ratings)
    for user in ratings["user"].unique():
        own = ratings[ratings["user"] == user]
        rows = sorted(own.index, key=lambda row: (own.loc[row, "timestamp"], row))
        num_test, num_valid = int(test * len(rows)), int(valid * len(rows))
        expected_test = rows[len(rows) - num_test :]
        expected_valid = rows[len(rows) - num_test - num_valid : len(rows) - num_test]
        assert split.test.index[split.test["user"] == user].tolist() == sorted(
            expected_test
        )
        if valid:
            assert split.valid.index[split.valid["user"] == user].tolist() == sorted(
                expected_valid
            )
    assert (split.valid is None) == (valid == 0)


@quick
@given(tables())
def test_leave_last_out_against_a_loop_over_users(ratings):
    split = splits.leave_last_out(ratings)
    assert_partition(split, ratings)
    for user, own in ratings.groupby("user"):
        rows = own.sort_values("timestamp", kind="stable").index.tolist()
        expected = ([rows[-1]], [rows[-2]]) if len(rows) >= 3 else ([], [])
        assert split.test.index[split.test["user"] == user].tolist() == expected[0]
        assert split.valid.index[split.valid["user"] == user].tolist() == expected[1]


@quick
@given(tables())
def test_global_time_never_trains_on_something_later_than_a_test_rating(ratings):
    split = splits.global_time(ratings, valid=0.2, test=0.3)
    assert_partition(split, ratings)
    assert len(split.test) == int(0.3 * len(ratings))
    if len(split.test):
        assert split.refit["timestamp"].max() <= split.test["timestamp"].min()
    if len(split.valid):
        assert split.train["timestamp"].max() <= split.valid["timestamp"].min()


@quick
@given(tables(min_users=3), st.integers(2, 3))
def test_walk_forward_against_the_definition(ratings, blocks):
    first = (
        ratings.assign(row=ratings.index)
        .sort_values(["timestamp", "row"])
        .drop_duplicates("user")
    )
    groups = np.array_split(first["user"].to_numpy(), blocks)
    cuts = list(splits.walk_forward(ratings, blocks=blocks, test=0.5))
    assert len(cuts) == blocks - 1
    for members, split in zip(groups[1:], cuts, strict=True):
        start = first.set_index("user").loc[members[0], "timestamp"]
        assert split.valid is None
        assert (
            split.train.index.tolist()
            == ratings.index[ratings["timestamp"] < start].tolist()
        )
        assert not set(split.train["user"]) & set(members)
        own = ratings[ratings["user"].isin(members)]
        assert sorted([*split.fold_in.index, *split.test.index]) == own.index.tolist()
        for _, rows in own.groupby("user"):
            order = rows.sort_values("timestamp", kind="stable").index
            cut = len(order) - len(order) // 2
            assert set(order[:cut]) <= set(split.fold_in.index)
            assert set(order[cut:]) <= set(split.test.index)


@quick
@given(tables(), st.integers(0, 3))
def test_leakage_against_a_loop_over_users(ratings, seed):
    split = splits.random(ratings, ratio=0.6, valid=0.1, seed=seed)
    if len(split.refit) == 0:
        with pytest.raises(ValueError, match="empty"):
            splits.leakage(split)
        return
    table = splits.leakage(split)
    assert table.index.tolist() == sorted(split.test["user"].unique())
    for user, row in table.iterrows():
        first = min(split.test.loc[split.test["user"] == user, "timestamp"])
        own = split.refit.loc[split.refit["user"] == user, "timestamp"]
        every = ratings.loc[ratings["user"] == user, "timestamp"]
        assert row["span"] == max(every) - min(every)
        assert row["all_later"] == pytest.approx(
            (split.refit["timestamp"] > first).mean(), abs=1e-12
        )
        if len(own):
            assert row["gap"] == first - max(own)
            assert row["own_later"] == pytest.approx((own > first).mean(), abs=1e-12)
        else:
            assert np.isnan(row["gap"]) and np.isnan(row["own_later"])


# --- by hand ---


def test_ties_in_time_are_broken_by_file_order():
    ratings = pd.DataFrame(
        {"user": 0, "item": range(10), "rating": 1.0, "timestamp": 7}
    )
    split = splits.temporal(ratings)
    assert split.train["item"].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert split.valid["item"].tolist() == [7]
    assert split.test["item"].tolist() == [8, 9]
    assert splits.leave_last_out(ratings.iloc[::-1]).test["item"].tolist() == [0]


def test_refit_is_train_and_valid_in_file_order():
    ratings = pd.DataFrame(
        {
            "user": [0, 1] * 5,
            "item": range(10),
            "rating": 1.0,
            "timestamp": range(10, 0, -1),
        }
    )
    split = splits.temporal(ratings, valid=0.2, test=0.2)
    assert split.refit.index.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    without = splits.temporal(ratings, valid=0)
    assert without.refit is without.train


def test_parts_can_be_cut_again():
    ratings = pd.DataFrame(
        {"user": [0] * 20, "item": range(20), "rating": 1.0, "timestamp": range(1, 21)}
    )
    outer = splits.temporal(ratings, valid=0, test=0.5)
    inner = splits.temporal(outer.train, valid=0, test=0.5)
    assert inner.test["item"].tolist() == [5, 6, 7, 8, 9]


def test_seeds_differ_and_repeat_and_leave_the_global_generator_alone():
    ratings = pd.DataFrame(
        {"user": [0] * 50, "item": range(50), "rating": 1.0, "timestamp": 0}
    )
    before = global_state()
    for cut in (splits.random, splits.by_user):
        again = cut(ratings, seed=1)
        assert cut(ratings, seed=1).test.equals(again.test)
        assert not cut(ratings, seed=2).test.equals(again.test)
    assert global_state() == before
    assert list(ratings.columns) == ["user", "item", "rating", "timestamp"]


# --- errors ---

TABLE = pd.DataFrame(
    {"user": [0, 0, 1], "item": [0, 1, 0], "rating": 1.0, "timestamp": [1, 2, 3]}
)
CUTS = [
    splits.random,
    splits.by_user,
    splits.by_item,
    splits.temporal,
    splits.leave_last_out,
]
CUTS += [splits.global_time, splits.walk_forward]


@pytest.mark.parametrize("cut", CUTS)
def test_bad_tables(cut):
    with pytest.raises(ValueError, match="empty"):
        cut(TABLE.iloc[:0])
    with pytest.raises(ValueError, match="no column item"):
        cut(TABLE.drop(columns="item"))
    with pytest.raises(ValueError, match="reset_index"):
        cut(pd.concat([TABLE, TABLE]))


@pytest.mark.parametrize("cut", CUTS[3:])
def test_time_is_needed(cut):
    with pytest.raises(ValueError, match="no column timestamp"):
        cut(TABLE.drop(columns="timestamp"))


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_bad_ratios(share):
    for cut in (splits.random, splits.by_user, splits.by_item):
        with pytest.raises(ValueError, match="ratio must be"):
            cut(TABLE, ratio=share)
    for cut in (splits.temporal, splits.global_time, splits.walk_forward):
        with pytest.raises(ValueError, match="test must be"):
            cut(TABLE, test=share)


def test_shares_that_leave_nothing():
    with pytest.raises(ValueError, match="valid must be"):
        splits.temporal(TABLE, valid=-0.1)
    with pytest.raises(ValueError, match="leave nothing"):
        splits.temporal(TABLE, valid=0.5, test=0.5)
    with pytest.raises(ValueError, match="leave nothing"):
        splits.random(TABLE, ratio=0.9, valid=0.1)


@pytest.mark.parametrize("blocks", [0, 1, 3])
def test_bad_blocks(blocks):
    with pytest.raises(ValueError, match="from 2 to the number of users, 2"):
        splits.walk_forward(TABLE, blocks=blocks)


def test_leakage_needs_something_to_test():
    with pytest.raises(ValueError, match="test part is empty"):
        splits.leakage(splits.leave_last_out(TABLE))


# --- MovieLens-100K ---


def test_by_item_is_microsofts_split_bit_for_bit(ml100k):
    split = splits.by_item(ml100k, ratio=0.75, seed=42)
    for part, rows, digest in (
        (split.train, 75_066, "a12e5f89"),
        (split.test, 24_934, "15b5ff93"),
    ):
        source = pd.DataFrame(
            {
                "userID": part["user"] + 1,
                "itemID": part["item"] + 1,
                "rating": part["rating"].astype(float),
                "timestamp": part["timestamp"],
            }
        )
        assert len(source) == rows
        csv = source.to_csv(index=False, lineterminator="\n").encode()
        assert hashlib.sha256(csv).hexdigest().startswith(digest)


def test_the_scoreboards_split(ml100k):
    split = splits.temporal(ml100k)
    assert (len(split.train), len(split.valid), len(split.test)) == (
        70_771,
        9_596,
        19_633,
    )
    assert split.test["user"].nunique() == 943
    table = splits.leakage(split)
    assert (table["own_later"] == 0).all()
    assert table["all_later"].mean() == pytest.approx(0.45, abs=0.005)
    assert (table["gap"] == 0).mean() == pytest.approx(0.54, abs=0.005)
    assert 49 <= table["span"].median() / 60 < 50


def test_walk_forward_tests_754_users_and_leaks_nothing(ml100k):
    blocks = list(splits.walk_forward(ml100k, blocks=5))
    assert [block.test["user"].nunique() for block in blocks] == [189, 189, 188, 188]
    for block in blocks:
        table = splits.leakage(block)
        assert (table["all_later"] == 0).all() and (table["own_later"] == 0).all()
        assert not set(block.train["user"]) & set(block.test["user"])


def test_global_time_leaks_nothing_and_loses_users(ml100k):
    split = splits.global_time(ml100k)
    assert (splits.leakage(split)["all_later"] == 0).all()
    assert (
        len(set(split.test["user"]) & set(split.train["user"]))
        < split.test["user"].nunique()
        == 301
    )
