"""Build the notebooks from the chapters: book/NN_name.md -> notebooks/[torch/|tensorflow/]NN_name.ipynb.

    python -m course notebooks                 build and execute what changed
    python -m course notebooks --only 07_mf    one chapter (or several, or the beginning of a name)
    python -m course notebooks --force         also what did not change
    python -m course notebooks --check         change nothing; exit 1 if a notebook does not match its chapter

A chapter is a MyST notebook. Cells tagged `torch` or `tensorflow` go into that twin only, and
`rec_tutor.FRAMEWORK` becomes `rec_tutor.torch` or `rec_tutor.tensorflow`. Two lines are expanded: `%setup`
(`%setup text` where a chapter needs the extra `text`; so for the others in NEEDS) and
`%show rec_tutor.module.Name`. A notebook's metadata carries a stamp of all that it was made from.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jupytext
import nbformat
import yaml
from nbformat import NotebookNode

from course import execute, hygiene, sourcecode
from course.sourcecode import ROOT

FRAMEWORKS = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
CHAPTER = re.compile(r"\d\d_\w+")
NEEDS = {"text": "transformers", "graph": "torch_geometric", "rl": "gymnasium"}  # extra -> what it brings


@dataclass(frozen=True)
class Target:
    """One notebook to build: a chapter, and a framework or "" for a chapter without twins."""

    chapter: str
    framework: str
    root: Path = ROOT

    @property
    def source(self) -> Path:
        return self.root / "book" / f"{self.chapter}.md"

    @property
    def path(self) -> Path:
        return self.root / "notebooks" / self.framework / f"{self.chapter}.ipynb"

    def __str__(self) -> str:
        return self.path.relative_to(self.root).as_posix()


def read_chapter(path: Path) -> NotebookNode:
    """A chapter's cells."""
    return jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def chapters(root: Path = ROOT) -> dict[str, list[str]]:
    """Chapter -> its twins: ["torch", "tensorflow"], or [""] if no cell belongs to a framework."""
    found = {}
    for path in sorted((root / "book").glob("*.md")):
        if CHAPTER.fullmatch(path.stem):
            used = {tag for cell in read_chapter(path).cells for tag in tags(cell)} & set(FRAMEWORKS)
            found[path.stem] = list(FRAMEWORKS) if used else [""]
    return found


def targets(root: Path = ROOT) -> list[Target]:
    return [Target(chapter, framework, root) for chapter, twins in chapters(root).items() for framework in twins]


@cache
def repository(root: Path = ROOT) -> str:
    """The repository's address, from _config.yml."""
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"].rstrip("/")


SETUP = """\
# Install what is missing, as on Colab. (A mere folder of that name has no origin.)
import platform
from importlib.util import find_spec

needed = {needed}
missing = [name for name in needed if not getattr(find_spec(name), "origin", None)]
if missing:
    {install}

{imports}

print({report})"""


def setup_cell(framework: str, root: Path, more: str = "") -> str:
    """The first code cell: install what is missing, then say which versions run, and where.

    more: an extra of NEEDS that the chapter also needs; `graph` exists for PyTorch only.
    """
    address = f"git+{repository(root)}"
    report = '"Python", platform.python_version(), "· NumPy", np.__version__'
    if not framework:
        install = f'%pip install --quiet "rec-tutor @ {address}"'
        return SETUP.format(needed='["rec_tutor"]', install=install, imports="import numpy as np", report=report)
    label = FRAMEWORKS[framework]
    install = f'extra = "[{framework}]" if "{framework}" in missing else ""\n'
    install += f'    %pip install --quiet "rec-tutor{{extra}} @ {address}"'
    needed = f'["rec_tutor", "{framework}"]'
    if more and (more, framework) != ("graph", "tensorflow"):
        needed = f'["rec_tutor", "{framework}", "{NEEDS[more]}"]'
        install = f'extras = {{"{framework}": "{framework}", "{NEEDS[more]}": "{more}"}}\n'
        install += '    extra = ",".join(extras[name] for name in missing if name in extras)\n'
        install += f'    %pip install --quiet "rec-tutor[{{extra}}] @ {address}"'
    imports = f"import numpy as np\nimport {framework}\n\nfrom rec_tutor.{framework} import training"
    report = f'\n    {report},\n    "· {label}", {framework}.__version__, "· device", training.device(),\n'
    return SETUP.format(needed=needed, install=install, imports=imports, report=report)


def switch_line(target: Target) -> str:
    """The line under a title: the other twin, and Colab."""
    colab = repository(target.root).replace("https://github.com/", "https://colab.research.google.com/github/")
    links = [f"[Open in Colab]({colab}/blob/main/{target})"]
    if target.framework:
        twins = [
            f"**{label}**" if name == target.framework else f"[{label}](../{name}/{target.chapter}.ipynb)"
            for name, label in FRAMEWORKS.items()
        ]
        links.insert(0, "Framework: " + " · ".join(twins))
    return "*" + " · ".join(links) + "*"


def map_links(text: str, folder: Path, framework: str, known: dict[str, list[str]], root: Path = ROOT) -> str:
    """Turn links as a chapter has them, `(03_baselines.md)`, into what a file in `folder` needs."""

    def relative(path: Path) -> str:
        return Path(os.path.relpath(path, folder)).as_posix()

    def mapped(match: re.Match[str]) -> str:
        name, anchor = match["name"], match["anchor"] or ""
        if name in known:
            twin = framework if framework in known[name] else known[name][0]
            return f"]({relative(Target(name, twin, root).path)}{anchor})"
        return f"]({relative(root / 'book' / f'{name}.md')}{anchor})"

    return re.sub(r"\]\((?P<name>\w+)\.md(?P<anchor>#[\w.-]+)?\)", mapped, text)


def expand(code: str, target: Target) -> str:
    """A code cell with its `%setup` and `%show` lines written out."""
    line = re.fullmatch(rf"%setup(?: ({'|'.join(NEEDS)}))?", code.strip())
    if line:
        return setup_cell(target.framework, target.root, line[1] or "")

    def shown(match: re.Match[str]) -> str:
        return sourcecode.shown_source(match["name"], target.root)

    return re.sub(r"^%show +(?P<name>[\w.]+) *$", shown, code, flags=re.MULTILINE)


def check_shown(cells: list[NotebookNode], shown: dict[int, str], target: Target) -> None:
    """A shown class may use only itself and what the cells above it import or define."""
    bound: set[str] = set()
    for position, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        if position in shown:
            missing = sourcecode.free_names(cell.source) - bound - {"annotations"}
            if missing:
                names = ", ".join(sorted(missing))
                raise ValueError(f"{shown[position]} uses {names}, which no cell above binds")
        bound |= sourcecode.bound_names(cell.source)


def build(target: Target, known: dict[str, list[str]] | None = None) -> NotebookNode:
    """The notebook of a target, with its stamp, not executed."""
    known = known or chapters(target.root)
    header = target.source.read_text(encoding="utf-8").partition("\n---\n")[0]
    if not header.startswith("---\n") or "format_name: myst" not in header:
        raise ValueError("the header must name jupytext's extension, format_name and format_version")
    cells: list[NotebookNode] = []
    shown: dict[int, str] = {}
    for cell in read_chapter(target.source).cells:
        belongs = set(tags(cell)) & set(FRAMEWORKS)
        if target.framework and belongs and target.framework not in belongs:
            continue
        source = (
            cell.source.replace("rec_tutor.FRAMEWORK", f"rec_tutor.{target.framework}")
            if target.framework
            else cell.source
        )
        metadata = {k: v for k, v in cell.metadata.items() if k in ("tags", "alt")}
        metadata["tags"] = [tag for tag in tags(cell) if tag not in FRAMEWORKS]
        if not metadata["tags"]:
            del metadata["tags"]
        if cell.cell_type == "code":
            expanded = expand(source, target)
            if expanded != source and "%show" in source:
                shown[len(cells)] = source.strip()
            new = nbformat.v4.new_code_cell(expanded, metadata=metadata)
        else:
            source = map_links(source, target.path.parent, target.framework, known, target.root)
            new = nbformat.v4.new_markdown_cell(source, metadata=metadata)
        new["id"] = f"cell-{len(cells):03d}"
        cells.append(new)
    if not cells or not cells[0].source.startswith("# "):
        raise ValueError("a chapter starts with its title, `# …`")
    title, _, rest = cells[0].source.partition("\n")
    cells[0].source = f"{title}\n\n{switch_line(target)}\n{rest}".rstrip()
    check_shown(cells, shown, target)

    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        "rec_tutor": {"source": target.source.relative_to(target.root).as_posix()},
    }
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    constraints = target.root / "constraints.txt"
    notebook.metadata["rec_tutor"]["stamp"] = {
        "cells": sourcecode.digest([], json.dumps(comparable(notebook))),
        "code": sourcecode.digest(sourcecode.used_files(codes, target.root), root=target.root),
        "constraints": sourcecode.digest([constraints], root=target.root),
    }
    return nbformat.from_dict(notebook)


def comparable(notebook: NotebookNode) -> list[list]:
    """What two notebooks have in common when they come from the same source: everything but outputs."""
    return [[cell["id"], cell.cell_type, cell.source, cell.metadata] for cell in notebook.cells]


def differences(target: Target, built: NotebookNode) -> list[str]:
    """Why a stored notebook does not match its sources; empty if it does."""
    if not target.path.is_file():
        return ["is missing"]
    stored = nbformat.read(target.path, as_version=4)
    here, there = comparable(built), comparable(stored)
    if here != there:
        first = next(
            (n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b),
            min(len(here), len(there)),
        )
        return [f"cell {first} is not what book/{target.chapter}.md says now"]
    old, new = stored.metadata.get("rec_tutor", {}).get("stamp", {}), built.metadata["rec_tutor"]["stamp"]
    reasons = {
        "cells": "its cells changed",
        "code": "the rec_tutor code or the experiment results that it uses changed",
        "constraints": "constraints.txt changed",
    }
    return [reason for part, reason in reasons.items() if old.get(part) != new[part]]


def make(target: Target, built: NotebookNode) -> float:
    """Execute a notebook and write it; returns the seconds it ran."""
    target.path.parent.mkdir(parents=True, exist_ok=True)
    done, seconds = execute.run(built, target.path.parent)
    problems = hygiene.problems(done)
    if problems:
        raise ValueError("\n    ".join(problems))
    temporary = target.path.with_suffix(".tmp")
    temporary.write_text(nbformat.writes(done) + "\n", encoding="utf-8")
    os.replace(temporary, target.path)
    return seconds


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="chapters, by name or its beginning")
    parser.add_argument("--framework", choices=list(FRAMEWORKS), help="only this twin")
    parser.add_argument("--force", action="store_true", help="also execute what did not change")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if something is out of date")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks executed at the same time (default 2)")
    options = parser.parse_args(arguments)

    known = chapters(root)
    everything = [Target(chapter, twin, root) for chapter, twins in known.items() for twin in twins]
    wanted = [
        target
        for target in everything
        if (not options.only or target.chapter.startswith(tuple(options.only)))
        and options.framework in (None, target.framework)
    ]
    if not wanted:
        print(f"no chapter matches {' '.join(options.only)}; there are: {' '.join(known)}", file=sys.stderr)
        return 1
    failed, stale = 0, []
    for target in wanted:
        try:
            built = build(target, known)
        except (ValueError, LookupError, SyntaxError) as error:
            print(f"{target}: {error}", file=sys.stderr)
            failed += 1
            continue
        reasons = differences(target, built)
        if options.check:
            stored = nbformat.read(target.path, as_version=4) if target.path.is_file() else None
            reasons += hygiene.problems(stored) if stored else []
            for reason in reasons:
                print(f"{target}: {reason}", file=sys.stderr)
            failed += bool(reasons)
        elif reasons or options.force:
            stale.append((target, built))
    if not options.only:
        expected = {target.path for target in everything}
        for path in sorted((root / "notebooks").rglob("*.ipynb")):
            folder = path.parent.relative_to(root / "notebooks").as_posix()
            if folder in (".", *FRAMEWORKS) and path not in expected:
                print(
                    f"{path.relative_to(root).as_posix()}: no chapter makes this notebook; delete it",
                    file=sys.stderr,
                )
                failed += 1
    if options.check:
        print(f"{len(wanted)} notebooks checked, {failed} to mend" + (" (make notebooks)" if failed else ""))
        return int(failed > 0)
    print(f"{len(stale)} of {len(wanted)} notebooks to execute")
    with ThreadPoolExecutor(max_workers=max(1, min(options.jobs, len(stale) or 1))) as pool:
        running = {pool.submit(make, target, built): target for target, built in stale}
        for future in as_completed(running):
            try:
                print(f"{running[future]}: {future.result():.0f} s", flush=True)
            except Exception as error:  # one chapter's mistake must not stop the others
                print(f"{running[future]}: {error}", file=sys.stderr, flush=True)
                failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
