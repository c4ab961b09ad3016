"""The quiz questions of the exercise pages as question banks.

    python -m course banks --out folder

`quiz.gift.txt` is for Moodle (import, GIFT format: a category for each chapter),
`quiz.qti.zip` for Canvas (import, QTI 1.2: a quiz for each chapter). Each choice has
its explanation as feedback; formulas stand in \\( \\), which both show.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from course.exercises import QUIZ, Quiz, parsed
from course.modules import ROOT
from rec_tutor.check import words
from rec_tutor.check.questions import CHAPTERS
from rec_tutor.files import check_outputs, write_whole

NAME = "Deep Learning for Recommender Systems"
GIFT = str.maketrans({one: "\\" + one for one in "\\~=#{}:"})
IMS = "http://www.imsglobal.org/xsd/"
WHEN = (1980, 1, 1, 0, 0, 0)  # the same archive each time


def questions(root: Path = ROOT) -> dict[str, list[Quiz]]:
    """Chapter's number -> its quiz questions."""
    found: dict[str, list[Quiz]] = {}
    for path in sorted((root / "book" / "exercises").glob("*.md")):
        for match in QUIZ.finditer(path.read_text(encoding="utf-8")):
            one = parsed(match[1])
            found.setdefault(one.key[:2], []).append(one)
    return found


def title(chapter: str) -> str:
    """ "07 Matrix factorization" """
    return f"{chapter} {words.catalogue(CHAPTERS[chapter])['title']}"


def as_html(text: str) -> str:
    """Text with *emphasis*, `code` and $formulas$ as one line of HTML."""
    parts = re.split(r"(\$[^$]+\$|`[^`]+`)", " ".join(text.split()))
    for at, part in enumerate(parts):
        shown = html.escape(part, quote=False)
        if part.startswith("$"):
            shown = rf"\({shown[1:-1]}\)"
        elif part.startswith("`"):
            shown = f"<code>{shown[1:-1]}</code>"
        else:
            shown = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", shown)
        parts[at] = shown
    return "".join(parts)


def gift(found: dict[str, list[Quiz]]) -> str:
    """All questions in Moodle's GIFT format."""

    def safe(text: str) -> str:
        return as_html(text).translate(GIFT)

    parts = []
    for chapter, own in found.items():
        parts.append(f"$CATEGORY: $course$/top/{NAME}/{title(chapter)}")
        for one in own:
            lines = [f"::{one.key} ({one.goal})::[html]{safe(one.question)} {{"]
            for right, choice, why in one.choices:
                lines.append(f"{'=' if right else '~'}{safe(choice)}#{safe(why)}")
            parts.append("\n".join([*lines, "}"]))
    return "\n\n".join(parts) + "\n"


def _in(parent: Element, path: str, text: str = "", **attributes: str) -> Element:
    """Elements in each other, a/b/c; the last one gets text and attributes."""
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.attrib |= attributes
    parent.text = text or None
    return parent


def _text(parent: Element, path: str, text: str) -> None:
    _in(parent, f"{path}material/mattext", as_html(text), texttype="text/html")


def _item(section: Element, one: Quiz) -> None:
    """A question with its choices, what they are worth, and the feedback."""
    item = _in(section, "item", ident=one.key, title=f"{one.key} ({one.goal})")
    about = _in(item, "itemmetadata/qtimetadata")
    for label, entry in (
        ("question_type", "multiple_choice_question"),
        ("points_possible", "1"),
    ):
        pair = _in(about, "qtimetadatafield")
        _in(pair, "fieldlabel", label)
        _in(pair, "fieldentry", entry)
    shown = _in(item, "presentation")
    _text(shown, "", one.question)
    asked = _in(shown, "response_lid", ident="response1", rcardinality="Single")
    choices = _in(asked, "render_choice")
    scored = _in(item, "resprocessing")
    scale = {"maxvalue": "100", "minvalue": "0", "vartype": "Decimal"}
    _in(scored, "outcomes/decvar", varname="SCORE", **scale)
    for number, (right, choice, why) in enumerate(one.choices, 1):
        own = str(number)
        _text(_in(choices, "response_label", ident=own), "", choice)
        for points in (False, True) if right else (False,):
            case = _in(scored, "respcondition")
            case.set("continue", "No" if points else "Yes")
            _in(case, "conditionvar/varequal", own, respident="response1")
            if points:
                _in(case, "setvar", "100", action="Set", varname="SCORE")
            else:
                kind = {"feedbacktype": "Response", "linkrefid": f"{own}_fb"}
                _in(case, "displayfeedback", **kind)
        _text(_in(item, "itemfeedback", ident=f"{own}_fb"), "flow_mat/", why)


def qti(found: dict[str, list[Quiz]]) -> dict[str, bytes]:
    """The files of a QTI 1.2 package: a quiz for each chapter, and the list of them."""
    manifest = Element("manifest", identifier="quiz", xmlns=f"{IMS}imscp_v1p1")
    about = _in(manifest, "metadata")
    _in(about, "schema", "IMS Content")
    _in(about, "schemaversion", "1.1.3")
    _in(manifest, "organizations")
    resources = _in(manifest, "resources")
    files = {}
    for chapter, own in found.items():
        name, path = f"quiz_{chapter}", f"quiz_{chapter}/quiz_{chapter}.xml"
        whole = Element("questestinterop", xmlns=f"{IMS}ims_qtiasiv1p2")
        quiz = _in(whole, "assessment", ident=name, title=title(chapter))
        section = _in(quiz, "section", ident="root_section")
        for one in own:
            _item(section, one)
        files[path] = _written(whole)
        kind = {"identifier": name, "type": "imsqti_xmlv1p2"}
        _in(_in(resources, "resource", **kind), "file", href=path)
    return {"imsmanifest.xml": _written(manifest)} | files


def _written(tree: Element) -> bytes:
    indent(tree)
    return tostring(tree, encoding="UTF-8", xml_declaration=True) + b"\n"


def packed(files: dict[str, bytes], file: Any) -> None:
    """Write a zip archive."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course banks", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder")
    folder: Path = parser.parse_args(arguments).out
    text, package = (str(folder / f"quiz.{end}") for end in ("gift.txt", "qti.zip"))
    try:
        found = questions()
        folder.mkdir(parents=True, exist_ok=True)
        check_outputs((), (text, package))
        write_whole(text, lambda file: file.write(gift(found).encode()))
        write_whole(package, lambda file: packed(qti(found), file))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{sum(map(len, found.values()))} questions: {text}, {package}")
    return 0
