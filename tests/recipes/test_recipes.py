"""Models by their names, and what a fitted one can be asked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from rec_tutor import data, recipes
from rec_tutor.recipes import trained
from rec_tutor.recipes.table import RECIPES

PLAIN = [name for name in recipes.names() if not RECIPES[name].frameworks]
ASKS_HISTORY = {"recency-knn", "markov", "sequential-rules", "decayed-rules"}


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


@pytest.mark.parametrize("name", PLAIN)
def test_lists_hold_what_people_do_not_have(ds, name):
    saved = recipes.fit(ds, name)
    table = saved.recommend(k=5)
    assert list(table.columns) == ["userID", "itemID", "prediction"]
    assert set(table["userID"]) == set(ds.users["user_id"])
    had = set(zip(ds.raw()["user"], ds.raw()["item"], strict=True))
    assert not had & set(zip(table["userID"], table["itemID"], strict=True))
    some = ds.users["user_id"].to_numpy()[[7, 2]]
    own = saved.recommend(some, k=5)
    assert own["userID"].tolist() == [some[0]] * 5 + [some[1]] * 5
    both = table[table["userID"].isin(some)].sort_values(["userID", "prediction"])
    pd.testing.assert_frame_equal(
        own.sort_values(["userID", "prediction"]).reset_index(drop=True),
        both.reset_index(drop=True),
    )


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "user-knn"])
def test_somebody_new_with_the_history_of_a_known_one(ds, name):
    """The scores are the same, unless the model knows the person by more."""
    saved = recipes.fit(ds, name)
    user = 3
    history = saved.histories[user]
    own = ds.ratings[ds.ratings["user"] == user].set_index("item")["rating"]
    new = saved.new_person(history, own[history].to_numpy())
    known = saved.score(np.array([user]))[0]
    np.testing.assert_allclose(new, known, rtol=1e-4, atol=1e-6)
    ids = ds.items["item_id"].to_numpy()[history]
    table = saved.recommend(items_liked=ids, ratings=own[history], k=4)
    assert list(table.columns) == ["itemID", "prediction"] and len(table) == 4
    assert not set(table["itemID"]) & set(ids)
    assert set(saved.recommend(items_liked=ids, k=ds.num_items)["itemID"]) == (
        set(ds.items["item_id"]) - set(ids)
    )


def test_a_new_neighbour_is_not_one_of_oneself(ds):
    """Of the neighbours of somebody known, he or she is none; of somebody new with the
    same history, that person is the nearest.
    """
    saved = recipes.fit(ds, "user-knn")
    new = saved.new_person(saved.histories[3], None)
    known = saved.score(np.array([3]))[0]
    assert np.corrcoef(new, known)[0, 1] > 0.5 and not np.allclose(new, known)


def test_exclude_and_only(ds):
    saved = recipes.fit(ds, "ease")
    whole = saved.recommend([ds.users["user_id"][0]], k=6)
    user, best = whole["userID"][0], whole["itemID"].tolist()
    without = saved.recommend([user], k=5, exclude=best[:1])["itemID"].tolist()
    assert without == best[1:]
    among = saved.recommend([user], k=5, only=best[2:4])["itemID"].tolist()
    assert among == best[2:4]
    assert saved.recommend([user], only=best[:2], exclude=best[:2]).empty
    again = saved.recommend([user], k=ds.num_items, allow_seen=True)
    assert len(again) == ds.num_items


def test_similar_items(ds):
    """Held against the model's own numbers, or cosines by scikit-learn."""
    models = {name: recipes.fit(ds, name) for name in ("item-knn", "ease")}
    speaks = {
        "item-knn": models["item-knn"].model.similarity[[4]].toarray()[0],
        "ease": models["ease"].model.weights[4],
    }
    for name in ("als", "content"):
        models[name] = recipes.fit(ds, name)
        model = models[name].model
        vectors = model.items if name == "als" else model.vectors
        speaks[name] = cosine_similarity(vectors[[4]], vectors)[0]
    ids = ds.items["item_id"].to_numpy()
    for name, expected in speaks.items():
        expected = np.delete(expected, 4)
        table = models[name].similar_items(ids[4], k=5)
        best = np.argsort(-expected, kind="stable")[:5]
        np.testing.assert_allclose(table["similarity"], expected[best], rtol=1e-6)
        assert set(table["itemID"][:1]) <= set(np.delete(ids, 4)[best]), name
    with pytest.raises(data.DataError, match="does not say which items are alike"):
        recipes.fit(ds, "popularity").similar_items(ds.items["item_id"][4])


def test_options_have_defaults_and_change_them(ds):
    saved = recipes.fit(ds, "ease", l2=7.0)
    assert saved.options == {"l2": 7.0, "recency": 0.0} and saved.model.l2 == 7.0
    assert recipes.fit(ds, "sequential-rules", window=2).model.steps == 2
    for name, recipe in RECIPES.items():
        free = [o for o, value in recipe.defaults().items() if value is None]
        assert free == (["center"] if name == "content" else []), name
        assert name == "popularity" or name == "markov" or recipe.defaults(), name


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda ds: recipes.fit(ds, "eas"), "there is no model 'eas'; there are popu"),
        (lambda ds: recipes.fit(ds, "ease", dim=3), "ease has no option 'dim'; it has"),
        (lambda ds: recipes.fit(ds, "mf", framework="jax"), "torch or tensorflow"),
        (lambda ds: recipes.fit(ds, "ease").recommend([-5]), "no user with the id -5"),
        (
            lambda ds: recipes.fit(ds, "ease").recommend(items_liked=["x", "y"]),
            "no item with the id x, y",
        ),
        (lambda ds: recipes.fit(ds, "ease").recommend(items_liked=[]), "is empty"),
        (
            lambda ds: recipes.fit(ds, "ease").recommend([1], items_liked=[1]),
            "name one of them",
        ),
        (
            lambda ds: recipes.fit(ds, "ease").recommend(
                items_liked=list(ds.items["item_id"][:2]), ratings=[1.0, np.nan]
            ),
            "a finite number for each",
        ),
        (lambda ds: recipes.fit(ds, "ease").recommend(only=["x"]), "no item with"),
        (lambda ds: recipes.fit(ds, "ease").recommend("12"), "is no list of user ids"),
        (
            lambda ds: recipes.fit(ds, "ease").recommend(exclude=15),
            "is no list of item",
        ),
        (lambda ds: recipes.fit(ds, "ease").recommend(k=0), "k must be a whole number"),
        (
            lambda ds: recipes.fit(ds, "ease").similar_items(
                ds.items["item_id"][0], -1
            ),
            "k must be a whole number",
        ),
        (
            lambda ds: recipes.fit(ds, "ease").recommend(ratings=[1.0]),
            "belong to items_liked",
        ),
        (
            lambda ds: recipes.fit(ds, "ease").recommend(
                items_liked=list(ds.items["item_id"][:1]), ratings=["x"]
            ),
            "a finite number for each",
        ),
        (lambda ds: recipes.fit(ds.ratings, "ease"), "must be a Dataset"),
    ],
)
def test_what_is_wrong_is_said(ds, ask, said):
    with pytest.raises(data.DataError, match=said):
        ask(ds)


def test_validation_is_known_but_not_learnt(ds):
    last = ds.ratings.groupby("user").tail(1)
    rest = data.Dataset("rest", ds.ratings.drop(last.index), ds.users, ds.items)
    saved = recipes.fit(rest, "item-knn", valid=last)
    assert len(saved.trained_on) == len(rest.ratings)
    assert saved.seen.nnz == len(ds.ratings)
    np.testing.assert_array_equal(
        saved.model.similarity.toarray(),
        recipes.fit(rest, "item-knn").model.similarity.toarray(),
    )


def test_ids_may_come_from_a_generator_and_twice(ds):
    saved = recipes.fit(ds, "ease")
    ids = ds.items["item_id"].to_numpy()
    plain = saved.recommend(items_liked=[ids[1], ids[5]], exclude=[ids[2]], k=5)
    again = saved.recommend(
        items_liked=(own for own in (ids[5], ids[1], ids[5])),
        exclude=iter([ids[2]]),
        k=5,
    )
    assert again.equals(plain)


@pytest.mark.parametrize("name", ["ease", "markov", "popularity", "als"])
def test_what_was_not_liked_is_not_trained_on_and_not_recommended(name, tmp_path):
    ds = data.load("synthetic")
    saved = recipes.fit(ds, name, min_rating=4, notes=False)
    low = ds.ratings[ds.ratings["rating"] < 4]
    liked = ds.ratings[ds.ratings["rating"] >= 4]
    assert len(low) > 100 and saved.trained == saved.liked == len(liked)
    lists = saved.recommend(k=20)
    users, items = (
        saved.user_indices(lists["userID"]),
        saved.item_indices(lists["itemID"]),
    )
    assert not saved.seen[users, items].any()
    assert saved.seen.sum() == len(ds.ratings)
    assert sum(map(len, saved.histories)) == len(liked)
    # the same model as one that never saw the others
    alone = recipes.fit(replace(ds, ratings=liked), name, notes=False)
    everybody = np.arange(ds.num_users)
    np.testing.assert_array_equal(saved.score(everybody), alone.score(everybody))
    saved.save(tmp_path / "kept")
    again = recipes.load(tmp_path / "kept")
    pd.testing.assert_frame_equal(again.recommend(k=20), lists)
    with pytest.raises(data.DataError, match="they run from"):
        recipes.fit(ds, name, min_rating=9)


@pytest.mark.parametrize(
    ("sizes", "batch_size"),
    [
        ((943, 1_682), 64),  # MovieLens-100K: as ever
        ((6_040, 3_706), 6_040 // 32),
        ((137_002, 27_000), 2**25 // 27_000),  # as many scores at once as are allowed
    ],
)
def test_an_epoch_on_a_large_graph_has_few_steps(
    sizes: tuple[int, int], batch_size: int
) -> None:
    assert trained.graph_batch(*sizes, 64) == batch_size
    assert trained.graph_batch(*sizes, 5_000) == 5_000
