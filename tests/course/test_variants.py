"""Margins are recorded without changing what is asserted; variants reach a process of
their own and show it.
"""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course import margins, variants

TOOLS = Path(__file__).resolve().parents[2] / "tools"
TIGHT = """
import numpy as np
import pytest


def test_tight():
    share = np.float64(np.random.default_rng(3).integers(1) + 0.91)
    assert 0.5 < share and np.mean(np.array([0.2, 0.7]) > 0.5) > 0.4, "a message"
    assert share > 0.9


def test_tolerances():
    assert np.float64(1.0) == pytest.approx(1.009, abs=0.01)
    np.testing.assert_allclose([1.0, 2.0], [1.0, 2.002], rtol=0, atol=0.004)


def test_drawn():
    assert np.random.default_rng(3).random() < 1.0
"""


def recorded(code, tmp_path, **names):
    """The rows that running the code leaves."""
    file = tmp_path / "rows.jsonl"
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    tree = margins.instrument(ast.parse(code))
    exec(
        compile(tree, "code", "exec"),
        {"__margin__": margins.recorder("here", file), "np": np, **names},
    )
    return (
        [json.loads(line) for line in file.read_text().splitlines()]
        if file.exists()
        else []
    )


def test_each_comparison_has_its_margin(tmp_path):
    rows = recorded(
        "assert 0.2 <= np.float64(0.25) < 0.5\nassert np.array([3.0, 1.5]).min() >"
        " 1, 'x'",
        tmp_path,
    )
    assert [(row["text"], round(row["margin"], 9), row["line"]) for row in rows] == [
        ("0.2 <= np.float64(0.25)", 0.05, 1),
        ("np.float64(0.25) < 0.5", 0.25, 1),
        ("np.array([3.0, 1.5]).min() > 1", 0.5, 2),
    ]
    assert {row["where"] for row in rows} == {"here"} and {
        row["kind"] for row in rows
    } == {"gap"}


def test_of_a_tolerance_the_share_that_is_left(tmp_path):
    code = (
        "assert 1.0 == approx(1.25, abs=1)\nassert [1.0, 2.0] == approx([1.0, 2.5],"
        " abs=1)\nassert x == x"
    )
    rows = recorded(code, tmp_path, approx=pytest.approx, x=1.5)
    assert [(row["kind"], row["margin"]) for row in rows] == [
        ("share", 0.75),
        ("share", 0.5),
    ]


def test_what_does_not_decide_and_what_is_no_number_is_left_out(tmp_path):
    code = """
assert (np.array([0.4, 0.6]) > 0.5).mean() > 0.3
assert "a" < "b" and 1 < 2 and len("ab") > 1 and [0.5] != [0.6]
assert all(x > 0.0 for x in (np.float64(1.0), np.float64(2.0)))
y = np.float64(1.0) > 2.0
"""
    assert [round(row["margin"], 9) for row in recorded(code, tmp_path)] == [0.2, 1, 2]


@pytest.mark.parametrize(
    "code",
    [
        "assert 0.5 > np.float64(0.6)",
        "assert 1 < np.float64(2) < 2",
        "assert 1.0 == 1.1",
    ],
)
def test_what_fails_fails_all_the_same(tmp_path, code):
    with pytest.raises(AssertionError):
        recorded(code, tmp_path)


def pytest_in(folder, **environment):
    """Run the planted tests; what pytest says."""
    own = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("RECTUTOR_", "PYTEST_", "PYTHONDONT"))
    }
    own["PYTHONPATH"] = str(TOOLS)
    own["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # no other plugin takes part: faster
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "course.margins_plugin",
        "test_planted.py",
    ]
    done = subprocess.run(
        command, cwd=folder, env=own | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_plugin_finds_a_tight_assertion_and_leaves_no_trace(tmp_path):
    (tmp_path / "test_planted.py").write_text(TIGHT)

    def cached():
        files = (tmp_path / "__pycache__").glob("*.pyc")
        return {file.name: file.read_bytes() for file in files}

    pytest_in(tmp_path)
    plain = cached()
    assert plain and sorted(path.name for path in tmp_path.glob("*.jsonl")) == []
    pytest_in(tmp_path, RECTUTOR_MARGINS=str(tmp_path / "rows.jsonl"))
    assert cached() == plain, (
        "the instrumented code is neither taken from the cache nor put there"
    )
    rows = margins.read(tmp_path / "rows.jsonl")
    found = {
        (where.rpartition("::")[2], text): row["margin"]
        for (where, _, text), row in rows.items()
    }
    assert found["test_tight", "share > 0.9"] == pytest.approx(0.01)
    assert found[
        "test_tight", "np.mean(np.array([0.2, 0.7]) > 0.5) > 0.4"
    ] == pytest.approx(0.1)
    assert found[
        "test_tolerances", "np.float64(1.0) == pytest.approx(1.009, abs=0.01)"
    ] == pytest.approx(0.1)
    assert found[
        "test_tolerances", "assert_allclose(rtol=0, atol=0.004)"
    ] == pytest.approx(0.5)
    pytest_in(
        tmp_path,
        RECTUTOR_MARGINS=str(tmp_path / "more.jsonl"),
        RECTUTOR_SEED_SHIFT="1000",
    )
    drawn = [margins.read(tmp_path / name) for name in ("rows.jsonl", "more.jsonl")]
    before, after = (
        [row["left"] for (where, *_), row in rows.items() if "drawn" in where]
        for rows in drawn
    )
    assert len(before) == len(after) == 1 and before != after
    pytest_in(tmp_path)


def test_a_variant_reaches_a_process_and_nothing_else_does(monkeypatch):
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    for variant in variants.VARIANTS + variants.THREE:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=variant.environment,
            capture_output=True,
            text=True,
        )
        found = json.loads(done.stdout)
        assert found["OMP_NUM_THREADS"] == variant.sets.get("OMP_NUM_THREADS", "1")
        assert {key: found.get(key) for key in variant.sets} == variant.sets
        assert found.get("ATEN_CPU_CAPABILITY") == variant.sets.get(
            "ATEN_CPU_CAPABILITY"
        )


def test_the_effect_is_shown_by_bits():
    plain, old = (
        next(v for v in variants.VARIANTS if v.name == name)
        for name in ("plain", "numpy-baseline")
    )
    found = [
        variants.probe("numpy", environment)
        for environment in (plain.environment, plain.environment)
    ]
    assert len(found[0]["bits"]) > 5
    assert variants.effect("numpy", found[1], found[0]) == (
        False,
        f"numpy: {found[0]['says']}; no effect here",
    )
    if variants.numpy_features():
        other, line = variants.effect(
            "numpy", variants.probe("numpy", old.environment), found[0]
        )
        assert "numpy: baseline only" in line and other == ("other bits in" in line)
    broken = {"says": "not there", "bits": {}}
    assert variants.effect("torch", broken, broken) == (
        False,
        "torch: not there; no effect here",
    )


def test_what_a_processor_lacks(monkeypatch):
    lacking = variants.Variant("name", {}, needs="NO_SUCH_INSTRUCTIONS")
    assert lacking.lacking and not variants.VARIANTS[0].lacking
    monkeypatch.setattr(
        variants, "probe", lambda library, environment: {"says": "fine", "bits": {}}
    )
    monkeypatch.setattr(variants, "run", lambda *_: pytest.fail("nothing is to be run"))
    said = []
    monkeypatch.setattr(variants, "say", lambda text="": said.append(text))
    assert variants.run_variants([lacking], ["numpy"], Path(), everything=True) == 0
    assert "  this processor lacks NO_SUCH_INSTRUCTIONS" in said


def test_only_what_a_change_can_reach_is_run():
    assert list(variants.groups({"numpy", "torch", "tensorflow"})) == [
        "no framework",
        "torch",
        "tensorflow",
    ]
    assert list(variants.groups({"torch"})) == ["parity and shell", "torch"]
    assert (
        list(variants.groups({"numpy"})) == ["no framework"]
        and variants.groups(set()) == {}
    )


def row(left, right, margin, kind="gap"):
    return {
        "where": "t",
        "line": 1,
        "text": "a > b",
        "left": left,
        "right": right,
        "margin": margin,
        "kind": kind,
    }


def test_room_is_counted_in_spreads():
    rows = [row(value, 0.0, value) for value in (0.3, 0.4, 0.5)]
    assert variants.room(rows) == pytest.approx(0.4 / 0.1)
    # by factors of ten, all of them large
    scattered = [row(value, 1e-6, value) for value in (1e-3, 1e-2, 1e-1)]
    assert variants.room(scattered) == pytest.approx(4)
    assert (
        variants.room([row(value, 0.5, 0.5 - value) for value in (0.05, 0.1, 0.2)]) > 5
    )
    (line,) = variants.spreads([{("t", 1, "a > b"): one} for one in rows])
    assert line.split()[:4] == ["4.0", "spreads;", "margin", "0.4"]


def test_the_tightest_are_those_that_a_variant_moved_most():
    plain = {
        ("t", k, "a > b"): row(left, 0.5, left - 0.5)
        for k, left in enumerate((0.6, 0.7, 0.8))
    }
    moved = {
        key: row(left, 0.5, left - 0.5)
        for key, left in zip(plain, (0.6, 0.71, 0.7), strict=True)
    }
    lines = variants.tightest(moved, plain)
    assert [line.split(":")[0] for line in lines] == [
        "0.2 (28.6%), moved 0.1",
        "0.21 (29.6%), moved 0.01",
    ]


def test_the_command_line(capsys):
    assert variants.main(["--list"]) == 0
    assert "aten-default" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        variants.main(["--only", "no-such-variant"])
    assert "there are plain, aten-default" in capsys.readouterr().err
