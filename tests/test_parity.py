"""The same weights give the same scores, the same losses and, after six steps of Adam, the same weights in
both frameworks.
"""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

WORKER = Path(__file__).with_name("parity_worker.py")
weights = runpy.run_path(str(WORKER))["weights"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parity")
    np.savez(folder / "weights.npz", **weights())
    found = {}
    for framework in ("torch", "tensorflow"):
        out = folder / f"{framework}.npz"
        done = subprocess.run(
            [sys.executable, str(WORKER), framework, str(folder / "weights.npz"), str(out)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found[framework] = dict(np.load(out))
    return found


def test_both_frameworks_have_the_same_outputs(results):
    assert results["torch"].keys() == results["tensorflow"].keys()
    assert any("trained" in key for key in results["torch"])


def test_scores_losses_and_weights_agree(results):
    for key, value in results["torch"].items():
        loose = {"rtol": 1e-3, "atol": 1e-4} if "trained" in key else {"rtol": 1e-4, "atol": 1e-5}
        np.testing.assert_allclose(results["tensorflow"][key], value, err_msg=key, **loose)


def test_training_moved_the_weights(results):
    for key, value in results["torch"].items():
        if "/trained/" in key:
            assert not np.allclose(value, weights()[key.rsplit("/", 1)[1]]), key
