"""What the website folds, on paper: opened where it stands, or moved to an appendix
with a line in its place that names the page.

Answers, hints and solutions move, so that a reader who wants to think first can; and
the code that loads, draws and checks, so that the text reads on. What it prints stays.
"""

from __future__ import annotations

import html
import re
from typing import Any

from bs4 import BeautifulSoup, Tag

ANSWERS, CODE = "answers", "code"
APPENDICES = {ANSWERS: "Answers and solutions", CODE: "Code that the website folds"}
SOLUTION = "A solution"  # the title of a folded cell that answers
CHINESE = re.compile(r"[\u3400-\u9fff]")  # summaries are folded for length only
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
Moved = dict[str, list[Tag]]


def number(place: str) -> str:
    """Where the number of the page will stand that has this id."""
    return f'<span class="rt-number" data-to="{place}">000</span>'


def unfold(body: Tag) -> Moved:
    """Open what is folded in a page.

    Args:
        body: the page; changed in place.

    Returns:
        For each appendix the boxes that move there, in order. Ids and links in them,
        `answers-0` and `see-answers-0`, are those of the page.
    """
    moved: Moved = {kind: [] for kind in APPENDICES}
    for fold in body.select("details"):
        title = fold.find("summary", recursive=False)
        assert isinstance(title, Tag)
        for twice in title.select("p.expanded"):
            twice.decompose()
        words, kinds = title.get_text(" ", strip=True), set(fold.get("class") or [])
        if "rt-long" in kinds:  # a long output
            title.decompose()
            fold.unwrap()
            continue
        fold.name, fold["class"] = "div", "rt-fold"
        title.name, title["class"] = "div", "rt-fold-title"
        said = list(title.next_siblings)
        if "quiz" in kinds:
            letter = "abcdefgh"[len(_moved_before(moved, fold, ANSWERS))]
            fold["class"] = "rt-choice"
            title.insert(0, f"({letter}) ")
            _move(moved, fold, ANSWERS, f"({letter})", said)
        elif words == SOLUTION or not (kinds or CHINESE.search(words)):
            _move(moved, fold, ANSWERS, words, said)
            _block(fold).decompose()
        elif "above-input" in kinds:
            code = fold.find(class_="cell_input")
            _move(moved, fold, CODE, words, [code] if code else said)
            if not fold.find(class_="cell_output"):
                _block(fold).decompose()
    return moved


def _tag(markup: str) -> Tag:
    """One element, made from HTML."""
    made = BeautifulSoup(markup, "html.parser").find()
    assert isinstance(made, Tag)
    return made


def _block(fold: Tag) -> Tag:
    """What stands in the text: a fold, or the cell that has nothing else."""
    cell = fold.parent
    assert cell is not None
    is_cell = "cell" in (cell.get("class") or [])
    return cell if is_cell and len(cell.find_all(True, recursive=False)) == 1 else fold


def _line_before(fold: Tag, kind: str) -> Tag | None:
    """The line of what moved from right before this fold."""
    line = _block(fold).find_previous_sibling()
    return line if isinstance(line, Tag) and line.get("data-kind") == kind else None


def _moved_before(moved: Moved, fold: Tag, kind: str) -> list[Tag]:
    line = _line_before(fold, kind)
    return moved[kind][-1].select(".rt-item") if line else []


def _move(moved: Moved, fold: Tag, kind: str, title: str, said: list[Any]) -> None:
    """Bring what is said to an appendix, beside what stood right before it."""
    block, line = _block(fold), _line_before(fold, kind)
    if line is None:
        there = f"{kind}-{len(moved[kind])}"
        here, above = f"see-{there}", block.find_previous(HEADINGS)
        where = html.escape(" ".join(above.get_text().split())) if above else ""
        look = f'class="rt-see rt-see-{kind}" data-kind="{kind}"'
        line = _tag(f'<p id="{here}" {look}></p>')
        back = f'<a href="#{here}">{where}, page {number(here)}</a>'
        moved[kind].append(
            _tag(f'<div class="rt-box" id="{there}"><p>{back}</p></div>')
        )
    box = moved[kind][-1]
    item = _tag(f'<div class="rt-item"><b>{html.escape(title)}</b></div>')
    item.extend([one.extract() for one in said])
    box.append(item)
    block.insert_after(line.extract())
    titles = [one.get_text() for one in box.select(".rt-item > b:first-child")]
    words = " · ".join(titles) if titles[0] != "(a)" else "Right or wrong, and why"
    words = f"Code: {words}" if kind == CODE else words
    place = str(box["id"])
    line.clear()
    line.append(
        _tag(f'<a href="#{place}">{html.escape(words)}, page {number(place)}</a>')
    )
