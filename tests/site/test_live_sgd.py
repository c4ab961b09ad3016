import re
from typing import Any

import numpy as np
import pytest

from course.modules import ROOT

SCRIPT = ROOT / "book/_static/live/sgd.js"
CALL = "([name, args]) => window.RecTutorLive.sgd[name](...args)"


def call(page: Any, name: str, *args: Any) -> Any:
    plain = [x.tolist() if isinstance(x, np.ndarray) else x for x in args]
    return page.evaluate(CALL, [name, plain])


def step(p, q, r, eta, lam):
    error = r - p @ q
    return p + eta * (error * q - lam * p), q + eta * (error * p - lam * q)


def cell(figure: Any, row: int, column: int) -> Any:
    return figure.locator("td button").nth(3 * row + column)


def set_to(figure: Any, name: str, value: str) -> None:
    figure.locator(f"#live-sgd-{name}").fill(value)


def press(figure: Any, words: str) -> None:
    figure.get_by_role("button", name=words, exact=True).click()


def prediction(figure: Any, row: int, column: int) -> float:
    text = cell(figure, row, column).locator("small").inner_text()
    return float(text.replace("−", "-"))


def test_its_numbers_are_those_of_numpy(page: Any, live: Any) -> None:
    live(page, "sgd")
    rng = np.random.default_rng(0)
    for _ in range(100):
        d, people, films = (int(n) for n in rng.integers(1, 6, size=3))
        P, Q = rng.normal(size=(people, d)), rng.normal(size=(films, d))
        stars = rng.integers(1, 6, size=(people, films)).astype(float)
        eta, lam = rng.random(2) * [0.1, 1]
        every = np.argwhere(np.ones_like(stars))
        cells = rng.permutation(every)[: rng.integers(1, len(every) + 1)]

        p, q = P[0], Q[0]
        assert call(page, "predict", p, q) == pytest.approx(p @ q, abs=1e-5)
        moved = call(page, "step", p, q, stars[0, 0], eta, lam)
        new_p, new_q = step(p, q, stars[0, 0], eta, lam)
        assert moved["prediction"] == pytest.approx(p @ q, abs=1e-5)
        assert moved["error"] == pytest.approx(stars[0, 0] - p @ q, abs=1e-5)
        np.testing.assert_allclose(moved["p"], new_p, atol=1e-5)
        np.testing.assert_allclose(moved["q"], new_q, atol=1e-5)

        ours = call(page, "rmse", P, Q, stars, cells)
        errors = (stars - P @ Q.T)[tuple(cells.T)]
        assert ours == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-5)

        after = call(page, "round", P, Q, stars, cells, eta, lam)
        for u, i in cells:
            P[u], Q[i] = step(P[u], Q[i], stars[u, i], eta, lam)
        np.testing.assert_allclose(after["P"], P, atol=1e-5)
        np.testing.assert_allclose(after["Q"], Q, atol=1e-5)


def test_the_step_by_hand_is_the_chapter_s(page: Any, live: Any) -> None:
    live(page, "sgd")
    moved = call(page, "step", [0.1, 0.2, 0.3], [1.0, 1.1, 1.2], 4, 0.01, 0)
    assert moved["error"] == pytest.approx(3.32)
    assert moved["p"][0] == pytest.approx(0.1332)
    assert np.dot(moved["p"], moved["q"]) == pytest.approx(0.807, abs=5e-4)


def test_its_table_is_that_of_figure_7_1(page: Any, live: Any) -> None:
    live(page, "sgd")
    own = page.evaluate("() => window.RecTutorLive.sgd")
    people = np.array([[3, 2], [2, 2], [1, 4]])
    films = np.array([[1, 1], [1, 0], [0, 1]])
    assert own["STARS"] == (people @ films.T).tolist()
    assert len(own["KNOWN"]) == 8 and own["COVERED"] not in own["KNOWN"]


def test_an_order_is_random_and_complete(page: Any, live: Any) -> None:
    live(page, "sgd")
    orders = page.evaluate("""() => {
        const {generator, shuffled, KNOWN} = window.RecTutorLive.sgd;
        const random = generator(5);
        return [1, 2, 3].map(() => shuffled(KNOWN, random));
    }""")
    known = page.evaluate("() => window.RecTutorLive.sgd.KNOWN")
    assert all(sorted(order) == sorted(known) for order in orders)
    assert orders[0] != orders[1] != orders[2]
    shares = page.evaluate("""() => {
        const random = window.RecTutorLive.sgd.generator(1);
        return Array.from({length: 2000}, random);
    }""")
    assert abs(np.mean(shares) - 0.5) < 0.03 and 0 <= min(shares) < max(shares) < 1


def test_it_answers_what_its_caption_asks(page: Any, live: Any) -> None:
    figure = live(page, "sgd")
    said = figure.locator("[aria-live]")
    for eta, away in (("0.05", False), ("0.15", False), ("0.4", True)):
        set_to(figure, "eta", eta)
        press(figure, "20 rounds")
        assert ("run away" in said.inner_text()) == away
        assert figure.get_by_role("button", name="One step").is_disabled() == away
        assert not re.search("NaN|Infinity", figure.inner_text())
        if not away:  # the covered cell too: there only 2 makes a table of rank two
            assert prediction(figure, 0, 0) == pytest.approx(5, abs=0.15)
            assert prediction(figure, 1, 2) == pytest.approx(2, abs=0.3)
        press(figure, "Reset")
    set_to(figure, "lam", "0.5")
    press(figure, "20 rounds")
    assert prediction(figure, 0, 0) < 4.8  # the penalty holds back
    assert "from 3.3" in said.inner_text()


def test_twenty_rounds_are_those_of_its_functions(page: Any, live: Any) -> None:
    figure = live(page, "sgd")
    press(figure, "20 rounds")
    P, Q = page.evaluate("""() => {
        const {generator, shuffled, round, KNOWN, STARS, START} =
            window.RecTutorLive.sgd;
        const random = generator(5);
        let own = START;
        for (let n = 0; n < 20; n++) {
            own = round(own.P, own.Q, STARS, shuffled(KNOWN, random), 0.1, 0);
        }
        return [own.P, own.Q];
    }""")
    for (u, i), value in np.ndenumerate(np.array(P) @ np.array(Q).T):
        assert prediction(figure, u, i) == pytest.approx(value, abs=0.006)


def test_a_step_moves_the_chosen_pair_alone(page: Any, live: Any) -> None:
    figure = live(page, "sgd")
    before = figure.locator("th small").all_inner_texts()
    assert before[0] == "(0.40, 0.30)" and before[3] == "(0.50, 0.10)"
    press(figure, "One step")
    after = figure.locator("th small").all_inner_texts()
    assert after[0] == "(0.64, 0.35)" and after[3] == "(0.69, 0.24)"
    assert after[1:3] + after[4:] == before[1:3] + before[4:]
    assert "from 4.77 to 4.47" in figure.locator("[aria-live]").inner_text()
    press(figure, "Reset")
    assert figure.locator("th small").all_inner_texts() == before


def test_the_covered_cell_takes_no_step(page: Any, live: Any) -> None:
    figure = live(page, "sgd")
    cell(figure, 1, 2).click()
    assert figure.get_by_role("button", name="One step").is_disabled()
    assert cell(figure, 1, 2).locator("b").inner_text() == "?"
    press(figure, "Uncover the cell")
    assert cell(figure, 1, 2).locator("b").inner_text() == "2"
    press(figure, "Cover the cell")
    assert cell(figure, 1, 2).locator("b").inner_text() == "?"


def test_keys_reach_and_move_everything(page: Any, live: Any) -> None:
    figure = live(page, "sgd")
    names = []
    for _ in range(16):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement.textContent"
            )
        )
    assert names[:7] == [
        "live-sgd-eta",
        "live-sgd-lam",
        "One step",
        "One round: 8 cells",
        "20 rounds",
        "Uncover the cell",
        "Reset",
    ]
    assert [name[:16] for name in names[7:]] == [
        f"person {u}, film {i}" for u in (1, 2, 3) for i in (1, 2, 3)
    ]
    page.keyboard.press("ArrowDown")  # from the last cell round to the first row
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    chosen = figure.locator("td button[aria-pressed=true]")
    assert chosen.text_content().startswith("person 2, film 1: 4 stars, prediction 0.")
    figure.locator("#live-sgd-eta").focus()
    page.keyboard.press("ArrowRight")
    assert figure.locator("output").first.inner_text() == "0.11"
    figure.get_by_role("button", name="One step").focus()
    page.keyboard.press("Space")
    assert "The error of this cell" in figure.locator("[aria-live]").inner_text()


def test_without_scripts_a_picture_and_its_words_stay(new_page: Any, live: Any) -> None:
    page = new_page(java_script_enabled=False)
    figure = live(page, "sgd")
    picture = figure.locator("svg")
    assert picture.is_visible() and "(0.69, 0.24)" in picture.get_attribute(
        "aria-label"
    )
    assert figure.get_by_text("They now predict 0.53").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("button").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_small_and_narrow(new_page: Any, live: Any, theme: str) -> None:
    assert len(SCRIPT.read_bytes()) <= 30_000
    page = new_page(width=390)
    figure = live(page, "sgd", theme)
    set_to(figure, "eta", "0.5")
    press(figure, "20 rounds")
    wide = "element => element.scrollWidth - element.clientWidth"
    assert page.locator("html").evaluate(wide) <= 0
    assert figure.evaluate(wide) <= 0
