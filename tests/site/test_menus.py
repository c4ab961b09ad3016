"""The menus in a page's head, the mark in the list "On this page", the way to the top,
and boxes that scroll by keyboard.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.modules import ROOT

STATIC = (ROOT / "book/_static").as_uri()
MENU = """<div class="dropdown"><button class="btn" data-bs-toggle="dropdown"
aria-expanded="false">{name}</button><ul class="dropdown-menu">
<li><a href="#one">{name} one</a></li>
<li><button onclick="void 0">{name} two</button></li></ul></div>"""
HTML = f"""<!doctype html><html lang="en"><head><title>t</title>
<style>.dropdown-menu {{ display: none; }} .dropdown-menu.show {{ display: block; }}
.dropdown-menu.show {{ position: absolute; background: #fff; }}
header {{ position: fixed; top: 0; }} section {{ min-height: 700px; }}
pre {{ overflow: auto; width: 300px; }}</style>
<script defer src="{STATIC}/paths.js"></script>
<script defer src="{STATIC}/menus.js"></script></head><body>
<header>{MENU.format(name="First")}{MENU.format(name="Second")}</header>
<button id="pst-back-to-top" style="display: none; position: fixed; top: 90vh">Back to
top</button>
<article class="bd-article">
<section id="one"><h2>one</h2><pre id="short">code</pre><pre id="long">{"a " * 99}</pre>
<details><summary>more</summary><pre id="folded">{"a " * 99}</pre></details></section>
<section id="two"><h2>two</h2><section id="inner"><h3>inner</h3></section></section>
<section id="three"><h2>three</h2></section></article>
<nav class="bd-toc-nav"><ul><li><a href="#one">one</a></li>
<li><a href="#two">two</a><ul><li><a href="#inner">inner</a></li></ul></li>
<li><a href="#three">three</a></li></ul></nav></body></html>"""


@pytest.fixture
def opened(page: Any, tmp_path: Path) -> Any:
    file = tmp_path / "page.html"
    file.write_text(HTML, encoding="utf-8")
    page.goto(file.as_uri())
    return page


def shown(page: Any) -> list[str]:
    """The entries that can be seen; the buttons must say the same."""
    expanded = page.locator("[aria-expanded=true]").all_inner_texts()
    entries = page.locator(".dropdown-menu :is(a, button):visible").all_inner_texts()
    assert {one.split()[0] for one in entries} == set(expanded)
    return entries


def here(page: Any) -> str:
    return page.evaluate("document.activeElement.textContent")


def test_a_menu_opens_and_closes_by_mouse(opened: Any) -> None:
    first = opened.get_by_role("button", name="First", exact=True)
    assert shown(opened) == []
    first.click()
    assert shown(opened) == ["First one", "First two"]
    opened.get_by_role("button", name="Second", exact=True).click()
    assert shown(opened) == ["Second one", "Second two"]
    opened.mouse.click(900, 600)
    assert shown(opened) == []
    first.click()
    first.click()
    assert shown(opened) == []


def test_a_menu_is_used_by_keyboard(opened: Any) -> None:
    keys = opened.keyboard
    opened.get_by_role("button", name="First", exact=True).focus()
    keys.press("Enter")
    assert len(shown(opened)) == 2 and here(opened) == "First"
    keys.press("Escape")
    assert shown(opened) == [] and here(opened) == "First"
    for key, entry in (
        ("Down", "one"),
        ("Down", "two"),
        ("Down", "one"),
        ("Up", "two"),
    ):
        keys.press(f"Arrow{key}")
        assert here(opened) == f"First {entry}"
    keys.press("Escape")
    assert shown(opened) == [] and here(opened) == "First"
    keys.press("Space")
    for _ in range(3):
        keys.press("Tab")
    assert here(opened) == "Second" and shown(opened) == []


def test_the_section_that_is_read_is_marked(opened: Any) -> None:
    def marked(*names: str) -> None:
        opened.wait_for_function(
            """names => names === [...document.querySelectorAll(".bd-toc-nav a.active")]
              .map(one => one.textContent).join()""",
            arg=",".join(names),
        )
        assert opened.locator("[aria-current]").all_inner_texts() == [names[-1]]

    marked("one")
    opened.evaluate("document.getElementById('inner').scrollIntoView()")
    marked("two", "inner")
    assert opened.locator("li.active").count() == 2
    opened.evaluate("document.getElementById('three').scrollIntoView()")
    marked("three")


def test_the_way_to_the_top_is_there_on_the_way_up(opened: Any) -> None:
    button = opened.get_by_role("button", name="Back to top")
    opened.evaluate("scrollTo(0, 900)")
    assert button.is_hidden()
    opened.evaluate("requestAnimationFrame(() => scrollTo(0, 800))")
    button.click()
    opened.wait_for_function("scrollY === 0")
    button.wait_for(state="hidden")


def test_boxes_that_scroll_can_be_reached(opened: Any) -> None:
    def reached() -> list[str]:
        return opened.locator("pre[tabindex='0']").evaluate_all("a => a.map(e => e.id)")

    opened.wait_for_function("document.querySelector('pre[tabindex]')")
    assert reached() == ["long"]
    opened.get_by_text("more").click()
    opened.wait_for_function("document.querySelector('#folded[tabindex]')")
    assert reached() == ["long", "folded"]
    opened.add_style_tag(content="pre { width: 9000px !important; }")
    opened.set_viewport_size({"width": 1000, "height": 900})
    opened.wait_for_function("!document.querySelector('pre[tabindex]')")


def test_without_the_parts_nothing_fails(new_page: Callable, tmp_path: Path) -> None:
    file = tmp_path / "bare.html"
    script = f'<script defer src="{STATIC}/menus.js"></script>'
    file.write_text(f"<!doctype html><title>t</title>{script}<p>text", "utf-8")
    new_page().goto(file.as_uri())  # its fixture fails at an error in the console
