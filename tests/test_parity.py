"""The same weights give the same scores, losses, gradients and attention, and, after
six steps of Adam, the same weights in both frameworks.

In float32 Adam turns rounding into whole steps wherever a gradient is 0 but for
rounding. So training is compared in float64, where rounding stays far below Adam's
epsilon on every processor.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.training
WORKER = Path(__file__).with_name("parity_worker.py")
# A number added to all scores changes neither a softmax over them nor their
# differences.
UNSEEN = {
    "DropoutNet": ("item_tower.layers.1.bias",),
    "MLP features": ("out.bias",),
    "NeuMF bpr": ("gmf.out.bias", "mlp.out.bias"),
    "NeuMF softmax": ("gmf.out.bias", "mlp.out.bias"),
    "NeuMF softmax, one negative": ("gmf.out.bias", "mlp.out.bias"),
    "SASRec": ("blocks.0.key.bias",),
    "SASRec sampled": ("blocks.0.key.bias",),
    "SASRec two blocks, no positions": ("blocks.0.key.bias", "blocks.1.key.bias"),
    "SASRec short windows, not causal": ("blocks.0.key.bias", "blocks.1.key.bias"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parity")

    def run(precision):
        """The outputs of both frameworks: PyTorch's, TensorFlow's."""
        for framework in ("torch", "tensorflow"):
            command = [
                sys.executable,
                str(WORKER),
                framework,
                precision,
                str(folder / f"{framework}.npz"),
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr[-2000:]
        return [
            dict(np.load(folder / f"{framework}.npz"))
            for framework in ("torch", "tensorflow")
        ]

    return run


@pytest.fixture(scope="module")
def single(run):
    return run("float32")


@pytest.fixture(scope="module")
def double(run):
    return run("float64")


def unseen(key):
    """Whether it is a parameter that its loss does not see."""
    name, _, parameter = key.split("/")
    return parameter in UNSEEN.get(name, ())


def of(part, found):
    return {
        key: value
        for key, value in found.items()
        if f"/{part}/" in key or key.endswith(f"/{part}")
    }


def test_both_frameworks_have_the_same_outputs(double):
    torch, tensorflow = (
        {key: value.shape for key, value in found.items()} for found in double
    )
    assert torch == tensorflow
    for part in (
        "/trained/blocks.1.norm_network.bias",
        "/attention",
        "/trained/mlp.layers.0.weight",
        "/trained/age",
    ):
        assert any(part in key for key in torch), part


@pytest.mark.parametrize(
    ("precision", "rtol", "atol"),
    # TensorFlow keeps NGCF's slope of 0.2 in 32 bits
    [("single", 1e-4, 1e-5), ("double", 1e-7, 1e-7)],
)
def test_scores_losses_gradients_and_attention_agree(request, precision, rtol, atol):
    torch, tensorflow = request.getfixturevalue(precision)
    for key, value in torch.items():
        if "/trained/" not in key and not key.endswith("/curve"):
            assert np.isfinite(value).all(), key
            np.testing.assert_allclose(
                tensorflow[key], value, rtol=rtol, atol=atol, err_msg=key
            )


def test_the_trained_weights_agree(double):
    torch, tensorflow = double
    for part, rtol, atol in (("trained", 1e-5, 1e-5), ("curve", 1e-4, 1e-5)):
        assert of(part, torch)
        for key, value in of(part, torch).items():
            np.testing.assert_allclose(
                tensorflow[key], value, rtol=rtol, atol=atol, err_msg=key
            )


def test_which_parameters_a_loss_does_not_see(double):
    """Their gradient is 0 but for rounding, and nobody else's is; so they take no part
    in what training does.
    """
    seen = {name: set() for name in UNSEEN}
    for found in double:
        for key, value in of("gradient", found).items():
            largest = np.abs(value).max()
            assert largest < 1e-12 if unseen(key) else largest > 1e-6, key
            if unseen(key):
                seen[key.split("/")[0]].add(key.split("/")[-1])
    assert seen == {name: set(parameters) for name, parameters in UNSEEN.items()}


def test_training_moves_what_the_loss_sees_and_weight_decay_all(double):
    shrunk = np.prod([1 - 0.1 * 0.01 * (1 - step / 6) for step in range(6)])
    for found in double:
        for key, value in of("trained", found).items():
            decayed = found[key.replace("/trained/", "/initial/")] * shrunk
            if unseen(key):
                np.testing.assert_allclose(
                    value, decayed, rtol=1e-5, atol=1e-7, err_msg=key
                )
            else:
                assert np.abs(value - decayed).max() > 1e-3, key
