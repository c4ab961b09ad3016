"""Check and build a release: the wheel and its notes, in dist/. Publishes nothing, and
sets no tag.

python -m course release     from a clean tree, with a section for the version in
CHANGELOG.md
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "rec_tutor"
SECTION = r"^## \[{name}\](?P<date>.*)\n(?P<notes>(?:(?!## \[).*\n?)*)"


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def version(root: Path) -> str:
    """The package's version, read from its source."""
    found = re.search(
        r'^__version__ = "(.+)"$',
        (root / PACKAGE / "__init__.py").read_text(encoding="utf-8"),
        re.M,
    )
    if not found:
        raise ValueError(f"{PACKAGE}/__init__.py has no __version__")
    return found[1]


def section(changes: str, name: str) -> tuple[str, str] | None:
    """The date and the notes of a version in CHANGELOG.md; None if it has no
    section.
    """
    found = re.search(SECTION.format(name=re.escape(name)), changes, re.MULTILINE)
    return (
        (found["date"].removeprefix(" - ").strip(), found["notes"].strip())
        if found
        else None
    )


def problems(root: Path) -> list[str]:
    """What stands in the way of a release, one line each."""
    name, found = version(root), []
    if git(root, "status", "--porcelain").strip():
        found.append("the tree is not clean: commit or remove what `git status` shows")
    if git(root, "tag", "--list", f"v{name}").strip():
        found.append(
            f"the tag v{name} exists: raise __version__ in {PACKAGE}/__init__.py"
        )
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    own, coming = section(changes, name), section(changes, "Unreleased")
    if coming and coming[1]:
        found.append(
            f"CHANGELOG.md: move what stands under Unreleased to a section [{name}]"
        )
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    cited = dict(
        re.findall(r'^(version|date-released): "?([^"\s]+)"?$', citation, re.MULTILINE)
    )
    if cited.get("version") != name:
        found.append(
            f"CITATION.cff has version {cited.get('version')}, the package {name}"
        )
    if own is None or not own[1]:
        found.append(f"CHANGELOG.md has no section [{name}] that says what is in it")
    elif own[0] != cited.get("date-released"):
        found.append(
            f"CHANGELOG.md dates {name} {own[0] or 'nowhere'}, CITATION.cff"
            f" {cited.get('date-released')}"
        )
    return found


def build(root: Path, folder: Path) -> Path:
    """The wheel, built by the backend that pyproject.toml names."""
    code = (
        "import sys; from hatchling.build import build_wheel;"
        " print(build_wheel(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ValueError(f"the wheel could not be built: {done.stderr.strip()}")
    return folder / done.stdout.split()[-1]


def content_problems(wheel: Path, root: Path) -> list[str]:
    """How the wheel differs from what git has: the package, the experiments' results
    and the licences.
    """
    kept = git(root, "ls-files", PACKAGE, "experiments/results").splitlines()
    expected = {
        name.replace("experiments/results", f"{PACKAGE}/_results") for name in kept
    }
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    info = {name for name in names if f"{PACKAGE}-{version(root)}.dist-info/" in name}
    found = [f"the wheel lacks {name}" for name in sorted(expected - names)]
    found += [
        f"the wheel holds {name}, which git does not have"
        for name in sorted(names - info - expected)
    ]
    licences = {name.rpartition("/")[2] for name in info}
    found += [
        f"the wheel lacks {name}"
        for name in ("LICENSE", "LICENSE-text")
        if name not in licences
    ]
    return found


def import_problems(wheel: Path, name: str) -> list[str]:
    """Does the wheel work in a new environment, from an empty folder? Other packages
    are borrowed from this one.
    """
    spec = find_spec("numpy")
    borrowed = str(Path(spec.origin).parents[1]) if spec and spec.origin else ""
    code = (
        f"import sys, {PACKAGE} as it; assert [it.__version__,"
        " it.__file__[:len(sys.argv[2])]] == sys.argv[1:], it"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        (folder / "empty").mkdir()
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = [
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "install",
            "--no-deps",
            "--no-index",
        ]
        for arguments, path in (
            (["-m", *pip, str(wheel)], ""),
            (["-c", code, name, str(folder)], borrowed),
            (["-m", f"{PACKAGE}.recommend", "--list"], borrowed),
        ):
            environment = {**os.environ, "PYTHONPATH": path}
            command = [str(python), *arguments]
            done = subprocess.run(
                command,
                cwd=folder / "empty",
                env=environment,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                said = done.stderr.strip().splitlines() or [
                    f"exit code {done.returncode}"
                ]
                return [
                    f"python {' '.join(arguments[:2])}, with the wheel installed:"
                    f" {said[-1]}"
                ]
    return []


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.parse_args(arguments)
    try:
        found, name, dist = problems(root), version(root), root / "dist"
        if not found:
            dist.mkdir(exist_ok=True)
            wheel = build(root, dist.resolve())
            found = content_problems(wheel, root) or import_problems(wheel, name)
            if found:
                wheel.unlink()
    except (OSError, ValueError) as error:
        found = [str(error)]
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    own = section((root / "CHANGELOG.md").read_text(encoding="utf-8"), name)
    assert own is not None
    (dist / "NOTES.md").write_text(own[1] + "\n", encoding="utf-8")
    print(
        f"dist/{wheel.name} and dist/NOTES.md are ready. Nothing was published; to"
        " do so:"
    )
    print(f'  git tag -a v{name} -m "{PACKAGE} {name}" && git push origin v{name}')
    print(
        "and give the release of that tag the wheel as a file, and the notes as its"
        " text."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
