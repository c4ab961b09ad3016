"""How much a student's process may do: as little as this machine can enforce.

Two levels, and none elsewhere:

- "namespaces": bubblewrap. No network, no home, a read-only system, 16 MB of /tmp, a
  user without rights, no other processes in sight. Used where a probe works; containers
  often forbid it.
- "limits" (Linux): an empty environment; as root a user without rights; a hook in
  Python that lets answers open files of the libraries only; and, where the kernel has
  it (Landlock, 5.13), the same said by the kernel.

On both: limits of memory, files and processor time, and a filter of system calls (on
x86-64 and 64-bit ARM): no other programs, processes, signals or sockets. Limits of time
and output are the parent's. Each question has a process of its own.

What is not stopped, and what it costs:

- At "limits" without Landlock, whoever gets around the hook (by C code of PyTorch or
  TensorFlow, which opens files without asking it) reads what the user may read, as root
  what everybody may read. Landlock binds the thread that runs answers and those that it
  starts, not a framework's older ones; none is known that opens files for an answer.
- As root at "limits", a Python that others may not read (below /root) has only those
  modules for answers that were imported before, `child.ALWAYS` among them.
- At "limits" it is seen which files exist (`os.stat`), and the numbers of processes.
- At "limits" the public solutions of an installed rec_tutor are files of the libraries:
  the hook refuses them, Landlock does not. Nothing else there knows an expected value.
- Without the filter (on machines of another kind): at "limits" RLIMIT_NPROC forbids
  processes and threads, which TensorFlow may need; at "namespaces" it does not bind
  root: a fork bomb slows the machine until the time is over, and ends with the rest.
- Threads are not counted: they end with their process, and share its memory.
- If a grader is killed, its processes end with it, at "namespaces" a moment later.
- A right answer that was copied, guessed or computed in a strange way is right.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rec_tutor.grading import child

NOBODY = 65534
MEMORY = 3 * 2**30  # bytes, more than the libraries take
SECONDS = 10.0  # for all calls of a question
START = 120.0  # seconds to import a framework, on a busy machine
PROGRAM = Path(child.__file__)
WHERE = "Use WSL on Windows, a virtual machine or Colab; grading needs Linux."


class ChildError(Exception):
    """A child that gave no answer: "time", "died", or "large"."""


class UnsupportedError(RuntimeError):
    """This system can't hold a student's code."""


def folders() -> list[str]:
    """What a child has to read: Python and its libraries."""
    names = {sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"]}
    names |= set(site.getsitepackages())
    found = [str(Path(name).resolve()) for name in names if Path(name).is_dir()]
    return sorted({*found, *(name for name in names if Path(name).is_dir())})


def bubblewrap(inside: list[str]) -> list[str]:
    """A command in namespaces of its own."""
    command = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent"]
    command += ["--new-session", "--clearenv", "--uid", str(NOBODY)]
    command += ["--gid", str(NOBODY), "--hostname", "answers"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--size", str(2**24), "--tmpfs", "/tmp"]  # before what lies below it
    for name in ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache"):
        command += ["--ro-bind-try", name, name]
    bound = {"/usr", "/lib", "/lib64", "/bin"}
    for name in folders():
        if not any(name == b or name.startswith(f"{b}/") for b in bound):
            command += ["--ro-bind", name, name]
            bound.add(name)
    for name in folders():  # an installed rec_tutor has the solutions
        own = Path(name) / "rec_tutor"
        if own.is_dir():
            command += ["--tmpfs", str(own)]
    command += ["--ro-bind", str(PROGRAM), "/tmp/child.py"]
    for name in ("/dev", "/"):
        command += ["--remount-ro", name]
    command += ["--chdir", "/tmp"]
    for name, value in environment().items():
        command += ["--setenv", name, value]
    return [*command, *inside]


def environment() -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "",
    }


@cache
def level() -> str:
    """The level that this machine reaches.

    Raises:
        UnsupportedError: neither; the message names a way.
    """
    if sys.platform != "linux":
        raise UnsupportedError(f"No student's code is run on {sys.platform}. {WHERE}")
    if os.environ.get("RECTUTOR_ISOLATION") == "limits" or not shutil.which("bwrap"):
        return "limits"
    probe = bubblewrap([sys.executable, "-I", "-c", "import numpy; print(6 * 7)"])
    try:
        done = subprocess.run(probe, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return "limits"
    return "namespaces" if done.stdout.strip() == "42" else "limits"


@dataclass
class Child:
    """A process that runs the answer to one question.

    Args:
        framework: imported before anything is given up: "", "torch", "tensorflow".
        gradient: the arguments by which gradients are taken.

    Raises:
        UnsupportedError: it does not start, which is nobody's answer's fault.
    """

    framework: str = ""
    gradient: tuple[int, ...] = ()
    end: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        limited = level() == "limits"
        to_child, self.target = os.pipe()
        self.source, from_child = os.pipe()
        inside = [sys.executable, "-I", str(PROGRAM if limited else "/tmp/child.py")]
        inside += [str(to_child), str(from_child)]
        try:
            self.process = subprocess.Popen(
                inside if limited else bubblewrap(inside),
                pass_fds=(to_child, from_child),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment(),
                start_new_session=True,
            )
        except BaseException:
            os.close(self.source)
            os.close(self.target)
            raise
        finally:
            os.close(to_child)
            os.close(from_child)
        os.set_blocking(self.source, False)
        os.set_blocking(self.target, False)
        self.end = time.monotonic() + START
        limits = {
            "RLIMIT_AS": MEMORY,
            "RLIMIT_FSIZE": 2**20,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 64,
            "RLIMIT_NPROC": 0 if limited else 64,
            "RLIMIT_CPU": 120,
        }
        first = {
            "framework": self.framework,
            "gradient": list(self.gradient),
            "limits": limits,
            "user": NOBODY if limited and os.geteuid() == 0 else None,
            "watched": folders() if limited else [],
        }
        try:
            self.ask(first, [])
        except BaseException as error:
            self.close()
            if isinstance(error, ChildError):
                text = f"No process for answers: {error} while it started."
                raise UnsupportedError(text) from None
            raise

    def ask(
        self, request: dict[str, Any], arrays: list[np.ndarray]
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Send a request, and wait for the reply that has its nonce.

        Raises:
            ChildError: no reply in time, too large a one, or the process is gone.
        """
        nonce = os.urandom(16).hex()
        self._write(child.pack({**request, "nonce": nonce}, arrays))
        received = 0
        while True:
            length = int.from_bytes(self._read(8), "big")
            received += length
            if length > child.LARGEST or received > 2 * child.LARGEST:
                raise ChildError("large")
            try:
                header, found = child.unpack(self._read(length))
            except ValueError:
                raise ChildError("died") from None
            if header.get("nonce") == nonce:
                return header, found

    def _wait(self, stream: int, event: int) -> None:
        """Until something can be read or written, or the time is over."""
        left = self.end - time.monotonic()
        waiting = select.poll()
        waiting.register(stream, event)
        if left <= 0 or not waiting.poll(left * 1000):
            raise ChildError("time")

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._wait(self.target, select.POLLOUT)
            try:
                view = view[os.write(self.target, view[: 1 << 12]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise ChildError("died") from None

    def _read(self, number: int) -> bytes:
        parts = bytearray()
        while len(parts) < number:
            self._wait(self.source, select.POLLIN)
            try:
                part = os.read(self.source, min(number - len(parts), 1 << 16))
            except BlockingIOError:
                continue
            except OSError:
                raise ChildError("died") from None
            if not part:
                raise ChildError("died")
            parts += part
        return bytes(parts)

    def close(self) -> None:
        """End the process and all that it started; leave nothing behind."""
        for stream in (self.source, self.target):
            os.close(stream)
        session = self.process.pid
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(session, signal.SIGKILL)
        self.process.kill()
        for pid in _members(session):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def _members(session: int) -> list[int]:
    """The processes of a session. (Those of a user would be more than ours.)"""
    found = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with suppress(OSError):
                state = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2]
                if int(state.split()[3]) == session:
                    found.append(int(name))
    return found
