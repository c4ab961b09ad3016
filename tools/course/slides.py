"""Slides of the chapters, for a class: one HTML file each, made from the notebooks that
are made from book/NN_name.md.

    python -m course slides                         all chapters, into _build/slides
    python -m course slides --only 07               one of them
    python -m course slides --framework tensorflow  the TensorFlow twins

A slide holds one thing: a figure, a table, a formula, a *Predict* (what came out stands
on the next slide), a *Your turn*, a short cell of code, or the first sentence of a
section. The notes below it are the chapter's prose. Nothing is executed. A deck needs
no network: pictures are part of the file, formulas are MathML, which browsers draw
themselves. The page around the slides is deck.html; it makes too long a text smaller.
"""

from __future__ import annotations

import argparse
import base64
import html
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from course import checks, notebooks, pictures
from course.mathml import mathml
from course.modules import ROOT

OUT = Path("_build/slides")
TEMPLATE = Path(__file__).with_name("deck.html")
FONT = ROOT / "book" / "_static" / "math.woff2"
LINES, ROWS = 16, 12  # of code and of a table on a slide; the rest is in the notebook
OPEN = 60  # words of prose before a section's first thing: it gets a slide of its own
SHORT = 55  # words of a text that stands on a slide
BOXES = {"Predict", "Your turn", "Change this", "Misconception", "Watch out"}
BOXES |= {"A published mistake"}
BOX = re.compile(r"\*\*([^*]+?)(?: \(\d+ min\))?\.\*\*\s*")
QUIET = {"Deeper", "Exercises", "References"}  # sections without slides
LISTED = re.compile(r"You will learn|What you can do|Three questions|May you skip")
PICTURE = re.compile("<(?:img|svg) ")
ANSWER = "What came out"
ANSWERS = re.compile(
    r"answer(?: to [\w ]+)? (?:is|was)\b|no single right answer|"
    r"\b[Ii]t is \([a-d]\)|^\([a-d]\)|^(?:It is|To) "
)


@dataclass
class Slide:
    """One slide.

    Attributes:
        title: of the section, as Markdown.
        kind: what stands below it, "Predict", or "".
        body: HTML.
        notes: paragraphs of Markdown.
    """

    title: str
    kind: str = ""
    body: str = ""
    notes: list[str] = field(default_factory=list)


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark").enable("table")
    made.use(
        dollarmath_plugin,
        allow_space=False,
        double_inline=True,
        renderer=lambda tex, options: mathml(tex, options["display_mode"]),
    )
    return made


MARKDOWN = _markdown()


def unlinked(text: str) -> str:
    """Links as their words: a deck leads nowhere. Comments are left out."""
    text = re.sub(r"(?s)<!--.*?-->", "", text)
    return re.sub(r"(?<![!\w])\[([^]\n]+)\]\([^)\s]+\)", r"\1", text)


def rendered(text: str) -> str:
    return MARKDOWN.render(unlinked(text)).strip()


def inline(text: str) -> str:
    return MARKDOWN.renderInline(unlinked(text)).strip()


def blocks(text: str) -> Iterator[str]:
    """The blocks of a Markdown text; a `<details>` with all that it holds is one."""
    held: list[str] = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        held.append(part)
        whole = "\n\n".join(held)
        if whole.count("<details") <= whole.count("</details>") and not (
            whole.count("```") % 2
        ):
            if whole.strip():
                yield whole.strip("\n")
            held = []
    if held:
        yield "\n\n".join(held)


def sentences(text: str) -> list[str]:
    """Of a paragraph; a full stop inside a formula or code ends none."""
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x00{len(kept) - 1}\x00"

    plain = re.sub(r"\$[^$\n]+\$|`[^`\n]+`", hide, text)
    # the sign that closes a bold or a quoted sentence belongs to it
    parts = re.split(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bal\.)([*”\")]*)\s+(?=\S)", plain)
    parts = [a + b for a, b in zip(parts[::2], [*parts[1::2], ""], strict=True)]
    return [
        re.sub("\x00(\\d+)\x00", lambda m: kept[int(m[1])], part).strip()
        for part in parts
        if part.strip()
    ]


def words(text: str) -> int:
    return len(re.sub(r"\$[^$]+\$", "x", text).split())


def short(text: str, most: int = SHORT) -> str:
    """The first sentences of a text, as many as a slide can carry."""
    taken: list[str] = []
    for one in sentences(text):
        if words(" ".join(taken)) > 5 and words(" ".join([*taken, one])) > most:
            break
        taken.append(one)
    made = " ".join(taken)
    # emphasis that goes on after the last sentence
    return made + "**" * (made.count("**") % 2)


def verdict(text: str) -> str:
    """A paragraph from the sentence on that answers a question."""
    parts = sentences(text)
    first = next((n for n, one in enumerate(parts) if ANSWERS.search(one)), 0)
    return " ".join(parts[first:])


def answer(coming: Sequence[str | NotebookNode]) -> str | None:
    """The paragraph that answers a *Predict*: the one that says so; None if the next
    box or section comes before.
    """
    found: list[str] = []
    for part in coming:
        if not isinstance(part, str):
            continue
        if part.startswith(("#", "<details")) or (
            part.startswith(">") and BOX.match(part.lstrip("> "))
        ):
            break
        if not part.startswith(("$$", "|", "**Figure", "- ", "1. ")):
            found.append(part)
    return next(filter(ANSWERS.search, found), None)


def choices(text: str) -> str:
    """A question as HTML, with what stands behind (a), (b) … on lines of its own."""
    first, *rest = re.split(r"\s+(?=\([a-d]\) )", text)
    if len(rest) < 2 or re.search(r"\([a-d]\)", first):
        return rendered(text)
    last, after = (sentences(rest[-1]) + [""])[:1][0], sentences(rest[-1])[1:]
    rows = [re.sub(r"(;|,( or)?)$", "", one) for one in [*rest[:-1], last]]
    items = "".join(f"<li>{inline(one)}</li>" for one in rows)
    more = rendered(" ".join(after)) if after else ""
    return f'{rendered(first)}<ul class="options">{items}</ul>{more}'


def table(source: str) -> str:
    """A table of an output, cut to ROWS rows."""
    head, body, rest = re.split(r"(?s)<tbody>(.*)</tbody>", source, maxsplit=1)
    rows = re.findall(r"(?s)<tr>.*?</tr>", body)
    cut = len(rows) - ROWS
    more = f"<figcaption>{cut} more rows are in the notebook.</figcaption>" * (cut > 0)
    kept = "\n".join(rows[:ROWS])
    return f"<figure>{head}<tbody>{kept}</tbody>{rest}{more}</figure>"


def printed(cell: NotebookNode) -> str:
    """What a cell printed, as HTML."""
    text = "".join(
        one["text"]
        for one in cell.get("outputs", [])
        if one.output_type == "stream" and one.name == "stdout"
    )
    return (
        f'<pre class="out">{html.escape(text.rstrip())}</pre>' if text.strip() else ""
    )


def shown(cell: NotebookNode) -> str:
    """The picture or the table of a cell's output, as HTML; "" if it has none."""
    if picture := pictures.as_html(cell):
        return f"<figure>{picture}</figure>"
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "<tbody>" in data.get("text/html", ""):
            return table(data["text/html"])
    return ""


def source_of(cell: NotebookNode) -> str:
    """A cell's code, without the lines for folding and for checks."""
    code = re.sub(r"^# @title.*\n", "", checks.without(cell.source)).strip("\n")
    return f"<pre>{html.escape(code)}</pre>"


class Deck:
    """The slides of a notebook, put together block by block and cell by cell."""

    def __init__(self, notebook: NotebookNode) -> None:
        self.slides: list[Slide] = []
        self.section = ""
        self.before: list[str] = []  # prose that no slide of the section has yet
        self.fresh = True  # the section has no slide yet
        self.asked = ""  # a box whose answer comes next
        self.answer: str | None = None  # the paragraph that answers a *Predict*
        self.shown: Slide | None = None  # what came out, until that paragraph comes
        self.quiet = False
        parts: list[str | NotebookNode] = []
        for cell in notebook.cells:
            parts += blocks(cell.source) if cell.cell_type == "markdown" else [cell]
        for at, part in enumerate(parts):
            if isinstance(part, str):
                self.block(part, parts[at + 1 :])
            elif not self.quiet:
                self.code(part)
        self.close()

    def add(self, body: str, kind: str = "", notes: Sequence[str] = ()) -> Slide:
        """A slide of this section. The prose that was waiting becomes its notes; if it
        is long, it gets a slide of its own, with its first sentence.
        """
        if self.fresh and sum(map(words, self.before)) > OPEN:
            self.quote()
        slide = Slide(self.section, kind, body, [*self.before, *notes])
        self.before, self.fresh = [], False
        self.slides.append(slide)
        return slide

    def quote(self) -> None:
        first = next((one for one in self.before if not one.startswith("|")), "")
        body = rendered(short(first, 30))
        self.slides.append(Slide(self.section, "", body, self.before))
        self.before, self.fresh = [], False

    def say(self, text: str) -> None:
        """A paragraph for the notes; if it answers a question, also for a slide."""
        if text == self.answer:
            self.answer, self.asked = None, ""
            if self.shown is not None:  # below what came out
                self.shown.body += rendered(short(verdict(text), 30))
                self.shown = None
            else:
                self.add(rendered(short(verdict(text))), ANSWER)
        (self.before if self.fresh else self.slides[-1].notes).append(text)

    def close(self) -> None:
        """The end of a section: its words get a slide if nothing else did."""
        if self.before:
            self.quote()
        self.asked, self.answer, self.shown = "", None, None

    def block(self, text: str, coming: Sequence[str | NotebookNode]) -> None:
        """One block of text, by what it is; `coming` stands below it."""
        heading = re.fullmatch(r"(#{1,2}) (.+)", text)
        if heading:
            self.close()
            self.section, self.fresh = heading[2], True
            self.quiet = heading[2] in QUIET
            if heading[1] == "#":
                self.slides.append(Slide(heading[2]))
                self.fresh = False
        elif self.quiet or "中文" in text or text.startswith("*Framework:"):
            return
        elif len(self.slides) == 1 and text.startswith("**The promise.**"):
            self.slides[0].body = rendered(text)
        elif text == "**You will learn to**":
            self.section, self.fresh = "You will learn to", True
        elif text.startswith("<details"):
            self.details(text)
        elif text.startswith(">"):
            self.box(re.sub(r"(?m)^> ?", "", text), coming)
        elif text.startswith("**A published mistake.**"):
            self.box(text, coming)
        elif text.startswith("$$") and text.endswith("$$"):
            self.formula(text)
        elif text.startswith("**Figure") and PICTURE.search(self.slides[-1].body):
            caption = f"<figcaption>{inline(short(text, 40))}</figcaption></figure>"
            slide = self.slides[-1]
            slide.body = slide.body.replace("</figure>", caption, 1)
            self.say(text)
        elif re.match(r"(- |1\. )", text) and self.lists():
            self.add(rendered(text))
        else:
            self.say(text)

    def lists(self) -> bool:
        """Does this section show its lists?"""
        return bool(LISTED.match(self.section))

    def box(self, text: str, coming: Sequence[str | NotebookNode]) -> None:
        """A quote: a box gets a slide, an aside goes to the notes."""
        match = BOX.match(text)
        if match is None or match[1] not in BOXES:
            self.say(text)
            return
        kind, rest = match[1], text[match.end() :]
        self.answer = self.shown = None
        if kind in ("Predict", "Your turn", "Change this"):
            self.add(choices(rest), kind)
            self.asked = kind
            if kind == "Predict":
                self.answer = answer(coming)
        else:
            self.add(rendered(short(rest)), kind, [rest])
            self.asked = ""

    def details(self, text: str) -> None:
        """What is folded: the answer to a question, else a note."""
        title = re.search(r"<summary>(.*?)</summary>", text)
        inside = re.sub(r"(?s)</?details[^>]*>|<summary>.*?</summary>", "", text)
        inside = inside.strip()
        if title and (self.asked or self.lists()):
            body = inside if self.lists() else short(inside.split("\n\n")[0])
            self.add(rendered(body), title[1], [inside])
            self.asked, self.answer, self.shown = "", None, None
        else:
            self.say(inside)

    def formula(self, text: str) -> None:
        """A formula, below the sentence that leads to it."""
        notes = self.before if self.fresh else self.slides[-1].notes
        lead, taken = "", []
        if notes and (notes[-1].endswith((",", ":")) or words(notes[-1]) < 30):
            lead = sentences(notes[-1])[-1]
            if not self.fresh:
                taken = [notes.pop()]  # it speaks of this formula
        lead = lead if words(lead) <= 45 else ""
        self.add(rendered(lead) + rendered(text), notes=taken)

    def code(self, cell: NotebookNode) -> None:
        """A cell: what it shows, or its code if that is short and not folded."""
        tags = set(cell.metadata.get("tags", []))
        if "setup" in tags or "remove-output" in tags:
            return
        code, found = source_of(cell), shown(cell)
        title = cell.metadata.get("mystnb", {}).get("code_prompt_show", "")
        if self.asked == "Your turn":
            if code.count("\n") > LINES + 6:
                code = "<p>The code is in the notebook.</p>"
            if "hide-cell" in tags:
                self.add(code + printed(cell) + found, "A solution")
                self.asked = ""
            else:
                self.slides[-1].body += code
            return
        if "hide-cell" in tags and "igure" in title:  # a figure's numbers
            return
        asked = self.asked == "Predict"
        if not tags & {"hide-input", "hide-cell"} and code.count("\n") < LINES:
            if "hide-output" not in tags and not asked:
                self.add(code + printed(cell), "Code")
            else:
                found = found or printed(cell)
        if found:
            slide = self.add(found, ANSWER if asked else "")
            if asked:
                self.shown, self.asked = slide, ""


def page(notebook: NotebookNode) -> str:
    """A notebook's deck: one HTML file.

    Raises:
        ValueError: a formula that can't be drawn.
    """
    parts = []
    deck = Deck(notebook).slides
    for number, slide in enumerate(deck, 1):
        level, look = ("h1", "slide first") if number == 1 else ("h2", "slide")
        if "<" not in slide.kind and slide.kind:
            kind = f'<div class="kind">{html.escape(slide.kind)}</div>'
        else:
            kind = ""
        notes = "\n".join(map(rendered, slide.notes))
        parts.append(
            f'<section class="{look}"><{level}>{inline(slide.title)}</{level}>{kind}'
            f'<div class="body"><div class="in">{slide.body}</div></div>'
            f'<div class="number">{number} / {len(deck)}</div></section>\n'
            f'<aside class="notes">{notes}</aside>'
        )
    text = TEMPLATE.read_text(encoding="utf-8")
    filled = {
        "@TITLE@": html.escape(re.sub(r"[*$`]", "", deck[0].title)),
        "@FONT@": base64.b64encode(FONT.read_bytes()).decode(),
        "@SLIDES@": "\n".join(parts),
    }
    for place, own in filled.items():
        text = text.replace(place, own)
    return text


def index(titles: dict[str, str]) -> str:
    """The page that lists the decks: file name -> title, as HTML."""
    rows = "".join(
        f'<li><a href="{name}">{title}</a></li>' for name, title in titles.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Slides</title>'
        f"<h1>Slides</h1><ul>{rows}</ul></html>\n"
    )


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(
        prog="course slides", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=root / OUT, help="the folder")
    parser.add_argument("--only", default="", help="chapters, by their beginning")
    parser.add_argument("--framework", default="torch", choices=notebooks.FRAMEWORKS)
    options = parser.parse_args(arguments)
    try:
        import latex2mathml  # noqa: F401
    except ImportError:
        print("Slides need latex2mathml: pip install -e '.[book]'", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    titles, failed = {}, 0
    for target in notebooks.targets(root):
        if (
            target.chapter.endswith("_deeper")
            or target.framework not in ("", options.framework)
            or not target.chapter.startswith(options.only)
        ):
            continue
        try:
            text = page(nbformat.read(target.path, as_version=4))
        except ValueError as error:
            print(f"{target}: {error}", file=sys.stderr)
            failed += 1
            continue
        name = f"{target.chapter}.html"
        (options.out / name).write_text(text, encoding="utf-8")
        titles[name] = re.findall(r"<title>(.*)</title>", text)[0]
        print(f"{options.out / name}: {text.count('<section')} slides")
    if not titles and not failed:
        print(f"no chapter begins with {options.only!r}", file=sys.stderr)
        return 2
    if not options.only:
        (options.out / "index.html").write_text(index(titles), encoding="utf-8")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
