"""Kernels that run side by side without meeting: each talks through socket files in a
folder of its own.

With TCP, Jupyter's default, two kernels that start at the same moment can pick the same
port. Used by execute.py, and by nbval as a pytest plugin.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

# an empty one
PROFILE = tempfile.TemporaryDirectory(prefix="ipython-", ignore_cleanup_errors=True)
# One thread (OpenMP spins), quiet TensorFlow, and the same numbers with every build of
# it; what is set already stays.
USUAL = {
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
# None of the settings for IPython and Matplotlib that someone has at home, and nothing
# written there.
ALWAYS = {
    "IPYTHONDIR": PROFILE.name,
    "PYTHONSTARTUP": "",
    "MATPLOTLIBRC": os.devnull,
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "RECTUTOR_PROGRESS": "off",  # nobody's own
    "RECTUTOR_CHECK": "strict",  # a solution that is wrong fails
}


def environment() -> dict[str, str]:
    """A kernel's environment."""
    return {**USUAL, **os.environ, **ALWAYS}


def sockets(folder: str) -> dict[str, str]:
    """Options of a KernelManager that keep its sockets in a folder. (Windows stays with
    TCP.)
    """
    return (
        {}
        if sys.platform == "win32"
        else {"transport": "ipc", "connection_file": f"{folder}/kernel.json"}
    )


folders: list[tempfile.TemporaryDirectory] = []


def pytest_configure() -> None:
    import nbval.kernel

    manager = nbval.kernel.KernelManager

    def private(**options: Any) -> Any:
        folders.append(tempfile.TemporaryDirectory(prefix="kernel-"))
        return manager(**sockets(folders[-1].name), **options)

    os.environ.update(environment())
    nbval.kernel.KernelManager = private


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Stored notebooks have no stderr (warnings, progress bars), so what a run writes
    there is not compared; nor are pictures.
    """
    for notebook in {item.parent for item in items}:
        notebook.skip_compare += ("stderr", "image/svg+xml")


def pytest_unconfigure() -> None:
    for folder in folders:
        folder.cleanup()
