"""By how much did each assertion on a number hold? Recorded while tests or notebooks
run, to find tight thresholds.

With the environment variable RECTUTOR_MARGINS=FILE each comparison of numbers inside an
`assert`, and each `numpy.testing.assert_allclose`, adds a line to FILE: {"where",
"line", "text", "left", "right", "margin", "kind"}. The margin is the distance to the
point where the assertion would fail: in the unit of the numbers compared (kind "gap"),
or of a tolerance, what is left of it as a share (kind "share"). Below 0 it failed. Of
arrays the smallest counts. Nothing is recorded, and nothing changed, without that
variable. For pytest see `margins_plugin`.
"""

from __future__ import annotations

import ast
import json
import operator
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

SIGNS: dict[type, str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
}
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


class _Recorder(ast.NodeTransformer):
    """Inside asserts: `a < b` -> `__margin__([a, b], ["<"], ["a < b"], line)`, so that
    both sides are seen once.
    """

    inside = False

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.inside = True
        node.test = self.visit(node.test)
        self.inside = False
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if not self.inside or not all(type(sign) in SIGNS for sign in node.ops):
            # what is compared inside a comparison, as in `(p > 0.5).mean() > 0.9`, does
            # not decide
            return node
        sides, signs = (
            [node.left, *node.comparators],
            [SIGNS[type(sign)] for sign in node.ops],
        )
        words = [ast.unparse(side) for side in sides]
        texts = [f"{words[k]} {sign} {words[k + 1]}" for k, sign in enumerate(signs)]
        lists = [[ast.Constant(word) for word in part] for part in (signs, texts)]
        given = [ast.List(part, ast.Load()) for part in (sides, *lists)]  # type: ignore[arg-type]
        call = ast.Call(
            ast.Name("__margin__", ast.Load()), [*given, ast.Constant(node.lineno)], []
        )
        return ast.copy_location(call, node)


def instrument(tree: ast.AST) -> ast.AST:
    """The same code, whose asserts call `__margin__` (see `recorder`) for what they
    compare.
    """
    return ast.fix_missing_locations(_Recorder().visit(tree))


def _numbers(value: Any) -> np.ndarray | None:
    """What was computed: floats, and NumPy's integers. (A plain integer is a length, or
    was written down.)
    """
    if value is None or isinstance(value, bool | np.bool_ | int | str | bytes):
        return None
    try:
        array = np.asarray(value)
    except Exception:
        return None
    return array if array.dtype.kind in "fiu" and array.size else None


def _approx(left: Any, right: Any) -> Iterable[tuple[float, float, float]]:
    """(actual, expected, tolerance) of every number that `left == pytest.approx(...)`
    compares.
    """
    if hasattr(right, "tolerance"):
        pairs, one = [(left, right.expected)], lambda _: right
    elif hasattr(right, "_yield_comparisons"):
        pairs, one = right._yield_comparisons(left), right._approx_scalar
    else:
        return
    for actual, expected in pairs:
        tolerance = one(expected).tolerance
        if np.isfinite([actual, expected, tolerance]).all() and tolerance > 0:
            yield float(actual), float(expected), float(tolerance)


def recorder(
    where: str, file: str | Path
) -> Callable[[list[Any], list[str], list[str], int], Any]:
    """What the name `__margin__` must stand for in instrumented code: compares as
    Python would, and records.
    """

    def margin(values: list[Any], signs: list[str], texts: list[str], line: int) -> Any:
        result: Any = True
        for left, sign, right, text in zip(
            values, signs, values[1:], texts, strict=False
        ):
            outcome = COMPARE[sign](left, right)
            result = outcome if len(signs) == 1 else result and outcome
            try:
                if sign == "==":
                    found = [
                        (1 - abs(a - b) / tolerance, a, b)
                        for a, b, tolerance in _approx(left, right)
                    ]
                    kind = "share"
                elif _numbers(left) is None and _numbers(right) is None:
                    continue
                else:
                    gap = np.asarray(left, float) - np.asarray(right, float)
                    gap = -gap if sign in ("<", "<=") else gap
                    sides = [
                        np.broadcast_to(np.asarray(side, float), gap.shape)
                        for side in (left, right)
                    ]
                    flat = (part.ravel().tolist() for part in (gap, *sides))
                    found = [row for row in zip(*flat, strict=True) if row[0] == row[0]]
                    kind = "gap"
            except Exception:  # what cannot be read as numbers has no margin
                continue
            if found:
                least, a, b = min(found)
                note(where, file, line, text, (float(a), float(b), float(least)), kind)
        return result

    return margin


def note(
    where: str,
    file: str | Path,
    line: int,
    text: str,
    numbers: tuple[float, float, float],
    kind: str,
) -> None:
    """One line more in the file; in a test, the test's name."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0] or where
    left, right, margin = numbers
    row = {
        "where": test,
        "line": line,
        "text": text,
        "left": left,
        "right": right,
        "margin": margin,
        "kind": kind,
    }
    with open(file, "a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def read(file: str | Path) -> dict[tuple[str, int, str], dict[str, Any]]:
    """The tightest row of each assertion, by test, line and text."""
    tightest: dict[tuple[str, int, str], dict[str, Any]] = {}
    for text in (
        Path(file).read_text(encoding="utf-8").splitlines()
        if Path(file).exists()
        else []
    ):
        row = json.loads(text)
        key = row["where"], row["line"], row["text"]
        if key not in tightest or row["margin"] < tightest[key]["margin"]:
            tightest[key] = row
    return tightest
