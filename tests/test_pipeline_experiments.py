"""experiments/common.py with a toy experiment; and the recorded results still belong to the code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from course import sourcecode
from rec_tutor import results

TOY = """
from common import run
from rec_tutor import tiny

def measure(n: int, seed: int) -> dict[str, float]:
    return {"x": n * 0.5 + seed, "nothing": float("nan")}

if __name__ == "__main__":
    run(__file__, measure, [{"n": n} for n in (1, 2)], seed=3)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("tools/sourcecode.py", "experiments/common.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text((sourcecode.ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "experiments/rec_tutor").mkdir()  # next to the script, so that it imports this one
    (tmp_path / "rec_tutor").symlink_to(tmp_path / "experiments/rec_tutor")
    (tmp_path / "rec_tutor/__init__.py").write_text("")
    (tmp_path / "rec_tutor/tiny.py").write_text("ONE = 1\n")
    (tmp_path / "experiments/02_toy.py").write_text(TOY)
    return tmp_path


def execute(project: Path, *arguments: str, script: str = "02_toy.py") -> subprocess.CompletedProcess:
    command = [sys.executable, str(project / "experiments" / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_result_records_where_it_comes_from(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no result yet" in execute(project, "--check").stderr
    assert execute(project, "02", script="common.py").returncode == 0
    record = json.loads((project / "experiments/results/02_toy.json").read_text())
    assert record["script"] == "experiments/02_toy.py" and record["seed"] == 3
    assert set(record) == {"script", "seed", "seconds", "versions", "code", "rows"}
    assert [row["x"] for row in record["rows"]] == [3.5, 4.0] and "seconds" in record["rows"][0]
    assert execute(project, "--check").returncode == 0

    monkeypatch.setattr(results, "FOLDERS", [project / "experiments" / "results"])
    assert results.load("02_toy")["n"].tolist() == [1, 2]
    assert "experiments/02_toy.py" in results.source("02_toy") and "seed 3" in results.source("02_toy")
    with pytest.raises(FileNotFoundError, match="02_toy"):
        results.load("03_nothing")


def test_a_stale_or_different_result_fails_the_check(project: Path) -> None:
    assert execute(project).returncode == 0
    tiny = project / "rec_tutor/tiny.py"
    tiny.write_text("# a comment\nONE = 1\n")
    assert execute(project, "--check").returncode == 0
    tiny.write_text("ONE = 2\n")
    stale = execute(project, "--check")
    assert stale.returncode == 1 and "the code changed" in stale.stderr
    tiny.write_text("ONE = 1\n")
    result = project / "experiments/results/02_toy.json"
    result.write_text(result.read_text().replace("3.5", "3.4"))
    wrong = execute(project, "--check")
    assert wrong.returncode == 1 and "x is 3.5, recorded was 3.4" in wrong.stderr


def test_the_small_row_is_printed_and_nothing_written(project: Path) -> None:
    assert json.loads(execute(project, "--small").stdout)["x"] == 3.5
    assert not (project / "experiments/results").exists()


def test_an_unknown_experiment(project: Path) -> None:
    failed = execute(project, "99", script="common.py")
    assert failed.returncode == 1 and "02_toy" in failed.stderr


SCRIPTS = [pytest.param(path, id=path.stem) for path in experiment.scripts()]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_recorded_result_belongs_to_the_code(script: Path) -> None:
    record = json.loads((script.parent / "results" / f"{script.stem}.json").read_text(encoding="utf-8"))
    assert record["code"] == experiment.code_hash(script), f"run again: make experiments ONLY={script.stem}"


@pytest.mark.training
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_small_row_comes_out_as_recorded(script: Path) -> None:
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_result_has_its_script() -> None:
    stems = {path.stem for path in experiment.scripts()}
    assert {path.stem for path in (experiment.ROOT / "experiments" / "results").glob("*.json")} == stems
