"""`make test` runs what it says: every notebook of both frameworks, and no test of a
framework without being asked.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def collected(*arguments: str) -> str:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_every_notebook_is_collected() -> None:
    found = collected(
        "-p", "course.kernels", "--nbval-lax", "--nbval-current-env", "notebooks"
    )
    notebooks = sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "notebooks").rglob("*.ipynb")
    )
    assert any("/torch/" in name for name in notebooks) and any(
        "/tensorflow/" in name for name in notebooks
    )
    assert [name for name in notebooks if f"{name}::" not in found] == []


def test_the_frameworks_wait_to_be_asked() -> None:
    found = collected("tests")
    assert "tests/course/test_collection.py::" in found
    assert not any(
        f"tests/{folder}/" in found for folder in ("torch", "tensorflow", "models")
    )
