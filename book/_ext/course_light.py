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

from PIL import Image
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from course_access import TALK, accessible
from course_icons import icons
from course_sheets import VARIABLE, purged

VIEWPORT = '<meta name="viewport"'
LINK = re.compile(r'[ \t]*<link\b[^>]*?href="([^"]*)"[^>]*>\n?')
SCRIPT = re.compile(r'[ \t]*<script\b[^>]*?src="([^"]*)"[^>]*></script>\n?')
IMPORT = re.compile(r"""@import (?:url\()?["']?([^"')]+)["']?\)?;""")
IMAGE = re.compile(r"<img\b[^>]*?>")
DRAWN = re.compile(r'<svg\b[^>]*? width="(\d+)(?:px)?" height="(\d+)(?:px)?"')
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
# What is used of Bootstrap's script, menus.js does.
UNUSED = ("sphinx-thebe", "design-tabs", "fontawesome", "togglebutton", "bootstrap.js")
# The theme makes boxes that scroll ready for the keyboard, again and again, also those
# that are folded, and lays out the page for each; paths.js does it once.
AGAIN = re.compile(
    r',"complete"===document\.readyState\?(\w)\(\):window\.addEventListener\("load",\1\)'
)
TOGGLE = re.compile(r"[ \t]*<script>(?:let|var) toggle\w+ = '[^']*';</script>\n?")
# Only some pages need them.
ALONE = ("searchtools", "language_data", "mathjax", "live/")
PAGENAME = re.compile(r"<script>DOCUMENTATION_OPTIONS\.pagename = '[^']*';</script>\n?")
# Code, and its words that have the colour of all: no element of their own.
CODE = re.compile(r'(?<=<div class="highlight"><pre>).*?(?=</pre></div>)', re.DOTALL)
TOKEN = re.compile(
    r'data-theme="(\w+)"\] \.highlight(?: \.(\w+))? '
    r"\{ (?:background: #\w+; )?(color: #\w+) \}"
)
SPAN = re.compile(r'<span(?: class="(\w+)")?>([^<]*)</span>')
NAMED = re.compile(r'(?:class|id)="([^"]*)"')
WORD = re.compile(r"[\w-]+")
QUOTED = re.compile(r"""(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1""")


def size(path: Path) -> tuple[int, int] | None:
    """The width and height of a picture that a page shows; a PNG that says it has 160
    dots per inch has two pixels for each that is shown. None if it can't be told.
    """
    if path.suffix == ".svg" and path.is_file():
        found = DRAWN.search(path.read_text("utf-8"))
        return (int(found[1]), int(found[2])) if found else None
    if path.suffix != ".png" or not path.is_file():
        return None
    with Image.open(path) as picture:
        sharp = picture.info.get("dpi", (0, 0))[0] > 120
        return picture.width // (1 + sharp), picture.height // (1 + sharp)


def sized(text: str, page: Path) -> str:
    """Pictures with their width and height; all but the logo are loaded when the reader
    comes near.
    """

    def with_size(match: re.Match[str]) -> str:
        tag = match[0]
        source = re.search(r'src="([^":]+)"', tag)
        if "loading=" in tag or not source:
            return tag
        found = size((page.parent / source[1]).resolve())
        if found and "width=" not in tag:
            width, height = found
            tag = tag.replace("<img", f'<img width="{width}" height="{height}"', 1)
        if "logo__image" in tag:
            return tag
        return tag.replace("<img", '<img loading="lazy" decoding="async"', 1)

    return IMAGE.sub(with_size, text)


def plain_tokens(sheet: str) -> set[str]:
    """The classes of words in code that look like all other code, in every theme; ""
    is a word without a class.
    """
    looks: dict[str, dict[str, str]] = {}
    for theme, name, look in TOKEN.findall(sheet):
        looks.setdefault(name, {})[theme] = look
    return {name for name, look in looks.items() if look == looks.get("")}


def merged(text: str, plain: set[str]) -> str:
    """Code in which a word has an element only if it has a colour of its own."""

    def kept(match: re.Match[str]) -> str:
        return match[2] if (match[1] or "") in plain else match[0]

    return CODE.sub(lambda code: SPAN.sub(kept, code[0]), text)


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
            text, times = AGAIN.subn("", _with_places(text, path))
            if path.endswith("pydata-sphinx-theme.js") and not times:
                raise LookupError(f"{path} has changed: see AGAIN in course_light.py")
            return TALK.sub("void(", text)
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
        LookupError: the theme has an icon that is not drawn here, or its script has
            changed.
        ValueError: a stylesheet can't be read.
    """
    static = out / "_static"
    for template in static.glob("*.html"):  # the theme's, no pages
        template.unlink()
    pages = {path: path.read_text("utf-8") for path in sorted(out.rglob("*.html"))}
    pages = {path: text for path, text in pages.items() if "_static/" in text}
    fresh = [path for path, text in pages.items() if "_static/site.css" not in text]
    if not fresh:
        return
    sheets, scripts, unused = _bundles(static, [pages[path] for path in fresh])
    code = static / "pygments.css"
    plain = plain_tokens(code.read_text("utf-8")) if code.is_file() else set()
    for path in fresh:
        text = accessible(icons(MODE.sub(CHOSEN, pages[path])))
        text = merged(TOGGLE.sub("", PAGENAME.sub("", text)), plain)
        pages[path] = sized(text, path)
    script = scripts.text()
    # a live figure draws itself, so every word of its script may be a class
    alone = [one.read_text("utf-8") for one in sorted(static.glob("live/*.js"))]
    words = _words("".join(pages.values()), script, "".join(alone))
    written = {sheets.name: purged(sheets.text(), words), scripts.name: script}
    for name, text in written.items():
        (static / name).write_text(text, encoding="utf-8")
    for path in fresh:
        _write(path, pages[path], sheets, scripts, unused, written)
    shutil.rmtree(static / "vendor" / "fontawesome", ignore_errors=True)


def _bundles(static: Path, texts: list[str]) -> tuple[Bundle, Bundle, list[str]]:
    """The sheets and the scripts that pages load, and what is left out of both."""
    sheets, scripts = Bundle(static, "site.css"), Bundle(static, "site.js")
    for text in texts:
        for address in LINK.findall(text):
            if (inside := _inside(address)).endswith(".css"):
                sheets.take(inside)
        for address in SCRIPT.findall(text):
            if (inside := _inside(address)) and not inside.startswith(ALONE):
                scripts.take(inside)
    unused = []
    for bundle in (sheets, scripts):
        left = [one for one in bundle.files if any(name in one for name in UNUSED)]
        bundle.files = [one for one in bundle.files if one not in left]
        unused += left
    return sheets, scripts, unused


def _words(pages: str, script: str, alone: str) -> set[str]:
    """The classes, ids and variables that some page has, or a script may give."""
    quoted = (text for _, text in QUOTED.findall(script))
    texts = [*NAMED.findall(pages), *quoted, alone]
    return {word for text in texts for word in WORD.findall(text)} | set(
        VARIABLE.findall(pages)
    )


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


def _renewed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """All pages, if a sheet or script is newer than the site's: they name its mark."""
    made = Path(app.outdir) / "_static" / "site.css"
    own = (Path(app.srcdir) / "book" / "_static").glob("*.*")
    last = max((one.stat().st_mtime for one in own), default=0)
    old = made.is_file() and made.stat().st_mtime < last
    return sorted(env.found_docs) if old else []


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-get-updated", _renewed)
    app.connect("build-finished", _finished, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
