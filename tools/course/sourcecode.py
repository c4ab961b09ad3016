"""Pieces of source code, read from the files: nothing of rec_tutor and no framework is
imported.

Used for the `%show` lines of the book and for the API reference.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import textwrap
from pathlib import Path

from course.definitions import without_magics
from course.modules import PACKAGE, ROOT, imported, module_file


def find(dotted: str, root: Path = ROOT) -> tuple[Path, str, ast.AST]:
    """Where a class or function is defined: its file, that file's text, and its syntax
    tree.

    `dotted` may also be a method (`rec_tutor.torch.mf.SoftmaxMF.score`) or a name that
    a package re-exports.
    """
    parts = dotted.split(".")
    for n in range(len(parts) - 1, 0, -1):
        file = module_file(".".join(parts[:n]), root)
        if file is None:
            continue
        text = file.read_text(encoding="utf-8")
        node: ast.AST = ast.parse(text)
        for depth, name in enumerate(parts[n:]):
            inside = [
                child
                for child in getattr(node, "body", [])
                if getattr(child, "name", None) == name
            ]
            if not inside:
                package = ".".join(
                    parts[:n] if file.stem == "__init__" else parts[: n - 1]
                )
                statements = (
                    [child for child in ast.walk(node) if isinstance(child, ast.stmt)]
                    if depth == 0
                    else []
                )
                origin = next(
                    (
                        b[name]
                        for child in statements
                        if name in (b := imported(child, package))
                    ),
                    None,
                )
                if origin and origin != dotted and origin.startswith(f"{PACKAGE}."):
                    return find(".".join([origin, *parts[n + 1 :]]), root)
                raise LookupError(
                    f"{dotted}: no class or function {name!r} in"
                    f" {file.relative_to(root).as_posix()}"
                )
            node = inside[-1]
        return file, text, node
    raise LookupError(f"{dotted}: no such module in {PACKAGE}")


def shown_source(dotted: str, root: Path = ROOT) -> str:
    """The source of a class or function, decorators included, under a line that says
    where it stands.
    """
    file, text, node = find(dotted, root)
    if not isinstance(node, ast.ClassDef | ast.FunctionDef):
        raise LookupError(f"{dotted}: only classes and functions can be shown")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    return f"# {file.relative_to(root).as_posix()}\n" + textwrap.dedent(
        "\n".join(lines)
    )


def free_names(code: str) -> set[str]:
    """The names that a piece of code takes from its surroundings: not bound in it, not
    built in.
    """
    found: set[str] = set()

    def walk(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (
                symbol.is_global() or table.get_type() == "module"
            ):
                found.add(symbol.get_name())
        for child in table.get_children():
            walk(child)

    top = symtable.symtable(without_magics(code), "<cell>", "exec")
    walk(top)
    return found - bound_names(code) - set(dir(builtins)) - {"__name__", "__file__"}


def imported_names(code: str) -> set[str]:
    """The names that a piece of code imports at its top level."""
    top = symtable.symtable(without_magics(code), "<cell>", "exec")
    return {s.get_name() for s in top.get_symbols() if s.is_imported()}


def bound_names(code: str) -> set[str]:
    """The names that a piece of code defines at its top level: imports, assignments,
    functions, classes.
    """
    top = symtable.symtable(without_magics(code), "<cell>", "exec")
    return {
        s.get_name()
        for s in top.get_symbols()
        if s.is_assigned() or s.is_imported() or s.is_namespace()
    }
