"""Check an exercise: is it right, and if not, which mistake is it?

    from rec_tutor.check import check, hint, progress, solution

    check("mf.3", sgd_step)   # the function itself: it is called with inputs of its own
    check("07.T1", cell)      # the dots of a *Your turn*
    hint("mf.3")              # a hint; again for the next one
    solution("mf.3")          # a right answer
    progress()                # what is solved, and a code to take it along

Nothing is sent anywhere. A check answers in well under a second, in every kind of
notebook and in plain Python, and leaves random numbers and arguments as they were. It
calls the function apart from the variables of the notebook. It is a teacher, not a
guard: what it expects can be read in `rec_tutor.check.questions`.
"""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from importlib.resources import files
from typing import Any

from rec_tutor.check import examine as _examine
from rec_tutor.check import saved, tensors, words
from rec_tutor.check.contracts import MARK
from rec_tutor.check.question import Blank
from rec_tutor.check.questions import CHAPTERS, chapter_of, find
from rec_tutor.check.words import say, wrapped

__all__ = ["check", "confirm", "hint", "progress", "solution"]

_given: dict[str, int] = {}  # hints that were asked for


def check(key: str, *answers: Any) -> None:
    """Say whether an answer is right, and if not, which mistake it looks like.

    Args:
        key: of the question, "mf.3", or of a *Your turn*, "07.T1".
        answers: the function that you wrote, or the values that you found.

    Raises:
        LookupError: no question has that key.
        AssertionError: the answer is wrong, and the environment variable
            RECTUTOR_CHECK is "strict": for the tests of the course.
    """
    verdict = _examine.examine(key, *answers)
    text = verdict.text
    if verdict.state == "right" and MARK not in key:
        trouble = saved.add([key])
        if trouble:
            where = saved.place()
            text += "\n" + say("progress_unsaved", path=where, error=trouble)
    print(text)
    if verdict.state == "wrong" and os.environ.get("RECTUTOR_CHECK") == "strict":
        raise AssertionError(text)


def confirm(key: str, *answers: Any) -> None:
    """Assert that the course's own solution is right; say and keep nothing.

    Raises:
        AssertionError: it is not.
    """
    verdict = _examine.examine(key, *answers)
    assert verdict.state == "right", verdict.text


def hint(key: str) -> None:
    """Print a hint; when asked again, the next one. Raises LookupError."""
    find(key)
    hints = words.of(key)["hints"]
    number = _given.get(key, 0)
    if number >= len(hints):
        print(say("no_hint", key=key))
        return
    _given[key] = number + 1
    print(wrapped(say("hint", number=number + 1, all=len(hints)), hints[number]))
    more = "more_hints" if number + 1 < len(hints) else "no_hint"
    print(say(more, key=key))


def solution(key: str) -> None:
    """Print a right answer and why it is right; of an assignment's question nothing.

    Raises:
        LookupError: no question has that key.
    """
    if MARK in key:
        find(key)
        print(say("assigned", key=key))
        return
    print(say("solution", key=key) + ":\n")
    print(source(key, tensors.framework()))
    print(wrapped(say("why"), words.of(key)["right"]))


def source(key: str, framework: str = "") -> str:
    """The code of a right answer: for a question about tensors in the framework, for a
    blank as assignments.
    """
    question = find(key)
    if isinstance(question, Blank):
        from rec_tutor.check.comparing import shown

        pairs = zip(question.names, question.answer, strict=True)
        return "".join(f"{name} = {shown(value)}\n" for name, value in pairs)
    if not (question.tensors and framework):
        return textwrap.dedent(inspect.getsource(question.solution))
    file = (
        files("rec_tutor") / framework / "answers.py"
    )  # read, for nobody imports both
    text = file.read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == question.name:
            return (ast.get_source_segment(text, node) or "") + "\n"
    raise LookupError(f"rec_tutor.{framework}.answers has no {question.name}")


def progress(code: str = "") -> None:
    """Say how much is solved, chapter by chapter, and the code that carries it to
    another device or to an instructor.

    Args:
        code: of another device, or of the website: its solved questions are added.
    """
    if code:
        keys = saved.decoded(code)
        if keys is None:
            print(say("progress_bad", code=code))
            return
        before = saved.load()
        trouble = saved.add(keys)
        print(say("progress_taken", number=len(set(keys) - set(before))))
        if trouble:
            print(say("progress_unsaved", path=saved.place(), error=trouble))
    solved = saved.load()
    everything = saved.everything()
    print(say("progress", done=len(solved), all=len(everything)))
    for number, name in CHAPTERS.items():
        own = [key for key in everything if chapter_of(key) == name]
        done = len(set(own) & set(solved))
        title = words.catalogue(name)["title"]
        if done:
            text = say(
                "progress_chapter",
                number=number,
                title=title,
                done=done,
                all=len(own),
            )
            print(f"    {text}")
    if solved:
        later = everything[everything.index(solved[-1]) :]
        left = [key for key in [*later, *everything] if key not in solved]
        if left:
            print(say("progress_last", key=solved[-1], next=left[0]))
        print(say("progress_code", code=saved.encoded(solved)))
