"""What a class can do, question by question, and which mistakes it makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from rec_tutor.check import words
from rec_tutor.grading.workers import Graded


def items(
    points: pd.DataFrame, worth: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Difficulty and discrimination of each question.

    Args:
        points: a row for each submission, a column for each question.
        worth: key -> points of a right answer, 1 if not named.

    Returns a row for each question: `share`, the mean of the points as a share of what
    a right answer is worth, and `discrimination`, the correlation of the question's
    points with the points of all other questions; nan if either is the same for all.
    """
    worth = worth or {}
    most = pd.Series({key: worth.get(key, 1.0) for key in points}).replace(0, 1)
    rest = -points.sub(points.sum(axis=1), axis=0)
    found = [_correlation(points[key], rest[key]) for key in points]
    return pd.DataFrame(
        {"share": points.mean() / most, "discrimination": found}, index=points.columns
    )


def _correlation(one: pd.Series, other: pd.Series) -> float:
    a, b = one.to_numpy(float), other.to_numpy(float)
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if len(a) > 1 and size > 1e-12 else float("nan")


def states(graded: Iterable[Graded], keys: Sequence[str]) -> pd.DataFrame:
    """How many answers to each question are right, wrong, not attempted, refused."""
    names = ["right", "wrong", "not attempted", "refused"]
    counted = pd.DataFrame(0, index=list(keys), columns=names)
    for one in graded:
        for mark in one.marks:
            counted.loc[mark.key, mark.state] += 1
    return counted.astype("Int64")


def mistakes(graded: Iterable[Graded]) -> Counter[tuple[str, str]]:
    """(key, mistake) -> in how many submissions; an answer that looks like two
    mistakes counts for both.
    """
    return Counter(
        (mark.key, name)
        for one in graded
        for mark in one.marks
        for name in set(mark.mistakes)
    )


def sentence(key: str, mistake: str) -> str:
    """What is said of a mistake: what was computed."""
    kind, colon, name = mistake.partition(": ")
    own: Mapping = words.of(key).get("wrong", {})
    if colon and kind == "habit":
        habits = words.catalogue("engine")["habits"]
        if name in habits and "{" not in habits[name][0]:
            return habits[name][0]
        try:
            return words.say(name)
        except (KeyError, AttributeError):
            return name.replace("_", " ")
    return own[name if colon else mistake][0]
