"""What a result depends on: definitions, not files. Nothing is imported or run.

A unit is a function, a class without its methods, a method, or a constant of a module.
Starting from an experiment's function or from a notebook's cells, all units are
followed that they name, and those that these name:

- A method counts when its class is reached and its name occurs in reached code as an
  attribute; special methods (`__init__`, …) always; of a subclass of another package's
  class also what that package calls (CALLED).
- A module's statements that are neither definitions nor constants (`gym.register(…)`, a
  definition with an unknown decorator or with a base that has `__init_subclass__`)
  count once the module is imported.
- `if __name__ == "__main__"` counts where reached code holds the module's name as a
  string (`python -m …`), or its own `__file__`.
- A module used as a value, as in `getattr(baselines, name)`, counts with all that it
  defines.

A unit's hash is that of its syntax tree without docstrings, annotations, comments and
positions; local variables are numbered; whatever a name stands for is written by what
it is, not by where it is kept. So words, type hints, files' names and places make no
difference, neither does what nobody reaches; a default, a constant or a line does. Of
constraints.txt the pins of the packages count that reached code names.

What this misses: names that are put together while running
(`getattr(model, "sc" + "ore")`), what a renamed attribute of an object means, a changed
parameter of a base class of another package (but its pin), data files (their checksums
are constants), the modules of FETCHING: what these download is verified, so how they do
it cannot change a result. What it counts although it may not matter: methods of the
same name in any reached class, both branches of an `if`.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from course.modules import PACKAGE, ROOT, Graph, Module, Unit, imported, merge

# What PyTorch, Keras, Gymnasium and Python's own base classes call without our naming
# it.
CALLED = {
    *(
        "forward",
        "backward",
        "train",
        "eval",
        "state_dict",
        "load_state_dict",
        "extra_repr",
        "reset_parameters",
    ),
    *(
        "call",
        "build",
        "compute_output_shape",
        "get_config",
        "from_config",
        "train_step",
        "test_step",
        "compute_loss",
    ),
    *(
        "step",
        "reset",
        "reset_async",
        "reset_wait",
        "step_async",
        "step_wait",
        "render",
        "close",
        "run",
    ),
    *("message", "aggregate", "update", "propagate"),
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


def without_magics(code: str) -> str:
    """The code of a notebook cell as plain Python: lines that only IPython understands
    become `pass`.
    """
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.MULTILINE)


class Reached:
    """The units that some units depend on, all that is named there, and the
    hash of it.
    """

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
            words = {
                word for string in seen.strings for word in re.findall(r"\w+", string)
            }
            self.queue += [
                unit.module.units[word] for word in words if word in unit.module.units
            ]

    def imports(self, module: Module | None) -> None:
        """Importing a module runs its statements, and those of the modules that it
        imports.
        """
        if module is None or module.name in self.modules:
            return
        self.modules.add(module.name)
        self.queue += module.effects
        parts = module.name.split(".")
        names = (
            [".".join(parts[:n]) for n in range(1, len(parts))]
            if parts[0] == PACKAGE
            else []
        )
        names += [
            name
            for each in module.imports.values()
            for dotted in each
            for name in self.graph.running(dotted)
        ]
        for name in names:
            self.imports(self.graph.module(name))

    def hashes(self) -> dict[Unit, str]:
        """A unit's hash: its own code, and what it names, by their code, three steps
        deep.
        """
        shallow = {unit: short(unit.seen.text) for unit in self.units}
        for _ in range(3):
            shallow = {
                unit: short(
                    unit.seen.text,
                    *(
                        shallow.get(ref) or short(ref.seen.text)
                        for ref in unit.seen.refs
                    ),
                )
                for unit in self.units
            }
        return shallow

    def pins(self, constraints: dict[str, str]) -> list[str]:
        """The lines of constraints.txt that count."""
        found = []
        for package in sorted(
            self.packages - sys.stdlib_module_names - {PACKAGE, "course"}
        ):
            for name in DISTRIBUTIONS.get(package, [package.lower().replace("_", "-")]):
                found += [f"{name}=={constraints[name]}"] if name in constraints else []
        return sorted(set(found))

    def digest(self) -> str:
        return short(
            *sorted(self.hashes().values()), *self.pins(pinned(self.graph.root))
        )


def short(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@cache
def _pins(text: str) -> dict[str, str]:
    lines = [
        line.split("==")
        for line in text.splitlines()
        if "==" in line and not line.startswith("#")
    ]
    return {name.strip(): version.strip() for name, version in lines}


def pinned(root: Path = ROOT) -> dict[str, str]:
    """Package -> version, from constraints.txt."""
    return _pins((root / "constraints.txt").read_text(encoding="utf-8"))


def of_script(script: Path, name: str, graph: Graph) -> Reached:
    """What the definition `name` of a script depends on.

    Raises:
        LookupError: if there is none.
    """
    module = graph.script(script)
    if name not in module.units:
        raise LookupError(f"{script.name} defines no {name}")
    return Reached(graph, [module.units[name]])


def of_cells(codes: Sequence[str], graph: Graph) -> Reached:
    """What a notebook's cells depend on; the cells themselves are one unit, in order,
    with their names as they are.
    """
    module = Module("cells", "", graph)
    unit = Unit(module, "<cells>")
    for code in codes:
        cell = ast.parse(without_magics(code))
        for node in ast.walk(cell):
            merge(
                module.imports, imported(node, "") if isinstance(node, ast.stmt) else {}
            )
        magics = [
            line
            for line in re.findall(r"^\s*[%!].*$", code, flags=re.MULTILINE)
            if "%pip" not in line
        ]
        # a last semicolon hides the cell's value
        ending = [*magics, ";" if code.rstrip().endswith(";") else ""]
        unit.nodes += [cell, ast.Constant(" ".join(ending))]
    return Reached(graph, [unit])


@cache
def _graph(root: Path) -> Graph:
    return Graph(root)


def digest(script: Path, name: str, root: Path = ROOT) -> str:
    """The hash of all that the definition `name` of an experiment's script
    depends on.
    """
    return of_script(script, name, _graph(root)).digest()
