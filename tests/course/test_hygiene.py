"""tools/hygiene.py: what must not stand in a notebook is found, what may is
left alone.
"""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course import hygiene


def markdown(text: str) -> NotebookNode:
    return new_notebook(cells=[new_markdown_cell(text)])


def code(
    *outputs: NotebookNode, count: int | None = 1, **metadata: str
) -> NotebookNode:
    return new_notebook(
        cells=[
            new_code_cell(
                "x", outputs=list(outputs), execution_count=count, metadata=metadata
            )
        ]
    )


def printed(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", text=text, name=name)


def shown(**data: str) -> NotebookNode:
    return new_output(
        "display_data",
        data={kind.replace("_", "/"): value for kind, value in data.items()},
    )


@pytest.mark.parametrize(
    "text",
    [
        "```{note}\nText\n```",
        ":::{tip}\nText\n:::",
        "See {ref}`there`.",
        "See {doc}`../a`.",
        "(label)=\n# Title",
        "+++\n",
        "% a comment",
    ],
)
def test_myst_is_found(text: str) -> None:
    assert len(hygiene.problems(markdown(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "> **Note.** A quote with $r_{ui}$ and `code`.",
        "$$ r_{ui} = \\mu + b_u \\tag{7.1} $$",
        "```python\nx = {1}\n+++\n```",
        "An f-string: `f'{x}'`, and $\\hat{r}$`x`",
        "| a | b |\n|---|---|\n| 50 % | 1 |",
    ],
)
def test_plain_markdown_passes(text: str) -> None:
    assert hygiene.problems(markdown(text)) == []


@pytest.mark.parametrize(
    ("notebook", "problem"),
    [
        (code(printed("oh", name="stderr")), "stderr"),
        (
            code(new_output("error", ename="ValueError", evalue="x", traceback=[])),
            "ValueError",
        ),
        (code(count=None), "not executed"),
        (code(count=3), "not executed"),
        (code(shown(image_png="aGk=")), "alt text"),
        (code(shown(image_png="aGk="), alt=" "), "alt text"),
        (code(shown(image_png="a" * 400_000), alt="x"), "more than"),
        (code(shown(**{"image_svg+xml": "a" * 260_000}), alt="x"), "more than"),
        (code(shown(text_html="<script>1</script>")), "script"),
        (code(shown(text_html='<img src="https://a.org/b.png">')), "another site"),
        (code(printed("<module from /home/me/x.py>")), "path"),
        (code(printed("lib/site-packages/numpy")), "path"),
        (code(printed("<A object at 0x7f0011223344>")), "memory address"),
    ],
)
def test_a_bad_output_is_found(notebook: NotebookNode, problem: str) -> None:
    found = hygiene.problems(notebook)
    assert len(found) == 1 and problem in found[0] and found[0].startswith("cell 0")


def test_good_outputs_pass() -> None:
    good = [
        printed("MSE 0.91 /user, 3/4, see https://a.org/tmp/x"),
        shown(image_png="aGk=", text_plain="<Figure>"),
    ]
    assert hygiene.problems(code(*good, alt="A curve")) == []


def test_a_huge_notebook_is_found() -> None:
    assert "larger" in hygiene.problems(markdown("x" * 1_600_000))[0]
