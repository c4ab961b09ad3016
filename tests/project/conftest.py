"""An honest project on the synthetic data, and a copy of it for each test."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data, evaluation, project, recipes
from rec_tutor.evaluation import splits
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.project.texts import PAGES

SETTINGS = """\
title = "Small films"
data = "ratings.csv"
k = 10
popularity = "popularity"
baselines = ["ease"]
model = "als"
[split]
train = "train.csv"
valid = "valid.csv"
test = "test.csv"
[lists]
popularity = "lists/popularity.csv"
ease = "lists/ease.csv"
als = "lists/als.csv"
"""
NAMES = ("popularity", "ease", "als")


def fitted(ds, rows, name):
    return recipes.fit(
        replace(ds, ratings=rows.reset_index(drop=True)), name, notes=False
    )


def lists_of(saved, ds, known):
    """Lists of ten without what is in `known`, as (people, 10) and as a table."""
    seen = interaction_matrix(known, ds.num_users, ds.num_items)
    items, _ = evaluation.top_k(saved.model, np.arange(ds.num_users), seen=seen, k=10)
    users = np.repeat(ds.users["user_id"].to_numpy(), 10)
    ids = ds.items["item_id"].to_numpy()[items.ravel()]
    return items, pd.DataFrame({"userID": users, "itemID": ids})


def write_pages(folder, ds, board):
    """All pages with all headings, and the numbers that are right."""
    test, items = board["test"], board["als"]
    example, missed = "", 0
    for user in range(6):
        own = test.loc[test["user"] == user, "item"]
        example += (
            f"| {ds.users['user_id'][user]} | {ds.items['item_id'][items[user, 0]]}"
        )
        example += " | | shown |\n"
        for item in own[~own.isin(items[user])]:
            person, thing = ds.users["user_id"][user], ds.items["item_id"][item]
            example += f"| {person} | {thing} | | missed |\n"
            missed += 1
    assert missed
    rows = "".join(f"| {n} | {board['ndcg'][n]:.3f} |\n" for n in NAMES)
    lead = board["lead"]
    extra = {
        "What is in it": f"{len(ds.ratings):,} ratings, 120 people, 120 films.",
        "Five people": f"| user | item | title | what |\n|---|---|---|---|\n{example}",
        "Result": f"| model | NDCG@10 |\n|:--|--:|\n{rows}\n"
        f"Difference {lead['difference']:.3f}, 95 % interval {lead['low']:.3f} to"
        f" {lead['high']:.3f}.",
    }
    for page, headings in PAGES.items():
        parts = [
            f"## {title}\n\nWe looked, and this is what we saw.\n\n"
            f"{extra.get(title, '')}\n"
            for title in headings
        ]
        (folder / page).write_text("# A page\n\n" + "\n".join(parts), encoding="utf-8")


@pytest.fixture(scope="session")
def honest(tmp_path_factory):
    """A folder in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("projects") / "honest"
    project.start(folder)
    (folder / "project.toml").write_text(SETTINGS)
    ds = data.load("synthetic")
    raw = ds.raw().rename(columns={"user": "userID", "item": "itemID"})
    raw.to_csv(folder / "ratings.csv", index=False)
    split = splits.temporal(ds.ratings)
    for part in ("train", "valid", "test"):
        raw.loc[getattr(split, part).index].to_csv(folder / f"{part}.csv", index=False)
    board, frames = {"test": split.test}, {}
    users = np.arange(ds.num_users)
    for name in NAMES:
        board[name], table = lists_of(fitted(ds, split.refit, name), ds, split.refit)
        table.to_csv(folder / "lists" / f"{name}.csv", index=False)
        frames[name] = evaluation.measure(
            board[name], users, split.test, num_items=ds.num_items
        )
    board["ndcg"] = {name: frame["ndcg"].mean() for name, frame in frames.items()}
    board["lead"] = evaluation.compare(
        {name: frames[name] for name in ("ease", "als")}, "ease"
    ).loc["als"]
    write_pages(folder, ds, board)
    typed = [f"{name},{board['ndcg'][name]:.4f}" for name in NAMES]
    (folder / "results.csv").write_text("model,ndcg\n" + "\n".join(typed))
    tried = [f"{name},s{n},0.1{n}00" for name in ("ease", "als") for n in range(3)]
    (folder / "tuning.csv").write_text("model,setting,ndcg\n" + "\n".join(tried))
    return folder


@pytest.fixture
def folder(honest, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(honest, tmp_path / "project")
