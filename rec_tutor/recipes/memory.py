"""How much memory this process may still take."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
PROC = Path("/proc")
UNLIMITED = 2**60


def limit() -> int | None:
    """How many bytes this process may still take: the least of what the machine has
    free, what its control group (of a container, say) allows, and what `ulimit` allows.
    None where none of them is known.
    """
    found = [*machine(), *control_groups(), *own_limits()]
    return max(0, min(found)) if found else None


def machine() -> Iterator[int]:
    """What the machine has free; where it does not tell (macOS), all that it has.

    Windows refuses memory that it has not, at once, so nothing need be known there.
    """
    free = table(PROC / "meminfo").get("MemAvailable")
    if free is not None:
        yield free
        return
    with suppress(AttributeError, ValueError, OSError):
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def control_groups() -> Iterator[int]:
    """What this process's control group has left, and each group around it."""
    try:
        lines = (PROC / "self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds == "":
            root, most, now = GROUPS, "memory.max", "memory.current"
        elif "memory" in kinds.split(","):
            root = GROUPS / "memory"
            most, now = "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        # inside a container, its own group stands at the root
        own = root / path.strip("/")
        for folder in [own, *own.parents, root]:
            with suppress(OSError, ValueError):
                allowed = int((folder / most).read_text())  # or "max"
                if allowed < UNLIMITED:
                    used = int((folder / now).read_text())
                    yield allowed - used + reclaimable(folder / "memory.stat")


def reclaimable(path: Path) -> int:
    """Files that are kept in memory as long as nobody else needs it."""
    with suppress(OSError, ValueError):
        rows = dict(line.split() for line in path.read_text().splitlines())
        return int(rows.get("total_inactive_file", rows.get("inactive_file", 0)))
    return 0


def own_limits() -> Iterator[int]:
    """What `ulimit -v` and `ulimit -d` leave."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = table(PROC / "self/status")
    for kind, now in (("RLIMIT_AS", "VmSize"), ("RLIMIT_DATA", "VmData")):
        allowed = resource.getrlimit(getattr(resource, kind))[0]
        # macOS says how much, but does not hold anybody to it
        if allowed != resource.RLIM_INFINITY and sys.platform != "darwin":
            yield allowed - used.get(now, 0)


def table(path: Path) -> dict[str, int]:
    """`Name:  12 kB` in lines, in bytes; empty where there is no such file."""
    found = {}
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                found[name] = int(value.split()[0]) * 1024
    return found
