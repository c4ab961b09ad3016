"""What was understood of a file, before anything is done with it."""

from __future__ import annotations

import shutil
import textwrap

import numpy as np
import pandas as pd

from rec_tutor.data.table import repeats
from rec_tutor.data.understood import Reading
from rec_tutor.recipes.cost import estimate, gigabytes, room
from rec_tutor.recipes.notes import low_share
from rec_tutor.recipes.table import RECIPES


def describe(found: Reading, rows: np.ndarray | None, framework: str) -> str:
    """The whole answer of `--dry-run`: what the file is, its first rows, and what each
    model would need.

    Args:
        rows: positions of the rows that are kept, None for all.
        framework: of the neural models.
    """
    ds = found.dataset(rows)
    kept = len(ds.ratings)
    share = kept / (ds.num_users * ds.num_items)
    again = repeats(found)
    facts = {
        "form": found.form,
        "layout": found.layout.name if found.layout else "none that is published",
        "columns": ", ".join(f"{role} = {own}" for role, own in found.columns.items()),
        "rows": f"{len(found):,}" + (f", {kept:,} kept" if kept < len(found) else ""),
        "sizes": f"{ds.num_users:,} users, {ds.num_items:,} items; {share:.2%} of all"
        " pairs",
        "ratings": scale(found, ds.ratings["rating"].to_numpy()),
        "time": span(found),
        "repeats": f"{again:,} rows with a user and an item that came before"
        + ("; choose --duplicates first, last or mean" if again else ""),
        "assumed": "; ".join(found.notes) or "nothing",
    }
    first = found.with_ids(np.arange(min(3, len(found)))).to_string(index=False)
    width = min(100, shutil.get_terminal_size().columns)
    lines = [found.name]
    for name, text in facts.items():
        lines += textwrap.wrap(
            text, width, initial_indent=f"  {name:<9}", subsequent_indent=" " * 11
        )
    lines += ["", textwrap.indent(first, "  "), "", *models(ds, framework)]
    return "\n".join(lines)


def scale(found: Reading, ratings: np.ndarray) -> str:
    """From where to where ratings go, and how many are low."""
    if "rating" not in found.columns:
        return "none: every row counts 1.0"
    low, high = ratings.min(), ratings.max()
    if low == high:
        return f"all are {low:g}: they tell nothing"
    return (
        f"{low:g} to {high:g}, {len(np.unique(ratings))} values, mean"
        f" {ratings.mean():.2f}; {low_share(ratings):.0%} in the lowest third."
        " Models but biased-mf and content count every row as liked: --min-rating"
        " leaves low ones out"
    )


def span(found: Reading) -> str:
    """From when to when."""
    times = found.given.times
    if times is None:
        return "none: the order of the rows is taken for it"
    first, last = int(times.seconds.min()), int(times.seconds.max())
    if not 0 <= first <= last < 2**32:  # up to the year 2106
        return f"numbers from {first} to {last}, no seconds since 1970"
    begin, end = (f"{pd.Timestamp(own, unit='s'):%Y-%m-%d}" for own in (first, last))
    return f"{begin} to {end}, in {times.unit}"


def models(ds, framework: str) -> list[str]:
    """What each model would need, and whether that is there."""
    free = room()
    there = "" if free is None else f"; {gigabytes(free)} can be used here"
    lines = [f"  each model needs about{there}"]
    counts = ds.num_users, ds.num_items, len(ds.ratings)
    for name in RECIPES:
        needed = estimate(name, *counts, framework=framework).bytes
        mark = "" if free is None or needed <= free else "   too much"
        lines.append(f"  {name:<18}{gigabytes(needed):>8}{mark}")
    return lines
