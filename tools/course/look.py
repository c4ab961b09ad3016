"""What is wrong on the pages of the website, in a browser; and pictures and texts of
one page of each kind, for a person to look at.

    make book
    python -m course look FOLDER [--pages 07_mf api] [--runs 5]

Every page, in both themes: what axe finds, what the console says, what comes from
elsewhere, what is cut or scrolls sideways at 1,280, 640 (twice the size) and 390
pixels. Of one page of each kind: pictures, the stops of the keyboard, and the
accessibility tree. Where the program `lighthouse` is found, its marks.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import lighthouse, page_checks, page_order, serve
from course.modules import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KINDS = {
    "front": "book/index",
    "core": "notebooks/torch/07_mf",
    "deeper": "notebooks/torch/10_gnn_deeper",
    "exercises": "notebooks/exercises/torch/07_mf",
    "text": "book/how_to_use",
    "scoreboard": "book/scoreboards",
    "articles": "book/articles",
    "API": "book/api/models",
    "search": "search",
    "progress": "book/progress",
    "which_model": "book/which_model",
    "errors": "book/errors",
    "missing": "404",
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
THEMES = ("light", "dark")
LOADED = """() => Promise.all([...document.images].map(one => {
  one.loading = "eager";
  return one.decode().catch(() => null);
}))"""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder as a website; its address."""
    running = serve.server(folder, 0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://{serve.HOST}:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def pages(html: Path, parts: list[str]) -> list[str]:
    """The pages of a built site, without .html; those whose path contains a part."""
    found = sorted(
        path.relative_to(html).with_suffix("").as_posix()
        for path in html.rglob("*.html")
        if "_static" not in path.parts and path != html / "index.html"
    )
    return [one for one in found if not parts or any(part in one for part in parts)]


def context(browser: Browser, theme: str, width: int) -> Any:
    """A window of somebody new, who wants nothing to move."""
    return browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )


def checked(
    browser: Browser, home: str, names: list[str], script: str
) -> Iterator[tuple[str, list[str]]]:
    """A page and a theme, and what is wrong there; one after the other."""
    for theme in THEMES:
        with context(browser, theme, page_checks.WIDE) as window:
            for name in names:
                page = window.new_page()
                address, dark = f"{home}/{name}.html", theme == "dark"
                wrong = page_checks.problems(page, address, home, script, dark)
                page.close()
                yield f"{name} ({theme})", sorted(set(wrong))


def shown(browser: Browser, home: str, kind: str, name: str, out: Path) -> list[str]:
    """Write pictures of a page and its two orders; what is wrong in them."""
    for theme in THEMES:
        for width in (page_checks.WIDE, page_checks.PHONE):
            with context(browser, theme, width) as window:
                page = window.new_page()
                page.goto(f"{home}/{name}.html", wait_until="load")
                page.evaluate(LOADED)
                path = out / f"{kind}-{theme}-{width}.png"
                page.screenshot(path=path, full_page=True)
    with context(browser, "light", page_checks.WIDE) as window:
        page = window.new_page()
        page.goto(f"{home}/{name}.html", wait_until="load")
        page.wait_for_timeout(300)
        said, nameless = page_order.tree(page)
        stops, wrong = page_order.stops(page)
    (out / f"{kind}-tree.txt").write_text("\n".join(said) + "\n", "utf-8")
    (out / f"{kind}-keyboard.txt").write_text("\n".join(stops) + "\n", "utf-8")
    return nameless + wrong


def marks(options: argparse.Namespace, home: str) -> list[str]:
    """Lighthouse's table, printed and written; which marks are too low."""
    command = lighthouse.program(options.lighthouse)
    if command is None or not options.runs:
        print("Without Lighthouse (npm install --global lighthouse@12).")
        return []
    out = options.folder / "lighthouse"
    found = lighthouse.measure(command, home, options.browser, out, options.runs)
    text = lighthouse.table(found)
    (options.folder / "lighthouse.md").write_text(text, "utf-8")
    print(text)
    return lighthouse.short(found)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    made.add_argument("folder", type=Path, help="where pictures and texts go")
    made.add_argument("--site", type=Path, default=ROOT / "_build/html")
    made.add_argument("--pages", nargs="*", default=[], help="parts of their paths")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    made.add_argument("--browser", default=chromium)
    made.add_argument("--axe", type=Path, help="another axe.min.js")
    made.add_argument("--lighthouse", help="the program, or its cli/index.js")
    made.add_argument("--runs", type=int, default=1, help="of Lighthouse; 0: none")
    return made


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    from playwright.sync_api import sync_playwright

    options.folder.mkdir(parents=True, exist_ok=True)
    names = pages(options.site, options.pages)
    script = page_checks.axe_script(options.axe)
    lines: list[str] = []

    def note(where: str, wrong: list[str]) -> None:
        for one in wrong:
            lines.append(f"{where}: {one}")
            print(lines[-1], flush=True)

    with served(options.site) as home:
        with sync_playwright() as player:
            browser = player.chromium.launch(
                executable_path=options.browser, args=FLAGS
            )
            for where, wrong in checked(browser, home, names, script):
                note(where, wrong)
            for kind, name in KINDS.items():
                if name in names:
                    wrong = shown(browser, home, kind, name, options.folder)
                    note(f"{name} (orders)", wrong)
            browser.close()
        note("Lighthouse", marks(options, home))
    (options.folder / "problems.txt").write_text("\n".join([*lines, ""]), "utf-8")
    print(f"{len(names)} pages in two themes: {len(lines)} things to mend.")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
