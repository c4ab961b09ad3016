"""A folder to begin a project with."""

from __future__ import annotations

from pathlib import Path

from rec_tutor import data
from rec_tutor.data.schema import DataError
from rec_tutor.files import write_whole
from rec_tutor.project.folder import FILE
from rec_tutor.project.texts import PAGES

SETTINGS = """\
title = "Our project"
data = {data}            # a file in this folder, or one of: {names}
# items = "items.csv"    # itemID,title: if the data has no titles
k = 10                   # length of a list
# liked = 4              # only test ratings from here on are to be found

# Names of models below [lists]. Take away a # when you hand the list in.
# popularity = "popularity"
# baselines = ["ease"]
# model = "mf"
# twin = "mf-tensorflow" # the same model in the other framework

[split]
kind = "temporal"        # leave-last-out, global-time, random; or files:
# train = "train.csv"
# valid = "valid.csv"
# test = "test.csv"

[lists]                  # userID,itemID, best first, for everybody in the test part
# popularity = "lists/popularity.csv"
# ease = "lists/ease.csv"
# mf = "lists/mf.csv"

# [columns]              # what the columns of your ratings are called
# user = "customer"
# item = "article"
"""
TABLES = {
    "errors.md": "\n| user | item | title | what |\n|---|---|---|---|\n\n"
    "<!-- what: shown (a bad item in the list) or missed (in the test part, not in the"
    " list) -->\n",
    "report.md": "\n| model | NDCG@10 | low | high |\n|---|---|---|---|\n",
}
BELOW = ("Five people", "Result")  # the headings with a table


def start(folder: str | Path, data_name: str = "ratings.csv") -> list[Path]:
    """Write the files that a project begins with, into a new or an empty folder.

    Args:
        data_name: the file of ratings that you will put there, or a public set.

    Returns:
        The files that were written.

    Raises:
        DataError: the folder holds something, or can't be written to.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        if any(place.iterdir()):
            raise DataError(f"{folder} holds files already: name a new folder.")
        (place / "lists").mkdir()
    except OSError as error:
        raise DataError(f"{folder} can't be made ({error.strerror}).") from None
    quoted = '"' + data_name.replace("\\", "/").replace('"', '\\"') + '"'
    texts = {FILE: SETTINGS.format(data=quoted, names=", ".join(data.names()))}
    for name, headings in PAGES.items():
        parts = [f"# {name.removesuffix('.md').capitalize()}\n"]
        for title, question in headings.items():
            parts.append(f"\n## {title}\n\n<!-- {question} -->\n")
            if title in BELOW:
                parts.append(TABLES[name])
        texts[name] = "".join(parts)
    texts["results.csv"] = "model,ndcg\n"
    texts["tuning.csv"] = "model,setting,ndcg\n"
    for name, text in texts.items():
        _write(place / name, text)
    return [place / name for name in texts]


def _write(path: Path, text: str) -> None:
    write_whole(str(path), lambda file: file.write(text.encode()))
