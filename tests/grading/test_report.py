"""What is written of a class: the figure, copies, feedback, the open exercise."""

import inspect
import re
from collections import Counter

from rec_tutor.check.questions import find
from rec_tutor.grading import copies, report, sheet
from rec_tutor.grading.classroom import Row
from rec_tutor.grading.roster import Person
from tests.grading.conftest import RIGHT

OPEN = ("markdown", "## 6 · Two loves\n\n*(07.G5, open)* Make a person.\n")


def test_the_figure_names_the_most_frequent_mistake_first():
    counted = Counter({("mf.3", "no_penalty"): 5, ("mf.1", "holes_are_zeros"): 2})
    axes = report.misconceptions(counted)
    assert [bar.get_width() for bar in axes.patches] == [5, 2]
    assert axes.get_yticklabels()[0].get_text().startswith("mf.3: ")


LONG = """
def f(users, items, k):
    '''Text.'''
    scores = users @ items.T  # of everybody
    for row in range(len(scores)):
        best = sorted(scores[row], reverse=True)[:k]
        total = sum(value * weight for value, weight in zip(best, users[row]))
        scores[row] = total / (1 + len(best)) if total > 0 else -total
    return scores
"""


def test_copies_are_found_under_other_names():
    other = LONG.replace("users", "a").replace("scores", "s").replace("Text", "Mine")
    other = re.sub("  #.*", "", other).replace("def f(a,", "def f(a: int,")
    assert copies.fingerprint(LONG) == copies.fingerprint(other) != ""
    changed = LONG.replace("> 0", ">= 0")
    assert copies.fingerprint(LONG) != copies.fingerprint(changed)
    assert copies.fingerprint(RIGHT["misses"]) == ""  # short
    assert copies.fingerprint("def") == ""


def test_the_courses_solution_is_no_copy(tmp_path, put):
    question = find("mf.3")
    code = inspect.getsource(question.solution)
    assert copies.fingerprint(code)
    assert copies.fingerprints(put(tmp_path / "a.ipynb", code), [question]) == {}


def test_files_of_feedback_have_plain_names():
    people = [Person(one, "") for one in ("../a", "a", "A", "é/", "..", "con.txt")]
    names = report.file_names([Row(one) for one in people])
    assert names == ["a.md", "a_2.md", "A_3.md", "é.md", "student.md", "con_txt.md"]
    assert report.fenced("```\n# x").startswith("````text\n")


def test_names_are_taken_out_of_the_open_exercise():
    who = [Person("s-17", "Student-017 Été", "s17@example.org")]
    text = "I, student-017 été (S-17, s17@example.org), like cartoons."
    assert sheet.blinded(text, who) == "I, […] ([…], […]), like cartoons."


def test_what_was_added_to_the_task_is_an_answer(tmp_path, put):
    added = ("markdown", OPEN[1] + "\nHer films are dull.")
    path = put(
        tmp_path / "a.ipynb",
        added,
        "x = 1",
        ("markdown", "## My view\nMore."),
        ("markdown", "## 7 · Another\nNot this."),
        ("markdown", "Nor this."),
    )
    one = sheet.of_notebook(path)
    assert one.code == 1
    assert sheet.written(one, OPEN[1]) == ["Her films are dull.", "## My view\nMore."]
