"""A file as text: plain or packed, from a disk or from a pipe, whatever its encoding.

Nothing is unpacked to the disk, and nothing that could run code is opened.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from rec_tutor.data.schema import DataError

PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}
OTHER = {  # first bytes of what is no table of text: what it is, and the way out
    b"PAR1": ("parquet", ""),
    b"SQLite format 3": ("an SQLite database", "Export the table as CSV."),
    b"\x28\xb5\x2f\xfd": ("packed by zstd", "Unpack it first: unzstd FILE."),
    b"7z\xbc\xaf": ("a 7z archive", "Unpack it first."),
    b"Rar!": ("a RAR archive", "Unpack it first."),
    b"\x80\x02": ("a pickle", "It could run code; save the table as CSV."),
    b"\x80\x03": ("a pickle", "It could run code; save the table as CSV."),
    b"\x80\x04": ("a pickle", "It could run code; save the table as CSV."),
    b"\x80\x05": ("a pickle", "It could run code; save the table as CSV."),
    b"\x93NUMPY": ("a NumPy array", "Save it as CSV."),
    b"\xd0\xcf\x11\xe0": ("an old Excel file (.xls)", "Save it as CSV."),
    b"%PDF": ("a PDF", "A table of text is needed."),
}
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile)


@dataclass
class Opened:
    """Bytes that can be read from the start as often as needed.

    Attributes:
        name: for messages, the path as it was given.
        file: the bytes, unpacked.
        kind: "text", "parquet" or "xlsx".
        packed: "gzip", …, or "".
        encoding: of the text.
    """

    name: str
    file: BinaryIO
    kind: str = "text"
    packed: str = ""
    encoding: str = "utf-8-sig"

    def lines(self) -> Iterator[str]:
        """The lines from the start, with their ends.

        Raises DataError, with the line, where the bytes are no text of this encoding.
        """
        self.file.seek(0)
        text = io.TextIOWrapper(self.file, self.encoding, newline="")
        try:
            # `yield from` would close the file together with the generator
            for line in text:  # noqa: UP028
                yield line
        except UnicodeError as error:
            raise self._no_text() from error
        except DAMAGED as error:
            raise DataError(
                f"{self.name}: this {self.packed} file is damaged or cut off ({error})."
                " Fetch it again."
            ) from error
        except OSError as error:
            raise DataError(
                f"{self.name}: the file cannot be read ({error.strerror or error})."
            ) from error
        finally:
            with suppress(ValueError):  # closed already
                text.detach()

    def _no_text(self) -> DataError:
        place = self.name
        if not self.encoding.startswith("utf-16"):
            self.file.seek(0)
            for number, line in enumerate(self.file, start=1):
                try:
                    line.decode(self.encoding)
                except UnicodeError:
                    place += f", line {number}"
                    break
        name = self.encoding.removesuffix("-sig").upper()
        return DataError(
            f"{place}: this is not {name} text. Save the file as UTF-8, or name its"
            " encoding: encoding='latin-1' (on the command line --encoding latin-1)"
            " fits most older files of Western Europe."
        )


@contextmanager
def opened(
    path: str | os.PathLike[str], encoding: str | None = None
) -> Iterator[Opened]:
    """Open a file, or read a pipe to its end, and look at its first bytes.

    Raises:
        DataError: where there is no such file, it cannot be read, or holds no table.
    """
    name = os.fspath(path)
    if "://" in name:
        raise DataError(f"{name} is an address: download the file, and name that.")
    if encoding is not None:
        try:
            "".encode(encoding)
        except (LookupError, ValueError):
            raise DataError(f"Python knows no encoding of text {encoding!r}.") from None
    try:
        with _raw(name) as raw:
            file, packed = _unpacked(raw, name)
            with file:
                yield _recognised(Opened(name, file, packed=packed), encoding)
    except FileNotFoundError:
        raise DataError(f"{name}: there is no such file.") from None
    except OSError as error:
        if isinstance(error, DAMAGED):
            raise DataError(f"{name}: this file is damaged ({error}).") from error
        raise DataError(
            f"{name}: the file cannot be read ({error.strerror or error})."
        ) from error


@contextmanager
def _raw(name: str) -> Iterator[BinaryIO]:
    """The bytes of a file; a pipe (`-`: stdin) is copied, for it can be read but
    once.
    """
    with ExitStack() as stack:
        if name == "-":
            if sys.stdin is None:
                raise DataError("-: there is no standard input.")
            file = sys.stdin.buffer
        else:
            file = stack.enter_context(Path(name).open("rb"))
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                yield file
                return
        with tempfile.SpooledTemporaryFile(max_size=2**26) as copy:
            while block := file.read(2**20):
                copy.write(block)
            copy.seek(0)
            yield cast(BinaryIO, copy)


def _unpacked(raw: BinaryIO, name: str) -> tuple[BinaryIO, str]:
    """What is packed in a file, and by what."""
    start = raw.read(8)
    raw.seek(0)
    packed = next((own for mark, own in PACKED.items() if start.startswith(mark)), "")
    if packed == "zip":
        return _member(raw, name)
    if packed == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb")), packed
    if packed == "bzip2":
        return cast(BinaryIO, bz2.BZ2File(raw)), packed
    if packed == "xz":
        return cast(BinaryIO, lzma.LZMAFile(raw)), packed
    return raw, ""


def _member(raw: BinaryIO, name: str) -> tuple[BinaryIO, str]:
    """The one file in a zip archive."""
    try:
        archive = zipfile.ZipFile(raw)
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise DataError(
            f"{name}: this zip file is damaged or cut off ({error}). Fetch it again."
        ) from error
    names = [own.filename for own in archive.infolist() if not own.is_dir()]
    if "xl/workbook.xml" in names:
        return raw, "xlsx"
    names = [own for own in names if not own.startswith("__MACOSX/")]
    if len(names) != 1:
        some = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise DataError(
            f"{name}: this zip file holds {len(names)} files ({some or 'none'}). Unpack"
            " it, and name the one with the ratings."
        )
    try:
        return cast(BinaryIO, archive.open(names[0])), "zip"
    except (RuntimeError, zipfile.BadZipFile) as error:  # a password
        raise DataError(f"{name}: {error}. Unpack it first.") from error


def _recognised(found: Opened, encoding: str | None) -> Opened:
    """Say what the bytes are; DataError for what is no table of text."""
    if found.packed == "xlsx":
        found.packed, found.kind = "", "xlsx"
        return found
    try:
        start = found.file.read(4096)
        found.file.seek(0)
    except (*DAMAGED, RuntimeError) as error:
        raise DataError(
            f"{found.name}: this {found.packed} file is damaged, cut off or locked"
            f" ({error})."
        ) from error
    for mark, (what, way_out) in OTHER.items():
        if start.startswith(mark):
            if what == "parquet":
                found.kind = what
                return found
            raise DataError(f"{found.name}: this is {what}. {way_out}")
    if encoding:
        found.encoding = encoding
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found.encoding = "utf-16"
    elif b"\0" in start:
        raise DataError(
            f"{found.name}: this is no text (it holds zero bytes). If it is UTF-16:"
            " encoding='utf-16-le' (on the command line --encoding utf-16-le)."
        )
    elif start.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise DataError(
            f"{found.name}: this is a web page, not a table. A download behind a login"
            " often ends so: fetch the file in a browser."
        )
    return found
