"""*Explain your cell*: for each submission a card with one of its own functions, and
three questions on it. Nothing is run: the questions come from the syntax tree.
"""

from __future__ import annotations

import ast
import copy
import html
import inspect
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rec_tutor.check import source, words
from rec_tutor.check.comparing import shown
from rec_tutor.check.question import Question
from rec_tutor.check.questions import find
from rec_tutor.data.schema import DataError
from rec_tutor.grading import filenames, roster
from rec_tutor.grading.classroom import one_of_each_group
from rec_tutor.grading.grade import clean
from rec_tutor.grading.notebook import SubmissionError, python, read, take
from rec_tutor.grading.roster import Person

LONGEST = 60  # lines of a function on a card
WIDEST = 70  # characters of a piece of code in a question
FIRST = "for the first example"
Asked = tuple[int, str]  # the line that a question is about, and its text as HTML
ALWAYS: list[Asked] = [
    (0, "Which of your lines is the most likely to be wrong? Why?"),
    (0, "With which small input would you test your function? What must come out?"),
]


@dataclass(frozen=True)
class Own:
    """A student's function.

    Attributes:
        text: as it stands in the notebook, without its docstring.
        tree: of this text: lines are counted as on the card.
    """

    question: Question
    text: str
    tree: ast.stmt


@dataclass
class Card:
    """What one submission gets.

    Attributes:
        people: who handed it in: one, or a group.
        own: the function; None if the notebook has none, and `note` says why.
        asked: three questions, as HTML.
        mistake: the name of the listed mistake in the third one.
    """

    people: list[Person]
    own: Own | None = None
    asked: list[str] = field(default_factory=list)
    mistake: str = ""
    note: str = ""


# ------------------------------------------------------------- a function as text


@lru_cache(maxsize=64)
def _parsed(text: str) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []


def _named(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name == name
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Lambda)
        and [ast.unparse(one) for one in node.targets] == [name]
    )


def body_of(node: ast.stmt) -> list[ast.stmt]:
    """The statements of a function, without its docstring."""
    if not isinstance(node, ast.FunctionDef):
        return [node]
    return node.body[ast.get_docstring(node, clean=False) is not None :]


def _blank(node: ast.stmt, start: str) -> bool:
    """Was nothing written: what is left of the start, `...`, `pass`?"""
    body = body_of(node)
    if [ast.dump(one) for one in body] == [ast.dump(one) for one in _parsed(start)]:
        return True
    dots = (
        isinstance(one, ast.Expr | ast.Assign)
        and isinstance(one.value, ast.Constant)
        and one.value.value is ...
        for one in body
    )
    return any(dots) or all(
        isinstance(one, ast.Pass | ast.Raise)
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in body
    )


def own_function(cells: Sequence[str], question: Question) -> Own | None:
    """The student's answer to a question, or None if there is none."""
    if not take(cells, question.name).code:
        return None
    for cell in reversed(cells):
        text = cell.replace("\r\n", "\n").replace("\r", "\n")
        if not _parsed(text):
            text = python(text)
        fits = [node for node in _parsed(text) if _named(node, question.name)]
        if not fits:
            continue
        node = fits[-1]
        if _blank(node, question.start):
            return None
        lines = text.split("\n")
        kept = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        said = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
        first = node.body[0] if said and isinstance(node, ast.FunctionDef) else None
        told = range(first.lineno, (first.end_lineno or 0) + 1) if first else range(0)
        for leave in (told, range(0)):
            own = "\n".join(lines[at - 1] for at in kept if at not in leave)
            if len(tree := _parsed(own)) == 1:
                return Own(question, own, tree[0])
    return None


# ------------------------------------------------------------ questions on a text


def _code(text: str) -> str:
    """A piece of code in a question; whatever is in it, it is shown."""
    one = " ".join(clean(text).split())
    if len(one) > WIDEST:
        one = one[: WIDEST - 2] + " …"
    return f"<code>{html.escape(one)}</code>"


def _source(node: ast.AST) -> str:
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return "…"


def _inside(tree: ast.stmt) -> Iterator[tuple[ast.AST, bool]]:
    """All nodes of the statements, and whether they are in a loop."""
    waiting: list[tuple[ast.AST, bool]] = [(one, False) for one in body_of(tree)]
    while waiting:
        node, loop = waiting.pop()
        yield node, loop
        below = loop or isinstance(node, ast.For | ast.While | ast.comprehension)
        below = below or isinstance(node, ast.FunctionDef | ast.Lambda)
        waiting += [(one, below) for one in ast.iter_child_nodes(node)]


def traces(tree: ast.stmt) -> list[Asked]:
    """What happens in it, for the first example?"""
    found: list[Asked] = []
    for node, loop in _inside(tree):
        when = ", the first time" if loop else ""
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if isinstance(node.value, ast.Lambda | ast.Constant):
                continue
            text = (
                f"Which shape, or which value, has {_code(node.targets[0].id)} after"
                f" line {node.end_lineno}{when}, {FIRST}?"
            )
            found.append((node.lineno, text))
        elif isinstance(node, ast.For):
            text = (
                f"How many rounds does the loop of line {node.lineno} make, {FIRST}?"
                f" What is {_code(_source(node.target))} in the last one?"
            )
            found.append((node.lineno, text))
        elif isinstance(node, ast.Return) and node.value is not None:
            text = f"What does line {node.lineno} return, {FIRST}? Of which type?"
            found.append((node.lineno, text))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            text = (
                f"What does {_code(_source(node))} in line {node.lineno} give{when},"
                f" {FIRST}?"
            )
            found.append((node.lineno, text))
    return found


SIGNS: dict[type, tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}


def reasons(tree: ast.stmt) -> list[Asked]:
    """Why is it written like this, and what else would come out?"""
    found: list[Asked] = []
    before: set[str] = set(_arguments(tree))
    for node, loop in sorted(
        _inside(tree), key=lambda one: getattr(one[0], "lineno", 0)
    ):
        text = ""
        if isinstance(node, ast.Call):
            for one in node.keywords:
                if one.arg and isinstance(one.value, ast.Constant):
                    given = f"{one.arg}={_source(one.value)}"
                    text = (
                        f"Why {_code(given)} in line {one.value.lineno}? What would"
                        " come out without it?"
                    )
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in SIGNS:
            sign, other = SIGNS[type(node.ops[0])]
            text = (
                f"Line {node.lineno} has {_code(_source(node))}. Why {_code(sign)} and"
                f" not {_code(other)}? Name an input for which that matters."
            )
        elif isinstance(node, ast.BinOp):
            text = _operation(node)
        elif isinstance(node, ast.Subscript) and isinstance(
            node.slice, ast.Slice | ast.Tuple
        ):
            text = (
                f"What does {_code(_source(node))} in line {node.lineno} pick out?"
                " Of which shape is it, for the first example?"
            )
        elif isinstance(node, ast.stmt):
            text = _left_out(node, before, loop)
        if text:
            found.append((getattr(node, "lineno", 0), text))
    return found


def _operation(node: ast.BinOp) -> str:
    line = f"Line {node.lineno} has {_code(_source(node))}."
    if isinstance(node.op, ast.MatMult):
        return f"{line} Why {_code('@')} and not {_code('*')}?"
    if isinstance(node.op, ast.Div) and not isinstance(node.right, ast.Constant):
        return f"{line} For which input would the division fail? What happens then?"
    if isinstance(node.op, ast.Sub) and not isinstance(node.right, ast.Constant):
        return f"{line} What would come out if the two sides changed places?"
    return ""


def _left_out(node: ast.stmt, before: set[str], loop: bool) -> str:
    """On a statement without which a function would still do something."""
    again = False
    if isinstance(node, ast.Assign):
        own = {_source(one) for one in node.targets}
        again = bool(own & before) or isinstance(node.targets[0], ast.Subscript)
        before |= own
    elif isinstance(node, ast.AugAssign | ast.If):
        again = True
    elif isinstance(node, ast.Expr):
        again = isinstance(node.value, ast.Call)
    if not again:
        return ""
    what = _source(node).partition("\n")[0]
    with_it = " with all that depends on it," if isinstance(node, ast.If) else ""
    return (
        f"What would come out, {FIRST}, if line {node.lineno}, {_code(what)},{with_it}"
        " were left out?"
    )


def _arguments(tree: ast.stmt) -> list[str]:
    given = tree.value if isinstance(tree, ast.Assign) else tree
    if not isinstance(given, ast.FunctionDef | ast.Lambda):
        return []
    return [one.arg for one in given.args.args]


def uses(tree: ast.stmt) -> list[Asked]:
    """What its arguments are for."""
    read = {n.id for n, _ in _inside(tree) if isinstance(n, ast.Name)}
    return [
        (
            0,
            f"What is {_code(name)}? Where does your function use it?"
            if name in read
            else f"Your function does not use {_code(name)}. Why does it need none of"
            " it?",
        )
        for name in _arguments(tree)
    ]


def mistakes(question: Question) -> list[tuple[str, str]]:
    """(name, question) for each listed mistake: how would you make it, too?"""
    told = words.of(question.key).get("wrong", {})
    return [
        (
            name,
            "A check told somebody else: <q>"
            + html.escape(told[name][0])
            + "</q> Which change of a line would make your function do that? Or does it"
            " already?",
        )
        for name in told
        if name in question.wrong or name in question.laws
    ]


def three(own: Own, rng: random.Random) -> tuple[list[str], str]:
    """Three questions on a function, on different lines if it has them, and the name of
    the mistake in the last one.
    """
    listed = mistakes(own.question)
    wanted = 2 if listed else 3
    chosen: list[Asked] = []
    kinds = traces(own.tree), reasons(own.tree), uses(own.tree), ALWAYS
    for _ in range(2):  # a question of each kind, and more of them if that is too few
        for candidates in kinds:
            fresh = [one for one in candidates if one not in chosen]
            lines = {line for line, _ in chosen}
            other = [one for one in fresh if one[0] not in lines] or fresh
            if other and len(chosen) < wanted:
                chosen.append(rng.choice(other))
    texts = [text for _, text in chosen]
    name, text = rng.choice(listed) if listed else ("", "")
    return texts + [text] * bool(text), name


# -------------------------------------------------------------------- for a class


def cards(
    folder: Path,
    keys: Sequence[str],
    seed: int,
    people: Sequence[Person] | None = None,
) -> tuple[list[Card], list[tuple[Path, str]]]:
    """A card for each submission, and the files that are nobody's, with the reason.

    Args:
        keys: of the questions whose functions may come.
        people: the roster; None: whoever handed something in.

    Raises:
        DataError: no such folder, or no notebook in it.
    """
    paths = filenames.submissions(folder)
    if not any(one.suffix.lower() == ".ipynb" for one in paths):
        raise DataError(f"There is no notebook (.ipynb) in {folder}.")
    matched = roster.match(paths, folder, people)
    owner = one_of_each_group(matched)
    asked: list[Any] = [find(key) for key in keys]
    made = []
    for own, file in matched.files.items():
        card = Card([one for one in matched.people if owner.get(one.id) == own])
        made.append(card)
        try:
            cells = read(file.path)
        except SubmissionError as error:
            card.note = f"{error}"
            continue
        rng = random.Random(f"{seed} {own}")
        try:
            answered = [one for q in asked if (one := own_function(cells, q))]
            if answered:
                card.own = rng.choice(answered)
                card.asked, card.mistake = three(card.own, rng)
            else:
                card.note = "none of the functions is there"
        except RecursionError:
            card.own, card.note = None, "a function is nested too deeply"
    return made, matched.unclear


HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 16mm 18mm }}
body {{ font: 11pt/1.45 "DejaVu Sans", sans-serif; color: #000; background: #fff;
 max-width: 174mm; margin: 0 auto }}
h1 {{ font-size: 14pt; margin: 0 0 2mm }} h2 {{ font-size: 11pt; margin: 4mm 0 1mm }}
.card {{ break-after: page }}
pre, code {{ font-family: "DejaVu Sans Mono", monospace; font-size: 9.5pt }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #777;
 padding: 2mm 3mm; margin: 1mm 0 }}
code {{ background: #eee; padding: 0 .6mm; overflow-wrap: anywhere }}
ol {{ margin: 0; padding-left: 7mm }} ol.asked li {{ margin-bottom: 3mm }}
</style>
"""


def page(made: Sequence[Card], title: str) -> str:
    """The cards, a page each: function, first example, questions."""
    return _page(made, title, _front)


def key(made: Sequence[Card], title: str, framework: str = "torch") -> str:
    """For who asks: also the right result, a solution, and the mistake as code."""
    return _page(made, f"{title}: key", lambda card: _back(card, framework))


def _page(
    made: Sequence[Card], title: str, show: Callable[[Card], Iterator[str]]
) -> str:
    parts = [HEAD.format(title=html.escape(title))]
    for card in made:
        people = ", ".join(
            one.name if one.name == one.id else f"{one.name} ({one.id})"
            for one in card.people
        )
        parts.append(f'<section class="card">\n<h1>{html.escape(clean(people))}</h1>')
        parts.append(f"<p>{html.escape(title)}</p>")
        if card.own is None:
            parts.append(f"<p>No question: {html.escape(clean(card.note))}.</p>")
        else:
            parts += show(card)
        parts.append("</section>")
    return "\n".join(parts) + "\n"


def _front(card: Card) -> Iterator[str]:
    own = card.own
    assert own is not None
    lines = own.text.split("\n")
    numbered = [f"{at:2}  {line}" for at, line in enumerate(lines[:LONGEST], 1)]
    if len(lines) > LONGEST:
        numbered.append(f"    … and {len(lines) - LONGEST} more lines")
    yield f"<h2>Your function of {own.question.key}</h2>"
    yield "<pre>" + "\n".join(html.escape(clean(one)) for one in numbered) + "</pre>"
    if own.question.arguments:
        yield "<h2>The first example</h2>"
        yield f"<pre>{html.escape(_example(own.question))}</pre>"
    yield "<h2>Explain</h2>"
    yield '<ol class="asked">' + "".join(f"<li>{one}</li>" for one in card.asked)
    yield "</ol>"


def _back(card: Card, framework: str) -> Iterator[str]:
    yield from _front(card)
    own = card.own
    assert own is not None
    question = own.question
    yield "<h2>Right, for the first example</h2>"
    yield f"<pre>{html.escape(_result(question))}</pre>"
    yield "<h2>A solution</h2>"
    solved = source(question.key, framework).strip()
    yield f"<pre>{html.escape(solved)}</pre>"
    if card.mistake:
        yield f"<h2>The mistake of question {len(card.asked)}</h2>"
        asked = words.of(question.key)["wrong"][card.mistake][1]
        yield f"<p>It was told, too: {html.escape(asked)}</p>"
        if card.mistake in question.wrong:
            yield f"<pre>{html.escape(_mistake(question, card.mistake))}</pre>"


def _value(value: Any) -> str:
    if isinstance(value, np.random.Generator):
        return "a generator of random numbers"
    return value.__name__ if inspect.isfunction(value) else shown(value)


def _example(question: Question) -> str:
    given = zip(question.arguments, question.cases[0], strict=False)
    return "\n".join(
        f"{name} = " + _value(value).replace("\n", "\n" + " " * (len(name) + 3))
        for name, value in given
    )


def _result(question: Question) -> str:
    """What the course's own solution gives."""
    if not question.compared:
        return "many results are right"
    return _value(question.solution(*copy.deepcopy(question.cases[0])))


def _mistake(question: Question, name: str) -> str:
    wrong = question.wrong[name]
    try:
        return inspect.getsource(wrong).strip()
    except (OSError, TypeError):  # made on the way
        return f"gives {_value(wrong(*copy.deepcopy(question.cases[0])))}"
