"""Boards that can be sorted, the switch for code, and paper: in a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course import scoreboards
from course.modules import ROOT

STATIC = ROOT / "book/_static"
HTML = """<!doctype html>
<html lang="en" data-theme="dark"><head><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{static}/pages.css">
<link rel="stylesheet" href="{static}/print.css">
<style>* {{ box-sizing: border-box; overflow-anchor: none; }} pre {{ overflow: auto; }}
body {{ margin: 1rem; font: 16px sans-serif; }}
.article-header-buttons {{ position: fixed; top: 0; }}</style>
<script defer src="{static}/table.js"></script>
<script defer src="{static}/code.js"></script>
</head><body><div class="article-header-buttons"></div>
<article class="bd-article">{body}</article></body></html>"""
CELL = """<h2>{n}</h2><div class="cell"><div class="cell_input"><pre>{code}</pre></div>
<div class="cell_output"><p id="out{n}">output {n}</p></div></div>
<div class="cell tag_hide-input"><details class="hide above-input"><summary>Draw
</summary><div class="cell_input"><pre>code</pre></div></details></div>
<div class="cell tag_hide-cell"><details class="hide above-input"><summary>As a table
</summary><div class="cell_input"><pre>code</pre></div><div class="cell_output">
<table><tr><td>1</td></tr></table></div></details></div>"""


@pytest.fixture
def show(tmp_path: Path) -> Callable[..., None]:
    def write(page: Any, body: str) -> None:
        file = tmp_path / "page.html"
        html = HTML.format(static=STATIC.as_uri(), body=body)
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri())

    return write


def board(data: str = "ml-1m", name: str = "scoreboard") -> str:
    return scoreboards.table(ROOT, data, name).split("\n\n")[0]


def names(page: Any) -> list[str]:
    return page.locator("tbody th > span").all_inner_texts()


def order(key: str, reverse: bool) -> list[str]:
    """Rows in the order of a value; those without one last."""
    rows = scoreboards.rows_of(ROOT, "ml-1m", "scoreboard")
    has = [row for row in rows if key in row]
    has.sort(key=lambda row: row[key], reverse=reverse)
    return [row["part"] for row in [*has, *(row for row in rows if key not in row)]]


def test_a_board_is_sorted_by_mouse_and_keyboard(page: Any, show: Any) -> None:
    show(page, board())
    assert names(page) == order("mean", True)
    sorted_by = page.locator("th[aria-sort]")
    assert sorted_by.get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="CPU, s").click()
    assert names(page) == order("cpu", False)
    assert sorted_by.count() == 1
    assert sorted_by.get_attribute("aria-sort") == "ascending"
    button = page.get_by_role("button", name="lead")
    button.focus()
    page.keyboard.press("Enter")
    assert names(page) == order("gap", True)
    page.keyboard.press("Space")
    assert names(page) == order("gap", False)
    assert button.evaluate("one => one === document.activeElement")
    page.get_by_role("button", name="model").click()
    assert names(page) == sorted(order("mean", True), key=str.lower)


def test_without_scripts_a_board_is_a_table(new_page: Any, show: Any) -> None:
    page = new_page(java_script_enabled=False)
    show(page, board())
    assert page.locator("table.board button").count() == 0
    assert "NDCG@10" in page.locator("thead").inner_text()


@pytest.mark.parametrize("data, name", [("ml-1m", "scoreboard"), ("ml-1m", "next")])
def test_a_board_fits_a_phone(new_page: Any, show: Any, data: str, name: str) -> None:
    page = new_page(width=390)
    show(page, board(data, name) + scoreboards.best(ROOT))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for cell in page.locator("td.measured").all()[:3]:
        number = cell.locator("> span").bounding_box()
        drawn = cell.locator("svg.bar").bounding_box()
        assert drawn["y"] >= number["y"] + number["height"] - 1  # under it
        assert drawn["width"] > 60


def test_code_is_hidden_and_stays_hidden(page: Any, show: Any) -> None:
    body = "".join(CELL.format(n=n, code="line\n" * 40) for n in range(6))
    body += '<p style="height: 1000px">the end</p>'
    show(page, body)
    switch = page.get_by_role("button", name="Hide code")
    assert switch.get_attribute("aria-pressed") == "false"
    out = page.locator("#out3")
    # what stands on top of the screen, under the head, stays where it is
    out.evaluate("one => { one.scrollIntoView(); scrollBy(0, -100); }")
    before = out.bounding_box()["y"]
    switch.focus()
    page.keyboard.press("Enter")
    assert out.bounding_box()["y"] == pytest.approx(before, abs=2)  # no jump
    assert switch.get_attribute("aria-pressed") == "true"
    assert page.locator("pre:visible").count() == 0
    assert page.get_by_text("Draw").first.is_hidden()
    assert page.get_by_text("As a table").first.is_visible()
    page.reload()
    assert page.locator("pre:visible").count() == 0
    page.get_by_role("button", name="Hide code").click()
    assert page.locator(".cell > .cell_input > pre:visible").count() == 6
    page.reload()
    assert page.locator(".cell > .cell_input > pre:visible").count() == 6


def test_a_page_without_code_has_no_switch(page: Any, show: Any) -> None:
    show(page, "<p>text</p>")
    assert page.get_by_role("button", name="Hide code").count() == 0


def test_on_paper_nothing_is_cut_or_folded(new_page: Any, show: Any) -> None:
    page = new_page(width=680)
    show(page, board() + CELL.format(n=1, code="word " * 200))
    page.emulate_media(media="print")
    wide = "() => [...document.querySelectorAll('pre, table')].filter(one =>"
    wide += " one.scrollWidth > one.clientWidth + 1"
    wide += " || one.getBoundingClientRect().right > innerWidth).length"
    assert page.evaluate(wide) == 0
    assert page.locator("details[open]").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("html").get_attribute("data-theme") == "light"
    assert page.locator("thead").get_by_text("NDCG@10").is_visible()
    assert page.locator(".article-header-buttons button").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    assert page.locator("html").get_attribute("data-theme") == "dark"
