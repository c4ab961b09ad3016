"""The command rec-tutor: a model kept, loaded, and asked; `recommend` alone has its
tests in test_recommend.py.
"""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from rec_tutor import advice, data, recipes
from rec_tutor.cli import COMMANDS, main
from rec_tutor.cli.guard import guarded
from rec_tutor.recipes.table import RECIPES


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    """The synthetic set with ids of letters, as somebody's own file."""
    raw = data.load("synthetic").raw()
    path = tmp_path_factory.mktemp("own") / "train.csv"
    raw.assign(
        userID="u" + raw["user"].astype(str), itemID="i" + raw["item"].astype(str)
    )[["userID", "itemID", "rating", "timestamp"]].to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def kept(train):
    """EASE, trained and kept by the command."""
    folder = train.parent / "ease"
    line = ["recommend", "--train", train, "--model", "ease", "--save", folder]
    assert main([*map(str, line)]) == 0
    return folder


@pytest.fixture
def ask(kept, tmp_path):
    """ask(options) -> the table that `recommend --load` writes."""

    def ask(*more):
        out = tmp_path / "recs.csv"
        line = ["recommend", "--load", kept, "--k", 4, "--out", out, *more]
        assert main([*map(str, line)]) == 0
        return pd.read_csv(out)

    return ask


def test_a_kept_model_writes_the_same_lists(train, kept, ask, tmp_path):
    out = tmp_path / "now.csv"
    line = ["recommend", "--train", train, "--model", "ease", "--k", 4, "--out", out]
    assert main([*map(str, line)]) == 0
    loaded = ask()
    assert out.read_bytes() == (tmp_path / "recs.csv").read_bytes()
    assert len(loaded)


def test_people_who_were_not_in_training(kept, ask, tmp_path, capsys):
    """The order of time decides, not that of rows; unknown items are counted."""
    saved = recipes.load(kept)
    a, b = saved.item_ids[3], saved.item_ids[11]
    people = tmp_path / "new.csv"
    people.write_text(
        f"userID,itemID,timestamp\nzoe,{a},2\nzoe,{b},1\nadam,{b},1\nzoe,nothing,3\n"
    )
    table = ask("--users", people)
    assert list(table.columns) == ["userID", "itemID", "prediction"]
    assert table["userID"].tolist() == ["adam"] * 4 + ["zoe"] * 4
    for name, liked in (("adam", [b]), ("zoe", [b, a])):
        own = table[table["userID"] == name]
        expected = saved.recommend(items_liked=liked, k=4)
        assert own["itemID"].tolist() == expected["itemID"].tolist()
        assert not set(own["itemID"]) & set(liked)
    assert "1 row(s) with an item that is not known" in capsys.readouterr().err


def test_exclude_and_only(ask, tmp_path):
    whole = ask()
    first = whole["itemID"][0]
    assert first not in set(ask("--exclude", first)["itemID"])
    shop = whole["itemID"].unique()[:6]
    (tmp_path / "shop.txt").write_text("\n".join(shop) + "\n", encoding="utf-8")
    among = ask("--only", f"@{tmp_path / 'shop.txt'}")
    assert len(among) and set(among["itemID"]) <= set(shop)
    both = ask("--only", ",".join(shop), "--exclude", shop[0])
    assert set(both["itemID"]) <= set(shop[1:])


def test_similar_of_a_kept_model_and_of_one_trained_now(train, kept, capsys):
    item = recipes.load(kept).item_ids[4]
    assert main(["similar", item, "--load", str(kept), "--k", "3"]) == 0
    loaded = capsys.readouterr().out
    table = pd.read_csv(io.StringIO(loaded))
    assert list(table.columns) == ["itemID", "similarity"] and len(table) == 3
    assert item not in set(table["itemID"])
    line = ["similar", item, "--train", str(train), "--model", "ease", "--k", "3"]
    assert main(line) == 0
    assert capsys.readouterr().out == loaded


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("similar nothing --load KEPT", "no item with the id nothing"),
        ("similar i5004 --load NOWHERE", "is not a folder with a saved model"),
        ("similar i5004 --train NOWHERE --model ease", "NOWHERE"),
        ("similar i5004 --train TRAIN --model popularity", "does not say which items"),
        ("recommend --load NOWHERE --out OUT", "is not a folder with a saved model"),
        ("recommend --load KEPT --out OUT --only nothing", "no item with the id"),
        ("recommend --load KEPT --out OUT --only @NOWHERE", "cannot be read"),
        ("recommend --load KEPT --out OUT --users TRAINX", "TRAINX"),
        ("recommend --train TRAIN --model ease --save TRAIN", "is in use"),
    ],
)
def test_an_error_is_one_line(train, kept, tmp_path, capsys, line, said):
    places = {
        "TRAIN": train,
        "KEPT": kept,
        "NOWHERE": tmp_path / "NOWHERE",
        "@NOWHERE": f"@{tmp_path / 'NOWHERE'}",
        "OUT": tmp_path / "out.csv",
    }
    before = train.read_bytes()
    assert main([str(places.get(word, word)) for word in line.split()]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ") and said in last
    assert not (tmp_path / "out.csv").exists() and train.read_bytes() == before


@pytest.mark.parametrize(
    "line",
    [
        "similar i5004",
        "similar i5004 --train TRAIN",
        "similar i5004 --load KEPT --model ease",
        "similar i5004 --load KEPT --train TRAIN --model ease",
        "similar i5004 --load KEPT --framework torch",
        "similar i5004 --load KEPT --k 0",
        "recommend --load KEPT",
        "recommend --load KEPT --model ease --out OUT",
        "recommend --load KEPT --dim 3 --out OUT",
    ],
)
def test_options_that_do_not_go_together(line, capsys):
    with pytest.raises(SystemExit) as stop:
        main(line.split())
    assert stop.value.code == 2 and "error: " in capsys.readouterr().err


def test_help_names_every_command_and_model(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr()
    assert all(name in shown.out for name in COMMANDS) and not shown.err
    assert main([]) == main(["nothing"]) == 2
    assert "usage: rec-tutor" in capsys.readouterr().err
    assert main(["recommend", "--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == recipes.names() == list(RECIPES)


def test_a_missing_framework_is_named_when_loading(kept):
    """A folder of the other framework, where that is not installed."""
    code = f"""
import json, pathlib, shutil, sys


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "tensorflow", "keras"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Missing())
from rec_tutor.data import DataError
from rec_tutor.recipes.task import build
for framework in ("torch", "tensorflow"):
    try:
        build(framework, "mf.SoftmaxMF", (3, 4), {{}})
    except DataError as error:
        print(error)
from rec_tutor import recipes
print(recipes.load({str(kept)!r}).recipe)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    first, second, loaded = done.stdout.splitlines()
    assert first.startswith("torch is not installed")
    assert second.startswith("tensorflow is not installed")
    assert loaded == "ease"  # needs neither


COMMAND = [sys.executable, "-m", "rec_tutor.recommend"]


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped: "),
        (MemoryError(), 1, "error: there is not enough memory"),
        (ImportError("no torch"), 1, "error: no torch"),
        (OSError(28, "No space left"), 1, "error: [Errno 28] No space left"),
        (ZeroDivisionError("division by zero"), 1, "error: division by zero"),
        (RuntimeError("two\nlines"), 1, "error: two lines"),
    ],
)
def test_what_happens_is_one_line(error, status, said, capsys):
    def work():
        raise error

    assert guarded(work) == status
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith(said)


def test_a_fault_of_ours_keeps_its_traceback():
    with pytest.raises(KeyError):
        guarded(lambda: {}["nothing"])


def test_a_reader_that_has_seen_enough(train):
    """As in `| head -1`."""
    line = [*COMMAND, "--train", train, "--model", "popularity", "--out", "-"]
    with subprocess.Popen(
        [*map(str, line), "--k", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout.readline() == "userID,itemID,prediction\n"
        running.stdout.close()
        assert "Traceback" not in running.stderr.read()


def test_ctrl_c_leaves_nothing(train, tmp_path):
    """While a pipe is read that brings nothing more."""
    line = [*COMMAND, "--train", "-", "--model", "ease", "--out", tmp_path / "r.csv"]
    with subprocess.Popen(
        [*map(str, line)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # in the background of a shell it is ignored, and a child inherits that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        running.stdin.write(train.read_text())
        running.stdin.flush()
        waits = Path(f"/proc/{running.pid}/wchan")
        for _ in range(600):  # until it waits for the pipe
            time.sleep(0.1)
            if not waits.exists() or "pipe" in waits.read_text():
                break
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 130 and said.splitlines()[-1].startswith("stopped: ")
    assert list(tmp_path.iterdir()) == []


def test_outputs_to_pipes_and_devices(train, tmp_path):
    line = ["--train", train, "--model", "popularity", "--k", 1]
    run = [*map(str, [*COMMAND, *line])]
    shell = f"{' '.join(run)} --out - 2> /dev/null | wc -l"
    done = subprocess.run(shell, shell=True, capture_output=True, encoding="utf-8")
    assert int(done.stdout) == 1 + data.read_csv(train).num_users
    here = ["recommend", *map(str, line), "--out"]
    assert main([*here, "/dev/null"]) == 0
    assert Path("/dev/null").is_char_device()
    link = tmp_path / "link.csv"
    link.symlink_to(train)
    before = train.read_bytes()
    assert main([*here, str(link)]) == 1
    link.unlink()
    link.hardlink_to(train)
    assert main([*here, str(link)]) == 1
    assert train.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--only @SHOP --out SHOP", "is named twice"),
        ("--exclude @SHOP --out SHOP", "is named twice"),
        ("--out KEPT/model.json", "is for the model alone"),
        ("--out KEPT", "not an ordinary file"),
    ],
)
def test_what_a_command_reads_is_never_written_over(kept, tmp_path, capsys, line, said):
    shop = tmp_path / "shop.txt"
    shop.write_text("i5004\n")
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    words = line.replace("SHOP", str(shop)).replace("KEPT", str(kept)).split()
    assert main(["recommend", "--load", str(kept), *words]) == 1
    assert said in capsys.readouterr().err and shop.read_text() == "i5004\n"
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before


@pytest.mark.parametrize("option", ["--min-rating 4", "--items x.csv"])
def test_options_that_a_kept_model_does_not_take(kept, option, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["recommend", "--load", str(kept), "--out", "x.csv", *option.split()])
    assert stop.value.code == 2
    assert f"without {option.split()[0]}" in capsys.readouterr().err


def test_the_order_within_a_second_of_new_people(train, tmp_path, capsys):
    folder = tmp_path / "markov"
    line = ["recommend", "--train", train, "--model", "markov", "--save", folder]
    assert main([*map(str, line)]) == 0
    saved = recipes.load(folder)
    a, b = saved.item_ids[3], saved.item_ids[11]
    lists = []
    for rows in (
        f"{a},881250000100\nx,{b},881250000500",
        f"{b},881250000500\nx,{a},881250000100",
    ):
        people = tmp_path / "new.csv"
        people.write_text(f"userID,itemID,timestamp\nx,{rows}\n")
        out = tmp_path / "recs.csv"
        line = ["recommend", "--load", folder, "--users", people, "--out", out]
        assert main([*map(str, line)]) == 0
        lists.append(out.read_bytes())
    assert lists[0] == lists[1]


def test_validation_rows_that_are_in_training(train, tmp_path, capsys):
    out = tmp_path / "recs.csv"
    line = ["recommend", "--train", train, "--model", "ease", "--out", out]
    assert main([*map(str, [*line, "--valid", train])]) == 1
    assert "all of its rows are in --train" in capsys.readouterr().err
    whole = pd.read_csv(train)
    whole.tail(10).to_csv(tmp_path / "v.csv", index=False)
    whole.head(-5).to_csv(tmp_path / "t.csv", index=False)
    line[2] = tmp_path / "t.csv"
    assert main([*map(str, [*line, "--valid", tmp_path / "v.csv"])]) == 0
    assert "5 of 10 rows are in --train, too" in capsys.readouterr().err


def test_tuned_options_are_kept_with_the_model(train, tmp_path, capsys):
    """EASE with recency is plainly better there; --l2 is set by hand."""
    kept = []
    for name in ("one", "two"):
        line = ["recommend", "--train", train, "--model", "ease", "--tune", 8]
        line += ["--l2", 50, "--seed", 3, "--save", tmp_path / name]
        assert main([*map(str, line)]) == 0
        said = [own for own in capsys.readouterr().err.splitlines() if "NDCG" in own]
        assert len(said) == 1 and "recency 1 is the best" in said[0]
        kept.append(recipes.load(tmp_path / name))
    assert kept[0].options == {"l2": 50.0, "recency": 1.0}
    lists = [saved.recommend(k=5) for saved in kept]
    pd.testing.assert_frame_equal(*lists)
    plain = recipes.fit(data.read_csv(train), "ease", l2=50.0, recency=1.0)
    pd.testing.assert_frame_equal(lists[0], plain.recommend(k=5))


def test_the_command_tunes_as_python_does(train, tmp_path, capsys):
    line = ["recommend", "--train", train, "--model", "als", "--tune", 3, "--dim", 8]
    line += ["--seed", 3, "--min-rating", 3, "--out", tmp_path / "r.csv"]
    assert main([*map(str, line)]) == 0
    said = capsys.readouterr().err.splitlines()
    ds, more = data.read_csv(train), {"dim": 8, "min_rating": 3}
    three, zero = (
        advice.tune(ds, "als", 3, seed=seed, **more).sentence for seed in (3, 0)
    )
    assert three in said and zero not in said


@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        ("popularity", "", "has nothing to tune"),
        ("biased-mf", "", "settings are judged by lists"),
        ("ease", "--l2 3 --recency 1", "set by hand"),
    ],
)
def test_tuning_is_refused_before_the_file_is_read(model, more, said, capsys):
    line = f"recommend --train NOWHERE --model {model} --tune 8 --out x.csv {more}"
    assert main(line.split()) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ") and said in last


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--load KEPT --tune 8", "without --tune"),
        ("--train T --model ease --tune 8 --valid V", "without --valid"),
        ("--train T --model ease --tune 1", "1 is not at least 2"),
    ],
)
def test_tuning_that_makes_no_sense(line, said, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["recommend", *line.split(), "--out", "x.csv"])
    assert stop.value.code == 2 and said in capsys.readouterr().err


def test_permissions_are_kept(kept, tmp_path):
    out = tmp_path / "recs.csv"
    before = os.umask(0o027)
    try:
        line = ["recommend", "--load", str(kept), "--out", str(out)]
        assert main(line) == 0 and out.stat().st_mode & 0o777 == 0o640
        out.chmod(0o600)
        assert main(line) == 0 and out.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)
