"""A page in the order in which the keyboard and a screen reader meet it, as text to be
read by a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST = 400  # places that the keyboard stops at
STOP = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  if (e === document.body) return null;
  const inner = [e, e.firstElementChild || e, e.parentElement].map(one =>
    getComputedStyle(one));
  const ring = inner.some(s => s.outlineStyle === "solid" || s.outlineStyle === "auto"
    || /px/.test(s.boxShadow) && !s.boxShadow.startsWith("rgba(0, 0, 0, 0)"));
  const boxes = [e, ...e.children].map(one => one.getBoundingClientRect());
  const seen = style.visibility !== "hidden" && boxes.some(box =>
    box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight
    && box.right > 0 && box.left < innerWidth);
  const name = [e.getAttribute("aria-label"), e.labels?.[0]?.textContent, e.innerText,
    e.textContent, e.querySelector?.("img")?.alt, e.title, e.placeholder]
    .map(one => (one || "").trim()).find(one => one) || "";
  return {tag: e.tagName.toLowerCase(), name: name.replace(/\\s+/g, " "), ring, seen};
}"""
# Roles that say nothing by themselves.
SILENT = frozenset(
    ("none", "generic", "InlineTextBox", "paragraph", "StaticText", "LineBreak")
)
NAMED = frozenset(
    (
        "button",
        "checkbox",
        "combobox",
        "link",
        "radio",
        "searchbox",
        "slider",
        "textbox",
    )
)


def stops(page: Page) -> tuple[list[str], list[str]]:
    """Press the tabulator through a page; where it stops, and what is wrong there."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    lines: list[str] = []
    wrong: list[str] = []
    for number in range(1, MOST + 1):
        page.keyboard.press("Tab")
        here = page.evaluate(STOP)
        if here is None:
            break
        text = f"{number:3} {here['tag']}: {here['name'][:80]}"
        for good, what in (
            (here["ring"], "no ring shows where the keyboard is"),
            (here["seen"], "out of sight"),
            (here["name"], "without a name"),
        ):
            if not good:
                wrong.append(f"keyboard, {what}: {text}")
        lines.append(text)
    return lines, wrong


def tree(page: Page) -> tuple[list[str], list[str]]:
    """The accessibility tree of a page, a line for each node that a screen reader would
    say; and its controls without a name.
    """
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    lines: list[str] = []
    wrong: list[str] = []
    _said(by_id, nodes[0], 0, lines, wrong)
    return lines, wrong


def _said(
    by_id: dict[str, dict[str, Any]],
    node: dict[str, Any],
    depth: int,
    lines: list[str],
    wrong: list[str],
) -> None:
    role = str(node.get("role", {}).get("value", ""))
    name = str(node.get("name", {}).get("value", "")).strip()
    own = not node.get("ignored") and role != "InlineTextBox"
    text = name if role == "StaticText" else f"[{role}] {name}".strip()
    if own and (name or role not in SILENT):
        lines.append(f"{'  ' * depth}{text[:200]}")
    if own and not name and role in NAMED:
        wrong.append(f"a {role} without a name")
    inner = depth + (own and role not in SILENT)
    for child in node.get("childIds", ()):
        if child in by_id:
            _said(by_id, by_id[child], inner, lines, wrong)
