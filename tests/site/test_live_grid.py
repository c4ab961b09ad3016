import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course.modules import ROOT
from course.notebooks import read_chapter

SCRIPT = ROOT / "book/_static/live/grid.js"
CALL = "([name, args]) => window.RecTutorLive.grid[name](...args)"
FILMS = ("action", "romance")


@pytest.fixture(scope="module")
def chapter() -> dict[str, Any]:
    """What chapter 11 defines: REWARD, AFTER and one_round, and its rounds."""
    names: dict[str, Any] = {"np": np, "print": lambda *words: None}
    cells = [cell["source"] for cell in read_chapter(ROOT / "book/11_dqn.md")["cells"]]
    for start in ("REWARD = ", "def one_round("):
        (code,) = (source for source in cells if source.startswith(start))
        exec(code, names)
    return names


def evening(chapter: dict[str, Any], actions: tuple[int, ...]) -> list[int]:
    """The rewards of an evening."""
    level, rewards = 0, []
    for action in actions:
        rewards.append(int(chapter["REWARD"][level, action]))
        level = chapter["AFTER"][level, action]
    return rewards


def finals(one_round: Callable[..., np.ndarray], gamma: float) -> np.ndarray:
    value = np.zeros((3, 4))
    for _ in range(9):
        value = one_round(value, gamma)
    return value


def held(figure: Any) -> list[list[float]]:
    """The values of the picture; the first row is tiredness 0."""
    texts = figure.locator(".live-grid-cell b").all_inner_texts()
    return np.array(texts, dtype=float).reshape(3, 4)[::-1].tolist()


def cell(page: Any, level: int, step: int) -> Any:
    """The button of a cell; the steps are 1 to 4."""
    return page.get_by_role("button", name=f"Update step {step}, tiredness {level}:")


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_it_counts_as_the_chapter_does(
    page: Any, live: Any, chapter: dict[str, Any]
) -> None:
    live(page, "grid")
    rng = np.random.default_rng(0)
    reward, after = chapter["REWARD"], chapter["AFTER"]

    def call(name: str, *given: Any) -> Any:
        return page.evaluate(CALL, [name, given])

    for _ in range(100):
        value, gamma = rng.normal(scale=9, size=(3, 4)), float(rng.random())
        given = value.tolist()
        later = np.hstack([value[:, 1:], np.zeros((3, 1))])
        level, step = int(rng.integers(3)), int(rng.integers(4))
        both = call("qValues", given, level, step, gamma)
        expected = reward[level] + gamma * later[after[level], step]
        assert np.allclose(both, expected, rtol=0, atol=1e-5)
        whole = chapter["one_round"](value, gamma)
        ours = call("oneRound", given, gamma)
        assert np.allclose(ours, whole, rtol=0, atol=1e-5)
        alone = value.copy()
        alone[level, step] = whole[level, step]
        ours = call("updated", given, level, step, gamma)
        assert np.allclose(ours, alone, rtol=0, atol=1e-5)

        final = finals(chapter["one_round"], gamma)
        ours = call("finalValues", gamma)
        assert np.allclose(ours, final, rtol=0, atol=1e-5)
        shown = call("evening", ours, gamma)
        actions = tuple(each["action"] for each in shown)
        rewards = evening(chapter, actions)
        assert [each["reward"] for each in shown] == rewards
        powers = gamma ** np.arange(4)
        worth = call("returnOf", rewards, gamma)
        assert worth == pytest.approx(rewards @ powers, abs=1e-5)
        best = max(
            np.dot(evening(chapter, each), powers)
            for each in itertools.product((0, 1), repeat=4)
        )
        assert worth == pytest.approx(best, abs=1e-5)
        assert worth == pytest.approx(final[0, 0], abs=1e-5)


def test_its_rounds_are_those_of_figure_11_2(
    page: Any, live: Any, chapter: dict[str, Any]
) -> None:
    figure = live(page, "grid")
    said = figure.locator("[aria-live=polite]")
    value = np.zeros((3, 4))
    for number in range(5):
        assert held(figure) == value.tolist()
        assert said.inner_text().endswith(
            f": {3 * number} of 12 cells have their final value."
        )
        blue = figure.locator(".live-grid-final").count()
        assert blue == 3 * number
        press(page, "One round")
        value = chapter["one_round"](value)
    assert held(figure) == finals(chapter["one_round"], 1.0).tolist()
    press(page, "Reset")
    assert held(figure) == np.zeros((3, 4)).tolist()
    press(page, "Four rounds")
    assert held(figure) == finals(chapter["one_round"], 1.0).tolist()


def test_it_answers_what_its_caption_asks(page: Any, live: Any) -> None:
    figure = live(page, "grid")
    mine, greedy = figure.locator(".live-grid-evenings p").all()
    page.get_by_label("the values follow γ").check()
    slider = figure.locator("[type=range]")
    for hundredths in range(100, -1, -5):
        slider.fill(str(hundredths / 100))
        same = mine.inner_text().split(": ")[1] == greedy.inner_text().split(": ")[1]
        assert same == (hundredths <= 30), hundredths
        assert figure.locator(".live-grid-final").count() == 12
    slider.fill("0.5")
    assert mine.inner_text().endswith("= 5.75")
    assert greedy.inner_text().endswith("= 5.50")

    press(page, "Reset")
    said = figure.locator("[aria-live=polite]")
    sums = figure.locator(".live-grid-sums").inner_text().replace("\xa0", " ")
    assert "action 4; romance 1. The larger is 4; the cell holds 0." in sums
    for level, step in ((1, 4), (0, 3), (1, 2)):
        cell(page, level, step).locator("b").click()
        assert "The start has" not in said.inner_text()
    assert said.inner_text() == "Step 2, tiredness 1 goes from 0 to 7."
    sums = figure.locator(".live-grid-sums").inner_text().replace("\xa0", " ")
    assert "action 2 + 1.00 · 0 = 2; romance 1 + 1.00 · 6 = 7." in sums
    cell(page, 0, 1).click()
    ended = "The start has its final value, 11, after 4 updated cells."
    assert said.inner_text() == ended


def test_old_values_stay_until_they_are_updated(page: Any, live: Any) -> None:
    figure = live(page, "grid")
    press(page, "Four rounds")
    before = held(figure)
    figure.locator("[type=range]").fill("0.5")
    assert held(figure) == before
    assert figure.locator(".live-grid-final").count() == 3  # those of step 4
    press(page, "Four rounds")
    assert figure.locator(".live-grid-final").count() == 12


def test_a_keyboard_is_enough(page: Any, live: Any) -> None:
    figure = live(page, "grid")

    def focused() -> str:
        return page.evaluate(
            "document.activeElement.id || document.activeElement.textContent"
        )

    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(focused().split(":")[0])
    controls = ["One round", "Four rounds", "Reset"]
    controls += ["live-grid-gamma", "live-grid-follow"]
    assert reached == [*controls, "Update step 4, tiredness 0"]
    seen = {focused()}
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
        seen.add(focused())
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
        seen.add(focused())
    page.keyboard.press("ArrowLeft")
    assert len(seen | {focused()}) == 12
    for key in ("ArrowLeft", "ArrowUp"):  # the edge
        page.keyboard.press(key)
    assert focused().startswith("Update step 1, tiredness 2: value 0")
    page.keyboard.press("Enter")
    assert focused().startswith("Update step 1, tiredness 2: value 1")
    assert held(figure)[2][0] == 1
    figure.locator("[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    assert figure.locator("output").inner_text() == "0.95"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert figure.locator(".live-grid-final").count() == 12


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_all_of_it(new_page: Any, live: Any, theme: str) -> None:
    page = new_page(width=390)
    figure = live(page, "grid", theme)
    figure.locator("[type=range]").fill("0.95")
    press(page, "Four rounds")  # the longest numbers
    cell(page, 1, 2).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert figure.evaluate("it => it.scrollWidth <= it.clientWidth")
    for button in figure.locator(".live-grid-cell").all():
        assert button.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_without_scripts_there_is_a_picture(
    new_page: Any, live: Any, chapter: dict[str, Any]
) -> None:
    figure = live(new_page(java_script_enabled=False), "grid")
    assert figure.get_by_role("img").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("p").is_visible()
    assert figure.locator("button").count() == 0
    final = finals(chapter["one_round"], 1.0)
    bold = figure.locator("text[font-weight]").all_text_contents()
    assert bold == [f"{value:.0f}" for value in final[::-1].ravel()]
    films = [
        text for text in figure.locator("text").all_text_contents() if text in FILMS
    ]
    later = np.hstack([final[:, 1:], np.zeros((3, 1))])
    both = chapter["REWARD"][:, :, None] + later[chapter["AFTER"]]
    assert films == [FILMS[action] for action in both.argmax(axis=1)[::-1].ravel()]


def test_its_script_is_small() -> None:
    assert SCRIPT.stat().st_size <= 30 * 1024
