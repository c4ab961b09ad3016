"""Whose file is this? Names of downloaded submissions against a list of people.

What fits nobody, or two people, is listed and never guessed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rec_tutor.data.schema import DataError
from rec_tutor.grading.filenames import Found, plain, same_id, understood

LARGEST = 5_000_000  # bytes of a roster


@dataclass(frozen=True)
class Person:
    """A row of the roster."""

    id: str
    name: str
    email: str = ""
    group: str = ""


@dataclass
class Matched:
    """Who handed in what.

    Attributes:
        files: person's id -> the notebook that counts.
        people: everybody, with or without a file.
        unclear: files that are not graded, and why.
        notes: person's id -> what was found of them and not graded.
    """

    files: dict[str, Found] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    unclear: list[tuple[Path, str]] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)


def read_roster(path: str | Path) -> list[Person]:
    """The people of a CSV file with the columns id and name, perhaps email and group.

    Raises:
        DataError: it can't be read, a column is missing, or an id comes twice.
    """
    try:
        if Path(path).stat().st_size > LARGEST:
            raise DataError(f"{path}: too large for a roster.")
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The roster {path} can't be read: {error}.") from None
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=mark))
    names = [one.strip().casefold() for one in rows[0]] if rows else []
    if not {"id", "name"} <= set(names):
        raise DataError(
            f"{path}: a roster has the columns id and name, perhaps email and group;"
            f" this one has: {', '.join(names) or 'nothing'}."
        )
    wanted = [one for one in ("id", "name", "email", "group") if one in names]
    people: dict[str, Person] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        row += [""] * (len(names) - len(row))
        person = Person(
            **{one: " ".join(row[names.index(one)].split()) for one in wanted}
        )
        if not person.id:
            raise DataError(f"{path}, line {number}: there is no id.")
        if same_id(person.id) in people:
            raise DataError(f"{path}, line {number}: the id {person.id} comes twice.")
        people[same_id(person.id)] = person
    if not people:
        raise DataError(f"{path}: nobody is in it.")
    return list(people.values())


def spellings(person: Person, accents: bool) -> set[str]:
    """A person's name as the systems may write it: any word first, a group before."""
    words = person.name.replace(",", " ").split()
    turned = {
        plain("".join(words[at:] + words[:at]), accents) for at in range(len(words))
    }
    if person.group:
        turned |= {plain(person.group, accents) + one for one in turned}
    return turned


class Names:
    """Everybody by id and by name."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.by_id = {same_id(one.id): one for one in people}
        self.by_name: dict[bool, dict[str, list[Person]]] = {True: {}, False: {}}
        for accents, table in self.by_name.items():
            for person in people:
                for one in spellings(person, accents):
                    table.setdefault(one, []).append(person)
            for person in people:  # one file for a group, under its name
                if person.group:
                    table.setdefault(plain(person.group, accents), [person])

    def of(self, found: Found) -> list[Person]:
        """Those that a file may belong to: one, if all is well.

        An id and a name that are two people's give both; an id with a name that has no
        word of the person's gives nobody, for ids of two systems may be the same.
        """
        own = self.by_id.get(same_id(found.id)) if found.id else None
        named: list[Person] = []
        for accents in (True, False):
            named = named or self.by_name[accents].get(plain(found.name, accents), [])
        if own is None:
            return named
        if named:
            return [own] if own in named else [own, *named]
        certain = not found.name or found.id.startswith("Participant ")
        words = [plain(word, False) for word in own.name.split()]
        known = plain(found.name, False)
        return [own] if certain or any(w in known for w in words if len(w) > 2) else []


def match(
    paths: Iterable[Path], folder: Path, people: Sequence[Person] | None = None
) -> Matched:
    """Give each person of the roster their file.

    Args:
        people: the roster; None: everybody who handed something in, by the ids and
            names of the files.
    """
    result = Matched(people=list(people or ()))
    all_found = [understood(path, folder) for path in paths]
    if people is None:
        made: dict[str, Person] = {}
        for one in all_found:
            own = one.id or one.name
            made.setdefault(own, Person(own, one.name or one.id))
        result.people = list(made.values())
        owners = [[made[one.id or one.name]] for one in all_found]
    else:
        names = Names(result.people)
        owners = [names.of(one) for one in all_found]

    def note(own: str, text: str) -> None:
        result.notes.setdefault(own, []).append(text)

    several: dict[str, list[Found]] = {}
    for found, fit in zip(all_found, owners, strict=True):
        if len(fit) == 1 and found.path.suffix.lower() == ".ipynb":
            several.setdefault(fit[0].id, []).append(found)
        elif len(fit) == 1:
            note(fit[0].id, f"{found.path.name} is no notebook")
        elif not fit:
            result.unclear.append((found.path, "it fits nobody"))
        else:
            ids = ", ".join(one.id for one in fit)
            result.unclear.append((found.path, f"it may belong to {ids}"))
            for person in fit:
                note(person.id, "a file that may be theirs was not graded")
    for own, files in several.items():
        newest = max(files, key=lambda one: one.number)
        same = {one.base for one in files} == {newest.base}
        if same and sum(one.number == newest.number for one in files) == 1:
            result.files[own] = newest
        else:
            why = f"one of {len(files)} files of {own}: leave the one that counts"
            result.unclear += [(one.path, why) for one in files]
            note(own, f"none of {len(files)} files was graded")
    return result
