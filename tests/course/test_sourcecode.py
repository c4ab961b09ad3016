"""course.sourcecode: pieces of source code, found without importing anything."""

from pathlib import Path

import pytest

from course import sourcecode


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small package: rec_tutor.a uses b, and torch.mf uses a from inside a
    function.
    """
    files = {
        "rec_tutor/__init__.py": '"""Package."""\n',
        "rec_tutor/a.py": (
            "import numpy as np\nfrom . import b\n\ndef double(x):\n    return b.one(x)"
            " + x\n"
        ),
        "rec_tutor/b.py": (
            '"""B."""\n\n\ndef one(x):\n    """One."""\n    return x  # nothing\n'
        ),
        "rec_tutor/c.py": "",
        "rec_tutor/data/__init__.py": "from rec_tutor.data.table import read\n",
        "rec_tutor/data/table.py": "@staticmethod\ndef read():\n    return 1\n",
        "rec_tutor/torch/__init__.py": "",
        "rec_tutor/torch/mf.py": (
            "from ..a import double\n\n\nclass MF(Base):\n    def score(self, users:"
            " Users) -> list:\n        return [helper(n) for n in users] + [MF,"
            " self.k]\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_shown_source_is_the_definition_with_its_decorators(root: Path) -> None:
    assert (
        sourcecode.shown_source("rec_tutor.b.one", root)
        == '# rec_tutor/b.py\ndef one(x):\n    """One."""\n    return x  # nothing'
    )
    assert sourcecode.shown_source("rec_tutor.data.read", root).startswith(
        "# rec_tutor/data/table.py\n@staticmethod\ndef read()"
    )
    assert (
        sourcecode.shown_source("rec_tutor.torch.mf.MF.score", root)
        .splitlines()[1]
        .startswith("def score(")
    )


@pytest.mark.parametrize(
    "name", ["rec_tutor.b.two", "rec_tutor.nowhere", "numpy.array", "rec_tutor.a.np"]
)
def test_an_unknown_name_is_an_error_that_names_it(root: Path, name: str) -> None:
    with pytest.raises(LookupError, match=name):
        sourcecode.shown_source(name, root)


def test_free_names_of_a_class(root: Path) -> None:
    code = sourcecode.shown_source("rec_tutor.torch.mf.MF", root)
    assert sourcecode.free_names(code) == {"Base", "Users", "helper"}
    assert sourcecode.bound_names(code) == {"MF"}


def test_bound_names() -> None:
    code = (
        "import numpy as np\nfrom a.b import c\nx, y = 1, 2\n%time z = 3\ndef f():"
        " w = 1"
    )
    assert sourcecode.bound_names(code) == {"np", "c", "x", "y", "f"}
