"""Source packages: their file is taken from the index that pip is told to use, and
nothing of them is run.

The indexes are local hosts and folders.
"""

import importlib.util
import io
import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

from rec_tutor.data import DataError, by_index, by_web, fetch
from rec_tutor.data import source as limits
from rec_tutor.data.source import Source, Unavailable

pytestmark = pytest.mark.long

SPEC = importlib.util.spec_from_file_location(
    "sources", Path(__file__).with_name("test_sources.py")
)
sources = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sources)
sha256, left, obtain = sources.sha256, sources.left, sources.obtain
away, host = sources.away, sources.host  # fixtures

FILE = "Toy_Data-1.0.tar.gz"


def packed(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as out:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    return file.getvalue()


SETUP = b"import pathlib\npathlib.Path('was-run').touch()\nraise SystemExit(1)\n"
PACKAGE = packed({"Toy_Data-1.0/setup.py": SETUP, "Toy_Data-1.0/a.txt": b"1" * 5000})
TOY = Source("PyPI", FILE, sha256(PACKAGE), len(PACKAGE), sdist="Toy.Data==1.0")


@pytest.fixture
def index(host, monkeypatch):
    """Serve a page of the package, and its file; pip is told to ask here."""

    def serve(page, content=PACKAGE, how="whole"):
        host.answers["/simple/toy-data/"] = ("whole", page.encode())
        host.answers[f"/files/{FILE}"] = (how, content)

    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{host.url}/simple")
    return serve


JSON = json.dumps(
    {
        "files": [
            {"filename": "toy_data-1.0-py3-none-any.whl", "url": "/files/x.whl"},
            {"filename": FILE, "url": f"/files/{FILE}", "hashes": {}},
        ],
        "meta": {"api-version": "1.0"},
    }
)
HTML = f"""<!DOCTYPE html><html><body><a>no link</a>
<a href="../../files/x.whl">toy_data-1.0-py3-none-any.whl</a>
<a href="../../files/{FILE.replace("_", "%5F")}#sha256=00">{FILE}</a></body></html>"""
BASE = f'<base href="/files/"><a href="{FILE}">{FILE}</a>'


@pytest.mark.parametrize("page", [JSON, HTML, BASE], ids=["json", "html", "base"])
def test_the_file_comes_by_either_form_of_index(index, away, host, tmp_path, page):
    index(page)
    assert obtain(TOY)[1] == PACKAGE and left(away) == [FILE]
    assert host.asked[0] == "/simple/toy-data/" and len(host.asked) == 2
    assert not list(tmp_path.rglob("was-run")) and not Path("was-run").exists()
    host.answers.clear()
    assert obtain(TOY)[1] == PACKAGE, "now from the cache"


def test_json_is_asked_for_first(index, monkeypatch):
    asked = []

    def note(source, out, **options):
        asked.append(options.get("headers"))
        return real(source, out, **options)

    real = by_web.download
    monkeypatch.setattr(by_web, "download", note)
    index(JSON)
    obtain(TOY)
    assert asked[0]["Accept"].startswith("application/vnd.pypi.simple.v1+json")
    assert asked[1] is None


def test_the_next_place_is_asked(index, host, monkeypatch, tmp_path):
    index(HTML)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path / 'empty'} {tmp_path / 'none'}")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{host.url}/simple/")
    monkeypatch.setenv("PIP_INDEX_URL", f"{host.url}/other")
    assert obtain(TOY)[1] == PACKAGE
    assert host.asked[0] == "/other/toy-data/"


@pytest.mark.parametrize("kind", ["folder", "address", "file", "page", "index"])
def test_places_on_the_disk(tmp_path, monkeypatch, kind):
    folder = tmp_path / "links" / ("toy-data" if kind == "index" else "")
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(PACKAGE)
    places = {
        "folder": folder,
        "address": folder.as_uri(),
        "file": folder / FILE,
        "page": folder / "list.html",
    }
    if kind == "page":
        places["page"].write_text(f'<a href="{FILE}">x</a>')
    if kind == "index":
        (folder / "index.html").write_text(f'<a href="./{FILE}">x</a>')
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "links").as_uri())
    else:
        monkeypatch.setenv("PIP_FIND_LINKS", str(places[kind]))
    assert obtain(TOY)[1] == PACKAGE


def test_settings_are_pips_own(tmp_path, index, host, monkeypatch):
    """The section of `download` counts more than `global`, the environment more than
    both.
    """
    index(HTML)
    monkeypatch.delenv("PIP_INDEX_URL")
    (tmp_path / "pip.conf").write_text(
        f"[global]\nindex-url = {sources.NOWHERE}\n[install]\nno-index = 1\n"
        f"[download]\nindex-url = {host.url}/simple\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert obtain(TOY)[1] == PACKAGE
    monkeypatch.setenv("PIP_NO_INDEX", "true")
    with pytest.raises(Unavailable, match="out of reach or lacks"):
        by_index.download(TOY, tmp_path, io.BytesIO())


def test_without_settings_pips_default_is_asked(monkeypatch):
    pages = list(by_index._pages({}, TOY))
    assert pages == ["https://pypi.org/simple/toy-data/"]
    assert list(by_index._pages({"no-index": "1"}, TOY)) == []


def test_certificates_and_proxy_are_passed_on():
    settings = {"cert": "a.pem", "client-cert": "b.pem", "proxy": "http://p:1"}
    options = by_index._options(settings | {"trusted-host": "pypi.org"})
    assert options == {
        "verify": "a.pem",
        "cert": "b.pem",
        "proxies": {"http": "http://p:1", "https": "http://p:1"},
    }
    assert by_index._options({"trusted-host": "pypi.org"}) == {}, "the check stays on"


@pytest.mark.parametrize(
    ("content", "how", "reason"),
    [
        (PACKAGE, "cut off", "broke in the middle"),
        (PACKAGE[:-1], "whole", "cut off or altered"),
        (PACKAGE[:-9] + b"!" + PACKAGE[-8:], "whole", "cut off or altered"),
        (b"", "whole", "cut off or altered"),
        (b"<html>Please log in to this network</html>", "whole", "cut off or altered"),
        (PACKAGE, "missing", "answered 404"),
        (PACKAGE, "silent", "no answer within"),
    ],
)
def test_a_bad_file_is_refused_and_leaves_nothing(
    index, away, monkeypatch, content, how, reason
):
    if how == "silent":
        monkeypatch.setattr(limits, "PATIENCE", 1.0)
    index(JSON, content, how)
    with pytest.raises(DataError, match=r"PyPI \(Toy\.Data==1\.0\)") as caught:
        obtain(TOY)
    assert reason in str(caught.value) and left(away) == []


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<html>Please log in to this network</html>",
        '<a href="http://[">x</a>',
        "{",
        "{}",
        '{"files": [{"filename": "a"}]}',
        '{"files": 3}',
        JSON.replace(FILE, "Toy_Data-2.0.tar.gz"),
        HTML.replace(FILE.replace("_", "%5F"), f"{FILE}.asc"),
    ],
)
def test_an_index_that_does_not_have_it(index, away, page):
    index(page)
    with pytest.raises(DataError, match="out of reach or lacks Toy_Data") as caught:
        obtain(TOY)
    message = str(caught.value)
    assert f"{FILE} (0 kB): https://pypi.org/project/Toy.Data/1.0/#files" in message
    assert str(away) in message and "pip download" not in message
    assert left(away) == []


def test_index_out_of_reach_and_no_password_in_the_message(monkeypatch, capsys):
    monkeypatch.delenv("PIP_NO_INDEX")
    nowhere = sources.NOWHERE.replace("//", "//me:secret@")
    monkeypatch.setenv("PIP_INDEX_URL", nowhere)
    monkeypatch.setenv("PIP_FIND_LINKS", "httpx://me:secret@x/")
    with pytest.raises(DataError, match="no connection to the host") as caught:
        obtain(TOY)
    assert "secret" not in str(caught.value) + capsys.readouterr().err


def test_what_an_error_quotes_loses_its_password(monkeypatch):
    def fail(page, options):
        raise Unavailable("InvalidURL: https://me:secret@host/simple")

    monkeypatch.setenv("PIP_FIND_LINKS", "https://host/")
    monkeypatch.setattr(by_index, "_links", fail)
    with pytest.raises(DataError, match="https://host/simple") as caught:
        obtain(TOY)
    assert "secret" not in str(caught.value)


def test_offline_asks_nobody(index, host, monkeypatch):
    index(JSON)
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    with pytest.raises(DataError, match="RECTUTOR_OFFLINE is set"):
        obtain(TOY)
    assert host.asked == []


def test_python_without_pip(tmp_path, monkeypatch):
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "pip" / "__main__.py").write_text("print('No module named pip')")
    with pytest.raises(DataError, match="ensurepip"):
        obtain(TOY)


def test_pip_that_cannot_be_started(away, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(away / "no python"))
    with pytest.raises(DataError, match="pip could not be started"):
        obtain(TOY)


def test_full_disk(index, away, monkeypatch):
    index(JSON)
    monkeypatch.setattr(
        fetch.os, "fdopen", lambda handle, mode: sources.FullDisk(handle, "r+b")
    )
    monkeypatch.setattr(
        by_index,
        "_settings",
        lambda *arguments: {"index-url": os.environ["PIP_INDEX_URL"]},
    )
    with pytest.raises(DataError, match="disk is full"):
        obtain(TOY)
    assert left(away) == []


def test_two_processes_at_once(index, away):
    index(JSON, how="slow")
    assert sources.together(TOY) == [str(len(PACKAGE))] * 2
    assert left(away) == [FILE]


def test_damaged_copy_is_fetched_anew(index, away):
    index(JSON)
    obtain(TOY)
    (away / FILE).write_bytes(PACKAGE[:100])
    with pytest.warns(UserWarning, match="is damaged"):
        assert obtain(TOY)[1] == PACKAGE
