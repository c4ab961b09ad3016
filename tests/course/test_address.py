"""tools/course/address.py on a copy of this repository: GitHub, GitLab, another host,
and back again.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from course import address, sourcecode
from course.setup_cell import setup_cell

ROOT = sourcecode.ROOT
NOW = address.read(ROOT)
GITHUB, GITLAB = (
    "https://github.com/someone/course-2",
    "https://gitlab.com/someone/course",
)
OWN, OTHER = (
    "https://gitlab.example.org/school/informatics/course",
    "https://git.example.org/someone/course",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of everything in which an address can stand."""
    for name in (
        "_config.yml",
        "pyproject.toml",
        "CITATION.cff",
        "README.md",
        "CONTRIBUTING.md",
        "Makefile",
    ):
        shutil.copy(ROOT / name, tmp_path)
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("book", "notebooks", "rec_tutor", "tools", "experiments", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    files = (
        path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts
    )
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def cells(notebook: bytes) -> list[dict]:
    return json.loads(notebook)["cells"]


def test_everything_here_says_what_the_configuration_says() -> None:
    assert address.checked(NOW) == NOW and address.changes(NOW, ROOT) == {}


@pytest.mark.parametrize("new", [GITHUB, GITLAB, OWN, OTHER])
def test_a_new_address_is_filled_in_everywhere_and_nothing_else_changes(
    root: Path, new: str
) -> None:
    before = contents(root)
    assert address.main([f"{new}.git/"], root) == 0
    after = contents(root)
    changed = {name for name in after if after[name] != before[name]}
    notebooks = {
        name
        for name in before
        if name.startswith("notebooks/") and name.endswith(".ipynb")
    }
    pages = {"book/setup.md", "book/articles.md"}
    if address.service(new) != address.service(NOW):
        pages |= {"book/how_to_use.md"}
    assert changed == notebooks | pages | {
        "_config.yml",
        "pyproject.toml",
        "CITATION.cff",
        "README.md",
    }
    assert after.keys() == before.keys()

    old = (
        NOW,
        f"//github.com{NOW.removeprefix('https://github.com')}",
        f"/github{NOW.removeprefix('https://github.com')}/",
    )
    named = {name for name in after for one in old if one.encode() in after[name]}
    assert not named, "the old address is left"

    config = yaml.safe_load(after["_config.yml"])
    assert config["repository"]["url"] == new
    assert tomllib.loads(after["pyproject.toml"].decode())["project"]["urls"] == {
        "Repository": new
    }
    assert yaml.safe_load(after["CITATION.cff"])["repository-code"] == new

    for name in notebooks:
        first, *others = zip(cells(before[name]), cells(after[name]), strict=True)
        line = first[1]["source"].pop(2)
        del first[0]["source"][2]
        assert first[0] == first[1] and line.startswith("*") and line.endswith("*\n")
        assert f"{address.links(new, name)}*" in line
        if "/colab/" in name:  # its pages of the book are the repository's
            old_book, new_book = (f"]({address.files(one)}/book/" for one in (NOW, new))
            for cell, _ in others:
                if cell["cell_type"] == "markdown":
                    cell["source"] = [
                        line.replace(old_book, new_book) for line in cell["source"]
                    ]
        different = [(a, b) for a, b in others if a != b]
        assert len(different) == 1, "only the set-up cell"
        a, b = different[0]
        assert (
            "setup" in b["metadata"].get("tags", ["setup"]) and b["cell_type"] == "code"
        )
        assert "".join(b.pop("source")) == "".join(a.pop("source")).replace(
            f"git+{NOW}", f"git+{new}"
        )
        assert a == b


@pytest.mark.long
@pytest.mark.parametrize("new", [GITHUB, GITLAB, OWN, OTHER])
def test_there_and_back_gives_the_same_bytes(
    root: Path, new: str, capsys: pytest.CaptureFixture
) -> None:
    before = contents(root)
    assert address.main([new], root) == 0 and address.main([new], root) == 0
    assert f"{new}: 0 files changed" in capsys.readouterr().out
    assert address.main([GITLAB], root) == 0 and address.main([NOW], root) == 0
    assert contents(root) == before


def test_an_edited_configuration_is_enough(root: Path) -> None:
    config = root / "_config.yml"
    config.write_text(
        config.read_text(encoding="utf-8").replace(NOW, GITHUB), encoding="utf-8"
    )
    assert address.main([], root) == 0
    assert address.changes(GITHUB, root) == {}


def test_what_is_built_is_what_is_filled_in() -> None:
    """The builder writes cells with `links` and `setup_cell`; filling in the same
    address must not change them.
    """

    def built(new: str) -> str:
        return f"*{address.links(new, 'notebooks/x.ipynb')}*\n\n" + setup_cell(
            "torch", new, "rl"
        )

    for new in (GITHUB, GITLAB, OWN, OTHER):
        assert address.fill_notebook(built(GITHUB), "notebooks/x.ipynb", new) == built(
            new
        )
        assert address.fill_notebook(
            json.dumps(built(OWN)), "notebooks/x.ipynb", new
        ) == json.dumps(built(new))


def test_every_link_is_well_formed() -> None:
    path = "notebooks/torch/07_mf.ipynb"
    colab = "https://colab.research.google.com/github/someone/course-2/blob/main/notebooks/colab/torch/07_mf.ipynb"
    assert address.links(GITHUB, path) == f"[Open in Colab]({colab})"
    raw = "https://gitlab.example.org/school/informatics/course/-/raw/main/notebooks/torch/07_mf.ipynb?inline=false"
    assert address.links(OWN, path) == f"[Download this notebook]({raw})"
    assert address.links(OTHER, path) == f"[Repository]({OTHER})"
    for one in (GITHUB, GITLAB, OWN, OTHER):
        assert re.fullmatch(
            r"(\[[^\[\]]+\]|\[!\[[^\[\]]+\]\(https://\S+\.svg\)\])\(\S+\)",
            address.badge(one),
        )


@pytest.mark.parametrize(
    ("new", "buttons"),
    [
        (
            GITHUB,
            {
                "colab_url": "https://colab.research.google.com",
                "binderhub_url": "https://mybinder.org",
            },
        ),
        (GITLAB, {"binderhub_url": "https://mybinder.org"}),
        # the theme's link to Binder is right for gitlab.com only, and without
        # sub-groups
        (OWN, {}),
        ("https://gitlab.com/school/informatics/course", {}),
        (OTHER, {}),
    ],
)
def test_the_site_offers_only_buttons_that_work(
    root: Path, new: str, buttons: dict[str, str]
) -> None:
    assert address.main([new], root) == 0
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    offered = config["launch_buttons"]
    assert {
        key: offered[key] for key in ("colab_url", "binderhub_url") if offered[key]
    } == buttons
    assert (
        config["html"]["use_issues_button"]
        is config["html"]["use_repository_button"]
        is (new != OTHER)
    )
    provider = config["sphinx"]["config"]["html_theme_options"]["repository_provider"]
    assert provider == (address.service(new) or "other")
    words = "press *Open in Colab*"
    for page in ("setup.md", "how_to_use.md"):
        assert (words in (root / "book" / page).read_text(encoding="utf-8")) == (
            new == GITHUB
        )


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "course",
            "http://github.com/a/b",
            "https://github.com",
            "https://github.com/a",
            "git@github.com:a/b.git",
        ),
        *(
            "https://github.com/a/b/tree/main",
            "https://gitlab.com/a/b/-/tree/main",
            "https://www.github.com/a/b",
        ),
        *(
            "https://name:word@github.com/a/b",
            "https://github.com/a/b?x=1",
            "https://github.com/a/b#c",
        ),
        *(
            "https://github.com/a/b c",
            "https://github.com/a/../b",
            'https://github.com/a/"',
            "https://github.com/a/b)",
        ),
        *(
            "https://github.com/a/b\\",
            "https://github.com/a//b",
            "https://-x.org/a/b",
            "https://github.com/a/b\nurl: c",
        ),
    ],
)
def test_what_is_no_address_changes_nothing(
    root: Path, url: str, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(ValueError, match="repository"):
        address.checked(url)
    before = contents(root)
    assert address.main([url] if url else [" "], root) == 1
    assert "repository" in capsys.readouterr().err and contents(root) == before


@pytest.mark.parametrize(
    ("url", "address_"),
    [
        (
            " https://GitHub.com/Some-one/Course.py/ ",
            "https://github.com/Some-one/Course.py",
        ),
        (
            "https://gitlab.example.org:8443/a/b/c/d.git",
            "https://gitlab.example.org:8443/a/b/c/d",
        ),
    ],
)
def test_an_address_is_put_in_order(url: str, address_: str) -> None:
    assert address.checked(url) == address_


def test_a_lost_place_or_an_old_address_elsewhere_is_an_error(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / "tools" / "more.md").write_text(f"See {NOW}.\n")
    subprocess.run(["git", "add", "tools/more.md"], cwd=root, check=True)
    assert address.main([f"{NOW}-2"], root) == 1
    assert f"tools/more.md still names {NOW}" in capsys.readouterr().err
    readme = root / "README.md"
    readme.write_text("# Nothing\n", encoding="utf-8")
    before = contents(root)
    assert address.main([GITLAB], root) == 1
    assert (
        "README.md: nothing there matches" in capsys.readouterr().err
        and contents(root) == before
    )


def test_an_output_is_never_touched(root: Path, capsys: pytest.CaptureFixture) -> None:
    path = root / "notebooks/01_data.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('"Python 3', f'"git+{NOW} Python 3', 1), encoding="utf-8"
    )
    before = contents(root)
    assert address.main([GITHUB], root) == 1
    assert (
        "01_data.ipynb: an output names an address" in capsys.readouterr().err
        and contents(root) == before
    )


def test_it_needs_nothing_but_python(root: Path) -> None:
    # -S: without installed packages
    command = [sys.executable, "-S", "-m", "course", "address", GITHUB]
    environment = {**os.environ, "PYTHONPATH": str(root / "tools")}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert address.read(root) == GITHUB
