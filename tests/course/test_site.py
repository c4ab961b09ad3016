"""The whole website, built strictly from a clean state; its pages, as a reader without
internet gets them.
"""

# ruff: noqa: E402

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from course.needs import needs

needs("bs4", "sphinx", "jupyter_book", extra="book")

from bs4 import BeautifulSoup

from course import address, notebooks

pytestmark = pytest.mark.site
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("book")
    program = str(Path(sys.executable).with_name("jupyter-book"))
    command = [program, "build", ".", "--config", "_config.yml"]
    command += [
        "--toc",
        "book/_toc.yml",
        "-W",
        "-n",
        "--keep-going",
        "--path-output",
        str(out),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    complaints = [
        line for line in done.stderr.splitlines() if "WARNING" in line or "rror" in line
    ]
    assert done.returncode == 0, "\n".join(complaints)
    return out / "_build" / "html"


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def pages(html: Path) -> list[Path]:
    return sorted(
        [*(html / "book").rglob("*.html"), *(html / "notebooks").rglob("*.html")]
    )


def test_every_notebook_is_a_page_that_can_be_downloaded_and_opened_elsewhere(
    html: Path,
) -> None:
    for target in notebooks.targets():
        page = html / Path(str(target)).with_suffix(".html")
        links = {a["href"] for a in soup(page).select("a[href]")}
        assert (
            address.links(address.read(), str(target))
            .partition("](")[2]
            .removesuffix(")")
            in links
        )
        on_colab = [link for link in links if link.startswith(address.COLAB)]
        assert all("/notebooks/colab/" in link for link in on_colab)
        downloads = [
            link
            for link in links
            if link.endswith(f"{target.chapter}.ipynb") and "_sources" in link
        ]
        assert downloads and (page.parent / downloads[0]).resolve().is_file()


def test_nothing_is_loaded_from_another_site(html: Path) -> None:
    for page in pages(html):
        loaded = [
            tag.get("src") or tag.get("href")
            for tag in soup(page).select("script[src], img[src], iframe, source")
        ]
        links = soup(page).select(
            "link[rel=stylesheet], link[rel=preload], link[rel=icon]"
        )
        loaded += [tag["href"] for tag in links]
        assert not [
            address
            for address in loaded
            if address and urlsplit(address).scheme in ("http", "https")
        ], page
        assert "unpkg.com" not in page.read_text(encoding="utf-8"), page


def test_every_local_link_and_file_exists(html: Path) -> None:
    broken = []
    for page in [
        *pages(html),
        html / "index.html",
        html / "search.html",
        html / "genindex.html",
    ]:
        for tag in soup(page).select("a[href], link[href], script[src], img[src]"):
            address = urlsplit(tag.get("href") or tag.get("src"))
            if address.scheme or address.netloc:
                continue
            target = (
                (page.parent / unquote(address.path)).resolve()
                if address.path
                else page
            )
            if not target.is_file():
                broken.append(
                    f"{page.relative_to(html)}: {tag.get('href') or tag.get('src')}"
                )
            elif address.fragment and target.suffix == ".html":
                name = unquote(address.fragment)
                if not soup(target).find(id=name) and not soup(target).find(
                    attrs={"name": name}
                ):
                    broken.append(f"{page.relative_to(html)}: {address.path}#{name}")
    assert not broken


def test_formulas_are_drawn_by_the_build(html: Path) -> None:
    """As MathML, with its font: no script, and no TeX is left."""
    formulas = [
        (page, one) for page in pages(html) for one in soup(page).select(".math")
    ]
    assert len(formulas) > 1000
    for page, formula in formulas:
        assert formula.find("math") and "\\" not in formula.get_text(), (page, formula)
    assert not (html / "_static" / "mathjax").exists()
    sheet = (html / "_static" / "site.css").read_text(encoding="utf-8")
    assert "math.woff2" in sheet and (html / "_static" / "math.woff2").is_file()


def test_every_picture_has_alt_text_and_every_page_a_title_and_an_icon(
    html: Path,
) -> None:
    for page in pages(html):
        content = soup(page).select_one("article")
        assert content is not None
        assert all(image.get("alt", "").strip() for image in content.select("img")), (
            page
        )
        assert soup(page).title.get_text().strip() and soup(page).select(
            "link[rel*=icon]"
        ), page
        assert len(soup(page).select("article h1")) == 1, page


def test_no_raw_markup_is_left_in_the_text(html: Path) -> None:
    for page in pages(html):
        content = BeautifulSoup(str(soup(page).select_one("article")), "html.parser")
        for code in content.select("pre, code, .math, .highlight"):
            code.decompose()
        text = content.get_text()
        assert not re.search(
            r"\{(ref|doc|note|eq|code-cell)\}|^:::|\$\$|<!-- |\]\(", text, re.MULTILINE
        ), page
