"""tools/course/release.py on a small repository, and CHANGELOG.md against the version
here.
"""

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from course import release

pytestmark = pytest.mark.long

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "rec-tutor"
dynamic = ["version"]
requires-python = ">=3.11"
license-files = ["LICENSE", "LICENSE-text"]

[tool.hatch.version]
path = "rec_tutor/__init__.py"

[tool.hatch.build.targets.wheel]
packages = ["rec_tutor"]

[tool.hatch.build.targets.wheel.force-include]
"experiments/results" = "rec_tutor/_results"
"""
CHANGES = """# Changes

## [Unreleased]

## [0.3.0] - 2026-12-01

### Added

- A wheel.

## [0.2.0] - 2026-01-01

- Old.
"""


def git(root: Path, *arguments: str) -> str:
    settings = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    return subprocess.run(
        ["git", *settings, *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        ".gitignore": "dist/\n__pycache__/\n",
        "pyproject.toml": PROJECT,
        "LICENSE": "MIT\n",
        "LICENSE-text": "CC\n",
        "CITATION.cff": 'version: 0.3.0\ndate-released: 2026-12-01\nrepository-code: "https://example.org/a/b"\n',
        "CHANGELOG.md": CHANGES,
        "rec_tutor/__init__.py": '__version__ = "0.3.0"\n',
        "rec_tutor/recommend.py": "import numpy\nprint('models')\n",
        "experiments/results/a.json": "{}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_a_release_is_a_wheel_and_its_notes(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    assert release.main([], root) == 0
    said = capsys.readouterr().out
    assert 'git tag -a v0.3.0 -m "rec_tutor 0.3.0"' in said
    assert sorted(path.name for path in (root / "dist").iterdir()) == [
        "NOTES.md",
        "rec_tutor-0.3.0-py3-none-any.whl",
    ]
    assert (root / "dist/NOTES.md").read_text() == "### Added\n\n- A wheel.\n"
    with zipfile.ZipFile(root / "dist/rec_tutor-0.3.0-py3-none-any.whl") as wheel:
        assert "rec_tutor/_results/a.json" in wheel.namelist()
    assert git(root, "tag", "--list") == "" and git(root, "status", "--porcelain") == ""


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        git(root, "commit", "-qam", "two")

    return change


def untracked(root: Path) -> None:
    (root / "rec_tutor/own.py").touch()


def ignored(root: Path) -> None:
    """A file that git ignores, but the wheel would hold."""
    edit(".gitignore", "dist/", "dist/\n!own.py")(root)
    (root / ".git/info/exclude").write_text("notes.json\n")
    (root / "experiments/results/notes.json").touch()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (untracked, "the tree is not clean"),
        (lambda root: git(root, "tag", "v0.3.0"), "the tag v0.3.0 exists"),
        (
            edit("CHANGELOG.md", "[0.3.0]", "[0.2.9]"),
            "CHANGELOG.md has no section [0.3.0]",
        ),
        (
            edit("CHANGELOG.md", "### Added\n\n- A wheel.\n\n", ""),
            "CHANGELOG.md has no section [0.3.0] that says",
        ),
        (
            edit("CHANGELOG.md", "[Unreleased]\n", "[Unreleased]\n\n- More.\n"),
            "move what stands under Unreleased",
        ),
        (
            edit("CHANGELOG.md", "2026-12-01", "2026-12-02"),
            "dates 0.3.0 2026-12-02, CITATION.cff 2026-12-01",
        ),
        (
            edit("CITATION.cff", "0.3.0", "0.2.0"),
            "CITATION.cff has version 0.2.0, the package 0.3.0",
        ),
        (edit("rec_tutor/__init__.py", "__version__", "version"), "has no __version__"),
        (
            edit(
                "pyproject.toml",
                'license-files = ["LICENSE", "LICENSE-text"]',
                "license-files = []",
            ),
            "lacks LICENSE",
        ),
        (
            edit("pyproject.toml", '"experiments/results" = "rec_tutor/_results"', ""),
            "lacks rec_tutor/_results/a.json",
        ),
        (
            ignored,
            "the wheel holds rec_tutor/_results/notes.json, which git does not have",
        ),
        (
            edit("rec_tutor/recommend.py", "numpy", "no_such_module"),
            "No module named 'no_such_module'",
        ),
    ],
)
def test_what_stands_in_the_way_is_said(
    root: Path,
    spoil: Callable[[Path], None],
    message: str,
    capsys: pytest.CaptureFixture,
) -> None:
    spoil(root)
    assert release.main([], root) == 1
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""
    assert not list(root.glob("dist/*"))


def test_the_changes_here_have_a_section_for_the_version() -> None:
    changes = (release.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert release.section(changes, "Unreleased") is not None
    own = release.section(changes, release.version(release.ROOT))
    assert own is not None and own[1]
