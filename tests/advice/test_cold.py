"""What models are worth for new people and new items: on planted structure, and that
nothing of what is new is trained on.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rec_tutor import advice, baselines, data, foldin
from rec_tutor.advice import cold_start, newcomers, novelties
from rec_tutor.advice.measure import fit
from rec_tutor.data.synthetic import make
from rec_tutor.evaluation import splits
from rec_tutor.recipes.table import RECIPES

pytestmark = pytest.mark.long

SIMPLE = ["popularity", "item-knn", "ease"]


@pytest.fixture(scope="module")
def ds():
    """600 people, a fifth of them is 120; four groups of taste."""
    return make(num_users=600, num_items=120, ratings_per_user=20, loyalty=0.95)


@pytest.fixture(scope="module")
def people(ds):
    return advice.cold(ds, "users", SIMPLE, trials=2, answers=(1, 5))


@pytest.fixture(scope="module")
def items(ds):
    return advice.cold(ds, "items", trials=2)


def value(report, model, question):
    rows = report.table.set_index(["model", "question"])
    return rows.loc[(model, question), "NDCG@10"]


# --- people ---


def test_a_planted_taste_shows_after_a_few_answers(people):
    """Popularity knows nothing of the four groups; a few answers give one's own
    away.
    """
    table = people.table
    assert list(table["question"].unique()) == [
        "1 answer",
        "5 answers",
        "all answers",
        "trained",
    ]
    assert list(table["model"].unique()) == SIMPLE
    flat = table.loc[table["model"] == "popularity", "NDCG@10"]
    assert np.ptp(flat) < 0.02  # (the last one was trained on some more people)
    assert flat.iloc[:3].nunique() == 1
    for model in ("item-knn", "ease"):
        rows = table[table["model"] == model]
        assert (rows["lead low"].iloc[1:] > 0).all()
        assert value(people, model, "5 answers") > value(people, model, "1 answer")
    assert people.use["5 answers"] in ("item-knn", "ease")
    assert (table["low"] < table["NDCG@10"]).all() and (table["status"] == "ok").all()


def test_the_words_hold_what_the_table_holds(people):
    text = str(people)
    row = people.table.set_index(["model", "question"]).loc[
        (people.use["5 answers"], "1 answer")
    ]
    assert f"{row['lead']:+.4f}" in text
    assert people.sentence.split()[-1] in text.split()[-1]
    for word in ("Lead over popularity", "5 answers", "New are 120 of 600 people"):
        assert word in text
    assert max(map(len, text.splitlines())) < 120
    price = people.price.loc[people.use["all answers"]]
    assert f"{price['difference']:+.4f}" in people.sentence
    assert price["low"] < price["difference"] < price["high"]


def test_new_people_are_in_no_training_but_the_last(ds):
    seen = []

    def spy(part, name, **settings):
        seen.append(part.ratings)
        return fit(part, name, **settings)

    advice.cold(ds, "users", ["popularity"], trials=1, answers=(1,), fit=spy)
    tune, cold, warm = seen
    split = splits.new_users(ds.ratings, seed=0)
    new = set(split.test["user"])
    assert not set(cold["user"]) & new and len(cold) == len(split.train)
    assert set(tune["user"]) < set(cold["user"])
    assert len(set(cold["user"]) - set(tune["user"])) == 96  # a fifth of 480
    # once they are known, what is asked for is still hidden
    assert len(warm) == len(ds.ratings) - len(split.test)
    both = pd.MultiIndex.from_frame(warm[["user", "item"]])
    assert not both.isin(pd.MultiIndex.from_frame(split.test[["user", "item"]])).any()


def test_a_question_tells_only_its_answers(ds):
    """Each new person's first answers in time, and no more; all else is masked."""
    plan = newcomers.plan(ds, 0, (1, 3))
    split = splits.new_users(ds.ratings, seed=0)
    asked = []

    class Ear:
        num_items = ds.num_items

        def score_new(self, row):
            asked.append(row.indices.tolist())
            return np.zeros((1, ds.num_items))

    for name, n in (("1 answer", 1), ("3 answers", 3), ("all answers", 16)):
        asked.clear()
        found = plan.cold.questions[name].ask(Ear(), 10)
        first = splits.answers(split.fold_in, n)
        own = first.groupby("user")["item"].agg(lambda column: sorted(column))
        assert asked == own.loc[found.index].tolist()
    mask = plan.cold.questions["1 answer"].seen
    assert mask.nnz == len(split.fold_in)


def test_the_answers_come_in_the_order_of_time():
    answers = pd.DataFrame(
        {"user": 0, "item": [4, 2, 9], "rating": [1.0, 2, 3], "timestamp": [30, 10, 20]}
    )
    heard = []

    class Reads:
        length = 5

        def score(self, users, histories=None):
            heard.append(histories[0].tolist())
            return np.zeros((1, 10))

    newcomers.Newcomers(Reads(), 10, answers).score(np.array([0]))
    assert heard == [[2, 9, 4]]


def test_several_networks_are_asked_together():
    answers = pd.DataFrame({"user": [3], "item": [1], "rating": 5.0, "timestamp": 1})

    class Reads:
        length = 5

        def __init__(self, scores):
            self.scores = scores

        def score(self, users, histories=None):
            return np.array([self.scores])

    class Mean:
        models = (Reads([0.0, np.log(3)]), Reads([np.log(3), 0.0]))

    found = newcomers.Newcomers(Mean(), 2, answers).score(np.array([3]))
    np.testing.assert_allclose(found, [[0.5, 0.5]])


def test_who_has_too_little_to_give_is_not_asked(ds):
    """A third of the people has only six rows, of which five can be told."""
    ratings = ds.ratings.sort_values("timestamp", kind="stable")
    short = (ratings["user"] % 3 == 0) & (ratings.groupby("user").cumcount() >= 6)
    less = replace(ds, ratings=ratings[~short].reset_index(drop=True))
    some = newcomers.plan(less, 0, (1, 5))
    assert some.cold.questions["1 answer"].wanted["user"].nunique() == 120
    fewer = newcomers.plan(less, 0, (1, 10, 17))
    assert list(fewer.cold.questions) == ["1 answer", "10 answers", "all answers"]
    for question in fewer.cold.questions.values():
        people = question.wanted["user"].unique()
        assert 60 < len(people) < 100 and (people % 3 > 0).all()
    assert f"{len(people)} of 120 new people have at least 10 answers" in fewer.refused


def test_models_that_know_only_their_people_say_so(ds, monkeypatch):
    """They get no number for new people; what is listed is what cannot fold in."""
    for name in newcomers.KNOW_ONLY_THEIR_PEOPLE:
        kind = RECIPES[name].network.partition(".")[2]
        assert kind not in foldin.SOLVERS

    def quick(part, name, **settings):
        return baselines.Popularity(part.num_users, part.num_items).fit(part.ratings)

    monkeypatch.setattr(cold_start, "need", lambda framework: None)  # imports none here
    report = advice.cold(
        ds, "users", ["ncf", "ease"], framework="torch", answers=(1,), fit=quick
    )
    rows = report.table.set_index(["model", "question"]).loc["ncf"]
    assert rows.loc[["1 answer", "all answers"], "NDCG@10"].isna().all()
    assert rows.loc["trained", "NDCG@10"] > 0  # the price can be said
    assert "no number, it knows the people that it was trained on" in str(report)
    assert list(report.table["model"].unique()) == ["popularity", "ease", "ncf"]


# --- items ---


def test_the_genre_finds_planted_items_and_numbers_of_others_are_missing(items, ds):
    """Genres are the groups of taste, so content finds the new items of one's group."""
    assert items.use["among new"] == "content"
    assert value(items, "content", "among new") > 0.3
    rows = items.table.set_index(["model", "question"])
    for model in ("popularity", "ease"):
        assert (
            rows.loc[model].loc[["among new", "in catalogue"], "NDCG@10"].isna().all()
        )
        assert (rows.loc[model].loc[["told", "warm"], "NDCG@10"] > 0).all()
    assert "ease: no number, it knows items by who took them" in str(items)
    lead = rows.loc[("content", "among new")]
    assert lead["lead low"] > 0 and f"{lead['lead']:+.4f}" in items.sentence
    assert "Where nothing is new" in items.sentence


def test_new_items_are_in_no_training_but_the_last(ds):
    seen = []

    def spy(part, name, **settings):
        if name == "content":
            seen.append(part.ratings)
        return fit(part, name, **settings)

    advice.cold(ds, "items", ["content"], trials=1, fit=spy)
    tune, cold, warm = seen
    new = set(np.random.default_rng(0).permutation(120)[:24])
    other = set(np.random.default_rng(0).permutation(120)[24:48])
    assert not set(cold["item"]) & new and set(cold["item"]) > other
    assert not set(tune["item"]) & (new | other)
    assert len(warm) == len(splits.temporal(ds.ratings, valid=0.0).train)


def test_the_mask_of_new_items_holds_what_people_took_before(ds):
    plan = novelties.plan(ds, 0)
    usual = splits.temporal(ds.ratings, valid=0.0)
    for name in ("among new", "in catalogue"):
        assert plan.cold.questions[name].seen.nnz == len(usual.train)
    inner = splits.temporal(usual.train, valid=0.0)
    assert plan.tune.questions["among new"].seen.nnz == len(inner.train)


def test_among_the_new_only_new_items_are_ranked(ds):
    question = novelties.plan(ds, 0).cold.questions["among new"]
    floor = baselines.Popularity(ds.num_users, ds.num_items).fit(ds.ratings)
    scores = question.through(floor).score(np.arange(3))
    new = np.random.default_rng(0).permutation(120)[:24]
    assert np.isfinite(scores[:, new]).all()
    assert (np.delete(scores, new, axis=1) == -np.inf).all()


def test_popularity_of_the_genre_by_hand():
    """Comedy: counts 4 and 2, drama: 2; their mean is 8/3. With shrink 1 the guess is
    (6 + 8/3) / 3 for a comedy and (2 + 8/3) / 2 for a drama.
    """
    genres = [("comedy",), ("comedy",), ("drama",), ("comedy", "drama"), (), ("new",)]
    taken = [0] * 4 + [1] * 2 + [2] * 2
    ratings = pd.DataFrame({"user": 0, "item": taken, "rating": 1.0})
    floor = novelties.GenrePopularity(1, 6, genres, shrink=1.0).fit(ratings)
    comedy, drama = (6 + 8 / 3) / 3, (2 + 8 / 3) / 2
    expected = [4, 2, 2, (comedy + drama) / 2, 8 / 3, 8 / 3]
    np.testing.assert_allclose(floor.score(np.array([0, 0])), [expected] * 2)


# --- both ---


def test_the_same_seed_gives_the_same_report(ds, items):
    again = advice.cold(ds, "items", trials=2)
    drop = ["seconds"]
    pd.testing.assert_frame_equal(
        again.table.drop(columns=drop), items.table.drop(columns=drop)
    )
    assert again.sentence == items.sentence
    other = advice.cold(ds, "items", trials=2, seed=1)
    assert other.sentence != items.sentence


def test_the_options_are_those_that_did_best_on_others(ds):
    """Of two settings the second is made the better one."""

    def moody(part, name, **options):
        good = name == "item-knn" and options.get("neighbours") == 1000
        return fit(part, "item-knn" if good else "popularity", framework=None, seed=0)

    for new, on in (("users", "5 answers"), ("items", "warm")):
        report = advice.cold(ds, new, SIMPLE[:2], trials=2, answers=(5,), fit=moody)
        rows = report.table.set_index(["model", "question"])
        told = rows.loc[("item-knn", on), "options"]
        assert told == ("neighbours 1000, shrink 0" if new == "users" else "")


def test_p_is_corrected_for_all_questions(ds, monkeypatch):
    told = []

    def spy(runs, valid, k, questions):
        told.append(questions)
        return decide(runs, valid, k, questions)

    decide = cold_start.decide
    monkeypatch.setattr(cold_start, "decide", spy)
    advice.cold(ds, "users", SIMPLE[:2], trials=1, answers=(1, 2, 5))
    assert told == [4] * 4  # with all answers


def test_no_difference_is_said():
    """Everybody takes other items than the others, drawn from a hat."""
    rng = np.random.default_rng(5)
    pairs = [(u, i) for u in range(600) for i in rng.permutation(80)[:12]]
    frame = pd.DataFrame(pairs, columns=["user", "item"])
    frame["timestamp"] = 1_600_000_000 + 60 * np.arange(len(frame))
    report = advice.cold(data.from_frame(frame), "users", SIMPLE, answers=(1, 5))
    assert set(report.use.values()) == {"popularity"}
    assert "No model was shown to be better than popularity." in report.sentence


def test_without_time_the_answers_are_any(ds):
    raw = ds.raw()[["user", "item", "rating"]]
    report = advice.cold(
        data.from_frame(raw), "users", [*SIMPLE, "decayed-rules"], answers=(1,)
    )
    rules = report.table[report.table["model"] == "decayed-rules"]
    assert rules["NDCG@10"].isna().all()
    assert "decayed-rules: not tried: it learns what" in str(report)
    assert report.use["all answers"] in ("item-knn", "ease")


def test_only_what_was_liked_is_to_be_found(ds):
    plan = newcomers.plan(ds, 0, (1,), liked=4)
    assert plan.cold.questions["1 answer"].wanted["rating"].min() >= 4
    assert plan.warm.questions["trained"].wanted["rating"].min() >= 4
    assert "at least 4 are to be found" in plan.how
    plan = novelties.plan(ds, 0, liked=4)
    for exam in (plan.tune, plan.cold, plan.warm):
        assert all(q.wanted["rating"].min() >= 4 for q in exam.questions.values())


@pytest.mark.parametrize("new", ["users", "items"])
def test_too_few_people(new):
    report = advice.cold(make(num_users=90, num_items=60), new)
    assert report.use == {} and report.table.empty
    assert "it takes 100 to tell models apart" in report.sentence
    assert "No answer" in str(report)
    with pytest.raises(ValueError, match="nothing to draw"):
        report.figure()


def test_a_model_that_fails_stays_in_the_table(ds):
    def faulty(part, name, **settings):
        if name == "ease":
            raise ValueError("not\n  these data")
        return fit(part, name, **settings)

    report = advice.cold(ds, "users", SIMPLE, answers=(1,), trials=1, fit=faulty)
    rows = report.table[report.table["model"] == "ease"]
    assert rows["NDCG@10"].isna().all()
    assert "ease: failed: ValueError: not these data" in str(report)


def test_out_of_time(ds):
    def slow(part, name, **settings):
        while name == "ease":
            pass
        return fit(part, name, **settings)

    report = advice.cold(
        ds, "users", ["popularity", "ease"], answers=(1,), minutes=0.05, fit=slow
    )
    assert "ease: not finished in time." in report.notes
    assert "only popularity" in report.sentence


def test_the_figure(people):
    from matplotlib import pyplot as plt

    figure = people.figure()
    (ax,) = figure.axes
    assert [own.get_text() for own in ax.get_xticklabels()] == list(
        people.table["question"].unique()
    )
    assert "NDCG@10" in ax.get_ylabel()
    assert [own.get_text() for own in ax.get_legend().get_texts()] == SIMPLE
    plt.close(figure)


@pytest.mark.parametrize(
    ("new", "settings", "words"),
    [
        ("films", {}, "users or items, not 'films'"),
        ("users", {"models": ["nope"]}, "no model called 'nope'"),
        ("users", {"models": ["mf"]}, "mf needs a framework"),
        ("users", {"trials": 0}, "trials"),
        ("users", {"minutes": np.nan}, "minutes"),
        ("users", {"answers": (-1,)}, "answers are numbers"),
    ],
)
def test_wrong_arguments(ds, new, settings, words):
    with pytest.raises(data.DataError, match=words):
        advice.cold(ds, new, **settings)


def test_items_that_nothing_is_known_of(ds):
    bare = replace(ds, items=ds.items[["item_id"]])
    with pytest.raises(data.DataError, match="itemID,title,genres"):
        advice.cold(bare, "items")
