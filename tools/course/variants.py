"""The trained tests under other arithmetic: other instructions, other libraries, other
numbers of threads.

A processor with other instructions adds numbers up in another order, and a trained
number moves. `make variants` imitates such processors by environment variables. For
each variant it shows by the bits of a few operations that it took effect, runs the
tests of the libraries that compute otherwise, and says which assertions are the
tightest (see `margins`).

    python -m course variants                       all variants
    python -m course variants --only aten-default   some of them (--list names them)
    python -m course variants --seeds 5             other seeds: how much room is there?
    python -m course variants --notebooks           the notebooks, under three variants
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course import margins

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
# What a variant sets must not come from the shell.
VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "MKL_CBWR",
    "DNNL_MAX_CPU_ISA",
    "ONEDNN_MAX_CPU_ISA",
    "NPY_DISABLE_CPU_FEATURES",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "RECTUTOR_MARGINS",
    "RECTUTOR_SEED_SHIFT",
)


# numpy.show_config() prints these, but gives no other way to read them.
umath: Any = importlib.import_module(
    f"{'numpy._core' if hasattr(np, '_core') else 'numpy.core'}._multiarray_umath"
)


def numpy_features(keep: Sequence[str] = ()) -> str:
    """What NumPy may be told not to use on this processor, for
    NPY_DISABLE_CPU_FEATURES.
    """
    there = [
        name
        for name in umath.__cpu_dispatch__
        if umath.__cpu_features__.get(name) and name not in keep
    ]
    return " ".join(there)


@dataclass(frozen=True)
class Variant:
    """A name, what it sets, and the instructions (as NumPy calls them) without which it
    means nothing.
    """

    name: str
    sets: dict[str, str]
    needs: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Everything for `env=`: this process' own, then what is plain, then what the
        variant sets.
        """
        own = {key: value for key, value in os.environ.items() if key not in VARIABLES}
        return own | PLAIN | self.sets

    @property
    def lacking(self) -> bool:
        return bool(self.needs) and not umath.__cpu_features__.get(self.needs)


def isa(name: str) -> dict[str, str]:
    """oneDNN has two names for this variable."""
    return {"DNNL_MAX_CPU_ISA": name, "ONEDNN_MAX_CPU_ISA": name}


OLD = {"ATEN_CPU_CAPABILITY": "default", "NPY_DISABLE_CPU_FEATURES": numpy_features()}
TWO_THREADS = {
    "OMP_NUM_THREADS": "2",
    "TF_NUM_INTRAOP_THREADS": "2",
    "TF_NUM_INTEROP_THREADS": "2",
}
VARIANTS = (
    Variant("plain", {}),
    Variant("aten-default", {"ATEN_CPU_CAPABILITY": "default"}),
    Variant("aten-avx2", {"ATEN_CPU_CAPABILITY": "avx2"}, "AVX2"),
    Variant("aten-avx512", {"ATEN_CPU_CAPABILITY": "avx512"}, "AVX512F"),
    Variant("mkl-compatible", {"MKL_CBWR": "COMPATIBLE"}),
    Variant("mkl-avx2", {"MKL_CBWR": "AVX2"}, "AVX2"),
    Variant("mkl-avx512", {"MKL_CBWR": "AVX512"}, "AVX512F"),
    Variant("onednn-sse41", {**isa("SSE41"), "TF_ENABLE_ONEDNN_OPTS": "1"}),
    Variant("onednn-avx2", {**isa("AVX2"), "TF_ENABLE_ONEDNN_OPTS": "1"}, "AVX2"),
    Variant("numpy-baseline", {"NPY_DISABLE_CPU_FEATURES": numpy_features()}),
    Variant(
        "numpy-avx2",
        {"NPY_DISABLE_CPU_FEATURES": numpy_features(keep=("AVX2", "FMA3", "X86_V3"))},
        "AVX512F",
    ),
    Variant("tf-onednn", {"TF_ENABLE_ONEDNN_OPTS": "1"}),
    Variant(
        "one-thread", {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    ),
    Variant("two-threads", TWO_THREADS),
    Variant("old-processor", OLD | isa("SSE41") | {"MKL_CBWR": "COMPATIBLE"}),
)
# For what takes long: as it is, as on an old processor, and with oneDNN on two threads.
THREE = (
    VARIANTS[0],
    Variant("old", OLD),
    Variant("onednn-two-threads", TWO_THREADS | {"TF_ENABLE_ONEDNN_OPTS": "1"}),
)

# --- the proof: bits of a few operations on the same numbers ---

SETUP = """
import hashlib, json, os, numpy as np
rng = np.random.default_rng(0)
A, B = rng.normal(size=(2, 200, 200)).astype("f4")
large = rng.normal(size=(500, 500)).astype("f4")
a, b = A[:7, :64].copy(), B[:64, :5].copy()
images, filters = rng.normal(size=(4, 1, 28, 28)).astype("f4"), rng.normal(size=(32, 1, 3, 3)).astype("f4")
bits = lambda x: hashlib.sha256(np.ascontiguousarray(x).tobytes()).hexdigest()[:12]
"""
PROBES = {
    "numpy": (
        """
from numpy._core import _multiarray_umath as umath
says = " ".join(name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)) or "baseline only"
found = {"matmul": A @ B, "small matmul": a @ b, "sum": A.sum(axis=1), "sum of all": large.sum(), "exp": np.exp(A),
         "tanh": np.tanh(A), "log": np.log(np.abs(A)), "exp of doubles": np.exp(A.astype(float)),
         "dot of doubles": A.astype(float) @ B}
"""
    ),
    "torch": (
        """
import torch
from torch.nn import functional as F
x, y, i, f = (torch.tensor(part) for part in (A, B, images, filters))
torch.manual_seed(0)
lstm = torch.nn.LSTM(200, 16, batch_first=True)
says = f"{torch.backends.cpu.get_cpu_capability()}, {torch.get_num_threads()} thread(s)"
found = {"matmul": x @ y, "small matmul": torch.tensor(a) @ torch.tensor(b), "sum": x.sum(1),
         "sum of all": torch.tensor(large).sum(), "exp": x.exp(), "softmax": x.softmax(1), "tanh": x.tanh(),
         "layer norm": F.layer_norm(x, (200,)), "convolution": F.conv2d(i, f), "lstm": lstm(x[None])[0].detach()}
found = {name: value.numpy() for name, value in found.items()}
"""
    ),
    "tensorflow": (
        """
import tensorflow as tf
from tensorflow.python.util import _pywrap_util_port as port
x, y, i, f = (tf.constant(part) for part in (A, B, images.transpose(0, 2, 3, 1), filters.transpose(2, 3, 1, 0)))
tf.keras.utils.set_random_seed(0)
threads = os.environ.get("TF_NUM_INTRAOP_THREADS", "all")
says = f"oneDNN {'on' if port.IsMklEnabled() else 'off'}, {threads} thread(s)"
found = {"matmul": x @ y, "small matmul": tf.constant(a) @ tf.constant(b), "sum": tf.reduce_sum(x, 1),
         "sum of all": tf.reduce_sum(tf.constant(large)), "exp": tf.exp(x), "softmax": tf.nn.softmax(x),
         "tanh": tf.tanh(x), "convolution": tf.nn.conv2d(i, f, 1, "VALID"), "lstm": tf.keras.layers.LSTM(16)(x[None])}
found = {name: value.numpy() for name, value in found.items()}
"""
    ),
}


def probe(library: str, environment: dict[str, str]) -> dict[str, Any]:
    """What a library says of itself, and the bits of a few operations: {"says": …,
    "bits": {operation: hash}}.
    """
    code = (
        SETUP
        + PROBES[library]
        + 'print(json.dumps({"says": says, "bits": {k: bits(v) for k, v in'
        " found.items()}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        return {
            "says": "not there: " + (done.stderr.strip().splitlines() or ["?"])[-1],
            "bits": {},
        }
    return json.loads(done.stdout.strip().splitlines()[-1])


def effect(
    library: str, found: dict[str, Any], plain: dict[str, Any]
) -> tuple[bool, str]:
    """Whether it computes otherwise than plainly, and a line that says so."""
    other = [
        name for name, bits in found["bits"].items() if plain["bits"].get(name) != bits
    ]
    shown = f"other bits in {', '.join(other)}" if other else "no effect here"
    return bool(other), f"{library}: {found['says']}; {shown}"


# --- the runs ---

# The tests of these need no library's help to be exact, or test the tools.
IGNORED = ("tests/course", "tests/data")
# start both frameworks in processes of their own
SHELL = ("tests/test_parity.py", "tests/test_recommend.py")


def groups(changed: set[str]) -> dict[str, list[str]]:
    """pytest's arguments for the tests that stand on what changed, never two frameworks
    in one process.

    What NumPy hands to the models (drawn numbers, tables) is exact, so they are not
    trained again for its sake.
    """
    found = {}
    if "numpy" in changed:
        found["no framework"] = [
            "tests",
            "-m",
            "not site",
            *(f"--ignore={folder}" for folder in IGNORED),
        ]
    elif changed:
        found["parity and shell"] = list(SHELL)
    for framework in ("torch", "tensorflow"):
        if framework in changed:
            found[framework] = [
                "tests/models",
                f"tests/{framework}",
                "--framework",
                framework,
            ]
    return found


def run(
    arguments: Sequence[str], environment: dict[str, str], file: Path
) -> tuple[list[str], str]:
    """Run pytest there; the failures, and its last line."""
    file.unlink(missing_ok=True)
    paths = [str(ROOT / "tools"), str(ROOT), environment.get("PYTHONPATH", "")]
    more = {
        "RECTUTOR_MARGINS": str(file),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "course.margins_plugin",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=environment | more,
        capture_output=True,
        text=True,
    )
    failed = [
        line
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED ", "ERROR "))
    ]
    last = (done.stdout.strip().splitlines() or [done.stderr[-500:]])[-1]
    if done.returncode not in (0, 1) and not failed:
        failed = [f"ERROR pytest: {last}"]
    return failed, re.sub(r"=+", "", last).strip()


def described(row: dict[str, Any], move: float | None = None) -> str:
    """One assertion in a line: the margin in its unit, as a share of the larger side,
    and by how much it moved.
    """
    size = max(abs(row["left"]), abs(row["right"]))
    share = row["margin"] / size if row["kind"] == "gap" and size else row["margin"]
    unit = (
        f"{row['margin']:.3g} ({share:.1%})"
        if row["kind"] == "gap"
        else f"{share:.1%} of the tolerance left"
    )
    moved = "" if move is None else f", moved {move:.2g}"
    return f"{unit}{moved}: {row['where']} line {row['line']}: {row['text'][:100]}"


def tightest(rows: dict, plain: dict, number: int = 5) -> list[str]:
    """The assertions that this variant moved, those with the least margin per move
    first.
    """
    moved = [
        (row, abs(row["margin"] - plain[key]["margin"]))
        for key, row in rows.items()
        if key in plain
    ]
    moved = sorted(
        (pair for pair in moved if pair[1] > 0),
        key=lambda pair: pair[0]["margin"] / pair[1],
    )
    return [described(*pair) for pair in moved[:number]]


def room(rows: Sequence[dict[str, Any]]) -> float:
    """How many standard deviations lie between the mean of several runs and failure.

    Of two positive sides also by their logarithms, if that is more: what must only not
    be tiny scatters by factors.
    """
    sides = np.array([[row["left"], row["right"]] for row in rows])
    found = [np.array([row["margin"] for row in rows])]
    if rows[0]["kind"] == "gap" and (sides > 0).all():
        ratio = np.log(sides[:, 0] / sides[:, 1])
        found.append(ratio if found[0].sum() * ratio.sum() > 0 else -ratio)
    return max(
        part.mean() / part.std(ddof=1) if part.std() > 0 else np.inf for part in found
    )


def spreads(runs: list[dict], number: int = 40) -> list[str]:
    """Over runs with other seeds: the assertions with the least room."""
    lines = []
    for key in set.intersection(*(set(rows) for rows in runs)):
        rows = [run[key] for run in runs]
        margin = np.array([row["margin"] for row in rows])
        if margin.std() > 0:
            text = f"{key[0]} line {key[1]}: {key[2][:100]}"
            spread = margin.std(ddof=1)
            lines.append(
                (
                    room(rows),
                    (
                        f"{room(rows):6.1f} spreads; margin {margin.mean():.3g} ±"
                        f" {spread:.2g}: {text}"
                    ),
                )
            )
    return [line for _, line in sorted(lines)[:number]]


def say(text: str = "") -> None:
    print(text, flush=True)


def run_variants(
    chosen: Sequence[Variant],
    libraries: Sequence[str],
    folder: Path,
    everything: bool = False,
    more: Sequence[str] = (),
) -> int:
    say("plain, what the others are compared with:")
    plain = {library: probe(library, VARIANTS[0].environment) for library in libraries}
    for library in libraries:
        say(f"  {library}: {plain[library]['says']}")
    before: dict[tuple[str, int, str], dict[str, Any]] = {}
    total = 0
    for variant in chosen:
        sets = " ".join(f"{key}='{value}'" for key, value in variant.sets.items())
        say(f"\n{variant.name}: {sets or 'nothing set'}")
        if variant.lacking:
            say(f"  this processor lacks {variant.needs}")
            continue
        changed = set(libraries) if everything or not variant.sets else set()
        for library in libraries if variant.sets else ():
            other, line = effect(
                library, probe(library, variant.environment), plain[library]
            )
            say(f"  {line}")
            changed |= {library} if other else set()
        for name, arguments in groups(changed).items():
            file, started = (
                folder / f"{variant.name}.{name.replace(' ', '-')}.jsonl",
                time.perf_counter(),
            )
            failed, last = run([*arguments, *more], variant.environment, file)
            total += len(failed)
            say(f"  {name}: {last} [{time.perf_counter() - started:.0f} s]")
            for line in failed:
                say(f"    {line}")
            rows = margins.read(file)
            if not variant.sets:
                before |= rows
            for line in tightest(rows, before):
                say(f"    {line}")
    say(f"\n{total} failure(s)")
    return int(total > 0)


def run_seeds(
    number: int, libraries: Sequence[str], folder: Path, more: Sequence[str] = ()
) -> int:
    """The same tests with other seeds; failures are shown, and say that a threshold is
    tight.
    """
    for name, arguments in groups(set(libraries)).items():
        if name not in ("no framework", *libraries):
            continue
        runs = []
        for k in range(number):
            file = folder / f"seed-{k}.{name.replace(' ', '-')}.jsonl"
            environment = VARIANTS[0].environment | {
                "RECTUTOR_SEED_SHIFT": str(1000 * k)
            }
            failed, last = run([*arguments, *more], environment, file)
            say(f"{name}, seeds + {1000 * k}: {last}")
            for line in failed:
                say(f"    {line}")
            runs.append(margins.read(file))
        for line in spreads(runs):
            say(f"  {line}")
    return 0


def run_notebooks(only: str) -> int:
    total = 0
    found = [
        path
        for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
        if only in path.name and "colab" not in path.parts
    ]
    options = [
        "-p",
        "course.kernels",
        "--nbval-lax",
        "--nbval-current-env",
        "--nbval-cell-timeout",
        "600",
    ]
    for variant in THREE:
        with tempfile.TemporaryDirectory() as folder:
            failed, last = run(
                [*options, *map(str, found)], variant.environment, Path(folder) / "none"
            )
        say(f"{variant.name}: {last}")
        for line in failed:
            say(f"    {line}")
        total += len(failed)
    return int(total > 0)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course variants", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="plain and this one; may be repeated",
    )
    parser.add_argument(
        "--library",
        action="append",
        choices=tuple(PROBES),
        help="only the tests that stand on it",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="run the tests also where a variant has no effect",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=0,
        metavar="N",
        help="instead: N runs with other seeds",
    )
    parser.add_argument(
        "-k", default="", metavar="EXPRESSION", help="only these tests, as in pytest"
    )
    parser.add_argument(
        "--notebooks",
        nargs="?",
        const="",
        metavar="PART",
        help="instead: notebooks with PART in their name",
    )
    parser.add_argument(
        "--folder", type=Path, help="keep the margins of all runs there"
    )
    parser.add_argument("--list", action="store_true", help="name the variants")
    options = parser.parse_args(argv)
    names = [variant.name for variant in VARIANTS]
    unknown = sorted(set(options.only) - set(names))
    if unknown:
        parser.error(f"no variant {', '.join(unknown)}; there are {', '.join(names)}")
    if options.list:
        for variant in VARIANTS:
            say(
                f"{variant.name:<18}{' '.join(f'{k}={v!r}' for k, v in variant.sets.items())}"
            )
        return 0
    if options.notebooks is not None:
        return run_notebooks(options.notebooks)
    libraries = options.library or list(PROBES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        more = ["-k", options.k] if options.k else []
        if options.seeds:
            return run_seeds(options.seeds, libraries, folder, more)
        chosen = [
            v
            for v in VARIANTS
            if not options.only or v.name in options.only or not v.sets
        ]
        return run_variants(chosen, libraries, folder, options.all, more)


if __name__ == "__main__":
    sys.exit(main())
