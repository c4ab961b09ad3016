"""Would a check notice? Small changes of a solution, each of which a check must refuse.

    python -m course mutants                 all questions
    python -m course mutants mf evaluation   of some chapters

A mutant has one operator, comparison, constant, axis, bound of a slice, name or
function exchanged. One that passes is either *equivalent*, the same function by another
way, and listed in tests/check/equivalent.txt, or it shows what a check's inputs lack.
"""

from __future__ import annotations

import argparse
import ast
import copy
import inspect
import random
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from course.modules import ROOT
from rec_tutor.check.examine import examine
from rec_tutor.check.question import Question
from rec_tutor.check.questions import CHAPTERS, of_chapter

NUMBER = 20  # of a question
FILE = ROOT / "tests" / "check" / "equivalent.txt"
OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
NAMES = {
    "log": "log2",
    "log2": "log",
    "exp": "exp2",
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "argmin": "argmax",
    "maximum": "minimum",
    "minimum": "maximum",
    "mean": "sum",
    "sum": "mean",
    "sqrt": "abs",
    "zeros": "ones",
    "ones": "zeros",
    "tril": "triu",
    "triu": "tril",
    "any": "all",
    "all": "any",
    "cumsum": "cumprod",
}


@dataclass(frozen=True)
class Mutant:
    """A solution with one change; `line` is what the changed line says now."""

    key: str
    line: str
    function: Callable[..., Any]

    def __str__(self) -> str:
        return f"{self.key}: " + self.line.replace("\n    ", "; ")


def changes(node: ast.AST, arguments: list[str]) -> Iterator[Callable[[ast.AST], None]]:
    """The ways to change one node; each is applied to a copy of it in place."""

    def setter(name: str, value: Any) -> Callable[[Any], None]:
        return lambda one: setattr(one, name, value)

    if isinstance(node, ast.BinOp | ast.AugAssign):
        for other in OPERATORS.get(type(node.op), ()):
            yield setter("op", other())
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield setter("ops", [other()])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        yield setter("op", ast.UAdd())
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield setter("value", not node.value)
        elif isinstance(node.value, int | float):
            yield setter("value", node.value + 1)
            if node.value:
                yield setter("value", node.value - 1)
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield setter("attr", NAMES[node.attr])
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id in arguments and len(arguments) > 1:
            at = arguments.index(node.id)
            yield setter("id", arguments[(at + 1) % len(arguments)])
        elif node.id in ("max", "min", "any", "all"):
            yield setter("id", NAMES[node.id])
    if isinstance(node, ast.Slice):
        for name in ("lower", "upper"):
            bound = getattr(node, name)
            if bound is not None and not isinstance(bound, ast.Constant):
                one = ast.BinOp(copy.deepcopy(bound), ast.Add(), ast.Constant(1))
                yield setter(name, one)
    if isinstance(node, ast.IfExp):
        yield setter("test", ast.Constant(False))
    if isinstance(node, ast.If):
        yield setter("test", ast.Constant(False))


def of_function(key: str, function: Callable[..., Any]) -> list[Mutant]:
    """All mutants of a function and of the private ones of its file that it calls."""
    module = inspect.getmodule(function)
    assert module is not None
    sources = [function]
    for name in sorted(set(function.__code__.co_names)):
        helper = getattr(module, name, None)
        if inspect.isfunction(helper) and name.startswith("_"):
            sources.append(helper)
    found = []
    for one in sources:
        tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
        nodes = list(ast.walk(tree))
        arguments = list(inspect.signature(one).parameters)
        for at, node in enumerate(nodes):
            for change in changes(node, arguments):
                other = copy.deepcopy(tree)
                target = [*ast.walk(other)][at]
                change(target)
                ast.fix_missing_locations(other)
                room = dict(vars(module))
                if one is not function:  # the function must see the changed helper
                    exec(inspect.getsource(function), room)
                exec(compile(other, f"<mutant of {key}>", "exec"), room)
                line = ast.unparse(_statement(other, target))
                found.append(Mutant(key, line, room[function.__name__]))
    return found


def _statement(tree: ast.AST, wanted: ast.AST) -> ast.AST:
    """The smallest statement that holds a node; of one with a body, its head."""
    best: ast.AST = tree
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and any(x is wanted for x in ast.walk(node)):
            best = node
    best = copy.deepcopy(best)
    for name in ("body", "orelse"):
        if getattr(best, name, None):
            setattr(best, name, [ast.Pass()] if name == "body" else [])
    return best


def some(mutants: list[Mutant], key: str) -> list[Mutant]:
    """At most NUMBER of them, always the same ones, no line twice."""
    unique = list({str(one): one for one in mutants}.values())
    random.Random(key).shuffle(unique)
    return unique[:NUMBER]


def equivalent() -> set[str]:
    """The mutants that are listed: they compute the same."""
    text = FILE.read_text(encoding="utf-8").replace("\n    ", "; ")
    return {line for line in text.splitlines() if line and not line.startswith("#")}


def survivors(question: Question, function: Callable[..., Any]) -> tuple[int, list]:
    """How many mutants were tried, and which a check takes for right."""
    tried = some(of_function(question.key, function), question.key)
    left = [
        one for one in tried if examine(question.key, one.function).state == "right"
    ]
    return len(tried), left


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course mutants", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("names", nargs="*", help="chapters, by their short names")
    options = parser.parse_args(arguments)
    listed, failed = equivalent(), 0
    for name in options.names or CHAPTERS.values():
        for question in of_chapter(name).values():
            if not isinstance(question, Question) or question.tensors:
                continue
            number, left = survivors(question, question.solution)
            new = [one for one in left if str(one) not in listed]
            print(
                f"{question.key}: {number} mutants, {number - len(left)} refused,"
                f" {len(left) - len(new)} equivalent, {len(new)} not listed"
            )
            for one in new:
                failed += 1
                print(f"    {one}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
