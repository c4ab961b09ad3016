"""Try models on somebody's data: an equal small budget, one test, one answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from rec_tutor import evaluation, recipes
from rec_tutor.advice import tuning
from rec_tutor.advice.facts import describe, has_time, without_repeats
from rec_tutor.advice.notes import notes, reserves
from rec_tutor.advice.report import Report
from rec_tutor.advice.rule import decide
from rec_tutor.advice.trial import Contest, Fit, Trial
from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.evaluation import metrics, splits
from rec_tutor.evaluation.splits import Split
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.recipes.task import need

DEFAULT = ("popularity", "item-knn", "decayed-rules", "ease", "als", "mf", "sasrec")
ENOUGH = 100  # test users; with fewer an interval says next to nothing
MOST = 10_000  # test users; more would only cost time
COLUMNS = (
    *("ndcg", "low", "high", "recall", "recall low", "recall high"),
    *("coverage", "novelty"),
)


def fit(
    ds: Dataset, name: str, *, framework: str | None = None, seed: int = 0, **options
) -> evaluation.Scorer:
    """Fit the recipe of that name: what `evaluate` calls unless told otherwise."""
    chosen = framework or "torch"
    found = recipes.fit(ds, name, framework=chosen, seed=seed, notes=False, **options)
    return found.model


def evaluate(
    ds: Dataset,
    models: Sequence[str] | None = None,
    *,
    framework: str | None = None,
    minutes: float = 10.0,
    trials: int = 5,
    seed: int = 0,
    k: int = 10,
    liked: float | None = None,
    fit: Fit = fit,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """Which model for this data? Baselines and a few models on one split, compared.

    Each user's last interactions are the test part and the ones before validate; in
    random order where the data has no time. Every model gets the same number of trials
    on the validation part and is fitted once more on train + validation. A model that
    fails or runs out of time stays in the table and says so.

    Args:
        models: names from `advice.tuning.SPACES`; None takes a few, with a framework
            also neural ones.
        framework: "torch" or "tensorflow", for the neural models.
        minutes: for all models together; each gets an equal share of what is left when
            its turn comes, the simplest first. The statistics come on top.
        trials: settings per model, the recipe's defaults among them.
        liked: only ratings of at least this are to be found; None: all interactions.
        fit: `fit(ds, name, framework=…, seed=…, **options)` returns a fitted scorer.
        say: is told about the progress.

    Raises DataError for an unknown model, and for a neural one without a framework.
    """
    if not (np.isfinite(minutes) and minutes > 0 and min(trials, k) >= 1 and seed >= 0):
        raise DataError(
            "minutes must be above 0, trials and k at least 1, seed at least 0."
        )
    facts, once = describe(ds), without_repeats(ds)
    timed = has_time(once.ratings)
    names = choose(models, framework, timed)
    if framework and any(name in tuning.NEURAL for name in names):
        need(framework)  # its absence is noticed before any training
    split, how = cut(once, timed, seed, liked)
    reason = refuse(once, split, k)
    if reason:
        return Report(facts, f"No answer: {reason}", k=k)
    contest = Contest(once, split, timed, fit, framework, seed, k)
    deadline, found = time.monotonic() + 60 * minutes, {}
    for turn, name in enumerate(names):
        share = max(deadline - time.monotonic(), 0.0) / (len(names) - turn)
        found[name] = contest.run(name, trials, share)
        say(f"{name}: {found[name].status}, {found[name].seconds:.1f} s")
    done = {name: trial.runs for name, trial in found.items() if trial.runs}
    decision = decide(done, {name: found[name].valid for name in done}, k)
    table = _table(found, split, once, k)
    use, sentence = decision.use, decision.sentence
    if use:
        shown = float(table.loc[use, "coverage"])
        sentence += "".join(reserves(split, timed, use, shown, found))
    return Report(
        facts,
        sentence,
        use,
        found[use].options if use else {},
        decision.best,
        table,
        decision.comparisons,
        tuple(notes(once, split, how, timed, found)),
        k,
    )


def choose(
    models: Sequence[str] | None, framework: str | None, timed: bool = True
) -> list[str]:
    """The models to try, the simplest first."""
    known = ", ".join(tuning.SPACES)
    if models is None:
        return [
            name
            for name in tuning.SPACES
            if name in DEFAULT
            and (framework or name not in tuning.NEURAL)
            and (timed or name not in tuning.ORDERED)
        ]
    for name in models:
        if name not in tuning.SPACES:
            raise DataError(f"There is no model called {name!r}. Known: {known}.")
        if name in tuning.NEURAL and not framework:
            raise DataError(f"{name} needs a framework: torch or tensorflow.")
    if len(set(models)) < 2:
        raise DataError(f"Name two models or more, to compare them. Known: {known}.")
    return [name for name in tuning.SPACES if name in models]


def cut(
    ds: Dataset, timed: bool, seed: int, liked: float | None = None
) -> tuple[Split, str]:
    """The split, and how it was made."""
    ratings, rng = ds.ratings, np.random.default_rng(seed)
    if not timed:
        order = rng.permutation(len(ratings)).astype(np.int64)
        ratings = ratings.assign(timestamp=order)
    counts = ratings["user"].value_counts()
    if counts.median() >= 10:
        split, parts = splits.temporal(ratings), "last fifth, validation the tenth"
    else:
        split, parts = splits.leave_last_out(ratings), "last one, validation the one"
    if liked is not None:
        assert split.valid is not None
        valid, test = (p[p["rating"] >= liked] for p in (split.valid, split.test))
        split = Split(split.train, valid, test)
    order_ = "in time order" if timed else "in random order (there is no time)"
    users = split.test["user"].unique()
    some = f"{len(users):,} users"
    if len(users) > MOST:
        some = f"{MOST:,} of {some}, drawn at random"
        users = rng.choice(users, MOST, replace=False)
        test = split.test[split.test["user"].isin(users)]
        split = Split(split.train, split.valid, test)
    cut = f"Test: of {some}, each one's interactions {order_} the {parts} before."
    if liked is not None:
        cut += f" Only ratings of at least {liked:g} are to be found."
    return split, cut


def refuse(ds: Dataset, split: Split, k: int) -> str:
    """Why the data cannot decide, or nothing."""
    users = split.test["user"].unique()
    if len(users) < ENOUGH:
        return (
            f"{len(users)} of {ds.num_users:,} user(s) have enough different items to"
            f" be tested, and it takes {ENOUGH} to tell models apart. Until there are"
            " more data, recommend what is popular, or what is like the items that a"
            " person has."
        )
    taken = split.refit["user"].value_counts().reindex(users, fill_value=0)
    left = ds.num_items - float(taken.median())
    if left <= k:
        return (
            f"half of the users have at most {left:g} new item(s) to choose from, so a"
            f" list of {k} holds them all, whatever the model. Take a smaller k, or"
            " recommend everything."
        )
    return ""


def _table(found: dict[str, Trial], split: Split, ds: Dataset, k: int) -> pd.DataFrame:
    seen = interaction_matrix(split.refit, ds.num_users, ds.num_items)
    popularity = np.asarray(seen.sum(axis=0)).ravel() / ds.num_users
    rows = {}
    for name, trial in found.items():
        row = dict.fromkeys(COLUMNS, float("nan"))
        options = ", ".join(f"{a} {b:g}" for a, b in trial.options.items())
        if trial.tried and tuning.SPACES[name]:
            options = options or "defaults"
        if trial.runs:
            summary = evaluation.summarise(trial.runs)
            row |= dict(zip(COLUMNS[:3], summary.loc["ndcg"], strict=True))
            row |= dict(zip(COLUMNS[3:6], summary.loc["recall"], strict=True))
            beyond = [
                (metrics.coverage(i, ds.num_items), metrics.novelty(i, popularity))
                for i in trial.lists
            ]
            row["coverage"] = float(np.mean([share for share, _ in beyond]))
            row["novelty"] = float(np.nanmean([bits for _, bits in beyond]))
        rows[name] = row | {
            "validation": trial.valid,
            "trials": trial.tried,
            "seeds": len(trial.runs),
            "seconds": trial.seconds,
            "options": options,
            "status": trial.status,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    return table.rename(columns={"ndcg": f"NDCG@{k}"}).sort_values(
        f"NDCG@{k}", ascending=False, kind="stable"
    )
