"""The modules of the package as syntax trees: their units, what importing them brings
and does.

A unit is a function, a class without its methods, a method, or a constant of a module.
Nothing is imported or run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.canonical import Canonical

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "rec_tutor"
FETCHING = tuple(
    f"{PACKAGE}.data.{name}"
    for name in ("fetch", "source", "by_web", "by_program", "by_index", "cache")
)

# Decorators without side effects elsewhere; any other makes the definition count with
# its module.
PURE = {
    *(
        "property",
        "staticmethod",
        "classmethod",
        "functools.cache",
        "functools.lru_cache",
        "functools.cached_property",
    ),
    *(
        "functools.wraps",
        "dataclasses.dataclass",
        "contextlib.contextmanager",
        "abc.abstractmethod",
        "typing.overload",
    ),
    *(
        "torch.no_grad",
        "torch.inference_mode",
        "tensorflow.function",
        "typing.final",
        "functools.total_ordering",
    ),
}
# local name -> dotted names; more than one if branches import different things
Imports = dict[str, list[str]]
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def module_file(name: str, root: Path = ROOT) -> Path | None:
    """The file of a module: `rec_tutor.data` -> rec_tutor/data/__init__.py; None if
    there is none.
    """
    path = root.joinpath(*name.split("."))
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return file
    return None


def imported(node: ast.stmt, package: str) -> dict[str, str]:
    """Local name -> dotted name of one import statement; `package` is for `from .`."""
    if isinstance(node, ast.Import):
        return {
            a.asname or a.name.partition(".")[0]: a.name
            if a.asname
            else a.name.split(".")[0]
            for a in node.names
        }
    if isinstance(node, ast.ImportFrom):
        base = (
            package.split(".")[: len(package.split(".")) - node.level + 1]
            if node.level
            else []
        )
        module = ".".join([*base, *([node.module] if node.module else [])])
        return {
            alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names
        }
    return {}


def merge(into: Imports, more: dict[str, str]) -> None:
    """Add the names of an import; one that is imported twice, as in two branches,
    stands for both.
    """
    for name, dotted in more.items():
        into.setdefault(name, [])
        into[name] += [dotted] if dotted not in into[name] else []


@dataclass(eq=False)
class Unit:
    """Something with a name and code. Compared by identity."""

    module: Module
    name: str  # "SoftmaxMF", "SoftmaxMF.score", "SEEDS", "<main>", "<effect 3>"
    nodes: list[ast.AST] = field(default_factory=list)
    methods: dict[str, Unit] = field(default_factory=dict)  # of a class

    def __str__(self) -> str:
        return f"{self.module.name}.{self.name}"

    @cached_property
    def seen(self) -> Canonical:
        """Its code in canonical form."""
        from course.canonical import Canonical

        return Canonical(self)


class Module:
    """A file's units, the names that its imports bring, and the modules that importing
    it runs.
    """

    def __init__(self, name: str, code: str, graph: Graph, package: str = ""):
        self.name, self.graph = name, graph
        self.package = package or name.rpartition(".")[0]
        self.units: dict[str, Unit] = {}
        self.imports: Imports = {}
        self.statements: list[Unit] = []
        self.main = Unit(self, "<main>")
        body = ast.parse(code).body
        for node in body:
            self.add(node, node)
        for unit in self.units.values():
            unit.methods = self.methods(unit)

    @cached_property
    def effects(self) -> list[Unit]:
        """What importing the module does besides defining names."""
        return self.statements + [
            unit for unit in self.units.values() if any(map(self.acts, unit.nodes))
        ]

    def add(self, node: ast.stmt, whole: ast.stmt) -> None:
        """Sort one statement of the module into units; `whole` is the outermost `if`,
        `try`, … around it.
        """
        if isinstance(node, ast.Import | ast.ImportFrom):
            merge(self.imports, imported(node, self.package))
        elif isinstance(node, (*FUNCTION, ast.ClassDef)):
            self.put(node.name, whole)
        elif isinstance(node, ast.If) and "__name__" in {
            n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)
        }:
            self.main.nodes.append(node)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pass
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            pass  # a docstring
        else:
            inner = [
                child
                for child in ast.walk(node)
                if isinstance(child, ast.stmt) and child is not node
            ]
            for child in inner if isinstance(node, ast.If | ast.Try | ast.With) else ():
                if isinstance(
                    child, (*FUNCTION, ast.ClassDef, ast.Import, ast.ImportFrom)
                ):
                    self.add(child, whole)
            changed = list(dict.fromkeys(self.changed(node)))
            for name in changed:
                self.put(name, whole)
            if not changed and not isinstance(node, ast.Pass):
                self.statements.append(
                    Unit(self, f"<statement {len(self.statements)}>", [whole])
                )

    def put(self, name: str, node: ast.stmt) -> None:
        unit = self.units.setdefault(name, Unit(self, name))
        if node not in unit.nodes:
            unit.nodes.append(node)

    def changed(self, node: ast.stmt) -> Iterator[str]:
        """The module's names that a statement binds or changes in place: `X = 1`,
        `X[0] = 1`, `X.append(1)`.
        """
        for part in walk_scope(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
                yield part.id
            target: ast.AST | None = None
            if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(
                part.ctx, ast.Store | ast.Del
            ):
                target = part.value
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                target = part.func.value
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
            if isinstance(target, ast.Name) and target.id in self.units:
                yield target.id

    def methods(self, unit: Unit) -> dict[str, Unit]:
        found: dict[str, Unit] = {}
        for node in unit.nodes:
            for child in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(child, FUNCTION):
                    found.setdefault(
                        child.name, Unit(self, f"{unit.name}.{child.name}")
                    ).nodes.append(child)
        return found

    def acts(self, node: ast.AST) -> bool:
        """Does defining this do something elsewhere? A decorator that may register it,
        a base that hears of it.
        """
        for decorator in getattr(node, "decorator_list", []):
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            dotted = self.dotted(target) or ast.unparse(target)
            if dotted not in PURE and not dotted.startswith("pytest."):
                return True
        bases = [
            self.graph.resolve(self.dotted(base) or "", self)
            for base in getattr(node, "bases", [])
        ]
        return any(
            isinstance(base, Unit) and "__init_subclass__" in all_methods(base)
            for base in bases
        )

    def dotted(self, node: ast.AST) -> str | None:
        """`np.random.normal` -> "numpy.random.normal"; for own definitions
        "rec_tutor.module.Name".
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if node.id in self.units:
            return ".".join([self.name, node.id, *parts])
        return ".".join([self.imports.get(node.id, [node.id])[-1], *parts])


def all_methods(unit: Unit) -> dict[str, Unit]:
    """A class's methods and those of its own bases."""
    found: dict[str, Unit] = {}
    for base in unit.seen.bases:
        found |= all_methods(base) if base is not unit else {}
    return found | unit.methods


def walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is inside, but not the insides of functions, classes, lambdas and
    comprehensions.
    """
    yield node
    if isinstance(node, (*FUNCTION, ast.ClassDef, ast.Lambda)):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(
            child, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        ):
            yield from (
                part for part in ast.walk(child) if not isinstance(part, ast.Name)
            )
            yield from (
                part.target
                for part in ast.walk(child)
                if isinstance(part, ast.NamedExpr)
            )
        else:
            yield from walk_scope(child)


class Graph:
    """All modules of a project, read when needed."""

    def __init__(self, root: Path = ROOT):
        self.root = root
        self.read: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        if name not in self.read:
            self.read[name] = None
            file = (
                module_file(name, self.root) if name.split(".")[0] == PACKAGE else None
            )
            if file and name not in FETCHING:
                package = name if file.stem == "__init__" else name.rpartition(".")[0]
                self.read[name] = Module(
                    name, file.read_text(encoding="utf-8"), self, package
                )
        return self.read[name]

    def resolve(self, dotted: str, at: Module) -> Unit | Module | None:
        """What a dotted name stands for: a unit, an own module, or None for anything
        else.
        """
        if dotted.startswith(f"{at.name}.") and "." not in dotted.removeprefix(
            f"{at.name}."
        ):
            found = at.units.get(dotted.removeprefix(f"{at.name}."))
            if found:
                return found
        if dotted in at.units:
            return at.units[dotted]
        if dotted.split(".")[0] != PACKAGE:
            return None
        module = self.module(dotted)
        if module:
            return module
        parent, _, name = dotted.rpartition(".")
        home = self.module(parent) if parent else None
        if home is None:
            return None
        if name in home.units:
            return home.units[name]
        origin = home.imports.get(name, [dotted])[-1]
        return self.resolve(origin, home) if origin != dotted else None

    def running(self, dotted: str) -> Iterator[str]:
        """The own modules that importing a dotted name runs, without what these
        import.
        """
        parts = dotted.split(".")
        if parts[0] == PACKAGE:
            yield from (
                name
                for n in range(1, len(parts) + 1)
                if self.module(name := ".".join(parts[:n]))
            )

    def script(self, file: Path) -> Module:
        """An experiment's script."""
        name = f"script {file.stem}"
        if name not in self.read:
            self.read[name] = Module(name, file.read_text(encoding="utf-8"), self)
        found = self.read[name]
        assert found
        return found
