"""course.colab: what a machine like Colab's has, what a notebook finds there, and what
is said of it. The long runs are the command's own.
"""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course import colab, colab_machine, portable
from course.colab import Result
from course.colab_machine import Machine
from course.modules import ROOT

NAMES = {"": set(), "torch": {"torch"}, "tensorflow": {"tensorflow", "tensorflow-cpu"}}
FRAMEWORKS = NAMES["torch"] | NAMES["tensorflow"]


def write(path: Path, *cells: nbformat.NotebookNode) -> Path:
    notebook = new_notebook(cells=list(cells))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def test_every_notebook_reads_well_everywhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert portable.report(ROOT) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```{note}\nText\n```", "a MyST directive"),
        ("See {ref}`there`.", "a MyST role"),
        ("[x](other.ipynb)", "a link that leads nowhere: other.ipynb"),
        ("[x [y]](../book/other.md#a)", "a link that leads nowhere: ../book/other.md"),
        ('<a href="other.md">x</a>', "a link that leads nowhere: other.md"),
        ("![x](there.png)", "a picture from a file: there.png"),
        ('<img alt="x" src="there.png">', "a picture from a file: there.png"),
    ],
)
def test_what_does_not_read_well_is_found(
    tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "there.png").touch()
    path = write(tmp_path / "a.ipynb", *map(new_markdown_cell, [text] * 2))
    assert [one.partition("#")[0] for one in portable.problems(path)] == [
        f"cell 0: {problem}",
        f"cell 1: {problem}",
    ]


def test_what_reads_well_passes(tmp_path: Path) -> None:
    text = (
        "$x$ [a](a.ipynb#b) [b](https://example.org/b.md) [c](#c) `[d](e.md)`\n\n"
        "```python\nx = [1](f.md)\n```\n\n![g](data:image/png;base64,aGk=)"
    )
    assert portable.problems(write(tmp_path / "a.ipynb", new_markdown_cell(text))) == []


def test_an_invalid_notebook_is_found(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", new_markdown_cell("x"))
    path.write_text(path.read_text().replace('"cell_type": "markdown"', '"x": "y"'))
    assert portable.problems(path)[0].startswith("not valid: ")
    path.write_text("no notebook")
    assert portable.problems(path)[0].startswith("not valid: ")


def test_an_old_notebook_for_another_kernel_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    kernel = '{"kernelspec": {"name": "mine", "display_name": "Mine"}}'
    path.write_text(
        f'{{"cells": [], "metadata": {kernel}, "nbformat": 4, "nbformat_minor": 4}}'
    )
    assert len(portable.problems(path)) == 2


@pytest.mark.parametrize("versions", ["colab", "tested"])
@pytest.mark.parametrize("framework", NAMES)
@pytest.mark.parametrize("python", colab_machine.PYTHONS)
def test_a_machine_has_one_framework_at_most(
    python: str, framework: str, versions: str
) -> None:
    machine = Machine(python, framework, versions)
    asked = dict(one.split("==") for one in machine.packages())
    assert {"ipykernel", "matplotlib", "numpy", "pandas", "scikit-learn"} <= set(asked)
    has = FRAMEWORKS & set(asked)
    assert has <= NAMES[framework] and len(has) == (framework != "")
    assert "pooch" not in asked and "rec-tutor" not in asked
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if versions == "tested":
        assert {f"{name}=={version}" for name, version in asked.items()} <= set(pins)
    assert Machine("3.13", "").folder != Machine("3.12", "").folder


def test_a_reader_of_a_framework_gets_its_notebooks() -> None:
    plain, torch, tensorflow = (
        {str(path.relative_to(ROOT)) for path in colab.notebooks_for(framework)}
        for framework in NAMES
    )
    assert "notebooks/colab/01_data.ipynb" in plain
    assert "notebooks/exercises/01_data_solutions.ipynb" in plain
    assert "notebooks/colab/tensorflow/07_mf.ipynb" in tensorflow
    assert {path.replace("/torch/", "/tensorflow/") for path in torch} == tensorflow
    (only,) = colab.notebooks_for("torch", ["07_mf_d"])
    assert only.name == "07_mf_deeper.ipynb"
    every = {
        str(path.relative_to(ROOT))
        for folder in ("colab", "exercises")
        for path in (ROOT / "notebooks" / folder).rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    assert plain | torch | tensorflow == every


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine that has what this environment has, and the stand-in."""
    folder = tmp_path_factory.mktemp("machines") / "one"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True
    )
    here = Path(nbformat.__file__).parents[1]
    packages = colab_machine.packages_of(folder)
    (packages / "here.pth").write_text(f"{here}\n", encoding="utf-8")
    (packages / "google" / "colab").mkdir(parents=True)
    (packages / "google" / "colab" / "__init__.py").write_text(colab_machine.STUB)
    return folder


def a_wheel(folder: Path, name: str) -> Path:
    """A wheel of nothing."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(f"{name}-1.0.dist-info/{file}", text)
    return path


INSTALL = "%pip install --quiet --no-index --no-deps {glob('*.whl')[0]}"
FINDS = f"""\
import os
from glob import glob
from pathlib import Path
import google.colab

assert sorted(os.listdir()) == ["a.ipynb", *glob("*.whl")], os.listdir()
assert os.listdir(Path.home()) in ([], [".ipython"]), os.listdir(Path.home())
assert "RECTUTOR_OFFLINE" not in os.environ
assert os.environ["RECTUTOR_CACHE"].endswith("shared")
{INSTALL}"""


def test_a_notebook_finds_nothing_but_the_wheel(
    tmp_path: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    wheel = a_wheel(tmp_path, "nothing")
    notebook = write(tmp_path / "notebooks/a.ipynb", new_code_cell(FINDS))
    (notebook.parent / "b.txt").touch()
    machine = Machine("3.12", "torch")
    for _ in range(2):  # what the first run installs is gone in the second
        one = colab.check(
            notebook, machine, environment, wheel, tmp_path / "shared", tmp_path
        )
        assert one.error == ""
        assert one.notebook == "notebooks/a.ipynb"
        assert one.installed == ("nothing 1.0",)
    names = {path.name for path in colab_machine.packages_of(environment).iterdir()}
    assert names <= {"here.pth", "google", "__pycache__"}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise ValueError('this\\nthat')", "ValueError: this"),
        ("import os; os._exit(1)", "the kernel died"),
    ],
)
def test_the_first_error_is_said(
    tmp_path: Path, environment: Path, code: str, error: str
) -> None:
    wheel = a_wheel(tmp_path, "nothing")
    cells = [new_code_cell(one) for one in ("x = 1", code, "raise KeyError")]
    notebook = write(tmp_path / "a.ipynb", *cells)
    one = colab.check(
        notebook, Machine("3.12", ""), environment, wheel, tmp_path, tmp_path
    )
    assert one.error == error and one.installed == ()


def test_the_other_framework_is_an_error(tmp_path: Path, environment: Path) -> None:
    wheel = a_wheel(tmp_path, "torch")
    cell = new_code_cell(f"from glob import glob\n{INSTALL}")
    notebook = write(tmp_path / "a.ipynb", cell)
    one = colab.check(
        notebook, Machine("3.12", "tensorflow"), environment, wheel, tmp_path, tmp_path
    )
    assert one.error == "the set-up cell installed torch"


@pytest.mark.parametrize(
    ("installed", "framework", "other"),
    [
        (["rec-tutor 0.1", "pooch 1"], "", ""),
        (["torch-geometric 2"], "torch", ""),
        (["torch 2"], "tensorflow", "torch"),
        (["tensorflow_cpu 2"], "torch", "tensorflow-cpu"),
        (["tensorflow_cpu 2"], "tensorflow", ""),
        (["torch 2"], "", "torch"),
    ],
)
def test_a_framework_that_nobody_asked_for_is_seen(
    installed: list[str], framework: str, other: str
) -> None:
    assert colab.foreign(installed, framework) == other


def test_the_table_says_what_ran_where() -> None:
    older, newer = Machine("3.12", ""), Machine("3.13", "torch", "tested")
    results = [
        Result("a.ipynb", older, 3.2, ("pooch 1", "rec-tutor 0.1")),
        Result("a.ipynb", newer, 4.0, ("pooch 1", "rec-tutor 0.1")),
        Result("b.ipynb", newer, 5.7, (), "KeyError: 'x'"),
    ]
    assert colab.table(results).splitlines() == [
        "| notebook | 3.12 | 3.13 torch tested |",
        "|---|---|---|",
        "| a.ipynb | ok, 3 s | ok, 4 s |",
        "| b.ipynb |  | **failed**, 6 s |",
        "",
        "What the set-up cells installed:",
        "",
        "- pooch 1, rec-tutor 0.1: 2 notebooks (3.12, 3.13 torch tested)",
        "- nothing: 1 notebooks (3.13 torch tested)",
        "",
        "2 of 3 ran to the end.",
        "- b.ipynb (3.13 torch tested): KeyError: 'x'",
    ]


def test_a_machine_is_made_once_and_never_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine("2.7", "")
    with pytest.raises(RuntimeError, match=r"is Python 3\.\d+, not 2\.7"):
        colab_machine.make(machine, sys.executable, tmp_path)
    (tmp_path / machine.folder).mkdir()
    (tmp_path / machine.folder / "ready").touch()
    made = colab_machine.make(machine, "no such program", tmp_path)
    assert made == tmp_path / machine.folder
    assert colab.main(["--machines", str(ROOT / "_build/machines")]) == 2
    assert "is in the repository" in capsys.readouterr().err


def test_binder_installs_what_the_course_needs() -> None:
    """In the versions of constraints.txt, and nothing with GPU code."""
    folder = ROOT / ".binder"
    lines = [
        line
        for line in (folder / "requirements.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    (constraints,) = (line for line in lines if line.startswith("-c "))
    assert (folder / constraints.split()[1]).resolve() == ROOT / "constraints.txt"
    (course,) = (line for line in lines if line.startswith("-e "))
    name, _, extras = course.removeprefix("-e ").rstrip("]").partition("[")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = project["optional-dependencies"]
    assert name == "." and {"torch", "text", "graph", "rl"} <= set(extras.split(","))
    assert set(extras.split(",")) <= set(known)
    assert "tensorflow-cpu" in lines and not any("==" in line for line in lines)
    runtime = (folder / "runtime.txt").read_text("utf-8").strip()
    assert runtime.removeprefix("python-") in colab_machine.PYTHONS
    script = folder / "postBuild"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
