"""Names of files against a roster: what is certain is matched, the rest is listed."""

import unicodedata
from pathlib import Path

import pytest

from rec_tutor.data.schema import DataError
from rec_tutor.grading import roster
from rec_tutor.grading.filenames import submissions, understood
from rec_tutor.grading.roster import Person, match

PEOPLE = [
    Person("s1", "Student-001 Été"),
    Person("s2", "Student-002 de la Norte"),
    Person("4711", "Student-003 Ünit", group="Team 1"),
    Person("s4", "Student-004 Same"),
    Person("s5", "Student-004 Same"),
    Person("s6", "Student-006 Öne"),
    Person("s7", "Student-006 One"),
    Person("Participant 77", "Student-007"),
]


def owners(*names: str, people=PEOPLE):
    """Id -> the name of the file that counts, and the names that are unclear."""
    folder = Path("in")
    found = match([folder / one for one in names], folder, people)
    files = {
        own: one.path.relative_to(folder).as_posix() for own, one in found.files.items()
    }
    return files, {one.relative_to(folder).as_posix() for one, _ in found.unclear}


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("Student-001 Été_1234567_assignsubmission_file_/07_mf.ipynb", "s1"),
        ("Student-001 Été_1234567_assignsubmission_file/07_mf.ipynb", "s1"),
        ("Student-001 Été_1234567_assignsubmission_file_07_mf.ipynb", "s1"),
        ("Student-001 Ete_1234567_assignsubmission_file_07_mf.ipynb", "s1"),
        ("Été Student-001_1234567_assignsubmission_file_x.ipynb", "s1"),
        ("Team 1-Student-003 Ünit_12_assignsubmission_file_x.ipynb", "4711"),
        ("delanortestudent002_LATE_12345_678901_07_mf-2.ipynb", "s2"),
        ("lanortestudent002de_12345_678901_07_mf.ipynb", "s2"),
        ("unitstudent003_4711_678901_07_mf.ipynb", "4711"),
        ("unitother_4711_678901_07_mf.ipynb", "4711"),
        ("Team 1_12_assignsubmission_file_x.ipynb", "4711"),
        ("Teilnehmer_77_assignsubmission_file_/x.ipynb", "Participant 77"),
        ("s1.ipynb", "s1"),
        ("S1.ipynb", "s1"),
        ("s1/07_mf/07_mf.ipynb", "s1"),
        ("Student-006 Öne_1_assignsubmission_file_x.ipynb", "s6"),  # by the accent
        ("Student-006 One_1_assignsubmission_file_x.ipynb", "s7"),
    ],
)
def test_a_name_that_fits_one_person(name, own):
    assert owners(name) == ({own: name}, set())
    assert owners(unicodedata.normalize("NFD", name))[0].keys() == {own}


@pytest.mark.parametrize(
    "name",
    [
        "Student-004 Same_1_assignsubmission_file_x.ipynb",  # two of that name
        "samestudent004_99_5_x.ipynb",
        "delanortestudent002_4711_5_x.ipynb",  # the id is another's
        "somebody_4711_678901_07_mf.ipynb",  # the id alone may be another system's
        "Student-00_1_assignsubmission_file_x.ipynb",
        "s.ipynb",
        "07_mf.ipynb",
        "_1_2_x.ipynb",
    ],
)
def test_what_is_not_certain_is_listed(name):
    assert owners(name) == ({}, {name})


def test_of_several_versions_the_newest_counts():
    names = [
        f"delanortestudent002_1_{n}_07_mf{v}.ipynb" for n, v in ((7, ""), (8, "-2"))
    ]
    files, unclear = owners(
        *names, names[0].replace("_7_", "_9_").replace(".i", "-10.i")
    )
    assert files["s2"].endswith("-10.ipynb") and not unclear


def test_of_two_different_files_none_counts():
    names = {"s1/a.ipynb", "s1/b.ipynb", "s2.ipynb"}
    assert owners(*names) == ({"s2": "s2.ipynb"}, names - {"s2.ipynb"})


def test_late_is_read_from_the_name():
    name = "delanortestudent002_LATE_12345_678901_07_mf-2.ipynb"
    found = understood(Path("in", name), Path("in"))
    assert found.late and found.number == 2 and found.id == "12345"


def test_a_file_that_is_no_notebook_is_noted():
    found = match([Path("in/s1.pdf")], Path("in"), PEOPLE)
    assert not found.files and found.notes == {"s1": ["s1.pdf is no notebook"]}


def test_without_a_roster_everybody_who_handed_in_is_listed():
    files, _ = owners("a.ipynb", "b/07.ipynb", "c_5_6_07.ipynb", people=None)
    assert set(files) == {"a", "b", "5"}


def test_a_roster_is_read(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("\ufeffName;ID;Group\n Student  001 ;s1;A\n\nStudent 002;s2\n")
    assert roster.read_roster(path) == [
        Person("s1", "Student 001", group="A"),
        Person("s2", "Student 002"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "columns id and name"),
        ("id,mail\n1,2\n", "columns id and name"),
        ("id,name\n", "nobody"),
        ("id,name\ns1,x\nS1,y\n", "line 3: the id S1 comes twice"),
        ("id,name\n,x\n", "line 2: there is no id"),
    ],
)
def test_a_roster_that_is_none(tmp_path, text, says):
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=says):
        roster.read_roster(path)


def test_a_roster_that_cannot_be_read(tmp_path):
    (tmp_path / "latin.csv").write_bytes("id,name\ns1,Été\n".encode("latin-1"))
    for name in ("none.csv", "latin.csv", "."):
        with pytest.raises(DataError, match="can't be read"):
            roster.read_roster(tmp_path / name)


def test_hidden_files_are_no_submissions(tmp_path):
    for name in ("a.ipynb", ".ipynb_checkpoints/a.ipynb", "__MACOSX/a.ipynb", "._b"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert submissions(tmp_path) == [tmp_path / "a.ipynb"]
