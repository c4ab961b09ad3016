"""The slides: what stands on them, that nothing is lost, and that they fit."""

# ruff: noqa: E402

import re
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course.needs import needs

needs("latex2mathml", "markdown_it", "mdit_py_plugins", extra="book")

from course import notebooks, slides

TARGETS = [
    target for target in notebooks.targets() if not target.chapter.endswith("_deeper")
]
PIXEL = "iVBORw0KGgo="
TABLE = "<table><caption>c</caption><tbody>{}</tbody></table>"
SMALLEST = 0.55  # of 30 px: what the last row still reads
TEXT = """# 07 · Title

*Framework: ...*

**The promise.** You do it.

## First

Some words lead [here](07_mf.ipynb). They end with a formula:

$$ a_i = \\frac{1}{2} b_i. \\tag{7.1} $$

And are explained.

> **Note.** An aside.

> **Predict.** Who wins: (a) one; (b) the other?

Nobody knows before the cell has run.
"""
MORE = """It is (b), and by far. Even so.

## Deeper

Nothing of this.
"""


def notebook(*cells):
    return new_notebook(cells=list(cells))


def text(one):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", one))


@pytest.fixture
def deck():
    row = "<tr><td>5</td></tr>"
    board = new_output("display_data", data={"text/html": TABLE.format(row * 20)})
    picture = new_output("display_data", data={"image/png": PIXEL})
    cells = [
        new_markdown_cell(TEXT),
        new_code_cell("board()", outputs=[board], metadata={"tags": ["hide-output"]}),
        new_markdown_cell(MORE.partition("## Deeper")[0]),
        new_code_cell(
            "# @title Draw\nplot()",
            outputs=[picture],
            metadata={"tags": ["hide-input"], "alt": 'A "line"'},
        ),
        new_markdown_cell("**Figure 7.1.** It rises.\n\n## Deeper\n\nNothing of this."),
    ]
    return slides.Deck(notebook(*cells)).slides


def test_a_slide_holds_one_thing_and_the_prose_becomes_its_notes(deck):
    assert [(one.title, one.kind) for one in deck] == [
        ("07 · Title", ""),
        ("First", ""),
        ("First", "Predict"),
        ("First", "What came out"),
        ("First", ""),
    ]
    first, formula, asks, answer, figure = deck
    assert text(first.body).strip() == "The promise. You do it."
    assert "They end with a formula:" in formula.body and "lead" not in formula.body
    assert "<mfrac>" in formula.body and "(7.1)" in formula.body
    assert formula.notes[1:] == ["And are explained.", "**Note.** An aside."]
    assert "<li>(a) one</li><li>(b) the other?</li>" in asks.body
    assert asks.notes == ["Nobody knows before the cell has run."]
    assert "board()" not in answer.body and answer.body.count("<tr>") == slides.ROWS
    assert "8 more rows" in answer.body and "It is (b)" in answer.body
    assert 'alt="A &quot;line&quot;"' in figure.body
    assert "<figcaption><strong>Figure 7.1.</strong> It rises." in figure.body
    assert not any("Nothing of this" in str(one) for one in deck)


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"a \foo b", "foo"),
        (r"\frac{1}{2", "can't be read"),
        (r"\begin{array}{ll} a & b \\ c & \end{array}", "lost c"),
    ],
)
def test_a_formula_that_cannot_be_drawn_is_an_error(tex, said):
    with pytest.raises(ValueError, match=said):
        slides.page(notebook(new_markdown_cell(f"# T\n\n## S\n\n$$ {tex} $$")))


def test_an_error_names_the_chapter_and_fails(tmp_path, capsys, monkeypatch):
    target = next(one for one in TARGETS if one.chapter == "07_mf")
    bad = nbformat.read(target.path, as_version=4)
    bad.cells[4].source += "\n\nWith $\\nonsense$."
    monkeypatch.setattr(slides.nbformat, "read", lambda *_, **__: bad)
    assert slides.main(["--only", "07", "--out", str(tmp_path)]) == 1
    assert "07_mf.ipynb: no MathML for" in capsys.readouterr().err
    assert slides.main(["--only", "99", "--out", str(tmp_path)]) == 2


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_chapter_is_on_its_slides_whole(target):
    stored = nbformat.read(target.path, as_version=4)
    deck = slides.Deck(stored).slides
    page = slides.page(stored)
    assert len(page) < 3e6 and 30 < len(deck) < 65
    prose = "\n".join(c.source for c in stored.cells if c.cell_type == "markdown")
    core = re.split(r"(?m)^## Deeper$", prose)[0]
    core = re.sub(r"(?s)<details>(?:(?!</details>).)*中文.*?</details>", "", core)
    for kind in ("Predict", "Your turn", "Change this", "Misconception"):
        asked = len(re.findall(rf"(?m)^> \*\*{kind}", core))
        assert sum(one.kind == kind for one in deck) == asked, kind
    tags = re.findall(r"\\tag\{(.+?)\}", core)
    assert re.findall(r'class="tag">\((.+?)\)', page) == tags and tags
    kinds = r"<figure><(?:img|svg) "
    pictures = [cell for cell in stored.cells if re.match(kinds, slides.shown(cell))]
    assert len(re.findall(kinds, page)) == len(pictures) > 1
    turns = [n for n, one in enumerate(deck) if one.kind == "Your turn"]
    assert all(deck[n + 1].kind == "A solution" for n in turns)
    # nothing of the prose is lost: each word stands on a slide or in the notes
    everything = set(re.findall(r"\w{4,}", text(page)))
    for part in re.split(r"(?m)^## ", core)[1:]:
        plain = re.sub(
            r"(?s)\$\$.*?\$\$|\$[^$]+\$|`[^`]+`|\([^)]*\)|<[^>]+>", " ", part
        )
        assert set(re.findall(r"\w{4,}", plain)) <= everything, part[:40]


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_deck_needs_no_network(target):
    page = slides.page(nbformat.read(target.path, as_version=4))
    bare = page.replace("http://www.w3.org/1998/Math/MathML", "")
    assert "<a " not in bare and "<link" not in bare and "@import" not in bare
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\((?!data:|#)", bare)
    assert "$" not in re.sub(r"(?s)<script>.*|<pre.*?</pre>|<code>.*?</code>", "", bare)


@pytest.mark.site
@pytest.mark.parametrize(
    "target", [one for one in TARGETS if one.framework != "tensorflow"], ids=str
)
def test_no_slide_overflows(target, tmp_path):
    needs(programs=["chromium"])
    file = tmp_path / "deck.html"
    file.write_text(slides.page(nbformat.read(target.path, as_version=4)), "utf-8")
    command = "chromium --headless --no-sandbox --disable-gpu --window-size=1280,720"
    wait = "--virtual-time-budget=3000 --dump-dom"
    run = subprocess.run(
        [*command.split(), f"--user-data-dir={tmp_path}/profile", *wait.split()]
        + [file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    sizes = re.findall(r'<section class="slide[^>]*data-size="([\d.]+)"', run.stdout)
    assert len(sizes) == run.stdout.count("<section") > 30
    assert "data-over" not in run.stdout.partition("<script>")[0]
    assert min(map(float, sizes)) >= SMALLEST
