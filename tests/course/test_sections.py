"""Sections of about ten minutes: what they take, their keys, and where the page has
them; without a browser.
"""

# ruff: noqa: E402

import re
from dataclasses import replace
from itertools import groupby
from types import SimpleNamespace

import nbformat
import pytest

from course.needs import needs

needs("docutils", "sphinx", extra="book")

from docutils import nodes
from docutils.utils import new_document
from sphinx.errors import ExtensionError

import course_sections as drawn
from course import notebooks, reading, sections
from course.modules import ROOT
from course.reading import Part

STATIC = ROOT / "book" / "_static"
TARGETS = notebooks.targets()
# Over twelve minutes, and without a heading inside that would divide them.
LONG = {"08.Dd2", "09.Dc"}


@pytest.mark.parametrize(
    ("minutes", "whole"),
    [
        ([2.3, 3.4, 4.2], [2, 4, 4]),
        ([0.2, 0.2, 9.6], [1, 1, 8]),
        ([1.5, 1.5], [2, 1]),
        ([0.1, 0.1], [1, 1]),
        ([], []),
    ],
)
def test_minutes_are_rounded_so_that_they_add_up(minutes, whole):
    assert sections.rounded(minutes) == whole


def page(*parts):
    """(level, minutes) -> the sections of such a page: key, minutes."""
    own = [Part(level, f"t{at}", minutes) for at, (level, minutes) in enumerate(parts)]
    found = sections.divided(own, [part.minutes for part in own])
    assert [one.title for one in found] == [f"t{one.heading + 1}" for one in found]
    return [(one.key, one.minutes) for one in found]


def test_the_opening_belongs_to_the_first_section():
    assert page((1, 2), (2, 3), (2, 4)) == [("a", 5), ("b", 4)]


def test_what_takes_no_time_is_no_section_but_counts_as_a_place():
    assert page((1, 1), (2, 3), (2, 0), (2, 4)) == [("a", 4), ("c", 4)]


def test_what_takes_a_moment_belongs_to_the_section_before():
    assert page((1, 0), (2, 3.6), (2, 0.4), (2, 4)) == [("a", 4), ("c", 4)]


def test_a_long_section_is_divided_at_its_headings():
    assert page((1, 0), (2, 5), (3, 4), (3, 3)) == [("a", 12)]
    assert page((1, 0), (2, 5), (3, 4), (3, 4)) == [("a", 5), ("a1", 4), ("a2", 4)]
    label = [(1, 2), (2, 0.6), (3, 7.4), (3, 7), (2, 2)]  # a heading over headings
    assert page(*label) == [("a1", 10), ("a2", 7), ("b", 2)]


def test_the_longer_twin_decides():
    own = [Part(1, "", 0), Part(2, "a", 6), Part(3, "b", 6)]
    assert len(sections.divided(own, [0, 6, 6])) == 1
    assert len(sections.divided(own, [0, 6, 7])) == 2


def test_a_page_without_sections_and_one_with_too_many():
    assert page((1, 3)) == []
    with pytest.raises(ValueError, match="more headings than a key can count"):
        page((1, 1), *[(2, 1)] * 27)
    with pytest.raises(ValueError, match="more headings"):
        page((1, 1), (2, 1), *[(3, 1)] * 10)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_the_sections_of_a_page_take_what_the_page_takes(target):
    found = sections.of_page(target)
    counted = reading.measure(nbformat.read(target.path, 4), target.chapter[:2])
    assert sum(one.minutes for one in found) == round(counted.minutes)
    assert min(one.minutes for one in found) >= 1 and len(found) >= 5
    assert len({one.key for one in found}) == len(found)
    assert not {one.key for one in found if one.minutes > sections.LONGEST} - LONG


def test_twins_share_their_keys_and_nobody_else_does():
    everything = []
    for _, twins in groupby(TARGETS, key=lambda target: target.chapter):
        keys = [[one.key for one in sections.of_page(twin)] for twin in twins]
        assert all(one == keys[0] for one in keys)
        everything += keys[0]
    assert len(set(everything)) == len(everything) > 200
    assert all(re.fullmatch(r"\d\d\.[SD][a-z]\d?", key) for key in everything)


def copy(target, root, change):
    """A page and its twin in another folder, with a changed text."""
    for name in notebooks.twins_of(target.source):
        twin = replace(target, framework=name)
        other = replace(twin, root=root)
        text = change(name, twin.path.read_text(encoding="utf-8"))
        for path, content in ((other.path, text), (other.source, None)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content or target.source.read_text("utf-8"), "utf-8")
    return replace(target, root=root)


TORCH = notebooks.Target("07_mf", "torch")


def test_a_key_survives_another_title(tmp_path):
    other = copy(
        TORCH, tmp_path, lambda _, text: text.replace("## Two thin", "## Two narrow")
    )
    new = sections.of_page(other)
    assert "Two narrow tables" in {one.title for one in new}
    assert [one.key for one in new] == [one.key for one in sections.of_page(TORCH)]


def test_twins_with_different_headings_are_refused(tmp_path):
    def change(name, text):
        return text.replace("## Two thin", "Two thin") if name == "torch" else text

    with pytest.raises(ValueError, match="07_mf: the twins have different headings"):
        sections.of_page(copy(TORCH, tmp_path, change))


def test_a_section_that_is_long_in_one_twin_is_divided_in_both(tmp_path):
    def change(name, text):
        longer = "### It forgets" + " word" * 600
        return text.replace("### It forgets", longer) if name == "torch" else text

    chapter = notebooks.Target("11_dqn", "tensorflow")
    before = {one.key for one in sections.of_page(chapter)}
    new = {one.key for one in sections.of_page(copy(chapter, tmp_path, change))}
    assert new - before == {"11.Sg1", "11.Sg2"} and before <= new


def test_the_command_marks_what_is_long(capsys):
    assert sections.main(["08_ncf_deeper", "03_baselines_deeper"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"08\.Dd2 +\d+ min +long +The three models", said)
    assert re.search(r"03\.Di +\d+ min +Who leads", said)


# On the page.


def document(levels):
    """A page as Sphinx reads it: its headings, a paragraph under each."""
    made = new_document("page")
    stack = [made]
    for at, level in enumerate([1, *levels]):
        del stack[level:]
        one = nodes.section("", ids=[f"s{at}"])
        one += nodes.title("", f"T{at} <b>")
        one += nodes.paragraph("", f"p{at}")
        stack[-1] += one
        stack.append(one)
    return made


def shown(made):
    """Titles, paragraphs and what was drawn, in order; of that the class and the
    key."""
    found = []
    for node in made.findall():
        if isinstance(node, nodes.Text):
            found.append(node.astext().partition(" ")[0])
        elif isinstance(node, drawn.Drawn):
            kind = re.search(r'class="rt-(\w+)"', node["html"])[1]
            key = re.search(r'data-key="([\w.]+)"', node["html"])[1]
            found.append(f"{kind} {key}" if kind != "sections" else kind)
    return found


def test_minutes_stand_behind_headings_and_ticks_at_ends():
    made = document([2, 2, 3, 3, 2])
    own = [
        sections.Section(key, "", heading, minutes)
        for key, heading, minutes in (("a", 0, 4), ("b", 1, 6), ("b2", 3, 7))
    ]
    drawn.fill(made, own, "notebooks/x")
    wanted = "T0,p0,sections,T1,minutes a,p1,read a,T2,minutes b,p2,T3,p3,read b"
    wanted += ",T4,minutes b2,p4,read b2,T5,p5"
    assert shown(made) == wanted.split(",")


def test_the_line_has_the_sections_and_what_they_take():
    made = document([2, 2])
    own = [sections.Section("07.Sa", "", 0, 45), sections.Section("07.Sb", "", 1, 63)]
    drawn.fill(made, own, "notebooks/torch/07_mf")
    first = next(iter(made.findall(drawn.Drawn)))["html"]
    assert 'data-page="notebooks/torch/07_mf.html" data-name="T0 &lt;b&gt;"' in first
    assert 'data-id="s1" data-minutes="45" title="T1 &lt;b&gt;, 45 min"' in first
    assert "2 sections · about 1 h 50 min<" in first
    assert made.next_node(nodes.title).astext() == "T0 <b>"
    assert [one.astext() for one in made.findall(nodes.title)][1] == "T1 <b>"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "1 min"), (59, "59 min"), (62, "1 h"), (88, "1 h 30 min"), (119, "2 h")],
)
def test_how_long_is_said(minutes, said):
    assert drawn.duration(minutes) == said


def test_a_page_with_other_headings_stops_the_build():
    app = SimpleNamespace(srcdir=ROOT)
    counted = sections.levels(TORCH)
    made = document(counted)
    drawn.divide(app, made, "notebooks/torch/07_mf")
    assert len(shown(made)) > 3 * len(sections.of_page(TORCH))
    with pytest.raises(ExtensionError, match="07_mf: other headings"):
        drawn.divide(app, document(counted[1:]), "notebooks/torch/07_mf")
    other = document([2])
    drawn.divide(app, other, "book/index")
    assert shown(other) == ["T0", "p0", "T1", "p1"]


def test_the_way_back_is_written_where_a_page_asks_for_it():
    source = [f"a\n\n{drawn.LINE}\n\nb"]
    drawn.offer(None, "book/teaching/page", source)
    assert 'data-root="../../" hidden>' in source[0] and drawn.LINE not in source[0]
    assert not re.search(r"\n\s*\n", source[0][3:-3])  # one block of HTML
    other = [drawn.LINE]
    drawn.offer(None, "notebooks/01_data", other)
    assert other == [drawn.LINE]


def test_the_script_is_small_classic_and_asks_nobody():
    text = (STATIC / "sections.js").read_text(encoding="utf-8")
    assert len(text) <= 10_000
    assert not re.search(r"\bfetch\(|XMLHttpRequest|https?://|\bimport\b|=>", text)
