"""Long outputs are folded: on a small document, and on the website."""

# ruff: noqa: E402

import shutil
from pathlib import Path
from typing import Any

import pytest

from course.needs import needs

needs("docutils", "sphinx", "bs4", "jupyter_book", extra="book")

from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_from_doctree
from docutils.utils import new_document
from docutils.writers.html5_polyglot import Writer

from course_fold import LONGEST, fold


def page(*texts: str, kind: str = "cell_output") -> BeautifulSoup:
    """The HTML of a cell that printed these texts."""
    document = new_document("page")
    cell = nodes.container(classes=[kind])
    for text in texts:
        cell += nodes.literal_block(text, text, classes=["output", "stream"])
    document += cell
    fold(document)
    settings = {"stylesheet_path": "", "embed_stylesheet": False}
    html = publish_from_doctree(
        document, writer=Writer(), settings_overrides=settings
    ).decode()
    return BeautifulSoup(html, "html.parser")


def lines(number: int) -> str:
    return "line\n" * number


def test_only_what_is_long_is_folded_and_all_of_it() -> None:
    made = page(lines(LONGEST), lines(LONGEST + 7), "end")
    (found,) = made.select("details")
    assert found.summary and found.summary.get_text() == f"{LONGEST + 7} lines"
    assert found.get_text().count("line\n") >= LONGEST + 6
    assert len(found.select("pre")) == 1 and len(made.select("pre")) == 3
    assert found.has_attr("open") is False


def test_code_is_not_an_output() -> None:
    assert not page(lines(99), kind="cell_input").select("details")


@pytest.mark.site
@pytest.mark.xdist_group("site")
def test_the_website_shows_no_long_output_at_once(site: Path) -> None:
    long = {}
    for path in sorted((site / "notebooks").rglob("*.html")):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
        for text in soup.select(".cell_output pre"):
            if text.get_text().rstrip("\n").count("\n") >= LONGEST:
                long[path.stem] = path, bool(text.find_parent("details", "rt-long"))
    assert long and all(folded for _, folded in long.values())
    opens_by_a_key(next(iter(long.values()))[0])


def opens_by_a_key(path: Path) -> None:
    """The first long output of a page: hidden, opened by a key, and open on paper."""
    needs("playwright", programs=["chromium"], extra="test")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        program: Any = shutil.which("chromium")
        chromium = player.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.goto(path.as_uri())
        output = page.locator("details.rt-long pre").first
        assert not output.is_visible()
        page.emulate_media(media="print")
        assert output.is_visible()
        page.emulate_media(media="screen")
        page.locator("details.rt-long summary").first.press("Enter")
        assert output.is_visible()
        chromium.close()
