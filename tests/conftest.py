"""PyTorch and TensorFlow never share a process: their tests run one folder at a time (see the Makefile)."""

import os

import pytest

os.environ.update({"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"})


def pytest_collection_finish(session: pytest.Session) -> None:
    folders = {item.path.parent.name for item in session.items}
    if {"torch", "tensorflow"} <= folders:
        raise pytest.UsageError("run tests/torch and tests/tensorflow one at a time, as `make test` does")
