"""The cells of a chapter that check a *Your turn*.

A line `<!-- check: 07.T1 -->` below the cell with the dots becomes a cell that calls
`check`; the chapter's own solution, folded under "A solution", ends with a line that
confirms it: should the two part, the notebook fails.
"""

from __future__ import annotations

import re

from rec_tutor.check.question import Question
from rec_tutor.check.questions import find

MARK = re.compile(r"<!-- check: (\d\d\.T\d) -->")
IMPORT = "from rec_tutor.check import check, confirm, hint"
OWN = re.compile(rf"(?m)^(?:{re.escape(IMPORT)}|(?:check|confirm)\(.*)\n?")


def names(key: str) -> tuple[str, ...]:
    """What a *Your turn* asks for: variables, or a function."""
    question = find(key)
    return (question.name,) if isinstance(question, Question) else question.names


def line(key: str, bound: set[str], first: bool) -> str:
    """The cell that checks a *Your turn*.

    Args:
        bound: the names that the cell before it binds.
        first: it also imports what it calls.

    Raises:
        ValueError: a name that the question asks for is not bound.
    """
    wanted = names(key)
    if missing := set(wanted) - bound:
        raise ValueError(f"{key}: the cell above lacks {', '.join(sorted(missing))}")
    call = f'check("{key}", {", ".join(wanted)})'
    return f"{IMPORT}\n\n{call}" if first else call


def confirmed(key: str) -> str:
    return f'confirm("{key}", {", ".join(names(key))})'


def lines(code: str) -> list[str]:
    """The lines of a notebook's code that check something."""
    return OWN.findall(code)


def without(code: str) -> str:
    """Code without the lines that check something: outputs do not depend on them."""
    return OWN.sub("", code)
