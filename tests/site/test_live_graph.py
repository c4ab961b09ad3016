from typing import Any

import numpy as np
import pytest
from scipy import sparse

from course.modules import ROOT
from rec_tutor import data
from rec_tutor.evaluation import splits
from rec_tutor.inputs import graph, interaction_matrix

SCRIPT = ROOT / "book/_static/live/graph.js"
CALL = "([name, args]) => window.RecTutorLive.graph[name](...args)"
PEOPLE = {"user 575": 575, "user 55": 55, "user 27": 27, "user 63": 63, "user 314": 314}
FILMS = ("Aliens", "Star Wars", "Fargo", "Emma", "Aladdin")
NODES = [*PEOPLE, *FILMS]
LINES = np.array(
    [
        [1, 1, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 0, 1, 1],
    ]
)
SCALED = graph.bipartite_adjacency(sparse.csr_matrix(LINES)).toarray().astype(float)


def held(figure: Any) -> dict[str, str]:
    """What each node of the picture holds, as it is written there."""
    texts = figure.locator("svg").first.locator("g text").all_text_contents()
    return dict(zip(texts[1::2], texts[::2], strict=True))


def numbers(figure: Any, row: str) -> list[str]:
    return figure.locator("tr", has_text=row).locator("td").all_inner_texts()


def press(page: Any, name: str, times: int = 1) -> None:
    for _ in range(times):
        page.get_by_role("button", name=name, exact=True).click()


def mean_cosine(vectors: np.ndarray) -> float:
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return float((rows @ rows.T)[np.triu_indices(len(rows), 1)].mean())


def test_it_counts_as_the_package_does(page: Any, live: Any) -> None:
    live(page, "graph")
    rng = np.random.default_rng(0)
    without_lines = 0

    def call(name: str, *given: Any) -> Any:
        return page.evaluate(CALL, [name, given])

    def near(ours: Any, expected: Any) -> bool:
        return np.allclose(ours, expected, rtol=0, atol=1e-5)

    for _ in range(100):
        num_people, num_films = (int(n) for n in rng.integers(2, 8, size=2))
        table = (rng.random((num_people, num_films)) < 0.4).astype(int)
        without_lines += bool((table.sum(axis=0) == 0).any())
        matrix = sparse.csr_matrix(table)
        plain = call("adjacency", table.tolist())
        assert plain == graph.bipartite_adjacency(matrix, "sum").toarray().tolist()
        scaled = call("scale", plain)
        assert near(scaled, graph.bipartite_adjacency(matrix).toarray())

        vectors = rng.normal(size=(num_people + num_films, int(rng.integers(2, 6))))
        layers = int(rng.integers(0, 5))
        powers = [np.linalg.matrix_power(scaled, k) for k in range(layers + 1)]
        states = [power @ vectors for power in powers]
        assert near(call("propagate", scaled, vectors.tolist(), layers), states)
        lists = [state.tolist() for state in states]
        assert near(call("mean", lists), np.mean(states, axis=0))
        lengths = np.linalg.norm(states[-1], axis=1)
        assert near(call("lengths", lists[-1]), lengths)
        one, other = vectors[:2]
        cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        assert near(call("cosine", one.tolist(), other.tolist()), cosine)
        assert near(call("meanCosine", vectors.tolist()), mean_cosine(vectors))
    assert without_lines


def test_its_lines_are_those_of_the_data(page: Any, live: Any) -> None:
    ds = data.load("ml-100k")
    known = interaction_matrix(
        splits.temporal(ds.ratings).refit, ds.num_users, ds.num_items
    )
    people = [ds.user_index(number) for number in PEOPLE.values()]
    films = [ds.find(title)[0] for title in FILMS]
    assert (known[people][:, films].toarray() == LINES).all()

    figure = live(page, "graph")
    press(page, "One layer")
    for column, film in enumerate(FILMS):
        page.get_by_label("begins with 1:").select_option(film)
        found = [held(figure)[name] != "0" for name in PEOPLE]
        assert found == LINES[:, column].astype(bool).tolist()


def test_it_answers_what_its_caption_asks(page: Any, live: Any) -> None:
    figure = live(page, "graph")
    said, heard = (figure.locator(f".live-graph-{name}") for name in ("said", "heard"))
    assert list(held(figure)) == NODES
    assert held(figure)["user 575"] == "1"
    press(page, "One layer", 2)
    power = SCALED @ SCALED
    assert held(figure)["user 575"] == f"{power[0, 0]:.3f}" == "0.625"
    assert "Aliens 0.707 · 0.707 + Star Wars 0.354 · 0.354 = 0.625" in (
        heard.inner_text().replace("\xa0", " ")
    )
    assert "6 of 10" in said.inner_text()
    press(page, "One layer", 2)
    assert held(figure)["Aladdin"] == "0" and "9 of 10" in said.inner_text()
    press(page, "One layer")
    fifth = np.linalg.matrix_power(SCALED, 5)
    assert held(figure)["Aladdin"] == f"{fifth[9, 0]:.3f}" != "0"
    assert "10 of 10" in said.inner_text()

    press(page, "Five layers", 3)
    states = [np.linalg.matrix_power(SCALED, k) for k in range(21)]
    for row, vectors in (
        ("last layer", states[-1]),
        ("mean of layers", np.mean(states, axis=0)),
    ):
        lengths = np.linalg.norm(vectors, axis=1)
        expected = f"{mean_cosine(vectors[5:]):.2f}"
        shown = numbers(figure, row)
        assert shown == [expected, f"{lengths.max():.3f}", f"{lengths.min():.3f}"]
    last, mean = (
        float(numbers(figure, row)[0]) for row in ("last layer", "mean of layers")
    )
    assert last > 0.97 > mean + 0.1
    press(page, "One layer")
    assert "20 layers are the most here" in said.inner_text()

    page.get_by_label("show:").select_option("mean")
    assert held(figure)["Aladdin"] == f"{np.mean(states, axis=0)[9, 0]:.3f}"
    assert heard.inner_text().startswith("user 575: (1 + 0 + 0.625 + 0 + … + ")
    page.get_by_label("edges:").select_option("sum")
    page.get_by_label("show:").select_option("last")
    page.get_by_label("begins with 1:").select_option("Star Wars")
    assert numbers(figure, "last layer")[1].endswith(" M")
    assert held(figure)["Star Wars"].endswith(" M")
    assert float(held(figure)["Star Wars"][:-2]) > 2 * float(held(figure)["Emma"][:-2])
    press(page, "Reset")
    assert held(figure)["user 575"] == "1"
    assert page.get_by_label("edges:").input_value() == "scaled"


def test_a_node_can_be_chosen_in_the_picture(page: Any, live: Any) -> None:
    figure = live(page, "graph")
    press(page, "One layer")
    figure.locator("[data-node='6']").click()
    assert page.get_by_label("listen to:").input_value() == "6"
    heard = figure.locator(".live-graph-heard").inner_text().replace("\xa0", " ")
    assert heard.startswith("Star Wars hears in layer 1: user 575 0.354 · 1 + user 55")


def test_a_keyboard_is_enough(page: Any, live: Any) -> None:
    figure = live(page, "graph")
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement.textContent"
            )
        )
    selects = [f"live-graph-{name}" for name in ("speaker", "edges", "shown")]
    buttons = ["One layer", "Five layers", "Reset"]
    assert reached == [*buttons, *selects, "live-graph-listener"]
    page.keyboard.press("ArrowDown")
    assert "user 55 holds 0" in figure.locator(".live-graph-heard").inner_text()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    assert "mean of layers 0 to 0" in figure.locator("svg text").all_text_contents()
    page.get_by_role("button", name="One layer").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert "mean of layers 0 to 2" in figure.locator("svg text").all_text_contents()
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "One layer"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_all_of_it(new_page: Any, live: Any, theme: str) -> None:
    page = new_page(width=390)
    figure = live(page, "graph", theme)
    page.get_by_label("edges:").select_option("sum")
    for shown in ("mean", "last"):  # the longest lines
        page.get_by_label("show:").select_option(shown)
        page.get_by_label("listen to:").select_option("Star Wars")
        for _ in range(4):
            press(page, "Five layers")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert figure.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_without_scripts_there_is_a_picture(new_page: Any, live: Any) -> None:
    figure = live(new_page(java_script_enabled=False), "graph")
    assert figure.get_by_role("img").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("p").is_visible()
    assert figure.locator("button").count() == 0
    power = SCALED @ SCALED
    texts = [f"{value:.3f}" if value else "0" for value in power[:, 0]]
    assert held(figure) == dict(zip(NODES, texts, strict=True))


def test_its_script_is_small() -> None:
    assert SCRIPT.stat().st_size <= 30 * 1024
