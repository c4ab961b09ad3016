"""Take a model out of the folder in which it was kept; whatever is wrong is said."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.data.schema import RATING_COLUMNS, DataError
from rec_tutor.ensemble import MeanOf
from rec_tutor.recipes.packing import broken, take, unpack
from rec_tutor.recipes.recommender import Recommender
from rec_tutor.recipes.saving import FORMAT, arrays_file, checksum, digest, weights
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.task import build

FIELDS = {
    str: ("recipe", "framework", "fingerprint", "checksum", "digest"),
    int: ("format", "trained"),
    float: ("top",),
    list: ("sizes", "networks"),
    dict: ("options", "state", "versions"),
}


def load(folder: str | Path) -> Recommender:
    """Take a model out of the folder in which `Recommender.save` put it.

    Its scores are those of the model that was saved, to the last bit.

    Raises:
        DataError: if it is not such a folder, if it is damaged or incomplete, if a
            newer rec_tutor wrote it, or if its framework is not installed.
    """
    folder = Path(folder)
    about = described(folder)
    if not arrays_file(folder, about["checksum"]).exists():
        about = described(folder)  # somebody may just have saved another model
    arrays = read_arrays(folder, about)
    recipe, framework = about["recipe"], about["framework"]
    user_ids, item_ids = (
        taken_ids(arrays, name, folder) for name in ("users", "items")
    )
    if [len(user_ids), len(item_ids)] != about["sizes"]:
        raise broken(folder, "the numbers of ids are not those of the model")
    interactions = None
    if any(name.startswith("interactions/") for name in arrays):
        table = {
            name: take(arrays, f"interactions/{name}", folder)
            for name in RATING_COLUMNS
        }
        interactions = checked_interactions(table, about["sizes"], folder)
    built: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
    if framework:
        models = []
        for n, network in enumerate(about["networks"]):
            kind, arguments, options = made(
                network, RECIPES[recipe].network, n, arrays, folder
            )
            try:
                model = build(framework, kind, arguments, options)
            except (TypeError, ValueError, RuntimeError, MemoryError) as error:
                if isinstance(error, DataError):
                    raise
                raise broken(
                    folder, f"{kind} cannot be made from it ({error})"
                ) from error
            put_weights(model, framework, f"{n}/weight ", arrays, folder)
            models.append(model)
            built.append((kind, arguments, options))
        model = models[0] if len(models) == 1 else MeanOf(models)
    else:
        model = of_state(recipe, about, arrays, folder)
    if arrays:
        raise broken(folder, f"{next(iter(arrays))!r} belongs to no part of the model")
    return Recommender(
        model=model,
        recipe=recipe,
        framework=framework,
        options=about["options"],
        user_ids=user_ids,
        item_ids=item_ids,
        built=built,
        interactions=interactions,
        trained=about["trained"],
        top=about["top"],
        liked=about.get("liked"),
    )


def described(folder: Path) -> dict[str, Any]:
    """What model.json says, checked."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder with a saved model.")
    try:
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise broken(folder, "there is no model.json") from None
    except OSError as error:
        raise broken(folder, f"model.json cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise broken(folder, f"model.json is not JSON ({error})") from error
    if not isinstance(about, dict) or type(about.get("format")) is not int:
        raise broken(folder, "model.json was not written by rec_tutor")
    if about["format"] not in (1, FORMAT):
        raise broken(
            folder,
            f"it has format {about['format']}, and this rec_tutor reads {FORMAT}:"
            " a newer one may read it",
        )
    for kind, fields in FIELDS.items():
        for name in fields:
            if not isinstance(about.get(name), kind):
                raise broken(folder, f"model.json has no proper {name!r}")
    if type(about.get("liked")) not in (int, NoneType) or (about.get("liked") or 0) < 0:
        raise broken(folder, "model.json has no proper 'liked'")
    if about["digest"] != digest(about):
        raise broken(folder, "model.json was changed")
    recipe = RECIPES.get(about["recipe"])
    if recipe is None:
        raise broken(folder, f"there is no recipe {about['recipe']!r}")
    if about["framework"] not in (recipe.frameworks or ("",)):
        raise broken(
            folder, f"{about['recipe']} does not exist in {about['framework']!r}"
        )
    strange = set(about["options"]) ^ set(recipe.defaults())
    if strange:
        raise broken(folder, f"the options differ: {', '.join(sorted(strange))}")
    if bool(about["networks"]) != bool(about["framework"]):
        raise broken(folder, "the networks do not belong to the framework")
    return about


def read_arrays(folder: Path, about: dict[str, Any]) -> dict[str, np.ndarray]:
    """All arrays, once the file's checksum is right."""
    path = arrays_file(folder, about["checksum"])
    try:
        if checksum(path) != about["checksum"]:
            raise broken(folder, f"{path.name} is damaged, or of another model")
        with zipfile.ZipFile(path) as archive:
            claimed = sum(entry.file_size for entry in archive.infolist())
        if claimed > path.stat().st_size:
            raise broken(
                folder, f"{path.name} is compressed, which rec_tutor never does"
            )
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise broken(folder, f"there is no {path.name}") from None
    except OSError as error:
        raise broken(folder, f"{path.name} cannot be read ({error})") from error
    except (ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
        if isinstance(error, DataError):
            raise
        raise broken(folder, f"{path.name} cannot be read ({error})") from error
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise broken(folder, f"{name!r} holds NaN or infinity")
    return arrays


def taken_ids(arrays: dict[str, np.ndarray], name: str, folder: Path) -> np.ndarray:
    found = take(arrays, name, folder)
    if found.ndim != 1 or found.dtype.kind not in "iuU":
        raise broken(folder, f"the ids of {name} are neither numbers nor text")
    if len(np.unique(found)) != len(found):
        raise broken(folder, f"an id of {name} comes twice")
    return found if found.dtype.kind in "iu" else found.astype(object)


def checked_interactions(
    table: dict[str, np.ndarray], sizes: list[int], folder: Path
) -> pd.DataFrame:
    if len({column.shape for column in table.values()}) != 1:
        raise broken(folder, "the interactions' columns differ in length")
    for column, size in zip(("user", "item"), sizes, strict=True):
        values = table[column]
        if values.dtype != np.int64 or (
            len(values) and not 0 <= values.min() <= values.max() < size
        ):
            raise broken(folder, f"an interaction's {column} is out of range")
    return pd.DataFrame(table)


def made(
    network: Any,
    expected: str,
    n: int,
    arrays: dict[str, np.ndarray],
    folder: Path,
) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Kind, arguments and options of a network."""
    try:
        kind, options = network["kind"], network["options"]
        arguments = tuple(
            unpack(value, f"{n}/argument {k}", arrays, folder)
            for k, value in enumerate(network["arguments"])
        )
    except (KeyError, TypeError) as error:
        raise broken(folder, "a network is not described") from error
    if kind != expected:
        raise broken(folder, f"its network is {kind!r}, not {expected!r}")
    return (
        kind,
        arguments,
        {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()},
    )


def of_state(
    recipe: str, about: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path
) -> Any:
    """A baseline from its attributes."""
    cls = RECIPES[recipe].kind
    users, items = about["sizes"]
    model = cls.__new__(cls)
    model.matrix = sparse.csr_matrix((users, items), dtype=np.float32)
    for name, value in about["state"].items():
        found = unpack(value, f"state {name}", arrays, folder)
        if about["format"] == 1 and name in ("similarity", "transition"):
            # it was stored with all its zeros, user-kNN's the other way round
            found = sparse.csr_matrix(found.T if recipe == "user-knn" else found)
        setattr(model, name, found)
    if [getattr(model, "num_users", 0), getattr(model, "num_items", 0)] != [
        users,
        items,
    ]:
        raise broken(folder, "its sizes contradict each other")
    return model


def put_weights(
    model: Any, framework: str, prefix: str, arrays: dict[str, np.ndarray], folder: Path
) -> None:
    """Put stored weights into a network that was just made."""
    for name, old in list(weights(model, framework)):
        new = take(arrays, prefix + name, folder)
        if new.shape != old.shape or new.dtype != old.dtype:
            raise broken(
                folder,
                f"the weight {name!r} has shape {new.shape} and type {new.dtype}, not"
                f" {old.shape} and {old.dtype}",
            )
        if framework == "torch":
            import torch

            model.state_dict()[name].copy_(torch.from_numpy(np.array(new)))
        else:
            model.weights[int(name.partition(" ")[0])].assign(new)
