"""The website on this computer, as a server on the internet would give it: compressed,
with the headers of the page on hosting.

    make book
    python -m course serve [--port 8000] [--folder _build/html]

Answers this computer alone (127.0.0.1). For the internet take a real server.
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
from functools import lru_cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from course.modules import ROOT

HOST = "127.0.0.1"
SMALL = 1000  # bytes that are not worth the work
TEXT = frozenset((".css", ".html", ".ipynb", ".js", ".json", ".svg", ".txt", ".xml"))
TYPES = {".js": "text/javascript", ".ipynb": "application/json", ".woff2": "font/woff2"}
# pages are asked for again, and mostly not sent again; files in _static may be old
PAGES, STATIC = "no-cache", "public, max-age=86400"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
        " script-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self';"
        " form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


@lru_cache(maxsize=512)
def packed(path: Path, mark: str) -> bytes:
    """A file, compressed; `mark` changes with the file."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


def accepts(header: str) -> bool:
    """Does a browser's Accept-Encoding allow gzip?"""
    for part in header.split(","):
        name, _, quality = part.strip().partition(";q=")
        if name.strip() in ("gzip", "*"):
            return quality.strip() not in ("0", "0.0", "0.00", "0.000")
    return False


class Handler(SimpleHTTPRequestHandler):
    """A file of the folder, compressed if it is text; 304 if the browser has it."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def file(self) -> Path | None:
        """The file that is asked for; None if there is none."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.partition("?")[0].endswith("/"):
            path = path / "index.html"
        return path if path.is_file() else None

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """The headers of an answer; what it holds, to be sent."""
        path = self.file()
        if path is None:
            return super().send_head()
        about = path.stat()
        mark = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
        if self.headers.get("If-None-Match") == mark:
            self.send_response(304)
            self.send_header("ETag", mark)
            self.end_headers()
            return None
        text = path.suffix in TEXT and about.st_size > SMALL
        small = text and accepts(self.headers.get("Accept-Encoding", ""))
        body = packed(path, mark) if small else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", mark)
        if text:
            self.send_header("Vary", "Accept-Encoding")
        if small:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self) -> None:
        """Add what every answer has."""
        path = getattr(self, "path", "")  # a request that can't be read has none
        static = "/_static/" in path or "/_images/" in path
        self.send_header("Cache-Control", STATIC if static else PAGES)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def guess_type(self, path: str) -> str:  # type: ignore[override]
        """The type of a file; text is UTF-8."""
        found = super().guess_type(path)
        plain = found.startswith("text/") or found == "application/json"
        return f"{found}; charset=utf-8" if plain else found

    def log_message(self, format: str, *args: object) -> None:
        """Say what is missing, and nothing else."""
        if len(args) > 1 and str(args[1]).startswith(("4", "5")):
            super().log_message(format, *args)


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of a folder; port 0 is any that is free."""

    class Own(Handler):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, directory=str(folder), **options)  # type: ignore

    return ThreadingHTTPServer((HOST, port), Own)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="The website on this computer.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=ROOT / "_build/html")
    chosen = parser.parse_args(arguments)
    if not (chosen.folder / "index.html").is_file():
        print(f"{chosen.folder} has no index.html: run make book.", file=sys.stderr)
        return 1
    try:
        running = server(chosen.folder, chosen.port)
    except OSError as error:
        text = f"port {chosen.port}: {error.strerror}; choose another with --port."
        print(text, file=sys.stderr)
        return 1
    print(f"http://{HOST}:{running.server_port}  (stop with Ctrl+C)", flush=True)
    try:
        running.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        running.server_close()
    return 0
