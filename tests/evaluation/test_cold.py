"""Cuts by people and by items: nothing of what is new is trained on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rec_tutor import baselines, data
from rec_tutor.evaluation import splits
from rec_tutor.inputs import interaction_matrix

quick = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def tables(draw):
    """Small ratings tables of at least five users, with many ties in time, rows in no
    particular order; item 13 has a rating of everybody's.
    """
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, 7), st.integers(0, 12)),
            min_size=1,
            max_size=60,
            unique=True,
        )
    )
    pairs += [(user, 13) for user in range(5)]
    order = draw(st.permutations(range(len(pairs))))
    times = draw(st.lists(st.integers(0, 9), min_size=len(pairs), max_size=len(pairs)))
    users, items = zip(*(pairs[row] for row in order), strict=True)
    return pd.DataFrame(
        {"user": users, "item": items, "rating": 3.0, "timestamp": times}
    )


@pytest.fixture(scope="module")
def ml100k():
    return data.load("ml-100k")


def in_time(own):
    return own.sort_values("timestamp", kind="stable").index.tolist()


# --- people ---


@quick
@given(tables(), st.sampled_from([0.0, 0.5]), st.integers(0, 4))
def test_new_users_against_a_loop(ratings, valid, seed):
    split = splits.new_users(ratings, share=0.4, test=0.5, valid=valid, seed=seed)
    people = ratings["user"].unique()
    new = set(split.fold_in["user"])  # everybody has a first half, if a rating
    assert len(new) == int(0.4 * len(people))
    for user, own in ratings.groupby("user"):
        rows = in_time(own)
        last = len(rows) - int((0.5 if user in new else valid) * len(rows))
        parts = [
            set(part.index[part["user"] == user]) if part is not None else set()
            for part in (split.train, split.valid, split.fold_in, split.test)
        ]
        if user in new:
            assert parts == [set(), set(), set(rows[:last]), set(rows[last:])]
        else:
            assert parts == [set(rows[:last]), set(rows[last:]), set(), set()]
    for part in (split.train, split.fold_in, split.test, split.refit):
        assert part.index.is_monotonic_increasing
        pd.testing.assert_frame_equal(part, ratings.loc[part.index])
    assert (split.valid is None) == (valid == 0)
    assert splits.leaks(split, "users").empty


def test_what_new_people_did_changes_nothing_in_training(ml100k):
    split = splits.new_users(ml100k.ratings)
    new = ml100k.ratings["user"].isin(split.fold_in["user"])
    assert ml100k.ratings[new]["user"].nunique() == 188  # a fifth of 943
    assert len(split.train) + len(split.fold_in) + len(split.test) == 100_000
    assert not set(split.train["user"]) & set(split.test["user"])
    other = ml100k.ratings.copy()
    other.loc[new, "item"] = other.loc[new, "item"].to_numpy()[::-1]
    other.loc[new, "rating"] = 1.0
    again = splits.new_users(other)
    pd.testing.assert_frame_equal(again.train, split.train)
    assert not again.test.equals(split.test)
    counts = [
        baselines.Popularity(ml100k.num_users, ml100k.num_items).fit(part.train).counts
        for part in (split, again)
    ]
    np.testing.assert_array_equal(*counts)


def test_other_seeds_other_people(ml100k):
    one, same, two = (splits.new_users(ml100k.ratings, seed=s) for s in (1, 1, 2))
    assert one.test.equals(same.test)
    assert set(one.test["user"]) != set(two.test["user"])


def test_the_first_answers():
    known = pd.DataFrame(
        {
            "user": [0, 0, 1, 0, 1],
            "item": [3, 4, 5, 6, 7],
            "rating": 1.0,
            "timestamp": [30, 10, 5, 10, 5],
        }
    )
    assert splits.answers(known, 0).empty
    assert splits.answers(known, 1)["item"].tolist() == [4, 5]
    assert splits.answers(known, 2)["item"].tolist() == [4, 5, 6, 7]
    assert splits.answers(known, 9).equals(known)
    with pytest.raises(ValueError, match="0 or more"):
        splits.answers(known, -1)


# --- items ---


@quick
@given(tables(), st.sampled_from([(0.1, 0.2), (0.0, 0.5), (0.3, 0.3)]), st.data())
def test_new_items_against_the_cut_in_time(ratings, shares, chosen):
    valid, test = shares
    present = sorted(ratings["item"].unique())
    if len(present) < 2:
        return
    some = chosen.draw(st.sets(st.sampled_from(present), min_size=1, max_size=3))
    if some == set(present):
        return
    split = splits.new_items(ratings, sorted(some), test=test, valid=valid)
    usual = splits.temporal(ratings, valid=valid, test=test)
    new = usual.test["item"].isin(some)
    pd.testing.assert_frame_equal(split.test, usual.test[new])
    for own, whole in ((split.train, usual.train), (split.valid, usual.valid)):
        if whole is None:
            assert own is None
        else:
            pd.testing.assert_frame_equal(own, whole[~whole["item"].isin(some)])
    assert split.fold_in is None
    assert splits.leaks(split, "items", sorted(some)).empty
    mask = np.isin(np.arange(14), sorted(some))
    by_mask = splits.new_items(ratings, mask, test=test, valid=valid)
    assert by_mask.test.equals(split.test) and by_mask.train.equals(split.train)


def test_nothing_that_is_counted_knows_a_hidden_item(ml100k):
    ratings, size = ml100k.ratings, (ml100k.num_users, ml100k.num_items)
    new = splits.drawn(ml100k.num_items, 0.2, seed=3)
    assert new.sum() == 336
    split = splits.new_items(ratings, new)
    counts = np.asarray(interaction_matrix(split.refit, *size).sum(axis=0)).ravel()
    assert not counts[new].any() and (counts[~new] > 0).mean() > 0.9
    assert new[split.test["item"]].all()
    fitted = baselines.ItemKNN(*size).fit(split.refit)
    assert not fitted.similarity[:, new].nnz  # nobody's neighbour
    changed = ratings.assign(rating=ratings["rating"].where(~new[ratings["item"]], 1))
    pd.testing.assert_frame_equal(splits.new_items(changed, new).refit, split.refit)


def test_the_mask_that_the_docstring_names(ml100k):
    """What somebody took of the new items before the cut is known to have been taken,
    and in no part.
    """
    new = splits.drawn(ml100k.num_items, 0.2, seed=3)
    split = splits.new_items(ml100k.ratings, new)
    before = splits.temporal(ml100k.ratings).refit
    assert set(split.refit.index) < set(before.index)
    earlier = before[new[before["item"]]]
    assert len(earlier) > 10_000
    assert not set(earlier.index) & set(split.test.index)
    pairs = [p.set_index(["user", "item"]).index for p in (before, split.test)]
    assert not pairs[1].isin(pairs[0]).any()


# --- leaks that are planted ---


def test_a_planted_person_is_seen(ml100k):
    split = splits.new_users(ml100k.ratings)
    rows = split.fold_in.iloc[[5, 17]]
    told = replace(split, train=pd.concat([split.train, rows]))
    assert splits.leaks(told, "users").index.tolist() == rows.index.tolist()
    shown = replace(split, fold_in=pd.concat([split.fold_in, split.test.iloc[[7]]]))
    assert splits.leaks(shown, "users").index.tolist() == [split.test.index[7]]
    valid = replace(split, valid=split.test.iloc[:3])
    assert len(splits.leaks(valid, "users")) == 3
    random = splits.random(ml100k.ratings)
    assert len(splits.leaks(random, "users")) > 0.99 * len(random.train)


def test_an_answer_from_after_the_question_is_seen():
    test = pd.DataFrame({"user": [0], "item": [1], "rating": 1.0, "timestamp": [10]})
    known = test.assign(item=[2], timestamp=[9])
    train = test.assign(user=[1])
    fine = splits.Split(train, None, test, known)
    assert splits.leaks(fine, "users").empty
    late = replace(fine, fold_in=known.assign(timestamp=[11]))
    assert len(splits.leaks(late, "users")) == 1


def test_a_planted_item_is_seen(ml100k):
    new = splits.drawn(ml100k.num_items)
    split = splits.new_items(ml100k.ratings, new)
    hidden = ml100k.ratings[new[ml100k.ratings["item"]]]
    told = replace(split, valid=pd.concat([split.valid, hidden.iloc[[0]]]))
    assert splits.leaks(told, "items", new).index.tolist() == [hidden.index[0]]
    shown = replace(split, fold_in=split.test)
    assert splits.leaks(shown, "items").index.tolist() == split.test.index.tolist()
    # a new item of which nothing is asked is known as one only from the list
    rare = np.setdiff1d(np.flatnonzero(new), split.test["item"])
    row = hidden[hidden["item"].isin(rare)].iloc[[0]]
    told = replace(split, train=pd.concat([split.train, row]))
    assert splits.leaks(told, "items").empty
    for given_ in (new, np.flatnonzero(new)):
        assert len(splits.leaks(told, "items", given_)) == 1


# --- errors ---

TABLE = pd.DataFrame(
    {
        "user": [0, 0, 1, 1, 2],
        "item": [0, 1, 0, 2, 1],
        "rating": 1.0,
        "timestamp": [1, 2, 3, 4, 5],
    }
)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"share": 0}, "share must be"),
        ({"share": 1.0}, "share must be"),
        ({"share": 0.3}, "0.3 of 3 is none"),
        ({"test": 0}, "test must be"),
        ({"test": float("nan")}, "test must be"),
        ({"valid": -0.1}, "valid must be"),
        ({"valid": 1}, "valid must be"),
    ],
)
def test_bad_shares_of_people(settings_, words):
    with pytest.raises(ValueError, match=words):
        splits.new_users(TABLE, **{"share": 0.4, **settings_})


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "one at least"),
        ([0.5], "a list of item indices"),
        ([[0]], "a list of item indices"),
        ([3], "outside 0..2"),
        ([-1], "outside 0..2"),
        ([0, 1, 2], "all of the ratings"),
        (np.array([True, False]), "needs one bool per item, 3 or more"),
        (np.zeros(3, dtype=bool), "none of the ratings"),
    ],
)
def test_bad_items(items, words):
    with pytest.raises(ValueError, match=words):
        splits.new_items(TABLE, items)


@pytest.mark.parametrize(
    "cut", [splits.new_users, lambda table: splits.new_items(table, [0])]
)
def test_bad_tables(cut):
    with pytest.raises(ValueError, match="empty"):
        cut(TABLE.iloc[:0])
    with pytest.raises(ValueError, match="no column timestamp"):
        cut(TABLE.drop(columns="timestamp"))
    with pytest.raises(ValueError, match="reset_index"):
        cut(pd.concat([TABLE, TABLE]))


def test_leaks_of_what():
    with pytest.raises(ValueError, match='cold is "users" or "items"'):
        splits.leaks(splits.new_users(TABLE, share=0.4), "films")
