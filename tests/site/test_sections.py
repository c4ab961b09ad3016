"""Ticks at the ends of sections, the line under the title, and the way back: in a
browser.
"""

# ruff: noqa: E402

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.needs import needs

needs("docutils", "sphinx", extra="book")

import course_sections as drawn
from course import progress_page
from course.modules import ROOT
from course.sections import Section

STATIC = ROOT / "book/_static"
TITLES = ["Two thin tables", "Learn them", "A long title that a phone breaks", "End"]
MINUTES = [4, 10, 12, 49]
SECTIONS = [
    Section(f"07.S{letter}", title, at, minutes)
    for at, (letter, title, minutes) in enumerate(
        zip("abcd", TITLES, MINUTES, strict=True)
    )
]
HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script>document.documentElement.dataset.theme = "{theme}"</script>
<link rel="stylesheet" href="{static}/course.css">
<link rel="stylesheet" href="{static}/pages.css">
<style>* {{ box-sizing: border-box; }} body {{ margin: 1rem; font: 16px sans-serif; }}
html {{ --pst-color-text-muted: #48566b; --pst-color-border: #d1d5da;
--pst-color-background: #fff; --pst-color-text-base: #222832; }}
html[data-theme="dark"] {{ --pst-color-text-muted: #9ca4af; --pst-color-border: #48566b;
--pst-color-background: #14181e; --pst-color-text-base: #ced6dd; }}
body {{ background: var(--pst-color-background); color: var(--pst-color-text-base); }}
section > div {{ height: 1200px; }} a {{ color: var(--pst-color-primary); }}</style>
<script defer src="{static}/progress.js"></script>
<script defer src="{static}/sections.js"></script>
</head><body><main class="bd-article"><h1>07 · Tables</h1>{body}</main></body></html>"""


def chapter(path: str = "notebooks/torch/07_mf") -> str:
    """A page with four sections."""
    ids = [f"s{at}" for at in range(4)]
    text = drawn.line(SECTIONS, TITLES, ids, path, "07 · Tables")
    for at, one in enumerate(SECTIONS):
        head = f"<h2>{one.title}{drawn.minutes(one, at == 0)}</h2><div>text</div>"
        text += f'<section id="s{at}">{head}{drawn.tick(one, one.title)}</section>'
    return text


Show = Callable[..., None]


@pytest.fixture
def show(tmp_path: Path) -> Show:
    """`show(page, body)` opens a page of one site."""

    def write(
        page: Any, body: str, path: str = "notebooks/torch/07_mf", theme: str = "light"
    ) -> None:
        file = tmp_path / f"{path}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        html = HTML.format(static=STATIC.as_uri(), body=body, theme=theme)
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri())

    return write


def line(page: Any) -> str:
    """What stands under the title, as it is seen."""
    return page.locator(".rt-sections > p").inner_text()


def tick(page: Any, title: str) -> Any:
    return page.get_by_role("checkbox", name=f"Read: {title}")


def done(page: Any) -> list[int]:
    """Which pieces of the line are marked."""
    return page.locator(".rt-sections > div > span").evaluate_all(
        "all => all.flatMap((one, at) => one.matches('.done') ? [at] : [])"
    )


def test_a_tick_is_set_by_keyboard_kept_and_taken_away(page: Any, show: Show) -> None:
    show(page, chapter())
    assert line(page) == "4 sections · about 1 h 15 min" and done(page) == []
    box = tick(page, TITLES[0])
    box.focus()
    page.keyboard.press("Space")
    assert box.is_checked() and done(page) == [0]
    assert line(page) == "You are at 2 of 4 · about 1 h 10 min left"
    tick(page, TITLES[3]).check()
    assert line(page) == "You are at 2 of 4 · about 22 min left"
    page.reload()
    assert tick(page, TITLES[0]).is_checked() and done(page) == [0, 3]
    assert line(page) == "You are at 2 of 4 · about 22 min left"
    tick(page, TITLES[0]).uncheck()
    assert line(page) == "You are at 1 of 4 · about 26 min left" and done(page) == [3]
    for title in TITLES:
        tick(page, title).check()
    assert line(page) == "All 4 sections read" and done(page) == [0, 1, 2, 3]
    page.reload()
    assert line(page) == "All 4 sections read"


def test_the_line_leads_to_the_next_section(page: Any, show: Show) -> None:
    show(page, chapter())
    tick(page, TITLES[0]).check()
    page.get_by_role("link", name=f"2 of 4: {TITLES[1]}, 10 min").click()
    assert page.url.endswith("#s1")


def test_minutes_stand_behind_headings_and_say_what_was_read(
    page: Any, show: Show
) -> None:
    show(page, chapter())
    said = [one.strip() for one in page.locator("h2 .rt-minutes").all_inner_texts()]
    assert said == ["4 min from the top", "10 min", "12 min", "49 min"]
    mark = "one => getComputedStyle(one, '::after').visibility"
    first = page.locator(".rt-minutes").first
    assert first.evaluate(mark) == "hidden"
    tick(page, TITLES[0]).check()
    assert first.evaluate(mark) == "visible"


def test_a_twin_has_the_same_ticks(page: Any, show: Show) -> None:
    show(page, chapter())
    tick(page, TITLES[1]).check()
    other = "notebooks/tensorflow/07_mf"
    show(page, chapter(other), other)
    assert done(page) == [1]


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves(new_page: Any, show: Show, width: int) -> None:
    tops = """() => [...document.querySelectorAll("h1, h2, .rt-read, .rt-minutes")]
      .map(one => one.getBoundingClientRect())
      .map(box => [box.top + scrollY, box.width])"""
    page = new_page(width=width)
    page.add_init_script(
        f"document.addEventListener('DOMContentLoaded', () => top0 = ({tops})())"
    )
    show(page, chapter())
    before = page.evaluate(tops)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for title in TITLES:
        tick(page, title).check()
        assert page.evaluate(tops) == before
    page.reload()
    assert page.evaluate("top0") == before == page.evaluate(tops)


GONE = """Object.defineProperty(window, "localStorage",
  {get() { throw new DOMException("none here", "SecurityError"); }})"""


def test_a_browser_that_keeps_nothing(page: Any, show: Show) -> None:
    page.add_init_script(GONE)
    show(page, chapter())
    tick(page, TITLES[0]).check()
    tick(page, TITLES[1]).check()
    assert line(page) == "You are at 3 of 4 · about 1 h left" and done(page) == [0, 1]
    tick(page, TITLES[0]).uncheck()
    assert done(page) == [1]
    page.evaluate("scrollTo(0, 3000)")
    show(page, drawn.CONTINUE.format(root="../"), "book/index")
    assert page.locator(".rt-continue").is_hidden()


@pytest.mark.parametrize("kept", ["nonsense", "null", '{"a": 1}', '"07.Sa"', "[[1]]"])
def test_what_was_kept_may_be_broken(page: Any, show: Show, kept: str) -> None:
    text = repr(kept)
    page.add_init_script(f"""localStorage.setItem("rec_tutor.read", {text});
      localStorage.setItem("rec_tutor.place", {text});""")
    show(page, chapter() + drawn.CONTINUE.format(root="../"))
    assert line(page) == "4 sections · about 1 h 15 min" and done(page) == []
    assert page.locator(".rt-continue").is_hidden()


def test_without_scripts_only_the_minutes_show(new_page: Any, show: Show) -> None:
    page = new_page(java_script_enabled=False)
    show(page, chapter() + drawn.CONTINUE.format(root="../"))
    assert page.locator(".rt-minutes:visible").count() == 4
    for gone in (".rt-read", ".rt-sections", ".rt-continue"):
        assert page.locator(f"{gone}:visible").count() == 0


def test_on_paper_only_the_minutes_show(page: Any, show: Show) -> None:
    show(page, chapter())
    tick(page, TITLES[0]).check()
    page.emulate_media(media="print")
    assert page.locator(".rt-minutes:visible").count() == 4
    assert page.locator(":is(.rt-read, .rt-sections):visible").count() == 0
    mark = "one => getComputedStyle(one, '::after').display"
    assert page.locator(".rt-minutes").first.evaluate(mark) == "none"


def test_the_way_back_leads_to_where_the_reading_stopped(page: Any, show: Show) -> None:
    back, place = drawn.CONTINUE.format(root="../"), page.locator(".rt-continue")
    show(page, chapter())
    show(page, back, "book/index")
    assert place.is_hidden()  # the page was opened, and not read
    show(page, chapter())
    page.locator("#s1 .rt-read").scroll_into_view_if_needed()
    show(page, back, "book/index")
    assert place.inner_text() == "Continue where you stopped: 07 · Tables, Learn them"
    place.get_by_role("link").click()
    page.wait_for_url("**/notebooks/torch/07_mf.html#s1")
    tick(page, TITLES[1]).check()
    tick(page, TITLES[2]).check()
    page.locator("#s1 .rt-read").scroll_into_view_if_needed()
    show(page, back, "book/index")
    assert place.inner_text().endswith("07 · Tables, End")  # what is open behind it


def test_an_address_that_is_no_page_is_not_followed(page: Any, show: Show) -> None:
    page.add_init_script("""localStorage.setItem("rec_tutor.place",
      JSON.stringify({page: "javascript:alert(1)//notebooks/a.html#b", name: "n"}))""")
    show(page, drawn.CONTINUE.format(root="../"), "book/index")
    assert page.locator(".rt-continue").is_hidden()


def test_the_code_takes_the_sections_to_another_device(
    new_page: Any, show: Show
) -> None:
    first, second = new_page(), new_page()
    for page in (first, second):
        show(page, chapter())
    tick(first, TITLES[0]).check()
    tick(first, TITLES[2]).check()
    tick(second, TITLES[1]).check()
    for page in (first, second):
        show(page, progress_page.table(), "book/progress")
    row = first.locator("tr", has_text="07 Matrix factorization")
    assert row.locator("td").nth(1).inner_text() == "2 of 11"
    code = first.get_by_label("Your code, to take along").input_value()
    assert code.startswith("rt1-07Sac-")
    other = second.get_by_label("A code of another device or a notebook")
    status = second.locator("#rt-status")
    other.fill(code[:-1] + str((int(code[-1]) + 1) % 10))
    second.get_by_role("button", name="Take over").click()
    assert "nothing was changed" in status.inner_text()
    other.fill(code)
    second.get_by_role("button", name="Take over").click()
    assert "Taken over: 2 that were new." in status.inner_text()
    assert "Sections read: 3." in status.inner_text()
    show(second, chapter())
    assert done(second) == [0, 1, 2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_screen_reader_gets_all_of_it(page: Any, show: Show, theme: str) -> None:
    """By the rules of axe, with and without marks."""
    needs("axe_playwright_python", extra="test")
    from axe_playwright_python.sync_playwright import Axe

    show(page, chapter(), theme=theme)
    for marks in (0, 2):
        for title in TITLES[:marks]:
            tick(page, title).check()
        options: Any = {"resultTypes": ["violations"], "preload": False}
        found = Axe().run(page, options=options).response
        assert not [
            (one["id"], node["html"])
            for one in found["violations"]
            for node in one["nodes"]
        ]
    assert page.get_by_role("status").inner_text().startswith("You are at 3 of 4")
