"""Keep a fitted model in a folder, and take it out again in another process.

Two files: `model.json`, which a person can read, and `arrays.npz`, whose checksum it
holds. Nothing is pickled, so a folder from elsewhere can be wrong, but runs no code.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

import rec_tutor
from rec_tutor.data.schema import RATING_COLUMNS, DataError
from rec_tutor.ensemble import MeanOf
from rec_tutor.recipes.packing import broken, pack, take, unpack
from rec_tutor.recipes.recommender import Recommender
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.task import build

FORMAT = 1
FIELDS = {
    "format": int, "recipe": str, "framework": str, "options": dict, "sizes": list,
    "networks": list, "state": dict, "fingerprint": str, "checksum": str,
    "versions": dict,
}  # fmt: skip


def save(saved: Recommender, folder: Path, *, seen: bool) -> None:
    """See `Recommender.save`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / "model.json").is_file():
            raise DataError(f"{folder} is in use: choose a new or an empty folder.")
    if not seen and saved.recipe in ("user-knn", "lightgcn", "ngcf"):
        raise DataError(
            f"{saved.recipe} is made of what people have: without it (seen=False)"
            " nothing is left."
        )
    arrays: dict[str, np.ndarray] = {}
    arrays["users"], arrays["items"] = ids(saved.user_ids), ids(saved.item_ids)
    for column in RATING_COLUMNS if seen and saved.interactions is not None else ():
        arrays[f"interactions/{column}"] = saved.interactions[column].to_numpy()
    networks, state = [], {}
    if saved.framework:
        for n, (member, made) in enumerate(
            zip(saved.members, saved.built, strict=True)
        ):
            kind, arguments, options = made
            plain = [
                pack(value, f"{n}/argument {k}", arrays)
                for k, value in enumerate(arguments)
            ]
            networks.append({"kind": kind, "arguments": plain, "options": options})
            for name, weight in weights(member, saved.framework):
                arrays[f"{n}/weight {name}"] = weight
    else:
        gone = () if seen else ("matrix", "histories")
        own = {k: v for k, v in vars(saved.model).items() if k not in gone}
        state = {
            name: pack(value, f"state {name}", arrays) for name, value in own.items()
        }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error}).") from error
    try:
        np.savez(room / "arrays.npz", **arrays)  # type: ignore[arg-type]
        about = {
            "format": FORMAT,
            "recipe": saved.recipe,
            "framework": saved.framework,
            "options": saved.options,
            "sizes": [len(saved.user_ids), len(saved.item_ids)],
            "networks": networks,
            "state": state,
            "fingerprint": fingerprint(saved),
            "checksum": checksum(room / "arrays.npz"),
            "versions": {"rec_tutor": rec_tutor.__version__, "numpy": np.__version__},
        }
        text = json.dumps(about, indent=1, ensure_ascii=False)
        (room / "model.json").write_text(text + "\n", encoding="utf-8")
        room.chmod(0o755)
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
            os.replace(folder, old / "old")
            os.replace(room, folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(room, folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error}).") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def load(folder: str | Path) -> Recommender:
    """Take a model out of the folder in which `Recommender.save` put it.

    Its scores are those of the model that was saved, to the last bit.

    Raises:
        DataError: if it is not such a folder, if it is damaged or incomplete, if a
            newer rec_tutor wrote it, or if its framework is not installed.
    """
    folder = Path(folder)
    about = described(folder)
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
            kind, arguments, options = made(network, n, arrays, folder)
            try:
                model = build(framework, kind, arguments, options)
            except (
                TypeError,
                ValueError,
                AttributeError,
                ModuleNotFoundError,
            ) as error:
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
        model, recipe, framework, about["options"], user_ids, item_ids, built,
        interactions,
    )  # fmt: skip


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
    except ValueError as error:
        raise broken(folder, f"model.json is not JSON ({error})") from error
    if not isinstance(about, dict) or not isinstance(about.get("format"), int):
        raise broken(folder, "model.json was not written by rec_tutor")
    if about["format"] != FORMAT:
        raise broken(
            folder,
            f"it has format {about['format']}, and this rec_tutor reads {FORMAT}:"
            " a newer one may read it",
        )
    for name, kind in FIELDS.items():
        if not isinstance(about.get(name), kind):
            raise broken(folder, f"model.json has no proper {name!r}")
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
    path = folder / "arrays.npz"
    try:
        if checksum(path) != about["checksum"]:
            raise broken(folder, "arrays.npz is damaged, or of another model")
        with zipfile.ZipFile(path) as archive:
            claimed = sum(entry.file_size for entry in archive.infolist())
        if claimed > path.stat().st_size:
            raise broken(folder, "arrays.npz is compressed, which rec_tutor never does")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise broken(folder, "there is no arrays.npz") from None
    except OSError as error:
        raise broken(folder, f"arrays.npz cannot be read ({error})") from error
    except (ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
        if isinstance(error, DataError):
            raise
        raise broken(folder, f"arrays.npz cannot be read ({error})") from error
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise broken(folder, f"{name!r} holds NaN or infinity")
    return arrays


def ids(values: np.ndarray) -> np.ndarray:
    """Ids as numbers or text, never as Python objects."""
    return values if values.dtype.kind in "iu" else values.astype(str)


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
    network: Any, n: int, arrays: dict[str, np.ndarray], folder: Path
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
    if kind not in KINDS:
        raise broken(folder, f"there is no network {kind!r}")
    return (
        kind,
        arguments,
        {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()},
    )


KINDS = (
    "mf.SoftmaxMF", "mf.BPRMF", "mf.BiasedMF", "ncf.NeuMF", "gnn.LightGCN", "gnn.NGCF",
    "sasrec.SASRec", "rnn.GRU4Rec", "cnn.Caser",
)  # fmt: skip


def of_state(
    recipe: str, about: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path
) -> Any:
    """A baseline from its attributes."""
    cls = RECIPES[recipe].kind
    users, items = about["sizes"]
    model = cls.__new__(cls)
    model.matrix = sparse.csr_matrix((users, items), dtype=np.float32)
    for name, value in about["state"].items():
        setattr(model, name, unpack(value, f"state {name}", arrays, folder))
    if [getattr(model, "num_users", 0), getattr(model, "num_items", 0)] != [
        users,
        items,
    ]:
        raise broken(folder, "its sizes contradict each other")
    return model


def weights(model: Any, framework: str) -> Iterator[tuple[str, np.ndarray]]:
    """Names and values of all that a network has learnt."""
    if framework == "torch":
        for name, value in model.state_dict().items():
            yield name, value.detach().cpu().numpy()
    else:
        for n, variable in enumerate(model.weights):
            yield f"{n} {variable.path.partition('/')[2]}", variable.numpy()


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


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(saved: Recommender) -> str:
    """A hash of what the model was fitted on: equal data, equal fingerprint."""
    found = hashlib.sha256()
    if saved.interactions is None:
        return ""
    for column in RATING_COLUMNS:
        found.update(np.ascontiguousarray(saved.interactions[column]).tobytes())
    for own in (saved.user_ids, saved.item_ids):
        found.update("\n".join(map(str, own)).encode())
    return found.hexdigest()[:16]
