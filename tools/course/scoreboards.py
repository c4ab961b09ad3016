"""The large scoreboards as tables for a page of book/, and single numbers for its
sentences, from the results of the experiments.

A line `<!-- board: ml-1m scoreboard -->` becomes the table of that data set's board,
`<!-- board: best networks -->` the best network of each board beside its rival. Within
a line, `<!-- lead: ml-1m next GRU4Rec -->` becomes a lead with its interval, and
`<!-- pair: 06_coldstart part=pair; method=… -->` the difference of the one row of that
experiment that has these values. `<!-- curve: SASRec 0.05 -->` becomes the NDCG@10 of
the next film after a training on this share of the people of MovieLens-1M.
"""

from __future__ import annotations

import json
import math
import re
from html import escape
from pathlib import Path
from typing import Any

from course.modules import ROOT

RESULTS = "experiments/results"
FILE = f"{RESULTS}/03_larger.json"
BOARD = re.compile(r"^<!-- board: (\S+) (\S+) -->$", re.MULTILINE)
LEAD = re.compile(r"<!-- lead: (\S+) (\S+) ([^>]+?) -->")
DIFFERENCES = (("difference", "low", "high"), ("over", "over_low", "over_high"))
PAIR = re.compile(r"<!-- pair: (\w+) ([^>]+?) -->")
CURVE = re.compile(r"<!-- curve: (\S+) (\S+) -->")
LINE = re.compile(r"<!-- (?:board|lead|pair|curve): [^>]+ -->")
NETWORKS = frozenset(
    ("SoftmaxMF", "BPRMF", "NeuMF", "LightGCN", "NGCF", "Caser", "GRU4Rec", "SASRec")
)
LATE = ", late"
# a line of the table of the best networks: its title, the board, with late weights?
BEST = (
    ("MovieLens-1M, the last fifth, later ratings weigh more", "scoreboard", True),
    ("the same, all ratings weighed alike", "scoreboard", False),
    ("MovieLens-1M, walk-forward", "walk", False),
    ("MovieLens-1M, the last rating", "next", False),
    ("FilmTrust, a random fifth", "random", False),
)
MINUS = "&minus;"


def rows_of(root: Path, data: str, board: str) -> list[dict[str, Any]]:
    """The tests of a board, best first.

    Raises:
        LookupError: there are none.
    """
    found = [
        row
        for row in json.loads((root / FILE).read_text(encoding="utf-8"))["rows"]
        if (row["ask"], row["data"], row.get("board")) == ("test", data, board)
    ]
    if not found:
        raise LookupError(f"{FILE} has no test of the board {board} of {data}.")
    return sorted(found, key=lambda row: -row["mean"])


def settings(row: dict[str, Any]) -> str:
    """The options in words."""
    return ", ".join(f"{name} {value:g}" for name, value in row["options"].items())


def is_network(row: dict[str, Any]) -> bool:
    """Is the row's model one of the course's networks?"""
    return row["part"].removesuffix(LATE) in NETWORKS


def verdict(low: float, high: float) -> str:
    """What an interval of a difference says: ahead, behind or open."""
    return "ahead" if low > 0 else "behind" if high < 0 else "open"


def signed(value: float, digits: int = 4) -> str:
    """A number with its sign, as HTML."""
    return f"{value:+.{digits}f}".replace("-", MINUS)


def interval(low: float, high: float, digits: int = 4) -> str:
    """The ends of an interval of a difference, as HTML."""
    return f"({signed(low, digits)}, {signed(high, digits)})"


def axis(rows: list[tuple[float, float]], step: float) -> tuple[float, float]:
    """The ends of an axis, multiples of a step, that has all intervals inside."""
    low, high = min(low for low, _ in rows), max(high for _, high in rows)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def bar(
    mean: float, low: float, high: float, ends: tuple[float, float], kind: str
) -> str:
    """An interval as a line on an axis, the mean as a dot. `kind` is "network", which
    has a square, "plain" for another model, or "difference". Where the axis has a zero
    inside, a line marks it.
    """

    def across(value: float) -> str:  # in percent, with room for the mark
        return f"{4 + 92 * (value - ends[0]) / (ends[1] - ends[0]):.1f}%"

    zero = ""
    if ends[0] < 0 < ends[1]:
        at = across(0.0)
        zero = f'<line class="zero" x1="{at}" x2="{at}" y1="0" y2="14"></line>'
    ends_of_it = "".join(
        f'<line class="end" x1="{at}" x2="{at}" y1="2" y2="10"></line>'
        for at in (across(low), across(high))
    )
    mark = (
        f'<svg x="{across(mean)}" overflow="visible"><rect x="-3" y="3" width="6"'
        ' height="6"></rect></svg>'
        if kind == "network"
        else f'<circle cx="{across(mean)}" cy="6" r="3"></circle>'
    )
    return (
        f'<svg class="bar {kind}" height="14" aria-hidden="true">'
        f'<line class="axis" x1="4%" x2="96%" y1="13" y2="13"></line>{zero}'
        f'<line x1="{across(low)}" x2="{across(high)}" y1="6" y2="6"></line>'
        f"{ends_of_it}{mark}</svg>"
    )


def scale(ends: tuple[float, float]) -> str:
    """The numbers at the ends of an axis, for the table's head."""
    low, high = (
        f"{end:.2f}".replace("-", MINUS) if round(end, 2) else "0" for end in ends
    )
    return f'<span class="scale"><span>{low}</span><span>{high}</span></span>'


def head(name: str, cells: str = "", kind: str = "", sort: str = "") -> str:
    """A column's head. `sort` is the direction that a reader wants first, "ascending"
    or "descending": table.js makes a button of the name.
    """
    wanted = f' data-sort="{sort}"' if sort else ""
    label = f'<span class="label"{wanted}>{name}</span>'
    classes = f' class="{kind}"' if kind else ""
    return f'<th scope="col"{classes}>{label}{cells}</th>'


def seconds(cpu: float) -> str:
    """CPU seconds; small ones with a digit."""
    if cpu >= 10:
        return f"{cpu:,.0f}"
    return f"{cpu:.1f}" if cpu >= 0.1 else f"{cpu:.1g}"


def named(name: str) -> str:
    """A model's name as HTML, which may break inside: Decayed, Rules."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "<wbr>", escape(name))


def table(root: Path, data: str, board: str) -> str:
    """A board as an HTML table, and the settings under it."""
    rows = rows_of(root, data, board)
    ends = axis([(row["low"], row["high"]) for row in rows], 0.01)
    lines = [
        '<div class="board-scroll"><table class="board">',
        "<thead><tr>",
        head("model", sort="ascending"),
        head("NDCG@10", scale(ends), "measured", "descending").replace(
            "<th ", '<th aria-sort="descending" ', 1
        ),
        head("lead", kind="gap", sort="descending"),
        head("hit rate", kind="number", sort="descending"),
        head("CPU, s", kind="number", sort="ascending"),
        "</tr></thead>",
        "<tbody>",
    ]
    for row in rows:
        runs, network = len(row["runs"]), is_network(row)
        told = ["network"] * network + [f"{runs} seeds"] * (runs > 1)
        about = f"<small>{', '.join(told)}</small>" if told else ""
        kind = "network" if network else "plain"
        drawn = bar(row["mean"], row["low"], row["high"], ends, kind)
        lead = '<td class="gap">–</td>'
        if "gap" in row:
            lead = (
                f'<td class="gap" data-value="{row["gap"]:.6f}">'
                f"<span>{signed(row['gap'])}</span>"
                f" <small>over {named(row['rival']['name'])}</small>"
                f' <small class="ends">'
                f"{interval(row['gap_low'], row['gap_high'])}</small></td>"
            )
        lines += [
            f'<tr><th scope="row"><span>{named(row["part"])}</span>{about}</th>',
            f'<td class="measured" data-value="{row["mean"]:.6f}">'
            f"<span>{row['mean']:.4f}</span>{drawn}"
            f"<small>{row['low']:.4f} – {row['high']:.4f}</small></td>",
            lead,
            f'<td class="number" data-value="{row["hit"]:.6f}">{row["hit"]:.3f}</td>',
            f'<td class="number" data-value="{row["cpu"]:.6f}">'
            f"{seconds(row['cpu'])}</td></tr>",
        ]
    chosen = [f"{row['part']}: {text}" for row in rows if (text := settings(row))]
    # walking forward nothing was tuned: the settings are those of other boards
    opening = "Settings" if board == "walk" else "Settings, chosen on validation"
    under = f"{opening}. {'; '.join(chosen)}."
    return "\n".join([*lines, "</tbody>", "</table></div>", "", under])


def best(root: Path) -> str:
    """The best network of each board and the rival that its row names, as an HTML
    table: its lead, person by person.
    """
    found = []
    for title, board, late in BEST:
        data = "filmtrust" if board == "random" else "ml-1m"
        row = next(
            row
            for row in rows_of(root, data, board)
            if is_network(row) and row["part"].endswith(LATE) == late
        )
        found.append((title, row))
    ends = axis([(row["gap_low"], row["gap_high"]) for _, row in found], 0.01)
    lines = [
        '<div class="board-scroll"><table class="board best">',
        "<thead><tr>",
        head("asked on") + head("network and rival"),
        head("lead in NDCG@10", scale(ends), "measured"),
        head("verdict"),
        "</tr></thead>",
        "<tbody>",
    ]
    for title, row in found:
        gap = row["gap"], row["gap_low"], row["gap_high"]
        lines.append(
            f'<tr><th scope="row">{title}</th>'
            f"<td>{named(row['part'].removesuffix(LATE))}"
            f" <small>against {named(row['rival']['name'].removesuffix(LATE))}</small>"
            "</td>"
            f'<td class="measured"><span>{signed(gap[0])}</span>'
            f"{bar(*gap, ends, 'difference')}<small>{interval(*gap[1:])}</small></td>"
            f"<td>{verdict(*gap[1:])}</td></tr>"
        )
    return "\n".join([*lines, "</tbody>", "</table></div>"])


def lead(root: Path, data: str, board: str, part: str) -> str:
    """The lead of a model of a board over its rival, in a sentence.

    Raises:
        LookupError: the board has no such model, or it has no rival.
    """
    for row in rows_of(root, data, board):
        if row["part"] == part and "gap" in row:
            ends = interval(row["gap_low"], row["gap_high"], 3)
            return f"{signed(row['gap'], 3)} {ends}"
    raise LookupError(f"The board {board} of {data} has no lead of {part}.")


def pair(root: Path, name: str, wanted: str) -> str:
    """The difference of two models in an experiment's results, in a sentence. Of a
    curve, a row with lists as long as its `n`, that at one `n`: "method=EASE; n=5"; of
    a row without a difference that over popularity, `over`.

    Raises:
        LookupError: not exactly one row has the wanted values and a difference.
    """
    keys = dict(part.strip().split("=", 1) for part in wanted.split(";"))
    text = (root / RESULTS / f"{name}.json").read_text(encoding="utf-8")
    rows = [at(row, keys.get("n")) for row in json.loads(text)["rows"]]
    found = [
        [row[column] for column in columns]
        for row in rows
        if all(str(row.get(key)) == value for key, value in keys.items())
        for columns in DIFFERENCES
        if columns[0] in row
    ]
    if len(found) != 1:
        raise LookupError(f"{name}.json has {len(found)} differences with {wanted}.")
    value, low, high = found[0]
    return f"{signed(value, 3)} {interval(low, high, 3)}"


def at(row: dict[str, Any], n: str | None) -> dict[str, Any]:
    """A row of a curve at one of its n; any other row as it is."""
    places = row.get("n")
    if n is None or not isinstance(places, list) or int(n) not in places:
        return row
    place = places.index(int(n))
    return {
        key: value[place]
        if isinstance(value, list) and len(value) == len(places)
        else value
        for key, value in row.items()
    }


def curve(root: Path, part: str, share: str) -> str:
    """A model's NDCG@10 of the next film after a training on a share of the people.

    Raises:
        LookupError: that was not measured.
    """
    for row in json.loads((root / FILE).read_text(encoding="utf-8"))["rows"]:
        if row["ask"] == "curve" and (row["part"], row["share"]) == (
            part,
            float(share),
        ):
            low, high = row["next_low"], row["next_high"]
            return f"{row['next']:.3f} ({low:.3f}, {high:.3f})"
    raise LookupError(f"{FILE} has no curve of {part} at {share}.")


def filled(text: str, root: Path = ROOT) -> str:
    """A page with its tables and numbers."""
    text = BOARD.sub(
        lambda line: (
            best(root)
            if line.groups() == ("best", "networks")
            else table(root, line[1], line[2])
        ),
        text,
    )
    text = LEAD.sub(lambda line: lead(root, line[1], line[2], line[3]), text)
    text = CURVE.sub(lambda line: curve(root, line[1], line[2]), text)
    return PAIR.sub(lambda line: pair(root, line[1], line[2]), text)
