"""The wheel, the versions, and what importing the package loads."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]


def plain(requirement: str) -> str:
    """The normalised name in a requirement: "Torch_X[extra]>=2; …" -> "torch-x"."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def pins(lines: list[str]) -> dict[str, str]:
    return {
        plain(line): line.partition("==")[2].strip()
        for line in lines
        if "==" in line and line[0] != "#"
    }


CONSTRAINTS = pins((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())


def test_import_loads_no_framework() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "rec_tutor").rglob("*.py")
        if path.parent.name not in ("torch", "tensorflow", "decisions")
    ]
    code = f"""
import sys, json, importlib
import rec_tutor
for name in {modules}:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "rec_tutor" in loaded
    assert not loaded & {"torch", "tensorflow", "keras"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    code = (
        "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("rec_tutor-*.whl")))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    expected = {
        path.relative_to(ROOT).as_posix()
        for kind in ("*.py", "*.toml")  # the words of the checks
        for path in (ROOT / "rec_tutor").rglob(kind)
    }
    results = {
        f"rec_tutor/_results/{path.name}"
        for path in (ROOT / "experiments/results").glob("*.json")
    }
    assert {"rec_tutor/torch/mf.py", "rec_tutor/tensorflow/mf.py"} <= expected
    assert set(names) == expected | results
    # what a notebook on Colab downloads
    assert sum(entry.compress_size for entry in wheel.infolist()) < 1_200_000
    licences = [name for name in wheel.namelist() if "licenses/" in name]
    assert sorted(Path(name).name for name in licences) == ["LICENSE", "LICENSE-text"]


def test_constraints_are_full_pins_of_plain_versions() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in lines)
    assert lines == sorted(lines) and len(lines) == len(CONSTRAINTS)
    assert CONSTRAINTS["tensorflow"] == CONSTRAINTS["tensorflow-cpu"]


def test_constraints_cover_what_make_installs_and_nothing_has_an_upper_cap() -> None:
    extras = PROJECT["optional-dependencies"]
    # frozen tools, not libraries
    capped = {"jupyter-book", "sphinx-book-theme"}
    for extra in ("torch", "tensorflow", "text", "graph", "rl", "book", "lab", "test"):
        for requirement in [*PROJECT["dependencies"], *extras[extra]]:
            assert plain(requirement) in CONSTRAINTS, (
                f"{requirement} of [{extra}] is not in constraints.txt"
            )
    for requirement in [
        *PROJECT["dependencies"],
        *(one for extra in extras.values() for one in extra),
    ]:
        assert "<" not in requirement or plain(requirement) in capped
    named = re.fullmatch(r"rec-tutor\[(.*)\]", extras["all"][0])
    # parquet: for files of one's own; it changes how pandas keeps strings
    assert named and set(named[1].split(",")) == set(extras) - {"all", "parquet"}


def test_constraints_are_what_is_installed() -> None:
    wrong = {}
    for name, pinned in CONSTRAINTS.items():
        try:
            installed = version(name).partition("+")[0]
        except (
            PackageNotFoundError
        ):  # the other build of TensorFlow, or an extra that is not installed
            continue
        if installed != pinned:
            wrong[name] = (installed, pinned)
    assert not wrong


def test_the_conda_environment_has_the_versions_of_the_constraints() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    by_conda, by_pip = listed[:-1], listed[-1]["pip"]
    assert [re.split("[=<>]", one)[0] for one in by_conda] == ["python", "pip"]
    assert by_pip[-1] == "-e ."
    environment = pins(by_pip)
    assert environment == {name: CONSTRAINTS[name] for name in environment}
    extras = PROJECT["optional-dependencies"]
    chosen = ("torch", "tensorflow", "text", "graph", "rl", "lab")
    needed = [
        *PROJECT["dependencies"],
        *(requirement for extra in chosen for requirement in extras[extra]),
    ]
    assert set(environment) == {plain(requirement) for requirement in needed}


def test_the_version_is_the_same_everywhere() -> None:
    import rec_tutor

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == rec_tutor.__version__ == version("rec-tutor")


def test_make_alone_lists_the_targets() -> None:
    done = subprocess.run(
        ["make", "-C", str(ROOT)], capture_output=True, text=True, check=True
    )
    targets = (
        "book test check notebooks experiments lab serve bench address release clean"
    )
    for target in targets.split():
        assert f"make {target} " in done.stdout
