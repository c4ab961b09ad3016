"""tools/course/rates.py: the table, the formulas, and a tiny case of each framework."""

import math

import pytest

from course import rates


def test_the_table_has_medians_and_ratios() -> None:
    found = {"torch": (3000, 9000, 4000), "tensorflow": (2000, 1000, 8000)}
    rows = [
        {"model": "mf", "framework": framework, "rate": rate}
        for framework, rounds in found.items()
        for rate in rounds
    ]
    rows.append({"model": "bpr", "framework": "torch", "rate": 5000})
    rows.append({"model": "bpr", "framework": "recbole", "rate": 500})
    shown = rates.table(rows).set_index(["model", "framework"])
    assert shown.loc[("mf", "torch")].tolist()[:4] == [4.0, 3.0, 9.0, 2.0]
    assert shown.loc[("mf", "tensorflow")].tolist()[:3] == [2.0, 1.0, 8.0]
    assert shown.loc[("bpr", "torch"), "/ recbole"] == 10.0
    for place in (("mf", "tensorflow"), ("bpr", "torch"), ("bpr", "recbole")):
        assert math.isnan(shown.loc[place, "/ tensorflow"])
    assert math.isnan(shown.loc[("bpr", "recbole"), "/ recbole"])


def test_the_operations_of_a_window() -> None:
    """One window with 10 targets, 100 items; 64 numbers in a vector."""
    scores = 10 * 2 * 64 * 100
    dense = 50 * 2 * 64 * 64
    assert rates.operations("gru4rec", 50, 10, 100) == 3 * (6 * dense + scores)
    attention = 2 * (50 * 50 * 2 * 64)
    assert rates.operations("sasrec", 50, 10, 100) == 3 * (
        6 * dense + attention + scores
    )


def test_names_of_operations() -> None:
    assert rates.OPERATION.fullmatch("while/body/MatMul_1:MatMul")[1] == "MatMul"
    for other in ("ExecutorState::Run", "$training.py:12 fit", "EagerRun: train"):
        assert not rates.OPERATION.fullmatch(other)


@pytest.mark.training
def test_a_tiny_case(capsys: pytest.CaptureFixture) -> None:
    arguments = ["--only", "mf", "--rounds", "1", "--epochs", "1"]
    assert rates.main(arguments) == 0
    said = capsys.readouterr()
    lines = [line.split() for line in said.out.splitlines()]
    assert [line[:2] for line in lines[1:]] == [["mf", "torch"], ["mf", "tensorflow"]]
    assert all(float(line[2]) > 0 for line in lines[1:])
    assert "/ tensorflow" in said.out and "recbole" not in said.out


@pytest.mark.training
def test_models_that_are_asked_for(capsys: pytest.CaptureFixture) -> None:
    """DQN has no `fit`: one of those beside the table."""
    options = ["--rounds", "1", "--epochs", "1", "--framework", "torch"]
    assert rates.main(["--only", "dqn", *options]) == 0
    (line,) = capsys.readouterr().out.splitlines()[1:]
    assert line.split()[:2] == ["dqn", "torch"] and float(line.split()[2]) > 0


@pytest.mark.training
@pytest.mark.parametrize("framework", ["torch", "tensorflow"])
def test_a_tiny_profile(framework: str, capsys: pytest.CaptureFixture) -> None:
    arguments = ["--profile", "mf", "--epochs", "1", "--framework", framework]
    assert rates.main(arguments) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert 10 < len(lines) <= rates.LINES
    # a step multiplies matrices three times
    product = {"torch": "aten::mm", "tensorflow": "MatMul"}[framework]
    calls = [line.split()[-1] for line in lines if line.startswith(f"{product} ")]
    assert calls == ["3.0"]
