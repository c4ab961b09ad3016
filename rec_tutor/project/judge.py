"""How good are the lists? Computed again, beside baselines that are fitted here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from rec_tutor import evaluation, recipes
from rec_tutor.advice import tuning
from rec_tutor.data.schema import DataError
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories
from rec_tutor.project.findings import ProjectReport
from rec_tutor.project.lists import Lists, is_popularity, overlap
from rec_tutor.project.ratings import Cut

OURS = ("popularity", "item-knn", "ease", "decayed-rules")
MOST = 3_000  # people for whom baselines are fitted here
ALIKE = 0.95  # of the people have the list that popularity gives
WEAK = 0.7  # of what our baseline of that name reaches
GREAT = 1.4  # times our best baseline; the course's models: up to 1.34
# How much nearer lists are to EASE with the answers than to EASE without. Honest lists
# of seven models on three data sets: up to .08; from training on the test part: .05 up
NEARER, FAR_NEARER = 0.1, 0.2


@dataclass
class Ours:
    """The baselines that the check fits itself.

    Attributes:
        rows: positions of those people among the test part for whom they were made.
        lists: name -> (n, k) items.
        frames: name -> what they reach, one row per person.
        told: (n, k) items of an EASE that saw the answers.
    """

    rows: np.ndarray
    lists: dict[str, np.ndarray] = field(default_factory=dict)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    told: np.ndarray | None = None

    @property
    def means(self) -> dict[str, float]:
        """NDCG of each."""
        return {name: float(own["ndcg"].mean()) for name, own in self.frames.items()}


@dataclass
class Board:
    """NDCG of everybody's lists.

    Attributes:
        k: the length of the lists.
        liked: as of a project.
        frames: model -> one row per test user.
        lists: model -> its lists.
    """

    own: Cut
    k: int
    liked: float | None
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    lists: dict[str, Lists] = field(default_factory=dict)

    def add(self, lists: Lists) -> None:
        """Measure a model's lists."""
        self.lists[lists.name] = lists
        self.frames[lists.name] = self.measure(lists.items, lists.users)

    def measure(self, items: np.ndarray, users: np.ndarray) -> pd.DataFrame:
        """One row per user, as `evaluation.measure`."""
        ds, test = self.own.ds, self.own.split.test
        return evaluation.measure(
            items,
            users,
            test.drop_duplicates(["user", "item"]),
            num_items=ds.num_items,
            min_rating=self.liked,
        )

    def ndcg(self, name: str) -> float:
        """The mean over people."""
        return float(self.frames[name]["ndcg"].mean())

    def interval(self, name: str) -> str:
        """`0.2030 (95 % interval 0.1890 to 0.2170)`."""
        mean, low, high = evaluation.summarise(self.frames[name]).loc["ndcg"]
        return f"{mean:.4f} (95 % interval {low:.4f} to {high:.4f})"

    def lead(self, name: str, baseline: str) -> tuple[float, float, float]:
        """The mean difference, person by person, with its 95 % interval."""
        two = {own: self.frames[own] for own in (name, baseline)}
        row = evaluation.compare(two, baseline).loc[name]
        return float(row["difference"]), float(row["low"]), float(row["high"])


def verdict(low: float, high: float) -> str:
    """The course's word for a difference, from its interval."""
    if np.isnan(low):
        return "open"
    return "ahead" if low > 0 else "behind" if high < 0 else "open"


def in_words(lead: tuple[float, float, float]) -> str:
    """`+0.0123, 95 % interval +0.0080 to +0.0166`."""
    return f"{lead[0]:+.4f}, 95 % interval {lead[1]:+.4f} to {lead[2]:+.4f}"


def fit_ours(board: Board, report: ProjectReport) -> Ours:
    """Fit baselines with the package's settings on train and valid, and EASE once more
    on all rows, which is what a leak looks like.
    """
    own = board.own
    users = np.sort(own.split.test["user"].unique())
    rows = np.arange(len(users))
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST, replace=False))
    ours = Ours(rows)
    for name in OURS:
        if name in tuning.ORDERED and not own.timed:
            continue
        try:
            ours.lists[name] = _fit(board, name, own.split.refit, users[rows])
        except (DataError, ValueError, MemoryError) as error:
            report.look(f"Our own {name} could not be fitted: {error}")
    if "ease" in ours.lists:
        every = pd.concat([own.split.refit, own.split.test])
        ours.told = _fit(board, "ease", every, users[rows])
    ours.frames = {
        name: board.measure(items, users[rows]) for name, items in ours.lists.items()
    }
    if ours.lists:
        text = ", ".join(f"{name} {mean:.4f}" for name, mean in ours.means.items())
        some = f", for {MOST:,} people drawn at random" if len(users) > MOST else ""
        report.ok(f"To compare, fitted here: NDCG@{board.k} {text}{some}.")
    return ours


def _fit(board: Board, name: str, known: pd.DataFrame, users: np.ndarray) -> np.ndarray:
    own = board.own
    size = own.ds.num_items
    if name in tuning.SQUARE and size > tuning.LARGEST:
        raise DataError(f"a table of {size:,} × {size:,} items is too large.")
    once = known.drop_duplicates(["user", "item"]).reset_index(drop=True)
    ds = replace(own.ds, ratings=once)
    model = recipes.fit(ds, name, notes=False).model
    refit = own.split.refit
    seen = interaction_matrix(refit, ds.num_users, ds.num_items)
    read = histories(once, ds.num_users)
    return evaluation.top_k(model, users, seen=seen, k=board.k, histories=read)[0]


def look_at_popularity(name: str, board: Board, report: ProjectReport) -> None:
    """Is it really popularity?"""
    honest, told = is_popularity(board.lists[name], board.own, board.liked)
    if told > honest and told >= ALIKE:
        report.wrong(
            f"{name} counts the test part, too: for {told:.0%} of the people the list"
            " has the items that are most popular in all rows. Count in train and"
            " valid."
        )
    elif honest < ALIKE:
        report.wrong(
            f"{name} is not popularity: for {honest:.0%} of the people the list has the"
            " items with the most ratings in training that they do not have. Count"
            " ratings (not their mean), take out what people have, and cut."
        )
    else:
        report.ok(f"{name} is popularity, counted again: right for {honest:.0%}.")


def look_at_baseline(
    name: str, popularity: str, board: Board, ours: Ours, report: ProjectReport
) -> None:
    """Is it a baseline that is worth beating?"""
    report.ok(f"{name}: NDCG@{board.k} {board.interval(name)}.")
    if popularity in board.frames:
        lead = board.lead(name, popularity)
        word = verdict(*lead[1:])
        text = f"{name} against {popularity}: {word} ({in_words(lead)})."
        if word == "behind":
            report.look(
                f"{text} Is it a fault, or does training not know these people?"
            )
        else:
            report.ok(text)
    same = _recipe(name)
    if same not in ours.lists:
        return
    frame = board.frames[name].iloc[ours.rows]
    two = {"theirs": frame, "ours": ours.frames[same]}
    row = evaluation.compare(two, "ours").loc["theirs"]
    mean = float(two["ours"]["ndcg"].mean())
    if row["high"] < 0:
        level = report.wrong if frame["ndcg"].mean() < WEAK * mean else report.look
        level(
            f"{name} reaches {float(frame['ndcg'].mean()):.4f}, and our {same} with its"
            f" default settings {mean:.4f}. A weak baseline makes any model look good:"
            " tune it, and fit it on train and valid together."
        )


def _recipe(name: str) -> str:
    """Which of our baselines a name means, as in `EASE`, `item_knn`."""
    plain = "".join(letter for letter in name.casefold() if letter.isalnum())
    return next((own for own in OURS if own.replace("-", "") in plain), "")


def look_at_model(
    name: str, baselines: list[str], board: Board, ours: Ours, report: ProjectReport
) -> None:
    """The model against the best of the group's baselines, person by person, and the
    best of these against those that are fitted here.
    """
    report.ok(f"{name}: NDCG@{board.k} {board.interval(name)}.")
    there = [own for own in baselines if own in board.frames]
    if not there:
        return
    best = max(there, key=board.ndcg)
    lead = board.lead(name, best)
    word = verdict(*lead[1:])
    text = f"{name} against {best}, the best baseline: {word} ({in_words(lead)})."
    after = {
        "ahead": "Write the difference with its interval.",
        "behind": "That is a result: say it, and say what it may come from.",
        "open": "The interval has 0 in it: write open, not equal.",
    }
    report.ok(f"{text} {after[word]}")
    if not ours.lists:
        return
    strong = max(ours.means, key=lambda own: ours.means[own])
    two = {"ours": ours.frames[strong], "theirs": board.frames[best].iloc[ours.rows]}
    row = evaluation.compare(two, "theirs").loc["ours"]
    if row["low"] > 0 and strong != _recipe(best):
        numbers = (row["difference"], row["low"], row["high"])
        report.look(
            f"{strong}, fitted here, is ahead of {best} ({in_words(numbers)}). Is it a"
            " baseline for your question, too?"
        )


def too_good(name: str, board: Board, ours: Ours, report: ProjectReport) -> None:
    """Is a model further ahead, or nearer to the answers, than models are?"""
    if not ours.lists:
        return
    lists = board.lists[name]
    items, means = lists.items[ours.rows], ours.means
    best = max(means, key=lambda own: means[own])
    mean = float(board.frames[name].iloc[ours.rows]["ndcg"].mean())
    great = mean > GREAT * means[best] > 0
    nearer = 0.0
    # of people whom training does not know, an honest EASE knows nothing
    known = np.isin(lists.users[ours.rows], board.own.split.refit["user"])
    if ours.told is not None and known.any():
        both = (ours.told, ours.lists["ease"])
        told, honest = (overlap(items[known], own[known]) for own in both)
        nearer = told - honest
    if nearer > FAR_NEARER or (great and nearer > NEARER / 2):
        report.wrong(
            f"{name} knows the answers: its lists share {nearer:.0%} more of their"
            " places with an EASE that was trained on the test part than with one that"
            " was not. Train on train and valid alone."
        )
    elif great:
        report.look(
            f"{name} is too good to believe at once: NDCG@{board.k} {mean:.4f},"
            f" {mean / means[best]:.1f} times that of {best}, the best baseline fitted"
            " here. Models of the course reach 1.3 times. Look for the test part in"
            " what it was trained on, tuned on or stopped by."
        )
    elif nearer > NEARER:
        report.look(
            f"The lists of {name} share {nearer:.0%} more of their places with an EASE"
            " that was trained on the test part than with one that was not. Look for"
            " the test part in what it was trained on, tuned on or stopped by."
        )


def alike(board: Board, twin: str, model: str, report: ProjectReport) -> None:
    """Do two models have the same lists, and how do the twins compare?"""
    names = list(board.lists)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            if {one, other} == {twin, model}:
                continue
            if np.array_equal(board.lists[one].items, board.lists[other].items):
                report.wrong(f"{one} and {other} have the same lists: one is missing.")
    if twin not in board.frames or model not in board.frames:
        return
    share = overlap(board.lists[twin].items, board.lists[model].items)
    lead = board.lead(twin, model)
    word = verdict(*lead[1:])
    text = (
        f"The twins {model} and {twin} share {share:.0%} of their places; {twin} is"
        f" {word} ({in_words(lead)})."
    )
    if share > 0.999:
        report.look(f"{text} Were both trained, or is one a copy?")
    elif word != "open":
        report.look(f"{text} Same model, same data: look for what differs (defaults).")
    else:
        report.ok(text)
