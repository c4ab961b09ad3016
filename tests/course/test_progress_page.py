"""The website's progress: the same codes as in Python, and the pages that show it."""

import json
import random
import re
import shutil
import subprocess

import pytest

from course import progress_page
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


def test_the_script_and_the_package_write_and_read_the_same_codes():
    if not (node := shutil.which("node")):
        pytest.skip("no Node here: apt-get install nodejs")
    known, draw = saved.everything(), random.Random(0)
    keys = [draw.sample(known, draw.randrange(len(known))) for _ in range(100)]
    codes = [saved.encoded(one) for one in keys]
    wrong = ["", "rt1-", "rt1-07T1-00", "nonsense", *(one[:-1] for one in codes[:20])]
    given = {
        "keys": keys,
        "codes": codes + wrong,
        "chapters": list(CHAPTERS.items()),
        "known": known,
    }
    done = subprocess.run(
        [node, "-e", NODE, str(SCRIPT)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["codes"] == codes
    assert [set(one) for one in found["keys"][:100]] == [set(one) for one in keys]
    assert found["keys"][100:] == [saved.decoded(one) for one in wrong]


def test_a_page_lists_the_keys_of_its_chapter():
    line = progress_page.line("mf")
    assert 'data-keys="07.T1 07.T2 mf.1 mf.2 mf.3 mf.4 mf.5 07.Q1 07.Q2 07.Q3"' in line
    assert f'data-all="{len(saved.everything())}"' in line


def test_the_overview_has_every_key_once():
    table = progress_page.filled("before\n<!-- progress -->\nafter")
    keys = " ".join(re.findall(r'data-keys="([^"]*)"', table)).split()
    assert keys == saved.everything()
    assert table.startswith("before\n<div") and table.endswith("</div>\nafter")
    assert not re.search(r"\n\s*\n", table)  # an empty line would end the HTML


def test_the_script_is_small_classic_and_asks_nobody():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text) < 30_000
    assert not re.search(r"\bfetch\(|XMLHttpRequest|https?://|\bimport\b", text)
