"""Files that somebody asked for: written whole or not at all, never over an input."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rec_tutor.data.schema import DataError

STDOUT = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}


def say(text: str) -> None:
    """Tell somebody how things go, apart from results."""
    print(text, file=sys.stderr, flush=True)


def check_outputs(inputs: Sequence[str | None], outputs: Sequence[str | None]) -> None:
    """Before any work: the outputs can be written, in folders that exist, and no input
    is among them. Raises DataError.
    """
    taken = [Path(path) for path in inputs if path and path != "-"]
    for path in filter(None, outputs):
        if path in STDOUT:
            continue
        target = Path(path).resolve()
        if any(_same(own, target) for own in taken):
            raise DataError(
                f"{path} is named twice: choose another name for the output."
            )
        if not target.parent.is_dir():
            raise DataError(
                f"The folder {target.parent} does not exist: make it, or write"
                " elsewhere."
            )
        if target.is_dir():
            raise DataError(f"{path} is not an ordinary file: choose another place.")
        if not _special(target) and not os.access(target.parent, os.W_OK):
            raise DataError(f"The folder {target.parent} cannot be written to.")
        taken.append(target)


def _same(one: Path, other: Path) -> bool:
    """Do both name the same file, if only by a link?"""
    try:
        return one.resolve() == other or one.samefile(other)
    except OSError:  # one does not exist
        return False


def _special(target: Path) -> bool:
    """A pipe or a device: what is written there replaces nothing."""
    return target.exists() and not target.is_file()


def permissions(target: Path) -> int:
    """The permissions that the file has, or that a new one gets."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def write_whole(path: str, save: Callable[[Any], None]) -> None:
    """Write the whole file or none: `save(file)` fills a temporary one beside it, which
    then replaces what was there. On stdout (`-`, /dev/stdout), into a pipe or a device
    it is written when it is complete, behind what is there.
    """
    target = Path(path).resolve()
    if path in STDOUT or _special(target):
        whole = io.BytesIO()
        save(whole)
        if path in STDOUT:
            if sys.stdout is None:
                raise DataError(f"{path}: there is no standard output.")
            sys.stdout.flush()
            out = getattr(sys.stdout, "buffer", None)
            if out is None:  # captured
                sys.stdout.write(whole.getvalue().decode())
            else:
                out.write(whole.getbuffer())
            sys.stdout.flush()
        else:
            with target.open("wb") as pipe:
                pipe.write(whole.getbuffer())
        return
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as part:
            save(part)
        with suppress(OSError):  # some file systems have no permissions
            os.chmod(part.name, permissions(target))
        os.replace(part.name, target)
    except BaseException as error:
        if part is not None:
            Path(part.name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DataError(
                f"{target} could not be written ({error}). Choose another place for it."
            ) from error
        raise
