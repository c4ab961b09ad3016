"""What a model takes is told before it works, and refused where it does not fit."""

import os
import subprocess
import sys
from itertools import pairwise

import pytest

from rec_tutor import data, recipes
from rec_tutor.baselines import EASE
from rec_tutor.recipes import cost, memory
from rec_tutor.recipes.table import RECIPES

RUNS = [
    (name, framework)
    for name, recipe in RECIPES.items()
    for framework in recipe.frameworks or ("",)
]
GB = 10**9


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


@pytest.mark.parametrize(("name", "framework"), RUNS)
def test_more_data_takes_more(name, framework):
    found = [
        cost.estimate(name, *counts, None, framework)
        for counts in (
            (1, 1, 1),
            (1000, 2000, 100_000),
            (100_000, 2000, 10_000_000),
            (100_000, 300_000, 10_000_000),
        )
    ]
    assert all(a.bytes <= b.bytes for a, b in pairwise(found))
    assert all(a.operations < b.operations for a, b in pairwise(found[:3]))
    assert found[0].bytes < found[1].bytes < found[3].bytes
    assert found[0].bytes > 100e6  # Python and NumPy


def test_what_the_options_do():
    counts = 50_000, 20_000, 500_000
    for name, option, values in (
        ("als", "dim", (64, 256)),
        ("item-knn", "neighbours", (10, 300)),
        ("mf", "dim", (64, 512)),
        ("caser", "members", (1, 9)),
        ("ncf", "negatives", (1, 64)),
    ):
        less, more = (
            cost.estimate(name, *counts, {option: value}).bytes for value in values
        )
        assert less < more, name
    both = [
        cost.estimate("mf", *counts, None, f).bytes for f in RECIPES["mf"].frameworks
    ]
    assert both[0] < both[1]  # TensorFlow is larger


def test_an_item_x_item_matrix_is_what_it_is():
    assert 28.8e9 < cost.estimate("ease", 3000, 60_000, 60_000).bytes < 30e9
    assert cost.estimate("item-knn", 3000, 60_000, 60_000).bytes < 2e9


@pytest.mark.long
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
@pytest.mark.parametrize("name", ["ease", "markov"])
def test_the_estimate_is_what_a_process_takes(name):
    """In a process of its own; all models and sizes: python -m course memory."""
    code = f"""
import numpy as np, pandas as pd
from rec_tutor import data, recipes
from rec_tutor.recipes import cost, memory
rng = np.random.default_rng(0)
frame = pd.DataFrame({{"user": rng.integers(0, 2000, 60_000)}})
frame["item"] = (3000 * rng.random(60_000) ** 2).astype(int)
frame = frame.drop_duplicates()
ds = data.from_frame(frame)
recipes.fit(ds, {name!r}).recommend()
peak = memory.table(memory.PROC / "self/status")["VmHWM"]
counts = ds.num_users, ds.num_items, len(ds.ratings)
print(cost.estimate({name!r}, *counts).bytes / peak)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert 1 / 1.5 < float(done.stdout) < 1.5


def test_a_model_that_does_not_fit_is_refused_before_it_works(ds, monkeypatch):
    large = data.Dataset("large", ds.ratings, ds.users, ds.items)
    monkeypatch.setattr(data.Dataset, "num_items", property(lambda own: 60_000))
    monkeypatch.setattr(cost, "limit", lambda: 10 * GB)
    monkeypatch.setattr(EASE, "fit", lambda *_: pytest.fail("it worked"))
    with pytest.raises(data.DataError) as error:
        recipes.fit(large, "ease")
    text = str(error.value)
    assert text.startswith("ease needs about 29 GB for 60,000 items (an item x item")
    assert "; 9.0 GB can be used here. item-knn, als, " in text
    assert text.endswith("or popularity fit.")


@pytest.mark.parametrize(
    ("free", "named"),
    [(40e6, "popularity fits."), (1e6, "Take fewer ratings, or a computer")],
)
def test_only_what_fits_is_named(ds, monkeypatch, free, named):
    monkeypatch.setattr(cost, "limit", lambda: free)
    monkeypatch.setattr(
        cost,
        "needed",
        lambda ds, name, options, framework: 20e6 if name == "popularity" else 70e6,
    )
    with pytest.raises(data.DataError, match=named):
        recipes.fit(ds, "ease")


def test_an_unknown_limit_refuses_nothing(ds, monkeypatch):
    monkeypatch.setattr(cost, "limit", lambda: None)
    assert recipes.fit(ds, "popularity").recipe == "popularity"


@pytest.mark.parametrize("free", [None, 10 * GB])
def test_running_out_of_memory_is_said_in_the_same_words(ds, monkeypatch, free):
    def fit(*_):
        raise errors.pop()

    errors = [
        RuntimeError("something else"),
        RuntimeError("DefaultCPUAllocator: can't allocate"),
        MemoryError(),
    ]
    monkeypatch.setattr(cost, "limit", lambda: free)
    monkeypatch.setattr(EASE, "fit", fit)
    for _ in range(2):
        with pytest.raises(data.DataError, match="ease ran out of memory: it needs"):
            recipes.fit(ds, "ease")
    with pytest.raises(RuntimeError, match="something else"):
        recipes.fit(ds, "ease")


# --- what is free ---


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A made-up machine: 8 GB free, no control groups, no limits."""
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "own_limits", lambda: iter(()))

    def write(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write("proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    8000000 kB\nX: 1\n")
    return write


def test_what_the_machine_has_free(system):
    assert memory.limit() == 8_000_000 * 1024


def test_a_control_group_of_version_2(system):
    system("proc/self/cgroup", "0::/a/b\n")
    system("cgroup/a/b/memory.max", "max\n")
    system("cgroup/a/memory.max", "3000000000\n")
    system("cgroup/a/memory.current", "2000000000\n")
    system("cgroup/a/memory.stat", "anon 5\ninactive_file 700000000\n")
    assert memory.limit() == 1_700_000_000


def test_a_control_group_of_version_1(system):
    system("proc/self/cgroup", "5:cpu:/x\n4:memory:/not/seen/from/inside\n")
    system("cgroup/memory/memory.limit_in_bytes", "2000000000\n")
    system("cgroup/memory/memory.usage_in_bytes", "500000000\n")
    assert memory.limit() == 1_500_000_000
    system("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    assert memory.limit() == 8_000_000 * 1024
    system("cgroup/memory/memory.limit_in_bytes", "400000000\n")
    assert memory.limit() == 0


def test_a_system_that_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "PROC", tmp_path)
    monkeypatch.setattr(memory, "own_limits", lambda: iter(()))
    monkeypatch.delattr(memory.os, "sysconf", raising=False)
    assert memory.limit() is None


def test_this_machine_has_something_free():
    free = memory.limit()
    assert free is None or 10**6 < free < 2**50


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS ignores it")
def test_a_limit_of_ulimit():
    code = """
import resource
from rec_tutor.recipes import memory
for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (5 * 10**9, before[1]))
    print(memory.limit())
    resource.setrlimit(kind, before)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    found = [int(number) for number in done.stdout.split()]
    assert len(found) == 2 and all(1 * GB < free < 5 * GB for free in found)
