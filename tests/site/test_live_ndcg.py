import re
from typing import Any

import numpy as np
import pytest

from course.modules import ROOT
from rec_tutor.evaluation import metrics

SCRIPT = ROOT / "book/_static/live/ndcg.js"
METRICS = {
    "precision": metrics.precision,
    "recall": metrics.recall,
    "hitRate": metrics.hit_rate,
    "mrr": metrics.mrr,
    "ndcg": metrics.ndcg,
}
CALL = "calls => calls.map(([f, ...args]) => window.RecTutorLive.ndcg[f](...args))"


def films(figure: Any) -> str:
    return "".join(figure.locator(".live-ndcg-film").all_inner_texts())


def value(figure: Any, metric: str) -> list[str]:
    row = figure.locator(".live-ndcg-metrics tr", has_text=re.compile(f"^{metric}"))
    return row.locator("td").all_inner_texts()


def test_its_metrics_are_those_of_the_package(page: Any, live: Any) -> None:
    live(page, "ndcg")
    rng = np.random.default_rng(0)
    some_without = 0
    for _ in range(100):
        k = int(rng.integers(1, 21))
        hits = rng.random(k) < rng.random()
        more = int(rng.integers(0, 4) * rng.integers(0, 10))
        num = int(hits.sum()) + more
        some_without += num == 0
        worth = 1 / np.log2(np.arange(1, k + 1) + 1)
        order = rng.permutation(k)
        start, end = (int(place) for place in rng.integers(0, k, size=2))
        there = np.insert(np.delete(order, start), end, order[start])
        ours = hits.astype(int).tolist()
        calls = [[name, ours, num] for name in METRICS]
        calls += [["dcg", ours], ["idcg", num, k], ["worth", k]]
        *found, moved = page.evaluate(
            CALL, [*calls, ["moved", order.tolist(), start, end]]
        )
        theirs = [
            metric(hits[None, :], np.array([num]))[0] for metric in METRICS.values()
        ]
        theirs += [(hits * worth).sum(), worth[:num].sum(), worth[-1]]
        assert found == pytest.approx(theirs, abs=1e-5, nan_ok=True)
        assert moved == there.tolist()
    assert some_without


def test_it_answers_what_its_caption_asks(page: Any, live: Any) -> None:
    figure = live(page, "ndcg")
    assert films(figure) == "ABCDEFG"
    assert value(figure, "NDCG") == ["1.131 / 2.131", "0.531", ""]
    page.get_by_role("button", name="Move B up").click()
    assert films(figure) == "BACDEFG"
    assert value(figure, "NDCG") == ["1.500 / 2.131", "0.704", "+0.173"]
    assert value(figure, "Recall")[2] == ""
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Move F up").click()
    assert value(figure, "NDCG") == ["1.518 / 2.131", "0.712", "+0.182"]
    assert value(figure, "Recall") == ["3 / 3", "1.000", "+0.333"]
    assert value(figure, "DCG")[0] == "0.631 + 0.500 + 0.387"
    page.get_by_role("button", name="Best list").click()
    assert films(figure) == "BCFADEG"
    assert value(figure, "NDCG")[1] == "1.000"
    for film in "BCF":
        page.get_by_role("button", name=f"{film} is wanted").click()
    assert value(figure, "NDCG")[1] == "not a number"
    said = figure.locator("[aria-live=polite]").inner_text()
    assert "left out of the mean" in said


def test_a_keyboard_is_enough(page: Any, live: Any) -> None:
    figure = live(page, "ndcg")

    def focused() -> str:
        return page.evaluate(
            "document.activeElement.getAttribute('aria-label')"
            " || document.activeElement.id || document.activeElement.textContent"
        )

    reached = []
    while not reached or reached[-1] != "G is wanted":
        page.keyboard.press("Tab")
        reached.append(focused())
    moves = [f"Move {film} {way}" for film in "ABCDEFG" for way in ("up", "down")]
    stars = [f"{film} is wanted" for film in "ABCDEFG"]
    ends = {"Move A up", "Move G down"}  # nowhere to go
    expected = {*moves, *stars, "live-ndcg-k", "Best list", "Reset"} - ends
    assert set(reached) == expected and len(reached) == len(expected)
    page.keyboard.press("Space")
    assert value(figure, "Recall")[0] == "2 / 4"
    page.keyboard.press("ArrowUp")
    assert films(figure) == "ABCDEGF" and focused() == "G is wanted"
    page.keyboard.press("Shift+Tab")
    assert focused() == "Move G down"
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    assert films(figure) == "GABCDEF" and focused() == "Move G down"
    page.keyboard.press("Enter")
    assert films(figure) == "AGBCDEF" and focused() == "Move G down"
    figure.locator("input").focus()
    page.keyboard.press("ArrowLeft")
    assert value(figure, "Precision")[0] == "3 / 4"


def test_a_film_can_be_dragged(page: Any, live: Any) -> None:
    figure = live(page, "ndcg")
    first, *_, last = figure.locator(".live-ndcg-film").all()
    last.hover()
    page.mouse.down()
    box = first.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5, steps=30)
    page.mouse.up()
    assert films(figure) == "GABCDEF"
    # against where the drag began, and not against the step before
    assert value(figure, "NDCG")[2] == f"{(0.931 - 1.131) / 2.131:+.3f}".replace(
        "-", "−"
    )
    last.hover()
    assert films(figure) == "GABCDEF"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_all_of_it(new_page: Any, live: Any, theme: str) -> None:
    page = new_page(width=390)
    figure = live(page, "ndcg", theme)
    for film in "ADEG":
        page.get_by_role("button", name=f"{film} is wanted").click()
    figure.locator("input").fill("7")  # the longest sums
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert figure.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_without_scripts_there_is_a_picture(new_page: Any, live: Any) -> None:
    figure = live(new_page(java_script_enabled=False), "ndcg")
    assert figure.get_by_role("img").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("p").is_visible()
    assert figure.locator("button").count() == 0
    numbers = figure.locator("text").all_text_contents()
    worth = [f"{1 / np.log2(rank + 1):.3f}" for rank in range(1, 8)]
    assert numbers[:7] == worth


def test_its_script_is_small() -> None:
    assert SCRIPT.stat().st_size <= 30 * 1024
