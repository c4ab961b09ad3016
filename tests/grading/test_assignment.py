"""Assignments: what is asked, and the notebooks of it."""

import json

import nbformat
import pytest

from rec_tutor.check import contracts
from rec_tutor.check.questions import CHAPTERS
from rec_tutor.cli import main
from rec_tutor.data.schema import DataError
from rec_tutor.grading.assignment import assignment
from rec_tutor.grading.grade import grade, questions
from rec_tutor.grading.handout import notebook
from rec_tutor.grading.isolation import level
from rec_tutor.grading.notebook import read, take


def test_a_chapter_by_number_or_name():
    asked = assignment("7")
    assert asked == assignment("07") == assignment("mf")
    assert asked.keys == tuple(one.key for one in questions("07"))
    assert asked.title == "07 · Matrix factorization"


def test_a_seed_draws_other_contracts():
    asked, other = assignment("2027:07,02"), assignment("2028:02,07")
    exercises = [one.partition("@")[0] for one in asked.keys]
    assert exercises == [one.partition("@")[0] for one in other.keys]
    assert exercises == [
        *contracts.of_chapter("evaluation"),
        *contracts.of_chapter("mf"),
    ]
    assert not set(asked.keys) & set(other.keys)
    assert "2027" not in asked.title


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("99", "no chapter '99'"),
        ("2027:", "no chapter ''"),
        ("2027:02,13", "no chapter '13'"),
        ("2027:02,2", "named twice"),
        ("x:02", "whole number"),
        ("-1:02", "whole number"),
        ("1" * 20 + ":02", "whole number"),
    ],
)
def test_what_names_nothing_is_refused(text, why):
    with pytest.raises(DataError, match=why):
        assignment(text)


@pytest.mark.parametrize("seed", [2027, 2028])
def test_the_notebooks(seed, tmp_path):
    """Of all chapters: one can be read, one is right; names are found once each."""
    asked = assignment(f"{seed}:{','.join(CHAPTERS)}")
    path = tmp_path / "assignment.ipynb"
    for solutions in (False, True):
        text = notebook(asked, solutions)
        nbformat.validate(json.loads(text))
        path.write_text(text, encoding="utf-8")
        cells = read(path)
        found = [contracts.question(key) for key in asked.keys]
        for question in found:
            answer = take(cells, question.name)
            assert bool(answer.code) and not answer.notes, (question.key, answer.notes)
    assert len({one.name for one in found}) == len(found)


@pytest.mark.skipif(not level(), reason="no isolation here")
def test_solutions_are_right_and_last_years_are_wrong(tmp_path):
    path = tmp_path / "assignment.ipynb"
    asked, before = assignment("2027:02"), assignment("2026:02")
    path.write_text(notebook(asked, solutions=True), encoding="utf-8")
    marks, _ = grade(path, [contracts.question(key) for key in asked.keys])
    assert {mark.state for mark in marks} == {"right"}
    marks, _ = grade(path, [contracts.question(key) for key in before.keys])
    assert {mark.state for mark in marks} == {"wrong"}


def test_the_command(tmp_path, capsys):
    out = tmp_path / "hand_out.ipynb"
    command = ["assignment", "--seed", "2027", "--chapters", "02", "--out", str(out)]
    assert main(command) == 0
    assert "--assignment 2027:02" in capsys.readouterr().out
    student, solved = out, tmp_path / "hand_out_solutions.ipynb"
    assert "return" not in "".join(read(student)).replace("returns", "")
    assert "return " in "".join(read(solved))
    assert main([*command[:2], "x", *command[3:]]) == 1
    assert "whole number" in capsys.readouterr().err
    assert main([*command[:-1], str(tmp_path / "no" / "a.ipynb")]) == 1
