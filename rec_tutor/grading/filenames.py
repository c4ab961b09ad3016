"""What the names of downloaded submissions say.

Three kinds are understood:

- Moodle: `Name_1234567_assignsubmission_file_/07_mf.ipynb`, or all of it in the file's
  name; before the name may stand that of the group and a hyphen, and "Participant
  1234567" is what Moodle's own table of grades calls the person;
- Canvas: `name_LATE_12345_678901_07_mf-2.ipynb`; 12345 is the person's Canvas id, and
  -2 the second version of a file;
- `id.ipynb`, or a folder of that name with the file in it, as nbgrader makes them.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rec_tutor.data.schema import DataError

MOODLE = re.compile(r"(.+)_(\d+)_assignsubmission_(?:file|onlinetext)_?(.*)")
CANVAS = re.compile(r"([^_]+)_(LATE_)?(\d+)_(\d+)_(.+)")
VERSION = re.compile(r"(.+?)(?:-(\d+))?(\.\w+)?")


@dataclass(frozen=True)
class Found:
    """A file, and what its name says.

    Attributes:
        id: the person's id, "" if the name has none.
        name: the person's name, "" if the name has none.
        base, number: of the handed-in file without its version, and the version.
        late: the name says that it came late.
    """

    path: Path
    id: str = ""
    name: str = ""
    base: str = ""
    number: int = 1
    late: bool = False


def same_id(text: str) -> str:
    """An id, however large its letters are and however they are composed."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def submissions(folder: Path) -> list[Path]:
    """All files of a folder, sorted; without hidden ones and links to folders.

    Raises:
        DataError: there is no such folder.
    """
    if not folder.is_dir():
        what = "is a file: unpack it" if folder.is_file() else "is not there"
        raise DataError(f"The folder {folder} {what}.")
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if one[0] != "." and one != "__MACOSX"]
        found += [Path(place, one) for one in files if one[0] not in ".~"]
    return sorted(found)


def understood(path: Path, folder: Path) -> Found:
    """What the name of a file below the folder says."""
    parts = PurePosixPath(path.relative_to(folder).as_posix()).parts
    for at, part in enumerate(parts):
        if match := MOODLE.fullmatch(part):
            last = match[3] if at == len(parts) - 1 else parts[-1]
            base = "/".join([*parts[at + 1 : -1], last])
            return Found(path, f"Participant {match[2]}", match[1], base)
    if match := CANVAS.fullmatch(parts[-1]):
        late, base, number = bool(match[2]), match[5], 1
        if version := VERSION.fullmatch(base):
            base = version[1] + (version[3] or "")
            number = int(version[2] or 1)
        return Found(path, match[3], match[1], base, number, late)
    return Found(path, id=parts[0] if len(parts) > 1 else path.stem, base=parts[-1])


def plain(name: str, accents: bool = True) -> str:
    """A name as letters and digits only, in small letters."""
    name = unicodedata.normalize("NFKC", name).casefold()
    if not accents:
        name = unicodedata.normalize("NFKD", name)
    return "".join(one for one in name if one.isalnum())
