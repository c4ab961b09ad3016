"""One table, one meaning: book/notation.md against the formulas of all chapters."""

import pytest

from course import notation
from course.modules import ROOT
from rec_tutor.check.questions import CHAPTERS

TABLE = r"""
| symbol | meaning | where | in the code |
|---|---|---|---|
| $p_u$, $q_i$ | vectors | | `p` |
| $h_t$ | a state | 05 | – |
| $x_{ui}$ | 1 or 0 | | – |
| $i$ | an item | | – |

| word | meaning |
|---|---|
| $z$ | not a table of symbols |
"""
GOOD = {
    "05": r"Take $x_{ui} = p_u^\top q_j$ and $h_{t+1}$, $h_0$.",
    "07": "$$ \\sum_{j \\ne i} x_{vj}\\, p_u^{-1} \\text{ where } p_v \\tag{7.1} $$",
}


def found(table: str = TABLE, **changes: str) -> list[str]:
    texts = GOOD | {name.removeprefix("c"): text for name, text in changes.items()}
    return notation.problems(notation.table(table), texts)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\hat r_{ui} = \mu + b_u + b_j", {"hat r_ui", r"\mu", "b_u", "b_i"}),
        (r"\sum_{f=1}^{d} p_{uf}\, q_{if}", {"d", "p_uf", "q_if"}),
        (r"f^m_{ij} \ln n^2", {"f_ii", "m", "n"}),
        (r"\theta^- \; Q^*(s', a'_t)", {r"\theta-", "Q*", "s'", "a_#'"}),
        (r"H^{(k)} \, H'", {"H()", "H'"}),
        (r"\lVert B \rVert_F^2 \, \text{idf}_t(x)", {"B", "t", "x"}),
        (r"W_\text{in} x_{t-1} \; e^{-x}", {"W_in", "x_#", "e", "x"}),
        (r"\max_{a' \text{ ok}} Q \prod_{s=T}^{t+1} h_s", {"a'", "Q", "T", "t", "h_#"}),
        (r"\mathcal I_u \in \mathbb R^{d}", {"mathcal I_u", "mathbb R", "d"}),
    ],
)
def test_symbols(formula: str, expected: set[str]) -> None:
    assert notation.symbols(formula) == expected


def test_formulas_are_found_outside_of_code() -> None:
    text = "It costs \\$5 or `$x$`.\n```\n$y$\n```\nHere $z$ and\n$$ a\n= b $$"
    assert [(line, one.split()) for line, one in notation.formulas(text)] == [
        (5, ["z"]),
        (6, ["a", "=", "b"]),
    ]


def test_a_good_book_has_no_problem() -> None:
    assert found() == []


def test_a_symbol_without_a_row() -> None:
    assert found(c05=GOOD["05"] + "\n\n$z = 0$") == ["chapter 05, line 3: z has no row"]
    # what a row explains in chapter 05 only
    assert found(c07=GOOD["07"] + " $h_1$") == ["chapter 07, line 1: h_# has no row"]


@pytest.mark.parametrize("where", ["", "05"])
def test_two_rows_for_one_symbol(where: str) -> None:
    second = f"| $h_1$, $y$ | another state | {where} | – |"
    table = TABLE.replace("| $x_", f"{second}\n| $x_")
    text = GOOD["05"] + " $y$"
    assert [one.splitlines()[0] for one in found(table, c05=text)] == [
        "two rows for h_#:"
    ]
    # two chapters may use a letter differently, if the table says so
    if where:
        other = table.replace("| 05 | – |\n| $x_", "| 07 | – |\n| $x_")
        assert found(other, c07=GOOD["07"] + " $h_1 + y$") == []


def test_a_row_that_nothing_uses() -> None:
    assert found(c05="$x_{ui} q_i$") == ["not used in 05: | $h_t$ | a state | 05 | – |"]
    assert found(c05="$h_1$", c07_deeper="$i$", c07="$x_{ui}$")[0].startswith(
        "not used in no chapter"
    )


def test_the_chapters_hold_to_the_table() -> None:
    rows = notation.table((ROOT / "book/notation.md").read_text(encoding="utf-8"))
    texts = notation.pages(ROOT / "book")
    assert len(rows) > 150 and {page[:2] for page in texts} == set(CHAPTERS)
    assert notation.problems(rows, texts) == []


@pytest.mark.parametrize(
    "symbol", ["i_#", "b_i", "f", "g", "c", "R", "E", "D", "mathbb E", "x_ui", "q_i"]
)
def test_these_mean_one_thing(symbol: str) -> None:
    """Letters that once stood for two things."""
    rows = notation.table((ROOT / "book/notation.md").read_text(encoding="utf-8"))
    assert len([row for row in rows if symbol in row.symbols]) == 1
