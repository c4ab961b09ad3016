"""Projects with one fault each: it is found, and named; the honest one passes."""

import os
import re

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data, evaluation, project
from rec_tutor.data.schema import DataError
from rec_tutor.evaluation import splits
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.project import folder as folders
from rec_tutor.project import judge, numbers, texts
from tests.project.conftest import fitted, lists_of

pytestmark = pytest.mark.long


def table(folder, name):
    return pd.read_csv(folder / name)


def save(frame, folder, name):
    frame.to_csv(folder / name, index=False)


def change(folder, name, old, new, count=-1):
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, count), encoding="utf-8")


def named_split(folder, kind):
    text = (folder / "project.toml").read_text()
    start, end = text.index("[split]"), text.index("[lists]")
    cut = f'[split]\nkind = "{kind}"\n'
    (folder / "project.toml").write_text(text[:start] + cut + text[end:])


def levels(report, words):
    return {own.level for own in report.found if words in own.text}


# ---------------------------------------------------------------------- the faults


def test_in_train(folder):
    rows = [table(folder, f"{part}.csv") for part in ("train", "test")]
    save(pd.concat(rows), folder, "train.csv")


def one_test_row_in_train(folder):
    rows = [table(folder, "train.csv"), table(folder, "test.csv").head(1)]
    save(pd.concat(rows), folder, "train.csv")


def valid_in_train(folder):
    rows = [table(folder, f"{part}.csv") for part in ("train", "valid")]
    save(pd.concat(rows), folder, "train.csv")


def trained_on_test(folder):
    ds = data.load("synthetic")
    known = splits.temporal(ds.ratings).refit
    _, own = lists_of(fitted(ds, ds.ratings, "ease"), ds, known)
    save(own, folder, "lists/als.csv")


def popularity_of_all_rows(folder):
    ds = data.load("synthetic")
    known = splits.temporal(ds.ratings).refit
    _, own = lists_of(fitted(ds, ds.ratings, "popularity"), ds, known)
    save(own, folder, "lists/popularity.csv")


def mask_forgotten(folder):
    ds = data.load("synthetic")
    known = splits.temporal(ds.ratings).refit
    _, own = lists_of(fitted(ds, known, "als"), ds, known.head(0))
    save(own, folder, "lists/als.csv")


def valid_not_masked(folder):
    ds = data.load("synthetic")
    train = splits.temporal(ds.ratings).train
    _, own = lists_of(fitted(ds, train, "als"), ds, train)
    save(own, folder, "lists/als.csv")


def sorted_by_the_answers(folder):
    own, test = table(folder, "lists/als.csv"), table(folder, "test.csv")
    pairs = pd.MultiIndex.from_frame(test[["userID", "itemID"]])
    hit = pd.MultiIndex.from_frame(own[["userID", "itemID"]]).isin(pairs)
    own = own.assign(miss=~hit).sort_values(["userID", "miss"], kind="stable")
    save(own[["userID", "itemID"]], folder, "lists/als.csv")


def sorted_by_item(folder):
    own = table(folder, "lists/als.csv").sort_values(["userID", "itemID"])
    save(own, folder, "lists/als.csv")


def random_popularity(folder):
    rng = np.random.default_rng(0)
    known = pd.concat([table(folder, "train.csv"), table(folder, "valid.csv")])
    every, rows = known["itemID"].unique(), []
    for user, own in known.groupby("userID"):
        left = np.setdiff1d(every, own["itemID"])
        rows += [(user, item) for item in rng.choice(left, 10, replace=False)]
    save(
        pd.DataFrame(rows, columns=["userID", "itemID"]), folder, "lists/popularity.csv"
    )


def weak_baseline(folder):
    random_popularity(folder)
    (folder / "lists/popularity.csv").rename(folder / "lists/ease.csv")
    ds = data.load("synthetic")
    known = splits.temporal(ds.ratings).refit
    _, own = lists_of(fitted(ds, known, "popularity"), ds, known)
    save(own, folder, "lists/popularity.csv")


def copied_baseline(folder):
    save(table(folder, "lists/ease.csv"), folder, "lists/als.csv")


def typed_number(folder):
    own = table(folder, "results.csv")
    own.loc[own["model"] == "als", "ndcg"] += 0.01
    save(own.round(4), folder, "results.csv")


def typed_in_report(folder):
    text = (folder / "report.md").read_text(encoding="utf-8")
    new = re.sub(r"\| als \| 0\.\d", "| als | 0.9", text)
    assert new != text
    (folder / "report.md").write_text(new, encoding="utf-8")


def times_of_train_shuffled(folder):
    own = table(folder, "train.csv")
    own["timestamp"] = np.random.default_rng(0).permutation(own["timestamp"])
    save(own, folder, "train.csv")


def split_at_random(folder):
    own = table(folder, "ratings.csv")
    place = np.random.default_rng(0).random(len(own))
    for part, low, high in (("train", 0, 0.7), ("valid", 0.7, 0.8), ("test", 0.8, 1)):
        save(own[(place >= low) & (place < high)], folder, f"{part}.csv")


def no_validation(folder):
    change(folder, "project.toml", 'valid = "valid.csv"\n', "")


def other_rows(folder):
    own = table(folder, "test.csv")
    own.loc[0, "itemID"] = 10**9
    save(own, folder, "test.csv")


def short_lists(folder):
    own = table(folder, "lists/als.csv")
    save(own.groupby("userID").head(9), folder, "lists/als.csv")


def people_left_out(folder):
    own = table(folder, "lists/als.csv")
    save(own[own["userID"] > 1003], folder, "lists/als.csv")


def an_item_twice(folder):
    own = table(folder, "lists/als.csv")
    own.loc[3, "itemID"] = own.loc[1, "itemID"]
    save(own, folder, "lists/als.csv")


def no_such_item(folder):
    own = table(folder, "lists/als.csv").astype(object)
    own.loc[3, "itemID"] = 10**40
    save(own, folder, "lists/als.csv")


def list_missing(folder):
    (folder / "lists/als.csv").unlink()


def fewer_tries(folder):
    own = table(folder, "tuning.csv")
    save(own[(own["model"] != "ease") | (own["setting"] == "s0")], folder, "tuning.csv")


def no_tries(folder):
    own = table(folder, "tuning.csv")
    save(own[own["model"] != "als"], folder, "tuning.csv")


def no_licence(folder):
    change(folder, "card.md", "## Licence", "## Thanks")


def empty_section(folder):
    text = (folder / "card.md").read_text(encoding="utf-8")
    before, after = text.split("## Sensitive columns\n", 1)
    after = after.replace(
        "We looked, and this is what we saw.", "<!-- a b c d e -->", 1
    )
    text = f"{before}## Sensitive columns\n{after}"
    (folder / "card.md").write_text(text, encoding="utf-8")


def wrong_count(folder):
    change(folder, "card.md", "2,400", "2,040")


def false_example(folder):
    change(folder, "errors.md", "| missed |", "| shown |", 1)


def no_interval(folder):
    change(folder, "report.md", "95 % interval", "surely", 1)
    text = (folder / "report.md").read_text(encoding="utf-8")
    text = re.sub(r"surely.*", "surely.", text)
    (folder / "report.md").write_text(text, encoding="utf-8")


def mail_addresses(folder):
    own = table(folder, "ratings.csv")
    own["userID"] = own["userID"].astype(str) + "@example.org"
    save(own, folder, "ratings.csv")


def sorted_without_times(folder):
    own = table(folder, "ratings.csv").sort_values(["userID", "itemID"])
    save(own[["userID", "itemID", "rating"]], folder, "ratings.csv")
    named_split(folder, "temporal")


FAULTS = [
    (2, test_in_train, "480 of 480 rows of test stand in train, too"),
    (2, one_test_row_in_train, "1 of 480 rows of test stand in train, too"),
    (2, valid_in_train, "rows of valid stand in train, too"),
    (3, trained_on_test, "als knows the answers"),
    (2, popularity_of_all_rows, "popularity counts the test part, too"),
    (3, mask_forgotten, "places show what the person has already"),
    (3, valid_not_masked, "all from the validation part"),
    (3, sorted_by_the_answers, "the lists were sorted by the answers"),
    (3, sorted_by_item, "sorted by the number of the item"),
    (2, random_popularity, "popularity is not popularity"),
    (2, weak_baseline, "A weak baseline makes any model look good"),
    (3, copied_baseline, "ease and als have the same lists"),
    (
        3,
        typed_number,
        "results.csv: the NDCG@10 of the lists is another one (als: typed",
    ),
    (
        5,
        typed_in_report,
        "report.md: the NDCG@10 of the lists is another one (als: typed",
    ),
    (2, times_of_train_shuffled, "rows have another time than in the data"),
    (2, split_at_random, "training knows their future"),
    (2, no_validation, "There is no validation part"),
    (2, other_rows, "test.csv: 1 of 480 rows are no rows of ratings.csv"),
    (3, short_lists, "120 people get fewer than 10 items"),
    (3, people_left_out, "of the test part have no list (1001, 1002, 1003"),
    (3, an_item_twice, "1 person get the same item twice"),
    (3, no_such_item, "1 rows recommend items that do not exist (1000"),
    (3, list_missing, "lists/als.csv is not there"),
    (3, fewer_tries, "ease 1, als 3. The baseline (ease) needs as many tries"),
    (3, no_tries, "tuning.csv has no row for als"),
    (1, no_licence, "card.md lacks the heading(s): Licence."),
    (1, empty_section, "card.md: nothing stands below: Sensitive columns."),
    (1, wrong_count, "the numbers that we count: 2,400 ratings."),
    (4, false_example, "was not shown"),
    (5, no_interval, "report.md does not give the interval"),
    (1, mail_addresses, "120 ids of users are e-mail addresses"),
    (2, sorted_without_times, "the rows of each user are sorted by item"),
]
for _, fault, _ in FAULTS:
    fault.__test__ = False  # some are called test_…


def test_nothing_is_wrong_with_the_honest_one(honest):
    report = project.check(honest)
    assert report.status == 0, str(report)
    assert report.count("wrong") == report.count("unread") == 0
    assert {own.hand_in for own in report.found} == {1, 2, 3, 4, 5}
    for words in (
        "2,400 ratings, 120 people, 120 items",
        "card.md: all 10 headings are there",
        "1,680 train, 240 valid, 480 test rows; 120 people to test",
        "No pair is in two parts.",
        "To compare, fitted here: NDCG@10 popularity 0.0",
        "results.csv: the typed NDCG@10 of popularity, ease, als agrees",
        "tuning.csv: settings tried: ease 3, als 3.",
        "errors.md: ",
        "report.md: the typed NDCG@10 of popularity, ease, als agrees",
        "report.md gives the interval of the difference.",
    ):
        assert levels(report, words) == {"ok"}, words
    words = "of all training ratings are still to come (mean over people)"
    assert levels(report, words) <= {"look"}
    for _, _, words in FAULTS:
        assert not levels(report, words), words


@pytest.mark.parametrize(
    ("hand_in", "fault", "words"),
    FAULTS,
    ids=[fault.__name__ for _, fault, _ in FAULTS],
)
def test_a_fault_is_found_and_named(folder, hand_in, fault, words):
    fault(folder)
    report = project.check(folder, hand_in)
    assert {own.hand_in for own in report.found if words in own.text} == {hand_in}
    assert levels(report, words) == {"wrong"}, str(report)
    assert report.status == 1


# ------------------------------------------------------------------ to be looked at


def test_settings_that_reach_the_value_of_the_test_part(folder):
    value = table(folder, "results.csv").set_index("model").loc["als", "ndcg"]
    own = table(folder, "tuning.csv")
    own.loc[own["model"] == "als", "ndcg"] = [value - 0.02, value, value - 0.01]
    save(own.round(4), folder, "tuning.csv")
    assert levels(project.check(folder, 3), "Were settings chosen there?") == {"look"}


def test_times_that_are_as_if_shuffled(folder):
    words = "as if the times had been shuffled"
    own = table(folder, "ratings.csv")
    rng = np.random.default_rng(0)
    # everybody comes on one day of his or her own
    own["timestamp"] = own["userID"] * 100_000 + own.groupby("userID").cumcount() * 60
    save(own, folder, "ratings.csv")
    assert not levels(project.check(folder, 1), words)
    own["timestamp"] = rng.permutation(own["timestamp"])
    save(own, folder, "ratings.csv")
    assert levels(project.check(folder, 1), words) == {"look"}


def test_numbers_that_tell_test_from_train(folder):
    own = table(folder, "ratings.csv").sort_values(["userID", "itemID"])
    own["timestamp"] = 2 * np.arange(len(own))  # not the numbers of the rows
    save(own, folder, "ratings.csv")
    named_split(folder, "temporal")
    words = "in 100% of the pairs of one person the test item has the higher number"
    assert levels(project.check(folder, 2), words) == {"look"}


def test_a_random_split_that_is_declared(folder):
    named_split(folder, "random")
    report = project.check(folder, 2)
    assert levels(report, "The split is drawn at random") == {"look"}
    assert not levels(report, "training knows their future")


def test_a_stronger_baseline_is_named(folder):
    words = "decayed-rules, fitted here, is ahead of ease"
    assert levels(project.check(folder, 3), words) == {"look"}


def test_repeated_pairs_and_further_columns(folder):
    own = table(folder, "ratings.csv")
    again = pd.concat([own, own.head(7)]).assign(age=40, zip="x")
    save(again, folder, "ratings.csv")
    report = project.check(folder, 1)
    assert levels(report, "7 rows repeat a pair") == {"look"}
    assert levels(report, "further columns (age, zip)") == {"look"}


def test_twins_are_compared_and_a_copy_is_seen(folder):
    change(folder, "project.toml", "[split]", 'twin = "als2"\n[split]')
    change(folder, "project.toml", "[lists]", '[lists]\nals2 = "lists/als2.csv"')
    own = table(folder, "lists/als.csv")
    save(own, folder, "lists/als2.csv")
    assert levels(project.check(folder, 3), "is one a copy?") == {"look"}
    words = "Same model, same data: look for what differs"
    own.loc[own.index % 10 == 0, "itemID"] = 10**6  # the first places
    save(own, folder, "lists/als2.csv")
    assert levels(project.check(folder, 3), words) == {"look"}
    own = table(folder, "lists/als.csv")
    test = pd.MultiIndex.from_frame(table(folder, "test.csv")[["userID", "itemID"]])
    miss = ~pd.MultiIndex.from_frame(own[["userID", "itemID"]]).isin(test)
    last = miss & (own.index % 10 == 9)
    own.loc[last, "itemID"] = 10**6
    save(own, folder, "lists/als2.csv")
    assert last.sum() > 60
    words = f"share {1 - last.mean():.0%} of their places; als2 is open (+0.0000"
    assert levels(project.check(folder, 3), words) == {"ok"}


def test_titles_are_looked_up(folder):
    ids = np.unique(table(folder, "ratings.csv")["itemID"])
    titles = pd.DataFrame({"itemID": ids, "title": [f"Film {own}x" for own in ids]})
    save(titles, folder, "items.csv")
    change(folder, "project.toml", "[split]", 'items = "items.csv"\n[split]')
    user, item = table(folder, "lists/als.csv").loc[0, ["userID", "itemID"]]
    row = f"| {user} | {item} | {{}} | shown |\n"
    line = "|---|---|---|---|\n"
    change(folder, "errors.md", line, line + row.format(f"film {item}X"))
    assert project.check(folder, 4).status == 0
    change(folder, "errors.md", line, line + row.format("Another"))
    assert levels(project.check(folder, 4), f"is called 'Film {item}x'") == {"wrong"}


def test_people_whom_training_does_not_know(folder):
    named_split(folder, "global-time")
    own = table(folder, "ratings.csv")
    own.loc[own["userID"] > 1110, "timestamp"] += 10**8
    save(own, folder, "ratings.csv")
    report = project.check(folder, 2)
    assert levels(report, "10 people of the test part are not in training") == {"look"}


def test_lists_with_the_answers_among_them(folder):
    """Ratings without any taste, so that no baseline is good; two of ten are hits."""
    rng, rows = np.random.default_rng(0), []
    for user in range(120):
        items = rng.permutation(200)[:12]
        rows += [(user, item, 1, time) for time, item in enumerate(items)]
    own = pd.DataFrame(rows, columns=["userID", "itemID", "rating", "timestamp"])
    save(own, folder, "ratings.csv")
    named_split(folder, "temporal")
    last = own[own["timestamp"] >= 10]
    other = last.assign(itemID=(last["itemID"] + 1) % 200)
    both = pd.concat([other, last])[["userID", "itemID"]]
    save(both.sort_values("userID", kind="stable"), folder, "lists/ease.csv")
    change(folder, "project.toml", "k = 10", "k = 4")
    assert levels(project.check(folder, 2), "ease knows the answers") == {"wrong"}


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"GREAT": 0.1, "NEARER": 9.0}, "als is too good to believe at once"),
        ({"NEARER": -1.0}, "The lists of als share"),
    ],
)
def test_lists_that_are_better_than_most(honest, monkeypatch, limits, words):
    assert not levels(project.check(honest, 3), words)
    for name, value in {"FAR_NEARER": 9.0, **limits}.items():
        monkeypatch.setattr(judge, name, value)
    assert levels(project.check(honest, 3), words) == {"look"}


def test_items_that_only_the_test_part_has(folder):
    own = table(folder, "ratings.csv")
    save(own[own["itemID"] % 9 > 0], folder, "ratings.csv")
    named_split(folder, "global-time")
    own = table(folder, "ratings.csv")
    latest = own["timestamp"] >= own["timestamp"].quantile(0.8)
    own.loc[latest & (own["itemID"] % 5 == 0), "itemID"] += 10_000
    save(own, folder, "ratings.csv")
    new = own[own["itemID"] > 10_000]
    assert len(new) > 20
    lists = new.groupby("userID").head(10)[["userID", "itemID"]]
    save(lists, folder, "lists/ease.csv")
    words = "Only who has seen the answers can know them"
    assert levels(project.check(folder, 2), words) == {"wrong"}


def test_a_part_without_times(folder):
    save(table(folder, "test.csv")[["userID", "itemID"]], folder, "test.csv")
    report = project.check(folder, 2)
    assert levels(report, "test.csv has no times, and the data have") == {"look"}
    assert not levels(report, "training knows their future")


def test_parts_of_rows_that_are_sorted_by_item(folder):
    own = table(folder, "ratings.csv").sort_values(["userID", "itemID"])
    own = own[["userID", "itemID"]]
    place = own.groupby("userID").cumcount()
    for part, low, high in (("train", 0, 14), ("valid", 14, 16), ("test", 16, 20)):
        save(own[(place >= low) & (place < high)], folder, f"{part}.csv")
    save(own, folder, "ratings.csv")
    report = project.check(folder, 2)
    words = "a split by their order tests on the highest item numbers"
    assert levels(report, words) == {"wrong"}
    assert levels(report, "There are no times. No split can keep") == {"look"}


def test_a_pair_twice_in_test_and_rows_in_no_part(folder):
    own = table(folder, "test.csv")
    save(pd.concat([own.iloc[5:], own.tail(1)]), folder, "test.csv")
    report = project.check(folder, 2)
    assert levels(report, "test holds 1 pairs twice") == {"wrong"}
    assert levels(report, "5 pairs of the data are in no part") == {"look"}


def test_an_empty_part_and_few_people(folder):
    own = table(folder, "ratings.csv")
    few = own[own["userID"] < 1050]
    save(few, folder, "ratings.csv")
    named_split(folder, "temporal")
    words = "With 49 people to test, intervals will be wide"
    assert levels(project.check(folder, 2), words) == {"look"}
    save(few.groupby("userID").head(2), folder, "ratings.csv")
    assert levels(project.check(folder, 2), "The split is empty somewhere") == {"wrong"}


def test_newcomers_without_a_list(folder):
    named_split(folder, "global-time")
    own = table(folder, "ratings.csv")
    own.loc[own["userID"] > 1110, "timestamp"] += 10**8
    save(own, folder, "ratings.csv")
    lists = table(folder, "lists/ease.csv")
    save(lists[lists["userID"] <= 1110], folder, "lists/ease.csv")
    report = project.check(folder, 2)
    words = "10 people who are not in training have no list"
    assert levels(report, words) == {"look"}
    assert not levels(report, "lists/ease.csv: 10 people of the test part have no list")


def test_a_learnt_baseline_behind_popularity(folder):
    for name in ("ease", "popularity"):
        (folder / f"lists/{name}.csv").rename(folder / f"{name}.csv")
    (folder / "ease.csv").rename(folder / "lists/popularity.csv")
    (folder / "popularity.csv").rename(folder / "lists/ease.csv")
    words = "Is it a fault, or does training not know these people?"
    assert levels(project.check(folder, 2), words) == {"look"}


def test_a_baseline_that_cannot_be_fitted_here(honest, monkeypatch):
    monkeypatch.setattr("rec_tutor.advice.tuning.LARGEST", 100)
    report = project.check(honest, 3)
    words = "Our own ease could not be fitted: a table of 120 × 120 items is too large"
    assert levels(report, words) == {"look"} and report.status == 0


def test_tables_that_lack_something(folder):
    change(folder, "tuning.csv", "als,s0,0.1", "als,s0,good")
    own = table(folder, "results.csv")
    save(own[own["model"] != "ease"], folder, "results.csv")
    change(folder, "report.md", "NDCG@10 |", "value |")
    (folder / "errors.md").write_text(
        re.sub(r"\| 100[3-6] .*\n", "", (folder / "errors.md").read_text())
    )
    change(folder, "report.md", "We looked", 1200 * "word " + "We looked", 1)
    report = project.check(folder)
    assert levels(report, "tuning.csv: not every ndcg of als is a number") == {"wrong"}
    assert levels(report, "results.csv has no row for ease") == {"look"}
    assert levels(report, "report.md has no table with a column model") == {"wrong"}
    assert levels(report, "errors.md looks at 2 of at least 5 people") == {"look"}
    assert levels(report, "words; two pages hold about 1,100") == {"look"}
    own = table(folder, "tuning.csv").assign(ndcg=0.1)
    save(own[own["setting"] == "s0"], folder, "tuning.csv")
    change(folder, "errors.md", "| what |", "| why |")
    report = project.check(folder)
    words = "tuning.csv: one setting each (ease 1, als 1)"
    assert levels(report, words) == {"look"}
    words = "errors.md has no table with the columns user, item"
    assert levels(report, words) == {"wrong"}


# -------------------------------------------------------------------- what is right


def test_lists_with_ranks_in_any_order_of_rows(folder):
    own = table(folder, "lists/als.csv")
    own["rank"] = own.groupby("userID").cumcount() + 1
    save(own.sample(frac=1, random_state=0), folder, "lists/als.csv")
    assert project.check(folder).status == 0


def test_longer_lists_and_lists_of_others_are_cut(folder):
    own = table(folder, "lists/popularity.csv")
    change(folder, "project.toml", "k = 10", "k = 5")
    save(own, folder, "lists/popularity.csv")
    report = project.check(folder, 2)
    assert levels(report, "120 people of the test part, 5 items each") == {"ok"}


def test_only_what_was_liked_is_to_be_found(folder, honest):
    change(folder, "project.toml", "k = 10", "k = 10\nliked = 4")
    ds = data.load("synthetic")
    split = splits.temporal(ds.ratings)
    items, _ = lists_of(fitted(ds, split.refit, "ease"), ds, split.refit)
    users = np.arange(ds.num_users)
    frame = evaluation.measure(
        items, users, split.test, num_items=ds.num_items, min_rating=4
    )
    report = project.check(folder, 2)
    assert levels(report, f"ease: NDCG@10 {frame['ndcg'].mean():.4f} (95") == {"ok"}
    assert not levels(project.check(honest, 2), f"{frame['ndcg'].mean():.4f} (95")


def test_a_public_set_by_its_name(folder):
    change(folder, "project.toml", '"ratings.csv"', '"synthetic"')
    named_split(folder, "temporal")
    report = project.check(folder, 3)
    assert report.status == 0, str(report)


def test_popularity_may_be_counted_in_train_alone(folder):
    ds = data.load("synthetic")
    split = splits.temporal(ds.ratings)
    _, own = lists_of(fitted(ds, split.train, "popularity"), ds, split.refit)
    save(own, folder, "lists/popularity.csv")
    words = "popularity is popularity, counted again: right for 100%"
    assert levels(project.check(folder, 2), words) == {"ok"}


def test_the_lead_is_that_of_compare(folder):
    ds = data.load("synthetic")
    split = splits.temporal(ds.ratings)
    users, frames = np.arange(ds.num_users), {}
    for name in ("ease", "als"):
        items, _ = lists_of(fitted(ds, split.refit, name), ds, split.refit)
        frames[name] = evaluation.measure(
            items, users, split.test, num_items=ds.num_items
        )
    row = evaluation.compare(frames, "ease").loc["als"]
    words = f"behind ({row['difference']:+.4f}, 95 % interval {row['low']:+.4f} to"
    assert levels(project.check(folder, 3), words) == {"ok"}


def test_the_split_that_a_group_gets_is_the_one_that_is_checked(folder):
    ds, split = project.cut(folder)
    own = splits.temporal(data.load("synthetic").ratings)
    for part in ("train", "valid", "test"):
        found, expected = getattr(split, part), getattr(own, part)
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), expected.reset_index(drop=True)
        )
    named_split(folder, "random")
    _, first = project.cut(folder)
    _, again = project.cut(folder)
    pd.testing.assert_frame_equal(first.test, again.test)
    rest = ds.ratings.drop(first.test.index)
    assert (first.test.groupby("user").size() == 4).all()
    assert (splits.leakage(first)["own_later"] > 0).mean() > 0.9
    pd.testing.assert_frame_equal(first.refit, rest)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.1, 0.2, "ahead"), (-0.2, -0.1, "behind"), (-1, 1, "open"), (0, 0, "open")],
)
def test_the_words_for_a_difference(low, high, word):
    assert judge.verdict(low, high) == word
    assert judge.verdict(float("nan"), float("nan")) == "open"


# -------------------------------------------------------------- what can't be read


def outside(folder):
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(folder.parent / "elsewhere.md")
    (folder.parent / "elsewhere.md").write_text("secret")


def by_dots(folder):
    change(folder, "project.toml", "lists/als.csv", "../als.csv")


def ring_of_links(folder):
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(folder / "card.md")


def pipe(folder):
    (folder / "review.md").unlink()
    os.mkfifo(folder / "review.md")


def latin(folder):
    (folder / "card.md").write_bytes("## Licence\ncaffè".encode("latin-1"))


def large_page(folder):
    (folder / "card.md").write_text("a" * (2**20 + 1))


def not_a_number(folder):
    own = table(folder, "ratings.csv")
    own.loc[4, "rating"] = np.nan
    save(own, folder, "ratings.csv")


def list_without_item(folder):
    own = table(folder, "lists/als.csv")
    own.loc[4, "itemID"] = np.nan
    save(own, folder, "lists/als.csv")


def writes(name, content):
    def fault(folder):
        (folder / name).write_bytes(content)

    return fault


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (outside, "card.md leads out of the project's folder"),
        (by_dots, "../als.csv leads out of the project's folder"),
        (ring_of_links, "card.md"),
        (pipe, "review.md is not an ordinary file"),
        (latin, "is not UTF-8"),
        (large_page, "too large for a text"),
        (not_a_number, "ratings.csv, line 6 (''): the rating is not a number"),
        (list_without_item, "lists/als.csv, line 6: the item id is empty"),
        (writes("lists/als.csv", b""), "lists/als.csv: the file is empty"),
        (writes("lists/als.csv", b"a,b\n1,2\n"), "no column for the user"),
        (writes("lists/als.csv", b"\x89PNG\0\0"), "this is no text"),
        (writes("ratings.csv", b"<html>"), "this is a web page"),
        (writes("results.csv", b"name,x\n1,2\n"), "lacks the column(s) model, ndcg"),
        (writes("results.csv", b"model,ndcg\n1\n"), "results.csv, row 2: 1 fields"),
        (writes("tuning.csv", b"\xff\xfe"), "tuning.csv: byte 0 is not UTF-8"),
    ],
    ids=lambda own: getattr(own, "__name__", str(own))[:30],
)
def test_what_cannot_be_read_is_said_and_the_rest_is_looked_at(folder, fault, words):
    fault(folder)
    report = project.check(folder)
    if fault is ring_of_links:
        assert report.status and levels(report, words)
        return
    assert levels(report, words) == {"unread"}, str(report)
    assert report.status == 2
    assert str(folder) not in str(report)
    assert {own.hand_in for own in report.found} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("k = ", "is not TOML"),
        ("k = 10", "does not name the data"),
        ('data = "a"\nk = 0', "k must be at least 1"),
        ('data = "a"\nk = "ten"', "k must be a whole number"),
        ('data = "a"\nk = true', "k must be a whole number"),
        ('data = "a"\nliked = nan', "liked must be a number"),
        ('data = "a"\nmodell = "x"', "Did you mean model?"),
        ('data = "a"\nmodel = "x"', "names the model 'x', but [lists] has no file"),
        ('data = "a"\nbaselines = "x"', "baselines must be a list"),
        ('data = "a"\nbaselines = [1]', "baselines must be a text"),
        ('data = "a"\n[split]\nkind = "any"', "kind is one of temporal"),
        ('data = "a"\n[split]\ntrian = "any"', "Did you mean train?"),
        ('data = "a"\nlists = 3', "lists must be a table"),
        ('data = "a"\n[lists]\nx = 3', "[lists] x must be a text"),
    ],
)
def test_settings_that_are_not_understood(tmp_path, text, words):
    (tmp_path / "project.toml").write_text(text)
    with pytest.raises(DataError, match=re.escape(words)):
        folders.load(tmp_path)


def test_no_folder_no_settings_no_hand_in(tmp_path, honest):
    with pytest.raises(DataError, match="There is no folder"):
        project.check(tmp_path / "none")
    with pytest.raises(DataError, match=r"has no project\.toml"):
        project.check(tmp_path)
    with pytest.raises(DataError, match="from 1 to 5"):
        project.check(honest, 6)


@pytest.mark.parametrize("rows", [1, 3, 25])
def test_next_to_no_data_breaks_nothing(folder, rows):
    save(table(folder, "ratings.csv").head(rows), folder, "ratings.csv")
    for kind in folders.SPLITS:
        named_split(folder, kind)
        assert project.check(folder).status == 1


def test_letters_that_a_terminal_obeys_are_not_printed(folder):
    change(folder, "project.toml", "Small films", "\\u001b[2J")
    assert "\x1b" not in str(project.check(folder, 1))


# ---------------------------------------------------------------------- the pieces


def test_a_started_project_lacks_everything_but_is_understood(tmp_path):
    written = project.start(tmp_path / "new", "synthetic")
    assert {own.name for own in written} >= {"project.toml", "card.md", "results.csv"}
    report = project.check(tmp_path / "new")
    assert report.status == 1 and not report.count("unread"), str(report)
    for page in texts.PAGES:
        assert levels(report, f"{page}: nothing stands below") == {"wrong"}
    with pytest.raises(DataError, match="holds files already"):
        project.start(tmp_path / "new")


def test_headings_and_what_stands_below():
    text = "# 1. Data card\n```\n# no heading\n```\n## License:\nfree\n"
    text += "### More\nof it\n# B\n"
    found = dict(texts.sections(text))
    assert list(found) == ["1. Data card", "License:", "More", "B"]
    assert found["License:"] == "free\nof it" and found["B"] == ""
    assert texts.same_heading("2) LICENSE", "Licence")
    assert not texts.same_heading("Data", "Data and split")
    assert texts.sections("<!--\n# hidden\n-->\n") == []


def test_tables_with_bars():
    text = "a | b\n\n| Model | NDCG@10 |\n|:--|--:|\n| **x** | 0.5 |\n| y | 1 |\nend\n"
    rows = [{"model": "x", "ndcg@10": "0.5"}, {"model": "y", "ndcg@10": "1"}]
    assert texts.tables(text) == [rows]
    assert numbers.report_tables(text) == rows


@pytest.mark.parametrize(
    ("text", "value", "off"),
    [
        ("0.203", 0.203, 0.0005),
        ("0,20 [0.1]", 0.20, 0.005),
        ("20.3%", 0.203, 0.0005),
        ("−0.1", -0.1, 0.05),
        (".25", 0.25, 0.005),
    ],
)
def test_typed_numbers_and_how_exact_they_are(text, value, off):
    found = numbers.number(text)
    assert found == (pytest.approx(value), pytest.approx(off, rel=0.01))


@pytest.mark.parametrize("text", ["", "none", ".", "good000", "nan"])
def test_what_is_no_number(text):
    assert numbers.number(text) is None


def test_the_matrix_of_the_lists_is_that_of_the_model(honest):
    """What is read again from the file is what the model said."""
    from rec_tutor.project import ratings
    from rec_tutor.project.findings import ProjectReport
    from rec_tutor.project.lists import read_lists

    own = folders.load(honest)
    report = ProjectReport("", 5)
    cut = ratings.cut(own, ratings.source(own), report)
    lists = read_lists(own, "ease", cut, report)
    ds = data.load("synthetic")
    known = splits.temporal(ds.ratings).refit
    items, _ = lists_of(fitted(ds, known, "ease"), ds, known)
    np.testing.assert_array_equal(lists.items, items)
    seen = interaction_matrix(cut.split.refit, ds.num_users, ds.num_items)
    assert not seen[np.repeat(lists.users, 10), lists.items.ravel()].any()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('model = "ease"', "model = 'ease' has another role"),
        ('model = "als"\ntwin = "als"', "twin = 'als' has another role"),
    ],
)
def test_nothing_is_compared_with_itself(folder, line, why):
    change(folder, "project.toml", 'model = "als"', line)
    with pytest.raises(DataError, match=why):
        project.check(folder, 3)


@pytest.mark.parametrize(
    ("typed", "title", "same"),
    [
        ("The Godfather", "Godfather, The (1972)", True),
        ("Godfather", "Godfather, The (1972)", True),
        ("Alien", "Aliens 2", True),
        ("The Piano", "Godfather, The (1972)", False),
    ],
)
def test_titles_with_their_article_in_front(typed, title, same):
    assert numbers._titled(typed, title) == same


def test_a_percentage_with_a_space():
    assert numbers.number("20.3 %") == numbers.number("20.3%")
    assert numbers.number("20.3 %")[0] == pytest.approx(0.203)
