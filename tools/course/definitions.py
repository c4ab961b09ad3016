"""What a result depends on: definitions, not files. Read from syntax trees; nothing is imported or run.

A unit is a function, a class without its methods, a method, or a constant of a module. Starting from an experiment's
function or from a notebook's cells, all units are followed that they name, and those that these name:

- A method counts when its class is reached and its name occurs in reached code as an attribute; special methods
  (`__init__`, …) always; of a subclass of another package's class also what that package calls (CALLED).
- A module's statements that are neither definitions nor constants (`gym.register(…)`, a definition with an unknown
  decorator or with a base that has `__init_subclass__`) count once the module is imported.
- `if __name__ == "__main__"` counts where reached code holds the module's name as a string (`python -m …`), or its
  own `__file__`.
- A module used as a value, as in `getattr(baselines, name)`, counts with all that it defines.

A unit's hash is that of its syntax tree without docstrings, annotations, comments and positions; local variables are
numbered; whatever a name stands for is written by what it is, not by where it is kept. So words, type hints, files'
names and places make no difference, neither does what nobody reaches; a default, a constant or a line does.
Of constraints.txt the pins of the packages count that reached code names.

What this misses: names that are put together while running (`getattr(model, "sc" + "ore")`), what a renamed attribute
of an object means, a changed parameter of a base class of another package (but its pin), data files (their checksums
are constants), the modules of FETCHING: what these download is verified, so how they do it cannot change a result.
What it counts although it may not matter: methods of the same name in any reached class, both branches of an `if`.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "rec_tutor"
FETCHING = (f"{PACKAGE}.data.fetch", f"{PACKAGE}.data.cache")

# What PyTorch, Keras, Gymnasium and Python's own base classes call without our naming it.
CALLED = {
    *("forward", "backward", "train", "eval", "state_dict", "load_state_dict", "extra_repr", "reset_parameters"),
    *("call", "build", "compute_output_shape", "get_config", "from_config", "train_step", "test_step", "compute_loss"),
    *("step", "reset", "reset_async", "reset_wait", "step_async", "step_wait", "render", "close", "run"),
    *("message", "aggregate", "update", "propagate"),
}
# Decorators without side effects elsewhere; any other makes the definition count with its module.
PURE = {
    *("property", "staticmethod", "classmethod", "functools.cache", "functools.lru_cache", "functools.cached_property"),
    *("functools.wraps", "dataclasses.dataclass", "contextlib.contextmanager", "abc.abstractmethod", "typing.overload"),
    *("torch.no_grad", "torch.inference_mode", "tensorflow.function", "typing.final", "functools.total_ordering"),
}
# Import name -> names in constraints.txt, where they differ.
DISTRIBUTIONS = {
    "sklearn": ["scikit-learn"],
    "tensorflow": ["tensorflow", "tensorflow-cpu", "keras"],
    "yaml": ["pyyaml"],
    "bs4": ["beautifulsoup4"],
    "PIL": ["pillow"],
    "IPython": ["ipython"],
}
Imports = dict[str, list[str]]  # local name -> dotted names; more than one if branches import different things
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
SKIPPED = {"ctx", "kind", "type_comment", "type_ignores", "type_params", "annotation", "returns"}


def module_file(name: str, root: Path = ROOT) -> Path | None:
    """The file of a module: `rec_tutor.data` -> rec_tutor/data/__init__.py; None if there is none."""
    path = root.joinpath(*name.split("."))
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return file
    return None


def imported(node: ast.stmt, package: str) -> dict[str, str]:
    """Local name -> dotted name of one import statement; `package` is for `from .`."""
    if isinstance(node, ast.Import):
        return {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names}
    if isinstance(node, ast.ImportFrom):
        base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        return {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
    return {}


def merge(into: Imports, more: dict[str, str]) -> None:
    """Add the names of an import; one that is imported twice, as in two branches, stands for both."""
    for name, dotted in more.items():
        into.setdefault(name, [])
        into[name] += [dotted] if dotted not in into[name] else []


def without_magics(code: str) -> str:
    """The code of a notebook cell as plain Python: lines that only IPython understands become `pass`."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.MULTILINE)


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
        return Canonical(self)


class Module:
    """A file's units, the names that its imports bring, and the modules that importing it runs."""

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
        return self.statements + [unit for unit in self.units.values() if any(map(self.acts, unit.nodes))]

    def add(self, node: ast.stmt, whole: ast.stmt) -> None:
        """Sort one statement of the module into units; `whole` is the outermost `if`, `try`, … around it."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            merge(self.imports, imported(node, self.package))
        elif isinstance(node, (*FUNCTION, ast.ClassDef)):
            self.put(node.name, whole)
        elif isinstance(node, ast.If) and "__name__" in {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}:
            self.main.nodes.append(node)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pass
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            pass  # a docstring
        else:
            inner = [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]
            for child in inner if isinstance(node, ast.If | ast.Try | ast.With) else ():
                if isinstance(child, (*FUNCTION, ast.ClassDef, ast.Import, ast.ImportFrom)):
                    self.add(child, whole)
            changed = list(dict.fromkeys(self.changed(node)))
            for name in changed:
                self.put(name, whole)
            if not changed and not isinstance(node, ast.Pass):
                self.statements.append(Unit(self, f"<statement {len(self.statements)}>", [whole]))

    def put(self, name: str, node: ast.stmt) -> None:
        unit = self.units.setdefault(name, Unit(self, name))
        if node not in unit.nodes:
            unit.nodes.append(node)

    def changed(self, node: ast.stmt) -> Iterator[str]:
        """The module's names that a statement binds or changes in place: `X = 1`, `X[0] = 1`, `X.append(1)`."""
        for part in walk_scope(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
                yield part.id
            target: ast.AST | None = None
            if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store | ast.Del):
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
                    found.setdefault(child.name, Unit(self, f"{unit.name}.{child.name}")).nodes.append(child)
        return found

    def acts(self, node: ast.AST) -> bool:
        """Does defining this do something elsewhere? A decorator that may register it, a base that hears of it."""
        for decorator in getattr(node, "decorator_list", []):
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            dotted = self.dotted(target) or ast.unparse(target)
            if dotted not in PURE and not dotted.startswith("pytest."):
                return True
        bases = [self.graph.resolve(self.dotted(base) or "", self) for base in getattr(node, "bases", [])]
        return any(isinstance(base, Unit) and "__init_subclass__" in all_methods(base) for base in bases)

    def dotted(self, node: ast.AST) -> str | None:
        """`np.random.normal` -> "numpy.random.normal"; for own definitions "rec_tutor.module.Name"."""
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
    """A node and what is inside, but not the insides of functions, classes, lambdas and comprehensions."""
    yield node
    if isinstance(node, (*FUNCTION, ast.ClassDef, ast.Lambda)):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from (part for part in ast.walk(child) if not isinstance(part, ast.Name))
            yield from (part.target for part in ast.walk(child) if isinstance(part, ast.NamedExpr))
        else:
            yield from walk_scope(child)


@dataclass
class Scope:
    """The names that belong to a function, lambda, comprehension or class body; parameters keep their names."""

    names: dict[str, str]
    kind: str  # "function", "class"
    imports: Imports = field(default_factory=dict)


class Canonical:
    """A unit's code as text in which `§n§` stands for the n-th unit that it names."""

    def __init__(self, unit: Unit):
        self.unit, self.module, self.graph = unit, unit.module, unit.module.graph
        self.refs: list[Unit] = []
        self.bases: list[Unit] = []
        self.foreign_base = False
        self.attributes: set[str] = set()
        self.packages: set[str] = set()  # first words of what it names of other packages
        self.modules: set[str] = set()  # own modules that it imports while it runs
        self.mains: set[str] = set()  # own modules that it runs as programs
        self.strings: set[str] = set()
        self.scopes: list[Scope] = []
        self.number = 0
        texts = [self.write(node) for node in unit.nodes]
        self.text = f"{'' if '<' in unit.name else unit.name}:{';'.join(texts)}"

    # --- names ---

    def local(self, node: ast.AST, arguments: ast.arguments | None) -> Scope:
        """The scope of a function: parameters under their names, the rest numbered in order of appearance."""
        scope = Scope({}, "function")
        if arguments:
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            scope.names |= {arg.arg: f"={arg.arg}" for arg in every if arg}
        outer: set[str] = set()
        body = node.body if isinstance(node, FUNCTION) else [node.body] if isinstance(node, ast.Lambda) else []
        for statement in body:
            for part in walk_scope(statement):
                if isinstance(part, ast.Global | ast.Nonlocal):
                    outer |= set(part.names)
                elif isinstance(part, ast.Import | ast.ImportFrom):
                    merge(scope.imports, imported(part, self.module.package))
                elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
                    self.bind(scope, part.id)
                elif isinstance(part, (*FUNCTION, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
                    self.bind(scope, part.name or "_")
                elif isinstance(part, ast.MatchMapping) and part.rest:
                    self.bind(scope, part.rest)
        for name in outer:
            scope.names.pop(name, None)
        return scope

    def bind(self, scope: Scope, name: str) -> None:
        if name not in scope.names:
            self.number += 1
            scope.names[name] = f"#{self.number}"

    def name(self, name: str, *attributes: str) -> str:
        """What a name, or `name.attribute.…`, stands for, written down."""
        for depth, scope in enumerate(reversed(self.scopes)):
            if scope.kind == "class" and depth:
                continue  # a class's names are not seen inside its methods
            if name in scope.names:
                self.attributes |= set(attributes)
                return ".".join([scope.names[name], *attributes])
            if name in scope.imports:
                return "|".join(self.outside(".".join([dotted, *attributes])) for dotted in scope.imports[name])
        if name in self.module.units:
            return self.outside(".".join([self.module.name, name, *attributes]))
        if name in self.module.imports:
            return "|".join(self.outside(".".join([dotted, *attributes])) for dotted in self.module.imports[name])
        self.attributes |= set(attributes)
        return ".".join([f"={name}", *attributes])  # built in, or bound in a notebook

    def outside(self, dotted: str) -> str:
        """What an import or the module binds: a unit, an own module used as a value, something of another package."""
        parts = dotted.split(".")
        for n in range(len(parts), 0, -1):
            found = self.graph.resolve(".".join(parts[:n]), self.module)
            rest = parts[n:]
            if isinstance(found, Unit):
                self.attributes |= set(rest)
                return "".join([self.refer(found), *(f".{attribute}" for attribute in rest)])
            if isinstance(found, Module):
                if rest:
                    return f"={dotted}"  # a name that the module does not have
                for name in sorted(found.units):
                    self.refer(found.units[name])
                return "=module"
        self.packages.add(parts[0])
        return f"={dotted}"

    def refer(self, unit: Unit) -> str:
        if unit is self.unit:
            return "§self§"
        if unit not in self.refs:
            self.refs.append(unit)
        return f"§{self.refs.index(unit)}§"

    # --- code ---

    def write(self, node: object) -> str:
        """A node as text; see the class."""
        if isinstance(node, list):
            return f"[{','.join(filter(None, map(self.write, node)))}]"
        if not isinstance(node, ast.AST):
            return repr(node)
        special = getattr(self, f"write_{type(node).__name__}", None)
        return special(node) if special else self.plain(node)

    def plain(self, node: ast.AST, *without: str) -> str:
        fields = [f for f in node._fields if f not in SKIPPED and f not in without]
        inside = ",".join(f"{f}={self.write(getattr(node, f))}" for f in fields if getattr(node, f, None) is not None)
        return f"{type(node).__name__}({inside})"

    def write_Name(self, node: ast.Name) -> str:
        written = self.name(node.id)
        return f"{written}!" if isinstance(node.ctx, ast.Store | ast.Del) else written

    def write_Attribute(self, node: ast.Attribute) -> str:
        base, parts = node.value, [node.attr]
        while isinstance(base, ast.Attribute):
            parts.insert(0, base.attr)
            base = base.value
        if isinstance(base, ast.Name):
            return self.name(base.id, *parts)
        self.attributes |= set(parts)
        return ".".join([self.write(base), *parts])

    def write_Constant(self, node: ast.Constant) -> str:
        if isinstance(node.value, str):
            self.strings.add(node.value)
            if node.value.startswith(f"{PACKAGE}.") and self.graph.module(node.value):
                self.mains.add(node.value)
                return "=program"
        return f"{type(node.value).__name__} {node.value!r}"

    def write_Call(self, node: ast.Call) -> str:
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr", "setattr"):
            given = node.args[1] if len(node.args) > 1 else None
            strings = {n.value for n in ast.walk(given) if isinstance(n, ast.Constant)} if given else set()
            if not isinstance(given, ast.Constant):  # built elsewhere in this unit, or told
                strings = {n.value for part in self.unit.nodes for n in ast.walk(part) if isinstance(n, ast.Constant)}
            self.attributes |= {string for string in strings if isinstance(string, str) and string.isidentifier()}
        return self.plain(node)

    def body(self, statements: Sequence[ast.stmt]) -> str:
        """Statements without docstrings, imports and bare annotations."""
        kept = []
        for node in statements:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for dotted in imported(node, self.module.package).values():
                    self.modules |= set(self.graph.running(dotted))
            elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                kept.append(self.write(node))
        return f"[{','.join(filter(None, kept))}]"

    def plain_block(self, node: ast.AST) -> str:
        parts = []
        for name in node._fields:
            value = getattr(node, name, None)
            if value is None or name in SKIPPED:
                continue
            block = isinstance(value, list) and name in ("body", "orelse", "finalbody")
            parts.append(f"{name}={self.body(value) if block else self.write(value)}")
        return f"{type(node).__name__}({','.join(parts)})"

    write_Module = write_If = write_For = write_While = write_With = write_Try = write_TryStar = plain_block
    write_AsyncFor = write_AsyncWith = write_match_case = plain_block

    def write_ExceptHandler(self, node: ast.ExceptHandler) -> str:
        name = self.name(node.name) if node.name else ""
        kind = self.write(node.type) if node.type else ""
        return f"except({kind},{name},{self.body(node.body)})"

    def write_Raise(self, node: ast.Raise) -> str:
        """Only what kind of error: a result is one without errors, whatever these would say."""
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return f"raise({self.write(error) if error else ''})" if self.unit.name != "<cells>" else self.plain(node)

    def write_Assert(self, node: ast.Assert) -> str:
        return f"assert({self.write(node.test)})"

    def write_Global(self, node: ast.Global) -> str:
        return ""

    write_Nonlocal = write_Global

    def write_Pass(self, node: ast.Pass) -> str:
        return ""

    def write_AnnAssign(self, node: ast.AnnAssign) -> str:
        in_class = bool(self.scopes) and self.scopes[-1].kind == "class"
        if in_class:  # of a dataclass, a field; its type plays no part
            return f"field({self.write(node.target)},{self.write(node.value) if node.value else ''})"
        if node.value is None:
            return ""
        return f"Assign(targets=[{self.write(node.target)}],value={self.write(node.value)})"

    def write_MatchAs(self, node: ast.MatchAs) -> str:
        return f"as({self.write(node.pattern)},{self.name(node.name) if node.name else '_'})"

    def write_arguments(self, node: ast.arguments) -> str:
        parts = [f"/{','.join(arg.arg for arg in node.posonlyargs)}", ",".join(arg.arg for arg in node.args)]
        parts += [f"*{node.vararg.arg if node.vararg else ''}", ",".join(arg.arg for arg in node.kwonlyargs)]
        parts.append(f"**{node.kwarg.arg if node.kwarg else ''}")
        defaults = [self.write(default) for default in node.defaults]
        keywords = [self.write(default) if default else "-" for default in node.kw_defaults]
        return f"({';'.join(parts)};{defaults};{keywords})"

    def write_FunctionDef(self, node: ast.FunctionDef) -> str:
        outside = f"{self.write(node.decorator_list)}{self.write(node.args)}"  # decorators, defaults: seen from outside
        named = self.name(node.name) if self.scopes else ""
        self.scopes.append(self.local(node, node.args))
        written = f"def{named}({outside},{self.body(node.body)})"
        self.scopes.pop()
        return written

    write_AsyncFunctionDef = write_FunctionDef

    def write_Lambda(self, node: ast.Lambda) -> str:
        arguments = self.write(node.args)
        self.scopes.append(self.local(node, node.args))
        written = f"lambda({arguments},{self.write(node.body)})"
        self.scopes.pop()
        return written

    def comprehension(self, node: ast.AST) -> str:
        first = node.generators[0]  # type: ignore[attr-defined]
        source = self.write(first.iter)  # seen from outside
        scope = Scope({}, "function")
        for generator in node.generators:  # type: ignore[attr-defined]
            for part in ast.walk(generator.target):
                if isinstance(part, ast.Name):
                    self.bind(scope, part.id)
        self.scopes.append(scope)
        parts = [source]
        for position, generator in enumerate(node.generators):  # type: ignore[attr-defined]
            parts.append(self.write(generator.target))
            parts += [self.write(generator.iter)] if position else []
            parts.append(self.write(generator.ifs))
        names = [n for n in ("elt", "key", "value") if hasattr(node, n)]
        parts += [self.write(getattr(node, name)) for name in names]
        self.scopes.pop()
        return f"{type(node).__name__}({','.join(parts)})"

    write_ListComp = write_SetComp = write_DictComp = write_GeneratorExp = comprehension

    def write_ClassDef(self, node: ast.ClassDef) -> str:
        """A class; of the unit's own class without the methods, which are units."""
        own = node in self.unit.nodes and bool(self.unit.methods)
        outside = [self.write(node.decorator_list), self.write(node.bases), self.write(node.keywords)]
        if node in self.unit.nodes:
            for base in node.bases:
                found = self.graph.resolve(self.module.dotted(base) or "", self.module)
                if isinstance(found, Unit):
                    self.bases.append(found)
                    self.foreign_base |= found.seen.foreign_base if found is not self.unit else False
                else:
                    self.foreign_base = True
        named = self.name(node.name) if self.scopes else ""
        inside = [part for statement in node.body for part in walk_scope(statement)]
        names = {part.id for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        names |= {part.name for part in node.body if isinstance(part, FUNCTION)}
        self.scopes.append(Scope({name: f"={name}" for name in names}, "class"))
        body = [part for part in node.body if not (own and isinstance(part, FUNCTION))]
        written = f"class{named}({outside},{self.body(body)})"
        self.scopes.pop()
        return written


class Graph:
    """All modules of a project, read when needed."""

    def __init__(self, root: Path = ROOT):
        self.root = root
        self.read: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        if name not in self.read:
            self.read[name] = None
            file = module_file(name, self.root) if name.split(".")[0] == PACKAGE else None
            if file and name not in FETCHING:
                package = name if file.stem == "__init__" else name.rpartition(".")[0]
                self.read[name] = Module(name, file.read_text(encoding="utf-8"), self, package)
        return self.read[name]

    def resolve(self, dotted: str, at: Module) -> Unit | Module | None:
        """What a dotted name stands for: a unit, an own module, or None for anything else."""
        if dotted.startswith(f"{at.name}.") and "." not in dotted.removeprefix(f"{at.name}."):
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
        """The own modules that importing a dotted name runs, without what these import."""
        parts = dotted.split(".")
        if parts[0] == PACKAGE:
            yield from (name for n in range(1, len(parts) + 1) if self.module(name := ".".join(parts[:n])))

    def reach(self, *start: Unit) -> Reached:
        """All that some units depend on."""
        return Reached(self, start)

    def script(self, file: Path) -> Module:
        """An experiment's script."""
        name = f"script {file.stem}"
        if name not in self.read:
            self.read[name] = Module(name, file.read_text(encoding="utf-8"), self)
        found = self.read[name]
        assert found
        return found


class Reached:
    """The units that some units depend on, all that is named there, and the hash of it."""

    def __init__(self, graph: Graph, start: Iterable[Unit]):
        self.graph = graph
        self.units: dict[Unit, None] = {}
        self.names: set[str] = set()
        self.packages: set[str] = set()
        self.waiting: dict[str, list[Unit]] = {}
        self.modules: set[str] = set()
        self.queue = list(start)
        while self.queue:
            self.visit(self.queue.pop())

    def visit(self, unit: Unit) -> None:
        if unit in self.units:
            return
        self.units[unit] = None
        seen = unit.seen
        self.queue += seen.refs
        self.packages |= seen.packages
        for name in seen.attributes - self.names:
            self.queue += self.waiting.pop(name, [])
        self.names |= seen.attributes
        for name, method in unit.methods.items():
            called = name.startswith("__") or (seen.foreign_base and name in CALLED)
            if called or name in self.names:
                self.queue.append(method)
            else:
                self.waiting.setdefault(name, []).append(method)
        self.imports(unit.module)
        for name in seen.modules:
            self.imports(self.graph.module(name))
        for name in seen.mains:
            module = self.graph.module(name)
            self.queue += [module.main] if module else []
        if "=__file__" in seen.text:  # a script that runs itself
            self.queue.append(unit.module.main)
        if "=__name__" in seen.text:  # an entry point such as f"{__name__}:Feed"
            words = {word for string in seen.strings for word in re.findall(r"\w+", string)}
            self.queue += [unit.module.units[word] for word in words if word in unit.module.units]

    def imports(self, module: Module | None) -> None:
        """Importing a module runs its statements, and those of the modules that it imports."""
        if module is None or module.name in self.modules:
            return
        self.modules.add(module.name)
        self.queue += module.effects
        parts = module.name.split(".")
        names = [".".join(parts[:n]) for n in range(1, len(parts))] if parts[0] == PACKAGE else []
        names += [name for each in module.imports.values() for dotted in each for name in self.graph.running(dotted)]
        for name in names:
            self.imports(self.graph.module(name))

    def hashes(self) -> dict[Unit, str]:
        """A unit's hash: its own code, and what it names, by their code, three steps deep."""
        shallow = {unit: short(unit.seen.text) for unit in self.units}
        for _ in range(3):
            shallow = {
                unit: short(unit.seen.text, *(shallow.get(ref) or short(ref.seen.text) for ref in unit.seen.refs))
                for unit in self.units
            }
        return shallow

    def pins(self, constraints: dict[str, str]) -> list[str]:
        """The lines of constraints.txt that count."""
        found = []
        for package in sorted(self.packages - sys.stdlib_module_names - {PACKAGE, "course"}):
            for name in DISTRIBUTIONS.get(package, [package.lower().replace("_", "-")]):
                found += [f"{name}=={constraints[name]}"] if name in constraints else []
        return sorted(set(found))

    def digest(self) -> str:
        return short(*sorted(self.hashes().values()), *self.pins(pinned(self.graph.root)))


def short(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@cache
def _pins(text: str) -> dict[str, str]:
    lines = [line.split("==") for line in text.splitlines() if "==" in line and not line.startswith("#")]
    return {name.strip(): version.strip() for name, version in lines}


def pinned(root: Path = ROOT) -> dict[str, str]:
    """Package -> version, from constraints.txt."""
    return _pins((root / "constraints.txt").read_text(encoding="utf-8"))


def of_script(script: Path, name: str, graph: Graph) -> Reached:
    """What the definition `name` of a script depends on. Raises LookupError if there is none."""
    module = graph.script(script)
    if name not in module.units:
        raise LookupError(f"{script.name} defines no {name}")
    return graph.reach(module.units[name])


def of_cells(codes: Sequence[str], graph: Graph) -> Reached:
    """What a notebook's cells depend on; the cells themselves are one unit, in order, with their names as they are."""
    module = Module("cells", "", graph)
    unit = Unit(module, "<cells>")
    for code in codes:
        cell = ast.parse(without_magics(code))
        for node in ast.walk(cell):
            merge(module.imports, imported(node, "") if isinstance(node, ast.stmt) else {})
        magics = [line for line in re.findall(r"^\s*[%!].*$", code, flags=re.MULTILINE) if "%pip" not in line]
        ending = [*magics, ";" if code.rstrip().endswith(";") else ""]  # a last semicolon hides the cell's value
        unit.nodes += [cell, ast.Constant(" ".join(ending))]
    return graph.reach(unit)


@cache
def _graph(root: Path) -> Graph:
    return Graph(root)


def digest(script: Path, name: str, root: Path = ROOT) -> str:
    """The hash of all that the definition `name` of an experiment's script depends on."""
    return of_script(script, name, _graph(root)).digest()
