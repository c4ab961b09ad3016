"""Finding one's way on the site, and pages that are light: without a build."""

# ruff: noqa: E402

import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from course.needs import needs

needs("bs4", "sphinx", "tinycss2", extra="book")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from sphinx.errors import ConfigError

import course_access as access
import course_light as light
import course_live as live
import course_paths as paths
import course_sheets as sheets
from course_icons import icons

ORDER = [
    "book/index",
    "notebooks/torch/00_a",
    "notebooks/tensorflow/00_a",
    "notebooks/torch/00_a_deeper",
    "notebooks/tensorflow/00_a_deeper",
    "notebooks/01_b",
    "notebooks/exercises/tensorflow/01_b",
]
NAV = """<nav class="bd-links"><ul>
<li class="toctree-l1"><a class="reference internal" href="../../book/x.html">X</a></li>
<li class="toctree-l1 current active has-children"><a class="reference internal"
 href="../torch/00_a.html">00 · A</a><details><ul>
<li class="toctree-l2 current active"><a class="current" href="#">The same</a></li>
<li class="toctree-l2"><a href="../torch/00_a_deeper.html">00 · Deeper</a></li>
<li class="toctree-l2"><a href="00_a_deeper.html">00 · Deeper, with TensorFlow</a></li>
</ul></details></li></ul></nav>"""


@pytest.mark.parametrize(
    ("page", "before", "behind"),
    [
        (ORDER[0], "", ORDER[1]),
        (ORDER[1], ORDER[0], ORDER[3]),
        (ORDER[2], ORDER[0], ORDER[4]),
        (ORDER[4], ORDER[2], ORDER[5]),
        (ORDER[5], ORDER[3], ""),
        (ORDER[6], ORDER[5], ""),
    ],
)
def test_a_reader_stays_in_one_framework(page, before, behind):
    assert paths.neighbours(ORDER, page) == (before, behind)


def test_the_sidebar_has_an_entry_for_each_chapter():
    found = paths.sidebar(NAV, "notebooks/tensorflow/00_a")
    assert "The same" not in found and "torch/00_a_deeper" not in found
    assert 'href="00_a_deeper.html">Deeper</a>' in found
    assert 'aria-current="page"' in found and 'href="../../book/x.html"' in found
    again = paths.sidebar(found, "notebooks/tensorflow/00_a")
    assert again.split() == found.split()
    nav = NAV.replace('href="#"', 'href="../tensorflow/00_a.html"')
    torch = paths.sidebar(nav, "notebooks/torch/00_b")
    assert 'href="../torch/00_a.html"' in torch and "The same" not in torch
    assert "with TensorFlow" not in torch


@pytest.mark.parametrize(
    ("repository", "base"),
    [
        ("https://github.com/Some/Course", "https://some.github.io/Course/"),
        ("https://gitlab.com/some/course", "https://some.gitlab.io/course/"),
        ("https://example.org/some/course", ""),
    ],
)
def test_where_pages_are_published(repository, base):
    assert paths.base(repository) == base


def test_icons_are_drawn_or_missed():
    found = icons('<i class="theme-switch fa-solid fa-sun fa-lg" data-mode="x"></i>')
    assert found.startswith('<svg class="icon theme-switch fa-sun fa-lg" data-mode="x"')
    with pytest.raises(LookupError, match="fa-dragon"):
        icons('<i class="fa-solid fa-dragon"></i>')


SHEET = """
/* a comment */
.used { color: red } .unused { color: blue }
.used .unused, p.used:not(.never) > a { margin: 0 }
@media print { .unused { top: 0 } .used { top: 0 } }
@media screen { .unused { top: 0 } }
.used.show { top: 1px }
:root { --a: url("x;y"); --b: var(--a); --c: 1px; --d: 0 }
.used::after { content: "a: b"; --e: ; left: var(--c) }
@font-face { font-family: x; src: url(x.woff2) }
"""


def test_rules_that_nothing_uses_are_left_out():
    found = sheets.purged(SHEET, {"used"})
    assert ".used{color: red}" in found and "comment" not in found
    assert ".unused{" not in found and "screen" not in found
    assert "p.used" in found and ".used.show" in found and "font-face" in found
    assert "@media print" in found


def test_variables_that_nothing_reads_are_left_out():
    found = sheets.purged(SHEET, {"used", "--d"})
    assert not {"--a", "--b", "--e"} & set(re.findall(r"--\w", found))
    assert ":root{--c: 1px;--d: 0" in found and 'content: "a: b"' in found
    assert "--a" in sheets.purged(SHEET, {"--b"})  # a page reads it, and it reads that
    assert "--d" not in sheets.purged(SHEET, {"used"})


CODE = """<p><span class="n">no code</span></p><div class="highlight"><pre>\
<span></span><span class="k">def</span> <span class="n">f</span>\
<span class="p">(</span><span class="o">*</span></pre></div>"""
COLOURS = """
html[data-theme="light"] .highlight { background: #fff; color: #000 }
html[data-theme="light"] .highlight .n { color: #000 } /* Name */
html[data-theme="light"] .highlight .p { color: #000 } /* Punctuation */
html[data-theme="light"] .highlight .o { color: #000; font-weight: bold }
html[data-theme="light"] .highlight .k { color: #00f } /* Keyword */
html[data-theme="dark"] .highlight { background: #000; color: #fff }
html[data-theme="dark"] .highlight .n { color: #fff } /* Name */
html[data-theme="dark"] .highlight .p { color: #eee } /* Punctuation */
html[data-theme="dark"] .highlight .o { color: #fff } /* Operator */
html[data-theme="dark"] .highlight .k { color: #fff } /* Keyword */
"""


def test_a_word_of_code_has_an_element_if_it_has_a_colour():
    plain = light.plain_tokens(COLOURS)
    assert plain == {"", "n"}
    found = light.merged(CODE, plain)
    assert '<span class="n">no code' in found and "<pre><span class" in found
    assert '</span> f<span class="p">(' in found and '<span class="o">*' in found


def test_a_broken_sheet_is_refused():
    with pytest.raises(ValueError, match="stylesheet"):
        sheets.purged("p { color: red } }", set())


def test_a_landmark_has_a_name_and_something_in_it():
    empty = '<header class="bd-header">\n</header><footer class="f"><div class="x">\n'
    empty += '</div></footer><div class="pst-async-banner-revealer d-none">\n'
    empty += '<aside class="d-none" aria-label="Version warning"></aside>\n</div>'
    kept = '<footer class="f"><p>text</p></footer>'
    found = access.accessible(empty + kept + '<nav class="bd-toc-nav page-toc">')
    assert found == kept + '<nav class="bd-toc-nav page-toc" aria-label="On this page">'


def test_two_links_say_which_chapter_they_open():
    line = '<strong>00 A</strong>, with <a href="t"><span>PyTorch</span></a> or <a'
    found = access.accessible(line + ' href="f"><span>TensorFlow</span></a>.')
    assert '<a aria-label="PyTorch: 00 A" href="t">' in found
    assert '<a aria-label="TensorFlow: 00 A" href="f">' in found
    other = '<strong>00 A</strong>, with <a href="t">NumPy</a> or <a href="f">JAX</a>'
    assert access.accessible(other) == other


def test_a_picture_says_how_large_it_is(tmp_path):
    (tmp_path / "a.svg").write_text('<svg viewBox="0 0 1 1" width="64" height="32">')
    (tmp_path / "b.svg").write_text('<svg viewBox="0 0 1 1">')
    page = tmp_path / "page.html"
    logo = light.sized('<img class="logo__image" src="a.svg">', page)
    assert logo == '<img width="64" height="32" class="logo__image" src="a.svg">'
    assert 'height="32"' in light.sized('<img src="a.svg">', page)
    for source in ("b.svg", "none.png", "none.svg"):
        found = light.sized(f'<img src="{source}">', page)
        assert "height" not in found and 'loading="lazy"' in found
    given = '<img width="9" src="a.svg">'
    assert light.sized(given, page).count("width") == 1
    assert light.sized(light.sized(given, page), page) == light.sized(given, page)


def test_a_change_of_a_sheet_renews_all_pages(tmp_path):
    made = tmp_path / "out" / "_static" / "site.css"
    sheet = tmp_path / "book" / "_static" / "a.css"
    app = SimpleNamespace(outdir=tmp_path / "out", srcdir=tmp_path)
    env = SimpleNamespace(found_docs={"b", "a"})
    for path in (made, sheet):
        path.parent.mkdir(parents=True)
    sheet.write_text("")
    assert light._renewed(app, env) == []  # the first build
    made.write_text("")
    os.utime(sheet, (0, 0))
    assert light._renewed(app, env) == []
    os.utime(sheet, (made.stat().st_mtime + 9, made.stat().st_mtime + 9))
    assert light._renewed(app, env) == ["a", "b"]


def a_site(root: Path) -> Path:
    static = root / "_static" / "styles"
    static.mkdir(parents=True)
    (static / "theme.css").write_text('@import "../basic.css";\n.a { top: 0 }')
    (static.parent / "basic.css").write_text(".b { background: url(x.png) }")
    for name in ("one.js", "searchtools.js"):
        (static.parent / name).write_text(f"/* {name} */ (function () {{}})()")
    page = (
        "<html><head><title>T</title>"
        '<meta name="viewport" content="1"/>\n<meta name="viewport" content="2"/>\n'
        '<link rel="stylesheet" href="_static/styles/theme.css?v=1" />\n'
        '<link rel="icon" href="_static/favicon.svg"/>\n'
        '<script src="_static/one.js?v=1"></script>\n'
        '{more}</head><body class="a b"><img src="_images/p.png" alt="x"></body></html>'
    )
    search = '<script src="_static/searchtools.js"></script>\n'
    (root / "index.html").write_text(page.replace("{more}", ""))
    (root / "search.html").write_text(page.replace("{more}", search))
    return root


def test_a_page_loads_one_sheet_and_one_script(tmp_path):
    root = a_site(tmp_path)
    (root / "_static" / "macros.html").write_text("{% no page %}")
    missing = "<html><head><title>M</title></head></html>"
    (root / "404.html").write_text(missing)
    light.lighten(root)
    assert not (root / "_static" / "macros.html").exists()
    assert (root / "404.html").read_text() == missing
    for name in ("index", "search"):
        text = (root / f"{name}.html").read_text()
        assert text.count("<link") == 2 and text.count("_static/site.css?v=") == 1
        assert text.count("<script defer") == (1 if name == "index" else 2)
        assert text.count("viewport") == 1 and 'loading="lazy"' in text
    sheet = (root / "_static" / "site.css").read_text()
    assert "url(x.png)" in sheet and ".a{" in sheet and "@import" not in sheet
    assert "searchtools" not in (root / "_static" / "site.js").read_text()
    before = (root / "index.html").read_text()
    light.lighten(root)
    assert (root / "index.html").read_text() == before


def test_the_themes_script_does_not_measure_each_box(tmp_path):
    bundle = light.Bundle(tmp_path, "site.js")
    bundle.take("pydata-sphinx-theme.js")
    path = tmp_path / "pydata-sphinx-theme.js"
    part = 'e(t),"complete"===document.readyState?T():window.addEventListener("load",T)'
    path.write_text(f"(()=>{{{part}}})();")
    assert bundle.text() == "(()=>{e(t)})();"
    path.write_text("(()=>{e(t)})();")
    with pytest.raises(LookupError, match="AGAIN"):
        bundle.text()


def test_a_live_figure_needs_its_two_files(tmp_path):
    with pytest.raises(ConfigError, match=r"ndcg\.html and ndcg\.js"):
        live.fragment("ndcg", tmp_path)
    for path in ("book/live/ndcg.html", "book/_static/live/ndcg.js"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("<figure>\n\n</figure>\n")
    assert live.fragment("ndcg", tmp_path) == "<figure>\n</figure>"
    assert live.LINE.findall("a\n<!-- live: ndcg -->\n <!-- live: no -->") == ["ndcg"]


def test_the_board_gets_its_numbers_from_the_results():
    made = live.fragment("board", ROOT)
    assert "{{" not in made and "NDCG" in made
