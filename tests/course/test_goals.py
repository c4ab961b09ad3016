"""Every goal of the course is taught somewhere and practised somewhere, and what names
a goal names one that exists.
"""

import shutil

import pytest

from course import goals
from course.modules import ROOT
from rec_tutor.check.questions import CHAPTERS

# Goals of pages *Deeper* without an exercise. Add none: give the page an exercise.
UNPRACTISED = {
    "00.G10",
    "01.G7",
    "03.G8",
    "07.G6",
    "07.G9",
    "07.G11",
    "08.G6",
    "08.G8",
    "08.G10",
    "08.G12",
    "09.G6",
    "10.G6",
    "11.G10",
}


@pytest.fixture(scope="module")
def found():
    return goals.goals()


@pytest.fixture
def copied(tmp_path):
    for file in (ROOT / "book").rglob("*.md"):
        target = tmp_path / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return tmp_path


def change(root, name, old, new):
    path = root / "book" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_goal_is_taught_and_practised_and_every_name_is_a_goal(found):
    lacking = {f"{key}: nothing practises it" for key in UNPRACTISED}
    assert set(goals.problems(found)) == lacking
    assert not [key for key in UNPRACTISED if not found[key].page.endswith("_deeper")]
    assert len(found) > 120


def test_every_goal_of_a_core_is_asked_for_in_an_exercise_a_quiz_or_a_turn(found):
    core = [goal for goal in found.values() if not goal.page.endswith("_deeper")]
    assert len(core) > 55 and all(goal.practised for goal in core)


def test_what_is_written_by_hand_names_headings_that_exist(found):
    for key, headings in goals.TAUGHT.items():
        there = {name for page, name in found[key].sections if page == found[key].page}
        assert set(headings) <= there, key


def test_the_places_of_one_goal(found):
    goal = found["07.G2"]
    assert goal.text == "train such tables: one step by hand, then a loop"
    assert goal.sections == [("07_mf", "Learn them from what is known")]
    assert (goal.turns, goal.quiz, goal.exercises) == ([], ["07.Q2"], ["3", "5"])
    assert found["07.G1"].turns == ["07.T1"]
    assert found["00.G8"].exercises == ["1", "6"]
    assert found["02.G3"].exercises == ["leaks"]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("exercises/07_mf.md", "*(07.G4, 5", "*(07.G9, 5", "07.G4: nothing practises"),
        ("exercises/07_mf.md", "*(07.G4, 5", "*(07.G44, 5", "exercises/07_mf, 2: no g"),
        ("exercises/07_mf.md", "07.Q1 (07.G1)", "07.Q1 (07.G0)", "07.Q1: no goal 07.G"),
        ("07_mf_deeper.md", "*(07.G7)*", "*(07.G77)*", "07_mf_deeper, exercise 1: no"),
        ("exercises/leaks.md", "*(02.G3, an", "*(02.G30, an", "exercises/leaks: no g"),
        ("07_mf.md", "**07.G3**", "**07.G30**", "mf.4: no goal 07.G3"),
    ],
)
def test_a_fault_is_named(copied, name, old, new, said):
    change(copied, name, old, new)
    found = goals.goals(copied)
    assert any(one.startswith(said) for one in goals.problems(found, copied))


def test_a_section_is_found_by_its_formula_and_by_its_heading(copied):
    change(copied, "07_mf_deeper.md", "## Biases", "## Bias")
    assert goals.goals(copied)["07.G7"].sections == [("07_mf_deeper", "Bias")]
    change(copied, "07_mf_deeper.md", "## The side effect", "## Effects")
    names = [name for _, name in goals.goals(copied)["07.G11"].sections]
    assert names == ["The scoreboard"]


def test_the_page_has_a_table_for_each_chapter(found):
    text = goals.filled("a\n<!-- goals -->\n", ROOT / "book" / "teaching")
    assert text.count("| goal | taught in |") == len(CHAPTERS)
    assert all(text.count(f"**{key}**") == 1 for key in found)
    line = next(line for line in text.splitlines() if "**07.G7**" in line)
    assert "(../../notebooks/torch/07_mf_deeper.ipynb#biases)" in line
    assert "[1](../../notebooks/torch/07_mf_deeper.ipynb#exercises)" in line
    assert goals.filled("no line", ROOT) == "no line"


def test_an_anchor_is_what_the_website_makes_of_a_heading():
    assert goals.slug("Where EASE's formula comes from") == (
        "where-eases-formula-comes-from"
    )
    assert goals.slug("Part 1 · More metrics") == "part-1--more-metrics"
