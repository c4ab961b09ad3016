"""What becomes of spoilt files of ratings? A hundred thousand, each made from a few
real rows: in the forms that people have, with fields, bytes and lines changed, packed
and damaged, in other encodings, or mere noise.

Each has to be read so that nothing in the result is invented, or refused by an error
that names the file; anything else stops the run with the input. Columns `read` and
`refused` count.
"""

import tempfile
from pathlib import Path

from course import fuzz
from course.experiment import EXACT, run
from rec_tutor import data
from rec_tutor.data.reading import read
from rec_tutor.data.table import rows_of
from rec_tutor.data.understood import Reading

ds = data.load("ml-100k")


def reader(path: Path) -> Reading:
    """All the way from a file to a Dataset."""
    found = read(path)
    found.dataset(rows_of(found, "last"))
    return found


def spoilt(kind: str, number: int, seed: int = 0) -> dict[str, int]:
    """How many of the inputs of a kind were read, and how many refused."""
    ratings = ds.raw().astype({"rating": int}).to_numpy()
    with tempfile.TemporaryDirectory() as folder:
        return fuzz.counts(kind, number, seed, Path(folder), ratings, reader)


PARTS = {"spoilt": spoilt}
ROWS = [{"part": "spoilt", "kind": kind, "number": 17_000} for kind in fuzz.KINDS]
SMALL = [{"part": "spoilt", "kind": kind, "number": 170} for kind in fuzz.KINDS]

if __name__ == "__main__":
    run(__file__, PARTS, ROWS, small=SMALL, seed=0, tolerance=EXACT)
