"""A class of made-up students: points, groups, late ones, copies, statistics."""

import math
import os
import re
from datetime import datetime

import pandas as pd
import pytest

from rec_tutor.data.schema import DataError
from rec_tutor.grading import (
    copies,
    gradebook,
    late,
    report,
    sheet,
    statistics,
    workers,
)
from rec_tutor.grading.classroom import Row, grade_class
from rec_tutor.grading.roster import Person
from tests.grading.conftest import RIGHT, STUB, WRONG, linux

pytestmark = pytest.mark.long

KEYS = ["mf.1", "mf.2", "mf.3"]
OPEN = ("markdown", "## 6 · Two loves\n\n*(07.G5, open)* Make a person.\n")


@pytest.fixture
def folder(tmp_path, put):
    """right, wrong, stub, broken, twice, a group with one file, one with two."""
    place = tmp_path / "in"
    put(place / "right.ipynb", *RIGHT.values(), OPEN, ("markdown", "Ten <b>films</b>"))
    put(place / "wrong.ipynb", *WRONG.values(), RIGHT["compare"])
    put(place / "stub.ipynb", *STUB.values(), OPEN)
    (place / "broken.ipynb").write_text("{")
    put(place / "twice" / "a.ipynb", *RIGHT.values())
    put(place / "twice" / "b.ipynb", *RIGHT.values())
    put(place / "g1.ipynb", *RIGHT.values())
    put(place / "h1.ipynb", RIGHT["misses"])
    put(place / "h2.ipynb", RIGHT["compare"])
    return place


PEOPLE = [
    *(
        Person(one, one)
        for one in ("right", "wrong", "stub", "broken", "twice", "none")
    ),
    *(Person(one, one, group=one[0]) for one in ("g1", "g2", "h1", "h2")),
]


@linux
def test_a_class(folder, tmp_path):
    room = grade_class(folder, KEYS, PEOPLE, worth={"mf.3": 2})
    rows = {row.person.id: row for row in room.rows}
    assert list(rows) == [one.id for one in PEOPLE]
    assert [row.total for row in room.rows] == [4, 1, 0, 0, 0, 0, 4, 4, 0, 0]
    assert rows["none"].note == "nothing handed in"
    assert rows["g2"].note == "handed in by g1" and rows["g2"].file == "g1"
    assert "none of 2 files" in rows["twice"].note
    assert "none of 2 files of the group" in rows["h2"].note
    assert "no notebook" in rows["broken"].note
    assert {path.name for path, _ in room.unclear} == {
        *("a.ipynb", "b.ipynb", "h1.ipynb", "h2.ipynb")
    }
    assert set(room.graded) == {"right", "wrong", "stub", "broken", "g1"}
    counted = statistics.mistakes(room.graded.values())
    assert counted == {("mf.1", "holes_are_zeros"): 1, ("mf.3", "no_penalty"): 1}
    alike = copies.alike({own: one.prints for own, one in room.graded.items()})
    assert all(ids == ["g1", "right"] for ids, _ in alike)
    found = statistics.states(room.graded.values(), KEYS)
    assert found.loc["mf.1"].to_dict() == {
        **{"right": 2, "wrong": 1, "not attempted": 2, "refused": 0}
    }
    text = report.feedback(rows["wrong"], room, "07", 4)
    assert "**1 of 4 points.**" in text and "the holes too" in text

    page, key = sheet.sheet(room, seed=1)
    assert "Ten &lt;b&gt;films&lt;/b&gt;" in page and "<b>" not in page
    assert not any(own in page for own in ("right", "wrong", "stub", "g1"))
    lines = key.decode().splitlines()
    assert lines[0] == "code,id,name,file"
    assert len(lines) == 1 + 5  # of five people; the broken file has no answer
    assert sheet.sheet(room, seed=1) == (page, key) != sheet.sheet(room, seed=2)
    html = report.page("07", room, statistics.items(pd.DataFrame({"mf.1": [1.0]})),
                       counted, alike, "limits", folder)  # fmt: skip
    assert "the holes too" in html and html.count("<img") == 1


@linux
def test_one_question_again(folder):
    room = grade_class(folder, KEYS, PEOPLE[:3])
    old = gradebook.table(room.rows, KEYS)
    old[0] |= {"mf.3": "0", "mf.1": "0.5", "note": "talked to me", "late": "10"}
    old[1]["extra"] = old[0]["extra"] = old[2]["extra"] = "x"
    again = grade_class(folder, ["mf.3"], PEOPLE[:4])
    new = gradebook.regraded(old, again, "mf.3", KEYS)
    assert new[0] == old[0] | {"mf.3": "1", "total": "2.25"}
    assert new[1:3] == old[1:]
    assert new[3]["id"] == "broken" and new[3]["note"].startswith("only mf.3")
    old[0]["mf.1"] = "good"
    with pytest.raises(DataError, match="row of right"):
        gradebook.regraded(old, again, "mf.3", KEYS)


@linux
def test_a_process_that_ends_costs_its_submission_only(folder, monkeypatch):
    one = workers.Worker(KEYS, "torch")
    path = folder / "right.ipynb"
    assert sum(mark.points for mark in one(path).marks) == 3
    one.process.kill()
    one.process.join()
    result = one(path)
    assert {mark.state for mark in result.marks} == {"refused"}
    assert result.notes == ["It could not be graded: the process that graded it ended."]
    result = one(path, patience=0.0)
    assert "took more than 0 seconds" in result.notes[0]
    assert sum(mark.points for mark in one(path).marks) == 3
    one.close()


def test_an_empty_folder(tmp_path):
    with pytest.raises(DataError, match="no notebook"):
        grade_class(tmp_path, KEYS)
    with pytest.raises(DataError, match="not there"):
        grade_class(tmp_path / "none", KEYS)


@pytest.mark.parametrize(
    ("came", "off", "says"),
    [
        ("2027-05-01T23:59:59", 0, ""),
        ("2027-05-02T00:00", 0.1, "late, 1 day begun"),
        ("2027-05-02T23:59:59", 0.1, "late, 1 day begun"),
        ("2027-05-03T00:00:01", 0.2, "late, 2 days begun"),
        ("2027-12-01T00:00", 1, "late, 214 days begun"),
    ],
)
def test_late(came, off, says):
    policy = late.policy("2027-05-01T23:59", "10%/day")
    assert policy.off(late.moment(came)) == (pytest.approx(off), says)


def test_late_without_a_policy_is_only_noted():
    moment = datetime(2027, 5, 3)
    assert late.policy(None, None).off(moment) == (0, "")
    assert late.policy("2027-05-01", None).off(moment)[0] == 0
    assert "no time" in late.policy("2027-05-01", "5%/hour").off(None)[1]
    for due, policy in (("soon", None), (None, "10%/day"), ("2027-05-01", "ten")):
        with pytest.raises(DataError):
            late.policy(due, policy)


def test_times(tmp_path):
    path = tmp_path / "in" / "a.ipynb"
    path.parent.mkdir()
    path.touch()
    os.utime(path, (0, 1_800_000_000))
    whole = datetime.fromtimestamp(1_800_000_000)
    assert late.came(path, path.parent, None) == whole
    table = tmp_path / "times.csv"
    table.write_text("file,time\na.ipynb,2027-05-01T12:00\n")
    assert late.came(path, path.parent, late.read_times(table)) == datetime(
        2027, 5, 1, 12
    )
    assert late.came(path, path.parent, {}) is None
    table.write_text("file,time\na.ipynb,noon\n")
    with pytest.raises(DataError, match="noon"):
        late.read_times(table)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\n@x", "＝1"])
def test_no_cell_is_a_formula(text):
    assert gradebook.cell(text)[0] == "'"
    row = Row(Person(text, text), {"mf.1": 1.0}, note=text)
    line = gradebook.as_csv(gradebook.table([row], ["mf.1"])).decode().split("\n")[1]
    assert not re.search(r"(^|,)\"?\s*[=+@-]", line)


def test_difficulty_and_discrimination():
    points = pd.DataFrame({"a": [1.0, 1, 0, 0], "b": [2.0, 2, 0, 0], "c": [1.0] * 4})
    found = statistics.items(points, {"b": 2})
    assert found["share"].tolist() == [0.5, 0.5, 1]
    assert found.loc["a", "discrimination"] == pytest.approx(1)
    assert math.isnan(found.loc["c", "discrimination"])
    one = statistics.items(points.iloc[:1])
    assert one["discrimination"].isna().all()


def test_every_mistake_has_a_sentence():
    assert "penalty" in statistics.sentence("mf.3", "no_penalty")
    for name in ("cuts_whole_numbers", "takes_a_step_downhill"):
        assert statistics.sentence("mf.3", f"law: {name}")
    for name in ("transposed", "factor", "nothing", "no_gradient", "unheard of"):
        assert "{" not in statistics.sentence("mf.4", f"habit: {name}")
