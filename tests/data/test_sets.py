"""The published sets, and `rec-tutor fetch`, with small files and without network."""

import hashlib

import pytest

from rec_tutor.cli import fetch as command
from rec_tutor.data import DataError, films, movielens, sets
from rec_tutor.data.sets import SETS, Published
from rec_tutor.data.source import Source


def source(name, content):
    known = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Source("a shop", name, known, len(content), url=f"http://x.invalid/{name}")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RECTUTOR_CACHE", str(tmp_path))
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    return tmp_path


PAIR = (source("a.bin", b"1"), source("b.bin", b"2"))
ONE = (source("both.zip", b"12"),)
LETTERS = Published("letters", "the letters", "01", "CC0", True, (PAIR, ONE))
HELD = Published("held", "the held", "", "none", False, ((source("h", b"3"),),))


def test_a_set_is_here_when_one_way_is_complete(cache):
    (cache / "a.bin").write_bytes(b"1")
    assert LETTERS.held() == []
    (cache / "b.bin").write_bytes(b"2")
    assert LETTERS.held() == [cache / "a.bin", cache / "b.bin"] == LETTERS.get()
    (cache / "b.bin").write_bytes(b"damaged")
    with pytest.warns(UserWarning, match="damaged"):
        assert LETTERS.held() == []
    (cache / "both.zip").write_bytes(b"12")
    with pytest.warns(UserWarning, match="damaged"):
        assert LETTERS.get() == [cache / "both.zip"]


def test_the_sets_are_those_that_the_loaders_ask_for():
    by_name = {own.name: own for own in SETS}
    assert by_name["films"].groups == ((films.SOURCE,),)
    asked = [movielens.official("ml-100k")], [movielens.official("ml-1m")]
    assert list(by_name["ml-100k"].groups[1]) == asked[0]
    assert list(by_name["ml-1m"].groups[0]) == asked[1]
    files = [file for own in SETS for file in own.files]
    assert len(files) == len(set(files)) + 1  # one wheel serves two


@pytest.mark.parametrize("name", ["fashion", "encoder"])
def test_files_of_several_are_called_as_the_loader_calls_them(cache, monkeypatch, name):
    """The loader's message lists what it looks for."""
    from rec_tutor.data import encoder, fashion

    load = {"fashion": fashion.load, "encoder": encoder.model_files}[name]
    with pytest.raises(DataError) as error:
        load()
    (own,) = sets.named([name])
    assert all(f" {file} (" in str(error.value) for file in own.files)
    assert str(error.value).count("  - ") + str(error.value).count("    and ") >= len(
        own.files
    )


def test_named_keeps_the_order_and_refuses_others():
    assert [own.name for own in sets.named(["films", "ml-100k"])] == [
        "ml-100k",
        "films",
    ]
    with pytest.raises(DataError, match="no set called 'ml-2k'"):
        sets.named(["ml-2k"])


@pytest.fixture
def two(cache, monkeypatch):
    for module in (sets, command):
        monkeypatch.setattr(module, "SETS", (LETTERS, HELD))
    (cache / "both.zip").write_bytes(b"12")
    return cache


def test_without_a_name_it_lists(two, capsys):
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert "letters        the letters: here, 0 kB\n" in said
    assert "held           the held: not here\n" in said
    assert "licence: none" in said and "both.zip" in said and str(two) in said


def test_what_is_here_is_said_and_what_fails_does_not_stop_the_rest(two, capsys):
    assert command.main(["letters"]) == 0
    assert "held" not in capsys.readouterr().out
    assert command.main(["held", "letters"]) == 1
    said = capsys.readouterr()
    assert "the letters: here" in said.out and "the held: not here" in said.out
    assert "Put the file, under this very name" in said.err
    assert said.err.endswith("not here: held; the reasons stand above.\n")


def test_notebooks_means_what_a_chapter_asks_for(two, capsys):
    assert command.main(["--notebooks"]) == 0
    said = capsys.readouterr().out
    assert "letters" in said and "held" not in said
    assert command.main(["nothing"]) == 1
    assert "no set called 'nothing'" in capsys.readouterr().err
