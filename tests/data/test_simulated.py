"""Simulated ratings: what is planted is there, can be found, and is marked."""

import numpy as np
import pandas as pd
import pytest

from rec_tutor import baselines, evaluation
from rec_tutor.cli import simulate as command
from rec_tutor.data import DataError, read_csv, simulated
from rec_tutor.evaluation import splits
from rec_tutor.inputs.matrix import interaction_matrix


def made_up(count=400):
    """A table like that of Wikidata's films."""
    rng = np.random.default_rng(5)
    genres = ["Comedy", "Drama", "Horror", "Musical", "Western", "War", "Film-Noir"]
    rows = {
        "imdb_id": [f"tt{n:07}" for n in range(count)],
        "title": [f"Film, {n}" for n in range(count)],
        "year": rng.integers(1940, 2014, count),
        "genres": [
            tuple(sorted(rng.choice(genres, rng.integers(1, 4), replace=False)))
            for _ in range(count)
        ],
        "directors": [(f"D {rng.integers(80)}",) for _ in range(count)],
        "countries": [(f"C {rng.integers(5)}",) for _ in range(count)],
    }
    return pd.DataFrame(rows)


FILMS = made_up()


def make(people=600, num_films=400, seed=0, **options):
    return simulated.make(
        people, num_films, mean_ratings=30, seed=seed, films=FILMS, **options
    )


@pytest.fixture(scope="module")
def ds():
    return make()


def test_the_same_seed_gives_the_same_ratings(ds):
    pd.testing.assert_frame_equal(ds.ratings, make().ratings)
    assert not ds.ratings.equals(make(seed=1).ratings)


def test_every_row_says_that_it_is_simulated(ds):
    assert ds.name == "simulated"
    assert ds.raw()["user"].str.fullmatch(r"simulated-\d{3}").all()
    assert set(ds.raw()["item"]) <= set(FILMS["imdb_id"])


def test_the_shape_of_the_log(ds):
    ratings = ds.ratings
    assert not ratings.duplicated(["user", "item"]).any()
    assert ratings["timestamp"].is_monotonic_increasing
    assert set(ratings["rating"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    counts = ratings.groupby("user").size()
    assert counts.min() >= simulated.FEWEST and 25 < counts.mean() < 35
    assert counts.median() < counts.mean()  # a few have many
    first = ratings.groupby("user")["timestamp"].min()
    assert first.is_monotonic_increasing  # they arrive one after the other
    span = ratings["timestamp"].max() - ratings["timestamp"].min()
    assert 2 < span / (365 * simulated.DAY) < simulated.YEARS


def test_few_films_get_much_and_some_come_later(ds):
    counts = np.sort(ds.ratings.groupby("item").size())[::-1]
    assert counts[:40].sum() > 0.25 * counts.sum()
    first = ds.ratings.groupby("item")["timestamp"].min()
    late = first > simulated.START + 365 * simulated.DAY
    assert 0.1 < late.mean() < 0.3


def liking(ds, rows):
    """Share of these rows whose film has one of the three genres that their person had
    most in the first half.
    """
    flags = simulated._flags(ds.items["genres"])
    half = ds.ratings.groupby("user").cumcount() < 10
    first = ds.ratings[half]
    total = np.zeros((ds.num_users, flags.shape[1]))
    np.add.at(total, first["user"], flags[first["item"]])
    best = np.argsort(-total, axis=1)[:, :1]
    return flags[rows["item"], best[rows["user"], 0]].mean()


def test_people_keep_to_genres(ds):
    later = ds.ratings[ds.ratings.groupby("user").cumcount() >= 10]
    mixed = later.assign(
        item=np.random.default_rng(0).permutation(later["item"].to_numpy())
    )
    assert liking(ds, later) > liking(ds, mixed) + 0.05


def test_liked_films_get_more_stars(ds):
    rows = ds.ratings
    utility = ds.utility[rows["user"], rows["item"]]
    assert np.corrcoef(utility[np.isfinite(utility)], rows["rating"])[0, 1] > 0.2


class Fixed:
    """Scores that are known."""

    def __init__(self, scores):
        self.scores = scores

    def score(self, users, histories=None):
        return self.scores[users]


def test_models_find_it_and_cannot_find_all(ds):
    """Chance < popularity < EASE < the truth, each by a clear distance."""
    cut = splits.temporal(ds.ratings, valid=0.0, test=0.2)
    past, future = cut.train, cut.test
    size = ds.num_users, ds.num_items
    seen = interaction_matrix(past, *size)
    rng = np.random.default_rng(0)
    models = {
        "chance": Fixed(rng.random(size)),
        "popularity": baselines.Popularity(*size).fit(past),
        "ease": baselines.EASE(*size, l2=100.0).fit(past),
        "truth": Fixed(np.nan_to_num(ds.utility, neginf=-1e9)),
    }
    ndcg = {
        name: evaluation.evaluate(model, future, seen=seen)["ndcg"].mean()
        for name, model in models.items()
    }
    assert list(ndcg) == sorted(ndcg, key=lambda name: ndcg[name])
    assert ndcg["popularity"] > 1.5 * ndcg["chance"]
    assert ndcg["ease"] > 1.2 * ndcg["popularity"]
    assert ndcg["truth"] > 1.2 * ndcg["ease"] and ndcg["truth"] < 0.6


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"people": 0}, "num_people must be 1 or more"),
        ({"num_films": 0}, "num_films"),
        ({"num_films": 401}, "num_films must be between 1 and 400"),
        ({"num_films": 250}, "at most a tenth of num_films, 25"),
        ({"people": 10**8}, "too many pairs"),
    ],
)
def test_numbers_that_make_no_ratings_are_refused(options, words):
    with pytest.raises(DataError, match=words):
        make(**options)


def test_films_without_a_director_or_twice_are_left_out():
    films = pd.concat([FILMS, FILMS.head(50)], ignore_index=True)
    films.at[60, "directors"] = ()
    chosen = simulated._catalogue(films, 399, np.random.default_rng(0))
    assert chosen["item_id"].is_unique and "tt0000060" not in set(chosen["item_id"])
    with pytest.raises(DataError, match="between 1 and 399"):
        simulated._catalogue(films, 400, np.random.default_rng(0))


def test_the_command_writes_what_the_others_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(simulated.wikidata, "load", lambda: FILMS)
    out, films = tmp_path / "ratings.csv", tmp_path / "films.csv"
    some = ["--people", "150", "--num-films", "300", "--mean-ratings", "12"]
    assert command.main(["--out", str(out), "--films", str(films), *some]) == 0
    said = capsys.readouterr().err
    assert "150 simulated people (seed 0). Nobody of them exists." in said
    again = read_csv(out)
    assert again.num_users == 150 and len(again.ratings) > 150 * 8
    table = pd.read_csv(films)
    assert list(table.columns)[:4] == ["itemID", "title", "year", "genres"]
    assert set(again.items["item_id"]) <= set(table["itemID"])
    assert all(table["title"].str.startswith("Film, "))
    before = out.read_bytes()
    assert command.main(["--out", str(out), *some]) == 0
    assert out.read_bytes() == before


def test_the_command_says_what_is_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(simulated.wikidata, "load", lambda: FILMS)
    out = str(tmp_path / "ratings.csv")
    assert command.main(["--out", out, "--num-films", "1000"]) == 1
    assert "num_films must be between 1 and 400" in capsys.readouterr().err
    assert command.main(["--out", out, "--films", out]) == 1
    assert "is named twice" in capsys.readouterr().err
    assert not (tmp_path / "ratings.csv").exists()
