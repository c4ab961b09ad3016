"""What is known about items, by hand; and nothing of a new item has a say in it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data
from rec_tutor.inputs import item_features

ITEMS = pd.DataFrame(
    {
        "title": ["Red Dawn", "Red Dust", "Blue Dawn", "The Dust", "", "Green"],
        "year": pd.array([1990, 1990, 1992, 1994, 1999, None], dtype="Int64"),
        "genres": [("a", "b"), ("a",), ("b",), (), ("c",), ("a", "c")],
    }
)
KNOWN = np.array([True, True, True, True, False, False])
FILMS = pd.DataFrame(
    {
        "directors": [("Ann",), ("Ann",), ("Bo",), ("Ann", "Cy")],
        "cast": [("Bo", "Cy"), ("Cy",), ("Bo",), ("Eve", "Ann")],
        "countries": [("X",), ("X", "Y"), ("X",), ("Y",)],
    }
)
RECORDS = np.array([0, 1, -1, 2, 3, -1])


def test_genres_and_years_by_hand():
    """Genres a and b of the known items, and a bump, a year wide, at each of the years
    1990 to 1994.
    """
    found = item_features.kind(ITEMS, KNOWN)
    bump = np.exp(-(np.arange(5) ** 2) / 2)  # at its centre, a year away, ...
    expected = {
        0: [1, 1, *bump],
        2: [0, 1, bump[2], bump[1], 1, bump[1], bump[2]],
        4: [0, 0, *bump[::-1]],  # 1999 counts as 1994; nobody knows genre c
        5: [1, 0, 0, 0, 0, 0, 0],  # no year, no bumps
    }
    assert found.shape == (6, 7) and found.dtype == np.float32
    for item, numbers in expected.items():
        row = np.array(numbers) / np.linalg.norm(numbers)
        np.testing.assert_allclose(found[item], row, rtol=1e-5)


def test_without_any_year():
    found = item_features.kind(ITEMS.drop(columns="year"), KNOWN)
    np.testing.assert_allclose(found[0], [0.5**0.5, 0.5**0.5])
    no_years = ITEMS.assign(year=pd.array([None] * 6, dtype="Int64"))
    np.testing.assert_array_equal(item_features.kind(no_years, KNOWN), found)


def test_names_by_hand():
    """Known are items 0 to 3, with the records 0, 1 and 2. Ann directed two of them; Bo
    and Cy played in two each. What Bo directed and Ann played is once or new.
    """
    found = item_features.names(FILMS, RECORDS, ("directors", "cast"), KNOWN).toarray()
    assert found.shape == (6, 3) and found.dtype == np.float32
    ann, bo, cy = found.T  # in alphabetical order: cast Bo, cast Cy, directors Ann
    ann, bo, cy = cy, ann, bo
    np.testing.assert_array_equal(ann > 0, [1, 1, 0, 0, 1, 0])
    np.testing.assert_array_equal(bo > 0, [1, 0, 0, 1, 0, 0])
    np.testing.assert_array_equal(cy > 0, [1, 1, 0, 0, 0, 0])
    # all three are as rare as each other, so the first film's have the same weight
    np.testing.assert_allclose(found[0], [3**-0.5] * 3, rtol=1e-6)


def test_a_rare_name_weighs_more():
    found = item_features.names(FILMS, RECORDS, ("countries",), np.ones(6, bool))
    x, y = found.toarray()[1]  # X in three of six films, Y in two
    idf = np.array([np.log(7 / 4) + 1, np.log(7 / 3) + 1])
    np.testing.assert_allclose([x, y], idf / np.linalg.norm(idf), rtol=1e-6)


def test_what_is_not_known_has_no_say():
    """Whatever stands in a new item's row, the others' numbers stay."""
    changed = ITEMS.copy()
    changed.loc[4, "title"] = "Red Blue Dust Dawn"
    changed.at[4, "genres"] = ("a", "z")
    changed.loc[4, "year"] = 1890
    for name in ("kind", "words"):
        make = {"kind": item_features.kind, "words": item_features.words}[name]
        before, after = make(ITEMS, KNOWN), make(changed, KNOWN)
        np.testing.assert_array_equal(after[:4], before[:4])
        np.testing.assert_array_equal(after[5], before[5])
        assert not np.array_equal(after[4], before[4])
    films = FILMS.copy()
    films.at[3, "directors"] = ("Bo", "Cy")  # of item 4
    before, after = (
        item_features.names(table, RECORDS, ("directors", "cast"), KNOWN).toarray()
        for table in (FILMS, films)
    )
    np.testing.assert_array_equal(after[:4], before[:4])


def test_words_are_those_of_two_known_titles():
    found = item_features.words(ITEMS, KNOWN)
    there = found.any(axis=1)  # red, dust and dawn are; blue, the and green are not
    np.testing.assert_array_equal(there, [1, 1, 1, 1, 0, 0])
    np.testing.assert_allclose(np.linalg.norm(found[there], axis=1), 1, rtol=1e-6)


def test_squeezed_keeps_what_is_alike_alike():
    """As many columns as the rank: all angles stay."""
    matrix = item_features.names(FILMS, RECORDS, ("directors", "cast"), KNOWN)
    known = KNOWN & np.asarray(matrix.sum(axis=1)).ravel().astype(bool)
    found = item_features.squeezed(matrix, known, size=2)
    assert found.shape == (6, 2) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found[[0, 1]], axis=1), 1, rtol=1e-5)
    assert not found[[2, 5]].any()
    wide = item_features.squeezed(matrix, known, size=99)
    assert wide.shape == (6, 2)


def test_missing_and_noise():
    block = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, -2.0]])
    found = item_features.missing({"a": block, "b": np.ones((3, 4))})
    np.testing.assert_array_equal(found, [[0, 0], [1, 0], [0, 0]])
    drawn = item_features.noise(block, seed=1)
    assert drawn.shape == block.shape and drawn.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(drawn, item_features.noise(block, seed=1))
    assert not np.array_equal(drawn, item_features.noise(block, seed=2))


@pytest.fixture
def made(monkeypatch):
    """Data with a film table and an encoder of our own: no downloads."""
    ratings = pd.DataFrame(
        {"user": [0] * 6, "item": range(6), "rating": 3.0, "timestamp": range(6)}
    )
    items = ITEMS.assign(item_id=range(6))
    ds = data.Dataset("made", ratings, pd.DataFrame({"user_id": [1]}), items)
    table = FILMS.assign(writers=[()] * 4, languages=[()] * 4)
    monkeypatch.setattr(item_features.films, "load", lambda: table)
    joined = SimpleNamespace(records=RECORDS)
    monkeypatch.setattr(item_features.film_join, "join", lambda ds, films: joined)
    vectors = np.random.default_rng(1).normal(size=(6, 384)).astype("f4")
    monkeypatch.setattr(item_features.encoder, "encode", lambda texts: vectors)
    return ds


def test_the_blocks_of_films(made):
    found = item_features.blocks(made, KNOWN, size=2)
    assert list(found) == ["text", "kind", "people", "place"]
    assert {block.dtype for block in found.values()} == {np.dtype("float32")}
    assert {len(block) for block in found.values()} == {6}
    gone = item_features.missing(found)
    np.testing.assert_array_equal(gone[:, 0], [0, 0, 0, 0, 1, 0])  # no title
    np.testing.assert_array_equal(gone[[2, 5], 2:], np.ones((2, 2)))  # no record


def test_what_is_missing_is_said(made):
    without = data.Dataset("x", made.ratings, made.users, made.items[["item_id"]])
    with pytest.raises(data.DataError, match="have no title and year and genres"):
        item_features.blocks(without, KNOWN)


@pytest.mark.parametrize(
    "known", [np.ones(6), np.ones(5, bool), np.zeros(6, bool), [1, 2]]
)
def test_known_is_a_bool_for_each_item(made, known):
    with pytest.raises(ValueError, match="known must hold a bool for each of 6"):
        item_features.blocks(made, known)
