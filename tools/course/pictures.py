"""Pictures as the notebooks keep them: of a figure its lines (SVG) or its points (PNG),
whichever is smaller, in as few bytes as show the same.

An SVG gets shorter here: no comments, no names that nothing refers to, two decimals,
one font for all. The names that stay begin with a hash of the drawing, so that several
figures can stand in one page. Its text stays text, and its alt text is part of it. A
PNG has twice the points that are shown, and at most 256 colours.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import MutableMapping
from io import BytesIO
from typing import Any

from PIL import Image

SVG, PNG = "image/svg+xml", "image/png"
# What a kernel draws of each figure; one of them is kept.
FORMATS = "--InlineBackend.figure_formats={'svg', 'retina'}"
SHOWN = 80 / 72  # pixels for a point of the SVG: as `plots.use_style` has it
FONT = "DejaVu Sans"  # Matplotlib's own; Verdana is as wide, where it is missing
INHERITED = ("fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width")
LONGEST = 100_000  # characters of a drawing that is a part of a page
# JupyterLab shows no SVG of a notebook that it doesn't trust yet.
INSTEAD = "(The figure itself is drawn when you run this cell.)"
XLINK = "http://www.w3.org/1999/xlink"
NUMBER = re.compile(r"-?\d+\.\d+")
NAME = re.compile(r"#([\w-]+)")
COLOUR = re.compile(r"(?:fill|stroke)='(#(?!(\w\w)\2\2)\w{6})'")
OWN = 12  # more colours than a figure takes from `rec_tutor.plots` are a scale
LABEL = re.compile(r" aria-label='[^']*'")


def tidy(drawing: str) -> str:
    """An SVG of Matplotlib's, shorter; what was here before stays as it is.

    Raises:
        ValueError: it is not a drawing.
    """
    if drawing.startswith("<svg "):
        return drawing
    try:
        root = ET.fromstring(drawing)
        width, height = (
            round(float(root.attrib[side].removesuffix("pt")) * SHOWN)
            for side in ("width", "height")
        )
    except (ET.ParseError, KeyError) as error:
        raise ValueError(f"not a drawing: {error}") from error
    used = set(NAME.findall(drawing))
    for part in root.iter():
        part.attrib = _attributes(part, used)
    for part in root.iter():
        _share(part)
    body = "".join(map(_written, root))
    names = dict.fromkeys(re.findall(r" id='([^']*)'", body))
    body = _renamed(body, {name: f"n{place}" for place, name in enumerate(names)})
    mark = hashlib.sha256(body.encode()).hexdigest()[:6]
    places = range(len(names))
    body = _renamed(body, {f"n{place}": f"f{mark}{place}" for place in places})
    linked = f" xmlns:xlink='{XLINK}'" if "xlink:" in body else ""
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg'{linked} role='img'"
        f" width='{width}' height='{height}'"
        f" viewBox='{root.attrib['viewBox']}'"
        f" font-family='{FONT}, Verdana, sans-serif' stroke-linejoin='round'"
        f" style='max-width:100%;height:auto'>{body}</svg>"
    )


def _renamed(body: str, names: dict[str, str]) -> str:
    def new(found: re.Match[str]) -> str:
        return found[1] + names.get(found[2], found[2])

    return re.sub(r"( id='|#)([\w-]+)", new, body)


def _attributes(part: ET.Element, used: set[str]) -> dict[str, str]:
    """An element's attributes, with those of its style.

    Args:
        used: the names that something refers to.
    """
    found: dict[str, str] = {}
    for name, value in part.attrib.items():
        if name == "style":
            for rule in filter(str.strip, value.split(";")):
                key, _, own = rule.partition(":")
                if not own.strip().startswith(f"'{FONT}'"):
                    found[key.strip()] = _rounded(own.strip())
        elif name == "d":
            found[name] = _path(value)
        elif name == "transform":
            value = re.sub(r"rotate\(-?0 [^)]*\)", "", value).strip()
            few = "matrix" not in value and "scale" not in value
            found[name] = _rounded(value) if few else value
        elif name in ("x", "y", "width", "height", "viewBox"):
            found[name] = _rounded(value)
        elif name != "id" or value in used:
            found[name.replace(f"{{{XLINK}}}", "xlink:")] = value
    return {name: value for name, value in found.items() if value}


def _share(group: ET.Element) -> None:
    """What all parts of a group have in common becomes the group's."""
    if not group.tag.endswith("}g") or len(group) < 2:
        return
    for name in INHERITED:
        values = {part.attrib.get(name) for part in group}
        if len(values) == 1 and None not in values and name not in group.attrib:
            group.attrib[name] = values.pop() or ""
            for part in group:
                del part.attrib[name]


def _written(part: ET.Element) -> str:
    """An element and all in it; groups that say nothing are opened."""
    tag = part.tag.partition("}")[2]
    if tag in ("metadata", "style"):
        return ""
    marks = "".join(
        f" {name}='{html.escape(value)}'" for name, value in part.attrib.items()
    )
    text = (part.text or "") if tag in ("text", "tspan") else ""
    inner = html.escape(text.strip("\n"), quote=False) + "".join(map(_written, part))
    if tag == "g" and not marks:
        return inner
    if not inner:
        return "" if tag in ("g", "defs") else f"<{tag}{marks}/>"
    return f"<{tag}{marks}>{inner}</{tag}>"


def _rounded(text: str) -> str:
    def short(found: re.Match[str]) -> str:
        number = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
        return "0" if number == "-0" else number

    return NUMBER.sub(short, text)


def _path(line: str) -> str:
    """The `d` of a path; of straight lines only the points."""
    line = re.sub(r"\s*([A-Za-z])\s*", r"\1", _rounded(line))
    line = re.sub(r"\s+", " ", line).strip()
    return line.replace("L", " ") if re.fullmatch(r"M[^MCQHVA]*", line) else line


def labelled(drawing: str, alt: str) -> str:
    """A tidy SVG with its alt text, for who can't see it."""
    label = f" aria-label='{html.escape(alt)}'" if alt else ""
    head, end, rest = LABEL.sub("", drawing, count=1).partition(">")
    return head + label + end + rest


def lighter(picture: str) -> str:
    """A PNG, in base64, with a palette of 256 colours if that makes it smaller; one
    that has a palette or transparent parts stays as it is.
    """
    with Image.open(BytesIO(base64.b64decode(picture))) as image:
        clear = "A" in image.getbands() and min(image.getchannel("A").tobytes()) < 255
        if image.mode == "P" or clear:
            return picture
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        density = image.info.get("dpi")
    made = BytesIO()
    few.save(made, "PNG", optimize=True, dpi=density)
    shorter = base64.b64encode(made.getvalue()).decode()
    return shorter if len(shorter) < len(picture.replace("\n", "")) else picture


def keep_one(output: MutableMapping[str, Any], alt: str) -> None:
    """Leave in a cell's output one version of its picture, with its alt text: lines, if
    they hold no points themselves, and are smaller where they are compressed, as in git
    and on the way to a reader.
    """
    data, about = output.get("data", {}), output.get("metadata", {})
    if PNG in data:
        data[PNG] = lighter(data[PNG])
    if SVG in data:
        data[SVG] = labelled(tidy(data[SVG]), alt)
        if PNG in data:
            lines, points = data[SVG].encode(), len(data[PNG]) * 3 // 4
            small = len(lines) < LONGEST and len(zlib.compress(lines)) < points
            data.pop(PNG if small and b"<image " not in lines else SVG)
    if SVG in data and alt:
        data["text/plain"] = f"{alt}\n\n{INSTEAD}"
    for kind in (SVG, PNG):
        if kind not in data:
            about.pop(kind, None)
    if PNG in data and alt:
        about.setdefault(PNG, {})["alt"] = alt


def on_page(drawing: str) -> str:
    """A tidy SVG with the classes for the website's style: `rt-figure`, and `rt-card`
    if its colours are a scale, which stays as it is on a dark page.
    """
    scale = len(set(COLOUR.findall(drawing))) > OWN
    look = "rt-figure rt-card" if scale else "rt-figure"
    return drawing.replace("<svg ", f'<svg class="{look}" ', 1)


def as_html(cell: MutableMapping[str, Any]) -> str:
    """The first picture of a cell's outputs, as a part of a page; "" if it has none."""
    alt = html.escape(cell["metadata"].get("alt", ""))
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if SVG in data:
            return on_page("".join(data[SVG]))
        if PNG in data:
            about = output.get("metadata", {}).get(PNG, {})
            size = "".join(
                f' {side}="{about[side]}"'
                for side in ("width", "height")
                if side in about
            )
            code = "".join("".join(data[PNG]).split())
            return f'<img alt="{alt}"{size} src="data:image/png;base64,{code}">'
    return ""
