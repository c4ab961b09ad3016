"""Keep a fitted model in a folder, and take it out again in another process.

Two files: `model.json`, which a person can read, and `arrays-….npz`, which it names by
its checksum. The arrays are written first and `model.json` replaces the old one in a
single step, so that a reader finds the old model or the new one. Nothing is pickled:
a folder from elsewhere can be wrong, but runs no code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from rec_tutor.data.schema import RATING_COLUMNS, DataError
from rec_tutor.files import permissions, write_whole
from rec_tutor.recipes.packing import pack
from rec_tutor.recipes.recommender import Recommender
from rec_tutor.recipes.table import RECIPES

FORMAT = 2  # 1 had similarities and transitions with all their zeros
# what may stand in a folder of ours, also while somebody writes there
OWN = re.compile(r"model\.json|arrays-[0-9a-f]{12}\.npz|\.(arrays|model\.json)\..*")


def save(saved: Recommender, folder: Path, *, seen: bool) -> None:
    """See `Recommender.save`."""
    check_folder(folder)
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
    part = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "wb", dir=folder, prefix=".arrays.", delete=False
        ) as part:
            np.savez(part, **arrays)  # type: ignore[arg-type]
        arrays_sum = checksum(Path(part.name))
        used = filter(None, ("rec_tutor", "numpy", saved.framework))
        about = {
            "format": FORMAT,
            "recipe": saved.recipe,
            "framework": saved.framework,
            "options": saved.options,
            "sizes": [len(saved.user_ids), len(saved.item_ids)],
            "trained": saved.trained,
            "liked": saved.liked,
            "top": saved.top,
            "networks": networks,
            "state": state,
            "fingerprint": fingerprint(saved),
            "checksum": arrays_sum,
            "versions": {name: str(sys.modules[name].__version__) for name in used},
        }
        about["digest"] = digest(about)
        target = arrays_file(folder, arrays_sum)
        os.chmod(part.name, permissions(target))
        os.replace(part.name, target)
        text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
        write_whole(str(folder / "model.json"), lambda file: file.write(text.encode()))
        clear(folder, arrays_sum, fresh=not seen)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error}).") from error
    finally:
        if part is not None:
            Path(part.name).unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but a model that was kept there."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise DataError(f"{folder} is in use: choose a new or an empty folder.")
    names = [path.name for path in folder.iterdir()]
    strange = [name for name in names if not OWN.fullmatch(name)]
    if not strange and "model.json" in names:
        try:
            about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            right = {"format", "recipe", "checksum"} <= set(about)
        except (OSError, ValueError, TypeError):
            right = False
        strange = [] if right else ["another model.json"]
    if strange:
        raise DataError(
            f"{folder} is in use (it holds {strange[0]}): choose a new or an empty"
            " folder."
        )


def arrays_file(folder: Path, checksum: str) -> Path:
    return folder / f"arrays-{checksum[:12]}.npz"


def clear(folder: Path, checksum: str, *, fresh: bool) -> None:
    """Remove the arrays of older models. Fresh ones may be another writer's; they go
    too if what people have is to be gone from the folder.
    """
    for path in folder.glob("arrays-*.npz"):
        with suppress(OSError):
            old = time.time() - path.stat().st_mtime > 60
            if path != arrays_file(folder, checksum) and (old or fresh):
                path.unlink()


def digest(about: dict[str, Any]) -> str:
    """A hash of what model.json says, so that an edited one is noticed."""
    plain = {name: value for name, value in about.items() if name != "digest"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


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
