"""The numbers of the live figure `board`: the scoreboards of book/scoreboards.md, for
its script and as a picture for pages without scripts.

In the fragment book/live/board.html, `{{ board numbers }}` becomes JSON, and
`{{ board picture }}` an SVG of the first board.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from course.modules import ROOT
from course.scoreboards import LATE, is_network, rows_of, seconds

# what a reader needs to make a guess
KINDS = {
    "Popularity": "the same for all, 03",
    "ItemKNN": "similar films, 03",
    "UserKNN": "similar people, 03",
    "EASE": "linear, 03",
    "ALS": "factorization, 07",
    "SoftmaxMF": "factorization, 07",
    "BPRMF": "factorization, 07",
    "NeuMF": "factorization and layers, 08",
    "LightGCN": "graph, 10",
    "NGCF": "graph, 10",
    "MarkovChain": "counts what comes next, 03",
    "SequentialRules": "counts what comes later, 03",
    "DecayedRules": "the last films say most, 03",
    "Caser": "convolutions, 04",
    "GRU4Rec": "recurrent, 05",
    "SASRec": "attention, 09",
}
# data set and board; its title; which models a reader puts in order (the others are
# shown with the answer)
BOARDS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "ml-1m",
        "scoreboard",
        "MovieLens-1M, the last fifth",
        ("Popularity", "ItemKNN", "EASE", "SoftmaxMF", "NeuMF", "LightGCN"),
    ),
    (
        "ml-1m",
        "walk",
        "MovieLens-1M, walk-forward",
        ("Popularity", "EASE", "SoftmaxMF", "DecayedRules", "GRU4Rec", "SASRec"),
    ),
    (
        "ml-1m",
        "next",
        "MovieLens-1M, the last rating",
        ("MarkovChain", "DecayedRules", "Caser", "GRU4Rec", "SASRec"),
    ),
    (
        "filmtrust",
        "random",
        "FilmTrust, a random fifth",
        ("Popularity", "ItemKNN", "EASE", "SoftmaxMF", "NeuMF", "LightGCN"),
    ),
)


def numbers(root: Path = ROOT) -> list[dict[str, Any]]:
    """The boards, each with `title` and `rows`, best first; the means and intervals are
    of NDCG@10, `cpu` are seconds of one training.

    Raises:
        LookupError: a board or a model is missing in the results or in this module.
    """
    boards = []
    for data, board, title, asked in BOARDS:
        rows = rows_of(root, data, board)
        names = [row["part"] for row in rows]
        if unknown := set(asked) - set(names):
            raise LookupError(f"the board {board} of {data} has no {sorted(unknown)}.")
        if unknown := {name.removesuffix(LATE) for name in names} - set(KINDS):
            raise LookupError(f"{__name__}.KINDS has no {sorted(unknown)}.")
        lines = []
        for row in rows:
            kind, network = KINDS[row["part"].removesuffix(LATE)], is_network(row)
            line = {"name": row["part"], "kind": kind, "network": network}
            line["asked"] = row["part"] in asked
            for key in ("mean", "low", "high"):
                line[key] = round(row[key], 9)
            lines.append({**line, "cpu": float(f"{row['cpu']:.9g}")})
        boards.append({"title": title, "rows": lines})
    return boards


def picture(board: dict[str, Any]) -> str:
    """A board as an SVG: a row for each model, the fastest on top, its interval as a
    line."""
    rows = sorted(board["rows"], key=lambda row: row["cpu"])
    low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
    height = 24 * len(rows) + 56

    def across(value: float) -> float:
        return round(160 + 380 * (value - low) / (high - low), 1)

    parts = [
        '<text x="0" y="16">model</text>',
        '<text x="160" y="16">NDCG@10</text>',
        '<text x="640" y="16" text-anchor="end">CPU, s</text>',
    ]
    for place, row in enumerate(rows):
        y = 40 + 24 * place
        colour = "var(--orange)" if row["network"] else "var(--blue)"
        shape = (
            f'<rect x="{across(row["mean"]) - 5:.1f}" y="{y - 5}" width="10"'
            f' height="10" style="fill: {colour}"></rect>'
            if row["network"]
            else f'<circle cx="{across(row["mean"])}" cy="{y}" r="5"'
            f' style="fill: {colour}"></circle>'
        )
        parts.append(
            f'<text x="0" y="{y + 5}">{escape(row["name"])}</text>'
            f'<path d="M{across(row["low"])} {y}H{across(row["high"])}"'
            f' style="stroke: {colour}; stroke-width: 2"></path>{shape}'
            f'<text x="640" y="{y + 5}" text-anchor="end">{seconds(row["cpu"])}</text>'
        )
    for end in (low, high):
        parts.append(
            f'<text x="{across(end)}" y="{height - 4}" text-anchor="middle">'
            f"{end:.3f}</text>"
        )
    told = "; ".join(
        f"{row['name']} {row['mean']:.4f}, {seconds(row['cpu'])} s" for row in rows
    )
    label = f"{board['title']}: NDCG@10 and CPU seconds, the fastest first. {told}."
    return (
        f'<svg viewBox="0 0 640 {height}" width="640" height="{height}" role="img"'
        f' font-size="14" aria-label="{escape(label)}">\n' + "\n".join(parts) + "\n"
        "</svg>"
    )


def filled(text: str, root: Path = ROOT) -> str:
    """A fragment with its numbers; one that asks for none stays as it is."""
    if "{{ board " not in text:
        return text
    boards = numbers(root)
    said = json.dumps(boards, separators=(",", ":")).replace("<", "\\u003c")
    text = text.replace("{{ board numbers }}", said)
    return text.replace("{{ board picture }}", picture(boards[0]))
