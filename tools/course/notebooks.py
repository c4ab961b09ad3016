"""Build the notebooks from the chapters: book/NN_name.md ->
notebooks/[torch/|tensorflow/]NN_name.ipynb.

    python -m course notebooks                 execute those whose code changed
    python -m course notebooks --only 07_mf    one chapter, or the beginning of a name
    python -m course notebooks --force         also what did not change
    python -m course notebooks --check         change nothing; exit 1 if one is stale
    python -m course notebooks --measure       execute; write no notebook, only its cost

A chapter is a MyST notebook. Cells tagged `torch` or `tensorflow` go into that twin
only, and `rec_tutor.FRAMEWORK` becomes `rec_tutor.torch` or `rec_tutor.tensorflow`. Two
lines are expanded: `%setup` (`%setup text` where a chapter needs the extra `text`; so
for the others in NEEDS) and `%show rec_tutor.module.Name`. A notebook's metadata
carries a stamp of what its outputs depend on: see `stamp`. While that holds, a changed
text, an alt text or a reformatted class is written into the notebook and nothing is
executed. What a run took is kept in notebooks/costs.json: see course.costs. An
expression in a text, `{{ gap:.3f }}`, becomes its value: see course.prose. A line
`<!-- check: 07.T1 -->` becomes the cell that checks a *Your turn*: see course.checks. A
cell may be folded under a title, see `folded`. In notebooks/colab/ stands a copy of
each without outputs, so that nobody who runs one on Colab sees the answers first.
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
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from course import (
    address,
    checks,
    costs,
    definitions,
    execute,
    hygiene,
    prose,
    sourcecode,
)
from course.modules import ROOT, Graph
from course.setup_cell import FRAMEWORKS, NEEDS, setup_cell

CHAPTER = re.compile(r"\d\d_\w+")


@dataclass(frozen=True)
class Target:
    """One notebook to build: a chapter, and a framework or "" for a chapter without
    twins.
    """

    chapter: str
    framework: str
    root: Path = ROOT

    @property
    def source(self) -> Path:
        return self.root / "book" / f"{self.chapter}.md"

    @property
    def path(self) -> Path:
        return self.root / "notebooks" / self.framework / f"{self.chapter}.ipynb"

    @property
    def colab(self) -> Path:
        return self.root / address.for_colab(str(self))

    def __str__(self) -> str:
        return self.path.relative_to(self.root).as_posix()


def read_chapter(path: Path) -> NotebookNode:
    """A chapter's cells."""
    return jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def twins_of(source: Path) -> list[str]:
    """The twins of a source: ["torch", "tensorflow"], or [""] if no cell belongs to a
    framework.
    """
    return list(_twins_of(source.read_text(encoding="utf-8")))


@cache  # the website's build asks for each chapter dozens of times
def _twins_of(text: str) -> tuple[str, ...]:
    cells = jupytext.reads(text, fmt="md:myst").cells
    used = {tag for cell in cells for tag in tags(cell)}
    return tuple(FRAMEWORKS) if used & set(FRAMEWORKS) else ("",)


def chapters(root: Path = ROOT) -> dict[str, list[str]]:
    """Chapter -> its twins, see `twins_of`."""
    return {
        path.stem: twins_of(path)
        for path in sorted((root / "book").glob("*.md"))
        if CHAPTER.fullmatch(path.stem)
    }


def targets(root: Path = ROOT) -> list[Target]:
    return [
        Target(chapter, framework, root)
        for chapter, twins in chapters(root).items()
        for framework in twins
    ]


def switch_line(path: Path, framework: str, name: str, root: Path) -> str:
    """The line under a title: the other twin, and Colab or a download.

    Args:
        path: of the notebook; name: without twin and ending.
    """
    own = path.relative_to(root).as_posix()
    links = [address.links(address.read(root), own)]
    if framework:
        twins = [
            f"**{label}**" if one == framework else f"[{label}](../{one}/{name}.ipynb)"
            for one, label in FRAMEWORKS.items()
        ]
        links.insert(0, "Framework: " + " · ".join(twins))
    return "*" + " · ".join(links) + "*"


def map_links(
    text: str,
    folder: Path,
    framework: str,
    known: dict[str, list[str]],
    root: Path = ROOT,
) -> str:
    """Turn links as a chapter has them, `(03_baselines.md)`, into what a file in
    `folder` needs.
    """

    def relative(path: Path) -> str:
        return Path(os.path.relpath(path, folder)).as_posix()

    def mapped(match: re.Match[str]) -> str:
        name, anchor = match["name"], match["anchor"] or ""
        if match["folder"]:
            source = root / "book" / "exercises" / f"{name}.md"
            twins = twins_of(source) if source.is_file() else [framework]
            twin = framework if framework in twins else twins[0]
            file = root / "notebooks" / "exercises" / twin / f"{name}.ipynb"
            return f"]({relative(file)}{anchor})"
        if name in known:
            twin = framework if framework in known[name] else known[name][0]
            return f"]({relative(Target(name, twin, root).path)}{anchor})"
        return f"]({relative(root / 'book' / f'{name}.md')}{anchor})"

    return re.sub(
        r"\]\((?P<folder>exercises/)?(?P<name>\w+)\.md(?P<anchor>#[\w.-]+)?\)",
        mapped,
        text,
    )


def expand(code: str, target: Target) -> str:
    """A code cell with its `%setup` and `%show` lines written out."""
    line = re.fullmatch(rf"%setup(?: ({'|'.join(NEEDS)}))?", code.strip())
    if line:
        return setup_cell(target.framework, address.read(target.root), line[1] or "")

    def shown(match: re.Match[str]) -> str:
        return sourcecode.shown_source(match["name"], target.root)

    return re.sub(r"^%show +(?P<name>[\w.]+) *$", shown, code, flags=re.MULTILINE)


def folded(source: str, cell: NotebookNode, metadata: dict[str, Any]) -> str:
    """Fold a cell's code (`:fold: What it does`), what it prints (`:reveal: What came
    out`) or, with both, all of it, on the website, in Jupyter and, the code, on Colab;
    its source with a title. The set-up is folded on the website.

    Raises:
        ValueError: a cell that shows code can't be folded with a title.
    """
    fold, reveal = (cell.metadata.get(key) for key in ("fold", "reveal"))
    if source.strip().startswith("%setup"):
        metadata["tags"] = [*metadata["tags"], "hide-input"]
        title = "Set-up: installs what is missing, as on Colab"
        metadata["mystnb"] = {"code_prompt_show": title, "code_prompt_hide": title}
    for title in (fold, reveal):
        if title is not None and (
            not str(title).strip() or "%setup" in source or "%show" in source
        ):
            raise ValueError(
                "`:fold:` or `:reveal:` needs a title, and a cell without %setup or"
                " %show"
            )
    if fold is None and reveal is None:
        return source
    part = "cell" if fold and reveal else "input" if fold else "output"
    title = reveal or fold
    metadata["tags"] = [*metadata["tags"], f"hide-{part}"]
    metadata["mystnb"] = {"code_prompt_show": title, "code_prompt_hide": title}
    metadata["jupyter"] = {"source_hidden": True} if fold else {}
    metadata["jupyter"] |= {"outputs_hidden": True} if reveal else {}
    if fold:
        metadata["cellView"] = "form"
        source = f"# @title {fold}\n{source}"
    return source


def check_shown(
    cells: list[NotebookNode], shown: dict[int, str], target: Target
) -> None:
    """A shown class may use only itself and what the cells above it import or
    define; and no cell gives what it imports from there another meaning.
    """
    bound: set[str] = set()
    free: set[str] = set()
    imports: set[str] = set()
    for position, cell in enumerate(cells):
        if position in shown:
            free |= sourcecode.free_names(cell.source)
        elif cell.cell_type == "code":
            imports |= sourcecode.imported_names(cell.source)
    for position, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        if position in shown:
            missing = sourcecode.free_names(cell.source) - bound - {"annotations"}
            if missing:
                names = ", ".join(sorted(missing))
                raise ValueError(
                    f"{shown[position]} uses {names}, which no cell above binds"
                )
        given = sourcecode.bound_names(cell.source)
        taken = (given - sourcecode.imported_names(cell.source)) & free & imports
        if taken and position not in shown:
            raise ValueError(
                f"a cell binds {', '.join(sorted(taken))} anew, which a shown class"
                " uses as it was imported"
            )
        bound |= given


def build(
    target: Target,
    known: dict[str, list[str]] | None = None,
    graph: Graph | None = None,
) -> NotebookNode:
    """The notebook of a target, with its stamp, not executed."""
    known = known or chapters(target.root)
    header = target.source.read_text(encoding="utf-8").partition("\n---\n")[0]
    if not header.startswith("---\n") or "format_name: myst" not in header:
        raise ValueError(
            "the header must name jupytext's extension, format_name and format_version"
        )
    cells: list[NotebookNode] = []
    shown: dict[int, str] = {}
    open_check = ""  # the key of a *Your turn* whose solution comes next
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
        if mark := checks.MARK.fullmatch(source.strip()):
            open_check = mark[1]
            bound = sourcecode.bound_names(cells[-1].source)
            first = not any("import check" in one.source for one in cells)
            cell.cell_type, source = "code", checks.line(open_check, bound, first)
            metadata["tags"] = ["remove-output"]
        elif open_check and str(cell.metadata.get("fold", "")) == "A solution":
            source += "\n" + checks.confirmed(open_check)
            open_check = ""
        source = folded(source, cell, metadata)
        if not metadata["tags"]:
            del metadata["tags"]
        if cell.cell_type == "code":
            expanded = expand(source, target)
            if expanded != source and "%show" in source:
                shown[len(cells)] = source.strip()
            new = nbformat.v4.new_code_cell(expanded, metadata=metadata)
        else:
            source = map_links(
                source, target.path.parent, target.framework, known, target.root
            )
            new = nbformat.v4.new_markdown_cell(source, metadata=metadata)
        new["id"] = f"cell-{len(cells):03d}"
        cells.append(new)
    if not cells or not cells[0].source.startswith("# "):
        raise ValueError("a chapter starts with its title, `# …`")
    title, _, rest = cells[0].source.partition("\n")
    line = switch_line(target.path, target.framework, target.chapter, target.root)
    cells[0].source = f"{title}\n\n{line}\n{rest}".rstrip()
    check_shown(cells, shown, target)

    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        "rec_tutor": {"source": target.source.relative_to(target.root).as_posix()},
    }
    notebook.metadata["rec_tutor"]["stamp"] = stamp(
        notebook, target.root, graph or Graph(target.root)
    )
    return nbformat.from_dict(notebook)


def stamp(notebook: NotebookNode, root: Path, graph: Graph) -> dict[str, Any]:
    """What the outputs depend on: the code of the cells (but for the repository's
    address) with all definitions that it reaches, the pins of the packages that this
    code names, the results of experiments that it draws.
    """
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    asked = checks.lines("\n".join(codes))  # of a check only that it is there
    codes = [checks.without(code) for code in codes]
    reached = definitions.of_cells(
        [code.replace(address.read(root), "") for code in codes], graph
    )
    results = {}
    for name in sorted(set(re.findall(r"[\"'](\d\d_\w+)[\"']", "\n".join(codes)))):
        file = root / "experiments" / "results" / f"{name}.json"
        if file.is_file():
            results[name] = drawn(file)
    return {
        "code": definitions.short(*sorted(reached.hashes().values()), *asked),
        "pins": reached.pins(definitions.pinned(root)),
        "results": results,
    }


def drawn(file: Path) -> str:
    """A hash of what notebooks show of an experiment's result: not of when it ran, nor
    of how its rows are kept.
    """
    record = json.loads(file.read_text(encoding="utf-8"))
    rows = [
        {key: value for key, value in row.items() if key != "seconds"}
        for row in record["rows"]
    ]
    return definitions.short(
        json.dumps([rows, record.get("seed"), record.get("versions")])
    )


def comparable(notebook: NotebookNode) -> list[list]:
    """What two notebooks have in common when they come from the same source: everything
    but outputs.
    """
    return [
        [cell["id"], cell.cell_type, cell.source, cell.metadata]
        for cell in notebook.cells
    ]


@dataclass(frozen=True)
class State:
    """How a stored notebook differs from its sources: in what is written there, or in
    what its outputs depend on.
    """

    text: str = ""
    outputs: tuple[str, ...] = ()

    @property
    def reasons(self) -> list[str]:
        return list(self.outputs) or [self.text] * bool(self.text)


def compare(target: Target, built: NotebookNode) -> State:
    """Hold a stored notebook against its sources."""
    if not target.path.is_file():
        return State("is missing", ("is missing",))
    stored = nbformat.read(target.path, as_version=4)
    values = stored.metadata.get("rec_tutor", {}).get("values", {})
    written = nbformat.from_dict(built)
    prose.filled(written, values)
    here, there = comparable(written), comparable(stored)
    text = ""
    if here != there:
        pairs = enumerate(zip(here, there, strict=False))
        first = next((n for n, (a, b) in pairs if a != b), min(len(here), len(there)))
        text = f"cell {first} is not what book/{target.chapter}.md says now"
    old, new = (
        stored.metadata.get("rec_tutor", {}).get("stamp", {}),
        built.metadata["rec_tutor"]["stamp"],
    )
    changed = []
    if old.get("code") != new["code"]:
        changed.append(
            "its code, or a definition of rec_tutor that it reaches, changed"
        )
    elif old["pins"] != new["pins"]:
        changed.append(
            "other pins of what it imports:"
            f" {', '.join(sorted(set(old['pins']) ^ set(new['pins'])))}"
        )
    elif old["results"] != new["results"]:
        names = {name for name, _ in old["results"].items() ^ new["results"].items()}
        changed.append(f"experiments have other results: {', '.join(sorted(names))}")
    elif new_ones := prose.missing(built.cells, values):
        changed.append(f"its text asks for {', '.join(new_ones)}")
    return State(text, tuple(changed))


def fill(target: Target, built: NotebookNode) -> NotebookNode:
    """A built notebook with the outputs of the stored one, whose stamp is the same."""
    stored = nbformat.read(target.path, as_version=4)
    done = nbformat.from_dict(built)
    pairs = zip(
        *([c for c in book.cells if c.cell_type == "code"] for book in (done, stored)),
        strict=True,
    )
    for cell, old in pairs:
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    execute.clean(done)
    kept = {
        key: value
        for key, value in stored.metadata["rec_tutor"].items()
        if key not in ("source", "stamp", "values")
    }
    done.metadata["rec_tutor"] |= kept
    prose.filled(done, stored.metadata["rec_tutor"].get("values", {}))
    return done


def executed(target: Target, built: NotebookNode, store: bool) -> execute.Cost:
    """Execute a notebook; write it, or with `store=False` leave the stored one alone;
    what that took.
    """
    target.path.parent.mkdir(parents=True, exist_ok=True)
    done, cost = execute.run(built, target.path.parent)
    if store:
        write(target, done)
    return cost


def write(target: Target, done: NotebookNode) -> None:
    """Store a notebook with its outputs.

    Raises:
        ValueError: something in it must not stand in a notebook.
    """
    problems = hygiene.problems(done)
    if problems:
        raise ValueError("\n    ".join(problems))
    put(target.path, done)
    put(target.colab, for_colab(done, target))


def put(path: Path, notebook: NotebookNode) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def for_colab(notebook: NotebookNode, target: Target) -> NotebookNode:
    """A copy for Colab: nothing has been run, and links lead on from where it stands.
    Colab opens notebooks only, so a page of the book is shown by the repository.
    """
    copy, root = nbformat.from_dict(notebook), target.root
    pages = address.files(address.read(root))

    def moved(match: re.Match[str]) -> str:
        path = os.path.normpath(target.path.parent / match["path"])
        name = Path(path).relative_to(root).as_posix()
        if name.endswith(".md"):
            return f"]({pages}/{name}{match['anchor'] or ''})"
        path = os.path.relpath(root / address.for_colab(name), target.colab.parent)
        return f"]({Path(path).as_posix()}{match['anchor'] or ''})"

    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = re.sub(
                r"\]\((?P<path>[\w./-]+\.(?:md|ipynb))(?P<anchor>#[\w.-]+)?\)",
                moved,
                cell.source,
            )
    return copy


def copied(target: Target) -> bool:
    """Is the copy for Colab that of the stored notebook?"""
    if not target.path.is_file() or not target.colab.is_file():
        return False
    stored = nbformat.read(target.path, as_version=4)
    return for_colab(stored, target) == nbformat.read(target.colab, as_version=4)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only",
        nargs="*",
        default=[],
        metavar="NAME",
        help="chapters, by name or its beginning",
    )
    parser.add_argument("--framework", choices=list(FRAMEWORKS), help="only this twin")
    parser.add_argument(
        "--force", action="store_true", help="also execute what did not change"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit 1 if something is out of date",
    )
    parser.add_argument(
        "--measure",
        action="store_true",
        help="execute one after the other, write no notebook: only what they cost",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=2,
        help="notebooks executed at the same time (default 2)",
    )
    options = parser.parse_args(arguments)

    known, graph = chapters(root), Graph(root)
    everything = [
        Target(chapter, twin, root)
        for chapter, twins in known.items()
        for twin in twins
    ]
    wanted = [
        target
        for target in everything
        if (not options.only or target.chapter.startswith(tuple(options.only)))
        and options.framework in (None, target.framework)
    ]
    if not wanted:
        print(
            f"no chapter matches {' '.join(options.only)}; there are:"
            f" {' '.join(known)}",
            file=sys.stderr,
        )
        return 1
    failed, texts, stale = 0, 0, []
    for target in wanted:
        try:
            built = build(target, known, graph)
        except (ValueError, LookupError, SyntaxError) as error:
            print(f"{target}: {error}", file=sys.stderr)
            failed += 1
            continue
        state = compare(target, built)
        if options.check:
            reasons = state.reasons
            stored = (
                nbformat.read(target.path, as_version=4)
                if target.path.is_file()
                else None
            )
            reasons += hygiene.problems(stored) if stored else []
            if stored and not copied(target):
                reasons.append("its copy in notebooks/colab is another one")
            for reason in reasons:
                print(f"{target}: {reason}", file=sys.stderr)
            failed += bool(reasons)
        elif state.outputs or options.force or options.measure:
            stale.append((target, built))
        elif state.text:
            write(target, fill(target, built))
            texts += 1
            print(f"{target}: text")
        elif not copied(target):
            stored = nbformat.read(target.path, as_version=4)
            put(target.colab, for_colab(stored, target))
    if not options.only:
        expected = {
            path for target in everything for path in (target.path, target.colab)
        }
        for path in sorted((root / "notebooks").rglob("*.ipynb")):
            folder = path.parent.relative_to(root / "notebooks").as_posix()
            if folder.removeprefix("colab/") in (".", "colab", *FRAMEWORKS) and (
                path not in expected
            ):
                print(
                    f"{path.relative_to(root).as_posix()}: no chapter makes this"
                    " notebook; delete it",
                    file=sys.stderr,
                )
                failed += 1
    if options.check:
        print(
            f"{len(wanted)} notebooks checked, {failed} to mend"
            + (" (make notebooks)" if failed else "")
        )
        return int(failed > 0)
    print(f"{len(wanted)} notebooks: {texts} got new text, {len(stale)} to execute")
    jobs = 1 if options.measure else max(1, options.jobs)
    names = [str(target) for target in everything]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        running = {
            pool.submit(executed, target, built, not options.measure): str(target)
            for target, built in stale
        }
        for future in as_completed(running):
            name = running[future]
            try:
                cost = future.result()
            except Exception as error:  # one chapter's mistake must not stop the others
                print(f"{name}: {error}", file=sys.stderr, flush=True)
                failed += 1
                continue
            costs.keep(name, cost, names, root)
            took = f"{cost.cpu:.0f} s of CPU, {cost.wall:.0f} s, {cost.memory} MB"
            print(f"{name}: {took}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
