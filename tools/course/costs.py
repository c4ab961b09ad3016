"""What each notebook takes to run: kept beside the notebooks when one is executed, and
shown by the website as a table.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from course.execute import Cost
from course.modules import ROOT
from course.setup_cell import FRAMEWORKS

FILE = "notebooks/costs.json"
# Processor seconds of a notebook, with one thread. 90 are wanted of an idle machine; a
# busy one takes half as many again.
LIMIT = 150


def read(root: Path = ROOT) -> dict[str, Cost]:
    """Notebook -> what its last run took: {"notebooks/01_data.ipynb": Cost(…)}."""
    file = root / FILE
    kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {name: Cost(**cost) for name, cost in kept.items()}


def keep(name: str, cost: Cost, notebooks: list[str], root: Path = ROOT) -> None:
    """Put one notebook's cost into the file, which is in the order of `notebooks` and
    has no others.
    """
    kept = read(root) | {name: cost}
    lines = [
        f" {json.dumps(one)}: {json.dumps(asdict(kept[one]))}"
        for one in notebooks
        if one in kept
    ]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (root / FILE).write_text(text, encoding="utf-8")


def table(root: Path = ROOT) -> str:
    """The costs as a Markdown table, a row per notebook, for a page of book/."""
    lines = [
        "| notebook | framework | CPU, s | clock, s | memory, MB |",
        "|---|---|--:|--:|--:|",
    ]
    for name, cost in read(root).items():
        path = Path(name)
        title = heading(root / "book" / f"{path.stem}.md")
        framework = FRAMEWORKS.get(path.parent.name, "–")
        numbers = f"{cost.cpu:.0f} | {cost.wall:.0f} | {cost.memory}"
        lines.append(f"| [{title}](../{name}) | {framework} | {numbers} |")
    return "\n".join(lines)


def heading(chapter: Path) -> str:
    """A chapter's title: the first line that begins with `# `."""
    lines = chapter.read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("# ") for line in lines if line.startswith("# "))
