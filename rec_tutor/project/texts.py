"""Pages in Markdown: which headings are there and filled, and the tables in them."""

from __future__ import annotations

import re
from itertools import takewhile

from rec_tutor.project.findings import ProjectReport

# file -> heading -> the question that stands below it in a new project
PAGES: dict[str, dict[str, str]] = {
    "card.md": {
        "What is in it": "How many ratings, people and items? On which scale?",
        "Who are they": "What is known of the people, and of how they came here?",
        "When": "From when to when? What does a time stand for?",
        "How was it collected": "What did people see, and what did they do?",
        "What was dropped": "By others before you, and by you.",
        "What is known of an item": "Titles, categories; the same thing twice?",
        "Licence": "As it is stated, and where. None stated? Say that.",
        "Sensitive columns": "What could tell who somebody is, or hurt? Is it removed?",
        "Who is not in it": "Whom does it leave out, and who is served badly by that?",
        "What it can't tell": "The question that these data can't answer.",
    },
    "errors.md": {
        "Five people": "Two or more are served well, two or more badly; see the table.",
        "What the model gets wrong": "One pattern, with titles.",
        "Who is served worse": "Two groups, or few against many ratings. How many?",
        "What we would change": "One change, and how you would see that it helped.",
    },
    "report.md": {
        "Question": "For whom is this, and what would be better for them?",
        "Data and split": "Three sentences, and a link to the card.",
        "Baselines": "Which, and with how many tries?",
        "Model": "Which, and why this one?",
        "Result": "The table, the difference with its interval, and what it says.",
        "What went wrong": "On titles. Also: what you tried and dropped.",
        "Limits": "What the numbers do not say.",
        "Who did what": "One line for each person.",
    },
    "review.md": {
        "What does the project claim": "In one sentence, in your words.",
        "Could the model know the answers": "How did you look for it?",
        "Is the baseline strong": "What makes you think so?",
        "Does the interval carry the claim": "Which words would you change?",
        "Who is not in the data": "Whom could the lists hurt?",
        "What should they do next": "One thing that takes an afternoon.",
    },
}
FEW = 4  # with fewer words a section is empty
LONGEST = 1100  # words on two pages
FENCE = re.compile(r"^ {0,3}(```|~~~)")
RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")


def sections(text: str) -> list[tuple[str, str]]:
    """Headings with what stands below them, up to the next one of the same height."""
    text = re.sub(r"<!--.*?(-->|\Z)", "", text, flags=re.DOTALL)
    lines: list[tuple[int, str]] = []  # height (0: no heading), text
    fenced = False
    for line in text.splitlines():
        fenced ^= bool(FENCE.match(line))
        head = None if fenced else re.match(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$", line)
        lines.append((len(head[1]), head[2]) if head else (0, line))
    found = []
    for at, (height, title) in enumerate(lines):
        if height:
            below = takewhile(lambda own: not 0 < own[0] <= height, lines[at + 1 :])  # noqa: B023
            found.append((title, "\n".join(own for high, own in below if not high)))
    return found


def same_heading(title: str, wanted: str) -> bool:
    """Is it that heading, whatever its number, case and signs?"""
    return _letters(title).startswith(_letters(wanted))


def _letters(text: str) -> str:
    plain = re.sub(r"[^a-z ]", "", text.casefold().replace("license", "licence"))
    return " ".join(plain.split())


def words(text: str) -> int:
    """How many words, of letters or digits, stand in a text."""
    return len(re.findall(r"\w[\w'’.,-]*", text))


def check_page(name: str, text: str, report: ProjectReport) -> None:
    """Which of the page's headings are missing or empty?"""
    found = sections(text)
    missing, empty = [], []
    for wanted in PAGES[name]:
        own = [body for title, body in found if same_heading(title, wanted)]
        if not own:
            missing.append(wanted)
        elif max(map(words, own)) < FEW:
            empty.append(wanted)
    if missing:
        report.wrong(
            f"{name} lacks the heading(s): {'; '.join(missing)}. A heading is a line"
            " that begins with #."
        )
    if empty:
        report.wrong(f"{name}: nothing stands below: {'; '.join(empty)}.")
    if not missing and not empty:
        report.ok(f"{name}: all {len(PAGES[name])} headings are there, with text.")


def tables(text: str) -> list[list[dict[str, str]]]:
    """The tables with bars, each as rows: name of the column (in small letters) ->
    cell.
    """
    found: list[list[dict[str, str]]] = []
    lines = text.splitlines()
    for at in range(1, len(lines)):
        if (
            "|" not in lines[at - 1]
            or "|" not in lines[at]
            or not RULE.match(lines[at])
        ):
            continue
        head = [own.casefold() for own in _cells(lines[at - 1])]
        below = takewhile(lambda line: "|" in line, lines[at + 1 :])
        found.append([dict(zip(head, _cells(line), strict=False)) for line in below])
    return found


def _cells(line: str) -> list[str]:
    inside = line.strip().removeprefix("|").removesuffix("|")
    return [own.strip().strip("*`_ ") for own in inside.split("|")]
