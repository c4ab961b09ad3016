"""Look at an answer: is it attempted, right or wrong, and which mistake is it?"""

from __future__ import annotations

import dis
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rec_tutor.check import comparing, running, tensors, words
from rec_tutor.check.comparing import plain, same, shown
from rec_tutor.check.question import Blank, Question
from rec_tutor.check.questions import chapter_of, find, number_of
from rec_tutor.check.running import Failure
from rec_tutor.check.words import say, wrapped

State = Literal["not attempted", "wrong", "right"]


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes:
        state: "not attempted", "wrong" or "right".
        text: what the student reads.
        mistakes: names of the listed mistakes that give the same results; of broken
            laws, "law: …"; of habits, "habit: …"; empty if none is known.
    """

    state: State
    text: str
    mistakes: tuple[str, ...] = ()


def examine(key: str, *answers: Any) -> Verdict:
    """Look at an answer and say nothing. Raises LookupError: no such question."""
    question = find(key)
    if isinstance(question, Blank):
        return _blank(question, answers)
    return _function(question, answers)


# ---------------------------------------------------------------------- texts


def _open(key: str, text: str) -> Verdict:
    return Verdict(
        "not attempted", wrapped("", f"{key}: {say('not_attempted')} {text}")
    )


def _done(key: str, remark: str = "") -> Verdict:
    lines = [wrapped("", f"{key}: {say('right')}")]
    lines.append(wrapped(say("why"), words.of(key)["right"]))
    if remark:
        lines.append(wrapped(say("remark"), remark))
    return Verdict("right", "\n".join(lines))


def _wrong(key: str, parts: list[str], mistakes: tuple[str, ...] = ()) -> Verdict:
    lines = [wrapped("", f"{key}: {say('wrong')}"), *parts]
    if not key.partition(".")[2].startswith("T"):
        lines.append(say("more_help", key=key))
    return Verdict("wrong", "\n".join(lines), mistakes)


def _reading(key: str, name: str = "") -> str:
    """The paragraph to read: of the mistake, or of the question."""
    own = words.of(key)
    said = own.get("wrong", {}).get(name, [])
    heading = said[2] if len(said) > 2 else own["read"]
    number = number_of(chapter_of(key))
    if match := heading.partition(": ")[0] if heading[:2].isdigit() else "":
        number, heading = match, heading.partition(": ")[2]
    return wrapped(say("read"), say("where", number=number, heading=heading))


def _said(key: str, name: str) -> list[str]:
    """Two sentences on a mistake: what was computed, what is asked."""
    computed, asked = words.of(key)["wrong"][name][:2]
    return [wrapped(say("computed"), computed), wrapped(say("asked"), asked)]


# ---------------------------------------------------------------------- blanks


def _dots(value: Any) -> bool:
    return value is ... or value is None


def _blank(blank: Blank, answers: tuple[Any, ...]) -> Verdict:
    key = blank.key
    if not answers or any(_dots(one) for one in answers):
        return _open(key, say("after_blank", key=key))
    if len(answers) != len(blank.names):
        names = ", ".join(blank.names)
        text = say("values", number=len(blank.names), key=key, names=names)
        return _wrong(key, [text])
    results = [running.run(lambda one=one: plain(one), [()])[0] for one in answers]
    rtol, atol = 0.0, blank.within

    def fits(values: tuple[Any, ...]) -> bool:
        return all(
            value is None or same(one, plain(value), rtol, atol)
            for one, value in zip(results, values, strict=True)
        )

    if fits(blank.answer):
        return _done(key)
    found = tuple(name for name, values in blank.wrong.items() if fits(values))
    if found:
        parts: list[str] = []
        if len(found) > 1:
            parts.append(say("either"))
        for name in found:
            parts += _said(key, name)
        return _wrong(key, [*parts, _reading(key, found[0])], found)
    wrong = [
        (name, one, value)
        for name, one, value in zip(blank.names, results, blank.answer, strict=True)
        if not same(one, plain(value), rtol, atol)
    ]
    name, got, value = wrong[0]
    parts = [wrapped("", say("blank_unknown", name=name, got=shown(got)))]
    if len(results) > 1:
        right = len(results) - len(wrong)
        parts.append(say("several", all=len(results), right=right))
    known = comparing.habit([got], [plain(value)])
    mistakes: tuple[str, ...] = ()
    if known and known[0] not in ("factor", "shifted"):
        computed, asked = say_habit(known)
        parts += [wrapped(say("computed"), computed), wrapped(say("asked"), asked)]
        mistakes = (f"habit: {known[0]}",)
    elif np.shape(got) != np.shape(value):
        parts.append(say("shapes", got=_shape(got), asked=_shape(value)))
    else:
        parts.append(wrapped(say("asked"), words.of(key)["ask"]))
    return _wrong(key, [*parts, _reading(key)], mistakes)


def say_habit(known: tuple[str, Mapping[str, Any]]) -> tuple[str, str]:
    name, values = known
    computed, asked = words.catalogue("engine")["habits"][name]
    return computed.format(**values), asked


# ---------------------------------------------------------------------- functions


def _code(function: Any) -> types.CodeType | None:
    return getattr(function, "__code__", None)


NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}


def _empty(function: Any) -> bool:
    """A function whose body is nothing but dots, `pass` or its docstring."""
    code = _code(function)
    if code is None:  # one that runs elsewhere says so itself
        return bool(getattr(function, "empty", False))
    used = [one for one in code.co_consts if one not in (None, ..., function.__doc__)]
    return not used and {one.opname for one in dis.get_instructions(code)} <= NOTHING


def _has_dots(function: Any) -> bool:
    """Is a bare `...` left in the body?"""
    code = _code(function)
    return code is not None and any(one is ... for one in code.co_consts)


def _takes(function: Callable[..., Any], number: int) -> bool:
    try:
        inspect.signature(function).bind(*range(number))
    except TypeError:
        return False
    except ValueError:  # a function in C does not say
        return True
    return True


def _elsewhere(function: Any) -> bool:
    """Does a function run in another process, which makes the tensors itself?"""
    return bool(getattr(function, "elsewhere", False))


def _calling(
    question: Question, function: Any = None
) -> tuple[Any, Any, dict[str, float]]:
    """How to call a student's function, how to call ours, and how exact to be."""
    exact = {"rtol": comparing.RTOL, "atol": question.within or comparing.ATOL}
    if not question.tensors:
        return running.copied, running.copied, exact
    exact = {
        "rtol": comparing.TENSOR_RTOL,
        "atol": question.within or comparing.TENSOR_ATOL,
    }
    name = tensors.framework()
    return (
        running.copied
        if _elsewhere(function)
        else tensors.caller(name, question.gradient),
        tensors.differences(question.gradient),
        exact,
    )


def _function(question: Question, answers: tuple[Any, ...]) -> Verdict:
    key, name = question.key, question.name
    if not answers or all(_dots(one) for one in answers):
        return _open(key, say("after_stub", key=key, name=name))
    function = answers[0]
    if not callable(function) or len(answers) > 1:
        return _wrong(key, [wrapped("", say("not_a_function", key=key, name=name))])
    if _empty(function):
        return _open(key, say("after_stub", key=key, name=name))
    if question.tensors and not (tensors.framework() or _elsewhere(function)):
        return _open(key, say("framework"))
    number = len(question.arguments)
    if not _takes(function, number):
        parts = []
        if getattr(function, "__name__", name) != name:
            parts.append(say("other_name", name=name, got=function.__name__))
        text = say(
            "wants_arguments",
            name=name,
            number=number,
            arguments=", ".join(question.arguments),
        )
        return _wrong(key, [*parts, wrapped("", text)])
    verdict = _judged(question, function)
    if verdict.state == "wrong" and _has_dots(function) and not verdict.mistakes:
        return _open(key, say("dots_left", key=key, name=name))
    return verdict


def _judged(question: Question, function: Callable[..., Any]) -> Verdict:
    key = question.key
    call, own_call, exact = _calling(question, function)
    got = [plain(one) for one in running.run(function, question.cases, call=call)]
    if verdict := _no_result(question, function, got):
        return verdict
    asked: list[Any] = []
    if question.compared:
        asked = _results(question.solution, question, own_call)
        if not comparing.all_same(got, asked, **exact):
            return _recognised(question, got, asked, own_call, exact)
    broken = _broken(question, function)
    if broken:
        parts = [wrapped("", say("law"))]
        for law in broken:
            parts += _said(key, law)
        names = tuple(f"law: {law}" for law in broken)
        return _wrong(key, [*parts, _reading(key, broken[0])], names)
    spoilt = not question.tensors and any(
        running.changes(function, case) for case in question.cases[:1]
    )
    return _done(key, say("changes_input") if spoilt else "")


def _results(
    function: Callable[..., Any], question: Question, call: tensors.Call
) -> list[Any]:
    return [plain(one) for one in running.run(function, question.cases, call=call)]


def _broken(question: Question, function: Callable[..., Any]) -> list[str]:
    """The laws that a function breaks; an error in it breaks one, too."""
    bare = running.alone(function)

    def safe(*arguments: Any) -> Any:
        return running.copied(bare, arguments)

    found: list[str] = []
    for name, law in question.laws.items():
        (held,) = running.run(bare, [()], call=lambda *_, law=law: law(safe))
        if isinstance(held, Failure) and held.kind == "time":
            return [*found, name]  # the others would wait as long
        if held is not True and not (isinstance(held, np.bool_) and held):
            found.append(name)
    return found


# what a framework says where a gradient is lost, or taken by the student
SIGNS = {
    "no_gradient": ("NoGradientError", "requires grad", "'numpy'"),
    "no_backward": ("backward through the graph a second time",),
}


def _no_result(
    question: Question, function: Callable[..., Any], got: list[Any]
) -> Verdict | None:
    """What to say of a call that gave no result, if none is known under that error."""
    key = question.key
    failure = next((one for one in got if isinstance(one, Failure)), None)
    if failure is not None:
        if failure.kind == "missing name":
            text = say("missing_name", text=failure.text)
            return _wrong(key, [wrapped("", text)])
        if failure.text.startswith("NotImplementedError"):
            return _open(key, say("after_stub", key=key, name=question.name))
        if failure.kind == "time":
            return _wrong(key, [wrapped("", say("time", text=failure.text))])
        for name, signs in SIGNS.items():
            if question.tensors and any(sign in failure.text for sign in signs):
                return _wrong(key, [wrapped("", say(name))], (f"habit: {name}",))
        _, own_call, exact = _calling(question, function)
        asked = _results(question.solution, question, own_call)
        found = _known(question, got, asked, own_call, exact)
        if found:
            return _recognised(question, got, asked, own_call, exact)
        text = failure.text if len(failure.text) < 200 else failure.text[:200] + " ..."
        parts = [wrapped("", say("error", text=text))]
        if failure.line:
            parts.append(say("error_line") + f"\n    {failure.line}")
        if "truth value of an array" in failure.text:
            parts.append(wrapped("", say("truth_value")))
        at = next(n for n, one in enumerate(got) if one is failure)
        parts.append(_call_of(question, question.cases[at]))
        return _wrong(key, parts)
    missing = [one is None for one in got]
    if all(missing):
        if _has_dots(function):
            return _open(key, say("dots_left", key=key, name=question.name))
        return _wrong(key, [say("nothing")], ("habit: nothing",))
    if any(missing):
        return _wrong(key, [say("some_nothing")], ("habit: some_nothing",))
    if all(isinstance(one, str) for one in got) and not isinstance(
        plain(question.solution(*question.cases[0])), str
    ):
        return _wrong(key, [say("is_text")], ("habit: is_text",))
    return None


def _known(
    question: Question,
    got: list[Any],
    asked: list[Any],
    call: tensors.Call,
    exact: dict[str, float],
) -> tuple[str, ...]:
    """The listed mistakes that give the same results; else, where results are computed
    apart, those that explain what is wrong of several, where the others are right.
    """
    candidates = dict(question.wrong)
    if question.gradient:  # gradients by differences are dear: values first
        values = [one[0] if isinstance(one, tuple) else one for one in got]
        cheap = tensors.differences(())
        candidates = {
            name: one
            for name, one in candidates.items()
            if comparing.all_same(values, _results(one, question, cheap), **exact)
        }
    if not question.apart:

        def fits(one: Callable[..., Any]) -> bool:  # to the first case that differs
            runs = (running.run(one, [case], call=call)[0] for case in question.cases)
            return all(
                same(a, plain(b), **exact) for a, b in zip(got, runs, strict=True)
            )

        return tuple(name for name, one in candidates.items() if fits(one))
    all_wrong = {
        name: _results(one, question, call) for name, one in candidates.items()
    }
    whole = tuple(
        name for name, one in all_wrong.items() if comparing.all_same(got, one, **exact)
    )

    def partly(wrong: list[Any]) -> bool:
        if not all(isinstance(one, tuple) for one in [*got, *asked, *wrong]):
            return False
        if any(
            not len(a) == len(b) == len(c)
            for a, b, c in zip(got, asked, wrong, strict=True)
        ):
            return False
        columns = zip(
            *(zip(*rows, strict=True) for rows in (got, asked, wrong)), strict=True
        )
        return all(
            comparing.all_same([*a], [*b], **exact)
            or comparing.all_same([*a], [*c], **exact)
            for a, b, c in columns
        )

    if whole:
        return whole
    return tuple(name for name, one in all_wrong.items() if partly(one))


def _call_of(question: Question, case: tuple[Any, ...]) -> str:
    """A call, as code, with the values of its arguments below."""
    arguments = ", ".join(question.arguments)
    lines = [say("call", name=question.name, arguments=arguments)]
    for name, value in zip(question.arguments, case, strict=True):
        if callable(value):
            continue
        text = shown(value).replace("\n", "\n" + " " * (7 + len(name)))
        lines.append(f"    {name} = {text}")
    return wrapped(say("example"), "\n".join(lines))


def _example(
    question: Question, got: list[Any], asked: list[Any], exact: Any, nan: bool = False
) -> str:
    """The first call that differs: the arguments, what came and what is asked."""
    differ = [
        n
        for n, (one, other) in enumerate(zip(got, asked, strict=True))
        if not same(one, other, **exact)
    ]
    if nan:  # show one where it happens
        differ = [n for n in differ if "nan" in shown(got[n])] or differ
    at = differ[0]
    lines = [_call_of(question, question.cases[at])]
    own = say("stops_with" if isinstance(got[at], Failure) else "you_return")
    for label, value in ((own, got[at]), (say("asked_for"), asked[at])):
        text = shown(value).replace("\n", "\n" + " " * (6 + len(label)))
        lines.append(f"    {label}: {text}")
    if question.gradient:
        names = " and by ".join(question.arguments[at] for at in question.gradient)
        lines.append("    " + say("by_gradient", name=names))
    return "\n".join(lines)


def _recognised(
    question: Question,
    got: list[Any],
    asked: list[Any],
    call: tensors.Call,
    exact: dict[str, float],
) -> Verdict:
    """Name the mistake; what nobody listed gets the numbers and where they part."""
    key = question.key
    example = _example(question, got, asked, exact)
    found = _known(question, got, asked, call, exact)
    if found:
        parts = _parts(question, got, asked, exact)
        parts += [say("either")] if len(found) > 1 else []
        for number, name in enumerate(found):
            if number:
                parts.append(say("or_else") + ":")
            parts += _said(key, name)
        return _wrong(key, [*parts, example, _reading(key, found[0])], found)
    known = comparing.habit(got, asked)
    if known:
        computed, wanted = say_habit(known)
        parts = _parts(question, got, asked, exact)
        parts += [wrapped(say("computed"), computed), wrapped(say("asked"), wanted)]
        example = _example(question, got, asked, exact, nan=known[0] == "nan")
        parts += [example, _reading(key)]
        return _wrong(key, parts, (f"habit: {known[0]}",))
    right = sum(same(a, b, **exact) for a, b in zip(got, asked, strict=True))
    parts = [wrapped("", say("unknown", right=right, all=len(got)))]
    parts += [*_parts(question, got, asked, exact), example]
    one, other = next(
        (a, b) for a, b in zip(got, asked, strict=True) if not same(a, b, **exact)
    )
    parts += _difference(one, other, exact)
    return _wrong(key, [*parts, _reading(key)])


def _shape(value: Any) -> str:
    shape = np.shape(value)
    return say("shape", shape=shape) if shape else say("one_number")


def _parts(
    question: Question, got: list[Any], asked: list[Any], exact: dict[str, float]
) -> list[str]:
    """Which of several results are wrong, where others are right in all calls."""
    if question.gradient or not all(isinstance(one, tuple) for one in [*got, *asked]):
        return []
    if any(len(a) != len(b) for a, b in zip(got, asked, strict=True)):
        return []
    wrong = {
        number
        for one, other in zip(got, asked, strict=True)
        for number, (a, b) in enumerate(zip(one, other, strict=True), 1)
        if not same(a, b, **exact)
    }
    if len(wrong) == len(asked[0]):
        return []
    numbers = ", ".join(map(str, sorted(wrong)))
    name = "in_part" if len(wrong) == 1 else "in_parts"
    return [say(name, all=len(asked[0]), numbers=numbers)]


def _difference(got: Any, asked: Any, exact: dict[str, float]) -> list[str]:
    """Where a result parts from what is asked."""
    if isinstance(got, tuple) and isinstance(asked, tuple):
        if len(got) != len(asked):
            return [say("lengths", got=len(got), asked=len(asked))]
        for one, other in zip(got, asked, strict=True):
            if not same(one, other, **exact):
                return _difference(one, other, exact)
    if isinstance(asked, tuple) or isinstance(got, tuple):
        number = len(got) if isinstance(got, tuple) else 1
        wanted = len(asked) if isinstance(asked, tuple) else 1
        return [say("lengths", got=number, asked=wanted)]
    if np.shape(got) != np.shape(asked):
        return [say("shapes", got=_shape(got), asked=_shape(asked))]
    parted = comparing.parting(got, asked, **exact)
    if parted is None or parted[4] < 3:
        return []
    place, one, other, right, size = parted
    place = place[0] if len(place) == 1 else place
    text = say(
        "parting",
        place=list(place) if isinstance(place, tuple) else f"[{place}]",
        got=shown(one),
        asked=shown(other),
        right=right,
        all=size,
    )
    return [wrapped("", text)]
