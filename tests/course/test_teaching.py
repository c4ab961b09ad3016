"""The pages for instructors: plans that add up, links that lead somewhere, and an
example of an exercise that works as it is printed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course import reading
from course.modules import ROOT
from rec_tutor.check.questions import CHAPTERS

FOLDER = ROOT / "book" / "teaching"
OWN = ("syllabi", "goals", "slides", "add_exercise")
LONGEST = 120  # lines of a page
BLOCK = re.compile(
    r"(?ms)(?:^In `(?P<file>[^`]+)`, "
    r"(?P<where>above the line `(?P<line>.+?)`|above its last line|at its end):\n\n"
    r"(?:<!-- .*? -->\n)?)?^(?P<fence>`{3,})(?P<lang>\w+)\n(?P<code>.*?)^(?P=fence)$"
)
COPIED = ("rec_tutor", "tools", "book", "notebooks/exercises", "tests/check")


def page(name):
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OWN)
def test_a_page_is_short_and_its_links_lead_to_files(name):
    assert len(page(name).splitlines()) <= LONGEST
    for link in re.findall(r"\]\(([^)#]+)", re.sub(r"(?s)```.*?```", "", page(name))):
        assert link.startswith("https://") or (FOLDER / link).is_file(), link


def table(heading):
    """The rows of the table whose first cell is this."""
    rows = page("syllabi").split(f"| {heading} |", 1)[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.mark.parametrize("day", ["day 1: measure", "day 2: learn"])
def test_a_day_lasts_six_hours_and_has_time_for_its_cores(day):
    rows = table(day)
    clock, least = 9 * 60, 0.0
    for start, minutes, what in rows:
        hour, minute = map(int, start.split(":"))
        assert hour * 60 + minute == clock, what
        clock += int(minutes)
        for number in re.findall(r"<!-- minutes: (\d\d) -->", what):
            least += 1.2 * reading.minutes_of(number)
    assert clock - 9 * 60 == 360
    assert sum("*" in what and "break" in what for _, _, what in rows) == 2
    cores = [int(m) for _, m, what in rows if re.search(r"core of|03, the board", what)]
    assert sum(cores) >= least


def test_the_plans_have_every_week_and_the_first_three_chapters_come_first():
    text = page("syllabi")
    twelve, six = text.split("## Six weeks")[0], text.split("## Six weeks")[1]
    six = six.split("## Two days")[0]
    for plan, weeks in ((twelve, 12), (six, 6)):
        lines = re.findall(r"(?m)^\| (\d.*)\|$", plan)
        rows = [[cell.strip() for cell in line.split("|")][:3] for line in lines]
        assert [int(week) for week, *_ in rows] == list(range(1, weeks + 1))
        numbers = [re.findall(r"\(\.\./(\d\d)_", what) for _, what, _ in rows]
        flat = [one for some in numbers for one in some]
        assert len(set(flat)) == len(flat)
        assert [one for one in flat if one in ("01", "02", "03")] == ["01", "02", "03"]
        for asked, (_, _, minutes) in zip(numbers, rows, strict=True):
            wanted = f"<!-- minutes: {' '.join(asked)} -->" if asked else ""
            assert minutes == wanted
    assert sorted(re.findall(r"\(\.\./(\d\d)_\w+\.md\)", twelve)) == list(CHAPTERS)
    chapters = re.findall(r"(?m)^\| (\d\d) \|", text.split("## Where a class")[1])
    assert chapters == list(CHAPTERS)


def test_what_to_leave_out_are_sections_of_the_chapter():
    for number, _, _, out in table("chapter"):
        (core,) = (ROOT / "book").glob(f"{number}_*[!r].md")
        text = core.read_text(encoding="utf-8")
        for heading in re.findall(r"\*(.+?)\*", out):
            assert re.search(rf"(?m)^##+ {re.escape(heading)}$", text), (
                number,
                heading,
            )


@pytest.fixture
def copied(tmp_path):
    """A copy of what the page changes, and of what its commands need."""
    for folder in COPIED:
        shutil.copytree(
            ROOT / folder,
            tmp_path / folder,
            ignore=shutil.ignore_patterns("__pycache__", "_static", "*.png"),
        )
    for name in (
        "_config.yml",
        "pyproject.toml",
        "constraints.txt",
        "tests/conftest.py",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def insert(path, match):
    """Do what the page says: put its text into a file."""
    text, code, line = path.read_text(encoding="utf-8"), match["code"], match["line"]
    if line:
        assert text.count(f"\n{line}\n") == 1
        text = text.replace(f"\n{line}\n", f"\n{code}\n\n{line}\n")
    elif "last line" in match["where"]:
        before, _, last = text.rstrip("\n").rpartition("\n")
        text = f"{before}\n{code}{last}\n"
    else:
        text += code
    path.write_text(text, encoding="utf-8")


def run(command, root):
    bin_ = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": bin_ + os.pathsep + os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(root), str(root / "tools")]),
    }
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.long
def test_the_example_of_an_exercise_works_as_it_is_printed(copied):
    found = list(BLOCK.finditer(page("add_exercise")))
    kinds = [match["lang"] for match in found]
    assert kinds == ["python", "python", "toml", "md", "bash"]
    assert "```" not in BLOCK.sub("", page("add_exercise"))  # none is passed over
    for match in found[:-1]:
        insert(copied / match["file"], match)
    done = run(found[-1]["code"], copied)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout and "evaluation.6: 14 mutants" in done.stdout
    notebook = copied / "notebooks/exercises/02_evaluation.ipynb"
    assert 'check(\\"evaluation.6\\", first_hit)' in notebook.read_text(
        encoding="utf-8"
    )
    style = run("ruff format --check rec_tutor/check/questions", copied)
    assert style.returncode == 0, style.stdout
    # what the page promises: two wrong answers that agree are found
    questions = copied / "rec_tutor/check/questions/evaluation.py"
    text = questions.read_text(encoding="utf-8")
    call = "            (np.array([3, 8, 1, 6]), np.array([1]), 2),\n"
    assert call in text
    questions.write_text(text.replace(call, ""), encoding="utf-8")
    again = run(found[-1]["code"].splitlines()[2], copied)
    assert again.returncode == 1 and "below_the_list" in again.stdout
