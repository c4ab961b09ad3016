"""The website, built once for all tests that look at it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its pages. Strictly, from a clean state."""
    out = tmp_path_factory.mktemp("book")
    program = str(Path(sys.executable).with_name("jupyter-book"))
    command = [program, "build", ".", "--config", "_config.yml"]
    command += ["--toc", "book/_toc.yml", "-W", "-n", "--keep-going"]
    command += ["--path-output", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    complaints = [
        line for line in done.stderr.splitlines() if "WARNING" in line or "rror" in line
    ]
    assert done.returncode == 0, "\n".join(complaints)
    return out / "_build" / "html"
