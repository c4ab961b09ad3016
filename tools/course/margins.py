"""By how much did each assertion on a number hold? Recorded while tests or notebooks run, to find thresholds that are tight.

With the environment variable RECTUTOR_MARGINS=FILE each comparison of numbers inside an `assert`, and each
`numpy.testing.assert_allclose`, adds a line to FILE: {"where", "line", "text", "left", "right", "margin"}. The margin is
the distance to the point where the assertion would fail, in the unit of the numbers compared; of a tolerance, what is
left of it as a share. Of arrays the smallest counts. Nothing is recorded, and nothing changed, without that variable.
"""

from __future__ import annotations

import ast
import json
import os
from typing import Any

ORDER = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


class _Recorder(ast.NodeTransformer):
    """Inside asserts: `a < b` -> `__margin__(a, "<", b, line, text) < b`, so that both sides are seen once."""

    inside = False

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.inside = True
        node.test = self.visit(node.test)
        self.inside = False
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if not self.inside or not all(type(op) in ORDER or isinstance(op, ast.Eq) for op in node.ops):
            return node
        text = ast.unparse(node)
        signs = [ORDER.get(type(op), "==") for op in node.ops]
        call = ast.Call(
            ast.Name("__margin__", ast.Load()),
            [
                ast.List([node.left, *node.comparators], ast.Load()),
                ast.Constant(signs),
                ast.Constant(node.lineno),
                ast.Constant(text),
            ],
            [],
        )
        call.args[1] = ast.List([ast.Constant(sign) for sign in signs], ast.Load())
        return ast.copy_location(call, node)


def instrument(tree: ast.AST) -> ast.AST:
    """The same code, whose asserts call `__margin__` (see `recorder`) for what they compare."""
    return ast.fix_missing_locations(_Recorder().visit(tree))


def recorder(where: str, file: str) -> Any:
    """What the name `__margin__` must stand for in instrumented code: compares as Python would, and records."""
    import operator

    import numpy as np

    compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}

    def numbers(value: Any) -> Any:
        if isinstance(value, bool | np.bool_ | str | bytes) or value is None:
            return None
        try:
            array = np.asarray(value)
        except Exception:
            return None
        return array.astype(float) if array.dtype.kind == "f" and array.size else None

    def note(line: int, text: str, left: Any, right: Any, margin: float) -> None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0] or where
        row = {"where": test, "line": line, "text": text, "left": left, "right": right, "margin": margin}
        with open(file, "a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")

    def margin(values: list[Any], signs: list[str], line: int, text: str) -> Any:
        result: Any = True
        for left, sign, right in zip(values, signs, values[1:], strict=False):
            outcome = compare[sign](left, right)
            result = outcome if len(signs) == 1 else result and outcome
            if sign == "==":
                tolerance = getattr(right, "tolerance", None)  # pytest.approx of one number
                if isinstance(tolerance, float) and tolerance > 0 and numbers(left) is not None:
                    share = 1 - abs(float(left) - float(right.expected)) / tolerance
                    note(line, text, float(left), float(right.expected), share)
                continue
            a, b = numbers(left), numbers(right)
            if a is None and b is None:
                continue
            try:
                gap = np.asarray(left, float) - np.asarray(right, float)
            except Exception:
                continue
            gap = -gap if sign in ("<", "<=") else gap
            if gap.size and np.isfinite(gap).any():
                at = int(np.nanargmin(gap))
                pick = lambda x: float(np.broadcast_to(np.asarray(x, float), gap.shape).flat[at])  # noqa: E731
                note(line, text, pick(left), pick(right), float(gap.flat[at]))
        return result

    return margin
