"""The book as a PDF: the website's pages for one framework, with working links.

    make book
    python -m course pdf --out book.pdf
    python -m course pdf --framework tensorflow --out book.pdf

The system's Chromium prints it, with playwright and pikepdf: the extra `test`. It
prints twice: once to learn on which page everything stands, then with the numbers.
"""

from __future__ import annotations

import argparse
import html
import shutil
import sys
import tempfile
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from course import address
from course.modules import ROOT
from course.setup_cell import FRAMEWORKS
from rec_tutor import __version__

OUT = Path("_build/book.pdf")
SITE = Path("_build/html")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
TRIES = 4
TITLES = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .map(one => one.textContent.replace(/\\s+/g, " ").trim())"""
BOXES = """No font here has Chinese characters: boxes stand in their place. Install one
(Debian: fonts-noto-cjk), and print again."""
WIDTH = 657  # pixels: A4 without the margins of paper.css
# Two different characters look the same where no font has them.
NO_CHINESE = """() => {
  const draw = text => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    pen.font = "40px sans-serif";
    pen.fillText(text, 10, 60);
    return canvas.toDataURL();
  };
  return draw("\\u63a8") === draw("\\u8350");
}"""


def opened(browser: Any) -> Any:
    """A page of the browser, to print in. A page of paper is as wide inside."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
    page.set_default_timeout(0)
    page.emulate_media(media="print", color_scheme="light")
    return page


def tidy(outline: Any, titles: dict[str, str]) -> None:
    """An outline that opens at the parts. Chromium loses the spaces of long titles.

    Args:
        outline: the items of one level; changed in place, with what is below.
        titles: the headings, by their text without any space.
    """
    for item in outline:
        item.title = titles.get("".join(item.title.split()), item.title)
        item.is_closed = True
        tidy(item.children, titles)


def printed(page: Any, document: str, out: Path) -> dict[str, int]:
    """Print a document.

    Returns:
        For each place to which a link inside leads, on which page it is, from 1.
    """
    import pikepdf

    with tempfile.TemporaryDirectory() as folder:
        source, large = Path(folder) / "book.html", Path(folder) / "large.pdf"
        source.write_text(document, encoding="utf-8")
        page.goto(source.as_uri(), wait_until="load")
        page.pdf(
            path=large,
            prefer_css_page_size=True,
            print_background=True,
            outline=True,
            tagged=True,
        )
        titles = page.evaluate(TITLES)
        with pikepdf.open(large) as made:
            with made.open_outline() as outline:
                tidy(outline.root, {"".join(one.split()): one for one in titles})
            # the tags of a page, one by one, are most of the file
            packed = pikepdf.ObjectStreamMode.generate
            made.save(out, object_stream_mode=packed)
            numbers = {one.obj.objgen: n for n, one in enumerate(made.pages, 1)}
            places = made.Root.Dests.items()
            return {name[1:]: numbers[place[0].objgen] for name, place in places}


def made(document: str, out: Path, browser: str) -> dict[str, int]:
    """Print the book again until its page numbers are right.

    Args:
        document: as `paper.document` gives it.
        out: the file.
        browser: Chromium, by its path.

    Returns:
        As `printed`.

    Raises:
        RuntimeError: they are not after a few times.
    """
    from playwright.sync_api import sync_playwright

    from course import paper

    numbers: dict[str, int] = {}
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=browser, args=FLAGS)
        page = opened(chromium)
        for _ in range(TRIES):
            text = paper.numbered(document, numbers) if numbers else document
            found = printed(page, text, out)
            if found == numbers:
                if page.evaluate(NO_CHINESE):
                    print(BOXES, file=sys.stderr)
                return found
            numbers = found
    raise RuntimeError(f"the page numbers still change after {TRIES} times")


def front(author: str, framework: str, site: Path) -> str:
    """What stands on the first page, below the title."""
    place = address.read(ROOT)
    logo = (site / "_static" / "logo.svg").as_uri()
    lines = [
        f"With {FRAMEWORKS[framework]}",
        html.escape(author),
        f"Version {__version__}, printed from the website on {date.today()}",
        f'<a href="{place}">{place}</a>',
        "Text and figures: CC BY 4.0. Code: MIT.",
    ]
    return f'<img src="{logo}" alt="">' + "".join(f"<p>{line}</p>" for line in lines)


def document(site: Path, framework: str) -> str:
    """The book as one HTML document, see `paper.document`, for this repository.

    Raises:
        FileNotFoundError: the site is not built, or lacks a page.
        ValueError: a link inside leads nowhere.
    """
    import yaml

    from course import paper

    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    pages = paper.read(site, toc, framework)
    first = front(config["author"], framework, site)
    base = config["html"].get("baseurl", "")
    return paper.document(pages, site, first, config["title"], base)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course pdf", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=ROOT / OUT, help="the file")
    parser.add_argument("--framework", default="torch", choices=FRAMEWORKS)
    parser.add_argument("--site", type=Path, default=ROOT / SITE, help="built pages")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    parser.add_argument("--browser", default=found, help="Chromium, by its path")
    options = parser.parse_args(arguments)
    missing = [n for n in ("playwright", "pikepdf", "bs4") if find_spec(n) is None]
    if missing:
        print(
            f"no {', '.join(missing)}: pip install -e '.[book,test]'", file=sys.stderr
        )
        return 1
    if not options.browser:
        print(
            f"no browser: install Chromium (looked for {', '.join(BROWSERS)}), or say"
            " where it is with --browser",
            file=sys.stderr,
        )
        return 1
    site = options.site.resolve()
    try:
        text = document(site, options.framework)
    except FileNotFoundError as error:
        print(f"no {error.filename}: first `make book`", file=sys.stderr)
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    made(text, options.out, options.browser)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
