"""Is it any good? Splits, rankings, metrics, intervals and the scoreboard."""

from rec_tutor.evaluation import metrics, splits
from rec_tutor.evaluation.ranking import (
    FoldIn,
    Scorer,
    evaluate,
    largest,
    measure,
    top_k,
)
from rec_tutor.evaluation.scoreboard import Scoreboard
from rec_tutor.evaluation.statistics import compare, holm, summarise

__all__ = [
    "FoldIn",
    "Scoreboard",
    "Scorer",
    "compare",
    "evaluate",
    "holm",
    "largest",
    "measure",
    "metrics",
    "splits",
    "summarise",
    "top_k",
]
