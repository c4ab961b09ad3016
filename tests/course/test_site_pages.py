"""The website on small sources, and the table of contents against the files; fast."""

# ruff: noqa: E402

import re
from pathlib import Path

import pytest

from course.needs import needs

needs("bs4", "sphinx", "myst_nb", "sphinx_book_theme", extra="book")

import yaml
from bs4 import BeautifulSoup
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    writes,
)
from sphinx.application import Sphinx

import course_api
from course import costs, exercises, notebooks, sourcecode

BOOK = sourcecode.ROOT / "book"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg"
    "GAWjR9awAAAABJRU5ErkJggg=="
)
QUOTES = """# Title

> **Predict.** Which $x$ wins?
>
> Say why.

> **Watch out.**
> Sharp.

> **Bold** but an ordinary quote.

> Said somebody.

$$ a = b \\tag{7.1} $$
"""


# once per process: Sphinx refuses to register its nodes a second time
@pytest.fixture(scope="session")
def html(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    """Two notebooks with the same headings, and a page that links to a chapter by its
    source.
    """
    root = tmp_path_factory.mktemp("site")
    picture = new_output("display_data", data={"image/png": PIXEL})
    cell = new_code_cell(
        "plot()",
        outputs=[picture],
        execution_count=1,
        metadata={"alt": "A rising line"},
    )
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    notebook = new_notebook(cells=[new_markdown_cell(QUOTES), cell], metadata=language)
    header = "---\njupytext: {text_representation: {format_name: myst}}\n---\n"
    twins = "notebooks/torch/07_mf\nnotebooks/tensorflow/07_mf"
    files = {
        "notebooks/torch/07_mf.ipynb": writes(notebook),
        "notebooks/tensorflow/07_mf.ipynb": writes(notebook),
        "book/07_mf.md": (
            header + "# Title\n\n```{code-cell} ipython3\n:tags: [torch]\n1\n```\n"
        ),
        "book/page.md": "# Page\n\nSee [chapter 07](07_mf.md).\n\n<!-- costs -->\n",
        costs.FILE: (
            '{"notebooks/torch/07_mf.ipynb": {"cpu": 31.4, "wall": 40, "memory": 900}}'
        ),
        "index.md": f"# Index\n\n```{{toctree}}\nbook/page\n{twins}\n```\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    settings = {
        "extensions": ["myst_nb", "course_site", "course_math"],
        "nb_execution_mode": "off",
        "html_math_renderer": "course",
        "myst_enable_extensions": ["dollarmath"],
        "exclude_patterns": ["book/07_mf.md"],
    }
    out = root / "out"
    app = Sphinx(
        root,
        None,
        out,
        root / "trees",
        "html",
        settings,
        status=None,
        warningiserror=True,
    )
    app.build()
    assert app.statuscode == 0
    pages = {
        name: (out / name).with_suffix(".html")
        for name in files
        if name not in ("book/07_mf.md", costs.FILE)
    }
    return {
        name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for name, path in pages.items()
    }


def test_quotes_with_a_known_opening_become_admonitions(
    html: dict[str, BeautifulSoup],
) -> None:
    page = html["notebooks/torch/07_mf.ipynb"]
    boxes = page.select("div.admonition")
    assert [box.select_one(".admonition-title").get_text() for box in boxes] == [
        "Predict",
        "Watch out",
    ]
    assert [set(box["class"]) & {"tip", "warning"} for box in boxes] == [
        {"tip"},
        {"warning"},
    ]
    assert boxes[0].get_text().split() == [
        "Predict",
        "Which",
        "x",
        "wins?",
        "Say",
        "why.",
    ]
    assert boxes[1].get_text().split() == ["Watch", "out", "Sharp."]
    quotes = [quote.get_text().strip() for quote in page.select("blockquote")]
    assert quotes == ["Bold but an ordinary quote.", "Said somebody."]


def test_a_picture_has_the_alt_text_of_its_cell(html: dict[str, BeautifulSoup]) -> None:
    for framework in ("torch", "tensorflow"):
        images = html[f"notebooks/{framework}/07_mf.ipynb"].select("img")
        assert [image["alt"] for image in images] == ["A rising line"]


def test_a_page_reaches_a_chapter_by_its_source(html: dict[str, BeautifulSoup]) -> None:
    assert html["book/page.md"].select_one('a[href="../notebooks/torch/07_mf.html"]')


def test_a_page_shows_what_the_notebooks_cost(html: dict[str, BeautifulSoup]) -> None:
    cells = html["book/page.md"].select("table tbody td")
    texts = [cell.get_text().strip() for cell in cells]
    assert texts == ["Title", "PyTorch", "31", "40", "900"]
    assert cells[0].select_one('a[href="../notebooks/torch/07_mf.html"]')


def test_the_api_entry_of_a_class_and_a_function(tmp_path: Path) -> None:
    source = '''"""A module.

>>> 1 + 1
2
"""
from dataclasses import dataclass

CONSTANT = 1

def scale(x: float, *, by: float = 2.0) -> float:
    """Scale it.

    Args:
        x: what,
            over two lines.
        by: how much.

    Returns:
        A number,
        larger: or smaller.

    Raises:
        ValueError: for no number.
    """

def _hidden(): ...

@dataclass(frozen=True)
class Pair:
    """Two things.

    Attributes:
        left: the first.
    """
    left: int
    right: int = 0

    @property
    def both(self) -> int:
        """Their sum."""

    def swap(self, twice: bool = False) -> "Pair":
        """The other way round."""

    def _private(self): ...

class PairError(ValueError):
    """Not a pair."""
'''
    (tmp_path / "rec_tutor").mkdir()
    (tmp_path / "rec_tutor" / "m.py").write_text(source)
    text = course_api.reference("rec_tutor.m", tmp_path)
    assert "{py:currentmodule} rec_tutor.m" in text
    assert "```python\n>>> 1 + 1\n2\n```" in text
    assert "{py:function} scale(x: float, *, by: float=2.0) -> float\n" in text
    assert "\n- **x**: what,\n  over two lines.\n- **by**: how much.\n" in text
    assert "\n**Returns**\n\nA number,\nlarger: or smaller.\n" in text
    assert "\n**Raises**\n\n- **ValueError**: for no number.\n" in text
    assert "{py:class} Pair(left: int, right: int = 0)\n" in text
    assert "- **left**: the first." in text
    assert "{py:property} both\nTheir sum." in text
    assert "{py:method} swap(twice: bool=False) -> 'Pair'\n" in text
    assert "{py:exception} PairError\nNot a pair." in text
    assert "_hidden" not in text and "_private" not in text and "CONSTANT" not in text
    with pytest.raises(LookupError, match=r"rec_tutor\.nothing"):
        course_api.public("rec_tutor.nothing", tmp_path)


EXERCISES = ("rec_tutor.check.questions", "rec_tutor.check.contracts")


def test_the_api_page_covers_the_package() -> None:
    """Every module stands on the page itself, or in a package whose `__all__` says what
    is public.
    """
    pages = (path.read_text("utf-8") for path in (BOOK / "api").glob("*.md"))
    listed = set(re.findall(r"<!-- api: ([\w.]+) -->", "".join(pages)))
    for file in sorted((sourcecode.ROOT / "rec_tutor").rglob("*.py")):
        module = ".".join(
            file.relative_to(sourcecode.ROOT).with_suffix("").parts
        ).removesuffix(".__init__")
        assert sourcecode.module_file(module) == file
        parent, _, name = module.rpartition(".")
        if parent in EXERCISES or name == "answers":
            continue  # exercises and their solutions: check() is what people call
        covered = (
            module in listed
            or parent in listed
            or not course_api.public(module, sourcecode.ROOT)
        )
        assert covered, f"{module} is not in book/api"


def toc_files(entry: object) -> list[str]:
    """All files that a part of the table of contents names, in order."""
    if isinstance(entry, list):
        return [file for one in entry for file in toc_files(one)]
    if not isinstance(entry, dict):
        return []
    own = [entry[key] for key in ("root", "file") if key in entry]
    return own + [
        file
        for key in ("parts", "chapters", "sections")
        for file in toc_files(entry.get(key))
    ]


def test_the_table_of_contents_has_every_chapter_twin_and_page_once() -> None:
    files = toc_files(yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8")))
    chapters = [str(target).removesuffix(".ipynb") for target in notebooks.targets()]
    pages = [
        path.relative_to(BOOK.parent).with_suffix("").as_posix()
        for path in BOOK.rglob("*.md")
        if not notebooks.CHAPTER.fullmatch(path.stem)
        and path.stem != "STYLE"
        and path.parent.name != "exercises"
    ]
    asked = [str(page).removesuffix(".ipynb") for page in exercises.pages()]
    assert sorted(files) == sorted(chapters + pages + asked)
    assert [file for file in files if file in chapters] == chapters, (
        "chapters in the order of their numbers"
    )


def test_the_tensorflow_twin_sits_under_its_chapter() -> None:
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            if chapter["file"].startswith("notebooks/torch/"):
                page = chapter["file"]
                pages = [page, f"{page}_deeper"]
                twins = [p.replace("/torch/", "/tensorflow/") for p in pages]
                wanted = [twins[0]]
                if (sourcecode.ROOT / f"{pages[1]}.ipynb").is_file():
                    wanted += [pages[1], twins[1]]
                found = [section["file"] for section in chapter["sections"]]
                assert [file for file in found if "/exercises/" not in file] == wanted


def test_the_exercises_stand_under_their_chapter() -> None:
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            name = chapter["file"].rpartition("/")[2]
            if notebooks.CHAPTER.fullmatch(name):
                found = [
                    section["file"]
                    for section in chapter["sections"]
                    if "/exercises/" in section["file"]
                ]
                own = [
                    str(page).removesuffix(".ipynb")
                    for page in exercises.pages()
                    if page.chapter == name
                ]
                assert found[: len(own)] == own and own
