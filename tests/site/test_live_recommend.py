"""The recommender of the front page: its numbers are current, and it answers as the
package does. Needs the real data: from the cache, else by download, once.
"""

import copy
import json
import re
from typing import Any

import numpy as np
import pytest

from course import live_data
from course.live_data import FILE, FILMS
from course.modules import ROOT
from rec_tutor import foldin

SCRIPT = ROOT / "book/_static/live/recommend.js"
FRAGMENT = ROOT / "book/live/recommend.html"
EXAMPLE = {"Alien": 5, "Blade Runner": 5, "2001: A Space Odyssey": 4}
EXAMPLE |= {"Titanic": 2, "Liar Liar": 1}


@pytest.fixture(scope="module")
def fitted() -> live_data.Fitted:
    return live_data.fit()


@pytest.fixture(scope="module")
def text() -> str:
    return FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rounded(text: str) -> dict[str, np.ndarray]:
    """The numbers of the file as arrays, put together apart from the page's script."""
    read = live_data.read(text)
    pairs = np.zeros((FILMS, FILMS))
    for film, row in enumerate(read["films"]):
        pairs[film, film + 1 :] = live_data.unpack(row[3], read["ease"]["step"])
    scale = np.array([row[2] for row in read["films"]])
    dim = read["als"]["dim"]
    gram = np.zeros((dim, dim))
    gram[np.triu_indices(dim)] = read["als"]["gram"]
    vectors = [live_data.unpack(row[4], read["als"]["step"]) for row in read["films"]]
    return {
        "weights": (pairs + pairs.T) * scale[:, None] / scale,
        "vectors": np.array(vectors),
        "gram": gram + gram.T - np.diag(np.diag(gram)),
    }


def started(figure: Any) -> Any:
    figure.get_by_role("button", name="Start").click()
    figure.locator("fieldset").first.wait_for()
    return figure


def people(count: int = 100) -> list[dict[int, int]]:
    """So many random people: five ratings each, one film liked at least."""
    rng, found = np.random.default_rng(0), []
    while len(found) < count:
        films = rng.choice(FILMS, 5, replace=False).tolist()
        stars = rng.integers(1, 6, 5).tolist()
        if max(stars) >= live_data.FROM:
            found.append(dict(zip(films, stars, strict=True)))
    return found


def package_lists(
    fitted: live_data.Fitted, ratings: dict[int, int], k: int = 10
) -> dict[str, list[int]]:
    """The package's own lists: its unrounded models, fold-in, the page's films."""
    rated = list(ratings)
    liked = [film for film in rated if ratings[film] >= live_data.FROM]
    lists = {}
    for name, model in (("ease", fitted.ease), ("als", fitted.als)):
        taken, ones = fitted.films[liked], np.ones(len(liked))
        scores = foldin.scores(model, model.num_items, taken, ones)[fitted.films]
        scores[rated] = -np.inf
        lists[name] = np.argsort(-scores, kind="stable")[:k].tolist()
    return lists


def test_the_numbers_are_current(fitted, text):
    assert live_data.differences(text, live_data.content(fitted)) == []


def test_the_command_says_whether_they_are(fitted, text, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(live_data, "fit", lambda: fitted)
    monkeypatch.setattr(live_data, "FILE", tmp_path / "data.js")
    assert live_data.main(["--check"]) == 1
    assert live_data.main([]) == 0
    assert live_data.FILE.read_text(encoding="utf-8").startswith(live_data.HEAD)
    assert live_data.main(["--check"]) == 0
    assert "current" in capsys.readouterr().out
    changed = text.replace("Toy Story", "Story of Toys")
    live_data.FILE.write_text(changed, encoding="utf-8")
    assert live_data.main(["--check"]) == 1
    assert "differs: the films" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "value", "found"),
    [
        (("films", 7, 0), "Another film", "the films"),
        (("films", 7, 1), 1901, "the films"),
        (("films", 7, 2), 9.0, "the numbers of Toy Story"),
        (("films", 7, 3), None, "the numbers of Toy Story"),
        (("films", 7, 4), None, "the numbers of Toy Story"),
        (("als", "gram", 3), 9.0, "the vectors' products"),
        (("als", "alpha"), 2.0, "the settings"),
        (("als", "step"), 1.0, "the settings"),
        (("ease", "step"), 1.0, "the settings"),
    ],
)
def test_a_difference_is_found(text, place, value, found):
    other = copy.deepcopy(live_data.read(text))
    inside: Any = other
    for key in place[:-1]:
        inside = inside[key]
    if value is None:  # two steps more in one number
        whole = live_data.unpack(inside[place[-1]], 1.0)
        whole[3] += 2
        value = live_data.pack(whole, 1.0)
    inside[place[-1]] = value
    new = f"{live_data.HEAD} {json.dumps(other)};\n"
    assert live_data.differences(text, new) == [found]


def test_one_step_of_rounding_is_no_difference(text):
    other = copy.deepcopy(live_data.read(text))
    whole = live_data.unpack(other["films"][7][3], 1.0)
    other["films"][7][3] = live_data.pack(whole + 1, 1.0)
    new = f"{live_data.HEAD} {json.dumps(other)};\n"
    assert live_data.differences(text, new) == []
    assert live_data.differences("/* */" + text, new) == ["the comment at the head"]


def test_packed_numbers_come_back():
    values = np.random.default_rng(0).normal(size=1000)
    step = live_data.step_of(values)
    packed = live_data.pack(values, step)
    assert len(packed) == 3000
    assert np.abs(live_data.unpack(packed, step) - values).max() <= 0.5001 * step
    assert live_data.pack(np.array([0.0]), step) == "gAA"
    with pytest.raises(ValueError, match="too small"):
        live_data.pack(np.array([1.0]), 1e-9)
    with pytest.raises(ValueError, match="not a script"):
        live_data.read("var x = 1;")


def test_the_file_has_films_and_weights_and_nothing_else(fitted, text):
    assert len(text.encode()) <= 400_000
    read = live_data.read(text)
    assert read.keys() == {"ease", "als", "films"}
    assert read["ease"].keys() == {"step"}
    assert read["als"].keys() == {"dim", "l2", "alpha", "step", "gram"}
    assert len(read["als"]["gram"]) == 32 * 33 / 2
    assert len({(row[0], row[1]) for row in read["films"]}) == FILMS
    for film, row in enumerate(read["films"]):
        assert len(row) == 5
        assert len(row[3]) == 3 * (FILMS - 1 - film) and len(row[4]) == 3 * 32
    likes = np.asarray(fitted.ease.matrix.sum(axis=0)).ravel()[fitted.films]
    assert likes.min() >= 40 and (np.diff(likes) <= 0).all()


def test_the_rounded_numbers_are_those_of_the_models(fitted, rounded):
    own = fitted.ease.weights[np.ix_(fitted.films, fitted.films)]
    assert np.abs(rounded["weights"] - own).max() < 1e-5
    assert np.abs(rounded["vectors"] - fitted.vectors).max() < 1e-5
    assert np.allclose(rounded["gram"], fitted.gram, rtol=1e-5, atol=1e-5)


def test_the_script_is_small():
    assert len(SCRIPT.read_bytes()) <= 30_000


def test_the_picture_shows_what_the_models_show(fitted):
    fragment = FRAGMENT.read_text(encoding="utf-8")
    pairs = re.findall(r">(★+)</text><text[^>]*>([^<]+)<", fragment)
    assert {title: len(stars) for stars, title in pairs} == EXAMPLE
    ratings = {fitted.titles.index(title): stars for title, stars in EXAMPLE.items()}
    lists = package_lists(fitted, ratings, k=3)
    for name, x in (("ease", 8), ("als", 180)):
        drawn = re.findall(rf'<text x="{x}" y="\d+">(\d) ([^<]+)<', fragment)
        shown = [fitted.titles[film] for film in lists[name]]
        assert drawn == [(str(place + 1), title) for place, title in enumerate(shown)]
        said = f"{shown[0]}, {shown[1]} and {shown[2]}"
        assert fragment.count(said) == 1
    spoken = [fitted.titles.index(title) for title in list(EXAMPLE)[:3]]
    parts = fitted.ease.weights[fitted.films[spoken], fitted.films[lists["ease"][0]]]
    numbers = [f"{one:.2f}" for one in [*parts[:2], parts.sum()]]
    assert re.findall(r"\d\.\d\d", fragment.partition("live-recommend-paper")[2]) == (
        numbers
    )
    assert abs(parts[2]) < 0.005


def test_for_random_people_the_page_shows_what_the_package_shows(page, live, fitted):
    started(live(page, "recommend"))
    asked = people()
    shown = page.evaluate(
        """people => {
            const own = window.RecTutorLive, m = own.recommend.model(own.recommendData);
            return people.map(one => own.recommend.recommend(m, one, 10));
        }""",
        [{str(film): stars for film, stars in one.items()} for one in asked],
    )
    lists = [package_lists(fitted, one) for one in asked]
    for name in ("ease", "als"):
        same = [one[name] == own[name] for one, own in zip(shown, lists, strict=True)]
        assert sum(same) >= 95, name


def test_every_function_equals_numpy(page, live, rounded):
    started(live(page, "recommend"))
    weights, vectors, gram = (rounded[name] for name in ("weights", "vectors", "gram"))
    rng = np.random.default_rng(1)
    inputs = [
        rng.choice(FILMS, rng.integers(1, 9), replace=False).tolist()
        for _ in range(100)
    ]
    answers = page.evaluate(
        """inputs => {
            const own = window.RecTutorLive, f = own.recommend;
            const m = f.model(own.recommendData);
            return inputs.map(liked => ({
                ease: Array.from(f.ease(m, liked)),
                parts: f.contributions(m, liked, 17),
                person: Array.from(f.fold(m, liked)),
                als: Array.from(f.als(m, liked)),
                top: f.top(f.als(m, liked), liked, 10),
            }));
        }""",
        inputs,
    )
    for liked, found in zip(inputs, answers, strict=True):
        own = vectors[liked]
        left = gram + 3 * own.T @ own + 30 * np.eye(32)
        person = np.linalg.solve(left, 4 * own.sum(axis=0))
        scores = vectors @ person
        assert np.allclose(found["ease"], weights[liked].sum(axis=0), atol=1e-9)
        assert np.allclose(found["parts"], weights[liked, 17], atol=1e-9)
        assert np.isclose(sum(found["parts"]), found["ease"][17], atol=1e-9)
        assert np.allclose(found["person"], person, atol=1e-7)
        assert np.allclose(found["als"], scores, atol=1e-7)
        scores[liked] = -np.inf
        assert found["top"] == np.argsort(-scores, kind="stable")[:10].tolist()


def test_solving_and_unpacking_equal_numpy(page, live):
    live(page, "recommend")
    rng = np.random.default_rng(2)
    for _ in range(100):
        size = int(rng.integers(1, 12))
        root = rng.normal(size=(size, size))
        matrix, right = root @ root.T + np.eye(size), rng.normal(size=size)
        text = live_data.pack(rng.normal(size=size), 1e-4)
        solved, numbers = page.evaluate(
            """([matrix, right, text]) => {
                const f = window.RecTutorLive.recommend;
                return [f.solve(matrix, right), f.unpack(text, 1e-4)].map(
                    one => Array.from(one));
            }""",
            [matrix.ravel().tolist(), right.tolist(), text],
        )
        assert np.allclose(solved, np.linalg.solve(matrix, right), atol=1e-8)
        assert np.allclose(numbers, live_data.unpack(text, 1e-4), atol=1e-12)


def test_of_equal_scores_the_first_film_stands_first(page, live):
    live(page, "recommend")
    top = "([s, r]) => window.RecTutorLive.recommend.top(s, r, 3)"
    assert page.evaluate(top, [[1, 5, 2, 5, 5], [1]]) == [3, 4, 2]


def shown(figure: Any, place: int) -> list[str]:
    """The titles of a list on the page, without their years."""
    entries = figure.locator("section").nth(place).locator("li > :first-child")
    return [title.rpartition(" (")[0] for title in entries.all_inner_texts()]


def rate(figure: Any, title: str, stars: int) -> Any:
    """Find a film and rate it; returns its row."""
    figure.get_by_label("Find a film").fill(title)
    legend = re.compile(rf"^{re.escape(title)} \(")
    row = figure.locator("fieldset").filter(has_text=legend)
    row.locator("input").nth(stars - 1).check()
    return row


def test_five_ratings_and_two_lists(page, live, fitted):
    figure = started(live(page, "recommend"))
    for title, stars in EXAMPLE.items():
        rate(figure, title, stars)
    ratings = {fitted.titles.index(title): stars for title, stars in EXAMPLE.items()}
    lists = package_lists(fitted, ratings)
    for place, name in enumerate(("ease", "als")):
        assert shown(figure, place) == [fitted.titles[film] for film in lists[name]]
    both = len(set(lists["ease"]) & set(lists["als"]))
    say = figure.locator(".live-recommend-say")
    assert say.inner_text() == (
        f"5 films rated, 3 liked. {both} of 10 films are on both lists."
    )
    assert say.get_attribute("aria-live") == "polite"
    assert figure.locator(".both").count() == 2 * both
    # what is not liked keeps out of the lists and does nothing else
    assert "2 films have fewer than four stars" in figure.inner_text()
    before = shown(figure, 0)
    for title in ("Titanic", "Liar Liar"):
        figure.get_by_role("button", name=f"Remove the rating of {title}").click()
    assert shown(figure, 0) == before
    assert "fewer than four stars" not in figure.inner_text()
    # the reasons of the first: they add up to its score
    first = figure.locator("section").first.locator("li").first
    rows = [row.split("\t") for row in first.locator("tr").all_inner_texts()]
    liked = [fitted.titles.index(title) for title in list(EXAMPLE)[:3]]
    parts = fitted.ease.weights[fitted.films[liked], fitted.films[lists["ease"][0]]]
    own = {row[0]: float(row[-1].replace("−", "-")) for row in rows}
    for film, part in zip(liked, parts, strict=True):
        assert own[fitted.titles[film]] == pytest.approx(part, abs=6e-4)
    assert own["score, their sum"] == pytest.approx(parts.sum(), abs=6e-4)
    assert "because you liked Alien and Blade Runner" in first.inner_text()
    # the same by the button, and everything away again
    figure.get_by_role("button", name="Take the example").click()
    assert shown(figure, 0) == before
    figure.get_by_role("button", name="Reset").click()
    assert figure.locator("section").count() == 0
    assert "Give a film four or five stars" in say.inner_text()


def test_nothing_liked_gives_no_lists(page, live):
    figure = started(live(page, "recommend"))
    row = rate(figure, "Casablanca", 3)
    assert figure.locator("section").count() == 0
    assert "1 film rated. Give a film four or five" in figure.inner_text()
    row.locator("input").nth(3).check()
    assert figure.locator("section").count() == 2
    assert "Casablanca" not in shown(figure, 0) + shown(figure, 1)


def test_films_are_found_and_turned_over(page, live, fitted):
    figure = started(live(page, "recommend"))
    legends = figure.locator("legend")
    first = legends.all_inner_texts()
    assert [one.rpartition(" (")[0] for one in first] == fitted.titles[:6]
    figure.get_by_role("button", name="Other films").click()
    assert [one.rpartition(" (")[0] for one in legends.all_inner_texts()] == (
        fitted.titles[6:12]
    )
    figure.get_by_label("Find a film").fill("LEON")
    assert legends.all_inner_texts() == ["Léon: The Professional (1994)"]
    figure.get_by_label("Find a film").fill("no such film")
    assert legends.count() == 0
    assert "None of the 400 films" in figure.inner_text()


def test_by_keyboard(page, live):
    figure = live(page, "recommend")
    active = "() => document.activeElement"
    page.keyboard.press("Tab")  # the link of the caption
    page.keyboard.press("Tab")
    assert page.evaluate(f"({active})().textContent") == "Start"
    page.keyboard.press("Enter")
    figure.locator("fieldset").first.wait_for()
    assert page.evaluate(f"({active})().id") == "live-recommend-find"
    page.keyboard.type("alien")
    for wanted in ("Other films", "Take the example", "Reset"):
        page.keyboard.press("Tab")
        assert page.evaluate(f"({active})().textContent") == wanted
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # one star
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.evaluate(f"({active})().value") == "5"
    assert page.evaluate(f"({active})().name") == figure.locator(
        "fieldset input"
    ).first.get_attribute("name")
    assert "1 film rated, 1 liked" in figure.inner_text()
    page.keyboard.press("Tab")
    name = page.evaluate(f"({active})().getAttribute('aria-label')")
    assert name == "Remove the rating of Alien"
    # on to the second title of EASE's list
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(f"({active})().getAttribute('aria-expanded')") == "false":
            break
    page.keyboard.press("Enter")
    title = page.evaluate(f"({active})().textContent").rpartition(" (")[0]
    say = figure.locator(".live-recommend-say").inner_text()
    assert say.startswith(f"{title}: EASE's score is ")
    assert page.evaluate(f"({active})().parentElement.querySelectorAll('table').length")
    assert figure.locator("section table").count() == 1
    page.keyboard.press("Enter")
    assert figure.locator("section table").count() == 0
    figure.get_by_role("button", name="Remove the rating of Alien").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(f"({active})().type") == "radio"
    assert figure.locator("section").count() == 0


def test_without_scripts_there_is_a_picture_and_text(new_page, live):
    figure = live(new_page(java_script_enabled=False), "recommend")
    assert figure.get_by_role("img").is_visible()
    assert figure.locator(".live-recommend-paper").is_visible()
    assert figure.locator("button").count() == 0


def test_the_numbers_are_loaded_on_a_click_alone(page, live):
    figure = live(page, "recommend")
    assert figure.get_by_role("img").is_visible()
    assert page.evaluate("window.RecTutorLive.recommendData === undefined")
    assert figure.locator(".live-recommend-paper").count() == 0
    started(figure)
    assert page.evaluate("window.RecTutorLive.recommendData.films.length") == FILMS
    assert figure.get_by_role("img").count() == 0


def test_numbers_that_do_not_come_can_be_asked_for_again(browser, tmp_path):
    script = tmp_path / "recommend.js"
    script.write_bytes(SCRIPT.read_bytes())
    text = FRAGMENT.read_text(encoding="utf-8")
    file = tmp_path / "page.html"
    file.write_text(f'{text}<script src="{script.name}"></script>', encoding="utf-8")
    page = browser.new_page()
    try:
        page.goto(file.as_uri())
        button = page.get_by_role("button", name="Start")
        button.click()
        page.get_by_text("could not be loaded").wait_for()
        assert button.is_enabled()
        (tmp_path / FILE.name).write_bytes(FILE.read_bytes())
        button.click()
        page.locator("fieldset").first.wait_for()
    finally:
        page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_does_not_scroll_sideways(new_page, live, theme):
    page = new_page(width=390)
    figure = live(page, "recommend", theme=theme)
    wider = """() => ['html', 'figure'].map(name => {
        const element = document.querySelector(name);
        return element.scrollWidth - element.clientWidth;
    })"""
    assert page.evaluate(wider) == [0, 0]
    started(figure)
    figure.get_by_role("button", name="Take the example").click()
    assert page.evaluate(wider) == [0, 0]
