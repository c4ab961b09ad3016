"""Imports point one way: a lower layer of the package never imports a higher one."""

import ast
from pathlib import Path

import pytest

from course.modules import PACKAGE, ROOT, imported

# From below. Modules of one layer do not import each other's.
LAYERS = (
    ("data", "plots", "results", "tables"),
    ("files",),
    ("inputs",),
    ("foldin", "interview"),
    ("evaluation",),
    ("baselines",),
    ("torch", "tensorflow"),
    ("decisions",),
    ("ensemble",),
    ("recipes",),
    ("advice",),
    ("check", "project"),
    ("paper",),
    ("grading",),
    ("cli",),
    ("recommend",),
)
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}


def rooms(root: Path) -> dict[Path, str]:
    """Every file of the package, and the room it is in."""
    files = sorted((root / PACKAGE).rglob("*.py"))
    return {
        file: file.relative_to(root / PACKAGE).parts[0].removesuffix(".py")
        for file in files
        if file != root / PACKAGE / "__init__.py"
    }


def upward(root: Path) -> list[str]:
    """The imports, also those inside functions, that point up or sideways."""
    found = []
    for file, room in rooms(root).items():
        package = ".".join(file.relative_to(root).parent.parts)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = set(imported(node, package).values())
            # `import rec_tutor.torch.mf` binds rec_tutor alone
            names |= {alias.name for alias in node.names}
            for name in sorted(names):
                parts = name.split(".")
                if parts[0] != PACKAGE or len(parts) < 2 or parts[1] == room:
                    continue
                if HEIGHT[parts[1]] >= HEIGHT[room]:
                    place = file.relative_to(root).as_posix()
                    found.append(f"{place}:{node.lineno} imports {name}")
    return found


def test_every_room_has_its_height():
    assert set(rooms(ROOT).values()) <= set(HEIGHT)


def test_imports_point_one_way():
    assert upward(ROOT) == []


@pytest.mark.parametrize(
    ("place", "line", "name"),
    [
        ("data/load.py", "from rec_tutor.inputs import matrix", "inputs.matrix"),
        ("inputs/graph.py", "from ..baselines.als import ALS", "baselines.als.ALS"),
        ("torch/mf.py", "import rec_tutor.tensorflow.mf", "tensorflow.mf"),
        ("evaluation/ranking.py", "from rec_tutor import torch", "torch"),
        (
            "baselines/als.py",
            "def fit():\n    from rec_tutor.decisions import worlds",
            "decisions.worlds",
        ),
    ],
)
def test_an_import_that_points_up_is_found(tmp_path, place, line, name):
    (tmp_path / PACKAGE / place).parent.mkdir(parents=True)
    (tmp_path / PACKAGE / "__init__.py").touch()
    (tmp_path / PACKAGE / place).write_text(
        "import numpy as np\nfrom rec_tutor.data import load\n" * ("data" not in place)
        + f"{line}\n"
    )
    (found,) = upward(tmp_path)
    assert found.startswith(f"{PACKAGE}/{place}:") and found.endswith(
        f"imports {PACKAGE}.{name}"
    )
