"""What is known about an item before anybody has rated it, as blocks of numbers.

A block is a table with a row for each item, (num_items, F) in float32; `blocks` makes
those of films. All that is counted or fitted (which words there are, how rare they are,
what they are squeezed into) comes from the items in `known` alone: an item that is to
be new must not have a say in it. A row of zeros says that nothing is known.

Nothing here tells the future: of the films of Wikidata only what was known when a film
came out is read, see `data.films.BARRED`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from rec_tutor.data import encoder, film_join, films
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.inputs import checks
from rec_tutor.inputs.text import tokens

PEOPLE = ("directors", "writers", "cast")
PLACES = ("countries", "languages")
BUMPS = 12


def blocks(ds: Dataset, known: np.ndarray, size: int = 64) -> dict[str, np.ndarray]:
    """The blocks of a MovieLens set: `text`, the title as the sentence encoder reads it
    (384 columns); `kind`, genres and year; `people`, who directed, wrote and played
    (`size` columns); `place`, countries and languages. The last two are zeros for films
    that the table of Wikidata does not have.

    Args:
        ds: with `title`, `year` and `genres` of its items.
        known: bool (num_items,), the films that may be learnt from.

    Raises:
        DataError: where the items have no such columns, or a source could not be had.
        ValueError: for another `known`, or one without any film.
    """
    need(ds, "title", "year", "genres")
    table = films.load()
    records = film_join.join(ds, table).records
    return {
        "text": text(ds.items["title"]),
        "kind": kind(ds.items, known),
        "people": squeezed(names(table, records, PEOPLE, known), known, size),
        "place": names(table, records, PLACES, known).toarray(),
    }


def missing(blocks: dict[str, np.ndarray]) -> np.ndarray:
    """Which blocks say nothing about an item: bool (num_items, number of blocks)."""
    return np.stack([~block.any(axis=1) for block in blocks.values()], axis=1)


def noise(like: np.ndarray, seed: int = 0) -> np.ndarray:
    """A block that says nothing, of the shape of another: random directions, rows of
    length 1. What a model makes of it is the control.
    """
    drawn = np.random.default_rng(seed).normal(size=like.shape)
    return _unit(drawn.astype(np.float32))


def text(titles: Sequence[str]) -> np.ndarray:
    """Titles as all-MiniLM-L6-v2 reads them, (n, 384); see `data.encoder`. One that is
    empty has a row of zeros.
    """
    said = [str(title).strip() for title in titles]
    vectors = encoder.encode(said)
    return vectors * np.array([[bool(title)] for title in said], dtype=np.float32)


def kind(items: pd.DataFrame, known: np.ndarray) -> np.ndarray:
    """Genres as 0 and 1, and the year, if there is one, as BUMPS numbers that are near
    1 for years near the centres of their bumps; rows of length 1. (n, genres + bumps)

    The centres are quantiles of the known items' years, and a year outside of these
    counts as the first or the last of them: nothing was learnt about what lies beyond.
    """
    checks.some_of("known", known, len(items))
    genres = [[f"{genre}" for genre in own] for own in items["genres"]]
    parts = [_counted(genres, known, least=1).toarray().astype(np.float64)]
    if "year" in items and items["year"][known].notna().any():
        parts.append(
            _bumps(items["year"].to_numpy(dtype=float, na_value=np.nan), known)
        )
    return _unit(np.hstack(parts).astype(np.float32))


def words(items: pd.DataFrame, known: np.ndarray, size: int = 64) -> np.ndarray:
    """Title words that at least two known items have, by TF-IDF, squeezed into at most
    `size` columns. (n, size)
    """
    checks.some_of("known", known, len(items))
    documents = [tokens(str(title)) for title in items["title"]]
    return squeezed(_rare(_counted(documents, known), known), known, size)


def names(
    films: pd.DataFrame, records: np.ndarray, columns: Sequence[str], known: np.ndarray
) -> sparse.csr_matrix:
    """Who and what stands in columns of the table of Wikidata, by TF-IDF: a column for
    each name, in its role, that at least two known films have; rows of length 1, or 0.

    Args:
        films: as `data.films.load` returns them.
        records: each item's row in it, or -1, (n,).
        known: bool (n,).
    """
    checks.some_of("known", known, len(records))
    columns_of = [films[column] for column in columns]
    documents = [
        [
            f"{column} {name}"
            for column, values in zip(columns, columns_of, strict=True)
            for name in (values.iat[record] if record >= 0 else ())
        ]
        for record in records
    ]
    return _rare(_counted(documents, known), known)


def squeezed(
    matrix: sparse.csr_matrix, known: np.ndarray, size: int = 64
) -> np.ndarray:
    """At most `size` columns that keep most of the known items' rows (a truncated
    singular value decomposition); rows of length 1, or 0. (n, size)
    """
    size = min(size, known.sum() - 1, matrix.shape[1] - 1)
    if size < 1:
        return matrix.toarray().astype(np.float32)
    squeeze = TruncatedSVD(size, random_state=0).fit(matrix[known])
    return _unit(squeeze.transform(matrix).astype(np.float32))


def need(ds: Dataset, *columns: str) -> None:
    """Refuse data whose items lack a column, with a DataError."""
    lacking = [name for name in columns if name not in ds.items.columns]
    if lacking:
        raise DataError(
            f"{ds.name}: its items have no {' and '.join(lacking)}; what is not known"
            " about items cannot be learnt from."
        )


def _counted(
    documents: Sequence[Sequence[str]], known: np.ndarray, least: int = 2
) -> sparse.csr_matrix:
    """1 where an item has a word that at least `least` known items have, (n, words)."""
    every = sorted({word for document in documents for word in document})
    column = {word: place for place, word in enumerate(every)}
    cells = [
        (row, column[word])
        for row, document in enumerate(documents)
        for word in set(document)
    ]
    rows, columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    shape = (len(documents), len(every))
    ones = np.ones(len(cells), dtype=np.float32)
    counted = sparse.csr_matrix((ones, (rows, columns)), shape=shape)
    often = np.bincount(counted[known].indices, minlength=len(every)) >= least
    return counted[:, often]


def _rare(counted: sparse.csr_matrix, known: np.ndarray) -> sparse.csr_matrix:
    """Rare words weigh more: idf = ln((1 + n) / (1 + df)) + 1 over the n known items;
    then rows of length 1.
    """
    df = np.bincount(counted[known].indices, minlength=counted.shape[1])
    weighted = counted @ sparse.diags_array(np.log((1 + known.sum()) / (1 + df)) + 1)
    lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    scaled = sparse.diags_array(1 / np.maximum(np.asarray(lengths).ravel(), 1e-12))
    return sparse.csr_matrix(scaled @ weighted, dtype=np.float32)


def _bumps(years: np.ndarray, known: np.ndarray) -> np.ndarray:
    there = years[known & ~np.isnan(years)]
    centres = np.unique(np.quantile(there, np.linspace(0, 1, BUMPS)).round())
    widths = np.gradient(centres) if len(centres) > 1 else np.ones(1)
    inside = np.clip(years, centres[0], centres[-1])[:, None]
    return np.nan_to_num(np.exp(-(((inside - centres) / widths) ** 2) / 2))


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; rows of zeros stay."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
