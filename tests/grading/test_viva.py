"""Cards on one's own code: the questions fit the code, and nothing of it is run."""

import ast
import html
import inspect
import random
import re
import textwrap

import pytest

from rec_tutor.check import words
from rec_tutor.check.questions import CHAPTERS, find
from rec_tutor.cli.viva import main
from rec_tutor.data.schema import DataError
from rec_tutor.grading import viva
from rec_tutor.grading.assignment import assignment
from rec_tutor.grading.grade import questions
from rec_tutor.grading.roster import Person
from tests.grading.conftest import RIGHT, STUB, WRONG

EVERY = [one for chapter in CHAPTERS for one in questions(chapter)]
KEYS = assignment("07").keys


def code_of(function, name):
    """A function of the course as somebody's answer."""
    text = textwrap.dedent(inspect.getsource(function))
    return re.sub(r"\bdef \w+\(", f"def {name}(", text, count=1)


def plain(asked):
    return html.unescape(re.sub("<[^>]+>", "", asked))


def lines_of(tree):
    """line -> the code of all nodes that begin there."""
    found = {}
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            first = ast.unparse(node).partition("\n")[0]
            found.setdefault(node.lineno, set()).add(" ".join(first.split()))
            if isinstance(node, ast.keyword):
                found[node.lineno].add(f"{node.arg}={ast.unparse(node.value)}")
    return found


@pytest.mark.parametrize("question", EVERY, ids=lambda one: one.key)
def test_questions_fit_the_code_that_is_there(question):
    answers = [question.solution, *question.wrong.values()]
    told = words.of(question.key).get("wrong")
    named = [one for one in answers if inspect.isfunction(one)][:8]
    for seed, function in enumerate(named):
        own = viva.own_function([code_of(function, question.name)], question)
        assert own is not None and '"""' not in own.text
        asked, mistake = viva.three(own, random.Random(seed))
        assert len(set(asked)) == 3 and mistake in told
        shown, nodes = own.text.split("\n"), lines_of(own.tree)
        for one in map(plain, asked[:2]):
            for line in map(int, re.findall(r"[Ll]ine (\d+)", one)):
                text = shown[line - 1].strip()
                assert text and not text.startswith(("#", '"')), (one, text)
        for one in asked[:2]:
            match = re.match(r"Line (\d+) has <code>(.*?)</code>", one)
            if match and "…" not in match[2]:
                assert html.unescape(match[2]) in nodes[int(match[1])], one


LONG = '''
def sgd_step(p, q, r, eta, penalty):
    """One step.

    Line 6 of this text is no code.
    """
    total = 0.0  # a comment
    for a, b in zip(p, q):

        total += a * b
    e = r - total
    if e > 4:
        e = 4
    back = p[::-1]
    new_p = p + eta * (e * q - penalty * p)
    q[:] = q + eta * (e * p - penalty * q)
    return new_p, q.round(decimals=3) / r
'''


def test_each_kind_of_question():
    own = viva.own_function([LONG], find("mf.3"))
    assert own.text.startswith("def sgd_step") and "One step" not in own.text
    traced = dict(viva.traces(own.tree))
    assert "has e after line 6, for the first example" in plain(traced[6])
    assert 2 not in traced  # a number that everybody sees
    assert "loop of line 3 make" in plain(traced[3]) and "(a, b)" in plain(traced[3])
    assert "What does line 12 return" in plain(" ".join(traced.values())) or (
        "q.round(decimals=3)" in traced[12]
    )
    said = [plain(text) for _, text in viva.reasons(own.tree)]

    def asked(*parts):
        return any(all(part in one for part in parts) for one in said)

    assert asked("Why decimals=3 in line 12")
    assert asked("Line 7 has e > 4. Why > and not >=")
    assert asked("What does p[::-1] in line 9 pick out")
    assert asked("if line 5, total += a * b, were left out")
    assert asked("if line 7, if e > 4:, with all that depends on it, were left out")
    assert asked("line 8, e = 4, were left out")  # e had a value before
    assert not asked("line 6, e = r - total, were left out")
    assert asked("Line 6 has r - total.", "changed places")
    assert asked("Line 12 has", "division fail")
    assert asked("line 11, q[:] =", "left out")
    unused = viva.own_function(
        ["def sgd_step(p, q, r, eta, penalty):\n  return p"], find("mf.3")
    )
    said = [plain(text) for _, text in viva.uses(unused.tree)]
    assert said[0].startswith("What is p?") and "does not use eta" in said[3]


BLANK = ["...", "pass", "raise NotImplementedError", "'text'", "x = ...\n    return x"]


@pytest.mark.parametrize("body", BLANK)
def test_a_blank_is_no_answer(body):
    code = f'def sgd_step(p, q, r, eta, penalty):\n    """Text."""\n    {body}\n'
    assert viva.own_function([code], find("mf.3")) is None
    assert viva.own_function([RIGHT["sgd_step"], code], find("mf.3")) is None
    assert viva.own_function([code, RIGHT["sgd_step"]], find("mf.3")) is not None


def test_a_start_that_nobody_changed_is_no_answer():
    begun = [one for one in EVERY if one.start]
    for question in begun:
        body = textwrap.indent(question.start.strip("\n"), "    ")
        head = f"def {question.name}({', '.join(question.arguments)}):\n"
        assert viva.own_function([head + body], question) is None
        more = head + body + "\n    return 1"
        assert viva.own_function([more], question) is not None or "..." in body


def test_other_ways_to_write_a_function():
    wanted = find("mf.3")
    magic = "%matplotlib inline\n" + RIGHT["sgd_step"]
    assert viva.own_function([magic], wanted).text.startswith("def sgd_step")
    by_lambda = viva.own_function(["sgd_step = lambda p, q, r, eta, k: (p, q)"], wanted)
    assert by_lambda.text.startswith("sgd_step = lambda")
    assert len(viva.three(by_lambda, random.Random(0))[0]) == 3
    one_line = 'def sgd_step(p, q, r, eta, penalty): "Text."; return p, q'
    assert viva.own_function([one_line], wanted).text == one_line
    windows = RIGHT["sgd_step"].replace("\n", "\r\n")
    assert viva.own_function([windows], wanted).text == RIGHT["sgd_step"].strip("\n")
    assert viva.own_function(["sgd_step = 3"], wanted) is None


HOSTILE = '''
open("hit", "w").write("x")
def sgd_step(p, q, r, eta, penalty=open("hit", "w")):
    """</pre><script>alert(1)</script>"""
    x = p["</code><script>alert(2)</script>" : 3]
    \u202ey = "\x1b[31m<img src=x onerror=alert(3)>" - x
    return x, y, "&amp;"
'''.replace("\u202ey", "y  # \u202e\n    y")


def test_hostile_code_is_shown_and_not_run(tmp_path, put, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "in" / "<b>s1.ipynb", HOSTILE)
    for seed in range(12):
        made, _ = viva.cards(tmp_path / "in", KEYS, seed)
        for page in (viva.page(made, "<i>Title"), viva.key(made, "<i>Title")):
            tags = set(re.findall(r"<(\w+)", page.partition("</style>")[2]))
            assert tags <= {"section", "h1", "h2", "p", "pre", "code", "ol", "li", "q"}
            assert "\x1b" not in page and "\u202e" not in page
            assert "&lt;b&gt;s1" in page and "&lt;script&gt;alert(2)" in page
            assert "alert(1)" not in page  # of a docstring
    assert not (tmp_path / "hit").exists()


@pytest.fixture
def folder(tmp_path, put):
    room = tmp_path / "in"
    put(room / "right.ipynb", *RIGHT.values())
    put(room / "same.ipynb", *RIGHT.values())
    put(room / "wrong.ipynb", *WRONG.values())
    put(room / "stub.ipynb", *STUB.values())
    deep = "def sgd_step(p, q, r, eta, penalty):\n    return " + "-" * 900 + "p"
    put(room / "deep.ipynb", deep)
    (room / "broken.ipynb").write_text("no notebook")
    return room


def by_person(made):
    return {card.people[0].id: card for card in made}


def test_a_card_for_each_submission(folder, put):
    made, unclear = viva.cards(folder, KEYS, seed=1)
    found = by_person(made)
    assert not unclear and len(made) == 6
    assert found["stub"].note == "none of the functions is there"
    assert "no JSON" in found["broken"].note
    assert {len(found[one].asked) for one in ("right", "same", "wrong")} == {3}
    again, _ = viva.cards(folder, KEYS, seed=1)
    assert viva.page(again, "") == viva.page(made, "")
    put(folder / "another.ipynb", *RIGHT.values())
    more = by_person(viva.cards(folder, KEYS, seed=1)[0])
    assert all(more[one].asked == found[one].asked for one in found)
    drawn = {
        by_person(viva.cards(folder, KEYS, seed)[0])["right"].own.question.key
        for seed in range(20)
    }
    assert drawn == {"mf.1", "mf.2", "mf.3"}  # what was answered
    several = [by_person(viva.cards(folder, KEYS, seed)[0]) for seed in range(8)]
    assert any(one["right"].asked != one["same"].asked for one in several)


def test_the_key_knows_more(folder):
    made, _ = viva.cards(folder, ["mf.3"], seed=0)
    page, key = viva.page(made, "T"), viva.key(made, "T")
    assert "A solution" in key and "A solution" not in page
    assert "([1.55], [2.2])" in key and "[1.55]" not in page
    assert "p = [1.]\n" in page and key.count("def sgd_step") > page.count("sgd_step")
    mistake = next(one.mistake for one in made if one.own)
    assert f"def {mistake}" in key and f"def {mistake}" not in page


def test_a_long_function_is_cut():
    body = "".join(f"    x{i} = p\n" for i in range(100))
    code = f"def sgd_step(p, q, r, eta, penalty):\n{body}    return p"
    own = viva.own_function([code], find("mf.3"))
    card = viva.Card([Person("s1", "s1")], own, ["?"] * 3)
    page = viva.page([card], "")
    assert "… and 42 more lines" in page and "x58 = p" in page and "x59" not in page


def test_code_that_is_nested_too_deeply(folder, monkeypatch):
    def fails(own, rng):
        raise RecursionError

    monkeypatch.setattr(viva, "three", fails)
    found = by_person(viva.cards(folder, KEYS, seed=1)[0])
    assert found["right"].own is None and "too deeply" in found["right"].note
    assert found["stub"].note == "none of the functions is there"


def test_the_command(folder, tmp_path, put, capsys):
    put(folder / "stranger.ipynb", *RIGHT.values())
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "id,name,group\nright,Student <1>,\nsame,Student 2,g\nabsent,Student 3,g\n"
        "gone,Student 4,\n"
    )
    out = tmp_path / "cards.html"
    given = [str(folder), "--assignment", "07", "--seed", "1", "--out", str(out)]
    assert main([*given, "--roster", str(roster)]) == 0
    said, page = capsys.readouterr().err, out.read_text(encoding="utf-8")
    assert "no card: stranger.ipynb: it fits nobody" in said
    assert "no card: gone: nothing" in said and "no card: absent" not in said
    assert said.splitlines()[-1].startswith("2 cards, 0 of them without questions")
    assert "Student &lt;1&gt; (right)" in page
    assert "Student 2 (same), Student 3 (absent)" in page
    key = (tmp_path / "cards.key.html").read_text(encoding="utf-8")
    assert key.count("A solution") == 2 and "07 · Matrix factorization" in page
    many = ["--assignment", "2027:02,07", "--out", str(out)]
    assert main([str(folder), *many]) == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--assignment", "99"], "no chapter '99'"),
        (["--roster", "none.csv"], "none.csv can't be read"),
        (["--out", "in/cards.html"], "in the folder of submissions"),
        (["--out", "none/cards.html"], "does not exist"),
    ],
)
def test_clear_errors(folder, tmp_path, monkeypatch, capsys, more, says):
    monkeypatch.chdir(tmp_path)
    assert main(["in", "--assignment", "07", "--out", "cards.html", *more]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and says in said and said.count("\n") == 1
    assert not (tmp_path / "cards.html").exists()


def test_a_folder_without_notebooks(tmp_path):
    with pytest.raises(DataError, match="no notebook"):
        viva.cards(tmp_path, KEYS, 0)
