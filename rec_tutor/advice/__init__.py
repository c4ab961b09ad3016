"""Which model for my data? What it is, a fair comparison, and a sentence.

>>> from rec_tutor import advice, data
>>> report = advice.evaluate(data.load("synthetic"), ["popularity", "ease"], trials=1)
>>> report.use
'ease'

`advice.tune` tries settings of one model. On the command line: `rec-tutor evaluate
ratings.csv`, and `rec-tutor recommend --tune 8`.
"""

from rec_tutor.advice.choice import Tuned, tune
from rec_tutor.advice.facts import describe
from rec_tutor.advice.measure import evaluate
from rec_tutor.advice.report import Report
from rec_tutor.advice.rule import Decision, decide

__all__ = ["Decision", "Report", "Tuned", "decide", "describe", "evaluate", "tune"]
