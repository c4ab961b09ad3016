"""The book as a PDF: the document that is printed, on small pages, and the PDF of the
whole website.
"""

# ruff: noqa: E402

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course.needs import needs

needs("bs4", "jupyter_book", extra="book")

from course import notebooks, paper, pdf
from course.modules import ROOT

TOC = {
    "root": "book/index",
    "parts": [
        {
            "caption": "Learning",
            "chapters": [
                {
                    "file": "notebooks/torch/07_mf",
                    "sections": [
                        {"file": "notebooks/tensorflow/07_mf"},
                        {"file": "notebooks/exercises/07_mf"},
                    ],
                }
            ],
        },
        {"caption": "Teaching", "chapters": [{"file": "book/classroom"}]},
        {"caption": "Appendix", "chapters": [{"file": "book/api"}]},
    ],
}
CORE = """<section id="loss"><h1>07 · "Tables" & more<a class="headerlink" href="#loss"
>#</a></h1><p id="here"><a href="../../book/index.html#top">front</a>
<a href="../exercises/07_mf.html">exercises</a> <a href="#here">here</a>
<a href="../tensorflow/07_mf.html">TensorFlow</a> <a href="https://a.org/b">a</a></p>
<svg><defs><clipPath id="cut"></clipPath></defs><g clip-path="url(#cut)"></g>
<use xlink:href="#cut"></use></svg><img src="../../_images/a.png" loading="lazy">
<h2>Predict</h2><script>1</script>
<details><summary>中文提要</summary><p>Chinese stays.</p></details>
<details><summary>Answers</summary><p>Forty-two. <a href="#here">there</a></p></details>
<div class="cell tag_hide-cell"><details class="admonition hide above-input"><summary>
<p class="collapsed">The map</p><p class="expanded">The map</p></summary>
<div class="cell_input"><pre>plot()</pre></div>
<div class="cell_output">a picture</div></details></div>
<div class="cell_output"><details class="rt-long"><summary>40 lines</summary>
<pre>long</pre></details></div></section>"""
EXERCISES = """<h1>07 · Exercises</h1><h2>Quiz</h2>
<details class="quiz"><summary>One</summary><p>Not this one.</p></details>
<details class="quiz"><summary>Two</summary><p>Right.</p></details><p>Write it.</p>
<details><summary>Hint 1</summary><p>Think.</p></details>
<div class="cell"><details class="hide above-input"><summary>A solution</summary>
<div class="cell_input"><pre><span class="n">x</span></pre></div></details></div>"""
PAGES = {
    "book/index": '<h1 id="top">The book</h1>',
    "notebooks/torch/07_mf": CORE,
    "notebooks/exercises/07_mf": EXERCISES,
}


def small(folder: Path, base: str = "", **changed: str) -> str:
    """The document of three small pages."""
    for name, text in (PAGES | changed).items():
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f'<html><article class="bd-article">{text}</article></html>'
        path.write_text(text, encoding="utf-8")
    pages = paper.read(folder, TOC, "torch")
    return paper.document(pages, folder, "<p>Somebody</p>", "The book", base)


def part(document: str, start: str) -> str:
    """A section of the document, by its id."""
    return document.partition(f'<section id="{start}"')[2].partition("</section>\n")[0]


def test_the_pages_of_one_framework_stand_in_order() -> None:
    mine = ["book/index", "notebooks/torch/07_mf", "notebooks/exercises/07_mf"]
    assert [name for name, _ in paper.order(TOC, "torch")] == mine
    other = list(paper.order(TOC, "tensorflow"))
    assert other[1] == ("notebooks/tensorflow/07_mf", "Learning")


def test_links_lead_inside_and_ids_are_those_of_a_page(tmp_path: Path) -> None:
    text = part(small(tmp_path), "notebooks-torch-07_mf")
    for name in ("book-index--top", "notebooks-exercises-07_mf"):
        assert f'<a href="#{name}">' in text
    assert 'id="notebooks-torch-07_mf--here"' in text
    assert '<a href="#notebooks-torch-07_mf--here">here</a>' in text
    assert "url(#notebooks-torch-07_mf--cut)" in text
    assert 'xlink:href="#notebooks-torch-07_mf--cut"' in text
    assert "TensorFlow" in text and "tensorflow" not in text
    assert '<a href="https://a.org/b">' in text
    assert (tmp_path / "_images/a.png").as_uri() in text and "lazy" not in text
    assert "<script" not in text and "headerlink" not in text
    known = part(small(tmp_path, "https://b.org/"), "notebooks-torch-07_mf")
    assert 'href="https://b.org/notebooks/tensorflow/07_mf.html"' in known


def test_what_is_folded_opens_or_moves(tmp_path: Path) -> None:
    text = small(tmp_path)
    assert "<details" not in text and "<summary" not in text
    core = part(text, "notebooks-torch-07_mf")
    assert "Chinese stays." in core and "a picture" in core and "long" in core
    assert "40 lines" not in core and core.count("The map") == 2  # and its link
    assert "Forty-two" not in core and "plot()" not in core
    answers, code = part(text, "answers"), part(text, "code")
    assert "Forty-two" in answers and "plot()" in code
    assert re.search(r"Answers, page <span[^>]*answers-0", core)
    assert "Code: The map, page" in core
    assert '<a href="#notebooks-torch-07_mf--here">there</a>' in answers
    exercises = part(text, "notebooks-exercises-07_mf")
    assert '"rt-fold"' not in exercises  # nothing empty stays
    assert "(a) One" in exercises and "(b) Two" in exercises
    assert "Right" not in exercises.replace("Right or wrong", "")
    assert exercises.count("rt-see") == 4  # two lines, each with a class of its own
    assert "Hint 1 · A solution, page" in exercises and "Write it." in exercises
    assert answers.index("Right.") < answers.index("Think.") < answers.index("<pre")


def test_numbers_of_pages_are_filled_in(tmp_path: Path) -> None:
    text = small(tmp_path)
    asked = set(re.findall('data-to="([^"]*)"', text))
    numbers = {name: 7 + place for place, name in enumerate(sorted(asked))}
    filled = paper.numbered(text, numbers)
    assert ">000<" in text and ">000<" not in filled
    assert f'data-to="answers">{numbers["answers"]}<' in filled


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    broken = CORE.replace('href="#here"', 'href="#hree"', 1)
    with pytest.raises(ValueError, match="no place #notebooks-torch-07_mf--hree"):
        small(tmp_path, **{"notebooks/torch/07_mf": broken})
    twice = CORE.replace("<h2>", '<h2 id="here">')
    with pytest.raises(ValueError, match="twice #notebooks-torch-07_mf--here"):
        small(tmp_path, **{"notebooks/torch/07_mf": twice})


def test_without_a_site_or_a_browser_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("playwright", "pikepdf", extra="test")
    to = ["--out", str(tmp_path / "a.pdf"), "--site", str(tmp_path)]
    assert pdf.main([*to, "--browser", "chromium"]) == 1
    assert "make book" in capsys.readouterr().err
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert pdf.main(to) == 1
    assert "install Chromium" in capsys.readouterr().err


# The whole website: what is printed, and how it looks to who opens it.
# What shows and is wider than a page of paper.
CUT = """() => {
  const found = [], edge = document.body.getBoundingClientRect().right + 1;
  const range = document.createRange();
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("svg, math") && !e.matches("svg, math")) continue;
    const text = [...e.childNodes].some(one => one.nodeType === 3 && one.data.trim());
    if (!text && !e.matches("img, svg, math")) continue;
    range.selectNodeContents(e);
    const box = (text ? range : e).getBoundingClientRect();
    if (box.width > 1 && box.right > edge)
      found.push(`${e.tagName} ${e.textContent.trim().slice(0, 60)}`);
  }
  return found;
}"""


@dataclass
class Book:
    """What was printed: the PDF, the document, and what is wider than the paper."""

    pdf: Any
    document: str
    cut: list[str]


@pytest.fixture(scope="module")
def book(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    needs("playwright", "pikepdf", programs=["chromium"], extra="test")
    import pikepdf
    from playwright.sync_api import sync_playwright

    out = tmp_path_factory.mktemp("pdf") / "book.pdf"
    document = pdf.document(site, "torch")
    with sync_playwright() as player:
        program = shutil.which("chromium")
        chromium = player.chromium.launch(executable_path=program, args=pdf.FLAGS)
        page = pdf.opened(chromium)
        pdf.printed(page, document, out)
        cut = page.evaluate(CUT)
        chromium.close()
    with pikepdf.open(out) as opened:
        yield Book(opened, document, cut)


def lost(made: Any) -> list[str]:
    """The links of a PDF that lead nowhere, or to a file of this computer."""
    places = set(made.Root.Dests)
    found = []
    for number, page in enumerate(made.pages, 1):
        for one in page.get("/Annots", []):
            place, action = one.get("/Dest"), one.get("/A", {})
            place = action.get("/D") if place is None else place
            address = str(action.get("/URI", ""))
            inside = place is not None and str(place) in places
            if not inside and not address.startswith(("https://", "http://")):
                found.append(f"page {number}: {place or address}")
    return found


def site_wide(test: Any) -> Any:
    """It needs the built website: one process for all of these."""
    return pytest.mark.xdist_group("site")(pytest.mark.site(test))


@site_wide
def test_every_link_of_the_pdf_leads_somewhere(book: Book) -> None:
    import pikepdf

    inside = set(re.findall(r'<a\b[^>]*\shref="#([^"]*)"', book.document))
    assert len(inside) > 500
    assert {f"/{name}" for name in inside} == set(book.pdf.Root.Dests)
    assert not lost(book.pdf)
    planted = book.pdf.pages[1].Annots[0]  # of the table of contents
    kept, planted.Dest = planted.Dest, pikepdf.Name("/nowhere")
    assert lost(book.pdf) == ["page 2: /nowhere"]
    planted.Dest = kept


@site_wide
def test_the_outline_has_the_parts_and_the_chapters(book: Book) -> None:
    with book.pdf.open_outline() as outline:
        parts = {
            one.title: [page.title for page in one.children] for one in outline.root
        }
    assert list(parts)[:3] == [
        "Deep Learning for Recommender Systems",
        "Getting started",
        "Foundations",
    ]
    assert list(parts)[-2:] == list(paper.APPENDICES.values())
    pages = [title for one in parts.values() for title in one]
    sources = sorted((ROOT / "book").glob("[0-9][0-9]_*.md"))
    titles = [notebooks.read_chapter(path)["cells"][0]["source"] for path in sources]
    wanted = {title.splitlines()[0].removeprefix("# ") for title in titles}
    assert len(wanted) >= 24 and wanted <= set(pages)


@site_wide
def test_no_page_of_the_pdf_is_cut(book: Book) -> None:
    assert not book.cut


@site_wide
def test_it_is_small_enough_to_send_and_can_be_read_aloud(book: Book) -> None:
    assert Path(book.pdf.filename).stat().st_size < 20e6
    assert book.pdf.Root.MarkInfo.Marked and book.pdf.Root.Lang == "en"
    assert 300 < len(book.pdf.pages) < 1000
