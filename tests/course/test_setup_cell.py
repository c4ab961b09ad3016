"""The notebooks' set-up cell, run by IPython in an empty folder: what it installs, and
from where.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from course.setup_cell import NEEDS, setup_cell

ADDRESS = "https://gitlab.example.org/school/course"
GIT = f"git+{ADDRESS}"
IN_PLAY = [
    "rec_tutor",
    "torch",
    "tensorflow",
    "tokenizers",
    "safetensors",
    "torch_geometric",
    "gymnasium",
]

# Of the names in play only those in the folder `there` can be imported (and folders
# beside the notebook, as always).
# A stand-in for %pip keeps what it was asked for, and "installs" it there.
RUN = """
import json, sys
from importlib.machinery import PathFinder
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell

names, there, cell = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]


class Only:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in names:
            return PathFinder.find_spec(name, [str(there), str(Path.cwd())])
        return None


def hide(finder):
    class Hidden:
        @staticmethod
        def find_spec(name, path=None, target=None):
            return None if name in names else finder.find_spec(name, path, target)
    return Hidden


def put(name):
    (there / name).mkdir()
    (there / name / "__init__.py").write_text("__version__ = '9.8'\\n")
    if name == "rec_tutor":
        for framework in ("torch", "tensorflow"):
            (there / name / framework).mkdir()
            code = "device = lambda: 'cpu'\\n"
            (there / name / framework / "training.py").write_text(code)


def pip(line):
    asked.append(line)
    for word in line.split()[2:]:
        put("rec_tutor" if word.endswith(".whl") or word.startswith("git+") else word)


sys.meta_path[:] = [Only, *map(hide, sys.meta_path)]
for name in json.loads(sys.argv[4]):
    put(name)
asked = []
shell = InteractiveShell.instance(colors="NoColor")
shell.register_magic_function(pip, "line", "pip")
result = shell.run_cell(cell)
Path(there / "asked.json").write_text(json.dumps(asked))
sys.exit(not result.success)
"""


def run(folder: Path, cell: str, there: list[str]) -> tuple[list[str], str]:
    """What the cell asks of pip, and what it prints."""
    shelf = folder.parent / "there"
    shelf.mkdir()
    command = [
        sys.executable,
        "-c",
        RUN,
        json.dumps(IN_PLAY),
        str(shelf),
        cell,
        json.dumps(there),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((shelf / "asked.json").read_text()), done.stdout.splitlines()[-1]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder"
    folder.mkdir()
    return folder


WHEEL = "rec_tutor-0.2.0-py3-none-any.whl"


@pytest.mark.long
@pytest.mark.parametrize(
    ("framework", "more", "there", "beside", "asked"),
    [
        ("", "", ["rec_tutor"], [], None),
        ("", "", [], [], GIT),
        ("", "", [], [WHEEL], WHEEL),
        (
            "torch",
            "text",
            ["rec_tutor", "torch", "tokenizers", "safetensors"],
            [WHEEL],
            None,
        ),
        ("torch", "", ["torch"], [], GIT),  # Colab
        ("torch", "", ["torch"], ["rec_tutor-0.1.0-py3-none-any.whl", WHEEL], WHEEL),
        ("torch", "text", ["rec_tutor"], [], "torch tokenizers safetensors"),
        ("torch", "graph", ["torch"], [WHEEL], f"{WHEEL} torch_geometric"),
        (
            "tensorflow",
            "text",
            ["tensorflow", "tokenizers"],
            [WHEEL],
            f"{WHEEL} safetensors",
        ),
        ("tensorflow", "rl", ["rec_tutor", "tensorflow"], [], "gymnasium"),
        ("tensorflow", "graph", [], [], f"{GIT} tensorflow"),
        # mere folders
        (
            "torch",
            "",
            [],
            ["torch/x.ipynb", "tensorflow/x.ipynb", "rec_tutor/x.csv"],
            f"{GIT} torch",
        ),
    ],
)
def test_only_what_is_missing_is_installed(
    empty: Path,
    framework: str,
    more: str,
    there: list[str],
    beside: list[str],
    asked: str | None,
) -> None:
    for name in beside:
        (empty / name).parent.mkdir(exist_ok=True)
        (empty / name).touch()
    pip, printed = run(empty, setup_cell(framework, ADDRESS, more), there)
    assert pip == ([f"install --quiet {asked}"] if asked else [])
    label = {
        "torch": " · PyTorch 9.8 · device cpu",
        "tensorflow": " · TensorFlow 9.8 · device cpu",
        "": "",
    }[framework]
    assert (
        printed.startswith("Python 3.")
        and " · NumPy " in printed
        and printed.endswith(label)
    )


@pytest.mark.parametrize("more", ["", *NEEDS])
@pytest.mark.parametrize("framework", ["", "torch", "tensorflow"])
def test_it_is_short_and_names_no_bare_package(framework: str, more: str) -> None:
    lines = [
        line
        for line in setup_cell(
            framework, ADDRESS, more if framework else ""
        ).splitlines()
        if line
    ]
    assert len(lines) <= 15 and max(map(len, lines)) <= 120
    assert sum("%pip" in line for line in lines) == 1
    assert not any("rec-tutor" in line for line in lines)
    assert sum(
        name in line
        for line in lines
        if "needed =" in line
        for name in ("torch_geometric", "gymnasium")
    ) == (framework != "" and (more == "rl" or (more, framework) == ("graph", "torch")))
