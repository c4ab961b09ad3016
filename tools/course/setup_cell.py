"""The first code cell of every notebook: install what is missing, then say which
versions run, and where.

The package comes from where it is; else from a wheel that lies beside the notebook (or
was uploaded, as on Colab); else from the repository's address. Never by its bare name:
on PyPI that name belongs to whoever takes it. Libraries that are missing are installed
by their own names, so a wheel without extras is enough.
"""

from __future__ import annotations

FRAMEWORKS = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
# An extra that a chapter may need -> the modules that it brings. Their names are also
# what pip calls them.
NEEDS = {
    "text": ["tokenizers", "safetensors"],
    "graph": ["torch_geometric"],
    "rl": ["gymnasium"],
}

CELL = """\
# Install what is missing, as on Colab. (A mere folder of that name has no origin.)
import platform
from glob import glob
from importlib.util import find_spec

needed = [{needed}]
missing = [name for name in needed if not getattr(find_spec(name), "origin", None)]
if "rec_tutor" in missing:  # from a wheel beside this notebook, else from its address
    missing[0] = (sorted(glob("rec_tutor-*.whl")) or ["git+{address}"])[-1]
if missing:
    %pip install --quiet {{" ".join(missing)}}

{imports}

{report}"""


def setup_cell(framework: str, address: str, more: str = "") -> str:
    """The cell for a framework, or "" for a chapter without one.

    Args:
        address: of the repository, https://….
        more: an extra of NEEDS that the chapter also needs; `graph` exists for PyTorch
            only.
    """
    needed, imports = ["rec_tutor"], "import numpy as np"
    versions = '"Python", platform.python_version(), "· NumPy", np.__version__'
    report = f"print({versions})"
    if framework:
        extra = (
            NEEDS[more] if more and (more, framework) != ("graph", "tensorflow") else []
        )
        needed += [framework, *extra]
        imports += f"\nimport {framework}\n\nfrom rec_tutor.{framework} import training"
        report = (
            f'print({versions},\n      "· {FRAMEWORKS[framework]}",'
            f' {framework}.__version__, "· device", '
        )
        report += "training.device())"
    names = ", ".join(f'"{name}"' for name in needed)
    return CELL.format(needed=names, address=address, imports=imports, report=report)
