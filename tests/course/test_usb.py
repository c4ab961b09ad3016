"""The folder for a room without internet: what is in it, what must not be, and
install.py, which runs here with tiny wheels and no index.
"""

import ensurepip
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from course import usb, usb_install, wheel
from rec_tutor.data.schema import DataError
from rec_tutor.data.sets import SETS, Published
from rec_tutor.data.source import Source

pytestmark = pytest.mark.long

PIP = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
TAG = "py3-none-any"


def tiny(folder, name, version="1.0", requires=(), code="", members=()):
    """A wheel of one module."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    path = folder / f"{module}-{version}-{TAG}.whl"
    needs = "".join(f"Requires-Dist: {own}\n" for own in requires)
    extras = "".join(f"Provides-Extra: {own}\n" for own in ("text", "rl", "torch"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{module}.py", code)
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{extras}{needs}",
        )
        archive.writestr(
            f"{info}/WHEEL",
            f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: {TAG}\n",
        )
        archive.writestr(f"{info}/RECORD", "")
        for member, text in members:
            archive.writestr(member, text)
    return path


@pytest.fixture
def shop(tmp_path):
    """Where the wheels come from: `shop.get(names)` brings them to shop.wheels."""
    store, wheels, asked = tmp_path / "store", tmp_path / "wheels", []
    wheels.mkdir()

    def get(requirements, to=wheels):
        asked.extend(requirements)
        for own in requirements:
            name = usb.Requirement(own).name
            path = usb.found(store, name)
            if path is None:
                raise DataError(f"pip: no {name}")
            (to / path.name).write_bytes(path.read_bytes())

    return SimpleNamespace(store=store, wheels=wheels, get=get, asked=asked)


def names(folder):
    return {path.name.split("-")[0] for path in folder.glob("*.whl")}


# What another platform needs


@pytest.fixture
def shelves(shop):
    tiny(shop.store, "a", requires=["b[text]>=1", "win; sys_platform == 'win32'"])
    tiny(
        shop.store,
        "b",
        requires=[
            "c; extra == 'text'",
            "d; extra == 'torch'",
            "pex; sys_platform != 'win32'",
        ],
    )
    tiny(shop.store, "c", requires=["a", "old; python_version < '3.12'"])
    for name in ("d", "win", "pex", "old"):
        tiny(shop.store, name)
    return shop


@pytest.mark.parametrize(
    ("platform", "python", "more"),
    [
        ("windows", "3.12", {"win"}),
        ("windows", "3.11", {"win", "old"}),
        ("linux", "3.12", {"pex"}),
        ("macos", "3.11", {"pex", "old"}),
    ],
)
def test_each_platform_gets_what_its_markers_ask(shelves, platform, python, more):
    usb.collect(shelves.wheels, ["a"], usb.environment(platform, python), shelves.get)
    assert names(shelves.wheels) == {"a", "b", "c"} | more
    assert "b>=1" in shelves.asked  # the bound goes to pip
    assert len(shelves.asked) == len(names(shelves.wheels))  # each asked for once


def test_an_extra_that_is_asked_for_later_still_counts(shelves):
    env = usb.environment("linux", "3.12")
    usb.collect(shelves.wheels, ["a", "b"], env, shelves.get)
    assert "c" in names(shelves.wheels)
    usb.collect(shelves.wheels, ["b[torch]"], env, shelves.get)
    assert "d" in names(shelves.wheels)


def test_a_wheel_that_does_not_fit_another_is_refused(shelves):
    tiny(shelves.store, "d", requires=["c>=2"])
    env = usb.environment("linux", "3.12")
    with pytest.raises(DataError, match=r"c-1\.0-py3-none-any\.whl does not fit"):
        usb.collect(shelves.wheels, ["c", "d"], env, shelves.get)


def test_a_wheel_that_is_not_there_is_named(shelves):
    env = usb.environment("linux", "3.12")
    with pytest.raises(DataError, match="no wheel of lost for this platform"):
        usb.collect(shelves.wheels, ["lost"], env, lambda names: None)


# What may not be passed on


def test_only_stated_free_licences_are_passed_on():
    free = {own.name: own.licence for own in SETS if own.pass_on}
    assert sorted(free) == ["encoder", "fashion", "films"]
    assert [text.split()[0] for _, text in sorted(free.items())] == [
        "Apache",
        "MIT",
        "CC0",
    ]
    assert all("not to be passed on" in own.licence for own in SETS if not own.pass_on)


@pytest.mark.parametrize("own", SETS, ids=lambda own: own.name)
def test_files_that_may_not_be_passed_on_are_found_by_name(tmp_path, own):
    for file in own.files:
        (tmp_path / file).write_bytes(b"x")
    assert bool(usb.forbidden(tmp_path)) is not own.pass_on
    assert len(usb.forbidden(tmp_path)) in (0, len(own.files))


def test_data_under_another_name_is_found(tmp_path):
    clean = tmp_path / "clean"
    tiny(clean, "good", members=[("good/table.csv", "a,b\n1,2\n")])
    (clean / "notes.txt").write_text("196\t242\t3\t881250949\n")  # a line is no table
    assert usb.forbidden(clean) == []
    wrong = tmp_path / "wrong"
    tiny(wrong, "recbole", "1.3.0")
    tiny(wrong, "harmless", members=[("harmless/u.data", "")])
    lines = "\n".join(f"{n}::{n + 7}::{n % 5 + 1}::97830{n:04}" for n in range(1, 9))
    (wrong / "films.txt").write_text(lines + "\n")
    tiny(wrong, "packed", members=[("packed/x.csv", lines.replace("::", ",") + "\n")])
    (wrong / "deep").mkdir()
    (wrong / "deep/ml-1m.zip").write_bytes(b"")
    found = {line.split(":")[0] for line in usb.forbidden(wrong)}
    assert found == {
        "recbole-1.3.0-py3-none-any.whl",
        "harmless-1.0-py3-none-any.whl",
        "films.txt",
        "packed-1.0-py3-none-any.whl",
        "deep/ml-1m.zip",
    }


def test_our_notebooks_and_our_wheel_bring_no_data(tmp_path):
    usb.copy_notebooks(tmp_path / "notebooks", "torch")
    wheel.build_wheel(tmp_path)
    assert (tmp_path / "notebooks/exercises/torch/07_mf.ipynb").is_file()
    assert not list(tmp_path.rglob("*tensorflow*"))
    assert not (tmp_path / "notebooks/colab").exists()
    assert usb.forbidden(tmp_path) == []


# The whole folder, of tiny wheels


def published(name, content, pass_on):
    known = f"sha256:{hashlib.sha256(content).hexdigest()}"
    source = Source("x", f"{name}.bin", known, len(content), url="http://x.invalid/x")
    words = "CC0" if pass_on else "not to be passed on"
    return Published(name, f"the {name}", "", words, pass_on, ((source,),))


@pytest.fixture
def made(tmp_path, shop, monkeypatch):
    """`made(out)` makes the folder without network."""
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("RECTUTOR_CACHE", str(cache))
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    monkeypatch.setattr(
        usb, "SETS", (published("free", b"1", True), published("held", b"2", False))
    )
    (cache / "free.bin").write_bytes(b"1")
    (cache / "held.bin").write_bytes(b"2")
    root = tmp_path / "root"
    (root / "notebooks/torch").mkdir(parents=True)
    (root / "notebooks/tensorflow").mkdir()
    (root / "notebooks/torch/a.ipynb").write_text("{}")
    (root / "notebooks/tensorflow/a.ipynb").write_text("{}")
    monkeypatch.setattr(usb, "ROOT", root)
    copy = usb.copy_notebooks
    monkeypatch.setattr(
        usb, "copy_notebooks", lambda to, framework: copy(to, framework, root)
    )
    code = "import os\nprint('cache', os.environ['RECTUTOR_CACHE'])"
    needs = ["part; extra == 'text'"]
    monkeypatch.setattr(
        usb,
        "build_wheel",
        lambda folder: tiny(folder, "rec-tutor", "0.1", needs, code),
    )
    monkeypatch.setattr(
        usb,
        "download",
        lambda wheels, platform, python: lambda asked: shop.get(asked, wheels),
    )
    for name in ("part", "jupyterlab", "nbval", "tensorflow-cpu"):
        tiny(shop.store, name)
    (shop.store / PIP.name).write_bytes(PIP.read_bytes())

    def make(out, framework="torch"):
        return usb.main(["--out", str(out), "--framework", framework])

    return make


def test_what_is_in_the_folder(made, tmp_path, capsys):
    out = tmp_path / "usb"
    assert made(out) == 0
    assert "The website is not in it: run `make book`" in capsys.readouterr().out
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    wheels = {name for name in files if name.startswith("wheels/")}
    assert len(wheels) == 5 and f"wheels/{PIP.name}" in wheels
    assert files - wheels == {
        "README.txt",
        "SHA256SUMS",
        "data/free.bin",
        "install.py",
        "notebooks/torch/a.ipynb",
        "usb.json",
    }
    sums = (out / "SHA256SUMS").read_text().splitlines()
    assert {line.split("  ")[1] for line in sums} == files - {"SHA256SUMS"}
    readme = (out / "README.txt").read_text()
    assert "the free\n    CC0\n    free.bin" in readme and "the held" not in readme
    usb_install.check_files(out)

    # again, with a website by now, and the other framework
    (usb.ROOT / "_build/html").mkdir(parents=True)
    (usb.ROOT / "_build/html/index.html").write_text("<h1>x</h1>")
    assert made(out, "tensorflow") == 0
    assert (out / "site/index.html").is_file()
    assert [p.name for p in (out / "notebooks").iterdir()] == ["tensorflow"]
    usb_install.check_files(out)


def test_what_may_not_be_passed_on_stops_it(made, tmp_path, capsys):
    (usb.ROOT / "_build/html").mkdir(parents=True)
    (usb.ROOT / "_build/html/index.html").write_text("<h1>x</h1>")
    (usb.ROOT / "_build/html/held.bin").write_bytes(b"2")
    assert made(tmp_path / "usb") == 1
    assert "site/held.bin: may not be passed on" in capsys.readouterr().err


def test_a_folder_with_other_things_stays(made, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("x")
    assert made(tmp_path / "mine") == 1
    assert "has other things in it" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--platform", "windows", "--python", "4"], "not a version"),
        (["--python", "3.99"], "needs --platform"),
    ],
)
def test_wrong_options_are_refused(arguments, words, capsys):
    with pytest.raises(SystemExit):
        usb.main(arguments)
    assert words in capsys.readouterr().err


# install.py


@pytest.fixture
def stick(made, tmp_path):
    assert made(tmp_path / "a stick") == 0
    return tmp_path / "a stick"


def install(stick, folder, **settings):
    """As a user starts it, with variables that lead astray."""
    astray = {"PYTHONPATH": "/nowhere", "PIP_INDEX_URL": "http://x.invalid/"}
    return subprocess.run(
        [sys.executable, str(stick / "install.py"), str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, **astray, **settings},
        timeout=120,
    )


def start(folder, *command):
    script = usb_install.start_script(folder)
    done = subprocess.run(
        [script, *command], capture_output=True, text=True, cwd=folder / "data"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_installs_starts_and_mends(stick, tmp_path):
    folder = tmp_path / "my room"
    done = install(stick, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(usb_install.start_script(folder)) in done.stdout
    # the stick goes to the next person
    stick.rename(tmp_path / "away")
    assert start(folder, "python", "-c", "import rec_tutor, part").split() == [
        "cache",
        *str(folder / "data").split(),
    ]
    # what `rec-tutor fetch` gets wheels by
    assert "part" in start(folder, "python", "-m", "pip", "list")
    # a second run mends what is missing and keeps what was changed
    (tmp_path / "away").rename(stick)
    (folder / "notebooks/torch/a.ipynb").write_text('{"mine": 1}')
    (folder / "data/free.bin").write_bytes(b"")
    start(folder, "python", "-c", "import part, os; os.remove(part.__file__)")
    usb_install.start_script(folder).unlink()
    done = install(stick, folder)
    assert done.returncode == 0 and "1 notebooks there differ" in done.stdout
    assert (folder / "notebooks/torch/a.ipynb").read_text() == '{"mine": 1}'
    assert (folder / "data/free.bin").read_bytes() == b"1"
    assert usb_install.start_script(folder).is_file()


def test_damaged_and_missing_files_are_named_and_nothing_is_installed(stick, tmp_path):
    (path,) = stick.glob("wheels/part-*.whl")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (stick / "data/free.bin").unlink()
    done = install(stick, tmp_path / "room")
    assert done.returncode == 1
    assert f"wheels/{path.name}: damaged" in done.stderr
    assert "data/free.bin: missing" in done.stderr
    assert not (tmp_path / "room").exists()


def about(stick, **changes):
    path = stick / "usb.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    usb.write_sums(stick)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"python": "3.99"}, "for Python 3.99, and this is Python"),
        ({"system": "plan9"}, "for plan9 on"),
        ({"bytes": 10**18}, "MB left, and about"),
        ({"requirements": ["not-in-here"]}, "pip could not install"),
    ],
)
def test_what_stands_in_the_way_is_said(stick, tmp_path, changes, words):
    about(stick, **changes)
    done = install(stick, tmp_path / "room")
    assert done.returncode == 1 and words in done.stderr
    assert "Traceback" not in done.stderr


def test_folders_that_are_not_free_are_refused(stick, tmp_path):
    assert "is inside the folder" in install(stick, stick / "room").stderr
    (tmp_path / "file").write_text("")
    assert "is a file" in install(stick, tmp_path / "file").stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("x")
    assert "has other things in it" in install(stick, tmp_path / "mine").stderr


def test_the_script_for_windows_names_the_same_things():
    text = usb_install.WINDOWS.format(settings="")
    for word in ("RECTUTOR_CACHE=%~dp0data", "venv\\Scripts", "jupyter lab"):
        assert word in text
