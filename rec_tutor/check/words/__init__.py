"""The catalogue: every sentence that a check says, by language.

`en/engine.toml` holds what all questions share, `en/mf.toml` what belongs to the
questions of a chapter. Plain ASCII, so that every console can print it.
"""

from __future__ import annotations

import textwrap
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGE = "en"
WIDTH = 88


@cache
def catalogue(name: str, language: str = LANGUAGE) -> dict[str, Any]:
    """A file of the catalogue, "engine" or a chapter's short name."""
    file = files(__package__) / language / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def of(key: str) -> dict[str, Any]:
    """What is said about a question, "mf.2", or a blank, "07.T1"."""
    from rec_tutor.check.contracts import MARK, family
    from rec_tutor.check.questions import chapter_of

    if MARK in key:
        changed, number = family(key)
        return changed.words(number, of(changed.key)["read"])
    return catalogue(chapter_of(key))[key]


def say(name: str, /, **values: object) -> str:
    """A sentence of the engine, with values filled in."""
    text: Any = catalogue("engine")
    for part in name.split("."):
        text = text[part]
    return text.format(**values)


def wrapped(label: str, text: str) -> str:
    """`Label: text`, in lines that a notebook shows whole; lines that the text has
    itself (code, numbers) stay.
    """
    start = f"{label}: " if label else ""
    first, *more = text.strip("\n").split("\n")
    lines = textwrap.wrap(
        start + first, WIDTH, subsequent_indent="    ", break_on_hyphens=False
    ) or [start]
    return "\n".join(lines + [f"    {line}" for line in more])
