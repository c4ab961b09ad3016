"""tools/course/spread.py on a small notebook: what is tight is flagged, what has room
is not.
"""

import json
from pathlib import Path

import nbformat
import pytest

from course import spread

CELLS = """
import numpy as np
from rec_tutor.inputs import Batches

batch = next(Batches(np.arange(1000.0), batch_size=10, seed=0).epoch())[0]
# a cell's own draw: the same in every run
shown = np.random.default_rng(0).integers(1000)
===
%time scores = {"a": batch.mean(), "b": -1000.0}
assert batch.mean() > 450 and max(scores, key=scores.get) == "a"
assert batch.mean() < 1e6, "a lot of room"
assert 1 == 2, "goes on after a failure"
===
print(shown)
"""


def notebook(folder: Path) -> Path:
    cells = [
        nbformat.v4.new_code_cell(source.strip()) for source in CELLS.split("===\n")
    ]
    cells[2].metadata["tags"] = ["nbval-check-output"]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
    path = folder / "00_small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.long
def test_a_tight_assertion_is_flagged_and_a_roomy_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = notebook(tmp_path)
    before = path.read_bytes()
    told = spread.main(
        [str(path), "--shifts", "0", "1", "2", "--out", str(tmp_path / "out")]
    )
    assert told == 1 and path.read_bytes() == before
    printed = capsys.readouterr().out
    tight, roomy = (
        next(line for line in printed.splitlines() if text in line)
        for text in ("() > 450", "() < 1")
    )
    runs = [
        json.loads(file.read_text())
        for file in sorted((tmp_path / "out").rglob("*.json"))
    ]
    means = [
        next(row["left"] for row in run["rows"] if row["text"] == "batch.mean() > 450")
        for run in runs
    ]
    assert len(set(means)) == 3, "the seed of the batches was shifted"
    assert (
        {run["exact"]["cell-002"] for run in runs}
        == {runs[0]["exact"]["cell-002"]}
        != {""}
    ), "a cell's was not"
    assert printed.count("failed: 1 == 2") == 3 and not any(
        run["errors"] for run in runs
    )
    assert "TIGHT 00_small cell-001:2" in tight and "TIGHT" not in roomy


def made(margins: dict[tuple[str, int], float]) -> dict:
    """Runs of one assertion, from {(variant, shift): its margin}."""
    row = {"where": "cell-001", "line": 1, "text": "a > b", "left": 1.0, "right": 0.0}
    return {
        ("07_mf", *key): {"rows": [row | {"margin": margin}], "exact": {}, "errors": []}
        for key, margin in margins.items()
    }


@pytest.mark.parametrize(
    ("margins", "room"),
    [
        # two seeds: their standard deviation
        ({("plain", 0): 0.1, ("plain", 1): 0.3}, 0.2 / 0.02**0.5),
        # two arithmetics: the move
        ({("plain", 0): 0.1, ("old", 0): 0.11}, 0.105 / 0.01),
        ({("plain", 0): 0.1, ("plain", 1): 0.1, ("old", 0): 0.1}, float("inf")),
    ],
)
def test_room_is_the_mean_margin_in_spreads(margins: dict, room: float) -> None:
    assert spread.table(made(margins))["room"].tolist() == pytest.approx([room])


def test_what_decides_an_assertion_is_recorded(tmp_path: Path) -> None:
    code = """
import numpy as np, pandas as pd
x = pd.Series([1.0, 2.0, 4.0], list("abc"))
assert (
    x.idxmax() == "c" and x.is_monotonic_increasing
    and np.allclose(x["a"], 1.05, rtol=0, atol=0.1)
)
assert (x > 1.5).mean() > 0.5 and len(x) < 10
for limit in (5, 6):
    assert (x < limit).all() and not (x > limit).any()
"""
    recorder = spread.Recorder(str(tmp_path / "rows"))
    exec(spread.instrumented(code, "cell-007"), recorder.names())
    rows = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    margins = [
        (row["text"], round(row["margin"], 3)) for row in rows if "margin" in row
    ]
    assert all(row["passed"] for row in rows if "passed" in row)
    assert margins == [
        ("x.idxmax()", 2.0),
        ("x.is_monotonic_increasing", 1.0),
        ("np.allclose(x['a'], 1.05, rtol=0, atol=0.1)", 0.5),
        ("(x > 1.5).mean() > 0.5", 0.167),
        ("len(x) < 10", 7.0),
        ("x < limit", 1.0),
        ("x > limit", -4.0),
        ("x < limit", 2.0),
        ("x > limit", -5.0),
    ]
