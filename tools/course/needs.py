"""What a test cannot do without: where it is missing the test is skipped, and says what
to install.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Sequence

import pytest


def needs(*modules: str, extra: str = "", programs: Sequence[str] = ()) -> None:
    """Skip the test that calls this, or the whole module, unless all of these can be
    imported and started.

    Args:
        modules: top-level names, as in `import`.
        extra: the extra of pyproject.toml that brings them.
        programs: names of programs on the PATH.

    With RECTUTOR_REQUIRE=all, as in CI, what is missing is a failure instead, but for
    programs that RECTUTOR_WITHOUT names, which could not be installed there.
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    absent = [name for name in programs if shutil.which(name) is None]
    if not missing and not absent:
        return
    advice = [f"pip install -e '.[{extra}]'"] if missing and extra else []
    advice += [f"install the program {name}" for name in absent]
    message = f"needs {', '.join(missing + absent)}" + (
        f": {'; '.join(advice)}" if advice else ""
    )
    spared = os.environ.get("RECTUTOR_WITHOUT", "").split()
    if os.environ.get("RECTUTOR_REQUIRE") == "all" and not (
        absent and not missing and set(absent) <= set(spared)
    ):
        pytest.fail(f"{message} (RECTUTOR_REQUIRE=all)", pytrace=False)
    pytest.skip(message, allow_module_level=True)
