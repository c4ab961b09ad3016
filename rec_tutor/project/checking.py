"""The five hand-ins of a project, looked at one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rec_tutor.data.schema import DataError, Dataset
from rec_tutor.evaluation.splits import Split
from rec_tutor.project import judge, numbers, ratings, texts
from rec_tutor.project.findings import HAND_INS, Absent, ProjectReport
from rec_tutor.project.folder import FILE, Project, load
from rec_tutor.project.judge import Board, Ours
from rec_tutor.project.lists import look_for_answers, read_lists
from rec_tutor.project.ratings import WAY_OUT


def check(folder: str | Path, hand_in: int = len(HAND_INS)) -> ProjectReport:
    """Read a project up to a hand-in, and compute again what can be computed.

    Args:
        folder: with a `project.toml`, see `start`.
        hand_in: 1 to 5; the earlier ones are read, too.

    Raises:
        DataError: there is no such folder, or its `project.toml` can't be understood.
            Whatever else can't be read is a finding.
    """
    if not 1 <= hand_in <= len(HAND_INS):
        raise DataError(f"hand_in is a number from 1 to {len(HAND_INS)}.")
    project = load(folder)
    report = ProjectReport(project.title, hand_in)
    steps = Steps(project, report)
    for number, step in enumerate(steps.all()[:hand_in], start=1):
        report.at = number
        step()
    return report


def cut(folder: str | Path) -> tuple[Dataset, Split]:
    """The data of a project and its parts, as the check sees them: fit on `split.train`
    to choose settings, on `split.refit` to make the lists.

    Returns:
        The data; where a kind of split is named, each pair of person and item once. And
        the parts, with its indices.

    Raises:
        DataError: as `check`, or if the data or a part can't be read.
    """
    project = load(folder)
    own = ratings.cut(project, ratings.source(project), ProjectReport(project.title, 2))
    return own.ds, own.split


@dataclass
class Steps:
    """What is found out for one hand-in and needed by the next."""

    project: Project
    report: ProjectReport
    ds: Dataset | None = None
    board: Board | None = None
    ours: Ours | None = None

    def all(self) -> list[Callable[[], None]]:
        """The hand-ins, in their order."""
        return [self.card, self.baselines, self.model, self.errors, self.pages]

    def card(self) -> None:
        """01: the data and their card."""
        with self.report.reading(WAY_OUT):
            self.ds = ratings.source(self.project)
            ratings.look_at_data(self.project, self.ds, self.report)
        text = self.page("card.md")
        if text and self.ds is not None:
            self.counts(text)

    def counts(self, text: str) -> None:
        """Does the card name the numbers that we count?"""
        assert self.ds is not None
        bare = "".join(letter for letter in text if letter not in ",.'’  \u202f")
        counted = {
            "ratings": len(self.ds.ratings),
            "people": self.ds.num_users,
            "items": self.ds.num_items,
        }
        lacking = [f"{own:,} {name}" for name, own in counted.items()]
        lacking = [
            words
            for words, own in zip(lacking, counted.values(), strict=True)
            if str(own) not in bare
        ]
        if lacking:
            self.report.wrong(
                "card.md does not have the numbers that we count:"
                f" {', '.join(lacking)}."
            )

    def baselines(self) -> None:
        """03: the split, popularity, and a baseline that learns."""
        project, report = self.project, self.report
        if self.ds is None:
            report.look("Without the data nothing here could be checked.")
            return
        with report.reading(WAY_OUT):
            own = ratings.cut(project, self.ds, report)
            own = ratings.look_for_leaks(own, report)
            if len(own.split.test) and len(own.split.train):
                self.board = Board(own, project.k, project.liked)
        if self.board is None:
            return
        self.ours = judge.fit_ours(self.board, report)
        if not project.popularity:
            report.wrong(
                f"{FILE} names no popularity = '…': the list that is the same for"
                " everybody is the first thing to beat."
            )
        elif self.lists(project.popularity):
            judge.look_at_popularity(project.popularity, self.board, report)
        learnt = [own for own in project.baselines if own != project.popularity]
        if not learnt:
            report.wrong(
                f"{FILE} names no baselines = ['…'] besides popularity: take one that"
                " learns, such as item-kNN or EASE."
            )
        for name in learnt:
            if self.lists(name):
                judge.look_at_baseline(
                    name, project.popularity, self.board, self.ours, report
                )
        if report.hand_in == 2:  # else they are looked at with the model's
            self.typed()

    def typed(self) -> None:
        """results.csv and tuning.csv."""
        if self.board is None:
            return
        project, report = self.project, self.report
        with report.reading():
            rows = numbers.read_rows(project, "results.csv", ("model", "ndcg"))
            numbers.check_results(rows, "results.csv", self.board, report)
        tried = [own for own in project.baselines if own != project.popularity]
        models = list(tried)
        if report.hand_in > 2:
            models += filter(None, [project.model, project.twin])
        with report.reading():
            needed = ("model", "setting", "ndcg")
            rows = numbers.read_rows(project, "tuning.csv", needed)
            if models:
                numbers.check_tuning(rows, models, tried, self.board, report)

    def model(self) -> None:
        """07: one learnt model."""
        project, report, board = self.project, self.report, self.board
        if not project.model:
            report.wrong(f"{FILE} names no model = '…'.")
        if board is None or self.ours is None:
            report.look("Without the split nothing here could be checked.")
            return
        for name in filter(None, (project.model, project.twin)):
            if self.lists(name):
                baselines = [project.popularity, *project.baselines]
                judge.look_at_model(name, baselines, board, self.ours, report)
        judge.alike(board, project.twin, project.model, report)
        self.typed()

    def lists(self, name: str) -> bool:
        """Read and measure the lists of a model; False if that can't be done."""
        assert self.board is not None and self.ours is not None
        board, report = self.board, self.report
        with report.reading("(A list has the columns userID and itemID, in UTF-8.)"):
            found = read_lists(self.project, name, board.own, report)
            board.add(found)
            file = self.project.lists[name]
            look_for_answers(file, found, board.own, board.liked, report)
            if name != self.project.popularity:  # it is counted again
                judge.too_good(name, board, self.ours, report)
        return name in board.frames

    def errors(self) -> None:
        """09: the error analysis."""
        text = self.page("errors.md")
        if text and self.board is not None:
            lists = self.board.lists.get(self.project.model)
            numbers.check_examples(text, lists, self.board.own, self.report)

    def pages(self) -> None:
        """The report, and the review of another group's."""
        report, board = self.report, self.board
        text = self.page("report.md")
        if text:
            length = texts.words(text)
            if length > texts.LONGEST:
                report.look(
                    f"report.md has {length:,} words; two pages hold about"
                    f" {texts.LONGEST:,}. What can go?"
                )
            if board is not None:
                rows = numbers.report_tables(text)
                if rows:
                    numbers.check_results(rows, "report.md", board, report)
                else:
                    report.wrong(
                        "report.md has no table with a column model and a column NDCG."
                    )
                self.interval(text)
        self.page("review.md")

    def interval(self, text: str) -> None:
        """Does the report give the interval of the difference?"""
        board, project = self.board, self.project
        there = [project.popularity, *project.baselines]
        assert board is not None
        there = [own for own in there if own in board.frames and own != project.model]
        if project.model not in board.frames or not there:
            return
        best = max(there, key=board.ndcg)
        lead = board.lead(project.model, best)
        typed = [numbers.number(own) for own in numbers.NUMBER.findall(text)]
        found = [
            any(t and abs(abs(t[0]) - abs(bound)) <= t[1] <= 0.001 for t in typed)
            for bound in lead[1:]
        ]
        if all(found):
            self.report.ok("report.md gives the interval of the difference.")
        else:
            self.report.wrong(
                "report.md does not give the interval of the difference between"
                f" {project.model} and {best}: {judge.in_words(lead)},"
                f" {judge.verdict(*lead[1:])}."
            )

    def page(self, name: str) -> str:
        """Check the headings of a page; its text, or "" where it can't be read."""
        with self.report.reading():
            text = self.project.text(name)
            if not text.strip():
                raise Absent(f"{name} is empty.")
            texts.check_page(name, text, self.report)
            return text
        return ""
