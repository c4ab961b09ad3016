"""What a student has solved: a small file, and a short code to carry it along.

The code is `rt1-07T12E134Q2-81`: of chapter 07 the blanks 1 and 2, the exercises 1, 3
and 4, the quiz question 2; then a check number. The website's pages read and write the
same, and add the sections that were read: `07Sac2Db` are the sections a and c2 of the
chapter, and b of its page *Deeper*. A notebook passes over these: they are for another
browser.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from rec_tutor.check.questions import CHAPTERS, QUIZ, number_of, of_chapter

KINDS = "TEQ"  # blanks, exercises, quiz
PART = re.compile(r"\d\d(?:[TEQ]\d+|[SD](?:[a-z]\d?)+)+")  # S, D: sections
_memory: list[str] = []  # what could not be written, and what was solved in this kernel


def place() -> Path | None:
    """The file: `RECTUTOR_PROGRESS`, else .rec_tutor/progress.txt at home; None if the
    variable is "off".
    """
    chosen = os.environ.get("RECTUTOR_PROGRESS", "")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen).expanduser().absolute()
    try:
        return Path.home() / ".rec_tutor" / "progress.txt"
    except RuntimeError:  # nobody's home
        return None


def everything() -> list[str]:
    """All keys that can be solved, in the order of the course."""
    keys = []
    for number, name in CHAPTERS.items():
        keys += [key for key in of_chapter(name) if key.startswith(number)]
        keys += [key for key in of_chapter(name) if not key.startswith(number)]
        keys += [f"{number}.Q{n}" for n in range(1, QUIZ + 1)]
    return keys


def load() -> list[str]:
    """Solved keys in the order in which they were solved. Lines of the file that are
    no keys are passed over.
    """
    path, found = place(), ""
    if path is not None:
        with suppress(OSError):
            found = path.read_text(encoding="utf-8", errors="replace")
    known = set(everything())
    merged = dict.fromkeys([*found.split(), *_memory])
    return [key for key in merged if key in known]


def add(keys: list[str]) -> str:
    """Keep more solved keys; returns why that could not be written, or "". A line is
    added for each, so that two kernels can't overwrite each other.
    """
    before = load()
    new = [key for key in dict.fromkeys(keys) if key not in before]
    _memory.extend(new)
    path = place()
    if path is None or not new:
        return ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{key}\n" for key in new))
    except OSError as error:
        return str(error.strerror or error)
    return ""


def _split(key: str) -> tuple[str, str, str]:
    """Chapter's number, kind and number of a key."""
    start, _, end = key.partition(".")
    if start in CHAPTERS:
        return start, end[0], end[1:]
    return number_of(start), "E", end


def _key(number: str, kind: str, digit: str) -> str:
    return f"{CHAPTERS[number]}.{digit}" if kind == "E" else f"{number}.{kind}{digit}"


def checksum(text: str) -> str:
    """Two digits that notice a mistyped letter."""
    total = 0
    for one in text:
        total = (total * 31 + ord(one)) % 97
    return f"{total:02d}"


def encoded(keys: list[str]) -> str:
    """Keys as a short code."""
    parts = []
    for number in CHAPTERS:
        own = [_split(key)[1:] for key in keys if _split(key)[0] == number]
        text = ""
        for kind in KINDS:
            digits = "".join(sorted(digit for one, digit in own if one == kind))
            text += kind + digits if digits else ""
        parts += [number + text] if text else []
    body = "-".join(parts)
    return f"rt1-{body}-{checksum(body)}" if body else f"rt1-{checksum('')}"


def decoded(code: str) -> list[str] | None:
    """The keys of a code, or None if it is none."""
    match = re.fullmatch(r"rt1-(?:(.*)-)?(\d\d)", code.strip().strip("\"'"))
    if not match or checksum(match[1] or "") != match[2]:
        return None
    keys = []
    for part in filter(None, (match[1] or "").split("-")):
        if part[:2] not in CHAPTERS or not PART.fullmatch(part):
            return None
        for kind, digits in re.findall(r"([TEQ])(\d+)", part[2:]):
            keys += [_key(part[:2], kind, digit) for digit in digits]
    known = set(everything())
    return [key for key in keys if key in known]
