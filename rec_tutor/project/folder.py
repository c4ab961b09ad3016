"""The folder of a project: `project.toml` and the files that it names."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rec_tutor import data
from rec_tutor.data.schema import DataError
from rec_tutor.project.findings import Absent

FILE = "project.toml"
LARGEST = 2**20  # bytes of a text
SPLITS = ("temporal", "leave-last-out", "global-time", "random")
PARTS = ("train", "valid", "test")
TABLES = {
    "split": ("kind", *PARTS),
    "reading": ("encoding", "separator", "decimal", "quotes"),
    "columns": ("user", "item", "rating", "timestamp"),
}
KEYS = {
    "title": str,
    "data": str,
    "k": int,
    "liked": float,
    "popularity": str,
    "baselines": list,
    "model": str,
    "twin": str,
    "items": str,
    **dict.fromkeys((*TABLES, "lists"), dict),
}


@dataclass(frozen=True)
class Project:
    """What `project.toml` says.

    Attributes:
        folder: where it lies.
        title: in words.
        data: a file of ratings, or the name of a public set.
        k: the length of a list.
        liked: a test rating from here on is to be found; None: every row is.
        popularity, model, twin: names among `lists`, or "".
        baselines: names among `lists`.
        items: a file with the columns itemID and title, or "".
        split: `kind`, or the files `train`, `valid` (if there is one) and `test`.
        lists: model -> file.
        reading, columns: how files of ratings are read.
    """

    folder: Path
    title: str = "project"
    data: str = ""
    k: int = 10
    liked: float | None = None
    popularity: str = ""
    baselines: tuple[str, ...] = ()
    model: str = ""
    twin: str = ""
    items: str = ""
    split: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)

    @property
    def public(self) -> bool:
        """Is the data a public set, known by its name?"""
        return self.data in data.names()

    def file(self, name: str) -> Path:
        """The path of a file in the folder.

        Raises:
            Absent: there is none.
            DataError: it lies outside of the folder, or is no ordinary file.
        """
        try:
            path = (self.folder / name).resolve()
            inside = path.is_relative_to(self.folder)
        except (OSError, RuntimeError, ValueError) as error:  # a ring of links, \0
            raise DataError(f"{name}: this is no name of a file ({error}).") from None
        if not inside:
            raise DataError(
                f"{name} leads out of the project's folder: put the file itself into it"
                " (no link), and name it from there."
            )
        try:
            if not os.path.lexists(path):
                raise Absent(f"{name} is not there: this hand-in needs it.")
            if not path.is_file():
                raise DataError(f"{name} is not an ordinary file.")
        except OSError as error:  # a name that is too long
            raise DataError(f"{name[:40]}: {error.strerror or error}.") from None
        return path

    @contextmanager
    def reads(self, name: str) -> Iterator[Path]:
        """The path of a file, for a reader; its errors then name the file as the
        project does.
        """
        path = self.file(name)
        try:
            yield path
        except DataError as error:
            text = str(error)
            for long in (str(path), os.path.basename(path)):
                if text.startswith(long):
                    text = name + text.removeprefix(long)
            raise DataError(text) from None
        except TypeError as error:  # an option of [reading] of another kind
            raise DataError(f"{name}, by {FILE}: {error}.") from None

    def text(self, name: str) -> str:
        """The text of a small file; DataError if it is none."""
        path = self.file(name)
        try:
            if path.stat().st_size > LARGEST:
                raise DataError(f"{name}: this is too large for a text (over 1 MB).")
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{name}: byte {error.start} is not UTF-8. Save the file as UTF-8 text."
            ) from None
        except OSError as error:
            raise DataError(f"{name} can't be read ({error.strerror}).") from None


def load(folder: str | Path) -> Project:
    """Read `project.toml`.

    Raises:
        DataError: there is no such folder or file, or something in it is not as
            `rec-tutor project start` writes it.
    """
    try:
        place = Path(folder).resolve()
        there = place.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"{folder}: this is no folder ({error}).") from None
    if not there:
        raise DataError(f"There is no folder {folder}.")
    empty = Project(place)
    try:
        raw = tomllib.loads(empty.text(FILE))
    except Absent:
        raise DataError(
            f"{folder} has no {FILE}: `rec-tutor project start {folder}` writes one, in"
            " a new folder."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{FILE} is not TOML: {error}.") from None
    _known(raw, tuple(KEYS), FILE)
    for name, own in raw.items():
        _typed(name, own, KEYS[name])
    for name, keys in TABLES.items():
        _known(raw.get(name, {}), keys, f"{FILE}, [{name}]")
    for name in ("split", "lists"):
        for key, own in raw.get(name, {}).items():
            _typed(f"[{name}] {key}", own, str)
    for own in raw.get("baselines", []):
        _typed("baselines", own, str)
    if "liked" in raw:
        raw["liked"] = float(raw["liked"])
    raw["baselines"] = tuple(raw.get("baselines", ()))
    found = Project(place, **raw)
    if found.k < 1:
        raise DataError(f"{FILE}: k must be at least 1; it is {found.k}.")
    if not found.data:
        raise DataError(
            f"{FILE} does not name the data: data = 'ratings.csv', or a public set"
            f" ({', '.join(data.names())})."
        )
    kind = found.split.get("kind")
    if kind is not None and (kind not in SPLITS or len(found.split) > 1):
        raise DataError(
            f"{FILE}, [split]: kind is one of {', '.join(SPLITS)}, and stands alone; or"
            " name the files: train, valid, test."
        )
    named = (found.popularity, *found.baselines, found.model, found.twin)
    for name in filter(None, named):
        if name not in found.lists:
            raise DataError(
                f"{FILE} names the model {name!r}, but [lists] has no file for it."
            )
    before = (found.popularity, *found.baselines)
    for role, name, others in (
        ("model", found.model, before),
        ("twin", found.twin, (*before, found.model)),
    ):
        if name and name in others:
            raise DataError(
                f"{FILE}: {role} = {name!r} has another role already: nothing can be"
                " compared with itself."
            )
    return found


def _known(table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in keys:
            near = difflib.get_close_matches(name, keys, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise DataError(
                f"{where}: {name!r} is not known.{hint} Known: {', '.join(keys)}."
            )


def _typed(name: str, own: object, kind: type) -> None:
    right = isinstance(own, (int, float) if kind is float else kind)
    if not right or (isinstance(own, bool) and kind is not bool):
        words: dict[type, str] = {
            str: "a text in quotes",
            int: "a whole number",
            float: "a number",
            list: "a list, as in ['ease']",
            dict: f"a table, [{name}]",
        }
        raise DataError(f"{FILE}: {name} must be {words[kind]}; it is {own!r}.")
    if kind is float and own != own:
        raise DataError(f"{FILE}: {name} must be a number; it is nan.")
