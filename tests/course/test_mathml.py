"""Formulas as MathML."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from course.needs import needs

needs("latex2mathml", extra="book")

from course.mathml import mathml  # noqa: E402


def parsed(tex, display=False):
    return ElementTree.fromstring(mathml(tex, display).replace("&nbsp;", " "))


@pytest.mark.parametrize("display", [False, True])
def test_a_formula_with_its_number(display):
    made = mathml(r"s_{ui} = p_u^\top q_i. \tag{7.1}", display)
    assert "tag" not in re.sub('class="tag"', "", made)
    assert ('<span class="tag">(7.1)</span>' in made) == display
    parsed(r"s_{ui} = p_u^\top q_i. \tag{7.1}", display)


def test_what_the_converter_does_not_know_is_said_otherwise():
    made = parsed(r"\begin{aligned} a &= b && \text{x} \cr c &= d \end{aligned}", True)
    rows = list(made.iter("{http://www.w3.org/1998/Math/MathML}mtr"))
    assert len(rows) == 2
    styles = [cell.get("style") for cell in rows[0]]
    assert styles[:2] == ["text-align: right", "text-align: left"]
    assert "arg" in mathml(r"\arg\max_a Q") and "\\" not in mathml(r"\arg\max_a Q")


@pytest.mark.parametrize(
    ("tex", "spaces"),
    [
        (r"y \ln p", 2),
        (r"-\ln(p)", 0),
        (r"\tanh x", 1),
        (r"\log_2 k", 0),
        (r"\frac{a}{b} \exp(x)", 1),
    ],
)
def test_names_of_functions_stand_apart(tex, spaces):
    assert mathml(tex).count("<mspace") == spaces
    parsed(tex)


def test_a_long_line_is_broken_where_it_says_so():
    long = r"a = " + "b + " * 20 + r"c, \qquad d = e"
    assert mathml(long, True).count("<math") == 2
    assert mathml(long).count("<math") == 1


@pytest.mark.parametrize("tex", [r"\frac{a}{b", r"\nonsense x", r"a \hline b"])
def test_what_can_not_be_read_is_refused(tex):
    with pytest.raises(ValueError, match=r"read|MathML"):
        mathml(tex)
