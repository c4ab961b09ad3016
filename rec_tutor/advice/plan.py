"""What every model is put through where people or items are new: which ratings it is
trained on, and what it is asked then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor import evaluation
from rec_tutor.data.schema import Dataset
from rec_tutor.evaluation import Scorer
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.inputs.sequences import histories

SHARE = 0.2  # of the people, or of the items, that are new


@dataclass(frozen=True)
class Question:
    """What is to be found for whom.

    Attributes:
        wanted: ratings to be found, (rows).
        seen: (num_users, num_items), what is not recommended.
        read: the histories of all users, or None.
        through: the trained model as it is asked.
    """

    wanted: pd.DataFrame
    seen: sparse.csr_matrix
    read: Sequence[np.ndarray] | None = None
    through: Callable[[Any], Scorer] = lambda model: model

    def ask(self, model: Any, k: int) -> pd.DataFrame:
        """The results, one row per user."""
        return evaluation.evaluate(
            self.through(model), self.wanted, seen=self.seen, k=k, histories=self.read
        )


@dataclass(frozen=True)
class Exam:
    """What is trained on, and the questions by their names."""

    known: pd.DataFrame
    questions: dict[str, Question]


@dataclass(frozen=True)
class Plan:
    """What every model is put through.

    Attributes:
        tune: chooses the options, by the mean over its questions.
        cold: about new people or items.
        warm: the price: the same model where nobody and nothing is new. It is never
            tuned on.
        floor: the model to beat.
        obstacle: why a model cannot answer `cold`, by its name, or "".
        how: the cut in words. refused: why there is no answer, or "".
    """

    tune: Exam
    cold: Exam
    warm: Exam
    floor: str
    obstacle: Callable[[str], str]
    how: str
    refused: str = ""


def matrix(ratings: pd.DataFrame, ds: Dataset) -> sparse.csr_matrix:
    """(num_users, num_items), 1 where there is a rating."""
    return interaction_matrix(ratings, ds.num_users, ds.num_items)


def at_once(
    known: pd.DataFrame, ds: Dataset, **wanted: pd.DataFrame
) -> dict[str, Question]:
    """Questions to people who were trained on: their histories are read, and what they
    have is not recommended.
    """
    seen, read = matrix(known, ds), histories(known, ds.num_users)
    return {name: Question(part, seen, read) for name, part in wanted.items()}


def liked_only(ratings: pd.DataFrame, liked: float | None) -> pd.DataFrame:
    """The ratings that are to be found: all (None), or those of at least `liked`."""
    return ratings if liked is None else ratings[ratings["rating"] >= liked]
