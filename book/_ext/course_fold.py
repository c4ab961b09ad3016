"""Sphinx extension: a long output is folded. What a cell printed in more than LONGEST
lines stands in a `<details>` that says how many lines it has. On paper it is open.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

LONGEST = 30  # lines of an output that is shown at once


def fold(document: nodes.document) -> None:
    """Put each long text that a cell printed between the tags of a fold."""
    for cell in list(document.findall(nodes.container)):
        if "cell_output" not in cell["classes"]:
            continue
        for text in list(cell.findall(nodes.literal_block)):
            lines = text.astext().rstrip("\n").count("\n") + 1
            if lines > LONGEST:
                start = f'<details class="rt-long"><summary>{lines} lines</summary>'
                place = text.parent.index(text)
                text.parent.insert(
                    place + 1, nodes.raw("", "</details>", format="html")
                )
                text.parent.insert(place, nodes.raw("", start, format="html"))


class FoldLongOutputs(SphinxTransform):
    """`fold`, for every page; after the cells have become text."""

    default_priority = 500

    def apply(self) -> None:
        fold(self.document)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(FoldLongOutputs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
