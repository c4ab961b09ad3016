"""Networks by their names: kept, loaded, asked for new people."""

import json

import numpy as np
import pytest

from rec_tutor import data, foldin, recipes
from rec_tutor.recipes import saving
from rec_tutor.recipes.table import RECIPES

NETWORKS = [name for name, recipe in RECIPES.items() if recipe.frameworks]
KNOW_ONLY_THEIR_PEOPLE = ("ncf", "ngcf", "caser")
SMALL = {"epochs": 1, "dim": 8, "members": 2}


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


@pytest.fixture(scope="module")
def fit(ds, framework):
    """fit(name): a small one, once per module."""
    made = {}

    def fit(name, **more):
        if name not in made or more:
            defaults = RECIPES[name].defaults()
            small = {key: value for key, value in SMALL.items() if key in defaults}
            settings = {"framework": framework, "seed": 3, **small, **more}
            made[name] = recipes.fit(ds, name, **settings)
        return made[name]

    return fit


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_scores_to_the_last_bit(ds, fit, tmp_path, name):
    saved, users = fit(name), np.arange(ds.num_users)
    saved.save(tmp_path / "model")
    again = recipes.load(tmp_path / "model")
    np.testing.assert_array_equal(again.score(users), saved.score(users))
    assert len(again.members) == (2 if "members" in saved.options else 1)
    assert again.recommend(k=3).equals(saved.recommend(k=3))
    about = json.loads((tmp_path / "model/model.json").read_text())
    assert set(about["versions"]) == {"rec_tutor", "numpy", saved.framework}
    item = ds.items["item_id"][7]
    assert again.similar_items(item, 3).equals(saved.similar_items(item, 3))


@pytest.mark.parametrize("name", NETWORKS)
def test_somebody_new(ds, fit, name):
    saved, liked = fit(name), list(ds.items["item_id"][[3, 11, 19]])
    if name in KNOW_ONLY_THEIR_PEOPLE:
        with pytest.raises(data.DataError, match="knows the people"):
            saved.recommend(items_liked=liked)
        return
    table = saved.recommend(items_liked=liked, k=4)
    assert len(table) == 4 and not set(table["itemID"]) & set(liked)
    assert np.isfinite(table["prediction"]).all()
    if name in ("sasrec", "gru4rec"):  # the history is all that they ask
        history = saved.histories[5]
        own = saved.recommend(items_liked=saved.item_ids[history], k=4)
        known = saved.recommend([saved.user_ids[5]], k=4)
        assert own["itemID"].tolist() == known["itemID"].tolist()


def test_caser_without_a_vector_of_the_user_reads_the_new_history(ds, framework):
    settings = {"framework": framework, "epochs": 1, "dim": 8, "members": 2}
    saved = recipes.fit(ds, "caser", allow_seen=True, **settings)
    history = saved.histories[5]
    new = saved.new_person(history, None)
    np.testing.assert_allclose(new, saved.score(np.array([5]))[0], rtol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_without_what_people_have(ds, fit, tmp_path, name):
    saved = fit(name)
    if name in ("lightgcn", "ngcf"):
        with pytest.raises(data.DataError, match="nothing is left"):
            saved.save(tmp_path / "model", seen=False)
        return
    saved.save(tmp_path / "model", seen=False)
    again = recipes.load(tmp_path / "model")
    with pytest.raises(data.DataError, match="saved without the interactions"):
        again.recommend()


def forged(folder, change, **more):
    """Change arrays and what model.json says, and what is to notice that."""
    (path,) = folder.glob("arrays-*.npz")
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    change(arrays)
    np.savez(path, **arrays)
    found = saving.checksum(path)
    path.rename(folder / f"arrays-{found[:12]}.npz")
    about = json.loads((folder / "model.json").read_text())
    about |= {"checksum": found, **more}
    about["digest"] = saving.digest(about)
    (folder / "model.json").write_text(json.dumps(about))


def test_weights_of_another_shape(fit, tmp_path):
    fit("mf").save(tmp_path / "model")

    def shorter(arrays):
        name = next(name for name in arrays if "/weight " in name)
        arrays[name] = arrays[name][:-1]

    forged(tmp_path / "model", shorter)
    with pytest.raises(data.DataError, match="has shape"):
        recipes.load(tmp_path / "model")


def test_a_network_that_the_recipe_does_not_have(fit, tmp_path):
    fit("mf").save(tmp_path / "model")
    networks = [{"kind": "training.fit", "arguments": [], "options": {}}]
    forged(tmp_path / "model", lambda arrays: None, networks=networks)
    with pytest.raises(data.DataError, match=r"its network is 'training\.fit'"):
        recipes.load(tmp_path / "model")


@pytest.mark.parametrize(
    "name", ["mf", "bpr", "lightgcn", "biased-mf", "content-tower", "dropoutnet"]
)
def test_folding_somebody_known_in_gives_nearly_the_same_ranking(ds, fit, name):
    """The user's own vector is nearly the best one, once training has gone on."""
    saved = fit(name, epochs=40, dim=8)
    agreement = []
    for user in range(0, ds.num_users, 7):
        history = saved.histories[user]
        own = ds.ratings[ds.ratings["user"] == user].set_index("item")["rating"]
        new = foldin.scores(saved.model, ds.num_items, history, own[history].to_numpy())
        known = saved.score(np.array([user]))[0]
        agreement.append(np.corrcoef(new, known)[0, 1])
    assert np.mean(agreement) > 0.8
