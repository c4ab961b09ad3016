"""Data: one door for the public sets, the synthetic one and a reader's own table.

>>> from rec_tutor import data
>>> ds = data.load("synthetic")
>>> list(ds.ratings.columns)
['user', 'item', 'rating', 'timestamp']

Whatever the source, the result is a `Dataset`: users and items are numbered 0, 1, 2, …
(the indices that models work with), and the ids of the source are kept beside them.
Whatever goes wrong with data raises `DataError` (a ValueError) that says what is wrong,
where, and what to do.
"""

import difflib

from rec_tutor.data import filmtrust, movielens, synthetic
from rec_tutor.data.cache import cache_dir
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.data.table import encode, from_frame, read_csv, read_table

__all__ = [
    "DataError",
    "Dataset",
    "cache_dir",
    "encode",
    "from_frame",
    "load",
    "names",
    "read_csv",
    "read_table",
]


def names() -> list[str]:
    """The names that `load` knows."""
    return [*movielens.NAMES, "filmtrust", "synthetic"]


def load(name: str, *, knowledge: bool = False) -> Dataset:
    """Load a data set by name: "ml-100k", "ml-1m", "ml-20m", "ml-25m", "ml-32m",
    "filmtrust" (a `filmtrust.Trusting`) or "synthetic".

    A set that is not yet in the cache (see `cache_dir`) is downloaded once: from its
    official host, else from its mirror. `RECTUTOR_OFFLINE=1` in the environment forbids
    the network.

    Args:
        knowledge: insist on a source with the knowledge graph. Only MovieLens-100K has
            one, and only its mirror carries it; without this, `ds.knowledge` is None
            whenever the official file answered. Careful: its links belong to another
            edition of MovieLens and name the wrong films (chapter 10 shows it).

    Raises:
        DataError: for an unknown name, and where no source could be had (the message
            says how to go on).
    """
    if knowledge and name in names() and name != "ml-100k":
        raise DataError(
            f"The data set {name!r} has no knowledge graph; only 'ml-100k' has one."
        )
    if name == "synthetic":
        return synthetic.make()
    if name == "filmtrust":
        return filmtrust.load()
    if name in movielens.NAMES:
        return movielens.load(name, knowledge=knowledge)
    wanted = str(name).lower().replace("movielens", "ml").replace("_", "-")
    close = difflib.get_close_matches(wanted, names(), n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise DataError(
        f"There is no data set called {name!r}.{hint} Known names:"
        f" {', '.join(names())}. For a file of your own use data.read_csv(path)."
    )
