"""The runner of the experiments with a toy; and the recorded results still belong to
the code.
"""

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course import definitions, experiment, faults
from course.experiment import differences, parts_of, scripts
from course.modules import ROOT
from rec_tutor import results

TOY = """
import sys
from pathlib import Path
from time import sleep

from course.experiment import run
from rec_tutor import tiny

ran = Path(sys.argv[0]).with_name("ran.txt")


def half(n: int, seed: int, slow: float = 0.0) -> dict[str, float]:
    with ran.open("a") as out:
        print("half", n, file=out)
    sleep(slow)
    return {"x": n * tiny.HALF + seed, "nothing": float("nan"), "loss": n / 3}


def more(n: int, seed: int) -> dict[str, list[float]]:
    with ran.open("a") as out:
        print("more", n, file=out)
    return {"y": [n + tiny.ONE, 2.5]}


PARTS = {"half": half, "more": more}
ROWS = [{"part": part, "n": n} for part in PARTS for n in (1, 2, 3)]
SMALL = [{"part": "half", "n": 7}, {"part": "more", "n": 8}]

if __name__ == "__main__":
    run(__file__, PARTS, ROWS, small=SMALL, seed=3, rests_on={"more": ("more",)})
"""
TINY = "HALF = 0.5\nONE = 1\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    # next to the script, so that it imports this one
    (tmp_path / "experiments/rec_tutor").mkdir(parents=True)
    (tmp_path / "rec_tutor").symlink_to(tmp_path / "experiments/rec_tutor")
    (tmp_path / "rec_tutor/__init__.py").write_text("")
    (tmp_path / "rec_tutor/tiny.py").write_text(TINY)
    (tmp_path / "rec_tutor/inputs").mkdir()
    (tmp_path / "rec_tutor/inputs/matrix.py").write_text("interaction_matrix = None\n")
    (tmp_path / "constraints.txt").write_text("numpy==2\n")
    (tmp_path / "experiments/02_toy.py").write_text(TOY)
    return tmp_path


def command(project: Path, *arguments: str) -> list[str]:
    return [sys.executable, str(project / "experiments/02_toy.py"), *arguments]


def execute(project: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    return subprocess.run(
        command(project, *arguments), capture_output=True, text=True, env=environment
    )


def record(project: Path) -> dict:
    return json.loads((project / "experiments/results/02_toy.json").read_text())


def rewrite(project: Path, **changes: object) -> None:
    (project / "experiments/results/02_toy.json").write_text(
        json.dumps(record(project) | changes)
    )


def stale(script: Path) -> dict[str, int]:
    definitions._graph.cache_clear()  # it keeps the sources that it has read
    return experiment.stale(script)


def ran(project: Path) -> list[str]:
    """What has been measured since the last call."""
    file = project / "experiments/ran.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


ALL = ["half 1", "half 2", "half 3", "more 1", "more 2", "more 3", "half 7", "more 8"]


def test_a_result_records_where_it_comes_from(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no result yet" in execute(project, "--check").stderr
    done = execute(project)
    assert done.returncode == 0 and "02_toy 8/8" in done.stderr and ran(project) == ALL
    found = record(project)
    assert found["script"] == "experiments/02_toy.py" and found["seed"] == 3
    names = [
        "script",
        "seed",
        "seconds",
        "versions",
        "rows",
        "keys",
        "small",
        "small_keys",
        "accepted",
    ]
    assert list(found) == names and found["accepted"] == []
    assert [row.get("x") for row in found["rows"]] == [3.5, 4.0, 4.5, None, None, None]
    assert found["rows"][3]["y"] == [2, 2.5] and "seconds" in found["rows"][0]
    assert (
        len(set(found["keys"])) == len(found["rows"]) == 6
        and len(found["small_keys"]) == 2
    )
    assert execute(project, "--check").returncode == 0
    assert stale(project / "experiments/02_toy.py") == {}

    monkeypatch.setattr(results, "FOLDERS", [project / "experiments" / "results"])
    assert results.load("02_toy")["n"].tolist() == [1, 2, 3, 1, 2, 3]
    assert "experiments/02_toy.py" in results.source(
        "02_toy"
    ) and "seed 3" in results.source("02_toy")
    with pytest.raises(FileNotFoundError, match="02_toy"):
        results.load("03_nothing")


def test_only_what_changed_is_measured_again(project: Path) -> None:
    execute(project)
    before, script = record(project), project / "experiments/02_toy.py"
    ran(project)
    assert execute(project).returncode == 0 and ran(project) == []

    tiny = project / "rec_tutor/tiny.py"
    tiny.write_text("# a comment\n" + TINY)
    assert execute(project, "--check").returncode == 0
    tiny.write_text(TINY.replace("ONE = 1", "ONE = 2"))
    assert stale(script) == {"more": 4}
    failed = execute(project, "--check")
    assert (
        failed.returncode == 1
        and "not measured by this code: more" in failed.stderr
        and "--accept" in failed.stderr
    )
    ran(project)
    assert execute(project).returncode == 0
    # of the small rows all, in their order: each may rest on what is in a cache
    expected = ["more 1", "more 2", "more 3", "half 7", "more 8"]
    assert ran(project) == expected and stale(script) == {}
    after = record(project)
    assert (
        after["rows"][:3] == before["rows"][:3]
        and after["keys"][:3] == before["keys"][:3]
    )
    assert after["rows"][3]["y"] == [3, 2.5] and after["keys"][3] != before["keys"][3]

    # one row more, one less
    script.write_text(TOY.replace("for n in (1, 2, 3)]", "for n in (1, 3, 4)]"))
    assert execute(project, "--check").returncode == 1
    assert execute(project).returncode == 0 and ran(project) == ["half 4", "more 4"]
    assert [row["n"] for row in record(project)["rows"]] == [1, 3, 4, 1, 3, 4]


def test_two_jobs_give_what_one_gives(project: Path) -> None:
    execute(project)
    ran(project)
    one = record(project)
    (project / "experiments/results/02_toy.json").unlink()
    assert execute(project, "--jobs", "2").returncode == 0 and sorted(
        ran(project)
    ) == sorted(ALL)
    two = record(project)
    for found in (one, two):
        for row in found["rows"] + found["small"]:
            del row["seconds"]
        del found["seconds"]
    assert json.dumps(one) == json.dumps(two)  # as text: NaN is no equal of itself


def test_a_failing_row_keeps_the_others(project: Path) -> None:
    script = project / "experiments/02_toy.py"
    script.write_text(TOY.replace('{"y": [n', '{"y": [1 / (n - 2) and n'))
    for jobs in ("1", "2"):
        failed = execute(project, "--jobs", jobs)
        assert failed.returncode == 1 and "ZeroDivisionError" in failed.stderr
        assert {"half 1", "half 2", "half 3"} <= {
            f"{row['part']} {row['n']}" for row in record(project)["rows"]
        }
    script.write_text(TOY)
    assert execute(project).returncode == 0 and len(record(project)["rows"]) == 6


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_run_goes_on_where_it_was(project: Path, jobs: str) -> None:
    script = project / "experiments/02_toy.py"
    script.write_text(
        TOY.replace(
            '"n": n} for part',
            '"n": n, **({"slow": 60.0} if n == 3 and part == "half" else {})} for part',
        )
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    running = subprocess.Popen(
        command(project, "--jobs", jobs), env=environment, stderr=subprocess.DEVNULL
    )
    for _ in range(600):
        log = project / "experiments/ran.txt"
        if (
            log.exists()
            and "half 3" in log.read_text()
            and len(record(project)["rows"]) >= 2
        ):
            break
        time.sleep(0.1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    kept = record(project)["rows"]
    assert 2 <= len(kept) < 6
    ran(project)
    script.write_text(script.read_text().replace("60.0", "0.0"))
    assert execute(project).returncode == 0
    again = ran(project)
    assert len(record(project)["rows"]) == 6 and not {
        f"{row['part']} {row['n']}" for row in kept
    } & set(again)


def test_a_different_result_fails_the_check(project: Path) -> None:
    execute(project)
    found = record(project)
    found["small"][0]["x"] = 6.0
    rewrite(project, small=found["small"])
    wrong = execute(project, "--check")
    assert wrong.returncode == 1 and "x is 6.5, recorded was 6.0" in wrong.stderr
    [[row, how]] = json.loads(execute(project, "--wrong").stdout)
    assert row == {"part": "half", "n": 7} and "x is 6.5" in how


def test_the_small_rows_are_printed_and_nothing_written(project: Path) -> None:
    lines = [
        json.loads(line) for line in execute(project, "--small").stdout.splitlines()
    ]
    assert lines[0]["x"] == 6.5 and lines[1]["y"] == [9, 2.5]
    assert not (project / "experiments/results").exists()


def test_a_refactoring_is_accepted_when_a_sample_comes_out_again(project: Path) -> None:
    execute(project)
    before, script = record(project), project / "experiments/02_toy.py"
    ran(project)
    script.write_text(TOY.replace("n * tiny.HALF + seed", "seed + tiny.HALF * n"))
    assert (
        "needs a reason" in execute(project, "--accept", " ").stderr
        and ran(project) == []
    )
    done = execute(project, "--accept", "the sum the other way round")
    assert done.returncode == 0 and execute(project, "--check").returncode == 0
    after = record(project)
    assert (
        after["keys"][:3] != before["keys"][:3]
        and after["keys"][3:] == before["keys"][3:]
    )
    assert json.dumps(after["rows"]) == json.dumps(before["rows"])
    [entry] = after["accepted"]
    assert entry["part"] == "half" and entry["reason"] == "the sum the other way round"
    assert (
        entry["old"] == [before["keys"][0].partition("-")[0]]
        and entry["new"] == after["keys"][0].partition("-")[0]
    )
    assert (
        entry["row"] == {"part": "half", "n": 1 + int(entry["new"], 16) % 3}
        and entry["among"] == 3
    )
    assert entry["largest relative difference"] == 0 and "python" in entry["versions"]
    assert ran(project)[:2] == ["half 7", f"half {entry['row']['n']}"]

    script.write_text(TOY.replace("n * tiny.HALF + seed", "tiny.HALF * n + seed"))
    assert execute(project, "--accept", "once more", "--part", "half").returncode == 0
    assert [entry["reason"] for entry in record(project)["accepted"]] == [
        entry["reason"],
        "once more",
    ]
    script.write_text(TOY.replace("n * tiny.HALF + seed", "n * tiny.HALF + seed + 1"))
    # nothing rests on it any more
    assert execute(project).returncode == 0 and record(project)["accepted"] == []


def test_what_is_not_the_same_is_not_accepted(project: Path) -> None:
    execute(project)
    before, script = (
        (project / "experiments/results/02_toy.json").read_text(),
        project / "experiments/02_toy.py",
    )
    script.write_text(TOY.replace("n * tiny.HALF + seed", "n * tiny.HALF + seed * 1.1"))
    refused = execute(project, "--accept", "only a refactoring")
    assert (
        refused.returncode == 1
        and "not accepted, small row" in refused.stderr
        and "x is" in refused.stderr
    )
    script.write_text(
        TOY.replace(
            "n * tiny.HALF + seed", "n * tiny.HALF + seed * (1 if n > 3 else 1.1)"
        )
    )
    refused = execute(project, "--accept", "only a refactoring")
    assert (
        refused.returncode == 1
        and "not accepted, {'part': 'half', 'n'" in refused.stderr
    )
    script.write_text(TOY.replace("for n in (1, 2, 3)]", "for n in (1, 2, 3, 4)]"))
    assert "never measured" in execute(project, "--accept", "only a refactoring").stderr
    assert (project / "experiments/results/02_toy.json").read_text() == before


def test_differences() -> None:
    old = {
        "a": 1.0,
        "curve": [1.0, 2.0],
        "name": "x",
        "nothing": float("nan"),
        "seconds": 3,
        "losses": [1.0],
    }
    assert differences(old, json.loads(json.dumps(old)) | {"seconds": 4}) == []
    new = old | {"a": 1.01, "curve": [1.0, 2.02], "losses": [1.001]}
    assert [name for name, *_ in differences(old, new)] == [
        "a",
        "curve[1]",
        "losses[0]",
    ]
    assert differences(old, new, {"*": (0.02, 0)}) == []
    assert [
        name
        for name, *_ in differences(old, new, {"*": (0.02, 0), "losses": (1e-4, 0)})
    ] == ["losses[0]"]
    assert [gap for *_, gap in differences({"a": 1.0}, {"a": 2.0})] == [0.5]
    for other in (
        {"name": "y"},
        {"nothing": 0.0},
        {"curve": [1.0]},
        {"a": None},
        {"more": 1},
    ):
        assert differences(old, old | other, {"*": (1, 1)}), other


def test_rows_and_parts_must_fit(project: Path) -> None:
    script = project / "experiments/02_toy.py"
    script.write_text(TOY.replace('"half": half, "more"', '"more"'))
    assert "do not fit" in execute(project).stderr
    script.write_text(
        TOY.replace(
            'PARTS = {"half": half, "more": more}', "PARTS = dict(half=half, more=more)"
        )
    )
    assert "has no PARTS" in execute(project).stderr
    script.write_text(TOY.replace("for n in (1, 2, 3)]", "for n in (1, 2, 2)]"))
    assert "listed twice" in execute(project).stderr


def test_an_unknown_experiment() -> None:
    with pytest.raises(SystemExit, match="03_baselines"):
        experiment.main(["99"])


# --- the real ones ---

SCRIPTS = [pytest.param(path, id=path.stem) for path in scripts()]


def stored(script: Path) -> dict:
    return json.loads(
        (script.parent / "results" / f"{script.stem}.json").read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_recorded_result_belongs_to_the_code(script: Path) -> None:
    assert stale(script) == {}, f"measure again: make experiments ONLY={script.stem}"
    found = stored(script)
    parts = {row["part"] for row in found["rows"]}
    assert parts == {row["part"] for row in found["small"]} == set(parts_of(script))
    assert len(found["keys"]) == len(set(found["keys"])) and len(
        found["small_keys"]
    ) == len(found["small"])


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_was_accepted_was_drawn_and_came_out_again(script: Path) -> None:
    found = stored(script)
    now = {
        row["part"]: key.partition("-")[0]
        for row, key in zip(found["rows"], found["keys"], strict=True)
    }
    for place, entry in enumerate(found["accepted"]):
        later = [
            e for e in found["accepted"][place + 1 :] if e["part"] == entry["part"]
        ]
        chain = {now[entry["part"]], *(old for e in later for old in e["old"])}
        assert (
            entry["new"] in chain
            and entry["reason"].strip()
            and entry["versions"]
            and entry["old"]
        )
        # of numbers with different signs
        assert 0 <= entry["largest relative difference"] <= 2
        rows = [row for row in found["rows"] if row["part"] == entry["part"]]
        assert any(entry["row"].items() <= row.items() for row in rows)
        if entry["among"] == len(rows):  # else the costly ones were left out
            assert (
                entry["row"].items() <= rows[int(entry["new"], 16) % len(rows)].items()
            )


@pytest.mark.training
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_small_rows_come_out_as_recorded(script: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_every_result_has_its_script() -> None:
    stems = {path.stem for path in scripts()}
    assert (
        {path.stem for path in (ROOT / "experiments/results").glob("*.json")}
        == stems
        == set(faults.FAULTS) | {"01_door"}  # trains nothing; see tests/data/test_forms
    )


def test_every_fault_can_be_planted() -> None:
    for name, planted in faults.FAULTS.items():
        assert {fault.kind for fault in planted} == {"gradient", "id", "leak"}, name
        for fault in planted:
            for file, old, _ in fault.changes:
                script = file == faults.SCRIPT
                path = ROOT / (f"experiments/{name}.py" if script else file)
                code = ast.unparse(ast.parse(path.read_text(encoding="utf-8")))
                assert code.count(old) == 1, (name, file, old)


@pytest.mark.training
def test_a_planted_fault_is_caught() -> None:
    fault = faults.FAULTS["03_baselines"][0]
    found = faults.caught("03_baselines", fault)
    assert all(
        found[model].startswith("grid") and model in found[model]
        for model in fault.models
    ), found
    harmless = faults.Fault("id", ("EASE",), [(faults.SCRIPT, "seed=0)", "seed=0, )")])
    assert faults.caught("03_baselines", harmless) == {"EASE": ""}
