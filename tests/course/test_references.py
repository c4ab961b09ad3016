"""Every chapter's references: complete, and just what its text cites."""

import re
from pathlib import Path

import pytest

from course import references
from course.sourcecode import ROOT

CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.md"))
CODE = sorted((ROOT / "rec_tutor").rglob("*.py"))
GOOD = """# 1 · Small

**Nets** (One et al., 2015) learn. Two and van Three ([2016](https://x.org)) doubt it;
a third paper does not (Four, 2017, and One and
colleagues (2015)), nor does Five-Six (2018). *Heat* (1995) is a film, `Code (2001)` code.

```{code-cell} ipython3
print("Nobody (1999)")
```

## References

- A. One, B.-C. Oneill and D. Önes. Can it? It can. *Journal* 1(2), 2015. [doi:10.1/x](https://doi.org/10.1/x)
- E. Two and F. G. van Three. Well vs. badly. *Conf*, 2016. [arXiv:1601.00001](https://arxiv.org/abs/1601.00001)
- H. Four. *A book*, 2nd edition. Press, 2017. [press.org](https://press.org/book)
- I. Five-Six. Only on a server. 2018. [arXiv:1801.00001](https://arxiv.org/abs/1801.00001)
- J. Data and others. Data. *Journal* 3, 2019. [doi:10.1/y](https://doi.org/10.1/y), longer: [arXiv:1901.00001](https://arxiv.org/abs/1901.00001)

**Data.** Please cite Data et al. (2019).
"""  # noqa: E501


def test_a_good_chapter_passes() -> None:
    assert references.problems(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (", nor does Five-Six (2018)", "", ["not cited: Five-Six (2018)"]),
        ("*Heat* (1995)", "Heat (1995)", ["no entry: Heat (1995)"]),
        (
            "- H. Four.",
            "- H. Fuor.",
            ["not cited: Fuor (2017)", "no entry: Four (2017)"],
        ),
        (
            "*Conf*, 2016.",
            "*Conf*, 2017.",
            ["not cited: Two and Three (2017)", "no entry: Two and Three (2016)"],
        ),
        (
            "(One et al., 2015)",
            "(One et al., 2014)",
            ["no entry: One and others (2014)"],
        ),
        (
            "Two and van Three (",
            "Two et al. (",
            ["not cited: Two and Three (2016)", "no entry: Two and others (2016)"],
        ),
        (
            "Two and van Three (",
            "Two (",
            ["not cited: Two and Three (2016)", "no entry: Two (2016)"],
        ),
        ("*Journal* 1(2), 2015.", "2015.", ["no venue: - A. One"]),
        (
            "Press, 2017. [press.org](https://press.org/book)",
            "Press, 2017.",
            ["not complete: - H. Four", "no entry: Four (2017)"],
        ),
        (
            "- E. Two and F. G. van Three. ",
            "- ",
            ["not complete: - Well", "no entry: Two and Three (2016)"],
        ),
        (
            "(https://doi.org/10.1/x)",
            "(https://doi.org/10.1/z)",
            ["doi:10.1/x leads to https://doi.org/10.1/z"],
        ),
        (
            "abs/1901.00001",
            "abs/1901.00002",
            ["arXiv:1901.00001 leads to https://arxiv.org/abs/1901.00002"],
        ),
        (
            "- J. Data",
            "- I. Five-Six. Again. *Conf*, 2018. [x](https://x.org)\n- J. Data",
            ["twice: Five-Six (2018)"],
        ),
    ],
)
def test_a_fault_is_found(old: str, new: str, found: list[str]) -> None:
    assert GOOD.count(old) == 1
    problems = references.problems(GOOD.replace(old, new))
    assert len(problems) == len(found)
    for problem, start in zip(problems, found, strict=True):
        assert problem.startswith(start)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_references_are_what_the_text_cites(chapter: Path) -> None:
    source = chapter.read_text(encoding="utf-8")
    text, entries = references.split(source)
    assert len(entries) >= 4 and len(references.citations(text)) >= 4
    assert references.problems(source) == []


def test_a_work_reads_the_same_in_every_chapter() -> None:
    lines: dict[str, set[str]] = {}
    for chapter in CHAPTERS:
        for line in references.split(chapter.read_text(encoding="utf-8"))[1]:
            link = re.findall(r"\((https?://[^)]+)\)", line)[0]
            lines.setdefault(link, set()).add(line.lower())
    assert [same for same in lines.values() if len(same) > 1] == []


def test_chapters_and_the_page_of_references_agree_on_the_year() -> None:
    years: dict[str, set[str]] = {}
    for page in [*CHAPTERS, ROOT / "book" / "references.md"]:
        for line in page.read_text(encoding="utf-8").splitlines():
            found = re.match(r"- [^\[]*\b(\d{4})\b[^\[]*\[[^]]+\]\(([^)]+)\)", line)
            if found:
                years.setdefault(found[2], set()).add(found[1])
    assert len(years) > 100
    assert {link for link, told in years.items() if len(told) > 1} == set()


@pytest.mark.parametrize(
    ("docstring", "found"),
    [
        ("Attention (Vaswani et al. 2017). arXiv:1706.03762", []),
        ("After Lin 1992, doi:10.1007/BF00992699.", []),
        ('Split "Toy Story (1995)" into title and year.', []),
        ("Attention (Vaswani et al.\n    2017).", ["f: Vaswani et al."]),
        (
            "BPR (Kim 2014), as in Ba and Ko 2015, arXiv:1706.03762",
            ["f: Ba and Ko; Kim"],
        ),
    ],
)
def test_a_docstring_without_a_source_is_found(
    docstring: str, found: list[str]
) -> None:
    source = f"def f():\n    '''{docstring}'''\n"
    assert references.docstring_problems(source) == found


def test_docstrings_give_a_source_for_each_paper() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): problems
        for path in CODE
        if (problems := references.docstring_problems(path.read_text(encoding="utf-8")))
    }
    assert found == {}
