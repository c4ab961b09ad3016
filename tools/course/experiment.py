"""What every experiment shares: run the rows, record where they come from, find out whether they still hold.

A script is short: a function that measures one row, the rows, and a call of `run`. See README.md.

    python -m course experiments                 run all experiments again
    python -m course experiments 02_sampled      those whose names begin like this
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from course.definitions import short
from course.modules import ROOT

PACKAGES = ["numpy", "scipy", "torch", "tensorflow", "keras"]


def code_hash(script: Path) -> str:
    """A hash of the script and of the files of rec_tutor that it uses."""
    return short(script.read_text(encoding="utf-8"))


def timed(measure: Callable[..., Mapping[str, Any]], row: Mapping[str, Any], seed: int) -> dict[str, Any]:
    start = time.perf_counter()
    measured = measure(**{"seed": seed, **row})
    full = {**row, **measured, "seconds": round(time.perf_counter() - start, 1)}
    return json.loads(json.dumps(full, default=lambda number: number.item()))  # plain numbers, as stored


def differences(old: Mapping[str, Any], new: Mapping[str, Any], rtol: float, atol: float) -> list[str]:
    """Which values of a row changed by more than machines differ."""
    found = []
    for key in sorted((old.keys() | new.keys()) - {"seconds"}):
        a, b = old.get(key), new.get(key)
        if isinstance(a, float) and isinstance(b, float):
            same = math.isclose(a, b, rel_tol=rtol, abs_tol=atol) or (math.isnan(a) and math.isnan(b))
        else:
            same = a == b
        if not same:
            found.append(f"{key} is {b}, recorded was {a}")
    return found


def run(
    script: str,
    measure: Callable[..., Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    *,
    seed: int = 0,
    small: int = 0,
    rtol: float = 0.02,
    atol: float = 0.002,
) -> None:
    """Run an experiment, or with `--check` hold its result against the code.

    Args:
        script: `__file__` of the caller, experiments/NN_name.py.
        measure: called with the settings of a row and `seed`; returns what it measured, as plain numbers.
        rows: the settings, one dict per row; a row may bring its own seed.
        small: which row is quick enough for every `make test`.
        rtol, atol: how far that row may be off on another machine.
    """
    parser = argparse.ArgumentParser(description=f"Writes results/{Path(script).stem}.json.")
    parser.add_argument("--check", action="store_true", help="does the result belong to this code?")
    parser.add_argument("--small", action="store_true", help="run the small row only and print it")
    options = parser.parse_args()
    path = Path(script).resolve()
    result = path.parent / "results" / f"{path.stem}.json"
    name = f"{path.parent.name}/{path.name}"
    if options.check:
        if not result.is_file():
            sys.exit(f"{name} has no result yet: python {name}")
        stored = json.loads(result.read_text(encoding="utf-8"))
        if stored["code"] != code_hash(path):
            sys.exit(f"{name}: the code changed since its result was made: python {name}")
        wrong = differences(stored["rows"][small], timed(measure, rows[small], seed), rtol, atol)
        sys.exit(f"{name}, row {small}: {'; '.join(wrong)}" if wrong else 0)
    if options.small:
        print(json.dumps(timed(measure, rows[small], seed), indent=1))
        return
    done, start = [], time.perf_counter()
    for number, row in enumerate(rows, start=1):
        done.append(timed(measure, row, seed))
        print(f"{number}/{len(rows)}", done[-1], file=sys.stderr, flush=True)
    versions = {"python": platform.python_version()}
    versions |= {package: sys.modules[package].__version__ for package in PACKAGES if package in sys.modules}
    record = {
        "script": name,
        "seed": seed,
        "seconds": round(time.perf_counter() - start, 1),
        "versions": versions,
        "code": code_hash(path),
        "rows": done,
    }
    result.parent.mkdir(exist_ok=True)
    temporary = result.with_suffix(".tmp")
    temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, result)


def scripts(folder: Path = ROOT / "experiments") -> list[Path]:
    """All experiments: experiments/NN_name.py."""
    return sorted(folder.glob("[0-9][0-9]_*.py"))


def main(arguments: Sequence[str] | None = None) -> int:
    names = sys.argv[1:] if arguments is None else arguments
    wanted = [path for path in scripts() if not names or path.stem.startswith(tuple(names))]
    if not wanted:
        sys.exit(f"no such experiment; there are: {' '.join(path.stem for path in scripts()) or 'none'}")
    return max(subprocess.run([sys.executable, str(path)]).returncode for path in wanted)


if __name__ == "__main__":
    sys.exit(main())
