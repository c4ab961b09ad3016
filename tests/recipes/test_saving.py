"""A model kept in a folder: the same to the last bit, and clear words for bad ones."""

import io
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rec_tutor import data, recipes
from rec_tutor.recipes.saving import checksum, digest
from rec_tutor.recipes.table import RECIPES

PLAIN = [name for name in recipes.names() if not RECIPES[name].frameworks]


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


@pytest.fixture(scope="module")
def kept(ds, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "model"
    recipes.fit(ds, "ease").save(folder)
    return folder


@pytest.fixture
def folder(kept, tmp_path):
    return Path(shutil.copytree(kept, tmp_path / "model"))


@pytest.mark.parametrize("name", PLAIN)
def test_the_same_scores_to_the_last_bit(ds, tmp_path, name):
    saved = recipes.fit(ds, name)
    users = np.arange(ds.num_users)
    saved.save(tmp_path / "model")
    again = recipes.load(tmp_path / "model")
    np.testing.assert_array_equal(again.score(users), saved.score(users))
    assert again.recommend(k=3).equals(saved.recommend(k=3))
    assert (again.recipe, again.options) == (saved.recipe, saved.options)
    assert again.trained_on.equals(saved.trained_on)
    # and once more, over itself
    again.save(tmp_path / "model")
    np.testing.assert_array_equal(
        recipes.load(tmp_path / "model").score(users), saved.score(users)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_in_another_process(ds, kept):
    code = f"""
from rec_tutor import recipes
print(recipes.load({str(kept)!r}).recommend(k=2)["itemID"].tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    expected = recipes.fit(ds, "ease").recommend(k=2)["itemID"].tolist()
    assert json.loads(done.stdout) == expected


@pytest.mark.parametrize("name", PLAIN)
def test_without_what_people_have(ds, tmp_path, name):
    saved = recipes.fit(ds, name)
    if name == "user-knn":
        with pytest.raises(data.DataError, match="nothing is left"):
            saved.save(tmp_path / "model", seen=False)
        return
    saved.save(tmp_path / "model", seen=False)
    with np.load(arrays_of(tmp_path / "model")) as stored:
        assert not [file for file in stored.files if "interactions" in file]
        rows = [stored[file].shape[0] for file in stored.files if "matrix" in file]
        assert not rows
    again = recipes.load(tmp_path / "model")
    liked = list(ds.items["item_id"][[1, 5]])
    expected = saved.recommend(items_liked=liked, ratings=[5.0, 5.0])
    assert again.recommend(items_liked=liked, ratings=[5.0, 5.0]).equals(expected)
    with pytest.raises(data.DataError, match="saved without the interactions"):
        again.recommend()
    if name not in ("popularity", "als"):
        with pytest.raises(data.DataError, match="saved without the interactions"):
            again.score(np.array([0]))


def test_what_people_have_is_gone_from_a_folder_that_had_it(ds, tmp_path):
    saved = recipes.fit(ds, "ease")
    saved.save(tmp_path / "model")
    saved.save(tmp_path / "model", seen=False)
    with np.load(arrays_of(tmp_path / "model")) as stored:  # the only arrays
        assert not [file for file in stored.files if "interactions" in file]


def test_text_ids_stay_text(tmp_path):
    (tmp_path / "t.csv").write_text("userID,itemID\nаня,1x\nаня,é\nb,1x\n", "utf-8")
    saved = recipes.fit(data.read_csv(tmp_path / "t.csv"), "popularity")
    saved.save(tmp_path / "model")
    again = recipes.load(tmp_path / "model")
    assert again.recommend()["userID"].tolist() == ["b"]
    assert again.recommend()["itemID"].tolist() == ["é"]


# --- what can be wrong with a folder ---


def about(folder: Path, **changes) -> None:
    """Change model.json, and what is to notice that: as a careful forger would do."""
    path = folder / "model.json"
    changed = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({**changed, "digest": digest(changed)}))


def arrays_of(folder: Path) -> Path:
    (found,) = folder.glob("arrays-*.npz")
    return found


def named_anew(folder: Path) -> None:
    path = arrays_of(folder)
    found = checksum(path)
    path.rename(folder / f"arrays-{found[:12]}.npz")
    about(folder, checksum=found)


def rewrite(folder: Path, change) -> None:
    path = arrays_of(folder)
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    change(arrays)
    np.savez(path, **arrays)
    named_anew(folder)


def without(name):
    return lambda folder: rewrite(folder, lambda arrays: arrays.pop(name))


def replaced(name, value):
    def change(arrays):
        arrays[name] = value(arrays[name]) if callable(value) else value

    return lambda folder: rewrite(folder, change)


def cut_off(folder):
    path = arrays_of(folder)
    path.write_bytes(path.read_bytes()[:-100])


def cut_off_with_its_checksum(folder):
    cut_off(folder)
    named_anew(folder)


def compressed(folder):
    with np.load(arrays_of(folder)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["bomb"] = np.zeros(10**6)
    np.savez_compressed(arrays_of(folder), **arrays)
    named_anew(folder)


def pickled(folder):
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"run": "me"}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(arrays_of(folder), "a") as archive:
        archive.writestr("users2.npy", buffer.getvalue())
    named_anew(folder)


def nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


BAD = {
    "no folder": (shutil.rmtree, "is not a folder"),
    "a file": (
        lambda folder: (shutil.rmtree(folder), folder.write_text("x")),
        "is not a folder",
    ),
    "empty": (
        lambda folder: [path.unlink() for path in folder.iterdir()],
        "there is no model.json",
    ),
    "half written": (
        lambda folder: arrays_of(folder).unlink(),
        "there is no arrays-",
    ),
    "no JSON": (
        lambda folder: (folder / "model.json").write_text("{"),
        "model.json is not JSON",
    ),
    "bytes": (
        lambda folder: (folder / "model.json").write_bytes(b"\xff\xfe\x00"),
        "model.json is not JSON",
    ),
    "foreign": (
        lambda folder: (folder / "model.json").write_text('{"keras_version": "3"}'),
        "was not written by rec_tutor",
    ),
    "a list": (
        lambda folder: (folder / "model.json").write_text("[1]"),
        "was not written by rec_tutor",
    ),
    "edited": (
        lambda folder: (folder / "model.json").write_text(
            (folder / "model.json").read_text().replace("300.0", "3.0")
        ),
        "model.json was changed",
    ),
    "too deep": (
        lambda folder: (folder / "model.json").write_text("[" * 200_000),
        "model.json is not JSON",
    ),
    "format true": (lambda folder: about(folder, format=True), "not written by"),
    "newer": (lambda folder: about(folder, format=3), "a newer one may read it"),
    "a field missing": (lambda folder: about(folder, options=None), "proper 'options'"),
    "unknown recipe": (lambda folder: about(folder, recipe="eas"), "no recipe 'eas'"),
    "wrong framework": (
        lambda folder: about(folder, framework="torch"),
        "ease does not exist in 'torch'",
    ),
    "unknown option": (
        lambda folder: about(folder, options={"l2": 1, "recency": 0, "dim": 3}),
        "the options differ: dim",
    ),
    "other sizes": (
        lambda folder: about(folder, sizes=[3, 4]),
        "the numbers of ids are not those",
    ),
    "damaged": (cut_off, "damaged, or of another model"),
    "no archive": (cut_off_with_its_checksum, "cannot be read"),
    "compressed": (compressed, "is compressed"),
    "pickled": (pickled, "cannot be read .*[Oo]bject arrays"),
    "a weight missing": (without("state weights"), "'state weights' is missing"),
    "another shape": (
        replaced("state weights", lambda array: array[:3]),
        "another shape than it should",
    ),
    "NaN": (replaced("state weights", nan), "holds NaN"),
    "an id twice": (
        replaced("items", lambda array: np.zeros_like(array)),
        "an id of items comes twice",
    ),
    "ids of no kind": (
        replaced("items", lambda array: array.astype(float)),
        "neither numbers nor text",
    ),
    "too much": (
        lambda folder: rewrite(folder, lambda arrays: arrays.update(x=np.ones(2))),
        "'x' belongs to no part",
    ),
    "users out of range": (
        replaced("interactions/user", lambda array: array + 10**6),
        "an interaction's user is out of range",
    ),
    "columns of two lengths": (
        replaced("interactions/rating", lambda array: array[:-1]),
        "differ in length",
    ),
    "a matrix that is none": (
        replaced("state matrix/indices", lambda array: array + 10**6),
        "is no sparse matrix",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_folder_is_named_with_what_is_wrong(folder, name):
    spoil, said = BAD[name]
    recipes.load(folder)
    spoil(folder)
    with pytest.raises(data.DataError, match=said) as error:
        recipes.load(folder)
    assert folder.name in str(error.value)


def test_another_models_arrays(ds, folder, tmp_path):
    recipes.fit(ds, "ease", l2=1.0).save(tmp_path / "other")
    shutil.copy(arrays_of(tmp_path / "other"), arrays_of(folder))
    with pytest.raises(data.DataError, match="damaged, or of another model"):
        recipes.load(folder)


def test_what_is_in_use_is_left_alone(ds, tmp_path):
    saved = recipes.fit(ds, "popularity")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/dear.txt").write_text("keep me")
    with pytest.raises(data.DataError, match="is in use"):
        saved.save(tmp_path / "letters")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/model.json").write_text('{"xgboost": 1}')
    with pytest.raises(data.DataError, match="is in use"):
        saved.save(tmp_path / "other")
    (tmp_path / "other/model.json").write_text('{"checksum": 1}')
    with pytest.raises(data.DataError, match=r"another model\.json"):
        saved.save(tmp_path / "other")
    (tmp_path / "other/model.json").rename(tmp_path / "other/arrays-of-mine.npz")
    with pytest.raises(data.DataError, match="it holds arrays-of-mine"):
        saved.save(tmp_path / "other")
    saved.save(tmp_path / "mine")
    (tmp_path / "mine/ratings.csv").write_text("keep me")
    with pytest.raises(data.DataError, match=r"it holds ratings\.csv"):
        saved.save(tmp_path / "mine")
    assert (tmp_path / "mine/ratings.csv").read_text() == "keep me"
    (tmp_path / "file").write_text("keep me")
    with pytest.raises(data.DataError, match="is in use"):
        saved.save(tmp_path / "file")
    assert (tmp_path / "letters/dear.txt").read_text() == "keep me"
    (tmp_path / "empty").mkdir()
    saved.save(tmp_path / "empty")
    recipes.load(tmp_path / "empty")


def test_a_full_disk_leaves_the_old_model(ds, folder, monkeypatch):
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(data.DataError, match="No space left"):
        recipes.fit(ds, "ease", l2=1.0).save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert os.listdir(folder.parent) == [folder.name]


def test_the_folder_one_is_in_and_a_link_to_one(ds, tmp_path, monkeypatch):
    saved = recipes.fit(ds, "popularity")
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    saved.save(".")
    recipes.fit(ds, "ease").save(tmp_path / "link")
    assert recipes.load(".").recipe == "ease" and (tmp_path / "link").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "link"]


def test_read_while_it_is_written(ds, tmp_path):
    """A reader finds the one model or the other."""
    models = [recipes.fit(ds, name) for name in ("popularity", "als")]
    models[0].save(tmp_path / "model")
    stop, failed = threading.Event(), []

    def write():
        while not stop.is_set() and not failed:
            for model in models:
                try:
                    model.save(tmp_path / "model")
                except data.DataError as error:
                    failed.append(error)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        found = {recipes.load(tmp_path / "model").recipe for _ in range(60)}
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert not failed and found <= {"popularity", "als"}


def test_numbers_of_numpy_as_options(ds, tmp_path):
    saved = recipes.fit(ds, "als", dim=np.int64(8), l2=np.float32(3), epochs=1)
    saved.save(tmp_path / "model")
    assert recipes.load(tmp_path / "model").options == saved.options


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("item-knn", "similarity"),
        ("user-knn", "similarity"),
        ("markov", "transition"),
        ("recency-knn", "transition"),
    ],
)
def test_a_model_of_the_first_format(ds, tmp_path, name, table):
    """It was stored with all its zeros, user-kNN's neighbours in columns."""
    saved = recipes.fit(ds, name)
    folder = tmp_path / "model"
    saved.save(folder)
    own = getattr(saved.model, table).toarray()

    def with_zeros(arrays):
        for part in ("data", "indices", "indptr"):
            del arrays[f"state {table}/{part}"]
        arrays[f"state {table}"] = own.T if name == "user-knn" else own

    rewrite(folder, with_zeros)
    state = json.loads((folder / "model.json").read_text())["state"]
    about(folder, format=1, state={**state, table: {"array": list(own.shape)}})
    again, users = recipes.load(folder), np.arange(ds.num_users)
    np.testing.assert_array_equal(again.score(users), saved.score(users))
    liked = list(ds.items["item_id"][:4])
    expected = saved.recommend(items_liked=liked)
    assert again.recommend(items_liked=liked).equals(expected)
