"""Two processes that grade: one that dies or hangs costs its submission alone."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from rec_tutor.check.questions import find
from rec_tutor.grading.copies import fingerprints
from rec_tutor.grading.grade import Mark, grade

PROCESSES = 2
PATIENCE = 240.0  # seconds for a submission; the limits of its questions are below that


@dataclass
class Graded:
    """What a submission got.

    Attributes:
        marks: one for each question.
        notes: on the file.
        prints: key -> fingerprint of the answer, of those that are long enough.
    """

    marks: list[Mark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    prints: dict[str, str] = field(default_factory=dict)


def graded(path: Path, keys: Sequence[str], framework: str) -> Graded:
    """Grade one submission, in this process."""
    asked: list[Any] = [find(key) for key in keys]
    marks, notes = grade(path, asked, framework)
    return Graded(marks, notes, fingerprints(path, asked))


def failed(keys: Sequence[str], why: str) -> Graded:
    """No points, and a sentence for whoever grades."""
    text = f"It could not be graded: {why}."
    return Graded([Mark(key, 0, "refused", (), text) for key in keys], [text])


def _serve(connection: Any, keys: Sequence[str], framework: str) -> None:
    """In a worker: grade what comes, until nothing comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    while True:
        try:
            path = connection.recv()
        except EOFError:
            return
        try:
            result = graded(path, keys, framework)
        except Exception as error:
            result = failed(keys, f"{type(error).__name__}, {str(error)[:200]}")
        connection.send(result)


class Worker:
    """A process that grades one submission after the other."""

    def __init__(self, keys: Sequence[str], framework: str) -> None:
        self.keys, self.framework = keys, framework
        self.process: Any = None

    def __call__(self, path: Path, patience: float = PATIENCE) -> Graded:
        """Grade a file; a process that dies or takes too long is replaced."""
        if self.process is None:
            context = multiprocessing.get_context("spawn")
            self.connection, other = context.Pipe()
            given = (other, self.keys, self.framework)
            # no daemon: a worker has children of its own
            self.process = context.Process(target=_serve, args=given)
            self.process.start()
            other.close()
        try:
            self.connection.send(path)
            if self.connection.poll(patience):
                return self.connection.recv()
            why = f"it took more than {patience:.0f} seconds"
        except (EOFError, OSError):
            why = "the process that graded it ended"
        self.close()
        return failed(self.keys, why)

    def close(self) -> None:
        """End the process, and wait for it."""
        if self.process is not None:
            self.connection.close()
            self.process.join(1)
            self.process.kill()
            self.process.join()
            self.process = None


def grade_all(
    paths: Sequence[Path],
    keys: Sequence[str],
    framework: str = "torch",
    tell: Callable[[int], None] = lambda number: None,
) -> list[Graded]:
    """Grade files, two at a time, in their order.

    Args:
        tell: called with the number of those that are done.
    """
    idle: SimpleQueue[Worker] = SimpleQueue()
    workers = [Worker(keys, framework) for _ in range(min(PROCESSES, len(paths)))]
    for worker in workers:
        idle.put(worker)

    def work(path: Path) -> Graded:
        worker = idle.get()
        try:
            return worker(path)
        finally:
            idle.put(worker)

    results: list[Graded] = []
    with ThreadPoolExecutor(max(1, len(workers))) as threads:
        try:
            for number, one in enumerate(threads.map(work, paths), 1):
                results.append(one)
                tell(number)
        except BaseException:  # Ctrl-C: nothing waits for the rest
            threads.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            for worker in workers:
                worker.close()
    return results
