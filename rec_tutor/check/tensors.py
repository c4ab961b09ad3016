"""Call a function with the tensors of a framework, and take the gradient of its result;
for a NumPy function the same, with differences.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from rec_tutor.check.running import copied

Call = Callable[[Callable[..., Any], tuple[Any, ...]], Any]
STEP = 1e-6


class NoGradientError(Exception):
    """The result does not depend on the argument, as far as the framework knows."""


def framework() -> str:
    """The framework that this process has imported, or ""."""
    for name in ("torch", "tensorflow"):
        if getattr(sys.modules.get(name), "__version__", None):
            return name
    return ""


def caller(name: str, gradient: tuple[int, ...]) -> Call:
    """How to call a student's function with tensors: float32 for floats, int64 for
    whole numbers. With `gradient`, the result is the value and its gradient by each of
    the arguments at these positions.
    """
    return {"torch": _torch, "tensorflow": _tensorflow}[name](gradient)


def _one_number(value: Any) -> Any:
    """The same, if a gradient of it can be asked for. Raises ValueError."""
    if isinstance(value, tuple | list):
        raise ValueError("there are several results; return the value alone")
    if shape := tuple(getattr(value, "shape", ())):
        raise ValueError(f"the result has the shape {shape}; return one number")
    return value


def _torch(gradient: tuple[int, ...]) -> Call:
    import torch

    def tensor(one: Any) -> Any:
        if not isinstance(one, np.ndarray):
            return one
        if one.dtype.kind == "f":
            return torch.tensor(one, dtype=torch.float32)
        return torch.tensor(one)

    def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        given = [tensor(one) for one in arguments]
        if not gradient:
            return function(*given)
        for at in gradient:
            given[at].requires_grad_()
        value = _one_number(function(*given))
        if not getattr(value, "requires_grad", False):
            raise NoGradientError
        by = [given[at] for at in gradient]
        slopes = torch.autograd.grad(value, by, allow_unused=True)
        if any(slope is None for slope in slopes):
            raise NoGradientError
        return value, *slopes

    return call


def _tensorflow(gradient: tuple[int, ...]) -> Call:
    import tensorflow as tf

    def tensor(one: Any) -> Any:
        if not isinstance(one, np.ndarray):
            return one
        return tf.constant(one.astype("float32") if one.dtype.kind == "f" else one)

    def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        given = [tensor(one) for one in arguments]
        if not gradient:
            return function(*given)
        by = [given[at] for at in gradient]
        with tf.GradientTape() as tape:
            tape.watch(by)
            value = _one_number(function(*given))
        if not tf.is_tensor(value):
            raise NoGradientError
        slopes = tape.gradient(value, by)
        if any(slope is None for slope in slopes):
            raise NoGradientError
        return value, *map(tf.convert_to_tensor, slopes)

    return call


def differences(gradient: tuple[int, ...]) -> Call:
    """How to call a NumPy function, with the gradients by differences."""

    def slope(function: Callable[..., Any], arguments: tuple[Any, ...], at: int) -> Any:
        found = np.zeros_like(arguments[at], dtype=float)
        for place in np.ndindex(found.shape):
            sides = []
            for step in (STEP, -STEP):
                moved = arguments[at].astype(float)
                moved[place] += step
                given = (*arguments[:at], moved, *arguments[at + 1 :])
                sides.append(float(copied(function, given)))
            found[place] = (sides[0] - sides[1]) / (2 * STEP)
        return found

    def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        value = copied(function, arguments)
        if not gradient:
            return value
        return value, *(slope(function, arguments, at) for at in gradient)

    return call
