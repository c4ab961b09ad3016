"""A chapter's figure on another page."""

import json
from pathlib import Path

import pytest

from course import figures
from course.modules import ROOT

TITLE = "Draw it"


def cell(title: str, alt: str = "", kind: str = "image/png") -> dict[str, object]:
    return {
        "cell_type": "code",
        "metadata": {"alt": alt, "mystnb": {"code_prompt_show": title}},
        "outputs": [
            {"name": "stdout", "text": "a line"},
            {"data": {kind: ["QUJD\n", "REVG\n"]}},
        ],
    }


def root(folder: Path, *cells: dict[str, object], where: str = "notebooks") -> Path:
    path = folder / where / "03_baselines.ipynb"
    path.parent.mkdir(parents=True)
    text = {"cell_type": "markdown", "metadata": {}, "source": ["text"]}
    path.write_text(json.dumps({"cells": [text, *cells]}))
    return folder


@pytest.mark.parametrize("where", ["notebooks", "notebooks/torch"])
def test_the_picture_and_its_alt_text(tmp_path: Path, where: str) -> None:
    cells = cell("Another", "no"), cell(TITLE, 'Two "panels" & a line')
    page = f"# Page\n\n<!-- figure: 03_baselines, {TITLE} -->\n\nText.\n"
    found = figures.filled(page, root(tmp_path, *cells, where=where))
    alt = "Two &quot;panels&quot; &amp; a line"
    source = "data:image/png;base64,QUJDREVG"
    picture = f'<div class="figure">\n<img alt="{alt}" src="{source}">\n</div>'
    assert found == f"# Page\n\n{picture}\n\nText.\n"


@pytest.mark.parametrize(
    "other", [cell("Another", "x"), cell(TITLE), cell(TITLE, "x", "text/plain")]
)
def test_no_such_picture(tmp_path: Path, other: dict[str, object]) -> None:
    with pytest.raises(LookupError, match=f'no picture with an alt .* "{TITLE}"'):
        figures.filled(f"<!-- figure: 03_baselines, {TITLE} -->", root(tmp_path, other))


def test_no_such_chapter(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no notebook of a chapter 13_none"):
        figures.filled("<!-- figure: 13_none, Draw it -->", tmp_path)


def test_the_figures_that_the_book_asks_for_are_there() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "book").glob("*.md")]
    asked = [page for page in pages if figures.LINE.search(page)]
    assert asked
    for page in asked:
        found = figures.filled(page)
        assert "data:image/png" in found or '<svg class="rt-figure"' in found
