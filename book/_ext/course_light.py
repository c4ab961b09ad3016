"""Sphinx extension: pages that are fast. When the site is written, every page

- loads one stylesheet, with the rules that some page or script of the site can use, and
  one deferred script, in place of two dozen files;
- has its few icons inline, in place of FontAwesome's script, sheet and fonts;
- says how large its pictures are, and loads those further down when they are near;
- has the names, the landmarks and the table cells that a screen reader needs, where the
  theme leaves them out; scripts say nothing on the console but what is wrong.

What a page says and does is not changed, and a second run changes nothing more.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import tinycss2
from PIL import Image
from sphinx.application import Sphinx

# Drawn for the course, on a square of 24, with a line of 2.
ICONS = {
    "angle-left": "M15 5l-7 7 7 7",
    "angle-right": "M9 5l7 7-7 7",
    "arrow-up": "M12 20V4m-7 7 7-7 7 7",
    "bars": "M3 6h18M3 12h18M3 18h18",
    "chevron-down": "M5 9l7 7 7-7",
    "circle-half-stroke": "M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18v18M12 7a5 5 0 0 1 0 10",
    "download": "M12 3v12m-6-6 6 6 6-6M4 21h16",
    "expand": "M3 9V3h6m6 0h6v6m0 6v6h-6m-6 0H3v-6",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4",
    "file-pdf": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6m-6 4h6",
    "github": "M6 7v10m0-10a2 2 0 1 0 0-4 2 2 0 1 0 0 4m0 10a2 2 0 1 0 0 4 2 2 0 1 0 0"
    "-4m12-10a2 2 0 1 0 0-4 2 2 0 1 0 0 4c0 4-3 5-6 5s-6 1-6 5",
    "lightbulb": "M9 18v-2c-2-1-4-3-4-7a7 7 0 1 1 14 0c0 4-2 6-4 7v2zm1 3h4",
    "list": "M8 6h13M8 12h13M8 18h13M3 6h1m-1 6h1m-1 6h1",
    "magnifying-glass": "M10 3a7 7 0 1 0 0 14 7 7 0 1 0 0-14m5 12 6 6",
    "moon": "M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z",
    "rocket": "M9 15c0-6 4-11 11-12-1 7-6 11-12 11l-4-1 3-5h4m-1 6 2 4 5-3v-4M5 16"
    "l-2 5 5-2",
    "sun": "M12 7a5 5 0 1 0 0 10 5 5 0 1 0 0-10M12 1v2m0 18v2M1 12h2m18 0h2"
    "M4 4l2 2m12 12 2 2m0-16-2 2M6 18l-2 2",
}
VIEWPORT = '<meta name="viewport"'
ICON = re.compile(r'<(i|span)\s+class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
LINK = re.compile(r'[ \t]*<link\b[^>]*?href="([^"]*)"[^>]*>\n?')
SCRIPT = re.compile(r'[ \t]*<script\b[^>]*?src="([^"]*)"[^>]*></script>\n?')
IMPORT = re.compile(r"""@import (?:url\()?["']?([^"')]+)["']?\)?;""")
IMAGE = re.compile(r"<img\b[^>]*?>")
MODE = re.compile(r'<script data-cfasync="false">.*?</script>', re.DOTALL)
# Before anything is drawn: the theme that the reader chose, or the system's.
CHOSEN = """<script data-cfasync="false">
    try { var chosen = localStorage.getItem("mode"); } catch (e) { }
    if (chosen !== "light" && chosen !== "dark") chosen = "auto";
    document.documentElement.dataset.mode = chosen;
    document.documentElement.dataset.theme = chosen !== "auto" ? chosen
      : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  </script>"""
# None is used: cells do not run on the pages, and there are no tabs and no toggles.
UNUSED = ("sphinx-thebe", "design-tabs", "fontawesome", "togglebutton")
TOGGLE = re.compile(r"[ \t]*<script>(?:let|var) toggle\w+ = '[^']*';</script>\n?")
# What the theme writes by a script, so that it is only there with scripts.
WRITTEN = re.compile(r"<script>\s*document\.write\(`(.*?)`\);\s*</script>", re.DOTALL)
INLINE = re.compile(r"<script>.*?</script>", re.DOTALL)
EMPTY = re.compile(r"<th\b([^>]*)>(?:\s|<p>\s*</p>)*</th>")
SCOPE = re.compile(r' scope="\w+"')
TALK = re.compile(r"\bconsole\.(?:log|info|debug)\(")
# For a screen reader: all of the page is in landmarks, and a name is what is seen, or
# says what a button does.
NAMES = {
    '"bd-sidebar-primary bd-sidebar"': ' role="complementary" aria-label="Course"',
    '"btn search-button-field search-button__button"': "",
    '"sidebar-toggle primary-toggle btn btn-sm"': ' aria-label="Pages of the course"',
    '"sidebar-toggle secondary-toggle btn btn-sm"': ' aria-label="On this page"',
}
NAMED_TAG = re.compile(
    rf"(<\w+ class=({'|'.join(NAMES)}))((?: (?:title|aria-label)=\"[^\"]*\")*)"
)
# Only some pages need them.
ALONE = ("searchtools", "language_data", "mathjax", "live/")
PAGENAME = re.compile(r"<script>DOCUMENTATION_OPTIONS\.pagename = '[^']*';</script>\n?")
# Set while a page is used, so no page's text has them.
LATER = re.compile(r"collapsing|show|hide|active|modal|fade|offcanvas|tooltip|popover")
NAME = re.compile(r"[.#]((?:[\w-]|\\.)+)")
NAMED = re.compile(r'(?:class|id)="([^"]*)"')
WORD = re.compile(r"[\w-]+")
QUOTED = re.compile(r"""(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1""")


def icons(text: str) -> str:
    """The theme's `<i class="fa-solid fa-sun">` as pictures in the page."""

    def drawn(match: re.Match[str]) -> str:
        names = match[2].split()
        found = next((n[3:] for n in names if n[3:] in ICONS and n[:3] == "fa-"), None)
        if found is None:
            raise LookupError(f"No icon for {match[2]!r}: draw one in course_light.py")
        kept = " ".join(n for n in names if n not in ("fas", "fab", "far", "fa-solid"))
        more = f'{match[3]} viewBox="0 0 24 24" aria-hidden="true"'
        return f'<svg class="icon {kept}"{more}><path d="{ICONS[found]}"/></svg>'

    return ICON.sub(drawn, text)


def accessible(text: str) -> str:
    """Names, landmarks and table cells, where the theme leaves them out."""
    text = WRITTEN.sub(r"\1", text)
    text = INLINE.sub(lambda match: TALK.sub("void(", match[0]), text)
    text = text.replace(' aria-label="Toggle hidden content"', "")
    text = NAMED_TAG.sub(lambda match: match[1] + NAMES[match[2]], text)
    return EMPTY.sub(lambda match: f"<td{SCOPE.sub('', match[1])}></td>", text)


def sized(text: str, page: Path, known: dict[Path, tuple[int, int]]) -> str:
    """Pictures with their width and height, loaded when the reader comes near."""

    def with_size(match: re.Match[str]) -> str:
        tag = match[0]
        source = re.search(r'src="([^":]+)"', tag)
        if "loading=" in tag or "logo" in tag or not source:
            return tag
        path = (page.parent / source[1]).resolve()
        if path.suffix == ".png" and path.is_file():
            if path not in known:
                with Image.open(path) as picture:
                    known[path] = picture.size
            width, height = known[path]
            if "width" not in tag:
                tag = tag.replace("<img", f'<img width="{width}" height="{height}"', 1)
        return tag.replace("<img", '<img loading="lazy" decoding="async"', 1)

    return IMAGE.sub(with_size, text)


def used(rule: str, words: set[str]) -> bool:
    """Can some part of a selector match? Every class and id in it is known."""
    return any(
        all(
            name.replace("\\", "") in words or LATER.search(name)
            for name in NAME.findall(re.sub(r":not\([^)]*\)", "", part))
        )
        for part in rule.split(",")
    )


def purged(sheet: str, words: set[str]) -> str:
    """A stylesheet without comments, and without rules that no page uses."""
    parts = []
    for rule in tinycss2.parse_stylesheet(sheet, True, True):
        if rule.type == "error":
            raise ValueError(f"a stylesheet: {rule.message}, line {rule.source_line}")
        if rule.type == "at-rule" and rule.content is not None:
            inner = tinycss2.serialize(rule.content)
            head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
            if rule.lower_at_keyword in ("media", "supports", "layer"):
                inner = purged(inner, words)
            if inner.strip():
                parts.append(f"{head}{{{_tight(inner)}}}")
        elif rule.type == "qualified-rule":
            selector = tinycss2.serialize(rule.prelude).strip()
            if used(selector, words):
                content = tinycss2.serialize(rule.content)
                parts.append(f"{selector}{{{_tight(content)}}}")
        elif rule.type == "at-rule":
            parts.append(rule.serialize())
    return "\n".join(parts)


def _tight(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


class Bundle:
    """The sheets or scripts that pages load, as one file."""

    def __init__(self, static: Path, name: str) -> None:
        self.static, self.name = static, name
        self.files: list[str] = []

    def take(self, path: str) -> None:
        """Note a file, by its path in _static, in the order of loading."""
        if path not in self.files:
            self.files.append(path)

    def text(self) -> str:
        """The files, one behind the other; a sheet that is imported in its place."""
        between = ";\n" if self.name.endswith(".js") else "\n"
        return between.join(map(self._read, self.files))

    def _read(self, path: str) -> str:
        text = (self.static / path).read_text("utf-8")
        if not path.endswith(".css"):
            return TALK.sub("void(", _with_places(text, path))
        parts = IMPORT.split(text)  # every second one is a sheet that is imported
        parts[::2] = [_with_places(one, path) for one in parts[::2]]
        folder = Path(path).parent
        parts[1::2] = [self._read(os.path.normpath(folder / p)) for p in parts[1::2]]
        return "".join(parts)


def _with_places(text: str, path: str) -> str:
    """A sheet's `url(../fonts/x)`, seen from _static itself; no map of the source."""
    text = re.sub(
        r"(?m)^(//[#@] sourceMappingURL.*|/\*# sourceMappingURL.*\*/)$", "", text
    )
    folder = Path(path).parent
    if path.endswith(".css"):
        return re.sub(
            r"url\((['\"]?)(?!data:|#|/|https?:)([^)'\"]+)\1\)",
            lambda m: f"url({(folder / m[2]).as_posix()})",
            text,
        )
    return text


def _inside(address: str) -> str:
    """The path in _static, without a version; "" for what is not there."""
    path = address.partition("?")[0].partition("#")[0]
    return path.rpartition("_static/")[2] if "_static/" in path else ""


def lighten(out: Path) -> None:
    """Make all pages of a built site light.

    Raises:
        LookupError: the theme has an icon that is not drawn here.
        ValueError: a stylesheet can't be read.
    """
    static = out / "_static"
    pages = {path: path.read_text("utf-8") for path in sorted(out.rglob("*.html"))}
    pages = {path: text for path, text in pages.items() if "</head>" in text}
    sheets, scripts = Bundle(static, "site.css"), Bundle(static, "site.js")
    fresh = [path for path, text in pages.items() if "_static/site.css" not in text]
    if not fresh:
        return
    for path in fresh:
        for address in LINK.findall(pages[path]):
            if (inside := _inside(address)).endswith(".css"):
                sheets.take(inside)
        for address in SCRIPT.findall(pages[path]):
            if (inside := _inside(address)) and not inside.startswith(ALONE):
                scripts.take(inside)
    unused = [
        one
        for bundle in (sheets, scripts)
        for one in bundle.files
        if any(name in one for name in UNUSED)
    ]
    for bundle in (sheets, scripts):
        bundle.files = [one for one in bundle.files if one not in unused]
    known: dict[Path, tuple[int, int]] = {}
    for path in fresh:
        text = accessible(icons(MODE.sub(CHOSEN, pages[path])))
        text = TOGGLE.sub("", PAGENAME.sub("", text))
        pages[path] = sized(text, path, known)
    script = scripts.text()
    named = NAMED.findall("".join(pages.values()))
    quoted = (text for _, text in QUOTED.findall(script))
    # a live figure draws itself, so every word of its script may be a class
    alone = [one.read_text("utf-8") for one in sorted(static.glob("live/*.js"))]
    words = {word for text in [*named, *quoted, *alone] for word in WORD.findall(text)}
    written = {sheets.name: purged(sheets.text(), words), scripts.name: script}
    for name, text in written.items():
        (static / name).write_text(text, encoding="utf-8")
    for path in fresh:
        _write(path, pages[path], sheets, scripts, unused, written)
    shutil.rmtree(static / "vendor" / "fontawesome", ignore_errors=True)


def _write(
    path: Path,
    text: str,
    sheets: Bundle,
    scripts: Bundle,
    unused: list[str],
    written: dict[str, str],
) -> None:
    """A page that loads the two bundles."""
    gone = {*sheets.files, *scripts.files, *unused}
    root = ""

    def link(match: re.Match[str]) -> str:
        nonlocal root
        inside = _inside(match[1])
        if inside.endswith(".css"):
            root = match[1].rpartition("_static/")[0]
        preload = 'rel="preload"' in match[0]
        return "" if inside in gone or (inside and preload) else match[0]

    def script(match: re.Match[str]) -> str:
        if _inside(match[1]) in gone:
            return ""
        return (
            match[0]
            .replace("<script", "<script defer", 1)
            .replace(' defer="defer"', "")
        )

    text = SCRIPT.sub(script, LINK.sub(link, text))
    first, tag, rest = text.partition(VIEWPORT)
    text = first + tag + re.sub(VIEWPORT + r"[^>]*>\s*", "", rest)
    marks = {n: hashlib.sha256(t.encode()).hexdigest()[:8] for n, t in written.items()}
    sheet, code = (f"{root}_static/{name}?v={mark}" for name, mark in marks.items())
    head = f'<link rel="stylesheet" href="{sheet}" />\n'
    head += f'<script defer src="{code}"></script>\n'
    path.write_text(text.replace("</title>", f"</title>\n{head}", 1), encoding="utf-8")


def _finished(app: Sphinx, error: Exception | None) -> None:
    if not error and app.builder.format == "html":
        lighten(Path(app.outdir))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", _finished, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
