"""The website's progress: the same codes as in Python, and the pages that show it."""

import json
import random
import re
import shutil
import subprocess

import pytest

from course import progress_page, sections
from course.modules import ROOT
from rec_tutor.check import saved
from rec_tutor.check.questions import CHAPTERS

SCRIPT = ROOT / "book" / "_static" / "progress.js"
NODE = """
const progress = require(process.argv[1]);
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify({
  codes: given.keys.map(keys => progress.encode(keys, given.chapters)),
  keys: given.codes.map(code => progress.decode(code, given.chapters, given.known)),
}));
"""


def in_the_browser(keys=(), codes=()):
    """What progress.js makes of lists of keys, and of codes."""
    if not (node := shutil.which("node")):
        pytest.skip("no Node here: apt-get install nodejs")
    given = {
        "keys": list(keys),
        "codes": list(codes),
        "chapters": list(CHAPTERS.items()),
        "known": everything(),
    }
    done = subprocess.run(
        [node, "-e", NODE, str(SCRIPT)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return found["codes"], found["keys"]


def everything():
    """All that can be solved or read."""
    found = saved.everything()
    for number in CHAPTERS:
        core, deeper = sections.keys(number)
        found += core + deeper
    return found


def signed(body):
    return f"rt1-{body}-{saved.checksum(body)}"


def test_the_script_and_the_package_write_and_read_the_same_codes():
    known, draw = saved.everything(), random.Random(0)
    keys = [draw.sample(known, draw.randrange(len(known))) for _ in range(100)]
    codes = [saved.encoded(one) for one in keys]
    wrong = ["", "rt1-", "rt1-07T1-00", "nonsense", *(one[:-1] for one in codes[:20])]
    written, read = in_the_browser(keys, codes + wrong)
    assert written == codes
    assert [set(one) for one in read[:100]] == [set(one) for one in keys]
    assert read[100:] == [saved.decoded(one) for one in wrong]


def test_a_code_takes_sections_to_another_browser_and_not_to_a_notebook():
    known, solvable, draw = everything(), set(saved.everything()), random.Random(0)
    keys = [draw.sample(known, draw.randrange(len(known))) for _ in range(40)]
    keys += [known, ["07.Sc2", "07.Sa", "mf.1", "07.Db"], ["07.Sa"], []]
    codes, _ = in_the_browser(keys)
    assert codes[-3:] == [signed("07E1Sac2Db"), signed("07Sa"), "rt1-00"]
    _, back = in_the_browser(codes=codes)
    for own, code, found in zip(keys, codes, back, strict=True):
        assert set(found) == set(own) & set(known)
        assert set(saved.decoded(code)) == set(own) & solvable
        assert len(code) < 1000 and re.fullmatch(r"[\w-]+", code)


def test_a_code_of_a_notebook_is_read_as_before():
    keys = ["07.T1", "07.T2", "mf.1", "mf.3", "07.Q2"]
    code = saved.encoded(keys)
    assert re.fullmatch(r"rt1-07T12E13Q2-\d\d", code)
    assert in_the_browser([keys], [code]) == ([code], [keys])


BAD = [
    "07S",
    "07Sa12",
    "07SaD",
    "07S1",
    "07T1a",
    "99Sa",
    "7Sa",
    "07SA",
    "Sa",
]


def test_a_malformed_code_is_refused_by_both():
    codes = [signed(body) for body in BAD]
    codes += ["rt1-07Sa-00", "rt1-07Sa", "07Sa", "rt2-07Sa-12"]
    _, found = in_the_browser(codes=codes)
    assert found == [saved.decoded(code) for code in codes] == [None] * len(codes)


def test_every_mistyped_letter_is_noticed_by_both():
    code = signed("07T1Sac2Db-09Sf")
    wrong = [
        code[:place] + other + code[place + 1 :]
        for place in range(4, len(code))
        for other in "012789abcfzTESD-"
        if other != code[place]
    ]
    _, found = in_the_browser(codes=wrong)
    for one, keys in zip(wrong, found, strict=True):
        assert keys in (None, []) and saved.decoded(one) in (None, []), one


def test_a_page_lists_the_keys_of_its_chapter():
    line = progress_page.line("mf")
    assert 'data-keys="07.T1 07.T2 mf.1 mf.2 mf.3 mf.4 mf.5 07.Q1 07.Q2 07.Q3"' in line
    assert f'data-all="{len(saved.everything())}"' in line


def test_the_overview_has_every_key_once():
    table = progress_page.filled("before\n<!-- progress -->\nafter")
    keys = " ".join(re.findall(r'data-keys="([^"]*)"', table)).split()
    read = [key for key in keys if re.search(r"\.[SD]", key)]
    assert [key for key in keys if key not in read] == saved.everything()
    pages = [page for number in CHAPTERS for page in sections.keys(number)]
    assert read == [key for page in pages for key in page]
    assert sum(map(bool, pages)) >= 24
    assert table.startswith("before\n<div") and table.endswith("</div>\nafter")
    assert not re.search(r"\n\s*\n", table)  # an empty line would end the HTML


def test_the_script_is_small_classic_and_asks_nobody():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text) < 30_000
    assert not re.search(r"\bfetch\(|XMLHttpRequest|https?://|\bimport\b", text)
