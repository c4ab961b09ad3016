"""Quiz and key as pages of HTML to print: A4, black on white, no scripts.

Text is marked up by little: `*x*` is slanted, `_{ui}` stands below, `^{2}` above. All
else is shown as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from math import exp, log2, sqrt, tanh
from typing import Any

from rec_tutor.paper.choose import Sheet
from rec_tutor.paper.problem import Maker, Problem, Table, flat, n

TITLE = "Quiz"
SPACE = 9  # mm to write in, per minute

HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 16mm 18mm }}
body {{ font: 11pt/1.45 "DejaVu Serif", Georgia, serif; color: #000;
 background: #fff; max-width: 174mm; margin: 0 auto }}
h1 {{ font-size: 15pt; margin: 0 0 3mm }} h2 {{ font-size: 11.5pt; margin: 0 0 1mm }}
h3 {{ font-size: 10.5pt; margin: 2mm 0 0 }}
.sheet {{ break-before: page }} .sheet:first-of-type {{ break-before: auto }}
.question {{ break-inside: avoid; margin: 5mm 0 }} .question p {{ margin: 1mm 0 }}
.who {{ display: flex; gap: 6mm }}
.who span {{ flex: 1; border-bottom: 1px solid #000 }}
.who span:first-child {{ flex: 2 }}
.points {{ float: right; font-weight: normal }}
.space {{ border: 1px dotted #777; margin: 2mm 0 }}
.results {{ display: flex; flex-wrap: wrap; gap: 1mm 7mm; margin: 2mm 0 0 }}
.results div {{ white-space: nowrap }}
.results i.line {{ display: inline-block; max-width: 100mm;
 border-bottom: 1px solid #000 }}
table {{ border-collapse: collapse; margin: 2mm 0 }}
td, th {{ border: 1px solid #777; padding: .5mm 2.5mm; text-align: left;
 font-weight: normal; vertical-align: top }}
th {{ background: #eee }} .box {{ font-size: 9pt; break-inside: avoid }}
.box table {{ display: inline-block; margin-right: 4mm }}
ol {{ margin: 1mm 0; padding-left: 6mm }} sub, sup {{ line-height: 0 }}
.key {{ font-size: 10pt }} .key td:nth-child(2) {{ white-space: nowrap }}
</style>
"""


def rich(text: str) -> str:
    """Marked-up text as HTML; everything else is escaped."""
    shown = html.escape(text)
    shown = re.sub(r"_\{([^{}]*)\}", r"<sub>\1</sub>", shown)
    shown = re.sub(r"\^\{([^{}]*)\}", r"<sup>\1</sup>", shown)
    return re.sub(r"\*([^*\s]+(?: [^*\s]+)*)\*", r"<i>\1</i>", shown)


def quiz(sheets: Sequence[Sheet], seed: int, title: str = TITLE) -> str:
    """The sheets to hand out."""
    return _page(sheets, seed, title, _to_write, [_help()])


def key(sheets: Sequence[Sheet], seed: int, title: str = TITLE) -> str:
    """The way to each result, and the wrong results that will be seen."""
    return _page(sheets, seed, f"{title}: key", _worked, [])


def _page(
    sheets: Sequence[Sheet],
    seed: int,
    title: str,
    show: Callable[[Problem], Iterator[str]],
    below: Sequence[str],
) -> str:
    parts = [HEAD.format(title=html.escape(title))]
    for sheet in sheets:
        letter = f" · sheet {sheet.letter}" if sheet.letter else ""
        parts.append('<section class="sheet">')
        parts.append(f"<h1>{html.escape(title)}{letter}</h1>")
        if below:
            parts.append(
                '<div class="who"><span>Name</span><span>Date</span></div>\n'
                f"<p>{len(sheet.questions)} questions, {sheet.minutes} points, about"
                f" {sheet.minutes} minutes. Show how you got there. A pocket calculator"
                " is allowed; results to two decimals will do. The numbers in"
                " parentheses are those of the course’s equations.</p>"
            )
        else:
            parts.append(
                f"<p>Seed {seed}. Results are rounded to three decimals, the way was"
                f" computed unrounded; what is within 0.01 counts as right. A point"
                " for each right result, the others for the way.</p>"
            )
        for number, (maker, problem) in enumerate(sheet.questions, 1):
            parts.append('<div class="question">')
            parts.append(_heading(number, maker, problem))
            if below:
                parts += [_block(one) for one in problem.text]
                parts.append(_space(maker))
            parts += show(problem)
            parts.append("</div>")
        parts += [*below, "</section>"]
    return "\n".join(parts) + "\n"


def _heading(number: int, maker: Maker, problem: Problem) -> str:
    points = f'<span class="points">{maker.minutes} points</span>'
    return f"<h2>{points}{number}. {rich(problem.title)} ({maker.goal})</h2>"


def _space(maker: Maker) -> str:
    return f'<div class="space" style="height:{SPACE * maker.minutes}mm"></div>'


def _to_write(problem: Problem) -> Iterator[str]:
    lines = "".join(
        f'<div>{rich(name)} = <i class="line" style="width:'
        f'{20 + 12 * len(list(flat(value)))}mm"></i></div>'
        for name, value in problem.answer.items()
    )
    yield f'<div class="results">{lines}</div>'


def _worked(problem: Problem) -> Iterator[str]:
    yield '<div class="key">'
    yield from map(_block, problem.text)
    yield "<ol>" + "".join(f"<li>{rich(one)}" for one in problem.steps) + "</ol>"
    right = [[name, _result(value)] for name, value in problem.answer.items()]
    yield _block(Table(["result", "right"], right))
    seen = [[name, _result(value), what] for name, value, what in problem.wrong]
    yield _block(Table(["result", "wrong", "what was computed"], seen))
    yield "</div>"


def _result(value: Any) -> str:
    return n(value) if value != () else "nothing"


def _block(one: str | Table) -> str:
    if isinstance(one, str):
        return f"<p>{rich(one)}</p>"
    lines = ["<table>", "<tr>" + "".join(f"<th>{rich(n(c))}</th>" for c in one.head)]
    for row in one.rows:
        lines.append("<tr>" + "".join(f"<td>{rich(n(cell))}</td>" for cell in row))
    return "\n".join([*lines, "</table>"])


def _help() -> str:
    """Numbers that a pocket calculator may lack."""
    at = [0.5, 1, 1.5, 2, 2.5, 3]
    rows: list[list[str | float]] = [
        ["*e*^{x}", *map(exp, at)],
        ["*e*^{−x}", *(exp(-x) for x in at)],
        ["*σ*(*x*)", *(1 / (1 + exp(-x)) for x in at)],
        ["tanh *x*", *map(tanh, at)],
    ]
    places = range(1, 7)
    more: list[list[str | float]] = [
        ["1/log_{2}(*j* + 1)", *(1 / log2(j + 1) for j in places)],
        ["√*j*", *map(sqrt, places)],
    ]
    blocks: list[str | Table] = [
        "Numbers that may help; *σ*(−*x*) = 1 − *σ*(*x*), tanh(−*x*) = −tanh *x*.",
        Table(["*x*", *at], rows),
        Table(["*j*", *places], more),
    ]
    return f'<div class="box">{"".join(map(_block, blocks))}</div>'
