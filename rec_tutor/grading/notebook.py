"""A submission as text: find the answers by their names; run nothing."""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import stat
import unicodedata
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from rec_tutor.grading import child

LARGEST = 5_000_000  # bytes of a notebook; one without outputs has a tenth of that
LARGEST_CODE = 500_000  # characters of all code cells; a course's notebook has 20,000
LARGEST_ANSWER = 50_000  # characters of the code that one answer needs
# what answers may import: what a child has loaded, and what loads nothing more
MODULES = {name.partition(".")[0] for name in child.ALWAYS}
MODULES |= {"torch", "tensorflow", "time", "__future__"}
NOTES = 20  # on cells that are no Python
HARMLESS = ("%%time", "%%timeit", "%%capture")  # cell magics before ordinary Python


class SubmissionError(ValueError):
    """A file that can't be read as a notebook; the message says why."""


@dataclass
class Answer:
    """The code of an answer with what it needs, or "" if there is none.

    Attributes:
        notes: what a student should know: several definitions, a dropped import.
    """

    code: str = ""
    notes: list[str] = field(default_factory=list)


def read(path: Path) -> list[str]:
    """The code cells of a notebook.

    Raises:
        SubmissionError: it is a link, too large, or no notebook.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # a pipe must not block us
        flags |= getattr(os, name, 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        what = (
            "is a link" if path.is_symlink() else f"can't be opened ({error.strerror})"
        )
        raise SubmissionError(f"the file {what}") from None
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise SubmissionError("it is no ordinary file")
        if state.st_size > LARGEST:
            raise SubmissionError(
                f"the file has {state.st_size / 1e6:.0f} MB, at most"
                f" {LARGEST / 1e6:.0f} are read: clear the outputs"
            )
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(LARGEST + 1)
    finally:
        os.close(handle)
    if not data.strip():
        raise SubmissionError("the file is empty")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise SubmissionError("the file is no notebook (no JSON)") from None
    return _cells(notebook)


def _cells(notebook: Any) -> list[str]:
    if not isinstance(notebook, dict):
        raise SubmissionError("the file is no notebook")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):  # format 3
        sheets = notebook["worksheets"]
        parts = [one.get("cells") for one in sheets if isinstance(one, dict)]
        cells = [cell for one in parts if isinstance(one, list) for cell in one]
    if not isinstance(cells, list):
        raise SubmissionError("the file is no notebook: it has no cells")
    found = []
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(one for one in source if isinstance(one, str))
        if isinstance(source, str):
            found.append(source)
    if sum(map(len, found)) > LARGEST_CODE:
        raise SubmissionError(f"it has more than {LARGEST_CODE} characters of code")
    return found


def python(cell: str) -> str:
    """A cell without what only IPython understands; "" if it is another language."""
    lines = cell.splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("%%")):
        if lines[0].startswith("%%") and not lines[0].startswith(HARMLESS):
            return ""
        lines.pop(0)
    return "\n".join(MAGIC.sub(r"\1pass", line) for line in lines)


# %magic, !command, ?name, name?, name = %magic, name = !command
MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.]+\?\??\s*|\w[\w, ]*=\s*[%!].*)$")


def _parsed(cell: str) -> list[ast.stmt]:
    """The statements of a cell; what only IPython understands is taken out if need be
    (a line of Python may begin with % as well).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(cell).body
        except SyntaxError:
            return ast.parse(python(cell)).body


@lru_cache(maxsize=2)
def statements(cells: tuple[str, ...]) -> tuple[list[ast.stmt], list[str]]:
    """The top-level statements of all cells that are Python, and notes on the rest."""
    found: list[ast.stmt] = []
    notes: list[str] = []
    for number, cell in enumerate(cells, 1):
        try:
            found += _parsed(cell)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            where = f", line {line}" if line else ""
            reason = getattr(error, "msg", type(error).__name__)
            if len(notes) < NOTES:
                notes.append(f"code cell {number}{where} is no Python: {reason}")
    return found, notes


def names(node: ast.stmt) -> dict[str, ast.stmt]:
    """What a statement binds: functions, classes, imports, constants, lambdas. Imports
    of all names of a module are found under "* module".
    """
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name: node}
    if isinstance(node, ast.Import):
        return {
            (alias.asname or alias.name).partition(".")[0]: ast.Import([alias])
            for alias in node.names
        }
    if isinstance(node, ast.ImportFrom):
        return {
            f"* {node.module}" if alias.name == "*" else alias.asname or alias.name: (
                ast.ImportFrom(node.module, [alias], node.level)
            )
            for alias in node.names
        }
    if (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and (isinstance(node.value, ast.Lambda) or _constant(node.value))
    ):
        return {node.targets[0].id: node}
    return {}


def _function(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.FunctionDef) or (
        isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
    )


def _constant(node: ast.expr) -> bool:
    """A number, a text, or a tuple or list of such."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def allowed(node: ast.stmt) -> bool:
    """May an answer import this?"""
    if isinstance(node, ast.Import):
        return node.names[0].name.partition(".")[0] in MODULES
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] in MODULES
    return True


def take(cells: Iterable[str], name: str) -> Answer:
    """An answer, by the name of its function: the last definition, with the helpers,
    imports and constants that it needs.
    """
    body, notes = statements(tuple(cells))
    answer = Answer(notes=[*notes])
    bound: dict[str, ast.stmt] = {}
    times = 0
    for node in body:
        times += isinstance(node, ast.FunctionDef) and node.name == name
        for one, part in names(node).items():
            bound.pop(one, None)  # in the order of the last definitions
            bound[one] = part
    if not _function(bound.get(name)):
        answer.notes.append(_missing(name, body))
        return answer
    if times > 1:
        answer.notes.append(f"{name} is defined {times} times: the last one counts")
    needed: dict[str, ast.stmt] = {}
    for one in [name, *(one for one in bound if one.startswith("* "))]:
        _need(one, bound, needed)
    kept = []
    for one, node in bound.items():
        if one not in needed:
            continue
        if not allowed(node):
            answer.notes.append(f"{ast.unparse(node)}: not available here, left out")
            continue
        kept.append(node)
    # imports and constants first: a default of a function may use them
    kept.sort(key=lambda node: isinstance(node, ast.FunctionDef | ast.ClassDef))
    # annotations are for readers: they may name what is not there
    parts = ["from __future__ import annotations"]
    try:
        parts += [ast.unparse(ast.fix_missing_locations(node)) for node in kept]
    except (ValueError, RecursionError) as error:  # a huge number, a deep expression
        reason = str(error).partition(";")[0]
        answer.notes.append(f"{name} can't be taken out of the notebook: {reason}")
        return answer
    code = "\n\n".join(parts)
    if len(code) > LARGEST_ANSWER:
        answer.notes.append(f"{name} needs {len(code)} characters of code: too many")
        return answer
    answer.code = code
    return answer


def _need(name: str, bound: dict[str, ast.stmt], needed: dict[str, ast.stmt]) -> None:
    """Add a name and all that its definition uses."""
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in needed or one not in bound:
            continue
        needed[one] = bound[one]
        waiting += [n.id for n in ast.walk(bound[one]) if isinstance(n, ast.Name)]


def _missing(name: str, body: list[ast.stmt]) -> str:
    """Why an answer was not found: nothing like it, or a name that only looks so."""
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    functions = [one for one in functions if len(one) < 100][-100:]
    for one in functions:
        if not one.isascii():
            plain = unicodedata.normalize("NFKD", one)
            strange = sorted({c for c in plain if not c.isascii()})
            letters = ", ".join(unicodedata.name(c, "?") for c in strange)
            return f"there is no {name}; {one!r} has other letters ({letters})"
    close = difflib.get_close_matches(name, functions, 1, 0.8)
    return f"there is no function {name}" + (
        f"; there is {close[0]}: write the name as asked" if close else ""
    )
