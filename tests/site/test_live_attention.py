from typing import Any

import numpy as np
import pytest

from course.modules import ROOT
from rec_tutor import data
from rec_tutor.evaluation import splits
from rec_tutor.inputs import sequences

SCRIPT = ROOT / "book/_static/live/attention.js"
CALL = "([name, args]) => window.RecTutorLive.attention[name](...args)"


def call(page: Any, name: str, *args: Any) -> Any:
    plain = [x.tolist() if isinstance(x, np.ndarray) else x for x in args]
    return page.evaluate(CALL, [name, plain])


def weights(figure: Any) -> list[str]:
    return figure.locator("tbody td:nth-child(4)").all_inner_texts()


def ask(figure: Any, film: str) -> None:
    figure.get_by_label("ask with").select_option(label=film)


def said(figure: Any) -> str:
    return figure.locator("[aria-live]").inner_text()


def test_its_numbers_are_those_of_numpy(page: Any, live: Any) -> None:
    live(page, "attention")
    rng = np.random.default_rng(0)
    for _ in range(100):
        d, films, n = (int(size) for size in rng.integers(1, 9, size=3))
        query, keys = rng.normal(0, 3, size=d), rng.normal(0, 3, size=(films, d))
        values = rng.normal(size=(films, n))
        allowed = rng.random(films) < 0.7
        allowed[rng.integers(films)] = True
        scores = keys @ query
        exps = np.exp(scores - scores[allowed].max()) * allowed
        shares = exps / exps.sum()

        assert call(page, "inner", query, keys[0]) == pytest.approx(scores[0], abs=1e-5)
        softmax = call(page, "softmax", scores, allowed)
        np.testing.assert_allclose(softmax, shares, atol=1e-5)
        found = call(page, "attend", query, keys, values, allowed)
        np.testing.assert_allclose(found["scores"], scores, atol=1e-5)
        np.testing.assert_allclose(found["weights"], shares, atol=1e-5)
        np.testing.assert_allclose(found["output"], shares @ values, atol=1e-5)
        free = call(page, "attend", query, keys, values)["weights"]
        every = np.exp(scores - scores.max())
        np.testing.assert_allclose(free, every / every.sum(), atol=1e-5)


def test_the_sum_by_hand_is_the_chapter_s(page: Any, live: Any) -> None:
    live(page, "attention")
    three = [[2, 0], [0, 2], [1, 1]]
    found = call(page, "attend", [1, 0], three, three)
    assert np.round(found["weights"], 2).tolist() == [0.67, 0.09, 0.24]
    assert np.round(found["output"], 2).tolist() == [1.58, 0.42]


def test_its_history_is_that_of_user_509(page: Any, live: Any) -> None:
    live(page, "attention")
    own = page.evaluate("() => window.RecTutorLive.attention")
    ds = data.load("ml-100k")
    refit = splits.leave_last_out(ds.ratings).refit
    history = sequences.histories(refit, ds.num_users)[ds.user_index(509)][-8:]
    asked = [ds.find(name)[0] for name in ("Star Wars", "Vertigo")]
    films = ds.items.loc[[*history, *asked]]
    theirs = [[row.title, ", ".join(row.genres)] for row in films.itertuples()]
    assert own["HISTORY"] + own["CANDIDATES"] == theirs
    genres = sorted({genre for some in films["genres"] for genre in some})
    assert own["GENRES"] == genres
    for film, some in zip(own["HISTORY"], films["genres"], strict=False):
        assert call(page, "row", film) == [int(genre in some) for genre in genres]


def test_it_answers_what_its_caption_asks(page: Any, live: Any) -> None:
    figure = live(page, "attention")
    assert weights(figure) == [*["0.07"] * 6, "0.51", "0.07"]
    ask(figure, "Star Wars")
    assert weights(figure)[7] == "0.86"
    ask(figure, "Bean")
    expected = "Loudest: Bean, McHale's Navy and Flubber, with the weight 0.21 each."
    assert expected in said(figure)
    figure.get_by_label("query times").fill("0.1")
    assert all(0.1 <= float(weight) <= 0.2 for weight in weights(figure))
    figure.get_by_label("query times").fill("3")
    assert "0.31 each" in said(figure)
    ask(figure, "Vertigo")
    figure.get_by_label("Rear Window").uncheck()
    assert weights(figure) == [*["0.14"] * 6, "0.00", "0.14"]
    assert "all alike" not in said(figure)
    figure.get_by_role("button", name="Reset").click()
    assert weights(figure) == [*["0.07"] * 6, "0.51", "0.07"]


def test_the_sum_is_shown_term_by_term(page: Any, live: Any) -> None:
    figure = live(page, "attention")
    ask(figure, "Star Wars")
    figure.get_by_label("one number of the sum").select_option(label="War")
    words = figure.locator(".live-attention-sum")
    text = "War: 0.02 · 1 (McHale's Navy) + 0.86 · 1 (Return of the Jedi) ≈ 0.88"
    assert text in words.inner_text()
    figure.get_by_label("McHale's Navy").uncheck()
    figure.get_by_label("Return of the Jedi").uncheck()
    assert "no film that may be heard has it: 0.00." in words.inner_text()


def test_one_film_must_stay(page: Any, live: Any) -> None:
    figure = live(page, "attention")
    boxes = figure.get_by_role("checkbox")
    for n in range(7):
        boxes.nth(n).uncheck()
    boxes.nth(7).click()
    assert boxes.nth(7).is_checked() and said(figure).startswith("One film must stay.")
    assert weights(figure) == [*["0.00"] * 7, "1.00"]


def test_keys_reach_and_move_everything(page: Any, live: Any) -> None:
    figure = live(page, "attention")
    names = []
    for _ in range(12):
        page.keyboard.press("Tab")
        active = "document.activeElement.id || document.activeElement.textContent"
        names.append(page.evaluate(active).removeprefix("live-attention-"))
    films = [f"film-{n}" for n in range(8)]
    assert names == ["ask", "times", "Reset", *films, "genre"]
    page.keyboard.press("ArrowDown")
    assert figure.locator(".live-attention-sum").inner_text().startswith("Action")
    figure.locator("#live-attention-ask").focus()
    page.keyboard.press("ArrowUp")
    assert said(figure).startswith("Star Wars asks.")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert figure.locator("output").inner_text() == "1.1"
    figure.locator("#live-attention-film-7").focus()
    page.keyboard.press("Space")
    assert weights(figure)[7] == "0.00"
    figure.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    assert said(figure).startswith("Vertigo asks.")


def test_without_scripts_a_picture_and_its_words_stay(new_page: Any, live: Any) -> None:
    page = new_page(java_script_enabled=False)
    figure = live(page, "attention")
    picture = figure.locator("svg")
    words = "Return of the Jedi 0.86 and 0.07"
    assert picture.is_visible() and words in picture.get_attribute("aria-label")
    assert figure.get_by_text("The last eight films of user 509").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("select").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_small_and_narrow(new_page: Any, live: Any, theme: str) -> None:
    assert len(SCRIPT.read_bytes()) <= 30_000
    page = new_page(width=390)
    figure = live(page, "attention", theme)
    ask(figure, "Star Wars")
    figure.get_by_label("query times").fill("3")
    assert figure.locator("tbody td").nth(22).inner_text() == "3,269,017"
    wide = "element => element.scrollWidth - element.clientWidth"
    assert page.locator("html").evaluate(wide) <= 0
    assert figure.evaluate(wide) <= 0
