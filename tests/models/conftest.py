"""Run once per framework: `pytest tests/models --framework torch`, then
`--framework tensorflow`.
"""

import importlib

import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption("--framework", choices=("torch", "tensorflow"), default="torch")


@pytest.fixture(scope="session")
def framework(request):
    return request.config.getoption("--framework")


@pytest.fixture(scope="session")
def mf(framework):
    return importlib.import_module(f"rec_tutor.{framework}.mf")


@pytest.fixture(scope="session")
def ncf(framework):
    return importlib.import_module(f"rec_tutor.{framework}.ncf")


@pytest.fixture(scope="session")
def attention(framework):
    return importlib.import_module(f"rec_tutor.{framework}.attention")


@pytest.fixture(scope="session")
def sasrec(framework):
    return importlib.import_module(f"rec_tutor.{framework}.sasrec")


@pytest.fixture(scope="session")
def din(framework):
    return importlib.import_module(f"rec_tutor.{framework}.din")


@pytest.fixture(scope="session")
def losses(framework):
    return importlib.import_module(f"rec_tutor.{framework}.losses")


@pytest.fixture(scope="session")
def cnn(framework):
    return importlib.import_module(f"rec_tutor.{framework}.cnn")


@pytest.fixture(scope="session")
def gnn(framework):
    return importlib.import_module(f"rec_tutor.{framework}.gnn")


@pytest.fixture(scope="session")
def dqn(framework):
    return importlib.import_module(f"rec_tutor.{framework}.dqn")


@pytest.fixture(scope="session")
def rnn(framework):
    return importlib.import_module(f"rec_tutor.{framework}.rnn")


@pytest.fixture(scope="session")
def content(framework):
    return importlib.import_module(f"rec_tutor.{framework}.content")


@pytest.fixture(scope="session")
def towers(framework):
    return importlib.import_module(f"rec_tutor.{framework}.towers")


@pytest.fixture(scope="session")
def dropoutnet(framework):
    return importlib.import_module(f"rec_tutor.{framework}.dropoutnet")


@pytest.fixture(scope="session")
def fusion(framework):
    return importlib.import_module(f"rec_tutor.{framework}.fusion")


@pytest.fixture(scope="session")
def text(framework):
    return importlib.import_module(f"rec_tutor.{framework}.text")


@pytest.fixture(scope="session")
def training(framework):
    return importlib.import_module(f"rec_tutor.{framework}.training")


@pytest.fixture(scope="session")
def call(framework, training):
    """call(function, *arrays): the arrays go in as tensors, NumPy arrays come out (of
    tuples and lists, too).
    """
    library = importlib.import_module(framework)

    def tensor(array):
        array = np.asarray(array)
        return (
            library.tensor(array, device=training.device())
            if framework == "torch"
            else library.constant(array)
        )

    def plain(result):
        if isinstance(result, tuple | list):
            return [plain(part) for part in result]
        return result.detach().cpu().numpy() if framework == "torch" else result.numpy()

    return lambda function, *arrays: plain(function(*map(tensor, arrays)))


@pytest.fixture(scope="session")
def weights_of(framework):
    """weights_of(model): its trainable weights as NumPy arrays."""
    if framework == "torch":
        return lambda model: [
            value.detach().cpu().numpy()
            for value in model.parameters()
            if value.requires_grad
        ]
    return lambda model: [value.numpy() for value in model.trainable_variables]


@pytest.fixture(scope="session")
def shaken(framework):
    """shaken(model): the model with all its weights random, so that biases and
    untrained tables count, too.
    """

    def shake(model, spread=0.5):
        rng = np.random.default_rng(11)
        if framework == "torch":
            for value in model.parameters():
                drawn = rng.normal(0, spread, size=tuple(value.shape))
                value.data.copy_(value.data.new_tensor(drawn) * value.requires_grad)
        else:
            for value in model.trainable_variables:
                value.assign(rng.normal(0, spread, size=tuple(value.shape)))
        return model

    return shake
