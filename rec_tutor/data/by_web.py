"""Download from a web address, by pooch: a host that says nothing is given up."""

import threading
from contextlib import suppress
from typing import Any, BinaryIO

from rec_tutor.data import source as limits
from rec_tutor.data.source import Source, Unavailable


def download(source: Source, out: BinaryIO, **options: Any) -> None:
    """Download by pooch, in a thread: a name server or a host that says nothing costs
    its patience, not more.

    Args:
        options: for `requests.get`, such as headers.
    """
    import pooch
    import requests  # noqa: F401  (pooch would import it while the clock is running)

    news = News(source.size)
    downloader = pooch.HTTPDownloader(
        progressbar=news,
        chunk_size=limits.CHUNK,
        timeout=(limits.PATIENCE,) * 2,
        **options,
    )
    failures: list[BaseException] = []

    def work() -> None:
        try:
            downloader(source.url, out, None)
        except BaseException as error:  # raised again by the thread that waits
            failures.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        quiet, before = 0.0, 0
        while thread.is_alive():
            # steps are counted, not the clock: a computer that was asleep has not
            # waited
            thread.join(limits.STEP)
            quiet = quiet + limits.STEP if news.pieces == before else 0.0
            before = news.pieces
            if quiet > limits.PATIENCE:
                raise Unavailable(f"no answer within {limits.PATIENCE:.0f} s")
    finally:
        news.given_up = True
        news.close()
    if failures:
        raise _web_failure(failures[0])


class News:
    """What pooch takes for a progress bar: counts the pieces that came, ends a download
    that was given up.
    """

    def __init__(self, size: int) -> None:
        self.bar: Any = None
        self.total = size
        self.pieces = 0
        self.given_up = False
        try:  # no download fails because its bar cannot be drawn
            from tqdm import tqdm

            self.bar = tqdm(
                total=size, unit="B", unit_scale=True, leave=False, disable=size < 20e6
            )
        except Exception:
            _free_the_bars()

    def update(self, size: int) -> None:
        if self.given_up:
            raise Unavailable("given up")
        self.pieces += 1
        self._draw("update", size)

    def reset(self) -> None:
        self._draw("reset")

    def close(self) -> None:
        self._draw("close")

    def _draw(self, what: str, *arguments: int) -> None:
        try:
            if self.bar is not None:
                getattr(self.bar, what)(*arguments)
        except Exception:  # as above: stderr is closed, say
            self.bar = None
            _free_the_bars()


def _free_the_bars() -> None:
    """A bar that cannot write leaves tqdm's lock behind, for which the bars of all
    other threads would wait for ever.
    """
    with suppress(Exception):  # it was not left behind
        from tqdm import tqdm

        tqdm.get_lock().release()


def _web_failure(error: BaseException) -> BaseException:
    """Put a failed download into words; errors of the local disk pass unchanged."""
    from requests import exceptions

    expired = "has expired" if "expired" in str(error) else "could not be verified"
    unknown = "NameResolution" in str(error) or "getaddrinfo" in str(error)
    response = getattr(error, "response", None)
    known = {
        exceptions.SSLError: (
            f"the host's TLS certificate {expired}, so nothing was taken from it"
        ),
        exceptions.HTTPError: response is not None
        and f"the host answered {response.status_code} {response.reason}",
        exceptions.Timeout: f"no answer within {limits.PATIENCE:.0f} s",
        exceptions.ChunkedEncodingError: (
            "the connection broke in the middle of the file"
        ),
        exceptions.ConnectionError: "the host's name could not be looked up"
        if unknown
        else "no connection to the host",
        exceptions.RequestException: f"{type(error).__name__}: {error}",
    }
    for kind, words in known.items():
        if words and isinstance(error, kind):
            return Unavailable(words)
    return error
