"""Tables for readers: a caption, a header for every column and row, numbers rounded.

>>> import pandas as pd
>>> from rec_tutor.tables import table
>>> table(pd.DataFrame({"NDCG": [0.20301]}, index=["EASE"]), "One model")
One model
      NDCG
EASE 0.203

In a notebook the same is an HTML table, which a screen reader reads cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from numbers import Integral, Real
from typing import Any

import pandas as pd

NONE = "–"  # for NaN and None


class Table:
    """What `table` makes: HTML in a notebook, text elsewhere."""

    def __init__(self, cells: pd.DataFrame, caption: str, names: list[str]):
        self.cells, self.caption, self.names = cells, caption, names

    def _repr_html_(self) -> str:
        columns = "".join(
            f'<th scope="col">{escape(name)}</th>'
            for name in (*self.names, *self.cells.columns)
        )
        rows = "\n".join(
            "<tr>"
            + "".join(f'<th scope="row">{escape(label)}</th>' for label in labels)
            + "".join(f"<td>{escape(cell)}</td>" for cell in row)
            + "</tr>"
            for labels, row in zip(self._labels(), self.cells.to_numpy(), strict=True)
        )
        return (
            f'<table class="dataframe">\n<caption>{escape(self.caption)}</caption>\n'
            f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
        )

    def _labels(self) -> list[tuple[str, ...]]:
        if isinstance(self.cells.index, pd.MultiIndex):
            return [tuple(map(str, labels)) for labels in self.cells.index]
        return [(str(label),) for label in self.cells.index]

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.cells.to_string()}"


def table(
    frame: pd.DataFrame | pd.Series,
    caption: str,
    *,
    digits: int | Mapping[str, int] = 3,
) -> Table:
    """A table with a caption.

    Args:
        frame: a row per thing, its name in the index; a Series is one column.
        digits: after the point, of all numbers that are not whole, or by column.

    Raises:
        ValueError: no caption.
    """
    if not caption.strip():
        raise ValueError("a table needs a caption that says what it shows.")
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name if frame.name is not None else "value")
    cells = pd.DataFrame(index=frame.index)
    for name, column in frame.items():
        own = digits if isinstance(digits, int) else digits.get(str(name), 3)
        cells[str(name)] = [written(value, own) for value in column]
    names = [str(name) if name is not None else "" for name in frame.index.names]
    cells.index = frame.index.set_names([None] * len(names))
    return Table(cells, caption.strip(), names)


def written(value: Any, digits: int) -> str:
    """A value as a table shows it."""
    if value is None or (isinstance(value, float) and value != value):
        return NONE
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return f"{int(value):,}".replace("-", "−")
    if isinstance(value, Real):
        return f"{float(value):,.{digits}f}".replace("-", "−")
    return str(value)
