"""The page of errors quotes the package's messages as they are, and the advice of
*Which model?* is what the results say.
"""

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from course import scoreboards
from course.modules import ROOT

PAGE = ROOT / "book/errors.md"
OWN = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHERS = re.compile(r"^```none\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(node: ast.expr) -> str:
    """A string of the source, with … for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) else "…"


@cache
def messages(folder: Path = ROOT / "rec_tutor") -> list[str]:
    """All texts of the package, those of the checks among them."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) or (
                isinstance(node, ast.Constant) and isinstance(node.value, str)
            ):
                found.append(text(node))
    for path in sorted(folder.rglob("words/en/engine.toml")):
        found.append(re.sub(r"\{\w+\}", "…", path.read_text(encoding="utf-8")))
    return found


def unknown(page: str) -> list[str]:
    """The quoted messages that the package does not have."""
    quoted = [line for block in OWN.findall(page) for line in block.splitlines()]
    assert len(quoted) >= 10
    return [
        line
        for line in quoted
        if not any(re.sub("…+", "…", line) in one for one in messages())
    ]


def test_every_message_is_quoted_as_the_package_has_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert unknown(page) == []
    line = "Not attempted yet."
    assert unknown(page.replace(line, "Not tried yet.")) == ["Not tried yet."]


@pytest.mark.parametrize(
    ("kind", "fails"),
    [
        (ValueError, lambda: np.zeros(3) + np.zeros(4)),
        (ValueError, lambda: np.zeros((2, 3)) @ np.zeros((4, 2))),
        (MemoryError, lambda: np.zeros(10**13)),
    ],
)
def test_numpy_says_what_the_page_quotes(kind, fails) -> None:
    quoted = "".join(OTHERS.findall(PAGE.read_text(encoding="utf-8")))
    with pytest.raises(kind) as caught:
        fails()
    wanted = re.sub(r"\d[\d.]* [TG]iB|\(1\d+,\).*", "…", str(caught.value))
    wanted = re.sub(r", with gufunc.*", " …", wanted).strip()
    assert wanted in quoted


def test_no_heading_comes_twice() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    assert len(names) == len(set(names)) > 15


def test_which_model_says_what_the_results_say() -> None:
    page = (ROOT / "book/which_model.md").read_text(encoding="utf-8")
    assert len(page.splitlines()) <= 100
    shown = scoreboards.filled(page)
    assert "<!--" not in shown and len(scoreboards.LINE.findall(page)) >= 25
    # numbers with a fraction are filled in, none is typed
    assert not re.search(r"\b0\.\d", re.sub("<!--.*?-->", "", page))
    trust = {
        row["part"]: row for row in scoreboards.rows_of(ROOT, "filmtrust", "random")
    }
    for name in ("ItemKNN", "BPRMF"):  # worse than no personal model
        assert trust[name]["gap_high"] < trust["Popularity"]["gap_low"]
    # few people: the rules are ahead; many: the network's mean is
    ends = {
        (name, share): [
            float(number)
            for number in re.findall(r"[\d.]+", scoreboards.curve(ROOT, name, share))
        ]
        for name in ("DecayedRules", "SASRec")
        for share in ("0.05", "1.0")
    }
    assert ends["DecayedRules", "0.05"][1] > ends["SASRec", "0.05"][2]
    assert ends["SASRec", "1.0"][0] > ends["DecayedRules", "1.0"][0]
