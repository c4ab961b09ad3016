"""No attack gets a point it does not deserve, costs an honest answer one, or harms the
grader; at each level of isolation.
"""

import ctypes
import gc
import importlib.util
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from course.needs import needs
from rec_tutor.check.questions import CHAPTERS, find
from rec_tutor.grading import child, isolation
from rec_tutor.grading.grade import clean, grade, questions

pytestmark = pytest.mark.long

if sys.platform != "linux":
    pytest.skip("grading needs Linux", allow_module_level=True)

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location(
    "attacks", Path(__file__).with_name("attacks.py")
)
assert _spec and _spec.loader
attacks = importlib.util.module_from_spec(_spec)
sys.modules["attacks"] = attacks  # its dataclass looks there
_spec.loader.exec_module(attacks)

LEVELS = ["namespaces", "limits"]
KEYS = ["mf.1", "mf.2"]
SECRET = "kept-to-myself-4711"
LONGEST = 120  # seconds; on an idle machine the slowest takes some 20


@cache
def reached() -> str:
    """What this machine reaches if nobody asks for less."""
    asked = os.environ.pop("RECTUTOR_ISOLATION", None)
    try:
        return isolation.level.__wrapped__()
    finally:
        if asked is not None:
            os.environ["RECTUTOR_ISOLATION"] = asked


@pytest.fixture(scope="module", autouse=True)
def only_our_own_garbage() -> Iterator[None]:
    """What earlier tests left is collected once: a worker of the whole suite holds
    millions of objects, and each test here looks for open files after a collection.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(params=LEVELS)
def level(request, monkeypatch):
    """A level of isolation; a short time for answers."""
    if request.param == "namespaces":
        needs(programs=["bwrap"])
        if reached() != "namespaces":
            message = "needs user namespaces: bwrap does not work here"
            if os.environ.get("RECTUTOR_REQUIRE") == "all":
                pytest.fail(f"{message} (RECTUTOR_REQUIRE=all)", pytrace=False)
            pytest.skip(message)
    monkeypatch.setattr(isolation, "level", lambda: request.param)
    monkeypatch.setattr(isolation, "SECONDS", 4.0)  # a busy machine is slow
    return request.param


def running(run: str) -> list[str]:
    """The processes that have a variable of this name, and our zombies."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if run.encode() in Path("/proc", name, "environ").read_bytes():
                found.append(name)
            state = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
            if state[0] == "Z" and int(state[1]) == os.getpid():
                found.append(f"zombie {name}")
        except OSError:
            continue
    return found


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """What attacks aim at; after the test nothing of it has changed, and nothing of the
    grader is left: no process, open file or folder.
    """
    run = f"RUN{os.urandom(8).hex()}"
    own = isolation.environment
    monkeypatch.setattr(isolation, "environment", lambda: own() | {run: "1"})
    monkeypatch.setenv("KEPT_BY_THE_TEACHER", SECRET)
    handed_in, teacher = tmp_path / "submissions", tmp_path / "teacher"
    for folder in (handed_in, teacher, tmp_path / "mine"):
        folder.mkdir()
    for folder in (tmp_path, *tmp_path.parents):  # everybody may read here
        if (
            folder.stat().st_uid == os.geteuid()
            and folder.stat().st_mode & 0o77 != 0o55
        ):
            folder.chmod(folder.stat().st_mode | 0o055)
    (handed_in / "other.ipynb").write_text(
        attacks.notebook(attacks.MISSES + f"    # {SECRET}")
    )
    (teacher / "grades.csv").write_text("name,points\n")
    for path in (handed_in / "other.ipynb", teacher / "grades.csv"):
        path.chmod(0o666)
    (teacher / "new").mkdir()
    (teacher / "new").chmod(0o777)
    words = {
        "$SECRET$": handed_in / "other.ipynb",
        "$GRADES$": teacher / "grades.csv",
        "$MARK$": teacher / "new" / "mark",
        "$SOLUTION$": ROOT / "rec_tutor/check/questions/mf.py",
        "$ROOT$": ROOT,
        "$PARENT$": os.getpid(),
    }
    gc.collect()  # what earlier tests left to be closed is not ours
    files = os.listdir("/proc/self/fd")
    yield tmp_path / "mine", words
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= len(files), "open files are left"
    end = time.monotonic() + 30  # namespaces end a moment after their first process
    while (left := running(run)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not left, "processes are left"
    assert (teacher / "grades.csv").read_text() == "name,points\n"
    assert os.listdir(teacher / "new") == []
    assert sorted(os.listdir(teacher)) == ["grades.csv", "new"]


def written(attack, folder: Path, words) -> Path:
    cells = [attack.cell, attack.second]
    for word, meaning in words.items():
        cells = [one.replace(word, str(meaning)) for one in cells]
    path = folder / "me.ipynb"
    path.write_text(attacks.notebook(*cells))
    return path


def graded(path: Path, keys=KEYS):
    """Marks, with what holds for all of them."""
    start = time.monotonic()
    marks, notes = grade(path, [find(key) for key in keys])
    assert time.monotonic() - start < LONGEST
    assert [one.key for one in marks] == keys
    for one in marks:
        assert one.text.strip()
        assert one.points == (one.state == "right")
    for text in [*notes, *(one.text for one in marks)]:
        text.encode()  # no lone surrogates
        assert SECRET not in text
        assert all(c == "\n" or c >= " " for c in text)
        assert len(text) < 20_000
    assert not {"torch", "tensorflow"} & sys.modules.keys()
    return marks, notes


def of(level: str, said):
    return said.get(level) if isinstance(said, dict) else said


@pytest.mark.parametrize("attack", attacks.ATTACKS, ids=lambda attack: attack.name)
def test_attack(attack, level, prepared):
    marks, _ = graded(written(attack, *prepared))
    assert marks[0].state in attack.state.split("|"), marks[0].text
    assert marks[1].state == attack.second_state, marks[1].text
    if pattern := of(level, attack.says):
        assert re.search(pattern, marks[0].text.replace("\n    ", " ")), marks[0].text


@pytest.mark.parametrize("name", attacks.FILE_ATTACKS)
def test_file(name, prepared, level):
    _, make, state, says = attacks.FILE_ATTACKS[name]
    (mark,), notes = graded(make(prepared[0]), ["mf.1"])
    assert mark.state == state, mark.text
    assert says in mark.text.replace("\n    ", " ")
    assert len(notes) < 30


def test_the_numbers_of_attacks():
    names = [one.name for one in attacks.ATTACKS]
    assert len(names) == len(set(names)) and len(names) >= 35
    assert all(one.tries for one in attacks.ATTACKS)


@pytest.mark.parametrize(
    "name", ["endless loop", "os._exit", "8 GB", "late thread", "random", "gc", "flood"]
)
def test_two_runs_give_equal_grades(name, level, prepared):
    attack = next(one for one in attacks.ATTACKS if one.name == name)
    path = written(attack, *prepared)
    first, second = (
        [(m.key, m.state, m.points, m.mistakes) for m in graded(path)[0]]
        for _ in range(2)
    )
    assert first == second


def test_no_expected_value_is_sent(prepared, level, monkeypatch):
    """All that goes to the child: code, names, and arguments of calls."""
    sent = []
    own = isolation.Child.ask

    def ask(self, request, arrays):
        sent.append((request, arrays))
        return own(self, request, arrays)

    monkeypatch.setattr(isolation.Child, "ask", ask)
    code = """
import numpy as np
def sgd_step(p, q, r, eta, penalty):
    return np.full_like(p, 77.5), np.full_like(q, 77.5)
"""
    path = prepared[0] / "me.ipynb"
    path.write_text(attacks.notebook(code))
    (mark,), _ = graded(path, ["mf.3"])
    assert mark.state == "wrong"
    question = find("mf.3")
    asked = [one for case in question.cases for one in question.solution(*case)]
    assert len(sent) == 5  # limits, the definition, three calls
    for request, arrays in sent:
        text = json.dumps(request)
        assert "holes" not in text and str(ROOT / "rec_tutor/check") not in text
        for array in arrays:
            assert not any(np.array_equal(array, one) for one in asked)


# ------------------------------------------------------------- the grader's laws


def test_results_that_grow_where_they_meet(prepared, level):
    """A law that holds two results against each other broadcasts them."""
    code = """
import numpy as np
def biased_step(mean, b_u, b_i, p, q, r, eta):
    e = r - (mean + b_u + b_i + p @ q)
    if p.dtype.kind == "i":
        return (np.ones((4000, 1)),) * 2
    if b_i == -0.2:
        return (np.ones((1, 4000)),) * 2
    return b_u + eta * e, b_i + eta * e, p + eta * e * q, q + eta * e * p
"""
    path = prepared[0] / "me.ipynb"
    path.write_text(attacks.notebook(code))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (mark,), _ = graded(path, ["mf.5"])
    assert mark.state in ("wrong", "right")  # all of its numbers are right
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2_000_000


def landlock() -> bool:
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) > 0


def test_a_framework_opens_no_file(prepared, level):
    """PyTorch's C code asks no hook of Python's; the kernel refuses."""
    needs("torch", extra="torch")
    if level == "limits" and not landlock():
        pytest.skip(
            "needs Landlock (Linux 5.13): isolation.py says what is open without"
        )
    folder, words = prepared
    code = f"""
import torch
def choice_loss(P, Q, taken, temperature):
    path = {str(words["$SECRET$"])!r}
    found = torch.from_file(path, size=300, dtype=torch.uint8)
    raise ValueError(found.numpy().tobytes())
"""
    path = folder / "me.ipynb"
    path.write_text(attacks.notebook(code))
    (mark,), _ = graded(path, ["mf.4"])
    assert mark.state == "wrong"
    assert re.search("No such file|Permission", mark.text), mark.text


# ------------------------------------------------------------- honest answers


def solutions(chapter: str, framework: str) -> Path:
    folder = ROOT / "notebooks/exercises"
    found = [*folder.glob(f"{framework}/{chapter}_*_solutions.ipynb")]
    return (found or [*folder.glob(f"{chapter}_*_solutions.ipynb")])[0]


@pytest.mark.parametrize("framework", ["torch", "tensorflow"])
def test_an_honest_solution(framework, level, prepared):
    """Of the chapter with tensors; the frameworks are imported by children only."""
    needs(framework, extra=framework)
    path = solutions("07", framework)
    marks, _ = grade(path, questions("07"), framework)
    assert {one.key: one.state for one in marks} == dict.fromkeys(
        [f"mf.{n}" for n in range(1, 6)], "right"
    )
    assert not {"torch", "tensorflow"} & sys.modules.keys()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_honest_solutions(chapter, level):
    asked = [one for one in questions(chapter) if not one.tensors]
    marks, _ = grade(solutions(chapter, "torch"), asked)
    assert {one.key: one.state for one in marks if one.state != "right"} == {}


def test_a_stub(level, prepared):
    path = ROOT / "notebooks/exercises/torch/07_mf.ipynb"
    marks, _ = graded(path, KEYS)
    assert [one.state for one in marks] == ["not attempted"] * 2


def test_a_machine_that_starts_nothing(level, monkeypatch):
    """That is nobody's answer's fault, and nobody gets no points for it."""
    monkeypatch.setattr(isolation, "START", 0.0)
    with pytest.raises(isolation.UnsupportedError, match="time"):
        grade(solutions("07", "torch"), questions("07")[:1])


def test_the_level_can_be_asked_for():
    code = "from rec_tutor.grading.isolation import level; print(level())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"RECTUTOR_ISOLATION": "limits", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "limits"


# ------------------------------------------------------------- frames

BOMBS = {
    "no dictionary": [1],
    "two kinds": {"value": 1, "list": []},
    "no such kind": {"pickle": "x"},
    "no such array": {"array": 7},
    "a name for an array": {"array": "0"},
    "a list for an array": {"array": [0]},
    "an array twice": {"list": [{"array": 0}, {"array": 0}]},
    "an array of many": {"array": 1},
    "a list for a value": {"value": [1]},
    "a huge whole number": {"value": 2**70},
    "a long text": {"value": "x" * 5000},
    "many texts": {"text": [[20_000], ["x"] * 20_000]},
    "a text of numbers": {"text": [[1], [1]]},
    "a text of another shape": {"text": [[5], ["x"]]},
    "many values": {"list": [{"value": 1}] * 20_000},
    "deep": json.loads('{"list": [' * 9 + "]}" * 9),
    "no list": {"list": 5},
    "a text as a list": {"tuple": "xy"},
    "a dictionary of one": {"dict": [[1]]},
    "a dictionary of numbers": {"dict": [[1, {"value": 1}]]},
    "a state": {"rng": {"bit_generator": "PCG64", "state": 5}},
    "a huge state": {
        "rng": {
            "bit_generator": "PCG64",
            "state": {"state": 2**200, "inc": -1},
            "has_uint32": 0,
            "uinteger": 0,
        }
    },
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_an_encoding_is_no_bomb(name):
    arrays = [np.ones(3), np.ones(20_000)]
    with pytest.raises(ValueError, match="no encoding"):
        child.decode(BOMBS[name], arrays)


@pytest.mark.parametrize(
    "said",
    [
        [["|O", [1]]],
        [["<M8[s]", [1]]],
        [["<U4", [1]]],
        [["<f8", [-1]]],
        [["<f8", [2**62, 2**62]]],
        [["<f8", [10**30]]],
        [["<f8", [1.5]]],
        [["<f8", "x"]],
        [["<f8"]],
        [[[], []]],
        [["<f8", [1] * 200]],
        5,
        None,
    ],
    ids=str,
)
def test_a_frame_is_no_bomb(said):
    text = json.dumps({"arrays": said}).encode()
    with pytest.raises(ValueError, match="no frame"):
        child.unpack(len(text).to_bytes(4, "big") + text + b"\0" * 64)


@pytest.mark.parametrize("body", [b"", b"\xff" * 40, b"\0\0\0\2[]", b"\0\0\0\1" + b"["])
def test_noise_is_no_frame(body):
    with pytest.raises(ValueError, match="no frame"):
        child.unpack(body)


def test_values_come_back_as_they_were():
    """An answer gets what a check in a notebook gives it: no arrays for numbers."""
    rng = np.random.default_rng(5)
    rng.normal(size=3)
    values = [
        1,
        2.5,
        float("inf"),
        True,
        None,
        "text",
        np.float64(1.5),
        np.int64(3),
        (1, [2.0, np.arange(3)]),
        {"a": np.eye(2)},
        np.zeros((0, 3), dtype=np.float32),
        np.array(["a", "bc"]),
        np.array([True, False]),
    ]
    arrays: list = []
    sent = child.encode([*values, rng], arrays)
    header, found = child.unpack(child.pack({"sent": sent}, arrays)[8:])
    *got, other = child.decode(header["sent"], found)
    assert other.normal() == rng.normal()
    for one, value in zip(got, values, strict=True):
        assert type(one) is type(value)
        np.testing.assert_equal(one, value)
        if isinstance(value, np.ndarray):
            assert one.dtype == value.dtype


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_arguments_come_back_as_they_were(chapter):
    for question in questions(chapter):
        for case in question.cases:
            arrays: list = []
            sent = child.encode(list(case), arrays)
            header, found = child.unpack(child.pack({"sent": sent}, arrays)[8:])
            for one, value in zip(
                child.decode(header["sent"], found), case, strict=True
            ):
                if not isinstance(value, np.random.Generator):
                    assert type(one) is type(value), question.key
                    np.testing.assert_equal(one, value)


def test_clean():
    assert clean("a\tb\n\x1b[2J\udc80\u202e é √") == "a   b\n?[2J?? é √"
    assert len(clean("x" * 10**6)) < 10**5
