"""The notebook of an assignment: for students, and with its solutions."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from rec_tutor.check import source
from rec_tutor.check.comparing import shown
from rec_tutor.check.question import Question
from rec_tutor.check.questions import chapter_of, find, number_of
from rec_tutor.check.running import run
from rec_tutor.grading.assignment import Assignment

SETUP = """\
# Install what is missing, as on Colab.
from importlib.util import find_spec

if find_spec("rec_tutor") is None:
    %pip install --quiet git+{address}

import numpy as np

from rec_tutor.check import check, hint"""
OPENING = """\
# {title}

Write the functions. They have names that you know from the course, and another \
contract: what counts, what is left out, what happens at the edges. **Each line of a \
docstring counts.** The answer to an exercise of the course is no answer here.

`check` says whether a function is right, or which rule it follows instead. \
`hint` gives a hint. Hand in this notebook; the functions are found by their names, \
and run with the helpers, imports and constants that they use. Nothing else is run."""


def notebook(assignment: Assignment, solutions: bool = False) -> str:
    """The notebook as a text: JSON of nbformat 4.5, without outputs."""
    cells = [
        _markdown(OPENING.format(title=assignment.title)),
        _code(SETUP.format(address=_address())),
    ]
    for number, key in enumerate(assignment.keys, 1):
        question: Any = find(key)
        name = question.name
        chapter = number_of(chapter_of(key))
        heading = f"## {number} · `{name}`\n\n*({question.goal}, chapter {chapter})*"
        cells += [
            _markdown(f"{heading} {_example(question)}"),
            _code(source(key) if solutions else _stub(source(key))),
            _code(f'check("{key}", {name})'),
        ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _address() -> str:
    """Of the repository, as the installed package has it."""
    try:
        urls = metadata("rec_tutor").get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    return next((one.partition(", ")[2] for one in urls), "rec_tutor")


def _example(question: Question) -> str:
    """The first call with its result, in Markdown."""
    case = question.cases[0]
    lines = [
        f"{name} = {shown(value)}"
        for name, value in zip(question.arguments, case, strict=True)
    ]
    lines.append(f"result: {shown(run(question.solution, [case])[0])}")
    return "An example:\n\n```text\n" + "\n".join(lines) + "\n```"


def _stub(code: str) -> str:
    """A function down to the end of its docstring, and dots."""
    head, _, rest = code.partition('"""')
    return f'{head}"""{rest.partition(chr(34) * 3)[0]}"""\n    ...'


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": text.rstrip("\n"),
    }
