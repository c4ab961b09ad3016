"""The exercises about tensors, in this framework: the solution, nothing, a tensor that
no gradient flows through, every wrong answer, and small changes of the solution.
"""

import importlib
import inspect

import numpy as np
import pytest

from course import mutants
from rec_tutor.check import source
from rec_tutor.check.examine import examine
from rec_tutor.check.question import Question
from rec_tutor.check.questions import CHAPTERS, of_chapter
from rec_tutor.check.tensors import differences

QUESTIONS = [
    one
    for name in CHAPTERS.values()
    for one in of_chapter(name).values()
    if isinstance(one, Question) and one.tensors
]
each = pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.key)


@pytest.fixture
def answers(framework):
    importlib.import_module(framework)
    return importlib.import_module(f"rec_tutor.{framework}.answers")


def numbers(given):
    return [one.numpy() if hasattr(one, "numpy") else one for one in given]


def as_tensors(function, question, framework):
    """A NumPy function as one about tensors, whose gradient is that of the function."""
    at = question.gradient

    def torch_answer(*given):
        import torch

        plain = numbers([g.detach() if torch.is_tensor(g) else g for g in given])
        wide = [
            p.astype(float) if isinstance(p, np.ndarray) and p.dtype.kind == "f" else p
            for p in plain
        ]
        if not at:
            value = function(*wide)
            if isinstance(value, tuple):
                return tuple(torch.as_tensor(np.asarray(one)) for one in value)
            return torch.as_tensor(np.asarray(value))
        value, *slopes = differences(at)(function, tuple(wide))

        class Known(torch.autograd.Function):
            @staticmethod
            def forward(context, *x):
                return x[0].new_tensor(float(value))

            @staticmethod
            def backward(context, upper):
                known = [torch.as_tensor(s, dtype=torch.float32) for s in slopes]
                return tuple(upper * one for one in known)

        return Known.apply(*(given[n] for n in at))

    def tensorflow_answer(*given):
        import tensorflow as tf

        wide = [
            p.astype(float) if isinstance(p, np.ndarray) and p.dtype.kind == "f" else p
            for p in numbers(given)
        ]
        if not at:
            value = function(*wide)
            if isinstance(value, tuple):
                return tuple(tf.constant(np.asarray(one)) for one in value)
            return tf.constant(np.asarray(value))
        value, *slopes = differences(at)(function, tuple(wide))

        @tf.custom_gradient
        def known(*x):
            return (
                tf.constant(float(value), x[0].dtype),
                lambda upper: [upper * tf.constant(s, x[0].dtype) for s in slopes],
            )

        return known(*(given[n] for n in at))

    return {"torch": torch_answer, "tensorflow": tensorflow_answer}[framework]


@each
def test_the_solution_is_right(question, answers):
    solution = getattr(answers, question.name)
    verdict = examine(question.key, solution)
    assert verdict.state == "right", verdict.text
    assert list(inspect.signature(solution).parameters) == question.arguments
    assert solution.__doc__ == question.solution.__doc__


@each
def test_each_mistake_is_known_as_itself(question, answers, framework):
    for name, wrong in question.wrong.items():

        def shaped(*given, wrong=wrong):
            return wrong(*given)

        answer = as_tensors(shaped, question, framework)
        names = ", ".join(question.arguments)
        room = {"answer": answer}
        exec(f"def wrapped({names}):\n    return answer({names})", room)
        verdict = examine(question.key, room["wrapped"])
        assert verdict.mistakes == (name,), (name, verdict.text)


@each
def test_nothing_is_not_attempted(question, answers, framework):
    from course.exercises import stub

    room = {}
    exec(stub(question), room)
    assert examine(question.key, room[question.name]).state == "not attempted"
    assert f"def {question.name}(" in source(question.key, framework)


@each
def test_a_result_without_gradient_is_refused(question, answers, framework):
    if not question.gradient:
        pytest.skip("it asks for no gradient")
    solution = getattr(answers, question.name)
    names = ", ".join(question.arguments)
    for end in ("float(solution({}))", "type(solution({}))(0.0)"):
        room = {"solution": solution}
        exec(f"def cut({names}):\n    return " + end.format(names), room)
        assert examine(question.key, room["cut"]).state == "wrong"


@each
def test_a_check_refuses_small_changes_of_its_solution(question, answers):
    number, left = mutants.survivors(question, getattr(answers, question.name))
    listed = {
        line.removeprefix("tensors ")
        for line in mutants.equivalent()
        if line.startswith("tensors ")
    }
    assert {str(one) for one in left} <= listed
    assert number - len(left) >= 3


def test_there_are_no_other_answers(answers):
    names = {
        name
        for name, one in vars(answers).items()
        if inspect.isfunction(one) and one.__module__ == answers.__name__
    }
    assert names == {one.name for one in QUESTIONS}
