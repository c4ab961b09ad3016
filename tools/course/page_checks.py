"""What is wrong with a page of the website, as a browser shows it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDE, PHONE = 1280, 390
# What is wider than the page, cut by its own box where nobody can scroll, or a picture
# that lost its shape.
CUT = """() => {
  const page = document.documentElement, found = [];
  const say = (what, e) => found.push(
    `${what}: ${e.tagName} ${e.getAttribute("class")} ${e.textContent.trim()}`
      .slice(0, 90));
  if (page.scrollWidth > page.clientWidth) found.push("the page scrolls sideways");
  for (const e of document.querySelectorAll(".bd-article *, .bd-header-article *")) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (box.width < 2 || box.height < 2) continue;
    const [width, height] = [e.getAttribute("width"), e.getAttribute("height")];
    if (e.tagName === "IMG" && width && height && e.naturalWidth
        && Math.abs(Math.log(box.width / box.height * height / width)) > 0.05)
      say("out of shape", e);
    if (style.display === "inline") continue;
    if (e.closest("svg, math, .visually-hidden, .sr-only")) continue;
    if (style.overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1)
      say("cut at the side", e);
    if (style.overflowY === "hidden" && e.scrollHeight > e.clientHeight + 2)
      say("cut below", e);
  }
  return found;
}"""
FLAT = """() => [...document.querySelectorAll(".math > math, .formula math")]
  .filter(e => e.getBoundingClientRect().height < 5 && e.checkVisibility()).length"""
UNDRAWN = """() => [...document.querySelectorAll(".math")]
  .filter(e => !e.querySelector("math")).length"""
LEFT = """() => [...document.querySelectorAll("math")]
  .filter(e => e.getBoundingClientRect().left < 0 && e.checkVisibility()
    && !e.closest("[tabindex]")).length"""
OPEN = "document.querySelectorAll('details').forEach(one => one.open = true)"


@cache
def axe_script(file: Path | None = None) -> str:
    """The text of axe-core: a file, or the one that the extra `test` brings."""
    if file is None:
        from axe_playwright_python.base import AXE_SCRIPT

        return str(AXE_SCRIPT)
    return file.read_text(encoding="utf-8")


def axe(page: Page, script: str, only: tuple[str, ...] = ()) -> list[str]:
    """What axe finds on a page; by some of its rules alone, if they are named."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    page.evaluate(script)
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"axe {one['id']}: {' '.join(map(str, node['target']))}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def listened(page: Page, home: str) -> list[str]:
    """A list that fills with what the page says on the console, and with what it asks
    for elsewhere than at `home`; to be called before the page is opened.
    """
    said: list[str] = []
    page.on("console", lambda one: said.append(f"console: {one.text}"))
    page.on("pageerror", lambda one: said.append(f"script error: {one}"))
    page.on(
        "request",
        lambda one: (
            None if one.url.startswith((home, "data:")) else said.append(one.url)
        ),
    )
    return said


def laid_out(page: Page, width: int) -> list[str]:
    """What is cut, flat or undrawn at a width, in pixels."""
    page.set_viewport_size({"width": width, "height": 900})
    found = list(page.evaluate(CUT))
    for script, what in (
        (FLAT, "formulas without height"),
        (UNDRAWN, "formulas not drawn"),
        (LEFT, "formulas that begin left of the screen"),
    ):
        if number := page.evaluate(script):
            found.append(f"{number} {what}")
    return [f"{width} px: {one}" for one in found]


def problems(page: Page, address: str, home: str, script: str, dark: bool) -> list[str]:
    """Open a page, unfold all of it, and say what is wrong; in the dark theme only what
    depends on colours. 640 pixels are a window of 1,280 at twice the size.

    Args:
        address: of the page; `home` is where all that it loads must come from.
        script: the text of axe-core.
    """
    found = listened(page, home)
    page.goto(address, wait_until="load")
    page.evaluate(OPEN)
    if dark:
        return found + axe(page, script, ("color-contrast",))
    found += axe(page, script)
    for width in (WIDE, WIDE // 2, PHONE):
        found += laid_out(page, width)
    return found + [f"{PHONE} px: {one}" for one in axe(page, script)]
