"""The command `course` and its small sub-commands: what a change makes stale, what a
chapter stands on.
"""

import importlib
import subprocess
from pathlib import Path

import pytest

from course import __main__ as command
from course import selection, stale
from course.modules import ROOT

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

# 1. Data

```{code-cell} ipython3
from rec_tutor import tiny
print(tiny.double(1))
```
"""
FILES = {
    "_config.yml": "repository:\n  url: https://github.com/someone/course\n",
    "constraints.txt": "numpy==2\n",
    "book/01_data.md": HEADER,
    "rec_tutor/__init__.py": "",
    "rec_tutor/tiny.py": (
        "FACTOR = 2\n\ndef double(x):\n    return FACTOR * x\n\ndef half(x):\n   "
        " return x / 2\n"
    ),
    "experiments/01_toy.py": (
        "from rec_tutor.tiny import half\n\ndef a(seed):\n    return"
        " half(seed)\n\nPARTS = {'a': a}\n"
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")


def test_stale_names_what_changed_and_for_whom(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    def said(*arguments: str) -> str:
        assert stale.main(list(arguments), root) == 0
        return capsys.readouterr().out

    assert said() == "0 of 2 notebooks and parts of experiments are stale\n"
    tiny = root / "rec_tutor/tiny.py"
    tiny.write_text(tiny.read_text().replace("FACTOR = 2", "FACTOR = 3"))
    assert "notebooks/01_data.ipynb: FACTOR\n1 of 2" in said()
    commit(root)
    assert said().startswith("0 of 2")
    tiny.write_text(tiny.read_text().replace("x / 2", "x / 3"))
    assert "experiments/01_toy a: half\n1 of 2" in said()
    assert "2 of 2" in said("--since", "HEAD~1")
    assert "1 of 2" in said("--since", "HEAD~1", "--until", "HEAD")


@pytest.mark.long
def test_a_chapter_stands_on_its_notebooks_tests_and_experiments() -> None:
    lines = [" ".join(arguments) for arguments in selection.commands(["07"])]
    together = "\n".join(lines)
    assert "notebooks/torch/07_mf.ipynb notebooks/tensorflow/07_mf.ipynb" in lines[-1]
    assert "08_ncf" not in together
    for part in (
        "tests/evaluation/test_splits.py",
        "tests/evaluation/test_metrics.py",
        "tests/test_parity.py",
        "-k 07_mf",
    ):
        assert part in together, part
    for framework in ("torch", "tensorflow"):
        run = next(line for line in lines if line.endswith(f"--framework {framework}"))
        assert (
            "tests/models/test_mf.py" in run
            and "test_rnn" not in run
            and "test_gnn" not in run
        )
    drawn = " ".join(
        next(arguments for arguments in selection.commands(["08"]) if "-k" in arguments)
    )
    assert "03_baselines or 03_larger or 07_mf or 08_ncf" in drawn
    assert not any(
        "--framework" in arguments for arguments in selection.commands(["02"])
    )


def test_an_unknown_chapter(capsys: pytest.CaptureFixture) -> None:
    assert selection.main(["99"]) == 2 and "99" in capsys.readouterr().err


def test_every_file_of_tests_belongs_to_a_module_or_is_for_all() -> None:
    """So that `make test ONLY=…` forgets none by its name."""
    names = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts)
        for p in (ROOT / "rec_tutor").rglob("*.py")
    }
    modules = {name.removesuffix(".__init__") for name in names}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        home = file.parent.name
        whole = ("course", "site")
        known = {*selection.HOMES, *selection.FRAMEWORKS, "models", "tests", *whole}
        assert home in known, file
        assert home in whole or selection.belongs(file, modules), file


@pytest.mark.parametrize("name", command.COMMANDS)
def test_each_sub_command_explains_itself(
    name: str, capsys: pytest.CaptureFixture
) -> None:
    importlib.import_module(f"course.{command.MODULES.get(name, name)}")
    with pytest.raises(SystemExit) as end:
        command.main([name, "--help"])
    assert end.value.code == 0 and f"usage: course {name}" in capsys.readouterr().out


def test_the_command_alone_lists_them(capsys: pytest.CaptureFixture) -> None:
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in command.COMMANDS)
    assert command.main(["nothing"]) == 2
