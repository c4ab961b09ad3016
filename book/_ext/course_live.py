"""Sphinx extension: figures to touch.

A line `<!-- live: ndcg -->` in a page of book/ or in a notebook's text becomes the
fragment `book/live/ndcg.html`: a still picture with its text that needs no script. The
script `book/_static/live/ndcg.js`, loaded by these pages alone, makes it answer.
Elsewhere, on Colab and on GitHub, the line is a comment that nobody sees.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from course import live_board, scoreboards

LINE = re.compile(r"(?m)^<!-- live: (\w+) -->$")
FOUND = re.compile(r'data-live="(\w+)"')


def fragment(name: str, root: Path) -> str:
    """The HTML of a figure, without empty lines: one block of Markdown.

    Raises:
        ConfigError: there is no such figure.
    """
    path = root / "book" / "live" / f"{name}.html"
    script = root / "book" / "_static" / "live" / f"{name}.js"
    if not (path.is_file() and script.is_file()):
        raise ConfigError(f"a live figure needs {path.name} and {script.name}")
    lines = live_board.filled(path.read_text(encoding="utf-8"), root).splitlines()
    return "\n".join(line for line in lines if line.strip())


def fill(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the figures where a page asks for them."""
    root, text = Path(app.srcdir), source[0]
    if "<!-- live: " not in text:
        return
    is_notebook = app.env.doc2path(docname).endswith(".ipynb")
    notebook: Any = json.loads(text) if is_notebook else None
    cells = notebook["cells"] if is_notebook else [{"source": text}]
    for cell in cells:
        own = "".join(cell["source"])
        for name in LINE.findall(own):
            app.env.note_dependency(str(root / "book" / "live" / f"{name}.html"))
            app.env.note_dependency(str(root / scoreboards.FILE))
        if cell.get("cell_type", "markdown") == "markdown":
            cell["source"] = LINE.sub(lambda line: fragment(line[1], root), own)
    source[0] = json.dumps(notebook) if is_notebook else cells[0]["source"]


def load(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let a page load the scripts of its figures."""
    names = dict.fromkeys(FOUND.findall(context.get("body", "")))
    for name in ["kit", *names] if names else []:
        app.add_js_file(f"live/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", fill, priority=600)
    app.connect("html-page-context", load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
