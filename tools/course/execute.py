"""Run a notebook in a fresh kernel and keep what a reader needs: a second run gives the
same file.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from traitlets.config import Config

from course import kernels, pictures, prose

# The last cell of a run, which no notebook keeps: processor seconds of the kernel and
# of the processes that it started, and the kernel's largest resident memory in bytes.
ASK = """
import json, os, sys
try:
    with open("/proc/self/status", encoding="utf-8") as file:
        peak = int(file.read().partition("VmHWM:")[2].split()[0]) * 1024
except (OSError, IndexError):
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
print(json.dumps([sum(os.times()[:4]), peak]))
"""


@dataclass(frozen=True)
class Cost:
    """What a run took.

    Attributes:
        cpu: processor seconds, of the kernel and of the processes that it started.
        wall: seconds by the clock.
        memory: the kernel's largest resident memory, in MB (a million bytes).
    """

    cpu: float
    wall: float
    memory: int


def run(
    notebook: NotebookNode, folder: Path, timeout: int = 600
) -> tuple[NotebookNode, Cost]:
    """Execute a copy of a notebook in `folder`; returns it, cleaned, with the values of
    the expressions in its texts, and what that took.

    Raises:
        RuntimeError: a cell failed, or took more than `timeout` seconds.
        ValueError: a value can't stand in a sentence.
    """
    done = nbformat.from_dict(notebook)
    questions = prose.with_questions(done)
    done.cells.append(nbformat.v4.new_code_cell(ASK))
    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        client = NotebookClient(
            done,
            config=Config({"KernelManager": kernels.sockets(sockets)}),
            kernel_name="python3",
            timeout=timeout,
            record_timing=False,
            extra_arguments=[pictures.FORMATS],
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
    wall = time.perf_counter() - start
    said = [one.text for one in done.cells.pop().outputs if one.get("name") == "stdout"]
    cpu, peak = json.loads("".join(said).splitlines()[-1])
    prose.filled(done, prose.take(done, questions))
    clean(done)
    done.metadata["language_info"] = notebook.metadata["language_info"]
    return done, Cost(round(cpu, 1), round(wall, 1), round(peak / 1e6))


def clean(notebook: NotebookNode) -> None:
    """Drop what differs from run to run or is not for readers; of each picture one
    version stays, with its alt text.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        cell.outputs = [
            output for output in cell.outputs if output.get("name") != "stderr"
        ]
        for output in cell.outputs:
            pictures.keep_one(output, cell.metadata.get("alt", ""))
