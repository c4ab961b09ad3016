"""Run a student's function: alone, for a limited time, and leave nothing changed."""

from __future__ import annotations

import copy
import io
import random
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

SECONDS = 3.0  # for all calls of one check; each should take a thousandth of that


class OutOfTimeError(BaseException):
    """Not an `Exception`, so that no `except Exception` of the student catches it."""


@dataclass(frozen=True)
class Failure:
    """A call that gave no result.

    Attributes:
        kind: "time", "missing name" or "error".
        text: the error, as Python says it; of a missing name, the name.
        line: of the student's code where it happened, or "".
    """

    kind: str
    text: str
    line: str = ""


def alone(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which sees modules, classes and other functions of its
    notebook, and no variable: what it needs has to come in by its arguments.
    """
    if not isinstance(function, types.FunctionType):
        return function
    own = function.__globals__
    room: dict[str, Any] = {"__builtins__": __builtins__, "__name__": "answer"}
    made: dict[int, Callable[..., Any]] = {}

    def moved(one: types.FunctionType) -> Callable[..., Any]:
        if id(one) not in made:
            new = types.FunctionType(
                one.__code__, room, one.__name__, one.__defaults__, one.__closure__
            )
            new.__kwdefaults__ = one.__kwdefaults__
            made[id(one)] = new
        return made[id(one)]

    for name, value in own.items():
        if isinstance(value, types.FunctionType) and value.__globals__ is own:
            room[name] = moved(value)
        elif isinstance(value, types.ModuleType | type) or callable(value):
            room[name] = value
    return moved(function)


@contextmanager
def limited(function: Callable[..., Any], end: float) -> Iterator[None]:
    """Stop the student's lines at a time of `time.perf_counter`. No signals and no
    processes: it works in every thread and on every system. A single call into a
    library that never returns can't be stopped.
    """
    code = getattr(function, "__code__", None)

    def lines(frame: types.FrameType, event: str, _: Any) -> Any:
        if time.perf_counter() > end:
            raise OutOfTimeError
        return lines

    def calls(frame: types.FrameType, event: str, _: Any) -> Any:
        if not code or frame.f_code.co_filename != code.co_filename:
            return None
        frame.f_trace_opcodes = True  # a loop may stand in one line
        return lines

    before = sys.gettrace()
    sys.settrace(calls)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def same_random_state() -> Iterator[None]:
    """Put the random numbers of Python, NumPy and PyTorch back to where they were."""
    own, numpy_own = random.getstate(), np.random.get_state()  # noqa: NPY002
    torch: Any = sys.modules.get("torch")
    torch_own = torch.get_rng_state() if hasattr(torch, "get_rng_state") else None
    try:
        yield
    finally:
        random.setstate(own)
        np.random.set_state(numpy_own)  # noqa: NPY002
        if torch is not None and torch_own is not None:
            torch.set_rng_state(torch_own)


@contextmanager
def silent() -> Iterator[None]:
    """Without what a function prints, and without warnings: a check calls it often."""
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def where(error: BaseException, function: Callable[..., Any]) -> str:
    """The student's line in which an error happened."""
    code = getattr(function, "__code__", None)
    for step in reversed(traceback.extract_tb(error.__traceback__)):
        if code and step.filename == code.co_filename:
            return (step.line or "").strip()
    return ""


def copied(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call a function with copies of the arguments, so that it can't spoil ours."""
    return function(*copy.deepcopy(arguments))


def run(
    function: Callable[..., Any],
    calls: Sequence[tuple[Any, ...]],
    seconds: float = SECONDS,
    call: Callable[[Callable[..., Any], tuple[Any, ...]], Any] = copied,
) -> list[Any]:
    """Results of a function for each tuple of arguments, or a Failure in their place.

    Args:
        seconds: for all calls together.
        call: how a call is made, `call(function, arguments)`.
    """
    results: list[Any] = []
    bare = alone(function)
    end = time.perf_counter() + seconds
    with same_random_state(), silent():
        for arguments in calls:
            try:
                with limited(bare, end):
                    results.append(call(bare, arguments))
            except OutOfTimeError:
                late = Failure("time", f"{seconds:.0f}")
                return results + [late] * (len(calls) - len(results))
            except NameError as error:
                missing = error.name in getattr(function, "__globals__", {})
                kind = "missing name" if missing else "error"
                text = str(error.name) if missing else f"NameError: {error}"
                results.append(Failure(kind, text, where(error, bare)))
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                results.append(Failure("error", text, where(error, bare)))
    return results


def changes(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bool:
    """Does a function change the arrays or lists that it is given?"""
    given = copy.deepcopy(arguments)
    with same_random_state(), silent(), suppress(Exception):
        alone(function)(*given)
    return any(
        not np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        if isinstance(one, np.ndarray)
        else isinstance(one, list | dict | set) and str(one) != str(other)
        for one, other in zip(arguments, given, strict=True)
    )
