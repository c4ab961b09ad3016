"""The commands grade and precheck, as somebody calls them."""

import csv
import re
import sys

import pytest

from rec_tutor.cli import main
from rec_tutor.grading import isolation
from rec_tutor.grading.assignment import assignment
from tests.grading.conftest import RIGHT, STUB, WRONG, linux

pytestmark = pytest.mark.long

OPEN = ("markdown", "## 6 · Two loves\n\n*(07.G5, open)* Make a person.\n")
ODD = {
    "right": [*RIGHT.values()],
    "wrong": [*WRONG.values(), "%matplotlib inline\n!ls"],
    "stub": [*STUB.values(), OPEN],
    "syntax": ["def misses(:", RIGHT["compare"]],
    "raises": ["def misses(R, U, V):\n    raise SystemExit(1)", RIGHT["sgd_step"]],
    "other": ["def Misses(R, U, V):\n    return 1"],
}


@pytest.fixture
def folder(tmp_path, put):
    for name, cells in ODD.items():
        put(tmp_path / "in" / f"{name}.ipynb", *cells)
    (tmp_path / "in" / "broken.ipynb").write_text("no notebook")
    return tmp_path / "in"


def call(command, place, *more):
    return main([command, str(place), "--assignment", "07", *map(str, more)])


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@linux
def test_precheck_says_what_grade_writes(folder, tmp_path, capsys):
    out, pages = tmp_path / "grades.csv", tmp_path / "feedback"
    extra = ["--report", tmp_path / "report.html", "--sheet", tmp_path / "sheet.html"]
    assert call("grade", folder, "--out", out, "--feedback", pages, *extra) == 0
    said = capsys.readouterr()
    assert f"isolation: {isolation.level()}" in said.err and "mf.5" in said.out
    rows = read(out)
    assert set(rows) == {*ODD, "broken"}
    keys = assignment("07").keys
    assert [rows["right"][key] for key in keys] == ["1", "1", "1", "0", "0"]
    for own, row in rows.items():
        assert call("precheck", folder / f"{own}.ipynb") == 0
        seen = capsys.readouterr().out
        assert f"\n{row['total']} of 5 questions are right." in seen
        page = (pages / f"{own}.md").read_text(encoding="utf-8")
        texts = page.split("```text\n")[1:]
        assert len(texts) >= 5
        assert all(
            one.partition("\n```")[0].split("\n")[0] in seen for one in texts[-5:]
        )
    for name in ("report.html", "sheet.html", "sheet.key.csv"):
        assert (tmp_path / name).stat().st_size > 50


@linux
def test_late_points_and_one_question_again(folder, tmp_path, capsys):
    out, roster, times = (tmp_path / f"{n}.csv" for n in ("out", "roster", "times"))
    roster.write_text("id,name\nright,Student 1\nstub,Student 2\nwrong,=Student 3\n")
    times.write_text("file,time\nright.ipynb,2027-05-03T12:00\n")
    late = ["--due", "2027-05-01T23:59", "--late", "10%/day", "--times", times]
    more = ["--roster", roster, "--points", "mf.1=3", "--out", out]
    assert call("grade", folder, *more, *late) == 0
    assert "not graded: syntax.ipynb" in capsys.readouterr().err
    rows = read(out)
    assert rows["right"]["total"] == "4" and rows["right"]["late"] == "20"
    assert rows["wrong"]["name"] == "'=Student 3"
    before = out.read_bytes()
    page = tmp_path / "report.html"
    assert call("grade", folder, *more, "--only", "mf.1", "--report", page) == 0
    text = re.sub(r'"data:[^"]*"', "", page.read_text(encoding="utf-8"))  # pictures
    assert not re.search(r"(<|&lt;)NA\b", capsys.readouterr().out + text)
    assert out.read_bytes() == before


@linux
@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--assignment", "99"], "no chapter '99'"),
        (["--roster", "none.csv"], "none.csv can't be read"),
        (["--out", "in/grades.csv"], "in the folder of submissions"),
        (["--feedback", "in/back"], "in the folder of submissions"),
        (["--out", "none/grades.csv"], "does not exist"),
        (["--only", "mf.9"], "No question 'mf.9'"),
        (["--only", "mf.1"], "earlier grades"),
        (["--points", "mf.9=1"], "there are mf.1"),
        (["--late", "10%/day"], "--due"),
        (["--due", "soon"], "no time"),
        (["--rubric", "none.md"], "none.md can't be read"),
    ],
)
def test_clear_errors(folder, tmp_path, monkeypatch, capsys, more, says):
    monkeypatch.chdir(tmp_path)
    given = ["grade", "in", "--assignment", "07", "--out", "grades.csv", *more]
    assert main(given) == 1
    said = capsys.readouterr().err
    assert says in said and said.startswith("error: ") and said.count("\n") == 1
    assert not (tmp_path / "grades.csv").exists()


@linux
def test_nothing_to_grade(tmp_path, capsys):
    assert call("grade", tmp_path / "none", "--out", tmp_path / "g.csv") == 1
    assert "is not there" in capsys.readouterr().err
    (tmp_path / "in.zip").touch()
    assert call("grade", tmp_path / "in.zip", "--out", tmp_path / "g.csv") == 1
    assert "unpack it" in capsys.readouterr().err
    (tmp_path / "in").mkdir()
    assert call("grade", tmp_path / "in", "--out", tmp_path / "g.csv") == 1
    assert "There is no notebook" in capsys.readouterr().err
    assert call("precheck", tmp_path / "none.ipynb") == 1
    assert "There is no file" in capsys.readouterr().err


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_other_systems_are_refused(folder, tmp_path, monkeypatch, capsys, system):
    isolation.level.cache_clear()
    monkeypatch.setattr(sys, "platform", system)
    try:
        for command, place, more in (
            ("grade", folder, ["--out", tmp_path / "g.csv"]),
            ("precheck", folder / "right.ipynb", []),
        ):
            assert call(command, place, *more) == 1
            said = capsys.readouterr().err
            assert "WSL" in said and "Colab" in said
    finally:
        isolation.level.cache_clear()
    assert not (tmp_path / "g.csv").exists()
