"""Numbers in sentences: an expression in a chapter's text becomes its value in the
notebook.

    EASE is ahead by {{ gap["difference"]:.3f }}.

An expression is what stands between the braces of an f-string. It is evaluated in the
kernel once the cells above it ran, and written into the text. The values stand in the
notebook's metadata, by the number of code cells above and the expression; as long as
the code is the same, a changed sentence is written anew from them, and nothing is
executed. Round to what is the same on every computer.
"""

from __future__ import annotations

import ast
import contextlib
import json
import math
import re
from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode

EXPRESSION = re.compile(r"\{\{ *(.+?) *\}\}")
CODE = re.compile(r"(?s)```.*?```|`[^`\n]*`")
# code cells above -> expression -> value
Values = dict[str, dict[str, str]]


def expressions(text: str) -> list[str]:
    """Those of a text, in order, each once; what stands in code is none.

    Raises:
        SyntaxError: one can't be read.
    """
    found = list(dict.fromkeys(EXPRESSION.findall(CODE.sub("", text))))
    for one in found:
        try:
            ast.parse(asking([one]))
        except SyntaxError as error:
            raise SyntaxError(f"{{{{ {one} }}}} can't be read: {error.msg}") from None
    return found


def asked(cells: Sequence[NotebookNode]) -> dict[str, list[str]]:
    """Number of code cells above -> expressions of the texts that stand there."""
    found: dict[str, list[str]] = {}
    above = 0
    for cell in cells:
        if cell.cell_type == "code":
            above += 1
        elif several := expressions(cell.source):
            own = found.setdefault(str(above), [])
            own += [one for one in several if one not in own]
    return found


def asking(several: Sequence[str]) -> str:
    """A cell that prints the values and binds no name."""
    values = ", ".join(f"f'''{{{one}}}'''" for one in several)
    return f'print(__import__("json").dumps([{values}]))'


def with_questions(notebook: NotebookNode) -> dict[int, tuple[str, list[str]]]:
    """Put cells that ask into a notebook; where they stand, and what they ask."""
    wanted = asked(notebook.cells)
    cells: list[NotebookNode] = []
    found: dict[int, tuple[str, list[str]]] = {}

    def ask(above: int) -> None:
        if several := wanted.get(str(above)):
            found[len(cells)] = (str(above), several)
            cells.append(nbformat.v4.new_code_cell(asking(several)))

    ask(0)
    above = 0
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "code":
            above += 1
            ask(above)
    notebook.cells = cells
    return found


def take(notebook: NotebookNode, where: dict[int, tuple[str, list[str]]]) -> Values:
    """Remove these cells again; what they printed.

    Raises:
        ValueError: a value that can't stand in a sentence.
    """
    values: Values = {}
    for at, (above, several) in where.items():
        said = "".join(
            output.text
            for output in notebook.cells[at].outputs
            if output.get("name") == "stdout"
        )
        found = json.loads(said.splitlines()[-1])
        values[above] = {
            one: written(one, value) for one, value in zip(several, found, strict=True)
        }
    notebook.cells = [c for at, c in enumerate(notebook.cells) if at not in where]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
    return values


def written(expression: str, value: str) -> str:
    """A value as it stands in a sentence: with a minus, not a hyphen."""
    fits = bool(value.strip()) and "\n" not in value
    with contextlib.suppress(ValueError):  # a word is fine, too
        fits &= math.isfinite(float(value.replace(",", "").rstrip("%")))
    if not fits:
        raise ValueError(
            f"{{{{ {expression} }}}} is {value!r}, which can't stand in a sentence"
        )
    return re.sub(r"^-(?=[\d.])", "−", value)


def missing(cells: Sequence[NotebookNode], values: Values) -> list[str]:
    """Expressions without a value."""
    return [
        one
        for above, several in asked(cells).items()
        for one in several
        if one not in values.get(above, {})
    ]


def filled(notebook: NotebookNode, values: Values) -> None:
    """Write the values that there are into the texts, and keep those that are asked."""
    above = 0
    kept: Values = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            above += 1
            continue
        own = values.get(str(above), {})
        several = [one for one in expressions(cell.source) if one in own]
        if several:
            kept.setdefault(str(above), {}).update({one: own[one] for one in several})
            cell.source = _replaced(cell.source, own)
    if kept:
        notebook.metadata["rec_tutor"]["values"] = kept


def _replaced(text: str, values: dict[str, str]) -> str:
    """Outside of code, expressions by their values."""
    parts, end = [], 0
    for code in [*CODE.finditer(text), None]:
        stop = code.start() if code else len(text)
        parts.append(EXPRESSION.sub(lambda m: values.get(m[1], m[0]), text[end:stop]))
        if code:
            parts.append(code.group())
            end = code.end()
    return "".join(parts)
