"""course.definitions: what makes a result stale and what does not, on a small package
and on the real one.
"""

import ast
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import definitions
from course.definitions import Reached, of_cells
from course.modules import FETCHING, ROOT, Graph, Module, Unit, module_file

FILES = {
    "constraints.txt": "numpy==2.0\npandas==3.0\nscikit-learn==1.0\ntorch==2.5\n",
    "rec_tutor/__init__.py": '"""Package."""\n__version__ = "1.0"\n',
    "rec_tutor/data/__init__.py": "from rec_tutor.data.table import read\n",
    "rec_tutor/data/table.py": (
        """\
import pandas as pd
from rec_tutor.data import fetch

def read(name: str = "x") -> "pd.DataFrame":
    '''A table.'''
    fetch.get(name)
    return pd.read_csv(name)
"""
    ),
    "rec_tutor/data/fetch.py": "def get(name):\n    return name\n",
    "rec_tutor/base.py": (
        """\
import numpy as np

SPREAD = 0.1
OTHER = SPREAD * 2
LISTED = [1]
LISTED.append(2)

class Base:
    loss = "bce"

    def __init__(self, n, seed=0):
        self.n = n

    def score(self, users):
        return self.raw(users) + SPREAD

    def raw(self, users):
        return users

    def unused(self):
        return OTHER

def helper(x, k=3):
    total = 0
    for value in x:
        total = total + value * k
    return total

def alone(x):
    return helper(x) + np.sum(LISTED)
"""
    ),
    "rec_tutor/models.py": (
        """\
import sklearn.cluster
from torch import nn
from rec_tutor import base
from rec_tutor.base import Base, helper as helped

REGISTRY = {}

def register(cls):
    REGISTRY[cls.__name__] = cls
    return cls

class First(Base):
    def raw(self, users):
        return [helped([u]) for u in users]

class Second(Base):
    def raw(self, users):
        return sklearn.cluster.KMeans(2).fit(users)

class Net(nn.Module):
    def forward(self, x):
        return self.inner(x)

    def inner(self, x):
        return x

    def never(self, x):
        return base.OTHER

def evaluate(model, users):
    return model.score(users)
"""
    ),
    "rec_tutor/plugged.py": (
        """\
from rec_tutor.models import REGISTRY, register

class Noisy:
    def __init_subclass__(cls):
        REGISTRY["last"] = cls
"""
    ),
    "rec_tutor/program.py": (
        """\
import sys

def main(x):
    return x

if __name__ == "__main__":
    main(sys.argv)
"""
    ),
    "experiments/02_toy.py": (
        """\
from course.experiment import run
from rec_tutor import base, models
from rec_tutor.data import read

SEEDS = (0, 1)
MODELS = {"first": models.First, "second": models.Second}
PROGRAM = ["-m", "rec_tutor.program"]

def first(seed):
    return models.evaluate(models.First(3), read())

def second(seed):
    return models.evaluate(models.Second(3), SEEDS)

def net(seed):
    return models.Net()(seed)

def any_of_them(name, seed):
    return MODELS[name](seed).score(seed)

def by_name(name):
    return getattr(base, name)

def runs(seed):
    return PROGRAM

def alone(seed):
    return base.alone([seed])

if __name__ == "__main__":
    run(__file__, {"first": first}, [{"part": "first"}])
"""
    ),
}
PARTS = ("first", "second", "net", "any_of_them", "by_name", "runs", "alone")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def digests(root: Path) -> dict[str, str]:
    graph = Graph(root)
    script = root / "experiments/02_toy.py"
    return {part: definitions.of_script(script, part, graph).digest() for part in PARTS}


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def stale(root: Path, *edits: tuple[str, str, str]) -> set[str]:
    before = digests(root)
    for name, old, new in edits:
        edit(root, name, old, new)
    after = digests(root)
    return {part for part in PARTS if before[part] != after[part]}


BASE, MODELS, TABLE, TOY = (
    "rec_tutor/base.py",
    "rec_tutor/models.py",
    "rec_tutor/data/table.py",
    "experiments/02_toy.py",
)


@pytest.mark.parametrize(
    "edits",
    [
        [(TABLE, "A table.", "Another word.")],
        [(TABLE, "'''A table.'''", "# none")],
        [(TABLE, 'name: str = "x") -> "pd.DataFrame"', 'name="x")')],
        [(BASE, "    total = 0\n", "    # a comment\n\n    total: float = 0\n")],
        [(BASE, "total = total + value * k\n    return total", "total = (total\n + value * k)\n    return (total)")],
        [(MODELS, "def evaluate", "def added(x):\n    return x\n\nADDED = 2\n\ndef evaluate")],
        [(MODELS, "class First", "class Third(Base):\n    def raw(self, users):\n        return 3\n\nclass First")],
        [(MODELS, "    def raw", "    def fresh(self):\n        return 1\n\n    def raw")],
        [("rec_tutor/__init__.py", "1.0", "2.0")],
        # what comes is verified by checksum
        [("rec_tutor/data/fetch.py", "return name", "return name * 2")],
        [("constraints.txt", "torch==2.5", "torch==2.5\nzzz==1.0")],
        [(TOY, '[{"part": "first"}]', '[{"part": "first"}, {"part": "second"}]')],
        [(BASE, "import numpy as np", "import numpy as numbers"), (BASE, "np.sum", "numbers.sum")],
        [(BASE, "import numpy as np", "from numpy import sum as add"), (BASE, "np.sum", "add")],
        [(MODELS, "from rec_tutor import base\n", "import rec_tutor.base as base\n")],
    ],
)  # fmt: skip
def test_what_cannot_change_a_number_makes_nothing_stale(
    root: Path, edits: list[tuple[str, str, str]]
) -> None:
    assert stale(root, *edits) == set()


HEARD = "from rec_tutor.plugged import Noisy\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "users"),
    [
        (BASE, "SPREAD = 0.1", "SPREAD = 0.2", {"first", "second", "any_of_them", "by_name"}),
        (BASE, "k=3", "k=4", {"first", "any_of_them", "by_name", "alone"}),
        (BASE, "seed=0", "seed=1", {"first", "second", "any_of_them", "by_name"}),
        (BASE, 'loss = "bce"', 'loss = "bpr"', {"first", "second", "any_of_them", "by_name"}),
        (BASE, "append(2)", "append(3)", {"alone", "by_name"}),
        (BASE, "OTHER = SPREAD * 2", "OTHER = SPREAD * 3", {"by_name"}),
        (MODELS, "KMeans(2)", "KMeans(3)", {"second", "any_of_them"}),
        (MODELS, "return self.inner(x)", "return x", {"net"}),
        (MODELS, "model.score(users)", "model.score(users) * 2", {"first", "second"}),
        (MODELS, "class First(Base)", "class First(object)", {"first", "any_of_them"}),
        (MODELS, "    def inner", "    def call(self):\n        pass\n\n    def inner", {"net"}),
        (TABLE, '"x"', '"y"', {"first"}),
        (TABLE, "pd.read_csv", "pd.read_table", {"first"}),
        ("constraints.txt", "pandas==3.0", "pandas==3.1", {"first"}),
        ("constraints.txt", "scikit-learn==1.0", "scikit-learn==1.1", {"second", "any_of_them"}),
        ("constraints.txt", "torch==2.5", "torch==2.6", {"net"}),
        ("constraints.txt", "numpy==2.0", "numpy==2.1", {"alone", "by_name"}),
        ("rec_tutor/program.py", "return x", "return 2 * x", {"runs"}),
        (TOY, "SEEDS = (0, 1)", "SEEDS = (0, 2)", {"second"}),
        (MODELS, "REGISTRY = {}", "REGISTRY = {}\nimport os\nos.environ['A'] = 'b'", set(PARTS)),
        (MODELS, "class Second", "@register\nclass Fourth:\n    pass\n\nclass Second", set(PARTS)),
        (MODELS, "class Second", f"{HEARD}class Fourth(Noisy):\n    pass\n\nclass Second", set(PARTS)),
    ],
)  # fmt: skip
def test_a_change_makes_its_users_stale_and_nobody_else(
    root: Path, file: str, old: str, new: str, users: set[str]
) -> None:
    assert stale(root, (file, old, new)) == users


def test_a_definition_may_move_and_a_file_may_be_renamed(root: Path) -> None:
    before = digests(root)
    (root / "rec_tutor/deep").mkdir()
    (root / "rec_tutor/deep/__init__.py").write_text("")
    (root / BASE).rename(root / "rec_tutor/deep/foundation.py")
    moved = "def evaluate(model, users):\n    return model.score(users)\n"
    edit(root, MODELS, moved, "from rec_tutor.judge import evaluate\n")
    (root / "rec_tutor/judge.py").write_text(moved)
    for file in (MODELS, TOY):
        text = (root / file).read_text()
        text = text.replace(
            "from rec_tutor.base import", "from rec_tutor.deep.foundation import"
        )
        text = text.replace(
            "import base, models",
            "import models\nfrom rec_tutor.deep import foundation",
        )
        text = text.replace(
            "from rec_tutor import base\n", "from rec_tutor.deep import foundation\n"
        )
        (root / file).write_text(re.sub(r"\bbase\b(?=[.,])", "foundation", text))
    after = digests(root)
    assert before == after


def test_local_names_play_no_part_but_their_roles_do(root: Path) -> None:
    assert stale(root, (BASE, "    total = 0\n    for value in x:\n        total = total + value * k\n    return total",
                        "    s = 0\n    for v in x:\n        s = s + v * k\n    return s")) == set()  # fmt: skip
    assert stale(root, (BASE, "s + v * k", "v + s * k")) >= {"alone"}


def test_an_error_message_may_change_but_not_when_it_comes(root: Path) -> None:
    edit(
        root,
        TABLE,
        "    return pd",
        '    if not name:\n        raise ValueError(f"No {name}.")\n    return pd',
    )
    assert stale(root, (TABLE, "No {name}.", "A name is missing: {name}")) == set()
    assert stale(root, (TABLE, "if not name", "if name")) == {"first"}


def test_cells_depend_on_what_they_name_on_order_and_on_what_they_show(
    root: Path,
) -> None:
    def digest(*codes: str) -> str:
        return of_cells(codes, Graph(root)).digest()

    cells = (
        "import numpy as np\nfrom rec_tutor.models import First",
        "First(1).score([2])",
        "x = 1\nx",
    )
    first = digest(*cells)
    assert digest(cells[0] + "  # why", *cells[1:]) == first
    assert (
        digest("from rec_tutor import models\n", "models.First(1).score([2])", "x=1\nx")
        == first
    )
    assert digest("%pip install x\n" + cells[0], *cells[1:]) != digest(*cells[:2])
    assert digest(cells[0], cells[2], cells[1]) != first
    assert digest(*cells[:2], "x = 1\nx;") != first
    assert digest(*cells[:2], "x = 1", "x") != first
    edit(root, MODELS, "KMeans(2)", "KMeans(3)")
    assert digest(*cells) == first
    edit(root, BASE, "SPREAD = 0.1", "SPREAD = 0.3")
    assert digest(*cells) != first


def test_an_unknown_definition_is_an_error(root: Path) -> None:
    with pytest.raises(LookupError, match=r"02_toy\.py defines no nothing"):
        definitions.digest(root / "experiments/02_toy.py", "nothing", root)


# --- the real package ---

SCRIPTS = sorted((ROOT / "experiments").glob("[0-9][0-9]_*.py"))
GRAPH = Graph()


def everything() -> list[Unit]:
    for file in sorted((ROOT / "rec_tutor").rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        GRAPH.module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    units = [
        unit
        for module in GRAPH.read.values()
        if module
        for unit in module.units.values()
    ]
    return [part for unit in units for part in (unit, *unit.methods.values())]


UNITS = everything()


def rewritten(text: str, seed: int) -> str:
    """The same code as far as results go: new docstrings, comments gone, hints gone,
    other layout.
    """

    class Rewriter(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
            self.generic_visit(node)
            node.returns = None
            for arg in [*node.args.args, *node.args.kwonlyargs]:
                arg.annotation = None
            if ast.get_docstring(node) is not None:
                node.body[0] = ast.Expr(ast.Constant(f"Words {seed}."))
            return node

        def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
            self.generic_visit(node)
            if ast.get_docstring(node) is not None:
                node.body[0] = ast.Expr(ast.Constant(f"Words {seed}."))
            methods = [
                child for child in node.body if isinstance(child, ast.FunctionDef)
            ]
            random.Random(seed).shuffle(methods)  # their order plays no part
            node.body = [
                child for child in node.body if not isinstance(child, ast.FunctionDef)
            ] + methods
            return node

    return ast.unparse(ast.fix_missing_locations(Rewriter().visit(ast.parse(text))))


@pytest.mark.long
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_rewritten_sources_of_the_real_package_have_the_same_hashes(seed: int) -> None:
    units = [unit for unit in UNITS if "." not in unit.name]
    chosen = random.Random(seed).sample(sorted(units, key=str), 10)
    for unit in chosen:
        original = GRAPH.module(unit.module.name)
        assert original
        file = module_file(original.name)
        assert file
        package = original.package
        again = Module(
            original.name,
            rewritten(file.read_text(encoding="utf-8"), seed),
            GRAPH,
            package,
        )
        twin = again.units[unit.name]
        assert twin.seen.text == unit.seen.text, unit
        assert {name: m.seen.text for name, m in twin.methods.items()} == {
            name: m.seen.text for name, m in unit.methods.items()
        }


@pytest.mark.long
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_changed_unit_of_the_real_package_changes_exactly_its_users(
    seed: int,
) -> None:
    """Change one unit: what reaches it gets another hash, what does not keeps
    its own.
    """
    unit = random.Random(seed).choice(sorted(UNITS, key=str))
    script = random.Random(seed).choice(SCRIPTS)
    module = GRAPH.script(script)
    for start in module.units.values():
        before = Reached(GRAPH, [start])
        reached, digest = unit in before.units, before.digest()
        text = unit.seen.text
        try:
            unit.seen.text += "changed"
            assert (Reached(GRAPH, [start]).digest() != digest) == reached, (
                str(start),
                str(unit),
            )
        finally:
            unit.seen.text = text


@pytest.mark.long
def test_what_really_runs_is_reached(tmp_path: Path) -> None:
    """A row of an experiment is run with a profiler; each function of rec_tutor that
    ran must have been reached.
    """
    program = f"""
import json, runpy, sys
from pathlib import Path
package, ran = {str(ROOT / "rec_tutor")!r}, set()
def note(frame, event, arg):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(package):
        ran.add((code.co_filename, code.co_qualname))
module = runpy.run_path({str(ROOT / "experiments/03_baselines.py")!r})
sys.setprofile(note)
for model, options in (("EASE", {{"l2": 100}}), ("DecayedRules", {{}}), ("Content", {{}}), ("ALS", {{"dim": 4}})):
    module["ndcg"](model, options, "temporal" if model != "DecayedRules" else "next")
sys.setprofile(None)
print(json.dumps(sorted(ran)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    graph = Graph()
    reached = definitions.of_script(ROOT / "experiments/03_baselines.py", "ndcg", graph)
    names = {str(unit) for unit in reached.units}
    missing = []
    for file, qualified in json.loads(done.stdout.splitlines()[-1]):
        parts = Path(file).relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        qualified = qualified.partition(".<locals>")[0]
        if module in FETCHING or qualified.startswith("<"):
            continue
        if f"{module}.{qualified}" not in names:
            missing.append(f"{module}.{qualified}")
    assert len(names) > 50 and missing == []


@pytest.mark.long
def test_hashes_do_not_depend_on_the_interpreter(tmp_path: Path) -> None:
    """Sets come in another order in each process; nothing may depend on it."""
    program = f"""
from pathlib import Path
from course import definitions, modules
graph = modules.Graph()
module = graph.script(Path({str(SCRIPTS[-1])!r}))
print([definitions.Reached(graph, [unit]).digest() for unit in module.units.values()])
"""
    found = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", program]
        found.add(
            subprocess.run(
                command, capture_output=True, text=True, env=environment
            ).stdout
        )
    assert len(found) == 1 and len(found.pop()) > 50


def test_every_package_that_reached_code_names_has_a_pin() -> None:
    pins = definitions.pinned()
    reached: set[str] = set()
    for script in SCRIPTS:
        for unit in GRAPH.script(script).units.values():
            reached |= Reached(GRAPH, [unit]).packages
    foreign = reached - sys.stdlib_module_names - {"rec_tutor", "course", "common"}
    assert {"numpy", "pandas", "torch"} <= foreign
    for package in foreign:
        names = definitions.DISTRIBUTIONS.get(package, [package.replace("_", "-")])
        assert set(names) <= set(pins), package
