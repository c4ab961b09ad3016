"""Recipes that read titles, genres and years: what is new has a score, and no say."""

from dataclasses import replace

import numpy as np
import pytest

from rec_tutor import data, recipes

NAMES = ("content-tower", "dropoutnet")
SHORT = {"epochs": 2, "dim": 8, "notes": False}


@pytest.fixture(scope="module")
def ds():
    """Without the ratings of every fifth item."""
    whole = data.load("synthetic")
    ratings = whole.ratings[whole.ratings["item"] % 5 > 0].reset_index(drop=True)
    return replace(whole, ratings=ratings)


def scores(ds, name, framework):
    saved = recipes.fit(ds, name, framework=framework, **SHORT)
    return saved.score(np.arange(ds.num_users))


@pytest.mark.parametrize("name", NAMES)
def test_new_items_have_scores_of_their_own(ds, name, framework):
    found = scores(ds, name, framework)
    assert found.shape == (ds.num_users, ds.num_items) and np.isfinite(found).all()
    new = found[:, ::5]
    assert np.ptp(new, axis=1).min() > 1e-4 and np.ptp(new, axis=0).min() > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_what_a_new_item_is_changes_its_own_scores_alone(ds, name, framework):
    items = ds.items.copy()
    items.at[5, "genres"] = ("something else",)
    items.loc[5, "title"] = "Nothing of the kind"
    before = scores(ds, name, framework)
    after = scores(replace(ds, items=items), name, framework)
    others = np.arange(ds.num_items) != 5
    np.testing.assert_array_equal(after[:, others], before[:, others])
    assert not np.allclose(after[:, 5], before[:, 5])


@pytest.mark.parametrize("name", NAMES)
def test_items_must_be_described(ds, name, framework):
    bare = replace(ds, items=ds.items[["item_id"]])
    with pytest.raises(data.DataError, match=f"{name} needs to know the items"):
        recipes.fit(bare, name, framework=framework, **SHORT)
