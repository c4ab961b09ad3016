"""tools/course/look.py and what it calls: what is wrong on a page is found, what is
right is left alone, and Lighthouse's marks are read as they should be.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course import lighthouse, look, page_checks, page_order
from course.needs import needs

GOOD = """<!doctype html><html lang="en"><head><title>A page</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"></head><body><main class="bd-article">
<h1>A page</h1><p>Text and <a href="#x">a link</a>.</p>
<p><input aria-label="a number"> <button>Press</button></p>
<p><img src="p.svg" alt="a square" width="90" height="90"></p>{more}</main></body>
</html>"""
SQUARE = """<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"
viewBox="0 0 90 90"><rect width="90" height="90"/></svg>"""
# what stands on the page, and how what is found begins
FAULTS = {
    "<button></button>": "axe button-name",
    "<p style='color: #bbb; background: #fff'>pale</p>": "axe color-contrast",
    "<script>console.log('hello')</script>": "console: hello",
    "<script>setTimeout(() => nothing(), 0)</script>": "script error",
    "<img src='http://127.0.0.1:9/x.png' alt='x'>": "http://127.0.0.1:9/x.png",
    "<p style='width: 700px'>wide</p>": "640 px: the page scrolls sideways",
    "<p style='width: 99px; overflow: hidden; white-space: nowrap'>words that are cut"
    "</p>": "1280 px: cut at the side: P",
    "<p style='height: 9px; overflow: hidden'>cut</p>": "1280 px: cut below: P",
    "<img src='p.svg' alt='x' width='90' height='90' style='width: 200px; height: 9px'>"
    "": "1280 px: out of shape: IMG",
    "<p class='math'>x^2</p>": "1280 px: 1 formulas not drawn",
}
# what stands on the page, and what is said of a stop of the keyboard
STOPS = {
    "<a href='#y' style='position: absolute; left: -99px'>away</a>": "out of sight",
    "<button style='outline: none'>plain</button>": "no ring",
    "<button></button>": "without a name",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    needs("playwright", "axe_playwright_python", programs=["chromium"], extra="test")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        chromium = player.chromium.launch(
            executable_path=shutil.which("chromium"), args=look.FLAGS
        )
        yield chromium
        chromium.close()


def site(folder: Path, more: str = "") -> str:
    """A site of one page."""
    (folder / "a.html").write_text(GOOD.format(more=more), encoding="utf-8")
    (folder / "p.svg").write_text(SQUARE)
    return "a"


@pytest.mark.site
def test_a_page_that_is_right(browser: Any, tmp_path: Path) -> None:
    with look.served(tmp_path) as home:
        script = page_checks.axe_script()
        found = dict(look.checked(browser, home, [site(tmp_path)], script))
        assert found == {"a (light)": [], "a (dark)": []}
        assert look.shown(browser, home, "text", "a", tmp_path) == []
    said = (tmp_path / "text-tree.txt").read_text("utf-8").splitlines()
    assert [one.strip() for one in said if "[" in one][:3] == [
        "[RootWebArea] A page",
        "[main]",
        "[heading] A page",
    ]
    stops = (tmp_path / "text-keyboard.txt").read_text("utf-8").splitlines()
    names = ["a: a link", "input: a number", "button: Press"]
    assert [one[4:] for one in stops] == names
    assert len(list(tmp_path.glob("text-*.png"))) == 4


@pytest.mark.site
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, browser: Any, tmp_path: Path) -> None:
    with look.served(tmp_path) as home:
        script = page_checks.axe_script()
        found = dict(look.checked(browser, home, [site(tmp_path, fault)], script))
    assert any(one.startswith(FAULTS[fault]) for one in found["a (light)"]), found


@pytest.mark.site
@pytest.mark.parametrize("fault", STOPS)
def test_a_stop_of_the_keyboard(fault: str, browser: Any, tmp_path: Path) -> None:
    with look.served(tmp_path) as home, look.context(browser, "light", 1280) as window:
        page = window.new_page()
        page.goto(f"{home}/{site(tmp_path, fault)}.html")
        _, wrong = page_order.stops(page)
        assert len(wrong) == 1 and STOPS[fault] in wrong[0]
        assert page_order.tree(page)[1] == (
            ["a button without a name"] if STOPS[fault] == "without a name" else []
        )


def test_which_pages(tmp_path: Path) -> None:
    for name in ("index", "book/index", "book/api/models", "_static/theme", "404"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.html").write_text("x")
    assert look.pages(tmp_path, []) == ["404", "book/api/models", "book/index"]
    assert look.pages(tmp_path, ["api", "404"]) == ["404", "book/api/models"]


def report(performance: float, paint: float, speed: int = 1500) -> dict[str, Any]:
    scores = dict.fromkeys(lighthouse.MARKS, 1.0) | {"performance": performance}
    values = dict.fromkeys(lighthouse.MEASURES, 0.0)
    values["first-contentful-paint"] = paint
    return {
        "categories": {name: {"score": score} for name, score in scores.items()},
        "audits": {name: {"numericValue": value} for name, value in values.items()},
        "environment": {"benchmarkIndex": speed},
    }


def test_the_median_of_some_runs() -> None:
    runs = [report(0.5, 3000), report(0.91, 1000), report(0.93, 1200)]
    found = lighthouse.medians(runs)
    assert found["performance"] == pytest.approx(91) and found["SEO"] == 100
    assert found["first paint, s"] == pytest.approx(1.2) and found["machine"] == 1500
    results = {("core", "phone"): found, ("core", "desktop"): found}
    text = lighthouse.table(results)
    assert "| core | phone | 91 | 100 | 100 | 100 | 1.2 |" in text
    assert lighthouse.short(results) == [
        "core on a desktop: performance 91 is below 95"
    ]
    front = {("front page", "phone"): found}
    assert len(lighthouse.short(front)) == 1


PROGRAM = """#!{python}
import json, os, sys
assert os.environ["CHROME_PATH"] == "chrome"
out = next(one for one in sys.argv if one.startswith("--output-path=")).split("=")[1]
report = json.loads({report!r})
report["asked"] = sys.argv[1:]
json.dump(report, open(out, "w"))
sys.exit({code})
"""


def a_program(folder: Path, made: dict[str, Any], code: int = 0) -> list[str]:
    path = folder / "lighthouse"
    text = json.dumps(made)
    path.write_text(PROGRAM.format(python=sys.executable, report=text, code=code))
    path.chmod(0o755)
    command = lighthouse.program(str(path))
    assert command == [str(path)]
    return command


def test_every_page_is_measured_in_both_forms(tmp_path: Path) -> None:
    command = a_program(tmp_path, report(1.0, 900))
    out = tmp_path / "out"
    found = lighthouse.measure(command, "http://x", "chrome", out, 2)
    assert set(found) == {(page, form) for page in lighthouse.PAGES for form in FORMS}
    assert len(list(out.glob("*.json"))) == 2 * len(found)
    asked = json.loads((out / "07_mf-desktop-2.json").read_text())["asked"]
    assert asked[0] == "http://x/notebooks/torch/07_mf.html"
    assert "--preset=desktop" in asked


FORMS = ("desktop", "phone")


def test_a_run_that_fails_is_said(tmp_path: Path) -> None:
    command = a_program(tmp_path, report(1.0, 900), code=1)
    with pytest.raises(RuntimeError, match="on http://x/a"):
        lighthouse.once(command, "http://x/a.html", "phone", "chrome", tmp_path / "r")
    fault = report(1.0, 900) | {"runtimeError": {"message": "no page"}}
    command = a_program(tmp_path, fault)
    with pytest.raises(RuntimeError, match="no page"):
        lighthouse.once(command, "http://x/a.html", "phone", "chrome", tmp_path / "r")


def test_where_lighthouse_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lighthouse.program("x/cli/index.js") == ["node", "x/cli/index.js"]
    monkeypatch.setenv("PATH", "")
    assert lighthouse.program() is None
