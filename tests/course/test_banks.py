"""Question banks: what is written is read again, by the rules of the formats."""

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from course import banks
from course.exercises import Quiz
from rec_tutor.check.questions import CHAPTERS, QUIZ

FOUND = banks.questions()
EVERY = [one for own in FOUND.values() for one in own]
ODD = Quiz(
    "07.Q1",
    "07.G1",
    "Is {a} ~ b: \\nabla # 1 = 1 <b>?\nSecond line, $\\frac{1}{n}$",
    (
        (True, "Yes: $a_{1} < b$", "*Both* #1 = ~2"),
        (False, "%50% of `x[:1] = {}`", "& -> \\"),
        (False, "=", "}"),
    ),
)
SPECIAL = {"\\:": "58", "\\#": "35", "\\=": "61", "\\{": "123", "\\}": "125"}
SPECIAL |= {"\\~": "126", "\\n": "10"}


def read_gift(text):
    """As Moodle does it: escaped characters become numbers, then the text is cut at
    the others.
    """
    text = text.replace("\\\\", "\0b")
    for sign, number in SPECIAL.items():
        text = text.replace(sign, f"\0{number};")
    text = text.replace("\0b", "\\")

    def plain(part):
        return re.sub("\0(\\d+);", lambda m: chr(int(m[1])), part).strip()

    category, found = "", []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$CATEGORY:"):
            category = block.partition(":")[2].strip()
            continue
        name, rest = re.fullmatch(r"(?s)::(.*?)::(.*)", block).groups()
        assert ":" not in rest  # it would be taken for the end of a name
        question, answers = re.fullmatch(r"(?s)\[html\](.*?){(.*)}", rest).groups()
        choices = []
        for sign, answer in re.findall(r"([=~])([^=~]*)", answers):
            choice, mark, feedback = answer.partition("#")
            assert mark and "#" not in feedback
            choices.append((sign == "=", plain(choice), plain(feedback)))
        found.append((category, plain(name), plain(question), choices))
    return found


def read_qti(files):
    """(title, name, question, choices) of each item."""
    manifest = plain_names(files["imsmanifest.xml"])
    listed = [one.get("href") for one in manifest.iter("file")]
    assert listed == [name for name in files if name != "imsmanifest.xml"]
    for name in listed:
        tree = plain_names(files[name])
        for item in tree.iter("item"):
            feedback = {
                one.get("ident"): one.find(".//mattext").text
                for one in item.iter("itemfeedback")
            }
            right, told = [], {}
            for case in item.iter("respcondition"):
                choice = case.find("conditionvar/varequal").text
                if (points := case.find("setvar")) is not None:
                    assert points.text == "100" and points.get("varname") == "SCORE"
                    right.append(choice)
                else:
                    link = case.find("displayfeedback").get("linkrefid")
                    told[choice] = feedback[link]
            kind = [one.text for one in item.iter("fieldentry")]
            assert kind == ["multiple_choice_question", "1"] and len(right) == 1
            choices = [
                (
                    label.get("ident") in right,
                    label.find(".//mattext").text,
                    told[label.get("ident")],
                )
                for label in item.iter("response_label")
            ]
            question = item.find("presentation/material/mattext").text
            title = tree.find("assessment").get("title")
            yield title, item.get("title"), question, choices


def plain_names(content):
    tree = ElementTree.fromstring(content)
    for one in tree.iter():
        assert one.tag.startswith("{http://www.imsglobal.org/xsd/")
        one.tag = one.tag.partition("}")[2]
    return tree


def expected(one):
    choices = [
        (right, banks.as_html(text), banks.as_html(why))
        for right, text, why in one.choices
    ]
    return f"{one.key} ({one.goal})", banks.as_html(one.question), choices


def test_all_questions_of_the_book_are_there():
    assert list(FOUND) == list(CHAPTERS)
    assert {len(own) for own in FOUND.values()} == {QUIZ}
    assert len({one.key for one in EVERY}) == len(EVERY)


@pytest.mark.parametrize("found", [FOUND, {"07": [ODD]}], ids=["book", "odd"])
def test_what_is_written_is_read_again(found):
    asked = [
        (banks.title(chapter), *expected(one))
        for chapter, own in found.items()
        for one in own
    ]
    gift = read_gift(banks.gift(found))
    start = f"$course$/top/{banks.NAME}/"
    assert gift == [(start + title, *rest) for title, *rest in asked]
    assert list(read_qti(banks.qti(found))) == asked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*Alien* and\n  1 < 2 & 3", "<em>Alien</em> and 1 &lt; 2 &amp; 3"),
        ("$a * b * c < d$ *x*", r"\(a * b * c &lt; d\) <em>x</em>"),
        ("`x[1] * y * z`", "<code>x[1] * y * z</code>"),
        ('the films\' "rows"', 'the films\' "rows"'),
    ],
)
def test_how_text_becomes_html(text, shown):
    assert banks.as_html(text) == shown


def test_nothing_of_the_markup_is_left():
    for one in EVERY:
        _, question, choices = expected(one)
        for text in (question, *(part for _, *both in choices for part in both)):
            outside = re.sub(r"\\\(.*?\\\)|<code>.*?</code>", "", text)
            assert not re.search(r"[$`*\n\\]", outside), text


def test_the_command(tmp_path, capsys):
    folder = tmp_path / "new"
    assert banks.main(["--out", str(folder)]) == 0
    assert f"{len(EVERY)} questions" in capsys.readouterr().out
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(first) == {"quiz.gift.txt", "quiz.qti.zip"}
    assert first["quiz.gift.txt"].decode() == banks.gift(FOUND)
    with zipfile.ZipFile(io.BytesIO(first["quiz.qti.zip"])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        assert {one.date_time for one in archive.infolist()} == {banks.WHEN}
    assert files == banks.qti(FOUND) and len(files) == len(CHAPTERS) + 1
    assert banks.main(["--out", str(folder)]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    (tmp_path / "file").touch()
    assert banks.main(["--out", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err
