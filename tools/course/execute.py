"""Run a notebook in a fresh kernel and keep what a reader needs: a second run gives the
same file.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from traitlets.config import Config

from course import kernels


def run(
    notebook: NotebookNode, folder: Path, timeout: int = 600
) -> tuple[NotebookNode, float]:
    """Execute a copy of a notebook in `folder`; returns it, cleaned, and the seconds it
    took.
    """
    done = nbformat.from_dict(notebook)
    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        client = NotebookClient(
            done,
            config=Config({"KernelManager": kernels.sockets(sockets)}),
            kernel_name="python3",
            timeout=timeout,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(folder)}},
        )
        start = time.perf_counter()
        try:
            client.execute(env=kernels.environment())
        except CellExecutionError as error:
            # without colours
            raise RuntimeError(re.sub(r"\x1b\[[\d;]*m", "", str(error))) from None
        except CellTimeoutError as error:
            raise RuntimeError(str(error)) from None
    seconds = time.perf_counter() - start
    clean(done)
    done.metadata["language_info"] = notebook.metadata["language_info"]
    return done, seconds


def clean(notebook: NotebookNode) -> None:
    """Drop what differs from run to run or is not for readers; give pictures their alt
    text.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        cell.outputs = [
            output for output in cell.outputs if output.get("name") != "stderr"
        ]
        for output in cell.outputs:
            if "image/png" in output.get("data", {}) and "alt" in cell.metadata:
                output.metadata["image/png"] = {"alt": cell.metadata["alt"]}
