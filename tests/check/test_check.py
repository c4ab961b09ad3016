"""What a student meets: three states, a time limit, a function that stands alone,
nothing changed, and words.
"""

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from rec_tutor import check as package
from rec_tutor.check import check, comparing, confirm, hint, running, solution
from rec_tutor.check.examine import examine

ROOT = Path(__file__).resolve().parents[2]
offset = 0.5


def right(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)


def state(answer, key="mf.3"):
    return examine(key, answer).state


def test_three_states(capsys):
    check("mf.3")
    check("mf.3", lambda p, q, r, eta, penalty: (p, q))
    check("mf.3", right)
    open_, wrong, done = capsys.readouterr().out.split("mf.3: ")[1:]
    assert open_.startswith("Not attempted yet. ") and "hint(" in open_
    assert wrong.startswith("Not yet.") and "asked for" in wrong
    assert done.startswith("Right.\nWhy: ")


def test_lines_are_short_and_plain(capsys):
    check("mf.3", lambda p, q, r, eta, penalty: (p, q))
    check("mf.1", lambda R, U, V: 7)
    text = capsys.readouterr().out
    assert text.isascii() and max(map(len, text.splitlines())) <= 88


def test_a_loop_without_end_is_stopped():
    def endless(p, q, r, eta, penalty):
        while True:
            with contextlib.suppress(Exception):
                r += 1

    start = time.perf_counter()
    verdict = examine("mf.3", endless)
    assert verdict.state == "wrong" and "loop that never ends" in verdict.text
    assert time.perf_counter() - start < 60  # 3 on an idle machine
    assert sys.gettrace() is None or "coverage" in sys.modules


def test_a_loop_in_one_line_is_stopped():
    def endless(p, q, r, eta, penalty):
        # fmt: off
        while True: pass  # noqa: E701
        # fmt: on

    (found, *_) = running.run(endless, [(1, 2, 3, 4, 5)], seconds=0.2)
    assert found.kind == "time"


def test_a_function_sees_no_variable_of_the_notebook():
    def leaning(p, q, r, eta, penalty):
        return p + offset, q

    verdict = examine("mf.3", leaning)
    assert verdict.state == "wrong" and "uses offset, which stands" in verdict.text


def test_a_function_may_call_others():
    def error(p, q, r):
        return r - np.dot(p, q)

    room = {"np": np, "error": error, "eta": 7}
    code = """
def helper(p, q, r):
    return error(p, q, r)

def sgd_step(p, q, r, eta, penalty):
    e = helper(p, q, r)
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)
"""
    exec(code, room)
    assert state(room["sgd_step"]) == "right"


def test_what_a_function_prints_is_not_repeated_for_each_call(capsys):
    def loud(p, q, r, eta, penalty):
        print("loud")
        return right(p, q, r, eta, penalty)

    check("mf.3", loud)
    assert "loud" not in capsys.readouterr().out.replace("loud(", "")


def test_random_numbers_go_on_as_if_nothing_had_happened():
    def drawing(p, q, r, eta, penalty):
        np.random.seed(1)  # noqa: NPY002
        random.seed(1)
        return right(p, q, r, eta, penalty)

    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    expected = np.random.rand(), random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    assert state(drawing) == "right"
    assert (np.random.rand(), random.random()) == expected  # noqa: NPY002


def test_what_is_given_is_not_spoilt_for_the_next():
    def in_place(p, q, r, eta, penalty):
        e = r - p @ q
        old = p.copy()
        p += eta * (e * q - penalty * p)
        q += eta * (e * old - penalty * q)
        return p, q

    verdict = examine("mf.3", in_place)
    assert verdict.state == "right" and "changes the arrays" in verdict.text
    assert state(right) == "right"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda p, q: (p, q), "called with 5: p, q, r, eta, penalty"),
        ((1.0, 2.0), "Give the function itself"),
        (3.0, "Give the function itself"),
        (lambda p, q, r, eta, penalty: None, "Not attempted"),
        (lambda p, q, r, eta, penalty: print(end=""), "returns nothing"),
        (lambda p, q, r, eta, penalty: f"{p}", "returns text"),
        (lambda p, q, r, eta, penalty: p[17], "IndexError"),
        (lambda p, q, r, eta, penalty: nothing_of_that_name, "NameError"),  # noqa: F821
        (lambda p, q, r, eta, penalty: p, "1 values; asked for are 2"),
        (lambda p, q, r, eta, penalty: (p, q, r), "3 values; asked for are 2"),
        (lambda p, q, r, eta, penalty: object(), "Not yet"),
        (lambda p, q, r, eta, penalty: ("a", "b"), "Not yet"),
        (lambda p, q, r, eta, penalty: {"p": p}, "Not yet"),
        (lambda p, q, r, eta, penalty: ([], []), "Not yet"),
        (lambda p, q, r, eta, penalty: (p * np.nan, q), "not a number"),
        (lambda p, q, r, eta, penalty: [[1, 2], [3]], "Not yet"),
        (np.add, "called with 5"),
    ],
)
def test_strange_answers_get_a_sentence(answer, said):
    assert said in examine("mf.3", answer).text


def test_dots_that_are_left():
    def half(p, q, r, eta, penalty):
        e = r - p @ q
        return p + eta * e, ...

    verdict = examine("mf.3", half)
    assert verdict.state == "not attempted" and "still dots" in verdict.text


def test_a_mistake_in_one_of_two_results_is_known():
    def forgetful(p, q, r, eta, penalty):
        e = r - p @ q
        return p + eta * (e * q - penalty * p), q + eta * e * p

    verdict = examine("mf.3", forgetful)
    assert verdict.mistakes == ("no_penalty",)
    assert "Of your 2 results only number 2 is not right." in verdict.text


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda x: -x, "negative"),
        (lambda x: 2 * x, "factor"),
        (lambda x: x + 1, "shifted"),
        (lambda x: x.T, "transposed"),
        (lambda x: x[:, ::-1], "reversed"),
        (lambda x: x.ravel(), "shape"),
        (lambda x: 1 - x, "one_minus"),
        (lambda x: 1 / x, "reciprocal"),
        (lambda x: x**2, "squared"),
        (np.sqrt, "root"),
        (np.log, "log"),
        (np.exp, "exp"),
        (np.floor, "whole"),
        (lambda x: x.round(2), "rounded"),
        (lambda x: x * np.nan, "nan"),
    ],
)
def test_habits(change, name):
    asked = [np.array([[1.234, 2.5, 3.1], [4.2, 7.7, 5.9]]), np.array([[2.2], [1.7]])]
    got = [change(one) for one in asked]
    assert comparing.habit(got, asked)[0] == name


def test_two_numbers_are_no_habit():
    """A count that is off by one in one call is no "one minus"."""
    asked, got = [np.array(0), np.array(2)], [np.array(1), np.array(2)]
    assert comparing.habit(got, asked) is None
    asked, got = [(np.array(1.0), np.ones(4))], [(np.array(1.5), np.ones(4))]
    assert comparing.habit(got, asked) is None


def test_no_habit_explains_noise():
    asked = [np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0])]
    got = [np.array([1.0, 2.1, 4.0]), np.array([3.0, 5.0])]
    assert comparing.habit(got, asked) is None
    assert comparing.parting(got[0], asked[0])[0] == (1,)


def test_hints_come_one_by_one_and_then_the_solution(capsys, monkeypatch):
    monkeypatch.setattr(package, "_given", {})
    for _ in range(5):
        hint("mf.3")
    said = capsys.readouterr().out
    assert "Hint 1 of 3" in said and "Hint 3 of 3" in said
    assert said.count('solution("mf.3")') == 3
    solution("mf.3")
    said = capsys.readouterr().out
    assert "def sgd_step(p, q, r, eta, penalty):" in said and "Why: " in said
    solution("07.T1")
    assert "cell = 2" in capsys.readouterr().out


@pytest.mark.parametrize("key", ["mf.9", "99.T1", "", "mf", "07.T9", "nothing.1"])
def test_a_key_that_does_not_exist(key):
    for function in (check, hint, solution):
        with pytest.raises(LookupError, match="question"):
            function(key)


def test_confirm_is_silent_or_fails(capsys, monkeypatch):
    confirm("07.T1", 2)
    assert capsys.readouterr().out == ""
    with pytest.raises(AssertionError, match="another film"):
        confirm("07.T1", 3)
    monkeypatch.setenv("RECTUTOR_CHECK", "strict")
    check("07.T1", ...)
    with pytest.raises(AssertionError):
        check("07.T1", 3)


ELSEWHERE = """
import os, sys
{before}
import numpy as np
from rec_tutor.check import check, progress

def sgd_step(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)

def worker():
    check("mf.3", sgd_step)
    check("mf.3", lambda p, q, r, eta, penalty: (q, p))
    progress()

{run}
"""
WINDOWS = """
sys.modules["resource"] = sys.modules["fcntl"] = sys.modules["pwd"] = None
del os.fork
import signal
for name in ("SIGALRM", "setitimer", "alarm"):
    delattr(signal, name)
"""
NO_NETWORK = """
import socket
def no(*_, **__):
    raise OSError("no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = no
"""
THREAD = "import threading; t = threading.Thread(target=worker); t.start(); t.join()"


@pytest.mark.long
@pytest.mark.parametrize(
    ("before", "run", "settings"),
    [
        ("", "worker()", {}),
        (WINDOWS, "worker()", {"PYTHONIOENCODING": "cp1252"}),
        (NO_NETWORK, "worker()", {}),
        ("", THREAD, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}),
        ("", "worker()", {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8"}),
        ("", "worker()", {"PYTHONOPTIMIZE": "2"}),
        ("import warnings; warnings.simplefilter('error')", "worker()", {}),
    ],
    ids=["plain", "Windows", "offline", "thread", "locale", "-OO", "warnings"],
)
def test_it_runs_everywhere(before, run, settings, tmp_path):
    file = tmp_path / "answer.py"
    file.write_text(ELSEWHERE.format(before=before, run=run), encoding="utf-8")
    environment = os.environ | settings
    environment["RECTUTOR_PROGRESS"] = str(tmp_path / "own" / "progress.txt")
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "mf.3: Right." in done.stdout and "mf.3: Not yet." in done.stdout
    assert "You have solved 1 of" in done.stdout and done.stderr == ""


def test_it_imports_no_framework():
    code = (
        "import sys; from rec_tutor.check.saved import everything; everything();"
        " assert not {'torch', 'tensorflow', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
