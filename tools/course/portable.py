"""Do notebooks read well where people open them: Colab, Kaggle, VS Code, JupyterLab?

Seen without running anything: is a notebook valid, is no MyST left in its text, do its
links and pictures lead somewhere from where it stands?
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import hygiene

LINK = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^\s)>]+)")
TAG = re.compile(r"""<(img|a)\b[^>]*?\b(?:src|href)=["']([^"']+)""")
ELSEWHERE = re.compile(r"(https?|mailto):|#|data:")
CODE = re.compile(r"^(`{3,}).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def references(text: str) -> Iterator[tuple[bool, str]]:
    """What a Markdown text refers to: (is it a picture, the target)."""
    plain = CODE.sub("", text)
    for mark, target in LINK.findall(plain):
        yield mark == "!", target
    for tag, target in TAG.findall(plain):
        yield tag == "img", target


def reference_problems(text: str, folder: Path) -> list[str]:
    """The links and pictures of a text that a notebook in `folder` can't show: any
    picture from a file, for Colab opens a notebook without the files beside it.
    """
    found = []
    for picture, target in references(text):
        if ELSEWHERE.match(target):
            continue
        if picture:
            found.append(f"a picture from a file: {target}")
        elif not (folder / target.partition("#")[0]).exists():
            found.append(f"a link that leads nowhere: {target}")
    return found


def problems(path: Path) -> list[str]:
    """What is wrong with the notebook at `path`, one line each."""
    try:
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    except (nbformat.ValidationError, nbformat.reader.NotJSONError) as error:
        return [f"not valid: {str(error).partition(chr(10))[0]}"]
    found = []
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        found.append("older than format 4.5: cells without an id")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("not for the kernel python3, which every program has")
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            here = text_problems(cell, path.parent)
            found += [f"cell {number}: {one}" for one in here]
    return found


def text_problems(cell: NotebookNode, folder: Path) -> list[str]:
    """What is wrong with the text of a cell: MyST that is left, and its references."""
    alone = hygiene.problems(nbformat.v4.new_notebook(cells=[cell]))
    found = [one.removeprefix("cell 0: ") for one in alone]
    return found + reference_problems(cell.source, folder)


def report(root: Path) -> int:
    """Print the problems of every notebook; 1 if there are some."""
    paths = [
        path
        for path in sorted((root / "notebooks").rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]
    lines = [
        f"{path.relative_to(root).as_posix()}: {problem}"
        for path in paths
        for problem in problems(path)
    ]
    for line in lines:
        print(line, file=sys.stderr)
    print(f"{len(paths)} notebooks, {len(lines)} problems")
    return int(bool(lines))
