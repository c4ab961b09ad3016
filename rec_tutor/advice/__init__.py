"""Which model for my data? What it is, a fair comparison, and a sentence.

>>> from rec_tutor import advice, data
>>> report = advice.evaluate(data.load("synthetic"), ["popularity", "ease"], trials=1)
>>> report.use
'ease'

On the command line: `rec-tutor evaluate ratings.csv`.
"""

from rec_tutor.advice.facts import describe
from rec_tutor.advice.measure import evaluate
from rec_tutor.advice.report import Report
from rec_tutor.advice.rule import Decision, decide

__all__ = ["Decision", "Report", "decide", "describe", "evaluate"]
