"""What people brought, as they brought it: each folder of tests/cases has the files,
the command, and what its owner would want (expect.txt). All of them went wrong once.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

CASES = Path(__file__).parents[1] / "cases"
ROOT = CASES.parents[1]
WITHOUT_TORCH = """
import sys


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Missing())
"""


@dataclass
class Case:
    """How a case has to end.

    Attributes:
        said: all of these words are in the output.
        lists: these files hold lists, and no others do.
        check: further looks at the folder and the output.
        without_torch: as if PyTorch were not installed.
    """

    said: tuple[str, ...] = ()
    lists: tuple[str, ...] = ("recs.csv",)
    check: Callable[[Path, str], bool] | None = None
    without_torch: bool = False


def recs(folder: Path, name: str = "recs.csv") -> pd.DataFrame:
    return pd.read_csv(folder / name)


ENDS = {
    "01_bookcrossing_semicolon": Case(("BookCrossing", "ratings are 0")),
    "02_bookcrossing_comma_in_id": Case(("BookCrossing",)),
    "03_bookcrossing_backslash_quote": Case(
        ("escaped by backslashes",),
        check=lambda folder, _: recs(folder)["itemID"].eq('"0432534220"').any(),
    ),
    "05_double_colon_dat": Case(("no header", "user, item, rating, timestamp")),
    "06_tab_no_header": Case(("no header",)),
    "08_gzip": Case(("15 ratings",)),
    "08b_zip": Case(("r.zip: 1 ratings",)),
    "13_time_column_other_name": Case(
        ("timestamp = unixReviewTime",),
        ("good_recs.csv", "bad_recs.csv"),
        lambda folder, _: recs(folder, "good_recs.csv").equals(
            recs(folder, "bad_recs.csv")
        ),
    ),
    "20_netflix": Case(("3 ratings", "3 users, 2 items")),
    "21_pairs_float_ids": Case(
        ("ids like 1.0 are taken for whole numbers",),
        ("a.csv", "b.csv"),
        lambda folder, _: recs(folder, "a.csv").equals(recs(folder, "b.csv")),
    ),
    "24_items_movieId": Case(("movies.csv: 8 items",)),
    "31_lr_nan": Case(("try a smaller lr than 1000000.0", "became nan"), ()),
    "32_stdin_pipe": Case(("/dev/stdin: 160 ratings",), ("recs.csv", "recs2.csv")),
    "33_ease_l2_0": Case(("--l2",), ()),
    "41_jester_implicit_dislikes": Case(
        ("counts every row as liked", "--min-rating"),
        tuple(
            f"recs_{own}.csv" for own in ("ease", "popularity", "item-knn", "als", "mf")
        ),
    ),
    "43_jsonl_valid_sep": Case(
        ("v.csv: 720 ratings", "all of its rows are in --train"), ()
    ),
    "45_space_separated": Case(("12 ratings",)),
    "48_no_time_sorted_by_item": Case(
        ("markov needs to know what came when", "a split in time needs to know"),
        ("recs_e.csv",),
    ),
    "49_cli_in_notebooks_folder_without_torch": Case(
        ("error: torch is not installed", "pip install"), (), without_torch=True
    ),
    "50_items_latin1": Case(("items.csv, line 2", "--encoding latin-1"), ()),
    "51_pip_hint": Case(
        ("error: torch is not installed", "pip install torch"), (), without_torch=True
    ),
    "52_from_frame_subsecond": Case(("['a', 'b', 'c']",), ()),
    "54_list_with_duplicate": Case(("twice",), ()),
    "55_memory_error": Case(
        ("error: ease needs about", "als, bpr or popularity fit", "item-knn: "),
    ),
    "68_out_cases": Case(
        (
            *("r.csv is named twice", "does not exist", "Is a directory"),
            *("download the file", "userID,itemID,prediction"),
        ),
        (),
        lambda folder, _: len(pd.read_csv(folder / "r.csv")) == 240,
    ),
    "69_interrupted_partial_items": Case(("19 of 20 items have no description",)),
    "70_append_to_stdout": Case(
        (), (), lambda folder, _: (folder / "all.csv").read_text().count("KEEP ME") == 1
    ),
    "71_scoreboard_other_scale": Case(
        (), (), lambda folder, said: len(set(_liked(said))) == 3
    ),
    "75_big_popularity": Case(("512 users",), ()),
}


def _liked(said: str) -> list[str]:
    """The values of "NDCG, liked" that case 71 prints, one per scale but for clicks."""
    rows = [line for line in said.splitlines() if "NDCG, liked" in line]
    return [
        line.partition("NDCG, liked': ")[2] for line in rows if "clicks" not in line
    ]


def test_every_case_has_its_end():
    assert sorted(ENDS) == sorted(own.name for own in CASES.iterdir() if own.is_dir())


@pytest.mark.training
@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize("name", ENDS)
def test_case(name, tmp_path):
    case, folder = ENDS[name], tmp_path / name
    shutil.copytree(CASES / name, folder)
    path = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    if case.without_torch:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT_TORCH)
        path.insert(0, str(tmp_path / "site"))
    before = {own.name for own in folder.iterdir()}
    done = subprocess.run(
        ["bash", "cmd"],
        cwd=folder,
        env=os.environ
        | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": ":".join(filter(None, path)),
        },
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    said = done.stdout + done.stderr
    for words in case.said:
        assert words in said, f"{words!r} is not in:\n{said}"
    made = {own.name for own in folder.glob("*.csv")} - before - {"bx.csv", "r.csv"}
    assert made == set(case.lists) - before, said
    for own in case.lists:
        assert list(recs(folder, own)) == ["userID", "itemID", "prediction"]
    assert case.check is None or case.check(folder, said), said
    # a script of somebody's own may end so, the command never
    assert "Traceback" not in said or (folder / "x.py").exists(), said
