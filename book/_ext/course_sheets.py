"""What of a stylesheet the pages of a site can use: its rules, and its variables."""

from __future__ import annotations

import re

import tinycss2

# Set while a page is used, so no page's text has them.
LATER = frozenset(("active", "hide", "show"))
NAME = re.compile(r"[.#]((?:[\w-]|\\.)+)")
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")


def used(rule: str, words: set[str]) -> bool:
    """Can some part of a selector match? Every class and id in it is known."""
    return any(
        all(
            name.replace("\\", "") in words or name in LATER
            for name in NAME.findall(re.sub(r":not\([^)]*\)|\[[^]]*\]", "", part))
        )
        for part in rule.split(",")
    )


def purged(sheet: str, words: set[str]) -> str:
    """A stylesheet without comments, without rules that no page uses, and without
    variables that no rule reads.

    Args:
        sheet: the text of the stylesheet.
        words: the classes and ids that the pages have, or their scripts may give; and
            the variables that they read.

    Raises:
        ValueError: the stylesheet can't be read.
    """
    text, before = _rules(sheet, words, None), ""
    while text != before:  # a variable may be read by another alone
        before, read = text, words | set(VARIABLE.findall(text))
        text = _rules(text, words, read)
    return text


def _rules(sheet: str, words: set[str], read: set[str] | None) -> str:
    """The rules that can match, with the variables in `read`; None: with all."""
    parts = []
    for rule in tinycss2.parse_stylesheet(sheet, True, True):
        if rule.type == "error":
            raise ValueError(f"a stylesheet: {rule.message}, line {rule.source_line}")
        if rule.type == "at-rule" and rule.content is not None:
            inner = tinycss2.serialize(rule.content)
            head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
            if rule.lower_at_keyword in ("media", "supports", "layer"):
                inner = _rules(inner, words, read)
            if inner.strip():
                parts.append(f"{head}{{{_tight(inner)}}}")
        elif rule.type == "qualified-rule":
            selector = tinycss2.serialize(rule.prelude).strip()
            if used(selector, words) and (inner := _declarations(rule.content, read)):
                parts.append(f"{selector}{{{inner}}}")
        elif rule.type == "at-rule":
            parts.append(rule.serialize())
    return "\n".join(parts)


def _declarations(content: list, read: set[str] | None) -> str:
    """What stands in a rule's braces."""
    found = tinycss2.parse_declaration_list(content, True, True)
    if read is None or any(one.type != "declaration" for one in found):
        return _tight(tinycss2.serialize(content))
    kept = [one for one in found if not one.name.startswith("--") or one.name in read]
    return _tight(";".join(one.serialize() for one in kept))


def _tight(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
