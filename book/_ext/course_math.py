"""Sphinx extension: formulas as MathML, laid out by the build: no script draws them. A
formula that can't be read is a warning, which a strict build refuses.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from course.mathml import mathml

# A formula with the marks at its sides.
FORMULA = r'<span class="math notranslate">(?:[^<]|<(?!/math>))*</math></span>'
MARKED = re.compile(rf"\(+{FORMULA}[.,;:!?)]*|{FORMULA}[.,;:!?)]+")
LOG = logging.getLogger(__name__)


def drawn(node: nodes.Element, display: bool) -> str:
    """The HTML of a formula; the TeX itself if it can't be read."""
    try:
        return mathml(node.astext(), display)
    except ValueError as error:
        LOG.warning("%s", error, location=node)
        return f"<code>{html.escape(node.astext())}</code>"


def inline(translator: Any, node: nodes.math) -> None:
    made = drawn(node, display=False)
    translator.body.append(f'<span class="math notranslate">{made}</span>')
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    attributes = {"class": "math notranslate"}
    translator.body.append(translator.starttag(node, "div", "", **attributes))
    translator.body.append(drawn(node, display=True) + "</div>\n")
    raise nodes.SkipNode


def joined(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    """Let no line break between a formula and the comma or bracket at its side."""
    if "body" in context:
        context["body"] = MARKED.sub(
            r'<span class="rt-line">\g<0></span>', context["body"]
        )


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", joined)
    app.add_html_math_renderer("course", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
