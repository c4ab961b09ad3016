"""Screenshots of every page of the website, light and dark, on a wide screen and on a
phone.

    make book
    pip install playwright     (in any environment; the browser is the system's)
    python -m course look PICTURES [--pages 07_mf api] [--browser /usr/bin/chromium]

Also says which pages need the network, scroll sideways, leave a formula unrendered, or
fail in a script.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
NO_NETWORK = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
WIDER = """() => {
    const page = document.documentElement;
    return page.scrollWidth - page.clientWidth;
}"""
UNRENDERED = """() =>
    [...document.querySelectorAll('.math')]
        .filter(e => !e.querySelector('math')).length"""
CLIPPED = """() =>
    [...document.querySelectorAll('math')]
        .filter(e => e.getBoundingClientRect().left < 0).length"""


def look(page: Page, file: Path) -> list[str]:
    """Open a page; what is wrong with it."""
    found: list[str] = []
    page.on(
        "request",
        lambda request: (
            found.append(request.url) if request.url.startswith("http") else None
        ),
    )
    page.on("pageerror", lambda error: found.append(f"script error: {error}"))
    page.goto(file.as_uri(), wait_until="load")
    page.wait_for_timeout(300)
    if page.evaluate(WIDER) > 1:
        found.append(f"scrolls sideways by {page.evaluate(WIDER)} px")
    if page.evaluate(UNRENDERED):
        found.append(f"{page.evaluate(UNRENDERED)} formulas not rendered")
    if page.evaluate(CLIPPED):
        found.append(f"{page.evaluate(CLIPPED)} formulas begin left of the screen")
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument(
        "--pages",
        nargs="*",
        default=[],
        help="only files whose path contains one of these",
    )
    parser.add_argument(
        "--browser", default=shutil.which("chromium") or shutil.which("google-chrome")
    )
    options = parser.parse_args(arguments)
    options.pictures.mkdir(parents=True, exist_ok=True)
    files = [
        file
        for folder in ("book", "notebooks")
        for file in sorted((HTML / folder).rglob("*.html"))
    ]
    files = [
        file
        for file in files
        if not options.pages or any(part in str(file) for part in options.pages)
    ]
    bad = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.browser, args=NO_NETWORK
        )
        for theme in ("light", "dark"):
            for width in (1280, 390):
                context = browser.new_context(viewport={"width": width, "height": 900})
                context.add_init_script(
                    f"localStorage.setItem('mode', '{theme}');"
                    f" localStorage.setItem('theme', '{theme}')"
                )
                for file in files:
                    page = context.new_page()
                    problems = look(page, file)
                    name = (
                        file.relative_to(HTML)
                        .with_suffix("")
                        .as_posix()
                        .replace("/", "-")
                    )
                    page.screenshot(
                        path=options.pictures / f"{name}-{theme}-{width}.png",
                        full_page=True,
                    )
                    page.close()
                    for problem in sorted(set(problems)):
                        print(f"{name} ({theme}, {width} px): {problem}")
                    bad += bool(problems)
                context.close()
        browser.close()
    print(
        f"{len(files)} pages in {options.pictures}, {bad} views with something to mend"
    )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
