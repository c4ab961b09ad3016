"""What a question is: a solution, inputs, and the wrong answers that we know."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Law = Callable[[Callable[..., Any]], bool]


@dataclass(frozen=True)
class Question:
    """A function to write.

    Attributes:
        key: the chapter's short name and a number, "mf.2".
        goal: the numbered goal that it belongs to, "07.G2".
        solution: a right answer. Its name, arguments and docstring are what a student
            starts from; its results are what is asked for.
        cases: the arguments of each call, by position. The first is small enough to do
            by hand: messages show it.
        wrong: name -> a wrong answer as code, known by its results. What is said about
            it stands in the catalogue under the same name.
        laws: name -> what must hold for a student's function, `law(function)`: true if
            it holds. For what has many right answers, and for what must not change.
        compared: results are compared with the solution's; if not, only laws count.
        tensors: it gets and gives tensors of a framework; solution and wrong answers
            stay in NumPy, and the solution to show is
            `rec_tutor.<framework>.answers.<name>`.
        gradient: also compare the gradients of the (scalar) result by the arguments at
            these positions.
        within: the largest absolute error of a number; None: what rounding explains.
        apart: of several results each is computed apart, so that a mistake may be in
            one of them only. Not if one follows from another.
        start: what a student starts from, if more than an empty body: code of the body.
    """

    key: str
    goal: str
    solution: Callable[..., Any]
    cases: Sequence[tuple[Any, ...]]
    wrong: Mapping[str, Callable[..., Any]]
    laws: Mapping[str, Law] = field(default_factory=dict)
    compared: bool = True
    tensors: bool = False
    gradient: tuple[int, ...] = ()
    within: float | None = None
    apart: bool = False
    start: str = ""

    @property
    def name(self) -> str:
        """Of the function."""
        return self.solution.__name__

    @property
    def arguments(self) -> list[str]:
        return list(inspect.signature(self.solution).parameters)


@dataclass(frozen=True)
class Blank:
    """Values to find: the dots of a *Your turn*.

    Attributes:
        key: the chapter's number and T1, T2, …: "07.T1".
        goal: the numbered goal that it belongs to.
        names: of the variables, in the order of the cell.
        answer: a value for each of them.
        wrong: name -> wrong values, one for each variable; None for a variable whose
            value does not matter to this mistake.
        within: the largest absolute error; answers on paper are rounded.
    """

    key: str
    goal: str
    names: tuple[str, ...]
    answer: tuple[Any, ...]
    wrong: Mapping[str, tuple[Any, ...]]
    within: float = 0.006


def listed(*answers: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """Wrong answers by their names."""
    return {one.__name__: one for one in answers}
