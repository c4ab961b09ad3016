"""The parts of the website that show progress: the page `book/progress.md`, where a
line `<!-- progress -->` becomes a table of the chapters, and a line on each page of
exercises. book/_static/progress.js fills them in; without scripts they are not shown.
"""

from __future__ import annotations

import html
import json

from course import sections
from rec_tutor.check import words
from rec_tutor.check.questions import CHAPTERS, chapter_of
from rec_tutor.check.saved import everything

LINE = "<!-- progress -->"


def keys_of(name: str) -> str:
    """The keys of a chapter, by its short name, in a line."""
    return " ".join(key for key in everything() if chapter_of(key) == name)


def line(name: str) -> str:
    """What a page of exercises shows of its chapter."""
    return (
        f'<div id="rt-progress" class="rt-progress" data-keys="{keys_of(name)}"'
        f' data-all="{len(everything())}" hidden><p><span role="status"></span>'
        ' <a href="{page}">Your progress</a></p></div>'
    )


def table() -> str:
    """The table of the chapters, and the two fields for codes."""
    rows = ""
    for number, name in CHAPTERS.items():
        core, deeper = sections.keys(number)
        rows += f"<tr><td>{number} {html.escape(words.catalogue(name)['title'])}</td>"
        for keys in (" ".join(core), " ".join(deeper), keys_of(name)):
            rows += f'<td data-keys="{keys}"></td>'
        rows += "</tr>"
    chapters = html.escape(json.dumps(list(CHAPTERS.items())))
    return f"""\
<div id="rt-progress-table" class="rt-progress" hidden>
<p id="rt-status" role="status"></p>
<table id="rt-chapters" class="dataframe" data-chapters="{chapters}">
<thead><tr><th scope="col">chapter</th><th scope="col">read</th>
<th scope="col">read in Deeper</th><th scope="col">solved</th></tr></thead>
<tbody>{rows}</tbody></table>
<p><label for="rt-code">Your code, to take along</label><br>
<input id="rt-code" readonly> <button id="rt-copy" type="button">Copy</button></p>
<form id="rt-take"><p>
<label for="rt-other">A code of another device or a notebook</label><br>
<input id="rt-other" autocomplete="off" spellcheck="false"> <button>Take over</button>
</p></form>
</div>"""


def filled(text: str) -> str:
    return text.replace(LINE, table())
