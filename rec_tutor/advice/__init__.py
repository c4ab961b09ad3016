"""Which model for my data? What it is, a fair comparison, and a sentence.

>>> from rec_tutor import advice, data
>>> report = advice.evaluate(data.load("synthetic"), ["popularity", "ease"], trials=1)
>>> report.use
'ease'

`advice.tune` tries settings of one model; `advice.cold` asks what models are worth for
new people, or new items. On the command line: `rec-tutor evaluate
ratings.csv`, and `rec-tutor recommend --tune 8`.
"""

from rec_tutor.advice.choice import Tuned, tune
from rec_tutor.advice.cold_report import ColdReport
from rec_tutor.advice.cold_start import cold
from rec_tutor.advice.facts import describe
from rec_tutor.advice.measure import evaluate
from rec_tutor.advice.report import Report
from rec_tutor.advice.rule import Decision, decide

__all__ = [
    "ColdReport",
    "Decision",
    "Report",
    "Tuned",
    "cold",
    "decide",
    "describe",
    "evaluate",
    "tune",
]
