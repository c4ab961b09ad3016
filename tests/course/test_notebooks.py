"""course.notebooks on small chapters: what is built, what is stale; running twice gives
the same.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from course import costs, notebooks
from course.notebooks import Target

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: '0.13'
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
PLAIN = """# 1. Data

A promise. See [chapter 07](07_mf.md), [there](07_mf.md#biases) and [set-up](setup.md).

```{code-cell} ipython3
:tags: [setup]
%setup
```

```{code-cell} ipython3
:tags: [nbval-check-output]
import warnings

warnings.warn("not stored, and not compared")
print(1 + 1)
```

```{code-cell} ipython3
:alt: A line that rises
import sys
import matplotlib.pyplot as plt

print("hidden", file=sys.stderr)
plt.plot([1, 2]);
```
"""
TWINS = """# 7. Factors

Back to [chapter 01](01_data.md) and on to [another part](07_mf.md#more).

```{code-cell} ipython3
%setup
```

+++ {"tags": ["torch"]}

Tensors of PyTorch.

+++ {"tags": ["tensorflow"]}

Tensors of TensorFlow.

+++

For both: `rec_tutor.FRAMEWORK.mf`.

```{code-cell} ipython3
:tags: [torch]
from torch import nn
```

```{code-cell} ipython3
:tags: [tensorflow]
import keras
```

```{code-cell} ipython3
%show rec_tutor.FRAMEWORK.mf.MF
```

```{code-cell} ipython3
from rec_tutor.FRAMEWORK import mf
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "_config.yml": "repository:\n  url: https://github.com/someone/course\n",
        "constraints.txt": "numpy==2\n",
        "book/01_data.md": HEADER + PLAIN,
        "book/07_mf.md": HEADER + TWINS,
        "book/setup.md": "# Set-up\n",
        "rec_tutor/__init__.py": "",
        "rec_tutor/torch/__init__.py": "",
        "rec_tutor/torch/mf.py": "class MF(nn.Module):\n    dim = 1\n",
        "rec_tutor/tensorflow/__init__.py": "",
        "rec_tutor/tensorflow/mf.py": "class MF(keras.Model):\n    dim = 1\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def sources(notebook: nbformat.NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells)


def test_a_chapter_with_framework_cells_has_twins(root: Path) -> None:
    paths = [str(target) for target in notebooks.targets(root)]
    assert paths == [
        "notebooks/01_data.ipynb",
        "notebooks/torch/07_mf.ipynb",
        "notebooks/tensorflow/07_mf.ipynb",
    ]


@pytest.mark.parametrize(
    ("framework", "own", "other"),
    [("torch", "PyTorch", "TensorFlow"), ("tensorflow", "TensorFlow", "PyTorch")],
)
def test_a_twin_keeps_its_cells_and_names_the_other(
    root: Path, framework: str, own: str, other: str
) -> None:
    notebook = notebooks.build(Target("07_mf", framework, root))
    text = sources(notebook)
    assert f"Tensors of {own}" in text and f"Tensors of {other}" not in text
    assert (
        f"from rec_tutor.{framework} import mf" in text
        and f"`rec_tutor.{framework}.mf`" in text
    )
    assert f"# rec_tutor/{framework}/mf.py\nclass MF(" in text
    assert "%show" not in text and "FRAMEWORK" not in text
    base = {"torch": "nn.Module", "tensorflow": "keras.Model"}[framework]
    assert f"class MF({base})" in text
    title, _, switch = notebook.cells[0].source.partition("\n\n")
    assert title == "# 7. Factors"
    foreign = {"torch": "tensorflow", "tensorflow": "torch"}[framework]
    switch = switch.splitlines()[0]
    assert f"**{own}**" in switch and f"[{other}](../{foreign}/07_mf.ipynb)" in switch
    colab = "https://colab.research.google.com/github/someone/course/blob/main/notebooks/colab"
    assert f"({colab}/{framework}/07_mf.ipynb)" in switch
    assert [cell["id"] for cell in notebook.cells] == [
        f"cell-{n:03d}" for n in range(len(notebook.cells))
    ]
    assert not any("torch" in cell.metadata.get("tags", []) for cell in notebook.cells)


def test_links_lead_to_notebooks_and_pages(root: Path) -> None:
    plain = sources(notebooks.build(Target("01_data", "", root)))
    assert (
        "[chapter 07](torch/07_mf.ipynb)" in plain
        and "[there](torch/07_mf.ipynb#biases)" in plain
    )
    assert "[set-up](../book/setup.md)" in plain
    twin = sources(notebooks.build(Target("07_mf", "tensorflow", root)))
    assert (
        "[chapter 01](../01_data.ipynb)" in twin
        and "[another part](07_mf.ipynb#more)" in twin
    )
    page = notebooks.map_links(
        "[a](07_mf.md) [b](setup.md)", root / "book", "", notebooks.chapters(root), root
    )
    assert page == "[a](../notebooks/torch/07_mf.ipynb) [b](setup.md)"


def test_a_shown_class_may_use_only_what_the_notebook_binds(root: Path) -> None:
    (root / "rec_tutor/torch/mf.py").write_text(
        "class MF(nn.Module):\n    table = helper(3)\n"
    )
    with pytest.raises(
        ValueError,
        match=r"%show rec_tutor\.FRAMEWORK\.mf\.MF uses helper|MF uses helper",
    ):
        notebooks.build(Target("07_mf", "torch", root))


def test_a_name_that_a_shown_class_uses_keeps_its_meaning(root: Path) -> None:
    (root / "rec_tutor/torch/mf.py").write_text(
        "import torch\n\n\nclass MF(torch.nn.Module):\n    table = torch.ones(3)\n"
    )
    chapter = root / "book/07_mf.md"
    text = chapter.read_text(encoding="utf-8")
    cells = "```{code-cell} ipython3\nimport torch\n```\n\n"
    chapter.write_text(text.replace("```{code-cell}", cells + "```{code-cell}", 1))
    notebooks.build(Target("07_mf", "torch", root))
    again = "\n```{code-cell} ipython3\ntorch = 3\n```\n"
    chapter.write_text(chapter.read_text(encoding="utf-8") + again)
    with pytest.raises(ValueError, match="binds torch anew"):
        notebooks.build(Target("07_mf", "torch", root))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# No header\n", "header"),
        (HEADER + "No title\n", "title"),
        (HEADER + PLAIN.replace("%setup", "x ="), "syntax"),
    ],
)
def test_a_malformed_chapter_is_named(
    root: Path, text: str, message: str, capsys: pytest.CaptureFixture
) -> None:
    (root / "book/01_data.md").write_text(text)
    assert notebooks.main(["--check", "--only", "01"], root) == 1
    assert message in capsys.readouterr().err


@pytest.mark.long
def test_execution_is_repeatable_and_the_check_notices_changes(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    target = Target("01_data", "", root)
    only = ["--only", "01_data"]
    assert notebooks.main(["--check", *only], root) == 1
    assert "is missing" in capsys.readouterr().err
    assert notebooks.main(only, root) == 0
    first = target.path.read_bytes()
    cost = costs.read(root)[str(target)]
    assert 0 < cost.cpu < 60 and cost.memory > 20
    # a sentinel shows who writes
    never = replace(cost, cpu=-1.0)
    costs.keep(str(target), never, [str(target)], root)
    assert notebooks.main(["--check", *only], root) == 0
    assert notebooks.main(only, root) == 0
    assert ", 0 to execute" in capsys.readouterr().out
    assert costs.read(root)[str(target)] == never
    assert notebooks.main(["--force", *only], root) == 0
    assert target.path.read_bytes() == first
    assert costs.read(root)[str(target)].cpu > 0

    stored = json.loads(first)
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [1, 2, 3]
    assert code[1]["outputs"][0]["text"] == ["2\n"]
    assert code[2]["metadata"] == {"alt": "A line that rises"}
    # and no stderr
    assert [output["output_type"] for output in code[2]["outputs"]] == ["display_data"]
    assert "version" not in stored["metadata"]["language_info"]

    for file, old, new, reason in [
        ("book/01_data.md", "1 + 1", "1 + 2", "its code"),
        ("book/01_data.md", "print(1 + 1)", "print(1+1)", "cell 2 is not"),
        # outputs are not compared: machines differ
        ("notebooks/01_data.ipynb", "2\\n", "3\\n", ""),
        ("notebooks/01_data.ipynb", "A promise", "A lie", "cell 0 is not"),
    ]:
        path = root / file
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new), encoding="utf-8")
        assert notebooks.main(["--check", *only], root) == bool(reason)
        assert reason in capsys.readouterr().err
        path.write_text(before, encoding="utf-8")


def test_measuring_writes_no_notebook_but_its_cost(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    target = Target("01_data", "", root)
    target.source.write_text(HEADER + "# 1. Data\n\n```{code-cell} ipython3\n1\n```\n")
    target.path.parent.mkdir()
    target.path.write_text('{"cells": [], "metadata": {}, "nbformat": 4}')
    before = target.path.read_bytes()
    assert notebooks.main(["--measure", "--only", "01"], root) == 0
    assert " s of CPU, " in capsys.readouterr().out
    assert target.path.read_bytes() == before
    assert costs.read(root)[str(target)].cpu > 0


@pytest.mark.long
def test_only_what_can_change_an_output_is_executed_again(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    target, source = Target("01_data", "", root), root / "book/01_data.md"
    source.write_text(
        HEADER
        + PLAIN.replace(
            "print(1 + 1)", "from rec_tutor import tiny\nprint(tiny.double(1))"
        )
    )
    code = (
        "import sys\n\ndef double(x):\n    return x * 2\n\ndef other(x):\n   "
        " return x\n"
    )
    (root / "rec_tutor/tiny.py").write_text(code)
    (root / "experiments/results").mkdir(parents=True)
    made = {
        "rows": [{"x": 1, "seconds": 2}],
        "seed": 0,
        "versions": {},
        "script": "experiments/01_x.py",
    }

    def run(reason: str) -> nbformat.NotebookNode:
        stale = notebooks.main(["--check", "--only", "01"], root)
        said = capsys.readouterr().err
        assert bool(stale) == bool(reason) and reason in said, (reason, said)
        assert notebooks.main(["--only", "01"], root) == 0
        said = capsys.readouterr().out
        assert ("1 to execute" in said) == bool(
            reason and "is not what" not in reason
        ), (reason, said)
        return nbformat.read(target.path, as_version=4)

    os.environ["PYTHONPATH"], before = str(root), os.environ.get("PYTHONPATH", "")
    try:
        first = run("is missing")
        text = source.read_text()
        source.write_text(
            text.replace("A promise.", "A new promise.").replace(
                ":alt: A line that rises", ":alt: Other"
            )
        )
        second = run("is not what")
        assert "A new promise" in second.cells[0].source
        old, new = (one.cells[3].outputs[0].data for one in (first, second))
        assert " aria-label='Other'>" in new["image/svg+xml"]
        assert set(old) == set(new) == {"image/svg+xml", "text/plain"}
        for kind, value in old.items():
            assert value.replace("A line that rises", "Other") == new[kind]
        assert second.cells[2].outputs == first.cells[2].outputs
        (root / "constraints.txt").write_text("numpy==2\nzzz==1\n")
        (root / "_config.yml").write_text(
            "repository:\n  url: https://github.com/somebody/else\n"
        )
        assert "somebody/else" in run("is not what").cells[0].source
        (root / "rec_tutor/tiny.py").write_text(
            '"""Tiny."""\n' + code.replace("return x\n", "return x + 1\n")
        )
        run("")
        (root / "constraints.txt").write_text("numpy==2\nmatplotlib==4\n")
        run("matplotlib==4")
        (root / "rec_tutor/tiny.py").write_text(code.replace("x * 2", "x * 3"))
        assert run("its code").cells[2].outputs[0].text == "3\n"
        source.write_text(text + "\n```{code-cell} ipython3\nname = '01_x'\n```\n")
        run("its code")
        (root / "experiments/results/01_x.json").write_text(json.dumps(made))
        run("other results: 01_x")
        made["rows"][0]["seconds"] = 3
        (root / "experiments/results/01_x.json").write_text(
            json.dumps(made | {"keys": ["a"]})
        )
        run("")
        made["rows"][0]["x"] = 2
        (root / "experiments/results/01_x.json").write_text(json.dumps(made))
        run("other results: 01_x")
    finally:
        os.environ["PYTHONPATH"] = before


@pytest.mark.long
def test_nbval_compares_exact_cells_and_overlooks_warnings(root: Path) -> None:
    target = Target("01_data", "", root)
    assert notebooks.main(["--only", "01_data"], root) == 0
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "nbval.plugin",
        "-p",
        "course.kernels",
        "--nbval-lax",
        "--nbval-current-env",
    ]
    command += ["-c", "/dev/null", "--rootdir", str(root), str(target.path)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # faster

    def nbval() -> subprocess.CompletedProcess:
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True
        )

    passed = nbval()
    assert passed.returncode == 0, passed.stdout
    text = target.path.read_text(encoding="utf-8")
    target.path.write_text(text.replace('"2\\n"', '"3\\n"'), encoding="utf-8")
    failed = nbval()
    assert failed.returncode == 1 and "Cell outputs differ" in failed.stdout


def test_changed_code_of_the_package_makes_a_notebook_stale(root: Path) -> None:
    target = Target("07_mf", "torch", root)
    stamp = notebooks.build(target).metadata["rec_tutor"]["stamp"]
    (root / "rec_tutor/tensorflow/mf.py").write_text(
        "class MF(keras.Model):\n    dim = 2\n"
    )
    assert notebooks.build(target).metadata["rec_tutor"]["stamp"] == stamp
    (root / "rec_tutor/torch/mf.py").write_text("class MF(nn.Module):\n    dim = 2\n")
    changed = notebooks.build(target).metadata["rec_tutor"]["stamp"]
    assert [part for part in stamp if stamp[part] != changed[part]] == ["code"]


def test_a_failing_cell_leaves_the_old_notebook_and_says_where(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    path = root / "book/01_data.md"
    path.write_text(HEADER + "# 1. Data\n\n```{code-cell} ipython3\n1 / 0\n```\n")
    assert notebooks.main(["--only", "01"], root) == 1
    error = capsys.readouterr().err
    assert "notebooks/01_data.ipynb" in error and "ZeroDivisionError" in error
    assert not list((root / "notebooks").glob("*"))


def test_an_orphan_is_reported(root: Path, capsys: pytest.CaptureFixture) -> None:
    orphan = root / "notebooks/torch/09_old.ipynb"
    orphan.parent.mkdir(parents=True)
    orphan.write_text("{}")
    notebooks.main(["--check"], root)
    assert (
        "notebooks/torch/09_old.ipynb: no chapter makes this notebook"
        in capsys.readouterr().err
    )


def test_the_stored_notebooks_are_those_of_the_chapters() -> None:
    assert notebooks.main(["--check"]) == 0


def test_no_code_in_a_chapter_is_wider_than_a_page() -> None:
    """Shown classes have the package's width, which ruff checks."""
    wide = [
        f"{name}: {line}"
        for name in notebooks.chapters()
        for cell in notebooks.read_chapter(Target(name, "").source).cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if len(line) > 88
    ]
    assert not wide, "\n".join(wide)


FOLDS = """# 1. Data

```{code-cell} ipython3
:tags: [nbval-check-output]
:fold: Draw the two lines
print(1)
```

```{code-cell} ipython3
:reveal: Which one it was
print(2)
```

```{code-cell} ipython3
:fold: Add
:reveal: A solution
print(3)
```
"""


def test_a_folded_cell_has_a_title_and_is_not_executed_again(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    target, source = Target("01_data", "", root), root / "book/01_data.md"
    open_ones = (
        FOLDS.replace(":fold: Draw the two lines\n", "")
        .replace(":reveal: Which one it was\n", "")
        .replace(":fold: Add\n:reveal: A solution\n", "")
    )
    source.write_text(HEADER + open_ones)
    assert notebooks.main(["--only", "01"], root) == 0
    source.write_text(HEADER + FOLDS)
    assert notebooks.main(["--only", "01"], root) == 0
    assert "1 got new text, 0 to execute" in capsys.readouterr().out
    code, shown, both = nbformat.read(target.path, as_version=4).cells[1:]
    assert code.source == "# @title Draw the two lines\nprint(1)"
    assert code.metadata["tags"] == ["nbval-check-output", "hide-input"]
    assert code.metadata["jupyter"] == {"source_hidden": True}
    assert code.metadata["cellView"] == "form"
    assert code.metadata["mystnb"]["code_prompt_show"] == "Draw the two lines"
    assert shown.source == "print(2)" and shown.metadata["tags"] == ["hide-output"]
    assert shown.metadata["mystnb"]["code_prompt_show"] == "Which one it was"
    assert shown.outputs[0].text == "2\n"
    assert both.source == "# @title Add\nprint(3)"
    assert both.metadata["tags"] == ["hide-cell"]
    assert both.metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
    assert both.metadata["mystnb"]["code_prompt_show"] == "A solution"


def test_the_copies_for_colab_have_no_outputs() -> None:
    """Beside `--check`, which asks whether they are copies."""
    for target in notebooks.targets():
        copy = nbformat.read(target.colab, as_version=4)
        code = [cell for cell in copy.cells if cell.cell_type == "code"]
        assert code and not any(cell.outputs for cell in code), target
        assert all(cell.execution_count is None for cell in code), target


def test_the_links_of_a_copy_for_colab_lead_on_from_there(root: Path) -> None:
    target = Target("07_mf", "torch", root)
    text = (
        "[a](08_ncf.ipynb) [b](../01_data.ipynb#x) [c](../tensorflow/07_mf.ipynb) "
        "[d](../exercises/torch/07_mf.ipynb) [e](../../book/articles.md#there) [f](#g) "
        "[h](https://example.org/a.md)"
    )
    cell = nbformat.v4.new_markdown_cell(text)
    stored = nbformat.v4.new_notebook(cells=[cell])
    book = "https://github.com/someone/course/blob/main/book"
    assert notebooks.for_colab(stored, target).cells[0].source == text.replace(
        "../exercises", "../../exercises"
    ).replace("../../book", book)
    assert stored.cells[0].source == text


@pytest.mark.parametrize("code", ["%setup", "%show rec_tutor.tiny.double"])
def test_what_must_be_seen_is_not_folded(
    root: Path, capsys: pytest.CaptureFixture, code: str
) -> None:
    text = f"# 1. Data\n\n```{{code-cell}} ipython3\n:fold: x\n{code}\n```\n"
    (root / "book/01_data.md").write_text(HEADER + text)
    assert notebooks.main(["--only", "01"], root) == 1
    assert "needs a title" in capsys.readouterr().err
