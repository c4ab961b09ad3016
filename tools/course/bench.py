"""Speed and quality of every model through its front door, on the split of Microsoft's
recommenders.

    python -m course bench                     all models, both frameworks
    python -m course bench --only ease mf      some models

MovieLens-100K, 75 % for training (stratified by item, seed 42), the ten best unseen
items, every test rating relevant. Each model runs as `python -m rec_tutor.recommend` in
a process of its own, with its defaults.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from rec_tutor import data
from rec_tutor.cli.recommend import options_of
from rec_tutor.evaluation import metrics, splits
from rec_tutor.inputs import matrix
from rec_tutor.recipes.table import RECIPES

K = 10
NAMES = {"user": "userID", "item": "itemID"}


def judge(recs: pd.DataFrame, test: pd.DataFrame, ds: data.Dataset) -> dict[str, float]:
    """NDCG, precision and recall of recommendations in source ids, over the users with
    something to find.
    """
    index = {
        ds.user_index(user): row for row, user in enumerate(recs["userID"].unique())
    }
    top = np.full((len(index), K), -1)
    for user, group in recs.groupby("userID"):
        items = [ds.item_index(item) for item in group["itemID"]]
        top[index[ds.user_index(user)], : len(items)] = items
    relevant = matrix.interaction_matrix(test, ds.num_users, ds.num_items)[list(index)]
    found = metrics.hits(top, relevant)
    names = {
        "NDCG": metrics.ndcg,
        "precision": metrics.precision,
        "recall": metrics.recall,
    }
    return {name: float(np.nanmean(metric(*found))) for name, metric in names.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=list(RECIPES), help="models")
    options = parser.parse_args(arguments)
    ds = data.load("ml-100k")
    split = splits.by_item(ds.ratings, ratio=0.75, seed=42)
    rows, failed = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = {
            "user": ds.users["user_id"].to_numpy(),
            "item": ds.items["item_id"].to_numpy(),
        }
        for part, table in (("train", split.train), ("test", split.test)):
            ids = {
                NAMES[column]: values[table[column]]
                for column, values in source.items()
            }
            table.assign(**ids)[["userID", "itemID", "rating", "timestamp"]].to_csv(
                folder / f"{part}.csv", index=False
            )
        items = ds.items.assign(
            itemID=source["item"], genres=ds.items["genres"].map("|".join)
        )
        items[["itemID", "title", "genres"]].to_csv(folder / "items.csv", index=False)
        runs = [
            (model, framework)
            for model in options.only
            for framework in RECIPES[model].frameworks or ("",)
        ]
        for model, framework in runs:
            accepts = options_of(model)
            command = [
                sys.executable,
                "-m",
                "rec_tutor.recommend",
                "--model",
                model,
                "--k",
                str(K),
            ]
            command += ["--train", "train.csv", "--out", "recs.csv"]
            command += ["--framework", framework] if framework else []
            command += ["--items", "items.csv"] if "items" in accepts else []
            command += (
                ["--pairs", "test.csv", "--ratings-out", "ratings.csv"]
                if "pairs" in accepts
                else []
            )
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            row = {"model": model, "framework": framework}
            if done.returncode:
                print(f"{model} {framework}: {done.stderr.strip()}", file=sys.stderr)
                failed += 1
                continue
            row |= judge(pd.read_csv(folder / "recs.csv"), split.test, ds)
            if "pairs" in accepts:
                truth, predicted = (
                    pd.read_csv(folder / f"{part}.csv") for part in ("test", "ratings")
                )
                row["RMSE"] = metrics.rmse(
                    truth["rating"].to_numpy(), predicted["prediction"].to_numpy()
                )
            row["time"] = (
                done.stderr.strip()
                .splitlines()[-1]
                .partition(": ")[2]
                .partition(",")[0]
            )
            rows.append(row)
            print(
                f"{model} {framework}: NDCG@{K} {row['NDCG']:.4f}, {row['time']}",
                file=sys.stderr,
                flush=True,
            )
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.4f", na_rep=""))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
