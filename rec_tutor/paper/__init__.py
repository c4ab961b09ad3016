"""Quizzes on paper: hand traces of the chapters' formulas, with numbers that a seed
chooses, and a key for who marks them.

    from rec_tutor import paper

    sheets = paper.sheets(["02", "07"], seed=2027)
    paper.quiz(sheets, 2027), paper.key(sheets, 2027)

Everything is text of HTML that needs nothing else: no scripts, no other files.
"""

from rec_tutor.paper.choose import Sheet, chapters, sheets
from rec_tutor.paper.page import key, quiz, rich

__all__ = ["Sheet", "chapters", "key", "quiz", "rich", "sheets"]
