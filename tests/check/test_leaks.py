"""The lab "Spot the leak": what is planted, what tests are worth, and what is said."""

import dataclasses
import random
import re
import time
import tomllib
from collections import Counter
from functools import cache

import numpy as np
import pytest

from course.modules import ROOT
from rec_tutor.check import leaks
from rec_tutor.check.leaks import FAULTS, Run, judged, runs, verdict

pytestmark = pytest.mark.long

SEEDS = range(200)
drawn = cache(leaks._drawn)


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch):
    """The lab draws its runs at each call; here they are kept."""
    monkeypatch.setattr(leaks, "_drawn", drawn)


def pairs(table):
    return set(map(tuple, table.tolist()))


def seen_items_shown(run):
    has = pairs(run.train) | pairs(run.valid)
    films = enumerate(run.lists)
    return any((person, int(film)) in has for person, row in films for film in row)


def chosen_on_test(run):
    return bool(pairs(run.tuned_on) & pairs(run.test))


def negatives_avoid_test(run):
    return not pairs(run.negatives) & pairs(run.test)


def test_edges_in_graph_(run):
    return bool(pairs(run.edges) & pairs(run.test))


def rows_shifted(run):
    return pairs(run.train_rows) != pairs(run.test_rows)


def sampled_ranking(run):
    open_ = np.ones((30, 40), dtype=bool)
    for person, film in [*run.train, *run.valid]:
        open_[person, film] = False
    return bool((open_ & ~run.candidates).any())


test_edges_in_graph_.__test__ = False  # a detector, not a test of pytest's
RIGHT = {
    "seen_items_shown": seen_items_shown,
    "chosen_on_test": chosen_on_test,
    "negatives_avoid_test": negatives_avoid_test,
    "test_edges_in_graph": test_edges_in_graph_,
    "rows_shifted": rows_shifted,
    "sampled_ranking": sampled_ranking,
}


def everywhere(seeds=SEEDS):
    return [one for seed in seeds for one in drawn(seed).values()]


def test_each_detector_finds_its_fault_and_nothing_else():
    for run, fault in everywhere():
        found = [name for name, test in RIGHT.items() if test(run)]
        assert found == [fault] * bool(fault)


def test_number_and_kinds_of_faults_vary():
    planted = [[fault for _, fault in drawn(seed).values()] for seed in SEEDS]
    assert {6 - one.count("") for one in planted} == {1, 2, 3, 4, 5}
    count = Counter(fault for one in planted for fault in one if fault)
    assert set(count) == set(FAULTS) and min(count.values()) > 50
    for fault in FAULTS:  # missing in some seeds, twice in others; at each place
        assert {one.count(fault) for one in planted} >= {0, 1, 2}
        assert {one.index(fault) for one in planted if fault in one} == set(range(6))


def test_a_fault_shows_in_nothing_else():
    """The same fields, sizes and types, and what the steps promise holds."""
    forms = {
        tuple((name, value.shape, value.dtype) for name, value in arrays(run))
        for run, _ in everywhere()
    }
    assert len(forms) == 1
    for run, fault in everywhere(range(60)):
        assert type(run.setting) is float and type(run.reported) is float
        log = [*pairs(run.train), *pairs(run.valid), *pairs(run.test)]
        assert len(set(log)) == 360 and set(Counter(x for x, _ in log).values()) == {12}
        assert len(pairs(run.edges)) == len(pairs(run.negatives)) == 240
        assert not pairs(run.negatives) & (pairs(run.train) | pairs(run.valid))
        assert sorted(run.train_rows[:, 1]) == sorted(run.test_rows[:, 1])
        assert run.tuning[run.settings == run.setting] == run.tuning.max()
        assert run.reported == (run.ranks <= 5).mean()
        shown = [film in run.lists[person] for person, film in run.test]
        assert shown == (run.ranks <= 5).tolist()
        assert not fault or fault not in repr(run) + " ".join(vars(run))


def arrays(run):
    return [(name, x) for name, x in vars(run).items() if isinstance(x, np.ndarray)]


def test_what_a_clean_run_may_know():
    clean = [run for run, fault in everywhere() if not fault]
    hits = [len(pairs(run.negatives) & pairs(run.test)) for run in clean]
    assert min(hits) > 0 and 15 < np.mean(hits) < 17
    for run in clean:
        known = pairs(run.train) | pairs(run.valid)
        assert pairs(run.edges) < known
        assert pairs(run.tuned_on) == pairs(run.valid)
        assert run.candidates.sum() == 30 * 30
        assert not np.array_equal(run.train_rows, run.test_rows)  # lines in any order


def test_three_faults_flatter_two_harm_and_one_hides():
    """What the page says of the reported numbers, over a hundred seeds."""
    numbers = {fault: [] for fault in ("", *FAULTS)}
    for run, fault in everywhere(range(100)):
        numbers[fault].append(run.reported)
    clean = np.mean(numbers.pop(""))
    gain = {fault: np.mean(numbers[fault]) - clean for fault in FAULTS}
    higher = ("test_edges_in_graph", "sampled_ranking", "negatives_avoid_test")
    assert all(gain[fault] > 0.05 for fault in higher)
    assert gain["seen_items_shown"] < -0.05 and gain["rows_shifted"] < -0.05
    assert abs(gain["chosen_on_test"]) < 0.03


def test_the_same_seed_gives_the_same_runs_and_random_numbers_stay():
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first, again, other = (leaks.runs(seed) for seed in (7, 7, 8))
    drawn.cache_clear()
    fresh = runs(7)
    for name, run in first.items():
        for (field, one), (_, two) in zip(
            arrays(run), arrays(fresh[name]), strict=True
        ):
            assert np.array_equal(one, two), field
    assert list(first) == list("ABCDEF") and first["A"] is again["A"]
    assert not np.array_equal(first["A"].train, other["A"].train)

    def careless(run):
        np.random.seed(5)  # noqa: NPY002
        run.edges[:] = 0
        return random.random() > 2

    judged(7, {"rows_shifted": careless})
    assert all((run.edges != 0).any() for run in runs(7).values())
    after = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert before == after


@pytest.mark.parametrize("seed", [0, 2027])
def test_points(seed):
    whole = judged(seed, RIGHT)
    planted = [fault for s in range(seed, seed + 10) for _, fault in drawn(s).values()]
    assert (whole.state, whole.points) == ("right", whole.most)
    assert whole.most == sum(map(bool, planted))
    assert f"Points: {whole.most} of {whole.most};" in whole.text
    assert "without a false alarm" in whole.text
    never = judged(seed, dict.fromkeys(FAULTS, lambda run: False))
    assert never.points == 0 and never.state == "wrong"
    always = judged(seed, dict.fromkeys(FAULTS, lambda run: True))
    assert always.points == whole.most - (360 - whole.most)
    for fault in FAULTS:  # a single one is punished, too
        assert judged(seed, {fault: lambda run: True}).points <= 0
    one = judged(seed, {"rows_shifted": rows_shifted})
    assert one.state == "begun" and one.points == planted.count("rows_shifted")
    assert one.text.count("  not written yet") == 5


def test_a_detector_under_another_name_is_no_good():
    for n, fault in enumerate(FAULTS):
        other = RIGHT[FAULTS[n - 1]]
        found = judged(3, {fault: other})
        assert found.points < 0 and found.state == "wrong" and "found 0" in found.text


def half_seen(run):
    has = pairs(run.train)
    return any((p, int(f)) in has for p, films in enumerate(run.lists) for f in films)


def wholly_chosen(run):
    return pairs(run.tuned_on) == pairs(run.test)


def inverted(run):
    return bool(pairs(run.negatives) & pairs(run.test))


def in_array(run):
    return any(edge in run.test for edge in run.edges)


def first_row(run):
    return not np.array_equal(run.train_rows, run.test_rows)


def all_films(run):
    return not run.candidates.all()


@pytest.mark.parametrize(
    ("fault", "test", "said"),
    [
        ("seen_items_shown", half_seen, "train and valid together"),
        ("chosen_on_test", wholly_chosen, "One pair of the test is enough"),
        ("negatives_avoid_test", inverted, "must happen to a sampler"),
        ("test_edges_in_graph", in_array, "as soon as one of the two numbers"),
        ("rows_shifted", first_row, "another order"),
        ("sampled_ranking", all_films, "Films that a person has may be left out"),
    ],
)
def test_a_sloppy_test_gets_an_example(fault, test, said):
    found = judged(2027, {fault: test})
    text = " ".join(found.text.split())
    assert found.state == "wrong" and said in text
    assert f"{fault}: " in text and "Run " in text and " of seed 20" in text


def test_an_example_is_true():
    """The run that is named has the fault, and the pair stands where it is said to."""
    text = " ".join(judged(2027, {"seen_items_shown": half_seen}).text.split())
    name, seed, film, person = re.search(
        r"Run (\w) of seed (\d+) has .* such as film (\d+) to person (\d+)\.", text
    ).groups()
    run, fault = drawn(int(seed))[name]
    assert fault == "seen_items_shown" and int(film) in run.lists[int(person)]
    assert (int(person), int(film)) in pairs(run.train) | pairs(run.valid)


def stub(run):
    """Has it?"""
    ...


@pytest.mark.parametrize(
    "tests", [{}, {"rows_shifted": ...}, dict.fromkeys(FAULTS, stub), {"other": stub}]
)
def test_not_attempted(tests, monkeypatch, capsys):
    monkeypatch.setenv("RECTUTOR_CHECK", "strict")
    assert judged(1, tests).state == "not attempted"
    verdict(1, tests)
    said = capsys.readouterr().out
    assert "Not attempted yet." in said and "verdict(1, tests)" in said
    assert ("No fault is called other." in said) == ("other" in tests)


def test_strict(monkeypatch, capsys):
    monkeypatch.delenv("RECTUTOR_CHECK", raising=False)
    verdict(1, {"rows_shifted": first_row})
    monkeypatch.setenv("RECTUTOR_CHECK", "strict")
    verdict(1, RIGHT)
    with pytest.raises(AssertionError, match="false alarms"):
        verdict(1, {"rows_shifted": first_row})
    assert capsys.readouterr().out.count("Points: ") == 3


def endless(run):
    while True:
        run = run


def test_what_gives_no_answer(monkeypatch):
    monkeypatch.setattr(leaks.running.run, "__defaults__", (0.3, leaks.running.copied))
    start = time.perf_counter()
    offset = {"value": 3}
    globals()["elsewhere"] = offset
    tests = {
        "seen_items_shown": lambda run: elsewhere["value"] > 1,  # noqa: F821
        "chosen_on_test": lambda run: run.edge,
        "negatives_avoid_test": lambda run: len(run.edges),
        "test_edges_in_graph": endless,
        "rows_shifted": True,
        "sampled_ranking": lambda run: run.edges.sort(),
    }
    found = judged(1, tests)
    text = " ".join(found.text.split())
    assert time.perf_counter() - start < 30
    assert (found.state, found.points) == ("wrong", 0)
    assert text.count("gave no answer") == 6
    for said in (
        "uses elsewhere, which stands in the notebook",
        "AttributeError: 'Run' object has no attribute 'edge'",
        "this one returns 240",
        "Is there a loop that never ends?",
        "Give the function itself",
        "Your function returns nothing.",
    ):
        assert said in text


def test_words_are_plain_and_lines_short():
    tests = [RIGHT, dict.fromkeys(FAULTS, lambda run: True), {"x": stub}]
    tests += [dict.fromkeys(FAULTS, lambda run: False), {"rows_shifted": lambda run: 1}]
    for one in tests:
        text = judged(4, one).text
        assert text.isascii() and max(map(len, text.splitlines())) <= 88
        assert "{" not in text and "}" not in text
    file = ROOT / "rec_tutor" / "check" / "words" / "en" / "leaks.toml"
    said = tomllib.loads(file.read_text(encoding="ascii"))
    assert set(FAULTS) <= set(said)
    assert not any(fault in said["claim"] for fault in FAULTS)


def test_the_page_lists_the_fields_and_the_faults():
    page = (ROOT / "book" / "exercises" / "leaks.md").read_text(encoding="utf-8")
    table = page.partition("| field |")[2].partition("```")[0]
    assert all(f"`{one.name}`" in table for one in dataclasses.fields(Run))
    assert all(f"- `{fault}`: " in page for fault in FAULTS)
    assert page.count("/issues/") == 6 and page.count(":tags: [solution]") == 6
