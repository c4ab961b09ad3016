"""The command line: your own ratings in, recommendations out."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data, recommend
from rec_tutor.ensemble import MeanOf
from rec_tutor.recipes import task
from rec_tutor.recipes.table import RECIPES

NUMPY_MODELS = [name for name, recipe in RECIPES.items() if not recipe.frameworks]


@pytest.fixture
def train(tmp_path):
    """The synthetic set with ids of letters, as somebody's own file."""
    ds = data.load("synthetic")
    raw = ds.ratings.assign(
        userID="u" + ds.ratings["user"].astype(str),
        itemID="i" + ds.ratings["item"].astype(str),
    )
    path = tmp_path / "train.csv"
    raw[["userID", "itemID", "rating", "timestamp"]].to_csv(path, index=False)
    ds.items.assign(
        itemID="i" + ds.items.index.astype(str), genres=ds.items["genres"].map("|".join)
    )[["itemID", "title", "genres"]].to_csv(tmp_path / "items.csv", index=False)
    return path


def run(train, *more):
    return recommend.main(["--train", str(train), *map(str, more)])


@pytest.mark.parametrize("name", NUMPY_MODELS)
def test_every_numpy_model_recommends_unseen_items_best_first(train, tmp_path, name):
    out = tmp_path / "recs.csv"
    items = ("--items", tmp_path / "items.csv") if name == "content" else ()
    assert run(train, "--model", name, "--k", 4, "--out", out, *items) == 0
    recs, given = pd.read_csv(out), pd.read_csv(train)
    assert list(recs.columns) == ["userID", "itemID", "prediction"]
    assert set(recs["userID"]) == set(given["userID"])
    assert recs.groupby("userID").size().max() == 4
    assert not recs.duplicated(["userID", "itemID"]).any()
    assert recs.merge(given, on=["userID", "itemID"]).empty
    assert (recs.groupby("userID")["prediction"].diff().dropna() <= 0).all()
    assert set(recs["itemID"]) <= set(given["itemID"])


def test_allow_seen(train, tmp_path):
    out = tmp_path / "recs.csv"
    assert (
        run(train, "--model", "popularity", "--k", 1, "--out", out, "--allow-seen") == 0
    )
    assert pd.read_csv(out)["itemID"].nunique() == 1, (
        "everybody gets the most popular item, seen or not"
    )


def test_valid_is_masked_and_never_trained_on(train, tmp_path):
    whole = pd.read_csv(train)
    valid = whole.groupby("userID").tail(1)
    rest = whole.drop(valid.index)
    rest.to_csv(tmp_path / "rest.csv", index=False)
    strange = pd.DataFrame(
        {
            "userID": ["nobody"],
            "itemID": [whole["itemID"][0]],
            "rating": [5.0],
            "timestamp": [1],
        }
    )
    pd.concat([valid, strange]).to_csv(tmp_path / "valid.csv", index=False)
    out, plain = tmp_path / "recs.csv", tmp_path / "plain.csv"
    assert (
        run(
            tmp_path / "rest.csv",
            "--model",
            "ease",
            "--out",
            out,
            "--valid",
            tmp_path / "valid.csv",
        )
        == 0
    )
    assert run(tmp_path / "rest.csv", "--model", "ease", "--out", plain) == 0
    recs = pd.read_csv(out)
    assert recs.merge(valid, on=["userID", "itemID"]).empty
    both = recs.merge(pd.read_csv(plain), on=["userID", "itemID"])
    assert len(both) > 0.5 * len(recs)
    np.testing.assert_allclose(both["prediction_x"], both["prediction_y"])


@pytest.mark.parametrize("times", [True, False])
def test_valid_is_history_for_sequence_models(tmp_path, times):
    """a is always followed by b, and b by c: after validation item b the next is c,
    with or without time stamps.
    """
    rows = [(u, i, 1.0, t) for u in range(5) for t, i in enumerate("abc")] + [
        (9, "x", 1.0, 0),
        (9, "a", 1.0, 1),
    ]
    frame = pd.DataFrame(rows, columns=["userID", "itemID", "rating", "timestamp"])
    valid = pd.DataFrame([(9, "b", 1.0, 2)], columns=frame.columns)
    for name, table in (("train", frame), ("valid", valid)):
        (table if times else table[["userID", "itemID"]]).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    out = tmp_path / "recs.csv"
    more = ("--valid", tmp_path / "valid.csv", "--k", 1, "--out", out)
    for model, settings in {
        "decayed-rules": ("--decay", 0.01, "--shrink", 0),
        "markov": (),  # of first order
        "sequential-rules": ("--window", 1),
    }.items():
        done = run(tmp_path / "train.csv", "--model", model, *settings, *more)
        assert done == 0
        recs = pd.read_csv(out).set_index("userID")
        # b, the validation item, is the last one and speaks loudest
        assert recs.loc[9, "itemID"] == "c"
        # always after b; of sequential rules by the place of b, 2
        expected = 0.5 if model == "sequential-rules" else 1.0
        assert abs(recs.loc[9, "prediction"] - expected) < 0.1


def test_any_ids_and_separator_in_any_locale(tmp_path):
    (tmp_path / "train.csv").write_text(
        "userID\titemID\nМаша\t电影 1\nМаша\té\nb\t电影 1\n", encoding="utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "rec_tutor.recommend",
        "--train",
        "train.csv",
        "--model",
        "item-knn",
    ]
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [*command, "--separator", "tab", "--out", "recs.csv"],
        cwd=tmp_path,
        capture_output=True,
        env={**os.environ, **plain},
    )
    assert done.returncode == 0, done.stderr
    assert (
        (tmp_path / "recs.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1]
        .startswith("b,é,")
    )


def test_outputs_are_checked_before_training(train, tmp_path, capsys):
    before = train.read_text()
    for out, said in (
        (train, "named twice"),
        (tmp_path / "no" / "r.csv", "does not exist"),
        (tmp_path, "ordinary file"),
    ):
        assert run(train, "--model", "ease", "--out", out) == 1
        assert said in capsys.readouterr().err
    assert train.read_text() == before


@pytest.mark.parametrize("option", ["train", "valid"])
def test_biased_mf_needs_ratings(train, tmp_path, capsys, option):
    bare = tmp_path / "bare.csv"
    pd.read_csv(train)[["userID", "itemID"]].head(50).to_csv(bare, index=False)
    more = ("--valid", bare) if option == "valid" else ()
    assert (
        run(
            bare if option == "train" else train,
            "--model",
            "biased-mf",
            "--out",
            tmp_path / "r.csv",
            *more,
        )
        == 1
    )
    assert "needs a rating column in" in capsys.readouterr().err


def test_more_than_the_catalogue_gives_the_catalogue(tmp_path):
    (tmp_path / "train.csv").write_text("userID,itemID\n1,a\n1,b\n2,a\n")
    out = tmp_path / "recs.csv"
    assert (
        run(tmp_path / "train.csv", "--model", "popularity", "--k", 10**9, "--out", out)
        == 0
    )
    assert pd.read_csv(out).to_numpy().tolist() == [[2, "b", 1.0]]


def test_a_bad_row_is_named_and_nothing_is_written(tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_text("userID,itemID,rating\n1,2,3\n1,3,many\n")
    assert run(path, "--model", "ease", "--out", tmp_path / "recs.csv") == 1
    said = capsys.readouterr().err
    assert "line 3" in said and "bad.csv" in said
    assert not (tmp_path / "recs.csv").exists()


def test_no_half_written_recommendations(train, tmp_path, monkeypatch, capsys):
    def full(self, part, **more):
        part.write(b"userID,itemID")
        raise OSError(28, "No space left on device")

    (tmp_path / "recs.csv").write_text("the old file")
    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    assert run(train, "--model", "popularity", "--out", tmp_path / "recs.csv") == 1
    assert "No space left" in capsys.readouterr().err
    assert (tmp_path / "recs.csv").read_text() == "the old file"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".recs")] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "ease"], "--out"),
        (["--out", "x.csv"], "--model"),
        (["--model", "ease", "--out", "x.csv", "--k", "0"], "at least 1"),
        (["--model", "ease", "--out", "x.csv", "--pairs", "p.csv"], "belong together"),
        (
            ["--model", "ease", "--pairs", "p.csv", "--ratings-out", "r.csv"],
            "no option --pairs; it has: --l2 --recency",
        ),
        (
            ["--model", "item-knn", "--out", "x.csv", "--dim", "3"],
            "no option --dim; it has: --neighbours --shrink",
        ),
        (["--model", "ncf", "--out", "x.csv", "--dropout", "1"], "1 is not below 1"),
        (
            ["--model", "lightgcn", "--out", "x.csv", "--layers", "-1"],
            "-1 is not at least 0",
        ),
        (
            ["--model", "lightgcn", "--out", "x.csv", "--dropout", "0.1"],
            "no option --dropout; it has: --dim --layers",
        ),
        (["--model", "mf", "--out", "x.csv", "--layers", "1"], "no option --layers"),
        (["--model", "als", "--out", "x.csv", "--epochs", "0"], "0 is not at least 1"),
        (["--model", "mf", "--out", "x.csv", "--lr", "-1"], "-1 is not above 0"),
        (["--model", "ease", "--out", "x.csv", "--seed", "-1"], "-1 is not at least 0"),
        (["--model", "eas", "--out", "x.csv"], "invalid choice"),
    ],
)
def test_wrong_options_are_explained(arguments, said, capsys):
    with pytest.raises(SystemExit) as error:
        recommend.main(["--train", "t.csv", *arguments])
    assert error.value.code == 2
    assert said in capsys.readouterr().err


def test_content_needs_items(train, tmp_path, capsys):
    assert run(train, "--model", "content", "--out", tmp_path / "recs.csv") == 1
    assert "itemID,title,genres" in capsys.readouterr().err


def test_list_names_models_and_frameworks(capsys):
    assert recommend.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(RECIPES)
    assert any(line.split()[:3] == ["mf", "torch,", "tensorflow"] for line in lines)


@pytest.mark.parametrize("allow_seen", [True, False])
def test_caser_asks_who_the_user_is_where_seen_items_are_left_out(
    train, tmp_path, monkeypatch, capsys, allow_seen
):
    def caser(*size, user, **more):
        raise RuntimeError(f"asked: {user}")

    module = SimpleNamespace(Caser=caser)
    monkeypatch.setattr(task.importlib, "import_module", lambda name: module)
    more = ["--allow-seen"] if allow_seen else []
    assert run(train, "--model", "caser", "--out", tmp_path / "recs.csv", *more) == 1
    assert f"error: asked: {not allow_seen}" in capsys.readouterr().err


def test_several_networks_give_the_mean_of_their_probabilities():
    class Sure:
        def __init__(self, *odds):
            self.odds = odds

        def score(self, users, histories=None):
            # a softmax does not see the 7
            return np.log(np.tile(self.odds, (len(users), 1))) + 7

    found = MeanOf([Sure(1, 3), Sure(4, 1), Sure(1, 1)]).score(np.arange(2))
    np.testing.assert_allclose(
        found, [[(1 / 4 + 4 / 5 + 1 / 2) / 3, (3 / 4 + 1 / 5 + 1 / 2) / 3]] * 2
    )


LINES = """
import json, sys
from rec_tutor import recommend
for line in json.load(sys.stdin):
    print(recommend.main(line))
"""


@pytest.mark.long
@pytest.mark.parametrize("folders", [(), ("torch", "tensorflow")])
def test_a_missing_framework_is_named_with_what_to_install(train, folders):
    """Also where a folder of its name lies in the way, as beside the notebooks."""
    for folder in folders:
        (train.parent / folder).mkdir()
    code = f"""
import sys
from importlib.machinery import PathFinder


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "tensorflow", "keras"):
            spec = PathFinder.find_spec(name, [{str(train.parent)!r}])
            if spec is None:
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
            return spec


sys.meta_path.insert(0, Missing())
from rec_tutor import recommend
options = ["--train", "train.csv", "--model", "mf", "--out", "r.csv"]
for framework in ("torch", "tensorflow"):
    print(recommend.main([*options, "--framework", framework]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=train.parent, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1", "1"], done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.stderr.splitlines()[-1] == said[-1]
    for framework, line in zip(("torch", "tensorflow"), said, strict=True):
        assert line.startswith(f"error: {framework} is not installed (")
        assert line.endswith(f"run: pip install {framework}")


@pytest.mark.training
@pytest.mark.parametrize("framework", ["torch", "tensorflow"])
def test_neural_models_from_a_shell(tmp_path, framework):
    """Letters in circles, a b c d e f a b ...; several command lines in one process,
    because starting it is slow.
    """
    frame = pd.DataFrame(
        [(user, "abcdef"[(user + t) % 6], t) for user in range(30) for t in range(4)],
        columns=["userID", "itemID", "timestamp"],
    )
    valid = frame[frame["timestamp"] == 3]
    frame.to_csv(tmp_path / "train.csv", index=False)
    frame.drop(valid.index).to_csv(tmp_path / "rest.csv", index=False)
    valid.to_csv(tmp_path / "valid.csv", index=False)
    frame[frame["timestamp"] == 0].to_csv(tmp_path / "single.csv", index=False)
    small = [
        "--framework",
        framework,
        "--k",
        "2",
        "--dim",
        "16",
        "--lr",
        "0.02",
        "--epochs",
    ]
    reading = [*small, "20", "--window", "5", "--dropout", "0.1"]
    sasrec, gru, caser = (
        ["--model", name, *reading] for name in ("sasrec", "gru4rec", "caser")
    )
    ncf = ["--model", "ncf", *small]
    light, ngcf = (["--model", name, *small, "4"] for name in ("lightgcn", "ngcf"))
    early = ["--train", "rest.csv", "--valid", "valid.csv", "--out"]
    lines = [
        [*sasrec, "--train", "train.csv", "--out", "sasrec.csv"],
        [*sasrec, *early, "early.csv"],
        [*sasrec, *early, "seen.csv", "--allow-seen"],
        [*gru, "--members", "2", "--train", "train.csv", "--out", "gru4rec.csv"],
        [*caser, "--members", "1", *early, "caser.csv"],
        [*ncf, "2", "--negatives", "3", *early, "ncf.csv"],
        [*light, "--layers", "3", *early, "lightgcn.csv"],
        [
            *ngcf,
            "--layers",
            "1",
            "--dropout",
            "0.3",
            "--train",
            "train.csv",
            "--out",
            "ngcf.csv",
        ],
        [*sasrec, "--train", "single.csv", "--out", "none.csv"],
        [*gru, "--train", "single.csv", "--out", "none.csv"],
        [*caser, "--train", "single.csv", "--out", "none.csv", "--allow-seen"],
    ]
    done = subprocess.run(
        [sys.executable, "-c", LINES],
        input=json.dumps(lines),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0"] * 8 + ["1"] * 3, done.stderr
    for name in ("sasrec", "gru4rec", "caser"):
        assert (
            f"{name} learns what follows what, and no user has two ratings"
            in done.stderr
        )
    assert done.stderr.count("best epoch") == 5 and not (tmp_path / "none.csv").exists()
    for name in (
        "sasrec",
        "early",
        "seen",
        "gru4rec",
        "caser",
        "ncf",
        "lightgcn",
        "ngcf",
    ):
        recs = pd.read_csv(tmp_path / f"{name}.csv")
        assert (
            recs["userID"].value_counts().eq(2).all() and recs["userID"].nunique() == 30
        )
        assert recs.merge(frame, on=["userID", "itemID"]).empty == (name != "seen"), (
            name
        )
        assert (recs.groupby("userID")["prediction"].diff().dropna() <= 0).all()
        # after the fourth letter comes the fifth, also where it was for validation
        if name in ("sasrec", "early", "gru4rec", "caser"):
            best = recs.drop_duplicates("userID").set_index("userID")["itemID"]
            assert (
                np.mean([best[user] == "abcdef"[(user + 4) % 6] for user in range(30)])
                > 0.9
            )


@pytest.mark.training
@pytest.mark.parametrize("framework", ["torch", "tensorflow"])
def test_rating_predictions_and_early_stopping_from_a_shell(train, tmp_path, framework):
    whole = pd.read_csv(train)
    valid = whole.groupby("userID").tail(2)
    whole.drop(valid.index).to_csv(tmp_path / "rest.csv", index=False)
    valid.to_csv(tmp_path / "valid.csv", index=False)
    strange = pd.DataFrame({"userID": ["nobody"], "itemID": [whole["itemID"][0]]})
    pd.concat([valid[["userID", "itemID"]], strange]).to_csv(
        tmp_path / "pairs.csv", index=False
    )
    command = [
        sys.executable,
        "-m",
        "rec_tutor.recommend",
        "--train",
        "rest.csv",
        "--model",
        "biased-mf",
    ]
    command += [
        "--framework",
        framework,
        "--seed",
        "1",
        "--valid",
        "valid.csv",
        "--out",
        "recs.csv",
    ]
    command += ["--pairs", "pairs.csv", "--ratings-out", "ratings.csv"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    assert "best epoch" in done.stderr and done.stderr.splitlines()[-1].endswith(
        "seed 1"
    )
    predicted = pd.read_csv(tmp_path / "ratings.csv")
    assert len(predicted) == len(valid) + 1 and predicted["prediction"].notna().all()
    error = predicted["prediction"][:-1].to_numpy() - valid["rating"].to_numpy()
    assert np.sqrt(np.mean(error**2)) < 0.9 * valid["rating"].std()
