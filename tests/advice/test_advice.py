"""Which model for my data: on planted structure, on odd data, against the clock."""

import threading
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rec_tutor import advice, baselines, data
from rec_tutor.advice import facts, trial, tuning
from rec_tutor.data.synthetic import make
from rec_tutor.recipes.table import RECIPES

SIMPLE = ["popularity", "item-knn", "ease"]


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


@pytest.fixture(scope="module")
def report(ds):
    return advice.evaluate(ds)


def rows(triples, times=False):
    frame = pd.DataFrame(triples, columns=["user", "item"])
    if times:
        frame["timestamp"] = 1_600_000_000 + 60 * np.arange(len(frame))
    return data.from_frame(frame)


def without_seconds(report):
    return report.table.drop(columns="seconds")


def test_planted_structure_is_found(report):
    """Users walk through their group's items in the same order: what follows what is
    the best guide, and all personal models beat popularity by far.
    """
    assert report.use == "decayed-rules"
    assert report.sentence.startswith(
        "Use decayed-rules: it was the best on the validation"
    )
    table = report.table
    assert set(table.index) == {
        "popularity",
        "item-knn",
        "decayed-rules",
        "ease",
        "als",
    }
    assert (table["status"] == "ok").all()
    rest = table.drop("popularity")
    assert (rest["low"] > table.loc["popularity", "high"]).all()
    assert (table["low"] < table["NDCG@10"]).all()
    assert (table["NDCG@10"] < table["high"]).all()
    assert (table["recall low"] < table["recall"]).all()
    assert table["coverage"].between(0, 1).all() and (table["novelty"] > 0).all()
    assert (table["trials"].drop("popularity") == 5).all()
    assert table.loc["als", "seeds"] == 3 and table.loc["ease", "seeds"] == 1
    assert table["NDCG@10"].is_monotonic_decreasing


def test_the_words_hold_what_the_table_holds(report):
    text = str(report)
    assert text.endswith(report.sentence[-20:])
    for word in ("users", "NDCG@10", "novelty", "Lead of decayed-rules", "can flatter"):
        assert word in text
    assert max(map(len, text.splitlines())) < 120
    row = report.comparisons.loc["item-knn"]
    assert f"{row['difference']:+.4f}" in report.sentence


def test_the_same_seed_gives_the_same_report(ds):
    one, two = (advice.evaluate(ds, [*SIMPLE, "als"], seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(without_seconds(one), without_seconds(two))
    pd.testing.assert_frame_equal(one.comparisons, two.comparisons)
    assert (one.sentence, one.notes) == (two.sentence, two.notes)


def test_the_test_part_is_what_it_says(ds):
    """A model that learns the data by heart and one that knows only the training part:
    what is fitted never holds the test part.
    """
    sizes = []

    def fit(part, name, *, framework, seed):
        sizes.append(part.ratings.groupby("user").size().unique().tolist())
        assert part.num_items == ds.num_items
        return baselines.Popularity(part.num_users, part.num_items).fit(part.ratings)

    advice.evaluate(ds, ["popularity", "item-knn"], trials=1, fit=fit)
    # of 20 ratings 4 are test and 2 validation: once to tune, once to fit again
    assert sizes == [[14], [16]] * 2


def test_pure_chance_is_no_difference():
    """Everybody takes other items than the others, drawn from a hat."""
    rng = np.random.default_rng(5)
    pairs = [(u, i) for u in range(200) for i in rng.permutation(80)[:12]]
    report = advice.evaluate(rows(pairs, times=True), [*SIMPLE, "decayed-rules"])
    assert report.use == "popularity"
    assert report.sentence.startswith(("No difference found", "Use popularity"))


def test_constant_ratings(ds):
    constant = replace(ds, ratings=ds.ratings.assign(rating=3.0))
    one, two = (advice.evaluate(part, SIMPLE) for part in (ds, constant))
    pd.testing.assert_frame_equal(without_seconds(one), without_seconds(two))
    assert one.sentence == two.sentence
    assert two.facts.loc["ratings", "value"] == "none (all are 3)"
    assert "below the middle" in one.facts.loc["ratings", "matters"]


def test_without_time(ds):
    raw = ds.raw()[["user", "item", "rating"]]
    report = advice.evaluate(data.from_frame(raw), [*SIMPLE, "decayed-rules"])
    assert report.facts.loc["time", "value"] == "none"
    assert "in random order (there is no time)" in report.notes[0]
    assert report.table.loc["decayed-rules", "status"].startswith(
        "not tried: it learns what"
    )
    assert "decayed-rules: not tried" in " ".join(report.notes)
    assert "recency" not in report.table.loc["ease", "options"]
    assert report.use in ("item-knn", "ease")
    assert (
        "decayed-rules"
        not in advice.evaluate(data.from_frame(raw), trials=1).table.index
    )
    assert not facts.has_time(ds.ratings.assign(timestamp=5))


def test_two_hundred_rows_are_too_few():
    small = make(num_users=20, num_items=40, ratings_per_user=10)
    assert len(small.ratings) == 200
    report = advice.evaluate(small)
    assert report.use is None and report.table.empty
    assert "20 of 20 user(s) have enough" in report.sentence
    assert "takes 100" in report.sentence
    assert "No answer" in str(report)
    with pytest.raises(ValueError, match="nothing to draw"):
        report.figure()


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([(1, item) for item in range(300)], "1 of 1 user(s) have"),
        ([(user, 1) for user in range(300)], "0 of 300 user(s) have"),
        # the same only item again and again
        ([(u, u % 7) for u in range(150) for _ in range(6)], "0 of 150 user(s) have"),
        ([(user, item) for user in range(150) for item in range(20)], "holds them all"),
        ([(1, 1)], "0 of 1 user(s) have"),
    ],
    ids=["one user", "one item", "repeats", "everybody has everything", "one row"],
)
@pytest.mark.parametrize("times", [False, True])
def test_data_that_cannot_decide(tmp_path, pairs, reason, times):
    frame = pd.DataFrame(pairs, columns=["userID", "itemID"])
    if times:
        frame["timestamp"] = 1_600_000_000 + np.arange(len(frame))
    frame.to_csv(tmp_path / "r.csv", index=False)
    report = advice.evaluate(data.read_csv(tmp_path / "r.csv", duplicates="keep"))
    assert report.use is None and reason in report.sentence
    str(report)


def test_short_histories_leave_one_out():
    """Four interactions each: a fifth of them is none, so the last one is tested."""
    short = make(num_users=400, num_items=60, ratings_per_user=4)
    report = advice.evaluate(short, SIMPLE)
    assert "the last one, validation the one before" in report.notes[0]
    assert report.use in ("item-knn", "ease")
    assert "little but popularity" in " ".join(report.facts["matters"])


def test_repeats_count_once_and_the_earliest_stays(ds):
    raw = ds.ratings
    twice = pd.concat([raw, raw.assign(timestamp=raw["timestamp"] + 10**8)])
    once = facts.without_repeats(replace(ds, ratings=twice.reset_index(drop=True)))
    pd.testing.assert_frame_equal(once.ratings, raw)
    again = raw.assign(timestamp=np.arange(len(raw)))
    double = pd.concat([again, again], ignore_index=True)
    double["timestamp"] = np.arange(len(double))
    bare = facts.without_repeats(replace(ds, ratings=double))
    pd.testing.assert_frame_equal(bare.ratings, again)
    table = advice.describe(replace(ds, ratings=double))
    assert table.loc["repeated pairs", "value"] == "2,400"
    assert table.loc["time", "value"] == "none"


def test_an_advised_model_that_may_read_the_order_of_rows_gets_a_reserve(ds):
    """Whole pages of five at one time, listed in the order that was planted."""
    ratings = ds.ratings.sort_values(["user", "timestamp"], ignore_index=True)
    page = ratings.groupby("user").cumcount() // 5
    start = ratings.groupby("user")["timestamp"].transform("min")
    paged = replace(ds, ratings=ratings.assign(timestamp=start + page * 1000))
    report = advice.evaluate(paged, [*SIMPLE, "decayed-rules"], trials=2)
    assert report.use == "decayed-rules"
    assert "With reserve: for 100% of the users the cut lies" in report.sentence
    half = paged.ratings["user"] % 2 == 0
    later = paged.ratings["timestamp"] + half * paged.ratings.index
    report = advice.evaluate(
        replace(ds, ratings=paged.ratings.assign(timestamp=later)),
        [*SIMPLE, "decayed-rules"],
        trials=2,
    )
    assert "for 50% of the users" in report.sentence
    assert "Among the 60 others its lead over " in report.sentence


def test_describe_odd_times(ds):
    milliseconds = ds.ratings.assign(timestamp=ds.ratings["timestamp"] * 1000)
    table = advice.describe(replace(ds, ratings=milliseconds))
    assert "not seconds" in table.loc["time", "matters"]
    assert "from 2020-09-14" not in table.loc["time", "value"]


def broken(**faults):
    """A fit in which some models do as told."""

    def fit(part, name, *, framework, seed, **options):
        if name in faults:
            faults[name](part, options)
        return baselines.Popularity(part.num_users, part.num_items).fit(part.ratings)

    return fit


def fail(part, options):
    raise ValueError("this one\n  does not like these data")


def for_ever(part, options):
    while True:
        pass


def sleep(part, options):
    time.sleep(3600)


def test_a_model_that_fails_stays_in_the_table(ds):
    report = advice.evaluate(ds, SIMPLE, fit=broken(ease=fail))
    row = report.table.loc["ease"]
    assert row["status"] == "failed: ValueError: this one does not like these data"
    assert np.isnan(row["NDCG@10"]) and report.table.index[-1] == "ease"
    assert "ease: failed" in " ".join(report.notes)
    assert report.use == "popularity"  # the others are the same model


@pytest.mark.parametrize("fault", [for_ever, sleep])
def test_a_model_that_never_ends_is_not_finished(ds, fault, monkeypatch):
    monkeypatch.setattr(tuning, "GRACE", 0.2)
    faults = {"item-knn": fault}
    began = time.monotonic()
    report = advice.evaluate(ds, SIMPLE, minutes=0.05, fit=broken(**faults))
    assert time.monotonic() - began < 30
    assert report.table.loc["item-knn", "status"] == "not finished in time"
    assert report.table.loc["ease", "status"] == "ok", "the next one still has time"
    assert "item-knn: not finished in time" in " ".join(report.notes)


def test_a_trial_that_never_ends_costs_only_itself(ds):
    def odd(part, options):
        if options:
            for_ever(part, options)

    report = advice.evaluate(ds, SIMPLE, minutes=0.1, fit=broken(ease=odd))
    assert report.table.loc["ease", "status"] == "ok, 1 of 5 trials"
    assert "ease was tuned less than the others: 1 of 5 trials" in report.notes[-2]


def test_a_final_fit_that_never_ends(ds):
    def late(part, options):
        if len(part.ratings) > 0.75 * len(ds.ratings):
            for_ever(part, options)

    report = advice.evaluate(ds, SIMPLE, minutes=0.05, fit=broken(ease=late))
    assert report.table.loc["ease", "status"] == "not finished in time"


def test_nan_is_a_failure(ds):
    class Diverged(baselines.Popularity):
        def score_new(self, rows):
            return np.full((rows.shape[0], self.num_items), np.nan)

    kinds = dict.fromkeys(SIMPLE, baselines.Popularity) | {"ease": Diverged}

    def fit(part, name, **_):
        return kinds[name](part.num_users, part.num_items).fit(part.ratings)

    report = advice.evaluate(ds, SIMPLE, fit=fit)
    assert "NaN" in report.table.loc["ease", "status"]
    assert report.table.loc["ease", "options"] == ""
    assert "NaN" in " ".join(report.notes)


def test_nothing_finishes(ds):
    report = advice.evaluate(
        ds,
        SIMPLE,
        fit=broken(**dict.fromkeys(SIMPLE, fail)),
    )
    assert report.use is None
    assert report.sentence == (
        "No answer: no model was measured, there is nothing to compare."
    )
    assert len(report.table) == 3
    report.figure()


def test_too_large_a_table_is_not_tried(ds, monkeypatch):
    monkeypatch.setattr(tuning, "LARGEST", 100)
    report = advice.evaluate(ds, ["popularity", "ease", "als"], trials=1)
    assert "120 × 120 items is too large" in report.table.loc["ease", "status"]


def test_many_users_are_sampled(ds, monkeypatch):
    monkeypatch.setattr(advice.measure, "MOST", 110)
    report = advice.evaluate(ds, SIMPLE, trials=2)
    assert "Test: of 110 of 120 users, drawn at random" in report.notes[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"models": ["eaze"]}, "no model called 'eaze'. Known: popularity"),
        ({"models": []}, "Name two models"),
        ({"models": ["ease", "ease"]}, "Name two models"),
        ({"models": ["mf", "ease"]}, "mf needs a framework"),
        ({"models": ["mf", "ease"], "framework": "jax"}, "jax"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": np.inf}, "minutes"),
        ({"trials": 0}, "trials"),
    ],
)
def test_wrong_arguments(ds, settings, words):
    with pytest.raises(data.DataError, match=words):
        advice.evaluate(ds, **settings)


@pytest.mark.parametrize("name", tuning.SPACES)
def test_trials_are_equal_distinct_and_start_with_the_defaults(name):
    found = tuning.trials(name, 5, seed=1)
    assert found[0] == {}
    assert len(found) == (5 if tuning.SPACES[name] else 1)
    defaults = {option: values[0] for option, values in tuning.SPACES[name].items()}
    settings = [tuple({**defaults, **options}.items()) for options in found]
    assert len(set(settings)) == len(settings)
    assert found == tuning.trials(name, 5, seed=1)
    if name in tuning.NEEDS_TIME:
        kept = tuning.trials(name, 5, seed=1, time=False)
        assert not any(set(tuning.NEEDS_TIME[name]) & set(options) for options in kept)


def test_every_space_belongs_to_a_recipe():
    for name, space in tuning.SPACES.items():
        defaults = RECIPES[name].defaults()
        assert set(space) <= set(defaults), name
        # else a trial would repeat the defaults
        assert all(values[0] == defaults[own] for own, values in space.items()), name
        assert all(len(set(values)) == len(values) for values in space.values())


def test_within():
    assert tuning.within(5, lambda: 3) == 3
    with pytest.raises(KeyError):
        tuning.within(5, lambda: {}["no"])
    before = threading.active_count()
    with pytest.raises(TimeoutError, match="stopped after"):
        tuning.within(0.1, lambda: for_ever(None, None))
    assert threading.active_count() == before, "the fit was told to stop, and did"


def test_the_figure_shows_every_model(ds):
    from matplotlib import pyplot as plt

    report = advice.evaluate(ds, SIMPLE, fit=broken(ease=fail))
    figure = report.figure()
    left, _ = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(
        report.table.index
    )
    assert "failed" in [text.get_text() for text in left.texts]
    assert left.get_xlabel() == "NDCG@10 (95 % interval)"
    assert report.use in figure.get_suptitle()
    plt.close(figure)


def test_random_models_are_repeated_only_while_there_is_time(ds):
    contest = trial.Contest(
        ds, advice.measure.cut(ds, True, 0)[0], True, broken(), None, 0, 10
    )
    assert len(contest.run("als", 2, 60).runs) == 3
    assert len(contest.run("ease", 2, 60).runs) == 1
