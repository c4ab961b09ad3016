"""Ratings by simulated people of films that exist: data that may be used for anything.

The films are those of Wikidata (`rec_tutor.data.films`, CC0). Nobody of the people
exists, and all that they do is *assumed* here. A model that wins on these ratings has
found what is planted below; that says nothing about people.

- Each person likes a few genres, dislikes one, likes the films of some directors, and
  likes films of one country a little more than others.
- There are tastes that no column of the films shows: `HIDDEN` numbers for each person
  and each film.
- Films differ in how well they are known. A film that comes into the catalogue later is
  known best then, and is forgotten slowly.
- Tastes drift: what a person likes at the end is a mixture of what it was at the start
  and of another taste.
- What people choose next is a logit choice among the films that they have not seen
  (McFadden 1974), without places and lists: *nobody recommends anything to them*. So
  the ratings have no feedback of a recommender in them, which real ones have.
- The rating is what the person feels about the film, with noise, in whole stars.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rec_tutor.data import films as wikidata
from rec_tutor.data.schema import RATING_COLUMNS, DataError, Dataset

YEARS = 3  # that the ratings span
PARTS = 4  # parts of a person's time, each with a taste of its own
START = 1_609_459_200  # 2021-01-01
DAY = 86_400  # seconds
HIDDEN = 3  # numbers of a taste that no column shows
FEWEST = 8  # ratings of a person
# how much each of these moves the utility of a film: standard deviations over films
WEIGHTS = {"genres": 1.0, "directors": 0.3, "countries": 0.4, "hidden": 1.0}
LIKED = {"genres": 3, "directors": 8, "countries": 1}  # names that a person likes
KNOWN = 0.9  # standard deviation of how well films are known
STRENGTH = 1.5  # standard deviation of taste in the choice, over films
DRIFT = 0.3  # share of the other taste at the end
LATER = 0.25  # share of the films that come into the catalogue during the time
FORGOTTEN = 1.0  # how much less known a film that came later is after a year
OF_TASTE = 0.8  # stars by which one standard deviation of utility moves a rating
MOST_PAIRS = 20_000_000  # of people and films: a few GB
NOISE = 0.7  # standard deviation of what is added to a rating, in stars


@dataclass(frozen=True, eq=False, repr=False)
class Simulated(Dataset):
    """A `Dataset` of simulated people, and what is true about them.

    Attributes:
        utility: float32 (U, I), the logit of each film in the last part of each
            person's time; a film that is not in the catalogue by then has -inf. No
            model may see it. Ranking by it is the best that can be done.
    """

    utility: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))


def make(
    num_people: int = 2000,
    num_films: int = 1000,
    *,
    mean_ratings: float = 40.0,
    seed: int = 0,
    films: pd.DataFrame | None = None,
) -> Simulated:
    """Simulate people; the same arguments give the same ratings.

    Args:
        num_films: taken at random of those with a director and a genre.
        mean_ratings: of a person, about; the middle person has fewer, a few have many.
        films: a table like that of `rec_tutor.data.films.load`, which is the default.

    Raises:
        DataError: for numbers that make no ratings, for fewer films than asked, or if
            the films could not be had.
    """
    if num_people < 1:
        raise DataError(f"num_people must be 1 or more, not {num_people}.")
    if not FEWEST < mean_ratings <= num_films / 10:
        raise DataError(
            f"mean_ratings must be above {FEWEST} and at most a tenth of num_films,"
            f" {num_films / 10:g}; it is {mean_ratings:g}."
        )
    if num_people * num_films > MOST_PAIRS:
        raise DataError(
            f"{num_people:,} people and {num_films:,} films are too many pairs for the"
            f" memory: at most {MOST_PAIRS:,}. Take fewer of either."
        )
    rng = np.random.default_rng(seed)
    chosen = _catalogue(wikidata.load() if films is None else films, num_films, rng)
    films_by = {name: _flags(chosen[name]) for name in LIKED}
    films_by["hidden"] = rng.normal(size=(num_films, HIDDEN))
    before, after = (_utility(films_by, num_people, rng) for _ in range(2))

    known = rng.normal(0, KNOWN, size=num_films)
    came = np.where(
        rng.random(num_films) < LATER, rng.uniform(0, YEARS, num_films), -1.0
    )  # years since START
    counts = _counts(num_people, mean_ratings, num_films, rng)
    arrived = np.sort(rng.uniform(0, YEARS * 0.75, num_people))
    stay = rng.uniform(0.05, 1.0, num_people) * (YEARS - arrived)

    seen = np.zeros((num_people, num_films), dtype=bool)
    rows: list[tuple[np.ndarray, ...]] = []
    for part in range(PARTS):
        share = DRIFT * part / (PARTS - 1)
        taste = (1 - share) * before + share * after  # (U, I)
        taste /= taste.std(axis=1, keepdims=True)
        now = arrived + stay * (part + 0.5) / PARTS  # (U,), years
        age = now[:, None] - np.where(came < 0, 0.0, came)
        familiar = known - FORGOTTEN * np.where(came < 0, 0.0, np.maximum(age, 0.0))
        familiar = np.where((came >= 0) & (age >= 0), familiar + 1.0, familiar)
        logit = np.where(age < 0, -np.inf, STRENGTH * taste + familiar)
        size = counts * (part + 1) // PARTS - counts * part // PARTS
        # The `size` largest of logit + Gumbel noise are a logit choice, one by one,
        # without repetition.
        keys = np.where(seen, -np.inf, logit + rng.gumbel(size=logit.shape))
        order = np.argsort(-keys, axis=1)[:, : size.max()]
        people, place = np.nonzero(np.arange(size.max()) < size[:, None])
        items = order[people, place]
        seen[people, items] = True
        feeling = taste[people, items] * OF_TASTE + rng.normal(0, NOISE, len(people))
        rows.append((people, items, feeling, place / size[people] + part))
    user, item, feeling, when = (
        np.concatenate(column) for column in zip(*rows, strict=True)
    )
    kind = rng.normal(0, 0.3, num_people)  # generous or strict
    stars = np.clip(np.rint(3.1 + kind[user] + feeling), 1, 5)
    begin = START + (arrived * 365 * DAY).astype(np.int64)
    length = stay * 365 * DAY / PARTS
    time = begin[user] + (when * length[user]).astype(np.int64)
    ratings = pd.DataFrame(
        dict(zip(RATING_COLUMNS, (user, item, stars, time), strict=True))
    )
    ratings = ratings.astype(
        {"user": np.int64, "item": np.int64, "rating": float, "timestamp": np.int64}
    )
    # as a log has them: in the order of time
    order = np.lexsort((np.arange(len(ratings)), ratings["timestamp"]))
    width = len(str(num_people))
    people_table = pd.DataFrame(
        {"user_id": [f"simulated-{n + 1:0{width}}" for n in range(num_people)]}
    )
    return Simulated(
        "simulated",
        ratings.iloc[order].reset_index(drop=True),
        people_table,
        chosen,
        utility=logit.astype(np.float32),
    )


def _catalogue(
    films: pd.DataFrame, num_films: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Films at random, each once, sorted by their ids."""
    described = films["genres"].map(bool) & films["directors"].map(bool)
    pool = films[described].drop_duplicates("imdb_id").sort_values("imdb_id")
    if not 1 <= num_films <= len(pool):
        raise DataError(
            f"num_films must be between 1 and {len(pool):,}, the films with a director"
            f" and a genre; it is {num_films:,}."
        )
    rows = np.sort(rng.choice(len(pool), num_films, replace=False))
    chosen = pool.iloc[rows].reset_index(drop=True)
    chosen = chosen.rename(columns={"imdb_id": "item_id"})
    return chosen[
        ["item_id", "title", "year", "genres", "directors", "countries"]
    ].astype({"year": "Int64"})


def _flags(lists: pd.Series) -> np.ndarray:
    """Lists of names -> 0 or 1 for each name, (I, names)."""
    names = sorted({name for own in lists for name in own})
    number = {name: at for at, name in enumerate(names)}
    flags = np.zeros((len(lists), len(names)))
    for row, own in enumerate(lists):
        flags[row, [number[name] for name in own]] = 1.0
    return flags


def _utility(
    films_by: dict[str, np.ndarray], num_people: int, rng: np.random.Generator
) -> np.ndarray:
    """What people feel about films, (U, I): the parts of WEIGHTS added up."""
    total = np.zeros((num_people, len(films_by["hidden"])))
    for name, weight in WEIGHTS.items():
        films = films_by[name]
        if name == "hidden":
            likes = rng.normal(size=(num_people, films.shape[1]))
        else:
            likes = np.zeros((num_people, films.shape[1]))
            often = films.sum(axis=0)
            # names of many films are liked by many: everybody meets them
            keys = np.log(often) + rng.gumbel(size=likes.shape)
            order = np.argsort(-keys, axis=1)
            liked = LIKED[name]
            np.put_along_axis(likes, order[:, :liked], 1.0, axis=1)
            if name == "genres":
                np.put_along_axis(likes, order[:, liked : liked + 1], -1.0, axis=1)
        part = likes @ films.T
        spread = part.std(axis=1, keepdims=True)
        part -= part.mean(axis=1, keepdims=True)
        total += weight * part / np.where(spread > 0, spread, 1.0)
    return total


def _counts(
    num_people: int, mean: float, num_films: int, rng: np.random.Generator
) -> np.ndarray:
    """Ratings of each person: few have many, none has fewer than FEWEST."""
    sigma = 0.8
    extra = rng.lognormal(np.log(mean - FEWEST) - sigma**2 / 2, sigma, num_people)
    return np.minimum(FEWEST + extra.astype(np.int64), num_films // 2)
