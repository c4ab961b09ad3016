"""What the website does beyond Jupyter Book: a small Sphinx extension.

- A quote that opens with **Note.**, **Predict.**, **Your turn (3 min).** or another of
  ADMONITIONS becomes an admonition.
- A picture takes the alt text of its cell (metadata `alt`).
- A page may link to a chapter by its source, `(03_baselines.md)`; the link leads to the
  notebook.
- A line `<!-- costs -->` becomes the table of what the notebooks take to run,
  `<!-- board: … -->` a scoreboard from an experiment's results, `<!-- figure: … -->` a
  figure of a chapter, `<!-- minutes: 00 01 -->` what chapters take to read,
  `<!-- errata -->` the index of what the articles get wrong, and `<!-- goals -->` the
  goals of the chapters with all that serves them. `<!-- colab: … -->` becomes the link
  that a notebook has under its title.
- A page of exercises shows the notebook with the solutions, folded, and how many of its
  questions are solved; `<!-- progress -->` becomes the table of all chapters.
- The button for Colab opens the copy without outputs.
- The scripts of Thebe, which Jupyter Book adds to every page and which come from
  another site, stay out.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform

from course import (
    address,
    costs,
    errata,
    figures,
    goals,
    notebooks,
    progress_page,
    reading,
    scoreboards,
)

ADMONITIONS = {
    "Note.": "note",
    "Watch out.": "warning",
    "Predict.": "tip",
    "Misconception.": "danger",
    "Your turn": "seealso",
    "Change this": "seealso",
    "What you need from before.": "note",
    "A published mistake.": "warning",
}


def opening(title: str) -> str | None:
    """The kind of box that a quote's bold opening asks for; some say how long it
    takes, `Your turn (3 min).`
    """
    return ADMONITIONS.get(re.sub(r" \(\d+ min\)\.$", "", title)) or ADMONITIONS.get(
        title
    )


class QuotesToAdmonitions(SphinxTransform):
    """`> **Predict.** Which model wins?` -> an admonition titled "Predict"."""

    default_priority = 400

    def apply(self) -> None:
        for quote in list(self.document.findall(nodes.block_quote)):
            first = quote.next_node(nodes.paragraph)
            parts = (
                [part for part in first.children if part.astext()]
                if first is not None
                else []
            )
            if (
                not parts
                or not isinstance(parts[0], nodes.strong)
                or (kind := opening(parts[0].astext())) is None
            ):
                continue
            title = parts.pop(0).astext()
            if parts and isinstance(parts[0], nodes.Text):
                parts[0] = nodes.Text(parts[0].astext().lstrip())
            first.children = []
            first += parts
            if not parts:
                first.parent.remove(first)
            box = nodes.admonition(classes=[kind])
            box += nodes.title(title, title.rstrip("."))
            box += quote.children
            quote.replace_self(box)


class AltText(SphinxTransform):
    """Give the pictures that a cell printed the cell's alt text."""

    default_priority = 400

    def apply(self) -> None:
        for cell in self.document.findall(nodes.container):
            alt = cell.get("cell_metadata", {}).get("alt")
            if alt:
                for image in cell.findall(nodes.image):
                    image["alt"] = alt


chapters = cache(notebooks.chapters)


def link_chapters(app: Sphinx, docname: str, source: list[str]) -> None:
    """In a page of book/, let `(07_mf.md)` lead to the notebook that is made
    from it; in a page of a folder there, `(../07_mf.md)`.
    """
    if docname.startswith("book/"):
        root = Path(app.srcdir)
        folder, text = (root / docname).parent, source[0]
        if folder != root / "book":
            text = re.sub(r"\]\((?=\w+\.md)", "](./", text)  # its neighbours
            text = re.sub(r"\]\(\.\./(?=(exercises/)?\w+\.md)", "](", text)
        source[0] = notebooks.map_links(text, folder, "", chapters(root), root)


NOTEBOOK = re.compile(r"<!-- colab: (\S+) -->")


def fill_tables(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write tables of costs, scoreboards and figures where a page of book/ asks."""
    if not docname.startswith("book/"):
        return
    root, line = Path(app.srcdir), "<!-- costs -->"
    if line in source[0]:
        source[0] = source[0].replace(line, costs.table(root))
        app.env.note_dependency(str(root / costs.FILE))
    if scoreboards.LINE.search(source[0]):
        app.env.note_dependency(str(root / scoreboards.FILE))
        for name, _ in scoreboards.PAIR.findall(source[0]):
            path = root / scoreboards.RESULTS / f"{name}.json"
            app.env.note_dependency(str(path))
        source[0] = scoreboards.filled(source[0], root)
    for chapter, _ in figures.LINE.findall(source[0]):
        app.env.note_dependency(str(figures.notebook(root, chapter)))
    source[0] = figures.filled(errata.filled(source[0]), root)
    source[0] = progress_page.filled(source[0])
    source[0] = NOTEBOOK.sub(
        lambda line: address.links(address.read(root), line[1]), source[0]
    )
    if goals.LINE in source[0]:
        for path in (root / "book").rglob("[0-9][0-9]_*.md"):
            app.env.note_dependency(str(path))
        source[0] = goals.filled(source[0], (root / docname).parent, root)
    if reading.MINUTES.search(source[0]):
        for target in notebooks.targets(root):
            app.env.note_dependency(str(target.path))
        source[0] = reading.filled(source[0], root)


EXERCISES = re.compile(r"notebooks/exercises/(?:\w+/)?(\d\d_)?(\w+)")


def show_solutions(app: Sphinx, docname: str, source: list[str]) -> None:
    """Let the page of an exercise notebook have the folded solutions, and a line that
    says how many of its questions are solved.
    """
    match = EXERCISES.fullmatch(docname)
    if not match:
        return
    path = Path(app.srcdir) / f"{docname}_solutions.ipynb"
    app.env.note_dependency(str(path))
    student, notebook = json.loads(source[0]), json.loads(path.read_text("utf-8"))
    notebook["cells"][0] = student["cells"][0]  # its links lead to the student's
    if match[1]:
        up = "../" * docname.count("/")
        line = progress_page.line(match[2]).format(page=f"{up}book/progress.html")
        cell = {"cell_type": "markdown", "metadata": {}, "source": line}
        notebook["cells"].insert(1, cell | {"id": "progress"})
    source[0] = json.dumps(notebook)


def colab_copies(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    """Let the theme's button open the copy without outputs on Colab."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            url = str(button.get("url", ""))
            if url.startswith(address.COLAB):
                start, _, path = url.partition("/notebooks/")
                own = address.for_colab(f"notebooks/{path}")
                button["url"] = f"{start}/{own}"


def drop_thebe(app: Sphinx, config: Config) -> None:
    for listener in list(app.events.listeners["env-before-read-docs"]):
        if listener.handler.__name__ == "init_thebe_core":
            app.disconnect(listener.id)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(QuotesToAdmonitions)
    app.add_transform(AltText)
    app.connect("config-inited", drop_thebe)
    app.connect("source-read", link_chapters)
    app.connect("source-read", fill_tables)
    app.connect("source-read", show_solutions)
    app.connect("html-page-context", colab_copies, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
