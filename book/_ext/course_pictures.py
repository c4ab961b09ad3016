"""Sphinx extension: a figure that a cell drew as lines (SVG) is a part of the page, so
that its colours follow the theme (figures.css), its words can be found, and nothing is
loaded for it. One that is a PNG keeps its file, see `course_light.sized`.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from course import pictures


class Drawings(SphinxTransform):
    """The pictures that a cell printed: SVG as HTML; a PNG without the size that the
    notebook gives it, which would be a fixed one.
    """

    default_priority = 410  # when myst_nb has put them there, before they are copied

    def apply(self) -> None:
        for cell in self.document.findall(nodes.container):
            if "cell_metadata" not in cell:
                continue
            alt = cell["cell_metadata"].get("alt", "")
            for image in list(cell.findall(nodes.image)):
                path = Path(self.app.srcdir, image["uri"].lstrip("/"))
                if path.suffix == ".svg":
                    drawing = pictures.tidy(path.read_text(encoding="utf-8"))
                    text = pictures.on_page(pictures.labelled(drawing, alt))
                    image.replace_self(nodes.raw("", text, format="html"))
                for side in ("width", "height"):
                    image.attributes.pop(side, None)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(Drawings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
