"""The index of what the articles get wrong."""

import pytest

from course import errata
from course.modules import ROOT

PAGE = """Index.

<!-- errata -->

(erratum-2)=
**2 · No window.** *000, §3.1.* In $p$ no $k$.\\
*Fix:* a window. *Shown in* [chapter 04](a.ipynb); an exercise in [04](b.ipynb).

## Other

**1 · Flipped.** *000, §3.* Words.
*Mended in* [the references](r.md#x), one by one.
"""


def test_a_row_for_each_entry_by_number() -> None:
    assert errata.filled(PAGE).splitlines()[2:6] == [
        "| number | what is wrong | article | box |",
        "|--:|---|---|---|",
        "| 1 | Flipped | 000, §3 | [the references](r.md#x) |",
        "| 2 | [No window](#erratum-2) | 000, §3.1 | [chapter 04](a.ipynb),"
        " [04](b.ipynb) |",
    ]
    assert errata.filled("no line") == "no line"


def test_an_entry_without_a_box() -> None:
    with pytest.raises(ValueError, match="entry 1 does not say where it is shown"):
        errata.filled(PAGE.replace("*Mended in*", "Mended in"))


def test_all_entries_are_in_the_index() -> None:
    text = (ROOT / "book/articles.md").read_text(encoding="utf-8")
    numbers = [int(row[0]) for row in errata.rows(text)]
    assert len(numbers) >= 43 and numbers == list(range(1, len(numbers) + 1))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"The numbers 1 to {len(numbers)} are" in text
    assert f"a list of {len(numbers)}\nmistakes" in readme
