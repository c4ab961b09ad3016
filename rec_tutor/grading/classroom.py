"""Grade a folder of submissions: one row for each person, whatever they handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rec_tutor.data.schema import DataError
from rec_tutor.grading import filenames, isolation, roster
from rec_tutor.grading.filenames import Found
from rec_tutor.grading.late import Policy, came
from rec_tutor.grading.roster import Matched, Person
from rec_tutor.grading.workers import Graded, grade_all


@dataclass
class Row:
    """What a person gets.

    Attributes:
        points: key -> points, before anything is taken off.
        off: the share that is taken off for being late, between 0 and 1.
        level: of isolation; "" if nothing was run.
        file: which submission counts, by its owner's id: in a group one for all.
    """

    person: Person
    points: dict[str, float] = field(default_factory=dict)
    off: float = 0.0
    level: str = ""
    note: str = ""
    file: str = ""

    @property
    def total(self) -> float:
        return sum(self.points.values()) * (1 - self.off)


@dataclass
class Class:
    """A graded class.

    Attributes:
        keys: of the questions that were graded now.
        graded: owner's id -> what the submission got.
        files: owner's id -> the file.
    """

    keys: list[str]
    rows: list[Row]
    graded: dict[str, Graded]
    files: dict[str, Found]
    unclear: list[tuple[Path, str]]


def one_of_each_group(matched: Matched) -> dict[str, str]:
    """Person's id -> the id of who handed in for them.

    Files of several people of a group are unclear, unless they are the same.
    """
    owner = {own: own for own in matched.files}
    groups: dict[str, list[str]] = {}
    for person in matched.people:
        if person.group:
            groups.setdefault(person.group, []).append(person.id)
    for name, ids in groups.items():
        with_file = [own for own in ids if own in matched.files]
        if len({_content(matched.files[own].path) for own in with_file}) > 1:
            why = f"one of {len(with_file)} of group {name}: leave the one that counts"
            for own in with_file:
                del owner[own]
                matched.unclear.append((matched.files.pop(own).path, why))
            for own in ids:
                text = f"none of {len(with_file)} files of the group was graded"
                matched.notes.setdefault(own, []).append(text)
        elif with_file:
            for own in with_file[1:]:
                del matched.files[own]
            owner |= dict.fromkeys(ids, with_file[0])
    return owner


def _content(path: Path) -> bytes | str:
    try:
        ordinary = path.is_file() and not path.is_symlink()
        return path.read_bytes() if ordinary else str(path)
    except OSError:
        return str(path)


def grade_class(
    folder: Path,
    keys: Sequence[str],
    people: Sequence[Person] | None = None,
    *,
    framework: str = "torch",
    policy: Policy | None = None,
    times: Mapping[str, datetime] | None = None,
    worth: Mapping[str, float] | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Class:
    """Grade all submissions of a folder.

    Args:
        keys: of the questions.
        people: the roster; None: whoever handed something in.
        times: file -> when it came; None: its time of modification.
        worth: key -> points of a right answer, 1 if not named.

    Raises:
        DataError: no such folder, or no notebook in it.
        UnsupportedError: this system can't hold a student's code.
    """
    level = isolation.level()
    paths = filenames.submissions(folder)
    if not any(one.suffix.lower() == ".ipynb" for one in paths):
        raise DataError(f"There is no notebook (.ipynb) in {folder}.")
    matched = roster.match(paths, folder, people)
    owner = one_of_each_group(matched)
    files = matched.files
    number = len(files)
    done = grade_all(
        [one.path for one in files.values()],
        keys,
        framework,
        lambda n: (
            tell(f"{n} of {number} graded") if n % 10 == 0 or n == number else None
        ),
    )
    graded = dict(zip(files, done, strict=True))
    policy, worth = policy or Policy(), worth or {}
    rows = []
    for person in matched.people:
        row = Row(person, dict.fromkeys(keys, 0.0), file=owner.get(person.id, ""))
        notes = list(matched.notes.get(person.id, ()))
        if row.file:
            result, file = graded[row.file], files[row.file]
            for mark in result.marks:
                row.points[mark.key] = mark.points * worth.get(mark.key, 1.0)
            row.level = level
            row.off, late = policy.off(_came(file.path, folder, times))
            notes += result.notes + [late] * bool(late)
            if file.late and not late:
                notes.append("the file's name says that it came late")
            if row.file != person.id:
                notes.append(f"handed in by {row.file}")
        elif not notes:
            notes.append("nothing handed in")
        row.note = "; ".join(notes)
        rows.append(row)
    return Class(list(keys), rows, graded, files, matched.unclear)


def _came(
    path: Path, folder: Path, times: Mapping[str, datetime] | None
) -> datetime | None:
    try:
        return came(path, folder, None if times is None else dict(times))
    except OSError:
        return None
