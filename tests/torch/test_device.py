"""No tensor of a model lands on a device by accident: a forward pass on PyTorch's meta device shows that
without a GPU.
"""

import pytest
import torch

from rec_tutor.torch import mf, training

USERS, ITEMS = torch.tensor([0, 1]), torch.tensor([2, 3])


@pytest.fixture
def meta(monkeypatch):
    monkeypatch.setenv("RECTUTOR_DEVICE", "meta")
    return torch.device("meta")


@pytest.mark.parametrize(
    ("model", "batch"),
    [
        (mf.BiasedMF, (USERS, ITEMS, torch.tensor([4.0, 2.0]))),
        (mf.BPRMF, (USERS, ITEMS, ITEMS)),
        (mf.SoftmaxMF, (USERS, torch.ones(2, 7))),
    ],
)
def test_every_model_follows_the_device(meta, model, batch):
    built = model(5, 7, dim=3)
    assert {parameter.device for parameter in built.parameters()} == {meta}
    assert {buffer.device for buffer in built.buffers()} <= {meta}
    loss = built.batch_loss(*(tensor.to(meta) for tensor in batch))
    loss.backward()
    assert loss.device == meta and loss.shape == ()
    assert all(parameter.grad is not None and parameter.grad.device == meta for parameter in built.parameters())


def test_the_device_is_chosen_in_one_place(monkeypatch):
    monkeypatch.delenv("RECTUTOR_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert training.device().type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training.device().type in ("cpu", "mps")
    monkeypatch.setenv("RECTUTOR_DEVICE", "cpu")
    assert training.device() == torch.device("cpu")


def test_a_missing_gpu_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("RECTUTOR_DEVICE", "CUDA")
    with pytest.raises(RuntimeError, match="sees no such GPU"):
        training.device()
