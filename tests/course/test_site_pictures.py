"""Figures on the website: part of the page, in the colours of the theme; in a
browser.
"""

# ruff: noqa: E402

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from course.needs import needs

needs("bs4", "sphinx", "myst_nb", extra="book")

import matplotlib as mpl
import numpy as np
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbformat.v4 import writes as written
from PIL import Image

import course_light
from course import pictures
from course.modules import ROOT
from course.pictures import PNG, SVG
from rec_tutor import plots

pytestmark = pytest.mark.site
STATIC = ROOT / "book/_static"
ALT = 'A "line" & dots'
LINES = {
    name: getattr(plots, name) for name in ("BLUE", "ORANGE", "GREEN", "RED", "GREY")
}
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">
<title>t</title><link rel="stylesheet" href="{static}/figures.css">
<style>html {{ --pst-color-background: #fff; color: #323232; }}
html[data-theme="dark"] {{ --pst-color-background: #121212; color: #ced6dd; }}
html {{ background: var(--pst-color-background); }}
* {{ margin: 0; box-sizing: border-box; }} svg {{ display: block; }}</style>{body}"""
# Of the visible colours of a page's parts, the contrast with the page's ground.
CONTRAST = """([selector, property]) => {
  const shine = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(one => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const ground = shine(getComputedStyle(document.documentElement).backgroundColor);
  return [...document.querySelectorAll(selector)].map(e => {
    const own = shine(getComputedStyle(e)[property]);
    return Math.max(own, ground) / Math.min(own, ground);
  });
}"""


def drawing(figure: Figure) -> str:
    made = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(made, format="svg")
    return pictures.labelled(pictures.tidy(made.getvalue().decode()), ALT)


def chart() -> Figure:
    """Lines in the course's colours, and a text on a white ground."""
    figure = Figure(figsize=(9, 4))
    ax = figure.subplots()
    for place, (name, colour) in enumerate(LINES.items()):
        ax.plot([0, 1], [place, place + 1], color=colour, label=name)
    ax.grid(color="#dddddd")
    ax.text(0.2, 2, "on white", bbox={"facecolor": "white", "edgecolor": "none"})
    ax.legend(ncols=5)
    return figure


def scale() -> Figure:
    figure = Figure(figsize=(4, 3))
    ax = figure.subplots()
    ax.pcolormesh(np.arange(30).reshape(5, 6), cmap="Blues")
    ax.text(1, 1, "one")
    return figure


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


def opened(browser: Any, folder: Path, body: str, theme: str, width: int = 1200) -> Any:
    file = folder / "page.html"
    html = PAGE.format(theme=theme, static=STATIC.as_uri(), body=body)
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 600})
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_words_can_be_seen_on_both_grounds(
    theme: str, browser: Any, tmp_path: Path
) -> None:
    page = opened(browser, tmp_path, pictures.on_page(drawing(chart())), theme)
    for colour in LINES.values():
        found = page.evaluate(CONTRAST, [f'[stroke="{colour.lower()}"]', "stroke"])
        assert found and min(found) >= 3, colour
    assert min(page.evaluate(CONTRAST, ["text", "fill"])) >= 7
    spines = page.evaluate(CONTRAST, ['[stroke="#000000"]', "stroke"])
    assert spines and min(spines) >= 7
    grid = page.evaluate(CONTRAST, ['[stroke="#dddddd"]', "stroke"])
    assert grid and 1.2 < min(grid) <= max(grid) < 2
    white = page.locator('[fill="#ffffff"]')
    assert white.count() > 2
    fills = white.evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert fills[0] == "none" and set(fills[1:]) == {ground}


def test_a_scale_stays_as_it_is_on_a_dark_page(browser: Any, tmp_path: Path) -> None:
    body = pictures.on_page(drawing(scale()))
    page = opened(browser, tmp_path, body, "dark")
    look = "e => [getComputedStyle(e).fill, getComputedStyle(e).backgroundColor]"
    card = page.locator("svg").evaluate(look)
    assert card == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    fills = page.locator("svg [fill]:not([fill=none])")
    pairs = fills.evaluate_all(
        "all => all.map(e => [e.getAttribute('fill'), getComputedStyle(e).fill])"
    )
    for attribute, shown in pairs[1:]:
        red, green, blue = bytes.fromhex(attribute[1:])
        assert shown == f"rgb({red}, {green}, {blue})"


def test_paper_is_white_also_from_a_dark_page(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, pictures.on_page(drawing(chart())), "dark")
    page.emulate_media(media="print")
    for colour in LINES.values():
        line = page.locator(f'[stroke="{colour.lower()}"]').first
        red, green, blue = bytes.fromhex(colour[1:])
        shown = line.evaluate("e => getComputedStyle(e).stroke")
        assert shown == f"rgb({red}, {green}, {blue})"


def test_a_short_drawing_looks_like_the_long_one(browser: Any, tmp_path: Path) -> None:
    long = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "x"}):
        chart().savefig(long, format="svg")
    text = long.getvalue().decode().partition("<svg ")[2]
    short = drawing(chart())
    size = re.search(r"width='\d+' height='\d+'", short)
    assert size
    text = re.sub(r'width="[^"]*" height="[^"]*"', size[0], text, count=1)
    shots = [
        opened(browser, tmp_path, body, "light").locator("svg").screenshot()
        for body in (f"<svg {text}", short)
    ]
    one, other = (
        np.asarray(Image.open(BytesIO(shot)).convert("L")).astype(int) for shot in shots
    )
    assert one.std() > 20 and one.shape == other.shape
    assert np.abs(one - other).mean() < 0.5


def test_a_phone_shows_all_of_it(browser: Any, tmp_path: Path) -> None:
    body = pictures.on_page(drawing(chart()))
    page = opened(browser, tmp_path, body, "light", width=390)
    box = page.locator("svg").bounding_box()
    assert box["width"] == 390 and abs(box["height"] - 390 * 4 / 9) < 2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a drawing and a PNG, built by another process."""
    root = tmp_path_factory.mktemp("site")
    made = BytesIO()
    image = Image.effect_noise((640, 480), 50)
    image.save(made, "PNG", dpi=(160, 160))
    points = base64.b64encode(made.getvalue()).decode()
    about = {PNG: {"width": 320, "height": 240}}
    outputs = [
        new_output("display_data", data={SVG: drawing(chart()), "text/plain": "x"}),
        new_output("display_data", data={PNG: points}, metadata=about),
    ]
    cells = [
        new_code_cell("draw()", outputs=[one], metadata={"alt": ALT}, execution_count=1)
        for one in outputs
    ]
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    notebook = new_notebook(cells=[new_markdown_cell("# T"), *cells], metadata=language)
    (root / "index.ipynb").write_text(written(notebook), encoding="utf-8")
    conf = f"""import sys
sys.path[:0] = {[str(ROOT), str(ROOT / "tools"), str(ROOT / "book/_ext")]!r}
extensions = ["myst_nb", "course_site", "course_pictures"]
nb_execution_mode = "off"
"""
    (root / "conf.py").write_text(conf, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", str(root), str(root / "out")]
    subprocess.run(command, check=True)
    return root / "out"


def test_a_drawing_is_part_of_the_page_and_a_png_is_not(site: Path) -> None:
    file = site / "index.html"
    text = course_light.sized(file.read_text(encoding="utf-8"), file)
    page = BeautifulSoup(text, "html.parser")
    (svg,) = page.select(".cell_output svg")
    assert svg["class"] == ["rt-figure"] and svg["role"] == "img"
    assert svg["aria-label"] == ALT and "on white" in svg.get_text()
    assert not list(site.rglob("_images/*.svg")) and not page.select("a > img")
    (image,) = page.select(".cell_output img")
    assert image["alt"] == ALT and image["loading"] == "lazy"
    assert (image["width"], image["height"]) == ("320", "240")
    assert "style" not in image.attrs
