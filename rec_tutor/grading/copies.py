"""Near copies: answers with the same syntax tree, whatever their names and comments.

A hint, no proof: short answers look alike, and so do those to a clear question.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rec_tutor.check import source
from rec_tutor.check.question import Question
from rec_tutor.grading.notebook import SubmissionError, read, take

SHORT = 60  # nodes of a syntax tree: below that, honest answers look alike


class _Plain(ast.NodeTransformer):
    """Names become their numbers, in the order of their first use."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}

    def number(self, name: str) -> str:
        return self.numbers.setdefault(name, f"v{len(self.numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.number(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self.number(node.arg), None
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        if node.arg in self.numbers:
            node.arg = self.numbers[node.arg]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name, node.returns = self.number(node.name), None
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = node.body[1:] or [ast.Pass()]
        self.generic_visit(node)
        return node


def fingerprint(code: str) -> str:
    """Of the functions in some code; "" if they are short or no Python."""
    try:
        tree = ast.parse(code)
        kept = [
            one for one in tree.body if not isinstance(one, ast.Import | ast.ImportFrom)
        ]
        tree = _Plain().visit(ast.Module(kept, []))
        if sum(1 for _ in ast.walk(tree)) < SHORT:
            return ""
        return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def solutions(question: Question) -> set[str]:
    """The fingerprints of the course's own solutions, in NumPy and both frameworks."""
    texts = [textwrap.dedent(inspect.getsource(question.solution))]
    if question.tensors:
        texts += [source(question.key, one) for one in ("torch", "tensorflow")]
    return {fingerprint(text) for text in texts}


def fingerprints(path: Path, asked: Sequence[Question]) -> dict[str, str]:
    """Key -> fingerprint of a submission's answer; without short ones and solutions."""
    try:
        cells = read(path)
    except SubmissionError:
        return {}
    found = {}
    for question in asked:
        one = fingerprint(take(cells, question.name).code)
        if one and one not in solutions(question):
            found[question.key] = one
    return found


def alike(prints: Mapping[str, Mapping[str, str]]) -> list[tuple[list[str], list[str]]]:
    """Who has the same answers: (ids, keys), most keys first.

    Args:
        prints: a submission's id -> its fingerprints.
    """
    same = defaultdict(list)
    for own, found in prints.items():
        for key, one in found.items():
            same[key, one].append(own)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (key, _), ids in same.items():
        if len(ids) > 1:
            groups[tuple(sorted(ids))].append(key)
    pairs: Iterable = ((list(ids), sorted(keys)) for ids, keys in groups.items())
    return sorted(pairs, key=lambda one: (-len(one[1]), len(one[0]), one[0]))
