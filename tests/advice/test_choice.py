"""advice.tune: settings of one model, tried on a part of the data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rec_tutor import advice, baselines, data, recipes
from rec_tutor.advice import choice, tuning
from rec_tutor.data.synthetic import make


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


@pytest.fixture(scope="module")
def found(ds):
    return advice.tune(ds, "ease", 8)


def two(monkeypatch, gap):
    """Settings of item-knn whose NDCG differs by `gap`, a number per user."""
    monkeypatch.setitem(tuning.SPACES, "item-knn", {"neighbours": (300, 30)})
    start = np.linspace(0.2, 0.4, len(gap))
    frames = iter(pd.DataFrame({"ndcg": own}) for own in (start, start + gap))

    def one(self, name, known, wanted, options):
        frame = next(frames)
        return lambda: (frame, None)

    monkeypatch.setattr(choice.Contest, "one", one)


def test_where_the_default_is_plainly_bad_something_better_is_found(ds, found):
    """The next item follows from the last one, and by default EASE knows no order."""
    assert found.options["recency"] == 1.0
    assert found.gain > 5 * found.error > 0
    assert found.table["setting"][0] == "defaults" and len(found.table) == 8
    best = found.table["NDCG@10"].idxmax()
    assert found.table["setting"][best] in found.sentence
    assert (
        "recency 1" in found.sentence and "better than the defaults" in found.sentence
    )
    first = found.table["NDCG@10"][0]
    assert found.table["NDCG@10"].max() - first == pytest.approx(found.gain)
    assert recipes.fit(ds, "ease", **found.options).options["recency"] == 1.0


def test_equal_settings_keep_the_defaults(ds, monkeypatch):
    """There are 120 items, so 300 neighbours and 1,000 are the same."""
    monkeypatch.setitem(tuning.SPACES, "item-knn", {"neighbours": (300, 1000)})
    found = advice.tune(ds, "item-knn", 8)
    assert found.options == {} and found.gain == found.error == 0
    assert "the defaults are the best" in found.sentence
    assert found.table["NDCG@10"].nunique() == 1


@pytest.mark.parametrize("kept", [True, False])
def test_a_lead_within_a_standard_error_keeps_the_defaults(ds, monkeypatch, kept):
    gap = np.tile([0.1, -0.1], 50)
    error = gap.std(ddof=1) / 10
    two(monkeypatch, gap + (0.9 if kept else 1.1) * error)
    found = advice.tune(ds, "item-knn", 2)
    assert found.gain == pytest.approx((0.9 if kept else 1.1) * error)
    assert found.error == pytest.approx(error)
    assert found.options == ({} if kept else {"neighbours": 30})
    assert ("within a standard error" in found.sentence) == kept


def test_options_set_by_hand_stay(ds):
    found = advice.tune(ds, "ease", 8, l2=50.0)
    assert found.options["l2"] == 50.0
    assert list(found.table["setting"]) == ["defaults", "recency 1"]
    bad = advice.tune(ds, "als", 2, epochs=1, dim=2)  # epochs is not in the space
    assert bad.options.items() >= {"epochs": 1, "dim": 2}.items()


def test_what_a_trial_is_fitted_on(ds, monkeypatch):
    """The last fifth of what somebody has is held back; low ratings are left out."""
    parts, given = [], []

    def fit(part, name, *, framework, seed, allow_seen, **options):
        parts.append(part.ratings)
        given.append((framework, seed, allow_seen))
        return baselines.Popularity(part.num_users, part.num_items).fit(part.ratings)

    monkeypatch.setattr(choice, "fit", fit)
    more = {"framework": "tensorflow", "seed": 4, "allow_seen": True}
    advice.tune(ds, "ease", 3, **more)
    assert [len(part) for part in parts] == [16 * 120] * 3
    last = ds.ratings.groupby("user")["timestamp"].max()
    assert (parts[0].groupby("user")["timestamp"].max() < last).all()
    assert set(given) == {("tensorflow", 4, True)}
    parts.clear()
    advice.tune(ds, "ease", 2, min_rating=3)
    assert parts[0]["rating"].min() == 3
    assert len(parts[0]) < 0.85 * (ds.ratings["rating"] >= 3).sum()


def test_the_seed_decides(ds):
    some = [advice.tune(ds, "als", 2, seed=seed, epochs=2) for seed in (3, 3, 4)]
    pd.testing.assert_frame_equal(some[0].table, some[1].table)
    assert some[0].sentence == some[1].sentence
    assert not some[0].table.equals(some[2].table)


def test_a_setting_that_fails_is_passed_over(ds, monkeypatch):
    monkeypatch.setitem(
        tuning.SPACES, "ease", {"l2": (300.0, -1.0), "recency": (0.0, 1.0)}
    )
    found = advice.tune(ds, "ease", 8)
    assert found.options == {"l2": 300.0, "recency": 1.0}
    assert found.table["NDCG@10"].isna().sum() == 2
    assert "ease, 2 settings" in found.sentence and "that failed: " in found.sentence
    with pytest.raises(ValueError, match="l2"):
        advice.tune(ds, "ease", 2, l2=-1.0)


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("popularity", {}, "popularity has nothing to tune; these have: content, "),
        ("markov", {}, "markov has nothing to tune"),
        ("recency-knn", {}, "recency-knn has no settings to try; these have"),
        ("biased-mf", {}, "it predicts ratings, and settings are judged by lists"),
        ("eas", {}, "there is no model 'eas'"),
        ("ease", {"trials": 1}, "at least 2 settings"),
        ("ease", {"l2": 3.0, "recency": 0.0}, "l2, recency are set by hand"),
        ("ease", {"dim": 3}, "ease has no option 'dim'"),
        ("ease", {"min_rating": 9}, "they run from"),
        ("mf", {"framework": "jax"}, "torch or tensorflow"),
    ],
)
def test_what_cannot_be_tuned(ds, name, more, said):
    with pytest.raises(data.DataError, match=said):
        advice.tune(ds, name, **more)


def test_data_that_cannot_tell_settings_apart(ds):
    few = make(num_users=40, num_items=60, ratings_per_user=10)
    with pytest.raises(data.DataError, match="cannot be tuned: 40 of 40 user"):
        advice.tune(few, "ease")
    bare = ds.ratings.assign(timestamp=np.arange(len(ds.ratings)))
    untimed = replace(ds, ratings=bare)
    for lowest in (None, 3):
        with pytest.raises(data.DataError, match="the data has no time"):
            advice.tune(untimed, "decayed-rules", min_rating=lowest)
    with pytest.raises(data.DataError, match="the others of its options need times"):
        advice.tune(untimed, "ease", l2=50.0, min_rating=3)
    assert "recency" not in " ".join(advice.tune(untimed, "ease", 8).table["setting"])


def test_settings_that_change_one_option_come_first():
    space, usual = tuning.SPACES["als"], {"dim": 64, "l2": 30.0, "alpha": 3.0}
    tried = tuning.trials("als", 10, 0)
    assert tried[0] == {}
    changed = [
        {own: value for own, value in some.items() if value != usual[own]}
        for some in tried[1:]
    ]
    second = [{own: values[1]} for own, values in space.items()]
    assert changed[:3] == second
    assert [len(own) for own in changed[:7]] == [1] * 7
    assert all(len(own) > 1 for own in changed[7:])
    assert tuning.trials("als", 10, 1)[:8] == tried[:8]
    assert tuning.trials("als", 10, 1)[8:] != tried[8:]
    for some in tuning.trials("als", 99, 0, fixed=["l2"])[1:]:
        assert set(some) == {"dim", "alpha"}
    assert len(tuning.trials("als", 99, 0)) == 3 * 4 * 3
