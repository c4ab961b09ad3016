"""What was found about new people, or new items: tables, a sentence, a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pandas as pd

from rec_tutor import evaluation
from rec_tutor.advice.report import Report, wrap
from rec_tutor.advice.rule import Decision

WHEN = {"among new": "among the new items", "in catalogue": "in the whole catalogue"}
NUMBERS = ("low", "high", "lead", "lead low", "lead high")


@dataclass(frozen=True)
class ColdReport:
    """The answer to: what are models worth for new people, or for new items?

    new: "users" or "items". facts: what the data is, see `describe`.
    sentence: the advice in words, or why there is none. use: the model that it advises
        for each question about what is new; None where there is none.
    table: one row per model and question: NDCG on the test part with a 95 % interval
        over people (seeds averaged), the lead over the floor, person by person, the
        number of seeds and trials, the chosen options, seconds of all that, the status.
        The last questions are the price: the same model where nobody, or nothing, is
        new.
    price: per model what the same people's lists gain once all that is new has been
        trained on, with a 95 % interval.
    notes: what to know before believing it.
    """

    new: str
    facts: pd.DataFrame
    sentence: str
    use: dict[str, str | None] = field(default_factory=dict)
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    price: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()
    k: int = 10

    def __str__(self) -> str:
        parts = [Report(self.facts, "").about()]
        if len(self.table):
            value = f"NDCG@{self.k}"
            parts.append(f"{value}\n{self._wide(value, 'low', '.4f')}")
            floor = self.table["model"].iloc[0]
            leads = self._wide("lead", "lead low", "+.4f", without=floor)
            parts.append(f"Lead over {floor}, person by person\n{leads}")
            chosen = self.table.drop_duplicates("model").set_index("model")["options"]
            lines = [f"  {name}: {own}" for name, own in chosen.items() if own]
            if lines:
                parts.append("\n".join(["Options that did best on others:", *lines]))
        parts += ["\n".join(wrap(note, "- ") for note in self.notes)]
        parts.append(wrap(self.sentence))
        return "\n\n".join(part for part in parts if part)

    def _wide(self, value: str, low: str, form: str, without: str = "") -> str:
        """A row per model and a column per question: `0.0712 ±.0110`."""
        rows = self.table[self.table["model"] != without]
        cells = [
            "-"
            if pd.isna(own)
            else f"{own:{form}}" + ("" if pd.isna(end) else f" ±{own - end:.3f}")
            for own, end in zip(rows[value], rows[low], strict=True)
        ]
        wide = rows.assign(cell=cells).pivot(
            index="model", columns="question", values="cell"
        )
        order = {name: rows[name].unique() for name in ("model", "question")}
        wide = wide.reindex(index=order["model"], columns=order["question"])
        return wide.rename_axis(index=None, columns=None).to_string()

    def figure(self) -> Any:
        """Every model's NDCG with its interval: a line over the questions, and a point
        for the price.
        """
        import matplotlib.pyplot as plt

        from rec_tutor import plots

        if not len(self.table):
            raise ValueError(f"There is nothing to draw. {self.sentence}")
        value, questions = f"NDCG@{self.k}", list(self.table["question"].unique())
        models = list(self.table["model"].unique())
        line = len(self.use)  # so many questions are about what is new
        with plt.rc_context():
            plots.use_style()
            figure, ax = plt.subplots(figsize=(9.0, 4.5))
            for number, name in enumerate(models):
                rows = self.table[self.table["model"] == name]
                at = [questions.index(own) for own in rows["question"]]
                at_once = [x + 0.06 * (number - len(models) / 2) for x in at]
                colour = plots.PALETTE[number % len(plots.PALETTE)]
                half = (rows[value] - rows["low"]).to_numpy()
                mark = {"fmt": "o", "color": colour, "capsize": 2}
                ax.errorbar(at_once, rows[value], yerr=half, label=name, **mark)
                ax.plot(at_once[:line], rows[value].iloc[:line], color=colour)
            ax.axvline(line - 0.5, color=plots.GREY, linestyle="--")
            ax.set_xticks(range(len(questions)), questions)
            ax.set_ylabel(f"{value} (95 % interval over people)")
            ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
            ax.set_title("left of the dashed line: new; right: nothing is new")
        return figure


def tabulated(
    found: Mapping[str, Any], questions: Sequence[str], floor: str, k: int
) -> pd.DataFrame:
    """One row per model and question; the floor's rows first.

    Args:
        found: outcomes by the model's name, see `cold_start.Outcome`.
    """
    rows = []
    for name, out in found.items():
        options = ", ".join(f"{a} {b:g}" for a, b in out.options.items())
        for question in questions:
            row: dict[str, Any] = {"model": name, "question": question}
            row |= dict.fromkeys((f"NDCG@{k}", *NUMBERS), float("nan"))
            runs = out.runs.get(question)
            if runs:
                own = evaluation.summarise(runs).loc["ndcg"]
                row |= {f"NDCG@{k}": own["mean"], "low": own["low"]}
                row["high"] = own["high"]
                base = found[floor].runs.get(question)
                if base and name != floor:
                    both = evaluation.compare({name: runs, floor: base}, floor)
                    lead = both.loc[name, ["difference", "low", "high"]]
                    row |= dict(zip(NUMBERS[2:], lead, strict=True))
            seeds = len(runs or ())
            row |= {"seeds": seeds, "trials": out.tried, "options": options}
            rows.append(row | {"seconds": out.seconds, "status": out.status})
    return pd.DataFrame(rows)


def priced(found: Mapping[str, Any], new: str, old: str) -> pd.DataFrame:
    """The same people's lists under two questions: what `old` gains over `new`, with a
    95 % interval, one row per model that answered both.
    """
    rows = {}
    for name, out in found.items():
        if new in out.runs and old in out.runs:
            both = {question: out.runs[question] for question in (new, old)}
            row = evaluation.compare(both, new).loc[old]
            rows[name] = {own: row[own] for own in ("difference", "low", "high")}
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["difference", "low", "high"]
    ).rename_axis("model")


def sentence(
    decisions: Mapping[str, Decision], table: pd.DataFrame, price: pd.DataFrame, k: int
) -> str:
    """The advice in words: which model for which question, by how much it leads, and
    the price.
    """
    floor, cells = table["model"].iloc[0], table.set_index(["model", "question"])
    missing = [own.sentence for own in decisions.values() if own.use is None]
    if missing:
        return missing[0]
    groups = [
        (use, list(own))
        for use, own in groupby(decisions, lambda question: decisions[question].use)
    ]
    text = "; ".join(f"{_when(own)} use {use}" for use, own in groups)
    text = f"{text[0].upper()}{text[1:]}."
    for use, own in groups:
        if use == floor:
            continue
        row, when = cells.loc[(use, own[0])], _when(own[:1]).capitalize()
        text += (
            f" {when} {use} leads {floor} by {row['lead']:+.4f} NDCG@{k} (95 % interval"
            f" {row['lead low']:+.4f} to {row['lead high']:+.4f})."
        )
        best = decisions[own[0]].best
        if best != use:
            text += f" {best}, the best on others, was not shown to be better."
    if all(use == floor for use, _ in groups):
        text += f" No model was shown to be better than {floor}."
    return text + _price(str(groups[-1][0]), cells, price, k)


def _price(use: str, cells: pd.DataFrame, price: pd.DataFrame, k: int) -> str:
    """What the advised model gains once it was trained on what is new, and who is best
    where nothing is.
    """
    text = ""
    if use in price.index:
        row = price.loc[use]
        text += (
            f" Once trained on what is new here, {use} gets {row['difference']:+.4f}"
            f" ({row['low']:+.4f} to {row['high']:+.4f}) for the same questions."
        )
    last = cells.xs(cells.index.get_level_values("question")[-1], level="question")
    values = last[f"NDCG@{k}"].dropna()
    if len(values):
        best = values.idxmax()
        text += f" Where nothing is new {best} has the most, {values[best]:.4f}"
        text += (
            f" ({use}: {values[use]:.4f})." if use in values and use != best else "."
        )
    return text


def _when(questions: Sequence[str]) -> str:
    """`after 1, 2 and 5 answers`, `among the new items`."""
    if questions[0] in WHEN:
        return " and ".join(WHEN[own] for own in questions)
    numbers = [own.partition(" ")[0] for own in questions]
    unit = questions[-1].partition(" ")[2]
    listed = " and ".join([", ".join(numbers[:-1])] * (len(numbers) > 1) + numbers[-1:])
    return f"after {listed} {unit}"
