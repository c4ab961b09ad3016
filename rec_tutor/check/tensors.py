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


def caller(name: str, gradient: int | None) -> Call:
    """How to call a student's function with tensors: float32 for floats, int64 for
    whole numbers. With `gradient`, the result is (value, gradient).
    """
    return {"torch": _torch, "tensorflow": _tensorflow}[name](gradient)


def _one_number(value: Any) -> Any:
    """The same, if a gradient of it can be asked for. Raises ValueError."""
    if shape := tuple(getattr(value, "shape", ())):
        raise ValueError(f"the result has the shape {shape}; return one number")
    return value


def _torch(gradient: int | None) -> Call:
    import torch

    def tensor(one: Any) -> Any:
        if not isinstance(one, np.ndarray):
            return one
        if one.dtype.kind == "f":
            return torch.tensor(one, dtype=torch.float32)
        return torch.tensor(one)

    def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        given = [tensor(one) for one in arguments]
        if gradient is None:
            return function(*given)
        given[gradient].requires_grad_()
        value = _one_number(function(*given))
        if not getattr(value, "requires_grad", False):
            raise NoGradientError
        (slope,) = torch.autograd.grad(value, given[gradient], allow_unused=True)
        if slope is None:
            raise NoGradientError
        return value, slope

    return call


def _tensorflow(gradient: int | None) -> Call:
    import tensorflow as tf

    def tensor(one: Any) -> Any:
        if not isinstance(one, np.ndarray):
            return one
        return tf.constant(one.astype("float32") if one.dtype.kind == "f" else one)

    def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        given = [tensor(one) for one in arguments]
        if gradient is None:
            return function(*given)
        with tf.GradientTape() as tape:
            tape.watch(given[gradient])
            value = _one_number(function(*given))
        if not tf.is_tensor(value):
            raise NoGradientError
        slope = tape.gradient(value, given[gradient])
        if slope is None:
            raise NoGradientError
        return value, tf.convert_to_tensor(slope)

    return call


def differences(gradient: int | None) -> Call:
    """How to call a NumPy function, with the gradient by differences."""

    def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        value = copied(function, arguments)
        if gradient is None:
            return value
        at = arguments[gradient]
        slope = np.zeros_like(at, dtype=float)
        for place in np.ndindex(at.shape):
            sides = []
            for step in (STEP, -STEP):
                moved = at.astype(float)
                moved[place] += step
                given = (*arguments[:gradient], moved, *arguments[gradient + 1 :])
                sides.append(float(copied(function, given)))
            slope[place] = (sides[0] - sides[1]) / (2 * STEP)
        return value, slope

    return call
