"""tools/course/classroom.py: what it plants is what a check finds."""

import random

import numpy as np
import pytest

from course import classroom
from rec_tutor.check.examine import examine
from rec_tutor.grading.grade import questions
from rec_tutor.grading.notebook import read, take

ASKED = [one for one in questions("07") if not one.tensors]


def function(code, name):
    room = {"np": np}
    exec(code, room)
    return room[name]


@pytest.mark.parametrize("question", ASKED, ids=lambda one: one.key)
def test_answers_are_what_they_are_planted_as(question):
    code = classroom.right(question, "torch")
    assert examine(question.key, function(code, question.name)).state == "right"
    empty = function(classroom.stub(question), question.name)
    assert examine(question.key, empty).state == "not attempted"
    for name in random.Random(0).sample(sorted(question.wrong), 5):
        code = classroom.wrong(question, name, "torch")
        verdict = examine(question.key, function(code, question.name))
        assert name in verdict.mistakes


def test_a_class_is_the_same_for_the_same_seed(tmp_path):
    everybody = classroom.simulate(tmp_path, 12, 4, "torch")
    assert everybody == classroom.simulate(tmp_path, 12, 4, "torch")
    assert everybody != classroom.simulate(tmp_path, 12, 5, "torch")
    whole = [one for one in everybody.values() if one.text.startswith('{"nb')]
    assert len(whole) > 6
    path = tmp_path / "one.ipynb"
    path.write_text(whole[0].text, encoding="utf-8")
    cells = read(path)
    assert all(take(cells, one.name).code for one in questions("07"))


def test_the_table_compares_planted_and_graded():
    from rec_tutor.grading.classroom import Class
    from rec_tutor.grading.grade import Mark
    from rec_tutor.grading.workers import Graded

    planted = {"a": ("wrong", "no_penalty"), "b": ("right", "")}
    marks = [
        Mark("a", 0, "wrong", ("no_penalty", "x"), ""),
        Mark("b", 0, "wrong", (), ""),
    ]
    room = Class(["a", "b"], [], {"s": Graded(marks)}, {}, [])
    table = classroom.compared(room, {"s": classroom.Made("", planted)})
    assert table.loc["right", "wrong"] == table.loc["wrong", "wrong"] == 1
    assert table.loc["listed mistake", "named"] == 1 and np.all(table >= 0)
