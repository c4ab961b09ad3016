"""What a course is for, and where it is practised: each numbered goal of the chapters
(07.G1), with the sections that teach it, its *Your turn*, quiz questions and exercises.

A line `<!-- goals -->` of a page of book/ becomes a table per chapter. It is made from
book/NN_name.md, book/exercises/NN_name.md and rec_tutor.check.questions. A section
teaches a goal if a question with this goal sends its reader there, if a *Your turn* of
the goal stands in it, or if it has a formula that the goal's line of the summary names.
What these do not say stands in TAUGHT.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from course import notebooks
from course.modules import ROOT
from rec_tutor.check import words
from rec_tutor.check.question import Blank
from rec_tutor.check.questions import CHAPTERS, of_chapter

LINE = "<!-- goals -->"
KEY = r"\d\d\.G\d+"
GOAL = re.compile(rf"(?m)^- \*\*({KEY})\*\* (.+)$")
TAUGHT = {  # goal -> headings of its page
    "00.G6": ("A network for real people",),
    "00.G7": ("Three ways to bend",),
    "00.G9": ("How far is a step?", "A gradient, checked twice"),
    "00.G10": ("Where you start matters",),
    "00.G12": ("Overfitting on fifty points",),
    "00.G13": ("What could go wrong: inputs as they come",),
    "01.G5": ("Whole pages in one second",),
    "01.G7": ("Where the score comes from", "Two profiles"),
    "01.G8": ("Your own data",),
    "01.G10": ("Three ways to be missing",),
    "01.G12": ("A side effect, counted",),
    "02.G8": ("Part 3 · From numbers to conclusions",),
    "02.G9": ("Part 4 · Choosing settings",),
    "02.G11": ("Part 6 · What survives without a future",),
    "03.G8": ("Does scikit-learn not have all this?",),
    "03.G9": (
        "The same budget for everybody",
        "All models on one board",
        "Who leads when no future leaks?",
    ),
    "03.G10": ("The order of events: the sequence board",),
    "03.G12": (
        "What could go wrong: a model that knows nothing",
        "Is it true elsewhere?",
    ),
    "04.G3": ("Pictures for a taste",),
    "04.G5": ("On the board", "What it recommends, and what it gets wrong"),
    "04.G6": ("Convolution in one dimension", "Many channels"),
    "04.G7": ("A published listing",),
    "04.G8": ("The network, trained",),
    "04.G9": ("The last layer but one as an embedding",),
    "04.G11": ("Recommending what nobody has touched",),
    "04.G12": ("Caser, part by part",),
    "05.G5": ("What it recommends, and what it gets wrong",),
    "05.G6": ("Against the framework", "Backwards through time, as code"),
    "05.G8": ("Gates, as code",),
    "05.G10": ("The stacked LSTM, repaired",),
    "05.G11": ("GRU4Rec, three times",),
    "05.G12": ("What does the state remember?",),
    "06.G5": ("New films for a child", "How far do words carry?"),
    "06.G7": ("A published network",),
    "06.G8": ("A formula that lacks its score",),
    "06.G9": ("The same trick on films: item2vec",),
    "06.G10": ("What an encoder brings along",),
    "06.G11": ("Cold start in the articles", "New films among old ones"),
    "07.G5": ("What it recommends, and what it gets wrong", "A look inside"),
    "07.G6": ("The best two thin tables: SVD",),
    "07.G8": (
        "A published table",
        "A published step",
        "What could go wrong: a listing from the articles",
    ),
    "07.G9": ("Overfitting that you can read", "How large, how much penalty?"),
    "07.G11": ("The scoreboard", "The side effect"),
    "07.G12": ("What does the board pay for?",),
    "08.G5": ("What it recommends, and what it gets wrong",),
    "08.G7": ("A published listing, run",),
    "08.G8": ("A published listing, run",),
    "08.G10": ("What might still help",),
    "08.G11": ("What could go wrong: a sampler that knows the test",),
    "08.G12": ("A look inside", "Where it is used"),
    "09.G5": ("What does it listen to?",),
    "09.G6": ("Why divide by the root?",),
    "09.G9": ("Test the mask of a real model",),
    "09.G10": ("On 943 people: all entrants", "Why does it not win there?"),
    "09.G11": ("What do the weights explain?",),
    "10.G5": ("More edges: who made the film",),
    "10.G6": ("Which nodes, which edges?", "What the sum costs"),
    "10.G7": ("What keeps a node's own state",),
    "10.G8": ("Sparse products", "LightGCN and NGCF in full"),
    "10.G9": ("The test is in the graph",),
    "10.G10": ("What eigenvalues say", "What the layers buy, in full"),
    "10.G11": ("A graph of other films", "The right links"),
    "11.G5": (
        "What it shows, and what it gets wrong",
        "The answers are those of the author",
    ),
    "11.G7": ("A problem that fits in a table",),
    "11.G8": ("A simulated user: what is fitted, what is assumed",),
    "11.G10": ("Does it hold? Seeds, satiation, and the parts of DQN",),
    "11.G12": ("Judging a policy without showing it to anybody",),
    "11.G13": ("Judging a policy without showing it to anybody",),
    "11.G14": ("What could go wrong: believing your own simulator",),
    "12.G3": ("A film that nobody has rated",),
    "12.G6": ("First, random, last", "A prior, by hand"),
    "12.G8": ("Thompson sampling, by hand", "Judged from somebody else's log"),
    "12.G9": ("Whom you trust", "Who made it"),
    "12.G10": (
        "A vector to match",
        "What DropoutNet is told",
        "Why one network?",
    ),
}


@dataclass
class Goal:
    """One goal.

    Attributes:
        key: "07.G1".
        text: what a reader learns to do, as Markdown.
        page: the chapter that states it, "07_mf" or "07_mf_deeper".
        sections: (chapter, heading) of where it is taught.
        turns: the *Your turn* with this goal, "07.T1".
        quiz: "07.Q1".
        exercises: numbers on the chapter's page of exercises, or, of a goal of a page
            *Deeper*, on that page itself; and the names of other pages of exercises.
    """

    key: str
    text: str
    page: str
    sections: list[tuple[str, str]] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    quiz: list[str] = field(default_factory=list)
    exercises: list[str] = field(default_factory=list)

    @property
    def practised(self) -> bool:
        return bool(self.turns or self.quiz or self.exercises)


def sections(text: str) -> list[tuple[str, str]]:
    """(heading, text) of a chapter's sections, large and small; code has none."""
    plain = re.sub(r"(?ms)^```.*?^```$", "", text)
    parts = re.split(r"(?m)^##+ (.+)$", plain)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def exercises(text: str) -> list[tuple[str, list[str]]]:
    """(number, goals) of the exercises of a page, and of a chapter's own last section:
    `## 1 · Title` with `*(07.G1, 5 minutes)*` below it, or `1. *(07.G7)* …`.
    """
    pattern = r"(?m)^(?:## (\d+) · .+\n+|(\d+)\. )\*\(((?:[^)]*)G\d[^)]*)\)\*"
    return [
        (first or second, re.findall(KEY, inside))
        for first, second, inside in re.findall(pattern, text)
    ]


def quizzes(text: str) -> list[tuple[str, str]]:
    """(question, goal) of the quiz questions of a page."""
    return re.findall(rf"(?m)^(\d\d\.Q\d) \(({KEY})\)", text)


def chapters(root: Path) -> list[str]:
    """The names of all chapters, cores and pages *Deeper*."""
    paths = sorted((root / "book").glob("*.md"))
    return [path.stem for path in paths if notebooks.CHAPTER.fullmatch(path.stem)]


def read(root: Path, name: str) -> str:
    return (root / "book" / f"{name}.md").read_text(encoding="utf-8")


def goals(root: Path = ROOT) -> dict[str, Goal]:
    """All goals of the course, by key."""
    found: dict[str, Goal] = {}
    for chapter in chapters(root):
        for key, text in GOAL.findall(read(root, chapter)):
            found.setdefault(key, Goal(key, text.rstrip(";."), chapter))
    others = other_pages(root)
    for key, goal in found.items():
        goal.sections = taught(goal, root)
        number = key[:2]
        for question in of_chapter(CHAPTERS[number]).values():
            if isinstance(question, Blank) and question.goal == key:
                goal.turns.append(question.key)
        core = core_of(goal.page)
        page = read(root, f"exercises/{core}")
        goal.quiz = [name for name, served in quizzes(page) if served == key]
        asked = read(root, goal.page) if goal.page != core else page
        goal.exercises = [name for name, served in exercises(asked) if key in served]
        goal.exercises += [name for name, keys in others.items() if key in keys]
    return found


def other_pages(root: Path) -> dict[str, list[str]]:
    """Pages of exercises that belong to no single chapter, and the goals they name."""
    return {
        path.stem: re.findall(rf"(?m)^\*\(({KEY}), ", path.read_text(encoding="utf-8"))
        for path in sorted((root / "book" / "exercises").glob("*.md"))
        if not notebooks.CHAPTER.fullmatch(path.stem)
    }


def core_of(page: str) -> str:
    return page.removesuffix("_deeper")


def taught(goal: Goal, root: Path) -> list[tuple[str, str]]:
    """Where a goal is taught, in the order of the pages."""
    core = core_of(goal.page)
    named = set(TAUGHT.get(goal.key, ()))
    for question in of_chapter(CHAPTERS[goal.key[:2]]).values():
        where = words.of(question.key)["read"]
        if question.goal == goal.key and not re.match(r"\d\d: ", where):
            named.add(where)
    own = read(root, goal.page)
    summary = [text for key, text in GOAL.findall(own) if key == goal.key][1:]
    formulas = re.findall(r"\((\d+\.\d+)\)", " ".join(summary))
    found = []
    for page in dict.fromkeys((core, goal.page)):
        for heading, text in sections(read(root, page)):
            tags = re.findall(r"\\tag\{(\d+\.\d+)\}", text)
            if (page == goal.page and heading in named) or set(tags) & set(formulas):
                found.append((page, heading))
    return found


def problems(found: dict[str, Goal], root: Path = ROOT) -> list[str]:
    """What does not fit together: a goal without practice or without a section, or
    something that names a goal which does not exist.
    """
    said = [
        f"{key}: nothing practises it" for key, g in found.items() if not g.practised
    ]
    said += [
        f"{key}: no section teaches it" for key, g in found.items() if not g.sections
    ]
    places = {f"exercises/{name}": keys for name, keys in other_pages(root).items()}
    for chapter in chapters(root):
        for number, keys in exercises(read(root, chapter)):
            places[f"{chapter}, exercise {number}"] = keys
        if chapter != core_of(chapter):
            continue
        page = read(root, f"exercises/{chapter}")
        for number, keys in exercises(page):
            places[f"exercises/{chapter}, {number}"] = keys
        places |= {quiz: [key] for quiz, key in quizzes(page)}
        for question in of_chapter(CHAPTERS[chapter[:2]]).values():
            places[question.key] = [question.goal]
    return said + [
        f"{place}: no goal {key}"
        for place, keys in places.items()
        for key in keys
        if key not in found
    ]


def slug(heading: str) -> str:
    """The anchor that the website gives a heading."""
    plain = heading.lower().replace("*", "").replace(" ", "-")
    return re.sub(r"[^\w\- ]", "", plain)


def row(goal: Goal) -> str:
    """A goal's line of the table. The goals of a page *Deeper* have their exercises on
    that page.
    """
    core = core_of(goal.page)
    taught_in = [
        f"[{heading}]({page}.md#{slug(heading)})" for page, heading in goal.sections
    ]
    place = f"exercises/{core}.md" if goal.page == core else f"{goal.page}.md#exercises"
    numbers = [one for one in goal.exercises if one.isdigit()]
    asked = [f"[{', '.join(numbers)}]({place})"] * bool(numbers)
    asked += [f"[{x}](exercises/{x}.md)" for x in goal.exercises if x not in numbers]
    cells = [
        f"**{goal.key}** {goal.text}",
        " · ".join(taught_in),
        ", ".join(goal.turns),
        ", ".join(goal.quiz),
        ", ".join(asked),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") or "–" for cell in cells) + " |"


def table(chapter: str, found: dict[str, Goal], root: Path = ROOT) -> str:
    """A chapter's heading, where its answers are, and its goals."""
    title = re.findall(r"(?m)^# (.+)$", read(root, chapter))[0]
    known = sum(len(one.wrong) for one in of_chapter(CHAPTERS[chapter[:2]]).values())
    head = ["goal", "taught in", "Your turn", "quiz", "exercises"]
    rows = [row(goal) for goal in found.values() if core_of(goal.page) == chapter]
    return "\n".join(
        [
            f"## {title}",
            "",
            f"Answers: [the page of exercises](exercises/{chapter}.md), folded. The"
            f" checks know {known} wrong answers by name.",
            "",
            f"| {' | '.join(head)} |",
            "|---" * len(head) + "|",
            *rows,
            "",
        ]
    )


def filled(text: str, folder: Path, root: Path = ROOT) -> str:
    """A page that lies in a folder, with its tables of goals."""
    if LINE not in text:
        return text
    found, known = goals(root), notebooks.chapters(root)
    tables = [table(one, found, root) for one in known if one == core_of(one)]
    made = notebooks.map_links("\n".join(tables), folder, "", known, root)
    return text.replace(LINE, made)
