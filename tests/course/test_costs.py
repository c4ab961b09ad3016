"""What the notebooks take to run: the file, the table, and a run that is known to cost
something.
"""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course import costs, execute, notebooks
from course.execute import Cost

NAMES = ["notebooks/01_data.ipynb", "notebooks/torch/07_mf.ipynb"]
WORK = """
import subprocess, sys, time
hold = b"x" * 300_000_000
del hold
code = "import time\\nwhile time.process_time() < 0.8: pass"
subprocess.run([sys.executable, "-c", code], check=True)
time.sleep(1)
print(time.process_time())
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "book").mkdir()
    for name, title in (("01_data", "01 · Data"), ("07_mf", "07 · Factors")):
        text = f"---\nx: 1\n---\n\n# {title}\n\n## Part\n"
        (tmp_path / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_run_is_measured_with_its_processes_and_leaves_no_trace(
    tmp_path: Path,
) -> None:
    language = {"language_info": {"name": "python"}}
    cells = [new_markdown_cell("# Title"), new_code_cell(WORK)]
    notebook = new_notebook(cells=cells, metadata=language)
    done, cost = execute.run(notebook, tmp_path)
    (output,) = done.cells[1].outputs
    own = float(output.text)
    assert own + 0.7 < cost.cpu < own + 1.5, cost
    assert cost.wall > max(1, cost.cpu) and 300 < cost.memory < 1000, cost
    assert [cell.source for cell in done.cells] == ["# Title", WORK]


def test_the_file_has_the_order_of_the_notebooks_and_no_others(root: Path) -> None:
    assert costs.read(root) == {}
    costs.keep(NAMES[1], Cost(30.5, 40.0, 900), NAMES, root)
    costs.keep("notebooks/old.ipynb", Cost(1, 1, 1), NAMES, root)
    costs.keep(NAMES[0], Cost(2, 3, 100), NAMES, root)
    costs.keep(NAMES[0], Cost(5.1, 6, 200), NAMES, root)
    kept = {NAMES[0]: Cost(5.1, 6, 200), NAMES[1]: Cost(30.5, 40.0, 900)}
    assert list(costs.read(root).items()) == list(kept.items())
    assert len((root / costs.FILE).read_text(encoding="utf-8").splitlines()) == 4


def test_the_table(root: Path) -> None:
    costs.keep(NAMES[0], Cost(5.1, 6.4, 200), NAMES, root)
    costs.keep(NAMES[1], Cost(30.6, 40.0, 900), NAMES, root)
    assert costs.table(root).splitlines()[2:] == [
        "| [01 · Data](../notebooks/01_data.ipynb) | – | 5 | 6 | 200 |",
        "| [07 · Factors](../notebooks/torch/07_mf.ipynb) | PyTorch | 31 | 40 | 900 |",
    ]


def test_every_notebook_has_its_cost_and_stays_below_the_limit() -> None:
    kept = costs.read()
    assert list(kept) == [str(target) for target in notebooks.targets()]
    above = {name: cost.cpu for name, cost in kept.items() if cost.cpu > costs.LIMIT}
    assert not above


def test_a_page_shows_the_table_and_names_the_limit() -> None:
    text = (costs.ROOT / "book/how_to_use.md").read_text(encoding="utf-8")
    assert "\n<!-- costs -->\n" in text and f"{costs.LIMIT} seconds" in text
    contributing = (costs.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"at most {costs.LIMIT} CPU seconds" in contributing
