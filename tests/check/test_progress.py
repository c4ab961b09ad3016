"""What is solved: a file that loses nothing, and a code to carry it along."""

import os
import re
import subprocess
import sys

import pytest

from rec_tutor.check import check, progress, saved


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    file = tmp_path / "folder" / "progress.txt"
    monkeypatch.setenv("RECTUTOR_PROGRESS", str(file))
    monkeypatch.setattr(saved, "_memory", [])
    return file


def forget(monkeypatch):
    monkeypatch.setattr(saved, "_memory", [])


def test_right_answers_are_kept_and_wrong_ones_not(own, capsys, monkeypatch):
    check("07.T1", 2)
    check("07.T2", 17)
    check("07.T2", ...)
    forget(monkeypatch)
    assert saved.load() == ["07.T1"]
    capsys.readouterr()
    progress()
    said = capsys.readouterr().out
    assert re.match(r"You have solved 1 of \d+\.\n", said)
    assert "07 Matrix factorization: 1 of 10" in said
    assert "The last one was 07.T1. Next: 07.T2." in said
    assert "rt1-07T1-" in said


def test_the_code_goes_there_and_back():
    everything = saved.everything()
    assert len(everything) == len(set(everything)) > 100
    for keys in ([], everything[:1], everything[::3], everything):
        code = saved.encoded(keys)
        assert code.isascii() and len(code) < 300
        assert sorted(saved.decoded(code)) == sorted(keys)
    assert saved.encoded(["mf.3", "07.T2", "mf.1", "07.Q3"]).startswith(
        "rt1-07T2E13Q3-"
    )


@pytest.mark.parametrize(
    "code",
    ["", "nonsense", "rt1-07T1-00", "rt1-99T1-41", "rt2-07T1-36", "rt1-07-12", "rt1-"],
)
def test_a_mistyped_code_changes_nothing(code, own, capsys):
    assert saved.decoded(code) is None
    if code:
        progress(code)
        assert "nothing was changed" in capsys.readouterr().out
    assert not own.exists()


def test_sections_that_were_read_on_the_website_are_passed_over(own, capsys):
    body = "07T1Sac2Db-09Sf"
    code = f"rt1-{body}-{saved.checksum(body)}"
    assert saved.decoded(code) == ["07.T1"]
    progress(code)
    assert "Taken over: 1 that were new" in capsys.readouterr().out
    for wrong in ("07S1", "07Sa12", "07SA", "07aS"):
        assert saved.decoded(f"rt1-{wrong}-{saved.checksum(wrong)}") is None


def test_every_mistyped_letter_is_noticed():
    code = saved.encoded(["mf.1", "mf.2", "09.T1", "evaluation.3"])
    for place in range(4, len(code)):
        for other in "0123456789TEQ-":
            changed = code[:place] + other + code[place + 1 :]
            assert changed == code or saved.decoded(changed) in (None, []), changed


def test_a_code_of_another_device_is_added(own, capsys, monkeypatch):
    check("07.T1", 2)
    progress(saved.encoded(["07.T1", "mf.3", "07.Q2"]))
    assert "Taken over: 2 that were new" in capsys.readouterr().out
    forget(monkeypatch)
    assert set(saved.load()) == {"07.T1", "mf.3", "07.Q2"}


def test_lines_that_are_no_keys_are_passed_over(own):
    own.parent.mkdir()
    own.write_bytes(b"07.T2\n\xff\xfe nonsense\n07.T")
    own.open("a").write("\n")
    check("07.T1", 2)
    assert saved.load() == ["07.T2", "07.T1"]
    assert own.read_bytes().endswith(b"\n07.T1\n")


def test_a_place_that_cannot_be_written_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RECTUTOR_PROGRESS", str(tmp_path / "file" / "progress.txt"))
    check("07.T1", 2)
    said = capsys.readouterr().out
    assert "Right." in said and "could not be kept" in said
    progress()
    assert "You have solved 1 of" in capsys.readouterr().out


def test_off_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("RECTUTOR_PROGRESS", "off")
    monkeypatch.setenv("HOME", str(tmp_path))
    check("07.T1", 2)
    assert list(tmp_path.rglob("*.txt")) == []


def test_many_kernels_at_once_lose_nothing(own):
    keys = ["07.T1", "07.T2", "mf.1", "mf.2"]
    code = "import sys; from rec_tutor.check import saved; saved.add(sys.argv[1:])"
    jobs = [
        subprocess.Popen([sys.executable, "-c", code, key], env=os.environ.copy())
        for key in keys
    ]
    assert [job.wait() for job in jobs] == [0] * len(keys)
    assert sorted(saved.load()) == sorted(keys)
