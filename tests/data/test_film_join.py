"""Films of Wikidata joined to MovieLens: by title and year, by aliases, or not at all.

The tests at the end need the real data: from the cache, else by download, once.
"""

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data
from rec_tutor.data import DataError, film_aliases, film_join, films


def dataset(*listed):
    """Two ratings of each film, given as "Title (1999)"."""
    count = len(listed)
    ratings = pd.DataFrame(
        {
            "user": np.repeat([0, 1], count),
            "item": np.tile(np.arange(count), 2),
            "rating": 3.0,
            "timestamp": np.arange(2 * count),
        }
    )
    items = pd.DataFrame({"item_id": np.arange(count)})
    items["title"] = [name[:-7] for name in listed]
    years = [int(name[-5:-1]) if name[-5:-1].isdigit() else None for name in listed]
    items["year"] = pd.array(years, dtype="Int64")
    return data.Dataset("toy", ratings, pd.DataFrame({"user_id": [1, 2]}), items)


def table(*listed):
    years = [int(name[-5:-1]) for name in listed]
    return pd.DataFrame({"title": [name[:-7] for name in listed], "year": years})


def joined(listed, records):
    return film_join.join(dataset(*listed), table(*records))


@pytest.mark.parametrize(
    ("listed", "record"),
    [
        ("Godfather, The (1972)", "The Godfather (1972)"),
        ("Dolce Vita, La (1960)", "La Dolce Vita (1960)"),
        ("Enfer, L' (1994)", "L'Enfer (1994)"),
        ("Misérables, Les (1995)", "Les Miserables (1995)"),
        ("Bram Stoker's Dracula (1992)", "Bram Stoker’s DRACULA (1992)"),
        ("Hate (Haine, La) (1995)", "La Haine (1995)"),
        ("Boat, The (Das Boot) (1981)", "Das Boot (1981)"),
        ("Sunset Blvd. (a.k.a. Sunset Boulevard) (1950)", "Sunset Boulevard (1950)"),
        ("Alien³ (1992)", "Alien 3 (1992)"),
        ("8 1/2 (1963)", "8½ (1963)"),
        ("Blood & Wine (1997)", "Blood and Wine (1996)"),
        ("Love Bug, The (1969)", "The Love Bug (1968)"),
        ("Cradle Will Rock, The (1999)", "Cradle Will Rock (1999)"),
        ("Year of Living Dangerously (1982)", "The Year of Living Dangerously (1982)"),
        ("A la mode (1994)", "A la Mode (1994)"),
        ("Twelve Monkeys (1995)", "12 Monkeys (1995)"),
        ("Star Wars (1977)", "Star Wars: Episode IV – A New Hope (1977)"),
    ],
)
def test_the_same_film(listed, record):
    found = joined([listed, "Other (1972)"], ["Zeta (1972)", record])
    assert found.records.tolist() == [1, -1]
    assert found.ambiguous == found.twice == []


@pytest.mark.parametrize(
    ("listed", "record"),
    [
        ("Hamlet (1990)", "Hamlet (1996)"),
        ("Hamlet (1990)", "Hamlet (1992)"),
        ("Hamlet (1990)", "Hamlet (1988)"),
        ("Crow, The (1994)", "Crow (1995)"),  # an article and a year at once
        ("Alien (1979)", "Aliens (1979)"),
        ("Babe (1995)", "Babe: Pig in the City (1995)"),
        ("Some Folks Call It a Sling Blade (1993)", "Sling Blade (1994)"),
        ("Magnificent Seven, The (1954)", "Seven Samurai (1954)"),
        ("unknown (????)", "unknown (1995)"),
    ],
)
def test_another_film(listed, record):
    assert joined([listed], [record]).records.tolist() == [-1]


def test_what_is_ambiguous_is_left_out_and_counted():
    records = ["Noise (2007)", "Noise (2007)", "Rage (1999)", "Rage (2001)"]
    found = joined(["Noise (2007)", "Rage (2000)", "Rage (1999)"], records)
    assert found.records.tolist() == [-1, -1, 2] and found.ambiguous == [0, 1]


def test_two_names_that_lead_to_two_records_are_ambiguous():
    found = joined(["Killer (Boat, The) (1994)"], ["Killer (1994)", "The Boat (1994)"])
    assert found.records.tolist() == [-1] and found.ambiguous == [0]


def test_the_year_decides_before_a_neighbouring_one():
    found = joined(["Jack Frost (1998)"], ["Jack Frost (1997)", "Jack Frost (1998)"])
    assert found.records.tolist() == [1] and found.ambiguous == []


def test_a_film_that_movielens_lists_twice():
    listed = ["Money Talks (1997)", "Money Talks (1997)", "Boys (1996)"]
    found = joined(listed, ["Boys (1996)", "Money Talks (1997)"])
    assert found.records.tolist() == [1, 1, 0] and found.twice == [[0, 1]]
    listed = ["Maybe, Maybe Not (Bewegte Mann, Der) (1994)", "Bewegte Mann, Der (1994)"]
    assert joined(listed, ["Der bewegte Mann (1994)"]).twice == [[0, 1]]


def test_two_films_are_not_given_one_record():
    found = joined(["Rage (1998)", "Rage (2000)"], ["Rage (1999)"])
    assert found.records.tolist() == [-1, -1]
    assert found.ambiguous == [0, 1] and found.twice == []


def test_share_is_of_interactions():
    ds = dataset("Alpha (1990)", "Beta (1991)", "Gamma (1992)")
    ds.ratings["item"] = np.array([0, 0, 0, 0, 1, 2])
    found = film_join.join(ds, table("Alpha (1990)", "Beta (1991)"))
    assert found.share(ds) == 5 / 6


def test_an_alias_goes_before_the_rules_and_guesses_nothing_either():
    records = ["Time Code (2000)", "Timecode (2000)"]
    assert joined(["Time Code (2000)"], records).records.tolist() == [1]
    assert joined(["Time Code (2000)"], records[:1]).records.tolist() == [-1]
    found = joined(["Time Code (2000)"], [*records, records[1]])
    assert found.records.tolist() == [-1] and found.ambiguous == [0]


def test_items_without_titles():
    ds = dataset("Alpha (1990)")
    ds = data.Dataset("toy", ds.ratings, ds.users, ds.items[["item_id"]])
    with pytest.raises(DataError, match="no titles and years"):
        film_join.join(ds, table("Alpha (1990)"))


# the real data


@pytest.fixture(scope="session")
def records():
    return films.load()


@pytest.fixture(scope="session", params=["ml-100k", "ml-1m"])
def movielens(request):
    return data.load(request.param)


def test_films_of_wikidata(records):
    assert len(records) == 17_472 and records["imdb_id"].duplicated().sum() == 2
    assert records["year"].min() == 1940 and records["year"].max() == 2014
    said = {name: (records[name].str.len() > 0).sum() for name in films.MANY}
    assert said == {
        "genres": 17_029,
        "directors": 17_406,
        "writers": 13_727,
        "cast": 15_701,
        "languages": 17_271,
        "countries": 17_469,
    }
    suffixes = {"Jr.", "Sr.", "III", "PhD", "Ltd.", "Inc."}
    for name in (*films.MANY, "companies"):
        assert not {one for many in records[name] for one in many} & suffixes
    star_wars = records[records["imdb_id"] == "tt0076759"].iloc[0]
    assert star_wars["directors"] == ("George Lucas",)
    assert "Harrison Ford" in star_wars["cast"]


def test_at_least_97_percent_of_the_interactions_are_joined(records, movielens):
    found = film_join.join(movielens, records)
    assert found.share(movielens) >= 0.97
    assert len(found.ambiguous) == 0
    twice = {"ml-100k": 19, "ml-1m": 1}[movielens.name]
    assert len(found.twice) == twice
    items = movielens.items.assign(record=found.records)
    items = items[items["record"] >= 0]
    apart = items["year"] - records["year"].to_numpy()[items["record"]]
    named = items["title"] + " (" + items["year"].astype(str) + ")"
    by_rule = ~named.isin(list(film_aliases.ALIASES))
    assert apart[by_rule].abs().max() == 1
    alone = items[~items.index.isin([one for group in found.twice for one in group])]
    assert not alone["record"].duplicated().any()


def test_every_alias_is_used_and_needed(records):
    """An alias that a rule would find, or that no set has, does not belong there."""
    listed = {
        f"{title} ({year})"
        for name in ("ml-100k", "ml-1m")
        for title, year in data.load(name).items[["title", "year"]].values
    }
    assert set(film_aliases.ALIASES) <= listed
    found = film_join._Table(records)
    for name, alias in film_aliases.ALIASES.items():
        (record,) = found.find(name[:-7], int(name[-5:-1]))
        rules = found._rules(film_join._names(name[:-7]), int(name[-5:-1]))
        assert [record] != next((one for one in rules if one), []), name
        assert abs(int(alias[-5:-1]) - int(name[-5:-1])) <= 10


def test_films_that_share_a_title_are_told_apart(records, movielens):
    """Remakes: each gets the record of its own year, or none."""
    found = film_join.join(movielens, records)
    items = movielens.items
    for title in ("Hamlet", "Sabrina", "Psycho", "Romeo and Juliet"):
        rows = np.flatnonzero(items["title"] == title)
        hits = [row for row in rows if found.records[row] >= 0]
        years = records["year"].to_numpy()[found.records[hits]]
        assert (np.abs(years - items["year"][hits].to_numpy(int)) <= 1).all()
        assert len(set(found.records[hits])) == len(hits)
