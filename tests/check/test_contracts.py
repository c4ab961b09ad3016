"""Assignments: exercises with other contracts. See `rec_tutor.check.contract`."""

import ast
import random

import pytest

from rec_tutor.check import comparing, running, solution
from rec_tutor.check.comparing import plain
from rec_tutor.check.contract import BOOK, Family, Option
from rec_tutor.check.contracts import of_chapter
from rec_tutor.check.examine import examine
from rec_tutor.check.questions import CHAPTERS, find
from rec_tutor.check.running import Failure

pytestmark = pytest.mark.long

FAMILIES = [
    family for name in CHAPTERS.values() for family in of_chapter(name).values()
]
SEEDS = range(2027, 2037)
every_family = pytest.mark.parametrize(
    "family", FAMILIES, ids=[one.key for one in FAMILIES]
)


def results(function, cases):
    return [plain(one) for one in running.run(function, cases)]


def exactness(family):
    return {"rtol": comparing.RTOL, "atol": family.within or comparing.ATOL}


def test_every_chapter_has_three():
    assert all(len(of_chapter(name)) >= 3 for name in CHAPTERS.values())


@every_family
def test_there_is_room_for_twenty_seeds(family):
    assert len(family.order) >= 20
    assert len({family.drawn(seed) for seed in range(len(family.order))}) == len(
        family.order
    )


@every_family
def test_the_first_choice_is_the_exercise(family):
    """The same name and arguments, and the same results on the cases of both."""
    exercise = find(family.key)
    assert not exercise.tensors
    changed = family.question(0)
    assert (changed.name, changed.arguments) == (exercise.name, exercise.arguments)
    assert changed.goal == exercise.goal
    cases = [*family.cases, *exercise.cases]
    asked = results(exercise.solution, cases)
    assert comparing.all_same(
        results(changed.solution, cases), asked, **exactness(family)
    )


@every_family
def test_all_choices_give_different_results(family):
    found = [
        results(family.solution(number), family.cases) for number in range(len(family))
    ]
    assert not any(isinstance(one, Failure) for each in found for one in each)
    for number, one in enumerate(found):
        for other in range(number):
            assert not comparing.all_same(one, found[other], **exactness(family)), (
                f"{family.choice(number)} is {family.choice(other)}"
            )


@every_family
def test_solutions_of_other_seeds_fail(family):
    """Ten seeds, each with the solutions of the nine others and of the course."""
    asked = {seed: family.drawn(seed) for seed in SEEDS}
    own = {
        seed: results(family.solution(number), family.cases)
        for seed, number in asked.items()
    }
    for seed, number in asked.items():
        key = f"{family.key}@{number}"
        assert examine(key, family.solution(number)).state == "right"
        assert examine(key, find(family.key).solution).mistakes == (BOOK,)
        for other in SEEDS:
            same = comparing.all_same(own[other], own[seed], **exactness(family))
            assert same == (other == seed), (seed, other)
    verdict = examine(f"{family.key}@{asked[2027]}", family.solution(asked[2028]))
    assert verdict.state == "wrong" and verdict.mistakes


@every_family
def test_mistakes_are_named(family):
    for number in random.Random(0).sample(family.order, 3):
        key = f"{family.key}@{number}"
        mistakes = family.mistakes(number)
        for name in random.Random(2).sample(list(mistakes), 4):
            other = mistakes[name]
            verdict = examine(key, family.solution(other))
            assert verdict.mistakes == (name,), verdict.text
            assert "Traceback" not in verdict.text


@every_family
def test_what_is_read_is_plain(family):
    """ASCII, no empty sentence, no two of the same contract, short lines of code."""
    for number in [0, *random.Random(1).sample(family.order, 3)]:
        source = family.source(number)
        assert source.isascii() and "$" not in source
        ast.parse(source)
        assert max(map(len, source.splitlines())) <= 88, source
        contract = family.contract(number)
        assert len(set(contract)) == len(contract)
        assert all(one.endswith(".") and one[0].isupper() for one in contract)
    assert family.right.isascii() and family.hints


def test_a_stub_is_not_attempted_and_no_solution_is_shown(capsys):
    def ndcg(hits, relevant, k): ...

    assert examine("evaluation.3@17", ndcg).state == "not attempted"
    solution("evaluation.3@17")
    printed = capsys.readouterr().out
    assert "assignment" in printed and "def " not in printed


@pytest.mark.parametrize(
    "key", ["evaluation.3@", "evaluation.3@-1", "evaluation.3@72", "evaluation.9@1"]
)
def test_unknown_numbers(key):
    with pytest.raises(LookupError, match=r"evaluation\.3"):
        examine(key, max)


def test_choices_and_numbers():
    """Two switches with 2 and 3 positions: the first runs fastest."""
    two = [Option("A.", "1"), Option("B.", "2")]
    three = [Option("C.", "1"), Option("D.", "2"), Option("E.", "3")]
    family = Family(
        "mf.1", "07.G1", "def f(x):", "About.", "return x * $a + $b",
        {"a": two, "b": three}, [(1,)], "Right.", ("Hint.",),
    )  # fmt: skip
    assert len(family) == 6 and family.choice(5) == {"a": 1, "b": 2}
    assert [family.number(family.choice(one)) for one in range(6)] == list(range(6))
    assert family.solution(5)(10) == 23
    assert family.order == sorted(family.order, key=family.order.index)
    assert set(family.order) == {3, 5}
    assert family.mistakes(3) == {
        BOOK: 0, "b_0": 1, "a_0": 2, "a_0+b_2": 4, "b_2": 5
    }  # fmt: skip
