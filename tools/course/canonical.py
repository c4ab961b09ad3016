"""The code of a unit without what cannot change a result, as text; and all that it
names.

Left out are docstrings, annotations, comments, positions and what errors say; local
variables are numbered; names are written by what they stand for, `§n§` for the n-th
unit that is named, so that it does not matter where that is kept.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from course.modules import (
    FUNCTION,
    PACKAGE,
    Imports,
    Module,
    Unit,
    imported,
    merge,
    walk_scope,
)

SKIPPED = {
    "ctx",
    "kind",
    "type_comment",
    "type_ignores",
    "type_params",
    "annotation",
    "returns",
}


@dataclass
class Scope:
    """The names that belong to a function, lambda, comprehension or class body;
    parameters keep their names.
    """

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
        # first words of what it names of other packages
        self.packages: set[str] = set()
        self.modules: set[str] = set()  # own modules that it imports while it runs
        self.mains: set[str] = set()  # own modules that it runs as programs
        self.strings: set[str] = set()
        self.scopes: list[Scope] = []
        self.number = 0
        texts = [self.write(node) for node in unit.nodes]
        self.text = f"{'' if '<' in unit.name else unit.name}:{';'.join(texts)}"

    # --- names ---

    def local(self, node: ast.AST, arguments: ast.arguments | None) -> Scope:
        """The scope of a function: parameters under their names, the rest numbered in
        order of appearance.
        """
        scope = Scope({}, "function")
        if arguments:
            every = [
                *arguments.posonlyargs,
                *arguments.args,
                *arguments.kwonlyargs,
                arguments.vararg,
                arguments.kwarg,
            ]
            scope.names |= {arg.arg: f"={arg.arg}" for arg in every if arg}
        outer: set[str] = set()
        body = (
            node.body
            if isinstance(node, FUNCTION)
            else [node.body]
            if isinstance(node, ast.Lambda)
            else []
        )
        for statement in body:
            for part in walk_scope(statement):
                if isinstance(part, ast.Global | ast.Nonlocal):
                    outer |= set(part.names)
                elif isinstance(part, ast.Import | ast.ImportFrom):
                    merge(scope.imports, imported(part, self.module.package))
                elif isinstance(part, ast.Name) and isinstance(
                    part.ctx, ast.Store | ast.Del
                ):
                    self.bind(scope, part.id)
                elif isinstance(
                    part,
                    (
                        *FUNCTION,
                        ast.ClassDef,
                        ast.ExceptHandler,
                        ast.MatchAs,
                        ast.MatchStar,
                    ),
                ):
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
                return "|".join(
                    self.outside(".".join([dotted, *attributes]))
                    for dotted in scope.imports[name]
                )
        if name in self.module.units:
            return self.outside(".".join([self.module.name, name, *attributes]))
        if name in self.module.imports:
            return "|".join(
                self.outside(".".join([dotted, *attributes]))
                for dotted in self.module.imports[name]
            )
        self.attributes |= set(attributes)
        return ".".join([f"={name}", *attributes])  # built in, or bound in a notebook

    def outside(self, dotted: str) -> str:
        """What an import or the module binds: a unit, an own module used as a value,
        something of another package.
        """
        parts = dotted.split(".")
        for n in range(len(parts), 0, -1):
            found = self.graph.resolve(".".join(parts[:n]), self.module)
            rest = parts[n:]
            if isinstance(found, Unit):
                self.attributes |= set(rest)
                return "".join(
                    [self.refer(found), *(f".{attribute}" for attribute in rest)]
                )
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
        inside = ",".join(
            f"{f}={self.write(getattr(node, f))}"
            for f in fields
            if getattr(node, f, None) is not None
        )
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
        if isinstance(node.func, ast.Name) and node.func.id in (
            "getattr",
            "hasattr",
            "setattr",
        ):
            given = node.args[1] if len(node.args) > 1 else None
            strings = (
                {n.value for n in ast.walk(given) if isinstance(n, ast.Constant)}
                if given
                else set()
            )
            # built elsewhere in this unit, or told
            if not isinstance(given, ast.Constant):
                strings = {
                    n.value
                    for part in self.unit.nodes
                    for n in ast.walk(part)
                    if isinstance(n, ast.Constant)
                }
            self.attributes |= {
                string
                for string in strings
                if isinstance(string, str) and string.isidentifier()
            }
        return self.plain(node)

    def body(self, statements: Sequence[ast.stmt]) -> str:
        """Statements without docstrings, imports and bare annotations."""
        kept = []
        for node in statements:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for dotted in imported(node, self.module.package).values():
                    self.modules |= set(self.graph.running(dotted))
            elif not (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            ):
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

    write_Module = write_If = write_For = write_While = write_With = write_Try = (
        write_TryStar
    ) = plain_block
    write_AsyncFor = write_AsyncWith = write_match_case = plain_block

    def write_ExceptHandler(self, node: ast.ExceptHandler) -> str:
        name = self.name(node.name) if node.name else ""
        kind = self.write(node.type) if node.type else ""
        return f"except({kind},{name},{self.body(node.body)})"

    def write_Raise(self, node: ast.Raise) -> str:
        """Only what kind of error: a result is one without errors, whatever these would
        say.
        """
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return (
            f"raise({self.write(error) if error else ''})"
            if self.unit.name != "<cells>"
            else self.plain(node)
        )

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
            value = self.write(node.value) if node.value else ""
            return f"field({self.write(node.target)},{value})"
        if node.value is None:
            return ""
        return (
            f"Assign(targets=[{self.write(node.target)}],"
            f"value={self.write(node.value)})"
        )

    def write_MatchAs(self, node: ast.MatchAs) -> str:
        name = self.name(node.name) if node.name else "_"
        return f"as({self.write(node.pattern)},{name})"

    def write_arguments(self, node: ast.arguments) -> str:
        parts = [
            f"/{','.join(arg.arg for arg in node.posonlyargs)}",
            ",".join(arg.arg for arg in node.args),
        ]
        parts += [
            f"*{node.vararg.arg if node.vararg else ''}",
            ",".join(arg.arg for arg in node.kwonlyargs),
        ]
        parts.append(f"**{node.kwarg.arg if node.kwarg else ''}")
        defaults = [self.write(default) for default in node.defaults]
        keywords = [
            self.write(default) if default else "-" for default in node.kw_defaults
        ]
        return f"({';'.join(parts)};{defaults};{keywords})"

    def write_FunctionDef(self, node: ast.FunctionDef) -> str:
        # decorators, defaults: seen from outside
        outside = f"{self.write(node.decorator_list)}{self.write(node.args)}"
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
        outside = [
            self.write(node.decorator_list),
            self.write(node.bases),
            self.write(node.keywords),
        ]
        if node in self.unit.nodes:
            for base in node.bases:
                found = self.graph.resolve(self.module.dotted(base) or "", self.module)
                if isinstance(found, Unit):
                    self.bases.append(found)
                    self.foreign_base |= (
                        found.seen.foreign_base if found is not self.unit else False
                    )
                else:
                    self.foreign_base = True
        named = self.name(node.name) if self.scopes else ""
        inside = [part for statement in node.body for part in walk_scope(statement)]
        names = {
            part.id
            for part in inside
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        names |= {part.name for part in node.body if isinstance(part, FUNCTION)}
        self.scopes.append(Scope({name: f"={name}" for name in names}, "class"))
        body = [part for part in node.body if not (own and isinstance(part, FUNCTION))]
        written = f"class{named}({outside},{self.body(body)})"
        self.scopes.pop()
        return written
