"""A browser, and pages with one live figure each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from course import live_board
from course.modules import ROOT
from course.needs import needs

PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<link rel="stylesheet" href="{static}/live.css">
<style>
* {{ box-sizing: border-box; }}
body {{ margin: 1rem auto; padding: 0 1rem; max-width: 50rem; font: 16px sans-serif; }}
[data-theme="dark"] {{
  --pst-color-border: #48566b; --pst-color-text-base: #ced6dd;
  --pst-color-text-muted: #9ca4af; --pst-color-surface: #29313d;
  background: #14181e; color: #ced6dd;
}}
</style>
<script defer src="{static}/live/kit.js"></script>
<script defer src="{static}/live/{name}.js"></script>
</head>
<body>
<p>Before.</p>
{fragment}
<p>After.</p>
</body>
</html>
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    needs("playwright", programs=["chromium"], extra="test")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        chromium = player.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """A page of its own settings: width, java_script_enabled=, reduced_motion= …; what
    it writes to the console as an error is a failure."""
    errors: list[str] = []

    def tell(message: Any) -> None:
        if message.type == "error":
            errors.append(message.text)

    with ExitStack() as contexts:

        def make(width: int = 1280, height: int = 900, **settings: Any) -> Any:
            size: Any = {"width": width, "height": height}
            context = contexts.enter_context(
                browser.new_context(viewport=size, **settings)
            )
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.on("console", tell)
            page.on("pageerror", lambda error: errors.append(str(error)))
            return page

        yield make
    assert not errors


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """An ordinary page, 1,280 wide."""
    return new_page()


@pytest.fixture
def live(tmp_path: Path) -> Callable[..., Any]:
    """`live(page, name)` opens a file with this figure alone, and returns the
    figure."""

    def show(page: Any, name: str, theme: str = "light") -> Any:
        text = (ROOT / "book/live" / f"{name}.html").read_text(encoding="utf-8")
        text = live_board.filled(text)
        static = (ROOT / "book/_static").as_uri()
        file = tmp_path / f"{name}.html"
        html = PAGE.format(name=name, theme=theme, static=static, fragment=text)
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri())
        return page.locator(f'figure[data-live="{name}"]')

    return show


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They need a browser and minutes: not for `make check`."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.site)
