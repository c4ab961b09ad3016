"""Run once per framework: `pytest tests/models --framework torch`, then `--framework tensorflow`."""

import importlib

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
def training(framework):
    return importlib.import_module(f"rec_tutor.{framework}.training")
