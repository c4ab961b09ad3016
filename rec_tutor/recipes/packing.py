"""Values as JSON and arrays, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from rec_tutor.data.schema import DataError


def broken(folder: Path, why: str) -> DataError:
    return DataError(
        f"{folder} holds no model that can be used: {why}. Fit the model again, and"
        " save it anew."
    )


def take(arrays: dict[str, np.ndarray], name: str, folder: Path) -> np.ndarray:
    """An array, which is then used up."""
    if name not in arrays:
        raise broken(folder, f"{name!r} is missing")
    return arrays.pop(name)


def pack(value: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    """A value as JSON has it; arrays go into `arrays`, and their kind stays."""
    if sparse.issparse(value):
        for part in ("data", "indices", "indptr"):
            arrays[f"{name}/{part}"] = getattr(value, part)
        return {"sparse": list(value.shape)}
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": list(value.shape)}
    if isinstance(value, list) and all(isinstance(v, np.ndarray) for v in value):
        arrays[f"{name}/lengths"] = np.array([len(v) for v in value], dtype=np.int64)
        whole = np.concatenate(value) if value else np.zeros(0, dtype=np.int64)
        arrays[f"{name}/values"] = whole
        return {"list": len(value)}
    return value.item() if isinstance(value, np.generic) else value


def unpack(value: Any, name: str, arrays: dict[str, np.ndarray], folder: Path) -> Any:
    """The value that `pack` packed."""
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = take(arrays, name, folder)
        if list(array.shape) != value["array"]:
            raise broken(folder, f"{name!r} has another shape than it should")
        return array
    if "list" in value:
        lengths = take(arrays, f"{name}/lengths", folder)
        values = take(arrays, f"{name}/values", folder)
        if lengths.sum() != len(values) or len(lengths) != value["list"]:
            raise broken(folder, f"{name!r} has another length than it should")
        return np.split(values, np.cumsum(lengths)[:-1]) if len(lengths) else []
    parts = [
        take(arrays, f"{name}/{part}", folder) for part in ("data", "indices", "indptr")
    ]
    try:
        found = sparse.csr_matrix(tuple(parts), shape=tuple(value["sparse"]))
        found.check_format(full_check=True)
    except (ValueError, TypeError, KeyError) as error:
        raise broken(folder, f"{name!r} is no sparse matrix ({error})") from error
    return found
