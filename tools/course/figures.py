"""A chapter's figure on another page: taken from the notebook, so that there is one.

A line `<!-- figure: 03_baselines, Draw the cost -->` in a page of book/ becomes the
picture of the cell that is folded under this title.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from course import pictures
from course.modules import ROOT

LINE = re.compile(r"^<!-- figure: (\w+), (.+) -->$", re.MULTILINE)


def notebook(root: Path, chapter: str) -> Path:
    """The chapter's notebook; of a pair of twins PyTorch's.

    Raises:
        LookupError: there is none.
    """
    for folder in ("notebooks", "notebooks/torch"):
        path = root / folder / f"{chapter}.ipynb"
        if path.is_file():
            return path
    raise LookupError(f"no notebook of a chapter {chapter}")


def picture(path: Path, title: str) -> str:
    """HTML of the picture that the cell under this title printed, with its alt text.

    Raises:
        LookupError: no cell has the title, or it has no picture or no alt text.
    """
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        metadata = cell["metadata"]
        if metadata.get("mystnb", {}).get("code_prompt_show") != title:
            continue
        if metadata.get("alt") and (found := pictures.as_html(cell)):
            return f'<div class="figure">\n{found}\n</div>'
    raise LookupError(f'{path.name} has no picture with an alt text under "{title}"')


def filled(text: str, root: Path = ROOT) -> str:
    """A page with its figures."""
    return LINE.sub(lambda found: picture(notebook(root, found[1]), found[2]), text)
