"""The repository's address: one fact, in _config.yml; all other places are filled in
from there.

    python -m course address https://example.org/group/course    a new one, everywhere
    python -m course address                                     what _config.yml says

Nothing is executed: notebooks are edited as text, and their outputs stay as they are,
byte for byte. Colab opens notebooks on GitHub only; elsewhere the link under a title,
the wording and the site's buttons change with the address. This file needs nothing but
Python itself, so the command runs in a fresh clone.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
COLAB, BINDER = "https://colab.research.google.com", "https://mybinder.org"

# What differs between the services: GitHub, GitLab (also one's own), and any other.
WORDS = {
    "github": "Open in Colab",
    "gitlab": "Download this notebook",
    "": "Repository",
}
UPLOAD = "upload it to Colab (*File → Upload notebook*)"
PRESS = {
    "github": "press *Open in Colab*",
    "gitlab": f"press *Download this notebook* and {UPLOAD}",
    "": (
        "press *Repository*, download the notebook from the folder `notebooks` there,"
        f" and {UPLOAD}"
    ),
}
LINK = rf"\[(?:{'|'.join(WORDS.values())})\]\([^\s()\\]*\)"


def service(address: str) -> str:
    """Where a repository is: "github", "gitlab" or, for anything else, ""."""
    host = urlsplit(address).hostname or ""
    return "github" if host == "github.com" else "gitlab" if "gitlab" in host else ""


def checked(url: str) -> str:
    """The address without a slash or `.git` at its end.

    Raises:
        ValueError: if it is not that of a repository.
    """
    address = url.strip().rstrip("/").removesuffix(".git")
    address = re.sub(
        r"^https://[^/]+", lambda match: match[0].lower(), address, flags=re.IGNORECASE
    )
    host, name = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
    if not re.fullmatch(rf"https://{host}(\.{host})+(:\d+)?(/{name}){{2,}}", address):
        raise ValueError(
            f"{url!r} is not a repository's address, such as"
            " https://example.org/group/course"
        )
    github = re.match(r"https://(www\.)?github\.com[/:]", address)
    if github and not re.fullmatch(r"https://github\.com/[^/]+/[^/]+", address):
        raise ValueError(
            f"{url!r}: a repository on GitHub is https://github.com/OWNER/NAME"
        )
    return address


def read(root: Path = ROOT) -> str:
    """The address that _config.yml holds."""
    found = re.search(
        r"^repository:\n  url: (\S+)$",
        (root / "_config.yml").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    if not found:
        raise ValueError("_config.yml: no line `url:` under `repository:`")
    return found[1].rstrip("/")


def for_colab(path: str) -> str:
    """Where a notebook without outputs stands, for Colab: its copy, or an exercise."""
    return re.sub(r"^notebooks/(?!colab/|exercises/)", "notebooks/colab/", path)


def files(address: str) -> str:
    """Where a repository shows the files of its branch `main`."""
    return f"{address}{'/-' if service(address) == 'gitlab' else ''}/blob/main"


def links(address: str, path: str) -> str:
    """The link under a notebook's title: to Colab, or to a download; `path` is the
    notebook's, in the repository.
    """
    where = service(address)
    colab = address.replace("https://github.com", f"{COLAB}/github")
    url = {
        "github": f"{colab}/blob/main/{for_colab(path)}",
        "gitlab": f"{address}/-/raw/main/{path}?inline=false",
        "": address,
    }[where]
    return f"[{WORDS[where]}]({url})"


def badge(address: str) -> str:
    """The line under the README's title."""
    link = links(address, path := "notebooks/01_data.ipynb")
    return {
        "github": (
            "[![Open chapter 01 in"
            f" Colab]({COLAB}/assets/colab-badge.svg)]{link.partition(']')[2]}"
        ),
        "gitlab": f"[Download chapter 01 as a notebook]{link.partition(']')[2]}",
        "": f"[Chapter 01 as a notebook]({path})",
    }[service(address)]


def spots(address: str) -> list[tuple[str, str, str]]:
    """Every place: files, a pattern with one group, and what belongs where that group
    is.
    """
    where = service(address)
    # Jupyter Book's theme warns of Colab where there is none, and has a right link to
    # Binder for these hosts only.
    binder = re.fullmatch(r"https://(github|gitlab)\.com/[^/]+/[^/]+", address)
    known = "true" if where else "false"  # a button needs to know the service
    press = "|".join(re.escape(words) for words in PRESS.values())
    return [
        ("_config.yml", r"^repository:\n  url: (.*)$", address),
        (
            "_config.yml",
            r"^  colab_url: (.*)$",
            f'"{COLAB if where == "github" else ""}"',
        ),
        ("_config.yml", r"^  binderhub_url: (.*)$", f'"{BINDER if binder else ""}"'),
        ("_config.yml", r"^  use_issues_button: (.*)$", known),
        ("_config.yml", r"^  use_repository_button: (.*)$", known),
        ("_config.yml", r"^      repository_provider: (.*)$", where or "other"),
        ("pyproject.toml", r'^Repository = "(.*)"$', address),
        ("CITATION.cff", r'^repository-code: "(.*)"$', address),
        ("README.md", r"^(\[(?:!\[Open|Download|Chapter).*\))$", badge(address)),
        ("README.md", r"git\+(https://[^\s\"'`\\]+)", address),
        ("book/*.md", r"git\+(https://[^\s\"'`\\]+)", address),
        ("book/*.md", r"^git clone (https://\S+)$", address),
        ("book/*.md", r"^git clone https://\S+\ncd (\S+)$", address.rpartition("/")[2]),
        (
            "book/*.md",
            r"\[open an issue\]\((\S+?)\)",
            f"{address}{'/-' if where == 'gitlab' else ''}/issues",
        ),
        ("book/*.md", rf"({press})", PRESS[where]),
    ]


def replace(pattern: str, value: str, text: str, count: int = 0) -> tuple[str, int]:
    """Put a value where a pattern's group is; also how many places there were."""

    def put(match: re.Match[str]) -> str:
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        return match[0][:start] + value + match[0][end:]

    return re.subn(pattern, put, text, count=count, flags=re.MULTILINE)


def fill_notebook(text: str, path: str, address: str) -> str:
    """A notebook's text (or that of its cells) with this address in its first line of
    links, its set-up cell and, in a copy for Colab, its links to pages of the book.
    """
    text, _ = replace(rf"({LINK})\*", links(address, path), text, count=1)
    book = r"\]\((https://[^\s()\\]+/blob/main)/book/"
    text, _ = replace(book, files(address), text)
    return replace(r"git\+(https://[^\s\"'`\\]+)", address, text)[0]


def outputs(notebook: str) -> list[object]:
    return [cell.get("outputs") for cell in json.loads(notebook)["cells"]]


def changes(address: str, root: Path = ROOT) -> dict[Path, str]:
    """Path -> new text of every file that an address changes.

    Raises:
        ValueError: where a place is gone.
    """
    texts: dict[Path, str] = {}

    def old(path: Path) -> str:
        return path.read_bytes().decode("utf-8")

    for files, pattern, value in spots(address):
        places = 0
        for path in sorted(root.glob(files)):
            texts[path], found = replace(pattern, value, texts.get(path) or old(path))
            places += found
        if not places:
            raise ValueError(
                f"{files}: nothing there matches {pattern!r} any more; see"
                " tools/course/address.py"
            )
    for path in sorted((root / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            texts[path] = fill_notebook(
                before := old(path), path.relative_to(root).as_posix(), address
            )
            if outputs(texts[path]) != outputs(before):
                raise ValueError(
                    f"{path.relative_to(root)}: an output names an address"
                )
    return {path: text for path, text in texts.items() if text != old(path)}


def left(old: str, new: str, root: Path) -> list[str]:
    """The files of the repository that still name the old address; none where there is
    no git.
    """
    names = [old, old.replace("https://github.com", f"{COLAB}/github")]
    try:
        command = ["git", "grep", "-lIF", "-e", names[0], "-e", names[1]]
        found = subprocess.run(
            command, cwd=root, capture_output=True, text=True
        ).stdout.splitlines()
    except FileNotFoundError:
        return []
    longer = new if new.startswith(old) else None  # …/course -> …/course-2
    texts = {name: (root / name).read_text(encoding="utf-8") for name in found}
    return [
        name
        for name, text in texts.items()
        if any(one in text.replace(longer or "\0", "") for one in names)
    ]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "url", nargs="?", help="https://… (default: what _config.yml says)"
    )
    options = parser.parse_args(arguments)
    try:
        before = read(root)
        address = checked(options.url or before)
        changed = changes(address, root)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in changed.items():
        path.write_bytes(text.encode("utf-8"))
    print(f"{address}: {len(changed)} files changed")
    remaining = left(before, address, root) if before != address else []
    for name in remaining:
        print(f"{name} still names {before}", file=sys.stderr)
    return int(bool(remaining))


if __name__ == "__main__":
    sys.exit(main())
