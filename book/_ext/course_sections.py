"""Sphinx extension: how long each section takes, and which ones were read.

On a core and on a page *Deeper* every section of `course.sections` says its minutes
behind its heading, and has a tick at its end. Under the title stands a thin line of the
sections. All of it is in the page before any script runs, so nothing moves;
`_static/sections.js` keeps the ticks. A line `<!-- continue -->` in a page of book/ is
the link to where a reader stopped, shown to who has read something.
"""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from course import notebooks, sections

LINE = "<!-- continue -->"
# While the page is read in, so that nothing below it moves.
CONTINUE = """\
<p class="rt-continue" data-root="{root}" hidden>Continue where you stopped: </p>
<script>(function (box) {{
  try {{
    var place = JSON.parse(localStorage.getItem("rec_tutor.place"));
    if (!/^notebooks\\/[\\w\\/]+\\.html#[\\w-]+$/.test(place.page)) return;
    var link = box.appendChild(document.createElement("a"));
    link.textContent = place.name;
    link.href = box.getAttribute("data-root") + place.page;
    box.hidden = false;
  }} catch (error) {{ /* nothing was read here */ }}
}})(document.currentScript.previousElementSibling);</script>"""


class Drawn(nodes.General, nodes.Element):
    """Its attribute `html`, as it is; no text for the search or for a title."""


def draw(translator: Any, node: Drawn) -> None:
    translator.body.append(node["html"])
    raise nodes.SkipNode


def duration(minutes: int) -> str:
    """ "45 min", "1 h 50 min": from an hour on to five minutes."""
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(round(minutes / 5) * 5, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def line(
    own: list[sections.Section], titles: list[str], ids: list[str], page: str, name: str
) -> str:
    """The thin line of a page's sections, as HTML.

    Args:
        titles: of the sections, as they are read.
        ids: of their headings.
        page: as "notebooks/torch/07_mf".
        name: its title.
    """
    pieces = "".join(
        f'<span data-key="{one.key}" data-id="{place}" data-minutes="{one.minutes}"'
        f' title="{html.escape(title)}, {one.minutes} min"'
        f' style="flex-grow:{one.minutes}"></span>'
        for one, title, place in zip(own, titles, ids, strict=True)
    )
    total = duration(sum(one.minutes for one in own))
    return (
        f'<div class="rt-sections" data-page="{page}.html"'
        f' data-name="{html.escape(name)}"><div aria-hidden="true">{pieces}</div>'
        f'<p role="status">{len(own)} sections · about {total}</p></div>'
    )


def minutes(one: sections.Section, first: bool) -> str:
    """What stands behind a heading; the first section counts the opening, too."""
    more = " from the top" if first else ""
    return (
        f' <span class="rt-minutes" data-key="{one.key}">{one.minutes} min{more}</span>'
    )


def tick(one: sections.Section, title: str) -> str:
    """What stands at a section's end."""
    return (
        f'<p class="rt-read"><label><input type="checkbox" autocomplete="off"'
        f' data-key="{one.key}" aria-label="Read: {html.escape(title)}">'
        " Read</label></p>"
    )


def level(section: nodes.section) -> int:
    """1 for the page's title."""
    found, node = 0, section
    while node is not None:
        found += isinstance(node, nodes.section)
        node = node.parent
    return found


def headings(document: nodes.document) -> list[nodes.section]:
    """The sections that stand under headings `##` and `###`, in order."""
    return [one for one in document.findall(nodes.section) if level(one) in (2, 3)]


def fill(document: nodes.document, own: list[sections.Section], page: str) -> None:
    """Put a page's line, minutes and ticks where they belong."""
    found = headings(document)
    places = [found[one.heading] for one in own]
    titles = [place.next_node(nodes.title) for place in places]
    names = [title.astext() for title in titles]
    for at, (one, place, title) in enumerate(zip(own, places, titles, strict=True)):
        title += Drawn(html=minutes(one, at == 0))
        below = [
            at
            for at, child in enumerate(place.children)
            if isinstance(child, nodes.section) and child in places
        ]
        end = below[0] if below else len(place)
        place.insert(end, Drawn(html=tick(one, names[at])))
    top = document.next_node(nodes.section)
    ids = [place["ids"][0] for place in places]
    text = line(own, names, ids, page, top.next_node(nodes.title).astext())
    top.insert(2, Drawn(html=text))  # under the framework


@cache
def targets(root: Path) -> dict[str, notebooks.Target]:
    """The cores and pages *Deeper*, by their names for Sphinx."""
    return {
        str(target).removesuffix(".ipynb"): target for target in notebooks.targets(root)
    }


def divide(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Raises:
    ExtensionError: the page has other headings than those that were counted.
    """
    target = targets(Path(app.srcdir)).get(docname)
    if target is None:
        return
    counted = sections.levels(target)
    if [level(one) for one in headings(document)] != counted:
        raise ExtensionError(f"{docname}: other headings than course.reading counts")
    fill(document, sections.of_page(target), docname)


def offer(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write the link to where a reader stopped where a page asks for it."""
    if LINE in source[0] and docname.startswith("book/"):
        root = "../" * docname.count("/")
        source[0] = source[0].replace(LINE, CONTINUE.format(root=root))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(Drawn, html=(draw, None))
    app.connect("doctree-resolved", divide)
    app.connect("source-read", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
