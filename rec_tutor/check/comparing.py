"""Hold results against each other: are they the same, where do they part, and which
habit explains the difference?
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rec_tutor.check.running import Failure

RTOL, ATOL = 1e-6, 1e-9  # of double precision; tensors have TENSOR_RTOL
TENSOR_RTOL, TENSOR_ATOL = 1e-4, 1e-5
ENOUGH = 3  # different numbers, before one formula for all of them is no chance
ROUNDED = 0.0051  # two digits behind the point


def plain(result: Any) -> Any:
    """A result without its framework: arrays, or a tuple of them. What is no number
    stays what it is: text, None, a Failure.
    """
    if isinstance(result, Failure) or result is None or isinstance(result, str):
        return result
    if hasattr(result, "detach"):
        result = result.detach().cpu()
    if hasattr(result, "numpy") and not isinstance(result, np.ndarray):
        result = result.numpy()
    if isinstance(result, set | frozenset):
        result = sorted(result)
    if hasattr(result, "toarray"):
        result = result.toarray()
    if isinstance(result, dict):
        return {key: plain(value) for key, value in result.items()}
    if isinstance(result, tuple):
        return tuple(plain(one) for one in result)
    if isinstance(result, map | zip | filter | range):
        result = list(result)
    if isinstance(result, list) and any(
        hasattr(one, "detach") or hasattr(one, "numpy") for one in result
    ):
        result = [plain(one) for one in result]
    try:
        array = np.asarray(result)
    except ValueError:  # rows of several lengths
        return tuple(plain(one) for one in result)
    if array.dtype == object:
        if isinstance(result, list) and result:
            return tuple(plain(one) for one in result)
        return result
    return array


def same(got: Any, asked: Any, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """The same shapes and numbers. A tuple and an array of its rows are the same."""
    if isinstance(got, Failure) or isinstance(asked, Failure):
        return (
            isinstance(got, Failure)
            and isinstance(asked, Failure)
            and got.kind == asked.kind
            and got.text.partition(":")[0] == asked.text.partition(":")[0]
        )
    if isinstance(got, str) or isinstance(asked, str) or got is None or asked is None:
        return type(got) is type(asked) and got == asked
    if isinstance(got, dict) or isinstance(asked, dict):
        return (
            isinstance(got, dict)
            and isinstance(asked, dict)
            and got.keys() == asked.keys()
            and all(same(got[key], asked[key], rtol, atol) for key in asked)
        )
    if isinstance(got, tuple) and isinstance(asked, tuple):
        return len(got) == len(asked) and all(
            same(one, other, rtol, atol) for one, other in zip(got, asked, strict=True)
        )
    try:
        one, other = np.asarray(got), np.asarray(asked)
    except ValueError:
        return False
    if one.dtype == object or other.dtype == object or one.shape != other.shape:
        return False
    if one.dtype.kind in "US" or other.dtype.kind in "US":
        return one.dtype.kind == other.dtype.kind and bool((one == other).all())
    return bool(np.allclose(one, other, rtol=rtol, atol=atol, equal_nan=True))


def all_same(
    got: list[Any], asked: list[Any], rtol: float = RTOL, atol: float = ATOL
) -> bool:
    """Are the results of all calls the same?"""
    return all(
        same(one, other, rtol, atol) for one, other in zip(got, asked, strict=True)
    )


def shown(value: Any) -> str:
    """A value in one line, or a table in several."""
    value = plain(value)
    if isinstance(value, Failure):
        return value.text
    if isinstance(value, tuple):
        parts = [shown(one) for one in value]
        if not any("\n" in one for one in parts):
            return "(" + ", ".join(parts) + ")"
        return "(" + ",\n".join(parts).replace("\n", "\n ") + ")"  # a line each
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{key!r}: {shown(one)}" for key, one in value.items())
        ) + "}"
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            value = value.item()
        else:
            text = np.array2string(
                value, precision=4, suppress_small=True, separator=", ", threshold=60
            )
            return text.replace("\n\n", "\n")
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.1f}"
    return repr(str(value)) if isinstance(value, str) else str(value)


def parting(got: Any, asked: Any, rtol: float = RTOL, atol: float = ATOL) -> Any:
    """Where two arrays of one shape part first: place, got, asked, how many numbers are
    right and how many there are; None where that can't be said.
    """
    try:
        one, other = np.asarray(got), np.asarray(asked)
    except ValueError:
        return None
    if one.shape != other.shape or not other.ndim or "O" in {one.dtype.kind}:
        return None
    if one.dtype.kind in "biuf" and other.dtype.kind in "biuf":
        equal = np.isclose(one, other, rtol=rtol, atol=atol, equal_nan=True)
    else:
        equal = one == other
    if equal.all():
        return None
    place = tuple(int(n) for n in np.argwhere(~equal)[0])
    return place, one[place], other[place], int(equal.sum()), equal.size


# ---------------------------------------------------------------------- habits


def _pairs(got: list[Any], asked: list[Any]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The results that differ, as pairs of arrays; nothing if one is no number."""
    pairs: list[tuple[np.ndarray, np.ndarray]] = []

    def add(one: Any, other: Any) -> bool:
        if isinstance(one, tuple) and isinstance(other, tuple):
            return len(one) == len(other) and all(map(add, one, other))
        if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
            return False
        if one.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
            return False
        if one.dtype.kind == "b" or other.dtype.kind == "b":
            if one.dtype != other.dtype:
                return False
        elif not same(one, other):
            pairs.append((one.astype(float), other.astype(float)))
        if one.dtype.kind == "b" and not same(one, other):
            pairs.append((one.astype(float), other.astype(float)))
        return True

    return pairs if all(map(add, got, asked)) else []


Habit = Callable[[np.ndarray, np.ndarray], bool]


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(
        one, other, rtol=TENSOR_RTOL, atol=1e-7, equal_nan=True
    )


def _informative(other: np.ndarray) -> bool:
    return bool(np.any(other != other.ravel()[0])) if other.size > 1 else True


HABITS: dict[str, Habit] = {
    "shape": lambda a, b: a.shape != b.shape and _close(a.ravel(), b.ravel()),
    "transposed": lambda a, b: a.ndim == 2 and a.size > 1 and _close(a.T, b),
    "negative": lambda a, b: bool(np.any(b)) and _close(a, -b),
    "reversed": lambda a, b: (
        a.ndim > 0 and a.shape == b.shape and _close(a[..., ::-1], b)
    ),
    "one_minus": lambda a, b: _close(a, 1 - b),
    "reciprocal": lambda a, b: bool(np.all(b)) and _close(a, 1 / b),
    "squared": lambda a, b: _close(a, b**2),
    "root": lambda a, b: bool(np.all(b >= 0)) and _close(a, np.sqrt(b)),
    "log": lambda a, b: bool(np.all(b > 0)) and _close(a, np.log(b)),
    "exp": lambda a, b: bool(np.all(b < 300)) and _close(a, np.exp(b)),
    "absolute": lambda a, b: bool(np.any(b < 0)) and _close(a, abs(b)),
    "rounded": lambda a, b: (
        a.shape == b.shape
        and np.allclose(a, b, rtol=0, atol=ROUNDED)
        and np.allclose(a, a.round(2), rtol=0, atol=1e-9)
    ),
    "whole": lambda a, b: _close(a, np.trunc(b)) or _close(a, np.floor(b)),
    "order": lambda a, b: (
        a.ndim > 0
        and a.shape == b.shape
        and _informative(b)
        and _close(np.sort(a, axis=-1), np.sort(b, axis=-1))
    ),
}


SURE = {"shape", "transposed", "negative", "reversed", "rounded", "order", "nan"}


def habit(got: list[Any], asked: list[Any]) -> tuple[str, dict[str, Any]] | None:
    """What turns the results that are asked into those that were got, the same in all
    calls: its name in the catalogue, and what its sentence names. Of few numbers only
    what can't be chance.
    """
    pairs = _pairs(got, asked)
    if not pairs or any(not b.size for _, b in pairs):
        return None
    parts = [part for one in asked for part in (one if type(one) is tuple else (one,))]
    everywhere = len(pairs) == len(parts)
    values = np.unique(np.concatenate([b.ravel() for _, b in pairs]).round(9))
    logical = any(np.asarray(part).dtype.kind == "b" for part in parts)
    enough = len(values) >= ENOUGH and not logical
    alike = all(a.shape == b.shape for a, b in pairs)
    if alike and any(np.isnan(a).any() and not np.isnan(b).any() for a, b in pairs):
        return "nan", {}
    for name, holds in HABITS.items():
        sure = enough or (name in SURE and not (logical and name == "order"))
        sure |= name == "one_minus" and logical and len(values) == 2
        sure &= everywhere or name != "one_minus"
        if sure and all(holds(a, b) for a, b in pairs):
            return name, {}
    if not enough or not alike:
        return None
    # where both are infinite (what is masked), nothing can be said
    masks = [np.isfinite(b) | (a != b) for a, b in pairs]
    pairs = [(a[mask], b[mask]) for (a, b), mask in zip(pairs, masks, strict=True)]
    if all(np.all(b) and np.all(np.isfinite(a)) for a, b in pairs):
        factors = np.concatenate([(a / b).ravel() for a, b in pairs])
        if np.allclose(factors, factors[0], rtol=1e-5) and factors[0]:
            return "factor", {"factor": named(float(factors[0]))}
    differences = np.concatenate([(a - b).ravel() for a, b in pairs])
    if everywhere and np.allclose(differences, differences[0], rtol=1e-5, atol=1e-9):
        return "shifted", {"shift": f"{float(differences[0]):+.4g}"}
    return None


def named(factor: float) -> str:
    """A factor in words where it has a name."""
    known = {
        math.log(2): "ln 2 (another logarithm)",
        1 / math.log(2): "1 / ln 2 (another logarithm)",
        math.log(10): "ln 10 (another logarithm)",
        1 / math.log(10): "1 / ln 10 (another logarithm)",
        100.0: "100 (per cent)",
    }
    for value, text in known.items():
        if math.isclose(factor, value, rel_tol=1e-5):
            return text.replace("\n\n", "\n")
    if abs(factor) < 1 and math.isclose(1 / factor, round(1 / factor), rel_tol=1e-5):
        return f"1/{round(1 / factor)}" if factor > 0 else f"-1/{round(-1 / factor)}"
    return f"{factor:.4g}"
