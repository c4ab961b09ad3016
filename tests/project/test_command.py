"""`rec-tutor project`, from the arguments to the exit status."""

import pytest

from rec_tutor.cli import project as command


def run(*arguments):
    return command.main([str(own) for own in arguments])


def test_status_and_what_is_printed(honest, folder, capsys):
    assert run("check", honest) == 0
    said = capsys.readouterr().out
    assert said.startswith("Small films: hand-in 5 of 5\n\n1 · data card\n  ok  ")
    assert said.rstrip().endswith("0 wrong.") and max(map(len, said.split("\n"))) <= 88
    (folder / "errors.md").unlink()
    assert run("check", folder, "--hand-in", 3) == 0
    assert "error analysis" not in capsys.readouterr().out
    assert run("check", folder) == 1
    assert "  wrong   errors.md is not there" in capsys.readouterr().out
    (folder / "results.csv").write_text("a\n")
    assert run("check", folder) == 2
    assert "  unread  results.csv lacks" in capsys.readouterr().out


def test_a_folder_that_is_none(tmp_path, capsys):
    assert run("check", tmp_path / "none") == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: There is no folder") and not said.out


def test_start_and_the_first_check(tmp_path, capsys):
    assert run("start", tmp_path / "new", "--data", "synthetic") == 0
    assert "project.toml" in capsys.readouterr().out
    assert run("check", tmp_path / "new", "--hand-in", 1) == 1
    assert "2,400 ratings, 120 people, 120 items" in capsys.readouterr().out
    assert run("start", tmp_path / "new") == 1
    assert "holds files already" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--hand-in", "6"], ["--hand-in", "x"], []])
def test_usage(more, capsys):
    with pytest.raises(SystemExit) as left:
        run(*(["check", "folder", *more] if more else []))
    assert left.value.code == 2
