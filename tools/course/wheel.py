"""Does each notebook run where only the wheel is installed, in an empty folder without
this repository?

    python -m course wheel                 quick: on top of this environment's libraries
    python -m course wheel --fresh         slow: a new environment per framework
    python -m course wheel --only 07_mf    some chapters
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from course.notebooks import ROOT, Target, targets

RUN = """
import sys, nbformat
from pathlib import Path
import rec_tutor
from course import execute
found = rec_tutor.__file__
assert Path(found).is_relative_to(sys.argv[2]), f"not the wheel: {found}"
_, cost = execute.run(nbformat.read(sys.argv[1], as_version=4), Path.cwd())
print(f"{cost.wall:.0f} s")
"""


def pip(python: str, *arguments: str) -> None:
    subprocess.run(
        [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        check=True,
    )


def build_wheel(folder: Path) -> Path:
    """The wheel of this repository, built by pip."""
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("rec_tutor-*.whl"))


def install(wheel: Path, framework: str, folder: Path, fresh: bool) -> tuple[str, Path]:
    """Install the wheel; returns the Python to use and the folder that rec_tutor must
    come from.
    """
    if not fresh:
        site = folder / "site"
        if not site.exists():
            pip(
                sys.executable,
                "install",
                "--no-deps",
                "--target",
                str(site),
                str(wheel),
            )
        return sys.executable, site
    venv = folder / f"venv-{framework or 'plain'}"
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        extra = {
            "torch": "[torch,text,graph,rl]",
            "tensorflow": "[tensorflow,text,rl]",
        }.get(framework, "")
        constraints = ["-c", str(ROOT / "constraints.txt")]
        pip(
            str(python),
            "install",
            *constraints,
            f"{wheel}{extra}",
            "ipykernel",
            "nbclient",
        )
    return str(python), venv


def check(target: Target, wheel: Path, folder: Path, fresh: bool) -> bool:
    """Run one notebook in a new, empty folder."""
    python, site = install(wheel, target.framework, folder, fresh)
    empty = Path(tempfile.mkdtemp(dir=folder))
    notebook = shutil.copy(target.path, empty)
    search = [str(ROOT / "tools")] if fresh else [str(site), str(ROOT / "tools")]
    done = subprocess.run(
        [python, "-c", RUN, notebook, str(site)],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(search)},
        capture_output=True,
        text=True,
    )
    print(f"{target}: {done.stdout.strip() or done.stderr.strip()}", flush=True)
    return done.returncode == 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="new environments instead of this one's libraries",
    )
    parser.add_argument(
        "--only",
        nargs="*",
        default=[],
        help="chapters, by the beginning of their names",
    )
    options = parser.parse_args(arguments)
    wanted = [
        t
        for t in targets()
        if not options.only or t.chapter.startswith(tuple(options.only))
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        wheel = build_wheel(folder)
        passed = [check(target, wheel, folder, options.fresh) for target in wanted]
    print(f"{sum(passed)} of {len(passed)} notebooks run with the wheel alone")
    return int(not all(passed))


if __name__ == "__main__":
    sys.exit(main())
