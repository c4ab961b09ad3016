"""Tables for readers: captions, headers, rounded numbers, nothing that is not text."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from rec_tutor.tables import table

FRAME = pd.DataFrame(
    {
        "NDCG": [0.20349, -0.5, np.nan],
        "users": [943, 1_000_209, 0],
        "held": [True, False, True],
        "note": ["<b>", None, "a & b"],
    },
    index=pd.Index(["EASE", "MF", "<i>"], name="model"),
)


def html(made):
    return BeautifulSoup(made._repr_html_(), "html.parser")


def test_a_table_has_a_caption_and_headers():
    page = html(table(FRAME, " Three models "))
    assert page.caption.get_text() == "Three models"
    heads = page.thead.select('th[scope="col"]')
    assert [one.get_text() for one in heads] == ["model", *FRAME.columns]
    rows = page.tbody.select("tr")
    assert [row.select_one('th[scope="row"]').get_text() for row in rows] == [
        "EASE",
        "MF",
        "<i>",
    ]
    assert [[cell.get_text() for cell in row.select("td")] for row in rows] == [
        ["0.203", "943", "yes", "<b>"],
        ["−0.500", "1,000,209", "no", "–"],
        ["–", "0", "yes", "a & b"],
    ]
    assert not page.select("b, i")
    assert FRAME.index.name == "model"  # nothing is changed


def test_digits_by_column_and_a_series():
    page = html(table(FRAME[["NDCG", "users"]], "x", digits={"NDCG": 1}))
    assert page.select_one("td").get_text() == "0.2"
    page = html(table(FRAME["NDCG"], "x"))
    assert [one.get_text() for one in page.thead.select("th")] == ["model", "NDCG"]
    assert (
        html(table(pd.Series([1.5]), "x")).thead.select("th")[1].get_text() == "value"
    )


def test_several_levels_of_rows_are_several_headers():
    frame = pd.DataFrame(
        {"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(0, "x"), (1, "y")])
    )
    page = html(table(frame, "x"))
    assert len(page.tbody.select_one("tr").select('th[scope="row"]')) == 2
    assert len(page.thead.select("th")) == 3


def test_the_text_says_the_same():
    said = repr(table(FRAME, "Three models")).splitlines()
    assert said[0] == "Three models" and len(said) == 5
    assert "0.203" in said[2] and "1,000,209" in said[3]


def test_no_caption():
    with pytest.raises(ValueError, match="needs a caption"):
        table(FRAME, " ")
