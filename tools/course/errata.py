"""What the articles get wrong, as an index: a row for each entry of book/articles.md.

A line `<!-- errata -->` of that page becomes the table, which is made of the entries:
**1 · Title.** *000, §3.1.* … *Shown in* [chapter 04](…), [04 · Deeper](…).
"""

from __future__ import annotations

import re

LINE = "<!-- errata -->"
ENTRY = re.compile(
    r"^\*\*(\d+) · (.+?)\*\* \*(.+?)\*(.*?)(?=^\(erratum|^## |\Z)",
    re.DOTALL | re.MULTILINE,
)


def rows(text: str) -> list[list[str]]:
    """Number, title, place in the articles and boxes of each entry, by number.

    Raises:
        ValueError: an entry does not say where it is shown.
    """
    found = []
    for number, title, place, rest in ENTRY.findall(text):
        shown = re.split(r"\*(?:Shown|Mended) in\*", rest)
        boxes = re.findall(r"\[[^]]+\]\([^)]+\)", shown[-1])
        if len(shown) == 1 or not boxes:
            raise ValueError(f"entry {number} does not say where it is shown")
        name, anchor = title.rstrip("."), f"erratum-{number}"
        if f"({anchor})=" in text:
            name = f"[{name}](#{anchor})"
        found.append([number, name, place.rstrip("."), ", ".join(boxes)])
    return sorted(found, key=lambda row: int(row[0]))


def filled(text: str) -> str:
    """The page with its index."""
    if LINE not in text:
        return text
    head = ["| number | what is wrong | article | box |", "|--:|---|---|---|"]
    return text.replace(LINE, "\n".join([*head, *map(line, rows(text))]))


def line(row: list[str]) -> str:
    return "| " + " | ".join(row) + " |"
