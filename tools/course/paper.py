"""The pages of the built website as one HTML document: the book, for paper.

The pages stand in the order of the table of contents, for one framework; what only
works in a browser is left out. An id has its page in front, `page--id`, and a link to a
page of the book leads inside. What is done with folds is in paper_folds.py.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from course.paper_folds import APPENDICES, HEADINGS, Moved, number, unfold

STYLE = Path(__file__).with_name("paper.css")
# Only of use in a browser, to a teacher, or to who changes the package.
WITHOUT = re.compile(r"book/(progress|api)\b")
WITHOUT_PARTS = {"Teaching"}
DROPPED = "script, button, input, a.headerlink, .toctree-wrapper, .rt-progress"
DROPPED += ", .rt-sections, .rt-read, .rt-continue, .rt-minutes"
# Of coloured code: most of a page's tags, in hardly another colour than the text.
PLAIN = re.compile(r'<span class="(?:n|o|p|w|pre)">([^<]*)</span>|<span></span>')
SHORT = 10  # lines of code that stay on one page
POINTERS = {"for", "headers", "aria-labelledby", "aria-describedby", "aria-controls"}
OWN = {"id", "data-to"} | POINTERS
DRAWN_WITH = re.compile(r"url\(#([^)]+)\)")
NUMBER = re.compile(r'(<span class="rt-number" data-to="([^"]+)">)\d+(?=</span>)')


@dataclass
class Page:
    """A page of the book.

    Attributes:
        name: where it stands, as "notebooks/torch/07_mf".
        part: the part of the book that begins with it; "" if none does.
        body: its `article`, changed in place.
        moved: what moves to each appendix.
    """

    name: str
    part: str
    body: Tag
    moved: Moved = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What stands in front of its ids."""
        return self.name.replace("/", "-")

    @property
    def title(self) -> str:
        heading = self.body.find(HEADINGS)
        return " ".join(heading.get_text().split()) if heading else self.name

    def tags(self) -> Iterator[Tag]:
        """Every element of the page, wherever it stands now."""
        for root in [
            self.body,
            *(box for boxes in self.moved.values() for box in boxes),
        ]:
            yield root
            yield from root.find_all(True)


def order(toc: Mapping[str, Any], framework: str) -> Iterator[tuple[str, str]]:
    """The pages of the book for one framework, each with its part.

    Args:
        toc: `book/_toc.yml`.
        framework: "torch" or "tensorflow".
    """
    other = {"torch": "tensorflow", "tensorflow": "torch"}[framework]

    def below(entries: list[dict[str, Any]]) -> Iterator[str]:
        for entry in entries:
            name = entry["file"]
            if other not in name.split("/") and not WITHOUT.match(name):
                yield name
            yield from below(entry.get("sections", []))

    yield toc["root"], ""
    for part in toc["parts"]:
        if part["caption"] not in WITHOUT_PARTS:
            for name in below(part["chapters"]):
                yield name, part["caption"]


def read(site: Path, toc: Mapping[str, Any], framework: str) -> list[Page]:
    """The pages, from the folder of a built site.

    Raises:
        FileNotFoundError: the site is not built, or lacks a page.
    """
    pages: list[Page] = []
    before = ""
    for name, part in order(toc, framework):
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        soup = BeautifulSoup(PLAIN.sub(r"\1", text), "html.parser")
        article = soup.select_one("article.bd-article")
        assert article is not None, name
        pages.append(Page(name, "" if part == before else part, article))
        before = part
    return pages


def document(pages: list[Page], site: Path, front: str, title: str, base: str) -> str:
    """The book. In the place of page numbers stand zeros: see `numbered`.

    Args:
        pages: as `read` gives them; they are changed.
        site: the folder of the built site, for pictures and the style sheet.
        front: what stands on the first page, as HTML, below the title.
        title: of the book.
        base: where the site is published, with a slash at the end; links to pages that
            the book leaves out lead there. "": nobody knows, and they become text.

    Raises:
        ValueError: a link leads to a place that the book does not have.
    """
    for page in pages:
        _clean(page, site)
        page.moved = unfold(page.body)
        _rename(page)
    known = {page.name: page.key for page in pages}
    for page in pages:
        _link(page, known, base)
    first = f'<section class="rt-title"><h1>{html.escape(title)}</h1>{front}</section>'
    appendices = [_appendix(kind, pages) for kind in APPENDICES]
    body = "\n".join([first, _contents(pages), *map(_section, pages), *appendices])
    _refuse_broken(body)
    titles = {page.key: page.title for page in pages} | APPENDICES
    heads = "\n".join(
        f"@page {key} {{ @top-left {{ content: {_quoted(text)}; }} }}"
        for key, text in titles.items()
    )
    return (
        '<!doctype html>\n<html lang="en" data-theme="light"><head><meta'
        f' charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<link rel="stylesheet" href="{(site / "_static" / "site.css").as_uri()}">\n'
        f"<style>{STYLE.read_text(encoding='utf-8')}{heads}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def numbered(document: str, pages: Mapping[str, int]) -> str:
    """The document with the numbers of pages, by the ids that stand on them."""
    return NUMBER.sub(lambda found: f"{found[1]}{pages[found[2]]}", document)


def _quoted(text: str) -> str:
    """A string of CSS."""
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))


def _clean(page: Page, site: Path) -> None:
    """Without what a browser needs; pictures by their full address."""
    for one in page.body.select(DROPPED):
        one.decompose()
    for picture in page.body.select("img"):
        del picture["loading"]
        source = str(picture["src"])
        if not urlsplit(source).scheme:
            place = f"{posixpath.dirname(page.name)}/{unquote(source)}"
            picture["src"] = (site / posixpath.normpath(place)).as_uri()
    for code in page.body.select("pre"):
        if code.get_text().count("\n") <= SHORT:
            code["class"] = "rt-short"
    for link in page.body.select("a.image-reference"):
        link.unwrap()
    for heading in page.body.find_all(HEADINGS[:5]):  # below the parts of the book
        heading.name = f"h{int(heading.name[1]) + 1}"


def _rename(page: Page) -> None:
    """Ids, and what points to one, with the page in front."""

    def own(name: str) -> str:
        return f"{page.key}--{name}"

    for tag in page.tags():
        for name, value in tag.attrs.items():
            text = value if isinstance(value, str) else " ".join(value)
            if name in OWN:
                tag[name] = " ".join(map(own, text.split()))
            elif "url(#" in text:
                tag[name] = DRAWN_WITH.sub(lambda found: f"url(#{own(found[1])})", text)
            elif name.endswith("href") and tag.name != "a" and text.startswith("#"):
                tag[name] = f"#{own(text[1:])}"


def _link(page: Page, known: Mapping[str, str], base: str) -> None:
    """Links inside, or to the website, or none.

    Args:
        known: the names of the book's pages, and what stands in front of their ids.
    """
    folder = posixpath.dirname(page.name)
    for link in list(page.tags()):
        to = urlsplit(str(link.get("href", "")))
        if link.name != "a" or to.scheme or to.netloc:
            continue
        place = posixpath.normpath(posixpath.join(folder, unquote(to.path)))
        name = place.removesuffix(".html") if to.path else page.name
        if name in known:
            ending = f"--{unquote(to.fragment)}" if to.fragment else ""
            link["href"] = f"#{known[name]}{ending}"
        elif base:
            link["href"] = f"{base}{place}" + (f"#{to.fragment}" if to.fragment else "")
        else:
            link.unwrap()


def _contents(pages: list[Page]) -> str:
    lines = []
    for page in pages:
        if page.part:
            lines.append(f'<p class="rt-toc-part">{html.escape(page.part)}</p>')
        lines.append(_line(page.key, page.title, ""))
    for kind, title in APPENDICES.items():
        if any(page.moved[kind] for page in pages):
            lines.append(_line(kind, title, "rt-toc-part"))
    return f'<nav class="rt-toc"><h2>Contents</h2>{"".join(lines)}</nav>'


def _line(place: str, title: str, look: str) -> str:
    """A line of the table of contents."""
    return (
        f'<p class="{look}"><a href="#{place}"><span>{html.escape(title)}</span>'
        f"<i></i>{number(place)}</a></p>"
    )


def _section(page: Page) -> str:
    part = f'<h1 class="rt-part">{html.escape(page.part)}</h1>' if page.part else ""
    style = f'class="rt-page" style="page: {page.key}"'
    return f'<section id="{page.key}" {style}>{part}{page.body}</section>'


def _appendix(kind: str, pages: list[Page]) -> str:
    """What moved, page by page; "" if nothing did."""
    parts = [
        f"<h2>{html.escape(page.title)}</h2>{''.join(map(str, page.moved[kind]))}"
        for page in pages
        if page.moved[kind]
    ]
    if not parts:
        return ""
    style = f'class="rt-page rt-appendix rt-{kind}" style="page: {kind}"'
    body = f'<article class="bd-article">{"".join(parts)}</article>'
    return f'<section id="{kind}" {style}><h1>{APPENDICES[kind]}</h1>{body}</section>'


def _refuse_broken(body: str) -> None:
    """Raises:
    ValueError: a link inside that leads nowhere, or an id that is there twice.
    """
    ids = Counter(map(html.unescape, re.findall(r'\sid="([^"]*)"', body)))
    links = set(map(html.unescape, re.findall(r'<a\b[^>]*\shref="#([^"]*)"', body)))
    wrong = [f"no place #{one}" for one in sorted(links - ids.keys())]
    wrong += [f"twice #{one}" for one, times in sorted(ids.items()) if times > 1]
    if wrong:
        raise ValueError("; ".join(wrong))
