"""What is counted of a page: minutes, things to do, sentences, tables."""

import re

import nbformat
import pytest

from course import notebooks, reading
from course.modules import ROOT
from course.reading import measure
from rec_tutor.check.questions import CHAPTERS

WORDS = " ".join(["word"] * 119) + " end."


def page(*cells):
    """Text as strings, code as (source, tags, outputs)."""
    new = nbformat.v4
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(new.new_markdown_cell(cell))
            continue
        source, tags, outputs = cell
        made.append(new.new_code_cell(source, metadata={"tags": tags}, outputs=outputs))
    return measure(new.new_notebook(cells=made), "07")


def test_minutes_by_the_formula():
    assert page(WORDS).minutes == pytest.approx(1)
    assert page(("a = 1\n\n" * 24, [], [])).minutes == pytest.approx(2)
    assert page(("a = 1\n" * 24, ["hide-input"], [])).minutes == 0
    assert page("$$ a = b $$").minutes == pytest.approx(1, abs=0.01)
    formula = page("$a = b$ $c$").minutes - page("x x").minutes
    assert formula == pytest.approx(0.1)
    picture = nbformat.v4.new_output("display_data", data={"image/png": "x"})
    assert page(("", [], [picture])).minutes == pytest.approx(0.75)
    assert page("> **Predict.** Which?").minutes == pytest.approx(1, abs=0.03)
    assert page("> **Your turn (4 min).** Do it.").minutes == pytest.approx(4, abs=0.1)


def test_exercises_and_references_take_no_time():
    found = page(
        f"{WORDS}\n\n## Exercises\n\n{WORDS}", ("a = 1", [], []), "# References"
    )
    assert found.minutes == pytest.approx(1, abs=0.02) and found.lines == 0
    again = page(f"## References\n\n{WORDS}\n\n## Where it is used\n\n{WORDS}")
    assert again.minutes == pytest.approx(1, abs=0.05)


def test_the_longest_gap_runs_from_the_beginning_and_to_the_end():
    found = page(WORDS, WORDS, "> **Predict.** Which?", WORDS, WORDS, WORDS)
    assert found.doing == 1
    assert found.gap == pytest.approx(3, abs=0.1)
    assert found.minutes == pytest.approx(6, abs=0.1)
    assert page(WORDS, "> **Note.** No.", WORDS).gap == pytest.approx(2, abs=0.1)


def test_sentences_and_asides():
    long = " ".join(["Word"] + ["word"] * 45)
    found = page(f"Short one. {long}. And `code.with.dots` (e.g. $x$) is one, too.")
    assert found.sentences[:2] == [2, 46] and found.long == 1
    aside = " ".join(["word"] * 13)
    found = page(
        f"A ({aside}) b. C – {aside} – d. E (short) f – g. [A ({aside})](b.md)"
    )
    assert found.asides == 3
    assert page("- one item\n- another one\n\nA line\nbroken.").sentences == [2, 2, 3]


def test_code_and_tables():
    printed = nbformat.v4.new_output(
        "stream", name="stdout", text="      a   b\nx   1   2\ny   3   4\n"
    )
    code = "x = 1\nassert x\n" + "y" * 89
    found = page((code, [], [printed]), ("assert 1", ["hide-cell"], []))
    assert (found.asserts, found.wide, found.bare, found.lines) == (1, 1, 1, 3)
    assert page("| | |\n|---|---|\n| a | b |").bare == 1
    assert page("| a | b |\n|---|---|\n| a | b |").bare == 0


def test_links_to_later_chapters():
    links = "[a](06_nlp.ipynb) [b](../torch/08_ncf.ipynb#c) [d](../11_dqn.ipynb)"
    assert page(links).ahead == 2


CORES = [
    target
    for target in notebooks.targets()
    if target.path.with_name(f"{target.chapter}_deeper.ipynb").is_file()
]


def test_every_chapter_is_a_core():
    chapters = {target.chapter for target in notebooks.targets()}
    cores = {core.chapter for core in CORES}
    assert cores == {name for name in chapters if not name.endswith("_deeper")}
    assert [core[:2] for core in sorted(cores)] == list(CHAPTERS)


@pytest.mark.parametrize("core", CORES, ids=str)
def test_a_core_can_be_read_in_an_hour(core):
    assert reading.over(measure(nbformat.read(core.path, 4), core.chapter[:2])) == []


def missing(core, text, earlier):
    """What a page cites and neither it nor the cores before it have: formulas, figures
    and goals by number.
    """
    patterns = {
        r"\\tag\{(\d+\.\d+)\}": r"\((\d{1,2}\.[1-9]\d?)\)",
        r"\*\*Figure (\d+\.\d+)\.?\*\*": r"[Ff]igure (\d+\.\d+)",
        r"\*\*(\d\d\.G\d+)\*\*": r"\b(\d\d\.G\d+)\b",
    }
    return [
        f"{core}: {cited}"
        for there, here in patterns.items()
        for cited in sorted(set(re.findall(here, text)))
        if cited not in re.findall(there, earlier + text)
    ]


def test_no_core_needs_a_deeper_page():
    earlier, found = "", []
    for core in dict.fromkeys(target.chapter for target in CORES):
        text = (ROOT / f"book/{core}.md").read_text(encoding="utf-8")
        found += missing(core, text, earlier)
        earlier += text
        exercises = text.partition("## Exercises")[2]
        found += [f"{core}: an exercise"] * exercises.count("_deeper.md")
    assert found == []


def test_no_formula_or_figure_has_another_ones_number():
    """A page *Deeper* goes on counting where its core stops."""
    text = "".join(path.read_text("utf-8") for path in (ROOT / "book").glob("*_*.md"))
    for pattern in (r"\\tag\{(\d+\.\d+)\}", r"(?m)^\*\*Figure (\d+\.\d+)"):
        found = re.findall(pattern, text)
        assert len(found) > 30 and not {one for one in found if found.count(one) > 1}


def test_what_a_core_cites_and_nobody_has_said():
    text = "$$ a \\tag{7.1} $$ (7.1) (7.2) (7.8) Figure 7.1 **07.G1** 07.G2 (0.01)"
    earlier = "$$ b \\tag{7.2} $$ **Figure 7.1.**"
    assert missing("07", text, earlier) == ["07: 7.8", "07: 07.G2"]


def test_what_is_over_a_limit():
    bad = page(
        " ".join([WORDS.capitalize()] * 70),
        ("assert True", [], []),
        "See [there](08_ncf.ipynb).",
    )
    assert reading.over(bad) == [
        "70 minutes, at most 60",
        "70 minutes with nothing to do, at most 10",
        "70 sentences over 45 words, at most 0",
        "118 words in a sentence on average, at most 25",
        "1 open assertions, at most 0",
        "1 links to later chapters, at most 0",
    ]


def test_the_table_of_all_notebooks(capsys):
    assert reading.main(["07"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["notebook", "minutes"]
    assert [line.split()[0].partition("/")[2][:2] for line in lines[1:]] == ["07"] * 4


def test_a_page_says_what_chapters_take():
    one, both = reading.minutes_of("02"), "| 1 | <!-- minutes: 02 07 --> |"
    assert one % 5 == 0 and 30 <= one <= 60
    assert reading.filled(both) == f"| 1 | {one + reading.minutes_of('07')} |"
    assert reading.filled("no minutes") == "no minutes"
    with pytest.raises(LookupError, match="no chapter begins with 99_"):
        reading.filled("<!-- minutes: 99 -->")
