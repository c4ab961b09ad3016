"""PyTorch and TensorFlow never share a process: see the Makefile for how their tests
run.
"""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

for name, value in {
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}.items():
    os.environ.setdefault(name, value)
os.environ["RECTUTOR_PROGRESS"] = "off"
# A busy machine is slow at making examples, too: no reason to fail.
settings.register_profile(
    "course",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("course")


@pytest.fixture(autouse=True)
def one_framework_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves a framework in the process but the one it is run with."""
    yield
    asked = request.config.getoption("framework", None)
    loaded = {"torch", "tensorflow"} & sys.modules.keys() - {asked}
    assert not loaded, f"{loaded} in a process that was to have {asked or 'neither'}"
