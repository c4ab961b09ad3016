"""Each question with its solution, nothing, and every wrong answer on its list; small
changes of the solutions; and the words that go with them.
"""

import re
from pathlib import Path

import pytest

from course import mutants, notebooks
from rec_tutor.check import running, source, words
from rec_tutor.check.examine import examine
from rec_tutor.check.question import Blank, Question
from rec_tutor.check.questions import CHAPTERS, QUIZ, of_chapter

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
EVERY = [one for name in CHAPTERS.values() for one in of_chapter(name).values()]
BLANKS = [one for one in EVERY if isinstance(one, Blank)]
# those about tensors: tests/models/test_answers.py
QUESTIONS = [one for one in EVERY if isinstance(one, Question) and not one.tensors]
FULL = ("evaluation", "baselines", "mf", "attention")


def of_key(one):
    return one.key


def filled(values):
    """Wrong values, with something for those that do not matter."""
    return [0 if value is None else value for value in values]


@pytest.mark.parametrize("question", QUESTIONS, ids=of_key)
def test_the_solution_is_right_and_each_mistake_is_known_as_itself(question):
    verdict = examine(question.key, question.solution)
    assert verdict.state == "right", verdict.text
    for name, wrong in question.wrong.items():
        found = examine(question.key, wrong)
        assert found.state == "wrong", name
        assert found.mistakes == (name,) or not question.compared, found.text
        if question.compared:
            assert " ".join(words.of(question.key)["wrong"][name][0].split()) in (
                " ".join(found.text.split())
            )


@pytest.mark.parametrize("question", QUESTIONS, ids=of_key)
def test_no_mistake_is_an_error_and_nothing_else(question):
    """Else every answer with an error of that kind would be called that mistake."""
    for name, wrong in question.wrong.items():
        results = running.run(wrong, question.cases)
        assert not all(isinstance(one, running.Failure) for one in results), name


@pytest.mark.parametrize("blank", BLANKS, ids=of_key)
def test_a_blank_knows_its_answer_and_its_mistakes(blank):
    assert examine(blank.key, *blank.answer).state == "right"
    for name, values in blank.wrong.items():
        assert examine(blank.key, *filled(values)).mistakes == (name,)


@pytest.mark.parametrize("one", EVERY, ids=of_key)
def test_nothing_is_not_attempted(one):
    if isinstance(one, Blank):
        answers = [(), [...] * len(one.names), [None] * len(one.names)]
    else:
        room = {}
        from course.exercises import stub

        exec(stub(one), room)
        answers = [(), (...,), (room[one.name],)]
    for answer in answers:
        verdict = examine(one.key, *answer)
        assert verdict.state == "not attempted"
        assert f'hint("{one.key}")' in verdict.text


@pytest.mark.parametrize("question", QUESTIONS, ids=of_key)
def test_a_check_refuses_small_changes_of_its_solution(question):
    number, left = mutants.survivors(question, question.solution)
    assert {str(one) for one in left} <= mutants.equivalent()
    assert number - len(left) >= 3


def test_no_equivalent_mutant_is_listed_in_vain():
    everything = {
        str(one)
        for question in QUESTIONS
        for one in mutants.survivors(question, question.solution)[1]
    }
    assert {
        line for line in mutants.equivalent() if not line.startswith("tensors ")
    } == everything


@pytest.mark.parametrize("one", EVERY, ids=of_key)
def test_there_are_words_for_everything(one):
    said = words.of(one.key)
    expected = {"right", "read", "hints", "wrong"}
    names = list(one.wrong)
    if re.search(r"\.T\d$", one.key):
        expected |= {"ask"}
    if isinstance(one, Question):
        names = names * one.compared + list(one.laws)
        assert len(one.wrong) >= 4
    else:
        assert len(one.wrong) >= 3
    assert set(said) == expected
    assert sorted(said["wrong"]) == sorted(names)
    assert 2 <= len(said["hints"]) <= 4
    for pair in said["wrong"].values():
        assert 2 <= len(pair) <= 3 and all(len(text) > 3 for text in pair[:2])


@pytest.mark.parametrize("name", CHAPTERS.values())
def test_the_paragraphs_to_read_exist(name):
    for key in of_chapter(name):
        said = words.of(key)
        pairs = said["wrong"].values()
        for where in [said["read"], *(pair[2] for pair in pairs if len(pair) > 2)]:
            number = next(n for n, one in CHAPTERS.items() if one == name)
            if re.match(r"\d\d: ", where):
                number, where = where.split(": ", 1)
            (core,) = (ROOT / "book").glob(f"{number}_*[!r].md")
            text = core.read_text(encoding="utf-8")
            assert re.search(rf"(?m)^##+ {re.escape(where)}$", text), (key, where)


def test_every_console_can_print_the_catalogue():
    folder = ROOT / "rec_tutor" / "check" / "words" / "en"
    for file in folder.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        assert text.isascii(), (file.name, [c for c in text if not c.isascii()])
    assert {file.stem for file in folder.glob("*.toml")} == {
        "engine",
        "leaks",
        *CHAPTERS.values(),
    }


@pytest.mark.parametrize(("number", "name"), CHAPTERS.items())
def test_a_chapter_has_its_questions(number, name):
    (core,) = (ROOT / "book").glob(f"{number}_*[!r].md")
    text = core.read_text(encoding="utf-8")
    marks = re.findall(r"<!-- check: (\d\d\.T\d) -->", text)
    own = of_chapter(name)
    assert [key for key in own if key.startswith(number)] == marks
    exercises = [key for key in own if not key.startswith(number)]
    assert len(exercises) >= (5 if name in FULL else 3)
    page = (ROOT / "book" / "exercises" / core.name).read_text(encoding="utf-8")
    assert re.findall(r"(?m)^%question (\S+)$", page) == exercises
    goals = set(re.findall(rf"{number}\.G\d", text))
    assert {one.goal for one in own.values()} <= goals
    assert set(re.findall(rf"{number}\.G\d", page)) <= goals
    quiz = re.findall(r"(?m)^```quiz\n(\d\d\.Q\d) ", page)
    assert quiz == [f"{number}.Q{n}" for n in range(1, QUIZ + 1)]
    headings = re.findall(r"(?m)^## (\d) · ", page)
    assert headings[:6] == list("123456")
    assert headings == [str(n + 1) for n in range(len(headings))]


@pytest.mark.parametrize("one", EVERY, ids=of_key)
def test_the_solution_that_is_shown_is_code(one):
    shown = source(one.key)
    compile(shown, "solution", "exec")
    assert max(map(len, shown.splitlines())) <= 88
    if isinstance(one, Question):
        assert one.solution.__doc__


def test_the_chapters_on_the_list_are_those_of_the_book():
    cores = [name for name in notebooks.chapters() if not name.endswith("_deeper")]
    assert [f"{number}_{name}" for number, name in CHAPTERS.items()] == cores
