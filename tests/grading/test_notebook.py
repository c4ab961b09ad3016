"""What is taken out of a submission."""

import json

import pytest

from rec_tutor.grading.notebook import SubmissionError, read, take


def called(cells, name, *given):
    """What an answer returns, and its notes."""
    answer = take(cells, name)
    room: dict = {}
    exec(compile(answer.code, "<answer>", "exec"), room)
    return room[name](*given), answer.notes


def test_helpers_and_their_helpers_come_along():
    cells = [
        "def deepest(x): return x + 1",
        "def deep(x): return deepest(x) * 2\ndef unused(): return 5",
        "def answer(x): return deep(x)",
    ]
    assert called(cells, "answer", 3) == (8, [])
    assert "unused" not in take(cells, "answer").code


def test_imports_come_along():
    cells = [
        "import numpy as np, os\nfrom math import sqrt as root, pi",
        "def answer(x): return float(np.sum(x)) + root(4)",
    ]
    assert called(cells, "answer", [1, 2]) == (5.0, [])
    assert "os" not in take(cells, "answer").code.replace("annotations", "")


def test_all_names_of_a_module():
    cells = ["from math import *\nfrom os import *\ndef answer(): return floor(2.5)"]
    value, notes = called(cells, "answer")
    assert value == 2
    assert notes == ["from os import *: not available here, left out"]


def test_an_import_that_is_left_out_is_said():
    cells = [
        "import pandas as pd\nfrom . import secret\nfrom rec_tutor import check",
        "def answer(x): return pd, secret, check",
    ]
    answer = take(cells, "answer")
    assert "pandas" not in answer.code and "rec_tutor" not in answer.code
    assert sorted(answer.notes) == [
        "from . import secret: not available here, left out",
        "from rec_tutor import check: not available here, left out",
        "import pandas as pd: not available here, left out",
    ]


def test_annotations_need_nothing():
    cells = ["def answer(x: pd.DataFrame) -> Unknown: return x"]
    assert called(cells, "answer", 2) == (2, [])


def test_constants_come_along_and_variables_do_not():
    cells = [
        "K = 3\nNAMES = ['a', 'b']\ntable = [1] * 4\ndata = open('x')",
        "def answer(): return K, NAMES, table, data",
    ]
    code = take(cells, "answer").code
    assert "K = 3" in code and "NAMES = " in code
    assert "table =" not in code and "data =" not in code


def test_what_a_default_uses_stands_above():
    cells = ["def answer(x=K): return x", "K = 4"]
    assert called(cells, "answer") == (4, [])


def test_the_last_definition_counts():
    cells = [
        "def answer(): return 1",
        "def help(): return 2",
        "def answer(): return help()",
    ]
    value, notes = called(cells, "answer")
    assert value == 2
    assert notes == ["answer is defined 2 times: the last one counts"]


def test_a_decorator_between_stub_and_answer():
    cells = [
        "def answer(x): ...",
        "def twice(f): return lambda x: 2 * f(x)",
        "@twice\ndef answer(x): return x",
    ]
    assert called(cells, "answer", 4)[0] == 8


def test_decorators_of_a_library():
    cells = ["from functools import lru_cache\n@lru_cache\ndef answer(x): return x"]
    assert called(cells, "answer", 4) == (4, [])


def test_classes_and_lambdas():
    cells = [
        "class Base:\n    one = 1\nclass Pair(Base):\n    two = 2",
        "double = lambda x: 2 * x\nanswer = lambda: double(Pair.one + Pair.two)",
    ]
    assert called(cells, "answer") == (6, [])


def test_a_name_bound_to_something_else_later():
    answer = take(["def answer(): return 1", "answer = 5"], "answer")
    assert answer.code == "" and "no function answer" in answer.notes[0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("%matplotlib inline\ndef answer(): return 1", 1),
        ("def answer():\n    %time 5\n    return 1", 1),
        ("!ls\nx = !ls\ny = %time 5\nnp.sum?\ndef answer(): return 1", 1),
        ("%%time\n\ndef answer(): return 1", 1),
        ("def answer():\n    return (7\n        % 4)", 3),
        ("def answer():\n    return '''\n!x'''", "\n!x"),
    ],
)
def test_what_only_ipython_knows(cell, value):
    assert called([cell], "answer")[0] == value


def test_a_cell_that_is_no_python_is_said_and_costs_no_other():
    value, notes = called(["x = (", "def answer(): return 1"], "answer")
    assert value == 1
    assert notes[0].startswith("code cell 1, line 1 is no Python")


def test_names_that_are_nearly_right():
    assert "there is answers" in take(["def answers(): return 1"], "answer").notes[0]
    assert "CYRILLIC" in take(["def \u0430nswer(): return 1"], "answer").notes[0]
    assert take([], "answer").notes == ["there is no function answer"]


def test_a_note_is_not_added_to_the_next_answer():
    cells = ["def one(): return 1\ndef one(): return 2\ndef two(): return 3"]
    assert take(cells, "one").notes and not take(cells, "two").notes


def test_read(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"]},
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": "z = 3"},
    ]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert read(path) == ["x = 1\ny = 2", "z = 3"]
    path.write_text("")
    with pytest.raises(SubmissionError, match="empty"):
        read(path)
