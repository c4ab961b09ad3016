"""A chapter is named wherever chapters are listed by hand: a new one is missing there
until somebody writes it. The site's table of contents has its own test.
"""

import re

import pytest

from course import notebooks
from course.modules import ROOT
from rec_tutor.check.questions import CHAPTERS
from rec_tutor.data.sets import SETS

CORES = [one for one in notebooks.targets() if not one.chapter.endswith("_deeper")]
WORDS = {12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen"}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "folder"), [("README.md", "notebooks"), ("book/index.md", "../notebooks")]
)
def test_a_page_leads_to_every_core_and_its_twin_in_order(name, folder):
    text = read(name)
    if name == "README.md":
        text = text.partition("\nThe chapters: ")[2].partition("\n\n")[0]
    else:
        text = text.partition("\n## The map\n")[2].partition("\n## ")[0]
    found = re.findall(rf"\]\({re.escape(folder)}/([^)]+\.ipynb)\)", text)
    assert found == [str(core).removeprefix("notebooks/") for core in sorted_cores()]


def sorted_cores():
    """PyTorch first, as the pages have it."""
    return sorted(CORES, key=lambda core: (core.chapter, core.framework != "torch"))


def test_the_front_page_counts_them():
    assert f"There are {WORDS[len(CHAPTERS)]} chapters" in read("book/index.md")


def test_the_map_has_each_once_and_says_so():
    drawing, numbers = read("book/_static/map.svg"), list(CHAPTERS)
    assert re.findall(r">(\d\d)</text>", drawing) == numbers
    said = re.search(r"<desc[^>]*>(.+?)</desc>", drawing)
    alt = re.search(r"(?m)^:alt: (Map of .+)$", read("book/index.md"))
    for text in (said, alt):
        assert text and re.findall(r"\b\d\d\b", text[1]) == numbers


def test_both_paths_lead_to_each_once():
    text = read("book/how_to_use.md")
    path = re.search(r"\*\*By difficulty\*\*: ([^.]+)\.", text)
    assert path and sorted(re.findall(r"\d\d", path[1])) == list(CHAPTERS)
    last = list(CHAPTERS)[-1]
    assert re.search(rf"\*\*By the documents\*\*: 00 to \d\d,[^.]*\b{last}\b", text)


def test_the_references_have_a_part_for_each():
    found = re.findall(r"(?m)^## (\d\d) ", read("book/references.md"))
    assert found == list(CHAPTERS)


LOADS = {
    r'data\.load\("ml-100k"\)': "ml-100k",
    r'data\.load\("ml-100k", knowledge=True\)': "ml-100k-graph",
    r'data\.load\("ml-1m"': "ml-1m",
    r'data\.load\("filmtrust"|\bfilmtrust\.load\(': "filmtrust",
    r"\bfashion\.load\(": "fashion",
    r"\breviews\.load\(": "reviews",
    r"\bbandit\.load\(": "bandit",
    r"\bfilms\.load\(|\bfilm_join\.join\(|item_features\.blocks\(": "films",
    r"%setup text|\bencoder\.encode\(|item_features\.(blocks|text)\(": "encoder",
}


def loaded():
    """(set, "12 · Deeper") of what the cells of chapters load."""
    return {
        (name, f"{page[:2]}{' · Deeper' * page.endswith('_deeper')}")
        for page in notebooks.chapters()
        for cell in notebooks.read_chapter(ROOT / f"book/{page}.md").cells
        if cell.cell_type == "code"
        for call, name in LOADS.items()
        if re.search(call, cell.source)
    }


def said(chapters):
    """The pages that "00 to 02, 10 · Deeper" names: a number stands for both pages."""
    pages = set()
    for one in filter(None, chapters.split(", ")):
        first, _, last = one.partition(" to ")
        if last:
            numbers = [number for number in CHAPTERS if first <= number <= last]
        else:
            numbers = [one]
        for number in numbers:
            pages |= {number, number if "·" in number else f"{number} · Deeper"}
    return pages


def test_rec_tutor_fetch_knows_what_the_chapters_load():
    """Else `rec-tutor fetch --notebooks` leaves a room without internet in the dark."""
    found = loaded()
    assert {name for name, _ in found} >= {"ml-100k", "encoder", "bandit", "films"}
    for own in SETS:
        pages = {page for name, page in found if name == own.name}
        assert pages <= said(own.chapters), own.name
        named = re.findall(r"\d\d(?: · Deeper)?", own.chapters)
        assert all({n, f"{n} · Deeper"} & pages for n in named), own.name


def test_what_a_list_of_chapters_says():
    assert said("00 to 01, 10 · Deeper") == {
        *("00", "00 · Deeper", "01", "01 · Deeper", "10 · Deeper")
    }
    assert said("") == set()
