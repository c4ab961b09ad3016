r"""Formulas as MathML, which browsers draw without a script: `latex2mathml`, with what
it does not know said in other words, and what browsers ignore said in their own.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter

TAG = re.compile(r"\\tag\{([^}]*)\}")
WIDE = 70  # characters of TeX: a longer formula is broken where it says \qquad
ARRANGED = re.compile(  # what of TeX is no letter of a formula
    r"\\(?:begin|end)\{\w+\}(?:\{[lcr]+\})?|\\[A-Za-z]+"
)
# what the converter does not know
SAID = (
    (r"\\cr(?![a-z])", r"\\\\"),
    (r"\\arg(?![a-z])", r"\\operatorname{arg}"),
    (r"\\begin\{aligned\}", r"\\begin{array}{rlrlrl}"),
    (r"[&\s]*\\end\{aligned\}", r"\\end{array}"),
)
NAMES = "ln|log|exp|tanh|sin|cos|max|min|arg|softmax|relu|sigmoid"
THIN = '<mspace width="0.167em"/>'
FENCES = ("&#x02016;", "&#x0007C;")  # else as high as all between them
# what browsers do not read, or set too close
DRAWN = (
    (r'width="negativethinmathspace"', 'width="-0.167em"'),
    (r'mathvariant="bold"', 'style="font-weight: bold"'),
    (r'<mtd columnalign="(left|right|center)">', r'<mtd style="text-align: \1">'),
    (r"<mo>([A-Za-z]{2,})</mo>", r"<mi>\1</mi>"),
    (
        rf"(?<!<msub>)(?<!<msup>)(<mi>(?:{NAMES})</mi>)(?=<m(?!o|space))",
        rf"\1{THIN}",
    ),
    (
        rf"(</m(?:i|n|sub|sup|subsup|over|frac)>)(?=(?:<m(?:sub|sup)>)?<mi>(?:{NAMES})</)",
        rf"\1{THIN}",
    ),
    *((f"<mo>{one}</mo>", f'<mo stretchy="false">{one}</mo>') for one in FENCES),
)


def converted(tex: str, display: bool) -> str:
    """TeX as MathML.

    Raises:
        ValueError: it can't be read, has a command that the converter does not know, or
            a letter or a digit was lost.
    """
    from latex2mathml.converter import convert

    bare = re.sub(r"\\[{}]", "", tex)
    if bare.count("{") != bare.count("}"):
        raise ValueError(f"TeX that can't be read (braces): {tex}")
    try:
        made = convert(tex, display="block" if display else "inline")
    except Exception as error:  # each mistake has an exception of its own
        name = type(error).__name__
        raise ValueError(f"TeX that can't be read ({name}): {tex}") from error
    if unknown := re.search(r"\\\w*|&#x0005C;\w*|<mi>&</mi>", made):
        raise ValueError(f"no MathML for {unknown[0]} in: {tex}")
    bare = ARRANGED.sub(" ", tex)
    if lost := letters(bare) - letters(html.unescape(re.sub("<[^>]+>", " ", made))):
        raise ValueError(f"MathML lost {''.join(sorted(lost))} of: {tex}")
    return made


def letters(text: str) -> Counter[str]:
    """How often each letter and digit stands in a text; ℛ counts as R."""
    return Counter(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def mathml(tex: str, display: bool = False) -> str:
    r"""A formula as MathML; `\tag{7.1}` stands beside it.

    Raises:
        ValueError: see `converted`.
    """
    tag, plain = TAG.search(tex), TAG.sub("", tex).strip()
    for old, new in SAID:
        plain = re.sub(old, new, plain)
    rows = [plain]
    if display and len(plain) > WIDE and "\\begin" not in plain:
        rows = re.split(r"\s*\\q?quad\s*", plain)  # one below the other
    made = []
    for row in rows:
        text = converted(row, display)
        for old, new in DRAWN:
            text = re.sub(old, new, text)
        made.append(text)
    if not display:
        return made[0]
    number = f'<span class="tag">({tag[1]})</span>' if tag else ""
    return f'<div class="formula"><div>{"".join(made)}</div>{number}</div>'
