"""What must not stand in a notebook: see `problems`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nbformat import NotebookNode

LARGEST_NOTEBOOK, LARGEST_PICTURE = 1_500_000, 250_000  # bytes
MYST = {
    "a MyST directive": re.compile(r"^\s*(`{3,}|~{3,}|:{3,})\s*\{", re.MULTILINE),
    "a MyST role": re.compile(r"(?<![`$\\])\{[a-z][\w:.-]*\}`"),
    "a MyST label": re.compile(r"^\([\w:.-]+\)=\s*$", re.MULTILINE),
    "a MyST comment or block break": re.compile(r"^(%|\+\+\+)", re.MULTILINE),
}
PATHS = re.compile(
    r"(?<![\w.:/])/(home|root|tmp|Users|var|opt|usr|content|private)/|[A-Z]:\\\\?Users|site-packages"
)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def text_of(output: NotebookNode) -> str:
    """All the text of an output: what is printed, plain or HTML."""
    data = output.get("data", {})
    texts = [
        output.get("text", ""),
        *(value for kind, value in data.items() if kind.startswith("text/")),
    ]
    return "\n".join("".join(text) for text in texts)


def output_problems(cell: NotebookNode, output: NotebookNode) -> list[str]:
    found, data, text = [], output.get("data", {}), text_of(output)
    if output.output_type == "error":
        found.append(f"an error: {output.get('ename')}")
    if output.get("name") == "stderr":
        found.append("text on stderr")
    if (
        any(kind.startswith("image/") for kind in data)
        and not str(cell.metadata.get("alt", "")).strip()
    ):
        found.append("a picture without alt text (`:alt:` in the cell)")
    if any("widget" in kind or "javascript" in kind for kind in data) or re.search(
        r"<(script|iframe)\b", text
    ):
        found.append("a widget or a script, which GitHub and the website do not run")
    if re.search(r"""\b(src|href)=["']https?://[^"']+\.(js|css|png|svg)""", text):
        found.append("something that is loaded from another site")
    if PATHS.search(text) or str(Path.home()) + "/" in text:
        found.append("a path of the machine it ran on")
    if ADDRESS.search(text):
        found.append("a memory address, which differs from run to run")
    lines, points = (len(data.get(f"image/{kind}", "")) for kind in ("svg+xml", "png"))
    if max(lines, points * 3 / 4) > LARGEST_PICTURE:
        found.append(f"a picture of more than {LARGEST_PICTURE // 1000} kB")
    return found


def problems(notebook: NotebookNode) -> list[str]:
    """What a reader on GitHub, Colab or the website would stumble over, one
    line each.
    """
    found, runs = [], 0
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            prose = re.sub(
                r"^(`{3,})(?!\s*\{).*?^\1",
                "",
                cell.source,
                flags=re.MULTILINE | re.DOTALL,
            )
            here = [name for name, pattern in MYST.items() if pattern.search(prose)]
        else:
            here = [
                problem
                for output in cell.outputs
                for problem in output_problems(cell, output)
            ]
            runs += 1
            if cell.execution_count != runs:
                here.append(
                    f"not executed in order ({cell.execution_count}, expected {runs})"
                )
        found += [f"cell {position}: {problem}" for problem in here]
    if len(json.dumps(notebook)) > LARGEST_NOTEBOOK:
        found.append(f"larger than {LARGEST_NOTEBOOK // 1000} kB")
    return found
