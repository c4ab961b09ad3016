"""The open exercise: what all wrote, on one page, without their names."""

from __future__ import annotations

import csv
import html
import io
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rec_tutor.data.schema import DataError
from rec_tutor.grading.classroom import Class
from rec_tutor.grading.gradebook import cell
from rec_tutor.grading.notebook import SubmissionError, read
from rec_tutor.grading.report import HEAD
from rec_tutor.grading.roster import Person

OPEN = 6  # the number of the open exercise: the last one of every chapter
HEADING = re.compile(r"^#{1,6}[ \t]*(\d+)[ \t]*·.*$", re.MULTILINE)
SMALLEST = 3  # letters of a name that is taken out


@dataclass
class Open:
    """What a submission says on the open exercise.

    Attributes:
        task: the cell with the heading, "" if there is none.
        texts: the cells of text below it.
        code: the number of code cells below it, which are not shown.
    """

    texts: list[str] = field(default_factory=list)
    task: str = ""
    code: int = 0


def section(text: str, number: int) -> str:
    """The part of a text below the heading of an exercise, with it; "" if none is."""
    headings = list(HEADING.finditer(text))
    for at, one in enumerate(headings):
        if int(one[1]) == number:
            end = headings[at + 1].start() if at + 1 < len(headings) else len(text)
            return text[one.start() : end].strip()
    return ""


def of_notebook(path: Path, number: int = OPEN) -> Open:
    """The open exercise of a notebook. Raises SubmissionError."""
    read(path)  # looks at what it is
    found = Open()
    inside = False
    for one in json.loads(path.read_bytes().decode("utf-8-sig")).get("cells", ()):
        kind = one.get("cell_type") if isinstance(one, dict) else None
        source = one.get("source", "") if kind else ""
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if not isinstance(source, str):
            continue
        if kind == "markdown" and HEADING.search(source):
            own = section(source, number)
            inside = bool(own)
            found.task = own or found.task
        elif inside and kind == "markdown":
            found.texts.append(source)
        elif inside and kind == "code":
            found.code += bool(source.strip())
    return found


def written(one: Open, task: str) -> list[str]:
    """The texts of an answer; also what was added to the cell of the exercise."""
    known = {line.strip() for line in task.splitlines()}
    added = [line for line in one.task.splitlines() if line.strip() not in known]
    texts = ["\n".join(added), *one.texts]
    return [text for text in texts if text.strip()]


def blinded(text: str, people: Sequence[Person]) -> str:
    """A text without the names, ids and addresses of those who wrote it."""
    secret = {part for p in people for part in (p.name, p.id, p.email, *p.name.split())}
    for part in sorted(secret, key=len, reverse=True):
        if len(part) >= SMALLEST:
            whole = rf"(?<!\w){re.escape(part)}(?!\w)"
            text = re.sub(whole, "[…]", text, flags=re.IGNORECASE)
    return text


def sheet(room: Class, seed: int, rubric: str = "") -> tuple[str, bytes]:
    """A page of HTML with all answers under code names, and the key to them as CSV.

    Args:
        rubric: the text of the exercise and what a good answer has; "": as most of
            the notebooks have it.

    Raises:
        DataError: no notebook has the open exercise.
    """
    found = {}
    for own, file in room.files.items():
        try:
            found[own] = of_notebook(file.path)
        except SubmissionError:
            continue
    tasks = Counter(one.task for one in found.values() if one.task)
    task = max(tasks, key=lambda one: (tasks[one], -len(one)), default="")
    if not task:
        raise DataError(f"No notebook has a cell that begins with ## {OPEN} ·")
    order = sorted(found)
    random.Random(seed).shuffle(order)
    title = html.escape(task.partition("\n")[0].lstrip("# "))
    parts = [HEAD.format(title=title), f"<pre>{html.escape(rubric or task)}</pre>"]
    key = io.StringIO()
    writer = csv.writer(key, lineterminator="\n")
    writer.writerow(["code", "id", "name", "file"])
    for number, own in enumerate(order, 1):
        code = f"P{number:03d}"
        people = [row.person for row in room.rows if row.file == own]
        for one in people:
            name = room.files[own].path.name
            writer.writerow([code, cell(one.id), cell(one.name), cell(name)])
        parts.append(f"<h2>{code}</h2>\n<p>Points: ______</p>")
        texts = written(found[own], task)
        for text in texts:
            parts.append(f"<pre>{html.escape(blinded(text, people))}</pre>")
        if not texts:
            parts.append("<p>Nothing was written.</p>")
        if found[own].code:
            parts.append(f"<p>({found[own].code} cells of code are not shown.)</p>")
    return "\n".join(parts) + "\n", key.getvalue().encode()


def rubric_of(path: str) -> str:
    """The open exercise in a chapter's page of exercises, or all of another text.

    Raises:
        DataError: it can't be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The rubric {path} can't be read: {error}.") from None
    return section(text, OPEN) or text.strip()
