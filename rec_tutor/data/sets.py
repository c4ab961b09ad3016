"""The published files that the course can use: where they come from, under which
licence, and whether they may be passed on.

The licences are those that the sources state; where a source states none, nobody has
allowed to pass the file on, and it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rec_tutor.data import (
    bandit,
    cache,
    encoder,
    fashion,
    fetch,
    films,
    filmtrust,
    movielens,
    movielens_mirrors,
    reviews,
)
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source


@dataclass(frozen=True)
class Published:
    """A published set or model.

    Attributes:
        name: what `rec-tutor fetch` calls it.
        what: in a few words.
        chapters: the numbers of the chapters whose notebooks ask for it; empty if none
            does.
        licence: as its source states it.
        pass_on: may a copy be given to others, also in a company?
        groups: ways to get it, each with all the files that it needs.
    """

    name: str
    what: str
    chapters: str
    licence: str
    pass_on: bool
    groups: tuple[tuple[Source, ...], ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The names that its files may have in the cache."""
        return tuple(source.file for group in self.groups for source in group)

    def held(self) -> list[Path]:
        """Its files in the cache, verified; empty unless one way is complete."""
        for group in self.groups:
            paths = [cache.cache_dir() / source.file for source in group]
            if all(map(_intact, paths, (source.known_hash for source in group))):
                return paths
        return []

    def get(self) -> list[Path]:
        """Put it into the cache, unless it is there; returns its files.

        Raises:
            DataError: where no source could be had (the message says how to go on).
        """
        group, opened = fetch.obtain_all(self.what, self.groups)
        for file in opened:
            file.close()
        return [cache.cache_dir() / source.file for source in group]


def _intact(path: Path, known_hash: str) -> bool:
    file = cache.open_verified(path, known_hash)
    if file is None:
        return False
    file.close()
    return True


def _one_by_one(
    label: str, host: str, known: dict[str, tuple[str, int]], name: str
) -> tuple[Source, ...]:
    """Files of one address; `name` says what each is called in the cache."""
    return tuple(
        Source(label, name.format(file), *of, url=host + file)
        for file, of in known.items()
    )


GROUPLENS = (
    "GroupLens: cite it; not to be passed on; no commercial use without permission"
)
NONE = "none stated for the data: for study, not to be passed on"

SETS = (
    Published(
        "ml-100k",
        "MovieLens-100K",
        "00 to 12",
        GROUPLENS,
        False,
        ((movielens_mirrors.MIRRORS["ml-100k"],), (movielens.official("ml-100k"),)),
    ),
    Published(
        "ml-100k-graph",
        "MovieLens-100K with a knowledge graph, which one source alone has",
        "10 · Deeper",
        GROUPLENS,
        False,
        ((movielens_mirrors.MIRRORS["ml-100k"],),),
    ),
    Published(
        "ml-1m",
        "MovieLens-1M",
        "",
        GROUPLENS,
        False,
        ((movielens.official("ml-1m"),), (movielens_mirrors.MIRRORS["ml-1m"],)),
    ),
    Published(
        "fashion",
        "Fashion-MNIST",
        "04",
        "MIT",
        True,
        (
            _one_by_one(
                "Zalando",
                fashion.HOST,
                {f"{name}.gz": known for name, known in fashion.OFFICIAL.items()},
                "{}",
            ),
            (fashion.MIRROR,),
        ),
    ),
    Published(
        "reviews",
        "the film reviews",
        "06",
        NONE,
        False,
        ((reviews.OFFICIAL,), (reviews.MIRROR,)),
    ),
    Published(
        "encoder",
        "the text encoder all-MiniLM-L6-v2",
        "06",
        "Apache 2.0",
        True,
        (
            (encoder.MIRROR,),
            _one_by_one(
                "the Hugging Face hub",
                encoder.HOST,
                encoder.OFFICIAL,
                f"{encoder.NAME}-{{}}",
            ),
        ),
    ),
    Published(
        "films",
        "the films of Wikidata",
        "10 · Deeper, 12 · Deeper",
        "CC0 1.0 (the film table; the file's other tables: see its own licences)",
        True,
        ((films.SOURCE,),),
    ),
    Published("filmtrust", "FilmTrust", "", NONE, False, ((filmtrust.SOURCE,),)),
    Published(
        "bandit",
        "the Open Bandit sample",
        "11 · Deeper, 12 · Deeper",
        NONE,
        False,
        ((bandit.SOURCE,),),
    ),
)


def named(names: Sequence[str]) -> list[Published]:
    """The sets of these names, in the order of SETS.

    Raises:
        DataError: for a name that is not among them.
    """
    known = [own.name for own in SETS]
    for name in names:
        if name not in known:
            raise DataError(
                f"There is no set called {name!r}. Known names: {', '.join(known)}."
            )
    return [own for own in SETS if own.name in names]
