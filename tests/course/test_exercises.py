"""The exercise notebooks: what a student gets, what the solutions have more, and what
happens when cells run in another order.
"""

import re
import shutil

import nbformat
import pytest

from course import checks, execute, exercises, notebooks
from course.modules import ROOT

KNOWN = notebooks.chapters()
PAGES = exercises.pages()
SOURCE = """---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# 07 · Exercises

A word on [the chapter](07_mf.md).

```{code-cell} ipython3
%setup
```

```quiz
07.Q1 (07.G1) Which?
- The first.
  Because.
+ The second,
  Therefore.
- The third.
  Nor that.
```

```{code-cell} ipython3
%question mf.3
```
"""


def texts(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "book" / "exercises"
    folder.mkdir(parents=True)
    (folder / "07_mf.md").write_text(SOURCE, encoding="utf-8")
    shutil.copy(ROOT / "_config.yml", tmp_path)
    return exercises.Page("07_mf", "", tmp_path)


def test_the_notebooks_are_those_of_the_pages():
    assert exercises.main(["--check"]) == 0


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_student_gets_the_solutions_without_solutions(page):
    student, solved = (exercises.build(page, it, KNOWN) for it in (False, True))
    both = [cell.source for cell in solved.cells[1:]]  # the first has a link to itself
    asked = [cell.source for cell in student.cells[1:]]
    rest = iter(both)
    assert all(one in rest for one in asked)  # in this order
    more = [one for one in both if one not in asked]
    assert len(more) == len(both) - len(asked)
    assert all(one.startswith(("# @title", "<details>")) for one in more)
    assert "AI Assistance" in student.cells[0].source
    assert not any(cell.get("outputs") for cell in student.cells + solved.cells)


def test_a_question_becomes_an_empty_function_and_a_check(small):
    student = exercises.build(small, False, KNOWN)
    stub, check = (cell.source for cell in student.cells[-2:])
    assert stub.startswith('def sgd_step(p, q, r, eta, penalty):\n    """One step')
    assert stub.endswith("\n    ...") and check == 'check("mf.3", sgd_step)'
    solved = exercises.build(small, True, KNOWN)
    hints, solution = solved.cells[-3:-1]
    assert hints.source.count("<summary>Hint") == 3
    assert (
        "return p + eta" in solution.source and "hide-input" in solution.metadata.tags
    )
    assert "../07_mf.ipynb" in texts(student) or "torch/07_mf.ipynb" in texts(student)


def test_a_quiz_opens_choice_by_choice(small):
    text = texts(exercises.build(small, False, KNOWN))
    choices = re.findall(
        r'<details class="quiz" data-key="07.Q1" data-right="(\d)">'
        r"<summary>(.*?)</summary>\n\n(.*?)\n\n</details>",
        text,
        re.DOTALL,
    )
    assert choices == [
        ("0", "The first.", "Not this one. Because."),
        ("1", "The second,", "Right. Therefore."),
        ("0", "The third.", "Not this one. Nor that."),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("+ The second,", "- The second,", "one of them right"),
        ("- The third.\n  Nor that.\n", "", "three or more"),
        ("  Because.\n", "", "no explanation"),
        ("07.Q1 (07.G1) Which?", "Which?", "a quiz begins with"),
        ("%question mf.3", "%question mf.4", "needs twins"),
        ("%question mf.3", "%question mf.9", "no question"),
        ("A word", "{ref}`word`", "a MyST role"),
    ],
)
def test_a_faulty_page_is_refused(small, old, new, said):
    small.source.write_text(SOURCE.replace(old, new), encoding="utf-8")
    with pytest.raises((ValueError, LookupError), match=said):
        exercises.build(small, False, KNOWN)


def test_a_chapter_checks_what_its_reader_fills_in():
    assert checks.line("07.T1", {"cell"}, True) == (
        f'{checks.IMPORT}\n\ncheck("07.T1", cell)'
    )
    assert checks.confirmed("07.T1") == 'confirm("07.T1", cell)'
    with pytest.raises(ValueError, match=r"07\.T1: the cell above lacks cell"):
        checks.line("07.T1", {"other"}, False)
    code = f'{checks.IMPORT}\n\ncheck("07.T1", cell)\nx = 1\nconfirm("07.T1", cell)'
    assert checks.without(code).split() == ["x", "=", "1"]
    assert len(checks.lines(code)) == 3


@pytest.mark.long
@pytest.mark.parametrize(
    "target",
    [one for one in notebooks.targets() if not one.chapter.endswith("_deeper")],
    ids=str,
)
def test_each_blank_of_a_chapter_has_its_check_and_each_solution_is_confirmed(target):
    text = target.source.read_text(encoding="utf-8")
    keys = re.findall(r"<!-- check: (\S+) -->", text)
    built = notebooks.build(target, KNOWN)
    code = "\n".join(c.source for c in built.cells if c.cell_type == "code")
    for call in ("check", "confirm"):
        assert re.findall(rf'(?m)^{call}\("(\S+)",', code) == keys


RIGHT = """
def sgd_step(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)
"""


@pytest.mark.training
def test_cells_may_run_in_any_order_and_again(small, tmp_path):
    """Restart and run all says "not attempted"; then an answer that is right, wrong,
    and right again, each followed by the same check.
    """
    student = exercises.build(small, False, KNOWN)
    check = student.cells[-1].source
    wrong = RIGHT.replace("e = r - p @ q", "e = p @ q - r")
    for code in (RIGHT, check, wrong, check, RIGHT, check, student.cells[-2].source):
        student.cells.append(nbformat.v4.new_code_cell(code))
    student.cells.append(nbformat.v4.new_code_cell("hint('mf.3'); progress()"))
    ran = "\n".join(
        cell.source if cell.cell_type == "code" else "" for cell in student.cells
    )
    assert ran.count(check) == 4
    for cell in student.cells:  # our kernels are strict: a wrong answer fails there
        if cell.cell_type == "code" and cell.source == check:
            cell.source = f"import os; os.environ.pop('RECTUTOR_CHECK', 0)\n{check}"
    done, _ = execute.run(student, tmp_path)
    said = [
        "".join(out.get("text", "") for out in cell.outputs)
        for cell in done.cells
        if cell.cell_type == "code" and check in cell.source
    ]
    states = ["Not attempted yet.", "Right.", "Not yet.", "Right."]
    assert all(
        one.startswith(f"mf.3: {state}")
        for one, state in zip(said, states, strict=True)
    )
