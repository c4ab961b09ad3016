"""Which tests does a chapter stand on? Its notebooks and exercises, the experiments
that it draws, the tests of the code it reaches.

    python -m course tests 07            the pytest commands for chapter 07
    python -m course tests 07 --run      run them, one after the other

A test file belongs to the module whose name it has: tests/evaluation/test_splits.py
to rec_tutor.evaluation.splits, tests/models/test_mf.py to rec_tutor.torch.mf and
rec_tutor.tensorflow.mf; tests/baselines/test_baselines.py, for which there is no module
of that name, to all of rec_tutor.baselines. It is chosen if the chapter reaches a
definition of that module.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

from course import definitions, exercises, notebooks
from course.modules import PACKAGE, ROOT, Graph, module_file

FRAMEWORKS = ("torch", "tensorflow")
HOMES = (
    "data",
    "inputs",
    "baselines",
    "evaluation",
    "decisions",
    "interview",
    "recipes",
    "advice",
    "check",
    "grading",
    "project",
    "paper",
)
# of all models, and all questions about tensors, at once
ALWAYS = ("test_parity", "test_seeds", "test_device", "test_answers")


def reached(
    chapters: list[str], root: Path = ROOT
) -> tuple[list[notebooks.Target], set[str], set[str]]:
    """The chapters' notebooks, the modules of which they reach a definition, the
    experiments that they draw.
    """
    graph, known = Graph(root), notebooks.chapters(root)
    targets = [
        notebooks.Target(chapter, twin, root)
        for chapter, twins in known.items()
        for twin in twins
        if chapter.startswith(tuple(chapters))
    ]
    modules: set[str] = set()
    drawn: set[str] = set()
    for target in targets:
        built = notebooks.build(target, known, graph)
        codes = [cell.source for cell in built.cells if cell.cell_type == "code"]
        modules |= {
            unit.module.name
            for unit in definitions.of_cells(codes, graph).units
            if "<" not in unit.name
        }
        shown = re.findall(
            rf"^# ({PACKAGE}/[\w/]+)\.py$", "\n".join(codes), flags=re.MULTILINE
        )
        # the notebook defines what it shows itself
        modules |= {name.replace("/", ".") for name in shown}
        drawn |= set(built.metadata["rec_tutor"]["stamp"]["results"])
    return targets, modules, drawn


def belongs(file: Path, modules: set[str], root: Path = ROOT) -> bool:
    """Is this test file about one of the modules?"""
    folder, name = file.parent.name, file.stem.removeprefix("test_")
    homes = (
        FRAMEWORKS if folder == "models" else ("",) if folder == "tests" else (folder,)
    )
    wanted = []
    for home in homes:
        package = ".".join(filter(None, [PACKAGE, home]))
        own = module_file(f"{package}.{name}", root)
        wanted.append(f"{package}.{name}" if own or not home else package)
    about = any(f"{module}.".startswith(f"{w}.") for module in modules for w in wanted)
    return about or file.stem in ALWAYS


def commands(chapters: list[str], root: Path = ROOT) -> list[list[str]]:
    """The pytest runs, each a list of arguments: without a framework, one for each, the
    notebooks.
    """
    targets, modules, drawn = reached(chapters, root)
    tests = root / "tests"

    def chosen(*folders: Path) -> list[str]:
        files = [
            file for folder in folders for file in sorted(folder.glob("test_*.py"))
        ]
        return [
            file.relative_to(root).as_posix()
            for file in files
            if belongs(file, modules)
        ]

    runs = [["-n", "2", *chosen(tests, *(tests / home for home in HOMES))]]
    if drawn:
        runs.append(
            [
                "-n",
                "2",
                "tests/course/test_experiments.py",
                "-k",
                " or ".join(sorted(drawn)),
            ]
        )
    for framework in FRAMEWORKS:
        if any(target.framework == framework for target in targets):
            runs.append(
                [
                    "-n",
                    "2",
                    *chosen(tests / "models", tests / framework),
                    "--framework",
                    framework,
                ]
            )
    paths = [str(target) for target in targets]
    paths += [
        page.path(solutions).relative_to(root).as_posix()
        for page in exercises.pages(root)
        if page.chapter in {target.chapter for target in targets}
        for solutions in (False, True)
    ]
    nbval = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "300"]
    runs.append(
        ["-n", "2", "-p", "course.kernels", "--dist", "loadscope", *nbval, *paths]
    )
    return runs


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "chapters", nargs="+", help="by the beginning of their names: 07"
    )
    parser.add_argument(
        "--run", action="store_true", help="run the commands instead of printing them"
    )
    options = parser.parse_args(arguments)
    if not any(
        chapter.startswith(tuple(options.chapters)) for chapter in notebooks.chapters()
    ):
        print(f"no chapter begins with {' '.join(options.chapters)}", file=sys.stderr)
        return 2
    worst = (
        notebooks.main(["--check", "--only", *options.chapters]) if options.run else 0
    )
    for run in commands(options.chapters):
        print(shlex.join(["pytest", "-q", *run]), flush=True)
        if options.run:
            worst = max(
                worst,
                subprocess.run(
                    [sys.executable, "-m", "pytest", "-q", *run], cwd=ROOT
                ).returncode,
            )
    return worst


if __name__ == "__main__":
    sys.exit(main())
