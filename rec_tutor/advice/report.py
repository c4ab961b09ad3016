"""What the evaluation found, as a table, a figure and a sentence."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

FORMATS = {
    "low": "{:.4f}",
    "high": "{:.4f}",
    "recall": "{:.4f}",
    "coverage": "{:.0%}",
    "novelty": "{:.1f}",
    "seconds": "{:.1f}",
}
WIDTH = 88


@dataclass(frozen=True)
class Report:
    """The answer to: which model for this data?

    facts: what the data is, see `describe`.
    sentence: the advice in words, or why there is none; `use` is its model, or None,
        and `options` what that one's defaults are to be changed by.
    table: one row per model that was asked for, finished or not: NDCG and recall on
        the test part with 95 % intervals over users (seeds averaged), coverage and
        novelty of the lists, NDCG on the validation part, the number of trials,
        the chosen options, seconds of all that, and the status.
    comparisons: the lead of the model that was best on the validation part over each
        other one, user by user; see `decide`.
    notes: what to know before believing it.
    """

    facts: pd.DataFrame
    sentence: str
    use: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    best: str | None = None
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    comparisons: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    k: int = 10

    def __str__(self) -> str:
        parts = [self.about()]
        if len(self.table):
            shown = self.table[[f"NDCG@{self.k}", *FORMATS, "seeds", "status"]]
            # in full among the notes
            shown = shown.assign(status=shown["status"].str.split(":").str[0])
            parts.append(
                shown.to_string(
                    formatters={name: _as(form) for name, form in FORMATS.items()},
                    float_format=_as("{:.4f}"),
                    na_rep="-",
                )
            )
            chosen = [
                f"  {name}: {options}"
                for name, options in self.table["options"].items()
                if options
            ]
            if chosen:
                parts.append("Options that did best on the validation part:")
                parts[-1] += "\n" + "\n".join(chosen)
        if self.comparisons is not None and len(self.comparisons):
            leads = self.comparisons.drop(columns="p")
            title = f"Lead of {self.best} in NDCG@{self.k}, user by user"
            parts.append(f"{title}\n{leads.to_string(float_format=_as('{:.4f}'))}")
        parts += ["\n".join(wrap(note, "- ") for note in self.notes)]
        parts.append(wrap(self.sentence))
        return "\n\n".join(part for part in parts if part)

    def about(self) -> str:
        """What the data is, line by line."""
        width = max(len(str(fact)) for fact in self.facts.index)
        lines = []
        for fact, (value, matters) in self.facts.iterrows():
            lines.append(f"{fact:{width}}  {value}")
            if matters:
                lines.append(wrap(matters, " " * (width + 2) + "→ "))
        return "\n".join(lines)

    def figure(self) -> Any:
        """Left every model's NDCG with its interval; right, where the decision is made,
        the lead of the best one over the others.
        """
        import matplotlib.pyplot as plt

        from rec_tutor import plots

        if not len(self.table):
            raise ValueError(f"There is nothing to draw. {self.sentence}")
        names = list(self.table.index)
        with plt.rc_context():
            plots.use_style()
            figure, (left, right) = plt.subplots(
                1, 2, figsize=(9.0, 1.5 + 0.38 * len(names)), sharey=True
            )
            value = f"NDCG@{self.k}"
            plots.intervals(self.table, left, value=value)
            leads = pd.DataFrame(index=names, columns=["difference", "low", "high"])
            if self.comparisons is not None:
                leads.update(self.comparisons)
            leads = leads.astype(float)
            plots.intervals(leads, right, value="difference")
            right.axvline(0, color=plots.RED, linewidth=1)
            right.set_xlabel(f"lead of {self.best} in {value} (95 % interval)")
            for row, name in enumerate(reversed(names)):
                at, status = self.table.loc[name, [value, "status"]]
                if pd.isna(at):
                    _remark(left, row, str(status).split(":")[0], left.get_xlim()[0])
                if name == self.best:
                    _remark(right, row, "(itself)", 0.0)
                if name == self.use:
                    left.plot(at, row, "D", color=plots.RED, markersize=9, zorder=5)
            advice = f"Use {self.use} (diamond)" if self.use else "No answer"
            figure.suptitle(advice, fontsize=12)
        return figure


def _remark(ax: Any, row: int, text: str, at: float) -> None:
    """Words beside the point (at, row)."""
    place = {"xytext": (8, 0), "textcoords": "offset points", "va": "center"}
    ax.annotate(text, (at, row), color="#555555", **place)


def _as(form: str) -> Callable[[float], str]:
    return lambda value: "-" if pd.isna(value) else form.format(value)


def wrap(text: str, lead: str = "") -> str:
    """The text in lines of at most WIDTH, `lead` before the first."""
    indent = " " * len(lead)
    return textwrap.fill(text, WIDTH, initial_indent=lead, subsequent_indent=indent)
