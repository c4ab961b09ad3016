"""What is a model worth to people, or for items, that it was not trained on?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor.advice import measure, newcomers, novelties, tuning
from rec_tutor.advice.cold_report import ColdReport, priced, sentence, tabulated
from rec_tutor.advice.facts import describe, has_time, without_repeats
from rec_tutor.advice.plan import Exam, Plan
from rec_tutor.advice.rule import decide
from rec_tutor.advice.trial import SEEDS, Fit, obstacle
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.recipes.table import RECIPES
from rec_tutor.recipes.task import need

ANSWERS = (1, 2, 5, 10)
YARDSTICKS = ("popularity", "ease")  # beside new items: what else is there
Frames = dict[str, pd.DataFrame]


@dataclass
class Outcome:
    """What became of one model: `runs` per question, one frame per seed."""

    status: str = "not finished in time"
    options: dict[str, Any] = field(default_factory=dict)
    valid: dict[str, float] = field(default_factory=dict)
    tried: int = 0
    runs: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, found: Frames) -> None:
        for question, frame in found.items():
            self.runs.setdefault(question, []).append(frame)


def cold(
    ds: Dataset,
    new: str,
    models: Sequence[str] | None = None,
    *,
    framework: str | None = None,
    minutes: float = 10.0,
    trials: int = 5,
    seed: int = 0,
    k: int = 10,
    liked: float | None = None,
    answers: Sequence[int] = ANSWERS,
    fit: Fit = measure.fit,
    say: Callable[[str], None] = lambda text: None,
) -> ColdReport:
    """What are models worth for new people, or for new items, of this data?

    With new="users" a random fifth of the people is kept out of training and asked
    after 1, 2, … answers; with new="items" nobody's interactions with a random fifth of
    the items are trained on, so only models that know what an item is can say something
    of it. Beside each number stands what the same model is worth where nobody and
    nothing is new. Options are chosen on other new people, or items.

    Args:
        models: names from `advice.tuning.SPACES`; None takes a few, with a framework
            also neural ones. The floor is always among them: popularity, or popularity
            of the genre.
        answers: how many, for new people.
        framework, minutes, trials, seed, k, liked, fit, say: as of `advice.evaluate`.

    Raises DataError for an unknown model, where a neural one has no framework, and for
    new="items" where nothing is known about the items.
    """
    if not (np.isfinite(minutes) and minutes > 0 and min(trials, k) >= 1 and seed >= 0):
        raise DataError(
            "minutes must be above 0, trials and k at least 1, seed at least 0."
        )
    if new not in ("users", "items"):
        raise DataError(f"new people or new items: users or items, not {new!r}.")
    if min(answers, default=0) < 0:
        raise DataError("answers are numbers, 0 or more.")
    once, timed = without_repeats(ds), has_time(ds.ratings)
    names = choose(new, models, framework, timed)
    if framework and any(name in tuning.NEURAL for name in names):
        need(framework)
    if not timed:
        order = np.random.default_rng(seed).permutation(len(once.ratings))
        once = replace(once, ratings=once.ratings.assign(timestamp=order))
    if new == "users":
        plan = newcomers.plan(once, seed, answers, liked)
    else:
        plan = novelties.plan(once, seed, liked)
    facts = describe(ds)
    if plan.refused:
        return ColdReport(new, facts, f"No answer: {plan.refused}", k=k)
    work = Work(once, plan, _with_floor(fit), framework, seed, k, timed)
    deadline, found = time.monotonic() + 60 * minutes, {}
    for turn, name in enumerate(names):
        share = max(deadline - time.monotonic(), 0.0) / (len(names) - turn)
        found[name] = work.run(name, trials, share)
        say(f"{name}: {found[name].status}, {found[name].seconds:.1f} s")
    return reported(new, facts, plan, found, k)


def choose(
    new: str, models: Sequence[str] | None, framework: str | None, timed: bool
) -> list[str]:
    """The models, the simplest first, the floor before all."""
    floor = "popularity" if new == "users" else novelties.FLOOR
    given = list(models or ())
    if models is None and new == "users":
        given = measure.choose(None, framework, timed)
    elif models is None:
        some = (*novelties.CONTENT, *YARDSTICKS)
        given = [n for n in some if n in tuning.SPACES]
        given = [n for n in given if framework or n not in tuning.NEURAL]
    else:
        measure.choose([*given, "popularity", "ease"], framework)  # are all known?
    first = [floor, *(n for n in novelties.CONTENT if new == "items")]
    order = [*first, *(n for n in tuning.SPACES if n not in first)]
    return [name for name in order if name in (floor, *given)]


def _with_floor(fit: Fit) -> Fit:
    """The same, and the floor for new items, which is no recipe."""

    def both(ds: Dataset, name: str, **settings: Any) -> Any:
        if name == novelties.FLOOR:
            size, genres = (ds.num_users, ds.num_items), list(ds.items["genres"])
            return novelties.GenrePopularity(*size, genres).fit(ds.ratings)
        return fit(ds, name, **settings)

    return both


@dataclass(frozen=True)
class Work:
    """What every model is put through, with what."""

    ds: Dataset
    plan: Plan
    fit: Fit
    framework: str | None
    seed: int
    k: int
    timed: bool

    def run(self, name: str, number: int, seconds: float) -> Outcome:
        """Tune, ask the questions, ask for the price; ends about when the seconds are
        over.
        """
        began, outcome = time.monotonic(), Outcome()
        end, wanted = began + seconds, 0
        cannot = obstacle(name, self.ds, self.timed)
        if cannot:
            return replace(outcome, status=f"not tried: {cannot}")
        silent = self.plan.obstacle(name)
        try:
            if not silent:
                wanted = self._tune(outcome, name, number, end)
            if silent or outcome.tried:
                self._ask(outcome, name, end, () if silent else (self.plan.cold,))
        except TimeoutError:
            pass
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            outcome.status, outcome.runs = f"failed: {text}", {}
        if silent and not outcome.status.startswith("failed"):
            outcome.status = f"not for these: {silent}"
        elif outcome.runs:
            whole = outcome.tried == wanted
            outcome.status = (
                "ok" if whole else f"ok, {outcome.tried} of {wanted} trials"
            )
        outcome.seconds = time.monotonic() - began
        return outcome

    def _tune(self, outcome: Outcome, name: str, number: int, end: float) -> int:
        """Trials while the time lasts; of that a half is kept. Returns how many there
        should be.
        """
        settings: list[dict[str, Any]] = [{}]
        if name in RECIPES:
            settings = tuning.trials(name, number, self.seed, self.timed)
        longest, best = 0.0, -np.inf
        for options in settings:
            half, began = (end - time.monotonic()) / 2, time.monotonic()
            if half < longest:
                break
            try:
                found = self._one(self.plan.tune, name, options, 0, half)
            except TimeoutError:
                break
            longest = max(longest, time.monotonic() - began)
            outcome.tried += 1
            means = {own: float(frame["ndcg"].mean()) for own, frame in found.items()}
            value = float(np.mean(list(means.values())))
            if value > best:
                best, outcome.valid, outcome.options = value, means, options
        return len(settings)

    def _ask(
        self, outcome: Outcome, name: str, end: float, cold: tuple[Exam, ...]
    ) -> None:
        """The questions, and the price; again from other seeds where that matters and
        the time allows.
        """
        for number in range(SEEDS if name in tuning.CHANCE else 1):
            began = time.monotonic()
            found: Frames = {}
            for exam in (*cold, self.plan.warm):
                left = end - time.monotonic()
                found |= self._one(exam, name, outcome.options, number, left)
                if number == 0:  # a first answer counts, also without its price
                    outcome.add(found)
                    found = {}
            outcome.add(found)
            if time.monotonic() + 1.5 * (time.monotonic() - began) > end:
                break

    def _one(
        self,
        exam: Exam,
        name: str,
        options: dict[str, Any],
        number: int,
        seconds: float,
    ) -> Frames:
        def call() -> Frames:
            ds = replace(self.ds, ratings=exam.known.reset_index(drop=True))
            seed = self.seed + 1000 * number
            model = self.fit(ds, name, framework=self.framework, seed=seed, **options)
            return {
                question: asked.ask(model, self.k)
                for question, asked in exam.questions.items()
            }

        return tuning.within(seconds, call)


def reported(
    new: str, facts: pd.DataFrame, plan: Plan, found: dict[str, Outcome], k: int
) -> ColdReport:
    """Decide for each question, and put all into tables."""
    questions = tuple(plan.cold.questions)
    decisions = {}
    for question in questions:
        runs = {
            n: out.runs[question] for n, out in found.items() if question in out.runs
        }
        on = question if question in plan.tune.questions else novelties.AMONG
        valid = {name: found[name].valid[on] for name in runs}
        decisions[question] = decide(runs, valid, k, len(questions))
    table = tabulated(found, (*questions, *plan.warm.questions), plan.floor, k)
    price = priced(found, questions[-1], next(iter(plan.warm.questions)))
    words = sentence(decisions, table, price, k)
    use = {question: own.use for question, own in decisions.items()}
    remarks = tuple(notes(plan, found))
    return ColdReport(new, facts, words, use, table, price, remarks, k)


def notes(plan: Plan, found: dict[str, Outcome]) -> Iterator[str]:
    """What to know before believing the report."""
    yield plan.how
    for name, out in found.items():
        if out.status.startswith("not for these"):
            yield f"{name}: no number, {out.status.partition(': ')[2]}."
        elif out.status != "ok":
            yield f"{name}: {out.status}."
    yield (
        "Each model's options are the best of its trials on other people, or items, of"
        " the same kind. Intervals (±, 95 %) are over people; where a decision is made,"
        " p is corrected for all comparisons at once. Training knew what others did"
        " later, which can flatter."
    )
