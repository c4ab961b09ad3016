"""Lighthouse's marks for four pages, on a desktop and on a phone: the median of some
runs. Its runs are compared on a machine that does nothing else.

    npm install --global lighthouse@12
    python -m course look PICTURES --runs 5
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

PAGES = {
    "front page": "book/index",
    "core": "notebooks/torch/07_mf",
    "scoreboard": "book/scoreboards",
    "articles": "book/articles",
}
FORMS: dict[str, list[str]] = {"desktop": ["--preset=desktop"], "phone": []}
MARKS = {
    "performance": "performance",
    "accessibility": "accessibility",
    "best-practices": "best practices",
    "seo": "SEO",
}
MEASURES = {
    "first-contentful-paint": "first paint, s",
    "largest-contentful-paint": "largest paint, s",
    "total-blocking-time": "blocked, ms",
    "cumulative-layout-shift": "shift",
    "total-byte-weight": "KiB",
}
UNITS = {"s": 1000.0, "KiB": 1024.0}
CHROME = "--headless=new --no-sandbox --disable-gpu"
PATIENCE = 300  # seconds for a run
Results = dict[tuple[str, str], dict[str, float]]


def program(given: str | None = None) -> list[str] | None:
    """The command that runs Lighthouse; None if it isn't installed."""
    found = given or shutil.which("lighthouse")
    if found is None:
        return None
    return ["node", found] if found.endswith(".js") else [found]


def least(page: str, form: str, mark: str) -> int:
    """What a page is to reach."""
    slow = form == "phone" and mark == "performance" and page != "front page"
    return 90 if slow else 95


def once(command: list[str], url: str, form: str, browser: str, file: Path) -> dict:
    """Run Lighthouse once; its report, which stays in `file`.

    Raises:
        RuntimeError: Lighthouse failed.
    """
    asked = [url, "--quiet", "--output=json", f"--output-path={file}"]
    done = subprocess.run(
        [*command, *asked, f"--chrome-flags={CHROME}", *FORMS[form]],
        env=os.environ | {"CHROME_PATH": browser},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if done.returncode or not file.is_file():
        raise RuntimeError(f"Lighthouse on {url}: {done.stderr.strip()[-300:]}")
    report: dict[str, Any] = json.loads(file.read_text("utf-8"))
    if fault := report.get("runtimeError"):
        raise RuntimeError(f"Lighthouse on {url}: {fault['message']}")
    return report


def medians(reports: list[dict]) -> dict[str, float]:
    """The median of each mark (0 to 100) and of each measure over some reports, and how
    fast the machine was by Lighthouse's own measure.
    """
    found = {
        name: 100 * median(one["categories"][mark]["score"] or 0 for one in reports)
        for mark, name in MARKS.items()
    }
    for audit, name in MEASURES.items():
        values = [one["audits"][audit]["numericValue"] for one in reports]
        found[name] = median(values) / UNITS.get(name.rpartition(", ")[2], 1.0)
    speeds = [one["environment"]["benchmarkIndex"] for one in reports]
    return found | {"machine": median(speeds)}


def measure(
    command: list[str], home: str, browser: str, out: Path, runs: int
) -> Results:
    """All pages in all forms, one run after the other, round by round; the reports are
    written to `out`.

    Args:
        home: the address of the site, without a slash at the end.

    Raises:
        RuntimeError: Lighthouse failed.
    """
    out.mkdir(parents=True, exist_ok=True)
    reports: dict[tuple[str, str], list[dict]] = {}
    for number in range(runs):
        for page, path in PAGES.items():
            for form in FORMS:
                name = f"{path.rpartition('/')[2]}-{form}-{number + 1}.json"
                url = f"{home}/{path}.html"
                report = once(command, url, form, browser, out / name)
                reports.setdefault((page, form), []).append(report)
    return {key: medians(found) for key, found in reports.items()}


def table(results: Results) -> str:
    """The results as a table in Markdown."""
    names = [*MARKS.values(), *MEASURES.values(), "machine"]
    lines = [f"| page | | {' | '.join(names)} |", "|---|---|" + "--:|" * len(names)]
    for (page, form), found in results.items():
        cells = (_written(name, found[name]) for name in names)
        lines.append(f"| {page} | {form} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _written(name: str, value: float) -> str:
    if name == "shift":
        return f"{value:.3f}"
    return f"{value:.1f}" if name.endswith(", s") else f"{value:,.0f}"


def short(results: Results) -> list[str]:
    """Which marks are below what they are to be."""
    return [
        f"{page} on a {form}: {mark} {found[mark]:.0f}"
        f" is below {least(page, form, mark)}"
        for (page, form), found in results.items()
        for mark in MARKS.values()
        if round(found[mark]) < least(page, form, mark)
    ]
