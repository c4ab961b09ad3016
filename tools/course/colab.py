"""Does every notebook run on a machine like Colab's?

    python -m course colab                          what this computer has Pythons for
    python -m course colab --python 3.12 --framework tensorflow --only 07
    python -m course colab --framework none         the notebooks without a framework
    python -m course colab --empty-cache --only 01  also download the data sets
    python -m course colab --check                  run nothing: what the eye can see

A machine (see course.colab_machine) has NumPy, pandas, SciPy, scikit-learn, Matplotlib,
one framework or none, and a stand-in for `google.colab`. Each notebook gets an empty
home, and an empty folder with the wheel of this repository. These are the copies that
Colab opens, and the exercises with and without their solutions. On Linux, pip takes
PyTorch with its GPU libraries (several GB), but for PIP_EXTRA_INDEX_URL: see `make`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from course import colab_machine, kernels, portable, release
from course.colab_machine import PYTHONS, Machine
from course.modules import ROOT
from course.setup_cell import FRAMEWORKS
from rec_tutor.data.cache import cache_dir

KERNEL = """{{
 "argv": ["{python}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"],
 "display_name": "Python 3", "language": "python"
}}"""
LONGEST = 900  # seconds for one cell


@dataclass(frozen=True)
class Result:
    """What became of one notebook on one machine.

    Attributes:
        notebook: its path in the repository.
        seconds: by the clock, with the start of the kernel and what was installed.
        installed: what the set-up cell brought: "name version".
        error: the first line of what went wrong, or "".
    """

    notebook: str
    machine: Machine
    seconds: float
    installed: tuple[str, ...]
    error: str = ""


def notebooks_for(
    framework: str, only: Sequence[str] = (), root: Path = ROOT
) -> list[Path]:
    """The notebooks that a reader of a framework, or of none (""), opens on Colab."""
    folders = [root / "notebooks" / kind for kind in ("colab", "exercises")]
    found = (sorted((folder / framework).glob("*.ipynb")) for folder in folders)
    return [
        path
        for paths in found
        for path in paths
        if not only or path.name.startswith(tuple(only))
    ]


def execute(notebook: Path, python: Path, variables: dict[str, str]) -> str:
    """Run a notebook from top to bottom, in its own folder, in a kernel of `python`;
    the first line of an error, or "".
    """
    with tempfile.TemporaryDirectory(prefix="kernel-") as folder:
        spec = Path(folder) / "specs" / "colab"
        spec.mkdir(parents=True)
        text = KERNEL.format(python=python.as_posix())
        (spec / "kernel.json").write_text(text, encoding="utf-8")
        manager = AsyncKernelManager(
            kernel_name="colab",
            kernel_spec_manager=KernelSpecManager(
                kernel_dirs=[str(spec.parent)], ensure_native_kernel=False
            ),
            **kernels.sockets(folder),
        )
        client = NotebookClient(
            nbformat.read(notebook, as_version=4),
            km=manager,
            timeout=LONGEST,
            startup_timeout=LONGEST,
            resources={"metadata": {"path": str(notebook.parent)}},
        )
        try:
            client.execute(env=variables, cleanup_kc=True)
        except CellExecutionError as error:
            return f"{error.ename}: {error.evalue}".partition("\n")[0]
        except (DeadKernelError, AssertionError):  # nbclient puts it away twice
            return "the kernel died"
        except (RuntimeError, TimeoutError) as error:
            return str(error).partition("\n")[0] or type(error).__name__
    return ""


def foreign(installed: Iterable[str], framework: str) -> str:
    """The framework among what was installed that its reader did not ask for, or ""."""
    names = {one.split()[0].replace("_", "-") for one in installed}
    others = {"torch", "tensorflow", "tensorflow-cpu"} & names
    return ", ".join(sorted(one for one in others if one.split("-")[0] != framework))


def check(
    notebook: Path,
    machine: Machine,
    environment: Path,
    wheel: Path,
    cache: Path,
    root: Path = ROOT,
) -> Result:
    """Run one notebook on a machine, with nothing but the wheel beside it."""
    name = notebook.relative_to(root).as_posix()
    with tempfile.TemporaryDirectory(prefix="colab-") as temporary:
        folder = Path(temporary).resolve()
        for part in ("home", "content"):
            (folder / part).mkdir()
        copy = colab_machine.empty_copy(environment, folder / "python")
        for file in (notebook, wheel):
            shutil.copy(file, folder / "content")
        variables = colab_machine.variables(
            copy, folder / "home", cache, environment.parent / "pip", os.environ
        )
        start = time.perf_counter()
        python = colab_machine.python_of(copy)
        error = execute(folder / "content" / notebook.name, python, variables)
        seconds = time.perf_counter() - start
        brought = tuple(colab_machine.installed(copy))
    if not error and (other := foreign(brought, machine.framework)):
        error = f"the set-up cell installed {other}"
    return Result(name, machine, seconds, brought, error)


def table(results: Sequence[Result]) -> str:
    """The results as Markdown: a notebook per line, a machine per column; then what was
    installed, and what went wrong.
    """
    machines = list(dict.fromkeys(one.machine for one in results))
    by = {(one.notebook, one.machine): one for one in results}
    lines = ["| notebook | " + " | ".join(map(str, machines)) + " |"]
    lines.append("|---" * (len(machines) + 1) + "|")
    for notebook in dict.fromkeys(one.notebook for one in results):
        cells = []
        for machine in machines:
            one = by.get((notebook, machine))
            said = "**failed**" if one and one.error else "ok"
            cells.append(f"{said}, {one.seconds:.0f} s" if one else "")
        lines.append(f"| {notebook} | {' | '.join(cells)} |")
    lines += ["", "What the set-up cells installed:", ""]
    sets: dict[tuple[str, ...], list[Result]] = {}
    for one in results:
        sets.setdefault(one.installed, []).append(one)
    for packages, those in sets.items():
        where = ", ".join(dict.fromkeys(str(one.machine) for one in those))
        what = ", ".join(packages) or "nothing"
        lines.append(f"- {what}: {len(those)} notebooks ({where})")
    failed = [one for one in results if one.error]
    lines += ["", f"{len(results) - len(failed)} of {len(results)} ran to the end."]
    lines += [f"- {one.notebook} ({one.machine}): {one.error}" for one in failed]
    return "\n".join(lines) + "\n"


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", nargs="*", default=[], metavar="3.12")
    parser.add_argument("--framework", nargs="*", choices=[*FRAMEWORKS, "none"])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--versions", choices=["colab", "tested"], default="colab")
    parser.add_argument(
        "--interpreter",
        nargs="*",
        default=[],
        metavar="PATH",
        help="a Python per --python, in order (default: python3.12 on PATH, …)",
    )
    parser.add_argument(
        "--machines", type=Path, help="where the environments are kept (default: cache)"
    )
    parser.add_argument(
        "--empty-cache", action="store_true", help="every notebook downloads its data"
    )
    parser.add_argument("--out", type=Path, help="also write the table into this file")
    parser.add_argument("--check", action="store_true", help="run nothing")
    return parser.parse_args(arguments)


def machines_of(options: argparse.Namespace) -> list[tuple[Machine, str]]:
    """The machines that are asked for, each with its Python; one that this computer has
    no Python for is left out, and said.
    """
    pythons = options.python or PYTHONS
    given = dict(zip(pythons, options.interpreter, strict=False))
    found = {}
    for python in pythons:
        if path := given.get(python) or shutil.which(f"python{python}"):
            found[python] = path
        else:
            print(f"no python{python} on PATH: left out", file=sys.stderr)
    chosen = options.framework or ["none", *FRAMEWORKS]
    frameworks = ["" if one == "none" else one for one in chosen]
    return [
        (Machine(python, framework, options.versions), path)
        for framework in frameworks
        for python, path in found.items()
    ]


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    if options.check:
        return portable.report(ROOT)
    shelf = (options.machines or cache_dir().with_name("rec_tutor-machines")).resolve()
    if shelf.is_relative_to(ROOT):
        print(f"--machines: {shelf} is in the repository", file=sys.stderr)
        return 2
    results: list[Result] = []
    lost = 0
    with tempfile.TemporaryDirectory() as name:
        wheel = release.build(ROOT, Path(name))
        for machine, interpreter in machines_of(options):
            try:
                environment = colab_machine.make(machine, interpreter, shelf)
            except RuntimeError as error:
                print(f"{machine}: {error}", file=sys.stderr)
                lost += 1
                continue
            for notebook in notebooks_for(machine.framework, options.only):
                empty = Path(tempfile.mkdtemp(dir=name))
                cache = empty if options.empty_cache else cache_dir()
                one = check(notebook, machine, environment, wheel, cache)
                results.append(one)
                what = one.error or "ok"
                print(
                    f"{machine}: {one.notebook} {one.seconds:.0f} s, {what}", flush=True
                )
                if options.out:
                    options.out.write_text(table(results), encoding="utf-8")
    print("\n" + table(results))
    return int(lost > 0 or not results or any(one.error for one in results))


if __name__ == "__main__":
    sys.exit(main())
