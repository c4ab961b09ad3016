"""What is written of a graded class: to each student, and to who teaches it."""

from __future__ import annotations

import base64
import html
import io
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from rec_tutor.grading.classroom import Class, Row
from rec_tutor.grading.statistics import sentence

SHOWN = 10  # misconceptions in the figure


# ------------------------------------------------------------------- to a student


def fenced(text: str) -> str:
    """A block of Markdown that shows a text as it is, whatever is in it."""
    longest = max((len(one) for one in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def feedback(row: Row, room: Class, title: str, most: float) -> str:
    """What a person reads, as Markdown: points, and the text of each mark.

    Args:
        title: of the assignment.
        most: the points of a submission that is all right.
    """
    name = re.sub(r"([\\`*_\[\]<>#|!&])", r"\\\1", " ".join(row.person.name.split()))
    parts = [f"# {title}", name, f"**{row.total:.4g} of {most:g} points.**"]
    if row.off:
        before = sum(row.points.values())
        parts[-1] += f" ({before:.4g}, and {100 * row.off:g} % off for being late.)"
    if row.note:
        parts.append(fenced(row.note))
    for mark in room.graded[row.file].marks if row.file else ():
        parts.append(f"## {mark.key}: {row.points[mark.key]:g}")
        parts.append(fenced(mark.text))
    return "\n\n".join(parts) + "\n"


def file_names(rows: Sequence[Row], suffix: str = ".md") -> list[str]:
    """A name of a file for each row, of letters that every system takes."""
    taken: set[str] = set()
    names = []
    for row in rows:
        plain = re.sub(r"[^\w-]", "_", row.person.id).strip("_")[:80] or "student"
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.casefold())
        names.append(name + suffix)
    return names


# ------------------------------------------------------------ to who teaches it


def misconceptions(
    counted: Counter[tuple[str, str]], ax: Axes | None = None, number: int = SHOWN
) -> Axes:
    """Bars of the most frequent mistakes with their sentences, the first on top."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    from rec_tutor.plots import BLUE, use_style

    use_style()
    most = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:number]
    if ax is None:
        ax = plt.subplots(figsize=(9.0, 1.2 + 0.62 * max(1, len(most))))[1]
    labels = [
        textwrap.fill(f"{key}: {sentence(key, name)}", 58).replace("$", r"\$")
        for (key, name), _ in most
    ]
    rows = range(len(most))[::-1]
    bars = ax.barh(rows, [count for _, count in most], color=BLUE)
    ax.bar_label(bars, padding=3)
    ax.set_yticks(rows, labels, fontsize=9)
    ax.set_xlabel("submissions")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(False, axis="y")
    return ax


def _picture(counted: Counter[tuple[str, str]]) -> str:
    """The figure as an element of HTML."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure = misconceptions(counted).figure
    data = io.BytesIO()
    plt.savefig(data, format="png")
    plt.close(figure)
    code = base64.b64encode(data.getvalue()).decode()
    alt = "Bars: how many submissions look like each mistake. The table below says it."
    return f'<img alt="{alt}" src="data:image/png;base64,{code}">'


HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>body{{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse}} td,th{{border:1px solid #bbb;padding:.2rem .6rem;
text-align:left}} img{{max-width:100%}} pre{{white-space:pre-wrap;background:#f4f4f4;
padding:1rem}}</style>
<h1>{title}</h1>
"""


def rows_of(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of HTML, escaped."""
    lines = ["<table>", "<tr>" + "".join(f"<th>{html.escape(h)}</th>" for h in head)]
    for row in rows:
        cells = "".join(f"<td>{html.escape(str(one))}</td>" for one in row)
        lines.append(f"<tr>{cells}")
    return "\n".join([*lines, "</table>"])


def _number(value: object) -> str:
    if pd.isna(value):
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def statistics_text(found: pd.DataFrame) -> str:
    """The table of the questions, for a terminal."""
    text = found.to_string(
        formatters={"share": "{:.0%}".format, "discrimination": "{:.2f}".format}
    )
    return text.replace("<NA>", "   -")  # not graded this time


def page(
    title: str,
    room: Class,
    found: pd.DataFrame,
    counted: Counter[tuple[str, str]],
    copies: Sequence[tuple[list[str], list[str]]],
    level: str,
    folder: Path,
) -> str:
    """The report on a class, as a page of HTML that needs nothing else.

    Args:
        title: of the assignment.
        found: a row for each question, see `statistics`.
        copies: (ids, keys) of answers that are alike.
    """
    parts = [HEAD.format(title=html.escape(f"{title}: a class"))]
    people, files = len(room.rows), len(room.files)
    parts.append(f"<p>{files} submissions of {people} people. Isolation: {level}.</p>")
    shares = [
        [key, *map(_number, row)]
        for key, row in zip(found.index, found.astype(object).to_numpy(), strict=True)
    ]
    parts += ["<h2>Questions</h2>", rows_of(["question", *found.columns], shares)]
    parts.append(
        "<p><i>share</i>: how much of the points was reached, on average."
        " <i>discrimination</i>: the correlation of a question with the rest of the"
        " test; near 0 or below, look at the question first.</p>"
    )
    parts.append("<h2>Misconceptions</h2>")
    if counted:
        most = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        lines = [[n, key, sentence(key, name)] for (key, name), n in most]
        head = ["submissions", "question", "what was computed"]
        parts += [_picture(counted), rows_of(head, lines)]
    else:
        parts.append("<p>No listed mistake was made.</p>")
    parts.append("<h2>Alike</h2>")
    parts.append(
        "<p>Answers with the same syntax tree, whatever their names. A hint and no"
        " proof: there are few ways to write a short answer.</p>"
    )
    if copies:
        lines = [[", ".join(keys), ", ".join(ids)] for ids, keys in copies]
        parts.append(rows_of(["questions", "submissions"], lines))
    else:
        parts.append("<p>None.</p>")
    parts.append("<h2>Not graded</h2>")
    if room.unclear:
        lines = [[path.relative_to(folder), why] for path, why in room.unclear]
        parts.append(rows_of(["file", "why"], lines))
    else:
        parts.append("<p>Every file was graded.</p>")
    return "\n".join(parts) + "\n"
