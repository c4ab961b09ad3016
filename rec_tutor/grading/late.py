"""Handed in too late: by how much, and what that takes off."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rec_tutor.data.schema import DataError

POLICY = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*/\s*(day|hour)")
MINUTE = timedelta(minutes=1)  # until 23:59 means until that minute is over


def moment(text: str) -> datetime:
    """A time like 2027-05-01T23:59, in the zone of this computer.

    Raises:
        DataError: it is none.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise DataError(f"{text!r} is no time like 2027-05-01T23:59.") from None
    return found.astimezone().replace(tzinfo=None) if found.tzinfo else found


@dataclass(frozen=True)
class Policy:
    """What is taken off for being late.

    Attributes:
        due: the last minute; None: nothing is late.
        percent: of the points that were reached, for each unit that has begun.
    """

    due: datetime | None = None
    percent: float = 0.0
    unit: str = "day"

    def off(self, came: datetime | None) -> tuple[float, str]:
        """The share that is taken off, between 0 and 1, and a note, "" if in time."""
        if self.due is None:
            return 0.0, ""
        if came is None:
            return 0.0, "no time is known: not counted as late"
        by = came - self.due - MINUTE
        if by < timedelta(0):
            return 0.0, ""
        length = timedelta(days=1) if self.unit == "day" else timedelta(hours=1)
        begun = by // length + 1
        share = min(1.0, begun * self.percent / 100)
        return share, f"late, {begun} {self.unit}{'s' * (begun > 1)} begun"


def policy(due: str | None, late: str | None) -> Policy:
    """From the words of the command line. Raises DataError."""
    if late is None:
        return Policy(moment(due) if due else None)
    match = POLICY.fullmatch(late.strip())
    if not match:
        raise DataError(f"{late!r} is not like 10%/day or 2%/hour.")
    if not due:
        raise DataError("Late after when? Give --due, too.")
    return Policy(moment(due), float(match[1]), match[2])


def read_times(path: str | Path) -> dict[str, datetime]:
    """File -> when it came, of a CSV file with the columns file and time.

    Raises:
        DataError: it can't be read, or a time is none.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"The times {path} can't be read: {error}.") from None
    if not rows or not {"file", "time"} <= set(rows[0]):
        raise DataError(f"{path}: there are to be rows with the columns file and time.")
    return {row["file"]: moment(row["time"] or "") for row in rows}


def came(
    path: Path, folder: Path, times: dict[str, datetime] | None
) -> datetime | None:
    """When a file came: by the times, if there are some, else its modification."""
    if times is None:
        return datetime.fromtimestamp(path.stat(follow_symlinks=False).st_mtime)
    whole = path.relative_to(folder).as_posix()
    return times.get(whole) or times.get(path.name)
