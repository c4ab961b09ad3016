"""Spot the leak: six small runs of a recommender, some with one fault of evaluation.

    from rec_tutor.check.leaks import runs, verdict

    verdict(2027, tests)    # tests: name of a fault -> a function that finds it

A log is made up and cut, a setting is chosen, a model is fitted, lists are measured: by
the same lines with a fault and without. A seed draws all of it, the faults too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from rec_tutor.check import running
from rec_tutor.check.comparing import shown
from rec_tutor.check.examine import _empty
from rec_tutor.check.running import Failure
from rec_tutor.check.words import catalogue, say, wrapped

PAIRS = {"chosen_on_test": "tuned_on", "test_edges_in_graph": "edges"}
PAIRS |= {"negatives_avoid_test": "negatives"}  # the field that shows the fault
FAULTS = ("seen_items_shown", *PAIRS, "rows_shifted", "sampled_ranking")
PEOPLE, FILMS, K = 30, 40, 5
CUTS = (0, 8, 10, 12)  # of each person's films, in the order in which she watched them
SETTINGS = (0.0, 0.25, 0.5, 0.75, 1.0)
EDGES, NEGATIVES, SAMPLED = 240, 8, 10
OTHERS = 9  # seeds after the student's own, on which tests are tried, too


@dataclass(frozen=True, eq=False)
class Run:
    """What a run left behind. *Pairs* are lines (person, film), in any order."""

    claim: str  # what the report says of its number
    reported: float  # that number: the share of the test's pairs with a rank up to 5
    train: np.ndarray  # (240, 2), pairs; no pair of the log comes twice
    valid: np.ndarray  # (60, 2), pairs; a person *has* her films of train and valid
    test: np.ndarray  # (60, 2), pairs
    settings: np.ndarray  # (5,), what was tried
    tuned_on: np.ndarray  # (60, 2), pairs on which the settings were compared
    tuning: np.ndarray  # (5,), what each setting reached there
    setting: float  # the best: the final model has it
    edges: np.ndarray  # (240, 2), pairs: the final model's graph
    negatives: np.ndarray  # (240, 2), pairs that the final model learned to score low
    train_rows: np.ndarray  # (40, 2), lines (film, its row in the model), in training
    test_rows: np.ndarray  # (40, 2), the same, when the test was scored
    candidates: np.ndarray  # (30, 40), true where a film was ranked for a person
    lists: np.ndarray  # (30, 5), the best films of each person, best first
    ranks: np.ndarray  # (60,), of each pair of the test among the candidates, from 1


class Verdict(NamedTuple):
    """What `verdict` prints, and the points that it counts."""

    state: str  # "not attempted", "wrong", "begun" or "right"
    text: str
    points: int = 0
    most: int = 0


def _cells(*parts: np.ndarray) -> np.ndarray:
    """Pairs as a table (people, films) of true and false."""
    table = np.zeros((PEOPLE, FILMS), dtype=bool)
    table[tuple(np.concatenate(parts).T)] = True
    return table


def _log(rng: np.random.Generator) -> list[np.ndarray]:
    """Pairs for train, valid and test. Everybody has a favourite kind of film."""
    fame, kind = rng.gamma(2.0, size=FILMS) + 0.2, rng.integers(0, 4, FILMS)
    liking = fame * np.where(kind == rng.integers(0, 4, (PEOPLE, 1)), 6.0, 1.0)
    # Without replacement, with these probabilities: by the largest of noisy logarithms.
    films = np.argsort(-np.log(liking) - rng.gumbel(size=liking.shape), axis=1)
    pairs = np.stack([np.indices(films.shape)[0], films], axis=2)
    return [rng.permutation(pairs[:, a:b].reshape(-1, 2)) for a, b in pairwise(CUTS)]


def _some(rng: np.random.Generator, table: np.ndarray, number: int) -> np.ndarray:
    """A number of pairs of each person, from those where a table is true."""
    films = [rng.choice(np.flatnonzero(row), number, replace=False) for row in table]
    return np.column_stack([np.repeat(np.arange(PEOPLE), number), np.ravel(films)])


def _scores(known: np.ndarray, minus: np.ndarray, setting: float) -> np.ndarray:
    """(people, films): how often films are watched with hers; half for negatives."""
    together = known.T.astype(float) @ known
    count = np.maximum(np.diag(together), 1)
    np.fill_diagonal(together, 0)
    scores = known @ (together / np.outer(count, count) ** setting)
    return np.where(minus, scores / 2, scores)


def _ranked(scores: np.ndarray, candidates: np.ndarray, pairs: np.ndarray) -> tuple:
    """Films of each person, best first; and the ranks of some pairs, from 1."""
    order = np.argsort(np.where(candidates, -scores, np.inf), axis=1, kind="stable")
    return order, np.argsort(order, axis=1)[tuple(pairs.T)] + 1


def _made(rng: np.random.Generator, fault: str) -> Run:
    """A run with a fault, or with none: ""."""
    train, valid, test = _log(rng)
    first, known = _cells(train), _cells(train, valid)
    coin = rng.random() < 0.5  # some faults come in two kinds
    everything, pool = [train, valid, test], [valid]
    if fault == "chosen_on_test":
        pool = [test] if coin else [valid, test]
    allowed = everything if fault == "test_edges_in_graph" else [train, valid]
    avoided = everything if fault == "negatives_avoid_test" else [train, valid]

    tuned_on = rng.permutation(np.concatenate(pool))[: len(valid)]
    tables = [_scores(first, np.zeros_like(first), one) for one in SETTINGS]
    ranks = np.array([_ranked(table, ~first, tuned_on)[1] for table in tables])
    best = SETTINGS[int((tuning := (ranks <= K).mean(axis=1)).argmax())]
    edges = rng.permutation(np.concatenate(allowed))[:EDGES]
    negatives = rng.permutation(_some(rng, ~_cells(*avoided), NEGATIVES))
    film_of = rng.permutation(FILMS)  # by row
    table = _scores(_cells(edges), _cells(negatives), best)[:, film_of]
    rows = [np.arange(FILMS), np.argsort(film_of)]  # film, and where it went
    if fault == "rows_shifted":  # one film goes to the end; those after it move up
        place = 0 if coin else int(rng.integers(1, FILMS // 2))
        film_of = np.append(np.delete(film_of, place), film_of[place])
    both = np.column_stack([*rows, np.argsort(film_of)])
    files = rng.permutation(both[:, :2]), rng.permutation(both[:, [0, 2]])
    candidates = ~known
    if fault == "seen_items_shown":
        candidates = ~first if coin else np.ones_like(known)
    if fault == "sampled_ranking":
        candidates = _cells(test, _some(rng, ~_cells(*everything), SAMPLED))
    order, ranks = _ranked(table[:, both[:, 2]], candidates, test)
    kept: list[Any] = [catalogue("leaks")["claim"], float((ranks <= K).mean())]
    kept += [train, valid, test, np.array(SETTINGS), tuned_on, tuning, best]
    kept += [edges, negatives, *files, candidates, order[:, :K], ranks]
    return Run(*kept)


def _evidence(fault: str, run: Run) -> tuple[bool, dict[str, Any]]:
    """Has a run this fault? And what shows that."""
    known, test = _cells(run.train, run.valid), _cells(run.test)
    if fault == "rows_shifted":
        rows, now = (x[np.argsort(x[:, 0]), 1] for x in (run.train_rows, run.test_rows))
        number, film = (rows != now).sum(), int((rows != now).argmax())
        values = {"film": film, "row": rows[film], "other": now[film]}
        return bool(number), {**values, "number": number}
    pairs = getattr(run, PAIRS.get(fault, "test"))
    if fault == "seen_items_shown":
        pairs = np.column_stack([np.repeat(np.arange(PEOPLE), K), run.lists.ravel()])
    found = _cells(pairs) & (known if fault == "seen_items_shown" else test)
    if fault == "sampled_ranking":
        found = ~known & ~run.candidates
    person, film = divmod(int(found.argmax()), FILMS)
    values = {"person": person, "film": film, "number": found.sum(), "all": len(pairs)}
    values |= {"ranked": run.candidates[person].sum(), "free": sum(~known[person])}
    return bool(found.any()) != (fault == "negatives_avoid_test"), values


def _drawn(seed: int) -> dict[str, tuple[Run, str]]:
    """The six runs of a seed, each with its fault or ""."""
    rng, made = np.random.default_rng(seed), {}
    places = rng.permutation(list("ABCDEF"))[: rng.integers(1, 6)]
    planted = {str(place): str(rng.choice(FAULTS)) for place in places}
    for name in "ABCDEF":
        fault, found = planted.get(name, ""), ["?"]
        while found != [fault] * bool(fault):  # nothing happens by chance
            run = _made(rng, fault)
            found = [one for one in FAULTS if _evidence(one, run)[0]]
        made[name] = run, fault
    return made


def runs(seed: int) -> dict[str, Run]:
    """Six runs, "A" to "F". Each has one of the FAULTS, or none."""
    return {name: run for name, (run, _) in _drawn(seed).items()}


def _trouble(test: Any, answers: list[Any]) -> str:
    """Why a test gave no answer in some run, or ""."""
    if not callable(test):
        return str(catalogue("leaks")["no_function"])
    answer = next((x for x in answers if not isinstance(x, bool | np.bool_)), True)
    if isinstance(answer, Failure):
        text = say(answer.kind.replace(" ", "_"), text=answer.text)
        return text + f"\n{answer.line}" * bool(answer.line)
    text = say("nothing") if answer is None else catalogue("leaks")["no_answer"]
    return text.format(got=shown(answer)) * (answer is not True)


def _tried(fault: str, test: Any, cases: list[Any]) -> tuple[np.ndarray, str, str]:
    """Points for each run, a line, and what to say of a wrong test."""
    said, there = catalogue("leaks"), np.array([case[3] == fault for case in cases])
    answers = running.run(test, [(case[2],) for case in cases])
    if text := _trouble(test, answers):
        return 0 * there, said["failed"].format(fault=fault), wrapped(fault, text)
    says = np.array(answers, dtype=bool)
    points = np.where(says, np.where(there, 1, -1), 0)
    count = {"found": (says & there).sum(), "missed": (there & ~says).sum()}
    line = said["line"].format(fault=fault, alarms=(says & ~there).sum(), **count)
    if (says == there).all():
        return points, line, ""
    seed, name, run, _ = cases[int((says != there).argmax())]
    has, values = _evidence(fault, run)
    kind, always = "missed" if has else "alarm", bool((says == says[0]).all())
    shows = said[fault]["there" if has else "absent"].format(**values)
    text = said[kind + "_always" * always].format(seed=seed, run=name) + f" {shows} "
    trap = said[fault].get("always", "") * always
    return points, line, wrapped(fault, text + said[fault][kind] + trap)


def judged(seed: int, tests: Mapping[str, Callable[[Run], bool]]) -> Verdict:
    """Try tests on the six runs of a seed and on those of other seeds."""
    said, seeds = catalogue("leaks"), range(seed, seed + 1 + OTHERS)
    strange = ", ".join(name for name in tests if name not in FAULTS)
    values: dict[str, Any] = {"seed": seed, "all": ", ".join(FAULTS), "names": strange}
    own = {x: tests[x] for x in FAULTS if tests.get(x, ...) is not ...}
    own = {x: test for x, test in own.items() if not _empty(test)}
    end = [wrapped("", said["unknown"].format(**values))] * bool(strange)
    if not own:
        end.append(wrapped("", said["not_attempted"].format(**values)))
        return Verdict("not attempted", "\n".join(end))
    cases = [(one, name, *made) for one in seeds for name, made in _drawn(one).items()]
    tried = {x: _tried(x, test, cases) for x, test in own.items()}
    silent = {x: (0, said["silent"].format(fault=x), "") for x in FAULTS}
    points = np.sum([gained for gained, _, _ in tried.values()], axis=0)
    planted = [bool(case[3]) for case in cases]
    values |= {"own": points[:6].sum(), "most_own": sum(planted[:6])}
    values |= {"points": points.sum(), "most": sum(planted), "others": len(cases) - 6}
    notes = [note for _, _, note in tried.values() if note]
    state = "wrong" if notes else "begun" if len(own) < len(FAULTS) else "right"
    notes = notes or [wrapped("", said[state])]
    lines = [said["head"].format(**values), ""]
    lines += [line for _, line, _ in (silent | tried).values()]
    lines += ["", wrapped("", said["points"].format(**values)), *end, *notes]
    return Verdict(state, "\n".join(lines), int(points.sum()), sum(planted))


def verdict(seed: int, tests: Mapping[str, Callable[[Run], bool]]) -> None:
    """Print what tests find in the six runs of a seed, and in those of nine others.
    Where RECTUTOR_CHECK is "strict", a wrong test raises an AssertionError.
    """
    found = judged(seed, tests)
    print(found.text)
    if found.state == "wrong" and os.environ.get("RECTUTOR_CHECK") == "strict":
        raise AssertionError(found.text)
