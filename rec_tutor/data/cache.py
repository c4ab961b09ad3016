"""The folder that downloads are kept in, and how a file is opened there, read and
replaced safely.
"""

import errno
import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rec_tutor.data.schema import DataError

# age in seconds at which a temporary file must be the remains of a killed process
STALE = 24 * 3600
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def cache_dir() -> Path:
    """The folder that downloads are kept in: `RECTUTOR_CACHE`, else the platform's
    cache folder.
    """
    chosen = os.environ.get("RECTUTOR_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import pooch  # here, because own tables need not wait for it

    return Path(pooch.os_cache("rec_tutor"))


def make_cache_dir(size: int) -> Path:
    """Make the cache folder that `size` bytes will go to; clear away what killed
    downloads left there.
    """
    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, folder, size) from error
    for part in folder.glob("*.part"):
        with suppress(OSError):  # another process may be clearing up, too
            if time.time() - part.stat().st_mtime > STALE:
                shutil.rmtree(part) if part.is_dir() else part.unlink()
    return folder


def room(name: str, folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder in the cache for a program to work in; what cannot be deleted
    afterwards goes a day later.
    """
    return tempfile.TemporaryDirectory(
        prefix=f"{name}.", suffix=".part", dir=folder, ignore_cleanup_errors=True
    )


def disk_error(error: OSError, folder: Path, size: int) -> DataError:
    """The message for a cache folder that is full or cannot be used; `size` bytes were
    to be stored.
    """
    if error.errno in FULL:
        return DataError(
            f"The disk is full: the cache folder {folder} needs {megabytes(size)} more."
            " Free some space, or set the environment variable RECTUTOR_CACHE to a"
            " folder on another disk. Nothing half-written was left behind."
        )
    return DataError(
        f"The cache folder {folder} cannot be used ({error.strerror or error}). "
        "Set the environment variable RECTUTOR_CACHE to a folder that you can write to."
    )


def tell(text: str) -> None:
    """Say what is going on, on stderr; where that is closed, nobody listens."""
    with suppress(OSError, ValueError):
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 50_000 else f"{size / 1e3:.0f} kB"


def open_verified(path: Path, known_hash: str) -> BinaryIO | None:
    """Open a cached file if it is there and has the hash ("sha256:…" or "md5:…"); the
    caller closes it.

    A file with another hash is reported by a warning and counts as missing. The hash is
    taken through the very handle that is returned, so a process that replaces the file
    in between does no harm.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_error(error, path.parent, 0) from error
    try:
        intact = file_hash(file, known_hash) == known_hash
    except OSError as error:
        file.close()
        raise disk_error(error, path.parent, 0) from error
    if intact:
        return file
    file.close()
    warnings.warn(
        f"{path} is damaged (its checksum is wrong) and is not used.", stacklevel=2
    )
    return None


def file_hash(file: BinaryIO, like: str) -> str:
    """The hash of an open file as "algorithm:hex", by the algorithm of `like`; rewinds
    the file.
    """
    algorithm = like.split(":")[0]
    file.seek(0)
    digest = hashlib.file_digest(
        file,  # type: ignore[arg-type]  # typeshed asks for more than open() promises
        lambda: hashlib.new(algorithm, usedforsecurity=False),
    )
    file.seek(0)
    return f"{algorithm}:{digest.hexdigest()}"


def install(part: Path, path: Path) -> None:
    """Move a finished, verified file to its place in one step: others see the whole
    file or none.
    """
    try:
        os.replace(part, path)
    except PermissionError:
        # else: on Windows, another process has just put it there and is reading it
        if not path.exists():
            raise


def open_archive(file: BinaryIO, members: list[str], label: str) -> zipfile.ZipFile:
    """Open a zip archive to read members by their exact names; nothing is ever unpacked
    to the disk.

    Raises:
        DataError: if a member is missing, or if any name is absolute or climbs out with
            "..".
    """
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise DataError(f"{label} is not a readable zip archive ({error}).") from error
    names = archive.namelist()
    _inside(names, label)
    _complete(members, names, label)
    return archive


def read_tar(file: BinaryIO, members: Sequence[str], label: str) -> list[bytes]:
    """Read regular files, by their exact names, out of a packed tar archive (.tar.gz),
    in memory; nothing is ever unpacked to the disk.

    Returns:
        The contents, in the order of `members`.

    Raises:
        DataError: if it is no such archive, if a member is missing or a link, or if any
            name is absolute or climbs out with "..".
    """
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            for member in archive:
                _inside([member.name], label)
                content = archive.extractfile(member) if member.isreg() else None
                if content is not None and member.name in members:
                    found[member.name] = content.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(f"{label} is not a readable tar archive ({error}).") from error
    _complete(members, found, label)
    return [found[name] for name in members]


def _inside(names: Iterable[str], label: str) -> None:
    """Refuse an archive of which a member points outside."""
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise DataError(
                f"{label} is refused: its member {name!r} points outside of the"
                " archive."
            )


def _complete(members: Iterable[str], names: Iterable[str], label: str) -> None:
    """Refuse an archive that lacks a member."""
    missing = [name for name in members if name not in names]
    if missing:
        raise DataError(
            f"{label} lacks {', '.join(missing)}, so it is not the file that it"
            " should be."
        )
