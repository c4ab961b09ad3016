"""Download by a program: a wheel by pip, a Debian package by apt-get."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rec_tutor.data import cache
from rec_tutor.data import source as limits
from rec_tutor.data.source import Source, Unavailable

# A reader's settings say where pip may ask, and these stay. What would only stand in
# the way of a single file that is not installed, and whose hash is verified here, is
# set back.
PIP_SETTINGS = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_REQUIRE_HASHES": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
}


def pip(*arguments: str) -> list[str]:
    """The command that starts pip; a pip.py in the reader's folder (-P) does not take
    its place.
    """
    return [sys.executable, "-P", "-m", "pip", *arguments]


def from_pip(source: Source, folder: Path, out: BinaryIO) -> None:
    """Download a wheel by pip, so that the reader's own index settings apply."""
    with cache.room("pip", folder) as room:
        options = (
            "--quiet --no-input --no-deps --only-binary :all: --retries 0"
            f" --timeout {limits.PATIENCE:.0f} --disable-pip-version-check"
        )
        command = pip("download", *options.split(), "--dest", room, source.requirement)
        lines = run("pip", command, room, **PIP_SETTINGS)
        if not _taken(Path(room, source.file), out):
            raise pip_failure(lines, source.requirement)


def from_apt(source: Source, folder: Path, out: BinaryIO) -> None:
    """Download a Debian package by apt-get, from wherever this machine has its
    packages; any user may.
    """
    program = shutil.which("apt-get")
    if program is None:
        raise Unavailable(
            "this machine has no apt-get, the program of Debian, Ubuntu and their like"
        )
    # apt's own user cannot write to the cache
    options = (
        f"-q -oAcquire::http::Timeout={limits.PATIENCE:.0f}"
        f" -oAcquire::https::Timeout={limits.PATIENCE:.0f}"
        " -oAcquire::Retries=0 -oAPT::Sandbox::User=root"
    )
    command = [program, *options.split(), "download", source.package]
    with cache.room("apt-get", folder) as room:
        lines = run("apt-get", command, room, cwd=room)
        if not _taken(Path(room, source.file), out):
            raise _apt_failure(lines, source.package)


def run(
    name: str, command: list[str], room: str, cwd: str | None = None, **settings: str
) -> list[str]:
    """Run a program that works in a folder; returns what it said.

    Raises:
        Unavailable: if it got stuck.
    """
    # not a pipe, which a program could fill
    with tempfile.TemporaryFile(dir=room) as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
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
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").strip().splitlines()
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
        time.sleep(limits.STEP)
        now = _contents(room)
        quiet, before = quiet + limits.STEP if now == before else 0.0, now
        if quiet > limits.PIP_PATIENCE:
            raise Unavailable(f"{name} got nothing within {limits.PIP_PATIENCE:.0f} s")


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


def _failure(
    name: str, lines: list[str], mark: str, known: dict[str, str]
) -> Exception:
    """Put what a program said into words.

    Args:
        name: of the program.
        lines: what it said.
        mark: what its errors begin with.
        known: words to look for -> what they mean.
    """
    text = "\n".join(lines)
    if "No space left" in text:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for words, meaning in known.items():
        if words in text:
            return Unavailable(meaning)
    errors = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
    return Unavailable(
        f"{name} failed: {[*(errors or lines[-1:]), 'it gave no reason'][0]}"
    )


def pip_failure(lines: list[str], requirement: str) -> Exception:
    known = {
        "No module named pip": (
            "this Python has no pip; `python -m ensurepip` brings it"
        ),
        "No matching distribution": (
            f"pip found no {requirement}: its package index is out of reach or lacks it"
        ),
    }
    return _failure("pip", lines, "ERROR: ", known)


def _apt_failure(lines: list[str], package: str) -> Exception:
    unknown = (
        f"apt-get does not know {package}; if this is Debian, `sudo apt-get update`"
        " brings its lists up to date"
    )
    words = ("Unable to locate", "was not found", "No packages found")
    known = dict.fromkeys((*words, "Can't find a source"), unknown)
    return _failure("apt-get", lines, "E: ", known)
