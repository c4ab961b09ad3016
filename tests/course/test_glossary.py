"""The words in two languages: complete, in order, and found by the search."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from course.modules import ROOT
from course.needs import needs

ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
WHERE = re.compile(r"later|\d\d(, \d\d)*")
ARTICLES = re.compile(r"–|all( but \d{3})?|\d{3} to \d{3}|\d{3}(, \d{3})*")
CHINESE = re.compile(r"[\u3400-\u9fff]")


def tables(text: str) -> list[list[tuple[str, ...]]]:
    """The rows of each table, without its head."""
    parts = text.split("\n## ")[1:]
    return [[row for row in ROW.findall(part) if row[0] != "English"] for part in parts]


def problems(text: str) -> list[str]:
    """What is wrong with the page."""
    found, seen = [], set()
    for rows in tables(text):
        names = [row[0].lower() for row in rows]
        if names != sorted(names):
            found.append(f"not in order: {rows[0][0]} …")
        for english, chinese, sentence, where, articles in rows:
            if not CHINESE.search(chinese):
                found.append(f"no Chinese: {english}")
            if english in seen or len(sentence) > 90:
                found.append(f"twice, or long: {english}")
            if not WHERE.fullmatch(where) or not ARTICLES.fullmatch(articles):
                found.append(f"where: {english}")
            seen.add(english)
    return found


PAGE = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")


def test_every_word_has_its_chinese_and_stands_in_order() -> None:
    rows = [row for one in tables(PAGE) for row in one]
    assert len(rows) > 100
    assert not problems(PAGE)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("| recall | 召回率 |", "| recall | recall |", "no Chinese: recall"),
        ("| recall |", "| zebra |", "not in order: accuracy …"),
        ("| user |", "| item |", "twice, or long: item"),
        ("| 02 | 004 |", "| chapter 2 | 004 |", "where: accuracy"),
    ],
)
def test_what_is_missing_is_seen(before: str, after: str, said: str) -> None:
    assert said in problems(PAGE.replace(before, after, 1))


SEARCH = """queries => {
  const found = query =>
    Search._performSearch(...Search._parseQuery(query)).map(one => one[0]);
  return queries.filter(query => !found(query).includes("book/glossary"));
}"""


@pytest.mark.site
@pytest.mark.xdist_group("site")
def test_the_search_finds_every_word_in_both_languages(site: Path) -> None:
    needs("playwright", programs=["chromium"], extra="test")
    from playwright.sync_api import sync_playwright

    rows = [row for one in tables(PAGE) for row in one]
    words = [
        word for row in rows for cell in row[:2] for word in re.split(r"[、,()]", cell)
    ]
    queries = [word.strip() for word in words if word.strip(" also")]
    with sync_playwright() as player:
        program: Any = shutil.which("chromium")
        chromium = player.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.goto((site / "search.html").as_uri() + "?q=recall")
        page.locator("#search-results li").first.wait_for()
        assert page.evaluate(SEARCH, ["zzzqq"]) == ["zzzqq"]
        assert not page.evaluate(SEARCH, queries)
        chromium.close()
