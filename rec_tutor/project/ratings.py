"""The data of a project and how it was cut: what leaks there, before any model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor import data
from rec_tutor.advice.facts import without_repeats
from rec_tutor.advice.measure import ENOUGH
from rec_tutor.data.items import of_items, read_items
from rec_tutor.data.opening import opened
from rec_tutor.data.reading import read
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.data.table import near, rows_of
from rec_tutor.data.understood import Reading
from rec_tutor.evaluation import splits
from rec_tutor.evaluation.splits import Split
from rec_tutor.inputs.order import has_time, sorted_by_item
from rec_tutor.project.findings import Amiss, ProjectReport, people, some
from rec_tutor.project.folder import PARTS, Project

MAIL = r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}"
REGULAR = 0.8  # gaps between a person's ratings, against those of shuffled times
TELLING = 0.25  # how far from 1/2 the AUC of the item number may lie
WAY_OUT = (
    "(Here options stand in project.toml: encoding = 'latin-1', separator, decimal and"
    " quotes below [reading], user = '…' and the others below [columns].)"
)


@dataclass(frozen=True)
class Cut:
    """The data of a project, and its parts.

    Attributes:
        ds: the data.
        split: its parts, with the indices of ds.
        timed: are there times?
        named: the split's kind, or "" if it came in files.
    """

    ds: Dataset
    split: Split
    timed: bool
    named: str = ""


def source(project: Project) -> Dataset:
    """The data as they are, repeated pairs too.

    Raises:
        DataError: a file can't be read, or a public set can't be had.
    """
    if project.public:
        return data.load(project.data)
    ds = _reading(project, project.data).dataset()
    if not project.items:
        return ds
    with project.reads(project.items) as path:
        table, _ = read_items(path, encoding=project.reading.get("encoding"))
    known, lacking = of_items(table, ds.items["item_id"].to_numpy())
    if lacking == ds.num_items:
        raise DataError(
            f"{project.items}: none of these items is in {project.data}. Are the ids"
            " the same?"
        )
    more = {name: known[name].to_numpy() for name in known}
    return replace(ds, items=ds.items.assign(**more))


def _reading(project: Project, name: str) -> Reading:
    options: dict[str, Any] = dict(project.reading)
    with project.reads(name) as path:
        found = read(path, columns=project.columns or None, **options)
    found.name = name
    return found


def look_at_data(project: Project, ds: Dataset, report: ProjectReport) -> None:
    """What the data are, and what a card must say of them."""
    ratings, timed = ds.ratings, has_time(ds.ratings)
    span = "no times"
    if timed:
        seconds = ratings["timestamp"].agg(["min", "max"])
        first, last = (
            f"{pd.Timestamp(own, unit='s'):%Y-%m-%d}" if 0 <= own < 2**33 else f"{own}"
            for own in seconds
        )
        span = f"from {first} to {last}"
    report.ok(
        f"{project.data}: {len(ratings):,} ratings, {people(ds.num_users)},"
        f" {ds.num_items:,} items, {span}."
    )
    repeated = int(ratings.duplicated(["user", "item"]).sum())
    if repeated:
        report.look(
            f"{repeated:,} rows repeat a pair of person and item. Say in the card what"
            " that means (a change of mind, a second visit), and which row counts."
        )
    if not timed:
        report.look(
            "There are no times. No split can keep the future out of training: say so,"
            " and claim nothing about what comes next."
        )
    elif _shuffled(ratings):
        report.look(
            "A person's ratings are spread in time as if the times had been shuffled."
            " In most logs people come for a while and rate several things. Do the"
            " times belong to their rows?"
        )
    for role in ("user", "item"):
        ids = ds.users["user_id"] if role == "user" else ds.items["item_id"]
        mails = int(ids.astype(str).str.fullmatch(MAIL).sum())
        if mails:
            report.wrong(
                f"{mails:,} ids of {role}s are e-mail addresses. Number them anew"
                " before anybody else gets the file."
            )
    if not project.public:
        _other_columns(project, report)


def _other_columns(project: Project, report: ProjectReport) -> None:
    """Columns of the file that no model here needs."""
    found = _reading(project, project.data)
    with (
        project.reads(project.data) as path,
        opened(path, project.reading.get("encoding")) as file,
    ):
        head = next(iter(file.lines()), "") if file.kind == "text" else ""
    used = set(found.columns.values())
    if not used <= {own.strip(' "\r\n') for own in _fields(head)}:
        return  # there is no header
    more = [own.strip(' "\r\n') for own in _fields(head)]
    more = [own for own in more if own and own not in used]
    if more:
        report.look(
            f"{project.data} has further columns ({some(more, 5)}). Nobody needs them"
            " to check the project: leave out what could tell who somebody is."
        )


def _fields(line: str) -> list[str]:
    mark = max(",;\t|", key=line.count)
    return line.split(mark)


def _shuffled(ratings: pd.DataFrame) -> bool:
    """Are the gaps between a person's ratings as wide as by chance?"""
    users, times = ratings["user"].to_numpy(), ratings["timestamp"].to_numpy()
    drawn = np.random.default_rng(0).permutation(times)

    def middle(own: np.ndarray) -> float:
        order = np.lexsort((own, users))
        gaps, same = np.diff(own[order]), np.diff(users[order]) == 0
        return float(np.median(gaps[same])) if same.any() else 0.0

    return middle(times) > REGULAR * middle(drawn) > 0


# ---------------------------------------------------------------------- the split


def cut(project: Project, ds: Dataset, report: ProjectReport) -> Cut:
    """Cut the data as the project says, or read its parts.

    Raises:
        DataError: that can't be done.
    """
    kind = project.split.get("kind", "")
    timed = has_time(ds.ratings)
    if kind:
        once = without_repeats(ds)
        return Cut(once, named(once, kind, timed), timed, kind)
    if "train" not in project.split or "test" not in project.split:
        raise Amiss(
            "project.toml names no split: below [split] stands kind = 'temporal', or"
            " train, valid and test with a file each."
        )
    parts = {
        name: _part(project, ds, name, timed, report)
        for name in PARTS
        if name in project.split
    }
    start = 0
    for part in parts.values():  # no label twice, as in a cut
        part.index = pd.RangeIndex(start, start + len(part))
        start += len(part)
    split = Split(parts["train"], parts.get("valid"), parts["test"])
    return Cut(ds, split, timed)


def named(ds: Dataset, kind: str, timed: bool) -> Split:
    """One of the course's splits; "random" is the temporal one after the rows of
    everybody were put into random order.
    """
    kinds: dict[str, Callable[[pd.DataFrame], Split]] = {
        "temporal": splits.temporal,
        "leave-last-out": splits.leave_last_out,
        "global-time": splits.global_time,
    }
    try:
        if kind != "random":
            return kinds[kind](ds.ratings)
        drawn = np.random.default_rng(0).permutation(len(ds.ratings))
        found = splits.temporal(ds.ratings.assign(timestamp=drawn))
    except ValueError as error:
        raise Amiss(f"The split {kind!r} can't be made: {error}") from None
    assert found.valid is not None
    own = [ds.ratings.loc[p.index] for p in (found.train, found.valid, found.test)]
    return Split(*own)


def _part(
    project: Project, ds: Dataset, part: str, timed: bool, report: ProjectReport
) -> pd.DataFrame:
    """A part from its file, with the indices of ds; rows that ds lacks are left out,
    and said.
    """
    name = project.split[part]
    found = _reading(project, name)
    table = data.encode(ds, found, unknown="mark", rows=rows_of(found, "keep"))
    strange = (table[["user", "item"]] < 0).any(axis=1)
    key = ds.ratings["user"] * ds.num_items + ds.ratings["item"]
    own = table["user"] * ds.num_items + table["item"]
    made_up = strange | ~own.isin(key)
    if made_up.any():
        new = [one for one in found.given.user_ids if str(one) not in ds.user_lookup]
        hint = near(np.array(new, dtype=object), ds.user_lookup)
        report.wrong(
            f"{name}: {int(made_up.sum()):,} of {len(table):,} rows are no rows of"
            f" {project.data}. {hint}They are left out here; cut the parts from the"
            " data anew."
        )
        table, own = table[~made_up], own[~made_up]
    return _as_in_data(
        name, table, own, ds, "timestamp" in found.columns, timed, report
    )


def _as_in_data(
    name: str,
    table: pd.DataFrame,
    pair: pd.Series,
    ds: Dataset,
    has_times: bool,
    timed: bool,
    report: ProjectReport,
) -> pd.DataFrame:
    """The rows with the times and the ratings of the data; where the file has others,
    that is said.
    """
    ratings = ds.ratings.assign(
        pair=ds.ratings["user"] * ds.num_items + ds.ratings["item"]
    )
    first = ratings.drop_duplicates("pair").set_index("pair")
    words = {"timestamp": "time", "rating": "rating"}
    for column, word in words.items():
        rows = pd.MultiIndex.from_frame(ratings[["pair", column]])
        other = ~pd.MultiIndex.from_arrays([pair, table[column]]).isin(rows)
        table.loc[other, column] = first[column].reindex(pair[other]).to_numpy()
        if not other.any() or (column == "timestamp" and not timed):
            continue
        if column == "timestamp" and not has_times:
            report.look(
                f"{name} has no times, and the data have: those of the data count. Keep"
                " the column."
            )
        else:
            level = report.wrong if column == "timestamp" else report.look
            level(
                f"{name}: {int(other.sum()):,} of {len(table):,} rows have another"
                f" {word} than in the data; that of the data counts here. Cut the parts"
                " from the data anew."
            )
    return table.reset_index(drop=True)


def look_for_leaks(own: Cut, report: ProjectReport) -> Cut:
    """What the parts give away of each other.

    Returns:
        The same without the rows of train and valid that stand in test, too: so the
        lists are judged as if it had been cut rightly.
    """
    ds, split = own.ds, own.split
    sizes = [("train", split.train), ("valid", split.valid), ("test", split.test)]
    text = ", ".join(f"{len(p):,} {name}" for name, p in sizes if p is not None)
    tested = split.test["user"].nunique()
    how = f"cut as '{own.named}'" if own.named else "read from its files"
    if not len(split.test) or not len(split.train):
        report.wrong(f"The split is empty somewhere: {text} rows.")
        return own
    report.ok(f"The split, {how}: {text} rows; {people(tested)} to test.")
    if split.valid is None or not len(split.valid):
        report.wrong(
            "There is no validation part. Settings that are chosen on the test part"
            " flatter: cut a part for choosing."
        )
    if tested < ENOUGH:
        report.look(
            f"With {people(tested)} to test, intervals will be wide: it takes about"
            f" {ENOUGH} to tell models apart."
        )
    before = len(report.found)
    if _shared(split, report):
        split = _apart(split)
        own = replace(own, split=split)
        if not len(split.train):
            return own  # what is wrong has been said
    rest = len(without_repeats(ds).ratings) - len(
        pd.concat([p for _, p in sizes if p is not None]).drop_duplicates(
            ["user", "item"]
        )
    )
    if rest > 0:
        report.look(
            f"{rest:,} pairs of the data are in no part. Say in the report what was"
            " dropped, and why."
        )
    _order(own, report)
    _numbers(own, report)
    if not any(f.level == "wrong" for f in report.found[before:]):
        report.ok("No pair is in two parts.")
    _unknown(split, report)
    return own


def _apart(split: Split) -> Split:
    """Train and valid without the pairs that stand in a later part."""
    test = pd.MultiIndex.from_frame(split.test[["user", "item"]])

    def without(part: pd.DataFrame, pairs: pd.MultiIndex) -> pd.DataFrame:
        return part[~pd.MultiIndex.from_frame(part[["user", "item"]]).isin(pairs)]

    if split.valid is None:
        return Split(without(split.train, test), None, split.test)
    valid = without(split.valid, test)
    later = test.append(pd.MultiIndex.from_frame(split.valid[["user", "item"]]))
    return Split(without(split.train, later), valid, split.test)


def _shared(split: Split, report: ProjectReport) -> bool:
    """Are there pairs that stand in two parts? Also says which stand twice in test."""
    found = False
    meaning = {"test": "the answers are known", "valid": "it can't validate"}
    parts = [("train", split.train), ("valid", split.valid), ("test", split.test)]
    there = [(name, part) for name, part in parts if part is not None]
    for at, (name, part) in enumerate(there):
        pairs = pd.MultiIndex.from_frame(part[["user", "item"]])
        for other, more in there[at + 1 :]:
            both = int(
                pd.MultiIndex.from_frame(more[["user", "item"]]).isin(pairs).sum()
            )
            if both:
                report.wrong(
                    f"{both:,} of {len(more):,} rows of {other} stand in {name}, too:"
                    f" {meaning[other]}. Cut anew. (Below they count as rows of"
                    f" {other} alone.)"
                )
                found = True
        twice = int(pairs.duplicated().sum())
        if twice and name == "test":
            report.wrong(f"test holds {twice:,} pairs twice: keep one row of each.")
    return found


def _order(own: Cut, report: ProjectReport) -> None:
    """Does training know the future of the person, or of others?"""
    if not own.timed:
        if sorted_by_item(own.ds.ratings) and own.named != "random":
            report.wrong(
                "There are no times, and each one's rows are sorted by item: a split by"
                " their order tests on the highest item numbers. Use kind = 'random'."
            )
        return
    found = splits.leakage(own.split)
    late = int((found["own_later"] > 0).sum())
    everybody = len(found)
    if late and own.named == "random":
        report.look(
            f"The split is drawn at random: for {late:,} of {people(everybody)}"
            " training knows what they did later. Say so; the data have times, and"
            " 'temporal' would use them."
        )
    elif late:
        report.wrong(
            f"{late:,} of {people(everybody)} have training ratings that are later than"
            " their first test rating: training knows their future. Cut each one's"
            " ratings in the order of time (chapter 02)."
        )
    others = float(found["all_later"].mean())
    if others > 0:
        report.look(
            f"When a person's test begins, {others:.0%} of all training ratings are"
            " still to come (mean over people). That is usual for a cut by person, and"
            " it is a leak: the model knows later fashions. Say it, or cut with"
            " 'global-time' (chapter 02)."
        )


def _numbers(own: Cut, report: ProjectReport) -> None:
    """Does the number of an item tell whether it is a test item?"""
    split = own.split
    every = pd.concat([split.train.assign(new=False), split.test.assign(new=True)])
    rank = every.groupby("user")["item"].rank()
    groups = pd.DataFrame({"user": every["user"], "new": every["new"], "rank": rank})
    new = groups[groups["new"]].groupby("user")["rank"].agg(["sum", "size"])
    old = groups[~groups["new"]].groupby("user").size().reindex(new.index).dropna()
    new = new.loc[old.index]
    auc = (new["sum"] - new["size"] * (new["size"] + 1) / 2) / (new["size"] * old)
    mean = float(auc.mean()) if len(auc) else 0.5
    if abs(mean - 0.5) > TELLING:
        where = "higher" if mean > 0.5 else "lower"
        report.look(
            f"Item numbers tell test from train: in {max(mean, 1 - mean):.0%} of the"
            f" pairs of one person the test item has the {where} number. Equal scores"
            " are ordered by number, so such a list can be right without a model. Were"
            " the items numbered after the split, or the file sorted?"
        )


def _unknown(split: Split, report: ProjectReport) -> None:
    """People and items of the test part that training does not have."""
    for column, words in (("user", "people"), ("item", "items")):
        new = ~split.test[column].isin(split.refit[column])
        if new.any():
            count = split.test[column][new].nunique()
            report.look(
                f"{count:,} {words} of the test part are not in training:"
                f" {int(new.sum()):,} of {len(new):,} test rows that few models can"
                " find. Say what you do with them."
            )
