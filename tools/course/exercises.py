"""Build the exercise notebooks: book/exercises/NN_name.md ->
notebooks/exercises/[torch/|tensorflow/]NN_name.ipynb and NN_name_solutions.ipynb.

    python -m course exercises            write what changed; executes nothing
    python -m course exercises --check    change nothing; exit 1 if one is stale

An exercise page is a MyST notebook like a chapter (`%setup`, cells of one framework),
with three things of its own:

- a code cell `%question mf.2` becomes the empty function, and a cell that checks it;
  in the solutions, and on the website, which shows these, also the hints and a folded
  solution. Code and words stand in `rec_tutor.check`;
- a code cell with `:tags: [solution]` stands in the solutions only, folded;
- a block ```quiz becomes a question whose choices open, each on its explanation:

      07.Q1 (07.G2) Which vectors does one step move?
      - Those of all people.
        No: ...
      + One person's and one film's.
        Yes: ...

No outputs are stored.
"""

from __future__ import annotations

import argparse
import ast
import html
import inspect
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import hygiene, notebooks
from course.modules import ROOT
from course.setup_cell import FRAMEWORKS
from rec_tutor import check
from rec_tutor.check import words
from rec_tutor.check.question import Question
from rec_tutor.check.questions import find

IMPORT = "from rec_tutor.check import check, hint, progress, solution"
QUESTION = re.compile(r"%question (\w+\.\d)")
QUIZ = re.compile(r"(?ms)^```quiz\n(.*?)^```$")
SOLUTION, SOLVED = "A solution", "solution"  # title, tag
# as the solutions call them
SHORT = {
    "torch": ("import torch\n", "import torch\nfrom torch.nn import functional as F\n"),
    "tensorflow": (
        "import tensorflow\n",
        "import tensorflow\nimport tensorflow as tf\n",
    ),
}
OPENING = """\
> **Note.** On Colab, switch off the machine's help first, or it writes your answers: \
*Tools → Settings → AI Assistance*, take the tick from *Show AI-powered inline \
completions*, and set one at *Hide generative AI features*. A function that you did \
not write teaches you nothing, and no check can see the difference."""
HELP = """\
In the notebook, write a function in the place of the dots, run its cell, then the \
cell with `check`. `hint("{key}")` gives a hint, a second call the next one; \
`solution("{key}")` shows a solution; `progress()` says how far you are."""


@dataclass(frozen=True)
class Page:
    """One page of exercises, for a framework or "" for a page without twins."""

    chapter: str
    framework: str
    root: Path = ROOT

    @property
    def source(self) -> Path:
        return self.root / "book" / "exercises" / f"{self.chapter}.md"

    def path(self, solutions: bool = False) -> Path:
        folder = self.root / "notebooks" / "exercises" / self.framework
        return folder / f"{self.chapter}{'_solutions' * solutions}.ipynb"

    def __str__(self) -> str:
        return self.path().relative_to(self.root).as_posix()


def pages(root: Path = ROOT) -> list[Page]:
    return [
        Page(path.stem, twin, root)
        for path in sorted((root / "book" / "exercises").glob("*.md"))
        for twin in notebooks.twins_of(path)
    ]


def stub(question: Question) -> str:
    """The function without its body."""
    source = textwrap.dedent(inspect.getsource(question.solution))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    head = source.splitlines()[: definition.body[0].end_lineno]
    body = textwrap.indent(question.start.strip("\n") or "...", "    ")
    return "\n".join(head) + "\n" + body


@dataclass(frozen=True)
class Quiz:
    """A question with choices.

    Attributes:
        choices: (is it the right one, its text, the explanation).
    """

    key: str
    goal: str
    question: str
    choices: tuple[tuple[bool, str, str], ...]


def parsed(text: str) -> Quiz:
    """What stands in a block ```quiz.

    Raises:
        ValueError: not one right choice, or a choice without an explanation.
    """
    first, *lines = text.strip("\n").split("\n")
    match = re.fullmatch(r"(\d\d\.Q\d) \((\d\d\.G\d)\) (.+)", first)
    if not match:
        raise ValueError(f"a quiz begins with `07.Q1 (07.G2) question`, not {first!r}")
    key, goal, question = match.groups()
    while lines and not re.match(r"[-+] ", lines[0]):
        question += "\n" + lines.pop(0)
    found = re.findall(r"(?ms)^([-+]) (.*?)\n(.*?)(?=^[-+] |\Z)", "\n".join(lines))
    if sum(mark == "+" for mark, *_ in found) != 1 or len(found) < 3:
        raise ValueError(f"{key}: three or more choices, one of them right (+)")
    choices = []
    for mark, choice, why in found:
        if not (why := textwrap.dedent(why).strip()):
            raise ValueError(f"{key}: {choice!r} has no explanation")
        choices.append((mark == "+", choice, why))
    return Quiz(key, goal, question, tuple(choices))


def quiz(text: str) -> str:
    """A question with choices, as Markdown that every reader of notebooks opens and
    closes: by mouse, by keyboard, without scripts.

    Raises:
        ValueError: see `parsed`.
    """
    one = parsed(text)
    yes, no = words.say("quiz_yes"), words.say("quiz_no")
    parts = [f"**Quiz {one.key[-1]}.** *({one.goal})* {one.question}"]
    for right, choice, why in one.choices:
        attributes = f'class="quiz" data-key="{one.key}" data-right="{int(right)}"'
        parts.append(
            f"<details {attributes}><summary>{choice}</summary>\n\n"
            f"{yes if right else no} {why}\n\n</details>"
        )
    return "\n\n".join(parts)


def hints(key: str) -> str:
    """The hints of a question, folded one by one."""
    return "\n\n".join(
        f"<details><summary>Hint {number}</summary>\n\n{text}\n\n</details>"
        for number, text in enumerate(map(html.escape, words.of(key)["hints"]), 1)
    )


def first_key(page: Page) -> str:
    """The first question of a page, or "" if it has none."""
    match = QUESTION.search(page.source.read_text(encoding="utf-8"))
    return match[1] if match else ""


def build(page: Page, solutions: bool, known: dict[str, list[str]]) -> NotebookNode:
    """A page's notebook: the student's, or the one with solutions.

    Raises:
        ValueError: something in the source can't be built.
    """
    cells: list[NotebookNode] = []

    def code(source: str, title: str = "") -> None:
        metadata: dict = {}
        cell = nbformat.v4.new_code_cell(source)
        if title:
            cell.metadata["fold"] = title
        metadata["tags"] = []
        source = notebooks.folded(source, cell, metadata)
        metadata = {key: value for key, value in metadata.items() if value}
        cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))

    def text(source: str) -> None:
        source = QUIZ.sub(lambda match: quiz(match[1]), source)
        source = notebooks.map_links(
            source, page.path().parent, page.framework, known, page.root
        )
        cells.append(nbformat.v4.new_markdown_cell(source))

    for cell in notebooks.read_chapter(page.source).cells:
        belongs = set(notebooks.tags(cell)) & set(FRAMEWORKS)
        if page.framework and belongs and page.framework not in belongs:
            continue
        asked = QUESTION.fullmatch(cell.source.strip())
        if cell.cell_type != "code":
            text(cell.source)
        elif asked:
            question = find(asked[1])
            assert isinstance(question, Question)
            if question.tensors and not page.framework:
                raise ValueError(f"{question.key} needs twins: %setup of a framework")
            code(stub(question))
            if solutions:
                text(hints(question.key))
                code(check.source(question.key, page.framework).strip(), title=SOLUTION)
            code(f'check("{question.key}", {question.name})')
        elif cell.source.strip().startswith("%setup"):
            target = notebooks.Target(page.chapter, page.framework, page.root)
            cell.metadata = nbformat.from_dict({"tags": []})
            metadata: dict = {"tags": ["setup"]}
            notebooks.folded(cell.source, cell, metadata)
            source = notebooks.expand(cell.source, target).rstrip()
            if first_key(page):
                source = source.replace("\n\nprint(", f"\n{IMPORT}\n\nprint(", 1)
            source = source.replace(*SHORT.get(page.framework, ("", "")))
            cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))
        elif SOLVED in notebooks.tags(cell):
            if solutions:
                code(cell.source, SOLUTION)
        else:
            code(cell.source, cell.metadata.get("fold", ""))
    if not cells or not cells[0].source.startswith("# "):
        raise ValueError("a page starts with its title, `# …`")
    title, _, rest = cells[0].source.partition("\n")
    opening, key = OPENING, first_key(page)
    if key:
        opening += "\n\n" + HELP.format(key=key)
    own = page.path(solutions)
    line = notebooks.switch_line(own, page.framework, page.chapter, page.root)
    cells[0].source = f"{title}\n\n{line}\n{rest.rstrip()}\n\n{opening}"
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
            "rec_tutor": {"source": page.source.relative_to(page.root).as_posix()},
        }
    )
    problems = [
        f"cell {n}: {name}"
        for n, cell in enumerate(cells)
        if cell.cell_type == "markdown"
        for name, pattern in hygiene.MYST.items()
        if pattern.search(re.sub(r"(?ms)^```.*?^```$", "", cell.source))
    ]
    if problems:
        raise ValueError("; ".join(problems))
    return notebook


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(
        prog="course exercises", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if one is stale"
    )
    options = parser.parse_args(arguments)
    known, failed, expected = notebooks.chapters(root), 0, set()
    for page in pages(root):
        for solutions in (False, True):
            path = page.path(solutions)
            expected.add(path)
            try:
                built = build(page, solutions, known)
            except (ValueError, LookupError, SyntaxError) as error:
                print(f"{page}: {error}", file=sys.stderr)
                failed += 1
                continue
            if path.is_file() and nbformat.read(path, as_version=4) == built:
                continue
            if options.check:
                print(f"{path.relative_to(root)}: is out of date", file=sys.stderr)
                failed += 1
            else:
                notebooks.put(path, built)
                print(path.relative_to(root).as_posix())
    for path in sorted((root / "notebooks" / "exercises").rglob("*.ipynb")):
        if path not in expected and ".ipynb_checkpoints" not in path.parts:
            print(f"{path.relative_to(root)}: no page makes this", file=sys.stderr)
            failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
