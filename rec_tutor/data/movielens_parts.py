"""What the readers of MovieLens' files share: tables, titles with years, the
`Dataset`.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import pandas as pd

from rec_tutor.data.schema import Dataset, number_ids

OCCUPATIONS = [  # of ml-1m, by its codes 0 to 20
    *(
        "other",
        "educator",
        "artist",
        "clerical",
        "student",
        "customer service",
        "healthcare",
        "executive",
    ),
    *(
        "farmer",
        "homemaker",
        "K-12 student",
        "lawyer",
        "programmer",
        "retired",
        "sales",
        "scientist",
    ),
    *("self-employed", "engineer", "craftsman", "unemployed", "writer"),
]

# at the end of a title: "(1995)", "(1995) (V)", "(2011-2015)", "(2007-)"
YEAR = re.compile(r"\s*\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)(?:\s*\(V\))?\s*$")


def read(
    source: bytes | IO[bytes],
    columns: list[str],
    *,
    separator: str = "\t",
    header: bool = False,
    text: Sequence[str] = (),
) -> pd.DataFrame:
    """Read a table of a published file: columns are int64, but `rating` float64 and
    those in text str.
    """
    kinds: dict[str, Any] = dict.fromkeys(columns, "int64") | dict.fromkeys(text, str)
    kinds |= {"rating": "float64"} if "rating" in columns else {}
    return pd.read_csv(
        io.BytesIO(source) if isinstance(source, bytes) else source,
        sep=separator,
        names=columns,
        skiprows=1 if header else 0,
        dtype=kinds,
        na_filter=False,
        quoting=csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE,
        encoding="utf-8" if header else "latin-1",
    )


def fields(
    source: bytes, separator: str, encoding: str = "latin-1"
) -> Iterator[list[str]]:
    """The fields of each line that is not blank."""
    for line in source.decode(encoding).split("\n"):
        if line.strip():
            yield line.rstrip("\r\n").split(separator)


def split_title(title: str) -> tuple[str, int | None]:
    """Split "Toy Story (1995)" into "Toy Story" and 1995; a title that ends without a
    year has none.
    """
    found = YEAR.search(title)
    return (
        (title[: found.start()].strip(), int(found[1]))
        if found
        else (title.strip(), None)
    )


def dataset(
    name: str,
    raw: pd.DataFrame,
    people: pd.DataFrame | None,
    films: Iterable[tuple[int, str, int | None, list[str]]],
    entities: dict[int, str] | None = None,
    knowledge: pd.DataFrame | None = None,
) -> Dataset:
    """Number users and films, and line up what is known about them with the numbers."""
    ratings, user_ids, item_ids = number_ids(raw)
    users = pd.DataFrame({"user_id": user_ids})
    if people is not None:
        users = people.set_index("user_id").loc[user_ids].reset_index()
    known = {film: (title, year, genres) for film, title, year, genres in films}
    rows = [known[film] for film in item_ids.tolist()]
    items = pd.DataFrame(
        {"item_id": item_ids, "title": [title for title, _, _ in rows]}
    )
    items["year"] = pd.array([year for _, year, _ in rows], dtype="Int64")
    genres = [
        tuple(sorted(set(genres) - {"unknown", "(no genres listed)", ""}))
        for _, _, genres in rows
    ]
    items["genres"] = pd.Series(genres, dtype=object)
    items["entity"] = pd.Series(
        [(entities or {}).get(film) for film in item_ids.tolist()], dtype=object
    )
    return Dataset(name, ratings, users, items, knowledge)
