r"""One table, one meaning: the formulas of the chapters against book/notation.md.

    python -m course notation            what no row explains, what two rows explain
    python -m course notation --twice    letters with several rows, and where

A row of the tables with a column *where* explains the symbols in its first column, in
all chapters or in those that *where* names. A symbol is a letter with its accents and
what stands below it: $b_i$ and $b$ are two. Below a letter, u and v are the same (a
user), i and j (an item), and so are numbers and steps (t, s, T and sums with them).
Above it, only a prime, a star, a minus and what stands in brackets belong to it; the
rest is a power. A letter that a sum or a maximum in the formula runs over is its own
explanation.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.modules import ROOT

TABLE = "notation.md"
ACCENTS = {"hat", "bar", "tilde", "mathcal", "mathbb"}
WORDS = {"text", "operatorname", "mathrm", "tag", "begin", "end"}
GREEK = re.compile(
    "alpha|beta|gamma|[dD]elta|varepsilon|eta|[tT]heta|kappa|[lL]ambda|mu|nu|pi|rho"
    "|[sS]igma|tau|varphi|[pP]hi|[pP]si|[oO]mega|xi|zeta|chi|ell"
)
RUNS = {r"\sum", r"\prod", r"\max", r"\min", r"\bigcup"}
FORMULA = re.compile(r"(?s)\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$]+?)(?<!\s)\$")
CODE = re.compile(r"(?ms)^```.*?^```|`[^`\n]*`")
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[A-Za-z]|\d+(?:\.\d+)?|\S")


@dataclass(frozen=True)
class Row:
    """One row: its symbols, the chapters ("" for all), and the line in the file."""

    symbols: frozenset[str]
    where: frozenset[str]
    text: str

    def holds(self, chapter: str) -> bool:
        return not self.where or chapter in self.where


def formulas(text: str) -> Iterator[tuple[int, str]]:
    """Line and formula, outside of code."""
    text = CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    for found in FORMULA.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield line, found.group(1) or found.group(2)


def _argument(tokens: list[str], at: int) -> tuple[list[str], int]:
    """What a command or an index applies to, and where it ends."""
    if at < len(tokens) and tokens[at] == "{":
        depth, end = 1, at + 1
        while end < len(tokens) and depth:
            depth += {"{": 1, "}": -1}.get(tokens[end], 0)
            end += 1
        return tokens[at + 1 : end - 1], end
    if at < len(tokens) and tokens[at][1:] in ACCENTS | WORDS:
        inside, end = _argument(tokens, at + 1)
        return [tokens[at], "{", *inside, "}"], end
    return tokens[at : at + 1], at + 1


def _below(tokens: list[str]) -> str:
    """An index in its normal form."""
    text = "".join(tokens)
    if re.search(r"\\(text|operatorname|mathrm)", text):
        return re.sub(r"\\(text|operatorname|mathrm)|[{}]", "", text)
    if re.fullmatch(r"[tsT\ddn]?([-+]?[tsT\d])*", text):
        return "#"
    return text.translate(str.maketrans("vj", "ui"))


def symbols(formula: str) -> set[str]:
    """The symbols of a formula, without the letters that a sum runs over."""
    tokens = TOKEN.findall(formula)
    bound: set[str] = set()
    for at, token in enumerate(tokens):
        if token in RUNS and tokens[at + 1 : at + 2] == ["_"]:
            under, _ = _argument(tokens, at + 2)
            bound |= {
                letter
                for before, letter, after in zip(
                    ["", *under], under, [*under[1:], ""], strict=False
                )
                if before not in ("=", "\\in", "\\ne", "+", "-")
                and re.fullmatch(r"[A-Za-z]|\\[a-z]+", letter)
                and after in ("", "=", "\\in", "<", "\\le", ",", "\\ne", "\\,")
            }
    return set(_symbols(tokens)) - bound


def _symbols(tokens: list[str]) -> Iterator[str]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        name = token[1:] if token.startswith("\\") else ""
        if name in WORDS:
            _, at = _argument(tokens, at + 1)
            while name != "tag" and at < len(tokens) and tokens[at] in "_^":
                inside, at = _argument(tokens, at + 1)
                yield from _symbols(inside)
            continue
        if name in ACCENTS:
            inside, at = _argument(tokens, at + 1)
            base = f"{name} {''.join(inside)}"
        elif re.fullmatch("[A-Za-z]", token) or GREEK.fullmatch(name):
            base, at = token, at + 1
        elif token in (r"\rVert", "|"):  # the kind of a norm
            at += 1
            while at < len(tokens) and tokens[at] in "_^":
                _, at = _argument(tokens, at + 1)
            continue
        else:
            at += 1
            continue
        below = above = ""
        while at < len(tokens) and tokens[at] in "_^'":
            if tokens[at] == "'":
                above, at = above + "'", at + 1
                continue
            kind = tokens[at]
            inside, at = _argument(tokens, at + 1)
            if kind == "_":
                below = "_" + _below(inside)
            elif "".join(inside) in ("'", "*", "-") or inside[:1] == ["("]:
                above += "()" if inside[0] == "(" else "".join(inside)
            else:
                yield from _symbols(inside)
        yield base + below + above


def table(text: str) -> list[Row]:
    """The rows of the tables that have a column *where*."""
    rows, place = [], None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if not line.startswith("|"):
            place = None
        elif "where" in cells:
            place = cells.index("where")
        elif place is not None and not line.startswith("|-"):
            found = {s for _, one in formulas(cells[0]) for s in symbols(one)}
            where = frozenset(re.findall(r"\d\d", cells[place]))
            rows.append(Row(frozenset(found), where, line))
    return rows


def pages(book: Path) -> dict[str, str]:
    """The texts of all chapters: of "07_mf", of "07_mf_deeper"."""
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(book.glob("[0-9][0-9]_*.md"))
    }


def explains(rows: Sequence[Row], chapter: str, symbol: str) -> list[int]:
    """Which rows explain a symbol. A number below a letter may count coordinates."""
    found = [
        at
        for at, row in enumerate(rows)
        if row.holds(chapter) and symbol in row.symbols
    ]
    if not found and symbol.endswith("_#"):
        return explains(rows, chapter, symbol[:-2])
    return found


def problems(rows: Sequence[Row], texts: dict[str, str]) -> list[str]:
    """Symbols that no row explains, symbols that two rows explain in one chapter, and
    rows or chapters of rows that nothing uses.

    Args:
        texts: page -> its text; the name begins with the chapter, "07".
    """
    found, used = [], set()
    for page, text in texts.items():
        chapter = page[:2]
        missing: dict[str, int] = {}
        for line, formula in formulas(text):
            for symbol in symbols(formula):
                number = explains(rows, chapter, symbol)
                used |= {(at, chapter) for at in number}
                if not number:
                    missing.setdefault(symbol, line)
        found += [
            f"chapter {page}, line {line}: {symbol} has no row"
            for symbol, line in sorted(missing.items())
        ]
    for at, row in enumerate(rows):
        for other in rows[at + 1 :]:
            both = row.symbols & other.symbols
            if both and (not row.where or not other.where or row.where & other.where):
                found.append(
                    f"two rows for {', '.join(sorted(both))}:\n  {row.text}"
                    f"\n  {other.text}"
                )
        wanted = row.where or {next((c for n, c in used if n == at), "no chapter")}
        found += [
            f"not used in {chapter}: {row.text}"
            for chapter in sorted(wanted)
            if (at, chapter) not in used
        ]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course notation", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args(arguments)
    book = ROOT / "book"
    rows = table((book / TABLE).read_text(encoding="utf-8"))
    if options.twice:
        for symbol in sorted({s for row in rows for s in row.symbols}):
            of = [row for row in rows if symbol in row.symbols]
            if len(of) > 1:
                print(symbol, *(row.text for row in of), sep="\n    ")
        return 0
    found = problems(rows, pages(book))
    print(*found, sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
