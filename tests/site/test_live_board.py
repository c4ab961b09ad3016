import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course import live_board, scoreboards
from course.modules import ROOT

SCRIPT = ROOT / "book/_static/live/board.js"
CALL = "([name, args]) => window.RecTutorLive.board[name](...args)"
NUMBERS = re.compile(r'<script type="application/json" id="[^"]+">(.*?)</script>', re.S)


def models(figure: Any) -> list[str]:
    return figure.locator(".live-board-name strong").all_inner_texts()


def said(figure: Any) -> str:
    return figure.locator("[aria-live=polite]").inner_text()


def test_its_functions_are_those_of_numpy(page: Any, live: Any) -> None:
    live(page, "board")
    rng = np.random.default_rng(0)
    for _ in range(100):
        low, high = np.sort(rng.lognormal(0, 4, size=2))
        value, length = float(rng.lognormal(0, 4)), float(rng.uniform(1, 800))
        ours = page.evaluate(CALL, ["position", [value, low, high, length]])
        ends = np.log10([low, high])
        theirs = length * (np.log10(value) - ends[0]) / np.diff(ends)[0]
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-5)

        num = int(rng.integers(2, 13))
        # few values, so that some are equal
        cpu, mean = rng.integers(1, 9, size=(2, num))
        half = rng.integers(0, 3, size=num)
        low, high = mean - half, mean + half
        rows = [
            {"cpu": int(c), "mean": int(m), "low": int(m - h), "high": int(m + h)}
            for c, m, h in zip(cpu, mean, half, strict=True)
        ]
        no_slower = cpu[None, :] <= cpu[:, None]
        no_worse = mean[None, :] >= mean[:, None]
        other = (cpu[None, :] != cpu[:, None]) | (mean[None, :] != mean[:, None])
        beaten = (no_slower & no_worse & other).any(axis=1)
        front = page.evaluate(CALL, ["front", [rows]])
        assert front == np.flatnonzero(~beaten).tolist()

        upper = np.triu(np.ones((num, num), bool), 1)
        right = (upper & (low[:, None] > high[None, :])).sum()
        wrong = (upper & (high[:, None] < low[None, :])).sum()
        pairs = page.evaluate(CALL, ["concordant", [rows]])
        assert pairs == [right, right + wrong]

        order = rng.permutation(num)
        start, end = (int(place) for place in rng.integers(0, num, size=2))
        there = np.insert(np.delete(order, start), end, order[start])
        moved = page.evaluate(CALL, ["moved", [order.tolist(), start, end]])
        assert moved == there.tolist()


def test_its_numbers_are_those_of_the_tables(page: Any, live: Any) -> None:
    figure = live(page, "board")
    boards = live_board.numbers()
    options = figure.locator("option").all_inner_texts()
    assert options == [board["title"] for board in boards]
    for place, (data, board, _, asked) in enumerate(live_board.BOARDS):
        figure.locator("select").select_option(str(place))
        assert models(figure) == sorted(asked)
        assert figure.locator("svg").count() == 0  # nothing is given away
        page.get_by_role("button", name="Reveal").click()
        shown = [
            row.locator("td, th").all_inner_texts()
            for row in figure.locator(".live-board-results tr").all()[1:]
        ]
        text = re.sub("<wbr>", "", scoreboards.table(ROOT, data, board))
        table = re.findall(
            r'<tr><th scope="row"><span>(.*?)</span>.*?'
            r'<td class="measured"[^>]*><span>(.*?)</span>.*?<small>(.*?)</small>'
            r'.*?<td class="number"[^>]*>([^<]*)</td></tr>',
            text,
            re.S,
        )
        assert len(shown) == len(table) > len(asked)
        for mine, theirs in zip(shown, table, strict=True):
            assert mine[1].split("\xa0")[1] == theirs[0]
            assert mine[3] == theirs[1]
            low, high = map(float, theirs[2].split(" – "))
            assert float(mine[4]) == pytest.approx((high - low) / 2, abs=1.1e-4)
            seconds = float(theirs[3].replace(",", ""))
            assert float(mine[5].replace(",", "")) == pytest.approx(seconds, abs=0.051)
        own = sorted(asked)
        places = {row[1].split("\xa0")[1]: row[2] for row in shown}
        assert {name: str(own.index(name) + 1) for name in own} == {
            name: place for name, place in places.items() if place != "–"
        }
        points = figure.locator("svg rect, svg circle").count()
        assert points == len(table)


def test_it_says_how_many_pairs_are_right(page: Any, live: Any) -> None:
    figure = live(page, "board")
    rows = {row["name"]: row for row in live_board.numbers()[0]["rows"]}
    best = [name for name, row in rows.items() if row["asked"]]

    def put(wished: list[str]) -> str:
        for place, name in enumerate(wished):
            while models(figure)[place] != name:
                page.get_by_role("button", name=f"Move {name} up", exact=True).click()
        page.get_by_role("button", name="Reveal").click()
        verdict = said(figure)
        page.get_by_role("button", name="Order again").click()
        assert models(figure) == wished
        return verdict

    apart = sum(
        rows[one]["low"] > rows[other]["high"] for one, other in combinations(best, 2)
    )
    assert apart > 5
    text = f"Of the {apart} pairs whose intervals lie apart, you have"
    verdict = put(best)
    assert verdict.startswith(f"{text} {apart} the right way round.")
    assert f"has {best[0]}, in" in verdict and "NeuMF" in verdict
    assert put(best[::-1]).startswith(f"{text} 0 the right way round.")
    page.get_by_role("button", name="Reset").click()
    assert models(figure) == sorted(best)


def test_a_keyboard_is_enough(page: Any, live: Any) -> None:
    figure = live(page, "board")
    before = models(figure)

    def focused() -> str:
        return page.evaluate(
            "document.activeElement.getAttribute('aria-label')"
            " || document.activeElement.id || document.activeElement.textContent"
        )

    reached = []
    while not reached or reached[-1] != f"Move {before[-1]} up":
        page.keyboard.press("Tab")
        reached.append(focused())
    moves = [f"Move {name} {way}" for name in before for way in ("up", "down")]
    expected = ["live-board-which", "Reveal", "Reset", *moves[1:-1]]
    assert reached == expected
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    assert models(figure) == [before[-1], *before[:-1]]
    assert focused() == f"Move {before[-1]} down"
    page.keyboard.press("Enter")
    assert models(figure)[:2] == [before[0], before[-1]]
    assert f"{before[-1]} stands in place 2" in said(figure)
    page.get_by_role("button", name="Reveal").focus()
    page.keyboard.press("Enter")
    assert focused() == "Order again" and figure.locator("svg").count() == 1
    figure.locator("select").focus()
    page.keyboard.press("ArrowDown")
    assert figure.locator("svg").count() == 0 and "SASRec" in models(figure)


def test_a_model_can_be_dragged(page: Any, live: Any) -> None:
    figure = live(page, "board")
    before = models(figure)
    first, *_, last = figure.locator(".live-board-name").all()
    last.hover()
    page.mouse.down()
    first.hover()
    page.mouse.up()
    assert models(figure) == [before[-1], *before[:-1]]
    last.hover()
    assert models(figure) == [before[-1], *before[:-1]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_all_of_it(new_page: Any, live: Any, theme: str) -> None:
    page = new_page(width=390)
    figure = live(page, "board", theme)
    for place in range(len(live_board.BOARDS)):
        figure.locator("select").select_option(str(place))
        for name in ("Reveal", "Order again", "Reveal"):
            page.get_by_role("button", name=name).click()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert figure.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_without_scripts_there_is_a_picture(new_page: Any, live: Any) -> None:
    figure = live(new_page(java_script_enabled=False), "board")
    assert figure.get_by_role("img").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("p").is_visible()
    assert figure.locator("button").count() == 0
    shown = figure.locator("text").all_text_contents()
    for row in live_board.numbers()[0]["rows"]:
        assert row["name"] in shown and live_board.seconds(row["cpu"]) in shown


def test_its_script_is_small() -> None:
    assert SCRIPT.stat().st_size <= 30 * 1024


def test_a_fragment_gets_its_numbers() -> None:
    text = (ROOT / "book/live/board.html").read_text(encoding="utf-8")
    filled = live_board.filled(text)
    assert "{{" not in filled and "\n\n" not in filled
    (found,) = NUMBERS.findall(filled)
    assert json.loads(found) == live_board.numbers()
    assert live_board.filled("<p>other</p>") == "<p>other</p>"


def test_a_model_without_numbers_or_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / scoreboards.FILE
    file.parent.mkdir(parents=True)
    results = json.loads((ROOT / scoreboards.FILE).read_text(encoding="utf-8"))
    for name, message in (("EASE", "scoreboard of ml-1m"), ("NGCF", "KINDS")):
        rows = [dict(row) for row in results["rows"]]
        for row in rows:
            if row["part"] == name:
                row["part"] = "Other"
        file.write_text(json.dumps({"rows": rows}), encoding="utf-8")
        with pytest.raises(LookupError, match=message):
            live_board.filled("{{ board numbers }}", tmp_path)
