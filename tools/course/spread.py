"""How much room has each assertion of a notebook, in units of what another computer or
another seed would move it?

    python -m course.spread notebooks/torch/07_mf.ipynb --variants plain old onednn
    --shifts 0 1000 2000 --out FOLDER

runs the notebooks, writes nothing into them, goes on after an assertion that fails,
keeps one JSON file per run in FOLDER (what is there is not run again) and prints a
table, the tightest first. Of each comparison it knows the margin, the distance to where
it would fail. Its spread is the standard deviation of that margin over the shifts of
the seed (of each the plain arithmetic's, where it ran), or the largest move between
arithmetics at one shift if that is larger; its room is the mean margin in spreads.
Under three it is flagged.

Seeds are shifted where numbers are trained: in every generator and initialiser of
PyTorch and Keras, and in NumPy's where `rec_tutor`'s models, samplers of batches, word
windows and agents ask for one. Splits, baselines, simulated worlds and what a cell
itself draws (the user who is shown, a bootstrap) stay the same.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import operator
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from course.variants import numpy_features

ENOUGH = 3  # spreads
SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
}
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
PLAIN = {
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
# packages and modules of rec_tutor
SHIFTED = {"torch", "tensorflow", "sampling", "text", "learning"}


def variants() -> dict[str, dict[str, str]]:
    """Environments that make one machine calculate like others: the variables
    of each.
    """
    old = {
        "ATEN_CPU_CAPABILITY": "default",
        "NPY_DISABLE_CPU_FEATURES": numpy_features(),
    }
    old |= {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
    return {
        "plain": PLAIN,
        "old": PLAIN | old,
        "onednn": PLAIN | {"TF_ENABLE_ONEDNN_OPTS": "1", "OMP_NUM_THREADS": "2"},
    }


# -- inside the kernel
# ------------------------------------------------------------------------------


class Recorder:
    """What instrumented cells call: each method returns what the plain code would, and
    adds a row to a file.
    """

    def __init__(self, file: str):
        self.file, self.cell = file, ""

    def names(self) -> dict[str, Any]:
        return {
            "__margin__": self.margin,
            "__verdict__": self.verdict,
            "__close__": self.close,
            "__best__": self.best,
            "__steps__": self.steps,
            "__recorder__": self,
        }

    def write(self, line: int, text: str, **values: Any) -> None:
        with open(self.file, "a", encoding="utf-8") as out:
            out.write(
                json.dumps({"where": self.cell, "line": line, "text": text, **values})
                + "\n"
            )

    def margin(self, values: list[Any], signs: list[str], line: int, text: str) -> Any:
        """`a < b <= c`, of arrays where it is tightest; equality has no margin."""
        result: Any = True
        for left, sign, right in zip(values, signs, values[1:], strict=False):
            outcome = COMPARE[sign](left, right)
            result = outcome if len(signs) == 1 else result and outcome
            kinds = {np.asarray(side).dtype.kind for side in (left, right)}
            if sign != "==" and kinds <= set("fiu"):
                a, b = np.broadcast_arrays(
                    np.asarray(left, float), np.asarray(right, float)
                )
                gap = (a - b if ">" in sign else b - a).ravel()
                if np.isfinite(gap).any():
                    at = np.nanargmin(gap)
                    numbers = a.ravel()[at], b.ravel()[at], gap[at]
                    self.write(
                        line,
                        text,
                        **dict(
                            zip(
                                ("left", "right", "margin"),
                                map(float, numbers),
                                strict=True,
                            )
                        ),
                    )
        return result

    def verdict(self, outcome: Any, line: int, text: str) -> None:
        self.write(line, text, passed=bool(outcome))

    def close(
        self, compare: Callable, line: int, text: str, a: Any, b: Any, **options: float
    ) -> Any:
        """`np.allclose` and `np.isclose`: what is left of the tolerance, as a share,
        where least is left.
        """
        x, y = np.asarray(a, float), np.asarray(b, float)
        tolerance = options.get("atol", 1e-8) + options.get("rtol", 1e-5) * np.abs(y)
        if x.size and y.size:
            used = np.abs(x - y) / np.maximum(tolerance, np.finfo(float).tiny)
            self.write(
                line,
                text,
                left=float(used.max()),
                right=1.0,
                margin=float(1 - used.max()),
            )
        return compare(a, b, **options)

    def best(self, values: Any, method: str, line: int, text: str) -> Any:
        """`x.idxmax()` and the like: by how much the first is ahead of the second."""
        with contextlib.suppress(TypeError, ValueError):
            array = np.asarray(values, float)
            array = np.sort(array[np.isfinite(array)]) * (1 if "max" in method else -1)
            if array.size > 1:
                first, second = np.sort(array)[[-1, -2]]
                self.write(
                    line,
                    text,
                    left=float(first),
                    right=float(second),
                    margin=float(first - second),
                )
        return getattr(values, method)()

    def steps(self, values: Any, name: str, line: int, text: str) -> Any:
        """`x.is_monotonic_increasing`: the smallest step in the direction that is
        claimed.
        """
        with contextlib.suppress(TypeError, ValueError):
            step = np.diff(np.asarray(values, float)) * (
                1 if "increasing" in name else -1
            )
            if step.size:
                self.write(
                    line,
                    text,
                    left=float(step.min()),
                    right=0.0,
                    margin=float(step.min()),
                )
        return getattr(values, name)


class _Instrument(ast.NodeTransformer):
    """Asserts become calls of `__verdict__`, one for each part of an `and`; what
    decides them is recorded.
    """

    # "assert", or the comparison we are in: "order", "equal", or "count" where its
    # parts are counted
    around = ""

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        together = isinstance(node.test, ast.BoolOp) and isinstance(
            node.test.op, ast.And
        )
        calls: list[ast.stmt] = []
        for part in node.test.values if together else [node.test]:  # type: ignore[attr-defined]
            text = ast.unparse(part)
            calls.append(
                ast.Expr(
                    _call("__verdict__", self.within("assert", part), node.lineno, text)
                )
            )
        return calls

    def within(self, around: str, node: ast.expr) -> ast.expr:
        before, self.around = self.around, around
        new = self.visit(node)
        self.around = before
        return new

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if (
            not self.around
            or self.around == "count"
            or not all(type(op) in SIGNS for op in node.ops)
        ):
            return self.generic_visit(node)
        text, signs = ast.unparse(node), [SIGNS[type(op)] for op in node.ops]
        around = "equal" if "==" in signs else "order"
        sides = [self.within(around, side) for side in (node.left, *node.comparators)]
        lists = (
            ast.List(sides, ast.Load()),
            ast.List([ast.Constant(sign) for sign in signs], ast.Load()),
        )
        return _call("__margin__", *lists, node.lineno, text)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not self.around or not isinstance(node.func, ast.Attribute):
            return self.generic_visit(node)
        text, name, around = ast.unparse(node), node.func.attr, self.around
        if name not in ("all", "any") and around in ("order", "equal"):
            # of `(x > 3).mean() > 0.5` the outer comparison decides
            self.around = "count"
        self.generic_visit(node)
        self.around = around
        if name in ("allclose", "isclose") and len(node.args) == 2:
            call = _call("__close__", node.func, node.lineno, text)
            return ast.Call(call.func, [*call.args, *node.args], node.keywords)
        plain = (
            name in ("idxmax", "idxmin", "argmax", "argmin")
            and not node.args
            and not node.keywords
        )
        return (
            _call("__best__", node.func.value, name, node.lineno, text)
            if plain and around == "equal"
            else node
        )

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        text = ast.unparse(node)
        self.generic_visit(node)
        if self.around and node.attr.startswith("is_monotonic"):
            return _call("__steps__", node.value, node.attr, node.lineno, text)
        return node


def _call(name: str, *arguments: Any) -> ast.Call:
    made = [
        argument if isinstance(argument, ast.AST) else ast.Constant(argument)
        for argument in arguments
    ]
    return ast.Call(ast.Name(name, ast.Load()), made, [])  # type: ignore[arg-type]


def instrumented(source: str, cell: str) -> str:
    """A cell's code with recorded asserts; a cell without any stays as it is."""
    if "assert" not in source:
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    # %-lines become calls
    tree = ast.parse(TransformerManager().transform_cell(source))
    new = _Instrument().visit(tree)
    return (
        f"__recorder__.cell = {cell!r}\n{ast.unparse(ast.fix_missing_locations(new))}"
    )


def start(file: str, shift: int, framework: str) -> dict[str, Any]:
    """Called by the kernel before the first cell: shifts the seeds; returns the names
    that instrumented cells use.
    """
    if shift:
        _shift_numpy(shift)
        if framework == "torch":
            _shift_torch(shift)
        if framework == "tensorflow":
            _shift_keras(shift)
    return Recorder(file).names()


def _shift_numpy(shift: int) -> None:
    plain = np.random.default_rng

    def default_rng(seed: Any = None) -> np.random.Generator:
        caller = sys._getframe(1).f_globals.get("__name__", "").split(".")
        if (
            isinstance(seed, int | np.integer)
            and caller[0] == "rec_tutor"
            and not SHIFTED.isdisjoint(caller)
        ):
            seed = int(seed) + shift
        return plain(seed)

    np.random.default_rng = default_rng


def _shift_torch(shift: int) -> None:
    import torch

    plain = torch.manual_seed

    class Generator(torch.Generator):
        def manual_seed(self, seed: int) -> Any:
            super().manual_seed(seed + shift)
            return self

    torch.Generator = Generator
    torch.manual_seed = lambda seed: plain(seed + shift)


def _shift_keras(shift: int) -> None:
    import keras
    from keras.src.initializers.random_initializers import RandomInitializer

    def shifted(plain: Callable) -> Callable:
        def init(self: Any, seed: Any = None, **options: Any) -> None:
            plain(self, seed + shift if isinstance(seed, int) else seed, **options)

        return init

    for owner in (RandomInitializer, keras.random.SeedGenerator):
        owner.__init__ = shifted(owner.__init__)
    plain = keras.utils.set_random_seed
    keras.utils.set_random_seed = lambda seed: plain(seed + shift)


# -- outside
# ------------------------------------------------------------------------------


def run(
    path: Path, environment: dict[str, str], shift: int, timeout: int = 1800
) -> dict[str, Any]:
    """Execute a notebook in a fresh kernel: its rows, the outputs that must be exact,
    its errors, seconds.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    notebook = nbformat.read(path, as_version=4)
    framework = path.parent.name if path.parent.name in ("torch", "tensorflow") else ""
    with (
        tempfile.TemporaryDirectory(prefix="spread-") as folder,
        _variables(environment),
    ):
        rows = Path(folder, "rows.jsonl")
        rows.touch()
        tools = str(Path(__file__).resolve().parents[1])
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = instrumented(cell.source, cell.id)
        first = f"import sys\nsys.path.append({tools!r})\nfrom course import spread\n"
        first += (
            f"globals().update(spread.start({str(rows)!r}, {shift},"
            f" {framework!r}))\ndel spread"
        )
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
        sockets = (
            {"transport": "ipc", "connection_file": f"{folder}/kernel.json"}
            if os.name == "posix"
            else {}
        )
        client = NotebookClient(
            notebook,
            config=Config({"KernelManager": sockets}),
            kernel_name="python3",
            timeout=timeout,
            allow_errors=True,
            coalesce_streams=True,
            resources={"metadata": {"path": str(path.parent.resolve())}},
        )
        begin = time.perf_counter()
        client.execute()
        seconds = time.perf_counter() - begin
        found = [
            json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()
        ]
    exact: dict[str, str] = {}
    errors = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                errors.append(f"{cell.id}: {output.ename}: {output.evalue}")
            elif (
                "nbval-check-output" in cell.metadata.get("tags", [])
                and output.get("name") != "stderr"
            ):
                text = output.get("text") or output.get("data", {}).get(
                    "text/plain", ""
                )
                exact[cell.id] = exact.get(cell.id, "") + text
    return {"rows": found, "exact": exact, "errors": errors, "seconds": seconds}


@contextlib.contextmanager
def _variables(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def table(runs: dict[tuple[str, str, int], dict[str, Any]]) -> pd.DataFrame:
    """One line per assertion on numbers, the tightest first, from {(notebook, variant,
    shift): what `run` returned}.
    """
    lines = []
    for (notebook, variant, shift), found in runs.items():
        times: dict[tuple, int] = {}
        wrong = {
            (row["where"], row["line"])
            for row in found["rows"]
            if row.get("passed") is False
        }
        for row in found["rows"]:
            key = (notebook, row["where"], row["line"], row["text"])
            if "margin" in row:
                times[key] = times.get(key, -1) + 1
                # where the assertion held, a margin under 0 belongs to a comparison
                # that had to be false
                margin = (
                    row["margin"]
                    if (row["where"], row["line"]) in wrong
                    else abs(row["margin"])
                )
                lines.append(
                    (
                        *key,
                        times[key],
                        variant,
                        shift,
                        row["left"],
                        row["right"],
                        margin,
                    )
                )
    names = [
        "notebook",
        "cell",
        "line",
        "text",
        "time",
        "variant",
        "shift",
        "left",
        "right",
        "margin",
    ]
    rows, results = pd.DataFrame(lines, columns=names), []
    for key, group in rows.groupby(names[:5], sort=False):
        # the plain arithmetic's
        first = group.sort_values("variant", key=lambda v: v != "plain", kind="stable")
        by_shift = first.drop_duplicates("shift")["margin"]
        seeds = by_shift.std() if len(by_shift) > 1 else 0.0
        move = max(float(np.ptp(part["margin"])) for _, part in group.groupby("shift"))
        middle, spread = group["margin"].mean(), max(seeds, move)
        room = middle / spread if spread > 0 else (np.inf if middle >= 0 else -np.inf)
        shown = first.iloc[0]
        results.append(
            (
                *key,
                len(group),
                shown["left"],
                shown["right"],
                middle,
                group["margin"].min(),
                seeds,
                move,
                room,
            )
        )
    more = ["runs", "left", "right", "mean", "worst", "seeds", "arithmetic", "room"]
    every = pd.DataFrame(results, columns=names[:5] + more)
    # an assertion in a loop: the time it was tightest
    return every.sort_values("room").drop_duplicates(names[:4]).reset_index(drop=True)


def failures(runs: dict[tuple[str, str, int], dict[str, Any]]) -> list[str]:
    """Assertions that did not hold, cells that stopped, and exact outputs that differ
    between arithmetics.
    """
    found = []
    for (notebook, variant, shift), result in runs.items():
        place = f"{notebook} ({variant}, {shift})"
        wrong = {
            (r["where"], r["line"], r["text"])
            for r in result["rows"]
            if r.get("passed") is False
        }
        found += [
            f"{place} {cell}:{line}: failed: {text}"
            for cell, line, text in sorted(wrong)
        ]
        found += [f"{place} {error}" for error in result["errors"]]
        reference = runs.get((notebook, "plain", shift), result)["exact"]
        for cell, text in result["exact"].items():
            if text != reference.get(cell):
                found.append(
                    f"{place} {cell}: its exact output differs from the plain"
                    " arithmetic's"
                )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument(
        "--variants", nargs="+", default=["plain"], choices=list(variants())
    )
    shift = int(os.environ.get("RECTUTOR_SEED_SHIFT", "0"))
    parser.add_argument(
        "--shifts",
        nargs="+",
        type=int,
        default=[shift],
        help="default: $RECTUTOR_SEED_SHIFT, or 0",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder with one file per run"
    )
    parser.add_argument(
        "--rows", type=int, default=30, help="lines of the table (default 30)"
    )
    options = parser.parse_args(arguments)
    for variant in options.variants:
        for shift in options.shifts:
            for path in options.notebooks:
                file = _file(options.out, path, variant, shift)
                if not file.is_file():
                    file.parent.mkdir(parents=True, exist_ok=True)
                    result = run(path, variants()[variant], shift)
                    file.write_text(json.dumps(result), encoding="utf-8")
                    print(
                        f"{_name(path)} ({variant}, {shift}):"
                        f" {result['seconds']:.0f} s",
                        flush=True,
                    )
    runs = collect(options.out, [_name(path) for path in options.notebooks])
    for line in failures(runs):
        print(line)
    found = table(runs)
    for row in found.head(options.rows).itertuples():
        flag = "TIGHT" if row.room < ENOUGH else ""
        print(
            f"{row.room:8.1f} {flag:5} {row.notebook} {row.cell}:{row.line}"
            f" {row.text}\n{'':15}{row.left:.5g} against {row.right:.5g}; margin"
            f" {row.mean:.3g}, least {row.worst:.3g}; seeds {row.seeds:.2g}, arithmetic"
            f" {row.arithmetic:.2g} ({row.runs} runs)"
        )
    tight = int((found["room"] < ENOUGH).sum())
    print(
        f"{len(found)} assertions on numbers, {tight} with less than {ENOUGH} spreads"
        " of room"
    )
    return int(tight > 0)


def _name(path: Path) -> str:
    """torch/07_mf"""
    return (
        f"{path.parent.name}/{path.stem}"
        if path.parent.name in ("torch", "tensorflow")
        else path.stem
    )


def _file(folder: Path, path: Path, variant: str, shift: int) -> Path:
    return folder / f"{variant}-{shift}" / (_name(path).replace("/", "-") + ".json")


def collect(
    folder: Path, notebooks: Sequence[str]
) -> dict[tuple[str, str, int], dict[str, Any]]:
    """All runs of some notebooks that a folder holds."""
    runs = {}
    for notebook in notebooks:
        for file in sorted(folder.glob(f"*/{notebook.replace('/', '-')}.json")):
            variant, _, shift = file.parent.name.partition("-")
            runs[notebook, variant, int(shift)] = json.loads(
                file.read_text(encoding="utf-8")
            )
    return runs


if __name__ == "__main__":
    sys.exit(main())
