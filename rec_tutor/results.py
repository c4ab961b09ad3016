"""Results of long runs: what a notebook draws but has no time to compute.

Each comes from a script in `experiments/` and is kept with its seed, versions, seconds
and a hash of code.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
# in a clone, in an installed package
FOLDERS = [HERE.parent / "experiments" / "results", HERE / "_results"]


def read(name: str) -> dict[str, Any]:
    """Everything that experiments/NAME.py recorded.

    Raises:
        FileNotFoundError: for an unknown name.
    """
    for folder in FOLDERS:
        file = folder / f"{name}.json"
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))
    known = sorted({file.stem for folder in FOLDERS for file in folder.glob("*.json")})
    raise FileNotFoundError(
        f"There is no result called {name!r}. Known: {', '.join(known) or 'none'}."
    )


def load(name: str) -> pd.DataFrame:
    """The rows of a result, one per run: its settings, what was measured, and
    `seconds`.
    """
    return pd.DataFrame(read(name)["rows"])


def source(name: str) -> str:
    """One line that says where a result comes from."""
    result = read(name)
    versions = ", ".join(
        f"{package} {version}" for package, version in result["versions"].items()
    )
    minutes = max(1, round(result["seconds"] / 60))
    return (
        f"Computed by {result['script']} in {minutes} min: seed {result['seed']},"
        f" {versions}."
    )
