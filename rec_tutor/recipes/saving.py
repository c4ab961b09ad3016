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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import rec_tutor
from rec_tutor.data.schema import RATING_COLUMNS, DataError
from rec_tutor.recipes.packing import pack
from rec_tutor.recipes.recommender import Recommender
from rec_tutor.recipes.table import RECIPES

FORMAT = 1


def save(saved: Recommender, folder: Path, *, seen: bool) -> None:
    """See `Recommender.save`."""
    ours = (folder / "model.json").is_file()
    if folder.exists() and not ours and not (folder.is_dir() and empty(folder)):
        raise DataError(f"{folder} is in use: choose a new or an empty folder.")
    if not seen and not RECIPES[saved.recipe].keeps:
        raise DataError(
            f"{saved.recipe} is made of what people have: without it (seen=False)"
            " nothing is left."
        )
    arrays: dict[str, np.ndarray] = {}
    arrays["users"], arrays["items"] = ids(saved.user_ids), ids(saved.item_ids)
    if seen and saved.interactions is not None:
        for column in RATING_COLUMNS:
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
            "trained": saved.trained,
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


def empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def ids(values: np.ndarray) -> np.ndarray:
    """Ids as numbers or text, never as Python objects."""
    return values if values.dtype.kind in "iu" else values.astype(str)


def weights(model: Any, framework: str) -> Iterator[tuple[str, np.ndarray]]:
    """Names and values of all that a network has learnt."""
    if framework == "torch":
        for name, value in model.state_dict().items():
            yield name, value.detach().cpu().numpy()
    else:
        for n, variable in enumerate(model.weights):
            yield f"{n} {variable.path.partition('/')[2]}", variable.numpy()


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
