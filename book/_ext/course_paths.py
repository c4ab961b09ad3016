"""Sphinx extension: finding one's way.

A reader stays in one framework: the sidebar has one entry for each chapter, with what
belongs to it, and *previous* and *next* pass over the twins of the other framework.
Every page says what it is to search engines and to whoever shares a link: a title of
its own, a description, its address, a picture.
"""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from course.setup_cell import FRAMEWORKS

LONGEST = 160  # characters of a description
NAV = re.compile(r'<nav\b[^>]*\bclass="bd-links.*?</nav>', re.DOTALL)
ROBOTS = "User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n"
MISSING = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Not found: {title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<style>:root {{ color-scheme: light dark; }} a {{ color: inherit; }}
body {{ font: 1.1rem/1.6 sans-serif; max-width: 34rem; margin: 15vh auto;
padding: 0 1rem; }}</style></head>
<body><main><h1>This page does not exist</h1>
<p>It may have moved. <a href="{base}">Go to the first page</a>, or
<a href="{base}search.html">search the book</a>.</p></main></body></html>
"""


def twin(page: str) -> str:
    """The framework that a page is for, "torch" or "tensorflow"; else ""."""
    return next((one for one in page.split("/")[:-1] if one in FRAMEWORKS), "")


def base(repository: str) -> str:
    """Where GitHub or GitLab publish pages: "https://a.github.io/b/"; or ""."""
    where = urlsplit(repository)
    known = {"github.com": "github", "gitlab.com": "gitlab"}
    service = known.get(where.hostname or "", "")
    owner, _, name = where.path.strip("/").partition("/")
    return f"https://{owner.lower()}.{service}.io/{name}/" if service else ""


def neighbours(order: list[str], page: str) -> tuple[str, str]:
    """The pages before and behind one, of its framework or of none; "" at the ends."""
    own = twin(page) or next(iter(FRAMEWORKS))
    path = [one for one in order if twin(one) in ("", own) or one == page]
    at = path.index(page)
    return path[at - 1] if at else "", path[at + 1] if at + 1 < len(path) else ""


def sidebar(nav: str, page: str) -> str:
    """The sidebar as a reader of one framework needs it.

    Args:
        nav: HTML with a list of chapters, and under each what belongs to it.
        page: where it stands, as "notebooks/torch/07_mf".
    """
    own, folder = twin(page) or next(iter(FRAMEWORKS)), posixpath.dirname(page)
    soup = BeautifulSoup(nav, "html.parser")
    for entry in soup.select("li.toctree-l1"):
        link = entry.find("a")
        assert isinstance(link, Tag)
        chapter = _target(link, folder, page)
        if twin(chapter) not in ("", own):
            chapter = chapter.replace(f"/{twin(chapter)}/", f"/{own}/")
            link["href"] = posixpath.relpath(f"{chapter}.html", folder)
        for below in entry.select("li.toctree-l2"):
            inner = below.find("a")
            assert isinstance(inner, Tag)
            target = _target(inner, folder, page)
            if target == chapter or twin(target) not in ("", own):
                below.decompose()
            elif inner.string:
                name = inner.string.removesuffix(", with TensorFlow")
                inner.string = re.sub(r"^\d\d · ", "", name)
        if isinstance(summary := entry.find("summary"), Tag):
            summary["aria-label"] = f"Pages of {' '.join(link.get_text().split())}"
        if chapter == page:
            link["href"], link["class"] = "#", "current reference internal"
            link["aria-current"] = "page"
    return str(soup)


def _target(link: Tag, folder: str, page: str) -> str:
    place = str(link.get("href", "")).partition("#")[0]
    if not place or ":" in place:
        return "" if place else page
    return posixpath.normpath(posixpath.join(folder, place)).removesuffix(".html")


def description(doctree: nodes.document) -> str:
    """The first paragraph that says something, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40 and not text.startswith("Framework:"):
            if len(text) <= LONGEST:
                return text
            return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
    return ""


def _order(relations: dict[str, list[str | None]], root: str) -> list[str]:
    order, page = [], root
    while page:
        order.append(page)
        page = (relations.get(page) or [None, None, None])[2] or ""
    return order


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Title, neighbours and what others read of a page."""
    if doctree is None:
        return
    builder: Any = app.builder
    order = _order(builder.relations, app.config.root_doc)
    if page in order:
        before, behind = neighbours(order, page)
        for name, other in (("prev", before), ("next", behind)):
            context[name] = other and {
                "link": builder.get_relative_uri(page, other),
                "title": builder.render_partial(builder.env.titles[other])["title"],
            }
    if page == app.config.root_doc:
        context["docstitle"] = ""  # its own title is the site's
    if twin(page):
        context["title"] = f"{context['title']} · {FRAMEWORKS[twin(page)]}"
    plain = html.unescape(re.sub("<[^>]+>", "", context["title"]))
    url, root = app.config.html_baseurl, app.config.html_title
    tags = {
        "og:title": plain,
        "og:description": description(doctree),
        "og:type": "website",
        "og:site_name": root,
        "og:url": url and f"{url}{page}.html",
        "og:image": url and f"{url}_static/card.png",
    }
    lines = [
        f'<meta property="{name}" content="{html.escape(text, quote=True)}" />'
        for name, text in tags.items()
        if text
    ]
    if text := tags["og:description"]:
        lines.append(f'<meta name="description" content="{html.escape(text)}" />')
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines])


def give_base(app: Sphinx, config: Config) -> None:
    """The address of the site, from the repository's."""
    repository = config.html_theme_options.get("repository_url")
    if repository and not config.html_baseurl:
        config.html_baseurl = base(repository)


def finish(app: Sphinx, error: Exception | None) -> None:
    """The sidebars; a map for search engines; a page for what is missing."""
    if error or app.builder.format != "html":
        return
    out, url = Path(app.outdir), app.config.html_baseurl
    places = []
    for path in sorted(out.rglob("*.html")):
        page = path.relative_to(out).with_suffix("").as_posix()
        text = path.read_text(encoding="utf-8")
        if "_static" in page or not (found := NAV.search(text)):
            continue
        path.write_text(
            text[: found.start()] + sidebar(found[0], page) + text[found.end() :],
            encoding="utf-8",
        )
        if page in app.env.found_docs:
            places.append(f"<url><loc>{html.escape(url)}{page}.html</loc></url>")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    lines = "\n".join(places)
    files = {
        "sitemap.xml": f'{head}<urlset xmlns="{space}">\n{lines}\n</urlset>\n',
        "robots.txt": ROBOTS.format(base=url),
        "404.html": MISSING.format(
            base=url or "/", title=html.escape(app.config.html_title)
        ),
    }
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", give_base)
    app.connect("html-page-context", describe, priority=800)
    app.connect("build-finished", finish, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
