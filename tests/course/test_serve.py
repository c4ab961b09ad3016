"""The website's server for this computer, and the page on hosting."""

import gzip
import http.client
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from course import serve
from course.modules import ROOT

PAGE = "<!doctype html><title>ü</title>" + "text " * 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "_static").mkdir(parents=True)
    (site / "index.html").write_text(PAGE, encoding="utf-8")
    (site / "_static/a.js").write_text("let a = 1;\n" * 500)
    (site / "_static/b.png").write_bytes(bytes(5000))
    (tmp_path / "secret.html").write_text("secret")
    return site


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    running = serve.server(folder, 0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running.server_port
    running.shutdown()
    running.server_close()
    thread.join()


def ask(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    line = http.client.HTTPConnection(serve.HOST, port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, headers=named)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, dict(answer.getheaders()), body


def test_text_comes_compressed_to_whoever_can_read_it(port: int) -> None:
    status, headers, body = ask(port, "/", Accept_Encoding="br, gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(body).decode() == PAGE
    assert len(body) == int(headers["Content-Length"]) < len(PAGE) / 5
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Vary"] == "Accept-Encoding"
    for plain in ("", "br", "gzip;q=0"):
        _, headers, body = ask(port, "/index.html", Accept_Encoding=plain)
        assert "Content-Encoding" not in headers and body.decode() == PAGE
    _, headers, body = ask(port, "/_static/b.png", Accept_Encoding="gzip")
    assert "Content-Encoding" not in headers and body == bytes(5000)


def test_headers_of_pages_and_of_static_files(port: int) -> None:
    for path, cache in (("/", serve.PAGES), ("/_static/a.js?v=1", serve.STATIC)):
        status, headers, body = ask(port, path, "HEAD")
        assert (status, body, headers["Cache-Control"]) == (200, b"", cache)
        assert serve.HEADERS.items() <= headers.items()
    _, headers, _ = ask(port, "/_static/a.js")
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_what_the_browser_has_is_not_sent_again(port: int, folder: Path) -> None:
    _, headers, _ = ask(port, "/")
    status, again, body = ask(port, "/", If_None_Match=headers["ETag"])
    assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    (folder / "index.html").write_text(PAGE + "more", encoding="utf-8")
    status, _, body = ask(port, "/", If_None_Match=headers["ETag"])
    assert status == 200 and body.decode().endswith("more")


@pytest.mark.parametrize(
    "path", ["/none.html", "/../secret.html", "/%2e%2e/secret.html"]
)
def test_nothing_outside_the_folder(port: int, path: str) -> None:
    status, _, body = ask(port, path)
    assert status == 404 and b"secret" not in body


def test_a_site_that_is_not_built_and_a_port_that_is_taken(
    tmp_path: Path, folder: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve.main(["--folder", str(tmp_path / "none")]) == 1
    assert "run make book" in capsys.readouterr().err
    assert serve.main(["--folder", str(folder), "--port", str(port)]) == 1
    assert "choose another with --port" in capsys.readouterr().err


def test_the_page_on_hosting_has_the_same_headers() -> None:
    page = (ROOT / "book/hosting.md").read_text(encoding="utf-8")
    told = dict(re.findall(r'add_header (\S+) "([^"]+)" always;', page))
    assert told == serve.HEADERS
    assert dict(re.findall(r'^    (default|~\S+) +"([^"]+)";$', page, re.M)) == {
        "default": serve.PAGES,
        "~^/(_static|_images)/": serve.STATIC,
    }


def test_the_workflow_for_pages_asks_first_and_may_do_no_more() -> None:
    text = (ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8")
    flow = yaml.safe_load(text)
    build, publish = flow["jobs"]["build"], flow["jobs"]["publish"]
    assert build["if"] == "vars.PUBLISH_PAGES == 'yes'" and publish["needs"] == "build"
    assert flow["permissions"] == {"contents": "read"} and "permissions" not in build
    assert publish["permissions"] == {"pages": "write", "id-token": "write"}
    assert {"run": "make book"} in build["steps"]
    assert build["steps"][-1]["with"]["path"] == "_build/html"
    for step in [*build["steps"], *publish["steps"]]:
        assert step.get("uses", "actions/").startswith("actions/")
