"""Of each picture one version stays, lines or points, in few bytes, with its alt
text.
"""

import base64
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from course import execute, pictures
from course.pictures import PNG, SVG
from rec_tutor.plots import BLUE, ORANGE

ALT = """Bob's "line" <rises> & falls"""


def drawn(figure: Figure) -> str:
    made = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(made, format="svg")
    return made.getvalue().decode()


def png(image: Image.Image, **more: tuple[int, int]) -> str:
    made = BytesIO()
    image.save(made, "PNG", **more)
    return base64.b64encode(made.getvalue()).decode()


def chart(dots: int = 40) -> Figure:
    figure = Figure(figsize=(4, 3))
    ax = figure.subplots()
    draw = np.random.default_rng(0)
    ax.scatter(*draw.random((2, dots)), color=ORANGE, alpha=0.5, label="<b> & c")
    ax.plot([0, 1], [0.2, 0.8], color=BLUE, label=r"$\sigma_1$")
    ax.set_xlabel("two\nlines")
    ax.legend()
    return figure


def test_a_drawing_gets_short_and_is_the_same_each_time() -> None:
    first, second = drawn(chart()), drawn(chart())
    assert first != second  # other names, another date
    tidy = pictures.tidy(first)
    assert tidy == pictures.tidy(second) == pictures.tidy(tidy)
    assert len(tidy) < len(first) / 2.5
    assert not re.search(r"<metadata|<style|<!--|DOCTYPE|\d\.\d{3}", tidy)
    assert re.search(r"<text [^>]*>&lt;b&gt; &amp; c</text>", tidy)
    assert " width='320' height='240' viewBox='0 0 288 216'" in tidy  # 80 per inch


def test_the_names_of_two_drawings_can_stand_in_one_page() -> None:
    one, other = (pictures.tidy(drawn(chart(dots))) for dots in (40, 41))
    names = [set(re.findall(r" id='([^']*)'", text)) for text in (one, other)]
    assert len(names[0]) > 3 and not names[0] & names[1]
    for text, own in zip((one, other), names, strict=True):
        links = set(re.findall(r"(?:url\(|href=')#([^)']*)", text))
        assert links == own


def test_what_parts_have_in_common_is_said_once() -> None:
    parts = "<use style='fill: red'/><use style='fill: red'/>"
    text = "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='72pt'"
    text += " height='72pt' viewBox='0 0 72 72'><g id='a'>{}</g></svg>"
    tidy = pictures.tidy(text.format(parts))
    assert tidy.endswith("><g fill='red'><use/><use/></g></svg>")
    tidy = pictures.tidy(text.format(parts + "<use style='fill: blue'/>"))
    assert tidy.endswith("><use fill='red'/><use fill='red'/><use fill='blue'/></svg>")
    tidy = pictures.tidy(text.replace("id='a'", "style='fill: blue'").format(parts))
    assert tidy.endswith("><g fill='blue'>" + 2 * "<use fill='red'/>" + "</g></svg>")


def test_what_is_not_a_drawing_is_named() -> None:
    for text in ("", "<svg", "<html></html>"):
        with pytest.raises(ValueError, match="not a drawing"):
            pictures.tidy(text)


def test_a_drawing_says_its_alt_text_and_a_later_one() -> None:
    tidy = pictures.tidy(drawn(chart()))
    labelled = pictures.labelled(pictures.labelled(tidy, "an older one"), ALT)
    label = "Bob&#x27;s &quot;line&quot; &lt;rises&gt; &amp; falls"
    assert labelled.count("aria-label='") == 1 and f"aria-label='{label}'>" in labelled
    assert pictures.labelled(labelled, "") == tidy


def test_a_drawing_with_many_colours_is_a_card() -> None:
    assert pictures.on_page(pictures.tidy(drawn(chart()))).startswith(
        '<svg class="rt-figure" '
    )
    figure = Figure(figsize=(4, 3))
    figure.subplots().pcolormesh(np.arange(30).reshape(5, 6), cmap="Blues")
    card = pictures.on_page(pictures.tidy(drawn(figure)))
    assert card.startswith('<svg class="rt-figure rt-card" ')


def test_a_picture_gets_lighter_and_looks_the_same() -> None:
    shades = np.tile(np.linspace(0, 255, 600, dtype=np.uint8), (400, 1))
    picture = np.stack([shades, shades[:, ::-1], shades // 2], axis=-1)
    picture[100:200, 100:200] = 255 - picture[100:200, 100:200]
    noisy = picture ^ np.random.default_rng(0).integers(0, 2, picture.shape, np.uint8)
    old = png(Image.fromarray(noisy).convert("RGBA"), dpi=(160, 160))
    new = pictures.lighter(old)
    assert len(new) < len(old) / 2
    with Image.open(BytesIO(base64.b64decode(new))) as image:
        assert image.mode == "P" and round(image.info["dpi"][0]) == 160
        gap = np.abs(np.asarray(image.convert("RGB")).astype(int) - noisy)
    assert gap.max() < 24 and gap.mean() < 4
    assert pictures.lighter(new) == new
    seen_through = Image.fromarray(noisy).convert("RGBA")
    seen_through.putalpha(100)
    kept = png(seen_through)
    assert pictures.lighter(kept) == kept


CELLS = {
    "chart": "plt.plot([1, 3, 2])",
    "photograph": "plt.imshow(np.random.default_rng(0).random((28, 28)))",
    "many dots": "plt.plot(*np.random.default_rng(0).random((2, 9000)), 'o')",
}
SETUP = """import matplotlib.pyplot as plt
import numpy as np
from rec_tutor import plots

plots.use_style()"""


@pytest.mark.long
def test_a_run_keeps_lines_of_charts_and_points_of_the_rest(tmp_path: Path) -> None:
    cells = [new_markdown_cell("# Title"), new_code_cell(SETUP)]
    for name, code in CELLS.items():
        cells.append(new_code_cell(code + ";", metadata={"alt": name}))
    language = {"language_info": {"name": "python"}}
    notebook = new_notebook(cells=cells, metadata=language)
    done, again = (execute.run(notebook, tmp_path)[0] for _ in range(2))
    assert done.cells == again.cells
    found = {cell.metadata.alt: cell.outputs[-1] for cell in done.cells[2:]}
    lines = found.pop("chart")
    assert set(lines.data) == {SVG, "text/plain"} and lines.metadata == {}
    assert "aria-label='chart'" in lines.data[SVG] and "<text " in lines.data[SVG]
    assert lines.data["text/plain"] == f"chart\n\n{pictures.INSTEAD}"
    for name, points in found.items():
        assert set(points.data) == {PNG, "text/plain"}
        about = points.metadata[PNG]
        assert about["alt"] == name
        with Image.open(BytesIO(base64.b64decode(points.data[PNG]))) as image:
            assert image.mode == "P"
            assert image.size == (2 * about["width"], 2 * about["height"])


READER = """
import sys
from rec_tutor import plots
plots.use_style()
assert "IPython" not in sys.modules  # a plain script loads nothing more
from IPython.core.interactiveshell import InteractiveShell
from matplotlib_inline.config import InlineBackend
shell = InteractiveShell.instance()
plots.use_style()
inline = InlineBackend.instance()
assert inline.figure_formats == {"retina"}, inline.figure_formats
for chosen in ({"svg"}, {"png", "pdf"}):
    inline.figure_formats = chosen
    plots.use_style()
    assert inline.figure_formats == chosen
"""


def test_a_reader_gets_twice_the_pixels_or_what_was_chosen() -> None:
    subprocess.run([sys.executable, "-c", READER], check=True)


def test_a_page_shows_either_kind() -> None:
    tidy = pictures.tidy(drawn(chart()))
    cell: dict[str, Any] = {"metadata": {"alt": ALT}, "outputs": [{"name": "stdout"}]}
    assert pictures.as_html(cell) == ""
    cell["outputs"].append({"data": {SVG: [tidy]}})
    assert pictures.as_html(cell) == pictures.on_page(tidy)
    points = {"data": {PNG: "QUJD\n"}, "metadata": {PNG: {"width": 3, "height": 2}}}
    cell["outputs"] = [points]
    alt = "Bob&#x27;s &quot;line&quot; &lt;rises&gt; &amp; falls"
    assert pictures.as_html(cell) == (
        f'<img alt="{alt}" width="3" height="2" src="data:image/png;base64,QUJD">'
    )
