"""The lists of a model: read, and held against what they may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.data.opening import opened
from rec_tutor.data.reading import read
from rec_tutor.data.table import near
from rec_tutor.evaluation import metrics
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.project.findings import ProjectReport, people, some
from rec_tutor.project.folder import Project
from rec_tutor.project.ratings import Cut

RANK = "rank"
FEW = 20  # lists or items that it takes for a word on them
SORTED = 0.97  # of hits that stand before misses; honest lists: up to .88


@dataclass(frozen=True)
class Lists:
    """The lists of one model for the people of the test part.

    Attributes:
        name: of the model.
        users: (n,) user indices, those of the test part.
        items: (n, k) item indices, best first; -1 where there is none that counts.
    """

    name: str
    users: np.ndarray
    items: np.ndarray


def read_lists(project: Project, name: str, own: Cut, report: ProjectReport) -> Lists:
    """Read the lists of a model, say what is wrong with them, and keep what counts: the
    first k places, without what comes again.

    A file has the columns userID and itemID, best first, as `rec-tutor recommend --out`
    writes it; a column `rank`, if there is one, gives the order.

    Raises:
        DataError: the file can't be read.
    """
    file = project.lists[name]
    with project.reads(file) as path:
        with opened(path) as source:
            head = next(iter(source.lines()), "") if source.kind == "text" else ""
        ranked = RANK in re.split(r"[^a-z]+", head.casefold())
        found = read(path, columns={"rating": RANK if ranked else ""})
    given, ds, k = found.given, own.ds, project.k
    users, items = (
        np.array([look.get(str(one), -1) for one in ids], dtype=np.int64)[codes]
        for ids, look, codes in (
            (given.user_ids, ds.user_lookup, given.user),
            (given.item_ids, ds.item_lookup, given.item),
        )
    )
    unknown = ~np.isin(given.item_ids.astype(str), list(ds.item_lookup))
    if unknown.any():
        strange = given.item_ids[unknown]
        report.wrong(
            f"{file}: {int(np.isin(given.item, np.flatnonzero(unknown)).sum()):,} rows"
            f" recommend items that do not exist ({some(strange)})."
            f" {near(strange, ds.item_lookup)}Write the ids of the data."
        )
    strange = given.user_ids[~np.isin(given.user_ids.astype(str), list(ds.user_lookup))]
    if len(strange):
        report.look(
            f"{file}: {people(len(strange))} ({some(strange)}) are not in the data."
            f" {near(strange, ds.user_lookup)}Their lists are passed over."
        )
    place = given.rating if given.rating is not None else np.zeros(len(users))
    order = np.lexsort((place, users))  # stable: rows of one rank stay in their order
    order = order[users[order] >= 0]
    users, items = users[order], items[order]
    starts = np.flatnonzero(np.diff(users, prepend=-1))
    rank = np.arange(len(users)) - np.repeat(
        starts, np.diff(np.append(starts, len(users)))
    )
    first = rank < k
    users, items, rank = users[first], items[first], rank[first]
    wanted = np.sort(own.split.test["user"].unique())
    table = np.full((len(wanted), k), -1, dtype=np.int64)
    tested = np.isin(users, wanted)
    rows = np.searchsorted(wanted, users[tested])
    table[rows, rank[tested]] = items[tested]
    again = _again(table)
    if again.any():
        report.wrong(
            f"{file}: {people(int(again.any(axis=1).sum()))} get the same item twice in"
            f" one list. The later places count as misses here."
        )
        table[again] = -1
    lists = Lists(name, wanted, table)
    sizes = np.bincount(rows, minlength=len(wanted))
    if _whole(file, lists, sizes, own, report) and not (again.any() or unknown.any()):
        report.ok(
            f"{file}: {people(len(wanted))} of the test part, {k} items each, none of"
            " which they have."
        )
    return lists


def _again(table: np.ndarray) -> np.ndarray:
    """Where an item stands that the row has further left, (n, k) bool."""
    order = np.argsort(table, axis=1, kind="stable")
    own = np.take_along_axis(table, order, axis=1)
    same = np.zeros(table.shape, dtype=bool)
    same[:, 1:] = (own[:, 1:] == own[:, :-1]) & (own[:, 1:] >= 0)
    again = np.zeros(table.shape, dtype=bool)
    np.put_along_axis(again, order, same, axis=1)
    return again


def _whole(
    file: str, lists: Lists, sizes: np.ndarray, own: Cut, report: ProjectReport
) -> bool:
    """Say who has no list, or a short one, and what is in it that should not be."""
    ds, split, k = own.ds, own.split, lists.items.shape[1]
    before = len(report.found)
    seen = interaction_matrix(split.refit, ds.num_users, ds.num_items)[lists.users]
    known = np.diff(seen.indptr)
    missing = (sizes == 0) & (known > 0)
    if missing.any():
        ids = ds.users["user_id"].to_numpy()[lists.users[missing]]
        report.wrong(
            f"{file}: {people(int(missing.sum()))} of the test part have no list"
            f" ({some(ids)}). They count as 0 here: leave nobody out."
        )
    new = int(((sizes == 0) & (known == 0)).sum())
    if new:
        report.look(
            f"{file}: {people(new)} who are not in training have no list, and count as"
            " 0. Popularity could serve them."
        )
    left = np.minimum(k, ds.num_items - known)
    short = (sizes > 0) & (sizes < left)
    if short.any():
        report.wrong(
            f"{file}: {people(int(short.sum()))} get fewer than {k} items. Write"
            f" k = {k} for everybody (--k), or change k in project.toml."
        )
    rows, places = np.nonzero(lists.items >= 0)
    cells = lists.items[rows, places]
    has = _holds(seen, rows, cells)
    if has.any():
        several = len(np.unique(rows[has]))
        part = ""
        if split.valid is not None and len(split.valid):
            old = interaction_matrix(split.train, ds.num_users, ds.num_items)
            if not _holds(old[lists.users], rows[has], cells[has]).any():
                part = ", all from the validation part"
        report.wrong(
            f"{file}: {int(has.sum()):,} of {len(cells):,} places show what the person"
            f" has already ({people(several)}{part}). Take out train and valid before"
            " you cut the list."
        )
    return not any(f.level == "wrong" for f in report.found[before:])


def _holds(
    matrix: sparse.csr_matrix, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Which of these cells are not 0, (n,) bool."""
    width = matrix.shape[1]
    there = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * width
    return np.isin(rows * width + columns, there + matrix.indices)


def look_for_answers(
    file: str, lists: Lists, own: Cut, liked: float | None, report: ProjectReport
) -> None:
    """Do the lists hold what only the test part can tell?"""
    split, shares = own.split, []
    for part in _liked([split.test], liked):
        hits = _hits(lists, own, part)
        shares.append(_first(hits))
    hits = _hits(lists, own, split.test)
    share = max((own for own in shares if own is not None), default=0.0)
    if share > SORTED:
        report.wrong(
            f"{file}: inside the lists, hits stand before misses in {share:.0%} of the"
            " pairs. No model knows that: the lists were sorted by the answers."
        )
    steps = np.diff(lists.items, axis=1)[(lists.items >= 0).all(axis=1)]
    if (
        steps.shape[1] > 2
        and len(steps) >= FEW
        and (steps > 0).all(axis=1).mean() > 0.9
    ):
        report.wrong(
            f"{file}: the lists are sorted by the number of the item, so their order"
            " says nothing. Write the best item first, or a column rank."
        )
    cold = np.setdiff1d(split.test["item"], split.refit["item"])
    shown = np.isin(lists.items, cold)
    if not shown.any():
        return
    right = int((shown & hits).sum())
    text = (
        f"{file}: {int(shown.sum()):,} places show items that occur in the test part"
        f" alone, and {right:,} of them are hits."
    )
    if right > max(4, shown.sum() / 2):
        report.wrong(f"{text} Only who has seen the answers can know them.")
    elif right:
        report.look(f"{text} Does the model know them from their descriptions?")


def _hits(lists: Lists, own: Cut, part: pd.DataFrame) -> np.ndarray:
    """Which places show a pair of the part, (n, k) bool."""
    target = interaction_matrix(part, own.ds.num_users, own.ds.num_items)
    return metrics.hits(lists.items, target[lists.users])[0]


def _first(hits: np.ndarray) -> float | None:
    """How often a hit stands before a miss of the same list; None with few such
    lists.
    """
    number = hits.sum(axis=1)
    mixed = hits[(number > 0) & (number < hits.shape[1])]
    if len(mixed) < FEW:
        return None
    behind = np.cumsum(~mixed[:, ::-1], axis=1)[:, ::-1]  # misses from here on
    number = mixed.sum(axis=1)
    pairs = number * (mixed.shape[1] - number)
    return float(((behind * mixed).sum(axis=1) / pairs).mean())


def is_popularity(lists: Lists, own: Cut, liked: float | None) -> tuple[float, float]:
    """For which share of the people is the list the most popular items that they do not
    have? Counted on training, and counted on all rows, the test part too.

    Ties may stand in any order. What is counted may be train, or train and valid, all
    rows or those that are liked.
    """
    split = own.split
    honest = [split.train, split.refit]
    return (
        max(_agree(lists, own, part) for part in _liked(honest, liked)),
        max(
            _agree(lists, own, part)
            for part in _liked([pd.concat([split.refit, split.test])], liked)
        ),
    )


def _liked(parts: list[pd.DataFrame], liked: float | None) -> list[pd.DataFrame]:
    if liked is None:
        return parts
    return parts + [part[part["rating"] >= liked] for part in parts]


def _agree(lists: Lists, own: Cut, counted: pd.DataFrame) -> float:
    ds, k, split = own.ds, lists.items.shape[1], own.split
    counts = np.bincount(counted["item"], minlength=ds.num_items).astype(float)
    shown = np.where(lists.items >= 0, counts[lists.items], -1.0)
    seen = interaction_matrix(split.refit, ds.num_users, ds.num_items)
    order = np.argsort(-counts, kind="stable")
    right = 0
    for user, row in zip(lists.users, shown, strict=True):
        has = seen.indices[seen.indptr[user] : seen.indptr[user + 1]]
        # the k best that are left stand among the first k + len(has)
        top = order[: k + len(has)]
        best = counts[top[~np.isin(top, has)]][:k]
        best = np.pad(best, (0, k - len(best)), constant_values=-1.0)
        right += np.array_equal(-np.sort(-row), best)
    return right / max(len(lists.users), 1)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """The mean share of places that two tables of lists (n, k) have in common."""
    both = [
        len(np.intersect1d(a[a >= 0], b[b >= 0])) / len(a)
        for a, b in zip(one, other, strict=True)
    ]
    return float(np.mean(both)) if both else 0.0
