"""The large scoreboards as tables for a page of book/, from the results of the
experiments.

A line `<!-- board: ml-1m scoreboard -->` becomes the table of that data set's board.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from course.modules import ROOT

FILE = "experiments/results/03_larger.json"
LINE = re.compile(r"^<!-- board: (\S+) (\S+) -->$", re.MULTILINE)
HEAD = (
    "| model | NDCG@10 | 95 % interval | hit rate | lead | over | seeds | CPU, s |"
    "\n|---|--:|---|--:|---|---|--:|--:|"
)


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


def table(root: Path, data: str, board: str) -> str:
    """A board as a Markdown table."""
    rows = rows_of(root, data, board)
    lines = [HEAD]
    for row in rows:
        lead = over = "–"
        if "gap" in row:
            over = row["rival"]["name"]
            lead = f"{row['gap']:+.4f} ({row['gap_low']:+.4f}, {row['gap_high']:+.4f})"
        cells = (
            row["part"],
            f"{row['mean']:.4f}",
            f"{row['low']:.4f} – {row['high']:.4f}",
            f"{row['hit']:.3f}",
            lead,
            over,
            f"{len(row['runs'])}",
            f"{row['cpu']:,.0f}" if row["cpu"] >= 10 else f"{row['cpu']:.1f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    chosen = [f"{row['part']}: {text}" for row in rows if (text := settings(row))]
    return "\n".join(
        [*lines, "", f"Settings, chosen on validation. {'; '.join(chosen)}."]
    )


def filled(text: str, root: Path = ROOT) -> str:
    """A page with its tables."""
    return LINE.sub(lambda found: table(root, found[1], found[2]), text)
