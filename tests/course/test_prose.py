"""Numbers in sentences: expressions in a chapter's text, and their values in the
notebook.
"""

import nbformat
import pytest

from course import prose
from course.notebooks import Target, main
from tests.course.test_notebooks import HEADER

CHAPTER = """# 1. Data

Before any cell: {{ 6 * 7 }}. Code like `{{ x }}` stays.

```{code-cell} ipython3
gap = {"low": -0.0123, "name": "EASE"}
```

{{ gap["name"] }} is behind by {{ gap["low"]:.3f }}, and again {{ gap["low"]:.3f }}.

```{code-cell} ipython3
gap["low"] = 1234.5
gap
```

> **Note.** Now it is {{ gap['low']:,.0f }} of {{ len(gap) }}.
"""


@pytest.fixture
def target(tmp_path):
    for folder in ("book", "rec_tutor", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "rec_tutor/__init__.py").write_text("")
    (tmp_path / "constraints.txt").write_text("")
    (tmp_path / "_config.yml").write_text("repository:\n  url: https://x.org/a/b\n")
    target = Target("01_data", "", tmp_path)
    target.source.write_text(HEADER + CHAPTER)
    return target


def read(target):
    return nbformat.read(target.path, as_version=4)


def texts(target):
    cells = [c.source for c in read(target).cells if c.cell_type == "markdown"]
    return "\n".join(cells)


def edit(target, old, new):
    text = target.source.read_text()
    assert old in text
    target.source.write_text(text.replace(old, new))


def test_values_are_written_and_a_changed_sentence_executes_nothing(target, capsys):
    assert main([], target.root) == 0
    assert "1 to execute" in capsys.readouterr().out
    first = texts(target)
    for said in (
        "Before any cell: 42. Code like `{{ x }}` stays.",
        "EASE is behind by −0.012, and again −0.012.",
        "Now it is 1,234 of 2.",
    ):
        assert said in first
    notebook = read(target)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2]  # nothing else is kept
    assert code[1].outputs[0].execution_count == 2
    assert notebook.metadata["rec_tutor"]["values"] == {
        "0": {"6 * 7": "42"},
        "1": {'gap["name"]': "EASE", 'gap["low"]:.3f': "−0.012"},
        "2": {"gap['low']:,.0f": "1,234", "len(gap)": "2"},
    }
    assert main(["--check"], target.root) == 0

    edit(target, "is behind by", "is, as we see, behind by")
    edit(target, ', and again {{ gap["low"]:.3f }}', "")
    assert main(["--check"], target.root) == 1
    assert "is not what book/01_data.md says now" in capsys.readouterr().err
    assert main([], target.root) == 0
    assert "1 got new text, 0 to execute" in capsys.readouterr().out
    assert "EASE is, as we see, behind by −0.012." in texts(target)
    assert main(["--check"], target.root) == 0


def test_a_new_question_or_a_moved_one_executes(target, capsys):
    assert main([], target.root) == 0
    edit(target, "{{ len(gap) }}", "{{ len(gap) + 1 }}")
    capsys.readouterr()
    assert main(["--check"], target.root) == 1
    assert "its text asks for len(gap) + 1" in capsys.readouterr().err
    assert main([], target.root) == 0
    assert "of 3." in texts(target)
    # the same expression below another cell may have another value
    edit(target, "Now it is", 'Now it is {{ gap["low"]:.3f }}, or')
    assert main([], target.root) == 0
    assert "1 to execute" in capsys.readouterr().out
    assert "Now it is 1234.500, or 1,234" in texts(target)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("{{ 6 * 7 }}", "{{ 6 * }}", "{{ 6 * }} can't be read"),
        ("{{ 6 * 7 }}", "{{ unknown }}", "name 'unknown' is not defined"),
        ("{{ 6 * 7 }}", "{{ float('nan'):.2f }}", "can't stand in a sentence"),
        ("{{ 6 * 7 }}", "{{ '' }}", "can't stand in a sentence"),
    ],
)
def test_a_question_that_has_no_answer_stops_the_build(target, capsys, old, new, error):
    edit(target, old, new)
    assert main([], target.root) == 1
    assert error in capsys.readouterr().err
    assert not target.path.exists()


def test_expressions_of_a_text():
    text = 'a {{ x }} b {{x}} `{{ no }}`\n```\n{{ no }}\n```\n{{ t["a"]:+.1%}}'
    assert prose.expressions(text) == ["x", 't["a"]:+.1%']
