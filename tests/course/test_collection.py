"""`make test` runs what it says: every notebook of both frameworks, and no test of a
framework without being asked.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def collected(*arguments: str, root: Path = ROOT) -> str:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *arguments]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # faster
    done = subprocess.run(command, cwd=root, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_every_notebook_is_collected() -> None:
    plugins = ["-p", "nbval.plugin", "-p", "course.kernels"]
    found = collected(*plugins, "--nbval-lax", "--nbval-current-env", "notebooks")
    notebooks = sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if "colab" not in path.parts
    )
    assert any("/torch/" in name for name in notebooks) and any(
        "/tensorflow/" in name for name in notebooks
    )
    assert [name for name in notebooks if f"{name}::" not in found] == []


def test_the_frameworks_wait_to_be_asked(tmp_path: Path) -> None:
    """Settings and names decide, so each file holds one empty test here."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    files = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("def test_it():\n    pass\n", encoding="utf-8")
    for conftest in (ROOT / "tests").rglob("conftest.py"):
        shutil.copy(conftest, tmp_path / conftest.relative_to(ROOT))
    found = collected("tests", root=tmp_path)
    waiting = ("torch", "tensorflow", "models")
    for file in files:
        asked = file.parent.name not in waiting
        assert (f"{file.as_posix()}::test_it" in found) == asked, file
