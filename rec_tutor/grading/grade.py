"""Grade a submission: the same verdicts as `check`, on functions that run elsewhere."""

from __future__ import annotations

import builtins
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rec_tutor.check.examine import Verdict, examine
from rec_tutor.check.question import Question
from rec_tutor.check.questions import CHAPTERS, of_chapter
from rec_tutor.grading import child as protocol
from rec_tutor.grading import isolation
from rec_tutor.grading.isolation import Child, ChildError
from rec_tutor.grading.notebook import Answer, SubmissionError, read, take

LONGEST = 8_000  # characters that a student reads of a question
WHY = {
    "time": "it took more than {seconds} seconds",
    "died": "its process ended before it answered",
    "large": "what it returned is too large",
    "strange": "what it returned is nothing that a function returns",
}


@dataclass(frozen=True)
class Mark:
    """What a question got.

    Attributes:
        points: 1 if it is right, else 0.
        state: "right", "wrong", "not attempted", or "refused": its process was stopped.
        mistakes: the listed mistakes that it looks like.
        text: what the student reads. It may quote the submission: no control characters
            are left in it, but all that means something in HTML.
    """

    key: str
    points: float
    state: str
    mistakes: tuple[str, ...]
    text: str


def questions(chapter: str) -> list[Question]:
    """The checked exercises of a chapter, by its number.

    Raises:
        LookupError: there is no such chapter.
    """
    if chapter not in CHAPTERS:
        raise LookupError(f"no chapter {chapter!r}; there are {', '.join(CHAPTERS)}")
    own = of_chapter(CHAPTERS[chapter]).values()
    return [
        one for one in own if isinstance(one, Question) and "." + "T" not in one.key
    ]


def grade(
    path: Path, asked: Sequence[Question], framework: str = "torch"
) -> tuple[list[Mark], list[str]]:
    """Grade a notebook: a mark for each question, and notes on the file.

    Args:
        framework: of the questions about tensors.
    """
    try:
        cells = read(path)
    except SubmissionError as error:
        text = f"Nothing could be graded: {error}."
        return [Mark(one.key, 0, "not attempted", (), text) for one in asked], [text]
    marks: list[Mark] = []
    notes: list[str] = []
    for question in asked:
        answer = take(cells, question.name)
        notes += [one for one in map(clean, answer.notes) if one not in notes]
        marks.append(_mark(question, answer, framework))
    return marks, notes


def clean(text: str) -> str:
    """A text that can be printed and written to a file, whatever was in it."""
    return "".join(
        one if one == "\n" or unicodedata.category(one)[0] != "C" else "?"
        for one in text[:LONGEST].expandtabs(4)
    )


def _mark(question: Question, answer: Answer, framework: str) -> Mark:
    """Each question has a process of its own: what one answer does there to NumPy, or
    leaves running, is not met by the next.
    """
    key = question.key
    if not answer.code:
        text = f"{examine(key).text} {' '.join(answer.notes[-1:])}"
        return Mark(key, 0, "not attempted", (), clean(text))
    child = Child(framework, question.gradient) if question.tensors else Child()
    try:
        remote = Remote(child, question, answer.code)
        verdict: Verdict = examine(key, remote)
        if remote.stopped:
            return _stopped(key, remote.stopped)
    except ChildError as error:
        return _stopped(key, str(error))
    except Exception as error:  # a strange result must not end the grading of a class
        why = f"what it returned can't be compared ({type(error).__name__}: {error})"
        return _stopped(key, why)
    finally:
        child.close()
    points = float(verdict.state == "right")
    return Mark(key, points, verdict.state, verdict.mistakes, clean(verdict.text))


def _stopped(key: str, why: str) -> Mark:
    why = WHY.get(why, why).replace("{seconds}", f"{isolation.SECONDS:.0f}")
    text = f"{key}: No points. The answer was stopped: {why}."
    return Mark(key, 0, "refused", (), clean(text))


class Remote:
    """A student's function that runs in a child: called like any other."""

    elsewhere = True  # it gets arrays, and makes its tensors itself

    def __init__(self, child: Child, question: Question, code: str) -> None:
        self.child, self.stopped = child, ""
        self.__name__ = question.name
        self.question = question
        child.end = time.monotonic() + isolation.SECONDS
        reply, _ = child.ask({"code": code, "name": question.name}, [])
        self.broken = reply if "error" in reply else None
        self.empty = bool(reply.get("empty"))

    def __call__(self, *arguments: Any) -> Any:
        if self.stopped:
            raise RuntimeError("its process was stopped")
        if self.broken:
            raise _error(self.broken)
        arrays: list[np.ndarray] = []
        sent = [protocol.encode(one, arrays) for one in arguments]
        try:
            reply, found = self.child.ask(
                {"name": self.question.name, "arguments": sent}, arrays
            )
            if "error" in reply:
                raise _error(reply)
            result = protocol.decode(reply.get("result"), found)
            for one, state in zip(arguments, reply.get("rngs", ()), strict=False):
                if isinstance(one, np.random.Generator) and state:
                    rng = protocol.decode(state, found)
                    one.bit_generator.state = rng.bit_generator.state
        except Exception as error:
            if getattr(error, "remote", False):
                raise
            self.stopped = str(error) if isinstance(error, ChildError) else "strange"
            raise RuntimeError("its process was stopped") from None
        return result


def _error(reply: dict[str, Any]) -> Exception:
    """The student's error, as one of Python's own where it has that name."""
    name, text = str(reply.get("error")), str(reply.get("text", ""))
    kind: Any = getattr(builtins, name, None)
    try:
        if not issubclass(kind, Exception):
            raise TypeError
        error: Exception = kind(text)
    except TypeError:  # no exception, or one that is made of more than a text
        error = RuntimeError(f"{name}: {text}")
    error.remote = True  # type: ignore[attr-defined]
    return error
