"""tools/course/elsewhere.py: what it makes up has the planted form, a case runs."""

import numpy as np
import pytest

from course import elsewhere
from rec_tutor import advice, data

SHAPE = {"mean": 20.0, "spread": 0.6, "steep": 1.0, "flat": 5.0}


def made(taste: float, seed: int = 0) -> data.Dataset:
    return elsewhere.made_up(300, 200, taste=taste, seed=seed, **SHAPE)


def test_made_up_interactions() -> None:
    ds, again, other = made(4.0), made(4.0), made(4.0, seed=1)
    ratings = ds.ratings
    assert not ratings.duplicated(["user", "item"]).any()
    assert ratings.equals(again.ratings) and not ratings.equals(other.ratings)
    per_user = ratings["user"].value_counts()
    assert ds.num_users == 300 and per_user.min() >= 5 and per_user.max() <= 50
    assert per_user.mean() == pytest.approx(20, rel=0.1)
    assert per_user.max() > 2 * per_user.median()  # some are far more active
    counts = np.sort(ratings["item"].value_counts())[::-1]
    assert counts[:20].sum() > 0.2 * counts.sum()  # a tenth of the items: a head


def test_tastes_can_be_learnt() -> None:
    """EASE learns them; without tastes there is nothing but popularity to know."""
    gaps = {}
    for taste in (0.0, 8.0):
        report = advice.evaluate(made(taste), ["popularity", "ease"], trials=1)
        ndcg = report.table["NDCG@10"]
        gaps[taste] = ndcg["ease"] - ndcg["popularity"]
    assert gaps[8.0] > 0.05 and gaps[0.0] < 0.02


def test_a_row_of_the_table(capsys: pytest.CaptureFixture, monkeypatch) -> None:
    sizes = {"num_users": 300, "num_items": 200, "taste": 4.0, **SHAPE}
    monkeypatch.setitem(elsewhere.MADE_UP, "small", sizes)
    few = ["--only", "ease", "--sets", "small", "--tune", "3"]
    assert elsewhere.main(few) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("small: 300 users") and "ease, 3 settings" in shown
    cells = shown.splitlines()[-1].split(" | ")
    assert cells[:2] == ["small", "ease"] and len(cells) == 7
    default, tuned = (float(cell.split(",")[0]) for cell in cells[2:4])
    assert float(cells[4].split()[0]) == pytest.approx(tuned - default, abs=2e-4)
