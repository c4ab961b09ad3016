"""A made-up class: is grading right, is `precheck` the same, how long does it take?

    python -m course classroom --number 40

Each notebook has the five questions of chapter 07, by a seed: right answers, listed
wrong ones, stubs, and odd notebooks. It is graded as `rec-tutor grade` does it, then
each file alone as `rec-tutor precheck` does it.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pandas as pd

from rec_tutor.check import source
from rec_tutor.check.question import Question
from rec_tutor.grading import classroom, gradebook, isolation, notebook, statistics
from rec_tutor.grading.grade import questions
from rec_tutor.grading.workers import graded

CHAPTER = "07"
SHARES = {"right": 0.55, "wrong": 0.3, "stub": 0.1, "odd": 0.05}  # of the answers
WHOLE = 0.08  # of the notebooks are odd as a whole
# wrong answers in a framework: of the solution's text, what is exchanged
EXCHANGED = {
    "mf.4": {
        "times_temperature": ("cosines / temperature", "cosines * temperature"),
        "no_temperature": ("cosines / temperature", "cosines"),
        "sum_over_people": (".mean()", ".sum()"),
        "softmax_over_people": ("temperature, dim=1", "temperature, dim=0"),
    }
}
ODD = {  # answers nobody listed, and what they are to be
    "endless": ("    while True:\n        pass\n", "refused"),
    "leaves": ("    import os\n    os._exit(0)\n", "refused"),
    "reads": ("    return open('/etc/shadow').read()\n", "wrong"),
    "imports": ("    import rec_tutor\n    return 0\n", "wrong"),
    "raises": ("    raise SystemExit\n", "wrong"),
    "nothing": ("    print('done')\n", "wrong"),
}
BROKEN = ("", "{", "[1, 2]", '{"cells": 5}', "PK\x03\x04")


@dataclass
class Made:
    """A notebook, and for each question the planted state and mistake ("" if none)."""

    text: str
    planted: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.names.get(node.name, node.name)
        self.generic_visit(node)
        return node


def right(question: Question, framework: str) -> str:
    """The code of a right answer."""
    code = source(question.key, framework)
    return {
        "torch": "import torch\nfrom torch.nn import functional as F\n",
        "tensorflow": "import tensorflow as tf\n",
    }[framework] * question.tensors + code


def wrong(question: Question, name: str, framework: str) -> str:
    """The code of a listed wrong answer, under the name that is asked; "" if this
    tool cannot write it.
    """
    if question.tensors:
        old, new = EXCHANGED.get(question.key, {}).get(name, ("", ""))
        text = right(question, framework)
        return text.replace(old, new) if old and old in text else ""
    module = inspect.getmodule(question.wrong[name])
    assert isinstance(module, ModuleType)
    code = notebook.take([inspect.getsource(module)], name).code
    if not code:
        return ""
    names = {name: question.name, question.name: f"right_{question.name}"}
    return ast.unparse(_Renamed(names).visit(ast.parse(code)))


def stub(question: Question) -> str:
    """What the notebook of exercises has: the head, the text, and dots."""
    return (
        f"def {question.name}({', '.join(question.arguments)}):\n"
        f'    """{question.solution.__doc__}"""\n    ...\n'
    )


def answer(
    question: Question, rng: random.Random, framework: str
) -> tuple[str, tuple[str, str]]:
    """The code of an answer, and what was planted."""
    (kind,) = rng.choices(list(SHARES), list(SHARES.values()))
    if kind == "right":
        return right(question, framework), ("right", "")
    if kind == "stub":
        return stub(question), ("not attempted", "")
    if kind == "odd":
        name = rng.choice(sorted(ODD))
        body, state = ODD[name]
        head = stub(question).partition("\n")[0]
        return f"{head}\n{body}", (state, "")
    names = sorted(EXCHANGED[question.key] if question.tensors else question.wrong)
    while True:
        name = rng.choice(names)
        code = wrong(question, name, framework)
        if code:
            return code, ("wrong", name)


def made(rng: random.Random, asked: list[Question], framework: str) -> Made:
    """A student's notebook."""
    if rng.random() < WHOLE:
        missing = {one.key: ("not attempted", "") for one in asked}
        return Made(rng.choice(BROKEN), missing)
    codes, planted = ["import numpy as np\nfrom rec_tutor.check import check"], {}
    for question in asked:
        code, planted[question.key] = answer(question, rng, framework)
        codes += [code, f'check("{question.key}", {question.name})']
    cells = [
        {"cell_type": "code", "source": one, "metadata": {}, "outputs": []}
        for one in codes
    ]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return Made(json.dumps(whole), planted)


def simulate(folder: Path, number: int, seed: int, framework: str) -> dict[str, Made]:
    """Write a class into a folder; returns id -> notebook."""
    rng = random.Random(seed)
    asked = questions(CHAPTER)
    everybody = {}
    for at in range(1, number + 1):
        own = f"student-{at:03d}"
        everybody[own] = made(rng, asked, framework)
        (folder / f"{own}.ipynb").write_text(everybody[own].text, encoding="utf-8")
    return everybody


def compared(room: classroom.Class, everybody: dict[str, Made]) -> pd.DataFrame:
    """Planted against graded: a row for each planted state and one for mistakes."""
    counted: Counter[tuple[str, str]] = Counter()
    for own, one in room.graded.items():
        for mark in one.marks:
            state, mistake = everybody[own].planted[mark.key]
            counted[state, mark.state] += 1
            if mistake:
                named = mistake in mark.mistakes
                counted["listed mistake", "named" if named else "not named"] += 1
    table = pd.Series(counted).unstack(fill_value=0).astype(int)
    return table.rename_axis(index="planted", columns="graded")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course classroom", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--number", type=int, default=200, help="of students")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--framework", choices=("torch", "tensorflow"), default="torch")
    parser.add_argument(
        "--precheck", type=int, metavar="N", help="of the first N only (default: all)"
    )
    options = parser.parse_args(arguments)
    keys = [one.key for one in questions(CHAPTER)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        everybody = simulate(folder, options.number, options.seed, options.framework)
        print(f"{options.number} notebooks; isolation: {isolation.level()}", flush=True)
        start = time.monotonic()
        room = classroom.grade_class(folder, keys, framework=options.framework)
        minutes = (time.monotonic() - start) / 60
        rate = 60 * minutes / options.number
        print(f"graded in {minutes:.1f} minutes, {rate:.1f} seconds a notebook\n")
        print(compared(room, everybody), "\n")
        rows = gradebook.table(room.rows, keys)
        points = pd.DataFrame(rows)[keys].astype(float)
        states = statistics.states(room.graded.values(), keys)
        print(statistics.items(points).join(states).round(2), "\n", flush=True)
        start = time.monotonic()
        some = sorted(room.files)[: options.precheck]
        differ = [
            own
            for own in some
            if graded(room.files[own].path, keys, options.framework) != room.graded[own]
        ]
        minutes = (time.monotonic() - start) / 60
    print(f"precheck: {len(some)} files, {minutes:.1f} minutes, {len(differ)} differ")
    print("\n".join(f"    {own}" for own in differ))
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(main())
