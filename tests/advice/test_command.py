"""`rec-tutor evaluate`, from the arguments to the files."""

import pandas as pd
import pytest

from rec_tutor import data
from rec_tutor.cli import evaluate
from rec_tutor.data.synthetic import make


@pytest.fixture
def ratings(tmp_path):
    path = tmp_path / "ratings.csv"
    data.load("synthetic").raw().to_csv(path, index=False)
    return path


def run(*arguments):
    return evaluate.main([str(argument) for argument in arguments])


def test_table_figure_and_sentence(ratings, tmp_path, capsys):
    out, figure = tmp_path / "report.csv", tmp_path / "report.png"
    some = ("--models", "ease, popularity", "--trials", 2, "--k", 5)
    assert run(ratings, *some, "--out", out, "--figure", figure) == 0
    said = capsys.readouterr()
    assert "Use ease: it was the best" in said.out
    assert "popularity: ok, " in said.err
    assert "\nNext: rec-tutor recommend --train " in said.out
    assert "--model ease" in said.out and "--framework" not in said.out
    table = pd.read_csv(out, index_col="model")
    assert list(table.index) == ["ease", "popularity"] and "NDCG@5" in table.columns
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ratings.csv",
        "report.csv",
        "report.png",
    ]


def test_no_answer_is_status_1_and_writes_nothing(tmp_path, capsys):
    small = tmp_path / "small.csv"
    data.load("synthetic").raw().head(200).to_csv(small, index=False)
    assert run(small, "--out", tmp_path / "out.csv") == 1
    said = capsys.readouterr()
    assert "No answer:" in said.out and "interactions " in said.out
    assert not (tmp_path / "out.csv").exists()


def test_tabs_and_repeated_pairs(tmp_path, capsys):
    frame = data.load("synthetic").raw()[["user", "item"]]
    path = tmp_path / "clicks.tsv"
    pd.concat([frame, frame.head(50)]).to_csv(path, sep="\t", index=False)
    few = ("--models", "popularity,item-knn", "--trials", 1)
    assert run(path, "--separator", "tab", *few) == 0
    out = capsys.readouterr().out
    assert "repeated pairs" in out and "50" in out and "random order" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--models", "nope"], "There is no model called 'nope'"),
        (["--models", ","], "Name two models"),
        (["--models", "sasrec"], "sasrec needs a framework"),
        (["--out", "no/such/folder/x.csv"], "does not exist"),
        (["--out", "."], "is not an ordinary file"),
        (["--out", "ratings.csv"], "is named twice"),
        (["--out", "a.png", "--figure", "a.png"], "is named twice"),
        (["--figure", "a.txt"], "a figure ends in .png"),
        (["--minutes", "0"], "minutes must be above 0"),
        (["--minutes", "nan"], "minutes must be above 0"),
        (["--k", "0"], "at least 1"),
        (["--seed", "-1"], "seed"),
        (["--separator", ";"], "no column for the user"),
    ],
)
def test_errors_are_one_sentence(ratings, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(ratings.parent)
    before = ratings.read_bytes()
    assert run(ratings.name, *arguments) == 1
    said = capsys.readouterr()
    last = said.err.splitlines()[-1]
    assert words in last and last.startswith("error: ") and not said.out
    assert "Traceback" not in said.err
    assert ratings.read_bytes() == before
    assert [path.name for path in ratings.parent.iterdir()] == ["ratings.csv"]


def test_only_what_was_liked_is_to_be_found(ratings, tmp_path, capsys):
    few = ("--models", "popularity,ease", "--trials", 1)
    assert run(ratings, *few, "--liked", 4) == 0
    shown = capsys.readouterr().out
    assert "Only ratings of at least 4 are to be found." in shown
    bare = tmp_path / "bare.csv"
    pd.read_csv(ratings)[["user", "item"]].to_csv(bare, index=False)
    assert run(bare, *few, "--liked", 4) == 1
    assert "no rating column" in capsys.readouterr().err


def test_the_next_command_reads_the_file_in_the_same_way(ratings, tmp_path, capsys):
    odd = pd.read_csv(ratings).set_axis(["who", "what", "how", "when"], axis=1)
    odd.to_csv(tmp_path / "odd.tsv", sep="\t", index=False)
    named = "user=who,item=what,rating=how,timestamp=when"
    line = (tmp_path / "odd.tsv", "--columns", named, "--separator", "tab")
    assert run(*line, "--models", "popularity,ease", "--trials", 1) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"--separator tab --columns {named}" in last


def test_a_missing_file(tmp_path, capsys):
    assert run(tmp_path / "none.csv") == 1
    assert "there is no such file" in capsys.readouterr().err


def test_a_figure_that_fails_leaves_nothing(ratings, monkeypatch, capsys):
    from matplotlib.figure import Figure

    def full(self, path, **_):
        raise OSError("no space left")

    monkeypatch.setattr(Figure, "savefig", full)
    few = ("--models", "popularity,ease", "--trials", 1)
    assert run(ratings, *few, "--figure", ratings.parent / "f.png") == 1
    assert "could not be written (no space left)" in capsys.readouterr().err
    assert [path.name for path in ratings.parent.iterdir()] == ["ratings.csv"]


# --- people, and items, that are new ---


@pytest.fixture
def many(tmp_path):
    """600 people, and what is known about the items."""
    ds = make(num_users=600, num_items=120, ratings_per_user=12, loyalty=0.95)
    ds.raw().to_csv(tmp_path / "many.csv", index=False)
    genres = ds.items["genres"].str.join("|")
    about = pd.DataFrame({"itemID": ds.items["item_id"], "title": "", "genres": genres})
    about.to_csv(tmp_path / "items.csv", index=False)
    return tmp_path / "many.csv"


def test_new_people(many, tmp_path, capsys):
    out, figure = tmp_path / "cold.csv", tmp_path / "cold.svg"
    some = ("--cold", "users", "--models", "ease", "--trials", 1, "--answers", "1,4")
    assert run(many, *some, "--out", out, "--figure", figure) == 0
    said = capsys.readouterr()
    assert "New are 120 of 600 people" in " ".join(said.out.split())
    assert "ease: ok, " in said.err and "Next:" not in said.out
    table = pd.read_csv(out)
    assert list(table.columns[:3]) == ["model", "question", "NDCG@10"]
    questions = ["1 answer", "4 answers", "all answers", "trained"]
    assert table["question"].tolist() == 2 * questions
    assert table["model"].unique().tolist() == ["popularity", "ease"]
    assert "svg" in figure.read_text()[:400]


def test_new_items(many, tmp_path, capsys):
    some = ("--cold", "items", "--models", "content,ease", "--trials", 1)
    assert run(many, *some) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert "itemID,title,genres" in last and "--items" in last
    assert run(many, *some, "--items", many.parent / "items.csv") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Among the new items" in said and "use content" in said
    assert "ease: no number, it knows items by who took them" in said


def test_content_among_the_others(many, capsys):
    some = ("--models", "content,popularity", "--trials", 1)
    assert run(many, *some, "--items", many.parent / "items.csv") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert "--model content" in last and "--items" in last


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cold", "films"], "invalid choice: 'films'"),
        (["--cold", "users", "--answers", "1,x"], "1,x is not like 1,5,10"),
        (["--answers", "1"], "with --cold users"),
        (["--cold", "items", "--answers", "1"], "with --cold users"),
    ],
)
def test_arguments_that_do_not_fit(ratings, capsys, arguments, words):
    with pytest.raises(SystemExit):
        run(ratings, *arguments)
    assert words in capsys.readouterr().err
