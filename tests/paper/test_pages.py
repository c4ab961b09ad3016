"""Sheets and keys: what stands on them, and the command that writes them."""

import re
from html.parser import HTMLParser

import pytest

from rec_tutor import paper
from rec_tutor.cli.paper import main
from rec_tutor.data.schema import DataError
from rec_tutor.paper.problem import MAKERS, n

ALL = paper.chapters()


def text(page):
    return re.sub(r"<[^>]+>", "", page.partition("</style>")[2])


class Tags(HTMLParser):
    """Do all elements close that need it?"""

    FREE = frozenset({"meta", "li", "tr", "td", "th", "html"})

    def __init__(self, page):
        super().__init__()
        self.open, self.seen = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.FREE:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.FREE:
            assert self.open.pop() == tag


def test_a_sheet_asks_and_its_key_answers():
    sheets = paper.sheets(ALL, seed=3, copies=2)
    quiz, key = paper.quiz(sheets, 3), paper.key(sheets, 3)
    for page in (quiz, key):
        tags = Tags(page)
        assert not tags.open and not tags.seen & {"script", "img", "link", "a"}
        assert "default-src 'none'" in page and "sheet A" in page and "sheet B" in page
    for sheet in sheets:
        for _, problem in sheet.questions:
            for step in problem.steps:
                assert paper.rich(step) in key and paper.rich(step) not in quiz
            for name, value in problem.answer.items():
                assert f"<td>{paper.rich(name)}</td><td>{n(value)}</td>" in key
                assert f"<div>{paper.rich(name)} = " in quiz
            for _, value, what in problem.wrong:
                assert f"<td>{n(value)}</td><td>{paper.rich(what)}</td>" in key
    assert quiz.count(">Name<") == 2 and quiz.count('class="space"') == 2 * len(
        sheets[0].questions
    )


def test_neighbours_get_the_same_questions_with_other_numbers():
    sheets = paper.sheets(ALL, seed=1, number=3, copies=26)
    kinds = [[maker.key for maker, _ in sheet.questions] for sheet in sheets]
    assert all(one == kinds[0] for one in kinds) and sheets[25].letter == "Z"
    for place in range(len(kinds[0])):
        given = {repr(sheet.questions[place][1].given) for sheet in sheets}
        assert len(given) == 26, kinds[0][place]


def test_the_seed_decides():
    one, same, other = (paper.sheets(["2", "07"], seed=s) for s in (1, 1, 2))
    assert paper.quiz(one, 1) == paper.quiz(same, 1)
    assert one == same and one != other
    sizes = [len(paper.sheets(["07"], seed=s)[0].questions) for s in range(20)]
    assert set(sizes) == {2, 3}
    drawn = {m.key for s in range(30) for m, _ in paper.sheets(["07"], s)[0].questions}
    assert drawn == {key for key in MAKERS if key.startswith("07.")}


def test_questions_of_a_chapter_stand_in_its_order():
    (sheet,) = paper.sheets(["07", "02"], seed=0, number=4)
    keys = [maker.key for maker, _ in sheet.questions]
    assert keys == [k for c in ("07", "02") for k in MAKERS if k.startswith(c)]
    assert sheet.minutes == sum(MAKERS[key].minutes for key in keys)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"wanted": ["13"]}, "no chapter '13'"),
        ({"wanted": ["7", "07"]}, "each chapter once"),
        ({"wanted": []}, "each chapter once"),
        ({"number": 9}, "has 4 questions"),
        ({"number": 0}, "0 are asked for"),
        ({"copies": 0}, "1 to 26"),
        ({"copies": 27}, "1 to 26"),
    ],
)
def test_what_can_not_be(more, says):
    with pytest.raises(DataError, match=says):
        paper.sheets(**{"wanted": ["07"], "seed": 0} | more)


def test_markup():
    assert paper.rich("*p*_{u} < 2^{k} & <b>") == (
        "<i>p</i><sub>u</sub> &lt; 2<sup>k</sup> &amp; &lt;b&gt;"
    )
    assert paper.rich("2 * 3 * 4") == "2 * 3 * 4"


def test_the_command(tmp_path, capsys):
    out = tmp_path / "quiz.html"
    given = ["--chapters", "02,07", "--seed", "5", "--sheets", "2", "--out", str(out)]
    assert main([*given, "--title", "A <b>test"]) == 0
    page = out.read_text(encoding="utf-8")
    key = (tmp_path / "quiz.key.html").read_text(encoding="utf-8")
    assert "A &lt;b&gt;test" in page and "<b>" not in page and "Seed 5" in key
    said = capsys.readouterr().err
    assert said.startswith("seed 5: 2 sheet(s)") and "quiz.key.html" in said
    assert main([*given, "--title", "A <b>test"]) == 0
    assert out.read_text(encoding="utf-8") == page
    other = ["--chapters", "02", "--out", str(tmp_path / "other.html")]
    assert main(other) == 0
    seed = re.search(r"seed (\d+)", capsys.readouterr().err.splitlines()[-1])[1]
    first = (tmp_path / "other.html").read_bytes()
    assert main([*other, "--seed", seed]) == 0
    assert (tmp_path / "other.html").read_bytes() == first


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--chapters", "99"], "no chapter '99'"),
        (["--out", "none/quiz.html"], "does not exist"),
        (["--number", "7"], "7 are asked for"),
    ],
)
def test_clear_errors(tmp_path, monkeypatch, capsys, more, says):
    monkeypatch.chdir(tmp_path)
    assert main(["--chapters", "07", "--out", "q.html", "--seed", "1", *more]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and says in said and said.count("\n") == 1
    assert not list(tmp_path.iterdir())
