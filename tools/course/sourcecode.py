"""What a piece of code depends on, read from the sources: nothing of rec_tutor and no framework is imported.

Used for the stamps of the notebooks, for the hashes in experiments/results, for the `%show` lines of the book
and for the API reference.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import io
import re
import symtable
import textwrap
import tokenize
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "rec_tutor"

# Left out of `used_files`: what these download is verified by checksum, so how they do it cannot change a result.
FETCHING = ("rec_tutor/data/fetch.py", "rec_tutor/data/cache.py")


def module_file(name: str, root: Path = ROOT) -> Path | None:
    """The file of a module: `rec_tutor.data` -> rec_tutor/data/__init__.py; None if there is none."""
    path = root.joinpath(*name.split("."))
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return file
    return None


def imports(tree: ast.AST, package: str = "") -> dict[str, str]:
    """Local name -> dotted name of all that code imports, wherever in it; `package` is for `from .`."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                found[alias.asname or alias.name] = f"{module}.{alias.name}"
    return found


def without_magics(code: str) -> str:
    """The code of a notebook cell as plain Python: lines that only IPython understands become `pass`."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.MULTILINE)


def used_files(codes: Iterable[str], root: Path = ROOT) -> list[Path]:
    """The files of rec_tutor that code imports, directly or not, and the experiments' results it names.

    Without FETCHING: files that cannot change a result.
    """
    files: set[Path] = set()
    queue: list[str] = []

    def visit(tree: ast.AST, package: str = "") -> None:
        for dotted in imports(tree, package).values():
            parts = dotted.split(".")
            if parts[0] == PACKAGE:  # importing a.b.c also runs a and a.b; c may be a name in a.b, which is no file
                queue.extend(".".join(parts[:n]) for n in range(1, len(parts) + 1))

    for code in codes:
        tree = ast.parse(without_magics(code))
        visit(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"\w+", node.value):
                result = root / "experiments" / "results" / f"{node.value}.json"
                files.update({result} if result.is_file() else ())
    while queue:
        name = queue.pop()
        file = module_file(name, root)
        if file and file not in files and file.relative_to(root).as_posix() not in FETCHING:
            files.add(file)
            visit(
                ast.parse(file.read_text(encoding="utf-8")),
                name if file.stem == "__init__" else name.rpartition(".")[0],
            )
    return sorted(files)


def essence(text: str) -> str:
    """Python code without its comments, docstrings and empty lines: what can change a result."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            first, last = node.body[0].lineno, node.body[0].end_lineno or node.body[0].lineno
            lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


def digest(files: Iterable[Path], *texts: str, root: Path = ROOT) -> str:
    """A short hash of files, of Python files their essence, and of further texts."""
    sha = hashlib.sha256()
    for file in files:
        text = file.read_text(encoding="utf-8")
        text = essence(text) if file.suffix == ".py" else text
        sha.update(f"{file.relative_to(root).as_posix()}\0{text}\0".encode())
    for text in texts:
        sha.update(f"{text}\0".encode())
    return sha.hexdigest()[:16]


def find(dotted: str, root: Path = ROOT) -> tuple[Path, str, ast.AST]:
    """Where a class or function is defined: its file, that file's text, and its syntax tree.

    `dotted` may also be a method (`rec_tutor.torch.mf.SoftmaxMF.score`) or a name that a package re-exports.
    """
    parts = dotted.split(".")
    for n in range(len(parts) - 1, 0, -1):
        file = module_file(".".join(parts[:n]), root)
        if file is None:
            continue
        text = file.read_text(encoding="utf-8")
        node: ast.AST = ast.parse(text)
        for depth, name in enumerate(parts[n:]):
            inside = [child for child in getattr(node, "body", []) if getattr(child, "name", None) == name]
            if not inside:
                package = ".".join(parts[:n] if file.stem == "__init__" else parts[: n - 1])
                origin = imports(node, package).get(name) if depth == 0 else None
                if origin and origin != dotted and origin.startswith(f"{PACKAGE}."):
                    return find(".".join([origin, *parts[n + 1 :]]), root)
                raise LookupError(f"{dotted}: no class or function {name!r} in {file.relative_to(root).as_posix()}")
            node = inside[-1]
        return file, text, node
    raise LookupError(f"{dotted}: no such module in {PACKAGE}")


def shown_source(dotted: str, root: Path = ROOT) -> str:
    """The source of a class or function, decorators included, under a line that says where it stands."""
    file, text, node = find(dotted, root)
    if not isinstance(node, ast.ClassDef | ast.FunctionDef):
        raise LookupError(f"{dotted}: only classes and functions can be shown")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    return f"# {file.relative_to(root).as_posix()}\n" + textwrap.dedent("\n".join(lines))


def free_names(code: str) -> set[str]:
    """The names that a piece of code takes from its surroundings: not bound in it, not built in."""
    found: set[str] = set()

    def walk(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                found.add(symbol.get_name())
        for child in table.get_children():
            walk(child)

    top = symtable.symtable(without_magics(code), "<cell>", "exec")
    walk(top)
    return found - bound_names(code) - set(dir(builtins)) - {"__name__", "__file__"}


def bound_names(code: str) -> set[str]:
    """The names that a piece of code defines at its top level: imports, assignments, functions, classes."""
    top = symtable.symtable(without_magics(code), "<cell>", "exec")
    return {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
