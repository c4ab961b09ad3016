"""The compiled loop: in how many calls the batches come does not matter."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from rec_tutor.inputs import Batches, SampledItems
from rec_tutor.tensorflow import mf, training

RNG = np.random.default_rng(0)
COLUMNS = RNG.integers(5, size=50), RNG.integers(7, size=50), RNG.random(50)


@pytest.mark.parametrize(
    ("batches", "size", "ends"),
    [
        (64, 2**26, [[20, 40, 50]]),
        (2, 2**26, [[20, 40], [10]]),
        (64, 1, [[20], [20], [10]]),  # a batch is never cut
        (64, 1000, [[20, 40], [10]]),  # 480 bytes each
    ],
)
def test_chunks_of_batches(monkeypatch, batches, size, ends):
    monkeypatch.setattr(training, "MAX_BATCHES", batches)
    monkeypatch.setattr(training, "MAX_BYTES", size)
    source = Batches(*COLUMNS, batch_size=20, seed=1)
    found = list(training.chunks(source.epoch()))
    assert [chunk[1][:, 0].numpy().tolist() for chunk in found] == ends
    assert all((chunk[1] == chunk[1][:, :1]).numpy().all() for chunk in found)
    expected = list(Batches(*COLUMNS, batch_size=20, seed=1).epoch())
    for place, column in enumerate(zip(*expected, strict=True)):
        together = np.concatenate([chunk[0][place] for chunk in found])
        np.testing.assert_allclose(together, np.concatenate(column), rtol=1e-6)
    assert found[0][0][2].dtype == "float32" and found[0][0][0].dtype == "int64"


def test_columns_of_a_batch_may_have_other_lengths():
    """Items that are drawn for a whole batch: each gets its own back."""
    counts = np.ones(7)
    source = SampledItems(Batches(*COLUMNS[:2], batch_size=20, seed=1), counts, 4)
    (columns, ends), *more = training.chunks(source.epoch())
    assert not more and ends.numpy().tolist() == [
        [20, 20, 4, 4],
        [40, 40, 8, 8],
        [50, 50, 12, 12],
    ]
    assert [len(column) for column in columns] == [50, 50, 12, 12]


def test_the_number_of_calls_changes_nothing(monkeypatch):
    curves = []
    for limit in (1, 2, 64):
        monkeypatch.setattr(training, "MAX_BATCHES", limit)
        batches = Batches(*COLUMNS, batch_size=20, seed=1)
        model = mf.BiasedMF(5, 7, dim=3, seed=2)
        curves.append(training.fit(model, batches, epochs=3, progress=False)["loss"])
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-6)
    np.testing.assert_allclose(curves[0], curves[2], rtol=1e-6)
    assert curves[0].iloc[-1] < curves[0].iloc[0]


# Asked of one process, which has done nothing yet: it may still choose again.
ASK = """
import json, os, sys
from rec_tutor.tensorflow import training
import tensorflow as tf

options = tf.config.threading


def chosen():
    return [
        options.get_intra_op_parallelism_threads(),
        options.get_inter_op_parallelism_threads(),
    ]


found = [chosen()]
for asked in json.loads(sys.argv[1]):
    os.environ.pop("OMP_NUM_THREADS", None)
    os.environ.pop("TF_NUM_INTRAOP_THREADS", None)
    os.environ.update(asked)
    options.set_intra_op_parallelism_threads(0)
    options.set_inter_op_parallelism_threads(0)
    training.threads()
    found.append(chosen())
print(json.dumps(found))
"""


def test_as_many_threads_as_were_asked_for():
    questions = [
        ({"OMP_NUM_THREADS": "1"}, [1, 1]),
        ({"OMP_NUM_THREADS": "3,2"}, [3, 3]),
        ({}, [0, 0]),
        ({"OMP_NUM_THREADS": "many"}, [0, 0]),
        ({"OMP_NUM_THREADS": "3", "TF_NUM_INTRAOP_THREADS": "2"}, [0, 0]),
    ]
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    others = {name: own for name, own in os.environ.items() if name not in names}
    run = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps([asked for asked, _ in questions])],
        env=others | {"OMP_NUM_THREADS": "5"},  # what the import sees
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    expected = [[5, 5], *(answer for _, answer in questions)]
    assert json.loads(run.stdout.splitlines()[-1]) == expected
