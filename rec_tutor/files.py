"""Files that somebody asked for: written whole or not at all, never over an input."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rec_tutor.data.schema import DataError


def say(text: str) -> None:
    """Tell somebody how things go, apart from results."""
    print(text, file=sys.stderr, flush=True)


def check_outputs(inputs: Sequence[str | None], outputs: Sequence[str | None]) -> None:
    """Before any work: the outputs are new or ordinary files, in folders that exist and
    can be written to, and no input is among them. Raises DataError.
    """
    taken = [Path(path).resolve() for path in inputs if path]
    for path in filter(None, outputs):
        target = Path(path).resolve()
        if target in taken:
            raise DataError(
                f"{path} is named twice: choose another name for the output."
            )
        if not target.parent.is_dir():
            raise DataError(
                f"The folder {target.parent} does not exist: make it, or write"
                " elsewhere."
            )
        if target.exists() and not target.is_file():
            raise DataError(f"{path} is not an ordinary file: choose another place.")
        if not os.access(target.parent, os.W_OK):
            raise DataError(f"The folder {target.parent} cannot be written to.")
        taken.append(target)


def write_whole(path: str, save: Callable[[Any], None]) -> None:
    """Write the whole file or none: `save(file)` fills a temporary one beside it."""
    target = Path(path).resolve()
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as part:
            save(part)
        with suppress(OSError):  # some file systems have no permissions
            os.chmod(part.name, 0o644)
        os.replace(part.name, target)
    except BaseException as error:
        if part is not None:
            Path(part.name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DataError(
                f"{target} could not be written ({error}). Choose another place for it."
            ) from error
        raise
