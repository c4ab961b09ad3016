"""The icons of the site, drawn in its pages: no script, sheet or font of icons."""

from __future__ import annotations

import re

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
ICON = re.compile(r'<(i|span)\s+class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')


def icons(text: str) -> str:
    """The theme's `<i class="fa-solid fa-sun">` as pictures in the page."""

    def drawn(match: re.Match[str]) -> str:
        names = match[2].split()
        found = next((n[3:] for n in names if n[3:] in ICONS and n[:3] == "fa-"), None)
        if found is None:
            raise LookupError(f"No icon for {match[2]!r}: draw one in course_icons.py")
        kept = " ".join(n for n in names if n not in ("fas", "fab", "far", "fa-solid"))
        more = f'{match[3]} viewBox="0 0 24 24" aria-hidden="true"'
        return f'<svg class="icon {kept}"{more}><path d="{ICONS[found]}"/></svg>'

    return ICON.sub(drawn, text)
