"""What every experiment shares: measure its rows, keep those whose code is the same,
find out whether they still hold.

A script is short: functions that measure one row each (its PARTS), the rows, small
rows, and a call of `run`; see experiments/README.md. Every row has a key, which says
what it was measured with: a digest of all definitions that its part's function reaches,
and a hash of the row's settings and seed.

    python -m course experiments                 measure what is missing or stale
    python -m course experiments 07 --jobs 2     of some only, in two processes
    python -m course experiments --stale         which rows are stale; runs nothing
    python -m course experiments --check         do the small rows come out again?
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import math
import os
import platform
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.definitions import digest
from course.modules import ROOT

PACKAGES = ["numpy", "scipy", "sklearn", "torch", "tensorflow", "keras"]
# seconds: `--accept` draws among rows that were measured in less, if there are any
LIMIT = 180.0

Row = dict[str, Any]
Tolerance = tuple[float, float]  # relative, absolute
EXACT: dict[str, Tolerance] = {"*": (0.0, 0.0)}
# Of a full row: long trainings carry rounding far. A p-value follows from a difference
# and its interval, which are compared; where both are near 0 it may be anything.
FULL: dict[str, Tolerance] = {"*": (0.02, 0.005), "p": (0.0, 1.0)}
# Of a small row, see `watched`. A metric of ranks jumps when two items of nearly the
# same score change places.
SMALL: dict[str, Tolerance] = {
    "*": (0.02, 0.005),
    "losses": (1e-5, 0.0),
    "loss": (1e-5, 0.0),
    "listed": (3e-5, 0.0),
    "asked": (1e-4, 2e-6),
}
# Of a NeuMF that a softmax or differences train: they leave its last bias alone, what
# little moves it is rounding, and it moves all scores.
SHIFTED: dict[str, Tolerance] = {"listed": (0.0, 0.05), "asked": (0.0, 0.05)}


def settings_hash(row: Mapping[str, Any], seed: int) -> str:
    return hashlib.sha256(json.dumps([row, seed], sort_keys=True).encode()).hexdigest()[
        :12
    ]


def parts_of(script: Path) -> dict[str, str]:
    """Part -> name of its function, read from the script's PARTS = {"part": function,
    …} without running it.
    """
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [getattr(node, "target", None)]
        )
        if any(
            isinstance(target, ast.Name) and target.id == "PARTS" for target in targets
        ):
            value = getattr(node, "value", None)
            if isinstance(value, ast.Dict) and all(
                isinstance(function, ast.Name) for function in value.values
            ):
                names = zip(value.keys, value.values, strict=True)
                return {ast.literal_eval(k): v.id for k, v in names}  # type: ignore
    raise LookupError(f'{script.name} has no PARTS = {{"part": function, …}}')


# --- numbers ---


def plain(value: Any) -> Any:
    """As JSON stores it: lists for tuples, Python's numbers for NumPy's."""
    return json.loads(json.dumps(value, default=lambda number: number.item()))


def differences(
    old: Any, new: Any, tolerance: Mapping[str, Tolerance] = EXACT, where: str = ""
) -> list[tuple[str, Any, Any, float]]:
    """Where two rows differ by more than the tolerance: name, old, new, and the
    relative difference.

    Args:
        tolerance: by name of the number, (relative, absolute); "*" for all others.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = [
            (name, old.get(name), new.get(name))
            for name in sorted((old.keys() | new.keys()) - {"seconds"})
        ]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [
            (f"{where}[{k}]", a, b)
            for k, (a, b) in enumerate(zip(old, new, strict=True))
        ]
    elif (
        isinstance(old, float | int)
        and isinstance(new, float | int)
        and not (math.isnan(old) and math.isnan(new))
    ):
        relative, absolute = tolerance.get(where.partition("[")[0], tolerance["*"])
        if math.isclose(old, new, rel_tol=relative, abs_tol=absolute):
            return []
        return [(where, old, new, abs(old - new) / max(abs(old), abs(new)))]
    else:
        # two NaNs
        same = old == new or (isinstance(old, float) and isinstance(new, float))
        return [] if same else [(where, old, new, math.inf)]
    return [
        found for name, a, b in pairs for found in differences(a, b, tolerance, name)
    ]


def told(apart: Sequence[tuple[str, Any, Any, float]]) -> str:
    lines = [f"{name} is {new}, recorded was {old}" for name, old, new, _ in apart]
    return "; ".join(lines[:4]) + (
        f"; and {len(lines) - 4} more" if len(lines) > 4 else ""
    )


@contextmanager
def watched() -> Iterator[dict[str, list[float]]]:
    """Note smooth numbers on the way: what each training and each ranking came to.

    A mean NDCG jumps when two films change places, so a small row of few users would
    need a wide tolerance. A mean
    does not: `losses` are those of the last epoch of each training (or of a DQN's last
    steps), `listed` the mean scores of what was recommended, `asked` those of what the
    test asks for. A shifted id or a film that should have been left out moves them.
    """
    import numpy as np

    from rec_tutor.inputs.matrix import interaction_matrix

    notes: dict[str, list[float]] = {"losses": [], "listed": [], "asked": []}

    class Scorer:
        def __init__(self, model: Any, test: Any, num_items: int):
            self.model, self.sum, self.number = model, 0.0, 0
            self.asked = interaction_matrix(
                test, int(test["user"].max()) + 1, num_items
            )

        def score(self, users: np.ndarray, histories: Any = None) -> np.ndarray:
            scores = np.asarray(self.model.score(users, histories))
            chosen = scores[self.asked[users].nonzero()]
            self.sum += float(chosen[np.isfinite(chosen)].sum(dtype=np.float64))
            self.number += len(chosen)
            return scores

    def fit(*args: Any, **settings: Any) -> Any:
        history = originals["fit"](*args, **settings)
        notes["losses"].append(float(history["loss"].iloc[-1]))
        return history

    def train(*args: Any, **settings: Any) -> Any:
        history = originals["train"](*args, **settings)
        notes["losses"] += [
            float(history[name].iloc[-1]) for name in history if name.startswith("loss")
        ]
        return history

    def top_k(*args: Any, **settings: Any) -> Any:
        items, scores = originals["top_k"](*args, **settings)
        notes["listed"].append(
            float(scores[np.isfinite(scores)].mean(dtype=np.float64))
        )
        return items, scores

    def evaluate(model: Any, test: Any, *, seen: Any, **settings: Any) -> Any:
        scorer = Scorer(model, test, seen.shape[1])
        found = originals["evaluate"](scorer, test, seen=seen, **settings)
        notes["asked"].append(scorer.sum / scorer.number)
        return found

    found = {
        "rec_tutor.torch.training": (fit,),
        "rec_tutor.decisions.learning": (train,),
        "rec_tutor.evaluation.ranking": (top_k, evaluate),
    }
    originals: dict[str, Any] = {}
    places = []
    for home, functions in found.items():
        for function in functions if home in sys.modules else ():
            name = function.__name__
            originals[name] = original = getattr(sys.modules[home], name)
            # wherever it was imported to
            places += [
                (module, name, function)
                for module in list(sys.modules.values())
                if vars(module).get(name) is original
            ]
    for module, name, function in places:
        setattr(module, name, function)
    try:
        yield notes
    finally:
        for module, name, _ in places:
            setattr(module, name, originals[name])


# --- one experiment ---


@dataclass
class Experiment:
    """See `run`."""

    path: Path
    parts: Mapping[str, Callable[..., Mapping[str, Any]]]
    rows: Sequence[Row]
    small: Sequence[Row]
    seed: int
    tolerance: Mapping[str, Tolerance | dict[str, Tolerance]]
    full: Mapping[str, Tolerance]
    rests_on: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        self.name = f"{self.path.parent.name}/{self.path.name}"
        self.result = self.path.parent / "results" / f"{self.path.stem}.json"
        functions = parts_of(self.path)
        unknown = {row["part"] for row in (*self.rows, *self.small)} - functions.keys()
        if unknown or functions.keys() != self.parts.keys():
            sys.exit(
                f"{self.name}: rows and PARTS do not fit:"
                f" {sorted(unknown) or sorted(self.parts)}"
            )
        for rows in (self.rows, self.small):
            if len({settings_hash(row, self.seed) for row in rows}) < len(rows):
                sys.exit(f"{self.name}: the same row is listed twice")
        codes = {
            name: digest(self.path, name, self.path.parents[1])
            for name in set(functions.values())
        }
        self.code = {part: codes[function] for part, function in functions.items()}

    def allowed(self, row: Row) -> dict[str, Tolerance]:
        """How far the numbers of a small row may be off."""
        found = dict(SMALL)
        for name, tolerance in self.tolerance.items():
            if isinstance(tolerance, tuple):
                found[name] = tolerance
            elif name in row.values():
                found |= tolerance
        return found

    def keys(self, rows: Sequence[Row]) -> list[str]:
        return [
            f"{self.code[row['part']]}-{settings_hash(row, self.seed)}" for row in rows
        ]

    def read(self) -> dict[str, Any]:
        if not self.result.is_file():
            return {
                "rows": [],
                "keys": [],
                "small": [],
                "small_keys": [],
                "accepted": [],
            }
        return json.loads(self.result.read_text(encoding="utf-8"))

    def stored(
        self, record: Mapping[str, Any], kind: str = ""
    ) -> dict[str, tuple[str, Row]]:
        """Settings -> key and row as recorded, for `kind` "" (the rows) or "small"."""
        keys, rows = record[f"{kind}_keys".strip("_")], record[kind or "rows"]
        return {
            key.partition("-")[2]: (key, row)
            for key, row in zip(keys, rows, strict=True)
        }

    def measure(self, row: Row, watch: bool = False) -> Row:
        start = time.perf_counter()
        settings = {"seed": self.seed, **row}
        function = self.parts[settings.pop("part")]
        if watch:
            with watched() as notes:
                measured = {
                    **function(**settings),
                    **{name: found for name, found in notes.items() if found},
                }
        else:
            measured = dict(function(**settings))
        return plain(
            {**row, **measured, "seconds": round(time.perf_counter() - start, 1)}
        )

    def write(
        self,
        record: dict[str, Any],
        rows: Mapping[str, tuple[str, Row]],
        small: Mapping[str, tuple[str, Row]],
    ):
        """Rows in their order, those that are missing left out; all or nothing."""
        full: dict[str, Any] = {"script": self.name, "seed": self.seed}
        kept = [
            rows[name]
            for name in (settings_hash(row, self.seed) for row in self.rows)
            if name in rows
        ]
        full["seconds"] = record.get("seconds") or round(
            sum(row["seconds"] for _, row in kept), 1
        )
        full["versions"] = record["versions"]
        full["rows"], full["keys"] = [row for _, row in kept], [key for key, _ in kept]
        kept = [
            small[name]
            for name in (settings_hash(row, self.seed) for row in self.small)
            if name in small
        ]
        full["small"], full["small_keys"] = (
            [row for _, row in kept],
            [key for key, _ in kept],
        )
        full["accepted"] = still_said(record["accepted"], full)
        self.result.parent.mkdir(exist_ok=True)
        temporary = self.result.with_suffix(".tmp")
        temporary.write_text(json.dumps(full, indent=1) + "\n", encoding="utf-8")
        os.replace(temporary, self.result)

    # --- the modes of a run ---

    def complete(self, jobs: int) -> None:
        """Measure what is missing or stale, and write after every row."""
        record, lock = self.read(), threading.Lock()
        record["versions"] = record.get("versions") or versions()
        rows, small = self.stored(record), self.stored(record, "small")
        tasks = [
            (row, key, False)
            for row, key in zip(self.rows, self.keys(self.rows), strict=True)
        ]
        tasks += [
            (row, key, True)
            for row, key in zip(self.small, self.keys(self.small), strict=True)
        ]
        right = {False: set(record["keys"]), True: set(record["small_keys"])}
        todo = [
            place
            for place, (_, key, is_small) in enumerate(tasks)
            if key not in right[is_small]
        ]
        # What a small row notes depends on what the ones before it left in caches: all
        # of them again, as `--check` measures them.
        if any(tasks[place][2] for place in todo):
            todo = [place for place in todo if not tasks[place][2]]
            todo += range(len(self.rows), len(tasks))
        done = 0

        def keep(place: int, measured: Row, found: dict[str, str]) -> None:
            nonlocal done
            row, key, is_small = tasks[place]
            with lock:
                done += 1
                # workers differ in what they have loaded, and in when they are ready
                known = {**record["versions"], **found}
                record["versions"] = {
                    name: known[name] for name in ("python", *PACKAGES) if name in known
                }
                record["seconds"] = None
                (small if is_small else rows)[settings_hash(row, self.seed)] = (
                    key,
                    measured,
                )
                self.write(record, rows, small)
                print(
                    f"{self.path.stem} {done}/{len(todo)}",
                    measured,
                    file=sys.stderr,
                    flush=True,
                )

        if jobs > 1 and len(todo) > 1:
            self.in_workers(self.bundles(tasks, todo), jobs, keep)
        else:
            for place in todo:
                keep(
                    place,
                    self.measure(tasks[place][0], watch=tasks[place][2]),
                    versions(),
                )
        self.write(record, rows, small)  # also drops what is no longer asked for

    def bundles(
        self, tasks: Sequence[tuple[Row, str, bool]], todo: Sequence[int]
    ) -> list[list[int]]:
        """What one worker should do in one go: rows of parts that rest on each other
        share trained models.
        """
        shared = {
            *self.rests_on,
            *(part for parts in self.rests_on.values() for part in parts),
        }
        bundles: dict[Any, list[int]] = {}
        for place in todo:
            part, is_small = tasks[place][0]["part"], tasks[place][2]
            single = part not in shared
            while part not in self.rests_on.get(part, (part,)):
                part = self.rests_on[part][0]
            bundles.setdefault(
                "small rows" if is_small else place if single else part, []
            ).append(place)
        return sorted(bundles.values(), key=len, reverse=True)

    def in_workers(
        self,
        bundles: list[list[int]],
        jobs: int,
        keep: Callable[[int, Row, dict[str, str]], None],
    ) -> None:
        """Processes of the same script that take a row at a time and answer with what
        they measured.
        """
        waiting: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
        for bundle in bundles:
            waiting.put(bundle)
        failed: list[int] = []

        def serve() -> None:
            command = [sys.executable, str(self.path), "--worker"]
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as worker:
                assert worker.stdin and worker.stdout
                while not failed and not waiting.empty():
                    try:
                        bundle = waiting.get_nowait()
                    except queue.Empty:
                        break
                    for place in bundle:
                        print(place, file=worker.stdin, flush=True)
                        answer = worker.stdout.readline()
                        if not answer:  # it died, and has said why
                            failed.append(place)
                            return
                        answered = json.loads(answer)
                        keep(place, answered["measured"], answered["found"])
                worker.stdin.close()

        threads = [
            threading.Thread(target=serve) for _ in range(min(jobs, len(bundles)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            sys.exit(f"{self.name}: a row failed, see above; those before it are kept")

    def work(self) -> None:
        """A worker: numbers of rows come in, rows go out; the end of the input is the
        end.
        """
        rows = [*self.rows, *self.small]
        # what a row prints is not an answer
        answers, sys.stdout = sys.stdout, sys.stderr
        for line in sys.stdin:
            measured = self.measure(rows[int(line)], watch=int(line) >= len(self.rows))
            print(
                json.dumps({"measured": measured, "found": versions()}),
                file=answers,
                flush=True,
            )

    def stale(self, record: Mapping[str, Any]) -> list[str]:
        """Parts with rows that were not measured by this code, or not at all, or are no
        longer asked for.
        """
        found: dict[str, None] = {}
        for kind, asked in (("", self.rows), ("small", self.small)):
            wanted = dict(zip(self.keys(asked), asked, strict=True))
            there = dict(self.stored(record, kind).values())
            found |= {
                row["part"]: None
                for key, row in (wanted | there).items()
                if (key in wanted) != (key in there)
            }
        return list(found)

    def wrong(self, record: Mapping[str, Any]) -> list[tuple[Row, str]]:
        """Small rows that do not come out as recorded, and how."""
        stored, found = self.stored(record, "small"), []
        for row in self.small:
            settings = settings_hash(row, self.seed)
            if settings not in stored:
                found.append((row, "is not recorded"))
                continue
            try:
                measured = self.measure(row, watch=True)
            except (ArithmeticError, ValueError, IndexError) as error:
                found.append((row, f"{type(error).__name__}: {error}"))
                continue
            if apart := differences(stored[settings][1], measured, self.allowed(row)):
                found.append((row, told(apart)))
        return found

    def check(self) -> None:
        record = self.read()
        if not record["rows"]:
            sys.exit(f"{self.name} has no result yet: python {self.name}")
        if stale := self.stale(record):
            sys.exit(
                f"{self.name}: not measured by this code: {', '.join(stale)}. Measure"
                f" again: python {self.name}\nor, if the change cannot have changed a"
                f" number: python {self.name} --accept 'what was changed'"
            )
        if wrong := self.wrong(record):
            sys.exit(
                "\n".join(f"{self.name}, small row {row}: {how}" for row, how in wrong)
            )

    def drawn(self, record: Mapping[str, Any], part: str) -> tuple[Row, int]:
        """The row that has to come out again before a part's new code is accepted, and
        among how many: the new digest chooses. Rows that take LIMIT seconds or more are
            not drawn, unless all do."""
        rows = [row for row in self.rows if row["part"] == part]
        rows = [row for row in rows if self.cost(record, row) < LIMIT] or rows
        return rows[int(self.code[part], 16) % len(rows)], len(rows)

    def cost(self, record: Mapping[str, Any], row: Row) -> float:
        """About how many seconds a row takes alone: as recorded, with those it rests on
        (rows that name the same).
        """

        def names(row: Row) -> set[str]:
            return {
                value
                for name, value in row.items()
                if name != "part" and isinstance(value, str)
            }

        on = [
            other
            for other in record["rows"]
            if other["part"] in self.rests_on.get(row["part"], ())
        ]
        below = [other for other in on if names(other) & names(row)]
        own = self.stored(record)[settings_hash(row, self.seed)][1]
        return own["seconds"] + sum(other["seconds"] for other in below if other != own)

    def accept(self, reason: str, parts: Sequence[str]) -> None:
        """Keep the rows of parts whose code changed but not its results, if a sample
        comes out as before.
        """
        record = self.read()
        rows = self.stored(record)
        missing = [
            row for row in self.rows if settings_hash(row, self.seed) not in rows
        ]
        if not reason.strip() or missing:
            without = (
                f"never measured: {missing[0]}"
                if missing
                else "--accept needs a reason"
            )
            sys.exit(f"{self.name}: {without}")
        for part in self.parts:
            if not parts or part in parts:
                self.accept_part(part, reason)

    def accept_part(self, part: str, reason: str) -> None:
        record = self.read()
        rows, small = self.stored(record), self.stored(record, "small")
        for row in (row for row in self.small if row["part"] == part):
            settings = settings_hash(row, self.seed)
            recorded, measured = small.get(settings), None
            if recorded is None or not recorded[0].startswith(self.code[part]):
                measured = self.measure(row, watch=True)
                print(f"{self.path.stem} small", measured, file=sys.stderr, flush=True)
            if (
                recorded
                and measured
                and (apart := differences(recorded[1], measured, self.allowed(row)))
            ):
                sys.exit(f"{self.name}: not accepted, small row {row}: {told(apart)}")
            if measured:
                small[settings] = (
                    f"{self.code[part]}-{settings}",
                    recorded[1] if recorded else measured,
                )
        own = [
            settings_hash(row, self.seed) for row in self.rows if row["part"] == part
        ]
        old = sorted(
            {rows[settings][0].partition("-")[0] for settings in own}
            - {self.code[part]}
        )
        if old:
            row, among = self.drawn(record, part)
            recorded_row, measured = (
                rows[settings_hash(row, self.seed)][1],
                self.measure(row),
            )
            print(f"{self.path.stem} {part}", measured, file=sys.stderr, flush=True)
            if apart := differences(recorded_row, measured, self.full):
                sys.exit(f"{self.name}: not accepted, {row}: {told(apart)}")
            largest = max(
                (gap for *_, gap in differences(recorded_row, measured)), default=0.0
            )
            entry = {
                "part": part,
                "old": old,
                "new": self.code[part],
                "reason": reason,
                "row": row,
                "among": among,
            }
            entry |= {
                "largest relative difference": largest,
                "seconds": measured["seconds"],
                "versions": versions(),
            }
            record["accepted"] = [*record["accepted"], plain(entry)]
        for settings in own:
            rows[settings] = f"{self.code[part]}-{settings}", rows[settings][1]
        self.write(record, rows, small)


def still_said(
    accepted: Sequence[dict[str, Any]], full: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The entries that led to keys which rows have; of a part that was measured anew
    nothing is left to accept.
    """
    used = {
        (row["part"], key.partition("-")[0])
        for row, key in zip(full["rows"], full["keys"], strict=True)
    }
    kept = []
    for entry in reversed(accepted):
        if (entry["part"], entry["new"]) in used:
            kept.append(entry)
            used |= {(entry["part"], old) for old in entry["old"]}
    return kept[::-1]


def versions() -> dict[str, str]:
    loaded = {
        package: sys.modules[package].__version__
        for package in PACKAGES
        if package in sys.modules
    }
    return {"python": platform.python_version(), **loaded}


def run(
    script: str,
    parts: Mapping[str, Callable[..., Mapping[str, Any]]],
    rows: Sequence[Row],
    *,
    small: Sequence[Row],
    seed: int = 0,
    tolerance: Mapping[str, Tolerance | dict[str, Tolerance]] | None = None,
    full: Mapping[str, Tolerance] | None = None,
    rests_on: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Measure the rows of an experiment that are missing or stale; what else there is,
    `--help` says.

    Args:
        script: `__file__` of the caller, experiments/NN_name.py.
        parts: the functions that measure a row, by the row's "part". Called with the
            other settings of the row and `seed`; return what was measured, as plain
            numbers. In the script a literal PARTS = {"part": function, …}.
        rows: the settings, one dict per row; a row may bring its own seed.
        small: rows quick enough for every `make test`, one for each kind of row: the
            same functions with fewer epochs, users or repetitions. They are kept beside
            the rows, with the smooth numbers of `watched`.
        tolerance: how far (relative, absolute) the numbers of a small row may be off on
            another machine, by name, where that is not SMALL; "*": what no other name
            says. {"NeuMF": {…}}: only of rows that name this.
        full: the same of a full row that `--accept` measures again, where that is not
            FULL: a DQN that learns for thousands of steps is another one after any
                rounding, though as good.
        rests_on: part -> parts whose models its rows use again; with several jobs one
            process does them.
    """
    parser = argparse.ArgumentParser(
        description=f"Writes results/{Path(script).stem}.json."
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument(
        "--check", action="store_true", help="does the result belong to this code?"
    )
    parser.add_argument(
        "--wrong",
        action="store_true",
        help="which small rows are, whatever the keys say? as JSON",
    )
    parser.add_argument(
        "--small",
        action="store_true",
        help="measure the small rows only and print them",
    )
    parser.add_argument(
        "--accept",
        metavar="REASON",
        help="the code changed, the results did not: try, then renew keys",
    )
    parser.add_argument(
        "--part", action="append", default=[], help="with --accept: only this part"
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    path = Path(script).resolve()
    experiment = Experiment(
        path,
        parts,
        rows,
        small,
        seed,
        tolerance or {},
        FULL | dict(full or {}),
        rests_on or {},
    )
    if options.worker:
        experiment.work()
    elif options.small:
        for row in small:
            print(json.dumps(experiment.measure(row, watch=True)), flush=True)
    elif options.wrong:
        print(json.dumps(experiment.wrong(experiment.read())))
    elif options.check:
        experiment.check()
    elif options.accept is not None:
        experiment.accept(options.accept, options.part)
    else:
        experiment.complete(options.jobs)


# --- all experiments ---


def scripts(folder: Path = ROOT / "experiments") -> list[Path]:
    """All experiments: experiments/NN_name.py."""
    return sorted(folder.glob("[0-9][0-9]_*.py"))


def stale(script: Path) -> dict[str, int]:
    """Part -> how many of its recorded rows another code measured. Reads only; new rows
    `--check` finds.
    """
    file = script.parent / "results" / f"{script.stem}.json"
    record = (
        json.loads(file.read_text(encoding="utf-8"))
        if file.is_file()
        else {"rows": [], "keys": []}
    )
    functions, found = parts_of(script), dict[str, int]()
    codes = {
        name: digest(script, name, script.parents[1])
        for name in set(functions.values())
    }
    rows, keys = (
        record.get(kind, []) + record.get(f"small{more}", [])
        for kind, more in (("rows", ""), ("keys", "_keys"))
    )
    for row, key in zip(rows, keys, strict=True):
        part = row.get("part")
        if part not in functions or key.partition("-")[0] != codes[functions[part]]:
            found[part] = found.get(part, 0) + 1
    return found if record["rows"] else dict.fromkeys(functions, 0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course experiments", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "names", nargs="*", help="experiments whose names begin like this; none: all"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, help="processes for each experiment"
    )
    parser.add_argument(
        "--check", action="store_true", help="do the results belong to the code?"
    )
    parser.add_argument(
        "--stale", action="store_true", help="which rows do not? runs nothing"
    )
    options = parser.parse_args(arguments)
    wanted = [
        path
        for path in scripts()
        if not options.names or path.stem.startswith(tuple(options.names))
    ]
    if not wanted:
        sys.exit(
            "no such experiment; there are:"
            f" {' '.join(path.stem for path in scripts()) or 'none'}"
        )
    if options.stale:
        found = {path.stem: parts for path in wanted if (parts := stale(path))}
        for name, parts in found.items():
            print(
                f"{name}: "
                + ", ".join(f"{part} ({number} rows)" for part, number in parts.items())
            )
        return int(bool(found))
    more = ["--check"] if options.check else ["--jobs", str(options.jobs)]
    return max(
        subprocess.run([sys.executable, str(path), *more]).returncode for path in wanted
    )


if __name__ == "__main__":
    sys.exit(main())
