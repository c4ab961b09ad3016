"""RECTUTOR_DEVICE decides where TensorFlow works."""

import pytest
import tensorflow as tf

from rec_tutor.tensorflow import training


def test_the_cpu_can_be_forced(monkeypatch):
    hidden = []
    monkeypatch.setattr(
        tf.config,
        "set_visible_devices",
        lambda devices, kind: hidden.append((devices, kind)),
    )
    monkeypatch.setattr(
        tf.config, "get_visible_devices", lambda kind: [] if hidden else ["GPU:0"]
    )
    monkeypatch.delenv("RECTUTOR_DEVICE", raising=False)
    assert training.device() == "GPU"
    monkeypatch.setenv("RECTUTOR_DEVICE", "cpu")
    assert training.device() == "CPU"
    assert hidden == [([], "GPU")]


def test_a_missing_gpu_is_said(monkeypatch):
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [])
    monkeypatch.setenv("RECTUTOR_DEVICE", "cuda")
    with pytest.raises(RuntimeError, match="sees no GPU"):
        training.device()
