"""The whole website, built strictly from a clean state; its pages, as a reader without
internet gets them: as text, and in a browser.
"""

# ruff: noqa: E402

import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from course.needs import needs

needs("bs4", "sphinx", "jupyter_book", extra="book")
needs("lxml", extra="test")

from bs4 import BeautifulSoup

from course import address, notebooks
from course.page_checks import CUT, FLAT

# One process builds the site once: `--dist loadgroup`.
pytestmark = [pytest.mark.site, pytest.mark.xdist_group("site")]


@pytest.fixture(scope="module")
def html(site: Path) -> Path:
    return site


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


@cache
def anchors(path: Path) -> set[str]:
    return {
        str(tag.get(key))
        for key in ("id", "name")
        for tag in soup(path).find_all(attrs={key: True})
    }


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
                if name not in anchors(target):
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
        alts = [image.get("alt", "") for image in content.select("img")]
        alts += [one.get("aria-label", "") for one in content.select("svg[role=img]")]
        assert all(map(str.strip, alts)), page
        assert soup(page).title.get_text().strip() and soup(page).select(
            "link[rel*=icon]"
        ), page
        assert len(soup(page).select("article h1")) == 1, page


def test_no_raw_markup_is_left_in_the_text(html: Path) -> None:
    code = {"pre", "code", "math", "script", "style", "svg"}
    for page in pages(html):
        article = soup(page).select_one("article")
        assert article is not None
        text = "".join(
            part
            for part in article.find_all(string=True)
            if not code & {one.name for one in part.parents}
        )
        assert not re.search(
            r"\{(ref|doc|note|eq|code-cell)\}|^:::|\$\$|<!-- |\]\(", text, re.MULTILINE
        ), page


def test_previous_and_next_stay_in_a_framework(html: Path) -> None:
    for page in pages(html):
        own = {"torch", "tensorflow"} & set(page.parts)
        for link in soup(page).select(".prev-next-area a"):
            target = (page.parent / str(link["href"])).resolve()
            if own:
                assert {"torch", "tensorflow"} & set(target.parts) <= own, page


# In a browser. One page of each kind, and what is looked at on all pages.
KINDS = {
    "front": "book/index",
    "core": "notebooks/torch/07_mf",
    "deeper": "notebooks/torch/10_gnn_deeper",
    "exercises": "notebooks/exercises/torch/07_mf",
    "text": "book/how_to_use",
    "API": "book/api/models",
    "scoreboard": "book/scoreboards",
    "search": "search",
}
HEAVIEST = 2**20  # bytes that a page loads before anybody scrolls


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
def opened(html: Path, browser: Any) -> Iterator[Callable[..., Any]]:
    """`opened("book/index", width=390)`: a page of the site, for somebody new."""
    with ExitStack() as contexts:

        def show(name: str, query: str = "", width: int = 1280, **more: Any) -> Any:
            size = {"width": width, "height": 900}
            context = contexts.enter_context(browser.new_context(viewport=size, **more))
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.goto((html / f"{name}.html").as_uri() + query)
            return page

        yield show


Visits = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def visits(html: Path, browser: Any) -> Visits:
    """Every page but the twins, wide and then narrow, light and dark by turns."""
    found: Visits = defaultdict(dict)
    files = [one for one in pages(html) if "tensorflow" not in one.parts]  # twins
    for number, file in enumerate([*files, html / "search.html"]):
        theme = ("light", "dark")[number % 2]
        said: list[str] = []
        asked: set[str] = set()
        size = {"width": 1280, "height": 900}
        with browser.new_context(viewport=size, color_scheme=theme) as context:
            page = context.new_page()
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.on("request", lambda request, asked=asked: asked.add(request.url))
            page.goto(file.as_uri())
            loaded = {Path(unquote(urlsplit(one).path)) for one in asked}
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open=1)")
            cut = [f"1280: {one}" for one in page.evaluate(CUT)]
            flat = page.evaluate(FLAT)
            page.set_viewport_size({"width": 390, "height": 900})
            cut += [f"390: {one}" for one in page.evaluate(CUT)]
        found[str(file.relative_to(html))] = {
            "said": said,
            "elsewhere": [one for one in asked if not one.startswith(("file", "data"))],
            "weight": sum(one.stat().st_size for one in loaded if one.is_file()),
            "cut": cut,
            "flat": flat,
        }
    return found


def noted(visits: Visits, what: str) -> dict[str, Any]:
    return {page: visit[what] for page, visit in visits.items() if visit[what]}


def test_the_console_is_silent_and_nothing_comes_from_elsewhere(visits: Visits) -> None:
    assert not noted(visits, "said")
    assert not noted(visits, "elsewhere")


def test_nothing_is_cut_and_no_page_scrolls_sideways(visits: Visits) -> None:
    assert not noted(visits, "cut")
    assert not noted(visits, "flat")


def test_no_page_is_heavy(html: Path, visits: Visits) -> None:
    weights = {page: visit["weight"] for page, visit in visits.items()}
    assert min(weights.values()) > 100_000  # with its sheet and script
    assert (html / "_static" / "site.css").stat().st_size < 140_000
    assert (html / "_static" / "site.js").stat().st_size < 80_000
    assert not {page: one for page, one in weights.items() if one > HEAVIEST}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_screen_reader_gets_every_kind_of_page(
    kind: str, theme: str, opened: Callable[..., Any]
) -> None:
    """By the rules of axe: names, landmarks, contrast and what else it knows."""
    needs("axe_playwright_python", extra="test")
    from axe_playwright_python.sync_playwright import Axe

    page = opened(KINDS[kind], color_scheme=theme, reduced_motion="reduce")
    assert page.locator("html").get_attribute("data-theme") == theme
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if theme == "dark":
        options["runOnly"] = {"type": "rule", "values": ["color-contrast"]}
    for width in (1280, 390) if theme == "light" else (1280,):
        page.set_viewport_size({"width": width, "height": 900})
        result = Axe().run(page, context={"exclude": [["math"]]}, options=options)
        assert not [
            (one["id"], node["target"], node["failureSummary"])
            for one in result.response["violations"]
            for node in one["nodes"]
        ]


@pytest.mark.parametrize("query", ["推荐", "SASRec", "NDCG"])
def test_the_search_finds_each_page_once(
    query: str, opened: Callable[..., Any]
) -> None:
    page = opened("search", f"?q={quote(query)}")
    page.get_by_role("status").filter(has_text="found").wait_for()
    links = page.locator("#search-results li > a")
    places = links.evaluate_all("all => all.map(a => a.pathname)")
    assert len(places) >= 5 and len(set(places)) == len(places)
    assert any("/tensorflow/" in one for one in places)
    titles = links.all_text_contents()
    assert len(set(titles)) == len(titles)


def test_the_search_opens_from_the_keyboard(opened: Callable[..., Any]) -> None:
    page = opened(KINDS["core"])
    page.keyboard.press("Control+k")
    page.locator("#search-input").wait_for()
    page.keyboard.type("zzzqq")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=zzzqq")
    page.get_by_text("did not match any documents").wait_for()


def test_the_switch_keeps_the_section_and_the_choice_stays(
    html: Path, opened: Callable[..., Any]
) -> None:
    page = opened(KINDS["core"])
    place = page.locator(".bd-article section[id] section[id]").nth(3)
    name = place.get_attribute("id")
    place.evaluate("section => section.scrollIntoView({behavior: 'instant'})")
    page.locator("h1 + p").get_by_text("TensorFlow").dispatch_event("click")
    page.wait_for_url(f"**/tensorflow/07_mf.html#{name}")
    page.locator(f"[id='{name}']").wait_for()
    for neutral in ("notebooks/03_baselines", "book/how_to_use"):
        page.goto((html / f"{neutral}.html").as_uri())
        plain = page.locator(
            "a.internal[href*='torch/'], .prev-next-area a[href*='torch/']"
        )
        assert not [one for one in plain.all_text_contents() if "PyTorch" not in one]
        link = page.locator("a.internal[href*='tensorflow/']").first
        target = link.evaluate("link => link.href.replace(/#.*/, '')")
        assert Path(unquote(urlsplit(target).path)).is_file()


def test_a_phone_has_the_course_and_the_page_behind_buttons(
    opened: Callable[..., Any],
) -> None:
    page = opened(KINDS["core"], width=390, has_touch=True)
    for button, side in (
        ("Pages of the course", ".bd-sidebar-primary"),
        ("On this page", ".bd-sidebar-secondary"),
    ):
        inside = f"""() => {{
            const box = document.querySelector("{side}").getBoundingClientRect();
            return box.width > 100 && box.left >= 0 && box.right <= innerWidth;
        }}"""
        page.get_by_role("button", name=button).locator("svg").click()
        page.wait_for_function(inside)
        page.mouse.click(380 if "primary" in side else 10, 500)
        page.wait_for_function(f"() => !({inside})()")


def test_the_keyboard_starts_with_the_way_to_the_text(
    opened: Callable[..., Any],
) -> None:
    page = opened(KINDS["core"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#main-content"
    for _ in range(12):
        page.keyboard.press("Tab")
        page.wait_for_function("""() => {
          const here = document.activeElement;
          return [here, here.firstElementChild || here].map(e => getComputedStyle(e))
            .some(style => style.outlineStyle === "solid" || /px/.test(style.boxShadow)
              && !style.boxShadow.startsWith("rgba(0, 0, 0, 0)"));
        }""")


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_size_needs_no_scrolling_sideways(
    kind: str, opened: Callable[..., Any]
) -> None:
    page = opened(KINDS[kind], width=640, device_scale_factor=2)
    assert not page.evaluate(CUT)
