"""The pages of book/teaching whose commands somebody types: those of the workshop run
here as they stand there, one after the other, on the films that exist.
"""

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course import usb
from course.modules import ROOT
from rec_tutor import cli, evaluation
from rec_tutor.data import films, simulated

pytestmark = pytest.mark.long

PAGE = ROOT / "book/teaching/workshop.md"
OFFLINE = ROOT / "book/teaching/offline.md"
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL
)


def blocks(text):
    """(mark, kind, text) of each block of code, in order."""
    return [
        (own["mark"] or "", own["kind"], own["text"]) for own in BLOCK.finditer(text)
    ]


def lines(text, program):
    """The command lines of a page that begin with a program."""
    return [
        shlex.split(line, comments=True)
        for _, kind, block in blocks(text)
        if kind == "bash"
        for line in block.splitlines()
        if line.startswith(program + " ")
    ]


COMMANDS = {"simulate": "rec_tutor.cli.simulate", "fetch": "rec_tutor.cli.fetch"} | {
    name: module for name, (module, _) in cli.COMMANDS.items()
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a team that has done all that is marked on the page, until it
    deletes; also what was printed, by command.
    """
    films.load()  # from the cache, or once by download
    place = tmp_path_factory.mktemp("team")
    said = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for mark, _, text in blocks(PAGE.read_text(encoding="utf-8")):
            if mark.startswith("file: "):
                Path(mark.removeprefix("file: ")).write_text(text, encoding="utf-8")
            elif mark == "run":
                for line in text.splitlines():
                    if not line.startswith("python -c"):
                        said[line] = run(line)
    return place, said


def run(line):
    """Run a line of the page in this folder; returns what it printed."""
    program, *rest = shlex.split(line)
    if program == "rec-tutor":
        code = f"import {COMMANDS[rest[0]]} as own, sys; sys.exit(own.main({rest[1:]}))"
        rest = ["-c", code]
    else:
        assert program == "python", line
    done = subprocess.run([sys.executable, *rest], capture_output=True, text=True)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_marked_commands_leave_what_the_page_says(folder):
    place, said = folder
    assert {path.name for path in place.iterdir()} == {
        "films.csv",
        "later.py",
        "look.py",
        "my-model",
        "new.csv",
        "new_recs.csv",
        "ratings.csv",
        "recs.csv",
    }
    assert len(said) == 8
    new = pd.read_csv(place / "new_recs.csv")
    assert set(new["userID"]) == {"guest"} and len(new) == 10
    assert not set(new["itemID"]) & set(pd.read_csv(place / "new.csv")["itemID"])
    assert "things are ever shown" in said["python look.py"]
    assert said["python look.py"].count("is shown") == 3


def test_what_the_page_says_of_the_simulated_file(folder):
    """Twice popularity, half of what is possible; and the cut in time agrees."""
    place, said = folder
    text = PAGE.read_text(encoding="utf-8")
    assert "about twice the NDCG of popularity, and about half of what is" in text
    ds = simulated.make(films=films.load())
    ratings = pd.read_csv(place / "ratings.csv")
    assert len(ratings) == len(ds.ratings)
    table = later(said["python later.py"])
    assert list(table)[-1] == "Popularity"
    assert 1.4 * table["Popularity"] < min(table["ItemKNN"], table["EASE"])

    split = evaluation.splits.temporal(ds.ratings, valid=0.0)
    size = ds.num_users, ds.num_items
    board = evaluation.Scoreboard(split, *size)

    class Truth:
        def score(self, users, histories=None):
            return np.nan_to_num(ds.utility[users], neginf=-1e9)

    from rec_tutor import baselines

    board.add("truth", lambda seed: Truth())
    board.add("ease", lambda seed: baselines.EASE(*size).fit(split.refit))
    board.add("popularity", lambda seed: baselines.Popularity(*size).fit(split.refit))
    ndcg = board.table()["NDCG@10"]
    possible = float(re.search(r"NDCG@10 near (0\.\d+)", text)[1])
    assert ndcg["truth"] == pytest.approx(possible, abs=0.01)
    assert 1.7 < ndcg["ease"] / ndcg["popularity"] < 2.4
    assert 0.4 < ndcg["ease"] / ndcg["truth"] < 0.6


def later(said):
    """Model -> NDCG of the printed table, best first."""
    said = said.partition("difference")[0]
    found = re.findall(r"^(\w+) +(0\.\d+) +0\.\d+ +0\.\d+ +0", said, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_the_last_lines_delete_what_they_name(monkeypatch, tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("my-model").mkdir()
    for name in ("recs.csv", "new_recs.csv", "new.csv", "report.csv"):
        Path(name).touch()
    deleting = [own for own in lines(text, "python") if own[1] == "-c"]
    assert len(deleting) == 2
    for own in deleting:
        run(shlex.join(own))
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]


def parses(name, options):
    """Are these the options of this command?"""
    module = importlib.import_module(COMMANDS[name])
    if name == "recommend":
        module.parser("rec-tutor recommend").parse_args(options)
    elif name != "similar":  # which the marked commands run
        module.parser().parse_args(options)


def test_every_command_of_the_page_is_one():
    """Also those that take minutes: their options exist."""
    found = lines(PAGE.read_text(encoding="utf-8"), "rec-tutor")
    assert len(found) > 5
    for _, name, *options in found:
        parses(name, options)


def test_every_command_for_a_room_is_one():
    text = OFFLINE.read_text(encoding="utf-8")
    found = re.findall(r"rec-tutor( [\w -]+)", text)
    assert len(found) > 2
    for words in found:
        parses(words.split()[0], words.split()[1:])
    usb_lines = re.findall(r"python -m course usb (.+)", text)
    assert len(usb_lines) == 3
    for line in usb_lines:
        usb.parser().parse_args(line.split())


def test_two_days_of_six_hours_each_slot_in_its_place():
    text = PAGE.read_text(encoding="utf-8")
    days = re.split(r"^## Day \d", text, flags=re.MULTILINE)[1:]
    assert len(days) == 2
    for day in days:
        rows = re.findall(r"^\| (\d+):(\d\d) \| (.+?) \| (\d+) \|$", day, re.MULTILINE)
        now = 9 * 60
        for hour, minute, _, length in rows:
            assert now == int(hour) * 60 + int(minute)
            now += int(length)
        counted = sum(int(row[3]) for row in rows if "not counted" not in row[2])
        assert counted == 6 * 60 and now == 16 * 60


def test_the_notebooks_that_a_company_may_run_load_no_movielens():
    """What the page's table says: the exercises, and one page Deeper."""
    may = [*(ROOT / "notebooks/exercises").rglob("*.ipynb")]
    may += (ROOT / "notebooks").glob("t*/04_cnn_deeper.ipynb")
    assert len(may) > 20
    loads = re.compile(r"data\.load|reviews\.load|bandit\.load|filmtrust")
    assert [path.name for path in may if loads.search(path.read_text("utf-8"))] == []
    others = [
        path
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if path not in may and "colab" not in path.parts
    ]
    assert [p.name for p in others if "data.load(" not in p.read_text("utf-8")] == []
